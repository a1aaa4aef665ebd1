"""The sandbox as a whole: one HTTPS server on this machine that is Microsoft 365, and a CRM beside
it, for whoever is given its addresses.
"""

import asyncio
import atexit
import base64
import binascii
import functools
import math
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox import weeks
from sandbox.botframework import KEYS, METADATA, BotFramework
from sandbox.clock import Clock
from sandbox.company import Company, Mailbox, Person, Who, halden
from sandbox.crm.dataverse import Dataverse
from sandbox.crm.hubspot import HubSpot
from sandbox.crm.records import DATAVERSE, HUBSPOT, SALESFORCE, Records
from sandbox.crm.salesforce import Salesforce
from sandbox.entra import ROLES, Entra, SignInError
from sandbox.exchange.outlook import Outlook
from sandbox.exchange.outside import Outside
from sandbox.faults import CutError, Faults, Part, Status, before
from sandbox.graph.apps import Apps
from sandbox.graph.delta import Deltas
from sandbox.graph.door import JSON_TYPE, RefusedError, error
from sandbox.graph.notifications import Notifications
from sandbox.graph.service import Graph
from sandbox.identity import CONTAINER, MACHINE, Identities
from sandbox.key_value_store import Content, KeyValueStore
from sandbox.limits import Limits
from sandbox.request_log import LoggedRequest, RequestLog
from sandbox.teams.catalog import Catalog
from sandbox.teams.chats import Chats
from sandbox.teams.connector import Connector, Reply
from sandbox.teams.meetings import TeamsMeetings
from sandbox.teams.person import Teams
from sandbox.tenant import Tenant, tenant
from sandbox.tls import Certificates, certificates

