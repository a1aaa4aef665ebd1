"""A card as a phone lays it out: how wide its columns of text are, and which words break.

300 px, the narrowest chat that Teams draws on a phone, with letters of 130 %: Android's and
iPhones' usual choice of those who read badly. Letters are Roboto's, which Android draws, with the
sizes and the padding of samples/HostConfig/microsoft-teams-light.json in
https://github.com/microsoft/Teams-AdaptiveCards-Mobile; what Teams itself hands its renderers is
nowhere to be read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

from tests.conftest import ROOT

WIDE = 300.0
LARGER = 1.3
PADDING = 16.0
GAP = 8.0  # between two columns
SIZES = {"Small": 12, "Default": 14, "Medium": 14, "Large": 18, "ExtraLarge": 24}
ROBOTO = ROOT / "node_modules/@fontsource/roboto/files"
BREAKS = re.compile(r"[\s\u200b]+|(?<=[-/–])")  # where a line may end


@dataclass(frozen=True, slots=True)
class Text:
    """What is to be read in one place, and the room that it has."""

    words: str
    size: float
    bold: bool
    room: float

    @property
    def broken(self) -> list[str]:
        """The words that do not fit a line of theirs."""
        found = (word for word in BREAKS.split(self.words) if word)
        return [word for word in found if wide(word, self.size, self.bold) > self.room]


def texts(card: dict[str, Any], room: float = WIDE - 2 * PADDING) -> Iterator[Text]:
    """Everything that the card has to read, and what the forms have that it opens."""
    for part in card.get("body", ()):
        yield from _inside(part, room)
    for action in card.get("actions", ()):
        if "card" in action:
            yield from texts(action["card"], room)


def columns(part: dict[str, Any], room: float) -> list[float]:
    """How much of *room* each column of a set has. One that is "auto" has all that it wants, and
    the others what is left.
    """
    found = part.get("columns", [])
    left = room - GAP * (len(found) - 1)
    widths: dict[int, float] = {}
    for n, column in enumerate(found):
        width = str(column.get("width", "stretch"))
        if width.endswith("px"):
            widths[n] = float(width[:-2])
        elif width == "auto":
            widths[n] = max(
                (wide(t.words, t.size, t.bold) for t in _all(column, WIDE)), default=0.0
            )
    left -= sum(widths.values())
    stretched = len(found) - len(widths)
    return [widths.get(n, left / stretched if stretched else 0.0) for n in range(len(found))]


@lru_cache(maxsize=100_000)
def wide(words: str, size: float, bold: bool) -> float:
    """In pixels, on one line."""
    return _font(bold).getlength(words) / 100 * size


def _all(holder: dict[str, Any], room: float) -> Iterator[Text]:
    for part in holder.get("items", ()):
        yield from _inside(part, room)


def _inside(part: dict[str, Any], room: float) -> Iterator[Text]:
    for action in part.get("actions", ()):
        if "card" in action:
            yield from texts(action["card"], room)
    for column, width in zip(part.get("columns", ()), columns(part, room), strict=True):
        yield from _all(column, width)
    if "items" in part:
        yield from _all(part, room - (2 * PADDING if part.get("style") else 0))
    yield from _read(part, room)


def _read(part: dict[str, Any], room: float) -> Iterator[Text]:
    """What the part itself has to read."""
    if part["type"] == "TextBlock":
        bold = part.get("weight") == "Bolder" or "**" in part["text"]
        yield Text(part["text"].replace("*", ""), _size(part), bold, room)
    for run in part.get("inlines", ()):
        yield Text(run["text"], _size(run), run.get("weight") == "Bolder", room)
    if part["type"].startswith("Input."):
        yield Text(part["label"], _size({}), bold=False, room=room)


def _size(part: dict[str, Any]) -> float:
    return SIZES[part.get("size") or "Default"] * LARGER


@lru_cache
def _font(bold: bool) -> FreeTypeFont:
    file = f"roboto-latin-{700 if bold else 400}-normal.woff"
    return ImageFont.truetype(str(ROBOTO / file), 100)
