"""A rep says something else a little later: a click in Teams and an answer in Outlook, in any
order, and whatever Outlook had heard by then.
"""

from datetime import timedelta
from uuid import UUID

import pytest

from handoff.effects import Look
from handoff.policy import Promise
from jobs.closed_mailboxes import ADMITTED
from sandbox.company import Mailbox
from sandbox.exchange.model import Pattern, Range, Recurrence
from tests.journeys.test_delivery import looks_again
from tests.world import SUBJECT, World


@pytest.mark.parametrize("when", ["before Outlook was told", "after it"])
@pytest.mark.parametrize("keeps", [False, True], ids=["leaves the calendar", "is kept there"])
async def test_a_yes_in_teams_and_seconds_later_a_no_in_outlook_is_a_no(
    world: World, offered: UUID, when: str, *, keeps: bool
) -> None:
    world.box.directory.change("rita", keeps_declined=keeps)
    if when == "after it":
        await world.press("rita", "accept")
    else:
        await world.click("rita", "accept")
        world.clock.forward(timedelta(seconds=10))

    world.box.outlook.respond("rita", SUBJECT, "decline")
    await world.work()

    handoff = (await world.case(offered)).handoff
    assert (handoff.state.value, handoff.reason) == ("sent_back", None)
    assert (await world.timeline(offered)).count("declined") == 1
    assert "RITA DECLINED IN OUTLOOK" in world.reads("quinn")
    assert "YOU DECLINED IN OUTLOOK" in world.reads("rita")
    answers = world.box.outlook.event("quinn", SUBJECT).attendees
    assert [a.response.value for a in answers if "rita" in a.who.mail] == ["declined"]
    await world.press("rita", "send_back", reason="no_need")
    assert "NO NEED OR PROJECT" in world.reads("quinn")


async def with_graph_away(world: World, id: UUID) -> None:
    """Rita has clicked Accept, and Outlook could not be told yet."""
    world.box.faults.graph_down()
    await world.click("rita", "accept")
    await world._work()
    assert await world.state(id) == "accepting"
    world.clock.forward(timedelta(minutes=5))


async def and_back(world: World) -> None:
    world.box.faults.clear()
    await looks_again(world, timedelta(seconds=30))
    await world.work()


@pytest.mark.parametrize("keeps", [False, True], ids=["leaves the calendar", "is kept there"])
async def test_no_later_no_is_overridden_once_graph_is_back(
    world: World, offered: UUID, *, keeps: bool
) -> None:
    world.box.directory.change("rita", keeps_declined=keeps)
    await with_graph_away(world, offered)
    world.box.outlook.respond("rita", SUBJECT, "decline")
    await and_back(world)

    assert world.box.requests.count("POST", "/accept", status=202) == 0
    assert await world.state(offered) == "sent_back"
    assert "YOU DECLINED IN OUTLOOK" in world.reads("rita")


async def test_a_yes_clicked_for_one_time_is_none_to_another(world: World, offered: UUID) -> None:
    """The organizer moves the meeting in Outlook while Graph does not hear of the click."""
    await with_graph_away(world, offered)
    start = world.box.outlook.event("quinn", SUBJECT).start + timedelta(hours=3)
    world.box.outlook.move("quinn", SUBJECT, start)
    await and_back(world)

    meeting = (await world.case(offered)).handoff.meeting
    assert meeting
    assert (await world.state(offered), meeting.span.start) == ("offered", start)
    assert world.box.outlook.event("rita", SUBJECT).response == "notResponded"
    await world.press("rita", "accept")
    assert await world.state(offered) == "accepted"


async def test_a_yes_that_becomes_a_perhaps_is_owed_again(world: World, accepted: UUID) -> None:
    world.answers("rita", "tentativelyAccept")
    await world.work()

    handoff = (await world.case(accepted)).handoff
    assert handoff.state.value == "offered"
    assert handoff.owed(Promise.ANSWER, world.box.person("rita").id)
    assert handoff.owed(Promise.MEET) is None
    assert "not yet a yes" in world.reads("rita")
    assert "not yet a yes" in world.reads("quinn")
    prep = handoff.owed(Promise.PREPARE)
    assert prep

    await world.press("rita", "accept")

    handoff = (await world.case(accepted)).handoff
    assert (handoff.state.value, handoff.owed(Promise.PREPARE)) == ("accepted", prep)
    kept = [c.ending for c in handoff.commitments if c.what is Promise.ANSWER]
    assert kept == ["kept", "released"], "whoever takes a yes back and gives it again kept one"


async def test_a_perhaps_by_rule_takes_no_yes_back(world: World, accepted: UUID) -> None:
    now = world.clock()
    world.box.outlook.set_automatic_replies("rita", start=now, end=now + timedelta(hours=4))
    await world.sync()
    world.clock.forward(timedelta(minutes=30))

    world.answers("rita", "tentativelyAccept")
    await world.work()

    assert await world.state(accepted) == "accepted"
    assert "tentative" not in await world.timeline(accepted)


