"""Who hears that a deal is won."""

from pydantic import Field

from policy.table import Code, Table


class WinsTable(Table):
    """A deal that is won, told to those who brought it."""

    tell: bool = Field(
        default=False,
        description=(
            "Whether the rep's team, whoever handed the lead over and the owner of its campaign "
            "hear of it, an hour after the rep has said so. With works_council it names the team "
            "alone."
        ),
    )
    pool: Code = Field(
        default="",
        description=(
            "The code of a pool to which a deal is handed that is won, an hour after the rep has "
            "said so: whoever is next in turn there looks after the customer."
        ),
    )
