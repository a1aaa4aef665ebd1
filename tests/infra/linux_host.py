"""A plain Linux host in a folder: Debian's PostgreSQL and nginx, and processes of Baton's own."""

import asyncio
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path

import aiohttp

from tests.commands import ROOT

PG = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SITE = ROOT / "infra" / "linux" / "nginx.conf"
AS_POSTGRES = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
ANALYZE = shutil.which("systemd-analyze")
MISSING = [
    name
    for name, there in (("postgresql", PG), ("nginx", NGINX), ("systemd", ANALYZE))
    if there is None
]
GRACE = 10  # seconds that what has begun may take


async def command(*words: str | Path) -> None:
    """Run to its end. What it says is in the error when it fails.

    It goes into a file: a server that it starts and leaves behind would hold a pipe open.
    """
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            *map(str, words), stdout=said, stderr=asyncio.subprocess.STDOUT
        )
        status = await process.wait()
        said.seek(0)
        assert status == 0, f"{words}: {said.read().decode(errors='replace')}"


@dataclass(frozen=True)
class Database:
    """A cluster of Debian's PostgreSQL, reached over the loopback."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    async def make(self) -> None:
        assert PG
        self.folder.mkdir()
        if AS_POSTGRES:
            shutil.chown(self.folder, "postgres")
        data = self.folder / "data"
        await command(*AS_POSTGRES, PG / "initdb", "-D", data, "-U", "postgres", "--auth=trust")
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nfsync = off\n"
                f"unix_socket_directories = '{self.folder}'\nmax_connections = 200\n"
                # Whoever connects in the moment in which it stops, and says nothing, holds up the
                # restart for as long: a minute, where nothing is said.
                "authentication_timeout = 5\n"
            )
        await self.control("start")

    async def control(self, what: str) -> None:
        """start, stop or restart, as an administrator does it."""
        assert PG
        log = self.folder / "log"
        await command(
            *(*AS_POSTGRES, PG / "pg_ctl", "-D", self.folder / "data"),
            *("-l", log, "-m", "fast", "-w", what),
        )


@asynccontextmanager
async def database(folder: Path, port: int) -> AsyncIterator[Database]:
    made = Database(folder, port)
    await made.make()
    try:
        yield made
    finally:
        await made.control("stop")


@dataclass
class Service:
    """One unit: `serve` or `work`, started and stopped as systemd does it."""

    line: Sequence[str]
    env: Mapping[str, str]
    log: Path
    folder: Path = ROOT
    answers: bool = False  # a `serve`, whatever its line ends with
    process: asyncio.subprocess.Process | None = field(default=None)
    kept: asyncio.Task[None] | None = field(default=None)

    async def start(self) -> None:
        """It runs; a `serve` may get traffic. One that begins while the database is away ends by
        itself, and is started again (Restart=always).
        """
        await self._begin()
        assert self.process
        self.kept = asyncio.create_task(self._again())
        if not (self.answers or self.line[-1] == "serve"):
            return
        url = f"http://127.0.0.1:{self.env['PORT']}/readyz"
        async with asyncio.timeout(90), aiohttp.ClientSession() as http:
            while True:
                try:
                    async with http.get(url) as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    assert self.process.returncode is None, self.log.read_text()[-2000:]
                await asyncio.sleep(0.1)

    async def _begin(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.line, cwd=self.folder, env=self.env, stderr=log
            )

    async def _again(self) -> None:
        """Whoever ends by itself has said why, and there is one good reason."""
        while self.process and await self.process.wait() != 0:
            said = self.log.read_text()
            assert "the database does not answer" in said.splitlines()[-1], said[-2000:]
            await asyncio.sleep(1)
            await self._begin()

    async def stop(self) -> None:
        """As `systemctl stop`: within the grace, and well."""
        if self.process is None:
            return
        if self.kept and self.kept.done():
            self.kept.result()
        elif self.kept:
            self.kept.cancel()
        if self.process.returncode is not None:  # it was to be started again in a moment
            await self._begin()
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(GRACE + 10):  # the machine may be busy besides
            assert await self.process.wait() == 0, self.log.read_text()[-2000:]
        self.process = None

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def kill(self) -> None:
        if self.kept:
            self.kept.cancel()
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def nginx(
    folder: Path, port: int, behind: tuple[int, int], certificate: Path, site: str = ""
) -> AsyncIterator[str]:
    """The site that comes with the project, on a port of its own, with another's certificate."""
    text = site or SITE.read_text()
    for name in ("ssl_certificate", "ssl_certificate_key"):
        text = re.sub(rf"{name} .*;", f"{name} {certificate};", text)
    text = re.sub(r" *listen \[::\].*\n", "", text)  # not every machine has it
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    text = text.replace("/var/log/nginx/", f"{folder}/")
    if not site:
        real = dict(zip(("3978", "3979"), behind, strict=True))
        assert all(f"127.0.0.1:{written}" in text for written in real)
        # In one go: a free port may begin like the other that is written there.
        text = re.sub(r"127\.0\.0\.1:(397[89])\b", lambda m: f"127.0.0.1:{real[m[1]]}", text)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        # It keeps a large post in a file, in a folder that is this user's.
        f"user {getuser()};\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log {folder}/access.log;\n{temporary}{text}}}\n"
    )
    assert NGINX
    said = ("-c", str(config), "-g", "daemon off;", "-e", str(folder / "error.log"))
    await command(NGINX, *said, "-t")
    server = await asyncio.create_subprocess_exec(NGINX, *said)
    try:
        await _listens(port)
        yield f"https://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGQUIT)
        await server.wait()


async def _listens(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
