"""Adaptive Cards as a person meets them: what there is to read, to fill in and to press.

https://adaptivecards.microsoft.com/
Cards in Teams:
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Card = dict[str, Any]

CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"


class CannotPressError(Exception):
    """A Teams client would not let the person do that; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button, or an element that can be pressed."""

    title: str
    type: str
    verb: str | None
    url: str | None
    data: Any
    id: str | None
    style: str
    enabled: bool
    inputs: tuple[Card, ...] = ()  # those whose values go with it
    associated: bool = True  # False: it takes no values along and checks none


def texts(card: Card) -> list[str]:
    """All visible text in reading order, contents of closed ShowCards and titles of buttons left
    out.
    """
    return [text for element in _visible(card) for text in _words(element)]


def actions(card: Card) -> list[Action]:
    """Everything that can be pressed, in reading order, ShowCards opened."""
    return list(_actions(card, ()))


def inputs(card: Card) -> list[Card]:
    """Input elements in reading order, those in closed ShowCards left out."""
    return [e for e in _visible(card) if str(e.get("type", "")).startswith("Input.")]


def press(
    card: Card,
    verb: str,
    values: Mapping[str, object],
    *,
    titled: str | None = None,
    matching: Mapping[str, object] | None = None,
) -> tuple[Action, dict[str, Any]]:
    """The one action with that verb, and the data that goes with it: its own, with the inputs'
    values over it.

    `titled` and `matching` (a part of its data) tell several apart. Raises CannotPressError when
    there is no such action or more than one, when it is switched off, when a value is for no input
    of it, or when an input is not as it asks to be.
    """
    there = actions(card)
    fitting = [
        one
        for one in there
        if one.verb == verb and titled in (None, one.title) and _has(one.data, matching or {})
    ]
    if len({(repr(one.data), *(part.get("id") for part in one.inputs)) for one in fitting}) != 1:
        known = ", ".join(f"{one.title!r} ({one.verb})" for one in there) or "nothing"
        what = "several actions" if fitting else "no action"
        raise CannotPressError(f"{what} with verb {verb!r}; there is {known}")
    action = fitting[0]
    if not action.enabled:
        raise CannotPressError(f"{action.title!r} is switched off")
    filled = _filled(action, values)
    data = action.data if isinstance(action.data, dict) else {}
    return action, {**data, **filled}


def card_of(activity: Mapping[str, Any]) -> Card | None:
    """The first Adaptive Card that an activity carries."""
    for attachment in _parts(activity, "attachments"):
        if attachment.get("contentType") == CONTENT_TYPE:
            content: Card = attachment.get("content") or {}
            return content
    return None


def refresh_of(card: Card) -> Card | None:
    """The action by which the card renews itself, with its list of people beside it."""
    refresh = card.get("refresh")
    return refresh if isinstance(refresh, dict) and refresh.get("action") else None


# Reading


def _list(element: Mapping[str, Any], name: str) -> list[Any]:
    """What a bot has put there, as far as it is a list."""
    found = element.get(name)
    return found if isinstance(found, list) else []


def _parts(element: Mapping[str, Any], name: str) -> list[Card]:
    return [part for part in _list(element, name) if isinstance(part, dict)]


_CHILDREN = ("body", "items", "columns", "rows", "cells", "pages")


def _visible(element: Card) -> Iterator[Card]:
    if element.get("isVisible") is False:
        return
    yield element
    for name in _CHILDREN:
        for child in _parts(element, name):
            yield from _visible(child)


def _words(element: Card) -> list[str]:
    kind = str(element.get("type", ""))
    found: list[str] = []
    if kind == "RichTextBlock":
        found.append("".join(_run(run) for run in _list(element, "inlines")))
    elif kind == "FactSet":
        found += [
            f"{fact.get('title', '')}: {fact.get('value', '')}" for fact in _parts(element, "facts")
        ]
    elif kind.startswith("Input."):
        found += _input_words(element)
    elif kind in ("TextBlock", "Badge", "CompoundButton", "CodeBlock"):
        found.append(str(element.get("text") or element.get("title") or ""))
    elif kind.startswith("Chart."):
        found.append(str(element.get("title") or ""))
    return [text for text in found if text]


def _run(run: Any) -> str:
    return str(run.get("text", "")) if isinstance(run, dict) else str(run)


def _input_words(element: Card) -> list[str]:
    words = [str(element.get("label") or "")]
    if element["type"] == "Input.Toggle":
        words.append(str(element.get("title") or ""))
    if element["type"] == "Input.ChoiceSet" and element.get("style") == "expanded":
        words += [str(choice.get("title", "")) for choice in _parts(element, "choices")]
    elif element.get("value"):
        words.append(_shown_value(element))
    elif element.get("placeholder"):
        words.append(str(element["placeholder"]))
    return words


def _shown_value(element: Card) -> str:
    value = str(element["value"])
    titles = {
        str(choice.get("value")): str(choice.get("title")) for choice in _parts(element, "choices")
    }
    return ", ".join(titles.get(part, part) for part in value.split(",")) if titles else value


# Pressing


def _actions(card: Card, above: tuple[Card, ...]) -> Iterator[Action]:
    """`above` are the inputs of the cards around a ShowCard: they go along with its actions."""
    here = (*above, *_all_inputs(card))
    for element in _visible(card):
        for name in ("selectAction", "inlineAction"):
            if isinstance(element.get(name), dict):
                yield from _action(element[name], here, element)
        for action in _parts(element, "actions"):
            yield from _action(action, here, element)
        for inline in _parts(element, "inlines"):
            if isinstance(inline.get("selectAction"), dict):
                yield from _action(inline["selectAction"], here, inline)


def _action(action: Card, here: tuple[Card, ...], beside: Card) -> Iterator[Action]:
    if action.get("isVisible") is False:
        return
    if action.get("type") == "Action.ShowCard":
        card = action.get("card")
        yield from _actions(card if isinstance(card, dict) else {}, here)
        return
    yield Action(
        title=str(action.get("title") or beside.get("text") or beside.get("label") or ""),
        type=str(action.get("type")),
        verb=action.get("verb"),
        url=action.get("url"),
        data=action.get("data"),
        id=action.get("id"),
        style=str(action.get("style") or "default"),
        enabled=action.get("isEnabled") is not False,
        inputs=here,
        associated=str(action.get("associatedInputs", "auto")).lower() != "none",
    )
    for more in _parts(action, "menuActions"):
        yield from _action(more, here, beside)


def _all_inputs(card: Card) -> list[Card]:
    """Hidden ones too: their values are sent, they are only not checked."""
    found: list[Card] = []
    waiting: list[Card] = [card]
    while waiting:
        element = waiting.pop(0)
        if str(element.get("type", "")).startswith("Input."):
            found.append(element)
        for name in _CHILDREN:
            waiting += _parts(element, name)
    return found


def _has(data: Any, part: Mapping[str, object]) -> bool:
    return not part or (
        isinstance(data, dict) and all(data.get(name) == value for name, value in part.items())
    )


def _filled(action: Action, values: Mapping[str, object]) -> dict[str, str]:
    if not action.associated:
        if values:
            raise CannotPressError(f"{action.title!r} takes no inputs along")
        return {}
    by_id = {str(one.get("id")): one for one in action.inputs}
    strange = sorted(values.keys() - by_id.keys())
    if strange:
        raise CannotPressError(f"{action.title!r} has no input {', '.join(strange)}: {list(by_id)}")
    filled = {}
    for name, element in by_id.items():
        text = _text(values[name]) if name in values else _held(element)
        if element["type"] == "Input.Toggle" and not text:
            text = str(element.get("valueOff", "false"))
        _check(element, text)
        filled[name] = text
    return filled


def _held(element: Card) -> str:
    """What a client shows in it from the start: of a number's value, nothing where that is a text.
    https://learn.microsoft.com/adaptive-cards/schema-explorer/input-number
    """
    value = element.get("value") or ""
    return "" if element["type"] == "Input.Number" and isinstance(value, str) else str(value)


def _text(value: object) -> str:
    """Every value travels as text: yes and no as words, several choices with commas between."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(str(one) for one in value)
    return str(value)


