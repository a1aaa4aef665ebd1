"""The policy file: read, checked, and turned into the values the rules work with.

Every key says in its description what it is for; `docs/policy.md` is made from them. A file with
mistakes is refused whole, each mistake named with its key and, where TOML tells, its line; the
policy in force stays in force.
"""

import string
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Annotated, Literal, Protocol, Self, TypeVar

import holidays
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

import policy_lines
import policy_routing as router
from handoff.policy import (
    FIELDS,
    CalendarRules,
    Clock,
    MeetingType,
    Policy,
    Pool,
    Promise,
    QuickAction,
    Wording,
)
from handoff.retention import Retention
from handoff.routing.check import Flaw, flaws
from handoff.routing.policy import Routing

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, Field(min_length=1, max_length=80)]
Words500 = Annotated[str, Field(min_length=1, max_length=500)]
Minutes = Annotated[int, Field(ge=0, le=120)]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class BadPolicyError(Exception):
    """The policy file cannot be used; the message names every mistake in it."""


def _region(code: str) -> str:
    _calendar(code, 2026)
    return code


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class People(_Table):
    """Who is who. Each entry is "group:<name or object id>" or a person's sign-in name."""

    qualifiers: list[Words] = Field(min_length=1, description="Who hands leads over.")
    marketers: list[Words] = Field(default=[], description="Who owns campaigns.")
    admins: list[Words] = Field(default=[], description="Who looks after Baton.")


class PoolTable(_Table):
    """Reps who share a rotation."""

    code: Code = Field(description="Short name, kept in records; do not reuse one.")
    name: Words = Field(description="What people read: EMEA.")
    reps: list[Words] = Field(min_length=1, description="Groups or people, as under [people].")
    holidays: Annotated[str, AfterValidator(_region)] | None = Field(
        default=None,
        description=(
            "Public holidays its reps have off: a country, or country-region, such as ES or DE-BY."
        ),
    )
    counter: Code | None = Field(
        default=None,
        description="Pools that name the same counter count as one; else each its own.",
    )
    mode: Literal["strict", "flexible", "balanced"] = Field(
        default="flexible",
        description=(
            "strict: only whoever is next. flexible: the qualifier may pick another, which is "
            "recorded. balanced: the first free of those owed nearly as much."
        ),
    )
    within: float = Field(
        default=1, ge=0, le=5, description="balanced: how much less than the most, in leads."
    )
    weight: router.Weight = Field(
        default=100, description="Of each rep, where [[reps]] says nothing else."
    )
    limits: router.LimitsTable = Field(
        default=router.LimitsTable(), description="How many leads each rep may get."
    )
    overflow: router.OverflowTable = Field(
        default=router.OverflowTable(), description="What happens when nobody can."
    )
    needs: list[router.Kind] = Field(
        default=[], description="In what a rep's skills must match the lead: language."
    )


class BriefTable(_Table):
    """What must be known of a lead before it may be handed over."""

    required: list[Literal[tuple(FIELDS)]] = Field(  # type: ignore[valid-type]
        description="Required fields, of: " + ", ".join(FIELDS) + "."
    )

    public: list[Literal["needs", "pains", "current_solution", "request"]] = Field(
        default=["request", "needs"],
        description=(
            "The fields that the invitation shows to the prospect as what the meeting is about. "
            "All others stay inside the company."
        ),
    )

    @field_validator("required")
    @classmethod
    def _reachable(cls, names: list[str]) -> list[str]:
        for name in ("company", "contact_name", "contact_email"):
            if name not in names:
                raise ValueError(f"must include {name}: without it nobody can be invited")
        return names


class _Coded(Protocol):
    code: str


Row = TypeVar("Row", bound=_Coded)


def _distinct(rows: list[Row]) -> list[Row]:
    codes = [row.code for row in rows]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError("the same code twice: " + ", ".join(twice))
    return rows


class MeetingTypeTable(_Table):
    """One kind of meeting to choose from. The first is set."""

    code: Code = Field(description="How the app names it. Do not change it once in use.")
    name: Words = Field(description="How people see it: Demo.")
    minutes: Annotated[int, Field(ge=15, le=240)] = Field(description="How long it lasts.")
    prepare: Minutes | None = Field(
        default=None, description="Minutes to prepare it; as `prep` says where it is not set."
    )


