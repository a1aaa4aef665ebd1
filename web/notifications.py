"""Where Graph reaches us: POST /api/graph. Answers at once; what it hints at is looked at later.

https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
Whatever arrives while a round of notes is being written makes up the next round, so that a storm
costs a few statements a round and not a few for each note.
"""

import asyncio
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import islice
from typing import Any

import structlog
from aiohttp import hdrs, web

from handoff.effects import (
    Hint,
    Look,
    LookAtOrganizer,
    LookAtPrep,
    Renew,
    Resync,
    Subscribe,
)
from received import received
from store.door import Tx
from store.lookups import Whose
from store.stores import Stores
from store.subscriptions import READS, Subscription

log = structlog.get_logger()

LONGEST_TOKEN = 1_000
LARGEST = 4 * 1024 * 1024  # bytes; Graph puts many into one, and no page says how many
SMALL = 16 * 1024  # bytes, which take no time to read, whoever sends them
LARGE = 256 * 1024  # bytes of what is seldom: hundreds of notes at once
LARGE_AT_ONCE = 8  # of those that are read; Graph comes again with one more
MOST_IDS = 1_000  # of one post, of which one at least must be ours
MOST_IN_A_ROUND = 2_000  # notes, after which the next post waits until they are kept
LISTENING = "listening"  # the beat that says that somebody answers Graph
GAP = timedelta(minutes=5)  # without it, after which something may have been missed

LOOKS: Mapping[Whose, type[Hint]] = {
    Whose.REP: Look,
    Whose.ORGANIZER: LookAtOrganizer,
    Whose.PREP: LookAtPrep,
}
"""What is looked at, by what has changed."""

Note = dict[str, Any]
_NAMED = re.compile(rb'"subscriptionId"\s*:\s*"([\w-]{1,64})"')


