"""What a person asked for by clicking, in our words. Everything in it but *by* may be forged."""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any, Self
from unicodedata import decimal
from uuid import UUID

from pydantic_core import to_json

from cards.elements import OPENS, Card
from cards.fitting import ROOM, fitted
from cards.opening import OPENED, SINCE, closed
from handoff.errors import NotOfferedError

DRAWN = "drawn"  # in a button's data: which drawing of the card it is on
STANDS = "stands"  # in a button's data: its message is, or was, somebody's live card
SIGNS = {"٫": ".", "٬": ",", "\u061c": "", "\u200e": "", "\u200f": ""}
"""Of Arabic and Persian, and the marks that phones put beside digits."""
DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T[\d:.+Z-]*)?")
FIGURES = re.compile(r"[0-9.,]+")
BUDDHIST, THAI = 543, 2400  # years that are ahead, and from which on a year is one of those
OLDEST = date(2000, 1, 1)
PATIENCE = timedelta(hours=1)
"""For so long somebody may be typing, with the customer on the phone: nothing else is put into that
message. What must be known at once comes as a card of its own.
"""
BY_THE_WEST = "Please choose a day by the calendar of the West, like 2026-11-26."


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    verb: str
    by: str  # Entra object id, as Teams vouches for it
    at: datetime  # UTC
    handoff: UUID | None
    data: dict[str, str]
    card: str | None = None  # id of the message that holds the card
    once: str | None = None  # its name, by which it is done once, however often it is sent

    @classmethod
    def read(
        cls,
        action: dict[str, Any],
        *,
        by: str,
        at: datetime,
        card: str | None = None,
        chat: str = "",
        activity: str | None = None,
    ) -> Self:
        """*activity* is what the click is called by the id that Teams gave it in that *chat*."""
        carried = action.get("data")
        data = {
            str(name): str(value)
            for name, value in (carried if isinstance(carried, dict) else {}).items()
            if isinstance(value, str | int | float)
        }
        verb = str(action.get("verb", ""))
        return cls(
            verb=verb,
            by=by,
            at=at,
            handoff=_uuid(data.get("handoff")),
            data=data,
            card=card,
            once=_once(chat, activity, by, verb, data),
        )

    @property
    def opens(self) -> str:
        """The form that is asked for."""
        return self.text(OPENS, 60)

    @property
    def opened(self) -> str:
        """The form that was filled in; empty where the button was on none."""
        return self.text(OPENED, 60)

    @property
    def since(self) -> datetime | None:
        """When the form was opened that was filled in; None of what is on none, and of one that was
        left open for longer than anybody types.
        """
        said = self.figures(SINCE, 10)  # all of which are days of a calendar
        if not (said.isascii() and said.isdecimal()):
            return None
        since = datetime.fromtimestamp(int(said), UTC)
        return since if timedelta() <= self.at - since <= PATIENCE else None

    @property
    def open_for(self) -> int | None:
        """For how many seconds it was open then."""
        return int((self.at - self.since).total_seconds()) if self.since else None

    @property
    def stands(self) -> bool:
        """Whether the message that holds the card should be their live card of the handoff."""
        return STANDS in self.data

    def text(self, name: str, most: int = 500) -> str:
        """What was typed, cut to what the card allows."""
        return self.data.get(name, "").strip()[:most]

    @property
    def filled(self) -> dict[str, str]:
        """What was filled in, to be shown again: days and figures as every client reads them."""
        return {name: self._shown(name) for name in self.data}

    def _shown(self, name: str) -> str:
        figures = self.figures(name)
        if DAY.fullmatch(figures) is None:
            return figures if FIGURES.fullmatch(figures) else self.data[name]
        try:
            return self.day(name).isoformat()
        except NotOfferedError:
            return figures

    def figures(self, name: str, most: int = 500) -> str:
        """What was typed, in the digits and signs of English: phones write theirs, ٤٨٫٥ and ४८."""
        return in_english_figures(self.text(name, most))

    def number(self, name: str) -> int:
        """Raises NotOfferedError for anything but a whole number."""
        text = self.figures(name, 10)
        if not text.isascii() or not text.isdecimal():
            raise NotOfferedError(at=(name,))
        return int(text)

    def day(self, name: str) -> date:
        """Raises NotOfferedError for anything but a day.

        Phones write the years and digits of where they are: 2569 in Thailand is 2026, by the
        Buddhist calendar. Of any other calendar it is asked again: `getInput` of
        ACRDateTextField.mm and DateInputHandler.java in
        https://github.com/microsoft/Teams-AdaptiveCards-Mobile
        """
        found = DAY.fullmatch(self.figures(name, 40))
        try:
            year, month, day = map(int, found.groups()) if found else (0, 0, 0)
            there = date(year - BUDDHIST if year > THAI else year, month, day)
        except ValueError as error:
            raise NotOfferedError("Please choose a day.", at=(name,)) from error
        if there < OLDEST:
            raise NotOfferedError(BY_THE_WEST, at=(name,))
        return there

    def moment(self, name: str) -> datetime:
        """Raises NotOfferedError for anything but a moment with its zone."""
        return moment(self.text(name, 40), name)

    def id(self, name: str) -> UUID:
        """Raises NotOfferedError for anything but an id."""
        found = _uuid(self.data.get(name))
        if found is None:
            raise NotOfferedError(at=(name,))
        return found


def in_english_figures(text: str) -> str:
    """*text* with every digit, and what stands beside digits, as English writes it."""
    return "".join(
        str(decimal(sign)) if sign.isdecimal() else SIGNS.get(sign, sign) for sign in text
    )


def drawn(card: Card) -> Card:
    """*card*, on its way to Teams, no larger than that takes: its forms are closed, and its buttons
    bear a mark that no other drawing has.

    A phone that has no answer after 3 seconds sends a click again, and so does Teams itself after
    15: with the same id, or as a click of its own with another.
    https://github.com/microsoft/botframework-sdk/issues/6680
    https://github.com/microsoft/botbuilder-dotnet/issues/5005
    No page of Microsoft's says which. What was clicked is the same each time, so the mark tells
    one click that came twice from two clicks, between which the card was drawn anew.
    """
    card = closed(card)
    fits = len(to_json(card)) <= ROOM
    return _marked(card if fits else fitted(card), DRAWN, token_hex(4))


def standing(card: Card) -> Card:
    """*card*, which stands for a handoff in a message of its own: its buttons say so, and so do
    those of the cards that its clicks are answered with.
    """
    return _marked(card, STANDS, "1")


def standing_click(click: Click) -> Click:
    """The click, whose message stands for its handoff from now on."""
    return replace(click, data=click.data | {STANDS: "1"})


def _marked(card: Card, name: str, value: str) -> Card:
    waiting: list[Any] = [card]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            if part.get("type") == "Action.Execute":
                part["data"] = {**(part.get("data") or {}), name: value}
            waiting += part.values()
    return card


def _once(chat: str, activity: str | None, by: str, verb: str, data: dict[str, str]) -> str | None:
    """The drawing that was clicked, with what was filled in; of a card without a mark, the
    activity. None where there is neither: then each is a click of its own.
    """
    if DRAWN not in data:
        return activity
    clicked = json.dumps([by, verb, sorted(data.items())]).encode()
    return f"{chat} {sha256(clicked).hexdigest()[:32]}"


def moment(text: str, name: str) -> datetime:
    """What was chosen in the input *name*. Raises NotOfferedError for anything but a moment with
    its zone.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotOfferedError(at=(name,)) from error
    if found.tzinfo is None:
        raise NotOfferedError(at=(name,))
    return found


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
