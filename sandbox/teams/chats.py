"""The personal chats between people and the bot, as Teams keeps them."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.company import Directory, Person, Who
from sandbox.key_value_store import KeyValueStore
from sandbox.teams import cards
from sandbox.teams.cards import Action, Card

BOT_NAME = "Baton"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    person: str  # id
    conversation: str  # a:1…
    member: str  # 29:1…, the person as this bot knows them
    installed: bool = False
    version: str = ""  # of the app, as far as the catalogue knows
    blocked: str = ""  # how sends are refused: see connector.BLOCKED
    created: bool = False  # the bot has the conversation's id by asking for it


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    id: str
    person: str
    from_bot: bool
    activity: dict[str, Any]  # as it was last sent
    at: datetime
    edited_at: datetime | None = None
    deleted: bool = False
    view: Card | None = None  # the card that an answer put in its place, for this person only
    viewed_at: datetime | None = None

    @property
    def edited(self) -> bool:
        return self.edited_at is not None

    @property
    def card(self) -> Card | None:
        """The card as the person sees it now."""
        return self.view or cards.card_of(self.activity)

    @property
    def text(self) -> str:
        return str(self.activity.get("text") or "")

    @property
    def summary(self) -> str:
        """What the toast says."""
        return str(self.activity.get("summary") or self.text)

    def texts(self) -> list[str]:
        """Everything there is to read: the message's own text, then the card's in reading order."""
        own = [self.text] if self.text else []
        return own + (cards.texts(self.card) if self.card else [])

    def actions(self) -> list[Action]:
        return cards.actions(self.card) if self.card else []

    def verbs(self) -> list[str]:
        return [one.verb for one in self.actions() if one.verb]

    def says(self, text: str) -> bool:
        return text in "\n".join(self.texts())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatChange:
    kind: str  # new, edited, deleted, viewed (an answer has put a card in its place) or typing
    message: ChatMessage


class Chats:
    def __init__(
        self, store: KeyValueStore, directory: Directory, clock: Clock, *, client_id: str
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._client_id = client_id
        self._chats = store.bucket("chat", Chat)
        self._kept = store.bucket("chat message", ChatMessage)
        self._by_member: dict[str, str] = {}
        self.listeners: list[Callable[[ChatChange], None]] = []
        self.index()

    @property
    def bot(self) -> dict[str, str]:
        return {"id": f"28:{self._client_id}", "name": BOT_NAME}

    def index(self) -> None:
        """What is computed from what is kept is so."""
        self._messages: dict[str, dict[str, ChatMessage]] = {}
        self._last = 0
        self._by_conversation = {chat.conversation: chat.person for chat in self._chats.values()}
        for message in self._kept.values():
            self._messages.setdefault(message.person, {})[message.id] = message
            self._last = max(self._last, int(message.id))

    def clear(self) -> None:
        self._chats.clear()
        self._kept.clear()
        self._messages.clear()
        self._by_conversation.clear()

    # Chats

    def chat(self, who: Who) -> Chat:
        """The person's chat with the bot, whether or not the app is installed."""
        person = self._directory.find(who)
        return self._chats.get(person.id) or Chat(
            person=person.id,
            conversation=f"a:1{self._opaque('conversation', person)}",
            member=f"29:1{self._opaque('member', person)}",
        )

    def set(self, who: Who, **fields: object) -> Chat:
        before = self.chat(who)
        chat: Chat = replace(before, **fields)  # type: ignore[arg-type]  # fields are Chat's
        if chat.conversation != before.conversation:
            self._by_conversation.pop(before.conversation, None)
        self._chats[chat.person] = chat
        self._by_conversation[chat.conversation] = chat.person
        return chat

    def of_conversation(self, conversation: str) -> Chat | None:
        """The chat of that id, once the person or the bot has begun it."""
        return self._chats.get(self._by_conversation.get(conversation, ""))

    def of_member(self, member: str) -> Chat | None:
        """The chat of the person whom the bot calls so, by 29: id or Entra object id."""
        if not member.startswith("29:"):
            person = self._directory.seek(member)
            return self.chat(person) if person and person.id == member.lower() else None
        if member not in self._by_member:
            self._by_member = {self.chat(person).member: person.id for person in self._directory}
        found = self._directory.seek(self._by_member.get(member, ""))
        return self.chat(found) if found else None

    def account(self, who: Who) -> dict[str, str]:
        """The person as the sender of an activity."""
        person = self._directory.find(who)
        return {"id": self.chat(person).member, "name": person.name, "aadObjectId": person.id}

    # Messages

    def messages(self, who: Who, *, deleted: bool = False) -> list[ChatMessage]:
        """Oldest first; deleted ones only when asked for."""
        kept = self._messages.get(self._directory.find(who).id, {}).values()
        return [message for message in kept if deleted or not message.deleted]

    def message(self, who: Who, id: str) -> ChatMessage | None:
        return self._messages.get(self._directory.find(who).id, {}).get(id)

    def new_id(self) -> str:
        """Milliseconds of the clock, and never the same twice."""
        self._last = max(self._last + 1, int(self._clock().timestamp() * 1000))
        return str(self._last)

    def add(self, who: Who, activity: dict[str, Any], *, from_bot: bool) -> ChatMessage:
        person = self._directory.find(who).id
        message = ChatMessage(
            id=self.new_id(),
            person=person,
            from_bot=from_bot,
            activity=activity,
            at=self._clock(),
        )
        return self._put(message, "new")

    def edit(self, message: ChatMessage, activity: dict[str, Any]) -> ChatMessage:
        """Everybody sees the new card: what an answer had put in its place is gone."""
        edited = replace(
            message, activity=activity, edited_at=self._clock(), view=None, viewed_at=None
        )
        return self._put(edited, "edited")

    def delete(self, message: ChatMessage) -> None:
        self._put(replace(message, deleted=True), "deleted")

    def show(self, message: ChatMessage, card: Card) -> ChatMessage:
        """The person sees this card in the message's place."""
        return self._put(replace(message, view=card, viewed_at=self._clock()), "viewed")

    def type(self, who: Who) -> None:
        """The bot says that it is typing; nothing of that is kept."""
        person = self._directory.find(who).id
        message = ChatMessage(
            id="", person=person, from_bot=True, activity={"type": "typing"}, at=self._clock()
        )
        self._tell(ChatChange(kind="typing", message=message))

    async def follow(self, who: Who | None = None) -> AsyncIterator[ChatChange]:
        """Every change from now on, in one chat or in all."""
        wanted = self._directory.find(who).id if who is not None else None
        queue: asyncio.Queue[ChatChange] = asyncio.Queue()
        self.listeners.append(queue.put_nowait)
        try:
            while True:
                change = await queue.get()
                if wanted in (None, change.message.person):
                    yield change
        finally:
            self.listeners.remove(queue.put_nowait)

    def _put(self, message: ChatMessage, kind: str) -> ChatMessage:
        self._messages.setdefault(message.person, {})[message.id] = message
        self._kept[f"{message.person}/{message.id}"] = message
        self._tell(ChatChange(kind=kind, message=message))
        return message

    def _tell(self, change: ChatChange) -> None:
        for listener in list(self.listeners):
            listener(change)

    def _opaque(self, kind: str, person: Person) -> str:
        raw = hashlib.sha512(f"{kind} {self._client_id} {person.id}".encode()).digest()[:48]
        return base64.urlsafe_b64encode(raw).decode()
