"""A database as the last release left it, brought up to date by the step that Azure runs first."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import procrastinate
import pytest
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from handoff.model import State
from running import running
from sandbox.m365 import Sandbox
from sandbox.m365 import running as sandbox_running
from settings import Settings
from store.compatibility import compatibility
from store.migrate import known
from tests import hour
from tests.admin.databases import an_empty_database
from tests.commands import ROOT, baton
from tests.infra.test_azure import INFRA

RELEASE = Path(__file__).parent / "release_0_1_0"
THEN = ("store/0001_handoffs.sql",)  # the migrations of 0.1.0
HANDOFF, LEAD = UUID(int=1), UUID(int=2)


@pytest.fixture
async def empty(postgres: str, worker_id: str) -> AsyncIterator[str]:
    async with an_empty_database(postgres, f"upgrade_{worker_id}") as url:
        yield url


async def as_the_last_release_left_it(database: str, box: Sandbox) -> None:
    """Its schema, and a handoff of its: Quinn has a lead that is not booked yet."""
    quinn = box.person("quinn")
    async with await AsyncConnection.connect(database) as tx:
        await tx.execute(procrastinate.schema.SchemaManager.get_schema().encode())
        await tx.execute(
            "create table migration (name text primary key, at timestamptz not null default now())"
        )
        for name in known():
            if name.startswith("procrastinate/") or name in THEN:
                await tx.execute("insert into migration (name) values (%s)", [name])
        for name in THEN:
            script = ROOT / "store/migrations" / name.partition("/")[2]
            await tx.execute(script.read_bytes())
        await tx.execute(
            "insert into policy (digest, text, since) values ('then', %s, %s)",
            [(RELEASE / "policy.toml").read_text(), box.clock()],
        )
        await tx.execute(
            "insert into person (id, name, mail, zone, days, day_start, day_end, holidays, away, "
            "managers, roles, pools, synced_at) values (%s, 'Quinn', %s, 'Europe/Madrid', "
            "'{0,1,2,3,4}', '09:00', '17:00', '{}', '{}', '{}', '{qualifier}', '{}', %s)",
            [quinn.id, quinn.upn, box.clock()],
        )
        await tx.execute(
            "insert into lead values (%s, 'Contoso', 'Ines', 'ines@contoso.example', "
            "'Europe/Lisbon', 'n', 'p', 'c', 'r', '1', '')",
            [LEAD],
        )
        await tx.execute(
            "insert into handoff (id, lead, qualifier, owner, policy, state, obstacles, moving, "
            "may_propose, note) values (%s, %s, %s, %s, 1, 'qualified', %s, false, false, '')",
            [HANDOFF, LEAD, quinn.id, quinn.id, Jsonb([])],
        )
        due = box.clock() + timedelta(days=5)
        await tx.execute(
            "insert into commitment (handoff, n, what, who, made_at, due_at, brought_forward, "
            "alarms) values (%s, 1, 'book', %s, %s, %s, false, %s)",
            [HANDOFF, quinn.id, box.clock(), due, Jsonb([])],
        )


def first_step() -> list[str]:
    """The words of the init container, as the module has them that azd deploys with the image."""
    container = (INFRA / "modules/container.bicep").read_text()
    [words] = re.findall(r"args: \[('[^\]]*')\]", container.partition("initContainers")[2])
    return re.findall(r"'([^']*)'", words)


async def run(words: list[str], env: Mapping[str, str], box: Sandbox) -> str:
    process = await asyncio.create_subprocess_exec(
        *baton(*words, clock=box.clock),
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


async def test_the_new_version_goes_on_with_what_the_last_release_began(empty: str) -> None:
    async with sandbox_running(weeks=False, machine=hour.now) as box:
        await as_the_last_release_left_it(empty, box)
        env = {
            **box.env(),
            "PATH": "/usr/bin:/bin",
            "DATABASE_URL": empty,
            "PUBLIC_URL": "https://baton.example.com",
            "POLICY_FILE": str(ROOT / "policy.toml"),
        }
        settings = Settings.read(env)
        mine = (settings.tenant_id, settings.client_id)
        before = await compatibility(empty, *mine)
        assert before
        assert before.why_not(), "new code would not begin on it"

        said = await run(first_step(), env, box)

        assert "applied store/0002_calendar_truth.sql" in said
        after = await compatibility(empty, *mine)
        assert after
        assert after.why_not() is None
        async with running(settings, box.clock) as app:
            case = await app.services.stores.handoffs.case(HANDOFF)
        assert case.handoff.state is State.QUALIFIED
        assert case.handoff.lead.contact_email == "ines@contoso.example"
