"""Calendars read event by event: compared with an independent reading of the same calendar files,
and odd events, each of which ends in a right answer.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from icalendar import Event as Entry
from recurring_ical_events import of as spread

from graph.errors import BusyError
from handoff.calendar import Conflict, Event, Shows, at_home, taken
from handoff.hours import Span, WorkingTime
from handoff.policy import Policy
from handoff.reasons import why_not
from handoff.times import Availability, bookable, grid
from jobs.availability import WHOLE_DAY
from sandbox import ics
from sandbox.company import Mailbox
from sandbox.exchange.model import Address, Attendee, Pattern, Range, Recurrence, Response
from tests.hour import MONDAY
from tests.thoroughness import examples
from tests.world import World

HALF = timedelta(minutes=30)
WEEKS = timedelta(days=14)
HOMES = ["Europe/Madrid", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Auckland"]
ZONES = [*HOMES[:4], "Romance Standard Time", "India Standard Time", "UTC"]
STATUS = {"FREE": None, "TENTATIVE": Conflict.TENTATIVE, "BUSY": Conflict.BUSY} | {
    "OOF": Conflict.AWAY,
    "WORKINGELSEWHERE": Conflict.ELSEWHERE,
}
SEASONS = [datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 23, tzinfo=UTC)]  # clocks change


async def view(world: World, zone: str = "Europe/Madrid", start: datetime = MONDAY) -> list[Event]:
    """Two weeks of Rita's calendar."""
    window = Span(start - timedelta(days=1), start + WEEKS + timedelta(days=1))
    read = await world.app.services.outlook.views.read({world.box.person("rita").id: zone}, window)
    [found] = read.values()
    assert not isinstance(found, str), found
    return list(found)


# --- Compared with an independent reading -----------------------------------------------------


