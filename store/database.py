"""The connections to PostgreSQL, and whether it answers."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from select import POLLIN, poll
from time import monotonic
from weakref import WeakKeyDictionary

from psycopg import (
    AsyncConnection,
    Error,
    InterfaceError,
    IsolationLevel,
    OperationalError,
    ProgrammingError,
)
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import (
    FeatureNotSupported,
    IdleInTransactionSessionTimeout,
    ReadOnlySqlTransaction,
)
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from pydantic_core import from_json

Connection = AsyncConnection[TupleRow]


class Pool(AsyncConnectionPool[Connection]):
    """Connections that may write: for the door, the queue and migrations."""

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[Connection]:  # noqa: ASYNC109  # the pool's own
        """What each statement does lasts once it is done.

        It is the queue's, each of whose statements is whole: a transaction of its own around every
        one of them would be three journeys to the database in place of one.
        """
        async with super().connection(timeout) as connection:
            if not connection.autocommit:
                await connection.set_autocommit(True)
            yield connection

    @asynccontextmanager
    async def transaction(
        self,
        timeout: float | None = None,  # noqa: ASYNC109  # the pool's own
        *,
        reads: bool = False,
    ) -> AsyncIterator[Connection]:
        """What is done inside lasts when it is left, all of it, and nothing where anything raises.

        The transaction begins with its first statement. Where it only *reads* PostgreSQL refuses
        whatever would write, and all that is read is of one moment. Raises OperationalError where
        the connection is lost, or the tables are others since it was made.
        """
        async with super().connection(timeout) as connection:
            if connection.autocommit:
                await connection.set_autocommit(False)
            if bool(connection.read_only) is not reads:
                await connection.set_read_only(reads or None)
                await connection.set_isolation_level(
                    IsolationLevel.REPEATABLE_READ if reads else None
                )
            try:
                yield connection
            except FeatureNotSupported as error:
                # Statements are planned once for a connection. Where a newer version has changed
                # the tables since, PostgreSQL refuses what was planned before, for as long as the
                # connection lives: all are made anew, and it is as if this one had been lost.
                await self.drain()
                raise OperationalError("the tables have changed since this was planned") from error


class Reads:
    """The same connections, where PostgreSQL refuses whatever would write: for all others.

    All that is read through one is of one moment: a handoff is never seen with promises of later.

    https://www.postgresql.org/docs/current/sql-set-transaction.html. It costs no journey: the
    transaction begins with it.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[Connection]:  # noqa: ASYNC109  # the pool's own
        async with self._pool.transaction(timeout, reads=True) as connection:
            yield connection


PATIENCE = 2.0  # seconds that a health check waits
UNUSED = 20.0  # seconds after which a connection is asked before it is used
WATCHFUL: Mapping[str, int] = {
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 15,  # seconds, then every
    "keepalives_interval": 5,  # seconds, so often:
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds that what was sent may go without a receipt
}
"""A connection whose packets are dropped in silence is dead within half a minute, not a quarter of
an hour. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""
LOCKED = 10.0  # seconds that a statement waits for what another transaction holds
LEFT_OPEN = 60.0  # seconds that a transaction may stand open with nobody at work in it
"""A process that is frozen in a transaction holds what it has changed for as long as its machine
answers for it. Nobody waits for that without end: whoever wants the same is refused in time to be
answered, and then PostgreSQL ends the transaction.
https://www.postgresql.org/docs/current/runtime-config-client.html
"""
UNANSWERED = (
    OperationalError,
    InterfaceError,  # of a connection that was lost before
    PoolTimeout,
    ReadOnlySqlTransaction,  # of a standby, after the one that writes is gone
    IdleInTransactionSessionTimeout,
)
"""What is raised where no database answers, or none that writes: no fault of a row or of a click,
and over by itself.
"""
NOT_NOW = "Baton cannot do that just now. Please try again in a minute."
"""What whoever asked for something reads then."""
READS = "let DATABASE_URL lead to the PostgreSQL that writes, or have this one take over"
"""What to do about one that only reads, as a standby does."""
START = "start PostgreSQL, and see that DATABASE_URL has its address, name and password"
UNREAD = "DATABASE_URL cannot be read; in a password write @, : and / as %40, %3A and %2F"


SAID_EVERY = 60.0  # seconds


class _Seldom(logging.Filter):
    """That no connection is made, which the pool says at each of its many tries, is said once a
    minute.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: float | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        if not str(record.msg).startswith("error connecting in"):
            return True
        if self._said is not None and monotonic() - self._said < SAID_EVERY:
            return False
        self._said = monotonic()
        return True


