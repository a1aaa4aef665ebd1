"""The app, put together: everything opened, and closed on the way out. Who serves, who works."""

import asyncio
import gc
import logging
import signal
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import structlog
import uvloop
from aiohttp import ClientConnectionResetError, web
from aiohttp.http_exceptions import HttpProcessingError
from procrastinate import App, PsycopgConnector

from bot import proof
from bot.endpoint import LARGEST, Endpoint
from bot.messenger import Messenger
from cards.tab_link import TabLinks
from crm.dataverse import Dataverse
from crm.errors import CrmBusyError, CrmSignInError
from crm.hubspot import HubSpot
from crm.port import Crm
from crm.salesforce import Salesforce
from graph.client import Graph
from graph.errors import BusyError, SignInError
from graph.outlook import Outlook
from graph.sign_in import SignIn
from handoff.effects import SyncPeopleWhenDue
from handoff.policy import Policy
from jobs import tasks, worker
from jobs.services import Services
from policy import reading
from policy.rules import rules_of
from settings import Settings
from store.database import UNANSWERED, Pool, pool, what_to_do
from store.stores import Stores
from tabs import proof as tab_proof
from tabs.site import Site, Tab
from telemetry import exporting, log_what_breaks, publish_metrics
from tokens import Tokens, UnprovenError
from web import health, limits, unavailable
from web.answers import PATH, Answers
from web.figures_api import FiguresApi
from web.files import Files
from web.headers import describe
from web.hubspot import HUBSPOT_AT, HubSpotEvents
from web.leads_api import LeadsApi
from web.notifications import Notifications
from web.pages import Pages
from web.prospect import Prospects
from web.sheets import Turns

log = structlog.get_logger()

T = TypeVar("T")
Clock = Callable[[], datetime]
LISTENS_EVERY = 60  # seconds
SELDOM = (50_000, 20, 100)  # so many things made before they are gone through
ANEW = 2  # seconds after which what should never end, and did, begins anew


@dataclass(frozen=True, slots=True)
class Running:
    """The app, open."""

    site: web.Application
    queue: App
    services: Services
    tokens: Tokens  # the Bot Framework's
    notifications: Notifications
    pulse: worker.Pulse

    async def listen(self) -> None:
        """Says each minute that somebody answers Graph, until cancelled."""
        while True:
            try:
                await self.notifications.listening()
            except UNANSWERED as error:  # it says so again in a minute
                log.warning(what_to_do(error))
            await asyncio.sleep(LISTENS_EVERY)

    async def publish_metrics(self) -> None:
        """Tells how things stand, until cancelled."""
        await publish_metrics(self.services.stores.reads, self.services.now)

    async def work(
        self, *, wait: bool = True, concurrency: int = 10, grace: float = worker.GRACE
    ) -> None:
        """Run jobs: until cancelled, or until none is due if not to *wait*."""
        await worker.work(
            self.queue,
            self.services,
            self.pulse,
            wait=wait,
            concurrency=concurrency,
            grace=grace,
        )


