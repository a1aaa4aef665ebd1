"""How a lead stands, and one that stands still: since when, and what was tried."""

from microsoft_teams.cards import CardElement

from cards.elements import plain, told
from cards.endings import ended_line
from cards.view import View
from cards.why import ahead, rule
from handoff.model import Commitment, Ending, State, Step
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


def stands(view: View) -> str:
    """With whom it is now, and how it stands there: as it is both before Outlook has been told and
    after, for nothing draws this card again then.
    """
    handoff = view.handoff
    rep = view.name(handoff.rep) if handoff.rep else "someone"
    return {
        State.BOOKING: f"{rep} is asked.",
        State.OFFERED: f"{rep} is asked.",
        State.PROPOSED: f"{rep} proposed another time.",
        State.ACCEPTING: f"{rep} said yes.",
        State.ACCEPTED: f"{rep} said yes.",
        State.FOLLOWING: f"{rep} has the next step.",
        State.SENT_BACK: f"{view.name(handoff.qualifier)} has the lead again.",
        State.QUALIFIED: f"{view.name(handoff.qualifier)} looks for a new time.",
        State.NURTURED: f"{view.name(handoff.owner)} in marketing has it.",
        State.CONTESTED: f"{ended_line(view)} That is contested.",
        State.ENDED: f"It has ended. {ended_line(view)}",
    }[handoff.state]
