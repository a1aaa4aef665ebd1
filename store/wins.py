"""Of which deals that are won people have heard, and who has yet to hear of one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from store.door import Tx
from store.waits import Waits

# By the index of those whose prospect is still known.
_CHANGED = """
select h.id, h.outcome = 'won' from handoff h left join win w on w.handoff = h.id
where h.state = 'ended' and h.prospect_gone_at is null
    and coalesce(h.ended_at, '-infinity') > %(since)s
    and coalesce(h.ended_at, '-infinity') <= %(until)s
    and (h.outcome = 'won') <> coalesce(w.stands, false)
order by h.ended_at limit %(most)s for no key update of h skip locked
"""


class Wins(Waits):
    _table, _key = "win", "handoff"

    async def changed(
        self, tx: Tx, since: datetime, until: datetime, most: int
    ) -> list[tuple[UUID, bool]]:
        """Handoffs that ended in this time, are won and not told, or told and not won after all;
        and which of the two.
        """
        found = await tx.execute(_CHANGED, {"since": since, "until": until, "most": most})
        return await found.fetchall()

    async def with_reps(self, since: datetime, until: datetime, most: int) -> list[UUID]:
        """Handoffs that were won in this time, and are still their reps'."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select id from handoff where state = 'ended' and prospect_gone_at is null "
                "and coalesce(ended_at, '-infinity') > %s "
                "and coalesce(ended_at, '-infinity') <= %s "
                "and outcome = 'won' and owner = rep order by ended_at limit %s",
                [since, until, most],
            )
            return [id async for (id,) in found]

    async def keep(
        self, tx: Tx, handoff: UUID, *, stands: bool, waits: Sequence[str], at: datetime
    ) -> None:
        """It is told that it is won, or that it is not after all, to those who wait for it."""
        await tx.execute(
            "insert into win (handoff, stands, told_at, waits) values (%s, %s, %s, %s) "
            "on conflict (handoff) do update set stands = excluded.stands, "
            "told_at = excluded.told_at, waits = excluded.waits, told = '{}'",
            [handoff, stands, at, list(waits)],
        )

    async def heard(self, tx: Tx, handoff: UUID) -> list[str]:
        """Who has heard what was told of it last."""
        found = await tx.execute("select told from win where handoff = %s", [handoff])
        row = await found.fetchone()
        return list(row[0]) if row else []

    async def tells(self, tx: Tx, one: UUID, person: str) -> bool:
        """As of all that waits; and it is known who has heard it."""
        told = await super().tells(tx, one, person)
        if told:
            await tx.execute("update win set told = told || %s where handoff = %s", [[person], one])
        return told

    async def stands(self, handoff: UUID) -> bool | None:
        """Whether it was told as won, or as not won after all; None where neither was."""
        async with self._reads.connection() as tx:
            found = await tx.execute("select stands from win where handoff = %s", [handoff])
            row = await found.fetchone()
            return row[0] if row else None
