"""The command that takes in a list of what campaigns have cost, by month."""

from collections.abc import Sequence
from dataclasses import replace

from commands import short_lists
from handoff import returns
from handoff.campaigns import by_names, key
from handoff.lead_list import Table
from handoff.returns import Spend
from jobs.services import Services


async def take_in(services: Services, name: str, table: Table) -> int:
    """Each campaign of the list has cost in each month what it says there; where a row has a
    problem, nothing is changed. Returns how many problems there are. Months that are not in the
    list stay as they are.
    """
    return await short_lists.take_in(
        services,
        name,
        table,
        short_lists.Kind(
            one="amount",
            read=returns.read,
            known=_known,
            keep=lambda services, tx, known, at: services.stores.campaigns.spend(tx, known, at),
        ),
    )


async def _known(services: Services, listed: Sequence[Spend]) -> short_lists.Read[Spend]:
    """By the campaign's own code. Two rows that mean one campaign by its two names are a problem,
    for nobody knows which is right.
    """
    campaigns = by_names(await services.stores.campaigns.all())
    known: dict[tuple[str, object], Spend] = {}
    problems: list[str] = []
    for one in listed:
        campaign = campaigns.get(key(one.campaign))
        if campaign is None:
            problems.append(f"no campaign {one.campaign!r} is known")
        elif (campaign.code, one.month) in known:
            problems.append(f"{one.campaign!r} stands twice for {one.month:%Y-%m}, by both names")
        else:
            known[campaign.code, one.month] = replace(one, campaign=campaign.code)
    return list(known.values()), problems
