"""Believable weeks for the people of Halden Systems, the same every time for the same Monday.

What is in them: team meetings with a moved and a cancelled occurrence, lunches, calls with
customers, focus time, private appointments, absences, invitations that nobody has answered, and
the things that make calendars lie: a hold that nobody remembers, a series whose organizer has
left, a cancelled meeting that still blocks, a duplicate.

Everything is placed in the mailboxes as if it had come about in the months before; nobody is
written to.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sandbox.company import ROOM, Person, staff
from sandbox.exchange import ids
from sandbox.exchange.model import (
    NEVER,
    Address,
    Attendee,
    Body,
    Event,
    Pattern,
    Range,
    Recurrence,
    Response,
)
from sandbox.exchange.recurrence import DAYS
from sandbox.tenant import Tenant
from sandbox.zones import zone

FIRST_WEEK, LAST_WEEK = -3, 8  # of the single events, counted from the first Monday
SERIES_BEGAN = 20  # weeks before the first Monday
HALF_HOUR = timedelta(minutes=30)

CUSTOMERS = (
    ("Ines Prado", "ines.prado@contoso-logistics.example", "Contoso Logistics"),
    ("Jonas Weber", "j.weber@nordhafen.example", "Nordhafen Spedition"),
    ("Claire Dubois", "claire.dubois@transalpe.example", "Transalpe"),
    ("Tom Baker", "tbaker@lakesidefreight.example", "Lakeside Freight"),
    ("Aiko Mori", "a.mori@pacificbridge.example", "Pacific Bridge"),
    ("Luis Serrano", "lserrano@puertosur.example", "Puerto Sur"),
    ("Grace Okafor", "grace@lagosgate.example", "Lagos Gate"),
    ("Emil Berg", "emil.berg@fjordcargo.example", "Fjord Cargo"),
)
CALLS = ("Discovery", "Demo", "Follow-up", "Contract review", "Onboarding", "Check-in")

LUNCH = {"quinn": "14:00", "rita": "14:00", "priya": "15:00"}  # at 12:30 for everybody else
FOCUS = {
    "rosa": ("tuesday", "09:00"),
    "lena": ("tuesday", "thursday", "08:30"),
    "ravi": ("wednesday", "08:30"),
    "quinn": ("friday", "09:00"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A weekly or fortnightly meeting of colleagues."""

    subject: str
    organizer: str
    people: tuple[str, ...]
    day: str
    start: str  # where the organizer is
    minutes: int = 30
    every: int = 1  # weeks
    moved: int | None = None  # the week whose meeting is on the next day, two hours later
    cancelled: int | None = None  # the week whose meeting does not take place


MEETINGS = (
    Meeting(
        subject="EMEA sales meeting",
        organizer="mara",
        people=("rita", "ravi", "rosa", "quinn"),
        day="monday",
        start="10:00",
        minutes=45,
        moved=1,
        cancelled=2,
    ),
    Meeting(
        subject="Americas sales meeting",
        organizer="dana",
        people=("noah", "lena", "sam", "theo"),
        day="monday",
        start="11:30",
        minutes=45,
        moved=2,
        cancelled=1,
    ),
    Meeting(
        subject="All sales",
        organizer="helen",
        people=(
            *("mara", "dana", "rita", "ravi", "rosa", "noah", "lena", "sam"),
            *("quinn", "theo", "milo"),
        ),
        day="thursday",
        start="15:30",
        every=2,
    ),
    Meeting(
        subject="Qualification sync",
        organizer="quinn",
        people=("priya",),
        day="tuesday",
        start="11:00",
    ),
    Meeting(
        subject="Campaign review",
        organizer="milo",
        people=("quinn",),
        day="wednesday",
        start="10:00",
    ),
    Meeting(
        subject="Managers' call",
        organizer="helen",
        people=("mara", "dana"),
        day="tuesday",
        start="15:00",
    ),
    Meeting(
        subject="IT round",
        organizer="ada",
        people=("milo",),
        day="friday",
        start="10:00",
        every=2,
    ),
    *(
        Meeting(
            subject=f"1:1 {manager.title()} / {rep.title()}",
            organizer=manager,
            people=(rep,),
            day=day,
            start=start,
            every=2,
        )
        for manager, rep, day, start in (
            ("mara", "rita", "wednesday", "09:30"),
            ("mara", "ravi", "thursday", "10:30"),
            ("mara", "rosa", "thursday", "11:30"),
            ("dana", "noah", "tuesday", "13:30"),
            ("dana", "lena", "wednesday", "14:00"),
            ("dana", "sam", "wednesday", "15:00"),
        )
    ),
)


