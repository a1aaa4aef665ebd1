"""A card as a phone lays it out: how wide its columns of text are, and which words break.

300 px, the narrowest chat that Teams draws on a phone, with letters of 130 %: Android's and
iPhones' usual choice of those who read badly. The sizes and the padding are those of
samples/HostConfig/microsoft-teams-light.json in
https://github.com/microsoft/Teams-AdaptiveCards-Mobile; what Teams itself hands its renderers is
nowhere to be read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
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
BREAKS = re.compile(r"[\s\u200b]+|(?<=[-/–])")  # where a line may end


class Letters(Enum):
    """Whose letters: Roboto's, which Android draws, and Inter's in place of an iPhone's own (SF),
    which Apple gives to nobody else. Inter is made after SF, and without what SF takes off between
    letters of these sizes it is the wider one (https://rsms.me/inter/dynmetrics): by the kept
    figures of @capsizecss/metrics an average letter has 853 units in SF, 911 in Roboto and 978 in
    Inter, of 2,048. What fits in Inter's letters fits in SF's.
    """

    ROBOTO = "roboto"
    INTER = "inter"


@dataclass(frozen=True, slots=True)
class Text:
    """What is to be read in one place, and the room that it has."""

    letters: Letters
    words: str
    size: float
    bold: bool
    room: float

    @property
    def broken(self) -> list[str]:
        """The words that do not fit a line of theirs."""
        found = (word for word in BREAKS.split(self.words) if word)
        return [word for word in found if self.wide(word) > self.room]

    def wide(self, words: str, size: float | None = None) -> float:
        """In pixels, on one line; in another *size* than its own, if that is given."""
        return _wide(self.letters, words, self.bold) * (size or self.size)


@dataclass(frozen=True, slots=True)
class Phone:
    """Draws with these letters."""

    letters: Letters

    def texts(self, card: dict[str, Any], room: float = WIDE - 2 * PADDING) -> Iterator[Text]:
        """Everything that the card has to read, and what the forms have that it opens."""
        for part in card.get("body", ()):
            yield from self._inside(part, room)
        for action in card.get("actions", ()):
            if "card" in action:
                yield from self.texts(action["card"], room)

    def columns(self, part: dict[str, Any], room: float) -> list[float]:
        """How much of *room* each column of a set has. One that is "auto" has all that it wants,
        and the others what is left.
        """
        found = part.get("columns", [])
        left = room - GAP * (len(found) - 1)
        widths: dict[int, float] = {}
        for n, column in enumerate(found):
            width = str(column.get("width", "stretch"))
            if width.endswith("px"):
                widths[n] = float(width[:-2])
            elif width == "auto":
                widths[n] = max((t.wide(t.words) for t in self._all(column, WIDE)), default=0.0)
        left -= sum(widths.values())
        stretched = len(found) - len(widths)
        return [widths.get(n, left / stretched if stretched else 0.0) for n in range(len(found))]

    def _all(self, holder: dict[str, Any], room: float) -> Iterator[Text]:
        for part in holder.get("items", ()):
            yield from self._inside(part, room)

    def _inside(self, part: dict[str, Any], room: float) -> Iterator[Text]:
        for action in part.get("actions", ()):
            if "card" in action:
                yield from self.texts(action["card"], room)
        widths = self.columns(part, room)
        for column, width in zip(part.get("columns", ()), widths, strict=True):
            yield from self._all(column, width)
        if "items" in part:
            yield from self._all(part, room - (2 * PADDING if part.get("style") else 0))
        yield from self._read(part, room)

    def _read(self, part: dict[str, Any], room: float) -> Iterator[Text]:
        """What the part itself has to read."""
        if part["type"] == "TextBlock":
            bold = part.get("weight") == "Bolder" or "**" in part["text"]
            yield Text(self.letters, part["text"].replace("*", ""), _size(part), bold, room)
        for run in part.get("inlines", ()):
            bold = run.get("weight") == "Bolder"
            yield Text(self.letters, run["text"], _size(run), bold, room)
        if part["type"].startswith("Input."):
            yield Text(self.letters, part["label"], _size({}), bold=False, room=room)


def _size(part: dict[str, Any]) -> float:
    return SIZES[part.get("size") or "Default"] * LARGER


@lru_cache(maxsize=200_000)
def _wide(letters: Letters, words: str, bold: bool) -> float:
    """In pixels, were a letter one high."""
    return _font(letters, bold).getlength(words) / 100


@lru_cache
def _font(letters: Letters, bold: bool) -> FreeTypeFont:
    files = ROOT / f"node_modules/@fontsource/{letters.value}/files"
    weight = 700 if bold else 400
    return ImageFont.truetype(str(files / f"{letters.value}-latin-{weight}-normal.woff"), 100)
