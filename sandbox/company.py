"""The people of a company, their managers and groups, as Entra knows them, and Halden Systems in
particular.

A company is a plain value; `Directory` holds the one that a sandbox runs with and every change
made to it since.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID, uuid5

from sandbox.key_value_store import KeyValueStore

_IDS = UUID("6f1c2a64-5d0e-4c53-9a3e-0b8f4f1d7b11")  # ids are the same on every machine
ROOM = "room"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


class UnknownPersonError(LookupError):
    """Nobody in the company is known by that id, address or name."""


class Mailbox(StrEnum):
    """How a person's mailbox answers Graph."""

    OPEN = "open"
    DENIED = "denied"  # an access policy keeps the application out
    MISSING = "missing"  # no licence, or deleted
    ON_PREMISES = "on-premises"  # on a server at home: mail and free/busy come through, Graph not
    SILENT = "silent"  # 503 to whatever is asked, for ever: its database is on no server


class TeamsUse(StrEnum):
    """Whether a person may use Teams, and the app in it."""

    FREE = "free"
    BLOCKED = "blocked"  # an app permission policy keeps the app from them
    NONE = "none"  # no licence


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Working hours as set in Outlook."""

    start: time = time(9)
    end: time = time(17)
    zone: str  # Windows or IANA name, as the person's client wrote it
    days: tuple[str, ...] = WEEKDAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """Automatic replies."""

    status: str = "disabled"  # disabled, alwaysEnabled or scheduled
    start: datetime | None = None  # UTC; when scheduled
    end: datetime | None = None
    zone: str = "UTC"  # on whose clock Graph tells of start and end; a Windows name
    inside: str = ""  # what colleagues are told
    outside: str = ""
    audience: str = "all"  # none, contactsOnly or all


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: str
    given: str
    surname: str
    mail: str
    upn: str
    title: str
    department: str = ""
    city: str = ""
    country: str  # two letters: Entra's usageLocation
    locale: str = "en-US"
    zone: str  # of the mailbox; Windows or IANA name
    hours: Hours
    replies: Replies = Replies()
    manager: str | None = None  # a person's id
    enabled: bool = True
    shares_subjects: bool = (
        False  # with everyone in the company; by default only when they are busy
    )
    automatic: bool = True  # invitations are put into the calendar without anybody's doing
    by_rule: str | None = None  # accept or decline: what the mailbox answers to each by itself
    keeps_declined: bool = False  # what was declined stays in the calendar, marked so, and free
    mailbox: Mailbox = Mailbox.OPEN
    teams: TeamsUse = TeamsUse.FREE
    purpose: str = "user"  # of the mailbox: user, shared, room …; one that is no user's is disabled
    former: tuple[str, ...] = ()  # addresses that still reach the person: aliases, former ones

    @property
    def name(self) -> str:
        return f"{self.given} {self.surname}"

    @property
    def key(self) -> str:
        """The given name in small letters, which is how tests and the desk call people."""
        return self.given.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    id: str
    name: str
    members: tuple[str, ...]  # ids of people and of other groups
    mail: str | None = None  # of a distribution list, or of a team


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody elsewhere whom the address book has under an address of the company. They have no
    account: Graph knows them as neither user nor group.
    """

    name: str
    mail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    name: str
    domain: str
    people: tuple[Person, ...]  # and rooms, which have accounts too
    groups: tuple[Group, ...] = ()
    contacts: tuple[Contact, ...] = ()


Who = Person | str  # a person, or their id, address, sign-in name, given name or full name


