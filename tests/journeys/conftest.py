"""Journeys are made while Exchange takes its time, as it does: half a second to twenty, and under
one of the two rules by which it tells of changed guests.
"""

import pytest

from tests.thoroughness import DELIVERY
from tests.world import World


@pytest.fixture(autouse=True)
def delivery(request: pytest.FixtureRequest) -> None:
    at_once = DELIVERY == 0 or request.node.get_closest_marker("at_once")
    if at_once or "world" not in request.fixturenames:
        return
    world: World = request.getfixturevalue("world")
    world.box.transport.takes(0.5, 20, seed=DELIVERY)
    world.box.tenant.meetings.tells_everyone = DELIVERY % 2 == 0
