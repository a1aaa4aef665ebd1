"""What Outlook says of the meeting, which is the truth about acceptance."""

from dataclasses import replace
from datetime import datetime, timedelta

from handoff import absence, introducing, prep
from handoff.answering import does_not_stand_in, may_not_stand_in, show_whoever_had_it
from handoff.calendar import Obstacle
from handoff.changing import called_off
from handoff.draft import (
    AGREED,
    AWAY,
    BACK_IN_CALENDAR,
    BY_RULE,
    INVITE_GONE,
    LAGS,
    MOVED,
    MOVED_ONTO,
    MOVED_PAST,
    NOT_MOVED,
    OUTLOOK,
    TAKEN,
    TAKEN_OFF,
    TURNED_DOWN,
    YES_SINCE,
    Draft,
    hand_back,
    yes_is_over,
)
from handoff.effects import AcceptMeeting, AwaitMove, MendInvitation
from handoff.errors import MovedOnError, NotYoursError
from handoff.hours import Span
from handoff.model import (
    OFF,
    SEEN_TO,
    Case,
    Decision,
    Deed,
    Did,
    Ending,
    Handoff,
    State,
    Undoing,
    Undone,
)
from handoff.moves import ANSWERABLE, IN_OUTLOOK, not_yours
from handoff.policy import Promise
from handoff.prospect import not_theirs
from handoff.timeline import Word

AT_ONCE = timedelta(seconds=5)
"""Nobody reads an invitation and answers it within so much time of its arrival: a rule does."""

ARRIVES = timedelta(minutes=1)  # as a rule, what one mailbox sends to another
NO_YES = frozenset({"declined", "tentativelyAccepted"})
AGAIN = "again"  # of an answer: there was a yes before, and it was taken back


def says(
    case: Case,
    *,
    at: datetime,
    response: str,
    responded_at: datetime | None,
    span: Span,
    arrived_at: datetime | None = None,
    late: bool = False,
    left: bool = False,
    ruled: bool = False,
) -> Decision | None:
    """What the rep's own copy of the event says: the truth about acceptance. But not where a rule
    of the mailbox has answered, or an assistant, and nobody has clicked: a yes within seconds of
    *arrived_at*, or while the rep is away, is still asked for, and such a no owes no reason.

    *response* is Graph's responseStatus, *responded_at* Outlook's own time for it, which is
    when the clock stops, however late Baton sees it. A different *span* means that the
    organizer moved the meeting in Outlook; *late*, that the rep's copy does not show it yet;
    *left*, that the copy is out of the calendar, and the organizer's event tells how; *ruled*, that
    the mailbox is known to answer this meeting by itself. None when nothing new is said, what is
    said is about a time that is no more, or a click came after it; a yes also, where the lead has
    gone back to its qualifier since.
    """
    meeting = case.handoff.meeting
    if meeting is None:
        return None
    if response == "declined" and _to_an_earlier(case, responded_at):
        return None
    if case.handoff.state not in IN_OUTLOOK:
        return _after_all(case, at, response, responded_at)
    if meeting.moving and not left and (meeting.invited_at is None or span == meeting.span):
        return None
    if span != meeting.span and span.end <= at:
        return _back(case, at=at, span=span, reason=MOVED_PAST)
    if span != meeting.span:
        ruled = ruled or _by_rule(case, None, responded_at)
        return _moved_in_outlook(case, at, response, responded_at, span, late=late, ruled=ruled)
    if _known(case, response, responded_at, left=left):
        return None
    if response == "accepted" and _before_it_went_back(case, responded_at):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="answer")
    draft.set(meeting=replace(meeting, response=response, response_at=responded_at))
    ruled = _by_rule(case, arrived_at, responded_at) or (ruled and _as_asked(case, responded_at))
    return _answered(draft, response, responded_at or at, ruled=ruled)


