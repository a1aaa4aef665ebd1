"""After the first meeting the rep books the next one, and the prospect is invited as before."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from handoff.policy import Promise
from tests.journeys.rotation import policy
from tests.journeys.test_leaving import all_is_well, owed
from tests.world import INES, World


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


async def met(world: World, **lead: str) -> UUID:
    """Rita has met Ines on Tuesday, and says so."""
    id = await world.accepted(**lead)
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="It took place")
    return id


async def test_the_next_meeting_is_in_all_calendars_accepted_with_prep_and_leader_on_it(
    world: World,
) -> None:
    await world.install("helen")
    id = await met(world, value="120000")
    invited, told = len(world.invitations()), world.cards("helen")
    letters = len(world.mails())

    await world.press("rita", "follow_up", titled="Book it", kind="meeting", day="2026-03-05")
    assert "Times that suit everyone" in world.reads("rita")
    await world.press("rita", "find_times", titled="Find times", wanted="2026-03-09", type="demo")
    await world.press("rita", "book")

    assert await world.state(id) == "accepted"
    assert "You chose the time of this meeting" in str(world.newest("rita").card), "why it came"
    case = await world.case(id)
    meeting = case.handoff.meeting
    assert meeting
    assert meeting.span.start.date() == at(9, 9).date()
    assert meeting.span.end - meeting.span.start == timedelta(minutes=45), "a demo"
    event = next(
        one
        for one in world.box.outlook.calendar("quinn", meeting.span.start, meeting.span.end)
        if one.start == meeting.span.start
    )
    guests = {one.who.mail: one.type for one in event.attendees}
    helen = world.box.person("helen").mail
    assert guests.keys() >= {INES, world.box.person("rita").mail, helen}
    assert guests[helen] == "optional"
    assert len(world.invitations()) == invited + 1
    assert len(world.mails()) == letters, "nobody is introduced twice"
    assert world.cards("helen") == told, "she was told once"
    assert {Promise.MEET, Promise.PREPARE} <= (await owed(world, id)).keys()
    given = await world.rows("select count(*) from routing_given where handoff = %s", id)
    assert given == [(1,)], "it is the same lead"
    await all_is_well(world)

    world.box.outside.respond(INES, "decline")
    await world.work()

    assert await world.state(id) == "following"
    assert "said no, and the meeting is called off" in world.reads("rita")
    assert await world.opens("rita", "book"), "to choose another at once"
    await all_is_well(world)
    await world.press("rita", "book")
    assert await world.state(id) == "accepted"
    await world.until(at(20, 12))
    assert "How did it go?" in world.reads("rita")
    await all_is_well(world)


async def test_a_lead_that_stands_still_is_told_to_rep_and_qualifier_then_to_the_manager(
    world: World,
) -> None:
    """A firm that waits a day, and two."""
    await policy(world, ("progress = { hours = 80", "progress = { hours = 16"))
    id = await met(world)
    await world.press("rita", "follow_up", titled="Mail tomorrow 9:00")
    since = world.clock()

    await world.until(since + timedelta(days=1))

    for who in ("rita", "quinn"):
        assert "No word with Ines Prado since" in world.reads(who)
        assert "brings a lead further, or says how it ends" in str(world.newest(who).card)
        highlighted = [a for a in world.newest(who).actions() if a.style == "positive"]
        assert len(highlighted) == 1, who
    assert "NO PROGRESS" in world.reads("quinn")
    assert "NEEDS A DECISION" not in world.reads("mara")
    cards = world.cards("quinn")
    await world.press("rita", "follow_up_done", titled="Done")
    await world.press("rita", "follow_up", titled="Mail tomorrow 9:00")
    await world.until(since + timedelta(days=2, hours=1))

    assert "NEEDS A DECISION" in world.reads("mara")
    assert "1 follow-up since" in world.reads("mara")
    assert (await world.timeline(id)).count("stalled") == 1
    assert world.cards("quinn") == cards + 1
    await world.press("mara", "give_back")
    assert await world.state(id) == "sent_back"
    await all_is_well(world)


async def test_after_the_meeting_a_lead_goes_to_a_colleague_at_work_with_room(
    world: World,
) -> None:
    id = await met(world)
    await world.press("rita", "follow_up", titled="Call in 2 days")
    world.box.outlook.set_automatic_replies("ravi", start=at(3, 8), end=at(6, 18))
    await world.sync()

    await world.press("quinn", "look_for_colleague")
    rosa = world.box.person("rosa").id
    assert (await world.case(id)).handoff.stand_ins == (rosa,), "Ravi is away"
    await world.press("quinn", "hand_on", titled="Give to Rosa")

    assert set((await owed(world, id)).values()) == {"rosa"}
    assert "YOURS TO FOLLOW UP, FROM RITA" in world.reads("rosa")
    assert "PASSED ON" in world.reads("rita")
    assert not [e for e in world.box.outlook.calendar("rita", at(4, 1), at(7, 1)) if e.categories]
    await all_is_well(world)


async def test_at_night_on_a_sunday_what_the_card_says_of_days_and_hours_is_true(
    world: World,
) -> None:
    await met(world)
    assert "Please choose by **Tue 17:30**" in world.reads("rita")
    await world.until(at(8, 1, 30))
    assert "Please choose; it was due **Tue 17:30**" in world.reads("rita")

    await world.press("rita", "follow_up", titled="Book it", kind="meeting", day="2026-03-08")

    no_room = "before Mon 9 Mar 09:00: your working hours have no free time until then"
    assert no_room in world.reads("rita"), "her calendar is empty"


async def test_while_outlook_is_away_the_rep_may_do_something_else_than_wait_for_times(
    world: World,
) -> None:
    id = await met(world)
    world.box.faults.graph_down(path="getSchedule")
    await world.press("rita", "follow_up", titled="Book it", kind="meeting", day="2026-03-05")
    assert "LOOKING FOR TIMES" in world.reads("rita")

    await world.press("rita", "send_back", reason="no_need")

    assert await world.state(id) == "sent_back"
    await all_is_well(world)
