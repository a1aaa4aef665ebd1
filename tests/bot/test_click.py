"""By what one click is known, however often it is sent."""

import json
from typing import Any

from bot.click import DRAWN, Click, drawn
from handoff.policy import Policy
from tests.cards.gallery import gallery
from tests.cards.variants import of
from tests.hour import MONDAY


def clicked(data: dict[str, Any], *, by: str = "rita", verb: str = "follow_up") -> str | None:
    action = {"verb": verb, "data": data}
    return Click.read(action, by=by, at=MONDAY, chat="a:1", activity="a:1 f:7").once


def test_every_button_of_every_card_bears_the_mark_of_its_drawing(policy_in_force: Policy) -> None:
    marks = set()
    cards = gallery(policy_in_force)
    for name, card in cards.items():
        buttons = of(drawn(card), "Action.Execute")
        found = {button["data"][DRAWN] for button in buttons}
        assert len(found) <= 1, name
        marks |= found
    assert len(marks) > len(cards) / 2, "each drawing has one of its own"


def test_a_click_is_known_by_who_clicked_what_and_what_was_filled_in() -> None:
    data = {"handoff": "17", "kind": "call", DRAWN: "1f3a9c22"}
    once = clicked(data)

    assert clicked(json.loads(json.dumps(data))) == once
    assert once
    assert once.startswith("a:1 "), "whoever is forgotten, their chat is"
    others = [
        clicked(data, by="ravi"),
        clicked(data, verb="confirm"),
        clicked(data | {"kind": "mail"}),
        clicked(data | {DRAWN: "00000000"}),
    ]
    assert len({once, *others}) == 5


def test_without_a_mark_it_is_known_by_its_id_and_without_an_id_not_at_all() -> None:
    assert clicked({"handoff": "17"}) == "a:1 f:7"
    click = Click.read({"verb": "mine"}, by="rita", at=MONDAY)
    assert click.once is None
