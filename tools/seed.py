"""Years of a company's handoffs in a database, made up: `python -m tools.seed DATABASE_URL`.

What is made up is whole: it passes what is always true of the data, the router has really chosen
whom it says it chose, and its chain holds. The same seed makes the same, to the last byte but for
what the database numbers by itself.
"""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb
from psycopg.types.range import Range, TimestamptzRange
from rich.progress import Progress

from handoff.campaigns import key
from handoff.hours import Span, WorkingTime
from handoff.model import (
    Commitment,
    Ending,
    Handoff,
    Lead,
    Meeting,
    MeetingOutcome,
    Outcome,
    Person,
    Role,
    Search,
    State,
    Step,
)
from handoff.money import Money
from handoff.policy import Promise
from handoff.routing.choose import after, choose, recorded
from handoff.routing.inputs import Member, RoutingRequest, written
from policy import reading
from policy.rules import rules_of
from store import database, earlier_facts, rows, sums
from store.routing_chain import Record
from store.stores import Stores

AT_A_TIME = 2_000  # handoffs that are written together
SOURCES = ("Webinar", "Fair", "Advertisement", "Referral")
OPEN = 20  # of so many handoffs one is open
BY_TURN = 4  # of so many one goes by turn, the others to a rep by name
PER_COMPANY = 5  # handoffs
GIVEN_BY_HAND, TALKED_ABOUT = 11, 2  # of so many one
MINUTES, PREPARE = timedelta(minutes=30), timedelta(minutes=15)
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CLOCK = timedelta(hours=4)
ZONES = ("Europe/Madrid", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "UTC")
GIVEN = ("Ana", "Ben", "Carla", "Dario", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kira")
FAMILY = ("Alves", "Braun", "Costa", "Dietz", "Ekman", "Fontaine", "Garcia", "Holm", "Ivanov")
WRITTEN = (
    "Live tracking for three warehouses, and one place where everybody sees what is late. ",
    "Two late shipments a week, and nobody knows before the customer calls. ",
    "A spreadsheet that five people keep, and a broker's portal with one account for all. ",
)
ENDINGS = {Outcome.LOST: 40, Outcome.NO_NEED: 20, Outcome.OPPORTUNITY: 15, Outcome.WON: 25}
"""Of those that met, of a hundred."""
STANDING = (  # how those stand that are open, oldest first; of a hundred
    (State.FOLLOWING, 50),
    (State.NURTURED, 5),
    (State.SENT_BACK, 5),
    (State.ACCEPTED, 25),
    (State.QUALIFIED, 7),
    (State.OFFERED, 8),
)
BOOKS = ("counter", "person", "target", "got", "credits", "last", "here")


class NotEmptyError(Exception):
    """There are handoffs in the database: it may be somebody's. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much there is to be, with what is there already."""

    handoffs: int
    until: datetime  # the end of the time, UTC
    years: float = 2.0
    people: int = 100
    pools: int = 5
    seed: int = 7
    teams: tuple[int, ...] = ()  # how many people are in each; without, one in fifty leads


@dataclass(slots=True)
class _Company:
    """Who hands over, and who takes."""

    qualifiers: list[str]
    pools: dict[str, list[str]]  # the reps of each, by id
    numbers: dict[str, int]  # of each person
    managers: dict[str, str]  # the nearest, of whoever has one
    version: int  # of the policy
    last: int  # record of the chain
    hash: str
    books: dict[tuple[str, str], Member]  # by pool and person
    held: dict[str, int] = field(default_factory=dict)  # meetings ahead, by rep


class _Rows:
    """Lines of PostgreSQL's COPY, by table. https://www.postgresql.org/docs/current/sql-copy.html"""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, tuple[str, ...]], list[str]] = {}

    def add(self, table: str, row: Mapping[str, str]) -> None:
        self._lines.setdefault((table, tuple(row)), []).append("\t".join(row.values()) + "\n")

    async def write(self, tx: AsyncConnection[Any]) -> None:
        """All of them are in their tables, in the order in which the tables were first named."""
        for (table, columns), lines in self._lines.items():
            if not lines:
                continue
            into = SQL("copy {} ({}) from stdin").format(
                Identifier(table), SQL(", ").join(map(Identifier, columns))
            )
            async with tx.cursor().copy(into) as copy:
                await copy.write("".join(lines))
            lines.clear()


