"""The command that takes in a list of campaigns."""

from dataclasses import replace

from commands.summing_up import summed_up
from handoff import campaigns
from handoff.lead_list import Table
from jobs.services import Services


async def take_in(services: Services, name: str, table: Table) -> int:
    """The campaigns of a list are there, those that were known as the list has them now; where a
    row has a problem, none is. Returns how many rows have.

    Campaigns that are not in the list stay, for leads name them.
    """
    listed, problems = campaigns.read(table)
    owners = await services.stores.people.with_mails([one.owner for one in listed])
    known = [replace(one, owner=owners[one.owner].id) for one in listed if one.owner in owners]
    problems += [
        f"owner {one.owner} of {one.code!r}: nobody with that mail address is known"
        for one in listed
        if one.owner not in owners
    ]
    changed = 0
    async with services.stores.door.open() as tx:
        for one in known:
            if other := await services.stores.campaigns.claimed(tx, one):
                problems.append(f"{one.code!r} goes by what is campaign {other!r} already")
        if not problems:
            changed = await services.stores.campaigns.keep(tx, known, services.now())
    for line in (*([table.note] if table.note else []), *summed_up(problems)):
        print(f"{name}: {line}")
    if problems:
        print("no campaign was taken in: put the list right and give it again")
    else:
        print(f"{len(known)} campaigns, {changed} of them new or changed")
    return len(problems)
