"""Teams as the person: what people write, press, install and block, signed and posted to the bot
as Teams does it.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import aiohttp

from sandbox.botframework import BotFramework
from sandbox.clock import Clock
from sandbox.company import Directory, Who
from sandbox.key_value_store import KeyValueStore
from sandbox.teams import cards
from sandbox.teams.cards import CONTENT_TYPE, CannotPressError, Card
from sandbox.teams.chats import ChatMessage, Chats
from sandbox.teams.connector import BLOCKED
from sandbox.zones import zone

GIVES_UP_AFTER = 15.0  # seconds that a client waits for the answer to a click
MESSAGE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"
UNREACHED = "Unable to reach app. Please try again."  # Microsoft's own words
REFRESH_AGE = timedelta(minutes=1)

Activity = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bot's endpoint answered; `status` is 0 when it did not answer in time or at all."""

    status: int
    body: Any = None

    @property
    def ok(self) -> bool:
        """The client is content; it would show "Something went wrong" otherwise."""
        inner = self.body.get("statusCode", 200) if isinstance(self.body, dict) else 200
        return 200 <= self.status < 300 and inner == 200

    @property
    def card(self) -> Card | None:
        """The card that takes the place of the one that was pressed."""
        value = self._value(CONTENT_TYPE)
        return value if isinstance(value, dict) else None

    @property
    def text(self) -> str | None:
        """The line shown to the person instead of a card."""
        value = self._value(MESSAGE)
        return value if isinstance(value, str) else None

    @property
    def dialog(self) -> Card | None:
        """The card in the dialog that opens, or stays open."""
        value = self._task("continue")
        card = value.get("card", {}).get("content") if isinstance(value, dict) else None
        return card if isinstance(card, dict) else None

    @property
    def dialog_title(self) -> str:
        value = self._task("continue")
        return str(value.get("title") or "") if isinstance(value, dict) else ""

    @property
    def trouble(self) -> str:
        """What a client says where the bot answers with an error, or not as it should."""
        value = self._value(ERROR)
        said = value.get("message") if isinstance(value, dict) else None
        return said if isinstance(said, str) and said else UNREACHED

    @property
    def closing(self) -> str | None:
        """The line that a dialog ends with."""
        value = self._task("message")
        return value if isinstance(value, str) else None

    def _task(self, kind: str) -> Any:
        task = self.body.get("task") if isinstance(self.body, dict) else None
        return task.get("value") if isinstance(task, dict) and task.get("type") == kind else None

    def texts(self) -> list[str]:
        if self.card:
            return cards.texts(self.card)
        return [self.text] if self.text else []

    def says(self, text: str) -> bool:
        return text in "\n".join(self.texts())

    def _value(self, kind: str) -> Any:
        if not isinstance(self.body, dict) or self.body.get("type") != kind:
            return None
        return self.body.get("value")


