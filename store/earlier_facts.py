"""What is counted of handoffs from before there were facts, made of their rows and timelines; and
whether what was counted of others is what theirs tell.
"""

from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from handoff.draft import HELD
from handoff.facts import MACHINES, Fact, What, of_record, standing
from handoff.model import Case, Entry, Handoff, Place
from handoff.money import Money
from handoff.place import placed
from store import rows
from store.database import Connection, Reads
from store.door import Tx
from store.facts import copy, rows_of
from store.handoffs import Handoffs, apart

_UNCOUNTED = f"place is null and reason is distinct from '{HELD}'"
"""What came in and was not let in is nobody's lead."""
AT_A_TIME = 500  # handoffs of one transaction


async def left(reads: Reads) -> int:
    """How many handoffs nothing is counted of yet."""
    async with reads.connection() as tx:
        row = await (
            await tx.execute(f"select count(*) from handoff where {_UNCOUNTED}")  # noqa: S608
        ).fetchone()
    return int(row[0]) if row else 0


async def convert(
    tx: Tx, handoffs: Handoffs, after: UUID | None = None, most: int = AT_A_TIME
) -> tuple[int, UUID | None]:
    """The next handoffs *after* that one of which nothing is counted have their place and their
    facts, the oldest first: so that facts lie in the order of their time, by which they are found,
    as those do that are counted as they come. Where they belong is as it is now, for nobody knows
    how it was. One that cannot be read is named in the log, and stops no other.

    Returns how many were counted, and the last of them, to go on from, where there may be more.
    """
    found = await tx.execute(
        f"select id from handoff where {_UNCOUNTED} and (%(after)s::uuid is null or "  # noqa: S608
        "number > (select number from handoff where id = %(after)s)) order by number "
        "limit %(most)s for update skip locked",
        {"after": after, "most": most},
    )
    ids = [id async for (id,) in found]
    places, counted = [], list[dict[str, Any]]()
    for case, entries in await _records(tx.connection, handoffs, ids):
        with apart(case.handoff.id):
            place, facts = _made(case, entries)
            now = replace(case, handoff=replace(case.handoff, place=place))
            [column] = rows.changed(case.handoff, now.handoff).values()
            counted += rows_of(facts, now, None)
            places.append((column, case.handoff.id))
    if places:
        update = "update handoff set place = %s where id = %s"
        await tx.connection.cursor().executemany(update, places)
        await copy(tx, sorted(counted, key=itemgetter("at")))
    return len(places), ids[-1] if len(ids) == most else None


async def untrue(reads: Reads, handoffs: Handoffs, ids: Sequence[UUID]) -> list[int]:
    """The numbers of those of *ids* of which something else is counted than their rows and
    timelines tell. One that cannot be read is named in the log, and stops no other.
    """
    async with reads.connection() as tx:
        records = await _records(tx, handoffs, ids)
        counted = await _counted(tx, ids)
    wrong = []
    for case, entries in records:
        if case.handoff.place is None:
            continue
        with apart(case.handoff.id):
            _, facts = _made(case, entries)
            there = counted.get(case.handoff.id, [])
            if standing(facts) != standing(_as_counted(one, case.handoff) for one in there):
                wrong.append(case.handoff.number)
    return wrong


def _made(case: Case, entries: Sequence[Entry]) -> tuple[Place, tuple[Fact, ...]]:
    handoff = case.handoff
    first = entries[0] if entries else None
    by = first.by if first and first.by not in MACHINES else handoff.qualifier
    begun = handoff.commitments[0].made_at if handoff.commitments else None
    at = first.at if first else begun
    assert at, "a handoff begins with a line and a promise"
    bare = Place(begun=at, qualifier=by, hander="")
    place = placed(bare, handoff, case.people, case.policy)
    return of_record(handoff, entries, case.people, place)


async def _records(
    tx: Connection, handoffs: Handoffs, ids: Sequence[UUID]
) -> list[tuple[Case, list[Entry]]]:
    """Those that can be read."""
    cases = await handoffs.readable_in(tx, ids)
    lines: dict[UUID, list[dict[str, Any]]] = {case.handoff.id: [] for case in cases}
    async with tx.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select * from entry where handoff = any(%s) order by n", [list(lines)]
        )
        async for row in cursor:
            lines[row["handoff"]].append(row)
    found = []
    for case in cases:
        with apart(case.handoff.id):
            found.append((case, [rows.to_entry(row) for row in lines[case.handoff.id]]))
    return found


async def _counted(tx: Connection, ids: Sequence[UUID]) -> dict[UUID, list[Fact]]:
    found: dict[UUID, list[Fact]] = {}
    async with tx.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select handoff, what, at, who, n, code, reason, sign, worth, currency from fact "
            "where handoff = any(%s)",
            [list(ids)],
        )
        async for row in cursor:
            id, what = row.pop("handoff"), What(row["what"])
            known = row["worth"] is not None
            worth = Money(row["worth"], row["currency"]) if known else None
            del row["currency"]
            found.setdefault(id, []).append(Fact(**{**row, "what": what, "worth": worth}))
    return found


def _as_counted(fact: Fact, handoff: Handoff) -> Fact:
    """What a brief said of the worth is no part of what is counted; the amount of a deal is."""
    of_deal = fact.what is What.WON and handoff.deal and handoff.deal.amount
    return fact if of_deal else replace(fact, worth=None)
