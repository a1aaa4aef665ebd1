"""A prospect's address is corrected after the introduction went out: it goes to the new one
as well, once, and nobody is late with the answer to a mail that was not there.
"""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from handoff.letters import unsent_replies
from handoff.model import Ending
from handoff.policy import Promise
from sandbox.faults import AnswerLost, Part
from tests.journeys.test_introducing import read_sent, received
from tests.journeys.test_not_told import begins, for_good, nobody_was_late, owed
from tests.world import INES, World
from tests.world import SUBJECT as MEETING


async def test_an_introduction_to_a_corrected_address_has_its_hours_from_when_it_goes_out(
    world: World, accepted: UUID
) -> None:
    right = "ines.prado@contoso.example"
    first = await owed(world, accepted)
    world.box.faults.graph_down()
    await world.press("quinn", "fix_brief", contact_email=right)
    assert "REPLY BY" not in world.reads("rita"), "there is nothing to answer yet"
    await world.until(first.due_at + timedelta(minutes=30))

    assert "The introduction is being sent" in world.reads("rita")
    assert "overdue" not in await world.timeline(accepted)
    for who in ("rita", "quinn"):
        assert "HAS NOT ANSWERED" not in world.reads(who), "nobody is invited there yet"
    world.box.faults.clear()
    back = world.clock()
    await for_good(world)

    again = await owed(world, accepted)
    assert again.since >= back
    assert again.missed_at is None
    sent = (await world.case(accepted)).handoff.letters[-1].sent_at
    assert sent
    assert again.due_at > sent
    assert "have not answered it by" not in world.reads("rita")


async def test_five_minutes_before_a_corrected_introduction_asks_for_no_answer(
    world: World, accepted: UUID
) -> None:
    await world.until(await begins(world, accepted) - timedelta(minutes=5))
    await world.press("quinn", "fix_brief", contact_email="ines.prado@contoso.example")

    assert (await world.case(accepted)).handoff.owed(Promise.REPLY) is None
    for who in ("rita", "quinn"):
        assert "not answered it by" not in world.reads(who)
        assert "HAS NOT ANSWERED" not in world.reads(who)


async def test_what_was_not_sent_to_a_corrected_address_is_answered_by_nobody(
    world: World, accepted: UUID
) -> None:
    world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="sendMail")
    await world.press("quinn", "fix_brief", contact_email="ines.prado@contoso.example")
    await for_good(world)
    await for_good(world)

    assert "The introduction was not sent" in world.reads("rita")
    assert (await world.case(accepted)).handoff.owed(Promise.REPLY) is None


async def test_a_reply_that_was_missed_is_said_to_be_overdue_once(
    world: World, accepted: UUID
) -> None:
    """Its address is corrected after that: the rep has time for the mail that then goes out."""
    await world.until((await owed(world, accepted)).due_at + timedelta(minutes=1))
    assert (await world.timeline(accepted)).count("overdue") == 1
    await world.press("quinn", "fix_brief", contact_email="ines.prado@contoso.example")
    again = await owed(world, accepted)
    assert again.missed_at is not None
    assert again.due_at > world.clock(), "no answer is due before its mail was there"

    await world.until(again.due_at + timedelta(minutes=1))

    said = await world.timeline(accepted)
    assert said.count("overdue") == 1
    assert "chased" in said


@pytest.mark.parametrize("by_way_of", [[], ["i.prado@contoso.example"]])
async def test_an_address_that_is_put_back_before_a_mail_went_out_has_its_introduction(
    world: World, accepted: UUID, by_way_of: list[str]
) -> None:
    """The one that it had, and no second one is said to have been sent."""
    other = "ines.prado@contoso.example"
    [first] = [one.sent_at for one in (await world.case(accepted)).handoff.letters]
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    await world.press("quinn", "fix_brief", contact_email=other)
    world.clock.forward(timedelta(minutes=40))
    for address in (*by_way_of, INES):
        await world.press("quinn", "fix_brief", contact_email=address)
    world.box.faults.clear()
    await for_good(world)

    letters = (await world.case(accepted)).handoff.letters
    assert [one.sent_at for one in letters if one.sent_at] == [first]
    assert (len(world.mails()), len(world.mails(other))) == (1, 0)
    for who in ("rita", "quinn"):
        assert "Introduction sent Mon 10:00." in world.reads(who)
    assert (await world.timeline(accepted)).count("introduced") == 1
    assert (await owed(world, accepted)).missed_at is None


