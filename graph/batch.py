"""Many small reads in few requests. https://learn.microsoft.com/graph/json-batching"""

from collections.abc import Mapping
from itertools import islice
from typing import TypeVar

from kiota_abstractions.api_error import APIError
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.serialization import Parsable
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

from graph.client import Graph, translated
from graph.errors import BusyError

MOST = 20  # in one batch

T = TypeVar("T", bound=Parsable)


async def read_all(
    graph: Graph, requests: Mapping[str, RequestInformation], kind: type[T]
) -> dict[str, T | Exception]:
    """The answer to each request, by its key: a *kind*, or what went wrong with that one alone.

    Raises BusyError when Graph throttles the batch or any part of it: the whole is then to be
    asked again, as late as the slowest part says.
    """
    answers: dict[str, T | Exception] = {}
    left = iter(requests.items())
    while some := dict(islice(left, MOST)):
        answers |= await _read_some(graph, some, kind)
    busy = [a for a in answers.values() if isinstance(a, BusyError)]
    if busy:
        raise BusyError(str(busy[0]), max((b.retry_after or 0 for b in busy), default=0) or None)
    return answers


async def _read_some(
    graph: Graph, requests: Mapping[str, RequestInformation], kind: type[T]
) -> dict[str, T | Exception]:
    items = {}
    for number, request in enumerate(requests.values()):
        request.path_parameters["baseurl"] = graph.root
        item = BatchRequestItem(request_information=request, id=str(number))
        items[str(number)] = item
    adapter = graph.client.request_adapter
    async with graph.errors():
        response = await BatchRequestBuilder(adapter).post(BatchRequestContent(items))
    answers: dict[str, T | Exception] = {}
    for number, key in enumerate(requests):
        part = response.responses.get(str(number))
        if part is None:
            answers[key] = BusyError("Graph left out part of a batch")
        elif part.status < 400:
            answers[key] = response.response_body(str(number), kind)
        else:
            error = response.response_body(str(number), ODataError) or APIError()
            error.response_status_code = part.status
            error.response_headers = part.headers
            answers[key] = translated(error)
    return answers
