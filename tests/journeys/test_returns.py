"""What came back of what a campaign has cost is read by whoever owns it, by the month in which its
leads were handed over.
"""

from datetime import timedelta

import pytest

from commands import campaign_lists, spend_lists
from commands.lead_files import table
from handoff import returns
from handoff.lead_list import Table
from tests.journeys.test_campaigns import listed
from tests.journeys.test_deals import met
from tests.tabs.opened import opens
from tests.tabs.test_figures import links
from tests.world import World

HEAD = "code;month;amount;currency"


def spend(*rows: str) -> Table:
    return table("\n".join((HEAD, *rows)).encode(), columns=returns.COLUMNS)


async def owned(world: World, spent: str = "") -> None:
    milo = world.box.person("milo").mail
    rows = listed(f"W1;Ports webinar;{milo};Webinar;{spent}", head="code;name;owner;source;spent")
    assert await campaign_lists.take_in(world.app.services, "c.csv", rows) == 0


async def page(world: World) -> str:
    [own, *_] = links(await opens(world, "milo", "/campaigns"), "/campaigns/campaign.")
    return (await opens(world, "milo", own)).reads


async def test_of_each_month_its_owner_reads_what_came_back_of_what_was_spent(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await owned(world)
    services = world.app.services
    assert "What came back" not in await page(world), "nobody has said what was spent"
    await met(world, "won")
    rows = spend("W1;2026-03;12000;EUR", "Ports webinar;2026-02;500;EUR")
    assert await spend_lists.take_in(services, "s.csv", rows) == 0
    assert "2 amounts, 2 of them new or changed" in capsys.readouterr().out

    told = await page(world)

    assert "€4 came back for each €1, of 1 lead handed over in March 2026." in told
    assert "February 2026, 1 month ago" in told
    assert "handed over in February" not in told, "nobody was"
    world.clock.forward(timedelta(days=40))
    assert "March 2026, 1 month ago" in await page(world)

    assert await spend_lists.take_in(services, "s.csv", spend("W1;2026-03;24000;EUR")) == 0
    assert "€2 came back for each €1" in await page(world), "a later list is right"
    assert await spend_lists.take_in(services, "s.csv", spend("W1;2026-03;24000;USD")) == 0
    told = await page(world)
    assert "came back for each" not in told, "two currencies are not divided"
    assert "US$24,000" in told


async def test_where_one_number_is_known_of_all_of_it_all_of_it_is_said_to_have_come_back(
    world: World,
) -> None:
    await owned(world, "24000 EUR")
    await met(world, "won")
    told = await page(world)
    assert "€2 came back for each €1, of 1 lead handed over since it began." in told
    assert "What was spent in each month" not in told


async def test_until_a_deal_is_won_nothing_has_come_back(world: World) -> None:
    await owned(world)
    await met(world)
    await spend_lists.take_in(world.app.services, "s.csv", spend("W1;2026-03;12000;EUR"))
    said = "Nothing has come back yet of €12,000, of 1 lead handed over in March 2026."
    assert said in await page(world)


async def test_a_list_of_a_campaign_that_nobody_knows_changes_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await owned(world)
    rows = spend("W1;2026-03;1;EUR", "Ports webinar;2026-03;2;EUR", "W9;2026-03;3;EUR")
    assert await spend_lists.take_in(world.app.services, "s.csv", rows) == 2
    said = capsys.readouterr().out
    assert "no campaign 'W9' is known" in said
    assert "'Ports webinar' stands twice for 2026-03, by both names" in said
    assert await world.rows("select count(*) from spend") == [(0,)]


async def test_its_owner_reads_what_came_of_each_message_that_brought_leads(world: World) -> None:
    await owned(world)
    await met(world, "won")
    assert "By which message" not in await page(world), "no lead says so"
    await world.run("update lead set message = 'Film with the forklift'")
    fabrikam = {"contact_email": "omar@fabrikam.example", "company": "Fabrikam"}
    await world.offer("ravi", wanted="2026-03-06", **fabrikam)
    await world.press("ravi", "send_back", reason="brief")

    told = await page(world)

    rows = [line.split() for line in told[told.index("By which message") :].splitlines()]
    counted = " ".join(word for row in rows for word in row)
    assert "Film with the forklift 1 1 1 0 1" in counted, counted
    assert "none that is known 1 0 0 1 0" in counted
