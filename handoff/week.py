"""The week's calendar check: is what Outlook says of next week true? Pure.

A `Week` is what was seen in one person's calendar, and what they said to it. Nothing in it
changes a calendar but by a click of whose calendar it is; a rule here returns the week as it then
is and what must follow.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from handoff.calendar import Event, Finding, Phantom, Shows
from handoff.effects import AnswerInvitation, Effect, FreeEvent, RestoreEvent, ShowWeek
from handoff.errors import NotOfferedError
from handoff.hours import DAY, Span, WorkingTime, less
from handoff.phantoms import Company
from handoff.policy import CalendarRules

MAKE_UP = timedelta(hours=4)  # of a week's first working hours, for who was not asked before it
UNDO = timedelta(days=7)  # for so long a freed event can be put back
WHOLE_SERIES = frozenset(
    {
        *(Phantom.ORGANIZER_GONE, Phantom.ORGANIZER_DISABLED, Phantom.SERIES_UNANSWERED),
        *(Phantom.NEVER_KEPT, Phantom.LINK_GONE, Phantom.GUESTS_GONE),
    }
)
"""What is true of every occurrence when it is true of one."""


class Standing(StrEnum):
    """What has become of a line of the week's calendar check."""

    OPEN = "open"  # nobody has said anything to it yet
    FREEING = "freeing"  # clicked; Outlook is being told
    FREED = "freed"  # no longer takes time; can be put back for seven days
    RESTORING = "restoring"  # to be put back; Outlook is being told
    RESTORED = "restored"  # back as it was
    REAL = "real"  # "It's real": never asked about again
    CHANGED = "changed"  # no longer what was seen when the check was made
    GONE = "gone"  # no longer in the calendar
    ACCEPTING = "accepting"  # an invitation; Outlook is being told
    ACCEPTED = "accepted"  # an invitation, answered with yes
    DECLINING = "declining"  # an invitation; Outlook is being told
    DECLINED = "declined"  # an invitation, answered with no


