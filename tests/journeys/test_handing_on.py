"""Whoever answers for a meeting gives it to a colleague, at any time; and whoever was shown to be
free is looked at again before they have it.
"""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bot.click import Click
from bot.giving import VERBS
from handoff.policy import Promise
from sandbox.faults import GRAPH_DOWN, Part
from tests.hour import MONDAY
from tests.journeys.rotation import policy, pool
from tests.journeys.test_leaving import all_is_well, names, owed
from tests.world import INES, World

SUBJECT = "Contoso Logistics and Halden Systems"


async def opens(world: World, who: str, number: int = 1) -> None:
    """They ask for a colleague, and read who is free."""
    await world.say(who, f"why {number}")
    await world.press(who, "look_for_colleague")


async def busy(world: World, id: UUID, *who: str) -> None:
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    for one in who:
        world.box.outlook.create(one, "Fair", meeting.span.start, meeting.span.end)


def naming(world: World, who: str, mail: str = INES) -> int:
    """How often the prospect has read that they meet *who*."""
    said = f"You meet {world.box.person(who).name}."
    return sum(said in one.body.content for one in world.invitations(mail))


@pytest.mark.parametrize("who", ["quinn", "mara"])
@pytest.mark.parametrize("said", [False, True], ids=["offered", "accepted"])
async def test_a_meeting_of_a_rep_who_is_there_and_ill_is_given_away_and_says_so_once(
    world: World, who: str, said: bool
) -> None:
    id = await (world.accepted() if said else world.offer())
    before = len(world.invitations())

    await opens(world, who)
    assert (
        "The time stays, and the prospect reads who it is once they have said yes."
        in world.reads(who)
    )
    await give_ravi(world, who, "hand_on")

    assert (await names(world, id))["rep"] == "ravi"
    assert (await owed(world, id))[Promise.ANSWER] == "ravi"
    assert naming(world, "ravi") == 0
    assert "OFFERED TO RAVI" in world.reads("rita")
    await world.found(who, "look_for_colleague")  # as it stands now, and theirs again
    assert (
        await world.rows(
            "select 1 from commitment where who = %s and ending in ('late', 'passed_on')",
            world.box.person("rita").id,
        )
        == []
    )
    assert "reassigned" in await world.timeline(id)
    await all_is_well(world)
    await world.press("ravi", "accept")
    assert naming(world, "ravi") == 1
    assert {one.kind for one in world.invitations()[before:]} == {"update"}


async def test_who_is_given_it_at_night_is_not_late_before_their_day_begins(world: World) -> None:
    """The meeting is at half past nine, and Ravi begins at nine: he has a quarter of an hour."""
    id = await world.accepted()
    await world.press("quinn", "look_for_other_times")
    others = (await world.case(id)).handoff.others or ()
    eight = MONDAY + timedelta(hours=23)  # on Tuesday, when Ravi begins
    soon = [one for one in others if timedelta() < one - eight < timedelta(hours=2)]
    later = soon[0]
    await world.press("quinn", "move_to", start=later.isoformat())
    await world.press("rita", "accept")
    await world.pass_(hours=12)
    await opens(world, "quinn")
    await give_ravi(world, "quinn", "hand_on")
    asked = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert asked
    hours = (await world.case(id)).person(asked.who).hours
    begins = hours.next_at_work(asked.made_at)
    assert begins < later
    assert asked.due_at == begins + timedelta(minutes=15)
    await world.until(begins)
    assert "15 working minutes, for the meeting is near" in world.reads("ravi")
    assert "before_work" not in await world.timeline(id)
    await world.press("ravi", "accept")
    ended = [c.ending for c in (await world.case(id)).handoff.commitments if c.n == asked.n]
    assert ended == ["kept"]


async def test_a_time_that_outlook_has_not_heard_of_yet_goes_with_the_meeting_to_a_colleague(
    world: World,
) -> None:
    """It was agreed while Outlook took no change; the prospect hears of time and rep at once."""
    id = await world.offer()
    await world.press("rita", "another_time")
    others = (await world.case(id)).handoff.others
    assert others
    await world.press("rita", "propose", start=others[1].isoformat())
    away = world.box.faults.add(Part.GRAPH, GRAPH_DOWN, method="PATCH")
    await world.press("quinn", "move_meeting")
    await opens(world, "quinn")
    await give_ravi(world, "quinn", "hand_on")
    assert away.hits
    before = len(world.invitations())

    world.box.faults.lift(away)
    await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await world.work()

    assert (await names(world, id))["rep"] == "ravi"
    for who in ("quinn", "ravi"):
        [event] = [e for e in world.box.outlook.calendar(who, *week()) if SUBJECT in e.subject]
        assert event.start == others[1], who
    assert len(world.invitations()) - before == 1
    assert (await world.timeline(id)).count("moved") == 1
    await all_is_well(world)


def week() -> tuple[datetime, datetime]:
    return MONDAY, MONDAY + timedelta(days=14)


