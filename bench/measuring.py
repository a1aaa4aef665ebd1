"""What every measurement tells, how large it is, and a server of its own to measure."""

import asyncio
import math
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tests.commands import ROOT

WIDE = 150  # characters, for the table where there is no terminal
console = Console(width=max(Console().width, WIDE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured. Speeds say something at full size only; counts at any."""

    reps: int  # in the pool whose times are looked for
    checked: int  # whose week is checked
    quiet_reps: int
    quiet_days: int
    storm: int  # notifications within a second
    mailboxes: int
    renewals_in_ten_minutes: int  # at most
    runs: int  # of Accept against stock, each with processes of its own
    clicks: int  # in each of them
    turns: int
    steady_clicks: int
    settles: float  # seconds
    hanging: int  # jobs that wait for Graph
    hangs: float  # seconds
    overdue: int
    replies: int  # in a storm of cards
    recipients: int  # of a weekly report
    growth: tuple[int, ...]  # reps in a pool
    at_least: float  # seconds of the processor
    rounds: int  # of ten who book at once
    handoffs: tuple[int, ...]  # behind a company, the smallest first
    pool: int  # reps of it whose times are looked for; 0 for as many as there are
    open: int  # leads that one rep has
    times: int  # that each of these is measured
    incoming: int  # leads that come in by themselves
    deals: int  # of the CRM that are changed
    counted: int  # clicks on Accept, every second without a fact


WHOLE = Sizes(
    reps=200,
    checked=100,
    quiet_reps=100,
    quiet_days=6,
    storm=1_000,
    mailboxes=10_000,
    renewals_in_ten_minutes=100,
    runs=5,
    clicks=1_000,
    turns=10,
    steady_clicks=400,
    settles=3,
    hanging=500,
    hangs=30,
    overdue=20_000,
    replies=20,
    recipients=1_000,
    growth=(10, 200, 1_000, 10_000),
    at_least=1,
    rounds=3,
    handoffs=(1_000, 21_000, 200_000),
    pool=18,
    open=1_000,
    times=7,
    incoming=1_000,
    deals=10_000,
    counted=800,
)
QUICK = Sizes(
    reps=10,
    checked=3,
    quiet_reps=2,
    quiet_days=1,
    storm=10,
    mailboxes=12,
    renewals_in_ten_minutes=100,
    runs=1,
    clicks=20,
    turns=2,
    steady_clicks=10,
    settles=0,
    hanging=2,
    hangs=1,
    overdue=30,
    replies=2,
    recipients=12,
    growth=(10, 20),
    at_least=0.02,
    rounds=1,
    handoffs=(400,),
    pool=0,
    open=20,
    times=1,
    incoming=20,
    deals=12,
    counted=20,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    what: str
    found: str
    bound: str
    value: float
    well: bool
    how: str
    counted: bool = False  # the same on every machine and at every size

    def holds(self, *, quick: bool) -> bool:
        """Within its bound; in a quick run only what was counted must be."""
        sane = math.isfinite(self.value) and self.value >= 0
        return sane and (self.well or (quick and not self.counted))


def told(figures: Sequence[Figure], *, quick: bool) -> int:
    """One table of them all. Returns how many do not hold."""
    missed = sum(not figure.holds(quick=quick) for figure in figures)
    table = Table(
        title="small numbers, to see that all of it runs: they say nothing" if quick else None,
        caption=f"{missed} out of bounds" if missed else "all within their bounds",
        show_lines=True,
    )
    for name in ("", "measured", "bound", "how"):
        table.add_column(name, overflow="fold")
    for one in figures:
        mark = "✔" if one.holds(quick=quick) else "✖"
        table.add_row(f"{mark} {one.what}", one.found, one.bound, f"[dim]{one.how}[/]")
    console.print(table)
    return missed


class Started:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.pid = process.pid
        self.port = port


@asynccontextmanager
async def process(*line: str, env: dict[str, str], settles: float) -> AsyncIterator[Started]:
    """A server of its own, listening and settled for so many seconds."""
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
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    assert running.returncode is None, f"it has ended: {' '.join(line)}"
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    break
        await asyncio.sleep(settles)
        yield Started(running, port)
    finally:
        if running.returncode is None:
            running.terminate()
        await running.wait()
