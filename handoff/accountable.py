"""Who is accountable for a deal follows its stage, as the policy has it; one that is won is handed
to whoever looks after customers. Pure.

The router says whose turn it is, or the policy names somebody; it is decided once for each time
that a deal comes to a stage.
"""

from dataclasses import replace
from datetime import datetime

from handoff.draft import CLOCK, Draft
from handoff.effects import TellCrm
from handoff.model import CRM, Case, Deal, DealState, Decision, Did, Ending, Handoff, Outcome, State
from handoff.offering import follows_up
from handoff.policy import Promise

POOL = "pool:"  # before its code, in the policy


def came_to(was: Deal | None, now: Deal | None) -> bool:
    """Whether the deal has come to the stage that it is at, or has yet to be given on for it."""
    if now is None or now.state is not DealState.OPEN:
        return False
    moved = was is None or (was.id, was.stage) != (now.id, now.stage)
    return moved or now.waits_for == now.stage


def may_be_given(handoff: Handoff) -> bool:
    """Whether another may have it: it is followed up, or goes on as a deal. A meeting that is ahead
    stays with whoever is invited to it.
    """
    sold = handoff.state is State.ENDED and handoff.outcome is Outcome.OPPORTUNITY
    return handoff.state is State.FOLLOWING or sold


def give(case: Case, *, at: datetime, to: str | None, turn: int | None = None) -> Decision | None:
    """The deal has come to a stage of the policy's, and is *to*'s by that: by the choice of that
    number, or by name. None of them, where nobody can have it yet: it is looked at again. None as
    the answer where that is so already.
    """
    handoff, deal = case.handoff, case.handoff.deal
    if deal is None:
        return None
    waits_for = deal.stage if to is None or not may_be_given(handoff) else ""
    marked = replace(deal, waits_for=waits_for)
    same = waits_for or to == handoff.rep
    if same and marked == deal:
        return None
    draft = Draft(case, at=at, by=CRM, rule="accountable")
    draft.set(deals=tuple(marked if one.id == deal.id else one for one in handoff.deals))
    if same or to is None:
        return draft.decision(quiet=True)
    draft.did(Did.STAGE, whose=to, was=deal.stage_name)
    if turn is None:
        draft.say("deal_given", to=to, stage=deal.stage_name)
    else:
        draft.say("deal_given", to=to, stage=deal.stage_name, turn=str(turn))
    if handoff.state is State.FOLLOWING:
        follows_up(draft, to)
    else:
        _goes_on_with(draft, to)
    if handoff.rep:
        draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def _goes_on_with(draft: Draft, to: str) -> None:
    """The deal is *to*'s; nothing is owed of it. A promise that is over at once says since when it
    is theirs, by which figures know whose a win is.
    """
    draft.set(rep=to, owner=to)
    draft.finish(draft.promise(Promise.PROGRESS, to), Ending.RELEASED)
    draft.show(to, alert=True)
    draft.follow(TellCrm(draft.id))


def hand_over(case: Case, *, at: datetime, to: str, turn: int) -> Decision | None:
    """The deal is won, and *to* looks after the customer from now on, by the choice of that number.
    None where somebody does already, or where it is not won after all.
    """
    handoff = case.handoff
    if not may_be_handed_over(handoff) or to == handoff.rep:
        return None
    draft = Draft(case, at=at, by=CLOCK, rule="customer")
    draft.set(owner=to)
    draft.did(Did.CUSTOMER, whose=to)
    draft.say("customer_given", to=to, turn=str(turn))
    for who in (to, handoff.rep, handoff.qualifier):
        if who:
            draft.show(who, alert=True)
    draft.follow(TellCrm(draft.id))
    return draft.decision()


def may_be_handed_over(handoff: Handoff) -> bool:
    """Whether it is won, and still its rep's."""
    won = handoff.state is State.ENDED and handoff.outcome is Outcome.WON
    return won and handoff.rep is not None and handoff.owner == handoff.rep


def back_from_customers(draft: Draft) -> None:
    """It is not won after all: it is its rep's again."""
    handoff = draft.handoff
    if handoff.deed(Did.CUSTOMER) is None or handoff.rep in (None, handoff.owner):
        return
    before = handoff.owner
    draft.set(owner=handoff.rep)
    draft.show(before, alert=True)
    draft.follow(TellCrm(draft.id))