class Directory:
    """The company as it is now."""

    def __init__(self, store: KeyValueStore) -> None:
        self._people = store.bucket("person", Person)
        self._groups = store.bucket("group", Group)
        self._contacts = store.bucket("contact", Contact)
        self.not_indexed: set[str] = set()
        """Ids that Entra's index does not know just now: who asks for it sees less."""
        self.index()

    @property
    def empty(self) -> bool:
        return not self._people

    def settle(self, company: Company) -> None:
        """The company's people and groups are the ones in the directory."""
        self._people.clear()
        self._groups.clear()
        self._contacts.clear()
        self.not_indexed.clear()
        for person in company.people:
            self._people[person.id] = person
        for group in company.groups:
            self._groups[group.id] = group
        for contact in company.contacts:
            self._contacts[contact.mail] = contact
        self.index()

    def __iter__(self) -> Iterator[Person]:
        """People: a room is none."""
        return (one for one in self._people.values() if one.purpose != ROOM)

    @property
    def accounts(self) -> list[Person]:
        """Everything that Entra has an account for."""
        return list(self._people.values())

    @property
    def contacts(self) -> list[Contact]:
        return list(self._contacts.values())

    def find(self, who: Who) -> Person:
        """As the directory has them now. Raises UnknownPersonError."""
        person = self.seek(who)
        if person is None:
            raise UnknownPersonError(str(who))
        return person

    def seek(self, who: Who) -> Person | None:
        if isinstance(who, Person):
            return self._people.get(who.id)
        return self._people.get(self._names.get(who.lower(), ""))

    def addressed(self, address: str) -> Person | None:
        """Whose mailbox a mail to this address reaches."""
        person = self.seek(address) if "@" in address else None
        return person if person and person.mailbox is not Mailbox.MISSING else None

    def change(self, who: Who, **fields: object) -> Person:
        """The person afterwards. A new mail address leaves the old one working, as
        Exchange does.
        """
        old = self.find(who)
        new: Person = replace(old, **fields)  # type: ignore[arg-type]  # fields are Person's
        if new.mail != old.mail:
            new = replace(new, former=(*old.former, old.mail))
        self._people[new.id] = new
        self.index()
        return new

    def add(self, person: Person) -> Person:
        self._people[person.id] = person
        self.index()
        return person

    def leave(self, who: Who) -> None:
        """The account is deleted: nobody finds the person and no group holds them."""
        gone = self.find(who).id
        del self._people[gone]
        for group in list(self._groups.values()):
            if gone in group.members:
                members = tuple(member for member in group.members if member != gone)
                self._groups[group.id] = replace(group, members=members)
        for person in list(self._people.values()):
            if person.manager == gone:
                self._people[person.id] = replace(person, manager=None)
        self.index()

    def manager(self, person: Person) -> Person | None:
        return self._people.get(person.manager or "")

    def reports(self, person: Person) -> list[Person]:
        return [other for other in self if other.manager == person.id]

    @property
    def groups(self) -> list[Group]:
        return list(self._groups.values())

    def group(self, name_or_id: str) -> Group | None:
        wanted = name_or_id.lower()
        return next((g for g in self.groups if wanted in (g.id, g.name.lower())), None)

    def set_group(
        self, name: str, members: Iterable[Who | Group], *, mail: str | None = None
    ) -> Group:
        """The group has exactly these members, and with *mail* that address; it is made when there
        is none of that name.
        """
        known = self.group(name)
        ids = tuple(m.id if isinstance(m, Group) else self.find(m).id for m in members)
        group = Group(
            id=known.id if known else group_id(name),
            name=name,
            members=ids,
            mail=mail or (known.mail if known else None),
        )
        self._groups[group.id] = group
        return group

    def everyone_in(self, group: Group) -> list[Person | Group]:
        """Members and members of member groups, each once."""
        found: dict[str, Person | Group] = {}
        waiting = list(group.members)
        while waiting:
            member = waiting.pop(0)
            if member in found or member == group.id:
                continue
            if member in self._people:
                found[member] = self._people[member]
            elif member in self._groups:
                found[member] = self._groups[member]
                waiting.extend(self._groups[member].members)
        return list(found.values())

    def index(self) -> None:
        """What is computed from what is kept is so."""
        self._names: dict[str, str] = {}
        for person in self._people.values():  # the first of two who share a given name has it
            for name in (person.key, person.name.lower()):
                self._names.setdefault(name, person.id)
        for person in self._people.values():
            for address in person.former:
                self._names.setdefault(address.lower(), person.id)
        for person in self._people.values():  # ids and addresses win over names
            for name in (person.id, person.mail.lower()):
                self._names[name] = person.id
        for person in self._people.values():  # and a sign-in name over another's address
            self._names[person.upn.lower()] = person.id


