"""What reps do: answer, propose another time, send back, plan the next step."""

from functools import partial

from bot.baton import Baton
from bot.click import Click
from cards.elements import Card
from handoff import absence, answering, ending, following, letters, meeting_outcome, proposing
from handoff.clocks import follow_up_from, follow_up_on
from handoff.errors import NotOfferedError
from handoff.model import Case, Decision, MeetingOutcome

KINDS = frozenset({"call", "mail", "meeting"})
USUAL_MINUTES = 30


async def accept(baton: Baton, click: Click) -> Card:
    return await baton.apply(click, partial(answering.accept, by=click.by, at=click.at))


async def send_back(baton: Baton, click: Click) -> Card:
    rule = partial(
        answering.send_back,
        by=click.by,
        at=click.at,
        reason=click.text("reason"),
        note=click.text("note"),
    )
    return await baton.apply(click, rule)


async def another_time(baton: Baton, click: Click) -> Card:
    return await baton.apply(click, partial(proposing.ask_other_times, by=click.by, at=click.at))


async def propose(baton: Baton, click: Click) -> Card:
    start = click.moment("start")
    return await baton.apply(
        click, partial(proposing.propose, by=click.by, at=click.at, start=start)
    )


async def reply_now(baton: Baton, click: Click) -> Card:
    """The policy's words go to everyone on the introduction."""
    return await baton.apply(click, partial(letters.reply_now, by=click.by, at=click.at))


async def replied_otherwise(baton: Baton, click: Click) -> Card:
    rule = partial(letters.replied_otherwise, by=click.by, at=click.at)
    return await baton.apply(click, rule)


async def confirm(baton: Baton, click: Click) -> Card:
    """Rep or qualifier asks a silent prospect whether the time still suits."""
    return await baton.apply(click, partial(letters.confirm, by=click.by, at=click.at))


async def how_it_went(baton: Baton, click: Click) -> Card:
    outcome = click.text("outcome")
    if outcome not in set(MeetingOutcome):
        raise NotOfferedError("Please choose what happened.")
    rule = partial(
        meeting_outcome.how_it_went, by=click.by, at=click.at, outcome=MeetingOutcome(outcome)
    )
    return await baton.apply(click, rule)


async def follow_up(baton: Baton, click: Click) -> Card:
    """One of the policy's quick actions, or a kind and a day."""

    def rule(case: Case) -> Decision:
        person = case.people.get(click.by)
        hours = person.hours if person else case.person(case.handoff.qualifier).hours
        code = click.text("action")
        if code:
            action = next((q for q in case.policy.quick_actions if q.code == code), None)
            if action is None:
                raise NotOfferedError
            kind, minutes = action.kind, action.minutes
            not_before = follow_up_from(action, hours, click.at)
        else:
            kind, minutes = click.text("kind"), USUAL_MINUTES
            if kind not in KINDS:
                raise NotOfferedError
            not_before = follow_up_on(click.day("day"), hours, click.at)
        return following.follow_up(
            case, by=click.by, at=click.at, kind=kind, not_before=not_before, minutes=minutes
        )

    return await baton.apply(click, rule)


async def follow_up_done(baton: Baton, click: Click) -> Card:
    n = click.number("n")
    return await baton.apply(
        click, partial(following.follow_up_done, by=click.by, at=click.at, n=n)
    )


async def no_further_step(baton: Baton, click: Click) -> Card:
    return await baton.apply(click, partial(ending.no_further_step, by=click.by, at=click.at))


async def keep_it(baton: Baton, click: Click) -> Card:
    return await baton.apply(click, partial(absence.keep, by=click.by, at=click.at))


async def pass_on(baton: Baton, click: Click) -> Card:
    rep = click.text("rep", 100)
    rule = partial(absence.pass_on, by=click.by, at=click.at, rep=rep)
    return await baton.apply(click, rule, rep)


VERBS = {
    "accept": accept,
    "send_back": send_back,
    "another_time": another_time,
    "propose": propose,
    "reply_now": reply_now,
    "replied_otherwise": replied_otherwise,
    "confirm": confirm,
    "how_it_went": how_it_went,
    "follow_up": follow_up,
    "follow_up_done": follow_up_done,
    "no_further_step": no_further_step,
    "keep_it": keep_it,
    "pass_on": pass_on,
}
