"""The whole app as a test sees it: people act in Teams and Outlook, hours pass, work gets done.

Real HTTP, real PostgreSQL, the sandbox for Microsoft 365, Microsoft's own client. The clock moves
only when a test says so.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from handoff.effects import Sweep
from handoff.model import Case
from jobs import people
from manifest.check import application_uri
from running import Running, running, serving
from sandbox.company import Company
from sandbox.crm.records import DATAVERSE, HUBSPOT, SALESFORCE
from sandbox.exchange.model import Letter, LetterKind
from sandbox.m365 import Copy, Sandbox
from sandbox.m365 import running as sandbox_running
from sandbox.request_log import LoggedRequest
from sandbox.teams.cards import Action, press
from sandbox.teams.chats import ChatMessage
from sandbox.teams.person import Answer
from settings import Settings
from store import sums
from store.database import Pool, pool
from tabs.proof import CLIENTS, SCOPE
from telemetry import configure_logging
from tests import hour
from tests.beginnings import MIGRATED, Beginning, Kept, Rows, keep, port
from tests.commands import baton
from tests.hour import MONDAY
from tests.observed import OBSERVING, template
from web.hubspot import HUBSPOT_AT

MOST = 30  # connections of the app
LONGEST_LOOK = timedelta(minutes=1)
POLICY = Path(__file__).parents[1] / "policy.toml"
BRIEF = {
    "company": "Contoso Logistics",
    "contact_name": "Ines Prado",
    "contact_email": "ines@contoso.example",
    "contact_zone": "Europe/Lisbon",
    "needs": "Live customs tracking for 3 warehouses",
    "pains": "Two late shipments a week",
    "current_solution": "Excel and a broker's portal",
    "request": "See tracking live",
    "value": "48000",
    "campaign": "Ports webinar",
    "type": "first",
    "wanted": "2026-03-03",
}
INES = "ines@contoso.example"
STILL_READ = pytest.mark.parametrize(
    "still_read", [False, True], ids=["deleted is gone", "still read by its id"]
)
"""What is deleted: whether Graph reads it still is on no page."""
SUBJECT = "Contoso Logistics and Halden Systems"

DUE = """
select 1 from procrastinate_jobs job
where status = 'todo' and (attempts = 0 or not %s) -- but what was rescued, once
    and (scheduled_at is null or scheduled_at <= now())
    and not exists (
        select 1 from procrastinate_jobs first
        where first.lock = job.lock and first.id < job.id and first.status in ('todo', 'doing')
    )
limit 1
"""
LASTING = "lasting"
WHO_IS_LEFT = f"""
select pg_terminate_backend(pid, 10000) from pg_stat_activity
where datname = current_database() and application_name <> '{LASTING}'
    and backend_type = 'client backend'
