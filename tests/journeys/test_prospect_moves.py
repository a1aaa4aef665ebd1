"""The prospect changes their mind: on the page that the invitation leads to they move the meeting,
or call it off.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
from aiohttp import ClientSession

from handoff.policy import Promise
from tests.hour import MONDAY
from tests.journeys.rotation import policy, pool
from tests.journeys.test_handing_on import busy
from tests.journeys.test_leaving import all_is_well, names, owed
from tests.journeys.test_next_meeting import met
from tests.world import INES, SUBJECT, World

WEEKS = timedelta(days=21)
PAGE = re.compile(r'href="([^"]+/meeting)"')
TIMES = re.compile(r'name="start" value="([^"]+)"')


@pytest.fixture
async def browser() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


def page_of(world: World, mail: str = INES) -> str:
    """Where the newest invitation at that address leads."""
    [link] = PAGE.findall(unescape(world.invitations(mail)[-1].body.content))
    return str(link)


async def seen(browser: ClientSession, page: str, status: int = 200) -> str:
    async with browser.get(page) as answer:
        assert answer.status == status
        assert "script" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        return unescape(await answer.text())


async def press(browser: ClientSession, page: str, status: int = 200, **form: str) -> str:
    async with browser.post(page, data=form) as answer:
        assert answer.status == status
        return unescape(await answer.text())


async def test_they_move_it_to_a_time_that_is_free_and_everybodys_card_says_so(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    before = (await world.case(accepted)).handoff
    assert before.meeting
    before_day = before.meeting.span.start.date()
    page = page_of(world)
    assert PAGE.findall(unescape(world.mails()[0].body.content)) == [page], "so does the mail"
    words = await seen(browser, page)
    assert "Tuesday 3 March, 08:00 to 08:30 (Lisbon time)" in words
    assert "Rita Osei" in words
    assert "customs" not in words, "nothing of the brief"
    assert await world.state(accepted) == "accepted", "looking does nothing"

    assert "Looking for times" in await press(browser, page, act="look")
    await world.work()
    times = TIMES.findall(await seen(browser, page))
    days = [datetime.fromisoformat(one).date() for one in times]
    assert len({*days[1:]}) == 5, "as many days as the booking form has times"
    assert days[0] == world.clock().date(), "and one of today"
    assert times == sorted(times), "in the order of the days"
    assert sum(one > before_day for one in days) >= 3, "later ones too"
    wednesday = next(n for n, one in enumerate(days) if one > before_day)
    chosen = datetime.fromisoformat(times[wednesday])
    moved = "Your meeting was moved: it is on Wednesday 4 March"
    words = await press(browser, page, act="move", start=times[wednesday])
    assert moved in words
    assert "show it in a moment" in words
    await world.work()
    words = await seen(browser, page)
    assert moved in words
    assert "in a moment" not in words

    case = await world.case(accepted)
    assert case.handoff.meeting
    assert (case.handoff.meeting.span.start, case.handoff.rep) == (chosen, before.rep)
    assert world.box.outlook.event("rita", SUBJECT).start == chosen
    assert [letter.kind for letter in world.invitations()] == ["invitation", "update"]
    assert page_of(world) == page, "the way there stays the same"
    assert "INES PRADO MOVED IT TO" in world.reads("rita"), "who said yes to another time is asked"
    assert "prospect_moved" in await world.timeline(accepted)
    ended = {c.ending.value for c in case.handoff.commitments if c.ending}
    assert ended <= {"kept", "released"}
    await world.press("rita", "accept")
    assert await world.state(accepted) == "accepted"


async def full(world: World, *who: str) -> None:
    """There is no time left in their calendars for weeks."""
    for one in who:
        world.box.outlook.create(one, "Fair", MONDAY - timedelta(days=1), MONDAY + WEEKS)
    await world.box.settled()


async def test_where_the_rep_has_no_other_time_they_move_it_to_one_of_whoever_is_next(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    await full(world, "rita", "rosa")
    await world.press("rita", "another_time")
    assert "You and Quinn have no other free time" in world.reads("rita"), "she keeps it"
    page, before = page_of(world), len(world.invitations())
    await press(browser, page, act="look")
    await world.work()
    words = await seen(browser, page)
    assert "Rita Osei has no other time" in words
    assert "a colleague, Ravi Patel, whom you meet instead" in words
    chosen, *_ = TIMES.findall(words)

    assert "Your meeting was moved" in await press(browser, page, act="move", start=chosen)
    await world.work()

    assert await names(world, accepted) == {"qualifier": "quinn", "owner": "ravi", "rep": "ravi"}
    assert (await owed(world, accepted))[Promise.ANSWER] == "ravi"
    assert len(world.invitations()) == before + 1
    event = world.box.outlook.event("ravi", SUBJECT)
    assert event.start == datetime.fromisoformat(chosen)
    assert not world.box.outlook.has("rita", SUBJECT)
    assert "CAN YOU STAND IN FOR RITA?" in world.reads("ravi")
    assert "OFFERED TO RAVI" in world.reads("rita")
    assert "Ravi Patel was asked to take this meeting" in world.reads("rita")
    assert "Ines Prado wanted another time, and you had none" in world.reads("rita")
    assert "moved it to a time of yours, for Rita had no other" in world.reads("ravi")
    assert "WITH RAVI" in world.reads("quinn")
    assert "moved it to a time of Ravi's, for Rita had no other" in world.reads("quinn")
    told = "\n".join((await world.say("quinn", "why 1")).texts())
    assert "with Ravi Patel, as there was no other time" in told
    ending = "select ending from commitment where who = %s and ending in ('late', 'missed')"
    assert await world.rows(ending, world.box.person("rita").id) == []
    credited = await world.rows(
        "select person, credited_for from routing_given order by credited_for"
    )
    assert credited == [
        (world.box.person("rita").id, "reassigned"),
        (world.box.person("ravi").id, None),
    ], "her turn is kept"
    assert "Ravi Patel" in await seen(browser, page)
    await all_is_well(world)


async def test_a_colleague_who_has_no_room_any_more_is_not_met(
    world: World, browser: ClientSession
) -> None:
    await policy(world, pool("limits = { day = 1 }"))
    await world.sync()
    id = await world.accepted()
    await full(world, "rita", "rosa")
    page = page_of(world)
    await press(browser, page, act="look")
    await world.work()
    [first, *_] = TIMES.findall(await seen(browser, page))
    await world.offer("ravi", company="Fabrikam", contact_email="a@fabrikam.example")

    words = await press(browser, page, 409, act="move", start=first)

    assert "not free any more" in words
    assert (await names(world, id))["rep"] == "rita"
    assert 'value="look"' in words, "they look again"
    await press(browser, page, act="look")
    await world.work()
    assert "no other free time" in await seen(browser, page)


async def test_who_meets_them_again_is_no_colleague_of_the_rep_whom_they_know(
    world: World, browser: ClientSession
) -> None:
    await met(world)
    await world.press("rita", "follow_up", titled="Book it", kind="meeting", day="2026-03-05")
    await world.press("rita", "book")
    await full(world, "rita")
    page = page_of(world)
    await press(browser, page, act="look")
    await world.work()
    assert "no other free time" in await seen(browser, page)


async def test_where_the_policy_offers_no_colleague_there_is_no_other_time(
    world: World, browser: ClientSession
) -> None:
    await policy(world, ("prospect_pool = true", "prospect_pool = false"))
    await world.accepted()
    await full(world, "rita")
    page = page_of(world)
    await press(browser, page, act="look")
    await world.work()
    assert "no other free time" in await seen(browser, page)


async def test_a_time_that_was_taken_meanwhile_or_never_offered_is_refused_in_words(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    page = page_of(world)
    await press(browser, page, act="look")
    await world.work()
    [first, *_] = TIMES.findall(await seen(browser, page))
    made_up = (datetime.fromisoformat(first) + timedelta(minutes=7)).isoformat()
    for start in (made_up, "2026-03-09T09:00", "soon"):
        await press(browser, page, 409 if start == made_up else 200, act="move", start=start)
    assert await world.state(accepted) == "accepted"
    await world.brief(company="Fabrikam", contact_email="a@fabrikam.example")
    other = await world.newest_handoff()
    await world.run(
        "insert into reservation select %s, n, tstzrange(%s, %s::timestamptz + interval '1 hour') "
        "from person where id = %s",
        other,
        first,
        first,
        world.box.person("rita").id,
    )

    assert "not free any more" in await press(browser, page, 409, act="move", start=first)
    assert await world.state(accepted) == "accepted"


async def test_they_call_it_off_with_a_word_to_whoever_invited_them(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    page = page_of(world)
    note = "We bought *another* system <b>today</b>."
    await press(browser, page, act="call_off", note=note)
    await world.work()

    case = await world.case(accepted)
    assert case.handoff.state.value == "qualified"
    assert case.handoff.owed(Promise.BOOK)
    assert case.handoff.owed(Promise.MEET) is None
    assert "We bought" in world.reads("quinn")
    assert [letter.kind for letter in world.invitations()] == ["invitation", "cancellation"]
    assert not world.box.outlook.has("rita", SUBJECT)
    read = await seen(browser, page)
    assert "You have called your meeting with Halden Systems off. Quinn has what you wrote." in read
    assert "The meeting is called off" in await press(browser, page, 409, act="look")

    assert await world.opens("quinn", "book")
    card = world.reads("quinn")
    assert "Ines Prado knows Rita: no second introduction goes out." in card
    assert "Your words in it" not in card
    await world.press("quinn", "book")
    await world.work()
    assert [one.subject for one in world.mails()] == ["Ines Prado, meet Rita Osei"]
    assert await world.state(accepted) == "offered"


async def test_a_link_that_is_changed_meant_for_another_address_or_of_another_kind_opens_nothing(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    page = page_of(world)
    head, link, tail = page.rsplit("/", 2)
    for wrong in (link[:-3] + "abc", link.partition(".")[0], "x" * 500, "a.b"):
        await seen(browser, f"{head}/{wrong}/{tail}", 400)
        await press(browser, f"{head}/{wrong}/{tail}", 400, act="call_off")
    await seen(browser, f"{head}/{link}/accept", 400)
    await world.press("quinn", "fix_brief", contact_email="prado@contoso.example")
    await seen(browser, page, 410)
    await press(browser, page, 410, act="call_off")
    new = page_of(world, "prado@contoso.example")
    assert "Your meeting with" in await seen(browser, new)
    assert await world.state(accepted) == "accepted"


@pytest.mark.parametrize("where", ["sent back", "called off", "booked, Outlook away"])
async def test_nobody_speaks_for_the_prospect_by_the_link_of_an_address_that_was_wrong(
    world: World, accepted: UUID, browser: ClientSession, where: str
) -> None:
    """From the moment in which it is corrected, whatever Outlook has heard of it by then."""
    page, verb = page_of(world), "correct_brief"
    if where == "sent back":
        await busy(world, accepted, "ravi", "rosa")
        await world.press("rita", "cannot", titled="Ill")
    elif where == "called off":
        await world.press("quinn", "call_off")
    else:
        world.box.faults.graph_down()
        verb = "fix_brief"
    await seen(browser, page, 200)

    await world.click("quinn", verb, contact_email="right@contoso.example")

    state = await world.state(accepted)
    for once_more in range(2):
        read = await seen(browser, page, 410)
        assert "Contoso" not in read
        assert "Halden" not in read
        for act in ("look", "call_off"):
            await press(browser, page, 410, act=act, note="I am the wrong person")
        assert await world.state(accepted) == state, once_more
        await world.work()
    assert "SAID NO" not in world.reads("quinn")
    assert "prospect_called_off" not in await world.timeline(accepted)
    if where == "sent back":
        await world.press("quinn", "correct_brief", contact_email=INES)
        assert "Your meeting with" in await seen(browser, page), "it was right after all"


@pytest.mark.parametrize("everyone", [True, False], ids=["all on the list", "whom it concerns"])
async def test_a_stranger_at_the_address_that_was_wrong_is_left_with_no_link_that_opens(
    world: World, accepted: UUID, browser: ClientSession, *, everyone: bool
) -> None:
    """Outlook's cancellation has the text that the meeting has at that moment."""
    world.box.tenant.meetings.tells_everyone = everyone
    rita = world.box.person("rita").mail
    heard = len(world.invitations(rita))

    right, needs = "prado@contoso.example", "Tracking for 4 sites"
    await world.press("quinn", "fix_brief", contact_email=right, needs=needs)

    assert [one.kind for one in world.invitations()] == ["invitation", "cancellation"]
    for letter in world.invitations():
        assert needs not in letter.body.content
        for link in PAGE.findall(unescape(letter.body.content)):
            await seen(browser, link, 410)
    new = [one.kind for one in world.invitations(rita)[heard:]]
    assert new == ["update"] * (2 if everyone else 1), "once, if Outlook does as its page says"


