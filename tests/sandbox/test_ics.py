"""A person's own calendar file in a mailbox of the sandbox."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from recurring_ical_events import of as spread

from sandbox import ics
from sandbox.exchange.model import Event
from sandbox.m365 import Sandbox
from sandbox.zones import zone
from tests import hour
from tests.sandbox.conftest import MONDAY, Caller, week
from tests.thoroughness import examples

RITA = "rita.osei@halden.example"


def file(*entries: str, head: str = "") -> str:
    body = "".join(f"BEGIN:VEVENT\n{entry.strip()}\nEND:VEVENT\n" for entry in entries)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{head}{body}END:VCALENDAR\n"


def imported(box: Sandbox, text: str | bytes, *own: str) -> ics.Report:
    return ics.read(box.tenant, "rita", text, own=own)


def calendar(box: Sandbox, days: int = 28) -> list[Event]:
    start = MONDAY.replace(hour=0, minute=0)
    return box.outlook.calendar("rita", start, start + timedelta(days=days))


def starts(events: list[Event]) -> list[str]:
    return [f"{event.start:%m-%d %H:%M}" for event in events]


OUTLOOK = file(
    """
UID:040000008200E00074C5B7101A82E00800000000B0
DTSTART;TZID=Romance Standard Time:20260303T100000
DTEND;TZID=Romance Standard Time:20260303T113000
SUMMARY:Quarter planning\\, part 1
DESCRIPTION:Bring numbers\\nand coffee
LOCATION:Room 4
CLASS:PRIVATE
PRIORITY:1
CATEGORIES:Red,Finance
X-MICROSOFT-CDO-BUSYSTATUS:OOF
ORGANIZER;CN=Boss:mailto:boss@acme.example
ATTENDEE;CN=Me;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:me@acme.example
ATTENDEE;CN=Bob;ROLE=OPT-PARTICIPANT:MAILTO:bob@acme.example
ATTENDEE;CN=Room 4;CUTYPE=ROOM:mailto:room4@acme.example
CREATED:20251201T080000Z
LAST-MODIFIED:20260110T090000Z
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT45M
END:VALARM
""",
    """
UID:2@acme.example
DTSTART;TZID=Romance Standard Time:20260304T150000
DTEND;TZID=Romance Standard Time:20260304T153000
SUMMARY:My meeting
ORGANIZER;CN=Me:mailto:ME@acme.example
ATTENDEE;CN=Bob;PARTSTAT=DECLINED:mailto:bob@acme.example
""",
    """
