"""What a figure says: of few no percentage, never a mean, and nothing of too few people."""

from datetime import UTC, date, datetime
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.figures import FIGURES, Goal, Period, Share, Spread, Unit, attained, spread, spread_of
from handoff.scope import hidden


def test_each_figure_has_a_name_and_a_sentence_of_its_own() -> None:
    for told in ("code", "name", "says"):
        all_told = [getattr(one, told) for one in FIGURES]
        assert len(set(all_told)) == len(all_told), told
    assert all(one.says.endswith(".") for one in FIGURES)
    shares = (Unit.SHARE, Unit.PER_HUNDRED)
    assert all((one.bottom is not None) is (one.unit in shares) for one in FIGURES)


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (Share(3, 7), "3 of 7"),
        (Share(0, 0), "0 of 0"),
        (Share(9, 9), "9 of 9"),
        (Share(7, 10), "70 % (7 of 10)"),
        (Share(1, 3_000), "0 % (1 of 3,000)"),
    ],
)
def test_of_fewer_than_ten_no_percentage_is_told(share: Share, told: str) -> None:
    assert share.told == told


def test_the_interval_is_wilsons() -> None:
    """The values of Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    for share, low, high in (
        (Share(81, 263), 0.2553, 0.3662),
        (Share(15, 148), 0.0624, 0.1605),
        (Share(0, 20), 0.0, 0.1611),
        (Share(1, 29), 0.0061, 0.1718),
    ):
        assert share.interval == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
    assert Share(0, 0).interval == (0, 1)


def test_how_long_is_told_by_the_middle_one_and_by_nine_of_ten() -> None:
    assert spread([]) == Spread(0)
    assert spread([5]) == Spread(1, 5, 5)
    assert spread(range(1, 11)) == Spread(10, 5, 9)
    assert spread([1, 1, 1, 10_000]) == Spread(4, 1, 10_000), "no mean that one of them makes"


@given(st.lists(st.lists(st.integers(-3, 12) | st.integers(-(2**31), 2**31 - 1), max_size=9)))
def test_of_several_that_are_in_order_it_is_what_it_is_of_all_together(
    several: list[list[int]],
) -> None:
    assert spread_of([sorted(one) for one in several]) == spread(list(chain(*several)))


def test_weeks_are_those_that_have_a_day_in_the_time() -> None:
    weeks = Period(date(2026, 3, 4), date(2026, 3, 17)).weeks()
    assert [week.since for week in weeks] == [date(2026, 3, d) for d in (2, 9, 16)]
    assert len(Period.week_of(date(2026, 3, 8)).weeks()) == 1


def test_a_goal_is_told_against_the_part_of_the_time_that_is_gone() -> None:
    quarter = Period(date(2026, 1, 1), date(2026, 4, 1))
    at = datetime(2026, 2, 15, tzinfo=UTC)
    goal = Goal(figure="won", of="team", whose="mara", period=quarter, target=20)
    standing = attained(goal, 8, at)
    assert (standing.reached, standing.gone, standing.left) == (0.4, 0.5, 12)
    assert not standing.on_course
    assert attained(goal, 10, at).on_course
    share = Goal(figure="kept_of_due", of="person", whose="mara", period=quarter, target=90)
    assert attained(share, Share(19, 20), at).on_course
    assert not attained(share, Share(8, 10), at).on_course
    assert attained(share, Share(0, 0), at).on_course, "nothing was due yet"


PARTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9))


@given(people=PARTS, least=st.integers(3, 8))
def test_whatever_is_hidden_cannot_be_worked_out_from_the_whole_and_the_rest(
    people: dict[str, int], least: int
) -> None:
    """The whole less the parts that are shown is what is hidden: of two parts and of enough people,
    unless all is hidden.
    """
    gone = hidden(people, least)
    shown = {part: count for part, count in people.items() if count and part not in gone}
    assert all(count >= least for count in shown.values())
    if gone and shown:
        assert len(gone) > 1
        assert sum(people[part] for part in gone) >= least
    if not gone:
        assert all(count >= least for count in people.values() if count)


def test_no_more_is_hidden_than_it_takes() -> None:
    assert hidden({"a": 3, "b": 9, "c": 6}, 5) == {"a", "c"}
    assert hidden({"a": 3, "b": 2, "c": 6}, 5) == {"a", "b"}
    assert hidden({"a": 3, "b": 1, "c": 6, "d": 7}, 5) == {"a", "b", "c"}
    assert hidden({"a": 0, "b": 6}, 5) == frozenset()
    some = dict(zip("abcd", (6, 7, 8, 9), strict=True))
    for few in chain.from_iterable(combinations(some, n) for n in range(5)):
        assert hidden({part: some[part] for part in few}, 5) == frozenset()
