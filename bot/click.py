"""What a person asked for by clicking, in our words. Everything in it but *by* may be forged."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from handoff.errors import NotOfferedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    verb: str
    by: str  # Entra object id, as Teams vouches for it
    at: datetime  # UTC
    handoff: UUID | None
    data: dict[str, str]
    card: str | None  # id of the message that holds the card

    @classmethod
    def read(cls, action: dict[str, Any], *, by: str, at: datetime, card: str | None) -> Self:
        carried = action.get("data")
        data = {
            str(name): str(value)
            for name, value in (carried if isinstance(carried, dict) else {}).items()
            if isinstance(value, str | int | float)
        }
        return cls(
            verb=str(action.get("verb", "")),
            by=by,
            at=at,
            handoff=_uuid(data.get("handoff")),
            data=data,
            card=card,
        )

    def text(self, name: str, most: int = 500) -> str:
        """What was typed, cut to what the card allows."""
        return self.data.get(name, "").strip()[:most]

    def number(self, name: str) -> int:
        """Raises NotOfferedError for anything but a whole number."""
        text = self.text(name, 10)
        if not text.isascii() or not text.isdecimal():
            raise NotOfferedError
        return int(text)

    def day(self, name: str) -> date:
        """Raises NotOfferedError for anything but a day."""
        try:
            return date.fromisoformat(self.text(name, 10))
        except ValueError as error:
            raise NotOfferedError("Please choose a day.") from error

    def moment(self, name: str) -> datetime:
        """Raises NotOfferedError for anything but a moment with its zone."""
        return moment(self.text(name, 40))

    def id(self, name: str) -> UUID:
        """Raises NotOfferedError for anything but an id."""
        found = _uuid(self.data.get(name))
        if found is None:
            raise NotOfferedError
        return found


def moment(text: str) -> datetime:
    """Raises NotOfferedError for anything but a moment with its zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotOfferedError from error
    if found.tzinfo is None:
        raise NotOfferedError
    return found


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
