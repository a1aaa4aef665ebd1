"""A lead that stands still: since when, and what was tried."""

from microsoft_teams.cards import CardElement

from cards.elements import plain, told
from cards.view import View
from cards.why import ahead, rule
from handoff.model import Commitment, Ending, Step
from handoff.policy import Promise

TRIED = (Ending.KEPT, Ending.LATE)


def stalled(view: View) -> Commitment | None:
    """What the rep owes of it, where they were told that it stands still."""
    owed = view.handoff.owed(Promise.PROGRESS)
    return owed if owed and owed.reached in (Step.REMINDER, Step.BREACH, Step.CHASE) else None


def stalled_line(view: View, still: Commitment | None) -> CardElement | None:
    """Why the card is here, for rep and qualifier; nothing where it does not stand still."""
    if still is None:
        return None
    asked = ""
    if still.who == view.viewer.id:
        due = f"**{view.soon(still.due_at)}**{view.first_due(still)}"
        asked = f" Please bring it further, or say how it ends, by {due}."
        if still.due_at <= view.at:
            asked = f" Bringing it further, or saying how it ends, was due {due}."
    line = f"{standing_still(view, still)}{asked}"
    return told(line, colour="Attention", spacing="Small")


def standing_still(view: View, still: Commitment) -> str:
    """No word with Ines Prado since Tue 10:00; 8 follow-ups since."""
    tried = sum(
        c.what is Promise.FOLLOW_UP and c.ending in TRIED and c.made_at >= still.made_at
        for c in view.handoff.commitments
    )
    what = f"; {tried} follow-up{'s' * (tried != 1)} since" if tried else ""
    who = plain(view.handoff.lead.contact_name)
    return f"No word with {who} since {view.soon(still.made_at)}{what}."


def about_progress(view: View) -> list[str]:
    """The rule, and what comes of it, while a lead is followed up."""
    owed = view.handoff.owed(Promise.PROGRESS)
    return [rule(view, Promise.PROGRESS), ahead(view, owed)] if owed else []
