"""A folder of calendar files, held against another reader of them."""

import os
from pathlib import Path

import pytest

from sandbox.m365 import Sandbox
from tests import hour
from tests.sandbox.test_ics import file
from tools.check_calendars import Answer, asked, main

DAY = "DTSTART;VALUE=DATE:20260304\nDTEND;VALUE=DATE:20260304\nSUMMARY:Dentist"
SERIES = "DTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:Daily"
ODD = "DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;INTERVAL=-1\nSUMMARY:Odd"


def test_a_reader_without_end_is_given_up_by_its_own_work_however_busy_the_machine_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def endless(*_: object) -> Answer:
        while True:
            pass

    def ending(*_: object) -> Answer:
        os._exit(3)

    monkeypatch.setattr("tools.check_calendars.PATIENCE", 1)
    box = Sandbox(weeks=False, machine=hour.now)
    assert asked(endless, box, b"", []).failed == "no end within 1 s"
    assert asked(ending, box, b"", []).failed == "its process ended"


def test_whoever_checks_calendars_sees_what_each_reader_has_and_the_sums(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "alike.ics").write_text(file(SERIES))
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "apart.ics").write_text(file(DAY))
    (tmp_path / "failing.ics").write_text(file(SERIES, ODD))
    (tmp_path / "empty.ics").write_text(file())

    assert main(tmp_path) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        "deeper/apart.ics",
        "  + 2026-03-04 00:00–2026-03-05 00:00 'Dentist' ×1",
        "  - 2026-03-04 00:00–2026-03-04 00:00 'Dentist' ×1",
    ]
    assert said[4].startswith("  the other reader: ValueError")
    sums = {what: int(count) for count, what in (line.split(maxsplit=1) for line in said[5:])}
    assert sums == {
        "files without an event in our time": 1,
        "files": 3,
        "times": 7,
        "left out with a word of why": 1,
        "differences": 2,
        "files that differ": 1,
        "failed here": 0,
        "failed in the other reader": 1,
    }
