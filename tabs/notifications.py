"""Where Graph reaches us: POST /api/graph. Answers at once; what it hints at is looked at later.

https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
"""

import hmac
import json
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from store.handoffs import Handoffs
from store.queue import Queue
from store.subscriptions import Subscription, Subscriptions

log = structlog.get_logger()

LONGEST_TOKEN = 1_000


class Notifications:
    def __init__(self, handoffs: Handoffs, subscriptions: Subscriptions, queue: Queue) -> None:
        self._handoffs = handoffs
        self._subscriptions = subscriptions
        self._queue = queue

    async def received(self, request: web.Request) -> web.Response:
        """200 with the token when Graph asks whether we are here; otherwise 202 once it is kept.

        A notification without our secret is ignored, and answered like any other: whoever sends
        it learns nothing. If it cannot be kept the answer is an error, and Graph tries again.
        """
        token = request.query.get("validationToken")
        if token is not None:
            # Plain text, and never looked at: it is Graph's, or anybody's.
            return web.Response(text=token[:LONGEST_TOKEN], content_type="text/plain")
        notes = _notes(await request.read())
        known = await self._subscriptions.with_ids([str(n.get("subscriptionId")) for n in notes])
        for note in notes:
            subscription = known.get(str(note.get("subscriptionId")))
            if subscription is None or not _ours(note, subscription):
                log.warning("notification ignored", subscription=str(note.get("subscriptionId")))
                continue
            await self._keep(note, subscription)
        return web.Response(status=HTTPStatus.ACCEPTED)

    async def _keep(self, note: dict[str, Any], subscription: Subscription) -> None:
        """Only what concerns a handoff is kept, and once however often it is told."""
        match note.get("lifecycleEvent"):
            case None:
                data = note.get("resourceData")
                event = str(data.get("id")) if isinstance(data, dict) else ""
                if await self._handoffs.with_event(event):
                    await self._queue.put(
                        "look", lock=f"look {event}", once=f"look {event}", event=event
                    )
            case "subscriptionRemoved":
                await self._subscriptions.lost(subscription.mailbox)
                await self._queue.put("subscribe", once="subscribe")
            case "reauthorizationRequired":
                await self._queue.put(
                    "renew", once=f"renew {subscription.mailbox}", mailbox=subscription.mailbox
                )
            case _:  # "missed", and whatever else Graph may come to say
                await self._queue.put(
                    "poll", once=f"poll {subscription.mailbox}", mailbox=subscription.mailbox
                )


def _ours(note: dict[str, Any], subscription: Subscription) -> bool:
    """Whether it carries the secret that only Graph and we know. Compared in constant time."""
    return hmac.compare_digest(
        str(note.get("clientState", "")).encode(), subscription.client_state.encode()
    )


def _notes(body: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise web.HTTPBadRequest(text="this is not JSON") from error
    notes = found.get("value") if isinstance(found, dict) else None
    if not isinstance(notes, list):
        raise web.HTTPBadRequest(text="this is no notification")
    return [note for note in notes if isinstance(note, dict)]
