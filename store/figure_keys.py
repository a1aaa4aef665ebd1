"""Keys by which somebody's own programs read figures: each is one person's, has an end, and is
revoked by whoever has it. What is kept of a key is its digest.
"""

import asyncio
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from psycopg.rows import class_row

from handoff.errors import RefusedError
from store.database import Reads
from store.door import Door, Tx

BEGINS = "baton_"  # of a key, so that whoever finds one knows what it opens
BYTES = 32
FORM = re.compile(r"baton_[\w-]{43}", re.ASCII)  # of those bytes in base64
LONGEST = timedelta(days=365)
MOST = 10  # that are good, of one person
REMEMBERED = timedelta(days=30)  # after its end
SEEN = 1_000  # of which it is remembered that they were good


class NoKeyError(RefusedError):
    """This key opens nothing: it is none of ours, its time is over, or it was revoked."""


class TooManyKeysError(RefusedError):
    """You have ten keys already. Revoke one that nothing uses any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureKey:
    id: UUID
    name: str
    made_at: datetime
    until: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    digest: bytes
    id: UUID
    person: str
    until: datetime
    used_at: datetime | None


class FigureKeys:
    def __init__(self, reads: Reads, door: Door) -> None:
        self._reads = reads
        self._door = door
        self._seen: set[bytes] = set()
        self._unseen: set[bytes] = set()
        self._next: asyncio.Task[Mapping[bytes, _Row]] | None = None
        self._one_round = asyncio.Lock()

    async def make(self, tx: Tx, person: str, name: str, life: timedelta, at: datetime) -> str:
        """A new key of *person*, which nobody can read again. Raises TooManyKeysError."""
        # Whoever sends many at once waits for their own turn: each counts those before it.
        await tx.execute("select 1 from person where id = %s for no key update", [person])
        found = await tx.execute(
            "select count(*) from figure_key where person = %s and until > %s "
            "and revoked_at is null",
            [person, at],
        )
        row = await found.fetchone()
        if row and row[0] >= MOST:
            raise TooManyKeysError
        key = BEGINS + secrets.token_urlsafe(BYTES)
        await tx.execute(
            "insert into figure_key (id, person, name, digest, made_at, until) "
            "values (%s, %s, %s, %s, %s, %s)",
            [uuid4(), person, name, _digest(key), at, at + min(life, LONGEST)],
        )
        return key

    async def revoke(self, tx: Tx, person: str, id: UUID, at: datetime) -> bool:
        """It opens nothing from now on, if it is theirs."""
        done = await tx.execute(
            "update figure_key set revoked_at = %s where id = %s and person = %s "
            "and revoked_at is null",
            [at, id, person],
        )
        return done.rowcount == 1

    async def whose(self, key: str, at: datetime) -> str:
        """The id of who has that key. Raises NoKeyError: at once for what does not look like one of
        ours, for which the database is not asked.

        One that was good here before is asked for by itself. Those that nobody has seen yet are
        asked for together, one question at a time: however many of them are none, they are one
        reader of the database, and a good one among them waits for two answers at most.
        """
        if not FORM.fullmatch(key):
            raise NoKeyError
        digest = _digest(key)
        if digest in self._seen:
            row = (await self._rows([digest])).get(digest)
        else:
            row = await self._among_others(digest)
        if row is None or row.until <= at:
            self._seen.discard(digest)
            raise NoKeyError
        if len(self._seen) >= SEEN:
            self._seen.clear()
        self._seen.add(digest)
        if row.used_at is None or row.used_at.date() != at.date():
            async with self._door.open() as tx:
                await tx.execute("update figure_key set used_at = %s where id = %s", [at, row.id])
        return row.person

    async def _among_others(self, digest: bytes) -> "_Row | None":
        self._unseen.add(digest)
        if self._next is None:
            self._next = asyncio.create_task(self._round())
            self._next.add_done_callback(_looked)
        return (await asyncio.shield(self._next)).get(digest)

    async def _round(self) -> "Mapping[bytes, _Row]":
        """Those that have come so far are looked for; who comes meanwhile is in the next round."""
        async with self._one_round:
            digests, self._unseen, self._next = self._unseen, set(), None
            return await self._rows(list(digests))

    async def _rows(self, digests: Sequence[bytes]) -> "Mapping[bytes, _Row]":
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(_Row)) as cursor,
        ):
            await cursor.execute(
                "select digest, id, person, until, used_at from figure_key "
                "where digest = any(%s) and revoked_at is null",
                [digests],
            )
            return {bytes(row.digest): row async for row in cursor}

    async def of(self, person: str) -> Sequence[FigureKey]:
        """All that are remembered, the newest first."""
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(FigureKey)) as cursor,
        ):
            await cursor.execute(
                "select id, name, made_at, until, used_at, revoked_at from figure_key "
                "where person = %s order by made_at desc, id",
                [person],
            )
            return await cursor.fetchall()

    async def forget_old(self, tx: Tx, at: datetime) -> None:
        await tx.execute("delete from figure_key where until < %s", [at - REMEMBERED])


def _looked(done: "asyncio.Task[Mapping[bytes, _Row]]") -> None:
    if not done.cancelled():
        done.exception()  # also where nobody waits any more


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()  # whatever bytes a header held
