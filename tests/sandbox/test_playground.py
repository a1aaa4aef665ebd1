"""Microsoft's Teams test client wired to the sandbox: its processes are real, the page is played by
the test, message by message as the real one does it.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from pydantic import ValidationError

from sandbox.company import Company, staff
from sandbox.entra import BOT_API
from sandbox.m365 import Sandbox, running
from sandbox.playgrounds.config import Config, config
from sandbox.playgrounds.every import Playgrounds, open_playgrounds
from sandbox.playgrounds.package import MissingError, find
from sandbox.playgrounds.pages import Page, zone_of
from sandbox.playgrounds.playground import Playground, State
from tests import hour
from tests.sandbox.conftest import MONDAY

Json = dict[str, Any]

PACKAGES = Path(__file__).parents[2]
CARD_TYPE = "application/vnd.microsoft.card.adaptive"
CHAT = "/_ws_conversation/v1/conversations/stream"

try:
    find(PACKAGES)
except MissingError as missing:
    WHY_NOT = str(missing)
else:
    WHY_NOT = ""
real = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


def card(text: str, *verbs: str) -> Json:
    actions = [{"type": "Action.Execute", "title": verb, "verb": verb} for verb in verbs]
    return {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [{"type": "TextBlock", "text": text}],
        "actions": actions,
    }


def message(content: str | Json) -> Json:
    if isinstance(content, str):
        return {"type": "message", "text": content}
    return {"type": "message", "attachments": [{"contentType": CARD_TYPE, "content": content}]}


@dataclass(kw_only=True)
class Bot:
    """Stands in for the product: remembers what it was sent, and answers as a test wants it to."""

    box: Sandbox
    heard: list[Json] = field(default_factory=list)
    answer: Callable[[Json], Awaitable[web.Response]] | None = None

    async def handle(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"].startswith("Bearer ")
        activity = await request.json()
        self.heard.append(activity)
        return await self.answer(activity) if self.answer else web.Response(status=200)

    def texts(self) -> list[str]:
        return [one["text"] for one in self.heard if one["type"] == "message"]

    def kinds(self) -> list[str]:
        return [one["type"] for one in self.heard]

    async def ask(self, method: str, who: str, path: str, body: object = None) -> str:
        """Of the connector."""
        box = self.box
        url = f"{box.service_url}v3/conversations/{box.chats.chat(who).conversation}/activities"
        token = box.entra.application_token(BOT_API)
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=box.certificates.trusting())
            ) as session,
            session.request(
                method, url + path, json=body, headers={"Authorization": f"Bearer {token}"}
            ) as answer,
        ):
            assert answer.status < 300, await answer.text()
            return str((await answer.json())["id"]) if method != "DELETE" else ""

    async def send(self, who: str, content: str | Json) -> str:
        return await self.ask("POST", who, "", message(content))

    async def edit(self, who: str, id: str, content: str | Json) -> None:
        await self.ask("PUT", who, f"/{id}", message(content))

    async def delete(self, who: str, id: str) -> None:
        await self.ask("DELETE", who, f"/{id}")


@dataclass(kw_only=True)
class Tab:
    """A browser's page of one person's Teams. Like the real one it fails when it is told of a
    message twice, or of a change to one that it does not know.
    """

    base: str
    id: str
    me: str  # whose Teams this is, as a chat calls them
    session: aiohttp.ClientSession
    stream: aiohttp.ClientWebSocketResponse
    shown: dict[str, Json] = field(default_factory=dict)

    async def hear(self) -> None:
        """The next thing that the page is told."""
        async with asyncio.timeout(10):
            action = json.loads(await self.stream.receive_str())
        told = action["message"]
        known = told["messageId"] in self.shown
        assert known is (action["action"] == "updateMessage"), action
        self.shown[told["messageId"]] = told

    async def until(self, *lines: str) -> None:
        """The page shows exactly these messages."""
        while self.lines() != list(lines):
            await self.hear()

    def lines(self) -> list[str]:
        return [self._line(one) for one in self.shown.values()]

    def _line(self, one: Json) -> str:
        if one.get("text"):
            return str(one["text"])
        return str(one["attachments"][0]["content"]["body"][0]["text"])

    async def post(self, path: str, body: Json) -> Json:
        async with self.session.post(
            self.base + path, json=body, headers={"X-Page": self.id}
        ) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json()) if answer.content_type.endswith("json") else {}

    async def write(self, conversation: str, text: str) -> Json:
        draft = {"type": "text", "text": text, "textFormat": "plain", "from": {"id": self.me}}
        answer = await self.post(f"/_conversation/v1/conversations/{conversation}/messages", draft)
        assert answer["messageId"] not in self.shown, "the page would stop here"
        self.shown[answer["messageId"]] = draft
        return answer

    async def press(self, conversation: str, line: str, verb: str, **data: str) -> Json:
        (id,) = [id for id, one in self.shown.items() if self._line(one) == line]
        action = {"type": "Action.Execute", "title": verb, "verb": verb, "data": data}
        return await self.post(
            "/_conversation/v1/invoke",
            {
                "name": "adaptiveCard/action",
                "from": {"id": self.me},
                "conversation": {"id": conversation},
                "replyToId": id,
                "value": {"action": action},
            },
        )


@dataclass(kw_only=True)
class Place:
    """One person's Teams, open."""

    box: Sandbox
    bot: Bot
    playgrounds: Playgrounds
    playground: Playground
    session: aiohttp.ClientSession
    folder: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.playground.port}"

    @property
    def conversation(self) -> str:
        return self.box.chats.chat("rita").conversation

    @contextlib.asynccontextmanager
    async def tab(self, id: str = "one", zone: str = "UTC") -> AsyncIterator[Tab]:
        url = f"{self.base}{CHAT}?page={id}&zone={zone}"
        async with self.session.ws_connect(url) as stream:
            me = self.box.chats.chat("rita").member
            yield Tab(base=self.base, id=id, me=me, session=self.session, stream=stream)

    async def write(self, tab: Tab, text: str) -> Json:
        return await tab.write(self.conversation, text)

    async def press(self, tab: Tab, line: str, verb: str, **data: str) -> Json:
        return await tab.press(self.conversation, line, verb, **data)


