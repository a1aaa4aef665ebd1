"""The parts of one entry of a calendar file, as Exchange would understand them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from markup import visible
from sandbox.exchange.model import Address, Body, Response
from sandbox.ics.report import UnusableError
from sandbox.ics.zones import Place, Zones

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


_LONGEST_NOTICE = 60 * 24 * 366  # minutes
_BUSY_NAMES = ("X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS")
_YEARS = range(1601, 4501)  # those of Outlook's calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A DTSTART, DTEND or RECURRENCE-ID."""

    at: datetime  # UTC; of a day, its midnight in UTC
    local: datetime  # wall clock, aware
    zone: str  # Windows or IANA name; UTC when the file's zone has no name that is known
    all_day: bool
    named: bool  # whether `zone` is what the file means
    floats: bool = False  # whether the file says no zone with it

    @property
    def wall(self) -> datetime:
        return self.local.replace(tzinfo=None)

    @property
    def skipped(self) -> bool:
        """Whether the clocks of its zone never show this time; it is then the one as long after
        the last that they show (RFC 5545, 3.3.5).
        """
        return self.at.astimezone(self.local.tzinfo).replace(tzinfo=None) != self.wall


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


def moment(entry: Entry, name: str, zones: Zones) -> Moment:
    """Raises UnusableError when it is missing, there twice, cannot be read or is out of reach."""
    readable(entry, name)
    found = several(entry, name)
    if len(found) != 1:
        raise UnusableError(f"it has {'more than one' if found else 'no'} {name}")
    try:
        return moment_of(found[0].dt, found[0].params.get("TZID"), zones)
    except UnusableError as problem:
        raise UnusableError(f"{problem} ({name})") from problem


def moment_of(found: Any, tzid: str | None, zones: Zones) -> Moment:
    """A time without any zone is on the clock of the calendar.

    Raises UnusableError for what is no time, for a zone that the file does not explain and nobody
    knows, and for a year that no calendar of Outlook holds.
    """
    if not isinstance(found, date):
        raise UnusableError("there is no time where one should be")
    if found.year not in _YEARS:
        raise UnusableError(f"the year {found.year} is in no calendar of Outlook")
    own = zones.floating
    if not isinstance(found, datetime):
        midnight = datetime.combine(found, time(), UTC)
        return Moment(at=midnight, local=midnight, zone=own.name or "UTC", all_day=True, named=True)
    if tzid:
        own = zones.place(tzid)
    elif found.tzinfo:
        own = Place(name="UTC", tz=UTC)
    local = found.replace(tzinfo=own.tz)
    return Moment(
        at=local.astimezone(UTC),
        local=local,
        zone=own.name or "UTC",
        all_day=False,
        named=own.name is not None,
        floats=not tzid and found.tzinfo is None,
    )


def day_of(moment: Moment, zones: Zones) -> date | None:
    """The day that it stands for as a whole, if it does: as a date, or as Outlook writes one, the
    midnight at which it begins.
    """
    if moment.all_day or moment.wall.time() == time():
        return moment.wall.date()
    here = moment.at.astimezone(zones.floating.tz)
    return here.date() if here.time() == time() and moment.zone == "UTC" else None


def stamp(entry: Entry, name: str) -> datetime | None:
    """CREATED and its like; None when it is missing or cannot be read."""
    if name not in entry or any(broken == name for broken, _ in entry.errors):
        return None
    at = getattr(several(entry, name)[0], "dt", None)
    if not isinstance(at, date) or at.year not in _YEARS:
        return None
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), UTC)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def number(entry: Entry, name: str) -> int:
    """SEQUENCE and its like; 0 when it is missing or no number."""
    said = word(entry, name)
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def body(entry: Entry) -> Body:
    html = text(entry, "X-ALT-DESC")
    if html and visible(html):
        return Body(type="html", content=html)
    return Body(type="text", content=text(entry, "DESCRIPTION") or "")


def says_busy(entry: Entry) -> bool:
    """Whether it says in any way if it takes time."""
    return any(name in entry for name in ("TRANSP", *_BUSY_NAMES))


def show_as(entry: Entry, *, all_day: bool) -> str:
    """Outlook's own word for it where there is one; else what the standard has.

    For a day that says nothing the standard has that it takes time, and Outlook that it does not:
    here it does not.
    """
    for name in _BUSY_NAMES:
        if word(entry, name) in BUSY:
            return BUSY[word(entry, name)]
    if word(entry, "TRANSP") == "TRANSPARENT":
        return "free"
    if word(entry, "STATUS") == "TENTATIVE":
        return "tentative"
    return "free" if all_day and not says_busy(entry) else "busy"


def importance(entry: Entry) -> str:
    priority = number(entry, "PRIORITY")
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
            return min(max(0, -int(trigger.total_seconds() // 60)), _LONGEST_NOTICE)
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
