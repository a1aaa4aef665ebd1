"""How figures stand on a page: each with the way to its list, each part by its name, each picture
with its sentence and its table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import htpy as h

import charts
from cards.elements import clean
from cards.told import (
    NO_REASON,
    OTHER_PARTS,
    TOO_FEW,
    WHY_TOO_FEW,
    capital,
    cause,
    code_words,
    in_words,
    told,
)
from cards.weekly_report import team_of
from handoff.asked import BOTTOM, NONE, Asked, choices, escaped, week_code
from handoff.figures import BY_CODE, FEW, Figure, Period, Share, Unit, Value
from handoff.policy import Policy
from handoff.scope import NAMING, By, Ground, Kind, NotShownError
from store.disclosure import Crowds
from store.fact_terms import Look
from store.figures import Cell, Shown
from tabs.page import leads_to, link, table
from tabs.reading import Reader

ROWS = 60  # of one table
OF_HANDED_OVER = ", of handed over"
ZERO = h.span(".zero")["0"]
"""On a phone a row says what there is."""
NO_NAME: Mapping[By, str] = {
    By.TEAM: "In no team",
    By.REGION: "No region",
    By.SEGMENT: "No segment",
    By.CAMPAIGN: "No campaign",
    By.REASON: capital(NO_REASON),
    By.REP: "No rep yet",
    By.QUALIFIER: "No qualifier",
    By.WHO: "Nobody",
    By.CODE: "Any",
}
BY_NAMES: Mapping[By, str] = {
    By.REGION: "Region",
    By.TEAM: "Team",
    By.REP: "Rep",
    By.QUALIFIER: "Qualifier",
    By.CAMPAIGN: "Campaign",
    By.SEGMENT: "Segment",
    By.WEEK: "Week",
    By.WHO: "Who",
    By.REASON: "Why",
    By.CODE: "What",
}


@dataclass(slots=True, kw_only=True)
class Shelf:
    """Figures of one page, as its reader may see them, and what names stand for."""

    reader: Reader
    asked: Asked
    listed: bool  # whether lists are theirs
    people: dict[str, str] = field(default_factory=dict)  # names, by id
    campaigns: dict[str, str] = field(default_factory=dict)  # names, by key
    hides: bool = False  # whether anything on the page is not shown
    crowds: Crowds = field(init=False)

    def __post_init__(self) -> None:
        self.crowds = self.reader.stores.figures.crowds(self.reader.scope)

    async def values(self, asked: Asked, codes: Iterable[str]) -> dict[str, Shown]:
        """The figures of those codes. Raises NotShownError."""
        reader = self.reader
        found = await reader.stores.figures.values(
            reader.scope,
            [BY_CODE[code] for code in codes],
            look_of(asked),
            reader.at,
            self.crowds,
        )
        if asked.by in (*NAMING, By.TEAM):
            await self.knows({cell.part for one in found for cell in one.parts})
        if asked.by is By.CAMPAIGN:
            await self.calls(asked, {cell.part for one in found for cell in one.parts})
        return {one.figure.code: one for one in found}

    async def calls(self, asked: Asked, campaigns: Iterable[str]) -> None:
        """What those *campaigns*, each a key, are called from now on."""
        reader, new = self.reader, set(campaigns) - self.campaigns.keys()
        look = look_of(asked)
        self.campaigns |= await reader.stores.figures.campaigns(reader.scope, look, new)

    async def knows(self, ids: Iterable[str]) -> None:
        """Names of those, from now on."""
        new = {id for id in ids if id and id not in self.people}
        found = await self.reader.stores.people.called(new) if new else {}
        self.people |= {id: clean(one.name) for id, one in found.items()}

    def name(self, by: By, part: str, figure: Figure | None = None) -> str:
        """What a *part* is called: a code by what the *figure* counts."""
        if not part:
            return NO_NAME.get(by, NONE)
        match by:
            case By.WHO | By.REP | By.QUALIFIER:
                own = part == self.reader.viewer.id
                return "You" if own else self.people.get(part, "Somebody who has left")
            case By.TEAM:
                own = part == self.reader.viewer.id
                return "Your team" if own else team_of(self.people.get(part, "Somebody"))
            case By.CAMPAIGN:
                return clean(self.campaigns.get(part) or capital(part))  # a key is in small letters
            case By.REASON:
                return reason_words(self.reader.policy, part)
            case By.CODE:
                assert figure
                return code_words(figure.top.what[0], part)
            case By.WEEK:
                return week_words(part, self.asked.time.period, self.reader.at.date())[0]
            case _:
                return clean(part)

    def not_shown(self) -> h.Element:
        """In the place of what is about too few people."""
        self.hides = True
        return h.span(".quiet", title=WHY_TOO_FEW)[TOO_FEW]

    def cell(
        self, shown: Shown, cell: Cell, asked: Asked, *, says: str = "", of_what: str = ""
    ) -> h.Node:
        """What it comes to, and the way to its list."""
        value = cell.value
        if value is None:
            return self.not_shown()
        words = says or told(shown.figure, value)
        if value == 0:
            return ZERO
        if not self.listed or empty(value):
            return words
        label = f"{shown.figure.name}, {of_what}: {words}" if of_what else None
        return leads_to(list_path(shown.figure, asked, cell.part), words, label=label)


def week_words(week: str, period: Period, today: date) -> tuple[str, str]:
    """What a week is called, and when that was, in a sentence: by its Monday, 2 Mar; of another
    year than *today*'s, 30 Dec 2024. One of which *period* has a part alone is never called the
    week: 10 to 15 Feb.
    """
    try:
        monday = date.fromisoformat(f"{week}-1")
    except ValueError:
        return clean(week), f"in {clean(week)}"  # of an address that somebody wrote
    sunday = monday + timedelta(days=6)
    first, last = max(monday, period.since), min(sunday, period.until - timedelta(days=1))
    name = _day(monday, today)
    if first == monday and monday <= today < sunday and last >= today:
        return name, f"in the week of {name} so far"
    if last < first or (first == monday and (last == sunday or last >= today)):
        return name, f"in the week of {name}"
    if first == last:
        return f"{_day(first, today)} alone", f"on {_day(first, today)} alone"
    begins = str(first.day) if first.month == last.month else f"{first.day} {first:%b}"
    begins = _day(first, today) if first.year != last.year else begins
    return f"{begins} to {_day(last, today)}", f"from {begins} to {_day(last, today)}"


def _day(on: date, today: date) -> str:
    return f"{on.day} {on:%b}" + (f" {on.year}" if on.year != today.year else "")


def look_of(asked: Asked) -> Look:
    return Look(ground=asked.ground, period=asked.time.period, by=asked.by)


def empty(value: Value) -> bool:
    match value:
        case int():
            return value == 0
        case Share(top, _):
            return top == 0
        case Mapping():
            return not value
        case _:
            return value.n == 0


def list_path(
    figure: Figure, asked: Asked, part: str = "", *, bottom: bool = False, from_: int = 0
) -> str:
    """Of the list behind a figure, or a part of it."""
    code = figure.code + (BOTTOM if bottom else "")
    said = f"list/{code}/{Asked(ground=asked.ground, time=asked.time).path}"
    if asked.by:
        said += f"/{asked.by.value}/{escaped(part) or NONE}"
    return f"{said}/{from_}" if from_ and asked.by else f"{said}/-/-/{from_}" if from_ else said


def reason_words(policy: Policy, code: str) -> str:
    found = cause(policy, code)
    return clean(found) if found != code else capital(in_words(code))


def heads(codes: Sequence[str], first: str) -> list[h.Node]:
    """Of a table of figures: each says what it is to whoever points at it."""
    return [first, *[head(BY_CODE[code]) for code in codes]]


def head(figure: Figure) -> h.Element:
    """Of a step it says above the table of how many it is."""
    name = figure.name.removesuffix(OF_HANDED_OVER) if figure.cohort else figure.name
    return h.abbr(title=figure.says)[name]


def times(asked: Asked, page: str, today: date) -> h.Element:
    """Of which time it is shown, to choose another."""
    offered = choices(today)
    return _choose(
        "When",
        [
            (SHORT.get(n, one.name), f"{page}/{replace(asked, time=one).path}", one == asked.time)
            for n, one in enumerate(offered)
        ],
    )


SHORT: Mapping[int, str] = {0: "This week", 1: "Last week", 2: "Four weeks"}


def ways(asked: Asked, page: str, offered: Sequence[By], chosen: By) -> h.Node:
    """By what it is parted, to choose another; nothing where there is no other."""
    if len(offered) < 2:
        return None
    return _choose(
        "By",
        [
            (BY_NAMES[one].lower(), f"{page}/{replace(asked, by=one).path}", one is chosen)
            for one in offered
        ],
    )


def _choose(what: str, offered: Sequence[tuple[str, str, bool]]) -> h.Element:
    return h.p(".choose.screen")[
        h.span(".quiet")[f"{what}:"],
        [
            h.strong[capital(name)] if chosen else leads_to(path, capital(name))
            for name, path, chosen in offered
        ],
    ]


def few_said(shelf: Shelf) -> h.Node:
    return h.p(".quiet")[WHY_TOO_FEW] if shelf.hides else None


def weeks(shelf: Shelf, asked: Asked, shown: Shown) -> h.Node:
    """A share, week by week: a picture and its table."""
    cells = {cell.part: cell for cell in shown.parts}
    today = shelf.reader.at.date()
    codes = [week_code(one.since) for one in asked.time.period.weeks() if one.since <= today]
    points = [_point(shelf, asked, shown.figure, code, cells.get(code)) for code in codes]
    whens = [week_words(code, asked.time.period, today)[1] for code in codes]
    says = weeks_said(shown.figure, list(zip(points, whens, strict=True)))
    return (
        none_shown(shown.parts)
        or (h.p[says] if sum(one.value is not None for one in points) == 1 else None)
        or h.figure[
            h.figcaption[says],
            charts.line(points, says=says, leads=link),
            charts.key(("got", "each week"), ("band", "likely range, in 95 of 100")),
            h.details[
                h.summary["As a table"],
                table(
                    shown.figure.says,
                    ["Week", shown.figure.name],
                    [
                        [point.name, shelf.cell(shown, cells[code], asked, of_what=point.name)]
                        for code, point in zip(codes, points, strict=True)
                        if code in cells
                    ],
                    numbers=1,
                ),
            ],
            h.p(".quiet")[OTHER_WEEKS] if any(cell.value is None for cell in shown.parts) else None,
        ]
    )


OTHER_WEEKS = "The weeks that are not shown are about too few people, or would tell of those."


def _point(
    shelf: Shelf, asked: Asked, figure: Figure, code: str, cell: Cell | None
) -> charts.Point:
    name = shelf.name(By.WEEK, code)
    value = cell.value if cell else None
    if not isinstance(value, Share) or not value.bottom:
        return charts.Point(name=name, value=None)
    low, high = value.interval
    return charts.Point(
        name=name,
        value=value.top / value.bottom,
        low=low,
        high=high,
        few=value.bottom < FEW,
        says=value.told,
        to=list_path(figure, asked, code) if shelf.listed and value.top else "",
    )


def weeks_said(figure: Figure, points: Sequence[tuple[charts.Point, str]]) -> str:
    """What the picture shows, each point with when it was. Two weeks are told apart only where what
    they may be does not overlap.
    """
    there = [(one, when) for one, when in points if one.value is not None]
    if not there:
        return f"{figure.name}: there is nothing to show yet."
    (first, then), (last, now) = there[0], there[-1]
    if first is last or first.few or last.few:  # of few nothing is told apart
        return f"{figure.name}: {last.says} {now}."
    way = "higher than" if last.low > first.high else "lower than"
    if last.low <= first.high and last.high >= first.low:
        way = "no clear difference from"
    return f"{figure.name}: {last.says} {now}, {way} {first.says} {then}."


def parts(shelf: Shelf, asked: Asked, shown: Shown, caption: str) -> h.Node:
    """How often each of its parts was, the most first: a picture and its table. Of one that is not
    shown its name would tell what happened, so nothing of it is.
    """
    assert asked.by
    cells = [cell for cell in shown.parts if cell.value is None or not empty(cell.value)]
    cells.sort(key=_most)
    if not cells:
        return h.p["None in this time."]
    there = [cell for cell in cells if cell.value is not None]
    if not there:
        return h.p(".quiet")[NO_PART]
    named = [(shelf.name(asked.by, cell.part, shown.figure), cell) for cell in there]
    counted = [(name, cell, size(cell.value)) for name, cell in named if cell.value is not None]
    says = parts_said([(name, count) for name, _, count in counted], all_=there == cells)
    return h.figure[
        h.figcaption[says],
        charts.bars(
            [
                charts.Bar(
                    name=name,
                    value=count,
                    says=f"{count:,}",
                    to=list_path(shown.figure, asked, cell.part) if shelf.listed else "",
                )
                for name, cell, count in counted
            ],
            says=says,
            leads=link,
        ),
        h.details[
            h.summary["As a table"],
            table(
                caption,
                [BY_NAMES[asked.by], "How often"],
                [
                    [
                        name,
                        shelf.cell(
                            shown,
                            cell,
                            asked,
                            says=f"{count:,}",
                            of_what=name,
                        ),
                    ]
                    for name, cell, count in counted
                ],
                numbers=1,
            ),
        ],
        None if there == cells else h.p(".quiet")[OTHER_PARTS],
    ]


NO_PART = "What there was is not shown, for it is about too few people."


def none_shown(cells: Sequence[Cell]) -> h.Element | None:
    """One sentence in place of a table in which there is nothing to read."""
    if not cells or any(cell.value is not None for cell in cells):
        return None
    return h.p(".quiet")[NO_PART]


def parts_said(counted: Sequence[tuple[str, int]], *, all_: bool) -> str:
    whole = sum(count for _, count in counted)
    many = f"{whole:,} in all" if all_ else f"{whole:,} of those that are shown"
    name, most = counted[0]
    if len(counted) == 1:
        return f"{many}: {name}."
    if counted[1][1] == most:  # none of them is the most frequent
        return f"{many}."
    return f"{many}, most often: {name} ({most:,})."


def size(value: Value) -> int:
    """Of how many things it is."""
    match value:
        case int():
            return value
        case Share(top, _):
            return top
        case Mapping():
            return len(value)
        case _:
            return value.n


def _most(cell: Cell) -> tuple[int, str]:
    return (-size(cell.value) if cell.value is not None else 0, cell.part)


def abbr(code: str) -> h.Node:
    """The name of a figure, with what it counts."""
    return h.abbr(title=BY_CODE[code].says)[BY_CODE[code].name]


def way(shelf: Shelf, want: Asked, by: By, id: str) -> h.Node:
    """The name of a part, and the way to its page where there is one that is theirs."""
    name, scope = shelf.name(by, id), shelf.reader.scope
    match by:
        case By.WHO | By.REP | By.QUALIFIER:
            ground = Ground(Kind.PERSON, id)
        case By.TEAM:
            ground = Ground(Kind.TEAM, id)
        case By.REGION:
            ground = Ground(Kind.BELOW, id)
        case _:
            return name
    try:
        seen = bool(id) and scope.sees(ground)
    except NotShownError:
        seen = False
    return leads_to(f"team/{want.on(ground.kind, ground.which).path}", name) if seen else name


def part(shown: Shown, id: str) -> Cell:
    """What it comes to for one part: where nothing is counted, nothing."""
    return next((cell for cell in shown.parts if cell.part == id), Cell(id, _nothing(shown)))


def _nothing(shown: Shown) -> int | Share:
    return 0 if shown.figure.unit is Unit.COUNT else Share(0, 0)
