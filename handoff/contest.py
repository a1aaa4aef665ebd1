"""What was said of a handoff is put right by who said it, or contested by the other side. Rules.

Who said it has two days in which one click puts it right. The other side may contest it once: what
they say is so stands beside it, a manager of whoever said it decides by a clock of their own, and
their word corrects the books: every figure is counted from what stands then. What else can be
contested is one more `Contested`, with who may and what follows from being right.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from handoff.accountable import back_from_customers
from handoff.draft import NOT_ENDED, Draft, hand_back, owe_next_step
from handoff.errors import MovedOnError, NotOfferedError, NotYoursError
from handoff.meeting_outcome import MET, count
from handoff.model import (
    Case,
    Commitment,
    Contest,
    Contested,
    Correction,
    Decision,
    Ending,
    Handoff,
    MeetingOutcome,
    Outcome,
    State,
)
from handoff.moves import not_yours, only
from handoff.policy import Promise

PUT_RIGHT_WITHIN = timedelta(days=2)
GOES_ON = "goes_on"  # what may be said against an ending: that it has not ended
ONCE = "That was contested once, and it is decided by then."
CLAIMABLE = (
    *(Outcome.OPPORTUNITY, Outcome.NO_NEED, Outcome.NO_SHOW),
    *(Outcome.NOT_REACHABLE, Outcome.CLOSED),
)
"""As what else it may be said to have ended."""


def said_at(handoff: Handoff, what: Contested) -> datetime | None:
    """When it was said; None while it has not been."""
    if what is Contested.ENDING:
        return handoff.ended_at if handoff.outcome else None
    said = handoff.last(Promise.OUTCOME)
    return said.ended_at if said and handoff.meeting_outcome else None


def said_by(handoff: Handoff, what: Contested) -> str | None:
    """Who said it; None while it has not been."""
    if what is Contested.ENDING:
        return handoff.ended_by
    said = handoff.last(Promise.OUTCOME)
    return said.who if said and handoff.meeting_outcome else None


def contest_of(handoff: Handoff, what: Contested) -> Contest | None:
    """The contest of what is said now; what was said of an earlier meeting is no more."""
    since = said_at(handoff, what)
    found = [c for c in handoff.contests if c.what is what and since and c.at >= since]
    return found[-1] if found else None


def may_put_right(handoff: Handoff, by: str, at: datetime) -> bool:
    """Whether *by* may still put right how the meeting went."""
    since = said_at(handoff, Contested.MEETING)
    known = handoff.state in (State.FOLLOWING, State.ENDED)
    theirs = handoff.rep == by == said_by(handoff, Contested.MEETING)
    if not known or not theirs or contest_of(handoff, Contested.MEETING):
        return False
    return since is not None and at <= since + PUT_RIGHT_WITHIN


def may_contest(handoff: Handoff, by: str) -> tuple[Contested, ...]:
    """What *by*, the other side, may say is otherwise."""
    if handoff.qualifier != by or handoff.rep in (None, by):
        return ()
    found = []
    states = (State.FOLLOWING, State.ENDED, State.CONTESTED)
    if handoff.state in states and said_at(handoff, Contested.MEETING):
        found.append(Contested.MEETING)
    over = handoff.state in (State.ENDED, State.CONTESTED) and handoff.ended_by == handoff.rep
    if over and handoff.outcome not in (None, Outcome.OPPORTUNITY, Outcome.WON):
        found.append(Contested.ENDING)
    return tuple(what for what in found if contest_of(handoff, what) is None)


def claims(handoff: Handoff, what: Contested) -> tuple[str, ...]:
    """What may be said to be so instead, as far as what is known of the meetings bears it."""
    if what is Contested.MEETING:
        return tuple(one.value for one in MeetingOutcome if one is not handoff.meeting_outcome)
    ends = (one for one in CLAIMABLE if one is not handoff.outcome)
    return (GOES_ON, *(one.value for one in ends if borne(replace(handoff, outcome=one))))


def put_right(case: Case, *, by: str, at: datetime, outcome: MeetingOutcome) -> Decision:
    """Whoever said how the meeting went says it again, within two days.

    Raises NotYoursError, and MovedOnError once it is too late, contested, or has been met anew.
    """
    handoff = case.handoff
    only(handoff, "rep", by)
    if not may_put_right(handoff, by, at) or outcome is handoff.meeting_outcome:
        raise MovedOnError
    assert handoff.meeting_outcome
    draft = Draft(case, at=at, by=by, rule="contest")
    was = handoff.meeting_outcome
    draft.say("put_right", of=Contested.MEETING.value, was=was.value, now=outcome.value, rep=by)
    _met_otherwise(draft, was, outcome, by, said_by=at)
    draft.show(handoff.qualifier, alert=True)
    draft.show(by)
    return draft.decision()


def contest(case: Case, *, by: str, at: datetime, what: Contested, claim: str) -> Decision:
    """The other side says that it was otherwise; a manager of who said it decides.

    What has ended waits for that. Raises NotYoursError for anybody else, MovedOnError for what was
    contested before, and NotOfferedError where nobody is above who said it, or for no claim.
    """
    handoff = case.handoff
    only(handoff, "qualifier", by)
    if contest_of(handoff, what):
        raise MovedOnError(ONCE)
    if what not in may_contest(handoff, by):
        raise MovedOnError
    if claim not in claims(handoff, what):
        raise NotOfferedError(at=(f"claim_{what.value}",))
    against = said_by(handoff, what)
    assert against
    judge = judge_of(case, against, by)
    if judge is None:
        raise NotOfferedError("Baton knows no manager of either of you who could decide it.")
    said = handoff.outcome if what is Contested.ENDING else handoff.meeting_outcome
    assert said
    draft = Draft(case, at=at, by=by, rule="contest")
    if handoff.state is State.ENDED:
        draft.set(state=State.CONTESTED)
    promise = draft.promise(Promise.JUDGE, judge)
    made = Contest(
        n=promise.n, what=what, said=said.value, claim=claim, by=by, against=against, at=at
    )
    draft.set(contests=(*handoff.contests, made))
    draft.say("contested", of=what.value, was=said.value, now=claim)
    draft.show(judge, alert=True)
    draft.show(against, alert=True)
    draft.show(by)
    return draft.decision()


def judge(case: Case, *, by: str, at: datetime, right: bool) -> Decision:
    """The manager who was asked, or the one above who decides for them, says whether what was
    contested is as the other side says. If so, the books are corrected; if not, it stands.

    Raises NotYoursError, and MovedOnError once it is settled.
    """
    promise = owed_by(case.handoff, by)
    if promise is None:
        asked = any(c.what is Promise.JUDGE and c.who == by for c in case.handoff.commitments)
        if asked:
            raise MovedOnError
        raise NotYoursError(not_yours("the manager who was asked to decide", case.handoff))
    draft = Draft(case, at=at, by=by, rule="contest")
    one = next(c for c in case.handoff.contests if c.n == promise.n)
    settled = replace(one, upheld=right, judged_by=by, judged_at=at)
    draft.set(contests=tuple(settled if c.n == one.n else c for c in case.handoff.contests))
    draft.finish(promise, None if promise.who == by else Ending.PASSED_ON)
    for decide in draft.handoff.commitments:
        if decide.open and decide.about == promise.n:
            draft.finish(decide, None if decide.who == by else Ending.RELEASED)
            draft.show(decide.who)
    if right:
        _upheld(draft, one)
    else:
        draft.say("rejected", of=one.what.value, was=one.said, now=one.claim)
    if right:
        _correct(draft, one, by)
    if draft.handoff.state is State.CONTESTED and draft.handoff.owed(Promise.JUDGE) is None:
        draft.set(state=State.ENDED)
    for who in (one.by, one.against):
        draft.show(who, alert=True)
    draft.show(promise.who)
    return draft.decision()


def _upheld(draft: Draft, one: Contest) -> None:
    """Said with the rep whose books it changes, where it is about a meeting."""
    what = one.what.value
    if one.what is Contested.MEETING:
        draft.say("upheld", of=what, was=one.said, now=one.claim, rep=one.against)
    else:
        draft.say("upheld", of=what, was=one.said, now=one.claim)


def owed_by(handoff: Handoff, who: str) -> Commitment | None:
    """The open word on a contest that is *who*'s to say: theirs, or one that was passed up."""
    own = handoff.owed(Promise.JUDGE, who)
    if own:
        return own
    above = {c.about for c in handoff.commitments if c.open and c.who == who}
    open_ = (c for c in handoff.commitments if c.open and c.what is Promise.JUDGE)
    return next((c for c in open_ if c.n in above), None)


