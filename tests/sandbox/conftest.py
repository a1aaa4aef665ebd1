"""What tests of the sandbox share: a fresh sandbox each, callers over real HTTPS, a small bot."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.entra import BOT_API, GRAPH_API
from sandbox.m365 import Sandbox, running
from tests import hour

MONDAY = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)  # 09:30 in Madrid; clocks change on the 29th

Json = dict[str, Any]


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    """Halden Systems with empty calendars; its clock stands on Monday morning."""
    async with running(weeks=False, now=MONDAY, machine=hour.now) as box:
        yield box


@dataclass(frozen=True, kw_only=True)
class Got:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])

    @property
    def value(self) -> list[Json]:
        return list(self.body["value"])

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


@dataclass(kw_only=True)
class Caller:
    """Asks the sandbox over HTTPS with a bearer token."""

    session: aiohttp.ClientSession
    base: str
    token: str

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        prefer: str | None = None,
        token: str | None = None,
        **headers: str,
    ) -> Got:
        url = path if path.startswith("https://") else self.base + path
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        bearer = self.token if token is None else token
        if bearer:
            sent["Authorization"] = f"Bearer {bearer}"
        if prefer:
            sent["Prefer"] = prefer
        async with self.session.request(method, url, json=body, headers=sent) as answer:
            content = await answer.read()
            is_json = "json" in answer.content_type
            return Got(
                status=answer.status,
                body=json.loads(content) if content and is_json else content.decode(),
                headers=dict(answer.headers),
            )

    async def get(self, path: str, **more: Any) -> Got:
        return await self("GET", path, **more)

    async def post(self, path: str, body: object = None, **more: Any) -> Got:
        return await self("POST", path, body, **more)

    async def patch(self, path: str, body: object = None, **more: Any) -> Got:
        return await self("PATCH", path, body, **more)

    async def delete(self, path: str, **more: Any) -> Got:
        return await self("DELETE", path, **more)


@pytest.fixture
async def session(box: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=box.certificates.trusting())
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
def graph(box: Sandbox, session: aiohttp.ClientSession) -> Caller:
    return Caller(
        session=session, base=f"{box.url}/v1.0", token=box.entra.application_token(GRAPH_API)
    )


@pytest.fixture
def connector(box: Sandbox, session: aiohttp.ClientSession) -> Caller:
    return Caller(
        session=session,
        base=f"{box.service_url}v3",
        token=box.entra.application_token(BOT_API),
    )


@dataclass(kw_only=True)
class Inbox:
    """An HTTP address that remembers what was posted to it and answers as it is told."""

    url: str = ""
    posts: list[web.Request] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # of the next answers; 202 after them
    answer: Callable[[Any], Awaitable[Any]] | None = None
    shakes_hands: bool = True
    slow: float = 0

    async def handle(self, request: web.Request) -> web.Response:
        token = request.query.get("validationToken")
        if token is not None:
            return web.Response(text=token if self.shakes_hands else "no")
        if self.slow:
            await asyncio.sleep(self.slow)
        self.posts.append(request)
        body = json.loads(await request.read() or b"null")
        self.bodies.append(body)
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        if self.answer:
            return web.json_response(await self.answer(body))
        return web.Response(status=202)

    @property
    def notices(self) -> list[Json]:
        return [notice for body in self.bodies for notice in body["value"]]


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    there = Inbox()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", there.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    there.url = f"http://127.0.0.1:{runner.addresses[0][1]}/here"
    yield there
    await runner.cleanup()


def at(day: int, time: str, zone: str = "Europe/Madrid") -> Json:
    """A time in the week of MONDAY, as Graph takes it; day 0 is Monday."""
    date = (MONDAY + timedelta(days=day)).date()
    return {"dateTime": f"{date}T{time}:00", "timeZone": zone}


def meeting(subject: str, *mails: str, day: int = 1, time: str = "10:00", **more: Any) -> Json:
    """The body of a half-hour meeting."""
    begins = datetime.fromisoformat(f"2026-01-01T{time}")
    return {
        "subject": subject,
        "start": at(day, time),
        "end": at(day, f"{begins + timedelta(minutes=30):%H:%M}"),
        "attendees": [
            {"type": "required", "emailAddress": {"address": mail, "name": mail}} for mail in mails
        ],
        **more,
    }


def week(days: int = 7) -> str:
    """The query of a calendar view that begins with MONDAY's midnight."""
    start = MONDAY.replace(hour=0, minute=0)
    end = start + timedelta(days=days)
    return f"startDateTime={start:%Y-%m-%dT%H:%M:%SZ}&endDateTime={end:%Y-%m-%dT%H:%M:%SZ}"
