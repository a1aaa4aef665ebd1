"""The rep proposes another time, before their yes or after it, and the qualifier moves the meeting
or keeps it. Who has said yes has the meeting at its time until it is moved.
"""

from dataclasses import replace
from datetime import datetime

from handoff import absence, deciding, outage, prep
from handoff.clocks import hears_of
from handoff.draft import (
    AGREED,
    GONE_BY,
    KEPT_TIME,
    MOVED,
    MOVED_BY_PROSPECT,
    NOT_MOVED,
    OUTLOOK,
    WAITING,
    WITHDRAWN,
    Draft,
    copy_comes_anew,
    hand_back,
    yes_is_over,
)
from handoff.effects import AwaitMove, FindOtherTimes, Look, LookAtOrganizer, MoveMeeting
from handoff.errors import LOOKED_SINCE, TOO_NEAR, MovedOnError, NotOfferedError
from handoff.hours import Span
from handoff.letters import missed
from handoff.model import (
    PROSPECT,
    Case,
    Commitment,
    Decision,
    Did,
    Ending,
    Handoff,
    Meeting,
    Refusal,
    State,
)
from handoff.moves import IN_OUTLOOK, meets_at, only, require_state
from handoff.policy import Promise

MAY_PROPOSE = (State.OFFERED, State.ACCEPTED)
ANOTHER_TIME = frozenset({AGREED, MOVED, MOVED_BY_PROSPECT, NOT_MOVED})
"""Of an answer: it is to another time than the meeting had before."""
PROPOSED_ALREADY = "You have proposed a time, and it is not settled yet."
OFTEN_ENOUGH = (
    "Other times were proposed instead of this one as often as the policy lets them be. You can "
    "still accept it, or say that you cannot then."
)


def proposed_so_far(handoff: Handoff) -> int:
    """How often its rep has proposed another time instead of the one that the meeting has."""
    anew = (
        c.n
        for c in handoff.commitments
        if c.what is Promise.INVITE or (c.what is Promise.ANSWER and c.kind in ANOTHER_TIME)
    )
    since = max(anew, default=0)
    return sum(c.what is Promise.SETTLE and c.n > since for c in handoff.commitments)


def may_propose(case: Case) -> bool:
    """Whether its rep may ask for another time: none is proposed just now, and of the time that the
    meeting has not as often as they are shown times at once.
    """
    handoff = case.handoff
    asked = handoff.state in MAY_PROPOSE and handoff.proposal is None
    return asked and proposed_so_far(handoff) < case.policy.other_times


def ask_other_times(case: Case, *, by: str, at: datetime) -> Decision:
    """The rep asks for times at which both are free. Raises NotYoursError, MovedOnError."""
    handoff = case.handoff
    only(handoff, "rep", by)
    require_state(case, *MAY_PROPOSE)
    if handoff.proposal:
        raise MovedOnError(PROPOSED_ALREADY)
    if not may_propose(case):
        raise MovedOnError(OFTEN_ENOUGH)
    if handoff.meeting is None or handoff.meeting.span.start <= at:
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="another_time")
    draft.look_for_others(by)
    draft.say("asked_for_another_time")
    draft.follow(FindOtherTimes(draft.id))
    return draft.decision()


def other_times_found(
    case: Case,
    *,
    at: datetime,
    times: tuple[datetime, ...],
    refused: tuple[Refusal, ...] = (),
    colleague: str | None = None,
) -> Decision | None:
    """Times at which rep and qualifier are both free, for whoever asked; those of a *colleague*
    only where a prospect did. None when it has moved on meanwhile.
    """
    asked = [who for who in case.handoff.others_for if _may_have_others(case, who)]
    if not asked or (colleague and PROSPECT not in asked):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="another_time")
    draft.set(others=times, others_refused=refused, others_with=colleague)
    for who in asked:
        if who != PROSPECT:  # whose page looks again by itself
            draft.show(who)
    return draft.decision(quiet=True)


