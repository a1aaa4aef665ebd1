"""The command that takes in a list of campaigns."""

from collections.abc import Sequence
from dataclasses import replace

from commands import short_lists
from handoff import campaigns
from handoff.campaigns import Campaign
from handoff.lead_list import Table
from jobs.services import Services
from store.door import Tx


async def take_in(services: Services, name: str, table: Table) -> int:
    """The campaigns of a list are there, those that were known as the list has them now; where a
    row has a problem, none is. Returns how many problems there are.

    Campaigns that are not in the list stay, for leads name them.
    """
    return await short_lists.take_in(
        services,
        name,
        table,
        short_lists.Kind(
            one="campaign",
            read=campaigns.read,
            known=_known,
            in_the_way=_in_the_way,
            keep=lambda services, tx, known, at: services.stores.campaigns.keep(tx, known, at),
        ),
    )


async def _known(services: Services, listed: Sequence[Campaign]) -> short_lists.Read[Campaign]:
    owners = await services.stores.people.with_mails([one.owner for one in listed])
    known = [replace(one, owner=owners[one.owner].id) for one in listed if one.owner in owners]
    return known, [
        f"owner {one.owner} of {one.code!r}: nobody with that mail address is known"
        for one in listed
        if one.owner not in owners
    ]


async def _in_the_way(services: Services, tx: Tx, known: Sequence[Campaign]) -> list[str]:
    others = [(one, await services.stores.campaigns.claimed(tx, one)) for one in known]
    return [f"{one.code!r} goes by what is campaign {of!r} already" for one, of in others if of]
