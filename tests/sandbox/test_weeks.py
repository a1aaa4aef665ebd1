"""The weeks that Halden Systems starts with."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from sandbox.company import Person
from sandbox.exchange.model import Event, Response
from sandbox.leads import COLUMNS, LEADS, as_csv
from sandbox.m365 import Sandbox, running
from sandbox.zones import zone
from tests import hour
from tests.sandbox.conftest import MONDAY

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def lived() -> Iterator[Sandbox]:
    """Read only."""
    box = Sandbox(now=MONDAY, machine=hour.now)
    yield box
    box.close()


def week(box: Sandbox, who: str, number: int = 0) -> list[Event]:
    start = box.first_monday + number * WEEK
    return box.outlook.calendar(who, start, start + WEEK)


def the(box: Sandbox, who: str, subject: str, number: int = 0) -> Event:
    (found,) = [event for event in week(box, who, number) if event.subject == subject]
    return found


def test_the_same_monday_has_the_same_weeks(lived: Sandbox) -> None:
    def plan(box: Sandbox) -> list[tuple[str, str, datetime, datetime, str]]:
        return sorted(
            (person.key, event.subject, event.start, event.end, event.show_as)
            for person in box.directory
            for number in range(-2, 6)
            for event in week(box, person.key, number)
        )

    again = Sandbox(now=MONDAY + timedelta(days=2), machine=hour.now)

    assert plan(again) == plan(lived)
    assert again.first_monday == lived.first_monday == datetime(2026, 3, 2, tzinfo=UTC)


def working_half_hours(person: Person, monday: datetime) -> Iterator[datetime]:
    own = zone(person.hours.zone)
    days = [monday + timedelta(days=n) for n in range(5)]
    for day in days[: len(person.hours.days)]:
        at = datetime.combine(day.date(), person.hours.start, own)
        while at.time() < person.hours.end:
            yield at.astimezone(UTC)
            at += timedelta(minutes=30)


@pytest.mark.parametrize("who", ["rita", "ravi", "rosa", "noah", "lena", "sam"])
def test_every_rep_is_busy_and_still_has_room(lived: Sandbox, who: str) -> None:
    person = lived.person(who)
    for number in (0, 1):
        slots = list(working_half_hours(person, lived.first_monday + number * WEEK))
        taken = [event for event in week(lived, who, number) if event.show_as != "free"]
        free = [
            at
            for at in slots
            if not any(e.start < at + timedelta(minutes=30) and e.end > at for e in taken)
        ]

        assert len(taken) >= 8
        assert len(free) >= len(slots) * 0.3, f"{len(free)} of {len(slots)} half hours are free"
        assert len(free) <= len(slots) * 0.85


def test_a_team_meeting_is_moved_once_and_left_out_once_for_everybody(lived: Sandbox) -> None:
    for who in ("mara", "rita", "ravi", "rosa", "quinn"):
        subject = "EMEA sales meeting"
        usual, moved = the(lived, who, subject), the(lived, who, subject, 1)
        assert usual.kind == "occurrence"
        assert (moved.kind, moved.start - usual.start) == ("exception", timedelta(days=8, hours=2))
        assert not [e for e in week(lived, who, 2) if e.subject == subject]
        assert the(lived, who, subject, 3).start - usual.start == 3 * WEEK
    organizers = the(lived, "mara", subject)
    assert {one.response for one in organizers.attendees} == {Response.ACCEPTED}


def test_calendars_lie_in_several_ways(lived: Sandbox) -> None:
    hold = the(lived, "rita", "Hold - QBR")
    assert (hold.attendees, hold.show_as) == ((), "busy")
    assert lived.first_monday - hold.created > timedelta(days=73)
    gone = the(lived, "ravi", "Pipeline clean-up")
    assert (gone.response, gone.show_as) == (Response.NOT_RESPONDED, "tentative")
    assert not lived.person(gone.organizer.mail).enabled
    cancelled = the(lived, "ravi", "Canceled: Vendor demo")
    assert (cancelled.cancelled, cancelled.show_as) == (True, "busy")
    assert len([e for e in week(lived, "lena") if e.subject == "Board paper"]) == 2


def test_days_off_private_times_and_invitations(lived: Sandbox) -> None:
    assert the(lived, "rita", "Ravi's birthday").show_as == "free"
    away = the(lived, "sam", "Out of office: skiing")
    assert (away.all_day, away.show_as) == (True, "oof")
    assert the(lived, "rosa", "Annual leave", 2).show_as == "oof"
    assert the(lived, "noah", "Working from Boston").show_as == "workingElsewhere"
    assert the(lived, "rita", "Dentist").sensitivity == "private"
    webinar = the(lived, "rita", "Webinar: ports and brokers")
    assert (webinar.response, webinar.show_as) == (Response.NOT_RESPONDED, "tentative")
    assert the(lived, "lena", webinar.subject).show_as == "busy"
    answers = {a.who.name: a.response for a in the(lived, "milo", webinar.subject).attendees}
    assert (answers["Rita Osei"], answers["Lena Ortiz"]) == (Response.NONE, Response.ACCEPTED)


def test_lunch_is_when_people_have_lunch(lived: Sandbox) -> None:
    lunch = the_first(lived, "rita", "Lunch")
    assert lunch.start.astimezone(ZoneInfo("Europe/Madrid")).time() == time(14)
    assert len([e for e in week(lived, "rosa") if e.subject == "Lunch"]) == 4, "Fridays are off"


def the_first(box: Sandbox, who: str, subject: str) -> Event:
    return next(event for event in week(box, who) if event.subject == subject)


def test_nobody_has_been_written_to(lived: Sandbox) -> None:
    assert lived.post.letters() == []
    for person in lived.directory:
        for event in lived.mailboxes.events(person.id):
            assert event.created < MONDAY or event.start > MONDAY


async def test_the_first_start_is_little_work_and_the_next_one_too(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """In seconds of the processor, for the machine may have other things to do."""
    folder = tmp_path_factory.mktemp("kept")
    begin = process_time()
    async with running(folder=folder, machine=hour.now) as box:
        first = process_time() - begin
        count = sum(1 for person in box.directory for _ in box.mailboxes.events(person.id))
    begin = process_time()
    async with running(folder=folder, machine=hour.now) as box:
        again = process_time() - begin
        assert count == sum(1 for p in box.directory for _ in box.mailboxes.events(p.id))
    assert max(first, again) < 2


def test_leads_are_a_list_with_the_columns_that_people_import() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv())))

    assert (
        tuple(rows[0])
        == COLUMNS
        == (
            "company",
            "contact_name",
            "contact_email",
            "time_zone",
            "needs",
            "pains",
            "current_solution",
            "request",
            "value",
            "campaign",
        )
    )
    assert len(rows) == len(LEADS) >= 5
    assert {zone(row["time_zone"]).key for row in rows} == {lead.time_zone for lead in LEADS}
    assert all(row["contact_email"].endswith(".example") for row in rows)
