"""Each way in which the books can be untrue is found, whatever else is so."""

from datetime import UTC, datetime, timedelta

import pytest

from store.invariants import broken
from tests.world import World

HERE = "whoever has an open lead, or owes something in it, is present and enabled"
MISSED = "nothing missed is called kept"
CODED = "no lead ended without a coded ending"


async def untrue(world: World, name: str) -> list[int]:
    return (await broken(world.app.services.stores.reads))[name]


async def leaves(world: World, who: str) -> None:
    await world.run("update person set present = false where id = %s", world.box.person(who).id)


async def lies(world: World, sql: str) -> None:
    """As somebody would who can write the database and goes round what it refuses."""
    await world.run(f"set session_replication_role = replica; {sql}")
    await world.run("set session_replication_role = origin")


async def test_a_rep_who_has_left_and_is_to_be_there_is_found_though_somebody_else_has_the_lead(
    world: World,
) -> None:
    await world.offer()
    quinn, rita = (world.box.person(who).id for who in ("quinn", "rita"))
    await world.run("update commitment set who = %s where who = %s", quinn, rita)
    await world.run("update handoff set owner = %s", quinn)
    assert await untrue(world, HERE) == []

    await leaves(world, "rita")

    assert await untrue(world, HERE) == [1]


async def test_whoever_owes_something_in_a_lead_and_has_left_is_found(world: World) -> None:
    await world.offer()
    priya = world.box.person("priya").id
    await world.run("update commitment set who = %s where what = 'answer'", priya)
    assert await untrue(world, HERE) == []

    await leaves(world, "priya")

    assert await untrue(world, HERE) == [1]


@pytest.mark.parametrize("ending", ["kept", "released"])
async def test_what_was_told_as_overdue_is_found_whatever_it_is_called_and_whenever_said(
    world: World, ending: str
) -> None:
    await world.offer(wanted="2026-03-05")
    await world.until(datetime(2026, 3, 2, 14, tzinfo=UTC))
    world.clock.forward(timedelta(minutes=1))
    await world.press("rita", "accept")
    assert await untrue(world, MISSED) == []

    await lies(
        world,
        f"update commitment set ending = '{ending}', missed_at = null, "
        "said_at = due_at - interval '1 hour' where what = 'answer'",
    )

    assert await untrue(world, MISSED) == [1]


@pytest.mark.parametrize("ending", ["kept", "released"])
async def test_what_has_been_missed_is_found_though_nobody_was_told_of_it(
    world: World, ending: str
) -> None:
    """From before the database refused it."""
    await world.accepted()
    [(held,)] = await world.rows(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'missed_is_missed'"
    )
    await world.run("alter table commitment drop constraint missed_is_missed")
    await lies(
        world,
        f"update commitment set ending = '{ending}', missed_at = ended_at where what = 'answer'",
    )

    found = await untrue(world, MISSED)

    await lies(world, "update commitment set missed_at = null")
    await world.run(f"alter table commitment add constraint missed_is_missed {held}")
    assert found == [1]


@pytest.mark.parametrize(
    "so",
    [
        "outcome = null",
        "outcome = 'lost', ended_for = null, met = 1",
        "outcome = 'opportunity', met = 0",
        "outcome = 'won', met = 0",
        "outcome = 'lost', ended_for = 'price', met = 0",
        "outcome = 'no_show', no_shows = 1",
    ],
)
async def test_an_ending_without_a_code_or_that_its_meetings_do_not_bear_is_found(
    world: World, so: str
) -> None:
    await world.offer()
    await world.press("rita", "send_back", reason="no_need")
    await world.press("quinn", "end", titled="No lead after all")
    assert await untrue(world, CODED) == []

    await world.run(f"update handoff set {so}")

    assert await untrue(world, CODED) == [1]
