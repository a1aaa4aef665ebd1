"""Absences, and what they mean for the handoffs of whoever is away: in one transaction."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from handoff import absence
from handoff.hours import Span
from store.door import Tx
from store.stores import Stores


async def are(
    stores: Stores,
    tx: Tx,
    person: str,
    *,
    at: datetime,
    replies: Iterable[Span] | None = None,
    absent: Iterable[Span] | None = None,
    said: Iterable[Span] | None = None,
) -> None:
    """The absences of *person* are these, of the kinds that are named. Where that is news, their
    handoffs follow it, and those on which they decide while the rep is away; one that cannot be
    read or changed stops nobody.
    """
    news = await stores.people.is_away(tx, person, at=at, replies=replies, absent=absent, said=said)
    for id in await stores.lookups.of_whose_absence(person, tx.connection) if news else ():
        await stores.handoffs.try_in(tx, id, partial(absence.changed, at=at))
