"""What one stranger can take of Baton without anything in front of it."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from time import process_time

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Middleware

from running import serving
from web import limits
from web.limits import A_SECOND, AT_ONCE, FORWARDED, address_of

SOON = 0.3  # seconds
SIZE = 2**20
THEN = 10.0  # in which what is to end soon has ended, on any machine


@asynccontextmanager
async def a_site(*middlewares: Middleware, idle: float = THEN * 2) -> AsyncIterator[int]:
    async def read(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    site = web.Application(middlewares=middlewares)
    site.router.add_route("*", "/{any:.*}", read)
    async with serving(site, "127.0.0.1", 0, idle) as port:
        yield port


async def said(port: int, *parts: bytes) -> bytes:
    """All that is answered to *parts*, sent one after the other, until the line is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(SOON / 10)
        async with asyncio.timeout(THEN):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    "parts",
    [(), (b"GET / HTT",), (b"POST /api/messages HTTP/1.1\r\n", *[b"X-Slow: y\r\n"] * 5)],
    ids=["nothing", "half a line", "a line at a time"],
)
async def test_nobody_holds_a_line_without_a_request(parts: tuple[bytes, ...]) -> None:
    async with a_site(idle=SOON) as port:
        assert await said(port, *parts) == b""


async def test_a_line_that_is_kept_is_given_up_once_nothing_more_comes() -> None:
    async with a_site(idle=SOON) as port:
        answer = await said(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nX")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.count(b"HTTP/1.1") == 1


async def test_half_a_request_is_not_waited_for() -> None:
    head = b"POST /api/graph HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    async with a_site(limits.in_time(SOON)) as port:
        answer = await said(port, head, b"half")
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout")
        chunked = head.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked")
        assert (await said(port, chunked, b"4\r\nhalf\r\n")).startswith(b"HTTP/1.1 408")
        whole = (head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), b"x" * 50, b"y" * 50)
        assert (await said(port, *whole)).endswith(b"\r\n\r\n100")


@pytest.mark.parametrize("packed", [b"gzip", b"deflate"])
async def test_what_is_packed_is_not_taken_whatever_is_in_it(
    packed: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nContent-Encoding: " + packed
    async with a_site(*limits.usual()) as port:
        answer = await said(port, head + b"\r\n\r\n", b"x" * 9)
        assert answer.startswith(b"HTTP/1.1 415")
        assert b"Accept-Encoding: identity" in answer
        await said(port, b"GET /m/secret/accept HTTP/1.1\r\nno header\r\n\r\n")
    assert [one.getMessage() for one in caplog.records] == [], "and no news"


async def test_who_asks_whether_to_send_and_hangs_up_is_no_news(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Any stranger can, as often as they like: it is answered before anybody is counted."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n"
    head += b"Expect: 100-continue\r\n\r\n"
    async with a_site(*limits.usual()) as port:
        for _ in range(5):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            writer.write_eof()
            await asyncio.sleep(SOON / 10)
            writer.close()
        answer = await said(port, head, b"x" * 9)
        assert answer.startswith(b"HTTP/1.1 100 Continue")
        assert answer.endswith(b"\r\n\r\n9")
    assert [one.getMessage() for one in caplog.records] == []


async def test_nothing_of_what_is_packed_is_unpacked() -> None:
    """Whatever is answered: it comes in as it was sent, also beside what says that it is not."""
    bomb = gzip.compress(bytes(100 * SIZE))
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n" % len(bomb)
    async with a_site(*limits.usual()) as port:
        began = process_time()
        answer = await said(port, head + b"Content-Encoding: identity\r\n\r\n", bomb)
        plain = process_time() - began
        assert answer.endswith(b"\r\n\r\n%d" % len(bomb))
        began = process_time()
        twice = b"Content-Encoding: identity\r\nContent-Encoding: gzip\r\n\r\n"
        assert (await said(port, head + twice, bomb)).endswith(b"\r\n\r\n%d" % len(bomb))
        assert (await said(port, head + b"Content-Encoding: gzip\r\n\r\n", bomb)).startswith(
            b"HTTP/1.1 415"
        )
        assert process_time() - began < 3 * plain + 0.05


async def statuses(port: int, path: str, forwarded: str, times: int) -> list[int]:
    """What is answered to whom a proxy names, one after the other."""
    found, headers = [], {FORWARDED: forwarded} if forwarded else {}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as http:
        for _ in range(times):
            async with http.get(path) as answer:
                found.append(answer.status)
    return found


WELL, OFTEN = [HTTPStatus.OK], [HTTPStatus.TOO_MANY_REQUESTS]
SOME = AT_ONCE + 1


async def test_who_asks_too_often_waits_and_nobody_else() -> None:
    now = [1000.0]
    async with a_site(limits.not_too_often(lambda: now[0])) as port:
        asked = partial(statuses, port)
        assert await asked("/privacy", "1.2.3.4", SOME + 3) == WELL * SOME + OFTEN * 3
        assert await asked("/privacy", "9.9.9.9, 1.2.3.4", 1) == OFTEN, "they may write any"
        assert await asked("/privacy", "1.2.3.5", 1) == WELL
        assert await asked("/api/messages", "1.2.3.4", 1) == WELL, "Teams is never counted"
        assert await asked("/readyz", "", SOME + 9) == WELL * (SOME + 9), "nor is a probe"
        now[0] += 3 / A_SECOND
        assert await asked("/privacy", "1.2.3.4", 4) == WELL * 3 + OFTEN


async def test_whoever_has_more_addresses_than_are_remembered_holds_nobody_up() -> None:
    now = [1000.0]
    async with a_site(limits.not_too_often(lambda: now[0], known=2)) as port:
        asked = partial(statuses, port, "/")
        assert await asked("1.1.1.1", 1) + await asked("1.1.1.2", SOME) == WELL * (SOME + 1)
        assert await asked("1.1.1.3", SOME + 5) == WELL * (SOME + 5), "it is not remembered"
        assert await asked("1.1.1.2", 1) == OFTEN
        now[0] += 1 / A_SECOND
        assert await asked("1.1.1.3", SOME + 1) == WELL * SOME + OFTEN, "one of them is forgotten"


@pytest.mark.parametrize(
    ("peer", "forwarded", "who"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("8.8.8.8", "1.1.1.1", "8.8.8.8"),  # who is on the internet is no proxy of ours
        ("127.0.0.1", "1.1.1.1", "1.1.1.1"),  # nginx
        ("100.100.0.7", "6.6.6.6, 1.1.1.1", "1.1.1.1"),  # Container Apps
        ("10.0.0.4", "", None),  # a probe
        ("10.0.0.4", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.4", "unknown", None),
        ("127.0.0.1", "127.0.0.1", None),
        (None, "", None),  # a socket in the file system
        ("2a00:1450::1", "", "2a00:1450::/64"),
        ("2a00:1450::ffff:1", "", "2a00:1450::/64"),
        ("::ffff:8.8.8.8", "", "::ffff:808:808"),
    ],
)
def test_an_address_is_who_asks_and_not_who_passes_it_on(
    peer: str | None, forwarded: str, who: str | None
) -> None:
    assert address_of(peer, {FORWARDED: forwarded}) == who
