"""Free/busy of many people at once.

https://learn.microsoft.com/graph/api/calendar-getschedule
Limits and the shape of refusals as seen in a live tenant: 20 mailboxes, 62 days, and a mailbox
that cannot be read is an entry of its own inside an answer that is 200. Of a mailbox on-premises
the times come from there, as a hybrid deployment has it, and nothing besides.
https://learn.microsoft.com/exchange/shared-free-busy
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.company import Mailbox
from sandbox.exchange import freebusy
from sandbox.graph import mailbox, parse, render
from sandbox.graph.calendars import BASIC
from sandbox.graph.door import Answer, Call, Json, Route, bad
from sandbox.tenant import Tenant
from sandbox.zones import zone

MOST_MAILBOXES = 20
LONGEST = timedelta(days=62)
MOST_ITEMS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    start: datetime
    end: datetime
    step: timedelta
    floating: ZoneInfo  # whose midnights all-day events are
    shown_in: str


class Schedules:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def routes(self) -> list[Route]:
        path = "users/{user}/calendar/getSchedule"
        return [Route(method="POST", path=path, handler=self.get, needs=BASIC)]

    def get(self, call: Call) -> Answer:
        mailbox.owner(self._tenant, call)  # whose right to look counts
        given = {name.lower(): content for name, content in call.json().items()}
        schedules = [parse.text(one) for one in parse.items(given.get("schedules"))]
        if not 1 <= len(schedules) <= MOST_MAILBOXES:
            raise bad(
                "ErrorInvalidParameter",
                f"The number of schedules must be between 1 and {MOST_MAILBOXES}.",
            )
        start, name = parse.instant(given.get("starttime"))
        end, _ = parse.instant(given.get("endtime"))
        if end <= start:
            raise bad("ErrorInvalidTimeInterval", "The end time must be after the start time.")
        if end - start > LONGEST:
            raise bad(
                "ErrorTimeIntervalTooBig",
                "The requested time duration specified for FreeBusyViewOptions.TimeWindow is not"
                " within the allowed limits.",
            )
        minutes = parse.number(given.get("availabilityviewinterval") or 30)
        if not 5 <= minutes <= 1440:
            raise bad("ErrorInvalidMergedFreeBusyInterval", "The interval must be 5 to 1440.")
        window = Window(
            start=start,
            end=end,
            step=timedelta(minutes=minutes),
            floating=zone(name),
            shown_in=call.prefer.zone or "UTC",
        )
        return Answer(
            body={
                "@odata.context": f"{call.base}/$metadata#Collection(microsoft.graph."
                "scheduleInformation)",
                "value": [self._one(address, window) for address in schedules],
            }
        )

    def _one(self, address: str, window: Window) -> Json:
        person = self._tenant.directory.seek(address) if "@" in address else None
        if person is None or person.mailbox is Mailbox.MISSING:
            return _failed(address, "5016", "Proxy web request failed.")
        if person.mailbox is Mailbox.SILENT:
            return _failed(
                address, "ErrorMailboxStoreUnavailable", "The mailbox store is unavailable."
            )
        if person.mailbox is Mailbox.DENIED:
            return _failed(
                address, "ErrorNoFreeBusyAccess", "The caller has no access to free/busy data."
            )
        shares = person.shares_subjects and person.mailbox is not Mailbox.ON_PREMISES
        items = freebusy.items(
            self._tenant.mailboxes, person.id, window.start, window.end, window.floating
        )
        if len(items) > MOST_ITEMS:
            return _failed(address, "5006", "The result set contains too many calendar entries.")
        return {
            "scheduleId": address,
            "availabilityView": freebusy.view(items, window.start, window.end, window.step),
            "scheduleItems": [_item(one, window.shown_in, subjects=shares) for one in items],
            "workingHours": render.hours(person.hours),
        }


def _item(one: freebusy.Item, name: str, *, subjects: bool) -> Json:
    shown: Json = {
        "isPrivate": one.private,
        "status": one.status,
        "start": render.moment(one.start, name),
        "end": render.moment(one.end, name),
    }
    if one.subject is not None and subjects:
        shown |= {"subject": one.subject, "location": one.location or ""}
    return shown


def _failed(address: str, code: str, message: str) -> Json:
    return {
        "scheduleId": address,
        "availabilityView": "",
        "error": {"message": message, "responseCode": code},
    }
