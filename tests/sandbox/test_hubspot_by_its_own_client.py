"""The sandbox's HubSpot, asked by HubSpot's own client, which holds each answer to its types: what
is spoken here is no invention of ours. The client is told to try nothing twice.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hubspot_sdk import (
    APIStatusError,
    AsyncHubSpot,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)

from sandbox.crm.records import CONTACTS, DEALS, NOTES, Rule
from sandbox.m365 import Sandbox

INES = {
    "email": "ines@contoso.example",
    "firstname": "Ines",
    "lastname": "Prado",
    "company": "Contoso Logistics",
}
DEAL = {
    "dealname": "Contoso",
    "amount": "48000",
    "dealstage": "qualifiedtobuy",
    "pipeline": "default",
    "closedate": "2026-06-01T00:00:00Z",
}


@pytest.fixture
async def hubspot(box: Sandbox) -> AsyncIterator[AsyncHubSpot]:
    async with AsyncHubSpot(
        access_token=box.hubspot.key.token,
        base_url=box.url,
        max_retries=0,
        http_client=httpx.AsyncClient(verify=box.certificates.trusting()),
        _strict_response_validation=True,
    ) as client:
        yield client


def category(error: APIStatusError) -> str:
    assert isinstance(error.body, dict)
    return str(error.body["category"])


async def test_a_contact_is_made_found_by_its_address_changed_and_deleted(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    contacts = hubspot.crm.objects.contacts
    made = await contacts.create(associations=[], properties=INES)
    assert box.crm.all(CONTACTS)[0].values == INES

    found = await contacts.get("INES@contoso.example", id_property="email", properties=["company"])
    assert (found.id, found.properties["company"]) == (made.id, "Contoso Logistics")

    changed = await contacts.update(made.id, properties={"company": "Contoso"})
    assert changed.properties["company"] == "Contoso"
    await contacts.with_raw_response.update(made.id, properties={"company": ""})
    assert "company" not in box.crm.all(CONTACTS)[0].values, "an empty text clears"

    await contacts.delete(made.id)
    with pytest.raises(NotFoundError) as gone:
        await contacts.get(made.id)
    assert category(gone.value) == "OBJECT_NOT_FOUND"
    assert (await contacts.get(made.id, archived=True)).archived
    box.crm.restore(CONTACTS, made.id)
    assert not (await contacts.get(made.id)).archived


async def test_an_address_that_is_taken_is_refused_with_the_id_in_the_words_alone(
    hubspot: AsyncHubSpot,
) -> None:
    contacts = hubspot.crm.objects.contacts
    made = await contacts.create(associations=[], properties=INES)

    with pytest.raises(ConflictError) as refused:
        await contacts.create(associations=[], properties=INES)

    assert isinstance(refused.value.body, dict)
    assert refused.value.body["message"] == f"Contact already exists. Existing ID: {made.id}"
    assert refused.value.body.keys().isdisjoint({"id", "context"})


async def test_the_index_lags_behind_and_what_is_read_by_its_address_does_not(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    box.crm.lag = timedelta(seconds=30)
    made = await hubspot.crm.objects.deals.create(
        associations=[],
        properties={
            "dealname": "Contoso",
            "amount": "48000",
            "dealstage": "qualifiedtobuy",
            "pipeline": "default",
            "closedate": "2026-06-01T00:00:00Z",
        },
    )

    async def found(value: str) -> list[str]:
        answer = await hubspot.crm.objects.deals.search(
            after="0",
            limit=100,
            properties=["amount"],
            sorts=["hs_lastmodifieddate"],
            filter_groups=[
                {
                    "filters": [
                        {
                            "property_name": "hs_lastmodifieddate",
                            "operator": "GTE",
                            "value": value,
                        }
                    ]
                }
            ],
        )
        return [one.properties["amount"] for one in answer.results]

    since = str(int(box.clock().timestamp() * 1000))
    assert await found(since) == []
    box.clock.forward(timedelta(seconds=31))
    assert await found(since) == ["48000"]
    box.crm.change(DEALS, made.id, {"amount": "90000"})
    assert await found(since) == ["48000"], "the index tells what it has"
    assert (await hubspot.crm.objects.deals.get(made.id)).properties["amount"] == "90000"


async def test_two_contacts_become_a_third_to_which_both_ids_lead(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    contacts = hubspot.crm.objects.contacts
    one = await contacts.create(associations=[], properties=INES)
    two = await contacts.create(
        associations=[], properties={**INES, "email": "i.prado@contoso.example"}
    )
    note = await hubspot.crm.objects.notes.create(
        properties={"hs_timestamp": "2026-03-02T08:30:00Z", "hs_note_body": "Called"},
        associations=[
            {
                "to": {"id": two.id},
                "types": [{"association_category": "HUBSPOT_DEFINED", "association_type_id": 202}],
            }
        ],
    )

    merged = await contacts.merge(primary_object_id=one.id, object_id_to_merge=two.id)

    assert merged.id not in {one.id, two.id}
    assert {(await contacts.get(old.id)).id for old in (one, two)} == {merged.id}
    notes = [
        linked.to_object_id
        async for linked in hubspot.crm.associations.list(
            "notes", object_type="contacts", object_id=merged.id
        )
    ]
    assert notes == [note.id]

    await contacts.gdpr_delete(object_id="ines@contoso.example", id_property="email")
    with pytest.raises(NotFoundError):
        await contacts.get(merged.id, archived=True)
    assert box.crm.all(NOTES) == []
    with pytest.raises(BadRequestError):  # the address never comes again
        await contacts.create(associations=[], properties=INES)


async def test_what_a_rule_of_the_customer_forbids_is_refused_in_their_own_words(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    box.crm.rules.append(
        Rule(kind=CONTACTS, name="company", words="Companies are named by RevOps alone")
    )
    with pytest.raises(BadRequestError) as refused:
        await hubspot.crm.objects.contacts.create(associations=[], properties=INES)
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["errors"][0]["message"] == "Companies are named by RevOps alone"
    assert refused.value.body["errors"][0]["context"] == {"propertyName": ["company"]}

    with pytest.raises(BadRequestError, match="does not exist"):
        await hubspot.crm.objects.contacts.create(
            associations=[], properties={"email": "a@b.example", "baton_status": "accepted"}
        )


async def test_each_limit_lock_and_sign_in_is_refused_as_hubspot_does(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    for policy in ("TEN_SECONDLY_ROLLING", "SECONDLY", "DAILY"):
        box.faults.crm_status(429, policy)
        with pytest.raises(RateLimitError) as busy:
            await hubspot.account.get()
        assert isinstance(busy.value.body, dict)
        assert busy.value.body["policyName"] == policy
        assert "retry-after" not in busy.value.response.headers

    box.faults.crm_status(423, "LOCKED", "This record is locked")
    with pytest.raises(APIStatusError) as locked:
        await hubspot.account.get()
    assert locked.value.status_code == 423

    box.hubspot.key.scopes.discard("crm.objects.owners.read")
    with pytest.raises(PermissionDeniedError) as lacking:
        await hubspot.crm.owners.get(77_000_000)
    assert category(lacking.value) == "MISSING_SCOPES"

    box.hubspot.expire("another")
    with pytest.raises(AuthenticationError) as unknown:
        await hubspot.account.get()
    assert category(unknown.value) == "INVALID_AUTHENTICATION"


async def test_of_a_batch_what_is_well_is_done_and_the_rest_is_named(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    contacts = hubspot.crm.objects.contacts
    answer = await contacts.batch.with_raw_response.upsert(
        inputs=[
            {
                "id": "ines@contoso.example",
                "id_property": "email",
                "properties": INES,
                "object_write_trace_id": "1",
            },
            {
                "id": "no address",
                "id_property": "email",
                "properties": {},
                "object_write_trace_id": "2",
            },
        ]
    )
    body = answer.http_response.json()
    assert (answer.status_code, body["numErrors"]) == (207, 1)
    assert body["results"][0]["new"] is True
    assert body["errors"][0]["context"] == {"objectWriteTraceId": ["2"]}
    assert [one.values["email"] for one in box.crm.all(CONTACTS)] == ["ines@contoso.example"]

    read = await contacts.batch.with_raw_response.get(
        id_property="email",
        properties=["company"],
        properties_with_history=[],
        inputs=[{"id": "ines@contoso.example"}, {"id": "nobody@contoso.example"}],
    )
    assert read.status_code == 207
    assert [one["id"] for one in read.http_response.json()["results"]] == [
        box.crm.all(CONTACTS)[0].id
    ]


async def test_owners_stages_and_fields_are_as_its_client_reads_them(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    account = await hubspot.account.get()
    assert account.company_currency == "EUR"

    owners = [one async for one in hubspot.crm.owners.list(limit=10)]
    assert {one.email for one in owners} >= {box.person("rita").mail, box.person("quinn").mail}
    assert len(owners) == len(box.crm.owners()), "by more than one page"

    [pipeline] = (await hubspot.crm.pipelines.list("deals")).results
    ends = {
        one.id: one.metadata["probability"]
        for one in pipeline.stages
        if one.metadata["isClosed"] == "true"
    }
    assert ends == {"closedwon": "1.0", "closedlost": "0.0"}

    await hubspot.crm.properties.create(
        "contacts",
        name="baton_status",
        label="Baton: status",
        group_name="contactinformation",
        type="string",
        field_type="text",
    )
    fields = (await hubspot.crm.properties.list("contacts")).results
    assert "baton_status" in {one.name for one in fields}


async def test_a_deal_stands_beside_its_contacts_until_somebody_takes_it_away(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    objects, links = hubspot.crm.objects, hubspot.crm.associations
    ines = await objects.contacts.create(associations=[], properties=INES)
    deals = [
        await objects.deals.create(
            properties={**DEAL, "dealname": name},
            associations=[
                {
                    "to": {"id": ines.id},
                    "types": [
                        {"association_category": "HUBSPOT_DEFINED", "association_type_id": 3}
                    ],
                }
            ],
        )
        for name in ("Contoso", "Contoso, more ports")
    ]

    async def beside(contact: str) -> list[str]:
        answer = await links.batch.with_raw_response.get(
            "deals", from_object_type="contacts", inputs=[{"id": contact}, {"id": "1"}]
        )
        assert answer.status_code == 207, "who has none is named"
        results = answer.http_response.json()["results"]
        return [to["toObjectId"] for one in results for to in one["to"]]

    assert await beside(ines.id) == [one.id for one in deals]
    listed = [one.id async for one in objects.deals.list(limit=1)]
    assert listed == [one.id for one in deals], "by more than one page"
    back = await links.batch.get(
        "contacts", from_object_type="deals", inputs=[{"id": one.id} for one in deals]
    )
    assert {to.to_object_id for one in back.results for to in one.to} == {ines.id}

    read = await objects.deals.batch.with_raw_response.get(
        properties=["amount", "deal_currency_code", "dealstage", "hubspot_owner_id"],
        properties_with_history=[],
        inputs=[{"id": id} for id in (*(one.id for one in deals), "1")],
    )
    assert read.status_code == 207
    first, _ = read.http_response.json()["results"]
    assert first["properties"]["amount"] == "48000"
    assert first["properties"]["deal_currency_code"] is None, "it is the company's own"
    assert first["properties"]["hs_lastmodifieddate"] == first["updatedAt"]

    merged = await objects.deals.merge(
        primary_object_id=deals[0].id, object_id_to_merge=deals[1].id
    )
    assert await beside(ines.id) == [merged.id]
    await objects.deals.delete(merged.id)
    assert await beside(ines.id) == []
    box.crm.restore(DEALS, merged.id)
    assert await beside(ines.id) == [merged.id]

    other = box.crm.add(CONTACTS, {"email": "i.prado@contoso.example"})
    whole = box.crm.merge(CONTACTS, ines.id, other.id)
    assert (await beside(whole.id), await beside(ines.id)) == ([merged.id], [])
    box.crm.unlink((DEALS, merged.id), (CONTACTS, whole.id))
    assert await beside(whole.id) == []


async def test_a_deal_is_in_a_stage_and_a_currency_that_there_are(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    deals = hubspot.crm.objects.deals
    for wrong in ({"dealstage": "nowhere"}, {"deal_currency_code": "BRL"}, {"amount": "much"}):
        with pytest.raises(BadRequestError) as refused:
            await deals.create(associations=[], properties={**DEAL, **wrong})
        assert category(refused.value) == "VALIDATION_ERROR"
    made = await deals.create(
        associations=[], properties={**DEAL, "deal_currency_code": "USD", "dealstage": "closedwon"}
    )
    assert box.crm.get(DEALS, made.id).values["deal_currency_code"] == "USD"

    with pytest.raises(BadRequestError):
        await hubspot.crm.associations.batch.get(
            "deals",
            from_object_type="contacts",
            inputs=[{"id": str(n)} for n in range(1_001)],
        )
    box.hubspot.key.scopes.discard("crm.objects.deals.read")
    with pytest.raises(PermissionDeniedError):
        await hubspot.crm.pipelines.list("deals")


async def test_when_a_field_of_a_deal_was_set_is_read_of_fifty_at_a_time(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    deals = hubspot.crm.objects.deals
    made = await deals.create(associations=[], properties=DEAL)
    began = box.clock()
    box.clock.forward(timedelta(days=3))
    await deals.update(made.id, properties={"hs_next_step": "Send the contract"})
    names = ["amount", "hs_next_step"]

    def read(many: int) -> Any:
        inputs: list[Any] = [{"id": made.id}] * many
        return deals.batch.get(inputs=inputs, properties=names, properties_with_history=names)

    [one] = (await read(1)).results
    history = one.properties_with_history
    assert history is not None
    [amount], [step] = history["amount"], history["hs_next_step"]
    assert (amount.value, amount.timestamp) == ("48000", began)
    assert (step.value, step.timestamp) == ("Send the contract", box.clock())
    with pytest.raises(BadRequestError):
        await read(51)


async def test_of_a_batch_one_that_cannot_be_read_is_named_beside_the_others(
    box: Sandbox, hubspot: AsyncHubSpot
) -> None:
    one, other = (box.crm.add(DEALS, {"dealname": name}) for name in "ab")
    box.faults.crm_unread(one.id, times=1)
    inputs: list[Any] = [{"id": one.id}, {"id": other.id}]
    deals = hubspot.crm.objects.deals.batch

    read = await deals.with_raw_response.get(
        inputs=inputs, properties=["dealname"], properties_with_history=[]
    )

    body: Any = await read.json()
    assert (read.status_code, [found["id"] for found in body["results"]]) == (207, [other.id])
    assert body["errors"][0]["context"] == {"ids": [one.id]}


async def test_what_campaigns_have_cost_is_read(box: Sandbox, hubspot: AsyncHubSpot) -> None:
    box.crm.campaign("Ports webinar", "12000.5")
    found = await hubspot.marketing.campaigns.list(
        limit=100, properties=["hs_name", "hs_spend_items_sum_amount"]
    )
    [one] = found.results
    assert one.properties["hs_name"] == "Ports webinar"
    assert one.properties["hs_spend_items_sum_amount"] == "12000.5"
