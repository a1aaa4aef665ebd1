"""How long what is stored is kept."""

from typing import Self

from pydantic import Field, model_validator

from policy.table import Table


class RetentionTable(Table):
    """How long what is stored is kept. Nothing of an open handoff is ever forgotten; once an hour
    the rest is, as /privacy says.
    """

    unbooked_days: int = Field(
        default=180,
        ge=30,
        le=3650,
        description=(
            "A lead that its qualifier has not handed over by then, counted from the day on which "
            "it was theirs to hand over, ends as closed. By the policy in force."
        ),
    )
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

    report_days: int = Field(
        default=730,
        ge=30,
        le=3650,
        description="What a weekly report said of persons, and who had it. Its sums stay.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.text_days > self.prospect_days:
            raise ValueError("text_days may not be more than prospect_days")
        if self.name_days < self.leaver_days:
            raise ValueError("name_days may not be less than leaver_days")
        return self
