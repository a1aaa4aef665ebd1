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
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import yaml
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from graph.tracing import shape
from handoff.effects import Show, ShowMine, WatchCredential
from handoff.policy import Promise
from jobs.upkeep import SOON
from running import serving
from store.links import Link
from tests import hour
from tests.certificates import pem_files
from tests.infra.linux_host import Service
from tests.infra.test_azure import INFRA
from tests.trial import free_ports
from tests.world import INES, World, a_world

pytestmark = pytest.mark.xdist_group("telemetry")  # one afternoon for all of them

RULES = INFRA / "linux" / "prometheus-rules.yml"
PROMISES = {
    "baton_commitment_overdue_age_seconds",
    "baton_queue_age_seconds",
    "baton_delivery_failures_total",
    "baton_calendars_dark",
    "baton_subscriptions_missing",
    "baton_graph_throttled_total",
    "baton_token_refused_total",
    "baton_credential_left_seconds",
}


@dataclass
class Collector:
    """What a collector of OpenTelemetry's is sent, and what Azure Monitor is."""

    address: str = ""
    spans: list[Span] = field(default_factory=list)
    scopes: set[str] = field(default_factory=set)  # who made them
    bodies: list[bytes] = field(default_factory=list)
    tracked: list[bytes] = field(default_factory=list)  # those for Azure Monitor

    async def traces(self, request: web.Request) -> web.Response:
        body = await self._body(request)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans
                self.scopes.add(scope.scope.name)
        return web.Response()

    async def metrics(self, request: web.Request) -> web.Response:
        await self._body(request)
        return web.Response()

    async def track(self, request: web.Request) -> web.Response:
        self.tracked.append(await self._body(request))
        some = len(json.loads(self.tracked[-1]))
        counts = {"itemsReceived": some, "itemsAccepted": some, "errors": []}
        return web.json_response(counts)

    async def _body(self, request: web.Request) -> bytes:
        body = await request.read()
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.bodies.append(body)
        return body


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    made = Collector()
    site = web.Application()
    site.router.add_post("/v1/traces", made.traces)
    site.router.add_post("/v1/metrics", made.metrics)
    site.router.add_post("/v2.1/track", made.track)
    async with serving(site, "127.0.0.1", 0) as port:
        made.address = f"http://127.0.0.1:{port}"
        yield made


@asynccontextmanager
async def processes(
    world: World, folder: Path, **env: str
) -> AsyncIterator[tuple[str, dict[str, int]]]:
    """A `serve` and a `work`, stopped in the end; its address, and the ports of their metrics."""
    ports = free_ports(3)
    said = {**world.env, "PORT": str(ports[0]), **env}
    units = [
        Service(world.command(kind), {**said, "METRICS_PORT": str(port)}, folder / f"{kind}.log")
        for kind, port in zip(("serve", "work"), ports[1:], strict=True)
    ]
    site = f"http://127.0.0.1:{ports[0]}"
    world.box.bot_url = f"{site}/api/messages"
    try:
        await asyncio.gather(*(unit.start() for unit in units))
        yield site, {"serve": ports[1], "work": ports[2]}
        await asyncio.gather(*(unit.stop() for unit in units))
    finally:
        await asyncio.gather(*(unit.kill() for unit in units))


async def page(port: int) -> str:
    """What Prometheus reads, once how things stand has been looked at."""
    async with asyncio.timeout(90), aiohttp.ClientSession() as http:
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


@dataclass
class Afternoon:
    """What was left behind by two processes, all of which was looked at."""

    collector: Collector
    metrics: str
    public: int  # what the world gets when it asks for the metrics
    listening: list[str]
    link: str  # to answer by, as it stands in a mail
    logs: str


