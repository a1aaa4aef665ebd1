"""The composition root and command line: the one module that knows every other, and the only one
that reads the environment. `python app.py --help` says what it can do.
"""

import asyncio
import io
import logging
import os
import signal
import ssl
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
from aiohttp import web
from procrastinate import App, PsycopgConnector
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from rich.console import Console

from bot.baton import Baton
from bot.endpoint import LARGEST, Endpoint
from bot.errors import UnprovenError
from bot.messenger import Messenger
from bot.proof import Proof
from commands import installing, lead_lists, packing, personal_data, policy_file, rerouting
from commands.arguments import parser
from commands.retrying import retry
from doctor import command as doctor
from doctor.check import Examined
from doctor.reach import web as plain_web
from graph.apps import Apps
from graph.attendance import Attendances
from graph.calendar import Calendar
from graph.client import Graph
from graph.leavers import Leavers
from graph.mail import Mail
from graph.people import Directory
from graph.permissions import Trying
from graph.schedule import Schedules
from graph.sign_in import SignIn
from graph.subscriptions import Subscribing
from graph.views import Views
from handoff.policy import Policy
from jobs import (
    absences,
    attendance,
    clock,
    fairness,
    fallback_mail,
    letters,
    meetings,
    messages,
    outlook,
    people,
    prep,
    times,
    upkeep,
    watching,
    weeks,
)
from jobs.services import Services
from jobs.tracing import traced
from manifest import pack
from policy import reading
from policy.rules import rules_of
from settings import BadSettingsError, Settings
from store.about import About
from store.conversations import Conversations
from store.database import Pool, pool
from store.delivery import Delivery
from store.examinations import Examinations
from store.fairness import Fairness
from store.handoffs import Handoffs
from store.keeping import Keeping
from store.links import Links
from store.migrate import migrate
from store.pace import Pace
from store.people import People
from store.policies import Policies
from store.queue import Queue
from store.read_audit import ReadAudit
from store.routing import Routing
from store.subscriptions import Subscriptions
from store.weeks import Weeks
from telemetry import configure_logging, exporting, publish_metrics
from web import health
from web.answers import PATH, Answers
from web.notifications import Notifications
from web.pages import Pages

log = structlog.get_logger()

T = TypeVar("T")
Clock = Callable[[], datetime]
TASKS = (
    *(absences, attendance, clock, fairness, letters, meetings, messages),
    *(fallback_mail, outlook, people, prep, times, upkeep, watching, weeks),
)
LISTENS_EVERY = 60  # seconds
GRACE = 10  # seconds that what has begun may take to finish when the app is told to stop


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Running:
    """The app, open."""

    site: web.Application
    queue: App
    services: Services
    proof: Proof
    connections: Pool
    notifications: Notifications

    async def listen(self) -> None:
        """Says each minute that somebody answers Graph, until cancelled."""
        while True:
            try:
                await self.notifications.listening()
            except (PoolTimeout, OperationalError) as error:  # it says so again in a minute
                log.warning("not said that it listens", why=type(error).__name__)
            await asyncio.sleep(LISTENS_EVERY)

    async def publish_metrics(self) -> None:
        """Tells how things stand, until cancelled."""
        await publish_metrics(self.connections, self.services.now)

    async def work(self, *, wait: bool = True, concurrency: int = 10) -> None:
        """Run jobs: until cancelled, or until none is due if not to *wait*."""
        await self.queue.run_worker_async(
            wait=wait,
            concurrency=concurrency,
            listen_notify=wait,
            install_signal_handlers=False,
            delete_jobs="successful",
            shutdown_graceful_timeout=GRACE,
            stalled_worker_timeout=upkeep.SILENT,
            additional_context={"services": self.services},
            task_middleware=[traced],
        )


