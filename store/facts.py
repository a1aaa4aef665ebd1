"""Facts in PostgreSQL: written with the decision that they come from, in its transaction."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from handoff.campaigns import key
from handoff.facts import STEPS, Fact, team
from handoff.model import Case, Handoff
from store.door import Tx
from store.statement_batch import StatementBatch

COLUMNS = (
    *("handoff", "pledge", "n", "sign", "what", "code", "reason", "at", "known_at", "who"),
    *("rep", "qualifier", "team", "pool", "region", "segment", "stage", "campaign"),
    *("worth", "currency", "policy", "took", "took_working", "late", "late_working"),
)


def count(written: StatementBatch, facts: Iterable[Fact], case: Case, at: datetime | None) -> None:
    """*facts* of the handoff of *case*, as it is now, are written with what was decided *at*, or,
    without, when each began to count.
    """
    handoff = case.handoff
    place, worth = handoff.place, handoff.lead.value
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
        "worth": worth.minor if worth else None,
        "currency": worth.currency if worth else None,
        "policy": handoff.policy,
    }
    rows = [
        {
            "handoff": handoff.id,
            "pledge": None,
            **_of_fact(fact, at or fact.at),
            "team": team(fact, case),
            **where,
        }
        for fact in facts
    ]
    _write(written, rows)


def count_pledge(
    written: StatementBatch, id: UUID, facts: Iterable[Fact], team: str, policy: int
) -> None:
    """As `count`, of a promise that is about no handoff, under a version of the policy."""
    nowhere = {
        **dict.fromkeys(("pool", "region", "segment", "stage", "campaign"), ""),
        **dict.fromkeys(("rep", "qualifier", "worth", "currency")),
        "policy": policy,
    }
    rows = [
        {"handoff": None, "pledge": id, **_of_fact(fact, fact.at), "team": team, **nowhere}
        for fact in facts
    ]
    _write(written, rows)


async def move_campaign(tx: Tx, handoff: Handoff, was: str, at: datetime) -> None:
    """Whatever was counted of *handoff* for the campaign *was* counts for the one that it has."""
    same = ", ".join(n for n in COLUMNS if n not in ("sign", "campaign", "known_at"))
    there = "from fact where handoff = %s and campaign = %s"
    await tx.execute(
        f"insert into fact ({same}, sign, campaign, known_at) "
        f"select {same}, -sign, campaign, %s {there} "
        f"union all select {same}, sign, %s, %s {there}",
        [at, handoff.id, was, key(handoff.lead.campaign), at, handoff.id, was],
    )
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


def _write(written: StatementBatch, rows: list[dict[str, Any]]) -> None:
    written.insert("fact", rows)
    days = sorted({row["at"].astimezone(UTC).date() for row in rows})
    written.insert("dirty_day", [{"day": day} for day in days])
