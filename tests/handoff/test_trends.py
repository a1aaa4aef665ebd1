"""A reason that is given more often is heard of; what chance makes is not."""

from datetime import date
from random import Random

import pytest

from handoff.figures import Period, Share
from handoff.trends import Cell, discoveries, rising, tail, times
from tests.thoroughness import THOROUGH

REASONS = ("no_budget", "wrong_person", "too_early", "no_fit", "duplicate", "competitor")
CAMPAIGNS = ("", "ports webinar", "hannover fair", "newsletter", "referrals", "search")
SEGMENTS = ("", "enterprise", "small")
WORLDS = 1_000 if THOROUGH else 120


def some(random: Random, leads: int, often: float) -> int:
    return sum(random.random() < often for _ in range(leads))


def world(seed: int) -> list[Cell]:
    """Sixteen weeks in which each reason is given as often as ever."""
    random = Random(seed)
    cells = []
    for campaign in CAMPAIGNS:
        for segment in SEGMENTS:
            now, before = random.randint(5, 90), random.randint(15, 270)
            for reason in REASONS:
                often = random.choice((0.02, 0.05, 0.1, 0.2))
                cells.append(
                    Cell(
                        reason=reason,
                        campaign=campaign,
                        segment=segment,
                        recent=Share(some(random, now, often), now),
                        before=Share(some(random, before, often), before),
                    )
                )
    return cells


def planted(recent: Share, before: Share) -> Cell:
    return Cell(
        reason="wrong_person",
        campaign="hannover fair",
        segment="small",
        recent=recent,
        before=before,
    )


@pytest.mark.large
def test_of_random_worlds_in_which_nothing_changed_at_most_one_in_twenty_tells_anything() -> None:
    told = [bool(rising(world(seed))) for seed in range(WORLDS)]

    assert sum(told) <= 0.05 * WORLDS
    assert all(len(world(seed)) == 108 for seed in (0, 1))


@pytest.mark.large
def test_a_reason_that_is_given_four_times_as_often_is_told_in_nearly_every_world() -> None:
    spike = planted(Share(16, 40), Share(12, 120))
    found = [rising([*world(seed), spike]) for seed in range(WORLDS)]

    heard = [[one.cell for one in trends].count(spike) for trends in found]
    assert sum(heard) >= 0.99 * WORLDS


def test_what_few_leads_say_or_what_matters_little_is_not_told() -> None:
    assert rising([planted(Share(10, 19), Share(2, 200))]) == [], "fewer than twenty now"
    assert rising([planted(Share(10, 40), Share(0, 19))]) == [], "fewer than twenty before"
    assert rising([planted(Share(1_300, 20_000), Share(3_000, 60_000))]) == [], "sure, and little"
    assert rising([planted(Share(0, 40), Share(60, 120))]) == [], "given less often"
    assert rising([]) == []
    [one] = rising([planted(Share(10, 40), Share(2, 120))])
    assert one.chance < 0.001


def test_the_chances_are_those_of_the_tables() -> None:
    # Binomial tails, as in any table: of ten tosses eight or more heads, of twenty fifteen.
    assert tail(8, 10, 0.5) == pytest.approx(56 / 1024)
    assert tail(15, 20, 0.5) == pytest.approx(0.0207, abs=5e-5)
    assert tail(3, 10, 0.1) == pytest.approx(0.0702, abs=5e-5)
    assert tail(0, 10, 0.3) == 1.0
    assert tail(5, 5, 0.25) == pytest.approx(0.25**5)


def test_false_discoveries_are_those_of_benjamini_and_hochberg() -> None:
    # Fifteen chances of their paper of 1995, section 4.1: four are told; by Bonferroni three.
    paper = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
        *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000),
    ]
    mixed = paper[::-1]

    assert sorted(mixed[n] for n in discoveries(mixed, 0.05)) == paper[:4]
    assert sum(one <= 0.05 / 15 for one in paper) == 3


def test_four_weeks_stand_against_the_twelve_before_them() -> None:
    week = Period(date(2026, 3, 2), date(2026, 3, 9), "Europe/Madrid")

    recent, before = times(week)

    assert recent == Period(date(2026, 2, 9), date(2026, 3, 9), "Europe/Madrid")
    assert before == Period(date(2025, 11, 17), date(2026, 2, 9), "Europe/Madrid")
