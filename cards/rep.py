"""What the rep of a handoff sees: which card, state by state, and the short ones."""

from cards.absence import is_asked, leaving_card
from cards.answering import offer_card, proposed_card
from cards.elements import Card, banner, do, finished, head, plain, told, why
from cards.endings import ended_card
from cards.following import accepted_card, following_card
from cards.sending_back import reasons
from cards.view import View
from cards.why import ahead, more, rule
from handoff.model import State
from handoff.policy import Promise


def rep_card(view: View) -> Card:
    """The card for whoever the lead is with."""
    handoff = view.handoff
    if is_asked(view):
        return leaving_card(view)
    match handoff.state:
        case State.OFFERED:
            return offer_card(view)
        case State.PROPOSED:
            return proposed_card(view)
        case State.ACCEPTING | State.ACCEPTED:
            return accepted_card(view)
        case State.FOLLOWING:
            return following_card(view)
        case State.SENT_BACK:
            return _sent_back(view)
        case State.QUALIFIED:
            return _quiet(view, "CANCELLED", "The meeting was cancelled. Nothing is asked of you.")
        case State.BOOKING:
            return _quiet(view, "ON ITS WAY", "The invitation is being sent.")
        case State.ENDED:
            return ended_card(view)


def former_rep_card(view: View) -> Card:
    """For a rep who had the lead once."""
    return _quiet(
        view,
        "PASSED ON",
        f"{view.name(view.handoff.rep)} has this meeting now. It is off your list.",
    )


def _sent_back(view: View) -> Card:
    handoff = view.handoff
    owed = handoff.owed(Promise.REASON, view.viewer.id)
    other = view.first(handoff.qualifier)
    if owed is None:
        return _quiet(
            view,
            "SENT BACK",
            f"{view.name(handoff.qualifier)} has it again: {plain(view.reason())}. "
            "The time is free in your calendar.",
        )
    return finished(
        [
            head(
                "YOU DECLINED IN OUTLOOK", view.title, right=f"from {view.name(handoff.qualifier)}"
            ),
            banner(view.banner),
            told(
                f"{other} has the lead again and cannot tell why. "
                f"One click by **{view.soon(owed.due_at)}** is enough.",
                spacing="Small",
            ),
            *reasons(view),
            *why([rule(view, Promise.REASON), ahead(view, owed), more(view)]),
        ],
        [do(f"Tell {other}", "send_back", handoff.id, first=True)],
        says=f"You declined in Outlook: {view.title}",
    )


def _quiet(view: View, kicker: str, line: str) -> Card:
    """Nothing is asked."""
    return finished(
        [
            head(kicker, view.title, right=f"no. {view.handoff.number}"),
            banner(view.banner),
            told(line, spacing="Small"),
        ],
        says=f"{kicker}: {view.title}",
    )
