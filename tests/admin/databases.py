"""Databases of a test's own: in which nothing is yet, or what another holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo


@asynccontextmanager
async def an_empty_database(
    postgres: str, name: str, like: str = "template1"
) -> AsyncIterator[str]:
    """One of that name beside *postgres*, gone in the end. It begins with all that is in the one
    that it is *like*, which nobody uses meanwhile.
    """
    async with await AsyncConnection.connect(postgres, autocommit=True) as tx:
        await tx.execute(f"drop database if exists {name} with (force)".encode())
        await tx.execute(f"create database {name} template {like}".encode())
    yield make_conninfo(postgres, dbname=name)
    async with await AsyncConnection.connect(postgres, autocommit=True) as tx:
        await tx.execute(f"drop database if exists {name} with (force)".encode())
