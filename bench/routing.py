"""How fast the router chooses, how that grows, and what ten bookers at once leave behind."""

from dataclasses import replace
from time import perf_counter, process_time

from handoff.routing.choose import after, choose
from handoff.routing.inputs import Cap, Member, Mode, RoutingRequest, read, written
from tests.journeys.rotation import TWO_A_DAY, apart, book_at_once, given, shown, waiting
from tests.world import World

ASKED = RoutingRequest(pool="emea", counter="emea", policy=1, at=1, load_per_lead=10)
MODES = (ASKED, replace(ASKED, mode=Mode.BALANCED))
BOOKERS = 10


def decisions(reps: int, at_least: float) -> float:
    """Choices a second of one processor, with weights, limits and load that differ, in each mode
    that has something to choose in turn; made for so many seconds.
    """
    members = tuple(
        Member(
            id=f"rep{n:05}",
            weight=50 + n % 100,
            load=n % 7,
            caps=(Cap("day", n % 3, 4), Cap("week", n % 9, 12)),
            free=n % 5 != 0,
            next_free=n % 11,
        )
        for n in range(reps)
    )
    took, made = 0.0, 0
    while took < at_least:
        asked = MODES[made % len(MODES)]
        began = process_time()
        assignment = choose(asked, members)
        took += process_time() - began
        made += 1
        members = after(members, assignment, made)
    return made / took


def replays(reps: int, at_least: float) -> float:
    """Recorded choices read back and made again, a second; for so many seconds."""
    members = tuple(Member(id=f"rep{n:05}", weight=50 + n % 100) for n in range(reps))
    record = written(ASKED, members)
    began, made = process_time(), 0
    while process_time() - began < at_least:
        choose(*read(record))
        made += 1
    return made / (process_time() - began)


async def ten_at_once(world: World, rounds: int) -> tuple[int, int, float]:
    """Ten bookers who were shown the same reps book in one moment, some times over, each a time at
    which everyone is free.

    Returns bookings lost or refused, the widest gap between reps, and the seconds a round took.
    """
    lost, widest, took = 0, 0, 0.0
    for turn in range(rounds):
        await world.run("truncate reservation, routing_given, routing_book cascade")
        ids = await waiting(world, BOOKERS, days=TWO_A_DAY, firm=f"firm{turn}-")
        starts = apart(await shown(world, ids))
        began = perf_counter()
        said = await book_at_once(world, ids, starts)
        took += perf_counter() - began
        counts = await given(world)
        lost += BOOKERS - sum(counts) + sum(one is not None for one in said)
        widest = max(widest, counts[-1] - counts[0])
    return lost, widest, took / rounds
