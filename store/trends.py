"""Reasons that are given more often than before: counted from facts, and kept once told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from handoff.campaigns import key
from handoff.facts import What
from handoff.figures import Period, Share
from handoff.trends import GIVEN, WEEKS, Cell, Trend
from store.door import Tx
from store.waits import Waits

_CELLS = """
with one as (
    select coalesce(c.code_key, f.campaign) as campaign, segment,
        case when what = %(came)s then '' else reason end as reason,
        coalesce(sum(sign) filter (where at >= %(recent)s), 0)::int as recent,
        coalesce(sum(sign) filter (where at < %(recent)s), 0)::int as before
    from fact f left join campaign c on f.campaign in (c.code_key, c.name_key)
    where at >= %(first)s and at < %(until)s
        and (what = %(came)s or what = any(%(given)s) and reason <> '')
    group by 1, 2, 3
)
select r.reason, l.campaign, l.segment, coalesce(t.recent, 0), l.recent,
    coalesce(t.before, 0), l.before
from one l
cross join (select distinct reason from one where reason <> '') r
left join one t on (t.campaign, t.segment, t.reason) = (l.campaign, l.segment, r.reason)
where l.reason = '' order by 1, 2, 3
"""
"""Every reason with every campaign and segment, also where it was never given there."""
_COLUMNS = "reason, campaign, segment, recent, recent_of, before, before_of"


class Trends(Waits):
    _table, _key = "trend", "id"

    async def cells(self, recent: Period, before: Period) -> list[Cell]:
        """How often each reason was given in both times, of the leads handed over then."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                _CELLS,
                {
                    "came": What.HANDED_OVER.value,
                    "given": [one.value for one in GIVEN],
                    "first": before.begin,
                    "recent": recent.begin,
                    "until": recent.end,
                },
            )
            return [_cell(row) async for row in found]

    async def keep(
        self, tx: Tx, week: Period, trends: Sequence[Trend], at: datetime
    ) -> list[tuple[UUID, Trend]]:
        """Those of *trends* of which nobody has heard in the last four weeks are kept. Of two that
        look at once, one waits for the other.
        """
        await tx.execute("lock table trend in share row exclusive mode")
        new = []
        for one in trends:
            cell, id = one.cell, uuid4()
            done = await tx.execute(
                f"insert into trend (id, week, zone, found_at, {_COLUMNS}, chance) "  # noqa: S608
                "select %(id)s, %(week)s, %(zone)s, %(at)s, %(reason)s, %(campaign)s, %(segment)s, "
                "%(recent)s, %(recent_of)s, %(before)s, %(before_of)s, %(chance)s "
                "where not exists (select from trend where found_at > %(since)s and "
                "(reason, campaign, segment) = (%(reason)s, %(campaign)s, %(segment)s))",
                {
                    "id": id,
                    "week": week.since,
                    "zone": week.zone,
                    "at": at,
                    "since": at - timedelta(weeks=WEEKS),
                    "reason": cell.reason,
                    "campaign": cell.campaign,
                    "segment": cell.segment,
                    "recent": cell.recent.top,
                    "recent_of": cell.recent.bottom,
                    "before": cell.before.top,
                    "before_of": cell.before.bottom,
                    "chance": one.chance,
                },
            )
            if done.rowcount:
                new.append((id, one))
        return new

    async def waits(self, tx: Tx, id: UUID, people: Sequence[str]) -> None:
        """These are yet to hear of it."""
        await tx.execute("update trend set waits = %s where id = %s", [list(people), id])

    async def of(self, id: UUID) -> tuple[Period, Trend] | None:
        """One, with the last week that it is of."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                f"select {_COLUMNS}, week, zone, chance from trend where id = %s",  # noqa: S608
                [id],
            )
            row = await found.fetchone()
        if row is None:
            return None
        *cell, week, zone, chance = row
        period = Period(week, week + timedelta(days=7), zone)
        return period, Trend(cell=_cell(cell), chance=chance)

    async def owners(self) -> dict[str, str]:
        """Whose each campaign is, by the key of its code."""
        async with self._reads.connection() as tx:
            found = await tx.execute("select code_key, owner from campaign")
            return {key: owner async for key, owner in found}

    async def called(self, campaign: str) -> str:
        """What a *campaign* is called, by its key: as the list has it, or as the lead wrote it that
        was handed over last.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select (select name from campaign where code_key = %(key)s), "
                "(select l.campaign from fact f join handoff h on h.id = f.handoff "
                "join lead l on l.id = h.lead where f.what = %(came)s and f.code = '' "
                "and f.reason = '' and f.campaign = %(key)s order by f.at desc limit 1)",
                {"key": campaign, "came": What.HANDED_OVER.value},
            )
            row = await found.fetchone()
        listed, written = row or (None, None)
        if listed is None and written is not None and key(written) == campaign:
            return str(written)
        return str(listed or campaign)


def _cell(row: Sequence[object]) -> Cell:
    reason, campaign, segment, recent, recent_of, before, before_of = row
    return Cell(
        reason=str(reason),
        campaign=str(campaign),
        segment=str(segment),
        recent=Share(int(str(recent)), int(str(recent_of))),
        before=Share(int(str(before)), int(str(before_of))),
    )
