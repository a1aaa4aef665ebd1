"""What the clock does: a case and a moment in, a decision out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from handoff import absence, clocks, letters, outage, proposing
from handoff.delivery import could_not_be_told, excuse, waits_for_card
from handoff.draft import (
    CLOCK,
    INVITE_GONE,
    MOVED,
    MOVED_BY_PROSPECT,
    NO_ANSWER,
    TAKEN,
    UNSETTLED,
    WAITING,
    Draft,
    hand_back,
    no_later_meeting,
)
from handoff.effects import (
    AcceptMeeting,
    AwaitInvitation,
    AwaitMove,
    BookFollowUp,
    BookPrep,
    ChangeRep,
    Effect,
    FindStandIns,
    Invite,
    InviteAgain,
    MoveMeeting,
    ReadAttendance,
    ReadSentMail,
    ShowMine,
)
from handoff.escalating import chase_again, escalate
from handoff.model import (
    Alarm,
    Case,
    Commitment,
    Decision,
    Ending,
    Handoff,
    Meeting,
    State,
    Step,
)
from handoff.offering import still_theirs
from handoff.policy import Promise
from handoff.prospect import silent
from handoff.timeline import Word

OVERDUE = frozenset({Step.BREACH, Step.START, Step.CHASE})


def deadline(
    case: Case, *, at: datetime, tried: Mapping[str, datetime] | None = None
) -> Decision | None:
    """Whatever alarm of this handoff is due by *at*. None when the answer came first.

    An alarm that comes late says what is true now: a reminder whose breach has passed too is
    skipped, and who has been out of office since is not late; nor are those for whom a new card of
    it is *tried* in vain, since when.
    """
    ringing = [p for p in case.handoff.commitments if p.rings_at and p.rings_at <= at]
    if not ringing:
        return None
    draft = Draft(case, at=at, by=CLOCK, rule="clock")
    for promise in ringing:
        current = next(p for p in draft.handoff.commitments if p.n == promise.n)
        if current.open and could_not_be_told(current):
            excuse(draft, current, current.undelivered or "")
        elif current.open:
            _ring(draft, waits_for_card(draft, current, (tried or {}).get(current.who)))
    return draft.decision(quiet=True)  # asking Outlook again is said only the first time


def _ring(draft: Draft, promise: Commitment) -> None:
    """One commitment's alarm. The newest alarm that has passed counts, earlier ones are skipped."""
    if any(a.step is Step.UNTAKEN and a.at <= draft.at for a in promise.alarms):
        # It takes no other alarm's place: those that have passed with it ring as well.
        left = tuple(a for a in promise.alarms if a.step is not Step.UNTAKEN)
        draft.update(replace(promise, alarms=left))
        absence.not_taken(draft)
        promise = next(c for c in draft.handoff.commitments if c.n == promise.n)
        if not promise.open or not promise.rings_at or promise.rings_at > draft.at:
            return
    if counted := clocks.recounted(draft.case_now, promise, draft.at):
        draft.update(counted)
        draft.say("clock_waited", to=promise.who)
        draft.show(promise.who)
        return
    if _of_no_meeting(draft, promise):
        draft.finish(promise, Ending.RELEASED, at=promise.due_at)
        return
    if _taken(draft, promise):
        left = tuple(one for one in promise.alarms if one.step is not Step.CHECK)
        promise = replace(promise, alarms=left)
        draft.update(promise)
    unsure = outage.waits_for_outlook(draft.handoff, promise, draft.at)
    if unsure or outage.waits_for_times(draft.handoff, promise, draft.at):
        promise = outage.later(promise, draft.at)
        draft.update(promise)
    if not promise.rings_at or promise.rings_at > draft.at:
        return
    again = promise.reached is Step.BREACH
    passed = [a for a in promise.alarms if a.at <= draft.at]
    step = passed[-1].step
    promise = replace(promise, alarms=promise.alarms[len(passed) :], reached=step)
    if step in OVERDUE and promise.due_at <= draft.at and not unsure:
        promise = _overdue(draft, promise)
    draft.update(promise)
    _rang(draft, promise, step, again=again)


def _overdue(draft: Draft, promise: Commitment) -> Commitment:
    """It is missed; and nobody's miss, where it had to be due for the meeting's sake before its
    maker had been at work for the policy's least since they were asked.
    """
    hours = draft.case.person(promise.who).hours
    if promise.missed_at or promise.excused_at or not promise.brought_forward:
        return promise.missed()
    if hours.between(promise.since, promise.due_at) >= draft.case.policy.least:
        return promise.missed()
    return replace(promise, excused_at=promise.due_at)


