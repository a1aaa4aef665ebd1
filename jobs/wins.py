"""A deal that is won is told to those who brought it, and that it is not after all."""

from functools import partial

import structlog
from procrastinate import JobContext

from cards.wins import win_card
from handoff import accountable, wins
from handoff.effects import LookForWins, TellWin
from handoff.errors import NoSuchHandoffError
from handoff.model import Case, Decision
from jobs.at_work import tell_at_work
from jobs.messages import send
from jobs.services import Services
from jobs.tasks import task
from store.door import Tx
from store.stores import Stores

log = structlog.get_logger()

AT_A_TIME = 100  # handoffs of one transaction


@task(LookForWins, cron="*/10 * * * *")
async def look_for_wins(context: JobContext, do: LookForWins) -> None:
    """Where the policy in force says so. Whoever hears of it does once they are at work."""
    services = Services.of(context)
    stores = services.stores
    policy = await stores.policies.current()
    if policy.wins.pool:
        await _hand_over(services, policy.wins.pool)
    if policy.wins.tell:
        while await _find(services) == AT_A_TIME:
            pass
    else:  # what waits would be told as news whenever they tell again
        async with stores.door.open() as tx:
            await stores.wins.nobody_waits(tx)
    await tell_at_work(services, stores.wins, TellWin)


async def _find(services: Services) -> int:
    stores, at = services.stores, services.now()
    since, until, kept = at - wins.NEWS, at - wins.SETTLES, at - wins.KEPT
    told = 0
    async with stores.door.open() as tx:
        found = dict(await stores.wins.changed(tx, since, until, kept, AT_A_TIME))
        for case in await stores.handoffs.readable(found):
            stands = found[case.handoff.id]
            hears = await _hears(stores, case) if stands else []
            await stores.wins.keep(tx, case.handoff.id, stands=stands, hears=hears, at=at)
            told += 1
    return told


async def _hears(stores: Stores, case: Case) -> list[str]:
    campaign = await stores.campaigns.called(case.handoff.lead.campaign)
    owner = await stores.people.find(campaign.owner) if campaign else None
    return wins.hears(case, await _team(stores, wins.leads(case)), owner)


async def _team(stores: Stores, leader: str | None) -> list[str]:
    """Whom *leader* leads themselves, and who are here."""
    below = await stores.people.below(leader) if leader else {}
    return [one.id for one in below.values() if one.managers[:1] == (leader,)]


async def _hand_over(services: Services, pool: str) -> None:
    """What is won is whose turn it is in *pool*, each by itself; where nobody can have it, it stays
    with its rep, and is looked at again for a day.
    """
    stores, at = services.stores, services.now()
    for id in await stores.wins.with_reps(at - wins.NEWS, at - wins.SETTLES, AT_A_TIME):
        async with stores.door.open() as tx:
            await stores.handoffs.try_in(tx, id, partial(_next, services, pool))


async def _next(services: Services, pool: str, tx: Tx, case: Case) -> Decision | None:
    if not accountable.may_be_handed_over(case.handoff):
        return None
    found = await services.stores.routing.turn(tx, case, pool, services.now())
    if found is None:
        log.warning("nobody can have a customer", pool=pool, handoff=str(case.handoff.id))
        return None
    to, turn = found
    return accountable.hand_over(case, at=services.now(), to=to, turn=turn)


@task(TellWin)
async def tell_win(context: JobContext, do: TellWin) -> None:
    """As it is by now, if that is news to them; nothing to whoever has left, nor of what is
    forgotten.
    """
    services = Services.of(context)
    stores = services.stores
    stands = await stores.wins.news(do.handoff_id, do.person)
    try:
        case = await stores.handoffs.case(do.handoff_id, do.person)
    except NoSuchHandoffError:
        return
    if stands is None or do.person not in case.people:
        return
    written = case.handoff.lead.campaign
    known = await stores.campaigns.called(written)
    policy = await stores.policies.current()
    leader = case.people.get(wins.leads(case) or "")
    if leader and policy.figures.works_council:
        # A team of a few names its rep.
        team = await _team(stores, leader.id)
        leader = leader if len(team) >= policy.figures.least else None
    card = win_card(case, policy, leader, known.name if known else written, stands=stands)

    async def heard(tx: Tx, _posted: str | None) -> None:
        await stores.wins.heard(tx, do.handoff_id, do.person, stands=stands)

    await send(services, do.person, card, last=context, also=heard)
