"""Of which deals that are won people have heard, and who has yet to hear of one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from store.door import Tx
from store.waits import Waits

# Those that ended of late, by the index of those whose prospect is still known; what is contested,
# whose end stays open; and of what was kept once, whatever is otherwise by now.
_CHANGED = """
select h.id, h.state = 'ended' and h.outcome = 'won' from handoff h where h.prospect_gone_at is null
and h.id in (
    select id from handoff where state = 'ended' and prospect_gone_at is null and outcome = 'won'
        and coalesce(ended_at, '-infinity') > %(since)s
        and coalesce(ended_at, '-infinity') <= %(until)s
        and not exists (select from win where handoff = handoff.id)
    union select id from handoff where state = 'contested' and outcome = 'won'
        and ended_at > %(since)s and not exists (select from win where handoff = handoff.id)
    union select w.handoff from win w join handoff ended on ended.id = w.handoff
        where w.told_at > %(kept)s and ended.state <> 'contested'
        and coalesce(ended.ended_at, '-infinity') <= %(until)s
        and (ended.state = 'ended' and ended.outcome = 'won') <> w.stands
)
order by h.ended_at nulls first, h.id limit %(most)s for no key update of h skip locked
"""


class Wins(Waits):
    _table, _key = "win", "handoff"

    async def changed(
        self, tx: Tx, since: datetime, until: datetime, kept: datetime, most: int
    ) -> list[tuple[UUID, bool]]:
        """Handoffs that ended won in this time, or are contested, of which nothing was kept; and of
        what was kept later than *kept*, those that are otherwise now. And whether each is won.
        """
        found = await tx.execute(
            _CHANGED, {"since": since, "until": until, "kept": kept, "most": most}
        )
        return await found.fetchall()

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
