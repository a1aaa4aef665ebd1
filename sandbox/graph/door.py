"""A call to Graph, its answer, its refusals, and which handler a path leads to.

Whether a call came by itself or inside a $batch makes no difference from here on.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from sandbox.clock import real_now
from sandbox.zones import UnknownZoneError, zone

Json = dict[str, Any]

JSON_TYPE = (
    "application/json;odata.metadata=minimal;odata.streaming=true;"
    "IEEE754Compatible=false;charset=utf-8"
)


class RefusedError(Exception):
    """Graph says no, with its status, code and words."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def bad(code: str, message: str) -> RefusedError:
    return RefusedError(400, code, message)


def gone(message: str = "The specified object was not found in the store.") -> RefusedError:
    return RefusedError(404, "ErrorItemNotFound", message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int = 200
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefer:
    """https://learn.microsoft.com/graph/api/resources/event
    https://learn.microsoft.com/graph/paging
    """

    zone: str | None = None  # the name as the caller wrote it
    immutable: bool = False
    page: int | None = None
    text: bool = False
    applied: tuple[str, ...] = ()

    @classmethod
    def read(cls, header: str) -> "Prefer":
        """Several preferences stand in one header, apart by commas. Raises RefusedError for a zone
        unknown.
        """
        prefer = cls()
        for part in re.findall(r'(?:[^,"]|"[^"]*")+', header):
            name, _, value = part.strip().partition("=")
            value = value.strip().strip('"')
            known = _preference(name.strip().lower(), value)
            if known:
                prefer = replace(prefer, **known, applied=(*prefer.applied, part.strip()))
        return prefer


def _preference(name: str, value: str) -> dict[str, Any]:
    match name:
        case "outlook.timezone":
            checked_zone(value)
            return {"zone": value}
        case "idtype":
            return {"immutable": value.lower() == "immutableid"}
        case "odata.maxpagesize" if value.isdecimal() and int(value) > 0:
            return {"page": int(value)}
        case "outlook.body-content-type":
            return {"text": value.lower() == "text"}
        case _:
            return {}


def checked_zone(name: str) -> str:
    try:
        zone(name)
    except UnknownZoneError as problem:
        raise bad(
            "TimeZoneNotSupportedException",
            "A valid TimeZone value must be specified."
            f" The following TimeZone value is not supported: '{name}'.",
        ) from problem
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    method: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in small letters
    body: Any
    base: str  # https://…/v1.0
    url: str  # as called, for links to further pages
    roles: frozenset[str]
    prefer: Prefer
    params: Mapping[str, str] = field(default_factory=dict)  # what stood for {…} in the route

    @property
    def path(self) -> str:
        return "/".join(self.segments)

    def json(self) -> Json:
        """Raises RefusedError when the body is no JSON object."""
        if not isinstance(self.body, dict):
            raise bad(
                "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type."
            )
        return self.body


Handler = Callable[[Call], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    method: str
    path: str
    handler: Handler
    needs: tuple[str, ...]  # any one of these application permissions
    directory: bool = False  # Entra's words when refused, not Exchange's


class Router:
    def __init__(self, routes: list[Route]) -> None:
        self._routes = [(tuple(route.path.split("/")), route) for route in routes]

    def find(self, method: str, segments: tuple[str, ...]) -> tuple[Route, dict[str, str]]:
        """Raises RefusedError when nothing is there, or nothing for this method."""
        wrong_method = False
        for pattern, route in self._routes:
            params = _matched(pattern, segments)
            if params is None:
                continue
            if route.method == method:
                return route, params
            wrong_method = True
        if wrong_method:
            raise RefusedError(405, "BadRequest", f"{method} is not allowed for this resource.")
        where = segments[-1] if segments else ""
        raise bad("BadRequest", f"Resource not found for the segment '{where}'.")


def _matched(pattern: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    params = {}
    for wanted, found in zip(pattern, segments, strict=True):
        if wanted.startswith("{"):
            params[wanted[1:-1]] = found
        elif wanted.lower() != found.lower():
            return None
    return params


_KEYED = re.compile(r"^(\w+)\('([^']*)'\)$")
_CALLED = re.compile(r"^(?:microsoft\.graph\.|graph\.)?(\w+)\((.*)\)$")


def segments_of(raw_path: str) -> tuple[str, ...]:
    """A path's parts in one spelling, however the caller wrote keys, functions, casts and
    slashes.
    """
    found: list[str] = []
    for raw in raw_path.split("/"):
        part = unquote(raw)
        if keyed := _KEYED.match(part):
            found += keyed.groups()
        elif called := _CALLED.match(part):
            found += [called[1], called[2]] if called[2] else [called[1]]
        elif part.startswith("graph."):
            found.append(f"microsoft.{part}")
        elif part:
            found.append(part)
    return tuple(found)


def error(refused: RefusedError, *, client_request_id: str | None = None) -> Answer:
    """https://learn.microsoft.com/graph/errors"""
    request_id = str(uuid4())
    inner = {
        "date": real_now().strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": client_request_id or request_id,
    }
    return Answer(
        status=refused.status,
        body={
            "error": {
                "code": refused.code,
                "message": refused.message,
                "innerError": inner,
            }
        },
        headers={"request-id": request_id, **refused.headers},
    )