@pytest.fixture
async def place(box: Sandbox, tmp_path: Path) -> AsyncIterator[Place]:
    bot = Bot(box=box)
    async with (
        open_playgrounds(box, first_port=0, folder=tmp_path, packages=PACKAGES) as every,
        aiohttp.ClientSession() as session,
    ):

        async def relay(request: web.Request) -> web.Response:
            playground = every.get(box.person(request.match_info["who"]))
            assert playground is not None
            status, body = await playground.deliver(await request.json())
            return web.json_response(body, status=status)

        site = web.Application()
        site.router.add_post("/api/messages", bot.handle)
        site.router.add_post("/teams/{who}/api/messages", relay)
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        here = f"http://127.0.0.1:{runner.addresses[0][1]}"
        every.relay = f"{here}/teams"
        box.bot_url = f"{here}/api/messages"
        for who in ("rita", "ravi"):
            box.chats.set(who, installed=True)
        yield Place(
            box=box,
            bot=bot,
            playgrounds=every,
            playground=await every.open(box.person("rita")),
            session=session,
            folder=tmp_path,
        )
        await runner.cleanup()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # processes set no events
            await asyncio.sleep(0.02)


# What happens in the chat


@real
async def test_a_page_is_told_the_chat_so_far_once_and_in_order(place: Place) -> None:
    bot = place.bot
    await place.box.teams.say("rita", "hello")
    first = await bot.send("rita", "one")
    second = await bot.send("rita", card("two", "go"))
    gone = await bot.send("rita", "three")
    await bot.edit("rita", first, "ONE")
    await bot.edit("rita", second, card("TWO", "go"))
    await bot.delete("rita", gone)
    async with place.tab() as tab:
        await tab.until("hello", "ONE", "TWO")
        senders = [one["from"]["id"] for one in tab.shown.values()]
        me, them = place.box.chats.chat("rita").member, place.box.chats.bot["id"]
        assert senders == [me, them, them]
    async with place.tab("two") as again:
        await again.until("hello", "ONE", "TWO")


@real
async def test_an_open_page_follows_the_chat(place: Place) -> None:
    async with place.tab() as tab, place.tab("two") as other:
        one = await place.bot.send("rita", "one")
        two = await place.bot.send("rita", card("two", "go"))
        await tab.until("one", "two")
        await place.bot.edit("rita", two, card("TWO", "go"))
        await tab.until("one", "TWO")
        await place.bot.delete("rita", one)
        await tab.until("This message has been deleted.", "TWO")
        await place.box.teams.say("rita", "from the phone")
        for page in (tab, other):
            await page.until("This message has been deleted.", "TWO", "from the phone")
        await place.bot.send("ravi", "for somebody else")
        await place.bot.send("rita", "last")
        await tab.until("This message has been deleted.", "TWO", "from the phone", "last")


