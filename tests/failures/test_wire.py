"""The wire that is cut on purpose cuts where it was told to, and changes nothing otherwise."""

from collections.abc import AsyncIterator

import pytest
from psycopg import AsyncConnection, OperationalError
from psycopg.errors import ReadOnlySqlTransaction, UndefinedTable

from store.database import pool
from tests.failures.wire import Cut, Wire, wire


@pytest.fixture
async def way(database: str) -> AsyncIterator[Wire]:
    async with wire(database) as way:
        yield way


@pytest.fixture
async def table(database: str) -> AsyncIterator[str]:
    async with await AsyncConnection.connect(database, autocommit=True) as tx:
        await tx.execute("create table cut (n int)")
        yield "cut"
        await tx.execute("drop table cut")


async def kept(database: str) -> list[int]:
    async with await AsyncConnection.connect(database) as tx:
        return [n async for (n,) in await tx.execute("select n from cut order by n")]


async def write(way: Wire, *values: int) -> None:
    async with await AsyncConnection.connect(way.url) as tx:
        for n in values:
            await tx.execute("insert into cut values (%s)", [n])


async def test_rows_that_are_copied_are_one_statement_which_is_done_once_all_have_come(
    way: Wire, database: str, table: str
) -> None:
    async def copied(*values: int) -> None:
        async with (
            await AsyncConnection.connect(way.url) as tx,
            tx.cursor() as cursor,
            cursor.copy("copy cut from stdin") as rows,
        ):
            for value in values:
                await rows.write_row([value])

    way.listen()
    await copied(1, 2)
    assert [one.text.split()[0].lower() for one in way.heard] == ["begin", "copy", "commit"]
    assert await kept(database) == [1, 2]

    for how in Cut:
        way.cut(2, how)
        with pytest.raises(OperationalError):
            await copied(3)
        assert await kept(database) == [1, 2], how


async def test_uncut_it_is_as_the_straight_way_and_counts(
    way: Wire, database: str, table: str
) -> None:
    way.listen()

    await write(way, *range(20))

    assert await kept(database) == list(range(20))
    assert [one.text.split()[0].lower() for one in way.heard] == [
        "begin",
        *["insert"] * 20,
        "commit",
    ]
    assert [one.commits for one in way.heard] == [False] * 21 + [True]


@pytest.mark.parametrize(
    ("at", "how", "left"), [(3, "BEFORE", []), (4, "BEFORE", []), (4, "AFTER", [1, 2])]
)
async def test_what_was_not_committed_when_it_was_cut_is_not_there(
    way: Wire, database: str, table: str, at: int, how: str, left: list[int]
) -> None:
    """Begin, two inserts, commit: cut before the last of them, and after."""
    way.cut(at, Cut[how])

    with pytest.raises(OperationalError):
        await write(way, 1, 2)

    assert await kept(database) == left
    await write(way, 3)
    assert await kept(database) == [*left, 3], "once is once"


async def test_what_commits_by_itself_is_known_and_what_only_reads_does_not(
    way: Wire, table: str
) -> None:
    way.listen()

    async with await AsyncConnection.connect(way.url, autocommit=True) as tx:
        await tx.execute("insert into cut values (1)")
    async with await AsyncConnection.connect(way.url) as tx:
        await tx.set_read_only(True)
        await tx.execute("select n from cut")

    assert [one.commits for one in way.heard] == [True, False, False, False]


async def test_a_pool_goes_on_after_a_cut(way: Wire, database: str, table: str) -> None:
    async with pool(way.url, 1) as connections:
        async with connections.transaction() as tx:
            await tx.execute("select 1")  # as it is once it has begun
        way.cut(2, Cut.BEFORE)
        with pytest.raises(OperationalError):
            async with connections.transaction() as tx:
                await tx.execute("insert into cut values (1)")
        async with connections.transaction() as tx:
            await tx.execute("insert into cut values (2)")

    assert await kept(database) == [2]


async def test_what_the_queue_asks_is_one_journey_each_and_what_is_written_here_is_whole(
    way: Wire, database: str, table: str
) -> None:
    async with pool(way.url, 1) as connections:
        async with connections.transaction(reads=True) as tx:
            await tx.execute("select n from cut")
        way.listen()
        async with connections.connection() as tx:
            await tx.execute("insert into cut values (1)")
            await tx.execute("insert into cut values (2)")
        with pytest.raises(UndefinedTable):  # noqa: PT012  # both are of one transaction
            async with connections.transaction() as tx:
                await tx.execute("insert into cut values (3)")
                await tx.execute("insert into nowhere values (3)")
        with pytest.raises(ReadOnlySqlTransaction):
            async with connections.transaction(reads=True) as tx:
                await tx.execute("insert into cut values (4)")

    assert [one.text.split()[0].lower() for one in way.heard[:3]] == ["insert", "insert", "begin"]
    assert await kept(database) == [1, 2]
