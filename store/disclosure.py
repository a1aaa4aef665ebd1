"""Of how many people a figure is, and so whether it may be shown where names may not be. What is
about too few has no value, nor has what they could be worked out from: disclosure control.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from handoff.asked import week_code
from handoff.figures import FIGURES, HANDED_OVER, Figure, Those
from handoff.scope import By, Ground, Kind, Scope, hidden
from store.database import Connection
from store.fact_terms import GROUNDS, IN_TIME, UNNAMED, Look, arguments, condition, part_of
from store.figure_values import COME, step_of

ENOUGH = 4  # times as many people as there must be: more are not told apart
_OF_EACH = (By.REASON, By.CODE)  # parts that are each figure's own
_MONDAY = "date_trunc('week', at at time zone 'utc')::date"

Crowd = Mapping[tuple[str, str], frozenset[str]]
"""Who had part in what was counted, by its kind and code: enough of them, where they are more."""


@dataclass(slots=True)
class Crowds:
    """Of how many people what somebody looks at is who sees no names on it: looked for once for
    each ground and time, for all *figures* at once, however often these are asked for.
    """

    scope: Scope
    figures: Collection[Figure] = FIGURES
    _few: dict[Look, bool] = field(default_factory=dict)
    _few_of: dict[Look, frozenset[str]] = field(default_factory=dict)

    async def few(self, tx: Connection, look: Look) -> bool:
        """Whether all of it is about too few."""
        whole = replace(look, by=None)
        if whole not in self._few:
            self._few[whole] = await _few(tx, self.scope, whole)
        return self._few[whole]

    async def few_of(self, tx: Connection, look: Look) -> frozenset[str]:
        """The codes of those figures that are."""
        whole = replace(look, by=None)
        if whole not in self._few_of:
            self._few_of[whole] = await _few_of(tx, self.scope, self.figures, whole)
        return self._few_of[whole]

    async def few_in(
        self, tx: Connection, look: Look, figures: Sequence[Figure]
    ) -> Mapping[str, Mapping[str, int]]:
        """By the code of each figure, of how many people each of its parts is."""
        found = await _people_of(tx, self.scope, figures, look)
        return {figure.code: people for figure, people in zip(figures, found, strict=True)}


async def _few(tx: Connection, scope: Scope, look: Look) -> bool:
    """Whether what is looked at is about fewer people than may be shown without names, or what is
    left of the organisation without it is, or it is a team that is not shown among its like, or a
    pool or region by which, with all others that the reader sees, too few could be told apart.
    """
    ground = GROUNDS[look.ground.kind]
    if await _fewer(tx, scope, look, ground):
        return True
    # Whoever they see by name, oneself too, they can take from any sum.
    if await _fewer(tx, scope, look, f"({ground}) and {UNNAMED}", none=True):
        return True
    if look.ground.kind is Kind.ORGANISATION:  # of which nothing is left
        return False
    if await _fewer(tx, scope, look, f"({ground}) is not true and {UNNAMED}", none=True):
        return True
    match look.ground.kind:
        case Kind.TEAM:
            among = replace(look, ground=Ground(Kind.BELOW), by=By.TEAM)
            [people] = await _people_of(tx, scope, [None], among)
            return look.ground.which in hidden(people, scope.least)
        case Kind.REGION | Kind.POOL:
            return await _told_apart(tx, scope, look)
        case _:
            return False


async def _told_apart(tx: Connection, scope: Scope, look: Look) -> bool:
    """Whether the organisation without some of the pools and regions that the reader sees, or one
    of these without another, is about too few: every such sum is of these parts.
    """
    parts = [("pool = %(part)s", pool) for pool in scope.pools if pool != look.ground.which]
    beside = "region = %(part)s and pool <> all(%(pools)s)"
    parts += [(beside, region) for region in scope.regions]
    parts.append(("region <> all(%(regions)s) and pool <> all(%(pools)s)", ""))
    for where, part in parts:
        others = f"{where} and {UNNAMED}"
        if await _fewer(tx, scope, look, others, none=True, part=part):
            return True
    return False


async def _fewer(
    tx: Connection, scope: Scope, look: Look, ground: str, *, none: bool = False, part: str = ""
) -> bool:
    """Whether it is about too few people; of *none* it may be, where that is said. It stops
    counting once they are enough.
    """
    looked_at = "p.id <> all(%(names)s) and" if UNNAMED in ground else ""  # of others no fact is
    found = await tx.execute(
        f"select count(*) from (select from person p where {looked_at} exists (select from fact "  # noqa: S608  # our own words
        f"where who = p.id and {IN_TIME} and {ground}) limit %(least)s) one",
        {**arguments(scope, look), "least": scope.least, "part": part},
    )
    row = await found.fetchone()
    count = int(row[0]) if row else 0
    return count < scope.least and not (none and count == 0)


async def _few_of(
    tx: Connection, scope: Scope, figures: Iterable[Figure], look: Look
) -> frozenset[str]:
    """The codes of those *figures* that are about too few people whom the reader does not see by
    name, or would be in what is left of the organisation: of those who have part in a team or a
    pool it may be one who has won.
    """
    inside = f"({GROUNDS[look.ground.kind]}) is true"
    several = list(figures)
    crowds = await _crowds(tx, scope, look, [inside], where=UNNAMED, figures=several)
    cohorts = any(one.cohort for one in several)
    come = await _cohort(tx, scope, look, inside, where=UNNAMED) if cohorts else {}
    return frozenset(
        figure.code
        for figure in several
        if any(
            0 < _people(crowd, those) < scope.least
            for crowd in crowds.values()
            for those in _of(figure)
        )
        or any(0 < _come(crowd, figure) < scope.least for crowd in come.values())
    )


async def _people_of(
    tx: Connection, scope: Scope, figures: Sequence[Figure | None], look: Look
) -> list[dict[str, int]]:
    """Of how many people each part is, for each of *figures*: of a team, of whoever anything was
    counted in it; of a reason, of whom it was counted, or of as few as could be told by it from
    another sum. For None, of all that was counted.
    """
    assert look.by
    weeks, whole = look.by is By.WEEK, look.ground.kind is Kind.ORGANISATION
    part = _MONDAY if weeks else part_of(look.by)
    ground = GROUNDS[look.ground.kind]
    # The organisation is what no other sum stands beside.
    where = f"({ground}) and {UNNAMED}" if whole or weeks else ground
    kinds = None if None in figures else [one for one in figures if one]
    crowds = await _crowds(tx, scope, look, [part], where=where, figures=kinds)
    beside: dict[str, list[Crowd]] = {}
    if crowds and not whole and (weeks or look.by in _OF_EACH):
        cells = [part, _apart(look.ground.kind)]
        # A week that is anybody's is one for all that was counted in it.
        of = None if weeks else kinds
        apart = await _crowds(tx, scope, look, cells, where=UNNAMED, figures=of)
        for cell, crowd in apart.items():
            beside.setdefault(cell[0], []).append(crowd)
    cohorts = crowds and any(one and one.cohort for one in figures)
    come = await _cohort(tx, scope, look, part, where=where) if cohorts else {}
    found = []
    for figure in figures:
        people: dict[str, int] = {}
        for (name,), crowd in crowds.items():
            others = beside.get(name, [])
            counts = [_fewest_apart(crowd, others, those, of_all=weeks) for those in _of(figure)]
            if figure and figure.cohort:
                counts.append(_come(come.get(name, {}), figure))
            if any(counts):
                people[week_code(date.fromisoformat(name)) if weeks else name] = _fewest(counts)
        found.append(people)
    return found


def _fewest_apart(
    crowd: Crowd, others: Iterable[Crowd], those: Those | None, *, of_all: bool
) -> int:
    """Of how many people *those* of *crowd* are, or of as few as there are in one of the *others*
    by which they could be told.
    """
    count = _people(crowd, those)
    apart = [_people(one, None if of_all else those) for one in others]
    return min([count, *[one for one in apart if one]]) if count else 0


def _apart(kind: Kind) -> str:
    """Of what every sum is made that whoever looks sees beside one of that *kind*: what is too
    small of these could be worked out, also of one reason alone.
    """
    match kind:
        case Kind.TEAM:
            return "case when team = any(%(teams)s) then team else '' end"
        case Kind.BELOW:
            return "team = any(%(teams)s)"
        case Kind.REGION | Kind.POOL:
            return (
                "case when pool = any(%(pools)s) then array['pool', pool] "
                "when region = any(%(regions)s) then array['region', region] end"
            )
        case _:
            return "''"


async def _crowds(
    tx: Connection,
    scope: Scope,
    look: Look,
    cells: Sequence[str],
    *,
    where: str,
    figures: Iterable[Figure] | None,
) -> dict[tuple[Any, ...], Crowd]:
    """Who had part in what was counted in each of *cells*, of what *figures* are of, or of all that
    was, which is then told by no kind: one look at the facts.
    """
    several = [those for one in figures or () for those in _of(one) if those]
    kind = "'', ''" if figures is None else "what, code"
    only = "" if figures is None else "and what = any(%(kinds)s)"
    names = [f"cell_{n}" for n in range(len(cells))]
    told = ", ".join(f"({cell})::text as {name}" for cell, name in zip(cells, names, strict=True))
    rows = await tx.execute(
        f"select what, code, (array_agg(who))[1:%(enough)s], {', '.join(names)} from ("  # noqa: S608
        f"select distinct {kind}, who, {told} from fact where {IN_TIME} {only} and ({where})"
        f") as one (what, code, who, {', '.join(names)}) group by what, code, {', '.join(names)}",
        {
            **arguments(scope, look),
            "kinds": sorted({what.value for those in several for what in those.what}),
            "enough": ENOUGH * scope.least,
        },
    )
    found: dict[tuple[Any, ...], dict[tuple[str, str], frozenset[str]]] = {}
    async for what, code, who, *cell in rows:
        found.setdefault(tuple(cell), {})[what, code] = frozenset(who)
    return dict(found)


async def _cohort(
    tx: Connection, scope: Scope, look: Look, cell: str, *, where: str
) -> dict[str, Mapping[int, frozenset[str]]]:
    """Whose the leads are that were handed over, in each *cell*, by how far these have come."""
    rows = await tx.execute(
        f"with cohort as (select handoff, who, ({cell})::text as cell from fact "  # noqa: S608
        f"where {condition(HANDED_OVER)} and {IN_TIME} and ({where}) "
        "group by 1, 2, 3 having sum(sign) > 0), "
        f"far as materialized (select cell, who, {COME} as come from cohort) "
        "select cell, come, (array_agg(distinct who))[1:%(enough)s] from far group by 1, 2",
        {**arguments(scope, look), "enough": ENOUGH * scope.least},
    )
    found: dict[str, dict[int, frozenset[str]]] = {}
    async for name, come, who in rows:
        found.setdefault(name, {})[come] = frozenset(who)
    return dict(found)


def _come(cohort: Mapping[int, frozenset[str]], figure: Figure) -> int:
    """Of how many people those leads are that have come as far as *figure* says, or further; none
    where it is of no cohort.
    """
    if not figure.cohort:
        return 0
    far = [who for come, who in cohort.items() if come >= step_of(figure)]
    return len(frozenset().union(*far))


def _people(crowd: Crowd, those: Those | None) -> int:
    """How many *those* facts are of."""
    fitting = [
        who for (what, code), who in crowd.items() if those is None or those.fits(what, code)
    ]
    return len(frozenset().union(*fitting))


def _of(figure: Figure | None) -> list[Those | None]:
    """What it tells of: of a share, both that are in it."""
    if figure is None:
        return [None]
    return [figure.top, *([figure.bottom] if figure.bottom else [])]


def _fewest(counts: Iterable[int]) -> int:
    """Of as many people as the least of *counts* that is about anybody."""
    return min((one for one in counts if one), default=0)
