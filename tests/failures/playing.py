"""A story's last scene, played again and again from the same moment, each time with one failure."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import wraps
from typing import Any

from procrastinate.exceptions import ConnectorException
from psycopg import AsyncConnection, Error
from psycopg_pool import PoolTimeout

from handoff.effects import Effect, Rescue
from jobs import tasks
from sandbox.faults import GRAPH_BUSY, GRAPH_DOWN, AnswerLost, Fault, Part, Reset, Status
from sandbox.faults import Effect as Broken
from sandbox.request_log import LoggedRequest
from sandbox.teams.chats import ChatChange, ChatMessage
from tests.beginnings import Beginning, Kept, keep
from tests.failures.acts import Act
from tests.failures.outcome import Outcome, differences, outcome
from tests.failures.wire import Cut, Run, Statement, Wire, wire
from tests.observed import template
from tests.world import World, a_world

SCENE = "scene"  # the schema that holds what is gone back to
ROUNDS = 12
PATIENT = 4  # rounds in which the clock stands
WHILE = timedelta(minutes=3)  # that what may have been sent is given to appear
LONGEST = 20  # seconds of one round of work
NAMES = re.compile(r"(?<=/conversations/)[^/]+|(?<=/activities/)[^/]+")  # what is in Teams
EARLY = 10**9  # calls that a fault lets pass which is there to count them
REQUESTS: dict[str, tuple[Part, Broken]] = {
    "Graph 429": (Part.GRAPH, replace(GRAPH_BUSY, retry_after=1)),
    "Graph 503": (Part.GRAPH, GRAPH_DOWN),
    "Graph cut before": (Part.GRAPH, Reset()),
    "Graph answer lost": (Part.GRAPH, AnswerLost(after=0)),
    "Teams 429": (Part.TEAMS, Status(status=429, code="Throttled", retry_after=1)),
    "Teams 503": (Part.TEAMS, Status(status=503, html=True)),
    "Teams cut before": (Part.TEAMS, Reset()),
    "Teams answer lost": (Part.TEAMS, AnswerLost(after=0)),
    "CRM 429": (Part.CRM, Status(status=429, code="SECONDLY")),
    "CRM 503": (Part.CRM, Status(status=503, html=True)),
    "CRM cut before": (Part.CRM, Reset()),
    "CRM answer lost": (Part.CRM, AnswerLost(after=0)),
}


@dataclass(frozen=True, slots=True)
class Failure:
    how: str  # a key of REQUESTS, or a Cut
    n: int  # which statement or request, from one

    def told(self, played: "Played") -> str:
        """As somebody reads who looks for what is wrong."""
        if self.how in REQUESTS:
            return f"request {self.n}, {self.how}"
        return f"statement {self.n} {self.how} ({played.statements[self.n - 1].text[:100]})"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something fails, of whichever story: the same code with the same behind it."""

    how: str
    job: str  # empty outside of one
    nth: int  # of its kind in the run of that job; 0 outside, where what is around differs
    what: str  # the statement, or the request without any ids


@dataclass(frozen=True, slots=True)
class Played:
    """How it ended, and what there was to fail."""

    soon: Outcome
    later: Outcome  # a minute later, when what comes round again has done so
    jobs: frozenset[str]
    statements: tuple[Statement, ...]
    requests: dict[str, list[tuple[Run, str]]]  # what was asked, by how it may fail
    posted: tuple[int, ...]  # how many statements had come when Teams took each message

    def failures(self) -> list[Failure]:
        """Each of which leaves something else done and undone.

        A connection that is lost where a transaction begins, or that has done nothing which lasts,
        is lost before the next statement.
        """
        found = [
            Failure(how, n)
            for n, statement in enumerate(self.statements, 1)
            for how in Cut
            if (not statement.begins if how is Cut.BEFORE else statement.commits)
        ]
        found += [
            Failure(how, n)
            for how, asked in self.requests.items()
            for n in range(1, len(asked) + 1)
        ]
        return found

    def place(self, failure: Failure) -> Place:
        """Where in the code that is."""
        asked = self.requests.get(failure.how)
        came = asked or [(one.run, one.text) for one in self.statements]
        run, what = came[failure.n - 1]
        nth = sum(other == run for other, _ in came[: failure.n]) if run.job else 0
        return Place(failure.how, run.job, nth, what)


