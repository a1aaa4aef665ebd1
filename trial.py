"""Everything on one machine, for a trial: `python app.py run`, and the sandbox by itself.

PostgreSQL from a wheel, the app, a worker, Microsoft 365 in a sandbox, and the desk to live it all
on. Nothing here is used in production, where Microsoft's addresses stand in the settings.
"""

import argparse
import asyncio
import contextlib
import errno
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from aiohttp import web
from rich.console import Console

from cards import next_thing
from commands import lead_files, lead_lists, lead_sources
from commands.lead_files import UnreadableFileError
from commands.migrating import migrate_all
from commands.starting import answering
from commands.summing_up import summed_up
from graph.errors import BusyError
from handoff.effects import (
    Effect,
    ReadActivity,
    ReadCrm,
    ReadDeals,
    ReadLeads,
    SeeAbsences,
    Subscribe,
    Sweep,
    SyncPeople,
)
from handoff.lead_list import Table
from handoff.policy import Promise
from jobs import people
from manifest.check import application_uri
from manifest.pack import app_id
from policy.reading import BadPolicyError
from postgres import KeptDataError, embedded
from running import (
    Clock,
    Running,
    beside,
    keep_what_is_there,
    on_loop,
    running,
    serving,
    told_to_stop,
)
from sandbox.company import halden, with_first
from sandbox.crm.records import CONTACTS, DATAVERSE, HUBSPOT, SALESFORCE, Field
from sandbox.desk.acts import Next
from sandbox.desk.form import Form
from sandbox.desk.server import Desk, Framed, open_desk
from sandbox.ics.importing import read as read_calendar
from sandbox.m365 import Sandbox
from sandbox.m365 import running as sandbox_running
from sandbox.playgrounds.package import NAME as PLAYGROUND
from sandbox.playgrounds.package import TERMS
from settings import BadSettingsError, Settings
from store.database import UNANSWERED, what_to_do
from store.lead_sources import LeadSource
from store.lookups import Happening
from tabs.proof import CLIENTS, SCOPE
from telemetry import configure_logging

HOST = "localhost"
HERE = Path(__file__).parent
CALENDAR_OF, LEADS_OF = "rita", "quinn"
FORM = "Website form"
ROOM = 100 * 2**20  # bytes that a new PostgreSQL and the sandbox take, and a day on the desk
NO_MORE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})  # of a file that is open
MAKES = {"hubspot": HUBSPOT, "salesforce": SALESFORCE, "dataverse": DATAVERSE}  # as CRM says
LONGEST_STOP, LONGEST_PASSING = 3.0, 20.0  # seconds that someone who moves the clock may wait


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens, all of it on this machine only."""

    app: int
    sandbox: int
    playgrounds: int  # from here up

    @classmethod
    def read(cls, env: Mapping[str, str]) -> "Ports":
        """Raises BadSettingsError."""
        found = {
            name: env.get(name) or default
            for name, default in (
                ("PORT", "3978"),
                ("SANDBOX_PORT", "3979"),
                ("PLAYGROUND_PORT", "3980"),
            )
        }
        wrong = [f"{n} must be a port, not {v!r}" for n, v in found.items() if not _is_port(v)]
        if wrong:
            raise BadSettingsError(*wrong)
        return cls(*(int(value) for value in found.values()))


@dataclass(frozen=True, slots=True)
class Brought:
    """What somebody brings along from files of theirs, each with the file's name."""

    calendar: tuple[str, bytes] | None
    leads: tuple[str, Table] | None

    @classmethod
    def read(cls, arguments: argparse.Namespace) -> "Brought":
        """Raises TrialError and UnreadableFileError."""
        calendar, leads = arguments.calendar, arguments.leads
        return cls(
            (calendar.name, _content(calendar)) if calendar else None,
            (leads.name, lead_files.read(leads)) if leads else None,
        )


def main(arguments: argparse.Namespace, env: Mapping[str, str], now: Clock) -> int:
    """Run until Ctrl-C, by *now* until somebody moves the clock. Returns the exit status."""
    configure_logging("text")
    todo = run if arguments.command == "run" else sandbox_alone
    try:
        on_loop(todo(arguments, env, now))
    except (
        BadSettingsError,
        BadPolicyError,
        KeptDataError,
        TrialError,
        UnreadableFileError,
    ) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


class TrialError(Exception):
    """The trial cannot start; the message says what to do."""


