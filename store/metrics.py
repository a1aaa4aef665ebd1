"""How the promises of the app stand: what is measured, and what somebody is woken for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from store.database import Reads
from store.subscriptions import UNWATCHED

_METRICS = f"""
select
    coalesce(%(at)s - least(
        (select min(due_at) from commitment where ended_at is null and due_at < %(at)s
         and not (what = 'meet' and rings_at is null)),
        (select min(due_at) from pledge where ended_at is null and due_at < %(at)s)
    ), interval '0') as overdue,
    coalesce(%(at)s - least(
        (select min(rings_at) from commitment where rings_at < %(at)s),
        (select min(rings_at) from pledge where rings_at < %(at)s)
    ), interval '0') as alarm,
    greatest(coalesce(jobs.age, interval '0'), interval '0') as queue, jobs.waiting, jobs.failed,
    (select count(*) from person where present and unreachable is not null) as unreachable,
    (select count(*) from person where present and dark is not null
     and roles && array['rep', 'qualifier']) as dark,
    ({UNWATCHED}) as unwatched, (select count(*) from untrue) as untrue,
    chain.n as chain_n, chain.hash as chain_hash,
    coalesce((select %(at)s - r.at from routing_record r where r.n = chain.n), interval '0')
        as chain_age
from routing_chain chain, (
    select count(*) filter (where due) as waiting, max(now() - since) filter (where due) as age,
           count(*) filter (where status = 'failed') as failed
    from (
        select status, status = 'todo' and coalesce(scheduled_at, '-infinity') <= now() as due,
               coalesce(scheduled_at, (select min(at) from procrastinate_events e
                                       where e.job_id = job.id)) as since
        from procrastinate_jobs job where status in ('todo', 'failed')
    ) as job
) as jobs
"""  # noqa: S608  # our own words


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    overdue: timedelta  # the oldest commitment that nobody has kept or excused; 0 if there is none
    alarm: timedelta  # the oldest alarm that should have rung
    queue: timedelta  # the oldest job that is due and not begun
    waiting: int  # jobs due and not begun
    failed: int  # jobs that failed for good
    unreachable: int  # people whom Teams does not reach
    dark: int  # people who are booked and whose calendar cannot be read
    unwatched: int  # mailboxes in use without a living subscription
    chain_n: int  # the number of the last routing record
    chain_age: timedelta  # how long ago that was; 0 where none is kept
    chain_hash: str  # what it and all before it are held to
    untrue: int  # what is not so, of handoffs, that always should be, as last looked


async def measure(reads: Reads, at: datetime) -> Metrics:
    """*at* is the app's clock, by which promises are due; jobs are timed by the database's own."""
    async with reads.connection() as tx, tx.cursor(row_factory=class_row(Metrics)) as cursor:
        await cursor.execute(_METRICS, {"at": at})
        found = await cursor.fetchone()
    assert found
    return found
