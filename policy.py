"""The policy file: read, checked, and turned into the values the rules work with.

Every key says in its description what it is for; `docs/policy.md` is made from them. A file with
mistakes is refused whole, each mistake named with its key and, where TOML tells, its line; the
policy in force stays in force.
"""

import tomllib
from datetime import date, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Annotated, Literal, Self

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

from handoff.policy import FIELDS, Clock, Policy, Pool, Promise, QuickAction

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, Field(min_length=1, max_length=80)]
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


class MeetingTable(_Table):
    """How meetings are booked."""

    lengths: list[Annotated[int, Field(ge=15, le=240)]] = Field(
        default=[30, 45, 60], min_length=1, description="Minutes to choose from; the first is set."
    )
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
    next_step: ClockTable = Field(
        default=ClockTable(hours=8, reminder=0.5, escalate=True),
        description="After the meeting, the rep says what comes next.",
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
    clocks: ClocksTable = Field(default=ClocksTable(), description="How long each promise takes.")
    escalation: EscalationTable = Field(
        default=EscalationTable(), description="What happens when it takes longer."
    )
    outlook: OutlookTable = Field(default=OutlookTable(), description="How often Outlook is asked.")
    reasons: dict[Code, Words] = Field(
        min_length=1, description="Why a lead may be sent back: code = words."
    )
    quick_actions: list[QuickActionTable] = Field(
        default=[], max_length=5, description="Follow-ups in one click."
    )

    @field_validator("pools", "quick_actions")
    @classmethod
    def _distinct(
        cls, rows: list[PoolTable] | list[QuickActionTable]
    ) -> list[PoolTable] | list[QuickActionTable]:
        codes = [row.code for row in rows]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError("the same code twice: " + ", ".join(twice))
        return rows


def read(text: str) -> PolicyFile:
    """The file's content, checked. Raises BadPolicyError, naming every mistake."""
    try:
        return PolicyFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadPolicyError(f"the policy is not valid TOML: {error}") from error
    except ValidationError as error:
        mistakes = [
            f"{'.'.join(str(part) for part in e['loc']) or 'the file'}: {e['msg']}"
            for e in error.errors(include_url=False)
        ]
        raise BadPolicyError("the policy has mistakes:\n  " + "\n  ".join(mistakes)) from error


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
        lengths=tuple(file.meeting.lengths),
        days_ahead=file.meeting.days_ahead,
        notice=timedelta(hours=file.meeting.notice_hours),
        times=file.meeting.times,
        other_times=file.meeting.other_times,
        prospect_start=file.meeting.prospect_hours[0],
        prospect_end=file.meeting.prospect_hours[1],
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
