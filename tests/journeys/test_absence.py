"""A rep turns on automatic replies, or takes a day off, with meetings ahead."""

from datetime import UTC, datetime, timedelta

from handoff.effects import SeeAbsences
from tests.journeys.test_handing_on import busy, naming
from tests.world import World

SUBJECT = "Contoso Logistics and Halden Systems"
WEDNESDAY, FRIDAY = (datetime(2026, 3, day, tzinfo=UTC) for day in (4, 6))


async def look_around(world: World) -> None:
    await world.app.services.stores.door.follow(SeeAbsences())
    await world.work()


async def test_automatic_replies_are_noticed_and_a_colleague_takes_the_meeting(
    world: World,
) -> None:
    id = await world.accepted(wanted="2026-03-04")
    world.clock.forward(timedelta(hours=1))
    world.box.outlook.set_automatic_replies("rita", start=WEDNESDAY, end=FRIDAY)

    await look_around(world)

    assert "WHO TAKES IT WHILE YOU ARE AWAY?" in world.reads("rita")
    assert "Rita will be out of office then, back Fri 09:00" in world.reads("quinn")
    before = len(world.invitations())
    await world.press("rita", "pass_on", titled="Give to Rosa")
    case = await world.case(id)
    assert case.handoff.rep == world.box.person("rosa").id
    assert "OFFERED TO ROSA" in world.reads("rita")
    assert naming(world, "rosa") == 0
    await world.press("rosa", "accept")
    assert naming(world, "rosa") == 1, "one update, the same time"
    assert "PASSED ON TO ROSA" in world.reads("rita")
    letters = world.invitations()[before:]
    assert {one.start for one in letters} == {world.invitations()[0].start}
    assert not world.box.outlook.has("rita", SUBJECT)


async def test_a_day_away_in_the_calendar_is_noticed_and_kept_and_asked_about_once(
    world: World,
) -> None:
    id = await world.accepted(wanted="2026-03-04")
    world.box.outlook.create(
        "rita", "Day off", WEDNESDAY, WEDNESDAY + timedelta(days=1), all_day=True, show_as="oof"
    )
    await world.work()

    await look_around(world)
    assert "WHO TAKES IT WHILE YOU ARE AWAY?" in world.reads("rita")
    asked = world.cards("rita")
    await world.press("rita", "keep_it")
    assert "ACCEPTED" in world.reads("rita")
    assert "Rita keeps the meeting all the same" in world.reads("quinn")

    world.box.outlook.change("rita", "Day off", end=FRIDAY)
    await world.work()
    await look_around(world)
    assert world.cards("rita") == asked, "the same absence, longer, is not asked about again"
    assert (await world.timeline(id)).count("asked_who_takes_it") == 1


async def test_who_is_away_is_not_offered_and_the_card_that_waits_says_until_when(
    world: World,
) -> None:
    await world.offer(wanted="2026-03-05")
    world.clock.forward(timedelta(hours=1))
    world.box.outlook.set_automatic_replies("rita")
    await look_around(world)

    assert "Rita is out of office, until further notice." in world.reads("quinn")
    await world.brief(f"rep:{world.box.person('rita').id}", contact_email="b@b.example")
    assert "NO TIME SUITS EVERYONE" in world.reads("quinn")

    world.box.outlook.set_automatic_replies("rita", on=False)
    world.clock.forward(timedelta(hours=1))
    await look_around(world)
    rita = await world.app.services.stores.people.find(world.box.person("rita").id)
    assert rita
    assert rita.hours.at_work(world.clock())
    assert not rita.hours.at_work(world.clock() - timedelta(minutes=30)), "she was away then"


async def test_who_is_away_and_has_nobody_to_give_it_to_gives_it_back_with_no_fault(
    world: World,
) -> None:
    id = await world.accepted(wanted="2026-03-04")
    await busy(world, id, "ravi", "rosa")
    world.clock.forward(timedelta(hours=1))
    world.box.outlook.set_automatic_replies("rita", start=WEDNESDAY, end=FRIDAY)
    await look_around(world)
    assert "Nobody else is free at the same time." in world.reads("rita")

    await world.press("rita", "cannot", titled="On leave")

    assert await world.state(id) == "sent_back"
    assert "RITA" in world.newest("quinn").texts()[0]
    late = "select what from commitment where ending in ('late', 'missed')"
    assert await world.rows(late) == []


