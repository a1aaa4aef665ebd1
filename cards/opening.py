"""A form comes as the card's new state, with a way back.

What a button opens below it opens out of sight: no client scrolls there.
https://github.com/MicrosoftDocs/msteams-docs/issues/8247

Whoever draws a card draws its forms with it. On its way to Teams it is `closed`, and a click shows
one of them instead of what the card said: so a form is there as long as its card has it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from microsoft_teams.cards import ExecuteAction

from cards.elements import Card, banner, told
from cards.verbs import Verb

FORM = "Action.ShowCard"
OPENS = "opens"  # in a button's data: the form that it leads to
OPENED = "opened"  # in a button's data: the form that it is on
DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")  # as a machine writes it, and nobody else


def closed(card: Card) -> Card:
    """The card, each of its forms behind a button. A button that takes along what is needed is
    grey until there is some of it, and says what.
    """
    sends: list[Card] = []
    needed: list[Card] = []
    found: Card = _closed(card, sends, needed)
    for button in sends if needed else ():
        button |= {"conditionallyEnabled": True, "tooltip": needed[0]["errorMessage"]}
    return found


def opened(
    card: Card, form: str, *, wrong: str = "", typed: Mapping[str, str] | None = None
) -> Card | None:
    """The *form* of the card, with what is *wrong* with what was *typed* in it; None where the card
    has none of that name.
    """
    there = {found["id"]: (found, around) for found, around in _forms(card)}
    if form not in there:
        return None
    found, around = there[form]
    inner, carried = found["card"], found["data"]
    back = (
        _to("Back", "open", carried | {OPENS: around}) if around else _to("Back", "back", carried)
    )
    title = told(found["title"].rstrip("…"), bold=True, spacing="Small")
    said = [line for line in (banner(wrong), title) if line]
    body = [*_head(card), *map(_json, said), *_filled(inner["body"], typed or {})]
    actions = [*inner.get("actions", ()), back]
    return {**card, "body": _on(form, body), "actions": _on(form, actions)}


def refilled(card: Card, typed: Mapping[str, str]) -> Card:
    """The card, with what was *typed* in the inputs that stand on it, behind no button."""
    return {**card, "body": _filled(card["body"], typed)}


def forms(card: Card) -> list[str]:
    """The names of all forms of the card, those that are on another form too."""
    return [found["id"] for found, _ in _forms(card)]


def of_word(card: Card, said: str) -> Card:
    """The card, whose forms are found again on the one that Baton answers *said* with."""
    for found, _ in _forms(card):
        found["data"] = {"said": said}
    return card


def _to(title: str, verb: Verb, data: Card) -> Card:
    """A button that takes nothing along."""
    action = ExecuteAction(title=title, verb=verb, data=data, associated_inputs="none")
    button: Card = _json(action)
    return button


def _json(part: Any) -> Any:
    return part.model_dump(by_alias=True, exclude_none=True)


def _closed(part: Any, sends: list[Card], needed: list[Card]) -> Any:
    """A copy, gone through once, for every card passes here: what *sends* the inputs of its card
    and what is *needed* there are put into these lists.
    """
    if isinstance(part, list):
        return [_closed(one, sends, needed) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == FORM:
        style = {"style": part["style"]} if "style" in part else {}
        return _to(part["title"], "open", {**part["data"], OPENS: part["id"]}) | style
    copy = {
        name: _closed(value, sends, needed) if isinstance(value, (dict, list)) else value
        for name, value in part.items()
    }
    if copy.get("isRequired"):
        needed.append(copy)
    if copy.get("type") == "Action.Execute" and "associatedInputs" not in copy:
        sends.append(copy)
    return copy


def _forms(part: Any, around: str = "") -> Iterator[tuple[Card, str]]:
    """Each form, and the one that its button is on."""
    if isinstance(part, list):
        for one in part:
            yield from _forms(one, around)
    elif isinstance(part, dict):
        here = around
        if part.get("type") == FORM:
            yield part, around
            here = part["id"]
        for value in part.values():
            yield from _forms(value, here)


def _head(card: Card) -> list[Card]:
    """About whom it is."""
    tops = [part for part in card["body"] if part.get("type") == "Container"]
    return [part for part in tops[:1] if part["items"][0].get("style") == "heading"]


def _on(form: str, parts: list[Any]) -> list[Any]:
    """Every button of them says that it is on the *form*."""
    return [_marked(form, part) for part in parts]


def _marked(form: str, part: Any) -> Any:
    if isinstance(part, list):
        return _on(form, part)
    if not isinstance(part, dict):
        return part
    part = {name: _marked(form, value) for name, value in part.items()}
    if part.get("type") == "Action.Execute":
        part["data"] = {**part.get("data", {}), OPENED: form}
    return part


def _filled(parts: list[Any], typed: Mapping[str, str]) -> list[Any]:
    """The inputs hold what was typed, as far as they can."""
    filled = []
    for part in parts:
        value = typed.get(str(part.get("id")), "")
        filled.append({**part, "value": value} if value and _holds(part, value) else part)
    return filled


def _holds(part: Card, value: str) -> bool:
    """Whether every client shows the *value* in it as it was meant."""
    match part.get("type"):
        case "Input.Text":
            return True
        case "Input.ChoiceSet":
            return value in {choice["value"] for choice in part["choices"]}
        case "Input.Date":
            return DAY.fullmatch(value) is not None and value >= part["min"]
        case "Input.Number":
            return AMOUNT.fullmatch(value) is not None
        case _:
            return False
