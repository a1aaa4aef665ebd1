"""Of how many people a figure is, and so whether it may be shown where names may not be. What is
about too few has no value, nor has what they could be worked out from: disclosure control.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from handoff.asked import week_code
from handoff.figures import FIGURES, HANDED_OVER
from handoff.scope import By, Ground, Kind, Scope, hidden
from handoff.suppression import ENOUGH, Group, People, Piece, Sum, hide, hide_parts, own, piece
from store.database import Connection
from store.fact_terms import GROUNDS, IN_TIME, UNNAMED, Look, arguments, condition, part_of
from store.figure_values import COME, step_of

SOME = 100  # people whom the reader sees by name: as many more are looked for
_OF_EACH = (By.REASON, By.CODE)  # parts that are each figure's own
_MONDAY = "date_trunc('week', at at time zone 'utc')::date"
_APART = (
    "case when pool = any(%(pools)s) then array['pool', pool] "
    "when region = any(%(regions)s) then array['region', region] end"
)
"""Of which pools and regions every sum is that the reader sees beside the organisation."""
_AMONG: Mapping[Kind, tuple[Kind, str]] = {
    Kind.TEAM: (Kind.BELOW, part_of(By.TEAM)),
    Kind.POOL: (Kind.ORGANISATION, "case when pool = any(%(pools)s) then pool else '' end"),
    Kind.REGION: (Kind.ORGANISATION, "case when region = any(%(regions)s) then region else '' end"),
}
"""Of what a ground is a part, whose other parts the reader sees too; what is none of theirs is the
part of no name.
"""
_KINDS = sorted(
    {
        what.value
        for one in FIGURES
        for those in (one.top, one.bottom)
        if those
        for what in those.what
    }
)

_Read = TypeVar("_Read")


class Cells(dict[tuple[str | None, ...], dict[Piece, People]]):
    """Whose is what counts in each cell, by piece."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The codes of figures that are not shown, of the whole and of each part by its name."""

    whole: frozenset[str]
    parts: Mapping[str, frozenset[str]]