def _answered(draft: Draft, response: str, when: datetime, *, ruled: bool) -> Decision:
    """*response* is the newest word; *ruled*, by a rule of the mailbox, which is nobody's."""
    handoff = draft.handoff
    assert handoff.rep
    assert handoff.meeting
    asked, before = handoff.state in ANSWERABLE, draft.case.handoff.meeting
    known = before and before.response
    match response:
        case "accepted" if asked and ruled:
            draft.say("accepted_by_rule", at=when, to=handoff.rep)
            draft.show(handoff.rep)
            draft.show(handoff.qualifier)
            return draft.decision()
        case "accepted" if handoff.state is State.ACCEPTED and known is None:
            return draft.decision(quiet=True)  # a yes that stands, to a time that did not move
        case "accepted":
            return _accepted(draft, when)
        case "declined" if asked and ruled:
            return _declined_by_rule(draft, when)
        case "declined":
            return _declined(draft, when)
        case "tentativelyAccepted" if asked:
            draft.say("tentative", at=when, by=handoff.rep)
            absence.word_taken_back(draft)
            draft.show(handoff.rep)
            draft.show(handoff.qualifier)
            return draft.decision()
        case "tentativelyAccepted" if not ruled and handoff.meeting.span.start > draft.at:
            return _taken_back(draft, when)
    return draft.decision(quiet=True)


def _known(case: Case, response: str, responded_at: datetime | None, *, left: bool) -> bool:
    """Whether it is what Outlook said before; or, where the copy is still there, was said before
    the rep clicked Accept, which is their last word and about to be told.
    """
    meeting, clicked = case.handoff.meeting, case.handoff.state is State.ACCEPTING
    assert meeting
    yes = clicked and response == "accepted"
    if (response, responded_at) == (meeting.response, meeting.response_at):
        return not yes
    promise = case.handoff.owed(Promise.ANSWER)
    said = promise.said_at if clicked and promise else None
    return bool(said and responded_at and responded_at < said) and not (yes or left)


def _by_rule(case: Case, arrived_at: datetime | None, responded_at: datetime | None) -> bool:
    rep = case.people.get(case.handoff.rep or "")
    if responded_at is None:
        return False
    if arrived_at is not None and responded_at - arrived_at <= AT_ONCE:
        return True
    return rep is not None and rep.away_at(responded_at)


def _as_asked(case: Case, responded_at: datetime | None) -> bool:
    """Whether it was answered about when it was asked, as a mailbox does that answers by itself."""
    asked = case.handoff.owed(Promise.ANSWER)
    return bool(asked and responded_at and responded_at <= asked.made_at + ARRIVES)


def _to_an_earlier(case: Case, responded_at: datetime | None) -> bool:
    """Whether it was answered before this invitation was sent: who keeps what they declined in the
    calendar, and is invited again, shows the older answer until they give another.
    """
    invited = case.handoff.last(Promise.INVITE)
    return bool(responded_at and invited and responded_at < invited.made_at)


def _before_it_went_back(case: Case, responded_at: datetime | None) -> bool:
    """Whether it was answered before the lead went back to its qualifier, who has given it again
    since: of that Outlook may never have been told, and it is nobody's answer to what is asked now.
    """
    back = case.handoff.last(Promise.REWORK)
    asked = case.handoff.state in ANSWERABLE
    return bool(asked and back and responded_at and responded_at <= back.made_at)


def declined_at_once(case: Case, *, at: datetime, responded_at: datetime | None) -> Decision | None:
    """The rep's mailbox declined before anybody saw the invitation in it. None when the handoff
    moved on, or it declined another.
    """
    handoff = case.handoff
    if handoff.state is not State.BOOKING or handoff.meeting is None or handoff.rep is None:
        return None
    if _to_an_earlier(case, responded_at):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="answer")
    draft.end(Promise.INVITE)
    draft.promise(Promise.ANSWER, handoff.rep)  # it was offered to them, and is not again
    draft.set(meeting=replace(handoff.meeting, invited_at=None))
    return _declined_by_rule(draft, responded_at or at)


