"""Outlook calendars. Never waits and never retries: whoever calls decides that.

Every call raises BusyError, DeniedError, NoMailboxError or GraphError besides what it names.
Mailboxes are named by Entra object id.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.attendee_type import AttendeeType
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.online_meeting_provider_type import OnlineMeetingProviderType
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.models.single_value_legacy_extended_property import (
    SingleValueLegacyExtendedProperty,
)
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import (
    CalendarViewRequestBuilder,
)
from msgraph.generated.users.item.calendar_view.delta.delta_get_response import DeltaGetResponse
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import (
    DeltaRequestBuilder,
)
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.accept.accept_post_request_body import (
    AcceptPostRequestBody,
)
from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import (
    CancelPostRequestBody,
)
from msgraph.generated.users.item.events.item.decline.decline_post_request_body import (
    DeclinePostRequestBody,
)
from msgraph.generated.users.item.events.item.event_item_request_builder import (
    EventItemRequestBuilder,
)
from msgraph.generated.users.item.events.item.forward.forward_post_request_body import (
    ForwardPostRequestBody,
)

from graph.batch import read_all
from graph.client import PREFER, Graph
from graph.errors import BusyError, DuplicateError
from graph.views import FACTS, PAGE, events
from graph.zones import windows
from handoff import addresses, calendar
from handoff.hours import Span
from handoff.model import Guest, Invitation
from markup import visible

HANDOFF_PROPERTY = "String {6f0b2a3e-58c1-4a0e-9d52-b1d7c3f0a971} Name BatonHandoff"
"""The extended property that says, on the organizer's event, which handoff it belongs to."""

CHANGE_PROPERTY = "String {6f0b2a3e-58c1-4a0e-9d52-b1d7c3f0a971} Name BatonChange"
"""And this, which change of its guests was the last."""

LINK = re.compile(r'href="([^"]+)"')  # in HTML of our own
COPY = " and a copy"  # with it: of the invitation, for whom the change alone does not invite

SEEN = ["id", "iCalUId", "start", "end", "isCancelled", "responseStatus", "createdDateTime"]
UNANSWERED = frozenset({"none", "notResponded"})
RULE = "_" * 40
AROUND = timedelta(days=1)  # read with a meeting: days of others begin where they are
NEVER = datetime(2, 1, 1, tzinfo=UTC)  # Graph says year 1 for "has not answered"
NONE = datetime(4501, 1, 1, tzinfo=UTC)  # and Exchange this, where it has no time to tell


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCopy:
    """One event as it stands in one mailbox."""

    id: str
    uid: str | None
    span: Span
    response: str  # Graph's word: none, organizer, accepted, declined, …
    responded_at: datetime | None
    cancelled: bool
    created_at: datetime | None = None  # when it came to be in this mailbox
    etag: str | None = None  # the version of the event in this mailbox
    join_url: str | None = None
    invited: bool = True  # of the organizer's: whether the guest asked about is on it
    others: tuple[str, ...] = ()  # guests that nobody asked about, and who have accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A meeting that now stands in the organizer's calendar."""

    event: str
    uid: str
    join_url: str | None
    etag: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """From where changes of a mailbox are asked for: from *link*, or without one from nothing, so
    that everything in *window* is one.
    """

    link: str | None
    window: Span


@dataclass(slots=True)
class Changes:
    """What changed in a mailbox, by event id, and the link for next time. None stands for an event
    that is gone. The last word on an event counts.
    """

    events: dict[str, EventCopy | None] = field(default_factory=dict)
    link: str | None = None

    def take(self, page: DeltaGetResponse) -> str | None:
        """What is on *page* is in here. The link to the next page; None where it was the last."""
        for event in page.value or []:
            gone = "@removed" in event.additional_data or event.start is None
            self.events[event.id] = None if gone else _event_copy(event)
        self.link = page.odata_delta_link
        more: str | None = page.odata_next_link
        return more


