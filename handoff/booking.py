"""A time is picked, held and in the calendars; or Outlook will not have it."""

from dataclasses import replace
from datetime import datetime, timedelta

from handoff import absence, introducing
from handoff.calendar import Obstacle
from handoff.clocks import hears_of
from handoff.draft import NOT_INVITED, NOT_MOVED, OUTLOOK, Draft, copy_comes_anew
from handoff.effects import AcceptMeeting, AwaitInvitation, FindStandIns, Invite
from handoff.errors import TOO_NEAR, NotOfferedError
from handoff.hours import Span
from handoff.model import Case, Choice, Decision, Ending, Meeting, Search, State
from handoff.moves import meets_at, only, require_state
from handoff.offering import invite, offer_again, still_theirs
from handoff.passing import leader_invited
from handoff.policy import Promise
from handoff.prospect import chose_it, not_theirs


def offered(case: Case, *, by: str, at: datetime, start: datetime, shown: str) -> Search:
    """The search whose time that is, with the rep *shown*. Raises NotOfferedError, NotYoursError,
    MovedOnError.
    """
    handoff = case.handoff
    again = handoff.state is State.FOLLOWING
    only(handoff, "rep" if again else "qualifier", by)
    search = handoff.search
    back = [State.SENT_BACK] if search and search.moves else []
    require_state(case, State.QUALIFIED, State.FOLLOWING, *back)
    if again and not handoff.again:
        raise NotOfferedError
    if search is None or Choice(start, shown) not in (search.found or ()):
        raise NotOfferedError
    if start <= at:
        raise NotOfferedError("That time has passed. Please choose another.", at=("choice",))
    if not again and not hears_of(case, shown, at, start):
        raise NotOfferedError(TOO_NEAR, at=("choice",))
    return search


def is_booked(case: Case, *, by: str, start: datetime, shown: str) -> bool:
    """Whether whoever chooses has that time already, of the same choices."""
    handoff, search = case.handoff, case.handoff.search
    if search is None or Choice(start, shown) not in (search.found or ()):
        return False
    return meets_at(handoff, start) and by == (handoff.rep if search.again else handoff.qualifier)


def choose(
    case: Case,
    *,
    by: str,
    at: datetime,
    start: datetime,
    rep: str,
    words: str = "",
    shown: str | None = None,
    record: int | None = None,
) -> Decision:
    """The qualifier picks a time: it is held for the rep, and Outlook is told. So does a rep who
    books a later meeting, which is their yes to it. A meeting of a lead that is back moves there,
    and everyone invited has one update.

    *words* are the qualifier's own for the introduction; without any, the policy's are used.
    Where the router decides between several, it was shown with the rep *shown*, and *record* is the
    number of the record that says why it is *rep*.
    """
    search = offered(case, by=by, at=at, start=start, shown=shown or rep)
    handoff = case.handoff
    again = handoff.state is State.FOLLOWING
    draft = Draft(case, at=at, by=by, rule="next_meeting" if again else "booking")
    span = Span(start, start + timedelta(minutes=search.minutes))
    if handoff.state is State.SENT_BACK:
        _move(draft, rep, span)
        draft.moves_no_more()
    else:
        book(draft, rep, span)
    if not again:
        draft.set(words=words, attendance=None, meeting_outcome=None)
    if record is None:
        draft.say("booked", to=rep)
    else:
        draft.say("booked", to=rep, turn=str(record))
    return draft.decision()


def book(draft: Draft, rep: str, span: Span) -> None:
    """The time is held for *rep*, and Outlook is told."""
    for promise in (Promise.BOOK, Promise.NEXT_STEP, Promise.PROGRESS):
        draft.end(promise)
    draft.set(state=State.BOOKING, rep=rep, meeting=Meeting(span=span), trouble=None)
    draft.set(undone=(), deeds=())
    invite(draft, Invite(draft.id))


def _move(draft: Draft, rep: str, span: Span) -> None:
    """A lead that is back has another time, and may have another rep: its meeting moves, and its
    text names them; where it has begun by now, it is booked as a new one.
    """
    draft.end(Promise.REWORK)
    draft.end(Promise.REASON, Ending.RELEASED)
    draft.promise(Promise.BOOK, draft.handoff.qualifier)
    draft.end(Promise.BOOK)
    meeting = draft.handoff.meeting
    if meeting is None or meeting.organizer_event is None or meeting.span.start <= draft.at:
        book(draft, rep, span)
        return
    draft.set(meeting=meeting.moved_to(span), others=None, others_refused=())
    copy_comes_anew(draft)
    offer_again(draft, rep)
    if moved := draft.handoff.meeting:
        draft.set(meeting=replace(moved, named=None))


