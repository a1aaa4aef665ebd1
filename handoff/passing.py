"""Course correction: an unanswered meeting goes to someone else by policy, a leader is invited.

Never straight back, and so often at most; then a manager decides.
"""

from datetime import datetime

from handoff import deadlines
from handoff.draft import BY_RULE, CLOCK, COULD_NOT, UNABLE, Draft
from handoff.escalating import escalate
from handoff.model import Case, Decision, Ending, Handoff, State, Step
from handoff.money import Money, reaches
from handoff.offering import offer_again
from handoff.policy import Policy, Promise
from handoff.routing.policy import Leader


def had_it(handoff: Handoff) -> frozenset[str]:
    """Everyone to whom this meeting was offered."""
    return frozenset(c.who for c in handoff.commitments if c.what is Promise.ANSWER)


def former_mails(case: Case) -> tuple[str, ...]:
    """The addresses of reps whose the meeting is no more. A no that reaches the organizer after
    another has it puts them on the list again, and every change would bring them the meeting.
    """
    handoff = case.handoff
    stay = {handoff.rep, handoff.qualifier, handoff.organizer, handoff.leader}
    left = sorted(had_it(handoff) - stay)
    return tuple(mail for id in left if id in case.people for mail in case.people[id].mails)


def stood_in_for(handoff: Handoff) -> str | None:
    """Who had the meeting before its rep, where its time stayed; None where nobody had. Who was
    only asked to stand in, and did not say yes, never had it.
    """
    earlier = None
    for promise in handoff.commitments:
        if promise.what is Promise.BOOK:
            earlier = None
        elif promise.who != handoff.rep and (
            promise.what is Promise.MEET or (promise.what is Promise.ANSWER and earlier is None)
        ):
            earlier = promise.who
    return earlier


def pass_on(case: Case, *, at: datetime, reps: tuple[str, ...]) -> Decision | None:
    """It was not answered in time, or declined by a rule: the first of *reps*, free at that time,
    has it now.

    Nobody gets it back. Where nobody is left, a manager decides, and where there is none, the rep
    is told again. None when it was answered
    meanwhile, or was a manager's to decide already.
    """
    handoff = case.handoff
    if handoff.state is State.SENT_BACK and handoff.reason in (BY_RULE, *UNABLE):
        return _instead(case, at, reps)
    late = handoff.owed(Promise.ANSWER)
    if handoff.state is not State.OFFERED or late is None or late.reached is not Step.BREACH:
        return None
    if handoff.owed(Promise.DECIDE) or not deadlines.may_pass_on(case):
        return None
    rep = _next(handoff, reps)
    draft = Draft(case, at=at, by=CLOCK, rule="passed_on")
    if rep is None or handoff.rep is None:
        escalate(draft, late, late)
        return draft.decision(quiet=True)  # without a manager the clock that runs tells the rep
    draft.end(Promise.ANSWER, Ending.PASSED_ON)
    draft.say("passed_on", to=rep)
    offer_again(draft, rep)
    draft.show(handoff.rep)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def _instead(case: Case, at: datetime, reps: tuple[str, ...]) -> Decision | None:
    """In place of a rep who cannot be there, or whose mailbox declined, where the policy passes on
    what nobody answered.
    """
    handoff = case.handoff
    rep = _next(handoff, reps)
    if rep is None:
        return None
    if handoff.reason == BY_RULE and not case.policy.routing.breach_reassigns:
        return None
    draft = Draft(case, at=at, by=CLOCK, rule="passed_on")
    if handoff.reason == BY_RULE:
        draft.say("passed_on", to=rep)
    else:
        draft.say("passed_on", rule="unable", to=rep, why=COULD_NOT)
    offer_again(draft, rep)
    draft.show(handoff.qualifier)
    return draft.decision()


def _next(handoff: Handoff, reps: tuple[str, ...]) -> str | None:
    before = had_it(handoff)
    return next((r for r in reps if r not in before and r != handoff.qualifier), None)


def leader_of(worth: Money | None, policy: Policy) -> Leader | None:
    """Who is invited to every meeting of a lead of that *worth*; None where it is not known to be
    worth so much.
    """
    reached = [one for one in policy.routing.leaders if reaches(worth, one.value_from)]
    return reached[-1] if reached else None


def leader_invited(draft: Draft, leader: str) -> None:
    """A leader is on the invitation, optionally, and has a card; whoever was there instead reads
    that they are not.
    """
    if draft.handoff.leader:
        draft.show(draft.handoff.leader)
    draft.set(leader=leader)
    draft.say("leader_invited", by=CLOCK, rule="leader", to=leader)
    draft.show(leader, alert=True)
