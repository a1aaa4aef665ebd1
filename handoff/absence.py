"""A rep who will not be there: clocks wait, who takes the meeting is asked once, what they keep is
kept, and what nobody takes goes back to its qualifier. Pure.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handoff import clocks
from handoff.draft import AWAY, OUTLOOK, THERE_AFTER_ALL, YES_SINCE, Draft, hand_back
from handoff.effects import FindStandIns
from handoff.errors import MovedOnError, NotOfferedError
from handoff.escalating import ask_manager
from handoff.hours import OPEN_END, Span
from handoff.model import Case, Commitment, Decision, Ending, Handoff, State
from handoff.moves import only, require_state
from handoff.offering import goes_to
from handoff.policy import Promise

COULD_NOT_ANSWER = "could_not_answer"  # `kind` of what becomes of it: away before it, and not then
MEETING_AHEAD = frozenset({State.OFFERED, State.PROPOSED, State.ACCEPTING, State.ACCEPTED})


def changed(case: Case, *, at: datetime) -> Decision | None:
    """The rep's absences are others than before. Clocks are counted anew, also where an absence
    that stopped them is gone or shorter; a rep who will not be there for the meeting, or cannot
    answer in time, is asked who takes it.

    Asked once for each absence, however often it grows or shrinks. Whoever settles another time
    reads where the rep is away then. None when nothing follows.
    """
    handoff = case.handoff
    draft = Draft(case, at=at, by=OUTLOOK, rule="absence")
    for promise in handoff.commitments:
        if not promise.open or promise.who != handoff.rep:
            continue
        if counted := clocks.recounted(case, promise, at):
            draft.update(counted)
            draft.say("clock_waited", to=counted.who)
        elif counted := clocks.sooner(case, promise, at):
            draft.update(counted)
    rep = case.people.get(handoff.rep or "")
    if handoff.kept and rep and not any(s.overlaps(handoff.kept) for s in rep.hours.away):
        draft.set(kept=None)  # of that absence
    if handoff.state is State.SENT_BACK:
        there_after_all(draft)
    else:
        ask(draft)
    draft.rings_while_away()
    if draft.handoff == handoff and handoff.proposal is None:
        return None
    assert handoff.rep
    draft.show(handoff.rep)
    draft.show(handoff.qualifier)
    draft.show_who_decides()
    return draft.decision(quiet=True)


def missing(case: Case, at: datetime) -> Span | None:
    """The absence over which the meeting begins, or during all of what is left to answer it. Once
    nothing is left of that, the one for which they were asked.
    """
    handoff = case.handoff
    meeting, rep = handoff.meeting, case.people.get(handoff.rep or "")
    if handoff.state not in MEETING_AHEAD or meeting is None or rep is None:
        return None
    if meeting.span.start <= at:
        return None
    over = [s for s in rep.hours.away if s.overlaps(meeting.span)]
    if over:
        return Span(min(s.start for s in over), max(s.end for s in over))
    if handoff.state is not State.OFFERED:
        return None
    latest = max(meeting.span.start - case.policy.reassign, at)
    present = replace(rep.hours, away=())
    if rep.hours.between(at, latest) >= case.policy.least:
        return None
    if present.between(at, latest):
        return next((s for s in rep.hours.away if s.overlaps(Span(at, latest))), None)
    asked, start = handoff.leave, meeting.span.start
    theirs = [s for s in rep.hours.away if asked and s.overlaps(asked) and s.start < start]
    still = next((s for s in theirs if s.start <= at < s.end), None)
    if still or rep.hours.between(at, start):
        return still  # who is back has work left in which to answer
    return next(iter(theirs), None)  # over by the clock or not


def moved(draft: Draft, *, chosen: bool = False) -> None:
    """The meeting has a time that its rep is asked for. Who is away then is asked who takes it,
    whatever they said of another time; who has *chosen* this one keeps it. Who is there is asked
    no more.
    """
    ask(draft, anew=True, kept=chosen)


def ask(draft: Draft, *, anew: bool = False, kept: bool = False) -> None:
    """A rep who will miss the meeting, or cannot answer in time, is asked who takes it: once for
    each absence, and *anew* for each time that the meeting has. To be called wherever an answer is
    owed from then on.
    """
    handoff = draft.handoff
    leave, asked = missing(draft.case_now, draft.at), handoff.leave
    if leave is None:
        draft.set(leave=None, leave_asked_at=None, leave_kept=False)
    elif kept:
        draft.set(leave=leave)
        keeps(draft)
    elif _keeps_over(draft.case_now, leave):
        draft.set(leave=leave, leave_kept=True)  # it is where they keep it, again or still
    elif asked and not anew and not handoff.leave_kept and leave.overlaps(asked):
        draft.set(leave=leave)
    else:
        draft.set(leave=leave)
        _asks(draft)
        if clocks.untaken_at(draft.case_now, draft.at, None) is None:  # it is too late to go back
            draft.show(handoff.qualifier, alert=True)


def _keeps_over(case: Case, leave: Span) -> bool:
    """Whether they have said that they keep it, at this time and over this absence, or over more:
    who keeps it on a day off does so if the leave goes on after that day; who keeps it over an
    hour has said nothing of a day. Of replies until further notice nobody knows how long they are
    meant to be on: a date is news.
    """
    handoff, rep = case.handoff, case.people.get(case.handoff.rep or "")
    kept, meeting = handoff.kept_over, handoff.meeting
    if rep is None or meeting is None or kept is None or handoff.kept != meeting.span:
        return False
    if (leave.end == OPEN_END) != (kept.end == OPEN_END) or leave.start < kept.start:
        return False
    if leave.end <= kept.end:
        return True
    zone, hours = ZoneInfo(rep.hours.zone), replace(rep.hours, away=())
    begins = meeting.span.start.astimezone(zone).replace(hour=0, minute=0)
    day = Span(begins, begins + timedelta(days=1))
    before = hours.between(day.start, max(kept.start, day.start))
    return not before and not hours.between(min(kept.end, day.end), day.end)


def _asks(draft: Draft) -> None:
    """The rep is asked who takes it. While they propose another time that is settled first, so
    their card asks nothing, and is no new one.
    """
    handoff = draft.handoff
    assert handoff.rep
    draft.set(leave_asked_at=draft.at, leave_kept=False, stand_ins=None)
    draft.say("asked_who_takes_it", by=OUTLOOK, rule="absence", to=handoff.rep)
    draft.follow(FindStandIns(draft.id))
    draft.show(handoff.rep, alert=handoff.proposal is None)


def keeps(draft: Draft, when: datetime | None = None) -> None:
    """The rep has said, *when* or now, that they will be there: where they are out of office then,
    they keep it, unless that was before they were asked. Any other absence asks nothing any more.
    """
    answered(draft)
    handoff = draft.handoff
    leave, asked, meeting = handoff.leave, handoff.leave_asked_at, handoff.meeting
    if leave and meeting and (when is None or asked is None or when >= asked):
        draft.set(leave_kept=True, kept=meeting.span, kept_over=leave)


def answered(draft: Draft) -> None:
    """Who was asked because they could not answer in time, and will be there, has answered."""
    if draft.handoff.leave and not _misses_it(draft.handoff):
        draft.set(leave=None, leave_asked_at=None, leave_kept=False)


def _misses_it(handoff: Handoff) -> bool:
    """Whether the absence that they were asked about lies over the meeting."""
    leave, meeting = handoff.leave, handoff.meeting
    return leave is not None and meeting is not None and leave.overlaps(meeting.span)


def word_taken_back(draft: Draft) -> None:
    """Who is not sure any more has kept nothing: who takes it is asked again."""
    kept = draft.handoff.leave and draft.handoff.leave_kept
    draft.set(kept=None)
    if kept:
        _asks(draft)


def went_back(handoff: Handoff) -> Commitment | None:
    """What its qualifier owed when it went back last, whoever has been its qualifier since; None
    where a rep has been asked since.
    """
    asked = handoff.last(Promise.ANSWER)
    since = asked.n if asked else 0
    back = (c for c in handoff.commitments if c.what is Promise.REWORK and c.n > since)
    return next(back, None)


def could_not_answer(handoff: Handoff) -> bool:
    """Whether it went back since its rep was away for all there was to answer, and not then."""
    back = went_back(handoff)
    return back is not None and back.kind == COULD_NOT_ANSWER


def said_since(handoff: Handoff) -> str | None:
    """What its rep has said in Outlook since it went back, whether yes, no or perhaps: their word,
    whatever their calendar says. None where they have said nothing.
    """
    meeting, back = handoff.meeting, went_back(handoff)
    if meeting is None or meeting.response_at is None or back is None:
        return None
    return meeting.response if meeting.response_at > back.made_at else None


def there_after_all(draft: Draft) -> None:
    """It went back since its rep is away then: should they be there after all, its qualifier reads
    so, who may send it to them again; not where they have said something themselves since. Who
    could merely not answer in time is there once they are back.
    """
    handoff = draft.handoff
    meeting, rep = handoff.meeting, draft.case.people.get(handoff.rep or "")
    if handoff.reason != AWAY or meeting is None or rep is None or meeting.span.start <= draft.at:
        return
    if handoff.trouble == YES_SINCE:
        return  # they have said yes since
    at, known = draft.at, handoff.trouble == THERE_AFTER_ALL
    then = any(span.overlaps(meeting.span) for span in rep.hours.away)
    returned = not could_not_answer(handoff) or not rep.away_at(at)
    there = not (then or said_since(handoff)) and (known or returned)
    if there == known:
        return
    draft.set(trouble=THERE_AFTER_ALL if there else None)
    draft.show(handoff.qualifier, alert=there)


def not_taken(draft: Draft) -> None:
    """The meeting is near, its rep is out of office then, and nobody has taken it: it is its
    qualifier's to decide, as long as somebody else can be found. Nothing counts against anybody.
    """
    handoff, at = draft.handoff, draft.at
    case, meeting = draft.case_now, draft.handoff.meeting
    if handoff.rep is None or meeting is None:
        return
    if missing(case, at) is None:
        ask(draft)  # they are back, and asked no more
        draft.show(handoff.rep)
        draft.show(handoff.qualifier)
        return
    start = meeting.span.start
    if not any(clocks.at_work_before(case, who, at, start) for who in clocks.told(case)):
        draft.show(handoff.qualifier, alert=True)  # too late to go back: the prospect is to be told
        return
    asked, misses_it = handoff.owed(Promise.ANSWER), _misses_it(handoff)
    settle = handoff.owed(Promise.SETTLE)
    if settle and handoff.proposal:
        draft.update(replace(settle, not_before=handoff.proposal.start))
    if asked and asked.said_at is None:
        draft.finish(asked, Ending.PASSED_ON if asked.missed_at else Ending.RELEASED)
    draft.set(leave=None, leave_kept=False, kept=None, note="", trouble=None)
    draft.say("not_taken", to=handoff.rep)
    hand_back(draft, reason=AWAY)
    draft.show(handoff.rep)
    draft.show(handoff.qualifier, alert=True)
    owed = draft.handoff.owed(Promise.REWORK)
    if owed and not misses_it:
        owed = replace(owed, kind=COULD_NOT_ANSWER)
        draft.update(owed)
    if owed and not case.person(handoff.qualifier).hours.at_work(at):
        ask_manager(draft, owed, owed)


def keep(case: Case, *, by: str, at: datetime) -> Decision:
    """The rep keeps the meeting all the same. Raises NotYoursError, MovedOnError."""
    _asked(case, by)
    if case.handoff.state is State.OFFERED and not _misses_it(case.handoff):
        raise MovedOnError  # what is asked is an answer
    draft = Draft(case, at=at, by=by, rule="absence")
    keeps(draft)
    draft.say("kept_it")
    draft.show(case.handoff.qualifier)
    return draft.decision()


def pass_on(case: Case, *, by: str, at: datetime, rep: str) -> Decision:
    """The rep gives the meeting to a colleague who is free then; the prospect's time stays.

    Raises NotYoursError, MovedOnError, NotOfferedError.
    """
    _asked(case, by)
    handoff = case.handoff
    if rep not in (handoff.stand_ins or ()):
        raise NotOfferedError(at=("rep",))
    draft = Draft(case, at=at, by=by, rule="absence")
    draft.say("given_over", to=rep)
    goes_to(draft, rep)
    draft.show(by)
    return draft.decision()


def _asked(case: Case, by: str) -> None:
    handoff = case.handoff
    only(handoff, "rep", by)
    require_state(case, *MEETING_AHEAD)
    if handoff.leave is None or handoff.leave_kept:
        raise MovedOnError
