"""Leads that come in by themselves: POST /api/leads, from a form, a flow or another system.

Whoever sends proves by which source it comes: with a signature, or with a token. Nothing is asked
of the database before; the lead is there once, however often it is sent, and is somebody's at once.
What it means is for store/coming_in.py to say, the same as for a list of leads.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid5

import structlog
from aiohttp import hdrs, web

from handoff.amounts import Style
from handoff.handing_over import as_kept
from handoff.lead_list import COLUMNS, Listed, UnfitError, lead_of, spelled
from handoff.policy import FIELDS
from received import received
from store.coming_in import Intake, Why, take_in
from store.door import DoneAlreadyError
from store.lead_sources import Arrival, LeadSource, NoSourceError
from store.stores import Stores
from web.headers import USUAL
from web.standard_webhooks import SIGNATURE, Signed, UnsignedError

log = structlog.get_logger()

LEADS_AT, DESCRIBED_AT = "/api/leads", "/api/leads/openapi.json"
LARGEST = 64 * 1024  # bytes of one lead
AT_ONCE = 8  # that are written
WAITING = 400  # of one process, with those; whoever comes then is told to come again
AGAIN = "5"  # seconds
MOST_NAMED = 20  # fields that are wrong
KEY = "Idempotency-Key"
TYPES = frozenset({"lead", "lead.created"})
CREATED = "lead.created"
_KEY = re.compile(r"[ -~]{1,255}")  # what is seen, and ASCII
WHO: Mapping[str, str] = {hdrs.WWW_AUTHENTICATE: 'Bearer realm="Baton"'}
UNPROVEN = (
    "Send the source's token as a bearer token, or sign with its secret and name it in the address."
)
JSON_ONLY = "Send JSON: Content-Type application/json."
TOO_LARGE = f"A lead holds at most {LARGEST // 1024} kB."
TOO_MANY = "Too many leads come in just now. Please send it again in a moment."
NOBODY = "Nobody hands leads over just now. Please send it again later."
ANOTHER = "was used for another lead. Send each lead by a name of its own"
TURNED_DOWN: Mapping[Why, str] = {
    Why.COLLEAGUE: "is of somebody who works here, so it is no prospect's",
    Why.OURS: "is an address of our own, so it is no prospect's",
    Why.OPEN: "is of a company that has a handoff open",  # and is held for that instead
    Why.OBJECTED: "may not be stored here",
}


class _RefusedError(Exception):
    def __init__(
        self,
        status: HTTPStatus,
        words: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(words)
        self.status = status
        self.fields = fields
        self.headers = headers or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """What came, proved."""

    key: UUID  # of the source
    name: str  # by which it comes again; empty where it has none
    named: str  # where that stands
    body: bytes


class LeadsApi:
    def __init__(self, stores: Stores, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._now = now
        self._room = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.post(LEADS_AT, self.taken), web.get(DESCRIBED_AT, self.described)]

    async def described(self, _request: web.Request) -> web.Response:
        """What may be sent, for whoever writes a program: it says nothing of anybody."""
        return web.json_response(description(), headers=USUAL)

    async def taken(self, request: web.Request) -> web.Response:
        """200 with the lead's number, the same each time it is sent; 202 where it is held until
        somebody has looked. 401 without proof, 422 with what is wrong with each field.
        """
        try:
            sent = await self._proved(request)
            return await self._in_turn(sent)
        except _RefusedError as refusal:
            said: dict[str, Any] = {"error": str(refusal)}
            if refusal.fields is not None:
                said["fields"] = refusal.fields
            headers = {**USUAL, **refusal.headers}
            answer = web.json_response(said, status=refusal.status, headers=headers)
            if not request.content.is_eof():  # nobody reads the rest
                request.content.feed_eof()
                answer.force_close()
            return answer

    async def _proved(self, request: web.Request) -> _Sent:
        """Raises _RefusedError."""
        try:
            if SIGNATURE in request.headers:
                return await self._signed(request)
            return await self._borne(request)
        except NoSourceError as refusal:
            raise _unproven() from refusal
        except UnsignedError as refusal:
            raise _unproven(f"{refusal}.") from refusal

    async def _signed(self, request: web.Request) -> _Sent:
        """Raises _RefusedError, NoSourceError, UnsignedError."""
        signed = Signed.read(request.headers, self._now())
        try:
            source = UUID(request.query.get("source", ""))
        except ValueError as error:
            raise _unproven() from error
        body = await _read(request)
        key = await self._stores.lead_sources.signer(
            source, lambda secret: signed.by(secret, body), self._now()
        )
        _is_json(request)
        return _Sent(key=key, name=signed.id, named="webhook-id", body=body)

    async def _borne(self, request: web.Request) -> _Sent:
        """Raises _RefusedError, NoSourceError."""
        kind, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if kind.casefold() != "bearer":
            raise NoSourceError
        key = await self._stores.lead_sources.bearer(token.strip(), self._now())
        _is_json(request)
        name = request.headers.get(KEY, "")
        if KEY in request.headers and not _KEY.fullmatch(name):
            words = "is no name of letters and digits, 255 at most"
            raise _unfit({KEY: words})
        return _Sent(key=key, name=name, named=KEY, body=await _read(request))

    async def _in_turn(self, sent: _Sent) -> web.Response:
        """Some are written at a time, so that whoever clicks waits for none of them."""
        if self._waiting >= WAITING:
            again: dict[str, str] = {hdrs.RETRY_AFTER: AGAIN}
            raise _RefusedError(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, headers=again)
        self._waiting += 1
        try:
            async with self._room:
                try:
                    return await self._taken(sent)
                except DoneAlreadyError:  # the same, at the same moment
                    return await self._taken(sent)
        finally:
            self._waiting -= 1

    async def _taken(self, sent: _Sent) -> web.Response:
        """Raises _RefusedError, DoneAlreadyError."""
        stores, at = self._stores, self._now()
        values = _values(sent.body)
        digest = _digest(values)
        policy = await stores.policies.current()
        async with stores.door.open() as tx:
            try:
                source = await stores.lead_sources.source_of(tx, sent.key, at)
            except NoSourceError as refusal:
                raise _unproven() from refusal
            ids = _ids(source, sent, digest, at)
            there = await stores.lead_sources.arrivals(tx, ids)
            if known := _known(sent, ids, there, digest):
                return _answer(known.number, held=known.held, known=True)
            id = next(one for one in ids if one not in there)
            try:
                style = Style.POINT if values.pop(_NUMBER, "") else None
                lead = lead_of({"campaign": source.campaign} | values, policy, style)
            except UnfitError as error:
                raise _unfit(dict.fromkeys(error.at, error.each)) from error
            qualifier = await stores.people.next_qualifier(tx, source.qualifiers, at)
            if qualifier is None:
                again: dict[str, str] = {hdrs.RETRY_AFTER: "600"}
                raise _RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, NOBODY, headers=again)
            intake = Intake(qualifier=qualifier, policy=policy, at=at, source=source.name)
            [one] = await take_in(stores, tx, [Listed(id, lead)], intake, new=True)
            if one.why:
                log.info("a lead was not taken", source=str(source.id), why=one.why.value)
                raise _unfit({"contact_email": TURNED_DOWN[one.why]})
            number = await stores.lead_sources.arrived(tx, one.id, source.id, digest, at)
            await stores.lead_sources.used(tx, sent.key, at)
        log.info("a lead came in", handoff=str(one.id), source=str(source.id), held=bool(one.held))
        return _answer(number, held=bool(one.held), known=False)


def _answer(number: int, *, held: bool, known: bool) -> web.Response:
    status = HTTPStatus.ACCEPTED if held else HTTPStatus.OK
    said = {"lead": number, "held": held, "known": known}
    return web.json_response(said, status=status, headers=USUAL)


def _unproven(words: str = UNPROVEN) -> _RefusedError:
    return _RefusedError(HTTPStatus.UNAUTHORIZED, words, headers=WHO)


def _unfit(fields: Mapping[str, str]) -> _RefusedError:
    words = "; ".join(f"{name} {said}" for name, said in fields.items())
    return _RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, f"This is no lead: {words}.", fields)


def _is_json(request: web.Request) -> None:
    """Raises _RefusedError."""
    if request.content_type != "application/json":
        raise _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, JSON_ONLY)


async def _read(request: web.Request) -> bytes:
    """All that came. Raises _RefusedError where it is more than a lead."""
    body = bytearray()
    if (request.content_length or 0) <= LARGEST:
        while not request.content.at_eof():
            body += await request.content.readany()
            if len(body) > LARGEST:
                break
        else:
            return bytes(body)
    raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)


_NUMBER = "number"  # that the value was one, and no text


def _values(body: bytes) -> dict[str, str]:
    """What is said of each field, by its name. Raises _RefusedError, naming those that are wrong:
    what is unknown is refused, for it would be lost.
    """
    values, wrong = dict[str, str](), dict[str, str]()
    for written, said in _fields(body).items():
        if len(wrong) >= MOST_NAMED:
            break
        name = spelled(written)
        if name not in COLUMNS:
            wrong[written[:80]] = f"is not known; known are {', '.join(COLUMNS)}"
        elif name in values:
            wrong[written[:80]] = "stands there twice"
        elif isinstance(said, str | int | float | None) and not isinstance(said, bool):
            values[name] = "" if said is None else str(said)
            if name == "value" and not isinstance(said, str):
                values[_NUMBER] = "yes"
        else:
            wrong[written[:80]] = "is no text"
    if wrong:
        raise _unfit(wrong)
    return {name: said for name, said in as_kept(values).items() if said}


def _fields(body: bytes) -> dict[str, Any]:
    """Raises _RefusedError."""
    try:
        found = received(body)
    except ValueError as error:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "This is not JSON.") from error
    if not isinstance(found, dict):
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "This is no JSON object with fields.")
    if not isinstance(found.get("data"), dict):
        return found
    if str(found.get("type", CREATED)) not in TYPES:
        raise _unfit({"type": f"is not known; it is {CREATED}"})
    return dict(found["data"])


def _digest(values: Mapping[str, str]) -> bytes:
    return sha256(json.dumps(values, sort_keys=True).encode()).digest()


def _ids(source: LeadSource, sent: _Sent, digest: bytes, at: datetime) -> list[UUID]:
    """By which it is known, the first of them for a new one: by its name, and by what it says where
    that name was used long ago; or by all that it says, today or yesterday.
    """
    if sent.name:
        first = uuid5(source.id, f"{sent.named} {sent.name}")
        return [first, uuid5(first, digest.hex())]
    days = (at.date(), at.date() - timedelta(days=1))
    return [uuid5(source.id, f"{day.isoformat()} {digest.hex()}") for day in days]


def _known(
    sent: _Sent, ids: Sequence[UUID], there: Mapping[UUID, Arrival], digest: bytes
) -> Arrival | None:
    """The lead that it is. Raises _RefusedError where its name was used for another lately: of a
    name that is used again and again no lead is lost in silence.
    """
    if not sent.name:
        return next((there[id] for id in ids if id in there), None)
    first, anew = ids
    known = there.get(first)
    if anew in there or known is None or not known.remembered:
        return there.get(anew)
    if not known.says(digest):
        raise _unfit({sent.named: ANOTHER})
    return known


# --- As a program reads it --------------------------------------------------------------------


def description() -> dict[str, Any]:
    """OpenAPI 3.1: https://spec.openapis.org/oas/v3.1.0"""
    lead = {"$ref": "#/components/schemas/Lead"}
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}}
    taken = {"application/json": {"schema": {"$ref": "#/components/schemas/Taken"}}}
    wait = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds to wait."}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Leads for Baton",
            "version": "1",
            "description": "A lead is there once, however often it is sent.",
        },
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": SIGNATURE,
                    "description": "Standard Webhooks: with webhook-id and webhook-timestamp.",
                },
            },
            "schemas": {
                "Lead": _lead(),
                "Event": _event(lead),
                "Taken": _taken(),
                "Refused": _refused(),
            },
        },
        "paths": {
            LEADS_AT: {
                "post": {
                    "summary": "A lead comes in",
                    "operationId": "lead",
                    "security": [{"token": []}, {"signature": []}],
                    "parameters": [
                        _parameter("source", "query", "Which source signs.", "uuid"),
                        _parameter(KEY, "header", "The same, however often one lead is sent."),
                    ],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {"anyOf": [lead, {"$ref": "#/components/schemas/Event"}]}
                            }
                        },
                    },
                    "responses": {
                        "200": {"description": "It is somebody's.", "content": taken},
                        "202": {"description": "It is held for a look.", "content": taken},
                        "400": {"description": "It cannot be read.", "content": refused},
                        "401": {"description": "Nothing proves its source.", "content": refused},
                        "413": {"description": "It is too large.", "content": refused},
                        "415": {"description": "It is no JSON.", "content": refused},
                        "422": {"description": "fields says why.", "content": refused},
                        "429": {"description": "Too many.", "content": refused, "headers": wait},
                        "503": {"description": "Not now.", "content": refused, "headers": wait},
                    },
                }
            }
        },
    }