def text(value: Any) -> str:  # whatever a column holds
    """A value as COPY reads it."""
    written = _AS_TEXT.get(type(value))
    if written:
        return written(value)
    said = str(value)
    if "\\" in said or "\t" in said or "\n" in said:
        said = said.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n")
    return said


def _range(found: Range[datetime]) -> str:
    assert found.lower is not None
    assert found.upper is not None
    return f'["{found.lower.isoformat()}","{found.upper.isoformat()}")'


def _array(found: Iterable[Any]) -> str:
    inner = (str(one).replace("\\", r"\\").replace('"', r"\"") for one in found)
    return text("{" + ",".join(f'"{one}"' for one in inner) + "}")


_AS_TEXT: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: r"\N",
    bool: lambda value: "t" if value else "f",
    datetime: datetime.isoformat,
    timedelta: lambda value: f"{value.total_seconds():.0f} seconds",
    TimestamptzRange: _range,
    Jsonb: lambda value: text(json.dumps(value.obj, ensure_ascii=False)),
    list: _array,
    tuple: _array,
}


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: text(value) for name, value in row.items()}


async def seed(database_url: str, plan: Plan, *, progress: Progress | None = None) -> None:
    """All of *plan* is in the database, which is migrated and has a policy, or nothing is. Pools
    and reps that are there take part. Raises NotEmptyError.
    """
    dice = random.Random(plan.seed)
    bar = progress.add_task("handoffs", total=plan.handoffs) if progress else None
    async with await AsyncConnection.connect(database_url) as tx:
        company = await _company(tx, plan, dice)
        made = _handoffs(plan, company, dice)
        lines = _Rows()
        while some := list(islice(made, AT_A_TIME)):
            for one in some:
                one.write(lines)
            await lines.write(tx)
            if progress and bar is not None:
                progress.update(bar, advance=len(some))
        await _write_books(tx, company, plan)
        await _write_campaigns(tx)
    await _count(database_url, progress)
    async with await AsyncConnection.connect(database_url, autocommit=True) as tx:
        await tx.execute("vacuum (analyze)")


async def _count(database_url: str, progress: Progress | None) -> None:
    """What is counted of all of it, as of whatever was there before there were figures."""
    async with database.pool(database_url, 2) as connections:
        stores = Stores.over(
            connections,
            lambda text, version: rules_of(reading.read(text), version),
            per_conversation=(),
            per_second=1,
        )
        total = await earlier_facts.left(stores.reads)
        bar = progress.add_task("counted", total=total) if progress else None
        more, last = True, None
        while more:
            async with stores.door.open() as tx:
                done, last = await earlier_facts.convert(tx, stores.handoffs, last)
            more = last is not None
            if progress and bar is not None:
                progress.update(bar, advance=done)
        done = 1
        while done:
            async with stores.door.open() as tx:
                done = await sums.add_up(tx)


async def _write_campaigns(tx: AsyncConnection[Any]) -> None:
    """Each campaign that a lead names is somebody's in marketing, in turn."""
    owners = await (
        await tx.execute(
            "select id from person where present and 'marketer' = any(roles) order by n"
        )
    ).fetchall()
    named = await (await tx.execute("select distinct campaign from lead order by 1")).fetchall()
    for n, (name,) in enumerate(named if owners else ()):
        kind = SOURCES[n % len(SOURCES)]
        await tx.execute(
            "insert into campaign select %s, %s, %s, %s, %s, %s, now() on conflict do nothing",
            [f"C{n:02}", key(f"C{n:02}"), name, key(name), owners[n % len(owners)][0], kind],
        )


