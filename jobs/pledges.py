"""Promises that are about no handoff: their clocks ring, and cards say by when they are due."""

from procrastinate import JobContext

from cards.pledges import Lines, owed
from handoff.effects import RingPledges
from handoff.policy import Promise
from jobs.services import Services
from jobs.tasks import task


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
    pledge = await services.stores.pledges.of(what, about, who)
    person = await services.stores.people.find(who)
    if pledge is None or person is None:
        return ()
    policy = await services.stores.policies.current()
    return owed(pledge.promise, person, policy, at=services.now())
