"""What managers do: give it to someone else or back, give more time, talk, excuse."""

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


async def extend_early(baton: Baton, click: Click) -> Card:
    rule = partial(
        deciding.extend_early,
        by=click.by,
        at=click.at,
        n=click.number("n"),
        hours=click.number("hours"),
        reason=click.text("reason", 200),
    )
    return await baton.apply(click, rule)


async def excuse(baton: Baton, click: Click) -> Card:
    rule = partial(
        deciding.excuse,
        by=click.by,
        at=click.at,
        n=click.number("n"),
        evidence=click.text("evidence", 200),
    )
    return await baton.apply(click, rule)


VERBS: Verbs = {
    "reassign": reassign,
    "extend": extend,
    "extend_early": extend_early,
    "talk": applies(deciding.talk),
    "give_back": applies(deciding.give_back),
    "excuse": excuse,
}
