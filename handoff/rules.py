"""What people do, and what Outlook says: each a rule, a plain function from case to decision.

What the clock does is in deadlines.py; between them they hold everything that affects where a
handoff stands. MOVES says which state may follow which; `store` refuses any other move, so a
mistake here cannot reach the database.

A rule raises RefusedError when a person asked for what cannot be done, and returns None when
there is nothing to decide (the alarm rang early, Outlook said nothing new). Either way nothing
changes. What a decision makes others do is in its effects; jobs do them once it is committed.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from handoff import clocks, letters, prep
from handoff.calendar import Obstacle
from handoff.draft import Draft, drop_blocks, hand_back, owe_next_step
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError, NotYoursError
from handoff.hours import Span
from handoff.model import (
    HOLDING,
    Alarm,
    Case,
    Choice,
    Commitment,
    Decision,
    Ending,
    Handoff,
    Job,
    Lead,
    Meeting,
    Outcome,
    Person,
    Refusal,
    Search,
    State,
    Step,
)
from handoff.policy import FIELDS, Policy, Promise
from handoff.routing import gate

MOVES: Mapping[State, frozenset[State]] = {
    State.QUALIFIED: frozenset({State.BOOKING, State.ENDED}),
    State.BOOKING: frozenset({State.OFFERED, State.QUALIFIED, State.SENT_BACK, State.ENDED}),
    State.OFFERED: frozenset(
        {State.PROPOSED, State.ACCEPTING, State.ACCEPTED, State.SENT_BACK, State.BOOKING}
        | {State.QUALIFIED}
    ),
    State.PROPOSED: frozenset(
        {State.OFFERED, State.ACCEPTING, State.ACCEPTED, State.SENT_BACK, State.BOOKING}
        | {State.QUALIFIED}
    ),
    State.ACCEPTING: frozenset(
        {State.ACCEPTED, State.OFFERED, State.SENT_BACK, State.FOLLOWING, State.BOOKING}
        | {State.QUALIFIED}
    ),
    State.ACCEPTED: frozenset(
        {State.FOLLOWING, State.OFFERED, State.SENT_BACK, State.BOOKING, State.QUALIFIED}
    ),
    State.FOLLOWING: frozenset({State.SENT_BACK, State.ENDED}),
    State.SENT_BACK: frozenset({State.BOOKING, State.QUALIFIED, State.ENDED}),
    State.ENDED: frozenset(),
}

CLOCK, OUTLOOK = "clock", "outlook"  # who did it, where nobody did
NO_ANSWER, UNSETTLED, INVITE_GONE = "no_answer", "unsettled", "invite_gone"  # Baton's own
HELD = "hold"  # for the next free rep
ANSWERABLE = frozenset({State.OFFERED, State.PROPOSED})
IN_OUTLOOK = HOLDING - {State.BOOKING}
WITH_REP = frozenset(
    {State.OFFERED, State.PROPOSED, State.ACCEPTING, State.ACCEPTED, State.FOLLOWING}
)


# --- The qualifier hands over -----------------------------------------------------------------


def missing(lead: Lead, policy: Policy) -> tuple[str, ...]:
    """The fields of the brief that are still empty, in the order of the form."""
    return tuple(
        name for name in FIELDS if name in policy.required and not getattr(lead, name).strip()
    )


def begin(
    *,
    id: UUID,
    lead: Lead,
    qualifier: Person,
    policy: Policy,
    at: datetime,
    search: Search | None,
    by: str | None = None,
    below: str = "",
) -> Decision:
    """A lead with a complete brief is the qualifier's to hand over; with *search*, times are
    looked for at once.

    *below*, in words, is a line of the policy that it does not reach: then no times are looked
    for, and its owner decides. Where that is somebody else than *by*, they get its card.
    Raises IncompleteError, naming every missing field.
    """
    if gaps := missing(lead, policy):
        raise IncompleteError(tuple(FIELDS[name] for name in gaps))
    handoff = Handoff(
        id=id,
        number=0,
        lead=lead,
        qualifier=qualifier.id,
        owner=qualifier.id,
        policy=policy.version,
        state=State.QUALIFIED,
        search=search,
    )
    case = Case(handoff=handoff, policy=policy, people={qualifier.id: qualifier})
    draft = Draft(case, at=at, by=by or qualifier.id, rule="begin")
    draft.promise(Promise.BOOK, qualifier.id)
    draft.say("qualified")
    if below:
        draft.set(trouble=f"Not handed over yet: {below}.", search=None)
        draft.say("below", to=qualifier.id, why=below)
        if by != qualifier.id:
            draft.show(qualifier.id, alert=True)
    elif search:
        draft.do(Job.FIND_TIMES)
    return draft.decision()


def look_for_times(
    case: Case, *, by: str, at: datetime, search: Search, reason: str = ""
) -> Decision:
    """The qualifier asks for times: for this rep or pool, from this day on.

    For a lead below a line of the policy that takes a *reason*, which stays in the timeline.
    Raises IncompleteError without one.
    """
    _only(case.handoff.qualifier, by)
    _in(case, State.QUALIFIED, State.SENT_BACK)
    draft = Draft(case, at=at, by=by, rule="begin")
    if case.handoff.state is State.SENT_BACK:
        _take_back(draft)
    under = gate.below(case.handoff.lead, case.policy.routing)
    if under and case.handoff.trouble:
        if not reason.strip():
            raise IncompleteError(("Why it should go on",))
        draft.say("went_on", why=reason.strip())
    draft.set(search=search, trouble=None if under else draft.handoff.trouble)
    draft.say("asked_for_times")
    draft.do(Job.FIND_TIMES)
    return draft.decision()


def fix_brief(case: Case, *, by: str, at: datetime, lead: Lead) -> Decision:
    """The qualifier mends the brief of a lead that was sent back and offers it to the same rep.

    The meeting keeps its time while that is still ahead; otherwise new times are looked for.
    """
    _only(case.handoff.qualifier, by)
    _in(case, State.SENT_BACK)
    if gaps := missing(lead, case.policy):
        raise IncompleteError(tuple(FIELDS[name] for name in gaps))
    draft = Draft(case, at=at, by=by, rule="rework")
    draft.set(lead=lead)
    assert case.handoff.rep
    offer_again(draft, case.handoff.rep)
    draft.say("fixed")
    return draft.decision()


def give_to(case: Case, *, by: str, at: datetime, rep: str) -> Decision:
    """The qualifier gives a lead that was sent back to another rep, at the same time."""
    _only(case.handoff.qualifier, by)
    _in(case, State.SENT_BACK)
    if rep not in (case.handoff.stand_ins or ()):
        raise NotOfferedError
    draft = Draft(case, at=at, by=by, rule="rework")
    offer_again(draft, rep)
    draft.say("given", to=rep)
    return draft.decision()


def end(case: Case, *, by: str, at: datetime, outcome: Outcome) -> Decision:
    """The qualifier ends it: nurture, or no lead after all. A meeting still ahead is cancelled."""
    _only(case.handoff.qualifier, by)
    _in(case, State.QUALIFIED, State.SENT_BACK)
    draft = Draft(case, at=at, by=by, rule="rework")
    draft.say(outcome.value)
    _end_all(draft, outcome)
    return draft.decision()


def times_found(
    case: Case,
    *,
    at: datetime,
    search: Search,
    found: tuple[Choice, ...],
    nobody: tuple[str, ...],
    refused: tuple[Refusal, ...] = (),
    **turn: object,
) -> Decision | None:
    """Times that suit the qualifier, a rep and the prospect. None if the question has changed.

    *turn* is what the router adds to the search: next, instead, why, until.
    """
    asked = case.handoff.search
    if case.handoff.state is not State.QUALIFIED or asked is None:
        return None
    if _bare(asked) != _bare(search):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="begin")
    now = replace(_bare(asked), found=found, nobody=nobody, refused=refused, **turn)  # type: ignore[arg-type]
    draft.set(search=now)
    news = asked.instead == HELD and draft.handoff.search != asked
    draft.show(case.handoff.qualifier, alert=news and turn.get("instead") != HELD)
    return draft.decision(quiet=True)


def look_again(case: Case, *, at: datetime) -> Decision | None:
    """A lead that is held for the next free rep: calendars and limits are looked at again."""
    search = case.handoff.search
    if case.handoff.state is not State.QUALIFIED or search is None or search.instead != HELD:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="begin")
    draft.set(search=replace(search, found=None))
    draft.do(Job.FIND_TIMES)
    return draft.decision(quiet=True)


def choose(
    case: Case,
    *,
    by: str,
    at: datetime,
    start: datetime,
    rep: str,
    words: str = "",
    shown: str | None = None,
    turn: int | None = None,
) -> Decision:
    """The qualifier picks a time: it is held for the rep, and Outlook is told.

    *words* are the qualifier's own for the introduction; without any, the policy's are used.
    Where the router decides between several, it was shown with the rep *shown*, and *turn* is the
    number of the record that says why it is *rep*.
    """
    handoff = case.handoff
    _only(handoff.qualifier, by)
    _in(case, State.QUALIFIED)
    search = handoff.search
    if search is None or Choice(start, shown or rep) not in (search.found or ()):
        raise NotOfferedError
    if start <= at:
        raise NotOfferedError("That time has passed. Please choose another.")
    draft = Draft(case, at=at, by=by, rule="booking")
    draft.end(Promise.BOOK)
    span = Span(start, start + timedelta(minutes=search.minutes))
    draft.set(
        state=State.BOOKING,
        rep=rep,
        meeting=Meeting(span=span),
        trouble=None,
        words=words,
        attendance=None,
        held=None,
    )
    if turn is None:
        draft.say("booked", to=rep)
    else:
        draft.say("booked", to=rep, turn=str(turn))
    _invite(draft, Job.INVITE)
    return draft.decision()


def invited(
    case: Case,
    *,
    at: datetime,
    rep: str,
    organizer_event: str,
    rep_event: str,
    uid: str,
    join_url: str | None,
    obstacles: tuple[Obstacle, ...],
) -> Decision | None:
    """The invitation is in the rep's calendar: the lead is theirs, and the clock starts.

    None when the handoff moved on meanwhile.
    """
    handoff = case.handoff
    if handoff.state is not State.BOOKING or handoff.rep != rep or handoff.meeting is None:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="answer")
    draft.end(Promise.INVITE)
    draft.set(
        state=State.OFFERED,
        owner=rep,
        trouble=None,
        proposal=None,
        others=None,
        may_propose=True,
        stand_ins=None,
        leave=None,
        leave_kept=False,
        reason=None,
        note="",
        meeting=replace(
            handoff.meeting,
            organizer_event=organizer_event,
            rep_event=rep_event,
            uid=uid,
            join_url=join_url,
            obstacles=obstacles,
            response=None,
            response_at=None,
        ),
    )
    draft.promise(Promise.ANSWER, rep)
    letters.introduce(draft)
    draft.say("offered", to=rep)
    draft.show(rep, alert=True)
    draft.show(handoff.qualifier)
    return draft.decision()


def not_invited(case: Case, *, at: datetime, why: str, event: str | None) -> Decision | None:
    """Outlook will not send the invitation: the qualifier has the lead back and is told why."""
    handoff = case.handoff
    if handoff.state is not State.BOOKING:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="booking")
    draft.end(Promise.INVITE, Ending.RELEASED)
    draft.set(trouble=why)
    if event is None:
        draft.set(state=State.QUALIFIED, meeting=None, search=None, owner=handoff.qualifier)
        draft.promise(Promise.BOOK, handoff.qualifier)
    else:
        assert handoff.meeting
        meeting = replace(handoff.meeting, organizer_event=event)
        draft.set(
            state=State.SENT_BACK, owner=handoff.qualifier, reason=INVITE_GONE, meeting=meeting
        )
        draft.promise(Promise.REWORK, handoff.qualifier)
        draft.do(Job.FIND_STAND_INS)
    draft.say("not_invited", why=why)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


# --- The rep answers --------------------------------------------------------------------------


def accept(case: Case, *, by: str, at: datetime) -> Decision:
    """The rep says yes. Outlook is told; the handoff is accepted once Outlook says so.

    Raises NotYoursError, MovedOnError.
    """
    _only(case.handoff.rep, by)
    _in(case, *ANSWERABLE)
    draft = Draft(case, at=at, by=by, rule="answer")
    if case.handoff.state is State.PROPOSED:
        draft.end(Promise.SETTLE, Ending.RELEASED)
        draft.promise(Promise.ANSWER, by)
        draft.set(proposal=None)
    draft.set(state=State.ACCEPTING)
    draft.heard(Promise.ANSWER)
    draft.release_managers(show=True)
    draft.say("clicked_accept")
    draft.do(Job.ACCEPT_MEETING)
    return draft.decision()


def send_back(case: Case, *, by: str, at: datetime, reason: str, note: str) -> Decision:
    """The rep gives the lead back with a coded reason, or gives the reason still owed.

    The time is released and the qualifier's clock starts, in the same decision.
    Raises NotYoursError, MovedOnError, NotOfferedError.
    """
    handoff = case.handoff
    _only(handoff.rep, by)
    if reason not in case.policy.reasons:
        raise NotOfferedError("Please choose a reason, so that it can be put right.")
    draft = Draft(case, at=at, by=by, rule="send_back")
    draft.set(reason=reason, note=note)
    draft.say("sent_back", reason=reason)
    if handoff.state is State.SENT_BACK:
        if handoff.owed(Promise.REASON, by) is None:
            raise MovedOnError
        draft.end(Promise.REASON)
    else:
        _in(case, *WITH_REP)
        hand_back(draft)
        if handoff.state is not State.FOLLOWING:
            _decline(draft)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def ask_other_times(case: Case, *, by: str, at: datetime) -> Decision:
    """The rep asks for times at which both are free."""
    _only(case.handoff.rep, by)
    _in(case, State.OFFERED)
    if not case.handoff.may_propose:
        raise MovedOnError("Another time was proposed once, and this one was kept.")
    draft = Draft(case, at=at, by=by, rule="another_time")
    draft.set(others=None, others_refused=())
    draft.say("asked_for_another_time")
    draft.do(Job.FIND_OTHER_TIMES)
    return draft.decision()


def other_times_found(
    case: Case, *, at: datetime, times: tuple[datetime, ...], refused: tuple[Refusal, ...] = ()
) -> Decision | None:
    """Times at which rep and qualifier are both free. None when the rep has answered meanwhile."""
    if case.handoff.state is not State.OFFERED or case.handoff.rep is None:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="another_time")
    draft.set(others=times, others_refused=refused)
    draft.show(case.handoff.rep)
    return draft.decision(quiet=True)


def propose(case: Case, *, by: str, at: datetime, start: datetime) -> Decision:
    """The rep proposes another time, and thereby accepts it if the qualifier moves the meeting.

    The rep has answered; the qualifier's clock starts.
    """
    handoff = case.handoff
    _only(handoff.rep, by)
    _in(case, State.OFFERED)
    if start not in (handoff.others or ()) or not handoff.may_propose or start <= at:
        raise NotOfferedError
    assert handoff.meeting
    length = handoff.meeting.span.end - handoff.meeting.span.start
    draft = Draft(case, at=at, by=by, rule="another_time")
    draft.end(Promise.ANSWER)
    draft.release_managers()
    draft.set(
        state=State.PROPOSED,
        proposal=Span(start, start + length),
        others=None,
        others_refused=(),
        may_propose=False,
    )
    draft.promise(Promise.SETTLE, handoff.qualifier)
    draft.say("proposed", start=start.isoformat())
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def move_meeting(case: Case, *, by: str, at: datetime) -> Decision:
    """The qualifier moves the meeting to the time that the rep proposed and so accepted."""
    handoff = case.handoff
    _only(handoff.qualifier, by)
    _in(case, State.PROPOSED)
    assert handoff.meeting
    assert handoff.rep
    assert handoff.proposal
    if handoff.proposal.start <= at:
        raise NotOfferedError("That time has passed. Please choose another.")
    draft = Draft(case, at=at, by=by, rule="another_time")
    draft.end(Promise.SETTLE)
    draft.release_managers()
    draft.set(
        state=State.ACCEPTING,
        meeting=replace(
            handoff.meeting,
            span=handoff.proposal,
            obstacles=(),
            moving=True,
            prospect=None,
            prospect_at=None,
        ),
        proposal=None,
    )
    draft.promise(Promise.ANSWER, handoff.rep)
    draft.heard(Promise.ANSWER)
    draft.say("moved", start=handoff.proposal.start.isoformat())
    draft.do(Job.MOVE_MEETING)
    draft.show(handoff.rep)
    return draft.decision()


def meeting_moved(case: Case, *, at: datetime, span: Span) -> Decision | None:
    """Outlook has the new time; the rep, who proposed it, accepts it by that."""
    meeting = case.handoff.meeting
    if meeting is None or not meeting.moving or meeting.span != span:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="another_time")
    draft.set(meeting=replace(meeting, moving=False))
    draft.do(Job.ACCEPT_MEETING)
    return draft.decision(quiet=True)


def keep_time(case: Case, *, by: str, at: datetime) -> Decision:
    """The qualifier keeps the time: the rep owes an answer to it again."""
    handoff = case.handoff
    _only(handoff.qualifier, by)
    _in(case, State.PROPOSED)
    assert handoff.rep
    draft = Draft(case, at=at, by=by, rule="another_time")
    draft.end(Promise.SETTLE)
    draft.release_managers()
    draft.set(state=State.OFFERED, proposal=None)
    draft.promise(Promise.ANSWER, handoff.rep)
    draft.say("kept_time")
    draft.show(handoff.rep, alert=True)
    return draft.decision()


# --- Outlook says -----------------------------------------------------------------------------


def outlook_says(
    case: Case, *, at: datetime, response: str, responded_at: datetime | None, span: Span
) -> Decision | None:
    """What the rep's own copy of the event says: the truth about acceptance.

    *response* is Graph's responseStatus, *responded_at* Outlook's own time for it, which is
    when the clock stops, however late Baton sees it. A different *span* means that the
    organizer moved the meeting in Outlook. None when nothing new is said.
    """
    meeting = case.handoff.meeting
    if meeting is None or meeting.moving or case.handoff.state not in IN_OUTLOOK:
        return None
    if span != meeting.span:
        return _moved_in_outlook(case, at, response, responded_at, span)
    if (response, responded_at) == (meeting.response, meeting.response_at):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="answer")
    draft.set(meeting=replace(meeting, response=response, response_at=responded_at))
    when = responded_at or at
    if response == "accepted":
        return _accepted(draft, when)
    if response == "declined":
        return _declined(draft, when)
    if response == "tentativelyAccepted" and case.handoff.state in ANSWERABLE:
        assert case.handoff.rep
        draft.say("tentative", at=when, by=case.handoff.rep)
        draft.show(case.handoff.rep)
        draft.show(case.handoff.qualifier)
        return draft.decision()
    return draft.decision(quiet=True)


def cancelled_in_outlook(case: Case, *, at: datetime) -> Decision | None:
    """The organizer cancelled the meeting in Outlook: the lead needs a new time."""
    handoff = case.handoff
    if handoff.state not in IN_OUTLOOK:
        return None
    draft = Draft(case, at=at, by=handoff.qualifier, rule="cancelled")
    for promise in (Promise.ANSWER, Promise.SETTLE, Promise.REPLY, Promise.MEET):
        draft.end(promise, Ending.RELEASED)
    drop_blocks(draft, Promise.PREPARE)
    draft.release_managers()
    draft.set(
        state=State.QUALIFIED,
        meeting=None,
        proposal=None,
        search=None,
        owner=handoff.qualifier,
    )
    draft.promise(Promise.BOOK, handoff.qualifier)
    draft.say("cancelled")
    if handoff.rep:
        draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def invite_gone(case: Case, *, at: datetime, clicked: bool) -> Decision | None:
    """The rep's copy is no longer in the calendar, and no answer was given with it.

    Deleting an invitation is not an answer: the clock runs on. Only when the rep has since
    clicked Accept, and there is nothing left to accept, does the qualifier get it back.
    """
    handoff = case.handoff
    draft = Draft(case, at=at, by=OUTLOOK, rule="invite_gone")
    if handoff.state is State.ACCEPTING and clicked:
        draft.end(Promise.ANSWER)
        hand_back(draft, reason=INVITE_GONE)
        draft.say("invite_gone")
        draft.show(handoff.qualifier, alert=True)
        assert handoff.rep
        draft.show(handoff.rep)
        return draft.decision()
    if handoff.state not in IN_OUTLOOK or handoff.rep is None or handoff.trouble == INVITE_GONE:
        return None
    draft.set(trouble=INVITE_GONE)
    draft.say("invite_gone")
    draft.show(handoff.rep)
    draft.show(handoff.qualifier, alert=handoff.state is State.ACCEPTED)
    return draft.decision()


# --- A manager decides ------------------------------------------------------------------------


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
    if handoff.rep and handoff.leave and not handoff.leave_kept:
        draft.show(handoff.rep)
    return draft.decision(quiet=True)


# --- After the meeting ------------------------------------------------------------------------


def follow_up(
    case: Case, *, by: str, at: datetime, kind: str, not_before: datetime, minutes: int
) -> Decision:
    """The rep books a next step: an event in the first free time from *not_before* on."""
    _only(case.handoff.rep, by)
    _in(case, State.ACCEPTING, State.ACCEPTED, State.FOLLOWING)
    draft = Draft(case, at=at, by=by, rule="follow_up")
    draft.end(Promise.NEXT_STEP)
    draft.release_managers()
    promise = draft.promise(
        Promise.FOLLOW_UP,
        by,
        until=at + clocks.LOOK_AGAIN,
        kind=kind,
        not_before=not_before,
        minutes=minutes,
    )
    draft.say("follow_up", kind=kind)
    draft.do(Job.BOOK_FOLLOW_UP, n=promise.n)
    return draft.decision()


def follow_up_booked(
    case: Case, *, at: datetime, n: int, span: Span, event: str | None
) -> Decision | None:
    """The time of a follow-up is held (*event* None), then in the rep's calendar."""
    promise = next((p for p in case.handoff.commitments if p.n == n and p.open), None)
    if promise is None or (promise.event and promise.event == event):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="follow_up")
    clock = case.policy.clocks[Promise.FOLLOW_UP]
    due_at = case.person(promise.who).hours.after(span.end, clock.hours)
    ahead: tuple[Alarm, ...] = (Alarm(span.end, Step.ASK), Alarm(due_at, Step.BREACH))
    if event is None:
        ahead = (Alarm(at + clocks.LOOK_AGAIN, Step.CHECK), *ahead)
    draft.update(
        replace(promise, span=span, event=event, hours=clock.hours, due_at=due_at, alarms=ahead)
    )
    if event is None:
        return draft.decision(quiet=True)
    draft.say("follow_up_booked", kind=promise.kind or "", start=span.start.isoformat())
    draft.show(promise.who)
    return draft.decision()


