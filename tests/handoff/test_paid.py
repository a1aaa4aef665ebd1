"""When what was won of the leads has passed what those who qualify them cost."""

from datetime import date

from cards.returns import paid_words
from handoff.money import whole
from handoff.policy import Qualification
from handoff.returns import Month, paid

TEAM = Qualification(cost=whole(12_000, "EUR"), since=date(2025, 11, 1))


def month(year: int, n: int, euros: int, leads: int = 0, apart: int = 0) -> Month:
    return Month(month=date(year, n, 1), leads=leads, worth=100 * euros, apart=apart)


def said(*months: Month, at: date) -> list[str]:
    return paid_words(TEAM, paid(TEAM, months, at))


def test_it_says_after_how_many_months_what_was_won_passed_the_cost() -> None:
    told = said(
        month(2025, 12, 20_000, leads=11),
        month(2026, 2, 30_000, leads=7),
        at=date(2026, 2, 10),
    )
    assert told == [
        (
            "€48,000 in 4 months since November 2025, and €50,000 was won of 18 leads handed over "
            "since."
        ),
        "What was won passed what it had cost after 4 months, in February 2026.",
    ]


def test_until_then_it_says_what_is_left_and_what_is_not_counted() -> None:
    assert said(at=date(2025, 11, 1)) == [
        (
            "€12,000 in 1 month since November 2025, and nothing is won yet of 0 leads handed "
            "over since."
        ),
        "It has not paid for itself yet: €12,000 is left.",
    ]
    told = said(month(2025, 12, 5_000, leads=1, apart=1), at=date(2025, 12, 31))
    assert told[1:] == [
        "It has not paid for itself yet: €19,000 is left.",
        "Besides, 1 deal is won in another currency, or of a worth that nobody knows.",
    ]


def test_what_passed_once_may_be_less_than_the_cost_again() -> None:
    told = said(month(2025, 11, 15_000, leads=2), at=date(2026, 1, 5))
    assert told[1:] == [
        "What was won passed what it had cost in the first month, in November 2025.",
        "By now it has cost more than was won again.",
    ]
