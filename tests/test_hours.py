"""The suite is green at any hour: its time comes from one place, and real commands have theirs
from there too.
"""

import ast
import asyncio
import random
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from tests.commands import ROOT, as_typed, baton
from tests.doctor.alive import everyone, told, working
from tests.hour import BEGINS, HOURS, machine, now
from tests.thoroughness import THOROUGH
from tests.world import World

SEED = 20260302
FAR = timedelta(
    days=2
)  # so long after an hour nothing that it has stamped looks like the machine's
BY_THE_DATABASE = {
    "beat.real_at",  # how long no sweep ran, however time is moved
    "conversation.since",  # when a chat began is the default of its column
    "pace.next_at",  # the pace and what it counts are the database's, for all workers together
    "pace.passing_at",
    "sent.at",
    "heard.at",
    "migration.at",
    "examination.until",
}
STARTS_THEM = {"tests/commands.py", "tests/at.py"}
ASKS_NO_TIME = {"--help", "serve", "manifest", "doctor"}  # the last two say what is not set


PLAYED = list(HOURS) if THOROUGH else random.Random(SEED).sample(list(HOURS), 2)


@pytest.mark.large
@pytest.mark.parametrize("name", PLAYED)
@pytest.mark.xdist_group("hours")
async def test_at_any_hour_a_lead_is_accepted_and_the_doctor_finds_all_well(
    database: str, name: str
) -> None:
    at = HOURS[name]
    async with everyone(database, at) as (world, env), AsyncExitStack() as stack:
        id = await world.offer(wanted=(at + timedelta(days=5)).date().isoformat())
        await stack.enter_async_context(working(world, env))
        answer = await world.box.teams.execute(
            "rita", world.newest("rita"), "accept", {"handoff": str(id)}
        )
        assert answer.ok, answer
        await until_accepted(world, id)

        status, said = await told(env, *world.command("doctor"))

        assert status == 0, said
        dated = await stamped(world)
        assert any(abs(moment - at) < FAR for _, moment in dated), "it has happened then"
        if abs(machine() - at) > 2 * FAR:
            by_the_machine = {where for where, moment in dated if abs(moment - machine()) < FAR}
            assert by_the_machine <= BY_THE_DATABASE


async def until_accepted(world: World, id: UUID) -> None:
    async with asyncio.timeout(90):
        while await world.state(id) != "accepted":  # noqa: ASYNC110  # rows
            await asyncio.sleep(0.1)


async def stamped(world: World) -> list[tuple[str, datetime]]:
    """Every moment in the database but the queue's own, with its column."""
    columns = await world.rows(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'public' and data_type = 'timestamp with time zone' "
        "and table_name not like 'procrastinate%%'"
    )
    found = []
    for table, column in columns:
        rows = await world.rows(f"select {column} from {table} where isfinite({column})")
        found += [(f"{table}.{column}", moment) for (moment,) in rows]
    return found


def test_a_command_has_the_time_of_the_clock_that_it_is_given(tmp_path: Path) -> None:
    """One that goes on goes on; one that stands stands."""
    (tmp_path / "app.py").write_text(
        "import sys, time\n"
        "from datetime import UTC, datetime\n"
        "def utc_now(): return datetime.now(UTC)\n"
        "def main(now):\n"
        "    before = now(); time.sleep(0.05)\n"
        "    print(before.isoformat(), (now() - before).total_seconds(), *sys.argv[1:])\n"
    )
    leap = HOURS["the day that most years lack"]

    def ran(line: tuple[str, ...]) -> list[str]:
        return subprocess.run(line, capture_output=True, text=True, check=True).stdout.split()

    at, passed, *words = ran(baton("doctor", "--json", clock=lambda: leap, root=tmp_path))
    assert (datetime.fromisoformat(at), float(passed)) == (leap, 0)
    assert words == ["doctor", "--json"]
    at, passed = ran(baton(clock=now, root=tmp_path))
    assert abs(datetime.fromisoformat(at) - now()) < timedelta(seconds=30)
    assert float(passed) >= 0.05


def test_the_hour_is_read_once_and_time_passes_from_there() -> None:
    asked = subprocess.run(
        (as_typed()[0], "-c", "from tests.hour import BEGINS; print(BEGINS.isoformat())"),
        cwd=ROOT,
        env={"HOUR": "2026-03-29T01:30Z"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == "2026-03-29T01:30:00+00:00"
    assert BEGINS <= now() < BEGINS + timedelta(hours=2)


def test_real_commands_are_started_in_one_place() -> None:
    """Whoever starts `app.py` by another way gives it the machine's time."""
    for file in (*ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/*.py"), *ROOT.glob("tools/*.py")):
        name = str(file.relative_to(ROOT))
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if name not in STARTS_THEM | {str(Path(__file__).relative_to(ROOT))}:
            assert "app.py" not in set(_texts(tree)), name
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "as_typed":
                words = [word.value for word in call.args if isinstance(word, ast.Constant)]
                assert not words or ASKS_NO_TIME & set(words), f"{name}: {words}"


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.rpartition("/")[2]
