"""What campaigns have cost comes from the CRM or from the list, and is their owner's to read."""

from collections.abc import AsyncIterator

import pytest

from commands import campaign_lists
from doctor import crm
from handoff.campaigns import Campaign
from handoff.effects import ReadSpending
from handoff.money import whole
from sandbox.crm.records import HUBSPOT
from tests.beginnings import Beginning
from tests.doctor.examined import looked
from tests.journeys.crms import THERE, in_hubspot_alone
from tests.journeys.test_campaigns import listed
from tests.tabs.opened import opens
from tests.tabs.test_figures import links
from tests.world import POLICY, World, a_world

SAID = "it says what campaigns have cost"
HEAD = "code;name;owner;source;spent"


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        text = f"{POLICY.read_text()}\n[crm]\nspending = true\n"
        async with world.app.services.stores.door.open() as tx:
            await world.app.services.stores.policies.publish(tx, text, world.clock())
        yield world


async def take_in(world: World, *rows: str, head: str = HEAD) -> int:
    return await campaign_lists.take_in(world.app.services, "c.csv", listed(*rows, head=head))


async def look(world: World) -> dict[str, Campaign]:
    await world.app.services.stores.door.follow(ReadSpending())
    await world.work()
    return {one.code: one for one in await world.app.services.stores.campaigns.all()}


async def test_what_the_crm_says_a_campaign_has_cost_is_read_by_its_owner_and_the_lists_word_stays(
    sold: World,
) -> None:
    milo, box = sold.box.person("milo").mail, sold.box
    await take_in(
        sold, f"W1;Ports webinar;{milo};Webinar;", f"F1;Hannover fair;{milo};Fair;9500 EUR"
    )
    box.crm.campaign("ports WEBINAR", "12000.5")
    box.crm.campaign("W1", "99.5")  # a second of that code
    box.crm.campaign("Hannover fair", "1")
    box.crm.campaign("Nobody's here", "500")
    box.crm.campaign("Free", "")

    found = await look(sold)

    assert (found["W1"].spent, found["W1"].spent_by) == (whole(12_100, "EUR"), box.crm.make)
    assert (found["F1"].spent, found["F1"].spent_by) == (whole(9_500, "EUR"), ""), "as it is listed"
    for own in links(await opens(sold, "milo", "/campaigns"), "/campaigns/campaign.")[:2]:
        page = (await opens(sold, "milo", own)).reads
        if "Ports webinar" in page:
            assert f"€12,100, as {box.crm.make} has it: since it began" in page
        else:
            assert "€9,500, as the list of campaigns has it:" in page

    box.crm.campaigns.clear()
    box.crm.campaign("Ports webinar", "10", "USD")
    box.crm.campaign("Ports webinar", "10", "EUR")
    found = await look(sold)
    assert found["W1"].spent == whole(12_100, "EUR"), "two currencies are no sum"
    assert await take_in(sold, f"W1;Ports webinar;{milo};Webinar", head=HEAD[:-6]) == 0
    assert (await look(sold))["W1"].spent == whole(12_100, "EUR"), "a list that says nothing of it"
    assert await take_in(sold, f"W1;Ports webinar;{milo};Webinar;7000 EUR") == 0
    box.crm.campaigns.clear()
    box.crm.campaign("Ports webinar", "12000.5")
    assert ((await look(sold))["W1"].spent) == whole(7_000, "EUR")


async def test_an_amount_without_a_currency_is_nobodys_guess(
    sold: World, capsys: pytest.CaptureFixture[str]
) -> None:
    milo = sold.box.person("milo").mail
    rows = (f"W1;Webinar;{milo};;12000", f"W2;Fair;{milo};;much", f"W3;Mail;{milo};;-5 EUR")
    assert await take_in(sold, *rows) == 3
    said = capsys.readouterr().out
    assert "'12000' names no currency" in said
    assert "line 3: spent: 'much' is no amount" in said


@pytest.mark.parametrize("sold", [HUBSPOT], indirect=True)
async def test_more_campaigns_than_a_page_has_are_all_read(sold: World) -> None:
    milo = sold.box.person("milo").mail
    for n in range(120):
        sold.box.crm.campaign(f"Campaign {n}", f"{n}")
    assert await take_in(sold, f"W1;Campaign 119;{milo};;") == 0
    assert (await look(sold))["W1"].spent == whole(119, "EUR")


@in_hubspot_alone
async def test_without_the_right_nothing_is_lost_and_the_doctor_says_so(sold: World) -> None:
    assert (await looked(sold, crm.checks))[SAID].well
    sold.box.hubspot.key.scopes.discard("marketing.campaigns.read")

    lacking = (await looked(sold, crm.checks))[SAID]
    await look(sold)

    assert "marketing.campaigns.read" in lacking.then
    assert await sold.rows("select id from procrastinate_jobs where status = 'failed'") == []
