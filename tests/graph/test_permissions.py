"""Least privilege: what each call needs is written in one place, and it is enough and no more."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from graph import permissions
from graph.errors import DeniedError
from tests.conftest import ROOT
from tests.graph.microsoft_permissions import ENOUGH, LEAST
from tests.observed import LISTED, ROWS, not_listed, template, unobserved
from tests.world import World

WIDER = {
    "GET /users": "enabled, proxyAddresses and usageLocation are not among the basic properties",
    "GET /users/{id}": "as GET /users, and the manager",
    "GET /groups": "one permission for groups and their members, and known in every tenant",
    "GET /groups/{id}/transitiveMembers/microsoft.graph.user": "as GET /groups",
    "GET /users/{id}/calendarView": "what is shown as free is decided on subjects and guests",
    "GET /users/{id}/events/{id}": "as the calendar view",
    "GET /users/{id}/teamwork/installedApps": "the one that installs as well",
}
"""Where a call needs more than the least that Microsoft names, and why."""
TRIES = {"permissions"}  # the doctor's own tries, each of a call that stands in the table


def functions_that_ask() -> set[str]:
    """Public functions of graph/ that ask Graph, themselves or through a private one beside."""
    found = set()
    for file in (ROOT / "graph").glob("*.py"):
        if file.stem in {"client", "batch", *TRIES}:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found |= {f"{file.stem}.{name}" for name in _asking(node)}
    return found


def _asking(node: ast.ClassDef) -> set[str]:
    text = {
        f.name: ast.unparse(f)
        for f in node.body
        if isinstance(f, ast.AsyncFunctionDef | ast.FunctionDef)
    }
    asking = {name for name, body in text.items() if re.search(r"_graph\.errors|read_all\(", body)}
    for _ in text:
        asking |= {n for n, body in text.items() if any(f"self.{a}(" in body for a in asking)}
    return {name for name in asking if not name.startswith("_")}


def test_every_function_that_asks_graph_has_its_line() -> None:
    listed = {call.where for call in permissions.CALLS}

    assert functions_that_ask() == listed


@pytest.mark.parametrize("call", permissions.CALLS, ids=lambda call: call.where)
def test_what_is_said_to_be_needed_is_what_microsoft_says(call: permissions.Call) -> None:
    allowed = permissions.allowed(frozenset(call.needs))
    for ask in call.asks:
        if ask.partition(" ")[2].startswith("/subscriptions"):
            assert permissions.READ in call.needs
            continue
        least, enough = LEAST[ask], ENOUGH.get(ask, ())
        assert allowed & {*least, *enough}, f"{ask} would be refused"
        assert set(call.needs) & set(least) or WIDER.get(ask), f"{ask} could do with {least}"


def test_each_call_has_microsofts_page() -> None:
    asks = {ask for call in permissions.CALLS for ask in call.asks}
    assert asks == permissions.PAGES.keys()


def test_what_is_granted_is_enough_for_each_call_by_microsofts_own_table() -> None:
    granted = frozenset(permissions.needed()) | set(permissions.OPTIONAL)
    for ask, least in LEAST.items():
        assert granted & {*least, *ENOUGH.get(ask, ())}, ask


def test_a_row_of_which_nobody_asked_something_or_whose_function_asked_nothing_is_named() -> None:
    assert unobserved(LISTED, ROWS) == set()
    forwarding = "POST /users/{id}/events/{id}/forward"
    assert unobserved(LISTED - {forwarding}, ROWS) == {"calendar.change_guest", "calendar.forward"}
    assert unobserved(LISTED, ROWS - {"calendar.link_of"}) == {"calendar.link_of"}
    assert not_listed([*LISTED, "GET /me"]) == {"GET /me"}


SUITE = """
from tests.observed import OBSERVING


def pytest_configure(config):
    config.pluginmanager.register(OBSERVING)
"""


@pytest.mark.parametrize(
    ("words", "says"),
    [(["-n", "1"], "a row that no test asks for: calendar.accept"), (["-k", "one"], None)],
    ids=["all", "some"],
)
def test_a_run_of_all_tests_fails_for_a_row_that_none_of_them_asks_for(
    tmp_path: Path, words: list[str], says: str | None
) -> None:
    """Whichever of its processes asks; a run of some of them says nothing of rows."""
    (tmp_path / "suite").mkdir()
    (tmp_path / "pytest.ini").write_text(f"[pytest]\ntestpaths = suite\npythonpath = {ROOT}\n")
    (tmp_path / "suite" / "conftest.py").write_text(SUITE)
    asks = "OBSERVING.asked.add('GET /users')"
    (tmp_path / "suite" / "test_one.py").write_text(
        f"from tests.observed import OBSERVING\n\n\ndef test_one():\n    {asks}\n"
    )

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == (1 if says else 0), run.stdout + run.stderr
    assert (says or "passed") in run.stdout
    assert "1 passed" in run.stdout


async def test_whatever_is_asked_on_a_days_work_is_in_the_table_and_what_it_needs_is_enough(
    world: World,
) -> None:
    world.box.entra.grant_exactly(*permissions.needed())
    world.box.requests.clear()
    await world.sync()
    await world.offer(wanted="2026-03-05")
    await world.press("rita", "another_time")
    await world.press("rita", "propose")
    await world.press("quinn", "move_meeting")
    await world.press("rita", "follow_up", titled="Call in 2 days")
    await world.press("rita", "send_back", reason="no_need")
    await world.press("quinn", "give_to")

    asked = world.box.requests.graph_requests(inner=True)
    assert not_listed(map(template, asked)) == set()
    assert [one for one in asked if one.status == 403] == []
    assert len({template(one) for one in asked}) > 10


@pytest.mark.parametrize("lacking", permissions.needed())
async def test_none_of_it_can_be_left_out_and_each_can_be_tried(world: World, lacking: str) -> None:
    rita = world.box.person("rita").upn
    world.box.entra.grant_exactly(*(p for p in permissions.needed() if p != lacking))
    trying = world.app.services.outlook.trying

    found = {p: error async for p, error in trying.each(rita, world.clock())}

    assert found.keys() == set(permissions.needed())
    assert isinstance(found[lacking], DeniedError)
    assert [p for p, error in found.items() if error] == [lacking]
    assert world.box.outlook.calendar("rita", world.clock(), world.clock().replace(year=2027)) == []


def test_a_wider_permission_is_named_with_the_one_that_would_do() -> None:
    found = permissions.broader(
        frozenset({"Directory.Read.All", "MailboxSettings.ReadWrite", "Files.Read.All"})
    )

    assert found["MailboxSettings.ReadWrite"] == "MailboxSettings.Read"
    assert found["Directory.Read.All"] in ("User.Read.All", "GroupMember.Read.All")
    assert found["Files.Read.All"] is None
    assert permissions.broader(frozenset(permissions.needed())) == {}
