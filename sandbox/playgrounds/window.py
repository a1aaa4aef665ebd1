"""What a browser sees of a Playground: its page and what that asks for, on a port of its own.

Microsoft's page is served as it is, with two things of ours before it: `page.js`, which says which
page is asking and brings it back after a restart, and on the desk `page.css`, which puts the
developer's furniture away. Nothing is loaded from outside this machine.
"""

import asyncio
import errno
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

from sandbox.playgrounds.pages import Page, zone_of
from sandbox.playgrounds.playground import Playground
from sandbox.playgrounds.process import until_first
from sandbox.zones import zone

HERE = Path(__file__).parent
HOSTS = ("127.0.0.1", "::1")
NAMES = ("localhost", "127.0.0.1", "::1")  # by which a browser may call us
LARGEST = 1024 * 1024
LAST_PORT = 65_535
_HERE = "http://localhost:* http://127.0.0.1:*"
POLICY = (
    f"default-src 'self'; script-src 'self' {_HERE}; style-src 'self' 'unsafe-inline'; "
    f"img-src 'self' data: {_HERE}; font-src 'self' data:; "
    "connect-src 'self' ws://localhost:* ws://127.0.0.1:*; base-uri 'none'; form-action 'none'; "
    f"frame-ancestors 'self' {_HERE}"
)
_CHAT = "/_ws_conversation/v1/conversations/stream"


class Window:
    def __init__(
        self, playground: Playground, *, client: Path, shared: str, session: aiohttp.ClientSession
    ) -> None:
        """`shared` is an address at which the scripts of `client` can be had as well: what several
        windows load from there, a browser reads once.
        """
        self._playground = playground
        self._client = client
        self._shared = shared
        self._session = session
        self._runner: web.AppRunner | None = None
        self._open: set[web.WebSocketResponse] = set()

    async def start(self, first_port: int) -> int:
        """Listens at the first port from there on that nobody has; any port when it is 0."""
        site = web.Application(middlewares=[self._guarded], client_max_size=LARGEST)
        router = site.router
        router.add_get("/", self._page)
        router.add_static("/static", self._client / "static")
        router.add_get("/page.js", _file("page.js"))
        router.add_get("/page.css", _file("page.css"))
        router.add_get("/alive", self._alive)
        router.add_get("/_internal/v1/config", self._config)
        router.add_get(_CHAT, self._chat)
        router.add_get("/_ws/log/stream", self._log)
        router.add_post("/_conversation/v1/conversations/{id}/messages", self._write)
        for kind in ("_conversation", "_internal", "_debug"):
            router.add_route("*", f"/{kind}/{{rest:.*}}", self._pass)
        self._runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        sockets = _listening(first_port)
        for one in sockets:
            await web.SockSite(self._runner, one).start()
        return int(sockets[0].getsockname()[1])

    async def stop(self) -> None:
        for one in list(self._open):
            await one.close()
        if self._runner:
            await self._runner.cleanup()

    # Who may ask

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only a browser on this machine, and only this page: no other web page can write in
        somebody's name.
        """
        host = urlsplit(f"//{request.host}")
        origin = request.headers.get("Origin")
        if host.hostname not in NAMES or (origin and urlsplit(origin).netloc != request.host):
            return web.Response(status=403, text="This page is for this machine only.")
        try:
            response = await handler(request)
        except ConnectionError:  # its process has just gone; the page will start afresh
            response = web.Response(status=503, text="The Playground is being started again.")
        if not response.prepared:
            response.headers["Content-Security-Policy"] = POLICY
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Content-Type-Options"] = "nosniff"
            kept = request.path.startswith("/static/")  # the names of these files change with them
            response.headers["Cache-Control"] = "max-age=604800, immutable" if kept else "no-cache"
        return response

    # The page

    async def _page(self, request: web.Request) -> web.Response:
        text = (self._client / "index.html").read_text(encoding="utf-8")
        ours = '<script src="/page.js"></script><link rel="icon" href="data:,">'
        if "desk" in request.query:
            ours += '<link rel="stylesheet" href="/page.css">'
        text = text.replace("<head>", f"<head>{ours}", 1)
        if self._shared:
            text = text.replace('src="/static/js/', f'src="{self._shared}/')
        return web.Response(text=text, content_type="text/html")

    async def _alive(self, _: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _config(self, _: web.Request) -> web.Response:
        await self._playground.up()
        return web.json_response(self._playground.config)

    async def _chat(self, request: web.Request) -> web.WebSocketResponse:
        """The conversation, as long as the page is open."""
        stream = web.WebSocketResponse(heartbeat=30, timeout=1)
        await stream.prepare(request)
        page = Page(
            id=request.query.get("page", ""),
            browser_zone=zone_of(request.query.get("zone", "")),
            person_zone=zone(self._playground.person.zone),
        )
        self._open.add(stream)
        telling = asyncio.create_task(self._tell(page, stream))
        try:
            async for _ in stream:
                pass  # a page says nothing here
        finally:
            telling.cancel()
            self._open.discard(stream)
            self._playground.left(page)
        return stream

    async def _tell(self, page: Page, stream: web.WebSocketResponse) -> None:
        await self._playground.opened(page)
        async for text in page.told():
            await stream.send_str(text)
        await stream.close()

    async def _log(self, request: web.Request) -> web.WebSocketResponse:
        """What went over the wire, for who looks at the page by itself; the desk shows no log."""
        stream = web.WebSocketResponse(heartbeat=30, timeout=1)
        await stream.prepare(request)
        self._open.add(stream)
        try:
            await self._playground.up()
            if "desk" in request.query:
                async for _ in stream:
                    pass
            else:
                url = f"{self._playground.url}{request.path}"
                async with self._session.ws_connect(url, max_msg_size=0) as log:
                    await until_first(_copy(log, stream), _until_closed(stream))
        finally:
            self._open.discard(stream)
        return stream

    async def _write(self, request: web.Request) -> web.Response:
        """What the person has typed."""
        content = await _json(request)
        status, answer = await self._playground.write(
            request.headers.get("X-Page", ""), request.rel_url.raw_path, content
        )
        return _answer(status, answer)

    async def _pass(self, request: web.Request) -> web.Response:
        """Everything else is the Playground's own business."""
        await self._playground.up()
        content = await _json(request) if request.can_read_body else None
        status, answer = await self._playground.ask(
            request.method, request.rel_url.raw_path_qs, content
        )
        return _answer(status, answer)


