"""What holds for every card with whatever data, for Teams on phones draws and sends by itself.

What each client does, and where that is written: docs/cards.md.
"""

import re
from collections import Counter
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from cards.elements import Card, told_apart
from tests.cards.variants import of, walk


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


def test_ids_are_words_and_no_two_of_a_card_are_alike(every_card: Mapping[str, Card]) -> None:
    """In the forms that it opens too: phones refuse the card otherwise. Some are said aloud."""
    for name, card in every_card.items():
        ids = [part["id"] for part in walk(card) if "id" in part and "type" in part]
        assert twice(ids) == [], name
        for id in ids:
            assert re.fullmatch(r"[A-Za-z]{2,}([ _][A-Za-z]+)*", id), (name, id)


def test_what_opens_is_called_as_the_button_that_opens_it(every_card: Mapping[str, Card]) -> None:
    for name, card in every_card.items():
        there = {part["id"] for part in of(card, "Container") if "id" in part}
        opened = [(a["title"], a["targetElements"]) for a in of(card, "Action.ToggleVisibility")]
        assert {id for _, ids in opened for id in ids} == there, name
        assert all([title.rstrip("?")] == ids for title, ids in opened), name
