"""How figures are made, and who sees them."""

from pydantic import Field

from policy.table import Table


class FiguresTable(Table):
    """How figures are made, and who sees them. Everyone sees their own, managers those of whoever
    is below them.
    """

    team_level: int = Field(
        default=1,
        ge=1,
        le=5,
        description=(
            "How far above somebody whoever leads their team is: 1 is their manager. Of a lead it "
            "is kept as it was when it was handed over."
        ),
    )
    least_people: int = Field(
        default=5,
        ge=3,
        le=20,
        description=(
            "Whoever may see no names sees a figure that is about people only where it is about so "
            "many."
        ),
    )
    works_council: bool = Field(
        default=False,
        description=(
            "A person's figures are shown to that person alone; leaders see teams, without names."
        ),
    )
    line_manager: bool = Field(
        default=False,
        description="With works_council: to their own manager too, where that is agreed.",
    )
