"""On which days a series takes place.

https://learn.microsoft.com/graph/api/resources/recurrencepattern
Exchange's own habits: a month too short for the pattern's day takes its last day, and a week of a
weekly pattern begins on the pattern's first day.
"""

import calendar
import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from sandbox.exchange.model import Event, Pattern, Recurrence
from sandbox.zones import zone

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
TYPES = (
    "daily",
    "weekly",
    "absoluteMonthly",
    "relativeMonthly",
    "absoluteYearly",
    "relativeYearly",
)


def dates(recurrence: Recurrence, *, until: date) -> Iterator[date]:
    """The days of the series up to and including `until`, gaps and exceptions not regarded."""
    limits = recurrence.range
    last = min(until, limits.end) if limits.type == "endDate" and limits.end else until
    found = itertools.takewhile(
        lambda day: day <= last,
        (day for day in _endless(recurrence.pattern, limits.start) if day >= limits.start),
    )
    most = min(limits.count, date.max.toordinal())
    return itertools.islice(found, most) if limits.type == "numbered" else found


def first_date(recurrence: Recurrence) -> date | None:
    """The first day of the series; Exchange moves a start that does not fit the pattern to it."""
    horizon = recurrence.range.start + timedelta(days=366 * 8)
    return next(dates(recurrence, until=horizon), None)


def times(master: Event, day: date) -> tuple[datetime, datetime]:
    """When the occurrence of that day begins and ends, in UTC: the wall clock of the series' zone
    decides. One that begins in an hour that the clocks skip lasts as long as the others.
    """
    if master.all_day:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return start, start + (master.end - master.start)
    own = zone(master.zone)
    first, last = master.start.astimezone(own), master.end.astimezone(own)
    shift = day - first.date()
    start = (first + shift).astimezone(UTC)  # adding days to a zoned time keeps the wall clock
    end = (last + shift).astimezone(UTC)
    skipped = start.astimezone(own).replace(tzinfo=None) != (first + shift).replace(tzinfo=None)
    return start, start + (last - first) if skipped else end


def local_date(event: Event) -> date:
    """The day on which the event begins where it was made."""
    return event.start.date() if event.all_day else event.start.astimezone(zone(event.zone)).date()


def _endless(pattern: Pattern, start: date) -> Iterator[date]:
    match pattern.type:
        case "daily":
            return _daily(pattern, start)
        case "weekly":
            return _weekly(pattern, start)
        case _:
            return _by_month(pattern, start)


def _daily(pattern: Pattern, start: date) -> Iterator[date]:
    for n in range(start.toordinal(), date.max.toordinal() + 1, pattern.interval):
        yield date.fromordinal(n)


def _weekly(pattern: Pattern, start: date) -> Iterator[date]:
    first = DAYS.index(pattern.first_day)
    week = start - timedelta(days=(start.weekday() - first) % 7)
    offsets = sorted((DAYS.index(day) - first) % 7 for day in pattern.days)
    for n in range(week.toordinal(), date.max.toordinal() - 6, 7 * pattern.interval):
        for offset in offsets:
            yield date.fromordinal(n + offset)


def _by_month(pattern: Pattern, start: date) -> Iterator[date]:
    yearly = pattern.type.endswith("Yearly")
    month = pattern.month if yearly else start.month
    number = start.year * 12 + month - 1
    step = pattern.interval * (12 if yearly else 1)
    while number // 12 <= date.max.year:
        yield _day_of(pattern, number // 12, number % 12 + 1)
        number += step


def _day_of(pattern: Pattern, year: int, month: int) -> date:
    length = calendar.monthrange(year, month)[1]
    if pattern.type.startswith("absolute"):
        return date(year, month, min(pattern.day, length))
    wanted = {DAYS.index(day) for day in pattern.days}
    fitting = [
        date(year, month, day)
        for day in range(1, length + 1)
        if date(year, month, day).weekday() in wanted
    ]
    return fitting[PLACES[pattern.index]]
