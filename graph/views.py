"""What stands in calendars, event by event, and how an event is shown there.

Never waits and never retries. A series is spread out by Graph, exceptions and all. Of a private
event only its time and how it is shown are taken over; subjects are cut to what a card can show.
https://learn.microsoft.com/graph/api/user-list-calendarview
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.attendee_type import AttendeeType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.event import Event as GraphEvent
from msgraph.generated.models.event_collection_response import EventCollectionResponse
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.response_type import ResponseType
from msgraph.generated.models.sensitivity import Sensitivity
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import (
    CalendarViewRequestBuilder,
)
from msgraph.generated.users.item.events.item.event_item_request_builder import (
    EventItemRequestBuilder,
)

from graph.batch import read_all
from graph.client import Graph
from graph.errors import (
    BusyError,
    DeniedError,
    GoneError,
    NoMailboxError,
    UnsupportedError,
)
from graph.zones import UTC_NAMES, iana
from handoff.calendar import Attendee, Event, Shows
from handoff.hours import Span

# Graph fills in when an event was made and changed only where people of it are asked for too:
# https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/1655
FACTS = [
    *("id", "iCalUId", "seriesMasterId", "start", "end", "originalStart", "isAllDay", "showAs"),
    *("sensitivity", "isCancelled", "isOrganizer", "organizer", "attendees", "responseStatus"),
    *("createdDateTime", "lastModifiedDateTime", "subject", "categories"),
    *("isOnlineMeeting", "onlineMeeting"),
]
PAGE = 500  # events; Graph gives 1000 at most
LONGEST = 200  # characters of a subject
NEVER = datetime(2, 1, 1, tzinfo=UTC)  # Graph says year 1 for what it does not know
PRIVATE = frozenset({Sensitivity.Private, Sensitivity.Confidential, Sensitivity.Personal})
DARK: dict[type[Exception], str] = {
    DeniedError: "Baton may not read this mailbox",
    NoMailboxError: "there is no mailbox that Outlook can read",
    GoneError: "there is no mailbox that Outlook can read",
}
LINK_OWNER = re.compile(r'"oid":"([0-9a-f-]{36})"', re.IGNORECASE)


class Views:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def read(
        self, mailboxes: Mapping[str, str], window: Span
    ) -> Mapping[str, tuple[Event, ...] | str]:
        """Every event in *window* in each mailbox, or why the mailbox cannot be read. One that is
        busy is left out.

        *mailboxes* are zones by Entra object id. Twenty in a request, one question at a time for
        each mailbox. One that cannot be read stops no other. Raises BusyError when Graph throttles
        any of it, UnsupportedError.
        https://learn.microsoft.com/graph/json-batching
        """
        asked = {id: self._view(id, window) for id in mailboxes}
        read: dict[str, list[Event]] = {id: [] for id in mailboxes}
        dark: dict[str, str] = {}
        while asked:
            answers = await read_all(self._graph, asked, EventCollectionResponse)
            asked = {}
            for id, answer in answers.items():
                if isinstance(answer, BusyError):
                    del read[id]
                    continue
                if isinstance(answer, UnsupportedError):  # says nothing of the calendar
                    raise answer
                if isinstance(answer, Exception):
                    dark[id] = DARK.get(type(answer), "Outlook cannot read this calendar")
                    continue
                read[id] += events(answer.value or [], mailboxes[id])
                if answer.odata_next_link:
                    builder = self._graph.client.users.by_user_id(id).calendar_view
                    more = builder.with_url(answer.odata_next_link)
                    asked[id] = more.to_get_request_information()
        return {id: dark.get(id) or tuple(found) for id, found in read.items()}

    async def one(self, mailbox: str, event: str, zone: str) -> tuple[Event, str]:
        """One event, or one series, as it stands, and the mark of this version of it.

        Raises GoneError besides what every call raises.
        """
        query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(select=FACTS)
        async with self._graph.errors():
            found = await self._event(mailbox, event).get(
                RequestConfiguration(query_parameters=query)
            )
        read = _event(found, zone)
        if read is None:
            raise GoneError("the event has no time")
        return read, str(found.additional_data.get("@odata.etag", "*"))

    async def show_as(
        self, mailbox: str, event: str, shows: Shows, categories: Sequence[str], mark: str
    ) -> None:
        """The event is shown so and carries these categories; nothing else of it changes.

        In an attendee's copy nobody else hears of it. Raises ChangedError when the event is no
        longer the version *mark*, GoneError when it is no longer there.
        https://learn.microsoft.com/graph/api/event-update
        """
        change = GraphEvent(show_as=FreeBusyStatus(shows.value), categories=list(categories))
        config: RequestConfiguration[Any] = RequestConfiguration()
        config.headers.add("If-Match", mark)
        async with self._graph.errors():
            await self._event(mailbox, event).patch(change, config)

    def _view(self, mailbox: str, window: Span) -> Any:
        query = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
            start_date_time=window.start.isoformat(),
            end_date_time=window.end.isoformat(),
            select=FACTS,
            top=PAGE,
        )
        builder = self._graph.client.users.by_user_id(mailbox).calendar_view
        return builder.to_get_request_information(RequestConfiguration(query_parameters=query))

    def _event(self, mailbox: str, event: str) -> Any:
        return self._graph.client.users.by_user_id(mailbox).events.by_event_id(event)


def events(found: Iterable[GraphEvent], zone: str) -> list[Event]:
    """Graph's events as ours; *zone* is where whose calendar it is keeps the days.

    One without an end has no length. One that ends before it begins takes the time in between,
    for somebody meant something by it. One without a beginning is nowhere.
    """
    return [event for one in found if (event := _event(one, zone)) is not None]


def _event(found: GraphEvent, zone: str) -> Event | None:
    all_day = bool(found.is_all_day)
    start = moment(found.start, zone, all_day=all_day)
    if start is None:
        return None
    end = moment(found.end, zone, all_day=all_day) or start
    shows = Shows(found.show_as.value) if found.show_as else Shows.UNKNOWN
    time: dict[str, Any] = {
        "id": found.id or "",
        "uid": found.i_cal_u_id or "",
        "series": found.series_master_id,
        "span": Span(min(start, end), max(start, end)),
        "shows": shows,
        "all_day": all_day,
        "cancelled": bool(found.is_cancelled),
    }
    if found.sensitivity in PRIVATE:
        return Event(**time, private=True)
    status = found.response_status
    original = found.original_start
    return Event(
        **time,
        mine=found.is_organizer is not False,
        organizer=_mail(found.organizer),
        subject=(found.subject or "")[:LONGEST],
        attendees=tuple(_attendee(one) for one in found.attendees or []),
        response=_response(status),
        responded_at=_known(status.time if status else None),
        created_at=_known(found.created_date_time),
        changed_at=_known(found.last_modified_date_time),
        link_by=_link_owner(found.online_meeting.join_url if found.online_meeting else None),
        categories=tuple(found.categories or ()),
        moved=bool(original and not all_day and original != start),
    )


def moment(given: DateTimeTimeZone | None, zone: str, *, all_day: bool = False) -> datetime | None:
    """Graph's date and time, in UTC; None for one that it leaves out or garbles.

    Baton asks for UTC. Where Graph answers in another zone all the same, that one counts; one
    that nobody knows is taken for the zone of whose calendar it is. The midnights of an all-day
    event are theirs.
    """
    try:
        at = datetime.fromisoformat((given.date_time or "").partition(".")[0]) if given else None
    except ValueError:
        return None
    if given is None or at is None:
        return None
    named = "UTC" if given.time_zone in UTC_NAMES else iana(given.time_zone)
    own = ZoneInfo(zone if all_day or not named else named)
    return at.replace(tzinfo=at.tzinfo or own).astimezone(UTC)


def _attendee(found: Any) -> Attendee:
    return Attendee(
        mail=_mail(found),
        response=_response(found.status),
        proposes=found.proposed_new_time is not None,
        room=found.type is AttendeeType.Resource,
    )


def _mail(found: Any) -> str:
    address = found.email_address if found else None
    return (address.address or "").lower() if address else ""


def _response(status: Any) -> str:
    response = status.response if status else None
    return str(response.value) if isinstance(response, ResponseType) else "none"


def _known(at: datetime | None) -> datetime | None:
    return at if at and at > NEVER else None


def _link_owner(url: str | None) -> str | None:
    """Whoever made a Teams link: their object id stands in it, as part of its context."""
    found = LINK_OWNER.search(unquote(url or ""))
    return found[1].lower() if found else None
