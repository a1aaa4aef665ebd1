"""A seeded database is one that Baton could have written itself."""

import pytest

from commands.replaying import replay
from store.invariants import broken
from tests.world import World
from tools.seed import STANDING, NotEmptyError, Plan, main, seed


async def test_years_that_are_made_up_are_whole_and_go_on_from_what_is_there(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    stores, rita = world.app.services.stores, world.box.person("rita").id
    plan = Plan(handoffs=400, until=world.clock(), years=1, people=60, pools=4)

    await seed(world.database, plan)

    assert {name for name, found in (await broken(stores.reads)).items() if found} == set()
    assert await replay(world.app.services, None, None) == 0
    [(turns, given, people, pools)] = await world.rows(
        "select count(*) filter (where kind = 'turn'), count(*) filter (where kind = 'given'), "
        "(select count(*) from person), count(distinct pool) from routing_record"
    )
    assert turns > 80
    assert given > 240
    assert (people, pools) == (60, 4)
    standing = await world.rows("select state from handoff group by state")
    assert {state for state, _ in STANDING} <= {state for (state,) in standing}
    [(late, since)] = await world.rows(
        "select count(*) filter (where ending = 'late'), min(made_at) from commitment"
    )
    assert late
    assert (world.clock() - since).days in (365, 366)
    [(number,)] = await world.rows("select min(number) from handoff where rep = %s", rita)
    assert "Rita Osei" in "\n".join((await world.say("mara", f"why {number}")).texts())
    with pytest.raises(NotEmptyError):
        await seed(world.database, plan)
    assert await main([world.database, "--until", "2026-03-02"]) == 1
    assert "seed an empty one" in capsys.readouterr().err