def shows(case: Case, *, at: datetime) -> Decision | None:
    """The rep's own copy shows the time of the meeting, or is there again: what it says of the
    answer counts again.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    gone = handoff.trouble in (LAGS, INVITE_GONE)
    if meeting is None or not ((meeting.moving and meeting.invited_at) or gone):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="moved")
    draft.set(meeting=replace(meeting, moving=False, invited_at=None))
    if gone:
        _again(draft, None)
    if handoff.state is State.ACCEPTING:
        draft.follow(AcceptMeeting(draft.id))
    return draft.decision(quiet=True)


def lags(case: Case, *, at: datetime) -> Decision | None:
    """The rep's own copy shows another time than the organizer's event, whose time rules. Said
    once.
    """
    handoff = case.handoff
    if handoff.state not in IN_OUTLOOK or handoff.meeting is None or handoff.trouble == LAGS:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="moved")
    draft.say("copy_lags")
    _again(draft, LAGS)
    return draft.decision()


def _again(draft: Draft, trouble: str | None) -> None:
    draft.set(trouble=trouble)
    if draft.handoff.rep:
        draft.show(draft.handoff.rep)
    draft.show(draft.handoff.qualifier)


def found_again(case: Case, *, at: datetime, copy: str, mine: bool) -> Decision | None:
    """The same meeting has another id: it was restored, or came back from an archive. *mine* is
    the organizer's event, else the rep's copy.
    """
    meeting = case.handoff.meeting
    if meeting is None or copy in (meeting.rep_event, meeting.organizer_event):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="invite_gone")
    if mine:
        draft.set(meeting=replace(meeting, organizer_event=copy))
    else:
        draft.set(meeting=replace(meeting, rep_event=copy))
    return draft.decision(quiet=True)


def link_found(case: Case, *, at: datetime, join_url: str) -> Decision | None:
    """The way to join is known, late: Teams had not made it, or somebody has added it."""
    meeting = case.handoff.meeting
    if meeting is None or meeting.join_url or case.handoff.state not in IN_OUTLOOK:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="booking")
    draft.set(meeting=replace(meeting, join_url=join_url))
    draft.show(case.handoff.qualifier)
    return draft.decision(quiet=True)


def cancelled(case: Case, *, at: datetime) -> Decision | None:
    """The organizer cancelled the meeting in Outlook: the lead needs a new time; after a later
    meeting that is the rep's to find.
    """
    handoff = case.handoff
    if handoff.state not in IN_OUTLOOK:
        return None
    draft = Draft(case, at=at, by=handoff.qualifier, rule="cancelled")
    draft.say("cancelled")
    called_off(draft, own=handoff.organizer == handoff.qualifier)
    return draft.decision()


def invite_gone(case: Case, *, at: datetime, clicked: bool) -> Decision | None:
    """The rep's copy is no longer in the calendar, and no answer was given with it; or the one
    that was sent in its place has not come.

    Deleting an invitation is not an answer: the clock runs on. Only when the rep has since
    clicked Accept, and there is nothing left to accept, does the qualifier get it back. A yes from
    before it was gone stands.
    """
    handoff = case.handoff
    draft = Draft(case, at=at, by=OUTLOOK, rule="invite_gone")
    answer = handoff.owed(Promise.ANSWER)
    stands = answer is not None and answer.kind == BACK_IN_CALENDAR
    if handoff.state is State.ACCEPTING and clicked and not stands:
        draft.end(Promise.ANSWER)
        hand_back(draft, reason=INVITE_GONE)
        draft.say("invite_gone")
        draft.show(handoff.qualifier, alert=True)
        assert handoff.rep
        draft.show(handoff.rep)
        return draft.decision()
    if handoff.state not in IN_OUTLOOK or handoff.rep is None:
        return None
    if handoff.trouble == INVITE_GONE:
        return _not_come(draft) if clicked else None
    draft.set(trouble=INVITE_GONE)
    draft.say("invite_gone")
    draft.show(handoff.rep)
    draft.show(handoff.qualifier, alert=handoff.state is State.ACCEPTED)
    return draft.decision()


def _not_come(draft: Draft) -> Decision | None:
    """The rep was to be invited again, and may ask for it once more."""
    handoff = draft.handoff
    if handoff.meeting is None or handoff.rep is None or not handoff.meeting.moving:
        return None
    draft.set(meeting=replace(handoff.meeting, moving=False, invited_at=None))
    if handoff.state is State.ACCEPTING:
        draft.end(Promise.ANSWER, Ending.RELEASED)
        draft.set(state=State.ACCEPTED)
    draft.show(handoff.rep)
    draft.show(handoff.qualifier)
    return draft.decision(quiet=True)


def invited_again(case: Case, *, at: datetime) -> Decision | None:
    """The invitation is on its way to the rep once more. None where it has come already."""
    meeting = case.handoff.meeting
    if meeting is None or not meeting.moving or case.handoff.trouble != INVITE_GONE:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="invite_gone")
    draft.set(meeting=replace(meeting, invited_at=at))
    draft.follow(AwaitMove(draft.id))
    return draft.decision(quiet=True)


def _accepted(draft: Draft, when: datetime) -> Decision:
    handoff = draft.handoff
    assert handoff.rep
    assert handoff.meeting
    promise = handoff.owed(Promise.ANSWER)
    said = min(when, promise.said_at) if promise and promise.said_at else when
    # What they had said already, by proposing or choosing the time too, is no second answer kept.
    known = promise is not None and (
        promise.kind in (AGAIN, BACK_IN_CALENDAR, NOT_MOVED, AGREED)
        or (promise.kind is None and handoff.again)
    )
    draft.end(Promise.ANSWER, Ending.RELEASED if known else None, at=said)
    draft.end(Promise.SETTLE, Ending.RELEASED)
    draft.release_managers(show=True)
    draft.set(state=State.ACCEPTED, proposal=None, others=None, trouble=None)
    if handoff.state in ANSWERABLE:
        absence.keeps(draft, when)
    if handoff.owed(Promise.MEET) is None:  # who says yes twice is to be there once
        draft.promise(Promise.MEET, handoff.rep, until=handoff.meeting.span.end)
    _named_now(draft)
    prep.plan(draft)
    draft.say("accepted", at=when, by=handoff.rep)
    draft.show(handoff.rep)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def around(
    case: Case, *, at: datetime, span: Span, obstacles: tuple[Obstacle, ...]
) -> Decision | None:
    """What is in the rep's calendar at the time that the meeting has been given. Who is there by
    their own proposal is asked whether it still suits, where something has come in between. None
    where it is at another time by now, or that is known.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    if meeting is None or meeting.span != span or meeting.obstacles is not None:
        return None
    if handoff.rep is None or handoff.state not in IN_OUTLOOK:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="another_time")
    draft.set(meeting=replace(meeting, obstacles=obstacles))
    answer, taken = handoff.owed(Promise.ANSWER), any(one.blocks for one in obstacles)
    if taken and handoff.state is State.ACCEPTING and answer and answer.kind == AGREED:
        draft.end(Promise.ANSWER, Ending.RELEASED)
        draft.set(state=State.OFFERED)
        draft.promise(Promise.ANSWER, handoff.rep, kind=TAKEN)
        absence.ask(draft)
        draft.say("offered", to=handoff.rep)
        draft.show(handoff.rep, alert=True)
        draft.show(handoff.qualifier)
        return draft.decision()
    draft.show(handoff.rep)
    return draft.decision(quiet=True)


