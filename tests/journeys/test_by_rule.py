"""A mailbox answers by itself: by a rule, by automatic replies, or by an assistant."""

from datetime import timedelta
from uuid import UUID

import pytest

from handoff.policy import Promise
from tests.journeys.rotation import policy
from tests.journeys.test_delivery import looks_again
from tests.journeys.test_preparing import PREP, at, preps
from tests.world import SUBJECT, World


async def declined(world: World) -> UUID:
    """Quinn books with Rita, whose mailbox declines; until Baton has looked for her copy."""
    id = await world.offer()
    for seconds in (1, 2, 4, 8, 16):
        await looks_again(world, timedelta(seconds=seconds))
    return id


async def test_a_yes_by_rule_is_shown_as_such_and_asked_for_with_one_click(world: World) -> None:
    world.box.directory.change("rita", by_rule="accept")

    id = await world.offer()

    assert await world.state(id) == "offered"
    assert "Your mailbox said yes by itself" in world.reads("rita")
    assert "not yet Rita's word" in world.reads("quinn")
    owed = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert owed
    assert owed.said_at is None, "the clock goes on"
    assert "accepted_by_rule" in await world.timeline(id)
    await world.press("rita", "accept")
    assert await world.state(id) == "accepted"


async def test_a_yes_while_the_rep_is_away_is_not_theirs(world: World, offered: UUID) -> None:
    now = world.clock()
    world.box.outlook.set_automatic_replies("rita", start=now, end=now + timedelta(hours=4))
    await world.sync()
    world.clock.forward(timedelta(minutes=30))

    world.answers("rita", "accept")
    await world.work()

    assert await world.state(offered) == "offered"
    assert "not yet Rita's word" in world.reads("quinn")
    world.box.outlook.set_automatic_replies("rita", on=False)
    await world.sync()
    world.answers("rita", "accept")
    await world.work()
    assert await world.state(offered) == "accepted", "back at work, it is hers"


@pytest.mark.parametrize("late", [False, True], ids=["with the move", "after it"])
async def test_a_yes_by_rule_to_another_time_is_asked_for_again(
    world: World, *, late: bool
) -> None:
    """Their organizer moves the meeting, and the mailbox answers that by itself as well."""
    world.box.directory.change("rita", by_rule="accept")
    id = await world.offer()
    await world.press("rita", "accept")
    assert await world.state(id) == "accepted"
    world.clock.forward(timedelta(minutes=10))
    if late:  # the organizer's event tells of it first
        world.box.transport.takes(20, 20, seed=1)
        world.box.notifications.travel = False
    else:
        world.box.transport.at_once()

    world.box.outlook.move("quinn", SUBJECT, at(3, 12))
    await world._work()
    await world.work()

    assert await world.state(id) == "offered"
    assert (await world.timeline(id)).count("accepted_by_rule") == 2
    assert "Your mailbox said yes by itself" in world.reads("rita")
    await world.press("rita", "accept")
    assert await world.state(id) == "accepted"


@pytest.mark.at_once
async def test_a_yes_after_that_by_rule_counts_though_outlook_keeps_the_first_moment(
    world: World,
) -> None:
    world.box.directory.change("rita", by_rule="accept")
    id = await world.offer()
    before = world.box.outlook.event("rita", SUBJECT).answered_at

    await world.press("rita", "accept")

    assert world.box.outlook.event("rita", SUBJECT).answered_at == before
    assert await world.state(id) == "accepted"


async def test_a_no_while_the_rep_is_away_owes_no_reason(world: World, offered: UUID) -> None:
    now = world.clock()
    world.box.outlook.set_automatic_replies("rita", start=now, end=now + timedelta(hours=4))
    await world.sync()
    world.clock.forward(timedelta(minutes=30))

    world.answers("rita", "decline")
    await world.work()

    handoff = (await world.case(offered)).handoff
    assert (handoff.state.value, handoff.owed(Promise.REASON)) == ("sent_back", None)
    assert "declined_by_rule" in await world.timeline(offered)


async def test_a_no_by_rule_owes_no_reason_and_comes_back_at_once(world: World) -> None:
    world.box.directory.change("rita", by_rule="decline")

    id = await declined(world)

    handoff = (await world.case(id)).handoff
    assert (handoff.state.value, handoff.owed(Promise.REASON)) == ("sent_back", None)
    assert "The rep's mailbox declined by itself" in world.reads("quinn")
    assert await world.opens("quinn", "give_to")


async def test_a_no_by_rule_goes_to_the_stand_in_where_the_policy_passes_on(world: World) -> None:
    await policy(world, ("[routing]\n", "[routing]\nbreach_reassigns = true\n"))
    world.box.directory.change("rita", by_rule="decline")

    id = await declined(world)
    await looks_again(world, timedelta(minutes=1))

    handoff = (await world.case(id)).handoff
    assert handoff.state.value == "offered"
    assert handoff.rep != world.box.person("rita").id
    assert "passed_on" in await world.timeline(id)


async def test_who_keeps_what_they_declined_in_the_calendar_is_asked_anew(world: World) -> None:
    """What their copy shows is the answer to the invitation before."""
    world.box.directory.change("rita", keeps_declined=True)
    id = await world.offer()
    world.answers("rita", "decline")
    await world.work()
    assert await world.state(id) == "sent_back"
    world.box.transport.takes(20, 20, seed=1)

    await world.press("quinn", "fix_brief")

    assert await world.state(id) == "offered"
    assert (await world.timeline(id)).count("declined") == 1
    await world.press("rita", "accept")
    assert await world.state(id) == "accepted"


async def test_prep_that_an_assistant_moved_behind_the_meeting_is_put_back_once(
    world: World, accepted: UUID
) -> None:
    [before] = preps(world)

    world.box.outlook.move("rita", PREP, at(3, 12))
    await world.work()

    [now] = preps(world)
    assert now.start == before.start
    assert "prep_put_back" in await world.timeline(accepted)
    world.box.outlook.move("rita", PREP, at(3, 12))
    await world.work()
    assert "The prep time was taken out of the calendar." in world.reads("rita")
    assert world.box.outlook.event("rita", SUBJECT).response.value == "accepted"
