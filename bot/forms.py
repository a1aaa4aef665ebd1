"""Forms: a click shows one in place of the card, another one puts the card back."""

import re

from bot import again
from bot.baton import Baton, holds, shows
from bot.click import Click
from bot.verbs import Verbs
from cards.elements import Card
from cards.opening import begun, opened
from handoff.errors import RefusedError, TooOldError

SAID = re.compile(r"mine|book|why [0-9]{1,12}|pledge \S.*")
"""What has an answer with forms on it. Nothing else is said by a click: some of it does something,
and its data may be forged.
"""
GONE = "This is no longer asked. Here is how it stands now."


async def open_form(baton: Baton, click: Click) -> Card:
    """The form, as long as the card has it. While it is open no news closes it."""
    form = opened(await _card(baton, click), click.opens)
    if form is None:
        return (
            await baton.redraw(click, RefusedError(GONE))
            if click.handoff
            else await _card(baton, click)
        )
    await holds(baton.stores, click)
    return begun(form, click.at)


async def back(baton: Baton, click: Click) -> Card:
    """The card as it stands, with whatever has come while the form was open."""
    if click.handoff:
        async with baton.stores.door.open() as tx:
            await shows(baton.stores, tx, click, click.handoff)
    return await _card(baton, click)


async def refused(baton: Baton, click: Click, refusal: RefusedError) -> Card:
    """The answer to a click that was refused: the card as it stands, with the refusal's words. A
    form that is still there stays open, with what was typed in it, as `Baton.redraw` has it.
    """
    said = click.text("said")
    if click.opened and SAID.fullmatch(said):
        card = await again.answer(baton, click.by, said, click.once or "")
        typed = refusal.kept(click.filled)
        form = opened(card, click.opened, wrong=refusal, typed=typed)
        if form:
            return begun(form, click.since or click.at)
    if click.handoff:
        return await baton.redraw(click, refusal)
    return await baton.line(click, refusal)


async def _card(baton: Baton, click: Click) -> Card:
    if click.handoff is None:
        said = click.text("said")
        if not SAID.fullmatch(said):
            raise TooOldError
        return await again.answer(baton, click.by, said, click.once or "")
    return await baton.card(await baton.stores.handoffs.case(click.handoff, click.by), click.by)


VERBS: Verbs = {"open": open_form, "back": back}