UID:3@acme.example
DTSTART:20260401T080000Z
ORGANIZER:mailto:me@acme.example
""",
)


async def test_everything_about_an_event_comes_along(box: Sandbox, graph: Caller) -> None:
    report = imported(box, OUTLOOK)

    assert (report.me, report.made, report.notes) == ("me@acme.example", 3, [])
    first, second = (await graph.get(f"/users/{RITA}/calendarView?{week()}")).value
    assert first["iCalUId"] == "040000008200E00074C5B7101A82E00800000000B0"
    assert first["subject"] == "Quarter planning, part 1"
    assert first["start"]["dateTime"] == "2026-03-03T09:00:00.0000000"
    assert first["end"]["dateTime"] == "2026-03-03T10:30:00.0000000"
    assert first["originalStartTimeZone"] == "Romance Standard Time"
    assert first["bodyPreview"] == "Bring numbers and coffee"
    assert first["location"]["displayName"] == "Room 4"
    assert (first["showAs"], first["sensitivity"], first["importance"]) == (
        "oof",
        "private",
        "high",
    )
    assert first["categories"] == ["Red", "Finance"]
    assert first["reminderMinutesBeforeStart"] == 45
    assert (first["isOrganizer"], first["responseStatus"]["response"]) == (False, "accepted")
    assert [(a["type"], a["emailAddress"]["address"]) for a in first["attendees"]] == [
        ("required", RITA),
        ("optional", "bob@acme.example"),
        ("resource", "room4@acme.example"),
    ]
    assert first["createdDateTime"] == "2025-12-01T08:00:00Z"
    assert first["lastModifiedDateTime"] == "2026-01-10T09:00:00Z"
    assert second["isOrganizer"] is True
    assert second["attendees"][0]["status"]["response"] == "declined"
    assert box.post.letters() == []


async def test_a_second_import_replaces_and_doubles_nothing(box: Sandbox) -> None:
    imported(box, OUTLOOK)
    before = {event.uid: event.id for event in calendar(box)}

    report = imported(box, OUTLOOK.replace("My meeting", "Our meeting"))

    assert (report.made, report.replaced) == (0, 3)
    assert {event.uid: event.id for event in calendar(box)} == before
    assert [event.subject for event in calendar(box)][1] == "Our meeting"


async def test_days_zones_and_what_stands_in_the_way(box: Sandbox) -> None:
    text = file(
        "UID:day\nDTSTART;VALUE=DATE:20260305\nSUMMARY:Fair",
        "UID:days\nDTSTART;VALUE=DATE:20260309\nDTEND;VALUE=DATE:20260312\nTRANSP:OPAQUE",
        "UID:utc\nDTSTART:20260302T120000Z\nDURATION:PT90M\nTRANSP:TRANSPARENT",
        "UID:floating\nDTSTART:20260302T090000\nDTEND:20260302T100000\nSTATUS:TENTATIVE",
        "UID:iana\nDTSTART;TZID=America/New_York:20260302T090000\nSTATUS:CANCELLED",
        "UID:old\nDTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260302T080000",
    )

    (note,) = imported(box, text).notes
    assert "it is shown as free, as in Outlook" in note.why

    shown = {event.uid: event for event in calendar(box)}
    day = shown["day"]
    assert (day.all_day, day.end - day.start, day.show_as) == (True, timedelta(days=1), "free")
    assert (shown["days"].end - shown["days"].start, shown["days"].show_as) == (
        timedelta(days=3),
        "busy",
    )
    assert (shown["utc"].end - shown["utc"].start, shown["utc"].show_as) == (
        timedelta(minutes=90),
        "free",
    )
    assert shown["floating"].start == datetime(2026, 3, 2, 8, tzinfo=UTC), "as Rita's clock has it"
    assert shown["floating"].show_as == "tentative"
    assert shown["iana"].start == datetime(2026, 3, 2, 14, tzinfo=UTC)
    assert (shown["iana"].cancelled, shown["iana"].show_as) == (True, "free")
    assert shown["old"].start == datetime(2026, 3, 2, 7, tzinfo=UTC)


SERIES = (
    "UID:series\nSUMMARY:Jour fixe\nDTSTART;TZID=Europe/Madrid:20260302T100000\n"
    "DTEND;TZID=Europe/Madrid:20260302T110000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE\n"
    "EXDATE;TZID=Europe/Madrid:20260304T100000,20260309T100000"
)
MOVED = (
    "UID:series\nRECURRENCE-ID;TZID=Europe/Madrid:20260311T100000\nSUMMARY:Moved\n"
    "DTSTART;TZID=Europe/Madrid:20260312T160000\nDTEND;TZID=Europe/Madrid:20260312T170000"
)
DROPPED = (
    "UID:series\nRECURRENCE-ID:20260316T090000Z\nSTATUS:CANCELLED\n"
    "DTSTART;TZID=Europe/Madrid:20260316T100000"
)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
async def test_a_series_keeps_its_exceptions_and_gaps(
    box: Sandbox, graph: Caller, order: tuple[int, ...]
) -> None:
    entries = (SERIES, MOVED, DROPPED)
    text = file(*(entries[n] for n in order))

    for _ in range(2):
        report = imported(box, text)
        assert report.notes == []
        assert starts(calendar(box, 21)) == ["03-02 09:00", "03-12 15:00", "03-18 09:00"]
    view = (await graph.get(f"/users/{RITA}/calendarView?{week(21)}")).value
    assert [event["type"] for event in view] == ["occurrence", "exception", "occurrence"]
    listed = (await graph.get(f"/users/{RITA}/events")).value
    assert [event["type"] for event in listed] == ["seriesMaster"]
    assert listed[0]["recurrence"]["pattern"]["daysOfWeek"] == ["monday", "wednesday"]


async def test_a_single_occurrence_of_somebody_elses_series(box: Sandbox) -> None:
    report = imported(box, file(MOVED))

    assert (report.made, report.notes) == (1, [])
    assert starts(calendar(box)) == ["03-12 15:00"]


@pytest.mark.parametrize(
    ("start", "rule", "pattern"),
    [
        ("20260302", "FREQ=DAILY;INTERVAL=2;COUNT=4", "daily"),
        ("20260302", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20260320T080000Z", "weekly"),
        ("20260302", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,SA", "weekly"),
        ("20260302", "FREQ=WEEKLY", "weekly"),
        ("20260302", "FREQ=MONTHLY", "absoluteMonthly"),
        ("20260302", "FREQ=MONTHLY;BYDAY=1MO", "relativeMonthly"),
        ("20260331", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "relativeMonthly"),
        ("20260310", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2;INTERVAL=2", "relativeMonthly"),
        ("20260302", "FREQ=YEARLY;COUNT=3", "absoluteYearly"),
        ("20261126", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "relativeYearly"),
        ("20260331", "FREQ=MONTHLY", None),
        ("20260330", "FREQ=MONTHLY;BYDAY=5MO", None),
        ("20260302", "FREQ=MONTHLY;BYMONTHDAY=2,16", None),
        ("20260302", "FREQ=YEARLY;BYYEARDAY=61", None),
        ("20260302", "FREQ=WEEKLY;BYDAY=TU", None),
        ("20260302", "FREQ=HOURLY;INTERVAL=30;COUNT=5", None),
        ("20240229", "FREQ=YEARLY", None),
    ],
)
async def test_a_rule_yields_the_same_days_as_another_reader_finds(
    box: Sandbox, start: str, rule: str, pattern: str | None
) -> None:
    text = file(f"UID:r\nDTSTART;TZID=Europe/Madrid:{start}T100000\nDURATION:PT1H\nRRULE:{rule}")
    since, until = MONDAY, MONDAY + timedelta(days=360)

    report = imported(box, text)

    events = box.mailboxes.events(box.person("rita").id)
    (kept,) = {event.recurrence for event in events} or {None}
    assert (kept.pattern.type if kept else None) == pattern
    assert len(report.notes) == (0 if pattern else 1)
    expected = [e["DTSTART"].dt for e in spread(Calendar.from_ical(text)).between(since, until)]
    found = box.outlook.calendar("rita", since, until)
    assert [event.start for event in found] == sorted(expected)


TIMES = st.datetimes(min_value=datetime(2025, 9, 1), max_value=datetime(2026, 4, 1)).map(
    lambda at: at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
)
RULES = st.builds(
    lambda freq, interval, days, end: f"FREQ={freq};INTERVAL={interval}{days}{end}",
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    st.integers(1, 4),
    st.sampled_from(["", ";BYDAY=MO,FR", ";BYDAY=SU"]),
    st.sampled_from(["", ";COUNT=7", ";UNTIL=20260401T120000Z"]),
)
ZONES = st.sampled_from(
    ["Europe/Madrid", "America/New_York", "India Standard Time", "Australia/Lord_Howe", "UTC"]
)


BOX = Sandbox(weeks=False, now=MONDAY, machine=hour.now)


@given(start=TIMES, rule=RULES, tz=ZONES, minutes=st.integers(0, 2000))
@example(  # its first time is one that the clocks skip, and no other is
    start=datetime(2025, 10, 5, 2),
    rule="FREQ=DAILY;INTERVAL=1",
    tz="Australia/Lord_Howe",
    minutes=0,
)
@settings(max_examples=examples(150), deadline=None)
def test_any_series_stands_where_another_reader_finds_it(
    start: datetime, rule: str, tz: str, minutes: int
) -> None:
    BOX.mailboxes.clear()
    iana = zone(tz).key
    text = file(
        f"UID:r\nDTSTART;TZID={iana}:{start:%Y%m%dT%H%M%S}\nDURATION:PT{minutes}M\nRRULE:{rule}"
    )
    since, until = MONDAY, MONDAY + timedelta(days=60)

    assert not imported(BOX, text).left_out

    ours = {event.start for event in BOX.outlook.calendar("rita", since, until)}
    theirs = {
        event["DTSTART"].dt.astimezone(UTC)
        for event in spread(Calendar.from_ical(text)).between(since, until)
    }
    assert ours == theirs


CUSTOM = """BEGIN:VTIMEZONE
TZID:Head office
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


