"""Who was in a Teams meeting, as applications may read it."""

from datetime import timedelta
from urllib.parse import quote

from sandbox.exchange.model import Address, Event
from sandbox.m365 import Sandbox
from tests.sandbox.conftest import MONDAY, Caller

QUINN = "quinn.avery@halden.example"
INES = Address(name="Ines Prado", mail="ines@contoso.example")


def meeting(box: Sandbox) -> Event:
    start = MONDAY + timedelta(hours=1)
    return box.outlook.create(
        "quinn", "Demo", start, start + timedelta(minutes=30), attendees=["rita", INES], online=True
    )


def by_address(event: Event) -> str:
    wanted = quote(f"JoinWebUrl eq '{event.join_url}'")
    return f"/users/{QUINN}/onlineMeetings?$filter={wanted}"


async def test_a_report_is_there_once_the_last_one_has_left(box: Sandbox, graph: Caller) -> None:
    event = meeting(box)
    [found] = (await graph.get(by_address(event))).value
    reports = f"/users/{QUINN}/onlineMeetings/{found['id']}/attendanceReports"
    box.meetings.join(event, INES, left=event.end + timedelta(minutes=10))
    rita = box.person("rita")
    box.meetings.join(event, Address(name=rita.name, mail=rita.mail), person=rita.id)
    assert (await graph.get(reports)).value == []

    box.clock.set(event.end + timedelta(minutes=10))

    [report] = (await graph.get(reports)).value
    assert report["totalParticipantCount"] == 2
    assert "attendanceRecords" not in report
    whole = await graph.get(f"{reports}/{report['id']}?$expand=attendanceRecords")
    records = {one["identity"]["displayName"]: one for one in whole["attendanceRecords"]}
    assert records["Ines Prado"]["emailAddress"] is None, "a guest who has not signed in"
    assert records["Ines Prado"]["totalAttendanceInSeconds"] == 40 * 60
    assert records["Rita Osei"]["identity"]["id"] == rita.id


async def test_nobody_came_makes_no_report(box: Sandbox, graph: Caller) -> None:
    event = meeting(box)
    box.clock.set(event.end + timedelta(hours=1))

    [found] = (await graph.get(by_address(event))).value

    path = f"/users/{QUINN}/onlineMeetings/{found['id']}/attendanceReports"
    assert (await graph.get(path)).value == []


async def test_a_meeting_is_found_by_its_address_alone_and_with_permission(
    box: Sandbox, graph: Caller
) -> None:
    event = meeting(box)

    assert (await graph.get(f"/users/{QUINN}/onlineMeetings")).status == 400
    missing = await graph.get(f"/users/{QUINN}/onlineMeetings/none/attendanceReports")
    assert missing.status == 404
    box.entra.revoke("OnlineMeetings.Read.All")
    assert (await graph.get(by_address(event))).status == 403
