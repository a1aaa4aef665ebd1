"""Calendar files as people really have them: sloppy, old, torn, or made to do harm.

Times are in UTC. Rita's clock is Madrid's, an hour ahead until 29 March 2026.
"""

import re
import time
from datetime import timedelta, tzinfo

import pytest

from sandbox import ics
from sandbox.exchange.model import Event
from sandbox.ics import zones
from sandbox.ics.blocks import Block
from sandbox.m365 import Sandbox
from tests import hour
from tests.sandbox.conftest import MONDAY
from tests.sandbox.test_ics import file

BOX = Sandbox(weeks=False, now=MONDAY, machine=hour.now)
DAY = "DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260303\nTRANSP:OPAQUE\n"
WORK = "DTSTART;TZID=Europe/Madrid:20260302T090000\nDTEND;TZID=Europe/Madrid:20260302T100000\n"
NEW_YORK = WORK.replace("Europe/Madrid", "America/New_York")


@pytest.fixture(autouse=True)
def _empty() -> None:
    BOX.mailboxes.clear()


def imported(text: str | bytes) -> ics.Report:
    return ics.read(BOX.tenant, "rita", text)


def calendar() -> list[Event]:
    start = MONDAY.replace(hour=0, minute=0)
    return BOX.outlook.calendar("rita", start, start + timedelta(days=40))


def times() -> list[str]:
    return [f"{one.start:%m-%d %H:%M}–{one.end:%H:%M}" for one in calendar()]


def days(text: str) -> list[int]:
    """On which days of March something begins."""
    BOX.mailboxes.clear()
    imported(text)
    return [one.start.day for one in calendar()]


def test_nobody_is_busy_with_a_meeting_they_have_declined() -> None:
    me = "ATTENDEE;CN=Me;PARTSTAT={}:mailto:me@acme.example"
    text = file(
        f"UID:1\n{WORK}ORGANIZER:mailto:vendor@vendor.example\nTRANSP:OPAQUE\n"
        + me.format("DECLINED"),
        f"UID:2\n{WORK}ORGANIZER:mailto:boss@acme.example\n" + me.format("ACCEPTED"),
        f"UID:3\n{WORK}X-MICROSOFT-CDO-BUSYSTATUS:BUSY\nORGANIZER:mailto:me@acme.example\n"
        + me.format("DECLINED"),
        f"UID:4\n{WORK}ORGANIZER:mailto:me@acme.example\n"
        "ATTENDEE;PARTSTAT=DECLINED:mailto:somebody@else.example",
        head="X-WR-CALNAME:me@acme.example\n",
    )

    imported(text)

    shown = {one.uid: (one.show_as, str(one.response)) for one in calendar()}
    assert shown["1"] == ("free", "declined")
    assert shown["2"] == ("busy", "accepted")
    assert shown["3"] == ("free", "organizer"), "one's own too: Google has it so"
    assert shown["4"] == ("busy", "organizer"), "somebody else said no"


@pytest.mark.parametrize(
    ("series", "out", "left"),
    [
        (NEW_YORK, "EXDATE;VALUE=DATE:20260304", [2, 3, 5]),
        (NEW_YORK, "EXDATE;TZID=America/New_York:20260304T000000", [2, 3, 5]),
        (NEW_YORK, "EXDATE:20260304T140000Z", [2, 3, 5]),
        (NEW_YORK, "EXDATE:20260304T090000", [2, 3, 5]),  # the clock of the series
        (NEW_YORK, "EXDATE:20260304T150000", [2, 3, 5]),  # the clock of the calendar
        (NEW_YORK, "EXDATE:20260304T141500Z", [2, 3, 4, 5]),  # nothing begins then
        (NEW_YORK, "EXDATE;VALUE=DATE:00010101,20260304", [2, 3, 5]),
        (DAY, "EXDATE;VALUE=DATE:20260304", [2, 3, 5]),
        (DAY, "EXDATE;TZID=Europe/Berlin:20260304T000000", [2, 3, 5]),
        (DAY, "EXDATE:20260304T000000Z", [2, 3, 5]),
        (DAY, "EXDATE:20260303T230000Z", [2, 3, 5]),  # Madrid's midnight
        (DAY, "EXDATE;TZID=UTC+01:20260304T000000", [2, 3, 5]),
        (NEW_YORK, "RDATE;VALUE=DATE:20260309\nEXDATE;VALUE=DATE:20260304", [2, 3, 5, 9]),
    ],
)
def test_a_day_left_out_is_that_day_where_the_series_takes_place(
    series: str, out: str, left: list[int]
) -> None:
    assert days(file(f"UID:x\n{series}RRULE:FREQ=DAILY;COUNT=4\n{out}")) == left


