"""A reason that is given more often than before is told to who can do something about it."""

from datetime import timedelta

import structlog
from procrastinate import JobContext

from cards.trend import trend_card
from handoff import trends, weekly
from handoff.effects import LookForTrends, TellTrend
from jobs.at_work import tell_at_work
from jobs.messages import tell
from jobs.services import Services
from jobs.tasks import task

log = structlog.get_logger()

FRESH = timedelta(days=2)  # after a week is over, in which it is looked at


@task(LookForTrends, cron="17 * * * *")
async def look_for_trends(context: JobContext, do: LookForTrends) -> None:
    """Once a week is over and has settled; of the same reason nobody hears again for four weeks.
    Whoever hears of it does once they are at work.
    """
    services = Services.of(context)
    await _find(services)
    await tell_at_work(services, services.stores.trends, TellTrend)


async def _find(services: Services) -> None:
    stores, at = services.stores, services.now()
    policy = await stores.policies.current()
    week = weekly.week_over(at, policy.weekly.zone)
    if not policy.weekly.trends or at > week.end + FRESH or not weekly.cut_off(week, at):
        return
    found = trends.rising(await stores.trends.cells(*trends.times(week)))
    if not found:
        return
    everyone, whose = await stores.people.everyone(), await stores.trends.owners()
    async with stores.door.open() as tx:
        for id, one in await stores.trends.keep(tx, week, found, at):
            await stores.trends.waits(tx, id, trends.told(one.cell, whose, everyone))
            log.info("a reason is given more often", reason=one.cell.reason, chance=one.chance)


@task(TellTrend)
async def tell_trend(context: JobContext, do: TellTrend) -> None:
    services = Services.of(context)
    stores = services.stores
    found, reader = await stores.trends.of(do.trend), await stores.people.find(do.person)
    if found is None or reader is None or not reader.present:
        return
    _, trend = found
    policy = await stores.policies.current()
    name = await stores.trends.called(trend.cell.campaign)
    leads = do.person in {
        id for one in (await stores.people.everyone()).values() for id in one.managers
    }
    place = "team" if leads else "campaigns"
    tab = services.tab.button(place, "Figures")
    await tell(services, do.person, trend_card(trend, name, policy, tab), last=context)