def sent(
    case: Case,
    *,
    at: datetime,
    rep: str,
    organizer_event: str,
    uid: str,
    join_url: str | None,
    leader: str | None,
) -> Decision | None:
    """The meeting stands in the organizer's calendar and *rep* is invited to it: it is ours from
    now on, whatever comes. Their own copy is on its way.

    None when the handoff moved on meanwhile.
    """
    handoff = case.handoff
    if handoff.state is not State.BOOKING or handoff.rep != rep or handoff.meeting is None:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="booking")
    draft.set(
        meeting=replace(
            handoff.meeting,
            organizer_event=organizer_event,
            uid=uid,
            join_url=join_url,
            invited_at=at,
            moving=False,
            was=None,
        )
    )
    if leader and handoff.leader != leader:
        leader_invited(draft, leader)
    draft.follow(AwaitInvitation(draft.id))
    return draft.decision(quiet=True)


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
    """The invitation is in the rep's calendar: the lead is theirs, and the clock starts. Who chose
    the time themselves, or offered it, has said yes by that, and Outlook is told, unless something
    is in their calendar then by now.

    None when the handoff moved on meanwhile.
    """
    handoff = case.handoff
    if handoff.state is not State.BOOKING or handoff.rep != rep or handoff.meeting is None:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="answer")
    asked = handoff.owed(Promise.INVITE)
    draft.end(Promise.INVITE)
    draft.set(
        state=State.OFFERED,
        owner=rep,
        trouble=None,
        proposal=None,
        others=None,
        stand_ins=None,
        leave=None,
        leave_kept=False,
        kept=None,
        reason=None,
        note="",
        meeting=replace(
            handoff.meeting,
            organizer_event=organizer_event,
            rep_event=rep_event,
            uid=uid,
            join_url=join_url,
            invited_at=None,
            obstacles=obstacles,
            response=None,
            response_at=None,
        ),
    )
    draft.promise(Promise.ANSWER, rep, kind=asked.kind if asked else None)
    said_yes = handoff.again and not any(one.blocks for one in obstacles)
    if said_yes:
        draft.set(state=State.ACCEPTING)
        draft.answered(Promise.ANSWER)
        draft.say("said_yes", to=rep)
        draft.follow(AcceptMeeting(draft.id))
    else:
        if not handoff.again:
            introducing.introduce(draft)
        draft.say("offered", to=rep)
    absence.moved(draft, chosen=said_yes and not chose_it(handoff))
    if join_url is None:
        draft.say("no_link")
    draft.show(rep, alert=not said_yes)
    draft.show(handoff.qualifier)
    return draft.decision()


def moved(case: Case, *, at: datetime, span: Span) -> Decision | None:
    """The organizer moved the meeting in Outlook while its invitation is on its way: the rep is
    asked for that time. None when it has arrived, or the time is known.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    if handoff.state is not State.BOOKING or meeting is None or span == meeting.span:
        return None
    draft = Draft(case, at=at, by=handoff.qualifier, rule="moved")
    draft.set(meeting=replace(meeting.at(span), invited_at=at))
    draft.say("moved", start=span.start.isoformat())
    not_theirs(draft)
    draft.follow(AwaitInvitation(draft.id))
    draft.show(handoff.qualifier)
    return draft.decision()


def not_invited(case: Case, *, at: datetime, why: str, event: str | None) -> Decision | None:
    """Outlook will not send the invitation: whoever booked it is told why. The lead is the
    qualifier's again, but for a later meeting of which nothing was made: then it is still the
    rep's. One that was back, and was to move, is back as it was, at its time.
    """
    handoff = case.handoff
    if handoff.state is not State.BOOKING:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="booking")
    draft.end(Promise.INVITE, Ending.RELEASED)
    draft.set(trouble=why)
    if event is None and handoff.again:
        still_theirs(draft)
    elif event is None:
        draft.set(state=State.QUALIFIED, meeting=None, search=None, owner=handoff.qualifier)
        draft.promise(Promise.BOOK, handoff.qualifier)
    else:
        assert handoff.meeting
        was = handoff.meeting.was
        stands = handoff.meeting.at(was) if was else handoff.meeting  # as Outlook has it
        meeting = replace(stands, organizer_event=event, invited_at=None)
        asked, moves = handoff.last(Promise.ANSWER), was and absence.went_back(handoff)
        draft.set(state=State.SENT_BACK, owner=handoff.qualifier, meeting=meeting)
        if moves and asked and handoff.reason:
            draft.set(rep=asked.who)
        else:
            draft.set(reason=NOT_INVITED)
        draft.promise(Promise.REWORK, handoff.qualifier, kind=NOT_MOVED if moves else None)
        draft.follow(FindStandIns(draft.id))
    draft.say("not_invited", why=why)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()
