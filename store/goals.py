"""Goals in PostgreSQL, and how figures stand to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handoff.figures import BY_CODE, Goal, Period, Share, Standing, attained
from handoff.scope import Ground, Kind, NotShownError, Scope
from store.database import Reads
from store.disclosure import Crowds
from store.door import Tx
from store.fact_terms import Look
from store.figures import Figures

_SET = """
insert into goal (figure, kind, whose, since, until, target, set_at)
select %(figure)s, %(of)s, %(whose)s, %(since)s, %(until)s, %(target)s, %(at)s
where %(target)s is distinct from (select target from goal where (figure, kind, whose, since, until)
    = (%(figure)s, %(of)s, %(whose)s, %(since)s, %(until)s) order by id desc limit 1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attained:
    """A goal with the figure as it stands, None where that is not shown, for it is about too few
    people; and what the goal was before, the newest first.
    """

    goal: Goal
    value: int | Share | None
    standing: Standing | None
    before: tuple[int, ...] = ()


class Goals:
    def __init__(self, reads: Reads, figures: Figures) -> None:
        self._reads = reads
        self._figures = figures

    async def set(self, tx: Tx, goals: Sequence[Goal], at: datetime) -> int:
        """These are the goals from now on; what they were before stays. Returns how many are new
        or another now.
        """
        changed = 0
        for one in goals:
            done = await tx.execute(
                _SET,
                {
                    "figure": one.figure,
                    "of": one.of,
                    "whose": one.whose,
                    "since": one.period.since,
                    "until": one.period.until,
                    "target": one.target,
                    "at": at,
                },
            )
            changed += done.rowcount
        return changed

    async def standing(self, scope: Scope, at: datetime) -> list[Attained]:
        """Every goal of the time at hand that is theirs to see, whoever asks: their own first, and
        those of leaders before others'. Nobody is ranked.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select figure, kind, whose, since, until, array_agg(target order by id desc) "
                "from goal where since <= %(day)s and until > %(day)s "
                "group by 1, 2, 3, 4, 5 order by 4, 1, 2, 3",
                {"day": at.date()},
            )
            rows = await found.fetchall()
        crowds = self._figures.crowds(scope)
        shown = []
        for figure, kind, whose, since, until, targets in rows:
            goal = Goal(
                figure=figure, of=kind, whose=whose, period=Period(since, until), target=targets[0]
            )
            try:
                value = await self._value(scope, goal, at, crowds)
            except NotShownError:
                continue
            stands = None if value is None else attained(goal, value, at)
            before = tuple(targets[1:])
            shown.append(Attained(goal=goal, value=value, standing=stands, before=before))
        return sorted(shown, key=lambda one: _order(scope, one.goal))

    async def _value(
        self, scope: Scope, goal: Goal, at: datetime, crowds: Crowds
    ) -> int | Share | None:
        look = Look(ground=Ground(Kind(goal.of), goal.whose), period=goal.period)
        [shown] = await self._figures.values(scope, [BY_CODE[goal.figure]], look, at, crowds)
        value = shown.whole.value
        return value if isinstance(value, int | Share) else None


def _order(scope: Scope, goal: Goal) -> int:
    if goal.whose == scope.who:
        return 0
    return (
        1
        if goal.of in (Kind.TEAM, Kind.REGION, Kind.ORGANISATION) or goal.whose in scope.teams
        else 2
    )
