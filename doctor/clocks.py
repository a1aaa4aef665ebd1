"""Whether clocks agree, and zones are of these days. Every deadline leans on it, and so does every
token and signature.
"""

import zoneinfo
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from doctor.check import Check, fine, ill

MOST = timedelta(minutes=1)  # deadlines are told to the minute; Entra refuses after five
SAME = timedelta(seconds=2)  # nearer than that a Date header cannot tell, nor need it
THEN = (
    "let NTP set the clocks (timedatectl set-ntp true): deadlines are late or early by as much, "
    "and from five minutes on Entra and Teams are refused or refuse"
)
ZONES = (
    "where this machine's own are used: apt-get install --only-upgrade tzdata, or what your system "
    "has instead; where the package's are: go to a newer release of Baton. Then start serve and "
    "work anew"
)
KNOWN = "Europe/London"  # in every table of zones


def zones(at: datetime) -> Check:
    """Governments change their clocks, and each year has had a release of the table or several:
    one of the year before last does not know the last changes.

    Python takes this machine's table where there is one, and the package's where there is none.
    https://docs.python.org/3/library/zoneinfo.html#data-sources · https://www.iana.org/time-zones
    """
    what = "the time zones known here are not old"
    folder = next((one for one in map(Path, zoneinfo.TZPATH) if (one / KNOWN).is_file()), None)
    version = _version(folder) if folder else str(import_module("tzdata").IANA_VERSION)
    found = f"{version or 'nobody can tell of when'}, of {folder or 'the package tzdata'}"
    if version and int(version[:4]) < at.year - 1:
        return ill(what, ZONES, found)
    return fine(what, found)


def _version(folder: Path) -> str | None:
    """Such as 2026a; None where the folder does not say."""
    for name in ("+VERSION", "tzdata.zi"):
        file = folder / name
        if file.is_file():
            with file.open(encoding="utf-8") as lines:
                version = lines.readline().removeprefix("# version ").strip()
            if version[:4].isdecimal():
                return version
    return None


def agrees(what: str, ahead: Mapping[str, timedelta], *, slack: timedelta) -> Check:
    """*ahead* is by how much each is ahead of this machine, known to within *slack*."""
    said = "; ".join(f"{name} {_by(one)}" for name, one in ahead.items())
    if any(abs(one) > MOST + slack for one in ahead.values()):
        return ill(what, THEN, said)
    return fine(what, said)


def lasting(span: timedelta) -> str:
    """Such as 40 seconds, 7 minutes, 3 hours."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def _by(ahead: timedelta) -> str:
    if abs(ahead) < SAME:
        return "has the same time"
    return f"is {lasting(abs(ahead))} {'ahead' if ahead > timedelta() else 'behind'}"
