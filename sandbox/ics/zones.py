"""What the names of zones in a file mean.

A zone that is known keeps its own rules, whatever the file says of it: many files bring rules that
a country has given up since. The file's rules count for zones that nobody else knows.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from icalendar import Timezone

from sandbox.ics.blocks import Block
from sandbox.ics.report import NOT_READABLE, Note, Report, UnusableError
from sandbox.zones import UnknownZoneError, zone

_MOST_PARTS = 100  # changes of the clocks that a zone of a file may name
_YEARLY = re.compile(
    r"FREQ=YEARLY(;(UNTIL=\w+|COUNT=\d{1,3}|INTERVAL=[1-9]|WKST=\w\w|BYMONTH=\d{1,2}"
    r"|BYMONTHDAY=[-+\d,]{1,30}|BYDAY=[-+]?\d?\w\w))*"
)
_AT_MOST = timedelta(hours=24)
_OFFSET = re.compile(r"(?:UTC|GMT)([-+])([01]?\d):?([0-5]\d)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the clock hangs that a time is read from."""

    name: str | None  # as Graph would take it; None when only the file knows it
    tz: tzinfo


class Zones:
    """The zones of one file, and the one of its times without any."""

    def __init__(
        self, blocks: Iterable[Block], *, floating: Place, now: datetime, report: Report
    ) -> None:
        self.floating = floating
        self._now = now
        self._report = report
        self._blocks = {block.raw("TZID") or "": block for block in reversed(list(blocks))}
        self._places: dict[str, Place | None] = {}

    def place(self, tzid: str) -> Place:
        """Raises UnusableError for a zone that the file does not explain and nobody knows."""
        if tzid not in self._places:
            self._places[tzid] = self._found(tzid)
        found = self._places[tzid]
        if found is None:
            raise UnusableError(f"its time zone {tzid} is unknown")
        return found

    def _found(self, tzid: str) -> Place | None:
        block = self._blocks.get(tzid)
        name = known_zone(tzid) or known_zone(block.raw("X-LIC-LOCATION") if block else None)
        explained = _explained(block) if block else None
        if name is None:
            tz = explained or _fixed(tzid)
            return Place(name=None, tz=tz) if tz else None
        real = zone(name)
        if block and explained and self._differ(real, explained):
            why = f"the file's rules for {tzid} are not those of {real.key}, which are taken"
            self._report.notes.append(Note(line=block.line, why=why, left_out=False))
        return Place(name=name, tz=real)

    def _differ(self, real: tzinfo, explained: tzinfo) -> bool:
        """Some day within a year from now, either way."""
        noon = datetime(self._now.year, self._now.month, 1, 12, tzinfo=UTC).replace(tzinfo=None)
        around = (noon + timedelta(days=15 * n) for n in range(-24, 25))
        return any(real.utcoffset(at) != explained.utcoffset(at) for at in around)


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


def _fixed(tzid: str) -> tzinfo | None:
    """UTC+01 and its like, as Exchange writes a zone that it has no name for."""
    found = _OFFSET.fullmatch(tzid)
    if not found:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def _explained(block: Block) -> tzinfo | None:
    """The zone that the file describes; None when it cannot be worked with."""
    parts = [line for line in block.alarms if line.upper().startswith("BEGIN:")]
    rules = [line for line in block.alarms if line.upper().startswith(("RRULE", "EXRULE"))]
    sound = all(_YEARLY.fullmatch(line.partition(":")[2].strip().upper()) for line in rules)
    if not sound or not 1 <= len(parts) <= _MOST_PARTS:
        return None
    own = [line for line in block.lines if line.upper().startswith("TZID")]
    text = "\r\n".join(["BEGIN:VTIMEZONE", *own, *block.alarms, "END:VTIMEZONE", ""])
    try:
        described: Any = Timezone.from_ical(text)
        tz: tzinfo = described.to_tz(lookup_tzid=False)
        offsets = [
            tz.utcoffset(datetime(year, 7, 1, tzinfo=UTC).replace(tzinfo=None))
            for year in (1602, 2026)
        ]
    except NOT_READABLE:
        return None
    return tz if all(offset is not None and abs(offset) < _AT_MOST for offset in offsets) else None
