"""What is answered while the database is away: plain words, and when to come again."""

from http import HTTPStatus

import htpy as h
import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from store.database import NOT_NOW, UNANSWERED
from web.sheet import HEADERS, sheet

log = structlog.get_logger()

AGAIN = "10"  # seconds


def told_plainly() -> Middleware:
    """503 where no database answers: a page for a person, JSON for a program. Graph sends again
    what was answered so, and Teams does, which does not say how often: a click is answered before
    this, for somebody looks at it. https://github.com/MicrosoftDocs/msteams-docs/issues/8998
    """

    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except UNANSWERED as error:
            log.warning("no database answers", path=request.path.split("/")[1], why=str(error))
            return _unavailable(request.path)

    return answered


def _unavailable(path: str) -> web.Response:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    again: dict[str, str] = {hdrs.RETRY_AFTER: AGAIN}
    if path.startswith("/api/"):
        return web.json_response({"error": NOT_NOW}, status=status, headers=again)
    page = sheet("Not just now", h.h1["Not just now"], h.p[NOT_NOW])
    headers = {**again, **HEADERS}
    return web.Response(text=page, status=status, content_type="text/html", headers=headers)
