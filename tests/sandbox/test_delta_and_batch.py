"""Asking for what has changed, and for many things at once."""

from datetime import timedelta

import pytest

from sandbox.m365 import Sandbox
from tests.sandbox.conftest import MONDAY, Caller, Got, Json, meeting, week

RITA, QUINN = "rita.osei@halden.example", "quinn.avery@halden.example"
START = f"/users/{RITA}/calendarView/delta?{week(21)}"
WEEKLY = {
    "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]},
    "range": {"type": "noEnd", "startDate": "2026-03-03"},
}


async def round_of(graph: Caller, link: str, **more: str) -> tuple[list[Json], str, int]:
    """Everything in one round, the link for the next one, and the number of pages."""
    items: list[Json] = []
    pages = 0
    while True:
        got = await graph.get(link, **more)
        assert got.status == 200, got.body
        items += got.value
        pages += 1
        if "@odata.deltaLink" in got.body:
            return items, str(got["@odata.deltaLink"]), pages
        link = got["@odata.nextLink"]


async def test_a_round_tells_what_is_there_and_the_next_what_has_changed(
    box: Sandbox, graph: Caller
) -> None:
    kept = await graph.post(f"/users/{RITA}/events", meeting("Kept", day=1))
    moved = await graph.post(f"/users/{RITA}/events", meeting("Moved", day=2))
    gone = await graph.post(f"/users/{RITA}/events", meeting("Gone", day=3))

    items, link, _ = await round_of(graph, START)
    assert [item["subject"] for item in items] == ["Kept", "Moved", "Gone"]
    assert items[0]["id"] == kept["id"]
    assert items[0]["body"]["contentType"] == "html"

    items, link, _ = await round_of(graph, link)
    assert items == []

    await graph.patch(f"/users/{RITA}/events/{moved['id']}", {"subject": "Moved on"})
    await graph.delete(f"/users/{RITA}/events/{gone['id']}")
    await graph.post(f"/users/{RITA}/events", meeting("New", day=4))
    await graph.post(f"/users/{RITA}/events", meeting("Far away", day=40))
    items, then, _ = await round_of(graph, link)
    assert [item.get("subject") for item in items] == ["Moved on", "New", None]
    assert items[2] == {"id": gone["id"], "@removed": {"reason": "deleted"}}

    again, _, _ = await round_of(graph, link)
    assert again == items, "a link can be asked again"
    assert (await round_of(graph, then))[0] == []


async def test_a_declined_invitation_is_removed_and_an_accepted_one_changed(
    box: Sandbox, graph: Caller
) -> None:
    for subject in ("Yes", "No"):
        await graph.post(f"/users/{QUINN}/events", meeting(subject, RITA))
    _, link, _ = await round_of(graph, START)

    box.outlook.respond("rita", "Yes", "accept")
    box.outlook.respond("rita", "No", "decline")

    changed, removed = (await round_of(graph, link))[0]
    assert changed["responseStatus"]["response"] == "accepted"
    assert "@removed" in removed


async def test_a_series_comes_whole_and_its_occurrences_bare(box: Sandbox, graph: Caller) -> None:
    made = await graph.post(f"/users/{RITA}/events", meeting("Weekly", recurrence=WEEKLY))

    items, link, pages = await round_of(graph, START, prefer="odata.maxpagesize=1")

    assert pages == 1, "a series stays on one page"
    master, *occurrences = items
    assert (master["type"], master["id"]) == ("seriesMaster", made["id"])
    assert len(occurrences) == 3
    for one in occurrences:
        assert one["seriesMasterId"] == made["id"]
        assert set(one) == {
            "@odata.type",
            "@odata.etag",
            "id",
            "type",
            "seriesMasterId",
            "start",
            "end",
        }

    second = occurrences[1]["id"]
    await graph.patch(f"/users/{RITA}/events/{second}", {"subject": "Special"})
    items, link, _ = await round_of(graph, link)
    assert [item["type"] for item in items] == [
        "seriesMaster",
        "occurrence",
        "exception",
        "occurrence",
    ]
    assert items[2]["subject"] == "Special"

    await graph.delete(f"/users/{RITA}/events/{second}")
    items, link, _ = await round_of(graph, link)
    assert [item["type"] for item in items] == ["seriesMaster", "occurrence", "occurrence"]
    assert all("@removed" not in item for item in items)

    await graph.delete(f"/users/{RITA}/events/{made['id']}")
    items, _, _ = await round_of(graph, link)
    assert items == [{"id": made["id"], "@removed": {"reason": "deleted"}}]


async def test_pages_are_as_long_as_preferred(box: Sandbox, graph: Caller) -> None:
    for n in range(25):
        start = MONDAY + timedelta(hours=n)
        box.outlook.create("rita", f"Event {n}", start, start + timedelta(minutes=30))

    items, link, pages = await round_of(graph, START)
    assert (len(items), pages) == (25, 3)
    items, _, pages = await round_of(graph, START, prefer="odata.maxpagesize=20")
    assert (len(items), pages) == (25, 2)

    box.outlook.delete("rita", "Event 3")
    items, _, _ = await round_of(graph, link)
    assert len(items) == 1


async def test_times_and_ids_are_as_preferred(graph: Caller) -> None:
    made = await graph.post(f"/users/{RITA}/events", meeting("Demo"))
    prefer = 'IdType="ImmutableId", outlook.timezone="Asia/Tokyo"'

    ((item,), link, _) = await round_of(graph, START, prefer=prefer)

    assert item["id"] != made["id"]
    assert item["start"] == {"dateTime": "2026-03-03T18:00:00.0000000", "timeZone": "Asia/Tokyo"}
    await graph.delete(f"/users/{RITA}/events/{made['id']}")
    ((gone,), _, _) = await round_of(graph, link, prefer=prefer)
    assert gone["id"] == item["id"]