def _named_now(draft: Draft) -> None:
    """Who stands in has said yes: the prospect reads it, in one update of the invitation and in the
    introduction.
    """
    introducing.introduce_on_a_yes(draft)
    show_whoever_had_it(draft)
    meeting = draft.handoff.meeting
    if meeting and meeting.named:
        draft.set(meeting=replace(meeting, named=None))
        draft.follow(MendInvitation(draft.id))


def _taken_back(draft: Draft, when: datetime) -> Decision:
    """Who said yes is not sure any more: a yes is owed again, on a clock of its own, and whoever
    counted on the first one hears of it. The time stays held, and so does what is to prepare it.
    """
    handoff = draft.handoff
    assert handoff.rep
    said = handoff.owed(Promise.ANSWER)
    draft.end(Promise.ANSWER, at=said.said_at if said else None)
    draft.end(Promise.MEET, Ending.RELEASED)
    draft.release_managers(show=True)
    draft.set(trouble=LAGS if handoff.trouble == LAGS else None)
    if handoff.proposal:  # as one does in Outlook who proposes another time
        draft.set(state=State.PROPOSED)
    else:
        draft.set(state=State.OFFERED)
        draft.promise(Promise.ANSWER, handoff.rep, kind=AGAIN)
    draft.say("tentative", at=when, by=handoff.rep)
    absence.word_taken_back(draft)
    absence.ask(draft)
    draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def _declined(draft: Draft, when: datetime) -> Decision:
    handoff = draft.handoff
    assert handoff.rep
    if may_not_stand_in(draft.case, draft.at):
        return does_not_stand_in(draft, when)
    draft.end(Promise.ANSWER, at=when)
    draft.say("declined", at=when, by=handoff.rep, rule="answer")
    hand_back(draft)
    draft.promise(Promise.REASON, handoff.rep)
    draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def _after_all(
    case: Case, at: datetime, response: str, responded_at: datetime | None
) -> Decision | None:
    """It came back to the qualifier, and the rep says something else in Outlook since. A yes is
    told to the qualifier, who may send it to the same rep again; so is that it was taken back.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    back = absence.went_back(handoff)
    if handoff.state is not State.SENT_BACK or back is None or meeting is None:
        return None
    if response == "declined" and handoff.reason == INVITE_GONE:
        return _declined_after_all(case, at, responded_at)
    said = absence.said_since(handoff)
    known = meeting.response_at if said or meeting.response == "declined" else None
    before, yes, said_yes = (
        known or back.made_at,
        response == "accepted",
        handoff.trouble == YES_SINCE,
    )
    newer = responded_at is not None and responded_at > (before if yes else back.made_at)
    no = response in NO_YES and handoff.reason == AWAY and response != said
    if (yes == said_yes and not no) or not newer or meeting.span.end <= at:
        return None
    if yes and _by_rule(case, None, responded_at):
        return None  # their mailbox says so, and not they
    draft = Draft(case, at=at, by=OUTLOOK, rule="answer")
    draft.set(
        meeting=replace(meeting, response=response, response_at=responded_at),
        trouble=YES_SINCE if yes else None,
    )
    assert handoff.rep
    unsure: Word = "tentative" if response == "tentativelyAccepted" else "declined"
    draft.say("accepted_since" if yes else unsure, at=responded_at, by=handoff.rep)
    absence.there_after_all(draft)
    draft.show(handoff.rep)
    draft.show(handoff.qualifier, alert=True)
    draft.show_who_decides()
    return draft.decision()


def _declined_after_all(case: Case, at: datetime, responded_at: datetime | None) -> Decision | None:
    """The copy was gone when Outlook was to be told of a click on Accept, and the no with which it
    went has reached its organizer since: it is a no like any other, and owes a reason.
    """
    handoff = case.handoff
    if handoff.state is not State.SENT_BACK or handoff.reason != INVITE_GONE:
        return None
    assert handoff.rep
    assert handoff.meeting
    draft = Draft(case, at=at, by=OUTLOOK, rule="answer")
    meeting = replace(handoff.meeting, response="declined", response_at=responded_at)
    draft.set(meeting=meeting, reason=None, trouble=None)
    draft.say("declined", at=responded_at or at, by=handoff.rep)
    draft.promise(Promise.REASON, handoff.rep)
    draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier)
    return draft.decision()


def _declined_by_rule(draft: Draft, when: datetime) -> Decision:
    handoff = draft.handoff
    assert handoff.rep
    draft.end(Promise.ANSWER, Ending.RELEASED)
    draft.say("declined_by_rule", at=when, to=handoff.rep, by=OUTLOOK, rule="answer")
    hand_back(draft, reason=BY_RULE)
    draft.show(handoff.rep)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def _moved_in_outlook(
    case: Case,
    at: datetime,
    response: str,
    responded_at: datetime | None,
    span: Span,
    *,
    late: bool,
    ruled: bool,
) -> Decision:
    """The organizer moved the meeting: Outlook asks the rep anew, and so does the clock, unless
    they have answered that already; what a rule answered is asked all the same.
    """
    handoff = case.handoff
    assert handoff.meeting
    assert handoff.rep
    draft = Draft(case, at=at, by=handoff.qualifier, rule="moved")
    for promise in (Promise.ANSWER, Promise.SETTLE, Promise.MEET):
        draft.end(promise, Ending.RELEASED)
    yes_is_over(draft)
    draft.release_managers(show=True)
    draft.set(
        meeting=replace(
            handoff.meeting.at(span),
            moving=late,
            invited_at=at if late else None,
            response=response,
            response_at=responded_at,
        ),
        proposal=None,
        others=None,
    )
    draft.say("moved", start=span.start.isoformat())
    if handoff.trouble == LAGS:
        draft.set(trouble=None)
    if late:
        draft.follow(AwaitMove(draft.id))
    if response == "declined":
        when = responded_at or at
        return _declined_by_rule(draft, when) if ruled else _declined(draft, when)
    prep.move(draft)
    if response == "accepted" and ruled:
        draft.say("accepted_by_rule", at=responded_at, to=handoff.rep, by=OUTLOOK, rule="answer")
    if response == "accepted" and not ruled:
        not_theirs(draft)
        draft.set(state=State.ACCEPTED)
        draft.promise(Promise.MEET, handoff.rep, until=span.end)
        _named_now(draft)
        prep.plan(draft)
        draft.show(handoff.rep)
    else:
        draft.set(state=State.OFFERED)
        draft.promise(Promise.ANSWER, handoff.rep, kind=MOVED)
        draft.show(handoff.rep, alert=True)
    absence.moved(draft, chosen=draft.handoff.state is State.ACCEPTED)
    draft.show(handoff.qualifier)
    return draft.decision()


def moved_onto(case: Case, *, at: datetime, span: Span) -> Decision | None:
    """The organizer moved the meeting in Outlook to where the rep's day holds something else: the
    qualifier has it back, at the time that Outlook shows, and finds another time or another rep.
    """
    return _back(case, at=at, span=span, reason=MOVED_ONTO)


def taken_off(case: Case, *, at: datetime) -> Decision | None:
    """The organizer's event is there, and the rep is no longer on it: nobody meets the prospect
    until the qualifier, who has it back, says who does. None once the meeting is over.
    """
    meeting = case.handoff.meeting
    if meeting is None or meeting.span.end <= at:
        return None
    return _back(case, at=at, span=meeting.span, reason=TAKEN_OFF)


def _back(case: Case, *, at: datetime, span: Span, reason: str) -> Decision | None:
    """What the organizer did in Outlook leaves nobody who meets the prospect at that time."""
    handoff = case.handoff
    if handoff.state not in IN_OUTLOOK or handoff.meeting is None or handoff.rep is None:
        return None
    draft = Draft(case, at=at, by=handoff.qualifier, rule="moved")
    for promise in (Promise.ANSWER, Promise.SETTLE, Promise.MEET):
        draft.end(promise, Ending.RELEASED)
    if span == handoff.meeting.span:
        draft.say("taken_off", to=handoff.rep, rule="rework")
    else:
        draft.set(meeting=handoff.meeting.at(span))
        draft.say("moved", start=span.start.isoformat())
        not_theirs(draft)
    hand_back(draft, reason=reason)
    draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def not_let_in(case: Case, *, at: datetime, person: str, what: Undoing) -> Decision:
    """Outlook does not let Baton into the calendar of *person*, and waiting will not change that:
    what was to change there stands as it was, and whoever can change it is told.
    """
    draft = Draft(case, at=at, by=OUTLOOK, rule="clock")
    draft.say("not_let_in", to=person)
    _undone(draft, Undone(what, person))
    return draft.decision()


def told_that_it_is_off(
    case: Case, *, at: datetime, went: datetime | None = None
) -> Decision | None:
    """Outlook has taken the cancellation, and tells everyone invited: whoever read that it waits
    reads so. It *went* out now, or at an earlier try, by that time at the latest. None where that
    is known, or a meeting stands by now and nobody was asked to tell.
    """
    handoff = case.handoff
    left = tuple(one for one in handoff.undone if one.what is not Undoing.CANCEL_WAITS)
    known = handoff.meeting is not None or handoff.deed(Did.CANCELLED) is not None
    if left == handoff.undone and (known or _says_no(handoff)):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="cancelled")
    draft.set(undone=left)
    draft.handoff = draft.handoff.with_deed(_by_itself(handoff, Did.CANCELLED, went or at))
    for who in dict.fromkeys((handoff.qualifier, handoff.rep)):
        if who:
            draft.show(who)
    return draft.decision(quiet=True)


def not_called_off_yet(
    case: Case, *, at: datetime, person: str, begins: datetime
) -> Decision | None:
    """Outlook cannot be told just now that the meeting is off, which begins within the time that it
    takes to find somebody: qualifier and rep read so while the prospect can still be told. None
    where there is time, they were asked before, or the prospect knows by now.
    """
    handoff = case.handoff
    known = any(handoff.deed(one) for one in (*SEEN_TO, Did.CANCELLED))
    asked = any(one.what in OFF for one in handoff.undone)
    if known or asked or _says_no(handoff) or not at < begins <= at + case.policy.reassign:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="cancelled")
    draft.say("not_called_off_yet")
    _undone(draft, Undone(Undoing.CANCEL_WAITS, person, begins))
    return draft.decision()


def not_called_off(case: Case, *, at: datetime, person: str) -> Decision | None:
    """The meeting had begun by the time Outlook could have been told that it is off: nobody invited
    has heard of it but by whom its qualifier has told. None where the prospect had said no.
    """
    handoff = case.handoff
    if _says_no(handoff):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="clock")
    draft.say("not_called_off")
    draft.handoff = draft.handoff.with_deed(_by_itself(handoff, Did.NOT_CANCELLED, at))
    if any(handoff.deed(one) for one in SEEN_TO):
        for who in dict.fromkeys((handoff.qualifier, handoff.rep)):
            if who:
                draft.show(who)
    else:
        _undone(draft, Undone(Undoing.CANCEL_LATE, person))
    return draft.decision()


def _says_no(handoff: Handoff) -> bool:
    """Whether it is off because the prospect will not come: they need not be told."""
    return handoff.reason == TURNED_DOWN


def _by_itself(handoff: Handoff, what: Did, at: datetime) -> Deed:
    return Deed(what=what, by=handoff.qualifier, at=at)


def _undone(draft: Draft, one: Undone) -> None:
    """Whoever is to do it has a new card; of a prospect who may wait for them, so has the rep."""
    handoff = draft.handoff
    off = OFF if one.what in OFF else frozenset()
    others = tuple(other for other in handoff.undone if other != one and other.what not in off)
    draft.set(undone=(*others, one))
    whose = to_do(handoff, one)
    for who in dict.fromkeys((handoff.qualifier, handoff.rep, whose)):
        if who:
            draft.show(who, alert=who == whose or one.what in OFF)


def to_do(handoff: Handoff, one: Undone) -> str:
    """Who is to do it: whoever's calendar it is, or whoever answers for the meeting."""
    return one.whose if one.what is Undoing.TAKE_OUT else handoff.qualifier


