"""Campaigns in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import class_row

from handoff.campaigns import Campaign, key
from store.database import Reads
from store.door import Tx

_THERE = (
    "select code from campaign where code_key <> %(code)s and "
    "(code_key = %(name)s or name_key = any(array[%(code)s, %(name)s]))"
)
_KEPT = """
insert into campaign (code, code_key, name, name_key, owner, source, changed_at)
values (%(code)s, %(key)s, %(name)s, %(name_key)s, %(owner)s, %(source)s, %(at)s)
on conflict (code_key) do update set code = excluded.code, name = excluded.name,
    name_key = excluded.name_key, owner = excluded.owner, source = excluded.source,
    changed_at = excluded.changed_at
where (campaign.code, campaign.name, campaign.owner, campaign.source)
    is distinct from (excluded.code, excluded.name, excluded.owner, excluded.source)
"""


class Campaigns:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def claimed(self, tx: Tx, campaign: Campaign) -> str | None:
        """The code of another campaign that goes by its code or its name; None where none does."""
        found = await tx.execute(_THERE, {"code": key(campaign.code), "name": key(campaign.name)})
        row = await found.fetchone()
        return str(row[0]) if row else None

    async def keep(self, tx: Tx, campaigns: Sequence[Campaign], at: datetime) -> int:
        """They are there as they say, by their code. Returns how many are new or another now."""
        changed = 0
        for one in campaigns:
            done = await tx.execute(
                _KEPT,
                {
                    "code": one.code,
                    "key": key(one.code),
                    "name": one.name,
                    "name_key": key(one.name),
                    "owner": one.owner,
                    "source": one.source,
                    "at": at,
                },
            )
            changed += done.rowcount
        return changed

    async def called(self, written: str) -> Campaign | None:
        """The one that a lead so calls, by its code or its name; None where it is nobody's."""
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(Campaign)) as cursor,
        ):
            await cursor.execute(
                "select code, name, owner, source from campaign "
                "where %(key)s in (code_key, name_key)",
                {"key": key(written)},
            )
            return await cursor.fetchone()

    async def all(self) -> list[Campaign]:
        """Every campaign, by name."""
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(Campaign)) as cursor,
        ):
            await cursor.execute("select code, name, owner, source from campaign order by name_key")
            return await cursor.fetchall()
