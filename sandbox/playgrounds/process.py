"""One Playground's process: started, watched, started again when it dies, ended with us."""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.playgrounds.config import FILE, Config
from sandbox.playgrounds.package import Package

TETHER = Path(__file__).with_name("tether.cjs")
STARTS_WITHIN = 60.0  # seconds
ENDS_WITHIN = 2.0  # seconds, before it is killed
LIVED = 10.0  # seconds after which a death is no failed start
LONGEST_PAUSE = 30.0  # seconds between two starts
_LISTENS = b"Listening on "

# Nothing of our own environment is passed on: it may hold secrets, and settings for another Node.
_QUIET = {
    "TEAMSAPPTESTER_BROWSER": "none",  # opens no browser
    "APPLICATION_INSIGHTS_NO_STATSBEAT": "true",  # measures nothing
    "APPLICATION_INSIGHTS_NO_DIAGNOSTIC_CHANNEL": "true",
}


class NotStartedError(Exception):
    """The message is what the process said last."""


class Process:
    """`url` is where it listens, or empty; `trouble` is why it could not be started last."""

    def __init__(self, *, package: Package, folder: Path, config: Config, endpoint: str) -> None:
        self._package = package
        self._folder = folder
        self._config = config
        self._endpoint = endpoint
        self.trouble = ""

    async def keep(self, live: Callable[[str], Awaitable[None]]) -> None:
        """Runs, for as long as the task is not cancelled. `live` is called with the address of
        each process that starts, and cancelled when that process is gone.
        """
        pause = 0.0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                async with self._running() as (process, url):
                    self.trouble = ""
                    await until_first(process.wait(), live(url))
            except (NotStartedError, OSError) as problem:
                self.trouble = str(problem) or type(problem).__name__
            lived = asyncio.get_running_loop().time() - began
            pause = 0.0 if lived > LIVED else min(max(1.0, pause * 2), LONGEST_PAUSE)
            await asyncio.sleep(pause)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
        await asyncio.to_thread(self._prepare)
        process = await asyncio.create_subprocess_exec(
            str(self._package.node),
            *("--require", str(TETHER)),
            str(self._package.command),
            "start",
            *("--app-endpoint", self._endpoint),
            *("--channel-id", "msteams"),
            *("--port", "0"),
            *("--service-url", self._endpoint.rpartition("/api/")[0]),
            *("--dt", "true"),
            cwd=self._folder,
            env={
                **_QUIET,
                "PATH": os.defpath,
                "TMPDIR": str(self._folder),
                "M365_AGENTS_PLAYGROUND_LOGFILE": str(self._folder / "playground.log"),
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; this one is ended when we are
        )
        last = deque[bytes](maxlen=5)
        hearing: asyncio.Task[None] | None = None
        try:
            port = await self._port(process, last)
            hearing = asyncio.create_task(_hear(process, last))
            yield process, f"http://127.0.0.1:{port}"
        finally:
            if hearing:
                hearing.cancel()
            await _end(process)

    def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        text = self._config.model_dump_json(indent=2)
        (self._folder / FILE).write_text(text, encoding="utf-8")

    async def _port(self, process: asyncio.subprocess.Process, last: deque[bytes]) -> int:
        assert process.stdout is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STARTS_WITHIN):
                async for line in process.stdout:
                    last.append(line)
                    if line.startswith(_LISTENS):
                        return int(line.removeprefix(_LISTENS))
        said = b"".join(last).decode(errors="replace").strip()
        raise NotStartedError(said or "the process said nothing")


async def _hear(process: asyncio.subprocess.Process, last: deque[bytes]) -> None:
    """What the process says is read, so that it never waits to be heard."""
    assert process.stdout is not None
    async for line in process.stdout:
        last.append(line)


async def until_first(*waiting: Awaitable[object]) -> None:
    """Until one of them is done; the others are cancelled. Raises what that one raised."""
    tasks = [asyncio.ensure_future(one) for one in waiting]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _end(process: asyncio.subprocess.Process) -> None:
    """The process is gone, and with it whatever it has started."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(ENDS_WITHIN):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