def _listening(first: int) -> list[socket.socket]:
    """Sockets on the first port that is free for IPv4 and, where there is any, for IPv6."""
    port = first
    while True:
        found: list[socket.socket] = []
        try:
            for host in HOSTS:
                if one := _bound(host, port):
                    found.append(one)
                    port = one.getsockname()[1]
        except OSError as problem:
            for one in found:
                one.close()
            if problem.errno not in (errno.EADDRINUSE, errno.EACCES) or port >= LAST_PORT:
                raise
            port = port + 1 if first else 0
            continue
        return found


def _bound(host: str, port: int) -> socket.socket | None:
    """None on a machine without IPv6."""
    six = ":" in host
    one = None
    try:
        one = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if six:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((host, port))
        one.listen(128)
    except OSError as problem:
        if one:
            one.close()
        if six and problem.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return None
        raise
    return one


def _file(name: str) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(HERE / name)

    return answer


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except ValueError as problem:
        raise web.HTTPBadRequest(text="That is not JSON.") from problem


def _answer(status: int, body: object) -> web.Response:
    if isinstance(body, str):
        return web.Response(status=status, text=body)
    return web.json_response(body, status=status)


async def _copy(log: aiohttp.ClientWebSocketResponse, stream: web.WebSocketResponse) -> None:
    async for said in log:
        if said.type is WSMsgType.TEXT:
            await stream.send_str(said.data)


async def _until_closed(stream: web.WebSocketResponse) -> None:
    async for _ in stream:
        pass
