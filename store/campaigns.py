"""Campaigns in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import LiteralString

from handoff.campaigns import Campaign, key
from handoff.money import Money
from handoff.returns import Spend
from store.database import Reads
from store.door import Tx

_THERE = (
    "select code from campaign where code_key <> %(code)s and "
    "(code_key = %(name)s or name_key = any(array[%(code)s, %(name)s]))"
)
_KEPT = """
insert into campaign
    (code, code_key, name, name_key, owner, source, spent, spent_currency, spent_by, changed_at)
values (%(code)s, %(key)s, %(name)s, %(name_key)s, %(owner)s, %(source)s, %(spent)s, %(currency)s,
    %(by)s, %(at)s)
on conflict (code_key) do update set code = excluded.code, name = excluded.name,
    name_key = excluded.name_key, owner = excluded.owner, source = excluded.source,
    spent = coalesce(excluded.spent, campaign.spent),
    spent_currency = coalesce(excluded.spent_currency, campaign.spent_currency),
    spent_by = case when excluded.spent is null then campaign.spent_by else excluded.spent_by end,
    changed_at = excluded.changed_at
where (campaign.code, campaign.name, campaign.owner, campaign.source)
    is distinct from (excluded.code, excluded.name, excluded.owner, excluded.source)
    or (excluded.spent is not null and (campaign.spent, campaign.spent_currency, campaign.spent_by)
        is distinct from (excluded.spent, excluded.spent_currency, excluded.spent_by))
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
                    "spent": one.spent and one.spent.minor,
                    "currency": one.spent and one.spent.currency,
                    "by": one.spent_by,
                    "at": at,
                },
            )
            changed += done.rowcount
        return changed

    async def cost(self, tx: Tx, code: str, spent: Money, by: str) -> None:
        """The CRM of that name says what it has cost, which it does where the list says nothing."""
        await tx.execute(
            "update campaign set spent = %s, spent_currency = %s, spent_by = %s "
            "where code_key = %s and (spent is null or spent_by <> '')",
            [spent.minor, spent.currency, by, key(code)],
        )

    async def spend(self, tx: Tx, amounts: Sequence[Spend], at: datetime) -> int:
        """They have cost so much in these months. Returns how many are new or another now."""
        changed = 0
        for one in amounts:
            done = await tx.execute(
                "insert into spend (campaign, month, minor, currency, changed_at) "
                "values (%(campaign)s, %(month)s, %(minor)s, %(currency)s, %(at)s) "
                "on conflict (campaign, month) do update set minor = excluded.minor, "
                "currency = excluded.currency, changed_at = excluded.changed_at "
                "where (spend.minor, spend.currency) is distinct from "
                "(excluded.minor, excluded.currency)",
                {
                    "campaign": key(one.campaign),
                    "month": one.month,
                    "minor": one.spent.minor,
                    "currency": one.spent.currency,
                    "at": at,
                },
            )
            changed += done.rowcount
        return changed

    async def spent_in(self, code: str) -> dict[date, Money]:
        """What it has cost in each month that a list says, by the first of it."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select month, minor, currency from spend where campaign = %s order by month",
                [key(code)],
            )
            return {month: Money(minor, currency) async for month, minor, currency in found}

    async def called(self, written: str) -> Campaign | None:
        """The one that a lead so calls, by its code or its name; None where it is nobody's."""
        found = await self._all("where %(key)s in (code_key, name_key)", {"key": key(written)})
        return found[0] if found else None

    async def all(self) -> list[Campaign]:
        """Every campaign, by name."""
        return await self._all("order by name_key", {})

    async def _all(self, which: LiteralString, values: Mapping[str, str]) -> list[Campaign]:
        async with self._reads.connection() as tx:
            rows = await tx.execute(
                "select code, name, owner, source, spent, spent_currency, spent_by from campaign "  # noqa: S608
                + which,
                values,
            )
            return [
                Campaign(
                    code=code,
                    name=name,
                    owner=owner,
                    source=source,
                    spent=None if spent is None else Money(spent, currency),
                    spent_by=by,
                )
                async for code, name, owner, source, spent, currency, by in rows
            ]
