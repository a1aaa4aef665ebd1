"""Working time: when a person works, and sums in working hours. Pure; every moment is aware UTC.

A day is read on the wall clock of the person's own zone, so that 09:00 stays 09:00 across a
change to or from summer time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from operator import attrgetter
from zoneinfo import ZoneInfo

OPEN_END = datetime(9000, 1, 1, tzinfo=UTC)  # the end of an absence until further notice
HORIZON = timedelta(days=120)  # who is away for all of this is timed as if they were not
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time: *start* belongs to it, *end* does not. UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTime:
    """When one person works: the weekly hours of their mailbox, less holidays and absences."""

    zone: str  # IANA name
    days: frozenset[int]  # Monday is 0
    start: time  # on the wall clock of `zone`
    end: time
    holidays: frozenset[date] = frozenset()
    away: tuple[Span, ...] = ()  # out of office

    def spans(self, since: datetime, until: datetime) -> Iterator[Span]:
        """The stretches in which the person works, in order, cut to [since, until)."""
        return less(self.days_at_work(since, until), self.away)

    def days_at_work(self, since: datetime, until: datetime) -> Iterator[Span]:
        """The same, absences not regarded."""
        zone = ZoneInfo(self.zone)
        day = since.astimezone(zone).date() - DAY  # hours may run past midnight
        last = until.astimezone(zone).date()
        while day <= last:
            if day.weekday() in self.days and day not in self.holidays:
                ends = day + DAY if self.end <= self.start else day
                span = Span(
                    max(since, datetime.combine(day, self.start, zone).astimezone(UTC)),
                    min(until, datetime.combine(ends, self.end, zone).astimezone(UTC)),
                )
                if span.start < span.end:
                    yield span
            day += DAY

    def at_work(self, at: datetime) -> bool:
        return any(s.start <= at < s.end for s in self.spans(at, at + timedelta(seconds=1)))

    def next_at_work(self, at: datetime) -> datetime:
        """The first working moment from *at* on; *at* itself when none comes for months."""
        return next((s.start for s in self.spans(at, at + HORIZON)), at)

    def last_at_work(self, at: datetime, floor: datetime) -> datetime | None:
        """The end of the last working stretch between *floor* and *at*; None when there is none."""
        spans = list(self.spans(floor, at)) if floor < at else []
        return spans[-1].end if spans else None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments."""
        return sum((s.end - s.start for s in self.spans(start, end)), timedelta())

    def after(self, at: datetime, hours: timedelta) -> datetime:
        """The moment at which *hours* of working time have passed since *at*.

        For someone who is away for months, or until further notice, the hours count that they have
        otherwise, and for who has none the wall clock, so that nothing waits for ever.
        """
        left = hours
        for span in self.spans(at, at + HORIZON):
            if span.end - span.start >= left:
                return span.start + left
            left -= span.end - span.start
        return replace(self, away=()).after(at, hours) if self.away else at + hours


def less(spans: Iterable[Span], taken: Iterable[Span]) -> Iterator[Span]:
    """*spans* without what is *taken*, in order. *spans* come in order and do not overlap."""
    gaps = sorted(taken, key=_START)
    passed = 0  # gaps that end before the span at hand, and so before all later ones
    for span in spans:
        start = span.start
        while passed < len(gaps) and gaps[passed].end <= start:
            passed += 1
        for gap in islice(gaps, passed, None):
            if gap.start >= span.end:
                break
            if gap.end <= start or gap.end <= gap.start:
                continue
            if gap.start > start:
                yield Span(start, gap.start)
            start = max(start, gap.end)
        if start < span.end:
            yield Span(start, span.end)


_START = attrgetter("start")
