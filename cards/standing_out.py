"""What is red on a card, for a list that leads to it."""

from collections.abc import Sequence

from cards.draw import card_for
from cards.elements import is_red
from cards.view import View
from cards.why import spoken


def standing_out(views: Sequence[View]) -> list[tuple[View, str]]:
    """Those whose card is red for whoever looks, each with what its first line says."""
    lines = [(view, is_red(card_for(view))) for view in views]
    return [(view, _sentence(view, line)) for view, line in lines if line]


def _sentence(view: View, line: str) -> str:
    said = spoken(view, line)
    return said[:1].upper() + said[1:]


def besides(leads: Sequence[View], red: Sequence[tuple[View, str]]) -> list[View]:
    """The *leads* that are not *red*, which stand elsewhere in the list."""
    known = {view.handoff.id for view, _ in red}
    return [view for view in leads if view.handoff.id not in known]


def among(leads: int, red: Sequence[tuple[View, str]]) -> int:
    """How many of so many *leads* that somebody handed over are not *red*."""
    return leads - sum(v.handoff.open and v.handoff.qualifier == v.viewer.id for v, _ in red)