def test_an_exception_stands_for_the_day_or_the_time_that_it_names() -> None:
    moved = "DTSTART:20260304T150000Z\nDTEND:20260304T160000Z"
    series = f"UID:x\n{NEW_YORK}RRULE:FREQ=DAILY;COUNT=4"
    for meant in (";VALUE=DATE:20260303", ";TZID=America/New_York:20260303T000000"):
        assert days(file(series, f"UID:x\nRECURRENCE-ID{meant}\n{moved}")) == [2, 4, 4, 5]

    BOX.mailboxes.clear()
    report = imported(
        file(
            series,
            f"UID:x\nRECURRENCE-ID:20260304T130000Z\nSUMMARY:Other time\n{moved}",
            f"UID:x\nRECURRENCE-ID:20260304T190000Z\nSUMMARY:Another\n{moved}",
        )
    )

    assert [one.start.day for one in calendar()] == [2, 3, 4, 4, 4, 5], "neither takes its place"
    assert ["no such time" in note.why for note in report.notes] == [True, True]


def test_where_an_exception_cannot_be_placed_its_time_is_not_taken_for_unchanged() -> None:
    backwards = "UID:x\nRECURRENCE-ID:20260303T140000Z\nDTSTART:20260305T140000Z\nDTEND:{}"
    text = file(f"UID:x\n{NEW_YORK}RRULE:FREQ=DAILY;COUNT=4", backwards.format("20260303T150000Z"))

    report = imported(text)

    assert [one.start.day for one in calendar()] == [2, 4, 5]
    (note,) = report.left_out
    assert "ends before it begins" in note.why


def test_periods_of_a_series_last_as_long_as_they_say() -> None:
    imported(
        file(
            "UID:r\nDTSTART:20260303T090000Z\nDTEND:20260303T100000Z\n"
            "RDATE;VALUE=PERIOD:20260305T090000Z/20260305T100000Z,20260306T090000Z/PT2H"
        )
    )

    assert times() == ["03-03 09:00–10:00", "03-05 09:00–10:00", "03-06 09:00–11:00"]
    for odd in ("20260305T090000Z/20260305T080000Z", "20260305T090000Z/PT9999999H"):
        period = f"RDATE;VALUE=PERIOD:{odd}"
        (note,) = imported(file(f"UID:odd\nDTSTART:20260303T090000Z\n{period}")).left_out
        assert "one of its times lasts" in note.why


AFTER = "UID:after\nSUMMARY:After\nDTSTART:20260304T090000Z\nDTEND:20260304T100000Z"


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=DAILY;INTERVAL=99999999999", "99999999999"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0"),
        ("FREQ=SECONDLY", "each second"),
        ("FREQ=SECONDLY;COUNT=1000000000", "each second"),
        ("FREQ=MINUTELY", "each minute"),
        ("FREQ=HOURLY", "more than 2000 times"),
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "by the second on chosen days"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=999999", "BYSETPOS=999999"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32"),
        ("FREQ=YEARLY;BYDAY=99MO", "BYDAY=99MO"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH=13"),
        ("FREQ=YEARLY;BYWEEKNO=-54", "BYWEEKNO=-54"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR=24"),
        pytest.param(f"FREQ=YEARLY;BYYEARDAY={'1,' * 9999}1", "10000 times", id="many days"),
        (
            "FREQ=DAILY;BYHOUR={};BYMINUTE={};BYSECOND=0,1".format(
                ",".join(map(str, range(24))), ",".join(map(str, range(60)))
            ),
            "more than 1440 times a day",
        ),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "1 single events"),  # only its first day, a Monday
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", "1 single events"),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", "1 single events"),
        ("FREQ=DAILY;UNTIL=20260301", "ends before it begins"),
        ("FREQ=DAILY;COUNT=1000000000", ""),
        ("FREQ=WEEKLY;UNTIL=99991231T235959Z", ""),
        ("FREQ=MONTHLY;BYMONTHDAY=2,16;UNTIL=99991231T235959Z", "single events"),
    ],
)
def test_a_rule_that_nobody_can_follow_is_named_and_holds_nobody_up(rule: str, why: str) -> None:
    report = imported(file(f"UID:odd\nSUMMARY:Odd\n{WORK}RRULE:{rule}", AFTER))

    assert [note.uid for note in report.notes] == (["odd"] if why else [])
    assert all(why in note.why for note in report.notes)
    assert "After" in {one.subject for one in calendar()}


