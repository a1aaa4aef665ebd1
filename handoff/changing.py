"""Until a booked meeting begins, its qualifier and its prospect move it or call it off; a prospect
who did not come books another. Rules.

Each is one update in Outlook and one line on the timeline. What is wrong in the brief is mended by
`correcting.fix_brief`, and another rep has it by `giving.hand_on`.
"""

from dataclasses import replace
from datetime import datetime

from handoff import absence, clocks, letters, prep
from handoff.absence import MEETING_AHEAD
from handoff.booking import book
from handoff.clocks import hears_of
from handoff.draft import (
    AGREED,
    AWAY,
    BY_RULE,
    GIVEN_BACK,
    INVITE_GONE,
    MOVED,
    MOVED_BY_PROSPECT,
    MOVED_ONTO,
    NO_ANSWER,
    NOT_INVITED,
    NOT_MOVED,
    OWN_WORD,
    TAKEN_OFF,
    TURNED_DOWN,
    UNABLE,
    UNANSWERED,
    UNSETTLED,
    Draft,
    copy_comes_anew,
    drop_blocks,
)
from handoff.effects import FindOtherTimes, MoveMeeting
from handoff.ending import cancel
from handoff.errors import LOOKED_SINCE, TOO_NEAR, MovedOnError, NotOfferedError
from handoff.handing_over import take_back
from handoff.hours import Span
from handoff.model import (
    PROSPECT,
    Alarm,
    Case,
    Choice,
    Commitment,
    Decision,
    Ending,
    Handoff,
    Search,
    State,
    Step,
)
from handoff.moves import meets_at, only, require_state
from handoff.offering import goes_to, offer_again, still_theirs
from handoff.policy import Promise
from handoff.turned_down import turned_down

MOVABLE = (State.OFFERED, State.PROPOSED, State.ACCEPTED)
ITS_REPS = frozenset(
    {
        *(NO_ANSWER, UNSETTLED, MOVED_ONTO, NOT_MOVED, INVITE_GONE, BY_RULE, TURNED_DOWN, AWAY),
        *(UNANSWERED, NOT_INVITED, TAKEN_OFF, GIVEN_BACK, *UNABLE),
    }
)
"""Why a lead is back with which its rep finds nothing wrong: another time may suit them."""
BEGUN = "The meeting has begun."
CHANGED = "The meeting was changed since you opened this page. Here is how it stands now."