class MeetingTable(_Table):
    """How meetings are booked."""

    lengths: list[Annotated[int, Field(ge=15, le=240)]] = Field(
        default=[30, 45, 60],
        min_length=1,
        description="Minutes to choose from, where there are no `types`; the first is set.",
    )
    types: list[MeetingTypeTable] = Field(
        default=[], description="Kinds of meeting to choose from, instead of `lengths`."
    )
    _type_codes = field_validator("types")(_distinct)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.types and "lengths" in self.model_fields_set:
            raise ValueError("set either lengths or types")
        return self

    days_ahead: int = Field(default=14, ge=1, le=31, description="How far ahead times are sought.")
    notice_hours: float = Field(
        default=2, ge=0, le=72, description="The least time between booking and meeting."
    )
    times: int = Field(default=5, ge=1, le=8, description="How many times a qualifier is shown.")
    other_times: int = Field(
        default=3, ge=1, le=5, description="How many times a rep is shown who asks for another."
    )
    prospect_hours: tuple[time, time] = Field(
        default=(time(8), time(18)),
        description="No time is offered outside these hours of the prospect's own day.",
    )


class PrepTable(_Table):
    """Time to prepare a meeting, as an appointment in the rep's calendar before it."""

    minutes: int = Field(
        default=15, ge=0, le=120, description="How long, for every meeting; 0 for none."
    )
    by_length: dict[Annotated[str, Field(pattern=r"^[1-9]\d{1,2}$")], Minutes] = Field(
        default={},
        description="Or by how long a meeting lasts: { 60 = 30 }. Its type may say otherwise.",
    )
    within_hours: float = Field(
        default=16,
        gt=0,
        le=80,
        description="How near before the meeting, in working hours of the rep.",
    )


PLACES = ("contact", "company", "rep", "qualifier", "us", "when", "about", "words")


def _template(text: str) -> str:
    """Raises ValueError for a placeholder that nobody fills."""
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise ValueError(f"{error}: write {{{{ and }}}} for braces") from error
    unknown = sorted(named - set(PLACES))
    if unknown:
        raise ValueError(f"nothing is known as {{{unknown[0]}}}; use: {', '.join(PLACES)}")
    return text


Template = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_template)]
Line = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\r\n]*$"), AfterValidator(_template)
]


class MailTable(_Table):
    """The mails that Baton sends in people's names.

    Placeholders: {contact} and {company}, the prospect; {rep}, {qualifier} and {us}, your company;
    {when}, in the prospect's zone; {about}, the public part of the brief; {words}, the qualifier's
    own. Nothing else of a lead can be put in.
    """

    introduce: bool = Field(
        default=True,
        description="Whether booking sends an introduction from the qualifier to prospect and rep.",
    )
    words: Words500 = Field(
        default="thank you for your time. My colleague will take it from here.",
        description="What {words} stands for, unless the qualifier writes their own.",
    )
    subject: Line = Field(default="{contact}, meet {rep}", description="Of the introduction.")
    introduction: Template = Field(
        default=(
            "Hello {contact},\n\n{words}\n\n{rep} is copied here and will meet you on {when}.\n\n"
            "{about}\n\nBest regards\n{qualifier}, {us}"
        ),
        description="The introduction.",
    )
    reply: Template = Field(
        default=(
            "Hello {contact},\n\nthank you, {qualifier}. I look forward to meeting you on {when}. "
            "If there is anything you would like me to prepare, just answer here.\n\n"
            "Best regards\n{rep}, {us}"
        ),
        description="What the rep's Reply now sends to everyone on the introduction.",
    )
    confirm_subject: Line = Field(default="Our meeting on {when}", description="Of a confirmation.")
    confirmation: Template = Field(
        default=(
            "Hello {contact},\n\na short note before our meeting with {rep} on {when}. "
            "Does the time still suit you? A click on Accept in the invitation is enough.\n\n"
            "Best regards\n{us}"
        ),
        description="What Send a confirmation sends to a prospect who has not answered.",
    )

    @model_validator(mode="after")
    def _no_words_in_words(self) -> Self:
        for name in ("subject", "reply", "confirm_subject", "confirmation"):
            if "{words}" in getattr(self, name):
                raise ValueError(f"{name}: only the introduction has {{words}}")
        return self


class AttendanceTable(_Table):
    """The prospect's answer before the meeting, and whether it took place."""

    confirm_hours: float = Field(
        default=24,
        gt=0,
        le=120,
        description="Before the meeting: a prospect who has not answered by then is a risk.",
    )
    least_minutes: int = Field(
        default=5,
        ge=1,
        le=60,
        description="In the Teams meeting, for someone to count as there.",
    )


