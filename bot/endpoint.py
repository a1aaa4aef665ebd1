"""Where Teams reaches us: POST /api/messages. Proves who is speaking, then runs the turn."""

from http import HTTPStatus
from time import monotonic
from typing import Any

import structlog
from aiohttp import web
from opentelemetry import metrics, trace
from pydantic_core import to_json

from bot import teams
from bot.activity import Activity, read
from bot.baton import Baton
from bot.proof import check
from received import received
from store.database import NOT_NOW, UNANSWERED
from tokens import Tokens, UnprovenError

log = structlog.get_logger()

LARGEST = 256 * 1024  # bytes of one request

_tracer = trace.get_tracer("baton")
_took = metrics.get_meter("baton").create_histogram("baton.turn.duration", unit="s")


class Endpoint:
    def __init__(self, baton: Baton, tokens: Tokens, tenant: str) -> None:
        self._baton = baton
        self._tokens = tokens
        self._tenant = tenant
        self._references = teams.ConversationReferences(baton)
        self._adapter = teams.TurnAdapter()
        self._bot = teams.BatonBot(baton)

    async def messages(self, request: web.Request) -> web.Response:
        """401 without a valid token, whatever is wrong with it; 400 for what is no activity."""
        structlog.contextvars.clear_contextvars()
        began = monotonic()
        with _tracer.start_as_current_span("from Teams", kind=trace.SpanKind.SERVER):
            answer = await self._answer(request)
        _took.record(monotonic() - began, {"status": answer.status})
        return answer

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            proven = await self._tokens.proven(request.headers.get("Authorization"))
            body = await self._body(request)
            check(proven, channel=body.get("channelId"), service_url=body.get("serviceUrl"))
        except UnprovenError as error:
            log.warning("refused", why=str(error))
            return web.Response(status=HTTPStatus.UNAUTHORIZED, text=str(error))
        try:
            activity = read(body)
        except ValueError:
            return web.Response(status=HTTPStatus.BAD_REQUEST, text="this is not an activity")
        if _tenant(body) != self._tenant:
            log.warning("refused", why="another tenant")
            return web.Response(status=HTTPStatus.FORBIDDEN, text="not your Baton")
        return await self._turn(activity)

    async def _turn(self, activity: Activity) -> web.Response:
        clicked = activity.invoked
        if not activity.person:
            return web.json_response(teams.stranger()) if clicked else web.Response()
        try:
            await self._references.remember(activity)
            answer = await self._adapter.run(activity, self._bot)
            body = to_json(answer.body) if answer else b""
        except UNANSWERED as error:
            if not clicked:
                raise
            log.warning("no database answers", activity=activity.kind, why=str(error))
            return web.json_response(teams.failed(NOT_NOW))
        except Exception:  # the edge: logged once, and a person who waits is told plainly
            log.exception("turn failed", activity=activity.kind)
            if not clicked:
                raise
            return web.json_response(teams.failed("Nothing has changed. Please try again."))
        if answer is None:
            return web.Response()
        return web.Response(body=body, status=int(answer.status), content_type="application/json")

    async def _body(self, request: web.Request) -> dict[str, Any]:
        if (request.content_length or 0) > LARGEST:
            raise web.HTTPRequestEntityTooLarge(LARGEST, request.content_length or 0)
        try:
            body = received(await request.read())
        except ValueError as error:
            raise web.HTTPBadRequest(text="this is not JSON") from error
        if not isinstance(body, dict):
            raise web.HTTPBadRequest(text="this is not an activity")
        return body


def _tenant(body: dict[str, Any]) -> str | None:
    """The tenant an activity comes from. botbuilder's model loses it, so it is read here."""
    channel = body.get("channelData")
    tenant = channel.get("tenant") if isinstance(channel, dict) else None
    if isinstance(tenant, dict):
        return str(tenant.get("id"))
    conversation = body.get("conversation")
    return str(conversation.get("tenantId")) if isinstance(conversation, dict) else None
