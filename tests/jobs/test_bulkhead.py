"""A neighbour that hangs holds some of the workers, and never all of them."""

import asyncio
from time import monotonic

import pytest

from handoff.effects import Look
from jobs.bulkhead import Bulkhead
from tests.jobs.test_worker import begun, until, working
from tests.world import World


class HangsError(Exception):
    pass


async def test_where_so_many_hang_the_next_is_refused_at_once() -> None:
    bulkhead = Bulkhead(2, HangsError, long=0.05)
    with bulkhead.room(), bulkhead.room(), bulkhead.room():
        await asyncio.sleep(0.1)
        with pytest.raises(HangsError), bulkhead.room():
            pass


async def test_whoever_is_answered_makes_room_and_haste_is_nothing() -> None:
    bulkhead = Bulkhead(1, HangsError, long=0.05)
    with bulkhead.room(), bulkhead.room(), bulkhead.room():
        pass
    with bulkhead.room():
        await asyncio.sleep(0.1)
    with bulkhead.room():
        pass


async def test_while_graph_hangs_people_are_answered(world: World) -> None:
    """Ten calendars are read at once, and none of them comes back for a long time."""
    id = await world.offer()
    world.box.faults.graph_slow(25, path="/events")
    door = world.app.services.stores.door
    await door.follow(*(Look(id) for _ in range(3)))
    before = world.cards("quinn")
    async with working(world, grace=0.1):
        await until(lambda: begun(world, {"look"}))
        asked = monotonic()
        await world.box.teams.say("quinn", "mine")
        await until(lambda: answered(world, before))
        assert monotonic() - asked < 10


async def answered(world: World, before: int) -> bool:
    return world.cards("quinn") > before
