"""docs/linux.md is followed as printed: the host's own PostgreSQL and nginx, the units' ExecStart
by hand, the sandbox for Microsoft. It ends in an accepted handoff, and goes on to the next version,
back from a backup, and away.
"""

import asyncio
import os
import re
import shlex
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg import AsyncConnection

from sandbox.m365 import running as sandbox_running
from settings import SECRETS
from tests import hour
from tests.admin.databases import an_empty_database
from tests.admin.first_handoff import SOON, at_work_now, hand_over, unkind
from tests.admin.linux import Host, started
from tests.admin.pages import Block, Terminal, blocks
from tests.admin.test_roads import granted
from tests.commands import baton
from tests.infra.linux_host import MISSING, PG, Database, Service, database, nginx
from tests.infra.test_azure import INFRA
from tests.trial import free_ports

pytestmark = [
    pytest.mark.xdist_group("trial"),
    pytest.mark.skipif(
        bool(MISSING) and not os.environ.get("CI"),  # noqa: TID251  # CI must not skip
        reason=f"apt-get install {' '.join(MISSING)}",
    ),
]
ADDRESSES = ("LOGIN_URL", "GRAPH_URL", "BOT_OPENID_URL", "CA_FILE")  # where Microsoft is


@pytest.fixture
async def server() -> AsyncIterator[Database]:
    """In a folder that the user postgres may enter, as pytest's own may not be."""
    with tempfile.TemporaryDirectory(prefix="baton-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101  # once, before anything runs
        async with database(Path(folder) / "postgresql", free_ports(1)[0]) as made:
            yield made


@pytest.fixture
async def empty(postgres: str, worker_id: str) -> AsyncIterator[str]:
    """A database with nothing in it."""
    async with an_empty_database(postgres, f"compose_{worker_id}") as url:
        yield url


async def test_following_the_page_ends_in_an_accepted_handoff(
    server: Database, tmp_path: Path
) -> None:
    public, *ports = free_ports(3)
    async with sandbox_running(weeks=False, machine=hour.now) as box:
        at_work_now(box)
        unkind(box)
        entra, exchange = granted()
        box.entra.grant_exactly(*entra)
        for permission in exchange:
            box.scope(permission, *box.directory)
        host = Host(
            Terminal(
                tmp_path / "terminal",
                {"KEYS": "rsa:2048", **_by(box.clock)},
                str(PG),
            ),
            server,
            {"3978": ports[0], "3979": ports[1]},
            {name: box.env()[name] for name in ADDRESSES},
        )
        host.prepare()
        url = f"https://127.0.0.1:{public}"
        known = {"TENANT_ID": box.entra.app.tenant, "CLIENT_ID": box.entra.app.client_id}
        await host.terminal.paste(_exported({**known, "PUBLIC_URL": url}))
        certificate, _ = blocks("linux", part="The certificate that Baton signs in with")
        await host.terminal.follow(certificate)
        box.entra.trust_certificate((host.terminal.project / "app.crt").read_text())

        out = await host.follow(blocks("linux", part="By package and unit"))
        assert "policy in force" in out

        assert host.enabled() == ["baton@serve", "baton@serve-2", "baton@work"]
        site = (host.root / "etc/nginx/conf.d/baton.conf").read_text()
        behind = (ports[0], ports[1])
        async with (
            started(host),
            nginx(tmp_path, public, behind, box.certificates.server_file, site),
        ):
            box.bot_url = f"{url}/api/messages"
            # Teams wants an address that the whole world can reach; this one has none.
            world_wide = {"PUBLIC_URL": "https://baton.example.com"}
            for block in blocks("install", part="5. The app for Teams"):
                packed = Block(block.page, block.part, "sh", _exported(world_wide) + block.text)
                await host.terminal.follow(packed)
            [package] = (host.terminal.project / "build").glob("*.zip")
            box.catalog.publish(package.read_bytes())
            installed = await host.terminal.paste("baton install", **host.env)
            assert "installed" in installed.out, installed.out
            assert "again in" in installed.out, "Graph was out of reach for a moment"
            doctor = await host.terminal.paste("baton doctor", **host.env)
            assert "✔ PUBLIC_URL leads to Baton" in doctor.out, doctor.out
            assert "✔ the certificate is good for a while" in doctor.out
            assert "Traceback" not in doctor.out
            await hand_over(box)
        assert [a for a in box.requests if a.status == 403] == [], "what is granted is enough"
        await _others_cannot_read_what_is_secret(host)
        await _upgraded_restored_and_removed(host)


async def _others_cannot_read_what_is_secret(host: Host) -> None:
    for name in ("app.pem", "database-url", "baton.env"):
        mode = stat.S_IMODE((host.root / "etc/baton" / name).stat().st_mode)
        assert mode & 0o007 == 0, f"{name} can be read by everyone: {mode:o}"
    assert not list(host.terminal.project.glob("app.*m"))
    assert not (host.terminal.project / "app.key").exists()


async def _upgraded_restored_and_removed(host: Host) -> None:
    """A copy is made first, and what is told of in it is there again. Between the same version and
    itself `migrate` has nothing to do, and is only asked.
    """
    host.terminal.stands_in("baton")
    [upgrade] = [b for b in blocks("upkeep", part="Upgrading") if "baton migrate" in b.text]
    await host.follow([upgrade], DESCRIBED="0.3.0")
    assert (host.root / "opt/baton/current").resolve().name == "0.3.0"
    assert (host.root / "opt/baton/0.2.0/.venv/bin/python").exists(), "to go back to"
    [dump] = host.terminal.project.glob("baton-*.dump")
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    [back] = [b for b in blocks("upkeep", part="Rolling back") if "/opt/baton" in b.text]
    await host.follow([back], VERSION="0.2.0")
    assert (host.root / "opt/baton/current").resolve().name == "0.2.0"
    assert [call[1] for call in host.terminal.world.calls if call[0] == "baton"] == ["migrate"] * 2
    (host.terminal.folder / "tools/baton").unlink()
    await _renewed_and_moved(host)
    before = await _handoffs(host)
    assert before
    async with await AsyncConnection.connect(_url(host), autocommit=True) as tx:
        await tx.execute("truncate handoff cascade")
    [restore] = [b for b in blocks("upkeep", part="Restoring a backup") if "systemctl" in b.text]
    await host.follow([restore], DUMP=str(dump))
    assert await _handoffs(host) == before
    [removing] = [b for b in blocks("upkeep", part="Removing") if "dropdb" in b.text]
    await host.follow([removing])
    assert not (host.root / "etc/baton").exists()
    assert not (host.root / "opt/baton").exists()


async def _renewed_and_moved(host: Host) -> None:
    """Another certificate in its place, and another address; what runs is told to begin anew."""
    part = "Renewing the certificate or the secret"
    made, *others = blocks("upkeep", part=part)
    await host.terminal.follow(made)
    [put] = [b for b in others if "systemctl" in b.text]
    await host.follow([put])
    kept = host.root / "etc/baton/app.pem"
    assert kept.read_text() == (host.terminal.project / "app.pem").read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o440
    [_, moving, *_] = blocks("upkeep", part="Moving to another address")
    new = "https://new.example.com"
    await host.follow([moving], PUBLIC_URL=new)
    assert " new.example.com;" in (host.root / "etc/nginx/conf.d/baton.conf").read_text()
    assert f"PUBLIC_URL={new}\n" in (host.root / "etc/baton/baton.env").read_text()


def _by(clock: Callable[[], datetime]) -> dict[str, str]:
    """Commands go by the sandbox's time."""
    return {"PYTHON": shlex.join(baton(clock=clock))}


def _exported(known: Mapping[str, str]) -> str:
    return "export " + " ".join(f"{name}={value}" for name, value in known.items()) + "\n"


def _url(host: Host) -> str:
    return f"postgresql://baton@127.0.0.1:{host.database.port}/baton"


async def _handoffs(host: Host) -> int:
    async with await AsyncConnection.connect(_url(host)) as tx:
        [(count,)] = await (await tx.execute("select count(*) from handoff")).fetchall()
    return int(count)


def test_a_secret_on_the_pages_stands_in_a_file() -> None:
    for block in blocks("linux", "ini"):
        for line in block.text.splitlines():
            assert line.partition("=")[0] not in SECRETS


def test_the_settings_that_the_page_shows_are_those_that_it_makes() -> None:
    """infra/linux/baton.env, filled in by the block before."""
    [shown] = blocks("linux", "ini")
    kept = (INFRA / "linux/baton.env").read_text()
    made = [line for line in kept.splitlines() if line and not line.startswith("#")]
    names = [line.partition("=")[0] for line in made]
    assert [line.partition("=")[0] for line in shown.text.splitlines()] == names
    for line in made:
        if not line.endswith("="):
            assert line in shown.text


async def test_compose_starts_with_the_settings_that_the_page_makes(
    empty: str, tmp_path: Path
) -> None:
    """Nobody has Docker here: what it would start is started by hand, with the same environment,
    the same files and the same words.
    """
    [port] = free_ports(1)
    terminal = Terminal(tmp_path / "terminal", {"KEYS": "rsa:2048"})
    async with sandbox_running(weeks=False, machine=hour.now) as box:
        known = {"TENANT_ID": box.entra.app.tenant, "CLIENT_ID": box.entra.app.client_id}
        await terminal.paste(_exported({**known, "PUBLIC_URL": "https://baton.example.com"}))
        certificate, _ = blocks("linux", part="The certificate that Baton signs in with")
        await terminal.follow(certificate)
        box.entra.trust_certificate((terminal.project / "app.crt").read_text())
        await terminal.follow(*blocks("linux", part="With Docker compose"))
        infra = terminal.project / "infra"
        for name in (".env", "app.pem"):
            assert stat.S_IMODE((infra / name).stat().st_mode) & 0o077 == 0
        kept = dict(line.split("=", 1) for line in (infra / ".env").read_text().split())
        parts = _interpolated(yaml.safe_load((infra / "compose.yaml").read_text()), kept)
        for name in ("migrate", "serve", "work"):
            env = {**kept, **parts[name]["environment"]}
            assert "@database/baton" in env["DATABASE_URL"]
            env = {key: _on_this_host(value, parts[name], infra) for key, value in env.items()}
            env["DATABASE_URL"] = empty
            env |= {
                key: value for key, value in box.env().items() if key.endswith(("_URL", "_FILE"))
            }
            env |= {"PORT": str(port), "HOST": "127.0.0.1", "PATH": "/usr/bin:/bin"}
            line = baton(parts[name]["command"], clock=box.clock)
            unit = Service(line, env, tmp_path / f"{name}.log")
            await unit.start()
            assert unit.process
            if name == "migrate":
                assert await asyncio.wait_for(unit.process.wait(), SOON) == 0, unit.log.read_text()
                continue
            if name == "work":
                await _at_work(env["DATABASE_URL"])
            await unit.stop()


async def _at_work(url: str) -> None:
    """Told to stop before that, a worker has nothing yet that could listen."""
    async with asyncio.timeout(SOON), await AsyncConnection.connect(url, autocommit=True) as tx:
        while not await (await tx.execute("select 1 from procrastinate_workers")).fetchone():  # noqa: ASYNC110  # rows
            await asyncio.sleep(0.1)


def _interpolated(compose: Any, env: Mapping[str, str]) -> Any:
    """${NAME:?words} and ${NAME:-default}, as compose reads them from the file beside it."""

    def one(match: re.Match[str]) -> str:
        value = env.get(match[1], "")
        assert value or match[2] != ":?", f"compose stops: {match[1]} {match[3]}"
        return value or match[3]

    text = re.sub(r"\$\{(\w+)(:\?|:-)([^}]*)\}", one, yaml.safe_dump(compose["services"]))
    return yaml.safe_load(text)


def _on_this_host(value: str, service: Any, infra: Path) -> str:
    """A path in the container is the file that is mounted there."""
    for mount in service["volumes"]:
        outside, inside, _ = mount.split(":")
        if value == inside:
            assert (infra / outside).exists(), outside
            return str((infra / outside).resolve())
    assert not value.startswith("/"), f"{value} is mounted from nowhere"
    return value
