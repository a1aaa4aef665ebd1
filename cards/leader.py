"""What a leader sees who is invited because of what a meeting is worth."""

from cards import words
from cards.elements import Card, banner, do, facts, finished, head, told, why
from cards.view import View
from cards.why import more
from handoff.routing.rules import value_of


def leader_card(view: View) -> Card:
    """Nothing is asked; they may come."""
    handoff = view.handoff
    meeting = handoff.meeting
    when = f"**{words.span(meeting.span, view.zone)}**" if meeting else "No time at present"
    return finished(
        [
            head("YOU ARE INVITED, OPTIONAL", view.title, right=view.name(handoff.rep)),
            banner(view.banner),
            told(when, spacing="Small"),
            told(
                f"{view.name(handoff.rep)} meets them. You are on the invitation in Outlook and "
                "owe nothing.",
                spacing="Small",
            ),
            facts(view.brief()),
            *why([_rule(view), more(view)]),
        ],
        [do("Mine", "mine")],
        says=f"You are invited, optional: {view.title}",
    )


def _rule(view: View) -> str:
    """Which threshold the meeting passed."""
    value = value_of(view.handoff.lead) or 0
    reached = [one.value_from for one in view.policy.routing.leaders if one.value_from <= value]
    if not reached:
        return ""
    least = words.amount(str(reached[-1]), view.policy.currency)
    return (
        f"Policy *{view.policy_label}*: you are invited to meetings worth {least} or more a year. "
        f"This one is worth {words.amount(str(value), view.policy.currency)}."
    )
