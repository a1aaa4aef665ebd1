"""How it ended, in words: for the rep who says so, for the qualifier, and in the timeline."""

from collections.abc import Mapping

from microsoft_teams.cards import Action

from cards.elements import opens, plain, radio, submit
from cards.view import View
from handoff.ending import open_to
from handoff.model import Outcome
from handoff.policy import Policy

ENDED: Mapping[Outcome, str] = {
    Outcome.OPPORTUNITY: "Opportunity",
    Outcome.WON: "Won",
    Outcome.LOST: "Lost",
    Outcome.NO_NEED: "No need now",
    Outcome.NO_SHOW: "The prospect did not come, twice",
    Outcome.NOT_REACHABLE: "Not reachable",
    Outcome.CLOSED: "Closed",
    Outcome.OBJECTED: "Wants no contact",
}

HEARD: Mapping[Outcome, str] = {
    Outcome.OPPORTUNITY: "a deal goes on from here",
    Outcome.WON: "the deal is won",
    Outcome.LOST: "nothing came of it",
    Outcome.NO_NEED: "there is no need now",
    Outcome.NO_SHOW: "the prospect stayed away twice",
    Outcome.NOT_REACHABLE: "nobody gets through to the prospect",
    Outcome.CLOSED: "there is no lead after all",
    Outcome.OBJECTED: "the prospect asked not to be contacted",
}


def ending_words(outcome: Outcome, lost: str | None, policy: Policy) -> str:
    """The ending, and why where it was lost."""
    if lost is None:
        return ENDED[outcome]
    return f"{ENDED[outcome]}: {plain(policy.lost.get(lost, lost))}"


def endings(view: View) -> list[tuple[str, str]]:
    """What the rep may choose from, as far as it has come, and the code of each."""
    found: list[tuple[str, str]] = []
    for outcome in open_to(view.handoff, view.at):
        if outcome is Outcome.LOST:
            reasons = view.policy.lost.items()
            found += [(f"Lost: {title}", f"{outcome.value}:{code}") for code, title in reasons]
        else:
            found.append((ENDED[outcome], outcome.value))
    return found


def end_it(view: View, title: str = "Nothing more to do", *, first: bool = False) -> Action:
    """Opens the endings: one code, always."""
    other = view.first(view.handoff.qualifier)
    return opens(
        "ending",
        title,
        view.handoff.id,
        lambda: (
            [
                radio(
                    "ending",
                    "How does it end?",
                    endings(view),
                    needed=f"Choose one: {other} hears how it ended",
                )
            ],
            [submit("Say so", "no_further_step", view.handoff.id)],
        ),
        first=first,
    )


def ended_kicker(view: View) -> str:
    outcome = view.handoff.outcome
    return ENDED[outcome].upper() if outcome else "ENDED"


def ended_line(view: View) -> str:
    """Who said how it ended, for whoever looks."""
    handoff = view.handoff
    if handoff.outcome is None:
        return "How it ended has not been said."
    who = view.first(handoff.ended_by)
    who = who.capitalize() if who == "you" else who
    why_ = f" ({plain(view.policy.lost.get(handoff.ended_for, ''))})" if handoff.ended_for else ""
    return f"{who} said: {HEARD[handoff.outcome]}{why_}."


HOW = (
    "Every lead ends by one code. Opportunity, won and lost take a word with the prospect; a loss "
    "needs a reason; no-show takes two meetings to which the prospect did not come."
)
"""The rule, as people read it."""
