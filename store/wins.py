"""Who believes that a deal is won, and who has yet to hear that it is, or is not after all."""

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
        self, tx: Tx, handoff: UUID, *, stands: bool, hears: Sequence[str], at: datetime
    ) -> None:
        """It is won: those of *hears* wait for it who do not believe so yet. Or it is not after
        all: whoever believes that it is waits for that.
        """
        await tx.execute(
            "insert into win (handoff, stands, told_at, waits) "
            "values (%(id)s, %(stands)s, %(at)s, %(hears)s) on conflict (handoff) do update "
            "set stands = excluded.stands, told_at = excluded.told_at, waits = case when "
            "excluded.stands then array(select unnest(excluded.waits) except "
            "select unnest(win.told) order by 1) else win.told end",
            {
                "id": handoff,
                "stands": stands,
                "at": at,
                "hears": list(hears) if stands else [],
            },
        )

    async def heard(self, tx: Tx, handoff: UUID, person: str, *, stands: bool) -> None:
        """They have been told that it is won, or that it is not after all."""
        told = "array_remove(told, %(who)s)" + (" || %(who)s::text" if stands else "")
        await tx.execute(
            f"update win set told = {told} where handoff = %(id)s",  # noqa: S608  # our words
            {"id": handoff, "who": person},
        )

    async def nobody_waits(self, tx: Tx) -> None:
        """Nobody is yet to hear that one is won. Who believes it of one that is not hears so."""
        await tx.execute("update win set waits = '{}' where stands and waits <> '{}'")

    async def news(self, handoff: UUID, person: str) -> bool | None:
        """Whether it is news to them that it is won (True), or that it is not after all (False);
        None where they know how it is.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select stands from win where handoff = %(id)s and stands <> (%(who)s = any(told))",
                {"id": handoff, "who": person},
            )
            row = await found.fetchone()
            return row[0] if row else None
