"""Jobs that follow no decision: a reply to what someone said, a hint from Outlook."""

from collections.abc import Sequence
from typing import Any

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued
from psycopg_pool import AsyncConnectionPool

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
            await task.defer_async(**args)
        except AlreadyEnqueued:
            return False
        return True

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

    async def put_each(self, job: str, *, each: str, values: Sequence[str], at_once: int) -> int:
        """Jobs for all of *values*, so many in each, but for those that wait in one already.

        *each* names the argument, a list. Returns how many values are new.
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
            {each: fresh[first : first + at_once]} for first in range(0, len(fresh), at_once)
        ]
        jobs = [task.make_new_job(**part) for part in parts]
        if jobs:
            await self._queue.job_manager.batch_defer_jobs_async(jobs)
        if len(jobs) >= CROWD:
            # Until PostgreSQL has counted them it looks for the next job by reading them all.
            async with self._pool.connection() as tx:
                await tx.execute("analyze procrastinate_jobs")
        return len(fresh)
