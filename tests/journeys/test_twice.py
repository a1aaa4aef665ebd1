"""Somebody taps a time twice, in Teams or on the page: the second is answered with how it stands,
and does nothing. A tap on another time, once they have chosen, says that it has moved on.
"""

import asyncio
from uuid import UUID

import pytest
from aiohttp import ClientSession

from tests.journeys.test_prospect_moves import TIMES, page_of, press, seen
from tests.world import World

REFUSED = (
    "not free any more",
    "not one of the choices",
    "moved on since",
    "at another time by now",
)


@pytest.mark.parametrize("which", ["book", "move_to", "propose", "move_meeting"])
async def test_a_second_tap_on_a_time_is_answered_with_the_card_of_the_first(
    world: World, which: str
) -> None:
    """Also where it says something else beside, and so is no repetition of the same click."""
    who = "rita" if which == "propose" else "quinn"
    if which == "book":
        await world.brief(f"rep:{world.box.person('rita').id}")
        id = await world.newest_handoff()
        chosen = {}
    else:
        id = await world.accepted()
        await world.press(
            *(("quinn", "look_for_other_times") if which == "move_to" else ("rita", "another_time"))
        )
        others = (await world.case(id)).handoff.others
        assert others
        chosen = {"start": others[1].isoformat()}
    if which == "move_meeting":
        await world.press("rita", "propose", None, **chosen)
        chosen = {}
    card = world.newest(who)
    await world.opens(who, which, card, **chosen)
    data = world.sends(who, which, card, **chosen)
    handoff = []

    for soon in (True, False):
        answers = [
            await world.box.teams.execute(who, card, which, {**data, **more})
            for more in ({}, {"words": "Looking forward to it."}, {})
        ]
        for answer in answers:
            assert answer.ok
            read = "\n".join(answer.texts())
            assert not [one for one in REFUSED if one in read], soon
        handoff.append((await world.case(id)).handoff.meeting)
        await world.work()
    both = await asyncio.gather(
        *(world.box.teams.execute(who, card, which, data) for _ in range(2))
    )
    assert not [one for one in REFUSED for answer in both if one in "\n".join(answer.texts())]
    before = handoff[0]
    now = (await world.case(id)).handoff.meeting
    assert before
    assert now
    assert now.span == before.span
    said = {"book": "booked", "propose": "proposed"}.get(which, "moved")
    assert (await world.timeline(id)).count(said) == 1


async def test_of_two_times_that_are_tapped_one_after_the_other_the_first_counts(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "look_for_other_times")
    card, others = world.newest("quinn"), (await world.case(accepted)).handoff.others
    assert others
    first, second = (
        world.sends("quinn", "move_to", card, start=one.isoformat()) for one in sorted(others)[1:3]
    )
    await world.box.teams.execute("quinn", card, "move_to", first)
    told = await world.box.teams.execute("quinn", card, "move_to", second)

    assert told.says("This handoff has moved on since the card was sent")
    assert "not free any more" not in "\n".join(told.texts())
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    assert meeting.span.start == sorted(others)[1]


async def test_a_prospect_who_presses_twice_reads_twice_how_it_stands(
    world: World, accepted: UUID
) -> None:
    page = page_of(world)
    async with ClientSession() as browser:
        await press(browser, page, act="look")
        await world.work()
        times = TIMES.findall(await seen(browser, page))
        once = await press(browser, page, act="move", start=times[-1])
        twice = await press(browser, page, act="move", start=times[-1])
        assert once == twice
        await world.work()
        await press(browser, page, 200, act="move", start=times[-1])
    assert (await world.timeline(accepted)).count("prospect_moved") == 1
