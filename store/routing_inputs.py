"""What a choice is made from, read at the moment of choosing."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import dict_row

from handoff import addresses
from handoff.hours import Span
from handoff.model import DealState, Person
from handoff.routing.caps import Got
from handoff.routing.gather import Book, Known
from handoff.routing.inputs import Member
from handoff.routing.policy import PoolLimits, Routing
from store import rows
from store.database import Connection
from store.door import Tx

LONGEST = timedelta(days=92)  # that any limit of a rep looks back
A_WEEK = timedelta(days=7)  # … and any of a pool
SHARED = (
    *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com"),
    *("icloud.com", "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "aol.com"),
)
"""Domains that say nothing of a company."""


async def pool_of(tx: Connection, pool: str) -> list[Person]:
    """The pool's members, present, by id."""
    async with tx.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select * from person where present and pools @> array[%s]::text[] order by id", [pool]
        )
        return [rows.to_person(row) async for row in cursor]


async def known_of(
    tx: Connection,
    people: Sequence[str],
    *,
    pool: str,
    owner: str | None,
    routing: Routing,
    at: datetime,
) -> Known:
    """All that the database knows of *people* that bears on a choice. *owner* is as `owner_of`."""
    ids, terms = list(people), routing.terms(pool)
    books = {
        person: Book(target=target, got=got, credits=credits, last=last, here=here)
        async for person, target, got, credits, last, here in await tx.execute(
            "select person, target, got, credits, last, here from routing_book "
            "where counter = %s and person = any(%s)",
            [terms.counter, ids],
        )
    }
    got: dict[str, list[Got]] = defaultdict(list)
    async for person, when, tags in await tx.execute(
        "select person, at, tags from routing_given "
        "where person = any(%s) and at > %s and credited_at is null",
        [ids, at - LONGEST],
    ):
        got[person].append(Got(when, frozenset(tags)))
    stages, open = await _pipeline(tx, ids, routing)
    return Known(
        books=books,
        got=got,
        stages=stages,
        open=open,
        answers=await _answers(tx, ids, routing, at),
        owner=owner,
        of_the_pool=await _of_the_pool(tx, pool, at) if terms.at_most != PoolLimits() else (),
        signed=await _signed(tx, ids) if routing.signed else None,
    )


async def _of_the_pool(tx: Connection, pool: str, at: datetime) -> list[datetime]:
    """When the pool got the leads that count against a limit of its own."""
    found = await tx.execute(
        "select at from routing_given where pool = %s and at > %s and credited_at is null",
        [pool, at - A_WEEK],
    )
    return [when async for (when,) in found]


async def _signed(tx: Connection, ids: list[str]) -> frozenset[str]:
    """Who has agreed to the version in force."""
    found = await tx.execute(
        "select person from routing_signed where person = any(%s) and at is not null "
        "and policy = (select max(version) from policy)",
        [ids],
    )
    return frozenset([id async for (id,) in found])


async def _pipeline(
    tx: Connection, ids: list[str], routing: Routing
) -> tuple[Mapping[str, Sequence[str | None]], Mapping[str, int]]:
    """The stage of each open deal, and how many handoffs are open, by rep. Where the CRM has the
    deal, its stage there counts where the policy maps it, one that goes on after the handoff has
    ended as well, and none that was won or lost.
    """
    stages: dict[str, list[str | None]] = defaultdict(list)
    open: Counter[str] = Counter()
    found = await tx.execute(
        "select h.rep, h.state <> 'ended', s.stage, d.one ->> 'stage', d.one ->> 'state' "
        "from (select id, rep, state, deals, deal_id from handoff where rep = any(%(ids)s) and "
        "state not in ('qualified', 'sent_back', 'nurtured', 'contested', 'ended') union all "
        "select id, rep, state, deals, deal_id from handoff where rep = any(%(ids)s) and "
        "state = 'ended' and outcome = 'opportunity' and deal_id is not null) h "
        "left join routing_stage s on s.handoff = h.id left join lateral (select one from "
        "jsonb_array_elements(h.deals) one where one ->> 'id' = h.deal_id) d on true",
        {"ids": ids},
    )
    async for person, is_open, said, there, state in found:
        open[person] += is_open
        if state in (None, DealState.OPEN):
            stages[person].append(routing.deal_stages.get(there or "", said))
    return stages, open


async def _answers(
    tx: Connection, ids: list[str], routing: Routing, at: datetime
) -> dict[str, tuple[int, int]]:
    terms = routing.performance
    if terms.floor == terms.ceiling:
        return {}
    found = await tx.execute(
        "select who, count(*) filter (where ending = 'kept'), count(*) from commitment c "
        "where what = 'answer' and ending in ('kept', 'late', 'missed', 'passed_on') "
        "and who = any(%s) and ended_at > %s and not exists (select from correction k "
        "where (k.handoff, k.n) = (c.handoff, c.n) and k.ending = 'excused') group by who",
        [ids, at - timedelta(days=terms.days)],
    )
    return {who: (kept, given) async for who, kept, given in found}


async def owner_of(tx: Connection, handoff: UUID | None, mail: str) -> str | None:
    """The rep who has the company of that address: who accepted a lead of it last."""
    domain = company_of(mail)
    if domain is None:
        return None
    row = await (
        await tx.execute(
            "select h.rep from handoff h join lead l on l.id = h.lead "
            "where h.id is distinct from %s "
            "and lower(split_part(l.contact_email, '@', 2)) = any(%s) "
            "and h.rep is not null and (h.state in ('accepted', 'following') "
            "or h.outcome in ('opportunity', 'won', 'lost')) order by h.number desc limit 1",
            [handoff, list(addresses.domains(domain))],
        )
    ).fetchone()
    return str(row[0]) if row else None


def company_of(mail: str) -> str | None:
    """The domain of an address, where it is a company's own."""
    domain = addresses.one(mail).rpartition("@")[2]
    return None if not domain or domain in SHARED else domain


async def reserved_at(tx: Connection, people: Sequence[str], span: Span) -> frozenset[str]:
    """Those of *people* for whom Baton itself holds something then."""
    found = await tx.execute(
        "select distinct p.id from reservation r join person p on p.n = r.rep "
        "where p.id = any(%s) and r.during && %s",
        [list(people), rows.to_range(span)],
    )
    return frozenset([id async for (id,) in found])


async def write_books(tx: Tx, counter: str, members: Sequence[Member], at: datetime) -> None:
    """The books are as *members* say."""
    await tx.execute(
        "insert into routing_book (counter, person, target, got, credits, last, here, since) "
        "select %(counter)s, person, target, got, credits, last, here, %(at)s from unnest("
        "%(ids)s::text[], %(targets)s::bigint[], %(got)s::int[], %(credits)s::int[], "
        "%(last)s::bigint[], %(here)s::boolean[]) "
        "as new (person, target, got, credits, last, here) "
        "on conflict (counter, person) do update set target = excluded.target, got = excluded.got, "
        "credits = excluded.credits, last = excluded.last, here = excluded.here",
        {
            "counter": counter,
            "at": at,
            "ids": [m.id for m in members],
            "targets": [m.target for m in members],
            "got": [m.got for m in members],
            "credits": [m.credits for m in members],
            "last": [m.last for m in members],
            "here": [m.here for m in members],
        },
    )
