"""Exchange takes time, and sometimes for ever: what was sent stands before everybody has it."""

from datetime import timedelta

import pytest

from sandbox.company import Mailbox
from tests.hour import MONDAY
from tests.world import World

SUBJECT = "Contoso Logistics and Halden Systems"


async def looks_again(world: World, after: timedelta) -> None:
    """So much time passes for whoever waits for Outlook, with nothing on its way arriving."""
    world.clock.forward(after)
    await world.run(
        "update procrastinate_jobs set scheduled_at = now() where status = 'todo' and attempts > 0"
    )
    await world.work()


async def in_quinns_calendar(world: World) -> list[str]:
    events = world.box.outlook.calendar("quinn", MONDAY, MONDAY + timedelta(days=30))
    return [event.subject for event in events]


@pytest.mark.parametrize("value", ["48000", "100000"], ids=["without", "with a leader"])
async def test_a_meeting_is_made_once_though_its_invitation_takes_long(
    world: World, value: str
) -> None:
    world.box.transport.takes(15, 20, seed=1)

    id = await world.offer(value=value)

    assert await world.state(id) == "offered"
    assert await in_quinns_calendar(world) == [SUBJECT]
    case = await world.case(id)
    leader = world.box.person("helen")
    assert case.handoff.leader == (leader.id if value == "100000" else None)
    there = world.box.outlook.event("quinn", SUBJECT).attendees
    assert (leader.mail in {a.who.mail for a in there}) == (value == "100000")
    assert await world.rows("select 1 from invitation") == []


async def test_what_is_posted_again_is_what_was_posted_first(world: World) -> None:
    """The answer of the first try is lost, and the leader is another by the next."""
    world.box.faults.graph_answer_lost(after=0, method="POST", path="events", times=1)
    await world.brief(f"rep:{world.box.person('rita').id}", value="100000")
    await world.press("quinn", "book")
    assert await in_quinns_calendar(world) == [SUBJECT]
    [(content,)] = await world.rows("select content from invitation")
    assert len(content["guests"]) == 3
    world.box.directory.change("rita", mail="rita.new@halden.example")
    await world.sync()

    await looks_again(world, timedelta(seconds=5))

    assert await in_quinns_calendar(world) == [SUBJECT]
    id = await world.newest_handoff()
    assert await world.state(id) == "offered"
    assert (await world.case(id)).handoff.leader == world.box.person("helen").id


async def test_a_meeting_that_outlook_takes_for_another_is_found_by_its_mark(world: World) -> None:
    world.box.faults.graph_answer_lost(after=0, method="POST", path="events", times=1)
    await world.brief(f"rep:{world.box.person('rita').id}")
    await world.press("quinn", "book")
    await world.run("update invitation set content = jsonb_set(content, '{subject}', '\"Other\"')")

    await looks_again(world, timedelta(seconds=5))

    assert await world.state(await world.newest_handoff()) == "offered"
    assert await in_quinns_calendar(world) == [SUBJECT]


async def test_an_invitation_that_never_arrives_ends_in_words(world: World) -> None:
    world.box.directory.change("rita", automatic=False)
    world.box.requests.clear()

    id = await world.offer()
    case = await world.case(id)
    assert case.handoff.state.value == "booking"
    assert case.handoff.meeting
    assert case.handoff.meeting.organizer_event
    for seconds in (1, 2, 4, 8, 16, 32, 60, 60):
        await looks_again(world, timedelta(seconds=seconds))
    jobs = await world.rows(
        "select count(*) from procrastinate_jobs where task_name = 'await_invitation'"
    )
    assert jobs == [(1,)]
    assert await world.state(id) == "booking"
    assert world.box.requests.count("GET", "calendarView") <= 10
    for _ in range(3):
        await looks_again(world, timedelta(seconds=60))

    assert await world.state(id) == "sent_back"
    assert "has not reached the calendar of Rita Osei" in world.reads("quinn")
    assert "give_to" in world.newest("quinn").verbs()
    assert await world.rows("select 1 from procrastinate_jobs where attempts > 0") == []
    await world.press("quinn", "give_to")
    assert await world.state(id) == "offered"
    assert (await world.case(id)).handoff.rep != world.box.person("rita").id
    assert await in_quinns_calendar(world) == [SUBJECT]


async def test_while_an_invitation_is_on_its_way_the_clock_adds_no_second_look(
    world: World,
) -> None:
    world.box.directory.change("rita", automatic=False)
    id = await world.offer()
    await world.run("update procrastinate_jobs set scheduled_at = now() + interval '1 day'")

    for _ in range(3):
        await world.pass_(minutes=31)

    jobs = await world.rows(
        "select count(*) from procrastinate_jobs where task_name = 'await_invitation'"
    )
    assert jobs == [(1,)]
    assert await world.state(id) == "booking"


async def test_a_mailbox_that_falls_silent_while_the_invitation_is_on_its_way(
    world: World,
) -> None:
    world.box.transport.takes(10, 10, seed=1)
    await world.brief(f"rep:{world.box.person('rita').id}")
    world.box.set_mailbox("rita", Mailbox.SILENT)
    await world.press("quinn", "book")
    id = await world.newest_handoff()
    assert await world.state(id) == "booking"

    world.box.set_mailbox("rita", Mailbox.OPEN)
    await looks_again(world, timedelta(seconds=5))

    assert await world.state(id) == "offered"


@pytest.mark.parametrize(("least", "most", "requests"), [(0, 0, 8), (20, 20, 12)])
async def test_what_a_booking_costs(world: World, least: int, most: int, requests: int) -> None:
    await world.offer_times()
    if most:
        world.box.transport.takes(least, most, seed=1)
    world.box.requests.clear()

    await world.press("quinn", "book")

    assert await world.state(await world.newest_handoff()) == "offered"
    asked = [(one.method, one.path) for one in world.box.requests.graph_requests()]
    assert len(asked) <= requests, asked
