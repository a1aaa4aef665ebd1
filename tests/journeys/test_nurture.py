"""Marketing keeps in touch: with a card, a clock, and a way back to the qualifier."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.world import World


async def nurtured(world: World) -> None:
    await world.press("rita", "send_back", reason="no_need")
    await world.press("quinn", "end", titled="Nurture")


async def test_marketing_is_told_and_gives_it_back_when_the_prospect_is_ready(
    world: World, offered: UUID
) -> None:
    await world.install("milo")
    await nurtured(world)
    assert await world.state(offered) == "nurtured"
    assert "KEEP IN TOUCH" in world.reads("milo")
    assert "Ports webinar" in world.reads("milo")
    assert "Milo Hart in marketing keeps in touch and looks again by" in world.reads("quinn")
    assert "Keep in touch" in "\n".join((await world.say("milo", "mine")).texts())

    await world.press("milo", "show")
    given = world.newest("milo")
    await world.press("milo", "recycle")

    assert await world.state(offered) == "qualified"
    assert "find_times" in world.newest("quinn").verbs()
    assert (await world.rows("select campaign from lead")) == [("Ports webinar",)]
    assert {"sent_back", "nurture", "recycled"} <= set(await world.timeline(offered))
    again = await world.box.teams.execute("milo", given, "recycle", {"handoff": str(offered)})
    assert "nothing has changed" in "\n".join(again.texts())
    assert (await world.timeline(offered)).count("recycled") == 1


async def test_marketers_take_turns(world: World) -> None:
    await world.install("milo", "ada")
    milo, other = (world.box.person(name).id for name in ("milo", "ada"))
    await world.run("update person set roles = roles || '{marketer}' where id = %s", other)
    for n in range(3):
        await world.offer(contact_email=f"a@firm{n}.example", wanted=f"2026-03-0{3 + n // 2}")
        await nurtured(world)
        world.clock.forward(timedelta(minutes=1))

    owners = [owner for (owner,) in await world.rows("select owner from handoff order by number")]

    assert set(owners) == {milo, other}
    assert owners[0] != owners[1]
    assert owners[2] == owners[0]


@pytest.mark.parametrize("who", ["is away", "has left", "is not reached in Teams"])
async def test_a_marketer_who_is_not_there_is_passed_over(world: World, who: str) -> None:
    """Though it would be their turn: nobody has had one yet, and of the two they are first."""
    first, other = sorted(world.box.person(name).id for name in ("milo", "ada"))
    await world.run("update person set roles = roles || '{marketer}' where id = %s", other)
    await world.run("update person set roles = roles || '{marketer}' where id = %s", first)
    match who:
        case "is away":
            away = "update person set away = tstzmultirange(tstzrange(%s, %s)) where id = %s"
            await world.run(away, world.clock(), world.clock() + timedelta(days=3), first)
        case "has left":
            await world.run("update person set present = false where id = %s", first)
        case _:
            await world.run("update person set unreachable = 'blocked' where id = %s", first)
    id = await world.offer()

    await nurtured(world)

    assert (await world.case(id)).handoff.owner == other


async def test_without_marketing_the_qualifier_keeps_in_touch(world: World, offered: UUID) -> None:
    await world.run("update person set roles = '{}' where 'marketer' = any(roles)")

    await nurtured(world)

    case = await world.case(offered)
    assert case.handoff.owner == case.handoff.qualifier
    assert "KEEP IN TOUCH" in world.reads("quinn")
