"""A list of leads from a CSV file. Pure: text in, leads and problems out."""

import csv
import io
from dataclasses import dataclass
from uuid import UUID, uuid5
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from handoff import amounts
from handoff.amounts import Style, UnclearError, code_of
from handoff.handing_over import missing
from handoff.model import Lead
from handoff.policy import FIELDS, Policy

ZONE = "time_zone"
CURRENCY = "currency"
COLUMNS = (*FIELDS, ZONE, CURRENCY)
LEADS = UUID("2c8f6f0e-5d0b-4e55-9a5e-6a7f0c9b1d44")
LONGEST = 500  # characters of one field

Row = dict[str | None, str | list[str] | None]


@dataclass(frozen=True, slots=True)
class Listed:
    """One lead of the list. The same row for the same qualifier has the same *id* every time."""

    id: UUID
    lead: Lead


def read(
    text: str, policy: Policy, qualifier: str, home: str, style: Style | None = None
) -> tuple[list[Listed], list[str]]:
    """The leads that can be handed over, and every problem with the line it stands on.

    A row without a zone is taken to be in *home*. A list with an unknown column is refused whole,
    for what stands in it would be lost; so is one that is torn, or writes its amounts in
    two styles. Without *style*, the whole column of amounts says in which it is.
    """
    text = text.removeprefix("\ufeff")
    # Excel writes semicolons where a comma stands in numbers, as in most of Europe.
    first = text.partition("\n")[0]
    apart = ";" if ";" in first and "," not in first else ","
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=apart, strict=True)
    try:
        columns = [name.strip() for name in rows.fieldnames or []]
    except csv.Error as error:
        return [], [f"line 1: {error}"]
    rows.fieldnames = columns
    problems = [f"line 1: unknown column {name!r}" for name in columns if name not in COLUMNS]
    problems += [
        f"line 1: column {name!r} is missing: the policy requires it"
        for name in policy.required
        if name not in columns
    ]
    if problems:
        return [], [*problems, f"known columns: {', '.join(COLUMNS)}"]
    listed: dict[UUID, Listed] = {}
    try:
        lines = [(rows.line_num, row) for row in rows]
    except csv.Error as error:
        return [], [f"line {rows.line_num}: {error}"]
    cells = [(f"line {line}", str(row.get("value") or "")) for line, row in lines]
    try:
        style = style or amounts.style_of(cells)
    except UnclearError as error:
        return [], [f"column value: {error}"]
    for line, row in lines:
        found = _row(row, policy, home, style)
        if isinstance(found, str):
            problems.append(f"line {line}: {found}")
            continue
        key = f"{qualifier} {found.company} {found.contact_email}".lower()
        one = Listed(uuid5(LEADS, key), found)
        if one.id in listed:
            problems.append(f"line {line}: {found.contact_email} is in the list twice")
        listed.setdefault(one.id, one)
    return list(listed.values()), problems


def mail_ok(text: str) -> bool:
    """Whether *text* can be somebody's mail address. Whether they have it is not asked.

    https://datatracker.ietf.org/doc/html/rfc5321, and RFC 6531 for letters beyond ASCII.
    """
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _row(row: Row, policy: Policy, home: str, style: Style | None) -> Lead | str:
    """The lead of one row, or what is wrong with it."""
    if None in row:
        return "more values than columns"
    values = {str(name): str(value or "").strip() for name, value in row.items()}
    if any("\0" in value for value in values.values()):
        return "holds a character (NUL) that is no text: export the list again"
    long = [name for name, value in values.items() if len(value) > LONGEST]
    if long:
        return f"{long[0]} is longer than {LONGEST} characters"
    zone = values.pop(ZONE, "") or home
    if zone not in available_timezones():
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
