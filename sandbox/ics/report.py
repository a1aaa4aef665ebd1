"""What an import tells about itself."""

from dataclasses import dataclass, field

# What icalendar and dateutil raise about what they cannot read; OSError of a zone called America.
NOT_READABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    OSError,
)


class UnusableError(Exception):
    """An entry cannot be placed; the message says why."""


class UnsayableError(Exception):
    """Graph has no pattern for a series; the message says what is special about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that is not as in the file, or that the file leaves open, and why."""

    line: int = 0  # of the file, counted from 1; 0 when it is about the file as a whole
    uid: str | None = None
    subject: str | None = None
    why: str
    left_out: bool  # whether the event is missing altogether

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        if self.uid is None and self.subject is None:
            return f"{place}{self.why}"
        what = f"{self.subject or 'untitled'} ({self.uid or 'no UID'})"
        kept = "left out" if self.left_out else "kept"
        return f"{place}{what}: {kept}; {self.why}"


@dataclass(slots=True)
class Report:
    """What an import has done."""

    me: str | None = None  # the address in the file that was taken for the person's own
    made: int = 0  # events and exceptions that are new in the mailbox
    replaced: int = 0
    removed: int = 0  # what an older import made of the same entries and this file has no more
    notes: list[Note] = field(default_factory=list)

    @property
    def left_out(self) -> list[Note]:
        return [note for note in self.notes if note.left_out]
