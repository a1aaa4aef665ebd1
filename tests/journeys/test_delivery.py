"""Exchange takes time, and sometimes for ever: what was sent stands before everybody has it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from graph.errors import BusyError, ChangedError, DeniedError, DuplicateError, NoMailboxError
from graph.refusals import REFUSALS, Refusal
from handoff.effects import Look, LookAtOrganizer
from sandbox.company import Mailbox
from sandbox.exchange import ids
from tests.hour import MONDAY
from tests.thoroughness import one_of_each
from tests.world import World

SUBJECT = "Contoso Logistics and Halden Systems"


async def looks_again(world: World, after: timedelta) -> None:
    """So much time passes for whoever waits for Outlook, with nothing on its way arriving."""
    world.clock.forward(after)
    await world.run(
        "update procrastinate_jobs set scheduled_at = now() where status = 'todo' and attempts > 0"
    )
    await world.work()


async def in_quinns_calendar(world: World) -> list[str]:
    events = world.box.outlook.calendar("quinn", MONDAY, MONDAY + timedelta(days=30))
    return [event.subject for event in events]


async def with_another_id(world: World, who: str) -> None:
    """The meeting in the calendar of *who* was restored, or replaced by a delegate's client."""
    event = world.box.outlook.event(who, SUBJECT)
    world.box.mailboxes.remove(event)
    world.box.outlook.place(replace(event, id=ids.new_item()))


@pytest.mark.parametrize("value", ["48000", "100000"], ids=["without", "with a leader"])
async def test_a_meeting_is_made_once_though_its_invitation_takes_long(
    world: World, value: str
) -> None:
    world.box.transport.takes(15, 20, seed=1)

    id = await world.offer(value=value)

    assert await world.state(id) == "offered"
    assert await in_quinns_calendar(world) == [SUBJECT]
    case = await world.case(id)
    leader = world.box.person("helen")
    assert case.handoff.leader == (leader.id if value == "100000" else None)
    there = world.box.outlook.event("quinn", SUBJECT).attendees
    assert (leader.mail in {a.who.mail for a in there}) == (value == "100000")
    assert await world.rows("select 1 from invitation") == []


@pytest.mark.at_once
async def test_what_is_posted_again_is_what_was_posted_first(world: World) -> None:
    """The answer of the first try is lost, and the leader is another by the next."""
    world.box.faults.graph_answer_lost(after=0, method="POST", path="events", times=1)
    await world.brief(f"rep:{world.box.person('rita').id}", value="100000")
    await world.press("quinn", "book")
    assert await in_quinns_calendar(world) == [SUBJECT]
    [(content,)] = await world.rows("select content from invitation")
    assert len(content["guests"]) == 3
    world.box.directory.change("rita", mail="rita.new@halden.example")
    await world.sync()

    await looks_again(world, timedelta(seconds=5))

    assert await in_quinns_calendar(world) == [SUBJECT]
    assert world.box.requests.count("POST", "events", status=409) == 0, "the same is posted again"
    id = await world.newest_handoff()
    assert await world.state(id) == "offered"
    assert (await world.case(id)).handoff.leader == world.box.person("helen").id


async def test_a_meeting_that_outlook_takes_for_another_is_found_by_its_mark(world: World) -> None:
    world.box.faults.graph_answer_lost(after=0, method="POST", path="events", times=1)
    await world.brief(f"rep:{world.box.person('rita').id}")
    await world.press("quinn", "book")
    await world.run("update invitation set content = jsonb_set(content, '{subject}', '\"Other\"')")

    await looks_again(world, timedelta(seconds=5))

    assert await world.state(await world.newest_handoff()) == "offered"
    assert await in_quinns_calendar(world) == [SUBJECT]