async def test_who_does_not_answer_for_it_has_no_such_button_and_no_such_right(
    world: World,
) -> None:
    id = await world.offer()
    await opens(world, "mara")
    ravi = world.box.person("ravi").id
    for stranger in ("ravi", "dana", "rita"):
        click = Click(
            verb="hand_on",
            by=world.box.person(stranger).id,
            at=world.clock(),
            handoff=id,
            data={"rep": ravi},
        )
        card = await VERBS["hand_on"](world.app.services.baton, click)
        assert re.search(r"Only .* of no\. 1", str(card)), stranger
    await world.work()
    assert (await names(world, id))["rep"] == "rita"
    await world.say("rita", "why 1")
    assert "look_for_colleague" not in world.newest("rita").verbs()


async def test_it_may_be_left_where_it_is(world: World) -> None:
    id = await world.accepted()
    await opens(world, "mara")
    await world.press("mara", "leave_it")
    assert await world.state(id) == "accepted"
    assert (await world.case(id)).handoff.giving is None


async def test_once_the_meeting_has_begun_it_is_too_late(world: World) -> None:
    id = await world.accepted()
    await opens(world, "mara")
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    world.clock.set(meeting.span.start)
    late = {"handoff": str(id), "rep": world.box.person("ravi").id}
    await world.box.teams.execute("mara", world.newest("mara"), "hand_on", late)
    await world.work()
    assert (await names(world, id))["rep"] == "rita"


async def shown_to(world: World, way: str, *, number: int = 1) -> tuple[UUID, str, str]:
    """Somebody has a card that offers Ravi: the handoff, who, and the verb."""
    match way:
        case "anybody responsible":
            id = await world.accepted(wanted="2026-03-05")
            await opens(world, "quinn", number)
            return id, "quinn", "hand_on"
        case "a manager who decides":
            id = await world.offer(wanted="2026-03-06")
            await world.until(MONDAY + timedelta(hours=5))
            return id, "mara", "reassign"
        case "a qualifier who has it back":
            id = await world.offer(wanted="2026-03-05")
            await world.press("rita", "send_back", reason="not_a_fit")
            return id, "quinn", "give_to"
        case _:
            id = await world.accepted(wanted="2026-03-05")
            meeting = (await world.case(id)).handoff.meeting
            assert meeting
            world.box.outlook.set_automatic_replies(
                "rita", start=meeting.span.start - timedelta(hours=12), end=meeting.span.end
            )
            await world.sync()
            await world.work()
            return id, "rita", "pass_on"


WAYS = (
    *("anybody responsible", "a manager who decides", "a qualifier who has it back"),
    "a rep who will be away",
)


async def give_ravi(world: World, who: str, verb: str) -> None:
    """They click him on the newest card that offers him."""
    card = await world.found(who, verb)
    if await world.opens(who, verb, card, titled="Give to Ravi"):
        await world.press(who, verb, card, titled="Give to Ravi")
    else:
        await world.press(who, verb, card, titled="Give it", rep=world.box.person("ravi").id)


@pytest.mark.parametrize("way", WAYS)
async def test_who_has_no_time_any_more_when_it_is_clicked_does_not_get_it(
    world: World, way: str
) -> None:
    id, who, verb = await shown_to(world, way)
    await busy(world, id, "ravi")
    sent = len(world.invitations())

    await give_ravi(world, who, verb)

    assert (await names(world, id))["rep"] == "rita"
    assert "ravi patel is no longer free then" in world.reads(who).lower()
    assert len(world.invitations()) == sent
    assert "Give to Ravi" not in str([a.title for a in world.newest(who).actions()])


@pytest.mark.parametrize("way", WAYS)
async def test_who_has_reached_a_limit_meanwhile_does_not_get_a_second_lead_from_an_old_list(
    world: World, way: str
) -> None:
    await policy(world, pool("limits = { day = 1 }"))
    await world.sync()
    id, who, verb = await shown_to(world, way)
    await world.offer("ravi", contact_email="b@b.example", wanted="2026-03-10")

    await give_ravi(world, who, verb)

    assert (await names(world, id))["rep"] == "rita"
    read = "\n".join(text for m in world.box.teams.chat(who) for text in m.texts())
    assert "ravi patel has no room" in read.lower()


@pytest.mark.parametrize("way", WAYS)
async def test_who_is_still_free_has_it(world: World, way: str) -> None:
    id, who, verb = await shown_to(world, way)
    await give_ravi(world, who, verb)
    assert (await names(world, id))["rep"] == "ravi"
    await all_is_well(world)


async def test_who_has_left_since_they_were_shown_does_not_get_it(world: World) -> None:
    id, who, verb = await shown_to(world, "anybody responsible")
    world.box.directory.change("ravi", enabled=False)
    await world.sync()
    await give_ravi(world, who, verb)
    assert (await names(world, id))["rep"] == "rita"
    assert "ravi patel is no longer here" in world.reads(who).lower()


