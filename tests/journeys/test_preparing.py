"""Time to prepare: an appointment before the meeting, which lives and dies with it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sandbox.exchange.model import Event
from store.invariants import broken
from tests.world import STILL_READ, World

SUBJECT = "Contoso Logistics and Halden Systems"
PREP = "Prepare: Ines Prado (Contoso Logistics)"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


def preps(world: World, who: str = "rita") -> list[Event]:
    found = world.box.outlook.calendar(who, at(1, 1), at(28, 23))
    return [e for e in found if e.subject == PREP]


def starts(world: World, who: str = "rita") -> list[datetime]:
    return [e.start for e in preps(world, who)]


async def well(world: World) -> bool:
    return not any((await broken(world.app.services.stores.reads)).values())


async def test_accepting_books_it_nearest_before_the_meeting_in_working_time(
    world: World, accepted: UUID
) -> None:
    """The meeting is at nine, when work begins: the day before ends with its preparation."""
    [event] = preps(world)
    assert (event.start, event.end) == (at(2, 17, 45), at(2, 18))
    assert "Two late shipments" in event.body.content
    assert event.attendees == ()
    assert "✓ Time to prepare: **Mon 2 Mar, 17:45 to 18:00**" in world.reads("rita")
    assert "✓ Time to prepare" in world.reads("quinn")
    assert "prep_booked" in await world.timeline(accepted)
    assert await well(world)


async def test_an_answer_given_on_the_phone_books_it_too_and_a_longer_meeting_takes_longer(
    world: World,
) -> None:
    world.box.outlook.create("rita", "Busy", at(2, 17, 30), at(2, 18))
    pasted = {"company": "Contoso\r\nLogistics", "contact_name": "Ines\r\n Prado"}
    await world.offer(type="workshop", **pasted)
    assert preps(world) == []

    world.answers("rita", "accept")
    await world.work()

    [event] = preps(world)
    assert (event.start, event.end) == (at(2, 17), at(2, 17, 30))


async def test_it_moves_with_the_meeting_and_goes_when_the_lead_is_sent_back(
    world: World, accepted: UUID
) -> None:
    [before] = preps(world)

    world.box.outlook.move("quinn", SUBJECT, at(3, 12))
    await world.work()

    [after] = preps(world)
    assert (after.id, after.start) == (before.id, at(3, 11, 45))
    assert await well(world)
    await world.press("rita", "accept")
    assert starts(world) == [at(3, 11, 45)]
    await world.press("rita", "send_back", reason="brief")
    assert preps(world) == []
    assert await world.state(accepted) == "sent_back"
    assert await world.rows("select 1 from reservation") == []


@pytest.mark.usefixtures("accepted")
async def test_a_meeting_moved_onto_its_own_prep_finds_other_time(world: World) -> None:
    world.box.outlook.move("quinn", SUBJECT, at(3, 9), at(3, 9, 45))
    await world.work()
    assert starts(world) == [at(2, 17, 45)], "its own entry is not in its way"

    world.box.outlook.move("quinn", SUBJECT, at(2, 17, 30))
    await world.work()

    assert starts(world) == [at(2, 17, 15)]


async def test_where_a_meeting_leaves_there_is_room_to_prepare_for_its_new_time(
    world: World, accepted: UUID
) -> None:
    """Outlook has it at nine yet when the time to prepare for half past nine is looked for."""
    await world.press("quinn", "look_for_other_times")
    await world.press("quinn", "move_to", start=at(3, 9, 30).isoformat())

    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    assert meeting.span.start == at(3, 9, 30)
    assert starts(world) == [at(3, 9, 15)]


@pytest.mark.usefixtures("accepted")
async def test_a_cancelled_meeting_takes_it_along_and_the_next_rep_gets_their_own(
    world: World,
) -> None:
    await world.press("rita", "send_back", reason="wrong_owner")
    await world.press("quinn", "give_to", rep=world.box.person("ravi").id)
    assert preps(world, "ravi") == []
    await world.press("ravi", "accept")
    assert len(preps(world, "ravi")) == 1
    assert preps(world) == []

    world.box.outlook.cancel("quinn", SUBJECT)
    await world.work()

    assert preps(world, "ravi") == []
    assert await world.rows("select 1 from reservation") == []


@pytest.mark.usefixtures("accepted")
async def test_it_counts_as_busy_and_no_room_is_said_before_booking_and_after(
    world: World,
) -> None:
    world.box.outlook.create("rita", "Fair", at(2, 10), at(3, 10))

    await world.brief(f"rep:{world.box.person('rita').id}", contact_name="Ana Gil", type="demo")

    assert "No room to prepare before Tue 3 Mar 10:00" in world.reads("quinn")
    await world.press("quinn", "book")
    await world.press("rita", "accept")
    within = "free and still ahead in the last 16 working hours before the meeting"
    line = f"No time to prepare. Your calendar has no 30 min that are {within}."
    assert line in world.reads("rita")
    assert "Rita's calendar has no 30 min" in world.reads("quinn")
    assert await well(world)


@pytest.mark.usefixtures("offered")
async def test_the_meeting_moves_while_the_prep_is_being_booked(world: World) -> None:
    """Graph did the work and the answer was lost; before the next try the meeting has moved."""
    world.box.faults.graph_answer_lost(after=0, times=1, method="POST", path="/events")
    await world.press("rita", "accept")
    world.box.outlook.move("quinn", SUBJECT, at(3, 12))
    await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await world.work()

    assert starts(world) == [at(3, 11, 45)]
    assert await well(world)


@pytest.mark.usefixtures("offered")
async def test_a_lead_sent_back_while_the_prep_is_being_booked_leaves_nothing_behind(
    world: World,
) -> None:
    world.box.faults.graph_answer_lost(after=0, times=1, method="POST", path="/events")
    await world.press("rita", "accept")
    await world.click("rita", "send_back", reason="brief")
    await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await world.work()

    assert preps(world) == []
    assert await well(world)


@STILL_READ
@pytest.mark.usefixtures("accepted")
async def test_who_takes_it_out_of_the_calendar_is_not_given_it_again(
    world: World, *, still_read: bool
) -> None:
    world.box.mailboxes.reads_deleted = still_read
    world.clock.forward(timedelta(minutes=6))
    world.box.outlook.delete("rita", PREP)
    await world.work()

    assert "The prep time was taken out of the calendar." in world.reads("rita")
    assert "✓ Time to prepare" not in world.reads("quinn")
    world.box.outlook.move("quinn", SUBJECT, at(3, 12))
    await world.work()
    await world.press("rita", "accept")
    assert preps(world) == []
    assert await well(world)


async def test_who_moves_it_in_outlook_keeps_it_there(world: World, accepted: UUID) -> None:
    world.box.outlook.move("rita", PREP, at(2, 15))
    await world.work()

    assert "✓ Time to prepare: **Mon 2 Mar, 15:00 to 15:15**" in world.reads("rita")
    assert "prep_moved" in await world.timeline(accepted)
    assert await well(world)
    await world.press("rita", "send_back", reason="brief")
    assert preps(world) == []


@pytest.mark.usefixtures("offered")
async def test_a_mailbox_that_cannot_be_written_is_said_plainly(world: World) -> None:
    world.box.faults.graph_status(403, "ErrorAccessDenied", method="POST", path="/events")

    world.answers("rita", "accept")
    await world.work()

    assert "Baton may not write to your calendar" in world.reads("rita")
    assert "Baton may not write to Rita's calendar" in world.reads("quinn")
    assert await well(world)


async def test_after_an_outage_it_is_booked_once_and_the_story_says_so_once(
    world: World, accepted: UUID
) -> None:
    """While Outlook is away it is asked for again every half an hour."""
    await world.press("quinn", "look_for_other_times")
    others = (await world.case(accepted)).handoff.others
    assert others
    before = (await world.timeline(accepted)).count("prep_booked")
    world.box.faults.graph_down()
    await world.click("quinn", "move_to", start=others[-1].isoformat())
    for _ in range(4):
        await world.pass_(minutes=31)
    world.box.faults.clear()
    asked = "select 1 from procrastinate_jobs where task_name = 'book_prep' and status = 'todo'"
    assert len(await world.rows(asked)) > 1, "it was asked for more than once"

    await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await world.work()

    assert (await world.timeline(accepted)).count("prep_booked") == before + 1
    assert await world.rows(asked) == []
    assert len(preps(world)) == 1
    assert await well(world)