async def test_a_zone_that_only_the_file_explains(box: Sandbox) -> None:
    text = file(
        "UID:one\nSUMMARY:One\nDTSTART;TZID=Head office:20260302T100000\nDURATION:PT1H",
        "UID:many\nSUMMARY:Many\nDTSTART;TZID=Head office:20260323T100000\nDURATION:PT1H\n"
        "RRULE:FREQ=WEEKLY;COUNT=2",
        head=CUSTOM,
    )

    report = imported(box, text)

    assert starts(calendar(box, 35)) == ["03-02 09:00", "03-23 09:00", "03-30 08:00"]
    assert not report.left_out
    assert any("zone" in note.why for note in report.notes)


async def test_what_cannot_be_understood_is_named_with_its_line(box: Sandbox) -> None:
    text = file(
        "UID:good\nDTSTART:20260302T100000Z\nSUMMARY:Good",
        "UID:nostart\nSUMMARY:No start",
        "UID:odd\nDTSTART:tomorrow\nSUMMARY:Odd start",
        "UID:nowhere\nDTSTART;TZID=Mars/Olympus:20260302T100000\nSUMMARY:Mars",
        "UID:back\nDTSTART:20260302T100000Z\nDTEND:20260302T090000Z\nSUMMARY:Backwards",
        "UID:rule\nDTSTART:20260302T100000Z\nRRULE:FREQ=SOMETIMES\nSUMMARY:Rule",
        "UID:good\nDTSTART:20260303T100000Z\nSUMMARY:Good again",
        "DTSTART:20260304T100000Z\nSUMMARY:No UID",
    ).replace("END:VCALENDAR", "BEGIN:VTODO\nUID:todo\nSUMMARY:Buy milk\nEND:VTODO\nEND:VCALENDAR")
    lines = text.splitlines()

    report = imported(box, text)

    why = {note.uid: note for note in report.left_out if note.subject != "Good again"}
    assert set(why) == {"nostart", "odd", "nowhere", "back", "rule", "todo"}
    for uid, note in why.items():
        assert note.line == lines.index(f"UID:{uid}"), uid
    assert "no DTSTART" in str(why["nostart"])
    assert "Mars/Olympus" in str(why["nowhere"])
    assert "ends before it begins" in str(why["back"])
    assert "VTODO" in str(why["todo"])
    assert [note.subject for note in report.left_out if note.uid == "good"] == ["Good again"]
    assert report.made == 2
    assert imported(box, text).replaced == 2, "without a UID it is still known again"