@asynccontextmanager
async def running(
    settings: Settings, now: Clock = utc_now, home: str | None = None
) -> AsyncIterator[Running]:
    """The whole app, open; everything it opened is closed on the way out.

    *home* is where the first page leads instead of saying what Baton is.
    """
    async with AsyncExitStack() as stack:
        connections = await stack.enter_async_context(
            pool(settings.database_url, settings.workers + 10)
        )
        queue = App(connector=PsycopgConnector(conninfo=settings.database_url))
        for module in TASKS:
            queue.add_tasks_from(module.tasks, namespace="")
        await stack.enter_async_context(queue.open_async(connections))

        trust = ssl.create_default_context(cafile=_path(settings.ca_file))
        sign_in = _sign_in(settings)
        graph = Graph(sign_in, settings.graph_url, settings.ca_file)
        stack.push_async_callback(graph.close)
        pace = Pace(
            connections,
            per_conversation=settings.teams_per_conversation,
            per_second=settings.teams_per_second,
        )
        messenger = Messenger(
            token=lambda: sign_in.token(settings.bot_scope),
            bot_id=settings.client_id,
            tenant=settings.tenant_id,
            trust=trust,
            pace=pace,
        )
        await messenger.open()
        stack.push_async_callback(messenger.close)

        policies = Policies(connections, _policy)
        routing = Routing(connections, policies)
        handoffs = Handoffs(connections, queue, policies, routing.keep)
        conversations = Conversations(connections)
        subscriptions = Subscriptions(connections)
        jobs = Queue(connections, queue)
        baton = Baton(
            handoffs=handoffs,
            people=People(connections),
            policies=policies,
            conversations=conversations,
            weeks=Weeks(connections, queue),
            routing=routing,
            fairness=Fairness(connections, policies),
            read_audit=ReadAudit(connections),
            delivery=Delivery(connections),
            queue=jobs,
            now=now,
        )
        services = Services(
            baton=baton,
            handoffs=handoffs,
            people=baton.people,
            policies=policies,
            weeks=baton.weeks,
            conversations=conversations,
            subscriptions=subscriptions,
            examinations=Examinations(connections),
            routing=routing,
            fairness=baton.fairness,
            keeping=Keeping(connections),
            about=About(connections, queue),
            delivery=baton.delivery,
            links=Links(connections),
            queue=jobs,
            pace=pace,
            messenger=messenger,
            calendar=Calendar(graph),
            mail=Mail(graph),
            attendances=Attendances(graph),
            apps=Apps(graph),
            schedules=Schedules(graph),
            views=Views(graph),
            leavers=Leavers(graph),
            directory=Directory(graph),
            subscribing=Subscribing(graph),
            trying=Trying(graph),
            notification_url=f"{settings.public_url}/api/graph",
            link_url=f"{settings.public_url}{PATH}",
            notice_mailbox=settings.notice_mailbox,
            graph_token=lambda: sign_in.token(f"{settings.graph_url}/.default"),
            bot_token=lambda: sign_in.token(settings.bot_scope),
            now=now,
        )
        proof = Proof(
            openid_url=settings.bot_openid_url,
            issuer=settings.bot_issuer,
            audience=settings.client_id,
            trust=trust,
        )
        site = web.Application(client_max_size=LARGEST)
        site.router.add_post("/api/messages", Endpoint(baton, proof, settings.tenant_id).messages)
        notifications = Notifications(handoffs, subscriptions, jobs, now)
        site.router.add_post("/api/graph", notifications.received)
        site.add_routes(Pages(connections, policies, home).routes())
        site.add_routes(health.Health(services.examinations).routes())
        site.add_routes(Answers(handoffs, services.links, now).routes())
        yield Running(site, queue, services, proof, connections, notifications)


@asynccontextmanager
async def serving(site: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """The site answers at host and port until the end; what it is answering then is finished.

    Yields the port, which matters when it was 0. Raises OSError when the port is taken.
    """
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=GRACE)
    await runner.setup()
    try:
        listening = web.TCPSite(runner, host, port)
        await listening.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@asynccontextmanager
async def beside(*endless: Callable[[], Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """Each goes on until the end, and has ended then.

    They are cancelled until they have: before Python 3.12 a wait that is over in the moment in
    which it is cancelled swallows that. https://github.com/python/cpython/issues/86296
    """
    left = {asyncio.create_task(one()) for one in endless}
    try:
        yield
    finally:
        while left:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=1)


async def serve(settings: Settings) -> None:
    """Answer Teams, Graph and browsers until told to stop."""
    with exporting(settings, "serve") as told:
        await _serve(settings, told=told)


async def _serve(settings: Settings, *, told: bool) -> None:
    async with running(settings) as app:
        try:
            await app.proof.warm()
        except UnprovenError as error:
            log.warning("keys not read yet", why=str(error))
        async with serving(app.site, settings.host, settings.port) as port:
            log.info("serving", port=port, at=settings.public_url)
            async with beside(app.listen, *([app.publish_metrics] if told else [])):
                await told_to_stop()


async def work(settings: Settings) -> None:
    """Run the jobs until told to stop."""
    with exporting(settings, "work") as told:
        await _work(settings, told=told)


async def _work(settings: Settings, *, told: bool) -> None:
    async with running(settings) as app:
        log.info("working", at_once=settings.workers)
        await app.services.queue.put("sync_people_when_due", once="sync_people_when_due")
        async with beside(*([app.publish_metrics] if told else [])):
            worker = asyncio.create_task(app.work(concurrency=settings.workers))
            stop = asyncio.create_task(told_to_stop())
            await asyncio.wait({worker, stop}, return_when=asyncio.FIRST_COMPLETED)
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)


async def migrate_all(settings: Settings) -> None:
    """The database is as this version needs it, and the policy in the file is in force."""
    applied = await migrate(settings.database_url)
    print("\n".join(f"applied {name}" for name in applied) or "the database is up to date")
    text = settings.policy_file.read_text(encoding="utf-8")
    name = settings.policy_file.name
    file = reading.read_new(text, name)
    await with_services(settings, lambda all_: policy_file.check_new(all_, file, name, text))
    async with pool(settings.database_url, 2) as connections:
        version = await Policies(connections, _policy).publish(text, utc_now())
    print(f"policy in force: {_policy(text, version).label()}")