def test_an_event_at_the_ends_of_time_is_named_and_holds_nobody_up() -> None:
    out = "".join(f",20{n % 90 + 10}0101T{n // 90 % 24:02}0000Z" for n in range(2000))
    minutely = "FREQ=DAILY;BYHOUR={};BYMINUTE={}".format(
        ",".join(map(str, range(24))), ",".join(map(str, range(60)))
    )
    text = file(
        "UID:first\nDTSTART:00010101T000000Z\nRRULE:FREQ=DAILY",
        "UID:last\nDTSTART;TZID=America/New_York:99991231T230000\nRRULE:FREQ=YEARLY",
        "UID:long\nDTSTART:20260302T090000Z\nDURATION:P9999999D",
        "UID:wide\nDTSTART:20260302T090000Z\nDTEND:21260302T090000Z\nRRULE:FREQ=DAILY",
        f"UID:out\n{WORK}RRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260303T080000Z{out}",
        "UID:zone\nDTSTART;TZID=America:20260302T090000",
        f"UID:old\nDTSTART:19700101T000000Z\nRRULE:{minutely}",
        AFTER,
    )

    report = imported(text)

    assert {note.uid for note in report.left_out} == {
        *("first", "last", "long", "wide", "zone", "old")
    }
    assert "100000 times until now" in {n.uid: n.why for n in report.left_out}["old"]
    assert times() == ["03-02 08:00–09:00", "03-04 09:00–10:00"]


def test_of_two_versions_of_a_meeting_the_newer_counts_wherever_it_stands() -> None:
    def version(sequence: int, stamp: int, at: str, uid: str = "v", more: str = "") -> str:
        return f"UID:{uid}\nSEQUENCE:{sequence}\nDTSTAMP:202602{stamp}T080000Z\n{more}DTSTART:{at}"

    series = f"UID:s\n{WORK}RRULE:FREQ=DAILY;COUNT=2"
    second = "RECURRENCE-ID:20260303T080000Z\n"
    text = file(
        version(0, 20, "20260304T090000Z"),
        version(2, 10, "20260304T140000Z"),
        version(2, 11, "20260304T150000Z"),
        version(1, 28, "20260304T160000Z"),
        series,
        version(3, 10, "20260303T170000Z", "s", second),
        version(1, 10, "20260303T180000Z", "s", second),
    )

    report = imported(text)

    assert [f"{one.start:%d %H}" for one in calendar()] == ["02 08", "03 17", "04 15"]
    assert [note.why for note in report.left_out] == ["a newer version of it is in the file"] * 4
    report = imported(file(version(1, 28, "20260304T160000Z"), f"{series}\nSEQUENCE:0"))
    assert [note.uid for note in report.left_out] == ["v"]
    assert [f"{one.start:%d %H}" for one in calendar()] == ["02 08", "03 08", "04 15"]
    imported(file("UID:v\nDTSTART:20260304T160000Z"))
    assert f"{calendar()[-1].start:%d %H}" == "04 16", "it does not say which version it is"


