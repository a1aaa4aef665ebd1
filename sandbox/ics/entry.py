"""The parts of one entry of a calendar file, as Exchange would understand them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from markup import visible
from sandbox.exchange.model import Address, Body, Response
from sandbox.ics.report import UnusableError
from sandbox.zones import UnknownZoneError, zone

Entry = Any  # icalendar's own types name thirty kinds that any property may be of

ANSWERS = {
    "ACCEPTED": Response.ACCEPTED,
    "TENTATIVE": Response.TENTATIVE,
    "DECLINED": Response.DECLINED,
}
SENSITIVITY = {"PRIVATE": "private", "CONFIDENTIAL": "confidential"}
BUSY = {
    "FREE": "free",
    "TENTATIVE": "tentative",
    "BUSY": "busy",
    "OOF": "oof",
    "WORKINGELSEWHERE": "workingElsewhere",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A DTSTART, DTEND or RECURRENCE-ID."""

    at: datetime  # UTC; of a day, its midnight in UTC
    local: datetime  # wall clock, aware
    zone: str  # Windows or IANA name; UTC when the file's zone has no name that is known
    all_day: bool
    named: bool  # whether `zone` is what the file means


def text(entry: Entry, name: str) -> str | None:
    found = several(entry, name)
    return str(found[0]) if found else None


def several(entry: Entry, name: str) -> list[Any]:
    found = entry.get(name)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def word(entry: Entry, name: str) -> str:
    return (text(entry, name) or "").strip().upper()


def readable(entry: Entry, *names: str) -> None:
    """Raises UnusableError when one of these properties is there and cannot be read."""
    for name, problem in entry.errors:
        if name in names:
            raise UnusableError(f"its {name} cannot be read: {problem}")


def moment(entry: Entry, name: str, floating_zone: str) -> Moment:
    """Raises UnusableError when it is missing, there twice or cannot be read."""
    readable(entry, name)
    found = several(entry, name)
    if len(found) != 1:
        raise UnusableError(f"it has {'more than one' if found else 'no'} {name}")
    return moment_of(found[0].dt, found[0].params.get("TZID"), floating_zone)


def moment_of(found: date | datetime, tzid: str | None, floating_zone: str) -> Moment:
    """A time without any zone is on the clock of `floating_zone`.

    Raises UnusableError for a zone that the file does not explain and nobody knows.
    """
    if not isinstance(found, datetime):
        midnight = datetime.combine(found, time(), UTC)
        return Moment(at=midnight, local=midnight, zone=floating_zone, all_day=True, named=True)
    name = known_zone(tzid) if tzid else None
    if found.tzinfo is None:
        if tzid and name is None:
            raise UnusableError(f"its time zone {tzid} is unknown")
        name = name or floating_zone
        found = found.replace(tzinfo=zone(name))
    name = name or known_zone(getattr(found.tzinfo, "key", None)) or (None if tzid else "UTC")
    return Moment(
        at=found.astimezone(UTC),
        local=found,
        zone=name or "UTC",
        all_day=False,
        named=name is not None,
    )


def known_zone(name: str | None) -> str | None:
    """The name as Graph would take it; other programs put words of their own before it."""
    if not name:
        return None
    parts = name.strip("/").split("/")
    for candidate in (name, "/".join(parts[-2:]), "/".join(parts[-3:])):
        try:
            zone(candidate)
        except UnknownZoneError:
            continue
        return candidate
    return None


def stamp(entry: Entry, name: str) -> datetime | None:
    """CREATED and its like; None when it is missing or cannot be read."""
    if name not in entry or any(broken == name for broken, _ in entry.errors):
        return None
    at = several(entry, name)[0].dt
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), UTC)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def body(entry: Entry) -> Body:
    html = text(entry, "X-ALT-DESC")
    if html and visible(html):
        return Body(type="html", content=html)
    return Body(type="text", content=text(entry, "DESCRIPTION") or "")


def show_as(entry: Entry, *, all_day: bool) -> str:
    """Outlook's own word for it where there is one; else what the standard has."""
    for name in ("X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS"):
        if word(entry, name) in BUSY:
            return BUSY[word(entry, name)]
    if word(entry, "TRANSP") == "TRANSPARENT":
        return "free"
    if word(entry, "STATUS") == "TENTATIVE":
        return "tentative"
    return "free" if all_day and "TRANSP" not in entry else "busy"


def importance(entry: Entry) -> str:
    said = word(entry, "PRIORITY")
    priority = int(said) if said.isdecimal() else 0
    if 1 <= priority <= 4:
        return "high"
    return "low" if priority > 5 else "normal"


def categories(entry: Entry) -> tuple[str, ...]:
    return tuple(
        str(name) for found in several(entry, "CATEGORIES") for name in getattr(found, "cats", ())
    )


def reminder(entry: Entry) -> int | None:
    """Minutes before the start; None without one."""
    for alarm in entry.walk("VALARM"):
        trigger = getattr(alarm.get("TRIGGER"), "dt", None)
        if isinstance(trigger, timedelta):
            return max(0, -int(trigger.total_seconds() // 60))
    return None


def organizer(entry: Entry) -> Address | None:
    found = several(entry, "ORGANIZER")
    return _address(found[0]) if found else None


def people(entry: Entry) -> Iterator[tuple[Address, Mapping[str, Any]]]:
    """Those invited, with the parameters that the file has for them."""
    for found in several(entry, "ATTENDEE"):
        yield _address(found), getattr(found, "params", {})


def role(params: Mapping[str, Any]) -> str:
    if str(params.get("CUTYPE", "")).upper() in ("ROOM", "RESOURCE"):
        return "resource"
    return "optional" if str(params.get("ROLE", "")).upper() == "OPT-PARTICIPANT" else "required"


def _address(found: Any) -> Address:
    mail = str(found)
    if mail.lower().startswith("mailto:"):
        mail = mail[7:]
    return Address(name=str(getattr(found, "params", {}).get("CN") or mail), mail=mail)
