"""Who is free when: many calendars in one request.

https://learn.microsoft.com/graph/api/calendar-getschedule
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.users.item.calendar.get_schedule.get_schedule_post_request_body import (
    GetSchedulePostRequestBody,
)

from graph.client import Graph
from graph.views import LONGEST, moment
from handoff import addresses
from handoff.calendar import Event, Shows
from handoff.hours import Span

MOST_MAILBOXES = 20  # in one request


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What one calendar says. *dark* is why it cannot be read; such a calendar is not free."""

    events: tuple[Event, ...] = ()  # as much of them as Outlook tells to whoever looks for a time
    dark: str | None = None

    @property
    def away(self) -> tuple[Span, ...]:
        """Out of office."""
        return tuple(event.span for event in self.events if event.shows is Shows.AWAY)


class Schedules:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def read(
        self, asker: str, mails: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, Day]:
        """Each mailbox's day by mail address, as `addresses.one` has it; one request for every
        twenty.

        A mailbox that Graph leaves out of its answer is dark, like one it has an error for.
        Raises BusyError, DeniedError, NoMailboxError of *asker*'s mailbox, GraphError.
        """
        days: dict[str, Day] = {}
        for first in range(0, len(mails), MOST_MAILBOXES):
            days |= await self._some(asker, mails[first : first + MOST_MAILBOXES], start, end)
        silent = Day(dark="Outlook says nothing of this calendar")
        return {one: days.get(one, silent) for one in map(addresses.one, mails)}

    async def _some(
        self, asker: str, mails: Sequence[str], start: datetime, end: datetime
    ) -> dict[str, Day]:
        body = GetSchedulePostRequestBody(
            schedules=list(mails),
            start_time=_plain(start),
            end_time=_plain(end),
            availability_view_interval=30,
        )
        async with self._graph.errors():
            answer = await self._graph.client.users.by_user_id(asker).calendar.get_schedule.post(
                body
            )
        days: dict[str, Day] = {}
        for one in answer.value or []:
            if one.error:
                days[addresses.one(one.schedule_id)] = Day(
                    dark=one.error.response_code or "Outlook cannot read this calendar"
                )
                continue
            found = (_event(item) for item in one.schedule_items or [])
            days[addresses.one(one.schedule_id)] = Day(events=tuple(e for e in found if e))
        return days


def _plain(at: datetime) -> DateTimeTimeZone:
    return DateTimeTimeZone(date_time=at.replace(tzinfo=None).isoformat(), time_zone="UTC")


def _event(item: Any) -> Event | None:
    """One line of a schedule. Its event has no id, and is whoever's calendar it is."""
    start = moment(item.start, "UTC")
    if start is None:
        return None
    end = moment(item.end, "UTC") or start
    private = bool(item.is_private)
    return Event(
        span=Span(min(start, end), max(start, end)),
        shows=Shows(item.status.value) if item.status else Shows.UNKNOWN,
        private=private,
        subject="" if private else (item.subject or "")[:LONGEST],
    )