def with_first(company: Company, key: str) -> Company:
    """The same company, but that the person's id is lower than everybody else's."""
    [old] = [one.id for one in company.people if one.key == key]
    new = str(UUID(int=UUID(old).int >> 64))

    def now(id: str) -> str:
        return new if id == old else id

    return replace(
        company,
        people=tuple(
            replace(one, id=now(one.id), manager=one.manager and now(one.manager))
            for one in company.people
        ),
        groups=tuple(
            replace(one, members=tuple(now(id) for id in one.members)) for one in company.groups
        ),
    )


def person_id(domain: str, key: str) -> str:
    return str(uuid5(_IDS, f"{key}@{domain}"))


def group_id(name: str) -> str:
    return str(uuid5(_IDS, f"group {name}"))


def staff(
    full_name: str,
    title: str,
    *,
    domain: str = "halden.example",
    city: str = "London",
    country: str = "GB",
    zone: str = "Europe/London",
    hours: Hours | None = None,
    manager: str | None = None,
    department: str = "Sales",
    locale: str = "en-GB",
) -> Person:
    """A member of a company; `manager` is that person's given name. Hours default to nine
    to five.
    """
    given, _, surname = full_name.partition(" ")
    mail = f"{given.lower()}.{surname.lower().replace(' ', '')}@{domain}"
    return Person(
        id=person_id(domain, given.lower()),
        given=given,
        surname=surname,
        mail=mail,
        upn=mail,
        title=title,
        department=department,
        city=city,
        country=country,
        locale=locale,
        zone=zone,
        hours=hours or Hours(zone=zone),
        manager=person_id(domain, manager.lower()) if manager else None,
    )


def room(name: str, *, domain: str = "halden.example") -> Person:
    """A room, which says yes to whoever asks first."""
    return replace(
        staff(name, "Room", domain=domain),
        enabled=False,
        purpose=ROOM,
        by_rule="accept",
        teams=TeamsUse.NONE,
    )


def _hours(start: str, end: str, zone: str, days: tuple[str, ...] = WEEKDAYS) -> Hours:
    return Hours(start=time.fromisoformat(start), end=time.fromisoformat(end), zone=zone, days=days)


