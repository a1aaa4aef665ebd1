"""What is kept no longer than the policy says, taken away a little at a time.

Each step is a transaction of its own on at most BATCH rows and finds only what is still there, so
it may run twice, or beside itself. Nothing of an open handoff is touched: every step that could
says so itself.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from handoff.retention import Retention
from store.door import Door, Tx
from store.forgetting import BUSY, GONE, clear, forget_colleague
from store.routing_chain import lock_chain

Step = Callable[[Tx, datetime, int], Awaitable[int]]

BATCH = 500  # rows of one transaction
ROUNDS = 20  # transactions of one step in one run; the next run does the rest

_ENDED = (
    "h.state = 'ended' and coalesce(h.ended_at, '-infinity') < %(before)s and "
    "coalesce((select max(e.at) from entry e where e.handoff = h.id), '-infinity') < %(before)s"
)
"""By an index; of what was said of it later, and of those that ended before it was written down
when, the timeline tells. It is asked of one after the other: where it is joined, PostgreSQL
expects almost nothing to be left, and reads all handoffs to find it.
"""


class Keeping:
    def __init__(self, door: Door, batch: int = BATCH) -> None:
        self._door = door
        self._batch = batch

    async def forget_due(self, keep: Retention, at: datetime) -> dict[str, int]:
        """Everything that was due at *at* is forgotten, or as much as one run may do.

        Returns how many there were, by what they were.
        """
        steps: dict[str, tuple[Step, timedelta]] = {
            "texts": (texts, keep.texts),
            "prospects": (prospects, keep.prospects),
            "leavers": (leavers, keep.leavers),
            "names": (names, keep.names),
            "strangers": (strangers, keep.leavers),
            "looks": (looks, keep.looks),
            "decisions": (decisions, keep.decisions),
            "jobs": (jobs, keep.jobs),
            "reports": (reports, keep.reports),
        }
        return {
            name: done
            for name, (step, days) in steps.items()
            if (done := await self._all(step, at - days))
        }

    async def _all(self, step: Step, before: datetime) -> int:
        total = 0
        for _ in range(ROUNDS):
            async with self._door.open() as tx:
                done = await step(tx, before, self._batch)
            total += done
            if not done:
                break
        return total


async def texts(tx: Tx, before: datetime, most: int) -> int:
    """What people wrote in handoffs that ended before then, and what stood in the way."""
    found = await tx.execute(
        f"select h.id from handoff h where h.texts_gone_at is null and {_ENDED} "  # noqa: S608  # our own words
        "order by coalesce(h.ended_at, '-infinity') limit %(most)s "
        "for no key update of h skip locked",
        {"before": before, "most": most},
    )
    return await clear(tx, [id async for (id,) in found])


async def prospects(tx: Tx, before: datetime, most: int) -> int:
    """Who the prospect was; their company's domain stays, by which its next lead finds the rep. Its
    cards are drawn no more.
    """
    found = await tx.execute(
        "update handoff set prospect_gone_at = now(), deals = '[]', deal_id = null, "  # noqa: S608
        "activity = null, touched = null "
        "where id in (select h.id from handoff h "
        f"where h.prospect_gone_at is null and {_ENDED} order by coalesce(h.ended_at, '-infinity') "
        "limit %(most)s for no key update of h skip locked) returning id, lead",
        {"before": before, "most": most},
    )
    gone = await found.fetchall()
    await tx.execute(
        "update lead set contact_name = %s, contact_email = "
        "coalesce(substring(contact_email from '@.*$'), ''), contact_gone_at = now() "
        "where id = any(%s) and contact_gone_at is null",
        [GONE, [lead for _, lead in gone]],
    )
    for table in ("card", "crm_link", "crm_ask"):
        await tx.execute(
            f"delete from {table} where handoff = any(%s)",  # noqa: S608  # our own words
            [[id for id, _ in gone]],
        )
    return len(gone)


async def leavers(tx: Tx, before: datetime, most: int) -> int:
    """Chat, hours, absences, calendar and what was delivered, of whoever left before then and has
    nothing open.
    """
    found = await tx.execute(
        f"select id from person p where not present and cleared_at is null and left_at < %s "  # noqa: S608
        f"and not {BUSY} order by id limit %s for no key update skip locked",
        [before, most],
    )
    ids = [id async for (id,) in found]
    for table, column in (
        *(("conversation", "person"), ("week", "person"), ("silenced", "person")),
        *(("subscription", "mailbox"), ("roll_call", "manager"), ("card", "person")),
        *(("delivery", "person"), ("link", "person"), ("figure_key", "person")),
    ):
        await tx.execute(f"delete from {table} where {column} = any(%s)", [ids])  # noqa: S608
    await tx.execute(
        "update person set cleared_at = now(), zone = 'UTC', shown_in = null, days = '{}', "
        "day_start = '00:00', day_end = '00:00', holidays = '{}', away = '{}', replies = '{}', "
        "absent = '{}', said = '{}', said_by = null, managers = '{}', roles = '{}', pools = '{}', "
        "unreachable = null, settings_at = null where id = any(%s)",
        [ids],
    )
    return len(ids)


async def names(tx: Tx, before: datetime, _most: int) -> int:
    """Name and address of whoever left before then and has nothing open: of one, for they are
    looked for everywhere.
    """
    found = await tx.execute(
        f"select id from person p where not present and forgotten_at is null and left_at < %s "  # noqa: S608
        f"and not {BUSY} order by id limit 1 for no key update skip locked",
        [before],
    )
    ids = [id async for (id,) in found]
    for id in ids:
        await forget_colleague(tx, id)
    return len(ids)


async def strangers(tx: Tx, before: datetime, most: int) -> int:
    """Chats of people who wrote to Baton and whom no policy has named since.

    Timed by the database's own clock, as what Teams tells is.
    """
    done = await tx.execute(
        "delete from conversation where person in (select person from conversation c "
        "where since < %s and not exists (select from person p where p.id = c.person) limit %s)",
        [before, most],
    )
    return done.rowcount


async def looks(tx: Tx, before: datetime, most: int) -> int:
    done = await tx.execute(
        "delete from look where n in (select n from look where at < %s order by n limit %s)",
        [before, most],
    )
    return done.rowcount


async def reports(tx: Tx, before: datetime, most: int) -> int:
    """What weekly reports that were made before then say of persons, and who had them. What they
    say of the organisation, of teams and of campaigns stays.
    """
    done = 0
    of_persons = "(kind in ('person', 'below') or reader <> '')"
    for table, those in (("weekly_line", of_persons), ("weekly_reader", "true")):
        gone = await tx.execute(
            f"delete from {table} where ctid = any(array(select l.ctid from {table} l "  # noqa: S608
            f"join weekly_report r using (week) where r.made_at < %s and {those} limit %s))",
            [before, most],
        )
        done += gone.rowcount
    return done


async def decisions(tx: Tx, before: datetime, most: int) -> int:
    """The oldest records of the router, up to the first that is newer or of an open handoff.

    The chain then begins where they ended, so that what is left can still be proved.
    """
    await lock_chain(tx)
    row = await (
        await tx.execute(
            "select n, hash from (select n, hash, bool_and(at < %s and not exists "
            "(select from handoff h where h.id = r.handoff and h.state <> 'ended')) "
            "over (order by n) as goes from (select * from routing_record order by n limit %s) r"
            ") as first where goes order by n desc limit 1",
            [before, most],
        )
    ).fetchone()
    if row is None:
        return 0
    await tx.execute("update routing_chain set gone_n = %s, gone_hash = %s", [row[0], row[1]])
    return (await tx.execute("delete from routing_record where n <= %s", [row[0]])).rowcount


async def jobs(tx: Tx, before: datetime, most: int) -> int:
    """Jobs that are over, however they ended. Those that wait or run are nobody's to forget."""
    done = await tx.execute(
        "delete from procrastinate_jobs where id in (select id from procrastinate_jobs j "
        "where status in ('failed', 'succeeded', 'cancelled', 'aborted') and not exists "
        "(select from procrastinate_events e where e.job_id = j.id and e.at >= %s) limit %s)",
        [before, most],
    )
    return done.rowcount
