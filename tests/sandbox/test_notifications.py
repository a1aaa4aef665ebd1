"""Subscriptions and the notifications that they cause."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.m365 import Sandbox, running
from tests import hour
from tests.sandbox.conftest import MONDAY, Caller, Got, Inbox, Json, meeting

RITA, QUINN = "rita.osei@halden.example", "quinn.avery@halden.example"


def asked(inbox: Inbox, who: str = RITA, **more: Any) -> Json:
    return {
        "changeType": "created,updated,deleted",
        "notificationUrl": f"{inbox.url}?kind=change",
        "lifecycleNotificationUrl": f"{inbox.url}/life",
        "resource": f"/users/{who}/events",
        "expirationDateTime": "2026-03-08T08:00:00Z",
        "clientState": "agreed",
        **more,
    }


async def subscribed(graph: Caller, inbox: Inbox, **more: Any) -> Got:
    got = await graph.post("/subscriptions", asked(inbox, **more), prefer='IdType="ImmutableId"')
    assert got.status == 201, got.body
    return got


async def test_what_happens_in_a_mailbox_is_posted(
    box: Sandbox, graph: Caller, inbox: Inbox
) -> None:
    made = await subscribed(graph, inbox)
    rita = box.person("rita").id

    await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))
    await box.settled()

    (notice,) = inbox.notices
    assert inbox.posts[0].query_string == "kind=change", "the address is used as it was given"
    assert notice["subscriptionId"] == made["id"]
    assert (notice["clientState"], notice["changeType"]) == ("agreed", "created")
    assert notice["tenantId"] == box.entra.app.tenant
    assert notice["subscriptionExpirationDateTime"] == "2026-03-08T08:00:00Z"
    data = notice["resourceData"]
    assert data["@odata.type"] == "#Microsoft.Graph.Event"
    assert notice["resource"] == data["@odata.id"] == f"Users/{rita}/Events/{data['id']}"
    copy = await graph.get(f"/users/{rita}/events/{data['id']}", prefer='IdType="ImmutableId"')
    assert (copy["subject"], copy["id"]) == ("Demo", data["id"])
    assert copy["@odata.etag"] == data["@odata.etag"]

    box.outlook.respond("rita", "Demo", "accept")
    box.outlook.delete("rita", "Demo")
    await box.settled()
    assert [notice["changeType"] for notice in inbox.notices] == ["created", "updated", "deleted"]
    assert len(inbox.posts) == 2, "what happens together is posted together"


async def test_only_what_was_asked_for_is_posted(box: Sandbox, graph: Caller, inbox: Inbox) -> None:
    await subscribed(graph, inbox, changeType="deleted")
    await subscribed(
        graph,
        inbox,
        resource=f"users('{RITA}')/mailFolders('sentitems')/messages",
        changeType="created",
    )

    await graph.post(f"/users/{RITA}/events", meeting("Mine"))
    await graph.post(f"/users/{QUINN}/events", meeting("Theirs"))
    box.outlook.send_mail("quinn", ["rita"], "Received", "")
    await box.settled()
    assert inbox.bodies == []

    box.outlook.send_mail("rita", ["quinn"], "Sent", "")
    await box.settled()
    (notice,) = inbox.notices
    assert notice["resourceData"]["@odata.type"] == "#Microsoft.Graph.Message"


async def test_both_addresses_have_to_shake_hands(
    box: Sandbox, graph: Caller, inbox: Inbox
) -> None:
    inbox.shakes_hands = False

    got = await graph.post("/subscriptions", asked(inbox))

    assert (got.status, got.code) == (400, "ValidationError")
    deaf = asked(inbox) | {"notificationUrl": "http://127.0.0.1:9/none"}
    assert (await graph.post("/subscriptions", deaf)).status == 400
    assert (await graph.get("/subscriptions")).value == []


@pytest.mark.parametrize(
    "change",
    [
        {"changeType": "happened"},
        {"resource": "/users/rita.osei@halden.example/calendarView"},
        {"resource": "/groups"},
        {"resource": "/users/rita.osei@halden.example/events?$filter=isAllDay eq true"},
        {"expirationDateTime": "2026-03-01T08:00:00Z"},
        {"expirationDateTime": "2026-03-12T08:00:00Z"},
        {"expirationDateTime": None},
        {"clientState": "x" * 129},
        {"notificationUrl": "http://example.org/hook"},
        {"includeResourceData": True},
    ],
)
async def test_a_subscription_that_graph_would_not_make(
    graph: Caller, inbox: Inbox, change: Json
) -> None:
    got = await graph.post("/subscriptions", asked(inbox) | change)

    assert got.status == 400


async def test_the_life_of_a_subscription(box: Sandbox, graph: Caller, inbox: Inbox) -> None:
    soon = (MONDAY + timedelta(minutes=5)).isoformat()
    made = await subscribed(graph, inbox, expirationDateTime=soon)
    one = f"/subscriptions/{made['id']}"

    assert made["expirationDateTime"] == "2026-03-02T09:15:00Z", "45 minutes at least"
    again = await graph.post("/subscriptions", asked(inbox))
    assert (again.status, again.code) == (409, "Conflict")
    renewed = await graph.patch(one, {"expirationDateTime": "2026-03-04T09:00:00Z"})
    assert renewed["expirationDateTime"] == "2026-03-04T09:00:00Z"
    assert (await graph.patch(one, {"clientState": "new"})).status == 400
    assert (await graph.post(f"{one}/reauthorize")).status == 204
    assert [one["id"] for one in (await graph.get("/subscriptions")).value] == [made["id"]]

    box.clock.forward(timedelta(days=2, hours=1))
    await graph.post(f"/users/{RITA}/events", meeting("Late"))
    await box.settled()
    assert inbox.bodies == [], "it has expired by the sandbox's clock"
    gone = await graph.patch(one, {"expirationDateTime": "2026-03-06T09:00:00Z"})
    assert (gone.status, gone.code) == (404, "ResourceNotFound")

    made = await subscribed(graph, inbox)
    assert (await graph.delete(f"/subscriptions/{made['id']}")).status == 204
    assert (await graph.get(f"/subscriptions/{made['id']}")).status == 404


async def test_permission_and_mailbox_are_asked_for(
    box: Sandbox, graph: Caller, inbox: Inbox
) -> None:
    nobody = await graph.post(
        "/subscriptions", asked(inbox, resource="/users/nobody@halden.example/events")
    )
    assert (nobody.status, nobody.code) == (404, "ExtensionError")
    assert "Status Code: NotFound" in nobody["error"]["message"]
    box.entra.revoke("Calendars.Read")
    got = await graph.post("/subscriptions", asked(inbox))
    assert (got.status, got.code) == (403, "ExtensionError"), "to write is not enough"
    assert "Status Code: Forbidden" in got["error"]["message"]


async def test_a_notice_that_is_not_taken_comes_again(
    box: Sandbox, graph: Caller, inbox: Inbox
) -> None:
    box.notifications.waits = (0.01, 0.01)
    await subscribed(graph, inbox)
    inbox.statuses = [503, 500]

    await graph.post(f"/users/{RITA}/events", meeting("Demo"))
    await heard(inbox, 3)

    assert [notice["changeType"] for notice in inbox.notices] == ["created"] * 3
    inbox.statuses = [500] * 9
    await graph.post(f"/users/{RITA}/events", meeting("Other"))
    await heard(inbox, 6)
    await box.settled()
    await asyncio.sleep(0.1)  # as long as ten waits: no fourth one comes
    assert len(inbox.notices) == 6, "three times, then it is lost"


async def heard(inbox: Inbox, count: int) -> None:
    """Until so many notices have come."""
    async with asyncio.timeout(20):
        while len(inbox.notices) < count:  # noqa: ASYNC110  # an inbox sets no events
            await asyncio.sleep(0.01)


async def test_lifecycle_events_go_to_their_own_address(
    box: Sandbox, graph: Caller, inbox: Inbox
) -> None:
    made = await subscribed(graph, inbox)

    box.notifications.lifecycle(made["id"], "reauthorizationRequired")
    box.notifications.lifecycle(made["id"], "missed")
    box.notifications.remove(made["id"])
    await box.settled()

    assert [one["lifecycleEvent"] for one in inbox.notices] == [
        "reauthorizationRequired",
        "missed",
        "subscriptionRemoved",
    ]
    assert {post.path for post in inbox.posts} == {"/here/life"}
    assert inbox.notices[0]["clientState"] == "agreed"
    assert (await graph.get("/subscriptions")).value == []


async def test_a_subscription_can_vanish_without_a_word(
    box: Sandbox, graph: Caller, inbox: Inbox
) -> None:
    made = await subscribed(graph, inbox)

    box.notifications.drop(made["id"])
    await graph.post(f"/users/{RITA}/events", meeting("Demo"))
    await box.settled()

    assert inbox.bodies == []


async def test_notifications_get_lost_doubled_and_forged(
    box: Sandbox, graph: Caller, inbox: Inbox
) -> None:
    await subscribed(graph, inbox)
    events = f"/users/{RITA}/events"

    box.faults.notifications_lost()
    made = await graph.post(events, meeting("Lost"))
    await box.settled()
    assert inbox.bodies == []

    box.faults.notifications_lost(on=False)
    box.faults.notifications_doubled()
    box.outlook.move("rita", "Lost", MONDAY + timedelta(days=2))
    box.outlook.delete("rita", "Lost")
    await box.settled()
    changes = [notice["changeType"] for notice in inbox.notices]
    assert sorted(changes) == ["deleted", "deleted", "updated", "updated"]
    assert len(inbox.posts) == 4

    box.faults.clear()
    box.faults.notifications_forged()
    await graph.post(events, meeting("Forged"))
    await box.settled()
    assert inbox.notices[-1]["clientState"] != "agreed"
    assert made["id"]


async def test_a_storm_arrives_whole(box: Sandbox, graph: Caller, inbox: Inbox) -> None:
    await subscribed(graph, inbox)

    for n in range(1000):
        box.outlook.create("rita", f"Event {n}", MONDAY, MONDAY + timedelta(hours=1))
    await box.settled()

    assert len({notice["resourceData"]["id"] for notice in inbox.notices}) == 1000
    assert max(len(body["value"]) for body in inbox.bodies) <= 100


async def test_what_was_not_delivered_is_after_the_next_start(tmp_path: Path, inbox: Inbox) -> None:
    async with running(folder=tmp_path, weeks=False, now=MONDAY, machine=hour.now) as box:
        box.notifications.waits = (60,)
        token = box.entra.application_token("https://graph.microsoft.com")
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{box.url}/v1.0/subscriptions"
        assert box.notifications._session
        async with box.notifications._session.post(
            url, json=asked(inbox), headers=headers
        ) as answer:
            assert answer.status == 201
        inbox.statuses = [503]
        box.outlook.create("rita", "Demo", MONDAY, MONDAY + timedelta(hours=1))
        await box.settled()
        assert len(inbox.bodies) == 1

    async with running(folder=tmp_path, machine=hour.now) as box:
        await box.settled()

    assert inbox.bodies[0] == inbox.bodies[1]