async def run(arguments: argparse.Namespace, env: Mapping[str, str], now: Clock) -> None:
    """Start everything, print one address, and go on until Ctrl-C. The data stays in var/."""
    console = Console(stderr=True)
    ports = Ports.read(env)
    for name, port in (("PORT", ports.app), ("SANDBOX_PORT", ports.sandbox)):
        _free(name, port)
    brought = Brought.read(arguments)
    var = _var(env)
    async with AsyncExitStack() as stack:
        with _kept_in(var), _step(console, "PostgreSQL"):
            database = env.get("DATABASE_URL") or stack.enter_context(embedded(var))
            await answering(database)
        with _kept_in(var), _step(console, "Microsoft 365, in a sandbox"):
            box = await stack.enter_async_context(
                sandbox_running(
                    folder=var / "sandbox",
                    port=ports.sandbox,
                    company=with_first(halden(), CALENDAR_OF),  # she sits at the desk
                    machine=now,
                )
            )
        settings = _settings(env, box, database, ports)
        with _step(console, "database and policy"):
            await _migrate(settings, now)
        app = await stack.enter_async_context(running(settings, box.clock, home="/desk/"))
        desk = await stack.enter_async_context(_desk(console, arguments, box, ports, var))
        app.site.add_subapp("/desk/", desk.site)
        address = f"http://{HOST}:{ports.app}/"
        await stack.enter_async_context(serving(app.site, HOST, ports.app))
        desk.listens_at(f"{address}desk/")
        box.bot_url = f"{address}api/messages"
        box.hubspot.webhooks.app.url = f"{settings.public_url}/api/hubspot"
        client = box.entra.app.client_id
        box.entra.expose(application_uri(client, f"{HOST}:{ports.app}"), SCOPE, CLIENTS)
        with _step(console, "people, their hours and calendars"):
            await _sync(app)
        with _step(console, "Baton in everyone's Teams"):
            await _install(box)
        await _bring_along(console, brought, app, box)
        desk.form = await _form(app, box, address)
        desk.has_crm = app.services.crm is not None
        await _leads_of_crm(app, box)
        await stack.enter_async_context(_working(app, settings))
        desk.pass_time = _passing(box, app)
        desk.what_next = looking_ahead(box, app)
        desk.zones = app.services.stores.lookups.zones_of
        stop = told_to_stop()
        keep_what_is_there()
        console.print(f"\n[bold]{address}[/]  is ready. Ctrl-C stops it; what happened is kept.\n")
        await stop.wait()
        console.print("stopping…")


async def sandbox_alone(arguments: argparse.Namespace, env: Mapping[str, str], now: Clock) -> None:
    """Microsoft 365 on this machine by itself, for an app started in some other way."""
    console = Console(stderr=True)
    ports = Ports.read(env)
    var = _var(env)
    bot = env.get("BOT_URL") or f"http://{HOST}:{ports.app}/api/messages"
    desk_port = ports.sandbox - 2 if ports.sandbox - 2 != ports.app else ports.app - 1
    for name, port in (("SANDBOX_PORT", ports.sandbox), ("the desk", desk_port)):
        _free(name, port)
    async with AsyncExitStack() as stack:
        with _kept_in(var):
            box = await stack.enter_async_context(
                sandbox_running(
                    folder=var / "sandbox", port=ports.sandbox, bot_url=bot, machine=now
                )
            )
        desk = await stack.enter_async_context(_desk(console, arguments, box, ports, var))
        site = web.Application()
        site.add_subapp("/desk/", desk.site)
        await stack.enter_async_context(serving(site, HOST, desk_port))
        desk.listens_at(f"http://{HOST}:{desk_port}/desk/")
        stop = told_to_stop()
        console.print(f"[bold]http://{HOST}:{desk_port}/desk/[/]  the bot is expected at {bot}")
        console.print("settings for an app that takes this for Microsoft 365:")
        for name, value in (box.env() | {"TAB_FRAMED_BY": f"http://{HOST}:{desk_port}"}).items():
            print(f"{name}={value}")
        await stop.wait()


@asynccontextmanager
async def _desk(
    console: Console, arguments: argparse.Namespace, box: Sandbox, ports: Ports, var: Path
) -> AsyncIterator[Desk]:
    """The desk, with its own Teams and, where that was asked for, Microsoft's Playgrounds."""
    framed = None
    if arguments.playground:
        framed = Framed(first_port=ports.playgrounds, folder=var / "playgrounds")
        console.print(f"  {PLAYGROUND} is under {TERMS}: its LICENSE in node_modules")
    manifest = json.loads((HERE / "manifest" / "manifest.json").read_text(encoding="utf-8"))
    async with open_desk(box, packages=HERE, manifest=manifest, framed=framed) as desk:
        yield desk


