"""The way to Microsoft Graph: Microsoft's own client, set to neither wait nor retry.

Every request asks for immutable ids and for times in UTC, so that an id stays what it is when an
event is moved between folders. https://learn.microsoft.com/graph/outlook-immutable-id
"""

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_http.middleware.options import RetryHandlerOption
from msgraph import GraphServiceClient
from msgraph.graph_request_adapter import GraphRequestAdapter, options
from msgraph_core import GraphClientFactory

from graph.errors import (
    BusyError,
    ChangedError,
    DeniedError,
    DuplicateError,
    GoneError,
    GraphError,
    NoMailboxError,
    ResyncError,
    TokenRefusedError,
    UnsupportedError,
)
from graph.sdk import make_quick
from graph.sign_in import SignIn
from graph.tracing import TracingTransport, throttled, token_refused
from received import rewritten

make_quick()

PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"'
TIMEOUT = httpx.Timeout(30, connect=5)  # seconds; a job waits for it, never a person
NO_MAILBOX = frozenset(
    {"MailboxNotEnabledForRESTAPI", "ErrorMailboxNotEnabledForRESTAPI"}
    | {"ErrorInvalidUser", "ErrorNonExistentMailbox"}
    | {"Request_ResourceNotFound", "ResourceNotFound", "MailboxNotHostedInCloud"}
)
RESYNC = frozenset({"syncStateNotFound", "syncStateInvalid", "resyncRequired", "SyncStateNotFound"})
REFUSED = (
    "Graph refuses a token that Entra has just given: sign-in logs in Entra, Service principals, "
    "say why (a Conditional Access policy for workload identities, a disabled service principal)"
)
INSIDE = re.compile(r"Status Code: (\w+)")
UNSUPPORTED = frozenset(  # of the request itself; Exchange says other words of what is in it
    {"Request_UnsupportedQuery", "Request_BadRequest", "BadRequest", "RequestBroker--ParseUri"}
)
TRANSIENT = frozenset(  # Exchange says 500 for what passes
    {"ErrorServerBusy", "ErrorTooManyObjectsOpened", "ErrorTimeoutExpired"}
    | {"ErrorInternalServerTransientError", "ErrorMailboxStoreUnavailable"}
    | {"ErrorMailboxMoveInProgress", "ErrorInternalServerError"}
)


class Graph:
    """Microsoft Graph, signed in as the app. `client` is Microsoft's; `errors` makes them ours."""

    def __init__(self, sign_in: SignIn, url: str, ca_file: Path | None) -> None:
        self._sign_in = sign_in
        self._refused = False  # whether the last answer was that the token is none
        self._scope = f"{url}/.default"
        trust = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT, verify=trust, headers={"Prefer": PREFER}, http2=False
        )
        self._http.event_hooks = {"response": [_as_kept]}
        # Kiota puts transports of its own in front of these and does not close what is behind.
        self._http._transport = TracingTransport(self._http._transport)  # noqa: SLF001
        # Those to a proxy, where the environment names one.
        mounts = self._http._mounts  # noqa: SLF001
        mounts.update({to: TracingTransport(one) for to, one in mounts.items() if one})
        self._behind = [self._http._transport, *mounts.values()]  # noqa: SLF001
        no_retries = {RetryHandlerOption.get_key(): RetryHandlerOption(max_retries=0)}
        GraphClientFactory.create_with_default_middleware(
            client=self._http, options={**options, **no_retries}
        )
        provider = BaseBearerTokenAuthenticationProvider(_Tokens(sign_in, self._scope, url))
        adapter = GraphRequestAdapter(provider, client=self._http)
        adapter.base_url = f"{url}/v1.0"
        self.client = GraphServiceClient(request_adapter=adapter)
        self.root = adapter.base_url

    async def close(self) -> None:
        await self._http.aclose()
        for transport in self._behind:
            if transport is not None:
                await transport.aclose()

    @asynccontextmanager
    async def errors(self) -> AsyncIterator[None]:
        """What Graph raises, as one of ours: GoneError, DeniedError, BusyError and so on."""
        try:
            yield
            self._refused = False
        except APIError as error:
            if error.response_status_code != 401 or _said_inside(error):
                self._refused = False
                raise translated(error) from error
            self._sign_in.forget(self._scope)
            again, self._refused = self._refused, True
            if again:
                token_refused()
                raise TokenRefusedError(REFUSED) from error
            raise translated(error) from error
        except httpx.HTTPError as error:
            raise BusyError(f"Graph cannot be reached: {type(error).__name__}") from error