@real
async def test_what_is_written_is_sent_once_and_shown_once(place: Place) -> None:
    async with place.tab() as tab, place.tab("two") as other:
        await place.playground.up()
        await until(lambda: place.playground.shown)
        await place.bot.send("rita", "ready")
        await tab.until("ready")
        await other.until("ready")
        await place.write(tab, "book")
        await place.write(tab, "book")
        await until(lambda: place.bot.texts() == ["book", "book"])
        await place.bot.send("rita", "booked")
        for page in (tab, other):
            await page.until("ready", "book", "book", "booked")
    async with place.tab("three") as later:
        await later.until("ready", "book", "book", "booked")
    written = place.bot.heard[-1]
    assert written["from"]["aadObjectId"] == place.box.person("rita").id
    assert written["serviceUrl"] == place.box.service_url
    assert [one.text for one in place.box.chats.messages("rita")] == [
        "ready", "book", "book", "booked"
    ]  # fmt: skip


@real
async def test_a_click_is_answered_with_the_next_card(place: Place) -> None:
    async def answer(activity: Json) -> web.Response:
        body = {"statusCode": 200, "type": CARD_TYPE, "value": card("accepted", "follow")}
        return web.json_response(body)

    place.bot.answer = answer
    id = await place.bot.send("rita", card("offer", "accept"))
    async with place.tab() as tab, place.tab("two") as other:
        await tab.until("offer")
        answered = await place.press(tab, "offer", "accept", note="yes")
        assert answered["value"] == card("accepted", "follow")
        click = place.bot.heard[-1]
        assert click["replyToId"] == id, "the bot's own id, not the Playground's"
        assert click["value"]["trigger"] == "manual"
        assert click["value"]["action"]["verb"] == "accept"
        assert click["value"]["action"]["data"] == {"note": "yes"}
        await other.until("accepted")
        await tab.until("accepted")
        await place.press(tab, "accepted", "follow")
        assert place.bot.heard[-1]["replyToId"] == id
    async with place.tab("three") as later:
        await later.until("accepted")


@real
@pytest.mark.parametrize(
    ("status", "body", "shown"),
    [
        (500, None, "Unable to reach app. Please try again."),
        (200, None, "Unable to reach app. Please try again."),
        (200, {"statusCode": 200, "type": "strange", "value": {}}, "Unable to reach app."),
        (200, {"statusCode": 200, "type": CARD_TYPE, "value": "no card"}, "Unable to reach app."),
        (
            200,
            {
                "statusCode": 400,
                "type": "application/vnd.microsoft.error",
                "value": {"code": "Late", "message": "Too late."},
            },
            "Too late.",
        ),
    ],
)
async def test_a_page_survives_every_answer(
    place: Place, status: int, body: object, shown: str
) -> None:
    async def answer(activity: Json) -> web.Response:
        return web.json_response(body, status=status)

    await place.bot.send("rita", card("offer", "accept"))
    async with place.tab() as tab:
        await tab.until("offer")
        place.bot.answer = answer
        answered = await place.press(tab, "offer", "accept")
        assert answered["type"] == "application/vnd.microsoft.error"
        assert answered["value"]["message"].startswith(shown)
        await place.bot.send("rita", "still here")
        await tab.until("offer", "still here")


@real
async def test_a_click_can_be_answered_with_a_line(place: Place) -> None:
    told = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Hm."}

    async def answer(activity: Json) -> web.Response:
        return web.json_response(told)

    place.bot.answer = answer
    await place.bot.send("rita", card("offer", "accept"))
    async with place.tab() as tab:
        await tab.until("offer")
        answered = await place.press(tab, "offer", "accept")
        assert (answered["type"], answered["value"]) == (told["type"], "Hm.")


@real
async def test_opening_a_page_installs_the_app_once(place: Place) -> None:
    place.box.chats.set("rita", installed=False)
    async with place.tab() as tab:
        for _ in range(3):
            await tab.post(f"/_debug/conversation/{place.conversation}/installation", {})
        await until(lambda: len(place.bot.heard) >= 2)
        await place.bot.send("rita", "hello")
        await tab.until("hello")
    assert place.bot.kinds() == ["installationUpdate", "conversationUpdate"]
    assert place.bot.heard[0]["action"] == "add"


# Times


def test_a_page_shows_the_persons_time_in_whatever_zone_the_browser_is() -> None:
    page = Page(
        id="one",
        browser_zone=zone_of("America/New_York"),
        person_zone=ZoneInfo("Europe/Madrid"),
    )
    at = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    seen = datetime.fromtimestamp(page.stamp(at) / 1000, ZoneInfo("America/New_York"))
    assert seen.strftime("%d %H:%M") == "02 09:30"
    assert zone_of("") == zone_of("Not/AZone") == zone_of("../etc/passwd") == ZoneInfo("UTC")


