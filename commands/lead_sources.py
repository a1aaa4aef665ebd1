"""The commands about sources from which leads come in by themselves: made, given another secret,
revoked and listed.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from handoff.errors import RefusedError
from handoff.model import Person, Role
from jobs.services import Services
from store.door import Tx
from store.lead_sources import LeadSource, SourceKey
from web.leads_api import LEADS_AT

READ = 'leads from {0} are read from the CRM once the policy says source = "{0}" in [crm.leads]'
SHOWN_ONCE = "It is shown this once. Whoever has it can hand leads in as this source."


async def asked(services: Services, arguments: argparse.Namespace, address: str) -> int:
    """As the words say; *address* is where Baton is reached. Returns 1 where it cannot be done."""
    try:
        match arguments.what:
            case "make":
                await _make(services, arguments, address)
            case "rotate":
                await _rotate(services, arguments, address)
            case "revoke":
                await _revoke(services, arguments.name)
            case _:
                await _list(services)
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


async def _make(services: Services, arguments: argparse.Namespace, address: str) -> None:
    """Raises RefusedError."""
    owner = await _known(services, arguments.owner)
    qualifiers = [await _known(services, mail) for mail in arguments.qualifiers]
    for one in qualifiers:
        if Role.QUALIFIER not in one.roles or not one.present:
            raise RefusedError(f"{one.name} hands no leads over: the policy names who does")
    at, stores = services.now(), services.stores
    source = LeadSource(
        id=uuid4(),
        name=" ".join(arguments.name.split()),
        owner=owner.id,
        qualifiers=[one.id for one in qualifiers],
        campaign=arguments.campaign,
        made_at=at,
        ended_at=None,
    )
    async with stores.door.open() as tx:
        await stores.lead_sources.make(tx, source)
        if arguments.crm:
            print(READ.format(source.name))
            return
        secret = await stores.lead_sources.add_key(tx, source.id, at, signs=arguments.signs)
    _show(source, secret, address, signs=arguments.signs)


async def _rotate(services: Services, arguments: argparse.Namespace, address: str) -> None:
    """A new one is good, and those of before are for some days more. Raises RefusedError."""
    at, stores = services.now(), services.stores
    days = timedelta(days=arguments.days)
    async with stores.door.open() as tx:
        source = await _named(services, tx, arguments.name)
        ended = await stores.lead_sources.end_keys(tx, source.id, at, at + days)
        secret = await stores.lead_sources.add_key(tx, source.id, at, signs=arguments.signs)
    if ended:
        print(f"what it had before is good until {at + days:%Y-%m-%d %H:%M} UTC")
    _show(source, secret, address, signs=arguments.signs)


async def _revoke(services: Services, name: str) -> None:
    """Raises RefusedError."""
    at, stores = services.now(), services.stores
    async with stores.door.open() as tx:
        source = await _named(services, tx, name)
        await stores.lead_sources.revoke(tx, source.id, at)
    print(f"nothing comes in from {source.name} any more")


async def _list(services: Services) -> None:
    found = await services.stores.lead_sources.all()
    ids = {id for source, _ in found for id in (source.owner, *source.qualifiers)}
    people = await services.stores.people.get(ids)
    for source, keys in found:
        print(_line(source, keys, people, services))
    if not found:
        print("no leads come in by themselves: python app.py sources make --help")


def _line(
    source: LeadSource,
    keys: Sequence[SourceKey],
    people: dict[str, Person],
    services: Services,
) -> str:
    at = services.now()
    whose = ", ".join(people[id].name if id in people else id for id in source.qualifiers)
    owner = people[source.owner].name if source.owner in people else source.owner
    parts = [
        f"{source.name}: owner {owner}, for {whose}",
        f"since {source.made_at:%Y-%m-%d}",
        _used(keys),
        *(f"campaign {source.campaign}" for _ in [0] if source.campaign),
    ]
    if source.ended_at:
        parts.append(f"revoked {source.ended_at:%Y-%m-%d}")
    else:
        parts += [_key_words(key) for key in keys if key.good(at)]
    return "; ".join(parts)


def _used(keys: Sequence[SourceKey]) -> str:
    if not keys:
        return "of the CRM"
    used = max((key.used_at for key in keys if key.used_at), default=None)
    return f"last used {used:%Y-%m-%d}" if used else "never used"


def _key_words(key: SourceKey) -> str:
    until = f" until {key.until:%Y-%m-%d}" if key.until else ""
    return f"{'a secret' if key.signs else 'a token'} of {key.made_at:%Y-%m-%d}{until}"


async def _known(services: Services, mail: str) -> Person:
    """Raises RefusedError."""
    person = await services.stores.people.with_mail(mail)
    if person is None:
        raise RefusedError(f"nobody with the mail address {mail} is known; is work running?")
    return person


async def _named(services: Services, tx: Tx, name: str) -> LeadSource:
    """Raises RefusedError."""
    source = await services.stores.lead_sources.named(tx, name)
    if source is None:
        raise RefusedError(f"there is no source {name!r}: python app.py sources list")
    return source


def where(address: str) -> str:
    """To which leads are sent, of a Baton that is reached at *address*."""
    return f"{address.rstrip('/')}{LEADS_AT}"


def _show(source: LeadSource, secret: str, address: str, *, signs: bool) -> None:
    at = where(address) + (f"?source={source.id}" if signs else "")
    print(f"leads from {source.name} go to {at}")
    print(f"{'signed with' if signs else 'with the bearer token'}: {secret}")
    print(SHOWN_ONCE)
