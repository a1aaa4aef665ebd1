"""What an app in HubSpot is told: a hundred events at most in one post, each signed three times.

https://developers.hubspot.com/docs/apps/developer-platform/add-features/configure-webhooks
https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
An answer that is no 2xx, or takes more than five seconds, is tried again, ten times in a day; most
of what a client has done wrong (4xx) is not.
"""

import asyncio
import hmac
import json
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import aiohttp

GATHER = 0.02  # seconds
ANSWER_WITHIN = 5.0
MOST_IN_ONE = 100
WAITS = (60.0, *[300.0] * 9)  # seconds between tries; the real ones are spread over a day
FINAL = frozenset({400, 401, 403, 404, 405})
APP, SUBSCRIPTION = 4_400_017, 2_200_031

Json = dict[str, Any]


@dataclass(slots=True)
class App:
    """The customer's own, with a webhook; no address: nobody has set one up."""

    secret: str = "c0ffee00-0000-4000-8000-00000000babe"  # noqa: S105  # of the sandbox alone
    url: str = ""


class Webhooks:
    def __init__(self, app: App, clock: Callable[[], datetime], trusting: ssl.SSLContext) -> None:
        self.app = app
        self._clock = clock
        self._trusting = trusting
        self._session: aiohttp.ClientSession | None = None
        self._queue: list[Json] = []
        self._task: asyncio.Task[None] | None = None
        self._later: set[asyncio.Task[None]] = set()
        self._count = 0
        self.waits: tuple[float, ...] = WAITS
        self.answers: list[int] = []  # what was answered, 0 for nothing

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._trusting),
            timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN),
        )

    async def stop(self) -> None:
        tasks = [*self._later, *([self._task] if self._task else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def settled(self) -> None:
        """Every event has been posted once."""
        while self._task:
            await asyncio.shield(self._task)

    def tell(self, kind: str, portal: int, id: str) -> None:
        """That has happened to that record."""
        if not self.app.url:
            return
        self._count += 1
        self._queue.append(
            {
                "eventId": self._count,
                "subscriptionId": SUBSCRIPTION,
                "portalId": portal,
                "appId": APP,
                "occurredAt": int(self._clock().timestamp() * 1000),
                "subscriptionType": kind,
                "attemptNumber": 0,
                "objectId": int(id),
                "changeFlag": "DELETED",
                "changeSource": "CRM_UI",
            }
        )
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._gathered())

    async def _gathered(self) -> None:
        await asyncio.sleep(GATHER)
        events, self._queue, self._task = self._queue, [], None
        for first in range(0, len(events), MOST_IN_ONE):
            some = events[first : first + MOST_IN_ONE]
            if not await self.post(some):
                task = asyncio.get_running_loop().create_task(self._again(some))
                self._later.add(task)
                task.add_done_callback(self._later.discard)

    async def _again(self, events: list[Json]) -> None:
        for n, wait in enumerate(self.waits, 1):
            await asyncio.sleep(wait)
            if await self.post([{**one, "attemptNumber": n} for one in events]):
                return

    async def post(
        self, events: list[Json], *, secret: str | None = None, at: datetime | None = None
    ) -> bool:
        """Whether nobody has to try again. With another *secret*, or as of another time, as whoever
        has heard one would.
        """
        assert self._session
        secret = self.app.secret if secret is None else secret
        body = json.dumps(events, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "HubSpot Connect 2.0"}
        headers |= signed(secret, self.app.url, body, at or self._clock())
        try:
            async with self._session.post(self.app.url, data=body, headers=headers) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self.answers.append(status)
        return 200 <= status < 300 or status in FINAL


def signed(secret: str, url: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers: the first version is of the body alone, the third of where it goes and when."""
    sent = str(int(at.timestamp() * 1000))
    said = f"POST{url}".encode() + body + sent.encode()
    return {
        "X-HubSpot-Signature": sha256(secret.encode() + body).hexdigest(),
        "X-HubSpot-Signature-Version": "v1",
        "X-HubSpot-Request-Timestamp": sent,
        "X-HubSpot-Signature-v3": b64encode(hmac.digest(secret.encode(), said, sha256)).decode(),
    }
