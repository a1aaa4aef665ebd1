"""The desk over HTTP. Everything is below the address at which the caller mounts `Desk.site`.

    GET  /                            the page; its files are below page/
    GET  /api/state?people=a,b&weeks=0,1
                                      all that the page shows: the clock, what is broken, everybody,
                                      the world outside, and a column for each of these people with
                                      the week so many weeks from now
    GET  /api/changes                 server-sent events: one for each time something has changed
    POST /api/clock                   {"hours": 4}, {"morning_of": "quinn"}, or {"next": true}: to
                                      the next thing that happens
    POST /api/switches                {"name": "graph-down", "on": true}
    GET  /api/people/{who}/chat       the chat with the bot, and what a client needs to draw it
    POST /api/people/{who}/chat       {"text": "book"}: the person writes
    POST /api/people/{who}/clicks     a button of a card, as sandbox/desk/teams.py has it
    POST /api/people/{who}/dialogs    a dialog is asked for, or sent
    POST /api/people/{who}/tab        {"entity": "…", "theme": "dark"}: a tab of the app is opened
    POST /api/people/{who}/token      what Teams gives a tab that asks who looks at it
    POST /api/people/{who}/blocked    {"on": true}: the person has blocked the bot
    POST /api/people/{who}/away       {"on": true}: the person is out of office
    POST /api/people/{who}/events     {"event": id, "do": "accept"}, or tentative, decline, delete,
                                      later (by an hour), cancel, join
    POST /api/people/{who}/mail       {"letter": id}: an answer to everybody on that mail
    POST /api/people/{who}/crm        {"kind": "deals", "id": "…", "name": "amount", "value": "…"}:
                                      the person changes something in the CRM, where there is one
    POST /api/people/{who}/crm/new    {"lead": 0}: a prospect is a lead there; {"deal": contact}
    POST /api/outside                 {"letter": id, "answer": "accept"}, or tentative, decline,
                                      join
    POST /api/form                    {"who": 0, "once": "…", …}: a form on somebody's site is sent,
                                      where there is one
    GET  /packages/{name}             what draws cards, from node_modules

and where Playgrounds are there as a second client:

    POST /api/people/{who}/playground opens the person's; its page is on a port of its own
    POST /teams/{who}/api/messages    from the person's Playground, which takes it for the bot

An answer is JSON. What is asked for wrongly is answered with 400 and a sentence in `error`.
Nothing is done for another web page: its requests are refused with 403.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.company import Person
from sandbox.desk import acts, crm, form, tabs, teams, view
from sandbox.desk.acts import AskedWronglyError, Next
from sandbox.m365 import Sandbox
from sandbox.playgrounds.every import Playgrounds, open_playgrounds
from sandbox.playgrounds.package import TERMS, MissingError
from sandbox.teams.chats import ChatChange

PAGE = Path(__file__).with_name("page")
PACKAGES = {  # what draws cards, and where it lies in node_modules
    "adaptivecards.js": "adaptivecards/dist/adaptivecards.min.js",
    "markdown-it.js": "markdown-it/dist/browser/markdown-it.umd.min.js",
}
LARGEST = 1024 * 1024
MOST_COLUMNS = 3
LINGER = 0.1  # seconds in which several changes become one
BEAT = 15.0  # seconds after which a silent stream shows that it is alive
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FRAMES = "; frame-src http://localhost:* http://127.0.0.1:*"


class Desk:
    def __init__(
        self,
        box: Sandbox,
        *,
        packages: Path,
        manifest: Mapping[str, Any],
        playgrounds: Playgrounds | None,
    ) -> None:
        self.pass_time: Callable[[datetime], Awaitable[object]] = self._jump
        self.what_next: Callable[[], Awaitable[Next | None]] = _nobody_knows
        self.zones: Callable[[Sequence[str]], Awaitable[Mapping[str, str]]] = _as_sent
        self.has_crm = False  # whether people have a CRM beside Outlook
        self.form: form.Form | None = None  # on somebody's site, which hands leads in
        self._moving = asyncio.Lock()
        self._box = box
        self._packages = {name: packages / "node_modules" / path for name, path in PACKAGES.items()}
        self._manifest = manifest
        self._offers = {**teams.offers(manifest), "tabs": tabs.named(manifest)}
        self._chats = Counter[str]()  # how often each person's chat has changed
        self._editions = Counter[str]()  # how often each message has been edited, by its id
        self._typing = set[str]()  # for whom the bot says that it is
        self._playgrounds = playgrounds
        self._names = set(view.NAMES)
        self._missing = ""  # of the Playgrounds
        self._id = uuid4().hex  # another one after a restart
        self._streams: set[asyncio.Event] = set()
        self._closed = False
        self.site = self._made_site()

    def listens_at(self, url: str) -> None:
        """Where the site is, with its last slash; the Playgrounds post there."""
        base = url.rstrip("/")
        if self._playgrounds:
            self._playgrounds.relay = f"{base}/teams"
            self._playgrounds.shared = f"{base}/scripts"
        self._names.add(urlsplit(url).hostname or "localhost")

    def changed(self, *_: object) -> None:
        """Whoever looks at the page sees it as it is now."""
        for stream in self._streams:
            stream.set()

    def heard(self, change: ChatChange) -> None:
        """A chat is another than it was."""
        person = change.message.person
        if change.kind == "typing":
            self._typing.add(person)
        elif change.message.from_bot:
            self._typing.discard(person)
        if change.kind == "edited":
            self._editions[change.message.id] += 1
        self._chats[person] += 1
        self.changed()

    async def _jump(self, to: datetime) -> None:
        """How time passes unless whoever opened the desk knows what must happen on the way."""
        self._box.clock.set(to)

    def _made_site(self) -> web.Application:
        site = web.Application(middlewares=[self._guarded], client_max_size=LARGEST)
        router = site.router
        router.add_get("", self._enter)
        router.add_get("/", self._page)
        router.add_static("/page", PAGE)
        router.add_get("/packages/{name}", self._package)
        router.add_get("/api/state", self._state)
        router.add_get("/api/changes", self._changes)
        router.add_post("/api/clock", self._move)
        router.add_post("/api/switches", self._switch_fault)
        router.add_get("/api/people/{who}/chat", self._chat)
        router.add_post("/api/people/{who}/chat", self._say)
        router.add_post("/api/people/{who}/clicks", self._press)
        router.add_post("/api/people/{who}/dialogs", self._dialog)
        router.add_post("/api/people/{who}/tab", self._look)
        router.add_post("/api/people/{who}/token", self._token)
        router.add_post("/api/people/{who}/blocked", self._block)
        router.add_post("/api/people/{who}/away", self._go_away)
        router.add_post("/api/people/{who}/events", self._act)
        router.add_post("/api/people/{who}/mail", self._write)
        router.add_post("/api/people/{who}/crm", self._enter_in_crm)
        router.add_post("/api/people/{who}/crm/new", self._add_to_crm)
        router.add_post("/api/outside", self._reply)
        router.add_post("/api/form", self._fill_in)
        if self._playgrounds:
            router.add_get("/scripts/{name}", self._script)
            router.add_post("/api/people/{who}/playground", self._open)
            router.add_post("/teams/{who}/api/messages", self._deliver)
        site.on_shutdown.append(self._shut)
        return site

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if not self._may(request):
                return _said(403, "The desk takes this from its own page only.")
            response = await handler(request)
        except AskedWronglyError as problem:
            return _said(400, str(problem))
        if not response.prepared:
            app = tabs.address(self._box)
            frames = FRAMES if self._playgrounds else f"; frame-src {app}" if app else ""
            response.headers["Content-Security-Policy"] = POLICY + frames
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers.setdefault("Cache-Control", "no-cache")
        return response

    def _may(self, request: web.Request) -> bool:
        """A browser says from where it asks; others, such as a Playground, say nothing."""
        if urlsplit(f"//{request.host}").hostname not in self._names:
            return False
        if request.method in ("GET", "HEAD"):
            return True
        origin = request.headers.get("Origin")
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        return site == "same-origin" and (origin is None or urlsplit(origin).netloc == request.host)

    # What is shown

    async def _enter(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(f"{request.path}/")

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html")

    async def _package(self, request: web.Request) -> web.StreamResponse:
        found = self._packages.get(request.match_info["name"])
        if found is None or not found.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(found)

    async def _script(self, request: web.Request) -> web.StreamResponse:
        """Of Microsoft's page: all Playgrounds load it from here, so that it is read once."""
        found = self._playgrounds.script(request.match_info["name"]) if self._playgrounds else None
        if found is None:
            raise web.HTTPNotFound
        return web.FileResponse(found, headers={"Cache-Control": "max-age=604800, immutable"})

    async def _state(self, request: web.Request) -> web.Response:
        box = self._box
        asked = [name for name in request.query.get("people", "").split(",") if name]
        if len(asked) > MOST_COLUMNS:
            raise AskedWronglyError(f"There is room for {MOST_COLUMNS} people.")
        people = [acts.person(box, name) for name in asked]
        zones = await self.zones(view.strangers(box))
        weeks = _numbers(request.query.get("weeks", ""), len(people))
        return web.json_response(
            {
                "desk": self._id,
                "company": box.company,
                "missing": self._not_installed(),
                "playgrounds": TERMS if self._playgrounds else "",
                "clock": view.clock(box),
                "switches": view.switches(box),
                "everybody": view.everybody(box),
                "columns": [
                    {
                        **view.column(box, who, week),
                        "chat": self._chats[who.id],
                        "crm": crm.shown(box, who) if self.has_crm else None,
                        "playground": self._playground(who),
                    }
                    for who, week in zip(people, weeks, strict=True)
                ],
                "outside": view.outside(box, zones),
                "form": form.shown() if self.form else None,
            }
        )

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await stream.prepare(request)
        changed = asyncio.Event()
        changed.set()  # what has happened before the stream was there counts, too
        self._streams.add(changed)
        with suppress(ConnectionError):
            try:
                while not self._closed:
                    await _one_of(changed, BEAT)
                    await stream.write(b"data: changed\n\n" if changed.is_set() else b": alive\n\n")
                    changed.clear()
                    await asyncio.sleep(LINGER)
            finally:
                self._streams.discard(changed)
        return stream

    async def _chat(self, request: web.Request) -> web.Response:
        who = self._who(request)
        told = {
            **teams.chat(self._box, who, self._editions),
            "chat": self._chats[who.id],
            "typing": who.id in self._typing,
            "offers": self._offers,
        }
        return web.json_response(told)

    def _not_installed(self) -> str:
        """Why no card can be drawn, and what to do; empty where they can."""
        lacking = [file for file in self._packages.values() if not file.is_file()]
        return f"Teams is not installed: {lacking[0]} is not there. Run npm ci." if lacking else ""

    def _playground(self, who: Person) -> dict[str, Any] | None:
        if self._playgrounds is None:
            return None
        playground = self._playgrounds.get(who)
        if playground is None:
            state = "missing" if self._missing else "closed"
            return {"state": state, "port": None, "seen": False, "trouble": self._missing}
        return {
            "state": playground.state.value,
            "port": playground.port,
            "seen": playground.shown,
            "trouble": playground.trouble,
        }

    # What is done

    async def _move(self, request: web.Request) -> web.Response:
        asked = acts.read(acts.Move, await request.read())
        async with self._moving:
            next = await self.what_next() if asked.next else None
            await self.pass_time(acts.moved(self._box, asked, next))
        now = self._box.clock().isoformat()
        return web.json_response({"now": now, "what": next.what if next else ""})

    async def _switch_fault(self, request: web.Request) -> web.Response:
        acts.switch_fault(self._box, acts.read(acts.SwitchFault, await request.read()))
        return self._done()

    async def _block(self, request: web.Request) -> web.Response:
        asked = acts.read(acts.Block, await request.read())
        acts.block(self._box, self._who(request), on=asked.on)
        return self._done()

    async def _go_away(self, request: web.Request) -> web.Response:
        """Whoever knows what follows looks at once: no time has to pass."""
        asked = acts.read(acts.Away, await request.read())
        acts.away(self._box, self._who(request), on=asked.on)
        async with self._moving:
            await self.pass_time(self._box.clock())
        return self._done()

    async def _act(self, request: web.Request) -> web.Response:
        asked = acts.read(acts.Act, await request.read())
        acts.act(self._box, self._who(request), asked)
        return self._done()

    async def _write(self, request: web.Request) -> web.Response:
        asked = acts.read(acts.Write, await request.read())
        acts.write(self._box, self._who(request), asked)
        return self._done()

    async def _enter_in_crm(self, request: web.Request) -> web.Response:
        crm.change(self._with_crm(request), acts.read(crm.Change, await request.read()))
        return await self._in_crm()

    async def _add_to_crm(self, request: web.Request) -> web.Response:
        crm.add(self._with_crm(request), acts.read(crm.Add, await request.read()))
        return await self._in_crm()

    def _with_crm(self, request: web.Request) -> Sandbox:
        self._who(request)
        if not self.has_crm:
            raise AskedWronglyError("The company has no CRM.")
        return self._box

    async def _in_crm(self) -> web.Response:
        """As `_go_away`: it is looked at soon, and need not be waited for here."""
        async with self._moving:
            await self.pass_time(self._box.clock())
        return self._done()

    async def _reply(self, request: web.Request) -> web.Response:
        acts.reply(self._box, acts.read(acts.Reply, await request.read()))
        return self._done()

    async def _fill_in(self, request: web.Request) -> web.Response:
        if self.form is None:
            raise AskedWronglyError("Nobody has a form that hands leads in.")
        asked = acts.read(form.Filled, await request.read())
        return web.json_response(await self.form.send(asked))

    async def _say(self, request: web.Request) -> web.Response:
        asked = acts.read(teams.Say, await request.read())
        await teams.say(self._box, self._who(request), asked)
        return web.json_response({})

    async def _press(self, request: web.Request) -> web.Response:
        asked, who = acts.read(teams.Press, await request.read()), self._who(request)
        told = await teams.press(self._box, who, asked)
        # The page may not have heard yet of an edit that this answer comes after.
        asof = {"edition": self._editions[asked.message], "chat": self._chats[who.id]}
        return web.json_response(told | asof)

    async def _dialog(self, request: web.Request) -> web.Response:
        asked = acts.read(teams.Dialog, await request.read())
        return web.json_response(await teams.dialog(self._box, self._who(request), asked))

    async def _look(self, request: web.Request) -> web.Response:
        asked = acts.read(tabs.Look, await request.read())
        return web.json_response(tabs.look(self._box, self._manifest, self._who(request), asked))

    async def _token(self, request: web.Request) -> web.Response:
        return web.json_response(tabs.token(self._box, self._who(request)))

    async def _open(self, request: web.Request) -> web.Response:
        who = self._who(request)
        assert self._playgrounds, "the address is there with Playgrounds only"
        try:
            await self._playgrounds.open(who)
            self._missing = ""
        except (MissingError, OSError) as problem:
            self._missing = str(problem)
        self.changed()
        return web.json_response(self._playground(who))

    async def _deliver(self, request: web.Request) -> web.Response:
        assert self._playgrounds, "the address is there with Playgrounds only"
        playground = self._playgrounds.get(self._who(request))
        if playground is None:
            return _said(404, "That person's Teams is not open.")
        try:
            activity = json.loads(await request.read())
        except ValueError as problem:
            raise AskedWronglyError("That is not JSON.") from problem
        if not isinstance(activity, dict):
            raise AskedWronglyError("That is no activity.")
        status, body = await playground.deliver(activity)
        return web.json_response(body, status=status)

    def _who(self, request: web.Request) -> Person:
        return acts.person(self._box, request.match_info["who"])

    def _done(self) -> web.Response:
        self.changed()
        return web.json_response({})

    async def _shut(self, _: web.Application) -> None:
        """Streams end: a server that stops would wait for them."""
        self._closed = True
        self.changed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """That Microsoft's Playgrounds can be looked at besides the desk's own Teams: on ports from
    *first_port* up, on this machine only. *folder* is where they may write (None: somewhere
    temporary), *node* what runs them (None: the one on this machine).
    """

    first_port: int
    folder: Path | None = None
    node: Path | None = None


