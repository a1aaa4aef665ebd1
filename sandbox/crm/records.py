"""What a CRM holds, whichever dialect it is asked in: records with fields, links between them, who
may own them, and the rules that its customer made for them.

What was written is there at once; what is searched is an index, which lags behind on the sandbox's
clock. A record that was merged is another one now, to which its id leads; one that somebody deleted
can be restored; one that was forgotten never was.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.company import Directory
from sandbox.key_value_store import KeyValueStore

CONTACTS, COMPANIES, DEALS = "contacts", "companies", "deals"
NOTES, TASKS, EVENTS = "notes", "tasks", "events"
KINDS = (CONTACTS, COMPANIES, DEALS, NOTES, TASKS, EVENTS)
REMEMBERED = 8  # states of a record that the index may still have
FIRST_ID = 40_100_200_300


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    kind: str
    id: str
    values: Mapping[str, str]
    links: frozenset[tuple[str, str]] = frozenset()  # kind and id of the other
    made_at: datetime
    changed_at: datetime
    deleted_at: datetime | None = None
    merged_into: str | None = None  # or what a lead was converted to, where there are leads
    before: tuple[tuple[datetime, Mapping[str, str]], ...] = ()  # what it said, since when

    def history(self, name: str) -> list[tuple[datetime, str]]:
        """What a field has said, as far as that is remembered: since when, the newest first."""
        found: list[tuple[datetime, str]] = []
        for since, values in reversed(((self.changed_at, self.values), *self.before)):
            said = values.get(name, "")
            if said != (found[0][1] if found else ""):
                found.insert(0, (since, said))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What may be written of a record of that kind."""

    kind: str
    name: str
    label: str
    type: str = "string"  # string, number, datetime, date, enumeration or bool
    options: tuple[str, ...] = ()
    own: bool = False  # the customer's own
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    id: str
    mail: str
    given: str
    surname: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    id: str
    label: str
    probability: float
    closed: bool = False
    active: bool = True  # whether a deal can be put in it still, in Salesforce


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    id: str
    label: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The customer's own: whoever writes that field, of a record of that kind, reads the words."""

    kind: str
    name: str
    words: str
    value: str | None = None  # any, without


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """A campaign, and what it has cost."""

    id: str
    name: str
    spent: str = ""  # nothing is said, without
    currency: str = "EUR"


class NotThereError(Exception):
    """No such record, or no more."""


class TakenError(Exception):
    """What has to be unique is another record's."""

    def __init__(self, name: str, record: Record) -> None:
        super().__init__(f"{name} is {record.id}'s")
        self.record = record


class InvalidError(Exception):
    """A value that the CRM, or its customer, does not take."""

    def __init__(self, name: str, code: str, words: str) -> None:
        super().__init__(words)
        self.name, self.code, self.words = name, code, words


