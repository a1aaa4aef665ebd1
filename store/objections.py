"""Who asked not to be stored or contacted: known again, and not kept.

Of their address stays an HMAC-SHA256 under a key of this database, made when it is first needed.
"""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

from handoff import addresses
from store.database import Connection
from store.door import Tx

KEY = 32  # bytes
OBJECTING = 0x6F626A  # our corner of PostgreSQL's advisory locks


class Objections:
    async def add(self, tx: Tx, mail: str, at: datetime) -> None:
        """Whoever has that address is never taken in again. Twice does no harm.

        Whoever was taken in before is there to be found once *tx* is committed: it waits for them.
        """
        await tx.execute("select pg_advisory_xact_lock(%s)", [OBJECTING])
        await tx.execute(
            "insert into objection_key (key) values (%s) on conflict do nothing",
            [secrets.token_bytes(KEY)],
        )
        key = await _key(tx.connection)
        assert key
        await tx.execute(
            "insert into objection (address, at) values (%s, %s) on conflict do nothing",
            [_number(key, addresses.one(mail)), at],
        )

    async def of(self, tx: Tx, mails: Collection[str]) -> frozenset[str]:
        """Those of *mails* whose owners asked for it; no other of them does until *tx* has ended,
        in which they may be taken in.
        """
        await tx.execute("select pg_advisory_xact_lock_shared(%s)", [OBJECTING])
        key = await _key(tx.connection)
        if key is None or not mails:
            return frozenset()
        numbers: dict[bytes, set[str]] = {}
        for mail in mails:
            # It was once kept as it was written.
            for written in (addresses.one(mail), mail.strip()):
                numbers.setdefault(_number(key, written), set()).add(mail)
        found = await tx.execute(
            "select address from objection where address = any(%s)", [list(numbers)]
        )
        theirs = [numbers[bytes(number)] async for (number,) in found]
        return frozenset[str]().union(*theirs)


async def _key(tx: Connection) -> bytes | None:
    row = await (await tx.execute("select key from objection_key")).fetchone()
    return bytes(row[0]) if row else None


def _number(key: bytes, mail: str) -> bytes:
    return hmac.digest(key, mail.casefold().encode(), sha256)
