"""Strictly in turn, or the first free: what a pool's mode means for who is shown and who gets it."""

from datetime import timedelta

from tests.journeys.turns import last_rep, policy, pool
from tests.world import MONDAY, World

NINE = MONDAY + timedelta(days=1, hours=-1)  # Tuesday, nine in Madrid


async def shown(world: World) -> list[tuple[str, str]]:
    """Times and reps that the qualifier may choose from."""
    return await world.rows(
        "select c ->> 0, c ->> 1 from handoff, jsonb_array_elements(search -> 'found') c "
        "where number = (select max(number) from handoff)"
    )


async def test_strictly_in_turn_nobody_else_is_shown_and_nobody_else_gets_it(world: World) -> None:
    await policy(world, pool('mode = "strict"'))
    await world.brief("pool:emea")
    choices = await shown(world)
    [first] = {rep for _, rep in choices}
    other = next(
        world.box.person(name).id for name in ("rita", "ravi") if world.box.person(name).id != first
    )
    card = world.newest("quinn")
    assert "is recorded" not in world.reads("quinn")

    await world.press("quinn", "book", card, choice=f"{choices[0][0]}|{other}")

    assert world.box.person(await last_rep(world)).id == first, "a pick counts for nothing"
    assert await world.rows("select how, person from routing_given") == [("next", first)]


async def test_strictly_in_turn_a_busy_rep_is_waited_for(world: World) -> None:
    await policy(world, pool('mode = "strict"'))
    names = {world.box.person(name).id: name for name in ("rita", "ravi", "rosa")}
    await world.brief("pool:emea", contact_email="x@probe.example")
    [first] = {rep for _, rep in await shown(world)}
    day = timedelta(hours=9)
    world.box.outlook.create(names[first], "Workshop", NINE, NINE + day)

    await world.brief("pool:emea")

    choices = await shown(world)
    assert {rep for _, rep in choices} == {first}
    assert min(at for at, _ in choices) > (NINE + day).isoformat(), "another time, the same rep"


async def test_balanced_gives_it_to_the_first_free_of_those_owed_nearly_as_much(
    world: World,
) -> None:
    await policy(world, pool('mode = "balanced"\nwithin = 1.0'))
    await world.brief("pool:emea", contact_email="x@probe.example")
    names = {world.box.person(name).id: name for name in ("rita", "ravi", "rosa")}
    (_, first), *_ = await shown(world)
    world.box.outlook.create(names[first], "Workshop", NINE, NINE + timedelta(hours=9))

    await world.brief("pool:emea")
    await world.press("quinn", "book")

    assert world.box.person(await last_rep(world)).id != first
    [(how, reps)] = await world.rows("select how, person from routing_given")
    assert how == "next"
    assert reps != first


async def test_balanced_waits_for_whoever_is_owed_more_than_the_limit(world: World) -> None:
    await policy(world, pool('mode = "balanced"\nwithin = 0.0'))
    await world.brief("pool:emea", contact_email="x@probe.example")
    names = {world.box.person(name).id: name for name in ("rita", "ravi", "rosa")}
    (_, first), *_ = await shown(world)
    await world.press("quinn", "book")
    got = await last_rep(world)
    assert world.box.person(got).id == first
    for name in set(names.values()) - {got}:
        world.box.outlook.create(name, "Workshop", NINE, NINE + timedelta(hours=9))

    await world.brief("pool:emea", contact_email="x@second.example")

    (at, second), *_ = await shown(world)
    assert second != first, "the first free has had theirs"
    assert at > (NINE + timedelta(hours=9)).isoformat()
