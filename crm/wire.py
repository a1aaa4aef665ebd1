"""One request to a CRM, whichever it is."""

import ssl
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from crm.errors import CrmBusyError, CrmGoneError
from crm.tracing import asked
from outward import proxy_for
from received import received

PATIENCE = ClientTimeout(total=30, connect=5)  # seconds; a job waits for it, never a person
LARGEST = 8 * 1024 * 1024  # bytes of an answer that are read


@dataclass(frozen=True, slots=True)
class Heard:
    """What was answered."""

    status: int
    content: bytes
    headers: Mapping[str, str]

    @property
    def said(self) -> Any:
        """What it says in JSON, of which every text can be kept; None where it is none."""
        try:
            return received(self.content)
        except ValueError:
            return None


class Wire:
    """To the CRM of that name, at that address alone: where it leads elsewhere, nobody follows."""

    def __init__(self, name: str, url: str, trust: ssl.SSLContext) -> None:
        self._name = name
        self._url = url
        self._trust = trust
        self._http = ClientSession(timeout=PATIENCE, trust_env=False)

    async def close(self) -> None:
        await self._http.close()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        data: Mapping[str, str] | str | None = None,
        headers: Mapping[str, str],
    ) -> Heard:
        """Whatever is answered. Raises CrmBusyError where nothing is."""
        url = f"{self._url}{path}"
        try:
            with asked(method, path) as told:
                async with self._http.request(
                    method,
                    url,
                    params=query,
                    json=body,
                    data=data,
                    headers=headers,
                    ssl=self._trust,
                    proxy=proxy_for(url),
                    allow_redirects=False,
                ) as answer:
                    content = await _content(answer)
                    told(answer.status)
        except (ClientError, TimeoutError) as error:
            words = f"{self._name} cannot be reached: {type(error).__name__}"
            raise CrmBusyError(words) from error
        return Heard(answer.status, content, answer.headers)


async def _content(answer: ClientResponse) -> bytes:
    """All of it, up to a bound: what is cut off there can be read by nobody."""
    found = bytearray()
    async for part in answer.content.iter_chunked(64 * 1024):
        found += part
        if len(found) > LARGEST:
            break
    return bytes(found)


def listed(said: Mapping[str, Any], under: str, name: str) -> list[Mapping[str, Any]]:
    """The records *under* that in what the CRM of that *name* answered. Raises CrmBusyError where
    there are none to read.
    """
    found = said.get(under)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise CrmBusyError(f"{name} answers without what was asked for")
    return found


async def is_gone(asked: Awaitable[object]) -> bool:
    """Whether the record that is *asked* for is there no more."""
    try:
        await asked
    except CrmGoneError:
        return True
    return False


def moment(written: Any, name: str) -> datetime:
    """What that CRM wrote, in UTC. Raises CrmBusyError where it is no moment."""
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        raise CrmBusyError(f"{name} answers without when that was") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
