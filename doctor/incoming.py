"""From where leads come in by themselves: whether anything still comes, and who answers for it. Of
the clock, by which signatures are proved, the database's part tells.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from doctor.check import Check, Examined, fine, listed
from handoff.model import Role
from store.lead_sources import OLD, SourceKey

SILENT = timedelta(days=30)  # without a lead, after which somebody should look
SOON = timedelta(days=3)  # before the end of a key that is still used
LATELY = timedelta(days=2)
USED = "the sources of leads bring some"
LOOK = (
    "see whether the form or flow still sends, and what it is answered (docs/incoming.md); one "
    "that nobody needs: python app.py sources revoke NAME"
)
HERE = "somebody answers for each source of leads"
MADE_ANEW = (
    "make the source anew with people who are here (python app.py sources make), give its sender "
    "the new token or secret, then revoke the old one; until then any qualifier gets its leads"
)
KEYS = "no source of leads proves itself by an old secret"
ROTATE = (
    "python app.py sources rotate NAME, and give the sender what it shows; what it sends with the "
    "old one is refused from its end on"
)


async def checks(of: Examined) -> AsyncIterator[Check]:
    at, stores = of.services.now(), of.services.stores
    found = [one for one in await stores.lead_sources.all() if one[0].ended_at is None]
    if not found:
        yield fine(USED, "there are none")
        return
    people = await stores.people.get(
        {id for source, _ in found for id in (source.owner, *source.qualifiers)}
    )
    here = {id for id, person in people.items() if person.present}
    hands_over = {id for id in here if Role.QUALIFIER in people[id].roles}
    silent, alone, old = [], [], []
    for source, keys in found:
        used = max((key.used_at for key in keys if key.used_at), default=None)
        # One without a key is the CRM's, of which that part of the doctor's tells.
        if keys and (used or source.made_at) < at - SILENT:
            silent.append(f"{source.name}: {f'last on {used:%Y-%m-%d}' if used else 'never'}")
        if source.owner not in here or hands_over.isdisjoint(source.qualifiers):
            who = "its owner" if source.owner not in here else "whoever got its leads"
            alone.append(f"{source.name}: {who} is here no more")
        good = [key for key in keys if key.good(at)]
        if any(_old(key, at - OLD) for key in good):
            old.append(f"{source.name}: a year old")
        elif any(_ends(key, at) for key in good):
            old.append(f"{source.name}: still used, and good for a few days only")
    yield listed(USED, silent, LOOK)
    yield listed(HERE, alone, MADE_ANEW)
    yield listed(KEYS, old, ROTATE)


def _old(key: SourceKey, before: datetime) -> bool:
    return key.until is None and key.made_at < before


def _ends(key: SourceKey, at: datetime) -> bool:
    """Soon, and whoever sends has not gone on to the new one."""
    if key.until is None or key.used_at is None:
        return False
    return key.until < at + SOON and key.used_at > at - LATELY
