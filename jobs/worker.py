"""The worker: takes jobs out of the queue until it is told to stop, whatever the database does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic

import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from psycopg import Error, IntegrityError
from psycopg.errors import RaiseException
from psycopg_pool import PoolTimeout

from handoff.effects import CLOCK, CRM, OUTLOOK, TEAMS
from jobs.tracing import traced

log = structlog.get_logger()

LANES = frozenset((CLOCK, TEAMS, OUTLOOK, CRM))
FEW = {CLOCK: 2, CRM: 2}  # jobs at once: deadlines are short, and a CRM takes ten requests a second
LOOKS = {CRM: 0.5}  # seconds between two looks for jobs; elsewhere 5, as procrastinate has it
"""A job that waits for the lock of one that runs is not told when that ends, but found by the next
look: a page of the CRM follows the one before it by such a job.
https://github.com/procrastinate-org/procrastinate/issues/213
"""
GRACE = 10  # seconds that what has begun may take to finish when the worker is told to stop
SILENT = 30  # seconds without a heartbeat after which a worker is dead
LONGEST_PAUSE = 15  # seconds between two tries while the database is away
LASTED = 60  # seconds after which what ended before has nothing to do with what ends now
NOTED_FOR = 60  # seconds in which the end of a job is told to a database that is away


class Manager(JobManager):
    """Tells the queue how a job ended, until it has heard.

    A job whose end is not heard would be under way for ever, with its lock, for its worker lives.

    And a worker that is told to stop while it begins does not begin: before Python 3.12 a wait that
    is over in the moment in which it is cancelled swallows that, and it would go on for ever.
    https://github.com/python/cpython/issues/86296
    """

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The next job, which is under way from now on; None where there is none.

        Whoever looks in the moment in which another begins a job sees that one wait still, and may
        take one of the same lock: PostgreSQL refuses it. Then it looks again.
        """
        while True:
            try:
                return await super().fetch_job(queues, worker_id)
            except UniqueViolation:
                continue

    async def prune_stalled_workers(self, seconds_since_heartbeat: float) -> list[int]:
        dead = await super().prune_stalled_workers(seconds_since_heartbeat)
        _go_no_further_if_told_to_stop()
        return dead

    async def register_worker(self) -> int:
        worker = await super().register_worker()
        _go_no_further_if_told_to_stop()
        return worker

    async def finish_job_by_id_async(self, job_id: int, status: Status, delete_job: bool) -> None:
        """One that ended with what it wrote (`Tx.end`) is gone already."""
        if delete_job:
            done = (
                "delete from procrastinate_jobs where id = %(id)s and status in ('todo', 'doing')"
            )
            await _heard(lambda: self.connector.execute_query_async(done, id=job_id))
            return
        await _heard(
            lambda: super(Manager, self).finish_job_by_id_async(job_id, status, delete_job)
        )

    async def retry_job_by_id_async(
        self,
        job_id: int,
        retry_at: datetime,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """It waits again. Where a twin waits already, of which only one may, that one does it:
        this one ends. https://github.com/procrastinate-org/procrastinate/issues/1116
        """
        try:
            await _heard(
                lambda: super(Manager, self).retry_job_by_id_async(
                    job_id, retry_at, priority, queue, lock
                )
            )
        except UniqueViolation:
            await self.finish_job_by_id_async(job_id, Status.SUCCEEDED, delete_job=True)


async def _heard(say: Callable[[], Awaitable[None]]) -> None:
    """Says it again while the database is away, for a while. What it has heard already, though its
    answer was lost, it refuses to hear twice. What its tables refuse they refuse each time: that
    is raised at once.
    """
    async with asyncio.timeout(NOTED_FOR):
        pause = 0.1
        while True:
            try:
                return await say()
            except UniqueViolation:
                raise
            except ConnectorException as error:
                if isinstance(error.__cause__, RaiseException):
                    return None
                if isinstance(error.__cause__, IntegrityError):
                    raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


@dataclass(slots=True)
class Pulse:
    """How it stands with the worker of this process."""

    wanted: bool = False  # this process is to work
    running: set[str] = field(default_factory=set)  # the queues in which it does

    @property
    def gone(self) -> bool:
        """Whether nobody in this process works off one of the queues."""
        return self.wanted and not self.running >= LANES


async def work(
    queue: App,
    services: object,
    pulse: Pulse,
    *,
    wait: bool,
    concurrency: int,
    grace: float,
) -> None:
    """Run jobs: until cancelled, or until none is due if not to *wait*. Whatever has begun then has
    *grace*, in seconds, to finish; if it does not, it is begun anew by whoever works next.

    Each queue has workers of its own, *concurrency* of them or as FEW says, so that a neighbour
    that hangs holds none but its own.
    """
    run = partial(
        queue.run_worker_async,
        wait=wait,
        listen_notify=wait,
        install_signal_handlers=False,
        delete_jobs="successful",
        shutdown_graceful_timeout=grace,
        stalled_worker_timeout=SILENT,
        additional_context={"services": services},
        task_middleware=[traced],
    )
    pulse.wanted = wait
    if not wait:
        await run(concurrency=concurrency)
        return
    try:
        async with asyncio.TaskGroup() as lanes:
            for name in LANES:
                most = FEW.get(name, concurrency)
                one = partial(
                    run,
                    queues=[name],
                    concurrency=most,
                    fetch_job_polling_interval=LOOKS.get(name, 5.0),
                )
                lanes.create_task(_go_on(one, pulse, name))
    finally:
        pulse.running.clear()


async def _go_on(run: Callable[[], Awaitable[None]], pulse: Pulse, name: str) -> None:
    """Runs until cancelled. A worker that stops by itself, for the database was restarted or
    believed it dead, begins anew; what it had begun is rescued. It is said each time.
    """
    pause = 1
    while True:
        began = monotonic()
        try:
            pulse.running.add(name)
            await run()
            why = "it stopped by itself"
        except (ConnectorException, Error, PoolTimeout) as error:
            why = type(error.__cause__ or error).__name__
        pulse.running.discard(name)
        _go_no_further_if_told_to_stop()
        pause = pause if monotonic() - began < LASTED else 1
        log.warning("the worker begins anew", lane=name, why=why, seconds=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _go_no_further_if_told_to_stop() -> None:
    """Raises CancelledError in a task that was cancelled, though what it waited for then ended in
    another way.
    """
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
