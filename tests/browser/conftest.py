"""A database for whoever is started here: one that is there already, and writes to no disk; and a
browser that is.
"""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.browser.desk import CHROMIUM, chromium


@pytest.fixture
def a_database(postgres: str) -> Iterator[str]:
    """Empty, and of nobody else."""
    name = f"desk_{uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as tx:
        tx.execute(f"create database {name}")
        yield make_conninfo(postgres, dbname=name)
        tx.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session", autouse=True)
async def one_chromium() -> AsyncIterator[None]:
    """Of all the tests here, each in a context that no other knows."""
    if CHROMIUM is None:
        yield
        return
    async with chromium():
        yield
