"""What came back of what a campaign has cost, in a sentence."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from cards import words
from handoff.asked import MONTHS
from handoff.money import Money, decimals, whole
from handoff.policy import Qualification
from handoff.returns import Cohort, Paid, back, months_since

MANY = 10  # from so many on decimals say more than is known


def month_words(month: date) -> str:
    """March 2026"""
    return f"{MONTHS[month.month - 1]} {month.year}"


def came_back(cohorts: Iterable[Cohort], spent: Money, when: str) -> str:
    """€14 came back for each €1, of 23 leads handed over in March 2026. Empty where it cannot be
    said.
    """
    found = back(cohorts, spent)
    if found is None:
        return ""
    times, leads = found
    of = f"of {leads:,} lead{'' if leads == 1 else 's'} handed over {when}"
    if not times:
        return f"Nothing has come back yet of {words.amount(spent)}, {of}."
    return f"{_for_each(times, spent.currency)}, {of}."


def paid_words(team: Qualification, paid: Paid) -> list[str]:
    """What it cost so far, what came of it, and in which month that passed the other."""
    since = month_words(team.since)
    months = f"{paid.months} month{'' if paid.months == 1 else 's'}"
    of = f"of {paid.leads:,} lead{'' if paid.leads == 1 else 's'} handed over since"
    won = f"{words.amount(paid.worth)} was won" if paid.worth.minor else "nothing is won yet"
    told = [f"{words.amount(paid.cost)} in {months} since {since}, and {won} {of}."]
    if paid.at:
        n = months_since(team.since, paid.at) + 1
        after = "in the first month" if n == 1 else f"after {n} months"
        told.append(f"What was won passed what it had cost {after}, in {month_words(paid.at)}.")
        if paid.worth.minor < paid.cost.minor:
            told.append("By now it has cost more than was won again.")
    else:
        left = Money(paid.cost.minor - paid.worth.minor, paid.cost.currency)
        told.append(f"It has not paid for itself yet: {words.amount(left)} is left.")
    if paid.apart:
        deals = "1 deal is won" if paid.apart == 1 else f"{paid.apart:,} deals are won"
        told.append(f"Besides, {deals} in another currency, or of a worth that nobody knows.")
    return told


def _for_each(times: Decimal, currency: str) -> str:
    """In a currency without decimals for each hundred, where it would be less than ten."""
    places = decimals(currency)
    each = 1 if places or times >= MANY else 100
    got = times * each
    digits = 0 if got >= MANY or not places else 2
    least = Decimal(1).scaleb(-digits)
    for_each = f"for each {words.amount(whole(each, currency))}"
    if got < least:
        return f"Less than {_amount(least, currency)} came back {for_each}"
    return f"{_amount(got.quantize(least), currency)} came back {for_each}"


def _amount(of: Decimal, currency: str) -> str:
    return words.amount(Money(int(of.scaleb(decimals(currency))), currency))
