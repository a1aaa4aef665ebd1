"""What managers do: give it to someone else or back, talk, give more time, ask above, excuse."""

from functools import partial

from bot import giving
from bot.baton import Baton, says
from bot.click import Click
from bot.verbs import Verbs, applies
from cards.elements import Card
from cards.lists import line_card
from cards.pledges import pledge_card
from handoff import deciding
from handoff.errors import MovedOnError, NotNeededError, NotOfferedError
from handoff.pledges import may_have_more_time
from handoff.policy import PLEDGED, Promise

GIVEN = "More time is given. They read so, with your reason."


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
        n=click.number("promise"),
        hours=click.number("hours"),
        reason=click.text("reason", 200),
    )
    return await baton.apply(click, rule)


async def give_time(baton: Baton, click: Click) -> Card:
    """For a promise that is about no handoff."""
    named, who, about = [*click.text("pledge", 300).split(" ", 2), "", ""][:3]
    if named not in PLEDGED:
        raise NotOfferedError
    what, hours, why = Promise(named), click.number("hours"), click.text("reason", 200)
    await baton.person(click.by)
    try:
        async with baton.stores.door.open() as tx:
            if not await baton.stores.heard.is_new(tx, click.once):
                return line_card(GIVEN)
            await baton.stores.pledges.more_time(
                tx, what, about, who, by=click.by, hours=hours, why=why, at=click.at
            )
            says(tx, click, "line time")
    except MovedOnError as over:
        raise NotNeededError from over
    return line_card(GIVEN)


async def pledge_of(baton: Baton, by: str, name: str) -> Card:
    """The promise of that *name*, which is about no handoff, for who may give more time for it."""
    named, who, about = [*name.split(" ", 2), "", ""][:3]
    people = await baton.stores.people.get([who, by])
    pledge = None
    if named in PLEDGED and who in people and by in people[who].managers:
        pledge = await baton.stores.pledges.of(Promise(named), about, who)
    policy, at = await baton.stores.policies.current(), baton.now()
    if pledge is None or by not in people or not may_have_more_time(pledge, policy, at=at):
        raise NotNeededError
    return pledge_card(pledge, people[who], policy, viewer=people[by], at=at)


async def excuse(baton: Baton, click: Click) -> Card:
    rule = partial(
        deciding.excuse,
        by=click.by,
        at=click.at,
        n=click.number("promise"),
        evidence=click.text("evidence", 200),
    )
    return await baton.apply(click, rule)


VERBS: Verbs = {
    "give_time": give_time,
    "reassign": reassign,
    "extend": extend,
    "extend_early": extend_early,
    "talk": applies(deciding.talk),
    "ask_above": applies(deciding.ask_above),
    "give_back": applies(deciding.give_back),
    "excuse": excuse,
}
