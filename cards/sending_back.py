"""The form with which a rep sends a lead back."""

from microsoft_teams.cards import Action, CardElement

from cards.elements import opens, radio, submit, write
from cards.view import View


def send_back(view: View) -> Action:
    """Opens the coded reasons; free text is optional and last."""
    other = view.first(view.handoff.qualifier)
    return opens(
        "Send back", reasons(view), [submit(f"Send back to {other}", "send_back", view.handoff.id)]
    )


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