def left_to(handoff: Handoff, who: str) -> tuple[Undone, ...]:
    """What Outlook would not do, and is theirs to do."""
    return tuple(one for one in handoff.undone if to_do(handoff, one) == who)


def seen_to(case: Case, *, by: str, at: datetime) -> Decision:
    """Whoever had to do what Outlook would not has done it. Raises NotYoursError, MovedOnError."""
    handoff = case.handoff
    if not handoff.undone:
        raise MovedOnError
    theirs = left_to(handoff, by)
    if not theirs:
        raise NotYoursError(not_yours("whoever was asked to", handoff))
    draft = Draft(case, at=at, by=by, rule="clock")
    draft.set(undone=tuple(one for one in handoff.undone if one not in theirs))
    if off := [one.what for one in theirs if one.what in OFF]:
        draft.did(Did.CALLED_OFF if Undoing.CANCEL in off else Did.TOLD)
    draft.say("seen_to")
    for who in dict.fromkeys((handoff.qualifier, handoff.rep)):
        if who:
            draft.show(who)
    return draft.decision()


def mended(case: Case, *, at: datetime) -> Decision | None:
    """Everyone invited reads what the brief says, also where Outlook would not have it before."""
    handoff = case.handoff
    left = tuple(one for one in handoff.undone if one.what is not Undoing.MEND)
    if left == handoff.undone:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="clock")
    draft.set(undone=left)
    draft.show(handoff.qualifier)
    return draft.decision(quiet=True)
