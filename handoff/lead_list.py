"""A list of leads. Pure: a table of text in, leads and problems out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID, uuid5
from zoneinfo import available_timezones

from handoff import addresses, amounts
from handoff.addresses import mail_ok
from handoff.amounts import Style, UnclearError, code_of
from handoff.handing_over import as_kept, missing
from handoff.model import Lead
from handoff.policy import FIELDS, Policy

ZONE = "time_zone"
CURRENCY = "currency"
COLUMNS = (*FIELDS, ZONE, CURRENCY)
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


@dataclass(frozen=True, slots=True)
class Listed:
    """One lead of the list. The same row for the same qualifier has the same *id* every time."""

    id: UUID
    lead: Lead


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
    try:
        style = style or amounts.style_of([(p, row.get("value", "")) for p, row in rows if row])
    except UnclearError as error:
        return [], [f"column value: {error}"]
    problems = list(table.problems)
    listed: dict[UUID, Listed] = {}
    for place, values in rows:
        found = _row(values, policy, style) if values else "more values than columns"
        if isinstance(found, str):
            problems.append(f"{place}: {found}")
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


def _row(values: dict[str, str], policy: Policy, style: Style | None) -> Lead | str:
    """The lead of one row, or what is wrong with it."""
    values = as_kept(values)
    if any("\0" in value for value in values.values()):
        return "holds a character (NUL) that is no text: export the list again"
    if wrong := FAILED.intersection(values.values()):
        return f"holds {', '.join(sorted(wrong))}, where a formula of Excel's has failed"
    long = [name for name, value in values.items() if len(value) > LONGEST]
    if long:
        return f"{long[0]} is longer than {LONGEST} characters"
    zone = values.pop(ZONE, "")
    if zone and not zone_ok(zone):
        return f"{ZONE} {zone!r} is not a time zone; write it like Europe/Lisbon"
    written, named = values.pop("value", ""), values.pop(CURRENCY, "")
    currency = code_of(named, policy.currency) if named else policy.currency
    if currency is None:
        return f"{CURRENCY} {named!r} is no currency; write its code, like USD"
    try:
        worth = amounts.read(written, currency, style)
    except UnclearError as error:
        return f"value {error}"
    if worth and named and worth.currency != currency:
        return f"value {written!r} is not in {currency}, as its column {CURRENCY} says"
    lead = Lead(contact_zone=zone, value=worth, **values)
    gaps = missing(lead, policy)
    if gaps:
        return "missing: " + ", ".join(gaps)
    if not mail_ok(lead.contact_email):
        return f"contact_email {lead.contact_email!r} is not a mail address"
    return lead
