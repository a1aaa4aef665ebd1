"""What was asked of Graph while tests ran, held against the table in docs/permissions.md: no call
without a row, and once all of the suite has run, no row without a call.
"""

import logging
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from graph import permissions
from sandbox.request_log import LoggedRequest

CLOCK = "GET /"  # what time it is there, as the doctor asks: no permission is needed for it
BATCH = "POST /$batch"  # whatever is in it has rows of its own
LISTED = frozenset(ask for call in permissions.CALLS for ask in call.asks)
ROWS = frozenset(call.where for call in permissions.CALLS)
GRAPH = str(Path(permissions.__file__).parent)
KEPT = "asked of Graph"


def template(asked: LoggedRequest) -> str:
    """A request as the table has it: no id of anything."""
    path = asked.path.removeprefix("/v1.0").removeprefix("/")
    path = re.sub(r"(?<=users/)[^/]+", "{id}", path)
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/events/)[^/]+", "{id}", path)
    path = re.sub(r"(?<=/messages/)[^/]+", "{id}", path)
    path = re.sub(r"(?<=/onlineMeetings/)[^/]+|(?<=/attendanceReports/)[^/]+", "{id}", path)
    path = re.sub(r"(?<=/installedApps/)[^/]+", "{id}", path)
    path = path.replace("/graph.", "/microsoft.graph.").removesuffix("()")
    path = re.sub(r"/microsoft\.graph\.(?!user)", "/", path)
    return f"{asked.method} /{path}"


def not_listed(asked: Iterable[str]) -> set[str]:
    """Calls, as `template` has them, that no row of the table tells of."""
    return set(asked) - LISTED - {CLOCK, BATCH}


def unobserved(asked: Iterable[str], functions: Iterable[str]) -> set[str]:
    """Rows of which something was not asked, or whose function asked nothing."""
    seen, asking = set(asked), set(functions)
    return {c.where for c in permissions.CALLS if set(c.asks) - seen or c.where not in asking}


class Observing:
    """What all tests of a run made Baton ask for, whichever process they ran in.

    A run of some of the tests, or one in which a test failed, says nothing of rows.
    """

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.functions: set[str] = set()
        self.wrong: list[str] = []

    def heard(self, asked: LoggedRequest) -> None:
        """The sandbox tells what it was asked."""
        if asked.part == "graph":
            self.asked.add(template(asked))

    def filter(self, record: logging.LogRecord) -> bool:
        """The http client tells of each request while whoever asked still waits for it."""
        self.functions |= _asking(sys._getframe())
        return record.levelno > logging.INFO

    def pytest_configure(self) -> None:
        listened_to = logging.getLogger("httpx")
        listened_to.setLevel(logging.INFO)
        listened_to.addFilter(self)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker of the run has done its part."""
        asked, functions = getattr(node, "workeroutput", {}).get(KEPT, ((), ()))
        self.asked |= set(asked)
        self.functions |= set(functions)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[KEPT] = (sorted(self.asked), sorted(self.functions))
            return
        self.wrong = [f"asked, without a row: {one}" for one in sorted(not_listed(self.asked))]
        if whole(session.config) and exitstatus == pytest.ExitCode.OK:
            missing = sorted(unobserved(self.asked, self.functions))
            self.wrong += [f"a row that no test asks for: {one}" for one in missing]
        if self.wrong:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.wrong:
            terminalreporter.section("the table of calls in graph/permissions.py")
            for one in self.wrong:
                terminalreporter.line(one)


OBSERVING = Observing()


def whole(config: pytest.Config) -> bool:
    """Whether all of the suite was asked for."""
    option = config.option
    some = (option.keyword, option.markexpr, option.deselect, option.ignore, option.collectonly)
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(some)


def _asking(frame: FrameType | None) -> set[str]:
    """The functions of graph/ that have a row, among those that wait."""
    found = set()
    while frame:
        code = frame.f_code
        if code.co_filename.startswith(GRAPH):
            found.add(f"{Path(code.co_filename).stem}.{code.co_name}")
        frame = frame.f_back
    return found & ROWS
