"""The entries of a file with the lines on which they stand, however broken the file is.

Each entry is read by itself, so that one that cannot be read costs no other; zones are read once.
"""

import hashlib
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from icalendar import Event
from icalendar.parser import Contentline

from sandbox.ics.blocks import Block, blocks
from sandbox.ics.entry import Entry, organizer, people, several, text
from sandbox.ics.report import NOT_READABLE, Note, Report

OTHERS = ("VTODO", "VJOURNAL", "VFREEBUSY")
_LISTS = ("RRULE", "EXRULE", "RDATE", "EXDATE")
_SAYS_WHEN = (*_LISTS, "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "STATUS")
_SHOWN = 80  # characters of a torn line
_MAKES_IT_UNIQUE = ("DTSTART", "SUMMARY", "RRULE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A VEVENT with its place in the file."""

    line: int
    entry: Entry
    uid: str

    @property
    def is_exception(self) -> bool:
        return "RECURRENCE-ID" in self.entry

    def note(self, why: str, *, left_out: bool = False) -> Note:
        return Note(
            line=self.line,
            uid=self.uid,
            subject=text(self.entry, "SUMMARY"),
            why=why,
            left_out=left_out,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What of a calendar file is of use here."""

    items: list[Item]
    zones: list[Block]  # VTIMEZONE
    zone: str | None  # the calendar's own, for times without one: X-WR-TIMEZONE
    called: str  # X-WR-CALNAME

    def named_own(self) -> set[str]:
        """The address after which the calendar is called, as Google does it."""
        own = "@" in self.called[1:-1] and not re.search(r"\s", self.called)
        return {self.called.lower()} if own else set()

    def likely_own(self) -> set[str]:
        """The address that takes part in more of the meetings than any other, if there is one."""
        counts: Counter[str] = Counter()
        for item in self.items:
            present = {address.mail.lower() for address, _ in people(item.entry)}
            called = organizer(item.entry)
            counts.update(present | ({called.mail.lower()} if called else set()))
        most = counts.most_common(2)
        if not most or (len(most) == 2 and most[0][1] == most[1][1]):
            return set()
        return {most[0][0]}


def opened(content: str | bytes, report: Report) -> File:
    """What cannot be read is noted in the report."""
    found = list(blocks(content, report))
    if not found:
        report.notes.append(Note(why="the file is no calendar", left_out=True))
    with warnings.catch_warnings():  # about zones of other programs, which `zones` looks into
        warnings.simplefilter("ignore")
        events = [block for block in found if block.kind == "VEVENT"]
        items = [item for block in events for item in _read(block, report)]
    for block in found:
        if block.kind in OTHERS:
            report.notes.append(_left_out(block, f"it is a {block.kind}, not an event"))
    calendars = [block for block in found if block.kind == "VCALENDAR"]
    said = [block.raw("X-WR-TIMEZONE") for block in calendars]
    called = [block.raw("X-WR-CALNAME") for block in calendars]
    return File(
        items=items,
        zones=[block for block in found if block.kind == "VTIMEZONE" and block.ends],
        zone=next(filter(None, said), None),
        called=next(filter(None, called), ""),
    )


def groups(found: list[Item]) -> list[list[Item]]:
    """Entries of one UID together, in the file's order."""
    by_uid: dict[str, list[Item]] = {}
    for item in found:
        by_uid.setdefault(item.uid, []).append(item)
    return list(by_uid.values())


def _read(block: Block, report: Report) -> Iterator[Item]:
    if not block.ends:
        report.notes.append(_left_out(block, "it has no end"))
        return
    try:
        entry, whole = _entry(block)
    except NOT_READABLE as problem:
        why = "its zone is only part of a name" if isinstance(problem, OSError) else str(problem)
        report.notes.append(_left_out(block, f"it cannot be read: {why}"))
        return
    torn = _torn(block.lines) if any(name is None for name, _ in entry.errors) else []
    for name in map(_name, torn):
        if name in _SAYS_WHEN:
            report.notes.append(_left_out(block, f"its {name} cannot be read: the line is torn"))
            return
    item = Item(line=block.line, entry=entry, uid=_uid(entry))
    report.notes += [item.note(f"one of its lines cannot be read: {one[:_SHOWN]}") for one in torn]
    if not whole:
        report.notes.append(item.note("its reminder cannot be read"))
    yield item


def _entry(block: Block) -> tuple[Entry, bool]:
    """And whether its alarms are in it. Raises one of NOT_READABLE."""
    lines = [line for line in map(_sloppy, block.lines) if line]
    try:
        return Event.from_ical(_written("VEVENT", lines + block.alarms)), True
    except NOT_READABLE:
        if not block.alarms:
            raise
        return Event.from_ical(_written("VEVENT", lines)), False


def _torn(lines: list[str]) -> list[str]:
    """Those that are no property, of which icalendar says only that there are some."""
    found = []
    for line in lines:
        try:
            Contentline(line).parts()  # type: ignore[no-untyped-call]  # icalendar's own
        except ValueError:
            found.append(line)
    return found


def _name(line: str) -> str:
    """What the property is called that a line begins with."""
    begins = re.match(r"\s*([\w-]*)", line)
    return begins[1].upper() if begins else ""


def _sloppy(line: str) -> str:
    """As icalendar takes it: a rule or a list of dates that is empty is none, and in a rule spaces
    mean nothing.
    """
    name, colon, value = line.partition(":")
    if not colon or _name(name) not in _LISTS:
        return line
    return f"{name}:{value.replace(' ', '')}" if value.strip() else ""


def _written(kind: str, lines: list[str]) -> str:
    return "\r\n".join([f"BEGIN:{kind}", *lines, f"END:{kind}", ""])


def _left_out(block: Block, why: str) -> Note:
    return Note(
        line=block.line,
        uid=block.raw("UID"),
        subject=block.raw("SUMMARY"),
        why=why,
        left_out=True,
    )


def _uid(entry: Entry) -> str:
    """The UID, or for an entry without one something that is the same at the next import."""
    given = text(entry, "UID")
    if given:
        return given
    # As written: how a time reads depends on what zones were explained before.
    found = (one for name in _MAKES_IT_UNIQUE for one in several(entry, name))
    content = "\n".join(str(one.to_ical()) for one in found)
    return f"{hashlib.sha256(content.encode()).hexdigest()[:32]}@no-uid"
