"""Every routing decision, one after the other, each hashed over itself and the one before.

A record that was changed, left out or put in is found by whoever reads the chain, and named. It
holds people by id, never by name, so whoever is forgotten leaves it as it is. The oldest records go
in time (store/keeping.py); the chain then begins where they ended.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from store.database import Reads
from store.door import Tx

AT_A_TIME = 200  # records in memory; one of a pool of a thousand takes some ten kilobytes
CHOICES = ("turn", "nobody")  # kinds that are made from inputs, and can be made again


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One link."""

    n: int
    at: datetime
    kind: str
    handoff: UUID | None
    pool: str
    counter: str
    policy: int
    chosen: str | None
    record: Mapping[str, Any]
    hash: str

    def digest(self, before: str) -> str:
        """What the hash must be, after *before*."""
        told = {
            "n": self.n,
            "at": self.at.astimezone(UTC).isoformat(),
            "kind": self.kind,
            "handoff": str(self.handoff) if self.handoff else None,
            "pool": self.pool,
            "counter": self.counter,
            "policy": self.policy,
            "chosen": self.chosen,
            "record": self.record,
        }
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


async def lock_chain(tx: Tx) -> tuple[int, str]:
    """The end of the chain, held until the transaction ends: nobody else decides meanwhile."""
    row = await (await tx.execute("select n, hash from routing_chain for update")).fetchone()
    assert row
    return int(row[0]), str(row[1])


async def append(
    tx: Tx,
    *,
    at: datetime,
    kind: str,
    handoff: UUID | None,
    pool: str,
    counter: str,
    policy: int,
    chosen: str | None,
    record: Mapping[str, Any],
) -> int:
    """The next link. Returns its number."""
    last, before = await lock_chain(tx)
    one = Record(
        n=last + 1,
        at=at,
        kind=kind,
        handoff=handoff,
        pool=pool,
        counter=counter,
        policy=policy,
        chosen=chosen,
        record=record,
        hash="",
    )
    digest = one.digest(before)
    await tx.execute(
        "insert into routing_record (n, at, kind, handoff, pool, counter, policy, chosen, record, "
        "hash) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [one.n, at, kind, handoff, pool, counter, policy, chosen, Jsonb(record), digest],
    )
    await tx.execute("update routing_chain set n = %s, hash = %s", [one.n, digest])
    return one.n


class Chain:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def records(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Record]:
        """The links of a span of time, in order, a few of them in memory at a time."""
        async with (
            self._reads.connection() as tx,
            tx.cursor(name="chain", row_factory=dict_row) as cursor,
        ):
            cursor.itersize = AT_A_TIME
            await cursor.execute(
                "select * from routing_record where (%(since)s::timestamptz is null or "
                "at >= %(since)s) and (%(until)s::timestamptz is null or at < %(until)s) "
                "order by n",
                {"since": since, "until": until},
            )
            async for row in cursor:
                yield Record(**row)

    async def assignment_of(self, handoff: UUID) -> Record | None:
        """The last choice that the router made for a handoff."""
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "select * from routing_record where handoff = %s and kind = 'turn' "
                "order by n desc limit 1",
                [handoff],
            )
            row = await cursor.fetchone()
        return Record(**row) if row else None

    async def turns(self, pool: str, since: datetime, most: int) -> list[Record]:
        """The last choice for each lead of a pool that was made since then, the newest first, at
        most so many.
        """
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "select r.* from routing_record r where r.pool = %s and r.kind = 'turn' "
                "and r.at >= %s and not exists (select from routing_record later "
                "where later.handoff = r.handoff and later.kind = 'turn' and later.n > r.n) "
                "order by r.n desc limit %s",
                [pool, since, most],
            )
            return [Record(**row) async for row in cursor]

    async def passed(self, handoff: UUID) -> list[Record]:
        """The pools in which nobody could take the lead of a handoff, as they last were."""
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "select distinct on (pool) * from routing_record "
                "where handoff = %s and kind = 'nobody' order by pool, n desc",
                [handoff],
            )
            return [Record(**row) async for row in cursor]

    async def other_than(self, n: int, hash: str) -> str | None:
        """What is wrong where record *n* ended in *hash* when that was logged; None where it did.

        Whoever can write the database can write a whole chain anew, but not what was logged.
        """
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute(
                    "select (select hash from routing_record where n = %(n)s), "
                    "gone_n, gone_hash, n from routing_chain",
                    {"n": n},
                )
            ).fetchone()
        assert row
        found, gone, gone_hash, last = row
        if n < gone:
            return f"record {n} is older than any that is kept: name a later head from the log"
        if n > last:
            return f"record {n} was logged, and the chain ends at {last}"
        if (gone_hash if n == gone else found) != hash:
            return f"record {n} is not the one whose hash was logged: it was written anew"
        return None

    async def broken(self) -> list[str]:
        """What is wrong with the chain, each record named; nothing when it is whole."""
        found: list[str] = []
        async with self._reads.connection() as tx:
            begin = await (
                await tx.execute("select gone_hash, gone_n from routing_chain")
            ).fetchone()
        assert begin
        before, last = begin
        async for one in self.records():
            if one.n != last + 1:
                found.append(f"record {last + 1} is missing")
            elif one.digest(before) != one.hash:
                found.append(f"record {one.n} is not what was written")
            before, last = one.hash, one.n
        async with self._reads.connection() as tx:
            row = await (await tx.execute("select n, hash from routing_chain")).fetchone()
        if row and (row[0], row[1]) != (last, before):
            found.append(f"the records after {last} are missing")
        return found
