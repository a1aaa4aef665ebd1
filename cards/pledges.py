"""What a card says of a promise that is about no handoff: by when, by which rule, what follows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from microsoft_teams.cards import Action, ActionSet, CardElement

from cards import words
from cards.elements import (
    Card,
    do,
    finished,
    head,
    opens,
    plain,
    radio,
    said,
    submit,
    told,
    write,
)
from cards.told import capital
from cards.view import first_due
from cards.why import ASKED_TOO, OWED, rule_of
from handoff.model import Commitment, Person
from handoff.pledges import Pledge
from handoff.policy import Policy, Promise

Lines = tuple[CardElement, ...]

ASKS = {
    Promise.CONFIRM_WEEK: "Please say so",
    Promise.SETTLE_WEEKS: "Please settle the rest",
    Promise.ANSWER_REPORT: "Please answer",
    Promise.ANSWER_ALARM: "Please decide",
    Promise.UPDATE_CRM: "Please enter it",
}


def owed(promise: Commitment, person: Person, policy: Policy, *, at: datetime) -> Lines:
    """By when *person* owes it, and the rule; nothing once it has ended."""
    if not promise.open:
        return ()
    zone = person.hours.zone
    when = f"**{words.soon(promise.due_at, zone, at)}**{first_due(promise, zone, at)}"
    late = promise.due_at <= at
    line = f"Open since {when}." if late else f"{ASKS[promise.what]} by {when}."
    after = ""
    if policy.clocks[promise.what].escalate:
        after = f" {capital(ASKED_TOO)}."
    return (
        told(line, spacing="Small", colour="Attention" if late else None),
        told(f"{rule_of(policy, promise.what)}{after}", size="Small", subtle=True),
    )


def more_time(pledge: Pledge, whose: Person, policy: Policy) -> CardElement:
    """For the manager of whoever owes it: they get more time, with a reason that they read."""
    first = plain(whose.first_name)
    give = submit(f"Give {first} more time", "give_time", pledge=name_of(pledge))
    said = f"pledge {name_of(pledge)}"
    return _giving(f"More time for {first}", (), give, policy, said)


def pledge_card(
    pledge: Pledge, whose: Person, policy: Policy, *, viewer: Person, at: datetime
) -> Card:
    """For the manager of whoever owes it, who has asked for the form."""
    line = pledge_line(pledge.promise, viewer, at)
    return finished(
        [
            head("OWED TO YOU", whose.name),
            told(line, spacing="Small"),
            more_time(pledge, whose, policy),
        ],
        [do("Mine", "mine")],
        says=f"{plain(whose.name)}: {line}",
    )


def of_team(
    owed: Sequence[tuple[Pledge, Person]], policy: Policy, *, viewer: Person, at: datetime
) -> Lines:
    """What those whom *viewer* manages owe, for *mine*; they get more time before it is due."""
    if not owed:
        return ()
    lines = [
        (f"{plain(who.name)}: {pledge_line(one.promise, viewer, at)}", one) for one, who in owed
    ]
    some = radio(
        "pledge",
        "For what?",
        [(line, name_of(one)) for line, one in lines],
        value=name_of(owed[0][0]),
    )
    return (
        told("Owed by those you manage", bold=True, spacing="Medium"),
        *(told(line, size="Small") for line, _ in lines),
        _giving(
            "More time for one of them",
            (some,),
            submit("Give more time", "give_time"),
            policy,
            "mine",
        ),
    )


def name_of(pledge: Pledge) -> str:
    """Which it is, for a button: what, who and about what."""
    return f"{pledge.promise.what.value} {pledge.promise.who} {pledge.about}"


def _giving(title: str, asked: Lines, give: Action, policy: Policy, said: str) -> CardElement:
    times = [(words.working(timedelta(hours=h)), str(h)) for h in policy.more_time]
    form = opens(
        "give_time",
        title,
        None,
        lambda: (
            [
                *asked,
                radio("hours", "How much?", times, value=times[0][1]),
                write("reason", "Why", needed=True, most=200),
            ],
            [give],
        ),
        said=said,
    )
    return ActionSet(spacing="Small", actions=[form])


def given(pledge: Pledge, by: Person | None) -> CardElement | None:
    """That more time was given, by whom and why; nothing where none was."""
    if not pledge.given_why:
        return None
    who = plain(by.name) if by else "A manager"
    return said(f"{who} gave more time: {pledge.given_why}", size="Small")


def aloud(lines: Sequence[CardElement]) -> str:
    """By when it is owed, for a lock screen: the first of what `owed` says."""
    said_ = getattr(lines[0], "text", "") if lines else ""
    return str(said_).replace("*", "")


def pledge_line(promise: Commitment, person: Person, at: datetime) -> str:
    """For the list of what somebody owes."""
    zone = person.hours.zone
    when = f"{words.soon(promise.due_at, zone, at)}{first_due(promise, zone, at)}"
    return f"{OWED[promise.what]}, {due_words(promise, at)} {when}"


def due_words(promise: Commitment, at: datetime) -> str:
    """To come before its time, in a list of what somebody owes."""
    return "was due" if promise.due_at <= at else "by"
