"""Whether clocks agree. Every deadline, token and signature leans on it."""

from collections.abc import Mapping
from datetime import timedelta

from doctor.check import Check, fine, ill

MOST = timedelta(minutes=1)  # deadlines are told to the minute; Entra refuses after five
SAME = timedelta(seconds=2)  # nearer than that a Date header cannot tell, nor need it
THEN = (
    "let NTP set the clocks (timedatectl set-ntp true): deadlines are late or early by as much, "
    "and from five minutes on Entra and Teams are refused or refuse"
)


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