def follow_up_done(case: Case, *, by: str, at: datetime, n: int) -> Decision:
    """The rep has made the call or written the mail; what comes next is owed."""
    promise = next(
        (p for p in case.handoff.commitments if p.n == n and p.what is Promise.FOLLOW_UP), None
    )
    _only(case.handoff.rep, by)
    if promise is None or not promise.open:
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="follow_up")
    draft.finish(promise)
    draft.release_managers()
    draft.say("follow_up_done", kind=promise.kind or "")
    owe_next_step(draft)
    return draft.decision()


def no_further_step(case: Case, *, by: str, at: datetime) -> Decision:
    """The rep says that nothing more is to be done: the handoff has run its course."""
    _only(case.handoff.rep, by)
    _in(case, State.FOLLOWING)
    if case.handoff.held is None:
        raise IncompleteError(("How it went",))
    draft = Draft(case, at=at, by=by, rule="next_step")
    draft.end(Promise.NEXT_STEP)
    draft.say("done")
    _end_all(draft, Outcome.DONE)
    draft.show(case.handoff.qualifier, alert=True)
    return draft.decision()


# --- How the rules are made -------------------------------------------------------------------


def _only(who: str | None, by: str) -> None:
    if who != by:
        raise NotYoursError


def _in(case: Case, *states: State) -> None:
    if case.handoff.state not in states:
        raise MovedOnError


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