@real
async def test_messages_carry_the_companys_time(place: Place) -> None:
    await place.bot.send("rita", "hello")
    async with place.tab(zone="Europe/Madrid") as tab:
        await tab.until("hello")
        told = next(iter(tab.shown.values()))
        assert told["timestamp"] == MONDAY.timestamp() * 1000
        written = await place.write(tab, "good morning")
        assert written["timestamp"] == MONDAY.timestamp() * 1000


# The process


@real
async def test_a_playground_that_dies_is_started_again_with_the_chat(place: Place) -> None:
    await place.bot.send("rita", card("offer", "accept"))
    async with place.tab() as tab:
        await tab.until("offer")
        (first,) = _children(os.getpid())
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(30):
            closed = await tab.stream.receive()
        assert closed.type is aiohttp.WSMsgType.CLOSE, "the page comes back by itself then"
    await until(lambda: place.playground.state is State.STARTING)
    await place.bot.send("rita", "while it was away")
    async with place.tab("two") as again:
        await again.until("offer", "while it was away")
        await place.press(again, "offer", "accept")
        assert place.bot.heard[-1]["type"] == "invoke"
    (second,) = _children(os.getpid())
    assert second != first


@real
async def test_a_playground_is_ready_to_be_seen(place: Place) -> None:
    assert place.playground.state is State.STARTING
    await place.playground.up()
    assert place.playground.state is State.READY
    assert not place.playground.shown
    async with place.tab():
        await until(lambda: place.playground.shown)
    await until(lambda: not place.playground.shown)
    assert await place.playgrounds.open(place.box.person("rita")) is place.playground


@real
async def test_a_playground_listens_to_this_machine_only(place: Place) -> None:
    await place.playground.up()
    ports = {place.playground.port, int(place.playground.url.rpartition(":")[2])}
    assert _listening(ports) <= {"127.0.0.1", "::1"}


@real
async def test_a_playground_writes_into_its_folder_and_nowhere_else(place: Place) -> None:
    await place.bot.send("rita", "a secret")
    async with place.tab() as tab:
        await tab.until("a secret")
    (own,) = place.folder.iterdir()
    files = sorted(file.name for file in own.iterdir() if file.is_file())
    assert files == [".m365agentsplayground.yml", "playground.log"]
    assert "a secret" not in (own / "playground.log").read_text()
    assert not (PACKAGES / "devTools").exists()


PARENT = """
import asyncio, signal, sys
from pathlib import Path
from sandbox.m365 import running
from sandbox.playgrounds.every import open_playgrounds
from tests import hour

async def main():
    async with running(weeks=False, machine=hour.now) as box:
        packages = Path(sys.argv[1])
        async with open_playgrounds(box, first_port=0, folder=None, packages=packages) as every:
            every.relay = "http://127.0.0.1:9/teams"
            await (await every.open(box.person("rita"))).up()
            print("up", flush=True)
            await asyncio.sleep(60)

signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell has put it aside
asyncio.run(main())
"""


@real
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_no_playground_outlives_who_started_it(how: signal.Signals) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PARENT,
        str(PACKAGES),
        cwd=PACKAGES,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert parent.stdout is not None
    async with asyncio.timeout(30):
        assert await parent.stdout.readline() == b"up\n"
    (child,) = _children(parent.pid)
    parent.send_signal(how)
    await parent.wait()
    await until(lambda: not _alive(child))


# Whose page it is


@real
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://elsewhere.example"}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Host": "elsewhere.example"}, 403),
    ],
)
async def test_no_other_web_page_gets_in(
    place: Place, headers: dict[str, str], status: int
) -> None:
    async with place.session.get(place.base, headers=headers) as answer:
        assert answer.status == status
    me = place.box.chats.chat("rita").member
    body = {"type": "text", "text": "I resign", "textFormat": "plain", "from": {"id": me}}
    path = f"/_conversation/v1/conversations/{place.conversation}/messages"
    async with place.session.post(place.base + path, json=body, headers=headers) as answer:
        assert answer.status == status
    with contextlib.suppress(aiohttp.WSServerHandshakeError):
        async with place.session.ws_connect(place.base + CHAT, headers=headers):
            assert status == 200