def _settings(env: Mapping[str, str], box: Sandbox, database: str, ports: Ports) -> Settings:
    """The app's settings, with the sandbox where Microsoft's addresses would be."""
    trial = {
        **env,
        **box.env(),
        **(box.crm_env(MAKES[make]) if (make := env.get("CRM", "")) in MAKES else {}),
        "DATABASE_URL": database,
        "PUBLIC_URL": f"http://{HOST}:{ports.app}",
        "TAB_FRAMED_BY": f"http://{HOST}:{ports.app}",
        "TEAMS_APP_ID": app_id(box.entra.app.client_id),
        "HOST": HOST,
        "PORT": str(ports.app),
        "LOG_FORMAT": "text",
    }
    settings = Settings.read(trial)
    if not settings.policy_file.is_absolute():
        return settings.model_copy(update={"policy_file": HERE / settings.policy_file})
    return settings


def _var(env: Mapping[str, str]) -> Path:
    """Where the trial keeps its data: a folder in which whoever runs this can write, with room.

    Raises TrialError.
    """
    var = Path(env.get("VAR") or HERE / "var")
    try:
        var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=var) as tried:
            tried.write(b"can be written")
        free = shutil.disk_usage(var).free
    except OSError as error:
        raise _not_kept(var, error.strerror) from error
    if free < ROOM:
        raise _not_kept(var, f"{free >> 20} MB are free there, and {ROOM >> 20} are needed")
    return var


@contextmanager
def _kept_in(var: Path) -> Iterator[None]:
    """Raises TrialError where what is to be kept in *var* cannot be."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno not in NO_MORE:  # of a port, say
            raise
        raise _not_kept(Path(error.filename or var), error.strerror) from error
    except sqlite3.OperationalError as error:
        raise _not_kept(var / "sandbox", str(error)) from error
    except subprocess.SubprocessError as error:
        raise TrialError(
            f"PostgreSQL does not start on what is in {var}; what it says of that stands above. "
            "Let VAR name another folder, or DATABASE_URL a PostgreSQL of yours"
        ) from error


def _not_kept(where: Path, why: object) -> TrialError:
    return TrialError(
        f"the trial cannot keep its data in {where}: {why}. Let VAR name a folder in which you can "
        "write, or make room"
    )


async def _migrate(settings: Settings, now: Clock) -> None:
    try:
        with open(os.devnull, "w") as quiet, contextlib.redirect_stdout(quiet):  # noqa: ASYNC230, PTH123
            await migrate_all(settings, now, take_over=True)
    except UNANSWERED as error:
        raise TrialError(what_to_do(error)) from error


async def _sync(app: Running) -> None:
    try:
        await people.sync(app.services)
    except BusyError as error:  # a switch on the desk was left on: the worker tries again
        Console(stderr=True).print(f"  Outlook is not answering ({error}); Baton goes on trying")


async def _install(box: Sandbox) -> None:
    """Whoever has never had Baton has it now, as when an admin sets it up for the company."""
    for person in box.directory:
        if not box.chats.chat(person).installed:
            await box.teams.install(person)


async def _bring_along(console: Console, brought: Brought, app: Running, box: Sandbox) -> None:
    """A person's own calendar and a list of leads, if they were given."""
    if brought.calendar:
        name, content = brought.calendar
        who = box.person(CALENDAR_OF)
        report = read_calendar(box.tenant, CALENDAR_OF, content)
        console.print(
            f"  {name}: {report.made} events new in {who.name}'s calendar, "
            f"{report.replaced} as before"
        )
        notes = report.notes
        for note in summed_up([str(one) for one in notes], [one.why for one in notes]):
            console.print(f"    {note}", markup=False)
    if brought.leads:
        name, leads = brought.leads
        await lead_lists.take_in(app.services, name, leads, box.person(LEADS_OF).mail)


async def _form(app: Running, box: Sandbox, address: str) -> Form:
    """A site whose form hands leads in: the source of before with another token, or a new one."""
    services, at = app.services, app.services.now()
    sources, whose = services.stores.lead_sources, box.person(LEADS_OF).id
    async with services.stores.door.open() as tx:
        source = await sources.named(tx, FORM)
        if source is None:
            source = _source(FORM, whose, at)
            await sources.make(tx, source)
        await sources.end_keys(tx, source.id, at, at)
        token = await sources.add_key(tx, source.id, at, signs=False)
    return Form(address=lead_sources.where(address), token=token)


