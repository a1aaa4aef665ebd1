"""The form with which a rep sends a lead back."""

from microsoft_teams.cards import Action, CardElement

from cards.elements import do, opens, radio, submit, told, write
from cards.view import UNABLE, View


def send_back(view: View) -> Action:
    """Opens the coded reasons; free text is optional and last."""
    other = view.first(view.handoff.qualifier)
    return opens(
        "Send back", reasons(view), [submit(f"Send back to {other}", "send_back", view.handoff.id)]
    )


def cannot(view: View) -> Action | None:
    """Opens the rep's own reasons, each of them one tap; None once the meeting has begun."""
    own = own_reasons(view)
    if not own:
        return None
    other = view.first(view.handoff.qualifier)
    line = (
        "A colleague who is free at that time gets it; without one it is "
        f"{other}'s again. Nothing counts against you."
    )
    return opens("I cannot then", [told(line, size="Small")], own)


def own_reasons(view: View) -> list[Action]:
    """Why the rep cannot be there, a button for each; none once the meeting has begun."""
    meeting, id = view.handoff.meeting, view.handoff.id
    if meeting is None or meeting.span.start <= view.at:
        return []
    return [do(words, "cannot", id, reason=code) for code, words in UNABLE.items()]


def reasons(view: View) -> list[CardElement]:
    other = view.first(view.handoff.qualifier)
    return [
        radio(
            "reason",
            "What is missing or wrong?",
            [(title, code) for code, title in view.policy.reasons.items()],
            needed=f"Choose one, so that {other} can put it right",
        ),
        write("note", f"Anything {other} should know? (optional)", long=True),
    ]
