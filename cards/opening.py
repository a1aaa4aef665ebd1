"""A form comes as the card's new state, with a way back.

What a button opens below it opens out of sight: no client scrolls there.
https://github.com/MicrosoftDocs/msteams-docs/issues/8247

Whoever draws a card says with each button that leads to a form what makes it. On its way to Teams
the card is `closed`, and a click shows a form instead of what the card said: so a form is there as
long as its card has it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from microsoft_teams.cards import AdaptiveCard, ExecuteAction

from cards.elements import OPENS, WHY, Card, as_number, banner, told
from cards.wrong import pointed
from handoff.errors import RefusedError

MAKES = "makes"  # of a button that leads to a form
ALL_THE_SAME = "Correct it all the same"
OPENED = "opened"  # in a button's data: the form that it is on
SINCE = "since"  # in a button's data: when its form was opened, in seconds of Unix time
DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")  # as a machine writes it, and nobody else


def closed(card: Card) -> Card:
    """The card, without what makes its forms. A button that takes along what is needed is grey
    until there is some of it, and says what. Why somebody sees it comes last.
    """
    sends: list[Card] = []
    needed: list[Card] = []
    found: Card = _closed(card, sends, needed)
    for button in sends if needed else ():
        button |= {"conditionallyEnabled": True, "tooltip": needed[0]["errorMessage"]}
    return _why_last(found)


def _why_last(card: Card) -> Card:
    """What may be done stands before it: a card's own buttons are drawn below all that is on it."""
    body, rest = card["body"], dict(card)
    at = next((n for n, part in enumerate(body) if part.get("id") == WHY.rstrip("?")), None)
    if at is None:
        return card
    buttons = rest.pop("actions", [])
    done = [{"type": "ActionSet", "spacing": "Medium", "actions": buttons}] if buttons else []
    told_, folds, below = body[: at - 1], body[at - 1 : at + 1], body[at + 1 :]
    links = [row for row in told_ if _leads_away(row)] if done and _urgent(card) else []
    left = [row for row in told_ if row not in links]
    return {**rest, "body": [*left, *below, *done, *links, *folds]}


def _urgent(card: Card) -> bool:
    """Whether something should be done: then what answers it stands before what leads elsewhere."""
    heads: list[Card] = [*card["body"][0].get("items", ()), {}]
    return heads[0].get("color") == "Attention"


def _leads_away(row: Card) -> bool:
    actions = row.get("actions", ())
    return bool(actions) and all(
        one["type"] == "Action.OpenUrl" and "style" not in one for one in actions
    )


