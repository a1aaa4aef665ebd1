"""Whoever clicks what is not theirs changes nothing: Teams says who clicked, and a card proves
nothing, for whoever has seen one can send what its buttons send.
"""

import random

import pytest

from tests.beginnings import Beginning
from tests.failures.acts import Click
from tests.failures.outcome import Outcome, differences, outcome
from tests.failures.stories import STORIES, Story
from tests.thoroughness import THOROUGH
from tests.world import World, a_world

SEED = 20260302
CLICKED = [story for story in STORIES if story.verbs]
PLAYED = CLICKED if THOROUGH else random.Random(SEED).sample(CLICKED, 2)
STRANGERS = ("noah", "dana")  # who has no part in Baton; who is a rep of another pool


async def others(world: World) -> Outcome:
    """What everybody else ends up with."""
    mine = tuple(f"{who}'s card: " for who in STRANGERS)
    found = await outcome(world)
    return Outcome({line: n for line, n in found.items() if not line.startswith(mine)})


@pytest.mark.large
@pytest.mark.parametrize("story", PLAYED, ids=lambda story: story.name)
async def test_who_has_no_part_in_it_changes_nothing_by_what_was_somebody_elses_to_click(
    story: Story, database: str
) -> None:
    more = {"CRM": "hubspot"} if story.crm else {}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        act = await story.tell(world)
        if not isinstance(act, Click):
            return  # a dialog, which is nobody's in particular
        await act.ready(world)
        card = act.card or world.newest(act.who)
        data = world.sends(act.who, act.verb, card, **act.inputs)
        await world.work()
        before = await others(world)

        for stranger in STRANGERS:
            answer = await world.box.teams.execute(stranger, card, act.verb, data)
            assert answer.status < 500, answer
            await world.work()

        assert differences(before, await others(world)) == []
