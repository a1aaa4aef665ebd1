"""Outlook keeps two time zones: one of the mailbox, one of the working hours."""

from datetime import datetime, timedelta
from uuid import UUID

from handoff.policy import Promise
from tests.journeys.test_preparing import PREP
from tests.world import SUBJECT, World


async def moved_to_new_york(world: World, who: str) -> None:
    """They have set the mailbox to where they live now, and the hours stand as they were."""
    world.box.directory.change(who, zone="Eastern Standard Time")
    await world.sync()


async def due(world: World, id: UUID) -> datetime:
    promise = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert promise
    return promise.due_at


async def test_times_are_shown_in_the_mailboxs_zone_and_clocks_go_by_that_of_the_hours(
    world: World,
) -> None:
    before = await world.offer()
    assert "Tue 3 Mar, 09:00 to 09:30" in world.reads("rita")
    await moved_to_new_york(world, "rita")

    await world.say("rita", "mine")
    await world.press("rita", "show")

    assert "Tue 3 Mar, 03:00 to 03:30" in world.reads("rita")
    assert "Answer by **Mon 08:00**" in world.reads("rita"), "at 14:00 in Madrid, as before"
    later = await world.offer(company="Northwind", contact_email="uma@northwind.example")
    assert abs(await due(world, later) - await due(world, before)) < timedelta(minutes=5)


async def test_the_day_that_a_qualifier_asks_for_is_one_of_their_mailbox(world: World) -> None:
    world.box.directory.change("quinn", zone="Hawaiian Standard Time")
    await world.sync()

    await world.offer_times()

    assert "Your time, Honolulu" in world.reads("quinn")
    assert "Tue 3 Mar 00:00" in world.reads("quinn"), "11:00 in Madrid, where Quinn works"
    assert "Mon 2 Mar" not in world.reads("quinn")


async def test_an_event_is_in_its_organizers_zone_wherever_it_is_moved(world: World) -> None:
    """Outlook's own lines above an invitation say when it is in the event's zone."""
    id = await world.offer()
    event = world.box.outlook.event("quinn", SUBJECT)
    assert (event.zone, event.end_zone) == ("Romance Standard Time", "Romance Standard Time")
    assert world.invitations()[0].zone == "Romance Standard Time"
    others = await world.press("rita", "another_time")
    await world.press("rita", "propose", others)

    await world.press("quinn", "move_meeting")

    case = await world.case(id)
    assert case.handoff.meeting
    moved = world.box.outlook.event("quinn", SUBJECT)
    assert (moved.zone, moved.start) == ("Romance Standard Time", case.handoff.meeting.span.start)
    assert await world.state(id) == "accepted"
    prep = world.box.outlook.event("rita", PREP)
    assert prep.zone == "Romance Standard Time"
