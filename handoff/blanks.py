"""Blanks of a brief that the company's CRM knows: proposed to whoever has the lead, who takes them
or leaves them. Nothing is filled in by that.
"""

from collections.abc import Sequence
from datetime import datetime

from handoff.draft import Draft
from handoff.model import CRM, Case, Decision, Handoff, Proposed, State

BLANKS = ("needs", "pains", "current_solution", "request", "value")
"""Which may be proposed: who the prospect is and where the lead came from is nobody's guess."""


def blank(handoff: Handoff) -> tuple[str, ...]:
    """Of what its qualifier may still fill in what nobody has said; an amount that somebody wrote
    and nobody can read is said.
    """
    if handoff.state not in (State.QUALIFIED, State.SENT_BACK):
        return ()
    lead = handoff.lead
    return tuple(
        name
        for name in BLANKS
        if not lead.knows(name) and not (name == "value" and lead.unclear_value)
    )


def proposed(handoff: Handoff) -> tuple[Proposed, ...]:
    """What is proposed of that still."""
    blanks = blank(handoff)
    return tuple(one for one in handoff.proposed if one.name in blanks)


def read(case: Case, *, at: datetime, found: Sequence[Proposed]) -> Decision | None:
    """The CRM knows that of its blanks. None where there are none, or nothing new is known."""
    blanks = blank(case.handoff)
    now = tuple(one for one in found if one.name in blanks)
    if now == case.handoff.proposed:
        return None
    draft = Draft(case, at=at, by=CRM, rule="mended")
    draft.set(proposed=now)
    draft.show(case.handoff.qualifier)
    return draft.decision(quiet=True)