def _accepted(draft: Draft, when: datetime) -> Decision:
    handoff = draft.handoff
    assert handoff.rep
    assert handoff.meeting
    promise = handoff.owed(Promise.ANSWER)
    said = min(when, promise.said_at) if promise and promise.said_at else when
    draft.end(Promise.ANSWER, at=said)
    draft.end(Promise.SETTLE, Ending.RELEASED)
    draft.release_managers(show=True)
    draft.set(state=State.ACCEPTED, proposal=None, others=None, trouble=None)
    draft.promise(Promise.MEET, handoff.rep, until=handoff.meeting.span.end)
    prep.plan(draft)
    draft.say("accepted", at=when, by=handoff.rep)
    draft.show(handoff.rep)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def _declined(draft: Draft, when: datetime) -> Decision:
    handoff = draft.handoff
    assert handoff.rep
    draft.end(Promise.ANSWER, at=when)
    draft.say("declined", at=when, by=handoff.rep)
    hand_back(draft)
    draft.promise(Promise.REASON, handoff.rep)
    draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def _moved_in_outlook(
    case: Case, at: datetime, response: str, responded_at: datetime | None, span: Span
) -> Decision:
    """The organizer moved the meeting: Outlook asks the rep anew, and so does the clock."""
    handoff = case.handoff
    assert handoff.meeting
    assert handoff.rep
    draft = Draft(case, at=at, by=handoff.qualifier, rule="moved")
    for promise in (Promise.ANSWER, Promise.SETTLE, Promise.MEET):
        draft.end(promise, Ending.RELEASED)
    draft.release_managers(show=True)
    draft.set(
        meeting=replace(
            handoff.meeting,
            span=span,
            obstacles=(),
            response=response,
            response_at=responded_at,
            prospect=None,
            prospect_at=None,
        ),
        proposal=None,
        others=None,
    )
    draft.say("moved", start=span.start.isoformat())
    prep.move(draft)
    if response == "accepted":
        draft.set(state=State.ACCEPTED)
        draft.promise(Promise.MEET, handoff.rep, until=span.end)
        prep.plan(draft)
        draft.show(handoff.rep)
    else:
        draft.set(state=State.OFFERED)
        draft.promise(Promise.ANSWER, handoff.rep)
        draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier)
    return draft.decision()


