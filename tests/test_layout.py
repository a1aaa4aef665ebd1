"""Who may import whom, for the modules at the top; import-linter holds the packages to it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

OURS = frozenset(
    {"handoff", "store", "graph", "cards", "bot", "web", "jobs", "sandbox", "manifest", "policy"}
    | {"settings", "doctor", "commands", "telemetry", "running", "app", "trial"}
    | {"postgres", "markup"}
)
MAY = {
    "settings": set(),
    "policy": {"handoff", "policy"},
    "doctor": {"bot", "doctor", "graph", "handoff", "jobs", "policy", "settings", "store"},
    "commands": {"bot", "commands", "doctor", "graph", "handoff", "jobs", "manifest", "policy"}
    | {"running", "settings", "store", "telemetry", "web"},
    "telemetry": {"settings", "store"},
    "running": {"bot", "graph", "handoff", "jobs", "policy", "settings", "store"}
    | {"telemetry", "web"},
    "app": {"commands", "doctor", "policy", "settings", "telemetry", "trial"},
    "trial": OURS - {"trial", "app"},
    "postgres": set(),
    "markup": set(),
}
DRAWERS = ("util", "helper", "common", "misc", "base")


def imported(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("module", MAY)
def test_a_module_at_the_top_imports_only_what_it_may(module: str) -> None:
    package = ROOT / module
    files = package.glob("*.py") if package.is_dir() else [ROOT / f"{module}.py"]
    for file in files:
        assert imported(file) & OURS <= MAY[module], file


def test_only_the_trial_and_tests_know_the_sandbox() -> None:
    for file in ROOT.glob("*.py"):
        if file.stem != "trial":
            assert "sandbox" not in imported(file), file.name


def test_packages_do_not_import_the_modules_above_them() -> None:
    for package in OURS - {"doctor", "commands"}:
        for file in (ROOT / package).glob("**/*.py"):
            above = imported(file) & {"app", "trial", "running", "commands", "doctor", "telemetry"}
            settings = imported(file) & {"settings"}
            assert not above, file
            assert not settings, f"{file}: settings are handed in by running.py"


def test_whoever_asks_for_help_waits_for_nobody() -> None:
    script = (
        "import sys; before = set(sys.modules); from commands.arguments import parser; "
        "parser(None); print(*(set(sys.modules) - before))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = {name.partition(".")[0] for name in told.stdout.split()}
    assert "commands" in found
    assert found - {"commands"} <= sys.stdlib_module_names


def test_each_vendor_has_one_home() -> None:
    homes = {"botbuilder": "bot", "msgraph": "graph", "msal": "graph", "microsoft_teams": "cards"}
    for vendor, home in homes.items():
        for package in OURS - {home}:
            files = [*(ROOT / package).glob("**/*.py"), ROOT / f"{package}.py"]
            for file in (f for f in files if f.is_file()):
                assert vendor not in imported(file), file


def test_one_file_knows_botbuilder() -> None:
    """Whoever leaves it, changes this file and no other."""
    knowing = {"botbuilder", "botframework", "msrest"}
    found = {file.name for file in (ROOT / "bot").glob("**/*.py") if imported(file) & knowing}
    assert found == {"teams.py"}


def test_no_file_is_a_drawer_for_leftovers() -> None:
    for package in OURS:
        for file in (ROOT / package).glob("**/*.py"):
            assert not file.stem.startswith(DRAWERS), file
