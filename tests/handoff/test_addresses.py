"""One mail address is one, in whatever way it is written."""

import pytest

from handoff.addresses import domains, one, spellings
from tests.journeys.test_privacy import WAYS, WRITTEN


@pytest.mark.parametrize("way", WAYS, ids=ascii)
def test_in_each_way_it_is_the_same(way: str) -> None:
    assert one(way) == WRITTEN
    assert WRITTEN in spellings(way)
    assert spellings(way) == spellings(WRITTEN)


def test_what_is_another_stays_another() -> None:
    others = ["ines@müller.example", "inés@muller.example", "inés@strasse.example", "", "@", "x"]

    assert len({one(mail) for mail in (WRITTEN, "inés@straße.example", *others)}) == 8


def test_plain_ones_have_one_spelling() -> None:
    assert spellings(" Ines.Prado@Contoso.Example ") == ("ines.prado@contoso.example",)
    assert domains("contoso.example") == ("contoso.example",)
    for odd in ("", "@", "a@", "@b", "a b@c", "a@b..c", "a@-", "a" * 400 + "@b.example", "\0@x"):
        assert one(odd) == odd
        assert spellings(odd) == (odd,)
