"""What the CRM is told of a handoff besides how it stands, and how its deals count."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from handoff.lead_list import COLUMNS
from policy.table import Code, Table, Words

FieldName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}$")]
StageId = Annotated[str, Field(min_length=1, max_length=100)]


class WantTable(Table):
    """What is wanted of a deal that goes on. Its rep is asked for it in a card."""

    field: Literal["amount", "close_date", "next_step", "stage"] = Field(
        description="`amount`, `close_date`, `next_step` or `stage`. An empty one is asked for, "
        "and a close date that is past."
    )
    stages: list[StageId] = Field(
        default=[],
        description="Ids of the stages at which it is wanted; without, at every stage.",
    )
    days: int | None = Field(
        default=None,
        ge=1,
        le=400,
        description=(
            "Also asked for once nobody has changed it for so many days; a stage needs this, for "
            "it is never empty."
        ),
    )

    @model_validator(mode="after")
    def _can_be_stale(self) -> Self:
        if self.field == "stage" and self.days is None:
            raise ValueError("a stage is never empty: say after how many days it is asked for")
        return self


def _known(column: str) -> str:
    if column not in COLUMNS:
        raise ValueError(f"{column!r} is nothing of a lead; there are {', '.join(COLUMNS)}")
    return column


Column = Annotated[str, AfterValidator(_known)]


class LeadsTable(Table):
    """Which contacts of the CRM come in as leads, by themselves: docs/crm.md."""

    source: Words = Field(
        description="The name of the source that says whose they are, as `sources make … --crm` "
        "made it."
    )
    field: FieldName = Field(
        description="The field of the contact by which it is a lead: `lifecyclestage`; of "
        "Salesforce's leads, `Status`, of those of Dynamics 365, `leadqualitycode`."
    )
    values: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        min_length=1,
        max_length=5,
        description="What stands in that field then, as the CRM keeps it: one of these.",
    )
    fields: dict[Column, FieldName] = Field(
        default={},
        description=(
            'In which field there stands what is known of the lead: `needs = "message"`, '
            '`campaign = "utm_campaign"`. Name, address and company are found without.'
        ),
    )


class TouchesTable(Table):
    """In which fields of the contact there stands by what somebody first came to you, and by what
    last: docs/crm.md. They are shown beside the campaign of a lead, and change nothing of it.
    """

    first: FieldName | None = Field(
        default=None, description="Of the first touch; in HubSpot `hs_analytics_source`."
    )
    last: FieldName | None = Field(
        default=None, description="Of the last touch; in HubSpot `hs_latest_source`."
    )


class CrmTable(Table):
    """The company's CRM, where one is set up: docs/crm.md."""

    owner: bool = Field(
        default=False,
        description=(
            "Whether whoever has the lead becomes the contact's owner there. An owner whom "
            "somebody chose in the CRM stays, and is asked about."
        ),
    )
    in_their_name: bool = Field(
        default=False,
        description=(
            "Whether what somebody enters of a deal is written as them and by what they may there, "
            "where the CRM lets a program do so: Dynamics 365. Without, and whoever is no user "
            "there, as Baton."
        ),
    )
    stages: dict[StageId, Code] = Field(
        default={},
        description=(
            "How a deal counts that is at a stage there, by the stage's id: `open`, `won` or "
            "`lost`, or, for load, a stage of `[routing]`. Without, as the CRM counts it."
        ),
    )
    accountable: dict[StageId, Words] = Field(
        default={},
        description=(
            "Whose a deal is once it comes to a stage there, by the stage's id: `pool:emea` for "
            "whoever is next in turn in that pool, or somebody's mail address. Who has it by then "
            "and is in that pool keeps it."
        ),
    )
    wants: list[WantTable] = Field(
        default=[],
        description="What the rep of a deal that goes on is asked for, the first of it first.",
    )
    leads: LeadsTable | None = Field(
        default=None, description="Which contacts there come in as leads; without, none."
    )
    touches: TouchesTable = Field(
        default=TouchesTable(),
        description="Where first and last touch stand there; without, neither is asked for.",
    )
    activity: bool = Field(
        default=False,
        description=(
            "Whether Baton asks there when somebody last called, wrote to or met a prospect who is "
            "followed up, and shows it; of what was said nothing is read."
        ),
    )
    spending: bool = Field(
        default=False,
        description=(
            "Whether Baton asks there what each campaign of your list has cost so far, by the name "
            "that it has there, and shows it to whoever owns it."
        ),
    )
    idle_days: int | None = Field(
        default=None,
        ge=1,
        le=400,
        description=(
            "Days without any of these, and with nothing planned, after which a lead's rep and "
            "their manager hear so, once; needs `activity`. Without, never."
        ),
    )

    @model_validator(mode="after")
    def _can_be_idle(self) -> Self:
        if self.idle_days is not None and not self.activity:
            raise ValueError("idle_days needs activity = true: else a call looks like none")
        return self