def judge_of(case: Case, against: str, by: str) -> str | None:
    """The nearest manager of who said it who is here; without one, of who contests; or None."""
    chain = [m for id in (against, by) if id in case.people for m in case.person(id).managers]
    known = [m for m in chain if m in case.people and m not in (against, by)]
    here = [m for m in known if case.person(m).present]
    return next((m for m in here if case.person(m).unreachable is None), next(iter(here), None))


def _correct(draft: Draft, one: Contest, by: str) -> None:
    """It is as the other side says."""
    if one.what is Contested.MEETING:
        was, now = MeetingOutcome(one.said), MeetingOutcome(one.claim)
        _met_otherwise(draft, was, now, by, said_by=one.at)
        return
    if one.claim == GOES_ON:
        draft.set(outcome=None, ended_for=None, ended_by=None, ended_at=None)
        hand_back(draft, NOT_ENDED)
        return
    draft.set(outcome=Outcome(one.claim), ended_for=None)
    _ends_as_borne(draft)


def _met_otherwise(
    draft: Draft, was: MeetingOutcome, now: MeetingOutcome, by: str, *, said_by: datetime
) -> None:
    """The meeting of which that had been said *said_by* then went as *now* says: whatever was
    counted from the other word is counted from this one. What was said of a later one stays.
    """
    handoff = draft.handoff
    count(draft, was, by=-1)
    count(draft, now)
    said = [c for c in handoff.commitments if c.what is Promise.OUTCOME]
    of = next(c for c in reversed(said) if c.ended_at and c.ended_at <= said_by)
    _correct_meeting(draft, of, was, now, by=by)
    if of is said[-1] and handoff.meeting_outcome is was:
        draft.set(meeting_outcome=now)
    _ends_as_borne(draft)


