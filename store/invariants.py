"""What is always true of the data, and who breaks it if something does."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.database import Pool

LATE = timedelta(minutes=10)  # after which an alarm that has not rung means that nobody sweeps

ALWAYS = {
    "every open lead has an owner": (
        "select number from handoff h where state <> 'ended' and not exists "
        "(select from person p where p.id = h.owner)"
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
    "nothing is held for a handoff that ended": (
        "select distinct number from reservation r join handoff h on h.id = r.handoff "
        "where h.state = 'ended'"
    ),
}


@dataclass(frozen=True, slots=True)
class Queue:
    """How the jobs are doing."""

    waiting: int  # due and not begun
    oldest: timedelta | None  # of those
    failed: int
    overdue: int  # handoffs with an alarm that should have rung a while ago
    swept_at: datetime | None


async def broken(pool: Pool) -> dict[str, list[int]]:
    """Each invariant, with the numbers of the handoffs that break it: none, if all is well."""
    async with pool.connection() as tx:
        return {
            name: [number async for (number,) in await tx.execute(sql)]
            for name, sql in ALWAYS.items()
        }


async def queue(pool: Pool, at: datetime) -> Queue:
    """*at* is the app's clock, by which alarms ring; jobs are timed by the database's own."""
    async with pool.connection() as tx:
        row = await (
            await tx.execute(
                "select count(*) filter (where due), max(now() - since) filter (where due), "
                "count(*) filter (where status = 'failed') from (select status, "
                "status = 'todo' and coalesce(scheduled_at, '-infinity') <= now() as due, "
                "coalesce(scheduled_at, (select min(at) from procrastinate_events e "
                "where e.job_id = job.id)) as since from procrastinate_jobs job) as jobs"
            )
        ).fetchone()
        late = await (
            await tx.execute(
                "select count(distinct handoff), (select at from beat where what = 'sweep') "
                "from commitment where rings_at < %s",
                [at - LATE],
            )
        ).fetchone()
    assert row
    assert late
    return Queue(row[0], row[1], row[2], late[0], late[1])
