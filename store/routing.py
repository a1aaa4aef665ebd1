"""Whoever is next, in PostgreSQL: the choice, its books and its record commit with the booking.

Whoever decides holds the end of the chain until they have committed, so of ten who book at once
each sees what the others were given, and no limit is passed. Locks are taken in one order: the
handoff, the chain, the reps' days.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from handoff import addresses, booking
from handoff.calendar import Conflict
from handoff.hours import Span
from handoff.model import Case, Decision, Handoff, Person
from handoff.passing import had_it
from handoff.policy import Policy
from handoff.routing import credits
from handoff.routing.choose import Assignment, after, choose, recorded
from handoff.routing.errors import FullError, MovedError, NobodyError, NoRepError, TakenError
from handoff.routing.gather import (
    Book,
    Question,
    Times,
    asked_of,
    members_of,
    tags_of,
)
from handoff.routing.inputs import Member, Mode, RoutingRequest, read, written
from handoff.routing.reasons import cap_words
from handoff.routing.rules import route
from handoff.routing.snapshot import Snapshot
from store.database import Connection, Reads
from store.door import Tx
from store.policies import Policies
from store.routing_chain import append, lock_chain
from store.routing_inputs import (
    company_of,
    known_of,
    owner_of,
    pool_of,
    reserved_at,
    write_books,
)

A_DAY = timedelta(days=1)
RESERVED = Conflict.RESERVED.value


class Routing:
    def __init__(self, reads: Reads, policies: Policies) -> None:
        self._reads = reads
        self._policies = policies

    async def preview(
        self, case: Case, question: Question, times: Times
    ) -> tuple[RoutingRequest, tuple[Member, ...], Assignment]:
        """Who is next as things stand now, with everything it depends on. Nothing changes."""
        async with self._reads.connection() as tx:
            owner = await _owner(tx, case)
            asked, members = await self._inputs(tx, question, times, owner)
        return asked, members, choose(asked, members)

    async def keep_snapshot(self, tx: Tx, handoff: UUID, snapshot: Snapshot) -> None:
        """Who could take it when is kept until the qualifier has chosen."""
        await tx.execute(
            "insert into routing_question (handoff, pool, asked, held_until, looks_at) "
            "values (%(handoff)s, %(pool)s, %(asked)s, %(held)s, %(looks)s) "
            "on conflict (handoff) do update set pool = excluded.pool, "
            "asked = excluded.asked, held_until = excluded.held_until, "
            "looks_at = excluded.looks_at",
            {
                "handoff": handoff,
                "pool": snapshot.pool,
                "asked": Jsonb(snapshot.to_json()),
                "held": snapshot.held_until,
                "looks": snapshot.looks_at,
            },
        )

    async def snapshot(self, handoff: UUID) -> Snapshot | None:
        async with self._reads.connection() as tx:
            return await _snapshot(tx, handoff)

    async def open_with(
        self, mails: Collection[str], but: Collection[UUID], tx: Tx
    ) -> dict[str, tuple[int, str | None]]:
        """For each of *mails* an open handoff with that contact or of that company, where there is
        one: its number, and the rep's name. Those of *but* do not count, nor does what came in and
        is held: whoever sends it would hold up a company.

        Nobody else begins one with any of these companies before *tx* ends.
        """
        await tx.execute(
            "select pg_advisory_xact_lock(one) from (select distinct hashtextextended(key, 11) "
            "as one from unnest(%s::text[]) as key order by 1) as keys",
            [[company_of(mail) or addresses.one(mail) for mail in mails]],
        )
        ways = [(mail, way) for mail in mails for way in addresses.spellings(mail)]
        found = await tx.execute(
            "select asked.mail, h.number, p.name "
            "from unnest(%(mails)s::text[], %(written)s::text[], %(domains)s::text[]) "
            "as asked (mail, written, domain) cross join lateral (select h.number, h.rep, "
            "lower(l.contact_email) = asked.written as them from lead l join handoff h "
            "on h.lead = l.id where h.id <> all(%(but)s) and h.state <> 'ended' "
            "and (h.state <> 'qualified' or h.reason is distinct from 'held') "
            "and (lower(l.contact_email) = asked.written "
            "or lower(split_part(l.contact_email, '@', 2)) = asked.domain) "
            "order by them desc, h.number desc limit 1) as h "
            "left join person p on p.id = h.rep order by h.them, h.number",
            {
                "mails": [mail for mail, _ in ways],
                "written": [way for _, way in ways],
                "domains": [way.rpartition("@")[2] if company_of(way) else None for _, way in ways],
                "but": list(but),
            },
        )
        return {mail: (number, rep) async for mail, number, rep in found}

    async def waiting(self, at: datetime) -> list[UUID]:
        """Handoffs that are held for the next free rep and are to be looked at again."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select q.handoff from routing_question q join handoff h on h.id = q.handoff "
                "where h.state = 'qualified' and q.looks_at <= %s order by q.looks_at, q.handoff",
                [at],
            )
            return [id async for (id,) in found]

    async def looks_again(self, tx: Tx, handoff: UUID, at: datetime) -> bool:
        """It is looked at again now, and not a second time for the same moment: then False."""
        done = await tx.execute(
            "update routing_question set looks_at = null where handoff = %s and looks_at <= %s",
            [handoff, at],
        )
        return done.rowcount == 1

    async def book(
        self,
        tx: Tx,
        case: Case,
        *,
        by: str,
        at: datetime,
        start: datetime,
        rep: str,
        words: str = "",
    ) -> Decision | None:
        """The qualifier chose a time, shown with *rep*: the router says who gets it. A later
        meeting is its rep's own, whatever their limits are.

        A rule for `Handoffs.change`. None where it is booked at that time already. Raises
        NobodyError, NoRepError, FullError, and what `booking.choose` does.
        """
        if booking.is_booked(case, by=by, start=start, shown=rep):
            return None
        search = booking.offered(case, by=by, at=at, start=start, shown=rep)
        owner = await _owner(tx.connection, case)  # before the lock, which everybody waits for
        await lock_chain(tx)
        if search.pool is None:
            by_rule = search.instead == "owner"
            if not case.handoff.again:
                await self._may(tx.connection, case, rep, at, by_rule=by_rule)
            if by_rule:
                await _passed(tx, case, await _snapshot(tx.connection, case.handoff.id), at)
            return booking.choose(case, by=by, at=at, start=start, rep=rep, words=words)
        snapshot = await _snapshot(tx.connection, case.handoff.id)
        balanced = case.policy.routing.terms(search.pool).mode is Mode.BALANCED
        pick = rep if search.next and (balanced or rep != search.next[0]) else None
        free = snapshot.free_at(start) if snapshot else frozenset({rep})
        span = Span(start, start + timedelta(minutes=search.minutes))
        reserved = await reserved_at(tx.connection, sorted(free), span)
        times = Times(
            free=free - reserved,
            first=snapshot.first if snapshot else {},
            until=snapshot.until if snapshot else None,
            busy={
                **(snapshot.busy_at(start) if snapshot else {}),
                **dict.fromkeys(reserved, RESERVED),
            },
            dark=frozenset(snapshot.dark if snapshot else ()),
        )
        question = Question(
            pool=snapshot.pool if snapshot else search.pool,
            lead=case.handoff.lead,
            qualifier=case.person(case.handoff.qualifier),
            at=at,
            start=start,
            pick=pick,
            first=snapshot.rule_first if snapshot else (),
        )
        asked, members = await self._inputs(tx.connection, question, times, owner)
        assignment = choose(asked, members)
        if assignment.chosen is None:
            raise MovedError if assignment.how == "moved" else NobodyError
        if asked.mode is Mode.BALANCED and assignment.chosen != rep:
            raise TakenError
        await _passed(tx, case, snapshot, at)
        n = await _write(tx, case, asked=asked, members=members, assignment=assignment, at=at)
        return booking.choose(
            case,
            by=by,
            at=at,
            start=start,
            rep=assignment.chosen,
            words=words,
            shown=rep,
            record=n,
        )

    async def pool_of(self, case: Case) -> str:
        """The pool that the lead came to: where it was given last, or looked for, or where the
        rules send it.
        """
        async with self._reads.connection() as tx:
            policy = await self._policies.current(tx)
            return await _pool_of(tx, case.handoff, policy)

    async def stand_ins(
        self, case: Case, pool: str, others: Mapping[str, Person], at: datetime
    ) -> list[str]:
        """Who of the lead's *pool* may take over from the rep, in order: the backup, then whose
        turn it is there.

        Whoever has reached a limit or had it before is left out.
        """
        handoff = case.handoff
        before = had_it(handoff)
        times = Times(free=frozenset(others), first=dict.fromkeys(others, at))
        qualifier = case.person(handoff.qualifier)
        question = Question(pool=pool, lead=handoff.lead, qualifier=qualifier, at=at)
        async with self._reads.connection() as tx:
            backup = await _backup(tx, handoff.id)
            owner = await _owner(tx, case)
            asked, members = await self._inputs(tx, question, times, owner)
        order = choose(asked, members).order
        able = [id for id in order if id in others and id not in before]
        return sorted(able, key=lambda id: id != backup)

    async def members(self, tx: Tx, pool: str) -> list[str]:
        """Who is in that pool, and here."""
        return [one.id for one in await pool_of(tx.connection, pool)]

    async def turn(self, tx: Tx, case: Case, pool: str, at: datetime) -> tuple[str, int] | None:
        """Whoever is next in *pool* has it from now on, which is recorded, by that number, and
        counts there as any lead. No time is asked for: who is away now takes no part. None where
        nobody can have it, and nothing is written.
        """
        owner = await _owner(tx.connection, case)
        await lock_chain(tx)
        here = [one.id for one in await pool_of(tx.connection, pool) if not one.away_at(at)]
        times = Times(free=frozenset(here), first=dict.fromkeys(here, at), until=at + A_DAY)
        qualifier = case.people.get(case.handoff.qualifier)
        question = Question(pool=pool, lead=case.handoff.lead, qualifier=qualifier, at=at)
        asked, members = await self._inputs(tx.connection, question, times, owner)
        assignment = choose(asked, members)
        if assignment.chosen is None:
            return None
        n = await _write(tx, case, asked=asked, members=members, assignment=assignment, at=at)
        return assignment.chosen, n

    async def _inputs(
        self, tx: Connection, question: Question, times: Times, owner: str | None = None
    ) -> tuple[RoutingRequest, tuple[Member, ...]]:
        policy = await self._policies.current(tx)
        routing = policy.routing
        people = await pool_of(tx, question.pool)
        known = await known_of(
            tx,
            [p.id for p in people],
            pool=question.pool,
            owner=owner,
            routing=routing,
            at=question.at,
        )
        return (
            asked_of(question, routing, policy.version),
            members_of(question, people, known, times, routing),
        )

    async def has_room(self, tx: Tx, case: Case, rep: str, at: datetime) -> None:
        """Nothing that is given meanwhile passes a limit of *rep*, who still gets leads. Raises
        NoRepError, FullError.
        """
        await lock_chain(tx)
        await self._may(tx.connection, case, rep, at)

    async def _may(
        self, tx: Connection, case: Case, rep: str, at: datetime, *, by_rule: bool = False
    ) -> None:
        """Whether a rep asked for by name gets leads and has room. One whom the policy names for
        what nobody can take, *by_rule*, need be in no pool. Raises NoRepError, FullError.
        """
        person = case.people.get(rep)
        if person is None:
            return
        if not person.present or not (person.pools or by_rule):
            raise NoRepError(f"{person.name} gets no leads any more. Please choose someone else.")
        if not person.pools:
            return
        nobody = Times(free=frozenset(), first={})
        qualifier = case.person(case.handoff.qualifier)
        policy = await self._policies.current(tx)
        pool = _counted_in(person.pools, await _pool_of(tx, case.handoff, policy))
        question = Question(pool=pool, lead=case.handoff.lead, qualifier=qualifier, at=at)
        _, members = await self._inputs(tx, question, nobody)
        full = next((m.full for m in members if m.id == rep), None)
        if full:
            words = cap_words(full, qualifier.hours.zone)
            raise FullError(f"{person.name} has no room: {words}. Please choose someone else.")

    async def keep(
        self,
        tx: Tx,
        handoff: Handoff,
        policy: Policy,
        moved: Sequence[credits.Movement],
        at: datetime,
    ) -> None:
        """The books say what a decision means for them: leads given without a choice, credits."""
        for movement in moved:
            match movement:
                case credits.Given():
                    await self._given(tx, handoff, movement, policy, at)
                case credits.Credit():
                    await self._credit(tx, handoff, movement, policy, at)
                case credits.TakenBack():
                    await self._take_back(tx, handoff, movement, policy, at)

    async def _given(
        self, tx: Tx, handoff: Handoff, given: credits.Given, policy: Policy, at: datetime
    ) -> None:
        row = await (
            await tx.execute(
                "select exists (select from routing_given where handoff = %s and person = %s "
                "and credited_at is null), pools from person where id = %s",
                [handoff.id, given.rep, given.rep],
            )
        ).fetchone()
        if row is None or row[0] or not row[1]:
            return
        pool = _counted_in(row[1], await _pool_of(tx.connection, handoff, policy))
        counter = policy.routing.terms(pool).counter
        book = await _book(tx.connection, counter, given.rep) or Book(here=True)
        stands = Member(
            id=given.rep,
            target=book.target,
            got=book.got + 1,
            credits=book.credits,
            last=int(at.timestamp() * 1_000_000),
            here=book.here,
        )
        await append(
            tx,
            at=at,
            kind="given",
            handoff=handoff.id,
            pool=pool,
            counter=counter,
            policy=policy.version,
            chosen=given.rep,
            record={"how": given.how, "got": stands.got, "credits": stands.credits},
        )
        await write_books(tx, counter, [stands], at)
        await _give(
            tx,
            handoff.id,
            given.rep,
            pool=pool,
            counter=counter,
            at=at,
            tags=tags_of(handoff.lead, policy.routing),
            how=given.how,
        )

    async def _credit(
        self,
        tx: Tx,
        handoff: Handoff,
        credit: credits.Credit,
        policy: Policy,
        at: datetime,
    ) -> None:
        """Once for a handoff and a rep, whatever happens to it."""
        row = await (
            await tx.execute(
                "update routing_given set credited_at = %(at)s, credited_for = %(why)s "
                "where id = (select max(id) from routing_given where handoff = %(handoff)s "
                "and person = %(rep)s and credited_at is null) and not exists (select from "
                "routing_given where handoff = %(handoff)s and person = %(rep)s "
                "and credited_at is not null) returning counter, pool",
                {"at": at, "why": credit.why, "handoff": handoff.id, "rep": credit.rep},
            )
        ).fetchone()
        if row is None:
            return
        await _credits(tx, row, handoff, credit, policy=policy, at=at, by=1)

    async def _take_back(
        self,
        tx: Tx,
        handoff: Handoff,
        back: credits.TakenBack,
        policy: Policy,
        at: datetime,
    ) -> None:
        """The lead counts again, if it was for that that it did not. Where it was theirs again
        since, and counts by that, it counts no second time.
        """
        row = await (
            await tx.execute(
                "update routing_given set credited_at = null, credited_for = null "
                "where handoff = %(handoff)s and person = %(rep)s and credited_for = %(why)s "
                "and not exists (select from routing_given where handoff = %(handoff)s "
                "and person = %(rep)s and credited_at is null) returning counter, pool",
                {"handoff": handoff.id, "rep": back.rep, "why": back.why},
            )
        ).fetchone()
        if row is None:
            return
        await _credits(tx, row, handoff, back, policy=policy, at=at, by=-1)


