"""Who was shown whose figures, and when. Kept for those who were looked at, who may ask for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from store.database import Reads
from store.door import Tx

COMMAND = "command"  # who looked, where an administrator used app.py


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRead:
    """What one person was shown on one day, the last of it, and how often."""

    by: str
    what: str
    number: int | None  # of the handoff that was looked at
    at: datetime
    times: int


class ReadAudit:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def record(
        self,
        tx: Tx,
        by: str,
        whose: Iterable[str],
        what: str,
        at: datetime,
        *,
        handoff: UUID | None = None,
        once: bool = False,
        page: bool = False,
    ) -> None:
        """*by* was shown figures of each of *whose*; one's own are no one's business.

        With *once*, not again what is recorded of the same handoff already; of a *page*, what it
        shows of somebody in several places is one look.
        """
        await tx.execute(
            "insert into look (at, by, whose, what, handoff) "
            "select %(at)s, %(by)s::text, id, %(what)s::text, %(handoff)s::uuid from person p "
            "where id = any(%(whose)s) and not (%(once)s and exists (select from look l "
            "where l.whose = p.id and l.by = %(by)s and l.what = %(what)s "
            "and l.handoff = %(handoff)s::uuid)) and (not %(page)s or not exists "
            "(select from look l where l.whose = p.id and l.by = %(by)s and l.what = %(what)s "
            "and l.at = %(at)s and l.handoff is null)) order by id",
            {
                "at": at,
                "by": by,
                "what": what,
                "handoff": handoff,
                "whose": sorted(set(whose) - {by}),
                "once": once,
                "page": page,
            },
        )

    async def of(self, whose: str, zone: str, most: int) -> tuple[list[AuditedRead], int]:
        """Who looked at the figures of *whose*, the newest first, and how many lines are left out.

        Days are those of *zone*.
        """
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(AuditedRead)) as cursor,
        ):
            await cursor.execute(
                "select l.by, l.what, h.number, max(l.at) as at, count(*) as times from look l "
                "left join handoff h on h.id = l.handoff where l.whose = %s "
                "group by l.by, l.what, h.number, (l.at at time zone %s)::date "
                "order by max(l.at) desc, l.by",
                [whose, zone],
            )
            found = await cursor.fetchall()
        return found[:most], max(len(found) - most, 0)