class Notifications:
    def __init__(self, stores: Stores, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._now = now
        self._arrived: list[Note] = []
        self._large = 0  # that are being read
        self._next: asyncio.Task[None] | None = None
        self._one_round = asyncio.Lock()

    async def received(self, request: web.Request) -> web.Response:
        """200 with the token when Graph asks whether we are here; otherwise 202 once it is kept.

        A notification without our secret is ignored, and answered like any other: whoever sends
        it learns nothing. If it cannot be kept the answer is an error, and Graph tries again.
        """
        token = request.query.get("validationToken")
        if token is not None:
            # Plain text, and never looked at: it is Graph's, or anybody's.
            return web.Response(text=token[:LONGEST_TOKEN], content_type="text/plain")
        if (request.content_length or LARGEST) <= LARGE:
            return await self._taken(await request.read())
        return await self._large_one(request)

    async def _large_one(self, request: web.Request) -> web.Response:
        """One of few that are read at once, so that they have room. Strangers take none of it,
        however many and from wherever they send: what has a secret of ours has it in its first
        note, so as much as anybody may send is read of each, and more where it is there.
        """
        body, placed = bytearray(), False
        try:
            while not request.content.at_eof():
                body += await request.content.readany()
                if len(body) > LARGEST:
                    raise web.HTTPRequestEntityTooLarge(LARGEST, len(body))
                if len(body) > LARGE and not placed:
                    if not await self._holds_a_secret(bytes(body)):
                        return _ignored(len(body))
                    if self._large >= LARGE_AT_ONCE:
                        raise web.HTTPServiceUnavailable(headers={hdrs.RETRY_AFTER: "10"})
                    self._large += 1
                    placed = True
            return await self._taken(bytes(body))
        finally:
            self._large -= placed

    async def _taken(self, body: bytes) -> web.Response:
        """What is a note in *body* is kept. Nobody has proved yet who sent it: however many come
        at once, what they are read into has room for one, and waits for its turn as it came. While
        something large is read nobody has an answer, so it is read only if it holds a secret.
        """
        if len(body) > SMALL and not await self._holds_a_secret(body):
            return _ignored(len(body))
        while self._next and len(self._arrived) >= MOST_IN_A_ROUND:
            await asyncio.shield(self._next)
        if notes := _notes(body):
            self._arrived += notes
            if self._next is None:
                self._next = asyncio.create_task(self._round())
            await asyncio.shield(self._next)
        return web.Response(status=HTTPStatus.ACCEPTED)

    async def _holds_a_secret(self, body: bytes) -> bool:
        """Whether *body* holds the secret of a subscription of ours that it names. Nothing of it is
        read for that but the names, for which nobody waits.
        """
        ids = dict.fromkeys(found[1] for found in islice(_NAMED.finditer(body), MOST_IDS))
        known = await self._stores.subscriptions.with_ids([id.decode() for id in ids])
        return any(one.client_state.encode() in body for one in known.values())

    async def listening(self) -> None:
        """Says that somebody answers Graph. After a time without, every mailbox is read anew."""
        before, now = await self._stores.beats.last(LISTENING), self._now()
        async with self._stores.door.open() as tx:
            if before and now - before > GAP:
                log.warning("nobody listened", since=before.isoformat())
                tx.follow(Resync())
            await self._stores.beats.beat(tx, LISTENING, now)

    async def _round(self) -> None:
        """What has arrived so far is kept; what comes meanwhile is for the next round."""
        async with self._one_round:
            notes, self._arrived, self._next = self._arrived, [], None
            await self._keep(notes)

    async def _keep(self, notes: list[Note]) -> None:
        """Only what concerns a handoff is kept, and once however often it is told."""
        known = await self._stores.subscriptions.with_ids(
            list({str(note.get("subscriptionId")) for note in notes})
        )
        proven = [
            (note, subscription)
            for note in notes
            if (subscription := known.get(str(note.get("subscriptionId"))))
            and _ours(note, subscription)
        ]
        if len(proven) < len(notes):
            log.warning("notifications ignored", count=len(notes) - len(proven))
        changed = [pair for pair in proven if pair[0].get("lifecycleEvent") is None]
        lived = [(str(n["lifecycleEvent"]), s) for n, s in proven if n.get("lifecycleEvent")]
        async with self._stores.door.open() as tx:
            await self._look(tx, ((n, s.mailbox) for n, s in changed if s.kind == "events"))
            for subscription in _each(s for _, s in changed if s.kind != "events"):
                tx.follow(READS[subscription.kind](subscription.mailbox))
            for event in dict.fromkeys(event for event, _ in lived):
                for subscription in _each(s for told, s in lived if told == event):
                    await self._lived(tx, event, subscription)

    async def _look(self, tx: Tx, told: Iterable[tuple[Note, str]]) -> None:
        """A look at each handoff with an event whose version is new; and which calendars may
        hold an absence that was not there before.
        """
        mailbox_of: dict[str, str] = {}
        versions: dict[str, str | None] = {}
        for note, mailbox in told:
            data = note.get("resourceData")
            if isinstance(data, dict) and isinstance(data.get("id"), str):
                mailbox_of[data["id"]] = mailbox
                versions[data["id"]] = str(data["@odata.etag"]) if "@odata.etag" in data else None
        if not versions:
            return
        ids = await self._stores.lookups.told(versions)
        tx.follow(*(LOOKS[one](id) for id, found in ids.items() for one in found))
        ours = await self._stores.lookups.ours(list(versions))
        stirred = {mailbox for event, mailbox in mailbox_of.items() if event not in ours}
        if stirred:
            await self._stores.subscriptions.stirred(tx, stirred, self._now())

    async def _lived(self, tx: Tx, event: str, subscription: Subscription) -> None:
        mailbox, kind = subscription.mailbox, subscription.kind
        match event:
            case "subscriptionRemoved":
                await self._stores.subscriptions.lost(tx, mailbox, kind, self._now())
                tx.follow(Subscribe())
            case "reauthorizationRequired":
                tx.follow(Renew(mailbox, kind))
            case _:  # "missed", and whatever else Graph may come to say
                tx.follow(READS[kind](mailbox))


def _ignored(size: int) -> web.Response:
    """Whoever sent it learns nothing."""
    log.warning("notifications ignored", size=size)
    return web.Response(status=HTTPStatus.ACCEPTED)


def _each(subscriptions: Iterable[Subscription]) -> list[Subscription]:
    return list({(s.mailbox, s.kind): s for s in subscriptions}.values())


def _ours(note: Note, subscription: Subscription) -> bool:
    """Whether it carries the secret that only Graph and we know. Compared in constant time."""
    return hmac.compare_digest(
        str(note.get("clientState", "")).encode(), subscription.client_state.encode()
    )


def _notes(body: bytes) -> list[Note]:
    try:
        found = received(body)
    except ValueError as error:
        raise web.HTTPBadRequest(text="this is not JSON") from error
    notes = found.get("value") if isinstance(found, dict) else None
    if not isinstance(notes, list):
        raise web.HTTPBadRequest(text="this is no notification")
    return [note for note in notes if isinstance(note, dict)]