logging.getLogger("psycopg.pool").addFilter(_Seldom())


def pool(
    url: str,
    most: int,
    unused: float = UNUSED,
    *,
    locked: float = LOCKED,
    left_open: float = LEFT_OPEN,
) -> Pool:
    """At most *most* connections, opened as they are needed.

    One on which something has arrived since its last use, for PostgreSQL says there that it ends,
    or that was not used for a while, for packets may be dropped in silence, is asked whether it
    lives before it is given out. Where one is dead all are looked through at once: after a restart
    of the database a click waits a moment. By itself the pool would pause after each dead one,
    longer each time.
    """
    mending: set[asyncio.Task[None]] = set()
    asked: WeakKeyDictionary[AsyncConnection, float] = WeakKeyDictionary()

    async def lives(tx: AsyncConnection) -> None:
        arrived = poll()
        arrived.register(tx.fileno(), POLLIN)
        if not arrived.poll(0) and monotonic() - asked.get(tx, monotonic()) < unused:
            asked[tx] = monotonic()
            return
        # Not cancelled, for psycopg would ask the server to cancel, and wait for that too.
        cut = asyncio.get_running_loop().call_later(PATIENCE, _cut, tx)
        try:
            await AsyncConnectionPool.check_connection(tx)
            asked[tx] = monotonic()
        except Error:
            if not mending:
                task = asyncio.create_task(made.check())
                mending.add(task)
                task.add_done_callback(mending.discard)
            raise
        finally:
            cut.cancel()

    async def bounded(tx: AsyncConnection) -> None:
        set_json_loads(from_json, tx)  # of what a click reads, ten are JSON
        for name, seconds in (
            ("lock_timeout", locked),
            ("idle_in_transaction_session_timeout", left_open),
        ):
            await tx.execute("select set_config(%s, %s, false)", [name, f"{seconds * 1000:.0f}"])
        await tx.commit()

    made = Pool(
        url,
        min_size=1,
        max_size=most,
        open=False,
        timeout=10,
        check=lives,
        configure=bounded,
        kwargs=dict(WATCHFUL),
    )
    return made


def _cut(connection: AsyncConnection) -> None:
    """Whoever waits for an answer on it hears at once that there is none."""
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as one:
            one.shutdown(socket.SHUT_RDWR)


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


def what_to_do(error: Exception) -> str:
    """What is wrong with a database for which one of UNANSWERED was raised, and what helps."""
    if isinstance(error, ReadOnlySqlTransaction):
        return f"the database only reads, as a standby does: {READS}"
    return f"the database does not answer: {START}"


async def only_reads(url: str) -> bool:
    """Whether the database at *url*, which answers, takes nothing that is written.

    https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-USERS
    """
    async with await AsyncConnection.connect(url, connect_timeout=5) as tx:
        return await (await tx.execute("show transaction_read_only")).fetchone() == ("on",)


def readable(url: str) -> bool:
    """Whether *url* has the form of a database's address."""
    try:
        conninfo_to_dict(url)
    except ProgrammingError:
        return False
    return True


async def hears(url: str) -> bool:
    """Whether a connection hears what is said to it between two transactions, and keeps what it
    holds for a session: not so behind a pooler that gives each transaction another connection.
    https://www.pgbouncer.org/features.html
    """
    async with await AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as one:
        await one.execute("listen baton_doctor")
        async with await AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as other:
            await other.execute("notify baton_doctor")
        async for _ in one.notifies(timeout=PATIENCE, stop_after=1):
            return True
    return False


async def clock(reads: Reads) -> datetime:
    """When it is by the database's own clock."""
    async with reads.connection(timeout=PATIENCE) as tx:
        row = await (await tx.execute("select clock_timestamp()")).fetchone()
    assert row
    found: datetime = row[0]
    return found
