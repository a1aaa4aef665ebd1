"""A card that Teams takes: of one that has grown too large, what matters most.

Teams refuses a message over its limit for good (413), and whoever asked would hear nothing.
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages
"""

import json
from typing import Any

from cards.elements import LARGEST, Card

ROOM = LARGEST - 2_000  # bytes: the marks on its buttons come on top
MOST_CHOICES = 60  # of one list, where the card is too large
SHORTENED = "There is more than fits on a card of Teams."
INSIDE = ("items", "columns", "body", "actions", "cells", "rows", "inlines", "facts")


def fitted(card: Card) -> Card:
    """*card*, or where it is too large its head, whatever it asks for, and as much of the rest as
    there is room for, from the top; its last line says so.
    """
    if _size(card) <= ROOM:
        return card
    _cut_choices(card)
    body: list[Any] = card.get("body") or []
    note = {"type": "TextBlock", "text": SHORTENED, "wrap": True, "size": "Small"}
    left = ROOM - _size({**card, "body": [note]}) - sum(_size(e) for e in body if _asks(e))
    kept = []
    for n, element in enumerate(body):
        if _asks(element):
            kept.append(element)
            continue
        left -= _size(element) + 1
        if left >= 0 or n == 0:
            kept.append(element)
    short = {**card, "body": [*kept, note]}
    if _size(short) <= ROOM:
        return short
    said = {"type": "TextBlock", "text": str(card.get("speak") or "")[:500], "wrap": True}
    return {**card, "body": [said, note], "actions": []}


def _size(part: Any) -> int:
    return len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode())


def _asks(element: Any) -> bool:
    """Whether somebody is to fill it in or to click there."""
    if str(element.get("type", "")).startswith("Input."):
        return True
    if element.get("type") == "ActionSet":
        return any(one["type"] == "Action.Execute" for one in element["actions"])
    return any(
        _asks(one) for name in INSIDE for one in element.get(name) or () if isinstance(one, dict)
    )


def _cut_choices(part: Any) -> None:
    """Lists to choose from have their first so many, and what is chosen in them."""
    if part.get("type") == "Input.ChoiceSet":
        choices = part["choices"]
        part["choices"] = choices[:MOST_CHOICES] + [
            one for one in choices[MOST_CHOICES:] if one["value"] == part.get("value")
        ]
    for name in INSIDE:
        inside = part.get(name) or ()
        for one in [inside] if isinstance(inside, dict) else inside:
            if isinstance(one, dict):
                _cut_choices(one)
