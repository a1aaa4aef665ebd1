"""People and leads to choose from, each by a title that no other of the list has."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from cards.elements import isolated, told_apart
from cards.view import View
from handoff.model import Person
from handoff.policy import Policy


def people(found: Sequence[Person], policy: Policy) -> list[tuple[str, str]]:
    """Name and id of each; of those with one name, the team and the mail address too."""
    rows = [(isolated(one.name), _teams(one, policy), one.mail) for one in found]
    return list(zip(told_apart(rows), (one.id for one in found), strict=True))


def reps(view: View, ids: Iterable[str]) -> list[tuple[str, str]]:
    """As `people`, of those whom the card knows."""
    known, unknown = view.case.people, "someone who has left"
    asked = list(ids)
    there = people([known[id] for id in asked if id in known], view.policy)
    names = {id: name for name, id in there}
    return [(names.get(id, unknown), id) for id in asked]


def leads(found: Iterable[tuple[UUID, str, str, int]]) -> list[tuple[str, str]]:
    """Company and contact, and the id of each; of those that are alike, the number too."""
    rows = [
        (f"{isolated(company)}, {isolated(contact)}", f"no. {n}", str(id))
        for id, company, contact, n in found
    ]
    return list(zip(told_apart([row[:2] for row in rows]), (id for _, _, id in rows), strict=True))


def _teams(person: Person, policy: Policy) -> str:
    return " and ".join(pool.name for pool in policy.pools if pool.code in person.pools)
