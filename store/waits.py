"""News that waits until those who are to hear of it are at work: a column with who has yet to."""

from typing import ClassVar, LiteralString
from uuid import UUID

from psycopg.sql import SQL, Identifier

from store.database import Reads
from store.door import Tx


class Waits:
    """Of a table whose rows have who `waits`."""

    _table: ClassVar[LiteralString]
    _key: ClassVar[LiteralString]

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def untold(self) -> list[tuple[UUID, list[str]]]:
        """Of which somebody is yet to hear, and who."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                SQL("select {key}, waits from {table} where waits <> '{{}}' order by {key}").format(
                    key=Identifier(self._key), table=Identifier(self._table)
                )
            )
            return await found.fetchall()

    async def tells(self, tx: Tx, one: UUID, person: str) -> bool:
        """They wait for it no more. False where they did not: another has told them."""
        done = await tx.execute(
            SQL(
                "update {table} set waits = array_remove(waits, %(who)s) "
                "where {key} = %(one)s and %(who)s = any(waits)"
            ).format(key=Identifier(self._key), table=Identifier(self._table)),
            {"one": one, "who": person},
        )
        return done.rowcount == 1
