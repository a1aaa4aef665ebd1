"""What of a decision is counted: facts, each with its moment and whose it is. Pure.

A fact is never changed. What turns out to be otherwise is taken back by one of the same kind and
moment that counts less than nothing, so that whatever is added up is as it stands now, and was as
it stood then. Two kinds:

- What *stands* of a handoff: how far it has come, how it ended, how each meeting went, what became
  of each promise. A decision changes it; its facts are the difference.
- What *happened*: a lead was given to somebody else, a manager was asked. Never taken back.

`of_record` says the same of what a handoff's rows and timeline tell, whoever wrote them: for what
was decided before there were facts, and to look whether those that are there are true.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from handoff import place as place_of
from handoff.contest import GOES_ON
from handoff.draft import CLOCK, COULD_NOT, OUTLOOK, UNABLE
from handoff.ending import SPOKEN, TWICE
from handoff.model import (
    CRM,
    PROSPECT,
    Case,
    Commitment,
    Contested,
    Decision,
    Ending,
    Entry,
    Handoff,
    MeetingOutcome,
    Outcome,
    Person,
    Place,
)
from handoff.money import Money
from handoff.policy import Promise
from handoff.timeline import Word


class What(StrEnum):
    """What is counted."""

    BEGUN = "begun"  # a lead with a complete brief
    HANDED_OVER = "handed_over"  # a rep has the invitation for the first time
    ACCEPTED = "accepted"  # a rep has said yes for the first time
    MET = "met"  # they have spoken: a meeting took place, or a call got through
    OPPORTUNITY = "opportunity"  # a deal goes on from there
    WON = "won"  # … and was won
    ENDED = "ended"  # with the code of how, and the reason of a loss
    WENT = "went"  # a meeting, with the code of how
    SENT_BACK = "sent_back"  # to its qualifier, with the reason where one was given
    KEPT = "kept"  # a promise, of the kind that is its code, and so are the next five
    LATE = "late"  # done, after it was due
    OVERDUE = "overdue"  # … and not done yet
    MISSED = "missed"  # … and never done
    PASSED_ON = "passed_on"  # given to somebody else because it was overdue
    EXCUSED = "excused"  # not done in time, and nobody's miss
    REROUTED = "rerouted"  # somebody gave the lead to another; the code is the timeline's word
    MADE_EXCEPTION = "made_exception"  # somebody let the rules wait, and said why
    FELL_THROUGH = "fell_through"  # a meeting that was booked, before its time
    REMINDED = "reminded"  # whoever owes it
    ESCALATED = "escalated"  # a manager was asked to decide
    CHASED = "chased"  # told again of what is long overdue
    NURTURED = "nurtured"  # marketing keeps in touch
    CONTESTED = "contested"  # one side says that it was otherwise
    UPHELD = "upheld"  # … and a manager finds it so
    REJECTED = "rejected"  # … or does not


STEPS = (What.HANDED_OVER, What.ACCEPTED, What.MET, What.OPPORTUNITY, What.WON)
"""How far a lead comes, in order. One that comes further has passed what lies before."""

BECAME: Mapping[Ending, What | None] = {
    Ending.KEPT: What.KEPT,
    Ending.LATE: What.LATE,
    Ending.MISSED: What.MISSED,
    Ending.PASSED_ON: What.PASSED_ON,
    Ending.EXCUSED: What.EXCUSED,
    Ending.RELEASED: None,
}
"""What is counted of a promise that ended. One that was no longer needed is not."""

MACHINES = frozenset({CLOCK, OUTLOOK, PROSPECT, CRM})
_BY, _TO, _REP = "by", "to", "rep"  # whose a fact is: who did it, whom it was done to, the rep
HAPPENED: Mapping[Word, tuple[What, str]] = {
    "given": (What.REROUTED, _BY),
    "reassigned": (What.REROUTED, _BY),
    "given_over": (What.REROUTED, _BY),
    "given_back": (What.REROUTED, _BY),
    "lead_given": (What.REROUTED, _BY),
    "extended": (What.MADE_EXCEPTION, _BY),
    "talks": (What.MADE_EXCEPTION, _BY),
    "went_on": (What.MADE_EXCEPTION, _BY),
    "campaign_corrected": (What.MADE_EXCEPTION, _BY),
    "cancelled": (What.FELL_THROUGH, _REP),
    "called_off": (What.FELL_THROUGH, _REP),
    "prospect_called_off": (What.FELL_THROUGH, _REP),
    "invite_gone": (What.FELL_THROUGH, _REP),
    "taken_off": (What.FELL_THROUGH, _REP),
    "not_invited": (What.FELL_THROUGH, _REP),
    "reminded": (What.REMINDED, _TO),
    "stalled": (What.REMINDED, _TO),
    "escalated": (What.ESCALATED, _TO),
    "chased": (What.CHASED, _TO),
    "nurture": (What.NURTURED, _TO),
    "contested": (What.CONTESTED, _BY),
    "upheld": (What.UPHELD, _BY),
    "rejected": (What.REJECTED, _BY),
}
"""What is counted of the words of a timeline. What a machine did by rule is nobody's exception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that counts, or with a *sign* of -1 one that counts no more."""

    what: What
    at: datetime  # from when on it counts
    who: str  # whose it is: Entra object id
    n: int = 0  # of the promise that it is of; 0 where it is of none
    code: str = ""  # which promise, how it went or ended, by which word
    reason: str = ""  # a code of the policy
    of: str = ""  # of what happened: which promise it was about, where it was about one
    sign: int = 1
    worth: Money | None = None  # of a win: the amount of its deal, where the CRM knows one
    took: int | None = None  # seconds from when it was asked for until it was done
    took_working: int | None = None  # … of working time of whose it is
    late: int | None = None  # seconds from when it was overdue until it was done
    late_working: int | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """By which what is taken back is known."""
        return self.what, self.at, self.who, self.n, self.code, self.reason, self.worth


