"""The connections to PostgreSQL, when the network between drops what it carries in silence."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from psycopg import AsyncConnection, OperationalError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import LockNotAvailable

from store.database import pool
from tests.world import World


class Network:
    """Carries bytes to PostgreSQL and back, until it swallows those of the connections it has."""

    def __init__(self) -> None:
        self._swallowed = 0
        self._open: list[asyncio.StreamWriter] = []
        self.carried = 0

    def swallow(self) -> None:
        self._swallowed = self.carried

    def hang_up(self) -> None:
        """Whoever waits on one of its connections hears that it is at an end."""
        for one in self._open:
            one.close()

    @asynccontextmanager
    async def to(self, url: str) -> AsyncIterator[str]:
        """The address of the same database, over this network."""
        target = conninfo_to_dict(url)

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.carried += 1
            number = self.carried
            self._open.append(writer)
            if str(target.get("host", "")).startswith("/"):
                file = Path(str(target["host"])) / f".s.PGSQL.{target.get('port') or 5432}"
                there, back = await asyncio.open_unix_connection(str(file))
            else:
                there, back = await asyncio.open_connection(str(target["host"]), target["port"])
            await asyncio.gather(
                self._one_way(number, reader, back), self._one_way(number, there, writer)
            )

        server = await asyncio.start_server(carry, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            yield make_conninfo(url, host="127.0.0.1", port=port)
        finally:
            server.close()

    async def _one_way(
        self, number: int, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        while data := await source.read(65_536):
            if number > self._swallowed:
                target.write(data)
                await target.drain()
        target.close()


async def test_a_connection_that_lay_unused_is_asked_before_a_click_waits_for_it(
    database: str,
) -> None:
    network = Network()
    async with network.to(database) as url, pool(url, 1, unused=0) as connections:
        async with connections.connection() as connection:
            await connection.execute("select 1")
        network.swallow()
        end = asyncio.get_running_loop().call_later(6, network.hang_up)
        try:
            async with connections.connection() as connection:
                row = await (await connection.execute("select 2")).fetchone()
        except OperationalError:
            pytest.fail("a dead connection was given out, and nobody had asked whether it lives")
        end.cancel()

    assert row == (2,)
    assert network.carried == 2


async def test_what_was_sent_and_never_received_ends_the_connection_within_seconds(
    database: str,
) -> None:
    """Linux holds on for a quarter of an hour by itself."""
    network = Network()
    async with (
        network.to(database) as url,
        pool(url, 1) as connections,
        connections.connection() as connection,
    ):
        with socket.socket(fileno=os.dup(connection.fileno())) as one:
            given = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            idle = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)

    assert (given, idle) == (10_000, 15)


async def test_nobody_waits_for_ever_for_what_a_frozen_process_holds(database: str) -> None:
    """Its machine answers for it, so its connection lives, and with it all that it has locked."""
    async with pool(database, 3, locked=0.2, left_open=1.0) as connections:
        await connections.wait()
        async with (
            await AsyncConnection.connect(database) as other,
            connections.transaction() as tx,
        ):
            await other.execute("select pg_advisory_xact_lock(17)")
            with pytest.raises(LockNotAvailable):
                await tx.execute("select pg_advisory_xact_lock(17)")
            await tx.rollback()
        async with connections.transaction() as frozen:
            await frozen.execute("select pg_advisory_xact_lock(17)")
            await asyncio.sleep(1.2)
            async with connections.transaction() as tx:
                await tx.execute("select pg_advisory_xact_lock(17)")
            await frozen.close()


async def test_what_is_bounded_is_so_in_every_process_of_baton(world: World) -> None:
    async with world.app.services.stores.reads.connection() as tx:
        row = await tx.execute(
            "select current_setting('lock_timeout'), "
            "current_setting('idle_in_transaction_session_timeout')"
        )
        assert await row.fetchone() == ("10s", "1min")


async def test_what_was_planned_before_the_tables_changed_is_planned_anew(world: World) -> None:
    """A version that still runs while the next one changes the schema fails once, not for ever."""
    async with pool(world.settings.database_url, 2) as connections:
        await world.run("create table of_next (a int)")
        try:

            async def reads() -> None:
                async with connections.transaction(reads=True) as tx:
                    await tx.execute("select * from of_next")

            async def both_read() -> None:
                async with (
                    connections.transaction(reads=True) as one,
                    connections.transaction(reads=True) as other,
                ):
                    for tx in (one, other):
                        await tx.execute("select * from of_next")

            for _ in range(10):  # after five psycopg has it planned
                await both_read()
            await world.run("alter table of_next add column b int")

            with pytest.raises(OperationalError, match="the tables have changed"):
                await reads()
            for _ in range(4):
                await both_read()
        finally:
            await world.run("drop table of_next")