@pytest.mark.parametrize(
    "text", ["", "hello", "BEGIN:VCALENDAR\nEND:VCALENDAR", b"\xff\xfe\x00nonsense"]
)
async def test_a_file_that_is_no_calendar_is_said_to_be_none(
    box: Sandbox, text: str | bytes
) -> None:
    report = imported(box, text)

    assert report.made == 0
    assert len(report.left_out) == (0 if "VCALENDAR" in str(text) else 1)


async def test_a_torn_file_gives_what_it_can(box: Sandbox) -> None:
    whole = file("UID:a\nDTSTART:20260302T100000Z", "UID:b\nSUMMARY:B\nDTSTART:20260303T100000Z")
    torn = whole[: whole.index("DTSTART:20260303") + 10]

    report = imported(box, torn)

    assert starts(calendar(box)) == ["03-02 10:00"]
    (note,) = report.left_out
    assert (note.uid, note.subject) == ("b", "B")
    assert "no end" in note.why


async def test_the_own_address_can_be_told(box: Sandbox) -> None:
    text = file("UID:x\nDTSTART:20260302T100000Z\nORGANIZER:mailto:other@acme.example")

    report = imported(box, text, "Other@acme.example")

    assert report.me == "other@acme.example"
    assert calendar(box)[0].is_organizer
    named = text.replace("PRODID:test", "X-WR-CALNAME:me@acme.example")
    assert imported(box, named).me == "me@acme.example"
    assert not calendar(box)[0].is_organizer


def test_line_ends_without_end_hold_up_nobody_and_lines_keep_their_numbers(box: Sandbox) -> None:
    once = file("UID:a\nDTSTART:20260303T090000Z\nDTEND:20260303T093000Z\nSUMMARY:Call")
    ended = imported(box, once.replace("\n", "\r\r\n").encode() + b"\r" * 1_000_000)
    assert ended.notes == []
    assert starts(calendar(box)) == ["03-03 09:00"]

    wrong = once.replace("20260303T090000Z", "soon")
    lines = {
        how: str(imported(box, wrong.replace("\n", how).encode()).notes)
        for how in ("\n", "\r\n", "\r", "\r\r\n")
    }

    assert len(set(lines.values())) == 1, lines
