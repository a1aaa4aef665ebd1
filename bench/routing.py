"""How fast the router chooses, how that grows, and what ten bookers at once leave behind."""

import asyncio
from dataclasses import replace
from datetime import date
from functools import partial
from time import perf_counter, process_time
from uuid import UUID, uuid4

from handoff import handing_over
from handoff.model import Search
from handoff.routing.choose import after, choose
from handoff.routing.inputs import Cap, Member, RoutingRequest, read, written
from tests.handoff.conftest import LEAD
from tests.hour import MONDAY
from tests.world import World

ASKED = RoutingRequest(pool="emea", counter="emea", policy=1, at=1, load_per_lead=10)
GROWTH = (10, 200, 1_000, 10_000)
BOOKERS = 10


def decisions(reps: int) -> float:
    """Choices a second of one processor, with weights, limits and load that differ."""
    members = tuple(
        Member(
            id=f"rep{n:05}",
            weight=50 + n % 100,
            load=n % 7,
            caps=(Cap("day", n % 3, 4), Cap("week", n % 9, 12)),
            free=n % 5 != 0,
        )
        for n in range(reps)
    )
    took, made = 0.0, 0
    while took < 1.0:
        began = process_time()
        assignment = choose(ASKED, members)
        took += process_time() - began
        made += 1
        members = after(members, assignment, made)
    return made / took


def replays(reps: int) -> float:
    """Recorded choices read back and made again, a second."""
    members = tuple(Member(id=f"rep{n:05}", weight=50 + n % 100) for n in range(reps))
    record = written(ASKED, members)
    began, made = process_time(), 0
    while process_time() - began < 1.0:
        choose(*read(record))
        made += 1
    return made / (process_time() - began)


async def ten_at_once(world: World, rounds: int = 3) -> tuple[int, int, float]:
    """Ten bookers who were shown the same reps book in one moment, some times over.

    Returns bookings lost or refused for no reason, the widest gap between reps, and the seconds
    a round took.
    """
    quinn = await world.app.services.stores.people.find(world.box.person("quinn").id)
    assert quinn
    lost, widest, took = 0, 0, 0.0
    for turn in range(rounds):
        await world.run("truncate reservation, routing_given, routing_book cascade")
        ids = await _leads(world, turn)
        cases = [await world.case(id) for id in ids]
        began = perf_counter()
        said = await asyncio.gather(
            *(_book(world, case.handoff.id, n) for n, case in enumerate(cases)),
            return_exceptions=True,
        )
        took += perf_counter() - began
        counts = await world.rows("select count(*) from routing_given group by person")
        given = [count for (count,) in counts]
        lost += BOOKERS - sum(given) + sum(isinstance(one, BaseException) for one in said)
        widest = max(widest, max(given) - min(given))
    return lost, widest, took / rounds


async def _leads(world: World, turn: int) -> list[UUID]:
    quinn = await world.app.services.stores.people.find(world.box.person("quinn").id)
    policy = await world.app.services.stores.policies.current()
    assert quinn
    ids = []
    for n in range(BOOKERS):
        decision = handing_over.begin(
            id=uuid4(),
            lead=replace(LEAD, contact_email=f"x@firm{turn}-{n}.example"),
            qualifier=quinn,
            policy=policy,
            at=MONDAY,
            search=Search(
                pool="emea", rep=None, type="first", minutes=30, wanted=date(2026, 3, 3 + n)
            ),
        )
        await world.app.services.stores.handoffs.add(decision)
        ids.append(decision.handoff.id)
    await world.work()
    return ids


async def _book(world: World, id: UUID, n: int) -> None:
    search = (await world.case(id)).handoff.search
    assert search
    assert search.found
    first = [choice for choice in search.found if choice.rep == search.next[0]]
    rule = partial(
        world.app.services.stores.routing.book,
        by=world.box.person("quinn").id,
        at=world.clock(),
        start=first[n % len(first)].start,
        rep=first[0].rep,
    )
    await world.app.services.stores.handoffs.change(id, rule)
