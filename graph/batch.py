"""Many small reads in few requests. https://learn.microsoft.com/graph/json-batching

msgraph-core has a batch of its own; version 1.5 drops every body that is JSON. So the envelope is
ours, and what is in it is still written and read by Microsoft's client.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from kiota_abstractions.api_error import APIError
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.serialization import Parsable
from kiota_serialization_json.json_parse_node import JsonParseNode
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

from graph.client import PREFER, Graph, translated
from graph.errors import BusyError

MOST = 20  # in one batch

T = TypeVar("T", bound=Parsable)


async def read_all(
    graph: Graph, requests: Mapping[str, RequestInformation], kind: type[T]
) -> dict[str, T | Exception]:
    """The answer to each request, by its key: a *kind*, or what went wrong with that one alone.

    A part that is busy may be alone in that, for ever. Raises BusyError when Graph throttles the
    batch or any part of it: the whole is then to be asked again, as late as the slowest part says.
    """
    answers: dict[str, T | Exception] = {}
    left = iter(requests.items())
    while some := dict(islice(left, MOST)):
        answers |= await _read_some(graph, some, kind)
    busy = [a for a in answers.values() if isinstance(a, BusyError)]
    if any(one.throttled for one in busy):
        raise the_busiest(busy)
    return answers


def the_busiest(busy: Sequence[BusyError]) -> BusyError:
    """One for all of them, as late as the last."""
    advice = [one.retry_after for one in busy if one.retry_after is not None]
    return BusyError(str(busy[0]), max(advice, default=None))


async def _read_some(
    graph: Graph, requests: Mapping[str, RequestInformation], kind: type[T]
) -> dict[str, T | Exception]:
    parts = [_part(graph, number, request) for number, request in enumerate(requests.values())]
    envelope = RequestInformation()
    envelope.http_method = Method.POST
    envelope.url = f"{graph.root}/$batch"
    envelope.headers.add("Content-Type", "application/json")
    envelope.content = json.dumps({"requests": parts}).encode()
    adapter = graph.client.request_adapter
    async with graph.errors():
        raw = await adapter.send_primitive_async(envelope, "bytes", {"XXX": ODataError})
    found = {part.get("id"): part for part in json.loads(raw)["responses"]}
    return {key: _answer(found.get(str(number)), kind) for number, key in enumerate(requests)}


def _part(graph: Graph, number: int, request: RequestInformation) -> dict[str, Any]:
    """One read, with the headers that a request of its own would have."""
    request.path_parameters["baseurl"] = graph.root
    headers = {name: ", ".join(values) for name, values in request.headers.get_all().items()}
    return {
        "id": str(number),
        "method": "GET",
        "url": "/" + request.url.removeprefix(graph.root).lstrip("/"),
        "headers": {"Prefer": PREFER, **headers},
    }


def _answer(part: dict[str, Any] | None, kind: type[T]) -> T | Exception:
    if part is None:
        return BusyError("Graph left out part of a batch")
    node = JsonParseNode(part.get("body") or {})
    if int(part["status"]) < 400:
        read: T = node.get_object_value(kind)
        return read
    error: APIError = node.get_object_value(ODataError)
    error.response_status_code = int(part["status"])
    error.response_headers = part.get("headers") or {}
    return translated(error)
