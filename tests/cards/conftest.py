"""The cards that the tests here look at, drawn once."""

from collections.abc import Mapping

import pytest

from cards.elements import Card
from handoff.policy import Policy
from tests.cards.variants import variants


@pytest.fixture(scope="session")
def every_card(policy_in_force: Policy) -> Mapping[str, Card]:
    """Each that the code can make, with each kind of data that cards break on."""
    return variants(policy_in_force)
