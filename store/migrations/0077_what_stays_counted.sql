-- How often what was counted has been added up. Together with how many days are marked since, it
-- says whether anything else is counted than before: within one time rows are only ever added.
create table added_up (
    it    boolean primary key default true check (it),          -- there is one row at most
    times bigint not null
);

create function dirty_day_gone() returns trigger language plpgsql as $$
begin
    if exists (select from gone) then
        insert into added_up (times) values (1)
            on conflict (it) do update set times = added_up.times + 1;
    end if;
    return null;
end
$$;
create trigger dirty_day_gone after delete on dirty_day referencing old table as gone
    for each statement execute function dirty_day_gone();
