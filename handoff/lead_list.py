"""A list of leads. Pure: a table of text in, leads and problems out."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from uuid import UUID, uuid5
from zoneinfo import available_timezones

from handoff import addresses, amounts
from handoff.addresses import mail_ok
from handoff.amounts import Style, UnclearError, code_of
from handoff.handing_over import as_kept, missing
from handoff.model import Lead
from handoff.money import Money, decimals
from handoff.policy import FIELDS, Policy

ZONE = "time_zone"
CURRENCY = "currency"
MESSAGE = "message"  # which of a campaign brought it: it comes in with the lead, or never
COLUMNS = (*FIELDS, MESSAGE, ZONE, CURRENCY)
NEEDED = ("company", "contact_name", "contact_email")  # of every lead, whatever the policy says
LEADS = UUID("2c8f6f0e-5d0b-4e55-9a5e-6a7f0c9b1d44")
LONGEST = 500  # characters of one field

FAILED = frozenset(("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"))
"""What Excel shows instead: https://learn.microsoft.com/openspecs/sharepoint_protocols/ms-esrest"""
MOST_ROWS = 100_000  # of one list


@dataclass(frozen=True, slots=True)
class Row:
    """What stands in each cell, and where the row is to be found."""

    place: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a list, that of its columns' names first, and what could not be read of it."""

    rows: tuple[Row, ...]
    problems: tuple[str, ...] = ()
    note: str = ""  # what whoever reads the result is to know of it
    worked_out: bool = False  # its numbers are as long as formulas made them


@dataclass(frozen=True, slots=True)
class Listed:
    """One lead of the list. The same row for the same qualifier has the same *id* every time."""

    id: UUID
    lead: Lead
    lacks: tuple[str, ...] = ()  # names of FIELDS that the policy requires, and nobody knows yet


def spelled(column: str) -> str:
    """The name of a column, however it is spelled: "Contact name" is contact_name."""
    return "_".join(column.strip().casefold().replace("-", " ").replace("_", " ").split())


def read(
    table: Table, policy: Policy, qualifier: str, style: Style | None = None
) -> tuple[list[Listed], list[str]]:
    """The leads that can be handed over, and every problem with the line it stands on.

    Where a row names no zone, whoever looks for times is asked. A list with an unknown column is
    refused whole, for what stands in it would be lost; so is one that has a column twice, or writes
    its amounts in two styles. Without *style*, the column of amounts says in which it is.
    """
    filled = [row for row in table.rows if any(cell.strip() for cell in row.cells)]
    head = filled[0] if filled else Row("line 1", ())
    columns = [spelled(name) for name in head.cells]
    while columns and not columns[-1]:
        columns.pop()
    problems = _of_columns(head.place, columns, policy)
    if problems:
        return [], [*problems, f"known columns: {', '.join(COLUMNS)}"]
    rows = [(row.place, _values(columns, row.cells)) for row in filled[1:]]
    if table.worked_out:
        rows = [(place, _rounded(values, policy)) for place, values in rows]
    try:
        style = style or amounts.style_of([(p, row.get("value", "")) for p, row in rows if row])
    except UnclearError as error:
        return [], [f"column value: {error}"]
    problems = list(table.problems)
    listed: dict[UUID, Listed] = {}
    for place, values in rows:
        try:
            found = lead_of(_whole(values), policy, style)
        except UnfitError as error:
            problems.append(f"{place}: {error}")
            continue
        key = f"{qualifier} {found.company} {addresses.one(found.contact_email)}".lower()
        one = Listed(uuid5(LEADS, key), found)
        if one.id in listed:
            problems.append(f"{place}: {found.contact_email} is in the list twice")
        listed.setdefault(one.id, one)
    return list(listed.values()), problems


