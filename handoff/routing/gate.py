"""Before a rep is asked for: does the lead fit, and is the prospect interested? By the company's
own points. A lead below a line stays with an owner and a clock: the qualifier for fit, marketing
for interest. Pure.
"""

from dataclasses import dataclass

from handoff.model import Lead
from handoff.routing.policy import Routing
from handoff.routing.rules import traits_of


@dataclass(frozen=True, slots=True)
class Below:
    """A line that the lead does not reach."""

    what: str  # "fit" or "interest"
    points: int
    least: int

    def words(self) -> str:
        return f"{self.what} is {self.points} of the {self.least} points that the policy asks for"


def below(lead: Lead, routing: Routing) -> Below | None:
    """The first line that the lead does not reach: fit before interest."""
    names = {name for _, name in traits_of(lead, routing)}
    for what, line in (("fit", routing.fit), ("interest", routing.interest)):
        points = sum(n for name, n in line.points.items() if name in names)
        if points < line.least:
            return Below(what, points, line.least)
    return None
