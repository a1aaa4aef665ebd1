"""Outlook will not have what somebody wants, for good, or can be told of it only once it is too
late: whoever asked for it and whoever answers for the meeting read what has not happened and what
to do, and the time on their cards is the one that Outlook has.
"""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from aiohttp import ClientSession

from handoff.effects import Show
from handoff.model import Commitment
from handoff.policy import Promise
from sandbox.company import Mailbox
from tests.journeys.test_prospect_moves import TIMES, full, page_of, press, seen
from tests.world import INES, SUBJECT, World

TODAY = "2026-03-02T15:00:00+00:00"  # 16:00 where the rep is, behind *More times…*


@pytest.fixture
async def browser() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def for_good(world: World) -> None:
    """Every job that has been refused has been so often enough for it to be no hitch."""
    await world.run(
        "update procrastinate_jobs set attempts = 7, scheduled_at = null where status = 'todo'"
    )
    await world.work()


async def nobody_was_late(world: World) -> None:
    late = "select what, who, due_at, kind from commitment where ending in ('late', 'missed')"
    assert await world.rows(late) == []


async def chooses_another_while_outlook_is_away(
    world: World, browser: ClientSession, page: str
) -> None:
    """The prospect takes the first time that their page offers."""
    await press(browser, page, act="look")
    await world.work()
    [first, *_] = TIMES.findall(await seen(browser, page))
    world.box.faults.graph_down()
    await press(browser, page, act="move", start=first)


async def begins(world: World, id: UUID) -> datetime:
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    return meeting.span.start


@pytest.mark.parametrize("asks", ["qualifier", "rep", "prospect"])
async def test_a_time_that_outlook_will_not_have_is_on_nobodys_card(
    world: World, accepted: UUID, asks: str, browser: ClientSession
) -> None:
    before = await begins(world, accepted)
    page = page_of(world)
    if asks == "rep":
        await world.press("rita", "another_time")
        await world.press("rita", "propose", titled="Tue 3 Mar 12:00")
    elif asks == "qualifier":
        await world.press("quinn", "look_for_other_times")
    else:
        await press(browser, page, act="look")
        await world.work()
        [first, *_] = TIMES.findall(await seen(browser, page))
    world.box.set_mailbox("quinn", Mailbox.DENIED)
    if asks == "rep":
        await world.click("quinn", "move_meeting")
    elif asks == "qualifier":
        await world.click("quinn", "move_to", titled="Tue 3 Mar 12:00")
    else:
        await press(browser, page, act="move", start=first)
    await world.work()
    assert await begins(world, accepted) != before, "a permission that lacks for a moment"

    await for_good(world)

    assert await begins(world, accepted) == before == world.box.outlook.event("rita", SUBJECT).start
    assert "not_moved" in await world.timeline(accepted)
    assert "it is still **Tue 09:00**" in world.reads("quinn")
    assert "If Ines Prado counts on the other time, please tell them" in world.reads("quinn")
    assert "Quinn has been told too" in world.reads("rita")
    if asks == "rep":  # who would rather have another time than this
        assert world.reads("rita").startswith("NOT MOVED: IT IS STILL TUE 09:00. CAN YOU?")
        assert world.reads("quinn").startswith("NOT MOVED: IT IS STILL TUE 09:00")
        await world.press("rita", "accept")
    assert await world.state(accepted) == "accepted", "their yes to that time stands"
    assert "NOT MOVED, STILL TUE 09:00" in world.reads("rita")
    yes = 2 if asks == "rep" else 1
    assert (await world.timeline(accepted)).count("accepted") == yes, "said once, it is told once"
    assert [letter.kind for letter in world.invitations()] == ["invitation"]
    assert "Tuesday 3 March, 08:00" in await seen(browser, page)
    case = await world.case(accepted)
    ended = {c.ending.value for c in case.handoff.commitments if c.ending}
    assert ended <= {"kept", "released"}


