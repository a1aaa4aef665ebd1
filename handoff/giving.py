"""A meeting goes to a colleague because somebody says so: asked for, looked at again, then given.

Who was free when a card was drawn need not be when it is clicked. So a click only asks: a job looks
in Outlook and at the colleague's limits, and the meeting is theirs if both still allow it. Pure.
"""

from dataclasses import replace
from datetime import datetime

from handoff import absence, deciding, handing_over
from handoff.absence import MEETING_AHEAD
from handoff.clocks import hears_of
from handoff.draft import OUTLOOK, Draft
from handoff.effects import FindStandIns, GiveTo, How, Show
from handoff.errors import MovedOnError, NotOfferedError, NotYoursError, RefusedError
from handoff.inheriting import first_due_stays, inherit
from handoff.model import Case, Decision, Deed, Did, Giving, Handoff, Role, State
from handoff.moves import not_yours, require_state
from handoff.offering import follows_up, goes_to
from handoff.policy import Promise

WAITING = frozenset({State.QUALIFIED, State.SENT_BACK})
"""In these the next step of a lead is its qualifier's."""
RESPONSIBLE = "the qualifier, or a manager of theirs or the rep's,"
NOT_SENT = "the lead is another qualifier's now"


def responsible(case: Case, by: str) -> bool:
    """Whether *by* answers for the meeting: its qualifier, or a manager of theirs or the rep's, as
    far up as decisions go.
    """
    handoff, levels = case.handoff, case.policy.levels
    if by == handoff.qualifier:
        return True
    asked = (case.people.get(id) for id in (handoff.rep, handoff.qualifier) if id)
    return any(by in person.managers[:levels] for person in asked if person)


def goes_on(handoff: Handoff, at: datetime) -> bool:
    """Whether it can be passed on: before its meeting has begun, or while it is followed up."""
    ahead = handoff.meeting is not None and handoff.meeting.span.start > at
    return handoff.state is State.FOLLOWING or (handoff.state in MEETING_AHEAD and ahead)


def look_for(case: Case, *, by: str, at: datetime) -> Decision:
    """Somebody responsible wants a colleague to have the lead: who can take it is looked up, in
    Outlook while its meeting is ahead.

    Whatever the rep has answered, and whether or not they are there; also after the meeting, while
    it is followed up. Raises NotYoursError, MovedOnError.
    """
    _may(case, by, at)
    draft = Draft(case, at=at, by=by, rule="handing_on")
    draft.set(giving=Giving(by=by, how="hand_on"), stand_ins=None)
    draft.follow(FindStandIns(draft.id))
    return draft.decision(quiet=True)


def leave_it(case: Case, *, by: str, at: datetime) -> Decision:
    """It stays where it is. Raises NotYoursError, MovedOnError."""
    giving = case.handoff.giving
    if giving is None or giving.by != by:
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="handing_on")
    draft.set(giving=None)
    return draft.decision(quiet=True)


def hand_on(case: Case, *, by: str, at: datetime, rep: str, reason: str = "") -> Decision:
    """The meeting goes to *rep* at its time, and nobody is late with it; once that is over, the
    lead is theirs to follow up.

    Raises NotYoursError, MovedOnError, NotOfferedError.
    """
    _may(case, by, at)
    handoff = case.handoff
    if rep not in (handoff.stand_ins or ()):
        raise NotOfferedError(at=("rep",))
    draft = Draft(case, at=at, by=by, rule="handing_on")
    if reason.strip():
        draft.say("reassigned", to=rep, reason=reason.strip())
    else:
        draft.say("reassigned", to=rep)
    if handoff.state is State.FOLLOWING:
        follows_up(draft, rep)
    else:
        goes_to(draft, rep)
    if handoff.rep:
        draft.show(handoff.rep, alert=True)
    return draft.decision()


def may_give_lead(case: Case, by: str) -> bool:
    """Whether *by* may make it another qualifier's: it waits for its qualifier, and for nobody
    else.
    """
    return case.handoff.state in WAITING and responsible(case, by)


