"""Facts in PostgreSQL: written with the decision that they come from, in its transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from handoff.campaigns import key
from handoff.facts import STEPS, Fact, What, team
from handoff.model import Case, Handoff
from handoff.money import Money
from store.door import Tx
from store.statement_batch import StatementBatch

COLUMNS = (
    *("handoff", "pledge", "n", "sign", "what", "code", "reason", "at", "known_at", "who"),
    *("rep", "qualifier", "team", "pool", "region", "segment", "stage", "campaign"),
    *("worth", "currency", "policy", "took", "took_working", "late", "late_working"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Where a promise that is about no handoff belongs, and when what became of it was known."""

    team: str
    policy: int  # version
    at: datetime


async def count(
    tx: Tx, written: StatementBatch, facts: Iterable[Fact], case: Case, at: datetime
) -> None:
    """*facts* of the handoff of *case*, as it is now, are written with what was decided *at*."""
    found = list(facts)
    for fact in found:
        if fact.sign < 0:
            await _take_back(tx, "handoff", case.handoff.id, fact, at)
    place = case.handoff.place
    since = place.reached.get(What.HANDED_OVER.value) if place else None
    steps = since is not None and any(fact.what in STEPS for fact in found)
    rows = rows_of((fact for fact in found if fact.sign > 0), case, at)
    _write(written, rows, *([since] if since and steps else []))


def rows_of(facts: Iterable[Fact], case: Case, at: datetime | None) -> list[dict[str, Any]]:
    """The columns COLUMNS of each of *facts*, known *at*, or, without, when each began to count."""
    handoff = case.handoff
    place = handoff.place
    assert place, "what has no place has no facts"
    stage = next((step.value for step in reversed(STEPS) if step in place.reached), "")
    where = {
        "rep": handoff.rep,
        "qualifier": handoff.qualifier,
        "pool": place.pool,
        "region": place.region,
        "segment": place.segment,
        "stage": stage,
        "campaign": key(handoff.lead.campaign),
        "policy": handoff.policy,
    }
    return [
        {
            "handoff": handoff.id,
            "pledge": None,
            **_of_fact(fact, at or fact.at),
            "team": team(fact, case),
            **where,
            **_worth(fact.worth or handoff.lead.value),
        }
        for fact in facts
    ]


def _worth(worth: Money | None) -> dict[str, Any]:
    return {
        "worth": worth.minor if worth else None,
        "currency": worth.currency if worth else None,
    }


async def copy(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """*rows*, which may be very many, are counted. Their days are to be added up."""
    into = f"copy fact ({', '.join(COLUMNS)}) from stdin"
    async with tx.connection.cursor() as cursor, cursor.copy(into) as lines:
        for row in rows:
            await lines.write_row([row[name] for name in COLUMNS])
    days = sorted({row["at"].astimezone(UTC).date() for row in rows})
    await tx.execute("insert into dirty_day select unnest(%s::date[])", [days])


async def count_pledge(
    tx: Tx, written: StatementBatch, facts: Iterable[Fact], *, id: UUID, where: Owed
) -> None:
    """As `count`, of a promise that is about no handoff."""
    nowhere = {
        **dict.fromkeys(("pool", "region", "segment", "stage", "campaign"), ""),
        **dict.fromkeys(("rep", "qualifier", "worth", "currency")),
        "policy": where.policy,
    }
    found = list(facts)
    for fact in found:
        if fact.sign < 0:
            await _take_back(tx, "pledge", id, fact, where.at)
    rows = [
        {"handoff": None, "pledge": id, **_of_fact(fact, where.at), "team": where.team, **nowhere}
        for fact in found
        if fact.sign > 0
    ]
    _write(written, rows)


async def _take_back(tx: Tx, of: str, id: UUID, fact: Fact, at: datetime) -> None:
    """It counts no more from *at* on, where it did: wherever the lead belongs by now."""
    same = ", ".join(n for n in COLUMNS if n not in ("sign", "known_at"))
    await tx.execute(
        f"insert into fact ({same}, sign, known_at) select {same}, -1, %s from fact "  # noqa: S608
        f"where {of} = %s and what = %s and at = %s and who = %s and n = %s and code = %s "
        "and reason = %s and sign = 1 order by id desc limit 1",
        [at, id, fact.what, fact.at, fact.who, fact.n, fact.code, fact.reason],
    )
    await tx.execute("insert into dirty_day values (%s)", [fact.at.astimezone(UTC).date()])


async def move_campaign(tx: Tx, handoff: Handoff, was: str, at: datetime) -> None:
    """Whatever was counted of *handoff* for the campaign *was* counts for the one that it has."""
    same = ", ".join(n for n in COLUMNS if n not in ("sign", "campaign", "known_at"))
    into = f"insert into fact ({same}, sign, campaign, known_at) select {same}"
    there = "from fact where handoff = %s and campaign = %s order by id"  # what is newest stays so
    now = key(handoff.lead.campaign)
    await tx.execute(f"{into}, sign, %s, %s {there}", [now, at, handoff.id, was])
    await tx.execute(f"{into}, -sign, campaign, %s {there}", [at, handoff.id, was])
    await tx.execute(
        "insert into dirty_day select distinct (at at time zone 'utc')::date "
        "from fact where handoff = %s",
        [handoff.id],
    )


def _of_fact(fact: Fact, known_at: datetime) -> dict[str, Any]:
    return {
        "n": fact.n,
        "sign": fact.sign,
        "what": fact.what,
        "code": fact.code,
        "reason": fact.reason,
        "at": fact.at,
        "known_at": known_at,
        "who": fact.who,
        "took": fact.took,
        "took_working": fact.took_working,
        "late": fact.late,
        "late_working": fact.late_working,
    }


def _write(written: StatementBatch, rows: list[dict[str, Any]], *more: datetime) -> None:
    """*rows* are counted, and their days and those of *more* are to be added up."""
    written.insert_by_name("fact", rows)
    days = sorted({at.astimezone(UTC).date() for at in (*(row["at"] for row in rows), *more)})
    written.insert("dirty_day", [{"day": day} for day in days])
