"""What time it is for the tests: whoever asks for the time, or starts a real command, asks here.

HOUR in the environment says when that is (`HOUR=2026-03-29T01:30Z make test`, `HOUR=now` for the
machine's own), Monday morning if it says nothing; from there time passes as it does outside.

Some things go by the machine itself, whatever the hour, and what is held against it asks `machine`:
tokens and certificates, because libraries look at them, and PostgreSQL's own now(), by which the
queue knows what is due and which worker lives.
"""

import os
from datetime import UTC, datetime

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Madrid; clocks change on the 29th
HOURS = {
    "a Sunday night": datetime(2026, 3, 8, 3, 30, tzinfo=UTC),
    "a Friday before midnight": datetime(2026, 3, 6, 23, 50, tzinfo=UTC),
    "half an hour after clocks go forward": datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    "the day that most years lack": datetime(2028, 2, 29, 10, 0, tzinfo=UTC),
    "the last day of a year": datetime(2026, 12, 31, 15, 0, tzinfo=UTC),
}
"""At which the suite is green."""


def machine() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # here it comes in


def _begins() -> datetime:
    asked = os.environ.get("HOUR", "")  # noqa: TID251  # how the suite is asked to run
    if asked == "now":
        return machine()
    return datetime.fromisoformat(asked).astimezone(UTC) if asked else MONDAY


BEGINS = _begins()
_AHEAD = BEGINS - machine()


def now() -> datetime:
    """What time it is: the hour at which the suite began, and what has passed since."""
    return machine() + _AHEAD