async def _company(tx: AsyncConnection[Any], plan: Plan, dice: random.Random) -> _Company:
    """Policy and people, those that are there and as many more as the plan has."""
    row = await (
        await tx.execute(
            "select exists (select from handoff), (select text from policy order by version desc "
            "limit 1), (select count(*) from person), (select n from routing_chain), "
            "(select hash from routing_chain)"
        )
    ).fetchone()
    assert row
    there, policy, count, last, hash = row
    if there:
        raise NotEmptyError("there are handoffs in this database: seed an empty one")
    codes = [pool.code for pool in reading.read(policy).pools]
    more = [f"p{n:03}" for n in range(len(codes), plan.pools)]
    if more:
        policy += "".join(
            f'\n[[pools]]\ncode = "{code}"\nname = "Pool {code}"\nreps = ["group:Reps {code}"]\n'
            for code in more
        )
        rules_of(reading.read(policy), 0)
        await tx.execute(
            "insert into policy (digest, text, since) values (%s, %s, %s)",
            [f"seed {plan.seed}", policy, plan.until],
        )
    lines = _Rows()
    head = await (
        await tx.execute(
            "select id from person where managers = '{}' and 'manager' = any(roles) order by n"
        )
    ).fetchone()
    led = _teams(plan.teams, head[0] if head else None, more or codes, dice)
    for person in led if plan.teams else _people(plan.people - count, more or codes, dice):
        synced = {"away": "{}", "synced_at": plan.until}
        lines.add("person", _texts(rows.of_person(person) | synced))
    await lines.write(tx)
    found = tx.cursor(row_factory=dict_row)
    await found.execute("select id, n, roles, pools, managers from person where present order by n")
    people = await found.fetchall()
    pools: dict[str, list[str]] = {code: [] for code in (*codes, *more)}
    for one in people:
        for pool in one["pools"]:
            pools[pool].append(one["id"])
    version = await (await tx.execute("select max(version) from policy")).fetchone()
    assert version
    return _Company(
        qualifiers=[one["id"] for one in people if "qualifier" in one["roles"]],
        pools={code: sorted(ids) for code, ids in pools.items() if ids},
        numbers={one["id"]: one["n"] for one in people},
        managers={one["id"]: one["managers"][0] for one in people if one["managers"]},
        version=version[0],
        last=last,
        hash=hash,
        books={(code, id): Member(id=id, here=False) for code, ids in pools.items() for id in ids},
    )


def _people(count: int, pools: Sequence[str], dice: random.Random) -> Iterator[Person]:
    """One in fifty manages, one in four hands leads over, the others are reps of one pool each."""
    managers: list[str] = []
    for n in range(count):
        id = str(_id(dice))
        name = f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}"
        role = Role.MANAGER if n % 50 == 0 else Role.QUALIFIER if n % 4 == 1 else Role.REP
        yield Person(
            id=id,
            name=name,
            mail=f"{name.replace(' ', '.').lower()}.{n}@seeded.example",
            hours=WorkingTime(
                zone=dice.choice(ZONES), days=frozenset(range(5)), start=time(9), end=time(17)
            ),
            managers=() if role is Role.MANAGER else (managers[-1],),
            roles=frozenset({role}),
            pools=(pools[n % len(pools)],) if role is Role.REP else (),
        )
        if role is Role.MANAGER:
            managers.append(id)


def _teams(
    sizes: Sequence[int], head: str | None, pools: Sequence[str], dice: random.Random
) -> Iterator[Person]:
    """Below *head*, or somebody new, a leader for each team; of each one in three hands leads over,
    and the others are reps of one pool. Two people in marketing.
    """

    def one(role: Role, n: int, managers: tuple[str, ...], pool: str = "") -> Person:
        name = f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}"
        mail = f"{name.replace(' ', '.').lower()}.t{n}@seeded.example"
        hours = WorkingTime(
            zone=dice.choice(ZONES), days=frozenset(range(5)), start=time(9), end=time(17)
        )
        return Person(
            id=str(_id(dice)),
            name=name,
            mail=mail,
            hours=hours,
            managers=managers,
            roles=frozenset({role}),
            pools=(pool,) if pool else (),
        )

    count = iter(range(1_000_000))
    if head is None:
        first = one(Role.MANAGER, next(count), ())
        head = first.id
        yield first
    for n, size in enumerate(sizes):
        leader = one(Role.MANAGER, next(count), (head,))
        yield leader
        for m in range(size):
            above = (leader.id, head)
            if m % 3 == 0:
                yield one(Role.QUALIFIER, next(count), above)
            else:
                yield one(Role.REP, next(count), above, pools[n % len(pools)])
    for _ in range(2):
        yield one(Role.MARKETER, next(count), (head,))


