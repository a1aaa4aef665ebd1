"""What reps say to what stands in their calendar: it is true, free it, it's real, put it
back, accept, decline.

A check belongs to whoever's calendar it is about: it is looked up by who clicked, whatever the
card says, so nobody frees anything in the calendar of another.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from functools import partial

from bot.baton import Baton, says
from bot.click import Click
from bot.verbs import Verbs
from cards.elements import Card
from cards.lists import line_card
from cards.pledges import owed
from cards.week import week_card
from handoff import week as rules
from handoff.errors import NotYourTeamError, NotYourWeekError, RefusedError
from handoff.model import Person
from handoff.policy import Promise
from handoff.week import Week, WeekDecision
from store.door import Tx

SETTLED = "Settled. Whoever had not confirmed by now has missed it."
Also = Callable[[Baton, Tx, Week, Person, datetime], Awaitable[None]]
"""What else is written with what was said to a week."""


async def all_true(baton: Baton, click: Click) -> Card:
    """The promise to say so is kept; the last of a team who says so settles it for the manager."""
    return await _apply(baton, click, partial(rules.confirm, at=click.at), also=_confirmed)


async def _confirmed(baton: Baton, tx: Tx, week: Week, person: Person, at: datetime) -> None:
    pledges, about = baton.stores.pledges, week.monday.isoformat()
    owed = await pledges.of(Promise.CONFIRM_WEEK, about, person.id)
    await pledges.confirmed(tx, about, person.id, at)
    manager = owed.to if owed else next(iter(person.managers), None)
    if manager and not await pledges.waits_for_confirming(tx, about, manager):
        team = f"{about} {manager}"
        await pledges.settle(tx, Promise.SETTLE_WEEKS, team, by=manager, at=at)


async def settle_weeks(baton: Baton, click: Click) -> Card:
    """A manager says that the rest of the week's calendars is settled."""
    monday, of = click.day("monday").isoformat(), click.text("of", 100)
    pledges, team = baton.stores.pledges, f"{monday} {of}"
    async with baton.stores.door.open() as tx:
        if not await pledges.owes(tx, Promise.SETTLE_WEEKS, team, click.by):
            raise NotYourTeamError
        await pledges.settle(tx, Promise.SETTLE_WEEKS, team, by=click.by, at=click.at)
        await pledges.give_up_confirming(tx, monday, of, click.at)
        says(tx, click, "line settled")
    return line_card(SETTLED)


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


async def _apply(
    baton: Baton, click: Click, rule: Callable[[Week], WeekDecision], *, also: Also | None = None
) -> Card:
    """The card as it then stands; with the refusal's words when nothing has changed."""
    person = await baton.person(click.by)
    monday, problem = click.day("monday"), ""
    try:
        async with baton.stores.door.open() as tx:
            week = await baton.stores.weeks.change_in(tx, person.id, monday, rule, once=click.once)
            if also:
                await also(baton, tx, week, person, click.at)
            says(tx, click, f"week {monday.isoformat()}")
    except RefusedError as refusal:
        problem = str(refusal)
        known = await baton.stores.weeks.of(person.id, monday)
        if known is None:
            raise
        week = known
        await baton.answered(click, f"week {monday.isoformat()}")
    return await _card(baton, person, week, problem)


async def week_of(baton: Baton, by: str, monday: date) -> Card:
    """How that week stands."""
    person = await baton.person(by)
    week = await baton.stores.weeks.of(by, monday)
    if week is None:
        raise NotYourWeekError
    return await _card(baton, person, week)


async def _card(baton: Baton, person: Person, week: Week, problem: str = "") -> Card:
    policy, monday = await baton.stores.policies.current(), week.monday
    pledge = await baton.stores.pledges.of(Promise.CONFIRM_WEEK, monday.isoformat(), person.id)
    return week_card(
        week,
        person,
        managers=await baton.stores.people.get(person.managers[:1]),
        rules=policy.calendar,
        at=baton.now(),
        problem=problem,
        promised=owed(pledge.promise, person, policy, at=baton.now()) if pledge else (),
    )


VERBS: Verbs = {
    "all_true": all_true,
    "free_event": free_event,
    "is_real": is_real,
    "undo_free": undo_free,
    "accept_invitation": accept_invitation,
    "decline_invitation": decline_invitation,
    "settle_weeks": settle_weeks,
}