def facts(
    before: Handoff | None, decision: Decision, people: Mapping[str, Person]
) -> tuple[Fact, ...]:
    """What *decision* on *before* has changed of what stands, and what happened. Nothing of a
    handoff that has no place yet, of which all is made from its record.
    """
    after = decision.handoff
    if after.place is None:
        return ()
    found: list[Fact] = []
    was = before.place if before else None
    if after.place is not was or (before and after.deal != before.deal):
        there = list(_of_place(before, was)) if before and was else []
        found += _difference(there, list(_of_place(after, after.place)))
    found += _difference(list(_ended(before)) if before else [], list(_ended(after)))
    known = {one.n: one for one in before.commitments} if before else {}
    for promise in after.commitments:
        if (had := known.get(promise.n)) is not promise:
            found += became(had, promise, people.get(promise.who))
    return (*found, *_happened(decision.entries, after))


def _difference(was: Sequence[Fact], now: Sequence[Fact]) -> Iterator[Fact]:
    """What is no more is taken back; what is new counts."""
    there, here = {one.key for one in was}, {one.key for one in now}
    yield from (_back(one) for one in was if one.key not in here)
    yield from (one for one in now if one.key not in there)


def _back(fact: Fact) -> Fact:
    return replace(fact, sign=-1, took=None)


def _of_place(handoff: Handoff, place: Place) -> Iterator[Fact]:
    yield Fact(what=What.BEGUN, at=place.begun, who=place.qualifier)
    for step, at in place.reached.items():
        first = step == What.HANDED_OVER.value
        took = _seconds(at - place.begun) if first else None
        worth = handoff.deal.amount if handoff.deal and step == What.WON.value else None
        who = place_of.rep_at(handoff, at)
        yield Fact(what=What(step), at=at, who=who, took=took, worth=worth)
    for n, (how, at, who) in place.went.items():
        yield Fact(what=What.WENT, at=at, who=who, n=n, code=how)
    for n, (reason, at, who) in place.sent_back.items():
        counted = COULD_NOT if reason in UNABLE else reason
        yield Fact(what=What.SENT_BACK, at=at, who=who, n=n, reason=counted)


def _ended(handoff: Handoff) -> Iterator[Fact]:
    if handoff.outcome and handoff.ended_at:
        yield Fact(
            what=What.ENDED,
            at=handoff.ended_at,
            who=place_of.rep_at(handoff, handoff.ended_at),
            code=handoff.outcome.value,
            reason=handoff.ended_for or "",
        )


def became(was: Commitment | None, now: Commitment, person: Person | None) -> tuple[Fact, ...]:
    """What has changed of what stands of one promise, as `facts` has it: of one of no handoff."""
    before, after = (_became(was) if was else None), _became(now)
    if before and after and before.key == after.key:
        return ()
    gone = (_back(before),) if before else ()
    return (*gone, _timed(after, now, person)) if after else gone


def _became(promise: Commitment) -> Fact | None:
    """A promise counts from when it was kept, or from when it was first overdue: once, whatever
    comes later.
    """
    ending = promise.stands
    what = BECAME.get(ending) if ending else What.OVERDUE if promise.missed_at else None
    at = promise.missed_at or promise.ended_at
    if what is None or at is None:
        return None
    return Fact(what=what, at=at, who=promise.who, n=promise.n, code=promise.what.value)


def _timed(fact: Fact, promise: Commitment, person: Person | None) -> Fact:
    """With how long it took, and how late it was, where it was done."""
    if fact.what not in (What.KEPT, What.LATE) or promise.ended_at is None:
        return fact
    done = promise.said_at or promise.ended_at
    late = promise.missed_at or done
    return replace(
        fact,
        took=_seconds(done - promise.since),
        took_working=_working(person, promise.since, done),
        late=_seconds(done - late),
        late_working=_working(person, late, done),
    )