def opened(
    card: Card,
    form: str,
    *,
    wrong: RefusedError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Card | None:
    """The *form* of the card, with what is *wrong* with what was *typed* in it; None where the card
    has none of that name.
    """
    there = next((one for one in _forms(card) if one[0]["data"][OPENS] == form), None)
    if there is None:
        return None
    found, around = there
    inner = _made(found)
    marks = {OPENED: form, **_word(found)}
    title = told(found["title"].rstrip("…"), bold=True, spacing="Small")
    said = [line for line in (banner(str(wrong or "")), title) if line]
    body = [*_head(card), *map(_json, said), *_filled(inner["body"], typed or {})]
    last = _last_step(inner)
    if wrong and wrong.passes:
        last = [_all_the_same(one, wrong.passes, ALL_THE_SAME) for one in last]
    elif passed := (typed or {}).get("anyway"):  # asked once is enough
        last = [_all_the_same(one, passed, one["title"]) for one in last]
    actions = [*last, _json(_back(found, around))]
    form_card = {**card, "body": _on(marks, body), "actions": _on(marks, actions)}
    return at_its_field(form_card, wrong)


def begun(card: Card, at: datetime) -> Card:
    """The card, whose buttons say since when the form on it is open."""
    mark = {SINCE: str(int(at.timestamp()))}
    return {**card, "body": _on(mark, card["body"]), "actions": _on(mark, card.get("actions", []))}


def _last_step(form: Card) -> list[Card]:
    """A form's buttons, of which the one that ends it is highlighted: what sends what is filled in,
    or the only one that there is. Where there are several ways, none leads before the others; one
    that stands on the form may.
    """
    actions: list[Card] = form["actions"]
    if any(one.get("style") == "positive" for one in _buttons(form["body"])):
        return actions
    sends = [one for one in actions if "associatedInputs" not in one]
    ways = sends or actions
    last = ways[0] if len(ways) == 1 else None
    return [{**one, "style": "positive"} if one is last else one for one in actions]


def _all_the_same(button: Card, what: str, title: str) -> Card:
    """Where it sends what is filled in, what was said to be in the way of *what* is none."""
    if button.get("type") != "Action.Execute" or "associatedInputs" in button:
        return button
    return {**button, "title": title, "data": {**button["data"], "anyway": what}}


def at_its_field(card: Card, wrong: RefusedError | None) -> Card:
    """The card, above all of which stands what is *wrong*: it stands at its field, too."""
    return {**card, "body": pointed(card["body"], str(wrong), wrong.at)} if wrong else card


def refilled(card: Card, typed: Mapping[str, str]) -> Card:
    """The card, with what was *typed* in the inputs that stand on it, behind no button."""
    return {**card, "body": _filled(card["body"], typed)}


def forms(card: Card) -> list[str]:
    """The names of all forms of the card, those that are on another form too."""
    return [found["data"][OPENS] for found, _ in _forms(card)]


def of_word(card: Card, said: str) -> Card:
    """The card, whose forms are found again on the one that Baton answers *said* with."""
    for button in _leading(card):
        button["data"] = {"said": said, OPENS: button["data"][OPENS]}
    return card


def _back(form: Card, around: str) -> ExecuteAction:
    """To the form *around* it, or to the card."""
    data = {name: value for name, value in form["data"].items() if name != OPENS}
    data |= {OPENS: around} if around else {}
    verb = "open" if around else "back"
    return ExecuteAction(title="Back", verb=verb, data=data, associated_inputs="none")


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
    copy = {
        name: _closed(value, sends, needed) if isinstance(value, (dict, list)) else value
        for name, value in part.items()
        if name != MAKES
    }
    if copy.get("isRequired"):
        needed.append(copy)
    if copy.get("type") == "Action.Execute" and "associatedInputs" not in copy:
        sends.append(copy)
    return copy


def _forms(card: Card, around: str = "") -> Iterator[tuple[Card, str]]:
    """The button of each form, and the form that it is on; one that stands on another form is found
    on that one's card.
    """
    buttons = list(_leading(card))
    for button in buttons:
        yield button, around
    for button in buttons:
        yield from _forms(_made(button), button["data"][OPENS])


def _leading(part: Any) -> Iterator[Card]:
    """The buttons that lead to a form, from the first to the last."""
    left = [part]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if MAKES in one:
                yield one
            one = one.values()
        left += reversed([inner for inner in one if isinstance(inner, (dict, list))])


def _buttons(body: list[Card]) -> Iterator[Card]:
    for part in body:
        yield from part.get("actions", ())


def _made(button: Card) -> Card:
    """The form that it leads to. What this leads to is found where it was found."""
    body, actions = button[MAKES]()
    form: Card = _json(AdaptiveCard(body=list(body), actions=list(actions)))
    for inner in _leading(form):
        inner["data"] = {**button["data"], OPENS: inner["data"][OPENS]}
    return form


def _head(card: Card) -> list[Card]:
    """About whom it is; its button is the card's."""
    tops = [part for part in card["body"] if part.get("type") == "Container"]
    heads = [part for part in tops[:1] if part["items"][0].get("style") == "heading"]
    lines = [[one for one in part["items"] if one["type"] != "ActionSet"] for part in heads]
    return [{**part, "items": kept} for part, kept in zip(heads, lines, strict=True)]


def _word(form: Card) -> dict[str, str]:
    """What Baton answers with the card that the form is on, where that stands for no handoff."""
    return {name: value for name, value in form["data"].items() if name == "said"}


def _on(marks: Mapping[str, str], parts: list[Any]) -> list[Any]:
    """Every button of them says which form it is on, and of which card."""
    return [_marked(marks, part) for part in parts]


def _marked(marks: Mapping[str, str], part: Any) -> Any:
    if isinstance(part, list):
        return _on(marks, part)
    if not isinstance(part, dict):
        return part
    part = {name: _marked(marks, value) for name, value in part.items()}
    if part.get("type") == "Action.Execute" and MAKES not in part:
        part["data"] = {**part.get("data", {}), **marks}
    return part


def _filled(parts: list[Any], typed: Mapping[str, str]) -> list[Any]:
    """The inputs hold what was typed, as far as they can."""
    filled = []
    for part in parts:
        value = typed.get(str(part.get("id")), "")
        held = value and _holds(part, value)
        filled.append({**part, "value": _written(part, value)} if held else part)
    return filled


def _written(part: Card, value: str) -> str | int | float:
    """As the input has it: clients show nothing in a number's where that is a text.
    https://learn.microsoft.com/adaptive-cards/schema-explorer/input-number
    """
    if part["type"] != "Input.Number":
        return value
    return as_number(value)


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
