"""The sandbox's Salesforce, asked by the client that most programs in Python use: what is spoken
here is no invention of ours. It asks Salesforce's own addresses, which lead here.
"""

from asyncio import to_thread
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_external_id, format_soql

from sandbox.crm.records import CONTACTS, DEALS, NOTES, SALESFORCE, Rule
from sandbox.m365 import Sandbox

DOMAIN = "halden.my"
INES = {
    "FirstName": "Ines",
    "LastName": "Prado",
    "Company": "Contoso Logistics",
    "Email": "ines@contoso.example",
}
DEAL = {"Name": "Contoso", "StageName": "Qualified To Buy", "CloseDate": "2026-06-01"}


class Here(HTTPAdapter):
    """Where the names of Salesforce's hosts lead to."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *rest: Any, **more: Any) -> Any:
        there = f"https://{DOMAIN}.salesforce.com"
        request.url = (request.url or "").replace(there, self._url)
        return super().send(request, *rest, **more)


async def client(box: Sandbox, **more: str) -> Any:
    """It has signed in."""
    session = requests.Session()
    session.mount("https://", Here(box.url))
    session.trust_env = False
    session.verify = str(box.certificates.ca_file)
    app = box.salesforce.app
    said: dict[str, Any] = {
        "consumer_key": app.key,
        "consumer_secret": app.secret,
        "domain": DOMAIN,
        **more,
    }
    return await to_thread(lambda: Salesforce(**said, session=session))


@pytest.fixture
async def salesforce(box: Sandbox) -> Any:
    box.crm_env(SALESFORCE)
    return await client(box)


async def read(salesforce: Any, soql: str, *values: Any, gone: bool = False) -> list[Any]:
    query = format_soql(soql, *values)
    found = await to_thread(salesforce.query_all, query, include_deleted=gone)
    return [
        {name: said for name, said in one.items() if name != "attributes"}
        for one in found["records"]
    ]


def told(error: Any) -> dict[str, Any]:
    [one] = error.value.content
    assert isinstance(one, dict)
    return one


async def test_a_lead_is_made_found_by_its_address_changed_and_deleted(
    box: Sandbox, salesforce: Any
) -> None:
    leads = salesforce.Lead
    made = await to_thread(leads.create, INES)
    id = made["id"]
    assert made["success"]
    assert (len(id), id[:3]) == (18, "00Q")

    by_mail = "SELECT Id, Name FROM Lead WHERE Email = {} AND IsConverted = false"
    there = [{"Id": id, "Name": "Ines Prado"}]
    assert await read(salesforce, by_mail, "INES@contoso.example") == there
    assert await read(salesforce, by_mail, "o'neil\\@contoso.example") == []

    assert await to_thread(leads.update, id, {"Phone": "+34 600 000 000"}) == 204
    assert (await to_thread(leads.get, id[:15]))["Phone"] == "+34 600 000 000"
    await to_thread(leads.update, id, {"Phone": None})
    assert "phone" not in box.crm.all(CONTACTS)[0].values, "null clears"

    assert await to_thread(leads.delete, id) == 204
    with pytest.raises(SalesforceResourceNotFound) as gone:
        await to_thread(leads.get, id)
    assert told(gone)["errorCode"] == "ENTITY_IS_DELETED"
    assert await read(salesforce, by_mail, INES["Email"]) == []
    deleted = await read(salesforce, "SELECT Id, IsDeleted, MasterRecordId FROM Lead", gone=True)
    assert deleted == [{"Id": id, "IsDeleted": True, "MasterRecordId": None}]
    box.crm.restore(CONTACTS, id)
    assert await read(salesforce, by_mail, INES["Email"]) == there
    with pytest.raises(SalesforceResourceNotFound) as never:
        await to_thread(leads.get, "00QHx0999999999AAA")
    assert told(never)["errorCode"] == "NOT_FOUND"


async def test_of_one_key_there_is_one_lead_and_its_id_stands_in_the_words_alone(
    box: Sandbox, salesforce: Any
) -> None:
    leads = salesforce.Lead
    made = await to_thread(leads.create, {**INES, "Baton_Key__c": "k/1"})

    with pytest.raises(SalesforceMalformedRequest) as taken:
        await to_thread(leads.create, {**INES, "Baton_Key__c": "K/1"})
    assert told(taken)["errorCode"] == "DUPLICATE_VALUE"
    assert told(taken)["message"].endswith(f"on record with id: {made['id'][:15]}")
    assert told(taken)["fields"] == []

    found = await to_thread(leads.get_by_custom_id, "Baton_Key__c", "k/1")
    assert found["Id"] == made["id"]
    by_key = format_external_id("Baton_Key__c", "k/1")
    assert await to_thread(leads.upsert, by_key, {"Phone": "1"}) == 200
    other = format_external_id("Baton_Key__c", "k/2")
    assert await to_thread(leads.upsert, other, INES) == 201, "an address is nobody's alone"
    assert len(box.crm.all(CONTACTS)) == 2
    with pytest.raises(SalesforceResourceNotFound):
        await to_thread(leads.upsert, "Email/ines", INES)


async def test_what_the_customer_forbids_is_refused_in_their_own_words(
    box: Sandbox, salesforce: Any
) -> None:
    leads = salesforce.Lead
    box.crm.rules.append(Rule(kind=CONTACTS, name="company", words="Ask RevOps"))
    with pytest.raises(SalesforceMalformedRequest) as refused:
        await to_thread(leads.create, INES)
    assert told(refused) == {
        "message": "Ask RevOps",
        "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "fields": ["Company"],
    }
    box.crm.rules.clear()

    quinn = box.crm.owner(box.person("quinn").mail)
    box.crm.owns(replace(quinn, active=False))
    wrong: dict[str, dict[str, str]] = {
        "REQUIRED_FIELD_MISSING": {"Company": ""},
        "INVALID_FIELD": {"Baton_Status__c": "offered"},
        "INVALID_EMAIL_ADDRESS": {"Email": "ines"},
        "STRING_TOO_LONG": {"LastName": "x" * 81},
        "INACTIVE_OWNER_OR_USER": {"OwnerId": quinn.id},
        "INVALID_CROSS_REFERENCE_KEY": {"OwnerId": "005Hx0999999999AAA"},
    }
    for why, said in wrong.items():
        with pytest.raises(SalesforceMalformedRequest) as refused:
            await to_thread(leads.create, {**INES, **said})
        assert told(refused)["errorCode"] == why
    assert box.crm.all(CONTACTS) == []

    await to_thread(leads.create, INES)
    box.salesforce.blocks_duplicates = True
    with pytest.raises(SalesforceMalformedRequest) as double:
        await to_thread(leads.create, {**INES, "Email": "i.prado@contoso.example"})
    assert told(double)["errorCode"] == "DUPLICATES_DETECTED"
    [match] = told(double)["duplicateResut"]["matchResults"]
    assert match["matchRecords"][0]["record"]["Id"] == box.crm.all(CONTACTS)[0].id


async def test_a_rule_of_the_customer_assigns_a_lead_unless_the_program_says_otherwise(
    box: Sandbox, salesforce: Any
) -> None:
    ravi, rita = (box.crm.owner(box.person(one).mail).id for one in ("ravi", "rita"))
    box.crm.assigns_to = ravi
    made = await to_thread(salesforce.Lead.create, INES)
    assert (await to_thread(salesforce.Lead.get, made["id"]))["OwnerId"] == ravi
    await to_thread(salesforce.Lead.update, made["id"], {"OwnerId": rita})
    assert (await to_thread(salesforce.Lead.get, made["id"]))["OwnerId"] == ravi
    quiet = {"Sforce-Auto-Assign": "FALSE"}
    await to_thread(salesforce.Lead.update, made["id"], {"OwnerId": rita}, headers=quiet)
    assert (await to_thread(salesforce.Lead.get, made["id"]))["OwnerId"] == rita


async def test_what_is_merged_or_converted_says_what_it_is_now(
    box: Sandbox, salesforce: Any
) -> None:
    one = (await to_thread(salesforce.Lead.create, INES))["id"]
    two = (await to_thread(salesforce.Lead.create, INES))["id"]
    task = {"WhoId": two, "Subject": "Called", "Description": "At 9", "Status": "Completed"}
    note = (await to_thread(salesforce.Task.create, task))["id"]

    box.crm.merge(CONTACTS, one, two)
    fields = "Id, IsDeleted, MasterRecordId, IsConverted, ConvertedContactId"
    of = f"SELECT {fields} FROM Lead WHERE Id = {{}}"
    [lost] = await read(salesforce, of, two, gone=True)
    assert (lost["IsDeleted"], lost["MasterRecordId"]) == (True, one)
    [kept] = await read(salesforce, "SELECT WhoId, IsClosed FROM Task WHERE Id = {}", note)
    assert kept == {"WhoId": one, "IsClosed": True}

    contact = box.crm.convert(one)
    [was] = await read(salesforce, of, one)
    assert (was["IsConverted"], was["ConvertedContactId"], was["IsDeleted"]) == (
        True,
        contact.id,
        False,
    )
    with pytest.raises(SalesforceMalformedRequest) as over:
        await to_thread(salesforce.Lead.update, one, {"Phone": "1"})
    assert told(over)["errorCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"
    [kept] = await read(salesforce, "SELECT WhoId FROM Task WHERE Id = {}", note)
    assert kept == {"WhoId": contact.id}
    assert len(box.crm.linked(contact, NOTES)) == 1


async def test_an_opportunity_stands_beside_contacts_by_their_roles(
    box: Sandbox, salesforce: Any
) -> None:
    lead = box.crm.add(CONTACTS, {"email": "o@contoso.example"}, lead=True)
    ines = box.crm.add(CONTACTS, {"email": INES["Email"]})
    made = (await to_thread(salesforce.Opportunity.create, {**DEAL, "Amount": 48000.5}))["id"]
    for one in (ines, lead):
        box.crm.link((DEALS, made), (CONTACTS, one.id))

    roles = "SELECT OpportunityId, ContactId FROM OpportunityContactRole WHERE ContactId IN {}"
    found = await read(salesforce, roles, [ines.id, lead.id])
    assert found == [{"OpportunityId": made, "ContactId": ines.id}], "none of a lead"
    fields = "StageName, Amount, CurrencyIsoCode, IsClosed, IsWon, OwnerId"
    deal = f"SELECT {fields} FROM Opportunity WHERE Id IN {{}}"
    [one] = await read(salesforce, deal, [made])
    assert (one["StageName"], one["Amount"], one["CurrencyIsoCode"]) == (
        "Qualified To Buy",
        48000.5,
        "EUR",
    )
    box.crm.change(DEALS, made, {"dealstage": "closedwon"})
    [one] = await read(salesforce, deal, [made])
    assert (one["IsClosed"], one["IsWon"]) == (True, True)
    for wrong in ({"StageName": "Nowhere"}, {"Amount": "much"}, {"CurrencyIsoCode": "BRL"}):
        with pytest.raises(SalesforceMalformedRequest):
            await to_thread(salesforce.Opportunity.create, {**DEAL, **wrong})

    box.salesforce.currencies = ("EUR",)
    with pytest.raises(SalesforceMalformedRequest) as lacking:
        await read(salesforce, deal, [made])
    assert told(lacking)["errorCode"] == "INVALID_FIELD"
    fields = (await to_thread(salesforce.Opportunity.describe))["fields"]
    assert "CurrencyIsoCode" not in {one["name"] for one in fields}
    box.crm.delete(DEALS, made)
    assert await read(salesforce, roles, [ines.id]) == []


async def test_what_was_set_of_an_opportunity_and_when_stands_in_two_histories(
    box: Sandbox, salesforce: Any
) -> None:
    opportunity = salesforce.Opportunity
    made = (await to_thread(opportunity.create, {**DEAL, "NextStep": "Call"}))["id"]
    began = box.clock()
    for days, change in ((1, {"Amount": 48000}), (2, {"NextStep": "Send it"})):
        box.clock.forward(timedelta(days=days))
        await to_thread(opportunity.update, made, change)

    was = "StageName, Amount, CloseDate, CreatedDate FROM OpportunityHistory"
    of = "WHERE OpportunityId IN {} ORDER BY CreatedDate DESC"
    new, first = await read(salesforce, f"SELECT {was} {of}", [made])
    assert (new["Amount"], first["Amount"]) == (48000, None)
    assert datetime.fromisoformat(new["CreatedDate"]) == began + timedelta(days=1)
    assert datetime.fromisoformat(first["CreatedDate"]) == began
    steps = "SELECT Field, CreatedDate FROM OpportunityFieldHistory"
    [step] = await read(salesforce, f"{steps} {of}", [made])
    assert (step["Field"], datetime.fromisoformat(step["CreatedDate"])) == ("NextStep", box.clock())

    box.salesforce.with_products.add(made)
    await to_thread(opportunity.update, made, {"Amount": 1, "NextStep": "Wait"})
    [one] = await read(salesforce, "SELECT Amount, NextStep FROM Opportunity WHERE Id = {}", made)
    assert (one["Amount"], one["NextStep"]) == (48000, "Wait"), "an amount is left out, and no more"
    box.salesforce.read_only.add("NextStep")
    with pytest.raises(SalesforceMalformedRequest) as refused:
        await to_thread(opportunity.update, made, {"NextStep": "Call"})
    assert told(refused)["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    box.salesforce.tracked.clear()
    with pytest.raises(SalesforceMalformedRequest) as untracked:
        await read(salesforce, f"{steps} {of}", [made])
    assert told(untracked)["errorCode"] == "INVALID_TYPE"


async def test_users_stages_and_many_rows_are_read_page_by_page(
    box: Sandbox, salesforce: Any
) -> None:
    users = await read(
        salesforce, "SELECT Id, Email FROM User WHERE IsActive = true ORDER BY CreatedDate DESC"
    )
    assert {one["Email"] for one in users} >= {box.person("rita").mail, box.person("quinn").mail}
    ends = await read(
        salesforce, "SELECT ApiName, IsWon FROM OpportunityStage WHERE IsClosed = true"
    )
    assert ends == [
        {"ApiName": "Closed Won", "IsWon": True},
        {"ApiName": "Closed Lost", "IsWon": False},
    ]
    for n in range(5):
        box.crm.add(CONTACTS, {"lastname": f"{n}"}, lead=True)
    salesforce.headers["Sforce-Query-Options"] = "batchSize=2"
    found = await read(salesforce, "SELECT LastName FROM Lead ORDER BY LastName DESC LIMIT 5")
    assert [one["LastName"] for one in found] == ["4", "3", "2", "1", "0"]
    pages = [one for one in box.requests.to("crm") if "/query/01g" in one.path]
    assert len(pages) == 2
    for wrong in ("SELECT Id FROM Lead OR 1", "SELECT Id FROM Lead WHERE Id = ", "SELECT 'x"):
        with pytest.raises(SalesforceMalformedRequest) as refused:
            await read(salesforce, wrong)
        assert told(refused)["errorCode"] == "MALFORMED_QUERY"


async def test_each_limit_lock_right_and_sign_in_is_refused_as_salesforce_does(
    box: Sandbox, salesforce: Any
) -> None:
    made = await to_thread(salesforce.Lead.create, INES)
    await to_thread(salesforce.limits)
    assert salesforce.api_usage["api-usage"].total == box.crm.limits.daily
    box.crm.limits.used = box.crm.limits.daily
    with pytest.raises(SalesforceRefusedRequest) as busy:
        await to_thread(salesforce.Lead.get, made["id"])
    assert told(busy)["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    box.crm.limits.used = 0

    box.faults.crm_status(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access")
    with pytest.raises(SalesforceMalformedRequest) as locked:
        await to_thread(salesforce.Lead.update, made["id"], {"Phone": "1"})
    assert told(locked)["errorCode"] == "UNABLE_TO_LOCK_ROW"

    box.salesforce.unwritable.add("Lead")
    with pytest.raises(SalesforceRefusedRequest) as denied:
        await to_thread(salesforce.Lead.update, made["id"], {"Phone": "1"})
    assert told(denied)["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    box.salesforce.hidden.add("Opportunity")
    with pytest.raises(SalesforceMalformedRequest) as hidden:
        await read(salesforce, "SELECT Id FROM Opportunity")
    assert told(hidden)["errorCode"] == "INVALID_TYPE"

    box.salesforce.expire()
    assert await to_thread(salesforce.Lead.get, made["id"]), "the client has signed in anew"
    box.salesforce.new_secret("another")
    with pytest.raises((SalesforceExpiredSession, SalesforceAuthenticationFailed)):
        await to_thread(salesforce.Lead.get, made["id"])
    with pytest.raises(SalesforceAuthenticationFailed):
        await client(box, consumer_key="unknown")
    with pytest.raises(SalesforceResourceNotFound):
        await to_thread((await client(box, version="12.0")).Lead.get, made["id"])
