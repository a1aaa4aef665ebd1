"""What an import tells about itself."""

from dataclasses import dataclass, field


class UnusableError(Exception):
    """An entry cannot be placed; the message says why."""


class UnsayableError(Exception):
    """Graph has no pattern for a series; the message says what is special about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that is not as in the file, and why."""

    line: int  # of the file, counted from 1; 0 when it is about the file as a whole
    uid: str | None
    subject: str | None
    why: str
    left_out: bool  # whether the event is missing altogether

    def __str__(self) -> str:
        what = f"{self.subject or 'untitled'} ({self.uid or 'no UID'})"
        kept = "left out" if self.left_out else "kept"
        return f"line {self.line}: {what}: {kept}; {self.why}"


@dataclass(slots=True)
class Report:
    """What an import has done."""

    me: str | None = None  # the address in the file that was taken for the person's own
    made: int = 0  # events and exceptions that are new in the mailbox
    replaced: int = 0
    notes: list[Note] = field(default_factory=list)

    @property
    def left_out(self) -> list[Note]:
        return [note for note in self.notes if note.left_out]
