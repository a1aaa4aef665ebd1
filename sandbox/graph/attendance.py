"""Online meetings and who was in them, for applications.

https://learn.microsoft.com/graph/api/onlinemeeting-get
…/meetingattendancereport-list  …/meetingattendancereport-get
"""

import base64

from sandbox.company import Person
from sandbox.exchange.model import Event
from sandbox.graph import mailbox, render
from sandbox.graph.door import Answer, Call, Json, RefusedError, Route, bad
from sandbox.graph.odata import query
from sandbox.teams.meetings import Attended, TeamsMeetings
from sandbox.tenant import Tenant

MEETINGS = ("OnlineMeetings.Read.All", "OnlineMeetings.ReadWrite.All")
ARTIFACTS = ("OnlineMeetingArtifact.Read.All",)


class Attendance:
    def __init__(self, tenant: Tenant, meetings: TeamsMeetings) -> None:
        self._tenant = tenant
        self._meetings = meetings

    def routes(self) -> list[Route]:
        reports = "users/{user}/onlineMeetings/{meeting}/attendanceReports"
        return [
            Route(
                method="GET",
                path="users/{user}/onlineMeetings",
                handler=self.find,
                needs=MEETINGS,
            ),
            Route(method="GET", path=reports, handler=self.listing, needs=ARTIFACTS),
            Route(method="GET", path=f"{reports}/{{report}}", handler=self.get, needs=ARTIFACTS),
        ]

    def find(self, call: Call) -> Answer:
        """Only by the address to join at: there is no list of all meetings."""
        who = self._organizer(call)
        asked = query(call.query)
        if asked.filter is None or [p.lower() for p in asked.filter.properties] != ["joinweburl"]:
            raise bad("InvalidArgument", "Filter expression expected - /onlineMeetings?$filter=")
        named = asked.filter.properties[0]
        kept = [
            self._shown(event)
            for event in self._meetings.organized(who.id)
            if asked.filter.test({named: event.join_url})
        ]
        return Answer(
            body={
                "@odata.context": f"{call.base}/$metadata#users('{who.id}')/onlineMeetings",
                "value": kept,
            }
        )

    def listing(self, call: Call) -> Answer:
        event = self._event(call)
        stays = self._meetings.report(event)
        shown = [_report(event, stays)] if stays else []
        return Answer(body={"value": shown})

    def get(self, call: Call) -> Answer:
        event = self._event(call)
        stays = self._meetings.report(event)
        if not stays or call.params["report"] != _report_id(event):
            raise RefusedError(404, "NotFound", "The report is not there.")
        shown = _report(event, stays)
        expanded = {n.lower(): v.lower() for n, v in call.query.items()}.get("$expand", "")
        if "attendancerecords" in expanded:
            shown["attendanceRecords"] = [_record(one) for one in stays]
        return Answer(body=shown)

    def _organizer(self, call: Call) -> Person:
        return mailbox.person(self._tenant, call)

    def _event(self, call: Call) -> Event:
        who = self._organizer(call)
        for event in self._meetings.organized(who.id):
            if _meeting_id(event) == call.params["meeting"]:
                return event
        raise RefusedError(404, "NotFound", "The meeting is not there.")

    def _shown(self, event: Event) -> Json:
        return {
            "id": _meeting_id(event),
            "subject": event.subject,
            "startDateTime": render.stamp(event.start),
            "endDateTime": render.stamp(event.end),
            "joinWebUrl": event.join_url,
        }


def _meeting_id(event: Event) -> str:
    return base64.urlsafe_b64encode(f"1*{event.owner}*0**{event.join_url}".encode()).decode()


def _report_id(event: Event) -> str:
    return f"{event.id[:8]}-0000-4000-8000-{event.id[8:20]}"


def _report(event: Event, stays: list[Attended]) -> Json:
    return {
        "id": _report_id(event),
        "totalParticipantCount": len({one.name for one in stays}),
        "meetingStartDateTime": render.stamp(min(one.joined for one in stays)),
        "meetingEndDateTime": render.stamp(max(one.left for one in stays)),
    }


def _record(one: Attended) -> Json:
    seconds = int((one.left - one.joined).total_seconds())
    return {
        "id": one.person or one.id,
        "emailAddress": one.mail,
        "totalAttendanceInSeconds": seconds,
        "role": "Presenter" if one.person else "Attendee",
        "identity": {
            "@odata.type": "#microsoft.graph.communicationsUserIdentity",
            "id": one.person,
            "displayName": one.name,
            "tenantId": None,
        },
        "attendanceIntervals": [
            {
                "joinDateTime": render.stamp(one.joined),
                "leaveDateTime": render.stamp(one.left),
                "durationInSeconds": seconds,
            }
        ],
    }
