"""Who was in a Teams meeting, where the tenant allows it to be read.

Application permissions OnlineMeetings.Read.All and OnlineMeetingArtifact.Read.All, and an
application access policy for the organizers; without them Graph answers 403.
https://learn.microsoft.com/graph/cloud-online-meeting-application-access-policy
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.attendance_record import AttendanceRecord
from msgraph.generated.users.item.online_meetings.item.attendance_reports.item import (
    meeting_attendance_report_item_request_builder as one_report,
)
from msgraph.generated.users.item.online_meetings.online_meetings_request_builder import (
    OnlineMeetingsRequestBuilder,
)

from graph.client import Graph
from handoff import addresses
from handoff.hours import Span

ROUND = timedelta(hours=1)  # before and after its time, a meeting is still that meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """One person in a meeting. Guests have neither id nor mail unless they sign in."""

    id: str | None  # Entra object id
    mail: str | None
    stayed: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One session of a meeting, from the first to come to the last to leave."""

    span: Span
    present: tuple[Present, ...]


class Attendances:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def read(self, organizer: str, join_url: str, around: Span) -> tuple[Report, ...]:
        """The reports of the meeting's sessions around its time; none while it goes on, or if
        nobody came.

        Raises BusyError, DeniedError, GoneError, NoMailboxError, GraphError.
        https://learn.microsoft.com/graph/api/meetingattendancereport-list
        """
        meetings = self._graph.client.users.by_user_id(organizer).online_meetings
        quoted = join_url.replace("'", "''")
        query = OnlineMeetingsRequestBuilder.OnlineMeetingsRequestBuilderGetQueryParameters(
            filter=f"JoinWebUrl eq '{quoted}'"
        )
        async with self._graph.errors():
            page = await meetings.get(RequestConfiguration(query_parameters=query))
            found = next(iter(page.value or []), None)
            if found is None:
                return ()
            reports = meetings.by_online_meeting_id(found.id).attendance_reports
            listed = [
                one.id
                for one in (await reports.get()).value or []
                if _belongs(one.meeting_start_date_time, one.meeting_end_date_time, around)
            ]
            return tuple([await self._report(reports, id) for id in listed])

    async def _report(self, reports: Any, id: str) -> Report:
        builder = one_report.MeetingAttendanceReportItemRequestBuilder
        query = builder.MeetingAttendanceReportItemRequestBuilderGetQueryParameters(
            expand=["attendanceRecords"]
        )
        found = await reports.by_meeting_attendance_report_id(id).get(
            RequestConfiguration(query_parameters=query)
        )
        return Report(
            span=Span(found.meeting_start_date_time, found.meeting_end_date_time),
            present=tuple(_present(one) for one in found.attendance_records or []),
        )


def stayed(reports: Sequence[Report]) -> dict[tuple[str | None, str | None], timedelta]:
    """How long each person was there, over all sessions."""
    stayed: dict[tuple[str | None, str | None], timedelta] = {}
    for one in (one for report in reports for one in report.present):
        key = (one.id, one.mail)
        stayed[key] = stayed.get(key, timedelta()) + one.stayed
    return stayed


def _belongs(start: datetime, end: datetime, around: Span) -> bool:
    return start < around.end + ROUND and end > around.start - ROUND


def _present(one: AttendanceRecord) -> Present:
    return Present(
        id=one.identity.id if one.identity else None,
        mail=addresses.one(one.email_address) if one.email_address else None,
        stayed=timedelta(seconds=one.total_attendance_in_seconds or 0),
    )
