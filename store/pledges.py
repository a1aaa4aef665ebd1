"""Promises that are about no handoff, in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from handoff import pledges as rules
from handoff.errors import MovedOnError
from handoff.facts import became
from handoff.model import Ending, Person
from handoff.place import led_by, team_of
from handoff.pledges import Pledge, PledgeDecision
from handoff.policy import Promise
from store import rows
from store.crm import CrmLinks
from store.database import Connection, Reads
from store.door import Tx
from store.facts import Owed, count_pledge
from store.people import WITH_MANAGERS
from store.policies import Policies
from store.statement_batch import StatementBatch

COLUMNS = (
    *("n", "what", "who", "made_at", "due_at", "first_due_at", "counted_from", "hours", "alarms"),
    *("rings_at", "reached", "excused_at", "missed_at", "ended_at", "ending"),
    *("undelivered", "undelivered_at"),
)


class Pledges:
    def __init__(self, reads: Reads, policies: Policies) -> None:
        self._reads = reads
        self._policies = policies

    async def make(
        self,
        tx: Tx,
        what: Promise,
        who: str,
        *,
        about: str,
        to: str | None,
        at: datetime,
    ) -> Pledge | None:
        """*who* owes it from *at* on. None where they are unknown, or owe or owed it already."""
        found = (await _people(tx.connection, [who])).get(who)
        if found is None:
            return None
        policy = await self._policies.current(tx.connection)
        pledge = rules.made(what, found, about=about, to=to, policy=policy, at=at)
        return pledge if await _write(tx, pledge) else None

    async def settle(
        self,
        tx: Tx,
        what: Promise,
        about: str,
        *,
        by: str | None,
        at: datetime,
    ) -> None:
        """It was done: by *by*, whose promise is kept; nobody else needs to any more."""
        for id, pledge in await _about(tx, what, about):
            if pledge.promise.open:
                done = by == pledge.promise.who
                ending = None if done else Ending.RELEASED
                await self._update(tx, id, rules.settled(pledge, at=at, ending=ending))

    async def card_of(self, what: Promise, about: str, who: str) -> str | None:
        """The message by which *who* was asked for it last, as far as Teams said which."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select card from pledge where what = %s and about = %s and who = %s",
                [what, about, who],
            )
            row = await found.fetchone()
        return row[0] if row else None

    async def cards(self, tx: Tx, what: Promise, about: str) -> list[tuple[str, str]]:
        """Who was asked for it, and by which message last, where Teams said which."""
        found = await tx.execute(
            "select who, card from pledge where what = %s and about = %s and card is not null "
            "order by n",
            [what, about],
        )
        return await found.fetchall()

    async def carded(self, tx: Tx, what: Promise, about: str, who: str, card: str | None) -> None:
        """*who* was asked for it by that message."""
        await tx.execute(
            "update pledge set card = %s "
            "where what = %s and about = %s and who = %s and ended_at is null",
            [card, what, about, who],
        )

    async def owes(self, tx: Tx, what: Promise, about: str, who: str) -> bool:
        """Whether *who* was asked for it, now or before."""
        return any(one.promise.who == who for _, one in await _about(tx, what, about))

    async def release(
        self, tx: Tx, what: Promise, who: Sequence[str], but: str, at: datetime
    ) -> None:
        """What these people owe of that kind about anything else than *but* is over."""
        found = await _rows(
            tx.connection,
            "select * from pledge where what = %s and who = any(%s) and about <> %s "
            "and ended_at is null order by id for update",
            [what, list(who), but],
        )
        for row in found:
            over = rules.settled(_pledge(row), at=at, ending=Ending.RELEASED)
            await self._update(tx, row["id"], over)

    async def ring(self, tx: Tx, id: UUID, at: datetime) -> None:
        """Whatever alarm of it is due by *at* goes off."""
        pledge, others, people = await self._known(tx, id)
        if pledge is None:
            return
        if pledge.promise.what is Promise.UPDATE_CRM and (now := await _in_crm(tx, pledge, at)):
            await self._update(tx, id, now)
            return
        policy = await self._policies.current(tx.connection)
        decided = rules.rang(pledge, others, people, policy, at=at)
        if decided:
            await self._keep(tx, id, decided)

    async def while_away(self, tx: Tx, what: Promise, since: datetime, at: datetime) -> None:
        """What that kind of promise takes was away from *since* to *at*."""
        policy = await self._policies.current(tx.connection)
        found = await _rows(
            tx.connection,
            "select * from pledge where what = %s and ended_at is null order by id for update",
            [what],
        )
        people = await _people(tx.connection, [row["who"] for row in found])
        for row in found:
            pledge, who = _pledge(row), people.get(row["who"])
            if who is None:
                continue
            now = rules.while_away(pledge, who, policy, since=since, at=at)
            if now != pledge:
                await self._update(tx, row["id"], now)
                tx.follow(rules.tells(now))

    async def without_ask(self) -> list[str]:
        """What of the CRM is owed still, though nothing is asked any more: its prospect is
        forgotten.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select distinct about from pledge p where what = %s and ended_at is null "
                "and not exists (select from crm_ask a where a.id::text = p.about "
                "and a.over_at is null and a.value is null)",
                [Promise.UPDATE_CRM],
            )
            return [about async for (about,) in found]

    async def _keep(self, tx: Tx, id: UUID, decided: PledgeDecision) -> None:
        """What was decided of the pledge *id*, which comes first, and of new ones."""
        own, *more = decided.pledges
        await self._update(tx, id, own)
        for one in more:
            await _write(tx, one)
        tx.follow(*decided.effects)

    async def undelivered(
        self, tx: Tx, what: Promise, about: str, who: str, *, why: str, at: datetime
    ) -> bool:
        """The card that asks *who* for it has not arrived; whether that is news, to be mailed."""
        for id, pledge in await _about(tx, what, about):
            mine = pledge.promise.who == who
            if mine and (now := rules.undelivered(pledge, at=at, why=why)):
                await self._update(tx, id, now)
                return True
        return False

    async def told(self, tx: Tx, id: UUID, at: datetime) -> None:
        """A card or a mail has told of it what no card could."""
        pledge, _, people = await self._known(tx, id)
        policy = await self._policies.current(tx.connection)
        who = people.get(pledge.promise.who) if pledge else None
        if pledge and who and (now := rules.told(pledge, who, policy, at=at)):
            await self._update(tx, id, now)

    async def unmailed(self, tx: Tx, id: UUID, at: datetime) -> None:
        """No mail can tell of it either: whoever owes it is excused, and the next is asked."""
        pledge, others, people = await self._known(tx, id)
        if pledge is None or not rules.could_not_be_told(pledge):
            return
        policy = await self._policies.current(tx.connection)
        await self._keep(tx, id, rules.excused(pledge, others, people, policy, at=at))

    async def untold(self, person: str, tx: Connection | None = None) -> list[tuple[UUID, Pledge]]:
        """What *person* owes of which no card told them; as *tx* sees it, where one is given."""
        if tx is None:
            async with self._reads.connection() as own:
                return await self.untold(person, own)
        found = await _rows(
            tx,
            "select * from pledge where who = %s and undelivered is not null "
            "and ended_at is null order by due_at, id",
            [person],
        )
        return [(row["id"], _pledge(row)) for row in found]

    async def more_time(
        self,
        tx: Tx,
        what: Promise,
        about: str,
        who: str,
        *,
        by: str,
        hours: int,
        why: str,
        at: datetime,
    ) -> Pledge:
        """*by* gives *who* more time, and does not owe it meanwhile. Raises what the rule does."""
        there = await _about(tx, what, about)
        mine = next(((id, one) for id, one in there if one.promise.who == who), None)
        person = (await _people(tx.connection, [who])).get(who)
        if mine is None or person is None:
            raise MovedOnError
        policy = await self._policies.current(tx.connection)
        longer = rules.more_time(mine[1], person, policy, by=by, at=at, hours=hours, why=why)
        await self._update(tx, mine[0], longer)
        for id, one in there:
            if one.promise.who == by and one.promise.open:
                await self._update(tx, id, rules.settled(one, at=at, ending=Ending.RELEASED))
        tx.follow(rules.tells(longer))
        return longer

    async def all_about(self, what: Promise, about: str) -> list[Pledge]:
        """Whoever owes it, or owed it, the first who was asked first."""
        async with self._reads.connection() as tx:
            found = await _rows(
                tx, "select * from pledge where what = %s and about = %s order by n", [what, about]
            )
        return [_pledge(row) for row in found]

    async def after_outage(self, tx: Tx, id: UUID, since: datetime, at: datetime) -> None:
        """No sweep ran from *since* to *at*."""
        pledge, _, people = await self._known(tx, id)
        if pledge and pledge.promise.open and (who := people.get(pledge.promise.who)):
            await self._update(tx, id, rules.after_outage(pledge, who, since=since, at=at))

    async def due(self, at: datetime, most: int = 1000) -> list[UUID]:
        """Those with an alarm due by *at*, the longest overdue first."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select id from pledge where rings_at <= %s order by rings_at limit %s", [at, most]
            )
            return [id async for (id,) in found]

    async def owed_by(self, person: str) -> list[Pledge]:
        """What *person* owes, the most pressing first."""
        async with self._reads.connection() as tx:
            found = await _rows(
                tx,
                "select * from pledge where who = %s and ended_at is null order by due_at",
                [person],
            )
        return [_pledge(row) for row in found]

    async def of_team(self, manager: str, most: int) -> list[Pledge]:
        """What those owe who report to *manager*, the most pressing first."""
        async with self._reads.connection() as tx:
            found = await _rows(
                tx,
                "select pledge.* from pledge join person on person.id = pledge.who "
                "where person.managers[1] = %s and pledge.ended_at is null "
                "order by pledge.due_at, pledge.id limit %s",
                [manager, most],
            )
        return [_pledge(row) for row in found]

    async def confirmed(self, tx: Tx, week: str, rep: str, at: datetime) -> None:
        """That rep has said that their calendar of that week is true."""
        for id, pledge in await _about(tx, Promise.CONFIRM_WEEK, week):
            if pledge.promise.open and pledge.promise.who == rep:
                await self._update(tx, id, rules.settled(pledge, at=at))

    async def waits_for_confirming(self, tx: Tx, week: str, manager: str) -> bool:
        """Whether somebody still owes that *manager* a word on that week."""
        found = await tx.execute(
            "select from pledge where what = %s and about = %s and given_to = %s "
            "and ended_at is null limit 1",
            [Promise.CONFIRM_WEEK, week, manager],
        )
        return await found.fetchone() is not None

    async def give_up_confirming(self, tx: Tx, week: str, manager: str, at: datetime) -> None:
        """That manager has settled with whoever did not confirm that week."""
        for id, pledge in await _about(tx, Promise.CONFIRM_WEEK, week):
            if pledge.promise.open and pledge.to == manager:
                over = rules.settled(pledge, at=at, ending=Ending.RELEASED)
                await self._update(tx, id, over)

    async def of(self, what: Promise, about: str, who: str) -> Pledge | None:
        """What *who* owes, or owed, of that kind about it."""
        async with self._reads.connection() as tx:
            found = await _rows(
                tx,
                "select * from pledge where what = %s and about = %s and who = %s",
                [what, about, who],
            )
        return _pledge(found[0]) if found else None

    async def _update(self, tx: Tx, id: UUID, pledge: Pledge) -> None:
        """It is as it is now, and what became of it is counted."""
        [before] = await _rows(tx.connection, "select * from pledge where id = %s", [id])
        who = pledge.promise.who
        person = (await _people(tx.connection, [who])).get(who)
        policy = await self._policies.current(tx.connection)
        written = StatementBatch()
        written.update("pledge", _row(pledge), "id = %s", id)
        found = became(_pledge(before).promise, pledge.promise, person)
        leads = pledge.promise.what is not Promise.CONFIRM_WEEK
        team = led_by(who, person, policy) if leads else team_of(person, policy)
        at = max((fact.at for fact in found), default=pledge.promise.made_at)
        where = Owed(team=team, policy=policy.version, at=pledge.promise.ended_at or at)
        await count_pledge(tx, written, found, id=id, where=where)
        await tx.run(written)

    async def _known(
        self, tx: Tx, id: UUID
    ) -> tuple[Pledge | None, list[Pledge], Mapping[str, Person]]:
        """It, what else is pledged about the same, and everybody in it with their managers."""
        row = await (
            await tx.execute("select what, about from pledge where id = %s", [id])
        ).fetchone()
        found = await _about(tx, Promise(row[0]), str(row[1])) if row else []
        mine = next((pledge for own, pledge in found if own == id), None)
        others = [pledge for own, pledge in found if own != id]
        people = await _people(tx.connection, [one.promise.who for _, one in found])
        return mine, others, people


