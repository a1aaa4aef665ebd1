"""How what people wait for grows with the years: each path in seeded databases of several sizes,
the same things asked of each. What an answer does not hold should cost nothing.
"""

import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from rich.progress import Progress

from bench.measuring import Figure, Sizes, console
from bench.outlook import columns
from bench.pages import (
    AT_SERVER,
    READERS,
    drawn,
    opening,
    pages,
    reported,
    ten_at_once,
)
from bot import answering, asking, booking, fairness
from bot.baton import Baton
from bot.click import Click
from cards.elements import Card
from cards.figures import MOST_POOLS
from handoff.model import Case, Search
from handoff.retention import Retention
from jobs.rotation import next_reps
from running import keep_what_is_there
from sandbox.company import Company, halden, person_id, staff
from store import invariants
from tests.beginnings import MIGRATED
from tests.browser.desk import CHROMIUM
from tests.journeys.rotation import TWO_A_DAY, apart, shown, waiting
from tests.world import World, a_world
from tools.seed import Plan, seed

YEARS = 2
HANDOFFS_OF_A_PERSON, HANDOFFS_OF_A_POOL = 100, 2_000
POOL = "emea"
STEP = 200  # handoffs that one look at the books takes here, at any size
FOR_EVER = timedelta(days=40_000)
GROWS = 3.0  # times at most, from the smallest to the largest


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Something that somebody waits for."""

    what: str
    how: str
    reads_all: bool = False  # an administrator's, or of everyone: it may grow as the handoffs do
    most: float | None = None  # seconds, at the largest size, where there is such a bound


ACCEPT = Path(what="Accept", how="a click of a rep who was offered a meeting")
BOOK = Path(what="the booking click", how="a qualifier takes a time that was shown")
TIMES_OF_A_POOL = Path(what="times for a pool", how="calendars asked for, and whose turn it is")
FAIRNESS = Path(what="fairness, for a manager", how="how the pools stand")
FAMINE = Path(what="the hourly look for famine", how="of one pool, in which one rep has no lead")
INVARIANTS = Path(what="a look at the books", how=f"a step of {STEP} handoffs")
MINE = Path(what="mine", how="of somebody with much open")
EXPORT = Path(what="person export", how="all that is held about a rep", reads_all=True)
RETENTION = Path(what="retention", how="a run in which nothing is due")

Once = Callable[[], Awaitable[object]]


async def measure(uri: str, template: str, sizes: Sizes) -> AsyncIterator[Figure]:
    """*template* is the name of a database that is migrated and that nobody uses."""
    found: dict[Path, list[float]] = {}
    in_browser: list[Figure] = []
    for handoffs in sizes.handoffs:
        async with _seeded(uri, template, handoffs, sizes) as world:
            async for path, took in _paths(world, sizes):
                found.setdefault(path, []).append(took)
            if handoffs == sizes.handoffs[-1] and CHROMIUM:
                in_browser.append(await drawn(world, await pages(world), sizes.times))
    largest = sizes.handoffs[-1] // sizes.handoffs[0]
    for path, times in found.items():
        grew, most = times[-1] / times[0], largest if path.reads_all else GROWS
        yield Figure(
            what=f"{path.what}, by size",
            found=f"{' / '.join(f'{one * 1000:.1f}' for one in times)} ms, {grew:.1f} ×",
            bound=f"at most {most:g} × at {largest} × the handoffs{_and(path)}",
            value=grew,
            well=grew <= most and times[-1] <= (path.most or times[-1]),
            how=f"{path.how}; {' / '.join(f'{n:,}' for n in sizes.handoffs)} handoffs of "
            f"{YEARS} years, the median of {sizes.times}",
        )
    for figure in in_browser:
        yield figure


def _and(path: Path) -> str:
    return f", and {path.most * 1000:g} ms" if path.most else ""


@asynccontextmanager
async def _seeded(uri: str, template: str, handoffs: int, sizes: Sizes) -> AsyncIterator[World]:
    """A company of its own, with so many handoffs behind it."""
    name = f"{template}_{handoffs}"
    url = make_conninfo(uri, dbname=name)
    async with await AsyncConnection.connect(uri, autocommit=True) as tx:
        await tx.execute(f"create database {name} template {template}")
    MIGRATED[url] = MIGRATED[make_conninfo(uri, dbname=template)]
    try:
        company = company_of(sizes.pool) if sizes.pool else None
        async with a_world(url, company=company) as world:
            await world.install("quinn", "rita", "mara")
            plan = Plan(
                handoffs=handoffs,
                until=world.clock(),
                years=YEARS,
                people=100 + sizes.pool + handoffs // HANDOFFS_OF_A_PERSON,
                pools=MOST_POOLS + handoffs // HANDOFFS_OF_A_POOL,
            )
            with Progress(console=console, transient=True) as progress:
                await seed(url, plan, progress=progress)
            keep_what_is_there()  # as `serve` does
            yield world
    finally:
        async with await AsyncConnection.connect(uri, autocommit=True) as tx:
            await tx.execute(f"drop database {name} with (force)")


async def _paths(world: World, sizes: Sizes) -> AsyncIterator[tuple[Path, float]]:
    """Seconds of each."""
    stores, services = world.app.services.stores, world.app.services
    mara, rita = world.box.person("mara").id, world.box.person("rita").id
    yield (
        ACCEPT,
        await _median([await _accepting(world, id) for id in await _offered(world, sizes.times)]),
    )
    ids = await waiting(world, sizes.times, days=TWO_A_DAY)
    cases = [await world.case(id) for id in ids]
    yield TIMES_OF_A_POOL, await _median([_looking(world, case) for case in cases])
    starts = apart(await shown(world, ids))
    taken = [_booking(world, case, start) for case, start in zip(cases, starts, strict=True)]
    yield BOOK, await _median(taken)
    baton = services.baton
    yield FAIRNESS, await _median([lambda: fairness.figures_of(baton, mara)] * sizes.times)
    await _famine(world)
    yield FAMINE, await _median([lambda: _alarms(world)] * sizes.times)
    yield INVARIANTS, await _median([lambda: _books(world)] * sizes.times)
    await _much_open(world, rita, sizes.open)
    yield MINE, await _median([lambda: asking.mine_card_of(baton, rita)] * sizes.times)
    mail = world.box.person("ravi").mail
    yield EXPORT, await _median([lambda: stores.about.export(mail)] * sizes.times)
    keep = Retention(**dict.fromkeys(Retention().days(), FOR_EVER))
    yield (
        RETENTION,
        await _median([lambda: stores.keeping.forget_due(keep, world.clock())] * sizes.times),
    )

    await reported(world)
    for page in await pages(world):
        path = Path(
            what=f"{page.name}, {READERS} readers at once",
            how=page.how,
            reads_all=page.reads_all,
            most=AT_SERVER,
        )
        yield path, await ten_at_once(world, opening(world, page), sizes.times)


async def _median(asked: Sequence[Once]) -> float:
    times = []
    for once in asked:
        began = perf_counter()
        await once()
        times.append(perf_counter() - began)
    return statistics.median(times)


async def _offered(world: World, count: int) -> list[UUID]:
    rows = await world.rows("select id from handoff where state = 'offered' limit %s", count)
    return [id for (id,) in rows]


def _clicked(world: World, verb: Callable[[Baton, Click], Awaitable[Card]], click: Click) -> Once:
    return lambda: verb(world.app.services.baton, click)


async def _accepting(world: World, id: UUID) -> Once:
    rep = (await world.case(id)).handoff.rep or ""
    click = Click(verb="accept", by=rep, at=world.clock(), handoff=id, data={}, once=f"yes {id}")
    return _clicked(world, answering.VERBS["accept"], click)


def _looking(world: World, case: Case) -> Once:
    search = case.handoff.search
    assert search
    return lambda: next_reps(world.app.services, case, _anew(search))


def _anew(search: Search) -> Search:
    return replace(search, found=None, next=(), instead="")


def _booking(world: World, case: Case, start: datetime) -> Once:
    handoff = case.handoff
    assert handoff.search
    click = Click(
        verb="book",
        by=handoff.qualifier,
        at=world.clock(),
        handoff=handoff.id,
        data={"choice": f"{start.isoformat()}|{handoff.search.next[0]}"},
        once=f"book {handoff.id}",
    )
    return _clicked(world, booking.VERBS["book"], click)


class _NotKeptError(Exception):
    pass


async def _famine(world: World) -> None:
    """Of the pool one rep has had no lead lately, each other as many as an alarm takes: the same at
    any size, for a pool in which nobody is without one is not looked at further.
    """
    routing = (await world.app.services.stores.policies.current()).routing
    pool = sorted(await world.app.services.stores.people.in_pool(POOL))
    since = world.clock() - timedelta(days=routing.alarm_days)
    await world.run("delete from routing_given where person = any(%s) and at > %s", pool, since)
    await world.run(
        "insert into routing_given (handoff, person, counter, pool, at, tags, how) "
        "select (select id from handoff order by number limit 1), one, %s, %s, %s, '{}', 'next' "
        "from unnest(%s::text[]) as one, generate_series(1, %s)",
        POOL,
        POOL,
        world.clock() - timedelta(days=1),
        pool[1:],
        routing.alarm_least,
    )
    await world.run(
        "insert into routing_book (counter, person, target, got, credits, here, since) "
        "select %s, one, 0, 0, 0, true, %s from unnest(%s::text[]) as one "
        "on conflict (counter, person) do update set since = excluded.since",
        POOL,
        since,
        pool,
    )


async def _alarms(world: World) -> None:
    """Nothing of it is kept, so that each finds the same."""
    stores = world.app.services.stores
    with suppress(_NotKeptError):
        async with stores.door.open() as tx:
            raised = await stores.fairness.alarms(tx, POOL, world.clock())
            assert len(raised) == 1, f"{len(raised)} alarms"
            raise _NotKeptError


async def _books(world: World) -> None:
    [(newest,)] = await world.rows("select max(number) from handoff")
    async with world.app.services.stores.door.open() as tx:
        await invariants.look(tx, newest - STEP, world.clock(), STEP)


async def _much_open(world: World, rep: str, count: int) -> None:
    """*rep* has so many leads to bring further, each a copy of one that is there."""
    [(template,)] = await world.rows("select id from handoff where state = 'following' limit 1")
    await world.run(
        "create table copied as select gen_random_uuid() as id from generate_series(1, %s)", count
    )
    for table, of, where in (
        ("lead", {"id": "copied.id"}, "id"),
        ("handoff", {"id": "copied.id", "lead": "copied.id"}, "id"),
        ("commitment", {"handoff": "copied.id"}, "handoff"),
    ):
        own = of | dict.fromkeys(("rep", "owner", "who"), f"'{rep}'")
        names = await columns(world, table)
        picked = ", ".join(own.get(name, f"t.{name}") for name in names)
        await world.run(
            f"insert into {table} ({', '.join(names)}) select {picked} "  # noqa: S608
            f"from copied, {table} t where t.{where} = %s",
            template,
        )
    await world.run("drop table copied")


def company_of(reps: int) -> Company:
    """Halden Systems with so many reps in EMEA."""
    known = halden()
    there = next(len(group.members) for group in known.groups if group.name == "Reps EMEA")
    more = tuple(
        staff(f"N{n} Rep", "Account Executive", manager="Mara") for n in range(reps - there)
    )
    ids = tuple(person_id(known.domain, one.given.lower()) for one in more)
    groups = tuple(
        replace(group, members=(*group.members, *ids)) if group.name == "Reps EMEA" else group
        for group in known.groups
    )
    return replace(known, people=(*known.people, *more), groups=groups)
