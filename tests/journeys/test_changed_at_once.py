"""Both sides change their mind at once, and one of them on a card, a page or a list that is older
than what the other has done: nobody is taken at a word that was about something else.
"""

import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from aiohttp import ClientSession

from sandbox.faults import GRAPH_DOWN, Fault, Part
from sandbox.teams.cards import Action
from sandbox.teams.chats import ChatMessage
from tests.journeys.test_leaving import all_is_well, names
from tests.journeys.test_prospect_moves import TIMES, browser, page_of, press, seen
from tests.world import INES, SUBJECT, World

__all__ = ["browser"]
FREIGHT = "Contoso Freight and Halden Systems"


def button(world: World, who: str, verb: str, card: ChatMessage | None = None) -> Action:
    """The first of that verb on what they see."""
    card = card or world.newest(who)
    shown = world.box.teams.chats.message(who, card.id) or card
    return next(one for one in shown.actions() if one.verb == verb)


async def moved(world: World, browser: ClientSession, nth: int = 0) -> datetime:
    """The prospect has moved it to one of the times that they found."""
    page = page_of(world)
    await press(browser, page, act="look")
    await world.work()
    start = TIMES.findall(await seen(browser, page))[nth]
    await press(browser, page, act="move", start=start)
    return datetime.fromisoformat(start)


async def other_times(world: World, id: UUID) -> tuple[datetime, ...]:
    await world.press("quinn", "look_for_other_times")
    others = (await world.case(id)).handoff.others
    assert others
    return others


async def hands_on(world: World) -> None:
    """Quinn gives it to the first who can take it."""
    await world.say("quinn", "why 1")
    await world.press("quinn", "look_for_colleague")
    give = button(world, "quinn", "hand_on")
    await world.box.teams.execute("quinn", world.newest("quinn"), "hand_on", give.data)
    await world.work()


async def graph_is_back(world: World, away: Fault) -> None:
    assert away.hits
    world.box.faults.lift(away)
    for _ in range(3):
        await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        await world.work()


async def test_a_yes_on_a_card_with_the_time_of_before_is_no_yes_to_another(
    world: World, offered: UUID, browser: ClientSession
) -> None:
    """Her phone shows nine o'clock; the prospect has moved it, and her phone has yet to hear."""
    card, yes = world.newest("rita"), button(world, "rita", "accept")
    start = await moved(world, browser)
    answer = await world.box.teams.execute("rita", card, "accept", yes.data)
    assert answer.says("The meeting is at another time by now, so nothing has changed.")
    await world.work()

    assert await world.state(offered) == "offered"
    assert "MOVED IT TO" in world.reads("rita")
    assert world.box.outlook.event("rita", SUBJECT).response == "notResponded"
    await world.press("rita", "accept")
    assert await world.state(offered) == "accepted"
    assert world.box.outlook.event("rita", SUBJECT).start == start


@pytest.mark.parametrize(
    ("who", "verb"), [("rita", "cannot"), ("quinn", "call_off"), ("quinn", "hand_on")]
)
async def test_nor_does_anything_else_that_was_said_of_the_time_of_before(
    world: World, accepted: UUID, browser: ClientSession, who: str, verb: str
) -> None:
    if verb == "hand_on":
        await world.say("quinn", "why 1")
        await world.press("quinn", "look_for_colleague")
    card = world.newest(who)
    assert await world.opens(who, verb, card)
    clicked = button(world, who, verb, card)
    await moved(world, browser)
    data = {**clicked.data, "words": "No.", "note": ""}
    await world.box.teams.execute(who, card, verb, data)
    await world.work()

    assert await world.state(accepted) == "offered"
    assert (await names(world, accepted))["rep"] == "rita"
    assert [one.kind for one in world.invitations()] == ["invitation", "update"]


