"""When what is done for each mailbox again and again is done: at a moment of its own. Pure.

Spread by the mailbox's name over the whole interval, so that ten thousand of them make no crowd,
and so that it is the same on every machine and after every start.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def slot(name: str, every: timedelta, of: int | None = None) -> timedelta:
    """How far into each *every* the moment of *name* lies: any second, or one *of* so many moments,
    at which several are done together.
    """
    share = int.from_bytes(sha256(name.encode()).digest()[:8]) / 2**64
    if of is not None:
        share = int(share * of) / of
    return timedelta(seconds=int(every.total_seconds() * share))


def after(name: str, at: datetime, every: timedelta, of: int | None = None) -> datetime:
    """The first moment of *name* after *at*: at most *every* later, and then each *every*."""
    into = (at - EPOCH - slot(name, every, of)) % every
    return at + every - into
