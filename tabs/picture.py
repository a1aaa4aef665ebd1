"""A picture of bars, each with a mark for what it should be. Pure.

It is drawn in the page, so that it has the page's colours in each theme and its width on each
screen; its sentence and its table stand beside it. What it looks like is in `files/tab.css`, for
styles in the page are not let in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import htpy as h

WIDE, HIGH = 1000, 24  # of a bar's own measure, which is stretched to the screen
BEGINS, ENDS = 4, 20  # of the bar, within that height

svg, rect = h.Element("svg"), h.Element("rect")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    name: str
    value: float
    mark: float  # what it should be
    says: str  # beside it


def bars(shown: Sequence[Bar], *, says: str, value: str, mark: str) -> h.Node:
    """*says* is what it shows, for whoever does not see it; *value* and *mark* what both are."""
    top = max([one for bar in shown for one in (bar.value, bar.mark)] + [1.0])
    return [
        h.div(".bars", role="img", aria_label=says)[[_bar(bar, WIDE / top) for bar in shown]],
        h.p(".key")[
            h.span[_key(rect(".got", width="12", height="12")), value],
            h.span[_key(rect(".target", x="4", width="4", height="12")), mark],
        ],
    ]


def _bar(bar: Bar, scale: float) -> h.Node:
    long, at = max(bar.value, 0) * scale, max(bar.mark, 0) * scale
    return h.div(".bar")[
        h.span(".name")[bar.name],
        svg(viewBox=f"-4 0 {WIDE + 8} {HIGH}", preserveAspectRatio="none", aria_hidden="true")[
            rect(".got", x="0", y=str(BEGINS), width=f"{long:.0f}", height=str(ENDS - BEGINS)),
            rect(".target", x=f"{at - 3:.0f}", y="0", width="6", height=str(HIGH)),
        ],
        h.span(".n")[bar.says],
    ]


def _key(mark: h.Element) -> h.Element:
    return svg(width="12", height="12", aria_hidden="true")[mark]
