"""What a rep says who sends a lead back: one of six reasons, in one tap."""

from microsoft_teams.cards import Action, CardElement

from cards.elements import opens, row, submit, told, write
from cards.view import View
from handoff.answering import may_add_note


def send_back(view: View) -> Action:
    """Leads to the coded reasons. What else there is to say is asked for afterwards."""
    return opens("send_back", "Send back", view.handoff.id, reasons(view), [])


def reasons(view: View) -> list[CardElement]:
    other = view.first(view.handoff.qualifier)
    return [
        told("What is missing or wrong?", bold=True, spacing="Medium"),
        told(f"One tap is enough: {other} has it then.", size="Small", subtle=True),
        *(
            row(title, "send_back", view.handoff.id, reason=code)
            for code, title in view.policy.reasons.items()
        ),
    ]


def add_note(view: View) -> Action | None:
    """For whoever has sent it back and has said no more than why."""
    handoff = view.handoff
    if not may_add_note(handoff, view.viewer.id):
        return None
    other = view.first(handoff.qualifier)
    return opens(
        "note",
        "Add a note",
        handoff.id,
        [write("note", f"What {other} should know", needed=True, long=True)],
        [submit(f"Tell {other}", "add_note", handoff.id, first=True)],
    )
