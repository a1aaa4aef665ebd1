"""What is written and what must follow from it are there together, or neither is."""

import asyncio
from time import process_time
from uuid import UUID

import pytest
from procrastinate.jobs import Job
from psycopg import AsyncConnection
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.types.json import Jsonb
from structlog.testing import capture_logs

from handoff.effects import Effect, Look, Show, Subscribe, Urgency
from handoff.errors import RefusedError
from store.door import Tx
from store.statement_batch import StatementBatch
from tests.hour import MONDAY
from tests.world import World

ID = UUID(int=17)


async def waiting(world: World) -> list[tuple[str, int]]:
    found = await world.rows(
        "select task_name, count(*) from procrastinate_jobs where status = 'todo' "
        "group by task_name order by task_name"
    )
    return [(name, count) for name, count in found]


async def beat(world: World, tx: Tx) -> None:
    await world.app.services.stores.beats.beat(tx, "test", MONDAY)


async def test_what_was_written_and_what_follows_it_are_there_together(world: World) -> None:
    stores = world.app.services.stores
    async with stores.door.open() as tx:
        await beat(world, tx)
        tx.follow(Show("rita", ID), Show("rita", ID), Look(ID))
        assert await waiting(world) == [], "nobody may begin before the commit"

    assert await waiting(world) == [("look", 1), ("show", 1)]
    assert await stores.beats.last("test") == MONDAY


async def test_where_anything_raises_neither_is_there(world: World) -> None:
    stores = world.app.services.stores

    async def fail() -> None:
        async with stores.door.open() as tx:
            await beat(world, tx)
            tx.follow(Show("rita", ID))
            raise RefusedError

    with pytest.raises(RefusedError):
        await fail()

    assert await waiting(world) == []
    assert await stores.beats.last("test") is None


async def test_whoever_would_write_beside_the_door_is_refused_by_the_database(
    world: World,
) -> None:
    async with world.app.services.stores.reads.connection() as connection:
        with pytest.raises(ReadOnlySqlTransaction):
            await connection.execute("delete from beat")


async def test_a_connection_that_read_may_write_when_the_door_has_it_again(world: World) -> None:
    stores = world.app.services.stores
    for n in range(30):
        await asyncio.gather(
            *(stores.beats.last("test") for _ in range(5)),
            stores.door.follow(Show("rita", UUID(int=n))),
        )

    assert await waiting(world) == [("show", 30)]


async def test_of_what_is_said_twice_one_waits(world: World) -> None:
    door = world.app.services.stores.door
    await asyncio.gather(*(door.follow(Subscribe(), Look(ID), Show("rita", ID)) for _ in range(10)))

    assert await waiting(world) == [("look", 1), ("show", 10), ("subscribe", 1)]


async def test_the_one_that_waits_begins_only_when_what_it_must_see_is_there(world: World) -> None:
    """Else it could have read before, and what was said meanwhile were lost."""
    door = world.app.services.stores.door
    await door.follow(Subscribe())
    manager = world.app.queue.job_manager
    worker = await manager.register_worker()

    async def next_job() -> Job | None:
        return await manager.fetch_job(queues=None, worker_id=worker)

    async with door.open() as tx:
        await beat(world, tx)
        tx.follow(Subscribe())
        await door._put(tx)  # as at the end, but for the commit
        tx.effects.clear()
        assert await next_job() is None
    begun = await next_job()
    assert begun
    assert begun.task_name == "subscribe"
    await door.follow(Subscribe())

    assert await waiting(world) == [("subscribe", 1)], "one that runs may have read already"


async def test_what_a_person_waits_for_comes_before_the_clock_cards_and_the_rest(
    world: World,
) -> None:
    door = world.app.services.stores.door
    said: list[Effect] = [Subscribe(), Look(ID), Show("rita", ID), Show("ravi", ID, asked=True)]
    for one in said:
        await door.follow(one)
    manager = world.app.queue.job_manager
    worker = await manager.register_worker()

    begun = [await manager.fetch_job(queues=None, worker_id=worker) for _ in said]

    assert [job and job.priority for job in begun] == [
        *(Urgency.PERSON, Urgency.CARD, Urgency.OUTLOOK, Urgency.REST)
    ]


async def test_a_job_of_a_newer_release_waits_and_is_named(
    world: World,
) -> None:
    """One of a kind that nobody here knows, and one with an argument that nobody here knows."""
    for name, args in (
        ("sing", {"song": 1}),
        ("show", {"person": "rita", "handoff_id": str(ID), "loud": True}),
    ):
        await world.run(
            "insert into procrastinate_jobs (task_name, queue_name, args) "
            "values (%s, 'default', %s)",
            *(name, Jsonb(args)),
        )

    with capture_logs() as said:
        await world.work()

    rows = await world.rows(
        "select task_name, status::text, attempts, scheduled_at > now() from procrastinate_jobs "
        "order by task_name"
    )
    assert rows == [("show", "todo", 1, True), ("sing", "todo", 1, True)]
    assert {line["job"] for line in said if "newer release" in line["event"]} == {"show", "sing"}


async def test_what_is_written_of_hundreds_of_rows_takes_no_time_to_be_said(world: World) -> None:
    """A long list of leads: more than half of its time went into finding each value's place."""
    rows = [{f"c{n}": f"{row} {n}" for n in range(20)} for row in range(1_000)]
    values = [value for row in rows for value in row.values()]
    places = ", ".join([f"({', '.join(['%s'] * 20)})"] * len(rows))
    async with await AsyncConnection.connect(world.settings.database_url) as tx:
        columns = ", ".join(f"{name} text" for name in rows[0])
        await tx.execute(f"create temporary table many ({columns})".encode())
        began = process_time()
        await tx.execute(f"insert into many values {places}".encode(), values)
        as_usual, began = process_time() - began, process_time()
        written = StatementBatch()
        written.insert("many", rows)
        await written.run(tx)
        took = process_time() - began

        twice = await tx.execute("select count(*), count(distinct c19) from many")
        assert await twice.fetchone() == (2_000, 1_000)
    assert took < as_usual / 2