def _seconds(span: timedelta) -> int:
    return max(0, int(span.total_seconds()))


def _working(person: Person | None, since: datetime, until: datetime) -> int | None:
    if person is None:
        return None
    return _seconds(person.hours.between(since, until)) if since < until else 0


def _happened(entries: Iterable[Entry], handoff: Handoff) -> Iterator[Fact]:
    for entry in entries:
        what, whose = HAPPENED.get(entry.what, (None, ""))
        if what is None or (whose == _BY and entry.by in MACHINES):
            continue
        if whose == _REP:
            who = place_of.rep_at(handoff, entry.at)
        else:
            who = entry.by if whose == _BY else entry.detail.get("to", handoff.qualifier)
        of = entry.detail.get("promise", "") if whose == _TO else ""
        yield Fact(what=what, at=entry.at, who=who, code=entry.what, of=of)


LEADS = frozenset({Promise.DECIDE.value, Promise.JUDGE.value})
"""What whoever leads a team owes for it."""
LED = frozenset({What.ESCALATED, What.UPHELD, What.REJECTED})
"""What is asked of them for it, and what they find."""


def team(fact: Fact, case: Case) -> str:
    """In whose team's figures a fact is: those of whoever leads the team of whose it is, as it was
    when the lead was handed over; what leaders owe for their team is in their own, whatever came
    of it, and however often they were told of it.
    """
    place = case.handoff.place
    if fact.code in LEADS or fact.of in LEADS or fact.what in LED:
        return place_of.led_by(fact.who, case.people.get(fact.who), case.policy)
    if place and fact.who == place.rep:
        return place.team
    if place and fact.who == place.hander:
        return place.handers
    return place_of.team_of(case.people.get(fact.who), case.policy)


# --- From the record --------------------------------------------------------------------------


def of_record(
    handoff: Handoff, entries: Sequence[Entry], people: Mapping[str, Person], place: Place
) -> tuple[Place, tuple[Fact, ...]]:
    """What the rows of a handoff and its timeline, in the order in which it was written, tell: its
    *place*, as far as it has come, and every fact that stands or happened.
    """
    reached = place_of.promised({}, handoff)
    went: dict[int, place_of.Said] = {}
    sent_back = place_of.sent_back({}, handoff)
    tally = _Tally()
    for entry in entries:
        was = tally.outcome
        tally.hear(entry)
        met = tally.met > 0
        place_of.spoken(reached, entry.at, met=met)
        place_of.dealt(reached, was, tally.outcome, entry.at, met=met)
        place_of.went(went, entry, handoff)
        place_of.reason(sent_back, entry)
    if handoff.met > 0 and entries:  # counted by a version before, which said so in another way
        reached.setdefault(place_of.MET, entries[-1].at)
    made = replace(place, reached=reached, went=went, sent_back=sent_back)
    promises = (
        fact for one in handoff.commitments for fact in became(None, one, people.get(one.who))
    )
    return made, (
        *_of_place(handoff, made),
        *_ended(handoff),
        *promises,
        *_happened(entries, handoff),
    )


@dataclass(slots=True)
class _Tally:
    """How often they have spoken, and how it ended, as the lines of a timeline say one by one."""

    met: int = 0
    absent: int = 0
    outcome: Outcome | None = None

    def hear(self, entry: Entry) -> None:
        detail = entry.detail
        match entry.what:
            case "went":
                self._count(detail.get("outcome", ""), 1)
            case "follow_up_done" if detail.get("spoke"):
                self.met += 1
            case "put_right" | "upheld" if detail.get("of") == Contested.MEETING:
                self._count(detail.get("was", ""), -1)
                self._count(detail.get("now", ""), 1)
                self._bear()
            case "upheld" if detail.get("now") == GOES_ON:
                self.outcome = None
            case "put_right" | "upheld":
                self.outcome = Outcome(detail["now"])
                self._bear()
            case "done" | "closed":
                self.outcome = Outcome(detail.get("outcome", Outcome.CLOSED))
            case "objected":
                self.outcome = Outcome.OBJECTED
            case "lapsed":
                self.outcome = Outcome.CLOSED
            case _:
                pass

    def _count(self, how: str, by: int) -> None:
        self.met += by if how == MeetingOutcome.TOOK_PLACE else 0
        self.absent += by if how == MeetingOutcome.PROSPECT_ABSENT else 0

    def _bear(self) -> None:
        """An ending that the meetings do not bear is none."""
        spoken = self.outcome in SPOKEN and self.met <= 0
        if spoken or (self.outcome is Outcome.NO_SHOW and self.absent < TWICE):
            self.outcome = None


def standing(found: Iterable[Fact]) -> Counter[tuple[object, ...]]:
    """What is left of facts once those that were taken back are gone: how often each stands."""
    left: Counter[tuple[object, ...]] = Counter()
    for fact in found:
        left[fact.key] += fact.sign
    return Counter({key: n for key, n in left.items() if n})
