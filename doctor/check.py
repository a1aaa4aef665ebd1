"""What the doctor says of one thing, and what it looks at."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doctor.reach import Web
from jobs.services import Services
from settings import Settings

OURS = (
    "no permission mends this: Graph does not take what Baton asks. Report it with these words, "
    "and go back to the release before until there is another"
)
MOST_NAMED = 10  # people or handoffs named in one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line: what was looked at, whether it is well, what was found, and what to do next."""

    what: str
    well: bool
    part: str = ""
    found: str = ""  # the evidence, in words for an admin
    then: str = ""  # what to do next; empty where all is well
    vital: bool = False  # what leans on this part cannot be looked at while it is ill


def fine(what: str, found: str = "") -> Check:
    return Check(what=what, well=True, found=found)


def ill(what: str, then: str, found: str = "") -> Check:
    return Check(what=what, well=False, found=found, then=then)


def vital(check: Check) -> Check:
    return replace(check, vital=True)


def listed(what: str, found: Sequence[str], then: str) -> Check:
    """Well where nothing is *found*; otherwise the first of them are named."""
    if not found:
        return fine(what)
    more = len(found) - MOST_NAMED
    named = "; ".join(found[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
    return ill(what, then, named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """All that a part may look at."""

    settings: Settings
    services: Services
    web: Web
    machine: Callable[[], datetime]  # this machine's clock, whatever clock the app runs on
    far: Callable[[int, int], None] = lambda _done, _all: None  # hears how far a long part is


Examine = Callable[[Examined], AsyncIterator[Check]]


def report(checks: Sequence[Check], at: datetime) -> Mapping[str, object]:
    """The whole examination as plain values: what --json writes and the page shows."""
    return {
        "healthy": all(check.well for check in checks),
        "at": at.isoformat(timespec="seconds"),
        "checks": [
            {name: getattr(check, name) for name in ("part", "what", "well", "found", "then")}
            for check in checks
        ],
    }
