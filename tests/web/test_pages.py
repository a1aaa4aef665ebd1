"""The pages that strangers may ask for, as often as they like."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from store.database import Reads, pool
from tests.world import World
from web.pages import Pages


@pytest.mark.parametrize("path", ["/readyz", "/privacy"])
async def test_however_many_ask_for_a_page_the_database_is_asked_once(
    world: World, path: str
) -> None:
    policies, site = world.app.services.stores.policies, web.Application()
    async with pool(world.settings.database_url, 4) as connections:
        site.add_routes(Pages(Reads(connections), policies, lambda: False).routes())
        async with TestClient(TestServer(site)) as client:
            at_once = [client.get(path) for _ in range(50)]
            said = {one.status for one in await asyncio.gather(*at_once)}

            assert said == {200}
            asked = connections.get_stats().get("requests_num", 0)
            assert asked < 20
            assert (await client.get(path)).status == 200
            assert connections.get_stats()["requests_num"] == asked + 1, "afresh the next time"