def _of_no_meeting(draft: Draft, promise: Commitment) -> bool:
    """Whether it is a reply before a meeting that begins at a time to which it was moved, and to
    which its rep has not said yes: nobody was late with it.
    """
    meeting, answer = draft.handoff.meeting, draft.handoff.owed(Promise.ANSWER, promise.who)
    if promise.what is not Promise.REPLY or meeting is None or meeting.span.start > draft.at:
        return False
    if draft.handoff.untold:
        return False  # it may begin later again
    moved = answer is not None and answer.kind in (MOVED, MOVED_BY_PROSPECT, TAKEN)
    return moved and promise.missed_at is None


def _rang(draft: Draft, promise: Commitment, step: Step, *, again: bool) -> None:
    match step:
        case Step.REMINDER:
            _reminder(draft, promise)
        case Step.BREACH:
            _breach(draft, promise, again=again)
        case Step.START:
            _begins(draft, promise)
        case Step.CHECK:
            _check(draft, promise)
        case Step.ASK:
            _ask(draft, promise)
        case Step.LOOK:
            draft.follow(ReadSentMail(promise.who))
        case Step.RISK:
            _silence(draft, promise)
        case Step.UNTAKEN:
            pass  # rung before these
        case Step.CHASE:
            draft.say("chased", to=promise.who, promise=promise.what.value)
            draft.update(chase_again(draft, promise))
            _remind(draft, promise)


def _silence(draft: Draft, promise: Commitment) -> None:
    """The prospect has said nothing so far; where they have yet to hear of it, at an address or of
    a time that was corrected since, or another time is proposed, that is looked at later.
    """
    case, at = draft.case_now, draft.at
    later, meeting = clocks.risk_at(case), case.handoff.meeting
    waits = letters.goes_out_anew(case.handoff) or case.handoff.untold or case.handoff.proposal
    if waits:
        later = max(later or at, at + clocks.LOOK_AGAIN)
    if later is None or later <= at:
        silent(draft)
    elif meeting is not None and later < meeting.span.start:
        alarms = sorted((Alarm(later, Step.RISK), *promise.alarms), key=_at)
        draft.update(replace(promise, alarms=tuple(alarms)))


def _reminder(draft: Draft, promise: Commitment) -> None:
    """Once, before it is due. That a lead stands still is its qualifier's news as well."""
    if promise.what is Promise.PROGRESS:
        since = promise.made_at.isoformat()
        draft.say("stalled", to=promise.who, promise=promise.what.value, since=since)
        draft.show(draft.handoff.qualifier, alert=True)
    else:
        draft.say("reminded", to=promise.who, promise=promise.what.value)
    _remind(draft, promise)


def may_pass_on(case: Case) -> bool:
    """Whether an unanswered meeting goes to someone else by policy, one hop more."""
    routing = case.policy.routing
    answers = (c for c in case.handoff.commitments if c.what is Promise.ANSWER)
    hops = sum(c.ending is Ending.PASSED_ON for c in answers)
    return routing.breach_reassigns and hops < routing.hops


def _breach(draft: Draft, promise: Commitment, *, again: bool) -> None:
    """Overdue: the person sees it, whoever waits is told, and the next manager up decides.

    Where the policy passes an unanswered meeting on, Outlook is asked first who is free; if that
    takes too long, the manager decides after all.
    """
    handoff = draft.handoff
    if not again:
        word: Word = "before_work" if promise.before_work else "overdue"
        draft.say(word, to=promise.who, promise=promise.what.value)
        if promise.what is Promise.ANSWER and may_pass_on(draft.case_now):
            waits = Alarm(draft.at + clocks.LOOK_AGAIN, Step.BREACH)
            draft.update(replace(promise, alarms=tuple(sorted((waits, *promise.alarms), key=_at))))
            _remind(draft, promise)
            draft.follow(FindStandIns(draft.id))
            return
    about = promise
    if promise.what is Promise.DECIDE:
        about = next(c for c in handoff.commitments if c.n == promise.about)
        if about.what is not Promise.BOOK:
            draft.show(promise.who)  # who reads that it was due
    else:
        _remind(draft, promise)
        if promise.who != handoff.qualifier:
            draft.show(handoff.qualifier, alert=True)
    if about.what is Promise.SETTLE and handoff.rep:
        draft.show(handoff.rep)  # who waits for it, and reads who has been asked
    escalate(draft, promise, about)


