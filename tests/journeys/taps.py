"""How often a thumb touches the screen for what people do every day.

A button is one tap, so is a choice in view, and so is to begin to type. A list or a day is two:
it opens, and one of it is chosen. What is filled in already and stays is none.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.teams import cards
from tests.world import World

TAPS = {"Input.Text": 1, "Input.Number": 1, "Input.Date": 2}


@dataclass
class Thumb:
    """One person, on their newest card."""

    world: World
    who: str
    taps: int = 0

    async def press(self, titled: str, **inputs: Any) -> None:
        """The button or row with these words, with this filled in before."""
        card = self.world.newest(self.who)
        shown = {str(one["id"]): one for one in cards.inputs(card.card or {})}
        for name, value in inputs.items():
            self.taps += _taps(shown[name], value)
        there = [one for one in card.actions() if one.title == titled]
        assert there, [one.title for one in card.actions()]
        action = there[0]
        self.taps += 1
        answer = await self.world.box.teams.click(
            self.who, card, action.verb or "", titled=titled, **inputs
        )
        assert answer.ok, answer
        await self.world.work()


def _taps(shown: cards.Card, value: object) -> int:
    if str(shown.get("value", "")) == str(value):
        return 0
    if shown["type"] == "Input.ChoiceSet":
        return 1 if shown.get("style") == "expanded" else 2
    return TAPS[str(shown["type"])]
