"""Time to prepare: an appointment in the rep's calendar, nearest before the meeting. Rules.

It is made when the meeting is accepted, moves with it, and ends with it or with the rep's part in
it. An accepted meeting has prep or says why not: the promise that ended at once names the reason.
"""

from dataclasses import replace
from datetime import datetime

from handoff import clocks
from handoff.draft import OUTLOOK, Draft
from handoff.effects import BookPrep, RemoveBlock
from handoff.hours import Span
from handoff.model import Alarm, Case, Commitment, Decision, Ending, Step
from handoff.policy import Promise

NOT_NEEDED = "not_needed"
NO_ROOM = "no_room"
REMOVED = "removed"  # the rep took it out of the calendar
PUT_BACK = "put_back"  # once, after something moved it behind the meeting
DENIED = "denied"
NO_MAILBOX = "no_mailbox"


def plan(draft: Draft) -> None:
    """The rep has accepted: prep is promised, unless the policy has none for such a meeting.

    Prep that was booked for the meeting already stays or moves with it.
    """
    handoff = draft.handoff
    assert handoff.rep
    assert handoff.meeting
    if handoff.owed(Promise.PREPARE):
        return
    before = handoff.last(Promise.PREPARE)
    unwanted = before and before.who == handoff.rep and before.kind == REMOVED
    span = handoff.meeting.span
    length = draft.case.policy.prepare(handoff.search.type if handoff.search else "")
    minutes = int(length.total_seconds() // 60)
    promise = draft.promise(
        Promise.PREPARE, handoff.rep, until=draft.at + clocks.LOOK_AGAIN, minutes=minutes
    )
    draft.update(replace(promise, due_at=span.start, first_due_at=span.start))
    if unwanted or not minutes:
        draft.finish(promise, Ending.RELEASED)
        _why(draft, promise.n, REMOVED if unwanted else NOT_NEEDED)
        return
    draft.follow(BookPrep(draft.id, promise.n))


def move(draft: Draft) -> None:
    """The meeting is at another time: its prep is looked for anew, and moved."""
    promise = draft.handoff.owed(Promise.PREPARE)
    if promise is None:
        return
    check = Alarm(draft.at + clocks.LOOK_AGAIN, Step.CHECK)
    was = promise.span.start if promise.span else promise.not_before
    draft.update(replace(promise, span=None, not_before=was, alarms=(check,)))
    draft.follow(BookPrep(draft.id, promise.n))


def booked(
    case: Case, *, at: datetime, n: int, meeting: Span, span: Span, event: str | None
) -> Decision | None:
    """The time is held (*event* None), then in the rep's calendar.

    Prep that is no longer wanted leaves the calendar again. None when the meeting moved
    meanwhile: another job is looking for another time; and where it is known to be there.
    """
    promise = _promise(case, n)
    draft = Draft(case, at=at, by=OUTLOOK, rule="prepare")
    if not promise.open:
        if event is None:
            return None
        draft.follow(RemoveBlock(draft.id, promise.who, n, event))
        return draft.decision(quiet=True)
    moved = _at_another_time(case, meeting)
    if moved and event:
        draft.update(replace(promise, event=event, span=None, not_before=span.start))
        return draft.decision(quiet=True)
    if moved:
        return None
    if in_calendar(promise) and (promise.event, promise.span) == (event, span):
        return None
    if event is None:
        draft.update(replace(promise, span=span))
        return draft.decision(quiet=True)
    start = meeting.start
    draft.update(
        replace(promise, span=span, event=event, due_at=start, first_due_at=start, alarms=())
    )
    draft.say("prep_booked", to=promise.who, start=span.start.isoformat())
    draft.show(promise.who)
    draft.show(case.handoff.qualifier)
    return draft.decision()


def in_calendar(promise: Commitment) -> bool:
    """Whether Outlook has it at its time, and nothing is to be done any more."""
    return promise.event is not None and promise.span is not None and not promise.alarms


def moved(case: Case, *, at: datetime, n: int, span: Span | None) -> Decision | None:
    """Where the rep's own calendar has the prep now; None: the rep took it out.

    Who moves it keeps it where it was put, as long as that is before the meeting. Behind it, it is
    of no use, as assistants do not know: it is put back once, and the second time taken for
    unwanted.
    """
    promise, meeting = _promise(case, n), case.handoff.meeting
    if not promise.open or promise.span is None or meeting is None or span == promise.span:
        return None
    if span and span.end > meeting.span.start and promise.kind != PUT_BACK:
        draft = Draft(case, at=at, by=OUTLOOK, rule="prepare")
        check = Alarm(at + clocks.LOOK_AGAIN, Step.CHECK)
        was = promise.span.start
        draft.update(replace(promise, span=None, not_before=was, kind=PUT_BACK, alarms=(check,)))
        draft.say("prep_put_back", to=promise.who)
        draft.follow(BookPrep(draft.id, n))
        return draft.decision()
    if span is None or span.end > meeting.span.start:
        return none_booked(case, at=at, n=n, meeting=meeting.span, why=REMOVED)
    draft = Draft(case, at=at, by=promise.who, rule="prepare")
    draft.update(replace(promise, span=span))
    draft.say("prep_moved", start=span.start.isoformat())
    draft.show(promise.who)
    draft.show(case.handoff.qualifier)
    return draft.decision()


def none_booked(case: Case, *, at: datetime, n: int, meeting: Span, why: str) -> Decision | None:
    """There is no prep, and the card says why. What was booked for an earlier time is removed.

    None when the meeting, for which it was looked at *meeting*, is at another time by now: another
    job is looking for that.
    """
    promise = _promise(case, n)
    if not promise.open or _at_another_time(case, meeting):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="prepare")
    draft.finish(promise, Ending.RELEASED)
    _why(draft, n, why)
    if promise.event and why != REMOVED:
        draft.follow(RemoveBlock(draft.id, promise.who, n, promise.event))
    draft.say("no_prep", to=promise.who, why=why)
    draft.show(promise.who)
    draft.show(case.handoff.qualifier)
    return draft.decision()


def _promise(case: Case, n: int) -> Commitment:
    return next(c for c in case.handoff.commitments if c.n == n)


def _at_another_time(case: Case, meeting: Span) -> bool:
    """Whether the meeting is not, or no longer, at the time for which its prep was looked for."""
    return case.handoff.meeting is None or case.handoff.meeting.span != meeting


def _why(draft: Draft, n: int, why: str) -> None:
    ended = next(c for c in draft.handoff.commitments if c.n == n)
    draft.update(replace(ended, kind=why, span=None))
