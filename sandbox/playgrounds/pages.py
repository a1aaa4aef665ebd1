"""The open pages of one person's Teams, and what each of them has been told.

A Playground's page knows only what it was told since it was opened, and stops listening for good
when it is told of a message twice, or of a change to one that it does not know. So every page has
a list of its own.

Times on a page are those of the company's clock in the person's zone, whatever zone the browser
is in: the page gets the moment that its browser writes so.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.teams import cards
from sandbox.teams.chats import ChatMessage

Json = dict[str, Any]

GONE = "This message has been deleted."


@dataclass(eq=False, slots=True, kw_only=True)
class Page:
    id: str
    browser_zone: tzinfo
    person_zone: tzinfo
    known: set[str] = field(default_factory=set)  # ids of messages, as the Playground calls them
    _waiting: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)

    def stamp(self, at: datetime) -> int:
        """In milliseconds: what this page's browser shows as the person's own time."""
        there = at.astimezone(self.person_zone).replace(tzinfo=self.browser_zone)
        return int(there.timestamp() * 1000)

    def tell(self, called: str, message: Json, at: datetime, conversation: str) -> None:
        """The page has the message as it is now."""
        action = "updateMessage" if called in self.known else "createMessage"
        self.known.add(called)
        told = {"messageId": called, "timestamp": self.stamp(at), **message}
        self._waiting.put_nowait(
            json.dumps({"action": action, "actionConversationId": conversation, "message": told})
        )

    def close(self) -> None:
        self._waiting.put_nowait(None)

    async def told(self) -> AsyncIterator[str]:
        """What is to be sent to it, until it is closed."""
        while (text := await self._waiting.get()) is not None:
            yield text


def zone_of(name: str) -> tzinfo:
    """A browser's zone; UTC when it names none that we know."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def sent(message: ChatMessage) -> Json:
    """The message as an activity for the Playground's connector: what it draws and no more."""
    if message.deleted:
        return {"type": "message", "text": GONE, "textFormat": "plain"}
    activity = message.activity
    found: Json = {"type": "message"}
    if message.text:
        found |= {"text": message.text, "textFormat": activity.get("textFormat", "markdown")}
    if attachments := _attachments(message):
        found["attachments"] = attachments
    return found


def shown(message: ChatMessage, senders: Mapping[bool, str]) -> Json:
    """The same as a page is told it; `senders` are the ids of the person and of the bot."""
    return {
        "attachments": [],
        "attachmentLayout": "list",
        "mentions": [],
        **{name: value for name, value in sent(message).items() if name != "type"},
        "from": {"id": senders[message.from_bot]},
    }


def _attachments(message: ChatMessage) -> list[Json]:
    found: list[Json] = []
    card = message.card
    for attachment in message.activity.get("attachments") or []:
        kind = str(attachment.get("contentType", ""))
        if kind == cards.CONTENT_TYPE:
            if card is not None:
                found.append({"contentType": kind, "content": card})
            card = None  # the person's own view stands in for the first one
        else:
            found.append({"contentType": kind, "content": attachment.get("content")})
    return found
