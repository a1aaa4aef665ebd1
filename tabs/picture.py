"""A picture of bars, each with a mark for what it should be. Pure.

It is drawn in the page, so that it has the page's colours in each theme; its sentence and its table
stand beside it. Colours are classes of `files/tab.css`, for styles in the page are not let in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import htpy as h

WIDTH, NAMES, VALUES = 640, 170, 90
HIGH, BAR = 34, 16
LONGEST = 22  # letters of a name

svg, title, g, rect, line, text = (
    h.Element(name) for name in ("svg", "title", "g", "rect", "line", "text")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    name: str
    value: float
    mark: float  # what it should be
    says: str  # beside it


def bars(shown: Sequence[Bar], *, says: str) -> h.Node:
    """*says* is what it shows, for whoever does not see it."""
    top = max([one for bar in shown for one in (bar.value, bar.mark)] + [1.0])
    scale = (WIDTH - NAMES - VALUES) / top
    height = HIGH * len(shown)
    return [
        svg(
            ".bars",
            viewBox=f"0 0 {WIDTH} {height}",
            role="img",
            aria_label=says,
            preserveAspectRatio="xMinYMin meet",
        )[[_bar(bar, n * HIGH, scale) for n, bar in enumerate(shown)]],
        h.p(".key")[
            h.span[_key(rect(".got", width="12", height="12")), "got"],
            h.span[_key(line(".target", x1="6", x2="6", y1="0", y2="12")), "target, with credits"],
        ],
    ]


def _bar(bar: Bar, y: int, scale: float) -> h.Element:
    middle = y + HIGH / 2
    long = len(bar.name) > LONGEST
    mark = NAMES + max(bar.mark, 0) * scale
    end = NAMES + max(bar.value, bar.mark, 0) * scale
    return g[
        text(x="0", y=f"{middle + 4:.0f}")[bar.name[: LONGEST - 1] + "…" if long else bar.name],
        rect(
            ".got",
            x=str(NAMES),
            y=f"{middle - BAR / 2:.0f}",
            width=f"{max(bar.value, 0) * scale:.1f}",
            height=str(BAR),
        ),
        line(
            ".target",
            x1=f"{mark:.1f}",
            x2=f"{mark:.1f}",
            y1=f"{middle - BAR / 2 - 4:.0f}",
            y2=f"{middle + BAR / 2 + 4:.0f}",
        ),
        text(".value", x=f"{end + 8:.1f}", y=f"{middle + 4:.0f}")[bar.says],
    ]


def _key(mark: h.Element) -> h.Element:
    return svg(width="12", height="12", aria_hidden="true")[mark]
