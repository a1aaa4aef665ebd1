"""How calendars are read, and how often Outlook is asked."""

from datetime import time

from pydantic import Field, field_validator

from policy.table import Table, Words


class CalendarTable(Table):
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


class OutlookTable(Table):
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
    people_lost: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description=(
            "When more than this part of the people named by groups is no longer in them, and "
            "more than one is, nothing is changed and python app.py doctor says so. 1 lets all go."
        ),
    )