SPREAD = f"UID:i\n{WORK}RRULE:FREQ=MONTHLY;BYMONTHDAY=2,16;COUNT=3"
ONE_OF_IT = "UID:i\nRECURRENCE-ID:20260316T080000Z\nDTSTART:20260317T110000Z"


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ([SPREAD], [SPREAD.replace("T10", "T16").replace("T09", "T15")], ["02 14", "16 14"]),
        ([SPREAD], [f"UID:i\n{WORK}RRULE:FREQ=WEEKLY;COUNT=2"], ["02 08", "09 08"]),
        ([SPREAD], [f"UID:i\n{WORK}"], ["02 08"]),
        ([SPREAD], [ONE_OF_IT], ["02 08", "17 11"]),
        ([SPREAD, ONE_OF_IT], [SPREAD], ["02 08", "16 08"]),
        ([f"UID:i\n{WORK}RRULE:FREQ=WEEKLY;COUNT=3", ONE_OF_IT], [SPREAD], ["02 08", "16 08"]),
        ([f"UID:i\n{WORK}RRULE:FREQ=WEEKLY;COUNT=3"], [ONE_OF_IT], ["02 08", "09 08", "17 11"]),
        ([f"UID:i\n{WORK}"], [SPREAD], ["02 08", "16 08"]),
        ([ONE_OF_IT], [f"UID:i\n{WORK}RRULE:FREQ=WEEKLY;COUNT=3"], ["02 08", "09 08", "16 08"]),
        ([ONE_OF_IT], [SPREAD, ONE_OF_IT], ["02 08", "17 11"]),
        ([SPREAD], [f"{SPREAD}\nEXDATE:never"], ["02 08", "16 08"]),
    ],
)
def test_a_newer_export_leaves_nothing_of_the_older_beside_it(
    first: list[str], second: list[str], found: list[str]
) -> None:
    beside = f"UID:i_20260305\nSUMMARY:Beside\n{WORK.replace('0302', '0305')}"
    imported(file(*first, beside))
    for _ in range(2):
        imported(file(beside, *second))

        shown = [one for one in calendar() if one.start.month == 3 and one.subject != "Beside"]
        assert [f"{one.start:%d %H}" for one in shown] == found
        assert [one.subject for one in calendar()].count("Beside") == 1, "it is another entry"


def test_a_day_that_ends_where_it_begins_is_that_day() -> None:
    imported(
        file(
            "UID:1\nDTSTART;VALUE=DATE:20260304\nDTEND;VALUE=DATE:20260304\nTRANSP:OPAQUE",
            "UID:2\nDTSTART;VALUE=DATE:20260305\nDURATION:PT8H\nTRANSP:OPAQUE",
            "UID:3\nDTSTART;VALUE=DATE:20260306\nDTEND:20260306T120000Z\nTRANSP:OPAQUE",
            "UID:4\nDTSTART;VALUE=DATE:20260307\nDURATION:P2D\nTRANSP:OPAQUE",
        )
    )

    assert [(one.show_as, (one.end - one.start).days) for one in calendar()] == [
        ("busy", 1),
        ("busy", 1),
        ("busy", 1),
        ("busy", 2),
    ]


def test_whoever_has_a_day_that_says_nothing_is_told_that_it_is_free() -> None:
    day = "DTSTART;VALUE=DATE:20260309\nSUMMARY:Trade fair\n"
    report = imported(
        file(f"UID:1\n{day}", f"UID:2\n{day}", f"UID:3\n{day}X-MICROSOFT-CDO-BUSYSTATUS:OOF")
    )

    shown = {one.uid: one.show_as for one in calendar()}
    assert shown == {"1": "free", "2": "free", "3": "oof"}
    (note,) = report.notes
    assert "shown as free, as in Outlook, as are 1 more" in str(note)


def test_a_time_in_no_zone_is_on_the_clock_of_its_calendar() -> None:
    text = file(
        "UID:f\nDTSTART:20260304T090000\nDTEND:20260304T100000",
        "UID:z\nDTSTART;TZID=Europe/Madrid:20260304T090000\nDTEND:20260304T100000",
        head="X-WR-TIMEZONE:Asia/Tokyo\n",
    )

    (note,) = imported(text).notes

    assert times() == ["03-04 00:00–01:00", "03-04 08:00–09:00"]
    assert "Asia/Tokyo" in note.why
    BOX.mailboxes.clear()
    (note,) = imported(text.replace("Asia/Tokyo", "Middle Earth")).notes
    assert times()[0] == "03-04 08:00–09:00"
    assert "Middle Earth is unknown" in note.why


def zone(tzid: str, summer: str = "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU") -> str:
    """Six hours behind, five in summer, as Mexico did it until 2022."""
    return (
        f"BEGIN:VTIMEZONE\nTZID:{tzid}\nBEGIN:STANDARD\nDTSTART:20150101T020000\n"
        "TZOFFSETFROM:-0500\nTZOFFSETTO:-0600\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\n"
        "END:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20150101T020000\nTZOFFSETFROM:-0600\n"
        f"TZOFFSETTO:-0500\nRRULE:{summer}\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
    )


MEXICO = "Central Standard Time (Mexico)"


