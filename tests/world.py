"""The whole app as a test sees it: people act in Teams and Outlook, hours pass, work gets done.

Real HTTP, real PostgreSQL, the sandbox for Microsoft 365, Microsoft's own client. The clock moves
only when a test says so.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import web
from psycopg import AsyncConnection

from handoff.effects import Sweep
from handoff.model import Case
from jobs import people
from running import Running, running, serving
from sandbox.company import Company
from sandbox.exchange.model import Letter, LetterKind
from sandbox.m365 import Sandbox
from sandbox.m365 import running as sandbox_running
from sandbox.teams.chats import ChatMessage
from sandbox.teams.person import Answer
from settings import Settings
from telemetry import configure_logging

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Madrid
POLICY = Path(__file__).parents[1] / "policy.toml"
TABLES = (
    "handoff, lead, commitment, reservation, entry, card, conversation, heard, subscription, "
    "seen, sent, person, policy, beat, week, silenced, leaver, roll_call, examination, "
    "procrastinate_jobs, procrastinate_workers, procrastinate_events, "
    "procrastinate_periodic_defers, routing_book, routing_given, routing_record, "
    "routing_question, routing_stage, routing_report, routing_alarm, routing_signed, look, "
    "delivery, link, signing_key"
)
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


@dataclass
class World:
    box: Sandbox
    app: Running
    settings: Settings
    url: str
    env: dict[str, str]  # for processes of their own

    @property
    def clock(self) -> Any:
        return self.box.clock

    async def work(self) -> None:
        """Everything due now is done, and what follows from it. What failed waits its time."""
        for turn in range(30):
            await self.app.work(wait=False)
            await self.box.settled()
            if turn and not await self.rows(
                "select 1 from procrastinate_jobs job where status = 'todo' and attempts = 0 "
                "and (scheduled_at is null or scheduled_at <= now()) "
                "and not exists (select 1 from procrastinate_jobs first "
                "where first.lock = job.lock and first.id < job.id and first.status = 'todo')"
            ):
                return
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
        """The answer to a click on the newest card (or the one given), before any work is done."""
        return await self.box.teams.click(who, card or self.newest(who), verb, **inputs)

    async def press(
        self, who: str, verb: str, card: ChatMessage | None = None, **inputs: Any
    ) -> ChatMessage:
        """As `click`, and the work is done; the card as it then is."""
        answer = await self.click(who, verb, card, **inputs)
        assert answer.ok, answer
        await self.work()
        return self.newest(who)

    def newest(self, who: str) -> ChatMessage:
        shown = [m for m in self.box.teams.chat(who) if m.from_bot]
        assert shown, f"{who} has no message"
        return shown[-1]

    def reads(self, who: str) -> str:
        """All the words on the newest card of *who*."""
        return "\n".join(self.newest(who).texts())

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
        await self.say("quinn", "book")
        inputs = {**BRIEF, "target": target, **changes}
        card = await self.press("quinn", "brief", None, **inputs)
        again = [a for a in card.actions() if (a.data or {}).get("anyway")]
        if again:  # the company has one open already
            card = await self.press("quinn", "brief", None, **inputs)
        return card

    async def offer_times(self) -> UUID:
        """Quinn has times to choose from."""
        await self.brief()
        [(id,)] = await self.rows("select id from handoff order by number desc limit 1")
        return UUID(str(id))

    async def offer(self, rep: str = "rita", **changes: str) -> UUID:
        """Quinn books the first time with *rep*, who has the card."""
        await self.brief(f"rep:{self.box.person(rep).id}", **changes)
        await self.press("quinn", "book")
        [(id,)] = await self.rows("select id from handoff order by number desc limit 1")
        return UUID(str(id))

    async def accepted(self, rep: str = "rita", **changes: str) -> UUID:
        id = await self.offer(rep, **changes)
        await self.press(rep, "accept")
        return id

    async def case(self, id: UUID) -> Case:
        return await self.app.services.stores.handoffs.case(id)

    async def state(self, id: UUID) -> str:
        return (await self.case(id)).handoff.state.value

    async def timeline(self, id: UUID) -> list[str]:
        return [entry.what for entry in await self.app.services.stores.handoffs.timeline(id)]

    async def rows(self, sql: str, *args: object) -> list[tuple[Any, ...]]:
        async with await AsyncConnection.connect(self.settings.database_url) as tx:
            return await (await tx.execute(sql, args or None)).fetchall()

    async def run(self, sql: str, *args: object) -> None:
        async with await AsyncConnection.connect(self.settings.database_url) as tx:
            await tx.execute(sql, args or None)

    async def install(self, *people: str) -> None:
        """They have Baton in Teams and have been welcomed."""
        for who in people:
            await self.box.teams.install(who)
        await self.work()

    async def sync(self) -> list[str]:
        """Who is who, as Entra and Outlook have it now."""
        return await people.sync(self.app.services)


configure_logging("json")


@asynccontextmanager
async def a_world(
    database_url: str,
    *,
    weeks: bool = False,
    now: datetime | None = MONDAY,
    company: Company | None = None,
    more: Mapping[str, str] | None = None,
) -> AsyncIterator[World]:
    """The app running against a sandbox of its own, with calendars empty unless *weeks*.

    The clock stands at *now*; with None it is the machine's, as for processes of their own.
    *company* is another than Halden Systems; *more* are settings besides.
    """
    async with await AsyncConnection.connect(database_url) as tx:
        await _empty(tx)
        await tx.execute("update pace set next_at = now()")
        await tx.execute("update routing_chain set n = 0, hash = '', gone_n = 0, gone_hash = ''")
    async with sandbox_running(weeks=weeks, now=now, company=company) as box:
        env = {
            **box.env(),
            "DATABASE_URL": database_url,
            "POLICY_FILE": str(POLICY),
            "HOST": "127.0.0.1",
            # People in tests are quicker than people; limits have tests of their own.
            "TEAMS_PER_CONVERSATION": "1000/1",
            "TEAMS_PER_SECOND": "1000",
            **(more or {}),
        }
        async with serving(web.Application(), "127.0.0.1", 0) as free:
            url = f"http://127.0.0.1:{free}"
        env["PUBLIC_URL"] = url
        settings = Settings.read(env)
        async with running(settings, box.clock) as app, serving(app.site, "127.0.0.1", free):
            _only_when_asked(app)
            async with app.services.stores.door.open() as tx:
                await app.services.stores.policies.publish(tx, POLICY.read_text(), MONDAY)
            box.bot_url = f"{url}/api/messages"
            box.limits.off()
            world = World(box, app, settings, url, env)
            await (world.sync() if company or weeks or now != MONDAY else _everyone(world))
            yield world


async def _empty(tx: AsyncConnection[Any]) -> None:
    """As a truncate of TABLES that restarts what counts, which takes a quarter of a second."""
    await tx.execute(
        "set local session_replication_role = replica; "  # in any order, for all of them go
        + "; ".join(f"delete from {table}" for table in TABLES.split(", "))
    )
    await tx.execute(
        "select setval(c.oid, 1, false) from pg_class c join pg_depend d on d.objid = c.oid "
        "join pg_class t on t.oid = d.refobjid where c.relkind = 'S' and t.relname = any(%s)",
        [TABLES.split(", ")],
    )


async def _everyone(world: World) -> None:
    """Who is who, as the first world of this database has read it: the others are spared that."""
    [(known,)] = await world.rows("select to_regclass('first.person') is not null")
    if known:
        await world.run(
            "insert into person overriding system value select * from first.person; "
            "insert into beat select * from first.beat; "
            "select setval(pg_get_serial_sequence('person', 'n'), max(n)) from person"
        )
        return
    await world.sync()
    await world.run(
        "create schema first; create table first.person as table person; "
        "create table first.beat as table beat"
    )


def _only_when_asked(app: Running) -> None:
    """What is done now and then is done when a test says so, and not whenever its time comes
    outside: it would ask Graph, and post cards amid others.
    """
    app.queue.periodic_registry.periodic_tasks.clear()
