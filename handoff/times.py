"""Which times suit: pure sums over busy calendars and working hours."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo

from handoff.calendar import Event, Finding, taken
from handoff.clocks import soonest
from handoff.hours import Span, WorkingTime, less
from handoff.model import Choice
from handoff.policy import CalendarRules, Policy, Promise

GRID = timedelta(minutes=30)  # meetings begin on the hour or the half hour
FINE_GRID = timedelta(minutes=15)  # follow-ups may begin on the quarter too
FOLLOW_UP_WINDOW = timedelta(days=21)
"""So far ahead a follow-up is put, and the calendar read for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """One person's working time and what is in their calendar, as read from Outlook."""

    person: str
    hours: WorkingTime
    busy: tuple[Span, ...]  # all that leaves no room: events, what is kept around them, `reserved`
    events: tuple[Event, ...] = ()  # what it is made of, to say why
    reserved: tuple[Span, ...] = ()  # by Baton, for other handoffs
    findings: Mapping[str, Finding] = field(default_factory=dict)  # phantoms, by event id
    shown_in: str | None = None  # as of a person

    @property
    def zone(self) -> str:
        """In which the person reads times and days."""
        return self.shown_in or self.hours.zone

    def without(self, span: Span, rules: CalendarRules) -> "Availability":
        """As if one entry with exactly that time were not there."""
        events = tuple(event for event in self.events if event.span != span)
        reserved = tuple(one for one in self.reserved if one != span)
        return replace(
            self, busy=(*taken(events, rules), *reserved), events=events, reserved=reserved
        )

    def heard(self, at: datetime, policy: Policy) -> datetime:
        """When a meeting may begin of which they hear *at*, at the soonest."""
        return soonest(self.hours, at, policy.least)

    def openings(self, start: datetime, end: datetime) -> "Openings":
        """The working time between two moments with nothing in it."""
        return Openings(less(self.hours.spans(start, end), self.busy))

    def when_asked(self, start: datetime, end: datetime) -> Callable[[], "Openings"]:
        """The same, summed up once and only if somebody asks: of a large pool few are asked."""
        return cache(lambda: self.openings(start, end))