@real
async def test_the_page_is_microsofts_and_loads_nothing_from_outside(place: Place) -> None:
    async with place.session.get(f"{place.base}/?desk") as answer:
        policy = answer.headers["Content-Security-Policy"]
        page = await answer.text()
    assert "Microsoft 365 Agents Playground" in page
    assert '<script src="/page.js">' in page
    assert "page.css" in page
    allowed = {part for part in policy.replace(";", " ").split() if ":" in part}
    assert allowed <= {
        "data:",
        "http://localhost:*",
        "http://127.0.0.1:*",
        "ws://localhost:*",
        "ws://127.0.0.1:*",
    }
    async with place.session.get(place.base) as answer:
        assert "page.css" not in await answer.text(), "by itself the page has all its tools"


@real
async def test_the_connector_is_not_for_pages(place: Place) -> None:
    path = f"/_connector/v3/conversations/{place.conversation}/activities"
    async with place.session.post(place.base + path, json=message("forged")) as answer:
        assert answer.status == 404


# Ports and what has to be installed


@real
async def test_taken_ports_are_passed_over(box: Sandbox, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        first = taken.getsockname()[1]
        async with open_playgrounds(
            box, first_port=first, folder=tmp_path, packages=PACKAGES
        ) as every:
            opened = await asyncio.gather(
                *(every.open(box.person(who)) for who in ("quinn", "rita"))
            )
            ports = [one.port for one in opened]
    assert first < ports[0] < ports[1]


def test_a_missing_package_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"The Playground is not installed: .* Run npm ci\."):
        find(tmp_path)


def test_a_missing_node_is_said_plainly(tmp_path: Path) -> None:
    command = tmp_path / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"
    command.parent.mkdir(parents=True)
    command.touch()
    with pytest.raises(MissingError, match="The Playground needs Node 20 or later"):
        find(tmp_path, tmp_path / "no-node")


@real
async def test_a_playground_that_cannot_start_says_why(box: Sandbox, tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho 'this is no Node'\nexit 3\n")
    node.chmod(0o755)
    async with open_playgrounds(
        box, first_port=0, folder=tmp_path, packages=PACKAGES, node=node
    ) as every:
        playground = await every.open(box.person("rita"))
        await until(lambda: playground.state is State.BROKEN)
        assert playground.trouble == "this is no Node"


# The file it reads


def test_a_playground_is_told_who_it_is_for(box: Sandbox) -> None:
    found = config(box.person("rita"), box.directory, box.chats, tenant="tenant")
    assert found.currentUser.name == "Rita Osei"
    assert found.currentUser.id == box.chats.chat("rita").member
    assert found.personalChat.id == box.chats.chat("rita").conversation
    assert len(found.users) == 5
    assert found.currentUser.id not in {user.id for user in found.users}


async def test_nobodies_make_up_the_number_in_a_small_company() -> None:
    small = Company(name="Two", domain="halden.example", people=(staff("Ann Lee", "Boss"),))
    async with running(company=small, weeks=False, now=MONDAY, machine=hour.now) as box:
        found = config(box.person("ann"), box.directory, box.chats, tenant="tenant")
    assert [user.name for user in found.users] == [f"Nobody {number}" for number in range(5)]


@pytest.mark.parametrize(
    "change",
    [
        {"users": []},
        {"version": None},
        {"unknown": "key"},
        {"bot": {"id": "28:x", "name": "x" * 43}},
        {"personalChat": {"id": ""}},
        {"groupChat": {"id": "team", "name": "as the team"}},
    ],
)
def test_a_file_that_would_end_the_process_is_never_written(box: Sandbox, change: Json) -> None:
    good = config(box.person("rita"), box.directory, box.chats, tenant="tenant").model_dump()
    assert Config.model_validate(good)
    with pytest.raises(ValidationError):
        Config.model_validate({**good, **change})


def _children(pid: int) -> list[int]:
    """Node processes that this one has started, but for Playwright's own."""
    found = []
    for line in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = line.read_text().rpartition(") ")[2].split()[:2]
            called = line.with_name("cmdline").read_text()
            node = Path(called.partition("\0")[0]).name == "node" and "playwright" not in called
            if int(parent) == pid and node and state != "Z":
                found.append(int(line.parent.name))
    return found


def _alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    return False


def _listening(ports: set[int]) -> set[str]:
    """The addresses at which somebody listens on these ports."""
    found = set()
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            local, _, state = line.split()[1:4]
            address, _, port = local.partition(":")
            if state == "0A" and int(port, 16) in ports:
                raw = bytes.fromhex(address)
                words = [raw[at : at + 4][::-1] for at in range(0, len(raw), 4)]
                found.add(socket.inet_ntop(family, b"".join(words)))
    return found
