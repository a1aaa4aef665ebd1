"""What of deals was asked for, and what became of it, in PostgreSQL."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from handoff.crm_asks import Ask, Became, Lacks
from handoff.policy import DealField
from store.database import Reads
from store.door import Tx

_SELECT = (
    "select id, handoff, deal, field, why, was, currency, choices, who, asked_at, refused, value, "
    "said_by, said_at, became from crm_ask"
)


class CrmAsks:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def ask(self, id: UUID) -> Ask | None:
        """None where it is no more: its prospect is forgotten."""
        found = await self._all("id = %s", [id])
        return found[0] if found else None

    async def open_of(self, handoffs: Collection[UUID]) -> dict[UUID, Ask]:
        """What is asked for of these handoffs and has become nothing yet."""
        found = await self._all("handoff = any(%s) and over_at is null", [list(handoffs)])
        return {one.handoff: one for one in found}

    async def entered_at(
        self, handoffs: Collection[UUID]
    ) -> dict[tuple[UUID, str, DealField], datetime]:
        """When what was entered of a deal's field was written last, also where it stayed as it was:
        by handoff, deal and field.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select handoff, deal, field, max(said_at) from crm_ask "
                "where handoff = any(%s) and became = 'written' group by 1, 2, 3",
                [list(handoffs)],
            )
            return {(id, deal, DealField(field)): at async for id, deal, field, at in found}

    async def make(self, tx: Tx, ask: Ask) -> bool:
        """It is asked for. False where something is of that handoff already, or its prospect is
        forgotten.
        """
        done = await tx.execute(
            "insert into crm_ask (id, handoff, deal, field, why, was, currency, choices, who, "
            "asked_at, refused) select %s, h.id, %s, %s, %s, %s, %s, %s, %s, %s, %s from handoff h "
            "where h.id = %s and h.prospect_gone_at is null for share of h "
            "on conflict (handoff) where over_at is null do nothing",
            [
                *(ask.id, ask.deal, ask.field, ask.why, ask.was, ask.currency),
                *(Jsonb([list(one) for one in ask.choices]), ask.who, ask.asked_at, ask.refused),
                ask.handoff,
            ],
        )
        return done.rowcount == 1

    async def enter(self, tx: Tx, id: UUID, value: str, by: str, at: datetime) -> bool:
        """Somebody has entered it. False where somebody has already, or where it is over."""
        done = await tx.execute(
            "update crm_ask set value = %s, said_by = %s, said_at = %s "
            "where id = %s and value is null and over_at is null",
            [value, by, at, id],
        )
        return done.rowcount == 1

    async def ends(self, tx: Tx, id: UUID, became: Became, at: datetime) -> bool:
        """It is over. False where it was, or is no more."""
        done = await tx.execute(
            "update crm_ask set over_at = %s, became = %s where id = %s and over_at is null",
            [at, became, id],
        )
        return done.rowcount == 1

    async def leaves(self, tx: Tx, id: UUID, became: Became, at: datetime) -> bool:
        """As `ends`, of what nobody has entered yet: what somebody has goes its way."""
        done = await tx.execute(
            "update crm_ask set over_at = %s, became = %s "
            "where id = %s and over_at is null and value is null",
            [at, became, id],
        )
        return done.rowcount == 1

    async def untaken(self, before: datetime) -> list[tuple[int, DealField]]:
        """What was entered before then, and the CRM has not taken yet: the handoff's number, and
        which field.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select h.number, a.field from crm_ask a join handoff h on h.id = a.handoff "
                "where a.over_at is null and a.said_at < %s order by 1",
                [before],
            )
            return [(number, DealField(field)) async for number, field in found]

    async def _all(self, where: str, args: list[Any]) -> list[Ask]:
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(f"{_SELECT} where {where} order by asked_at", args)
            return [_to_ask(row) async for row in cursor]


def _to_ask(row: Mapping[str, Any]) -> Ask:
    return Ask(
        **{
            **row,
            "field": DealField(row["field"]),
            "why": Lacks(row["why"]),
            "choices": tuple((str(id), str(name)) for id, name in row["choices"]),
            "became": row["became"] and Became(row["became"]),
        }
    )
