"""News that nobody hears in their time off."""

from collections.abc import Callable
from uuid import UUID

from handoff.effects import Effect
from jobs.services import Services
from store.waits import Waits


async def tell_at_work(
    services: Services, waits: Waits, tells: Callable[[str, UUID], Effect]
) -> None:
    """Whoever waits for it and is at work now hears of it, once; others as soon as they are."""
    stores, at = services.stores, services.now()
    for id, people in await waits.untold():
        known = await stores.people.get(people)
        ready = [who for who in people if who not in known or known[who].hours.at_work(at)]
        if not ready:
            continue
        async with stores.door.open() as tx:
            for who in ready:
                if await waits.tells(tx, id, who):
                    tx.follow(tells(who, id))
