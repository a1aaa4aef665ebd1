"""How leads ended before endings had codes: what is certain is converted, the rest is named."""

from collections.abc import AsyncIterator
from uuid import UUID

import procrastinate
import pytest
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from store.invariants import ALWAYS
from store.migrate import known, migrate
from tests.admin.databases import an_empty_database
from tests.commands import ROOT
from tests.hour import MONDAY

THEN = [n for n in known() if n.startswith("store/") and n < "store/0019"]
OLD = (
    ("nurture", ()),
    ("closed", ()),
    ("done", ("prospect_absent",)),
    ("done", ("prospect_absent", "prospect_absent")),
    ("done", ("held",)),
)
"""How each ended, and what its rep had said of its meetings."""


@pytest.fixture
async def database(postgres: str, worker_id: str) -> AsyncIterator[str]:
    async with an_empty_database(postgres, f"old_endings_{worker_id}") as url:
        async with await AsyncConnection.connect(url) as tx:
            await tx.execute(procrastinate.schema.SchemaManager.get_schema().encode())
            await tx.execute(
                "create table migration (name text primary key, "
                "at timestamptz not null default now(), bars_older bool not null default false)"
            )
            for name in known():
                if name.startswith("procrastinate/") or name in THEN:
                    await tx.execute("insert into migration (name) values (%s)", [name])
            for name in THEN:
                script = ROOT / "store/migrations" / name.partition("/")[2]
                await tx.execute(script.read_bytes())
            await _ended(tx)
        yield url


async def _ended(tx: AsyncConnection) -> None:
    await tx.execute("insert into policy (digest, text, since) values ('then', '', now())")
    await tx.execute(
        "insert into person (id, name, mail, zone, days, day_start, day_end, holidays, away, "
        "managers, roles, pools, synced_at) values ('quinn', 'Quinn', 'quinn@x', 'UTC', "
        "'{0}', '09:00', '17:00', '{}', '{}', '{}', '{qualifier}', '{}', now())"
    )
    for n, (outcome, went) in enumerate(OLD, 1):
        lead, id = UUID(int=n), UUID(int=100 + n)
        await tx.execute(
            "insert into lead (id, company, contact_name, contact_email, contact_zone, needs, "
            "pains, current_solution, request, value, campaign) values (%s, 'Contoso', 'Ines', "
            "'ines@contoso.example', 'UTC', '', '', '', '', '', '')",
            [lead],
        )
        await tx.execute(
            "insert into handoff (id, lead, qualifier, owner, policy, state, obstacles, moving, "
            "may_propose, note, outcome) "
            "values (%s, %s, 'quinn', 'quinn', 1, 'ended', %s, false, false, '', %s)",
            [id, lead, Jsonb([]), outcome],
        )
        for what, detail in [*(("went", {"outcome": one}) for one in went), (outcome, {})]:
            await tx.execute(
                "insert into entry (handoff, at, by, what, rule, detail) "
                "values (%s, %s, 'quinn', %s, 'next_step', %s)",
                [id, MONDAY, what, Jsonb(detail)],
            )


async def test_what_is_certain_has_its_code_and_what_is_not_is_for_the_admin(
    database: str,
) -> None:
    applied = await migrate(database)

    assert "store/0019_endings.sql" in applied
    async with await AsyncConnection.connect(database) as tx:
        found = await (
            await tx.execute("select number, outcome, ended_by, ended_at from handoff order by 1")
        ).fetchall()
        uncoded = await (
            await tx.execute(ALWAYS["no lead ended without a coded ending"])
        ).fetchall()
    assert [outcome for _, outcome, *_ in found] == ["no_need", "closed", None, "no_show", None]
    assert {(by, at) for *_, by, at in found} == {("quinn", MONDAY)}
    assert sorted(number for (number,) in uncoded) == [3, 5]
