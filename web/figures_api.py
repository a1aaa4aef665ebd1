"""Figures for somebody's own programs: with a key of theirs, and as much as they see themselves.

Power BI and Excel ask so: the address of a table, *Basic*, and the key for a password.
https://learn.microsoft.com/power-query/connectors/web/web
"""

from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import hdrs, web

from handoff.asked import LATELY, NONE, Wanted, asked, escaped, figure_of, part_of
from handoff.errors import RefusedError
from handoff.figures import FIGURES, Unit
from handoff.scope import By, Kind, NotShownError
from store.figure_keys import NoKeyError
from store.stores import Stores
from web.headers import USUAL
from web.sheets import COLUMNS, LINES, Sheet, Turns, as_csv, aside, sheet

log = structlog.get_logger()

FIGURES_AT, LINES_AT, DESCRIBED_AT = (
    "/api/figures",
    "/api/figures/lines",
    "/api/figures/openapi.json",
)
ASKED = ("of", "time", "by", "figure", "part", "bottom", "format")
CSV, JSON = "csv", "json"
WHO: Mapping[str, str] = {hdrs.WWW_AUTHENTICATE: 'Basic realm="Baton", charset="UTF-8"'}
NO_KEY = "Send a key of yours as the password, or as a bearer token. The tab makes one: page Keys."
ODD = "unknown in this address: {}. It may hold {}"


class FiguresApi:
    def __init__(self, stores: Stores, turns: Turns, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._turns = turns
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(FIGURES_AT, self.figures),
            web.get(LINES_AT, self.lines),
            web.get(DESCRIBED_AT, self.described),
        ]

    async def described(self, _request: web.Request) -> web.Response:
        """What may be asked, for whoever writes a program: it says nothing of anybody."""
        return web.json_response(description())

    async def figures(self, request: web.Request) -> web.Response:
        """All figures of what is asked, in rows."""
        return await self._answer(request, lines=False)

    async def lines(self, request: web.Request) -> web.Response:
        """The list behind one figure."""
        return await self._answer(request, lines=True)

    async def _answer(self, request: web.Request, *, lines: bool) -> web.Response:
        """401 without a key that is good, 403 for what is not its owner's to see, 400 for what
        cannot be read. Whoever has a good one is never told to wait; what one person asks for is
        answered a few at a time, so that nobody else waits for their programs.
        """
        at, stores = self._now(), self._stores
        try:
            owner = await stores.figure_keys.whose(_key(request), at)
            viewer = await stores.people.here(owner)
        except RefusedError as refusal:
            return _refused(HTTPStatus.UNAUTHORIZED, str(refusal), WHO)
        try:
            want = _wanted(request.query, at, lines=lines)
            async with self._turns.of(viewer.id):
                scope = await stores.figures.scope(viewer, await stores.policies.current())
                found = await sheet(stores, scope, want, at)
                answer = await aside(partial(_given, found, request.query.get("format", JSON)))
        except NotShownError as refusal:
            return _refused(HTTPStatus.FORBIDDEN, str(refusal))
        except RefusedError as refusal:
            return _refused(HTTPStatus.BAD_REQUEST, str(refusal))
        log.info("figures were read by key", by=viewer.id, what=want.path, rows=len(found.rows))
        return answer


def _key(request: web.Request) -> str:
    """Raises NoKeyError."""
    kind, _, said = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    match kind.casefold():
        case "bearer":
            return said.strip()
        case "basic":
            try:
                return b64decode(said, validate=True).decode().partition(":")[2]
            except (NotBase64Error, ValueError) as error:
                raise NoKeyError(NO_KEY) from error
        case _:
            raise NoKeyError(NO_KEY)


def _wanted(query: Mapping[str, str], at: datetime, *, lines: bool) -> Wanted:
    """Raises RefusedError."""
    if odd := [name for name in query if name not in ASKED]:
        raise RefusedError(ODD.format(odd[0][:40], ", ".join(ASKED)))
    if query.get("format", JSON) not in (CSV, JSON):
        raise RefusedError(f"format is {CSV} or {JSON}")
    kind, dot, which = query.get("of", Kind.ORGANISATION.value).partition(".")
    ground = f"{kind}.{escaped(which)}" if dot else kind
    want = asked(ground, query.get("time", LATELY), query.get("by", ""), at.date())
    if not lines:
        return Wanted(asked=want)
    figure, bottom = figure_of(query.get("figure", ""))
    part = query.get("part")
    said = None if part is None else escaped(part) or NONE
    return Wanted(
        asked=want,
        figure=figure,
        bottom=bottom or query.get("bottom") == "true",
        part=part_of(want, said),
    )