class Openings:
    """Stretches of free working time, to be asked often."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = sorted(spans)
        self._starts = [span.start for span in self._spans]

    def last_before(self, end: datetime, length: timedelta) -> Span | None:
        """The latest stretch of that length that is over by *end*, on the quarter hour."""
        step = FINE_GRID.total_seconds()
        for span in reversed(self._spans[: bisect_right(self._starts, end)]):
            latest = (min(span.end, end) - length).timestamp() // step * step
            start = datetime.fromtimestamp(latest, UTC)
            if start >= span.start:
                return Span(start, start + length)
        return None

    def fits(self, span: Span) -> bool:
        """Whether all of *span* is free working time."""
        at = bisect_right(self._starts, span.start) - 1
        return at >= 0 and self._spans[at].end >= span.end


def begins(
    wanted: date, asker: Availability, reps: Sequence[Availability], at: datetime, policy: Policy
) -> tuple[datetime, datetime]:
    """From when to when a meeting may begin that *asker* wants from that day on, and that one of
    *reps* hears of now; without any, whoever has it chooses the time, and knows.
    """
    day = datetime.combine(wanted, time(), ZoneInfo(asker.zone)).astimezone(UTC)
    until = max(at + policy.notice, day) + timedelta(days=policy.days_ahead)
    heard = min((rep.heard(at, policy) for rep in reps), default=at)
    return max(at + policy.notice, day, heard), until


def days_read(wanted: date, at: datetime, policy: Policy) -> int:
    """How many days of calendars, from *at* on, must be known for that."""
    return (wanted - at.date()).days + policy.days_ahead + 1


def bookable(
    *,
    qualifier: Availability,
    reps: Sequence[Availability],
    prospect_zone: str,
    minutes: int,
    prepare: timedelta,
    wanted: date,
    at: datetime,
    policy: Policy,
    again: bool = False,
) -> tuple[Choice, ...]:
    """Up to `policy.times` times that suit the qualifier, a rep and the prospect's day; *again*,
    for a later meeting, which its rep books, and need not hear of.

    Each goes to the first rep in *reps* who can: their order is whose turn it is. The times are
    spread, one for each half-day while there are that many, and come in order.
    """
    zone = ZoneInfo(qualifier.zone)
    start, end = begins(wanted, qualifier, () if again else reps, at, policy)
    length = timedelta(minutes=minutes)
    mine = qualifier.openings(start, end + length)
    first = {rep.person: start if again else max(start, rep.heard(at, policy)) for rep in reps}
    theirs = [(rep.person, rep.when_asked(first[rep.person], end + length)) for rep in reps]
    found: list[Choice] = []
    for moment in grid(start, end, GRID):
        span = Span(moment, moment + length)
        if not mine.fits(span) or not suits_prospect(span, prospect_zone, policy):
            continue
        rep = next((person for person, open_ in theirs if open_().fits(span)), None)
        if rep:
            found.append(Choice(moment, rep))
    chosen = _spread(found, policy.times, zone)
    return with_room(chosen, prepare=prepare, reps=reps, at=at, policy=policy)


def with_room(
    found: Iterable[Choice],
    *,
    prepare: timedelta,
    reps: Sequence[Availability],
    at: datetime,
    policy: Policy,
) -> tuple[Choice, ...]:
    """The same, each with whether its rep has room to prepare before it, if that is needed."""
    return tuple(
        replace(choice, cramped=not _room(choice, prepare, reps, at, policy)) for choice in found
    )


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
    start, end = begins(wanted, qualifier, reps, at, policy)
    length = timedelta(minutes=minutes)
    mine = qualifier.openings(start, end + length)
    spans = [Span(moment, moment + length) for moment in grid(start, end, GRID)]
    suit = [s for s in spans if mine.fits(s) and suits_prospect(s, prospect_zone, policy)]
    theirs = {
        rep.person: rep.openings(max(start, rep.heard(at, policy)), end + length) for rep in reps
    }
    return {
        rep: tuple(span.start for span in suit if open_.fits(span)) for rep, open_ in theirs.items()
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
    """Times for the same meeting at which both are free, the first of each half-day; and as many as
    a qualifier is shown besides, of as many days around the one that it has now.

    From the next day on, as a meeting is sought first, so that who is asked has the time to answer
    that the policy gives; sorted by time, and one of today, which is the first choice of nobody,
    last. The time that the meeting has now is not among them.
    """
    heard = max(who.heard(at, policy) for who in (qualifier, rep))  # one asks, the other answers
    start = max(at + policy.notice, heard)
    end = at + timedelta(days=policy.days_ahead)
    length = meeting.end - meeting.start
    mine, theirs = (who.openings(start, end + length) for who in (qualifier, rep))
    found = [
        Choice(span.start, rep.person)
        for span in (Span(moment, moment + length) for moment in grid(start, end, GRID))
        if not span.overlaps(meeting)
        and mine.fits(span)
        and theirs.fits(span)
        and suits_prospect(span, prospect_zone, policy)
    ]
    zone, day = ZoneInfo(rep.zone), ZoneInfo(qualifier.zone)
    today = at.astimezone(day).date()
    later = [choice for choice in found if choice.start.astimezone(day).date() > today]
    if not later:
        return tuple(choice.start for choice in _spread(found, policy.other_times, zone))
    soon = _of_today([one.start for one in found if one not in later], rep, at, policy)
    room = policy.other_times - len(soon)
    first = tuple(choice.start for choice in _spread(later, max(room, 1), zone))
    if len(first) == policy.other_times:
        soon = ()
    more = _around([one.start for one in later], meeting.start, policy.times, zone)
    return (*sorted({*first, *more}), *soon)


def _of_today(
    found: Sequence[datetime], rep: Availability, at: datetime, policy: Policy
) -> tuple[datetime, ...]:
    """The first of them before which the rep has the usual time to answer, else the last; none of
    none.
    """
    answered = rep.hours.after(at, policy.clocks[Promise.ANSWER].hours) + policy.reassign
    return next(((one,) for one in found if one >= answered), tuple(found[-1:]))


def first_free(who: Availability, *, not_before: datetime, minutes: int) -> Span | None:
    """The first free working time from *not_before* on, on the quarter hour; None within weeks."""
    length = timedelta(minutes=minutes)
    end = not_before + FOLLOW_UP_WINDOW
    openings = who.openings(not_before, end + length)
    spans = (Span(moment, moment + length) for moment in grid(not_before, end, FINE_GRID))
    return next((span for span in spans if openings.fits(span)), None)


def time_to_prepare(
    rep: Availability, *, meeting: datetime, length: timedelta, at: datetime, policy: Policy
) -> Span | None:
    """The free working time nearest before *meeting*, from *at* on; None when there is no room.

    Not further from the meeting than the policy allows, in the rep's working time.
    """
    if not length:
        return None
    found = rep.openings(at, meeting).last_before(meeting, length)
    if found is None or rep.hours.between(found.end, meeting) > policy.prep_within:
        return None
    return found


def _room(
    choice: Choice, prepare: timedelta, reps: Sequence[Availability], at: datetime, policy: Policy
) -> bool:
    rep = next(one for one in reps if one.person == choice.rep)
    return not prepare or bool(
        time_to_prepare(rep, meeting=choice.start, length=prepare, at=at, policy=policy)
    )


def can_take(
    reps: Sequence[Availability], span: Span, at: datetime, policy: Policy
) -> tuple[str, ...]:
    """Which of *reps* are free at *span*, and at work before it to hear of it, in their order."""
    return tuple(
        rep.person
        for rep in reps
        if rep.heard(at, policy) <= span.start and rep.openings(span.start, span.end).fits(span)
    )


def grid(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """Moments on the wall clock's grid. All zones are whole quarters of an hour from UTC."""
    seconds = int(step.total_seconds())
    moment = datetime.fromtimestamp(-(-start.timestamp() // seconds) * seconds, UTC)
    while moment < end:
        yield moment
        moment += step


def suits_prospect(span: Span, zone: str, policy: Policy) -> bool:
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


def _around(
    found: Sequence[datetime], meeting: datetime, most: int, zone: ZoneInfo
) -> tuple[datetime, ...]:
    """At most *most* of them: one of each day, the nearest to the meeting's and of two as near the
    later one first, mornings and afternoons in turn; then the rest from the earliest on.
    """
    there = meeting.astimezone(zone).date()

    def day(start: datetime) -> date:
        return start.astimezone(zone).date()

    days = [list(group) for _, group in groupby(found, key=day)]
    days.sort(key=lambda one: (abs(day(one[0]) - there), day(one[0]) < there))
    first = []
    for n, starts in enumerate(days):
        halves = [
            next(half) for _, half in groupby(starts, lambda s: s.astimezone(zone).hour >= 12)
        ]
        first.append(halves[n % len(halves)])
    rest = [start for start in found if start not in first]
    return tuple(sorted((first + rest)[:most]))
