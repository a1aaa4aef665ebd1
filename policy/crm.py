"""What the CRM is told of a handoff besides how it stands."""

from pydantic import Field

from policy.table import Table


class CrmTable(Table):
    """The company's CRM, where one is set up: docs/crm.md."""

    owner: bool = Field(
        default=False,
        description=(
            "Whether whoever has the lead becomes the contact's owner there. An owner whom "
            "somebody chose in the CRM stays, and is asked about."
        ),
    )
