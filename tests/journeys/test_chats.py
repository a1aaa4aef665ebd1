"""Teams forgets a chat, or refuses a token: neither says anything of the person."""

import pytest

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
    gone = world.box.faults.teams_status(404, "ConversationNotFound", person="rita", times=1)

    await world.pass_(hours=2, minutes=1)

    assert gone.hits == 1
    assert world.cards("rita") == cards + 1
    assert await unreachable(world, "rita") is None
    assert "undeliverable" not in await world.timeline(id)
    await world.press("rita", "accept")
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
    cards = world.cards("rita")
    refused = world.box.faults.teams_status(401, "Unauthorized", times=1)
    world.box.requests.clear()

    await world.pass_(hours=2, minutes=1)

    assert refused.hits == 1
    assert world.cards("rita") == cards + 1
    assert [r for r in world.box.requests.to("entra") if r.path.endswith("/token")]


@pytest.mark.usefixtures("offered")
async def test_a_fresh_token_that_teams_refuses_too_loses_no_message(world: World) -> None:
    cards = world.cards("rita")
    fault = world.box.faults.teams_status(401, "Unauthorized", times=None)
    await world.pass_(hours=2, minutes=1)
    assert world.cards("rita") == cards
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []

    world.box.faults.lift(fault)
    await world.run(
        "update procrastinate_jobs set scheduled_at = now() where status = 'todo' and attempts > 0"
    )
    await world.work()

    assert world.cards("rita") == cards + 1
    assert await unreachable(world, "rita") is None
