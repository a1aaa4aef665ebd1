"""What came back of what a campaign cost, in the words of whoever spent it."""

from datetime import date

import pytest

from cards.returns import came_back
from handoff.lead_list import Row, Table
from handoff.money import Money, whole
from handoff.returns import Cohort, Spend, months_since, read

MARCH = date(2026, 3, 1)
APRIL = date(2026, 4, 1)


def cohort(leads: int, worth: int = 0, currency: str = "EUR", **more: int) -> Cohort:
    return Cohort(month=MARCH, leads=leads, worth={currency: worth} if worth else {}, **more)


@pytest.mark.parametrize(
    ("leads", "worth", "spent", "said"),
    [
        (23, 4_200_000, whole(3_000, "EUR"), "€14 came back for each €1, of 23 leads"),
        (1, 4_800_000, whole(12_000, "EUR"), "€4 came back for each €1, of 1 lead"),
        (23, 4_260_000, whole(3_000, "EUR"), "€14 came back for each €1, of 23 leads"),
        (1_200, 105_000, whole(3_000, "EUR"), "€0.35 came back for each €1, of 1,200 leads"),
        (9, 1, whole(3_000, "EUR"), "Less than €0.01 came back for each €1, of 9 leads"),
        (23, 0, whole(3_000, "EUR"), "Nothing has come back yet of €3,000, of 23 leads"),
    ],
)
def test_it_is_said_as_whoever_spent_it_would(
    leads: int, worth: int, spent: Money, said: str
) -> None:
    assert came_back([cohort(leads, worth)], spent, "in March 2026") == (
        f"{said} handed over in March 2026."
    )


def test_of_a_currency_without_decimals_it_is_told_for_each_hundred() -> None:
    told = came_back([cohort(5, 3_500, "JPY")], Money(10_000, "JPY"), "in March 2026")
    assert told == "JP¥35 came back for each JP¥100, of 5 leads handed over in March 2026."


def test_nothing_is_divided_that_is_not_known_in_one_currency_of_leads_that_there_are() -> None:
    spent = whole(3_000, "EUR")
    assert came_back([cohort(0)], spent, "") == "", "no lead was handed over"
    assert came_back([cohort(3, 100, "USD")], spent, "") == "", "in another currency"
    assert came_back([cohort(3, 100, won=2, unknown=1)], spent, "") == "", "worth unknown"
    assert came_back([cohort(3, 100)], whole(0, "EUR"), "") == "", "nothing was spent"
    assert came_back([], spent, "") == ""
    two = [cohort(3, 100), cohort(4, 100, "USD")]
    assert came_back(two, spent, "") == "", "of one of the months"


def test_a_list_says_what_was_spent_in_which_month_and_each_wrong_line_is_told() -> None:
    head = Row("line 1", ("code", "month", "amount", "currency"))
    rows = [
        ("W1", "2026-03", "12000", "EUR"),
        ("W1", "2026-04-01", "1500.50 USD", ""),  # as Excel has a month
        ("w1", "2026-03", "1", "EUR"),
        ("W2", "March", "1", "EUR"),
        ("W2", "2026-13", "1", "EUR"),
        ("W2", "2026-04", "12000", ""),
        ("W2", "2026-04", "much", "EUR"),
        ("W2", "2026-04", "-5", "EUR"),
        ("W2", "2026-04", "5 EUR", "USD"),
    ]
    listed = [Row(f"line {n}", cells) for n, cells in enumerate(rows, 2)]
    found, problems = read(Table((head, *listed), ()))
    assert found == [
        Spend(campaign="W1", month=MARCH, spent=whole(12_000, "EUR")),
        Spend(campaign="W1", month=APRIL, spent=Money(150_050, "USD")),
    ]
    assert len(problems) == 7
    assert problems[0] == "line 4: that campaign and month stand at line 2 already"
    assert "names no currency" in problems[3]


def test_how_old_leads_are() -> None:
    assert months_since(MARCH, date(2026, 3, 31)) == 0
    assert months_since(date(2025, 11, 1), date(2026, 1, 1)) == 2
