"""Change notifications: what Graph posts to the addresses of subscriptions.

https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
…/change-notifications-lifecycle-events
A notice is tried again for four hours of real time unless it is answered 2xx within three seconds.
Notifications not yet delivered are kept, so a sandbox that is started again goes on with them.
"""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp

from sandbox.exchange import ids
from sandbox.exchange.model import Change
from sandbox.faults import Faults
from sandbox.graph import render
from sandbox.graph.door import Json
from sandbox.key_value_store import KeyValueStore
from sandbox.tenant import Tenant

GATHER = 0.02  # seconds: changes made together travel together
ANSWER_WITHIN = 3.0
SHAKE_WITHIN = 10.0
MOST_IN_ONE = 100
TWICE = 3  # of so many on their way, one is posted twice
WAITS = (0.5, 1, 2, 5, 10, 30, *[60] * 4, *[300] * 46)  # seconds between tries, four hours in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    id: str
    resource: str  # as it was asked for
    owner: str
    what: str  # events or messages
    folder: str = ""  # of messages; empty for all
    changes: tuple[str, ...]
    url: str
    lifecycle_url: str | None
    client_state: str | None
    expires: datetime  # by the sandbox's clock
    immutable: bool

    def concerns(self, change: Change) -> bool:
        return (
            self.what == change.what
            and change.kind in self.changes
            and self.folder in ("", change.folder)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification on its way."""

    id: str
    url: str
    body: dict[str, Any]


class Notifications:
    def __init__(
        self, tenant: Tenant, store: KeyValueStore, faults: Faults, trusting: ssl.SSLContext
    ) -> None:
        self._tenant = tenant
        self._faults = faults
        self._trusting = trusting
        self._subscriptions = store.bucket("subscription", Subscription)
        self._kept = store.bucket("notice", Notification)
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._queue: list[Notification] = []
        self._busy = 0  # posts gathered or under way; those waiting for another try do not count
        self._idle = asyncio.Event()
        self._idle.set()
        self.waits: tuple[float, ...] = WAITS
        self.shake_within = SHAKE_WITHIN  # seconds
        self.travel = False
        """Whether each takes a time of its own, as long as whatever else is on its way: they come
        late and in another order than things happened, and every third comes twice.
        """
        self._sent = 0
        tenant.mailboxes.listeners.append(self._changed)
        self.index()

    def index(self) -> None:
        """What is computed from what is kept is so."""
        self._by_owner: dict[str, dict[str, Subscription]] = {}
        for one in self._subscriptions.values():
            self._by_owner.setdefault(one.owner, {})[one.id] = one

    # Life

    async def start(self) -> None:
        """Ready to post; what was not delivered before is posted now."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._trusting, limit=50),
            timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN),
        )
        if self._kept:
            self._send(list(self._kept.values()))

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def settled(self) -> None:
        """Every notice has been posted, at least for the first time."""
        await self._idle.wait()

    @property
    def waiting(self) -> int:
        """How many have yet to be taken."""
        return len(self._kept)

    def clear(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        self._subscriptions.clear()
        self._kept.clear()
        self._by_owner.clear()
        self._queue.clear()

    # Subscriptions

    def living(self) -> list[Subscription]:
        """Those that have not expired; the others are gone."""
        now = self._tenant.clock()
        for one in list(self._subscriptions.values()):
            if one.expires <= now:
                self.drop(one.id)
        return list(self._subscriptions.values())

    def find(self, subscription: str) -> Subscription | None:
        """None when it never was, or has expired."""
        one = self._subscriptions.get(subscription)
        return one if one and one.expires > self._tenant.clock() else None

    def of(self, owner: str) -> list[Subscription]:
        """Those to one mailbox that have not expired."""
        now = self._tenant.clock()
        return [one for one in self._by_owner.get(owner, {}).values() if one.expires > now]

    def keep(self, one: Subscription) -> None:
        self._subscriptions[one.id] = one
        self._by_owner.setdefault(one.owner, {})[one.id] = one

    def drop(self, subscription: str) -> None:
        """Gone without a word, as when it expires or is deleted."""
        one = self._subscriptions.pop(subscription)
        del self._by_owner[one.owner][one.id]

    def remove(self, subscription: str) -> None:
        """Gone, and its lifecycle address is told."""
        one = self._subscriptions[subscription]
        self.drop(subscription)
        self._lifecycle(one, "subscriptionRemoved")

    def lifecycle(self, subscription: str, event: str) -> None:
        """`event` is reauthorizationRequired or missed."""
        self._lifecycle(self._subscriptions[subscription], event)

    def _lifecycle(self, one: Subscription, event: str) -> None:
        body = {
            "subscriptionId": one.id,
            "subscriptionExpirationDateTime": render.stamp(one.expires),
            "tenantId": self._tenant.id,
            "clientState": one.client_state,
            "lifecycleEvent": event,
        }
        self._post_soon([Notification(id=uuid4().hex, url=one.lifecycle_url or one.url, body=body)])

    async def shakes_hands(self, url: str) -> bool:
        """Whether the address gives back the token that it is sent, within ten seconds.

        https://learn.microsoft.com/graph/change-notifications-delivery-webhooks#notificationurl-validation
        """
        assert self._session is not None
        token = (
            "Validation: Testing client application reachability for subscription"
            f" Request-Id: {uuid4()} & <check> 100%"
        )
        joined = "&" if "?" in url else "?"
        try:
            async with self._session.post(
                f"{url}{joined}{urlencode({'validationToken': token})}",
                data=b"",
                headers={"Content-Type": "text/plain; charset=utf-8"},
                timeout=aiohttp.ClientTimeout(total=self.shake_within),
            ) as answer:
                plain = answer.content_type == "text/plain"
                return answer.status == 200 and plain and await answer.text() == token
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
            return False

    # Notifications

    def _changed(self, change: Change) -> None:
        subscribed = self._by_owner.get(change.owner)
        if not subscribed or "notifications-lost" in self._faults.notifications:
            return
        now = self._tenant.clock()
        concerned = [
            one for one in subscribed.values() if one.expires > now and one.concerns(change)
        ]
        if not concerned:
            return
        notices = [self._notice(one, change) for one in concerned]
        if self.travel:
            self._set_out(notices)
        else:
            self._post_soon(notices)

    def _set_out(self, notices: list[Notification]) -> None:
        for notice in notices:
            self._sent += 1
            twice = [replace(notice, id=uuid4().hex)] if self._sent % TWICE == 0 else []
            for one in (notice, *twice):
                arrives = partial(self._post_soon, [one])
                self._tenant.transport.send(f"notification {one.id}", arrives)

    def _notice(self, one: Subscription, change: Change) -> Notification:
        item = ids.external(change.owner, change.id, moves=change.moves, immutable=one.immutable)
        kind, path = ("Event", "Events") if change.what == "events" else ("Message", "Messages")
        resource = f"Users/{change.owner}/{path}/{item}"
        state = one.client_state
        if "notifications-forged" in self._faults.notifications:
            state = "not the state that was agreed"
        body: Json = {
            "subscriptionId": one.id,
            "subscriptionExpirationDateTime": render.stamp(one.expires),
            "changeType": change.kind,
            "resource": resource,
            "resourceData": {
                "@odata.type": f"#Microsoft.Graph.{kind}",
                "@odata.id": resource,
                "@odata.etag": f'W/"{ids.change_key(change.change)}"',
                "id": item,
            },
            "clientState": state,
            "tenantId": self._tenant.id,
        }
        return Notification(id=uuid4().hex, url=one.url, body=body)

    def _post_soon(self, notices: list[Notification]) -> None:
        for notice in notices:
            self._kept[notice.id] = notice
        first = not self._queue
        self._queue += notices
        if first:
            self._start(self._gather())

    async def _gather(self) -> None:
        await asyncio.sleep(GATHER)
        notices, self._queue = self._queue, []
        if "notifications-doubled" in self._faults.notifications:
            for notice in reversed(notices):
                again = replace(notice, id=uuid4().hex)
                self._kept[again.id] = again
                self._send([notice])
                self._send([again])
        else:
            self._send(notices)

    def _send(self, notices: list[Notification]) -> None:
        """One post for each address, with many notices in it."""
        by_url: dict[str, list[Notification]] = {}
        for notice in notices:
            by_url.setdefault(notice.url, []).append(notice)
        for url, those in by_url.items():
            for place in range(0, len(those), MOST_IN_ONE):
                self._start(self._deliver(url, those[place : place + MOST_IN_ONE]))

    async def _deliver(self, url: str, notices: list[Notification]) -> None:
        for wait in (*self.waits, None):
            if await self._post(url, notices) or wait is None:
                break
            with _Aside(self._rest, self._work):
                await asyncio.sleep(wait)
        for notice in notices:
            self._kept.pop(notice.id, None)

    async def _post(self, url: str, notices: list[Notification]) -> bool:
        assert self._session is not None
        try:
            async with self._session.post(url, json={"value": [n.body for n in notices]}) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False

    # Who is busy

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._work()
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._rest()
        if not task.cancelled() and task.exception():
            raise RuntimeError("a notification could not be sent") from task.exception()

    def _work(self) -> None:
        self._busy += 1
        self._idle.clear()

    def _rest(self) -> None:
        self._busy -= 1
        if self._busy == 0:
            self._idle.set()


class _Aside:
    """Inside the block the work does not count as busy."""

    def __init__(self, enter: Callable[[], None], leave: Callable[[], None]) -> None:
        self._enter, self._leave = enter, leave

    def __enter__(self) -> None:
        self._enter()

    def __exit__(self, *_: object) -> None:
        self._leave()
