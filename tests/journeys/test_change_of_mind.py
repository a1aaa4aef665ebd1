"""Until the meeting both sides may change their mind: who said yes asks for another time or cannot
be there; who booked it moves it, mends the brief, gives it to a colleague or calls it off.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from aiohttp import ClientSession

from handoff.draft import ILL
from handoff.policy import Promise
from tests.hour import MONDAY
from tests.journeys.test_handing_on import busy, naming
from tests.journeys.test_prospect_moves import TIMES, page_of, press, seen
from tests.world import BRIEF, INES, SUBJECT, World

WEEK = (MONDAY, MONDAY + timedelta(days=7))


async def test_who_accepted_proposes_another_time_and_has_the_first_until_it_moves(
    world: World, accepted: UUID
) -> None:
    before = (await world.case(accepted)).handoff.meeting
    assert before
    await world.press("rita", "another_time")
    assert "Both you and Quinn are free" in world.reads("rita")
    others = (await world.case(accepted)).handoff.others
    assert others
    await world.press("rita", "propose", start=others[1].isoformat())

    assert "RITA PROPOSES ANOTHER TIME" in world.reads("quinn")
    assert "Until it moves, it stays Tue 09:00." in world.reads("rita")
    event = world.box.outlook.event("rita", SUBJECT)
    assert (event.start, event.response.value) == (before.span.start, "accepted")
    assert await world.state(accepted) == "accepted"

    await world.press("quinn", "move_meeting")

    assert await world.state(accepted) == "accepted"
    event = world.box.outlook.event("rita", SUBJECT)
    assert (event.start, event.response.value) == (others[1], "accepted")
    assert [letter.kind for letter in world.invitations()] == ["invitation", "update"]
    case = await world.case(accepted)
    prep, meet = case.handoff.owed(Promise.PREPARE), case.handoff.owed(Promise.MEET)
    assert meet
    assert meet.due_at == others[1] + timedelta(minutes=30)
    assert prep
    assert prep.span
    assert before.span.start != others[1] >= prep.span.end
    ended = {c.ending.value for c in case.handoff.commitments if c.ending}
    assert ended <= {"kept", "released"}, "nobody was late with anything"


@pytest.mark.parametrize("ends", ["kept", "taken back", "never settled"])
async def test_another_time_comes_to_nothing_and_they_meet_as_agreed(
    world: World, accepted: UUID, ends: str
) -> None:
    await _proposes(world)
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    if ends == "kept":
        await world.press("quinn", "keep_time")
        assert "another_time" in world.newest("rita").verbs(), "she may propose one that suits"
    elif ends == "taken back":
        await world.press("rita", "withdraw")
        assert "PROPOSES" not in world.reads("quinn")
    await world.until(meeting.span.start + timedelta(minutes=1))

    case = await world.case(accepted)
    assert (case.handoff.state.value, case.handoff.proposal) == ("accepted", None)
    settle = case.handoff.last(Promise.SETTLE)
    assert settle
    assert settle.ending == {"kept": "kept", "taken back": "released"}.get(ends, "missed")
    assert world.reads("rita").startswith("ACCEPTED")
    await world.until(meeting.span.end + timedelta(minutes=1))
    assert await world.state(accepted) == "following"


@pytest.mark.parametrize("said", [True, False], ids=["accepted", "not answered"])
async def test_of_another_time_that_nobody_settles_rep_and_manager_read_what_is_so(
    world: World, said: bool
) -> None:
    id = await (world.accepted() if said else world.offer())
    await world.press("rita", "another_time")
    others = (await world.case(id)).handoff.others
    assert others
    await world.press("rita", "propose", start=others[-1].isoformat())
    case = await world.case(id)
    owed, meeting = case.handoff.owed(Promise.SETTLE), case.handoff.meeting
    assert owed
    assert meeting
    assert "Quinn says by **Mon 14:00** whether it moves" in world.reads("rita")

    await world.until(owed.due_at)

    read = world.reads("rita")
    assert "Quinn says" not in read
    assert "Quinn was to say by **Mon 14:00** whether it moves, and has not." in read
    assert "Mara Lind has been asked to decide." in read
    decide = (await world.case(id)).handoff.owed(Promise.DECIDE)
    assert decide
    await world.until(decide.due_at)
    assert "Helen Strand has been asked to decide." in world.reads("rita")
    await world.until(meeting.span.start)

    assert "You proposed" not in world.reads("rita")
    for who in ("mara", "helen"):
        read = world.reads(who)
        assert read.startswith("NOBODY DECIDED")
        assert "Quinn has not settled the time, and nobody decided in time." in read
        assert "SETTLED\n" not in read
        assert ("Rita Osei said yes." in read) == said


async def test_tentative_in_outlook_beside_a_proposal_asks_for_no_second_answer(
    world: World, accepted: UUID
) -> None:
    """Outlook itself says tentative for whoever proposes another time there."""
    await _proposes(world)
    world.answers("rita", "tentativelyAccept")
    await world.work()
    case = await world.case(accepted)
    assert case.handoff.state.value == "proposed"
    assert case.handoff.owed(Promise.ANSWER) is None

    await world.press("quinn", "move_meeting")
    assert await world.state(accepted) == "accepted"


async def test_who_is_ill_says_so_and_a_colleague_is_asked_and_named_once_they_say_yes(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "cannot", titled="Ill")

    case = await world.case(accepted)
    assert case.handoff.state.value == "offered"
    new = next(key for key in ("ravi", "rosa") if world.box.person(key).id == case.handoff.rep)
    assert "CAN YOU STAND IN FOR RITA?" in world.reads(new)
    assert naming(world, new) == 0
    await world.press(new, "accept")
    assert naming(world, new) == 1, "one update says so"
    assert not world.box.outlook.has("rita", SUBJECT)
    assert "unable" in await world.timeline(accepted)
    ended = {c.ending.value for c in case.handoff.commitments if c.ending}
    assert ended <= {"kept", "released"}, "it is nobody's fault"
    assert await world.rows("select 1 from routing_given where credited_at is not null") == [], (
        "and earns nothing"
    )


async def test_nobody_is_free_and_it_is_the_qualifiers_again_who_reads_why(
    world: World, accepted: UUID
) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    for other in ("ravi", "rosa"):
        world.box.outlook.create(other, "Fair", meeting.span.start, meeting.span.end)

    await world.press("rita", "cannot", titled="Double-booked")

    assert await world.state(accepted) == "sent_back"
    assert "RITA CANNOT BE THERE: DOUBLE-BOOKED" in world.reads("quinn")
    assert "cannot be there" in world.reads("rita")


@pytest.mark.parametrize("said", ["Ill", "in Outlook"])
async def test_where_nobody_else_is_free_the_meeting_moves_with_its_rep_and_nothing_is_called_off(
    world: World, accepted: UUID, said: str
) -> None:
    await busy(world, accepted, "ravi", "rosa")
    if said == "Ill":
        await world.press("rita", "cannot", titled="Ill")
    else:
        world.answers("rita", "decline")
        await world.work()
    assert await world.state(accepted) == "sent_back"
    titles = [one.title for one in world.newest("quinn").actions()]
    assert titles[0] == "Move it", titles
    await world.press("quinn", "look_for_other_times")
    read = world.reads("quinn")
    assert "Both you and Rita are free then" in read
    assert "Decide by" in read
    await world.press("quinn", "leave_time")
    assert "Move it" in world.reads("quinn")
    assert [letter.kind for letter in world.invitations()] == ["invitation"], "nothing went out"
    await world.press("quinn", "look_for_other_times")
    others = (await world.case(accepted)).handoff.others
    assert others
    await world.press("quinn", "move_to", start=others[0].isoformat())

    assert await world.state(accepted) == "offered"
    assert [letter.kind for letter in world.invitations()] == ["invitation", "update"]
    event = world.box.outlook.event("rita", SUBJECT)
    assert (event.start, event.response.value) == (others[0], "notResponded")
    assert "DOES IT SUIT?" in world.reads("rita")
    await world.press("rita", "accept")
    assert await world.state(accepted) == "accepted"
    ended = {c.ending.value for c in (await world.case(accepted)).handoff.commitments if c.ending}
    assert ended <= {"kept", "released"}


@pytest.mark.parametrize("who", ["ravi", "rita"])
async def test_other_times_of_a_lead_that_is_back_are_seen_before_anything_is_called_off(
    world: World, accepted: UUID, who: str
) -> None:
    await busy(world, accepted, "ravi", "rosa")
    before = (await world.case(accepted)).handoff.meeting
    assert before
    await world.press("rita", "cannot", titled="Double-booked")
    target = f"rep:{world.box.person(who).id}"
    await world.press("quinn", "find_times", target=target)

    assert await world.state(accepted) == "sent_back"
    read = world.reads("quinn")
    assert "One tap moves the meeting there and sends this." in read
    assert "Now: **Tue 3 Mar" in read
    assert world.box.outlook.has("quinn", SUBJECT), "it stands"
    await world.press("quinn", "leave_time")
    assert world.reads("quinn").startswith("RITA CANNOT BE THERE")
    assert [letter.kind for letter in world.invitations()] == ["invitation"]
    await world.press("quinn", "find_times", target=target)
    found = (await world.case(accepted)).handoff.search
    assert found
    assert found.found
    await world.press(
        "quinn", "book", choice=f"{found.found[0].start.isoformat()}|{found.found[0].rep}"
    )

    assert await world.state(accepted) == "offered"
    case = await world.case(accepted)
    assert case.handoff.meeting
    assert case.handoff.rep == world.box.person(who).id
    assert case.handoff.meeting.organizer_event == before.organizer_event, "the same meeting"
    assert [letter.kind for letter in world.invitations()] == ["invitation", "update"]
    name = world.box.person(who).name
    assert name in world.invitations()[-1].body.content
    assert world.box.outlook.event(who, SUBJECT).start == found.found[0].start
    assert "STAND IN" not in world.reads(who)
    await world.press(who, "accept")
    assert await world.state(accepted) == "accepted"


@pytest.mark.parametrize("state", ["offered", "accepted"])
async def test_a_qualifier_moves_the_meeting_and_the_rep_is_asked_anew(
    world: World, state: str
) -> None:
    await world.offer() if state == "offered" else await world.accepted()
    id = await world.newest_handoff()
    await world.press("quinn", "look_for_other_times")
    assert "Both you and Rita are free" in world.reads("quinn")
    assert "Propose this time" not in str(world.newest("rita").card), "they are Quinn's"
    others = (await world.case(id)).handoff.others
    assert others

    await world.press("quinn", "move_to", start=others[1].isoformat())

    case = await world.case(id)
    assert case.handoff.state.value == "offered"
    assert [letter.kind for letter in world.invitations()] == ["invitation", "update"]
    event = world.box.outlook.event("rita", SUBJECT)
    assert (event.start, event.response.value) == (others[1], "notResponded")
    assert "MOVED TO TUE 12:00" in world.reads("rita")
    await world.press("rita", "accept")
    assert await world.state(id) == "accepted"
    case = await world.case(id)
    meet, prep = case.handoff.owed(Promise.MEET), case.handoff.owed(Promise.PREPARE)
    assert meet
    assert meet.due_at == others[1] + timedelta(minutes=30)
    assert prep
    assert prep.span
    assert prep.span.end <= others[1]


async def test_who_cannot_come_to_the_new_time_has_reasons_of_their_own(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "look_for_other_times")
    await world.press("quinn", "move_to")
    assert "DOES IT SUIT?" in world.reads("rita")
    assert "I cannot then" in world.reads("rita")
    await world.press("rita", "cannot", titled="Something came up")

    case = await world.case(accepted)
    assert case.handoff.state.value == "offered"
    new = next(key for key in ("ravi", "rosa") if world.box.person(key).id == case.handoff.rep)
    assert "CAN YOU STAND IN FOR RITA?" in world.reads(new)
    assert "I cannot then" not in world.reads(new), "who stands in has one no, that takes no reason"
    await world.press("quinn", "look_for_other_times")
    await world.press("quinn", "move_to")
    assert world.reads(new).startswith("MOVED TO ")
    assert "CAN YOU STAND IN FOR RITA?" in world.reads(new), "it is still that"
    case = await world.case(accepted)
    ended = {c.ending.value for c in case.handoff.commitments if c.ending}
    assert ended <= {"kept", "released"}, "it is nobody's fault"


async def test_a_qualifier_leaves_the_meeting_where_it_is_after_all(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "look_for_other_times")
    await world.press("quinn", "leave_time")
    assert "ACCEPTED" in world.reads("quinn")
    assert (await world.case(accepted)).handoff.others_for == ()


async def test_a_mended_address_is_invited_and_introduced_with_one_update_for_the_rest(
    world: World, accepted: UUID
) -> None:
    right = "ines.prado@contoso.example"
    await world.press("quinn", "fix_brief", contact_email=right, needs="Tracking for 4 sites")

    assert await world.state(accepted) == "accepted", "nobody is asked again"
    organizers = world.box.outlook.event("quinn", SUBJECT)
    assert {a.who.mail for a in organizers.attendees} >= {right}
    assert INES not in {a.who.mail for a in organizers.attendees}
    assert [letter.kind for letter in world.invitations(right)] == ["invitation"]
    assert [letter.kind for letter in world.invitations(INES)] == ["invitation", "cancellation"]
    assert len(world.mails(right)) == 1, "introduced there"
    assert "mended" in await world.timeline(accepted)
    assert "Tracking for 4 sites" in organizers.body.content

    owed = [one.what for one in (await world.case(accepted)).handoff.commitments if one.open]
    assert owed.count(Promise.REPLY) == 1, "one answer, whichever address it went to"
    await world.press("rita", "replied_otherwise")
    await world.press("quinn", "fix_brief", contact_email=INES)
    assert "You answer it by" not in world.reads("rita"), "it is said once that it is answered"


async def test_who_corrects_an_address_to_one_that_has_a_handoff_open_is_asked_first(
    world: World, accepted: UUID
) -> None:
    theirs = "teo@fabrikam.example"
    await world.press("quinn", "call_off", words="Sorry, another week.")
    await world.press("quinn", "correct_brief", contact_email=theirs, company="Fabrikam")
    await world.brief()
    other = await world.newest_handoff()
    assert other != accepted
    before = (await world.case(other)).handoff.lead

    asked = await world.press("quinn", "correct_brief", contact_email=theirs, needs="Four sites")
    assert asked.says("This company has a handoff open already: no. 1")
    assert [one.title for one in asked.actions() if one.style == "positive"] == [
        "Correct it all the same"
    ]
    [yes] = [one for one in asked.actions() if one.style == "positive"]
    assert (yes.data or {})["anyway"] == theirs, "to that address, and to no other"
    assert "Four sites" in world.reads("quinn"), "what was typed stays"
    assert (await world.case(other)).handoff.lead == before
    same = "ines.prado@contoso.example"
    await world.press("quinn", "correct_brief", contact_email=same, needs="Three sites")
    assert (await world.case(other)).handoff.lead.contact_email == same, "another of theirs"
    await world.press("quinn", "correct_brief", contact_email=theirs, needs="Four sites")
    await world.press("quinn", "correct_brief", titled="Correct it all the same")
    lead = (await world.case(other)).handoff.lead
    assert (lead.contact_email, lead.needs) == (theirs, "Four sites")


async def test_who_has_said_that_it_is_meant_is_asked_once_whatever_else_is_missing(
    world: World, accepted: UUID
) -> None:
    """In the form of a new lead, and in the one that corrects a brief."""
    again = {"company": "Contoso Logistics", "contact_email": INES}
    await world.form()
    asked = await world.press("quinn", "brief", None, **BRIEF | again)
    assert asked.says("This company has a handoff open already")
    asked = await world.press("quinn", "brief", None, **BRIEF | again | {"contact_name": " "})
    assert asked.says("Contact")
    assert "all the same" not in world.reads("quinn")
    await world.press("quinn", "brief", None, **BRIEF | again)
    other = await world.newest_handoff()
    assert other != accepted

    theirs = "teo@fabrikam.example"
    await world.press("quinn", "correct_brief", contact_email=theirs, company="Fabrikam")
    await world.brief(company="Tailspin", contact_email="li@tailspin.example")
    third = await world.newest_handoff()
    await world.press("quinn", "correct_brief", contact_email=theirs)
    assert "Correct it all the same" in world.reads("quinn")
    await world.press("quinn", "correct_brief", contact_email=theirs, contact_name=" ")
    assert "all the same" not in world.reads("quinn")
    await world.press("quinn", "correct_brief", contact_email=theirs, contact_name="Teo Lang")
    assert (await world.case(third)).handoff.lead.contact_email == theirs


async def test_a_company_that_was_misspelt_is_right_in_everyones_calendar(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "fix_brief", company="Contoso Freight")

    name = "Contoso Freight and Halden Systems"
    assert world.box.outlook.has("rita", name)
    assert world.box.outlook.event("rita", name).response == "accepted"
    assert [letter.kind for letter in world.invitations()] == ["invitation", "update"]


async def test_a_meeting_is_called_off_in_the_qualifiers_own_words(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "call_off", words="Sorry, Ines: our plant is closed that week.")

    assert await world.state(accepted) == "qualified"
    letter = world.invitations()[-1]
    assert letter.kind == "cancellation"
    assert "our plant is closed that week" in letter.body.content
    assert not world.box.outlook.has("rita", SUBJECT)
    assert "The meeting is off" in world.reads("rita")
    assert "The cancellation went out Mon 10:00, to everyone who was" in world.reads("quinn")
    assert "Please hand it over, or end it, by" in world.reads("quinn")
    case = await world.case(accepted)
    assert case.handoff.owed(Promise.BOOK)
    assert case.handoff.owed(Promise.MEET) is None
    assert not [e for e in world.box.outlook.calendar("rita", *WEEK) if "Prepare" in e.subject]


@pytest.mark.parametrize("how", ["No lead after all", "Nurture", "call off"])
async def test_whoever_has_a_lead_back_calls_its_meeting_off_in_their_own_words(
    world: World, accepted: UUID, how: str
) -> None:
    await busy(world, accepted, "ravi", "rosa")
    await world.press("rita", "send_back", reason="no_need")
    words = "Sorry, Ines: this will not be what you need."
    if how == "call off":
        await world.press("quinn", "find_times")
        await world.press("quinn", "call_off", words=words)
        assert await world.state(accepted) == "qualified"
    else:
        await world.press("quinn", "end", titled=how, words=words)

    letter = world.invitations()[-1]
    assert letter.kind == "cancellation"
    assert "this will not be what you need" in letter.body.content
    assert "We will be in touch" not in letter.body.content


async def test_a_brief_is_put_right_while_nobody_is_invited_and_nothing_goes_out_by_it(
    world: World, accepted: UUID
) -> None:
    right = "ines.prado@contoso.example"
    await world.press("quinn", "call_off", words="Sorry, another week.")
    sent, mails = len(world.invitations()), len(world.mails())
    await world.press("quinn", "find_times", target=f"rep:{world.box.person('rita').id}")
    assert await world.opens("quinn", "correct_brief")
    assert "Correcting it sends nothing" in world.reads("quinn")
    form, before = world.newest("quinn"), (await world.case(accepted)).handoff
    shown = world.box.teams.chats.message("quinn", form.id) or form
    fix = next(one for one in shown.actions() if one.verb == "correct_brief")
    held = {**fix.data, **{one["id"]: one.get("value", "") for one in fix.inputs}}
    same = await world.box.teams.execute("quinn", form, "correct_brief", held)
    assert "Nothing was changed" in "\n".join(same.texts())
    theirs = {**held, "company": "Rita's own"}
    await world.box.teams.execute("rita", world.newest("rita"), "correct_brief", theirs)
    await world.work()
    assert (await world.case(accepted)).handoff == before, "it is its qualifier's"
    first = world.sends("quinn", "correct_brief", form, company="Contoso Freight")
    second = {**first, "company": held["company"], "needs": "Nine sites"}
    told = await asyncio.gather(
        *(world.box.teams.execute("quinn", form, "correct_brief", d) for d in (first, second))
    )
    refused = [one for one in told if one.says("The brief has been corrected since")]
    assert len(refused) == 1, "of two at once, one"
    await world.work()
    await world.press("quinn", "correct_brief", contact_email=right, company="Contoso Freight")

    assert (len(world.invitations()), len(world.mails())) == (sent, mails)
    read = world.reads("quinn")
    assert f"You corrected Ines Prado's address, from {INES} to {right}" in read
    assert "The introduction, a mail with Rita in copy" in read, "it is shown before it goes"
    assert "no second introduction goes out" not in read
    await world.press("quinn", "book")
    assert [letter.kind for letter in world.invitations(right)] == ["invitation"]
    assert len(world.invitations()) == sent, "nothing to an address that is nobody's"
    assert world.box.outlook.has("quinn", "Contoso Freight and Halden Systems")
    assert len(world.mails(right)) == 1, "introduced there"


async def test_who_is_ill_is_not_asked_first_and_the_brief_is_put_right_without_them(
    world: World, accepted: UUID
) -> None:
    await busy(world, accepted, "ravi", "rosa")
    await world.press("rita", "cannot", reason=ILL)
    assert await world.state(accepted) == "sent_back"
    assert "Nobody else is free at that time and at work before it." in world.reads("quinn")
    sent = len(world.invitations())
    titles = [one.title for one in world.newest("quinn").actions()]
    assert titles.index("Correct the brief…") < titles.index("Send to Rita again…")
    await world.press("quinn", "correct_brief", company="Contoso Freight")
    assert len(world.invitations()) == sent
    assert "Contoso Freight" in world.reads("quinn")
    assert "Ines Prado still expects Tue 3 Mar" in world.reads("quinn")
    assert await world.state(accepted) == "sent_back", "nobody has been asked"
    right = "ines.prado@contoso.example"
    await world.press("quinn", "correct_brief", contact_email="ines@typo.example")
    await world.press("quinn", "correct_brief", contact_email=INES)
    assert "Ines Prado still expects Tue 3 Mar" in world.reads("quinn"), "as she was invited"
    await world.press("quinn", "correct_brief", contact_email="ines@typo.example")
    await world.press("quinn", "correct_brief", company="Contoso Fruit", contact_email=right)
    assert f"Whoever has {INES} still expects Tue 3 Mar" in world.reads("quinn")
    await world.opens("quinn", "end")
    assert f"and whoever has {INES}, which is where it was sent, reads" in world.reads("quinn")
    await world.press("quinn", "back")
    await world.opens("quinn", "fix_brief")
    assert f"Outlook sends {INES} a cancellation." in world.reads("quinn")
    await world.press("quinn", "fix_brief", needs="Nine sites")
    assert await world.state(accepted) == "offered"
    assert world.box.outlook.has("rita", "Contoso Fruit and Halden Systems")
    assert [one.kind for one in world.invitations(right)] == ["invitation"]
    assert [one.kind for one in world.invitations()][sent:] == ["cancellation"]


async def test_once_it_has_begun_nothing_is_changed_any_more(world: World, accepted: UUID) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    cards = {who: world.newest(who) for who in ("rita", "quinn")}
    await world.until(meeting.span.start + timedelta(minutes=1))
    for who, verb, data in (
        ("rita", "cannot", {"reason": ILL}),
        ("rita", "another_time", {}),
        ("quinn", "look_for_other_times", {}),
        ("quinn", "call_off", {"words": "No."}),
        ("quinn", "fix_brief", {}),
        ("rita", "call_off", {"words": "No."}),
        ("quinn", "cannot", {"reason": ILL}),
    ):
        carried = {"handoff": str(accepted), **data}
        answer = await world.box.teams.execute(who, cards[who], verb, carried)
        assert answer.ok, verb
    await world.work()
    assert await world.state(accepted) == "accepted"
    assert world.box.outlook.event("rita", SUBJECT).response == "accepted"


async def test_who_declined_in_outlook_says_that_it_was_their_own_reason(
    world: World, offered: UUID
) -> None:
    world.answers("rita", "decline")
    await world.work()
    assert "YOU DECLINED IN OUTLOOK" in world.reads("rita")

    await world.press("rita", "cannot", titled="Ill")

    assert await world.state(offered) == "offered", "a colleague who is free then has it"
    assert "NEW MEETING FOR YOU" not in world.reads("rita")


async def _proposes(world: World) -> None:
    """Rita, who has accepted, would rather meet at the first of the other times."""
    await world.press("rita", "another_time")
    others = (await world.case(await world.newest_handoff())).handoff.others
    assert others
    await world.press("rita", "propose", start=others[0].isoformat())


async def test_who_looks_for_other_times_takes_them_from_nobody_else(
    world: World, accepted: UUID
) -> None:
    """Rita has some on her card when Quinn looks, and Ines on her page; each chooses in peace."""
    await world.press("rita", "another_time")
    hers = world.newest("rita")
    await world.press("quinn", "look_for_other_times")
    async with ClientSession() as browser:
        page = page_of(world)
        await press(browser, page, act="look")
        await world.work()
        assert len(TIMES.findall(await seen(browser, page))) > 3
    assert "Both you and Quinn are free" in world.reads("rita")
    assert "Both you and Rita are free" in world.reads("quinn")

    await world.press("quinn", "leave_time")
    assert (await world.case(accepted)).handoff.others
    await world.press("rita", "propose", hers, titled="Tue 3 Mar 12:00")
    assert "RITA PROPOSES ANOTHER TIME" in world.reads("quinn")