async def test_what_nobody_takes_is_the_qualifiers_again_before_the_prospect_waits_alone(
    world: World,
) -> None:
    """She is asked, and says nothing; he has two hours in which somebody can still be found."""
    id = await world.accepted(wanted="2026-03-04")
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    world.clock.forward(timedelta(hours=1))
    world.box.outlook.set_automatic_replies("rita", start=WEDNESDAY, end=FRIDAY)
    await look_around(world)
    assert "it is Quinn's to decide at **Tue 16:00**" in world.reads("rita")
    noon = datetime(2026, 3, 3, 11, tzinfo=UTC)
    world.box.outlook.set_automatic_replies("quinn", start=noon, end=WEDNESDAY)
    world.clock.forward(timedelta(hours=1))
    await look_around(world)
    assert "to decide at **Tue 16:00**" not in world.reads("rita"), "he is away this afternoon"
    world.box.outlook.set_automatic_replies("quinn", on=False)
    world.clock.forward(timedelta(hours=1))
    await look_around(world)
    assert "it is Quinn's to decide at **Tue 16:00**" in world.reads("rita")
    told = world.cards("quinn")

    await world.until(datetime(2026, 3, 3, 15, 5, tzinfo=UTC))  # 16:05 in Madrid

    assert await world.state(id) == "sent_back"
    assert world.cards("quinn") > told, "a new card, not only a line on the old one"
    assert "YOURS AGAIN: NOBODY TAKES IT WHILE RITA IS AWAY" in world.reads("quinn")
    assert "BACK WITH QUINN: NOBODY TOOK IT" in world.reads("rita")
    await world.press("quinn", "give_to", rep=world.box.person("ravi").id)
    await world.press("ravi", "accept")
    assert await world.state(id) == "accepted"
    kept = (await world.case(id)).handoff.meeting
    assert kept
    assert kept.span == meeting.span


async def test_who_is_away_proposes_another_time_in_one_click(world: World) -> None:
    id = await world.accepted(wanted="2026-03-04")
    world.clock.forward(timedelta(hours=1))
    world.box.outlook.set_automatic_replies("rita", start=WEDNESDAY, end=FRIDAY)
    await look_around(world)

    await world.press("rita", "another_time")
    await world.press("rita", "propose", titled="Tue 3 Mar 12:00")
    await world.press("quinn", "move_meeting")

    assert await world.state(id) == "accepted"
    assert "WHO TAKES IT" not in world.reads("rita"), "she is there then"


async def test_the_question_reaches_who_is_leaving_tonight(world: World) -> None:
    await world.accepted(wanted="2026-03-04")
    evening = datetime(2026, 3, 2, 19, tzinfo=UTC)
    await world.until(evening)
    world.box.outlook.set_automatic_replies("rita", start=evening, end=FRIDAY)

    await look_around(world)

    assert "WHO TAKES IT WHILE YOU ARE AWAY?" in world.reads("rita"), "tomorrow is too late"


async def test_a_quiet_calendar_is_not_read_and_a_stirred_one_once(world: World) -> None:
    await world.offer(wanted="2026-03-13")
    await world.press("rita", "accept")
    await look_around(world)
    world.box.requests.clear()

    await look_around(world)
    assert world.box.requests.graph_requests() == []

    for n in range(3):
        at = world.clock() + timedelta(days=n)
        world.box.outlook.create("rita", f"Own {n}", at, at + timedelta(hours=1))
    await world.work()
    await look_around(world)
    await look_around(world)
    assert [r.path.rpartition("/")[2] for r in world.box.requests.graph_requests()] == [
        "getSchedule"
    ]


async def test_a_renamed_rep_is_still_the_one_who_declined_and_leaves_the_meeting(
    world: World,
) -> None:
    """Exchange keeps the old address on invitations that are out."""
    id = await world.offer(wanted="2026-03-05")
    world.box.directory.change("rita", surname="Mensah", mail="rita.mensah@halden.example")
    await world.sync()

    world.answers("rita", "decline")
    await world.work()

    assert await world.state(id) == "sent_back"
    assert "declined" in await world.timeline(id), "not: the invitation is gone"


async def test_whoever_the_policy_names_by_an_old_name_is_found_and_the_admin_is_told(
    world: World,
) -> None:
    ada = world.box.person("ada")
    world.box.directory.change("ada", upn="ada.kral@halden.example", mail="ada.kral@halden.example")

    problems = await world.sync()

    assert problems == [f"{ada.mail} is now ada.kral@halden.example: the policy should say so"]
    found = await world.app.services.stores.people.find(ada.id)
    assert found
    assert "admin" in found.roles


async def test_a_disabled_rep_gets_no_leads_and_whoever_waits_is_told_why(world: World) -> None:
    await world.offer(wanted="2026-03-05")
    world.box.directory.change("rita", enabled=False)

    problems = await world.sync()
    await world.say("quinn", "mine")

    assert f"{world.box.person('rita').mail}: the account is disabled" in problems
    rita = await world.app.services.stores.people.find(world.box.person("rita").id)
    assert rita
    assert rita.dark
    await world.brief(contact_email="b@b.example")
    assert "Rita Osei" not in world.reads("quinn").split("Someone else")[0]
