"""Handoffs in PostgreSQL. `Handoffs.change` is the only way a handoff ever changes."""

import inspect
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

import structlog
from opentelemetry import trace
from psycopg.errors import ExclusionViolation
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from handoff import blanks, leaving
from handoff.campaigns import key
from handoff.effects import Effect, LookForBlanks, TellCrm
from handoff.errors import NoSuchHandoffError, TakenError
from handoff.facts import facts
from handoff.model import Case, Commitment, Decision, Entry, Handoff
from handoff.moves import may_follow
from handoff.routing.credits import movements
from handoff.snapshot import changed_by, snapshot
from store import rows
from store.database import UNANSWERED, Connection, Reads
from store.door import DoneAlreadyError, Door, Tx
from store.facts import count, move_campaign
from store.people import WITH_MANAGERS
from store.policies import Policies
from store.routing import Routing
from store.routing_chain import lock_chain
from store.statement_batch import StatementBatch
from store.successors import successors

Rule = Callable[[Case], Decision | None]
RuleInTx = Callable[[Tx, Case], Awaitable[Decision | None]]
"""A rule that also asks the database or writes beside the handoff, in the same transaction."""
RuleOfMany = Callable[[Tx, Sequence[Case]], Awaitable[Mapping[UUID, Decision | None]]]
"""As that, of several handoffs in one look."""

log = structlog.get_logger()
_tracer = trace.get_tracer("baton")

RESERVING = 0x726570  # our corner of PostgreSQL's advisory locks


class IllegalMoveError(Exception):
    """A rule decided on a move that MOVES does not have. A mistake in a rule: nothing is kept."""


@dataclass(slots=True)
class Alone:
    """Whether what was to be done with one handoff has failed."""

    failed: bool = False


@contextmanager
def apart(id: UUID, *but: type[Exception]) -> Iterator[Alone]:
    """What fails inside is this handoff's alone: it is named in the log, and stops nothing else. A
    database that is away, and whatever is one of *but*, is raised.
    """
    one = Alone()
    raised: tuple[type[Exception], ...] = (*UNANSWERED, *but)
    try:
        yield one
    except raised:
        raise
    except Exception:  # a row that no version can read fails in as many ways as there are columns
        one.failed = True
        log.exception("set aside", handoff=str(id))


async def together(ids: Sequence[UUID], do: Callable[[Sequence[UUID]], Awaitable[None]]) -> None:
    """It is done for these handoffs at once; where that fails for each by itself, so that what
    fails is that handoff's alone, and is named in the log. Raises where the database is away.
    """
    if len(ids) > 1:
        try:
            await do(ids)
        except UNANSWERED:
            raise
        except Exception:  # noqa: BLE001  # what undoes the change of many does not say by which
            log.debug("done by themselves", handoffs=len(ids))
        else:
            return
    for id in ids:
        with apart(id):
            await do([id])


