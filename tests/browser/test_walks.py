"""What people do on the desk once a meeting is booked, in a real browser."""

from pathlib import Path

import pytest

from tests.browser.desk import NO_BROWSER, desk
from tests.browser.walks import WALKS, Scene
from tests.thoroughness import sample
from tests.trial import free_ports, started

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trial"), NO_BROWSER]


@pytest.mark.parametrize("name", sample(sorted(WALKS), 1))
async def test_it_is_as_the_walk_says(tmp_path: Path, a_database: str, name: str) -> None:
    ports = free_ports(3)
    async with (
        started(tmp_path, ports=ports, database=a_database),
        desk(f"http://localhost:{ports[0]}/") as (page, seats),
    ):
        quinn, rita, mara = seats.values()
        await WALKS[name](Scene(page, quinn, rita, mara))