@pytest.fixture(scope="module")
async def afternoon(database: str, tmp_path_factory: pytest.TempPathFactory) -> Afternoon:
    """Rita accepts while Graph turns the first try away, Quinn has blocked Baton, and of what is to
    be told to Mara Teams refuses our token, the fresh one too.
    """
    folder = tmp_path_factory.mktemp("seen")
    async with collecting() as collector, a_world(database, now=hour.BEGINS) as world:
        world.clock.run()
        await world.install("quinn", "rita", "mara")
        wanted = (world.clock() + timedelta(days=5)).date().isoformat()
        id = await world.offer(wanted=wanted)
        world.box.faults.graph_throttled(times=1, path="/accept")
        blocked = world.box.faults.teams_status(403, "ConversationBlockedByUser", person="quinn")
        untrusted = world.box.faults.teams_status(401, "Unauthorized", times=2, person="mara")
        file, certificate = pem_files(folder / "app.pem")
        world.box.entra.trust_certificate(certificate)
        told = {
            "CLIENT_SECRET": "",
            "CLIENT_CERTIFICATE": str(file),
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
            "APPLICATIONINSIGHTS_CONNECTION_STRING": (
                f"InstrumentationKey={UUID(int=1)};IngestionEndpoint={collector.address}"
            ),
            "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        }
        async with (
            processes(world, folder, **told) as (site, ports),
            aiohttp.ClientSession() as http,
        ):
            link = await signed(world, id)
            for address, status in ((link, 200), (f"{link}x", 400)):
                async with http.get(f"{site}/m/{address}/accept") as shown:
                    assert shown.status == status
            answer = await world.box.teams.execute(
                "rita", world.newest("rita"), "accept", {"handoff": str(id)}
            )
            assert answer.ok, answer
            quinn = world.box.person("quinn").id
            await world.app.services.stores.door.follow(Show(quinn, id, alert=True, asked=True))
            mara = world.box.person("mara").id
            await world.app.services.stores.door.follow(WatchCredential(), ShowMine(mara))
            async with asyncio.timeout(120):
                while (  # noqa: ASYNC110  # rows
                    await world.state(id) != "accepted" or not blocked.hits or untrusted.times
                ):
                    await asyncio.sleep(0.2)
            async with http.post(f"{site}/m/{link}/accept") as late:
                assert late.status == 410
            metrics = await page(ports["serve"]) + await page(ports["work"])
            async with http.get(f"{site}/metrics") as refused:
                public = refused.status
            listening = [one for port in ports.values() for one in listeners(port)]
        logs = "".join(file.read_text() for file in folder.glob("*.log"))
    return Afternoon(collector, metrics, public, listening, link, logs)


async def signed(world: World, handoff: UUID) -> str:
    """A link by which Rita can answer."""
    answer = (await world.case(handoff)).handoff.owed(Promise.ANSWER)
    assert answer
    link = Link(
        id=UUID(int=7),
        handoff=handoff,
        person=world.box.person("rita").id,
        n=answer.n,
        expires_at=world.clock().replace(microsecond=0) + timedelta(days=1),
    )
    async with world.app.services.stores.door.open() as tx:
        return await world.app.services.stores.links.make(tx, link, world.clock())


def listeners(port: int) -> list[str]:
    """The addresses at which somebody listens on that port, as Linux writes them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]


def test_a_click_and_what_follows_in_outlook_are_one_trace(afternoon: Afternoon) -> None:
    spans = afternoon.collector.spans
    [click] = [span for span in spans if span.name == "from Teams"]
    mine = [span for span in spans if span.trace_id == click.trace_id]
    below = {span.name: span for span in mine if span.parent_span_id == click.span_id}
    decided = below["decide"]
    jobs = [span for span in mine if span.name == "job accept_meeting"]
    asked = [span for span in mine if span.name == "POST /users/{id}/events/{id}/accept"]

    assert {a.key: a.value.string_value for a in click.attributes}["baton.verb"] == "accept"
    assert below.keys() == {"decide", "job show_clicked"}
    assert {job.parent_span_id for job in jobs} == {decided.span_id}
    assert len(asked) == len(jobs) == 2, "it was turned away once, and tried again"
    assert {one.parent_span_id for one in asked} == {job.span_id for job in jobs}


def test_nothing_of_anybodys_is_sent(afternoon: Afternoon) -> None:
    assert len(afternoon.collector.bodies) > 4
    assert afternoon.collector.scopes == {"baton"}, "others put whole addresses into theirs"
    for body in (*afternoon.collector.bodies, afternoon.metrics.encode()):
        for word in (INES, "Contoso", "Ines", "Rita", "halden", "customs"):
            assert word.encode() not in body, f"{word} is nobody's business"


def test_the_address_of_a_link_in_a_mail_is_a_key_and_stands_nowhere(afternoon: Afternoon) -> None:
    said, _, signature = afternoon.link.partition(".")
    assert "serving" in afternoon.logs
    for kept in (afternoon.logs, *(body.decode(errors="replace") for body in told(afternoon))):
        assert said not in kept
        assert signature not in kept


def told(afternoon: Afternoon) -> list[bytes]:
    collector = afternoon.collector
    return [*collector.bodies, *collector.tracked, afternoon.metrics.encode()]


def test_every_figure_that_an_alert_asks_for_is_there(afternoon: Afternoon) -> None:
    alarmed = set(re.findall(r"baton_\w+", " ".join(rule["expr"] for rule in alerts())))
    assert PROMISES <= alarmed <= names(afternoon.metrics), alarmed - names(afternoon.metrics)
    sent = b"".join(afternoon.collector.tracked).decode()
    assert {metric for metric in azure_metrics() if f'"{metric}"' not in sent} == set()
    assert "from Teams" in sent


def test_azures_alerts_read_what_is_really_sent(afternoon: Afternoon) -> None:
    """One value, counted once, without least and greatest: those two columns would be empty."""
    text = (INFRA / "modules/alerts.bicep").read_text()
    read = set(re.findall(r"\bvalue(Sum|Min|Max|Count)?\b", text.partition("var promises")[2]))
    sent: dict[str, list[dict[str, Any]]] = {}
    for body in afternoon.collector.tracked:
        for item in json.loads(body):
            for point in item["data"]["baseData"].get("metrics", ()):
                sent.setdefault(point["name"], []).append(point)
    columns = {"Sum": "value", "Min": "min", "Max": "max", "Count": "count"}
    assert read
    for metric in azure_metrics():
        for point in sent[metric]:
            for column in read:
                assert point.get(columns[column]) is not None, f"{metric} has no value{column}"
            assert point["count"] == 1, "a sum of one value is the value"


def test_the_metrics_are_read_on_the_host_alone(afternoon: Afternoon) -> None:
    assert afternoon.public == 404
    assert len(afternoon.listening) == 2
    assert all(one.startswith("0100007F:") for one in afternoon.listening), "127.0.0.1"


def azure_metrics() -> set[str]:
    text = (INFRA / "modules/alerts.bicep").read_text()
    return {*re.findall(r"metric: '([\w.]+)'", text), *re.findall(r'name == "([a-z_.]+)"', text)}


def test_both_kinds_of_alert_watch_the_same_promises() -> None:
    prometheus = set(re.findall(r"baton_\w+", " ".join(rule["expr"] for rule in alerts())))
    shown = {name.replace(".", "_") for name in azure_metrics()}
    assert shown == {re.sub("_(seconds|total)$", "", name) for name in prometheus}


def test_both_kinds_of_alert_wake_people_at_the_same_figure() -> None:
    text = (INFRA / "modules/alerts.bicep").read_text()
    asked = r"metric: '([\w.]+)', how: '\w+', beyond: '(\w+)', most: (\d+)"
    azure = {
        name.replace(".", "_"): ("<" if beyond == "LessThan" else ">", int(most))
        for name, beyond, most in re.findall(asked, text)
    }
    own = ("looked_at", "chain_number")  # of which the figure is not the metric itself
    said = " ; ".join(
        rule["expr"] for rule in alerts() if not any(name in rule["expr"] for name in own)
    )
    compared = re.findall(r"(baton_\w+)[^<>;]* ([<>]) (\d+)( \* 86400)?", said)
    prometheus = {
        re.sub("_(seconds|total)$", "", name): (beyond, int(figure) * (86400 if days else 1))
        for name, beyond, figure, days in compared
    }
    assert azure == prometheus
    assert azure["baton_credential_left"] == ("<", SOON.total_seconds()), "as the log names it"
    assert "isnotnull(figure)" in text, "or nothing sent would be a certificate that has ended"


def test_a_chain_that_is_shorter_than_it_was_wakes_somebody() -> None:
    [chain] = [rule["expr"] for rule in alerts() if "chain_number" in rule["expr"]]
    assert chain == (
        "max(max_over_time(baton_chain_number[1d] offset 15m)) - max(baton_chain_number) > 0"
    )
    text = (INFRA / "modules/alerts.bicep").read_text()
    asked = text.partition('name == "baton.chain.number"')[2].partition("autoMitigate")[0]
    for part in (
        "before = maxif(valueSum, timestamp < ago(15m))",
        "now = maxif(valueSum, timestamp >= ago(15m))",
        "figure = before - now",
        "threshold: 0",
    ):
        assert part in asked, part


def test_an_address_is_shown_by_its_shape() -> None:
    assert shape("/v1.0/users/rita@halden.example/events/AAMkAGI2=/accept") == (
        "/users/{id}/events/{id}/accept"
    )
    assert shape("/v1.0/users/rita/calendarView/delta()") == "/users/{id}/calendarView/delta()"
    assert shape("/v1.0/$batch") == "/$batch"
    assert shape("/v1.0/users/delta()") == "/users/delta()"
