"""Values as the JSON that Graph answers with.

https://learn.microsoft.com/graph/api/resources/event  …/message  …/user  …/mailboxsettings
"""

import functools
from datetime import UTC, date, datetime, time
from html import escape
from typing import Any

from markup import visible
from sandbox.company import Group, Hours, Person, Replies
from sandbox.exchange import ids
from sandbox.exchange.mailboxes import original_start
from sandbox.exchange.model import (
    Address,
    Attendee,
    Body,
    Event,
    Message,
    Recurrence,
    Response,
    Slot,
)
from sandbox.graph.door import Json, Prefer
from sandbox.zones import zone

USER_DEFAULT = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
)


@functools.lru_cache(maxsize=4096)
def stamp(at: datetime) -> str:
    """An instant: 2026-01-05T09:00:00Z, with seven digits of a second where there are any."""
    at = at.astimezone(UTC)
    text = f"{at.year:04}-{at:%m-%dT%H:%M:%S}"
    return f"{text}.{at.microsecond:06}0Z" if at.microsecond else f"{text}Z"


def moment(at: datetime, name: str = "UTC") -> Json:
    """A dateTimeTimeZone: the wall clock of that zone, seven digits, no offset."""
    local = at.astimezone(zone(name))
    text = f"{local.year:04}-{local:%m-%dT%H:%M:%S}.{local.microsecond:06}0"
    return {"dateTime": text, "timeZone": name}


def floating(at: datetime, name: str) -> Json:
    """The midnight that stands for a date, the same in every zone."""
    return {"dateTime": f"{at.year:04}-{at:%m-%dT%H:%M:%S}.0000000", "timeZone": name}


def email(who: Address) -> Json:
    return {"name": who.name, "address": who.mail}


def recipient(who: Address) -> Json:
    return {"emailAddress": email(who)}


def status(response: Response, at: datetime) -> Json:
    return {"response": response.value, "time": stamp(at)}


def slot(proposed: Slot, name: str) -> Json:
    return {"start": moment(proposed.start, name), "end": moment(proposed.end, name)}


def attendee(one: Attendee, name: str) -> Json:
    shown = {
        "type": one.type,
        "status": status(one.response, one.answered_at),
        "emailAddress": email(one.who),
    }
    if one.proposed:
        shown["proposedNewTime"] = slot(one.proposed, name)
    return shown


def recurrence(series: Recurrence) -> Json:
    pattern, limits = series.pattern, series.range
    return {
        "pattern": {
            "type": pattern.type,
            "interval": pattern.interval,
            "month": pattern.month,
            "dayOfMonth": pattern.day,
            **({"daysOfWeek": list(pattern.days)} if pattern.days else {}),
            "firstDayOfWeek": pattern.first_day,
            "index": pattern.index,
        },
        "range": {
            "type": limits.type,
            "startDate": limits.start.isoformat(),
            "endDate": (limits.end or date.min).isoformat(),
            "recurrenceTimeZone": limits.zone,
            "numberOfOccurrences": limits.count,
        },
    }


def location(name: str) -> Json:
    shown: Json = {
        "displayName": name,
        "locationType": "default",
        "uniqueIdType": "private" if name else "unknown",
    }
    if name:
        shown["uniqueId"] = name
    return shown


def body(written: Body, *, text: bool) -> Json:
    """HTML unless the caller prefers text, whatever it was written in."""
    if text:
        content = written.content if written.type == "text" else visible(written.content)
        return {"contentType": "text", "content": content}
    content = written.content
    if written.type == "text":
        content = f"<div>{escape(content, quote=False)}</div>".replace("\n", "<br>\n")
    if content and "<html" not in content.lower():
        content = (
            '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
            f"</head><body>{content}</body></html>"
        )
    return {"contentType": "html", "content": content}


def preview(written: Body) -> str:
    text = written.content if written.type == "text" else visible(written.content)
    return " ".join(text.split())[:255]


