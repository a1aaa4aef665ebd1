"""The pace of messages to Teams, counted in the database so that all workers keep it together.

Limits: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
These are real seconds, whatever clock the app runs on: Teams counts them so.
"""

from collections.abc import Sequence
from datetime import timedelta

from store.door import Door, Tx

LONGEST_WINDOW = timedelta(hours=1)
PASSING = 10  # of so many messages one may go past the line

_IN_TURN = """
select pg_advisory_xact_lock(hashtextextended(%s, 7)) from pace for update
"""
"""One after the other: first those of one conversation, then all."""

_TAKE = """
with line as (
    select greatest(next_at, now) as next_at, greatest(passing_at, now) as passing_at, now
    from pace, clock_timestamp() as now
), conversation as (
    select max(free_at) as free_at from (
        select (select at from sent where conversation = %(conversation)s
                order by at desc offset w.most - 1 limit 1)
                + make_interval(secs => w.seconds) as free_at
        from unnest(%(most)s::int[], %(seconds)s::float[]) as w (most, seconds)
    ) as windows
), place as (
    select line.*, passes,
        greatest(free_at, case when passes then passing_at else next_at end) as at
    from line, conversation, lateral (select %(passes)s and passing_at < next_at as passes) as how
), taken as (
    select * from place where at <= now + %(patience)s
), moved as (
    update pace set next_at = taken.next_at + %(gap)s,
        passing_at = taken.passing_at + case when passes then %(gap)s else '0' end * %(passing)s
    from taken
), kept as (
    insert into sent (conversation, at) select %(conversation)s, at from taken
)
select at - now from taken
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
            await tx.execute(_IN_TURN, [conversation])
            taken = await tx.execute(
                _TAKE,
                {
                    "conversation": conversation,
                    "most": self._most,
                    "seconds": self._seconds,
                    "patience": patience,
                    "passes": passes,
                    "gap": self._gap,
                    "passing": PASSING,
                },
            )
            row = await taken.fetchone()
        if row is None:
            return None
        wait: timedelta = row[0]
        return max(timedelta(), wait)

    @staticmethod
    async def forget_old(tx: Tx) -> None:
        """What no window reaches any more."""
        await tx.execute("delete from sent where at < now() - %s", [LONGEST_WINDOW])
        await tx.execute("delete from heard where at < now() - %s", [LONGEST_WINDOW])
