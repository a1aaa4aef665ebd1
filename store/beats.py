"""When what is done again and again was last done. A beat that stops is an alarm in itself."""

from datetime import datetime, timedelta

from store.database import Reads
from store.door import Tx


class Beats:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def beat(self, tx: Tx, what: str, at: datetime) -> None:
        """*what* was done at *at*."""
        await tx.execute(
            "insert into beat (what, at, real_at) values (%s, %s, now()) "
            "on conflict (what) do update set at = excluded.at, real_at = excluded.real_at",
            [what, at],
        )

    async def last(self, what: str) -> datetime | None:
        """When *what* was last done."""
        async with self._reads.connection() as tx:
            row = await (await tx.execute("select at from beat where what = %s", [what])).fetchone()
        return row[0] if row else None

    async def silence(self, what: str) -> timedelta:
        """How long *what* has not been done, by the database's own clock, whatever clock the app
        runs on; nothing for what never was.
        """
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute("select now() - real_at from beat where what = %s", [what])
            ).fetchone()
        return row[0] if row else timedelta()
