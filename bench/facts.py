"""What it costs Accept that it is counted: the click, and what follows once Outlook has it."""

import statistics
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any
from uuid import UUID

from bench.measuring import Figure
from handoff import outlook
from handoff.hours import Span
from handoff.model import Case, Decision
from tests.world import World

MOST = 0.1  # of what it takes without
WARMING = 20  # clicks
UNCOUNTED = "update handoff set place = null where id = any(%s)"
"""As whatever was begun before there were figures: nothing of what is decided of it is counted."""


async def measure(
    world: World, offered: Sequence[UUID], click: Callable[[UUID], Awaitable[Any]]
) -> Figure:
    """Every second one is of those of which nothing is counted, so that whatever else the machine
    does is in both alike.
    """
    await world.run(UNCOUNTED, list(offered[1::2]))
    handoffs, at = world.app.services.stores.handoffs, world.clock()

    def yes(case: Case) -> Decision | None:
        return outlook.says(case, at=at, span=_span(case), response="accepted", responded_at=at)

    took: tuple[list[float], list[float]] = ([], [])
    for n, id in enumerate(offered):
        began = perf_counter()
        await click(id)
        await handoffs.change(id, yes)
        took[n % 2].append(perf_counter() - began)
    [(known,)] = await world.rows(
        "select count(*) from fact where what = 'accepted' and handoff = any(%s)", list(offered)
    )
    assert known == len(took[0]), f"{known} were counted of {len(took[0])}"
    warm = min(WARMING, len(offered) // 4)
    counted, without = (statistics.median(some[warm:]) for some in took)
    cost = max(0.0, counted / without - 1)
    return Figure(
        what="what Accept costs more for its facts",
        found=f"{cost:.0%} ({counted * 1000:.2f} ms, {without * 1000:.2f} without)",
        bound=f"at most {MOST:.0%}",
        value=cost,
        well=cost <= MOST,
        how=f"{len(offered)} clicks and what is decided once Outlook has the answer, which is when "
        "it counts, every second of a handoff of which nothing is counted; HTTP in to HTTP out in "
        "one process, token proved, committed; the medians",
    )


def _span(case: Case) -> Span:
    assert case.handoff.meeting
    return case.handoff.meeting.span
