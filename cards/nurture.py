"""What marketing sees of a lead that is not ready: what is known, and what came of it."""

from cards.choosing import ENDED_BY, said_no_words
from cards.elements import Card, banner, do, facts, finished, opens, said, told, why
from cards.heading import heading
from cards.view import View
from cards.why import ahead, counted, more, rule, summary
from handoff.draft import TURNED_DOWN
from handoff.model import State
from handoff.policy import Promise

HOW = (
    "A lead that is not ready stays with its qualifier and goes to marketing, whose turn it is. "
    "Marketing keeps in touch by a clock, and gives it back once the prospect wants to talk."
)


def nurture_card(view: View) -> Card:
    """For the marketer who has the lead; once they have it no more, where it is."""
    handoff = view.handoff
    owed = handoff.owed(Promise.NURTURE)
    if handoff.state is not State.NURTURED or owed is None:
        return _gone(view)
    other = view.first(handoff.qualifier)
    late = owed.due_at <= view.at
    kicker = f"OPEN SINCE {view.soon(owed.due_at).upper()}" if late else "KEEP IN TOUCH"
    return finished(
        [
            heading(
                view,
                kicker,
                view.title,
                colour="Attention" if late else "Accent",
            ),
            banner(view.banner),
            said(handoff.trouble) if handoff.trouble else None,
            told(
                f"{view.name(handoff.qualifier)} qualified it; the prospect is not ready. Please "
                f"look at it again{view.by(owed)}.",
                spacing="Small",
            ),
            *(said_no_words(view) if handoff.reason == TURNED_DOWN else []),
            facts(view.brief()),
            *why(
                [
                    HOW,
                    rule(view, Promise.NURTURE),
                    counted(view, owed),
                    ahead(view, owed),
                    more(view),
                ]
            ),
        ],
        [
            do(
                "Give it back to be handed over" if other == "you" else f"Ready: back to {other}",
                "recycle",
                handoff.id,
                first=True,
            ),
            do("I have been in touch", "keep_in_touch", handoff.id),
            opens(
                "end",
                "End it…",
                handoff.id,
                lambda: (
                    [told("No need now, nobody gets through to them, or no lead after all.")],
                    [do(title, "end", handoff.id, outcome=one.value) for title, one in ENDED_BY],
                ),
            ),
        ],
        says=summary(view, "look at it again", owed),
    )


def _gone(view: View) -> Card:
    handoff = view.handoff
    line = (
        "It has ended."
        if handoff.state in (State.ENDED, State.CONTESTED)
        else f"{view.name(handoff.owner)} has it now."
    )
    return finished(
        [
            heading(view, "OFF YOUR LIST", view.title),
            banner(view.banner),
            told(f"{line} Nothing is asked of you.", spacing="Small"),
            *why([HOW, more(view)]),
        ],
        says=summary(view, "off your list"),
    )
