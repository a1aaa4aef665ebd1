"""Pictures of figures, as SVG: for a page, in whose colours each theme shows them, and as they are
for whatever makes a PNG of one. Pure.

Every colour stands in the picture itself, as an attribute, which any rule of a page's style sheet
goes before: so the same picture needs no style sheet, and takes a page's where there is one.
Nothing in it is style or script, which the tab lets nobody bring in. A picture is never alone: the
sentence that it shows is its label, and a table with its numbers stands beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import htpy as h

WIDE = 360  # of every picture: as it is on a phone, and not much more elsewhere
PAD = 6  # at each side
LIGHT: Mapping[str, str] = {  # what is drawn, and its colour where no style sheet says another
    "got": "#5b5fc7",
    "target": "#616161",
    "band": "#c5cbfa",
    "grid": "#d1d1d1",
    "ink": "#242424",
    "soft": "#616161",
}
FONT = "Segoe UI, system-ui, -apple-system, sans-serif"
BAR, ROW, TALL = 12, 42, 160  # pixels: a bar, its row, a picture of lines
ROOM = 50  # characters beside each other in a picture; all of them stand in the table
APART = 180  # between the first of which there is anything and the last, where both are named
LEFT, TOP, FOOT = 48, 14, 28  # of what is drawn in a picture of lines

_a, _circle, _line = h.Element("a"), h.Element("circle"), h.Element("line")
_path, _rect, _svg, _text = (
    h.Element("path"),
    h.Element("rect"),
    h.Element("svg"),
    h.Element("text"),
)
_title = h.Element("title")

Leads = Callable[[str], Mapping[str, str]]
"""What makes a link of an address here: its attributes."""


def plainly(address: str) -> Mapping[str, str]:
    return {"href": address}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    name: str
    value: float
    says: str  # beside it
    mark: float | None = None  # what it should be
    to: str = ""  # where its list is


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One of a row of shares, parts of one; *value* is None where there is none."""

    name: str
    value: float | None
    low: float = 0.0  # between which it lies, in 95 of 100
    high: float = 1.0
    few: bool = False  # so few that it says little
    says: str = ""
    to: str = ""


def bars(
    shown: Sequence[Bar], *, says: str, leads: Leads = plainly, whole: float | None = None
) -> h.Element:
    """A bar for each, one below the other; the longest, or the *whole* that each is a part of, is
    as wide as the picture. *says* is what it shows, for whoever does not see it.
    """
    most = whole or max([one for bar in shown for one in (bar.value, bar.mark or 0)] + [1e-9])
    scale = (WIDE - 2 * PAD) / most
    return _picture(
        ROW * len(shown),
        says,
        [_bar(bar, ROW * n, scale, leads) for n, bar in enumerate(shown)],
        leads=any(bar.to for bar in shown),
    )


def _bar(bar: Bar, top: int, scale: float, leads: Leads) -> h.Node:
    long = max(bar.value, 0) * scale
    at = top + ROW - BAR - 8
    drawn = [
        _rect(
            **_paint("grid"), x=_n(PAD), y=_n(at + BAR - 1), width=_n(WIDE - 2 * PAD), height="1"
        ),
        _rect(**_paint("got"), x=_n(PAD), y=_n(at), width=_n(long), height=_n(BAR)),
        _words(_short(bar.name, ROOM - len(bar.says) - 2), PAD, top + 16),
        _words(bar.says, WIDE - PAD, top + 16, soft=True, ends=True),
    ]
    if bar.mark is not None:
        x = PAD + max(bar.mark, 0) * scale
        drawn.append(
            _rect(**_paint("target"), x=_n(x - 1.5), y=_n(at - 2), width="3", height=_n(BAR + 6))
        )
    # The whole row leads there: on a phone a short bar is nothing to hit.
    room = _rect(x="0", y=_n(top), width=_n(WIDE), height=_n(ROW), fill="transparent")
    return _linked([room, *drawn], bar.to, f"{bar.name}: {bar.says}", leads)


