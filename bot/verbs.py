"""What does a verb: a function of the bot and a click, whose card is the answer."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from bot.baton import Baton
from bot.click import Click
from cards.elements import Card
from cards.verbs import Verb
from handoff.model import Case, Decision

Do = Callable[[Baton, Click], Awaitable[Card]]
Verbs = Mapping[Verb, Do]


class Plain(Protocol):
    """A rule that asks for nothing but who does it and when."""

    def __call__(self, case: Case, *, by: str, at: datetime) -> Decision: ...


def applies(rule: Plain) -> Do:
    """The click applies *rule* to its handoff."""

    async def do(baton: Baton, click: Click) -> Card:
        def clicked(case: Case) -> Decision:
            return rule(case, by=click.by, at=click.at)

        return await baton.apply(click, clicked)

    return do


def together(*tables: Verbs) -> Mapping[str, Do]:
    """All of them in one. Raises ValueError for a verb that two of them do."""
    found: dict[str, Do] = {}
    for table in tables:
        if twice := found.keys() & table.keys():
            raise ValueError(f"done in two places: {', '.join(sorted(twice))}")
        found.update(table.items())
    return found