async def test_a_perhaps_right_after_the_click_is_the_last_word(
    world: World, offered: UUID
) -> None:
    await with_graph_away(world, offered)
    world.box.outlook.respond("rita", SUBJECT, "tentativelyAccept")
    await and_back(world)

    assert await world.state(offered) == "offered"
    assert world.box.outlook.event("rita", SUBJECT).response == "tentativelyAccepted"
    assert "not yet a yes" in world.reads("quinn")


@pytest.mark.parametrize("taken", [False, True], ids=["refused", "taken"])
async def test_whatever_graph_makes_of_a_yes_to_a_deleted_copy_there_is_no_meeting(
    world: World, offered: UUID, *, taken: bool
) -> None:
    world.box.mailboxes.reads_deleted = True
    world.box.mailboxes.answers_deleted = taken
    world.box.outlook.delete("rita", SUBJECT)
    await world.press("rita", "accept")

    assert await world.state(offered) == "sent_back"
    assert "YOURS AGAIN" in world.reads("quinn")


@pytest.mark.parametrize("verb", ["accept", "send_back"])
async def test_who_answers_what_was_called_off_a_moment_ago_leaves_no_job_behind(
    world: World, offered: UUID, verb: str
) -> None:
    """Their copy says that it is cancelled, and Outlook takes no answer to that."""
    world.box.outlook.cancel("quinn", SUBJECT)
    world.clock.forward(timedelta(seconds=21))
    how = {} if verb == "accept" else {"reason": "no_need"}
    await world.click("rita", verb, None, **how)
    await world.work()

    assert (
        await world.rows("select task_name from procrastinate_jobs where status = 'failed'") == []
    )
    assert await world.state(offered) == ("qualified" if verb == "accept" else "sent_back")


@pytest.mark.parametrize("keeps", [False, True], ids=["leaves the calendar", "is kept there"])
async def test_a_no_to_the_time_that_a_meeting_was_moved_to_is_a_no(
    world: World, accepted: UUID, *, keeps: bool
) -> None:
    """It was said in Outlook before Baton had heard of the move."""
    world.box.directory.change("rita", keeps_declined=keeps)
    world.box.transport.at_once()
    start = world.box.outlook.event("quinn", SUBJECT).start + timedelta(hours=3)
    world.box.outlook.move("quinn", SUBJECT, start)
    world.answers("rita", "decline")
    await world.work()

    handoff = (await world.case(accepted)).handoff
    assert handoff.state.value == "sent_back"
    assert (await world.timeline(accepted))[-2:] == ["moved", "declined"]
    assert handoff.owed(Promise.REASON, world.box.person("rita").id)
    assert handoff.owed(Promise.PREPARE) is None
    assert not [e for e in world.box.mailboxes.events(handoff.rep or "") if "Prep" in e.subject]


async def test_a_meeting_of_which_a_series_was_made_is_in_the_calendar_still(
    world: World, offered: UUID
) -> None:
    """The calendar has it by its days then, and none of them bears its iCalUId."""
    start = world.box.outlook.event("quinn", SUBJECT).start
    weekly = Recurrence(
        pattern=Pattern(type="weekly", days=(start.strftime("%A").lower(),)),
        range=Range(type="numbered", start=start.date(), count=4, zone="UTC"),
    )
    world.box.outlook.change("quinn", SUBJECT, recurrence=weekly)
    await world.work()
    world.clock.forward(timedelta(minutes=6))
    await world.app.services.stores.door.follow(Look(offered))
    await world.work()
    assert (await world.case(offered)).handoff.trouble is None

    await world.press("rita", "accept")

    assert await world.state(offered) == "accepted"


async def test_an_invitation_that_is_back_in_the_calendar_is_no_longer_said_to_be_gone(
    world: World, offered: UUID
) -> None:
    world.clock.forward(timedelta(minutes=6))
    copy = world.box.outlook.event("rita", SUBJECT)
    world.box.outlook.delete("rita", SUBJECT)
    await world.work()
    assert "no longer in your Outlook calendar" in world.reads("rita")

    world.box.outlook.place(copy)
    await world.work()

    assert (await world.case(offered)).handoff.trouble is None
    assert "no longer in your Outlook calendar" not in world.reads("rita")


@pytest.mark.parametrize("mailbox", [Mailbox.DENIED, Mailbox.MISSING], ids=["closed", "none"])
async def test_where_the_organizers_mailbox_tells_nothing_a_copy_that_is_gone_is_gone(
    world: World, offered: UUID, mailbox: Mailbox
) -> None:
    world.clock.forward(timedelta(minutes=6))
    world.box.set_mailbox("quinn", mailbox)
    world.box.outlook.delete("rita", SUBJECT)
    await world.work()
    assert "no longer in your Outlook calendar" in world.reads("rita")

    await world.press("rita", "accept")
    for _ in range(ADMITTED):  # who is let in a moment later can send it again after all
        await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        await world.work()

    assert await world.state(offered) == "sent_back"


