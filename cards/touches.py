"""Where a lead came from: its campaign, and beside it first and last touch, as the CRM has them."""

from cards.elements import plain
from cards.view import View, touch_rows
from handoff.policy import FIELDS


def source_words(view: View) -> list[str]:
    """In lines; nothing where the CRM has said nothing of touches."""
    handoff = view.handoff
    if handoff.touched is None:
        return []
    return [
        f"{label}: {plain(value)}"
        for label, value in (
            (FIELDS["campaign"], handoff.lead.campaign or "none"),
            *touch_rows(handoff.touched),
        )
    ]
