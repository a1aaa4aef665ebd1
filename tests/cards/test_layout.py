"""On a phone of 300 px with letters of 130 % each card can be read, whatever stands on it."""

from collections.abc import Mapping

import pytest

from cards.elements import Card
from tests.cards.layout import LARGER, PADDING, SIZES, WIDE, Letters, Phone
from tests.cards.variants import of

pytestmark = pytest.mark.xdist_group("cards")  # each is drawn once for all of them

LINE = WIDE - 2 * PADDING
FOLDED = LINE - 2 * PADDING  # inside what unfolds
LATIN = ("as it is", "twins", "long names", "German words", "what nobody knows")
"""What Latin letters draw."""
PHONES = pytest.mark.parametrize(
    "phone", [Phone(one) for one in Letters], ids=[one.value for one in Letters]
)


@PHONES
def test_no_column_of_text_has_less_than_two_fifths_of_the_card(
    every_card: Mapping[str, Card], phone: Phone
) -> None:
    for name, card in every_card.items():
        for text in phone.texts(card):
            assert text.room >= 0.4 * WIDE, (name, text.words)


@PHONES
def test_no_word_is_broken_that_fits_a_line_of_its_own(
    every_card: Mapping[str, Card], phone: Phone
) -> None:
    """A longer one is broken wherever it stands, and stands in no larger letters than it must."""
    usual = SIZES["Default"] * LARGER
    for name, card in every_card.items():
        if not name.startswith(LATIN):
            continue
        for text in phone.texts(card):
            for word in text.broken:
                assert text.wide(word, usual) > FOLDED, (name, word)
                assert text.size <= usual, (name, word)


def test_what_can_be_long_is_in_no_column_that_takes_all_it_wants(
    every_card: Mapping[str, Card],
) -> None:
    for name, card in every_card.items():
        for one in of(card, "Column"):
            assert one.get("width") != "auto" or not of(one, "TextBlock", "RichTextBlock"), name


def test_a_column_that_takes_all_it_wants_leaves_nothing_to_its_neighbour() -> None:
    """As cards were drawn before, so that this is known to be measured at all."""
    said = {"type": "TextBlock", "text": "from Wilhelmina Featherstonehaugh", "size": "Small"}
    who = {"type": "Column", "width": "auto", "items": [said]}
    what = {"type": "Column", "width": "stretch", "items": [{**said, "text": "Contoso"}]}

    drawn = {"type": "ColumnSet", "columns": [what, who]}
    left, _ = Phone(Letters.ROBOTO).columns(drawn, LINE)

    assert left < 0.1 * WIDE
