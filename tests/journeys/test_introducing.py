"""One introduction from the qualifier to prospect and rep; the rep's answer is a second promise."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest

from handoff import letters
from handoff.effects import ReadSentMail
from handoff.policy import Promise
from sandbox.exchange.model import Letter, Message
from store.invariants import broken
from tests.world import INES, World

SUBJECT = "Ines Prado, meet Rita Osei"
MEETING = "Contoso Logistics and Halden Systems"


async def read_sent(world: World, who: str = "rita") -> None:
    """What a notification of sent mail causes."""
    await world.app.services.stores.door.follow(ReadSentMail(world.box.person(who).id))
    await world.work()


def received(world: World, who: str = "rita") -> Message:
    [mail] = [m for m in world.box.outlook.mail(who, "inbox") if m.subject == SUBJECT]
    return mail


async def reply_of(world: World, id: UUID) -> tuple[str | None, datetime | None]:
    promise = (await world.case(id)).handoff.last(Promise.REPLY)
    assert promise
    return promise.ending, promise.ended_at


def text(letter: Letter) -> str:
    return letter.body.content


def read(letter: Letter) -> list[str]:
    """What somebody reads of it, paragraph by paragraph."""
    parts = re.findall(r"<p>(.*?)</p>", text(letter).split("<hr")[0], re.DOTALL)
    texts = (re.sub(r"<[^>]*>", "", part.replace("<br>", "\n")) for part in parts)
    return [unescape(one) for one in texts]


async def test_booking_sends_one_mail_to_prospect_and_rep_in_the_qualifiers_words(
    world: World,
) -> None:
    await world.brief(f"rep:{world.box.person('rita').id}")
    seen = world.newest("quinn").texts()
    await world.press("quinn", "book", words="it was a <b>pleasure</b> {needs}.")

    [letter], [invitation] = world.mails(), world.invitations()
    for sent in (letter, invitation):
        assert sent.subject in seen, "who books has read what goes out"
        for line in read(sent):
            assert line in seen or "pleasure" in line, line
    assert (letter.subject, letter.sender.mail) == (SUBJECT, world.box.person("quinn").mail)
    assert [a.mail for a in letter.attendees] == [INES, world.box.person("rita").mail]
    assert "it was a &lt;b&gt;pleasure&lt;/b&gt; {needs}." in text(letter)
    assert "Tuesday 3 March, 08:00 to 08:30 (Lisbon time)" in text(letter)
    assert "What you would like to see: See tracking live" in text(letter)
    for internal in ("Two late", "Excel", "48000", "Ports webinar", "Baton"):
        assert internal not in text(letter), "nothing internal leaves the company"
    assert received(world).internet_id == letter.internet_id
    [kept] = world.box.outlook.mail("quinn", "sentitems")
    assert kept.internet_id == letter.internet_id


async def test_times_in_it_are_the_prospects_own_across_a_change_of_clocks(world: World) -> None:
    """On Monday 9 March 2026 New York is four hours behind London, not five."""
    await world.offer(contact_zone="America/New_York", wanted="2026-03-09")

    [letter] = world.mails()
    assert "Monday 9 March, 08:00 to 08:30 (New York time)" in text(letter)
    meeting = (await world.case(await last(world))).handoff.meeting
    assert meeting
    assert meeting.span.start == datetime(2026, 3, 9, 12, tzinfo=UTC)


async def last(world: World) -> UUID:
    [(id,)] = await world.rows("select id from handoff order by number desc limit 1")
    return UUID(str(id))


async def test_an_answer_from_outlook_keeps_the_promise_at_the_time_it_was_sent(
    world: World,
    accepted: UUID,
) -> None:
    assert "You answer it by **Mon 18:00**" in world.reads("rita")
    assert "Rita answers it by **Mon 18:00**" in world.reads("quinn")
    world.clock.forward(timedelta(minutes=50))
    sent_at = world.clock()
    world.box.outlook.reply("rita", received(world), "Happy to meet you")
    world.clock.forward(timedelta(minutes=30))

    await read_sent(world)

    assert await reply_of(world, accepted) == ("kept", sent_at)
    assert "✓ You answered it Mon 10:50." in world.reads("rita")
    assert "✓ Rita answered it Mon 10:50." in world.reads("quinn")
    assert "send_reply" not in world.newest("rita").verbs()
    assert "Rita Osei answered the introduction" in "\n".join(
        (await world.say("quinn", "why 1")).texts()
    )
    for asked in world.box.requests.graph_requests():
        assert "/messages/" not in asked.path, "no mail is opened, only listed"


async def test_a_word_to_the_qualifier_alone_or_in_another_conversation_is_no_answer(
    world: World,
    accepted: UUID,
) -> None:
    world.box.outlook.reply("rita", received(world), "Thanks, Quinn", everybody=False)
    world.box.outlook.send_mail("rita", [INES], "Something else", "Hello")

    await read_sent(world)

    assert (await reply_of(world, accepted))[0] is None


async def test_an_answer_that_a_rule_moved_out_of_sent_items_is_found(
    world: World, accepted: UUID
) -> None:
    world.box.outlook.reply("rita", received(world), "Happy to meet you")
    await world.work()
    [sent] = world.box.outlook.mail("rita", "sentitems")
    world.box.mailboxes.put_message(replace(sent, folder="archive"))

    await read_sent(world)

    assert (await reply_of(world, accepted))[0] == "kept"


async def test_an_answer_that_is_a_draft_has_not_been_given(world: World, accepted: UUID) -> None:
    world.box.outlook.reply("rita", received(world), "Happy to meet you")
    [sent] = world.box.outlook.mail("rita", "sentitems")
    world.box.mailboxes.put_message(replace(sent, folder="drafts"))

    await read_sent(world)

    assert (await reply_of(world, accepted))[0] is None


@pytest.mark.at_once
async def test_an_answer_to_the_prospects_own_answer_counts(world: World, accepted: UUID) -> None:
    mail = received(world)
    to = [world.box.outlook.address("rita"), world.box.outlook.address("quinn")]
    world.box.outside.write(INES, to, f"RE: {SUBJECT}", "Looking forward", answers=mail)
    [theirs] = [m for m in world.box.outlook.mail("rita", "inbox") if m.sender.mail == INES]

    world.box.outlook.reply("rita", theirs, "So am I")
    await read_sent(world)

    assert (await reply_of(world, accepted))[0] == "kept"


async def test_a_rep_reads_the_reply_and_then_one_click_sends_it_once(
    world: World, accepted: UUID
) -> None:
    clicked = world.clock()
    card = world.newest("rita")

    assert await world.opens("rita", "send_reply")
    assert "Hello Ines Prado,\nThank you, Quinn Avery. I look forward" in world.reads("rita")
    assert "all on the introduction, Ines Prado and Quinn among them" in world.reads("rita")
    assert len(world.mails()) == 1, "nothing goes out by being read"
    await world.press("rita", "send_reply")
    again = await world.box.teams.execute("rita", card, "send_reply", {"handoff": str(accepted)})

    assert "moved on" in "\n".join(again.texts())
    await world.work()
    [_, answer] = world.mails()
    assert (answer.subject, answer.sender.mail) == (f"RE: {SUBJECT}", world.box.person("rita").mail)
    assert "I look forward to meeting you on Tuesday 3 March, 08:00 to 08:30" in text(answer)
    assert [m.sender.mail for m in world.box.outlook.mail("quinn", "inbox") if "RE:" in m.subject]
    assert await reply_of(world, accepted) == ("kept", clicked)
    assert world.box.requests.count("POST", "/replyAll", status=202) == 1
    await read_sent(world)
    assert (await world.timeline(accepted)).count("replied") == 1


async def test_a_reply_goes_out_as_its_rep_has_changed_it(world: World, accepted: UUID) -> None:
    await world.press("rita", "send_reply", words="Hello Ines,\n\nsee you <soon>. {rep}\n\n\nRita")

    [_, answer] = world.mails()
    assert "<p>Hello Ines,</p><p>see you &lt;soon&gt;. {rep}</p><p>Rita</p>" in answer.body.content
    assert "Thank you, Quinn" not in answer.body.content
    assert "see you" not in str(await world.rows("select letters from handoff")), "not kept"


async def test_an_empty_reply_is_asked_for_again_and_nothing_goes_out(
    world: World, accepted: UUID
) -> None:
    for words in ("", "  \n"):
        handoff = (await world.case(accepted)).handoff
        assert handoff.meeting
        start, to = handoff.meeting.span.start.isoformat(), letters.recipient(handoff.lead)
        data = {"handoff": str(accepted), "words": words, "start": start, "to": to}
        answer = await world.box.teams.execute("rita", world.newest("rita"), "send_reply", data)
        assert "write what they are to read" in "\n".join(answer.texts())
    await world.work()

    assert len(world.mails()) == 1
    assert (await reply_of(world, accepted))[0] is None


@pytest.mark.usefixtures("accepted")
async def test_after_the_prospects_no_nothing_that_looks_forward_is_offered(world: World) -> None:
    assert "Send my reply…" in [one.title for one in world.newest("rita").actions()]

    world.box.outside.respond(INES, "decline")
    await world.work()

    assert "Send my reply…" not in [one.title for one in world.newest("rita").actions()]


@pytest.mark.usefixtures("accepted")
async def test_what_was_read_before_the_meeting_moved_is_read_once_more(world: World) -> None:
    assert await world.opens("rita", "send_reply")
    card = world.newest("rita")
    [sends] = [one for one in card.actions() if one.verb == "send_reply"]
    world.box.outlook.move("quinn", MEETING, datetime(2026, 3, 3, 11, 0, tzinfo=UTC))
    await world.work()

    answer = await world.box.teams.execute("rita", card, "send_reply", sends.data)
    await world.work()

    assert "read it once more" in "\n".join(answer.texts())
    assert len(world.mails()) == 1


async def test_a_reply_that_names_a_time_that_has_changed_is_not_sent(
    world: World, accepted: UUID
) -> None:
    """Its rep has read it with the old time, and is told; it is owed as before."""
    world.box.faults.graph_throttled(times=1, path="/replyAll")
    await world.click("rita", "send_reply")
    await world.app.work(wait=False)
    world.box.outlook.move("quinn", MEETING, datetime(2026, 3, 3, 11, 0, tzinfo=UTC))
    await world.work()
    await world.pass_(minutes=3)  # within which it might have been found among what was sent
    await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await world.work()

    assert len(world.mails()) == 1
    assert "may name the old time" in world.reads("rita")
    assert "Send my reply…" in [one.title for one in world.newest("rita").actions()]
    assert (await reply_of(world, accepted))[0] is None


@pytest.mark.at_once
@pytest.mark.parametrize("keeps", [True, False], ids=["our Message-ID", "one of Exchange's"])
async def test_an_answer_lost_by_outlook_sends_no_second_mail(world: World, *, keeps: bool) -> None:
    """Graph did the work and nobody heard of it, for the introduction and for the answer."""
    world.box.tenant.mail.keeps_message_ids = keeps
    world.box.faults.graph_answer_lost(after=0, times=1, method="POST", path="/sendMail")
    id = await world.offer()
    assert "The introduction is being sent." in world.reads("rita")
    await hurry(world)
    assert len(world.mails()) == 1
    await world.press("rita", "accept")

    world.box.faults.graph_answer_lost(after=0, times=1, method="POST", path="/replyAll")
    await world.press("rita", "send_reply")
    await hurry(world)

    assert len(world.mails()) == 2
    assert (await reply_of(world, id))[0] == "kept"


async def test_an_introduction_that_never_left_is_sent_after_all(world: World) -> None:
    world.box.faults.graph_throttled(times=1, path="/sendMail")
    await world.offer()
    await hurry(world)
    assert world.mails() == [], "it may have been sent: Sent Items is given time to show it"

    world.clock.forward(timedelta(minutes=3))
    await hurry(world)

    assert len(world.mails()) == 1


async def hurry(world: World) -> None:
    await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await world.work()


async def test_a_mailbox_that_may_not_send_is_said_plainly_and_the_booking_stands(
    world: World,
) -> None:
    world.box.entra.revoke("Mail.Send")
    id = await world.offer()

    assert "Baton may not send mail from this mailbox" in world.reads("quinn")
    assert await world.state(id) == "offered"
    assert (await world.case(id)).handoff.owed(Promise.REPLY) is None


@pytest.mark.usefixtures("accepted")
async def test_another_rep_is_introduced_too_and_the_same_rep_is_not_again(world: World) -> None:
    await world.press("rita", "send_back", reason="brief")
    await world.press("quinn", "fix_brief")
    assert [one.subject for one in world.mails()] == [SUBJECT]
    assert "You answer it by" in world.reads("rita")

    await world.press("rita", "send_back", reason="wrong_owner")
    await world.press("quinn", "give_to", rep=world.box.person("ravi").id)
    assert [one.subject for one in world.mails()] == [SUBJECT], "not before his yes"
    await world.press("ravi", "accept")

    assert [one.subject for one in world.mails()] == [SUBJECT, "Ines Prado, meet Ravi Patel"]
    assert "You answer it by" in world.reads("ravi")
    assert not any((await broken(world.app.services.stores.reads)).values())


async def test_whoever_has_answered_is_not_reminded_though_no_notification_told(
    world: World,
    accepted: UUID,
) -> None:
    world.box.faults.notifications_lost()
    world.clock.forward(timedelta(hours=1))
    world.box.outlook.reply("rita", received(world), "Happy to meet you")

    await world.until(datetime(2026, 3, 2, 12, 56, tzinfo=UTC))
    await world.pass_(minutes=5)

    assert "reminded" not in await world.timeline(accepted)
    assert (await reply_of(world, accepted))[0] == "kept"


async def test_no_answer_is_told_to_the_qualifier_and_counts_apart_from_accepting(
    world: World,
    accepted: UUID,
) -> None:
    await world.until(datetime(2026, 3, 2, 17, 0, tzinfo=UTC))

    assert "Rita has not answered it by **Mon 18:00**" in world.reads("quinn")
    assert "You have not answered it by **Mon 18:00**" in world.reads("rita")
    assert await world.state(accepted) == "accepted"
    world.clock.forward(timedelta(minutes=1))
    await world.press("rita", "replied_otherwise", titled="I have answered it")
    assert (await reply_of(world, accepted))[0] == "late"
    assert "It was due earlier." in world.reads("quinn")


async def test_someone_elses_send_reply_is_refused(world: World, accepted: UUID) -> None:
    for who, verb in (("ravi", "send_reply"), ("quinn", "send_reply"), ("ravi", "confirm")):
        answer = await world.box.teams.execute(
            who, world.newest("rita"), verb, {"handoff": str(accepted)}
        )
        only = "Only the rep of no. 1 can" if who == "quinn" else "Only qualifier and rep of no. 1"
        assert only in "\n".join(answer.texts())
    await world.work()
    assert len(world.mails()) == 1