@asynccontextmanager
async def running(
    settings: Settings, now: Clock, home: str | None = None, connections: Pool | None = None
) -> AsyncIterator[Running]:
    """The whole app, open; everything it opened is closed on the way out.

    *home* is where the first page leads instead of saying what Baton is. *connections* to the
    database are those of whoever goes on with them afterwards.
    """
    async with AsyncExitStack() as stack:
        if connections is None:
            opened = pool(settings.database_url, 2 * settings.workers + 10)
            connections = await stack.enter_async_context(opened)
        queue = App(connector=PsycopgConnector(conninfo=settings.database_url))
        queue.job_manager = worker.Manager(queue.connector)
        tasks.add_to(queue)
        await stack.enter_async_context(queue.open_async(connections))
        stores = Stores.over(
            connections,
            policy_of,
            per_conversation=settings.teams_per_conversation,
            per_second=settings.teams_per_second,
            crm=settings.crm is not None,
        )

        trust = trust_of(settings)
        sign_in = sign_in_of(settings)
        graph = Graph(sign_in, settings.graph_url, settings.ca_file)
        stack.push_async_callback(graph.close)
        messenger = Messenger(
            token=sign_in,
            scope=settings.bot_scope,
            bot_id=settings.client_id,
            tenant=settings.tenant_id,
            trust=trust,
            pace=stores.pace,
        )
        await messenger.open()
        stack.push_async_callback(messenger.close)

        crm = crm_of(settings, trust, sign_in)
        if crm is not None:
            stack.push_async_callback(crm.close)

        services = Services(
            stores=stores,
            outlook=Outlook.over(graph),
            messenger=messenger,
            crm=crm,
            notification_url=f"{settings.public_url}/api/graph",
            link_url=f"{settings.public_url}{PATH}",
            notice_mailbox=settings.notice_mailbox,
            graph_token=lambda: sign_in.token(f"{settings.graph_url}/.default"),
            bot_token=lambda: sign_in.token(settings.bot_scope),
            tab_token=lambda uri: sign_in.token(f"{uri}/.default"),
            tab=tab_links_of(settings),
            certificate=settings.client_certificate,
            now=now,
        )
        tokens = Tokens(
            proof.signer(
                openid_url=settings.bot_openid_url,
                issuer=settings.bot_issuer,
                audience=settings.client_id,
            ),
            trust,
        )
        notifications = Notifications(stores, now)
        baton = services.baton
        site = web.Application(
            client_max_size=LARGEST, middlewares=(*limits.usual(), unavailable.told_plainly())
        )
        site.on_response_prepare.append(describe)
        site.router.add_post("/api/messages", Endpoint(baton, tokens, settings.tenant_id).messages)
        site.router.add_post("/api/graph", notifications.received)
        pulse = worker.Pulse()
        site.add_routes(Pages(stores.reads, stores.policies, lambda: pulse.gone, home).routes())
        site.add_routes(health.Health(stores.examinations).routes())
        site.add_routes(Prospects(stores.handoffs, stores.routing, stores.links, now).routes())
        tab = Site(
            tenant=settings.tenant_id,
            links=services.tab,
            framed_by=settings.tab_framed_by,
        )
        of_people = Tokens(
            tab_proof.signer(
                login_url=settings.login_url,
                tenant=settings.tenant_id,
                client_id=settings.client_id,
            ),
            trust,
        )
        site.add_routes(Tab(stores, of_people, tab, now).routes())
        turns = Turns()
        site.add_routes(FiguresApi(stores, turns, now).routes())
        site.add_routes(LeadsApi(stores, now).routes())
        if settings.crm_webhook_secret:
            url, secret = f"{settings.public_url}{HUBSPOT_AT}", settings.crm_webhook_secret
            site.add_routes(HubSpotEvents(stores.door, secret, url, now).routes())
        site.add_routes(Files(stores, turns, now).routes())
        site.add_routes(Answers(stores.handoffs, stores.links, now).routes())
        yield Running(site, queue, services, tokens, notifications, pulse)


@lru_cache(maxsize=8)  # a text is read by whoever publishes it, and again by whoever works with it
def policy_of(text: str, version: int) -> Policy:
    """Of a text that is in the database. Raises BadPolicyError."""
    return rules_of(reading.read_kept(text), version)


def sign_in_of(settings: Settings) -> SignIn:
    return SignIn(
        login_url=settings.login_url,
        tenant=settings.tenant_id,
        client_id=settings.client_id,
        identity=settings.managed_identity,
        certificate=settings.client_certificate,
        secret=settings.client_secret,
        ca_file=settings.ca_file,
    )


@dataclass(frozen=True, slots=True)
class OfEnvironment:
    """What opens an environment of Dynamics 365: Baton is the same application there as everywhere
    at Microsoft.
    """

    sign_in: SignIn
    url: str

    async def token(self) -> str:
        try:
            return await self.sign_in.token(f"{self.url}/.default")
        except BusyError as error:
            raise CrmBusyError(str(error), error.retry_after) from error
        except SignInError as error:
            raise CrmSignInError(str(error)) from error

    def forget(self) -> None:
        self.sign_in.forget(f"{self.url}/.default")


def crm_of(settings: Settings, trust: ssl.SSLContext, sign_in: SignIn) -> Crm | None:
    """The CRM that the settings name; nothing of one exists where they name none."""
    if settings.crm is None:
        return None
    assert settings.crm_url
    if settings.crm == "dataverse":
        tokens = OfEnvironment(sign_in, settings.crm_url)
        return Dataverse(url=settings.crm_url, tokens=tokens, trust=trust)
    assert settings.crm_token
    if settings.crm == "hubspot":
        return HubSpot(url=settings.crm_url, token=settings.crm_token, trust=trust)
    assert settings.crm_client_id
    return Salesforce(
        url=settings.crm_url,
        key=settings.crm_client_id,
        secret=settings.crm_token,
        trust=trust,
    )


def tab_links_of(settings: Settings) -> TabLinks:
    """Microsoft tells of such links in its public cloud alone."""
    known = settings.teams_app_id if settings.cloud in ("public", "gcc") else None
    return TabLinks(app=known or "", url=settings.public_url)


