"""`python app.py replay`: every choice of the router, made again from what was written down."""

from collections.abc import Sequence
from datetime import datetime

from handoff.routing.inputs import RULES
from handoff.routing.simulate import replayed
from jobs.services import Services
from store.routing_chain import CHOICES


async def replay(
    services: Services,
    since: datetime | None,
    until: datetime | None,
    heads: Sequence[tuple[int, str]] = (),
) -> int:
    """Decide every choice of a span again, and read the chain, also against *heads* that were
    logged. Returns how much is wrong.
    """
    wrong = await services.stores.fairness.chain.broken()
    for n, hash in heads:
        other = await services.stores.fairness.chain.other_than(n, hash)
        wrong += [other] if other else []
    choices = earlier = 0
    async for one in services.stores.fairness.chain.records(since, until):
        if one.kind not in CHOICES:
            continue
        if one.record["asked"].get("rules", 1) != RULES:
            earlier += 1
            continue
        choices += 1
        differs = replayed(one.n, one.chosen, one.record)
        if differs:
            wrong.append(differs.words)
    for line in wrong:
        print(f"✖ {line}")
    same = "all the same, to the last part" if not wrong else f"{len(wrong)} things are wrong"
    print(f"{choices} choices made again: {same}")
    if earlier:
        print(f"{earlier} were made by rules no longer in force: read in the chain, not made again")
    return len(wrong)