def _parameter(name: str, where: str, words: str, format: str = "") -> dict[str, Any]:
    schema = {"type": "string", **({"format": format} if format else {"maxLength": 255})}
    return {"name": name, "in": where, "required": False, "description": words, "schema": schema}


def _lead() -> dict[str, Any]:
    says = {
        **FIELDS,
        "message": "Which message or creative of the campaign brought them",
        "time_zone": "Where they are, like Europe/Lisbon",
        "currency": "Of what it is worth, like USD",
    }
    text = {"type": ["string", "null"], "maxLength": 500}
    fields: dict[str, Any] = {name: {**text, "description": says[name]} for name in COLUMNS}
    fields["value"]["type"] = ["string", "number", "null"]
    return {
        "type": "object",
        "properties": fields,
        "required": ["company", "contact_name", "contact_email"],
        "additionalProperties": False,
        "description": "The policy may require more of them.",
    }


def _event(lead: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"type": {"type": "string", "enum": sorted(TYPES)}, "data": lead},
        "required": ["data"],
        "description": "A lead, as Standard Webhooks has what it carries.",
    }


def _taken() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "lead": {"type": "integer", "description": "Its number, as people know it."},
            "held": {"type": "boolean", "description": "Somebody has yet to look at it."},
            "known": {"type": "boolean", "description": "It was there before."},
        },
        "required": ["lead", "held", "known"],
    }


def _refused() -> dict[str, Any]:
    each = {"type": "object", "additionalProperties": {"type": "string"}}
    return {
        "type": "object",
        "properties": {"error": {"type": "string"}, "fields": each},
        "required": ["error"],
    }
