"""When somebody last spoke with a prospect or wrote to them: as the company's CRM knows it, and as
Outlook has told already. A lead with which nothing happens for as long as the policy says, and
nothing is planned, is told of once. Pure.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from handoff.draft import Draft
from handoff.effects import TellIdle
from handoff.model import (
    CRM,
    Activity,
    Case,
    Contacted,
    DealState,
    Decision,
    Ending,
    Handoff,
    Outcome,
    State,
)
from handoff.policy import Promise

DONE = frozenset({Ending.KEPT, Ending.LATE, Ending.EXCUSED})


def read(
    case: Case, *, at: datetime, found: Collection[Activity], idle: timedelta | None
) -> Decision | None:
    """The CRM knows of those; after *idle* without any, its rep and their manager hear so, once
    until there is another. None where nothing of that is new.
    """
    handoff = case.handoff
    past = [one for one in found if one.at <= at]
    newest = max([*past, *filter(None, [handoff.activity])], key=lambda one: one.at, default=None)
    draft = Draft(case, at=at, by=CRM, rule="idle")
    if newest != handoff.activity:
        draft.set(activity=newest)
        for who in (handoff.owner, handoff.rep, handoff.qualifier):
            if who:
                draft.show(who)
    since = idle_since(draft.handoff, at)
    told = handoff.idle_told
    if idle and since and since + idle <= at and (told is None or told < since):
        draft.set(idle_told=at)
        for who in _whom(case):
            draft.follow(TellIdle(who, draft.id))
    return draft.decision(quiet=True) if draft.handoff != handoff else None


def last(handoff: Handoff, at: datetime) -> Activity | None:
    """The last that is over, whoever knows of it; None where nobody does."""
    known = [one for one in _of_outlook(handoff) if one.at <= at]
    known += [handoff.activity] if handoff.activity else []
    return max(known, key=lambda one: one.at, default=None)


def idle_since(handoff: Handoff, at: datetime) -> datetime | None:
    """Since when nothing has happened with a lead that its rep follows up, or whose deal goes on;
    None where something is planned, or nobody has to.
    """
    deal, over = handoff.deal, handoff.state is State.ENDED
    if over and not (handoff.outcome is Outcome.OPPORTUNITY and deal):
        return None
    if handoff.state is not State.FOLLOWING and not over:
        return None
    if deal and deal.state is not DealState.OPEN:
        return None
    planned = [c for c in handoff.commitments if c.open and c.what is Promise.FOLLOW_UP]
    if planned or (handoff.meeting and handoff.meeting.span.end > at and not over):
        return None
    known = last(handoff, at)
    began = [c.made_at for c in handoff.commitments if c.who == handoff.rep]
    if known is None:
        return max(began, default=None)
    return known.at


def _of_outlook(handoff: Handoff) -> Iterator[Activity]:
    """What stood in calendars and is said to have happened, and the mails that went out."""
    if handoff.meeting and handoff.met:
        yield Activity(how=Contacted.MEETING, at=handoff.meeting.span.end)
    for one in handoff.commitments:
        if one.what is Promise.FOLLOW_UP and one.ended_at and one.ending in DONE:
            yield Activity(how=Contacted(one.kind or Contacted.OTHER), at=one.ended_at)
    for letter in handoff.letters:
        if letter.sent_at:
            yield Activity(how=Contacted.MAIL, at=letter.sent_at)


def _whom(case: Case) -> list[str]:
    """Its rep, and the nearest manager of theirs who is here."""
    rep = case.people.get(case.handoff.rep or case.handoff.owner)
    above = [case.people.get(one) for one in (rep.managers if rep else ())]
    manager = next((one.id for one in above if one and one.present), None)
    return list(dict.fromkeys(filter(None, (rep.id if rep else None, manager))))
