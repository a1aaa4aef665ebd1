"""The prospect's own answer, a silence before the meeting, and whether it took place."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from handoff.effects import Poll
from handoff.policy import Promise
from sandbox.exchange.model import Address
from tests.cards.variants import of
from tests.journeys.test_introduced_anew import outlook_is_back
from tests.journeys.test_not_told import begins, for_good
from tests.journeys.test_privacy import WAYS, WRITTEN
from tests.world import INES, SUBJECT, World

MADRID = ZoneInfo("Europe/Madrid")
ASKED = "Our meeting on Thursday 5 March, 08:00 to 08:30 (Lisbon time)"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


async def on_thursday(world: World) -> UUID:
    return await world.accepted(wanted="2026-03-05")


async def test_their_answer_is_shown_apart_from_the_reps_and_a_no_is_told_at_once(
    world: World,
    offered: UUID,
) -> None:
    assert "Ines Prado has not answered the invitation yet." in world.reads("quinn")
    before = world.cards("quinn"), world.cards("rita")

    world.box.outside.respond(INES, "accept")
    await world.work()

    assert "✓ Ines Prado has accepted (answered Mon 10:00)." in world.reads("quinn")
    assert "✓ Ines Prado has accepted (answered Mon 10:00)." in world.reads("rita")
    assert (world.cards("quinn"), world.cards("rita")) == before
    assert await world.state(offered) == "offered", "it is not the rep's answer"

    world.box.outside.respond(INES, "decline")
    await world.work()
    assert "Ines Prado said no, and the meeting is called off" in world.reads("quinn")
    assert "Ines Prado said no, and the meeting is called off" in world.reads("rita")
    assert (world.cards("quinn"), world.cards("rita")) == (before[0] + 1, before[1] + 1)
    assert [w for w in await world.timeline(offered) if w.startswith("prospect")] == [
        *("prospect_accepted", "prospect_declined")
    ]


async def test_their_no_frees_the_reps_day_and_the_same_card_offers_other_times(
    world: World, accepted: UUID
) -> None:
    day = at(3, 1), at(3, 23)
    assert [e.subject for e in world.box.outlook.calendar("rita", *day)]

    world.box.outside.respond(INES, "decline")
    await world.work()

    assert await world.state(accepted) == "qualified"
    left = [e.subject for who in ("rita", "quinn") for e in world.box.outlook.calendar(who, *day)]
    assert set(left) <= {f"Canceled: {SUBJECT}"}, "what Outlook leaves of it takes no time"
    assert await world.rows("select what from commitment where ended_at is null") == [("book",)]
    assert await world.rows("select count(*) from reservation") == [(0,)]
    await world.press("quinn", "book")
    assert await world.state(accepted) == "offered"
    assert "NEW MEETING FOR YOU" in world.reads("rita")


def titles(world: World, who: str) -> list[str]:
    return [one.title for one in world.newest(who).actions()]


async def test_a_day_before_silence_is_a_risk_and_one_click_asks_once(world: World) -> None:
    id = await on_thursday(world)
    ask = "Ask for a confirmation…"
    assert ask not in titles(world, "quinn")

    await world.until(at(4, 9))

    for who in ("quinn", "rita"):
        assert "has not answered the invitation, and the meeting is Thu 09:00" in world.reads(who)
        assert ask in titles(world, who)
    others = world.newest("rita")
    assert await world.opens("quinn", "confirm")
    assert "Ines Prado, with a copy to Rita, from your mailbox" in world.reads("quinn")
    assert "Thursday 5 March, 08:00 to 08:30 (Lisbon time)" in world.reads("quinn")
    assert not [m for m in world.mails() if m.subject == ASKED], "it is read before it is sent"
    await world.press("quinn", "confirm")
    again = await world.box.teams.execute("rita", others, "confirm", {"handoff": str(id)})
    assert "sent already" in "\n".join(again.texts())
    await world.work()

    [letter] = [m for m in world.mails() if m.subject == ASKED]
    assert letter.sender.mail == world.box.person("quinn").mail
    assert "Thursday 5 March, 08:00 to 08:30 (Lisbon time)" in letter.body.content
    assert "You asked for a confirmation Wed 09:00." in world.reads("quinn")
    assert "Quinn asked for a confirmation" in world.reads("rita")
    world.box.outside.respond(INES, "accept")
    await world.work()
    assert "✓ Ines Prado has accepted" in world.reads("rita")


async def test_who_has_answered_is_no_risk_also_when_only_a_poll_tells(world: World) -> None:
    id = await on_thursday(world)
    world.box.faults.notifications_lost()
    world.box.outside.respond(INES, "accept")
    world.clock.forward(timedelta(hours=1))
    await world.app.services.stores.door.follow(Poll(world.box.person("quinn").id))
    await world.work()

    await world.until(at(4, 9))

    assert "prospect_silent" not in await world.timeline(id)
    assert "✓ Ines Prado has accepted" in world.reads("quinn")


async def test_a_meeting_that_moved_asks_them_anew(world: World) -> None:
    await on_thursday(world)
    world.box.outside.respond(INES, "accept")
    await world.work()

    world.box.outlook.move("quinn", SUBJECT, at(5, 12))
    await world.work()

    assert "has not answered the invitation yet" in world.reads("quinn")


@pytest.mark.parametrize(
    ("rita", "ines", "first", "line"),
    [
        (29, 28, "It took place", "you 29 min and others 28 min"),
        (12, 0, "The prospect did not come", "you 12 min"),
        (0, 20, "I could not be there", "others 20 min"),
        (2, 25, "I could not be there", "you 2 min and others 25 min"),
    ],
)
@pytest.mark.usefixtures("accepted")
async def test_what_teams_reports_is_the_answer_that_is_offered_first(
    world: World, rita: int, ines: int, first: str, line: str
) -> None:
    event = world.box.outlook.event("quinn", SUBJECT)
    person = world.box.person("rita")
    for who, id, stayed in (
        (Address(name=person.name, mail=person.mail), person.id, rita),
        (Address(name="Ines (guest)", mail=INES), None, ines),
    ):
        if stayed:
            left = event.start + timedelta(minutes=stayed)
            world.box.meetings.join(event, who, person=id, left=left)

    await world.until(at(3, 9, 30))

    assert "How did it go?" in world.reads("rita")
    assert line in world.reads("rita")
    card = world.newest("rita").card
    assert card
    [action] = [a for a in of(card, "Action.Execute") if a.get("style") == "positive"]
    assert action["title"] == first


async def test_one_click_says_how_it_went_and_the_same_card_asks_what_comes_next(
    world: World,
    accepted: UUID,
) -> None:
    world.box.entra.revoke("OnlineMeetingArtifact.Read.All")
    await world.until(at(3, 9, 30))
    assert "Teams reports" not in world.reads("rita"), "where it may not be read, nothing is said"
    assert "Rita says by **Tue 17:30** how it went." in world.reads("quinn")
    count = world.cards("rita")

    await world.press("rita", "how_it_went", titled="The prospect did not come")

    assert "You said: the prospect did not come." in world.reads("rita")
    assert "What comes next with Ines Prado?" in world.reads("rita")
    assert world.cards("rita") == count, "the same card"
    assert "DID NOT TAKE PLACE" in world.reads("quinn")
    case = await world.case(accepted)
    assert (case.handoff.meeting_outcome, case.handoff.owed(Promise.NEXT_STEP) is not None) == (
        *("prospect_absent", True),
    )
    await world.press("rita", "follow_up", titled="Call in 2 days")
    assert "said how it went: the prospect did not come" in "\n".join(
        (await world.say("rita", "why 1")).texts()
    )


async def test_a_report_that_comes_late_is_waited_for_and_a_word_said_meanwhile_stands(
    world: World,
    accepted: UUID,
) -> None:
    event = world.box.outlook.event("quinn", SUBJECT)
    guest = Address(name="Ines", mail=INES)
    world.box.meetings.join(event, guest, left=event.end + timedelta(minutes=20))
    await world.until(at(3, 9, 30))
    assert "Teams reports" not in world.reads("rita")

    world.clock.forward(timedelta(minutes=25))
    await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await world.work()
    assert "others 50 min" in world.reads("rita")

    await world.press("rita", "how_it_went", outcome="moved")
    assert (await world.case(accepted)).handoff.meeting_outcome == "moved"


OTHER = "i.prado@contoso.example"


def answers_from(world: World, address: str) -> None:
    """The invitation was forwarded, and is accepted from there."""
    letter = world.invitations()[-1]
    world.box.outside.respond(address, "accept", meeting=letter)


async def test_who_accepts_from_another_address_is_shown_and_asked_about(
    world: World, accepted: UUID
) -> None:
    cards = world.cards("quinn")

    answers_from(world, OTHER)
    await world.work()

    assert world.cards("quinn") == cards + 1
    assert f"{OTHER} has accepted, and Ines Prado has not answered" in world.reads("quinn")
    assert f"{OTHER} has accepted" in world.reads("rita")
    assert "is_them" not in world.newest("rita").verbs(), "who invited them knows"
    when = world.clock()
    world.clock.forward(timedelta(hours=1))
    await world.press("quinn", "is_them")

    answered = f"(answered Mon {when.astimezone(MADRID):%H:%M})."
    assert f"✓ Ines Prado has accepted {answered}" in world.reads("quinn")
    assert "is_them" not in world.newest("quinn").verbs()
    await world.until(at(2, 20))
    assert "prospect_silent" not in await world.timeline(accepted)
    assert OTHER not in str(await world.timeline(accepted))


async def test_who_answers_and_comes_from_their_address_in_another_spelling_is_them(
    world: World,
) -> None:
    """Outlook and Teams write a domain as it goes over the wire, and a letter as they make it."""
    id = await world.accepted(contact_email=WRITTEN)
    [letter] = world.invitations(WRITTEN)
    world.box.outside.respond(WAYS[1], "accept", meeting=letter)
    await world.work()

    assert "✓ Ines Prado has accepted" in world.reads("quinn")
    await world.press("quinn", "fix_brief", contact_email=WAYS[1])
    await world.work()
    assert [one.kind for one in world.invitations(WRITTEN)] == ["invitation"], "nobody is invited"
    assert await world.state(id) == "accepted"


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize("address", ["someone@elsewhere.example", "dana.cole@halden.example"])
async def test_of_whom_else_the_meeting_was_forwarded_to_nothing_is_asked(
    world: World, address: str
) -> None:
    answers_from(world, address)
    await world.work()

    assert address not in world.reads("quinn")
    assert "Ines Prado has not answered the invitation yet." in world.reads("quinn")


async def test_their_own_answer_ends_the_question_and_a_new_time_asks_anew(
    world: World, offered: UUID
) -> None:
    answers_from(world, OTHER)
    await world.work()
    world.box.outside.respond(INES, "accept")
    await world.work()
    assert "is_them" not in world.newest("quinn").verbs()
    assert OTHER not in world.reads("quinn")

    world.box.outlook.move("quinn", SUBJECT, at(5, 12))
    await world.work()
    case = await world.case(offered)
    assert case.handoff.meeting
    assert case.handoff.meeting.prospect_other is None
    assert "is_them" not in world.newest("quinn").verbs()


async def test_a_new_time_that_was_agreed_asks_anew_who_it_was_that_accepted(
    world: World, offered: UUID
) -> None:
    answers_from(world, OTHER)
    await world.work()
    assert "is_them" in world.newest("quinn").verbs()
    await world.press("rita", "another_time")
    await world.press("rita", "propose")

    await world.press("quinn", "move_meeting")

    meeting = (await world.case(offered)).handoff.meeting
    assert meeting
    assert (meeting.prospect, meeting.prospect_other) == (None, None)
    assert "is_them" not in world.newest("quinn").verbs()
    assert OTHER not in world.reads("quinn")


async def test_a_confirmation_that_outlook_refused_can_be_asked_for_again(
    world: World, accepted: UUID
) -> None:
    await world.until(await begins(world, accepted) - timedelta(hours=2))
    refused = world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="sendMail")
    await world.press("quinn", "confirm")
    await for_good(world)
    world.box.faults.lift(refused)
    before = len(world.mails())

    await world.press("rita", "confirm")

    assert len(world.mails()) == before + 1


async def test_whoever_corrects_the_address_can_ask_for_a_confirmation_there(
    world: World, accepted: UUID
) -> None:
    """One that was asked for at the wrong address is none, also where it has yet to go out."""
    await world.until(await begins(world, accepted) - timedelta(hours=12))
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    await world.press("quinn", "confirm")
    await world.press("quinn", "fix_brief", contact_email=OTHER)
    await outlook_is_back(world)
    await world.until(await begins(world, accepted) - timedelta(minutes=45))
    assert "asked for a confirmation" not in world.reads("quinn")
    assert "INES PRADO HAS NOT ANSWERED" in world.reads("quinn")
    before = len(world.mails(OTHER))
    await world.press("quinn", "confirm")

    assert len(world.mails(OTHER)) == before + 1


@pytest.mark.parametrize("meanwhile", ["the address was put back", "the lead went back and forth"])
async def test_a_confirmation_that_was_not_sent_in_time_can_be_asked_for_again(
    world: World, accepted: UUID, meanwhile: str
) -> None:
    await world.until(await begins(world, accepted) - timedelta(hours=12))
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    await world.press("quinn", "confirm")
    if meanwhile == "the address was put back":
        await world.press("quinn", "fix_brief", contact_email=OTHER)
        await outlook_is_back(world)
        await world.press("quinn", "fix_brief", contact_email=INES)
    else:
        await world.press("rita", "send_back", reason="brief")
        await outlook_is_back(world)
        await world.press("quinn", "fix_brief", needs="See customs live")
        await world.press("rita", "accept")
    await outlook_is_back(world)
    await world.until(await begins(world, accepted) - timedelta(minutes=45))
    assert "is on its way" not in world.reads("quinn")
    before = len(world.mails())

    await world.press("quinn", "confirm")

    assert len(world.mails()) == before + 1
