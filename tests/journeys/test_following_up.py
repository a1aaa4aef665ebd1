"""After the yes: the next step is one click, and a real event in the rep's calendar."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from handoff.effects import Show
from handoff.policy import Promise
from sandbox.exchange.model import Event
from store.invariants import broken
from tests.world import World

PREP = "Prepare: Ines Prado (Contoso Logistics)"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


def blocks(world: World, day: int) -> list[tuple[str, datetime]]:
    found = world.box.outlook.calendar("rita", at(day, 1), at(day, 23))
    return [(e.subject, e.start) for e in found if "Baton" in e.categories]


def events(world: World) -> list[Event]:
    """Rita's own, of what Baton has put there."""
    found = world.box.outlook.calendar("rita", at(1, 1), at(28, 23))
    return [e for e in found if "Baton" in e.categories and not e.attendees]


async def test_a_call_in_two_days_lands_in_the_first_free_time(
    world: World, accepted: UUID
) -> None:
    world.box.outlook.create("rita", "Busy", at(4, 10), at(4, 10, 30))

    await world.press("rita", "follow_up", titled="Call in 2 days")

    assert blocks(world, 4) == [("Call Ines Prado (Contoso Logistics)", at(4, 10, 30))]
    assert "✓ Call booked: **Wed 4 Mar, 10:30 to 10:45**" in world.reads("rita")
    assert "follow_up_booked" in await world.timeline(accepted)


@pytest.mark.usefixtures("accepted")
async def test_each_quick_action_and_a_day_of_ones_own(world: World) -> None:
    await world.press("rita", "follow_up", titled="Mail tomorrow 9:00")
    await world.press("rita", "follow_up", titled="Next Monday")
    await world.press("rita", "follow_up", titled="Book it", kind="call", day="2026-03-12")

    # Nine on Tuesday is the meeting itself, so the mail comes right after it.
    assert blocks(world, 3) == [("Write to Ines Prado (Contoso Logistics)", at(3, 9, 30))]
    assert blocks(world, 9) == [("Call Ines Prado (Contoso Logistics)", at(9, 9))]
    assert blocks(world, 12) == [("Call Ines Prado (Contoso Logistics)", at(12, 9))]


async def test_on_a_friday_the_days_that_are_no_tomorrow_are_called_by_their_names(
    world: World,
) -> None:
    await world.offer(wanted="2026-03-12")
    await world.press("rita", "accept")
    await world.until(at(5, 10))
    assert "Mail tomorrow 9:00" in await buttons(world)
    await world.until(at(6, 10))

    read = await buttons(world)
    assert "tomorrow" not in read
    assert "in 2 days" not in read
    assert "Call Tue 10 Mar" in read
    await world.press("rita", "follow_up", titled="Mail Mon 9 Mar 09:00")
    assert blocks(world, 9) == [("Write to Ines Prado (Contoso Logistics)", at(9, 9))]


async def buttons(world: World) -> str:
    """What Rita may plan in one click, by the days of now."""
    rita = world.box.person("rita").id
    await world.app.services.stores.door.follow(Show(rita, await world.newest_handoff()))
    await world.work()
    return world.reads("rita")


@pytest.mark.usefixtures("accepted")
async def test_the_block_holds_all_that_is_known_for_nobody_else_sees_it(world: World) -> None:
    await world.press("rita", "follow_up", titled="Call in 2 days")

    [event] = [e for e in world.box.outlook.calendar("rita", at(4, 1), at(4, 23)) if e.categories]

    assert "Two late shipments" in event.body.content
    assert event.attendees == ()


@pytest.mark.usefixtures("accepted")
async def test_a_second_tap_books_no_second_call_and_two_steps_do_not_take_the_same_time(
    world: World,
) -> None:
    card, handoff = world.newest("rita"), str(await world.newest_handoff())
    await world.press("rita", "follow_up", titled="Call in 2 days")
    assert "Call in 2 days" not in world.reads("rita")

    for inputs in ({"action": "call_2d"}, {"kind": "call", "day": "2026-03-04"}):
        again = {"handoff": handoff, **inputs}
        answer = await world.box.teams.execute("rita", card, "follow_up", again)
        assert "A call is booked for that day already" in str(answer.card)
        assert "✓ Call booked: **Wed 4 Mar" in str(answer.card)
        await world.work()
    assert len(blocks(world, 4)) == 1

    await world.press("rita", "follow_up", titled="Book it", kind="mail", day="2026-03-04")
    await world.press("rita", "follow_up", titled="Book it", kind="call", day="2026-03-05")
    starts = [start for _, start in [*blocks(world, 4), *blocks(world, 5)]]
    assert len(set(starts)) == 3


