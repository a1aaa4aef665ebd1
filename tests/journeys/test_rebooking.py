"""After a no-show: the rep writes to the prospect from the card, and the prospect chooses a time on
the page that the mail leads to.
"""

from datetime import UTC, datetime
from html import unescape
from uuid import UUID

from aiohttp import ClientSession

from handoff.policy import Promise
from tests.journeys.rotation import policy
from tests.journeys.test_leaving import all_is_well, owed
from tests.journeys.test_prospect_moves import PAGE, TIMES, browser, page_of, press, seen
from tests.world import SUBJECT, World

__all__ = ["browser"]
NOBODY_CAME = datetime(2026, 3, 3, 8, 30, tzinfo=UTC)


async def nobody_came(world: World) -> UUID:
    """Rita waited for Ines, and says so."""
    id = await world.accepted()
    await world.until(NOBODY_CAME)
    await world.press("rita", "how_it_went", titled="The prospect did not come")
    return id


async def test_the_mail_stands_ready_whole_and_what_the_prospect_chooses_is_booked_and_accepted(
    world: World, browser: ClientSession
) -> None:
    id = await nobody_came(world)
    page, mails = page_of(world), len(world.mails())
    read = await seen(browser, page)
    assert "The time of this meeting is over" in read, "nothing was offered yet"
    assert "has begun" not in read
    assert await world.opens("rita", "rebook")
    read = world.reads("rita")
    assert "sorry that we missed each other on Tuesday 3 March, 08:00 to 08:30 (Lisbon" in read
    assert "It goes to Ines Prado, with a copy to Quinn, from your mailbox." in read
    assert "Choose a time that suits you" in read
    assert len(world.mails()) == mails, "it is read before it is sent"
    ready = world.newest("rita")

    await world.press("rita", "rebook", words="Hello Ines,\n\nshall we try again?\n\nRita")
    data = {"handoff": str(id), "words": "Hello", "start": "2026-03-03T08:00:00+00:00"}
    again = await world.box.teams.execute("rita", ready, "rebook", data)
    assert "sent already" in "\n".join(again.texts())
    await world.work()

    assert len(world.mails()) == mails + 1
    mail = world.mails()[-1]
    assert (mail.sender.mail, mail.subject) == (
        world.box.person("rita").mail,
        "Another time for Ines Prado and Rita Osei",
    )
    assert "shall we try again?" in mail.body.content
    assert PAGE.findall(unescape(mail.body.content)) == [page]
    assert "You wrote to Ines Prado" in world.reads("rita")
    assert Promise.NEXT_STEP not in await owed(world, id)
    assert Promise.PROGRESS in await owed(world, id), "should nothing come of it"

    words = await seen(browser, page)
    assert "Another time with Halden Systems" in words
    assert "call_off" not in words
    await press(browser, page, 409, act="call_off")
    assert "Looking for times" in await press(browser, page, act="look")
    await world.work()
    _, chosen, *_ = TIMES.findall(await seen(browser, page))
    await press(browser, page, act="move", start=chosen)
    assert "ON ITS WAY" in world.reads("rita") or await world.state(id) == "booking"
    await world.work()

    assert await world.state(id) == "accepted"
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    assert meeting.span.start == datetime.fromisoformat(chosen)
    event = next(
        one
        for one in world.box.outlook.calendar("rita", meeting.span.start, meeting.span.end)
        if one.subject == SUBJECT
    )
    assert event.response == "accepted"
    assert world.invitations()[-1].kind == "invitation"
    assert "ACCEPTED" in world.reads("rita")
    assert "ACCEPTED" in world.reads("quinn")
    assert "✓ Ines Prado chose this time." in world.reads("quinn")
    told = "\n".join((await world.say("quinn", "why 1")).texts())
    assert "of those that Rita Osei had offered" in told
    assert "Your meeting was booked: it is on" in await seen(browser, page)
    await all_is_well(world)


async def test_once_the_rep_has_found_a_time_the_offer_is_over(
    world: World, browser: ClientSession
) -> None:
    id = await nobody_came(world)
    page = page_of(world)
    await world.press("rita", "rebook")
    await world.work()
    await press(browser, page, act="look")
    await world.work()
    [first, *_, last] = sorted(TIMES.findall(await seen(browser, page)))
    world.clock.set(datetime.fromisoformat(last))
    words = await seen(browser, page)
    assert TIMES.findall(words) == [], "what is past is no choice"
    assert 'value="look"' in words
    await world.press("rita", "follow_up", titled="Book it", kind="meeting", day="2026-03-20")
    assert "time of this meeting is over" in await press(
        browser, page, 409, act="move", start=first
    )
    assert "time of this meeting is over" in await press(browser, page, 409, act="look")
    assert await world.state(id) == "following"


async def test_a_mail_that_is_refused_leaves_the_next_step_owed_and_without_a_page_none_is_named(
    world: World,
) -> None:
    await policy(world, ("prospect_moves = true", "prospect_moves = false"))
    id = await nobody_came(world)
    assert await world.opens("rita", "rebook")
    assert "Choose a time" not in world.reads("rita")
    world.box.entra.revoke("Mail.Send")
    await world.press("rita", "rebook")
    await world.work()
    assert Promise.NEXT_STEP in await owed(world, id)
    assert "may not send mail" in world.reads("rita")

    world.box.entra.grant("Mail.Send")
    await world.press("rita", "rebook")
    await world.work()
    assert Promise.NEXT_STEP not in await owed(world, id)
    assert "href" not in world.mails()[-1].body.content
    await all_is_well(world)
