"""Baton on a plain Linux host, as infra/linux has it: restarted piece by piece while people click."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from sandbox.teams.person import Answer
from store.migrate import migrate
from tests.infra.linux_host import MISSING, Database, Service, command, database, nginx
from tests.trial import ROOT, free_ports
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
        Path(folder).chmod(0o755)
        async with database(Path(folder) / "postgresql", free_ports(1)[0]) as made:
            await migrate(made.url)
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
    async with a_world(host.url, now=None) as world:
        await world.install("quinn", *REPS)
        wanted = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
        offers = [
            (rep, await world.offer(rep, wanted=wanted, contact_email=f"{rep}{n}@c.example"))
            for n in range(EACH)
            for rep in REPS
        ]
        units = [
            Service(kind, {**world.env, "PORT": str(port)}, tmp_path / f"{kind}-{port}.log")
            for kind, port in (*zip(("serve", "serve"), ports[:2], strict=True), ("work", 0))
        ]
        units.append(Service("work", units[-1].env, tmp_path / "work-2.log"))
        async with nginx(tmp_path, ports[2], (ports[0], ports[1])) as address:
            try:
                await asyncio.gather(*(unit.start() for unit in units))
                world.box.bot_url = f"{address}/api/messages"
                clicking = asyncio.create_task(_one_by_one(world, offers))
                for unit in units:
                    await unit.stop()
                    await unit.start()
                await command(*_app("migrate", units[0]))
                await host.control("restart")
                answers = await clicking
                await _all_accepted(world, [id for _, id in offers])
                await asyncio.gather(*(unit.stop() for unit in units))
            finally:
                await asyncio.gather(*(unit.kill() for unit in units))
        assert len(answers) == len(offers)
        for _, id in offers:
            assert (await world.timeline(id)).count("clicked_accept") == 1
        asked = world.box.requests.asked("POST", "/accept", status=202)
        assert asked == len(offers), "Outlook was told of each once"


async def _one_by_one(world: World, offers: list[tuple[str, UUID]]) -> list[Answer]:
    answers = []
    for rep, id in offers:
        answers.append(await click(world, rep, id))
        await asyncio.sleep(0.2)
    return answers


async def _all_accepted(world: World, ids: list[UUID]) -> None:
    async with asyncio.timeout(120):
        while {await world.state(id) for id in ids} != {"accepted"}:
            await asyncio.sleep(0.5)


def _app(what: str, like: Service) -> tuple[str, ...]:
    settings = [f"{name}={value}" for name, value in like.env.items()]
    return ("env", *settings, str(ROOT / ".venv/bin/python"), str(ROOT / "app.py"), what)
