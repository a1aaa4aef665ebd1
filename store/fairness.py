"""How the pools stand, what people said of an assignment, and who has had no leads for a while."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Literal
from uuid import UUID, uuid4

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from handoff.addresses import spellings
from handoff.model import Lead, Person
from handoff.policy import Policy
from handoff.routing import famine
from handoff.routing.caps import Got
from handoff.routing.choose import Assignment, choose, made
from handoff.routing.errors import LeftPoolError
from handoff.routing.gather import Known, Question, Times, answers_of, asked_of, members_of
from handoff.routing.inputs import LEAD, Member, RoutingRequest, read
from handoff.routing.reasons import Reason, reasons
from store import rows
from store.database import Connection, Reads
from store.door import Tx
from store.policies import Policies
from store.routing_chain import Chain, append, lock_chain
from store.routing_inputs import known_of, pool_of

Ground = tuple[RoutingRequest, tuple[Member, ...], Assignment]
Pairs = tuple[tuple[str, str, int, int], ...]
Answers = tuple[tuple[int, int], tuple[int, int]]
PoolFigures = tuple[tuple[Member, ...], tuple[Reason, ...], dict[str, int], Pairs, Answers]

RECENT = timedelta(days=30)
NO_LEAD = Lead(company="", contact_name="", contact_email="", contact_zone="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Someone says that an assignment is wrong; their manager answers."""

    id: UUID
    handoff: UUID
    by: str
    manager: str
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Someone has had no lead for a while; their manager decides."""

    id: UUID
    pool: str
    person: str
    manager: str
    found: dict[str, Any]


class Fairness:
    def __init__(self, reads: Reads, policies: Policies) -> None:
        self._reads = reads
        self._policies = policies
        self.chain = Chain(reads)

    async def ground(self, handoff: UUID) -> Ground | None:
        """What the router's last choice for a handoff was made from, and how it was made."""
        record = await self.chain.assignment_of(handoff)
        if record is None:
            return None
        return _ground(record.record, record.chosen)

    async def passed(self, handoff: UUID) -> list[Ground]:
        """Of each pool in which nobody could take the lead, what that was seen from: as it was
        recorded, or as it was last looked up while the lead waits.
        """
        records = await self.chain.passed(handoff)
        if records:
            return [_ground(one.record, None) for one in records]
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute(
                    "select q.asked -> 'passed' from routing_question q "
                    "join handoff h on h.id = q.handoff and h.state = 'qualified' "
                    "where q.handoff = %s",
                    [handoff],
                )
            ).fetchone()
        looked = [read(one) for one in (row[0] if row and row[0] else ())]
        return [(asked, members, choose(asked, members)) for asked, members in looked]

    async def turns(
        self, pool: str, person: str, since: datetime, most: int
    ) -> list[tuple[UUID | None, Reason]]:
        """Of the newest leads of a pool since then, at most so many, how *person* stood when each
        was given, and whether what stood in the way is why it was not theirs; the newest first.
        """
        found = []
        for one in await self.chain.turns(pool, since, most):
            asked, members = read(one.record)
            if person in {member.id for member in members}:
                then = made(one.record, one.chosen, members)
                [stood] = reasons(asked, members, (person,), then, of=(person,))
                found.append((one.handoff, stood))
        return found

    async def counts(self, handoff: UUID) -> dict[str, tuple[str, str | None]]:
        """By rep, in which pool the lead counts, and why it does not, where it does not."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select person, pool, credited_for from routing_given where handoff = %s "
                "order by id",
                [handoff],
            )
            return {person: (pool, why) async for person, pool, why in found}

    async def figures(self, pool: str, at: datetime, by: str) -> PoolFigures:
        """How a pool stands, as if a lead came now and everyone were free; last, the answers kept
        in time and all, of *by* and of the pool.
        """
        async with self._reads.connection() as tx:
            policy = await self._policies.current(tx)
            people = await pool_of(tx, pool)
            asked, members, known = await self._now(tx, people, pool, policy, at)
            ids = [m.id for m in members]
            recent = await _recent(tx, ids, at - RECENT)
            pairs = await self._pairs(tx, policy, ids)
        own = known.answers.get(by, (0, 0))
        of_all = answers_of(known.answers, ids)
        return members, reasons(asked, members, (by,)), recent, pairs, (own, of_all)

    async def _now(
        self, tx: Connection, people: Sequence[Person], pool: str, policy: Policy, at: datetime
    ) -> tuple[RoutingRequest, tuple[Member, ...], Known]:
        ids = [p.id for p in people]
        known = await known_of(tx, ids, pool=pool, owner=None, routing=policy.routing, at=at)
        question = Question(pool=pool, lead=NO_LEAD, qualifier=None, at=at)
        away = {p.id for p in people if p.away_at(at)}
        times = Times(
            free=frozenset(ids),
            first={id: None if id in away else at for id in ids},
            until=at + timedelta(days=1),
        )
        return (
            asked_of(question, policy.routing, policy.version),
            members_of(question, people, known, times, policy.routing),
            known,
        )

    async def _pairs(self, tx: Connection, policy: Policy, ids: Sequence[str]) -> Pairs:
        """How far qualifiers' leads stay with their own rep: together, of all."""
        if not policy.routing.pairs:
            return ()
        pairs = [
            ways
            for qualifier, rep in policy.routing.pairs
            for ways in product(spellings(qualifier), spellings(rep))
        ]
        found = await tx.execute(
            "select q.id, r.id, count(*) filter (where h.rep = r.id), count(*) "
            "from unnest(%s::text[], %s::text[]) as pair (qualifier, rep) "
            "join person q on lower(q.mail) = pair.qualifier "
            "join person r on lower(r.mail) = pair.rep and r.id = any(%s) "
            "join handoff h on h.qualifier = q.id and h.rep is not null "
            "group by q.id, r.id order by q.id, r.id",
            [
                [qualifier for qualifier, _ in pairs],
                [rep for _, rep in pairs],
                list(ids),
            ],
        )
        return tuple([row async for row in found])

    async def given(self, ids: Sequence[str], since: datetime) -> dict[str, list[tuple[UUID, Got]]]:
        """Every lead since then that counts, by rep, in order."""
        found: dict[str, list[tuple[UUID, Got]]] = {id: [] for id in ids}
        async with self._reads.connection() as tx:
            async for person, handoff, at, tags in await tx.execute(
                "select person, handoff, at, tags from routing_given where person = any(%s) "
                "and at > %s and credited_at is null order by at, id",
                [list(ids), since],
            ):
                found[person].append((handoff, Got(at, frozenset(tags))))
        return found

    async def answers(
        self, ids: Sequence[str], since: datetime
    ) -> dict[str, list[tuple[datetime, bool]]]:
        """Every answer that was owed, by rep, in order: when, and whether it was kept in time."""
        found: dict[str, list[tuple[datetime, bool]]] = {id: [] for id in ids}
        async with self._reads.connection() as tx:
            async for who, at, kept in await tx.execute(
                "select who, ended_at, ending = 'kept' from commitment c "
                "where what = 'answer' and ending in ('kept', 'late', 'missed', 'passed_on') "
                "and who = any(%s) and ended_at > %s and not exists (select from correction k "
                "where (k.handoff, k.n) = (c.handoff, c.n) and k.ending = 'excused') "
                "order by ended_at",
                [list(ids), since],
            ):
                found[who].append((at, kept))
        return found

    async def below(self, since: datetime) -> list[UUID]:
        """The handoffs begun since then that were below a line of the policy, and of which no rep
        was ever asked.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select distinct handoff from entry e where what = 'below' and at >= %s "
                "and not exists (select from routing_record r where r.handoff = e.handoff)",
                [since],
            )
            return [id async for (id,) in found]

    async def agree(self, tx: Tx, person: str, read: int, at: datetime) -> str | None:
        """The person has agreed to the version *read*, which is named; None, and they have not,
        where another is in force by now, where it asks nobody to, or they are in no pool.
        """
        policy = await self._policies.current(tx.connection)
        if policy.version != read or not policy.routing.signed:
            return None
        signed = await tx.execute(
            "insert into routing_signed (person, policy, at) "
            "select id, %s, %s from person where id = %s and pools <> '{}' "
            "on conflict (person, policy) do update "
            "set at = coalesce(routing_signed.at, excluded.at) returning person",
            [read, at, person],
        )
        return policy.label() if await signed.fetchone() else None

    async def to_ask(self, tx: Tx, at: datetime) -> list[str]:
        """Whoever is in a pool and has yet to be asked whether they agree to the version in force,
        where the policy wants that of them; from *at* on they have been asked.
        """
        policy = await self._policies.current(tx.connection)
        if not policy.routing.signed:
            return []
        found = await tx.execute(
            "insert into routing_signed (person, policy, asked_at) "
            "select id, %s, %s from person where present and pools <> '{}' order by id "
            "on conflict do nothing returning person",
            [policy.version, at],
        )
        return [id async for (id,) in found]

    async def unsigned(self) -> list[Person]:
        """Whoever is in a pool and gets no lead by turn, for they have not agreed to the version in
        force; nobody where the policy does not ask for it.
        """
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            policy = await self._policies.current(tx)
            if not policy.routing.signed:
                return []
            await cursor.execute(
                "select * from person p where present and pools <> '{}' and not exists "
                "(select from routing_signed s where s.person = p.id and s.policy = %s "
                "and s.at is not null) order by name, id",
                [policy.version],
            )
            return [rows.to_person(row) async for row in cursor]

    async def stage(
        self, tx: Tx, handoff: UUID, stage: str, by: str, at: datetime
    ) -> tuple[str, ...]:
        """How far the deal has come. Returns the stages there are, where *stage* is none of them.

        It weighs from the very next choice on.
        """
        policy = await self._policies.current()
        if stage not in policy.routing.stages:
            return tuple(policy.routing.stages)
        await tx.execute(
            "insert into routing_stage (handoff, stage, by, at) values (%s, %s, %s, %s) "
            "on conflict (handoff) do update set stage = excluded.stage, by = excluded.by, "
            "at = excluded.at",
            [handoff, stage, by, at],
        )
        return ()

    # --- Someone says that it was wrong -------------------------------------------------------

    async def report(
        self, tx: Tx, handoff: UUID, by: str, manager: str, at: datetime
    ) -> UUID | None:
        """It is with the manager; None if the same person said so before."""
        row = await (
            await tx.execute(
                "insert into routing_report (id, handoff, by, manager, at) "
                "values (%s, %s, %s, %s, %s) on conflict do nothing returning id",
                [uuid4(), handoff, by, manager, at],
            )
        ).fetchone()
        return row[0] if row else None

    async def reported(self, id: UUID) -> Report | None:
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "select id, handoff, by, manager, answer from routing_report where id = %s", [id]
            )
            row = await cursor.fetchone()
        return Report(**row) if row else None

    async def answer_report(
        self, tx: Tx, id: UUID, by: str, answer: str, at: datetime
    ) -> bool | None:
        """True the first time, False after that, None for someone who was not asked.

        "owed": whoever reported is owed one lead more. Raises LeftPoolError.
        """
        row = await (
            await tx.execute(
                "select r.by, r.answered_at, g.pool, r.handoff from routing_report r "
                "join routing_record g on g.handoff = r.handoff and g.kind = 'turn' "
                "where r.id = %(id)s and (r.manager = %(by)s or exists (select from pledge p "
                "where p.about = r.id::text and p.who = %(by)s)) order by g.n desc limit 1 "
                "for update of r",
                {"id": id, "by": by},
            )
        ).fetchone()
        if row is None:
            return None
        person, answered, pool, handoff = row
        if answered:
            return False
        if answer == "owed":
            await self._owe(tx, pool, person, 1, by=by, at=at, handoff=handoff)
        await tx.execute(
            "update routing_report set answered_at = %s, answer = %s, manager = %s where id = %s",
            [at, answer, by, id],
        )
        return True

    async def answered(self, what: Literal["report", "alarm"], id: UUID) -> tuple[str, str] | None:
        """What was answered to it, and by whom; None while nobody has."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                f"select answer, manager from routing_{what} "  # noqa: S608
                "where id = %s and answered_at is not null",
                [id],
            )
            row = await found.fetchone()
        return (row[0], row[1]) if row else None

    # --- Someone has had none for a while -----------------------------------------------------

    async def alarms(self, tx: Tx, pool: str, at: datetime) -> list[UUID]:
        """A new alarm for everyone of the pool who has had no lead while a comparable rep had
        several.

        None where one is open, or was answered within the time looked at.
        """
        policy = await self._policies.current(tx.connection)
        routing = policy.routing
        since = at - timedelta(days=routing.alarm_days)
        people = {p.id: p for p in await pool_of(tx.connection, pool)}
        ids = list(people)
        if not await _without(tx.connection, ids, since):
            return []
        asked, members, _ = await self._now(tx.connection, list(people.values()), pool, policy, at)
        got: dict[str, list[datetime]] = {id: [] for id in ids}
        worth: dict[str, list[int | None]] = {id: [] for id in ids}
        async for person, when, minor in await tx.execute(
            "select g.person, g.at, case when l.worth_currency = %s then l.worth end "
            "from routing_given g join handoff h on h.id = g.handoff join lead l on l.id = h.lead "
            "where g.person = any(%s) and g.at > %s and g.credited_at is null",
            [policy.currency, ids, since],
        ):
            got[person].append(when)
            worth[person].append(minor)
        loads = {m.id: m.load for m in members}
        counter = routing.terms(pool).counter
        known = await tx.execute(
            "select person from routing_book where counter = %s and since <= %s "
            "and person = any(%s)",
            [counter, since, ids],
        )
        there = frozenset([id async for (id,) in known])
        away = {id: person.hours.away for id, person in people.items()}
        raised: list[UUID] = []
        for one in famine.starved(members, got, there, routing.alarm_least, away):
            manager = await _decides(tx.connection, people[one.id])
            if manager is None:
                continue
            of, effect = famine.effect(asked, members, one.id, one.owed)
            row = await (
                await tx.execute(
                    "insert into routing_alarm (id, counter, person, manager, at, found) "
                    "select %(id)s, %(counter)s, %(person)s, %(manager)s, %(at)s, %(found)s "
                    "where not exists (select from routing_alarm where counter = %(counter)s "
                    "and person = %(person)s and (answered_at is null or answered_at > %(since)s)) "
                    "on conflict do nothing returning id",
                    {
                        "id": uuid4(),
                        "counter": counter,
                        "person": one.id,
                        "manager": manager,
                        "at": at,
                        "since": since,
                        "found": Jsonb(
                            {
                                "pool": pool,
                                "peer": one.peer,
                                "peer_got": one.peer_got,
                                "load": loads[one.id],
                                "peer_load": loads[one.peer],
                                "peer_worth": sum(minor or 0 for minor in worth[one.peer]),
                                "peer_unknown": worth[one.peer].count(None),
                                "currency": policy.currency,
                                "days": routing.alarm_days,
                                "owed": one.owed,
                                "of": of,
                                "effect": [list(line) for line in effect],
                            }
                        ),
                    },
                )
            ).fetchone()
            if row:
                raised.append(row[0])
        return raised

    async def alarm(self, id: UUID, tx: Connection | None = None) -> Alarm | None:
        """As *tx* sees it, where one is given."""
        if tx is None:
            async with self._reads.connection() as own:
                return await self.alarm(id, own)
        row = await (
            await tx.execute(
                "select id, person, manager, found from routing_alarm where id = %s", [id]
            )
        ).fetchone()
        if row is None:
            return None
        return Alarm(id=row[0], pool=row[3]["pool"], person=row[1], manager=row[2], found=row[3])

    async def answer_alarm(
        self, tx: Tx, id: UUID, by: str, answer: str, at: datetime
    ) -> bool | None:
        """True the first time, False after that, None for someone who was not asked.

        "owed" raises LeftPoolError for someone who is not in the pool any more.
        """
        row = await (
            await tx.execute(
                "select person, found, answered_at from routing_alarm "
                "where id = %(id)s and (manager = %(by)s or exists (select from pledge p "
                "where p.about = routing_alarm.id::text and p.who = %(by)s)) for update",
                {"id": id, "by": by},
            )
        ).fetchone()
        if row is None:
            return None
        person, found, answered = row
        if answered:
            return False
        await tx.execute(
            "update routing_alarm set answered_at = %s, answer = %s, manager = %s where id = %s",
            [at, answer, by, id],
        )
        if answer == "owed":
            await self._owe(tx, found["pool"], person, found["owed"], by=by, at=at)
        return True

    async def _owe(
        self,
        tx: Tx,
        pool: str,
        person: str,
        leads: int,
        *,
        by: str,
        at: datetime,
        handoff: UUID | None = None,
    ) -> None:
        """A manager's correction: that member of the pool is owed so many leads more.

        Raises LeftPoolError.
        """
        await lock_chain(tx)
        if person not in {p.id for p in await pool_of(tx.connection, pool)}:
            raise LeftPoolError
        policy = await self._policies.current(tx.connection)
        counter = policy.routing.terms(pool).counter
        await tx.execute(
            "insert into routing_book (counter, person, target, got, credits, here, since) "
            "values (%(counter)s, %(person)s, %(more)s, 0, 0, true, %(at)s) "
            "on conflict (counter, person) do update set "
            "target = routing_book.target + excluded.target",
            {"counter": counter, "person": person, "more": leads * LEAD, "at": at},
        )
        await append(
            tx,
            at=at,
            kind="level",
            handoff=handoff,
            pool=pool,
            counter=counter,
            policy=policy.version,
            chosen=person,
            record={"by": by, "leads": leads},
        )