def _ends_as_borne(draft: Draft) -> None:
    """An ending that the meetings do not bear is no ending any more, and nobody decides about it;
    the rep says another.
    """
    handoff = draft.handoff
    if handoff.outcome is None or borne(handoff):
        return
    for one in handoff.contests:
        judge = next(c for c in handoff.commitments if c.n == one.n)
        if one.what is Contested.ENDING and judge.open:
            draft.finish(judge, Ending.RELEASED)
            draft.show(judge.who)
    back_from_customers(draft)
    draft.set(state=State.FOLLOWING, outcome=None, ended_for=None, ended_by=None, ended_at=None)
    owe_next_step(draft)


def _correct_meeting(
    draft: Draft, of: Commitment, was: MeetingOutcome, now: MeetingOutcome, *, by: str
) -> None:
    """What the promise to meet counts as goes with what was said *of* it; its ending stays, with
    this beside it.
    """
    found = (c for c in draft.handoff.commitments if c.what is Promise.MEET and c.ending)
    met = [c for c in found if c.n < of.n]
    if not met or MET[was] is MET[now]:
        return
    why = f"{was.value.replace('_', ' ')} was said, and it was {now.value.replace('_', ' ')}"
    said = Correction(at=draft.at, by=by, ending=MET[now], why=why)
    draft.update(replace(met[-1], corrected=said))


def borne(handoff: Handoff) -> bool:
    """Whether what is known of the meetings bears the ending."""
    if handoff.outcome in (Outcome.OPPORTUNITY, Outcome.WON, Outcome.LOST):
        return handoff.met > 0
    return handoff.outcome is not Outcome.NO_SHOW or handoff.no_shows > 1