async def _as_kept(response: httpx.Response) -> None:
    """What people in Outlook and Entra call things is text that can be kept, as from anywhere else.
    Which characters Exchange and Entra refuse is on no page.
    """
    response._content = rewritten(await response.aread())  # noqa: SLF001  # httpx has no other way


def translated(error: APIError) -> Exception:
    """One of ours for what Graph answered."""
    status = int(error.response_status_code or 0)
    inner: Any = getattr(error, "error", None)
    code = str(getattr(inner, "code", "") or "")
    if reason := _said_inside(error):
        return _inside(reason, error)
    words = f"{status} {code}"
    if status == 429:
        throttled()
    if code in RESYNC or status == 410:
        return ResyncError(words)
    if status in (401, 429, 502, 503, 504) or code in TRANSIENT:
        advice = retry_after(error.response_headers or {})
        return BusyError(words, advice, throttled=status == 429)
    return _by_status(status, code, words)


def _by_status(status: int, code: str, words: str) -> Exception:
    match status:
        case 400 if code in UNSUPPORTED:
            return UnsupportedError(words)
        case 400 | 409 if code == "ErrorDuplicateTransactionId":
            return DuplicateError(words)
        case 404 if code in NO_MAILBOX:
            return NoMailboxError(words)
        case 403 if code == "ErrorCannotDeleteObject":  # an immutable id outlives its event
            return GoneError(words)
        case 404:
            return GoneError(words)
        case 403:
            return DeniedError(words)
        case 409 | 412:
            return ChangedError(words)
        case 500:
            return BusyError(words)
    return GraphError(words)


def _said_inside(error: APIError) -> str | None:
    """Of a subscription: what Exchange said to Graph, which stands in the words alone, whatever the
    status: a 401 of Exchange's says nothing of the token that Graph was given.

    https://learn.microsoft.com/answers/questions/417261
    https://github.com/microsoftgraph/microsoft-graph-docs/issues/6472
    """
    inner: Any = getattr(error, "error", None)
    if getattr(inner, "code", None) != "ExtensionError":
        return None
    told = INSIDE.search(str(inner.message or ""))
    return told[1] if told else None


def _inside(reason: str, error: APIError) -> Exception:
    words = f"{error.response_status_code} ExtensionError: {reason}"
    match reason.lower():
        case "forbidden" | "unauthorized":
            return DeniedError(words)
        case "notfound":
            return NoMailboxError(words)
        case "badrequest":
            return GraphError(words)
    advice = retry_after(error.response_headers or {})
    return BusyError(words, advice, throttled=reason.lower() == "toomanyrequests")


def retry_after(headers: Any) -> float | None:
    """Graph's own advice in seconds, if it gave any."""
    advice = next((v for k, v in dict(headers).items() if k.lower() == "retry-after"), None)
    try:
        return float(advice) if advice is not None else None
    except ValueError:
        return None


class _Tokens(AccessTokenProvider):
    def __init__(self, sign_in: SignIn, scope: str, url: str) -> None:
        self._sign_in = sign_in
        self._scope = scope
        self._hosts = AllowedHostsValidator([httpx.URL(url).host])

    async def get_authorization_token(
        self,
        uri: str,
        additional_authentication_context: dict[str, Any] | None = None,  # noqa: ARG002  # kiota's
    ) -> str:
        """The token goes to Graph's own host and to no other, whatever a link says."""
        if not self._hosts.is_url_host_valid(uri):
            raise GraphError("a link that leads away from Graph")
        return await self._sign_in.token(self._scope)

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return self._hosts
