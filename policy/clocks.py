"""How long promises take, what surrounds their clocks, and follow-ups in one click."""

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from policy.table import Code, Table, Words

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class ClockTable(Table):
    """How long one promise may take."""

    hours: float = Field(gt=0, le=400, description="Working hours of whoever made the promise.")
    reminder: float | None = Field(
        default=None, gt=0, lt=1, description="One reminder at this share of the time: 0.5."
    )
    escalate: bool = Field(
        default=False, description="Whether the person's manager decides when it is overdue."
    )


class ClocksTable(Table):
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
    progress: ClockTable = Field(
        default=ClockTable(hours=80, reminder=0.5, escalate=True),
        description=(
            "From a meeting or a call that got through: the rep brings the lead further, by "
            "another of these, or says how it ends. At the reminder rep and qualifier are told "
            "that nothing has come of it."
        ),
    )
    book: ClockTable = Field(
        default=ClockTable(hours=40, escalate=True),
        description="A qualifier hands over a lead whose brief is complete.",
    )
    fit: ClockTable = Field(
        default=ClockTable(hours=40, reminder=0.5, escalate=True),
        description="A qualifier decides on a lead that does not reach the line of fit.",
    )
    nurture: ClockTable = Field(
        default=ClockTable(hours=160, reminder=0.9, escalate=True),
        description="A marketer looks again at a lead whose prospect is not ready.",
    )
    decide: ClockTable = Field(
        default=ClockTable(hours=2, escalate=True),
        description="A manager decides what is overdue; after that, the manager's manager.",
    )
    judge: ClockTable = Field(
        default=ClockTable(hours=8, reminder=0.5, escalate=True),
        description="A manager decides what is contested; after that, the manager's manager.",
    )
    confirm_week: ClockTable = Field(
        default=ClockTable(hours=2, reminder=0.5),
        description="A rep says whether next week's calendar is true.",
    )
    settle_weeks: ClockTable = Field(
        default=ClockTable(hours=4, reminder=0.5, escalate=True),
        description="From Monday's list on: a manager settles what nobody has confirmed.",
    )
    answer_report: ClockTable = Field(
        default=ClockTable(hours=8, reminder=0.5, escalate=True),
        description="A manager answers whoever says that an assignment was wrong.",
    )
    answer_alarm: ClockTable = Field(
        default=ClockTable(hours=8, reminder=0.5, escalate=True),
        description="A manager decides on a rep who has had no leads for a while.",
    )
    update_crm: ClockTable = Field(
        default=ClockTable(hours=8, reminder=0.5, escalate=True),
        description=(
            "The rep enters what `[[crm.wants]]` wants of the deal. While the CRM is away the "
            "clock stands still."
        ),
    )


class EscalationTable(Table):
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
        default=15,
        ge=1,
        le=240,
        description=(
            "Nobody is given less working time than this to answer, unless the meeting begins "
            "first: no time is offered that begins sooner for its rep, and nobody is asked to "
            "stand in who would have less."
        ),
    )
    levels: int = Field(
        default=2, ge=1, le=5, description="How many managers up an overdue promise goes."
    )
    more_time: list[Annotated[int, Field(ge=1, le=80)]] = Field(
        default=[2, 4, 8],
        min_length=1,
        max_length=10,
        description="Working hours a manager may add.",
    )


class QuickActionTable(Table):
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
