"""Each request to Graph as part of the trace that caused it, and how long Graph took.

A span is named by the shape of an address: what may be an id or a name is left out of it.
"""

import re
from time import monotonic

import httpx
from opentelemetry import metrics, trace

WORD = re.compile(r"[$A-Za-z][A-Za-z.]{1,31}(?:\(\))?", re.ASCII)  # an id of Graph's has digits
NAMED = frozenset({"users", "groups", "subscriptions"})  # what follows may be a person's own word

_tracer = trace.get_tracer("baton")
_meter = metrics.get_meter("baton")
_took = _meter.create_histogram("baton.graph.duration", unit="s")
_throttled = _meter.create_counter("baton.graph.throttled")
_refused = _meter.create_counter("baton.token.refused")


def throttled() -> None:
    """Graph has said that we ask too much, of a request or of a part of a batch."""
    _throttled.add(1)


def token_refused() -> None:
    """Graph has refused also a token that was fresh."""
    _refused.add(1, {"by": "graph"})


class TracingTransport(httpx.AsyncBaseTransport):
    """Passes everything on as it is."""

    def __init__(self, behind: httpx.AsyncBaseTransport) -> None:
        self._behind = behind

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        began = monotonic()
        name = f"{request.method} {shape(request.url.path)}"
        with _tracer.start_as_current_span(
            name, kind=trace.SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
        ) as span:
            response = await self._behind.handle_async_request(request)
            span.set_attribute("http.response.status_code", response.status_code)
            # Microsoft's support asks for it.
            if asked := response.headers.get("request-id"):
                span.set_attribute("baton.graph.request", asked)
        labels = {"method": request.method, "status": str(response.status_code)}
        _took.record(monotonic() - began, labels)
        return response

    async def aclose(self) -> None:
        await self._behind.aclose()


def shape(path: str) -> str:
    """/v1.0/users/x@y.example/events/AAMk0= as /users/{id}/events/{id}."""
    parts = path.strip("/").split("/")
    shown, before = [""], ""
    for part in parts[1:] if parts[0] in ("v1.0", "beta") else parts:
        known = WORD.fullmatch(part) and not (before in NAMED and not part.endswith("()"))
        shown.append(part if known else "{id}")
        before = part
    return "/".join(shown)