def may_move(case: Case, at: datetime) -> bool:
    """Whether its qualifier may move the meeting with the rep that it has: until it begins, also
    where that one has given it back for no fault of the lead and everyone is still invited.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    if meeting is None or meeting.span.start <= at:
        return False
    if handoff.state is not State.SENT_BACK:
        return handoff.state in MOVABLE
    rep = case.people.get(handoff.rep or "")
    its_reps = handoff.reason in ITS_REPS or handoff.owed(Promise.REASON) is not None
    return its_reps and meeting.organizer_event is not None and rep is not None and rep.present


def look_for_other_times(case: Case, *, by: str, at: datetime) -> Decision:
    """The qualifier asks for times at which they and the rep are free, to move the meeting to.
    Nothing is called off by that, nor said to anybody.

    Raises NotYoursError, MovedOnError.
    """
    _moves(case, by, at)
    draft = Draft(case, at=at, by=by, rule="moved")
    draft.look_for_others(by)
    draft.follow(FindOtherTimes(draft.id))
    return draft.decision(quiet=True)


def move_to(case: Case, *, by: str, at: datetime, start: datetime) -> Decision | None:
    """The meeting is at one of the times that were found; the rep, who has said nothing to it, owes
    an answer anew, and what they had proposed is settled by that. A miss stays one. One that was
    back is theirs again, with one update for everyone invited. None where it is at that time
    already.

    Raises NotYoursError, MovedOnError, NotOfferedError.
    """
    only(case.handoff, "qualifier", by)
    if meets_at(case.handoff, start):
        return None
    _moves(case, by, at)
    draft = Draft(case, at=at, by=by, rule="moved")
    if case.handoff.state is State.SENT_BACK:
        _move_back(draft, by, start)
    else:
        _move(draft, by, start)
    draft.say("moved", start=start.isoformat())
    draft.show(by)
    return draft.decision()


def _move(draft: Draft, by: str, start: datetime) -> None:
    handoff, span = draft.handoff, _chosen(draft, by, start)
    assert handoff.meeting
    assert handoff.rep
    draft.end(Promise.SETTLE, None if by == handoff.qualifier else Ending.RELEASED)
    for promise in (Promise.ANSWER, Promise.MEET):
        draft.end(promise, Ending.RELEASED)
    draft.release_managers(show=True)
    draft.set(
        state=State.OFFERED,
        meeting=handoff.meeting.moved_to(span),
        proposal=None,
        others=None,
        others_refused=(),
    )
    copy_comes_anew(draft)
    kind = MOVED_BY_PROSPECT if by == PROSPECT else MOVED
    _until_outlook_knows(draft, draft.promise(Promise.ANSWER, handoff.rep, kind=kind))
    absence.moved(draft)
    prep.move(draft)
    draft.follow(MoveMeeting(draft.id))
    draft.show(handoff.rep, alert=True)


def _move_back(draft: Draft, by: str, start: datetime) -> None:
    """It is at another time and its rep's again: Outlook is told of both in one update."""
    span, handoff = _chosen(draft, by, start), draft.handoff
    assert handoff.meeting
    assert handoff.rep
    draft.set(meeting=handoff.meeting.moved_to(span), others=None, others_refused=())
    copy_comes_anew(draft)
    offer_again(draft, handoff.rep)
    if asked := draft.handoff.owed(Promise.INVITE):
        draft.update(replace(asked, kind=MOVED))


def _until_outlook_knows(draft: Draft, asked: Commitment) -> None:
    """Whether Outlook has the time that the rep is *asked* about is looked at in half an hour, and
    sooner where the time that the prospect has is nearer.
    """
    meeting = draft.handoff.meeting
    assert meeting
    assert meeting.was
    near = max(meeting.was.start - draft.case.policy.least, draft.at + clocks.LOOK_BEFORE)
    look = Alarm(min(near, draft.at + clocks.LOOK_AGAIN), Step.CHECK)
    alarms = sorted((look, *asked.alarms), key=lambda alarm: alarm.at)
    draft.update(replace(asked, alarms=tuple(alarms)))


def _chosen(draft: Draft, by: str, start: datetime) -> Span:
    """One of the times that were found for *by*. Raises NotOfferedError, and MovedOnError where
    they have chosen already, or left it.
    """
    handoff = draft.handoff
    if not handoff.asks(by):
        raise MovedOnError(CHANGED if by == PROSPECT else None)
    if handoff.asks(by) and handoff.others is None:
        raise NotOfferedError(LOOKED_SINCE, at=("start",))
    if start not in (handoff.others_of(by) or ()) or start <= draft.at:
        raise NotOfferedError(
            "That time is not free any more. Please choose another.", at=("start",)
        )
    colleague = handoff.others_with if by == PROSPECT else None
    if not hears_of(draft.case, colleague or handoff.rep, draft.at, start):
        raise NotOfferedError(TOO_NEAR, at=("start",))
    assert handoff.meeting
    return Span(start, start + (handoff.meeting.span.end - handoff.meeting.span.start))


def leave_time(case: Case, *, by: str, at: datetime) -> Decision:
    """Who asked for other times, its rep or its qualifier, leaves the meeting where it is. Raises
    NotYoursError, MovedOnError.
    """
    search, handoff = case.handoff.search, case.handoff
    if search and search.moves and handoff.state is State.SENT_BACK and not handoff.asks(by):
        only(handoff, "qualifier", by)
        draft = Draft(case, at=at, by=by, rule="moved")
        draft.moves_no_more()
        return draft.decision(quiet=True)
    if by != case.handoff.rep:
        _moves(case, by, at)
    if not case.handoff.asks(by):
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="moved")
    draft.leave_others(by)
    return draft.decision(quiet=True)