def _remind(draft: Draft, promise: Commitment) -> None:
    """The person gets a new card; for leads not yet handed over, one list of all of them."""
    if promise.what is Promise.BOOK:
        draft.follow(ShowMine(promise.who))
    else:
        draft.show(promise.who, alert=True)


def _begins(draft: Draft, promise: Commitment) -> None:
    """The time of the meeting, or the one proposed, has come, and *promise* is still owed."""
    meeting = draft.handoff.meeting
    if promise.what is Promise.REWORK:
        _nobody_for_it(draft, promise)
    elif promise.what is Promise.SETTLE and meeting and meeting.span.start > draft.at:
        proposing.gone_by(draft, promise)  # what has come is the time that was proposed
    elif draft.handoff.state is State.ACCEPTED:  # another time was not settled: they meet at this
        proposing.lapse(draft)
    elif not _untold(draft, promise, Step.START):
        _nobody_came(draft, promise)


def _taken(draft: Draft, promise: Commitment) -> bool:
    """Whether Outlook has the time that the rep is asked about, and nothing is left to look at."""
    unsaid = promise.what is Promise.ANSWER and promise.said_at is None
    return unsaid and not draft.handoff.hangs


def _untold(draft: Draft, promise: Commitment, step: Step) -> bool:
    """Whether the time that has come is none that Outlook was told of: whoever tells it finds that
    it is too late, and says so (`proposing.not_moved`, `booking.not_invited`).
    """
    meeting, booking = draft.handoff.meeting, draft.handoff.state is State.BOOKING
    if promise.what not in (Promise.INVITE, Promise.ANSWER, Promise.SETTLE):
        return False
    if promise.kind == MOVED_BY_PROSPECT:
        return False  # they chose it, and are there
    if meeting is None or meeting.was is None or meeting.span.start > draft.at:
        return False
    draft.follow(ChangeRep(draft.id) if booking else MoveMeeting(draft.id))
    draft.update(replace(promise, alarms=(Alarm(draft.at + clocks.LOOK_AGAIN, step),)))
    return True


def _nobody_came(draft: Draft, promise: Commitment) -> None:
    """The meeting begins unanswered: the lead is the qualifier's again, and all are told."""
    handoff = draft.handoff
    draft.finish(promise, Ending.PASSED_ON)
    hand_back(draft, reason=NO_ANSWER if promise.what is Promise.ANSWER else UNSETTLED)
    draft.say("unanswered", to=promise.who)
    draft.show(handoff.qualifier, alert=True)
    if handoff.rep:
        draft.show(handoff.rep)


def _nobody_for_it(draft: Draft, promise: Commitment) -> None:
    """The time has come of a meeting that was sent back and that nobody took or called off: the
    prospect waits. Whoever owes the word, and whoever was asked to decide, is told.
    """
    draft.say("nobody_came", to=promise.who)
    draft.show(promise.who, alert=True)
    deciding = [c for c in draft.handoff.commitments if c.open and c.about == promise.n]
    for decide in deciding:
        draft.show(decide.who, alert=True)
    if not deciding:  # it was due no sooner, so no manager has been asked
        escalate(draft, promise, promise)


def _check(draft: Draft, promise: Commitment) -> None:
    """Outlook has not done its part yet: it is asked again, and people are told."""
    handoff = draft.handoff
    if _untold(draft, promise, Step.CHECK):
        return
    match promise.what:
        case Promise.PREPARE | Promise.REPLY:
            _do_again(draft, promise)
            return
        case Promise.INVITE:
            assert handoff.meeting
            if handoff.meeting.span.start <= draft.at:
                _too_late_to_invite(draft, promise)
                return
            draft.follow(_inviting(draft))
        case Promise.ANSWER:
            assert handoff.meeting
            if handoff.meeting.span.end <= draft.at:
                draft.finish(promise)
                _meeting_over(draft)
                return
            draft.follow(_accepting(handoff, handoff.meeting))
        case Promise.FOLLOW_UP:
            draft.follow(BookFollowUp(draft.id, promise.n))
        case (
            Promise.BOOK
            | Promise.SETTLE
            | Promise.REWORK
            | Promise.REASON
            | Promise.DECIDE
            | Promise.JUDGE
        ):
            pass  # Outlook has no part in them
        case (
            Promise.FIT
            | Promise.NURTURE
            | Promise.MEET
            | Promise.OUTCOME
            | Promise.NEXT_STEP
            | Promise.PROGRESS
            | Promise.CONFIRM_WEEK
            | Promise.SETTLE_WEEKS
            | Promise.ANSWER_REPORT
            | Promise.ANSWER_ALARM
            | Promise.UPDATE_CRM
        ):
            pass
    _waits_for_outlook(draft, promise)