async def _write(
    tx: Tx,
    case: Case,
    *,
    asked: RoutingRequest,
    members: Sequence[Member],
    assignment: Assignment,
    at: datetime,
) -> int:
    """Record, books and the lead given."""
    n = await _record(tx, case, asked, written(asked, members), assignment=assignment, at=at)
    await write_books(tx, asked.counter, after(members, assignment, asked.at), at)
    assert assignment.chosen
    await _give(
        tx,
        case.handoff.id,
        assignment.chosen,
        pool=asked.pool,
        counter=asked.counter,
        at=at,
        tags=asked.tags,
        how=assignment.how,
        backup=assignment.backup,
    )
    return n


async def _passed(tx: Tx, case: Case, snapshot: Snapshot | None, at: datetime) -> None:
    """Each pool in which nobody could take the lead is recorded, with everyone's reason."""
    for one in snapshot.passed if snapshot else ():
        asked, members = read(one)
        await _record(tx, case, asked, one, assignment=choose(asked, members), at=at)


async def _record(
    tx: Tx,
    case: Case,
    asked: RoutingRequest,
    inputs: Mapping[str, Any],
    *,
    assignment: Assignment,
    at: datetime,
) -> int:
    """A choice with all that it was made from, in the chain; of a pool where nobody could, too."""
    return await append(
        tx,
        at=at,
        kind="turn" if assignment.chosen else "nobody",
        handoff=case.handoff.id,
        pool=asked.pool,
        counter=asked.counter,
        policy=asked.policy,
        chosen=assignment.chosen,
        record=recorded(inputs, assignment),
    )