def _take_back(draft: Draft) -> None:
    """From sent back to a fresh start: the old meeting is cancelled, a new time is needed."""
    draft.end(Promise.REWORK)
    draft.release_managers()
    draft.end(Promise.REASON, Ending.RELEASED)
    _cancel(draft)
    draft.set(state=State.QUALIFIED, meeting=None, trouble=None)
    draft.promise(Promise.BOOK, draft.handoff.qualifier)


def _cancel(draft: Draft) -> None:
    """A meeting that is still ahead is cancelled; the prospect hears of it once."""
    meeting = draft.handoff.meeting
    if meeting and meeting.organizer_event and meeting.span.start > draft.at:
        draft.do(Job.CANCEL_MEETING, draft.handoff.qualifier, event=meeting.organizer_event)


def _decline(draft: Draft) -> None:
    meeting = draft.handoff.meeting
    if meeting and meeting.rep_event and meeting.span.end > draft.at:
        draft.do(Job.DECLINE_MEETING, draft.handoff.rep, event=meeting.rep_event)


def offer_again(draft: Draft, rep: str) -> None:
    """The same meeting goes to *rep*, if it is still ahead; otherwise times are looked for."""
    handoff = draft.handoff
    meeting = handoff.meeting
    draft.end(Promise.REWORK)
    draft.end(Promise.REASON, Ending.RELEASED)
    draft.end(Promise.REPLY, Ending.RELEASED)
    drop_blocks(draft, Promise.PREPARE)
    draft.release_managers()
    if meeting and meeting.organizer_event and meeting.span.start > draft.at:
        draft.set(
            state=State.BOOKING,
            rep=rep,
            owner=handoff.qualifier,
            trouble=None,
            meeting=replace(meeting, rep_event=None, obstacles=(), response=None, moving=False),
        )
        _invite(draft, Job.CHANGE_REP)
        return
    first = draft.case.policy.meetings[0]
    search = handoff.search or Search(
        pool=None, rep=rep, type=first.code, minutes=first.minutes, wanted=_today(draft)
    )
    draft.set(
        state=State.QUALIFIED,
        owner=handoff.qualifier,
        meeting=None,
        trouble=None,
        search=Search(
            pool=None,
            rep=rep,
            type=search.type,
            minutes=search.minutes,
            wanted=_today(draft),
        ),
    )
    draft.promise(Promise.BOOK, handoff.qualifier)
    draft.do(Job.FIND_TIMES)


