"""What people do every day takes as many taps as docs/cards.md says; of all but four no more than
before.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from aiohttp import ClientSession

from sandbox.teams import cards
from sandbox.teams.cards import Action
from tests.failures.stories import at
from tests.journeys.taps import Thumb
from tests.journeys.test_absence import look_around
from tests.journeys.test_handing_on import busy
from tests.journeys.test_nurture import nurtured
from tests.journeys.test_prospect_moves import TIMES, page_of, seen
from tests.journeys.test_prospect_moves import press as send
from tests.journeys.test_the_prospect import OTHER, answers_from
from tests.journeys.test_who_and_when import listed
from tests.world import BRIEF, World
from tools.taps import TAPS


async def counted(world: World, who: str, task: str, *steps: tuple[str, dict[str, Any]]) -> None:
    thumb = Thumb(world, who)
    for titled, inputs in steps:
        await thumb.press(titled, **inputs)
    before, now = TAPS[task]
    assert thumb.taps == now, task
    assert before is None or now <= before, task


def press(titled: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
    return titled, inputs


def times(world: World, who: str, verb: str) -> list[str]:
    return [one.title for one in world.newest(who).actions() if one.verb == verb]


async def test_a_rep_answers_and_follows_up_in_few_taps(world: World) -> None:
    await world.offer(wanted="2026-03-05")
    thumb = Thumb(world, "rita")
    await thumb.press("Another time")
    await thumb.press(times(world, "rita", "propose")[1])
    assert thumb.taps == TAPS["Propose the second of three other times"][1]
    await world.press("quinn", "keep_time")
    await counted(world, "rita", "Accept a meeting", press("Accept meeting"))

    ways = {one.title: one.url or "" for one in cards.actions(world.newest("rita").card or {})}
    assert ways["Join"].startswith("https://"), "one tap"
    assert "users=quinn" in ways["Write to Quinn"]
    draft = unquote(ways["Write to Quinn"].partition("message=")[2])
    assert draft == "Contoso Logistics, Ines Prado (no. 1): "

    call = "Call in 2 days"
    await counted(world, "rita", "Plan a call, one of the policy's", press(call))
    await world.until(at(5, 12))
    await counted(
        world, "rita", "Say that the meeting was moved", press("Other…"), press("It was moved")
    )
    otherwise = press("Contest how it went", claim_meeting="held")
    task = "Contest how the rep says that it went"
    await counted(world, "quinn", task, press("It went otherwise…"), otherwise)
    task = "As a manager: decide what is contested"
    await counted(world, "mara", task, press("Quinn is right"))


async def test_a_rep_plans_ends_and_sends_back_in_few_taps(world: World) -> None:
    await world.accepted(wanted="2026-03-03")
    await world.until(at(3, 12))
    task = "Say that the meeting took place"
    await counted(world, "rita", task, press("It took place"))
    day = "Plan a call on a day of this week"
    await counted(world, "rita", day, press("Other…"), press("Thu 5 Mar"))
    lost = press("Say so", ending="lost:price")
    steps = press("Other…"), press("Nothing more to do"), lost
    await counted(world, "rita", "End it as lost", *steps)

    await world.offer(company="Fabrikam", contact_email="bo@fabrikam.example")
    await world.say("rita", "mine")
    [line, *_] = [one for one in world.newest("rita").actions() if one.verb == "show"]
    await counted(world, "rita", "Open the card of what is owed, from mine", press(line.title))
    task = "Send a lead back with its reason"
    await counted(world, "rita", task, press("Send back"), press("Brief is incomplete"))
    await counted(world, "quinn", "Reject a lead", press("End it…"), press("No lead after all"))


async def test_a_qualifier_and_a_manager_act_in_few_taps(world: World) -> None:
    rita = f"rep:{world.box.person('rita').id}"
    await world.brief(rita)
    await world.say("mara", "why 1")
    give = press("Give the lead", to=world.box.person("priya").id)
    task = "Give a lead to another qualifier"
    await counted(world, "mara", task, press("To another qualifier"), give)
    for n, task in enumerate(("Book the first time", "Book the second time")):
        await world.brief(rita, contact_email=f"bo@fabrikam{n}.example", wanted="2026-03-05")
        await counted(world, "quinn", task, press(times(world, "quinn", "book")[n]))

    await world.until(at(2, 15))
    more = press("Give Rita more time", reason="Trade fair")
    await counted(world, "mara", "Give a rep more time", press("More time"), more)
    for _ in range(2):
        await world.press("rita", "accept", await world.found("rita", "accept"))
    await world.say("mara", "why 2")
    shown = press("Excuse it", evidence="She was at the hospital")
    await counted(world, "mara", "Excuse what was missed", press("Excuse what was missed"), shown)


async def test_a_qualifier_hands_over_in_few_taps(world: World) -> None:
    """What is needed is typed, and the zone is another than the qualifier's. Of a company that is
    new it is one tap more than before: who it is about is asked by itself.
    """
    needed = {name: BRIEF[name] for name in ("needs", "pains", "current_solution", "request")}
    who = {"company": "Fabrikam", "contact_name": "Bo", "contact_zone": "Europe/Lisbon"}
    for contact, task in ((who, "a company that is new"), ({}, "a contact who is known")):
        thumb = Thumb(world, "quinn")
        await world.say("quinn", "book")
        await thumb.press("Continue", contact="bo@fabrikam.example")
        await thumb.press("Find times", **needed, **contact)
        assert "Times that suit everyone" in world.reads("quinn")
        assert thumb.taps == TAPS[f"Hand over a lead of {task}"][1]
        await world.press("quinn", "end", outcome="closed")

    await listed(world, 4)
    await world.say("quinn", "book")
    rows = [one for one in world.newest("quinn").actions() if one.verb == "choose_lead"]
    task = "Hand over the third lead of a list"
    await counted(world, "quinn", task, press(rows[2].title), press("Find times"))


async def test_both_sides_change_their_mind_in_few_taps(world: World) -> None:
    await world.accepted(wanted="2026-03-05")
    reply = press("Send my reply…"), press("Send it")
    thumb = Thumb(world, "rita")
    for titled, _ in reply:
        await thumb.press(titled)
    assert thumb.taps == TAPS["Answer the introduction, having read it"][1], "one more: it is read"

    task = "Correct an address of a booked meeting"
    mended = press("Correct it and tell everyone", contact_email="prado@contoso.example")
    await counted(
        world, "quinn", task, press("Change…"), press("Correct the brief or an address"), mended
    )
    worth = press("Put it right", value="52000")
    task = "Put right what an open lead is worth"
    await counted(world, "quinn", task, press("What it is worth"), worth)
    await counted(world, "quinn", "Look where a booked meeting can be moved", *moves())
    first = times(world, "quinn", "move_to")[0]
    await counted(world, "quinn", "Move it to the first of those times", press(first))
    await world.press("rita", "accept", await world.found("rita", "accept"))
    off = press("Change…"), press("Call it off"), press("Call it off and tell everyone")
    await counted(world, "quinn", "Call a booked meeting off, with a word", *off)

    await world.accepted(company="Fabrikam", contact_email="bo@fabrikam.example")
    thumb = Thumb(world, "rita")
    await thumb.press("Another time")
    await thumb.press(times(world, "rita", "propose")[0])
    assert thumb.taps == TAPS["Propose another time after having said yes"][1]
    await world.press("quinn", "keep_time")
    ill = press("I cannot then"), press("Ill")
    await counted(world, "rita", "Say that one cannot be there, and why", *ill)

    await world.accepted(company="Adatum", contact_email="al@adatum.example", wanted="2026-03-09")
    subject = "Adatum and Halden Systems"
    for who, task, titled in (
        ("rita", "Be invited again", "Invite me again"),
        ("quinn", "Invite a rep again whose invitation is gone", "Invite Rita again"),
    ):
        await world.pass_(minutes=6)
        world.box.outlook.delete("rita", subject)
        await world.work()
        await counted(world, who, task, press(titled))


@pytest.mark.parametrize(
    ("task", "verb"),
    [
        ("As a manager: talk to whoever is late", "talk"),
        ("As a manager: let the next one up decide", "ask_above"),
        ("As a manager: give the meeting to another rep", "reassign"),
        ("As a manager: give the lead back to its qualifier", "give_back"),
    ],
)
async def test_what_a_manager_decides_takes_a_tap(world: World, task: str, verb: str) -> None:
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 16))
    await counted(world, "mara", task, press(times(world, "mara", verb)[0]))


async def test_what_comes_between_booking_and_meeting_takes_few_taps(world: World) -> None:
    await world.offer()
    await world.press("rita", "another_time")
    await world.press("rita", "propose", titled=times(world, "rita", "propose")[1])
    task = "Move the meeting to the time that the rep proposes"
    await counted(world, "quinn", task, press("Move the meeting"))
    await world.until(at(3, 7))
    thumb = Thumb(world, "quinn")
    for titled in ("Ask for a confirmation…", "Send it"):
        await thumb.press(titled)
    task = "Ask a silent prospect for a confirmation, having read it"
    assert thumb.taps == TAPS[task][1], "one more: it is read"
    await nobody_came_to(world)
    [form] = [one.title for one in world.newest("rita").actions() if opens(one, "rebook")]
    rebook = press(form), press("Send it")
    await counted(world, "rita", "Write to a prospect who did not come", *rebook)


async def test_who_gives_a_meeting_to_a_colleague_needs_few_taps(world: World) -> None:
    await world.accepted(wanted="2026-03-05")
    await world.press("rita", "another_time")
    await world.press("rita", "propose", titled=times(world, "rita", "propose")[0])
    task = "Keep the time though the rep proposes another"
    await counted(world, "quinn", task, press(times(world, "quinn", "keep_time")[0]))

    thumb = Thumb(world, "quinn")
    for titled in ("Change…", "Give to a colleague"):
        await thumb.press(titled)
    await thumb.press(times(world, "quinn", "hand_on")[0])
    task = "Give a booked meeting to a colleague"
    assert thumb.taps == TAPS[task][1], "one more: it stands with all that may be changed"


async def test_who_is_away_says_so_in_few_taps(world: World) -> None:
    await world.accepted(wanted="2026-03-04")
    world.clock.forward(timedelta(hours=1))
    world.box.outlook.set_automatic_replies("rita", start=at(4, 1), end=at(4, 23))
    await look_around(world)
    thumb = Thumb(world, "rita")
    await thumb.press("Another time")
    await thumb.press(times(world, "rita", "propose")[0])
    assert thumb.taps == TAPS["Ask for another time while one is away"][1]
    await world.press("quinn", "keep_time")  # and she is asked on
    task = "Say who takes it while one is away"
    await counted(world, "rita", task, press(times(world, "rita", "pass_on")[0]))


async def test_a_prospect_moves_it_or_calls_it_off_in_few_taps(
    world: World, accepted: UUID
) -> None:
    async with ClientSession() as browser:
        moves = ({"act": "look"}, {"act": "move", "start": ""})
        taps = await on_the_page(world, browser, *moves)
        assert taps == TAPS["As the prospect: move the meeting, from the mail"][1]
        assert "prospect_moved" in await world.timeline(accepted)
        taps = await on_the_page(world, browser, {"act": "call_off", "note": "We are closed"})
        assert taps == TAPS["As the prospect: call it off with a word, from the mail"][1]
        assert "prospect_called_off" in await world.timeline(accepted)


async def on_the_page(world: World, browser: ClientSession, *steps: dict[str, str]) -> int:
    """The taps of whoever opens the link of the invitation, and fills in and sends these forms."""
    page, taps = page_of(world), 1
    words = await seen(browser, page)
    for form in steps:
        assert f'value="{form["act"]}"' in words, "a button in view"
        filled = form | ({"start": TIMES.findall(words)[0]} if "start" in form else {})
        taps += len(filled)  # the button, and what is chosen or begun to be typed
        await send(browser, page, **filled)
        await world.work()
        words = await seen(browser, page)
    return taps


async def test_after_the_meeting_and_in_marketing_it_takes_few_taps(world: World) -> None:
    await world.install("milo")
    await world.accepted()
    answers_from(world, OTHER)
    await world.work()
    task = "Say that who answered from another address is the prospect"
    await counted(world, "quinn", task, press("That is Ines Prado"))
    await world.press("rita", "follow_up", titled="Call in 2 days")
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="It took place")
    await world.until(at(4, 10, 30))
    await counted(world, "rita", "Say that a call got through", press("We spoke"))

    await world.offer(company="Fabrikam", contact_email="bo@fabrikam.example", wanted="2026-03-06")
    await nurtured(world)
    task = "As marketing: say that one has been in touch"
    await counted(world, "milo", task, press("I have been in touch"))
    task = "As marketing: give a lead back, for it is ready"
    await counted(world, "milo", task, press("Ready: back to Quinn"))


async def test_a_meeting_that_is_back_is_moved_in_few_taps(world: World, accepted: UUID) -> None:
    await busy(world, accepted, "ravi", "rosa")
    await world.press("rita", "cannot", titled="Ill")
    thumb = Thumb(world, "quinn")
    await thumb.press("Move it")
    await thumb.press(times(world, "quinn", "move_to")[1])
    assert thumb.taps == TAPS["Move a meeting that is back to another time"][1]


async def test_who_cannot_stand_in_says_so_with_a_tap(world: World) -> None:
    await world.accepted()
    await world.press("rita", "cannot", titled="Ill")
    instead = next(who for who in ("ravi", "rosa") if times(world, who, "cannot"))
    await counted(world, instead, "Say that one cannot stand in", press("I cannot take it"))


async def nobody_came_to(world: World) -> None:
    """The one meeting is over, and its prospect was not there."""
    case = await world.case(await world.newest_handoff())
    assert case.handoff.meeting
    await world.until(case.handoff.meeting.span.end)
    await world.press("rita", "how_it_went", titled="The prospect did not come")


def opens(action: Action, verb: str) -> bool:
    return action.verb == "open" and verb in str(action.data)


def moves() -> tuple[tuple[str, dict[str, Any]], ...]:
    return press("Change…"), press("Move it")