async def _owner(tx: Connection, case: Case) -> str | None:
    return await owner_of(tx, case.handoff.id, case.handoff.lead.contact_email)


async def _snapshot(tx: Connection, handoff: UUID) -> Snapshot | None:
    row = await (
        await tx.execute(
            "select asked, held_until, looks_at from routing_question where handoff = %s", [handoff]
        )
    ).fetchone()
    return Snapshot.read(row[0], held_until=row[1], looks_at=row[2]) if row else None


async def _pool_of(tx: Connection, handoff: Handoff, policy: Policy) -> str:
    row = await (
        await tx.execute(
            "select coalesce((select pool from routing_given where handoff = %(handoff)s "
            "order by id desc limit 1), "
            "(select pool from routing_question where handoff = %(handoff)s))",
            {"handoff": handoff.id},
        )
    ).fetchone()
    return str(row[0]) if row and row[0] else route(handoff.lead, policy.routing).to


def _counted_in(pools: Sequence[str], came_to: str) -> str:
    """Of somebody's pools, the one in whose books a lead counts: its own, where they are in it."""
    return came_to if came_to in pools else pools[0]


async def _backup(tx: Connection, handoff: UUID) -> str | None:
    row = await (
        await tx.execute(
            "select backup from routing_given where handoff = %s order by id desc limit 1",
            [handoff],
        )
    ).fetchone()
    return str(row[0]) if row and row[0] else None