async def test_an_introduction_to_a_third_address_goes_out_after_one_was_put_back(
    world: World, accepted: UUID
) -> None:
    """A reply was asked for between the two: each letter is its own."""
    third = "i.prado@contoso.example"
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    await world.press("quinn", "fix_brief", contact_email="ines.prado@contoso.example")
    world.clock.forward(timedelta(minutes=5))
    await world.press("rita", "send_reply")
    world.clock.forward(timedelta(minutes=5))
    await world.press("quinn", "fix_brief", contact_email=INES)
    world.box.faults.clear()
    await for_good(world)
    await world.press("quinn", "fix_brief", contact_email=third)
    await for_good(world)

    numbers = [one.n for one in (await world.case(accepted)).handoff.letters]
    assert len(set(numbers)) == len(numbers)
    assert len(world.mails(third)) == 1
    assert "The introduction is being sent." not in world.reads("quinn")


OTHER, THIRD = "ines.prado@contoso.example", "i.prado@contoso.example"


async def loses_the_answer(world: World) -> None:
    """Outlook sends the next mail, says nothing of it, and lets nobody look among what was sent."""
    world.box.faults.add(Part.GRAPH, AnswerLost(after=0.2), path="sendMail", times=1)
    world.box.faults.graph_status(503, "", times=None, path="/messages")


async def outlook_is_back(world: World) -> None:
    world.box.faults.clear()
    for _ in range(2):
        await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        await world.work()
        world.clock.forward(timedelta(minutes=5))


def each_is_its_own(world: World) -> None:
    """No two mails that Quinn has sent have one Message-ID, by which Exchange leaves one out."""
    ids = [one.internet_id for one in world.box.outlook.mail("quinn", "sentitems")]
    assert len(ids) == len(set(ids)) >= 2


async def replies(world: World) -> list[str]:
    """To whom Rita's reply goes, of those whom Outlook has in the prospect's company."""
    await world.press("rita", "send_reply", words="I look forward to it. Rita")
    await outlook_is_back(world)
    everywhere = {mail: world.mails(mail) for mail in (INES, OTHER, THIRD)}
    return [mail for mail, all_ in everywhere.items() if "I look forward to it." in str(all_)]


async def test_of_an_introduction_that_may_have_gone_out_the_next_address_has_its_own(
    world: World, accepted: UUID
) -> None:
    """Corrected twice within a minute; nobody heard that the first of them had gone."""
    world.clock.forward(timedelta(minutes=20))
    await loses_the_answer(world)
    await world.press("quinn", "fix_brief", contact_email=OTHER)
    world.clock.forward(timedelta(seconds=40))
    await world.press("quinn", "fix_brief", contact_email=THIRD)
    await outlook_is_back(world)

    assert len(world.mails(THIRD)) == 1
    each_is_its_own(world)
    assert "Introduction sent" in world.reads("rita")
    assert await replies(world) == [THIRD]


async def test_the_first_introduction_may_have_gone_out_as_the_address_is_corrected(
    world: World,
) -> None:
    await loses_the_answer(world)
    await world.offer()
    world.clock.forward(timedelta(seconds=40))
    await world.press("quinn", "fix_brief", contact_email=THIRD)
    await outlook_is_back(world)

    assert len(world.mails(THIRD)) == 1
    each_is_its_own(world)
    await world.press("rita", "accept")
    assert await replies(world) == [THIRD]


async def test_after_an_address_was_put_back_a_third_has_an_introduction_of_its_own(
    world: World, accepted: UUID
) -> None:
    """One had gone to the second, of which nobody heard, and Outlook hangs for the third."""
    world.clock.forward(timedelta(minutes=20))
    await loses_the_answer(world)
    await world.press("quinn", "fix_brief", contact_email=OTHER)
    world.clock.forward(timedelta(minutes=1))
    await world.press("quinn", "fix_brief", contact_email=INES)
    await outlook_is_back(world)
    world.box.faults.graph_status(503, "", times=1, path="sendMail")
    await world.press("quinn", "fix_brief", contact_email=THIRD)
    await outlook_is_back(world)

    assert len(world.mails(THIRD)) == 1
    each_is_its_own(world)
    assert await replies(world) == [THIRD]


async def corrected_while_away(world: World) -> None:
    """The introduction to the corrected address waits for Outlook, and so does Rita's reply."""
    world.clock.forward(timedelta(minutes=20))
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    world.box.faults.graph_status(503, "", times=None, path="reply")
    await world.opens("rita", "send_reply")
    form = world.newest("rita")
    await world.press("quinn", "fix_brief", contact_email=THIRD)
    await world.press("rita", "send_reply", form, words="I look forward to it. Rita")


