"""The one door: what is written and what must follow from it commit together, or neither does.

    async with door.open() as tx:
        report = await fairness.report(tx, handoff, by, manager, at)
        tx.follow(TellReport(report))

Everything that writes takes a `Tx`, which nothing but this door makes; every other connection is
read-only (store/database.py), so a store that would write without one is refused by PostgreSQL.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncCursor
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow

from handoff.effects import Effect
from store.database import Connection, Pool
from store.encoding import job_of
from store.statement_batch import StatementBatch
from store.trace import carried

CROWD = 200  # jobs at once that change what PostgreSQL should know of the queue


class DoneAlreadyError(Exception):
    """What was to be written is there: the click, or the form, has come before. Nothing is kept."""


class Tx:
    """One transaction that may write, and what follows once it is committed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        """For what only reads but must see what this transaction has written."""
        self.effects: dict[Effect, Mapping[str, str]] = {}
        """What follows, and the trace in which it was decided."""
        self.ending: int | None = None
        self.last = StatementBatch()

    async def execute(self, sql: Any, args: Any = None) -> AsyncCursor[TupleRow]:
        return await self.connection.execute(sql, args)

    def follow(self, *effects: Effect) -> None:
        """These will be done after the commit; those that are equal, once."""
        self.effects |= dict.fromkeys(effects, carried())

    def leave(self, *effects: Effect) -> None:
        """These are not done, as nobody would see it."""
        for one in effects:
            self.effects.pop(one, None)

    async def run(self, written: StatementBatch) -> None:
        """All of it is written. Raises DoneAlreadyError where a row of it is there already."""
        try:
            await written.run(self.connection)
        except UniqueViolation as error:
            raise DoneAlreadyError from error

    def finish(self, written: StatementBatch) -> None:
        """*written* is the last that is written here, and goes to the database together with the
        jobs. Where a row of it is there already, whoever opened the door has a DoneAlreadyError.
        """
        self.last = written

    def end(self, job: int | None) -> None:
        """The job that writes this is over with the commit: whatever happens to its worker then,
        nobody does it again. For what cannot be done twice without being seen.
        """
        self.ending = job


class Door:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Tx]:
        """Whatever is written inside, and the jobs of what was said to follow, are there
        afterwards; where anything raises, nothing is. Raises DoneAlreadyError as `Tx.finish` says.
        """
        async with self._pool.transaction() as connection:
            tx = Tx(connection)
            yield tx
            await self._put(tx)
        if len(tx.effects) >= CROWD:
            # Until PostgreSQL has counted them it looks for the next job by reading them all.
            async with self._pool.connection() as connection:
                await connection.execute("analyze procrastinate_jobs")

    async def follow(self, *effects: Effect) -> None:
        """These will be done, with nothing written beside them."""
        async with self.open() as tx:
            tx.follow(*effects)

    async def _put(self, tx: Tx) -> None:
        """What is written last and all jobs in one statement; those of which one may wait, unless
        it does. The one that ends is no more.
        """
        free = [one for one in tx.effects if one.once is None]
        single = {one.once: one for one in tx.effects if one.once is not None}
        single = dict(sorted(single.items()))  # so that no two wait for each other
        last = tx.last
        if single:
            await tx.run(last)
            last = StatementBatch()
        while single:
            for name in await self._waiting(tx, list(single)):
                del single[name]
            try:
                async with tx.connection.transaction():
                    await self._defer(tx, list(single.values()), StatementBatch())
                break
            except DoneAlreadyError:  # another transaction was quicker, and has committed now
                continue
        await self._defer(tx, free, last)
        if tx.ending is not None:
            await tx.execute("delete from procrastinate_jobs where id = %s", [tx.ending])

    @staticmethod
    async def _waiting(tx: Tx, names: list[str]) -> list[str]:
        """Those of which one waits. It goes on waiting until this transaction has committed, so
        that it sees what was written here: who takes jobs out of the queue passes locked ones by.
        """
        found = await tx.execute(
            "select queueing_lock from procrastinate_jobs "
            "where queueing_lock = any(%s) and status = 'todo' order by id for update",
            [names],
        )
        return [name async for (name,) in found]

    @staticmethod
    async def _defer(tx: Tx, effects: list[Effect], written: StatementBatch) -> None:
        written.defer([job_of(one, tx.effects[one]) for one in effects])
        await tx.run(written)
