"""When what is done again and again was last done. A beat that stops is an alarm in itself."""

from datetime import datetime

from store.database import Reads
from store.door import Tx


class Beats:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def beat(self, tx: Tx, what: str, at: datetime) -> None:
        """*what* was done at *at*."""
        await tx.execute(
            "insert into beat (what, at) values (%s, %s) "
            "on conflict (what) do update set at = excluded.at",
            [what, at],
        )

    async def last(self, what: str) -> datetime | None:
        """When *what* was last done."""
        async with self._reads.connection() as tx:
            row = await (await tx.execute("select at from beat where what = %s", [what])).fetchone()
        return row[0] if row else None