class Calendar:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def make_meeting(
        self, organizer: str, *, handoff: UUID, key: str, invitation: Invitation
    ) -> Made:
        """A Teams meeting in the organizer's calendar; Outlook sends the invitations.

        *key* makes it one meeting however often it is asked for (transactionId), as long as the
        invitation is the same. Raises DuplicateError where it is not, or where Outlook takes it for
        another: see `find_made`.
        https://learn.microsoft.com/graph/api/user-post-events
        """
        event = Event(
            subject=invitation.subject,
            body=ItemBody(content_type=BodyType.Html, content=invitation.html),
            start=_moment(invitation.span.start, invitation.zone),
            end=_moment(invitation.span.end, invitation.zone),
            attendees=[_attendee(guest) for guest in invitation.guests],
            is_online_meeting=True,
            allow_new_time_proposals=False,
            online_meeting_provider=OnlineMeetingProviderType.TeamsForBusiness,
            transaction_id=key,
            single_value_extended_properties=[
                SingleValueLegacyExtendedProperty(id=HANDOFF_PROPERTY, value=str(handoff))
            ],
        )
        async with self._graph.errors():
            return _made(await self._events(organizer).post(event))

    async def find_made(self, organizer: str, *, handoff: UUID, key: str) -> Made | None:
        """The meeting that was made under *key*, by the mark that it bears.

        https://learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get
        """
        query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=f"singleValueExtendedProperties/Any(ep: ep/id eq '{HANDOFF_PROPERTY}' "
            f"and ep/value eq '{handoff}')",
            select=["id", "iCalUId", "isOnlineMeeting", "onlineMeeting", "transactionId"],
        )
        async with self._graph.errors():
            page = await self._events(organizer).get(RequestConfiguration(query_parameters=query))
        found = [one for one in page.value or [] if one.transaction_id == key]
        return _made(found[0]) if found else None

    async def find_again(self, mailbox: str, uid: str) -> str | None:
        """The id under which the mailbox has the meeting now, by its iCalUId, whenever it is.

        https://learn.microsoft.com/graph/api/user-list-events
        """
        query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=f"iCalUId eq '{uid}'", select=["id", "isCancelled"]
        )
        async with self._graph.errors():
            page = await self._events(mailbox).get(RequestConfiguration(query_parameters=query))
        return next((one.id for one in page.value or [] if not one.is_cancelled), None)

    async def link_of(self, organizer: str, event: str) -> str | None:
        """The way to join, once Teams has made it. Raises GoneError."""
        query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
            select=["id", "isOnlineMeeting", "onlineMeeting"]
        )
        async with self._graph.errors():
            found = await self._event(organizer, event).get(
                RequestConfiguration(query_parameters=query)
            )
        return found.online_meeting.join_url if found.online_meeting else None

    async def find_copy(
        self, mailbox: str, uid: str, span: Span, zone: str
    ) -> tuple[EventCopy | None, tuple[calendar.Event, ...]]:
        """The mailbox's own copy of a meeting, and every event that may be in its way there.

        None while the invitation has not arrived. *zone* is where the mailbox keeps its days.
        https://learn.microsoft.com/graph/api/user-list-calendarview
        """
        query = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
            start_date_time=(span.start - AROUND).isoformat(),
            end_date_time=(span.end + AROUND).isoformat(),
            select=FACTS,
            top=PAGE,
        )
        async with self._graph.errors():
            page = await self._user(mailbox).calendar_view.get(
                RequestConfiguration(query_parameters=query)
            )
        found = page.value or []
        copy = next((e for e in found if e.i_cal_u_id == uid), None)
        return (_event_copy(copy) if copy else None), tuple(events(found, zone))

    async def read(self, mailbox: str, event: str) -> EventCopy:
        """One event as it stands. Raises GoneError."""
        query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(select=SEEN)
        async with self._graph.errors():
            found = await self._event(mailbox, event).get(
                RequestConfiguration(query_parameters=query)
            )
        return _event_copy(found)

    async def holds(self, mailbox: str, copy: EventCopy, zone: str) -> bool:
        """Whether *copy*, as it was just read, is in the calendar: an immutable id stays what it is
        in every folder, and that of an event in Deleted Items may still be read by it.

        https://learn.microsoft.com/graph/outlook-immutable-id
        """
        found, around = await self.find_copy(mailbox, copy.uid or "", copy.span, zone)
        return found is not None or spread_out(copy, around)

    async def answers_of(
        self, organizer: str, event: str, *guests: Collection[str]
    ) -> tuple[EventCopy, ...]:
        """The organizer's event with what it says of each guest's answer, in the order of *guests*:
        each of them by any of their addresses, of which the one that answered counts.

        Raises GoneError when the organizer's event is gone.
        """
        query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
            select=[*SEEN, "attendees", "isOnlineMeeting", "onlineMeeting"]
        )
        async with self._graph.errors():
            found = await self._event(organizer, event).get(
                RequestConfiguration(query_parameters=query)
            )
        answers = {_mail(a): _response(a.status) for a in found.attendees or []}
        asked = {addresses.one(mail) for guest in guests for mail in guest}
        others = [m for m, (said, _) in answers.items() if said == "accepted" and m not in asked]
        told = []
        for guest in guests:
            theirs = [answers[m] for m in map(addresses.one, guest) if m in answers]
            said = (one for one in theirs if one[0] not in UNANSWERED)
            response, at = next(said, theirs[0] if theirs else ("none", None))
            copy = replace(_event_copy(found), others=tuple(others))
            on_it = not guest or bool(theirs)
            told.append(replace(copy, response=response, responded_at=at, invited=on_it))
        return tuple(told)

    async def accept(self, mailbox: str, event: str) -> None:
        """Answer yes to the invitation and tell its organizer. Twice does no harm.

        https://learn.microsoft.com/graph/api/event-accept
        What becomes of it where the copy lies in Deleted Items stands on no page: that Graph takes
        it does not say that the meeting is in the calendar.
        Raises GoneError.
        """
        async with self._graph.errors():
            await self._event(mailbox, event).accept.post(AcceptPostRequestBody(send_response=True))

    async def decline(self, mailbox: str, event: str, comment: str) -> None:
        """Answer no and tell the organizer; the event leaves the mailbox's calendar.

        https://learn.microsoft.com/graph/api/event-decline
        Raises GoneError, also the second time.
        """
        async with self._graph.errors():
            await self._event(mailbox, event).decline.post(
                DeclinePostRequestBody(send_response=True, comment=comment)
            )

    async def move(
        self, organizer: str, event: str, span: Span, zone: str, *, leaves: Collection[str] = ()
    ) -> None:
        """Move the meeting, to a time of its organizer's *zone*; Outlook tells everyone invited,
        once. Whoever of *leaves* is on it is not any more. Raises GoneError, ChangedError.
        """
        change = Event(start=_moment(span.start, zone), end=_moment(span.end, zone))
        config: RequestConfiguration[Any] = RequestConfiguration()
        async with self._graph.errors():
            if leaves:
                query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
                    select=["id", "attendees"]
                )
                found = await self._event(organizer, event).get(
                    RequestConfiguration(query_parameters=query)
                )
                out, there = set(map(addresses.one, leaves)), found.attendees or []
                stay = [one for one in there if _mail(one) not in out]
                if len(stay) < len(there):
                    change.attendees = stay
                    config = _unless_changed(found)
            await self._event(organizer, event).patch(change, config)

    async def change_guest(
        self,
        organizer: str,
        event: str,
        *,
        key: str,
        leaves: Sequence[str],
        joins: Guest,
        html: str,
        subject: str | None = None,
        also: Collection[Guest] = (),
        to: tuple[Span, str] | None = None,
        strangers: Collection[str] = (),
    ) -> None:
        """Replace guests by another in one change, so that the others hear of it once.

        *also* are invited besides, unless they are already. With *to* the meeting has another time
        too, and a zone to show it in.
        *strangers* leave as well, and before anything else is changed: what tells them so is the
        meeting as they knew it, with no word or link that is for those who stay. A change of the
        guests alone is written to those whom it concerns, as its page says; there are reports that
        everybody hears of it, who then do so twice.
        *html* and *subject* replace the meeting's own where they say something else; the way to
        join below it stays. Nothing is sent when all is so already. A guest who declined is invited
        anew: by the change, which Exchange brings to everyone, or, where the text stays as it is,
        by a copy of the invitation for that guest alone. The event keeps *key* with the change,
        and under the same one it is not changed again: it goes on saying that a guest declined
        whom the change has invited anew. A copy whose answer was lost is sent once more, as
        `forward` says.
        Raises GoneError, ChangedError when the event changed in between.
        https://learn.microsoft.com/graph/api/event-update · /event-forward
        · /singlevaluelegacyextendedproperty-post-singlevalueextendedproperties
        """
        query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
            select=["id", "subject", "attendees", "body"],
            expand=[f"singleValueExtendedProperties($filter=id eq '{CHANGE_PROPERTY}')"],
        )
        async with self._graph.errors():
            reads = RequestConfiguration(query_parameters=query)
            found = await self._event(organizer, event).get(reads)
            marks = {one.value for one in found.single_value_extended_properties or []}
            if f"{key}{COPY}" in marks:
                await self._event(organizer, event).forward.post(_forward(joins))
            if marks & {key, f"{key}{COPY}"}:
                return
            joining = addresses.one(joins.mail)
            coming = {joining, *(addresses.one(one.mail) for one in also)}
            apart = set(map(addresses.one, strangers)) - coming
            stay = [one for one in found.attendees or [] if _mail(one) not in apart]
            if len(stay) < len(found.attendees or []):
                change = Event(attendees=stay)
                await self._event(organizer, event).patch(change, _unless_changed(found))
                found = await self._event(organizer, event).get(reads)
            out = set(map(addresses.one, leaves)) - coming
            there = {_mail(a): _response(a.status)[0] for a in found.attendees or []}
            answer = there.get(joining)
            more = [one for one in also if addresses.one(one.mail) not in there]
            same_guests = answer is not None and not out & there.keys() and not more
            same_text = _says(_own(found.body), html)
            same_name = subject in (None, found.subject)
            if same_guests and same_text and same_name and to is None:
                if answer == "declined":
                    await self._event(organizer, event).forward.post(_forward(joins))
                return
            anew = answer is None or answer == "declined"
            gone = out | ({joining} if anew else set())
            stay = [a for a in found.attendees or [] if _mail(a) not in gone]
            new = [*([joins] if anew else []), *more]
            # Who declined and stays on the list hears of other guests' change under one rule only.
            copy = COPY if answer == "declined" and same_text and to is None else ""
            change = Event(
                attendees=[*stay, *map(_attendee, new)],
                single_value_extended_properties=[
                    SingleValueLegacyExtendedProperty(id=CHANGE_PROPERTY, value=f"{key}{copy}")
                ],
            )
            if to is not None:
                span, zone = to
                change.start, change.end = _moment(span.start, zone), _moment(span.end, zone)
            if not same_name:
                change.subject = subject
            if not same_text:
                change.body = ItemBody(
                    content_type=BodyType.Html, content=html + _joining(found.body)
                )
            await self._event(organizer, event).patch(change, _unless_changed(found))
            if copy:
                await self._event(organizer, event).forward.post(_forward(joins))

    async def forward(self, organizer: str, event: str, to: Guest) -> None:
        """A copy of the invitation for someone who is invited already. Raises GoneError.

        Graph answers 202 with nothing in it and takes no key for it, and no page says that the copy
        is kept in Sent Items, or where else it could be found: where the answer is lost it is sent
        again. It is the same meeting, with the same iCalUId, so there is one event all the same.
        https://learn.microsoft.com/graph/api/event-forward
        """
        async with self._graph.errors():
            await self._event(organizer, event).forward.post(_forward(to))

    async def cancel(self, organizer: str, event: str, comment: str) -> None:
        """Cancel the meeting and tell everyone invited. Raises GoneError, also the second time.

        https://learn.microsoft.com/graph/api/event-cancel
        """
        async with self._graph.errors():
            await self._event(organizer, event).cancel.post(CancelPostRequestBody(comment=comment))

    async def make_block(
        self,
        mailbox: str,
        *,
        handoff: UUID,
        key: str,
        subject: str,
        html: str,
        span: Span,
        zone: str,
    ) -> EventCopy:
        """An event of the mailbox's own, with no guests, once for each *key*: whatever else was
        asked for under it before.
        """
        event = Event(
            subject=subject,
            body=ItemBody(content_type=BodyType.Html, content=html),
            start=_moment(span.start, zone),
            end=_moment(span.end, zone),
            show_as=FreeBusyStatus.Busy,
            categories=["Baton"],
            transaction_id=key,
            single_value_extended_properties=[
                SingleValueLegacyExtendedProperty(id=HANDOFF_PROPERTY, value=str(handoff))
            ],
        )
        try:
            async with self._graph.errors():
                return _event_copy(await self._events(mailbox).post(event))
        except DuplicateError as error:
            found = await self.find_made(mailbox, handoff=handoff, key=key)
            if found is None:
                raise BusyError("Outlook has the event and does not show it yet") from error
            return await self.read(mailbox, found.event)

    async def remove_block(self, mailbox: str, event: str) -> None:
        """Take an event of the mailbox's own out of the calendar. Raises GoneError."""
        async with self._graph.errors():
            await self._event(mailbox, event).delete()

    async def changes(self, mailbox: str, since: Since) -> Changes:
        """What changed in the mailbox. Raises ResyncError when the link has expired.

        https://learn.microsoft.com/graph/api/event-delta
        """
        builder, found = self._user(mailbox).calendar_view.delta, Changes()
        async with self._graph.errors():
            page = await (
                builder.with_url(since.link).get()
                if since.link
                else builder.get(_whole(since.window))
            )
            while more := found.take(page):
                page = await builder.with_url(more).get()
        return found

    async def changes_of(self, asked: Mapping[str, Since]) -> Mapping[str, Changes | Exception]:
        """As `changes` of each mailbox, or what it raises of that one alone; twenty in a request.

        No page says that a link to changes may not stand in a batch, and none that it may; what
        Graph does not take there may be asked for by itself. Raises BusyError when Graph throttles
        any of it.
        https://learn.microsoft.com/graph/json-batching
        """
        builders = {one: self._user(one).calendar_view.delta for one in asked}
        read: dict[str, Changes | Exception] = {}
        requests = {
            one: builders[one].with_url(since.link).to_get_request_information()
            if since.link
            else builders[one].to_get_request_information(_whole(since.window))
            for one, since in asked.items()
        }
        while requests:
            answers = await read_all(self._graph, requests, DeltaGetResponse)
            requests = {}
            for one, page in answers.items():
                if isinstance(page, Exception):
                    read[one] = page
                    continue
                found = read.setdefault(one, Changes())
                assert isinstance(found, Changes)
                if more := found.take(page):
                    requests[one] = builders[one].with_url(more).to_get_request_information()
        return read

    def _user(self, mailbox: str) -> Any:
        return self._graph.client.users.by_user_id(mailbox)

    def _events(self, mailbox: str) -> Any:
        return self._user(mailbox).events

    def _event(self, mailbox: str, event: str) -> Any:
        return self._events(mailbox).by_event_id(event)


