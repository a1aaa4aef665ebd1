"""Whatever Baton answers, to whomever: it is not framed, not guessed at, and tells no version."""

import aiohttp
import pytest

from tests.world import World


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