@dataclass
class Stage:
    """A world whose way to the database can be cut, and which can be put back to a moment."""

    world: World
    wire: Wire
    kept: Kept
    posted: list[tuple[int, ChatMessage]] = field(default_factory=list)
    losing: Fault | None = None
    unknown: set[str] = field(default_factory=set)
    """Messages of which nothing that lasts could say that they had been taken."""

    async def restore(self) -> None:
        """As at the moment of `stage`."""
        self.wire.listen()
        self.world.box.restore(self.kept.box)
        async with await AsyncConnection.connect(self.world.database) as tx:
            await self.kept.rows.restore(tx)
            await tx.execute(f"truncate {SCENE}.done")
        self.posted.clear()
        self.unknown.clear()
        self.losing = None

    async def play(self, act: Act, failure: Failure | None, expected: Played | None) -> list[str]:
        """What is other than *expected*, after *failure*; nothing if all is well."""
        await self.restore()
        await act.ready(self.world)
        self._arm(failure)
        dead = await self._doing()
        await act.run(self.world)
        stuck = await self.settle() - dead
        found = await self._differences(expected.soon) if expected else []
        if found and expected:
            await self._later(act)
            found = await self._differences(expected.later)
        return [*(f"stays as being done: {job}" for job in stuck), *found]

    async def undisturbed(self, act: Act) -> Played:
        """How it ends when nothing fails."""
        await self.restore()
        await act.ready(self.world)
        self.wire.listen()
        counting = {
            how: self.world.box.faults.add(part, effect, spares=EARLY)
            for how, (part, effect) in REQUESTS.items()
        }
        requests: dict[str, list[tuple[Run, str]]] = {how: [] for how in REQUESTS}

        def heard(asked: LoggedRequest) -> None:
            for how, fault in counting.items():
                if len(requests[how]) < EARLY - fault.spares:
                    requests[how].append((self.wire.run, NAMES.sub("", template(asked))))

        self.world.box.requests.listeners.append(heard)
        await act.run(self.world)
        assert not await self.settle()
        self.world.box.requests.listeners.remove(heard)
        statements = tuple(self.wire.heard)
        posted = tuple(place for place, _ in self.posted)
        assert all(len(requests[how]) == EARLY - one.spares for how, one in counting.items())
        jobs = {job for (job,) in await self.world.rows(f"select distinct job from {SCENE}.done")}
        soon = await outcome(self.world)
        await self._later(act)
        return Played(
            soon, await outcome(self.world), frozenset(jobs), statements, requests, posted
        )

    async def _later(self, act: Act) -> None:
        self.world.clock.forward(timedelta(minutes=1))
        await self.world.app.services.stores.door.follow(*_each_minute())
        await act.again(self.world)
        assert not await self.settle()

    async def _differences(self, expected: Outcome) -> list[str]:
        """A message that came twice because nobody could know of the first is no difference."""
        found = differences(expected, await outcome(self.world))
        if found and self.unknown:
            return differences(expected, await outcome(self.world, but_for=self.unknown))
        return found

    def _arm(self, failure: Failure | None) -> None:
        if failure is None:
            self.wire.listen()
        elif failure.how in REQUESTS:
            self.wire.listen()
            part, effect = REQUESTS[failure.how]
            fault = self.world.box.faults.add(part, effect, spares=failure.n - 1, times=1)
            self.losing = fault if isinstance(effect, AnswerLost) else None
        else:
            self.wire.cut(failure.n, Cut(failure.how))

    def message(self, change: ChatChange) -> None:
        """Teams has taken a message, or an edit of one."""
        is_new = change.kind == "new" and change.message.from_bot
        if is_new:
            self.posted.append((len(self.wire.heard), change.message))
        if self.losing and self.losing.hits:
            self.losing = None
            if is_new:
                self.unknown.add(change.message.id)

    def cut(self) -> None:
        """The way to the database was cut just now."""
        if self.posted:
            at, message = self.posted[-1]
            done = self.wire.heard[at:] if self.wire.how is Cut.AFTER else self.wire.heard[at:-1]
            if not any(one.commits for one in done):
                self.unknown.add(message.id)

    async def settle(self) -> set[str]:
        """All work is done, and was begun anew where its process had died. Jobs that nobody does
        and nobody would begin anew, for their process lives.
        """
        stuck = set[str]()
        for turn in range(ROUNDS):
            if turn == PATIENT:
                self.world.clock.forward(WHILE)
            died = await self._work()
            await self.world.box.settled()
            left = await self.world.rows(
                "select status::text, task_name from procrastinate_jobs "
                "where status in ('todo', 'doing')"
            )
            doing = {job for status, job in left if status == "doing"}
            if not left and not self.world.box.notifications.waiting:
                return stuck
            await self.world.run(
                "update procrastinate_jobs set scheduled_at = null where status = 'todo'; "
                "update procrastinate_workers set last_heartbeat = now() - interval '1 minute'"
            )
            if doing:
                if not died:
                    stuck |= doing
                await self.world.app.services.stores.door.follow(Rescue())
        raise AssertionError(f"it does not come to rest: {left}")

    async def _doing(self) -> set[str]:
        doing = "select task_name from procrastinate_jobs where status = 'doing'"
        return {job for (job,) in await self.world.rows(doing)}

    async def _work(self) -> bool:
        """Whether the worker stopped by itself: then it begins anew, as another."""
        try:
            async with asyncio.timeout(LONGEST):
                await self.world.app.work(wait=False, concurrency=1)
        except (ConnectorException, Error, PoolTimeout):
            return True
        return False


