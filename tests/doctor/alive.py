"""Baton as in production: time passes, and the commands are processes of their own."""

import asyncio
import os
import pty
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from tests.commands import ROOT
from tests.doctor import faults
from tests.doctor.faults import INSIDE, OUTSIDE
from tests.world import World, a_world


@asynccontextmanager
async def process(env: Mapping[str, str], *line: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command with a terminal to say its progress on; at the end it is told to stop."""
    ours, theirs = pty.openpty()
    one = await asyncio.create_subprocess_exec(
        *line,
        cwd=ROOT,
        env={"PATH": os.defpath, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        yield one
    finally:
        os.close(ours)
        if one.returncode is None:
            one.send_signal(signal.SIGTERM)
            await one.wait()


async def told(env: Mapping[str, str], *line: str) -> tuple[int, str]:
    """The exit status of a command, and what it says."""
    async with process(env, *line) as one:
        said, _ = await one.communicate()
    assert one.returncode is not None
    return one.returncode, said.decode()


@asynccontextmanager
async def everyone(database: str, at: datetime) -> AsyncIterator[tuple[World, dict[str, str]]]:
    """All of the company have Baton, from *at* on; and the environment for commands."""
    async with a_world(database, now=at) as world:
        world.clock.run()
        await world.install(*(p.key for p in world.box.directory))
        faults.grant(world)
        await world.sweep()
        yield world, {**world.env, "TEST_MAILBOX": INSIDE, "OUTSIDE_MAILBOX": OUTSIDE}


@asynccontextmanager
async def working(world: World, env: Mapping[str, str]) -> AsyncIterator[None]:
    """A worker does what is due, until the end."""
    async with process(env, *world.command("work")):
        async with asyncio.timeout(60):
            while not await world.rows("select 1 from procrastinate_workers"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield
