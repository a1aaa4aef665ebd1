"""The pages that strangers may ask for, as often as they like."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from psycopg.conninfo import make_conninfo

from store.database import Reads, pool
from tests.world import World
from web import privacy
from web.pages import Pages
from web.unavailable import told_plainly


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


@pytest.mark.parametrize("how", ["away", "a standby"])
async def test_while_no_database_writes_everybody_reads_so_and_when_to_come_again(
    world: World, how: str
) -> None:
    url = world.settings.database_url
    nowhere = make_conninfo(url, dbname="nowhere")
    site = web.Application(middlewares=[told_plainly()])
    async with pool(url if how == "a standby" else nowhere, 1) as connections:

        async def asked(_request: web.Request) -> web.Response:
            async with Reads(connections).connection(timeout=0.5) as tx:  # where nobody may write
                await tx.execute("insert into dirty_day values ('2026-03-02')")
            return web.Response(text="written")

        site.add_routes([web.get(path, asked) for path in ("/m/x", "/api/figures")])
        async with TestClient(TestServer(site)) as client:
            for path, kind in (("/m/x", "text/html"), ("/api/figures", "application/json")):
                answer = await client.get(path)
                assert (answer.status, answer.content_type) == (503, kind)
                assert answer.headers["Retry-After"] == "10"
                assert "Please try again in a minute." in await answer.text()


def test_each_point_about_what_is_stored_is_a_sentence_and_no_half_of_one() -> None:
    for line in (line for points in privacy.POINTS.values() for line in privacy._lines(points)):
        assert line[0].isupper(), line
        assert line.endswith("."), line