async def test_a_meeting_is_moved_to_the_proposal_that_stood_on_the_card(
    world: World, offered: UUID
) -> None:
    await world.press("rita", "another_time")
    await world.press("rita", "propose")
    card, yes = world.newest("quinn"), button(world, "quinn", "move_meeting")
    earlier = (datetime.fromisoformat(yes.data["start"]) - timedelta(hours=1)).isoformat()
    await world.box.teams.execute("quinn", card, "move_meeting", {**yes.data, "start": earlier})
    await world.work()
    assert await world.state(offered) == "proposed"
    await world.press("quinn", "move_meeting")
    assert await world.state(offered) == "accepted"


async def test_who_cannot_come_to_what_was_called_off_meanwhile_reads_what_is_true(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    card = world.newest("rita")
    await world.opens("rita", "cannot", card)
    ill = button(world, "rita", "cannot", card)
    await press(browser, page_of(world), act="call_off", note="")
    await world.box.teams.execute("rita", card, "cannot", ill.data)
    shown = world.box.teams.chats.message("rita", card.id)
    assert shown
    assert shown.says("INES PRADO SAID NO")
    assert not shown.says("begun")


async def test_a_company_that_is_mended_while_it_is_sent_back_is_right_in_everyones_calendar(
    world: World, offered: UUID
) -> None:
    await world.press("rita", "send_back", reason="brief")
    await world.press("quinn", "fix_brief", company="Contoso Freight")

    assert await world.state(offered) == "offered"
    assert world.box.outlook.has("rita", FREIGHT)
    assert [one.subject for one in world.invitations()] == [SUBJECT, FREIGHT]


@pytest.mark.parametrize("verb", ["fix_brief", "correct_brief"])
async def test_a_form_from_before_a_correction_does_not_take_it_back(
    world: World, accepted: UUID, verb: str
) -> None:
    """Open on her desk, while she corrects the address on her phone."""
    if verb == "correct_brief":
        await world.press("quinn", "call_off", words="Another week, please.")
    await world.opens("quinn", verb)
    form, fix = world.newest("quinn"), button(world, "quinn", verb)
    held = {one["id"]: one.get("value", "") for one in fix.inputs}
    await world.press("quinn", verb, form, contact_email="prado@contoso.example")
    late = {**fix.data, **held, "needs": "Nine sites"}
    answer = await world.box.teams.execute("quinn", form, verb, late)
    assert answer.says("The brief has been corrected since you opened this form")
    assert '"prado@contoso.example"' in json.dumps(answer.card), "it holds what stands now"
    assert '"Nine sites"' in json.dumps(answer.card), "and what she typed beside it"
    await world.work()

    lead = (await world.case(accepted)).handoff.lead
    assert (lead.contact_email, lead.needs == "Nine sites") == ("prado@contoso.example", False)
    await world.press("quinn", verb, needs="Nine sites")
    lead = (await world.case(accepted)).handoff.lead
    assert (lead.contact_email, lead.needs) == ("prado@contoso.example", "Nine sites")


@pytest.mark.parametrize("when", ["looked for", "found", "invited"])
async def test_what_is_mended_while_a_stand_in_is_asked_is_in_what_they_read(
    world: World, accepted: UUID, when: str
) -> None:
    """The form was open on his desk before she could not come, and he sends it a moment after."""
    right = "prado@contoso.example"
    await world.opens("quinn", "fix_brief")
    form, fix = world.newest("quinn"), button(world, "quinn", "fix_brief")
    held = {one["id"]: one.get("value", "") for one in fix.inputs}
    hers = world.newest("rita")
    await world.opens("rita", "cannot", hers)
    await world.box.teams.execute(
        "rita", hers, "cannot", button(world, "rita", "cannot", hers).data
    )
    if when == "found":
        away = world.box.faults.add(Part.GRAPH, GRAPH_DOWN, method="PATCH")
        await world.work()
    elif when == "invited":  # and Exchange takes its time
        for who in ("ravi", "rosa"):
            world.box.directory.change(who, automatic=False)
        await world.work()
    assert await world.state(accepted) == ("sent_back" if when == "looked for" else "booking")
    typed = {**fix.data, **held, "needs": "Nine sites", "contact_email": right}
    await world.box.teams.execute("quinn", form, "fix_brief", typed)
    await (graph_is_back(world, away) if when == "found" else world.work())

    assert await world.state(accepted) == ("booking" if when == "invited" else "offered")
    assert (await names(world, accepted))["rep"] in ("ravi", "rosa"), "she is not asked again"
    assert "Nine sites" in world.box.outlook.event("quinn", SUBJECT).body.content
    assert [one.kind for one in world.invitations(right)] == ["invitation"]
    assert world.invitations(INES)[-1].kind == "cancellation"
    assert "Nine sites" not in world.invitations(INES)[-1].body.content
    await all_is_well(world)


async def test_what_is_mended_just_before_it_is_given_away_is_in_the_one_update(
    world: World, accepted: UUID
) -> None:
    away = world.box.faults.add(Part.GRAPH, GRAPH_DOWN, method="PATCH")
    right = "prado@contoso.example"
    await world.press("quinn", "fix_brief", company="Contoso Freight", contact_email=right)
    await hands_on(world)
    await graph_is_back(world, away)

    rep = (await names(world, accepted))["rep"]
    assert rep != "rita"
    assert world.box.outlook.has(rep, FREIGHT)
    assert [(one.kind, one.subject) for one in world.invitations(right)] == [
        ("invitation", FREIGHT)
    ]
    assert [one.kind for one in world.invitations(INES)] == ["invitation", "cancellation"]
    await all_is_well(world)


async def test_a_meeting_whose_copy_was_lost_is_moved_and_given_away_to_its_new_time(
    world: World, accepted: UUID
) -> None:
    await world.pass_(minutes=6)
    world.box.outlook.delete("rita", SUBJECT)
    await world.work()
    others = await other_times(world, accepted)
    away = world.box.faults.add(Part.GRAPH, GRAPH_DOWN, method="PATCH")
    await world.press("quinn", "move_to", start=others[1].isoformat())
    assert "MOVED TO" in world.reads("rita"), "which is news, and brings the invitation anew"
    assert "BACK TO" not in world.reads("rita") + world.reads("quinn")
    await hands_on(world)
    await graph_is_back(world, away)

    rep = (await names(world, accepted))["rep"]
    for who in ("quinn", rep):
        assert world.box.outlook.event(who, SUBJECT).start == others[1], who
    assert [one.start for one in world.invitations()[1:]] == [others[1]]
    await all_is_well(world)


@pytest.mark.parametrize("then", ["moved", "mended"])
async def test_a_no_that_comes_late_does_not_bring_the_meeting_back_to_who_cannot_be_there(
    world: World, accepted: UUID, then: str
) -> None:
    """Exchange puts whoever answers on the list, also who was taken off it a moment before."""
    world.box.transport.takes(10, 20, seed=1)
    world.box.tenant.meetings.tells_everyone = True
    await world.press("rita", "cannot", titled="Ill")
    guests = world.box.outlook.event("quinn", SUBJECT).attendees
    rita = world.box.person("rita").mail
    assert rita in {one.who.mail for one in guests}, "her no has come after the change"
    if then == "moved":
        others = await other_times(world, accepted)
        await world.press("quinn", "move_to", start=others[1].isoformat())
    else:
        await world.press("quinn", "fix_brief", needs="Tracking for 4 sites")

    assert not world.box.outlook.has("rita", SUBJECT)
    guests = world.box.outlook.event("quinn", SUBJECT).attendees
    assert rita not in {one.who.mail for one in guests}
    kinds = [one.kind for one in world.invitations()]
    assert kinds == ["invitation", "update", "update"]


async def test_what_the_prospect_said_while_it_was_sent_back_is_known_when_it_is_offered_again(
    world: World, offered: UUID
) -> None:
    """Outlook's notice of it was lost."""
    await world.press("rita", "send_back", reason="brief")
    world.clock.forward(timedelta(seconds=10))
    world.box.faults.notifications_lost()
    world.box.outside.respond(INES, "decline")
    await world.work()
    await world.press("quinn", "fix_brief", needs="Tracking for 4 sites")

    assert "INES PRADO SAID NO" in world.reads("quinn")
    assert "INES PRADO SAID NO" in world.reads("rita")
    assert await world.state(offered) == "qualified"


async def test_a_prospect_reads_in_their_own_terms_how_it_stands(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    """They press a button of a page that is older than what has happened."""
    page = page_of(world)
    await moved(world, browser)
    words = await press(browser, page, 409, act="call_off", note="")
    assert "The meeting was changed since you opened this page" in words
    assert "handoff" not in words
    await world.work()
    await world.press("rita", "send_back", reason="brief")
    words = await seen(browser, page)
    assert "Who meets you is being settled" in words
    assert "Your invitation in the calendar stands" in words
    assert "Find another time" not in words
    assert "no meeting" not in await press(browser, page, 409, act="look")


async def test_who_was_free_then_is_not_asked_once_it_is_over(world: World, offered: UUID) -> None:
    """Nobody answered, and its qualifier does nothing: a manager decides about what is over."""
    meeting = (await world.case(offered)).handoff.meeting
    assert meeting
    await world.until(meeting.span.start + timedelta(minutes=1))
    assert await world.state(offered) == "sent_back"
    await world.until(meeting.span.start + timedelta(days=1))
    assert "NEEDS A DECISION: NOTHING DECIDED BY QUINN" in world.reads("mara")
    assert "Free then" not in world.reads("mara")
    assert "To another qualifier" in world.reads("mara")


@pytest.mark.parametrize("who", ["quinn", "rita"])
async def test_a_time_that_was_found_before_somebody_else_looked_is_not_called_taken(
    world: World, accepted: UUID, browser: ClientSession, who: str
) -> None:
    looks, verb = {
        "quinn": ("look_for_other_times", "move_to"),
        "rita": ("another_time", "propose"),
    }[who]
    await world.press(who, looks)
    card, time = world.newest(who), button(world, who, verb)
    page = page_of(world)
    await press(browser, page, act="look")
    answer = await world.box.teams.execute(who, card, verb, time.data)
    assert answer.says("The times are being looked up anew.")
    await world.work()
    [theirs, *_] = TIMES.findall(await seen(browser, page))

    assert (await world.box.teams.execute(who, card, verb, time.data)).ok
    assert (theirs in await seen(browser, page)) == (who == "rita"), (
        "who only proposes moves nothing"
    )


@pytest.mark.parametrize("by", ["prospect", "in Outlook"])
async def test_who_is_there_at_the_new_time_is_not_asked_who_takes_it_while_they_are_away(
    world: World, accepted: UUID, browser: ClientSession, by: str
) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    away = meeting.span.start - timedelta(hours=1), meeting.span.end
    world.box.outlook.set_automatic_replies("rita", start=away[0], end=away[1])
    await world.sync()
    await world.work()
    assert "WHO TAKES IT WHILE YOU ARE AWAY?" in world.reads("rita")

    if by == "prospect":
        await moved(world, browser, -1)
    else:
        world.box.outlook.move("quinn", SUBJECT, meeting.span.start + timedelta(hours=3))
    await world.work()

    assert "MOVED" in world.reads("rita")
    assert "OUT OF OFFICE" not in world.reads("quinn")
    await world.press("rita", "accept")
    assert await world.state(accepted) == "accepted"


async def test_a_rep_reads_too_that_the_introduction_to_a_mended_address_was_not_sent(
    world: World, accepted: UUID
) -> None:
    world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="sendMail")
    await world.press("quinn", "fix_brief", contact_email="prado@contoso.example")
    for _ in range(9):
        await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        await world.work()
    assert "THE INTRODUCTION WAS NOT SENT" in world.reads("quinn")
    assert "The introduction was not sent." in world.reads("rita")