"""
"""A process that was killed at the end of a test may have a statement under way, and what it writes
would stand among the rows of the next one.
"""


@dataclass
class World:
    box: Sandbox
    app: Running
    settings: Settings
    url: str
    env: dict[str, str]  # for processes of their own
    database: str  # the straight way there, whichever way the app takes
    asked: set[str] = field(default_factory=set)  # of Graph, as the table of calls has it
    _own: AsyncConnection | None = field(default=None)

    def heard(self, asked: LoggedRequest) -> None:
        if asked.part == "graph":
            self.asked.add(template(asked))

    @property
    def clock(self) -> Any:
        return self.box.clock

    async def work(self) -> None:
        """Everything due now is done, and what follows from it; what is on its way in Outlook
        arrives, as long as that takes. What failed waits its time.
        """
        await self._work()
        while at := self.box.transport.next_at:
            waited = max(at - self.clock(), timedelta())
            self.clock.set(self.clock() + waited)
            await self._hurry(waited)
            if self.box.transport.next_at is None:
                await self._hurry(LONGEST_LOOK)  # whoever waits for the last of it looks once more

    async def _hurry(self, by: timedelta) -> None:
        """Whatever waits for Outlook has waited so much of it."""
        await self.run(
            "update procrastinate_jobs set scheduled_at = scheduled_at - %s "
            "where status = 'todo' and attempts > 0 and queue_name = 'outlook'",
            by + timedelta(milliseconds=1),
        )
        await self._work()

    async def _work(self) -> None:
        """A worker is begun only where there is something for it: to begin one costs a dozen
        statements, and a journey asks for work a hundred times.
        """
        await self.box.settled()
        for turn in range(30):
            if not await self.rows(DUE, turn > 1):
                return
            await self.app.work(wait=False, concurrency=2)
            await self.box.settled()
        left = await self.rows("select task_name, args from procrastinate_jobs where attempts = 0")
        raise AssertionError(f"the work does not end: {left}")

    async def sweep(self) -> None:
        await self.app.services.stores.door.follow(Sweep())
        await self.work()

    async def pass_(self, **delta: float) -> None:
        """Hours pass, the sweep looks, and the work is done."""
        self.clock.forward(timedelta(**delta))
        await self.sweep()

    async def until(self, at: datetime) -> None:
        self.clock.set(at)
        await self.sweep()

    async def say(self, who: str, text: str) -> ChatMessage:
        """What *who* then reads."""
        answer = await self.box.teams.say(who, text)
        assert answer.status == 200, answer
        await self.work()
        return self.newest(who)

    async def click(
        self, who: str, verb: str, card: ChatMessage | None = None, **inputs: Any
    ) -> Answer:
        """The answer to a click on the newest card (or the one given), before any work is done. The
        form that has the button is opened first; of several buttons, the one that carries what is
        given, or the highlighted one.
        """
        card = card or self.newest(who)
        await self.opens(who, verb, card, **inputs)
        return await self.box.teams.click(
            who, card, verb, **_chosen(self._shown(who, card), verb, inputs)
        )

    def sends(self, who: str, verb: str, card: ChatMessage, **inputs: Any) -> dict[str, Any]:
        """What a click on the card would send, which is open where the button is."""
        shown = self._shown(who, card)
        assert shown.card
        inputs = _chosen(shown, verb, inputs)
        titled, matching = inputs.pop("titled", None), inputs.pop("matching", None)
        return press(shown.card, verb, inputs, titled=titled, matching=matching)[1]

    async def opens(
        self, who: str, verb: str, card: ChatMessage | None = None, **inputs: Any
    ) -> bool:
        """Whether the card has such a button, or a form that has it, which is open then."""
        card = card or self.newest(who)

        def buttons() -> list[Action]:
            return self._shown(who, card).actions()

        if any(_fits(one, verb, inputs) for one in buttons()):
            return True
        forms = [a for a in buttons() if a.verb == "open" and a.title != "Back"]
        for form in sorted(forms, key=lambda one: verb not in str(one.data["opens"])):
            await self.box.teams.execute(who, card, "open", form.data)
            if await self.opens(who, verb, card, **inputs):
                return True
            for back in [one for one in buttons() if one.title == "Back"]:
                await self.box.teams.execute(who, card, str(back.verb), back.data)
        return False

    async def found(self, who: str, verb: str) -> ChatMessage:
        """Their newest card that has such a button, or a form that has it, which is open then."""
        for card in reversed(self.box.teams.chat(who)):
            if card.from_bot and await self.opens(who, verb, card):
                return self._shown(who, card)
        raise AssertionError(f"{who} can {verb} nowhere")

    def _shown(self, who: str, card: ChatMessage) -> ChatMessage:
        return self.box.teams.chats.message(who, card.id) or card

    async def press(
        self, who: str, verb: str, card: ChatMessage | None = None, **inputs: Any
    ) -> ChatMessage:
        """As `click`, and the work is done; the card as it then is."""
        answer = await self.click(who, verb, card, **inputs)
        assert answer.ok, answer
        await self.work()
        return self.newest(who)

    def answers(self, who: str, answer: str) -> None:
        """They answer the newest meeting in Outlook themselves, which nobody does the moment that
        it arrives.
        """
        self.clock.forward(timedelta(seconds=10))
        self.box.outlook.respond(who, SUBJECT, answer)

    def newest(self, who: str) -> ChatMessage:
        shown = [m for m in self.box.teams.chat(who) if m.from_bot]
        assert shown, f"{who} has no message"
        return shown[-1]

    def reads(self, who: str) -> str:
        """All the words on the newest card of *who*, those on its buttons too."""
        card = self.newest(who)
        return "\n".join([*card.texts(), *(one.title for one in card.actions())])

    def cards(self, who: str) -> int:
        return len([m for m in self.box.teams.chat(who) if m.from_bot])

    def invitations(self, address: str = INES) -> list[Letter]:
        """What Outlook sent someone outside about the meeting."""
        return [one for one in self.box.outside.inbox(address) if one.kind is not LetterKind.MAIL]

    def mails(self, address: str = INES) -> list[Letter]:
        """What people wrote to someone outside."""
        return [one for one in self.box.outside.inbox(address) if one.kind is LetterKind.MAIL]

    async def brief(self, target: str = "pool:emea", **changes: str) -> ChatMessage:
        """Quinn fills in the form and has times to choose from."""
        inputs = {**BRIEF, "target": target, **changes}
        await self.form(of=inputs["company"])
        rep = target.removeprefix("rep:")
        many = '"id": "named"' in json.dumps(self.newest("quinn").card)  # to choose from
        if many and rep != target:
            inputs["named"] = self.box.directory.find(rep).mail
            del inputs["target"]
        card = await self.press("quinn", "brief", None, **inputs)
        again = [a for a in card.actions() if (a.data or {}).get("anyway")]
        if again:  # the company has one open already
            card = await self.press("quinn", "brief", None, **inputs)
        return card

    async def form(self, who: str = "quinn", of: str = "Contoso Logistics") -> ChatMessage:
        """The brief of a new lead *of* that company, for *who* to fill in."""
        await self.say(who, "book")
        card = await self.press(who, "who_and_when", None, contact=of)
        if "who_and_when" in card.verbs():  # leads of it wait already
            card = await self.press(who, "who_and_when", None, contact=of)
        return card

    async def offer_times(self) -> UUID:
        """Quinn has times to choose from."""
        await self.brief()
        return await self.newest_handoff()

    async def offer(self, rep: str = "rita", **changes: str) -> UUID:
        """Quinn books the first time with *rep*, who has the card."""
        await self.brief(f"rep:{self.box.person(rep).id}", **changes)
        await self.press("quinn", "book")
        return await self.newest_handoff()

    async def accepted(self, rep: str = "rita", **changes: str) -> UUID:
        id = await self.offer(rep, **changes)
        await self.press(rep, "accept")
        return id

    async def newest_handoff(self) -> UUID:
        [(id,)] = await self.rows("select id from handoff order by number desc limit 1")
        return UUID(str(id))

    async def case(self, id: UUID) -> Case:
        return await self.app.services.stores.handoffs.case(id)

    async def state(self, id: UUID) -> str:
        return (await self.case(id)).handoff.state.value

    async def timeline(self, id: UUID) -> list[str]:
        return [entry.what for entry in await self.app.services.stores.handoffs.timeline(id)]

    async def rows(self, sql: str, *args: object) -> list[tuple[Any, ...]]:
        tx = await self._connected()
        return await (await tx.execute(sql, args or None)).fetchall()

    async def run(self, sql: str, *args: object) -> None:
        await (await self._connected()).execute(sql, args or None)

    async def _connected(self) -> AsyncConnection:
        """A connection of the test's own. It is in no transaction between two statements."""
        if own := _lasting_own(self.database):
            return own
        if self._own is None or self._own.closed:
            self._own = await AsyncConnection.connect(self.database, autocommit=True)
        return self._own

    async def close(self) -> None:
        if self._own:
            await self._own.close()

    async def install(self, *people: str) -> None:
        """They have Baton in Teams and have been welcomed."""
        for who in people:
            await self.box.teams.install(who)
        await self.work()

    def command(self, *words: str, cold: bool = False) -> tuple[str, ...]:
        """How `python app.py` is started with these words, at the time that it is here."""
        return baton(*words, clock=self.clock, cold=cold)

    async def sync(self) -> list[str]:
        """Who is who, as Entra and Outlook have it now."""
        return await people.sync(self.app.services)


