"""Working hours: sums that people check by hand."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from handoff.hours import Span, WorkingTime, less
from tests.conftest import working

HOUR = timedelta(hours=1)


def madrid(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    zone = ZoneInfo("Europe/Madrid")
    return datetime(2026, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


def test_four_hours_from_monday_at_four_are_due_on_tuesday_at_noon() -> None:
    assert working().after(madrid(2, 16), 4 * HOUR) == madrid(3, 12)


def test_nothing_counts_before_the_day_begins_or_at_the_weekend() -> None:
    assert working().after(madrid(6, 20), 1 * HOUR) == madrid(9, 10)
    assert working().next_at_work(madrid(7, 12)) == madrid(9, 9)


def test_nine_in_the_morning_stays_nine_when_the_clocks_change() -> None:
    """In 2026 Spain's clocks go forward on Sunday 29 March."""
    assert working().after(madrid(27, 16), 2 * HOUR) == madrid(30, 10)
    assert working().between(madrid(27, 9), madrid(30, 17)) == 16 * HOUR


def test_who_works_through_the_night_of_a_time_change_has_the_hours_that_there_are() -> None:
    """From midnight to six are five hours when the clocks go forward, seven when they go back."""
    night = WorkingTime(zone="Europe/Madrid", days=frozenset(range(7)), start=time(0), end=time(6))

    for month, day, hours in ((3, 29, 5), (10, 25, 7)):
        begins, ends = madrid(day, 0, month=month), madrid(day, 6, month=month)
        assert night.between(begins, ends) == hours * HOUR
        assert night.after(begins, hours * HOUR) == ends


def test_half_an_hour_zone_is_counted_to_the_minute() -> None:
    priya = working("Asia/Kolkata")
    start = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)

    assert priya.at_work(start)
    assert not priya.at_work(start - timedelta(minutes=1))


def test_holidays_and_absences_stop_the_clock() -> None:
    away = Span(madrid(3, 9), madrid(3, 15))
    rita = WorkingTime(
        zone="Europe/Madrid",
        days=frozenset(range(5)),
        start=time(9),
        end=time(17),
        holidays=frozenset({date(2026, 3, 4)}),
        away=(away,),
    )

    assert rita.after(madrid(2, 16), 4 * HOUR) == madrid(5, 10)


def test_whoever_never_works_is_timed_by_the_wall_clock() -> None:
    nobody = WorkingTime(zone="UTC", days=frozenset(), start=time(9), end=time(17))

    assert nobody.after(madrid(2, 9), 4 * HOUR) == madrid(2, 13)
    assert nobody.next_at_work(madrid(2, 9)) == madrid(2, 9)


def test_a_night_shift_runs_past_midnight() -> None:
    night = WorkingTime(zone="Europe/Madrid", days=frozenset({0}), start=time(22), end=time(6))

    assert night.at_work(madrid(3, 5))
    assert night.between(madrid(2, 0), madrid(4, 0)) == 8 * HOUR


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(
    lambda at: at.replace(tzinfo=UTC)
)
zones = st.sampled_from(
    ["Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
)


@given(moments, zones, st.integers(1, 60 * 24))
def test_as_much_working_time_passes_as_was_asked_for(
    at: datetime, zone: str, minutes: int
) -> None:
    time_ = working(zone)
    length = timedelta(minutes=minutes)

    due = time_.after(at, length)

    assert time_.between(at, due) == length


@given(moments, st.lists(st.tuples(moments, st.integers(0, 10_000)), max_size=8))
def test_what_is_taken_is_never_free(at: datetime, taken: list[tuple[datetime, int]]) -> None:
    whole = Span(at, at + timedelta(days=30))
    gaps = [Span(start, start + timedelta(minutes=m)) for start, m in taken]

    free = list(less([whole], gaps))

    assert all(not f.overlaps(g) for f in free for g in gaps if g.start < g.end)
    assert all(a.end <= b.start for a, b in pairwise(free))