async def _credits(
    tx: Tx,
    book_of: tuple[str, str],
    handoff: Handoff,
    moved: credits.Credit | credits.TakenBack,
    *,
    policy: Policy,
    at: datetime,
    by: int,
) -> None:
    """So many credits more, or fewer, in the book of that counter and pool, and in the chain."""
    counter, pool = book_of
    book = await _book(tx.connection, counter, moved.rep) or Book()
    back = {"taken_back": True} if by < 0 else {}
    await append(
        tx,
        at=at,
        kind="credit",
        handoff=handoff.id,
        pool=pool,
        counter=counter,
        policy=policy.version,
        chosen=moved.rep,
        record={"why": moved.why, **back, "got": book.got, "credits": book.credits + by},
    )
    await tx.execute(
        "update routing_book set credits = credits + %s where counter = %s and person = %s",
        [by, counter, moved.rep],
    )


async def _book(tx: Connection, counter: str, person: str) -> Book | None:
    row = await (
        await tx.execute(
            "select target, got, credits, last, here from routing_book "
            "where counter = %s and person = %s",
            [counter, person],
        )
    ).fetchone()
    if row is None:
        return None
    return Book(target=row[0], got=row[1], credits=row[2], last=row[3], here=row[4])


async def _give(
    tx: Tx,
    handoff: UUID,
    rep: str,
    *,
    pool: str,
    counter: str,
    at: datetime,
    tags: Sequence[str],
    how: str,
    backup: str | None = None,
) -> None:
    await tx.execute(
        "insert into routing_given (handoff, person, counter, pool, at, tags, how, backup) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [handoff, rep, counter, pool, at, list(tags), how, backup],
    )