def _given(found: Sheet, format: str) -> web.Response:
    headers = {**USUAL, hdrs.CACHE_CONTROL: "no-store"}
    if format == CSV:
        body = as_csv(found, for_people=False)
        return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=headers)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    return web.json_response({"rows": rows}, headers=headers)


def _refused(status: HTTPStatus, words: str, more: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error": words}, status=status, headers={**USUAL, **(more or {})})


GROUNDS = (
    "organisation, below, below.REGION, leaders, team.ID, person.ID, region.NAME, pool.CODE, "
    "campaign"
)

# --- As a program reads it --------------------------------------------------------------------


def description() -> dict[str, Any]:
    """OpenAPI 3.1: https://spec.openapis.org/oas/v3.1.0"""
    rows = {FIGURES_AT: (COLUMNS, "Figures"), LINES_AT: (LINES, "The list behind a figure")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Baton's figures",
            "version": "1",
            "description": "What its owner sees in Baton's tab, no more and no less.",
        },
        "security": [{"basic": []}, {"bearer": []}],
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            }
        },
        "paths": {
            path: {"get": _operation(path, columns, says)} for path, (columns, says) in rows.items()
        },
    }


def _operation(path: str, columns: tuple[str, ...], says: str) -> dict[str, Any]:
    items = {"type": "object", "properties": {name: _type(name) for name in columns}}
    rows = {"type": "object", "properties": {"rows": {"type": "array", "items": items}}}
    return {
        "summary": says,
        "operationId": "lines" if path == LINES_AT else "figures",
        "parameters": [_parameter(name) for name in _may(path)],
        "responses": {
            "200": {
                "description": says,
                "content": {
                    "application/json": {"schema": rows},
                    "text/csv": {"schema": {"type": "string"}},
                },
            },
            "400": {"description": "What is asked cannot be read: error says why."},
            "401": {"description": "No key, or one that is good no more."},
            "403": {"description": "It is not its owner's to see."},
        },
    }


def _may(path: str) -> tuple[str, ...]:
    return ASKED if path == LINES_AT else ("of", "time", "by", "format")


def _type(column: str) -> dict[str, Any]:
    if column in ("top", "bottom", "n", "median_seconds", "p90_seconds", "handoff"):
        return {"type": ["integer", "null"]}
    if column == "worth":
        return {"type": ["number", "null"], "description": "Of a figure that is an amount."}
    if column == "value":
        return {"type": ["number", "null"], "description": "Parts of one where it is a share."}
    if column == "shown":
        return {"type": "boolean", "description": "Whether it is not about too few people."}
    if column == "unit":
        return {"type": "string", "enum": [unit.value for unit in Unit]}
    return {"type": ["string", "null"]}


def _parameter(name: str) -> dict[str, Any]:
    says: Mapping[str, tuple[str, dict[str, Any]]] = {
        "of": (
            GROUNDS,
            {"type": "string", "default": Kind.ORGANISATION.value},
        ),
        "time": (
            "4w, or a week 2026-W10, a month 2026-03, a quarter 2026-Q1, a year 2026",
            {"type": "string", "default": LATELY},
        ),
        "by": ("What each figure is parted by.", {"type": "string", "enum": [*map(str, By)]}),
        "figure": (
            "Whose list it is.",
            {"type": "string", "enum": [figure.code for figure in FIGURES]},
        ),
        "part": ("Of which part alone; empty for what has no name.", {"type": "string"}),
        "bottom": ("Of a share: those that it is a part of.", {"type": "boolean"}),
        "format": ("", {"type": "string", "enum": [JSON, CSV], "default": JSON}),
    }
    words, schema = says[name]
    return {
        "name": name,
        "in": "query",
        "required": name == "figure",
        "description": words,
        "schema": schema,
    }