@st.composite
def entries(draw: st.DrawFn, first: datetime) -> str:
    """One entry of a calendar file: once, or a series with a day taken out and one moved."""
    day = first.replace(tzinfo=None) + timedelta(days=draw(st.integers(-2, 12)))
    lines = ["UID:@x", f"X-MICROSOFT-CDO-BUSYSTATUS:{draw(st.sampled_from(sorted(STATUS)))}"]
    lines += draw(st.sampled_from([[], [], ["CLASS:PRIVATE"]]))
    if draw(st.integers(0, 4)) == 0:
        ends = day + timedelta(days=draw(st.integers(1, 3)))
        return _entry(*lines, f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{ends:%Y%m%d}")
    zone = draw(st.sampled_from(ZONES))
    start = day + timedelta(minutes=15 * draw(st.integers(20, 88)))
    length = timedelta(minutes=draw(st.sampled_from([0, 15, 30, 45, 60, 150, 26 * 60, 50 * 60])))
    times = [f"DTSTART;TZID={zone}:{_at(start)}", f"DTEND;TZID={zone}:{_at(start + length)}"]
    if length > timedelta(hours=12) or draw(st.booleans()):
        return _entry(*lines, *times)
    rule = draw(
        st.sampled_from(
            [
                "FREQ=DAILY;COUNT=9",
                "FREQ=DAILY;INTERVAL=3;COUNT=5",
                "FREQ=WEEKLY;COUNT=6",
                "FREQ=WEEKLY",
                "FREQ=DAILY",
            ]
        )
    )
    step = 7 if "WEEKLY" in rule else 3 if "INTERVAL" in rule else 1
    out, moved = (start + timedelta(days=step * k) for k in draw(st.sampled_from([(1, 2), (2, 1)])))
    to = moved + timedelta(minutes=15 * draw(st.integers(-3, 3)))
    series = _entry(*lines, *times, f"RRULE:{rule}", f"EXDATE;TZID={zone}:{_at(out)}")
    exception = _entry(
        *lines,
        f"RECURRENCE-ID;TZID={zone}:{_at(moved)}",
        f"DTSTART;TZID={zone}:{_at(to)}",
        f"DTEND;TZID={zone}:{_at(to + length)}",
    )
    return series + draw(st.sampled_from(["", exception]))


def _at(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}"


def _entry(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


calendars = st.sampled_from(SEASONS).flatmap(
    lambda first: st.tuples(st.just(first), st.lists(entries(first), max_size=7))
)


def independent(text: str, home: str, first: datetime) -> Iterator[tuple[Conflict | None, Span]]:
    """What icalendar and recurring-ical-events make of the file, in *home*'s days."""
    own = ZoneInfo(home)
    around = timedelta(days=3)
    for found in spread(Calendar.from_ical(text)).between(first - around, first + WEEKS + around):
        start, end = found["DTSTART"].dt, found["DTEND"].dt
        whole = not isinstance(start, datetime)
        if whole:
            start, end = (datetime.combine(day, time(), own) for day in (start, end))
        why = STATUS[str(found["X-MICROSOFT-CDO-BUSYSTATUS"])]
        if why not in (None, Conflict.ELSEWHERE) and _private(found):
            why = Conflict.PRIVATE
        elif why in (Conflict.BUSY, Conflict.TENTATIVE) and whole:
            why = Conflict.ALL_DAY
        yield why, Span(start.astimezone(UTC), end.astimezone(UTC))


def _private(found: Entry) -> bool:
    return str(found.get("CLASS", "")) == "PRIVATE"


@settings(
    max_examples=examples(30),
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # over HTTP, a failure is not made smaller
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(calendar=calendars, home=st.sampled_from(HOMES))
async def test_conflicts_and_times_are_those_of_an_independent_reading(
    world: World, policy_in_force: Policy, calendar: tuple[datetime, list[str]], home: str
) -> None:
    first, found = calendar
    own = "".join(one.replace("UID:@x", f"UID:{n}@x") for n, one in enumerate(found))
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{own}END:VCALENDAR\r\n"
    world.box.mailboxes.clear()
    report = ics.read(world.box.tenant, "rita", text)
    assert not report.left_out
    expected = [(why, span) for why, span in independent(text, home, first) if why]
    hours = WorkingTime(zone=home, days=frozenset(range(7)), start=time(), end=time())

    events = await view(world, home, first)
    rita = world.box.person("rita")
    schedule = await world.app.services.outlook.schedules.read(
        rita.id, [rita.mail], first - WHOLE_DAY, first + WEEKS + WHOLE_DAY
    )
    told = [at_home(event, home) for event in schedule[rita.mail].events]

    rules = policy_in_force.calendar
    for moment in grid(first, first + WEEKS, HALF):
        span = Span(moment, moment + HALF)
        truth = {why for why, at in expected if at.start < at.end and at.overlaps(span)}
        truth |= {
            Conflict.ELSEWHERE
            for why, at in expected
            if why is Conflict.ELSEWHERE and at.overlaps(span)
        }
        ours = {o.why for o in why_not(span, hours=hours, events=events, rules=rules)}
        blocked = any(at.overlaps(span) for at in taken(told, rules))
        assert ours == truth, (span, home)
        assert blocked == bool(truth - {Conflict.ELSEWHERE}), f"free or busy at {span}"

    everyone = replace(
        policy_in_force,
        times=10_000,
        prospect_start=time(0, 0),
        prospect_end=time(23, 59),
        least=timedelta(),  # who hears of it in time is tried in tests/handoff/test_times.py
    )
    working = WorkingTime(zone=home, days=frozenset(range(5)), start=time(9), end=time(17))
    busy = tuple(taken(events, rules))
    offered = bookable(
        qualifier=Availability(person="quinn", hours=working, busy=()),
        reps=[Availability(person="rita", hours=working, busy=busy)],
        prospect_zone=home,
        minutes=30,
        prepare=timedelta(minutes=15),
        wanted=first.date(),
        at=first,
        policy=everyone,
    )
    start = first + everyone.notice
    free = [
        moment
        for moment in grid(start, start + timedelta(days=everyone.days_ahead), HALF)
        if _works(moment, home)
        and moment < first + WEEKS
        and not any(
            why is not Conflict.ELSEWHERE
            and at.start < at.end
            and at.overlaps(Span(moment, moment + HALF))
            for why, at in expected
        )
    ]
    assert [c.start for c in offered if c.start < first + WEEKS] == free


def _works(moment: datetime, home: str) -> bool:
    local = moment.astimezone(ZoneInfo(home))
    begins = local.hour * 60 + local.minute
    return local.weekday() < 5 and 9 * 60 <= begins <= 17 * 60 - 30


# --- Odd events ---------------------------------------------------------------------------------

TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def place(world: World, **odd: object) -> None:
    """An event in Rita's calendar whose JSON is not what it should be."""
    event = world.box.outlook.create("rita", "Odd", TUESDAY, TUESDAY + HOUR)
    world.box.outlook.place(replace(event, odd=odd))


async def one(world: World) -> Event:
    [found] = await view(world)
    return found


async def test_an_event_without_an_end_takes_no_time(world: World) -> None:
    place(world, end=None)

    found = await one(world)

    assert found.span == Span(TUESDAY, TUESDAY)
    assert not found.blocks


async def test_an_event_that_ends_before_it_begins_takes_the_time_between(world: World) -> None:
    place(world, end={"dateTime": "2026-03-03T08:00:00.0000000", "timeZone": "UTC"})

    assert (await one(world)).span == Span(TUESDAY - HOUR, TUESDAY)


async def test_an_unknown_zone_is_taken_for_that_of_the_mailbox(world: World) -> None:
    for zone, hour in (("tzone://Microsoft/Custom", 8), ("Asia/Kolkata", 3), ("Middle Earth", 8)):
        world.box.mailboxes.clear()
        place(
            world,
            start={"dateTime": "2026-03-03T09:00:00.0000000", "timeZone": zone},
            end={"dateTime": "2026-03-03T09:45:00", "timeZone": zone},
        )
        found = await one(world)
        assert found.span.start == TUESDAY.replace(hour=hour, minute=30 * (hour == 3)), zone
        assert found.span.end - found.span.start == timedelta(minutes=45)


async def test_an_event_whose_times_are_garbled_stops_no_other(world: World) -> None:
    place(world, start={"dateTime": "soon", "timeZone": "UTC"})
    place(world, start=None, end=None)
    world.box.outlook.create("rita", "Right", TUESDAY, TUESDAY + HOUR)

    assert [event.subject for event in await view(world)] == ["Right"]


async def test_what_graph_leaves_out_is_never_taken_for_free(world: World) -> None:
    place(world, showAs=None, attendees=None, organizer=None, responseStatus=None, categories=None)

    found = await one(world)

    assert found.shows is Shows.UNKNOWN
    assert found.blocks


async def test_a_subject_of_ten_thousand_characters_is_cut_and_five_hundred_guests_are_read(
    world: World,
) -> None:
    guests = tuple(
        Attendee(who=Address(name=f"G{n}", mail=f"g{n}@x.example"), response=Response.DECLINED)
        for n in range(500)
    )
    event = world.box.outlook.create("rita", "<b>*X*</b> " * 1000, TUESDAY, TUESDAY + HOUR)
    world.box.outlook.place(replace(event, attendees=guests))

    found = await one(world)

    assert len(found.subject) == 200
    assert len(found.attendees) == 500


async def test_a_series_without_an_end_or_a_range_is_spread_over_the_window_alone(
    world: World,
) -> None:
    pattern = Pattern(type="daily")
    endless = Range(type="noEnd", start=date(2026, 1, 5), zone="Romance Standard Time")
    series = world.box.outlook.create(
        "rita",
        "Daily",
        datetime(2026, 1, 5, 8, tzinfo=UTC),
        datetime(2026, 1, 5, 8, 15, tzinfo=UTC),
        zone="Romance Standard Time",
        recurrence=Recurrence(pattern=pattern, range=endless),
    )
    world.box.outlook.place(replace(series, odd={"recurrence": {"pattern": {"type": "daily"}}}))

    found = await view(world)

    assert len(found) == 16
    assert {event.key for event in found} == {found[0].series}


async def test_of_a_private_event_only_its_time_is_read(world: World) -> None:
    world.box.outlook.create(
        "rita",
        "Dentist",
        TUESDAY,
        TUESDAY + HOUR,
        sensitivity="private",
        attendees=["ravi"],
        categories=("Health",),
    )

    found = await one(world)

    assert found == Event(id=found.id, uid=found.uid, span=found.span, private=True)


async def test_when_an_event_was_made_is_read_with_its_people(world: World) -> None:
    """Asked for by itself, Graph answers year 1; then no age is known and none is guessed."""
    made = MONDAY - timedelta(days=74)
    world.box.outlook.create("rita", "Hold", TUESDAY, TUESDAY + HOUR, created=made)
    assert (await one(world)).created_at == made

    world.box.mailboxes.clear()
    place(world, createdDateTime="0001-01-01T00:00:00Z", lastModifiedDateTime=None)
    assert (await one(world)).created_at is None


async def test_long_calendars_come_page_by_page_and_a_dark_one_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.views.PAGE", 7)
    for n in range(20):
        at = TUESDAY + timedelta(minutes=n)
        world.box.outlook.create("rita", f"{n}", at, at + HOUR)
    world.box.set_mailbox("rosa", Mailbox.DENIED)
    world.box.set_mailbox("ravi", Mailbox.MISSING)
    people = {world.box.person(who).id: "UTC" for who in ("rita", "rosa", "ravi")}
    world.box.requests.clear()

    rita, rosa, ravi = (
        await world.app.services.outlook.views.read(people, Span(MONDAY, MONDAY + WEEKS))
    ).values()

    assert isinstance(rita, tuple)
    assert [event.subject for event in rita] == [str(n) for n in range(20)]
    assert rosa == "Baton may not read this mailbox"
    assert ravi == "there is no mailbox that Outlook can read"
    assert len(world.box.requests.graph_requests()) == 3, "three pages, all mailboxes in the first"


async def test_a_throttled_part_of_a_batch_makes_the_whole_wait(world: World) -> None:
    world.box.faults.graph_throttled(retry_after=21, person="rita")

    with pytest.raises(BusyError) as busy:
        await view(world)
    assert busy.value.retry_after == 21


# --- Who has left -------------------------------------------------------------------------------


async def test_who_has_left_is_told_from_who_is_renamed_or_no_person(world: World) -> None:
    directory, box = world.box.directory, world.box
    directory.change("sam", enabled=False)
    directory.change("theo", enabled=False, purpose="shared")
    lena = directory.change("lena", former=("lena.old@halden.example",))
    noah = box.person("noah")

    accounts = await world.app.services.outlook.leavers.accounts(
        [
            *(box.person("sam").mail, box.person("theo").mail, lena.mail),
            *("lena.old@halden.example", "marketing@halden.example", "o'neil@halden.example"),
        ],
        [noah.id, box.person("sam").id, "6a0f7d2e-0000-4000-8000-000000000001"],
    )

    assert accounts == {
        box.person("sam").mail: False,
        box.person("theo").mail: True,
        lena.mail: True,
        "lena.old@halden.example": True,
        noah.id: True,
        box.person("sam").id: False,
    }
    groups = ["marketing@halden.example", "o'neil@halden.example"]
    assert await world.app.services.outlook.leavers.groups(groups) == set(groups[:1])
