"""What came back of what was spent, counted from facts: by the leads that were handed over in each
month, and by the month in which they were won.
"""

from datetime import UTC, date, datetime, time

from handoff.campaigns import Campaign, key
from handoff.model import Role
from handoff.returns import Cohort, Month, OfMessage
from handoff.scope import Scope
from store.database import Reads
from store.fact_terms import ONE

WHAT = ("handed_over", "accepted", "met", "sent_back", "won")
_WON = f"""
cohort as (
    select handoff, date_trunc('month', min(at) at time zone 'utc')::date as month from (
        select handoff, at from fact where what = 'handed_over' and handoff is not null and (which)
        group by {ONE} having sum(sign) > 0) as one group by handoff),
won as (
    select handoff, date_trunc('month', at at time zone 'utc')::date as month,
        (array_agg(worth order by id desc) filter (where sign > 0))[1] as worth,
        (array_agg(currency order by id desc) filter (where sign > 0))[1] as currency
    from fact where what = 'won' and handoff in (select handoff from cohort)
    group by {ONE} having sum(sign) > 0)"""  # noqa: S608  # our own words
"""What a deal is worth is counted anew when it changes: the newest counts."""
_BY_COHORT = f"""
with {_WON.replace("(which)", "campaign = any(%(keys)s)")},
worth as (
    select month, jsonb_object_agg(currency, minor) as by_currency from (
        select cohort.month, currency, sum(worth)::bigint as minor
        from won join cohort using (handoff)
        where worth is not null group by 1, 2) as one group by month)
select cohort.month, count(distinct cohort.handoff)::int, count(won.handoff)::int,
    (select by_currency from worth where worth.month = cohort.month),
    count(won.handoff) filter (where won.worth is null)::int
from cohort left join won using (handoff) group by cohort.month order by cohort.month
"""  # noqa: S608  # our own words
_BY_MONTH = f"""
with {_WON.replace("(which)", "at >= %(since)s")},
months as (select month from cohort union select month from won)
select month, (select count(*)::int from cohort where cohort.month = months.month),
    (select coalesce(sum(worth), 0)::bigint from won
        where won.month = months.month and currency = %(currency)s),
    (select count(*)::int from won where won.month = months.month
        and (worth is null or currency <> %(currency)s))
from months order by month
"""  # noqa: S608  # our own words
_COUNTED = "count(distinct one.handoff) filter (where what = '{}')"
_ANY_MESSAGE = "select 1 from lead where message <> '' limit 1"
_BY_MESSAGE = f"""
with one as (
    select handoff, what from fact where what = any(%(what)s) and handoff is not null
    and campaign = any(%(keys)s) group by {ONE} having sum(sign) > 0)
select l.message, {", ".join(_COUNTED.format(what) for what in WHAT)}
from one join handoff h on h.id = one.handoff join lead l on l.id = h.lead
group by l.message order by l.message = '', 2 desc, l.message
"""  # noqa: S608  # our own words


class Returns:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_campaign(self, campaign: Campaign) -> list[Cohort]:
        """Its leads by the month in which they were handed over, UTC, the first month first, and
        what came of them so far. Whose a campaign is sees its leads, so nobody is hidden here.
        """
        keys = [key(campaign.code), key(campaign.name)]
        async with self._reads.connection() as tx:
            found = await tx.execute(_BY_COHORT, {"keys": keys})
            return [
                Cohort(month=month, leads=leads, won=won, worth=worth or {}, unknown=unknown)
                async for month, leads, won, worth, unknown in found
            ]

    async def by_message(self, campaign: Campaign) -> list[OfMessage]:
        """As `of_campaign`, by the message that brought them; each lead once. That of most leads
        first, those of none last. Nothing where no lead of the firm says by which it came.
        """
        keys = [key(campaign.code), key(campaign.name)]
        async with self._reads.connection() as tx:
            known = await (await tx.execute(_ANY_MESSAGE)).fetchone()
            if not known:  # counting all that a campaign ever brought takes a quarter of a second
                return []
            found = await tx.execute(_BY_MESSAGE, {"keys": keys, "what": list(WHAT)})
            return [
                OfMessage(message=message, **dict(zip(WHAT, counts, strict=True)))
                async for message, *counts in found
            ]

    async def of_everybody(self, since: date, currency: str) -> list[Month]:
        """Of all leads that were handed over since then what happened in each month, UTC."""
        begin = datetime.combine(since, time(), UTC)
        async with self._reads.connection() as tx:
            found = await tx.execute(_BY_MONTH, {"since": begin, "currency": currency})
            return [
                Month(month=month, leads=leads, worth=int(worth), apart=apart)
                async for month, leads, worth, apart in found
            ]

    async def leads_all(self, scope: Scope) -> bool:
        """Whether everybody who hands leads over or takes them is seen by name by whoever's *scope*
        it is: then nobody is told anything of somebody whom they do not see.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select not exists (select from person where present "
                "and roles && %(roles)s and id <> all(%(names)s))",
                {"roles": [Role.QUALIFIER.value, Role.REP.value], "names": sorted(scope.names)},
            )
            row = await found.fetchone()
        return bool(row and row[0])
