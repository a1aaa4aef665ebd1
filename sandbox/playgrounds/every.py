"""The Playgrounds of everybody whose Teams is shown."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from sandbox.company import Person
from sandbox.m365 import Sandbox
from sandbox.playgrounds.config import config
from sandbox.playgrounds.package import Package, find
from sandbox.playgrounds.playground import Playground
from sandbox.playgrounds.process import Process
from sandbox.playgrounds.window import Window

PATIENCE = 60.0  # seconds for an answer of a process on this machine


@dataclass(frozen=True, slots=True)
class _Kept:
    playground: Playground
    window: Window
    task: asyncio.Task[None]


class Playgrounds:
    """Each is opened when somebody wants to see it, and stays until the end."""

    def __init__(
        self,
        box: Sandbox,
        *,
        first_port: int,
        folder: Path,
        packages: Path,
        node: Path | None,
        session: aiohttp.ClientSession,
    ) -> None:
        self.relay = ""  # what a Playground takes for the bot is below it, by the person's id
        self.shared = (
            ""  # where a browser finds the scripts of all pages, when there is such a place
        )
        self.changed: Callable[[], None] = _nobody  # called when one is up or gone, seen or left
        self._box = box
        self._first_port = first_port
        self._folder = folder
        self._packages = packages
        self._node = node
        self._session = session
        self._package: Package | None = None
        self._open: dict[str, _Kept] = {}
        self._opening = asyncio.Lock()

    def get(self, person: Person) -> Playground | None:
        kept = self._open.get(person.id)
        return kept.playground if kept else None

    def script(self, name: str) -> Path | None:
        """One of the scripts that are to be found below `shared`."""
        scripts = self._package.client / "static" / "js" if self._package else None
        return (
            next((one for one in scripts.iterdir() if one.name == name), None) if scripts else None
        )

    async def open(self, person: Person) -> Playground:
        """Its page can be asked for at once; what it shows comes as soon as the process is up.

        Raises MissingError when something is not installed, OSError when no port is free.
        """
        async with self._opening:
            if known := self.get(person):
                return known
            self._package = self._package or find(self._packages, self._node)
            playground = Playground(
                person=person,
                process=self._process(person, self._package),
                teams=self._box.teams,
                clock=self._box.clock,
                session=self._session,
                changed=self.changed,
            )
            window = Window(
                playground,
                client=self._package.client,
                shared=self.shared,
                session=self._session,
            )
            playground.port = await window.start(self._first_port)
            task = asyncio.create_task(playground.run(), name=f"Playground of {person.key}")
            self._open[person.id] = _Kept(playground, window, task)
            return playground

    async def close(self) -> None:
        """All of them have ended."""
        every = list(self._open.values())
        self._open.clear()
        for one in every:
            one.task.cancel()
        await asyncio.gather(
            *(one.task for one in every),
            *(one.window.stop() for one in every),
            return_exceptions=True,
        )

    def _process(self, person: Person, package: Package) -> Process:
        return Process(
            package=package,
            folder=self._folder / person.id,
            config=config(
                person, self._box.directory, self._box.chats, tenant=self._box.entra.app.tenant
            ),
            endpoint=f"{self.relay}/{person.id}/api/messages",
        )


@asynccontextmanager
async def open_playgrounds(
    box: Sandbox, *, first_port: int, folder: Path | None, packages: Path, node: Path | None = None
) -> AsyncIterator[Playgrounds]:
    """None yet; every one that is opened meanwhile has ended afterwards."""
    async with contextlib.AsyncExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="playgrounds-")))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=PATIENCE),
                connector=aiohttp.TCPConnector(limit=0),
            )
        )
        every = Playgrounds(
            box,
            first_port=first_port,
            folder=folder,
            packages=packages,
            node=node,
            session=session,
        )
        try:
            yield every
        finally:
            await every.close()


def _nobody() -> None:
    """Nobody wants to know."""
