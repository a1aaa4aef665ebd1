"""What is asked reads what it answers, and not all that ever was."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from types import SimpleNamespace
from typing import cast
from unicodedata import normalize

import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from commands.replaying import replay
from commands.simulating import simulation
from handoff.figures import Period
from handoff.model import Choice
from handoff.retention import Retention
from handoff.routing.gather import Question, Times
from handoff.scope import By, Ground, Kind
from jobs.services import Services
from policy import reading
from running import policy_of
from store.called import Words, pattern
from store.crowds import FIRST
from store.database import Pool, pool
from store.disclosure import Crowds
from store.door import Tx
from store.fact_terms import Look
from store.facts import COLUMNS
from store.forgetting import _Column, _Look
from store.invariants import ALWAYS, broken
from store.keeping import Keeping
from store.migrate import migrate
from store.routing_chain import AT_A_TIME, Record
from store.stores import Stores
from tests.admin.databases import an_empty_database
from tests.hour import MONDAY
from tests.world import POLICY
from tools.seed import Plan, seed

pytestmark = pytest.mark.xdist_group("years")  # they are lived once for all of them

HISTORY = (
    *("handoff", "lead", "commitment", "entry", "routing_given", "routing_record", "card"),
    "fact",
)
FOR_EVER = timedelta(days=40_000)
_READ = """
select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
from pg_stat_user_tables where relname = any(%s)
"""


class Company:
    """Years of it, asked over two connections, of which PostgreSQL says how many rows they have
    read. A table is read whole only where no index serves.
    """

    def __init__(self, url: str, connections: Pool) -> None:
        self.url = url
        self._connections = connections
        self.stores = Stores.over(connections, policy_of, per_conversation=(), per_second=1)

    async def one(self, sql: str) -> str:
        async with self._connections.connection() as tx:
            row = await (await tx.execute(sql.encode())).fetchone()
        assert row
        return str(row[0])

    async def reads(self, asked: Awaitable[object]) -> dict[str, int]:
        """So many rows, by table."""
        before = await self._rows()
        await asked
        after = await self._rows()
        return {table: after[table] - before[table] for table in HISTORY}

    async def _rows(self) -> dict[str, int]:
        async with (
            self._connections.connection() as one,
            self._connections.connection() as other,
        ):
            for tx in (one, other):
                await tx.execute("select pg_stat_force_next_flush()")
            found = await one.execute(_READ, [list(HISTORY)])
            return {table: rows async for table, rows in found}


@pytest.fixture(scope="module")
async def years(postgres: str, worker_id: str) -> AsyncIterator[str]:
    """The database of a company with a thousand handoffs behind it, fifty of them open, in ten
    pools.
    """
    name = f"years_{worker_id}"
    async with an_empty_database(postgres, name) as url:
        await migrate(url)
        async with await AsyncConnection.connect(url) as tx:
            await tx.execute(
                "insert into policy (digest, text, since) values ('d', %s, %s)",
                [POLICY.read_text(), MONDAY],
            )
        await seed(url, Plan(handoffs=1_000, until=MONDAY, years=1, people=100, pools=12))
        yield name


@pytest.fixture
async def company(postgres: str, worker_id: str, years: str) -> AsyncIterator[Company]:
    async with an_empty_database(postgres, f"growth_{worker_id}", like=years) as url:
        by_index = make_conninfo(url, options="-c enable_seqscan=off")
        async with pool(by_index, 2) as connections:
            yield Company(url, connections)


async def famine(stores: Stores) -> None:
    async with stores.door.open() as tx:
        await stores.fairness.alarms(tx, "p003", MONDAY)


async def next_in_marketing(stores: Stores) -> None:
    async with stores.door.open() as tx:
        await tx.execute("update person set roles = '{marketer}' where n = 5")
        assert await stores.people.next_marketer(tx, MONDAY)


async def what_is_owed(stores: Stores, who: str) -> None:
    first, count = await stores.lookups.most_pressing(who, 2)
    assert count > len(first)
    assert len(await stores.handoffs.readable([id for id, _ in first])) == 2


async def what_has_gone(stores: Stores) -> None:
    keep = Retention(**dict.fromkeys(Retention().days(), FOR_EVER))
    assert await Keeping(stores.door, 10).forget_due(keep, MONDAY) == {}


async def test_what_is_asked_of_one_reads_no_others(company: Company) -> None:
    stores, reads = company.stores, company.reads
    rep = await company.one("select id from person where 'p003' = any(pools) limit 1")
    busiest = await company.one(
        "select who from commitment where ended_at is null group by who "
        "order by count(*) desc limit 1"
    )
    qualifier = await company.one(
        "select qualifier from handoff where state <> 'ended' group by 1 order by count(*) limit 1"
    )
    number = await company.one("select max(number) from handoff where state = 'offered'")
    id = await stores.lookups.numbered(int(number))
    assert id
    case = await stores.handoffs.case(id)
    question = Question(pool="p003", lead=case.handoff.lead, qualifier=None, at=MONDAY)
    times = Times(free=frozenset(), first={})
    async with stores.door.open() as tx:
        await stores.delivery.failed(tx, busiest, MONDAY, "nobody knows")

    read = {
        ("whom Teams does not reach", 10): await reads(stores.delivery.of(busiest)),
        ("whose turn it is", 60): await reads(stores.routing.preview(case, question, times)),
        ("how a pool stands", 60): await reads(stores.fairness.figures("p003", MONDAY, rep)),
        ("who has had none", 60): await reads(famine(stores)),
        ("what somebody owes", 40): await reads(what_is_owed(stores, busiest)),
        ("who is next in marketing", 10): await reads(next_in_marketing(stores)),
        ("what somebody handed over", 30): await reads(stores.lookups.handed_over(qualifier, 2)),
        ("what is no longer kept", 15): await reads(what_has_gone(stores)),
        ("whose mailbox answers", 0): await reads(stores.lookups.answered_by_rule(MONDAY)),
        ("what is below a line", 0): await reads(stores.fairness.below(MONDAY)),
        ("what is so of the newest", 3_000): await reads(broken(stores.reads, newest=50)),
        ("what a rep has open", 10): await reads(stores.lookups.of_whose_absence(rep)),
    }

    too_many = {
        what: {table: rows for table, rows in found.items() if rows > most}
        for (what, most), found in read.items()
    }
    assert {what: found for what, found in too_many.items() if found} == {}
    assert await stores.people.in_pool("p003")
    some, *_ = ALWAYS
    async with stores.door.open() as tx:
        await tx.execute("insert into untrue values (%s, 7, %s)", [some, MONDAY])
    found = await broken(stores.reads, newest=50)
    assert {name: numbers for name, numbers in found.items() if numbers} == {some: [7]}
    assert not any((await broken(stores.reads)).values())


async def first_choice(stores: Stores) -> None:
    async for one in stores.fairness.chain.records():
        assert one.n == 1
        return


async def most_at_once(asked: Awaitable[object]) -> int:
    """Choices of the router in memory at any moment of what is *asked*."""
    gc.freeze()  # what there is by now is not gone through at each of these moments
    most, doing = 0, asyncio.ensure_future(asked)
    while not doing.done():
        await asyncio.sleep(0)
        most = max(most, sum(isinstance(one, Record) for one in gc.get_objects()))
    await doing
    return most


async def test_however_many_choices_there_are_a_few_are_in_memory(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    assert int(await company.one("select count(*) from routing_record")) > AT_A_TIME
    read = await company.reads(first_choice(company.stores))
    assert 0 < read["routing_record"] <= AT_A_TIME, "PostgreSQL gives them out by and by"

    services = cast("Services", SimpleNamespace(stores=company.stores, now=lambda: MONDAY))
    draft = reading.read(await company.stores.policies.text())
    assert await most_at_once(replay(services, None, None)) <= 2, "the one looked at, and the next"
    assert "all the same" in capsys.readouterr().out
    assert await most_at_once(simulation(services, draft)) <= 2
    assert "no difference" in capsys.readouterr().out


async def waits(tx: AsyncConnection) -> bool:
    """Whether anybody waits for a lock."""
    found = await tx.execute("select count(*) from pg_locks where not granted")
    return await found.fetchone() != (0,)


class UndoneError(Exception):
    """What was written is taken back."""


async def test_who_finds_out_whose_a_company_is_holds_up_nobody_elses_booking(
    company: Company,
) -> None:
    number = await company.one("select max(number) from handoff where state = 'qualified'")
    id = await company.stores.lookups.numbered(int(number))
    assert id
    case = await company.stores.handoffs.case(id)
    handoff = case.handoff
    assert handoff.search
    assert handoff.search.pool
    rep = await company.one(f"select id from person where '{handoff.search.pool}' = any(pools)")

    start = MONDAY + timedelta(days=1)
    search = replace(handoff.search, found=(Choice(start, rep),))
    shown = replace(case, handoff=replace(handoff, search=search))

    async def booked() -> None:
        async with company.stores.door.open() as tx:
            await company.stores.routing.book(
                tx, shown, by=handoff.qualifier, at=MONDAY, start=start, rep=rep
            )
            raise UndoneError

    async with (
        await AsyncConnection.connect(company.url) as slow,
        await AsyncConnection.connect(company.url, autocommit=True) as other,
    ):
        await slow.execute("lock table lead in access exclusive mode")
        booking = asyncio.create_task(booked())
        async with asyncio.timeout(20):
            while not await waits(other):  # noqa: ASYNC110  # PostgreSQL tells nobody
                await asyncio.sleep(0.05)
        await other.execute("select n from routing_chain for update nowait")
        assert not booking.done(), "it still asks whose the company is"
        await slow.rollback()
        with pytest.raises(UndoneError):  # the company is as it was
            await booking


async def test_of_how_many_people_all_figures_of_a_page_are_is_read_once(company: Company) -> None:
    """As much as for one table of it, and the organisation beside a pool at the same time."""
    rep = await company.one("select id from person where 'p003' = any(pools) limit 1")
    stores = company.stores
    viewer = await stores.people.here(rep)
    scope = await stores.figures.scope(viewer, await stores.policies.current())
    year = Period(MONDAY.date() - timedelta(days=300), MONDAY.date() + timedelta(days=1))

    async def page(tables: int) -> None:
        crowds = Crowds(scope)
        async with stores.reads.connection() as tx:
            for by in (None, By.CODE, By.REASON)[:tables]:
                look = Look(ground=Ground(Kind.POOL, "p003"), period=year, by=by)
                await crowds.gone(tx, look)

    one = await company.reads(page(1))
    all_of_them = await company.reads(page(3))

    assert 1_000 < all_of_them["fact"] <= 1.1 * one["fact"]


async def test_whose_the_facts_of_very_many_are_is_found_in_the_first_of_them(
    company: Company,
) -> None:
    """Of a kind of which there are many times as many, no more are read than first of a week."""
    rep = await company.one("select id from person where 'p003' = any(pools) limit 1")
    stores = company.stores
    viewer = await stores.people.here(rep)
    scope = await stores.figures.scope(viewer, await stores.policies.current())
    year = Period(MONDAY.date() - timedelta(days=300), MONDAY.date() + timedelta(days=1))

    async def page() -> None:
        async with stores.reads.connection() as tx:
            look = Look(ground=Ground(Kind.ORGANISATION), period=year)
            await Crowds(scope).gone(tx, look)

    before = await company.reads(page())
    facts = int(
        await company.one("select count(*) from fact where what = 'kept' and code = 'answer'")
    )
    columns = ", ".join(one for one in COLUMNS if one not in ("at", "handoff"))
    async with stores.door.open() as tx:
        await tx.execute(
            f"insert into fact ({columns}, at) select {columns}, at + interval '13 days' * times "
            "from fact, generate_series(1, 20) as times "
            "where what = 'kept' and code = 'answer' and sign = 1"
        )
    after = await company.reads(page())

    first = FIRST * len(year.weeks())
    assert 20 * facts > 1.3 * first
    assert after["fact"] - before["fact"] < first


NAMED = (
    ("+34 600 111 222", "call 34600111222", "+34 (600)\u2009111-222", "(34) 600.111\n222"),
    ("+34 600 111 222", "at 600 111 222.", "600\u00a0111\u00a0222", "0034 600-111-222"),
    ("+49 170 1234567", "0170/1234567", "(0170) 123 45 67", "+49 (0)170 1234567", "00491701234567"),
    ("0170 1234567", "+49 170 1234567", "+43 (0) 170 1234567", "0170-1234567"),
    ("Ines Prado", "INES  prado", "Ines Prado wrote", "said\nines\tPRADO."),
    ("Dana Weber", "Dana\u00a0Weber", "dana-weber said", "Dana\u2011Weber", "said.Dana  Weber.Yes"),
    ("José Peña", normalize("NFD", "José Peña"), "JOSÉ PEÑA", "Jose Pena", "jose\u0301 peña's"),
    (normalize("NFD", "José Peña"), "José Peña"),
    ("Jürgen Weiß", "Juergen Weiss", normalize("NFD", "JÜRGEN Weiß")),
    ("Ann O'Hara", "Ann O’Hara", "ann o`hara"),
    ("김 민준", normalize("NFD", "김 민준")),
    ("Ángel Ñíguez", "ángel ñíguez", "to ÁNGEL ÑÍGUEZ"),
    ("Ö Ü", "ö ü", "Ö Ü"),
    ("İx Öz", "İx Öz"),
    ("Jose Pena", "Frau José Peña", "JOSE PEN\u0303A"),
    ("Aase Mueller-Weiss", "ÅSE MÜLLER WEIß", "Aase Mu\u0308ller-Weiss"),
    ("王 伟", "请问王 伟吗", "王 伟"),
    ("o'hara+x@a.example", "O'Hara+X@A.example", "<o'hara+x@a.example>"),
)
"""Somebody, and how others write of them."""


async def test_of_whoever_is_forgotten_no_text_is_passed_over_though_few_are_looked_at_closely(
    company: Company,
) -> None:
    """Many times as quick as to hold every text against all that they may be called."""
    async with await AsyncConnection.connect(company.url) as tx:
        await tx.execute("create table written (n int, text text, more jsonb)")
        await tx.execute(
            "insert into written select n, gen_random_uuid()::text || ' said so to a colleague', "
            "jsonb_build_object('by', gen_random_uuid()) from generate_series(1, 30000) n"
        )
        columns = [_Column("more", "jsonb", (("x",),)), _Column("text", "text")]
        for word, *written in NAMED:
            for text in written:
                await tx.execute(
                    "insert into written values (0, %s, jsonb_build_object('x', %s::text))",
                    [text, text],
                )
            found = await tx.execute(
                "select count(*) from written where n = 0 and text ~* %s", [pattern([word], "text")]
            )
            assert await found.fetchone() == (len(written) - (word == "王 伟"),), word
            look = _Look("written", columns, "gone")
            rows = await look.scrub(cast("Tx", tx), [word, "qqq www"])
            assert rows == len(written) - (word == "王 伟")
            left = await tx.execute("select text from written where n = 0 and text ~ 'gone'")
            assert len(await left.fetchall()) == rows
            await tx.execute("delete from written where n = 0")
        words = Words.of("Elif Dietz", ["elif.dietz@company3.example"], "gone").whole
        began = perf_counter()
        assert await look.scrub(cast("Tx", tx), words) == 0
        took = perf_counter() - began
        began = perf_counter()
        await tx.execute(
            "select from written where text ~* %s or more::text ~* %s",
            [pattern(words, "text"), pattern(words, "jsonb")],
        )
        assert took < (perf_counter() - began) / 3
