"""Teams forgets a chat, or refuses a token: neither says anything of the person."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from handoff.effects import ShowMine
from sandbox.teams.chats import ChatMessage
from tests.journeys.test_delivery import looks_again
from tests.world import World

SUBJECT = "Contoso Logistics and Halden Systems"


async def unreachable(world: World, who: str) -> str | None:
    found = await world.app.services.stores.people.find(world.box.person(who).id)
    assert found
    return found.unreachable


@pytest.mark.usefixtures("offered")
async def test_a_chat_that_teams_knows_no_more_is_begun_anew_and_the_card_arrives(
    world: World,
) -> None:
    [(id,)] = await world.rows("select id from handoff")
    cards = world.cards("rita")
    world.box.chats.set("rita", conversation="a:1another")
    world.box.requests.clear()

    await world.pass_(hours=2, minutes=1)

    assert world.cards("rita") == cards + 1
    assert await unreachable(world, "rita") is None
    assert "undeliverable" not in await world.timeline(id)
    reminder = world.newest("rita")
    await world.app.services.stores.door.follow(ShowMine(world.box.person("rita").id))
    await world.work()
    assert world.box.requests.count("POST", "/conversations") == 1, "it is known from then on"
    await world.press("rita", "accept", reminder)
    assert await world.state(id) == "accepted"


@pytest.mark.usefixtures("offered")
async def test_where_no_chat_can_be_begun_either_the_person_is_unreachable(world: World) -> None:
    [(id,)] = await world.rows("select id from handoff")
    world.box.faults.teams_status(404, "ConversationNotFound", person="rita", times=None)

    await world.pass_(hours=2, minutes=1)

    assert await unreachable(world, "rita") == "has no chat with Baton any more"
    assert "undeliverable" in await world.timeline(id)


@pytest.mark.usefixtures("offered")
async def test_a_token_that_teams_refuses_is_asked_for_anew_and_the_message_arrives(
    world: World,
) -> None:
    await world.say("rita", "mine")
    await world.work()
    cards = world.cards("rita")
    refused = world.box.faults.teams_status(401, "Unauthorized", times=1)
    world.box.requests.clear()

    await world.say("rita", "mine")  # at once, while the token would still be good
    await world.work()

    assert refused.hits == 1
    assert world.cards("rita") == cards + 1
    assert [r for r in world.box.requests.to("entra") if r.path.endswith("/token")]


@pytest.mark.usefixtures("offered")
async def test_a_fresh_token_that_teams_refuses_too_loses_no_message(world: World) -> None:
    cards = world.cards("rita")
    fault = world.box.faults.teams_status(401, "Unauthorized", times=None)
    with capture_logs() as said:
        await world.pass_(hours=2, minutes=1)
    [why] = {one["why"] for one in said if one["event"] == "our token is refused"}
    assert "the Azure Bot must have CLIENT_ID as its app id" in why
    assert world.cards("rita") == cards
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []

    world.box.faults.lift(fault)
    await world.run(
        "update procrastinate_jobs set scheduled_at = now() where status = 'todo' and attempts > 0"
    )
    await world.work()

    assert world.cards("rita") == cards + 1
    assert await unreachable(world, "rita") is None


def seen(world: World, card: ChatMessage) -> ChatMessage:
    """The message as it is now."""
    return next(m for m in world.box.teams.chat(card.person) if m.id == card.id)


async def delivered_twice(world: World) -> tuple[ChatMessage, ChatMessage]:
    """The offer reaches Rita, Teams says that it has not, and so it reaches her once more."""
    await world.brief(f"rep:{world.box.person('rita').id}")
    cards = world.cards("rita")
    world.box.faults.teams_answer_lost(after=0, times=1, person="rita")
    await world.press("quinn", "book")
    assert world.cards("rita") == cards + 1
    await looks_again(world, timedelta(seconds=5))
    assert world.cards("rita") == cards + 2
    first, second = [m for m in world.box.teams.chat("rita") if m.from_bot][-2:]
    assert "accept" in first.verbs(), "nobody could close it"
    assert "accept" in second.verbs()
    return first, second


@pytest.mark.at_once
async def test_of_two_copies_of_a_card_the_one_that_is_clicked_is_closed_if_it_is_the_first(
    world: World,
) -> None:
    first, second = await delivered_twice(world)

    await world.press("rita", "accept", first)

    id = await world.newest_handoff()
    assert await world.state(id) == "accepted"
    first, second = (seen(world, one) for one in (first, second))
    assert any(one.startswith("See the newer card") for one in first.texts())
    assert first.verbs() == []
    assert second.says("ACCEPTED")


@pytest.mark.at_once
async def test_the_card_that_is_live_stays_when_it_is_clicked(world: World) -> None:
    _, second = await delivered_twice(world)

    await world.press("rita", "accept", second)

    assert seen(world, second).says("ACCEPTED")
    assert await world.rows("select 1 from procrastinate_jobs where task_name = 'close_card'") == []


@pytest.mark.at_once
async def test_a_copy_that_was_clicked_before_the_next_try_is_the_live_card(world: World) -> None:
    await world.brief(f"rep:{world.box.person('rita').id}")
    world.box.faults.teams_answer_lost(after=0, times=1, person="rita")
    await world.press("quinn", "book")
    id, rita = await world.newest_handoff(), world.box.person("rita").id
    assert (await world.app.services.stores.conversations.standing(id, rita)).live is None
    await world.run("delete from procrastinate_jobs where task_name = 'show' and attempts > 0")
    only = world.newest("rita")

    await world.press("rita", "accept", only)

    assert (await world.app.services.stores.conversations.standing(id, rita)).live == only.id
    assert "ACCEPTED" in world.reads("rita")


@pytest.mark.at_once
async def test_a_card_of_which_teams_does_not_say_the_id_has_been_shown_and_lives_once_clicked(
    world: World,
) -> None:
    await world.brief(f"rep:{world.box.person('rita').id}")
    cards = world.cards("rita")
    world.box.faults.teams_leaves_out_the_id(person="rita")
    await world.press("quinn", "book")
    id, rita = await world.newest_handoff(), world.box.person("rita").id
    known = world.app.services.stores.conversations
    assert world.cards("rita") == cards + 1, "it is not sent again"
    assert (await known.standing(id, rita)).live is None

    await world.press("rita", "accept")

    assert (await known.standing(id, rita)).live == world.newest("rita").id
    assert "ACCEPTED" in world.reads("rita")
    assert world.cards("rita") == cards + 1


async def test_a_chat_that_teams_begins_without_saying_which_is_asked_for_again(
    world: World,
) -> None:
    world.box.chats.set("priya", installed=True)
    priya = world.box.person("priya").id
    world.box.faults.teams_leaves_out_the_id()
    await world.app.services.stores.door.follow(ShowMine(priya))
    await world.work()
    assert world.cards("priya") == 0
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []

    await looks_again(world, timedelta(seconds=5))

    assert world.cards("priya") == 1


@pytest.mark.parametrize("chat", ["19:gone@thread.v2", "", None], ids=["gone", "empty", "unnamed"])
async def test_an_answer_that_came_in_private_has_come_though_the_chat_it_was_asked_in_is_gone(
    world: World, chat: str | None
) -> None:
    asked = world.box.teams.activity("rita", "message") | {"text": "mine"}
    asked["conversation"] = {"id": chat, "conversationType": "groupChat"}

    assert (await world.box.teams.send("rita", asked)).ok
    await world.work()

    assert "Rita" in world.reads("rita") or "nothing" in world.reads("rita").lower()
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []


@pytest.mark.parametrize(("asked", "answer"), [("mine", "Contoso"), ("<at>Baton</at> ", "why 17")])
async def test_what_is_asked_among_others_is_answered_in_private_and_they_read_only_where(
    world: World, asked: str, answer: str
) -> None:
    """Mara's chat stands for one with others. A mention without a word gets the help."""
    await world.offer()
    chat = world.box.chats.chat(world.box.person("mara")).conversation
    activity = world.box.teams.activity("rita", "message")
    mentioned = {"mentioned": activity["recipient"], "text": "<at>Baton</at>", "type": "mention"}
    activity |= {
        "text": asked,
        "conversation": {"id": chat, "conversationType": "groupChat"},
        "entities": [mentioned],
    }
    before = world.cards("mara")

    assert (await world.box.teams.send("rita", activity)).ok
    await world.work()

    assert answer in world.reads("rita")
    assert world.newest("mara").texts() == ["I have answered you in our own chat."]
    assert world.cards("mara") == before + 1


async def test_a_chat_with_others_that_teams_takes_nothing_for_keeps_no_card_from_who_asked(
    world: World,
) -> None:
    """Their own works: they have the answer once, and nobody is said not to be reached."""
    chat = world.box.chats.chat(world.box.person("mara")).conversation
    asked = {"text": "mine", "conversation": {"id": chat, "conversationType": "groupChat"}}
    down = world.box.faults.teams_status(429, "", times=None, person="mara", retry_after=3600)
    assert (
        await world.box.teams.send("rita", world.box.teams.activity("rita", "message") | asked)
    ).ok
    await world.work()
    cards = world.cards("rita")
    await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await world.work()

    rita = world.box.person("rita").id
    assert await world.app.services.stores.delivery.tried_since(rita) is None
    assert world.cards("rita") == cards, "once"
    world.box.faults.lift(down)
    await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await world.work()
    assert world.newest("mara").texts() == ["I have answered you in our own chat."]
