"""The page on what each client does with our cards knows every part that they are made of."""

from collections.abc import Mapping

import pytest

from cards.elements import Card
from tests.cards.variants import walk
from tools.clients import PARTS, READ_IN, TRIALS

pytestmark = pytest.mark.xdist_group("cards")  # each is drawn once for all of them


def test_the_page_tells_of_each_part_and_of_no_other(every_card: Mapping[str, Card]) -> None:
    drawn = {
        str(part["type"]) for card in every_card.values() for part in walk(card) if "type" in part
    }

    assert drawn == PARTS.keys()


def test_what_is_said_of_a_client_has_a_source_and_what_has_none_a_trial() -> None:
    for name, part in PARTS.items():
        assert part.read, name
        assert {of for of, _ in part.read} <= READ_IN.keys(), name
    unknown = [name for name, part in PARTS.items() if part.untried]
    assert len(TRIALS) >= len(unknown)
