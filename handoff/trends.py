"""Whether a reason is given more often than before: four weeks against the twelve before them, for
each reason, campaign and segment. Pure.

Each is the test of two rates: of all that were counted with that reason in both times, how likely
it is by chance that so many or more fall into the last four weeks, which had so much of the
hand-overs (Przyborowski and Wilenski, 1940: a binomial tail). Over all of them the false ones are
kept to one in twenty (Benjamini and Hochberg, 1995), which where nothing has changed is how often
anybody is told anything at all.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from handoff.facts import What
from handoff.figures import Period, Share
from handoff.model import Person

WEEKS, BEFORE = 4, 12
LEAST = 20  # leads handed over, in each of the two times
FALSE = 0.05  # of those that are told, so many may be chance
MORE, TIMES = 0.10, 1.5  # parts of one, or so many times as often: less is not worth a word
GIVEN = (What.SENT_BACK, What.ENDED)
"""What bears a coded reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How often a reason was given, of so many leads handed over in the same time."""

    reason: str
    campaign: str  # key; empty where there is none
    segment: str
    recent: Share
    before: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A reason that is given more often than chance makes it."""

    cell: Cell
    chance: float  # of so much or more, where nothing has changed


def times(week: Period) -> tuple[Period, Period]:
    """The four weeks that end with *week*, and the twelve before them."""
    since = week.until - timedelta(weeks=WEEKS)
    first = since - timedelta(weeks=BEFORE)
    return Period(since, week.until, week.zone), Period(first, since, week.zone)


def rising(cells: Iterable[Cell]) -> list[Trend]:
    """Those of *cells* that are no chance, the surest first. What has too few leads is not looked
    at; everything that is, is one more that might be chance.
    """
    looked_at = [one for one in cells if min(one.recent.bottom, one.before.bottom) >= LEAST]
    chances = [_chance(one) for one in looked_at]
    found = [
        Trend(cell=looked_at[n], chance=chances[n])
        for n in discoveries(chances, FALSE)
        if _matters(looked_at[n])
    ]
    return sorted(found, key=lambda one: (one.chance, one.cell.reason, one.cell.campaign))


def _chance(cell: Cell) -> float:
    """Of so much or more in the last four weeks, if it is given as often as before."""
    part = cell.recent.bottom / (cell.recent.bottom + cell.before.bottom)
    return tail(cell.recent.top, cell.recent.top + cell.before.top, part)


def _matters(cell: Cell) -> bool:
    now, before = (one.top / one.bottom for one in (cell.recent, cell.before))
    return now - before >= MORE or now >= TIMES * before


def tail(least: int, of: int, part: float) -> float:
    """How likely *least* or more *of* so many are, where each is with that *part* of one: exact."""
    if least <= 0:
        return 1.0
    logs = [
        math.lgamma(of + 1)
        - math.lgamma(k + 1)
        - math.lgamma(of - k + 1)
        + k * math.log(part)
        + (of - k) * math.log1p(-part)
        for k in range(least, of + 1)
    ]
    return min(1.0, math.fsum(map(math.exp, logs)))


def discoveries(chances: Sequence[float], false: float) -> list[int]:
    """Which are no chance, by their place, so that of all of them no more than that part is."""
    order = sorted(range(len(chances)), key=lambda n: chances[n])
    last = max(
        (rank for rank, n in enumerate(order, 1) if chances[n] <= false * rank / len(chances)),
        default=0,
    )
    return order[:last]


def told(cell: Cell, owners: Mapping[str, str], everyone: Mapping[str, Person]) -> list[str]:
    """Who hears of it: whose campaign it is, by key, and whoever leads all, with nobody above."""
    leaders = {id for one in everyone.values() for id in one.managers}
    heads = {
        one.id
        for one in everyone.values()
        if one.id in leaders and one.present and not one.managers
    }
    owner = everyone.get(owners.get(cell.campaign, ""))
    return sorted(heads | ({owner.id} if owner and owner.present else set()))
