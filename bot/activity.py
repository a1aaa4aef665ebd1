"""What Teams tells us, as a value of our own: no SDK's type goes further than bot/teams.py.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.handing import ASKED, SENT
from store.conversations import Reference

INVOKE = "invoke"
OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""https://learn.microsoft.com/graph/api/resources/directoryobject"""
DIALOGS = frozenset((ASKED, SENT))
LONGEST_ID = 1_000
"""Bytes. By the ids of a chat and of what was said there together it is known what was heard, and
PostgreSQL's index holds no more than 2,704: https://www.postgresql.org/docs/current/btree.html
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One message, click, dialog or installation, as far as we use it."""

    kind: str  # message, invoke, installationUpdate …
    id: str | None
    name: str | None  # which invoke
    text: str | None = field(repr=False)  # what people wrote is in no log
    action: str | None  # of an installation: add, remove …
    value: object = field(repr=False)
    card: str | None  # the message that the clicked card is
    channel: str | None
    service_url: str | None
    person: str  # their id in Entra; empty where Teams does not say it
    sender: str | None  # their id in Teams
    bot: str | None  # ours there
    chat: str  # its id; empty where Teams does not say it
    personal: bool  # between this person and us alone
    mentions: tuple[str, ...] = field(repr=False)  # what stands in the text where it names us

    @property
    def invoked(self) -> bool:
        """Whether somebody waits for the answer."""
        return self.kind == INVOKE

    @property
    def dialog(self) -> bool:
        """Asked for in a chat with someone else: our own is not named."""
        return self.name in DIALOGS

    @property
    def removed(self) -> bool:
        return (self.action or "").startswith("remove")

    @property
    def once(self) -> str | None:
        """Its name, by which it is dealt with once; None where it has no id."""
        return f"{self.chat} {self.id}" if self.id else None

    @property
    def words(self) -> str:
        """What was said to us, without our own name in it."""
        words = self.text or ""
        for mention in self.mentions:
            words = words.replace(mention, "")
        return words

    @property
    def reference(self) -> Reference:
        """Where this person is reached in private, as plain JSON, without the names in it."""
        return {
            "user": {"id": self.sender, "aadObjectId": self.person},
            "bot": {"id": self.bot},
            "conversation": {"id": self.chat, "conversationType": "personal"},
            "channelId": self.channel,
            "serviceUrl": self.service_url,
        }


def read(body: Mapping[str, object]) -> Activity:
    """The activity in a request's body. Raises ValueError when it is none.

    botbuilder's own reader takes longer than everything else that a click does but the database.
    """
    kind, sender, chat, bot = (
        body.get(name) for name in ("type", "from", "conversation", "recipient")
    )
    name = _text(body, "name")
    if name in DIALOGS:  # which the samples of Teams name no chat with
        chat, bot = (found if found is not None else {} for found in (chat, bot))
    if not (isinstance(kind, str) and isinstance(bot, dict)):
        raise ValueError("no activity: type or recipient is missing")  # noqa: TRY004  # theirs
    if not (isinstance(sender, dict) and isinstance(chat, dict)):
        raise ValueError("no activity: sender or conversation is missing")  # noqa: TRY004
    ours = _id(bot)
    return Activity(
        kind=kind,
        id=_id(body),
        name=name,
        text=_text(body, "text"),
        action=_text(body, "action"),
        value=body.get("value"),
        card=_id(body, "replyToId"),
        channel=_text(body, "channelId"),
        service_url=_text(body, "serviceUrl"),
        person=_person(sender),
        sender=_id(sender),
        bot=ours,
        chat=_id(chat) or "",
        personal=_text(chat, "conversationType") in (None, "personal"),
        mentions=tuple(_mentions(body.get("entities"), ours)),
    )


def _person(sender: Mapping[str, object]) -> str:
    """Who it is in Entra; empty for whoever is nobody there: a guest of a meeting, a bot."""
    id = _text(sender, "aadObjectId") or ""
    return id if OBJECT_ID.fullmatch(id) else ""


def _mentions(entities: object, ours: str | None) -> Iterator[str]:
    """Each text with which *ours* is named. Whatever is written otherwise is no mention."""
    for entity in entities if isinstance(entities, list) else ():
        if not isinstance(entity, dict) or entity.get("type") != "mention":
            continue
        named = entity.get("mentioned")
        if isinstance(named, dict) and named.get("id") == ours:
            said = entity.get("text") or f"<at>{named.get('name')}</at>"
            if isinstance(said, str):
                yield said


def _id(found: Mapping[str, object], name: str = "id") -> str | None:
    id = _text(found, name)
    if id and len(id.encode()) > LONGEST_ID:
        raise ValueError(f"no activity: {name} is longer than any")
    return id


def _text(found: Mapping[str, object], name: str) -> str | None:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"no activity: {name} is no text")  # of the request
    return value
