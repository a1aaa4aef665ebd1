"""The rep answers: yes, or back to the qualifier with a reason, the lead's or one of their own."""

from dataclasses import replace
from datetime import datetime

from handoff import absence
from handoff.draft import (
    BACK_IN_CALENDAR,
    INVITE_GONE,
    NO_STAND_IN,
    UNABLE,
    Draft,
    decline,
    hand_back,
)
from handoff.effects import AcceptMeeting, FindStandIns, InviteAgain
from handoff.errors import MovedOnError, NotOfferedError, NotYoursError
from handoff.model import Case, Commitment, Decision, Ending, Handoff, State
from handoff.moves import ANSWERABLE, WITH_REP, not_yours, only, require_state
from handoff.passing import had_it, stood_in_for
from handoff.policy import Promise

SAID = frozenset({Ending.KEPT, Ending.LATE, Ending.EXCUSED})
INVITABLE = frozenset({State.OFFERED, State.ACCEPTING, State.ACCEPTED})
"""Where a rep whose copy is gone may be invited again: no other time is being looked for."""


def accept(case: Case, *, by: str, at: datetime) -> Decision:
    """The rep says yes. Outlook is told; the handoff is accepted once Outlook says so.

    Raises NotYoursError, MovedOnError.
    """
    only(case.handoff, "rep", by)
    require_state(case, *ANSWERABLE)
    draft = Draft(case, at=at, by=by, rule="answer")
    if case.handoff.state is State.PROPOSED:
        draft.end(Promise.SETTLE, Ending.RELEASED)
        draft.promise(Promise.ANSWER, by)
        draft.set(proposal=None)
    draft.set(state=State.ACCEPTING)
    absence.keeps(draft)  # who was asked who takes it, and says yes
    draft.answered(Promise.ANSWER)
    draft.release_managers(show=True)
    draft.say("clicked_accept")
    if case.handoff.trouble == INVITE_GONE:
        bring_back(draft)
    else:
        draft.follow(AcceptMeeting(draft.id))
    return draft.decision()


def said_yes(handoff: Handoff) -> Commitment | None:
    """The answer by which the rep who has it said yes: the one before, where they were asked anew
    for a time that Outlook did not take.
    """
    asked = [c for c in handoff.commitments if c.what is Promise.ANSWER and c.who == handoff.rep]
    said = (c for c in reversed(asked) if (c.open and c.said_at) or c.ending in SAID)
    return next(said, asked[-1] if asked else None)


def invite_again(case: Case, *, by: str, at: datetime) -> Decision:
    """The rep whose copy of the invitation is gone gets another, asked for by them or by its
    qualifier, who invites. Who had said yes has said so, and Outlook is told once it is there.

    Raises NotYoursError, MovedOnError: it is there, is on its way, or the meeting has begun.
    """
    handoff = case.handoff
    if by not in (handoff.rep, handoff.qualifier):
        raise NotYoursError(not_yours("the rep or the qualifier", handoff))
    require_state(case, *INVITABLE)
    assert handoff.rep
    if handoff.trouble != INVITE_GONE or handoff.meeting is None or handoff.meeting.moving:
        raise MovedOnError
    if handoff.meeting.span.start <= at:
        raise MovedOnError("The meeting has begun.")
    draft = Draft(case, at=at, by=by, rule="invite_gone")
    if handoff.state is State.ACCEPTED:
        draft.set(state=State.ACCEPTING)
        draft.promise(Promise.ANSWER, handoff.rep, kind=BACK_IN_CALENDAR)
        draft.answered(Promise.ANSWER)
    bring_back(draft)
    draft.say("invited_again")
    draft.show(handoff.qualifier if by == handoff.rep else handoff.rep)
    return draft.decision()


def bring_back(draft: Draft) -> None:
    """The invitation is sent once more, and the time holds until the rep's copy is there."""
    meeting = draft.handoff.meeting
    assert meeting
    if not meeting.moving:
        draft.set(meeting=replace(meeting, moving=True, invited_at=None))
        draft.follow(InviteAgain(draft.id))