@pytest.mark.at_once
async def test_an_invitation_that_never_arrives_ends_in_words(world: World) -> None:
    world.box.directory.change("rita", automatic=False)
    world.box.requests.clear()

    id = await world.offer()
    case = await world.case(id)
    assert case.handoff.state.value == "booking"
    assert case.handoff.meeting
    assert case.handoff.meeting.organizer_event
    for seconds in (1, 2, 4, 8, 16, 32, 60, 60):
        await looks_again(world, timedelta(seconds=seconds))
    jobs = await world.rows(
        "select count(*) from procrastinate_jobs where task_name = 'await_invitation'"
    )
    assert jobs == [(1,)]
    assert await world.state(id) == "booking"
    assert world.box.requests.count("GET", "calendarView") <= 10
    for _ in range(3):
        await looks_again(world, timedelta(seconds=60))

    assert await world.state(id) == "sent_back"
    assert "has not reached the calendar of Rita Osei" in world.reads("quinn")
    assert await world.opens("quinn", "give_to")
    assert await world.rows("select 1 from procrastinate_jobs where attempts > 0") == []
    await world.press("quinn", "give_to")
    assert await world.state(id) == "offered"
    assert (await world.case(id)).handoff.rep != world.box.person("rita").id
    assert await in_quinns_calendar(world) == [SUBJECT]


@pytest.mark.parametrize("closed", [Mailbox.DENIED, Mailbox.MISSING])
async def test_so_it_does_where_its_organizers_mailbox_lets_nobody_look_any_more(
    world: World, closed: Mailbox
) -> None:
    world.box.directory.change("rita", automatic=False)
    id = await world.offer()
    world.box.set_mailbox("quinn", closed)

    for seconds in (1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60):
        await looks_again(world, timedelta(seconds=seconds))

    assert await world.state(id) == "sent_back"
    assert "has not reached the calendar of Rita Osei" in world.reads("quinn")


async def test_while_an_invitation_is_on_its_way_the_clock_adds_no_second_look(
    world: World,
) -> None:
    world.box.directory.change("rita", automatic=False)
    id = await world.offer()
    await world.run("update procrastinate_jobs set scheduled_at = now() + interval '1 day'")

    for _ in range(3):
        await world.pass_(minutes=31)

    jobs = await world.rows(
        "select count(*) from procrastinate_jobs where task_name = 'await_invitation'"
    )
    assert jobs == [(1,)]
    assert await world.state(id) == "booking"


async def test_a_mailbox_that_falls_silent_while_the_invitation_is_on_its_way(
    world: World,
) -> None:
    world.box.transport.takes(10, 10, seed=1)
    await world.brief(f"rep:{world.box.person('rita').id}")
    world.box.set_mailbox("rita", Mailbox.SILENT)
    await world.press("quinn", "book")
    id = await world.newest_handoff()
    assert await world.state(id) == "booking"

    world.box.set_mailbox("rita", Mailbox.OPEN)
    await looks_again(world, timedelta(seconds=5))

    assert await world.state(id) == "offered"


WAITS = (BusyError, ChangedError, DuplicateError)
SAYS: dict[type[Exception], str] = {
    DeniedError: "Baton may not write to this mailbox",
    NoMailboxError: "there is no mailbox that Outlook can use",
}


REFUSED = one_of_each(REFUSALS, lambda one: (one.error, one.status))


@pytest.mark.large
@pytest.mark.at_once
@pytest.mark.parametrize(
    "one",
    REFUSED,
    ids=lambda one: f"{one.status} {one.code} {one.words}",
)
async def test_whatever_graph_refuses_a_booking_with_it_is_made_once_or_said_why_not(
    world: World, one: Refusal
) -> None:
    """What passes is tried again; what does not is the qualifier's to know, in words."""
    world.box.faults.graph_status(
        one.status, one.code, one.words, times=1, method="POST", path="events", person="quinn"
    )
    id = await world.offer()
    await looks_again(world, timedelta(minutes=1))

    if one.error in WAITS:
        assert await world.state(id) == "offered"
        assert await in_quinns_calendar(world) == [SUBJECT]
        return
    assert await world.state(id) == "qualified"
    assert SAYS.get(one.error, "Outlook refused the invitation") in world.reads("quinn")
    assert await in_quinns_calendar(world) == []
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []


@pytest.mark.at_once
@pytest.mark.parametrize(("least", "most", "requests"), [(0, 0, 8), (20, 20, 12)])
async def test_what_a_booking_costs(world: World, least: int, most: int, requests: int) -> None:
    await world.offer_times()
    if most:
        world.box.transport.takes(least, most, seed=1)
    world.box.requests.clear()

    await world.press("quinn", "book")

    assert await world.state(await world.newest_handoff()) == "offered"
    asked = [
        (one.method, one.path)
        for one in world.box.requests.graph_requests()
        if one.path != "/subscriptions"  # a mailbox is watched once, for all its bookings
    ]
    assert len(asked) <= requests, asked


