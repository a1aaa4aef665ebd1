"""The pace of messages to Teams, counted in the database so that all workers keep it together.

Limits: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
These are real seconds, whatever clock the app runs on: Teams counts them so.
"""

from datetime import datetime, timedelta

from psycopg_pool import AsyncConnectionPool

PER_CONVERSATION = ((7, 1), (8, 2), (60, 30), (1800, 3600))  # messages in seconds
PER_TENANT = 50  # a second, for the app in one tenant
LONGEST_WINDOW = timedelta(hours=1)

_NEXT_IN_CONVERSATION = """
select greatest(clock_timestamp(), max(free_at)) from (
    select (select at from sent where conversation = %(conversation)s
            order by at desc offset w.most - 1 limit 1)
            + make_interval(secs => w.seconds) as free_at
    from unnest(%(most)s::int[], %(seconds)s::float[]) as w (most, seconds)
) as windows
"""


class Pace:
    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def wait(self, conversation: str, patience: timedelta) -> timedelta | None:
        """How long to wait before sending; the place in line is then taken.

        None when it would be more than *patience*: no place is taken, try again later.
        """
        async with self._pool.connection() as tx:
            await tx.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, 7))", [conversation]
            )
            row = await (
                await tx.execute(
                    _NEXT_IN_CONVERSATION,
                    {
                        "conversation": conversation,
                        "most": [most for most, _ in PER_CONVERSATION],
                        "seconds": [seconds for _, seconds in PER_CONVERSATION],
                    },
                )
            ).fetchone()
            assert row
            here: datetime = row[0]
            place = await (
                await tx.execute(
                    "update pace "
                    "set next_at = greatest(next_at, clock_timestamp()) + make_interval(secs => %s)"
                    " where greatest(next_at, %s) <= clock_timestamp() + %s "
                    "returning next_at - make_interval(secs => %s), clock_timestamp()",
                    [1 / PER_TENANT, here, patience, 1 / PER_TENANT],
                )
            ).fetchone()
            if place is None:
                return None
            everywhere, now = place
            at: datetime = max(here, everywhere)
            await tx.execute(
                "insert into sent (conversation, at) values (%s, %s)", [conversation, at]
            )
        wait: timedelta = at - now
        return max(timedelta(), wait)

    async def forget_old(self) -> None:
        """What no window reaches any more."""
        async with self._pool.connection() as tx:
            await tx.execute("delete from sent where at < now() - %s", [LONGEST_WINDOW])
            await tx.execute("delete from heard where at < now() - %s", [LONGEST_WINDOW])
