"""What Teams has told and was dealt with: it tells some things more than once."""

from store.database import Reads
from store.door import Tx


class Heard:
    """Each thing goes by a name that begins with its chat. None names nothing: always new."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def is_new(self, tx: Tx, what: str | None) -> bool:
        """True the first time that *what* is heard; it has been once *tx* is committed."""
        if what is None:
            return True
        done = await tx.execute(
            "insert into heard (activity) values (%s) on conflict do nothing", [what]
        )
        return done.rowcount == 1

    async def knows(self, what: str | None) -> bool:
        """Whether *what* has been dealt with."""
        if what is None:
            return False
        async with self._reads.connection() as tx:
            found = await tx.execute("select from heard where activity = %s", [what])
            return await found.fetchone() is not None
