"""Everything on one machine, started as a newcomer starts it, for tests and pictures."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests import hour
from tests.commands import baton


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@asynccontextmanager
async def started(
    folder: Path,
    *more: str,
    ports: list[int],
    database: str = "",
    cold: bool = False,
    more_env: Mapping[str, str] = {},
) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """`python app.py run`, and what it says until it is ready; ended if it has not. Without a
    *database* it brings one of its own, and a *cold* one reads all code, as for a newcomer.
    """
    process = await asyncio.create_subprocess_exec(
        *baton("run", *more, clock=hour.now, cold=cold),
        cwd=folder,
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "VAR": str(folder / "var"),
            "PORT": str(ports[0]),
            "SANDBOX_PORT": str(ports[1]),
            "PLAYGROUND_PORT": str(ports[2]),
            "COLUMNS": "200",
            **({"DATABASE_URL": database} if database else {}),
            **more_env,
        },
        stderr=asyncio.subprocess.STDOUT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    said: list[str] = []
    try:
        async with asyncio.timeout(90):
            async for line in process.stdout:
                said.append(line.decode(errors="replace"))
                if "is ready" in said[-1]:
                    break
        yield process, said
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(30):
                await process.communicate()
