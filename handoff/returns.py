"""What comes back of what campaigns cost, by cohort: the leads that were handed over in a month,
and what those of them that are won are worth so far. Pure.

Nothing is divided unless both are known, in one currency, of the same leads and the same time.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from handoff.amounts import UnclearError
from handoff.amounts import read as amount
from handoff.campaigns import key
from handoff.lead_list import Table
from handoff.lists import records
from handoff.money import Money
from handoff.policy import Qualification

COLUMNS = ("code", "month", "amount", "currency")
NEEDED = ("code", "month", "amount")
MONTH = re.compile(r"(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])(-01)?")
"""A month, or its first day, as Excel has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What a campaign has cost in a month."""

    campaign: str  # its code; in a list, its code or its name
    month: date  # the first of it
    spent: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The leads of a campaign that were handed over in a month, and what came of them so far."""

    month: date  # the first of it, UTC
    leads: int
    won: int = 0
    worth: Mapping[str, int] | None = None  # of those won, in minor units by currency
    unknown: int = 0  # of those won, of how many nobody knows what they are worth


@dataclass(frozen=True, slots=True, kw_only=True)
class OfMessage:
    """What came so far of the leads that one message of a campaign brought."""

    message: str  # empty: of those of which nobody said
    handed_over: int
    accepted: int
    met: int
    sent_back: int
    won: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What happened in a month to all leads that were handed over since a time."""

    month: date  # the first of it, UTC
    leads: int  # that were handed over in it
    worth: int  # of those that were won in it, in minor units of the currency that was asked
    apart: int = 0  # of those won, how many are in another currency or nobody knows the worth of


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """How what was won stands to what it cost."""

    months: int  # that have begun
    cost: Money  # of all of them
    worth: Money
    leads: int
    apart: int  # deals that are won and counted in none of it
    at: date | None = (
        None  # the first month at whose end what was won by then was no less than what
    )
    # it had cost by then


def paid(team: Qualification, months: Iterable[Month], at: date) -> Paid:
    """As it stands *at* that day, which is not before the first."""
    by = {one.month: one for one in months}
    begun = months_since(team.since, at) + 1
    worth = leads = apart = 0
    first: date | None = None
    for n in range(begun):
        month = _later(team.since, n)
        if one := by.get(month):
            worth, leads, apart = worth + one.worth, leads + one.leads, apart + one.apart
        if first is None and worth >= team.cost.minor * (n + 1):
            first = month
    currency = team.cost.currency
    return Paid(
        months=begun,
        cost=Money(team.cost.minor * begun, currency),
        worth=Money(worth, currency),
        leads=leads,
        apart=apart,
        at=first,
    )


def _later(month: date, by: int) -> date:
    n = month.month - 1 + by
    return date(month.year + n // 12, n % 12 + 1, 1)


def back(cohorts: Iterable[Cohort], spent: Money) -> tuple[Decimal, int] | None:
    """How often what was *spent* has come back, and of how many leads. None where that cannot be
    said: nothing was spent, no lead was handed over, of one that is won nobody knows the worth, or
    it is in another currency.
    """
    all_ = list(cohorts)
    leads = sum(one.leads for one in all_)
    if spent.minor == 0 or leads == 0 or any(one.unknown for one in all_):
        return None
    worth = 0
    for one in all_:
        for currency, minor in (one.worth or {}).items():
            if minor and currency != spent.currency:
                return None
            worth += minor
    return Decimal(worth) / spent.minor, leads


def months_since(month: date, at: date) -> int:
    """How old the leads of a month are."""
    return 12 * (at.year - month.year) + at.month - month.month


def read(table: Table) -> tuple[list[Spend], list[str]]:
    """What a list says that campaigns have cost, by month, and every problem with the line it
    stands on.

    A list with an unknown column is refused whole, for what stands in it would be lost.
    """
    rows, problems = records(table, COLUMNS, NEEDED)
    found: list[Spend] = []
    taken: dict[tuple[str, date], str] = {}
    for place, row in rows:
        month = _month(row["month"])
        if month is None:
            problems.append(f"{place}: month {row['month']!r} is no month like 2026-03")
            continue
        try:
            spent = _spent(row["amount"], row.get("currency", ""))
        except UnclearError as error:
            problems.append(f"{place}: amount: {error}")
            continue
        if there := taken.get((key(row["code"]), month)):
            problems.append(f"{place}: that campaign and month stand at {there} already")
            continue
        taken[key(row["code"]), month] = place
        found.append(Spend(campaign=row["code"], month=month, spent=spent))
    return found, problems


def _month(written: str) -> date | None:
    found = MONTH.fullmatch(written)
    return date(int(found["year"]), int(found["month"]), 1) if found else None


def _spent(written: str, currency: str) -> Money:
    """In whichever of the two columns its currency stands. Raises UnclearError."""
    found = amount(f"{written} {currency}".strip(), "")
    if found is None or not found.currency:
        raise UnclearError(f"{written!r} names no currency; write its code, like EUR")
    return found
