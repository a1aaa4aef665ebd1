"""Databases in which nothing is yet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo


@asynccontextmanager
async def an_empty_database(postgres: str, name: str) -> AsyncIterator[str]:
    """One of that name beside *postgres*, gone in the end."""
    async with await AsyncConnection.connect(postgres, autocommit=True) as tx:
        await tx.execute(f"drop database if exists {name} with (force)".encode())
        await tx.execute(f"create database {name}".encode())
    yield make_conninfo(postgres, dbname=name)
    async with await AsyncConnection.connect(postgres, autocommit=True) as tx:
        await tx.execute(f"drop database if exists {name} with (force)".encode())
