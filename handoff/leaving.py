"""Somebody has left: what was theirs has a new owner at once; nothing is expected of them. Pure.

A lead of a qualifier goes to another one by turn, or up to their manager; one of a rep to its
qualifier, and from there to a colleague whom Outlook shows to be free; one that waits in marketing
to the next there; a decision, and what is contested, to the next manager up. What the database
knows decides that, so that it stands in the same moment; nothing is offered or sent before Outlook
was looked at.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from handoff.contest import judge_of
from handoff.draft import CLOCK, LEFT, Draft, hand_back
from handoff.escalating import ask_manager, chase_again
from handoff.handing_over import looking
from handoff.inheriting import inherit, not_owed
from handoff.model import (
    BLOCKS,
    RESERVING,
    Case,
    Commitment,
    Decision,
    Ending,
    Handoff,
    Person,
    Role,
    State,
)
from handoff.nurture import with_marketing
from handoff.offering import offer_again, still_theirs
from handoff.policy import Promise

NOT_SENT = "whoever was to send it has left"
WITH_THE_REP = RESERVING | {State.FOLLOWING}


def successors(
    case: Case,
    *,
    at: datetime,
    people: Mapping[str, Person],
    leads: Mapping[str, int],
    was: frozenset[Role],
) -> tuple[str, ...]:
    """Who may have the lead of a qualifier who has left, the likeliest first.

    Colleagues by turn: whoever has the fewest open *leads*, of equals one with the same manager;
    who is away or not reached by Teams only where nobody else is left. Then the managers above,
    then administrators. A lead that waits in marketing, as *was* the role of its owner, stays there
    as long as somebody is.
    """
    handoff = case.handoff
    gone = case.people.get(handoff.qualifier)
    chain = gone.managers if gone else ()
    able = {id: p for id, p in people.items() if p.present and id != handoff.rep}
    mine = Role.MARKETER if Role.MARKETER in was and Role.QUALIFIER not in was else Role.QUALIFIER

    def turn(person: Person) -> tuple[bool, int, bool, str]:
        other_team = person.managers[:1] != chain[:1]
        return (
            person.unreachable is not None or person.away_at(at),
            leads.get(person.id, 0),
            other_team,
            person.id,
        )

    by_turn = [p.id for p in sorted(able.values(), key=turn) if mine in p.roles]
    above = [id for id in chain if id in able]
    admins = [id for id, person in able.items() if Role.ADMIN in person.roles]
    return tuple(dict.fromkeys((*by_turn, *above, *admins)))


def in_marketing(
    *, at: datetime, people: Mapping[str, Person], nurtured: Mapping[str, int]
) -> tuple[str, ...]:
    """Who may have a lead of a marketer who has left, the likeliest first: whoever has the fewest
    *nurtured*; who is away or not reached by Teams only where nobody else is left.
    """

    def turn(person: Person) -> tuple[bool, int, str]:
        away = person.unreachable is not None or person.away_at(at)
        return away, nurtured.get(person.id, 0), person.id

    here = [p for p in people.values() if p.present and Role.MARKETER in p.roles]
    return tuple(p.id for p in sorted(here, key=turn))


def settle(
    case: Case,
    *,
    at: datetime,
    heirs: tuple[str, ...],
    marketers: tuple[str, ...] = (),
    admins: tuple[str, ...] = (),
) -> Decision | None:
    """Nobody who has left owns or owes anything in this handoff. *heirs* are who may have it,
    *marketers* who may keep in touch; *admins* decide what no manager is left for.

    None when everyone in it is here, or nobody is left who could have it.
    """
    draft = Draft(case, at=at, by=CLOCK, rule="leaving")
    if _gone(case, case.handoff.qualifier):
        _inherited(draft, heirs)
    _nurtured_by_another(draft, marketers)
    _judged_by_another(draft, admins)
    if _gone(case, case.handoff.rep) and _has_it(draft.handoff):
        _taken_from_rep(draft)
    for promise in case.handoff.commitments:
        if promise.what not in (Promise.DECIDE, Promise.JUDGE) and _gone(case, promise.who):
            not_owed(draft, promise)
    for promise in case.handoff.commitments:
        if promise.what is Promise.DECIDE and _gone(case, promise.who):
            _passed_up(draft, promise)
    _look_again(draft)
    if _gone(case, draft.handoff.owner) and not _gone(case, draft.handoff.qualifier):
        draft.set(owner=draft.handoff.qualifier)
    return None if draft.handoff == case.handoff else draft.decision(quiet=True)


def with_who_has_left(case: Case) -> bool:
    """Whether somebody who has left has it, or owes something in it."""
    handoff = case.handoff
    if handoff.state is State.ENDED:
        return False
    theirs = {handoff.qualifier, handoff.owner, *(c.who for c in handoff.commitments if c.open)}
    if handoff.rep and _has_it(handoff):
        theirs.add(handoff.rep)
    return any(not case.people[id].present for id in theirs & case.people.keys())


def pass_on(case: Case, *, at: datetime, reps: tuple[str, ...]) -> Decision | None:
    """The meeting of a rep who has left goes to the first of *reps*, who were seen to be free.

    None where nobody is, or its qualifier has decided already.
    """
    handoff = case.handoff
    meeting = handoff.meeting
    free = [rep for rep in reps if rep != handoff.qualifier]
    if handoff.state is not State.SENT_BACK or handoff.reason != LEFT or not free:
        return None
    if meeting is None or meeting.organizer_event is None or meeting.span.start <= at:
        return None
    draft = Draft(case, at=at, by=CLOCK, rule="leaving")
    draft.end(Promise.REWORK, Ending.RELEASED)
    offer_again(draft, free[0])
    draft.say("given", to=free[0])
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def _gone(case: Case, id: str | None) -> bool:
    if id is None:
        return False
    person = case.people.get(id)
    return person is None or not person.present


def _not_made(handoff: Handoff) -> bool:
    """Whether a time is held and Outlook has no meeting yet."""
    made = handoff.meeting and handoff.meeting.organizer_event
    return handoff.state is State.BOOKING and not made


def _has_it(handoff: Handoff) -> bool:
    return handoff.state in WITH_THE_REP or handoff.owed(Promise.REASON) is not None


def _inherited(draft: Draft, heirs: tuple[str, ...]) -> None:
    """The lead is the first heir's, with clocks of its own. What was not sent yet never is."""
    handoff = draft.handoff
    old = handoff.qualifier
    heir = next((id for id in heirs if not _gone(draft.case, id) and id != handoff.rep), None)
    if heir is None:
        return
    draft.say("left", to=old)
    inherit(draft, heir, not_sent=NOT_SENT)
    draft.say("inherited", to=heir)