async def test_a_reply_that_waits_goes_behind_the_introduction_that_it_answers(
    world: World, accepted: UUID
) -> None:
    """Asked for before the address was corrected, and not sent yet: it is no answer to the old."""
    world.clock.forward(timedelta(minutes=20))
    world.box.faults.graph_status(503, "", times=1, path="reply")
    await world.press("rita", "send_reply", words="I look forward to it. Rita")
    world.box.faults.graph_status(503, "", times=1, path="sendMail")
    await world.press("quinn", "fix_brief", contact_email=THIRD)
    await outlook_is_back(world)

    assert [mail for mail in (INES, THIRD) if "I look forward" in str(world.mails(mail))] == [THIRD]
    reads = world.reads("rita")
    assert "nothing to answer" not in reads
    sent, answered = re.findall(r"(?:sent|answered it) (?:Mon|Tue) ([0-9:]+)", reads)
    assert sent <= answered


async def test_where_the_introduction_is_refused_its_answer_is_owed_by_nobody(
    world: World, accepted: UUID
) -> None:
    await corrected_while_away(world)
    world.box.faults.clear()
    world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="sendMail")
    world.clock.forward(timedelta(minutes=5))
    await for_good(world)
    await for_good(world)

    assert "The introduction was not sent" in world.reads("rita")
    handoff = (await world.case(accepted)).handoff
    assert handoff.owed(Promise.REPLY) is None
    assert unsent_replies(handoff) == [], "what the rep wrote is not kept for ever"
    assert "send_reply" not in world.newest("rita").verbs()
    await world.until(world.clock() + timedelta(hours=10))
    await nobody_was_late(world)


async def test_what_the_rep_wrote_is_there_again_where_outlook_refused_it(
    world: World, accepted: UUID
) -> None:
    world.clock.forward(timedelta(minutes=20))
    fault = world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="reply")
    await world.press("rita", "send_reply", words="I look forward to it. Rita")
    await for_good(world)
    assert "I look forward to it." not in str(world.mails(INES))
    await world.opens("rita", "send_reply")
    assert "I look forward to it." in world.reads("rita")

    world.box.faults.lift(fault)
    await world.press("rita", "send_reply")
    await outlook_is_back(world)
    assert "I look forward to it." in str(world.mails(INES))


async def refuses_the_next(world: World) -> None:
    """Outlook will not send the introduction to the address that the lead is corrected to."""
    world.clock.forward(timedelta(minutes=20))
    refused = world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="sendMail")
    await world.press("quinn", "fix_brief", contact_email=OTHER)
    await for_good(world)
    world.box.faults.lift(refused)
    assert "The introduction was not sent" in world.reads("rita")


async def test_put_back_after_a_refusal_the_introduction_that_went_out_stands(
    world: World, accepted: UUID
) -> None:
    await refuses_the_next(world)
    await world.press("quinn", "fix_brief", contact_email=INES)
    await outlook_is_back(world)

    assert "not sent" not in world.reads("rita").lower() + world.reads("quinn").lower()
    assert await replies(world) == [INES]


async def test_an_address_that_is_corrected_after_a_refusal_has_its_introduction(
    world: World, accepted: UUID
) -> None:
    await refuses_the_next(world)
    await world.press("quinn", "fix_brief", contact_email=THIRD)
    await outlook_is_back(world)

    assert len(world.mails(THIRD)) == 1
    assert await replies(world) == [THIRD]


@pytest.mark.parametrize("back", ["once it has begun", "once it is over"])
async def test_what_waited_until_the_meeting_began_is_said_not_to_have_gone_out(
    world: World, accepted: UUID, back: str
) -> None:
    """Neither the introduction nor the reply to it; and nothing is counted as answered."""
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    world.clock.set(meeting.span.start - timedelta(minutes=60))
    await world.sweep()
    await corrected_while_away(world)
    during, after = meeting.span.start + timedelta(minutes=5), meeting.span.end
    await world.until(during if back == "once it has begun" else after + timedelta(minutes=5))
    world.box.faults.clear()
    await outlook_is_back(world)
    await world.until(after + timedelta(minutes=30))

    kept = "select 1 from commitment where what = 'reply' and ending in ('kept', 'late') and n = %s"
    last = (await world.case(accepted)).handoff.last(Promise.REPLY)
    assert last
    assert await world.rows(kept, last.n) == []
    said = (await world.say("quinn", "why 1")).texts()
    assert "The meeting began before Outlook took it" in str(said)
    assert world.mails(THIRD) == []


