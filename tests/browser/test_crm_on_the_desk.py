"""On the desk: a lead appears in the company's CRM, and comes back as revenue."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.browser.desk import NO_BROWSER, Seat, desk, goes_on
from tests.conftest import ROOT
from tests.trial import free_ports, started

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trial"), NO_BROWSER]

POLICY = """
[crm.leads]
source = "HubSpot"
field = "lifecyclestage"
values = ["marketingqualifiedlead"]

[crm.leads.fields]
needs = "needs"
pains = "pains"
current_solution = "current_solution"
request = "request"
campaign = "campaign"
time_zone = "time_zone"

[[crm.wants]]
field = "amount"
stages = ["contractsent"]
"""
MOST = 8  # things that happen until a meeting is over


def crm_of(seat: Seat) -> Locator:
    return seat.column.locator(".crm")


async def contact_of(seat: Seat, name: str) -> Locator:
    """The contact's own part of the CRM, opened."""
    panel = crm_of(seat)
    if await panel.get_attribute("open") is None:
        await panel.locator("summary").first.click()
    one = panel.locator("details", has_text=name).first
    await one.wait_for()
    if await one.get_attribute("open") is None:
        await one.locator("summary").click()
    return one


async def test_a_lead_of_the_crm_is_met_and_its_deal_is_won(
    tmp_path: Path, a_database: str
) -> None:
    text = (ROOT / "policy.toml").read_text() + POLICY
    (tmp_path / "policy.toml").write_text(text)
    ports = free_ports(3)
    env = {"CRM": "hubspot", "POLICY_FILE": str(tmp_path / "policy.toml")}
    async with (
        started(tmp_path, ports=ports, database=a_database, more_env=env),
        desk(f"http://localhost:{ports[0]}/") as (page, seats),
    ):
        quinn, rita, _ = seats.values()
        await crm_of(quinn).locator("summary").first.click()
        await crm_of(quinn).get_by_label("New lead").select_option(label="Ines Prado")
        await quinn.reads("READY TO HAND OVER")
        await quinn.reads("It came in from HubSpot.")

        await quinn._choose("Hand over to", "Rita Osei")
        await quinn.press("Find times")
        await quinn.book()
        await rita.press("Accept meeting")
        await quinn.reads("ACCEPTED")
        hers = await contact_of(rita, "Ines Prado")
        await hers.get_by_text("Baton, no. 1").wait_for()

        held = rita.teams.get_by_role("button", name="It took place").last
        for _ in range(MOST):
            if await held.count():
                break
            await goes_on(page)
        await rita.press("It took place")
        await hers.get_by_role("button", name="Make a deal").click()
        amount = hers.get_by_label("Amount")
        await amount.wait_for()
        await rita.press("Other…")
        await rita.press("Nothing more to do")
        await rita.teams.get_by_label("Opportunity").last.check()
        await rita.press("Say so")
        await rita.reads("In HubSpot the amount of this deal is empty. What is it?")
        await rita.teams.get_by_label("Amount, EUR").last.fill("48000")
        await rita.press("Put it in HubSpot")
        await expect(amount).to_have_attribute("value", "48000")
        await hers.get_by_label("Stage").select_option(label="Closed Won")
        await rita.reads("The deal in the CRM: Closed Won, €48,000.")
        await rita.press("Won")
        await quinn.reads("WON")
