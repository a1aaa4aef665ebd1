"""How often the rules rang lately, promise by promise, and how often that helped."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handoff.policy import Promise
from store.database import Reads

LATELY = timedelta(days=30)
TO_HELP = timedelta(days=1)  # is left to whatever rang, until it is counted
KEPT_FOR = timedelta(hours=1)  # what was counted is shown again: it is about a month
_RANG = """
with rang as (
    select handoff, at, detail ->> 'promise' as promise, detail ->> 'to' as person,
        what = 'escalated' as asked,
        coalesce(lead(at) over (partition by handoff, detail ->> 'promise' order by at, n),
            'infinity') as next
    from entry where what in ('reminded', 'stalled', 'escalated', 'chased')
        and at >= %(since)s and at <= %(now)s and detail ? 'promise'
),
came as (
    select promise, asked, person, exists (
        select from commitment c where c.handoff = rang.handoff and c.what = rang.promise
            and (asked or c.who = person) and c.made_at <= rang.at
            and c.ended_at >= rang.at and c.ended_at < rang.next
            and (c.ending in ('kept', 'late') or asked and c.ending = 'passed_on')
    ) as helped
    from rang where at < %(until)s
    union all
    select what, false, who, coalesce(ending in ('kept', 'late'), false)
    from pledge where reached in ('reminder', 'breach', 'chase')
        and made_at >= %(since)s and made_at < %(until)s
)
select promise, count(*) filter (where not asked)::int,
    count(*) filter (where not asked and helped)::int,
    count(*) filter (where asked)::int, count(*) filter (where asked and helped)::int,
    count(distinct person) filter (where not asked)::int,
    count(distinct person) filter (where asked)::int
from came group by promise
"""
"""A reminder helped where the same person did it before anybody was told anything of it again;
asking a manager helped where it was done then, or given to somebody else. A pledge has no timeline:
what it has reached says it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    """How often one rule rang, and of how many people each is."""

    reminded: int = 0  # whoever owes it, before or after it was due
    then_done: int = 0
    asked: int = 0  # a manager
    then_settled: int = 0
    of_reminded: int = 0  # people
    of_asked: int = 0  # managers

    def shown(self, least: int) -> "Rang | None":
        """What is about so many people; None where nothing is."""
        told = replace(self, reminded=0, then_done=0) if self.of_reminded < least else self
        told = replace(told, asked=0, then_settled=0) if self.of_asked < least else told
        return told if told.reminded or told.asked else None


class Rings:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._counted: tuple[datetime, dict[Promise, Rang]] | None = None

    async def lately(self, at: datetime) -> dict[Promise, Rang]:
        """Of the thirty days until a day before *at*, every promise about which somebody was told
        anything. What was counted is an hour old at most.
        """
        if self._counted and self._counted[0] <= at < self._counted[0] + KEPT_FOR:
            return self._counted[1]
        until = at - TO_HELP
        async with self._reads.connection() as tx:
            asked = await tx.execute(_RANG, {"since": until - LATELY, "until": until, "now": at})
            rows = await asked.fetchall()
        found = {
            Promise(what): Rang(
                reminded=reminded,
                then_done=done,
                asked=asked,
                then_settled=settled,
                of_reminded=of_reminded,
                of_asked=of_asked,
            )
            for what, reminded, done, asked, settled, of_reminded, of_asked in rows
        }
        self._counted = (at, found)
        return found
