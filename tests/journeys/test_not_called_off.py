"""A meeting is off, and Outlook, which tells everyone who was invited, is slow to take it or
will not: who is to tell the prospect reads so in time, and how it stands.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from aiohttp import ClientSession

from sandbox.company import Mailbox
from sandbox.exchange.model import LetterKind
from sandbox.faults import Part, Status
from tests.journeys.test_not_told import begins, for_good
from tests.journeys.test_prospect_moves import page_of, press
from tests.world import SUBJECT, World


@pytest.mark.parametrize("mailbox", [Mailbox.DENIED, Mailbox.MISSING], ids=["closed", "none"])
async def test_a_meeting_that_outlook_will_not_call_off_is_the_qualifiers_to_cancel(
    world: World, accepted: UUID, mailbox: Mailbox
) -> None:
    world.box.set_mailbox("quinn", mailbox)
    await world.press("quinn", "call_off")
    await for_good(world)

    card = world.reads("quinn")
    assert card.startswith("NOT CALLED OFF IN OUTLOOK")
    assert "Ines Prado and whoever else is invited have not heard that it is off" in card
    closed = mailbox is Mailbox.DENIED
    assert ("Outlook does not let Baton into your calendar" in card) == closed
    assert ("Please cancel it in Outlook" in card) == closed
    assert ("You have no mailbox that Outlook can use" in card) == (not closed)
    assert world.newest("quinn").verbs()[0] == "seen_to"
    assert world.box.outlook.has("rita", SUBJECT)
    asked = "cancel it there" if closed else "tell them"
    heard = f"Ines Prado has not heard that it is off. Quinn was asked to {asked}"
    assert heard in world.reads("rita")
    assert WAY not in card
    await world.press("quinn", "seen_to")
    assert "NOT CALLED OFF" not in world.reads("quinn")
    assert WAY not in world.reads("quinn"), "nothing is on its way any more"
    did = "cancelled it in Outlook" if closed else "told Ines Prado that it is off"
    assert f"Quinn Avery {did}." in world.reads("rita")


async def tried_again(world: World) -> None:
    """Whatever waits for Outlook asks it once more, and the sweep looks."""
    await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await world.sweep()


WAY = "The cancellation is on its way: everyone who was invited gets it as soon as Outlook answers."
WENT = "The cancellation went out "
NEVER = "The cancellation never went out"


async def test_a_cancellation_is_said_to_be_on_its_way_and_then_when_it_went(
    world: World, accepted: UUID
) -> None:
    world.box.faults.graph_down()
    await world.press("quinn", "call_off")
    assert WAY in world.reads("quinn")
    assert WENT not in world.reads("quinn") + world.reads("rita")
    cards = world.cards("quinn"), world.cards("rita")
    await tried_again(world)
    assert (world.cards("quinn"), world.cards("rita")) == cards, "there is time: it is on Tuesday"

    world.box.faults.clear()
    await tried_again(world)

    for who in ("quinn", "rita"):
        assert f"{WENT}Mon " in world.reads(who)
        assert WAY not in world.reads(who)
    assert [one.kind for one in world.invitations()] == ["invitation", "cancellation"]
    await world.press("quinn", "find_times")
    assert WAY not in world.reads("quinn")


@pytest.mark.parametrize("called", ["the day before", "an hour before", "after a move"])
async def test_who_is_to_tell_the_prospect_reads_so_while_there_is_time_to_call(
    world: World, accepted: UUID, called: str
) -> None:
    """Outlook is away from before the meeting is called off until it has begun; after a move, it
    has yet to be told of that first, and the prospect expects the time of before.
    """
    start = await begins(world, accepted)
    if called == "an hour before":
        await world.until(start - timedelta(hours=1))
    await world.press("quinn", "look_for_other_times")
    others = (await world.case(accepted)).handoff.others
    assert others
    world.box.faults.graph_down()
    if called == "after a move":
        await world.press("quinn", "move_to", start=others[-1].isoformat())
        assert await begins(world, accepted) != start
    else:
        await world.press("quinn", "leave_time")
    await world.press("quinn", "call_off")
    if called == "an hour before":
        await world.sweep()
    else:
        await tried_again(world)
        assert "HAS NOT HEARD" not in world.reads("rita"), "there is time"
        world.clock.set(start - timedelta(hours=2))
        await tried_again(world)

    read, theirs = world.reads("quinn"), world.reads("rita")
    assert read.startswith("NOT CALLED OFF IN OUTLOOK YET · YOU CALLED THE MEETING OFF")
    assert "have not heard yet that the meeting of Tue 09:00 is off. Please call them" in read
    assert WAY not in read
    assert theirs.startswith("INES PRADO HAS NOT HEARD · CANCELLED")
    assert "Quinn was asked to tell them; if you can reach them, please do." in theirs
    cards = world.cards("quinn"), world.cards("rita")
    await tried_again(world)
    assert (world.cards("quinn"), world.cards("rita")) == cards, "they are told once"

    world.clock.set(start + timedelta(minutes=1))
    await tried_again(world)

    assert world.reads("quinn").startswith("NOT CALLED OFF IN TIME · ")
    assert "INES PRADO HAS NOT HEARD" in world.reads("rita")
    assert "had not heard that it was off, and may be waiting" in world.reads("rita")
    for who in ("quinn", "rita"):
        assert WAY not in world.reads(who)
        assert "as soon as Outlook" not in world.reads(who)
    await world.press("quinn", "seen_to")
    assert NEVER in world.reads("quinn")
    assert NEVER in world.reads("rita")
    assert "Quinn Avery told Ines Prado that it is off." in world.reads("rita")
    assert "MAY BE WAITING" not in world.reads("rita")


async def test_who_has_told_the_prospect_is_not_asked_again_once_it_begins(
    world: World, accepted: UUID
) -> None:
    start = await begins(world, accepted)
    await world.until(start - timedelta(hours=1))
    world.box.faults.graph_down()
    await world.press("quinn", "call_off")
    await world.sweep()
    await world.press("quinn", "seen_to")
    assert "NOT CALLED OFF" not in world.reads("quinn")
    assert "Quinn Avery told Ines Prado that it is off." in world.reads("rita")
    await tried_again(world)
    assert "NOT CALLED OFF" not in world.reads("quinn")

    world.clock.set(start + timedelta(minutes=1))
    await tried_again(world)

    assert NEVER in world.reads("quinn")
    assert "NOT CALLED OFF" not in world.reads("quinn")


async def test_a_prospect_who_said_no_themselves_is_not_to_be_told(
    world: World, accepted: UUID
) -> None:
    start = await begins(world, accepted)
    page = page_of(world)
    await world.until(start - timedelta(hours=1))
    world.box.faults.graph_down()
    async with ClientSession() as browser:
        await press(browser, page, act="call_off", note="Another time")
    await tried_again(world)
    world.clock.set(start + timedelta(minutes=1))
    await tried_again(world)

    for who in ("quinn", "rita"):
        assert world.reads(who).startswith("INES PRADO SAID NO")
        assert "has not heard" not in world.reads(who)


async def test_a_cancellation_that_outlook_took_before_it_was_known_is_said_to_have_gone_out(
    world: World, accepted: UUID
) -> None:
    """Outlook has told everyone, its answer was lost, and it is asked again only after the start:
    nobody is to call a prospect who knows.
    """
    start = await begins(world, accepted)
    faults, cancel = world.box.faults, "/cancel"
    lost = faults.graph_answer_lost(after=0, method="POST", path=cancel)
    away = faults.add(Part.GRAPH, Status(status=503), method="POST", path=cancel, spares=1)
    await world.press("quinn", "call_off")
    assert lost.hits
    await tried_again(world)
    assert away.hits
    assert [one.kind for one in world.invitations()] == ["invitation", "cancellation"]
    assert WAY in world.reads("quinn")
    world.box.faults.clear()
    world.clock.set(start + timedelta(minutes=1))
    await tried_again(world)

    for who in ("quinn", "rita"):
        assert f"{WENT}Tue 09:00" in world.reads(who), "by then, at the latest"
        assert "NOT CALLED OFF" not in world.reads(who)
        assert "HAS NOT HEARD" not in world.reads(who)
        assert WAY not in world.reads(who)
    assert "not_called_off" not in await world.timeline(accepted)


async def test_nobody_hears_of_a_cancellation_once_the_meeting_has_been(
    world: World, accepted: UUID
) -> None:
    start = await begins(world, accepted)
    world.box.faults.graph_down()
    await world.press("quinn", "call_off")
    await world.until(start + timedelta(minutes=40))
    world.box.faults.clear()
    await for_good(world)

    assert LetterKind.CANCELLATION not in [letter.kind for letter in world.invitations()]
    assert world.reads("quinn").startswith("NOT CALLED OFF IN TIME")
    assert "Ines Prado has not heard that it was off. Please tell them." in world.reads("quinn")