def _nurtured_by_another(draft: Draft, marketers: tuple[str, ...]) -> None:
    """The next in marketing keeps in touch, by a clock of their own; where nobody is left there,
    its qualifier.
    """
    handoff = draft.handoff
    old = handoff.owner
    if handoff.state is not State.NURTURED or not _gone(draft.case, old):
        return
    left = (id for id in (*marketers, handoff.qualifier) if not _gone(draft.case, id))
    heir = next(left, None)
    if heir is None:
        return
    draft.say("left", to=old)
    for promise in handoff.commitments:
        if promise.what is Promise.NURTURE and promise.who == old:
            not_owed(draft, promise)
    draft.say("inherited", to=heir)
    with_marketing(draft, heir)


def _judged_by_another(draft: Draft, admins: tuple[str, ...]) -> None:
    """The next manager decides what is contested, by a clock of their own. Where nobody is left
    who could, it stays open.
    """
    for one in draft.handoff.contests:
        promise = next(c for c in draft.handoff.commitments if c.n == one.n)
        if not promise.open or not _gone(draft.case, promise.who):
            continue
        others = (id for id in admins if id not in (one.against, one.by))
        judge = judge_of(draft.case, one.against, one.by) or next(others, None)
        if judge is None:
            continue
        draft.say("left", to=promise.who)
        not_owed(draft, promise)
        moved = replace(one, n=draft.promise(Promise.JUDGE, judge).n)
        contests = tuple(moved if c.n == one.n else c for c in draft.handoff.contests)
        draft.set(contests=contests)
        draft.say("escalated", to=judge)
        draft.show(judge, alert=True)
        for who in (one.by, one.against):
            draft.show(who)


def _taken_from_rep(draft: Draft) -> None:
    """The lead is the qualifier's, and Outlook is asked who else is free at the meeting's time."""
    handoff = draft.handoff
    assert handoff.rep
    draft.say("left", to=handoff.rep)
    for promise in handoff.commitments:
        if promise.who == handoff.rep and promise.what not in {Promise.DECIDE, *BLOCKS}:
            not_owed(draft, promise)  # blocks leave the calendar with hand_back
    if handoff.state is State.SENT_BACK:
        draft.show(handoff.qualifier)
        return
    draft.end(Promise.INVITE, Ending.RELEASED)
    if _not_made(handoff):
        draft.set(state=State.QUALIFIED, meeting=None, rep=None, owner=handoff.qualifier)
        draft.promise(Promise.BOOK, handoff.qualifier)
    else:
        hand_back(draft, reason=LEFT)
        draft.set(leave=None, leave_kept=False, kept=None, trouble=None)
    draft.show(handoff.qualifier, alert=True)


def _passed_up(draft: Draft, decide: Commitment) -> None:
    """The next manager up decides instead; where none is left, whoever is late is told again."""
    current = next(c for c in draft.handoff.commitments if c.n == decide.n)
    about = next((c for c in draft.handoff.commitments if c.n == decide.about), None)
    if not current.open:
        return
    draft.say("left", to=decide.who)
    draft.finish(current, Ending.RELEASED)
    if about is None or not about.open or ask_manager(draft, about, about):
        return
    if not about.alarms:
        draft.update(chase_again(draft, about))


def _look_again(draft: Draft) -> None:
    """Times with somebody who has left, or in the calendar of one, are looked for anew."""
    handoff, case = draft.handoff, draft.case
    search = handoff.search
    other = handoff.qualifier != case.handoff.qualifier
    if _not_made(handoff) and other and handoff.again and not _gone(case, handoff.rep):
        draft.end(Promise.INVITE, Ending.RELEASED)
        still_theirs(draft, look=True)
        return
    if _not_made(handoff) and other:
        draft.end(Promise.INVITE, Ending.RELEASED)
        draft.set(state=State.QUALIFIED, meeting=None, rep=None, owner=handoff.qualifier)
        draft.promise(Promise.BOOK, handoff.qualifier)
    if not looking(draft.handoff) or search is None:
        return
    if _gone(case, search.rep):
        draft.set(search=None)
        draft.show(handoff.qualifier, alert=True)
    elif (
        other
        or case.handoff.state is State.BOOKING
        or any(_gone(case, one.rep) for one in search.found or ())
    ):
        draft.look_for_times(search)
