"""What the company's CRM knows of a blank of the brief is proposed, with whose word it is, and is
in no brief before its qualifier takes it.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from commands import lead_lists
from handoff.money import whole
from sandbox.crm.records import CONTACTS
from sandbox.teams.chats import ChatMessage
from tests.beginnings import Beginning
from tests.journeys.crms import THERE, in_salesforce_alone
from tests.journeys.test_crm_leads import prepared, publish, rules
from tests.journeys.test_lead_lists import csv_of
from tests.world import INES, World, a_world


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        await prepared(world)
        text = rules(request.param)
        assert ', "current_solution", "request"]' in text
        await publish(world, text.replace(', "current_solution", "request"]', "]"))
        yield world


async def listed(world: World, **blanks: str) -> None:
    lead = csv_of({"contact_email": INES, **blanks})
    quinn = world.box.person("quinn").mail
    assert await lead_lists.take_in(world.app.services, "may.csv", lead, quinn) == 0
    await world.work()


async def form(world: World) -> ChatMessage:
    """The brief of the lead that waits, opened to be put right."""
    await world.say("quinn", "book")
    await world.press("quinn", "choose_lead")
    return await world.found("quinn", "correct_brief")


def inputs(card: ChatMessage) -> dict[str, dict[str, Any]]:
    [correct] = [one for one in card.actions() if one.verb == "correct_brief"]
    return {str(one["id"]): one for one in correct.inputs}


async def test_what_the_crm_knows_of_a_blank_is_proposed_to_be_taken_or_left(sold: World) -> None:
    make = sold.box.crm.make
    known = {"request": "A tour of the tracking", "worth": "48000", "pains": "Of the CRM"}
    sold.box.crm.add(CONTACTS, {"email": INES, "lastname": "Prado", "company": "Contoso", **known})
    await listed(sold, request="", value="", pains="Two late shipments a week")

    card = await form(sold)

    assert f"what {make} knows" in "\n".join(card.texts())
    shown = inputs(card)
    assert shown["request"]["value"] == "A tour of the tracking"
    assert f"from {make}" in shown["request"]["label"]
    assert (float(shown["value"]["value"]), shown["currency"]["value"]) == (48_000, "EUR")
    assert shown["pains"]["value"] == "Two late shipments a week", "what somebody said stays"
    assert f"from {make}" not in shown["pains"]["label"]
    id = await sold.newest_handoff()
    lead = (await sold.case(id)).handoff.lead
    assert (lead.request, lead.value) == ("", None), "nothing is filled in by itself"

    await sold.press("quinn", "correct_brief", card, request="")  # left; the amount is taken

    lead = (await sold.case(id)).handoff.lead
    assert (lead.request, lead.value) == ("", whole(48_000, "EUR"))
    shown = inputs(await form(sold))
    assert not shown["request"].get("value"), "what was left is proposed no more"
    assert make not in shown["request"]["label"]


async def test_of_somebody_whom_the_crm_does_not_know_nothing_is_proposed_nor_made_there(
    sold: World,
) -> None:
    await listed(sold, request="")
    shown = inputs(await form(sold))
    assert not shown["request"].get("value")
    assert sold.box.crm.all(CONTACTS) == []
    assert await sold.rows("select id from procrastinate_jobs where status = 'failed'") == []


async def test_while_the_crm_is_away_the_lead_waits_for_nothing_and_is_proposed_it_later(
    sold: World,
) -> None:
    sold.box.crm.add(CONTACTS, {"email": INES, "lastname": "Prado", "company": "C", "request": "x"})
    away = sold.box.faults.crm_away()
    await listed(sold, request="")
    assert not inputs(await form(sold))["request"].get("value")
    sold.box.faults.lift(away)
    await sold.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await sold.work()
    assert inputs(await form(sold))["request"]["value"] == "x"


@in_salesforce_alone
async def test_a_field_that_contacts_lack_is_asked_of_the_lead(sold: World) -> None:
    sold.box.salesforce.only_on["request"] = "Lead"
    said = {"email": INES, "lastname": "Prado", "company": "Contoso"}
    sold.box.crm.add(CONTACTS, {**said, "worth": "48000"})
    sold.box.crm.add(CONTACTS, {**said, "request": "A tour"}, lead=True)
    await listed(sold, request="", value="")
    shown = inputs(await form(sold))
    assert shown["request"]["value"] == "A tour"
    assert float(shown["value"]["value"]) == 48_000


async def test_where_the_policy_names_a_touch_that_is_none_of_theirs_blanks_are_known_all_the_same(
    sold: World,
) -> None:
    text = f'{rules(sold.box.crm.make)}\n[crm.touches]\nlast = "no_field_of_theirs__c"\n'
    await publish(sold, text.replace(', "current_solution", "request"]', "]"))
    sold.box.crm.add(CONTACTS, {"email": INES, "lastname": "Prado", "company": "C", "request": "x"})
    await listed(sold, request="")
    assert inputs(await form(sold))["request"]["value"] == "x"
    assert (await sold.case(await sold.newest_handoff())).handoff.touched is None