def _may_have_others(case: Case, who: str) -> bool:
    """Whether other times are of any use to them by now."""
    handoff = case.handoff
    if who == handoff.rep:
        return may_propose(case)
    ahead = handoff.state in (*MAY_PROPOSE, State.PROPOSED)
    back = handoff.state is State.SENT_BACK and who == handoff.qualifier
    return ahead or back or (who == PROSPECT and missed(handoff))


def propose(case: Case, *, by: str, at: datetime, start: datetime) -> Decision | None:
    """The rep proposes another time, and thereby accepts it if the qualifier moves the meeting.
    None where they have proposed that one already, also if it is the meeting's by now.

    The qualifier's clock starts. A rep who had yet to answer has answered by that; of one who had
    accepted, the yes to the present time stands until it is moved.
    """
    handoff = case.handoff
    only(handoff, "rep", by)
    asked = handoff.last(Promise.ANSWER)
    moved_there = asked is not None and asked.kind == AGREED and meets_at(handoff, start)
    if moved_there or (handoff.proposal and handoff.proposal.start == start):
        return None
    require_state(case, *MAY_PROPOSE)
    if handoff.asks(by) and handoff.others is None:
        raise NotOfferedError(LOOKED_SINCE, at=("start",))
    if start not in (handoff.others_of(by) or ()) or not may_propose(case) or start <= at:
        raise NotOfferedError
    if not hears_of(case, handoff.qualifier, at, start):
        raise NotOfferedError(TOO_NEAR, at=("start",))
    assert handoff.meeting
    length = handoff.meeting.span.end - handoff.meeting.span.start
    draft = Draft(case, at=at, by=by, rule="another_time")
    draft.end(Promise.ANSWER)
    draft.set(
        state=State.PROPOSED if handoff.state is State.OFFERED else handoff.state,
        proposal=Span(start, start + length),
    )
    draft.leave_others(by)
    absence.answered(draft)
    draft.promise(Promise.SETTLE, handoff.qualifier)
    draft.say("proposed", start=start.isoformat())
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def move_meeting(
    case: Case, *, by: str, at: datetime, start: datetime | None = None
) -> Decision | None:
    """The qualifier moves the meeting to the time that the rep proposed and so accepted: to the one
    that begins at *start*, where that is given; or a manager does who decides, for it is
    overdue. None where it is at that one already.

    Raises NotYoursError, MovedOnError, NotOfferedError.
    """
    handoff = case.handoff
    if by == handoff.qualifier and meets_at(handoff, start):
        return None
    _may_settle(case, by)
    if start and handoff.proposal and handoff.proposal.start != start:
        raise MovedOnError("Another time than that is proposed by now, so nothing has changed.")
    assert handoff.meeting
    assert handoff.rep
    assert handoff.proposal
    if handoff.proposal.start <= at:
        raise NotOfferedError("That time has passed. Please choose another.", at=("start",))
    draft, before = Draft(case, at=at, by=by, rule="another_time"), handoff.meeting
    _settle(draft, by, handoff.proposal.start)
    draft.end(Promise.MEET, Ending.RELEASED)  # of the earlier time
    draft.set(
        state=State.ACCEPTING,
        meeting=replace(
            before.moved_to(handoff.proposal),
            response=before.response,
            response_at=before.response_at,
        ),
        proposal=None,
    )
    copy_comes_anew(draft)
    draft.promise(Promise.ANSWER, handoff.rep, kind=AGREED)
    draft.answered(Promise.ANSWER)
    absence.moved(draft)  # who was away then by what was known was not shown it
    prep.move(draft)
    draft.say("moved", start=handoff.proposal.start.isoformat())
    draft.follow(MoveMeeting(draft.id))
    draft.show(handoff.rep)
    return draft.decision()


def meeting_moved(case: Case, *, at: datetime, span: Span) -> Decision | None:
    """The organizer's event has the new time; the rep's own copy will have it shortly."""
    meeting = case.handoff.meeting
    if meeting is None or not meeting.moving or meeting.span != span or meeting.invited_at:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="another_time")
    draft.set(meeting=replace(meeting, invited_at=at, was=None))
    yes_is_over(draft)
    outage.took_the_time(draft)
    if draft.handoff.state is State.SENT_BACK:
        draft.show(draft.handoff.qualifier)  # who reads what the prospect expects
    draft.follow(AwaitMove(draft.id))
    return draft.decision(quiet=True)


