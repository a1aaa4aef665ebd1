"""The deals of the company's CRM: which of them is a lead's, and what follows from how it stands.

A deal belongs to the last of its contacts' leads that had come in when it was made. One that is
alone is the lead's deal; of several, whoever has the lead is asked which, and nobody guesses. What
is known to be its deal stays so until it is gone there, or somebody says otherwise here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from handoff.amounts import MOST, currencies
from handoff.draft import Draft
from handoff.effects import InviteLeader, TellOfDeal
from handoff.errors import MovedOnError, NotOfferedError, NotYoursError
from handoff.model import CRM, Case, Deal, DealState, Decision, Handoff, Outcome
from handoff.money import Money, decimals
from handoff.moves import not_yours
from handoff.retention import Retention
from handoff.worth import invites_leader

LONGEST = 255  # characters of a next step, as in a line of Salesforce and Dynamics 365
TEXTS = Retention().texts  # for which they are kept where nothing else is said
NONE = "none"  # of the deals that are there, none is the lead's


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A lead that the CRM is told of."""

    handoff: UUID
    number: int
    contact: str  # its id there
    begun: datetime  # when the lead came in
    over: datetime | None = None  # when it ended otherwise than by a deal


def belongs_to(
    contacts: Collection[str], made_at: datetime, leads: Iterable[Beside]
) -> UUID | None:
    """Whose a deal is that stands beside those *contacts*: the last of their leads that had come in
    when it was made. None of a deal that was there before any of them. One that was over by then,
    as a double that was closed, has it where there is no other.
    """
    before = [one for one in leads if one.contact in contacts and one.begun <= made_at]
    going = [one for one in before if one.over is None or one.over > made_at]
    last = max(going or before, key=lambda one: (one.begun, one.number), default=None)
    return last.handoff if last else None


def counts_as(stage: str, said: DealState, stages: Mapping[str, str]) -> DealState:
    """How a deal at that *stage* stands: as the policy maps it, else as the CRM has *said*. A stage
    that weighs as load is open.
    """
    mapped = stages.get(stage)
    if mapped is None:
        return said
    return DealState(mapped) if mapped in set(DealState) else DealState.OPEN


def amount_of(written: str, currency: str) -> Money | None:
    """What a machine wrote, in whole minor units of that *currency*; None where it is no amount,
    or where nobody knows the currency.
    """
    try:
        value = Decimal(written)
    except InvalidOperation:
        return None
    if currency not in currencies() or not value.is_finite() or not 0 <= value <= MOST:
        return None
    return Money(round(value.scaleb(decimals(currency))), currency)


def read(
    case: Case, *, at: datetime, deals: Sequence[Deal], texts: timedelta = TEXTS
) -> Decision | None:
    """The CRM has these *deals*, which may be the lead's. None where that is known already. What
    was ruled out stays so where it is missing for a while. A next step is known of a deal that goes
    on, and for as long after the lead's end as other *texts* are kept.
    """
    handoff, was = case.handoff, case.handoff.deal
    kept = handoff.ended_at is None or at < handoff.ended_at + texts
    ruled_out = {one.id for one in handoff.deals if one.ruled_out}
    waits = {one.id: one.waits_for for one in handoff.deals}
    now = tuple(
        replace(
            one,
            ruled_out=one.id in ruled_out,
            waits_for=one.stage if waits.get(one.id) == one.stage else "",
            next_step=_cut(one.next_step) if kept and one.state is DealState.OPEN else "",
        )
        for one in sorted(deals, key=lambda one: (one.made_at, one.id))
    )
    here = {one.id for one in now}
    now += tuple(
        replace(one, gone=True, amount=None, owner="", waits_for="", next_step="")
        for one in handoff.deals
        if one.ruled_out and one.id not in here
    )
    left = [one.id for one in now if not one.ruled_out]
    deal_id = handoff.deal_id if handoff.deal_id in here else None
    if deal_id is None and len(left) == 1:
        [deal_id] = left
    if now == handoff.deals and deal_id == handoff.deal_id:
        return None
    draft = Draft(case, at=at, by=CRM, rule="deal")
    draft.set(deals=now, deal_id=deal_id)
    quiet = not _say(draft, was, draft.handoff.deal)
    _follow(draft)
    among = {one.id for one in asked(draft.handoff)}
    if among - {one.id for one in asked(handoff)}:
        draft.follow(TellOfDeal(handoff.owner, draft.id))
    return draft.decision(quiet=quiet)


