"""Cards that Teams does not take just now: what they were to tell goes by mail, and nobody is late
with what they know nothing of.

Each try of a card is told of here, whichever it was: all that is to come after it waits as well.
"""

from datetime import timedelta
from functools import partial
from uuid import UUID

from handoff import delivery
from handoff.effects import MailInstead
from jobs.services import Services
from store.door import Tx

LONG = 6  # attempts, about two minutes: an outage of Teams after which people are told by mail
PATIENCE = timedelta(minutes=2)  # … or so long, where Teams says itself when to come again


async def not_taken(services: Services, person: str, attempts: int) -> None:
    """Teams is away, or busy, as something was to be put into their chat. After a while a mail
    tells them what the new cards would that wait for it, about whichever handoff.
    """
    at, stores = services.now(), services.stores
    async with stores.door.open() as tx:
        since = await stores.delivery.trying(tx, person, at)
        if attempts >= LONG or at - since >= PATIENCE:
            tx.follow(MailInstead(person))


async def untold(
    services: Services,
    tx: Tx,
    id: UUID,
    person: str,
    why: str,
    *,
    nudge: bool = True,
    tried: bool = False,
) -> None:
    """What a card was to tell them of that handoff is known to be untold. One that is *tried* again
    and again is not told of by a second mail.
    """
    stores = services.stores
    known = any(
        entry.what == "undeliverable" and entry.detail.get("to") == person
        for entry in await stores.handoffs.timeline(id)
    )
    since = await stores.delivery.tried_since(person, tx.connection)
    undeliverable = partial(
        delivery.undeliverable,
        at=services.now(),
        person=person,
        why=why,
        nudge=nudge,
        first=not known,
        tried=since,
        once=tried,
    )
    await stores.handoffs.try_in(tx, id, undeliverable)
