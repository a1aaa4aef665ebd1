"""The pace of messages to Teams, counted in the database so that all workers keep it together.

Limits: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
These are real seconds, whatever clock the app runs on: Teams counts them so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from store.door import Door, Tx

LONGEST_WINDOW = timedelta(hours=1)
PASSING = 10  # of so many messages one may go past the line

_NEXT_IN_CONVERSATION = """
select greatest(clock_timestamp(), max(free_at)) from (
    select (select at from sent where conversation = %(conversation)s
            order by at desc offset w.most - 1 limit 1)
            + make_interval(secs => w.seconds) as free_at
    from unnest(%(most)s::int[], %(seconds)s::float[]) as w (most, seconds)
) as windows
"""

_NEXT_OF_ALL = """
select greatest(next_at, clock_timestamp()), greatest(passing_at, clock_timestamp()),
    clock_timestamp() from pace for update
"""


class Pace:
    def __init__(
        self,
        door: Door,
        *,
        per_conversation: Sequence[tuple[int, int]],
        per_second: int,
    ) -> None:
        """*per_conversation*: so many messages in so many seconds; *per_second* for the tenant."""
        self._door = door
        self._most = [most for most, _ in per_conversation]
        self._seconds = [seconds for _, seconds in per_conversation]
        self._gap = timedelta(seconds=1 / per_second)

    async def wait(
        self, conversation: str, patience: timedelta, *, passes: bool = False
    ) -> timedelta | None:
        """How long to wait before sending; the place in line is then taken.

        What *passes* goes past whatever waits in line, which moves back by one: one message in
        PASSING at most, so that the line goes on. In its own conversation it passes nothing.
        None when it would be more than *patience*: no place is taken, try again later.
        """
        async with self._door.open() as tx:
            await tx.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, 7))", [conversation]
            )
            row = await (
                await tx.execute(
                    _NEXT_IN_CONVERSATION,
                    {
                        "conversation": conversation,
                        "most": self._most,
                        "seconds": self._seconds,
                    },
                )
            ).fetchone()
            assert row
            here: datetime = row[0]
            places = await (await tx.execute(_NEXT_OF_ALL)).fetchone()
            assert places
            line, passing, now = places
            passes = passes and passing < line
            at: datetime = max(here, passing if passes else line)
            if at > now + patience:
                return None
            await tx.execute(
                "update pace set next_at = %s, passing_at = %s",
                [line + self._gap, passing + self._gap * PASSING if passes else passing],
            )
            await tx.execute(
                "insert into sent (conversation, at) values (%s, %s)", [conversation, at]
            )
        wait: timedelta = at - now
        return max(timedelta(), wait)

    @staticmethod
    async def forget_old(tx: Tx) -> None:
        """What no window reaches any more."""
        await tx.execute("delete from sent where at < now() - %s", [LONGEST_WINDOW])
        await tx.execute("delete from heard where at < now() - %s", [LONGEST_WINDOW])
