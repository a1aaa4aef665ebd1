"""Forms: a click shows one in place of the card, another one puts the card back."""

from datetime import timedelta

from bot import again
from bot.baton import Baton, shows
from bot.click import Click
from bot.verbs import Verbs
from cards.elements import Card
from cards.opening import opened

PATIENCE = timedelta(minutes=10)
"""For so long somebody may be typing, and nothing else is put into that message."""
GONE = "This is no longer asked. Here is how it stands now."


async def open_form(baton: Baton, click: Click) -> Card:
    """The form, as long as the card has it. While it is open no news closes it."""
    form = opened(await _card(baton, click), click.opens)
    if form is None:
        return await baton.redraw(click, GONE) if click.handoff else await _card(baton, click)
    if click.handoff and click.stands and click.card:
        async with baton.stores.door.open() as tx:
            await baton.stores.conversations.form_open(
                tx, click.handoff, click.by, click.card, click.at + PATIENCE
            )
    return form


async def back(baton: Baton, click: Click) -> Card:
    """The card as it stands, with whatever has come while the form was open."""
    if click.handoff:
        async with baton.stores.door.open() as tx:
            await shows(baton.stores, tx, click, click.handoff)
    return await _card(baton, click)


async def _card(baton: Baton, click: Click) -> Card:
    if click.handoff is None:
        return await again.answer(baton, click.by, click.text("said"), click.once or "")
    return await baton.card(await baton.stores.handoffs.case(click.handoff, click.by), click.by)


VERBS: Verbs = {"open": open_form, "back": back}