async def with_services(settings: Settings, command: Callable[[Services], Awaitable[T]]) -> T:
    """What *command* returns, given the app's services, open for as long as it runs."""
    async with running(settings) as app:
        return await command(app.services)


async def diagnose(settings: Settings, wish: doctor.Wish) -> int:
    """Say what is well and what is not. Returns 0 when all is well."""
    logging.disable(logging.WARNING)  # of a database that is down the doctor has better words
    trust = ssl.create_default_context(cafile=_path(settings.ca_file))
    async with running(settings) as app, plain_web(trust) as web_:
        of = Examined(
            settings=settings,
            services=app.services,
            connections=app.connections,
            web=web_,
            machine=utc_now,
        )
        address = f"{settings.public_url}{health.PATH}"
        return await doctor.diagnose(of, wish, address)


async def simulate(settings: Settings, file: Path, out: Path | None) -> None:
    """The last ninety days under a draft of the policy."""
    text = await asyncio.to_thread(file.read_text, encoding="utf-8")
    draft = rules_of(reading.read_new(text, file.name), 0)
    await with_services(settings, lambda all_: rerouting.simulation(all_, draft, out=out))


async def replay(settings: Settings, since: datetime | None, until: datetime | None) -> int:
    """Every routing choice of a span is made again. Returns 0 when all come out the same."""
    return min(await with_services(settings, lambda all_: rerouting.replay(all_, since, until)), 1)


async def install(settings: Settings) -> int:
    """Baton in the Teams of everyone whom the policy names. Returns 0 when nobody is left out."""
    id, console = pack.app_id(settings.client_id), Console(highlight=False)
    return await with_services(settings, lambda all_: installing.install(all_, id, console))


async def import_leads(settings: Settings, name: str, text: str, qualifier: str) -> int:
    """The leads of a CSV file wait for a qualifier. Returns how many rows have problems."""
    return await with_services(
        settings, lambda all_: lead_lists.take_in(all_, name, text, qualifier)
    )


async def published(settings: Settings) -> str:
    """The version of Baton in the organisation's catalogue. Raises GoneError where there is none,
    and what signing in and asking Graph raise.
    """
    graph = Graph(_sign_in(settings), settings.graph_url, settings.ca_file)
    try:
        return (await Apps(graph).find(pack.app_id(settings.client_id))).version
    finally:
        await graph.close()


def _sign_in(settings: Settings) -> SignIn:
    return SignIn(
        login_url=settings.login_url,
        tenant=settings.tenant_id,
        client_id=settings.client_id,
        identity=settings.managed_identity,
        certificate=settings.client_certificate,
        secret=settings.client_secret,
        ca_file=settings.ca_file,
    )


def _policy(text: str, version: int) -> Policy:
    return rules_of(reading.read(text), version)


def _path(file: Path | None) -> str | None:
    return str(file) if file else None


async def told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def main() -> int:
    arguments = parser(__doc__).parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # also when it is read by another program
    if arguments.command in ("run", "sandbox"):
        # PostgreSQL's wheel looks for a desktop session when it is imported.
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
        import trial  # noqa: PLC0415  # needs packages that production does not have

        return trial.main(arguments, os.environ)
    if arguments.command == "manifest":
        return packing.write(os.environ, arguments.to, arguments.since, published)
    wish = doctor.Wish()
    if arguments.command == "doctor":
        wish = doctor.Wish(as_json=arguments.json, page=arguments.page)
    try:
        settings = Settings.read(os.environ)
    except BadSettingsError as error:
        if arguments.command == "doctor":
            return doctor.refuse(error.problems, wish, utc_now())
        print(error, file=sys.stderr)
        return 2
    configure_logging(settings.log_format)
    todo: dict[str, Callable[[], Coroutine[None, None, int | None]]] = {
        "serve": lambda: serve(settings),
        "work": lambda: work(settings),
        "migrate": lambda: migrate_all(settings),
        "doctor": lambda: diagnose(settings, wish),
        "retry": lambda: with_services(settings, partial(retry, forget=arguments.forget)),
        "install": lambda: install(settings),
        "replay": lambda: replay(settings, arguments.since, arguments.until),
        "simulate": lambda: simulate(settings, arguments.policy, arguments.picture),
        "person": lambda: with_services(
            settings, lambda all_: personal_data.asked(all_, arguments)
        ),
        "leads": lambda: import_leads(
            settings,
            arguments.file.name,
            arguments.file.read_text(encoding="utf-8"),
            arguments.qualifier,
        ),
    }
    try:
        return asyncio.run(todo[arguments.command]()) or 0
    except reading.BadPolicyError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
