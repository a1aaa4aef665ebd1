"""What a release is made of, and what is known against it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tools.audit import NODE, PYTHON, Flaw, UnknownError, audit, judged, read_node, read_python
from tools.bill import bill

TODAY = date(2026, 11, 25)
FIXED = Flaw("GHSA-1", "aiohttp", "3.14.5", "3.14.6", ("CVE-2026-1",))
OPEN = Flaw("GHSA-2", "idna", "3.20", None)


def test_the_bill_names_every_package_that_is_pinned() -> None:
    parts = json.loads(bill())["components"]
    named = {(part["name"], part["version"]) for part in parts}
    for lock in ("run", "sandbox"):
        for line in (ROOT / f"requirements/{lock}.txt").read_text().splitlines():
            if "==" in line and not line.startswith((" ", "#")):
                name, _, version = line.split()[0].partition("==")
                assert (name.partition("[")[0], version) in named, line
    for path, package in json.loads((ROOT / "package-lock.json").read_text())["packages"].items():
        if path and not package.get("dev"):
            assert (path.rpartition("node_modules/")[2], package["version"]) in named, path
    assert all(part.get("hashes") or part.get("properties") for part in parts)
    required = {part["name"] for part in parts if part["scope"] == "required"}
    assert "aiohttp" in required
    assert "icalendar" not in required


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


def test_nothing_known_is_not_all_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be asked is said each time, fails nothing, and is asked once a day."""
    asked = []

    def python() -> list[Flaw]:
        asked.append(1)
        return read_python({"dependencies": [{"name": "x", "skip_reason": "not found on PyPI"}]})

    asks = {PYTHON: python, NODE: lambda: read_node({"message": "405"})}
    for _ in range(2):
        assert audit(asks, tmp_path, TODAY) == 0
        assert capsys.readouterr().out.count("NOT AUDITED") == 2
    assert len(asked) == 1
    asks = {PYTHON: lambda: [FIXED], NODE: list}
    tomorrow = date(2026, 11, 26)
    assert [audit(asks, tmp_path, tomorrow) for _ in range(2)] == [1, 1], "also from memory"


def test_a_report_of_nothing_is_no_report() -> None:
    with pytest.raises(UnknownError):
        read_python({"dependencies": []})