@asynccontextmanager
async def theatre(database: str, *, crm: str = "") -> AsyncIterator[tuple[World, Wire]]:
    """A world as the journeys have it, whose way to the database can be cut. The company has that
    *crm*, or none.
    """
    logging.disable(logging.CRITICAL)  # each failure is told many times
    try:
        async with (
            wire(database) as way,
            a_world(
                database,
                begins=Beginning.INSTALLED,
                more={"DATABASE_URL": way.url, "CRM": crm},
            ) as world,
        ):
            world.box.notifications.waits = (0.01, 0.01, 0.01)
            yield world, way
            await world.run(f"drop schema if exists {SCENE} cascade")
    finally:
        logging.disable(logging.NOTSET)


async def stage(world: World, way: Wire) -> Stage:
    """From here on, and back to here."""
    async with await AsyncConnection.connect(world.database) as tx:
        await tx.execute(f"drop schema if exists {SCENE} cascade")
        kept = Kept(await keep(tx, SCENE), world.box.copy(), world.clock())
        await tx.execute(
            f"create table {SCENE}.done (job text); "
            f"create function {SCENE}.note() returns trigger language plpgsql as "
            f"$$ begin insert into {SCENE}.done values (old.task_name); return null; end $$; "
            "create trigger note after update or delete on procrastinate_jobs "
            f"for each row when (old.status = 'doing') execute function {SCENE}.note()"
        )
    made = Stage(world, way, kept)
    way.on_cut = made.cut
    for task in world.app.queue.tasks.values():
        task.func = _heard(way, task.name, task.func)
    world.box.chats.listeners.append(made.message)
    return made


def _heard(
    way: Wire, job: str, do: Callable[..., Awaitable[None]]
) -> Callable[..., Awaitable[None]]:
    """As *do*, and what comes over the wire meanwhile is known to be its."""

    @wraps(do)
    async def heard(*args: Any, **kwargs: Any) -> None:
        way.run = Run(way.run.n + 1, job)
        try:
            await do(*args, **kwargs)
        finally:
            way.run = Run(way.run.n + 1)

    return heard


def _each_minute() -> list[Effect]:
    """What the app does once a minute."""
    return [kind() for kind, known in tasks.KNOWN.items() if known.cron == "* * * * *"]