def call_off(case: Case, *, by: str, at: datetime, words: str) -> Decision:
    """The meeting will not be; the prospect reads *words* in Outlook's cancellation, and the
    qualifier owes what becomes of the lead. A later meeting leaves it with its rep.

    Raises NotYoursError, MovedOnError.
    """
    _theirs(case, by, at, *MEETING_AHEAD, State.SENT_BACK)
    draft = Draft(case, at=at, by=by, rule="cancelled")
    if case.handoff.state is State.SENT_BACK:
        draft.say("called_off")
        take_back(draft, words)
        draft.show(by)
        return draft.decision()
    cancel(draft, words)
    draft.say("called_off")
    called_off(draft, own=True, clicked=True)
    return draft.decision()


def called_off(draft: Draft, *, own: bool, clicked: bool = False) -> None:
    """Nobody waits for the meeting any more: the lead is its qualifier's, who owes a new time;
    after a later meeting that is the rep's to find. *own*, where its qualifier called it off; who
    *clicked* that has the answer on the card that they clicked, and no other.
    """
    handoff = draft.handoff
    for promise in (Promise.ANSWER, Promise.SETTLE, Promise.REPLY, Promise.MEET):
        draft.end(promise, Ending.RELEASED)
    drop_blocks(draft, Promise.PREPARE)
    draft.release_managers()
    draft.set(proposal=None, others=None)
    if handoff.again:
        still_theirs(draft)
        return
    draft.set(state=State.QUALIFIED, meeting=None, search=None, owner=handoff.qualifier)
    draft.promise(Promise.BOOK, handoff.qualifier, kind=OWN_WORD if own else None)
    if handoff.rep:
        draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier, alert=not clicked)


def _moves(case: Case, by: str, at: datetime) -> None:
    """It is the qualifier's to move. Raises NotYoursError, MovedOnError."""
    back = case.handoff.state is State.SENT_BACK and may_move(case, at)
    _theirs(case, by, at, *MOVABLE, *([State.SENT_BACK] if back else []))


def _theirs(case: Case, by: str, at: datetime, *states: State) -> None:
    """It is the qualifier's, and the meeting is ahead. Raises NotYoursError, MovedOnError."""
    only(case.handoff, "qualifier", by)
    require_state(case, *states)
    meeting = case.handoff.meeting
    if meeting is None or meeting.span.start <= at:
        raise MovedOnError(BEGUN)


def prospect_looks(case: Case, *, at: datetime) -> Decision:
    """The prospect asks for other times of the same rep; where that one has none, and the policy
    says so, of whoever is next. Raises MovedOnError.
    """
    if not prospect_may_book(case):
        _prospects(case, at)
    draft = Draft(case, at=at, by=PROSPECT, rule="prospect")
    draft.look_for_others(PROSPECT)
    draft.follow(FindOtherTimes(draft.id))
    return draft.decision(quiet=True)


def prospect_moves(case: Case, *, at: datetime, start: datetime) -> Decision | None:
    """The prospect has moved the meeting to one of the times that were found for them. It stays the
    same rep's, whose turn it was, and who is asked anew; a time of a colleague's makes it theirs,
    and both are told in the one update. None where it is at that time already.

    Raises MovedOnError, NotOfferedError.
    """
    if meets_at(case.handoff, start):
        return None
    _prospects(case, at)
    handoff = case.handoff
    draft = Draft(case, at=at, by=PROSPECT, rule="prospect")
    if colleague := handoff.others_with:
        span = _chosen(draft, PROSPECT, start)
        assert handoff.meeting
        draft.set(meeting=handoff.meeting.moved_to(span), others_refused=())
        copy_comes_anew(draft)
        draft.say("prospect_moved", start=start.isoformat(), to=colleague)
        if asked := handoff.last(Promise.ANSWER):
            draft.update(replace(asked, kind=PROSPECT))
        goes_to(draft, colleague)
        if to_them := draft.handoff.meeting:  # the page has named whom they meet there
            draft.set(meeting=replace(to_them, named=None))
        if handoff.rep:
            draft.show(handoff.rep, alert=True)
    else:
        _move(draft, PROSPECT, start)
        draft.say("prospect_moved", start=start.isoformat())
    draft.show(case.handoff.qualifier, alert=True)
    return draft.decision()


