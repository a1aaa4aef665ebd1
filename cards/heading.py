"""The head of a card about a handoff."""

from microsoft_teams.cards import Container

from cards.elements import Colour, head
from cards.view import View


def heading(
    view: View, kicker: str, title: str, *, below: str = "", colour: Colour = "Accent"
) -> Container:
    """As `head`, with the number by which everybody calls the handoff: *why 12*."""
    number = f"no. {view.handoff.number}"
    return head(kicker, title, below=f"{below} · {number}" if below else number, colour=colour)
