"""What a trial's desk says will happen next, as a handoff lives on."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from cards.next_thing import STEPS, happens
from handoff import answering
from handoff.model import Step
from handoff.policy import Policy, Promise
from sandbox.desk.acts import Next
from tests.handoff.conftest import Story
from tests.journeys.test_next_meeting import at
from tests.world import INES, World
from trial import looking_ahead


@pytest.fixture
def what_next(world: World) -> Callable[[], Awaitable[Next | None]]:
    return looking_ahead(world.box, world.app)


async def test_it_is_told_before_it_happens_from_the_offer_to_the_word_on_how_it_went(
    world: World, offered: UUID, what_next: Callable[[], Awaitable[Next | None]]
) -> None:
    async def goes_on() -> str:
        found = await what_next()
        assert found
        await world.until(found.at)
        return found.what

    assert await goes_on() == "Contoso Logistics: Rita Osei is reminded: answer the meeting."
    assert await goes_on() == "Contoso Logistics: Rita Osei is late: answer the meeting."
    await world.press("rita", "accept")
    told = [await goes_on()]
    while world.clock() < at(3, 9, 30):
        told.append(await goes_on())
    assert "Contoso Logistics: Rita Osei and Ines Prado meet." in told
    assert told[-1] == "Contoso Logistics: The meeting is over, and Rita Osei is asked how it went."
    assert "How did it go?" in world.reads("rita")
    assert (await world.app.services.stores.lookups.zones_of([INES.upper()])) == {
        INES: "Europe/Lisbon"
    }


async def test_what_is_about_no_lead_is_told_once_no_lead_waits(
    world: World, offered: UUID, what_next: Callable[[], Awaitable[Next | None]]
) -> None:
    soon, rita = world.clock() + timedelta(minutes=5), world.box.person("rita").id
    await world.run(
        "insert into pledge (about, n, what, who, made_at, due_at, first_due_at, alarms, rings_at) "
        "values ('2026-03-02', 1, 'confirm_week', %s, %s, %s, %s, '[]', %s)",
        *(rita, world.clock(), soon, soon, soon),
    )
    found = await what_next()
    assert found
    assert "Contoso Logistics" in found.what

    await world.run("update commitment set rings_at = null")
    await world.run("update handoff set state = 'ended', outcome = 'closed' where id = %s", offered)
    found = await what_next()
    told = "Rita Osei is asked or reminded: say whether their calendar is true."
    assert found == Next(soon, told)


def test_of_what_baton_does_by_itself_nobody_is_told(policy_in_force: Policy) -> None:
    story = Story(policy_in_force)
    story.offered()
    story.do(partial(answering.accept, by="rita", at=story.at))
    answer = story.handoff.owed(Promise.ANSWER)
    assert answer
    assert answer.rings_at
    assert answer.alarms[0].step is Step.CHECK
    assert happens(story.case, answer.rings_at) == []


async def test_where_nothing_is_waited_for_nothing_is_told(
    world: World, what_next: Callable[[], Awaitable[Next | None]]
) -> None:
    await world.run("update pledge set rings_at = null")
    assert await what_next() is None


def test_every_step_says_what_happens_or_that_nobody_hears_of_it() -> None:
    assert STEPS.keys() == set(Step)