async def _in_crm(tx: Tx, pledge: Pledge, at: datetime) -> Pledge | None:
    """The promise as it is where nothing is asked any more, or where the deal has not been read
    since what is to ring now was due: its maker may have entered it there. None in any other case.
    """
    found = await tx.execute(
        "select a.over_at is null and a.value is null, k.deals_read_at, a.handoff from crm_ask a "
        "left join crm_link k on k.handoff = a.handoff where a.id = %s",
        [UUID(pledge.about)],
    )
    row = await found.fetchone()
    if row is None or not row[0]:
        return rules.settled(pledge, at=at, ending=Ending.RELEASED)
    _, read_at, handoff = row
    rings_at = pledge.promise.rings_at
    if rings_at is None or rings_at > at or (read_at is not None and read_at >= rings_at):
        return None
    await CrmLinks.read_again(tx, handoff, at)
    return rules.not_looked(pledge, at=at)


async def _people(tx: Connection, ids: Sequence[str]) -> dict[str, Person]:
    found = await _rows(tx, WITH_MANAGERS, {"ids": list(ids)})
    return {row["id"]: rows.to_person(row) for row in found}


async def _about(tx: Tx, what: Promise, about: str) -> list[tuple[UUID, Pledge]]:
    """All about the same, locked, in one order for everybody."""
    found = await _rows(
        tx.connection,
        "select * from pledge where what = %s and about = %s order by id for update",
        [what, about],
    )
    return [(row["id"], _pledge(row)) for row in found]


