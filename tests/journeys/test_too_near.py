"""What nobody could hear of in time is asked of nobody: to stand in a few minutes before the
meeting, to come to a time on Monday morning that is chosen on Friday night.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from handoff.policy import Promise
from tests.hour import MONDAY
from tests.world import World


async def starts(world: World, id: UUID) -> datetime:
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    return meeting.span.start


async def test_five_minutes_before_nobody_is_asked_to_stand_in_and_the_qualifier_calls(
    world: World, accepted: UUID
) -> None:
    """Rosa and Ravi are free then; Rosa begins to work with the meeting."""
    await world.until(await starts(world, accepted) - timedelta(minutes=5))
    await world.opens("rita", "cannot")
    assert "It begins too soon for a colleague to be asked: it is Quinn's at once" in world.reads(
        "rita"
    )
    cards = {one: world.cards(one) for one in ("ravi", "rosa", "quinn")}

    await world.press("rita", "cannot", titled="Ill")

    assert await world.state(accepted) == "sent_back"
    assert {one: world.cards(one) for one in ("ravi", "rosa")} == {
        one: cards[one] for one in ("ravi", "rosa")
    }, "nobody else is asked"
    assert world.cards("quinn") == cards["quinn"] + 1, "before the day of Quinn begins"
    read = world.reads("quinn")
    assert "RITA CANNOT BE THERE: ILL" in read
    assert "It begins " in read
    assert "Please call or write to Ines Prado: nobody will be there for them." in read
    assert "Looking who else is free" not in read
    rework = (await world.case(accepted)).handoff.owed(Promise.REWORK)
    assert rework
    assert rework.due_at == await starts(world, accepted)


async def test_who_would_begin_to_work_with_the_meeting_is_not_asked_and_who_is_there_is(
    world: World, accepted: UUID
) -> None:
    """An hour before, Quinn reads who is left, and a manager cannot ask anybody else either."""
    start = await starts(world, accepted)
    await world.until(start - timedelta(minutes=40))
    people = (await world.case(accepted)).policy
    pool = {one: world.box.person(one).id for one in ("ravi", "rosa")}
    case = await world.app.services.stores.handoffs.case(accepted, *pool.values())
    near = {
        one
        for one, id in pool.items()
        if case.person(id).hours.between(world.clock(), start) < people.least
    }
    assert near, "somebody begins with the meeting"
    await world.say("mara", "why 1")
    await world.press("mara", "look_for_colleague")
    free = (await world.case(accepted)).handoff.stand_ins or ()
    assert not {pool[one] for one in near} & set(free)

    await world.press("rita", "cannot", titled="Something came up")

    rep = (await world.case(accepted)).handoff.rep
    assert rep not in {pool[one] for one in near}
    if await world.state(accepted) == "sent_back":
        assert "Nobody else is free at that time and at work before it." in world.reads("quinn")
        assert "nobody will be there for them" in world.reads("quinn")


async def test_who_was_shown_as_free_is_not_given_it_once_that_is_too_near(
    world: World,
) -> None:
    world.box.outlook.create("rita", "Fair", MONDAY, MONDAY + timedelta(hours=25))
    accepted = await world.accepted()
    start = await starts(world, accepted)
    await world.until(start - timedelta(hours=1))
    await world.say("mara", "why 1")
    await world.press("mara", "look_for_colleague")
    free = (await world.case(accepted)).handoff.stand_ins or ()
    ravi = world.box.person("ravi").id
    assert ravi in free
    world.clock.set(start - timedelta(minutes=10))

    answer = await world.click("mara", "hand_on", rep=ravi)

    assert "Too near: before the meeting they are at work for less than 15 minutes" in str(
        answer.body
    )
    assert (await world.case(accepted)).handoff.rep == world.box.person("rita").id


FRIDAY = datetime(2026, 3, 6, 22, 50, tzinfo=UTC)  # ten to midnight in Madrid


@pytest.mark.parametrize("how", ["booked", "moved", "another time"])
async def test_on_friday_night_no_time_is_offered_of_which_a_rep_hears_when_it_begins(
    world: World, how: str
) -> None:
    """Rita begins at half past eight on Monday at the soonest: whatever is offered leaves her a
    quarter of an hour at work, and her card says so.
    """
    rita = world.box.person("rita").id
    if how == "booked":
        world.clock.set(FRIDAY)
        await world.brief(f"rep:{rita}", wanted="2026-03-07")
        id = await world.newest_handoff()
        search = (await world.case(id)).handoff.search
        assert search
        found = [one.start for one in search.found or ()]
    else:
        id = await world.accepted(wanted="2026-03-11")
        world.clock.set(FRIDAY)
        await world.press(
            *(("quinn", "look_for_other_times") if how == "moved" else ("rita", "another_time"))
        )
        found = list((await world.case(id)).handoff.others or ())
    hours = (await world.app.services.stores.handoffs.case(id, rita)).person(rita).hours
    monday = hours.next_at_work(FRIDAY)
    assert found
    assert min(found) >= monday + timedelta(minutes=15)
    assert min(found) < monday + timedelta(hours=1), "the first that she hears of in time"
    if how == "booked":
        await world.press("quinn", "book")
        asked = (await world.case(id)).handoff.owed(Promise.ANSWER)
        assert asked
        assert asked.due_at == monday + timedelta(minutes=15)
        cards = world.cards("rita")
        await world.until(monday)
        assert world.cards("rita") >= cards
        assert "15 working minutes, for the meeting is near" in world.reads("rita")


async def test_a_time_that_was_offered_in_the_week_is_refused_once_its_rep_is_not_at_work_before_it(
    world: World, accepted: UUID
) -> None:
    """Quinn looks for times on Friday afternoon, for Monday at nine, and taps one at night."""
    monday = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
    world.clock.set(FRIDAY - timedelta(hours=9))
    await world.brief(
        f"rep:{world.box.person('rita').id}",
        wanted="2026-03-09",
        company="Fabrikam",
        contact_email="ana@fabrikam.example",
    )
    id = await world.newest_handoff()
    search = (await world.case(id)).handoff.search
    assert search
    assert search.found
    assert search.found[0].start < monday
    world.clock.set(FRIDAY)

    answer = await world.click("quinn", "book")

    assert "That time is too near by now. Please choose another." in str(answer.body)
    assert await world.state(id) == "qualified"
