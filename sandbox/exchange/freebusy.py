"""Free/busy: what a calendar says to somebody who looks for a time.

https://learn.microsoft.com/graph/api/calendar-getschedule
"""

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
    digits = []
    while start < end:
        until = min(start + step, end)
        there = {one.status for one in found if one.start < until and one.end > start}
        binding = max((s for s in there if s in BINDING), key=BINDING.index, default="free")
        digits.append(DIGITS[binding])
        start += step
    return "".join(digits)


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