def _bare(search: Search) -> Search:
    """The question without any answer."""
    return replace(
        search, found=None, refused=(), nobody=(), next=(), instead="", why="", until=None
    )


def _today(draft: Draft) -> date:
    hours = draft.case.person(draft.handoff.qualifier).hours
    return hours.next_at_work(draft.at).date()


def _invite(draft: Draft, job: Job) -> None:
    draft.promise(Promise.INVITE, draft.handoff.qualifier, until=draft.at + clocks.LOOK_AGAIN)
    draft.do(job)


def _end_all(draft: Draft, outcome: Outcome) -> None:
    """Nothing is owed any more, by anyone."""
    _cancel(draft)
    drop_blocks(draft)
    for promise in draft.handoff.commitments:
        if promise.open:
            own = promise.what in (Promise.BOOK, Promise.REWORK)
            draft.finish(promise, None if own else Ending.RELEASED)
            draft.show(promise.who)
    draft.set(state=State.ENDED, outcome=outcome, trouble=None)
    for who in (draft.handoff.rep, draft.handoff.qualifier):
        if who:
            draft.show(who)


def _tell_who_waits(draft: Draft, late: Commitment) -> None:
    """The one to whom the promise was made: the qualifier, or the rep if the qualifier made it."""
    other = draft.handoff.rep if late.who == draft.handoff.qualifier else draft.handoff.qualifier
    if other:
        draft.show(other)