def line(shown: Sequence[Point], *, says: str, leads: Leads = plainly) -> h.Element:
    """Shares one after the other, each with how far it may lie from there."""
    high = TALL - TOP - FOOT
    step = (WIDE - LEFT - PAD - 12) / max(len(shown) - 1, 1)

    def x(n: int) -> float:
        return LEFT + 6 + step * n

    def y(value: float) -> float:
        return TOP + high * (1 - value)

    grid = [
        [
            _line(
                x1=_n(LEFT),
                x2=_n(WIDE - PAD),
                y1=_n(y(part)),
                y2=_n(y(part)),
                stroke=LIGHT["grid"],
                class_="grid-line",
            ),
            _words(f"{round(100 * part)} %", LEFT - 6, y(part) + 4, soft=True, ends=True),
        ]
        for part in (0, 0.5, 1)
    ]
    there = [(n, one, one.value) for n, one in enumerate(shown) if one.value is not None]
    drawn: list[h.Node] = []
    for some in _runs([n for n, _, _ in there]):
        wide = (
            [(x(n), n) for n in some]
            if some[1:]
            else [(x(some[0]) + by, some[0]) for by in (-4, 4)]
        )
        ups = " ".join(f"{_n(at)},{_n(y(shown[n].high))}" for at, n in wide)
        downs = " ".join(f"{_n(at)},{_n(y(shown[n].low))}" for at, n in reversed(wide))
        drawn.append(_path(**_paint("band"), d=f"M{ups} {downs}Z"))
        along = " ".join(f"{_n(x(n))},{_n(y(shown[n].value or 0))}" for n in some)
        drawn.append(
            _path(
                class_="got-line", d=f"M{along}", fill="none", stroke=LIGHT["got"], stroke_width="2"
            )
        )
    for n, one, value in there:
        looks = {"class_": "few", "fill": "#fff", "stroke": LIGHT["got"], "stroke_width": "2"}
        dot = _circle(cx=_n(x(n)), cy=_n(y(value)), r="4", **(looks if one.few else _paint("got")))
        room = _rect(
            x=_n(x(n) - step / 2), y=_n(TOP), width=_n(step), height=_n(high), fill="transparent"
        )
        drawn.append(_linked([room, dot], one.to, f"{one.name}: {one.says}", leads))
    first, last = (there[0][0], there[-1][0]) if there else (0, 0)
    apart = (last - first) * step >= APART
    named = [_words(shown[first].name, x(first), TALL - 8, soft=True)] if apart else []
    if shown:
        ends = apart or x(last) > WIDE / 2
        named.append(_words(shown[last].name, x(last), TALL - 8, soft=True, ends=ends))
    return _picture(TALL, says, [grid, drawn, named], leads=any(one.to for one in shown))


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Those that follow each other, together."""
    found: list[list[int]] = []
    for n in numbers:
        if found and found[-1][-1] == n - 1:
            found[-1].append(n)
        else:
            found.append([n])
    return found


def key(*shown: tuple[str, str]) -> h.Element:
    """What each way of drawing means."""
    return h.p(".key")[
        [
            h.span[
                _svg(width="12", height="12", viewBox="0 0 12 12", aria_hidden="true")[
                    _rect(**_paint(how), width="12", height="12")
                    if how != "target"
                    else _rect(**_paint(how), x="4", width="4", height="12")
                ],
                words,
            ]
            for how, words in shown
        ]
    ]


def alone(picture: h.Element) -> str:
    """The picture as a file of its own, to be put on white."""
    return str(picture)


def _picture(high: int, says: str, parts: h.Node, *, leads: bool) -> h.Element:
    """In a picture that is an image nothing may be a link."""
    return _svg(
        ".picture",
        xmlns="http://www.w3.org/2000/svg",  # which a file of its own needs
        role="group" if leads else "img",
        aria_label=says,
        viewBox=f"0 0 {WIDE} {high}",
        width=str(WIDE),
        height=str(high),
        font_family=FONT,
        font_size="13",
    )[parts]


def _linked(parts: list[h.Element], to: str, says: str, leads: Leads) -> h.Node:
    """The keyboard has the table: whoever tabs goes through each list once."""
    named = [_title[says], *parts]
    return _a(leads(to), tabindex="-1")[named] if to else h.Element("g")[named]


def _words(words: str, x: float, y: float, *, soft: bool = False, ends: bool = False) -> h.Element:
    how = "soft" if soft else "ink"
    return _text(**_paint(how), x=_n(x), y=_n(y), text_anchor="end" if ends else "start")[words]


def _paint(how: str) -> dict[str, str]:
    return {"class_": how, "fill": LIGHT[how]}


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: max(most - 1, 1)]}…"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
