"""The connections to PostgreSQL, and whether it answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from select import POLLIN, poll

from psycopg import AsyncConnection, Error, OperationalError
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Connection = AsyncConnection[TupleRow]


class Pool(AsyncConnectionPool[Connection]):
    """Connections that may write: for the door, the queue and migrations."""

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[Connection]:  # noqa: ASYNC109  # the pool's own
        async with super().connection(timeout) as connection:
            if connection.read_only:
                await connection.set_read_only(None)
            yield connection


class Reads:
    """The same connections, where PostgreSQL refuses whatever would write: for all others.

    https://www.postgresql.org/docs/current/sql-set-transaction.html. It costs no journey: the
    transaction begins with it.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[Connection]:  # noqa: ASYNC109  # the pool's own
        async with self._pool.connection(timeout) as connection:
            await connection.set_read_only(True)
            yield connection


PATIENCE = 2.0  # seconds that a health check waits
UNREAD = "DATABASE_URL cannot be read; in a password write @, : and / as %40, %3A and %2F"


def pool(url: str, most: int) -> Pool:
    """At most *most* connections, opened as they are needed.

    One on which something has arrived since its last use is asked whether it lives before it is
    given out: PostgreSQL says there that it ends. Where one is dead all are looked through at once:
    after a restart of the database a click waits a moment. By itself the pool would pause after
    each dead one, longer each time.
    """
    mending: set[asyncio.Task[None]] = set()

    async def lives(tx: AsyncConnection) -> None:
        arrived = poll()
        arrived.register(tx.fileno(), POLLIN)
        if not arrived.poll(0):
            return
        try:
            await AsyncConnectionPool.check_connection(tx)
        except Error:
            if not mending:
                task = asyncio.create_task(made.check())
                mending.add(task)
                task.add_done_callback(mending.discard)
            raise

    made = Pool(url, min_size=1, max_size=most, open=False, timeout=10, check=lives)
    return made


async def answers(reads: Reads) -> bool:
    """Whether the database answers a question now."""
    try:
        async with reads.connection(timeout=PATIENCE) as tx:
            await tx.execute("select 1")
    except (Error, PoolTimeout):
        return False
    return True


async def why_not(url: str) -> str | None:
    """Why nothing can be asked of the database at *url*, in PostgreSQL's words; None if it can.

    An address that cannot be read is not repeated: it may hold a password.
    """
    try:
        async with await AsyncConnection.connect(url, connect_timeout=5) as tx:
            await tx.execute("select 1")
    except OperationalError as error:
        words = str(error).strip() or type(error).__name__
        return words.splitlines()[0].strip() if "@" not in words else UNREAD
    except Error:
        return UNREAD
    return None


async def clock(reads: Reads) -> datetime:
    """When it is by the database's own clock."""
    async with reads.connection(timeout=PATIENCE) as tx:
        row = await (await tx.execute("select clock_timestamp()")).fetchone()
    assert row
    found: datetime = row[0]
    return found