class Handoffs:
    def __init__(
        self,
        reads: Reads,
        door: Door,
        policies: Policies,
        routing: Routing,
        *,
        crm: bool = False,
    ) -> None:
        self._crm = crm
        self._reads = reads
        self._door = door
        self._policies = policies
        self._routing = routing

    async def change(
        self, id: UUID, rule: Rule | RuleInTx, *also: str, once: str | None = None
    ) -> Case:
        """Apply *rule* to the handoff. Row, promises, timeline and jobs commit together or not.

        The row stays locked meanwhile, so of two clicks at once the second sees the first.
        The people in the handoff, and *also* those named, are there for the rule to look at.
        Where it then has, or owes, somebody who has left, for it had ended when they did, it is
        somebody else's in the same transaction.
        Returns the case as it then stands. Raises NoSuchHandoffError, TakenError when the
        time is no longer free, DoneAlreadyError where what goes by the name *once* was done before,
        and whatever *rule* raises; then nothing has changed.
        """
        async with self._door.open() as tx:
            return await self.change_in(tx, id, rule, *also, once=once, last=True)

    async def change_in(
        self,
        tx: Tx,
        id: UUID,
        rule: Rule | RuleInTx,
        *also: str,
        once: str | None = None,
        last: bool = False,
    ) -> Case:
        """As `change`, together with whatever else is written in *tx*: before this, where it is the
        *last*.
        """
        with _tracer.start_as_current_span(
            "decide", record_exception=False, set_status_on_exception=False
        ) as span:
            span.set_attribute("baton.handoff", str(id))
            case = await self._read(tx.connection, id, also, lock=True)
            return await self._became(tx, case, await decided(tx, case, rule), once, last=last)

    async def _became(
        self,
        tx: Tx,
        case: Case,
        decision: Decision | None,
        once: str | None = None,
        *,
        last: bool = False,
    ) -> Case:
        """The case as it stands with that *decision*, which is written."""
        if decision is None:
            return case
        now = replace(case, handoff=decision.handoff)
        left = decision.entries and leaving.with_who_has_left(now)
        await self._write(tx, case, decision, once, last=last and not left)
        if left:
            heirs = await successors(tx)
            settled = heirs.settle(now, decision.entries[-1].at)
            if settled:
                await self._write(tx, now, settled)
                now = replace(now, handoff=settled.handoff)
        return now

    async def change_each_in(self, tx: Tx, ids: Collection[UUID], rule: RuleOfMany) -> list[Case]:
        """As `change_in` of each of the handoffs that are there, read in one look: for what comes
        of many at once. Raises what that would of any of them.
        """
        cases = await self.read_all(tx.connection, list(ids), lock=True)
        decisions = await rule(tx, cases)
        return [await self._became(tx, one, decisions.get(one.handoff.id)) for one in cases]

    async def change_and_clear(
        self, id: UUID, rule: Rule, others: Rule, holding: Sequence[UUID]
    ) -> Case:
        """As `change`, once the handoffs *holding* the time that it needs, itself perhaps among
        them, have done as the rule *others* says: all in one transaction, or nothing. None of them
        has changed either where *rule* finds nothing to decide.
        """
        async with self._door.open() as tx:
            locked = await self.read_all(tx.connection, [*{id, *holding}], lock=True)
            case = next((one for one in locked if one.handoff.id == id), None)
            if case is None:
                raise NoSuchHandoffError
            if rule(case) is None:
                return case
            await lock_chain(tx)  # which *rule* may need once the reps' days are locked
            for one in locked:
                if decision := others(one):
                    await self._write(tx, one, decision)
            return await self.change_in(tx, id, rule)

    async def try_in(self, tx: Tx, id: UUID, rule: Rule | RuleInTx, *also: str) -> Case | None:
        """As `change_in`, apart from whatever else is written in *tx*: a handoff that cannot be
        read or changed stays as it is, is named in the log, and stops nothing else. None then.
        """
        effects = dict(tx.effects)
        with apart(id) as one:
            if tx.connection.info.transaction_status is TransactionStatus.IDLE:
                await tx.execute("select")  # else this part would be all of it, and last alone
            async with tx.connection.transaction():
                return await self.change_in(tx, id, rule, *also)
        if one.failed:
            tx.effects = effects
        return None

    async def change_all(self, ids: Sequence[UUID], rule: Rule) -> None:
        """Apply *rule* to each of the handoffs that are there, all in one transaction.

        Raises what `change` raises for any of them; then none has changed.
        """
        async with self._door.open() as tx:
            cases = await self.read_all(tx.connection, ids, lock=True)
            decided = [(case, rule(case)) for case in cases]
            for case, decision in decided:
                if decision:
                    await self._write(tx, case, decision)

    async def add(self, decision: Decision, *then: Effect) -> bool:
        """A new handoff, its first promise, line and jobs, and what is to follow *then*. False if
        its id is already there.
        """
        try:
            async with self._door.open() as tx:
                await self.add_in(tx, decision)
                tx.follow(*then)
        except DoneAlreadyError:
            return False
        return True

    async def add_in(self, tx: Tx, *decisions: Decision) -> None:
        """As `add` of each, together with whatever else is written in *tx*, numbered in their
        order. Raises DoneAlreadyError, and then none is there.
        """
        new = [decision.handoff for decision in decisions]
        written = StatementBatch()
        written.insert("lead", [{"id": one.id, **rows.of_lead(one.lead)} for one in new])
        ours = [{"id": one.id, "lead": one.id, **rows.of_handoff(one)} for one in new]
        written.insert("handoff", ours)
        promises = [
            {"handoff": one.id, **rows.of_commitment(promise)}
            for one in new
            for promise in one.commitments
        ]
        written.insert("commitment", promises)
        entries = [_entry_row(d.handoff.id, entry) for d in decisions for entry in d.entries]
        written.insert("entry", entries)
        for one in decisions:
            if one.at and one.handoff.place:
                policy = await self._policies.version(one.handoff.policy, tx.connection)
                case = Case(handoff=one.handoff, policy=policy, people={})
                await count(tx, written, facts(None, one, {}), case, one.at)
        await tx.run(written)
        tx.follow(*(effect for decision in decisions for effect in decision.effects))
        for handoff in new if self._crm else ():
            policy = await self._policies.version(handoff.policy, tx.connection)
            fields = policy.crm.leads.fields if policy.crm.leads else {}
            if policy.crm.touches or fields.keys() & {*blanks.blank(handoff)}:
                tx.follow(LookForBlanks(handoff.id))

    async def known(self, tx: Tx, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of *ids* that are there."""
        found = await tx.execute("select id from handoff where id = any(%s)", [list(ids)])
        return frozenset([id async for (id,) in found])

    async def case(self, id: UUID, *also: str) -> Case:
        """The handoff as it stands, with its policy and people. Raises NoSuchHandoffError."""
        async with self._reads.connection() as tx:
            return await self._read(tx, id, also)

    async def readable(self, ids: Iterable[UUID], *also: str) -> list[Case]:
        """As `case` of each, in one look. One that cannot be read is named in the log, and stops no
        other.
        """
        async with self._reads.connection() as tx:
            return await self.readable_in(tx, ids, *also)

    async def readable_in(self, tx: Connection, ids: Iterable[UUID], *also: str) -> list[Case]:
        """As `readable`, of the moment of *tx*."""
        wanted = list(ids)
        try:
            cases = {one.handoff.id: one for one in await self.read_all(tx, wanted, also)}
            return [cases[id] for id in wanted if id in cases]
        except UNANSWERED:
            raise
        except Exception:  # noqa: BLE001  # a statement for many names no row that is unreadable
            log.debug("read by themselves", handoffs=len(wanted))
        found = []
        for id in wanted:
            with apart(id):
                found.append(await self._read(tx, id, also))
        return found

    async def timeline(self, id: UUID) -> tuple[Entry, ...]:
        """Every line of the handoff's timeline, in the order in which things happened."""
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute("select * from entry where handoff = %s order by at, n", [id])
            return tuple([rows.to_entry(row) async for row in cursor])

    async def _read(
        self, tx: Connection, id: UUID, also: Iterable[str] = (), *, lock: bool = False
    ) -> Case:
        found = await self.read_all(tx, [id], also, lock=lock)
        if not found:
            raise NoSuchHandoffError
        return found[0]

    async def read_all(
        self, tx: Connection, ids: Sequence[UUID], also: Iterable[str] = (), *, lock: bool = False
    ) -> list[Case]:
        """Those that are there. Everyone's locks are taken in one order, so none wait in a ring."""
        if not ids:
            return []
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
            if lock:
                await cursor.execute(
                    f"select l.*, h.id as id from handoff h join lead l on l.id = h.lead "  # noqa: S608
                    f"where h.id in ({places})",
                    ids,
                )
                leads = {row["id"]: row async for row in cursor}
                there = [row | leads[row["id"]] for row in there]
            await cursor.execute(
                f"select c.*, k.at as correction_at, k.by as correction_by, "  # noqa: S608
                "k.ending as correction_ending, k.why as correction_why from commitment c "
                "left join lateral (select * from correction k where (k.handoff, k.n) = "
                "(c.handoff, c.n) order by k.at desc limit 1) k on true "
                f"where c.handoff in ({places}) order by c.handoff, c.n",
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

    async def _write(
        self,
        tx: Tx,
        case: Case,
        decision: Decision,
        once: str | None = None,
        *,
        last: bool = False,
    ) -> None:
        """All of a decision on *case*. That it has been done, by the name *once*, is written in the
        same journey; as the *last* of *tx*, in that of its jobs.
        """
        told = _is_told(case, decision.handoff) if self._crm else False
        before, after, policy = case.handoff, decision.handoff, case.policy
        if told and decision.entries:
            by = changed_by(before, after, decision.entries[0].by)
            after = replace(after, changed_by=by)
        if not may_follow(before, after):
            raise IllegalMoveError(f"{before.state} to {after.state}")
        moved = movements(before, decision, policy.routing)
        if moved:
            await lock_chain(tx)  # before reps' days: everyone takes these locks in one order
        if list(before.reservations) != list(after.reservations):
            await self._reserve(tx, after)
        written = StatementBatch()
        if changed := rows.changed(before, after):
            written.update("handoff", changed, "id = %s", after.id)
        if after.lead != before.lead:
            lead = "id = (select lead from handoff where id = %s)"
            written.update("lead", rows.of_lead(after.lead), lead, after.id)
        _write_promises(written, before, after)
        written.insert("entry", [_entry_row(after.id, entry) for entry in decision.entries])
        await _count(tx, written, case, decision)
        if once:
            written.insert("heard", [{"activity": once}])
        if last and not moved:
            tx.finish(written)
        else:
            await tx.run(written)
        if moved:
            await self._routing.keep(tx, after, policy, moved, decision.entries[-1].at)
        tx.follow(*decision.effects, *([TellCrm(after.id)] if told else ()))

    async def _reserve(self, tx: Tx, handoff: Handoff) -> None:
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


async def decided(tx: Tx, case: Case, rule: Rule | RuleInTx) -> Decision | None:
    """What *rule* decides, of whichever kind it is."""
    if inspect.iscoroutinefunction(rule):
        return await cast(RuleInTx, rule)(tx, case)
    return cast(Rule, rule)(case)


def _is_told(case: Case, after: Handoff) -> bool:
    """Whatever is told of a handoff is, when it is another, or told of another contact."""
    now, lead = snapshot(replace(case, handoff=after)), case.handoff.lead
    return bool(now) and (now != snapshot(case) or after.lead.contact_email != lead.contact_email)


def _write_promises(written: StatementBatch, before: Handoff, after: Handoff) -> None:
    """Of a promise that was there, what has changed of it."""
    was = {promise.n: promise for promise in before.commitments}
    made, corrected = [], []
    for promise in after.commitments:
        known = was.get(promise.n)
        if known is None:
            made.append({"handoff": after.id, **rows.of_commitment(promise)})
        elif changed := rows.changed_promise(known, promise):
            written.update("commitment", changed, "handoff = %s and n = %s", after.id, promise.n)
        if promise.corrected and (known is None or known.corrected != promise.corrected):
            corrected.append({"handoff": after.id, **rows.of_correction(promise)})
    written.insert("commitment", made)
    written.insert("correction", corrected)


async def _count(tx: Tx, written: StatementBatch, case: Case, decision: Decision) -> None:
    """What of *decision* is counted, and what was counted for another campaign."""
    before, after, at = case.handoff, decision.handoff, decision.at
    if at is None or after.place is None:
        return
    found = facts(before, decision, case.people)
    if found:
        await count(tx, written, found, replace(case, handoff=after), at)
    was = key(before.lead.campaign)
    if was != key(after.lead.campaign):
        await move_campaign(tx, after, was, at)


def _entry_row(id: UUID, entry: Entry) -> dict[str, Any]:
    return {
        "handoff": id,
        "at": entry.at,
        "by": entry.by,
        "what": entry.what,
        "rule": entry.rule,
        "detail": Jsonb(dict(entry.detail)),
        "open_for": entry.open_for,
    }
