"""The rules in force, to agree to, where the policy gives leads only to those who have."""

from cards.elements import Card, banner, do, finished, head, plain, told, why
from cards.figures import rules_aloud
from handoff.model import Person
from handoff.policy import Policy

RULE = (
    "The policy says signed = true: leads go by turn only to those who have agreed to the version "
    "in force. What you have stays yours, and so do the turns that you are owed."
)


def agree_card(policy: Policy, viewer: Person, problem: str = "") -> Card:
    """For a member of a pool who has yet to agree."""
    label = plain(policy.label())
    return finished(
        [
            head("NEW RULES", f"{policy.label()} is in force"),
            banner(problem),
            told(
                f"Leads go by turn only to those who have agreed to *{label}*. "
                "Until you do, none comes to you.",
                spacing="Small",
            ),
            told("Who gets a lead", bold=True, spacing="Medium"),
            *[told(plain(line), size="Small") for line in rules_aloud(policy, viewer.pools)],
            *why([RULE]),
        ],
        [
            do("I agree", "agree", first=True, policy=policy.version),
            do("How the pools stand", "pool_figures"),
        ],
        says=f"New rules: {label}. Do you agree?",
    )
