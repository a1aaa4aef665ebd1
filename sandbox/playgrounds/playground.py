"""One person's Teams: what is said in the chat reaches the Playground and its pages, what the
person does there reaches the bot.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from contextvars import ContextVar
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import aiohttp

from sandbox.clock import Clock
from sandbox.company import Person
from sandbox.playgrounds.pages import Page, sent, shown
from sandbox.playgrounds.process import Process, until_first
from sandbox.teams.cards import CONTENT_TYPE
from sandbox.teams.chats import ChatChange, ChatMessage, Chats
from sandbox.teams.person import ERROR, MESSAGE, UNREACHED, Activity, Answer, Teams

Json = dict[str, Any]

REPLAYED = 200  # messages at most, the latest
CLICK = "adaptiveCard/action"
BREAKS_OFF = aiohttp.ClientWSTimeout(ws_close=0.2)  # a process that is gone says no goodbye
STREAMS = ("/_ws_conversation/v1/conversations/stream", "/_ws/log/stream")

# How the Playground calls the message that is being delivered: the chat gives it another id.
_called: ContextVar[str] = ContextVar("_called")


class State(StrEnum):
    STARTING = "starting"
    READY = "ready"
    BROKEN = "broken"  # could not be started; it is tried again


class Playground:
    def __init__(
        self,
        *,
        person: Person,
        process: Process,
        teams: Teams,
        clock: Clock,
        session: aiohttp.ClientSession,
        changed: Callable[[], None],
    ) -> None:
        self.person = person
        self.port = 0  # of its window
        self.url = ""  # of the process, while there is one
        self.config: Json = {}  # what a page asks for first
        self._process = process
        self._teams = teams
        self._chats: Chats = teams.chats
        self._clock = clock
        self._session = session
        self._changed = changed
        self._conversation = self._chats.chat(person).conversation
        self._senders = {True: self._chats.bot["id"], False: self._chats.chat(person).member}
        self._called: dict[str, str] = {}  # the chat's id → the Playground's
        self._pages: dict[str, Page] = {}
        self._changes: asyncio.Queue[ChatChange] = asyncio.Queue()
        self._up = asyncio.Event()
        self._writing = asyncio.Lock()
        self._written: list[
            tuple[str, str]
        ] = []  # texts on their way to us, with what they are called

    @property
    def state(self) -> State:
        if self._up.is_set():
            return State.READY
        return State.BROKEN if self._process.trouble else State.STARTING

    @property
    def trouble(self) -> str:
        return self._process.trouble

    @property
    def shown(self) -> bool:
        """A page is open that shows the chat."""
        return bool(self._pages)

    async def run(self) -> None:
        """Until cancelled."""
        await self._process.keep(self._live)

    async def up(self) -> None:
        """The process runs and knows the chat so far."""
        await self._up.wait()

    # Pages

    async def opened(self, page: Page) -> None:
        """The page is told the chat so far, and everything from now on."""
        await self._up.wait()
        for message in self._recent():
            if message.id in self._called:
                self._tell(page, message)
        self._pages[page.id] = page
        self._changed()

    def left(self, page: Page) -> None:
        if self._pages.get(page.id) is page:
            del self._pages[page.id]
            self._changed()

    async def write(self, page_id: str, path: str, content: Json) -> tuple[int, Any]:
        """What the person typed on that page, handed to the Playground; the answer is for the
        page, which from then on has the message.
        """
        await self._up.wait()
        async with self._writing:
            status, answer = await self.ask("POST", path, content)
            page = self._pages.get(page_id)
            if isinstance(answer, dict) and "messageId" in answer:
                self._written.append((str(content.get("text")), answer["messageId"]))
                if page:
                    page.known.add(answer["messageId"])
                    answer["timestamp"] = page.stamp(self._clock())
        return status, answer

    # From the Playground to the bot

    async def deliver(self, activity: Activity) -> tuple[int, Any]:
        """What the Playground sends to what it takes for the bot, and what it is answered."""
        called = await self._name_of(activity) if activity.get("type") == "message" else ""
        if activity.get("name") == CLICK and isinstance(activity.get("value"), dict):
            activity = {**activity, "value": {"trigger": "manual", **activity["value"]}}
        before = _called.set(called)
        try:
            answer = await self._teams.deliver(self.person, activity)
        finally:
            _called.reset(before)
        if activity.get("name") == CLICK:
            return 200, _click_answer(answer)
        return answer.status or 504, answer.body

    async def _name_of(self, activity: Activity) -> str:
        """What the pages call the message of this activity, whose id is none of a message."""
        async with self._writing:
            for one in self._written:
                if one[0] == activity.get("text"):
                    self._written.remove(one)
                    return one[1]
        return ""

    # From the chat to the Playground

    async def _live(self, url: str) -> None:
        """For as long as the process at that address lives."""
        self._changes = asyncio.Queue()
        self._chats.listeners.append(self._heard)
        try:
            self.url = url
            async with AsyncExitStack() as stack:
                # A Playground keeps, and writes into its log, what it says while nobody listens.
                heard = [
                    await stack.enter_async_context(
                        self._session.ws_connect(url + stream, max_msg_size=0, timeout=BREAKS_OFF)
                    )
                    for stream in STREAMS
                ]
                await until_first(self._tell_all(), *(_hear(stream) for stream in heard))
        finally:
            self._up.clear()
            self.url = ""
            self._chats.listeners.remove(self._heard)
            self._called.clear()  # the next process has never heard of these
            self._written.clear()
            for page in self._pages.values():
                page.close()
            self._changed()

    async def _tell_all(self) -> None:
        self.config = await self._first_words()
        for message in self._recent():
            await self._put(message)
        self._up.set()
        self._changed()
        while True:
            await self._follow(await self._changes.get())

    async def _first_words(self) -> Json:
        """What a page asks for first. The page's own question makes the Playground look for the
        bot for a second, each time; we know that it is there.
        """
        status, config = await self.ask("GET", "/_internal/v1/testConfig")
        if status != 200:
            raise ConnectionError(f"the Playground answers {status}")
        config["internalConfig"]["debugConfig"] = {"eventsRecordingEnabled": False}
        return dict(config)

    def _heard(self, change: ChatChange) -> None:
        if change.message.person != self.person.id:
            return
        if change.kind == "new" and not change.message.from_bot:
            self._called[change.message.id] = _called.get("") or change.message.id
        self._changes.put_nowait(change)

    async def _follow(self, change: ChatChange) -> None:
        known = change.message.id in self._called
        if change.kind == "new" and change.message.from_bot and known:
            return  # it was among those of the beginning
        if change.kind != "new" and not known:
            return  # too old to be shown
        message = self._chats.message(self.person, change.message.id)
        if message is not None:
            await self._put(message)
            for page in self._pages.values():
                if not (change.kind == "new" and self._called.get(message.id) in page.known):
                    self._tell(page, message)

    async def _put(self, message: ChatMessage) -> None:
        """The Playground has the bot's message as it is now."""
        if not message.from_bot:
            self._called.setdefault(message.id, message.id)
            return
        path = f"/_connector/v3/conversations/{quote(self._conversation, safe='')}/activities"
        activity = {**sent(message), "from": self._chats.bot}
        activity["attachments"] = activity.get("attachments", [])[:1]  # it would split it otherwise
        if called := self._called.get(message.id):
            await self.ask("PUT", f"{path}/{called}", {**activity, "id": called})
            return
        status, answer = await self.ask("POST", path, activity)
        called = str(answer["id"]) if status == 201 else message.id
        self._called[message.id] = called
        self._teams.alias(self.person, called, message.id)

    def _tell(self, page: Page, message: ChatMessage) -> None:
        called = self._called[message.id]
        page.tell(called, shown(message, self._senders), message.at, self._conversation)

    def _recent(self) -> list[ChatMessage]:
        return self._chats.messages(self.person)[-REPLAYED:]

    async def ask(self, method: str, path: str, content: object = None) -> tuple[int, Any]:
        """Of the process. Raises OSError when it is gone."""
        try:
            async with self._session.request(method, self.url + path, json=content) as answer:
                kind = answer.content_type
                body = await answer.json() if kind.endswith("json") else await answer.text()
                return answer.status, body
        except aiohttp.ClientError as problem:
            raise ConnectionError(str(problem)) from problem


async def _hear(stream: aiohttp.ClientWebSocketResponse) -> None:
    """Until the other side closes it."""
    async for _ in stream:
        pass


def _click_answer(answer: Answer) -> Json:
    """One that the page can show: anything else stops it for good."""
    body = answer.body
    if 200 <= answer.status < 300 and isinstance(body, dict):
        kind, value = body.get("type"), body.get("value")
        if (kind == CONTENT_TYPE and isinstance(value, dict)) or (
            kind == MESSAGE and isinstance(value, str)
        ):
            return body
        if kind == ERROR and isinstance(value, dict) and isinstance(value.get("message"), str):
            return body
    return {"statusCode": 500, "type": ERROR, "value": {"code": "NoAnswer", "message": UNREACHED}}
