"""What an older version wrote down wrongly of promises is put right where it can be proved."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import procrastinate
import pytest
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from store.migrate import known, migrate
from tests.admin.databases import an_empty_database
from tests.conftest import ROOT

HANDOFF, LEAD = UUID(int=1), UUID(int=2)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
THIS = "store/0017_missed.sql"


@pytest.fixture
async def before(postgres: str, worker_id: str) -> AsyncIterator[str]:
    """A database as the version before this left it, with one handoff of Rita's."""
    async with an_empty_database(postgres, f"missed_{worker_id}") as url:
        async with await AsyncConnection.connect(url) as tx:
            await tx.execute(procrastinate.schema.SchemaManager.get_schema().encode())
            await tx.execute(
                "create table migration (name text primary key, "
                "at timestamptz not null default now())"
            )
            for name in known():
                if name.startswith("procrastinate/") or name < THIS:
                    await tx.execute("insert into migration (name) values (%s)", [name])
                if name.startswith("store/") and name < THIS:
                    script = ROOT / "store/migrations" / name.partition("/")[2]
                    await tx.execute(script.read_bytes())
            await tx.execute(
                "insert into policy (digest, text, since) values ('then', '', %s)", [MONDAY]
            )
            for id in ("quinn", "rita"):
                await tx.execute(
                    "insert into person (id, name, mail, zone, days, day_start, day_end, holidays, "
                    "away, managers, roles, pools, synced_at) values (%s, %s, %s, 'UTC', '{0}', "
                    "'09:00', '17:00', '{}', '{}', '{}', '{}', '{}', %s)",
                    [id, id, f"{id}@halden.example", MONDAY],
                )
            await tx.execute(
                "insert into lead (id, company, contact_name, contact_email, contact_zone, needs, "
                "pains, current_solution, request, value, campaign) values "
                "(%s, 'Contoso', 'Ines', 'ines@contoso.example', 'UTC', '', '', '', '', '', '')",
                [LEAD],
            )
            await tx.execute(
                "insert into handoff (id, lead, qualifier, owner, rep, policy, state, outcome, "
                "obstacles, moving, may_propose, note) values "
                "(%s, %s, 'quinn', 'rita', 'rita', 1, 'ended', 'done', '[]', false, false, '')",
                [HANDOFF, LEAD],
            )
        yield url


async def promised(
    tx: AsyncConnection[Any],
    n: int,
    what: str,
    ending: str,
    *,
    since: float,
    due: float,
    ended: float,
    hours: timedelta | None = HOUR,
) -> None:
    moments = [MONDAY + HOUR * at for at in (since, due, ended)]
    await tx.execute(
        "insert into commitment (handoff, n, what, who, made_at, due_at, hours, brought_forward, "
        "alarms, ended_at, ending) values (%s, %s, %s, 'rita', %s, %s, %s, false, '[]', %s, %s)",
        [HANDOFF, n, what, *moments[:2], hours, moments[2], ending],
    )


async def said(tx: AsyncConnection[Any], what: str, at: float, **detail: str) -> None:
    await tx.execute(
        "insert into entry (handoff, at, by, what, rule, detail) "
        "values (%s, %s, 'clock', %s, 'clock', %s)",
        [HANDOFF, MONDAY + HOUR * at, what, Jsonb({"to": "rita", **detail})],
    )


async def test_what_the_timeline_proves_is_put_right_and_nothing_else(before: str) -> None:
    async with await AsyncConnection.connect(before) as tx:
        # Answered an hour after it was told as overdue, and counted as in time after a talk.
        await promised(tx, 1, "answer", "kept", since=5, due=7, ended=6)
        await said(tx, "overdue", 4, promise="answer")
        # Overdue, and ended as through nobody's fault when the meeting passed.
        await promised(tx, 2, "reply", "released", since=0, due=8, ended=30)
        await said(tx, "overdue", 8, promise="reply")
        # Outlook had it two minutes before it was told as overdue.
        await promised(tx, 3, "settle", "kept", since=10, due=14, ended=13.97)
        await said(tx, "overdue", 14, promise="settle")
        # A second answer, never overdue, and a promise that was released in time.
        await promised(tx, 4, "answer", "kept", since=20, due=24, ended=21)
        await promised(tx, 5, "reason", "released", since=20, due=28, ended=21)
        # Every meeting was called late, for the sweep rang after its end.
        await promised(tx, 6, "meet", "late", since=21, due=40, ended=40.01, hours=None)
        await said(tx, "went", 41, outcome="rep_absent")
        await promised(tx, 7, "meet", "late", since=50, due=60, ended=60.01, hours=None)
        await said(tx, "went", 61, outcome="prospect_absent")
        await promised(tx, 8, "invite", "late", since=19, due=19.5, ended=20, hours=None)

    assert THIS in await migrate(before)

    async with await AsyncConnection.connect(before) as tx:
        rows = await tx.execute(
            "select n, ending, missed_at is not null from commitment order by n"
        )
        assert await rows.fetchall() == [
            (1, "late", True),
            (2, "missed", True),
            (3, "kept", False),
            (4, "kept", False),
            (5, "released", False),
            (6, "missed", True),
            (7, "kept", False),
            (8, "kept", False),
        ]
        ended = await tx.execute("select due_at = ended_at from commitment where n in (6, 7)")
        assert await ended.fetchall() == [(True,), (True,)]


async def test_a_dispute_that_was_open_already_has_a_clock_from_now_on(before: str) -> None:
    async with await AsyncConnection.connect(before) as tx:
        for id, answered in ((1, None), (2, MONDAY)):
            await tx.execute(
                "insert into routing_report (id, handoff, by, manager, at, answered_at, answer) "
                "values (%s, %s, %s, 'quinn', %s, %s, %s)",
                [
                    *(UUID(int=id), HANDOFF, f"{'rita' if id == 1 else 'quinn'}", MONDAY),
                    *(answered, "right" if answered else None),
                ],
            )

    await migrate(before)

    async with await AsyncConnection.connect(before) as tx:
        rows = await tx.execute(
            "select what, about, who, given_to, rings_at <= now(), alarms -> 0 ->> 1 from pledge"
        )
        assert await rows.fetchall() == [
            ("answer_report", str(UUID(int=1)), "quinn", "rita", True, "reminder")
        ]