@pytest.mark.parametrize("whose", ["own call", "another's call", "another's prep"])
async def test_what_a_rep_does_alone_makes_way_for_a_meeting_that_is_moved_onto_it(
    world: World, accepted: UUID, whose: str
) -> None:
    """The call is on Wednesday at ten, the preparation on Monday at a quarter to six."""
    await world.press("rita", "follow_up", titled="Call in 2 days")
    subject, moved = "Contoso Logistics and Halden Systems", accepted
    if whose != "own call":
        moved = await world.accepted(
            wanted="2026-03-05", contact_email="b@b.example", company="Fabrikam"
        )
        subject = "Fabrikam and Halden Systems"
    before = {e.subject: e.id for e in events(world)}
    to = at(2, 17, 45) if whose == "another's prep" else at(4, 10)

    world.box.outlook.move("quinn", subject, to)
    await world.work()

    meeting = (await world.case(moved)).handoff.meeting
    assert meeting
    assert (await world.state(moved), meeting.span.start) == ("offered", to)
    assert "made_way" in await world.timeline(accepted)
    now = {e.subject: e for e in events(world)}
    assert {subject: e.id for subject, e in now.items()} == before, "moved, and not made again"
    call, prep = now["Call Ines Prado (Contoso Logistics)"], now[PREP]
    assert call.start == (at(4, 10) if whose == "another's prep" else at(4, 10, 30))
    if whose == "another's prep":
        assert prep.start == at(2, 17, 30)
    card = "\n".join(m for one in world.box.teams.chat("rita") for m in one.texts())
    assert ("**Wed 4 Mar, 10:30 to 10:45**" in card) == (whose != "another's prep")
    assert ("**Mon 2 Mar, 17:30 to 17:45**" in card) == (whose == "another's prep")
    assert not any((await broken(world.app.services.stores.reads)).values())


async def test_after_the_meeting_the_next_step_is_asked_for_and_escalated(
    world: World, accepted: UUID
) -> None:
    await world.until(at(3, 9, 30))
    assert await world.state(accepted) == "following"
    assert "AFTER THE MEETING" in world.reads("rita")
    await world.until(at(4, 10))
    assert "overdue" in await world.timeline(accepted)
    assert "NEEDS A DECISION" in world.reads("mara")


async def test_a_follow_up_is_asked_about_and_then_the_lead_is_done(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "follow_up", titled="Call in 2 days")
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="It took place")
    assert "FOLLOWING UP" in world.reads("rita")

    await world.until(at(4, 10, 30))
    assert "DID IT HAPPEN?" in world.reads("rita")
    await world.press("rita", "follow_up_done", titled="We spoke")
    assert "AFTER THE MEETING" in world.reads("rita")
    await world.press("rita", "no_further_step", ending="opportunity")

    assert await world.state(accepted) == "ended"
    assert "OPPORTUNITY" in world.reads("quinn")


@pytest.mark.usefixtures("accepted")
async def test_sending_back_takes_the_follow_ups_out_of_the_calendar(world: World) -> None:
    await world.press("rita", "follow_up", titled="Call in 2 days")
    assert blocks(world, 4)

    await world.press("rita", "send_back", reason="not_a_fit")

    assert blocks(world, 4) == []


@pytest.mark.usefixtures("accepted")
async def test_a_lost_answer_from_outlook_makes_no_second_event(world: World) -> None:
    """Graph did the work and the answer was lost: the same key finds the same event."""
    world.box.faults.graph_answer_lost(after=0, times=1, method="POST", path="/events")

    await world.press("rita", "follow_up", titled="Call in 2 days")
    await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await world.work()

    assert len(blocks(world, 4)) == 1


@pytest.mark.usefixtures("accepted")
async def test_one_that_is_over_while_its_event_is_made_leaves_none(world: World) -> None:
    """Graph did the work and the answer was lost; before the next try the lead has gone back."""
    world.box.faults.graph_answer_lost(after=0, times=1, method="POST", path="/events")
    await world.click("rita", "follow_up", titled="Call in 2 days")
    await world.app.work(wait=False)
    assert len(blocks(world, 4)) == 1

    await world.click("rita", "send_back", reason="brief")
    await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await world.work()

    assert blocks(world, 4) == []


@pytest.mark.usefixtures("accepted")
async def test_one_that_is_over_in_the_moment_in_which_its_event_is_there_leaves_none(
    world: World,
) -> None:
    slow = world.box.faults.graph_slow(1, path="/events")
    await world.click("rita", "follow_up", titled="Call in 2 days")
    work = asyncio.create_task(world.app.work(wait=False))
    while not slow.hits:  # noqa: ASYNC110  # what the sandbox counts
        await asyncio.sleep(0.01)
    await world.click("rita", "send_back", reason="brief")
    await work
    world.box.faults.lift(slow)
    await world.work()

    assert blocks(world, 4) == []


async def test_a_clock_that_changes_in_between_keeps_nine_at_nine(world: World) -> None:
    """Spain's clocks go forward on Sunday 29 March 2026."""
    world.clock.set(datetime(2026, 3, 27, 9, 0, tzinfo=UTC))
    await world.accepted(wanted="2026-03-30")

    await world.press("rita", "follow_up", titled="Mail Mon 30 Mar 09:00")

    found = world.box.outlook.calendar(
        "rita", datetime(2026, 3, 30, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
    )
    [event] = [e for e in found if "Baton" in e.categories]
    local = event.start + timedelta(hours=2)
    assert (local.hour, local.minute) in ((9, 0), (9, 30))


async def test_a_next_step_that_the_rep_moves_in_outlook_is_then_on_the_card_too(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "follow_up", titled="Call in 2 days")
    call = (await world.case(accepted)).handoff.owed(Promise.FOLLOW_UP)
    assert call
    assert call.span
    assert call.event
    later = call.span.start + timedelta(days=1)
    world.clock.forward(timedelta(minutes=6))
    world.box.outlook.move("rita", "Call Ines Prado (Contoso Logistics)", later)
    await world.work()

    moved = (await world.case(accepted)).handoff.owed(Promise.FOLLOW_UP)
    assert moved
    assert moved.span
    assert moved.span.start == later
    assert "follow_up_moved" in await world.timeline(accepted)
    await world.until(call.span.end + timedelta(minutes=1))
    assert "asked" not in await world.timeline(accepted)
    await world.until(moved.span.end + timedelta(minutes=1))
    assert "asked" in await world.timeline(accepted)
