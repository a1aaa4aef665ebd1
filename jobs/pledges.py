"""Promises that are about no handoff: their clocks ring, and cards say by when they are due."""

from procrastinate import JobContext

from cards.elements import Card
from cards.pledges import Lines, given, more_time, owed
from handoff.effects import CloseCard, RingPledges, SendNotice
from handoff.pledges import Pledge, may_have_more_time
from handoff.policy import Promise
from jobs.messages import send
from jobs.services import Services
from jobs.tasks import task
from store.door import Tx

NOT_DELIVERED = "could not be reached in Teams"


@task(RingPledges)
async def ring_pledges(context: JobContext, do: RingPledges) -> None:
    """Whatever is due in each of these pledges, or the time that it had when the sweeps stopped."""
    services = Services.of(context)
    pledges = services.stores.pledges
    async with services.stores.door.open() as tx:
        for id in do.pledges:
            if do.since and do.until:
                await pledges.after_outage(tx, id, do.since, do.until)
            else:
                await pledges.ring(tx, id, services.now())


async def pledged(services: Services, what: Promise, about: str, who: str) -> Lines:
    """What the card says of by when *who* owes it, and by which rule."""
    everyone = await services.stores.pledges.all_about(what, about)
    pledge = next((one for one in everyone if one.promise.who == who), None)
    person = await services.stores.people.find(who)
    if pledge is None or person is None:
        return ()
    policy, at = await services.stores.policies.current(), services.now()
    lines = list(owed(pledge.promise, person, policy, at=at))
    ids = [one.promise.who for one in everyone] + [pledge.given_by or ""]
    people = await services.stores.people.get(ids)
    if line := given(pledge, people.get(pledge.given_by or "")):
        lines.append(line)
    for one in everyone:
        below = people.get(one.promise.who)
        if below and who in below.managers and may_have_more_time(one, policy, at=at):
            lines.append(more_time(one, below, policy))
    return tuple(lines)


async def ask(
    services: Services, what: Promise, about: str, who: str, card: Card, *, last: JobContext
) -> None:
    """*who* is asked for it by *card*. Where Teams does not deliver that, a mail is on its way; who
    had been told by none until now has their whole time. A card by which they were asked before
    points to it.
    """
    pledges = services.stores.pledges
    before = await pledges.card_of(what, about, who)

    async def also(tx: Tx, posted: str | None) -> None:
        if before and before != posted:
            tx.follow(CloseCard(who, None, before))
        await pledges.carded(tx, what, about, who, posted)

    reached = await send(services, who, card, last=last, asks=True, also=also)
    await asked(services, what, about, who, reached=reached, last=last)


async def asked(
    services: Services, what: Promise, about: str, who: str, *, reached: bool, last: JobContext
) -> None:
    """Whether the card that asks *who* for it has *reached* them. A mail is asked for as the *last*
    that this job does: done again after it, it would have another one sent.
    """
    pledges, at = services.stores.pledges, services.now()
    if reached:
        untold = [id for id, one in await pledges.untold(who) if _is(one, what, about)]
        if untold:
            async with services.stores.door.open() as tx:
                for id in untold:
                    await pledges.told(tx, id, at)
        return
    health = await services.stores.delivery.of(who)
    why = (health and health.why) or NOT_DELIVERED
    async with services.stores.door.open() as tx:
        if await pledges.undelivered(tx, what, about, who, why=why, at=at):
            tx.follow(SendNotice(who))
        tx.end(last.job.id)


def _is(pledge: Pledge, what: Promise, about: str) -> bool:
    return (pledge.promise.what, pledge.about) == (what, about)