async def test_many_may_open_a_link_in_the_moment_in_which_baton_starts(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    """And one that was changed asks the database nothing, once the keys are known."""
    page, stores = page_of(world), world.app.services.stores
    stores.links.__init__(stores.reads)  # type: ignore[misc]  # as a process that has just begun
    await asyncio.gather(*(seen(browser, page) for _ in range(6)))
    head, link, tail = page.rsplit("/", 2)
    before = stores.reads._pool.get_stats()["requests_num"]
    await seen(browser, f"{head}/{link[:-3]}abc/{tail}", 400)
    assert stores.reads._pool.get_stats()["requests_num"] == before
    assert await world.state(accepted) == "accepted"


async def test_once_it_has_begun_or_where_the_policy_says_so_nothing_can_be_changed(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    page = page_of(world)
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.until(meeting.span.start + timedelta(minutes=1))
    assert "has begun" in await seen(browser, page)
    await press(browser, page, 409, act="call_off")
    assert await world.state(accepted) == "accepted"


@pytest.mark.parametrize("by", ["page", "outlook"])
async def test_they_say_no_while_it_is_being_settled_who_meets_them(
    world: World, offered: UUID, browser: ClientSession, by: str
) -> None:
    """Nobody is asked to meet somebody who will not come."""
    page = page_of(world)
    await world.press("rita", "send_back", reason="wrong_owner")
    world.box.outside.respond(INES, "accept")
    await world.work()
    assert await world.state(offered) == "sent_back"
    assert "✓ Ines Prado has accepted" in world.reads("quinn")
    news = len(world.box.teams.chat("rita"))

    if by == "page":
        words = await seen(browser, page)
        assert "Who meets you is being settled" in words
        assert "Find another time" not in words
        await press(browser, page, act="call_off", note="We have chosen another tool.")
    else:
        world.box.outside.respond(INES, "decline")
    await world.work()

    assert await world.state(offered) == "qualified"
    card = world.reads("quinn")
    assert card.startswith("INES PRADO SAID NO")
    assert ("chosen another tool" in card) == (by == "page")
    assert len(world.box.teams.chat("rita")) == news, "she has no part in it any more"
    assert not world.box.outlook.has("quinn", SUBJECT)
    assert await owed(world, offered) == {Promise.BOOK: "quinn"}
    read = await seen(browser, page)
    assert "You have called your meeting with Halden Systems off." in read
    assert ("Quinn has what you wrote." in read) == (by == "page")
