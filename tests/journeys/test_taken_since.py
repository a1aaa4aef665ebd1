"""A time that was free when somebody looked, and has something else in Outlook by now."""

from datetime import datetime, timedelta
from uuid import UUID

from aiohttp import ClientSession

from tests.journeys.rotation import policy
from tests.journeys.test_prospect_moves import TIMES, browser, page_of, press, seen
from tests.journeys.test_rebooking import nobody_came
from tests.world import World

__all__ = ["browser"]

BOARD = "Board meeting of Fabrikam"
THERE = f"In your calendar at that time: “{BOARD}”"


async def is_taken(world: World, start: datetime) -> None:
    world.box.outlook.create("rita", BOARD, start, start + timedelta(hours=1))
    await world.box.settled()
    await world.work()


async def test_a_prospect_who_moves_it_onto_something_else_has_no_yes_and_the_card_says_what_it_is(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    page = page_of(world)
    await press(browser, page, act="look")
    await world.work()
    times = TIMES.findall(await seen(browser, page))
    await is_taken(world, datetime.fromisoformat(times[2]))

    await press(browser, page, act="move", start=times[2])
    assert "Your calendar is free" not in world.reads("rita"), "before anybody has looked"
    await world.work()

    assert await world.state(accepted) == "offered"
    assert THERE in world.reads("rita")


async def test_a_prospect_who_books_onto_something_else_is_asked_about_and_not_accepted(
    world: World, browser: ClientSession
) -> None:
    id = await nobody_came(world)
    page = page_of(world)
    await world.press("rita", "rebook")
    await world.work()
    await press(browser, page, act="look")
    await world.work()
    times = TIMES.findall(await seen(browser, page))
    await is_taken(world, datetime.fromisoformat(times[2]))

    await press(browser, page, act="move", start=times[2])
    await world.work()

    assert await world.state(id) == "offered"
    assert THERE in world.reads("rita")
    await world.press("rita", "accept")
    assert await world.state(id) == "accepted"


async def test_a_time_that_the_rep_proposed_and_that_is_taken_when_it_is_moved_there_is_asked_about(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "another_time")
    others = (await world.case(accepted)).handoff.others
    assert others
    await world.press("rita", "propose", start=others[1].isoformat())
    await is_taken(world, others[1])

    await world.press("quinn", "move_meeting", start=others[1].isoformat())

    assert await world.state(accepted) == "offered"
    assert THERE in world.reads("rita")
    await world.press("rita", "accept")
    assert await world.state(accepted) == "accepted"
    handoff = (await world.case(accepted)).handoff
    assert handoff.meeting
    assert handoff.meeting.span.start == others[1]


async def test_a_time_that_is_free_still_is_accepted_as_it_was_proposed(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "another_time")
    others = (await world.case(accepted)).handoff.others
    assert others
    await world.press("rita", "propose", start=others[1].isoformat())

    await world.press("quinn", "move_meeting", start=others[1].isoformat())

    assert await world.state(accepted) == "accepted"


async def test_time_to_prepare_it_is_not_in_its_way_however_much_is_kept_around_meetings(
    world: World,
) -> None:
    await policy(world, ("buffer_minutes = 0", "buffer_minutes = 15"))
    id = await world.accepted()
    await world.press("rita", "another_time")
    others = (await world.case(id)).handoff.others
    assert others
    await world.press("rita", "propose", start=others[1].isoformat())

    await world.press("quinn", "move_meeting", start=others[1].isoformat())

    assert await world.state(id) == "accepted"
