"""Of how many people a figure is, and so whether it may be shown where names may not be. What is
about too few has no value, nor has what they could be worked out from: disclosure control.
"""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Hashable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Protocol, TypeVar

from handoff.asked import week_code
from handoff.figures import Period
from handoff.scope import By, Ground, Kind, Scope, hidden
from handoff.suppression import (
    ENOUGH,
    ByWeek,
    Group,
    People,
    Piece,
    Sum,
    hide_parts,
    hide_parts_of_weeks,
    hide_whole,
    left_alone,
)
from store import crowds
from store.crowds import Crowd, Span
from store.database import Connection
from store.fact_terms import GROUNDS, Look, arguments, days_of, part_of
from store.figure_values import totals
from store.shared import Moment, Shared, moment_of
from store.sums import Total, totals_of

DAY = timedelta(days=1)
SOME = 5  # whom the reader sees by name: for so many more it is looked at once
MANY = 100
BEFORE = 4  # weeks before one that are looked at for what is hidden of them alone
BEGINS = date(2, 1, 1)  # before it the calendar has no such weeks
WEEKS = 6  # of no longer time its codes and reasons are held against those of its weeks
_OF_EACH = (By.REASON, By.CODE)  # parts that are each figure's own
_Read = TypeVar("_Read")
_Cell = TypeVar("_Cell")
_Part = TypeVar("_Part", bound=Hashable)
_THEIR_POOL, _THEIR_REGION = "a pool of theirs", "a region of theirs"
_ELSEWHERE = (By.REGION.value, By.SEGMENT.value, By.CAMPAIGN.value)


