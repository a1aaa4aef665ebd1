"""When a week is over and told, and what of it changed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from handoff import weekly
from handoff.figures import Period, Share, Value
from handoff.hours import Span
from handoff.weekly import Line, Told
from tests.conftest import working

WEEK = Period(date(2026, 3, 23), date(2026, 3, 30), "Europe/Madrid")  # clocks go forward in it


def test_a_week_is_over_on_the_clocks_of_the_organisation_and_is_told_once_it_has_settled() -> None:
    assert WEEK.end - WEEK.begin == timedelta(days=7) - timedelta(hours=1)
    assert weekly.week_over(WEEK.end, "Europe/Madrid") == WEEK
    before = weekly.week_over(WEEK.end - timedelta(seconds=1), "Europe/Madrid")
    assert before.until == WEEK.since
    assert weekly.cut_off(WEEK, WEEK.end + weekly.SETTLES) == WEEK.end
    assert weekly.cut_off(WEEK, WEEK.end + weekly.SETTLES - timedelta(seconds=1)) is None


def test_each_is_told_when_they_begin_to_work_and_nobody_before_the_week_is_over() -> None:
    assert weekly.due(working("Europe/Madrid"), WEEK) == datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert weekly.due(working("America/New_York"), WEEK) == datetime(2026, 3, 30, 13, tzinfo=UTC)
    early = weekly.due(working("Pacific/Auckland"), WEEK)
    assert early == WEEK.end, "it is eleven there by then"
    away = Span(datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC))
    back = weekly.due(replace(working("Europe/Madrid"), away=(away,)), WEEK)
    assert back == datetime(2026, 4, 2, 7, tzinfo=UTC)


def line(**values: tuple[Value | None, Value | None]) -> Line:
    return Line(
        kind="organisation",
        now={key: Told(now, {}) for key, (now, _) in values.items()},
        before={key: Told(before, {}) for key, (_, before) in values.items()},
    )


def test_the_three_things_that_changed_are_those_furthest_from_the_week_before() -> None:
    week = line(
        handed_over=(40, 20),
        met=(11, 10),
        won=(9, 1),
        fell_through=(2, 12),
        took_place=(Share(5, 20), Share(18, 20)),
        kept_of_due=(None, Share(3, 4)),
    )

    found = weekly.changes(week)

    assert [one.figure for one in found] == ["took_place", "fell_through", "handed_over"]
    # Two shares by the pooled z, two numbers by their difference over the root of their sum.
    assert [one.size for one in found] == [
        pytest.approx(-4.158, abs=1e-3),
        pytest.approx(-10 / 14**0.5),
        pytest.approx(20 / 60**0.5),
    ]
    assert (
        weekly.changes(line(met=(11, 10), won=(0, 0), took_place=(Share(1, 1), Share(0, 0)))) == ()
    )


def test_of_parts_that_are_not_all_shown_nothing_is_said_to_be_otherwise() -> None:
    """One of them would tell of the other, as the report itself shows none of them."""
    sent = {"overdue-code": Told(None, {"outcome": 12, "rework": None}), "won": Told(1, {})}
    now = {"overdue-code": Told(None, {"outcome": 15, "rework": 6}), "won": Told(2, {})}

    assert [one.key for one in weekly.corrections(sent, now)] == ["won"]
    assert [one.key for one in weekly.corrections(now, sent)] == ["won"]
    shown = {"overdue-code": Told(16, {"outcome": 12, "rework": 4})}
    assert [one.part for one in weekly.corrections(shown, now)] == ["", "outcome", "rework"]
