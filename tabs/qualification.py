"""What those who qualify leads cost, and when what was won has passed that: for whoever leads
everybody who hands leads over or takes them.
"""

import htpy as h

from cards.returns import paid_words
from handoff.asked import Asked
from handoff.returns import paid
from handoff.scope import Kind
from tabs.page import section
from tabs.reading import Reader

HOW = (
    "The cost is what the policy says for each month that has begun. What came of it is what the "
    "deals are worth that were won of leads handed over since then, in the month in which they "
    "were won: no profit, and a lead that is worked on may bring more."
)


async def qualification(reader: Reader, want: Asked) -> h.Node:
    """Nothing where the policy names no cost, or where they do not lead all of them. Whoever asks
    sees names there.
    """
    team, scope = reader.policy.qualification, reader.scope
    all_of_theirs = want.ground.kind is Kind.BELOW and not want.ground.which
    alone = want.ground.kind is Kind.TEAM and scope.teams == {want.ground.which}
    if team is None or not (all_of_theirs or alone):
        return None
    if reader.at.date() < team.since or not await reader.stores.returns.leads_all(scope):
        return None
    months = await reader.stores.returns.of_everybody(team.since, team.cost.currency)
    said = paid_words(team, paid(team, months, reader.at.date()))
    return section(
        "What qualification costs, and brings",
        [h.p[one] for one in said],
        h.p(".quiet")[HOW],
        id="qualification",
    )
