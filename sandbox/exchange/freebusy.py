"""Free/busy: what a calendar says to somebody who looks for a time.

https://learn.microsoft.com/graph/api/calendar-getschedule
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.exchange.mailboxes import Mailboxes
from sandbox.exchange.model import Event

# The digits of an availability view; of several in one interval the most binding counts.
DIGITS = {"free": "0", "workingElsewhere": "4", "tentative": "1", "busy": "2", "oof": "3"}
BINDING = ("free", "workingElsewhere", "tentative", "busy", "oof")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    status: str
    start: datetime
    end: datetime
    subject: str | None  # hidden when private
    location: str | None
    private: bool


def items(
    mailboxes: Mailboxes, owner: str, start: datetime, end: datetime, floating: ZoneInfo
) -> list[Item]:
    """Everything in the calendar in that time. All-day events are midnights of the `floating`
    zone.
    """
    day = timedelta(days=1)
    found = [_item(event, floating) for event in mailboxes.view(owner, start - day, end + day)]
    return sorted(
        (one for one in found if one.start < end and one.end > start),
        key=lambda one: (one.start, one.end),
    )


def view(found: list[Item], start: datetime, end: datetime, step: timedelta) -> str:
    """One digit for each step from start to end."""
    steps = math.ceil((end - start) / step)
    levels = [0] * steps
    for one in found:
        if one.status in BINDING:
            level = BINDING.index(one.status)
            first = max(0, math.floor((one.start - start) / step))
            last = min(steps, math.ceil((one.end - start) / step))
            for place in range(first, last):
                levels[place] = max(levels[place], level)
    return "".join(DIGITS[BINDING[level]] for level in levels)


def _item(event: Event, floating: ZoneInfo) -> Item:
    start, end = event.start, event.end
    if event.all_day:
        start, end = start.replace(tzinfo=floating), end.replace(tzinfo=floating)
    private = event.sensitivity in ("private", "personal", "confidential")
    return Item(
        status=event.show_as,
        start=start,
        end=end,
        subject=None if private else event.subject,
        location=None if private else event.location,
        private=event.sensitivity == "private",
    )