def event(item: Event, prefer: Prefer, master: Event | None = None) -> Json:
    """Everything that is answered without $select; `master` is the series that the event belongs
    to.
    """
    name = prefer.zone or "UTC"
    shown_id = ids.of(item, immutable=prefer.immutable)
    key = ids.change_key(item.change)
    shown: Json = {
        "@odata.etag": f'W/"{key}"',
        "id": shown_id,
        "createdDateTime": stamp(item.created),
        "lastModifiedDateTime": stamp(item.modified),
        "changeKey": key,
        "categories": list(item.categories),
        "transactionId": item.transaction,
        "originalStartTimeZone": item.zone,
        "originalEndTimeZone": item.end_zone,
        "iCalUId": item.uid,
        "reminderMinutesBeforeStart": item.reminder_minutes,
        "isReminderOn": item.reminder_on,
        "hasAttachments": False,
        "subject": item.subject,
        "bodyPreview": preview(item.body),
        "importance": item.importance,
        "sensitivity": item.sensitivity,
        "isAllDay": item.all_day,
        "isCancelled": item.cancelled,
        "isOrganizer": item.is_organizer,
        "responseRequested": item.response_requested,
        "seriesMasterId": ids.of(master, immutable=prefer.immutable) if master else None,
        "showAs": item.show_as,
        "type": item.kind,
        "webLink": f"https://outlook.office365.com/owa/?itemid={shown_id.replace('=', '%3D')}"
        "&exvsurl=1&path=/calendar/item",
        "onlineMeetingUrl": None,
        "isOnlineMeeting": item.online,
        "onlineMeetingProvider": "teamsForBusiness" if item.online else "unknown",
        "allowNewTimeProposals": item.allow_proposals,
        "isDraft": False,
        "hideAttendees": item.hide_attendees,
        "responseStatus": status(item.response, item.answered_at),
        "body": body(item.body, text=prefer.text),
        "start": floating(item.start, name) if item.all_day else moment(item.start, name),
        "end": floating(item.end, name) if item.all_day else moment(item.end, name),
        "location": location(item.location),
        "locations": [location(item.location)] if item.location else [],
        "recurrence": recurrence(item.recurrence) if item.recurrence else None,
        "attendees": [attendee(one, name) for one in item.attendees],
        "organizer": recipient(item.organizer),
        "onlineMeeting": {"joinUrl": item.join_url} if item.join_url else None,
    }
    if master and item.day:
        shown["originalStart"] = stamp(original_start(master, item.day))
    return shown | item.odd


def occurrence_in_delta(item: Event, prefer: Prefer, master: Event) -> Json:
    """What a delta query says of a computed occurrence: when it is and of which series, no more.

    https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/34
    """
    full = event(item, prefer, master)
    kept = ("@odata.etag", "seriesMasterId", "type", "id", "start", "end")
    return {"@odata.type": "#microsoft.graph.event"} | {name: full[name] for name in kept}


def message(item: Message, prefer: Prefer) -> Json:
    key = ids.change_key(item.change)
    shown_id = ids.of(item, immutable=prefer.immutable)
    conversation = conversation_id(item)
    return {
        "@odata.etag": f'W/"{key}"',
        "id": shown_id,
        "createdDateTime": stamp(item.at),
        "lastModifiedDateTime": stamp(item.modified),
        "changeKey": key,
        "categories": [],
        "receivedDateTime": stamp(item.at),
        "sentDateTime": stamp(item.at),
        "hasAttachments": False,
        "internetMessageId": item.internet_id,
        "subject": item.subject,
        "bodyPreview": preview(item.body),
        "importance": item.importance,
        "parentFolderId": folder_id(item.owner, item.folder),
        "conversationId": conversation,
        "conversationIndex": ids.change_key(int(item.thread[:12], 16)),
        "isDeliveryReceiptRequested": False,
        "isReadReceiptRequested": False,
        "isRead": item.is_read,
        "isDraft": item.folder == "drafts",
        "webLink": f"https://outlook.office365.com/owa/?ItemID={shown_id.replace('=', '%3D')}"
        "&exvsurl=1&viewmodel=ReadMessageItem",
        "inferenceClassification": "focused",
        "body": body(item.body, text=prefer.text),
        "sender": recipient(item.sender),
        "from": recipient(item.sender),
        "toRecipients": [recipient(one) for one in item.to],
        "ccRecipients": [recipient(one) for one in item.cc],
        "bccRecipients": [recipient(one) for one in item.bcc],
        "replyTo": [recipient(one) for one in item.reply_to],
        "flag": {"flagStatus": "notFlagged"},
    }


