"""Whatever people type and phones make of it, they have an answer, and nothing is lost by it."""

from datetime import timedelta
from uuid import UUID

import pytest

from sandbox.teams.person import Answer
from tests.failures.stories import at
from tests.hour import MONDAY
from tests.journeys.test_calendars import check, put
from tests.world import BRIEF, World

HALF = "Ports \ud83d"  # of an emoji, as a phone leaves it that cuts a text to its length
ODD = [HALF, "Po\0rts"]
LIKE_THIS = {HALF: "Ports �", "Po\0rts": "Ports"}


@pytest.mark.parametrize("typed", ODD, ids=["half an emoji", "a NUL"])
async def test_a_lead_is_taken_with_what_cannot_be_kept_left_out(world: World, typed: str) -> None:
    await world.brief(f"rep:{world.box.person('rita').id}", needs=typed)

    await world.press("quinn", "book")

    case = await world.case(await world.newest_handoff())
    assert case.handoff.lead.needs == LIKE_THIS[typed]
    assert LIKE_THIS[typed] in world.reads("rita")


@pytest.mark.parametrize("typed", ODD, ids=["half an emoji", "a NUL"])
async def test_a_form_comes_back_with_it_when_something_is_missing(
    world: World, typed: str
) -> None:
    await world.form()
    [button] = [one for one in world.newest("quinn").actions() if one.verb == "brief"]
    data = {**(button.data or {}), **BRIEF, "target": "pool:emea", "company": "", "needs": typed}

    answer = await world.box.teams.execute("quinn", world.newest("quinn"), "brief", data)

    assert answer.ok
    assert answer.says("Company")


@pytest.mark.parametrize("typed", ODD, ids=["half an emoji", "a NUL"])
async def test_a_rep_says_why_with_it(world: World, offered: UUID, typed: str) -> None:
    await world.press("rita", "send_back", reason="brief")
    await world.press("rita", "add_note", note=typed)

    assert await world.state(offered) == "sent_back"
    assert LIKE_THIS[typed] in world.reads("quinn")


async def test_what_was_typed_in_two_lines_stands_in_one_in_every_calendar(world: World) -> None:
    rita = world.box.person("rita")
    await world.brief(f"rep:{rita.id}", company="Contoso\r\nBcc: all", contact_name="Ines\nPrado")
    await world.press("quinn", "book")
    await world.work()
    await world.press("rita", "accept")
    await world.work()

    week = MONDAY, MONDAY + timedelta(days=28)
    subjects = [event.subject for event in world.box.outlook.calendar("rita", *week)]
    assert any("Prepare" in one for one in subjects)
    assert not [one for one in subjects if "\n" in one or "\r" in one]


async def test_a_message_that_ends_in_half_an_emoji_is_handed_over(world: World) -> None:
    opened = await world.box.teams.extend("quinn", "handOver", message=f"<p>{HALF}</p>")

    assert opened.ok
    assert "Ports �" in str(opened.dialog)


async def test_a_time_at_the_end_of_all_calendars_was_not_offered(world: World) -> None:
    await world.brief()
    rita = world.box.person("rita").id
    forged = {"choice": f"9999-12-31T23:50:00+00:00|{rita}"}

    answer = await world.box.teams.execute(
        "quinn",
        world.newest("quinn"),
        "book",
        {"handoff": str(await world.newest_handoff()), **forged},
    )

    assert answer.ok
    assert "not one of the choices" in "\n".join(answer.texts())


@pytest.mark.parametrize("day", ["2206-03-04", "9999-12-31", "2027-03-20"])
async def test_a_next_step_in_another_century_is_a_slip_and_nothing_is_booked(
    world: World, accepted: UUID, day: str
) -> None:
    """A card names the day without its year: nobody would see where it went."""
    answer = await world.click("rita", "follow_up", kind="call", day=day, titled="Book it")

    assert answer.says("Please choose a day within the next year.")
    assert "follow_up" not in await world.timeline(accepted)


async def test_a_day_on_a_card_of_last_week_has_passed_and_nothing_is_booked(
    world: World, accepted: UUID
) -> None:
    """Its button says tomorrow still, or a day of the week."""
    data = {"handoff": str(accepted), "kind": "call", "day": "2026-02-27"}

    answer = await world.box.teams.execute("rita", world.newest("rita"), "follow_up", data)

    assert answer.says("That day has passed. Please choose another.")
    assert "follow_up" not in await world.timeline(accepted)


async def test_a_next_step_within_the_year_is_booked(world: World, accepted: UUID) -> None:
    await world.press("rita", "follow_up", kind="call", day="2027-01-12", titled="Book it")

    assert "follow_up_booked" in await world.timeline(accepted)


async def test_what_an_iphone_sends_as_nothing_is_asked_for_again_and_nothing_is_done(
    world: World,
) -> None:
    """It sends null for inputs that are there, required or not.

    https://github.com/MicrosoftDocs/msteams-docs/issues/13951
    """

    async def pressed(who: str, verb: str, titled: str = "") -> Answer:
        """The button with every input of its card as null."""
        await world.opens(who, verb, None, titled=titled or None)
        card = world.newest(who)
        [button] = [a for a in card.actions() if a.verb == verb and titled in a.title and a.inputs]
        data = {**(button.data or {}), **{one["id"]: None for one in button.inputs}}
        answer = await world.box.teams.execute(who, card, verb, data)
        assert answer.ok
        await world.work()
        return answer

    await world.form()
    assert (await pressed("quinn", "brief")).says("Please fill in: Company")
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14, 30))
    assert (await pressed("mara", "extend")).says("That is not one of the choices on this card")
    await world.say("mara", "why 1")
    before = await world.timeline(await world.newest_handoff())
    await pressed("mara", "extend_early")
    await world.press("rita", "accept")
    await world.until(at(5, 10, 45))
    bare = {"handoff": str(await world.newest_handoff())}
    nothing = await world.box.teams.execute("rita", world.newest("rita"), "how_it_went", bare)
    assert nothing.says("Please choose what happened.")

    after = await world.timeline(await world.newest_handoff())
    assert after[: len(before)] == before
    assert not {"sent_back", "extended", "went"} & set(after)


async def test_who_leaves_out_where_the_prospect_is_is_asked(world: World) -> None:
    await world.form()
    [button] = [one for one in world.newest("quinn").actions() if one.verb == "brief"]
    data = {**(button.data or {}), **BRIEF, "target": "pool:emea", "contact_zone": None}

    answer = await world.box.teams.execute("quinn", world.newest("quinn"), "brief", data)

    assert answer.says("Please choose where the prospect is.")
    assert await world.rows("select id from handoff") == []


async def test_what_colleagues_call_themselves_and_their_meetings_is_taken_as_it_is_seen(
    world: World,
) -> None:
    """In Entra and in Outlook, of which nobody says what they refuse; one holds up no other."""
    rita, ravi = world.box.person("rita"), world.box.person("ravi")
    world.box.directory.change(rita.id, given="Ri\0ta\u202e", surname="O\u200bsei")
    world.box.directory.change(ravi.id, surname="Singh")

    await world.sync()

    names = dict(await world.rows("select id, name from person"))
    assert (names[rita.id], names[ravi.id]) == ("Rita Osei", "Ravi Singh")
    put(world, who=rita.id, subject="Hold\0 - Q\u202eBR\x07")
    await check(world)
    assert "\nHold - QBR\n" in "\n".join(world.newest(rita.id).texts())
    assert await world.rows("select from procrastinate_jobs where status = 'failed'") == []
