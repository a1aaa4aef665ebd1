"""Real commands, as processes of their own, at the time that the tests have."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tests.hour import machine

ROOT = Path(__file__).parents[1]
AT = ROOT / "tests" / "at.py"


def baton(*words: str, clock: Callable[[], datetime], root: Path = ROOT) -> tuple[str, ...]:
    """How `python app.py` is started with these words, by the time that *clock* tells.

    Where that clock stands, the command's stands too. *root* is where its code is.
    """
    at = clock()
    stands = clock() == at
    when = at.isoformat() if stands else f"{(at - machine()).total_seconds():+}"
    return (sys.executable, str(AT), str(root), when, *words)


def as_typed(*words: str, root: Path = ROOT) -> tuple[str, ...]:
    """`python app.py` itself, for what asks for no time: help, refusals, a package."""
    return (sys.executable, str(root / "app.py"), *words)