def test_a_zone_that_is_known_keeps_its_own_rules() -> None:
    text = file(
        f"UID:m\nDTSTART;TZID={MEXICO}:20250602T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY",
        f"UID:n\nDTSTART;TZID={MEXICO}:20250602T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY",
        head=zone(MEXICO),
    )

    (note,) = imported(text).notes

    assert times()[:2] == ["03-02 15:00–16:00"] * 2, "there is no summer time any more"
    assert (note.line, note.why) == (
        4,
        f"the file's rules for {MEXICO} are not those of America/Mexico_City, which are taken",
    )


@pytest.mark.parametrize(
    "summer", ["FREQ=SECONDLY", "FREQ=YEARLY;INTERVAL=0", "FREQ=YEARLY;BYSECOND=1,2", "nonsense"]
)
def test_rules_of_a_zone_that_nobody_can_follow_hold_nobody_up(summer: str) -> None:
    odd = "UID:odd\nDTSTART;TZID={}:20260302T090000"
    text = file(odd.format("Here"), AFTER, head=zone("Here", summer))

    (note,) = imported(text).notes

    assert note.why == "its time zone Here is unknown (DTSTART)"
    assert times() == ["03-04 09:00–10:00"]
    BOX.mailboxes.clear()
    imported(text.replace("TZID:Here", "TZID:Here\nX-LIC-LOCATION:Europe/Madrid"))
    assert times()[0] == "03-02 08:00–08:00", "but where it lies is said"


def test_what_has_no_uid_is_the_same_at_the_next_import() -> None:
    text = file("DTSTART;TZID=Nowhere:20260304T090000", head=zone("Nowhere"))
    for _ in range(2):
        imported(text)
        assert len(calendar()) == 1


def test_what_begins_in_an_hour_that_the_clocks_skip_lasts_as_long_as_ever() -> None:
    daily = "DTSTART;TZID=Europe/Madrid:20260328T023000\nDTEND;TZID=Europe/Madrid:20260328T031500"
    imported(file(f"UID:g\n{daily}\nRRULE:FREQ=DAILY;COUNT=3"))
    assert times() == ["03-28 01:30–02:15", "03-29 01:30–02:15", "03-30 00:30–01:15"]

    BOX.mailboxes.clear()
    imported(file(f"UID:g\n{daily.replace('0328', '0329')}"))
    assert times() == ["03-29 01:30–02:15"]


def test_a_line_is_counted_as_an_editor_counts_it() -> None:
    text = file(
        "UID:1\nDTSTART:20260304T090000Z\nDESCRIPTION:first\u2028second\u2029third\x85fourth\x0b",
        "UID:2\nDTSTART;TZID=Nowhere/Land:20260304T110000",
    )

    for ends in ("\n", "\r\n", "\r"):
        (note,) = imported(text.replace("\n", ends)).notes
        assert note.line == 9


@pytest.mark.parametrize(
    ("subject", "encoding", "noted"),
    [
        ("Réunion à Málaga", "utf-8", False),
        ("Réunion à Málaga", "utf-8-sig", False),
        ("Réunion à Málaga", "utf-16", False),
        ("Réunion à Málaga", "utf-16-be", False),
        ("Réunion à Málaga", "utf-16-le", False),
        ("Réunion à Málaga", "cp1252", True),
        ("Müller & Söhne – „Fête“", "cp1252", True),
        ("Встреча с клиентом завтра", "cp1251", True),
        ("会議の予定です", "cp932", True),
        ("Συνάντηση με πελάτη", "cp1253", True),
    ],
)
def test_letters_are_right_whatever_windows_wrote_them(
    subject: str, encoding: str, *, noted: bool
) -> None:
    report = imported(file(f"UID:1\n{WORK}SUMMARY:{subject}").encode(encoding))

    assert calendar()[0].subject == subject
    assert ["UTF-8" in note.why for note in report.notes] == [True] * noted


def test_a_line_folded_or_cut_within_a_letter_costs_at_most_that_letter() -> None:
    folded = file(f"UID:1\n{WORK}SUMMARY:Réunion à Málaga été").encode()
    assert not imported(folded.replace(b"M\xc3\xa1l", b"M\xc3\r\n \xa1l")).notes
    assert calendar()[0].subject == "Réunion à Málaga été"

    (note,) = imported(folded.replace(b"M\xc3\xa1l", b"M\xc3l")).notes
    assert calendar()[0].subject == "Réunion à M�laga été"
    assert "shown as �" in note.why


FUTURE = "UID:t\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Madrid:20260304T090000\n"


