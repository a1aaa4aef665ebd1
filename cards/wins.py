"""A deal is won: told to those who brought it, the team before anybody in it."""

from cards.elements import Card, do, finished, head, plain, told, why
from cards.words import amount
from handoff.model import Case, Person
from handoff.policy import Policy


def win_card(
    case: Case, policy: Policy, leader: Person | None, campaign: str, *, stands: bool
) -> Card:
    """*leader* leads the team of the rep; without one it is told of no team. *campaign* is what
    brought the lead is called, if it is known. Where it no longer *stands*, those who have heard of
    it hear so.
    """
    handoff = case.handoff
    company = plain(handoff.lead.company)
    team = f"{plain(leader.name)}’s team" if leader else "We"
    if stands:
        worth = f", worth {amount(handoff.worth)}" if handoff.worth else ""
        kicker, says = "A DEAL IS WON", f"{team} won {company}{worth}."
    else:
        kicker, says = "NOT WON AFTER ALL", f"{company} is not won: that was put right."
    return finished(
        [
            head(kicker, handoff.lead.company, below=f"no. {handoff.number}"),
            told(says, spacing="Small"),
            told(_by_whom(case, policy, campaign), size="Small", spacing="Small")
            if stands
            else None,
            *why(
                [
                    (
                        f"By the policy {plain(policy.label())} the rep’s team, whoever handed the "
                        "lead over and the owner of its campaign hear that a deal is won, an hour "
                        "after the rep has said so."
                    )
                ]
            ),
        ],
        [do("Mine", "mine")],
        says=says,
    )


def _by_whom(case: Case, policy: Policy, campaign: str) -> str:
    """What each had in it; a person's part is theirs alone with a works council."""
    handoff = case.handoff
    parts = []
    if campaign:
        parts.append(f"It came from the campaign {plain(campaign)}.")
    if not policy.figures.works_council:
        by = [
            f"{plain(case.people[who].name)} {did}"
            for who, did in ((handoff.qualifier, "handed it over"), (handoff.rep, "took it on"))
            if who and who in case.people
        ]
        parts.append(f"{' and '.join(by)}." if by else "")
    return " ".join(filter(None, parts))
