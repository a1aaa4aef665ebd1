"""A seeded database is one that Baton could have written itself."""

from dataclasses import replace
from datetime import date

import pytest

from commands.replaying import replay
from handoff.figures import BY_CODE, Period
from handoff.policy import FigureRules
from handoff.scope import By, Ground, Kind
from store import earlier_facts, sums
from store.fact_terms import Look
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
    ids = [id for (id,) in await world.rows("select id from handoff where not (place is null)")]
    assert len(ids) == 400
    assert await earlier_facts.untrue(stores.reads, stores.handoffs, ids) == []
    assert await sums.untrue(stores.reads, await sums.days_with_facts(stores.reads)) == []
    [(campaigns, owners)] = await world.rows("select count(*), count(distinct owner) from campaign")
    assert campaigns > 20
    by_hand = await world.rows(
        "select what, count(*) from fact where what in ('rerouted', 'made_exception') group by 1"
    )
    assert {what for what, count in by_hand if count > 5} == {"rerouted", "made_exception"}
    assert owners
    with pytest.raises(NotEmptyError):
        await seed(world.database, plan)
    assert await main([world.database, "--until", "2026-03-02"]) == 1
    assert "seed an empty one" in capsys.readouterr().err


async def test_an_organisation_of_teams_has_figures_for_each_and_of_three_people_none_unnamed(
    world: World,
) -> None:
    stores, helen = world.app.services.stores, world.box.person("helen")
    teams = (8, 8, 7, 6, 3)
    plan = Plan(handoffs=900, until=world.clock(), years=1, pools=5, teams=teams)
    await seed(world.database, plan)
    led = await world.rows(
        "select managers[1], count(*) from person where mail like '%%seeded.example' "
        "and managers[2] = %s group by 1 order by 2 desc",
        helen.id,
    )
    assert [count for _, count in led] == sorted(teams, reverse=True)
    policy = await stores.policies.current()
    everyone = await stores.people.everyone()
    year = Period(date(2025, 3, 1), date(2026, 4, 1))
    look = Look(ground=Ground(Kind.BELOW), period=year, by=By.TEAM)
    named = await stores.figures.scope(everyone[helen.id], policy)
    [shown] = await stores.figures.values(named, [BY_CODE["kept_of_due"]], look, world.clock())
    of = {cell.part: cell.value for cell in shown.parts}
    assert all(of.get(leader) is not None for leader, _ in led), "by name she sees each"

    council = replace(policy, figures=FigureRules(works_council=True))
    unnamed = await stores.figures.scope(everyone[helen.id], council)
    asked = [BY_CODE["kept_of_due"], BY_CODE["kept"]]
    shown, kept = await stores.figures.values(unnamed, asked, look, world.clock())

    of = {cell.part: cell.value for cell in shown.parts}
    assert shown.whole.value is not None
    gone = {part for part, value in of.items() if value is None}
    assert led[-1][0] in gone, "three people"
    assert len(gone) > 1, "else what is left of the whole would tell it"
    for leader, _ in led:
        alone = Look(ground=Ground(Kind.TEAM, leader), period=year)
        [shown] = await stores.figures.values(
            unnamed, [BY_CODE["kept_of_due"]], alone, world.clock()
        )
        assert (shown.whole.value is None) is (leader in gone), "nor by an address of its own"
    kept_in = {cell.part: cell.value for cell in kept.parts}
    assert kept_in[led[0][0]] is not None, "though not of how many, where few were late"
