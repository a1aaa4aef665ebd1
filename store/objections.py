"""Who asked not to be stored or contacted: known again, and not kept.

Of their address stays an HMAC-SHA256 under a key of this database, made when it is first needed.
"""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

from store.database import Connection, Reads
from store.door import Tx

KEY = 32  # bytes


class Objections:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def add(self, tx: Tx, mail: str, at: datetime) -> None:
        """Whoever has that address is never taken in again. Twice does no harm."""
        await tx.execute(
            "insert into objection_key (key) values (%s) on conflict do nothing",
            [secrets.token_bytes(KEY)],
        )
        key = await _key(tx.connection)
        assert key
        await tx.execute(
            "insert into objection (address, at) values (%s, %s) on conflict do nothing",
            [_number(key, mail), at],
        )

    async def of(self, mails: Collection[str]) -> frozenset[str]:
        """Those of *mails* whose owners asked for it."""
        async with self._reads.connection() as tx:
            key = await _key(tx)
            if key is None or not mails:
                return frozenset()
            numbers = {_number(key, mail): mail for mail in mails}
            found = await tx.execute(
                "select address from objection where address = any(%s)", [list(numbers)]
            )
            return frozenset([numbers[bytes(number)] async for (number,) in found])


async def _key(tx: Connection) -> bytes | None:
    row = await (await tx.execute("select key from objection_key")).fetchone()
    return bytes(row[0]) if row else None


def _number(key: bytes, mail: str) -> bytes:
    return hmac.digest(key, mail.strip().casefold().encode(), sha256)
