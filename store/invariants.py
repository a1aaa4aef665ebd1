"""What is always true of the data, and who breaks it if something does."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.database import Reads

LATE = timedelta(minutes=10)  # after which an alarm that has not rung means that nobody sweeps

ALWAYS = {
    "whoever has an open lead, or owes something in it, is present and enabled": (
        "select number from handoff h where state <> 'ended' and (exists "
        "(select from unnest(array[owner, qualifier, case when state in ('booking', 'offered', "
        "'proposed', 'accepting', 'accepted', 'following') then rep else owner end]) as one (id) "
        "where not exists (select from person p where p.id = one.id and p.present)) or exists "
        "(select from commitment c where c.handoff = h.id and c.ended_at is null and not exists "
        "(select from person p where p.id = c.who and p.present)))"
    ),
    "every open lead has a future commitment": (
        "select number from handoff h where state <> 'ended' and not exists "
        "(select from commitment c where c.handoff = h.id and c.rings_at is not null)"
    ),
    "no commitment is open after its handoff ended": (
        "select distinct number from handoff h join commitment c on c.handoff = h.id "
        "where h.state = 'ended' and c.ended_at is null"
    ),
    "no rep has two meetings at once": (
        "select h.number from reservation a join reservation b on a.rep = b.rep "
        "and a.during && b.during and a.ctid <> b.ctid join handoff h on h.id = a.handoff"
    ),
    "every meeting that is booked is held in the rep's day": (
        "select number from handoff h where state in "
        "('booking', 'offered', 'proposed', 'accepting', 'accepted') and not exists "
        "(select from reservation r where r.handoff = h.id and r.during = h.meeting)"
    ),
    "every accepted meeting has time to prepare it, or says why not": (
        "select number from handoff h join commitment m on m.handoff = h.id and m.what = 'meet' "
        "and m.ended_at is null where h.state = 'accepted' and not exists "
        "(select from commitment c where c.handoff = h.id and c.what = 'prepare' and "
        "c.who = h.rep and (c.ended_at is null or c.kind is not null and c.made_at >= m.made_at))"
    ),
    "prep that is booked is held in the rep's day, before the meeting": (
        "select number from handoff h join commitment c on c.handoff = h.id "
        "where c.what = 'prepare' and c.ended_at is null and c.span is not null and "
        "(upper(c.span) > lower(h.meeting) or not exists "
        "(select from reservation r where r.handoff = h.id and r.during = c.span))"
    ),
    "every introduction that was sent is answered or owed": (
        "select number from handoff h where state in ('offered', 'proposed', 'accepting', "
        "'accepted') and exists (select from jsonb_array_elements(letters) l where "
        "l ->> 'what' = 'introduction' and l ->> 'rep' = h.rep and l ? 'sent_at') and not exists "
        "(select from commitment c where c.handoff = h.id and c.what = 'reply' and c.who = h.rep "
        "and (c.ended_at is null or c.ending in ('kept', 'late')))"
    ),
    "nobody is late with what they could not be told of": (
        "select distinct number from handoff h join commitment c on c.handoff = h.id "
        "where c.excused_at is not null and c.ending in ('late', 'passed_on')"
    ),
    "nothing is held for a handoff that ended": (
        "select distinct number from reservation r join handoff h on h.id = r.handoff "
        "where h.state = 'ended'"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How the jobs are doing. Jobs and workers are timed by the database's own clock."""

    heard: timedelta | None  # since the last word of any worker; None if there is none
    waiting: int  # due and not begun
    oldest: timedelta | None  # of those
    failed: dict[str, int]  # for good, by the name of the job
    tried: dict[str, timedelta]  # failed and tried again ever since, the longest by name
    overdue: int  # handoffs with an alarm that should have rung a while ago
    swept_at: datetime | None


_WORKING = """
select (select min(now() - last_heartbeat) from procrastinate_workers),
       count(*) filter (where due), max(now() - since) filter (where due)
from (select status = 'todo' and coalesce(scheduled_at, '-infinity') <= now() as due,
             coalesce(scheduled_at, begun.at) as since
      from procrastinate_jobs job,
      lateral (select min(at) as at from procrastinate_events e where e.job_id = job.id) as begun
      where status = 'todo') as jobs
"""
_FAILED = (
    "select task_name, count(*) from procrastinate_jobs where status = 'failed' group by 1 "
    "order by 2 desc, 1"
)
_TRIED = """
select task_name, max(now() - (select min(at) from procrastinate_events e where e.job_id = job.id))
from procrastinate_jobs job where status = 'todo' and attempts > 0 group by 1 order by 1
"""
_RUNG = """
select count(distinct handoff), (select at from beat where what = 'sweep')
from commitment where rings_at < %s
"""


async def broken(reads: Reads) -> dict[str, list[int]]:
    """Each invariant, with the numbers of the handoffs that break it: none, if all is well."""
    async with reads.connection() as tx:
        return {
            name: [number async for (number,) in await tx.execute(sql)]
            for name, sql in ALWAYS.items()
        }


async def queue(reads: Reads, at: datetime) -> Queue:
    """*at* is the app's clock, by which alarms ring."""
    async with reads.connection() as tx:
        working = await (await tx.execute(_WORKING)).fetchone()
        failed = {name: int(count) async for name, count in await tx.execute(_FAILED)}
        tried = {name: since async for name, since in await tx.execute(_TRIED) if since}
        rung = await (await tx.execute(_RUNG, [at - LATE])).fetchone()
    assert working
    assert rung
    return Queue(
        heard=working[0],
        waiting=working[1],
        oldest=working[2],
        failed=failed,
        tried=tried,
        overdue=rung[0],
        swept_at=rung[1],
    )
