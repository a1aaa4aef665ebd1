"""Many requests in one.

https://learn.microsoft.com/graph/json-batching
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.graph import parse
from sandbox.graph.door import Answer, Json, bad

MOST = 20

Inner = Callable[[str, str, dict[str, str], dict[str, str], Any], Awaitable[Answer]]


async def batch(given: Json, answer: Inner) -> Answer:
    """Each request's own answer, those that wait for others after them, and in no order that could
    be relied on.

    Raises RefusedError for a batch that is wrong as a whole.
    """
    steps = [parse.member(one, "batchRequestStep") for one in parse.items(given.get("requests"))]
    _check(steps)
    done: dict[str, Json] = {}
    waiting = list(steps)
    while waiting:
        ready = [one for one in waiting if all(d in done for d in _needs(one))]
        if not ready:
            raise bad("BadRequest", "The batch requests depend on each other in a circle.")
        for step in ready:
            done[step["id"]] = await _step(step, done, answer)
        waiting = [one for one in waiting if one["id"] not in done]
    return Answer(body={"responses": list(reversed(done.values()))})


def _check(steps: list[Json]) -> None:
    if not steps:
        raise bad("BadRequest", "Invalid batch payload format.")
    if len(steps) > MOST:
        raise bad(
            "BadRequest", f"Number of batch request steps exceeds the maximum value of {MOST}."
        )
    names = [step.get("id") for step in steps]
    if not all(isinstance(name, str) and name for name in names):
        raise bad("BadRequest", "Request id has to be a non-empty string.")
    if len(set(names)) < len(names):
        raise bad("BadRequest", "Request Id values must be unique within a batch.")
    for step in steps:
        if not (isinstance(step.get("method"), str) and isinstance(step.get("url"), str)):
            raise bad("BadRequest", f"Request '{step['id']}' lacks its method or url.")
        if any(needed not in names for needed in _needs(step)):
            raise bad("BadRequest", f"Request '{step['id']}' depends on one that is not there.")


def _needs(step: Json) -> list[str]:
    return [str(one) for one in parse.items(step.get("dependsOn"))]


async def _step(step: Json, done: dict[str, Json], answer: Inner) -> Json:
    if any(done[needed]["status"] >= 400 for needed in _needs(step)):
        body = {"error": {"code": "FailedDependency", "message": "A request it depends on failed."}}
        return {"id": step["id"], "status": 424, "headers": {}, "body": body}
    headers = {
        str(name).lower(): str(value)
        for name, value in parse.member(step.get("headers") or {}, "headers").items()
    }
    content = step.get("body")
    if content is not None and "content-type" not in headers:
        raise bad(
            "BadRequest",
            f"Write request id : {step['id']} does not contain Content-Type header or body.",
        )
    address = urlsplit(step["url"])
    path = address.path.removeprefix("/v1.0")
    found = await answer(
        step["method"].upper(), path, dict(parse_qsl(address.query)), headers, content
    )
    shown: Json = {"id": step["id"], "status": found.status, "headers": found.headers}
    if found.body is not None:
        shown["headers"] = {"Content-Type": "application/json", **found.headers}
        shown["body"] = found.body
    return shown