def spread_out(copy: EventCopy, around: Collection[calendar.Event]) -> bool:
    """Whether *around*, in a calendar, are occurrences of it: who organizes a meeting may make a
    series of it, which a calendar then has by its days, each with an iCalUId of its own.

    https://learn.microsoft.com/graph/api/resources/event
    """
    return any(one.series == copy.id for one in around)


def _whole(window: Span) -> RequestConfiguration[Any]:
    """Asks for everything in *window*."""
    query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
        start_date_time=window.start.isoformat(), end_date_time=window.end.isoformat()
    )
    config: RequestConfiguration[Any] = RequestConfiguration(query_parameters=query)
    config.headers.add("Prefer", f"{PREFER}, odata.maxpagesize=100")
    return config


def _unless_changed(found: Event) -> RequestConfiguration[Any]:
    """Refused with ChangedError where the event is not any more as it was found."""
    config: RequestConfiguration[Any] = RequestConfiguration()
    config.headers.add("If-Match", found.additional_data.get("@odata.etag", "*"))
    return config


def _made(event: Event) -> Made:
    return Made(
        event=event.id,
        uid=event.i_cal_u_id,
        join_url=event.online_meeting.join_url if event.online_meeting else None,
        etag=event.additional_data.get("@odata.etag"),
    )