@dataclass(slots=True)
class Crowds:
    """Of how many people what somebody looks at is who sees no names on it: looked for once for
    each ground and time, of all figures at once, so that what is hidden does not hang on which of
    them are asked for. What was *found* once is there for whoever else looks at the same.
    """

    scope: Scope
    found: dict[object, Any] = field(default_factory=dict)
    _few: dict[Look, bool] = field(default_factory=dict)
    _wholes: dict[tuple[Look, bool], Group] = field(default_factory=dict)
    _parts: dict[tuple[Look, str, bool], Mapping[str, Group]] = field(default_factory=dict)

    async def few(self, tx: Connection, look: Look) -> bool:
        """Whether all of it is about fewer people than may be shown without names, or what is left
        of the organisation without it is, or it is a team that is not shown among its like, or a
        pool or region by which, with all others that the reader sees, too few could be told apart.
        """
        whole = replace(look, by=None)
        if whole not in self._few:
            self._few[whole] = await self._about_few(tx, whole)
        return self._few[whole]

    async def gone(self, tx: Connection, look: Look, *, cohorts: bool) -> Gone:
        """What of it is not shown; of how far leads come, where *cohorts* are asked for."""
        whole = await self._whole(tx, look, cohorts=cohorts)
        parts: Mapping[str, Group] = {}
        if look.by:
            part = _MONDAY if look.by is By.WEEK else part_of(look.by)
            parts = await self._parted(tx, look, part, cohorts=cohorts)
        return Gone(
            frozenset(whole.gone),
            {_named(look.by, name): frozenset(group.gone) for name, group in parts.items()},
        )

    async def _about_few(self, tx: Connection, look: Look) -> bool:
        least, kind = self.scope.least, look.ground.kind
        sides = await self._cells(tx, look, [_inside(look)])
        inside = _anybody(sides.get(("true",), {}))
        # Whoever they see by name, oneself too, they can take from any sum.
        if len(inside) < least or self._too_few(inside):
            return True
        others = [
            who for cell, crowd in sides.items() if cell != ("true",) for who in crowd.values()
        ]
        if self._too_few(frozenset().union(*others)):
            return True
        if kind is Kind.TEAM:
            teams = await self._cells(tx, _on(look, Kind.BELOW), ["team"], GROUNDS[Kind.BELOW])
            people = {str(team): len(_anybody(crowd)) for (team,), crowd in teams.items()}
            return look.ground.which in hidden(people, least)
        if kind in (Kind.REGION, Kind.POOL):
            apart = await self._cells(tx, _on(look, Kind.ORGANISATION), [_APART])
            own_ = f"{{{kind.value},"  # as PostgreSQL writes it
            return any(
                self._too_few(_anybody(crowd))
                for (cell,), crowd in apart.items()
                if cell is None or not (cell.startswith(own_) and look.ground.which in cell)
            )
        return False

    def _too_few(self, who: People) -> bool:
        """Of nobody whom the reader does not see by name it may be."""
        return 0 < len(who - self.scope.names) < self.scope.least

    async def _whole(self, tx: Connection, look: Look, *, cohorts: bool) -> Group:
        """What is looked at, and what is left of the organisation without it: of those who have
        part in a team or a pool it may be one who has won.
        """
        look = replace(look, by=None)
        key = look, cohorts
        if key not in self._wholes:
            sides = await self._cells(tx, look, [_inside(look)], cohorts=cohorts)
            sums: dict[object, Sum | People] = {"": {}}
            for (side,), crowd in sides.items():
                sums["" if side == "true" else side] = self._unnamed(crowd)
            group = Group(sums=sums, never=await self._never(tx, look, cohorts=cohorts))
            hide(group, self.scope.least)
            self._wholes[key] = group
        return self._wholes[key]

    async def _never(self, tx: Connection, look: Look, *, cohorts: bool) -> frozenset[str]:
        """What is not shown of it, for it is not of the organisation, or among its like."""
        kind, which = look.ground.kind, look.ground.which
        if kind is Kind.ORGANISATION:
            return frozenset()
        everyone = await self._whole(tx, _on(look, Kind.ORGANISATION), cohorts=cohorts)
        found = set(everyone.gone)
        if kind in _AMONG:
            of, part = _AMONG[kind]
            parts = await self._parted(tx, _on(look, of), part, cohorts=cohorts)
            found |= parts[which].gone if which in parts else set()
        return frozenset(found)

    async def _parted(
        self, tx: Connection, look: Look, part: str, *, cohorts: bool
    ) -> Mapping[str, Group]:
        key = look, part, cohorts
        if key not in self._parts:
            whole = await self._whole(tx, look, cohorts=cohorts)
            parts = await self._groups(tx, look, part, cohorts=cohorts)
            hide_parts(whole, parts, self.scope.least)
            self._parts[key] = parts
        return self._parts[key]

    async def _groups(
        self, tx: Connection, look: Look, part: str, *, cohorts: bool
    ) -> Mapping[str, Group]:
        """Each part of what is looked at, and what of it is left of other sums that the reader
        sees. A week that is anybody's is one for all that was counted in it.
        """
        weeks, everyone = part == _MONDAY, look.ground.kind is Kind.ORGANISATION
        ground = GROUNDS[look.ground.kind]
        crowds = await self._cells(tx, look, [part], ground, cohorts=cohorts)
        sums: dict[str, dict[object, Sum | People]] = {}
        for (name,), crowd in crowds.items():
            sums[name or ""] = {"": self._unnamed(crowd)}
            if not (everyone or weeks):  # the organisation is what no other sum stands beside
                sums[name or ""]["all"] = crowd
        if sums and not everyone and (weeks or look.by in _OF_EACH):
            cells = [part, _apart(look.ground.kind)]
            for (name, beside), crowd in (await self._cells(tx, look, cells)).items():
                if (name or "") in sums:
                    there = self._unnamed(crowd)
                    sums[name or ""]["beside", beside] = _anybody(there) if weeks else there
        foreign = everyone and part in [one for _, one in _AMONG.values()]
        return {
            name: Group(sums=found, told=bool(name) or not foreign) for name, found in sums.items()
        }

    def _unnamed(self, crowd: Sum) -> Sum:
        return {of: who - self.scope.names for of, who in crowd.items()}

    async def _cells(
        self,
        tx: Connection,
        look: Look,
        cells: Sequence[str],
        where: str = "true",
        *,
        cohorts: bool = False,
    ) -> Cells:
        """Whose is what counts in each of *cells*, with whoever the reader sees by name where these
        are not too many.
        """
        scope, names = self.scope, self.scope.names
        if len(names) > SOME:
            where = f"({where}) and {UNNAMED}"
        enough = ENOUGH * scope.least + SOME
        args = arguments(scope, look) | {"kinds": _KINDS, "enough": enough}
        text = " ".join((where, *cells))
        used = [str(args[name]) for name in sorted(args) if f"%({name})s" in text]
        plain: tuple[object, ...] = (look.period, look.known, enough, text, *used)
        key = ("cohorts", *plain) if cohorts else plain
        if key not in self.found:
            if plain not in self.found:
                self.found[plain] = await _crowds(tx, args, cells, where)
            if cohorts:
                come = await _come(tx, args, cells, where)
                self.found[key] = Cells(
                    {
                        cell: {**crowd, **come.get(cell, {})}
                        for cell, crowd in self.found[plain].items()
                    }
                )
        found: Cells = self.found[key]
        return found

    async def once(self, key: object, read: Callable[[], Awaitable[_Read]]) -> _Read:
        """What is the same for whoever looks: *read*, where it is not found yet."""
        if key not in self.found:
            self.found[key] = await read()
        found: _Read = self.found[key]
        return found


