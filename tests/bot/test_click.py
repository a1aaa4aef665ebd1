"""By what one click is known, however often it is sent."""

import json
from datetime import date
from typing import Any

import pytest

from bot.click import DRAWN, Click, drawn
from cards.opening import SINCE
from handoff.errors import NotOfferedError
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


def filled(written: object) -> Click:
    action = {"verb": "brief", "data": {"filled": written}}
    return Click.read(action, by="rita", at=MONDAY)


@pytest.mark.parametrize(
    "written",
    [
        *("2026-03-05", "2026-3-5", "2569-03-05"),
        "\u0662\u0660\u0662\u0666-\u0660\u0663-\u0660\u0665",  # Arabic
        "\u0662\u0665\u0666\u0669-\u0660\u0663-\u0660\u0665",  # and Buddhist
        "\u0968\u0966\u0968\u096c-\u0966\u0969-\u0966\u096b",  # Hindi
    ],
)
def test_a_day_is_read_as_phones_of_other_countries_write_it(written: str) -> None:
    assert filled(written).day("filled") == date(2026, 3, 5)


def test_the_leap_day_of_thailand_is_one() -> None:
    assert filled("2571-02-29").day("filled") == date(2028, 2, 29)


@pytest.mark.parametrize("written", [None, "", "1447-09-16", "0008-03-05", "5 March", "2026-02-30"])
def test_of_another_calendar_or_of_no_day_it_is_asked_again(written: str | None) -> None:
    with pytest.raises(NotOfferedError, match="Please choose a day"):
        filled(written).day("filled")


def test_an_amount_in_the_digits_of_arabic_is_read_and_a_number_that_is_none_asked_again() -> None:
    assert (
        filled("\u0664\u0668\u066c\u0660\u0660\u0660\u066b\u0665").figures("filled") == "48,000.5"
    )
    assert filled("\u0662").number("filled") == 2
    for written in (None, "", "two", "2.5", "-2"):
        with pytest.raises(NotOfferedError):
            filled(written).number("filled")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (f"{int(MONDAY.timestamp()) - 40}", 40),
        (f"{int(MONDAY.timestamp()) - 3_600}", 3_600),
        (f"{int(MONDAY.timestamp()) - 3_601}", None),
        (f"{int(MONDAY.timestamp()) + 1}", None),
        *((odd, None) for odd in ("", "0", "-40", "1e9", "9" * 20, "٤٠", "x", "²", "1.5")),
    ],
)
def test_for_how_long_a_form_was_open_is_known_or_not_said(said: str, seconds: int | None) -> None:
    """Whatever stands there may be forged."""
    click = Click.read({"verb": "brief", "data": {SINCE: said}}, by="rita", at=MONDAY)
    assert click.open_for == seconds
