"""What a qualifier does with a meeting that is booked: move it, or call it off. And whoever has to
do what Outlook would not says that it is done.
"""

from functools import partial

from bot.baton import Baton
from bot.click import Click
from bot.verbs import Verbs, applies
from cards.elements import Card
from handoff import changing, outlook


async def move_to(baton: Baton, click: Click) -> Card:
    rule = partial(changing.move_to, by=click.by, at=click.at, start=click.moment("start"))
    return await baton.apply(click, rule)


async def call_off(baton: Baton, click: Click) -> Card:
    """The prospect reads what stood in the form when its button was clicked."""
    rule = partial(changing.call_off, by=click.by, at=click.at, words=click.text("words", 1000))
    return await baton.apply(click, rule)


VERBS: Verbs = {
    "look_for_other_times": applies(changing.look_for_other_times),
    "move_to": move_to,
    "leave_time": applies(changing.leave_time),
    "call_off": call_off,
    "seen_to": applies(outlook.seen_to),
}
