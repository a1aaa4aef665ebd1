"""Plain requests, with nothing to prove: whether somebody answers, how, and by what clock."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from aiohttp import (
    ClientConnectionError,
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientProxyConnectionError,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
)

from outward import proxy_for

PATIENCE = 10  # seconds: as long as Graph waits for our answer
LARGEST = 10_000  # bytes of an answer that are read


class OutOfReachError(Exception):
    """Nobody answers there. The message says why, in words for an admin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    kind: str  # the content type
    text: str
    clock: datetime | None  # when the other side says that it is
    headers: Mapping[str, str]


class Web:
    def __init__(self, http: ClientSession, trust: ssl.SSLContext) -> None:
        self._http = http
        self._trust = trust

    async def ask(
        self, url: str, *, method: str = "GET", query: Mapping[str, str] | None = None
    ) -> Answer:
        """What is answered there, redirections not followed. Raises OutOfReachError."""
        try:
            async with self._http.request(
                method,
                url,
                params=query,
                ssl=self._trust,
                allow_redirects=False,
                proxy=proxy_for(url),
            ) as answer:
                body = await answer.content.read(LARGEST)
                return Answer(
                    status=answer.status,
                    kind=answer.content_type,
                    text=body.decode(errors="replace"),
                    clock=_moment(answer.headers.get("Date")),
                    headers=answer.headers,
                )
        except (ClientError, TimeoutError, ValueError) as error:
            raise OutOfReachError(_why(error)) from error


@asynccontextmanager
async def web(trust: ssl.SSLContext) -> AsyncIterator[Web]:
    async with ClientSession(timeout=ClientTimeout(total=PATIENCE)) as http:
        yield Web(http, trust)


def _why(error: Exception) -> str:
    match error:
        case ClientConnectorDNSError():
            return "its name is not known here (DNS)"
        case ClientConnectorCertificateError():
            inner = error.certificate_error
            return f"its certificate is not trusted: {getattr(inner, 'verify_message', inner)}"
        case ClientSSLError():
            return "no TLS is spoken there"
        case ClientProxyConnectionError() | ClientHttpProxyError():
            return "the proxy that HTTPS_PROXY names does not let it through"
        case TimeoutError():
            return f"no answer within {PATIENCE} seconds"
        case ClientConnectorError():
            return f"nothing listens there: {error.os_error.strerror or error.os_error}"
        case ClientConnectionError():
            return "the connection was cut"
    return f"what answers there is no web server ({type(error).__name__})"


def _moment(header: str | None) -> datetime | None:
    """The Date of an answer, to the second. https://www.rfc-editor.org/rfc/rfc9110#name-date"""
    try:
        found = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return found if found.tzinfo else None
