"""`python app.py doctor`: says what is found as it is found, and ends with 0 where all is well."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from doctor.check import Check, Examined, ill, report
from doctor.examination import examine

LIFE = timedelta(hours=1)
SETTING = "set it as docs/settings.md says, for serve, work and doctor alike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How the result is told."""

    as_json: bool = False
    page: bool = False


def refuse(problems: Sequence[str], wish: Wish, at: datetime) -> int:
    """Nothing can be looked at without settings: every one that is wrong has its line."""
    checks = [replace(ill(problem, SETTING), part="settings") for problem in problems]
    if not wish.as_json:
        for check in checks:
            _say(check)
    return _end(checks, wish, at)


async def diagnose(of: Examined, wish: Wish, address: str) -> int:
    """Everything is looked at and told. Returns the exit status.

    *address* is where the page is shown, followed by the secret of its link.
    """
    checks: list[Check] = []
    progress = Progress(sys.stderr)
    try:
        async for check in examine(replace(of, far=progress.far), progress.begins):
            checks.append(check)
            progress.clear()
            if not wish.as_json:
                _say(check)
            progress.show()
    finally:  # also when it is interrupted: the terminal gets its cursor back
        progress.clear()
    at = of.machine()
    status = _end(checks, wish, at)
    if wish.page:
        if any(c.part == "database" and c.vital and not c.well for c in checks):
            print("no page: it is kept in the database", file=sys.stderr)
            return status
        stores = of.services.stores
        async with stores.door.open() as tx:
            secret = await stores.examinations.keep(tx, report(checks, at), LIFE)
        print(f"{address}/{secret}", file=sys.stderr if wish.as_json else sys.stdout)
    return status


def _say(check: Check) -> None:
    found = f": {check.found}" if check.found else ""
    print(f"{'✔' if check.well else '✖'} {check.what}{found}")
    if check.then:
        print(f"    {check.then}")


def _end(checks: Sequence[Check], wish: Wish, at: datetime) -> int:
    sick = sum(not check.well for check in checks)
    if wish.as_json:
        print(json.dumps(report(checks, at), ensure_ascii=False, indent=2))
    elif sick:
        print(f"{sick} {'thing needs' if sick == 1 else 'things need'} attention")
    else:
        print("all is well")
    return min(sick, 1)


class Progress:
    """What is being looked at, on a terminal; it leaves nothing behind.

    Only while nothing else is said: both may go to the same terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._part = ""
        self._live = Live(
            console=Console(file=stream),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def begins(self, part: str) -> None:
        self._part = part
        self._says(f"looking at: {part} …")
        self.show()

    def far(self, done: int, every: int) -> None:
        """So many of all whom this part asks have been asked."""
        self._says(f"looking at: {self._part}, {done} of {every} …")

    def _says(self, words: str) -> None:
        self._live.update(Text(words), refresh=self._live.is_started)

    def show(self) -> None:
        self._live.start(refresh=True)

    def clear(self) -> None:
        self._live.stop()
