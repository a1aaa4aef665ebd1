"""`make bench QUICK=1`: every measure is taken, on small numbers, and what it finds makes sense."""

import asyncio
import math
import re
import sys

import pytest

from bench.measuring import Figure
from tests.browser.desk import CHROMIUM
from tests.commands import ROOT

MEASURES = (
    "Accept, by size",
    "times for a pool, by size",
    "the booking click, by size",
    "fairness, for a manager, by size",
    "the hourly look for famine, by size",
    "a look at the books, by size",
    "mine, by size",
    "person export, by size",
    "retention, by size",
    "the page Mine, 10 readers at once, by size",
    "the page Team, 10 readers at once, by size",
    "the page Team, of everyone, 10 readers at once, by size",
    "the page Team, without names, 10 readers at once, by size",
    "the page Team, of the organisation, 10 readers at once, by size",
    "the page Team, of a pool, 10 readers at once, by size",
    "the page Campaigns, 10 readers at once, by size",
    "the page of one campaign, 10 readers at once, by size",
    "the page Weeks, 10 readers at once, by size",
    "the page Fairness, 10 readers at once, by size",
    "the page Rules, 10 readers at once, by size",
    "a list, 10 readers at once, by size",
    "the story of a handoff, 10 readers at once, by size",
    *(["a page, until it is drawn in Chromium"] if CHROMIUM else []),
    "times offered, and why not others",
    "Graph requests for the weekly check",
    "Graph requests for a booking",
    "a storm of notifications, slowest answer",
    "Graph requests for a quiet rep in a day",
    "mailboxes renewed, most in ten minutes",
    "all of them due at once, worst second",
    "the report of a week, to everybody",
    "deals that were changed, until all are taken in",
    "questions to the CRM for these deals",
    "Graph requests for five bookable times",
    "Accept against stock",
    "Accept against a bare server",
    "Accept, 99th of 100",
    "idle memory of serve",
    "what Accept costs more for its facts",
    "leads that come in, lost or there twice",
    "a lead that comes in, 99th of 100",
    "a reply and a sweep while Graph hangs",
    "deadlines rung and their messages queued",
    "a reply in a storm of cards",
    "routing choices in a pool of",
    "recorded choices made again",
    "ten bookers at once",
)


@pytest.mark.xdist_group("bench")
async def test_every_measure_is_taken_and_makes_sense() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", "--quick"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told = (await process.communicate())[0].decode()

    assert process.returncode == 0, told
    assert "Traceback" not in told
    rows = [line for line in told.splitlines() if re.search("[✔✖]", line)]
    assert len(rows) == len(MEASURES)
    for row, name in zip(rows, MEASURES, strict=True):
        what, found = (cell.strip() for cell in row.split("│")[1:3])
        assert "✔" in what
        assert name.split()[0] in what
        assert re.search(r"\d", found), row
    assert told.rstrip().endswith("all within their bounds")


def figure(value: float, *, well: bool, counted: bool) -> Figure:
    return Figure(what="w", found="f", bound="b", value=value, well=well, how="h", counted=counted)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_what_makes_no_sense_is_told_however_little_was_measured(value: float) -> None:
    assert not figure(value, well=True, counted=False).holds(quick=True)


def test_small_numbers_are_never_too_slow_and_may_still_be_too_many() -> None:
    slow, many = (figure(1, well=False, counted=counted) for counted in (False, True))
    assert (slow.holds(quick=True), many.holds(quick=True)) == (True, False)
    assert (slow.holds(quick=False), many.holds(quick=False)) == (False, False)
