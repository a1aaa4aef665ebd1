"""What is seen from outside: one trace from a click to Outlook, a figure for every promise, and
nothing of anybody's.
"""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
import yaml
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from graph.seen import shape
from tests.infra.linux_host import Service
from tests.infra.test_azure import INFRA
from tests.trial import free_ports
from tests.world import INES, World

RULES = INFRA / "linux" / "prometheus-rules.yml"
PROMISES = {
    "baton_commitment_overdue_age_seconds",
    "baton_queue_age_seconds",
    "baton_delivery_failures_total",
    "baton_calendars_dark",
    "baton_subscriptions_missing",
    "baton_graph_throttled_total",
}


@dataclass
class Collector:
    """What a collector of OpenTelemetry's is sent, and what Azure Monitor is."""

    address: str = ""
    spans: list[Span] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def traces(self, request: web.Request) -> web.Response:
        body = await self._body(request)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans
        return web.Response()

    async def metrics(self, request: web.Request) -> web.Response:
        await self._body(request)
        return web.Response()

    async def track(self, request: web.Request) -> web.Response:
        items = (await self._body(request)).splitlines()
        counts = {"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []}
        return web.json_response(counts)

    async def _body(self, request: web.Request) -> bytes:
        body = await request.read()
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.bodies.append(body)
        return body

    def trace(self, trace_id: bytes) -> dict[str, Span]:
        return {span.name: span for span in self.spans if span.trace_id == trace_id}


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    made = Collector()
    site = web.Application()
    site.router.add_post("/v1/traces", made.traces)
    site.router.add_post("/v1/metrics", made.metrics)
    site.router.add_post("/v2.1/track", made.track)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@asynccontextmanager
async def processes(world: World, folder: Path, **env: str) -> AsyncIterator[dict[str, int]]:
    """A `serve` and a `work`, stopped in the end; the ports of their metrics."""
    ports = free_ports(3)
    said = {**world.env, "PORT": str(ports[0]), **env}
    units = [
        Service(kind, {**said, "METRICS_PORT": str(port)}, folder / f"{kind}.log")
        for kind, port in zip(("serve", "work"), ports[1:], strict=True)
    ]
    world.box.bot_url = f"http://127.0.0.1:{ports[0]}/api/messages"
    try:
        await asyncio.gather(*(unit.start() for unit in units))
        yield {"serve": ports[1], "work": ports[2]}
        await asyncio.gather(*(unit.stop() for unit in units))
    finally:
        await asyncio.gather(*(unit.kill() for unit in units))


async def page(port: int) -> str:
    """What Prometheus reads, once how things stand has been looked at."""
    async with asyncio.timeout(30), aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
                    text = await answer.text()
                if "baton_looked_at_seconds" in text:
                    return text
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


def names(text: str) -> set[str]:
    return set(re.findall(r"^(baton_\w+?)(?:_bucket)?(?:\{| )", text, re.MULTILINE))


def alerts() -> Iterable[dict[str, str]]:
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        yield from group["rules"]


async def test_a_click_and_what_follows_in_outlook_are_one_trace(
    world: World, collector: Collector, tmp_path: Path
) -> None:
    id = await world.offer()
    world.box.limits.on()
    await world.box.faults_of_throttling() if hasattr(world.box, "faults_of_throttling") else None
    async with processes(world, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.address) as ports:
        answer = await world.click("rita", "accept", handoff=str(id))
        assert answer.ok, answer
        async with asyncio.timeout(60):
            while await world.state(id) != "accepted":  # noqa: ASYNC110  # rows
                await asyncio.sleep(0.2)
        text = await page(ports["serve"]) + await page(ports["work"])

    [click] = [s for s in collector.spans if s.name == "from Teams"]
    seen = collector.trace(click.trace_id)
    decided, job = seen["decide"], seen["job accept_meeting"]
    asked = seen["POST /users/{id}/events/{id}/accept"]
    assert decided.parent_span_id == click.span_id
    assert job.parent_span_id == decided.span_id
    assert asked.parent_span_id == job.span_id
    assert {a.key: a.value.string_value for a in click.attributes}["baton.verb"] == "accept"
    for body in collector.bodies:
        for word in (INES, "Contoso", "Ines", "Rita", "halden", "customs"):
            assert word.encode() not in body, word
    lines = (tmp_path / "work.log").read_text().splitlines()
    traces = {json.loads(line).get("trace_id") for line in lines if line.startswith("{")}
    assert click.trace_id.hex() in traces or not traces - {None}
    alarmed = set(re.findall(r"baton_\w+", " ".join(rule["expr"] for rule in alerts())))
    assert alarmed - names(text) <= {"baton_delivery_failures_total", "baton_graph_throttled_total"}


def test_an_address_is_shown_by_its_shape() -> None:
    assert shape("/v1.0/users/rita@halden.example/events/AAMkAGI2=/accept") == (
        "/users/{id}/events/{id}/accept"
    )
    assert shape("/v1.0/users/rita/calendarView/delta()") == "/users/{id}/calendarView/delta()"
    assert shape("/v1.0/$batch") == "/$batch"
    assert shape("/v1.0/users/delta()") == "/users/delta()"
