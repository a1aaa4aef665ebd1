"""What anybody responsible does to have a colleague take a meeting."""

from functools import partial

from bot.baton import Baton
from bot.click import Click
from bot.verbs import Verbs, applies
from cards.elements import Card
from handoff import giving
from handoff.effects import How


async def ask(baton: Baton, click: Click, how: How, reason: str = "") -> Card:
    """The rep that was clicked is asked for; whether they still can is looked at first."""
    rep = click.text("rep", 100)
    rule = partial(giving.ask, by=click.by, at=click.at, how=how, rep=rep, reason=reason)
    return await baton.apply(click, rule, rep)


async def look_for_colleague(baton: Baton, click: Click) -> Card:
    """Whoever asks has a card of its own with who is free. Whatever was clicked points to it then,
    for it says that somebody looks.
    """
    rule = partial(giving.look_for, by=click.by, at=click.at)
    return await baton.apply(click, rule, anew=True)


async def hand_on(baton: Baton, click: Click) -> Card:
    return await ask(baton, click, "hand_on", click.text("note", 200))


async def give_lead(baton: Baton, click: Click) -> Card:
    to = click.text("to", 100)
    rule = partial(
        giving.give_lead, by=click.by, at=click.at, to=to, reason=click.text("note", 200)
    )
    return await baton.apply(click, rule, to)


VERBS: Verbs = {
    "give_lead": give_lead,
    "look_for_colleague": look_for_colleague,
    "hand_on": hand_on,
    "leave_it": applies(giving.leave_it),
}
