"""Jobs that follow no decision: a reply to what someone said, a hint from Outlook."""

from collections.abc import Sequence
from typing import Any

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued
from psycopg_pool import AsyncConnectionPool

from store.trace import carried

CROWD = 200  # jobs at once that change what PostgreSQL should know of the queue


class Queue:
    def __init__(self, pool: AsyncConnectionPool, queue: App) -> None:
        self._pool = pool
        self._queue = queue

    async def put(
        self, job: str, *, lock: str | None = None, once: str | None = None, **args: Any
    ) -> bool:
        """The job will be done. With *once*, not if one of that name waits already: then False."""
        task = self._queue.configure_task(job, lock=lock, queueing_lock=once)
        try:
            await task.defer_async(**args, **carried())
        except AlreadyEnqueued:
            return False
        return True

    async def put_for(self, job: str, *, each: str, values: Sequence[str]) -> None:
        """A job for each of *values*, unless one waits already; those of one value one by one.

        *each* names the argument. However many there are, it takes two statements.
        """
        task = {value: f"{job} {value}" for value in values}
        async with self._pool.connection() as tx:
            rows = await tx.execute(
                "select queueing_lock from procrastinate_jobs "
                "where queueing_lock = any(%s) and status = 'todo'",
                [list(task.values())],
            )
            waiting = {name async for (name,) in rows}
        jobs = [
            self._queue.configure_task(job, lock=name, queueing_lock=name).make_new_job(
                **{each: value}, **carried()
            )
            for value, name in task.items()
            if name not in waiting
        ]
        if not jobs:
            return
        try:
            await self._queue.job_manager.batch_defer_jobs_async(jobs)
        except AlreadyEnqueued:  # another process was quicker with one of them
            for value, name in task.items():
                await self.put(job, lock=name, once=name, **{each: value})

    async def at_rest(self) -> bool:
        """Whether no job runs and none is due, but for those that failed and wait to be retried."""
        async with self._pool.connection() as tx:
            row = await (
                await tx.execute(
                    "select not exists (select from procrastinate_jobs where status = 'doing' "
                    "or status = 'todo' and attempts = 0 "
                    "and coalesce(scheduled_at, '-infinity') <= now())"
                )
            ).fetchone()
        return row == (True,)

    async def retry_failed(self) -> int:
        """Jobs that failed for good are due again. Returns how many."""
        async with self._pool.connection() as tx:
            done = await tx.execute(
                "select procrastinate_retry_job_v2(id, now(), null, null, null) "
                "from procrastinate_jobs where status = 'failed' order by id"
            )
            return done.rowcount

    async def forget_failed(self) -> int:
        """Jobs that failed for good are given up. Returns how many."""
        async with self._pool.connection() as tx:
            done = await tx.execute("delete from procrastinate_jobs where status = 'failed'")
            return done.rowcount

    async def put_each(  # all by name
        self, job: str, *, each: str, values: Sequence[str], at_once: int, **same: str
    ) -> int:
        """Jobs for all of *values*, so many in each, but for those that wait in one already.

        *each* names the argument, a list; *same* are arguments of every job. Returns how many
        values are new.
        """
        async with self._pool.connection() as tx:
            rows = await tx.execute(
                "select jsonb_array_elements_text(args -> %s) from procrastinate_jobs "
                "where task_name = %s and status in ('todo', 'doing')",
                [each, job],
            )
            waiting = {value async for (value,) in rows}
        fresh = [value for value in values if value not in waiting]
        task = self._queue.configure_task(job)
        parts: list[dict[str, Any]] = [
            {each: fresh[first : first + at_once], **same}
            for first in range(0, len(fresh), at_once)
        ]
        jobs = [task.make_new_job(**part, **carried()) for part in parts]
        if jobs:
            await self._queue.job_manager.batch_defer_jobs_async(jobs)
        if len(jobs) >= CROWD:
            # Until PostgreSQL has counted them it looks for the next job by reading them all.
            async with self._pool.connection() as tx:
                await tx.execute("analyze procrastinate_jobs")
        return len(fresh)
