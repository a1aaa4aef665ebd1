"""A worker dies, is stopped or loses the database: what it had begun is done, and the rest too."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest
from aiohttp import ClientSession
from psycopg import AsyncConnection
from psycopg.errors import DeadlockDetected

from commands.retrying import retry
from handoff.effects import Effect, Look, ReadWeeks, Rescue, Sweep, SyncPeople
from jobs.tasks import KNOWN
from jobs.worker import LANES, Pulse, _go_on
from sandbox.faults import Fault
from tests.conftest import ROOT
from tests.world import World
from web.pages import NO_WORKER

TABLES = "policy, person, beat, handoff, commitment, subscription, routing_alarm, lead"
"""Whatever is done now and then reads one of these."""


async def jobs(world: World, status: str) -> list[str]:
    rows = await world.rows(
        "select task_name from procrastinate_jobs where status::text = %s order by 1", status
    )
    return [str(name) for (name,) in rows]


@asynccontextmanager
async def locked(world: World) -> AsyncIterator[None]:
    """Nobody reads any of TABLES meanwhile."""
    url = world.settings.database_url
    async with await AsyncConnection.connect(url) as connection:
        while True:
            try:
                await connection.execute(f"lock table {TABLES} in access exclusive mode")
                break
            except DeadlockDetected:  # whoever works has some of them, and waits for the others
                await connection.rollback()
        yield


async def until(there: Callable[[], Awaitable[bool]]) -> None:
    """Waits for what other processes write down."""
    async with asyncio.timeout(60):
        while not await there():  # noqa: ASYNC110  # rows and requests, no event
            await asyncio.sleep(0.1)


async def begun(world: World, names: set[str]) -> bool:
    return names <= set(await jobs(world, "doing"))


async def all_begun(world: World, names: set[str]) -> bool:
    """Each is under way, perhaps with a twin that waits, or over."""
    return not names & set(await jobs(world, "todo")) - set(await jobs(world, "doing"))


async def over(world: World, name: str) -> bool:
    return not await jobs(world, "doing") and name not in await jobs(world, "todo")


async def accepted(world: World, id: UUID) -> bool:
    return await world.state(id) == "accepted"


async def hit(fault: Fault) -> bool:
    return fault.hits > 0


async def test_killed_in_every_periodic_job_with_its_twin_waiting_all_of_them_go_on(
    world: World,
) -> None:
    """Each of them; and the dead one of which a twin waits keeps nobody from being rescued."""
    periodic: list[Effect] = [kind() for kind, known in KNOWN.items() if known.cron]
    names = {one.name for one in periodic if not isinstance(one, Rescue)}
    await world.app.services.stores.door.follow(*periodic)
    async with locked(world):
        worker = await asyncio.create_subprocess_exec(
            *world.command("work"),
            cwd=ROOT,
            env={**world.env, "WORKERS": "20"},
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await until(lambda: all_begun(world, names))
            under_way = set(await jobs(world, "doing")) & names
        finally:
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
    assert len(under_way) > 7, "but for those that ask the database for nothing"
    await world.app.services.stores.door.follow(*periodic)
    await world.run("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
    await world.run(
        "insert into procrastinate_jobs (task_name, queue_name, args, status, queueing_lock) "
        "values ('rescue', 'default', '{}', 'doing', 'rescue')"
    )

    await world.work()

    assert await jobs(world, "doing") == []
    assert await jobs(world, "failed") == []
    assert not names & set(await jobs(world, "todo"))


async def test_one_that_cannot_be_rescued_keeps_no_other_from_it(world: World) -> None:
    """What the tables refuse is refused at once, and said; the rest is rescued beside it."""
    await world.run(
        "alter table procrastinate_jobs "
        "add constraint not_again check (task_name <> 'tidy' or status <> 'todo')"
    )
    try:
        await world.run(
            "insert into procrastinate_jobs (task_name, queue_name, args, status) "
            "select name, 'default', '{}', 'doing' "
            "from unnest(array['tidy', 'sync_people', 'tidy']) as name"
        )
        await world.app.services.stores.door.follow(Rescue())
        await world.work()
        left = await jobs(world, "doing"), await jobs(world, "todo"), await jobs(world, "failed")
    finally:
        await world.run("alter table procrastinate_jobs drop constraint not_again")

    assert left == (["tidy", "tidy"], [], []), "those alone stay as they were"


async def test_two_that_failed_of_which_one_may_wait_are_tried_again_as_one(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        await world.run(
            "insert into procrastinate_jobs (task_name, queue_name, args, status, queueing_lock) "
            "values ('sync_people', 'default', '{}', 'failed', 'sync_people')"
        )

    await retry(world.app.services, forget=False)

    assert capsys.readouterr().out == "jobs that are due again: 1\n"
    assert (await jobs(world, "todo"), await jobs(world, "failed")) == (["sync_people"], [])
    await world.run("update procrastinate_jobs set status = 'failed'")
    await world.app.services.stores.door.follow(SyncPeople())
    await retry(world.app.services, forget=False)
    assert (await jobs(world, "todo"), await jobs(world, "failed")) == (["sync_people"], [])


async def test_what_must_wait_though_its_twin_waits_already_leaves_it_to_the_twin(
    world: World,
    offered: UUID,
) -> None:
    """Else it were under way for ever, and its lock with it."""
    busy = world.box.faults.graph_throttled(retry_after=1, times=1, path="/events")
    door = world.app.services.stores.door
    await door.follow(Look(offered))
    async with working(world):
        async with locked(world):
            await until(lambda: begun(world, {"look"}))
            await door.follow(Look(offered))
        await until(lambda: over(world, "look"))

    assert busy.hits == 1
    assert await jobs(world, "doing") == []


@asynccontextmanager
async def working(
    world: World, grace: float = 10, concurrency: int = 10
) -> AsyncIterator[asyncio.Task[None]]:
    """A worker in this process, cancelled at the end."""
    task = asyncio.create_task(world.app.work(wait=True, grace=grace, concurrency=concurrency))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_when_postgresql_restarts_the_worker_goes_on(world: World, offered: UUID) -> None:
    async with working(world) as worker:
        await asyncio.sleep(0.5)
        await world.run(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        await asyncio.sleep(0.5)
        world.answers("rita", "accept")
        await until(lambda: accepted(world, offered))
        assert not worker.done()
        await until(lambda: is_ready(world))  # whose connection was lost begins anew, lane by lane
    assert await ready(world) == (503, NO_WORKER), "whoever asks for it starts another"


async def ready(world: World) -> tuple[int, str]:
    """What is said to whoever asks whether this process can be relied on."""
    async with ClientSession() as http, http.get(f"{world.url}/readyz") as answer:
        return answer.status, await answer.text()


async def is_ready(world: World) -> bool:
    return await ready(world) == (200, "ready")


async def test_a_job_that_takes_longer_than_a_stop_allows_is_done_by_whoever_works_next(
    world: World,
    offered: UUID,
) -> None:
    slow = world.box.faults.graph_slow(30, path="/accept")
    await world.click("rita", "accept")
    async with working(world, grace=0.2):
        await until(lambda: hit(slow))
    world.box.faults.lift(slow)
    assert "accept_meeting" in await jobs(world, "todo")
    assert await jobs(world, "aborted") == []

    await world.work()

    assert await world.state(offered) == "accepted"


async def test_while_graph_hangs_people_are_answered_and_the_clock_goes_on(world: World) -> None:
    """More calendars are asked for than there are workers, and none of them comes back."""
    id = await world.offer(wanted="2026-03-05")
    hangs = world.box.faults.graph_slow(60)
    door = world.app.services.stores.door
    await door.follow(*(ReadWeeks((world.box.person(who).id,)) for who in ("rita", "ravi", "rosa")))
    before = world.cards("quinn")
    async with working(world, grace=0.1, concurrency=2):
        await until(lambda: hit(hangs))
        world.clock.set(datetime(2026, 3, 2, 13, tzinfo=UTC))
        await door.follow(Sweep())
        await world.box.teams.say("quinn", "mine")
        async with asyncio.timeout(15):
            await until(lambda: answered(world, id, before))
    world.box.faults.lift(hangs)


async def answered(world: World, id: UUID, before: int) -> bool:
    return world.cards("quinn") > before and "overdue" in await world.timeline(id)


async def test_a_worker_that_was_taken_for_dead_goes_on(world: World) -> None:
    """Its host froze; another has struck it off, and gone on with what it had begun."""
    before = world.cards("quinn")
    async with working(world):
        await until(lambda: registered(world))
        await world.run("delete from procrastinate_workers")
        await world.box.teams.say("quinn", "mine")
        await until(lambda: heard(world, before))


async def test_a_lane_that_stops_by_itself_begins_anew() -> None:
    """As it does when its heartbeat cannot be written: nothing is raised then."""
    begun: list[bool] = []
    pulse = Pulse(wanted=True)

    async def run() -> None:
        begun.append("clock" in pulse.running)

    lane = asyncio.create_task(_go_on(run, pulse, "clock"))
    async with asyncio.timeout(20):
        while len(begun) < 2:  # noqa: ASYNC110  # another task's, no event
            await asyncio.sleep(0.05)
    assert begun == [True, True]
    assert pulse.running == set()
    lane.cancel()
    await asyncio.wait({lane})


async def test_a_process_whose_worker_ends_by_itself_says_why_and_not_that_all_is_well(
    world: World,
) -> None:
    """As where the queue's own functions are others than this version knows."""
    named = "'procrastinate_prune_stalled_workers_v1'::regproc"
    [(made,)] = await world.rows(f"select pg_get_functiondef({named})")
    await world.run(
        "drop function procrastinate_prune_stalled_workers_v1; "
        "create function procrastinate_prune_stalled_workers_v1(float) "
        "returns table (another bigint) language sql as 'select 1'"
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *world.command("work"),
            env=world.env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(60):
            said, _ = await process.communicate()
    finally:
        await world.run("drop function procrastinate_prune_stalled_workers_v1")
        await world.run(made)

    assert process.returncode == 1
    assert b"the worker ended" in said
    assert b"KeyError('worker_id')" in said


async def registered(world: World) -> bool:
    return len(await world.rows("select 1 from procrastinate_workers")) == len(LANES)


async def heard(world: World, before: int) -> bool:
    return world.cards("quinn") > before


async def test_a_worker_that_is_told_to_stop_while_it_begins_does_not_begin(world: World) -> None:
    """Also where what it waits for at that moment swallows the word."""
    manager = world.app.queue.job_manager

    async def told(step: Awaitable[object]) -> None:
        task = asyncio.current_task()
        assert task
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
        await step

    for step in (manager.prune_stalled_workers(30), manager.register_worker()):
        beginning = asyncio.create_task(told(step))
        await asyncio.wait({beginning}, timeout=30)
        assert beginning.cancelled()


async def test_two_workers_that_reach_for_jobs_of_one_person_in_one_moment_both_go_on(
    world: World,
) -> None:
    """The second does not see yet that the first has begun. It does not stop for that."""
    put = (
        "insert into procrastinate_jobs (task_name, queue_name, args, lock, priority) "
        "values ('tidy', 'default', '{}', 'show anna', %s)"
    )
    await world.run("delete from procrastinate_jobs")
    await world.run("insert into procrastinate_workers default values")
    [(worker,)] = await world.rows("select max(id) from procrastinate_workers")
    await world.run(put, 0)
    async with await AsyncConnection.connect(world.settings.database_url) as first:
        await first.execute("select id from procrastinate_fetch_job_v2(null, %s)", [worker])
        await world.run(put, 1)
        second = asyncio.create_task(world.app.queue.job_manager.fetch_job(None, worker))
        await until(partial(waits, world))
        await first.commit()
        assert await second is None, "one of a person's jobs is done at a time"
    assert (await jobs(world, "doing"), await jobs(world, "todo")) == (["tidy"], ["tidy"])


async def waits(world: World) -> bool:
    return bool(await world.rows("select from pg_locks where not granted"))
