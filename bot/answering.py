"""What reps do: answer, propose another time, send back, plan the next step."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot import giving
from bot.baton import Baton
from bot.click import Click
from bot.verbs import Do, Verbs, applies
from cards.elements import Card
from cards.sending_letters import MOST_WORDS
from handoff import (
    absence,
    answering,
    ending,
    following,
    meeting_outcome,
    next_meeting,
    proposing,
    writing,
)
from handoff.clocks import follow_up_from, follow_up_on
from handoff.draft import UNABLE
from handoff.errors import NotOfferedError
from handoff.model import Case, Decision, MeetingOutcome, Outcome

KINDS = frozenset({"call", "mail", "meeting"})
USUAL_MINUTES = 30
FURTHEST = timedelta(days=365)  # ahead of today that a next step is put


async def send_back(baton: Baton, click: Click) -> Card:
    rule = partial(
        answering.send_back,
        by=click.by,
        at=click.at,
        reason=click.text("reason"),
        note=click.text("note"),  # which cards of before asked for beside it
    )
    return await baton.apply(click, rule)


async def cannot(baton: Baton, click: Click) -> Card:
    """The rep cannot be there, for a reason of their own."""
    reason = click.text("reason")
    if reason not in UNABLE:
        raise NotOfferedError
    rule = partial(answering.send_back, by=click.by, at=click.at, reason=reason, note="")
    return await baton.apply(click, rule)


async def add_note(baton: Baton, click: Click) -> Card:
    note = click.text("note")
    return await baton.apply(
        click, partial(answering.add_note, by=click.by, at=click.at, note=note)
    )


async def propose(baton: Baton, click: Click) -> Card:
    start = click.moment("start")
    return await baton.apply(
        click, partial(proposing.propose, by=click.by, at=click.at, start=start)
    )


async def how_it_went(baton: Baton, click: Click) -> Card:
    outcome = click.text("outcome")
    if outcome not in set(MeetingOutcome):
        raise NotOfferedError("Please choose what happened.")
    rule = partial(
        meeting_outcome.how_it_went, by=click.by, at=click.at, outcome=MeetingOutcome(outcome)
    )
    return await baton.apply(click, rule)


async def follow_up(baton: Baton, click: Click) -> Card:
    """One of the policy's quick actions, or a kind and a day. For a meeting with the prospect,
    times from that day on are looked for.
    """

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
                raise NotOfferedError(at=("kind",))
            day = click.day("day")
            if day < click.at.astimezone(ZoneInfo(hours.zone)).date():
                raise NotOfferedError("That day has passed. Please choose another.", at=("day",))
            if day > click.at.date() + FURTHEST:
                raise NotOfferedError("Please choose a day within the next year.", at=("day",))
            not_before = follow_up_on(day, hours, click.at)
        if kind == "meeting":
            usual = case.handoff.search.type if case.handoff.search else ""
            length = case.policy.meeting(usual) or case.policy.meetings[0]
            return next_meeting.look_for_times(
                case,
                by=click.by,
                at=click.at,
                wanted=not_before.astimezone(ZoneInfo(hours.zone)).date(),
                type=length.code,
                minutes=minutes if code else length.minutes,
            )
        return following.follow_up(
            case, by=click.by, at=click.at, kind=kind, not_before=not_before, minutes=minutes
        )

    return await baton.apply(click, rule)


async def follow_up_done(baton: Baton, click: Click) -> Card:
    n, spoke = click.number("n"), click.text("spoke") == "yes"
    rule = partial(following.follow_up_done, by=click.by, at=click.at, n=n, spoke=spoke)
    return await baton.apply(click, rule)


async def no_further_step(baton: Baton, click: Click) -> Card:
    """How it ends: a code, and for a loss its reason behind a colon."""
    code, _, reason = click.text("ending").partition(":")
    outcome = Outcome(code) if code in set(Outcome) else None
    rule = partial(ending.no_further_step, by=click.by, at=click.at, outcome=outcome, reason=reason)
    return await baton.apply(click, rule)


async def pass_on(baton: Baton, click: Click) -> Card:
    return await giving.ask(baton, click, "pass_on")


def sends(rule: Callable[..., Decision]) -> Do:
    """A mail in the words that whoever clicked has read, and perhaps changed."""

    async def do(baton: Baton, click: Click) -> Card:
        said = click.text("words", MOST_WORDS)
        start = click.moment("start") if click.text("start") else None
        to = click.text("to")
        sending = partial(rule, by=click.by, at=click.at, words=said, start=start, to=to)
        return await baton.apply(click, sending)

    return do


VERBS: Verbs = {
    "accept": applies(answering.accept),
    "invite_again": applies(answering.invite_again),
    "send_back": send_back,
    "cannot": cannot,
    "add_note": add_note,
    "another_time": applies(proposing.ask_other_times),
    "propose": propose,
    "withdraw": applies(proposing.withdraw),
    "send_reply": sends(writing.send_reply),
    "replied_otherwise": applies(writing.replied_otherwise),
    "confirm": sends(writing.confirm),
    "rebook": sends(writing.rebook),
    "how_it_went": how_it_went,
    "follow_up": follow_up,
    "follow_up_done": follow_up_done,
    "no_further_step": no_further_step,
    "keep_it": applies(absence.keep),
    "pass_on": pass_on,
}