async def test_an_answer_to_the_introduction_before_is_not_said_to_be_one_to_the_next(
    world: World, accepted: UUID
) -> None:
    world.clock.forward(timedelta(minutes=20))
    await world.press("rita", "send_reply", words="I look forward to it. Rita")
    await outlook_is_back(world)
    world.clock.forward(timedelta(minutes=20))
    await world.press("quinn", "fix_brief", contact_email=THIRD)
    await outlook_is_back(world)

    for who in ("rita", "quinn"):
        assert f"answered the one to {INES}, Mon 10:" in world.reads(who)
        assert "answered it" not in world.reads(who)


async def test_an_introduction_that_went_out_unheard_is_not_said_to_be_too_late(
    world: World, accepted: UUID
) -> None:
    """Outlook is back once the meeting has begun, and has it among what was sent."""
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    world.clock.set(meeting.span.start - timedelta(minutes=10))
    await world.sweep()
    await loses_the_answer(world)
    await world.press("quinn", "fix_brief", contact_email=THIRD)
    world.clock.set(meeting.span.start + timedelta(minutes=3))
    await outlook_is_back(world)

    assert len(world.mails(THIRD)) == 1
    for who in ("rita", "quinn"):
        assert "not sent" not in world.reads(who).lower()


async def test_a_reply_goes_out_behind_an_introduction_that_was_found_after_the_beginning(
    world: World, accepted: UUID
) -> None:
    start = await begins(world, accepted)
    world.clock.set(start - timedelta(minutes=40))
    await world.sweep()
    await loses_the_answer(world)
    await world.opens("rita", "send_reply")
    form = world.newest("rita")
    await world.press("quinn", "fix_brief", contact_email=THIRD)
    await world.press("rita", "send_reply", form, words="I look forward to it. Rita")
    assert "I look forward" not in str(world.mails(THIRD))

    await world.until(start + timedelta(minutes=3))
    await outlook_is_back(world)

    assert len(world.mails(THIRD)) == 2
    assert "I look forward" in str(world.mails(THIRD))
    assert "nothing to answer" not in world.reads("rita")


async def test_a_reply_that_was_missed_is_not_owed_and_missed_again_once_the_address_is_put_back(
    world: World, accepted: UUID
) -> None:
    await world.until((await owed(world, accepted)).due_at + timedelta(minutes=1))
    await refuses_the_next(world)
    await world.press("quinn", "fix_brief", contact_email=INES)
    await outlook_is_back(world)

    assert (await world.case(accepted)).handoff.owed(Promise.REPLY) is None
    assert (await world.timeline(accepted)).count("overdue") == 1
    missed = "select n from commitment where what = 'reply' and missed_at is not null"
    assert len(await world.rows(missed)) == 1


async def test_who_was_never_introduced_for_the_meeting_began_is_once_it_is_ahead_again(
    world: World, accepted: UUID
) -> None:
    """With the rep's yes to the new time, as of any other."""
    start = await begins(world, accepted)
    world.clock.set(start - timedelta(minutes=10))
    await world.sweep()
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    await world.press("quinn", "fix_brief", contact_email=THIRD)
    await world.until(start + timedelta(minutes=3))
    await outlook_is_back(world)
    assert "The meeting began before Outlook took it" in world.reads("quinn")

    world.box.outlook.move("quinn", MEETING, start + timedelta(days=2))
    await world.work()
    assert world.mails(THIRD) == [], "nobody has said yes to that time"
    await world.press("rita", "accept")

    assert len(world.mails(THIRD)) == 1
    for who in ("rita", "quinn"):
        assert "not sent" not in world.reads(who).lower()
    assert (await owed(world, accepted)).due_at > world.clock()


async def test_when_a_mail_went_out_is_when_outlook_sent_it_not_when_that_was_found(
    world: World,
) -> None:
    await loses_the_answer(world)
    await world.offer()
    world.clock.forward(timedelta(minutes=10))
    world.box.outlook.reply("rita", received(world), "Happy to meet you")
    world.clock.forward(timedelta(minutes=30))
    await outlook_is_back(world)
    await read_sent(world)

    for who in ("rita", "quinn"):
        reads = world.reads(who)
        assert "Introduction sent Mon 10:00." in reads
        assert "answered it Mon 10:10." in reads


async def test_nobody_is_late_at_once_whose_answer_fell_due_while_another_mail_was_to_go_out(
    world: World, accepted: UUID
) -> None:
    due = (await owed(world, accepted)).due_at
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    await world.press("quinn", "fix_brief", contact_email=OTHER)
    await world.until(due + timedelta(minutes=30))
    await world.press("quinn", "fix_brief", contact_email=INES)
    world.box.faults.clear()
    await world.pass_(minutes=10)

    assert "overdue" not in await world.timeline(accepted)
    assert (await owed(world, accepted)).due_at > world.clock()