class Teams:
    def __init__(
        self,
        *,
        chats: Chats,
        directory: Directory,
        botframework: BotFramework,
        clock: Clock,
        store: KeyValueStore,
        tenant: str,
        trusting: ssl.SSLContext,
    ) -> None:
        self.chats = chats
        self._directory = directory
        self._botframework = botframework
        self._clock = clock
        self._store = store
        self._tenant = tenant
        self._trusting = trusting
        self._session: aiohttp.ClientSession | None = None
        self._aliases: dict[tuple[str, str], str] = {}
        self.bot_url: str | None = None  # where the bot listens, for example …/api/messages
        self.service_url = ""
        self.patience = GIVES_UP_AFTER

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._trusting, limit=100)
        )

    async def stop(self) -> None:
        if self._session:
            await self._session.close()

    # What people do

    async def say(self, who: Who, text: str) -> Answer:
        """Written in the chat; who has not got the app gets it first, and a block is over."""
        await self._ready_to_write(who)
        activity = self.activity(who, "message") | {"textFormat": "plain", "text": text}
        return await self._write(who, activity)

    async def click(
        self,
        who: Who,
        message: ChatMessage | str,
        verb: str,
        *,
        titled: str | None = None,
        matching: Mapping[str, object] | None = None,
        **inputs: object,
    ) -> Answer:
        """The action of that verb on the card as it now looks, with its inputs filled in.

        The card that comes back is what the person sees from now on. Raises CannotPressError when
        a client would not let the person press it.
        """
        shown = self._shown(who, message)
        if shown.card is None:
            raise CannotPressError("the message has no card")
        action, data = cards.press(shown.card, verb, inputs, titled=titled, matching=matching)
        return await self.execute(who, shown, verb, data, id=action.id)

    async def execute(
        self,
        who: Who,
        message: ChatMessage | str,
        verb: str,
        data: object,
        *,
        id: str | None = None,
        trigger: str = "manual",
    ) -> Answer:
        """Action.Execute as such, whatever the card offers: for old cards, double clicks and
        forgeries.
        """
        message_id = message.id if isinstance(message, ChatMessage) else message
        action = {"type": "Action.Execute", "id": id, "verb": verb, "data": data}
        activity = self.activity(who, "invoke") | {
            "name": "adaptiveCard/action",
            "replyToId": message_id,
            "value": {
                "action": {name: value for name, value in action.items() if value is not None},
                "trigger": trigger,
            },
        }
        activity["channelData"] |= {"source": {"name": "message"}}
        answer = await self.send(who, activity)
        self._take_over(who, message_id, answer)
        return answer

    async def submit(self, who: Who, message: ChatMessage | str, data: object) -> Answer:
        """Action.Submit: a message without text, as from clients that do not know
        Action.Execute.
        """
        message_id = message.id if isinstance(message, ChatMessage) else message
        activity = self.activity(who, "message") | {"replyToId": message_id, "value": data}
        return await self.send(who, activity)

    async def extend(
        self,
        who: Who,
        command: str,
        *,
        message: str | None = None,
        dialog: Card | None = None,
        chat: bool = True,
        outlook: bool = False,
        **inputs: object,
    ) -> Answer:
        """A message extension's action: its dialog opens, from the compose box or from a message
        (its HTML); or *dialog* is sent, with its inputs filled in.

        It is asked for in a chat of two people, in which the bot is not; or no *chat* is named, as
        in the sample of the page that describes how a dialog is asked for. *outlook* has a channel
        of its own, which a bot must have been given.
        https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/action-commands/respond-to-task-module-submit
        """
        data = None
        if dialog is not None:
            [button] = [one for one in dialog["actions"] if one["type"] == "Action.Submit"]
            shown = {one["id"]: one.get("value", "") for one in cards.inputs(dialog)}
            data = {**button.get("data", {}), **shown, **inputs}
        return await self.use_command(
            who, command, message=message, data=data, chat=chat, outlook=outlook
        )

    async def use_command(
        self,
        who: Who,
        command: str,
        *,
        message: str | None = None,
        data: object = None,
        chat: bool = True,
        outlook: bool = False,
    ) -> Answer:
        """As `extend`, with the *data* of a dialog that is sent as they are; None asks for one."""
        value: Activity = {"commandId": command, "commandContext": "compose"}
        if message is not None:
            body = {"contentType": "html", "content": message}
            value["commandContext"] = "message"
            value["messagePayload"] = {"id": self.chats.new_id(), "body": body}
        if data is not None:
            value["data"] = data
        activity = self.activity(who, "invoke") | {
            "name": f"composeExtension/{'fetchTask' if data is None else 'submitAction'}",
            "value": value,
        }
        activity["conversation"] |= {"id": f"19:{self._directory.find(who).id}_two@unq.gbl.spaces"}
        if outlook:
            activity["channelId"] = "m365extensions"
        if outlook or not chat:
            del activity["conversation"]
        return await self.send(who, activity)

    async def task(self, who: Who, data: object, *, sent: bool = False) -> Answer:
        """The dialog that a card's button asks for with its *data*, or that is sent with them.

        https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/invoking-task-modules
        """
        activity = self.activity(who, "invoke") | {
            "name": "task/submit" if sent else "task/fetch",
            "value": {"data": data, "context": {"theme": "default"}},
        }
        return await self.send(who, activity)

    async def open_chat(self, who: Who) -> list[Answer]:
        """The person opens the chat: cards that refresh themselves for that person do so, once a
        minute at most.

        https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/user-specific-views
        """
        answers = []
        member = self.chats.chat(who).member
        for message in self.chats.messages(who):
            refresh = cards.refresh_of(message.card or {})
            fresh = message.viewed_at and self._clock() - message.viewed_at < REFRESH_AGE
            if refresh is None or fresh or member not in refresh.get("userIds", [member]):
                continue
            action = refresh["action"]
            answers.append(
                await self.execute(
                    who, message, action.get("verb", ""), action.get("data"), trigger="automatic"
                )
            )
        return answers

    async def install(self, who: Who, *, version: str = "") -> Answer:
        """The app is there, and the bot is told so twice, as Teams does. The answer is the
        second's.
        """
        self.chats.set(who, installed=True, blocked="", version=version)
        added = self.activity(who, "installationUpdate") | {"action": "add"}
        await self.send(who, added)
        joined = self.activity(who, "conversationUpdate") | {
            "membersAdded": [self.chats.bot, {"id": self.chats.chat(who).member}]
        }
        return await self.send(who, joined)

    async def upgrade(self, who: Who, *, version: str) -> Answer:
        """The app is there in another version."""
        self.chats.set(who, version=version)
        upgraded = self.activity(who, "installationUpdate") | {"action": "add-upgrade"}
        return await self.send(who, upgraded)

    async def remove(self, who: Who) -> Answer:
        """The app is gone; nothing can be sent any more."""
        self.chats.set(who, installed=False)
        return await self.send(who, self.activity(who, "installationUpdate") | {"action": "remove"})

    def block(self, who: Who, how: str = "ConversationBlockedByUser") -> None:
        """Sends are refused; the bot is not told. `how` is one of connector.BLOCKED."""
        if how not in BLOCKED:
            raise ValueError(f"{how} is none of {', '.join(BLOCKED)}")
        self.chats.set(who, blocked=how)

    def unblock(self, who: Who) -> None:
        self.chats.set(who, blocked="")

    def chat(self, who: Who) -> list[ChatMessage]:
        """What the person sees, oldest first."""
        return self.chats.messages(who)

    # From a Playground

    def alias(self, who: Who, theirs: str, ours: str) -> None:
        """The id by which a Playground calls a message that was relayed to it."""
        self._aliases[self._directory.find(who).id, theirs] = ours

    async def deliver(self, who: Who, activity: Activity) -> Answer:
        """What a Playground sent, made into what Teams would send, and the bot's answer to it.

        A Playground tells of an installation each time that its page is opened; Teams does so
        once, and so does this.
        """
        kind = activity.get("type")
        if kind in ("installationUpdate", "conversationUpdate"):
            leaves = str(activity.get("action", "")).startswith("remove")
            if leaves:
                return await self.remove(who)
            if self.chats.chat(who).installed:
                return Answer(status=200)
            return await self.install(who)
        own = self.activity(who, str(kind))
        kept = {name: value for name, value in activity.items() if name not in _FROM_TEAMS}
        channel = {**(activity.get("channelData") or {}), **own["channelData"]}
        activity = {**own, **kept, "channelData": channel}
        if activity.get("replyToId"):
            person = self._directory.find(who).id
            reply_to = str(activity["replyToId"])
            activity["replyToId"] = self._aliases.get((person, reply_to), reply_to)
        if kind == "message":
            await self._ready_to_write(who)
            return await self._write(who, activity)
        answer = await self.send(who, activity)
        if activity.get("name") == "adaptiveCard/action":
            self._take_over(who, str(activity.get("replyToId")), answer)
        return answer

    # As it goes over the wire

    def activity(self, who: Who, kind: str) -> Activity:
        """What every activity from this person has."""
        person = self._directory.find(who)
        chat = self.chats.chat(person)
        now = self._clock()
        own = zone(person.zone)
        return {
            "type": kind,
            "id": f"f:{uuid4()}" if kind == "invoke" else self.chats.new_id(),
            "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z",
            "localTimestamp": now.astimezone(own).isoformat(timespec="milliseconds"),
            "localTimezone": own.key,
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": self.chats.account(person),
            "conversation": {
                "conversationType": "personal",
                "tenantId": self._tenant,
                "id": chat.conversation,
            },
            "recipient": self.chats.bot,
            "locale": person.locale,
            "entities": [
                {
                    "type": "clientInfo",
                    "locale": person.locale,
                    "country": person.country,
                    "platform": "Web",
                    "timezone": own.key,
                }
            ],
            "channelData": {"tenant": {"id": self._tenant}},
        }

    async def send(
        self,
        who: Who,
        activity: Activity | bytes,
        *,
        token: str | None = None,
        url: str | None = None,
    ) -> Answer:
        """Posted to the bot as it is. `token` instead of a good one; an empty one sends none."""
        assert self._session is not None, "the sandbox does not run"
        where = url or self.bot_url
        if where is None:
            raise RuntimeError("the sandbox has not been told where the bot listens: set bot_url")
        self._store.commit()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "x-ms-conversation-id": self.chats.chat(who).conversation,
            "x-ms-tenant-id": self._tenant,
        }
        if token is None:
            token = self._botframework.token(self.service_url)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        timeout = aiohttp.ClientTimeout(total=self.patience)
        try:
            async with self._session.post(
                where, data=content, headers=headers, timeout=timeout
            ) as answer:
                return Answer(status=answer.status, body=_body(await answer.read()))
        except (aiohttp.ClientError, TimeoutError):
            return Answer(status=0)

    async def _ready_to_write(self, who: Who) -> None:
        if not self.chats.chat(who).installed:
            await self.install(who)
        if self.chats.chat(who).blocked:
            self.unblock(who)

    async def _write(self, who: Who, activity: Activity) -> Answer:
        """The person's own message stands in the chat, and the bot has it under the same id."""
        if activity.get("text"):
            message = self.chats.add(who, activity, from_bot=False)
            activity = {**activity, "id": message.id}
        return await self.send(who, activity)

    def _shown(self, who: Who, message: ChatMessage | str) -> ChatMessage:
        id = message.id if isinstance(message, ChatMessage) else message
        shown = self.chats.message(who, id)
        if shown is None or shown.deleted:
            raise CannotPressError(f"there is no message {id} in the chat of {who!r}")
        return shown

    def _take_over(self, who: Who, message_id: str, answer: Answer) -> None:
        message = self.chats.message(who, message_id)
        if message and answer.ok and answer.card:
            self.chats.show(message, answer.card)


# What an activity from a Playground says of itself, and Teams would say differently.
_FROM_TEAMS = {
    "id",
    "timestamp",
    "localTimestamp",
    "localTimezone",
    "channelId",
    "serviceUrl",
    "from",
    "conversation",
    "recipient",
    "locale",
    "entities",
    "channelData",
}


def _body(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")