async def test_a_token_that_is_gone_means_to_begin_again(box: Sandbox, graph: Caller) -> None:
    _, link, _ = await round_of(graph, START)
    unknown = await graph.get(link[:-4] + "0000")
    assert (unknown.status, unknown.code) == (410, "SyncStateNotFound")
    other = await graph.get(link.replace(RITA, QUINN).replace("rita.osei", "quinn.avery"))
    assert other.status == 410

    box.deltas.forget(box.person("rita").id)

    got = await graph.get(link)
    assert (got.status, got.code) == (410, "SyncStateNotFound")
    assert (await graph.get(START)).status == 200


@pytest.mark.parametrize("query", ["$select=subject", "$filter=isAllDay eq true", "$orderby=start"])
async def test_delta_takes_no_further_queries(graph: Caller, query: str) -> None:
    got = await graph.get(f"{START}&{query}")

    assert (got.status, got.code) == (400, "ErrorInvalidUrlQuery")


# $batch


def by_id(got: Got) -> dict[str, Json]:
    return {one["id"]: one for one in got["responses"]}


async def test_a_batch_answers_each_request_for_itself(box: Sandbox, graph: Caller) -> None:
    got = await graph.post(
        "/$batch",
        {
            "requests": [
                {"id": "a", "method": "GET", "url": f"/users/{RITA}?$select=displayName"},
                {"id": "b", "method": "GET", "url": "/users/nobody@halden.example"},
                {
                    "id": "c",
                    "method": "POST",
                    "url": f"/users/{QUINN}/events",
                    "headers": {
                        "Content-Type": "application/json",
                        "Prefer": 'outlook.timezone="Europe/Madrid"',
                    },
                    "body": meeting("Demo", RITA),
                },
                {"id": "d", "method": "GET", "url": "/teapots"},
            ]
        },
    )

    answers = by_id(got)
    assert got.status == 200
    assert [one["id"] for one in got["responses"]] != ["a", "b", "c", "d"]
    assert {name: one["status"] for name, one in answers.items()} == {
        "a": 200,
        "b": 404,
        "c": 201,
        "d": 400,
    }
    assert answers["a"]["body"]["displayName"] == "Rita Osei"
    assert answers["b"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert answers["c"]["body"]["start"]["timeZone"] == "Europe/Madrid"
    assert len(box.requests.graph_requests()) == 1
    assert len(box.requests.graph_requests(inner=True)) == 4
    assert box.requests.count("GET", f"/users/{RITA}") == 1


async def test_requests_can_wait_for_each_other(graph: Caller) -> None:
    def get(id: str, url: str, *needs: str) -> Json:
        return {"id": id, "method": "GET", "url": url, "dependsOn": list(needs)}

    got = await graph.post(
        "/$batch",
        {
            "requests": [
                get("3", f"/users/{RITA}", "2"),
                get("2", "/users/none", "1"),
                get("1", f"/users/{RITA}"),
            ]
        },
    )

    assert {name: one["status"] for name, one in by_id(got).items()} == {
        "1": 200,
        "2": 404,
        "3": 424,
    }


async def test_throttling_hits_requests_inside_a_batch(box: Sandbox, graph: Caller) -> None:
    box.faults.graph_throttled(retry_after=7, times=1, path="rita")
    requests = [
        {"id": who, "method": "GET", "url": f"/users/{who}/mailboxSettings"}
        for who in (RITA, QUINN)
    ]

    got = await graph.post("/$batch", {"requests": requests})

    answers = by_id(got)
    assert got.status == 200
    assert (answers[RITA]["status"], answers[RITA]["headers"]["Retry-After"]) == (429, "7")
    assert answers[QUINN]["status"] == 200


async def test_graph_as_a_whole_is_throttled_inside_and_down_outside(
    box: Sandbox, graph: Caller
) -> None:
    requests = [{"id": n, "method": "GET", "url": "/users"} for n in "ab"]
    box.faults.switch("graph-429", on=True)
    got = await graph.post("/$batch", {"requests": requests})
    assert (got.status, {one["status"] for one in got["responses"]}) == (200, {429})

    box.faults.switch("graph-429", on=False)
    box.faults.graph_down(times=1)
    assert (await graph.post("/$batch", {"requests": requests})).status == 503
    box.faults.graph_slow(0.05)
    got = await graph.post("/$batch", {"requests": requests})
    assert [one["status"] for one in got["responses"]] == [200, 200]


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [{"id": str(n), "method": "GET", "url": "/users"} for n in range(21)],
        [{"id": "1", "method": "GET", "url": "/users"}] * 2,
        [{"id": "1", "method": "GET"}],
        [{"method": "GET", "url": "/users"}],
        [{"id": "1", "method": "GET", "url": "/users", "dependsOn": ["2"]}],
        [{"id": "1", "method": "GET", "url": "/users", "dependsOn": ["1"]}],
        [{"id": "1", "method": "POST", "url": "/users/x/events", "body": {"subject": "x"}}],
        "nonsense",
    ],
)
async def test_a_batch_that_graph_would_not_take(graph: Caller, requests: object) -> None:
    got = await graph.post("/$batch", {"requests": requests})

    assert got.status == 400


async def test_a_batch_needs_a_token_too(graph: Caller) -> None:
    assert (await graph.post("/$batch", {"requests": []}, token="bad")).status == 401