async def test_a_link_that_teams_makes_late_is_waited_for(world: World) -> None:
    world.box.tenant.meetings.has_links = False
    id = await world.offer()
    assert await world.state(id) == "booking"
    world.box.tenant.meetings.has_links = True
    world.box.outlook.change("quinn", SUBJECT, location="Online")

    await looks_again(world, timedelta(seconds=60))

    case = await world.case(id)
    assert case.handoff.state.value == "offered"
    assert case.handoff.meeting
    assert case.handoff.meeting.join_url
    assert "no Teams link" not in world.reads("quinn")


async def test_a_meeting_that_gets_no_link_is_said_to_have_none_until_it_has(
    world: World,
) -> None:
    world.box.tenant.meetings.has_links = False
    id = await world.offer()
    for _ in range(6):
        await looks_again(world, timedelta(seconds=60))

    assert await world.state(id) == "offered", "a meeting without a link is a meeting"
    assert "no_link" in await world.timeline(id)
    assert "The meeting has no Teams link." in world.reads("quinn")
    world.box.tenant.meetings.has_links = True
    world.box.outlook.change("quinn", SUBJECT, location="Online")
    await world.work()
    assert "The meeting has no Teams link." not in world.reads("quinn")


async def test_another_time_agreed_stays_agreed_while_the_update_is_on_its_way(
    world: World,
) -> None:
    world.box.transport.takes(10, 20, seed=1)
    id = await world.offer()
    await world.press("rita", "another_time")
    others = (await world.case(id)).handoff.others
    assert others
    await world.press("rita", "propose", start=others[1].isoformat())

    await world.press("quinn", "move_meeting")

    case = await world.case(id)
    assert case.handoff.meeting
    assert (case.handoff.state.value, case.handoff.meeting.span.start) == ("accepted", others[1])
    copy = world.box.outlook.event("rita", SUBJECT)
    assert (copy.start, copy.response.value) == (others[1], "accepted")
    assert (await world.timeline(id)).count("moved") == 1
    assert len([c for c in case.handoff.commitments if c.what == "answer"]) == 2


async def test_their_organizer_moved_it_and_the_reps_copy_hears_of_it_later(world: World) -> None:
    id = await world.accepted()
    world.box.transport.takes(20, 20, seed=1)
    world.box.notifications.travel = False  # the organizer's event tells at once
    later = MONDAY + timedelta(days=3, hours=2)

    world.box.outlook.move("quinn", SUBJECT, later)
    await world.box.settled()
    await world._work()

    case = await world.case(id)
    assert case.handoff.meeting
    assert (case.handoff.state.value, case.handoff.meeting.span.start) == ("offered", later)
    world.box.requests.clear()
    await world.click("rita", "accept")
    await world.work()
    case = await world.case(id)
    assert case.handoff.meeting
    assert (case.handoff.meeting.moving, case.handoff.trouble) == (False, None)
    assert (await world.timeline(id)).count("moved") == 1
    assert await world.state(id) == "accepted"
    assert world.box.requests.count("POST", "/accept") == 1, "no yes to the old time"
    assert world.box.outlook.event("rita", SUBJECT).response == "accepted"


async def test_their_organizer_moved_it_and_the_reps_copy_never_hears_of_it(world: World) -> None:
    id = await world.accepted()
    world.box.directory.change("rita", automatic=False)
    later = MONDAY + timedelta(days=3, hours=2)
    world.box.outlook.move("quinn", SUBJECT, later)
    await world.work()

    for seconds in (1, 2, 4, 8, 16, 32, 60, 60, 60, 60):
        await looks_again(world, timedelta(seconds=seconds))

    case = await world.case(id)
    assert case.handoff.meeting
    assert case.handoff.meeting.span.start == later, "the organizer's time rules"
    assert "copy_lags" in await world.timeline(id)
    assert "Your Outlook calendar shows another time" in world.reads("rita")
    assert (await world.timeline(id)).count("moved") == 1

    world.box.directory.change("rita", automatic=True)
    world.box.outlook.change("quinn", SUBJECT, location="Room 1")
    await world.work()
    case = await world.case(id)
    assert case.handoff.meeting
    assert (case.handoff.trouble, case.handoff.meeting.moving) == (None, False)


