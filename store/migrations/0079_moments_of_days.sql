-- How often what was counted of a day has been added up. Together with how often it is marked since,
-- it says whether anything else is counted of that day than before; added_up says it of all days
-- together, to versions before this.
create table day_added_up (
    day   date primary key,                                     -- UTC
    times bigint not null
);

create or replace function dirty_day_gone() returns trigger language plpgsql as $$
begin
    if exists (select from gone) then
        insert into added_up (times) values (1)
            on conflict (it) do update set times = added_up.times + 1;
        insert into day_added_up (day, times) select distinct day, 1 from gone order by day
            on conflict (day) do update set times = day_added_up.times + 1;
    end if;
    return null;
end
$$;
