"""What reps say to what stands in their calendar: it is true, free it, it's real, put it
back, accept, decline.

A check belongs to whoever's calendar it is about: it is looked up by who clicked, whatever the
card says, so nobody frees anything in the calendar of another.
"""

from collections.abc import Callable
from functools import partial

from bot.baton import Baton
from bot.click import Click
from bot.verbs import Verbs
from cards.elements import Card
from cards.lists import line_card
from cards.week import week_card
from handoff import week as rules
from handoff.errors import RefusedError
from handoff.week import Week, WeekDecision


async def all_true(baton: Baton, click: Click) -> Card:
    return await _apply(baton, click, partial(rules.confirm, at=click.at))


async def free_event(baton: Baton, click: Click) -> Card:
    return await _apply(baton, click, partial(rules.free, event=click.text("event")))


async def is_real(baton: Baton, click: Click) -> Card:
    return await _apply(baton, click, partial(rules.real, event=click.text("event")))


async def undo_free(baton: Baton, click: Click) -> Card:
    return await _apply(baton, click, partial(rules.undo, event=click.text("event"), at=click.at))


async def accept_invitation(baton: Baton, click: Click) -> Card:
    return await _apply(baton, click, partial(rules.answer, event=click.text("event"), yes=True))


async def decline_invitation(baton: Baton, click: Click) -> Card:
    return await _apply(baton, click, partial(rules.answer, event=click.text("event"), yes=False))


async def _apply(baton: Baton, click: Click, rule: Callable[[Week], WeekDecision]) -> Card:
    """The card as it then stands; with the refusal's words when nothing has changed."""
    person = await baton.person(click.by)
    monday, problem = click.day("monday"), ""
    try:
        week = await baton.stores.weeks.change(person.id, monday, rule, once=click.once)
    except RefusedError as refusal:
        problem = str(refusal)
        known = await baton.stores.weeks.of(person.id, monday)
        if known is None:
            return line_card(problem)
        week = known
    return week_card(
        week,
        person,
        managers=await baton.stores.people.get(person.managers[:1]),
        rules=(await baton.stores.policies.current()).calendar,
        at=baton.now(),
        problem=problem,
    )


VERBS: Verbs = {
    "all_true": all_true,
    "free_event": free_event,
    "is_real": is_real,
    "undo_free": undo_free,
    "accept_invitation": accept_invitation,
    "decline_invitation": decline_invitation,
}
