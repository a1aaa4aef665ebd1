"""Somebody enters what the CRM lacks of a deal."""

from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.baton import Baton, says
from bot.click import Click
from bot.verbs import Verbs
from cards.crm_ask import MOST, ask_card, entered_words
from cards.elements import Card, plain
from cards.lists import line_card
from cards.opening import at_its_field, refilled
from cards.view import View
from handoff.amounts import MOST as LARGEST
from handoff.crm_asks import Ask, entered
from handoff.effects import ShowAnswer, WriteField
from handoff.errors import NotAskedError, NotNeededError, NotOfferedError
from handoff.model import Person
from handoff.money import decimals
from handoff.policy import DealField, Promise

THE_CRM = "the CRM"


async def update_crm(baton: Baton, click: Click) -> Card:
    """What they entered will stand in the CRM, and is owed by nobody any more. Where it is not
    what can stand there the card asks again, with what was typed.
    """
    id = click.id("ask")
    person = await baton.person(click.by)
    ask = await baton.stores.crm_asks.ask(id)
    if ask is None:
        raise NotNeededError
    if not await _asked(baton, id, click.by):
        raise NotAskedError("Only whoever was asked can enter this. Nothing has changed.")
    if ask.waits:
        try:
            value = _value(click, ask, person)
        except NotOfferedError as wrong:
            case = await baton.stores.handoffs.case(ask.handoff, click.by)
            view = View(case=case, viewer=person, at=click.at, banner=str(wrong))
            return at_its_field(refilled(ask_card(ask, view, THE_CRM), click.filled), wrong)
        await _enter(baton, click, ask, value)
    return await answered(baton, id, click.by)


async def _enter(baton: Baton, click: Click, ask: Ask, value: str) -> None:
    """It is entered, once, and every card that asks for it says so."""
    stores, about = baton.stores, str(ask.id)
    async with stores.door.open() as tx:
        if not await stores.heard.is_new(tx, click.once):
            return
        rule = partial(entered, by=click.by, at=click.at, field=ask.field)
        await stores.handoffs.change_in(tx, ask.handoff, rule, click.by)
        if not await stores.crm_asks.enter(tx, ask.id, value, click.by, click.at):
            raise NotNeededError
        what = Promise.UPDATE_CRM
        await stores.pledges.settle(tx, what, about, by=click.by, at=click.at)
        tx.follow(WriteField(ask.id))
        for who, card in await stores.pledges.cards(tx, what, about):
            if card != click.card:
                tx.follow(ShowAnswer(who, card, f"crm {about}", card))
        says(tx, click, f"crm {about}")


async def answered(baton: Baton, id: UUID, by: str) -> Card:
    """What is so, whoever entered it and whatever was clicked after that."""
    ask = await baton.stores.crm_asks.ask(id)
    if ask is None or not await _asked(baton, id, by):
        raise NotNeededError
    if ask.said_by is None:
        words = (
            "It stands there by now, or is wanted no more."
            if ask.became
            else "It is not entered yet."
        )
        return line_card(words)
    people = await baton.stores.people.get([ask.said_by])
    name = people[ask.said_by].name if ask.said_by in people else "Somebody else"
    return line_card(entered_words(ask, "You" if ask.said_by == by else plain(name)))


async def _asked(baton: Baton, id: UUID, by: str) -> bool:
    return await baton.stores.pledges.of(Promise.UPDATE_CRM, str(id), by) is not None


def _value(click: Click, ask: Ask, person: Person) -> str:
    """As a machine writes it. Raises NotOfferedError for what cannot stand there."""
    match ask.field:
        case DealField.AMOUNT:
            return _amount(click.figures("value", 40), ask.currency)
        case DealField.CLOSE_DATE:
            day = click.day("value")
            if day < today(click, person):
                raise NotOfferedError("Please choose today or a later day.", at=("value",))
            return day.isoformat()
        case DealField.STAGE:
            stage = click.text("value")
            if stage not in dict(ask.choices):
                raise NotOfferedError("Please choose one of the stages.", at=("value",))
            return stage
        case DealField.NEXT_STEP:
            step = " ".join(click.text("value", MOST).split())
            if not step:
                raise NotOfferedError("Please write the next step.", at=("value",))
            return step


def _amount(written: str, currency: str) -> str:
    words = "Please give an amount, like 48000."
    try:
        value = Decimal(written)
    except InvalidOperation as error:
        raise NotOfferedError(words, at=("value",)) from error
    places = decimals(currency) if currency else 2
    if not value.is_finite() or not 0 <= value <= LARGEST or value != round(value, places):
        raise NotOfferedError(words, at=("value",))
    return f"{value:f}"


def today(click: Click, person: Person) -> date:
    return click.at.astimezone(ZoneInfo(person.zone)).date()


VERBS: Verbs = {"update_crm": update_crm}
