"""What a release is made of, and what is known against it."""

import json
import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tools import bill
from tools.audit import (
    EVERYTHING,
    Flaw,
    Pinned,
    UnknownError,
    audit,
    judged,
    read_node,
    read_python,
)

TODAY = date(2026, 11, 25)
FIXED = Flaw("GHSA-1", "aiohttp", "3.14.5", "3.14.6", ("CVE-2026-1",))
OPEN = Flaw("GHSA-2", "idna", "3.20", None)


WITHOUT = {  # whose licence stands where no tool reads it, each looked at by a person
    "protobuf": "3-Clause BSD",
}


def test_the_bill_names_every_package_that_serves_and_its_licence(tmp_path: Path) -> None:
    bill.python(bill.BILLS[""], tmp_path / "bill.json")

    made = json.loads((tmp_path / "bill.json").read_text(encoding="utf-8"))
    named = {(normal(part["name"]), part["version"]) for part in made["components"]}
    for lock in ("run", "azure"):
        for line in (ROOT / f"requirements/{lock}.txt").read_text().splitlines():
            if "==" in line and not line.startswith((" ", "#")):
                name, _, version = line.split()[0].partition("==")
                assert (normal(name.partition("[")[0]), version) in named, line
    assert not {"icalendar", "ruff"} & {name for name, _ in named}
    nameless = {part["name"] for part in made["components"] if not part.get("licenses")}
    assert nameless <= WITHOUT.keys()
    root = made["metadata"]["component"]
    assert root["licenses"][0]["license"]["id"] == "MIT"
    asked = {one["ref"]: one["dependsOn"] for one in made["dependencies"] if "dependsOn" in one}
    assert any(one.startswith("aiohttp==") for one in asked[root["bom-ref"]])


def test_what_a_trial_takes_from_npm_has_a_bill_too(tmp_path: Path) -> None:
    bill.npm(tmp_path / "bill.json")

    made = json.loads((tmp_path / "bill.json").read_text(encoding="utf-8"))
    named = {part["purl"]: part for part in made["components"]}
    for path, package in json.loads((ROOT / "package-lock.json").read_text())["packages"].items():
        if path and not package.get("dev"):
            name = path.rpartition("node_modules/")[2]
            part = named[f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"]
            assert part["hashes"]
            assert part.get("licenses")
            assert (part.get("scope") == "optional") is bool(package.get("optional"))
    [playground] = [part for purl, part in named.items() if "m365agentsplayground" in purl]
    assert "for evaluating" in playground["licenses"][0]["license"]["name"]
    assert made["metadata"]["component"]["name"] == "baton"
    project = bill.ABOUT
    assert made["metadata"]["component"]["version"] == project["version"]


def normal(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize(
    ("ignored", "failing", "says"),
    [
        ([], 1, "fixed by 3.14.6"),
        ([{"id": "CVE-2026-1", "why": "not used", "until": date(2026, 12, 1)}], 0, "not used"),
        ([{"id": "CVE-2026-1", "why": "not used", "until": date(2026, 11, 1)}], 1, "fixed by"),
        ([{"id": "GHSA-1", "why": " ", "until": date(2026, 12, 1)}], 1, "fixed by"),
    ],
    ids=["fixable", "ignored", "ignored for too long", "ignored without a reason"],
)
def test_a_vulnerability_with_a_fix_fails_unless_somebody_said_why_not(
    ignored: list[dict[str, Any]], failing: int, says: str
) -> None:
    lines, found = judged([FIXED, OPEN], ignored, TODAY)
    assert found == failing
    assert says in lines[0]
    assert "nothing fixes it" in lines[1]


def test_both_reports_are_read() -> None:
    vuln = {"id": "GHSA-1", "fix_versions": ["3.14.6"], "aliases": ["CVE-2026-1"]}
    python = {"dependencies": [{"name": "aiohttp", "version": "3.14.5", "vulns": [vuln]}]}
    assert read_python(python) == [FIXED]
    via = {"url": "https://github.com/advisories/GHSA-3", "range": "<2.0.0"}
    one = {"via": [via, "other"], "fixAvailable": {"name": "top", "version": "3.0.0"}}
    none = {"via": [{**via, "range": "*"}], "fixAvailable": False}
    assert read_node({"vulnerabilities": {"ws": one, "qs": none}}) == [
        Flaw("GHSA-3", "ws", "<2.0.0", "top 3.0.0"),
        Flaw("GHSA-3", "qs", "*", None),
    ]


def python(ask: Callable[[], list[Flaw]]) -> Pinned:
    return Pinned("Python", EVERYTHING[0].files, ask)


def nobody() -> list[Flaw]:
    return read_node({"message": "405"})


def test_nothing_known_is_not_all_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be asked is said each time, fails no check, and is asked once a day."""
    asked = []

    def silent() -> list[Flaw]:
        asked.append(1)
        return read_python({"dependencies": [{"name": "x", "skip_reason": "not found on PyPI"}]})

    npm = Pinned("npm", EVERYTHING[1].files, nobody)
    for _ in range(2):
        assert audit((python(silent), npm), tmp_path, TODAY) == 0
        assert capsys.readouterr().out.count("NOT AUDITED") == 2
    assert len(asked) == 1
    tomorrow = date(2026, 11, 26)
    flawed = python(lambda: [FIXED])
    assert [audit([flawed], tmp_path, tomorrow) for _ in range(2)] == [1, 1], "also from memory"


def test_a_release_waits_until_somebody_can_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit([python(nobody)], tmp_path, TODAY) == 0
    assert audit([python(nobody)], tmp_path, TODAY, release=True) == 1
    assert "no release" in capsys.readouterr().out
    assert audit([python(list)], tmp_path, TODAY, release=True) == 0, "asked again, on the same day"
    assert audit([python(nobody)], tmp_path, TODAY, release=True) == 0, "known for this day"
    assert audit([python(lambda: [OPEN])], tmp_path, date(2026, 11, 27), release=True) == 0


def test_nothing_is_released_without_an_audit() -> None:
    told = subprocess.run(
        ["make", "--dry-run", "release"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    audits, writes = (told.stdout.find(f"tools.{name}") for name in ("audit --release", "bill"))
    assert 0 < audits < writes


@pytest.mark.parametrize(
    "packages", [[], [{"name": "a", "version": "1"}, {"name": "x", "skip_reason": "not found"}]]
)
def test_a_report_of_less_than_everything_is_no_report(packages: list[dict[str, str]]) -> None:
    with pytest.raises(UnknownError):
        read_python({"dependencies": packages})


def test_every_list_is_audited() -> None:
    lists = {file.stem for file in (ROOT / "requirements").glob("*.in")}
    assert {file.stem for file in EVERYTHING[0].files} == lists
