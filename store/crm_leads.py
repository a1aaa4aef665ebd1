"""How far the leads of the company's CRM were read, and which of them are no lead as they stand
there. That one is known is said by its handoff and by what is told of it there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row

from handoff import addresses
from store.database import Reads
from store.door import Tx

REMEMBERED = timedelta(days=30)  # what was left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    began_at: datetime
    read_to: datetime
    trouble: str


class CrmLeads:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def reading(self, tx: Tx, wanted: str, at: datetime) -> Reading:
        """How far they were read; of others than before, from now on."""
        async with tx.connection.cursor(row_factory=class_row(Reading)) as cursor:
            await cursor.execute(
                "insert into crm_leads (wanted, began_at, read_to) "
                "values (%(wanted)s, %(at)s, %(at)s) on conflict (single) do update "
                "set wanted = excluded.wanted, began_at = case when crm_leads.wanted = %(wanted)s "
                "then crm_leads.began_at else %(at)s end, read_to = case when "
                "crm_leads.wanted = %(wanted)s then crm_leads.read_to else %(at)s end "
                "returning began_at, read_to, trouble",
                {"wanted": wanted, "at": at},
            )
            found = await cursor.fetchone()
        assert found
        return found

    async def over(self, tx: Tx) -> None:
        """None are asked for any more."""
        await tx.execute("delete from crm_leads")
        await tx.execute("delete from crm_left_out")

    async def read(self, tx: Tx, to: datetime) -> None:
        """All that was changed until then is known; never less than before."""
        await tx.execute("update crm_leads set read_to = greatest(read_to, %s)", [to])

    async def troubled(self, tx: Tx, why: str) -> None:
        """Why they are not read, in words; empty where they are."""
        await tx.execute("update crm_leads set trouble = %s", [why])

    async def ours(self, tx: Tx, contacts: Collection[str], mail: str) -> bool:
        """Whether a handoff is told of one of *contacts*, or was; or of that address, where its
        contact is not known yet: it may be the one that was made just now.
        """
        found = await tx.execute(
            "select from crm_link where contact = any(%(ids)s) or former && %(ids)s "
            "or (contact is null and lower(address) = lower(%(mail)s)) limit 1",
            {"ids": list(contacts), "mail": addresses.one(mail) if mail else ""},
        )
        return await found.fetchone() is not None

    async def comes_from(self, tx: Tx, handoff: UUID, address: str, contact: str) -> None:
        """It is that contact's, which is told of it once there is something to tell."""
        await tx.execute(
            "insert into crm_link (handoff, address, contact) values (%s, %s, %s)",
            [handoff, address, contact],
        )

    async def left_out(self, tx: Tx, record: str, why: str, at: datetime) -> None:
        """It is no lead as it stands there, and is looked at again once it is changed."""
        await tx.execute(
            "insert into crm_left_out (record, why, at) values (%s, %s, %s) "
            "on conflict (record) do update set why = excluded.why, at = excluded.at "
            "where crm_left_out.why <> excluded.why",
            [record, why, at],
        )

    async def taken(self, tx: Tx, record: str) -> None:
        """It is one by now."""
        await tx.execute("delete from crm_left_out where record = %s", [record])

    async def standing(self) -> tuple[str | None, list[tuple[str, str]]]:
        """Why they are not read, None where nobody has tried yet; and which were left out, the
        newest first, with the reason.
        """
        async with self._reads.connection() as tx:
            found = await (await tx.execute("select trouble from crm_leads")).fetchone()
            out = await tx.execute(
                "select record, why from crm_left_out order by at desc, record limit 50"
            )
            return found[0] if found else None, [(record, why) async for record, why in out]

    async def forget_old(self, tx: Tx, at: datetime) -> None:
        await tx.execute("delete from crm_left_out where at < %s", [at - REMEMBERED])
