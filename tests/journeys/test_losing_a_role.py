"""Who is no longer named by the policy has no powers from the reading on that is sure of it, and
keeps what they still owe.
"""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from cards.timeline import NOT_YOURS
from handoff.policy import Promise
from tests.hour import MONDAY
from tests.journeys.rotation import policy
from tests.journeys.test_handing_on import WAYS, give_ravi, shown_to
from tests.journeys.test_leaving import all_is_well, leaves, names, owed
from tests.world import World

NAMED_NO_MORE = "The policy no longer names you"


async def group_is(world: World, group: str, who: Iterable[str]) -> None:
    """The group has only these, and both readings that make it sure are done."""
    world.box.directory.set_group(group, [world.box.person(one) for one in who])
    await world.sync()
    await world.sync()
    await world.work()


async def test_a_former_qualifier_hands_nothing_over_and_keeps_the_lead_that_is_open(
    world: World,
) -> None:
    id = await world.offer()
    await group_is(world, "Qualifiers", ["priya", "theo"])

    await world.say("quinn", "book")
    assert "Handing over leads is for qualifiers" in world.reads("quinn")
    assert (await names(world, id))["qualifier"] == "quinn"
    await world.press("rita", "send_back", reason="not_a_fit")
    assert await owed(world, id) == {Promise.REWORK: "quinn"}
    await world.say("quinn", "mine")
    assert "Contoso Logistics" in world.reads("quinn")
    await all_is_well(world)

    card = await world.found("quinn", "end")
    await world.press("quinn", "end", card, titled="No lead after all")
    await world.sync()
    for words in ("mine", "book", "why 1", "fairness 1"):
        await world.say("quinn", words)
        assert NAMED_NO_MORE in world.reads("quinn"), words
    await world.say("quinn", "help")
    assert "start_booking" not in world.newest("quinn").verbs(), "it is nothing for them"
    await world.say("quinn", "who looked")
    assert NAMED_NO_MORE not in world.reads("quinn"), "that is theirs whatever they are"


async def test_who_is_named_no_more_by_a_new_policy_is_nothing_with_the_next_reading(
    world: World,
) -> None:
    await world.install("ada")
    await policy(
        world, ('admins = ["ada.novak@halden.example"]', 'admins = ["mara.lind@halden.example"]')
    )
    await world.sync()
    await world.offer()

    await world.say("ada", "why 1")

    assert NAMED_NO_MORE in world.reads("ada")


async def test_a_former_rep_meets_whom_they_promised_to_meet_and_gets_nobody_new(
    world: World,
) -> None:
    id = await world.accepted()
    await group_is(world, "Reps EMEA", ["ravi", "rosa"])

    assert (await names(world, id))["rep"] == "rita"
    assert Promise.MEET in await owed(world, id)
    await all_is_well(world)
    await world.brief("pool:emea", contact_email="a@a.example")
    search = (await world.case(await world.newest_handoff())).handoff.search
    assert search
    assert {world.box.person(who).id for who in ("ravi", "rosa")} == set(search.next)
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    await world.until(meeting.span.end + timedelta(minutes=1))
    await world.press("rita", "how_it_went", titled="It took place")
    await world.press("rita", "no_further_step", ending="opportunity")
    assert await world.state(id) == "ended"

    await world.sync()
    await world.say("rita", "fairness")
    assert NAMED_NO_MORE in world.reads("rita")
    await all_is_well(world)