def of_few(found: Mapping[object, object], scope: Scope) -> frozenset[str]:
    """Who has part in anything that was *found* to be of so few that it matters whether whoever's
    *scope* it is sees them by name.
    """
    few = ENOUGH * scope.least + len(scope.names)
    several = [one for one in found.values() if isinstance(one, Cells)]
    crowds = [who for one in several for crowd in one.values() for who in crowd.values()]
    return frozenset().union(*[who for who in crowds if len(who) < few])


def _named(by: By | None, part: str) -> str:
    return week_code(date.fromisoformat(part)) if by is By.WEEK else part


def _on(look: Look, kind: Kind) -> Look:
    return replace(look, ground=Ground(kind), by=None)


def _inside(look: Look) -> str:
    return f"({GROUNDS[look.ground.kind]}) is true"


def _anybody(crowd: Sum) -> People:
    return frozenset().union(*crowd.values())


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
            return _APART
        case _:
            return "''"


def _several(cells: Sequence[str]) -> tuple[str, str]:
    """*cells* as columns with names, and the names."""
    names = [f"cell_{n}" for n in range(len(cells))]
    told = ", ".join(f"({cell})::text as {name}" for cell, name in zip(cells, names, strict=True))
    return told, ", ".join(names)


async def _crowds(
    tx: Connection, args: Mapping[str, Any], cells: Sequence[str], where: str
) -> Cells:
    """Whose is what counts in each of *cells*, by piece: enough of them, where they are more. Who
    has only what was taken back since has no part in it.
    """
    told, names = _several(cells)
    rows = await tx.execute(
        f"select what, code, (array_agg(who))[1:%(enough)s], {names} from ("  # noqa: S608
        f"select what, code, who, {told} from fact where {IN_TIME} and what = any(%(kinds)s) "
        f"and ({where}) group by what, code, who, {names} having sum(sign) <> 0"
        f") as one group by what, code, {names}",
        args,
    )
    return _by_cell(
        [(tuple(cell), piece(what, code), who) async for what, code, who, *cell in rows]
    )


async def _come(tx: Connection, args: Mapping[str, Any], cells: Sequence[str], where: str) -> Cells:
    """Whose the leads are that were handed over, by how far these have come."""
    told, names = _several(cells)
    rows = await tx.execute(
        f"with cohort as (select handoff, who, {told} from fact "  # noqa: S608
        f"where {condition(HANDED_OVER)} and {IN_TIME} and ({where}) "
        f"group by handoff, who, {names} having sum(sign) > 0), "
        f"far as materialized (select {names}, who, {COME} as come from cohort) "
        f"select come, (array_agg(distinct who))[1:%(enough)s], {names} from far "
        f"group by come, {names}",
        args,
    )
    return _by_cell(
        [
            (tuple(cell), own(figure), who)
            async for come, who, *cell in rows
            for figure in FIGURES
            if figure.cohort and come >= step_of(figure)
        ]
    )


def _by_cell(rows: Iterable[tuple[tuple[str | None, ...], Piece, Sequence[str]]]) -> Cells:
    found = Cells()
    for cell, of, who in rows:
        crowd = found.setdefault(cell, {})
        crowd[of] = crowd.get(of, frozenset()).union(who)
    return found