async def test_a_rep_who_drags_their_own_copy_has_not_moved_the_meeting(world: World) -> None:
    id = await world.accepted()
    before = (await world.case(id)).handoff.meeting
    assert before

    world.box.outlook.move("rita", SUBJECT, before.span.start + timedelta(hours=2))
    await world.work()

    case = await world.case(id)
    assert case.handoff.meeting
    assert (case.handoff.state.value, case.handoff.meeting.span) == ("accepted", before.span)
    assert "Your Outlook calendar shows another time" in world.reads("rita")
    world.box.outlook.move("rita", SUBJECT, before.span.start)
    await world.work()
    assert (await world.case(id)).handoff.trouble is None


@pytest.mark.parametrize("who", ["rita", "quinn"])
async def test_the_same_meeting_with_a_new_id_is_not_gone(world: World, who: str) -> None:
    """It was restored, or replaced by a delegate's client: its iCalUId is what it was."""
    id = await world.accepted()
    event = world.box.outlook.event(who, SUBJECT)
    world.box.mailboxes.remove(event)
    again = world.box.outlook.place(replace(event, id=ids.new_item()))

    await world.work()
    await world.app.services.stores.door.follow(Look(id), LookAtOrganizer(id))
    await world.work()

    case = await world.case(id)
    assert (case.handoff.state.value, case.handoff.trouble) == ("accepted", None)
    assert "invite_gone" not in await world.timeline(id)
    assert again.uid == event.uid
    if who == "quinn":
        world.box.outlook.move("quinn", SUBJECT, MONDAY + timedelta(days=4))
        await world.work()
        assert await world.state(id) == "offered"


@pytest.mark.parametrize("what", ["moved", "passed on"])
async def test_a_meeting_that_was_restored_is_moved_and_passed_on_like_any_other(
    world: World, what: str
) -> None:
    """Its organizer has it under another id, of which no notification tells."""
    id = await world.offer()
    if what == "moved":
        await world.press("rita", "another_time")
        await world.press("rita", "propose")
    else:
        await world.press("rita", "send_back", reason="no_need")
    world.box.faults.notifications_lost()
    await with_another_id(world, "quinn")

    await world.press("quinn", "move_meeting" if what == "moved" else "give_to")
    await looks_again(world, timedelta(seconds=2))

    said = await world.timeline(id)
    assert await world.state(id) == ("accepted" if what == "moved" else "offered")
    assert not {"cancelled", "not_invited"} & set(said)
    assert len(await in_quinns_calendar(world)) == 1


async def test_a_meeting_that_was_restored_is_declined_and_cancelled_like_any_other(
    world: World,
) -> None:
    """Rita's copy first, then Quinn's event, have another id by the time that Outlook is told."""
    id = await world.offer()
    world.box.faults.notifications_lost()

    await with_another_id(world, "rita")
    await world.press("rita", "send_back", reason="no_need")
    await looks_again(world, timedelta(seconds=20))
    answers = world.box.outlook.event("quinn", SUBJECT).attendees
    assert [a.response.value for a in answers if "rita" in a.who.mail] == ["declined"]

    await with_another_id(world, "quinn")
    await world.press("quinn", "end", titled="Nurture")
    await looks_again(world, timedelta(seconds=20))
    assert await world.state(id) == "nurtured"
    assert await in_quinns_calendar(world) == []
    assert [one.kind for one in world.invitations()][-1] == "cancellation"


async def test_yes_is_said_to_the_copy_that_is_there_now(world: World) -> None:
    id = await world.offer()
    world.box.faults.notifications_lost()
    await with_another_id(world, "rita")

    await world.press("rita", "accept")
    await looks_again(world, timedelta(seconds=2))

    assert await world.state(id) == "accepted"
    assert world.box.outlook.event("rita", SUBJECT).response.value == "accepted"


