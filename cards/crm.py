"""What the CRM did not take of a lead, in its own words, and whom it has as the owner."""

from cards.elements import Card, do, finished, head, plain, said, told, why
from handoff.model import Case


def crm_card(case: Case, crm: str, *, refused: str, owner: str) -> Card:
    """*refused* is the CRM's own text; *owner* whom it has where Baton chose another, or empty."""
    handoff, name = case.handoff, plain(crm)
    company = handoff.lead.company
    accountable = case.person(handoff.owner).name
    lines = []
    if refused:
        lines += [
            told(f"{name} did not take all of what Baton tells of this lead. It says:"),
            said(refused),
            told(
                f"What it did not take stands in a note beside the contact, where that is there. "
                f"Baton tries again each hour; once it is put right in {name}, there is nothing to "
                "do here.",
                spacing="Small",
            ),
        ]
    if owner:
        lines.append(
            told(
                f"In {name} the contact's owner is {plain(owner)}; here the lead is with "
                f"{plain(accountable)}. Somebody chose that there, so Baton leaves it. Where it is "
                f"right, give the lead on here; where it is not, choose {plain(accountable)} there."
            )
        )
    return finished(
        [
            head(name.upper(), company, below=f"no. {handoff.number}"),
            *lines,
            *why(
                [
                    (
                        f"{name} is told of each lead that is handed over, and whoever has the "
                        "lead reads what it does not take: the same words once a day, whichever of "
                        "their leads they are of."
                    )
                ]
            ),
        ],
        [do("Show the lead", "show", handoff.id)],
        says=f"{name}: {plain(company)}",
    )
