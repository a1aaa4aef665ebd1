"""After the meeting: a next step is an event in the rep's calendar; done, it asks for another."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from handoff import clocks
from handoff.draft import OUTLOOK, Draft, no_later_meeting, owe_next_step
from handoff.effects import BookFollowUp, RemoveBlock
from handoff.errors import MovedOnError, NotOfferedError
from handoff.hours import Span
from handoff.model import Alarm, Case, Commitment, Decision, Handoff, State, Step
from handoff.moves import only, require_state
from handoff.policy import Promise

MOST_PLANNED = 5  # next steps of a lead that stand in the calendar at once
BOOKED = (
    "A {kind} is booked for that day already; it stands below. Move it in your Outlook calendar, "
    "and it is then here too."
)
FULL = "Five next steps are planned already. Please say of one whether it happened, then plan on."


def follow_up(
    case: Case, *, by: str, at: datetime, kind: str, not_before: datetime, minutes: int
) -> Decision:
    """The rep books a next step: an event in the first free time from *not_before* on.

    Raises NotOfferedError where one of that kind is planned for that day already, or so many that
    their day fills up with one lead.
    """
    only(case.handoff, "rep", by)
    require_state(case, State.ACCEPTING, State.ACCEPTED, State.FOLLOWING)
    if planned_then(case.handoff, kind, not_before, case.person(by).hours.zone):
        raise NotOfferedError(BOOKED.format(kind=kind))
    planned = [c for c in case.handoff.commitments if c.open and c.what is Promise.FOLLOW_UP]
    if len(planned) >= MOST_PLANNED:
        raise NotOfferedError(FULL)
    draft = Draft(case, at=at, by=by, rule="follow_up")
    draft.end(Promise.NEXT_STEP)
    if case.handoff.state is State.FOLLOWING:
        no_later_meeting(draft)
        draft.set(trouble=None)
    promise = draft.promise(
        Promise.FOLLOW_UP,
        by,
        until=at + clocks.LOOK_AGAIN,
        kind=kind,
        not_before=not_before,
        minutes=minutes,
    )
    draft.say("follow_up", kind=kind)
    draft.follow(BookFollowUp(draft.id, promise.n))
    return draft.decision()


def planned_then(handoff: Handoff, kind: str, start: datetime, zone: str) -> bool:
    """Whether a next step of that *kind* is planned for that day, or was wanted for it."""
    there = ZoneInfo(zone)
    day = start.astimezone(there).date()
    known = [
        moment
        for c in handoff.commitments
        if c.open and c.what is Promise.FOLLOW_UP and c.kind == kind
        for moment in (c.not_before, c.span.start if c.span else None)
        if moment
    ]
    return any(moment.astimezone(there).date() == day for moment in known)


def in_calendar(promise: Commitment) -> bool:
    """Whether the follow-up is in the rep's calendar, at the time that it has."""
    asked = any(alarm.step is Step.CHECK for alarm in promise.alarms)
    return promise.event is not None and promise.span is not None and not asked


def move(draft: Draft, promise: Commitment) -> None:
    """Something else is at its time: from there on it is looked for anew, and moved."""
    assert promise.span
    check = Alarm(draft.at + clocks.LOOK_AGAIN, Step.CHECK)
    was = promise.span.start
    draft.update(replace(promise, span=None, not_before=was, alarms=(check,)))
    draft.follow(BookFollowUp(draft.id, promise.n))


def follow_up_booked(
    case: Case, *, at: datetime, n: int, span: Span, event: str | None
) -> Decision | None:
    """The time of a follow-up is held (*event* None), then in the rep's calendar.

    Where it had to make way meanwhile only its event is kept: another job finds the other time.
    One that is over by now leaves the calendar again.
    """
    promise = next(p for p in case.handoff.commitments if p.n == n)
    draft = Draft(case, at=at, by=OUTLOOK, rule="follow_up")
    if not promise.open:
        if event in (None, promise.event):
            return None
        draft.follow(RemoveBlock(draft.id, promise.who, n, event))
        return draft.decision(quiet=True)
    if in_calendar(promise) and (promise.span, promise.event) == (span, event):
        return None
    if event and promise.span != span:
        draft.update(replace(promise, event=event))
        return draft.decision(quiet=True)
    clock = case.policy.clocks[Promise.FOLLOW_UP]
    due_at = case.person(promise.who).hours.after(span.end, clock.hours)
    ahead: tuple[Alarm, ...] = (Alarm(span.end, Step.ASK), Alarm(due_at, Step.BREACH))
    if event is None:
        ahead = (Alarm(at + clocks.LOOK_AGAIN, Step.CHECK), *ahead)
    known = event or promise.event
    timed = replace(promise, span=span, event=known, hours=clock.hours, alarms=ahead)
    draft.update(replace(timed, due_at=due_at, first_due_at=due_at))
    if event is None:
        return draft.decision(quiet=True)
    draft.say("follow_up_booked", kind=promise.kind or "", start=span.start.isoformat())
    draft.show(promise.who)
    return draft.decision()


def moved(case: Case, *, at: datetime, n: int, span: Span) -> Decision | None:
    """The rep has moved their next step in Outlook: it is then, and they are asked then. None where
    it is over, makes way just now, or is where it was.
    """
    promise = next(p for p in case.handoff.commitments if p.n == n)
    if not promise.open or promise.hours is None or promise.span in (None, span):
        return None
    draft = Draft(case, at=at, by=promise.who, rule="follow_up")
    due_at = case.person(promise.who).hours.after(span.end, promise.hours)
    if promise.due_at > at:  # what is late stays late
        alarms = (Alarm(span.end, Step.ASK), Alarm(due_at, Step.BREACH))
        promise = replace(promise, due_at=due_at, first_due_at=due_at, alarms=alarms)
    draft.update(replace(promise, span=span, not_before=span.start))
    draft.say("follow_up_moved", kind=promise.kind or "", start=span.start.isoformat())
    draft.show(promise.who)
    return draft.decision()


def follow_up_done(case: Case, *, by: str, at: datetime, n: int, spoke: bool = False) -> Decision:
    """The rep has made the call or written the mail; what comes next is owed.

    *spoke*: the call got through. Then they have met, as far as an ending goes, and the lead has
    come further.
    """
    promise = next(
        (p for p in case.handoff.commitments if p.n == n and p.what is Promise.FOLLOW_UP), None
    )
    only(case.handoff, "rep", by)
    if promise is None or not promise.open:
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="follow_up")
    draft.finish(promise)
    if spoke and promise.kind != "mail":
        draft.set(met=case.handoff.met + 1)
        draft.end(Promise.PROGRESS)
        draft.say("follow_up_done", kind=promise.kind or "", spoke="yes")
    else:
        draft.say("follow_up_done", kind=promise.kind or "")
    owe_next_step(draft)
    return draft.decision()