class ClockTable(_Table):
    """How long one promise may take."""

    hours: float = Field(gt=0, le=400, description="Working hours of whoever made the promise.")
    reminder: float | None = Field(
        default=None, gt=0, lt=1, description="One reminder at this share of the time: 0.5."
    )
    escalate: bool = Field(
        default=False, description="Whether the person's manager decides when it is overdue."
    )


class ClocksTable(_Table):
    """The promises people make, and their clocks. No clock runs outside a person's own hours."""

    answer: ClockTable = Field(
        default=ClockTable(hours=4, reminder=0.5, escalate=True),
        description="A rep accepts the meeting or says why not.",
    )
    settle: ClockTable = Field(
        default=ClockTable(hours=4, reminder=0.5, escalate=True),
        description="A qualifier agrees to the time that a rep proposed, or keeps this one.",
    )
    rework: ClockTable = Field(
        default=ClockTable(hours=8, reminder=0.5, escalate=True),
        description="A qualifier decides what becomes of a lead that was sent back.",
    )
    reason: ClockTable = Field(
        default=ClockTable(hours=8, reminder=0.5, escalate=True),
        description="A rep who declined in Outlook says why.",
    )
    reply: ClockTable = Field(
        default=ClockTable(hours=8, reminder=0.5),
        description="A rep answers the introduction.",
    )
    outcome: ClockTable = Field(
        default=ClockTable(hours=8, reminder=0.5, escalate=True),
        description="After the meeting, the rep says how it went.",
    )
    next_step: ClockTable = Field(
        default=ClockTable(hours=8, reminder=0.5, escalate=True),
        description="Once that is said, the rep says what comes next.",
    )
    follow_up: ClockTable = Field(
        default=ClockTable(hours=8, escalate=True),
        description="From the end of a follow-up's time: the rep says that it is done.",
    )
    book: ClockTable = Field(
        default=ClockTable(hours=40),
        description="A qualifier hands over a lead whose brief is complete.",
    )
    decide: ClockTable = Field(
        default=ClockTable(hours=2, escalate=True),
        description="A manager decides what is overdue; after that, the manager's manager.",
    )


class EscalationTable(_Table):
    """What surrounds the clocks."""

    reassign_hours: float = Field(
        default=2,
        ge=0,
        le=72,
        description=(
            "Before the meeting, the time it takes to find someone else. An answer is due in its "
            "working hours or by then, whichever comes first."
        ),
    )
    least_minutes: int = Field(
        default=15, ge=1, le=240, description="Nobody is given less time than this to answer."
    )
    levels: int = Field(
        default=2, ge=1, le=5, description="How many managers up an overdue promise goes."
    )
    more_time: list[Annotated[int, Field(ge=1, le=80)]] = Field(
        default=[2, 4, 8], min_length=1, description="Working hours a manager may add."
    )


class OutlookTable(_Table):
    """How often Outlook is asked about what it does not tell by itself."""

    poll_hours: float = Field(
        default=12,
        ge=1,
        le=24,
        description=(
            "A mailbox whose changes Graph tells is read all the same this often, for the "
            "notifications that get lost."
        ),
    )
    blind_minutes: int = Field(
        default=15,
        ge=5,
        le=240,
        description="A mailbox whose changes Graph does not tell is read this often.",
    )
    people_hours: float = Field(
        default=24,
        ge=1,
        le=168,
        description="Who is who, and when each of them works, is read anew this often.",
    )


class QuickActionTable(_Table):
    """A follow-up in one click."""

    code: Code = Field(description="Short name, kept in records.")
    title: Words = Field(description="What the button says: Call in 2 days.")
    kind: Literal["call", "mail", "meeting"] = Field(description="What is put in the calendar.")
    days: int = Field(default=0, ge=0, le=60, description="Working days from now.")
    weekday: Literal[WEEKDAYS] | None = Field(  # type: ignore[valid-type]
        default=None, description="Or the next such day: monday."
    )
    at: time | None = Field(
        default=None, description="Not before this time of day; without it, the time it is now."
    )
    minutes: int = Field(default=15, ge=5, le=120, description="How long.")

    @model_validator(mode="after")
    def _one_day(self) -> Self:
        if (self.days == 0) == (self.weekday is None):
            raise ValueError("set either days (1 or more) or weekday")
        return self


