"""Whatever Baton answers, to whomever: it is not framed, not guessed at, and tells no version."""

import asyncio

import aiohttp
import pytest

from tests.web.test_limits import SOME, statuses
from tests.world import World
from web.limits import FORWARDED


@pytest.mark.parametrize(
    "path", ["/", "/privacy", "/readyz", "/health/unknown", "/m/unknown", "/nothing", "/api/graph"]
)
async def test_every_answer_says_what_may_be_done_with_it(world: World, path: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(world.url + path) as answer:
        said = answer.headers

    assert "default-src 'none'" in said["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in said["Content-Security-Policy"]
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Referrer-Policy"] == "no-referrer"
    assert said["Server"] == "Baton"


async def test_a_stranger_who_asks_for_pages_again_and_again_is_told_to_wait(world: World) -> None:
    port = int(world.url.rpartition(":")[2])
    assert 429 in await statuses(port, "/healthz", "1.2.3.4", SOME * 3)
    token = world.box.botframework.token(world.box.service_url)
    said = world.box.teams.activity("rita", "message")

    async def sent(**proof: str) -> int:
        async with (
            aiohttp.ClientSession(headers={FORWARDED: "1.2.3.4", **proof}) as http,
            http.post(world.url + "/api/messages", json=said) as answer,
        ):
            return answer.status

    refused = await asyncio.gather(*(sent() for _ in range(SOME * 3)))
    assert 429 in refused
    assert set(refused) <= {401, 429}
    proven = {"Authorization": f"Bearer {token}"}
    assert await sent(**proven) < 300, "but whoever proves to be Teams is heard"
    for path in ("/tab", "/tab/mine"):
        office = await statuses(port, path, "1.2.3.4", SOME * 3)
        assert set(office) == {200}, "and so is a whole office that opens the tab"
    assert 429 in await statuses(port, "/table", "1.2.3.4", SOME * 3)