def give_lead(case: Case, *, by: str, at: datetime, to: str, reason: str = "") -> Decision:
    """A lead that is to be handed over, or was sent back, is the qualifier *to*'s, who owes the
    same by clocks of their own; times are looked for in their calendar. What was missed stays so,
    and a manager who was asked has decided. What was not overdue keeps when it was first due, and
    a qualifier's giving gains no more than one clock after that; a manager's begins it anew.

    Raises NotYoursError, MovedOnError, NotOfferedError.
    """
    handoff = case.handoff
    if not responsible(case, by):
        raise NotYoursError(not_yours(RESPONSIBLE, case.handoff))
    require_state(case, *WAITING)
    heir = case.people.get(to)
    if heir is None or not heir.present or Role.QUALIFIER not in heir.roles:
        raise NotOfferedError("Please choose a qualifier.", at=("to",))
    if to in (handoff.qualifier, handoff.rep):
        raise NotOfferedError("Please choose somebody who does not have it.", at=("to",))
    draft = Draft(case, at=at, by=by, rule="handing_on")
    if reason.strip():
        draft.say("lead_given", to=to, reason=reason.strip())
    else:
        draft.say("lead_given", to=to)
    if decide := handoff.owed(Promise.DECIDE, by):
        draft.finish(decide)
    draft.did(Did.GAVE, whose=to)
    by_manager = by != handoff.qualifier
    inherit(draft, to, not_sent=NOT_SENT)
    first_due_stays(draft, handoff, fresh=by_manager)
    soon = at + case.policy.least
    if any(c.open and c.counted_from and c.due_at < soon for c in draft.handoff.commitments):
        raise NotOfferedError(
            "It was passed on before, and no time is left to pass it on again. "
            "Please hand it over, or ask your manager to give it to somebody."
        )
    search = draft.handoff.search
    if search and search.rep == to:
        draft.set(search=None)
    elif search and handing_over.looking(draft.handoff):
        draft.look_for_times(search)
    draft.show(handoff.qualifier, alert=by_manager)
    return draft.decision()


def ask(case: Case, *, by: str, at: datetime, how: How, rep: str, reason: str = "") -> Decision:
    """*rep* is to have it if they still can, which is looked at first. Raises what the rule of
    *how* does.
    """
    asked = GiveTo(case.handoff.id, rep=rep, by=by, how=how, reason=reason)
    _given(case, at, asked)
    if why := too_near(case, rep, at):
        raise NotOfferedError(why, at=("rep",))
    draft = Draft(case, at=at, by=by, rule="handing_on")
    draft.set(giving=Giving(by=by, how=how, rep=rep))
    draft.follow(asked)
    return draft.decision(quiet=True)


def too_near(case: Case, rep: str, at: datetime) -> str:
    """Why *rep* is not asked any more, in words: before the meeting that is ahead they are not at
    work for as long as the policy gives anybody to answer. Empty in any other case.
    """
    meeting, least = case.handoff.meeting, case.policy.least
    if case.handoff.state is State.FOLLOWING or meeting is None or meeting.span.start <= at:
        return ""
    if hears_of(case, rep, at, meeting.span.start):
        return ""
    minutes = int(least.total_seconds() // 60)
    return (
        f"Too near: before the meeting they are at work for less than {minutes} minutes, so "
        "nobody asks them any more."
    )


def give(case: Case, *, at: datetime, asked: GiveTo) -> Decision | None:
    """*rep* can take it, and has it. Where it has moved on meanwhile, whoever asked is told.

    None where something else was asked since.
    """
    if not _still_asked(case, asked):
        return None
    try:
        decision = _given(case, at, asked)
    except RefusedError:
        draft = Draft(case, at=at, by=OUTLOOK, rule="handing_on")
        draft.set(giving=None)
        draft.say("not_given", to=asked.rep)
        draft.show(asked.by, alert=True)
        return draft.decision()
    seen = {effect.person for effect in decision.effects if isinstance(effect, Show)}
    more = () if asked.by in seen else (Show(asked.by, case.handoff.id),)
    gave = Deed(what=Did.GAVE, by=asked.by, at=at, whose=asked.rep)
    return replace(
        decision,
        handoff=replace(decision.handoff, giving=None).with_deed(gave),
        effects=(*decision.effects, *more),
    )


def cannot(case: Case, *, at: datetime, asked: GiveTo, why: str) -> Decision | None:
    """*rep* cannot take it any more: whoever asked reads why, and chooses again."""
    if not _still_asked(case, asked):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="handing_on")
    left = tuple(one for one in case.handoff.stand_ins or () if one != asked.rep)
    draft.set(giving=Giving(by=asked.by, how=asked.how, why=why), stand_ins=left)
    draft.show(asked.by)
    return draft.decision(quiet=True)


def _given(case: Case, at: datetime, asked: GiveTo) -> Decision:
    """By anybody responsible, a manager who decides, a qualifier who has it back, or a rep who will
    be away.
    """
    by, rep = asked.by, asked.rep
    match asked.how:
        case "hand_on":
            return hand_on(case, by=by, at=at, rep=rep, reason=asked.reason)
        case "reassign":
            return deciding.reassign(case, by=by, at=at, rep=rep, reason=asked.reason)
        case "give_to":
            return handing_over.give_to(case, by=by, at=at, rep=rep)
        case "pass_on":
            return absence.pass_on(case, by=by, at=at, rep=rep)


def _still_asked(case: Case, asked: GiveTo) -> bool:
    return case.handoff.giving == Giving(by=asked.by, how=asked.how, rep=asked.rep)


def _may(case: Case, by: str, at: datetime) -> None:
    if not responsible(case, by):
        raise NotYoursError(not_yours(RESPONSIBLE, case.handoff))
    require_state(case, *MEETING_AHEAD, State.FOLLOWING)
    if not goes_on(case.handoff, at):
        raise MovedOnError("The meeting has begun. Pass it on once its time is over.")