@pytest.mark.parametrize("everyone", [True, False], ids=["all on the list", "whom it concerns"])
async def test_the_prospect_reads_of_a_new_rep_once_whoever_outlook_tells_of_guests(
    world: World, *, everyone: bool
) -> None:
    world.box.tenant.meetings.tells_everyone = everyone
    id = await world.accepted()
    await world.press("rita", "send_back", reason="no_need")

    await world.press("quinn", "give_to")

    case = await world.case(id)
    assert case.handoff.rep
    rep = case.person(case.handoff.rep)
    await world.press(
        next(k for k in ("ravi", "rosa") if world.box.person(k).id == rep.id), "accept"
    )
    *before, last = world.invitations()
    assert [one.kind for one in before] == ["invitation", "update"][: 1 + everyone]
    for one in before:
        assert "You meet Rita Osei" in one.body.content, "nobody else has said yes yet"
    assert last.kind == "update"
    assert f"You meet {rep.name}" in last.body.content
    assert "Rita Osei" not in last.body.content
    assert "meetup-join" in last.body.content, "the way to join stays"


@pytest.mark.parametrize("then", ["free", "held", "over", "prep"])
async def test_a_meeting_that_is_moved_while_its_new_rep_is_invited_is_theirs_at_that_time(
    world: World, then: str
) -> None:
    other = await world.accepted("ravi", wanted="2026-03-06", contact_email="b@b.example")
    held = (await world.case(other)).handoff.meeting
    id = await world.accepted(wanted="2026-03-05", company="Fabrikam")
    await world.press("rita", "send_back", reason="no_need")
    assert held
    to = held.span.start + timedelta(hours=3 * (then == "free"))
    if then == "over":
        to = world.clock() - timedelta(hours=2)
    if then == "prep":
        to = next(
            s.start for _, s in (await world.case(other)).handoff.reservations if s != held.span
        )
    down = world.box.faults.graph_down()
    ravi = world.box.person("ravi").id
    await world.press("quinn", "give_to", titled="Give it", rep=ravi)
    world.box.faults.lift(down)
    world.box.outlook.move("quinn", "Fabrikam and Halden Systems", to)
    for _ in range(3):
        await looks_again(world, timedelta(minutes=1))

    said = await world.timeline(id)
    if then in ("free", "prep"):
        assert ("made_way" in await world.timeline(other)) == (then == "prep")
        meeting = (await world.case(id)).handoff.meeting
        assert meeting
        assert (await world.state(id), meeting.span.start) == ("offered", to)
        assert (said.count("moved"), said.count("not_invited")) == (1, 0)
    else:
        why = "to a time that is over" if then == "over" else "to where the rep has something else"
        assert await world.state(id) == "sent_back"
        assert f"moved in Outlook {why}" in world.reads("quinn")


@pytest.mark.parametrize("everyone", [True, False], ids=["all on the list", "whom it concerns"])
@pytest.mark.parametrize("changes", [{}, {"needs": "4 warehouses"}], ids=["same text", "other"])
async def test_a_rep_who_declined_and_has_the_meeting_again_is_really_invited(
    world: World, changes: dict[str, str], *, everyone: bool
) -> None:
    world.box.tenant.meetings.tells_everyone = everyone
    id = await world.offer()
    await world.press("rita", "send_back", reason="brief")

    await world.press("quinn", "fix_brief", None, **changes)

    assert await world.state(id) == "offered"
    copy = world.box.outlook.event("rita", SUBJECT)
    assert (copy.cancelled, copy.response.value) == (False, "notResponded")
    await world.press("rita", "accept")
    assert await world.state(id) == "accepted"


@pytest.mark.parametrize("everyone", [True, False], ids=["all on the list", "whom it concerns"])
async def test_a_prospect_whose_address_was_wrong_is_invited_and_introduced_at_the_right_one(
    world: World, *, everyone: bool
) -> None:
    world.box.tenant.meetings.tells_everyone = everyone
    id = await world.offer()
    await world.press("rita", "send_back", reason="brief")

    await world.press("quinn", "fix_brief", None, contact_email="ines.prado@contoso.example")

    assert await world.state(id) == "offered"
    there = {one.who.mail for one in world.box.outlook.event("quinn", SUBJECT).attendees}
    assert there == {world.box.person("rita").mail, "ines.prado@contoso.example"}
    assert [one.kind for one in world.invitations()] == ["invitation", "cancellation"]
    new = "ines.prado@contoso.example"
    assert [one.kind for one in world.invitations(new)] == ["invitation"]
    assert [len(world.mails()), len(world.mails(new))] == [1, 1]
    world.box.outside.respond(new, "accept")
    await world.work()
    assert "prospect_accepted" in await world.timeline(id)
