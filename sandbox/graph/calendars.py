"""Events and calendars.

https://learn.microsoft.com/graph/api/resources/calendar  …/resources/event
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.exchange.meetings import Answer as Reply
from sandbox.exchange.meetings import DuplicateError, NotAllowedError
from sandbox.exchange.model import ANSWERS, NEVER, Address, Event
from sandbox.exchange.recurrence import dates, times
from sandbox.graph import mailbox, parse, render
from sandbox.graph.collections import checked, page
from sandbox.graph.door import Answer, Call, Json, Prefer, RefusedError, Route, bad
from sandbox.graph.odata import Query, parse_filter, query, selected
from sandbox.tenant import Tenant

BASIC = ("Calendars.ReadBasic", "Calendars.ReadBasic.All", "Calendars.Read", "Calendars.ReadWrite")
READ = ("Calendars.Read", "Calendars.ReadWrite")
WRITE = ("Calendars.ReadWrite",)
TOLD = ("Calendars.Read",)
"""For what Microsoft names this permission alone: subscriptions to events, and forwarding one."""
LONGEST_VIEW = timedelta(days=1825)

# What may be selected and filtered, besides what an event is shown with.
MORE = (
    "originalStart",
    "singleValueExtendedProperties",
    "cancelledOccurrences",
    "attachments",
    "calendar",
)
UNFILTERABLE = ("transactionId", "body", "recurrence", "onlineMeeting")
PROPERTIES = "singleValueExtendedProperties"


# Every property that an event is answered with unless others are selected.
SHOWN = tuple(
    render.event(
        Event(
            id="0" * 32,
            owner="",
            uid="",
            start=NEVER,
            end=NEVER,
            organizer=Address(name="", mail=""),
        ),
        Prefer(),
    )
)


class Calendars:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def routes(self) -> list[Route]:
        found = [
            Route(method="GET", path="users/{user}/calendar", handler=self.calendar, needs=BASIC),
            Route(method="GET", path="users/{user}/calendarView", handler=self.view, needs=BASIC),
            Route(
                method="GET",
                path="users/{user}/calendar/calendarView",
                handler=self.view,
                needs=BASIC,
            ),
        ]
        for events in ("users/{user}/events", "users/{user}/calendar/events"):
            one = events + "/{event}"
            found += [
                Route(method="GET", path=events, handler=self.listing, needs=BASIC),
                Route(method="POST", path=events, handler=self.create, needs=WRITE),
                Route(method="GET", path=one, handler=self.get, needs=BASIC),
                Route(method="PATCH", path=one, handler=self.change, needs=WRITE),
                Route(method="DELETE", path=one, handler=self.delete, needs=WRITE),
                Route(method="GET", path=f"{one}/instances", handler=self.instances, needs=BASIC),
                Route(method="POST", path=f"{one}/cancel", handler=self.cancel, needs=WRITE),
                Route(method="POST", path=f"{one}/forward", handler=self.forward, needs=TOLD),
            ]
            found += [
                Route(method="POST", path=f"{one}/{verb}", handler=self.respond, needs=WRITE)
                for verb in ANSWERS
            ]
        return found

    # Reading

    def calendar(self, call: Call) -> Answer:
        owner = mailbox.owner(self._tenant, call)
        shown: Json = {
            "@odata.context": f"{call.base}/$metadata#users('{owner.id}')/calendar/$entity",
            "id": render.folder_id(owner.id, "calendar"),
            "name": "Calendar",
            "color": "auto",
            "hexColor": "",
            "isDefaultCalendar": True,
            "changeKey": "",
            "canShare": True,
            "canViewPrivateItems": True,
            "canEdit": True,
            "allowedOnlineMeetingProviders": ["teamsForBusiness"],
            "defaultOnlineMeetingProvider": "teamsForBusiness",
            "isTallyingResponses": True,
            "isRemovable": False,
            "owner": {"name": owner.name, "address": owner.mail},
        }
        return Answer(body=selected(shown, query(call.query).select))

    def listing(self, call: Call) -> Answer:
        """Single events and series, not spread out."""
        owner = mailbox.owner(self._tenant, call)
        asked = self._query(call)
        events = [e for e in self._tenant.mailboxes.events(owner.id) if e.kind != "exception"]
        events.sort(key=lambda event: (event.created, event.change), reverse=True)
        return self._page(call, asked, events, f"users('{owner.id}')/events")

    def view(self, call: Call) -> Answer:
        owner = mailbox.owner(self._tenant, call)
        start, end = window(call)
        asked = _with_link_only_if_asked(self._query(call))
        events = self._tenant.mailboxes.view(owner.id, start, end)
        if _knows_no_times(asked):
            events = [replace(event, created=NEVER, modified=NEVER) for event in events]
        return self._page(call, asked, events, f"users('{owner.id}')/calendarView")

    def instances(self, call: Call) -> Answer:
        master = mailbox.event(self._tenant, call)
        start, end = window(call)
        if master.kind != "seriesMaster":
            raise bad(
                "ErrorInvalidRequest", "Your request can't be completed. Expand Series failed."
            )
        events = self._tenant.mailboxes.occurrences(master, start, end)
        context = f"users('{master.owner}')/events('{call.params['event']}')/instances"
        return self._page(call, self._query(call), events, context)

    def get(self, call: Call) -> Answer:
        event = mailbox.event(self._tenant, call, deleted=True)
        return self._one(event, call, self._query(call))

    # Writing

    def create(self, call: Call) -> Answer:
        owner = mailbox.owner(self._tenant, call)
        draft = parse.new_event(call.json(), owner, self._tenant.clock())
        try:
            event = self._tenant.meetings.create(draft)
        except DuplicateError as duplicate:
            raise RefusedError(
                409,
                "ErrorDuplicateTransactionId",
                "Your request can't be completed. The TransactionId specified in the request has"
                " already been used to create a different event.",
            ) from duplicate
        answer = self._one(event, call, Query(), status=201)
        assert answer.body is not None
        location = f"{call.base}/users('{owner.id}')/events('{answer.body['id']}')"
        return Answer(status=201, body=answer.body, headers={"Location": location})

    def change(self, call: Call) -> Answer:
        event = mailbox.event(self._tenant, call)
        mailbox.unchanged(call, event.change)
        fields = parse.event_fields(call.json(), event)
        if event.master and ("start" in fields or "end" in fields):
            self._keep_order(event, fields.get("start", event.start))
        event = self._tenant.meetings.change(event, **fields)
        return self._one(event, call, Query())

    def delete(self, call: Call) -> Answer:
        event = mailbox.event(self._tenant, call, deleted=True)
        if self._tenant.mailboxes.event(event.owner, event.id) is None:
            raise RefusedError(403, "ErrorCannotDeleteObject", "Object cannot be deleted.")
        mailbox.unchanged(call, event.change)
        self._tenant.meetings.remove(event)
        return Answer(status=204)

    def cancel(self, call: Call) -> Answer:
        event = mailbox.event(self._tenant, call)
        with _exchange_words():
            self._tenant.meetings.cancel(event, parse.text(_any_case(call, "comment")))
        return Answer(status=202)

    def forward(self, call: Call) -> Answer:
        event = mailbox.event(self._tenant, call)
        to = parse.addresses(_any_case(call, "toRecipients"))
        if not to:
            raise bad("ErrorInvalidRecipients", "At least one recipient isn't valid.")
        self._tenant.meetings.forward(event, to, parse.text(_any_case(call, "comment")))
        return Answer(status=202)

    def respond(self, call: Call) -> Answer:
        """https://learn.microsoft.com/graph/api/event-accept  …/event-decline
        …/event-tentativelyaccept
        """
        taken = self._tenant.mailboxes.answers_deleted
        event = mailbox.event(self._tenant, call, deleted=taken)
        response = ANSWERS[_verb(call.segments[-1])]
        tell = _any_case(call, "sendResponse")
        tell = True if tell is None else parse.flag(tell)
        comment = parse.text(_any_case(call, "comment"))
        proposed = _any_case(call, "proposedNewTime")
        if comment and not tell:
            raise bad(
                "ErrorInvalidParameter", "'SendResponse' must be true when 'Comment' is not null."
            )
        if proposed:
            self._may_propose(event, call.segments[-1], tell=tell)
        with _exchange_words():
            self._tenant.meetings.respond(
                event,
                Reply(
                    response=response,
                    at=self._tenant.clock(),
                    comment=comment,
                    proposed=parse.slot(proposed) if proposed else None,
                    tell=tell,
                ),
            )
        return Answer(status=202)

    def _may_propose(self, event: Event, verb: str, *, tell: bool) -> None:
        if _verb(verb) == "accept":
            raise bad("ErrorInvalidRequest", "A new time cannot be proposed when accepting.")
        if not tell:
            raise bad(
                "ErrorInvalidParameter",
                "'SendResponse' must be true when 'ProposedNewTime' is not null.",
            )
        if not event.allow_proposals:
            raise bad(
                "ErrorInvalidRequest",
                "Your request can't be completed."
                " The organizer does not allow new time proposals for this meeting.",
            )

    def _keep_order(self, event: Event, start: datetime) -> None:
        """Raises RefusedError when an occurrence would pass one of its neighbours."""
        mailboxes = self._tenant.mailboxes
        series = mailboxes.event(event.owner, event.master or "")
        if series is None or series.recurrence is None or event.day is None:
            return
        horizon = event.day + timedelta(days=366 * series.recurrence.pattern.interval)
        for day in dates(series.recurrence, until=horizon):
            other = mailboxes.on_day(series, day)
            if other is None or day == event.day:
                continue
            before = times(series, day)[0] < times(series, event.day)[0]
            if start <= other.start if before else start >= other.start:
                raise bad(
                    "ErrorOccurrenceCrossingBoundary",
                    "Modified occurrence is crossing or overlapping adjacent occurrence.",
                )

    # Showing

    def _query(self, call: Call) -> Query:
        asked = checked(
            query(call.query),
            kind="event",
            known=(*SHOWN, *MORE),
            unfilterable=UNFILTERABLE,
        )
        for one in asked.expand:
            if one.name not in (PROPERTIES, "attachments", "extensions", "calendar", "instances"):
                raise bad(
                    "RequestBroker--ParseUri",
                    f"Could not find a property named '{one.name}'"
                    " on type 'microsoft.graph.event'.",
                )
        return asked

    def _shown(self, event: Event, call: Call) -> Json:
        """The event with all that can be filtered by or expanded; `_finish` takes off what was not
        asked for.
        """
        series = self._tenant.mailboxes.event(event.owner, event.master) if event.master else None
        shown = render.event(event, call.prefer, series)
        if not set(READ) & call.roles:  # basic reading shows no content
            del shown["body"], shown["bodyPreview"]
        shown[PROPERTIES] = [
            {"id": name, "value": content} for name, content in event.extended.items()
        ]
        shown["cancelledOccurrences"] = [
            f"OID.{shown['id']}.{day.isoformat()}" for day in event.gaps
        ]
        return shown

    def _page(self, call: Call, asked: Query, events: list[Event], context: str) -> Answer:
        return page(
            call,
            asked,
            [self._shown(event, call) for event in events],
            context=context,
            always=("id", PROPERTIES),
            finish=_finish(asked),
        )

    def _one(self, event: Event, call: Call, asked: Query, *, status: int = 200) -> Answer:
        chosen = selected(self._shown(event, call), asked.select, always=("id", PROPERTIES))
        context = f"{call.base}/$metadata#users('{event.owner}')/events/$entity"
        return Answer(status=status, body={"@odata.context": context, **_finish(asked)(chosen)})


def _finish(asked: Query) -> Callable[[Json], Json]:
    expand = asked.expanded(PROPERTIES)
    text = expand.options.get("$filter") if expand else None
    wanted = parse_filter(text).test if text else None

    def finish(item: Json) -> Json:
        if "cancelledOccurrences" not in asked.select:
            item.pop("cancelledOccurrences", None)
        properties = item.pop(PROPERTIES, [])
        found = [one for one in properties if expand and (wanted is None or wanted(one))]
        return item | {PROPERTIES: found} if found else item

    return finish


def window(call: Call) -> tuple[datetime, datetime]:
    """The time between startDateTime and endDateTime. Raises RefusedError."""
    given = {name.lower(): value for name, value in call.query.items()}
    if not (given.get("startdatetime") and given.get("enddatetime")):
        raise bad(
            "ErrorInvalidParameter",
            "This request requires a time window specified by the query string parameters"
            " StartDateTime and EndDateTime.",
        )
    start = parse.offset_time(given["startdatetime"], "StartDateTime")
    end = parse.offset_time(given["enddatetime"], "EndDateTime")
    if end < start:
        raise bad("ErrorInvalidParameter", "EndDateTime must not be earlier than StartDateTime.")
    if end - start > LONGEST_VIEW:
        raise bad("ErrorInvalidRequest", "The requested time window is longer than 1825 days.")
    return start, end


def _with_link_only_if_asked(asked: Query) -> Query:
    """A calendar view tells the online meeting only to those who select isOnlineMeeting too."""
    if not asked.select or "isOnlineMeeting" in asked.select:
        return asked
    return replace(asked, select=tuple(n for n in asked.select if n != "onlineMeeting") or ("id",))


def _knows_no_times(asked: Query) -> bool:
    """A calendar view that is asked for a few plain properties does not read the events, and says
    year 1 for when they were made and changed. With anything of their people it reads them.

    https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/1655
    """
    chosen = {name.lower() for name in asked.select}
    return bool(chosen) and not chosen & {"organizer", "attendees", "body", "*"}


@contextmanager
def _exchange_words() -> Iterator[None]:
    try:
        yield
    except NotAllowedError as refusal:
        raise bad("ErrorInvalidRequest", str(refusal)) from refusal


def _verb(segment: str) -> str:
    return next(verb for verb in ANSWERS if verb.lower() == segment.lower())


def _any_case(call: Call, name: str) -> Any:
    """A parameter of an action, whose names are written with small or large first letters."""
    given = {} if call.body is None else call.json()
    return next((content for key, content in given.items() if key.lower() == name.lower()), None)
