"""A list of leads from a CSV file. Pure: text in, leads and problems out."""

import csv
import io
import re
from dataclasses import dataclass
from uuid import UUID, uuid5
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from handoff.handing_over import missing
from handoff.model import Lead
from handoff.policy import FIELDS, Policy

ZONE = "time_zone"
COLUMNS = (*FIELDS, ZONE)
LEADS = UUID("2c8f6f0e-5d0b-4e55-9a5e-6a7f0c9b1d44")
LONGEST = 500  # characters of one field


@dataclass(frozen=True, slots=True)
class Listed:
    """One lead of the list. The same row for the same qualifier has the same *id* every time."""

    id: UUID
    lead: Lead


def read(text: str, policy: Policy, qualifier: str, home: str) -> tuple[list[Listed], list[str]]:
    """The leads that can be handed over, and every problem with the line it stands on.

    A row without a zone is taken to be in *home*. A list with an unknown column is refused whole,
    for what stands in it would be lost.
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
        for row in rows:
            line = rows.line_num
            found = _row(row, policy, home)
            if isinstance(found, str):
                problems.append(f"line {line}: {found}")
                continue
            key = f"{qualifier} {found.company} {found.contact_email}".lower()
            one = Listed(uuid5(LEADS, key), found)
            if one.id in listed:
                problems.append(f"line {line}: {found.contact_email} is in the list twice")
            listed.setdefault(one.id, one)
    except csv.Error as error:
        problems.append(f"line {rows.line_num}: {error}")
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


def _row(row: dict[str | None, str | list[str] | None], policy: Policy, home: str) -> Lead | str:
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
    values["value"] = re.sub(r"[\s.,'’](?=\d{3}\b)", "", values.get("value", ""))
    lead = Lead(contact_zone=zone, **values)
    gaps = missing(lead, policy)
    if gaps:
        return "missing: " + ", ".join(gaps)
    if not mail_ok(lead.contact_email):
        return f"contact_email {lead.contact_email!r} is not a mail address"
    return lead
