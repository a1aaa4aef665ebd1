"""A calendar file in pieces, each with the line on which it begins."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.ics.encoding import encoding_of
from sandbox.ics.report import Note, Report

_ENDS = re.compile(
    rb"\r+\n?|\n"
)  # and nothing else: U+2028 is a character of a text like any other

_OF_THEIR_OWN = ("VCALENDAR", "VEVENT", "VTIMEZONE")  # wherever they begin


@dataclass(slots=True)
class Block:
    """A component as it stands in the file, unfolded."""

    line: int
    kind: str
    lines: list[str] = field(default_factory=list)  # its own, without BEGIN and END
    alarms: list[str] = field(default_factory=list)  # what stands within it
    ends: bool = False

    def raw(self, name: str) -> str | None:
        """What the property says, without its parameters, as it is written."""
        for line in self.lines:
            said, colon, value = line.partition(":")
            if colon and said.partition(";")[0].strip().upper() == name:
                return value.strip()
        return None


def blocks(content: str | bytes, report: Report) -> Iterator[Block]:
    """The components of the file. How it was decoded is noted where that was a guess."""
    return _parts(_lines(content, report))


def _apart(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines as they stand, by number. Old programs end one by CR alone; where several CR come
    before an LF they end one line together.
    """
    number, start = 1, 0
    for end in _ENDS.finditer(raw):
        yield number, raw[start : end.start()]
        number += 1 if end[0].endswith(b"\n") else len(end[0])
        start = end.end()
    yield number, raw[start:]


def _lines(content: str | bytes, report: Report) -> Iterator[tuple[int, str]]:
    """Unfolded, each with the number of the line on which it begins."""
    raw = content.encode(errors="replace") if isinstance(content, str) else content
    name, known = encoding_of(raw)
    if not known:
        how = (
            f"it is read as Windows code page {name[2:]}: where letters are wrong, save it as UTF-8"
        )
        if name == "utf-8":
            how = "what cannot be read of it is shown as �"
        report.notes.append(Note(why=f"the file is not all in UTF-8; {how}", left_out=False))
    if name not in ("utf-8", "utf-8-sig") and known:
        raw = raw.decode(name, errors="replace").encode()
        name = "utf-8-sig"
    numbers: list[int] = []
    unfolded: list[list[bytes]] = []
    for number, line in _apart(raw):
        if line[:1] in (b" ", b"\t") and unfolded:
            unfolded[-1].append(line[1:])
        elif line.strip():
            numbers.append(number)
            unfolded.append([line])
    whole = (b"".join(line).decode(name, errors="replace") for line in unfolded)
    return zip(numbers, whole, strict=True)


def _parts(lines: Iterator[tuple[int, str]]) -> Iterator[Block]:
    """Of components within others, only events, alarms and zones are looked at; what VTIMEZONE has
    within it stays together.
    """
    calendar, inside = Block(0, "VCALENDAR"), None
    within: list[str] = []  # what has begun and not ended since `inside` has
    for number, line in lines:
        name, _, kind = line.partition(":")
        name, kind = name.strip().upper(), kind.strip().upper()
        ended = inside is not None and name == "END" and kind in (inside.kind, "VCALENDAR")
        begun = name == "BEGIN" and (inside is None or kind in _OF_THEIR_OWN)
        if inside and (ended or begun):
            inside.ends = ended and kind == inside.kind
            yield inside
            inside = None
        if begun:
            inside, within = Block(number, kind), []
            if kind == "VCALENDAR":
                calendar, inside = inside, None
                yield calendar
        elif inside:
            _take(inside, within, name, kind, line)
        elif not ended:
            calendar.lines.append(line)
    if inside:
        yield inside


def _take(block: Block, within: list[str], name: str, kind: str, line: str) -> None:
    """A line that stands somewhere in the block."""
    if name == "BEGIN":
        within.append(kind)
    if not within:
        block.lines.append(line)
    elif len(within) == 1 and within[0] in ("VALARM", "STANDARD", "DAYLIGHT"):
        block.alarms.append(line)
    if name == "END" and within:
        within.pop()
