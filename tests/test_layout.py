"""Who may import whom stands in pyproject.toml, and import-linter holds the packages to it.

It does not see single files: here the modules at the top are held to it, and the image.
"""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator
from graphlib import TopologicalSorter
from inspect import getsource
from pathlib import Path

import pytest

import app
from tests.conftest import ROOT

LINTED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
PACKAGES = frozenset(LINTED["root_packages"])
[LAYERS] = [one["layers"] for one in LINTED["contracts"] if one["type"] == "layers"]
GUARDED = {
    name
    for one in LINTED["contracts"]
    if one["type"] == "protected"
    for name in one["protected_modules"]
}
"""Whatever has one home: vendors' packages, the sandbox, settings and composition."""

MAY: dict[str, set[str]] = {
    "settings": set(),
    "markup": set(),
    "received": {"handoff"},
    "charts": set(),
    "outward": set(),
    "tokens": {"outward"},
    "postgres": set(),
    "telemetry": {"settings", "store"} | {"psycopg", "psycopg_pool"},
    "running": {"bot", "cards", "crm", "graph", "handoff", "jobs", "manifest", "policy", "settings"}
    | {"store", "tabs", "telemetry", "tokens", "web", "procrastinate"},
    "app": {"commands", "doctor", "policy", "settings", "telemetry", "trial"},
    "trial": {"cards", "commands", "graph", "handoff", "jobs", "manifest", "policy", "running"}
    | {"sandbox", "settings", "tabs", "store", "telemetry", "postgres", "psycopg"},
}
"""What each module at the top may import, of ours and of what has one home."""

BESIDE = frozenset({"tests", "bench", "tools"})
DRAWERS = ("util", "helper", "common", "misc", "base")


def imported(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


LETTER_BY_LETTER = {
    "handoff/addresses.py": "says which are one",
    "store/objections.py": "knows again whoever asked by an older way to count",
    "graph/views.py": "what an event names is asked for as it is written there",
    "graph/leavers.py": "takes the kind off before an address",
}
_OF_AN_ADDRESS = re.compile(r"mail|address|sender|recipient")


def test_whether_two_addresses_are_one_is_said_in_one_place() -> None:
    """handoff/addresses.py knows of é in two signs and of xn--; small letters do not."""
    found = {
        f"{file.relative_to(ROOT)}: {ast.unparse(node)}"
        for package in PACKAGES - {"sandbox"}
        for file in (ROOT / package).rglob("*.py")
        if str(file.relative_to(ROOT)) not in LETTER_BY_LETTER
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("lower", "casefold")
        and _OF_AN_ADDRESS.search(ast.unparse(node.func.value))
        and not isinstance(node.func.value, ast.JoinedStr)
    }
    assert found == set()


def test_every_package_has_its_place_among_the_layers() -> None:
    there = {file.parent.name for file in ROOT.glob("[!.]*/__init__.py")} - BESIDE
    placed = [name for layer in LAYERS for name in layer.split(" | ")]

    assert there == PACKAGES
    assert sorted(placed) == sorted(PACKAGES)


def test_every_module_at_the_top_imports_only_what_it_may() -> None:
    there = {file.stem: file for file in ROOT.glob("*.py")}

    assert there.keys() == MAY.keys()
    for name, file in there.items():
        known = imported(file) & (PACKAGES | MAY.keys() | GUARDED)
        assert known <= MAY[name], f"{name}.py imports {', '.join(sorted(known - MAY[name]))}"


def taken_from(file: Path, there: Collection[str]) -> Iterator[str]:
    """The modules of ours, by their whole names, that a module imports anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in there)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (one if one in there else node.module for one in inside)


def test_no_module_imports_what_imports_it() -> None:
    files = [*ROOT.glob("*.py"), *(f for one in PACKAGES for f in (ROOT / one).glob("**/*.py"))]
    there = {".".join(f.relative_to(ROOT).with_suffix("").parts): f for f in files}
    there = {name.removesuffix(".__init__"): file for name, file in there.items()}

    taken = {name: set(taken_from(file, there)) & there.keys() for name, file in there.items()}

    assert "handoff.model" in taken["handoff.draft"], "the check finds what it is to look at"
    TopologicalSorter(taken).prepare()  # raises CycleError, with the circle


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_nothing_imports_the_command_line_or_the_trial(package: str) -> None:
    for file in (ROOT / package).glob("**/*.py"):
        assert not imported(file) & {"app", "trial", *BESIDE}, file


def test_the_image_holds_the_product_and_neither_sandbox_nor_trial() -> None:
    copied = set()
    for line in (ROOT / "infra/Dockerfile").read_text().splitlines():
        if found := re.fullmatch(r"COPY (?!--|requirements/|package)(.+) \S+", line):
            copied |= {name.rstrip("/") for name in found[1].split()}

    product = (PACKAGES - {"sandbox"}) | {
        f"{name}.py" for name in MAY.keys() - {"trial", "postgres"}
    }
    assert copied == product | {"pyproject.toml", "policy.toml"}


def test_whoever_asks_for_help_waits_for_nobody() -> None:
    script = (
        "import sys; before = set(sys.modules); from commands.arguments import parser; "
        "parser(); print(*(set(sys.modules) - before))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = {name.partition(".")[0] for name in told.stdout.split()}
    assert "commands" in found
    assert found - {"commands"} <= sys.stdlib_module_names


def test_the_entry_names_what_there_is_and_holds_none_of_it() -> None:
    assert len(getsource(app).splitlines()) < 250


def test_no_file_is_a_drawer_for_leftovers() -> None:
    for package in PACKAGES:
        for file in (ROOT / package).glob("**/*.py"):
            assert not file.stem.startswith(DRAWERS), file


@pytest.mark.xdist_group("together")
def test_what_shares_a_world_runs_in_one_worker(request: pytest.FixtureRequest) -> None:
    """By the end of its name the scheduler knows a group; without it each goes its own way."""
    if "PYTEST_XDIST_WORKER" in os.environ:  # noqa: TID251  # how the suite is run
        assert request.node.nodeid.endswith("@together")
