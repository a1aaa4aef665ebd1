"""The sandbox's Dynamics 365, asked by Microsoft's own client of Dataverse: what is spoken here is
no invention of ours.
"""

from asyncio import to_thread
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.upsert import UpsertItem

from sandbox.clock import real_now
from sandbox.crm.records import CONTACTS, DATAVERSE, DEALS, NOTES, Field, Rule
from sandbox.m365 import Sandbox

INES = {
    "firstname": "Ines",
    "lastname": "Prado",
    "companyname": "Contoso Logistics",
    "emailaddress1": "ines@contoso.example",
}


class Credential:
    """A token of Entra's for the environment."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes == (f"{self._box.url}/.default",)
        until = int((real_now() + timedelta(hours=1)).timestamp())
        return AccessToken(self._box.entra.application_token(self._box.url), until)


@pytest.fixture
async def client(box: Sandbox) -> AsyncIterator[Any]:
    """With nothing of it replaced but whom it trusts."""
    box.crm_env(DATAVERSE)
    session = requests.Session()
    session.trust_env = False
    session.verify = str(box.certificates.ca_file)
    one: Any = DataverseClient(box.url, Credential(box))
    one._session = session
    yield one
    await to_thread(one.close)


async def listed(client: Any, table: str, **how: Any) -> list[dict[str, Any]]:
    found = await to_thread(lambda: list(client.records.list(table, **how)))
    return [{name: said for name, said in dict(one).items() if "@" not in name} for one in found]


def code(error: Any) -> tuple[int, str]:
    return error.value.status_code, error.value.details["service_error_code"]


async def test_a_lead_is_made_found_by_its_address_changed_and_deleted(
    box: Sandbox, client: Any
) -> None:
    id = await to_thread(client.records.create, "lead", INES)
    assert box.crm.all(CONTACTS)[0].id == f"leads({id})"

    by_mail = {"filter": "emailaddress1 eq 'INES@contoso.example' and statecode eq 0"}
    columns = {"select": ["leadid", "lastname"]}
    there = [{"leadid": id, "lastname": "Prado"}]
    assert await listed(client, "lead", **by_mail, **columns) == there
    odd = {"filter": "emailaddress1 eq 'o''neil@contoso.example'"}
    assert await listed(client, "lead", **odd, **columns) == []

    await to_thread(client.records.update, "lead", id, {"telephone1": "+34 600 000 000"})
    read = await to_thread(client.records.retrieve, "lead", id)
    assert read["telephone1"] == "+34 600 000 000"
    await to_thread(client.records.update, "lead", id, {"telephone1": None})
    assert "phone" not in box.crm.all(CONTACTS)[0].values, "null clears"

    await to_thread(client.records.delete, "lead", id)
    assert await to_thread(client.records.retrieve, "lead", id) is None
    with pytest.raises(HttpError) as gone:
        await to_thread(client.records.update, "lead", id, {"telephone1": "1"})
    assert code(gone) == (404, "0x80040217")
    assert box.crm.all(CONTACTS) == [], "what is gone is not made anew"

    fetch = (
        "<fetch top='1' datasource='bin'><entity name='lead'><attribute name='leadid'/><filter>"
        f"<condition attribute='leadid' operator='eq' value='{id}'/></filter></entity></fetch>"
    )
    query = client.query.fetchxml(fetch)
    assert [one["leadid"] for one in await to_thread(query.execute)] == [id]
    box.crm.restore(CONTACTS, f"leads({id})")
    assert await listed(client, "lead", **by_mail, **columns) == there
    assert list(await to_thread(query.execute)) == []


async def test_of_one_key_there_is_one_lead(box: Sandbox, client: Any) -> None:
    keys = await to_thread(client.tables.get_alternate_keys, "lead")
    assert [(key.key_attributes, key.status) for key in keys] == [(["baton_key"], "Active")]
    item = UpsertItem(alternate_key={"baton_key": "k1"}, record=INES)
    for _ in range(2):
        await to_thread(client.records.upsert, "lead", [item])
    [one] = box.crm.all(CONTACTS)
    assert (one.values["baton_key"], one.values["lastname"]) == ("k1", "Prado")

    with pytest.raises(HttpError) as taken:
        await to_thread(client.records.create, "lead", {**INES, "baton_key": "k1"})
    assert code(taken) == (412, "0x80060892")
    odd = UpsertItem(alternate_key={"emailaddress1": "ines"}, record=INES)
    with pytest.raises(HttpError) as no_key:
        await to_thread(client.records.upsert, "lead", [odd])
    assert no_key.value.status_code == 400
    await to_thread(client.records.create, "lead", INES)
    assert len(box.crm.all(CONTACTS)) == 2, "an address is nobody's alone"


async def test_what_the_customer_or_the_table_forbids_is_refused(box: Sandbox, client: Any) -> None:
    box.crm.rules.append(Rule(kind=CONTACTS, name="company", words="Ask RevOps"))
    with pytest.raises(HttpError, match="Ask RevOps") as refused:
        await to_thread(client.records.create, "lead", INES)
    assert code(refused) == (400, "0x80040265")
    with pytest.raises(HttpError, match="Invalid property 'baton_rep'") as lacking:
        await to_thread(client.records.create, "lead", {"baton_rep": "Rita"})
    assert code(lacking) == (400, "0x80048d19")
    with pytest.raises(HttpError, match="exceeded the maximum allowed length of '50'"):
        await to_thread(client.records.create, "lead", {"lastname": "o" * 51})
    with pytest.raises(HttpError, match="Could not find a property named 'nobody'"):
        await listed(client, "lead", select=["nobody"])
    box.dataverse.hidden.add("lead")
    with pytest.raises(HttpError, match="missing prvReadLead privilege") as hidden:
        await listed(client, "lead", select=["leadid"])
    assert code(hidden) == (403, "0x80040220")
    box.dataverse.is_member = False
    with pytest.raises(HttpError, match="not a member of the organization") as stranger:
        await listed(client, "lead", select=["leadid"])
    assert code(stranger) == (403, "0x80072560")


async def test_a_limit_says_when_to_ask_again(box: Sandbox, client: Any) -> None:
    box.crm.limits.used = box.crm.limits.daily
    with pytest.raises(HttpError, match="exceeded the limit") as limited:
        await listed(client, "contact", select=["contactid"])
    assert code(limited) == (429, "0x80072322")
    assert limited.value.details["retry_after"] == 30


async def test_columns_are_described_and_pages_follow_each_other(box: Sandbox, client: Any) -> None:
    box.crm.has_field(Field(kind=CONTACTS, name="baton_rep", label="Baton: rep", own=True))
    columns = await to_thread(
        client.tables.list_columns,
        "contact",
        select=["LogicalName", "IsValidForUpdate"],
        filter="IsCustomAttribute eq true",
    )
    assert {one["LogicalName"] for one in columns} == {"baton_key", "baton_rep"}

    for n in range(7):
        box.crm.add(CONTACTS, {"lastname": f"{n}", "email": f"{n}@contoso.example"})
    how: dict[str, Any] = {"select": ["lastname"], "orderby": ["lastname desc"]}
    pages = await to_thread(lambda: list(client.records.list_pages("contact", page_size=3, **how)))
    assert [len(list(page)) for page in pages] == [3, 3, 1]
    names = [one["lastname"] for page in pages for one in page]
    assert names == ["6", "5", "4", "3", "2", "1", "0"]
    either = "(lastname eq '1' or endswith(lastname,'2')) and not (lastname eq '2')"
    assert [o["lastname"] for o in await listed(client, "contact", filter=either, **how)] == ["1"]


async def test_a_deal_has_a_stage_a_currency_an_owner_and_whoever_is_connected(
    box: Sandbox, client: Any
) -> None:
    ines, omar = (box.crm.add(CONTACTS, {"email": f"{w}@contoso.example"}) for w in "io")
    rita = box.crm.owner(box.person("rita").mail)
    guids = [one.id[one.id.index("(") + 1 : -1] for one in (ines, omar, rita)]
    deal = {
        "name": "Contoso",
        "estimatedvalue": 48000.5,
        "estimatedclosedate": "2026-06-01",
        "salesstage": 1,
        "parentcontactid@odata.bind": f"/contacts({guids[0]})",
        "ownerid@odata.bind": f"/systemusers({guids[2]})",
    }
    id = await to_thread(client.records.create, "opportunity", deal)
    box.crm.link((DEALS, f"opportunities({id})"), (CONTACTS, omar.id))

    found = await to_thread(
        client.records.retrieve,
        "opportunity",
        id,
        expand=["transactioncurrencyid($select=isocurrencycode)"],
    )
    assert found["transactioncurrencyid"]["isocurrencycode"] == "EUR"
    shown = ("estimatedvalue", "estimatedclosedate", "salesstage", "statecode", "_owninguser_value")
    assert [found[name] for name in shown] == [48000.5, "2026-06-01", 1, 0, guids[2]]
    assert found["_parentcontactid_value"] == guids[0]
    both = {"filter": f"_record1id_value eq {id} and record2objecttypecode eq 2"}
    [connected] = await listed(client, "connection", **both)
    assert connected["_record2id_value"] == guids[1]
    back = {"filter": f"_record2id_value eq {id} and record1objecttypecode eq 2"}
    assert len(await listed(client, "connection", **back)) == 1, "from both of its ends"
    names = {"filter": "objecttypecode eq 'opportunity' and attributename eq 'salesstage'"}
    labels = {
        one["attributevalue"]: one["value"] for one in await listed(client, "stringmap", **names)
    }
    assert labels[1] == "Qualified To Buy"

    with pytest.raises(HttpError, match="use the WinOpportunityRequest message"):
        await to_thread(client.records.update, "opportunity", id, {"statecode": 1})
    with pytest.raises(HttpError, match="outside the valid range"):
        await to_thread(client.records.update, "opportunity", id, {"salesstage": 77})


async def test_a_note_stands_beside_a_lead_and_goes_to_whom_it_is_merged_into(
    box: Sandbox, client: Any
) -> None:
    one = await to_thread(client.records.create, "lead", INES)
    other = box.crm.add(CONTACTS, {"email": "i.prado@contoso.example"}, lead=True)
    note = {
        "subject": "Baton",
        "notetext": "Baton, no. 1",
        "objectid_lead@odata.bind": f"/leads({one})",
    }
    id = await to_thread(client.records.create, "annotation", note)
    beside = {"filter": f"_objectid_value eq {one}", "select": ["notetext"]}
    said = {"annotationid": id, "notetext": "Baton, no. 1"}
    assert await listed(client, "annotation", **beside) == [said]

    box.crm.merge(CONTACTS, other.id, f"leads({one})")
    read = await to_thread(client.records.retrieve, "lead", one)
    master = other.id[len("leads(") : -1]
    assert (read["merged"], read["statecode"], read["_masterid_value"]) == (True, 1, master)
    beside["filter"] = f"_objectid_value eq {master}"
    assert await listed(client, "annotation", **beside) == [said]
    assert box.crm.all(NOTES)[0].id == f"annotations({id})"

    contact = box.crm.convert(other.id)
    lead = await to_thread(client.records.retrieve, "lead", master)
    assert (lead["statecode"], lead["merged"]) == (1, False)
    made = {"filter": f"_originatingleadid_value eq {master}", "select": ["contactid"]}
    [now] = await listed(client, "contact", **made)
    assert contact.id == f"contacts({now['contactid']})"
    assert await listed(client, "annotation", **beside) == [said], "notes stay where they were"
