"""The composition root and command line: the one module that knows every other, and the only one
that reads the environment. `python app.py --help` says what it can do.
"""

import argparse
import asyncio
import io
import logging
import os
import signal
import ssl
import sys
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiohttp import web
from procrastinate import App, PsycopgConnector
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from rich.console import Console

import installing
import lead_commands
import manifest_command
import person_commands
import routing_commands
from bot.baton import Baton
from bot.endpoint import LARGEST, Endpoint
from bot.errors import UnprovenError
from bot.messenger import Messenger
from bot.proof import Proof
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
    letters,
    meetings,
    messages,
    notices,
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
from store.looks import Looks
from store.migrate import migrate
from store.pace import Pace
from store.people import People
from store.policies import NoPolicyError, Policies
from store.queue import Queue
from store.routing import Routing
from store.subscriptions import Subscriptions
from store.weeks import Weeks
from tabs import health
from tabs.answers import PATH, Answers
from tabs.notifications import Notifications
from tabs.pages import Pages
from telemetry import telling, watch, with_trace

log = structlog.get_logger()

Clock = Callable[[], datetime]
TASKS = (
    *(absences, attendance, clock, fairness, letters, meetings, messages),
    *(notices, outlook, people, prep, times, upkeep, watching, weeks),
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

    async def watch(self) -> None:
        """Tells how things stand, until cancelled."""
        await watch(self.connections, self.services.now)

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
        sign_in = SignIn(
            login_url=settings.login_url,
            tenant=settings.tenant_id,
            client_id=settings.client_id,
            identity=settings.managed_identity,
            certificate=settings.client_certificate,
            secret=settings.client_secret,
            ca_file=settings.ca_file,
        )
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
            looks=Looks(connections),
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


async def serve(settings: Settings) -> None:
    """Answer Teams, Graph and browsers until told to stop."""
    with telling(settings, "serve") as told:
        await _serve(settings, told=told)


async def _serve(settings: Settings, *, told: bool) -> None:
    async with running(settings) as app:
        try:
            await app.proof.warm()
        except UnprovenError as error:
            log.warning("keys not read yet", why=str(error))
        async with serving(app.site, settings.host, settings.port) as port:
            log.info("serving", port=port, at=settings.public_url)
            beside = [asyncio.create_task(app.listen())]
            if told:
                beside.append(asyncio.create_task(app.watch()))
            await told_to_stop()
            for task in beside:
                task.cancel()


async def work(settings: Settings) -> None:
    """Run the jobs until told to stop."""
    with telling(settings, "work") as told:
        await _work(settings, told=told)


async def _work(settings: Settings, *, told: bool) -> None:
    async with running(settings) as app:
        log.info("working", at_once=settings.workers)
        await app.services.queue.put("sync_people_when_due", once="sync_people_when_due")
        watching = asyncio.create_task(app.watch()) if told else None
        worker = asyncio.create_task(app.work(concurrency=settings.workers))
        stop = asyncio.create_task(told_to_stop())
        await asyncio.wait({worker, stop}, return_when=asyncio.FIRST_COMPLETED)
        worker.cancel()
        if watching:
            watching.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def migrate_all(settings: Settings) -> None:
    """The database is as this version needs it, and the policy in the file is in force."""
    applied = await migrate(settings.database_url)
    print("\n".join(f"applied {name}" for name in applied) or "the database is up to date")
    text = settings.policy_file.read_text(encoding="utf-8")
    await _check_new(settings, text)
    async with pool(settings.database_url, 2) as connections:
        version = await Policies(connections, _policy).publish(text, utc_now())
    print(f"policy in force: {_policy(text, version).label()}")


async def _check_new(settings: Settings, text: str) -> None:
    """A policy that would come into force, against whom Entra knows and what was given already.

    Raises BadPolicyError; the policy in force stays in force. One that is in force already is not
    asked again: who left since must not keep Baton from starting, and `doctor` names them.
    """
    name = settings.policy_file.name
    file = reading.read_new(text, name)
    async with running(settings) as app:
        with suppress(NoPolicyError):
            if text == await app.services.policies.text():
                return
        flaws = await routing_commands.wrong_with(app.services, file)
    refused = [flaw for flaw in flaws if flaw.refused]
    for flaw in flaws:
        if not flaw.refused:
            print(reading.told(name, text, flaw.at, flaw.words))
    if refused:
        lines = [reading.told(name, text, flaw.at, flaw.words) for flaw in refused]
        raise reading.BadPolicyError("the policy has mistakes:\n  " + "\n  ".join(lines))


async def import_leads(settings: Settings, name: str, text: str, qualifier: str) -> int:
    """The leads of a CSV file wait for a qualifier. Returns how many rows have problems."""
    async with running(settings) as app:
        return await lead_commands.take_in(app.services, name, text, qualifier)


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


async def retry(settings: Settings, *, forget: bool) -> None:
    """Jobs that failed for good are due again, or given up."""
    async with running(settings) as app:
        if forget:
            print(f"jobs given up: {await app.services.queue.forget_failed()}")
        else:
            print(f"jobs that are due again: {await app.services.queue.retry_failed()}")


async def install(settings: Settings) -> int:
    """Baton in the Teams of everyone whom the policy names. Returns 0 when nobody is left out."""
    async with running(settings) as app:
        id = pack.app_id(settings.client_id)
        return await installing.install(app.services, id, Console(highlight=False))


def _policy(text: str, version: int) -> Policy:
    return rules_of(reading.read(text), version)


def _path(file: Path | None) -> str | None:
    return str(file) if file else None


async def told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def configure_logging(form: str) -> None:
    """One line for each thing worth knowing. Ids only: no names, no card text, no tokens."""
    render = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # the other kind shows values
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            with_trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Libraries log what they like; at this level none of them logs what people wrote.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


async def replay(settings: Settings, since: datetime | None, until: datetime | None) -> int:
    """Every routing choice of a span is made again. Returns 0 when all come out the same."""
    async with running(settings) as app:
        return min(await routing_commands.replay(app.services, since, until), 1)


async def simulate(settings: Settings, file: Path, out: Path | None) -> None:
    """The last ninety days under a draft of the policy."""
    text = await asyncio.to_thread(file.read_text, encoding="utf-8")
    draft = rules_of(reading.read_new(text, file.name), 0)
    async with running(settings) as app:
        await routing_commands.simulation(app.services, draft, out=out)


async def person(settings: Settings, arguments: argparse.Namespace) -> int:
    """Give out all that is held about someone, or forget them."""
    async with running(settings) as app:
        if arguments.what == "export":
            return await person_commands.export(app.services, arguments.mail, arguments.to)
        return await person_commands.forget(
            app.services,
            arguments.mail,
            arguments.also,
            policy_text=await app.services.policies.text(),
            sure=arguments.yes,
            ask=input if sys.stdin.isatty() else None,
        )


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    run = commands.add_parser(
        "run", help="everything on this machine, for a trial: database, app, worker, sandbox, desk"
    )
    run.add_argument("--calendar", type=Path, help="an .ics file, put into a rep's mailbox")
    run.add_argument("--leads", type=Path, help="a .csv file of leads for a qualifier to book from")
    commands.add_parser("serve", help="answer Teams, Graph and browsers")
    commands.add_parser("work", help="run the jobs: messages, Outlook, the clock")
    commands.add_parser("sandbox", help="Microsoft 365 on this machine, by itself")
    look = commands.add_parser(
        "doctor",
        help="prove every part by using it, and say what to do",
        description=doctor.ABOUT,
        epilog=doctor.AFTER,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    look.add_argument("--json", action="store_true", help="for programs")
    look.add_argument("--page", action="store_true", help="a link that shows it for an hour")
    failed = commands.add_parser("retry", help="do again what failed for good")
    failed.add_argument("--forget", action="store_true", help="give it up instead")
    package = commands.add_parser("manifest", help="write the Teams app package")
    package.add_argument("--to", type=Path, default=Path("build"), help="folder (build)")
    package.add_argument(
        "--since", type=Path, help="the package that people have (the newest in the folder)"
    )
    commands.add_parser("install", help="put Baton into the Teams of all whom the policy names")
    commands.add_parser("migrate", help="bring the database and the policy up to date")
    again = commands.add_parser("replay", help="make every routing choice again, and compare")
    again.add_argument("--since", type=_moment, help="from this day or moment on, UTC")
    again.add_argument("--until", type=_moment, help="before this day or moment, UTC")
    draft = commands.add_parser("simulate", help="the last 90 days under a draft of the policy")
    draft.add_argument("--policy", type=Path, required=True, help="the draft")
    draft.add_argument("--picture", type=Path, help="draw it: an .svg file")
    leads = commands.add_parser("leads", help="import a CSV file of leads for a qualifier")
    leads.add_argument("file", type=Path)
    leads.add_argument(
        "--for", dest="qualifier", required=True, help="the qualifier's mail address"
    )
    someone = commands.add_parser("person", help="all that is held about one person")
    what = someone.add_subparsers(dest="what", required=True, metavar="what")
    given = what.add_parser("export", help="give it out, as JSON")
    given.add_argument("mail", help="their mail address")
    given.add_argument("--to", type=Path, help="the file to write")
    gone = what.add_parser("forget", help="forget them: a colleague who has left, or a prospect")
    gone.add_argument("mail", help="their mail address")
    gone.add_argument(
        "--also", action="append", default=[], help="look for this too: a number, a nickname"
    )
    gone.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def main() -> int:
    arguments = _arguments().parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # also when it is read by another program
    if arguments.command in ("run", "sandbox"):
        # PostgreSQL's wheel looks for a desktop session when it is imported.
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
        import trial  # noqa: PLC0415  # needs packages that production does not have

        return trial.main(arguments, os.environ)
    if arguments.command == "manifest":
        return manifest_command.write(arguments.to, arguments.since, os.environ)
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
        "retry": lambda: retry(settings, forget=arguments.forget),
        "install": lambda: install(settings),
        "replay": lambda: replay(settings, arguments.since, arguments.until),
        "simulate": lambda: simulate(settings, arguments.policy, arguments.picture),
        "person": lambda: person(settings, arguments),
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