def write(tenant: Tenant, monday: datetime) -> None:
    """Everybody's weeks around that Monday, as far as the company has the people they are about."""
    writer = _Writer(tenant, monday)
    for meeting in MEETINGS:
        writer.meeting(meeting)
    for person in tenant.directory:
        writer.routine(person)
    writer.particular()
    for person in tenant.directory:
        if "Account Executive" in person.title:
            writer.calls(person)


class _Writer:
    def __init__(self, tenant: Tenant, monday: datetime) -> None:
        self._tenant = tenant
        self._monday = monday.date()

    # What repeats

    def meeting(self, meeting: Meeting) -> None:
        organizer = self._person(meeting.organizer)
        people = [one for key in meeting.people if (one := self._person(key))]
        if organizer is None or not people:
            return
        began = self._monday - timedelta(weeks=SERIES_BEGAN)
        start, end = self._times(organizer, meeting.day, meeting.start, meeting.minutes, began)
        master = self._place(
            organizer,
            meeting.subject,
            start,
            end,
            created=start - timedelta(days=12),
            recurrence=_weekly(organizer, began, meeting.day, every=meeting.every),
            online=True,
        )
        invited = self._invite(master, people)
        for week, moves in ((meeting.moved, True), (meeting.cancelled, False)):
            if week is not None:
                self._except(invited, meeting, week, moves=moves)

    def _except(self, copies: list[Event], meeting: Meeting, week: int, *, moves: bool) -> None:
        """In every copy of the series the meeting of that week is moved, or does not take place."""
        day = self._monday + timedelta(weeks=week, days=DAYS.index(meeting.day))
        for copy in copies:
            there = self._tenant.mailboxes.on_day(copy, day)
            if there is None:
                continue
            if moves:
                shift = timedelta(days=1, hours=2)
                moved = replace(there, start=there.start + shift, end=there.end + shift)
                self._tenant.mailboxes.put(moved, at=there.start - timedelta(days=20))
            else:
                without = replace(copy, gaps=(*copy.gaps, day))
                self._tenant.mailboxes.put(without, at=there.start - timedelta(days=20))

    def routine(self, person: Person) -> None:
        """Lunch every working day, and focus time for those who keep it."""
        lunch = LUNCH.get(person.key, "12:30")
        self._series(person, "Lunch", person.hours.days, lunch, minutes=45)
        if person.key in FOCUS:
            *days, start = FOCUS[person.key]
            self._series(person, "Focus time", tuple(days), start, minutes=90)

    def _series(
        self, person: Person, subject: str, days: tuple[str, ...], start: str, *, minutes: int
    ) -> None:
        began = self._monday - timedelta(weeks=SERIES_BEGAN)
        first = days[0]
        begins, ends = self._times(person, first, start, minutes, began)
        self._place(
            person,
            subject,
            begins,
            ends,
            created=begins - timedelta(days=3),
            recurrence=_weekly(person, began, *days),
        )

    # What happens once

    def particular(self) -> None:
        """The entries that make one person's week different from another's."""
        self._holds()
        self._absences()
        self._invitations()
        self._leftovers()
        self._nobodies()

    def _holds(self) -> None:
        for key, day, start, week in (
            ("rita", "tuesday", "15:00", 0),
            ("rita", "tuesday", "15:00", 1),
            ("lena", "thursday", "13:30", 1),
        ):
            self._once(key, "Hold - QBR", day, start, 60, week=week, age=74)
        for key, day, start, subject in (
            ("rita", "wednesday", "17:00", "Dentist"),
            ("noah", "thursday", "16:00", "School meeting"),
            ("helen", "friday", "16:30", "Physiotherapy"),
        ):
            self._once(key, subject, day, start, 60, age=9, sensitivity="private")

    def _absences(self) -> None:
        self._days("ravi", "Ravi's birthday", "wednesday", 1, show_as="free", age=300)
        self._days("rita", "Ravi's birthday", "wednesday", 1, show_as="free", age=300)
        self._days("sam", "Out of office: skiing", "friday", 1, show_as="oof", age=30)
        self._days("rosa", "Annual leave", "monday", 3, week=2, show_as="oof", age=45)
        self._days("noah", "Working from Boston", "friday", 1, show_as="workingElsewhere", age=6)

    def _invitations(self) -> None:
        """A webinar that some have accepted and some have not answered, and customers'
        invitations.
        """
        milo = self._person("milo")
        reps = ("rita", "ravi", "rosa", "noah", "lena", "sam")
        people = [one for key in reps if (one := self._person(key))]
        if milo and people:
            start, end = self._times(milo, "wednesday", "16:00", 60)
            webinar = self._place(
                milo, "Webinar: ports and brokers", start, end, created=start - timedelta(days=11)
            )
            self._invite(webinar, people, silent=("rita", "noah", "ravi"))
        for key, day, start_at, customer in (
            ("rosa", "wednesday", "13:30", CUSTOMERS[1]),
            ("lena", "tuesday", "15:00", CUSTOMERS[4]),
        ):
            self._from_outside(key, f"{customer[2]}: road map", day, start_at, customer)

    def _leftovers(self) -> None:
        """What makes a calendar lie."""
        former = replace(
            staff("Gus Lander", "Former Account Executive", domain=self._domain()), enabled=False
        )
        self._tenant.directory.add(former)
        gone = Address(name=former.name, mail=former.mail)
        ravi = self._person("ravi")
        if ravi:
            began = self._monday - timedelta(weeks=40)
            start, end = self._times(ravi, "friday", "11:00", 60, began)
            self._place(
                ravi,
                "Pipeline clean-up",
                start,
                end,
                created=start - timedelta(days=5),
                recurrence=_weekly(ravi, began, "friday"),
                organizer=gone,
                is_organizer=False,
                response=Response.NOT_RESPONDED,
                show_as="tentative",
                attendees=(_attendee(ravi),),
            )
        self._once(
            "ravi",
            "Canceled: Vendor demo",
            "tuesday",
            "14:00",
            60,
            age=21,
            cancelled=True,
            organizer=gone,
            is_organizer=False,
            response=Response.ACCEPTED,
        )
        for age in (16, 15):
            self._once("lena", "Board paper", "wednesday", "10:00", 60, age=age)

    def _nobodies(self) -> None:
        """Meetings of addresses that are no person's: of a distribution list, with a contact of the
        company's, in a room.
        """
        ravi, rosa = self._person("ravi"), self._person("rosa")
        lists = [group for group in self._tenant.directory.groups if group.name == "Sales team"]
        began = self._monday - timedelta(weeks=30)
        if ravi and lists and (mail := lists[0].mail):
            start, end = self._times(ravi, "tuesday", "09:00", 30, began)
            self._place(
                ravi,
                "Sales all hands",
                start,
                end,
                created=start - timedelta(days=5),
                recurrence=_weekly(ravi, began, "tuesday"),
                organizer=Address(name=lists[0].name, mail=mail),
                is_organizer=False,
                response=Response.ACCEPTED,
                answered_at=start - timedelta(days=4),
                attendees=(_attendee(ravi),),
            )
        if rosa:
            start, end = self._times(rosa, "thursday", "09:30", 30, began)
            rooms = [p for p in self._tenant.directory.accounts if p.purpose == ROOM]
            self._place(
                rosa,
                "Customs round",
                start,
                end,
                created=start - timedelta(days=5),
                recurrence=_weekly(rosa, began, "thursday"),
                attendees=(
                    *(
                        Attendee(who=Address(name=one.name, mail=one.mail))
                        for one in self._tenant.directory.contacts
                    ),
                    *(
                        replace(_attendee(one), type="resource", response=Response.ACCEPTED)
                        for one in rooms
                    ),
                ),
            )

    def calls(self, person: Person) -> None:
        """Calls with customers where the calendar still has room, four to six a week."""
        for week in range(FIRST_WEEK, LAST_WEEK + 1):
            chance = random.Random(f"{person.key} {week}")  # noqa: S311  # the same every time
            for start in self._free_starts(person, week, chance)[: chance.randint(4, 6)]:
                customer = chance.choice(CUSTOMERS)
                subject = f"{chance.choice(CALLS)}: {customer[2]}"
                end = start + chance.choice((1, 1, 2)) * HALF_HOUR
                made = start - timedelta(days=chance.randint(3, 15))
                guest = Attendee(
                    who=Address(name=customer[0], mail=customer[1]),
                    response=Response.ACCEPTED,
                    answered_at=made + timedelta(hours=5),
                )
                self._place(
                    person, subject, start, end, created=made, attendees=(guest,), online=True
                )

    def _free_starts(self, person: Person, week: int, chance: random.Random) -> list[datetime]:
        """Half hours at which an hour is free inside working hours, in random order, apart
        from each other.
        """
        own = zone(person.hours.zone)
        monday = self._monday + timedelta(weeks=week)
        opens = datetime.combine(monday, time(), own)
        taken = [
            (event.start, event.end)
            for event in self._tenant.mailboxes.view(person.id, opens, opens + timedelta(days=7))
            if event.show_as not in ("free", "workingElsewhere")
        ]
        found: list[datetime] = []
        starts = [
            datetime.combine(monday + timedelta(days=DAYS.index(day)), time(hour, minute), own)
            for day in person.hours.days
            for hour in range(person.hours.start.hour, person.hours.end.hour - 1)
            for minute in (0, 30)
        ]
        chance.shuffle(starts)
        for start in starts:
            end = start + 2 * HALF_HOUR
            clear = all(end <= begins or start >= ends for begins, ends in taken)
            if clear and all(abs(start - other) >= timedelta(hours=2) for other in found):
                found.append(start)
        return [start.astimezone(UTC) for start in found]

    # Placing

    def _person(self, key: str) -> Person | None:
        return self._tenant.directory.seek(key)

    def _domain(self) -> str:
        return next(iter(self._tenant.directory)).mail.partition("@")[2]

    def _times(
        self, person: Person, day: str, start: str, minutes: int, monday: date | None = None
    ) -> tuple[datetime, datetime]:
        """In UTC; the wall clock is the person's own."""
        at = (monday or self._monday) + timedelta(days=DAYS.index(day))
        begins = datetime.combine(at, time.fromisoformat(start), zone(person.zone)).astimezone(UTC)
        return begins, begins + timedelta(minutes=minutes)

    def _once(
        self,
        key: str,
        subject: str,
        day: str,
        start: str,
        minutes: int,
        *,
        age: int,
        week: int = 0,
        **fields: object,
    ) -> None:
        person = self._person(key)
        if person is None:
            return
        monday = self._monday + timedelta(weeks=week)
        begins, ends = self._times(person, day, start, minutes, monday)
        self._place(person, subject, begins, ends, created=self._days_ago(age), **fields)

    def _days(
        self, key: str, subject: str, day: str, days: int, *, show_as: str, age: int, week: int = 0
    ) -> None:
        person = self._person(key)
        if person is None:
            return
        first = self._monday + timedelta(weeks=week, days=DAYS.index(day))
        start = datetime.combine(first, time(), UTC)
        self._place(
            person,
            subject,
            start,
            start + timedelta(days=days),
            created=self._days_ago(age),
            all_day=True,
            show_as=show_as,
            reminder_on=False,
        )

    def _from_outside(
        self, key: str, subject: str, day: str, start: str, customer: tuple[str, str, str]
    ) -> None:
        person = self._person(key)
        if person is None:
            return
        begins, ends = self._times(person, day, start, 30)
        self._place(
            person,
            subject,
            begins,
            ends,
            created=self._days_ago(4),
            organizer=Address(name=customer[0], mail=customer[1]),
            is_organizer=False,
            response=Response.NOT_RESPONDED,
            show_as="tentative",
            attendees=(_attendee(person),),
        )

    def _place(
        self,
        person: Person,
        subject: str,
        start: datetime,
        end: datetime,
        *,
        created: datetime,
        **fields: object,
    ) -> Event:
        event = Event(
            id=ids.new_item(),
            owner=person.id,
            uid=ids.new_uid(created),
            subject=subject,
            body=Body(type="text", content=""),
            start=start,
            end=end,
            zone=person.zone,
            end_zone=person.zone,
            organizer=Address(name=person.name, mail=person.mail),
        )
        placed = replace(event, created=created, **fields)  # type: ignore[arg-type]
        return self._tenant.mailboxes.put(placed, at=created)

    def _invite(
        self, event: Event, people: Iterable[Person], *, silent: tuple[str, ...] = ()
    ) -> list[Event]:
        """All copies of the meeting. Everybody has accepted on the next day, but for the silent."""
        next_day = event.created + timedelta(days=1)
        answers: Mapping[str, Response] = {
            person.id: Response.NOT_RESPONDED if person.key in silent else Response.ACCEPTED
            for person in people
        }
        attendees = tuple(
            replace(
                _attendee(person),
                response=Response.NONE if person.key in silent else Response.ACCEPTED,
                answered_at=NEVER if person.key in silent else next_day,
            )
            for person in people
        )
        put = self._tenant.mailboxes.put
        copies = [put(replace(event, attendees=attendees), at=next_day)]
        for person in people:
            accepted = answers[person.id] is Response.ACCEPTED
            copy = replace(
                event,
                id=ids.new_item(),
                owner=person.id,
                is_organizer=False,
                attendees=tuple(_attendee(one) for one in people),
                response=answers[person.id],
                answered_at=next_day if accepted else NEVER,
                show_as="busy" if accepted else "tentative",
            )
            copies.append(put(copy, at=next_day if accepted else event.created))
        return copies

    def _days_ago(self, days: int) -> datetime:
        return datetime.combine(self._monday, time(8), UTC) - timedelta(days=days)


def _attendee(person: Person) -> Attendee:
    return Attendee(who=Address(name=person.name, mail=person.mail))


def _weekly(person: Person, began: date, *days: str, every: int = 1) -> Recurrence:
    first = began + timedelta(days=DAYS.index(days[0]))
    return Recurrence(
        pattern=Pattern(type="weekly", interval=every, days=days, first_day="monday"),
        range=Range(type="noEnd", start=first, zone=person.zone),
    )
