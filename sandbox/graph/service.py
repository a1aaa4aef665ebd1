"""Graph as a whole: who calls, whether they may, what is broken today, and what is answered."""

import inspect
import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.entra import Entra, RefusedTokenError
from sandbox.faults import Effect, Faults, Part, Status, after, before
from sandbox.graph import door
from sandbox.graph.apps import Apps
from sandbox.graph.attendance import Attendance
from sandbox.graph.batch import batch
from sandbox.graph.calendars import Calendars
from sandbox.graph.collections import with_query
from sandbox.graph.delta import Deltas
from sandbox.graph.door import Answer, Call, Prefer, RefusedError, Router
from sandbox.graph.mails import Mails
from sandbox.graph.notifications import Notifications
from sandbox.graph.people import People
from sandbox.graph.schedule import Schedules
from sandbox.graph.subscriptions import Subscriptions
from sandbox.limits import Limits
from sandbox.request_log import LoggedRequest, RequestLog
from sandbox.teams.meetings import TeamsMeetings
from sandbox.tenant import Tenant

BROKEN: dict[int, tuple[str, str]] = {
    429: ("ApplicationThrottled", "Application is over its MailboxConcurrency limit."),
    500: ("ErrorInternalServerError", "An internal server error occurred. Try again later."),
    502: ("BadGateway", "The upstream service did not answer."),
    503: ("serviceNotAvailable", "The service is temporarily unavailable."),
    504: ("GatewayTimeout", "The upstream service did not answer in time."),
}


