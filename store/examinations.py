"""What the doctor found, kept for a while for whoever has the link to it.

The link holds the secret and the database only its digest: who reads the one cannot make the other.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from psycopg.types.json import Jsonb

from store.database import Reads
from store.door import Tx

SECRET = 32  # bytes, from the system's own source


class Examinations:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def keep(self, tx: Tx, report: Mapping[str, object], life: timedelta) -> str:
        """The secret by which *report* is found until *life* from now. Older ones are forgotten."""
        secret = secrets.token_urlsafe(SECRET)
        await tx.execute("delete from examination where until <= now()")
        await tx.execute(
            "insert into examination (link, report, until) values (%s, %s, now() + %s)",
            [_digest(secret), Jsonb(report), life],
        )
        return secret

    async def found(self, secret: str) -> Mapping[str, Any] | None:
        """None for a secret that never was, or whose time is over."""
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute(
                    "select report from examination where link = %s and until > now()",
                    [_digest(secret)],
                )
            ).fetchone()
        return row[0] if row else None

    async def forget(self, tx: Tx, secret: str) -> None:
        """What was kept under *secret* is found no more."""
        await tx.execute("delete from examination where link = %s", [_digest(secret)])

    async def forget_old(self, tx: Tx) -> None:
        await tx.execute("delete from examination where until <= now()")


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()  # whatever bytes a path held
