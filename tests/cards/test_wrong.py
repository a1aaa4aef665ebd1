"""What is wrong with a form stands at its field and in view, on every form there is."""

from collections.abc import Iterator, Mapping
from functools import partial
from uuid import UUID

import pytest

from cards.elements import Card
from cards.forms import brief_form, targets_of, who_form
from cards.opening import at_its_field, forms, opened
from handoff.errors import RefusedError
from handoff.policy import Policy
from tests.cards.gallery import gallery
from tests.cards.variants import walk
from tests.handoff.conftest import PEOPLE
from tests.hour import MONDAY

WORDS = "There is something with this."
LINES_OF_A_HEAD = 4
IN_VIEW = 3  # lines that one sees beside each other on any phone


@pytest.fixture(scope="module")
def cards(policy_in_force: Policy) -> Mapping[str, Card]:
    return gallery(policy_in_force)


def refused(cards: Mapping[str, Card], policy: Policy) -> Iterator[tuple[str, str, Card]]:
    """Every form, with each of its fields in turn refused."""
    for draws in (who_form, brief_form, partial(brief_form, asked=True)):
        card = draws(
            form=UUID(int=1),
            policy=policy,
            qualifier=PEOPLE["quinn"],
            targets=targets_of(policy, [PEOPLE["rita"]]),
            at=MONDAY,
            problem=WORDS,
        )
        for field in fields(card):
            yield "new lead", field, at_its_field(card, RefusedError(WORDS, at=(field,)))
    for name, card in cards.items():
        for form in forms(card):
            for field in fields(opened(card, form)):
                wrong = RefusedError(WORDS, at=(field,))
                yield f"{name} > {form}", field, opened(card, form, wrong=wrong) or {}


def fields(card: Card | None) -> list[str]:
    return [str(one["id"]) for one in walk(card) if str(one.get("type", "")).startswith("Input.")]


def in_order(card: Card) -> list[str]:
    """What is in view, line by line: the words of a text, the id of a field."""
    found: list[str] = []

    def read(parts: list[Card]) -> None:
        for part in parts:
            if part.get("isVisible") is False:
                continue
            inside = [*part.get("items", []), *part.get("columns", [])]
            if not inside:
                found.append(str(part.get("text") or part.get("id") or part["type"]))
            read(inside)

    read(card["body"])
    return found


def is_at_its_field(card: Card, field: str) -> bool:
    """Directly above it, in the first line that one reads, and where the button was clicked."""
    shown = in_order(card)
    at = shown.index(field)
    said = [n for n, one in enumerate(shown) if WORDS in one]
    labels = {str(one.get("id")): str(one.get("label", "")) for one in walk(card)}
    called = labels[field].partition(" (")[0].partition(":")[0]
    told_first = called in shown[said[0]] or at - LINES_OF_A_HEAD <= IN_VIEW
    return at - 1 in said and told_first and len(shown) - 1 - max(said) <= IN_VIEW


def test_what_is_refused_of_a_form_stands_at_its_field_and_at_the_button(
    cards: Mapping[str, Card], policy_in_force: Policy
) -> None:
    count = 0
    for name, field, card in refused(cards, policy_in_force):
        count += 1
        assert is_at_its_field(card, field), (name, field, in_order(card))
    assert count > 60