@asynccontextmanager
async def open_desk(
    box: Sandbox, *, packages: Path, manifest: Mapping[str, Any], framed: Framed | None = None
) -> AsyncIterator[Desk]:
    """The desk, to be mounted by the caller: site.add_subapp("/desk/", desk.site).

    `packages` is the folder with node_modules, `manifest` that of the app that people have in
    Teams. Everything that was started has ended afterwards.
    """
    async with AsyncExitStack() as stack:
        playgrounds = None
        if framed:
            playgrounds = await stack.enter_async_context(
                open_playgrounds(
                    box,
                    first_port=framed.first_port,
                    folder=framed.folder,
                    packages=packages,
                    node=framed.node,
                )
            )
        desk = Desk(box, packages=packages, manifest=manifest, playgrounds=playgrounds)
        if playgrounds:
            playgrounds.changed = desk.changed
        heard = (box.clock.listeners, box.mailboxes.listeners)
        for listeners in heard:
            listeners.append(desk.changed)
        box.chats.listeners.append(desk.heard)
        try:
            yield desk
        finally:
            box.chats.listeners.remove(desk.heard)
            for listeners in heard:
                listeners.remove(desk.changed)


def _said(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)


def _numbers(text: str, count: int) -> list[int]:
    """So many whole numbers, 0 where none is given. Raises AskedWronglyError."""
    try:
        found = [int(part) for part in text.split(",") if part]
    except ValueError as problem:
        raise AskedWronglyError(f"weeks takes whole numbers, not {text}.") from problem
    if any(abs(one) > 520 for one in found):
        raise AskedWronglyError("That week is too far away.")
    return (found + [0] * count)[:count]


async def _one_of(changed: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await changed.wait()


async def _nobody_knows() -> None:
    """Microsoft 365 by itself waits for nothing: what happens next, an app knows."""


async def _as_sent(_: Sequence[str]) -> Mapping[str, str]:
    """Nobody knows where strangers are: they read in the zone of whoever wrote to them."""
    return {}
