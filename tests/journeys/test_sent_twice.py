"""A click that Teams sends again is done once; two clicks are two."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from handoff.policy import Promise
from sandbox.teams import cards
from sandbox.teams.person import Answer
from tests.hour import MONDAY
from tests.journeys.rotation import book_next
from tests.journeys.test_calendars import friday, put
from tests.world import BRIEF, World


async def sent(
    world: World, who: str, verb: str, times: int = 2, *, titled: str | None = None, **inputs: Any
) -> list[Answer]:
    """The same click on the newest card, each time under another id."""
    card = world.newest(who)
    assert card.card
    _, data = cards.press(card.card, verb, inputs, titled=titled)
    return [await world.box.teams.execute(who, card, verb, data) for _ in range(times)]


async def follow_ups(world: World, id: UUID) -> int:
    promises = (await world.case(id)).handoff.commitments
    return sum(one.what is Promise.FOLLOW_UP for one in promises)


async def test_a_follow_up_that_is_sent_twice_is_booked_once(world: World, accepted: UUID) -> None:
    title = (await world.case(accepted)).policy.quick_actions[0].title

    first, second = await sent(world, "rita", "follow_up", titled=title)
    await world.work()

    assert await follow_ups(world, accepted) == 1
    assert first.texts() == second.texts(), "the card as it stands"
    calls = world.box.outlook.calendar("rita", MONDAY, MONDAY + timedelta(days=7))
    assert len([one for one in calls if one.subject.startswith("Call")]) == 1


async def test_a_click_that_comes_twice_at_once_is_done_once(world: World, accepted: UUID) -> None:
    card = world.newest("rita")
    assert card.card
    title = (await world.case(accepted)).policy.quick_actions[0].title
    _, data = cards.press(card.card, "follow_up", {}, titled=title)

    answers = await asyncio.gather(
        *(world.box.teams.execute("rita", card, "follow_up", data) for _ in range(8))
    )

    assert all(answer.ok and answer.card for answer in answers)
    assert await follow_ups(world, accepted) == 1


async def test_a_click_on_a_card_without_a_mark_is_known_by_its_id(
    world: World, accepted: UUID
) -> None:
    """Such as hang in chats since an older release."""
    activity = world.box.teams.activity("rita", "invoke") | {
        "name": "adaptiveCard/action",
        "replyToId": world.newest("rita").id,
        "value": {
            "action": {
                "type": "Action.Execute",
                "verb": "follow_up",
                "data": {"handoff": str(accepted), "kind": "call", "day": "2026-03-04"},
            },
            "trigger": "manual",
        },
    }

    answers = [await world.box.teams.send("rita", activity) for _ in range(2)]
    assert all(answer.ok and answer.card for answer in answers)
    assert await follow_ups(world, accepted) == 1

    another = await world.box.teams.send("rita", activity | {"id": "f:another"})
    assert another.says("A call is booked for that day already"), "another click"


async def test_two_clicks_are_two_for_the_card_was_drawn_anew_between_them(
    world: World, accepted: UUID
) -> None:
    tomorrow = {"titled": "Tomorrow", "kind": "call"}
    first = await world.click("rita", "follow_up", None, **tomorrow)
    await world.work()
    second = await world.click("rita", "follow_up", None, **tomorrow)

    assert not first.says("already")
    assert second.says("A call is booked for that day already")
    assert await follow_ups(world, accepted) == 1


async def test_two_clicks_on_one_drawing_with_something_else_filled_in_are_two(
    world: World,
    accepted: UUID,
) -> None:
    card = world.newest("rita")
    assert card.card
    await world.opens("rita", "follow_up", titled="Tomorrow")
    shown = world.newest("rita").card
    assert shown
    for kind in ("call", "mail"):
        _, data = cards.press(shown, "follow_up", {"kind": kind}, titled="Tomorrow")
        await world.box.teams.execute("rita", card, "follow_up", data)

    assert await follow_ups(world, accepted) == 2


async def test_a_click_that_was_refused_can_be_clicked_again(world: World, offered: UUID) -> None:
    """It has not been done: only what is done is remembered."""
    assert await world.opens("rita", "send_back")
    card = world.newest("rita")
    data = next(a.data for a in card.actions() if a.verb == "send_back")

    refused = await world.box.teams.execute("ravi", card, "send_back", data)
    assert refused.says("Only qualifier and rep of no. 1, and their managers, can open it")
    await world.box.teams.execute("rita", card, "send_back", data)

    assert await world.state(offered) == "sent_back"


@pytest.mark.usefixtures("offered")
async def test_the_second_delivery_is_answered_with_the_card_and_no_word_of_refusal(
    world: World,
) -> None:
    _, second = await sent(world, "rita", "accept")

    assert second.texts()[0] == "ACCEPTING · REPLY BY MON 18:00"
    assert not second.says("moved on")


async def test_a_form_that_is_sent_twice_makes_one_lead(world: World) -> None:
    await world.form()

    inputs: dict[str, Any] = {**BRIEF, "target": "pool:emea"}
    first, second = await sent(world, "quinn", "brief", **inputs)

    assert await world.rows("select count(*) from handoff") == [(1,)]
    assert first.texts() == second.texts()
    await world.work()
    assert "Times that suit everyone" in world.reads("quinn")


@pytest.mark.usefixtures("offered")
async def test_a_card_asked_for_twice_in_one_click_is_posted_once(world: World) -> None:
    await world.say("rita", "mine")
    before = world.cards("rita")

    await sent(world, "rita", "show")
    await world.work()

    assert world.cards("rita") == before + 1


async def test_a_late_second_delivery_does_not_free_again_what_was_put_back(
    world: World,
) -> None:
    put(world)
    await friday(world)
    card = world.newest("rita")
    assert card.card
    _, data = cards.press(card.card, "free_event", {})
    await world.box.teams.execute("rita", card, "free_event", data)
    await world.work()
    await world.press("rita", "undo_free")
    before = world.reads("rita")

    late = await world.box.teams.execute("rita", card, "free_event", data)
    await world.work()

    assert late.ok
    assert world.reads("rita") == before


async def test_a_look_at_figures_that_is_sent_twice_is_one_look(world: World) -> None:
    await book_next(world, 0)
    await world.say("quinn", "fairness 1")
    [(before,)] = await world.rows("select count(*) from look")

    await sent(world, "quinn", "pool_figures", times=1)
    [(once,)] = await world.rows("select count(*) from look")
    await world.say("quinn", "fairness 1")
    [(asked,)] = await world.rows("select count(*) from look")
    await sent(world, "quinn", "pool_figures", times=2)
    [(twice,)] = await world.rows("select count(*) from look")

    assert once > before
    assert twice - asked == once - before
