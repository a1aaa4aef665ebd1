"""What every measurement says, and a server of its own to measure."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console

from tests.conftest import ROOT

console = Console()


def say(what: str, found: str, bound: str, *, well: bool, how: str) -> int:
    """One line, and how it was measured. Returns 1 when it is out of its bound."""
    console.print(f"{'✔' if well else '✖'} {what}: [bold]{found}[/]  ({bound})")
    console.print(f"    {how}", style="dim")
    return 0 if well else 1


class Started:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.pid = process.pid
        self.port = port


@asynccontextmanager
async def process(*line: str, env: dict[str, str]) -> AsyncIterator[Started]:
    """A server of its own, listening and settled."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = await asyncio.create_subprocess_exec(
        *line,
        cwd=ROOT,
        env={**env, "PORT": str(port)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                break
        await asyncio.sleep(3)
        yield Started(running, port)
    finally:
        running.terminate()
        await running.wait()