async def test_while_outlook_does_not_answer_nobody_gets_it_and_then_they_do(
    world: World,
) -> None:
    id, who, verb = await shown_to(world, "anybody responsible")
    fault = world.box.faults.graph_down(path="getSchedule")
    await give_ravi(world, who, verb)
    assert (await names(world, id))["rep"] == "rita"
    assert "Looking in Outlook whether Ravi Patel" in world.reads(who)
    world.box.faults.lift(fault)
    await world.run("update procrastinate_jobs set scheduled_at = now() where attempts > 0")
    await world.work()
    assert (await names(world, id))["rep"] == "ravi"


# --- A lead that waits for its qualifier ------------------------------------------------------


async def found(world: World, id: UUID) -> list[datetime]:
    search = (await world.case(id)).handoff.search
    return [one.start for one in search.found or ()] if search else []


@pytest.mark.parametrize("who", ["quinn", "mara"])
async def test_a_lead_of_a_qualifier_who_is_ill_is_another_ones_with_times_of_their_own(
    world: World, who: str
) -> None:
    """Before anything is overdue, by the qualifier or a manager."""
    await world.install("priya")
    id = await world.offer_times()
    await world.say(who, "why 1")
    priya = world.box.person("priya").id
    first = (await found(world, id))[0]
    world.box.outlook.create("priya", "Dentist", first, first + timedelta(minutes=30))

    await world.press(who, "give_lead", to=priya, note="Quinn is ill")

    assert await names(world, id) == {"qualifier": "priya", "owner": "priya"}
    assert await owed(world, id) == {Promise.BOOK: "priya"}
    assert first not in await found(world, id), "her calendar counts"
    assert "Times that suit everyone" in world.reads("priya")
    assert "Quinn is ill" in "\n".join((await world.say("priya", "why 1")).texts())
    if who == "mara":
        assert "Priya" in world.reads("quinn"), "and who had it is told"
    await world.say("priya", "mine")
    await world.press("priya", "show")
    await world.press("priya", "book")
    assert await world.state(id) == "offered"
    assert [e.subject for e in world.box.outlook.calendar("priya", *week())], "in her calendar"
    await all_is_well(world)


async def test_a_lead_that_came_back_is_another_qualifiers_to_decide_and_a_miss_stays_one(
    world: World,
) -> None:
    await world.install("theo")
    id = await world.offer(wanted="2026-03-09")
    await world.press("rita", "send_back", reason="brief")
    await world.pass_(hours=24)
    await world.sweep()
    assert (await owed(world, id))[Promise.DECIDE] == "mara"

    await world.say("mara", "why 1")
    await world.press("mara", "give_lead", to=world.box.person("theo").id)

    assert await owed(world, id) == {Promise.REWORK: "theo"}
    [(ending,)] = await world.rows(
        "select ending from commitment where what = 'rework' and who = %s",
        world.box.person("quinn").id,
    )
    assert ending == "missed"
    await world.say("theo", "mine")
    await world.press("theo", "show")
    await world.press("theo", "fix_brief")
    assert await world.state(id) == "offered"
    await all_is_well(world)


async def test_whose_a_lead_is_is_said_by_whoever_answers_for_it_alone(world: World) -> None:
    id = await world.offer_times()
    priya, rita = (world.box.person(one).id for one in ("priya", "rita"))
    for stranger, to in (("rita", priya), ("priya", priya), ("dana", priya), ("quinn", rita)):
        click = Click(
            verb="give_lead",
            by=world.box.person(stranger).id,
            at=world.clock(),
            handoff=id,
            data={"to": to},
        )
        await VERBS["give_lead"](world.app.services.baton, click)
    assert (await names(world, id))["qualifier"] == "quinn"

    await world.press("quinn", "book")
    await world.say("mara", "why 1")
    assert not await world.opens("mara", "give_lead"), "it is with its rep"


@pytest.mark.parametrize("how", ["ill", "send_back", "declined in Outlook"])
@pytest.mark.parametrize("when", ["2026-03-03T17:30+00:00", "2026-03-08T03:30+00:00"])
async def test_a_meeting_that_comes_back_in_the_evening_is_a_managers_once_it_begins(
    world: World, how: str, when: str
) -> None:
    """It is the first in the morning, so nothing could be due before; the prospect waits."""
    said = datetime.fromisoformat(when)
    day = said.date() + timedelta(days=1)
    id = await world.accepted(wanted=day.isoformat())
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    await busy(world, id, "ravi", "rosa")
    world.clock.set(said)
    await world.sweep()
    if how == "declined in Outlook":
        world.answers("rita", "decline")
        await world.work()
    else:
        titled = "Ill" if how == "ill" else "No need or project"
        await world.press("rita", "cannot" if how == "ill" else "send_back", titled=titled)
    assert await world.state(id) == "sent_back"

    await world.until(meeting.span.start + timedelta(minutes=1))

    assert "escalated" in await world.timeline(id)
    assert world.reads("mara").startswith("NEEDS A DECISION")
    assert (await world.case(id)).handoff.owed(Promise.DECIDE)
