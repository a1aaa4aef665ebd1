"""What the books say of promises afterwards: what was missed stays missed, whoever does what."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from psycopg.errors import RaiseException
from structlog.testing import capture_logs

from handoff.effects import Effect, Famine, LookAtBooks
from jobs.tasks import KNOWN
from store.invariants import broken, look
from store.metrics import measure
from tests.world import World

pytestmark = pytest.mark.at_once

MISSED = "nothing missed is called kept"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


async def endings(world: World, what: str) -> list[tuple[str | None, bool]]:
    """How the promises of that kind ended, and whether they were missed first."""
    rows = await world.rows(
        "select ending, missed_at is not null from commitment where what = %s order by handoff, n",
        what,
    )
    return [(ending, missed) for ending, missed in rows]


async def answered(world: World, who: str) -> tuple[int, int]:
    """The figure that weighs in routing: answers given in time, of all."""
    id = world.box.person(who).id
    since = datetime(2026, 1, 1, tzinfo=UTC)
    answers = (await world.app.services.stores.fairness.answers([id], since))[id]
    return sum(kept for _, kept in answers), len(answers)


async def test_a_meeting_that_took_place_was_kept_though_the_sweep_comes_after_its_end(
    world: World, accepted: UUID
) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.until(meeting.span.end + timedelta(seconds=40))
    card = world.newest("rita")
    assert "**Meet**" not in "\n".join((await world.say("rita", "why 1")).texts())

    await world.press("rita", "how_it_went", card, titled="It took place")

    assert await endings(world, "meet") == [("kept", False)]


async def test_a_rep_who_was_not_there_has_missed_the_meeting(world: World, accepted: UUID) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.until(meeting.span.end + timedelta(minutes=1))

    await world.press("rita", "how_it_went", outcome="rep_absent")

    assert await endings(world, "meet") == [("missed", True)]


async def test_more_time_and_a_talk_make_no_late_answer_one_in_time(world: World) -> None:
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 15))
    await world.press("mara", "talk")

    await world.press("rita", "accept")

    assert await endings(world, "answer") == [("late", True)]
    assert await answered(world, "rita") == (0, 1)


async def test_who_never_answered_does_not_go_uncounted_because_the_event_was_cancelled(
    world: World,
) -> None:
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 15))

    world.box.outlook.cancel("quinn", "Contoso Logistics and Halden Systems")
    await world.box.settled()
    await world.work()

    assert await endings(world, "answer") == [("missed", True)]
    assert await answered(world, "rita") == (0, 1)
    assert (await broken(world.app.services.stores.reads))[MISSED] == []


async def test_a_manager_excuses_with_evidence_beside_the_ending_and_the_figure_follows(
    world: World,
) -> None:
    id = await world.offer(wanted="2026-03-05")
    await world.until(at(2, 15))
    await world.press("rita", "accept")
    assert "Excuse what was missed" not in str((await world.say("rita", "why 1")).card)
    await world.say("mara", "why 1")

    await world.press("mara", "excuse", evidence="Her train stood still")

    assert await endings(world, "answer") == [("late", True)]
    assert await world.rows("select ending, why from correction where handoff = %s", id) == [
        ("excused", "Her train stood still")
    ]
    assert await answered(world, "rita") == (0, 0)
    words = "\n".join((await world.say("quinn", "why 1")).texts())
    assert "Mara Lind excused Rita Osei (answer the meeting, late): Her train stood still" in words


async def test_the_database_itself_lets_nobody_make_an_ending_kinder(world: World) -> None:
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 15))
    with pytest.raises(RaiseException, match="was missed, and stays so"):
        await world.run("update commitment set missed_at = null where what = 'answer'")
    await world.press("rita", "accept")

    with pytest.raises(RaiseException, match="correct it in a row of its own"):
        await world.run("update commitment set ending = 'kept' where what = 'answer'")


async def test_a_miss_that_is_called_kept_is_named(world: World) -> None:
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 15))
    await world.press("rita", "accept")

    await world.run(
        "set session_replication_role = replica; "
        "update commitment set ending = 'kept', missed_at = null where what = 'answer'"
    )

    assert (await broken(world.app.services.stores.reads))[MISSED] == [1]
    await world.run("set session_replication_role = origin")


async def test_once_an_hour_what_is_not_true_is_named_once_and_counted_while_it_lasts(
    world: World,
) -> None:
    for n in range(3):
        await world.offer(contact_email=f"a@firm{n}.example", wanted="2026-03-05")
    await world.run("set session_replication_role = replica")
    await world.run(
        "update commitment set rings_at = null where handoff in "
        "(select id from handoff where number <> 2)"
    )
    await world.run("set session_replication_role = origin")
    stores = world.app.services.stores

    async def looked(after: int) -> tuple[int | None, list[str]]:
        async with stores.door.open() as tx:
            return await look(tx, after, world.clock(), most=2)

    names = (
        "every open lead has a future commitment",
        "whatever is owed is asked for, or somebody decides about it",
    )
    assert await looked(0) == (2, [f"{name}: 1" for name in names]), "two at a time"
    assert await looked(2) == (3, [f"{name}: 3" for name in names])
    assert await looked(3) == (None, [])
    assert await looked(0) == (2, []), "named once"
    assert (await measure(stores.reads, world.clock())).untrue == 4
    await world.run("update commitment set rings_at = due_at where ended_at is null")

    await stores.door.follow(LookAtBooks())
    await world.work()

    assert (await measure(stores.reads, world.clock())).untrue == 0


async def test_the_look_of_the_hour_goes_on_step_by_step_and_what_it_finds_is_logged_and_counted(
    world: World,
) -> None:
    for n in range(5):
        await world.offer(contact_email=f"a@firm{n}.example", wanted="2026-03-05")
    await world.run("update person set present = false where id = %s", world.box.person("rita").id)
    stores = world.app.services.stores

    with capture_logs() as said:
        await stores.door.follow(LookAtBooks(most=2))
        await world.work()

    told = [one["found"] for one in said if one["event"] == "the books are not true"]
    here = "whoever has an open lead, or owes something in it, is present and enabled"
    assert told == [[f"{here}: 1", f"{here}: 2"], [f"{here}: 3", f"{here}: 4"], [f"{here}: 5"]]
    with capture_logs() as said:
        await stores.door.follow(LookAtBooks(most=2))
        await world.work()
    assert not any(one["event"] == "the books are not true" for one in said), "named once"
    assert (await measure(stores.reads, world.clock())).untrue == 5


@pytest.mark.parametrize("look_at", [LookAtBooks, Famine], ids=["books", "pools"])
async def test_books_and_pools_are_looked_at_each_hour(world: World, look_at: type[Effect]) -> None:
    assert re.fullmatch(r"[1-5]?\d \* \* \* \*", KNOWN[look_at].cron or "")


async def test_after_the_meeting_the_manager_has_two_working_hours_and_can_decide(
    world: World, accepted: UUID
) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.until(meeting.span.end + timedelta(minutes=1))
    [(due,)] = await world.rows("select due_at from commitment where what = 'outcome'")
    await world.until(due + timedelta(minutes=1))
    assert "OPEN SINCE" in world.reads("rita")
    assert "NEEDS A DECISION" not in world.reads("mara"), "her working day is over"
    await world.until(at(4, 9, 5))
    assert "(2 working hours from Wed" in world.reads("mara")
    assert "the meeting is near" not in world.reads("mara")

    await world.press("mara", "give_back", titled="Back to Quinn")

    assert await world.state(accepted) == "sent_back"
    assert "The rep's manager gave it back" in world.reads("quinn")
    assert "SETTLED" in world.reads("mara")


async def test_a_lead_sent_back_on_the_day_of_its_meeting_is_decided_before_it(
    world: World,
) -> None:
    id = await world.offer(wanted="2026-03-02")
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    await world.press("rita", "send_back", reason="no_need")

    [(due,)] = await world.rows("select due_at from commitment where what = 'rework'")
    assert due < meeting.span.start
    assert "before the meeting" in world.reads("quinn") or "meeting is near" in world.reads("quinn")
    await world.until(meeting.span.start)

    assert "nobody_came" in await world.timeline(id)
    assert "still expects" not in world.reads("quinn")
