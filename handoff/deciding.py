"""A manager decides what is overdue: more time, a talk, or another rep."""

from datetime import datetime, timedelta

from handoff.draft import OUTLOOK, Draft
from handoff.effects import Show
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError, NotYoursError
from handoff.model import Case, Commitment, Decision, Ending, State
from handoff.offering import offer_again
from handoff.policy import Promise


def extend(case: Case, *, by: str, at: datetime, hours: int, reason: str) -> Decision:
    """A manager gives more time, saying why."""
    decide, late = _deciding(case, by)
    if hours not in case.policy.more_time:
        raise NotOfferedError
    if not reason.strip():
        raise IncompleteError(("Reason",))
    draft = Draft(case, at=at, by=by, rule="decide")
    draft.finish(decide)
    draft.release_managers()
    draft.more_time(late, timedelta(hours=hours))
    draft.say("extended", to=late.who, hours=str(hours), reason=reason.strip())
    draft.show(late.who, alert=True)
    _tell_who_waits(draft, late)
    return draft.decision()


def talk(case: Case, *, by: str, at: datetime) -> Decision:
    """A manager talks to the person; meanwhile the clock waits the shortest extension."""
    decide, late = _deciding(case, by)
    draft = Draft(case, at=at, by=by, rule="decide")
    draft.finish(decide)
    draft.release_managers()
    draft.more_time(late, timedelta(hours=min(case.policy.more_time)))
    draft.say("talks", to=late.who)
    draft.show(late.who)
    _tell_who_waits(draft, late)
    return draft.decision()


def reassign(case: Case, *, by: str, at: datetime, rep: str, reason: str = "") -> Decision:
    """A manager gives the meeting to another rep who is free then; the prospect's time stays."""
    handoff = case.handoff
    decide, late = _deciding(case, by)
    if late.what is not Promise.ANSWER:
        raise MovedOnError
    if rep not in (handoff.stand_ins or ()) or handoff.rep is None:
        raise NotOfferedError
    draft = Draft(case, at=at, by=by, rule="decide")
    draft.finish(decide)
    draft.release_managers()
    draft.end(Promise.ANSWER, Ending.PASSED_ON)
    if reason.strip():
        draft.say("reassigned", to=rep, reason=reason.strip())
    else:
        draft.say("reassigned", to=rep)
    offer_again(draft, rep)
    draft.show(handoff.rep)
    draft.show(handoff.qualifier)
    return draft.decision()


def stand_ins_found(case: Case, *, at: datetime, reps: tuple[str, ...]) -> Decision | None:
    """Who else is free at the time of the meeting."""
    handoff = case.handoff
    if handoff.meeting is None or handoff.state in (State.ENDED, State.BOOKING):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="decide")
    draft.set(stand_ins=tuple(r for r in reps if r not in (handoff.rep, handoff.qualifier)))
    for promise in handoff.commitments:
        if promise.open and promise.what in (Promise.DECIDE, Promise.REWORK):
            draft.show(promise.who)
    asked = handoff.giving
    if asked and asked.how == "hand_on" and asked.rep is None:
        draft.follow(Show(asked.by, draft.id, alert=True, asked=True))
    if handoff.rep and handoff.leave and not handoff.leave_kept:
        draft.show(handoff.rep)
    return draft.decision(quiet=True)


def _deciding(case: Case, by: str) -> tuple[Commitment, Commitment]:
    """The manager's open decision and the promise that it is about."""
    decide = case.handoff.owed(Promise.DECIDE, by)
    if decide is None:
        raise (
            MovedOnError
            if any(c.what is Promise.DECIDE and c.who == by for c in case.handoff.commitments)
            else NotYoursError
        )
    late = next(c for c in case.handoff.commitments if c.n == decide.about)
    return decide, late


def _tell_who_waits(draft: Draft, late: Commitment) -> None:
    """The one to whom the promise was made: the qualifier, or the rep if the qualifier made it."""
    other = draft.handoff.rep if late.who == draft.handoff.qualifier else draft.handoff.qualifier
    if other:
        draft.show(other)
