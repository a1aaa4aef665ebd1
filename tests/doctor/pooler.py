"""A pooler between Baton and PostgreSQL that gives each transaction a connection of its own, as
PgBouncer does with `pool_mode = transaction`: what a session holds ends with the transaction, and
what is notified between two of them comes to nobody. https://www.pgbouncer.org/features.html
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

PLAIN = frozenset({80877103, 80877104})  # asks for TLS or GSS: neither is spoken here
ROUND = frozenset(b"QS")  # a query, or a sync: an answer that ends is due
DONE, IDLE, GOES = b"Z", b"I", b"X"  # ready for the next one; no transaction is open; the end
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def pooled_by_transaction(url: str) -> AsyncIterator[str]:
    """The address of the same database, behind the pooler."""
    known = conninfo_to_dict(url)
    host, port = str(known.get("host", "")), int(known.get("port") or 5432)
    ends: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def connection(greeting: bytes) -> AsyncIterator[tuple[Streams, bytes]]:
        """One of PostgreSQL's, with what it says when it begins."""
        if host and not host.startswith("/"):
            answers, asks = await asyncio.open_connection(host, port)
        else:
            folder = Path(host or "/var/run/postgresql")
            answers, asks = await asyncio.open_unix_connection(str(folder / f".s.PGSQL.{port}"))
        ends.add(asks)
        try:
            asks.write(greeting)
            yield (answers, asks), await _until_ready(answers)
        finally:
            asks.transport.abort()

    async def serve(asks: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        ends.add(answers)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            greeting = await _greeting(asks, answers)
            async with connection(greeting) as (_, said):
                answers.write(said)
            while (asked := await _message(asks))[0:1] != GOES:
                async with connection(greeting) as (server, _):
                    await _transaction(asked, asks, answers, server)
        answers.transport.abort()

    made = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        here = made.sockets[0].getsockname()[1]
        yield make_conninfo(url, host="127.0.0.1", port=here, sslmode="disable")
    finally:
        made.close()
        for end in ends:
            end.transport.abort()
        await asyncio.sleep(0)


async def _greeting(asks: asyncio.StreamReader, answers: asyncio.StreamWriter) -> bytes:
    """The first message, which has no kind."""
    while True:
        head = await asks.readexactly(8)
        length, code = struct.unpack("!II", head)
        if code not in PLAIN:
            return head + await asks.readexactly(length - 8)
        answers.write(b"N")


async def _transaction(
    asked: bytes, asks: asyncio.StreamReader, answers: asyncio.StreamWriter, server: Streams
) -> None:
    """All that is asked goes to one connection, until no transaction is open in it."""
    while True:
        server[1].write(asked)
        if asked[0] in ROUND:
            said = await _until_ready(server[0])
            answers.write(said)
            await answers.drain()
            if said.endswith(IDLE):
                return
        asked = await _message(asks)


async def _until_ready(reader: asyncio.StreamReader) -> bytes:
    """All that it says until it is."""
    said = b""
    while True:
        one = await _message(reader)
        said += one
        if one[0:1] == DONE:
            return said


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(5)
    return head + await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)
