"""Which state may follow which, and what rules ask before they decide.

A rule is a plain function from case to decision; files beside this one hold them, each about one
part of a handoff's life. `store` refuses any move that is not in MOVES, so a mistake in a rule
cannot reach the database.

A rule raises RefusedError when a person asked for what cannot be done, and returns None when
there is nothing to decide (the alarm rang early, Outlook said nothing new). Either way nothing
changes. What a decision makes others do is in its effects; jobs do them once it is committed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from handoff.errors import MovedOnError, NotYoursError
from handoff.model import RESERVING, Case, Handoff, Outcome, State

MOVES: Mapping[State, frozenset[State]] = {
    State.QUALIFIED: frozenset({State.BOOKING, State.NURTURED, State.CONTESTED, State.ENDED}),
    State.BOOKING: frozenset(
        {State.OFFERED, State.QUALIFIED, State.SENT_BACK, State.ENDED}
        | {State.ACCEPTING, State.FOLLOWING}
    ),
    State.OFFERED: frozenset(
        {State.PROPOSED, State.ACCEPTING, State.ACCEPTED, State.SENT_BACK, State.BOOKING}
        | {State.QUALIFIED, State.FOLLOWING}
    ),
    State.PROPOSED: frozenset(
        {State.OFFERED, State.ACCEPTING, State.ACCEPTED, State.SENT_BACK, State.BOOKING}
        | {State.QUALIFIED, State.FOLLOWING}
    ),
    State.ACCEPTING: frozenset(
        {State.ACCEPTED, State.OFFERED, State.SENT_BACK, State.FOLLOWING, State.BOOKING}
        | {State.QUALIFIED}
    ),
    State.ACCEPTED: frozenset(
        {State.FOLLOWING, State.OFFERED, State.SENT_BACK, State.BOOKING, State.QUALIFIED}
        | {State.PROPOSED, State.ACCEPTING}
    ),
    State.FOLLOWING: frozenset({State.BOOKING, State.SENT_BACK, State.CONTESTED, State.ENDED}),
    State.SENT_BACK: frozenset(
        {State.BOOKING, State.QUALIFIED, State.NURTURED, State.CONTESTED, State.ENDED}
    ),
    State.NURTURED: frozenset({State.QUALIFIED, State.CONTESTED, State.ENDED}),
    State.CONTESTED: frozenset({State.FOLLOWING, State.SENT_BACK, State.ENDED}),
    State.ENDED: frozenset({State.FOLLOWING, State.CONTESTED}),
}

ANSWERABLE = frozenset({State.OFFERED, State.PROPOSED})
IN_OUTLOOK = RESERVING - {State.BOOKING}
WITH_REP = frozenset(
    {State.OFFERED, State.PROPOSED, State.ACCEPTING, State.ACCEPTED, State.FOLLOWING}
)


def may_follow(before: Handoff, after: Handoff) -> bool:
    """Whether MOVES has it. A prospect who wants no contact ends it wherever it is."""
    if before.state is after.state or after.state in MOVES[before.state]:
        return True
    return after.state is State.ENDED and after.outcome is Outcome.OBJECTED


Whose = Literal["rep", "qualifier", "owner"]


def only(handoff: Handoff, whose: Whose, by: str) -> None:
    """It is theirs to decide. Raises NotYoursError, saying whose it is, where that is not *by*."""
    if getattr(handoff, whose) != by:
        raise NotYoursError(not_yours(f"the {whose}", handoff))


def not_yours(who: str, handoff: Handoff) -> str:
    """Who can do what somebody else has tried; no names, for anybody may try."""
    return f"Only {who} of no. {handoff.number} can do that, so nothing has changed."


def meets_at(handoff: Handoff, start: datetime | None) -> bool:
    """Whether that is the time of the meeting by now: a second tap on it changes nothing, and is
    answered with how it stands.
    """
    meeting = handoff.meeting
    return handoff.state in RESERVING and meeting is not None and meeting.span.start == start


def require_state(case: Case, *states: State) -> None:
    """The handoff is in one of *states*. Raises MovedOnError where it is not."""
    if case.handoff.state not in states:
        raise MovedOnError