def trust_of(settings: Settings) -> ssl.SSLContext:
    """Whom the app believes, beside the system's own authorities."""
    return ssl.create_default_context(cafile=_path(settings.ca_file))


def _path(file: Path | None) -> str | None:
    return str(file) if file else None


STRANGERS = (HttpProcessingError, ClientConnectionResetError)


@asynccontextmanager
async def serving(
    site: web.Application, host: str, port: int, idle: float = limits.IDLE
) -> AsyncIterator[int]:
    """The site answers at host and port until the end; what it is answering then is finished. A
    connection with nothing to answer is closed after *idle* seconds.

    Yields the port, which matters when it was 0. Raises OSError when the port is taken.
    """
    logging.getLogger("aiohttp.server").addFilter(_worth_a_line)
    runner = web.AppRunner(
        site,
        access_log=None,
        shutdown_timeout=worker.GRACE,
        keepalive_timeout=idle,
        auto_decompress=False,  # or it were unpacked before anybody is asked: web/limits.py
    )
    await runner.setup()
    try:
        listening = web.TCPSite(runner, host, port)
        await listening.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _worth_a_line(record: logging.LogRecord) -> bool:
    """What is no HTTP is some stranger's, and its line may hold the address of a link; so is who
    hangs up before they are answered.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], STRANGERS))


@asynccontextmanager
async def beside(*endless: Callable[[], Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """Each goes on until the end, and has ended then. One that something stops is begun anew.

    They are cancelled until they have: before Python 3.12 a wait that is over in the moment in
    which it is cancelled swallows that. https://github.com/python/cpython/issues/86296
    """
    left = {asyncio.create_task(_going_on(one)) for one in endless}
    try:
        yield
    finally:
        while left:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=1)


async def _going_on(endless: Callable[[], Coroutine[None, None, None]]) -> None:
    while True:
        try:
            await endless()
        except Exception:  # nobody waits for it, so nobody else would hear of it
            log.exception("begun anew", what=endless.__qualname__)
        await asyncio.sleep(ANEW)


async def serve(settings: Settings, now: Clock) -> None:
    """Answer Teams, Graph and browsers until told to stop."""
    log_what_breaks()
    with exporting(settings, "serve") as told:
        await _serve(settings, now, told=told)


async def _serve(settings: Settings, now: Clock, *, told: bool) -> None:
    async with running(settings, now) as app:
        try:
            await app.tokens.warm()
        except UnprovenError as error:
            log.warning("keys not read yet", why=str(error))
        stop = told_to_stop()
        keep_what_is_there()
        async with serving(app.site, settings.host, settings.port) as port:
            log.info("serving", port=port, at=settings.public_url)
            async with beside(app.listen, *([app.publish_metrics] if told else [])):
                await stop.wait()


async def work(settings: Settings, now: Clock) -> int:
    """Run the jobs until told to stop. Returns 1 where they ended by themselves, which is said."""
    log_what_breaks()
    with exporting(settings, "work") as told:
        return await _work(settings, now, told=told)


async def _work(settings: Settings, now: Clock, *, told: bool) -> int:
    async with running(settings, now) as app:
        stopped = told_to_stop()
        keep_what_is_there()
        log.info("working", at_once=settings.workers)
        await app.services.stores.door.follow(SyncPeopleWhenDue())
        async with beside(*([app.publish_metrics] if told else [])):
            working = asyncio.create_task(app.work(concurrency=settings.workers))
            stop = asyncio.create_task(stopped.wait())
            await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not stop.done():
                log.error("the worker ended", why=repr(working.exception()))
                stop.cancel()
                return 1
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    return 0


def keep_what_is_there() -> None:
    """What has been read by now stays for as long as the process does: it is not gone through again
    for what may be thrown away, and what comes is gone through less often. Of what a long page
    takes of the processor that was a third. https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


def on_loop(todo: Coroutine[None, None, T]) -> T:
    """What *todo* returns or raises: the one way in which a process of Baton begins."""
    return uvloop.run(todo)


def told_to_stop() -> asyncio.Event:
    """Set once SIGINT or SIGTERM has come, from now on: ask before it is said that all is ready,
    for whoever reads that may stop it at once.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def with_services(
    settings: Settings, now: Clock, command: Callable[[Services], Awaitable[T]]
) -> T:
    """What *command* returns, given the app's services, open for as long as it runs."""
    async with running(settings, now) as app:
        return await command(app.services)
