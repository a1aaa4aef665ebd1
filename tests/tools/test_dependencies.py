"""What is imported is asked for, what is asked for is used, and each has a reason."""

import json
import re
import subprocess
import sys
import tomllib

import pytest

from tests.conftest import ROOT
from tools.dependencies import KINDS, asked_for, homes, mentions, users
from tools.dependencies import NPM as REASONS

LISTS = {  # for whom, what they install, what they do not have
    "serve and work": (
        ("run", "azure"),
        ("sandbox", r"trial\.py", r"postgres\.py", "tests", "tools", "bench"),
    ),
    "a trial": (("run", "azure", "sandbox"), ("tests", "tools", "bench")),
    "whoever works on Baton": (
        ("run", "azure", "sandbox", "dev", "bench", "node", "uv"),
        (),
    ),
}
ALL = LISTS["whoever works on Baton"][0]
NOT_OURS = ("node_modules", "var", "build", r"\.venv")
PINNED = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
NPM = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("whose", LISTS)
def test_what_is_imported_is_asked_for_and_what_is_asked_for_is_imported(whose: str) -> None:
    lists, without = LISTS[whose]
    files = ",".join(f"requirements/{part}.in" for part in lists)
    leave = [word for name in (*NOT_OURS, *without) for word in ("--exclude", name)]
    line = ["--config", "requirements/deptry.toml", "--no-ansi", "--requirements-files", files]
    told = subprocess.run(
        [sys.executable, "-m", "deptry", ".", *line, *leave],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_a_package_has_one_version_in_all_lists() -> None:
    found: dict[str, set[str]] = {}
    for part in ALL:
        text = (ROOT / f"requirements/{part}.txt").read_text(encoding="utf-8")
        assert "--exclude-newer=P7D" in text.partition("\n\n")[0], f"{part}: pinned by make lock"
        pinned = dict(PINNED.findall(text))
        assert asked_for(part).keys() <= pinned.keys(), f"{part}: run make lock"
        for name, version in pinned.items():
            found.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in found.items() if len(versions) > 1} == {}


def test_what_tests_and_benches_need_is_installed_by_nobody_else() -> None:
    """Nor what comes from Microsoft as a beta, which only Azure needs."""
    for part in ("run", "sandbox"):
        pinned = dict(PINNED.findall((ROOT / f"requirements/{part}.txt").read_text()))
        for list_ in ("dev", "bench", "azure"):
            assert not asked_for(list_).keys() & pinned.keys(), f"{part}: is in {list_}.in too"


def test_npm_packages_that_are_imported_are_asked_for() -> None:
    declared = {name for kind in KINDS for name in NPM[kind]}
    found = set()
    for file in (f for folder in ("tests", "sandbox") for f in (ROOT / folder).rglob("*.*js")):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r'(?:from |import |"/"\)\()"((?!node:)[^."][^"]*)"', text))
    assert {"ajv-draft-04", "ajv-formats"} <= found <= declared


def test_a_package_stands_in_a_list_with_the_reason_for_it() -> None:
    for part in ALL:
        for name, why in asked_for(part).items():
            assert len(why) > 4, f"{part}.in: why {name}?"
    assert {name for kind in KINDS for name in NPM[kind]} == REASONS.keys()


def test_what_nobody_imports_is_a_command_a_plugin_data_or_types() -> None:
    """These deptry is told to let pass, so each is looked at here, and none is left over."""
    told = tomllib.loads((ROOT / "requirements/deptry.toml").read_text(encoding="utf-8"))
    passing = told["tool"]["deptry"]["per_rule_ignores"]["DEP002"]
    assert set(passing) <= {name for part in ALL for name in asked_for(part)}
    for name in passing:
        if name.startswith("types-"):
            assert users(name), f"{name}: nobody imports what these types are of"
        else:
            assert not users(name), f"{name} is imported: deptry can look after it"


def test_the_page_tells_who_uses_a_package() -> None:
    assert homes(users("holidays")) == "`policy/days_off.py`"
    assert homes(users("botbuilder-core")) == "`bot/teams.py`"
    assert homes(users("botbuilder-integration-aiohttp")) == "`bench/stock.py`"
    assert "`store/`" in homes(users("psycopg"))
    assert homes(mentions("ajv-formats")) == "`tests/manifest/validate.mjs`"


def test_what_asks_for_newer_releases_waits_as_long_as_a_person_does() -> None:
    told = (ROOT / "renovate.json").read_text(encoding="utf-8")
    asks = json.loads(told)

    assert "--exclude-newer=P7D" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert asks["minimumReleaseAge"] == "7 days"
    assert asks["vulnerabilityAlerts"]["minimumReleaseAge"] is None
    [files] = asks["pip-compile"]["managerFilePatterns"]
    for part in ALL:
        assert re.search(files.strip("/"), f"requirements/{part}.txt")
    assert "://" not in told, "where releases come from is each one's own business"
