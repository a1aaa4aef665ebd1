"""How much of Baton one stranger may take: half a request is not waited for, what is packed is not
unpacked, and whoever asks for pages again and again is told to wait.

Whoever proves who they are is not counted: Teams and Graph come from few addresses and often, and a
whole office that reads the tab has one. What is refused because nothing was proved is.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from time import monotonic

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

IDLE = 75.0
"""Seconds until a connection is closed on which no request has begun, or not all of its headers
have come: aiohttp's keepalive_timeout runs from the last answer, or from when it was opened,
whatever bytes come meanwhile. Longer than the minute for which nginx keeps one open to here, so
that it is nginx that closes it: https://nginx.org/en/docs/http/ngx_http_upstream_module.html
"""
BODY = 20.0  # seconds from the headers of a request until all of it has come
A_SECOND = 10.0  # pages for one address, as infra/linux/nginx.conf has it
AT_ONCE = 40  # beside those
KNOWN = 10_000  # addresses remembered; whoever has more is not held up
NETWORK = 64  # bits of an IPv6 address that one household has
FORWARDED = "X-Forwarded-For"
PLAIN = "identity"  # what is not packed
PACKED = "Send it as it is: what is packed is not taken here."
PROVES = re.compile(r"/(api/|tab(/|$))")  # as infra/linux/nginx.conf has it


def usual() -> tuple[Middleware, ...]:
    """For web.Application."""
    return not_too_often(), in_time()


def in_time(within: float = BODY) -> Middleware:
    """408 for a request of which not all has come *within* so many seconds from its headers, and
    415 for one that is packed: a few bytes would be as many millions, whoever sent them. Nothing
    says of Teams or Graph that they pack theirs.
    https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16
    """

    async def whole(request: web.Request, handler: Handler) -> web.StreamResponse:
        content = request.content
        if content.is_eof():  # as nearly always
            return await handler(request)
        late = TimeoutError("half a request")

        def stop_waiting() -> None:
            if not content.is_eof():
                content.set_exception(late)

        timer = asyncio.get_running_loop().call_later(within, stop_waiting)
        try:
            return await handler(request)
        except TimeoutError as error:
            if error is not late:
                raise
            raise _given_up(request, web.HTTPRequestTimeout()) from error
        finally:
            timer.cancel()

    @web.middleware
    async def read(request: web.Request, handler: Handler) -> web.StreamResponse:
        _as_it_is(request)
        try:
            answer = await whole(request, handler)
        except web.RequestPayloadError as error:  # chunks that are none, say
            unreadable = web.HTTPBadRequest(text="this cannot be read")
            raise _given_up(request, unreadable) from error
        if request.content.exception():  # nobody had to read it
            request.content.feed_eof()
            answer.force_close()
        return answer

    return read


def _as_it_is(request: web.Request) -> None:
    """Raises HTTPUnsupportedMediaType where it is packed."""
    if request.headers.get(hdrs.CONTENT_ENCODING, PLAIN).strip().lower() != PLAIN:
        plain = {hdrs.ACCEPT_ENCODING: PLAIN}
        raise _given_up(request, web.HTTPUnsupportedMediaType(text=PACKED, headers=plain))


def _given_up(request: web.Request, answer: web.HTTPError) -> web.HTTPError:
    """*answer*, after which nothing more of this line is read."""
    request.content.feed_eof()  # or aiohttp would look for the rest, and log that there is none
    answer.force_close()
    return answer


def not_too_often(clock: Callable[[], float] = monotonic, known: int = KNOWN) -> Middleware:
    """429 for an address that asks for more pages than one person reads, or brings more proofs that
    are none; *known* are remembered.
    """
    addresses = _Addresses(known)

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        who, now = address_of(request.remote, request.headers), clock()
        if who is None:
            return await handler(request)
        if PROVES.match(request.path):
            answer = await handler(request)
            if answer.status != HTTPStatus.UNAUTHORIZED or addresses.taken(who, clock()):
                return answer
            return too_often()
        return await handler(request) if addresses.taken(who, now) else too_often()

    return counted


class _Addresses:
    """How much each may still ask for."""

    def __init__(self, known: int) -> None:
        self._known = known
        self._due: dict[str, float] = {}  # when each has none left to wait for

    def left(self, who: str, now: float) -> float:
        return AT_ONCE / A_SECOND - max(0.0, self._due.get(who, now) - now)

    def taken(self, who: str, now: float) -> bool:
        due = self._due
        if len(due) >= self._known and who not in due:
            for one in [one for one, until in due.items() if until <= now]:
                del due[one]
            if len(due) >= self._known:
                return True
        if self.left(who, now) < -1e-9:
            return False
        due[who] = max(now, due.get(who, now)) + 1 / A_SECOND
        return True


TOO_OFTEN = "Too much was asked for from your network just now. Please try again in a minute."


def too_often() -> web.Response:
    headers = {hdrs.RETRY_AFTER: "1"}
    return web.Response(status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers, text=TOO_OFTEN)


def address_of(peer: str | None, headers: Mapping[str, str]) -> str | None:
    """Whom to count for a request that came from *peer*; None where nobody says.

    Whoever is on the internet is themselves, whatever they say of others. A neighbour is a proxy,
    and the last address that it names is the one it saw itself; what stands before it anybody may
    have written. Container Apps says the same of its own:
    https://learn.microsoft.com/azure/container-apps/ingress-overview
    """
    here = _address(peer or "")
    if here is not None and not here.is_global:
        here = _address(headers.get(FORWARDED, "").rpartition(",")[2])
    if here is None or here.is_loopback:
        return None
    if isinstance(here, IPv6Address) and here.ipv4_mapped is None:
        return str(ip_network((here, NETWORK), strict=False))
    return str(here)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None