def had_no_time(handoff: Handoff) -> str | None:
    """The rep with whom the prospect found no other time, while the meeting is a colleague's for
    that.
    """
    asked = [c for c in handoff.commitments if c.what is Promise.ANSWER]
    left = next((c for c in reversed(asked) if c.who != handoff.rep), None)
    return left.who if left and left.kind == PROSPECT else None


def moved_to_theirs(handoff: Handoff) -> str | None:
    """As `had_no_time`, while the meeting is at the time that the prospect chose."""
    before = had_no_time(handoff)
    asked = [c for c in handoff.commitments if c.what is Promise.ANSWER]
    left = max((c.n for c in asked if c.who != handoff.rep), default=0)
    moved = any(c.n > left and c.kind in (MOVED, MOVED_BY_PROSPECT, AGREED) for c in asked)
    return None if moved else before


def prospect_books(case: Case, *, at: datetime, start: datetime) -> Decision:
    """A prospect who did not come has chosen one of the times that they were offered: they are
    booked for it, and it has its rep's yes. Raises MovedOnError, NotOfferedError.
    """
    handoff = case.handoff
    if not prospect_may_book(case):
        raise MovedOnError(CHANGED)
    assert handoff.rep
    assert handoff.meeting
    draft = Draft(case, at=at, by=PROSPECT, rule="prospect")
    span, known = _chosen(draft, PROSPECT, start), handoff.search
    search = Search(
        pool=None,
        rep=handoff.rep,
        type=known.type if known else case.policy.meetings[0].code,
        minutes=int((span.end - span.start).total_seconds() // 60),
        wanted=start.date(),
        found=(Choice(start, handoff.rep),),
        rule=PROSPECT,
        again=True,
    )
    draft.set(search=search, others=None, others_refused=())
    book(draft, handoff.rep, span)
    draft.say("prospect_booked", start=start.isoformat(), to=handoff.rep)
    for who in (handoff.rep, handoff.qualifier):
        draft.show(who, alert=True)
    return draft.decision()


def prospect_calls_off(case: Case, *, at: datetime, note: str) -> Decision:
    """The prospect has called the meeting off, with a *note* for its qualifier, who finds out what
    becomes of it; also while that one settles who meets them. Raises MovedOnError.
    """
    if not prospect_may_call_off(case, at):
        raise MovedOnError(CHANGED)
    draft = Draft(case, at=at, by=PROSPECT, rule="prospect")
    draft.say("prospect_called_off")
    turned_down(draft)
    draft.set(note=note)
    return draft.decision()


def prospect_may(case: Case, at: datetime) -> bool:
    """Whether a prospect may change the meeting just now."""
    meeting = case.handoff.meeting
    there = meeting is not None and meeting.span.start > at and not meeting.moving
    return case.policy.prospect_moves and case.handoff.state in MOVABLE and there


def prospect_may_call_off(case: Case, at: datetime) -> bool:
    """Whether a prospect may call the meeting off just now: they are invited, whoever has it."""
    meeting = case.handoff.meeting
    if case.handoff.state is not State.SENT_BACK or meeting is None or not meeting.organizer_event:
        return prospect_may(case, at)
    return case.policy.prospect_moves and meeting.span.start > at and not meeting.moving


def prospect_may_book(case: Case) -> bool:
    """Whether a prospect who did not come was offered other times, and may choose one."""
    offered = letters.rebooking(case.handoff)
    sent = offered is not None and offered.sent_at is not None
    return case.policy.prospect_moves and sent and letters.missed(case.handoff)


def _prospects(case: Case, at: datetime) -> None:
    if not prospect_may(case, at):
        raise MovedOnError(CHANGED)


def is_moving(case: Case, by: str, at: datetime) -> bool:
    """Whether *by* is about to move the meeting: times are looked for, or to be chosen from."""
    handoff = case.handoff
    return handoff.asks(by) and by == handoff.qualifier and may_move(case, at)
