"""A rep answers the card, or answers in Outlook."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from handoff.effects import Subscribe
from sandbox.teams import cards
from store.forgetting import clear
from store.invariants import broken
from tests.hour import MONDAY
from tests.journeys.test_handing_on import naming
from tests.world import STILL_READ, World

SUBJECT = "Contoso Logistics and Halden Systems"


async def test_one_click_makes_the_reps_own_event_accepted(world: World, offered: UUID) -> None:
    answer = await world.click("rita", "accept")
    assert answer.texts()[0] == "ACCEPTING · REPLY BY MON 18:00"
    assert world.box.outlook.event("rita", SUBJECT).response == "notResponded", (
        "the click itself waits for nobody"
    )
    await world.work()

    assert world.box.outlook.event("rita", SUBJECT).response == "accepted"
    assert world.reads("rita").startswith("ACCEPTED")
    assert "ACCEPTED" in world.reads("quinn")
    organizers = world.box.outlook.event("quinn", SUBJECT)
    assert [a.response for a in organizers.attendees if "rita" in a.who.mail] == ["accepted"]
    assert await world.state(offered) == "accepted"


async def test_eight_clicks_at_once_make_one_answer(world: World, offered: UUID) -> None:
    card = world.newest("rita")

    said = await asyncio.gather(*(world.click("rita", "accept", card) for _ in range(8)))
    await world.work()

    assert all(answer.ok for answer in said)
    assert (await world.timeline(offered)).count("clicked_accept") == 1
    assert world.box.requests.count("POST", "/accept") == 1


async def test_a_click_on_a_card_whose_handoff_moved_on_says_so_and_does_nothing(
    world: World,
    offered: UUID,
) -> None:
    old = world.newest("rita")
    carried = {"handoff": str(offered)}
    await world.press("rita", "accept")
    before = await world.timeline(offered)

    for verb in ("accept", "withdraw", "propose", "book", "keep_time", "extend", "fix_brief"):
        answer = await world.box.teams.execute("rita", old, verb, carried)
        assert answer.ok, verb
        assert answer.card, verb
    assert "moved on" in "\n".join(
        (await world.box.teams.execute("rita", old, "accept", carried)).texts()
    )
    assert await world.timeline(offered) == before


async def test_an_unknown_button_and_a_forged_handoff_are_answered_plainly(
    world: World, offered: UUID
) -> None:
    card = world.newest("rita")

    for data, words in (
        ({"handoff": str(offered)}, "no longer in use"),
        ({"handoff": "not-an-id"}, "no longer in use"),
        ({"handoff": "00000000-0000-0000-0000-000000000000"}, "no longer here"),
        ("nonsense", "no longer in use"),
        (None, "no longer in use"),
    ):
        answer = await world.box.teams.execute("rita", card, "explode", data)
        assert answer.ok
        assert words in "\n".join(answer.texts()), data
    answer = await world.box.teams.execute("rita", card, "accept", {"handoff": "x"})
    assert "too old" in "\n".join(answer.texts())


async def test_only_the_person_a_card_was_meant_for_can_use_it(world: World, offered: UUID) -> None:
    before = await world.timeline(offered)

    for verb, who in (
        ("accept", "ravi"),
        ("accept", "quinn"),
        ("accept", "mara"),
        ("send_back", "ravi"),
        ("book", "rita"),
        ("end", "rita"),
        ("extend", "ravi"),
        ("reassign", "rita"),
        ("show", "milo"),
    ):
        data = {
            "handoff": str(offered),
            "reason": "brief",
            "hours": "2",
            "rep": "x",
            "outcome": "closed",
            "choice": "2026-03-03T08:00:00+00:00|x",
        }
        answer = await world.box.teams.execute(who, world.newest("rita"), verb, data)
        assert answer.ok
        read = "\n".join(answer.texts()).lower()
        theirs = (
            who == "rita"
        )  # who reads her own card as it stands, and that it was not hers to do
        assert "two late shipments" not in read or theirs, (verb, who)
    await world.work()
    assert await world.timeline(offered) == before
    assert await world.state(offered) == "offered"
    answer = await world.box.teams.execute(
        "ravi", world.newest("rita"), "accept", {"handoff": str(offered)}
    )
    assert "Only qualifier and rep of no. 1" in "\n".join(answer.texts())


async def test_sending_back_frees_the_time_and_the_qualifier_sees_it_at_once(
    world: World, offered: UUID
) -> None:
    offer = world.newest("rita")
    clicked = await world.box.teams.click("rita", offer, "open", titled="Send back")
    assert "Back" in [one.title for one in cards.actions(clicked.card or {})]

    await world.press("rita", "send_back", reason="brief")

    assert await world.state(offered) == "sent_back"
    assert "SENT BACK" in world.reads("rita")
    await world.press("rita", "add_note", note="What is the *budget*?")
    assert not await world.opens("rita", "add_note"), "it has been said"
    assert not world.box.outlook.has("rita", SUBJECT)
    assert "BACK FROM RITA" in world.reads("quinn")
    assert "BACK FROM RITA: BRIEF IS INCOMPLETE" in world.reads("quinn")
    assert "“What is the *budget*?”" in world.reads("quinn")
    assert "Decide by **Mon 18:00**" in world.reads("quinn"), "8 working hours from 10:00"


async def test_a_fixed_brief_goes_back_to_the_same_rep_at_the_same_time(
    world: World, offered: UUID
) -> None:
    await world.press("rita", "send_back", reason="brief")

    await world.press("quinn", "fix_brief", needs="Tracking for 4 warehouses in Porto")

    assert await world.state(offered) == "offered"
    assert world.box.outlook.has("rita", SUBJECT)
    assert "Tracking for 4 warehouses in Porto" in world.reads("rita")
    assert "NEW MEETING FOR YOU" in world.reads("rita")
    letters = world.invitations()
    assert [letter.kind for letter in letters] == ["invitation", "update"]
    assert "4 warehouses" in letters[-1].body.content
    assert letters[-1].body.content.count("Hello Ines Prado") == 1
    assert "teams.microsoft.com" in letters[-1].body.content


async def test_a_lead_sent_back_goes_to_another_rep_and_the_prospect_reads_so_once(
    world: World,
    offered: UUID,
) -> None:
    await world.press("rita", "send_back", reason="wrong_owner")
    ravi = world.box.person("ravi").id

    await world.press("quinn", "give_to", rep=ravi)

    assert (await world.case(offered)).handoff.rep == ravi
    assert await world.state(offered) == "offered"
    assert "CAN YOU STAND IN FOR RITA?" in world.reads("ravi")
    assert world.box.outlook.has("ravi", SUBJECT)
    assert naming(world, "ravi") == 0
    await world.press("ravi", "accept")
    assert naming(world, "ravi") == 1
    start = datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert {letter.start for letter in world.invitations()} == {start}
    assert {letter.kind for letter in world.invitations()[1:]} == {"update"}


async def test_a_lead_that_is_back_and_gets_another_time_has_its_meeting_moved_there_by_one_update(
    world: World, offered: UUID
) -> None:
    before = (await world.case(offered)).handoff.meeting
    assert before
    for other in ("ravi", "rosa"):
        world.box.outlook.create(other, "Fair", before.span.start, before.span.end)
    await world.press("rita", "send_back", reason="wrong_owner")

    await world.press("quinn", "find_times", target="pool:emea", wanted="2026-03-05")
    await world.press("quinn", "book")

    case = await world.case(offered)
    assert case.handoff.meeting
    assert [letter.kind for letter in world.invitations()] == ["invitation", "update"]
    ahead = world.box.outlook.calendar("quinn", MONDAY, MONDAY + timedelta(days=30))
    assert [e.start for e in ahead if e.subject == SUBJECT] == [case.handoff.meeting.span.start]


async def test_nurture_and_close_cancel_the_meeting_once(world: World, offered: UUID) -> None:
    await world.press("rita", "send_back", reason="no_need")

    await world.press("quinn", "end", titled="Nurture")

    assert await world.state(offered) == "nurtured"
    assert "NURTURE" in world.reads("quinn")
    assert [letter.kind for letter in world.invitations()] == [
        "invitation",
        "cancellation",
    ]
    assert not world.box.outlook.has("quinn", SUBJECT)


async def test_another_time_is_proposed_and_moved_with_one_update(
    world: World, offered: UUID
) -> None:
    await world.press("rita", "another_time")
    assert "Both you and Quinn are free" in world.reads("rita")
    others = (await world.case(offered)).handoff.others
    assert others
    assert len(others) > 3
    assert "More times…" in world.reads("rita"), "as many as a qualifier has"

    await world.press("rita", "propose", start=others[1].isoformat())
    assert "RITA PROPOSES ANOTHER TIME" in world.reads("quinn")
    await world.press("quinn", "move_meeting")

    assert await world.state(offered) == "accepted"
    event = world.box.outlook.event("rita", SUBJECT)
    assert event.start == others[1]
    assert event.response == "accepted"
    assert world.reads("rita").startswith("ACCEPTED")
    assert [letter.kind for letter in world.invitations()] == ["invitation", "update"]
    answers = "select ending from commitment where what = 'answer' order by n"
    assert await world.rows(answers) == [("kept",), ("released",)], "she was asked once"
    kept = (
        "select code, sum(sign)::int from fact where what = 'kept' and code = 'answer' group by 1"
    )
    assert await world.rows(kept) == [("answer", 1)], "and has kept it once"


async def test_keeping_the_time_asks_the_rep_again(world: World, offered: UUID) -> None:
    await world.press("rita", "another_time")
    await world.press("rita", "propose")

    await world.press("quinn", "keep_time")

    assert await world.state(offered) == "offered"
    assert "QUINN KEEPS TUE 09:00" in world.reads("rita")
    assert "another_time" in world.newest("rita").verbs(), "one that suits Quinn too"


async def test_accepting_on_the_phone_counts_at_outlooks_time(world: World, offered: UUID) -> None:
    world.clock.forward(timedelta(minutes=20))
    at = world.clock()

    world.box.outlook.respond("rita", SUBJECT, "accept")
    await world.work()

    assert await world.state(offered) == "accepted"
    answer = next(c for c in (await world.case(offered)).handoff.commitments if c.what == "answer")
    assert answer.ended_at == at
    assert "ACCEPTED" in world.reads("quinn")


async def test_with_notifications_lost_the_next_poll_finds_the_answer_and_no_one_was_late(
    world: World,
    offered: UUID,
) -> None:
    world.box.faults.notifications_lost()
    world.clock.forward(timedelta(hours=1))
    answered = world.clock()
    world.box.outlook.respond("rita", SUBJECT, "accept")
    await world.work()
    assert await world.state(offered) == "offered"

    world.clock.forward(timedelta(hours=12))
    await world.app.services.stores.door.follow(Subscribe())
    await world.work()

    assert await world.state(offered) == "accepted"
    answer = next(c for c in (await world.case(offered)).handoff.commitments if c.what == "answer")
    assert (answer.ending, answer.ended_at) == ("kept", answered)


async def test_tentative_is_not_accepted_and_the_card_says_so(world: World, offered: UUID) -> None:
    world.answers("rita", "tentativelyAccept")
    await world.work()

    assert await world.state(offered) == "offered"
    assert "not yet a yes" in world.reads("rita")
    assert "not yet a yes" in world.reads("quinn")
    await world.press("rita", "accept")
    assert await world.state(offered) == "accepted"


async def test_declining_in_outlook_sends_back_and_asks_for_a_reason(
    world: World, offered: UUID
) -> None:
    world.answers("rita", "decline")
    await world.work()

    assert await world.state(offered) == "sent_back"
    assert "YOU DECLINED IN OUTLOOK" in world.reads("rita")
    assert "RITA DECLINED IN OUTLOOK" in world.reads("quinn")
    await world.press("rita", "send_back", reason="no_need")
    assert "NO NEED OR PROJECT" in world.reads("quinn")
    assert "SENT BACK" in world.reads("rita")


@STILL_READ
async def test_a_change_of_mind_after_accepting_is_a_send_back_too(
    world: World, accepted: UUID, *, still_read: bool
) -> None:
    world.box.mailboxes.reads_deleted = still_read
    world.clock.forward(timedelta(minutes=6))
    world.answers("rita", "decline")
    await world.work()

    assert await world.state(accepted) == "sent_back"


@STILL_READ
async def test_deleting_the_invitation_is_not_an_answer(
    world: World, offered: UUID, *, still_read: bool
) -> None:
    world.box.mailboxes.reads_deleted = still_read
    world.clock.forward(timedelta(minutes=6))
    world.box.outlook.delete("rita", SUBJECT)
    await world.work()

    assert await world.state(offered) == "offered"
    assert "no longer in your Outlook calendar" in world.reads("rita")
    assert "NO LONGER IN RITA'S CALENDAR" in world.reads("quinn")


async def test_a_meeting_moved_in_outlook_is_answered_anew(world: World, accepted: UUID) -> None:
    event = world.box.outlook.event("quinn", SUBJECT)

    world.box.outlook.move("quinn", SUBJECT, event.start + timedelta(hours=2))
    await world.work()

    assert await world.state(accepted) == "offered"
    assert "11:00 to 11:30" in world.reads("rita")
    held = await world.rows("select lower(during) from reservation order by 1 desc")
    assert held[0][0] == event.start + timedelta(hours=2)


async def test_a_meeting_moved_in_outlook_onto_another_of_the_rep_is_the_qualifiers_again(
    world: World, accepted: UUID
) -> None:
    other = await world.accepted(
        wanted="2026-03-05", contact_email="b@b.example", company="Fabrikam"
    )
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.press("rita", "follow_up", titled="Mail tomorrow 9:00")  # right after the first
    over_both = (meeting.span.start, meeting.span.end + timedelta(minutes=15))
    world.box.outlook.move("quinn", "Fabrikam and Halden Systems", *over_both)
    await world.work()

    assert "made_way" not in await world.timeline(other), "for nothing, as a meeting stays"
    assert await world.state(other) == "sent_back"
    assert "moved in Outlook to where the rep has something else" in world.reads("quinn")
    assert "MOVED ONTO SOMETHING ELSE OF YOURS" in world.reads("rita")
    assert await world.state(accepted) == "accepted"
    await world.press("quinn", "give_to", titled="Give it", rep=world.box.person("ravi").id)
    moved = (await world.case(other)).handoff.meeting
    assert moved
    assert (await world.state(other), moved.span.start) == ("offered", meeting.span.start)
    assert not any((await broken(world.app.services.stores.reads)).values())


async def test_a_meeting_cancelled_in_outlook_needs_a_new_time(
    world: World, accepted: UUID
) -> None:
    world.box.outlook.cancel("quinn", SUBJECT)
    await world.work()

    assert await world.state(accepted) == "qualified"
    assert "YOU CALLED THE MEETING OFF" in world.reads("quinn"), "from her own calendar"
    assert "CANCELLED" in world.reads("rita")
    assert await world.rows("select 1 from reservation") == []


async def test_notifications_doubled_and_out_of_order_make_no_difference(
    world: World, offered: UUID
) -> None:
    world.box.faults.notifications_doubled()

    world.answers("rita", "tentativelyAccept")
    world.answers("rita", "accept")
    await world.work()

    assert await world.state(offered) == "accepted"
    assert (await world.timeline(offered)).count("accepted") == 1


async def test_what_stands_in_the_way_is_on_the_card_and_private_things_stay_private(
    world: World,
) -> None:
    nine = datetime(2026, 3, 3, 8, tzinfo=UTC)
    await world.brief(f"rep:{world.box.person('rita').id}")
    world.box.outlook.create("rita", "Hold - QBR", nine, nine + timedelta(hours=1))
    world.box.outlook.create(
        "rita", "Therapist", nine, nine + timedelta(minutes=30), sensitivity="private"
    )
    world.box.outlook.create("rita", "Birthday", nine, nine + timedelta(hours=1), show_as="free")

    await world.press("quinn", "book")

    card = world.reads("rita")
    assert "“Hold - QBR”, 09:00 to 10:00 (busy)" in card
    assert "a private appointment, 09:00 to 09:30" in card
    assert "Therapist" not in card
    assert "Birthday" not in card
    assert await world.rows("select 1 from handoff where obstacles::text like '%Therapist%'") == []


async def test_what_is_mended_is_told_from_what_to_what_and_the_campaign_takes_a_reason(
    world: World, offered: UUID
) -> None:
    await world.press("rita", "send_back", reason="brief")
    card = world.newest("quinn")
    changed = {"value": "1", "campaign": "My own prospecting"}

    answer = await world.click("quinn", "fix_brief", card, **changed)

    assert "Please fill in: Why the campaign is another" in " ".join(answer.texts())
    assert await world.rows("select campaign from lead") == [("Ports webinar",)]
    await world.press("quinn", "fix_brief", None, **changed, campaign_why="Typed in by mistake")
    assert await world.rows("select campaign from lead") == [("My own prospecting",)]
    told = "\n".join((await world.say("quinn", "why 1")).texts())
    assert "Worth per year, from €48,000 to €1" in told
    assert (
        "Quinn Avery corrected the campaign, from “Ports webinar” to “My own prospecting”: "
        "Typed in by mistake"
    ) in told
    assert offered == await world.newest_handoff()


async def test_what_an_entry_says_of_the_brief_is_forgotten_with_the_brief(
    world: World, offered: UUID
) -> None:
    await world.press("rita", "send_back", reason="brief")
    await world.press("quinn", "fix_brief", None, pains="A customs fine", value="2")
    await world.press("rita", "send_back", reason="no_need")
    await world.press("quinn", "end", titled="No lead after all")

    async with world.app.services.stores.door.open() as tx:
        await clear(tx, [offered])

    [(detail,)] = await world.rows("select detail from entry where what = 'fixed'")
    assert detail == {"was_value": "48000 EUR", "now_value": "2 EUR"}
