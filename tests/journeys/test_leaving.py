"""People leave: what was theirs has a new owner at once, and nothing is expected of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from handoff.policy import Promise
from store.invariants import broken
from tests.hour import MONDAY
from tests.journeys.rotation import EMEA
from tests.world import World

HERE = "whoever has an open lead, or owes something in it, is present and enabled"


async def leaves(world: World, *who: str, deleted: bool = False) -> None:
    """Their accounts are closed, and who is who is read once."""
    for one in who:
        if deleted:
            world.box.directory.leave(one)
        else:
            world.box.directory.change(one, enabled=False)
    await world.sync()
    await world.work()


async def alone(world: World) -> None:
    """Quinn is the only qualifier."""
    world.box.directory.set_group("Qualifiers", [world.box.person("quinn")])
    await world.sync()
    await world.sync()


async def all_is_well(world: World) -> None:
    found = await broken(world.app.services.stores.reads)
    assert {name: numbers for name, numbers in found.items() if numbers} == {}


async def names(world: World, id: UUID) -> dict[str, str]:
    """Who has which part in it, by the given name in small letters."""
    handoff = (await world.case(id)).handoff
    parts = {"qualifier": handoff.qualifier, "owner": handoff.owner, "rep": handoff.rep}
    return {part: world.box.person(who).key for part, who in parts.items() if who}


async def owed(world: World, id: UUID) -> dict[Promise, str]:
    handoff = (await world.case(id)).handoff
    return {c.what: world.box.person(c.who).key for c in handoff.commitments if c.open}


def meetings(world: World, who: str) -> list[Any]:
    events = world.box.outlook.calendar(who, MONDAY, MONDAY + timedelta(days=30))
    return [e for e in events if "Contoso" in e.subject]


@pytest.mark.parametrize("who", ["rita", "quinn"])
async def test_who_has_left_and_has_an_open_lead_is_found_by_the_doctor(
    world: World, who: str
) -> None:
    await world.accepted()
    await world.run("update person set present = false where id = %s", world.box.person(who).id)
    assert (await broken(world.app.services.stores.reads))[HERE] == [1]

    await world.sync()
    await all_is_well(world)


@pytest.mark.parametrize("said", [False, True], ids=["offered", "accepted"])
async def test_a_reps_meeting_goes_to_a_colleague_who_is_free(world: World, said: bool) -> None:
    id = await (world.accepted() if said else world.offer())
    await leaves(world, "rita")

    now = await names(world, id)
    assert now["rep"] in set(EMEA) - {"rita"}
    assert now["owner"] == now["rep"]
    assert await owed(world, id) | {Promise.REPLY: ""} == {
        Promise.ANSWER: now["rep"],
        Promise.REPLY: "",
    }
    for one in world.invitations():
        assert "You meet Rita Osei." in one.body.content, "nobody else has said yes"
    assert [e.attendees for e in meetings(world, "quinn")], "the same meeting"
    assert (await world.timeline(id)).count("left") == 1
    await all_is_well(world)


async def test_with_nobody_free_it_is_the_qualifiers_who_may_not_send_it_to_the_leaver(
    world: World,
) -> None:
    id = await world.accepted()
    span = (await world.case(id)).handoff.meeting
    assert span
    for who in ("ravi", "rosa"):
        world.box.outlook.create(who, "Fair", span.span.start, span.span.end)

    await leaves(world, "rita")

    assert await world.state(id) == "sent_back"
    assert await owed(world, id) == {Promise.REWORK: "quinn"}
    assert "no longer here" in world.reads("quinn")
    assert not await world.opens("quinn", "fix_brief")
    [(ending,)] = await world.rows(
        "select ending from commitment where what = 'meet' and who = %s",
        world.box.person("rita").id,
    )
    assert ending == "released", "nobody waits for a leaver at a meeting"
    await all_is_well(world)


async def test_after_the_meeting_the_next_step_is_not_owed_by_who_has_left(world: World) -> None:
    id = await world.accepted()
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    await world.until(meeting.span.end + timedelta(minutes=1))
    assert await world.state(id) == "following"

    await leaves(world, "rita")

    assert await owed(world, id) == {Promise.REWORK: "quinn"}
    await all_is_well(world)


async def test_a_lead_that_is_being_booked_with_a_leaver_is_looked_for_anew_and_nothing_is_sent(
    world: World,
) -> None:
    await world.brief(f"rep:{world.box.person('rita').id}")
    await world.click("quinn", "book")
    id = await world.newest_handoff()
    assert await world.state(id) == "booking"

    await leaves(world, "rita")

    assert await world.state(id) == "qualified"
    assert await owed(world, id) == {Promise.BOOK: "quinn"}
    assert (await world.case(id)).handoff.search is None, "whom it goes to is asked anew"
    assert world.invitations() == []
    assert meetings(world, "quinn") == []
    await all_is_well(world)


@pytest.mark.at_once
async def test_a_meeting_that_was_made_while_the_rep_left_is_cancelled(world: World) -> None:
    """Outlook made it, and its answer was lost; before the next try, the rep was gone."""
    world.box.faults.graph_answer_lost(after=0, times=1, method="POST", path="/events")
    await world.brief(f"rep:{world.box.person('rita').id}")
    await world.click("quinn", "book")
    await world.app.work(wait=False, concurrency=1)
    id = await world.newest_handoff()
    assert await world.state(id) == "booking"
    assert len(meetings(world, "quinn")) == 1
    assert len(world.invitations()) == 1

    await leaves(world, "rita")
    await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await world.work()

    assert await owed(world, id) == {Promise.BOOK: "quinn"}
    assert meetings(world, "quinn") == []
    assert [one.kind for one in world.invitations()][-1] == "cancellation"
    assert await world.rows("select 1 from invitation") == []
    await all_is_well(world)


async def test_a_lead_in_marketing_and_a_contest_have_somebody_else_at_once(world: World) -> None:
    ada = world.box.person("ada")
    world.box.directory.set_group("Marketing", [world.box.person("milo"), ada])
    await world.sync()
    contested = await world.accepted()
    nurtured = await world.offer("ravi", contact_email="a@a.example", wanted="2026-03-04")
    await world.press("ravi", "send_back", reason="no_need")
    await world.press("quinn", "end", titled="Nurture")
    first = (await names(world, nurtured))["owner"]
    meeting = (await world.case(contested)).handoff.meeting
    assert meeting
    await world.until(meeting.span.end)
    await world.press("rita", "how_it_went", titled="The prospect did not come")
    card = await world.found("quinn", "contest")
    await world.press("quinn", "contest", card, claim_meeting="rep_absent")
    assert (await owed(world, contested))[Promise.JUDGE] == "mara"

    await leaves(world, first, "mara")

    assert first in ("milo", "ada")
    other = "ada" if first == "milo" else "milo"
    assert (await names(world, nurtured))["owner"] == other
    assert await owed(world, nurtured) == {Promise.NURTURE: other}
    assert (await owed(world, contested))[Promise.JUDGE] == "helen"
    await all_is_well(world)
    await world.press("helen", "judge", titled="Quinn is right")
    assert (await world.case(contested)).handoff.meeting_outcome == "rep_absent"
    await leaves(world, other)
    assert await owed(world, nurtured) == {Promise.NURTURE: "quinn"}, "nobody is left there"
    await all_is_well(world)


async def test_a_qualifiers_leads_go_up_where_no_other_qualifier_is(world: World) -> None:
    await alone(world)
    offered = await world.offer()
    await world.brief(contact_email="a@a.example", wanted="2026-03-04")
    ready = await world.newest_handoff()
    event = (await world.case(offered)).handoff.meeting
    assert event

    await leaves(world, "quinn")

    for id in (offered, ready):
        assert (await names(world, id))["qualifier"] == "mara"
    assert await owed(world, ready) == {Promise.BOOK: "mara"}
    assert (await names(world, offered))["owner"] == "rita"
    shown = [m for m in world.box.teams.chat("mara") if "book" in m.verbs()]
    assert shown, "times in her own calendar"
    await all_is_well(world)

    await world.press("rita", "send_back", reason="not_a_fit")
    assert await owed(world, offered) == {Promise.REWORK: "mara"}
    card = await world.found("mara", "end")
    await world.press("mara", "end", card, titled="No lead after all")
    assert await world.state(offered) == "ended"
    assert meetings(world, "quinn") == [], "cancelled where it stood, in the leaver's calendar"


async def test_leads_go_to_other_qualifiers_by_turn(world: World) -> None:
    ids = [await world.offer(contact_email=f"a@a{n}.example") for n in range(4)]

    await leaves(world, "quinn")

    heirs = [(await names(world, id))["qualifier"] for id in ids]
    assert sorted(heirs) == ["priya", "priya", "theo", "theo"]
    await all_is_well(world)


async def test_a_managers_decision_goes_to_the_next_level_and_none_comes_to_a_leaver(
    world: World,
) -> None:
    id = await world.offer(wanted="2026-03-06")
    await world.until(MONDAY + timedelta(hours=5))
    assert (await owed(world, id))[Promise.DECIDE] == "mara"

    await leaves(world, "mara")

    assert (await owed(world, id))[Promise.DECIDE] == "helen"
    await all_is_well(world)
    later = await world.offer("ravi", wanted="2026-03-09", contact_email="b@b.example")
    await world.until(MONDAY + timedelta(days=2))
    assert (await owed(world, later)).get(Promise.DECIDE) != "mara"
    await all_is_well(world)


async def test_a_manager_whose_account_is_disabled_is_a_problem_that_an_admin_reads(
    world: World,
) -> None:
    world.box.directory.change("mara", enabled=False)
    problems = await world.sync()
    assert any("account of a manager is disabled" in one for one in problems)


async def test_a_deleted_person_is_gone_as_well(world: World) -> None:
    await alone(world)
    id = await world.accepted()
    await leaves(world, "rita", "quinn", deleted=True)
    await world.sync()
    await world.work()
    now = await names(world, id)
    assert now["qualifier"] == "mara"
    assert now["rep"] != "rita"
    await all_is_well(world)


async def test_forty_days_after_a_qualifier_has_left_somebody_was_told_and_decides(
    world: World,
) -> None:
    await alone(world)
    await world.brief(contact_email="a@a.example")
    id = await world.newest_handoff()
    heard = world.cards("mara")
    await leaves(world, "quinn")
    for day in range(1, 5):
        await world.until(MONDAY + timedelta(days=day, hours=8))
    assert world.cards("mara") > heard
    assert (await names(world, id))["owner"] == "mara"
    await all_is_well(world)


@pytest.mark.parametrize("before", [True, False], ids=["and then contested", "while contested"])
async def test_what_a_managers_word_opens_again_is_not_a_leavers(
    world: World, before: bool
) -> None:
    """It was said to be lost, and they had never met; whoever said so has left."""
    id = await lost(world)
    if before:
        await leaves(world, "rita")
    await world.press(
        "quinn", "contest", await world.found("quinn", "contest"), claim_meeting="prospect_absent"
    )
    if not before:
        await leaves(world, "rita")

    await world.press("mara", "judge", titled="Quinn is right")

    assert await world.state(id) == "sent_back"
    assert await owed(world, id) == {Promise.REWORK: "quinn"}
    assert "no longer here" in world.reads("quinn")
    await all_is_well(world)


async def test_what_is_put_right_and_goes_on_has_a_qualifier_who_is_here(world: World) -> None:
    id = await lost(world)
    await leaves(world, "quinn")

    await world.press("rita", "put_right", titled="Wrong: the prospect did not come")

    assert await world.state(id) == "following"
    now = await names(world, id)
    assert now["qualifier"] in ("priya", "theo")
    assert now["owner"] == "rita"
    await all_is_well(world)


async def lost(world: World) -> UUID:
    """Rita has met Ines, and nothing came of it."""
    id = await world.accepted()
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    await world.until(meeting.span.end + timedelta(minutes=1))
    await world.press("rita", "how_it_went", titled="It took place")
    await world.press("rita", "no_further_step", ending="lost:price")
    assert await world.state(id) == "ended"
    return id


@pytest.mark.parametrize("moved", ["by the rep's proposal", "by its qualifier"])
async def test_a_time_on_its_way_to_outlook_when_its_mailbox_goes_is_booked_anew_by_another(
    world: World, moved: str
) -> None:
    await world.install("priya", "theo")
    id = await world.accepted()
    if moved == "by its qualifier":
        await world.press("quinn", "look_for_other_times")
        others = (await world.case(id)).handoff.others
        assert others
        await world.click("quinn", "move_to", start=others[1].isoformat())
    else:
        await world.press("rita", "another_time")
        others = (await world.case(id)).handoff.others
        assert others
        await world.press("rita", "propose", start=others[1].isoformat())
        await world.click("quinn", "move_meeting")
    world.box.directory.leave("quinn")
    await world.sync()
    await world.sync()
    await world.work()

    heir = (await names(world, id))["qualifier"]
    assert heir in ("priya", "theo")
    assert await world.state(id) == "qualified"
    assert await owed(world, id) == {Promise.BOOK: heir}
    assert "The meeting is off" in world.reads("rita")
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []
    await all_is_well(world)
    await world.press(heir, "find_times", await world.found(heir, "find_times"))
    card = await world.found(heir, "book")
    await world.press(heir, "book", card)
    assert await world.state(id) == "offered"
    assert [e.subject for e in meetings(world, heir)]
    await all_is_well(world)
