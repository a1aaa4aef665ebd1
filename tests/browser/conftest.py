"""A database for whoever is started here: one that is there already, and writes to no disk."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo


@pytest.fixture
def a_database(postgres: str) -> Iterator[str]:
    """Empty, and of nobody else."""
    name = f"desk_{uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as tx:
        tx.execute(f"create database {name}")
        yield make_conninfo(postgres, dbname=name)
        tx.execute(f"drop database {name} with (force)")
