"""The entries of a file with the lines on which they stand, however broken the file is."""

import hashlib
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from icalendar import Calendar

from sandbox.ics.entry import Entry, organizer, people, text
from sandbox.ics.report import Note, Report

OTHERS = ("VTODO", "VJOURNAL", "VFREEBUSY")
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


def items(content: str, report: Report) -> list[Item]:
    """What cannot be read is noted in the report."""
    lines = content.splitlines()
    begins = [n for n, line in enumerate(lines, 1) if line.strip().upper() == "BEGIN:VEVENT"]
    try:
        calendars = _calendars(content)
    except ValueError:
        calendars = []
    if not calendars:
        return list(_one_by_one(lines, begins, report))
    for calendar in calendars:
        _note_others(calendar, lines, report)
    entries = [entry for calendar in calendars for entry in calendar.walk("VEVENT")]
    return [
        Item(line=line, entry=entry, uid=_uid(entry))
        for line, entry in zip(begins, entries, strict=False)
    ]


def groups(found: list[Item]) -> list[list[Item]]:
    """Entries of one UID together, the series first and its exceptions after it."""
    by_uid: dict[str, list[Item]] = {}
    for item in found:
        by_uid.setdefault(item.uid, []).append(item)
    return [sorted(group, key=lambda one: one.is_exception) for group in by_uid.values()]


def named_own(content: str) -> set[str]:
    """The address after which the calendar is called, as Google does it."""
    return {found.lower() for found in re.findall(r"(?m)^X-WR-CALNAME:(\S+@\S+)\s*$", content)}


def likely_own(found: list[Item]) -> set[str]:
    """The address that takes part in more of the meetings than any other, if there is one."""
    counts: Counter[str] = Counter()
    for item in found:
        present = {address.mail.lower() for address, _ in people(item.entry)}
        called = organizer(item.entry)
        counts.update(present | ({called.mail.lower()} if called else set()))
    most = counts.most_common(2)
    if not most or (len(most) == 2 and most[0][1] == most[1][1]):
        return set()
    return {most[0][0]}


def _calendars(content: str) -> list[Entry]:
    with (
        warnings.catch_warnings()
    ):  # about zones of other programs, which `entry` looks into itself
        warnings.simplefilter("ignore")
        return list(Calendar.from_ical(content, multiple=True))


def _note_others(calendar: Entry, lines: list[str], report: Report) -> None:
    for kind in OTHERS:
        for entry in calendar.walk(kind):
            uid = text(entry, "UID")
            found = (n for n, line in enumerate(lines, 1) if uid and line.strip() == f"UID:{uid}")
            report.notes.append(
                Note(
                    line=next(found, 0),
                    uid=uid,
                    subject=text(entry, "SUMMARY"),
                    why=f"it is a {kind}, not an event",
                    left_out=True,
                )
            )


def _one_by_one(lines: list[str], begins: list[int], report: Report) -> Iterator[Item]:
    """When the file as a whole cannot be read: whatever events in it can be."""
    if not begins:
        _whole(report)
    zones = _blocks(lines, "VTIMEZONE")
    for begin in begins:
        block = _block_from(lines, begin)
        try:
            whole = "\r\n".join(["BEGIN:VCALENDAR", *zones, *block, "END:VCALENDAR"])
            (entry,) = _calendars(whole)[0].walk("VEVENT")
        except ValueError as problem:
            why = f"it cannot be read: {problem}" if block else "it has no end"
            note = Note(
                line=begin,
                uid=_raw(lines, begin, "UID:"),
                subject=_raw(lines, begin, "SUMMARY:"),
                why=why,
                left_out=True,
            )
            report.notes.append(note)
            continue
        yield Item(line=begin, entry=entry, uid=_uid(entry))


def _block_from(lines: list[str], begin: int) -> list[str]:
    """The lines of the entry; none when it does not end."""
    for number in range(begin, len(lines)):
        word = lines[number].strip().upper()
        if word == "END:VEVENT":
            return lines[begin - 1 : number + 1]
        if word == "BEGIN:VEVENT":
            break
    return []


def _raw(lines: list[str], begin: int, name: str) -> str | None:
    for line in lines[begin:]:
        if line.upper().startswith(name):
            return line[len(name) :].strip()
        if line.strip().upper() in ("BEGIN:VEVENT", "END:VEVENT"):
            break
    return None


def _blocks(lines: list[str], kind: str) -> list[str]:
    found: list[str] = []
    inside = False
    for line in lines:
        inside = inside or line.strip().upper() == f"BEGIN:{kind}"
        if inside:
            found.append(line)
        inside = inside and line.strip().upper() != f"END:{kind}"
    return found


def _whole(report: Report) -> None:
    report.notes.append(
        Note(line=0, uid=None, subject=None, why="the file is no calendar", left_out=True)
    )


def _uid(entry: Entry) -> str:
    """The UID, or for an entry without one something that is the same at the next import."""
    given = text(entry, "UID")
    if given:
        return given
    content = "\n".join(text(entry, name) or "" for name in _MAKES_IT_UNIQUE)
    return f"{hashlib.sha256(content.encode()).hexdigest()[:32]}@no-uid"