async def _rows(
    tx: Connection, sql: str, args: Sequence[Any] | Mapping[str, Any]
) -> list[dict[str, Any]]:
    async with tx.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql, args)
        return await cursor.fetchall()


async def _write(tx: Tx, pledge: Pledge) -> bool:
    """Whether it is new. Nothing of it is counted yet."""
    values = _row(pledge)
    done = await tx.execute(
        f"insert into pledge (about, given_to, {', '.join(values)}) values "  # noqa: S608
        f"(%s, %s, {', '.join(['%s'] * len(values))}) on conflict (what, about, who) do nothing",
        [pledge.about, pledge.to, *values.values()],
    )
    return done.rowcount == 1


def _row(pledge: Pledge) -> dict[str, Any]:
    row = rows.of_commitment(pledge.promise)
    given = {"given_by": pledge.given_by, "given_why": pledge.given_why or None}
    return {**{name: row[name] for name in COLUMNS}, **given}


def _pledge(row: Mapping[str, Any]) -> Pledge:
    none = dict.fromkeys(rows.COMMITMENT) | {"brought_forward": False, "correction_at": None}
    return Pledge(
        about=row["about"],
        to=row["given_to"],
        given_by=row["given_by"],
        given_why=row["given_why"] or "",
        promise=rows.to_commitment({**none, **row, "about": None}),
    )
