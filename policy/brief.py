"""What must be known of a lead, how its meeting is booked, prepared and attended."""

from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from handoff.policy import FIELDS
from policy.table import LENGTH, Code, Minutes, Table, Words, distinct


def _pair(written: Any) -> Any:
    """TOML has lists, and of two it is the same."""
    return tuple(written) if isinstance(written, list) else written


class BriefTable(Table):
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


class MeetingTypeTable(Table):
    """One kind of meeting to choose from. The first is set."""

    code: Code = Field(description="How the app names it. Do not change it once in use.")
    name: Words = Field(description="How people see it: Demo.")
    minutes: Annotated[int, Field(ge=15, le=240)] = Field(description="How long it lasts.")
    prepare: Minutes | None = Field(
        default=None, description="Minutes to prepare it; as `prep` says where it is not set."
    )


class MeetingTable(Table):
    """How meetings are booked."""

    lengths: list[Annotated[int, Field(ge=15, le=240)]] = Field(
        default=[30, 45, 60],
        min_length=1,
        description="Minutes to choose from, where there are no `types`; the first is set.",
    )
    types: list[MeetingTypeTable] = Field(
        default=[], description="Kinds of meeting to choose from, instead of `lengths`."
    )
    _type_codes = field_validator("types")(distinct)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.types and "lengths" in self.model_fields_set:
            raise ValueError("set either lengths or types")
        return self

    days_ahead: int = Field(default=14, ge=1, le=31, description="How far ahead times are sought.")
    notice_hours: float = Field(
        default=2, ge=0, le=72, description="The least time between booking and meeting."
    )
    times: int = Field(
        default=5,
        ge=1,
        le=8,
        description="How many times a qualifier is shown, and a prospect who wants another.",
    )
    other_times: int = Field(
        default=3,
        ge=1,
        le=5,
        description="How many of the next times are shown, besides those around the meeting's day, "
        "to whoever asks for another; and how often a rep may propose one instead of each time "
        "that the meeting has.",
    )
    prospect_moves: bool = Field(
        default=False,
        description=(
            "Whether invitations and mails carry a link with which the prospect moves the meeting "
            "to a time at which rep and qualifier are free, or calls it off."
        ),
    )
    prospect_pool: bool = Field(
        default=False,
        description=(
            "Whether the prospect then reads times of whoever is next in the pool, where the rep "
            "has no other; who moves there meets the colleague."
        ),
    )
    prospect_hours: Annotated[tuple[time, time], BeforeValidator(_pair)] = Field(
        default=(time(8), time(18)),
        description="No time is offered outside these hours of the prospect's own day.",
    )


class PrepTable(Table):
    """Time to prepare a meeting, as an appointment in the rep's calendar before it."""

    minutes: int = Field(
        default=15, ge=0, le=120, description="How long, for every meeting; 0 for none."
    )
    by_length: dict[Annotated[str, Field(pattern=LENGTH)], Minutes] = Field(
        default={},
        description="Or by how long a meeting lasts: { 60 = 30 }. Its type may say otherwise.",
    )
    within_hours: float = Field(
        default=16,
        gt=0,
        le=80,
        description="How near before the meeting, in working hours of the rep.",
    )


class AttendanceTable(Table):
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
