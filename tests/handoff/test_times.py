"""Which times are shown: compared with an independent, slow and simple reading."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.hours import Span
from handoff.policy import Policy
from handoff.times import (
    Availability,
    bookable,
    bookable_by_each,
    can_take,
    first_free,
    other_times,
)
from tests.conftest import working
from tests.hour import MONDAY
from tests.thoroughness import examples

HALF = timedelta(minutes=30)


def calendar(who: str, *busy: Span, zone: str = "Europe/Madrid") -> Availability:
    return Availability(person=who, hours=working(zone), busy=busy)


def span(day: int, hour: int, minutes: int = 30) -> Span:
    start = datetime(2026, 3, day, hour, tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)
    return Span(start, start + timedelta(minutes=minutes))


def test_each_half_day_is_shown_once_before_any_is_shown_twice(policy_in_force: Policy) -> None:
    found = bookable(
        qualifier=calendar("quinn"),
        reps=[calendar("rita")],
        prospect_zone="Europe/Madrid",
        minutes=30,
        prepare=timedelta(minutes=15),
        wanted=date(2026, 3, 3),
        at=MONDAY,
        policy=policy_in_force,
    )

    assert [c.start for c in found] == [
        span(day, hour).start for day, hour in ((3, 9), (3, 12), (4, 9), (4, 12), (5, 9))
    ]


def test_whose_turn_it_is_gets_the_time_unless_busy(policy_in_force: Policy) -> None:
    busy = calendar("rita", span(3, 9))

    found = bookable(
        qualifier=calendar("quinn"),
        reps=[busy, calendar("ravi")],
        prospect_zone="Europe/Madrid",
        minutes=30,
        prepare=timedelta(minutes=15),
        wanted=date(2026, 3, 3),
        at=MONDAY,
        policy=policy_in_force,
    )

    assert [c.rep for c in found[:2]] == ["ravi", "rita"]


def test_the_prospect_is_not_asked_for_the_middle_of_the_night(policy_in_force: Policy) -> None:
    found = bookable(
        qualifier=calendar("quinn"),
        reps=[calendar("rita")],
        prospect_zone="America/New_York",
        minutes=30,
        prepare=timedelta(minutes=15),
        wanted=date(2026, 3, 3),
        at=MONDAY,
        policy=policy_in_force,
    )

    local = [c.start.astimezone(ZoneInfo("America/New_York")) for c in found]
    assert found
    assert all(8 <= at.hour < 18 for at in local)


def test_no_hours_in_common_means_no_times(policy_in_force: Policy) -> None:
    assert (
        bookable(
            qualifier=calendar("priya", zone="Asia/Kolkata"),
            reps=[calendar("sam", zone="America/Denver")],
            prospect_zone="America/Denver",
            minutes=30,
            prepare=timedelta(minutes=15),
            wanted=date(2026, 3, 3),
            at=MONDAY,
            policy=policy_in_force,
        )
        == ()
    )


moments = st.integers(0, 14 * 24 * 4).map(lambda n: MONDAY + n * timedelta(minutes=15))
spans = st.tuples(moments, st.integers(0, 300)).map(
    lambda p: Span(p[0], p[0] + timedelta(minutes=p[1]))
)
zones = st.sampled_from(
    ["Europe/Madrid", "Europe/London", "Asia/Kolkata", "America/New_York", "Asia/Kathmandu"]
)


@settings(max_examples=examples(60), deadline=None)
@given(
    mine=st.lists(spans, max_size=12),
    theirs=st.lists(st.lists(spans, max_size=12), min_size=1, max_size=3),
    zone=zones,
    where=zones,
    minutes=st.sampled_from([15, 30, 45, 60, 90]),
)
def test_exactly_the_times_at_which_everyone_is_free(
    policy_in_force: Policy,
    mine: list[Span],
    theirs: list[list[Span]],
    zone: str,
    where: str,
    minutes: int,
) -> None:
    """Minute by minute: nobody is busy, everyone works, the prospect is awake."""
    every = 10_000
    policy = replace(policy_in_force, times=every)
    quinn = calendar("quinn", *mine)
    reps = [calendar(f"rep{n}", *busy, zone=zone) for n, busy in enumerate(theirs)]

    found = bookable(
        qualifier=quinn,
        reps=reps,
        prospect_zone=where,
        minutes=minutes,
        prepare=timedelta(minutes=15),
        wanted=MONDAY.date(),
        at=MONDAY,
        policy=policy,
    )

    def works(who: Availability, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(who.hours.zone))
        return local.weekday() < 5 and 9 <= local.hour < 17

    def hears(who: Availability, start: datetime) -> bool:
        until = int((start - MONDAY).total_seconds() // 60)
        worked = (works(who, MONDAY + timedelta(minutes=m)) for m in range(until))
        return sum(islice((one for one in worked if one), 15)) == 15

    def free(who: Availability, start: datetime) -> bool:
        whole = [start + timedelta(minutes=m) for m in range(minutes)]
        return all(works(who, at) for at in whole) and not any(
            b.start < b.end and b.start < start + timedelta(minutes=minutes) and start < b.end
            for b in who.busy
        )

    def awake(start: datetime) -> bool:
        first = start.astimezone(ZoneInfo(where))
        last = (start + timedelta(minutes=minutes)).astimezone(ZoneInfo(where))
        end = last.hour * 60 + last.minute
        return (
            first.weekday() < 5
            and first.hour >= 8
            and end <= 18 * 60
            and first.date() == last.date()
        )

    start = MONDAY + policy.notice
    grid = [start + n * HALF for n in range(14 * 48)]
    expected = [
        (at, next(rep.person for rep in reps if free(rep, at) and hears(rep, at)))
        for at in grid
        if free(quinn, at) and awake(at) and any(free(rep, at) and hears(rep, at) for rep in reps)
    ]
    assert [(c.start, c.rep) for c in found] == expected


def test_other_times_leave_out_the_one_there_is(policy_in_force: Policy) -> None:
    found = other_times(
        qualifier=calendar("quinn"),
        rep=calendar("rita"),
        prospect_zone="Europe/Madrid",
        meeting=span(3, 9),
        at=MONDAY,
        policy=policy_in_force,
    )

    assert len(found) > 3
    assert span(3, 9).start not in found


def test_whoever_looks_is_shown_a_time_of_each_day_around_the_meeting_mornings_and_afternoons(
    policy_in_force: Policy,
) -> None:
    found = other_times(
        qualifier=calendar("quinn"),
        rep=calendar("rita"),
        prospect_zone="Europe/Madrid",
        meeting=span(4, 9),
        at=MONDAY,
        policy=policy_in_force,
    )

    assert {one.day for one in found[:-1]} == {3, 4, 5, 6, 9}, "the day before, and after"
    assert found[-1].day == 2, "today"
    assert {one.hour >= 11 for one in found} == {True, False}


def test_another_time_is_sought_from_the_next_day_on_and_one_of_today_comes_last(
    policy_in_force: Policy,
) -> None:
    """Monday at ten: four hours to answer, and two to find somebody else."""

    def found(*taken: Span) -> tuple[datetime, ...]:
        return other_times(
            qualifier=calendar("quinn"),
            rep=calendar("rita", *taken),
            prospect_zone="Europe/Madrid",
            meeting=span(4, 9),
            at=MONDAY,
            policy=policy_in_force,
        )

    *ahead, today = found()
    assert ahead[0] == span(3, 9).start, "on Tuesday"
    assert 2 not in {one.day for one in ahead}
    assert today == span(2, 16).start, "she answers by 14:00, and it begins at 16:00"
    assert found(span(2, 14, 3 * 60))[-1] == span(2, 13).start + HALF, "the last there is"
    assert {one.day for one in found(span(3, 0, 20 * 24 * 60))} == {2}
    assert len(found(span(3, 0, 20 * 24 * 60))) == policy_in_force.other_times, "today alone"


def test_a_follow_up_takes_the_first_quarter_that_is_free() -> None:
    rita = calendar("rita", span(4, 9), span(4, 9, 40))

    assert first_free(rita, not_before=span(4, 8).start, minutes=15) == Span(
        span(4, 9).start + timedelta(minutes=45), span(4, 10).start
    )


def test_nobody_who_is_busy_stands_in(policy_in_force: Policy) -> None:
    rita, ravi = calendar("rita", span(3, 9)), calendar("ravi")
    assert can_take([rita, ravi], span(3, 9), MONDAY, policy_in_force) == ("ravi",)
    assert can_take([ravi], span(7, 9), MONDAY, policy_in_force) == (), "it is Saturday"


def test_nobody_stands_in_who_is_not_at_work_for_long_enough_to_hear_of_it(
    policy_in_force: Policy,
) -> None:
    early = Availability(person="early", hours=working(start=8), busy=())
    for at, free in (
        (span(3, 9).start - timedelta(minutes=15), ("early",)),
        (span(3, 9).start - timedelta(minutes=14), ()),
        (span(2, 22).start, ("early",)),
        (span(2, 16).start, ("ravi", "early")),
    ):
        assert can_take([calendar("ravi"), early], span(3, 9), at, policy_in_force) == free, at


def test_no_time_is_shown_of_which_its_rep_cannot_hear_before(policy_in_force: Policy) -> None:
    """On Friday night Rita, who begins at nine, hears on Monday; Eva has two hours by nine."""
    night, monday = span(6, 23, 50).start, span(9, 9).start
    eva = Availability(person="eva", hours=working(start=7), busy=())

    found = bookable(
        qualifier=eva,
        reps=[calendar("rita")],
        prospect_zone="Europe/Madrid",
        minutes=30,
        prepare=timedelta(),
        wanted=date(2026, 3, 7),
        at=night,
        policy=policy_in_force,
    )
    each = bookable_by_each(
        qualifier=eva,
        reps=[calendar("rita"), eva],
        prospect_zone="Europe/Madrid",
        minutes=30,
        wanted=date(2026, 3, 7),
        at=night,
        policy=policy_in_force,
    )
    moved = other_times(
        qualifier=eva,
        rep=calendar("rita"),
        prospect_zone="Europe/Madrid",
        meeting=span(10, 9),
        at=night,
        policy=policy_in_force,
    )

    half_past = monday + HALF
    assert found[0].start == half_past
    assert (each["rita"][0], each["eva"][0]) == (half_past, monday - HALF * 2)
    assert moved[0] == half_past
