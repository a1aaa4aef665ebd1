"""Things that break on purpose."""

import asyncio
import time

import aiohttp
import pytest

from sandbox.faults import GRAPH_DOWN, Part, Status
from sandbox.m365 import Sandbox
from tests.sandbox.conftest import Caller, meeting

RITA, QUINN = "rita.osei@halden.example", "quinn.avery@halden.example"
EVENTS = f"/users/{RITA}/events"


async def statuses(graph: Caller, number: int, path: str = EVENTS) -> list[int]:
    return [(await graph.get(path)).status for _ in range(number)]


async def test_graph_is_throttled_for_so_many_calls(box: Sandbox, graph: Caller) -> None:
    box.faults.graph_throttled(retry_after=12.2, times=2)

    got = await graph.get(EVENTS)

    assert (got.status, got.code) == (429, "ApplicationThrottled")
    assert got.headers["Retry-After"] == "13"
    assert await statuses(graph, 2) == [429, 200]
    box.faults.graph_throttled(retry_after=None, times=1)
    assert "Retry-After" not in (await graph.get(EVENTS)).headers


async def test_a_fault_can_spare_the_first_calls(box: Sandbox, graph: Caller) -> None:
    fault = box.faults.add(Part.GRAPH, GRAPH_DOWN, spares=2, times=1)

    assert await statuses(graph, 4) == [200, 200, 503, 200]
    assert fault.hits == 1


async def test_a_fault_can_be_for_one_path_or_one_person_until_it_is_lifted(
    box: Sandbox, graph: Caller
) -> None:
    on_accept = box.faults.graph_throttled(path="/accept")
    on_rita = box.faults.graph_status(503, "serviceNotAvailable", times=None, person="rita")

    assert await statuses(graph, 2) == [503, 503]
    assert await statuses(graph, 1, f"/users/{QUINN}/events") == [200]
    assert (await graph.post(f"/users/{QUINN}/events/x/accept", {})).status == 429
    assert (on_accept.hits, on_rita.hits) == (1, 2)

    box.faults.lift(on_rita)
    box.faults.lift(on_rita)
    assert await statuses(graph, 1) == [200]
    box.faults.clear()
    assert (await graph.post(f"/users/{QUINN}/events/x/accept", {})).status == 400


async def test_graph_is_down(box: Sandbox, graph: Caller) -> None:
    box.faults.graph_down(times=1)
    got = await graph.get(EVENTS)
    assert (got.status, got.code) == (503, "serviceNotAvailable")

    box.faults.graph_down(reset=True, times=2)  # the client tries a reused connection again
    with pytest.raises(aiohttp.ClientError):
        await graph.get(EVENTS)
    box.faults.clear()
    assert await statuses(graph, 1) == [200]
    assert box.requests.count("GET", EVENTS, status=0) >= 1


async def test_graph_is_slow(box: Sandbox, graph: Caller) -> None:
    box.faults.graph_slow(0.1, times=1)

    begin = time.monotonic()
    assert await statuses(graph, 1) == [200]

    assert time.monotonic() - begin >= 0.1


async def test_the_work_is_done_though_the_answer_is_lost(box: Sandbox, graph: Caller) -> None:
    box.faults.graph_answer_lost(after=0, method="POST")
    with pytest.raises(aiohttp.ClientError):
        await graph.post(EVENTS, meeting("Demo", transactionId="t-1"))

    again = await graph.post(EVENTS, meeting("Demo", transactionId="t-1"))

    assert again.status == 201
    assert len((await graph.get(EVENTS)).value) == 1


async def test_a_caller_who_loses_patience_goes_away(box: Sandbox, graph: Caller) -> None:
    box.faults.graph_answer_lost(after=30, method="POST")

    call = asyncio.create_task(graph.post(EVENTS, meeting("Demo")))
    while not (await graph.get(EVENTS)).value:
        assert not call.done()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert len((await graph.get(EVENTS)).value) == 1


async def test_more_than_four_at_once_on_one_mailbox_are_too_many(
    box: Sandbox, graph: Caller
) -> None:
    box.faults.graph_slow(0.5)  # long enough to overlap on a busy machine

    async def together(number: int) -> list[int]:
        calls = [graph.get(EVENTS) for _ in range(number)]
        return sorted(got.status for got in await asyncio.gather(*calls))

    assert await together(4) == [200] * 4
    assert await together(6) == [200] * 4 + [429] * 2
    box.limits.mailbox_concurrency = None
    assert await together(6) == [200] * 6


async def test_any_status_can_be_had(box: Sandbox, graph: Caller) -> None:
    box.faults.graph_status(500, "ErrorTimeoutExpired", "Too late.")

    got = await graph.get(EVENTS)

    assert (got.status, got.code, got["error"]["message"]) == (
        500,
        "ErrorTimeoutExpired",
        "Too late.",
    )


async def test_the_desk_has_switches(box: Sandbox, graph: Caller) -> None:
    names = {switch.name for switch in box.faults.switches()}
    assert {"graph-429", "graph-down", "notifications-lost", "notifications-doubled"} <= names
    assert not any(switch.on for switch in box.faults.switches())

    box.faults.switch("graph-429", on=True)
    box.faults.switch("graph-429", on=True)
    box.faults.switch("notifications-lost", on=True)
    assert {s.name for s in box.faults.switches() if s.on} == {"graph-429", "notifications-lost"}
    assert await statuses(graph, 2) == [429, 429]

    box.faults.switch("graph-429", on=False)
    assert await statuses(graph, 1) == [200]
    with pytest.raises(KeyError):
        box.faults.switch("coffee", on=True)


async def test_the_bot_frameworks_keys_can_be_missing(box: Sandbox, graph: Caller) -> None:
    box.faults.add(Part.BOT_KEYS, Status(status=503), times=1)

    assert (await graph.get(box.env()["BOT_OPENID_URL"])).status == 503
    assert (await graph.get(box.env()["BOT_OPENID_URL"])).status == 200
    assert len(box.requests.to("bot keys")) == 2