class CalendarTable(_Table):
    """How calendars are read, and what in them looks like a phantom: an event that still takes
    time and that nobody will come to. Nothing is freed but by a click of whose calendar it is.
    """

    buffer_minutes: int = Field(
        default=0, ge=0, le=60, description="Minutes kept free between two meetings."
    )
    check_at: time = Field(
        default=time(15),
        description=(
            "When, on the last working day of a week, a rep is asked whether next week's calendar "
            "is true; the rep's own clock."
        ),
    )
    confidence: float = Field(
        default=0.7,
        gt=0,
        le=1,
        description="How sure Baton must be to call an event a phantom: 0.7 of 1.",
    )
    hold_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="A hold with nobody else in it is one when untouched for so many days.",
    )
    tentative_days: int = Field(
        default=21,
        ge=1,
        le=365,
        description="A tentative event is one when nothing was heard of it for so many days.",
    )
    series_days: int = Field(
        default=28,
        ge=7,
        le=365,
        description="A series is one when it has gone unanswered for so many days.",
    )
    kept_weeks: int = Field(
        default=3,
        ge=2,
        le=4,
        description=(
            "Focus time or travel is one when it was moved or booked over each time, so many "
            "times or more, in the last four weeks."
        ),
    )
    hold_words: list[Words] = Field(
        default=["hold", "placeholder", "tbd", "tbc", "reserved", "blocked", "blocker", "save"],
        description="Words that begin or end the subject of a hold.",
    )
    reminder_words: list[Words] = Field(
        default=[
            *("birthday", "anniversary", "deadline", "due", "reminder", "remember", "renew"),
            *("expires", "ends", "payday", "name day", "submit", "pay"),
        ],
        description="Words of an all-day event that reminds of something and takes no time.",
    )
    block_words: list[Words] = Field(
        default=["focus", "deep work", "travel", "commute", "drive", "desk time", "catch up"],
        description="Words of time that people keep for themselves.",
    )
    domains: list[Words] = Field(
        default=[],
        description=(
            "Mail domains that are your own too. Those of everyone named under [people] and "
            "[[pools]] are known; whoever writes from another is outside the company."
        ),
    )

    @field_validator("hold_words", "reminder_words", "block_words", "domains")
    @classmethod
    def _small(cls, words: list[str]) -> list[str]:
        return [word.lower().strip().lstrip("@") for word in words]


