"""A wrong outcome is put right in one click, or contested; the books of the turns follow."""

from uuid import UUID

import pytest

from tests.journeys.test_following_up import at
from tests.world import World


async def credited(world: World) -> list[tuple[str | None]]:
    return await world.rows("select credited_for from routing_given")


async def no_show(world: World) -> None:
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="The prospect did not come")


async def test_one_click_puts_it_right_and_the_credit_falls(world: World, accepted: UUID) -> None:
    await no_show(world)
    assert await credited(world) == [("no_show",)]

    await world.press("rita", "put_right", titled="Wrong: it took place")

    assert await credited(world) == [(None,)]
    assert await world.rows("select sum(credits) from routing_book") == [(0,)]
    assert "You said: it took place." in world.reads("rita")
    assert "MET" in world.reads("quinn")
    assert "put_right" in await world.timeline(accepted)
    assert await world.app.services.stores.fairness.chain.broken() == []


async def test_the_qualifier_contests_and_what_the_manager_decides_stands_in_every_book(
    world: World, accepted: UUID
) -> None:
    await no_show(world)

    await world.press("quinn", "contest", claim_meeting="rep_absent")

    assert "You say: the rep could not be there. Mara Lind decides by" in world.reads("quinn")
    assert "Quinn says: the rep could not be there." in world.reads("rita")
    assert "CONTESTED" in world.reads("mara")
    await world.press("mara", "judge", titled="Quinn is right")
    case = await world.case(accepted)
    assert (case.handoff.meeting_outcome, case.handoff.no_shows) == ("rep_absent", 0)
    assert await credited(world) == [(None,)]
    assert "Mara Lind decided that this is so." in world.reads("quinn")
    assert "upheld" in await world.timeline(accepted)


async def test_an_ending_that_is_contested_is_no_ending_until_it_is_decided(
    world: World, accepted: UUID
) -> None:
    await no_show(world)
    await world.press("rita", "no_further_step", ending="not_reachable")

    await world.press("quinn", "contest", titled="Contest how it ended", claim_ending="goes_on")

    assert await world.state(accepted) == "contested"
    await world.press("mara", "judge", titled="Quinn is right")
    assert await world.state(accepted) == "sent_back"
    assert "Decide by" in world.reads("quinn")


@pytest.mark.parametrize("said", ["at once", "put right", "the first, by a manager"])
async def test_a_lead_with_two_meetings_counts_once_however_what_is_said_of_them_is_corrected(
    world: World, accepted: UUID, said: str
) -> None:
    await no_show(world)
    if said == "the first, by a manager":
        await world.press("quinn", "contest", claim_meeting="rep_absent")
    await world.press("rita", "follow_up", titled="Book it", kind="meeting", day="2026-03-05")
    await world.press("rita", "book")
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.until(meeting.span.end)

    if said == "put right":
        await world.press("rita", "how_it_went", titled="The prospect did not come")
        await world.press("rita", "put_right", titled="Wrong: it took place")
    else:
        await world.press("rita", "how_it_went", titled="It took place")
    if said == "the first, by a manager":
        card = await world.found("mara", "judge")
        await world.press("mara", "judge", card, titled="Quinn is right")

    assert await world.rows("select sum(got) - sum(credits) from routing_book") == [(1,)]
    assert await world.app.services.stores.fairness.chain.broken() == []