FIELDS = (
    *(
        Field(kind=CONTACTS, name=name, label=label)
        for name, label in (
            ("firstname", "First name"),
            ("lastname", "Last name"),
            ("company", "Company name"),
            ("phone", "Phone number"),
            ("hs_lead_status", "Lead status"),
            ("lifecyclestage", "Lifecycle stage"),
            ("hs_analytics_source", "Original traffic source"),
            ("hs_latest_source", "Latest traffic source"),
        )
    ),
    Field(kind=CONTACTS, name="email", label="Email", unique=True),
    *(
        Field(kind=CONTACTS, name=name, label=label, type="datetime")
        for name, label in (
            ("notes_last_contacted", "Last contacted"),
            ("hs_last_logged_call_date", "Last logged call date"),
            ("hs_last_logged_outgoing_email_date", "Last logged outgoing email date"),
            ("hs_sales_email_last_replied", "Recent sales email replied date"),
            ("hs_latest_meeting_activity", "Latest meeting activity"),
        )
    ),
    Field(kind=COMPANIES, name="name", label="Company name"),
    Field(kind=COMPANIES, name="domain", label="Company domain name"),
    *(
        Field(kind=DEALS, name=name, label=label)
        for name, label in (
            ("dealname", "Deal name"),
            ("dealstage", "Deal stage"),
            ("pipeline", "Pipeline"),
            ("deal_currency_code", "Currency"),
            ("hs_next_step", "Next step"),
        )
    ),
    Field(kind=DEALS, name="amount", label="Amount", type="number"),
    Field(kind=DEALS, name="closedate", label="Close date", type="datetime"),
    Field(kind=NOTES, name="hs_note_body", label="Note body"),
    Field(kind=TASKS, name="hs_task_subject", label="Task title"),
    Field(kind=TASKS, name="hs_task_body", label="Notes"),
    Field(kind=TASKS, name="hs_task_status", label="Task status"),
    *(
        Field(kind=kind, name="hs_timestamp", label="Activity date", type="datetime")
        for kind in (NOTES, TASKS)
    ),
    *(Field(kind=kind, name="hubspot_owner_id", label="Owner", type="owner") for kind in KINDS),
)
"""Those that every customer has."""
BESIDE_LEADS = (
    Field(kind=CONTACTS, name="baton_key", label="Baton: key", own=True, unique=True),
    Field(kind=NOTES, name="subject", label="Subject"),
    Field(kind=NOTES, name="status", label="Status"),
    Field(kind=NOTES, name="subtype", label="Task subtype"),
    Field(kind=NOTES, name="completed", label="Completed", type="datetime"),
    Field(kind=EVENTS, name="subject", label="Subject"),
    Field(kind=EVENTS, name="end", label="End", type="datetime"),
)
"""What is there besides, where the company's CRM has leads: the field that Baton needs, which an
administrator has made, and what a task or a note has. An address is nobody's alone there.
"""
HUBSPOT, SALESFORCE, DATAVERSE = "HubSpot", "Salesforce", "Dynamics 365"
LEAD, CONTACT = "00Q", "003"
PREFIXES = {CONTACTS: CONTACT, COMPANIES: "001", DEALS: "006", NOTES: "00T", TASKS: "00T"}
PREFIXES[EVENTS] = "00U"
CONTACTED = {
    "call": "hs_last_logged_call_date",
    "mail": "hs_last_logged_outgoing_email_date",
    "reply": "hs_sales_email_last_replied",
    "meeting": "hs_latest_meeting_activity",
}
"""How the ids of a kind begin in Salesforce. A lead is a contact that nobody has converted yet."""
SETS = {
    CONTACTS: "contacts",
    COMPANIES: "accounts",
    DEALS: "opportunities",
    NOTES: "annotations",
    TASKS: "activitypointers",
    EVENTS: "appointments",
}
LEADS = "leads"
"""Where the records of a kind are in Dynamics 365. An id is where the record itself is, for there
is no other way to know what it is of: contacts(3f2a0000-0000-4000-8000-000956a1b2cd).
"""
MERGED = "hs_merged_object_ids"  # where HubSpot says which records one was before
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
STAGES = (
    Stage(id="appointmentscheduled", label="Appointment Scheduled", probability=0.2),
    Stage(id="qualifiedtobuy", label="Qualified To Buy", probability=0.4),
    Stage(id="presentationscheduled", label="Presentation Scheduled", probability=0.6),
    Stage(id="decisionmakerboughtin", label="Decision Maker Bought-In", probability=0.8),
    Stage(id="contractsent", label="Contract Sent", probability=0.9),
    Stage(id="closedwon", label="Closed Won", probability=1.0, closed=True),
    Stage(id="closedlost", label="Closed Lost", probability=0.0, closed=True),
)


@dataclass(slots=True)
class Limits:
    """What the customer may ask of it. The dialect says which of them is over."""

    daily: int = 250_000
    used: int = 0


CURRENCY = "EUR"  # the company's own
CURRENCIES = (CURRENCY, "USD")  # that a deal may be in


