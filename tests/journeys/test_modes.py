"""Strictly in turn, or the first free: what a pool's mode means for who is shown and gets it."""

from datetime import timedelta

from tests.hour import MONDAY
from tests.journeys.rotation import EMEA, book_next, last_rep, policy, pool
from tests.world import World

NINE = MONDAY + timedelta(days=1, hours=-1)  # Tuesday, nine in Madrid


async def shown(world: World) -> list[tuple[str, str]]:
    """Times and reps that the qualifier may choose from."""
    return await world.rows(
        "select c ->> 0, c ->> 1 from handoff, jsonb_array_elements(search -> 'found') c "
        "where number = (select max(number) from handoff)"
    )


async def whose_turn(world: World) -> str:
    """Who would get a lead while everyone is free. No lead is left of the question."""
    await world.brief("pool:emea", contact_email="x@probe.example")
    names = {world.box.person(name).id: name for name in EMEA}
    first = (await shown(world))[0][1]
    await world.press("quinn", "end", titled="No lead after all")
    return names[first]


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

    carried = next(a for a in card.actions() if a.verb == "book").data
    click = {**carried, "choice": f"{choices[0][0]}|{other}"}  # as no card of ours offers it
    await world.box.teams.execute("quinn", card, "book", click)
    assert await world.rows("select 1 from routing_given") == [], "nobody may be picked"

    await world.press("quinn", "book")
    assert await world.rows("select how, person from routing_given") == [("next", first)]


async def test_strictly_in_turn_a_busy_rep_is_waited_for(world: World) -> None:
    await policy(world, pool('mode = "strict"'))
    day = timedelta(hours=9)
    first = await whose_turn(world)
    world.box.outlook.create(first, "Workshop", NINE, NINE + day)

    await world.brief("pool:emea")

    choices = await shown(world)
    assert {rep for _, rep in choices} == {world.box.person(first).id}
    assert min(at for at, _ in choices) > (NINE + day).isoformat(), "another time, the same rep"


async def test_balanced_gives_it_to_the_first_free_of_those_owed_nearly_as_much(
    world: World,
) -> None:
    await policy(world, pool('mode = "balanced"\nwithin = 1.0'))
    first = await whose_turn(world)
    world.box.outlook.create(first, "Workshop", NINE, NINE + timedelta(hours=9))

    await world.brief("pool:emea")
    await world.press("quinn", "book")

    assert await last_rep(world) != first
    assert await world.rows("select how from routing_given") == [("next",)]


async def test_balanced_waits_for_whoever_is_owed_more_than_the_limit(world: World) -> None:
    await policy(world, pool('mode = "balanced"\nwithin = 0.0'))
    first = await book_next(world, 1)
    for name in set(EMEA) - {first}:
        world.box.outlook.create(name, "Workshop", NINE, NINE + timedelta(hours=9))

    await world.brief("pool:emea", contact_email="x@second.example")

    choices = await shown(world)
    assert world.box.person(first).id != choices[0][1], "the first free has had theirs"
    (next_one,) = {rep for at, rep in choices if at == min(choices)[0]}
    assert next_one == world.box.person(first).id, "shown too, for the qualifier to pick"


async def test_balanced_books_whom_it_shows_for_the_time_it_shows(world: World) -> None:
    """Whoever is next has no time at nine, so another is shown first, and booked at ten too."""
    await policy(world, pool('mode = "balanced"\nwithin = 1.0'))
    first = await whose_turn(world)
    world.box.outlook.create(first, "Workshop", NINE, NINE + timedelta(minutes=30))
    await world.brief("pool:emea")
    choices = await shown(world)
    ahead = choices[0][1]
    assert ahead != world.box.person(first).id
    at = max(at for at, rep in choices if rep == ahead)  # the other is free again by then

    await world.press("quinn", "book", choice=f"{at}|{ahead}")

    assert world.box.person(await last_rep(world)).id == ahead


async def test_balanced_refuses_a_time_that_whoever_was_shown_cannot_take_any_more(
    world: World,
) -> None:
    await policy(world, pool('mode = "balanced"\nwithin = 1.0'))
    await world.brief("pool:emea")
    at, rep = (await shown(world))[0]
    await world.run(
        "insert into reservation (rep, during, handoff) select p.n, "
        "tstzrange(%s::timestamptz, %s::timestamptz + interval '30 minutes'), h.id "
        "from person p, handoff h where p.id = %s",
        at,
        at,
        rep,
    )

    await world.press("quinn", "book", choice=f"{at}|{rep}")

    assert await world.rows("select 1 from routing_given") == []
    assert "They cannot take it at that time any more" in world.reads("quinn")
