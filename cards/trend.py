"""A reason is given more often than before: what was counted, and what chance would make of it."""

from microsoft_teams.cards import Action

from cards.elements import Card, do, finished, head, plain, told, why
from cards.told import cause
from handoff.figures import Share
from handoff.policy import Policy
from handoff.trends import BEFORE, LEAST, WEEKS, Trend

NEVER = 0.001  # less is not told as a number


def trend_card(trend: Trend, campaign: str, policy: Policy, tab: Action | None = None) -> Card:
    """*campaign* is what it is called; empty for leads of none."""
    cell = trend.cell
    said = cause(policy, cell.reason)
    of = [f"campaign {plain(campaign)}" if campaign else "leads of no campaign"]
    if cell.segment:
        of.append(f"segment {plain(cell.segment)}")
    chance = (
        "less than once in a thousand times"
        if trend.chance < NEVER
        else f"about once in {round(1 / trend.chance)} times"
    )
    return finished(
        [
            head("GIVEN MORE OFTEN", said, below=", ".join(of)),
            told(
                f"In the last {WEEKS} weeks {_told(cell.recent)}; in the {BEFORE} weeks before "
                f"{_told(cell.before)}.",
                spacing="Small",
            ),
            told(f"By chance alone that, or more, comes {chance}.", spacing="Small"),
            *why(_reason(policy)),
        ],
        [tab, do("Mine", "mine")],
        says=f"{said}: given more often, {', '.join(of)}",
    )


def _reason(policy: Policy) -> list[str]:
    return [
        (
            f"By the policy {plain(policy.label())} the owner of a campaign and whoever leads all "
            "hear when a reason for which leads come back or are lost is given more often."
        ),
        (
            f"Every reason is looked at in every campaign and segment with {LEAST} leads or more, "
            "once a week; of all that are told one in twenty may be chance."
        ),
        (
            "It says nothing of why, and of nobody in particular. The same is not told again for "
            f"{WEEKS} weeks."
        ),
    ]


def _told(share: Share) -> str:
    rate = f" ({round(100 * share.top / share.bottom)} per 100)" if share.bottom else ""
    return f"{share.top} times with {share.bottom} leads handed over{rate}"