HOST = "127.0.0.1"
REGION = "emea"  # as in https://smba.trafficmanager.net/emea/
LARGEST_REQUEST = 8 * 1024 * 1024
MADRID = ZoneInfo("Europe/Madrid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a sandbox was made with; the first start decides."""

    company: str
    first_monday: datetime  # midnight in UTC
    weeks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    offset: timedelta
    stands_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """All that a sandbox holds, for others to begin with."""

    content: Content
    requests: tuple[LoggedRequest, ...]


class Sandbox:
    """Its parts are public: tests and the desk reach for them by name."""

    def __init__(
        self,
        *,
        folder: Path | None = None,
        company: Company | None = None,
        weeks: bool = True,
        now: datetime | None = None,
        machine: Callable[[], datetime],
        like: Copy | None = None,
    ) -> None:
        self._company = company or halden()
        self._with_weeks = weeks
        self._store = KeyValueStore(folder, like.content if like else None)
        self._times = self._store.bucket("time", Time)
        self._setups = self._store.bucket("setup", Setup)
        self.certificates: Certificates = certificates(folder) if folder else _throwaway()
        self.clock = self._restored_clock(machine)
        # The ids of the application and the tenant come first: everything else carries them.
        self.entra = Entra(self._store, domain=self._company.domain, keep_keys=folder is not None)
        self.identities = Identities(self.entra)
        self.tenant: Tenant = tenant(
            self._store, self.clock, id=self.entra.app.tenant, client_id=self.entra.app.client_id
        )
        self.directory = self.tenant.directory
        self.mailboxes = self.tenant.mailboxes
        self.outlook: Outlook = self.tenant.outlook
        self.outside: Outside = self.tenant.outside
        self.post = self.tenant.post
        self.transport = self.tenant.transport
        self.faults = Faults(self.directory)
        self.limits = Limits()
        self.requests = RequestLog(like.requests if like else ())
        trusting = self.certificates.trusting()
        self.notifications = Notifications(self.tenant, self._store, self.faults, trusting)
        self.deltas = Deltas(self.tenant, self._store)
        self.botframework = BotFramework(
            self._store, client_id=self.entra.app.client_id, keep_keys=folder is not None
        )
        self.chats = Chats(
            self._store, self.directory, self.clock, client_id=self.entra.app.client_id
        )
        self.teams = Teams(
            chats=self.chats,
            directory=self.directory,
            botframework=self.botframework,
            clock=self.clock,
            store=self._store,
            tenant=self.entra.app.tenant,
            trusting=trusting,
        )
        self.catalog = Catalog(self._store)
        self.crm = Records(self._store, self.clock)
        self.hubspot = HubSpot(self.crm, self.faults, self.clock, trusting)
        self.salesforce = Salesforce(self.crm, self.faults, self.clock)
        self.dataverse = Dataverse(self.crm, self.entra, self.faults)
        self._connector = Connector(
            chats=self.chats,
            directory=self.directory,
            entra=self.entra,
            faults=self.faults,
            limits=self.limits,
        )
        self.meetings = TeamsMeetings(mailboxes=self.mailboxes, store=self._store, clock=self.clock)
        self._graph = Graph(
            tenant=self.tenant,
            entra=self.entra,
            faults=self.faults,
            limits=self.limits,
            requests=self.requests,
            notices=self.notifications,
            deltas=self.deltas,
            meetings=self.meetings,
            apps=Apps(self.tenant, self.entra, self.catalog, self.teams),
        )
        self.url = ""
        if now:
            self.clock.freeze(now)
        if not self._setups:
            self._begin(keep_time=now is not None)

    # For whoever uses it

    @property
    def bot_url(self) -> str | None:
        """Where the bot listens; Teams posts there."""
        return self.teams.bot_url

    @bot_url.setter
    def bot_url(self, url: str | None) -> None:
        self.teams.bot_url = url

    @property
    def service_url(self) -> str:
        """What activities carry as serviceUrl."""
        return f"{self.url}/{REGION}/"

    @property
    def company(self) -> str:
        """The company's name."""
        return self._setups["setup"].company

    @property
    def first_monday(self) -> datetime:
        """Midnight in UTC of the Monday from which the calendars were written."""
        return self._setups["setup"].first_monday

    def env(self) -> dict[str, str]:
        """The settings with which the product takes this for Microsoft 365."""
        return {
            "TENANT_ID": self.entra.app.tenant,
            "CLIENT_ID": self.entra.app.client_id,
            "CLIENT_SECRET": self.entra.app.secret,
            "LOGIN_URL": self.url,
            "GRAPH_URL": self.url,
            "BOT_OPENID_URL": self.url + METADATA,
            "CA_FILE": str(self.certificates.ca_file),
        }

    def crm_env(self, make: str = HUBSPOT) -> dict[str, str]:
        """The settings with which the product takes this for the company's CRM, of that *make*; one
        of another make than before is empty.
        """
        if make != self.crm.make:
            self.crm.settle(self.directory, make)
        if make == SALESFORCE:
            app = self.salesforce.app
            return {
                "CRM": "salesforce",
                "CRM_URL": self.url,
                "CRM_CLIENT_ID": app.key,
                "CRM_TOKEN": app.secret,
            }
        if make == DATAVERSE:
            return {"CRM": "dataverse", "CRM_URL": self.url}
        return {
            "CRM": "hubspot",
            "CRM_URL": self.url,
            "CRM_TOKEN": self.hubspot.key.token,
            "CRM_WEBHOOK_SECRET": self.hubspot.webhooks.app.secret,
        }

    def person(self, who: Who) -> Person:
        """By id, address, given name or full name. Raises UnknownPersonError."""
        return self.directory.find(who)

    def set_mailbox(self, who: Who, state: Mailbox) -> None:
        """Open, denied to the application, or not there."""
        self.directory.change(who, mailbox=state)

    def scope(self, role: str, *who: Who) -> None:
        """The application may do this in these mailboxes only, by Exchange's own access control."""
        self.entra.scope(role, [self.person(one).id for one in who])

    def copy(self) -> Copy:
        """For a sandbox that is to begin as this one is now. Both must be at the same address,
        which stands in what Teams and Outlook have given out.
        """
        return Copy(content=self._store.content(), requests=tuple(self.requests))

    async def settled(self) -> None:
        """Every notification that has been caused has been posted once; what is on its way from one
        mailbox to another still is.
        """
        await self.notifications.settled()
        await self.hubspot.webhooks.settled()

    def reset(self) -> None:
        """As at the very first start, but for the clock, the address and who the application is."""
        self.transport.at_once()
        self.tenant.meetings.tells_everyone = True
        self.notifications.clear()
        self.deltas.clear()
        self.chats.clear()
        self.catalog.clear()
        self.mailboxes.clear()
        self.post.clear()
        self.meetings.clear()
        self.faults.clear()
        self.limits.clear()
        self.requests.clear()
        self.entra.grant_exactly(*ROLES)
        self._begin(keep_time=True)

    def restore(self, copy: Copy) -> None:
        """As it was when the copy was made of it, with nothing broken; a clock that stood stands
        there again. What was to be posted is not.
        """
        self.notifications.clear()
        self._store.restore(copy.content)
        for one in (self.directory, self.mailboxes, self.chats, self.deltas, self.notifications):
            one.index()
        kept = self._times.get("time")
        if kept and kept.stands_at:
            self.clock.freeze(kept.stands_at)
        self.faults.clear()
        self.requests.clear()
        for asked in copy.requests:
            self.requests.add(asked)

    # Life

    async def start(self) -> None:
        await self.notifications.start()
        await self.teams.start()
        await self.hubspot.webhooks.start()
        self._store.commit()

    async def stop(self) -> None:
        await self.notifications.stop()
        await self.teams.stop()
        await self.hubspot.webhooks.stop()
        self.close()

    def close(self) -> None:
        """What was done is written, and what was on its way has arrived. Enough for a sandbox that
        was never started.
        """
        self.transport.at_once()
        self._store.close()

    def listens_at(self, url: str) -> None:
        """Every address that is handed out from now on begins so."""
        self.url = url
        self.entra.base = url
        self.botframework.base = url
        self._graph.base = f"{url}/v1.0"
        self._connector.service_url = self.service_url
        self.teams.service_url = self.service_url

    def application(self) -> web.Application:
        """The server's part, for whoever runs it with others."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    def _begin(self, *, keep_time: bool = False) -> None:
        if not keep_time:
            self.clock.set(working_moment(self.clock()))
        now = self.clock()
        monday = (now - timedelta(days=now.weekday())).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        self._setups["setup"] = Setup(
            company=self._company.name, first_monday=monday, weeks=self._with_weeks
        )
        self.directory.settle(self._company)
        self.crm.settle(self.directory)
        if self._with_weeks:
            weeks.write(self.tenant, monday)
            self.post.clear()  # what was sent before anybody looked is of no interest

    def _restored_clock(self, machine: Callable[[], datetime]) -> Clock:
        kept = self._times.get("time")
        clock = Clock(machine, offset=kept.offset if kept else timedelta(0))
        if kept and kept.stands_at:
            clock.freeze(kept.stands_at)

        def keep(now: datetime) -> None:
            stands_at = now if clock.frozen else None
            self._times["time"] = Time(offset=clock.offset, stands_at=stands_at)

        clock.listeners.append(keep)
        return clock

    # Requests

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        parts = tuple(part for part in request.path.split("/") if part)
        try:
            answer = await self._part(request, parts)
        except CutError as cut:
            self._store.commit()
            await _cut(request, cut.after)
            return web.Response(status=500)  # written to a connection that is gone
        self._store.commit()
        return answer

    async def _part(self, request: web.Request, parts: tuple[str, ...]) -> web.StreamResponse:
        match parts:
            case ("v1.0" | "beta", *_):
                return await self._ask_graph(request)
            case ("emea", "v3", *_):
                return await self._ask_teams(request, parts[2:])
            case ("v1", ".well-known", _):
                return await self._ask_bot_keys(request)
            case (_, "v2.0", ".well-known", "openid-configuration"):
                return await self._ask_entra(request, parts[0], "metadata")
            case (_, "discovery", "v2.0", "keys"):
                return await self._ask_entra(request, parts[0], "keys")
            case (_, "oauth2", "v2.0", "token") if request.method == "POST":
                return await self._ask_entra(request, parts[0], "token")
            case ("msi", "token") | ("metadata", "identity", "oauth2", "token"):
                return self._ask_identity(request)
        if dialect := self._dialect(parts):
            return await self._ask_crm(request, dialect)
        return web.json_response({"error": {"code": "NotFound"}}, status=404)

    def _dialect(self, parts: tuple[str, ...]) -> HubSpot | Salesforce | Dataverse | None:
        match parts:
            case ("crm" | "account-info" | "marketing", *_):
                return self.hubspot
            case ("services", *_):
                return self.salesforce
            case ("api", "data", *_):
                return self.dataverse
        return None

    async def _ask_graph(self, request: web.Request) -> web.StreamResponse:
        version, _, path = request.rel_url.raw_path.lstrip("/").partition("/")
        if version != "v1.0":
            answer = error(RefusedError(400, "BadRequest", f"Invalid version: {version}."))
        else:
            headers = {name.lower(): value for name, value in request.headers.items()}
            headers["prefer"] = ",".join(request.headers.getall("Prefer", []))
            answer = await self._graph.answer(
                method=request.method,
                url=self.url + str(request.rel_url),
                raw_path="/" + path,
                query=dict(request.query),
                headers=headers,
                content=await request.read(),
            )
        response = web.Response(status=answer.status, body=answer.content())
        if answer.body is not None:
            response.headers["Content-Type"] = JSON_TYPE
        response.headers.update(answer.headers)
        return response

    async def _ask_teams(
        self, request: web.Request, segments: tuple[str, ...]
    ) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        status = 0
        try:
            reply = await self._connector.answer(
                request.method, segments, token, await request.read()
            )
            status = reply.status
        finally:
            self._note("teams", request, status, self._connector.person_of(segments))
        return _response(reply)

    async def _ask_bot_keys(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        effect = self.faults.hit(Part.BOT_KEYS, request.method, path)
        if isinstance(effect, Status):
            self._note("bot keys", request, effect.status, None)
            return web.Response(status=effect.status)
        await before(effect)
        found = {METADATA: self.botframework.metadata, KEYS: self.botframework.key_set}.get(path)
        self._note("bot keys", request, 200 if found else 404, None)
        return web.json_response(found()) if found else web.Response(status=404)

    async def _ask_entra(self, request: web.Request, name: str, what: str) -> web.StreamResponse:
        effect = self.faults.hit(Part.ENTRA, request.method, request.path)
        if isinstance(effect, Status):
            self._note("entra", request, effect.status, None)
            return web.json_response({"error": effect.code}, status=effect.status)
        await before(effect)
        try:
            if what == "metadata":
                body = self.entra.metadata(name)
            elif what == "keys":
                body = self.entra.key_set()
            else:
                form = {key: str(value) for key, value in (await request.post()).items()}
                body = self.entra.sign_in(name, form, _basic(request))
        except SignInError as refused:
            self._note("entra", request, refused.status, None)
            return web.json_response(refused.body(), status=refused.status)
        self._note("entra", request, 200, None)
        return web.json_response(body, headers={"Cache-Control": "no-store, no-cache"})

    async def _ask_crm(
        self, request: web.Request, dialect: HubSpot | Salesforce | Dataverse
    ) -> web.StreamResponse:
        status = 0
        try:
            answer = await dialect.answer(
                request.method,
                request.rel_url.raw_path.strip("/").split("/"),
                request.query,
                request.headers,
                await request.read(),
            )
            status = answer.status
        finally:
            self._note("crm", request, status, None)
        if answer.body is None:
            return web.Response(status=answer.status, headers=answer.headers)
        if isinstance(answer.body, str):
            xml = {"Content-Type": "text/xml; charset=utf-8", **answer.headers}
            return web.Response(status=answer.status, text=answer.body, headers=xml)
        return web.json_response(answer.body, status=answer.status, headers=answer.headers)

    def _ask_identity(self, request: web.Request) -> web.StreamResponse:
        path = CONTAINER if request.path == CONTAINER else MACHINE
        status, body = self.identities.answer(path, request.query, request.headers)
        self._note("identity", request, status, None)
        return web.json_response(body, status=status)

    def _note(self, part: str, request: web.Request, status: int, person: str | None) -> None:
        self.requests.add(
            LoggedRequest(
                part=part,
                method=request.method,
                path=request.path,
                status=status,
                person=person,
                at=self.clock(),
            )
        )


@asynccontextmanager
async def running(
    *,
    folder: Path | None = None,
    port: int = 0,
    company: Company | None = None,
    weeks: bool = True,
    bot_url: str | None = None,
    now: datetime | None = None,
    machine: Callable[[], datetime],
    like: Copy | None = None,
) -> AsyncIterator[Sandbox]:
    """A sandbox that listens on this machine for as long as the block lasts.

    With a folder it goes on where it was left; `company` and `weeks` count at its first start
    only. Without one nothing is kept. `now` freezes the clock there before anything is written.
    Otherwise it goes by `machine` until it is moved. `like` is how it begins instead of anew: with
    that one's clock and company, and all that has happened.
    Raises OSError when the port is taken.
    """
    box = Sandbox(folder=folder, company=company, weeks=weeks, now=now, machine=machine, like=like)
    box.bot_url = bot_url
    runner = web.AppRunner(box.application(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port, ssl_context=box.certificates.serving())
        await site.start()
        box.listens_at(f"https://{HOST}:{runner.addresses[0][1]}")
        await box.start()
        yield box
    finally:
        await box.stop()
        await _hang_up(runner)


async def _hang_up(runner: web.AppRunner) -> None:
    """Every connection is cut: a polite end of TLS would wait for the other side."""
    for connection in list(runner.server.connections) if runner.server else []:
        if connection.transport is not None:
            connection.transport.abort()
    await runner.cleanup()
    await asyncio.sleep(0)  # lets the sockets be closed


def working_moment(now: datetime) -> datetime:
    """Now, when Madrid is at work with most of a day before it; else 09:40 of the next day on
    which it is.
    """
    there = now.astimezone(MADRID)
    if there.weekday() < 4 and 9 <= there.hour < 15:
        return now
    morning = there.replace(hour=9, minute=40, second=0, microsecond=0)
    if there >= morning:
        morning += timedelta(days=1)
    while morning.weekday() >= 4:
        morning += timedelta(days=1)
    return morning


@functools.cache
def _throwaway() -> Certificates:
    """For sandboxes without a folder: one pair for the whole process, away with it at its end."""
    folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return certificates(folder)


def _response(reply: Reply) -> web.Response:
    headers = {}
    if reply.retry_after is not None:
        headers["Retry-After"] = str(int(reply.retry_after))
    if reply.html is not None:
        return web.Response(
            status=reply.status, text=reply.html, content_type="text/html", headers=headers
        )
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    return web.json_response(reply.body, status=reply.status, headers=headers)


def _basic(request: web.Request) -> tuple[str, str] | None:
    """Client id and secret sent as a header, which the standard allows besides the form."""
    scheme, _, content = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(content).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, secret


async def _cut(request: web.Request, after: float) -> None:
    """After some seconds, or as soon as the other side has had enough, the connection is
    no more.
    """
    steps = math.ceil(after / 0.05)
    for _ in range(steps):
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(0.05)
    if request.transport is not None:
        request.transport.abort()