def _fits(action: Action, verb: str, inputs: Mapping[str, Any]) -> bool:
    """Whether it is such a button, and carries what is given of that."""
    typed, data = {one.get("id") for one in action.inputs}, action.data or {}
    return (action.verb, inputs.get("titled") or action.title) == (verb, action.title) and all(
        str(data[name]) == str(value)
        for name, value in inputs.items()
        if name in data and name not in typed
    )


def _chosen(shown: ChatMessage, verb: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """*inputs*, of which those that the button carries tell it from others."""
    fits = [one for one in shown.actions() if _fits(one, verb, inputs)]
    kinds = {repr(one.data): one for one in fits}
    if len(kinds) < 1 or (len(kinds) > 1 and inputs.keys() & {"titled", "matching"}):
        return dict(inputs)
    first = [one for one in kinds.values() if one.style == "positive"] or list(kinds.values())
    if len(kinds) > 1 and len(first) > 1:
        return dict(inputs)
    data, typed = first[0].data or {}, {one.get("id") for one in first[0].inputs}
    given = {name: value for name, value in inputs.items() if name in typed or name not in data}
    return given if len(kinds) == 1 and given == inputs else {**given, "matching": data}


configure_logging("json")


@asynccontextmanager
async def a_world(
    database_url: str,
    *,
    begins: Beginning = Beginning.EVERYONE,
    weeks: bool = False,
    now: datetime = MONDAY,
    company: Company | None = None,
    more: Mapping[str, str] | None = None,
) -> AsyncIterator[World]:
    """The app running against a sandbox of its own, with calendars empty unless *weeks*.

    It begins at *now*, and the clock stands. *company* is another than Halden Systems; *more* are
    settings besides. How it *begins* is lived once for each database and hour and copied from then
    on, but where *weeks* or a *company* are given: then Baton reads who is who anew.
    """
    if weeks or company:
        async with _anew(database_url, weeks=weeks, now=now, company=company, more=more) as world:
            await _everyone(world)
            yield world
        return
    kept = await _kept(database_url, begins, now)
    await _restored(database_url, kept.rows)
    async with _running(database_url, like=kept.box, now=kept.at, more=more) as world:
        yield world


MAKES = {"hubspot": HUBSPOT, "salesforce": SALESFORCE, "dataverse": DATAVERSE}


@dataclass(frozen=True, slots=True)
class Lasting:
    """Connections that one world hands on to the next: PostgreSQL begins a process for each, which
    learns every table anew.
    """

    pool: Pool
    own: AsyncConnection  # the test's


OPEN: dict[str, Lasting] = {}  # by database


@asynccontextmanager
async def lasting(database_url: str) -> AsyncIterator[None]:
    """Worlds in this database share their connections."""
    url = make_conninfo(database_url, application_name=LASTING)
    async with (
        pool(url, MOST) as connections,
        await AsyncConnection.connect(url, autocommit=True) as own,
    ):
        OPEN[database_url] = Lasting(connections, own)
        yield
        del OPEN[database_url]


def _lasting_own(database_url: str) -> AsyncConnection | None:
    """None where worlds share nothing, or a test has ended it."""
    kept = OPEN.get(database_url)
    return kept.own if kept and not kept.own.closed else None


@asynccontextmanager
async def _restoring(database_url: str) -> AsyncIterator[AsyncConnection]:
    if own := _lasting_own(database_url):
        await own.execute("reset all")
        async with own.transaction():
            yield own
    else:
        async with await AsyncConnection.connect(
            make_conninfo(database_url, application_name=LASTING)
        ) as tx:
            yield tx


async def _restored(database_url: str, rows: Rows) -> None:
    async with _restoring(database_url) as tx:
        await tx.execute(WHO_IS_LEFT)
        await rows.restore(tx)
        # These go by the database's own clock, for which it is later than when the rows were kept.
        await tx.execute("update pace set next_at = now(); update beat set real_at = now()")


@asynccontextmanager
async def _anew(database_url: str, **how: Any) -> AsyncIterator[World]:
    """Nobody has told Baton anything yet."""
    await _restored(database_url, MIGRATED[database_url])
    async with _running(database_url, **how) as world:
        yield world


@asynccontextmanager
async def _running(
    database_url: str,
    *,
    like: Copy | None = None,
    weeks: bool = False,
    now: datetime = MONDAY,
    company: Company | None = None,
    more: Mapping[str, str] | None = None,
) -> AsyncIterator[World]:
    async with sandbox_running(
        weeks=weeks,
        now=now,
        machine=hour.now,
        company=company,
        like=like,
        port=port("Microsoft 365"),
    ) as box:
        env = {
            **box.env(),
            "DATABASE_URL": database_url,
            "PUBLIC_URL": f"http://127.0.0.1:{port('Baton')}",
            "POLICY_FILE": str(POLICY),
            "HOST": "127.0.0.1",
            # People in tests are quicker than people; limits have tests of their own.
            "TEAMS_PER_CONVERSATION": "1000/1",
            "TEAMS_PER_SECOND": "1000",
            **(more or {}),
            **(box.crm_env(MAKES[crm]) if (crm := (more or {}).get("CRM")) else {}),
        }
        settings = Settings.read(env)
        async with (
            running(settings, box.clock, connections=_shared(settings)) as app,
            serving(app.site, "127.0.0.1", port("Baton")),
        ):
            _only_when_asked(app)
            box.bot_url = f"{settings.public_url}/api/messages"
            box.hubspot.webhooks.app.url = f"{settings.public_url}{HUBSPOT_AT}"
            box.limits.off()
            exposes(box, settings.public_url)
            world = World(box, app, settings, settings.public_url, env, database_url)
            box.requests.listeners += [OBSERVING.heard, world.heard]
            try:
                yield world
            finally:
                await world.close()


def exposes(box: Sandbox, public_url: str) -> None:
    """As an administrator has told the app registration, by the page on installing."""
    client = box.entra.app.client_id
    box.entra.expose(application_uri(client, urlsplit(public_url).netloc), SCOPE, CLIENTS)


def _shared(settings: Settings) -> Pool | None:
    """None where the app takes another way to the database."""
    kept = OPEN.get(settings.database_url)
    return kept.pool if kept else None


KEPT: dict[tuple[str, Beginning, datetime], Kept] = {}  # by database


async def _kept(database_url: str, begins: Beginning, now: datetime) -> Kept:
    """That beginning, lived now if it has not been."""
    key = database_url, begins, now
    if key not in KEPT:
        before = (
            a_world(database_url, begins=begins.before, now=now)
            if begins.before
            else _anew(database_url, now=now)
        )
        async with before as world:
            await LIVED[begins](world)
            async with await AsyncConnection.connect(database_url) as tx:
                rows = await keep(tx, f"{begins} {now:%Y-%m-%d %H:%M}")
            KEPT[key] = Kept(rows, world.box.copy(), world.clock())
    return KEPT[key]


async def _everyone(world: World) -> None:
    async with world.app.services.stores.door.open() as tx:
        await world.app.services.stores.policies.publish(tx, POLICY.read_text(), world.clock())
    await world.sync()


async def _installed(world: World) -> None:
    await world.install("quinn", "rita", "ravi", "rosa", "mara", "helen")


async def _offered(world: World) -> None:
    await world.offer()


async def _accepted(world: World) -> None:
    await world.press("rita", "accept")


async def _lived(world: World) -> None:
    for n, rep in enumerate(("rita", "ravi", "rita")):
        more = {"company": f"Company {n}", "contact_email": f"p{n}@x.example"}
        await world.offer(rep, **more)
        if n != 1:
            await world.press(rep, "accept")
    await world.pass_(days=3)
    await world.pass_(days=4)
    async with world.app.services.stores.door.open() as tx:
        await sums.add_up(tx)


LIVED: dict[Beginning, Callable[[World], Awaitable[None]]] = {
    Beginning.EVERYONE: _everyone,
    Beginning.INSTALLED: _installed,
    Beginning.OFFERED: _offered,
    Beginning.ACCEPTED: _accepted,
    Beginning.LIVED: _lived,
}


def _only_when_asked(app: Running) -> None:
    """What is done now and then is done when a test says so, and not whenever its time comes
    outside: it would ask Graph, and post cards amid others.
    """
    app.queue.periodic_registry.periodic_tasks.clear()
