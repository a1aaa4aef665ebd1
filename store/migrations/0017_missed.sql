-- Versions that do not know this cannot run after it.
-- What was missed stays missed: when a promise was first due, when it was missed, and what somebody
-- who may says of it afterwards, in a row of its own.

alter table commitment
    add column first_due_at timestamptz,                       -- null in rows from before: as due_at
    add column counted_from timestamptz,                       -- since when its hours count; null: since made_at
    add column missed_at    timestamptz;                       -- when it was first overdue

create table correction (                                      -- what counts of a promise after it ended; never changed
    id      bigint generated always as identity primary key,
    handoff uuid not null,
    n       int not null,
    at      timestamptz not null,
    by      text not null references person,
    ending  text not null,
    why     text not null check (why <> ''),                   -- the evidence
    foreign key (handoff, n) references commitment
);
create index correction_of on correction (handoff, n);

-- What the timeline proves is put right. A meeting is judged by its outcome, the first said after it.
with said as (
    select distinct on (c.handoff, c.n) c.handoff, c.n, e.detail ->> 'outcome' as went
    from entry e join commitment c on c.handoff = e.handoff and c.what = 'meet' and e.at >= c.ended_at
    where e.what = 'went' order by c.handoff, c.n, e.at, e.n
), newest as (
    select handoff, max(n) as n from commitment where what = 'meet' group by handoff
), met as (
    select c.handoff, c.n, c.due_at, h.state,
           coalesce(said.went, case when newest.n = c.n then h.held end) as went
    from commitment c join handoff h on h.id = c.handoff join newest on newest.handoff = c.handoff
    left join said on (said.handoff, said.n) = (c.handoff, c.n)
    where c.what = 'meet' and c.ending in ('kept', 'late')
)
update commitment c
set ended_at = case when met.went is null and met.state = 'following' then null else c.due_at end,
    ending = case
        when met.went in ('held', 'prospect_absent') then 'kept'
        when met.went = 'rep_absent' then 'missed'
        when met.went is null and met.state = 'following' then null
        else 'released'
    end,
    missed_at = case when met.went = 'rep_absent' then c.due_at end
from met where (c.handoff, c.n) = (met.handoff, met.n);

-- Baton sends the invitation: that it took Outlook long is no qualifier's delay.
update commitment set ending = 'kept' where what = 'invite' and ending = 'late';

-- Whatever was told as overdue while it was open was missed, however it ended later. Told, not kept:
-- what Outlook knew to have been done before that has ended before it.
with told as (
    select c.handoff, c.n, min(e.at) as at
    from commitment c join entry e on e.handoff = c.handoff and e.what = 'overdue'
        and e.detail ->> 'to' = c.who and e.detail ->> 'promise' = c.what
        and e.at < coalesce(c.ended_at, 'infinity')
    where not exists (
        select from commitment earlier where earlier.handoff = c.handoff and earlier.n < c.n
        and earlier.what = c.what and earlier.who = c.who and earlier.ended_at >= e.at
    ) and not exists (
        select from commitment later where later.handoff = c.handoff and later.n > c.n
        and later.what = c.what and later.who = c.who and later.made_at <= e.at
    )
    group by c.handoff, c.n
)
update commitment c
set missed_at = told.at,
    ending = case c.ending when 'kept' then 'late' when 'released' then 'missed' else c.ending end
from told
where (c.handoff, c.n) = (told.handoff, told.n) and c.ending is distinct from 'excused'
    and (c.excused_at is null or told.at < c.excused_at);

update commitment set missed_at = due_at where ending = 'late' and missed_at is null;

alter table commitment add constraint missed_is_missed
    check (missed_at is null or ending is null or ending in ('late', 'missed', 'passed_on')) not valid;

-- What has ended stays as it ended, and what was missed stays missed, but where it turns out to have
-- been done before it was due.
create function commitment_stays() returns trigger language plpgsql as $$
begin
    if old.ended_at is not null
       and (new.ended_at, new.ending, new.missed_at, new.due_at, new.made_at)
           is distinct from (old.ended_at, old.ending, old.missed_at, old.due_at, old.made_at)
    then
        raise exception 'promise % of handoff % has ended: correct it in a row of its own', old.n, old.handoff;
    end if;
    if old.missed_at is not null and new.missed_at is distinct from old.missed_at
       and (new.missed_at is not null or new.ended_at is null
            or coalesce(new.said_at, new.ended_at) > old.missed_at)
    then
        raise exception 'promise % of handoff % was missed, and stays so', old.n, old.handoff;
    end if;
    return new;
end
$$;
create trigger commitment_stays before update on commitment
    for each row execute function commitment_stays();
