"""A deal that is won is told to those who brought it, and that it is not after all."""

from functools import partial

import structlog
from procrastinate import JobContext

from cards.wins import win_card
from handoff import accountable, wins
from handoff.campaigns import Campaign, key
from handoff.effects import LookForWins, TellWin
from handoff.errors import NoSuchHandoffError
from handoff.model import Case, Decision
from jobs.at_work import tell_at_work
from jobs.messages import tell
from jobs.services import Services
from jobs.tasks import task
from store.door import Tx

log = structlog.get_logger()

AT_A_TIME = 100  # handoffs of one transaction


@task(LookForWins, cron="*/10 * * * *")
async def look_for_wins(context: JobContext, do: LookForWins) -> None:
    """Where the policy in force says so. Whoever hears of it does once they are at work."""
    services = Services.of(context)
    policy = await services.stores.policies.current()
    if policy.wins.pool:
        await _hand_over(services, policy.wins.pool)
    if not policy.wins.tell:
        return
    while await _find(services) == AT_A_TIME:
        pass
    await tell_at_work(services, services.stores.wins, TellWin)


async def _find(services: Services) -> int:
    stores, at = services.stores, services.now()
    everyone = await stores.people.everyone()
    owners = {name: one.owner for name, one in (await _campaigns(services)).items()}
    told = 0
    async with stores.door.open() as tx:
        found = dict(await stores.wins.changed(tx, at - wins.NEWS, at - wins.SETTLES, AT_A_TIME))
        for case in await stores.handoffs.readable(found):
            handoff = case.handoff
            owner = owners.get(key(handoff.lead.campaign), "")
            stands = found[handoff.id]
            # That it is not won after all concerns those alone who have heard that it was.
            waits = (
                wins.hears(handoff, everyone, owner)
                if stands
                else await stores.wins.heard(tx, handoff.id)
            )
            await stores.wins.keep(tx, handoff.id, stands=stands, waits=waits, at=at)
            told += 1
    return told


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


async def _campaigns(services: Services) -> dict[str, Campaign]:
    """By all that a lead may call them."""
    known = await services.stores.campaigns.all()
    return {key(name): one for one in known for name in (one.code, one.name)}


@task(TellWin)
async def tell_win(context: JobContext, do: TellWin) -> None:
    """As it is told by now; nothing to whoever has left, nor of what is forgotten."""
    services = Services.of(context)
    stores = services.stores
    stands = await stores.wins.stands(do.handoff_id)
    try:
        case = await stores.handoffs.case(do.handoff_id, do.person)
    except NoSuchHandoffError:
        return
    everyone = await stores.people.everyone()
    if stands is None or do.person not in everyone:
        return
    leader = everyone.get(wins.team_of(case.handoff, everyone) or "")
    written = case.handoff.lead.campaign
    known = (await _campaigns(services)).get(key(written))
    campaign = known.name if known else written
    policy = await stores.policies.current()
    card = win_card(case, policy, leader, campaign, stands=stands)
    await tell(services, do.person, card, last=context)
