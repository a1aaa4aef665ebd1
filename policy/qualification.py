"""What those who qualify leads cost."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from policy.routing import Value
from policy.table import Table


class QualificationTable(Table):
    """What those who qualify leads cost. Whoever leads all of sales reads on Team when what was won
    of the leads passes it. Without, nothing is said of it.
    """

    cost: Value | None = Field(
        default=None,
        description="What they cost a month, all of them together, in the policy's currency.",
    )
    since: date | None = Field(
        default=None,
        description="The first day of the first month of that; leads of then count: 2026-01-01.",
    )

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.cost is None) is not (self.since is None):
            raise ValueError("say both: what they cost a month, and since when")
        if self.since and self.since.day != 1:
            raise ValueError("since is the first day of a month, like 2026-01-01")
        if self.cost == 0:
            raise ValueError("what costs nothing pays for itself: leave the table out")
        return self
