"""The command that takes in a list of goals."""

from collections.abc import Sequence
from dataclasses import replace

from commands import short_lists
from handoff import goals
from handoff.campaigns import by_names, key
from handoff.figures import Goal
from handoff.lead_list import Table
from jobs.services import Services


async def take_in(services: Services, name: str, table: Table) -> int:
    """The goals of a list are the goals from now on; where a row has a problem, none is. Returns
    how many problems there are. Goals that are not in the list stay, and so does what a goal was
    before.
    """
    return await short_lists.take_in(
        services,
        name,
        table,
        short_lists.Kind(
            one="goal",
            read=goals.read,
            known=_known,
            keep=lambda services, tx, known, at: services.stores.goals.set(tx, known, at),
        ),
    )


async def _known(services: Services, listed: Sequence[Goal]) -> short_lists.Read[Goal]:
    known: list[Goal] = []
    problems: list[str] = []
    people = await services.stores.people.with_mails([one.whose for one in listed])
    policy = await services.stores.policies.current()
    pools = {pool.code for pool in policy.pools}
    regions = {pool.region.casefold(): pool.region for pool in policy.pools if pool.region}
    campaigns = by_names(await services.stores.campaigns.all())
    for one in listed:
        match one.of:
            case "person" | "team":
                whose = people[one.whose].id if one.whose in people else None
            case "region":
                whose = regions.get(one.whose.casefold())
            case "pool":
                whose = one.whose if one.whose in pools else None
            case "campaign":
                campaign = campaigns.get(key(one.whose))
                whose = key(campaign.code) if campaign else None
            case _:
                whose = ""
        if whose is None:
            problems.append(f"{one.figure}: no {one.of} {one.whose!r} is known")
        else:
            known.append(replace(one, whose=whose))
    return known, problems
