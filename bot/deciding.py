"""What managers do: give the meeting to someone else, give more time, talk."""

from functools import partial

from bot import giving
from bot.baton import Baton
from bot.click import Click
from bot.verbs import Verbs, applies
from cards.elements import Card
from handoff import deciding


async def reassign(baton: Baton, click: Click) -> Card:
    return await giving.ask(baton, click, "reassign", click.text("note", 200))


async def extend(baton: Baton, click: Click) -> Card:
    rule = partial(
        deciding.extend,
        by=click.by,
        at=click.at,
        hours=click.number("hours"),
        reason=click.text("reason", 200),
    )
    return await baton.apply(click, rule)


VERBS: Verbs = {"reassign": reassign, "extend": extend, "talk": applies(deciding.talk)}