def _waits_for_outlook(draft: Draft, promise: Commitment) -> None:
    """Whose promise it is reads it once, and it is looked at again; of another time of the meeting,
    which the prospect has not heard of, its qualifier as well.
    """
    handoff = draft.handoff
    first = handoff.trouble is None
    draft.set(trouble=handoff.trouble or WAITING)
    again = draft.at + clocks.LOOK_AGAIN
    if promise.what is Promise.ANSWER and promise.said_at is None:
        if promise.kind != MOVED_BY_PROSPECT:
            promise = draft.from_now(promise)
        again = min(again, max(promise.due_at, draft.at + clocks.LOOK_BEFORE))
    alarms = sorted((Alarm(again, Step.CHECK), *promise.alarms), key=_at)
    draft.update(replace(promise, alarms=tuple(alarms)))
    if first:
        draft.say("outlook_waits", to=promise.who)
    draft.show(promise.who, alert=first)
    if promise.what is Promise.ANSWER:
        draft.show(handoff.qualifier, alert=first and handoff.untold)


def _too_late_to_invite(draft: Draft, promise: Commitment) -> None:
    """The time came before the invitation went out: whoever booked it finds another."""
    draft.finish(promise, Ending.RELEASED)
    draft.say("not_invited", why="the meeting's time has passed")
    if draft.handoff.again:
        still_theirs(draft)
        return
    qualifier = draft.handoff.qualifier
    draft.set(state=State.QUALIFIED, meeting=None, search=None, rep=None)
    draft.promise(Promise.BOOK, qualifier)
    draft.show(qualifier, alert=True)


def _inviting(draft: Draft) -> Effect:
    """The step of an invitation that has yet to be done."""
    meeting = draft.handoff.meeting
    if meeting is None or meeting.organizer_event is None:
        return Invite(draft.id)
    return AwaitInvitation(draft.id) if meeting.invited_at else ChangeRep(draft.id)


def _accepting(handoff: Handoff, meeting: Meeting) -> Effect:
    """The step of an answer that has yet to be done."""
    if not meeting.moving:
        return AcceptMeeting(handoff.id)
    if meeting.invited_at:
        return AwaitMove(handoff.id)
    return InviteAgain(handoff.id) if handoff.trouble == INVITE_GONE else MoveMeeting(handoff.id)


def _do_again(draft: Draft, promise: Commitment) -> None:
    """Prep to be booked, or an answer to be sent, that Outlook has yet to take: quietly."""
    if promise.what is Promise.PREPARE:
        draft.follow(BookPrep(draft.id, promise.n))
    else:
        for waiting in letters.unsent_replies(draft.handoff):
            letters.send(draft, waiting)
    check = Alarm(draft.at + clocks.LOOK_AGAIN, Step.CHECK)
    draft.update(replace(promise, alarms=(check, *promise.alarms)))


def _ask(draft: Draft, promise: Commitment) -> None:
    """The moment has come: the meeting is over, or the follow-up's time has passed."""
    if promise.what is Promise.MEET:
        _meeting_over(draft)
    else:
        if draft.handoff.state is State.FOLLOWING:
            no_later_meeting(draft)  # who has not chosen a time by now is asked this first
        draft.say("asked", to=promise.who, kind=promise.kind or "")
        draft.show(promise.who, alert=True)


def _meeting_over(draft: Draft) -> None:
    handoff = draft.handoff
    assert handoff.rep
    draft.set(state=State.FOLLOWING, trouble=None, attendance=None, meeting_outcome=None)
    no_later_meeting(draft)
    proposing.lapse(draft)
    reply = handoff.owed(Promise.REPLY)
    waits = letters.unsent_replies(handoff) or not letters.may_be_answered(handoff)
    said = reply is not None and reply.said_at and not waits
    draft.end(Promise.REPLY, None if said else Ending.RELEASED)
    draft.end(Promise.PREPARE, Ending.RELEASED)
    draft.say("over")
    draft.promise(Promise.OUTCOME, handoff.rep)
    draft.follow(ReadAttendance(draft.id))
    draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier)


def _at(alarm: Alarm) -> datetime:
    return alarm.at