def conversation_id(item: Message) -> str:
    """A conversation has another id in every mailbox."""
    return ids.external(f"{item.owner} conversation", item.thread, moves=0, immutable=True)


def folder_id(owner: str, folder: str) -> str:
    return ids.external(
        f"{owner} folder", folder.encode().hex().ljust(32, "0"), moves=0, immutable=True
    )


def headers(item: Message) -> list[Json]:
    """Internet message headers, which are answered only when selected."""
    found = [("Message-ID", item.internet_id)]
    if item.in_reply_to:
        found += [("In-Reply-To", item.in_reply_to), ("References", item.in_reply_to)]
    return [{"name": name, "value": value} for name, value in (*found, *item.headers)]


def user(person: Person) -> Json:
    """Every property; the caller keeps those selected or the default ones."""
    return {
        "id": person.id,
        "businessPhones": [],
        "displayName": person.name,
        "givenName": person.given,
        "jobTitle": person.title,
        "mail": person.mail,
        "mobilePhone": None,
        "officeLocation": person.city or None,
        "preferredLanguage": person.locale,
        "surname": person.surname,
        "userPrincipalName": person.upn,
        "accountEnabled": person.enabled,
        "city": person.city or None,
        "country": person.country,
        "department": person.department or None,
        "mailNickname": person.mail.partition("@")[0],
        "proxyAddresses": [f"SMTP:{person.mail}", *(f"smtp:{old}" for old in person.former)],
        "usageLocation": person.country,
        "userType": "Member",
    }


def group(one: Group) -> Json:
    return {
        "id": one.id,
        "displayName": one.name,
        "description": None,
        "groupTypes": [],
        "mail": one.mail,
        "mailEnabled": one.mail is not None,
        "proxyAddresses": [f"SMTP:{one.mail}"] if one.mail else [],
        "mailNickname": one.name.replace(" ", ""),
        "securityEnabled": True,
        "visibility": None,
    }


def clock_time(at: time) -> str:
    return f"{at:%H:%M:%S}.0000000"


def hours(own: Hours) -> Json:
    return {
        "daysOfWeek": list(own.days),
        "startTime": clock_time(own.start),
        "endTime": clock_time(own.end),
        "timeZone": {"name": own.zone},
    }


def replies(own: Replies, now: datetime) -> Json:
    start = (own.start or now).replace(microsecond=0)
    return {
        "status": own.status,
        "externalAudience": own.audience,
        "internalReplyMessage": own.inside,
        "externalReplyMessage": own.outside,
        "scheduledStartDateTime": moment(start, own.zone),
        "scheduledEndDateTime": moment(own.end or start.replace(tzinfo=UTC), own.zone),
    }


def mailbox_settings(person: Person, now: datetime) -> Json:
    return {
        "archiveFolder": None,
        "timeZone": person.zone,
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "dateFormat": "dd/MM/yyyy",
        "timeFormat": "HH:mm",
        "userPurpose": person.purpose,
        "automaticRepliesSetting": replies(person.replies, now),
        "language": {"locale": person.locale, "displayName": _LANGUAGES.get(person.locale[:2])},
        "workingHours": hours(person.hours),
    }


_LANGUAGES: dict[str, Any] = {
    "en": "English",
    "es": "Spanish",
    "de": "German",
    "sv": "Swedish",
    "cs": "Czech",
}
