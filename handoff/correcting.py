"""A brief is put right: before it is booked, of a booked meeting in one update, or of one that was
sent back, to be offered again. Rules.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from handoff import addresses, clocks, introducing, letters
from handoff.absence import MEETING_AHEAD
from handoff.draft import Draft
from handoff.effects import MendInvitation
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError
from handoff.handing_over import complete, fits_now, not_yet
from handoff.model import (
    PROSPECT,
    Alarm,
    Case,
    Decision,
    Did,
    Ending,
    Entry,
    Handoff,
    Lead,
    Search,
    State,
    Step,
)
from handoff.money import Money
from handoff.moves import only, require_state
from handoff.offering import offer_again
from handoff.policy import FIELDS, Promise
from handoff.routing import gate
from handoff.routing.rules import route
from handoff.screening import complete_now, held
from handoff.timeline import Word

WAS, NOW = "was_", "now_"  # in the timeline, before the name of a field


def fix_brief(
    case: Case, *, by: str, at: datetime, lead: Lead, why: str = "", booked: bool = False
) -> Decision:
    """The qualifier mends the brief of a lead that was sent back, and offers it to the same rep; or
    of one whose meeting is booked, and everyone invited has one update. A *booked* one that its rep
    has sent back a moment ago is only put right: nobody meant to ask them again. While another rep
    is put on the meeting, who is invited reads it with that.

    What was sent back keeps its time while that is still ahead; otherwise new times are looked for.
    The timeline says what changed, from what to what. The campaign is set once: another one takes a
    reason, *why*, which stays with its author. Raises IncompleteError without one.
    """
    only(case.handoff, "qualifier", by)
    back = case.handoff.state is State.SENT_BACK
    if back and booked:
        return correct_brief(case, by=by, at=at, lead=lead, why=why)
    meeting = case.handoff.meeting
    changing_hands = [State.BOOKING] if meeting and meeting.organizer_event else []
    require_state(case, State.SENT_BACK, *changing_hands, *MEETING_AHEAD)
    draft = Draft(case, at=at, by=by, rule="rework" if back else "mended")
    _put_right(draft, lead, why)
    assert case.handoff.rep
    if not back:
        _mended(draft)
    elif not case.person(case.handoff.rep).present:
        raise NotOfferedError("Whoever had it is no longer here. Please choose someone else.")
    else:
        offer_again(draft, case.handoff.rep)
    _say_what_changed(draft, "fixed" if back else "mended", why)
    return draft.decision()


def correct_brief(case: Case, *, by: str, at: datetime, lead: Lead, why: str = "") -> Decision:
    """The qualifier mends the brief of a lead that is theirs to hand over, or to decide on: nobody
    is asked and nothing goes out by that. What goes out next says it as it is now, and times that
    were found are looked for anew, for who may have it and when may be others.

    A lead that reaches the policy's line by it is to be handed over as any other. *why* is as in
    `fix_brief`. Raises IncompleteError, NotYoursError, MovedOnError, NotOfferedError.
    """
    only(case.handoff, "qualifier", by)
    require_state(case, State.QUALIFIED, State.SENT_BACK)
    back = case.handoff.state is State.SENT_BACK
    draft = Draft(case, at=at, by=by, rule="rework" if back else "mended")
    _put_right(draft, lead, why)
    _is_another(draft)
    if not back:
        _gated_anew(draft)
        if search := draft.handoff.search:
            draft.look_for_times(_routed_anew(draft, search))
    _say_what_changed(draft, "mended", why)
    draft.show(by)
    return draft.decision()


def _gated_anew(draft: Draft) -> None:
    """What the policy asks of a lead holds for the brief as it is now; one that went on below a
    line, for a reason that its qualifier gave, goes on.
    """
    if held(draft.handoff):
        draft.set(trouble=complete_now(draft.handoff.trouble or ""))
        return
    before, routing = draft.case.handoff.lead, draft.case.policy.routing
    under, owed = gate.below(draft.handoff.lead, routing), draft.handoff.owed(Promise.FIT)
    if under is None and owed:
        draft.set(trouble=None)
        fits_now(draft)
    elif under and owed:
        draft.set(trouble=not_yet(under.words()))
    elif under and gate.below(before, routing) is None:
        draft.end(Promise.BOOK, Ending.RELEASED)
        draft.release_managers()
        draft.set(trouble=not_yet(under.words()), search=None)
        draft.promise(Promise.FIT, draft.handoff.qualifier)


def _routed_anew(draft: Draft, search: Search) -> Search:
    """Where the rules chose the pool, the one that they choose by the brief as it is now."""
    if search.rule in ("", PROSPECT):
        return search
    rule = route(draft.handoff.lead, draft.case.policy.routing)
    return replace(search, pool=rule.to, rule=rule.name)


def _put_right(draft: Draft, lead: Lead, why: str) -> None:
    """The brief is that of *lead*, and the prospect invited at its address from now on. Raises
    IncompleteError.
    """
    complete(lead, draft.case.policy)
    before = draft.case.handoff.lead
    lead = replace(lead, message=before.message)  # no form has it
    if addresses.one(lead.contact_email) == addresses.one(before.contact_email):
        lead = replace(lead, contact_email=before.contact_email)
    if _another_campaign(before, lead) and not why.strip():
        raise IncompleteError({"campaign_why": "Why the campaign is another"})
    draft.set(lead=lead, proposed=())  # taken or left
    if lead.contact_email != before.contact_email:
        known = not_yet_told(draft.case.handoff) or letters.introduced_at(draft.case.handoff)
        _invited_there(draft)
        draft.did(Did.ADDRESS, was=known or before.contact_email)
        _silence_is_looked_at_anew(draft)


def _another_campaign(before: Lead, now: Lead) -> bool:
    return bool(before.campaign) and now.campaign != before.campaign


def _say_what_changed(draft: Draft, word: Word, why: str) -> None:
    before, now = draft.case.handoff.lead, draft.handoff.lead
    another = _another_campaign(before, now)
    if another:
        draft.say(
            "campaign_corrected",
            rule="campaign",
            was=before.campaign,
            now=now.campaign,
            why=why.strip(),
        )
    changes = _changes(before, now, but=("campaign",) if another else ())
    if changes or not another or word == "fixed":  # which says that it was sent again
        draft.say(word, **changes)


def _is_another(draft: Draft) -> None:
    """Raises NotOfferedError where the brief is as it was."""
    if draft.handoff.lead == draft.case.handoff.lead:
        raise NotOfferedError("Nothing was changed.")


def _mended(draft: Draft) -> None:
    """The meeting stands, and says what the brief says now."""
    handoff = draft.handoff
    if handoff.meeting is None or handoff.meeting.span.start <= draft.at:
        raise MovedOnError("The meeting has begun.")
    _is_another(draft)
    draft.follow(MendInvitation(draft.id))
    introducing.introduce_after_all(draft)
    draft.show(handoff.qualifier)
    if handoff.rep:
        draft.show(handoff.rep)


def _invited_there(draft: Draft) -> None:
    """Nobody has answered from the prospect's address, which is another now."""
    introducing.introduce_there(draft)
    if meeting := draft.handoff.meeting:
        nothing = replace(meeting, prospect=None, prospect_at=None, prospect_other=None)
        draft.set(meeting=nothing)