def _check(element: Card, text: str) -> None:
    """https://learn.microsoft.com/adaptive-cards/authoring-cards/input-validation"""
    if element.get("isVisible") is False:
        return
    name = element.get("label") or element.get("id")
    problem = _problem(element, text)
    if problem:
        raise CannotPressError(f"{name}: {element.get('errorMessage') or problem}")


def _problem(element: Card, text: str) -> str | None:
    if not text and element["type"] == "Input.Number" and {"min", "max"} & element.keys():
        # As the client's own code has it: https://github.com/microsoft/AdaptiveCards/issues/8347
        return "a number that has a bound is required, whatever the card says"
    if not text or (element["type"] == "Input.Toggle" and text != element.get("valueOn", "true")):
        return "a value is required" if element.get("isRequired") else None
    match element["type"]:
        case "Input.ChoiceSet":
            return _choice_problem(element, text)
        case "Input.Text":
            if element.get("regex") and not re.search(element["regex"], text):
                return "the value does not have the form that is asked for"
            if len(text) > int(element.get("maxLength") or len(text)):
                return "the value is too long"
        case "Input.Number":
            return _range_problem(float(text), element, float)
        case "Input.Date" | "Input.Time":
            return _range_problem(text, element, str)
    return None


def _choice_problem(element: Card, text: str) -> str | None:
    if element.get("choices.data"):
        return None  # found by typing: any value may have been offered
    offered = {str(choice.get("value")) for choice in _parts(element, "choices")}
    chosen = text.split(",") if element.get("isMultiSelect") else [text]
    strange = [one for one in chosen if one not in offered]
    return f"{strange} is not among the choices {sorted(offered)}" if strange else None


def _range_problem(value: Any, element: Card, kind: type) -> str | None:
    low, high = element.get("min"), element.get("max")
    if low not in (None, "") and value < kind(low):
        return f"the value is below {low}"
    if high not in (None, "") and value > kind(high):
        return f"the value is above {high}"
    return None
