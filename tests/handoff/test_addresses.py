"""One mail address is one, in whatever way it is written."""

import pytest

from handoff.addresses import domains, one, spellings
from handoff.model import Lead
from handoff.routing.check import flaws
from handoff.routing.rules import traits_of
from policy import reading
from policy.routing_rules import routing_of
from tests.journeys.test_privacy import WAYS, WRITTEN
from tests.world import POLICY


@pytest.mark.parametrize("way", WAYS, ids=ascii)
def test_in_each_way_it_is_the_same(way: str) -> None:
    assert one(way) == WRITTEN
    assert WRITTEN in spellings(way)
    assert spellings(way) == spellings(WRITTEN)


@pytest.mark.parametrize("way", WAYS, ids=ascii)
def test_a_rep_whom_the_policy_names_in_another_way_is_meant(way: str) -> None:
    text = POLICY.read_text()
    reps = f'[[reps]]\nwho = "{way.strip()}"\nweight = 3\n[[pairs]]\nqualifier = "q@x.example"\n'
    trait = '[[traits]]\nkind = "segment"\nname = "Ours"\ndomains = ["xn--mller-kva.example"]\n'
    file = reading.read(f'{text}\n{reps}rep = "{way.strip()}"\n{trait}')
    routing = routing_of(file)

    assert routing.of(WRITTEN) == routing.reps[0]
    assert routing.paired("Q@X.example", WRITTEN)
    assert not [
        flaw
        for flaw in flaws(routing, ["emea", "americas"], {"emea": [WRITTEN]})
        if "is in no pool" in flaw.words
    ]
    lead = Lead(company="x", contact_name="x", contact_email=way, contact_zone="Europe/Berlin")
    assert ("segment", "Ours") in traits_of(lead, routing)


def test_what_is_another_stays_another() -> None:
    others = ["ines@müller.example", "inés@muller.example", "inés@strasse.example", "", "@", "x"]

    assert len({one(mail) for mail in (WRITTEN, "inés@straße.example", *others)}) == 8


def test_plain_ones_have_one_spelling() -> None:
    assert spellings(" Ines.Prado@Contoso.Example ") == ("ines.prado@contoso.example",)
    assert domains("contoso.example") == ("contoso.example",)
    for odd in ("", "@", "a@", "@b", "a b@c", "a@b..c", "a@-", "a" * 400 + "@b.example", "\0@x"):
        assert one(odd) == odd
        assert spellings(odd) == (odd,)
