"""Each card and page says what is so at that moment, to whoever looks at it."""

import json
import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from aiohttp import ClientSession

from handoff.draft import NO_STAND_IN
from handoff.policy import Promise
from sandbox.exchange.model import LetterKind
from tests.hour import MONDAY
from tests.journeys.rotation import policy
from tests.journeys.test_handing_on import give_ravi, naming
from tests.journeys.test_leaving import leaves, names
from tests.journeys.test_next_meeting import met
from tests.journeys.test_prospect_moves import TIMES, browser, full, page_of, press, seen
from tests.world import INES, SUBJECT, World

__all__ = ["browser"]


async def test_who_said_no_is_not_invited_again_by_the_first_tap_and_everybody_reads_why(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    await world.install("milo")
    await press(browser, page_of(world), act="call_off", note="We bought *another* system.")
    await world.work()

    card = world.reads("quinn")
    assert "called off. They wrote:\n“We bought *another* system.”" in card
    assert card.index("We bought") < card.index("Please find another") < card.index("Choose")
    first, *_ = world.newest("quinn").actions()
    assert (first.title, first.verb) == ("Choose another time…", "open")
    assert "book" not in world.newest("quinn").verbs()
    search = (await world.case(accepted)).handoff.search
    assert search
    assert search.found
    assert search.found[0].start.date() > world.clock().date(), "not for the same day"
    assert "“We bought *another* system.”" in world.reads("rita")
    assert "Quinn Avery decides what becomes of it" in world.reads("rita")

    await world.press("quinn", "end", outcome="nurture")
    assert "“We bought *another* system.”" in world.reads("milo"), "who keeps in touch"


async def test_a_stand_in_is_introduced_once_they_have_said_yes_and_each_card_says_so_meanwhile(
    world: World, accepted: UUID
) -> None:
    await world.click("rita", "cannot", titled="Ill")
    [back] = [
        await world.app.services.baton.card(
            await world.case(accepted), world.box.person("quinn").id
        )
    ]
    assert "RITA CANNOT BE THERE: ILL" in str(back)
    assert "Looking who else is free at that time: it goes to them" in str(back)
    await world.work()

    rep = (await world.case(accepted)).handoff.rep
    new = next(key for key in ("ravi", "rosa") if world.box.person(key).id == rep)
    first = world.box.person(new).name.split()[0]
    assert f"WITH {first.upper()}, IN PLACE OF RITA" in world.reads("quinn")
    assert f"Ines Prado is introduced once {first} has said yes" in world.reads("quinn")
    assert "Ines Prado is introduced once you have said yes" in world.reads(new)
    assert [one.subject for one in world.mails()] == ["Ines Prado, meet Rita Osei"]

    await world.press(new, "accept")
    await world.work()
    assert [one.subject for one in world.mails()][1:] == [
        f"Ines Prado, meet {world.box.person(new).name}"
    ]
    assert "You answer it by" in world.reads(new)


async def test_of_a_time_that_a_stand_in_proposes_it_is_said_all_that_goes_out(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "cannot", titled="Ill")
    new = (await world.case(accepted)).handoff.rep
    assert new
    key, first = world.box.person(new).key, world.box.person(new).name.split()[0]
    await world.press(key, "another_time")
    times = [one for one in world.newest(key).actions() if one.verb == "propose"]
    await world.press(key, "propose", titled=times[0].title)
    read = world.reads("quinn")
    assert f"invited two updates: with the new time, and with {first}'s name, and Ines" in read
    assert "Ines Prado gets an introduction from you by mail" in read
    updates, mails = len(world.invitations()), len(world.mails())

    await world.press("quinn", "move_meeting")
    assert [one.kind for one in world.invitations()[updates:]] == ["update", "update"]
    assert [first in one.subject for one in world.mails()[mails:]] == [True]


async def test_a_confirmation_names_no_stand_in_before_their_yes(
    world: World, accepted: UUID
) -> None:
    await world.until(MONDAY + timedelta(hours=6))
    await world.press("rita", "cannot", titled="Ill")
    await world.until(MONDAY + timedelta(hours=8, minutes=1))
    new = (await world.case(accepted)).handoff.rep
    assert new
    name = world.box.person(new).name
    for _ in range(2):  # the first draws her card anew
        opened = await world.opens("quinn", "confirm")
    assert opened
    assert "with a copy to" not in world.reads("quinn")
    await world.press("quinn", "confirm")

    mail = world.mails()[-1]
    assert "Does the time still suit you?" in mail.body.content
    assert "Rita Osei" in mail.body.content
    assert name not in str(mail)


async def test_the_reps_silence_comes_before_the_prospects(world: World, offered: UUID) -> None:
    meeting = (await world.case(offered)).handoff.meeting
    assert meeting
    await world.until(meeting.span.start - timedelta(hours=1))

    assert "Ines Prado has not answered the invitation" in world.reads("quinn")
    assert world.reads("quinn").startswith("NO ANSWER YET FROM RITA")
    first = [one.title for one in world.newest("quinn").actions() if one.style == "positive"]
    assert first == ["Change…"]
    line = re.search(
        r'{[^{}]*"Ines Prado has not answered[^{}]*}', json.dumps(world.newest("quinn").card)
    )
    assert line
    assert "Attention" not in line[0], "it does not stand out"


async def moved_by_the_prospect(world: World, browser: ClientSession, nth: int = -2) -> datetime:
    """To the last of the later days that their page offers, or the *nth*; today's is the last."""
    page = page_of(world)
    await press(browser, page, act="look")
    await world.work()
    times = TIMES.findall(await seen(browser, page))
    await press(browser, page, act="move", start=times[nth])
    await world.work()
    return datetime.fromisoformat(times[nth])


async def test_a_reply_is_due_before_the_meeting_whenever_that_is_and_is_of_none_without_a_yes(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    start = await moved_by_the_prospect(world, browser, nth=0)
    for who in ("rita", "quinn"):
        assert "by **Mon 18:00**" not in world.reads(who), "the meeting is over by then"
        assert "by **Mon 16:00** (the beginning of the meeting" in world.reads(who)

    await world.until(start + timedelta(minutes=1))
    assert await world.state(accepted) == "sent_back", "she has not said yes to that time"
    replies = "select ending, missed_at from commitment where what = 'reply'"
    assert await world.rows(replies) == [("released", None)]


async def test_who_moved_it_themselves_is_not_said_to_be_silent(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    chosen = await moved_by_the_prospect(world, browser)
    for who in ("quinn", "rita"):
        assert "✓ Ines Prado chose this time." in world.reads(who)
    await world.press("rita", "accept")
    await world.until(chosen - timedelta(minutes=30))

    for who in ("quinn", "rita"):
        assert "has not answered the invitation" not in world.reads(who)
        assert "HAS NOT ANSWERED" not in world.reads(who)
    assert "prospect_silent" not in await world.timeline(accepted)
    assert "Ask for a confirmation…" not in world.reads("quinn")

    await world.press("quinn", "look_for_other_times")
    others = (await world.case(accepted)).handoff.others
    if others:
        await world.press("quinn", "move_to", start=others[-1].isoformat())
        assert "chose this time" not in world.reads("quinn"), "but for another's"
        assert "Your meeting was moved" not in await seen(browser, page_of(world))


async def test_who_holds_a_link_that_is_good_no_more_reads_what_is_so_now_and_nobody_else_does(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    page = page_of(world)
    later = world.clock() + timedelta(days=95)
    world.box.outlook.move("quinn", SUBJECT, later)
    await world.work()
    world.clock.set(later - timedelta(days=2))

    words = await seen(browser, page, 410)
    assert "Your meeting with Halden Systems is on Friday 5 June" in words
    assert "as it was" not in words
    forged = page.replace("/meeting", "x/meeting")
    assert "5 June" not in await seen(browser, forged, 400), "a proof comes first"

    world.clock.set(later + timedelta(minutes=5))
    assert "Your meeting with Halden Systems has begun" in await seen(browser, page, 410)
    world.clock.set(later + timedelta(hours=2))
    assert "is over" in await seen(browser, page, 410)
    world.clock.set(later - timedelta(days=2))
    await world.press("quinn", "fix_brief", contact_email="prado@contoso.example")
    assert "5 June" not in await seen(browser, page, 410), "who was never meant to have it"


async def test_who_holds_such_a_link_reads_that_the_meeting_is_off(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    page = page_of(world)
    await world.press("quinn", "call_off", words="Not now.")
    world.clock.forward(timedelta(days=91))
    assert "is called off" in await seen(browser, page, 410)


async def test_who_has_met_us_reads_by_such_a_link_that_there_is_no_other_meeting(
    world: World, browser: ClientSession
) -> None:
    await met(world)
    await world.press("rita", "follow_up", titled="Book it", kind="meeting", day="2026-03-05")
    await world.press("rita", "book")
    page = page_of(world)
    await world.press("quinn", "call_off", words="Not now.")
    world.clock.forward(timedelta(days=95))
    words = await seen(browser, page, 410)
    assert "Your meeting with Halden Systems has been, and there is no other just now." in words


async def test_who_called_the_meeting_off_is_not_told_so_as_news_and_who_had_it_reads_what_is_so(
    world: World, accepted: UUID
) -> None:
    await world.click("rita", "cannot", titled="Ill")
    await world.work()
    assert "was asked to take this meeting. It is off your list" in world.reads("rita")
    await world.press("quinn", "call_off", words="Not now.")

    assert world.reads("quinn").startswith("YOU CALLED THE MEETING OFF")
    assert "WAS CANCELLED" not in world.reads("quinn")
    assert "has this meeting now" not in world.reads("rita"), "there is none"


async def test_a_time_that_the_organizer_chose_since_is_not_said_to_be_the_prospects(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    chosen = await moved_by_the_prospect(world, browser)
    await world.press("rita", "accept")
    assert "✓ Ines Prado chose this time." in world.reads("quinn")

    later = chosen + timedelta(days=7)
    world.box.outlook.move("quinn", SUBJECT, later)
    world.answers("rita", "accept")
    await world.work()

    assert await world.state(accepted) == "accepted", "answered already"
    for who in ("quinn", "rita"):
        assert "chose this time" not in world.reads(who)
    assert "Your meeting was moved" not in await seen(browser, page_of(world))


async def test_an_address_that_was_corrected_is_said_on_both_cards(
    world: World, accepted: UUID
) -> None:
    assert f"Ines Prado: {INES}" in world.reads("quinn")
    await world.press("quinn", "fix_brief", contact_email="prado@contoso.example")

    said = f"corrected Ines Prado's address, from {INES} to prado@contoso.example."
    assert f"You {said}" in world.reads("quinn")
    assert f"Quinn Avery {said}" in world.reads("rita")
    assert "Ines Prado: prado@contoso.example" in world.reads("quinn")
    await world.press("quinn", "fix_brief", needs="Tracking for 4 sites")
    assert f"Quinn Avery {said}" in world.reads("rita"), "it is so still"


async def test_who_gives_more_time_before_it_is_due_is_on_the_cards_of_both(
    world: World, offered: UUID
) -> None:
    await world.say("mara", "why 1")
    await world.press("mara", "extend_early", hours="2", reason="Trade fair today")
    assert "Mara Lind gave you 2 working hours more." in world.reads("rita")
    assert "Mara Lind gave Rita 2 working hours more." in world.reads("quinn")
    await world.press("rita", "accept")
    assert "working hours more" not in world.reads("quinn"), "it was used"


async def test_who_hands_a_lead_on_that_is_not_late_is_on_the_cards_of_all_three(
    world: World, accepted: UUID
) -> None:
    await hands_on(world, "mara")
    assert await world.state(accepted) == "offered"
    assert "Mara Lind gave it to you." in world.reads("ravi")
    for who in ("quinn", "rita"):
        assert "Mara Lind gave it to Ravi." in world.reads(who)
    assert "gave it to Ravi" not in world.reads("mara"), "who knows"


async def test_whoever_follows_a_lead_up_for_another_reads_who_gave_it_to_them(
    world: World, accepted: UUID
) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.until(meeting.span.end + timedelta(minutes=5))
    await hands_on(world, "mara")
    assert await world.state(accepted) == "following"
    assert "Mara Lind gave it to you." in world.reads("ravi")
    assert "Mara Lind gave it to Ravi." in world.reads("quinn")


async def hands_on(world: World, who: str) -> None:
    """They give the newest lead to Ravi."""
    await world.say(who, "why 1")
    await world.press(who, "look_for_colleague")
    await give_ravi(world, who, "hand_on")


async def test_who_stands_in_is_named_to_the_prospect_once_they_have_said_yes_and_not_before(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    page = page_of(world)
    await hands_on(world, "quinn")
    assert naming(world, "ravi") == 0, "nobody else has said yes yet"
    assert "You meet Rita Osei." in world.box.outlook.event("quinn", SUBJECT).body.content
    assert "Rita Osei" in await seen(browser, page)

    await world.press("quinn", "fix_brief", needs="Tracking for 4 sites")
    assert naming(world, "ravi") == 0, "nor in what is corrected meanwhile"

    await world.press("ravi", "accept")
    assert naming(world, "ravi") == 1
    assert "Ravi Patel" in await seen(browser, page)
    assert world.box.outlook.event("ravi", SUBJECT).response == "accepted"


async def test_a_stand_in_who_says_yes_to_a_time_that_was_moved_meanwhile_is_named_and_introduced(
    world: World, accepted: UUID
) -> None:
    await hands_on(world, "quinn")
    world.box.transport.at_once()
    later = world.box.outlook.event("quinn", SUBJECT).start + timedelta(days=1)
    world.box.outlook.move("quinn", SUBJECT, later)
    world.answers("ravi", "accept")
    await world.work()

    assert await world.state(accepted) == "accepted"
    assert world.box.outlook.event("quinn", SUBJECT).start == later
    assert naming(world, "ravi") == 1
    assert world.mails()[-1].subject == "Ines Prado, meet Ravi Patel"


async def test_who_is_asked_to_stand_in_says_no_by_one_click_and_the_next_is_asked(
    world: World, accepted: UUID
) -> None:
    assert "I cannot take it" not in world.reads("rita")
    forged = {"handoff": str(accepted), "reason": NO_STAND_IN}
    await world.box.teams.execute("rita", world.newest("rita"), "cannot", forged)
    await world.work()
    assert await world.state(accepted) == "accepted", "she stands in for nobody"
    await world.press("rita", "cannot", titled="Ill")
    first = await rep_of(world, accepted)
    [second] = {"ravi", "rosa"} - {first}
    called = {who: world.box.person(who).name for who in (first, second)}
    short = {who: name.split()[0].upper() for who, name in called.items()}
    assert "I cannot take it" in world.reads(first)
    await world.click(first, "cannot", titled="I cannot take it")
    baton, case = world.app.services.baton, await world.case(accepted)
    asked = str(await baton.card(case, world.box.person("quinn").id))
    assert f"{short[first]} CANNOT TAKE IT" in asked
    assert "Looking who else is free at that time" in asked
    await world.work()

    assert await rep_of(world, accepted) == second, "nobody gets it back"
    assert "CAN YOU STAND IN FOR RITA?" in world.reads(second), "it never was the first one's"
    for who in ("rita", first):
        assert f"OFFERED TO {short[second]}" in world.reads(who)
    await world.click(second, "cannot", titled="I cannot take it")
    await world.work()

    assert await world.state(accepted) == "sent_back"
    assert f"{short[second]} CANNOT TAKE IT" in world.reads("quinn")
    assert f"{called[second]} was asked, and could not take it." in world.reads("rita")
    assert "YOU DO NOT STAND IN" in world.reads(second)
    for one in world.invitations():
        assert "You meet Rita Osei." in one.body.content, "no name that is not so"
    told = "\n".join((await world.say("quinn", "why 1")).texts())
    assert f"{called[first]} was asked to stand in, and cannot take it" in told
    assert f"It went to {called[second]}, who is free at that time" in told
    assert "nanswered" not in told, "each of them has answered"
    ended = await world.rows("select ending from commitment where ending in ('late', 'missed')")
    assert ended == [], "it is nobody's fault"
    counts = await world.rows("select person from routing_given where credited_at is null")
    assert counts == [(world.box.person("rita").id,)], "a no to standing in counts for nobody"
    figures = "\n".join((await world.say(first, "fairness")).texts())
    assert "credits 1" in figures
    reasons = await world.rows("select distinct reason from fact where what = 'sent_back'")
    assert reasons in ([("own",)], []), "what kept them is in no figure"


async def test_a_rep_who_asked_for_other_times_leaves_the_meeting_where_it_is(
    world: World, offered: UUID
) -> None:
    for state in ("offered", "accepted"):
        assert await world.state(offered) == state
        await world.press("rita", "another_time")
        assert "Both you and Quinn are free" in world.reads("rita")
        await world.press("rita", "leave_time", titled="Leave it Tue 09:00")
        assert "Both you and Quinn are free" not in world.reads("rita")
        assert "Another time" in world.reads("rita"), "it may be asked for again"
        await world.press("rita", "accept") if state == "offered" else None
    assert "proposed" not in await world.timeline(offered)


async def test_a_time_that_was_moved_again_is_not_said_to_be_the_one_the_prospect_found(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    await full(world, "rita")
    page = page_of(world)
    await press(browser, page, act="look")
    await world.work()
    [first, *_] = TIMES.findall(await seen(browser, page))
    await press(browser, page, act="move", start=first)
    await world.work()
    new = await rep_of(world, accepted)
    assert "moved it to a time of" in world.reads("quinn")
    for who in ("quinn", new):
        assert "✓ Ines Prado chose this time." in world.reads(who)

    later = datetime.fromisoformat(first) + timedelta(days=7)
    world.box.outlook.move("quinn", SUBJECT, later)
    await world.work()
    assert "moved it to a time of" not in world.reads("quinn") + world.reads(new)


async def rep_of(world: World, id: UUID) -> str:
    return str((await names(world, id))["rep"])


@pytest.mark.parametrize("near", [False, True], ids=["in time", "no time is left"])
async def test_a_reply_is_not_due_after_the_meeting_that_it_is_about(
    world: World, accepted: UUID, *, near: bool
) -> None:
    owed = (await world.case(accepted)).handoff.owed(Promise.REPLY)
    assert owed
    start = owed.due_at - timedelta(minutes=20)
    if near:
        world.clock.set(start - timedelta(minutes=10))
    world.box.outlook.move("quinn", SUBJECT, start)
    await world.work()

    handoff = (await world.case(accepted)).handoff
    assert handoff.meeting
    assert handoff.meeting.span.start == start
    owed = handoff.owed(Promise.REPLY)
    if near:
        assert owed is None
        assert "You answer it by" not in world.reads("rita")
    else:
        assert owed
        assert owed.due_at <= start
        world.box.outlook.move("quinn", SUBJECT, start + timedelta(days=3))
        await world.work()
        later = (await world.case(accepted)).handoff.owed(Promise.REPLY)
        assert later
        assert later.due_at > owed.due_at, "there is time again"
        assert not later.brought_forward
    late = await world.rows("select 1 from commitment where ending in ('late', 'missed')")
    assert late == []


async def test_what_is_red_is_on_the_list_of_whoever_owes_nothing_in_it(
    world: World, accepted: UUID
) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.until(meeting.span.start - timedelta(hours=1))
    assert world.reads("quinn").startswith("INES PRADO HAS NOT ANSWERED")

    said = await world.say("quinn", "mine")
    words = "\n".join(said.texts())
    assert "Nothing is waiting for you" not in words
    assert "1 to look at" in words
    assert "Ines Prado has not answered · no. 1" in words
    assert "Handed over" not in words, "once is enough"
    before = world.cards("quinn")
    await world.press("quinn", "show", said)
    assert world.cards("quinn") == before + 1
    await world.press("quinn", "confirm")
    await world.press("rita", "replied_otherwise")
    assert "to look at" not in "\n".join((await world.say("quinn", "mine")).texts())


async def test_a_confirmation_is_signed_by_whoever_it_comes_from(
    world: World, accepted: UUID
) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.until(meeting.span.start - timedelta(hours=1))
    assert await world.opens("quinn", "confirm")
    assert "Quinn Avery, Halden Systems" in world.reads("quinn")
    await world.press("quinn", "confirm")
    assert "Best regards<br>Quinn Avery, Halden Systems" in world.mails()[-1].body.content


async def test_the_timeline_calls_a_correction_what_its_button_calls_it(
    world: World, offered: UUID
) -> None:
    await world.press("quinn", "fix_brief", needs="Tracking for 4 sites")
    told = "\n".join((await world.say("quinn", "why 1")).texts())
    assert "Quinn Avery corrected the brief: What they need" in told
    await world.press("rita", "send_back", reason="brief")
    assert "Correct and send again" in world.reads("quinn")
    await world.press("quinn", "fix_brief", needs="Tracking for 5 sites")
    told = "\n".join((await world.say("quinn", "why 1")).texts())
    assert "Quinn Avery corrected the brief and sent it again: What they need" in told


async def test_a_corrected_address_may_not_be_one_of_our_own(world: World, accepted: UUID) -> None:
    for mail, said in (
        ("nobody.known@HALDEN.example", "halden.example is ours, so that is no prospect's"),
        (world.box.person("ravi").mail, "Ravi Patel works here."),
    ):
        answer = await world.click("quinn", "fix_brief", contact_email=mail)
        assert said in "\n".join(answer.texts())
    await world.work()
    assert (await world.case(accepted)).handoff.lead.contact_email == INES


async def test_whatever_keeps_a_rep_away_a_colleague_is_asked_and_then_it_is_the_qualifiers(
    world: World, accepted: UUID
) -> None:
    """By one choice of four of their own, apart from what may be wrong with a lead."""
    own = ["Ill", "Something came up", "Double-booked", "On leave"]
    assert await world.opens("rita", "cannot", titled=own[0])
    assert [one.title for one in world.newest("rita").actions() if one.verb == "cannot"] == own
    for why in own[1:]:
        who = await rep_of(world, accepted)
        await world.press(who, "cannot", titled=why)
        if await world.state(accepted) == "offered":
            await world.press(await rep_of(world, accepted), "accept")
            assert "It is off your list" in world.reads(who)
    assert await world.state(accepted) == "sent_back"
    assert f"{who.upper()} CANNOT BE THERE: ON LEAVE" in world.reads("quinn")
    assert await world.rows("select 1 from commitment where ending in ('late', 'missed')") == []
    assert await world.rows("select 1 from routing_given where credited_at is not null") == []


BY_ITSELF = ("prep_booked", "prep_moved")


async def test_all_that_a_qualifier_may_change_is_in_one_place_and_says_what_outlook_sends(
    world: World, accepted: UUID
) -> None:
    assert "no. 1" in world.reads("quinn")
    assert await world.opens("quinn", "look_for_other_times")
    assert [one.title for one in world.newest("quinn").actions() if one.title != "Back"] == [
        "Move it",
        "Correct the brief or an address",
        "Give to a colleague",
        "Call it off",
    ]
    await world.press("quinn", "look_for_other_times")
    sends = "Outlook sends Ines Prado, Rita and whoever else is invited one update"
    assert f"{sends} with the new time." in world.reads("quinn")
    before = len(await world.timeline(accepted))
    await world.press("quinn", "move_to")
    said = (await world.timeline(accepted))[before:]
    assert [one for one in said if one not in BY_ITSELF] == ["moved"], "one line"
    await world.press("rita", "accept")
    before = len(await world.timeline(accepted))
    await world.press("quinn", "fix_brief", needs="Tracking for 4 sites")
    said = (await world.timeline(accepted))[before:]
    assert [one for one in said if one not in BY_ITSELF] == ["mended"]
    told = "\n".join((await world.say("quinn", "why 1")).texts())
    assert "A meeting that is moved is answered anew" in told
    assert "in Outlook is answered" not in told, "it was moved on a card"
    assert "Until a meeting begins, its brief is corrected" in told
    assert "A lead that was sent back is" not in told


async def test_what_the_customer_will_read_is_marked_and_stands_there_before_it_is_booked(
    world: World,
) -> None:
    await world.install("quinn", "rita")
    form = await world.form()
    labels = [str(one.get("label")) for action in form.actions() for one in action.inputs]
    marked = [one.partition(" (")[0] for one in labels if "the customer reads this" in one]
    assert set(marked) == {"What they need", "What they want to see"}, labels
    await world.brief()
    words = world.reads("quinn")
    assert words.index("What Ines Prado gets from you") < words.index("Hello Ines Prado")
    assert "You meet " in words
    assert "The introduction, a mail with " in words
    assert "customs tracking" in words


async def test_what_rules_send_is_on_the_cards_of_those_concerned(
    world: World, offered: UUID
) -> None:
    """Nobody has answered, and it goes to the next by the policy; nobody has clicked anything."""
    await policy(world, ("[routing]\n", "[routing]\nbreach_reassigns = true\nhops = 2\n"))
    id = await world.offer(company="Fabrikam", contact_email="bo@fabrikam.example")
    await world.pass_(hours=5)
    new = await rep_of(world, id)
    assert new != "rita"
    first = world.box.person(new).name.split()[0]
    said = "is introduced once {yes} said yes; until then the invitation names Rita."
    assert said.format(yes=f"{first} has") in world.reads("quinn")
    assert "Outlook may have told bo" not in world.reads("quinn"), "by name, as people are called"
    assert "may have told Ines Prado already that the guests are others." in world.reads("quinn")
    person = (await world.case(id)).person(world.box.person(new).id)
    await world.until(person.hours.next_at_work(world.clock()))
    assert said.format(yes="you have") in world.reads(new)
    await world.press(new, "accept")
    named = f"and the invitation names {first}."
    assert named in world.reads("quinn")
    told = [one for one in world.invitations("bo@fabrikam.example") if first in one.body.content]
    assert [one.kind for one in told] == [LetterKind.UPDATE], "once they have said yes"


async def test_what_a_rep_wrote_is_not_said_to_be_the_prospects_word(
    world: World, offered: UUID
) -> None:
    await world.press("rita", "send_back", reason="brief")
    await world.press("rita", "add_note", note="They have no budget.")
    world.box.outside.respond(INES, "decline")
    await world.work()

    assert "INES PRADO SAID NO" in world.reads("quinn")
    assert "They have no budget" not in world.reads("quinn"), "Ines has not written that"


@pytest.mark.parametrize("whose", ["their own", "a leaver's"])
async def test_who_cancels_in_outlook_what_is_their_own_does_not_read_it_as_news(
    world: World, accepted: UUID, whose: str
) -> None:
    if whose == "a leaver's":
        await leaves(world, "quinn")
    who = str((await names(world, accepted))["qualifier"])
    assert (who == "quinn") == (whose == "their own")
    await world.install(who)
    world.box.outlook.cancel("quinn", SUBJECT)
    await world.work()

    said = "YOU CALLED THE MEETING OFF" if who == "quinn" else "THE MEETING WAS CANCELLED"
    assert world.reads(who).startswith(said)


async def test_what_is_to_be_prepared_is_due_with_its_meeting_from_the_first(
    world: World, accepted: UUID
) -> None:
    for moved in (False, True):
        if moved:
            await world.press("quinn", "look_for_other_times")
            await world.press("quinn", "move_to")
        listed = "\n".join((await world.say("rita", "mine")).texts())
        [due] = re.findall(r"Prepare, by .*", listed)
        assert "first due" not in due


async def test_who_declines_in_outlook_to_stand_in_owes_no_reason_and_the_next_is_asked(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "cannot", titled="Ill")
    first = await rep_of(world, accepted)
    [second] = {"ravi", "rosa"} - {first}
    await world.pass_(minutes=2)
    world.answers(first, "decline")
    await world.work()

    assert await rep_of(world, accepted) == second
    case = await world.case(accepted)
    assert case.handoff.owed(Promise.REASON) is None
    assert f"OFFERED TO {second.upper()}" in world.reads(first)
    assert "CAN YOU STAND IN FOR RITA?" in world.reads(second)
    assert "declined" not in await world.timeline(accepted), "a plain no, as by the button"
    who = world.box.person(first).id
    assert [c.ending for c in case.handoff.commitments if c.who == who] == ["kept"]


async def test_who_has_said_yes_to_standing_in_has_the_meeting_like_any_other_rep(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "cannot", titled="Ill")
    new = await rep_of(world, accepted)
    await world.press(new, "accept")
    await world.press("quinn", "look_for_other_times")
    await world.press("quinn", "move_to")
    assert await world.state(accepted) == "offered"
    assert "I cannot take it" not in world.reads(new), "it was asked before the yes"
    forged = {"handoff": str(accepted), "reason": NO_STAND_IN}
    await world.box.teams.execute(new, world.newest(new), "cannot", forged)
    await world.work()
    assert await world.state(accepted) == "offered"


async def test_who_gave_more_time_and_whether_somebody_is_at_work_is_said_as_it_is(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "send_back", reason="brief")
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.until(MONDAY + timedelta(hours=8, minutes=5))
    await world.until(MONDAY + timedelta(hours=22))
    assert "Quinn has the card, and is at work from Tue 09:00." in world.reads("mara")
    await world.until(meeting.span.end + timedelta(minutes=30))
    await world.sweep()
    await world.press("mara", "talk")
    assert "You gave Quinn until" in world.reads("mara")
    assert "Mara Lind gave Quinn until" in world.reads("helen")


async def test_of_whoever_has_a_lead_for_the_first_time_it_is_not_said_that_they_have_it_again(
    world: World, accepted: UUID
) -> None:
    await world.install("priya")
    await world.press("rita", "send_back", reason="brief")
    await world.press("quinn", "give_lead", to=world.box.person("priya").id)
    assert "Priya Nair has it now." in world.reads("rita")


async def test_an_address_in_capitals_is_the_one_that_is_known(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "fix_brief", contact_email="prado@contoso.example")
    sent = len(world.invitations("prado@contoso.example"))
    await world.press(
        "quinn", "fix_brief", contact_email="PRADO@contoso.example", needs="Four sites"
    )
    assert "to prado@contoso.example." in world.reads("rita")
    assert "PRADO@" not in world.reads("quinn")
    assert len(world.invitations("prado@contoso.example")) == sent + 1, (
        "the same one, with the brief"
    )


async def test_whoever_chose_the_time_chose_it_also_when_somebody_else_meets_them(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    chosen = await moved_by_the_prospect(world, browser)
    await world.press("rita", "accept")
    await world.press("rita", "cannot", titled="Ill")
    new = await rep_of(world, accepted)
    assert new != "rita"
    for who in ("quinn", new):
        assert "✓ Ines Prado chose this time." in world.reads(who)
    await world.press(new, "accept")
    await world.until(chosen - timedelta(minutes=30))
    assert "prospect_silent" not in await world.timeline(accepted)


async def test_once_its_time_is_over_nobody_is_said_to_be_free_then_nor_that_it_was_cancelled(
    world: World,
) -> None:
    world.box.outlook.create("rita", "Fair", MONDAY, MONDAY + timedelta(hours=25))
    accepted = await world.accepted()
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    await world.press("rita", "send_back", reason="brief")
    await world.until(MONDAY + timedelta(hours=8, minutes=5))
    await world.until(meeting.span.start - timedelta(hours=1))
    assert "Give to R" in str(world.newest("mara").card)
    await world.until(meeting.span.start + timedelta(minutes=40))
    await world.sweep()
    for who in ("mara", "quinn"):
        assert "Give to R" not in str(world.newest(who).card), "nobody is free then any more"
    assert "Free at the same time" not in str(world.newest("quinn").card)

    data = {"handoff": str(accepted), "rep": world.box.person("rosa").id}
    data["meets"] = meeting.span.start.isoformat()
    await world.box.teams.execute("quinn", world.newest("quinn"), "give_to", data)
    await world.work()
    assert "THE TIME IS OVER: CHOOSE ANOTHER" in world.reads("quinn")
    assert "cancelled" not in world.reads("rita").lower()


async def test_what_a_qualifier_decides_while_the_prospect_is_silent_stands_in_the_heading(
    world: World, accepted: UUID
) -> None:
    await world.until(world.clock() + timedelta(hours=3))
    assert world.reads("rita").startswith("INES PRADO HAS NOT ANSWERED")
    await world.press("rita", "another_time")
    await world.press("rita", "propose", titled="Tue 3 Mar 12:00")
    await world.press("quinn", "keep_time")

    assert world.reads("rita").startswith("ACCEPTED · QUINN KEEPS TUE 09:00")
    assert "has not answered the invitation" in world.reads("rita")