class RetentionTable(_Table):
    """How long what is stored is kept. Nothing of an open handoff is ever forgotten; once an hour
    the rest is, as /privacy says.
    """

    prospect_days: int = Field(
        default=365,
        ge=1,
        le=3650,
        description="Name and address of a prospect, after the end of the handoff.",
    )
    text_days: int = Field(
        default=180,
        ge=1,
        le=3650,
        description=(
            "What people wrote (needs, notes, reasons) and the subjects of what stood in the way, "
            "after the end of the handoff. Not longer than prospect_days."
        ),
    )
    calendar_days: int = Field(
        default=28, ge=14, le=365, description="What a weekly check saw, after its week."
    )
    outlook_days: int = Field(
        default=90,
        ge=30,
        le=365,
        description="Which versions of events were read, and mailboxes no longer in use.",
    )
    leaver_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description=(
            "Chat, working hours, absences and calendar of whoever the policy no longer names."
        ),
    )
    name_days: int = Field(
        default=730,
        ge=1,
        le=3650,
        description="And their name and address. Not shorter than leaver_days.",
    )
    look_days: int = Field(
        default=365, ge=30, le=3650, description="Who looked at whose figures, and when."
    )
    decision_days: int = Field(
        default=1095,
        ge=92,
        le=3650,
        description="What each choice of the router was made from; simulate reads 90 days of them.",
    )
    job_days: int = Field(
        default=14, ge=3, le=90, description="What a job that failed was to do, by ids."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.text_days > self.prospect_days:
            raise ValueError("text_days may not be more than prospect_days")
        if self.name_days < self.leaver_days:
            raise ValueError("name_days may not be less than leaver_days")
        return self


class PolicyFile(_Table):
    """The whole file."""

    name: Words = Field(description="How cards name the policy: EMEA. The version is added to it.")
    company: Words = Field(description="Your company, as prospects know it.")
    currency: Annotated[str, Field(min_length=1, max_length=5)] = Field(
        default="€", description="Written after amounts."
    )
    people: People = Field(description="Who is who.")
    pools: list[PoolTable] = Field(min_length=1, description="The rotations.")
    brief: BriefTable = Field(description="What must be known of a lead.")
    meeting: MeetingTable = Field(default=MeetingTable(), description="How meetings are booked.")
    prep: PrepTable = Field(default=PrepTable(), description="Time to prepare a meeting.")
    mail: MailTable = Field(default=MailTable(), description="Mails in people's names.")
    attendance: AttendanceTable = Field(
        default=AttendanceTable(), description="Whether the prospect comes."
    )
    clocks: ClocksTable = Field(default=ClocksTable(), description="How long each promise takes.")
    escalation: EscalationTable = Field(
        default=EscalationTable(), description="What happens when it takes longer."
    )
    calendar: CalendarTable = Field(default=CalendarTable(), description="How calendars are read.")
    outlook: OutlookTable = Field(default=OutlookTable(), description="How often Outlook is asked.")
    retention: RetentionTable = Field(
        default=RetentionTable(), description="How long what is stored is kept."
    )
    reasons: dict[Code, Words] = Field(
        min_length=1, description="Why a lead may be sent back: code = words."
    )
    quick_actions: list[QuickActionTable] = Field(
        default=[], max_length=5, description="Follow-ups in one click."
    )

    routing: router.RoutingTable = Field(
        default=router.RoutingTable(), description="What holds in every pool."
    )
    traits: list[router.TraitTable] = Field(default=[], description="What leads can be.")
    reps: list[router.RepTable] = Field(default=[], description="What differs for one rep.")
    pairs: list[router.PairTable] = Field(default=[], description="Who works with whom.")
    leaders: list[router.LeaderTable] = Field(
        default=[], description="Who is invited to meetings worth so much."
    )
    rules: list[router.RuleTable] = Field(
        default=[],
        description=(
            "Which leads go to which pool; keep them at the end of the file, so that one half "
            "saved is seen to be."
        ),
    )

    _pool_codes = field_validator("pools", "quick_actions")(_distinct)


def read(text: str, name: str = "policy.toml") -> PolicyFile:
    """The file's content, checked. Raises BadPolicyError, naming every mistake with its line."""
    try:
        file = PolicyFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        line, at = policy_lines.broken(text, str(error))
        key = ".".join(str(part) for part in at) or "the file"
        words = f"{name}, line {line}, at or after {key}: not valid TOML: {error}"
        raise BadPolicyError(f"the policy has mistakes:\n  {words}") from error
    except ValidationError as error:
        found = [(e["loc"], e["msg"]) for e in error.errors(include_url=False)]
        raise _bad(name, text, found) from error
    wrong = [(f.at, f.words) for f in check(file) if f.refused]
    if wrong:
        raise _bad(name, text, wrong)
    return file


def read_new(text: str, name: str) -> PolicyFile:
    """As `read`, for a file that is to come into force: one without rules is not whole."""
    file = read(text, name)
    if not file.rules:
        words = "no [[rules]] say who gets a lead; is the file whole?"
        raise _bad(name, text, [(("rules",), words)])
    return file


def check(file: PolicyFile, members: Mapping[str, Sequence[str]] | None = None) -> list[Flaw]:
    """What is wrong with who gets a lead; *members* are mail addresses by pool, where known."""
    return flaws(_routing(file), [pool.code for pool in file.pools], members)


def told(name: str, text: str, at: tuple[str | int, ...], words: str) -> str:
    """A mistake, with its file, line and key."""
    key = ".".join(str(part) for part in at) or "the file"
    line = policy_lines.find(text, at)
    where = f"{name}, line {line}, " if line else f"{name}, "
    return f"{where}{key}: {words}"


def _bad(
    name: str, text: str, found: Sequence[tuple[tuple[str | int, ...], str]]
) -> BadPolicyError:
    lines = [told(name, text, at, words) for at, words in found]
    return BadPolicyError("the policy has mistakes:\n  " + "\n  ".join(lines))


def _routing(file: PolicyFile) -> Routing:
    return router.routing_of(
        file.routing,
        rules=file.rules or [router.RuleTable(name="All leads", to=file.pools[0].code)],
        traits=file.traits,
        pools={row.code: router.pool_terms(row) for row in file.pools},
        reps=file.reps,
        pairs=file.pairs,
        leaders=file.leaders,
    )


def rules_of(file: PolicyFile, version: int) -> Policy:
    """The values the rules work with."""
    clocks = {
        promise: Clock(
            hours=timedelta(hours=table.hours), reminder=table.reminder, escalate=table.escalate
        )
        for promise in Promise
        if (table := getattr(file.clocks, promise.value, None))
    }
    return Policy(
        version=version,
        name=file.name,
        company=file.company,
        currency=file.currency,
        required=tuple(file.brief.required),
        public=tuple(file.brief.public),
        meetings=_meetings(file),
        days_ahead=file.meeting.days_ahead,
        notice=timedelta(hours=file.meeting.notice_hours),
        times=file.meeting.times,
        other_times=file.meeting.other_times,
        prospect_start=file.meeting.prospect_hours[0],
        prospect_end=file.meeting.prospect_hours[1],
        prep_within=timedelta(hours=file.prep.within_hours),
        wording=Wording(
            introduce=file.mail.introduce,
            words=file.mail.words,
            subject=file.mail.subject,
            introduction=file.mail.introduction,
            reply=file.mail.reply,
            confirm_subject=file.mail.confirm_subject,
            confirmation=file.mail.confirmation,
        ),
        confirm_before=timedelta(hours=file.attendance.confirm_hours),
        attended=timedelta(minutes=file.attendance.least_minutes),
        clocks=MappingProxyType(clocks),
        reassign=timedelta(hours=file.escalation.reassign_hours),
        least=timedelta(minutes=file.escalation.least_minutes),
        levels=file.escalation.levels,
        more_time=tuple(file.escalation.more_time),
        poll=timedelta(hours=file.outlook.poll_hours),
        blind=timedelta(minutes=file.outlook.blind_minutes),
        sync=timedelta(hours=file.outlook.people_hours),
        reasons=MappingProxyType(dict(file.reasons)),
        quick_actions=tuple(
            QuickAction(
                code=row.code,
                title=row.title,
                kind=row.kind,
                days=row.days,
                weekday=WEEKDAYS.index(row.weekday) if row.weekday else None,
                at=row.at,
                minutes=row.minutes,
            )
            for row in file.quick_actions
        ),
        pools=tuple(
            Pool(code=row.code, name=row.name, holidays=row.holidays) for row in file.pools
        ),
        calendar=_calendar_rules(file.calendar),
        routing=_routing(file),
        retention=_retention(file.retention),
    )


def _retention(table: RetentionTable) -> Retention:
    return Retention(
        prospects=timedelta(days=table.prospect_days),
        texts=timedelta(days=table.text_days),
        calendars=timedelta(days=table.calendar_days),
        outlook=timedelta(days=table.outlook_days),
        leavers=timedelta(days=table.leaver_days),
        names=timedelta(days=table.name_days),
        looks=timedelta(days=table.look_days),
        decisions=timedelta(days=table.decision_days),
        jobs=timedelta(days=table.job_days),
    )


def _meetings(file: PolicyFile) -> tuple[MeetingType, ...]:
    """The types, or the lengths as types of their own."""
    usual, by_length = file.prep.minutes, file.prep.by_length
    rows = file.meeting.types or [
        MeetingTypeTable.model_construct(code=str(m), name=f"{m} minutes", minutes=m, prepare=None)
        for m in file.meeting.lengths
    ]
    return tuple(
        MeetingType(
            code=row.code,
            name=row.name,
            minutes=row.minutes,
            prepare=timedelta(
                minutes=by_length.get(str(row.minutes), usual)
                if row.prepare is None
                else row.prepare
            ),
        )
        for row in rows
    )


def _calendar_rules(table: CalendarTable) -> CalendarRules:
    return CalendarRules(
        buffer=timedelta(minutes=table.buffer_minutes),
        check_at=table.check_at,
        confidence=table.confidence,
        hold=timedelta(days=table.hold_days),
        tentative=timedelta(days=table.tentative_days),
        series=timedelta(days=table.series_days),
        kept=table.kept_weeks,
        holds=tuple(table.hold_words),
        reminders=tuple(table.reminder_words),
        blocks=tuple(table.block_words),
        domains=tuple(table.domains),
    )


def holidays_of(region: str | None, first: date, last: date) -> frozenset[date]:
    """The public holidays of a country or region ("DE-BY") between two days, both included."""
    if region is None:
        return frozenset()
    return frozenset(
        day
        for year in range(first.year, last.year + 1)
        for day in _calendar(region, year)
        if first <= day <= last
    )


@cache
def _calendar(region: str, year: int) -> frozenset[date]:
    country, _, part = region.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError as error:
        raise ValueError(f"no public holidays are known for {region!r}") from error