def _id(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)


USUAL = Handoff(
    id=UUID(int=0),
    number=0,
    lead=Lead(company="", contact_name="", contact_email="", contact_zone=""),
    qualifier="",
    owner="",
    policy=0,
    state=State.ENDED,
)
_USUAL = _texts(rows.of_handoff(USUAL))
_PROMISED = _texts(
    rows.of_commitment(
        Commitment(
            n=1,
            what=Promise.BOOK,
            who="",
            made_at=BEGAN,
            due_at=BEGAN,
            first_due_at=BEGAN,
        )
    )
)


@dataclass(slots=True, kw_only=True)
class _Made:
    """One handoff with all that belongs to it."""

    id: UUID
    number: int  # from the oldest
    at: datetime  # when it was booked
    lead: Lead
    handoff: Handoff
    entries: list[tuple[datetime, str, str, str, dict[str, str]]] = field(default_factory=list)
    promises: list[dict[str, str]] = field(default_factory=list)
    held: list[Span] = field(default_factory=list)  # of the rep's days
    record: Record | None = None
    tags: tuple[str, ...] = ()
    how: str = ""
    rep_number: int = 0

    def write(self, to: _Rows) -> None:
        id, one = str(self.id), self.handoff
        to.add("lead", {"id": id} | _texts(rows.of_lead(self.lead)))
        row = {"id": id, "lead": id} | _USUAL | _texts(rows.changed(USUAL, one))
        to.add("handoff", row)
        for promise in self.promises:
            to.add("commitment", {"handoff": id} | promise)
        for at, by, what, rule, detail in self.entries:
            line = {"at": at, "by": by, "what": what, "rule": rule, "detail": Jsonb(detail)}
            to.add("entry", {"handoff": id} | _texts(line))
        for span in self.held:
            held = {"rep": self.rep_number, "during": rows.to_range(span)}
            to.add("reservation", {"handoff": id} | _texts(held))
        if one.open:
            for person in {one.qualifier, one.rep} - {None}:
                to.add("card", _texts({"handoff": id, "person": person, "activity": f"a{id}"}))
        if record := self.record:
            to.add("routing_record", _texts(_of_record(record)))
            where = {"counter": record.pool, "pool": record.pool, "at": self.at, "tags": []}
            given = {"handoff": id, "person": record.chosen, **where, "how": self.how}
            to.add("routing_given", _texts(given))
            look = {"at": self.at, "by": one.qualifier, "whose": record.chosen, "what": "why"}
            to.add("look", {"handoff": id} | _texts(look))


def _of_record(record: Record) -> dict[str, Any]:
    found = {name: getattr(record, name) for name in Record.__dataclass_fields__}
    return found | {"record": Jsonb(record.record)}


