"""Whoever is deleted in the CRM for privacy, or is to be forgotten there, is forgotten here too;
nobody is because somebody else says so.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from doctor import crm
from handoff.effects import ReadCrm
from sandbox.crm.records import CONTACTS, HUBSPOT, SALESFORCE
from tests.beginnings import Beginning
from tests.doctor.examined import looked
from tests.journeys.crms import THERE, contact, in_hubspot_alone, in_salesforce_alone
from tests.journeys.searching import found_in
from tests.world import INES, World, a_world

SAID = "whoever is forgotten there is forgotten here"
EVENT = {
    "eventId": 1,
    "subscriptionId": 2,
    "portalId": 3,
    "occurredAt": 4,
    "attemptNumber": 0,
    "subscriptionType": "contact.privacyDeletion",
}


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        yield world


async def known(world: World) -> list[str]:
    """Where the prospect's name or address stands."""
    return await found_in(world, "Prado", INES)


@pytest.mark.parametrize("sold", [HUBSPOT, SALESFORCE], indirect=True)
async def test_who_is_deleted_there_for_privacy_is_forgotten_here_whatever_is_open(
    sold: World,
) -> None:
    id = await sold.accepted()
    await sold.say("quinn", "why 1")
    one, box = contact(sold), sold.box
    assert await known(sold)

    if box.crm.make == HUBSPOT:
        box.crm.forget(one.id)  # an admin there: Delete, permanently
    else:
        box.crm.to_forget.add(one.id)  # a tick at Forget this individual
        await sold.app.services.stores.door.follow(ReadCrm())
    await sold.work()

    assert await known(sold) == []
    assert await sold.state(id) == "ended"
    assert "asked not to be contacted" in sold.reads("rita")
    assert await sold.rows("select * from crm_link") == []
    assert await sold.rows("select id from procrastinate_jobs where status = 'failed'") == []
    async with sold.app.services.stores.door.open() as tx:
        assert await sold.app.services.stores.objections.of(tx, [INES]) == {INES}


@in_hubspot_alone
async def test_nobody_is_forgotten_for_what_hubspot_has_not_signed(sold: World) -> None:
    await sold.offer()
    one, webhooks = contact(sold), sold.box.hubspot.webhooks
    told = [{**EVENT, "objectId": int(one.id)}]
    sold.box.crm.delete(CONTACTS, one.id)
    await sold.work()
    assert webhooks.answers == [], "an ordinary deletion, of which nobody asked to be told"

    assert await webhooks.post(told, secret="guessed")
    assert await webhooks.post(told, secret="guessed", at=sold.clock() - timedelta(minutes=6))
    for late in (-6, 6):  # as if our clock were wrong: it is sent again
        assert not await webhooks.post(told, at=sold.clock() + timedelta(minutes=late))
    right, webhooks.app.url = webhooks.app.url, f"{webhooks.app.url}?of=another"
    assert await webhooks.post(told)
    webhooks.app.url = right
    await sold.work()

    assert webhooks.answers == [401, 401, 503, 503, 401]
    assert await known(sold)
    assert await webhooks.post([{**told[0], "subscriptionType": "contact.deletion"}])
    assert await webhooks.post([{**told[0], "objectId": 17}, {"subscriptionType": []}])
    await sold.work()
    assert webhooks.answers[5:] == [204, 204]
    assert await known(sold), "it was restored for all that anybody knows"


@in_hubspot_alone
async def test_of_a_contact_that_is_there_still_another_accounts_was_meant(sold: World) -> None:
    await sold.offer()
    one, webhooks = contact(sold), sold.box.hubspot.webhooks
    assert await webhooks.post([{**EVENT, "objectId": int(one.id)}])
    await sold.work()
    assert await known(sold)

    webhooks.app.url = ""
    sold.box.crm.forget(one.id)
    await sold.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await sold.work()
    assert await known(sold) == [], "it was asked about again"


@in_hubspot_alone
async def test_the_doctor_says_how_hubspot_is_to_tell_of_it(sold: World) -> None:
    assert (await looked(sold, crm.checks))[SAID].well

    lacking = (await looked(sold, crm.checks, crm_webhook_secret=None))[SAID]

    assert "contact.privacyDeletion" in lacking.then
    assert "CRM_WEBHOOK_SECRET" in lacking.then


@in_salesforce_alone
async def test_the_doctor_says_how_salesforce_is_to_tell_of_it(sold: World) -> None:
    assert (await looked(sold, crm.checks))[SAID].well

    sold.box.salesforce.keeps_privacy = False
    lacking = (await looked(sold, crm.checks))[SAID]
    await sold.app.services.stores.door.follow(ReadCrm())
    await sold.work()

    assert "Data Protection and Privacy" in lacking.then
    assert await sold.rows("select id from procrastinate_jobs where status = 'failed'") == []