def test_a_change_from_one_time_on_holds_for_all_later_ones_or_the_series_is_left_out() -> None:
    series = f"UID:t\nSUMMARY:Old\n{WORK}RRULE:FREQ=DAILY;COUNT=4"
    new = "DTSTART;TZID=Europe/Madrid:20260304T110000\nDTEND;TZID=Europe/Madrid:20260304T120000\n"
    later = f"{FUTURE}SUMMARY:New\n{new}"
    once = "UID:t\nRECURRENCE-ID:20260305T080000Z\nSUMMARY:Once\nDTSTART:20260305T190000Z"
    imported(file(series, later, once))

    shown = [(one.subject, f"{one.start:%d %H}–{one.end:%H}") for one in calendar()]
    assert shown[:3] == [("Old", "02 08–09"), ("Old", "03 08–09"), ("New", "04 10–11")]
    assert shown[3:] == [("Once", "05 19–19")]
    assert days(file(series, f"{FUTURE}STATUS:CANCELLED\n{WORK}")) == [2, 3]
    for odd in (
        f"{later}RRULE:FREQ=WEEKLY",
        later.replace("Europe/Madrid:20260304T1", "Asia/Tokyo:20260304T1"),
        later.replace("THISANDFUTURE", "THISANDPRIOR"),
    ):
        BOX.mailboxes.clear()
        report = imported(file(series, odd))
        assert not calendar()
        assert report.left_out[0].subject == "Old"
    assert imported(file(later)).left_out, "without its series nobody knows what is later"


def test_what_two_readers_of_public_calendars_read_otherwise() -> None:
    """Each was a difference between this import and recurring-ical-events; why it is so is said."""
    own = f"UID:a\n{WORK}RRULE:FREQ=DAILY;COUNT=3\n"
    moved = "UID:a\nRECURRENCE-ID:20260303T080000Z\nDTSTART:20260303T150000Z"
    # An old Apple calendar takes the day of a moved occurrence out as well: it was moved.
    assert days(file(f"{own}EXDATE:20260303T080000Z", moved)) == [2, 3, 4]
    # Where the series has been written again since, it was taken out: there they are right.
    for rule in ("FREQ=DAILY;COUNT=3", "FREQ=DAILY;COUNT=3;BYHOUR=9"):
        newer = f"SEQUENCE:2\nUID:a\n{WORK}RRULE:{rule}\nEXDATE:20260303T080000Z"
        assert days(file(newer, moved)) == [2, 4]
    assert days(file(f"SEQUENCE:2\nUID:a\n{WORK}RRULE:FREQ=DAILY;COUNT=1", moved)) == [2]
    # EXRULE is of the older standard, and meant.
    assert days(file(f"{own}EXRULE:FREQ=DAILY;INTERVAL=2")) == [3]
    # An empty rule is none. A space between days means nothing.
    assert days(file(f"UID:a\n{WORK}RRULE:\nEXDATE:")) == [2]
    assert days(file(f"UID:a\n{WORK}RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO, TU")) == [2, 3, 9]
    # A series that ends before it begins has been taken away: there they are right.
    assert days(file(f"UID:a\n{WORK}RRULE:FREQ=WEEKLY;UNTIL=20260223T080000Z")) == []
    # An end without a zone is on the clock of the series, and so is its last time.
    assert days(file(f"UID:a\n{WORK}RRULE:FREQ=DAILY;UNTIL=20260303T090000")) == [2, 3]
    # The name of a zone is the same however it is written, as in Graph.
    BOX.mailboxes.clear()
    imported(file(f"UID:a\n{WORK.replace('Europe/Madrid', 'europe/LISBON')}"))
    assert times() == ["03-02 09:00–10:00"]
    # A night that is spread out ends on the clock where it would as a series, as in Exchange.
    night = "DTSTART;TZID=Europe/Madrid:20260327T220000\nDTEND;TZID=Europe/Madrid:20260328T060000\n"
    BOX.mailboxes.clear()
    imported(file(f"UID:a\n{night}RRULE:FREQ=DAILY;COUNT=2;BYHOUR=22"))
    assert times() == ["03-27 21:00–05:00", "03-28 21:00–04:00"]
    # An exception of another time of the day is one more; and where the file is torn, what was
    # whole before is there.
    assert days(file(own, moved.replace("T08", "T12")) + "BEGIN:VEVENT\nUID:torn") == [2, 3, 3, 4]
    # What is no series has nothing to take out: EXDATE is of recurring events.
    assert days(file(f"UID:a\n{WORK}EXDATE;TZID=Europe/Madrid:20260302T090000")) == [2]
    # An empty UID is none, and two of them are two events.
    assert days(file(f"UID:\n{WORK}", f"UID:\n{WORK.replace('0302', '0303')}")) == [2, 3]
    # A day that ends at an hour of itself is that day: DTEND is of the kind that DTSTART is.
    BOX.mailboxes.clear()
    imported(file("UID:a\nDTSTART:20260304\nDTEND:20260304T020000"))
    assert times() == ["03-04 00:00–00:00"]
    # An instant is one, also where the series is on the clock of whoever reads: 09:00 in Madrid is
    # 08:00 in UTC.
    floating = "UID:a\nDTSTART:20260302T090000\nRRULE:FREQ=DAILY;COUNT=3\n"
    assert days(file(f"{floating}EXDATE:20260303T090000Z,20260304T080000Z")) == [2, 3]
    # An event outside any calendar is an event.
    alone = file(own).partition("BEGIN:VEVENT")[2].partition("END:VCALENDAR")[0]
    assert days(f"BEGIN:VEVENT{alone}") == [2, 3, 4]