class Graph:
    def __init__(
        self,
        *,
        tenant: Tenant,
        entra: Entra,
        faults: Faults,
        limits: Limits,
        requests: RequestLog,
        notices: Notifications,
        deltas: Deltas,
        meetings: TeamsMeetings,
        apps: Apps,
    ) -> None:
        self._tenant = tenant
        self._entra = entra
        self._faults = faults
        self._limits = limits
        self._requests = requests
        self._inside: Counter[str] = Counter()
        self._router = Router(
            [
                *deltas.routes(),
                *Calendars(tenant).routes(),
                *Schedules(tenant).routes(),
                *Mails(tenant).routes(),
                *Attendance(tenant, meetings).routes(),
                *People(tenant).routes(),
                *apps.routes(),
                *Subscriptions(tenant, notices, entra.scoped).routes(),
            ]
        )
        self.base = ""  # https://host:port/v1.0

    async def answer(
        self,
        *,
        method: str,
        url: str,
        raw_path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        content: bytes,
    ) -> Answer:
        """To one call over the wire. Raises CutError where there is to be none."""
        client_id = headers.get("client-request-id")
        segments = door.segments_of(raw_path)
        try:
            roles = self._roles(headers)
            if segments == ("$batch",):
                return await self._batch(method, roles, content)
            body = _json(content)
        except RefusedError as refused:
            self._note(method, raw_path, segments, refused.status)
            return door.error(refused, client_request_id=client_id)
        return await self._one(
            method=method,
            url=url,
            path=raw_path,
            query=query,
            headers=headers,
            body=body,
            roles=roles,
        )

    async def _batch(self, method: str, roles: frozenset[str], content: bytes) -> Answer:
        """Throttling is for the requests inside it; whatever else is broken, for it as a whole."""
        effect = self._faults.hit(Part.GRAPH, method, "$batch", among=_not_throttling)
        if isinstance(effect, Status):
            raise _broken(effect)
        await before(effect)
        if method != "POST":
            raise RefusedError(405, "BadRequest", f"{method} is not allowed for $batch.")

        async def inner(
            method: str, path: str, query: dict[str, str], own: dict[str, str], body: Any
        ) -> Answer:
            return await self._one(
                method=method,
                url=with_query(self.base + path, query),
                path=path,
                query=query,
                headers=own,
                body=body,
                roles=roles,
                in_batch=True,
            )

        given = _json(content)
        if not isinstance(given, dict):
            raise door.bad("BadRequest", "Invalid batch payload format.")
        answer = await batch(given, inner)
        self._note(method, "/$batch", ("$batch",), answer.status)
        await after(effect)
        return answer

    async def _one(
        self,
        *,
        method: str,
        url: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any,
        roles: frozenset[str],
        in_batch: bool = False,
    ) -> Answer:
        segments = door.segments_of(path)
        person = self._person(segments)
        among = _is_status if in_batch else _anything
        effect = self._faults.hit(Part.GRAPH, method, "/".join(segments), person, among=among)
        mailbox = person or ""
        self._inside[mailbox] += 1
        status = 0
        try:
            if isinstance(effect, Status):
                raise _broken(effect)
            await before(effect)
            self._not_too_many(mailbox)
            call = Call(
                method=method,
                segments=segments,
                query=query,
                headers=headers,
                body=body,
                base=self.base,
                url=url,
                roles=roles | (self._entra.scoped(person) if person else frozenset()),
                prefer=Prefer.read(headers.get("prefer", "")),
            )
            answer = await self._handled(call)
            status = answer.status
            await after(effect)
        except RefusedError as refused:
            status = refused.status
            return door.error(refused, client_request_id=headers.get("client-request-id"))
        finally:
            self._inside[mailbox] -= 1
            self._note(method, path, segments, status, in_batch=in_batch)
        return answer

    async def _handled(self, call: Call) -> Answer:
        route, params = self._router.find(call.method, call.segments)
        anywhere = call.segments[:1] == ("subscriptions",)  # which looks at the mailbox itself
        roles = call.roles | (self._entra.scoped() if anywhere else frozenset())
        if not set(route.needs) & roles:
            raise _denied(directory=route.directory)
        found = route.handler(replace(call, params=params))
        answer = await found if inspect.isawaitable(found) else found
        if call.prefer.applied:
            applied = {"Preference-Applied": ", ".join(call.prefer.applied)}
            return replace(answer, headers=answer.headers | applied)
        return answer

    def _roles(self, headers: Mapping[str, str]) -> frozenset[str]:
        """The permissions of the bearer's token that still stand. Raises RefusedError."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthorized("Access token is empty.")
        try:
            claims = self._entra.graph_claims(token.strip())
        except RefusedTokenError as problem:
            raise _unauthorized(f"Access token validation failure. {problem}") from problem
        return frozenset(claims.get("roles", ())) & frozenset(self._entra.app.roles)

    def _not_too_many(self, mailbox: str) -> None:
        most = self._limits.mailbox_concurrency
        if mailbox and most is not None and self._inside[mailbox] > most:
            raise RefusedError(429, *BROKEN[429], {"Retry-After": "1"})

    def _person(self, segments: tuple[str, ...]) -> str | None:
        if len(segments) < 2 or segments[0].lower() != "users":
            return None
        person = self._tenant.directory.seek(segments[1])
        return person.id if person else None

    def _note(
        self,
        method: str,
        path: str,
        segments: tuple[str, ...],
        status: int,
        *,
        in_batch: bool = False,
    ) -> None:
        self._requests.add(
            LoggedRequest(
                part="graph",
                method=method,
                path=path,
                status=status,
                person=self._person(segments),
                at=self._tenant.clock(),
                in_batch=in_batch,
            )
        )


def _json(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError as problem:
        raise door.bad(
            "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type."
        ) from problem


def _anything(_: Effect) -> bool:
    return True


def _is_status(effect: Effect) -> bool:
    return isinstance(effect, Status)


def _not_throttling(effect: Effect) -> bool:
    return not (isinstance(effect, Status) and effect.status == 429)


def _denied(*, directory: bool) -> RefusedError:
    if directory:
        return RefusedError(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    return RefusedError(
        403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."
    )


def _unauthorized(message: str) -> RefusedError:
    return RefusedError(
        401,
        "InvalidAuthenticationToken",
        message,
        {"WWW-Authenticate": 'Bearer realm="", error="invalid_token"'},
    )


def _broken(effect: Status) -> RefusedError:
    code, message = BROKEN.get(effect.status, ("UnknownError", ""))
    headers = {}
    if effect.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(effect.retry_after))
    return RefusedError(effect.status, effect.code or code, effect.message or message, headers)
