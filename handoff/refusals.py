"""Why other times are not offered: the same sums as in times.py, told instead of left out. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from handoff.calendar import Obstacle
from handoff.hours import Span
from handoff.model import Refusal
from handoff.policy import CalendarRules, Policy
from handoff.reasons import shown_to, why_not
from handoff.times import GRID, Availability, Openings, begins, grid, suits_prospect

MOST = 8  # refusals told
DAYS = timedelta(days=5)  # looked at, from the first on
NAMED = 3  # reps whose reasons are told of one time

Reasons = tuple[tuple[str, Obstacle], ...]


def refusals(
    *,
    asker: Availability,
    others: Sequence[Availability],
    prospect_zone: str,
    minutes: int,
    wanted: date,
    at: datetime,
    policy: Policy,
) -> tuple[Refusal, ...]:
    """The first stretches of *asker*'s working time in which the meeting cannot begin, and why.

    A time is refused when the asker is not free, or none of *others* is. Subjects are told to the
    asker of their own calendar alone: of others it is told what is in the way, not what it is.
    """
    start, _ = begins(wanted, asker, others, at, policy)
    length = timedelta(minutes=minutes)
    end = start + DAYS
    works = Openings(asker.hours.spans(start, end + length))
    mine = asker.openings(start, end + length)
    theirs = [other.when_asked(start, end + length) for other in others]
    told: list[Refusal] = []
    for moment in grid(start, end, GRID):
        span = Span(moment, moment + length)
        if not works.fits(span) or not suits_prospect(span, prospect_zone, policy):
            continue
        if mine.fits(span) and any(open_().fits(span) for open_ in theirs):
            continue
        blamed = [asker] if not mine.fits(span) else list(others[:NAMED])
        reasons = tuple(_reasons(span, blamed, asker.person, policy))
        last = told[-1] if told else None
        if (
            last
            and last.span.end - length + GRID == moment
            and _gist(last.reasons) == _gist(reasons)
        ):
            told[-1] = replace(last, span=Span(last.span.start, span.end))
        elif len(told) == MOST:
            break
        else:
            told.append(Refusal(span=span, reasons=reasons))
    return tuple(told)


def _reasons(
    span: Span, people: Sequence[Availability], asker: str, policy: Policy
) -> Iterator[tuple[str, Obstacle]]:
    """The first thing in the way of each."""
    for who in people:
        found = first_in_the_way(span, who, policy.calendar)
        if found:
            [told] = shown_to([found], owner=who.person == asker)
            yield who.person, told


def first_in_the_way(span: Span, who: Availability, rules: CalendarRules) -> Obstacle | None:
    """What stands in the way of *span* in one person's day, as its owner may read it."""
    found = why_not(
        span,
        hours=who.hours,
        events=who.events,
        rules=rules,
        reserved=who.reserved,
        findings=who.findings,
    )
    return next((obstacle for obstacle in found if obstacle.blocks), None)


def _gist(reasons: Reasons) -> list[tuple[str, str, str]]:
    return [(person, obstacle.why, obstacle.subject) for person, obstacle in reasons]