def _silence_is_looked_at_anew(draft: Draft) -> None:
    """Whoever is invited there is silent as well, if they are by the time that the policy has for
    it, though that has been said of the address before.
    """
    meet, at = draft.handoff.owed(Promise.MEET), clocks.risk_at(draft.case_now)
    if meet and at and at > draft.at and all(one.step is not Step.RISK for one in meet.alarms):
        alarms = sorted((Alarm(at, Step.RISK), *meet.alarms), key=lambda one: one.at)
        draft.update(replace(meet, alarms=tuple(alarms)))


def not_yet_told(handoff: Handoff) -> str:
    """The address at which the prospect is still invited, of a lead that was sent back and whose
    brief says another since; empty in any other case.
    """
    rework, corrected = handoff.owed(Promise.REWORK), handoff.deed(Did.ADDRESS)
    if rework is None or corrected is None or corrected.at < rework.made_at:
        return ""
    there = addresses.one(corrected.was) == addresses.one(handoff.lead.contact_email)
    return "" if there else corrected.was


def former_addresses(lead: Lead, timeline: Iterable[Entry]) -> frozenset[str]:
    """By which the prospect may still be on the meeting though the brief says another by now."""
    mended = (one for one in timeline if one.what in ("fixed", "mended"))
    was = (one.detail.get(f"{WAS}contact_email") for one in mended)
    return frozenset(filter(None, was)) - {lead.contact_email}


def _changes(before: Lead, after: Lead, but: tuple[str, ...]) -> dict[str, Any]:
    """What is another in each field, from what to what."""
    found: dict[str, Any] = {}
    for name in (*FIELDS, "contact_zone"):
        was, now = (_told(getattr(one, name)) for one in (before, after))
        if was != now and name not in but:
            found |= {f"{WAS}{name}": was, f"{NOW}{name}": now}
    return found


def _told(field: object) -> str:
    """A field of a brief, as the timeline keeps it: an amount with its currency."""
    if isinstance(field, Money):
        return f"{field.plain()} {field.currency}"
    return str(field or "")
