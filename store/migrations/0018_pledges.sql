-- Promises that are about no handoff: a week to be confirmed or settled, a dispute, an alarm. Those
-- that are open already have a clock from now on.

create table pledge (
    id           uuid primary key default gen_random_uuid(),
    about        text not null,                                -- id of a report or an alarm; the week
    given_to     text references person,                       -- null: to everybody
    n            int not null,                                 -- the first who was asked is 1
    what         text not null,
    who          text not null references person,
    made_at      timestamptz not null,
    due_at       timestamptz not null,
    first_due_at timestamptz not null,
    counted_from timestamptz,
    hours        interval,
    alarms       jsonb not null,
    rings_at     timestamptz,
    reached      text,
    excused_at   timestamptz,
    missed_at    timestamptz,
    ended_at     timestamptz,
    ending       text,
    unique (what, about, who),
    check ((ended_at is null) = (ending is null)),
    check (ended_at is null or rings_at is null),
    check (missed_at is null or ending is null or ending in ('late', 'missed', 'passed_on'))
);
create index pledge_rings on pledge (rings_at) where rings_at is not null;
create index pledge_open on pledge (who) where ended_at is null;

create function pledge_stays() returns trigger language plpgsql as $$
begin
    if old.ended_at is not null
       and (new.ended_at, new.ending, new.missed_at, new.due_at, new.made_at)
           is distinct from (old.ended_at, old.ending, old.missed_at, old.due_at, old.made_at)
       or old.missed_at is not null and new.missed_at is distinct from old.missed_at
    then
        raise exception 'pledge % has ended, or was missed: it stays so', old.id;
    end if;
    return new;
end
$$;
create trigger pledge_stays before update on pledge
    for each row execute function pledge_stays();

-- Nobody was told of a clock, so those of before begin anew: they ring at once, and are asked again.
insert into pledge (about, given_to, n, what, who, made_at, due_at, first_due_at, hours, alarms, rings_at)
select r.id::text, r.by, 1, 'answer_report', r.manager, now(), now() + interval '1 day',
       now() + interval '1 day', interval '8 hours',
       jsonb_build_array(jsonb_build_array(to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), 'reminder'),
                         jsonb_build_array(to_char((now() + interval '1 day') at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), 'breach')),
       now()
from routing_report r join person p on p.id = r.manager where r.answered_at is null
union all
select a.id::text, a.person, 1, 'answer_alarm', a.manager, now(), now() + interval '1 day',
       now() + interval '1 day', interval '8 hours',
       jsonb_build_array(jsonb_build_array(to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), 'reminder'),
                         jsonb_build_array(to_char((now() + interval '1 day') at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), 'breach')),
       now()
from routing_alarm a join person p on p.id = a.manager where a.answered_at is null;

create table untrue (                                          -- handoffs of which something is not so that always should be
    what    text not null,
    number  int not null,
    seen_at timestamptz not null,                              -- first
    primary key (what, number)
);