async def test_a_former_manager_reads_nothing_and_decides_only_what_was_asked_of_them(
    world: World,
) -> None:
    asked = await world.offer()
    await world.until(MONDAY + timedelta(hours=5))
    assert (await owed(world, asked))[Promise.DECIDE] == "mara"
    await world.offer("ravi", contact_email="b@b.example", wanted="2026-03-05")
    for one in list(world.box.directory):
        if one.manager == world.box.person("mara").id:
            world.box.directory.change(one, manager=world.box.person("dana").id)
    await world.sync()

    await world.say("mara", "why 2")
    assert NOT_YOURS in world.reads("mara")
    await world.say("mara", "why 1")
    assert "Contoso Logistics" in world.reads("mara"), "it is still theirs to decide"
    card = next(m for m in reversed(world.box.teams.chat("mara")) if "talk" in m.verbs())
    await world.press("mara", "talk", card)
    assert Promise.DECIDE not in await owed(world, asked)
    await all_is_well(world)

    await world.say("mara", "why 1")
    assert NOT_YOURS in world.reads("mara"), "it is settled"


async def test_one_reading_takes_nobodys_powers(world: World) -> None:
    world.box.directory.not_indexed.add(world.box.person("quinn").id)
    await world.sync()
    await world.brief()
    assert "book" in world.newest("quinn").verbs()


async def test_who_loses_the_role_and_then_the_account_owns_nothing(world: World) -> None:
    id = await world.accepted()
    await group_is(world, "Reps EMEA", ["ravi", "rosa"])
    world.box.directory.change("rita", enabled=False)

    await world.sync()
    await world.work()

    assert (await names(world, id))["owner"] != "rita"
    await all_is_well(world)


async def has_a_meeting_and_no_role(world: World) -> None:
    """Ravi has promised to meet somebody, and is in no group any more."""
    await group_is(world, "Reps EMEA", ["rita", "rosa"])
    world.clock.forward(timedelta(minutes=1))


@pytest.mark.parametrize("way", WAYS)
async def test_who_still_meets_somebody_and_gets_no_leads_any_more_takes_nobodys_place(
    world: World, way: str
) -> None:
    await world.accepted("ravi", contact_email="b@b.example", wanted="2026-03-10")
    id, who, verb = await shown_to(world, way, number=2)
    await has_a_meeting_and_no_role(world)

    await give_ravi(world, who, verb)

    assert (await names(world, id))["rep"] == "rita"
    read = "\n".join(text for m in world.box.teams.chat(who) for text in m.texts())
    assert "ravi patel gets no leads any more" in read.lower()
    await all_is_well(world)


async def test_a_time_that_was_shown_with_somebody_who_gets_no_leads_any_more_is_not_booked(
    world: World,
) -> None:
    await world.accepted("ravi", contact_email="b@b.example", wanted="2026-03-10")
    await world.brief(f"rep:{world.box.person('ravi').id}", contact_email="x@y.example")
    id = await world.newest_handoff()
    await has_a_meeting_and_no_role(world)

    await world.press("quinn", "book", await world.found("quinn", "book"))

    assert await world.state(id) == "qualified"
    assert "ravi patel gets no leads any more" in world.reads("quinn").lower()


async def test_who_has_left_does_nothing_with_the_cards_they_had(world: World) -> None:
    """An account that is closed is let in for an hour yet, by what it was given before."""
    given = await world.accepted(wanted="2026-03-05")
    await world.say("mara", "why 1")
    await world.press("mara", "look_for_colleague")
    await world.offer("rosa", contact_email="b@b.example")
    await world.say("mara", "why 2")
    old = world.newest("mara")
    await leaves(world, "mara")

    ravi = world.box.person("ravi").id
    for verb, data in (
        ("hand_on", {"handoff": str(given), "rep": ravi}),
        ("look_for_colleague", {"handoff": str(given)}),
        ("extend_early", {"handoff": str(await world.newest_handoff()), "promise": "3"}),
        ("give_time", {"pledge": f"confirm_week {ravi} 2026-03-09"}),
    ):
        carried = {"hours": "2", "reason": "Why not", **data}
        answer = await world.box.teams.execute("mara", old, verb, carried)
        assert NAMED_NO_MORE in " ".join(answer.texts()), verb
        assert "Contoso" not in str(answer), "and reads nothing"
    await world.work()
    assert (await names(world, given))["rep"] == "rita"
    assert "extended" not in await world.timeline(await world.newest_handoff())
    await all_is_well(world)
