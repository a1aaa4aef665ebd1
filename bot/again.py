"""What a click on a card that stands for no handoff was answered with, as it is now.

The job that puts it into the message itself (jobs/messages.py) has it drawn from what is stored:
only which card it is travels, in our own words, and none of what people typed.
"""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from bot import asking, away, calendars, crm_asks, deciding, fairness
from bot.baton import Baton
from cards.elements import Card
from cards.lists import line_card
from handoff.errors import RefusedError, TooOldError

LINES = {"here": away.HERE, "settled": calendars.SETTLED, "time": deciding.GIVEN}
"""What is said once somebody has clicked, where nothing more is to be seen."""


def _of(kind: type[RefusedError]) -> Iterator[type[RefusedError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _of(one)


REFUSALS = {one.__name__: one for one in _of(RefusedError)}


async def answer(baton: Baton, by: str, said: str, once: str) -> Card:
    """The card of *said*, which is a word of ours alone or one of those that people say."""
    try:
        match said.split():
            case ["week", monday]:
                return await calendars.week_of(baton, by, date.fromisoformat(monday))
            case ["alarm" | "report" as what, id]:
                return await fairness.answered(baton, what, UUID(id), by)
            case ["crm", id]:
                return await crm_asks.answered(baton, UUID(id), by)
            case ["reported", number]:
                return await fairness.reported(baton, by, int(number), once)
            case ["agreed"]:
                return await fairness.agreed_to(baton, by)
            case ["pledge", *name]:
                return await deciding.pledge_of(baton, by, " ".join(name))
            case ["line", which]:
                return line_card(LINES[which])
            case ["refused", name]:
                return line_card(str(REFUSALS.get(name, TooOldError).__doc__))
    except RefusedError as refusal:
        return line_card(str(refusal))
    return await asking.answer(baton, by, said, once)