def _moment(at: datetime, zone: str) -> DateTimeTimeZone:
    """On the clock of *zone*, for that is what the event is then said to be in: in the lines above
    an invitation, and in Outlook itself. Graph takes all Windows names and few of the others.

    Where that clock shows the same time twice, or *zone* has no Windows name, it is UTC.
    https://learn.microsoft.com/graph/api/resources/datetimetimezone
    """
    name, own = windows(zone), at.astimezone(ZoneInfo(zone))
    twice = own.replace(fold=0).utcoffset() != own.replace(fold=1).utcoffset()
    if name is None or twice:
        name, own = "UTC", at.astimezone(UTC)
    return DateTimeTimeZone(date_time=own.replace(tzinfo=None).isoformat(), time_zone=name)


def utc(moment: DateTimeTimeZone) -> datetime:
    """Graph's date and time, asked for in UTC, as ours. It writes seven digits of a second."""
    return datetime.fromisoformat(moment.date_time.partition(".")[0]).replace(tzinfo=UTC)


def _attendee(guest: Guest) -> Attendee:
    return Attendee(
        email_address=EmailAddress(name=guest.name, address=guest.mail),
        type=AttendeeType.Optional if guest.optional else AttendeeType.Required,
    )


def _mail(attendee: Attendee) -> str:
    address = attendee.email_address.address if attendee.email_address else None
    return addresses.one(address or "")


