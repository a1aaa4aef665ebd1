"""What is refused of a form stands at its field, and where whoever clicked looks.

A card has no way to say it in an input itself: `errorMessage` is shown by a client alone, for what
it looks at itself.
https://learn.microsoft.com/adaptive-cards/authoring-cards/input-validation
"""

from collections.abc import Iterator, Sequence
from typing import Any

from cards.elements import Card, banner

INSIDE = ("items", "columns")
FAR = 3  # lines between two things, from which on one of them may be out of sight


def pointed(body: list[Any], words: str, at: Sequence[str]) -> list[Any]:
    """The *body*, in which the *words* stand directly above each of the fields *at*, which is in
    view then. The line above all, which said them, says of which field they are; so does one at
    the buttons, where the field is far above them. Without such a field nothing is other.
    """
    lines = list(_lines(body, at))
    there = [n for n, one in enumerate(lines) if one.get("id") in at]
    if not there:
        return body
    fields = [lines[n]["id"] for n in there]
    line = _banner(words)
    named = _banner(_named(words, lines[there[0]].get("label", "")))
    top = next((n for n, one in enumerate(lines) if one.get("text") == line["text"]), None)
    found = _with(body, fields, line)
    if top is not None:
        instead = [] if there[0] - top < FAR else [named]
        found = [new for one in found for new in (instead if one is lines[top] else [one])]
    far = len(lines) - 1 - there[-1] >= FAR
    return [*found, named] if far else found


def _banner(words: str) -> Card:
    line = banner(words)
    assert line
    made: Card = line.model_dump(by_alias=True, exclude_none=True)
    return made


def _named(words: str, label: str) -> str:
    """The words, with the name of their field before them where they do not have it."""
    called = label.partition(" (")[0].partition(":")[0]
    return words if called.casefold() in words.casefold() else f"{called}: {words}"


def _lines(parts: Sequence[Card], fields: Sequence[str]) -> Iterator[Card]:
    """What is in view, line by line, once the *fields* are."""
    for part in parts:
        inside = next((part[name] for name in INSIDE if part.get(name)), None)
        if inside is None:
            yield part
        elif part.get("isVisible") is not False or _has(part, fields):
            yield from _lines(inside, fields)


def _has(part: Card, fields: Sequence[str]) -> bool:
    return part.get("id") in fields or any(
        _has(one, fields) for name in INSIDE for one in part.get(name, ())
    )


def _with(parts: Sequence[Card], fields: Sequence[str], line: Card) -> list[Any]:
    """The *parts*, with the *line* directly above each of the *fields*, none of which is hidden."""
    found: list[Any] = []
    for part in parts:
        if part.get("id") in fields:
            found.append(line)
        inside = next((name for name in INSIDE if part.get(name)), None)
        if inside and _has(part, fields):
            shown = {name: value for name, value in part.items() if name != "isVisible"}
            found.append({**shown, inside: _with(part[inside], fields, line)})
        else:
            found.append(part)
    return found
