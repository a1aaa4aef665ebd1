"""What a leader sees who is invited because of what a meeting is worth."""

from cards import words
from cards.deals import deal_lines
from cards.elements import Card, banner, do, facts, finished, plain, told, why
from cards.heading import heading
from cards.view import View, worth
from cards.why import more, spoken, summary
from handoff.model import State
from handoff.passing import leader_of


def leader_card(view: View) -> Card:
    """Nothing is asked; they may come."""
    handoff = view.handoff
    meeting = handoff.meeting
    stands = handoff.open and handoff.state is not State.SENT_BACK and meeting is not None
    when = f"**{words.span(meeting.span, view.zone)}**" if meeting else "No time at present"
    return finished(
        [
            heading(
                view,
                "YOU ARE INVITED, OPTIONAL" if stands else _over(view),
                view.title,
                below=view.name(handoff.rep) if stands else "",
            ),
            banner(view.banner),
            told(when, spacing="Small"),
            told(_whom_they_meet(view) if stands else _no_meeting(view), spacing="Small"),
            facts(view.brief()),
            *deal_lines(view),
            *why([_rule(view), more(view)]),
        ],
        [do("Mine", "mine")],
        says=summary(view, "you are invited, optional" if stands else spoken(view, _over(view))),
    )


def _whom_they_meet(view: View) -> str:
    return (
        f"{view.name(view.handoff.rep)} meets them. You are on the invitation in Outlook and owe "
        "nothing."
    )


def _over(view: View) -> str:
    return "NO MEETING AT PRESENT" if view.handoff.open else "IT HAS ENDED"


def _no_meeting(view: View) -> str:
    if view.handoff.open and view.handoff.meeting:
        return "Who meets them is not settled yet. You owe nothing."
    if not view.handoff.open:
        return "This lead has ended: no further meeting is planned. You owe nothing."
    return (
        "No meeting is planned at present. When one is, you are on its invitation in Outlook. "
        "You owe nothing."
    )


def _rule(view: View) -> str:
    """Which threshold the meeting passed."""
    due, now = leader_of(view.handoff.worth, view.policy), _worth(view)
    if due is None:
        return (
            f"Policy *{view.policy_label}*: you were invited for what the lead was worth, and stay "
            f"invited. It is {now} now."
        )
    least = words.amount(due.value_from)
    return (
        f"Policy *{view.policy_label}*: you are invited to every meeting of a lead that is worth "
        f"{least} or more a year. This one is worth {now}."
    )


def _worth(view: View) -> str:
    deal = view.handoff.deal
    if deal and deal.amount:
        return f"{words.amount(deal.amount)}, by its deal in the CRM"
    return plain(worth(view.handoff.lead))


def former_leader_card(view: View) -> Card:
    """Somebody else's line is passed as well, and they come instead."""
    return finished(
        [
            heading(view, "NO LONGER INVITED", view.title, below=view.name(view.handoff.rep)),
            banner(view.banner),
            told(
                f"It is worth more than before: {view.name(view.handoff.leader)} is invited "
                "instead. You owe nothing.",
                spacing="Small",
            ),
        ],
        [do("Mine", "mine")],
        says=summary(view, "you are no longer invited"),
    )
