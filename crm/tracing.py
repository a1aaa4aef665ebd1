"""Each request to a CRM as part of the trace that caused it, and how long it took. A span is named
by the shape of an address: no id and no address of anybody is in it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from opentelemetry import metrics, trace

WORD = re.compile(
    r"[a-z][a-z-]{1,31}|\d{4}-\d\d|v\d\d\.0|v9\.\d|oauth2|queryAll|Lead|Contact|Task|Opportunity",
    re.ASCII,
)

_tracer = trace.get_tracer("baton")
_meter = metrics.get_meter("baton")
_took = _meter.create_histogram("baton.crm.duration", unit="s")


@contextmanager
def asked(method: str, path: str) -> Iterator[Callable[[int], None]]:
    """Yields what is told the status."""
    began = monotonic()
    with _tracer.start_as_current_span(
        f"{method} {shape(path)}",
        kind=trace.SpanKind.CLIENT,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:

        def told(status: int) -> None:
            span.set_attribute("http.response.status_code", status)
            _took.record(monotonic() - began, {"method": method, "status": str(status)})

        yield told


def shape(path: str) -> str:
    return "/" + "/".join(map(_shape, path.strip("/").split("/")))


def _shape(part: str) -> str:
    """As Dataverse writes it, a table and the id of its record are one part."""
    table, bracket, _ = part.partition("(")
    if not WORD.fullmatch(table):
        return "{id}"
    return f"{table}({{id}})" if bracket else part
