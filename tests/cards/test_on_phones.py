"""What holds for every card with whatever data, for Teams on phones draws and sends by itself.

What each client does, and where that is written: docs/cards.md.
"""

from collections import Counter
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from cards.elements import Card, told_apart
from tests.cards.variants import of


def twice(found: list[str]) -> list[str]:
    return [one for one, count in Counter(found).items() if count > 1]


def test_no_two_of_a_list_read_alike(every_card: Mapping[str, Card]) -> None:
    """An iPhone sends whichever of them is the last."""
    for name, card in every_card.items():
        for part in of(card, "Input.ChoiceSet"):
            titles = [choice["title"].casefold() for choice in part["choices"]]
            assert twice(titles) == [], (name, part["id"])


def test_twins_are_told_apart_by_what_people_know(every_card: Mapping[str, Card]) -> None:
    def titles(name: str, id: str) -> list[str]:
        return [c["title"] for p in of(every_card[name], "Input.ChoiceSet") if p["id"] == id
                for c in p["choices"]]  # fmt: skip

    whom = titles("twins: quinn: form", "target")
    assert "Rita Osei, EMEA, ravi@halden.example" in whom
    assert "Rita Osei, mara@halden.example" in whom
    waiting = titles("as it is: quinn: leads", "lead")
    assert waiting[:2] == [f"Contoso Logistics, Ines Prado, no. {n}" for n in (0, 1)]


@given(st.lists(st.lists(st.sampled_from(["", "Ana", "ana", "Ana (2)", "EMEA"]), min_size=1)))
def test_whatever_rows_there_are_no_two_read_alike(rows: list[list[str]]) -> None:
    assert twice([title.casefold() for title in told_apart(rows)]) == []
