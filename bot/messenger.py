"""What we send to Teams. Keeps its pace, waits a moment at most, and retries nothing: jobs do.

Spoken over HTTP directly: botbuilder's client loses the status of an answer that is not JSON,
which is what a gateway sends when Teams is down, and so could not be obeyed.
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout
from opentelemetry import metrics

from bot.click import drawn
from bot.errors import (
    CardGoneError,
    ChatGoneError,
    InLineError,
    TeamsBusyError,
    TeamsError,
    TokenRefusedError,
    UnreachableError,
)
from cards.elements import LARGEST, Card
from outward import proxy_for
from store.conversations import Reference
from store.pace import Pace

PATIENCE = timedelta(seconds=2)  # a send waits this long for its place in line, otherwise the job
BACK_IN_LINE = 5.0  # seconds until the job asks for a place again
AGAIN = frozenset({412, 429, 502, 503, 504})  # and nothing else
WHY = {
    "ConversationBlockedByUser": "has blocked Baton",
    "MessageWritesBlocked": "has blocked or removed Baton",  # Teams has one word for both
    "BotNotInConversationRoster": "does not have Baton installed",
    "ForbiddenOperationException": "does not have Baton installed",
    "BotDisabledByAdmin": "may not use Baton: an admin has blocked the app",
}
CHAT_GONE = {"ConversationNotFound": "has no chat with Baton any more"}
REFUSED = (
    "Teams refuses a token that Entra has just given: the Azure Bot must have CLIENT_ID as its app "
    "id and be of this tenant"
)
ADAPTIVE = "application/vnd.microsoft.card.adaptive"

_meter = metrics.get_meter("baton")
_undelivered = _meter.create_counter("baton.delivery.failures")
_refused = _meter.create_counter("baton.token.refused")


Unless = Callable[[], Awaitable[bool]]


class Token(Protocol):
    async def token(self, scope: str) -> str: ...

    def forget(self, scope: str) -> None: ...


class Messenger:
    def __init__(
        self,
        *,
        token: Token,
        scope: str,
        bot_id: str,
        tenant: str,
        trust: ssl.SSLContext,
        pace: Pace,
    ) -> None:
        self._token = token
        self._scope = scope
        self._bot_id = bot_id
        self._tenant = tenant
        self._trust = trust
        self._pace = pace
        self._http: ClientSession | None = None

    async def open(self) -> None:
        self._http = ClientSession(timeout=ClientTimeout(total=15, connect=5))

    async def close(self) -> None:
        if self._http:
            await self._http.close()

    async def post(
        self, to: Reference, card: Card, *, asks: bool, passes: bool = False
    ) -> str | None:
        """A new message with *card*; one that *asks* for something goes into the person's activity
        feed too. One that *passes* goes before the cards that wait for their turn. Returns its id,
        None where Teams has taken it and does not say which it is.

        In a chat each message notifies in any case; the feed is for what waits for them.
        https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages
        Raises TeamsBusyError, UnreachableError, TeamsError.
        """
        activity = _message(card)
        if asks:
            activity["channelData"] = {"notification": {"alert": True}}
        path = f"{_conversation(to)}/activities"
        answer = await self._send("POST", to, path, activity, passes=passes)
        return str(answer.get("id") or "") or None

    async def edit(
        self, to: Reference, activity: str, card: Card, unless: Unless | None = None
    ) -> None:
        """The message becomes *card*; nobody is notified. Nothing is done where *unless* is so,
        which is asked once it is this message's turn: somebody may have opened a form in it while
        it waited in line.

        Raises CardGoneError besides what `post` raises.
        """
        path = f"{_conversation(to)}/activities/{quote(activity, safe='')}"
        await self._send("PUT", to, path, _message(card) | {"id": activity}, unless=unless)

    async def knows(self, to: Reference) -> None:
        """The person has Baton. Nothing is written, so a block is not seen. Raises as `post`."""
        await self._send("GET", to, f"{_conversation(to)}/pagedmembers", None)

    async def begin(self, service_url: str, person: str) -> Reference:
        """A chat with someone who has Baton installed and has not been heard of yet.

        Raises as `post`.
        """
        bot = {"id": f"28:{self._bot_id}"}
        body = {
            "bot": bot,
            "isGroup": False,
            "members": [{"id": person}],
            "tenantId": self._tenant,
            "channelData": {"tenant": {"id": self._tenant}},
        }
        to: Reference = {"serviceUrl": service_url, "conversation": {"id": f"begin {person}"}}
        answer = await self._send("POST", to, "v3/conversations", body)
        if not answer.get("id"):  # asked again, Teams tells of the same chat
            raise TeamsBusyError("Teams has begun a chat and does not say which")
        return {
            "bot": bot,
            "user": {"aadObjectId": person},
            "conversation": {
                "id": str(answer["id"]),
                "conversationType": "personal",
                "tenantId": self._tenant,
            },
            "channelId": "msteams",
            "serviceUrl": service_url,
        }

    async def _send(
        self,
        method: str,
        to: Reference,
        path: str,
        body: dict[str, Any] | None,
        *,
        passes: bool = False,
        unless: Unless | None = None,
    ) -> dict[str, Any]:
        assert self._http, "open first"
        data = b""
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        if len(data) > LARGEST * 2:
            raise TeamsError(f"a card of {len(data)} bytes")
        wait = await self._pace.wait(to["conversation"]["id"], PATIENCE, passes=passes)
        if wait is None:
            raise InLineError("our own pace", BACK_IN_LINE)
        await asyncio.sleep(wait.total_seconds())
        if unless and await unless():
            return {}
        url = f"{to['serviceUrl'].rstrip('/')}/{path}"
        status, text, advice = await self._ask(method, url, data)
        if status == HTTPStatus.UNAUTHORIZED:  # the keys or the tenant's rules may have changed
            self._token.forget(self._scope)
            status, text, advice = await self._ask(method, url, data)
        if status < HTTPStatus.BAD_REQUEST:
            return _object(text)
        refusal = _refusal(status, text, advice)
        if isinstance(refusal, TokenRefusedError):
            _refused.add(1, {"by": "teams"})
        if isinstance(refusal, TeamsError) and not isinstance(refusal, CardGoneError):
            _undelivered.add(1, {"why": type(refusal).__name__})
        raise refusal

    async def _ask(self, method: str, url: str, data: bytes) -> tuple[int, str, str | None]:
        assert self._http, "open first"
        headers = {
            "Authorization": f"Bearer {await self._token.token(self._scope)}",
            "Content-Type": "application/json; charset=utf-8",
        }
        try:
            async with self._http.request(
                method,
                url,
                data=data or None,
                headers=headers,
                ssl=self._trust,
                proxy=proxy_for(url),
            ) as response:
                text = await response.text(errors="replace")
                return response.status, text, response.headers.get("Retry-After")
        except (ClientError, TimeoutError) as error:
            raise TeamsBusyError(f"Teams cannot be reached: {type(error).__name__}") from error


def _conversation(to: Reference) -> str:
    return f"v3/conversations/{quote(to['conversation']['id'], safe='')}"


def _message(card: Card) -> dict[str, Any]:
    """A card goes alone: with text beside it Teams makes two messages and gives no usable id. Its
    summary is what the lock screen, the list of chats and a screen reader have of it; without one
    an edited message is "Card" there.
    """
    return {
        "type": "message",
        "summary": card["fallbackText"],
        "attachments": [{"contentType": ADAPTIVE, "content": drawn(card)}],
    }


def _refusal(status: int, text: str, advice: str | None) -> Exception:
    code = _code(_object(text))
    words = f"{status} {code}"
    if status in AGAIN:
        try:
            return TeamsBusyError(words, float(advice) if advice else None)
        except ValueError:
            return TeamsBusyError(words)
    if status == HTTPStatus.UNAUTHORIZED:
        return TokenRefusedError(f"{words}: {REFUSED}")
    if code in CHAT_GONE:
        return ChatGoneError(CHAT_GONE[code])
    if code in WHY:
        return UnreachableError(WHY[code])
    if status == 404:
        return CardGoneError(words)
    return TeamsError(words)


def _code(body: dict[str, Any]) -> str:
    """The error's code, in either of the two shapes that Teams has for it."""
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("code", ""))
    inner = body.get("message")
    return str(_object(inner).get("subCode", "")) if isinstance(inner, str) else ""


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