def _values(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """By the name of their column; nothing where there are more of them than columns."""
    here = [cell.strip() for cell in cells[: len(columns)]]
    if any(cell.strip() for cell in cells[len(columns) :]):
        return {}
    return dict(zip(columns, [*here, *[""] * (len(columns) - len(here))], strict=True))


_WORKED_OUT = re.compile(r"\d+\.\d\d(?:\d\d)?")  # as a table has it


def _rounded(values: dict[str, str], policy: Policy) -> dict[str, str]:
    """An amount has the decimals of its currency; three are followed by a nought, so that
    nobody takes them for thousands.
    """
    worth, named = values.get("value", ""), values.get(CURRENCY, "")
    currency = code_of(named, policy.currency) if named else policy.currency
    if currency is None or not _WORKED_OUT.fullmatch(worth):
        return values
    places = decimals(currency)
    amount = round(Decimal(worth), places)
    return values | {"value": f"{amount:.{4 if places == 3 else places}f}"}


def _whole(values: dict[str, str]) -> dict[str, str]:
    """Raises UnfitError."""
    if not values:
        raise UnfitError((), "more values than columns")
    return values


def _of_columns(place: str, columns: list[str], policy: Policy) -> list[str]:
    """What is wrong with the names of the columns."""
    twice = [name for name, count in Counter(columns).items() if name and count > 1]
    return [
        *(f"{place}: column {name!r} stands there twice" for name in twice),
        *(f"{place}: column {n} has no name" for n, name in enumerate(columns, 1) if not name),
        *(f"{place}: unknown column {name!r}" for name in columns if name and name not in COLUMNS),
        *(
            f"{place}: column {name!r} is missing: the policy requires it"
            for name in policy.required
            if name not in columns
        ),
    ]


OF_THE_MACHINE = frozenset({"localtime", "Factory"})
"""Names beside the zones that say what a machine is set to, and nothing of any place."""


def zone_ok(text: str) -> bool:
    """Whether *text* is the IANA name of a zone that this machine knows."""
    return text in _zones()


@cache
def _zones() -> frozenset[str]:
    return (
        frozenset(available_timezones()) - OF_THE_MACHINE
    )  # which looks through all files of them each time


class UnfitError(ValueError):
    """What is written is no lead. The message says why, *at* which fields, and *each* of one."""

    def __init__(self, at: Sequence[str], words: str, each: str = "") -> None:
        super().__init__(words)
        self.at = tuple(at)
        self.each = each or words


def lead_of(
    values: Mapping[str, str], policy: Policy, style: Style | None, *, whole: bool = True
) -> Lead:
    """The lead of which *values* are what is known, by the names of COLUMNS. One that is not to be
    *whole* may lack what the policy requires. Raises UnfitError.
    """
    values = dict.fromkeys(NEEDED, "") | as_kept(values)
    if nul := [name for name, value in values.items() if "\0" in value]:
        raise UnfitError(nul, "holds a character (NUL) that is no text: export the list again")
    if failed := [name for name, value in values.items() if value in FAILED]:
        wrong = ", ".join(sorted({values[name] for name in failed}))
        raise UnfitError(failed, f"holds {wrong}, where a formula of Excel's has failed")
    if long := [name for name, value in values.items() if len(value) > LONGEST]:
        each = f"is longer than {LONGEST} characters"
        raise UnfitError(long, f"{long[0]} {each}", each)
    zone = values.pop(ZONE, "")
    if zone and not zone_ok(zone):
        each = "is not a time zone; write it like Europe/Lisbon"
        raise UnfitError([ZONE], f"{ZONE} {zone!r} {each}", each)
    lead = Lead(contact_zone=zone, value=_worth(values, policy, style), **values)
    if whole and (gaps := missing(lead, policy)):
        raise UnfitError(gaps, "missing: " + ", ".join(gaps), "is missing")
    if not mail_ok(lead.contact_email):
        each = "is not a mail address"
        raise UnfitError(["contact_email"], f"contact_email {lead.contact_email!r} {each}", each)
    return lead


def _worth(values: dict[str, str], policy: Policy, style: Style | None) -> Money | None:
    """What of *values* says so is taken out of them. Raises UnfitError."""
    written, named = values.pop("value", ""), values.pop(CURRENCY, "")
    currency = code_of(named, policy.currency) if named else policy.currency
    if currency is None:
        words = f"{CURRENCY} {named!r} is no currency; write its code, like USD"
        raise UnfitError([CURRENCY], words)
    try:
        worth = amounts.read(written, currency, style)
    except UnclearError as error:
        raise UnfitError(["value"], f"value {error}") from error
    if worth and named and worth.currency != currency:
        words = f"value {written!r} is not in {currency}, as its column {CURRENCY} says"
        raise UnfitError(["value", CURRENCY], words)
    return worth
