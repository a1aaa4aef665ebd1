"""A rep whose invitation is gone is invited again by one click, and their yes counts."""

from datetime import timedelta
from uuid import UUID

import pytest

from handoff.effects import Look
from jobs.closed_mailboxes import ADMITTED
from sandbox.company import Mailbox
from tests.world import STILL_READ, SUBJECT, World


async def loses_it(world: World) -> None:
    await world.pass_(minutes=6)
    world.box.outlook.delete("rita", SUBJECT)
    await world.work()
    assert "NO LONGER IN YOUR CALENDAR" in world.reads("rita")


def standing(world: World) -> str:
    """How the meeting is answered in the rep's own calendar."""
    return world.box.outlook.event("rita", SUBJECT).response.value


@STILL_READ
async def test_a_rep_who_lost_the_invitation_has_it_again_and_then_accepts(
    world: World, offered: UUID, *, still_read: bool
) -> None:
    world.box.mailboxes.reads_deleted = still_read
    others = len(world.invitations())
    await loses_it(world)
    first, *_ = [one for one in world.newest("rita").actions() if one.style == "positive"]
    assert first.title == "Invite me again"

    await world.press("rita", "invite_again")

    assert "invited_again" in await world.timeline(offered)
    assert (await world.case(offered)).handoff.trouble is None
    assert "CALENDAR" not in world.reads("rita")
    assert len(world.invitations()) == others, "the prospect hears nothing of it"
    assert standing(world) != "accepted", "nobody has said yes"
    await world.press("rita", "accept")
    assert await world.state(offered) == "accepted"
    assert standing(world) == "accepted"


async def test_who_had_said_yes_has_said_so_once_it_is_there_again(
    world: World, accepted: UUID
) -> None:
    await loses_it(world)
    assert "Accept meeting" not in world.reads("rita")
    assert "that stands" in world.reads("rita")

    await world.press("rita", "invite_again")

    assert await world.state(accepted) == "accepted"
    assert standing(world) == "accepted"
    [answer] = [
        one
        for one in (await world.case(accepted)).handoff.commitments
        if one.kind == "back_in_calendar"
    ]
    assert answer.ending == "released", "kept once, and not twice"
    assert "RITA'S CALENDAR" not in world.reads("quinn")


async def test_a_yes_to_what_is_not_in_the_calendar_brings_it_back_and_counts(
    world: World, offered: UUID
) -> None:
    await loses_it(world)

    await world.press("rita", "accept")

    assert await world.state(offered) == "accepted"
    assert standing(world) == "accepted"


async def test_an_invitation_that_does_not_come_may_be_asked_for_once_more(
    world: World, accepted: UUID
) -> None:
    """What is known of her yes stays so all the while, and looking too early changes nothing."""
    await loses_it(world)
    world.box.directory.change("rita", automatic=False)
    await world.press("rita", "invite_again")
    assert "ON ITS WAY BACK TO YOUR CALENDAR" in world.reads("rita")
    assert "Invite me again" not in world.reads("rita")
    answer = await world.box.teams.execute(
        "rita", world.newest("rita"), "invite_again", {"handoff": str(accepted)}
    )
    assert answer.says("moved on"), "it is on its way"
    await world.app.services.stores.door.follow(Look(accepted))
    await world.work()
    assert "ON ITS WAY BACK TO RITA'S CALENDAR" in world.reads("quinn")

    for _ in range(4):
        await world.pass_(minutes=3)
        await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        await world.work()

    assert await world.state(accepted) == "accepted"
    assert "NO LONGER IN YOUR CALENDAR" in world.reads("rita")
    world.box.directory.change("rita", automatic=True)
    await world.press("rita", "invite_again")
    assert standing(world) == "accepted"


@pytest.mark.parametrize("state", ["offered", "accepted"])
async def test_who_invited_a_rep_who_lost_it_invites_them_again_by_the_first_button(
    world: World, state: str
) -> None:
    id = await (world.offer() if state == "offered" else world.accepted())
    others = len(world.invitations())
    await loses_it(world)
    first, *_ = world.newest("quinn").actions()
    assert (first.title, first.style) == ("Invite Rita again", "positive")

    await world.press("quinn", "invite_again")

    assert await world.state(id) == state
    assert (standing(world) == "accepted") is (state == "accepted"), "nobody says yes for them"
    for who in ("rita", "quinn"):
        assert "NO LONGER IN" not in world.reads(who)
    assert len(world.invitations()) == others, "the prospect hears nothing of it"


async def test_only_rep_and_qualifier_ask_for_it_and_only_before_it_begins(
    world: World, offered: UUID
) -> None:
    data = {"handoff": str(offered)}
    early = await world.box.teams.execute("rita", world.newest("rita"), "invite_again", data)
    assert early.says("moved on"), "it is there"
    await loses_it(world)
    card = world.newest("rita")
    await world.box.teams.execute("ravi", card, "invite_again", data)
    assert "invited_again" not in await world.timeline(offered)
    world.clock.forward(timedelta(days=1))
    late = await world.box.teams.execute("rita", card, "invite_again", data)
    assert late.says("The meeting has begun.")


@pytest.mark.parametrize("mailbox", [Mailbox.DENIED, Mailbox.MISSING], ids=["closed", "none"])
async def test_where_nobody_can_send_it_the_rep_reads_that_it_is_still_gone(
    world: World, accepted: UUID, mailbox: Mailbox
) -> None:
    await loses_it(world)
    world.box.set_mailbox("quinn", mailbox)
    await world.press("rita", "invite_again")

    for _ in range(ADMITTED + 1):
        await world.pass_(minutes=2)
        await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        await world.work()

    assert await world.state(accepted) == "accepted"
    assert "Invite me again" in world.reads("rita")
