"""What is always true of the data, and who breaks it if something does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from handoff.effects import AT_A_TIME
from store.database import Connection, Reads
from store.door import Tx

LATE = timedelta(minutes=10)  # after which an alarm that has not rung means that nobody sweeps

# With "offset 0" it is read for each of the few handoffs that are looked at, and not among all that
# there is anywhere, which looks cheap to PostgreSQL and is not.
_THEIRS = "cross join lateral (select * from commitment where handoff = h.id offset 0) c "

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
        f"select distinct number from handoff h {_THEIRS}"  # noqa: S608
        "where h.state = 'ended' and c.ended_at is null"
    ),
    "no lead ended without a coded ending": (
        "select number from handoff h where state = 'ended' and (outcome is null or "
        "outcome = 'lost' and ended_for is null or "
        "outcome in ('opportunity', 'won', 'lost') and met = 0 or "
        "outcome = 'no_show' and no_shows < 2)"
    ),
    "no rep has two meetings at once": (
        "select h.number from handoff h join reservation a on a.handoff = h.id "
        "join every_reservation b "
        "on int8range(b.rep, b.rep, '[]') && int8range(a.rep, a.rep, '[]') "
        "and a.during && b.during and a.place <> b.place"
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
        f"select number from handoff h {_THEIRS}"  # noqa: S608
        "where c.what = 'prepare' and c.ended_at is null and c.span is not null and "
        "(upper(c.span) > lower(h.meeting) or not exists "
        "(select from reservation r where r.handoff = h.id and r.during = c.span))"
    ),
    "every introduction that was sent is answered or owed": (
        "select number from handoff h where state in ('offered', 'proposed', 'accepting', "
        "'accepted') and held is null "  # before a later meeting they have met
        "and exists (select from jsonb_array_elements(letters) l where "
        "l ->> 'what' = 'introduction' and l ->> 'rep' = h.rep and l ? 'sent_at') and not exists "
        "(select from commitment c where c.handoff = h.id and c.what = 'reply' and c.who = h.rep "
        "and (c.ended_at is null or c.missed_at is not null or c.ending in ('kept', 'late')))"
    ),
    "nobody is late with what they could not be told of": (
        f"select distinct number from handoff h {_THEIRS}"  # noqa: S608
        "where c.excused_at < coalesce(c.missed_at, 'infinity') "
        "and c.ending in ('late', 'missed', 'passed_on')"
    ),
    "nothing missed is called kept": (
        "select distinct number from handoff h join commitment c on c.handoff = h.id "
        "where c.ending in ('kept', 'released') and (c.missed_at is not null "
        "or c.hours is not null and c.ending = 'kept' "
        "and coalesce(c.said_at, c.ended_at) > c.due_at or exists "
        "(select from entry e where e.handoff = c.handoff and e.what = 'overdue' "
        "and e.detail ->> 'to' = c.who and e.detail ->> 'promise' = c.what "
        "and e.at >= c.made_at and e.at < c.ended_at))"
    ),
    "nobody decides about what is over": (
        f"select distinct number from handoff h {_THEIRS}"  # noqa: S608
        "join commitment about on about.handoff = h.id and about.n = c.about "
        "where c.what = 'decide' and c.ended_at is null and about.ended_at is not null"
    ),
    "whatever is owed is asked for, or somebody decides about it": (
        "select distinct number from handoff h join commitment c on c.handoff = h.id "
        "where h.state <> 'ended' and c.ended_at is null and c.rings_at is null "
        "and c.what not in ('prepare', 'meet') "
        "and not exists (select from commitment d where d.handoff = h.id "
        "and d.ended_at is null and d.about in (c.n, c.about) and d.rings_at is not null)"
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


async def broken(reads: Reads, newest: int | None = None) -> dict[str, list[int]]:
    """Each invariant, with the numbers of the handoffs that break it: none, if all is well. Looked
    at in steps, none of which is long.

    Where only so many of the *newest* are looked at, those before them are as the last look of the
    hour has noted.
    """
    found: dict[str, list[int]] = {name: [] for name in ALWAYS}
    after: int | None = 0
    if newest is not None:
        async with reads.connection() as tx:
            row = await (await tx.execute("select max(number) from handoff")).fetchone()
            after = max(0, (row[0] if row and row[0] else 0) - newest)
            async for name, number in await tx.execute(
                "select what, number from untrue where number <= %s order by what, number", [after]
            ):
                found.setdefault(name, []).append(number)
    while after is not None:
        async with reads.connection() as tx:
            last = await _last(tx, after, AT_A_TIME)
            if last is not None:
                async for name, numbers in _untrue(tx, after, last):
                    found[name] += numbers
        after = last
    return found


async def look(tx: Tx, after: int, at: datetime, most: int) -> tuple[int | None, list[str]]:
    """The next *most* handoffs after that number are looked at, and what is not as it always should
    be is noted; what is again is noted no more.

    Returns the number to go on from, None after the last, and what was found for the first time.
    """
    last = await _last(tx.connection, after, most)
    if last is None:
        return None, []
    new = list[str]()
    async for name, numbers in _untrue(tx.connection, after, last):
        await tx.execute(
            "delete from untrue where what = %s and number > %s and number <= %s "
            "and number <> all(%s)",
            [name, after, last, numbers],
        )
        noted = await tx.execute(
            "insert into untrue select %s, n, %s from unnest(%s::int[]) as n "
            "on conflict do nothing returning number",
            [name, at, numbers],
        )
        new += [f"{name}: {number}" async for (number,) in noted]
    return last, new


async def _last(tx: Connection, after: int, most: int) -> int | None:
    """The number of the last of the next *most* handoffs; None where there is none."""
    found = await tx.execute(
        "select max(number) from (select number from handoff where number > %s "
        "order by number limit %s) as next",
        [after, most],
    )
    row = await found.fetchone()
    return int(row[0]) if row and row[0] is not None else None


async def _untrue(tx: Connection, after: int, last: int) -> AsyncIterator[tuple[str, list[int]]]:
    """Each invariant, with which of the handoffs after that number up to the *last* break it."""
    # Within a statement "handoff" is only these, and "reservation" what they hold; in their own
    # definitions they are all of them. What they hold is read first: otherwise PostgreSQL takes the
    # index on its time, and reads all that anybody holds for each of them.
    some = (
        "with handoff as not materialized (select * from handoff "  # noqa: S608
        f"where number > {after:d} and number <= {last:d}), "
        "every_reservation as not materialized (select *, ctid as place from reservation), "
        "reservation as materialized (select *, ctid as place from reservation "
        "where handoff = any(array(select id from handoff)))"
    )
    for name, sql in ALWAYS.items():
        found = await tx.execute(f"{some} {sql}")
        yield name, sorted({number async for (number,) in found})


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
