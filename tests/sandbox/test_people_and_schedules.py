"""Who is who, when they work, and when they are free."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.company import Company, Mailbox, halden, staff
from sandbox.m365 import Sandbox, running
from tests import hour
from tests.sandbox.conftest import MONDAY, Caller, Got, Json, at, meeting

RITA, QUINN, PRIYA = (
    "rita.osei@halden.example",
    "quinn.avery@halden.example",
    "priya.nair@halden.example",
)
EVENTUAL = {"ConsistencyLevel": "eventual"}


# People


async def test_a_person_is_found_by_id_and_by_sign_in_name(box: Sandbox, graph: Caller) -> None:
    rita = box.person("rita")

    by_id = await graph.get(f"/users/{rita.id}")
    by_name = await graph.get(f"/users/{RITA.upper()}")

    assert by_id["id"] == by_name["id"] == rita.id
    assert (by_id["displayName"], by_id["jobTitle"]) == ("Rita Osei", "Account Executive")
    assert "accountEnabled" not in by_id.body, "not among what is answered without $select"
    nobody = await graph.get("/users/nobody@halden.example")
    assert (nobody.status, nobody.code) == (404, "Request_ResourceNotFound")
    more = await graph.get(f"/users/{RITA}?$select=accountEnabled,usageLocation")
    assert set(more.body) == {"@odata.context", "id", "accountEnabled", "usageLocation"}
    assert more["usageLocation"] == "ES"


async def test_people_are_listed_filtered_and_paged(graph: Caller) -> None:
    async def names(query: str, **headers: str) -> list[str]:
        got = await graph.get(f"/users?{query}", **headers)
        assert got.status == 200, got.body
        return [person["displayName"] for person in got.value]

    assert len(await names("")) == 16
    assert await names(f"$filter=mail eq '{RITA}'") == ["Rita Osei"]
    assert await names("$filter=startswith(displayName,'R')&$orderby=displayName") == [
        "Ravi Patel",
        "Rita Osei",
        "Rosa Klein",
    ]
    assert len(await names("$filter=accountEnabled eq true and jobTitle eq 'Lead Qualifier'")) == 3
    first = await graph.get("/users?$top=5&$select=displayName")
    second = await graph.get(first["@odata.nextLink"])
    assert [len(first.value), len(second.value)] == [5, 5]
    assert set(second.value[0]) == {"id", "displayName"}

    refused = await graph.get("/users?$filter=endswith(mail,'halden.example')")
    assert (refused.status, refused.code) == (400, "Request_UnsupportedQuery")
    found = await names("$filter=endswith(mail,'klein@halden.example')&$count=true", **EVENTUAL)
    assert found == ["Rosa Klein"]


async def test_managers_up_to_the_top(graph: Caller) -> None:
    manager = await graph.get(f"/users/{RITA}/manager?$select=id,displayName")
    assert manager["displayName"] == "Mara Lind"
    top = await graph.get("/users/helen.strand@halden.example/manager")
    assert (top.status, top.code) == (404, "Request_ResourceNotFound")

    expand = "$expand=manager($levels=max;$select=id,displayName)"
    for lacking in (f"/users/{RITA}?{expand}", f"/users/{RITA}?{expand}&$count=true"):
        assert (await graph.get(lacking)).code == "Request_UnsupportedQuery"
    counted = f"{expand}&$count=true&$select=displayName"
    many = await graph.get(f"/users?{counted}", **EVENTUAL)
    assert (many.status, many.code) == (400, "Request_UnsupportedQuery")
    rita = await graph.get(f"/users/{RITA}?{counted}", **EVENTUAL)
    mara = rita["manager"]
    assert (mara["displayName"], mara["manager"]["displayName"]) == ("Mara Lind", "Helen Strand")
    assert "manager" not in mara["manager"]
    assert set(mara) == {"@odata.type", "id", "displayName", "manager"}

    listed = await graph.get("/users?$expand=manager&$select=displayName&$top=50")
    by_name = {p["displayName"]: p.get("manager", {}).get("displayName") for p in listed.value}
    assert by_name["Noah Brooks"] == "Dana Cole"
    assert by_name["Helen Strand"] is None
    reports = await graph.get("/users/dana.cole@halden.example/directReports")
    assert {one["displayName"] for one in reports.value} == {
        "Theo Marsh",
        "Noah Brooks",
        "Lena Ortiz",
        "Sam Whitaker",
    }


async def test_groups_and_everybody_in_them(box: Sandbox, graph: Caller) -> None:
    found = await graph.get("/groups?$filter=displayName eq 'Reps'&$select=id")
    (group,) = found.value

    direct = await graph.get(f"/groups/{group['id']}/members")
    everybody = await graph.get(f"/groups/{group['id']}/transitiveMembers?$top=3")
    cast = f"/groups/{group['id']}/transitiveMembers/microsoft.graph.user?$select=mail"
    refused = await graph.get(cast)
    assert (refused.status, refused.code) == (400, "Request_UnsupportedQuery")
    people = await graph.get(f"{cast}&$count=true", **EVENTUAL)

    assert {one["@odata.type"] for one in direct.value} == {"#microsoft.graph.group"}
    assert len(everybody.value) == 3
    rest: list[Json] = everybody.value
    page: Got = everybody
    while "@odata.nextLink" in page.body:
        page = await graph.get(page["@odata.nextLink"])
        rest += page.value
    assert len(rest) == 8, "two groups and six people"
    assert len(people.value) == 6
    assert set(people.value[0]) == {"id", "mail"}
    memberships = await graph.get(f"/users/{RITA}/transitiveMemberOf")
    assert {one["displayName"] for one in memberships.value} == {"Reps", "Reps EMEA", "Sales team"}
    box.directory.set_group("Reps EMEA", ["rosa"])
    people = await graph.get(
        f"/groups/{group['id']}/transitiveMembers/graph.user?$count=true", **EVENTUAL
    )
    assert len(people.value) == 4
    assert (await graph.get("/groups/none/members")).status == 404


async def test_who_leaves_is_known_no_more(box: Sandbox, graph: Caller) -> None:
    box.directory.change("ravi", enabled=False)
    disabled = await graph.get("/users/ravi.patel@halden.example?$select=accountEnabled")
    assert disabled["accountEnabled"] is False

    box.directory.leave("mara")

    assert (await graph.get("/users/mara.lind@halden.example")).status == 404
    assert (await graph.get(f"/users/{RITA}/manager")).status == 404
    renamed = box.directory.change("rita", mail="rita.mensah@halden.example")
    await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))
    assert box.outlook.has(renamed, "Demo"), "the former address still reaches her"


async def test_another_company_can_be_brought_along() -> None:
    company = Company(
        name="Small",
        domain="small.example",
        people=(
            staff("Ann Lee", "Owner", domain="small.example"),
            staff("Bo Ek", "Rep", domain="small.example", manager="Ann"),
        ),
    )
    async with running(company=company, weeks=False, machine=hour.now) as box:
        assert [person.key for person in box.directory] == ["ann", "bo"]
        assert box.person("bo").manager == box.person("ann").id


def test_the_company_is_the_same_on_every_machine() -> None:
    ids = {person.key: person.id for person in halden().people}

    assert len(ids) == 16
    assert ids["rita"] == "8efa7b88-e06a-5883-b660-80cb6eab01f2"


# Mailbox settings


async def test_working_hours_are_each_persons_own(box: Sandbox, graph: Caller) -> None:
    rita = (await graph.get(f"/users/{RITA}/mailboxSettings")).body
    priya = (await graph.get(f"/users/{PRIYA}/mailboxSettings?$select=workingHours,timeZone")).body

    assert rita["workingHours"] == {
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "startTime": "09:00:00.0000000",
        "endTime": "18:00:00.0000000",
        "timeZone": {"name": "Europe/Madrid"},
    }
    assert priya["timeZone"] == "India Standard Time"
    assert set(priya) == {"@odata.context", "timeZone", "workingHours"}


async def test_settings_can_be_written_with_the_right_permission(
    box: Sandbox, graph: Caller
) -> None:
    path = f"/users/{RITA}/mailboxSettings"
    change = {
        "timeZone": "Central America Standard Time",
        "workingHours": {"startTime": "10:00:00", "daysOfWeek": ["tuesday"]},
        "automaticRepliesSetting": {
            "status": "scheduled",
            "scheduledStartDateTime": at(1, "00:00"),
            "scheduledEndDateTime": at(3, "00:00"),
            "internalReplyMessage": "Away",
        },
    }
    assert (await graph.patch(path, change)).status == 403
    box.entra.grant("MailboxSettings.ReadWrite")
    from_now = {"token": box.entra.application_token("https://graph.microsoft.com")}

    got = await graph.patch(path, change, **from_now)

    assert got["timeZone"] == "Central America Standard Time"
    assert got["workingHours"]["startTime"] == "10:00:00.0000000"
    assert got["workingHours"]["endTime"] == "18:00:00.0000000"
    assert got["workingHours"]["daysOfWeek"] == ["tuesday"]
    replies = got["automaticRepliesSetting"]
    assert (replies["status"], replies["internalReplyMessage"]) == ("scheduled", "Away")
    assert replies["scheduledStartDateTime"]["dateTime"] == "2026-03-02T23:00:00.0000000"
    bad = await graph.patch(path, {"timeZone": "Nowhere"}, **from_now)
    assert (bad.status, bad.code) == (400, "TimeZoneNotSupportedException")


async def test_zone_names_are_told(graph: Caller) -> None:
    path = f"/users/{RITA}/outlook/supportedTimeZones"

    windows = await graph.get(path)
    iana = await graph.get(f"{path}(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')")

    assert {"alias": "Romance Standard Time", "displayName": "Romance Standard Time"} in (
        windows.value
    )
    assert "Europe/Madrid" in {one["alias"] for one in iana.value}


# Free and busy


async def schedule(graph: Caller, *who: str, start: Json, end: Json, **more: Any) -> Got:
    prefer = more.pop("prefer", None)
    body = {"schedules": list(who), "startTime": start, "endTime": end, **more}
    return await graph.post(f"/users/{QUINN}/calendar/getSchedule", body, prefer=prefer)


async def test_one_answer_for_many_people_with_errors_among_them(
    box: Sandbox, graph: Caller
) -> None:
    nine = MONDAY.replace(hour=8, minute=0)  # in Madrid
    hour = timedelta(hours=1)
    box.directory.change("rita", shares_subjects=True)
    for n, (show_as, sensitivity) in enumerate(
        [
            ("busy", "normal"),
            ("oof", "normal"),
            ("workingElsewhere", "normal"),
            ("free", "normal"),
            ("busy", "private"),
        ]
    ):
        start = nine + n * hour
        box.outlook.create(
            "rita", f"Item {n}", start, start + hour, show_as=show_as, sensitivity=sensitivity
        )
    box.set_mailbox("noah", Mailbox.DENIED)
    box.set_mailbox("sam", Mailbox.MISSING)

    got = await schedule(
        graph,
        RITA,
        "noah.brooks@halden.example",
        "sam.whitaker@halden.example",
        "ines@customer.example",
        PRIYA,
        start=at(0, "09:00"),
        end=at(0, "15:00"),
        availabilityViewInterval=60,
    )

    rita, noah, sam, ines, priya = got.value
    assert got.status == 200
    assert rita["availabilityView"] == "234020"
    assert rita["workingHours"]["timeZone"] == {"name": "Europe/Madrid"}
    assert [(item["status"], item.get("subject")) for item in rita["scheduleItems"]] == [
        ("busy", "Item 0"),
        ("oof", "Item 1"),
        ("workingElsewhere", "Item 2"),
        ("free", "Item 3"),
        ("busy", None),
    ]
    assert rita["scheduleItems"][4]["isPrivate"] is True
    assert "id" not in rita["scheduleItems"][0]
    assert rita["scheduleItems"][0]["start"] == {
        "dateTime": "2026-03-02T08:00:00.0000000",
        "timeZone": "UTC",
    }
    assert noah["error"]["responseCode"] == "ErrorNoFreeBusyAccess"
    assert sam["error"]["responseCode"] == ines["error"]["responseCode"] == "5016"
    assert "scheduleItems" not in sam
    assert priya["availabilityView"] == "000000"


async def test_an_unanswered_invitation_is_tentative(box: Sandbox, graph: Caller) -> None:
    await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA, day=1, time="10:00"))
    when = {"start": at(1, "10:00"), "end": at(1, "11:00")}

    before = (await schedule(graph, RITA, **when)).value[0]
    box.outlook.respond("rita", "Demo", "accept")
    after = (await schedule(graph, RITA, **when)).value[0]

    assert (before["availabilityView"], after["availabilityView"]) == ("10", "20")


async def test_times_come_in_the_zone_preferred_and_days_in_the_zone_asked_for(
    box: Sandbox, graph: Caller
) -> None:
    box.entra.grant("Calendars.ReadWrite")
    body = {
        "subject": "Away",
        "isAllDay": True,
        "showAs": "oof",
        "start": at(1, "00:00", "UTC"),
        "end": at(2, "00:00", "UTC"),
    }
    await graph.post(f"/users/{PRIYA}/events", body)

    got = await schedule(
        graph,
        PRIYA,
        start=at(1, "00:00", "India Standard Time"),
        end=at(3, "00:00", "India Standard Time"),
        availabilityViewInterval=1440,
        prefer='outlook.timezone="India Standard Time"',
    )

    (priya,) = got.value
    assert priya["availabilityView"] == "30"
    assert priya["scheduleItems"][0]["start"] == {
        "dateTime": "2026-03-03T00:00:00.0000000",
        "timeZone": "India Standard Time",
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"schedules": [f"a{n}@x.y" for n in range(21)]}, "ErrorInvalidParameter"),
        ({"schedules": []}, "ErrorInvalidParameter"),
        ({"endTime": at(70, "00:00")}, "ErrorTimeIntervalTooBig"),
        ({"endTime": at(-1, "00:00")}, "ErrorInvalidTimeInterval"),
        ({"availabilityViewInterval": 4}, "ErrorInvalidMergedFreeBusyInterval"),
        ({"startTime": at(0, "00:00", "Nowhere")}, "TimeZoneNotSupportedException"),
    ],
)
async def test_a_schedule_that_graph_would_not_look_up(
    graph: Caller, change: Json, code: str
) -> None:
    body = {"schedules": [RITA], "startTime": at(0, "00:00"), "endTime": at(1, "00:00")}

    got = await graph.post(f"/users/{QUINN}/calendar/getSchedule", body | change)

    assert (got.status, got.code) == (400, code)


async def test_people_are_found_fifteen_at_a_time(box: Sandbox, graph: Caller) -> None:
    """https://learn.microsoft.com/graph/filter-query-parameter"""
    rita = box.person("rita")

    def among(count: int) -> str:
        ids = ", ".join(f"'{n}'" for n in [rita.id, *range(count - 1)])
        return f"/users?$filter=id in ({ids})&$select=id"

    got = await graph.get(among(15))
    assert [one["id"] for one in got.value] == [rita.id]
    many = await graph.get(among(16))
    assert (many.status, many.code) == (400, "Request_UnsupportedQuery")
