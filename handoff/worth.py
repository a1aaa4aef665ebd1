"""What an open lead is worth is put right, by its qualifier: with author, from what to what."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from handoff.correcting import NOW, WAS
from handoff.draft import Draft
from handoff.effects import InviteLeader
from handoff.errors import MovedOnError, NotOfferedError
from handoff.model import Case, Decision
from handoff.money import Money
from handoff.moves import only
from handoff.passing import leader_invited, leader_of


def mend(case: Case, *, by: str, at: datetime, worth: Money | None) -> Decision:
    """The lead is worth so much a year, or it is not known. Whoever is to hear of it by its worth
    is invited once, to the meeting that there is. Who was invited stays so.

    The pool that it went to stays, for that was decided by what was known then.
    """
    handoff, before = case.handoff, case.handoff.lead
    only(handoff, "qualifier", by)
    if not handoff.open:
        raise MovedOnError
    lead = replace(before, value=worth, unclear_value="")
    if lead == before:
        raise NotOfferedError("That is what it is worth already.", at=("value",))
    draft = Draft(case, at=at, by=by, rule="worth")
    draft.set(lead=lead)
    changed: dict[str, Any] = {f"{WAS}value": _told(before.value), f"{NOW}value": _told(worth)}
    draft.say("worth_mended", **changed)
    draft.show(by)
    if handoff.rep:
        draft.show(handoff.rep)
    if invites_leader(draft):
        draft.follow(InviteLeader(draft.id))
    return draft.decision()


def invites_leader(draft: Draft) -> bool:
    """Whether somebody is to be on the meeting that there is, for what the lead is worth now."""
    meeting = draft.handoff.meeting
    on_its_way = meeting is not None and meeting.organizer_event is not None
    return on_its_way and leader_of(draft.handoff.worth, draft.case.policy) is not None


def invited(case: Case, *, at: datetime, leader: str) -> Decision | None:
    """Outlook has them on the meeting: they are told, once, and those who meet read so."""
    if case.handoff.leader == leader or not case.handoff.open:
        return None
    draft = Draft(case, at=at, by="outlook", rule="leader")
    leader_invited(draft, leader)
    for who in filter(None, (case.handoff.qualifier, case.handoff.rep)):
        draft.show(who)
    return draft.decision()


def _told(worth: Money | None) -> str:
    """What the timeline keeps of it: 48000 EUR. Words that are no amount are a text of somebody's,
    which goes in time, and no part of it.
    """
    return f"{worth.plain()} {worth.currency}" if worth else ""


def unlined(case: Case) -> str:
    """Why the policy's lines for leaders say nothing of this lead, in words; nothing where they do,
    or did.

    An amount in a currency for which the policy draws no line is unknown to it, as one that nobody
    knows is: it is neither enough nor too little.
    """
    lines = {line.value_from.currency for line in case.policy.routing.leaders}
    worth = case.handoff.worth
    known = worth is not None and worth.currency in lines
    if not lines or known or case.handoff.leader:  # who is invited already stays so
        return ""
    if worth is None:
        return "What it is worth is not known, so no leader is invited by it."
    drawn = " and ".join(sorted(lines))
    return (
        f"It is worth so much in {worth.currency}, and the policy's lines for leaders are in "
        f"{drawn}: no leader is invited by it."
    )
