"""A manager decides what is overdue: a talk, another rep, the qualifier, more time, also ahead; or
has the next manager decide.
What was missed they may excuse, with evidence.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from handoff import clocks
from handoff.draft import GIVEN_BACK, OUTLOOK, UNANSWERED, Draft, decline, hand_back
from handoff.effects import Show
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError, NotYoursError
from handoff.escalating import ask_manager
from handoff.model import Case, Commitment, Correction, Decision, Did, Ending, State
from handoff.moves import not_yours
from handoff.offering import offer_again
from handoff.policy import Promise

GIVABLE = frozenset({Promise.ANSWER, Promise.REWORK})
"""What a manager settles by giving the lead to another rep."""


def extend(case: Case, *, by: str, at: datetime, hours: int, reason: str) -> Decision:
    """A manager gives more time, saying why. What was missed before stays missed: it is recorded
    as given after. What is not due yet has it on top of what is left.
    """
    decide, late = _deciding(case, by)
    if hours not in case.policy.more_time:
        raise NotOfferedError(at=("hours",))
    if not reason.strip():
        raise IncompleteError({"reason": "Why"})
    draft = Draft(case, at=at, by=by, rule="decide")
    _decided(draft, decide)
    draft.release_managers(about=late.n)
    if _more_time(draft, late, hours).due_at <= _no_sooner(case, late, at):
        raise NotOfferedError("The meeting is too near for more time.", at=("hours",))
    draft.did(Did.MORE_TIME, whose=late.who, n=late.n, hours=hours)
    draft.say(
        "extended", to=late.who, hours=str(hours), reason=reason.strip(), missed=_missed(late)
    )
    draft.show(late.who, alert=True)
    _tell_who_waits(draft, late)
    return draft.decision()


def _more_time(draft: Draft, late: Commitment, hours: int) -> Commitment:
    """The promise, with so many working hours more than it had, or from now on where it is due."""
    more = timedelta(hours=hours)
    if late.due_at <= draft.at or late.hours is None or late.excused_at:
        draft.more_time(late, more)
    else:
        longer = clocks.timed(draft.case_now, late, late.hours + more, late.since)
        left = tuple(one for one in longer.alarms if one.at > draft.at)
        if longer.due_at > draft.at:
            draft.update(replace(longer, reached=None, alarms=left))
        else:  # its maker was away for less long than when it was reckoned
            draft.more_time(late, more)
    return next(c for c in draft.handoff.commitments if c.n == late.n)


def extend_early(case: Case, *, by: str, at: datetime, n: int, hours: int, reason: str) -> Decision:
    """A manager gives whoever they manage more time before it is due: then it is not late, and the
    hours are added to those that are left. Raises NotYoursError, MovedOnError where it is late.
    """
    promise = next((c for c in extendable(case, by, at) if c.n == n), None)
    if promise is None:
        known = {c.who for c in case.handoff.commitments if c.n == n}
        mine = any(by in case.person(who).managers for who in known if who in case.people)
        if mine:
            raise MovedOnError
        raise NotYoursError(not_yours("a manager of whoever owes it", case.handoff))
    if hours not in case.policy.more_time:
        raise NotOfferedError(at=("hours",))
    if not reason.strip():
        raise IncompleteError({"reason": "Why"})
    assert promise.hours
    longer = clocks.timed(case, promise, promise.hours + timedelta(hours=hours), promise.since)
    if longer.due_at <= promise.due_at:
        raise NotOfferedError("The meeting is too near for more time.", at=("hours",))
    longer = replace(longer, alarms=tuple(a for a in longer.alarms if a.at > at))
    draft = Draft(case, at=at, by=by, rule="decide")
    draft.update(longer)
    draft.did(Did.MORE_TIME, whose=promise.who, n=promise.n, hours=hours)
    draft.say("extended", to=promise.who, hours=str(hours), reason=reason.strip(), missed="")
    draft.show(promise.who, alert=True)
    _tell_who_waits(draft, promise)
    return draft.decision()


def extendable(case: Case, by: str, at: datetime) -> tuple[Commitment, ...]:
    """What *by* may give more time for: owed by somebody they manage, with a clock that runs."""
    return tuple(
        c
        for c in case.handoff.commitments
        if c.open and c.hours is not None and c.span is None and c.due_at > at
        if not (c.said_at or c.missed_at or c.excused_at or c.undelivered)
        if c.hours <= case.policy.clocks[c.what].hours and c.counted_from is None
        if c.who in case.people and by in case.person(c.who).managers
    )


def talk(case: Case, *, by: str, at: datetime) -> Decision:
    """A manager talks to the person; meanwhile the clock waits the shortest extension. Once for
    each time that they are asked. Raises NotYoursError, MovedOnError.
    """
    decide, late = _deciding(case, by)
    if not decide.open:
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="decide")
    _decided(draft, decide)
    draft.release_managers(about=late.n)
    _more_time(draft, late, min(case.policy.more_time))
    draft.did(Did.TALKS, whose=late.who, n=late.n)
    draft.say("talks", to=late.who, missed=_missed(late))
    draft.show(late.who)
    _tell_who_waits(draft, late)
    return draft.decision()


def ask_above(case: Case, *, by: str, at: datetime) -> Decision:
    """The next manager up decides instead, on a clock of their own. Raises NotYoursError,
    MovedOnError where nobody is left to be asked.
    """
    decide, late = _deciding(case, by)
    draft = Draft(case, at=at, by=by, rule="decide")
    _decided(draft, decide)
    if not ask_manager(draft, decide, late, above=by):
        raise MovedOnError("Nobody above you can be asked.")
    draft.show(by)
    _tell_who_waits(draft, late)
    return draft.decision()


def hours_that_help(case: Case, late: Commitment, at: datetime) -> tuple[int, ...]:
    """How many working hours more a manager may give, of those that the policy has: with which it
    would be due later than it is, and not at once. None where time is not what whoever is late
    lacks: they are not here, or were not told.
    """
    who = case.people.get(late.who)
    if who is None or not who.present or who.unreachable or late.excused_at:
        return ()
    soonest = _no_sooner(case, late, at)

    def due_with(hours: int) -> datetime:
        draft = Draft(case, at=at, by=late.who, rule="decide")
        return _more_time(draft, late, hours).due_at

    return tuple(hours for hours in case.policy.more_time if due_with(hours) > soonest)


def _no_sooner(case: Case, late: Commitment, at: datetime) -> datetime:
    """Until when more time is none."""
    return max(late.due_at, at + case.policy.least)


def reassign(case: Case, *, by: str, at: datetime, rep: str, reason: str = "") -> Decision:
    """A manager gives the meeting to another rep who is free then; the prospect's time stays.

    So too a lead that was sent back, of which its qualifier says nothing.
    """
    handoff = case.handoff
    decide, late = _deciding(case, by)
    if late.what not in GIVABLE:
        raise MovedOnError
    if rep not in (handoff.stand_ins or ()) or handoff.rep is None:
        raise NotOfferedError(at=("rep",))
    draft = Draft(case, at=at, by=by, rule="decide")
    take_over(draft, decide, late)
    if reason.strip():
        draft.say("reassigned", to=rep, reason=reason.strip())
    else:
        draft.say("reassigned", to=rep)
    offer_again(draft, rep)
    draft.show(handoff.rep)
    draft.show(handoff.qualifier)
    return draft.decision()


def goes_back(case: Case, late: Commitment, at: datetime) -> bool:
    """Whether a manager may give the lead back to its qualifier: its rep does not answer, and the
    meeting is ahead; or it is over, and they do not say what comes of it.
    """
    handoff = case.handoff
    if late.who != handoff.rep:
        return False
    unanswered = handoff.state is State.OFFERED and late.what is Promise.ANSWER
    ahead = handoff.meeting is not None and handoff.meeting.span.start > at
    return handoff.state is State.FOLLOWING or (unanswered and ahead)


def give_back(case: Case, *, by: str, at: datetime) -> Decision:
    """A manager gives a lead of which its rep says nothing, or nothing more, back to the qualifier,
    who finds another time or another rep, or calls the meeting off.
    """
    decide, late = _deciding(case, by)
    handoff = case.handoff
    if not goes_back(case, late, at):
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="decide")
    take_over(draft, decide, late)
    draft.say("given_back", to=handoff.qualifier)
    draft.set(note="")
    hand_back(draft, reason=GIVEN_BACK if handoff.state is State.FOLLOWING else UNANSWERED)
    if handoff.state is not State.FOLLOWING:
        decline(draft)
    draft.show(late.who)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def excuse(case: Case, *, by: str, at: datetime, n: int, evidence: str) -> Decision:
    """A manager of whoever missed a promise excuses it, with evidence, once it has ended.

    The ending stays as it is; what counts from then on stands beside it, in the manager's name.
    Raises NotYoursError, IncompleteError, MovedOnError: nothing was missed, or it was said before.
    """
    missed = next((c for c in case.handoff.commitments if c.n == n), None)
    if missed is None or missed.who not in case.people:
        raise MovedOnError
    if by not in case.person(missed.who).managers:
        raise NotYoursError(not_yours("a manager of whoever missed it", case.handoff))
    if missed.missed_at is None or missed.ending is None or missed.corrected:
        raise MovedOnError
    if not evidence.strip():
        raise IncompleteError({"evidence": "What shows that it was nobody's miss"})
    draft = Draft(case, at=at, by=by, rule="decide")
    why = Correction(at=at, by=by, ending=Ending.EXCUSED, why=evidence.strip())
    draft.update(replace(missed, corrected=why))
    draft.say(
        "corrected",
        to=missed.who,
        promise=missed.what.value,
        was=missed.ending.value.replace("_", " "),
        reason=evidence.strip(),
    )
    return draft.decision()


def excusable(case: Case, by: str) -> tuple[Commitment, ...]:
    """What *by* may excuse: missed by somebody they manage, ended, and nothing said of it yet."""
    return tuple(
        c
        for c in case.handoff.commitments
        if c.missed_at and c.ending and not c.corrected
        if c.who in case.people and by in case.person(c.who).managers
    )


def stand_ins_found(case: Case, *, at: datetime, reps: tuple[str, ...]) -> Decision | None:
    """Who else is free at the time of the meeting, or can follow the lead up.

    Whoever asked gets a card with it, once: looked up again, that card is drawn anew.
    """
    handoff = case.handoff
    nothing = handoff.meeting is None and handoff.state is not State.FOLLOWING
    if nothing or handoff.state in (State.ENDED, State.BOOKING):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="decide")
    draft.set(stand_ins=tuple(r for r in reps if r not in (handoff.rep, handoff.qualifier)))
    for promise in handoff.commitments:
        could = promise.what is Promise.DECIDE and decides(case, promise.who)
        if could or (promise.open and promise.what is Promise.REWORK):
            draft.show(promise.who)
    asked = handoff.giving
    if asked and asked.how == "hand_on" and asked.rep is None:
        waits = handoff.stand_ins is None
        draft.follow(Show(asked.by, draft.id, alert=waits, asked=True))
    if handoff.rep and handoff.leave and not handoff.leave_kept:
        draft.show(handoff.rep)
    return draft.decision(quiet=True)


def _missed(late: Commitment) -> str:
    """Since when it was missed already, for the timeline; empty where it was in time."""
    return late.missed_at.isoformat() if late.missed_at else ""


def decides(case: Case, by: str) -> tuple[Commitment, Commitment] | None:
    """The manager's decision and the promise that it is about: one that is asked of them; or
    that they put off by a talk or by more time, while what it is about is still owed and no other
    manager was asked since. None where there is neither.
    """
    promises = {c.n: c for c in case.handoff.commitments}
    asked = [c for c in promises.values() if c.what is Promise.DECIDE]
    newest = {c.about: c for c in asked}
    mine = [c for c in asked if c.who == by]
    # Of several that are asked the first, as the card shows it; of those put off the last.
    for decide in (*(c for c in mine if c.open), *(c for c in reversed(mine) if not c.open)):
        late = promises[decide.about or 0]
        put_off = decide.ending in (Ending.KEPT, Ending.LATE) and newest[late.n] is decide
        maker = case.people.get(late.who)
        put_off = put_off and maker is not None and by in maker.managers and not late.said_at
        if late.open and (decide.open or put_off):
            return decide, late
    return None


def _deciding(case: Case, by: str) -> tuple[Commitment, Commitment]:
    """As `decides`. Raises NotYoursError, MovedOnError."""
    found = decides(case, by)
    if found:
        return found
    if any(c.what is Promise.DECIDE and c.who == by for c in case.handoff.commitments):
        raise MovedOnError
    raise NotYoursError(not_yours("the manager who was asked to decide", case.handoff))


def take_over(draft: Draft, decide: Commitment, late: Commitment) -> None:
    """A manager has decided what becomes of what was *late*: it is owed no more."""
    _decided(draft, decide)
    draft.finish(late, Ending.PASSED_ON)


def _decided(draft: Draft, decide: Commitment) -> None:
    """Kept once: who decides again what they had put off owes no more by that."""
    if decide.open:
        draft.finish(decide)


def _tell_who_waits(draft: Draft, late: Commitment) -> None:
    """The one to whom the promise was made: the qualifier, or the rep if the qualifier made it."""
    other = draft.handoff.rep if late.who == draft.handoff.qualifier else draft.handoff.qualifier
    if other:
        draft.show(other)
