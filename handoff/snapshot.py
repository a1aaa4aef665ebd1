"""How a handoff stands, all of it, as a CRM is told: whichever of two comes last, and however often
one comes, what is known there is true. Pure.

A lead is told of from when a rep has first been given it.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from handoff.back_for import BATON_REASONS
from handoff.draft import CLOCK, OUTLOOK, UNABLE
from handoff.model import PROSPECT, Case, Commitment, Handoff, Outcome, State
from handoff.place import ACCEPTED, HANDED_OVER
from handoff.policy import FIELDS, LONG, Promise

PREFIX = "baton_"
TOLD: Mapping[str, str] = {
    "baton_lead": "Baton: lead",
    "baton_status": "Baton: status",
    "baton_changed_by": "Baton: changed by",
    "baton_qualifier": "Baton: qualifier",
    "baton_rep": "Baton: rep",
    "baton_meeting": "Baton: meeting",
    "baton_accepted": "Baton: accepted at",
    "baton_brief": "Baton: brief",
    "baton_brief_internal": "Baton: brief, internal",
    "baton_sent_back": "Baton: sent back for",
    "baton_outcome": "Baton: outcome",
    "baton_next_step": "Baton: next step",
    "baton_campaign": "Baton: campaign",
}
"""What is told, by the name of its field there, as people read it. They are stored in CRMs: none is
renamed.
"""
MOMENTS = frozenset({"baton_meeting", "baton_accepted"})
OF_ONE_REP = frozenset({"baton_accepted", "baton_sent_back"})
"""How quickly a rep said yes, and why they did not: counted, they are figures about a person."""
LINES = frozenset({"baton_brief", "baton_brief_internal"})

STATES: Mapping[State, str] = {
    State.QUALIFIED: "qualified",
    State.BOOKING: "being booked",
    State.OFFERED: "offered",
    State.PROPOSED: "another time proposed",
    State.ACCEPTING: "being accepted",
    State.ACCEPTED: "accepted",
    State.FOLLOWING: "met",
    State.SENT_BACK: "sent back",
    State.NURTURED: "nurtured",
    State.CONTESTED: "contested",
    State.ENDED: "ended",
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.OPPORTUNITY: "opportunity",
    Outcome.WON: "won",
    Outcome.LOST: "lost",
    Outcome.NO_NEED: "no need now",
    Outcome.NO_SHOW: "did not come",
    Outcome.NOT_REACHABLE: "not reachable",
    Outcome.CLOSED: "no lead",
    Outcome.OBJECTED: "wants not to be contacted",
}
NOBODY: Mapping[str, str] = {CLOCK: "Baton", OUTLOOK: "Outlook", PROSPECT: "the prospect"}
"""Who changed it, where nobody of ours did."""
CARRIED_OUT: frozenset[tuple[State, State]] = frozenset(
    {(State.BOOKING, State.OFFERED), (State.ACCEPTING, State.ACCEPTED)}
)
CANNOT = "The rep cannot be there"
STEPS = {"call": "Call", "mail": "Mail", "meeting": "Meeting"}


def snapshot(case: Case) -> Mapping[str, str] | None:
    """What is told of it, every field; what is not so is empty. None of a lead that no rep has been
    given yet.
    """
    handoff = case.handoff
    if not handed_over(handoff):
        return None
    reached = handoff.place.reached if handoff.place else {}
    found = {
        "baton_lead": str(handoff.number),
        "baton_status": STATES[handoff.state],
        "baton_changed_by": NOBODY.get(handoff.changed_by or "") or _name(case, handoff.changed_by),
        "baton_qualifier": _name(case, handoff.qualifier),
        "baton_rep": _name(case, handoff.rep),
        "baton_meeting": moment(handoff.meeting.span.start if handoff.meeting else None),
        "baton_accepted": moment(reached.get(ACCEPTED)),
        "baton_brief": "\n".join(_brief(case, public=True)),
        "baton_brief_internal": "\n".join(_brief(case, public=False)),
        "baton_sent_back": _sent_back(case),
        "baton_outcome": _outcome(case),
        "baton_next_step": "; ".join(_steps(handoff)),
        "baton_campaign": handoff.lead.campaign,
    }
    return MappingProxyType(found)


def changed_by(before: Handoff, after: Handoff, by: str) -> str:
    """Who is named for it: whoever asked for it, where Outlook has only taken that."""
    if by != OUTLOOK or (before.state, after.state) not in CARRIED_OUT:
        return by
    return before.changed_by or before.qualifier


def handed_over(handoff: Handoff) -> bool:
    """Whether a rep has been given it, once at least."""
    if handoff.place is None:
        return handoff.rep is not None
    return HANDED_OVER in handoff.place.reached


def moment(at: datetime | None) -> str:
    """2026-03-03T09:00:00Z, as CRMs read it; empty for none."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _name(case: Case, who: str | None) -> str:
    person = case.people.get(who) if who else None
    return person.name if person else ""


def _brief(case: Case, *, public: bool) -> Iterator[str]:
    """What the prospect may read of it, by the policy, or what they may not."""
    lead = case.handoff.lead
    for name in LONG_FIRST:
        if (name in case.policy.public) is public and (said := getattr(lead, name).strip()):
            yield f"{FIELDS[name]}: {said}"
    if not public and lead.value:
        yield f"{FIELDS['value']}: {lead.value.plain()} {lead.value.currency}"


LONG_FIRST = tuple(name for name in FIELDS if name in LONG)


def _sent_back(case: Case) -> str:
    """What keeps a rep away is nobody's there, and neither is what they wrote with it."""
    handoff = case.handoff
    code = handoff.reason or ""
    if code in UNABLE:
        return CANNOT
    if code not in case.policy.reasons:
        return BATON_REASONS.get(code, "")
    words = case.policy.reasons[code]
    return f"{words}: {handoff.note}" if handoff.note.strip() else words


def _outcome(case: Case) -> str:
    handoff = case.handoff
    if handoff.outcome is None:
        return ""
    words = OUTCOMES[handoff.outcome]
    why = handoff.ended_for and case.policy.lost.get(handoff.ended_for, handoff.ended_for)
    return f"{words}: {why}" if why else words


def _steps(handoff: Handoff) -> Iterator[str]:
    for one in handoff.commitments:
        if one.open and one.what is Promise.FOLLOW_UP:
            yield f"{STEPS.get(one.kind or '', 'Next step')} {moment(_when(one))}"


def _when(one: Commitment) -> datetime:
    return one.span.start if one.span else one.due_at
