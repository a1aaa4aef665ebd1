"""Baton on a plain Linux host, as infra/linux has it, restarted piece by piece under clicks."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web
from psycopg import AsyncConnection

from running import serving
from sandbox.teams.person import Answer
from sandbox.tls import certificates
from tests import hour
from tests.beginnings import prepare
from tests.commands import ROOT, baton
from tests.infra.linux_host import MISSING, Database, Service, command, database, nginx
from tests.infra.test_azure import image_holds
from tests.trial import free_ports
from tests.world import World, a_world

pytestmark = [
    pytest.mark.xdist_group("trial"),
    pytest.mark.skipif(
        bool(MISSING) and not os.environ.get("CI"),  # noqa: TID251  # CI must not skip
        reason=f"apt-get install {' '.join(MISSING)}",
    ),
]
REPS = ("rita", "ravi", "rosa")
EACH = 4


@pytest.fixture
async def host() -> AsyncIterator[Database]:
    """In a folder that the user postgres may enter, as pytest's own may not be."""
    with tempfile.TemporaryDirectory(prefix="baton-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101  # once, before anything runs
        async with database(Path(folder) / "postgresql", free_ports(1)[0]) as made:
            await prepare(made.url)
            yield made


async def click(world: World, rep: str, id: UUID) -> Answer:
    """Accept, as often as it takes: whoever reads "please try again" does so."""
    for _ in range(200):
        answer = await world.box.teams.execute(
            rep, world.newest(rep), "accept", {"handoff": str(id)}
        )
        if answer.ok:
            return answer
        await asyncio.sleep(0.2)
    raise AssertionError(f"never answered: {answer}")


async def test_restarts_under_clicks_lose_nothing_and_double_nothing(
    host: Database, tmp_path: Path
) -> None:
    """Two `serve` and two `work` behind nginx. Each is restarted, the schema is brought up to date
    and the database restarted in the middle; every click is done, once.
    """
    ports = free_ports(3)
    async with a_world(host.url, now=hour.BEGINS) as world:
        world.clock.run()
        await world.install("quinn", *REPS)
        wanted = (world.clock() + timedelta(days=5)).date().isoformat()
        offers = [
            (rep, await world.offer(rep, wanted=wanted, contact_email=f"{rep}{n}@c.example"))
            for n in range(EACH)
            for rep in REPS
        ]
        units = [
            Service(
                world.command(kind),
                {**world.env, "PORT": str(port)},
                tmp_path / f"{kind}-{port}.log",
            )
            for kind, port in (*zip(("serve", "serve"), ports[:2], strict=True), ("work", 0))
        ]
        units.append(Service(units[-1].line, units[-1].env, tmp_path / "work-2.log"))
        certificate = world.box.certificates.server_file
        async with nginx(tmp_path, ports[2], (ports[0], ports[1]), certificate) as address:
            try:
                await asyncio.gather(*(unit.start() for unit in units))
                world.box.bot_url = f"{address}/api/messages"
                # Clicks of their own for each of these, so that none happens in silence.
                turns = iter(zip(*[iter(offers)] * (len(offers) // (len(units) + 2)), strict=True))
                answers = []
                for unit in units:
                    answers += await _clicks_during(world, next(turns), unit.restart())
                answers += await _clicks_during(world, next(turns), host.control("restart"))
                async with _upgrading(host, world, units[0], tmp_path / "next"):
                    async with asyncio.timeout(60):
                        answers += await _one_by_one(world, next(turns))
                await _all_accepted(world, [id for _, id in offers])
                await asyncio.gather(*(unit.stop() for unit in units))
            finally:
                await asyncio.gather(*(unit.kill() for unit in units))
        assert len(answers) == len(offers)
        for _, id in offers:
            assert (await world.timeline(id)).count("clicked_accept") == 1
        asked = world.box.requests.count("POST", "/accept", status=202)
        assert asked == len(offers), "Outlook was told of each once"


NEXT_VERSION = """
alter table handoff add column next_version text;
alter table commitment add column next_version int not null default 0;
create index handoff_next_version on handoff (next_version);
"""


@asynccontextmanager
async def _upgrading(
    host: Database, world: World, like: Service, tree: Path
) -> AsyncIterator[None]:
    """The next version's schema change waits for somebody who has long been reading the table; it
    is through when they are done.
    """
    for name in image_holds():
        source, target = ROOT / name, tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    settings = [f"{name}={value}" for name, value in like.env.items()]
    (tree / "store/migrations/9999_next_version.sql").write_text(NEXT_VERSION)
    async with await AsyncConnection.connect(host.url) as reader:
        await reader.execute("select count(*) from handoff")
        migrating = asyncio.create_task(
            command("env", *settings, *baton("migrate", clock=world.clock, root=tree))
        )
        async with await AsyncConnection.connect(host.url, autocommit=True) as watcher:
            waits = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query ~ %s"
            async with asyncio.timeout(60):
                while not await (await watcher.execute(waits, ["next_version"])).fetchone():  # rows
                    assert not migrating.done(), migrating
                    await asyncio.sleep(0.05)
        yield
    await migrating
    async with await AsyncConnection.connect(host.url) as tx:
        await tx.execute(
            "select h.next_version, c.next_version from handoff h, commitment c limit 1"
        )


async def _clicks_during(
    world: World, offers: Sequence[tuple[str, UUID]], doing: Coroutine[None, None, None]
) -> list[Answer]:
    answers, _ = await asyncio.gather(_one_by_one(world, offers), doing)
    return answers


async def _one_by_one(world: World, offers: Sequence[tuple[str, UUID]]) -> list[Answer]:
    answers = []
    for rep, id in offers:
        answers.append(await click(world, rep, id))
        await asyncio.sleep(0.2)
    return answers


async def _all_accepted(world: World, ids: list[UUID]) -> None:
    async with asyncio.timeout(120):
        while {await world.state(id) for id in ids} != {"accepted"}:  # noqa: ASYNC110  # rows
            await asyncio.sleep(0.5)


KEY = "AbCdEf0123.signature"  # of a link in a mail


async def test_no_log_of_nginxs_has_what_opens_a_door(tmp_path: Path) -> None:
    """With nobody behind it, with one who cuts the line, and with a body that is too large: each
    is an error to nginx, which would write down all that was asked for.
    """

    async def cut(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.close()
        return web.Response()

    async def ready(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="ready")

    site = web.Application()
    site.router.add_get("/readyz", ready)
    site.router.add_post("/api/messages", ready)
    site.router.add_post("/api/graph", ready)
    site.router.add_route("*", "/m/{link}/accept", cut)
    site.router.add_get("/health/{secret}", cut)
    pem = certificates(tmp_path).server_file
    asked = (("GET", f"/m/{KEY}/accept"), ("GET", f"/health/{KEY}"))
    async with serving(site, "127.0.0.1", 0) as port, aiohttp.ClientSession() as http:
        closed, own = free_ports(2)
        async with nginx(tmp_path, own, (port, closed), pem) as address:
            async with http.get(f"{address}/readyz", ssl=False) as answer:
                assert await answer.text() == "ready", "which doctor asks for"
            pages = [http.get(f"{address}/readyz", ssl=False) for _ in range(80)]
            statuses = [one.status for one in await asyncio.gather(*pages)]
            assert {200, 429} == set(statuses), "whoever asks too often waits"
            clicks = [http.post(f"{address}/api/messages", ssl=False) for _ in range(80)]
            assert {one.status for one in await asyncio.gather(*clicks)} == {200}
            office = [http.get(f"{address}/tab/mine", ssl=False) for _ in range(80)]
            assert 429 not in {one.status for one in await asyncio.gather(*office)}
            large = b"x" * 300_000
            async with http.post(f"{address}/api/graph", data=large, ssl=False) as answer:
                assert answer.status == 200, "Graph puts many notes into one"
            await asyncio.sleep(0.5)  # five may ask again by then
            for method, path in asked:
                async with http.request(method, address + path, ssl=False) as answer:
                    assert answer.status == 502
                    assert int(answer.headers["Strict-Transport-Security"].split("=")[1]) > 0
            async with http.post(f"{address}/m/{KEY}/accept", data=large, ssl=False) as answer:
                assert answer.status == 413
    _nobody_wrote_down(KEY, tmp_path)


def _nobody_wrote_down(key: str, folder: Path) -> None:
    logs = {path.name: path.read_text() for path in folder.glob("*.log")}
    assert "baton.log" in logs
    for name, text in logs.items():
        assert key not in text, name


@pytest.mark.parametrize("words", [("verify", "--man=no"), ("security", "--offline=true")])
async def test_the_unit_is_one_and_leaves_little_open(
    words: tuple[str, str], tmp_path: Path
) -> None:
    """`security` counts from 0 to 10 what a service could still reach; 30 tenths are too many."""
    unit = tmp_path / "baton@serve.service"
    unit.write_text((ROOT / "infra/linux/baton@.service").read_text())
    most = ("--threshold=30",) if words[0] == "security" else ()
    await command("systemd-analyze", *words, *most, unit)
