"""What callers write in bodies, read into values. Whatever Graph would refuse is refused with its
words.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sandbox.company import Person
from sandbox.exchange import ids
from sandbox.exchange.mail import Draft
from sandbox.exchange.model import (
    Address,
    Attendee,
    Body,
    Event,
    Pattern,
    Range,
    Recurrence,
    Slot,
)
from sandbox.exchange.recurrence import DAYS, PLACES, TYPES
from sandbox.graph.door import Json, RefusedError, bad, checked_zone
from sandbox.zones import zone

SHOW_AS = ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown")
SENSITIVITY = ("normal", "personal", "private", "confidential")
IMPORTANCE = ("low", "normal", "high")
ATTENDEE_TYPES = ("required", "optional", "resource")
MOST_ATTENDEES = 500

# Properties of an event that a caller may send and that have no effect.
WITHOUT_EFFECT = {
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "originalStart",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "iCalUId",
    "hasAttachments",
    "bodyPreview",
    "isCancelled",
    "isOrganizer",
    "seriesMasterId",
    "type",
    "webLink",
    "onlineMeetingUrl",
    "onlineMeeting",
    "isDraft",
    "responseStatus",
    "locations",
    "organizer",
    "attachments",
    "extensions",
    "cancelledOccurrences",
    "multiValueExtendedProperties",
    "calendar",
    "instances",
    "exceptionOccurrences",
}


def invalid(message: str = "At least one property failed validation.") -> RefusedError:
    return bad("ErrorPropertyValidationFailure", message)


def unreadable(what: object, wanted: str) -> RefusedError:
    return bad(
        "RequestBodyRead", f"Cannot convert the literal '{what}' to the expected type '{wanted}'."
    )


def text(content: Any) -> str:
    if content is None:
        return ""
    if not isinstance(content, str):
        raise unreadable(content, "Edm.String")
    return content


def flag(content: Any) -> bool:
    if not isinstance(content, bool):
        raise unreadable(content, "Edm.Boolean")
    return content


def number(content: Any) -> int:
    if isinstance(content, bool) or not isinstance(content, int):
        raise unreadable(content, "Edm.Int32")
    if not -(2**31) <= content < 2**31:
        raise unreadable(content, "Edm.Int32")
    return content


def word(allowed: Sequence[str], kind: str) -> Callable[[Any], str]:
    def read(content: Any) -> str:
        for known in allowed:
            if isinstance(content, str) and known.lower() == content.lower():
                return known
        raise unreadable(content, f"microsoft.graph.{kind}")

    return read


def member(content: Any, kind: str) -> Json:
    if not isinstance(content, dict):
        raise unreadable(content, f"microsoft.graph.{kind}")
    return content


def instant(content: Any) -> tuple[datetime, str]:
    """A dateTimeTimeZone: the instant in UTC, and the zone as the caller named it."""
    given = member(content, "dateTimeTimeZone")
    name = checked_zone(text(given.get("timeZone")) or "UTC")
    try:
        at = datetime.fromisoformat(text(given.get("dateTime")))
    except ValueError as problem:
        raise unreadable(given.get("dateTime"), "Edm.DateTime") from problem
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone(name))
    return at.astimezone(UTC), name


def offset_time(content: Any, what: str) -> datetime:
    """An instant in a query or a subscription. Without an offset it is UTC."""
    try:
        at = datetime.fromisoformat(text(content))
    except ValueError as problem:
        raise bad(
            "ErrorInvalidParameter", f"The value '{content}' of {what} is no time."
        ) from problem
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def address(content: Any) -> Address:
    given = member(member(content, "recipient").get("emailAddress"), "emailAddress")
    mail = text(given.get("address")).strip()
    name, at, domain = mail.partition("@")
    if not (name and at and domain) or " " in mail:
        raise bad("ErrorInvalidRecipients", "At least one recipient isn't valid.")
    return Address(name=text(given.get("name")) or mail, mail=mail)


def addresses(content: Any) -> tuple[Address, ...]:
    return tuple(address(one) for one in items(content))


def items(content: Any) -> list[Any]:
    if content is None:
        return []
    if not isinstance(content, list):
        raise unreadable(content, "Collection")
    return content


def attendees(content: Any) -> tuple[Attendee, ...]:
    if len(items(content)) > MOST_ATTENDEES:
        raise bad("ErrorInvalidRequest", f"More than {MOST_ATTENDEES} attendees.")
    found: dict[str, Attendee] = {}
    for one in items(content):
        who = address(one)
        kind = word(ATTENDEE_TYPES, "attendeeType")(one.get("type") or "required")
        found[who.mail.lower()] = Attendee(who=who, type=kind)
    return tuple(found.values())


def item_body(content: Any) -> Body:
    given = member(content, "itemBody")
    kind = word(("text", "html"), "bodyType")(given.get("contentType") or "text")
    return Body(type=kind, content=text(given.get("content")))


def slot(content: Any) -> Slot:
    given = member(content, "timeSlot")
    return Slot(start=instant(given.get("start"))[0], end=instant(given.get("end"))[0])


def properties(content: Any) -> dict[str, str]:
    """Single-value extended properties by their id."""
    found = {}
    for one in items(content):
        given = member(one, "singleValueLegacyExtendedProperty")
        found[text(given.get("id"))] = text(given.get("value"))
    return found


def recurrence(content: Any, zone_name: str, starts: date) -> Recurrence | None:
    """Raises RefusedError for a pattern without the parts that its type needs."""
    if content is None:
        return None
    given = member(content, "patternedRecurrence")
    limits = member(given.get("range"), "recurrenceRange")
    kind = word(("endDate", "noEnd", "numbered"), "recurrenceRangeType")(limits.get("type"))
    end = _date(limits["endDate"]) if kind == "endDate" and limits.get("endDate") else None
    count = number(limits.get("numberOfOccurrences") or 0)
    if (kind == "endDate" and end is None) or (kind == "numbered" and count < 1):
        raise invalid()
    start = _date(limits.get("startDate") or starts.isoformat())
    if end and end < start:
        raise invalid()
    return Recurrence(
        pattern=_pattern(member(given.get("pattern"), "recurrencePattern"), start),
        range=Range(
            type=kind,
            start=start,
            end=end,
            count=count if kind == "numbered" else 0,
            zone=checked_zone(text(limits.get("recurrenceTimeZone")) or zone_name),
        ),
    )


def _pattern(given: Json, start: date) -> Pattern:
    kind = word(TYPES, "recurrencePatternType")(given.get("type"))
    days = tuple(word(DAYS, "dayOfWeek")(one) for one in items(given.get("daysOfWeek")))
    day, month = number(given.get("dayOfMonth") or 0), number(given.get("month") or 0)
    interval = number(given.get("interval") or 1)
    lacking = (
        (kind in ("weekly", "relativeMonthly", "relativeYearly") and not days)
        or (kind.startswith("absolute") and not 1 <= day <= 31)
        or (kind.endswith("Yearly") and not 1 <= month <= 12)
        or interval < 1
    )
    if lacking:
        raise invalid()
    return Pattern(
        type=kind,
        interval=interval,
        days=days,
        first_day=word(DAYS, "dayOfWeek")(given.get("firstDayOfWeek") or "sunday"),
        day=day,
        month=month or start.month,
        index=word(tuple(PLACES), "weekIndex")(given.get("index") or "first"),
    )


def _date(content: Any) -> date:
    try:
        return date.fromisoformat(text(content))
    except ValueError as problem:
        raise unreadable(content, "Edm.Date") from problem


_PLAIN: dict[str, tuple[str, Callable[[Any], object]]] = {
    "subject": ("subject", text),
    "body": ("body", item_body),
    "location": (
        "location",
        lambda given: text(member(given or {}, "location").get("displayName")),
    ),
    "showAs": ("show_as", word(SHOW_AS, "freeBusyStatus")),
    "sensitivity": ("sensitivity", word(SENSITIVITY, "sensitivity")),
    "importance": ("importance", word(IMPORTANCE, "importance")),
    "categories": ("categories", lambda given: tuple(text(one) for one in items(given))),
    "attendees": ("attendees", attendees),
    "isReminderOn": ("reminder_on", flag),
    "reminderMinutesBeforeStart": ("reminder_minutes", number),
    "allowNewTimeProposals": ("allow_proposals", flag),
    "responseRequested": ("response_requested", flag),
    "hideAttendees": ("hide_attendees", flag),
    "isAllDay": ("all_day", flag),
    "isOnlineMeeting": ("online", flag),
    "singleValueExtendedProperties": ("extended", properties),
}
_TOGETHER = {"start", "end", "recurrence", "onlineMeetingProvider", "transactionId"}


def event_fields(given: Json, old: Event) -> dict[str, Any]:
    """The fields of the event that a body sets. Raises RefusedError for what Graph would
    not take.
    """
    fields: dict[str, Any] = {}
    for name, content in given.items():
        if name in _PLAIN:
            field, read = _PLAIN[name]
            fields[field] = read(content)
        elif name not in _TOGETHER | WITHOUT_EFFECT and "@odata" not in name:
            raise bad(
                "RequestBodyRead",
                f"The property '{name}' does not exist on type 'microsoft.graph.event'."
                " Make sure to only use property names that are defined by the type.",
            )
    if "extended" in fields:
        fields["extended"] = old.extended | fields["extended"]
    if given.get("onlineMeetingProvider") not in (None, "teamsForBusiness", "unknown"):
        fields.pop("online", None)
    fields |= _times(given, old, all_day=fields.get("all_day", old.all_day))
    if "recurrence" in given:
        name = fields.get("zone", old.zone)
        start = fields.get("start", old.start)
        starts = start.astimezone(UTC if fields.get("all_day", old.all_day) else zone(name)).date()
        fields["recurrence"] = recurrence(given["recurrence"], name, starts)
    return fields


def _times(given: Json, old: Event, *, all_day: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for side, zone_field in (("start", "zone"), ("end", "end_zone")):
        if side not in given:
            continue
        at, name = instant(given[side])
        if all_day:
            at = _floating(at.astimezone(zone(name)))
        fields |= {side: at, zone_field: name}
    start, end = fields.get("start", old.start), fields.get("end", old.end)
    if fields and (end < start or (all_day and end == start)):
        raise invalid()
    return fields


def _floating(local: datetime) -> datetime:
    if local.time() != time():
        raise invalid(
            "The Event.Start and Event.End of an all-day event must be midnight in the same zone."
        )
    return local.replace(tzinfo=UTC)


def new_event(given: Json, owner: Person, now: datetime) -> Event:
    """The draft that a POST describes, in the owner's name."""
    if given.get("start") is None or given.get("end") is None:
        raise invalid()
    blank = Event(
        id=ids.new_item(),
        owner=owner.id,
        uid=ids.new_uid(now),
        start=now,
        end=now,
        organizer=Address(name=owner.name, mail=owner.mail),
        transaction=text(given.get("transactionId")) or None,
    )
    fields = event_fields({name: v for name, v in given.items() if v is not None}, blank)
    all_day = fields.get("all_day", False)
    fields.setdefault("show_as", "free" if all_day else "busy")
    return _replaced(blank, fields)


def _replaced(event: Event, fields: dict[str, Any]) -> Event:
    return Event(**{name: getattr(event, name) for name in Event.__slots__} | fields)


def draft(given: Json) -> Draft:
    """A message to be sent. Raises RefusedError without any recipient."""
    sender = given.get("from") or given.get("sender")
    if sender:
        address(sender)
    found = Draft(
        subject=text(given.get("subject")),
        body=item_body(given.get("body") or {}),
        to=addresses(given.get("toRecipients")),
        cc=addresses(given.get("ccRecipients")),
        bcc=addresses(given.get("bccRecipients")),
        reply_to=addresses(given.get("replyTo")),
        importance=word(IMPORTANCE, "importance")(given.get("importance") or "normal"),
        internet_id=text(given.get("internetMessageId")) or None,
        headers=tuple(
            (text(one.get("name")), text(one.get("value")))
            for one in (
                member(header, "internetMessageHeader")
                for header in items(given.get("internetMessageHeaders"))
            )
        ),
    )
    if not found.everybody:
        raise bad("ErrorInvalidRecipients", "At least one recipient isn't valid.")
    return found