class Records:
    """The CRM's own side: what people do in it, and tests. Every method is as its users see it."""

    def __init__(self, store: KeyValueStore, clock: Clock) -> None:
        self._records = store.bucket("crm record", Record)
        self._fields = store.bucket("crm field", Field)
        self._owners = store.bucket("crm owner", Owner)
        self._ids = store.bucket("crm ids", int)
        self._gone = store.bucket("crm gone", str)  # addresses that may never come again
        self._make = store.bucket("crm make", str)
        self._clock = clock
        self.lag = timedelta()  # of the index behind what is written
        self.rules: list[Rule] = []
        self.limits = Limits()
        self.pipelines = [Pipeline(id="default", label="Sales Pipeline", stages=STAGES)]
        self.assigns_to: str | None = None  # by a rule of the customer's, which Salesforce has
        self.campaigns: list[Spending] = []
        self.to_forget: set[str] = set()  # whose data privacy record says so, which Salesforce has
        self.listeners: list[Callable[[str], None]] = []  # hear of each that was forgotten

    @property
    def make(self) -> str:
        """Whose product the company's CRM is."""
        return self._make.get("make", HUBSPOT)

    @property
    def _has_leads(self) -> bool:
        return self.make != HUBSPOT

    def settle(self, directory: Directory, make: str = HUBSPOT) -> None:
        """The fields that everybody has, and everyone in the company as a user."""
        self._make["make"] = make
        self._records.clear()
        self._gone.clear()
        self.to_forget.clear()
        self.campaigns.clear()
        self._fields.clear()
        self._owners.clear()
        self.rules.clear()
        self.lag, self.limits, self.assigns_to = timedelta(), Limits(), None
        for one in FIELDS:
            self.has_field(replace(one, unique=one.unique and not self._has_leads))
        for one in BESIDE_LEADS if self._has_leads else ():
            self.has_field(one)
        if make == DATAVERSE:
            self.has_field(Field(kind=CONTACTS, name="subject", label="Topic"))
            for name in ("subject", "status", "subtype", "completed"):
                self.has_field(Field(kind=TASKS, name=name, label=name))
        for n, person in enumerate(directory):
            if person.enabled and person.purpose == "user":
                self.owns(
                    Owner(
                        id=self._id("005", "systemusers", 77_000_000 + n),
                        mail=person.mail,
                        given=person.given,
                        surname=person.surname,
                    )
                )

    # What an administrator does

    def has_field(self, one: Field) -> None:
        self._fields[f"{one.kind} {one.name}"] = one

    def lacks_field(self, kind: str, name: str) -> None:
        self._fields.pop(f"{kind} {name}", None)

    def owns(self, owner: Owner) -> None:
        self._owners[owner.id] = owner

    def fields(self, kind: str) -> list[Field]:
        return [one for one in self._fields.values() if one.kind == kind]

    def field(self, kind: str, name: str) -> Field | None:
        return self._fields.get(f"{kind} {name}")

    def owners(self) -> list[Owner]:
        return list(self._owners.values())

    def owner(self, mail: str) -> Owner:
        """Raises StopIteration where nobody has that address."""
        return next(one for one in self._owners.values() if one.mail == mail)

    def stage(self, id: str) -> Stage | None:
        return next((s for one in self.pipelines for s in one.stages if s.id == id), None)

    def campaign(self, name: str, spent: str = "", currency: str = CURRENCY) -> None:
        """Marketing runs one, and has spent so much."""
        n = len(self.campaigns) + 1
        id = self._id("701", "campaigns", 88_000_000 + n)
        self.campaigns.append(Spending(id=id, name=name, spent=spent, currency=currency))

    # Records

    def all(self, kind: str) -> list[Record]:
        """Those that are there."""
        return [one for one in self._records.values() if one.kind == kind and _there(one)]

    def every(self, kind: str) -> list[Record]:
        """Also those that were deleted, or are another's by now."""
        return [one for one in self._records.values() if one.kind == kind]

    def get(self, kind: str, id: str, *, deleted: bool = False) -> Record:
        """The one with that id, or the one that it was merged into. Raises NotThereError."""
        record = self._last(kind, id)
        if record is None or (record.deleted_at is not None) is not deleted:
            raise NotThereError
        return record

    def by(self, kind: str, name: str, value: str) -> Record:
        """The one of which that is so, now; also a lead that was converted, which is kept, and what
        Dynamics 365 has merged, which keeps it as well. Raises NotThereError.
        """
        for one in self.every(kind):
            if not _there(one) and not is_converted(one) and not self._keeps_merged(one):
                continue
            if one.values.get(name, "").casefold() == value.casefold():
                return one
        raise NotThereError

    def _keeps_merged(self, one: Record) -> bool:
        return self.make == DATAVERSE and one.merged_into is not None

    def add(
        self,
        kind: str,
        values: Mapping[str, str],
        links: frozenset[tuple[str, str]] = frozenset(),
        *,
        lead: bool = False,
    ) -> Record:
        """A contact that is a *lead* is one where there are such. Raises TakenError, InvalidError,
        and NotThereError where a link leads nowhere.
        """
        mail = values.get("email", "").casefold()
        if kind == CONTACTS and mail in self._gone and not self._has_leads:
            raise InvalidError("email", "BLOCKLISTED", "This contact has been blocklisted")
        self._check(kind, values, None)
        for other in links:
            self.get(*other)
        now = self._clock()
        record = Record(
            kind=kind,
            id=self._next_id(kind, lead=lead),
            values={name: value for name, value in values.items() if value != ""},
            links=links,
            made_at=now,
            changed_at=now,
        )
        self._keep(record)
        for other in links:
            self._linked(other, (kind, record.id))
        return record

    def change(self, kind: str, id: str, values: Mapping[str, str]) -> Record:
        """As `add`."""
        return self._changed(self.get(kind, id), values)

    def change_inactive(self, kind: str, id: str, values: Mapping[str, str]) -> Record:
        """Of one that was merged, or converted, and is kept. As `add`."""
        record = self._records.get(f"{kind} {id}")
        if record is None:
            raise NotThereError
        return self._changed(record, values)

    def _changed(self, record: Record, values: Mapping[str, str]) -> Record:
        self._check(record.kind, values, record)
        now = {**record.values, **values}
        changed = replace(
            record,
            values={name: value for name, value in now.items() if value != ""},
            changed_at=self._clock(),
            before=((record.changed_at, record.values), *record.before)[:REMEMBERED],
        )
        self._keep(changed)
        return changed

    def link(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        """Twice does no harm. Raises NotThereError."""
        first, second = self.get(*one), self.get(*other)
        self._linked((first.kind, first.id), (second.kind, second.id))
        self._linked((second.kind, second.id), (first.kind, first.id))

    def unlink(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        """Somebody takes them apart. Raises NotThereError."""
        first, second = self.get(*one), self.get(*other)
        for mine, theirs in ((first, second), (second, first)):
            apart = {link for link in mine.links if self._leads_to(link, theirs)}
            self._keep(replace(mine, links=mine.links - apart))

    def _leads_to(self, link: tuple[str, str], record: Record) -> bool:
        """Also by the id of before a merge."""
        try:
            return self.get(*link).id == record.id
        except NotThereError:
            return False

    def linked(self, record: Record, kind: str) -> list[Record]:
        found = []
        for other, id in sorted(record.links):
            if other == kind:
                try:
                    found.append(self.get(kind, id))
                except NotThereError:
                    continue
        return list({one.id: one for one in found}.values())

    def delete(self, kind: str, id: str) -> None:
        """Somebody deletes it; it can be restored. One that is not there stays so."""
        try:
            record = self.get(kind, id)
        except NotThereError:
            return
        self._keep(replace(record, deleted_at=self._clock()))

    def restore(self, kind: str, id: str) -> None:
        record = self.get(kind, id, deleted=True)
        before = ((record.changed_at, record.values), *record.before)[:REMEMBERED]
        now = self._clock()
        self._keep(replace(record, deleted_at=None, changed_at=now, before=before))

    def forget(self, id: str) -> None:
        """A contact asked for it: nothing is left, and the address never comes again."""
        record = self._records[f"{CONTACTS} {id}"]
        self._gone[record.values.get("email", id).casefold()] = record.id
        for kind in (NOTES, TASKS):
            for one in self.linked(record, kind):
                del self._records[f"{kind} {one.id}"]
        del self._records[f"{CONTACTS} {id}"]
        for hear in self.listeners:
            hear(id)

    def merge(self, kind: str, primary: str, other: str) -> Record:
        """A new record is both of them, with what the primary said; their ids lead to it. Where
        there are leads it is the primary itself, and a lead that is merged with a contact is
        converted.
        """
        first, second = self.get(kind, primary), self.get(kind, other)
        now = self._clock()
        made = Record(
            kind=kind,
            id=self._next_id(kind),
            values={**second.values, **first.values},
            links=first.links | second.links,
            made_at=now,
            changed_at=now,
        )
        if not self._has_leads:
            were = [one.values.get(MERGED, "") for one in (first, second)]
            ids = ";".join(filter(None, (*were, first.id, second.id)))
            made = replace(made, values={**made.values, MERGED: ids})
        if self._has_leads:
            stays = second if is_lead(first) and not is_lead(second) else first
            values = {name: said for name, said in made.values.items() if name != "baton_key"}
            if "baton_key" in stays.values:
                values["baton_key"] = stays.values["baton_key"]
            before = ((stays.changed_at, stays.values), *stays.before)[:REMEMBERED]
            made = replace(made, id=stays.id, made_at=stays.made_at, values=values, before=before)
        self._keep(made)
        for old in (one for one in (first, second) if one.id != made.id):
            self._keep(replace(old, merged_into=made.id, deleted_at=now))
        for link in made.links:
            self._linked(link, (kind, made.id))
        return made

    def convert(self, lead: str) -> Record:
        """A new contact is what the lead was, and has what stood beside it, but for notes in
        Dynamics 365. Where there are no leads, nothing happens.
        """
        one = self.get(CONTACTS, lead)
        if not is_lead(one):
            return one
        values = {name: said for name, said in one.values.items() if name != "baton_key"}
        stays = {link for link in one.links if self.make == DATAVERSE and link[0] == NOTES}
        made = self.add(CONTACTS, values, one.links - stays)
        now = self._clock()
        self._keep(replace(one, merged_into=made.id, deleted_at=now, changed_at=now))
        return made

    def contacted(self, contact: str, how: str, at: datetime) -> None:
        """Somebody has called, written to or met a contact, as it is logged: *how* is of CONTACTED,
        or another. HubSpot itself reckons when the last of each kind was.
        """
        written = at.isoformat()
        if not self._has_leads:
            names = ["notes_last_contacted", *filter(None, [CONTACTED.get(how)])]
            self.change(CONTACTS, contact, dict.fromkeys(names, written))
        elif how == "meeting":
            values = {"subject": "A meeting", "end": written}
            self.add(EVENTS, values, frozenset({(CONTACTS, contact)}))
        else:
            subtype = {"call": "Call"}.get(how, "Email")
            values = {"subject": how, "status": "Completed", "subtype": subtype}
            values |= {"completed": written, "hs_timestamp": written}
            kind = NOTES if self.make == SALESFORCE else TASKS
            self.add(kind, values, frozenset({(CONTACTS, contact)}))

    # The index

    def search(self, kind: str, fits: Callable[[Mapping[str, str]], bool]) -> Iterator[Record]:
        """Those that the index has, as it has them."""
        at = self._clock() - self.lag
        for record in self.all(kind):
            seen = self._seen(record, at)
            if seen is not None and fits(seen.values):
                yield seen

    @staticmethod
    def _seen(record: Record, at: datetime) -> Record | None:
        if record.changed_at <= at:
            return record
        for when, values in record.before:
            if when <= at:
                return replace(record, changed_at=when, values=values)
        return None

    # What is kept

    def _next_id(self, kind: str, *, lead: bool = False) -> str:
        self._ids["last"] = self._ids.get("last", FIRST_ID) + 1
        prefix, table = (LEAD, LEADS) if lead else (PREFIXES[kind], SETS[kind])
        return self._id(prefix, table, self._ids["last"])

    def _id(self, prefix: str, table: str, number: int) -> str:
        if self.make == DATAVERSE:
            return f"{table}(3f2a0000-0000-4000-8000-{number:012x})"
        if self.make == SALESFORCE:
            return with_suffix(f"{prefix}Hx0{_in_62(number):0>9}")
        return f"{number}"

    def _keep(self, record: Record) -> None:
        self._records[f"{record.kind} {record.id}"] = record

    def _last(self, kind: str, id: str) -> Record | None:
        """Also of one that was deleted; None where none is left."""
        record = self._records.get(f"{kind} {id}")
        while record is not None and record.merged_into is not None:
            record = self._records.get(f"{kind} {record.merged_into}")
        return record

    def _linked(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        """One that was deleted has it once it is restored."""
        if record := self._last(*one):
            self._keep(replace(record, links=record.links | {other}))

    def _check(self, kind: str, values: Mapping[str, str], of: Record | None) -> None:
        for name, value in values.items():
            known = self.field(kind, name)
            if known is None:
                raise InvalidError(
                    name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'
                )
            self._check_value(known, value)
            for rule in self.rules:
                if (rule.kind, rule.name) == (kind, name) and rule.value in (None, value):
                    raise InvalidError(name, "CUSTOM_RULE", rule.words)
            if known.unique and value:
                try:
                    taken = self.by(kind, name, value)
                except NotThereError:
                    continue
                if of is None or taken.id != of.id:
                    raise TakenError(name, taken)

    def _owns(self, id: str) -> bool:
        """Whether somebody may own something; a team may as well, where there are any."""
        return id.startswith("teams(") or any(o.id == id and o.active for o in self.owners())

    def _check_value(self, known: Field, value: str) -> None:
        if value == "":
            return
        match known.type:
            case "datetime" | "date" if not _moment(value):
                words = f"{value} was not a valid long."
                raise InvalidError(known.name, "INVALID_LONG", words)
            case "number" if not _number(value):
                raise InvalidError(known.name, "INVALID_DOUBLE", f"{value} was not a number.")
            case "enumeration" if value not in known.options:
                words = f"{value} was not one of the allowed options: {list(known.options)}"
                raise InvalidError(known.name, "INVALID_OPTION", words)
            case "owner" if not self._owns(value):
                words = f"Owner {value} does not exist"
                raise InvalidError(known.name, "INVALID_OWNER_ID", words)
        if known.name == "dealstage" and self.stage(value) is None:
            stages = [stage.id for one in self.pipelines for stage in one.stages]
            words = f"{value} was not one of the allowed options: {stages}"
            raise InvalidError(known.name, "INVALID_OPTION", words)
        if known.name == "deal_currency_code" and value not in CURRENCIES:
            words = f'"{value}" is not a part of the current effective currency codes'
            raise InvalidError(known.name, "INVALID_OPTION", words)
        if known.name == "email" and "@" not in value:
            raise InvalidError("email", "INVALID_EMAIL", f"Email address {value} is invalid")


def is_lead(record: Record) -> bool:
    return record.kind == CONTACTS and record.id.startswith((LEAD, f"{LEADS}("))


def is_converted(record: Record) -> bool:
    """A lead that is a contact by now is there still, and is no lead any more."""
    into = record.merged_into or ""
    return is_lead(record) and into.startswith((CONTACT, f"{SETS[CONTACTS]}("))


def with_suffix(id: str) -> str:
    """Salesforce's longer way to write an id, which tells capital letters from small ones."""
    if len(id) != 15:
        return id
    parts = (id[n : n + 5] for n in (0, 5, 10))
    return id + "".join(_letter(part) for part in parts)


def _letter(part: str) -> str:
    bits: Iterable[int] = (1 << n for n, one in enumerate(part) if one.isupper())
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[sum(bits)]


def _in_62(number: int) -> str:
    found = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        found = DIGITS[digit] + found
    return found


def _there(record: Record) -> bool:
    return record.deleted_at is None and record.merged_into is None


def _moment(value: str) -> bool:
    if value.lstrip("-").isdecimal():
        return True
    try:
        return datetime.fromisoformat(value).tzinfo is not None or len(value) == len("2026-03-02")
    except ValueError:
        return False


def _number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


@dataclass(slots=True)
class Key:
    """What somebody signs in with, and what it may."""

    token: str
    scopes: set[str] = field(default_factory=set)
