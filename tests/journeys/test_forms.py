"""Forms that a click opens: whose they are, how long they stay, and what is forged about them."""

from uuid import UUID, uuid4

import pytest

from bot.baton import NO_PART
from handoff.effects import Show
from sandbox.teams import cards
from sandbox.teams.chats import ChatMessage
from tests.world import BRIEF, World

FORGED = (
    *("week x", "alarm x", "report x", "reported x", "line x", "why x", "why 1 2", "fairness x"),
    *("reported 1", "calendar", "stage 1 proposal", "agree", "away Ravi until Fri", "pledge", ""),
)
"""What no form is on. Some of it does something, where somebody says it."""


def open_there(world: World, who: str, message: ChatMessage) -> bool:
    shown = world.box.teams.chats.message(who, message.id)
    assert shown
    return "Back" in [one.title for one in shown.actions()]


async def test_to_open_a_form_is_to_say_nothing_whatever_it_is_said_to_be_on(
    world: World, offered: UUID
) -> None:
    card = world.newest("rita")
    stages = "select handoff, stage from routing_stage"
    before = await world.rows(stages)

    for said in FORGED:
        for verb in ("open", "back"):
            data = {"said": said, "opens": "send_back"}
            answer = await world.box.teams.execute("rita", card, verb, data)
            assert answer.ok, (verb, said)
            assert answer.says("Say *mine*"), (verb, said, answer.texts())

    assert await world.rows(stages) == before
    doing = await world.rows(
        "select distinct task_name from procrastinate_jobs where status = 'todo'"
    )
    assert doing == [("show_answer",)], "that it is too old, on every device"


async def test_whoever_forges_a_card_of_a_lead_that_is_none_of_theirs_has_none_of_it(
    world: World, offered: UUID
) -> None:
    """Neither now nor whenever it changes later."""
    card = world.newest("ravi")
    forged = {"handoff": str(offered), "stands": "1", "opens": "send_back"}

    for verb in ("open", "back", "send_back"):
        answer = await world.box.teams.execute("ravi", card, verb, forged)
        assert answer.texts() == [NO_PART.format(number=1)]
    await world.work()

    known = "select from card where handoff = %s and person = %s"
    assert not await world.rows(known, offered, world.box.person("ravi").id)


async def test_a_form_that_is_done_ends_no_other_that_somebody_is_typing_in(world: World) -> None:
    """On the laptop they type in the card itself, on the phone in what Baton says to *why*."""
    id = await world.offer(wanted="2026-03-05")
    card, quinn = world.newest("quinn"), world.box.person("quinn").id
    await world.press("quinn", "open", card, titled="What it is worth")
    await world.say("quinn", "why 1")
    other = world.newest("quinn")

    await world.box.teams.execute("quinn", other, "back", {"handoff": str(id), "opened": "worth"})
    await world.app.services.stores.door.follow(Show(quinn, id))
    await world.work()

    assert open_there(world, "quinn", card)


async def test_who_is_told_what_is_wrong_has_as_long_again_to_put_it_right(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    card, quinn = world.newest("quinn"), world.box.person("quinn").id
    await world.press("quinn", "open", card, titled="What it is worth")
    await world.pass_(minutes=8)
    await world.press("quinn", "mend_worth", card, value="1.500", currency="CHF")
    await world.pass_(minutes=4)
    await world.app.services.stores.door.follow(Show(quinn, id))
    await world.work()
    assert open_there(world, "quinn", card)
    await world.pass_(minutes=7)
    assert not open_there(world, "quinn", card)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("2569-03-05", "2026-03-05"), ("٢٠٢٦-٠٣-٠٥", "2026-03-05"), ("1447-09-16", "2026-03-02")],
)
async def test_a_brief_that_lacks_something_keeps_the_day_as_every_phone_can_show_it(
    world: World, typed: str, kept: str
) -> None:
    await world.form()
    data = {**BRIEF, "form": str(uuid4()), "target": "pool:emea", "company": "", "wanted": typed}

    answer = await world.box.teams.execute("quinn", world.newest("quinn"), "brief", data)

    shown = {one["id"]: one.get("value") for one in cards.inputs(answer.card or {})}
    assert shown["wanted"] == kept
