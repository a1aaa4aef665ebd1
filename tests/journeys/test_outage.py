"""Baton did not run for a while: nobody is late because of it, and what Outlook knows is heard."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from handoff.effects import Poll, ReadSentMail
from tests.world import World

pytestmark = pytest.mark.at_once

SUBJECT = "Contoso Logistics and Halden Systems"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


async def due(world: World, id: UUID) -> datetime:
    [(found,)] = await world.rows(
        "select due_at from commitment where handoff = %s and what = 'answer'", id
    )
    assert isinstance(found, datetime)
    return found


async def down(world: World, **delta: float) -> None:
    """Nothing ran for so long, by every clock; now the first sweep comes."""
    world.clock.forward(timedelta(**delta))
    await world.run("update beat set real_at = now() - %s where what = 'sweep'", timedelta(**delta))
    await world.sweep()


async def test_what_fell_due_while_nothing_ran_has_the_time_that_was_left(world: World) -> None:
    """Rita has until 14:00; from 13:40 to 15:40 nothing runs: she has until 16:00."""
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 13, 40))
    assert await due(world, id) == at(2, 14)
    before = world.cards("rita")

    await down(world, hours=2)

    assert abs(await due(world, id) - at(2, 16)) < timedelta(seconds=5)
    assert world.cards("rita") == before
    await world.say("rita", "why 1")
    assert "Baton did not run from Mon 13:" in world.reads("rita")
    assert "that time does not count" in world.reads("rita")
    await world.until(at(2, 15, 59))
    assert "overdue" not in await world.timeline(id)
    await world.until(at(2, 16, 1))
    assert "overdue" in await world.timeline(id)


async def test_over_a_night_nobody_loses_and_nobody_gains_working_time(world: World) -> None:
    """From 13:40 on Monday to 8:00 on Tuesday: twenty minutes are left, of Tuesday's."""
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 13, 40))

    await down(world, hours=18, minutes=20)

    assert abs(await due(world, id) - at(3, 9, 20)) < timedelta(seconds=5)


async def test_an_answer_given_in_outlook_meanwhile_is_heard_before_anything_rings(
    world: World,
) -> None:
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 13, 40))
    world.box.faults.notifications_lost()
    world.clock.forward(timedelta(minutes=5))
    world.answers("rita", "accept")

    await down(world, hours=2)

    assert await world.state(id) == "accepted"
    assert "overdue" not in await world.timeline(id)
    [(ending,)] = await world.rows("select ending from commitment where what = 'answer'")
    assert ending == "kept"


async def test_a_restart_of_a_minute_excuses_nobody(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 13, 58))

    await down(world, minutes=2)

    assert "overdue" in await world.timeline(id)


async def test_one_handoff_that_cannot_be_rung_is_set_aside_and_stops_nobody(world: World) -> None:
    """Not a new failed job with each minute, for ever."""
    broken, fine = await world.offer(wanted="2026-03-05"), await world.offer(wanted="2026-03-06")
    await make_unreadable(world, broken)

    for minute in range(4):
        await world.until(at(2, 14, minute))

    assert "overdue" in await world.timeline(fine)
    failed = (
        "select count(*) from procrastinate_jobs where task_name = 'ring' and status = 'failed'"
    )
    assert await world.rows(failed) == [(1,)]


async def test_one_handoff_that_cannot_be_read_takes_an_outage_from_nobody_else(
    world: World,
) -> None:
    broken, fine = await world.offer(wanted="2026-03-05"), await world.offer(wanted="2026-03-06")
    await world.until(at(2, 13, 40))
    await make_unreadable(world, broken)

    await down(world, hours=2)

    assert "outage" in await world.timeline(fine)
    failed = "select task_name from procrastinate_jobs where status = 'failed'"
    assert {name for (name,) in await world.rows(failed)} <= {"excuse_outage", "look"}


async def test_a_held_lead_that_cannot_be_read_stops_no_sweep(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    held = await world.offer_times()
    await world.run(
        "insert into routing_question (handoff, pool, asked, held_until, looks_at) "
        "values (%s, 'emea', '{}', %s, %s) "
        "on conflict (handoff) do update set looks_at = excluded.looks_at",
        *(held, at(2, 20), at(2, 11)),
    )
    await make_unreadable(world, held)

    for minute in range(3):
        await world.until(at(2, 14, minute))

    assert "overdue" in await world.timeline(id)
    failed = "select args ->> 'handoff_id' from procrastinate_jobs where status = 'failed'"
    assert await world.rows(f"{failed} and task_name = 'route_again'") == [(str(held),)]


async def two_of_rita(world: World) -> tuple[UUID, UUID]:
    """Two that are offered to her: one whose row cannot be read, which is looked at first."""
    other = await world.offer(wanted="2026-03-06")
    broken, fine = sorted([await world.offer(wanted="2026-03-05"), other])
    await make_unreadable(world, broken)
    return broken, fine


async def test_a_row_that_cannot_be_read_keeps_nobody_in_office_and_nobody_here(
    world: World,
) -> None:
    """Neither whose it is, nor who is read after them."""
    rosas = await world.accepted("rosa", wanted="2026-03-05")
    broken, fine = await two_of_rita(world)
    for who in ("rita", "rosa"):
        world.box.outlook.set_automatic_replies(who, start=at(4, 8), end=at(7, 8))
    assert await world.sync() == []
    await world.work()

    assert "asked_who_takes_it" in await world.timeline(rosas)
    assert "asked_who_takes_it" in await world.timeline(fine)
    answer = await world.say("rita", "mine")
    assert answer.says("Contoso Logistics")
    assert answer.says("1 more cannot be shown. Please tell your admin.")

    world.box.directory.change("rita", enabled=False)
    await world.sync()
    assert (await world.case(fine)).handoff.owner != world.box.person("rita").id
    [(theirs,)] = await world.rows("select owner from handoff where id = %s", broken)
    assert theirs == world.box.person("rita").id, "until it can be read"


async def test_a_row_that_cannot_be_read_hides_no_other_answer_of_the_same_mailbox(
    world: World,
) -> None:
    broken, fine = await two_of_rita(world)
    world.box.faults.notifications_lost()
    world.clock.forward(timedelta(minutes=3))
    for event in world.box.outlook.calendar("rita", at(2, 8), at(9, 8)):
        world.box.outlook.respond("rita", event, "accept")
    await world.work()

    rita = world.box.person("rita").id
    await world.app.services.stores.door.follow(Poll(rita), ReadSentMail(rita))
    await world.work()

    assert await world.state(fine) == "accepted"
    failed = "select args ->> 'handoff_id' from procrastinate_jobs where status = 'failed'"
    assert await world.rows(failed) == [(str(broken),)]


async def make_unreadable(world: World, id: UUID) -> None:
    """A row as no release has ever written it."""
    await world.run('update handoff set letters = \'[{"what": "nonsense"}]\' where id = %s', id)


async def test_mine_reads_what_it_shows_and_counts_the_rest(world: World) -> None:
    """What is less pressing than a card holds is not read: so it cannot be in the way either."""
    _, fine = await two_of_rita(world)
    await world.run(
        "insert into commitment select handoff, n + i, what, who, made_at, "
        "due_at - interval '1 h', hours, brought_forward, alarms, rings_at "
        "from commitment, generate_series(100, 111) as i "
        "where handoff = %s and what = 'answer'",
        fine,
    )

    answer = await world.say("rita", "mine")

    assert answer.says("16 open")
    assert not answer.says("cannot be shown")