async def test_a_reply_that_waited_when_the_lead_went_back_is_never_sent_by_itself(
    world: World, accepted: UUID
) -> None:
    """The rep has the lead again, and writes anew; only that goes out."""
    world.clock.forward(timedelta(minutes=20))
    world.box.faults.graph_status(503, "", times=None, path="reply")
    await world.press("rita", "send_reply", words="Reply one. Rita")
    await world.press("rita", "send_back", reason="brief")
    await outlook_is_back(world)
    await world.press("quinn", "fix_brief", needs="See customs live")
    await world.press("rita", "accept")
    assert "What was written before was not sent." in world.reads("rita")
    await world.press("rita", "send_reply", words="Reply two. Rita")
    await outlook_is_back(world)
    world.clock.forward(timedelta(minutes=20))
    await world.press("quinn", "fix_brief", contact_email=OTHER)
    await outlook_is_back(world)

    everywhere = str([*world.mails(INES), *world.mails(OTHER)])
    assert "Reply two." in everywhere
    assert "Reply one." not in everywhere + str(await world.rows("select letters from handoff"))


async def test_who_replied_in_time_is_not_late_for_outlook_that_refuses_it_later(
    world: World, accepted: UUID
) -> None:
    due = (await owed(world, accepted)).due_at
    world.box.faults.graph_status(503, "", times=None, path="reply")
    await world.press("rita", "send_reply", words="I look forward to it. Rita")
    await world.until(due + timedelta(minutes=30))
    world.box.faults.clear()
    world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="reply")
    await for_good(world)
    await world.pass_(minutes=5)

    assert "overdue" not in await world.timeline(accepted)
    again = await owed(world, accepted)
    assert again.missed_at is None
    assert again.due_at > world.clock()


async def test_a_reply_that_waited_until_the_meeting_was_over_is_neither_sent_nor_counted(
    world: World, accepted: UUID
) -> None:
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    world.box.faults.graph_status(503, "", times=None, path="reply")
    await world.press("rita", "send_reply", words="I look forward to it. Rita")
    await world.until(meeting.span.end + timedelta(minutes=5))
    await outlook_is_back(world)

    assert "I look forward to it." not in str(world.mails())
    last = (await world.case(accepted)).handoff.last(Promise.REPLY)
    assert last
    assert last.ending is Ending.RELEASED


async def replies_unheard(world: World) -> None:
    """Her answer is with Ines, nobody heard so, and Outlook lets nobody look."""
    world.clock.forward(timedelta(minutes=20))
    world.box.faults.add(Part.GRAPH, AnswerLost(after=0.2), path="/replyAll", times=1)
    await world.click("rita", "send_reply", words="Reply one. Rita")
    await world.app.work(wait=False)
    world.box.faults.graph_status(503, "", times=None, path="/messages")
    assert "Reply one." in str(world.box.outlook.mail("rita", "sentitems"))


@pytest.mark.parametrize("then", ["corrected", "moved", "sent back and again"])
async def test_a_reply_that_went_out_unheard_is_the_answer_whatever_happens_next(
    world: World, accepted: UUID, then: str
) -> None:
    """It goes out once, and nobody asks for another."""
    await replies_unheard(world)
    if then == "corrected":
        await world.press("quinn", "fix_brief", contact_email=OTHER)
    elif then == "moved":
        start = await begins(world, accepted)
        world.box.outlook.move("quinn", MEETING, start + timedelta(hours=1))
        await world.work()
    else:
        await world.press("rita", "send_back", reason="brief")
    await outlook_is_back(world)
    if then == "sent back and again":
        await world.press("quinn", "fix_brief", needs="See customs live")
        await world.press("rita", "accept")

    everywhere = [*world.mails(INES), *world.mails(OTHER)]
    assert sum("Reply one." in one.body.content for one in everywhere) == 1
    assert "not sent" not in world.reads("rita").lower()
    assert "Send my reply…" not in world.reads("rita")


async def test_what_a_rep_sends_after_an_answer_of_their_own_goes_out_as_well(
    world: World, accepted: UUID
) -> None:
    """The answer in Outlook was not known by then, and they pressed the button all the same."""
    world.clock.forward(timedelta(minutes=20))
    world.box.outlook.reply("rita", received(world), "Happy to meet you")
    world.clock.forward(timedelta(minutes=5))
    if await world.opens("rita", "send_reply"):
        await world.press("rita", "send_reply", words="And a second word. Rita")
        await outlook_is_back(world)
        assert "And a second word." in str(world.mails(INES))
