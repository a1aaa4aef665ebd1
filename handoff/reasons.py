"""Why a time suits somebody or not, event by event. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from handoff.calendar import PREP, Conflict, Event, Finding, Obstacle, Shows, widened
from handoff.hours import Span, WorkingTime, less
from handoff.policy import CalendarRules


def why_not(
    wanted: Span,
    *,
    hours: WorkingTime,
    events: Iterable[Event],
    rules: CalendarRules,
    own: str | None = None,
    reserved: Iterable[Span] = (),
    findings: Mapping[str, Finding] | None = None,
) -> tuple[Obstacle, ...]:
    """All that touches *wanted* in one person's day, what is in the way first.

    The time suits when nothing in the answer `blocks`. *own* is the iCalUId of the meeting that
    the time is for: its own invitation is never in its way. *reserved* is what Baton keeps for
    other handoffs, *findings* what looks like a phantom, by event id: still in the way, until its
    owner frees it.
    """
    found = [*in_the_way(wanted, events, rules, own, findings or {})]
    found += [Obstacle(Conflict.RESERVED, span) for span in reserved if span.overlaps(wanted)]
    found += outside(wanted, hours)
    return tuple(sorted(_once(found), key=lambda o: (not o.blocks, o.span, o.why, o.subject)))


def in_the_way(
    wanted: Span,
    events: Iterable[Event],
    rules: CalendarRules,
    own: str | None,
    findings: Mapping[str, Finding],
) -> Iterator[Obstacle]:
    """What each event is to *wanted*; those that are nothing to it are left out."""
    for event in events:
        if own and event.uid == own:
            if event.span.overlaps(wanted):
                yield Obstacle(Conflict.THIS_MEETING, event.span)
            continue
        if event.shows is Shows.ELSEWHERE and event.span.overlaps(wanted):
            yield Obstacle(Conflict.ELSEWHERE, event.span)
        elif event.blocks and widened(event, rules).overlaps(wanted):
            yield _obstacle(event, wanted, findings.get(event.id))


def outside(wanted: Span, hours: WorkingTime) -> Iterator[Obstacle]:
    """The parts of *wanted* in which the person does not work, and why."""
    zone = ZoneInfo(hours.zone)
    for part in less([wanted], hours.days_at_work(wanted.start, wanted.end)):
        day = part.start.astimezone(zone).date()
        holiday = day in hours.holidays and day.weekday() in hours.days
        yield Obstacle(Conflict.HOLIDAY if holiday else Conflict.OUTSIDE_HOURS, part)
    for away in hours.away:
        if away.overlaps(wanted):
            yield Obstacle(Conflict.AWAY, away)


def shown_to(obstacles: Sequence[Obstacle], *, owner: bool) -> tuple[Obstacle, ...]:
    """What may be told of somebody's calendar: its subjects to its owner, to others the kind."""
    return tuple(o if owner else replace(o, subject="") for o in obstacles)


def _obstacle(event: Event, wanted: Span, finding: Finding | None) -> Obstacle:
    span = event.span
    if event.private:
        return Obstacle(Conflict.PRIVATE, span)
    if not span.overlaps(wanted):
        return Obstacle(Conflict.BUFFER, span, event.subject)
    if event.shows is Shows.AWAY:
        return Obstacle(Conflict.AWAY, span, event.subject)
    if finding:
        return Obstacle(Conflict.PHANTOM, span, event.subject, finding=finding)
    if PREP in event.categories:
        return Obstacle(Conflict.PREP, span, event.subject)
    if event.all_day:
        return Obstacle(Conflict.ALL_DAY, span, event.subject)
    if event.shows is Shows.TENTATIVE:
        since = event.created_at if event.unanswered else event.responded_at or event.created_at
        return Obstacle(Conflict.TENTATIVE, span, event.subject, since=since)
    return Obstacle(Conflict.BUSY, span, event.subject)


def _once(found: Iterable[Obstacle]) -> Iterator[Obstacle]:
    """Each reason once: an absence may be both an event and automatic replies."""
    seen: set[tuple[Conflict, Span, str]] = set()
    for obstacle in found:
        subject = "" if obstacle.why is Conflict.AWAY else obstacle.subject
        if (mark := (obstacle.why, obstacle.span, subject)) not in seen:
            seen.add(mark)
            yield obstacle
