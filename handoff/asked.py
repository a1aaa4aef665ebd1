"""What is asked of figures, as an address says it: on which ground, of which time, parted by what.
Pure. It says nothing of whether it is anybody's to see.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from handoff.errors import RefusedError
from handoff.figures import BY_CODE, Figure, Period
from handoff.scope import By, Ground, Kind
from handoff.weekly import monday_of

LATELY = "4w"  # the four weeks until now
WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
YEAR = re.compile(r"\d{4}", re.ASCII)
PLAIN = re.compile(
    r"[A-Za-z0-9_-]", re.ASCII
)  # in a part of an address; all else as ~ and a number
WORD = re.compile(r"[A-Za-z0-9_.~-]{1,400}", re.ASCII)
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
FIRST_YEAR = 2000
BOTTOM = ".of"  # after a share, of the list of how many it is
NONE = "-"
WITH_NONE = frozenset({Kind.LEADERS, Kind.BELOW, Kind.CAMPAIGN, Kind.ORGANISATION})
"""What needs nothing named."""


class UnknownError(RefusedError):
    """There is no such page. The address was cut short, or written by hand."""


class NotBegunError(RefusedError):
    """That time has not begun, so nothing is counted in it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A stretch of days with a name."""

    code: str
    name: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one page of figures is asked for."""

    ground: Ground
    time: Time
    by: By | None = None

    @property
    def path(self) -> str:
        """As it stands in an address."""
        said = f"{ground_text(self.ground)}/{self.time.code}"
        return f"{said}/{self.by.value}" if self.by else said

    def on(self, kind: Kind, which: str = "", by: By | None = None) -> "Asked":
        return replace(self, ground=Ground(kind, which), by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Figures of what is asked, or the list behind one of them, to be taken along."""

    asked: Asked
    figure: Figure | None = None  # None: all that there are
    bottom: bool = False
    part: str | None = None  # None: the whole

    @property
    def path(self) -> str:
        if self.figure is None:
            return f"{FIGURES}/{self.asked.path}"
        said = f"{LIST}/{self.figure.code}{BOTTOM if self.bottom else ''}/{self.asked.path}"
        return said if self.part is None else f"{said}/{escaped(self.part) or NONE}"


FIGURES, LIST, WEEKS, POOL = "figures", "list", "week", "pool"


@dataclass(frozen=True, slots=True)
class OfWeek:
    """The report of a week, to be taken along."""

    monday: date

    @property
    def path(self) -> str:
        return f"{WEEKS}/{self.monday.isoformat()}"


@dataclass(frozen=True, slots=True)
class OfPool:
    """How a pool stands, to be taken along."""

    code: str

    @property
    def path(self) -> str:
        return f"{POOL}/{escaped(self.code)}"


class Own(StrEnum):
    """What stands on the page of whoever looks, to be taken along."""

    OWED = "owed"  # what they owe, and what they handed over
    KEPT = "kept"  # what they kept, in the times over which the page tells it

    @property
    def path(self) -> str:
        return self.value


Taken = Wanted | OfWeek | OfPool | Own


def wanted(path: str, at: date) -> Taken:
    """As its `path` says it. Raises UnknownError, NotBegunError."""
    kind, *rest = path.split("/")
    if path in list(Own):
        return Own(path)
    if kind == POOL and len(rest) == 1 and rest[0]:
        return OfPool(unescaped(rest[0]))
    if kind == WEEKS and len(rest) == 1 and (monday := monday_of(rest[0])):
        return OfWeek(monday)
    if kind == FIGURES and len(rest) in (2, 3):
        return Wanted(asked=_asked(rest, at))
    if kind == LIST and len(rest) in (3, 4, 5):
        code, *rest = rest
        figure, bottom = figure_of(code)
        want = _asked(rest[:3], at)
        return Wanted(
            asked=want, figure=figure, bottom=bottom, part=part_of(want, "".join(rest[3:]))
        )
    raise UnknownError


def _asked(said: list[str], at: date) -> Asked:
    ground, time, *by = said
    return asked(ground, time, "".join(by), at)


def part_of(want: Asked, said: str | None) -> str | None:
    """Which part is meant; None where the whole is. Raises UnknownError."""
    if want.by is None or not said:
        return None
    return "" if said == NONE else unescaped(said)


def asked(ground: str, time: str, by: str, at: date) -> Asked:
    """Empty is what is meant by nothing said. Raises UnknownError, NotBegunError."""
    return Asked(ground=ground_of(ground), time=time_of(time or LATELY, at), by=by_of(by))


def ground_text(ground: Ground) -> str:
    return f"{ground.kind.value}.{escaped(ground.which)}" if ground.which else ground.kind.value


def ground_of(text: str) -> Ground:
    """Raises UnknownError."""
    kind, dot, which = text.partition(".")
    try:
        found = Ground(Kind(kind), unescaped(which))
    except ValueError as error:
        raise UnknownError from error
    if bool(dot) is not bool(found.which) or not (found.which or found.kind in WITH_NONE):
        raise UnknownError
    if found.which and found.kind in (Kind.ORGANISATION, Kind.LEADERS):
        raise UnknownError
    return found


def by_of(text: str) -> By | None:
    """Raises UnknownError."""
    if text in ("", NONE):
        return None
    try:
        return By(text)
    except ValueError as error:
        raise UnknownError from error


def figure_of(text: str) -> tuple[Figure, bool]:
    """A figure, and whether of a share its bottom is meant. Raises UnknownError."""
    code = text.removesuffix(BOTTOM)
    figure = BY_CODE.get(code)
    if figure is None or (code != text and figure.bottom is None):
        raise UnknownError
    return figure, code != text


@lru_cache(2_000)  # of a page the same few, again and again
def escaped(text: str) -> str:
    """Any text, of letters that an address leaves as they are."""
    return "".join(
        one if PLAIN.fullmatch(one) else "".join(f"~{byte:02x}" for byte in one.encode())
        for one in text
    )


def unescaped(text: str) -> str:
    """What `escaped` was made of. Raises UnknownError for what nothing is escaped to."""
    if not text:
        return ""
    try:
        parts = re.split(r"~([0-9a-f]{2})", text)
        found = b"".join(
            bytes([int(part, 16)]) if n % 2 else part.encode() for n, part in enumerate(parts)
        ).decode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise UnknownError from error
    if "\0" in found or escaped(found) != text:
        raise UnknownError
    return found


# --- Times ------------------------------------------------------------------------------------


def time_of(code: str, today: date) -> Time:
    """Raises UnknownError, and NotBegunError for what is ahead."""
    try:
        found = _time(code, today)
    except (ValueError, OverflowError) as error:
        raise UnknownError from error
    if found is None or found.period.since.year < FIRST_YEAR:
        raise UnknownError
    if found.period.since > today:
        raise NotBegunError
    return found


def time_of_days(period: Period, today: date) -> Time | None:
    """The week, month, quarter or year of just those days; None where there is none of them."""
    first = period.since
    for code in (
        *(week_code(first), f"{first.year:04}-{first.month:02}"),
        *(f"{first.year:04}-Q{(first.month + 2) // 3}", f"{first.year:04}"),
    ):
        if (found := time_of(code, max(today, first))).period == period:
            return found
    return None


def _time(code: str, today: date) -> Time | None:
    if code == LATELY:
        until = today + timedelta(days=1)
        period = Period(until - timedelta(weeks=4), until)
        return Time(code=code, name="the last four weeks", period=period)
    if found := WEEK.fullmatch(code):
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        name = f"the week of {monday.day} {MONTHS[monday.month - 1]} {monday.year}"
        return Time(code=code, name=name, period=Period.week_of(monday))
    if found := QUARTER.fullmatch(code):
        year, quarter = int(found[1]), int(found[2])
        period = Period(date(year, 3 * quarter - 2, 1), _month(year, 3 * quarter + 1))
        return Time(code=code, name=f"quarter {quarter} of {year}", period=period)
    if found := MONTH.fullmatch(code):
        year, month = int(found[1]), int(found[2])
        period = Period(date(year, month, 1), _month(year, month + 1))
        return Time(code=code, name=f"{MONTHS[month - 1]} {year}", period=period)
    if YEAR.fullmatch(code):
        year = int(code)
        return Time(code=code, name=code, period=Period(date(year, 1, 1), date(year + 1, 1, 1)))
    return None


def _month(year: int, month: int) -> date:
    """The first of a month, which may be one of the next year."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def week_code(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def choices(today: date) -> list[Time]:
    """What there is to choose from: near first."""
    before = today - timedelta(weeks=1)
    month = f"{today.year:04}-{today.month:02}"
    quarter = f"{today.year:04}-Q{(today.month + 2) // 3}"
    codes: Iterable[str] = (
        *(week_code(today), week_code(before), LATELY, month, quarter, f"{today.year:04}"),
        f"{today.year - 1:04}",
    )
    return [time_of(code, today) for code in codes]