@pytest.mark.parametrize("thinks", [timedelta(), timedelta(hours=1)], ids=["at once", "later"])
async def test_a_yes_from_before_a_lead_went_back_is_none_to_the_same_lead_again(
    world: World, offered: UUID, thinks: timedelta
) -> None:
    """Outlook was not to be told that she sends it back until she had been given it again: her copy
    reads accepted, by her click of before.
    """
    world.clock.forward(thinks)
    await world.press("rita", "accept")
    world.clock.forward(thinks)
    away = world.box.faults.graph_status(503, "serviceNotAvailable", person="rita", times=None)
    await world.press("rita", "send_back", reason="brief")
    await world.press("quinn", "fix_brief", needs="Customs tracking for 4 warehouses")
    assert away.hits
    world.box.faults.clear()
    await looks_again(world, timedelta(minutes=2))
    await world.work()

    assert world.box.outlook.event("rita", SUBJECT).response == "accepted"
    assert await world.state(offered) == "offered"
    assert "accepted_by_rule" not in await world.timeline(offered)
    assert "MAILBOX" not in world.reads("rita") + world.reads("quinn")
    await world.press("rita", "accept")
    assert await world.state(offered) == "accepted"
    assert (await world.timeline(offered)).count("accepted") == 2


@pytest.mark.parametrize("keeps", [False, True], ids=["left the calendar", "was kept there"])
async def test_a_yes_from_the_mail_after_a_no_is_told_and_counts_once_it_is_sent_again(
    world: World, offered: UUID, *, keeps: bool
) -> None:
    world.box.directory.change("rita", keeps_declined=keeps)
    copy = world.box.outlook.event("rita", SUBJECT)
    world.answers("rita", "decline")
    await world.work()
    world.clock.forward(timedelta(minutes=5))

    if not keeps:
        world.box.outlook.place(copy)
    world.answers("rita", "accept")
    await world.work()

    assert await world.state(offered) == "sent_back"
    assert "Rita has accepted in Outlook since" in world.reads("quinn")
    assert (await world.timeline(offered)).count("accepted_since") == 1
    await world.press("quinn", "fix_brief")
    assert await world.state(offered) == "accepted"


async def test_a_yes_after_a_no_that_is_taken_back_is_no_longer_said(
    world: World, offered: UUID
) -> None:
    world.box.directory.change("rita", keeps_declined=True)
    await world.press("rita", "send_back", reason="no_need")
    world.answers("rita", "accept")
    await world.work()
    assert "Rita has accepted in Outlook since" in world.reads("quinn")

    world.answers("rita", "decline")
    await world.work()

    assert "accepted in Outlook since" not in world.reads("quinn")
    assert "NO NEED OR PROJECT" in world.reads("quinn")


@pytest.mark.parametrize("state", ["offered", "accepted"])
async def test_a_rep_whom_the_qualifier_takes_off_owes_nothing_of_the_meeting(
    world: World, offered: UUID, state: str
) -> None:
    if state == "accepted":
        await world.press("rita", "accept")
    guests = world.box.outlook.event("quinn", SUBJECT).attendees
    stay = [one for one in guests if one.who.mail != world.box.person("rita").mail]
    world.box.outlook.change("quinn", SUBJECT, attendees=stay)
    await world.work()

    handoff = (await world.case(offered)).handoff
    assert handoff.state.value == "sent_back"
    assert [c.what for c in handoff.commitments if c.open] == [Promise.REWORK]
    assert "The rep was taken off the meeting in Outlook" in world.reads("quinn")
    assert "YOU WERE TAKEN OFF IT" in world.reads("rita")
    await world.press("quinn", "fix_brief")
    assert await world.state(offered) == "offered"
    assert world.box.outlook.event("rita", SUBJECT).response == "notResponded"


@pytest.mark.parametrize("state", ["offered", "accepted"])
async def test_a_meeting_that_is_dragged_into_the_past_is_the_qualifiers_again(
    world: World, offered: UUID, state: str
) -> None:
    if state == "accepted":
        await world.press("rita", "accept")
    world.box.outlook.move("quinn", SUBJECT, world.clock() - timedelta(hours=2))
    await world.work()

    handoff = (await world.case(offered)).handoff
    assert handoff.state.value == "sent_back"
    assert [c.what for c in handoff.commitments if c.open] == [Promise.REWORK]
    assert "It was moved in Outlook to a time that is over" in world.reads("quinn")
    await world.press("quinn", "fix_brief")
    assert await world.state(offered) == "qualified", "times are looked for anew"
