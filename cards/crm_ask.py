"""What of a deal the CRM lacks: one input, whoever is asked for it, and what became of that."""

from collections.abc import Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from microsoft_teams.cards import CardElement

from cards.elements import (
    Card,
    amount,
    banner,
    day,
    do,
    finished,
    head,
    plain,
    radio,
    said,
    submit,
    told,
    why,
    write,
)
from cards.pledges import Lines, aloud
from cards.view import View
from cards.why import more
from cards.words import amount as money
from handoff.crm_asks import Ask, Became, Lacks, day_of
from handoff.money import Money, decimals
from handoff.policy import DealField

MOST = 200  # characters of a next step
FIELDS_THERE: Mapping[DealField, str] = {
    DealField.AMOUNT: "the amount",
    DealField.CLOSE_DATE: "the close date",
    DealField.STAGE: "the stage",
    DealField.NEXT_STEP: "the next step",
}
"""What of a deal, in the CRM."""
HOW = (
    "What you enter is written there by Baton, unless somebody has changed it there meanwhile: "
    "theirs stays. You may as well enter it there yourself; Baton sees it within a quarter of an "
    "hour, and nothing is asked of you any more."
)


def ask_card(ask: Ask, view: View, crm: str, *, asked: Lines = ()) -> Card:
    """For whoever is asked for it, with one input. What is wrong with what they entered stands
    above it, by the view.
    """
    name, handoff, what = plain(crm), view.handoff, FIELDS_THERE[ask.field]
    lines: list[CardElement] = []
    if ask.refused:
        lines += [told(f"{name} did not take what was entered. It says:"), said(ask.refused)]
    lines.append(told(f"{_why(ask, name)} What is it?", spacing="Small"))
    return finished(
        [
            head(name.upper(), handoff.lead.company, below=f"no. {handoff.number}"),
            banner(view.banner),
            *lines,
            _input(ask, view),
            *asked,
            *why([_rule(view, name), HOW, more(view)]),
        ],
        # An older iPhone checks the input whichever button is pressed, so there is no other.
        [submit(f"Put it in {name}", "update_crm", first=True, ask=str(ask.id))],
        says=f"{name}, {plain(handoff.lead.company)}: {what} is wanted. {aloud(asked)}",
    )


def became_card(ask: Ask, view: View, crm: str) -> Card:
    """For whoever entered it, where it is not written: why."""
    name, handoff, what = plain(crm), view.handoff, FIELDS_THERE[ask.field]
    because = "the deal is no more there"
    if ask.became is Became.CHANGED:
        because = f"somebody has changed {what} there meanwhile, and theirs stays"
    return finished(
        [
            head(name.upper(), handoff.lead.company, below=f"no. {handoff.number}"),
            told(f"What you entered for {what} is not written: {because}.", spacing="Small"),
            *why([HOW]),
        ],
        [do("Show the lead", "show", handoff.id)],
        says=f"{name}, {plain(handoff.lead.company)}: {because}",
    )


def entered_words(ask: Ask, by: str) -> str:
    """That it is entered, for whoever was asked: *by* whom, in words."""
    value = f"{by} entered {FIELDS_THERE[ask.field]}: {plain(value_words(ask))}."
    if ask.became is None:
        return f"{value} It is written in the CRM as soon as that takes it."
    return value if ask.became is Became.WRITTEN else f"{value} It was not written."


def value_words(ask: Ask) -> str:
    """What was entered, as people read it."""
    value = ask.value or ""
    match ask.field:
        case DealField.AMOUNT if ask.currency:
            minor = Decimal(value).scaleb(decimals(ask.currency))
            return money(Money(int(minor), ask.currency))
        case DealField.CLOSE_DATE:
            at = day_of(value)
            return f"{at:%a} {at.day} {at:%b} {at.year}" if at else value
        case DealField.STAGE:
            return dict(ask.choices).get(value, value)
        case _:
            return value


def _why(ask: Ask, crm: str) -> str:
    what = FIELDS_THERE[ask.field]
    match ask.why:
        case Lacks.EMPTY:
            return f"In {crm} {what} of this deal is empty."
        case Lacks.PAST:
            return f"In {crm} {what} of this deal is past, and the deal is open."
        case Lacks.OLD:
            return f"In {crm} nobody has changed {what} of this deal for long."


def _rule(view: View, crm: str) -> str:
    deal = view.handoff.deal
    stage = f" at the stage {plain(deal.stage_name)}" if deal and deal.stage_name else ""
    return f"The policy wants this to be known in {crm} of a deal{stage}, and asks its rep for it."


def _input(ask: Ask, view: View) -> CardElement:
    was = ask.was if ask.why is Lacks.OLD else ""
    match ask.field:
        case DealField.AMOUNT:
            label = f"Amount, {ask.currency}" if ask.currency else "Amount"
            return amount("value", label, needed=True)
        case DealField.CLOSE_DATE:
            today = view.at.astimezone(ZoneInfo(view.zone)).date().isoformat()
            return day("value", "Close date", value="", least=today)
        case DealField.STAGE:
            stages = [(name, id) for id, name in ask.choices]
            known = was if was in dict(ask.choices) else None
            return radio("value", "Stage", stages, value=known, needed="Choose a stage")
        case DealField.NEXT_STEP:
            return write("value", "Next step", value=was[:MOST], needed=True, most=MOST)
