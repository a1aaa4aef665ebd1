"""The pages that strangers may ask for, as often as they like."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

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


async def test_while_the_database_is_away_everybody_reads_so_and_when_to_come_again(
    world: World,
) -> None:
    rita = {"Authorization": f"Bearer {world.box.entra.tab_token(world.box.person('rita'))}"}
    asked = {"/tab/mine": rita | {"HX-Request": "true"}, f"/health/{'x' * 43}": {}}
    name = conninfo_to_dict(world.database)["dbname"]
    admin = make_conninfo(world.database, dbname="postgres")
    async with await AsyncConnection.connect(admin, autocommit=True) as tx:
        await tx.execute(f"alter database {name} allow_connections false")
        try:
            await tx.execute(
                "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = %s",
                [name],
            )
            async with aiohttp.ClientSession() as http:

                async def get(path: str, headers: dict[str, str]) -> tuple[int, str, str | None]:
                    async with http.get(world.url + path, headers=headers) as answer:
                        return answer.status, await answer.text(), answer.headers.get("Retry-After")

                found = await asyncio.gather(*(get(path, how) for path, how in asked.items()))
        finally:
            await tx.execute(f"alter database {name} allow_connections true")

    for status, text, again in found:
        assert (status, again) == (503, "10"), text
        assert "Please try again in a minute." in text
        assert "Traceback" not in text