class _Whose(Protocol):
    """Whose what was counted in a time is, by week where that is asked."""

    __name__: str

    async def __call__(
        self, tx: Connection, args: Mapping[str, Any], *, weeks: bool
    ) -> list[Crowd]: ...


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
    shared: Shared | None = None  # what others found who looked at the same moment
    _moments: dict[int, Moment] = field(default_factory=dict)  # of transactions that are open
    _read: dict[object, Sequence[People]] = field(default_factory=dict)  # of all that is decided by
    _few: dict[Look, bool] = field(default_factory=dict)
    _wholes: dict[Look, Group] = field(default_factory=dict)
    _sums: dict[Look, Group] = field(default_factory=dict)  # in which nothing is gone
    _by_week: dict[Look, Mapping[str, Group]] = field(default_factory=dict)
    _parts: dict[tuple[Look, str], Mapping[str, Group]] = field(default_factory=dict)

    @asynccontextmanager
    async def moment(self, tx: Connection, period: Period) -> AsyncIterator[None]:
        """What is read in *tx* of that time, and of the weeks before it, is from now on of the
        moment of its facts.
        """
        first = [*_before(period), period][0]
        self._moments[id(tx)] = await moment_of(tx, *days_of(first.begin, period.end))
        try:
            yield
        finally:
            del self._moments[id(tx)]

    async def decided(self, tx: Connection, look: Look) -> tuple[bool, Gone]:
        """Whether all of it is about too few, and what of it is not shown. It is decided once for
        all who see as much of it, unless they have part in anything of so few that it matters
        whether they know who that is.
        """

        async def decide() -> tuple[bool, Gone]:
            if await self.few(tx, look):
                return True, Gone(frozenset(), {})
            return False, await self.gone(tx, look)

        async def matters() -> People:
            await decide()
            few = [who for several in self._read.values() for who in several]
            return frozenset().union(*[who for who in few if len(who) < args["enough"]])

        args = self._sides(self._arguments(look), look.ground.kind)
        alike = tuple(str(args[name]) for name in ("teams", "pools", "regions", "left_out"))
        key = (look, self.scope.least, args["enough"], *alike)
        # Which campaigns are one hangs on their list, and not on facts alone.
        of = None if look.by is By.CAMPAIGN else tx
        those = await self.once(of, ("of few", key), matters) & self.scope.names
        return await self.once(of, ("decided", key, those), decide)

    async def few(self, tx: Connection, look: Look) -> bool:
        """Whether all of it is about fewer people than may be shown without names, or what is left
        of the organisation without it is, or it is a team that is not shown among its like, or a
        pool or region by which, with all others that the reader sees, too few could be told apart.
        """
        whole = replace(look, by=None)
        if whole not in self._few:

            async def made() -> bool:
                return await self._about_few(tx, whole)

            self._few[whole] = await self._of_a_week(tx, whole, "few", made)
        return self._few[whole]

    async def gone(self, tx: Connection, look: Look) -> Gone:
        """What of it is not shown, whatever of it is asked for."""
        whole = await self._whole(tx, look)
        parts: Mapping[str, Group] = {}
        if look.by:
            parts = await self._parted(tx, look, look.by.value)
        return Gone(
            frozenset(whole.gone),
            {_named(look.by, name): frozenset(group.gone) for name, group in parts.items()},
        )

    async def _about_few(self, tx: Connection, look: Look) -> bool:
        least, kind = self.scope.least, look.ground.kind
        found = await self._crowds(tx, look)
        inside = _anybody(one for one in found if _on_it(look.ground, one))
        # Whoever they see by name, oneself too, they can take from any sum.
        if self._too_few(inside) or (len(inside) < least and not self._many):
            return True
        if self._too_few(_anybody(one for one in found if not _on_it(look.ground, one))):
            return True
        if kind is Kind.TEAM:
            people = {
                team: len(_anybody(one for one in found if one.side.team == team))
                for team in {one.side.team for one in found} - {""}
            }
            return look.ground.which in hidden(people, least)
        if kind in (Kind.REGION, Kind.POOL):
            apart = {_apart(kind, one) for one in found} - {(kind.value, look.ground.which)}
            return any(
                self._too_few(_anybody(one for one in found if _apart(kind, one) == cell))
                for cell in apart
            )
        return False

    def _too_few(self, who: People) -> bool:
        """Of nobody whom the reader does not see by name it may be."""
        return 0 < len(who - self.scope.names) < self.scope.least

    async def _whole(self, tx: Connection, look: Look, *, of: Kind | None = None) -> Group:
        """What is looked at, and what is left of the organisation without it: of those who have
        part in a team or a pool it may be one who has won. It is added up of the sides of whoever
        looks at one *of* that kind.
        """
        look = replace(look, by=None)
        key = look
        if key not in self._wholes:
            weeks = await self._weeks(tx, look, of=of)
            also = await self._also(tx, look, of=of)

            async def made() -> Group:
                sums = (await self._summed(tx, look, of=of)).sums
                never = await self._never(tx, look)
                group = Group(sums=sums, never=never, also=also)
                if weeks:
                    by_code = await self._of_weeks(tx, look, By.CODE.value)
                    hide_whole(group, weeks, self.scope.least, _cut_short(look.period), by_code)
                else:
                    codes = await self._groups(tx, look, By.CODE.value)
                    apart = {name: one.apart(told=False) for name, one in codes.items()}
                    hide_whole(group, apart, self.scope.least)
                return group

            what = "whole", also
            self._wholes[key] = await self._of_a_week(tx, look, what, made, of=of)
            self._by_week[key] = weeks
        return self._wholes[key]

    async def _summed(self, tx: Connection, look: Look, *, of: Kind | None) -> Group:
        key = look
        if key not in self._sums:

            async def made() -> Group:
                found = await self._crowds(tx, look, of=of)
                sides = _summed(found, lambda one: _on_it(look.ground, one))
                sums: dict[object, Sum | People] = {"": {}}
                for inside, crowd in sides.items():
                    sums["" if inside else "beside"] = self._unnamed(crowd)
                return Group(sums=sums)

            what = "sums"
            self._sums[key] = await self._of_a_week(tx, look, what, made, of=of)
        return self._sums[key]

    async def _also(
        self, tx: Connection, look: Look, *, of: Kind | None
    ) -> frozenset[frozenset[Piece]]:
        """What a week does not tell, so that what is hidden of those before it is not hidden alone.
        Of what is no week, or has not its first days, nothing.
        """
        if len(look.period.weeks()) > 1 or _cut_short(look.period):
            return frozenset()
        before = _before(look.period)
        if not before:
            return frozenset()
        weeks = replace(look, period=replace(before[0], until=look.period.until))
        await self._crowds(tx, weeks, weeks=True, of=of)  # all at once
        groups = [await self._summed(tx, replace(look, period=one), of=of) for one in before]
        return left_alone(groups, self.scope.least)

    async def _weeks(self, tx: Connection, look: Look, *, of: Kind | None) -> Mapping[str, Group]:
        """By its Monday each week of what is looked at, as it is told wherever it is told; none
        where it is no more than one. The first, where it is cut short, is a week of this time only.
        """
        several = _weeks_of(look.period)
        if len(several) < 2:
            return {}
        first = [*_before(look.period), look.period][0]
        before = replace(look, period=replace(first, until=look.period.until))
        for at_once in [look, before] if _cut_short(look.period) else [before]:
            await self._crowds(tx, at_once, weeks=True, of=of)
        found: dict[str, Group] = {}
        for monday, week in several.items():
            one = replace(look, period=week)
            group = await self._whole(tx, one, of=of)
            few = look.ground.kind is not Kind.ORGANISATION and await self.few(tx, one)
            if few or monday == _cut_short(look.period):
                group = group.apart(told=not few)
            found[monday] = group
        return found

    async def _never(self, tx: Connection, look: Look) -> frozenset[str]:
        """What is not shown of it, for it is not of the organisation, or among its like."""
        kind, which = look.ground.kind, look.ground.which
        if kind is Kind.ORGANISATION:
            return frozenset()
        everyone = await self._whole(tx, _on(look, Kind.ORGANISATION), of=kind)
        found = set(everyone.gone)
        if among := _among(kind):
            of, part = among
            parts = await self._parted(tx, _on(look, of), part)
            found |= parts[which].gone if which in parts else set()
        return frozenset(found)

    async def _parted(self, tx: Connection, look: Look, part: str) -> Mapping[str, Group]:
        look = replace(look, by=None)
        key = look, part
        if key not in self._parts:
            whole = await self._whole(tx, look)
            if part == By.WEEK.value:
                weeks = self._by_week[look]
                self._parts[key] = weeks or dict.fromkeys(_weeks_of(look.period), whole)
            elif part in _OF_EACH:
                self._parts[key] = await self._of_a_week(
                    tx,
                    look,
                    (part, whole.also),
                    lambda: self._told_apart(tx, look, part),
                )
            else:
                self._parts[key] = await self._told_apart(tx, look, part)
        return self._parts[key]

    async def _told_apart(self, tx: Connection, look: Look, part: str) -> Mapping[str, Group]:
        whole = await self._whole(tx, look)
        parts = await self._groups(tx, look, part)
        of_weeks = await self._of_weeks(tx, look, part)
        for name, group in parts.items() if of_weeks else ():
            theirs = {week: of[name] for week, of in of_weeks.items() if name in of}
            hide_whole(group, theirs, self.scope.least)
        hide_parts(whole, parts, self.scope.least)
        if of_weeks:
            weeks = self._by_week[look]
            hide_parts_of_weeks(ByWeek(whole, parts, weeks, of_weeks), self.scope.least)
        return parts

    async def _of_a_week(
        self,
        tx: Connection,
        look: Look,
        what: object,
        made: Callable[[], Awaitable[_Read]],
        *,
        of: Kind | None = None,
    ) -> _Read:
        """What is *made* of one week: which hangs on its own days alone, so that it is made again
        only where anything else was counted of these. It is the same for whoever sees as much of
        it, but for those by name who are among few.
        """
        moment = self._moments.get(id(tx))
        if self.shared is None or moment is None or len(look.period.weeks()) > 1:
            return await made()
        args = self._sides(self._arguments(look), of or look.ground.kind)
        crowds = await self._crowds(tx, look, of=of)
        few = _anybody(one for one in crowds if len(one.who) < args["enough"])
        alike = tuple(str(args[name]) for name in ("teams", "pools", "regions", "left_out"))
        key = (
            *("week", what, look.ground, look.known, self.scope.least, args["enough"]),
            *(*alike, few & self.scope.names),
        )

        async def read(of: Sequence[Period]) -> Mapping[Period, _Read]:
            return {one: await made() for one in of}

        moments = {look.period: moment.of(*days_of(look.period.begin, look.period.end))}
        return (await self.shared.each(moments, key, read))[look.period]

    async def _of_weeks(
        self, tx: Connection, look: Look, part: str
    ) -> Mapping[str, Mapping[str, Group]]:
        """Of each week its parts, as they are told wherever that is; none where they are not told,
        or the time is too long for that.
        """
        several = _weeks_of(look.period)
        if part not in _OF_EACH or not 1 < len(several) <= WEEKS:
            return {}
        found: dict[str, Mapping[str, Group]] = {}
        for monday, period in several.items():
            week = replace(look, period=period)
            parts = await self._parted(tx, week, part)
            few = look.ground.kind is not Kind.ORGANISATION and await self.few(tx, week)
            if few or monday == _cut_short(look.period):  # which is told by week alone
                parts = {name: one.apart(told=False) for name, one in parts.items()}
            found[monday] = parts
        return found

    async def _groups(self, tx: Connection, look: Look, part: str) -> Mapping[str, Group]:
        """Each part of what is looked at, and what of it is left of other sums that the reader
        sees.
        """
        kind = look.ground.kind
        everyone = kind is Kind.ORGANISATION
        foreign = part in (_THEIR_POOL, _THEIR_REGION)
        if part in _ELSEWHERE:
            parts = await self._elsewhere(tx, look, part)
        else:
            everything = await self._crowds(tx, look, of=Kind.POOL if foreign else None)
            parts = _summed(
                (one for one in everything if _on_it(look.ground, one)),
                lambda one: _part(part, one),
            )
        sums: dict[str, dict[object, Sum | People]] = {}
        for name, crowd in parts.items():
            sums[name] = {"": self._unnamed(crowd)}
            if not everyone:  # the organisation is what no other sum stands beside
                sums[name]["all"] = crowd
        if not everyone and part in _OF_EACH:
            beside = _summed(everything, lambda one: (_part(part, one), _apart(kind, one)))
            for (name, cell), crowd in beside.items():
                if name in sums:
                    sums[name]["beside", cell] = self._unnamed(crowd)
        return {
            name: Group(sums=found, told=bool(name) or not foreign) for name, found in sums.items()
        }

    def _unnamed(self, crowd: Sum) -> Sum:
        names = self.scope.names
        return {of: who if who.isdisjoint(names) else who - names for of, who in crowd.items()}

    async def _crowds(
        self,
        tx: Connection,
        look: Look,
        *,
        weeks: bool = False,
        of: Kind | None = None,
    ) -> list[Crowd]:
        """Whose everything is that was counted in that time, with whoever the reader sees by name:
        of the organisation by no sides, so that it is the same for whoever looks, unless it is
        asked *of* a ground of that kind.
        """
        args = self._sides(self._arguments(look), of or look.ground.kind)
        weeks = crowds.by_weeks(args, asked=weeks)
        found = await self._of_spans(tx, look, args, weeks=weeks, read=crowds.counted)
        come = await self._of_spans(tx, look, args, weeks=weeks, read=crowds.come)
        return [*found, *come]

    def _sides(self, args: Mapping[str, Any], kind: Kind) -> Mapping[str, Any]:
        """Which sides of the reader's are told apart for whoever looks at a ground of that kind."""
        if kind is Kind.ORGANISATION:
            return crowds.everywhere(args)
        if kind in (Kind.TEAM, Kind.BELOW):
            return {**args, "pools": [], "regions": []}  # a team is among teams, a pool among pools
        return {**args, "teams": []}

    async def _of_spans(
        self,
        tx: Connection,
        look: Look,
        args: Mapping[str, Any],
        *,
        weeks: bool,
        read: _Whose,
    ) -> list[Crowd]:
        """What is *read* of the time of *args*: of its weeks only those in which anything else was
        counted since others looked.
        """
        where = tuple(str(args[name]) for name in ("teams", "pools", "regions", "left_out"))
        key = (read.__name__, args["known"], args["enough"], weeks, *where)
        spans = crowds.spans_of(args, weeks=weeks)
        whole = (*key, args["since"], args["until"])
        parts = {span: (*key, *span[1:]) for span in spans}

        async def of_totals() -> dict[str, Any]:
            if not (args["regions"] and args["by_day"]):
                return {}
            marked = await self.marked(tx, look)
            return totals(
                {
                    day: [one for one in of if one[1] in args["regions"]]
                    for day, of in marked.items()
                }
            )

        async def several(of: Sequence[Span]) -> dict[Span, list[Crowd]]:
            found: dict[Span, list[Crowd]] = {one: [] for one in of}
            of_week = {one[0]: one for one in of}
            of_days = await of_totals()
            for since, until in crowds.runs(of):
                first, last = days_of(since, until)
                of_run = {
                    **args,
                    **of_days,
                    "since": since,
                    "until": until,
                    "first": first,
                    "last": last,
                }
                for one in await read(tx, of_run, weeks=weeks):
                    found[of_week[one.week]].append(one)
            return found

        if whole not in self.found:
            days = {one: days_of(*one[1:]) for one in spans if parts[one] not in self.found}
            each = await self.each(tx, days, key, several) if days else {}
            self.found |= {parts[span]: crowds for span, crowds in each.items()}
            self.found[whole] = [one for span in spans for one in self.found[parts[span]]]
        found: list[Crowd] = self.found[whole]
        self._read[whole] = [one.who for one in found]
        return found

    def _arguments(self, look: Look) -> dict[str, Any]:
        scope, names = self.scope, self.scope.names
        named = 0 if self._many else -(-len(names) // SOME) * SOME  # so that it is found once
        left_out = sorted(names) if self._many else []
        return arguments(scope, look) | {
            "enough": ENOUGH * scope.least + named,
            "left_out": left_out,
            "by_day": look.known is None and look.period.zone == "UTC" and not left_out,
        }

    @property
    def _many(self) -> bool:
        """Whether they see so many by name that these are looked for by nobody."""
        return len(self.scope.names) > MANY

    async def _elsewhere(
        self, tx: Connection, look: Look, part: str
    ) -> dict[str, dict[Piece, People]]:
        """By what the sides of a reader are not parted."""
        args = self._arguments(look)
        ground, by = GROUNDS[look.ground.kind], part_of(By(part))
        key = (
            look.ground,
            look.period,
            look.known,
            part,
            args["enough"],
            str(args["teams"]),
            str(args["left_out"]),
        )
        # Which campaigns are one hangs on their list, and not on facts alone.
        of = None if part == By.CAMPAIGN.value else tx
        found = await self.once(of, key, lambda: crowds.parted(tx, args, by, ground))
        further = await self.once(
            of, ("come", key), lambda: crowds.parted_by_step(tx, args, by, ground)
        )
        found = {name: {**crowd, **further.get(name, {})} for name, crowd in found.items()}
        self._read[key] = [who for crowd in found.values() for who in crowd.values()]
        return found

    async def once(
        self, tx: Connection | None, key: object, read: Callable[[], Awaitable[_Read]]
    ) -> _Read:
        """What is the same for whoever looks: *read*, where it is not found yet. Where it hangs on
        nothing but the facts that *tx* sees, others may have found it.
        """
        if key not in self.found:
            moment = self._moments.get(id(tx))
            if self.shared is None or moment is None:
                self.found[key] = await read()
            else:
                self.found[key] = await self.shared.once(moment, key, read)
        found: _Read = self.found[key]
        return found

    async def marked(self, tx: Connection, look: Look) -> Mapping[date, Sequence[Total]]:
        """The days that are marked in that time, each as it is now, of everybody."""
        days = days_of(look.period.begin, look.period.end)
        moment = self._moments.get(id(tx)) or await moment_of(tx, *days)
        those = {day: (day, day + DAY) for day, _, marks in moment.of(*days).days if marks}
        return await self.each(tx, those, "totals", lambda of: totals_of(tx, of)) if those else {}

    async def each(
        self,
        tx: Connection,
        days: Mapping[_Part, tuple[date, date]],
        key: object,
        read: Callable[[Sequence[_Part]], Awaitable[Mapping[_Part, _Read]]],
    ) -> Mapping[_Part, _Read]:
        """As `once`, of several parts of a time: which hang on the facts of those *days* alone, and
        are read again only where anything else was counted of these.
        """
        moment = self._moments.get(id(tx))
        if self.shared is None or moment is None:
            return await read(list(days))
        moments = {part: moment.of(*those) for part, those in days.items()}
        return await self.shared.each(moments, key, read)


def of_few(found: Mapping[object, object], scope: Scope) -> frozenset[str]:
    """Who has part in anything that was *found* to be of so few that it matters whether whoever's
    *scope* it is sees them by name.
    """
    few = ENOUGH * scope.least + len(scope.names)
    several = [one for them in found.values() if isinstance(them, list) for one in them]
    return frozenset().union(*[one.who for one in several if len(one.who) < few])


def _weeks_of(period: Period) -> dict[str, Period]:
    """By its Monday each week, as far as that time has it."""
    return {
        one.since.isoformat(): replace(
            period, since=max(one.since, period.since), until=min(one.until, period.until)
        )
        for one in period.weeks()
    }


def _cut_short(period: Period) -> str:
    """The Monday of a week of which that time lacks the first days; empty where it lacks none."""
    monday = Period.week_of(period.since).since
    return "" if monday == period.since else monday.isoformat()


def _before(period: Period) -> list[Period]:
    """The weeks before that time, the first one first; of a time with which the calendar begins
    there are none.
    """
    if period.since < BEGINS:
        return []
    monday = Period.week_of(period.since).since
    return [
        replace(period, since=monday - 7 * n * DAY, until=monday - 7 * (n - 1) * DAY)
        for n in range(BEFORE, 0, -1)
    ]


def _named(by: By | None, part: str) -> str:
    return week_code(date.fromisoformat(part)) if by is By.WEEK else part


def _on(look: Look, kind: Kind) -> Look:
    return replace(look, ground=Ground(kind), by=None)


def _among(kind: Kind) -> tuple[Kind, str] | None:
    """Of what a ground is a part, and by what, whose other parts the reader sees too; what is none
    of theirs is the part of no name.
    """
    match kind:
        case Kind.TEAM:
            return Kind.BELOW, By.TEAM.value
        case Kind.POOL:
            return Kind.ORGANISATION, _THEIR_POOL
        case Kind.REGION:
            return Kind.ORGANISATION, _THEIR_REGION
        case _:
            return None


def _on_it(ground: Ground, crowd: Crowd) -> bool:
    side = crowd.side
    match ground.kind:
        case Kind.TEAM:
            return side.team == ground.which
        case Kind.BELOW:
            return bool(side.team)
        case Kind.POOL:
            return side.pool == ground.which
        case Kind.REGION:
            return side.region == ground.which
        case _:
            return True


def _part(part: str, crowd: Crowd) -> str:
    match part:
        case By.WEEK.value:
            return crowd.week
        case By.CODE.value:
            return crowd.code
        case By.REASON.value:
            return crowd.reason
        case By.TEAM.value:
            return crowd.side.team
        case _ if part == _THEIR_POOL:
            return crowd.side.pool
        case _:
            return crowd.side.region


def _apart(kind: Kind, crowd: Crowd) -> object:
    """Of what every sum is made that whoever looks sees beside one of that *kind*: what is too
    small of these could be worked out, also of one reason alone.
    """
    side = crowd.side
    match kind:
        case Kind.TEAM:
            return side.team
        case Kind.BELOW:
            return bool(side.team)
        case _:
            if side.pool:
                return (Kind.POOL.value, side.pool)
            return (Kind.REGION.value, side.region) if side.region else None


def _summed(
    several: Iterable[Crowd], cell: Callable[[Crowd], _Cell]
) -> dict[_Cell, dict[Piece, People]]:
    found: dict[_Cell, dict[Piece, People]] = {}
    for one in several:
        crowd = found.setdefault(cell(one), {})
        crowd[one.piece] = crowd.get(one.piece, frozenset()) | one.who
    return found


def _anybody(several: Iterable[Crowd]) -> People:
    return frozenset().union(*[one.who for one in several])
