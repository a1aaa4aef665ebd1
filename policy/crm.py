"""What the CRM is told of a handoff besides how it stands, and how its deals count."""

from typing import Annotated

from pydantic import Field

from policy.table import Code, Table


class CrmTable(Table):
    """The company's CRM, where one is set up: docs/crm.md."""

    owner: bool = Field(
        default=False,
        description=(
            "Whether whoever has the lead becomes the contact's owner there. An owner whom "
            "somebody chose in the CRM stays, and is asked about."
        ),
    )
    stages: dict[Annotated[str, Field(min_length=1, max_length=100)], Code] = Field(
        default={},
        description=(
            "How a deal counts that is at a stage there, by the stage's id: `open`, `won` or "
            "`lost`, or, for load, a stage of `[routing]`. Without, as the CRM counts it."
        ),
    )
