"""Jobs that follow no decision: a reply to what someone said, a hint from Outlook."""

from collections.abc import Iterable
from typing import Any

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued
from psycopg_pool import AsyncConnectionPool


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

    async def put_each(self, job: str, *, once: str, each: str, values: Iterable[str]) -> int:
        """One job for each value, but for those of which one waits already. Returns how many.

        *once* and *each* name the lock's first word and the argument.
        """
        wanted = list(dict.fromkeys(values))
        async with self._pool.connection() as tx:
            rows = await tx.execute(
                "select queueing_lock from procrastinate_jobs "
                "where status = 'todo' and queueing_lock = any(%s)",
                [[f"{once} {value}" for value in wanted]],
            )
            waiting = {lock async for (lock,) in rows}
        fresh = [value for value in wanted if f"{once} {value}" not in waiting]
        for value in fresh:
            await self.put(job, once=f"{once} {value}", **{each: value})
        return len(fresh)
