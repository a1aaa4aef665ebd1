"""Real commands, as processes of their own, at the time that the tests have."""

import atexit
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from tests.hour import machine

ROOT = Path(__file__).parents[1]
AT = ROOT / "tests" / "at.py"
WARM = ROOT / "tests" / "warm.py"
COLD = ("sandbox",)  # is asked for too seldom to be read ahead


def baton(
    *words: str, clock: Callable[[], datetime], root: Path = ROOT, cold: bool = False
) -> tuple[str, ...]:
    """How `python app.py` is started with these words, by the time that *clock* tells.

    Where that clock stands, the command's stands too. *root* is where its code is; that of this
    project is read once for all commands, where the machine is a Linux. A *cold* one reads it
    itself, as an admin's does: for what is measured.
    """
    at = clock()
    stands = clock() == at
    when = at.isoformat() if stands else f"{(at - machine()).total_seconds():+}"
    cold |= root != ROOT or words[:1] == COLD or not hasattr(os, "pidfd_open")
    begin = (str(AT),) if cold else ("-I", "-S", str(WARM), "ask", _warm())
    return (sys.executable, *begin, str(root), when, *words)


@cache
def _warm() -> str:
    """The name at which commands are forked, from the first that is asked for to the last."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("")  # Linux finds a name
        listening.listen(64)
        forks = subprocess.Popen(
            [sys.executable, str(WARM), "serve", str(listening.fileno()), str(ROOT)],
            stdin=subprocess.PIPE,
            pass_fds=[listening.fileno()],
        )
        name = listening.getsockname()
    atexit.register(forks.communicate)
    assert isinstance(name, bytes)
    return name[1:].decode()


def as_typed(*words: str, root: Path = ROOT) -> tuple[str, ...]:
    """`python app.py` itself, for what asks for no time: help, refusals, a package."""
    return (sys.executable, str(root / "app.py"), *words)
