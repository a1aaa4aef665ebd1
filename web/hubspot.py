"""What HubSpot tells by itself: POST /api/hubspot, from an app that has a webhook there.

https://developers.hubspot.com/docs/apps/developer-platform/add-features/configure-webhooks
It is a hint, from whom it says: a contact was deleted for privacy. Whether it is so HubSpot itself
is asked by the job that it leaves behind.
"""

import hmac
import re
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from handoff.effects import ForgetContact
from received import received
from store.door import Door
from web.headers import USUAL

log = structlog.get_logger()

HUBSPOT_AT = "/api/hubspot"
SIGNATURE, TIMESTAMP = "X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp"
TOLERANCE = timedelta(minutes=5)
LARGEST = 256 * 1024  # bytes; HubSpot puts a hundred events into one, of less than 1 kB each
FORGETS = "contact.privacyDeletion"
_MILLISECONDS = re.compile(r"\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"\d{1,20}", re.ASCII)


class HubSpotEvents:
    def __init__(self, door: Door, secret: str, url: str, now: Callable[[], datetime]) -> None:
        """*secret* is the app's client secret; *url* where the app there sends to, as it is set."""
        self._door = door
        self._secret = secret.encode()
        self._url = url
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        return [web.post(HUBSPOT_AT, self.taken)]

    async def taken(self, request: web.Request) -> web.Response:
        """204 once whatever follows is queued; 401 without proof, which HubSpot does not send
        again. If it cannot be queued, or is of another time by our clock, the answer is an error,
        and HubSpot tries again for a day: by then the clock may be right.
        """
        if (request.content_length or 0) > LARGEST:
            raise web.HTTPRequestEntityTooLarge(LARGEST, request.content_length or 0)
        body = await request.read()
        if not self._is_proved(request, body):
            log.warning("unproved events of HubSpot", size=len(body))
            return web.Response(status=HTTPStatus.UNAUTHORIZED, headers=USUAL)
        age = self._now().timestamp() - int(request.headers[TIMESTAMP]) / 1000
        if abs(age) > TOLERANCE.total_seconds():
            log.warning("events of HubSpot are of another time: is the clock right?", seconds=age)
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers=USUAL)
        try:
            contacts = list(dict.fromkeys(_forgotten(received(body))))
        except ValueError as error:
            raise web.HTTPBadRequest(text="these are no events") from error
        if contacts:
            await self._door.follow(*map(ForgetContact, contacts))
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=USUAL)

    def _is_proved(self, request: web.Request, body: bytes) -> bool:
        """By the third version of its signatures: the older ones name no time, so whoever has heard
        one may send it for ever.

        https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
        """
        sent = request.headers.get(TIMESTAMP, "")
        if not _MILLISECONDS.fullmatch(sent):
            return False
        said = f"POST{self._url}".encode() + body + sent.encode()
        made = hmac.digest(self._secret, said, sha256)
        try:
            given = b64decode(request.headers.get(SIGNATURE, ""), validate=True)
        except (NotBase64Error, ValueError):
            return False
        return hmac.compare_digest(made, given)


def _forgotten(events: Any) -> Iterator[str]:
    """The ids of the contacts that were deleted for privacy. Raises ValueError."""
    if not isinstance(events, list):
        raise ValueError("no list")  # noqa: TRY004
    for one in events:
        if isinstance(one, dict) and one.get("subscriptionType") == FORGETS:
            id = str(one.get("objectId", ""))
            if _NUMBER.fullmatch(id):
                yield id