def halden() -> Company:
    """Halden Systems, which sells customs-tracking software: fifteen people in seven time zones, a
    room, and addresses that are nobody's. One mailbox is still on a server at home.

    Some mailboxes carry Windows zone names and some IANA names, because Outlook for Windows writes
    the one and Outlook on the web the other.
    """
    madrid, london, new_york = "Romance Standard Time", "GMT Standard Time", "America/New_York"
    people = (
        staff(
            "Helen Strand",
            "Head of Sales",
            zone=london,
            hours=_hours("08:30", "17:30", london),
        ),
        staff(
            "Mara Lind",
            "Sales Manager EMEA",
            city="Stockholm",
            country="SE",
            locale="sv-SE",
            zone="Europe/Stockholm",
            hours=_hours("08:00", "16:30", "Europe/Stockholm"),
            manager="Helen",
        ),
        staff(
            "Dana Cole",
            "Sales Manager Americas",
            city="New York",
            country="US",
            locale="en-US",
            zone=new_york,
            hours=_hours("09:00", "17:30", new_york),
            manager="Helen",
        ),
        staff(
            "Quinn Avery",
            "Lead Qualifier",
            city="Madrid",
            country="ES",
            locale="es-ES",
            zone=madrid,
            hours=_hours("09:00", "18:00", madrid),
            manager="Mara",
            department="Lead Qualification",
        ),
        staff(
            "Priya Nair",
            "Lead Qualifier",
            city="Kolkata",
            country="IN",
            locale="en-IN",
            zone="India Standard Time",
            hours=_hours("11:00", "20:00", "India Standard Time"),
            manager="Mara",
            department="Lead Qualification",
        ),
        staff(
            "Theo Marsh",
            "Lead Qualifier",
            city="New York",
            country="US",
            locale="en-US",
            zone="Eastern Standard Time",
            hours=_hours("08:30", "17:00", "Eastern Standard Time"),
            manager="Dana",
            department="Lead Qualification",
        ),
        staff(
            "Rita Osei",
            "Account Executive",
            city="Madrid",
            country="ES",
            locale="en-GB",
            zone="Europe/Madrid",
            hours=_hours("09:00", "18:00", "Europe/Madrid"),
            manager="Mara",
        ),
        staff(
            "Ravi Patel",
            "Account Executive",
            zone=london,
            hours=_hours("08:00", "16:30", london),
            manager="Mara",
        ),
        staff(
            "Rosa Klein",
            "Senior Account Executive",
            city="Berlin",
            country="DE",
            locale="de-DE",
            zone="W. Europe Standard Time",
            hours=_hours("09:00", "15:00", "W. Europe Standard Time", WEEKDAYS[:4]),
            manager="Mara",
        ),
        staff(
            "Noah Brooks",
            "Account Executive",
            city="New York",
            country="US",
            locale="en-US",
            zone=new_york,
            hours=_hours("09:00", "17:00", new_york),
            manager="Dana",
        ),
        staff(
            "Lena Ortiz",
            "Senior Account Executive",
            city="Chicago",
            country="US",
            locale="en-US",
            zone="Central Standard Time",
            hours=_hours("08:00", "17:00", "Central Standard Time"),
            manager="Dana",
        ),
        staff(
            "Sam Whitaker",
            "Account Executive",
            city="Denver",
            country="US",
            locale="en-US",
            zone="America/Denver",
            hours=_hours("09:00", "17:30", "America/Denver"),
            manager="Dana",
        ),
        staff(
            "Milo Hart",
            "Campaign Manager",
            city="Dublin",
            country="IE",
            locale="en-IE",
            zone="Europe/Dublin",
            hours=_hours("09:00", "17:30", "Europe/Dublin"),
            manager="Helen",
            department="Marketing",
        ),
        staff(
            "Ada Novak",
            "IT Administrator",
            city="Prague",
            country="CZ",
            locale="cs-CZ",
            zone="Central Europe Standard Time",
            hours=_hours("07:30", "16:00", "Central Europe Standard Time"),
            manager="Helen",
            department="IT",
        ),
        replace(
            staff(
                "Olof Brandt",
                "Harbour Liaison",
                city="Gothenburg",
                country="SE",
                locale="sv-SE",
                zone="Europe/Stockholm",
                manager="Mara",
            ),
            mailbox=Mailbox.ON_PREMISES,
        ),
        room("Harbour Room"),
    )

    def ids(*names: str) -> tuple[str, ...]:
        return tuple(person_id("halden.example", name.lower()) for name in names)

    return Company(
        name="Halden Systems",
        domain="halden.example",
        people=people,
        groups=(
            Group(
                id=group_id("Qualifiers"),
                name="Qualifiers",
                members=ids("Quinn", "Priya", "Theo"),
            ),
            Group(id=group_id("Reps EMEA"), name="Reps EMEA", members=ids("Rita", "Ravi", "Rosa")),
            Group(
                id=group_id("Reps Americas"),
                name="Reps Americas",
                members=ids("Noah", "Lena", "Sam"),
            ),
            Group(
                id=group_id("Reps"),
                name="Reps",
                members=(group_id("Reps EMEA"), group_id("Reps Americas")),
            ),
            Group(
                id=group_id("Sales managers"),
                name="Sales managers",
                members=ids("Mara", "Dana", "Helen"),
            ),
            Group(
                id=group_id("Marketing"),
                name="Marketing",
                members=ids("Milo"),
                mail="marketing@halden.example",
            ),
            Group(id=group_id("Baton admins"), name="Baton admins", members=ids("Ada")),
            Group(
                id=group_id("Sales team"),
                name="Sales team",
                members=ids("Mara", "Rita", "Ravi", "Rosa", "Olof"),
                mail="sales-team@halden.example",
            ),
        ),
        contacts=(Contact(name="Port desk", mail="port.desk@halden.example"),),
    )
