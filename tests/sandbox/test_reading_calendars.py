"""Reading calendars through Graph: views, series, zones, pages, queries, ids."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.company import Mailbox
from sandbox.entra import GRAPH_API
from sandbox.m365 import Sandbox
from tests.sandbox.conftest import MONDAY, Caller, Json, at, meeting, week

RITA, QUINN, NOAH = (
    "rita.osei@halden.example",
    "quinn.avery@halden.example",
    "noah.brooks@halden.example",
)
EVENTS = f"/users/{RITA}/events"


def weekly(*days: str, until: str | None = None, count: int = 0, **pattern: Any) -> Json:
    kind = "endDate" if until else "numbered" if count else "noEnd"
    return {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": list(days), **pattern},
        "range": {
            "type": kind,
            "startDate": "2026-03-02",
            **({"endDate": until} if until else {}),
            **({"numberOfOccurrences": count} if count else {}),
        },
    }


async def view(graph: Caller, who: str = RITA, days: int = 7, more: str = "", **kw: Any) -> Any:
    return (await graph.get(f"/users/{who}/calendarView?{week(days)}&$top=100{more}", **kw)).value


def starts(events: list[Json]) -> list[str]:
    return [event["start"]["dateTime"][:16] for event in events]


async def test_times_are_utc_unless_another_zone_is_preferred(graph: Caller) -> None:
    made = await graph.post(EVENTS, meeting("Demo", time="10:00"))
    event = f"{EVENTS}/{made['id']}"

    assert made["start"] == {"dateTime": "2026-03-03T09:00:00.0000000", "timeZone": "UTC"}
    assert made["originalStartTimeZone"] == "Europe/Madrid"
    for name, shown in (
        ("Europe/Madrid", "2026-03-03T10:00:00.0000000"),
        ("Eastern Standard Time", "2026-03-03T04:00:00.0000000"),
        ("India Standard Time", "2026-03-03T14:30:00.0000000"),
    ):
        prefer = f'IdType="ImmutableId", outlook.timezone="{name}"'
        got = await graph.get(event, prefer=prefer)
        assert got["start"] == {"dateTime": shown, "timeZone": name}
        assert got.headers["Preference-Applied"] == prefer
    bad = await graph.get(event, prefer='outlook.timezone="Mars/Olympus"')
    assert (bad.status, bad.code) == (400, "TimeZoneNotSupportedException")


async def test_a_body_is_html_unless_text_is_preferred(graph: Caller) -> None:
    html = {"contentType": "html", "content": "<p>Needs:<br>1 &lt; 2</p>"}
    made = await graph.post(EVENTS, meeting("Demo", body=html))

    assert made["body"]["contentType"] == "html"
    assert made["body"]["content"].startswith("<html><head>")
    assert made["bodyPreview"] == "Needs: 1 < 2"
    got = await graph.get(f"{EVENTS}/{made['id']}", prefer='outlook.body-content-type="text"')
    assert got["body"] == {"contentType": "text", "content": "Needs:\n1 < 2"}


async def test_an_all_day_event_is_the_same_day_everywhere(graph: Caller) -> None:
    body = {
        "subject": "Birthday",
        "isAllDay": True,
        "start": at(2, "00:00", "Asia/Tokyo"),
        "end": at(3, "00:00", "Asia/Tokyo"),
    }
    made = await graph.post(EVENTS, body)

    for name in ("UTC", "America/Denver"):
        got = await graph.get(f"{EVENTS}/{made['id']}", prefer=f'outlook.timezone="{name}"')
        assert got["start"] == {"dateTime": "2026-03-04T00:00:00.0000000", "timeZone": name}
        assert got["end"]["dateTime"] == "2026-03-05T00:00:00.0000000"
    assert made["showAs"] == "free"
    bad = await graph.post(EVENTS, body | {"start": at(2, "09:00", "Asia/Tokyo")})
    assert (bad.status, bad.code) == (400, "ErrorPropertyValidationFailure")


async def test_a_series_is_spread_out_with_exceptions_and_gaps(box: Sandbox, graph: Caller) -> None:
    made = await graph.post(
        EVENTS,
        meeting("Stand-up", QUINN, day=0, time="09:00", recurrence=weekly("monday", "wednesday")),
    )
    master = f"{EVENTS}/{made['id']}"
    assert made["type"] == "seriesMaster"
    assert made["recurrence"]["range"]["recurrenceTimeZone"] == "Europe/Madrid"

    events = await view(graph, days=14)
    assert starts(events) == [
        "2026-03-02T08:00",
        "2026-03-04T08:00",
        "2026-03-09T08:00",
        "2026-03-11T08:00",
    ]
    assert {event["type"] for event in events} == {"occurrence"}
    assert {event["seriesMasterId"] for event in events} == {made["id"]}
    assert len({event["iCalUId"] for event in events}) == 4
    second = (await graph.get(f"{EVENTS}/{events[1]['id']}")).body
    assert second["originalStart"] == "2026-03-04T08:00:00Z"

    moved = await graph.patch(
        f"{EVENTS}/{second['id']}", {"start": at(2, "15:00"), "end": at(2, "15:30")}
    )
    assert (moved["type"], moved["id"]) == ("exception", second["id"])
    await graph.delete(f"{EVENTS}/{events[2]['id']}")

    assert starts(await view(graph, days=14)) == [
        "2026-03-02T08:00",
        "2026-03-04T14:00",
        "2026-03-11T08:00",
    ]
    theirs = await view(graph, QUINN, days=14)
    assert [(e["start"]["dateTime"][5:16], e["type"], e["isCancelled"]) for e in theirs] == [
        ("03-02T08:00", "occurrence", False),
        ("03-04T14:00", "exception", False),
        ("03-09T08:00", "exception", True),
        ("03-11T08:00", "occurrence", False),
    ]
    instances = await graph.get(f"{master}/instances?{week(14)}")
    assert len(instances.value) == 3
    listed = await graph.get(EVENTS)
    assert [event["type"] for event in listed.value] == ["seriesMaster"]
    gaps = await graph.get(f"{master}?$select=subject,cancelledOccurrences")
    assert gaps["cancelledOccurrences"] == [f"OID.{made['id']}.2026-03-09"]


async def test_the_wall_clock_of_a_series_survives_the_change_to_summer_time(
    graph: Caller,
) -> None:
    body = meeting("Stand-up", day=0, time="09:00", recurrence=weekly("monday"))
    await graph.post(EVENTS, body)

    times = starts(await view(graph, days=42))

    assert times[3:5] == ["2026-03-23T08:00", "2026-03-30T07:00"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"type": "daily", "interval": 3}, ["03-02", "03-05", "03-08", "03-11"]),
        (
            {
                "type": "weekly",
                "interval": 2,
                "daysOfWeek": ["monday", "sunday"],
                "firstDayOfWeek": "monday",
            },
            ["03-02", "03-08", "03-16", "03-22"],
        ),
        (
            {
                "type": "weekly",
                "interval": 2,
                "daysOfWeek": ["monday", "sunday"],
                "firstDayOfWeek": "sunday",
            },
            ["03-02", "03-15", "03-16", "03-29"],
        ),
        (
            {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
            ["03-31", "04-30", "05-31", "06-30"],
        ),
        (
            {
                "type": "relativeMonthly",
                "interval": 1,
                "daysOfWeek": ["thursday"],
                "index": "last",
            },
            ["03-26", "04-30", "05-28", "06-25"],
        ),
        (
            {
                "type": "relativeMonthly",
                "interval": 3,
                "index": "first",
                "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            },
            ["03-02", "06-01", "09-01", "12-01"],
        ),
        (
            {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2},
            ["02-28", "02-29", "02-28", "02-28"],
        ),
        (
            {
                "type": "relativeYearly",
                "interval": 1,
                "daysOfWeek": ["friday"],
                "index": "second",
                "month": 11,
            },
            ["11-13", "11-12", "11-10", "11-09"],
        ),
    ],
)
async def test_every_kind_of_pattern(graph: Caller, pattern: Json, expected: list[str]) -> None:
    recurrence = {"pattern": pattern, "range": {"type": "noEnd", "startDate": "2026-03-02"}}
    made = await graph.post(EVENTS, meeting("Series", day=0, recurrence=recurrence))
    window = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2031-02-20T00:00:00Z"

    got = await graph.get(f"{EVENTS}/{made['id']}/instances?{window}&$top=4")

    assert [event["start"]["dateTime"][5:10] for event in got.value] == expected


async def test_a_series_ends_after_its_count_or_on_its_last_day(graph: Caller) -> None:
    await graph.post(EVENTS, meeting("Three", day=0, recurrence=weekly("monday", count=3)))
    body = meeting("Until", day=0, time="12:00", recurrence=weekly("monday", until="2026-03-09"))
    await graph.post(EVENTS, body)

    subjects = [event["subject"] for event in await view(graph, days=60)]

    assert (subjects.count("Three"), subjects.count("Until")) == (3, 2)


async def test_a_series_begins_on_the_first_day_of_its_pattern(graph: Caller) -> None:
    made = await graph.post(EVENTS, meeting("Stand-up", day=0, recurrence=weekly("thursday")))

    assert made["start"]["dateTime"] == "2026-03-05T09:00:00.0000000"


async def test_one_occurrence_is_answered_by_itself(box: Sandbox, graph: Caller) -> None:
    made = await graph.post(
        f"/users/{QUINN}/events",
        meeting("Pipeline", RITA, day=0, recurrence=weekly("monday", count=3)),
    )
    first, second, third = await view(graph, days=21)
    await graph.post(f"{EVENTS}/{first['seriesMasterId']}/accept", {})
    await graph.post(f"{EVENTS}/{second['id']}/decline", {})

    assert [
        (event["start"]["dateTime"][5:10], event["responseStatus"]["response"])
        for event in await view(graph, days=21)
    ] == [("03-02", "accepted"), ("03-16", "accepted")]
    mine = await view(graph, QUINN, days=21)
    answers = [event["attendees"][0]["status"]["response"] for event in mine]
    assert answers == ["accepted", "declined", "accepted"]
    assert third["seriesMasterId"] == first["seriesMasterId"]
    await graph.patch(f"/users/{QUINN}/events/{made['id']}", {"subject": "Pipeline review"})
    shown = [event["subject"] for event in await view(graph, days=21)]
    assert shown == ["Pipeline review"] * 2, "a day declined stays out after an update"


async def test_an_occurrence_does_not_pass_its_neighbours(graph: Caller) -> None:
    await graph.post(EVENTS, meeting("Daily", day=0, recurrence=weekly("monday", "tuesday")))
    events = await view(graph)

    got = await graph.patch(
        f"{EVENTS}/{events[0]['id']}", {"start": at(1, "12:00"), "end": at(1, "12:30")}
    )

    assert (got.status, got.code) == (400, "ErrorOccurrenceCrossingBoundary")


async def test_a_new_time_for_a_series_forgets_its_exceptions(graph: Caller) -> None:
    made = await graph.post(EVENTS, meeting("Daily", day=0, recurrence=weekly("monday", count=2)))
    (first, _) = await view(graph, days=14)
    await graph.patch(f"{EVENTS}/{first['id']}", {"subject": "Special"})

    await graph.patch(f"{EVENTS}/{made['id']}", {"start": at(0, "16:00"), "end": at(0, "16:30")})

    events = await view(graph, days=14)
    assert starts(events) == ["2026-03-02T15:00", "2026-03-09T15:00"]
    assert {event["subject"] for event in events} == {"Daily"}


async def test_a_view_has_what_touches_its_window(box: Sandbox, graph: Caller) -> None:
    def place(subject: str, start: datetime, **length: float) -> None:
        box.outlook.create("rita", subject, start, start + timedelta(**length))

    noon = MONDAY.replace(hour=12, minute=0)
    place("ends at its start", noon - timedelta(hours=1), hours=1)
    place("reaches in", noon - timedelta(minutes=1), minutes=2)
    place("without length", noon, hours=0)
    place("begins at its end", noon + timedelta(hours=1), hours=1)
    place("three days", noon - timedelta(days=1), days=3)

    got = await graph.get(
        f"/users/{RITA}/calendarView?startDateTime=2026-03-02T13:00:00%2B01:00"
        "&endDateTime=2026-03-02T13:00:00"
    )

    assert {event["subject"] for event in got.value} == {
        "reaches in",
        "without length",
        "three days",
    }


async def test_a_view_needs_a_window_that_can_be_read(graph: Caller) -> None:
    async def code(query: str) -> tuple[int, str]:
        got = await graph.get(f"/users/{RITA}/calendarView?{query}")
        return got.status, got.code

    start, end = "startDateTime=2026-03-02", "endDateTime=2026-03-09"
    assert await code(start) == (400, "ErrorInvalidParameter")
    assert await code(f"{start}&endDateTime=soon") == (400, "ErrorInvalidParameter")
    assert await code(f"startDateTime=2026-04-02&{end}") == (400, "ErrorInvalidParameter")
    assert await code(f"{start}&endDateTime=2032-01-01") == (400, "ErrorInvalidRequest")


async def test_pages_follow_each_other(box: Sandbox, graph: Caller) -> None:
    for hour in range(24):
        start = MONDAY.replace(hour=hour, minute=0)
        box.outlook.create("rita", f"Event {hour:02}", start, start + timedelta(minutes=30))

    first = await graph.get(f"/users/{RITA}/calendarView?{week()}&$select=subject")
    seen = first.value
    page = first
    while "@odata.nextLink" in page.body:
        page = await graph.get(page["@odata.nextLink"])
        seen += page.value

    assert len(first.value) == 10
    assert [event["subject"] for event in seen] == [f"Event {hour:02}" for hour in range(24)]
    assert set(seen[-1]) == {"@odata.etag", "id", "subject"}
    large = await graph.get(f"/users/{RITA}/calendarView?{week()}", prefer="odata.maxpagesize=20")
    assert len(large.value) == 20
    too_large = await graph.get(f"/users/{RITA}/calendarView?{week()}&$top=1001")
    assert too_large.status == 400


async def test_queries_that_calendar_clients_use(box: Sandbox, graph: Caller) -> None:
    made = [
        (await graph.post(EVENTS, meeting(subject, day=day))).body
        for day, subject in ((1, "O'Neil's demo"), (2, "Budget"), (3, "Demo two"))
    ]

    async def found(query: str) -> list[str]:
        got = await graph.get(f"{EVENTS}?{query}")
        assert got.status == 200, got.body
        return [event["subject"] for event in got.value]

    assert await found(f"$filter=iCalUId eq '{made[1]['iCalUId']}'") == ["Budget"]
    assert await found("$filter=start/dateTime ge '2026-03-04T00:00'&$orderby=start/dateTime") == [
        "Budget",
        "Demo two",
    ]
    assert await found("$filter=subject eq 'O''Neil''s demo'") == ["O'Neil's demo"]
    assert await found("$filter=startswith(subject,'demo') or contains(subject, 'udg')") == [
        "Demo two",
        "Budget",
    ]
    assert await found("$filter=not (subject eq 'Budget') and isAllDay eq false") == [
        "Demo two",
        "O'Neil's demo",
    ]
    assert await found("$orderby=start/dateTime desc&$top=1&$skip=1") == ["Budget"]
    assert await found("$filter=subject in ('Budget', 'none')") == ["Budget"]
    assert await found("$filter=createdDateTime ge 2026-03-02T00:00:00Z&$top=1") == ["Demo two"]

    async def refused(query: str) -> tuple[int, str]:
        got = await graph.get(f"{EVENTS}?{query}")
        return got.status, got.code

    assert await refused("$filter=transactionId eq 'x'") == (400, "ErrorInvalidProperty")
    assert await refused("$select=subjekt") == (400, "RequestBroker--ParseUri")
    assert await refused("$filter=subject eq 'x") == (400, "BadRequest")
    assert await refused("$filter=subject eq") == (400, "BadRequest")
    assert await refused("$filter=(subject eq 'x'") == (400, "BadRequest")
    assert await refused("$top=none") == (400, "BadRequest")
    assert await refused("$sellect=subject") == (400, "BadRequest")


async def test_a_view_tells_the_link_only_with_is_online_meeting(graph: Caller) -> None:
    await graph.post(EVENTS, meeting("Demo", isOnlineMeeting=True))

    (bare,) = await view(graph, more="&$select=subject,onlineMeeting")
    (full,) = await view(graph, more="&$select=subject,isOnlineMeeting,onlineMeeting")

    assert "onlineMeeting" not in bare
    assert full["onlineMeeting"]["joinUrl"]


async def test_an_immutable_id_stays_when_an_item_is_filed_elsewhere(
    box: Sandbox, graph: Caller
) -> None:
    immutable = 'IdType="ImmutableId"'
    made = await graph.post(EVENTS, meeting("Demo"))
    lasting = (await graph.get(f"{EVENTS}/{made['id']}", prefer=immutable))["id"]
    assert lasting != made["id"]

    box.outlook.refile("rita", "Demo")

    assert (await graph.get(f"{EVENTS}/{made['id']}")).status == 404
    got = await graph.get(f"{EVENTS}/{lasting}", prefer=immutable)
    assert (got.status, got["id"]) == (200, lasting)
    changed = lasting.swapcase()
    assert (await graph.get(f"{EVENTS}/{changed}")).status in (400, 404)
    bad = await graph.get(f"{EVENTS}/nonsense")
    assert (bad.status, bad.code) == (400, "ErrorInvalidIdMalformed")


async def test_addresses_can_be_spelled_in_several_ways(box: Sandbox, graph: Caller) -> None:
    made = await graph.post(EVENTS, meeting("Demo"))
    rita = box.person("rita").id

    for path in (
        f"//users/{rita}/events/{made['id']}",
        f"/users('{rita}')/events('{made['id']}')",
        f"/Users/{RITA.upper()}/Events/{made['id']}",
        f"/users/{rita}/calendar/events/{made['id']}",
    ):
        got = await graph.get(path)
        assert (got.status, got.body.get("id")) == (200, made["id"]), path


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start": None}, "ErrorPropertyValidationFailure"),
        ({"end": at(0, "08:00")}, "ErrorPropertyValidationFailure"),
        ({"start": at(1, "08:00", "Nowhere/Land")}, "TimeZoneNotSupportedException"),
        ({"start": {"dateTime": "soon", "timeZone": "UTC"}}, "RequestBodyRead"),
        ({"start": "2026-03-03"}, "RequestBodyRead"),
        ({"showAs": "asleep"}, "RequestBodyRead"),
        ({"subject": 7}, "RequestBodyRead"),
        ({"colour": "red"}, "RequestBodyRead"),
        ({"attendees": [{"emailAddress": {"address": "nobody"}}]}, "ErrorInvalidRecipients"),
        ({"attendees": [{"type": "required"}]}, "RequestBodyRead"),
        (
            {"attendees": [{"emailAddress": {"address": f"a{n}@x.y"}} for n in range(501)]},
            "ErrorInvalidRequest",
        ),
        ({"recurrence": weekly()}, "ErrorPropertyValidationFailure"),
        ({"recurrence": weekly("someday")}, "RequestBodyRead"),
        ({"recurrence": weekly("monday", until="2026-01-01")}, "ErrorPropertyValidationFailure"),
        ({"recurrence": weekly("monday", interval=-1)}, "ErrorPropertyValidationFailure"),
    ],
)
async def test_an_event_that_graph_would_not_take(graph: Caller, change: Json, code: str) -> None:
    got = await graph.post(EVENTS, meeting("Bad") | change)

    assert (got.status, got.code) == (400, code)
    assert (await graph.get(EVENTS)).value == []


async def test_errors_have_graphs_shape(graph: Caller) -> None:
    got = await graph.get("/users/nobody@halden.example/events", client_request_id="mine")

    error = got["error"]
    assert got.status == 404
    assert error["code"] == "ErrorInvalidUser"
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}
    assert error["innerError"]["client-request-id"] == "mine"
    assert got.headers["request-id"] == error["innerError"]["request-id"]
    assert (await graph.get("/teapots")).status == 400
    assert (await graph("PUT", EVENTS)).status == 405


async def test_who_may_not_read_is_told_why(box: Sandbox, graph: Caller) -> None:
    async def refused(path: str = EVENTS, **kw: Any) -> tuple[int, str]:
        got = await graph.get(path, **kw)
        return got.status, got.code

    denied = (401, "InvalidAuthenticationToken")
    entra = box.entra
    assert await refused(token="") == denied
    assert await refused(token="nonsense") == denied
    assert await refused(token=entra.application_token("https://api.botframework.com")) == denied
    assert await refused(token=entra.application_token(GRAPH_API, exp=1)) == denied
    assert await refused(token=entra.application_token(GRAPH_API, tid="other")) == denied
    assert (
        await refused(token=entra.application_token(GRAPH_API, key=box.botframework.key)) == denied
    )

    box.entra.revoke("Calendars.ReadWrite")
    box.entra.revoke("Calendars.Read")
    assert await refused() == (403, "ErrorAccessDenied")
    box.entra.revoke("User.Read.All")
    assert await refused(f"/users/{RITA}") == (403, "Authorization_RequestDenied")
    box.entra.grant("Calendars.ReadBasic.All")
    token = entra.application_token(GRAPH_API)
    await view(graph, token=token)
    got = await graph.post(EVENTS, meeting("Demo"), token=token)
    assert (got.status, got.code) == (403, "ErrorAccessDenied")


async def test_basic_reading_shows_no_content(box: Sandbox, graph: Caller) -> None:
    text = {"contentType": "text", "content": "Secret"}
    made = await graph.post(EVENTS, meeting("Demo", body=text))
    box.entra.grant_exactly("Calendars.ReadBasic.All")

    got = await graph.get(f"{EVENTS}/{made['id']}", token=box.entra.application_token(GRAPH_API))

    assert got["subject"] == "Demo"
    assert "body" not in got.body


async def test_mailboxes_that_cannot_be_opened(box: Sandbox, graph: Caller) -> None:
    box.set_mailbox("rita", Mailbox.DENIED)
    box.set_mailbox("noah", Mailbox.MISSING)

    denied = await graph.get(EVENTS)
    missing = await graph.get(f"/users/{NOAH}/mailboxSettings")

    assert (denied.status, denied.code) == (403, "ErrorAccessDenied")
    assert (missing.status, missing.code) == (404, "MailboxNotEnabledForRESTAPI")
    assert (await graph.get(f"/users/{NOAH}")).status == 200


async def test_odd_events_of_careless_clients_can_be_placed(box: Sandbox, graph: Caller) -> None:
    start = datetime(2026, 3, 3, 9, tzinfo=UTC)
    event = box.outlook.create(
        "rita", "x" * 10_000, start, start, created=start - timedelta(days=74), odd={"end": None}
    )

    (got,) = await view(graph)

    assert event.created == start - timedelta(days=74)
    assert got["createdDateTime"] == "2025-12-19T09:00:00Z"
    assert got["end"] is None
    assert len(got["subject"]) == 10_000