def _response(status: Any) -> tuple[str, datetime | None]:
    if status is None or status.response is None:
        return "none", None
    at = status.time
    return str(status.response.value), at if at and NEVER < at < NONE else None


def _event_copy(event: Event) -> EventCopy:
    response, at = _response(event.response_status)
    return EventCopy(
        id=event.id,
        uid=event.i_cal_u_id,
        span=Span(utc(event.start), utc(event.end)),
        response=response,
        responded_at=at,
        cancelled=bool(event.is_cancelled),
        created_at=event.created_date_time,
        join_url=event.online_meeting.join_url if event.online_meeting else None,
        etag=event.additional_data.get("@odata.etag"),
    )


def _forward(to: Guest) -> ForwardPostRequestBody:
    recipient = Recipient(email_address=EmailAddress(name=to.name, address=to.mail))
    return ForwardPostRequestBody(to_recipients=[recipient])


def _joining(body: ItemBody | None) -> str:
    """What Outlook put below our text: the way to join, which begins with a rule of underscores."""
    content = (body.content or "") if body else ""
    rule = content.find(RULE)
    if rule < 0:
        return ""
    return content[max(content.rfind("<div", 0, rule), content.rfind("<p", 0, rule), 0) :]


def _own(body: ItemBody | None) -> str:
    """Our text, which Exchange has laid out in its own way."""
    content = (body.content or "") if body else ""
    return content.removesuffix(_joining(body))


def _says(there: str, html: str) -> bool:
    """Whether what is *there* reads as *html* does and leads where it leads. Exchange writes markup
    in its own way, and a link as a part of another.
    """
    plain = unescape(there)
    links = map(unescape, LINK.findall(html))
    led = all(link in plain or quote(link, safe="") in plain for link in links)
    return led and _words(there) == _words(html)


def _words(html: str) -> list[str]:
    """What a person reads of it, whatever the markup."""
    return visible(html).split()
