"""Handoffs in PostgreSQL. `Handoffs.change` is the only way a handoff ever changes."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from opentelemetry import trace
from procrastinate import App
from procrastinate.jobs import Job as NewJob
from psycopg import AsyncConnection
from psycopg.errors import ExclusionViolation, UniqueViolation
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from handoff.errors import NoSuchHandoffError, TakenError
from handoff.hours import Span
from handoff.model import Case, Commitment, Decision, Effect, Entry, Handoff, Job
from handoff.moves import MOVES
from handoff.policy import Policy, Promise
from handoff.routing.credits import Movement, movements
from store import rows
from store.people import WITH_MANAGERS
from store.policies import Policies
from store.routing_chain import lock_chain
from store.statement_batch import StatementBatch
from store.trace import carried

Rule = Callable[[Case], Decision | None]
Connection = AsyncConnection[Any]
Plan = Callable[[Connection, Case], Awaitable[Rule]]
Ledger = Callable[[Connection, Handoff, Policy, Sequence[Movement], datetime], Awaitable[None]]

_tracer = trace.get_tracer("baton")

IN_OUTLOOK = frozenset(
    {
        Job.INVITE,
        Job.ACCEPT_MEETING,
        Job.DECLINE_MEETING,
        Job.MOVE_MEETING,
        Job.CHANGE_REP,
        Job.CANCEL_MEETING,
        Job.BOOK_PREP,
        Job.REMOVE_BLOCK,
    }
)
"""Jobs on one meeting, done in the order in which they were decided."""

RESERVING = 0x726570  # our corner of PostgreSQL's advisory locks


class Whose(StrEnum):
    """What an event in Outlook is to a handoff."""

    REP = "rep"
    ORGANIZER = "organizer"
    PREP = "prep"


class IllegalMoveError(Exception):
    """A rule decided on a move that MOVES does not have. A mistake in a rule: nothing is kept."""


class Handoffs:
    def __init__(
        self, pool: AsyncConnectionPool, queue: App, policies: Policies, ledger: Ledger
    ) -> None:
        """*ledger* writes what a decision means for whose turn it is, in the same transaction."""
        self._pool = pool
        self._queue = queue
        self._policies = policies
        self._ledger = ledger

    async def change(self, id: UUID, rule: Rule, *also: str) -> Case:
        """Apply *rule* to the handoff. Row, promises, timeline and jobs commit together or not.

        The row stays locked meanwhile, so of two clicks at once the second sees the first.
        The people in the handoff, and *also* those named, are there for the rule to look at.
        Returns the case as it then stands. Raises NoSuchHandoffError, TakenError when the
        time is no longer free, and whatever *rule* raises; then nothing has changed.
        """

        async def plan(_tx: Connection, _case: Case) -> Rule:
            return rule

        return await self.change_by(id, plan, *also)

    async def change_by(self, id: UUID, plan: Plan, *also: str) -> Case:
        """As `change`, by a rule that is found once the row is locked, in the same transaction."""
        with _tracer.start_as_current_span(
            "decide", record_exception=False, set_status_on_exception=False
        ) as span:
            span.set_attribute("baton.handoff", str(id))
            return await self._change(id, plan, also)

    async def _change(self, id: UUID, plan: Plan, also: Sequence[str]) -> Case:
        async with self._pool.connection() as tx:
            case = await self._read(tx, id, also, lock=True)
            decision = (await plan(tx, case))(case)
            if decision is None:
                return case
            await self._write(tx, case, decision)
            await self._defer(tx, [decision])
        return replace(case, handoff=decision.handoff)

    async def change_all(self, ids: Sequence[UUID], rule: Rule) -> None:
        """Apply *rule* to each of the handoffs that are there, all in one transaction.

        Raises what `change` raises for any of them; then none has changed.
        """
        async with self._pool.connection() as tx:
            cases = await self._read_all(tx, ids, lock=True)
            decided = [(case, rule(case)) for case in cases]
            decisions = [(case, decision) for case, decision in decided if decision]
            for case, decision in decisions:
                await self._write(tx, case, decision)
            await self._defer(tx, [decision for _, decision in decisions])

    async def add(self, decision: Decision) -> bool:
        """A new handoff, its first promise, line and jobs. False if its id is already there."""
        try:
            async with self._pool.connection() as tx:
                await self._write(tx, None, decision)
                await self._defer(tx, [decision])
        except UniqueViolation:
            return False
        return True

    async def case(self, id: UUID, *also: str) -> Case:
        """The handoff as it stands, with its policy and people. Raises NoSuchHandoffError."""
        async with self._pool.connection() as tx:
            return await self._read(tx, id, also)

    async def numbered(self, number: int) -> UUID | None:
        found = await self._ids("select id from handoff where number = %s", [number])
        return found[0] if found else None

    async def timeline(self, id: UUID) -> tuple[Entry, ...]:
        """Every line of the handoff's timeline, in the order in which things happened."""
        async with self._pool.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute("select * from entry where handoff = %s order by at, n", [id])
            return tuple([rows.to_entry(row) async for row in cursor])

    async def owed_by(self, person: str) -> list[UUID]:
        """The handoffs in which *person* owes something, the most pressing first."""
        return await self._ids(
            "select handoff from commitment where who = %s and ended_at is null "
            "group by handoff order by min(due_at), handoff",
            [person],
        )

    async def untold(self, person: str) -> list[UUID]:
        """The handoffs in which *person* owes what they could not be told of."""
        return await self._ids(
            "select handoff from commitment where who = %s and undelivered is not null "
            "and ended_at is null group by handoff order by min(due_at), handoff",
            [person],
        )

    async def to_book(self, qualifier: str) -> list[tuple[UUID, str, str]]:
        """The leads that a qualifier has yet to hand over: id, company and contact."""
        async with self._pool.connection() as tx:
            found = await tx.execute(
                "select h.id, l.company, l.contact_name from handoff h join lead l on l.id = h.lead"
                " where h.qualifier = %s and h.state = 'qualified' order by h.number",
                [qualifier],
            )
            return [(id, company, contact) async for id, company, contact in found]

    async def owing(self, person: str, what: Promise, by: datetime | None = None) -> list[UUID]:
        """The handoffs in which *person* owes a promise of that kind, made *by* then."""
        return await self._ids(
            "select handoff from commitment where who = %s and what = %s and ended_at is null "
            "and made_at <= coalesce(%s::timestamptz, 'infinity') order by made_at, handoff",
            [person, what, by],
        )

    async def overdue(self, at: datetime, most: int = 10_000) -> list[UUID]:
        """Handoffs with an alarm due by *at*, the longest overdue first."""
        return await self._ids(
            "select handoff from commitment where rings_at <= %s "
            "group by handoff order by min(rings_at) limit %s",
            [at, most],
        )

    async def next_alarm(self, after: datetime, until: datetime) -> datetime | None:
        """The first moment between the two at which an alarm rings or a card has waited enough."""
        async with self._pool.connection() as tx:
            row = await (
                await tx.execute(
                    "select min(at) from (select rings_at as at from commitment "
                    "union all select held_until from card) as alarms where at > %s and at < %s",
                    [after, until],
                )
            ).fetchone()
        return row[0] if row else None

    async def asked_about(self, rep: str) -> set[str]:
        """The meetings that Baton itself asks *rep* about, by the event in their own mailbox."""
        async with self._pool.connection() as tx:
            found = await tx.execute(
                "select rep_event from handoff where rep = %s and state <> 'ended' "
                "and rep_event is not null",
                [rep],
            )
            return {event async for (event,) in found}

    async def told(self, events: Mapping[str, str | None]) -> dict[UUID, set[Whose]]:
        """Open handoffs with one of *events* whose version has not been read, and what each is to
        them: the rep's copy, the organizer's, or the rep's prep.

        *events* are event ids and versions; None for one that is gone or of unknown version.
        """
        async with self._pool.connection() as tx:
            found = await tx.execute(
                "select h.id, h.whose from unnest(%s::text[], %s::text[]) as told (event, etag) "
                "join lateral (select id, 'rep' as whose from handoff "
                "where rep_event = told.event and state <> 'ended' "
                "union all select id, 'organizer' from handoff "
                "where organizer_event = told.event and state <> 'ended' "
                "union all select handoff, 'prep' from commitment "
                "where event = told.event and what = 'prepare' and ended_at is null) as h on true "
                "left join seen on seen.event = told.event and seen.etag = told.etag "
                "where seen.event is null",
                [list(events), list(events.values())],
            )
            ids: dict[UUID, set[Whose]] = {}
            async for id, whose in found:
                ids.setdefault(id, set()).add(Whose(whose))
        return ids

    async def ours(self, events: Sequence[str]) -> set[str]:
        """Those of *events* that are of an open handoff."""
        async with self._pool.connection() as tx:
            found = await tx.execute(
                "select rep_event from handoff where rep_event = any(%(events)s) "
                "and state <> 'ended' union select organizer_event from handoff "
                "where organizer_event = any(%(events)s) and state <> 'ended' "
                "union select event from commitment where event = any(%(events)s) "
                "and ended_at is null",
                {"events": list(events)},
            )
            return {event async for (event,) in found}

    async def unread_in(self, mailbox: str, events: Sequence[str]) -> set[UUID]:
        """Open handoffs whose event in *mailbox* is not among *events*, or was never read."""
        async with self._pool.connection() as tx:
            found = await tx.execute(
                "select id from handoff h where state <> 'ended' and organizer_event is not null "
                "and %(mailbox)s in (rep, qualifier) and not (case when rep = %(mailbox)s "
                "then rep_event else organizer_event end = any(%(events)s) "
                "and exists (select from seen where seen.event = h.rep_event))",
                {"mailbox": mailbox, "events": list(events)},
            )
            return {id async for (id,) in found}

    async def nearly_late(self, at: datetime, ahead: timedelta, fresh: timedelta) -> list[UUID]:
        """Handoffs whose rep will be overdue with an answer within *ahead*, and of which Outlook
        has told nothing for *fresh*.
        """
        return await self._ids(
            "select h.id from commitment c join handoff h on h.id = c.handoff "
            "left join seen on seen.event = h.rep_event "
            "where c.rings_at is not null and c.what = 'answer' and c.said_at is null "
            "and c.due_at > %(at)s and c.due_at <= %(at)s + %(ahead)s "
            "and coalesce(seen.at, '-infinity') <= %(at)s - %(fresh)s",
            {"at": at, "ahead": ahead, "fresh": fresh},
        )

    async def of_rep(self, rep: str) -> list[UUID]:
        """Open handoffs that are with *rep*."""
        return await self._ids(
            "select id from handoff where rep = %s and state <> 'ended' order by number", [rep]
        )

    async def reserved(
        self, people: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, tuple[Span, ...]]:
        """What Baton itself holds for *people* between two moments, also where Outlook lags."""
        async with self._pool.connection() as tx:
            found = await tx.execute(
                "select p.id, r.during from reservation r join person p on p.n = r.rep "
                "where p.id = any(%s) and r.during && tstzrange(%s, %s)",
                [list(people), start, end],
            )
            reserved: dict[str, list[Span]] = {person: [] for person in people}
            async for person, during in found:
                if span := rows.to_span(during):
                    reserved[person].append(span)
        return {person: tuple(spans) for person, spans in reserved.items()}

    async def beat(self, what: str, at: datetime) -> None:
        """*what* was done at *at*. A beat that stops is an alarm in itself."""
        async with self._pool.connection() as tx:
            await tx.execute(
                "insert into beat (what, at) values (%s, %s) "
                "on conflict (what) do update set at = excluded.at",
                [what, at],
            )

    async def _read(
        self, tx: Connection, id: UUID, also: Iterable[str] = (), *, lock: bool = False
    ) -> Case:
        found = await self._read_all(tx, [id], also, lock=lock)
        if not found:
            raise NoSuchHandoffError
        return found[0]

    async def _read_all(
        self, tx: Connection, ids: Sequence[UUID], also: Iterable[str] = (), *, lock: bool = False
    ) -> list[Case]:
        """Those that are there. Everyone's locks are taken in one order, so none wait in a ring."""
        of = "for no key update of h" if lock else ""
        places = ", ".join(["%s"] * len(ids))
        async with tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                f"select h.*, l.*, h.id as id from handoff h join lead l on l.id = h.lead "  # noqa: S608
                f"where h.id in ({places}) order by h.id {of}",
                ids,
            )
            there = await cursor.fetchall()
            # Statements of their own: they must see what the lock waited for.
            await cursor.execute(
                f"select * from commitment where handoff in ({places}) order by handoff, n",  # noqa: S608
                ids,
            )
            promises: dict[UUID, list[Commitment]] = {row["id"]: [] for row in there}
            for row in await cursor.fetchall():
                promises[row["handoff"]].append(rows.to_commitment(row))
            handoffs = [rows.to_handoff(row, tuple(promises[row["id"]])) for row in there]
            involved = {person for handoff in handoffs for person in handoff.people}
            await cursor.execute(WITH_MANAGERS, {"ids": [*involved.union(also)]})
            people = {row["id"]: rows.to_person(row) for row in await cursor.fetchall()}
        return [
            Case(
                handoff=handoff,
                policy=await self._policies.version(handoff.policy, tx),
                people=people,
            )
            for handoff in handoffs
        ]

    async def _write(self, tx: Connection, case: Case | None, decision: Decision) -> None:
        """All of a decision but its jobs. *case* is what it was decided on; None for a new one."""
        before, after = case.handoff if case else None, decision.handoff
        policy = case.policy if case else None
        if before and after.state is not before.state and after.state not in MOVES[before.state]:
            raise IllegalMoveError(f"{before.state} to {after.state}")
        moved = movements(before, decision, policy.routing) if policy else ()
        if moved:
            await lock_chain(tx)  # before reps' days: everyone takes these locks in one order
        if before is not None and list(before.reservations) != list(after.reservations):
            await self._reserve(tx, after)
        written = StatementBatch()
        if before is None:
            written.insert("lead", [{"id": after.id, **rows.of_lead(after.lead)}])
            row = {"id": after.id, "lead": after.id, **rows.of_handoff(after)}
            written.insert("handoff", [row])
        else:
            if changed := rows.changed(before, after):
                written.update("handoff", changed, "id = %s", after.id)
            if after.lead != before.lead:
                lead = "id = (select lead from handoff where id = %s)"
                written.update("lead", rows.of_lead(after.lead), lead, after.id)
        promises = [
            {"handoff": after.id, **rows.of_commitment(promise)}
            for promise in after.commitments
            if before is None or promise not in before.commitments
        ]
        written.insert("commitment", promises, key=("handoff", "n"))
        written.insert("entry", [_entry_row(after.id, entry) for entry in decision.entries])
        await written.run(tx)
        if moved and policy:
            await self._ledger(tx, after, policy, moved, decision.entries[-1].at)

    async def _reserve(self, tx: Connection, handoff: Handoff) -> None:
        """Hold what the handoff needs of reps' days. Raises TakenError.

        The constraint refuses what overlaps. Those who want the same rep queue up before it, in
        the order of reps, for two that wait for each other inside the constraint would deadlock.
        """
        wanted = list(handoff.reservations)
        await tx.execute(
            "select pg_advisory_xact_lock(%s, n::int) from "
            "(select n from person where id = any(%s) order by n) as reps",
            [RESERVING, sorted({rep for rep, _ in wanted})],
        )
        await tx.execute("delete from reservation where handoff = %s", [handoff.id])
        try:
            for rep, span in wanted:
                await tx.execute(
                    "insert into reservation select %s, n, %s from person where id = %s",
                    [handoff.id, rows.to_range(span), rep],
                )
        except ExclusionViolation as error:
            raise TakenError from error

    async def _defer(self, tx: Connection, decisions: Iterable[Decision]) -> None:
        """All that must follow, in one statement on our own connection."""
        jobs = [
            self._job(decision.handoff.id, effect)
            for decision in decisions
            for effect in decision.effects
        ]
        if jobs:
            await self._queue.job_manager.batch_defer_jobs_async(jobs, connection=tx)

    def _job(self, id: UUID, effect: Effect) -> NewJob:
        args: dict[str, Any] = {"handoff_id": str(id), "person": effect.person}
        match effect.job:
            case Job.SHOW_MINE:
                lock, args = f"show {effect.person}", {"person": effect.person}
            case Job.SEND_NOTICE:
                lock, args = f"notice {effect.person}", {"person": effect.person}
            case Job.READ_SENT_MAIL:
                lock, args = f"sent mail {effect.person}", {"mailbox": effect.person}
            case Job.SHOW:
                lock, args["alert"] = f"show {effect.person}", effect.alert
            case _:
                lock = f"outlook {id}" if effect.job in IN_OUTLOOK else f"{effect.job} {id}"
                args |= {"n": effect.n, "event": effect.event}
        given = {name: value for name, value in args.items() if value is not None} | carried()
        return self._queue.configure_task(effect.job.value, lock=lock).make_new_job(**given)

    async def beaten(self, what: str) -> datetime | None:
        """When *what* was last done."""
        async with self._pool.connection() as tx:
            row = await (await tx.execute("select at from beat where what = %s", [what])).fetchone()
        return row[0] if row else None

    async def _ids(self, sql: str, args: list[Any] | dict[str, Any]) -> list[UUID]:
        async with self._pool.connection() as tx:
            return [id async for (id,) in await tx.execute(sql, args)]


def _entry_row(id: UUID, entry: Entry) -> dict[str, Any]:
    return {
        "handoff": id,
        "at": entry.at,
        "by": entry.by,
        "what": entry.what,
        "rule": entry.rule,
        "detail": Jsonb(dict(entry.detail)),
    }
