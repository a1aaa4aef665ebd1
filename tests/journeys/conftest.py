"""Journeys are made while Exchange takes its time, as it does: half a second to twenty, and so do
Graph's notifications, which come in another order and some of them twice. Half of the journeys are
made under one of the two rules by which Exchange tells of changed guests, half under the other.
Those with a CRM are made with one of the three.
"""

from zlib import crc32

import pytest

from tests.journeys.crms import in_one_of_each
from tests.thoroughness import DELIVERY
from tests.world import World


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    in_one_of_each(metafunc)


@pytest.fixture(autouse=True)
def delivery(request: pytest.FixtureRequest) -> None:
    at_once = DELIVERY == 0 or request.node.get_closest_marker("at_once")
    if at_once or "world" not in request.fixturenames:
        return
    world: World = request.getfixturevalue("world")
    world.box.transport.takes(0.5, 20, seed=DELIVERY)
    world.box.notifications.travel = True
    half = crc32(request.node.nodeid.encode())
    world.box.tenant.meetings.tells_everyone = (half + DELIVERY) % 2 == 0
