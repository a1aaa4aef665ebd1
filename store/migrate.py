"""Brings the database to what this version of the app needs. Safe to run at any time, by many."""

import asyncio
from importlib.resources import files

import procrastinate
from psycopg import AsyncConnection
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.sql import SQL

OUR_LOCK = 0x6261746F6E  # "baton": of two that migrate at once, one waits
# Milliseconds that a migration may wait for a table, and all behind it with it. Less than the
# second after which PostgreSQL ends one of two that wait for each other: not the click.
HOLDS_UP = 500
TRIES = 60
REST = 1.0  # seconds between two tries, in which clicks go on
BARS = "bars_older"  # column: versions that do not know the migration cannot run after it
# A migration that begins with this line is one of those. Without it a version that comes before
# may run on: while the new one is rolled out, and when it is rolled back.
BARRING = "-- Versions that do not know this cannot run after it."


async def migrate(database_url: str) -> list[str]:
    """Apply what is missing, in order, all of it or nothing. Returns the names applied.

    Procrastinate's own schema comes with its package; it is kept at the version installed.

    Whoever waits for the lock on a table holds up everyone who comes later. So it waits half a
    second at most, gives back all that it has, and tries again when the others have been let
    through. Raises LockNotAvailable when a table was in use at each of sixty tries: then nothing
    has changed.
    """
    for _ in range(TRIES - 1):
        try:
            return await _migrate(database_url)
        except (LockNotAvailable, DeadlockDetected):
            await asyncio.sleep(REST)
    return await _migrate(database_url)


async def _migrate(database_url: str) -> list[str]:
    async with await AsyncConnection.connect(database_url) as tx:
        await tx.execute("select pg_advisory_xact_lock(%s)", [OUR_LOCK])
        await tx.execute(SQL(f"set local lock_timeout = {HOLDS_UP}"))
        await tx.execute(
            "create table if not exists migration ("
            "name text primary key, at timestamptz not null default now())"
        )
        if not await present(tx, "migration", BARS):
            await tx.execute(
                "alter table migration add column bars_older bool not null default false"
            )
        rows = await (await tx.execute("select name from migration")).fetchall()
        done = {str(name) for (name,) in rows}
        fresh = (
            await (await tx.execute("select to_regclass('procrastinate_jobs') is null")).fetchone()
        ) == (True,)
        applied = await _queue(tx, done, fresh=fresh)
        barring = set()
        for name, sql in _scripts("store", "migrations"):
            if name not in done:
                await tx.execute(SQL(sql))
                applied.append(name)
                if sql.startswith(BARRING):
                    barring.add(name)
        for name in applied:
            await tx.execute(
                "insert into migration (name, bars_older) values (%s, %s)",
                [name, name in barring],
            )
    return applied


def known() -> list[str]:
    """The names of all migrations that this version needs."""
    ours = [name for name, _ in _scripts("store", "migrations")]
    queue = [name for name, _ in _scripts("procrastinate", "sql", "migrations")]
    return [*queue, *ours]


async def present(tx: AsyncConnection, table: str, column: str = "") -> bool:
    """Whether there is such a table, and such a column of it."""
    found = await tx.execute(
        "select to_regclass(%(table)s) is not null and (%(column)s = '' or exists (select from "
        "pg_attribute where attrelid = to_regclass(%(table)s) and attname = %(column)s))",
        {"table": table, "column": column},
    )
    return await found.fetchone() == (True,)


async def _queue(tx: AsyncConnection, done: set[str], *, fresh: bool) -> list[str]:
    """A fresh database gets the whole schema, which every migration so far is part of."""
    scripts = [s for s in _scripts("procrastinate", "sql", "migrations") if s[0] not in done]
    if fresh:
        await tx.execute(SQL(procrastinate.schema.SchemaManager.get_schema()))
    else:
        for _, sql in scripts:
            await tx.execute(SQL(sql))
    return [name for name, _ in scripts]


def _scripts(package: str, *folder: str) -> list[tuple[str, str]]:
    found = files(package).joinpath(*folder).iterdir()
    scripts = sorted((f for f in found if f.name.endswith(".sql")), key=lambda f: f.name)
    return [(f"{package}/{f.name}", f.read_text(encoding="utf-8")) for f in scripts]