def test_a_reminder_that_cannot_be_read_does_not_cost_the_meeting() -> None:
    alarm = "BEGIN:VALARM\n{}\nEND:VALARM"
    (note,) = imported(file(f"UID:1\n{WORK}" + alarm.format("TRIGGER;-PT:5M\nNONSENSE"))).notes

    assert (note.left_out, note.why) == (False, "its reminder cannot be read")
    assert times() == ["03-02 08:00–09:00"]
    deep = "BEGIN:VALARM\n" * 3000 + "END:VALARM\n" * 3000
    assert days(file(f"UID:1\n{WORK}{deep}")) == [2]


@pytest.mark.parametrize(
    "torn",
    [
        'RRULE;X="a:FREQ=DAILY',
        "RRULE",
        'DTEND"',
        'EXDATE;X="a:20260303T080000Z',
        'rdate;x="a:20260303T080000Z',
        'DTEND;X="a:20260302T100000Z',
        'RECURRENCE-ID;X="a:20260303T080000Z',
        'STATUS;X="a:CANCELLED',
    ],
)
def test_an_event_of_which_a_torn_line_said_when_it_is_is_left_out_and_named(torn: str) -> None:
    """As one meeting, of a series, it would be offered as free on all its other days."""
    report = imported(file(f"UID:1\n{WORK}{torn}", AFTER))

    (note,) = report.left_out
    assert (note.uid, note.line) == ("1", 4)
    name = re.split('[;"]', torn)[0].upper()
    assert f"its {name} cannot be read" in note.why
    assert [one.subject for one in calendar()] == ["After"]


@pytest.mark.parametrize("torn", ['SUMMARY;LANGUAGE="en:Hello', '"broken', "TRANSP", ":x"])
def test_an_event_with_another_torn_line_is_kept_and_the_line_named(torn: str) -> None:
    (note,) = imported(file(f"UID:1\n{WORK}{torn}")).notes

    assert (note.uid, note.left_out) == ("1", False)
    assert note.why == f"one of its lines cannot be read: {torn}"
    assert times() == ["03-02 08:00–09:00"]


def test_what_a_file_says_of_a_zone_is_worked_out_once_however_many_events_are_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worked_out, explained = [], zones._explained

    def counted(block: Block) -> tzinfo | None:
        worked_out.append(block)
        return explained(block)

    monkeypatch.setattr(zones, "_explained", counted)
    events = [f"UID:{n}\nDTSTART;TZID=Here:20260302T090000\nDURATION:PT1H" for n in range(20)]
    imported(file(*events, 'UID:99\n"broken\n', head=zone("Here")))

    assert len(worked_out) == 1


def test_a_broken_line_does_not_make_everybody_wait() -> None:
    events = [f"UID:{n}\nDTSTART;TZID=Here:20260302T090000\nDURATION:PT1H" for n in range(60)]
    whole = file(*events, head=zone("Here"))

    def took(text: str) -> float:
        """Seconds of this process, the better of two."""
        found = []
        for _ in range(2):
            BOX.mailboxes.clear()
            begun = time.process_time()
            imported(text)
            found.append(time.process_time() - begun)
        return min(found)

    assert took(whole.replace("UID:59\n", 'UID:149\n"broken\n')) < took(whole) * 4
