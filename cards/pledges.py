"""What a card says of a promise that is about no handoff: by when, by which rule, what follows."""

from datetime import datetime

from microsoft_teams.cards import CardElement

from cards import words
from cards.elements import told
from cards.why import OWED, rule_of
from handoff.model import Commitment, Person
from handoff.policy import Policy, Promise

Lines = tuple[CardElement, ...]

ASKS = {
    Promise.CONFIRM_WEEK: "Please say so",
    Promise.SETTLE_WEEKS: "Please settle the rest",
    Promise.ANSWER_REPORT: "Please answer",
    Promise.ANSWER_ALARM: "Please decide",
}


def owed(promise: Commitment, person: Person, policy: Policy, *, at: datetime) -> Lines:
    """By when *person* owes it, and the rule; nothing once it has ended."""
    if not promise.open:
        return ()
    zone = person.hours.zone
    when = words.soon(promise.due_at, zone, at)
    late = promise.due_at <= at
    line = f"Open since **{when}**." if late else f"{ASKS[promise.what]} by **{when}**."
    after = ""
    if policy.clocks[promise.what].escalate:
        after = " When that has passed, the next manager up is asked too."
    return (
        told(line, spacing="Small", colour="Attention" if late else None),
        told(f"{rule_of(policy, promise.what)}{after}", size="Small", subtle=True),
    )


def pledge_line(promise: Commitment, person: Person, at: datetime) -> str:
    """For the list of what somebody owes."""
    when = words.soon(promise.due_at, person.hours.zone, at)
    return f"{OWED[promise.what]}, {'since' if promise.due_at <= at else 'by'} {when}"