def _handoffs(plan: Plan, company: _Company, dice: random.Random) -> Iterator[_Made]:
    """From the oldest to the newest."""
    span = timedelta(days=365 * plan.years)
    open_ = plan.handoffs // OPEN
    of_a_hundred = [state for state, share in STANDING for _ in range(share)]
    pools = list(company.pools)
    for n in range(plan.handoffs):
        at = plan.until - span * (1 - n / plan.handoffs)
        pool = dice.choice(pools)
        nth_open = n - (plan.handoffs - open_)
        state = of_a_hundred[100 * nth_open // open_] if nth_open >= 0 else State.ENDED
        yield _handoff(plan, company, dice, n=n, at=at, pool=pool, state=state)


def _handoff(
    plan: Plan,
    company: _Company,
    dice: random.Random,
    *,
    n: int,
    at: datetime,
    pool: str,
    state: State,
) -> _Made:
    id, qualifier = _id(dice), dice.choice(company.qualifiers)
    made = _Made(
        id=id,
        number=n,
        at=at,
        lead=_lead(plan, dice, n),
        handoff=replace(
            USUAL,
            id=id,
            qualifier=qualifier,
            owner=qualifier,
            policy=company.version,
            state=state,
            search=Search(
                pool=pool, rep=None, type="first", minutes=30, wanted=at.date(), found=()
            ),
        ),
    )
    made.entries.append((at - HOUR, qualifier, "qualified", "begin", {}))
    if state is State.QUALIFIED:
        _owes(made, Promise.BOOK, qualifier, plan.until + _within(dice, 5 * DAY))
        return made
    _promise(made, Promise.BOOK, qualifier, at - HOUR, at)
    rep = _given(company, made, dice, pool=pool)
    _booked(company, made, n, pool=pool, rep=rep)
    made.entries.append((at, "outlook", "offered", "answer", {"to": rep}))
    _promise(made, Promise.INVITE, qualifier, at, at)
    made.rep_number = company.numbers[rep]
    start = _start(plan, company, dice, made, rep)
    made.handoff = replace(made.handoff, rep=rep, owner=rep, meeting=_meeting(made, start))
    _lives(plan, made, dice, start)
    _talks(company, made, n)
    return made


def _booked(company: _Company, made: _Made, n: int, *, pool: str, rep: str) -> None:
    """One in GIVEN_BY_HAND of those that go by name was sent back by another first."""
    at, qualifier = made.at, made.handoff.qualifier
    others = [id for id in company.pools[pool] if id != rep]
    if made.how != "named" or n % GIVEN_BY_HAND or not others:
        made.entries.append((at, qualifier, "booked", "booking", {"to": rep}))
        return
    first = others[n % len(others)]
    before, back = at - HOUR / 2, {"reason": "no_need", "note": ""}
    made.entries += [
        (before, qualifier, "booked", "booking", {"to": first}),
        (before, "outlook", "offered", "answer", {"to": first}),
        (at - HOUR / 4, first, "sent_back", "send_back", back),
        (at, qualifier, "given", "rework", {"to": rep}),
    ]


def _talks(company: _Company, made: _Made, n: int) -> None:
    """One in TALKED_ABOUT of those that are answered late has a manager who asks why."""
    rep = made.handoff.rep or ""
    late = [at for at, _, what, *_ in made.entries if what == "accepted" and at > made.at + CLOCK]
    if late and n % TALKED_ABOUT == 0 and rep in company.managers:
        manager, said = company.managers[rep], late[0] - HOUR / 2
        _promise(made, Promise.DECIDE, manager, made.at + CLOCK, said, hours=HOUR)
        made.entries.append((said, manager, "talks", "decide", {"to": rep}))
        made.entries.sort(key=lambda entry: entry[0])


def _lead(plan: Plan, dice: random.Random, n: int) -> Lead:
    company = dice.randrange(max(1, plan.handoffs // PER_COMPANY))
    name = f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}"
    return Lead(
        company=f"Company {company}",
        contact_name=name,
        contact_email=f"{name.replace(' ', '.').lower()}.{n}@company{company}.example",
        contact_zone=dice.choice(ZONES),
        needs=WRITTEN[0] * dice.randint(1, 4),
        pains=WRITTEN[1],
        current_solution=WRITTEN[2],
        request="See it live",
        value=Money(dice.randint(1, 200) * 100_000, "EUR"),
        campaign=f"Campaign {dice.randrange(40)}",
    )


def _within(dice: random.Random, span: timedelta) -> timedelta:
    return timedelta(seconds=60 + dice.randrange(int(span.total_seconds())))


def _given(company: _Company, made: _Made, dice: random.Random, *, pool: str) -> str:
    """Who gets it, by turn or by name; the books and the chain say so."""
    stands = [company.books[pool, id] for id in company.pools[pool]]
    at = int(made.at.timestamp() * 1_000_000)
    if dice.randrange(BY_TURN) == 0:
        asked = RoutingRequest(
            pool=pool, counter=pool, policy=company.version, at=at, load_per_lead=10
        )
        busy = dice.randrange(len(stands))
        members = list(stands)
        if len(members) > 1:
            members[busy] = replace(members[busy], free=False)
        assignment = choose(asked, members)
        assert assignment.chosen
        for member in after(members, assignment, at):
            company.books[pool, member.id] = member if member.free else replace(member, free=True)
        made.how, kind, rep = assignment.how, "turn", assignment.chosen
        record = recorded(written(asked, members), assignment)
    else:
        member = dice.choice(stands)
        kind, rep, made.how = "given", member.id, "named"
        member = replace(member, got=member.got + 1, last=at, here=True)
        company.books[pool, rep] = member
        record = {"how": "named", "got": member.got, "credits": member.credits}
    company.last += 1
    link = Record(
        n=company.last,
        at=made.at,
        kind=kind,
        handoff=made.id,
        pool=pool,
        counter=pool,
        policy=company.version,
        chosen=rep,
        record=record,
        hash="",
    )
    company.hash = link.digest(company.hash)
    made.record = replace(link, hash=company.hash)
    return rep


def _start(plan: Plan, company: _Company, dice: random.Random, made: _Made, rep: str) -> datetime:
    """Meetings that are ahead stand at times of their own, for nobody has two at once."""
    if made.handoff.state not in (State.ACCEPTED, State.OFFERED):
        return made.at + 3 * DAY + HOUR * dice.randrange(8)
    nth = company.held[rep] = company.held.get(rep, 0) + 1
    day = (plan.until + DAY).replace(hour=8, minute=0, second=0, microsecond=0)
    return day + DAY * (nth // 8) + HOUR * (nth % 8)


def _meeting(made: _Made, start: datetime) -> Meeting:
    key = made.id.hex
    return Meeting(
        span=Span(start, start + MINUTES),
        organizer_event=f"AAALAAAAAAB5bvpryOq5D3rJYFzxEENO{key}o",
        rep_event=f"AAALAAAAAAB5bvpryOq5D3rJYFzxEENO{key}r",
        uid=f"040000008200E00074C5B7101A82E008{key}",
        join_url=f"https://teams.microsoft.com/l/meetup-join/{key}",
        response="accepted" if made.handoff.state is not State.OFFERED else None,
    )


def _lives(plan: Plan, made: _Made, dice: random.Random, start: datetime) -> None:
    """What becomes of it once it is offered."""
    rep, at, ahead = made.handoff.rep or "", made.at, plan.until + _within(dice, 5 * DAY)
    state = made.handoff.state
    if state is State.OFFERED:
        _owes(made, Promise.ANSWER, rep, plan.until + _within(dice, CLOCK), hours=CLOCK)
        made.held.append(Span(start, start + MINUTES))
        return
    late = dice.randrange(10) == 0
    answered = at + (CLOCK + HOUR if late else HOUR)
    _promise(made, Promise.ANSWER, rep, at, answered, due=at + CLOCK, hours=CLOCK)
    if state is State.SENT_BACK:
        made.entries.append(
            (answered, rep, "sent_back", "send_back", {"reason": "no_need", "note": ""})
        )
        qualifier = made.handoff.qualifier
        made.handoff = replace(
            made.handoff, owner=qualifier, meeting=None, reason="no_need", note="Not now."
        )
        _owes(made, Promise.REWORK, qualifier, ahead, hours=2 * CLOCK)
        return
    made.entries.append((answered, rep, "accepted", "answer", {}))
    if state is State.ACCEPTED:
        _accepted(made, rep, answered, start)
        return
    _promise(made, Promise.MEET, rep, answered, start + MINUTES)
    said = start + HOUR
    no_show = state is State.ENDED and dice.randrange(100) < 10
    went = MeetingOutcome.PROSPECT_ABSENT if no_show else MeetingOutcome.TOOK_PLACE
    made.entries.append((said, rep, "went", "outcome", {"outcome": went.value}))
    _promise(made, Promise.OUTCOME, rep, start + MINUTES, said, hours=CLOCK)
    _promise(made, Promise.NEXT_STEP, rep, said, said + HOUR, hours=CLOCK)
    made.handoff = replace(
        made.handoff, meeting_outcome=went, met=int(not no_show), no_shows=2 if no_show else 0
    )
    if state is State.FOLLOWING:
        _owes(made, Promise.PROGRESS, rep, ahead, hours=10 * CLOCK)
    elif state is State.NURTURED:
        made.handoff = replace(made.handoff, owner=made.handoff.qualifier)
        made.entries.append((said, rep, "nurture", "nurture", {}))
        _owes(made, Promise.NURTURE, made.handoff.qualifier, ahead, hours=20 * CLOCK)
    else:
        _ended(plan, made, dice, said, no_show=no_show)


def _accepted(made: _Made, rep: str, at: datetime, start: datetime) -> None:
    _owes(made, Promise.MEET, rep, start + MINUTES, made=at, step=Step.ASK)
    prep = Span(start - PREPARE, start)
    made.held += [Span(start, start + MINUTES), prep]
    event = f"AAALAAAAAAB5bvpryOq5D3rJYFzxEENO{made.id.hex}p"
    more = {"minutes": 15, "span": rows.to_range(prep), "event": event}
    _add(made, Promise.PREPARE, rep, at, start, **more)
    detail = {"to": rep, "start": prep.start.isoformat()}
    made.entries.append((at, "outlook", "prep_booked", "prepare", detail))


def _ended(plan: Plan, made: _Made, dice: random.Random, said: datetime, *, no_show: bool) -> None:
    rep = made.handoff.rep or ""
    outcome = Outcome.NO_SHOW if no_show else dice.choices(list(ENDINGS), list(ENDINGS.values()))[0]
    at = min(said + _within(dice, 20 * DAY), plan.until - HOUR)
    _promise(made, Promise.PROGRESS, rep, said + HOUR, max(at, said + HOUR), hours=None)
    why = "price" if outcome is Outcome.LOST else None
    detail = {"outcome": outcome.value} | ({"lost": why} if why else {})
    made.entries.append((at, rep, "done", "ending", detail))
    made.handoff = replace(
        made.handoff, outcome=outcome, ended_for=why, ended_by=rep, ended_at=max(at, said)
    )


def _promise(
    made: _Made,
    what: Promise,
    who: str,
    at: datetime,
    ended: datetime,
    *,
    due: datetime | None = None,
    hours: timedelta | None = None,
) -> None:
    """One that is over: kept, or late where it was due before."""
    due = due or max(ended, at + (hours or HOUR))
    late = ended > due
    missed = {"missed_at": due} if late else {}
    ending = Ending.LATE if late else Ending.KEPT
    _add(made, what, who, at, due, hours=hours, ended_at=ended, ending=ending, **missed)


def _owes(
    of: _Made,
    what: Promise,
    who: str,
    due: datetime,
    *,
    made: datetime | None = None,
    hours: timedelta | None = None,
    step: Step = Step.BREACH,
) -> None:
    """One that is open, and rings when it is due."""
    alarms = Jsonb([[due.isoformat(), step]])
    _add(of, what, who, made or of.at, due, hours=hours, alarms=alarms, rings_at=due)


def _add(of: _Made, what: Promise, who: str, at: datetime, due: datetime, **more: Any) -> None:
    row = {"n": len(of.promises) + 1, "what": what, "who": who, "made_at": at, "due_at": due}
    of.promises.append(_PROMISED | _texts(row | {"first_due_at": due} | more))


async def _write_books(tx: AsyncConnection[Any], company: _Company, plan: Plan) -> None:
    """The books and the chain's end, as the records left them."""
    lines = _Rows()
    since = plan.until - timedelta(days=365 * plan.years)
    for (pool, _), member in company.books.items():
        if member.here:
            row = {name: getattr(member, name, pool) for name in BOOKS} | {"since": since}
            lines.add("routing_book", _texts(row | {"person": member.id}))
    await lines.write(tx)
    await tx.execute("update routing_chain set n = %s, hash = %s", [company.last, company.hash])


async def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.seed", description=__doc__)
    parser.add_argument("url", help="of a database that is migrated, and empty of handoffs")
    parser.add_argument("--handoffs", type=int, default=20_000)
    parser.add_argument("--years", type=float, default=2.0)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--pools", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--teams",
        type=lambda text: tuple(map(int, text.split(","))),
        default=(),
        help="how many people are in each, instead of --people: 8,8,7,6,3",
    )
    parser.add_argument(
        "--until", type=datetime.fromisoformat, required=True, help="the end: 2026-03-02T09:00"
    )
    said = vars(parser.parse_args(words))
    url = said.pop("url")
    plan = Plan(**said | {"until": said["until"].replace(tzinfo=UTC)})
    try:
        with Progress() as progress:
            await seed(url, plan, progress=progress)
    except NotEmptyError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{plan.handoffs} handoffs of {plan.years:g} years, seed {plan.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
