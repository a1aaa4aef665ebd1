"""Why a time suits or not: each kind of thing in a day, and what is refused and why."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from handoff.calendar import PREP, Conflict, Event, Finding, Obstacle, Phantom, Shows, taken
from handoff.hours import Span, WorkingTime
from handoff.policy import CalendarRules, Policy
from handoff.reasons import why_not
from handoff.refusals import refusals
from handoff.times import Availability, bookable
from tests.conftest import working
from tests.hour import MONDAY

TEN = datetime(2026, 3, 3, 10, tzinfo=UTC)  # 11:00 in Madrid, a Tuesday
WANTED = Span(TEN, TEN + timedelta(minutes=30))
DAY = Span(TEN.replace(hour=0) - timedelta(hours=1), TEN.replace(hour=23))
HOLD = Finding(kind=Phantom.HOLD, confidence=0.85, facts={"created": MONDAY.isoformat()})


@pytest.fixture(scope="module")
def rules(policy_in_force: Policy) -> CalendarRules:
    return policy_in_force.calendar


def event(shows: Shows = Shows.BUSY, span: Span = WANTED, **fields: Any) -> Event:
    return Event(id="e", uid="e", subject="Plan", span=span, shows=shows, **fields)


def reasons(
    rules: CalendarRules, *events: Event, hours: WorkingTime | None = None
) -> list[Conflict]:
    found = why_not(
        WANTED,
        hours=hours or working(),
        events=events,
        rules=rules,
        own="own",
        findings={"h": HOLD},
    )
    return [obstacle.why for obstacle in found]


@pytest.mark.parametrize(
    ("in_the_calendar", "kind"),
    [
        (event(), Conflict.BUSY),
        (event(Shows.AWAY), Conflict.AWAY),
        (event(Shows.TENTATIVE), Conflict.TENTATIVE),
        (event(Shows.UNKNOWN), Conflict.BUSY),
        (event(private=True), Conflict.PRIVATE),
        (event(Shows.AWAY, private=True), Conflict.PRIVATE),
        (event(span=DAY, all_day=True), Conflict.ALL_DAY),
        (event(Shows.AWAY, span=DAY, all_day=True), Conflict.AWAY),
        (event(categories=(PREP,)), Conflict.PREP),
        (replace(event(), id="h"), Conflict.PHANTOM),
        (event(span=Span(TEN - timedelta(days=2), TEN + timedelta(days=2))), Conflict.BUSY),
    ],
)
def test_each_thing_in_the_way_has_its_reason(
    rules: CalendarRules, in_the_calendar: Event, kind: Conflict
) -> None:
    assert reasons(rules, in_the_calendar) == [kind]


@pytest.mark.parametrize(
    "in_the_calendar",
    [
        event(Shows.FREE),
        event(Shows.FREE, span=DAY, all_day=True),
        event(span=Span(TEN, TEN)),
        event(span=Span(TEN + timedelta(minutes=10), TEN + timedelta(minutes=10))),
        event(span=Span(WANTED.end, WANTED.end + timedelta(hours=1))),
        event(span=Span(TEN - timedelta(hours=1), TEN)),
    ],
)
def test_what_takes_no_time_of_it_is_not_in_the_way(
    rules: CalendarRules, in_the_calendar: Event
) -> None:
    assert reasons(rules, in_the_calendar) == []


def test_working_elsewhere_and_the_invitation_itself_are_told_and_not_in_the_way(
    rules: CalendarRules,
) -> None:
    own = event(Shows.TENTATIVE, mine=False, response="notResponded")
    found = why_not(
        WANTED,
        hours=working(),
        events=[replace(own, uid="own"), event(Shows.ELSEWHERE, span=DAY, all_day=True)],
        rules=rules,
        own="own",
    )

    assert {o.why for o in found} == {Conflict.ELSEWHERE, Conflict.THIS_MEETING}
    assert not any(o.blocks for o in found)
    assert reasons(rules, own) == [Conflict.TENTATIVE], "another invitation is one"


def test_a_tentative_event_says_how_long_it_has_been_waiting(rules: CalendarRules) -> None:
    made, said = MONDAY - timedelta(days=9), MONDAY - timedelta(days=3)
    asked = event(Shows.TENTATIVE, mine=False, response="notResponded", created_at=made)
    maybe = replace(asked, response="tentativelyAccepted", responded_at=said)

    for one, since in ((asked, made), (maybe, said)):
        [found] = why_not(WANTED, hours=working(), events=[one], rules=rules)
        assert found.since == since


def test_outside_hours_holidays_and_absences_are_reasons_of_their_own(rules: CalendarRules) -> None:
    tuesday = date(2026, 3, 3)

    assert reasons(rules, hours=working(start=12)) == [Conflict.OUTSIDE_HOURS]
    assert reasons(rules, hours=replace(working(), holidays=frozenset({tuesday}))) == [
        Conflict.HOLIDAY
    ]
    assert reasons(rules, hours=replace(working(), away=(DAY,))) == [Conflict.AWAY]
    half = replace(working(), end=time(11, 15))
    [late] = why_not(WANTED, hours=half, events=[], rules=rules)
    assert late == Obstacle(Conflict.OUTSIDE_HOURS, Span(TEN + timedelta(minutes=15), WANTED.end))


def test_what_is_kept_free_around_meetings_is_a_reason_and_leaves_no_room(
    policy_in_force: Policy,
) -> None:
    rules = replace(policy_in_force.calendar, buffer=timedelta(minutes=15))
    before = event(span=Span(TEN - timedelta(hours=1), TEN))
    day_before = event(span=Span(DAY.start - timedelta(days=1), DAY.start), all_day=True)

    assert reasons(rules, before) == [Conflict.BUFFER]
    assert reasons(policy_in_force.calendar, before) == []
    policy = replace(policy_in_force, calendar=rules, times=99)
    rita = Availability(
        person="rita", hours=working(), busy=tuple(taken([before, day_before], rules))
    )
    found = bookable(
        qualifier=Availability(person="quinn", hours=working(), busy=()),
        reps=[rita],
        prospect_zone="Europe/Madrid",
        minutes=30,
        prepare=timedelta(minutes=15),
        wanted=date(2026, 3, 3),
        at=MONDAY,
        policy=policy,
    )
    morning = [
        c.start
        for c in found
        if c.start.date() == TEN.date() and c.start <= TEN + timedelta(hours=1)
    ]
    assert morning == [TEN.replace(hour=8), TEN + timedelta(minutes=30), TEN + timedelta(hours=1)]


def test_an_absence_known_twice_is_told_once(rules: CalendarRules) -> None:
    hours = replace(working(), away=(DAY,))
    found = why_not(WANTED, hours=hours, events=[event(Shows.AWAY, span=DAY)], rules=rules)

    assert [(o.why, o.subject) for o in found] == [(Conflict.AWAY, "Plan")]


# --- Refusals -----------------------------------------------------------------------------------


def calendar(who: str, *events: Event, reserved: tuple[Span, ...] = ()) -> Availability:
    busy = tuple(e.span for e in events if e.blocks)
    return Availability(
        person=who,
        hours=working(),
        busy=(*busy, *reserved),
        events=events,
        reserved=reserved,
        findings={"h": HOLD},
    )


def refused(
    policy: Policy, asker: Availability, *others: Availability
) -> list[tuple[str, str, str]]:
    found = refusals(
        asker=asker,
        others=others,
        prospect_zone="Europe/Madrid",
        minutes=30,
        wanted=date(2026, 3, 3),
        at=MONDAY,
        policy=policy,
    )
    return [
        (f"{one.span.start:%d %H:%M}-{one.span.end:%H:%M}", f"{who} {o.why}", o.subject)
        for one in found
        for who, o in one.reasons
    ]


def test_neighbouring_times_with_one_reason_are_one_line(policy_in_force: Policy) -> None:
    long = event(span=Span(TEN, TEN + timedelta(hours=2)))

    assert refused(policy_in_force, calendar("quinn", long), calendar("rita")) == [
        ("03 10:00-12:00", "quinn busy", "Plan")
    ]


def test_of_others_the_kind_is_told_and_not_the_subject(policy_in_force: Policy) -> None:
    hold = replace(event(), id="h", subject="Hold - QBR")

    found = refused(policy_in_force, calendar("quinn"), calendar("rita", hold))

    assert found == [("03 10:00-10:30", "rita phantom", "")]


def test_a_time_at_which_any_rep_is_free_is_not_refused(policy_in_force: Policy) -> None:
    busy, reserved = calendar("rita", event()), calendar("ravi", reserved=(WANTED,))

    assert refused(policy_in_force, calendar("quinn"), busy, calendar("rosa")) == []
    assert refused(policy_in_force, calendar("quinn"), busy, reserved) == [
        ("03 10:00-10:30", "rita busy", ""),
        ("03 10:00-10:30", "ravi held", ""),
    ]


def test_a_crowded_calendar_gets_a_few_lines(policy_in_force: Policy) -> None:
    crowd = [
        event(span=Span(TEN + n * timedelta(hours=1), TEN + n * timedelta(hours=1, minutes=30)))
        for n in range(90)
    ]

    assert len(refused(policy_in_force, calendar("quinn", *crowd), calendar("rita"))) <= 8