async def test_a_time_that_is_over_before_outlook_is_back_is_none(
    world: World, accepted: UUID
) -> None:
    """It was to be earlier: the meeting is when it was."""
    before = await begins(world, accepted)
    await world.press("quinn", "look_for_other_times")
    world.box.faults.graph_down()
    await world.press("quinn", "move_to", start=TODAY)
    new = await begins(world, accepted)
    assert new < before
    await world.until(new + timedelta(minutes=2))
    assert "unanswered" not in await world.timeline(accepted), "nobody was asked to be there"

    world.box.faults.clear()
    await for_good(world)

    assert await begins(world, accepted) == before == world.box.outlook.event("rita", SUBJECT).start
    assert "NOT MOVED" in world.reads("quinn")
    assert await world.state(accepted) == "accepted"


async def test_a_reply_is_due_before_the_time_on_the_card_and_nobody_is_late_for_one_that_never_was(
    world: World, accepted: UUID
) -> None:
    before = await owed(world, accepted)
    said_first = [says_by_when(world, who) for who in ("rita", "quinn")]
    await world.press("rita", "another_time")
    await world.press("rita", "propose", titled="Mon 2 Mar 16:00")
    world.box.set_mailbox("quinn", Mailbox.DENIED)
    await world.click("quinn", "move_meeting")
    await world.work()
    new = await begins(world, accepted)
    early = await owed(world, accepted)
    assert early.due_at == new < before.due_at
    for who, does in (("rita", "You answer"), ("quinn", "Rita answers")):
        said = f"{does} it by **Mon 16:00** (the beginning of the meeting, at the latest"
        assert says_by_when(world, who).startswith(said)

    await world.until(new + timedelta(minutes=2))
    waiting = await owed(world, accepted)
    assert waiting.missed_at is None, "Outlook has yet to take that time"
    await for_good(world)

    again = await owed(world, accepted)
    assert again.due_at == before.due_at
    assert again.open
    assert [says_by_when(world, who) for who in ("rita", "quinn")] == said_first
    await nobody_was_late(world)


async def test_while_outlook_has_not_taken_a_new_time_nobody_is_late_and_both_read_what_stands(
    world: World, accepted: UUID
) -> None:
    """The prospect has the time of before, and Outlook is away until it is over."""
    await world.press("rita", "replied_otherwise")
    await world.press("quinn", "look_for_other_times")
    world.box.faults.graph_down()
    await world.press("quinn", "move_to", titled="Tue 3 Mar 12:00")
    for who in ("rita", "quinn"):
        assert "Outlook has not taken" not in world.reads(who), "it takes a moment"
    cards = {who: world.cards(who) for who in ("rita", "quinn")}
    await world.until(world.clock() + timedelta(minutes=31))

    waits = "Outlook has not taken the new time yet: Ines Prado still has **Tue 09:00**"
    for who in ("rita", "quinn"):
        assert world.reads(who).startswith("OUTLOOK IS NOT ANSWERING JUST NOW")
        assert waits in world.reads(who)
        assert world.cards(who) == cards[who] + 1, "as a new card, once"
    assert "please call them" in world.reads("quinn")

    await world.until(begins_first(world) + timedelta(minutes=10))
    assert "Ines Prado had **Tue 09:00**, and has heard of no other" in world.reads("quinn")
    assert "overdue" not in await world.timeline(accepted)
    asked = (await world.case(accepted)).handoff.owed(Promise.ANSWER)
    assert asked
    assert asked.due_at > world.clock(), "nobody is late with what was not asked for"

    world.box.faults.clear()
    back = world.clock()
    await for_good(world)
    assert world.reads("rita").startswith("MOVED TO TUE 12:00. DOES IT SUIT?")
    for who in ("rita", "quinn"):
        assert "Outlook has not taken" not in world.reads(who)
    asked = (await world.case(accepted)).handoff.owed(Promise.ANSWER)
    assert asked
    assert asked.since >= back, "the rep has their hours from now on"
    await world.press("rita", "accept")
    assert await world.state(accepted) == "accepted"
    await nobody_was_late(world)


def begins_first(world: World) -> datetime:
    return world.box.outlook.event("rita", SUBJECT).start