def choose(case: Case, *, by: str, at: datetime, deal: str) -> Decision | None:
    """Whoever has the lead says which of several is its deal, or that NONE is, also of one; None
    where that is so already. Raises NotYoursError for anybody else, NotOfferedError where that one
    is not among them any more, and MovedOnError where nothing is asked.
    """
    handoff = case.handoff
    if by != handoff.owner:
        raise NotYoursError(not_yours("whoever has the lead", handoff))
    if deal == NONE and handoff.deals and all(one.ruled_out for one in handoff.deals):
        return None
    if not may_choose(handoff, by) and not (deal == NONE and may_refuse(handoff, by)):
        if handoff.deals and deal == (handoff.deal_id or NONE):
            return None
        raise MovedOnError
    if deal != NONE and deal not in {one.id for one in handoff.deals if not one.gone}:
        raise NotOfferedError("That deal is not beside the contact any more. Please choose anew.")
    draft = Draft(case, at=at, by=by, rule="deal")
    others = tuple(replace(one, ruled_out=one.id != deal) for one in handoff.deals)
    draft.set(deals=others, deal_id=None if deal == NONE else deal)
    if deal == NONE:
        draft.say("deal_said", none="yes")
    else:
        draft.say("deal_said", **_told(draft.handoff.deal))
    _follow(draft)
    return draft.decision()


def asked(handoff: Handoff) -> tuple[Deal, ...]:
    """Among which deals somebody is to say which is the lead's; none where nothing is asked."""
    left = tuple(one for one in handoff.deals if not one.ruled_out)
    return left if len(left) > 1 else ()


def may_choose(handoff: Handoff, who: str) -> tuple[Deal, ...]:
    """As `asked`, for whoever has the lead, and all where they have said that it is none of them;
    none for anybody else, as a rep who sent it back.
    """
    if who != handoff.owner:
        return ()
    left = [one for one in handoff.deals if not one.ruled_out]
    return asked(handoff) if left else tuple(one for one in handoff.deals if not one.gone)


def may_refuse(handoff: Handoff, who: str) -> Deal | None:
    """The deal that is known, of which whoever has the lead may say that it is none of the lead's;
    None for anybody else, and where they are asked which it is.
    """
    mine = who == handoff.owner and not asked(handoff)
    return handoff.deal if mine else None


def differs(handoff: Handoff) -> str:
    """How the deal stands there, where it is said to be otherwise here; empty where the two agree,
    or where nothing is to be compared.
    """
    deal, here = handoff.deal, handoff.outcome
    if deal is None or here is Outcome.OBJECTED:
        return ""
    match here:
        case Outcome.WON:
            same = deal.state is DealState.WON
        case None | Outcome.OPPORTUNITY:
            same = deal.state is DealState.OPEN
        case _:
            same = deal.state is DealState.LOST
    return "" if same else deal.state.value


def _say(draft: Draft, was: Deal | None, now: Deal | None) -> bool:
    """What of it stands in the timeline: that it was found, is gone, was won, lost or goes on. What
    it is worth changes too often for that.
    """
    if was is not None and (now is None or now.id != was.id):
        draft.say("deal_gone")
    elif was is not None and now is not None and now.state is not was.state:
        draft.say("deal_moved", state=now.state.value, **_told(now))
    if now is not None and (was is None or now.id != was.id):
        draft.say("deal_found", state=now.state.value, **_told(now))
    return (was and (was.id, was.state)) != (now and (now.id, now.state))


def _cut(written: str) -> str:
    """On one line, and not longer than there is room for."""
    line = " ".join(written.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"


def _follow(draft: Draft) -> None:
    """Whoever reads of it reads it anew; whoever is to come for what it is worth does."""
    handoff, before = draft.handoff, draft.case.handoff
    for who in (handoff.owner, handoff.rep, handoff.qualifier):
        if who:
            draft.show(who)
    if handoff.worth != before.worth:
        if handoff.leader:
            draft.show(handoff.leader)
        if handoff.open and invites_leader(draft):
            draft.follow(InviteLeader(draft.id))


def _told(deal: Deal | None) -> dict[str, Any]:
    """What the timeline keeps of it: its stage as it was called, and 48000 EUR."""
    if deal is None:
        return {}
    amount = f"{deal.amount.plain()} {deal.amount.currency}" if deal.amount else ""
    return {"stage": deal.stage_name} | ({"amount": amount} if amount else {})