def not_moved(case: Case, *, at: datetime, free: bool = True) -> Decision | None:
    """Outlook would not take the new time, or could be told of it only once that had begun: the
    meeting is where Outlook has it, and whoever asked for it and whoever answers for it are told.
    A yes to the old time, at which the rep's day is *free*, stands, unless it was they who wanted
    another; without one they are asked anew. Where that time is over too, or the day is not free,
    the lead is its qualifier's. None when Outlook has been told.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    if meeting is None or meeting.was is None or handoff.rep is None:
        return None
    if not handoff.untold:
        return _is_there(case, meeting, at)
    draft = Draft(case, at=at, by=OUTLOOK, rule="moved")
    draft.say("not_moved", start=meeting.span.start.isoformat())
    stands = replace(
        meeting.at(meeting.was), response=meeting.response, response_at=meeting.response_at
    )
    draft.set(meeting=stands, trouble=None if handoff.trouble == WAITING else handoff.trouble)
    draft.show(handoff.qualifier, alert=True)
    settled = handoff.deed(Did.SETTLED)
    if settled and meets_at(handoff, datetime.fromisoformat(settled.was)):
        draft.show(settled.by, alert=True)  # a manager, who moved it there
    if handoff.state not in IN_OUTLOOK:
        return draft.decision()
    had_said_yes = _had_said_yes(handoff)
    for promise in (Promise.ANSWER, Promise.SETTLE, Promise.MEET):
        draft.end(promise, Ending.RELEASED)
    draft.release_managers(show=True)
    draft.set(proposal=None, others=None, others_refused=())
    draft.show(handoff.rep, alert=True)
    if not free or stands.span.start <= at:
        hand_back(draft, reason=NOT_MOVED)
        return draft.decision()
    draft.set(state=State.OFFERED)
    asked = draft.promise(Promise.ANSWER, handoff.rep, kind=NOT_MOVED)
    if had_said_yes:
        draft.finish(asked, Ending.RELEASED)
        draft.set(state=State.ACCEPTED)
        draft.promise(Promise.MEET, handoff.rep, until=stands.span.end)
    absence.moved(draft)
    prep.move(draft)
    if draft.handoff.state is State.ACCEPTED:
        prep.plan(draft)  # where there was no room for it before the other time
    draft.follow(Look(draft.id))
    draft.follow(LookAtOrganizer(draft.id))  # the prospect's answer to that time stands there
    return draft.decision()


def _is_there(case: Case, meeting: Meeting, at: datetime) -> Decision:
    """It was moved, and back before Outlook was told: it is where Outlook has it, and a yes to that
    time stands, whether from before or since; without one the answer is still owed.
    """
    handoff = case.handoff
    draft = Draft(case, at=at, by=OUTLOOK, rule="moved")
    draft.set(
        meeting=replace(meeting, was=None, moving=False, invited_at=None),
        trouble=None if handoff.trouble == WAITING else handoff.trouble,
    )
    asked = handoff.owed(Promise.ANSWER)
    if asked and handoff.rep and (asked.said_at or _had_said_yes(handoff)):
        draft.finish(asked, None if asked.said_at else Ending.RELEASED)
        draft.set(state=State.ACCEPTED)
        draft.promise(Promise.MEET, handoff.rep, until=meeting.span.end)
        draft.release_managers(show=True)
        prep.plan(draft)
    else:
        outage.took_the_time(draft)
    for who in (handoff.qualifier, handoff.rep):
        if who:
            draft.show(who)
    draft.follow(Look(draft.id))
    draft.follow(LookAtOrganizer(draft.id))
    return draft.decision(quiet=True)


def _had_said_yes(handoff: Handoff) -> bool:
    """Whether the rep had said yes to the time that Outlook has, and others have moved it since,
    however often; not where Outlook has taken another time after that yes.
    """
    meet = handoff.last(Promise.MEET)
    there = handoff.meeting.was if handoff.meeting else None
    if meet is None or there is None or meet.first_due_at != there.end or meet.kind == MOVED:
        return False
    asked = [c for c in handoff.commitments if c.what is Promise.ANSWER]
    if meet.who != handoff.rep or not asked or asked[-1].kind == AGREED:
        return False
    return any(one.made_at == meet.ended_at for one in asked if one.n > meet.n)


def keep_time(case: Case, *, by: str, at: datetime) -> Decision:
    """The qualifier keeps the time, or a manager who decides since that is overdue: the rep owes an
    answer to it again, or is to be there as they had said.
    """
    handoff = case.handoff
    _may_settle(case, by)
    assert handoff.rep
    assert handoff.meeting
    draft = Draft(case, at=at, by=by, rule="another_time")
    settled = handoff.owed(Promise.SETTLE)
    assert settled
    draft.update(replace(settled, kind=KEPT_TIME))
    _settle(draft, by, handoff.meeting.span.start)
    draft.set(proposal=None)
    if handoff.state is State.PROPOSED:
        draft.set(state=State.OFFERED)
        draft.promise(Promise.ANSWER, handoff.rep, kind=KEPT_TIME)
        absence.ask(draft)
    draft.say("kept_time")
    draft.show(handoff.rep, alert=True)
    return draft.decision()


def withdraw(case: Case, *, by: str, at: datetime) -> Decision:
    """A rep who had accepted keeps the time after all: nothing is to be settled any more.

    Raises NotYoursError, MovedOnError.
    """
    handoff = case.handoff
    only(handoff, "rep", by)
    require_state(case, State.ACCEPTED)
    if handoff.proposal is None:
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="another_time")
    settled = handoff.owed(Promise.SETTLE)
    assert settled
    draft.update(replace(settled, kind=WITHDRAWN))
    lapse(draft)
    absence.keeps(draft)
    draft.say("withdrew")
    draft.show(by)
    return draft.decision()


def gone_by(draft: Draft, promise: Commitment) -> None:
    """The time that was proposed has come, and nobody had settled it: the meeting stays at its own,
    about which the rep is asked again where they have not said yes.
    """
    assert draft.handoff.rep
    draft.update(replace(promise, kind=GONE_BY))
    lapse(draft)
    if draft.handoff.state is State.PROPOSED:
        draft.set(state=State.OFFERED)
        draft.promise(Promise.ANSWER, draft.handoff.rep, kind=GONE_BY)
        absence.ask(draft)
    draft.say("time_gone_by")
    draft.show(draft.handoff.rep, alert=True)


def lapse(draft: Draft) -> None:
    """The other time is proposed no more, and nobody settles it; a miss stays one. Both read so."""
    draft.end(Promise.SETTLE, Ending.RELEASED)
    draft.release_managers(show=True)
    draft.set(proposal=None, others=None, others_refused=())
    for who in (draft.handoff.qualifier, draft.handoff.rep):
        if who:
            draft.show(who)


def _may_settle(case: Case, by: str) -> None:
    """Another time is proposed, and it is theirs to settle: the qualifier's, and of what is overdue
    the manager's who decides. Raises NotYoursError, MovedOnError.
    """
    if not _decides(case, by):
        only(case.handoff, "qualifier", by)
    require_state(case, State.PROPOSED, State.ACCEPTED)
    if case.handoff.proposal is None:
        raise MovedOnError


def _decides(case: Case, by: str) -> bool:
    found = deciding.decides(case, by)
    return found is not None and found[1].what is Promise.SETTLE


def _settle(draft: Draft, by: str, start: datetime) -> None:
    """The meeting is at *start*, as *by* says: what was to be settled is."""
    handoff, found = draft.handoff, deciding.decides(draft.case, by)
    if by == handoff.qualifier or found is None:
        draft.end(Promise.SETTLE)
        return
    decide, late = found
    deciding.take_over(draft, decide, late)
    draft.did(Did.SETTLED, whose=late.who, n=late.n, was=start.isoformat())
    draft.show(by)
    draft.show(handoff.qualifier, alert=True)