def send_back(case: Case, *, by: str, at: datetime, reason: str, note: str) -> Decision:
    """The rep gives the lead back with a coded reason, or gives the reason still owed.

    The time is released and the qualifier's clock starts, in the same decision. Where the rep
    cannot be there, for a reason of their own (`draft.UNABLE`), nothing is wrong with the lead: it
    goes to a colleague who is free then, as soon as one is found (`passing.pass_on`).
    Raises NotYoursError, MovedOnError, NotOfferedError.
    """
    handoff, unable = case.handoff, reason in UNABLE
    _may_send_back(case, by, at, reason)
    draft = Draft(case, at=at, by=by, rule="unable" if unable else "send_back")
    draft.set(reason=reason, note=note)
    draft.say("unable" if unable else "sent_back", reason=reason)
    if handoff.state is State.SENT_BACK:
        if handoff.owed(Promise.REASON, by) is None:
            raise MovedOnError
        draft.end(Promise.REASON)
        if unable:
            draft.follow(FindStandIns(draft.id))
    else:
        require_state(case, *WITH_REP)
        draft.end(Promise.PROGRESS)
        hand_back(draft)
        if handoff.state is not State.FOLLOWING:
            decline(draft)
    draft.show(handoff.qualifier, alert=True)
    if reason == NO_STAND_IN:
        show_whoever_had_it(draft)
    return draft.decision()


def does_not_stand_in(draft: Draft, when: datetime) -> Decision:
    """Who was asked to stand in for another has declined in Outlook, *when* it says: that is as
    plain a no as the button's, and no reason is owed.
    """
    handoff = draft.handoff
    assert handoff.rep
    draft.end(Promise.ANSWER, at=when)
    draft.set(note="")
    draft.say("unable", at=when, by=handoff.rep, rule="unable", reason=NO_STAND_IN)
    hand_back(draft, reason=NO_STAND_IN)
    draft.show(handoff.rep)
    draft.show(handoff.qualifier, alert=True)
    show_whoever_had_it(draft)
    return draft.decision()


def show_whoever_had_it(draft: Draft) -> None:
    """Whoever it was with before reads whether it was taken."""
    handoff = draft.handoff
    for who in sorted(had_it(handoff) - {handoff.rep, handoff.qualifier}):
        draft.show(who)


def _may_send_back(case: Case, by: str, at: datetime, reason: str) -> None:
    """Raises NotYoursError, MovedOnError, NotOfferedError."""
    handoff = case.handoff
    only(handoff, "rep", by)
    if reason not in case.policy.reasons and reason not in UNABLE:
        raise NotOfferedError(
            "Please choose a reason, so that it can be put right.", at=("reason",)
        )
    if reason in UNABLE and handoff.state is not State.SENT_BACK:
        require_state(case, *WITH_REP)
    if reason in UNABLE and (handoff.meeting is None or handoff.meeting.span.start <= at):
        raise MovedOnError("The meeting has begun. Say afterwards how it went.")
    if reason == NO_STAND_IN and not may_not_stand_in(case, at):
        raise MovedOnError


def may_not_stand_in(case: Case, at: datetime) -> bool:
    """Whether its rep is asked to stand in for another, and may say no to that: once they have said
    yes, it is theirs.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    if handoff.state is not State.OFFERED or meeting is None or meeting.span.start <= at:
        return False
    met = handoff.last(Promise.MEET)
    return stood_in_for(handoff) is not None and (met is None or met.who != handoff.rep)


def may_add_note(case: Case, by: str) -> bool:
    """Whether *by* has sent it back, has said why, and no more than that."""
    handoff = case.handoff
    sent = handoff.state is State.SENT_BACK and handoff.rep == by
    said = handoff.reason in (*case.policy.reasons, *UNABLE)  # no manager, nor a rule, gave it back
    return sent and said and not handoff.note and handoff.owed(Promise.REASON) is None


def add_note(case: Case, *, by: str, at: datetime, note: str) -> Decision:
    """What else whoever sent it back has to say: it stands on the qualifier's card.

    Raises NotYoursError, MovedOnError, NotOfferedError.
    """
    only(case.handoff, "rep", by)
    if not note:
        raise NotOfferedError("Please write what there is to know.", at=("note",))
    if not may_add_note(case, by):
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="send_back")
    draft.set(note=note)
    draft.say("noted")
    draft.show(case.handoff.qualifier)
    return draft.decision()
