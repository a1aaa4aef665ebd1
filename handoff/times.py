"""Which times suit: pure sums over busy calendars and working hours."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from handoff.hours import Span, WorkingTime, less
from handoff.model import Choice
from handoff.policy import Policy

GRID = timedelta(minutes=30)  # meetings begin on the hour or the half hour
FINE_GRID = timedelta(minutes=15)  # follow-ups may begin on the quarter too
FOLLOW_UP_WINDOW = timedelta(days=21)


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """One person's working time and what is in their calendar, as read from Outlook."""

    person: str
    hours: WorkingTime
    busy: tuple[Span, ...]

    def openings(self, start: datetime, end: datetime) -> "Openings":
        """The working time between two moments with nothing in it."""
        return Openings(less(self.hours.spans(start, end), self.busy))


class Openings:
    """Stretches of free working time, to be asked often."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = sorted(spans)
        self._starts = [span.start for span in self._spans]

    def hold(self, span: Span) -> bool:
        """Whether all of *span* is free working time."""
        at = bisect_right(self._starts, span.start) - 1
        return at >= 0 and self._spans[at].end >= span.end


def bookable(
    *,
    qualifier: Availability,
    reps: Sequence[Availability],
    prospect_zone: str,
    minutes: int,
    wanted: date,
    at: datetime,
    policy: Policy,
) -> tuple[Choice, ...]:
    """Up to `policy.times` times that suit the qualifier, a rep and the prospect's day.

    Each goes to the first rep in *reps* who can: their order is whose turn it is. The times are
    spread, one for each half-day while there are that many, and come in order.
    """
    zone = ZoneInfo(qualifier.hours.zone)
    start = max(at + policy.notice, datetime.combine(wanted, time(), zone).astimezone(UTC))
    end = max(at, start) + timedelta(days=policy.days_ahead)
    length = timedelta(minutes=minutes)
    mine = qualifier.openings(start, end + length)
    theirs = [(rep.person, rep.openings(start, end + length)) for rep in reps]
    found: list[Choice] = []
    for moment in _grid(start, end, GRID):
        span = Span(moment, moment + length)
        if not mine.hold(span) or not _suits_prospect(span, prospect_zone, policy):
            continue
        rep = next((person for person, open_ in theirs if open_.hold(span)), None)
        if rep:
            found.append(Choice(moment, rep))
    return _spread(found, policy.times, zone)


def bookable_by_each(
    *,
    qualifier: Availability,
    reps: Sequence[Availability],
    prospect_zone: str,
    minutes: int,
    wanted: date,
    at: datetime,
    policy: Policy,
) -> Mapping[str, tuple[datetime, ...]]:
    """Every time that suits the qualifier, the prospect's day and each rep, by rep, in order."""
    zone = ZoneInfo(qualifier.hours.zone)
    start = max(at + policy.notice, datetime.combine(wanted, time(), zone).astimezone(UTC))
    end = max(at, start) + timedelta(days=policy.days_ahead)
    length = timedelta(minutes=minutes)
    mine = qualifier.openings(start, end + length)
    spans = [Span(moment, moment + length) for moment in _grid(start, end, GRID)]
    suit = [s for s in spans if mine.hold(s) and _suits_prospect(s, prospect_zone, policy)]
    theirs = {rep.person: rep.openings(start, end + length) for rep in reps}
    return {
        rep: tuple(span.start for span in suit if open_.hold(span)) for rep, open_ in theirs.items()
    }


def spread(times: Sequence[datetime], most: int, zone: str) -> tuple[datetime, ...]:
    """At most *most* of them, one for each half-day first."""
    chosen = _spread([Choice(start, "") for start in times], most, ZoneInfo(zone))
    return tuple(choice.start for choice in chosen)


def other_times(
    *,
    qualifier: Availability,
    rep: Availability,
    prospect_zone: str,
    meeting: Span,
    at: datetime,
    policy: Policy,
) -> tuple[datetime, ...]:
    """Times for the same meeting at which both are free, nearest to the present time first found.

    Sorted by time; the time that the meeting has now is not among them.
    """
    start = at + policy.notice
    end = at + timedelta(days=policy.days_ahead)
    length = meeting.end - meeting.start
    mine, theirs = (who.openings(start, end + length) for who in (qualifier, rep))
    found = [
        Choice(span.start, rep.person)
        for span in (Span(moment, moment + length) for moment in _grid(start, end, GRID))
        if not span.overlaps(meeting)
        and mine.hold(span)
        and theirs.hold(span)
        and _suits_prospect(span, prospect_zone, policy)
    ]
    chosen = _spread(found, policy.other_times, ZoneInfo(rep.hours.zone))
    return tuple(choice.start for choice in chosen)


def first_free(who: Availability, *, not_before: datetime, minutes: int) -> Span | None:
    """The first free working time from *not_before* on, on the quarter hour; None within weeks."""
    length = timedelta(minutes=minutes)
    end = not_before + FOLLOW_UP_WINDOW
    openings = who.openings(not_before, end + length)
    spans = (Span(moment, moment + length) for moment in _grid(not_before, end, FINE_GRID))
    return next((span for span in spans if openings.hold(span)), None)


def can_take(reps: Sequence[Availability], span: Span) -> tuple[str, ...]:
    """Which of *reps* are free at *span*, in their order."""
    return tuple(rep.person for rep in reps if rep.openings(span.start, span.end).hold(span))


def _grid(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """Moments on the wall clock's grid. All zones are whole quarters of an hour from UTC."""
    seconds = int(step.total_seconds())
    moment = datetime.fromtimestamp(-(-start.timestamp() // seconds) * seconds, UTC)
    while moment < end:
        yield moment
        moment += step


def _suits_prospect(span: Span, zone: str, policy: Policy) -> bool:
    """Whether the prospect would be asked for a working day at a decent hour."""
    start, end = (moment.astimezone(ZoneInfo(zone)) for moment in (span.start, span.end))
    return (
        start.weekday() < 5
        and start.date() == end.date()
        and policy.prospect_start <= start.time()
        and end.time() <= policy.prospect_end
    )


def _spread(found: Sequence[Choice], most: int, zone: ZoneInfo) -> tuple[Choice, ...]:
    """At most *most* of them: the first of each half-day, then the rest from the earliest on."""

    def half_day(choice: Choice) -> tuple[date, bool]:
        local = choice.start.astimezone(zone)
        return local.date(), local.hour >= 12

    first = [next(group) for _, group in groupby(found, key=half_day)]
    rest = [choice for choice in found if choice not in first]
    return tuple(sorted((first + rest)[:most], key=lambda choice: choice.start))
