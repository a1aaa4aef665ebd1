"""Seen from outside: a log, and traces and metrics, sent where the settings say; else to nobody.

What is measured stands where it happens, through OpenTelemetry's API, which does nothing until
somebody listens. Here somebody does. Labels and spans hold ids and words of our own: no names, no
addresses, no text of people.
"""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO
from uuid import uuid4

import structlog
from opentelemetry import metrics, trace
from prometheus_client import start_http_server
from psycopg import Error
from psycopg_pool import PoolTimeout
from structlog.typing import EventDict, Processor

from settings import Settings
from store.database import Reads
from store.metrics import measure

log = structlog.get_logger()

MEASURED_EVERY = 15  # seconds between two looks at how things stand
OURS = "baton"

_meter = metrics.get_meter(OURS)
OVERDUE = _meter.create_gauge("baton.commitment.overdue_age", unit="s")
ALARM = _meter.create_gauge("baton.alarm.age", unit="s")
QUEUE = _meter.create_gauge("baton.queue.age", unit="s")
WAITING = _meter.create_gauge("baton.queue.waiting")
FAILED = _meter.create_gauge("baton.queue.failed")
UNREACHABLE = _meter.create_gauge("baton.people.unreachable")
DARK = _meter.create_gauge("baton.calendars.dark")
UNWATCHED = _meter.create_gauge("baton.subscriptions.missing")
CHAIN = _meter.create_gauge("baton.chain.number")
CHAIN_AGE = _meter.create_gauge("baton.chain.age", unit="s")
UNTRUE = _meter.create_gauge("baton.books.untrue")
MEASURED = _meter.create_gauge("baton.looked_at", unit="s")


@contextmanager
def exporting(settings: Settings, process: str) -> Iterator[bool]:
    """What the process does is told until the end, and what is left over then is sent.

    Yields whether anybody listens. Once in a process. Where nobody can be reached nothing waits
    and nothing fails: what could not be sent is dropped. Raises OSError when METRICS_PORT is taken.
    """
    if not _wanted(settings):
        yield False
        return
    # Memory and time to start that whoever does not look shall not pay for.
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    class Spans(TracerProvider):
        """Only ours: Microsoft's client would put whole addresses into its own."""

        def get_tracer(self, instrumenting_module_name: str, *args: Any, **more: Any) -> Any:
            if instrumenting_module_name != OURS:
                return trace.NoOpTracer()
            return super().get_tracer(instrumenting_module_name, *args, **more)

    said = {"service.namespace": OURS, "service.name": f"{OURS}-{process}"}
    resource = Resource({**said, "service.instance.id": str(uuid4())}).merge(
        OTELResourceDetector().detect()
    )
    spans = Spans(resource=resource, shutdown_on_exit=False)
    readers = []
    for span_exporter, reader in _exporters(settings):
        spans.add_span_processor(span_exporter)
        readers.append(reader)
    page = None
    if settings.metrics_port:
        from opentelemetry.exporter.prometheus import PrometheusMetricReader  # noqa: PLC0415

        readers.append(PrometheusMetricReader())
        page, _ = start_http_server(settings.metrics_port, settings.metrics_host)
    meters = MeterProvider(metric_readers=readers, resource=resource, shutdown_on_exit=False)
    trace.set_tracer_provider(spans)
    metrics.set_meter_provider(meters)
    try:
        yield True
    finally:
        spans.shutdown()
        meters.shutdown()
        if page:
            page.shutdown()
            page.server_close()


def _wanted(settings: Settings) -> bool:
    return bool(
        settings.otel_exporter_otlp_endpoint
        or settings.applicationinsights_connection_string
        or settings.metrics_port
    )


def _exporters(settings: Settings) -> Iterator[tuple[Any, Any]]:
    """Whoever is sent spans and metrics, both in batches from threads of their own."""
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    if settings.otel_exporter_otlp_endpoint:
        # These read headers, certificates and the like from the other OTEL_ variables.
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415
            OTLPMetricExporter,
        )
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )

        yield (
            BatchSpanProcessor(OTLPSpanExporter()),
            PeriodicExportingMetricReader(OTLPMetricExporter()),
        )
    if connection := settings.applicationinsights_connection_string:
        from azure.monitor.opentelemetry.exporter import (  # noqa: PLC0415
            AzureMonitorMetricExporter,
            AzureMonitorTraceExporter,
        )

        # Containers are read-only: what cannot be sent is not put on disk.
        more = {"connection_string": connection, "disable_offline_storage": True}
        yield (
            BatchSpanProcessor(AzureMonitorTraceExporter(**more)),
            PeriodicExportingMetricReader(AzureMonitorMetricExporter(**more)),
        )


async def publish_metrics(reads: Reads, now: Callable[[], datetime]) -> None:
    """Tells how things stand, again and again, until cancelled.

    In every process, so that a worker that is gone is seen. `baton.looked_at` stops when it does.
    The end of the chain of routing records is logged whenever it is another, so that it stands
    where whoever can write the database cannot: `replay --head` is told it.
    """
    logged = 0
    while True:
        try:
            found = await measure(reads, now())
        except (Error, PoolTimeout) as error:
            log.warning("not looked how things stand", why=type(error).__name__)
        else:
            OVERDUE.set(found.overdue.total_seconds())
            ALARM.set(found.alarm.total_seconds())
            QUEUE.set(found.queue.total_seconds())
            WAITING.set(found.waiting)
            FAILED.set(found.failed)
            UNREACHABLE.set(found.unreachable)
            DARK.set(found.dark)
            UNWATCHED.set(found.unwatched)
            CHAIN.set(found.chain_n)
            CHAIN_AGE.set(found.chain_age.total_seconds())
            if found.chain_n != logged:
                logged = found.chain_n
                log.info("chain of routing records", head=f"{found.chain_n}:{found.chain_hash}")
            UNTRUE.set(found.untrue)
            MEASURED.set(time.time())  # noqa: TID251  # Prometheus holds it against its own
        await asyncio.sleep(MEASURED_EVERY)


def with_trace(_logger: object, _method: str, line: EventDict) -> EventDict:
    """A log line names the trace it is part of, if there is one."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        line["trace_id"] = f"{span.trace_id:032x}"
        line["span_id"] = f"{span.span_id:016x}"
    return line


def configure_logging(form: str) -> None:
    """One line for each thing worth knowing, whoever says it: Baton, a library or Python's own
    warnings. Ids only: no names, no card text, no tokens.

    Libraries log what they like; from warnings on none of them logs what people wrote.
    """
    render = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # the other kind shows values
        )
    )
    usual: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        with_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [structlog.processors.format_exc_info, render]
    structlog.configure(
        processors=[*usual, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    theirs = Lines(sys.stderr)
    theirs.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*usual, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[theirs])
    logging.captureWarnings(capture=True)


class Lines(logging.StreamHandler[TextIO]):
    """A line that cannot be put together is said to be one, on a line."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own
        log.warning("a line of a log could not be written", logger=record.name)


def log_what_breaks() -> None:
    """What nobody has caught, here or in a thread, is a line like any other: for processes whose
    log another program reads.
    """

    def said(kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
        log.critical("nobody caught it", exc_info=(kind, error, trace))

    sys.excepthook = said
    threading.excepthook = lambda of: said(of.exc_type, of.exc_value, of.exc_traceback)
    sys.unraisablehook = lambda of: said(of.exc_type, of.exc_value, of.exc_traceback)