async def test_a_rep_who_says_yes_meanwhile_is_waited_for_by_nobody(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "look_for_other_times")
    world.box.faults.graph_down()
    await world.press("quinn", "move_to", titled="Tue 3 Mar 12:00")
    await world.press("rita", "accept")
    await world.until(world.clock() + timedelta(hours=5))

    assert "Answer due by" not in world.reads("quinn")
    assert "Ines Prado still has **Tue 09:00**" in world.reads("quinn")
    assert "Ines Prado still has **Tue 09:00**" in world.reads("rita")


async def test_a_prospect_whose_new_time_outlook_has_not_taken_reads_so_on_their_page(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    page = page_of(world)
    await chooses_another_while_outlook_is_away(world, browser, page)
    await world.until(world.clock() + timedelta(minutes=31))

    assert "Our calendar does not answer just now" in await seen(browser, page)
    assert "Ines Prado knows it, and still has **Tue 09:00** in the calendar" in world.reads("rita")


def says_by_when(world: World, who: str) -> str:
    found = re.search(r"\S+ answers? it by .*", world.reads(who))
    assert found
    return found[0]


async def owed(world: World, id: UUID) -> Commitment:
    found = (await world.case(id)).handoff.owed(Promise.REPLY)
    assert found
    return found


async def test_once_outlook_is_back_too_late_all_is_as_it_was_before_the_move(
    world: World, accepted: UUID
) -> None:
    """The yes, the time to prepare and what is owed of the introduction; and nothing waits on."""
    said = re.search(r"You said yes on [^.]*", world.reads("rita"))
    assert said
    reply = await owed(world, accepted)
    await world.press("quinn", "look_for_other_times")
    world.box.faults.graph_down()
    await world.press("quinn", "move_to", start=TODAY)
    await world.press("rita", "accept")
    await world.until(await begins(world, accepted) + timedelta(minutes=2))
    world.box.faults.clear()
    await for_good(world)

    assert world.reads("rita").startswith("ACCEPTED · NOT MOVED, STILL TUE 09:00")
    assert said[0] in world.reads("rita")
    assert "No time to prepare" not in world.reads("rita")
    case = await world.case(accepted)
    prep = case.handoff.owed(Promise.PREPARE)
    assert prep
    assert prep.event
    assert (await owed(world, accepted)).due_at == reply.due_at
    for who in ("rita", "quinn"):
        assert "NOT ANSWERING" not in world.reads(who)
    await nobody_was_late(world)


async def test_who_cannot_be_there_meanwhile_leaves_the_prospect_with_the_time_they_have(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "look_for_other_times")
    world.box.faults.graph_down()
    await world.press("quinn", "move_to", titled="Tue 3 Mar 12:00")
    await world.click("rita", "cannot", titled="Ill")
    await world.work()

    assert "Ines Prado still expects Tue 3 Mar, 09:00" in world.reads("quinn")
    assert "Outlook takes it out of your calendar" in world.reads("rita")


async def test_both_times_are_over_and_it_is_the_qualifiers_to_look_for_another(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "look_for_other_times")
    world.box.faults.graph_down()
    await world.press("quinn", "move_to", titled="Tue 3 Mar 12:00")
    new = await begins(world, accepted)
    await world.until(new + timedelta(minutes=2))
    world.box.faults.clear()
    await for_good(world)

    assert await world.state(accepted) == "sent_back"
    assert world.reads("quinn").startswith("YOURS AGAIN: IT WAS NOT MOVED IN TIME")
    assert world.reads("rita").startswith("IT WAS NOT MOVED IN TIME")
    assert [letter.kind for letter in world.invitations()] == ["invitation"]


async def test_what_outlook_will_not_change_is_said_until_it_has(
    world: World, accepted: UUID
) -> None:
    world.box.set_mailbox("quinn", Mailbox.DENIED)
    await world.press("quinn", "fix_brief", needs="Tracking for 4 sites")
    await for_good(world)
    assert world.reads("quinn").startswith("NOT CHANGED IN OUTLOOK · ACCEPTED")
    assert "NOT CHANGED" not in world.reads("rita")

    world.box.set_mailbox("quinn", Mailbox.OPEN)
    await world.press("quinn", "fix_brief", needs="Tracking for 5 sites")

    assert "NOT CHANGED" not in world.reads("quinn")
    assert [letter.kind for letter in world.invitations(INES)] == ["invitation", "update"]


async def test_what_stays_in_a_reps_calendar_is_theirs_to_take_out(
    world: World, accepted: UUID
) -> None:
    world.box.set_mailbox("rita", Mailbox.DENIED)
    await world.press("rita", "send_back", reason="brief")
    await for_good(world)

    assert world.reads("rita").startswith("STILL IN YOUR CALENDAR")
    assert "Outlook takes it out" not in world.reads("rita"), "it would not"
    assert "STILL IN" not in world.reads("quinn")
    await world.press("rita", "seen_to")
    assert "STILL IN" not in world.reads("rita")


async def test_a_calendar_that_stays_closed_to_a_next_step_keeps_nothing_else_waiting(
    world: World, accepted: UUID
) -> None:
    world.box.set_mailbox("rita", Mailbox.DENIED)
    await world.press("rita", "follow_up", titled="Call in 2 days")
    await for_good(world)
    left = "select task_name from procrastinate_jobs where status = 'todo' and lock is not null"
    assert ("book_follow_up",) not in await world.rows(left)

    await world.pass_(minutes=31)
    await for_good(world)
    assert "Outlook is not answering just now" in world.reads("rita")
    world.box.set_mailbox("rita", Mailbox.OPEN)
    await world.pass_(minutes=31)
    await for_good(world)
    assert "follow_up_booked" in await world.timeline(accepted)


async def test_a_next_step_is_not_put_where_the_day_is_over(world: World, accepted: UUID) -> None:
    world.box.faults.graph_down()
    await world.press("rita", "follow_up", titled="Call in 2 days")
    await world.pass_(days=4)
    world.box.faults.clear()
    await for_good(world)

    call = (await world.case(accepted)).handoff.owed(Promise.FOLLOW_UP)
    assert call
    assert call.span
    assert call.span.start > world.clock() - timedelta(minutes=1)


async def test_a_colleague_who_cannot_be_invited_leaves_the_time_where_outlook_has_it(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    before, page = await begins(world, accepted), page_of(world)
    await full(world, "rita", "rosa")
    await press(browser, page, act="look")
    await world.work()
    [chosen, *_] = TIMES.findall(await seen(browser, page))
    world.box.set_mailbox("quinn", Mailbox.DENIED)
    await press(browser, page, act="move", start=chosen)
    await world.work()

    assert await world.state(accepted) == "sent_back"
    assert await begins(world, accepted) == before == world.box.outlook.event("rita", SUBJECT).start
    assert world.reads("quinn").startswith("YOURS AGAIN: RAVI HAS NO INVITATION")


async def test_nobody_is_invited_to_a_time_that_is_over(world: World) -> None:
    """Outlook was away, and is back before the clock looks."""
    await world.brief(f"rep:{world.box.person('rita').id}")
    world.box.faults.graph_down()
    await world.press("quinn", "book")
    id = await world.newest_handoff()
    world.clock.set(await begins(world, id) + timedelta(minutes=1))
    world.box.faults.clear()
    await for_good(world)

    assert await world.state(id) == "qualified"
    assert world.invitations() == []
    assert "the meeting's time has passed" in world.reads("quinn")


@pytest.mark.parametrize("asks", ["qualifier", "rep", "ill"])
async def test_whose_own_calendar_cannot_be_reached_keeps_nobody_from_hearing(
    world: World, accepted: UUID, asks: str
) -> None:
    """The time to prepare is in the rep's own; the meeting, in its organizer's."""
    if asks == "qualifier":
        await world.press("quinn", "look_for_other_times")
    elif asks == "rep":
        await world.press("rita", "another_time")
        await world.press("rita", "propose", titled="Tue 3 Mar 12:00")
    world.box.faults.graph_status(503, "serviceNotAvailable", person="rita", times=None)
    if asks == "qualifier":
        await world.press("quinn", "move_to", titled="Tue 3 Mar 12:00")
    elif asks == "rep":
        await world.press("quinn", "move_meeting")
    else:
        await world.press("rita", "cannot", titled="Ill")

    assert world.invitations()[-1].kind == "update"


async def test_nobody_has_missed_a_time_that_was_over_before_outlook_knew_of_it(
    world: World, accepted: UUID
) -> None:
    """Nor has the prospect said nothing, whose yes Outlook has had all the time."""
    world.box.outside.respond(INES, "accept")
    await world.work()
    await world.press("quinn", "look_for_other_times")
    world.box.faults.graph_down()
    others = (await world.case(accepted)).handoff.others
    assert others
    await world.press("quinn", "move_to", start=others[-1].isoformat())
    await world.until(await begins(world, accepted) + timedelta(minutes=2))
    world.box.faults.clear()
    await for_good(world)
    await world.until(world.clock() + timedelta(hours=4))

    ended = await world.rows("select what, ending from commitment where ending is not null")
    assert ("answer", "missed") not in ended
    assert await world.rows("select 1 from fact where what = 'missed'") == []
    assert "HAS NOT ANSWERED" not in world.reads("quinn")
    assert "prospect_silent" not in await world.timeline(accepted)


async def test_a_time_that_the_prospect_chose_is_waited_for_by_nobody(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    page = page_of(world)
    await chooses_another_while_outlook_is_away(world, browser, page)
    await world.until(await begins(world, accepted) + timedelta(minutes=2))

    assert "unanswered" in await world.timeline(accepted)
    assert "NO ANSWER BEFORE IT BEGAN" in world.reads("quinn")


async def test_a_look_at_outlook_takes_no_reminder_with_it(world: World, accepted: UUID) -> None:
    """The sweep comes late, and finds both."""
    await world.press("quinn", "look_for_other_times")
    others = (await world.case(accepted)).handoff.others
    assert others
    await world.press("quinn", "move_to", start=others[-1].isoformat())
    asked = (await world.case(accepted)).handoff.owed(Promise.ANSWER)
    assert asked
    world.clock.set(asked.due_at + timedelta(minutes=4))
    await world.until(world.clock() + timedelta(minutes=1))

    assert "overdue" in await world.timeline(accepted)


async def test_who_stands_in_at_a_time_that_outlook_has_not_taken_is_no_secret(
    world: World, accepted: UUID
) -> None:
    await world.press("quinn", "look_for_other_times")
    world.box.faults.graph_status(503, "serviceNotAvailable", method="PATCH", times=None)
    await world.press("quinn", "move_to", titled="Tue 3 Mar 12:00")
    await world.press("rita", "cannot", titled="Ill")

    assert await world.state(accepted) == "booking"
    assert "Ines Prado still has **Tue 09:00**" in world.reads("quinn")


async def test_a_yes_stands_however_often_a_meeting_was_moved_that_outlook_did_not_move(
    world: World, accepted: UUID
) -> None:
    world.box.faults.graph_status(503, "serviceNotAvailable", method="PATCH", times=None)
    for when in ("Tue 3 Mar 12:00", "Tue 3 Mar 12:30"):
        await world.press("quinn", "look_for_other_times")
        await world.press("quinn", "move_to", titled=when)
        world.clock.forward(timedelta(minutes=1))
    world.box.faults.clear()
    world.box.set_mailbox("quinn", Mailbox.DENIED)
    await for_good(world)

    assert await world.state(accepted) == "accepted"


async def test_moved_back_while_outlook_is_away_nobody_is_late_and_who_is_asked_knows_why(
    world: World,
) -> None:
    """Rita has not answered; then Outlook refuses, so it is where it was all the time."""
    id = await world.offer()
    first = await begins(world, id)
    world.box.faults.graph_status(503, "serviceNotAvailable", method="PATCH", times=None)
    await move(world, 1)
    await world.press("quinn", "look_for_other_times")
    # Quinn has deleted what Outlook has there, or the time would not be offered.
    await world.run("update handoff set others = array[%s]", first)
    await redrawn(world, id)
    await world.press("quinn", "move_to", start=first.isoformat())
    handoff = (await world.case(id)).handoff
    assert (handoff.hangs, handoff.untold) == (True, False)
    asked = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert asked
    await world.until(asked.due_at + timedelta(minutes=1))
    for who in ("rita", "quinn"):
        assert "OUTLOOK IS NOT ANSWERING JUST NOW" in world.reads(who).upper()
        assert "SINCE" not in world.reads(who).splitlines()[0]
    world.clock.forward(timedelta(minutes=25))
    world.box.faults.clear()
    world.box.set_mailbox("quinn", Mailbox.DENIED)
    await for_good(world)
    answer = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert answer
    assert answer.since == world.clock(), "her hours begin now"
    await world.pass_(minutes=5)
    await nobody_was_late(world)


async def test_a_yes_is_to_the_time_that_it_was_said_to(world: World, accepted: UUID) -> None:
    """It was moved once, which Outlook took, and once more, which it refuses: Rita, who has not
    answered the first, is asked about that, and has not said yes to it.
    """
    await move(world, 1)
    taken = (await world.case(accepted)).handoff.meeting
    assert taken
    assert taken.was is None
    world.clock.forward(timedelta(minutes=20))
    await moves_and_is_refused(world)

    handoff = (await world.case(accepted)).handoff
    assert handoff.meeting
    assert handoff.meeting.span == taken.span
    assert await world.state(accepted) == "offered"
    assert handoff.owed(Promise.ANSWER, handoff.rep)
    assert "You said yes" not in world.reads("rita")


@pytest.mark.parametrize("who", ["the qualifier", "the organizer, in Outlook"])
async def test_a_yes_is_no_yes_to_the_same_time_once_outlook_has_had_another(
    world: World, accepted: UUID, who: str
) -> None:
    """Moved away, which Outlook took, and back; Rita, who has not answered since, may have filled
    that time. Then Outlook refuses a third move.
    """
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    first = meeting.span
    if who == "the qualifier":
        await move(world, 1)
        world.clock.forward(timedelta(minutes=20))
        await world.press("quinn", "look_for_other_times")
        others = (await world.case(accepted)).handoff.others
        assert others
        if first.start not in others:
            await world.run("update handoff set others = array[%s]", first.start)
            await redrawn(world, accepted)
        await world.press("quinn", "move_to", start=first.start.isoformat())
    else:
        for start in (first.start + timedelta(hours=3), first.start):
            world.box.outlook.move("quinn", SUBJECT, start)
            await world.work()
            world.clock.forward(timedelta(minutes=20))
    assert await world.state(accepted) == "offered"
    world.clock.forward(timedelta(minutes=20))
    await moves_and_is_refused(world)

    handoff = (await world.case(accepted)).handoff
    assert handoff.meeting
    assert handoff.meeting.span == first
    assert await world.state(accepted) == "offered"
    assert handoff.owed(Promise.ANSWER, handoff.rep)
    assert "You said yes" not in world.reads("rita")


async def moves_and_is_refused(world: World) -> None:
    world.box.faults.graph_status(
        403, "ErrorAccessDenied", times=None, path="/events", method="PATCH"
    )
    await move(world, 0)
    await for_good(world)


async def redrawn(world: World, id: UUID) -> None:
    await world.app.services.stores.door.follow(Show(world.box.person("quinn").id, id))
    await world.work()


async def move(world: World, which: int) -> None:
    """Quinn moves it to one of the other times."""
    await world.press("quinn", "look_for_other_times")
    others = (await world.case(await world.newest_handoff())).handoff.others
    assert others
    await world.press("quinn", "move_to", start=others[which].isoformat())


async def test_a_no_in_outlook_to_the_time_that_stayed_is_a_no(
    world: World, accepted: UUID
) -> None:
    """Said while Outlook was away, as it was to be moved; then Outlook refuses the move."""
    away = world.box.faults.graph_status(503, "serviceNotAvailable", method="PATCH", times=None)
    await move(world, 1)
    world.clock.forward(timedelta(minutes=3))
    world.answers("rita", "decline")
    await world.work()
    world.clock.forward(timedelta(minutes=3))
    world.box.faults.lift(away)
    world.box.faults.graph_status(403, "ErrorAccessDenied", method="PATCH", times=None)
    await for_good(world)
    await world.pass_(minutes=3)

    assert "that stands" not in world.reads("rita")
    assert await world.state(accepted) == "sent_back"
    assert "RITA" in world.reads("quinn").splitlines()[0]