async def _leads_of_crm(app: Running, box: Sandbox) -> None:
    """Where the policy lets leads come in from the CRM, they are hers; from now on. The fields that
    it names are there.
    """
    services = app.services
    wanted = (await services.stores.policies.current()).crm.leads
    if services.crm is None or wanted is None:
        return
    for name in wanted.fields.values():
        if box.crm.field(CONTACTS, name) is None:
            box.crm.has_field(Field(kind=CONTACTS, name=name, label=name, own=True))
    sources, whose = services.stores.lead_sources, box.person(LEADS_OF).id
    async with services.stores.door.open() as tx:
        if await sources.named(tx, wanted.source) is None:
            await sources.make(tx, _source(wanted.source, whose, services.now()))
        tx.follow(ReadLeads())


def _source(name: str, whose: str, at: datetime) -> LeadSource:
    return LeadSource(
        id=uuid4(),
        name=name,
        owner=whose,
        qualifiers=[whose],
        campaign="",
        made_at=at,
        ended_at=None,
    )


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TrialError(f"{file} cannot be read: {error.strerror}") from error


@asynccontextmanager
async def _working(app: Running, settings: Settings) -> AsyncIterator[None]:
    """A worker in this process, until the end."""
    worker = asyncio.create_task(app.work(concurrency=settings.workers))
    try:
        async with beside(app.listen):
            yield
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


def _passing(box: Sandbox, app: Running) -> Callable[[datetime], Awaitable[None]]:
    """Hours pass as they would by themselves: what is due on the way happens at its own time."""
    services = app.services

    async def pass_time(to: datetime) -> None:
        patience = asyncio.get_running_loop().time() + LONGEST_PASSING
        while asyncio.get_running_loop().time() < patience:
            stop = await services.stores.lookups.next_alarm(box.clock(), to)
            if stop is None:
                break
            box.clock.set(stop)
            await _done(Sweep())
        box.clock.set(to)
        await _done(SyncPeople(), SeeAbsences(), Sweep(), Subscribe())
        if services.crm:  # which is looked at by itself as well, every few minutes
            await _done(ReadCrm(), ReadLeads(), ReadDeals(), ReadActivity())

    async def _done(*effects: Effect) -> None:
        await services.stores.door.follow(*effects)
        with contextlib.suppress(TimeoutError):  # with Outlook away, say: it goes on by itself
            async with asyncio.timeout(LONGEST_STOP):
                while not await services.stores.queue.at_rest():  # noqa: ASYNC110  # a table, no event
                    await asyncio.sleep(0.05)

    return pass_time


def looking_ahead(box: Sandbox, app: Running) -> Callable[[], Awaitable[Next | None]]:
    """The first thing of which somebody will see something, and when: of a lead, while there is
    any. What is about none happens on the way.
    """
    stores = app.services.stores

    async def what_next() -> Next | None:
        found = await stores.lookups.happens_next(box.clock())
        of_leads = [one for one in found if one.handoff]
        return await _first(of_leads) or await _first(found)

    async def _first(found: Sequence[Happening]) -> Next | None:
        at, told = None, dict[str, None]()
        for one in found:
            if told and one.at != at:
                break
            at = one.at
            told |= dict.fromkeys(await _told(one))
        return Next(at, " ".join(told)) if at and told else None

    async def _told(one: Happening) -> list[str]:
        if one.who is None:
            assert one.handoff
            return next_thing.happens(await stores.handoffs.case(one.handoff), one.at)
        found = await stores.people.find(one.who)
        name = found.name if found else "Somebody"
        if one.what:
            return [next_thing.pledge_rings(name, Promise(one.what))]
        return [next_thing.card_comes(name)]

    return what_next


@contextmanager
def _step(console: Console, what: str) -> Iterator[None]:
    with console.status(f"{what}…"):
        yield
    console.print(f"  [green]✔[/] {what}")


def _free(name: str, port: int) -> None:
    """Raises TrialError when something listens there already."""
    for address in ("127.0.0.1", "::1"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as probe:
            probe.settimeout(0.5)
            if probe.connect_ex((address, port)) == 0:
                raise TrialError(
                    f"port {port} is in use by another program. End that one, "
                    f"or choose another port: make run {name}=…"
                )


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text) < 65_500
