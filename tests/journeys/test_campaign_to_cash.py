"""A campaign comes back as revenue: from a lead that appears in the company's CRM to a deal that is
won, the same in each CRM, with the CRM away for an hour before every step.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from handoff.effects import ReadDeals, ReadLeads
from sandbox.crm.records import CONTACTS, DEALS
from tests.beginnings import Beginning
from tests.journeys.crms import THERE, contact
from tests.journeys.test_counting import true
from tests.journeys.test_crm_asks import asked
from tests.journeys.test_crm_leads import a_lead, prepared, publish, rules
from tests.journeys.test_deals import AFTER, a_deal
from tests.tabs.opened import opens
from tests.tabs.test_figures import links
from tests.world import World, a_world

WANTS = '\n[[crm.wants]]\nfield = "amount"\nstages = ["{}"]\n'


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        await prepared(world)
        stage = THERE[request.param].stage("contractsent")
        await publish(world, rules(request.param) + WANTS.format(stage))
        yield world


async def an_hour_away(world: World) -> None:
    """The CRM is away for an hour, in which it is looked for as ever; then it is back."""
    away = world.box.faults.crm_away()
    for _ in range(4):
        await look(world)
    world.box.faults.lift(away)
    await world.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await look(world)


async def look(world: World) -> None:
    world.clock.forward(timedelta(minutes=15))
    await world.app.services.stores.door.follow(ReadLeads(), ReadDeals())
    await world.work()


async def test_a_campaign_comes_back_as_revenue_whatever_the_crm_does_meanwhile(
    sold: World,
) -> None:
    a_lead(sold, worth="")
    await an_hour_away(sold)
    assert "READY TO HAND OVER" in sold.reads("quinn")

    where = {"target": f"rep:{sold.box.person('rita').id}", "contact_zone": "Europe/Madrid"}
    card = sold.newest("quinn")
    data = {**where, "type": "first", "wanted": "2026-03-03"}
    await sold.click("quinn", "find_times", card, **data)
    await sold.work()
    away = sold.box.faults.crm_away()
    await sold.press("quinn", "book")
    await sold.work()
    assert "accept" in sold.newest("rita").verbs(), "nobody waits for the CRM"
    await sold.press("rita", "accept")
    sold.box.faults.lift(away)
    await an_hour_away(sold)
    assert len(sold.box.crm.all(CONTACTS)) == 1, "told of the very contact that came in"

    await sold.until(AFTER)
    await sold.press("rita", "how_it_went", titled="It took place")
    await sold.press("rita", "no_further_step", ending="opportunity")
    await an_hour_away(sold)
    deal = a_deal(sold, contact(sold), amount="", dealstage="contractsent")
    await an_hour_away(sold)

    away = sold.box.faults.crm_away()
    await sold.press("rita", "update_crm", asked(sold), value="48000")
    await sold.work()
    assert "amount" not in sold.box.crm.get(DEALS, deal.id).values
    sold.box.faults.lift(away)
    await an_hour_away(sold)
    assert float(sold.box.crm.get(DEALS, deal.id).values["amount"]) == 48_000

    sold.box.crm.change(DEALS, deal.id, {"dealstage": "closedwon"})
    await an_hour_away(sold)
    card = next(m for m in reversed(sold.box.teams.chat("rita")) if "no_further_step" in m.verbs())
    await sold.press("rita", "no_further_step", card, ending="won")
    await an_hour_away(sold)

    assert await sold.rows("select state, outcome from handoff") == [("ended", "won")]
    await sold.run(
        "insert into campaign values ('P1', 'p1', 'Ports webinar', 'ports webinar', %s, 'Webinar', "
        "now())",
        sold.box.person("milo").id,
    )
    [own] = links(await opens(sold, "milo", "/campaigns"), "/campaigns/campaign.")[:1]
    assert "€48,000" in (await opens(sold, "milo", own)).reads, "and the deal's, not the brief's"
    assert await true(sold)
    [(failed,)] = await sold.rows(
        "select count(*) from procrastinate_jobs where status in ('failed', 'aborted')"
    )
    assert failed == 0