def _ground(record: Mapping[str, Any], chosen: str | None) -> Ground:
    asked, members = read(record)
    return asked, members, made(record, chosen, members)


async def _decides(tx: Connection, person: Person) -> str | None:
    """The nearest manager who is there, or else an admin: it is somebody's to decide."""
    row = await (
        await tx.execute(
            "select id from person where present and id <> %(id)s and (id = any(%(managers)s) "
            "or 'admin' = any(roles)) "
            "order by array_position(%(managers)s, id) nulls last, id limit 1",
            {"id": person.id, "managers": list(person.managers)},
        )
    ).fetchone()
    return str(row[0]) if row else None


async def _without(tx: Connection, ids: Sequence[str], since: datetime) -> bool:
    """Whether any of them has had no lead since then that counts."""
    row = await (
        await tx.execute(
            "select exists (select from unnest(%s::text[]) as one (id) where not exists "
            "(select from routing_given g where g.person = one.id and g.at > %s "
            "and g.credited_at is null))",
            [list(ids), since],
        )
    ).fetchone()
    return bool(row and row[0])


async def _recent(tx: Connection, ids: Sequence[str], since: datetime) -> dict[str, int]:
    found = await tx.execute(
        "select person, count(*) from routing_given where person = any(%s) and at > %s "
        "and credited_at is null group by person",
        [list(ids), since],
    )
    return {person: count async for person, count in found}