UNDER_WAY = frozenset(
    {Standing.FREEING, Standing.RESTORING, Standing.ACCEPTING, Standing.DECLINING}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event that a person is asked about."""

    event: str  # its id in their calendar; of a whole series, that of the series
    key: str  # what stays the same when it moves
    span: Span  # of the first time it takes
    series: bool = False  # it stands for a whole series
    more: int = 0  # further times of that in the same check
    all_day: bool = False
    subject: str = ""
    finding: Finding | None = None  # None for an invitation that only waits for an answer
    waits_since: datetime | None = None  # an unanswered invitation, since when
    outside: bool = False  # somebody outside the company is in it
    mark: str = ""  # of the event as it was seen
    standing: Standing = Standing.OPEN
    was: Shows | None = None  # as what it stood before it was freed
    freed_at: datetime | None = None

    def undo_until(self) -> datetime | None:
        return self.freed_at + UNDO if self.freed_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How much of one working day is taken."""

    day: date
    works: timedelta
    taken: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One person's calendar up to the end of the week that begins on *monday*."""

    person: str  # Entra object id
    monday: date
    checked_at: datetime
    days: tuple[Day, ...] = ()
    lines: tuple[Line, ...] = ()
    sent_at: datetime | None = None  # the card of the check; None when the person asked themselves
    confirmed_at: datetime | None = None
    activity: str | None = None  # id of the message with its card

    @property
    def empty(self) -> bool:
        """Nothing blocks booking and nothing is asked."""
        return not self.lines and not any(day.taken for day in self.days)

    def line(self, event: str) -> Line:
        """Raises NotOfferedError."""
        found = next((line for line in self.lines if line.event == event), None)
        if found is None:
            raise NotOfferedError(
                "That event is no longer on the list. Say *calendar* for today's."
            )
        return found

    def replaced(self, line: Line) -> "Week":
        return replace(
            self, lines=tuple(line if old.event == line.event else old for old in self.lines)
        )


@dataclass(frozen=True, slots=True)
class WeekDecision:
    """The whole outcome of what was said to a week: the week as it then is, what must follow."""

    week: Week
    effects: tuple[Effect, ...] = ()


def due(hours: WorkingTime, at: datetime, rules: CalendarRules) -> date | None:
    """The Monday of the week to be asked about, when it is time to ask; otherwise None.

    Asked on the afternoon of the last day on which the person works this week, their own clock.
    Whoever was not asked then, for they were away or no worker ran, is asked in the first working
    hours of the week itself.
    """
    zone = ZoneInfo(hours.zone)
    today = at.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    works = [
        span
        for span in hours.spans(_midnight(monday, zone), _midnight(monday + 7 * DAY, zone))
        if span.start.astimezone(zone).date() >= monday
    ]
    if not works:
        return None
    first, last = works[0], works[-1]
    opens = datetime.combine(last.start.astimezone(zone).date(), rules.check_at, zone)
    moment = max(last.start, min(opens.astimezone(UTC), last.end - timedelta(hours=1)))
    if moment <= at < last.end:
        return monday + 7 * DAY
    return monday if first.start <= at < min(first.end, first.start + MAKE_UP) else None


def coming(hours: WorkingTime, at: datetime) -> date:
    """The next Monday on the person's own calendar."""
    today = at.astimezone(ZoneInfo(hours.zone)).date()
    return today + timedelta(days=7 - today.weekday())


def window(hours: WorkingTime, monday: date, at: datetime) -> Span:
    """From now to the end of the week that begins on *monday*."""
    return Span(at, _midnight(monday + 7 * DAY, ZoneInfo(hours.zone)))


def check(
    *,
    person: str,
    hours: WorkingTime,
    monday: date,
    at: datetime,
    events: Sequence[Event],
    findings: Mapping[str, Finding],
    silenced: Iterable[tuple[str, Phantom]],
    company: Company,
    ours: Container[str] = frozenset(),
    asked: bool = False,
    before: Week | None = None,
) -> Week:
    """What stands in the calendar, and what is asked about it.

    *silenced* are findings that the person has called real before, by what stays the same of the
    event; *before* is the last look at the same week, whose freed lines stay for their undo.
    *ours* are meetings that Baton itself asks about, by event id. With *asked* it is no week's
    check: the person wants to see.
    """
    quiet = set(silenced)
    until = window(hours, monday, at).end
    lines: dict[str, Line] = {}
    for event in sorted(events, key=lambda e: (e.span, e.id)):
        if not (at < event.span.end and event.span.start < until) or event.private or event.ours:
            continue
        if event.id in ours:
            continue
        finding = findings.get(event.id)
        if finding and (event.key, finding.kind) in quiet:
            finding = None
        if finding or (event.unanswered and event.blocks):
            line = _line(event, finding, company)
            known = lines.get(line.event)
            lines[line.event] = replace(known, more=known.more + 1) if known else line
    for line in before.lines if before else ():
        if line.standing in UNDER_WAY or (line.freed_at and line.event not in lines):
            lines[line.event] = line
    return Week(
        person=person,
        monday=monday,
        checked_at=at,
        days=_days(hours, monday, events),
        lines=tuple(sorted(lines.values(), key=_order)),
        sent_at=before.sent_at if before and before.sent_at else (None if asked else at),
        confirmed_at=before.confirmed_at if before else None,
        activity=before.activity if before else None,
    )


# --- What people say to it --------------------------------------------------------------------


def confirm(week: Week, *, at: datetime) -> WeekDecision:
    """All that stands there is true. Twice is once."""
    if week.sent_at is None:
        raise NotOfferedError("This week has not been asked about yet.")
    return WeekDecision(week if week.confirmed_at else replace(week, confirmed_at=at))


def free(week: Week, event: str) -> WeekDecision:
    """The event is to be shown as free. Asked again while it is being done, nothing changes."""
    line = week.line(event)
    if line.finding is None:
        raise NotOfferedError("That one only waits for your answer.")
    if line.standing in (Standing.FREEING, Standing.FREED):
        return WeekDecision(week)
    if line.standing not in (Standing.OPEN, Standing.RESTORED):
        raise NotOfferedError("That event has changed. Say *calendar* to look again.")
    freeing = week.replaced(replace(line, standing=Standing.FREEING))
    return WeekDecision(freeing, (FreeEvent(week.person, week.monday, event),))


def real(week: Week, event: str) -> WeekDecision:
    """The event is real: nothing is asked about it again."""
    line = week.line(event)
    if line.finding is None or line.standing not in (Standing.OPEN, Standing.RESTORED):
        raise NotOfferedError("That event has changed. Say *calendar* to look again.")
    return WeekDecision(week.replaced(replace(line, standing=Standing.REAL)))


def answer(week: Week, event: str, *, yes: bool) -> WeekDecision:
    """The invitation is to be accepted or declined, in the name of whoever clicked."""
    line = week.line(event)
    if line.finding or line.waits_since is None or line.standing is not Standing.OPEN:
        raise NotOfferedError("That event has changed. Say *calendar* to look again.")
    standing = Standing.ACCEPTING if yes else Standing.DECLINING
    answering = week.replaced(replace(line, standing=standing))
    return WeekDecision(answering, (AnswerInvitation(week.person, week.monday, event),))


def undo(week: Week, event: str, *, at: datetime) -> WeekDecision:
    """A freed event is to stand as it did before."""
    line = week.line(event)
    if line.standing is Standing.RESTORING:
        return WeekDecision(week)
    until = line.undo_until()
    if line.standing is not Standing.FREED or until is None:
        raise NotOfferedError("That event has changed. Say *calendar* to look again.")
    if at > until:
        raise NotOfferedError("Seven days have passed. You can still change it in Outlook.")
    restoring = week.replaced(replace(line, standing=Standing.RESTORING))
    return WeekDecision(restoring, (RestoreEvent(week.person, week.monday, event),))


# --- What Outlook says to it ------------------------------------------------------------------


def unchanged(line: Line, now: Event) -> bool:
    """Whether the event is still what the person was asked about."""
    return now.mark(series=line.series) == line.mark


def noted(week: Week, event: str, *, was: Shows) -> WeekDecision:
    """As what the event stands, before it is freed: so that it can be put back whatever happens."""
    return WeekDecision(week.replaced(replace(week.line(event), was=was)))


def freed(week: Week, event: str, *, at: datetime) -> WeekDecision:
    line = replace(week.line(event), standing=Standing.FREED, freed_at=at)
    return WeekDecision(week.replaced(line), (ShowWeek(week.person, week.monday),))


def stands(week: Week, event: str, standing: Standing) -> WeekDecision:
    """Outlook had it otherwise: the event is gone, has changed, or is back as it was."""
    line = replace(week.line(event), standing=standing, freed_at=None, was=None)
    return WeekDecision(week.replaced(line), (ShowWeek(week.person, week.monday),))


def carded(week: Week, activity: str | None) -> WeekDecision:
    """Its card is the message *activity*; None where Teams does not say which."""
    return WeekDecision(replace(week, activity=activity))


# --- How it is put together -------------------------------------------------------------------


def _line(event: Event, finding: Finding | None, company: Company) -> Line:
    one = finding is not None and finding.kind not in WHOLE_SERIES
    series = None if one else event.series
    return Line(
        event=series or event.id,
        key=event.key,
        span=event.span,
        all_day=event.all_day,
        subject=event.subject,
        finding=finding,
        waits_since=event.created_at if event.unanswered else None,
        outside=company.outside(event),
        series=series is not None,
        mark=event.mark(series=series is not None),
    )


def _order(line: Line) -> tuple[bool, Span, str]:
    """Phantoms first, then in order of time."""
    return line.finding is None, line.span, line.event


def _days(hours: WorkingTime, monday: date, events: Sequence[Event]) -> tuple[Day, ...]:
    zone = ZoneInfo(hours.zone)
    blocking = [event.span for event in events if event.blocks]
    days = []
    for n in range(7):
        start, end = (_midnight(monday + n * DAY, zone), _midnight(monday + (n + 1) * DAY, zone))
        working = list(hours.spans(start, end))
        works = sum((s.end - s.start for s in working), timedelta())
        free_ = sum((s.end - s.start for s in less(working, blocking)), timedelta())
        if works:
            days.append(Day(day=monday + n * DAY, works=works, taken=works - free_))
    return tuple(days)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
