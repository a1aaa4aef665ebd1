"""Before a rep is asked for: does the lead fit, and is the prospect interested? By the company's
own points. A lead below a line stays with an owner and a clock: the qualifier for fit, marketing
for interest. Pure.
"""

from dataclasses import dataclass

from handoff.model import Lead
from handoff.routing.policy import Line, Routing
from handoff.routing.rules import traits_of


@dataclass(frozen=True, slots=True)
class Below:
    """A line that the lead does not reach."""

    what: str  # "fit" or "interest"
    points: int
    least: int
    unknown: tuple[str, ...] = ()  # traits with points that it may have, were its worth known

    def words(self) -> str:
        said = f"{self.what} is {self.points} of the {self.least} points that the policy asks for"
        if not self.unknown:
            return said
        return (
            f"{said}; whether it is {' or '.join(self.unknown)} is unknown, for what it is worth "
            "is not known in the policy's currency"
        )


def below(lead: Lead, routing: Routing) -> Below | None:
    """The first line that the lead does not reach: fit before interest."""
    names = {name for _, name in traits_of(lead, routing)}
    for what, line in (("fit", routing.fit), ("interest", routing.interest)):
        points = sum(n for name, n in line.points.items() if name in names)
        if points < line.least:
            return Below(what, points, line.least, _unknown(lead, line, routing))
    return None


def _unknown(lead: Lead, line: Line, routing: Routing) -> tuple[str, ...]:
    """The traits of the line that ask for a worth which nobody knows."""
    asks = [
        (trait.name, amount)
        for trait in routing.traits
        for amount in (trait.value_from, trait.value_below)
        if amount and trait.name in line.points
    ]
    unknown = [name for name, one in asks if not lead.value or lead.value.currency != one.currency]
    return tuple(dict.fromkeys(unknown))
