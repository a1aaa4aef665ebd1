"""Figures of facts, and the handoffs behind each: what whoever asks may see of them, and no more.

Every look at somebody else by name is recorded where it is made.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from handoff.campaigns import key
from handoff.figures import FEW, Figure, Period, Spread, Unit, Value, spread_of
from handoff.model import Person
from handoff.money import Money
from handoff.policy import Policy
from handoff.scope import NAMING, WHOLE, By, Ground, Kind, NotShownError, Scope, scope_of
from store.database import Connection, Reads
from store.disclosure import Crowds, Gone
from store.door import Door
from store.fact_terms import ALWAYS, GROUNDS, IN_TIME, Look, arguments
from store.figure_values import (
    Times,
    adds_up,
    lines_of,
    nothing,
    of_everybody,
    summed,
    times_of_days,
    together,
    values_of,
)
from store.people import People
from store.read_audit import ReadAudit
from store.shared import Shared
from store.sums import Day, days_as_added_up

LOOKED_AT = "counted"  # in who looked
_OPEN: Mapping[Kind, str] = {  # of what is open
    Kind.PERSON: "c.who = %(which)s",
    Kind.TEAM: "c.who = any(%(names)s) and h.place ->> 'team' = %(which)s",
    Kind.LEADERS: "c.who = any(%(teams)s)",
    Kind.BELOW: "c.who = any(%(names)s) and %(which)s in ('', h.place ->> 'region')",
    Kind.REGION: "false",  # of these nobody is named
    Kind.POOL: "false",
    Kind.CAMPAIGN: "false",
    Kind.ORGANISATION: "false",
}
DAY_BY_DAY = timedelta(weeks=6)
AT_ONCE = 500  # lines that are read before anybody else has a turn


@dataclass(frozen=True, slots=True)
class Cell:
    """What a figure comes to; None where it is not shown, for it is about too few people."""

    part: str  # id, code or name of what it is of; empty for the whole
    value: Value | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as one person may see it: the whole, and its parts by name."""

    figure: Figure
    whole: Cell
    parts: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that a figure counts."""

    handoff: UUID | None  # None of a promise that is about none
    number: int | None
    company: str
    what: str
    code: str
    reason: str
    at: datetime
    worth: Money | None  # of a figure that is an amount
    who: str | None  # None where names are not to be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A lead that waits for what comes next."""

    number: int
    company: str
    what: str  # the promise that is open
    who: str
    due_at: datetime
    late: bool  # overdue, and they could be told of it


@dataclass(frozen=True, slots=True)
class Effort:
    """What somebody's part takes of them."""

    clicks: int  # things that they decided, each by a click or a form that they sent
    handoffs: int  # in which they did
    filled: int  # … in which they sent a form of which it is known how long it was open
    open_for: int  # seconds that their forms were open in one of those, in half of them or less


class Figures:
    def __init__(self, reads: Reads, door: Door, people: People, audit: ReadAudit) -> None:
        self._reads = reads
        self._door = door
        self._people = people
        self._audit = audit
        self._shared = Shared()

    def crowds(self, scope: Scope) -> Crowds:
        """For all that is shown together to whoever's *scope* it is."""
        return Crowds(scope, shared=self._shared)

    async def scope(self, who: Person, policy: Policy) -> Scope:
        """What *who* may see now."""
        below = await self._people.below(who.id)
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select unnest(array[code_key, name_key]) from campaign where owner = %s", [who.id]
            )
            campaigns = [key async for (key,) in found]
        return scope_of(who, below, campaigns, policy)

    async def values(
        self,
        scope: Scope,
        figures: Iterable[Figure],
        look: Look,
        at: datetime,
        crowds: Crowds | None = None,
    ) -> list[Shown]:
        """*figures* as whoever's *scope* it is may see them. Raises NotShownError.

        The parts of a whole add up to it. Where names are not theirs to see, what is about too few
        people has no value, nor has what would tell it; of a campaign, what says how anybody did.
        Whoever is shown by name reads that they were looked at. What is shown together is asked
        with the same *crowds*.
        """
        named = scope.sees(look.ground, look.by)
        asked = list(figures)
        wanted = [one for one in asked if one.of_leads or not _cases(look)]
        crowd = crowds or self.crowds(scope)
        async with self._reads.connection() as tx, crowd.moment(tx, look.period):
            parts = await _read(tx, crowd, wanted, look, look.by) if look.by else {}
            apart = [one for one in wanted if not look.by or not adds_up(one)]
            wholes = dict(await _read(tx, crowd, apart, look, None)) if apart else {}
            for one in wanted:
                if one not in apart:
                    wholes[one.code] = {"": together(one, parts[one.code].values())}
            hides = not named and not _cases(look)
            few, gone = False, Gone(frozenset(), {})
            if hides:
                few, gone = await crowd.decided(tx, look)
            counts = hides and not few

            def seen(figure: Figure, value: Value, hidden: Collection[str]) -> Value | None:
                too_few = few or (figure.code in hidden and there(figure))
                return None if too_few or (counts and _of_few(value, scope)) else value

            def there(figure: Figure) -> bool:
                return wholes[figure.code].get("") not in (None, nothing(figure))

            shown = []
            for figure in wanted:
                whole = wholes[figure.code].get("", nothing(figure))
                apiece = [
                    Cell(part, seen(figure, value, gone.parts.get(part, gone.whole)))
                    for part, value in sorted(parts.get(figure.code, {}).items())
                ]
                whole_cell = Cell("", seen(figure, whole, gone.whole))
                shown.append(Shown(figure, whole_cell, tuple(apiece)))
        if named:
            await self._looked(scope, look, _named(look, parts.values()), at)
        found = {one.figure.code: one for one in shown}
        return [found.get(one.code) or Shown(one, Cell("", None), ()) for one in asked]

    async def behind(
        self,
        scope: Scope,
        figure: Figure,
        look: Look,
        at: datetime,
        *,
        part: str | None = None,
        bottom: bool = False,
        most: int = 1_000,
        skip: int = 0,
    ) -> list[Line]:
        """What a figure counts, the newest first: as many lines as it says, of *part* alone where
        one is named; of a share the *bottom*, where that is asked. Raises NotShownError.
        """
        named = scope.sees(look.ground, look.by)
        if not scope.lists(look.ground) or (_cases(look) and not figure.of_leads):
            raise NotShownError
        worth = "l.worth, l.currency" if figure.unit is Unit.MONEY else "null, null"
        async with self._reads.connection() as tx:
            for lately in _further_back(look.period):
                sql, args = lines_of(
                    scope, figure, replace(look, period=lately), part, bottom=bottom
                )
                found = await tx.execute(
                    f"with lines as ({sql}) select l.handoff, h.number, coalesce(d.company, ''), "  # noqa: S608
                    f"l.what, l.code, l.reason, l.at, {worth}, l.who from lines l "
                    "left join handoff h on h.id = l.handoff left join lead d on d.id = h.lead, "
                    "generate_series(1, l.times) order by l.at desc, h.number desc, l.what, l.n, "
                    "l.who limit %(most)s offset %(skip)s",
                    {**args, "most": most, "skip": skip},
                )
                lines, seen = [], set[str]()
                while rows := await found.fetchmany(AT_ONCE):
                    seen |= {row[-1] for row in rows}
                    lines += [_line(row, named=named) for row in rows]
                    await asyncio.sleep(0)  # who else waits has a turn
                if len(lines) == most:
                    break
        if named:
            await self._looked(scope, look, seen, at)
        return lines

    async def campaigns(self, scope: Scope, look: Look, parts: Iterable[str]) -> dict[str, str]:
        """What each of *parts*, the key of a campaign, is called: as the list of campaigns has it,
        or as the lead wrote it of which something was counted last. Raises NotShownError.
        """
        scope.sees(look.ground, look.by)
        keys = [one for one in parts if one]
        if not keys:
            return {}
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select code_key, name from campaign where code_key = any(%s)", [keys]
            )
            names = {part: str(name) async for part, name in found}
            if unlisted := [one for one in keys if one not in names]:
                names |= await _written(tx, scope, look, unlisted)
        return names

    async def effort(self, person: str, since: datetime) -> Effort:
        """What somebody decided by themselves since then. What a rule did in their name took
        nothing of them; what one click did is one thing.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "with theirs as (select distinct handoff from fact "  # noqa: S608
                f"where {GROUNDS[Kind.PERSON]} and {IN_TIME}), "
                "clicks as (select e.handoff, e.at, max(e.open_for) as open_for from theirs "
                "join entry e on e.handoff = theirs.handoff where e.by = %(which)s "
                "and e.at >= %(since)s "
                "and e.what not in ('accepted_by_rule', 'declined_by_rule') group by 1, 2), "
                "each as (select count(*) as clicks, sum(open_for) as open_for from clicks "
                "group by handoff) "
                "select coalesce(sum(clicks), 0)::int, count(*)::int, count(open_for)::int, "
                "coalesce(percentile_disc(0.5) within group (order by open_for) "
                "filter (where open_for is not null), 0)::int from each",
                {"which": person, "since": since, "until": ALWAYS, "known": ALWAYS},
            )
            row = await found.fetchone()
        assert row
        return Effort(*row)

    async def without_next_step(
        self, scope: Scope, ground: Ground, at: datetime, most: int
    ) -> tuple[list[Stuck], int, int]:
        """Leads after a meeting of which nobody has said how it went or what comes next, and those
        that are overdue to be brought further or, sent back, to be decided on; what is due first
        before others. How many there are, and how many of these are overdue; what nobody could be
        told of in time is not. Raises NotShownError.
        """
        if not scope.sees(ground):
            raise NotShownError
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "with stuck as (select distinct on (h.id) h.number, h.lead, c.what, c.who, "  # noqa: S608
                "c.due_at, c.excused_at is null and c.due_at <= %(at)s as late "
                "from commitment c join handoff h on h.id = c.handoff "
                f"where c.ended_at is null and {_OPEN[ground.kind]} and c.due_at is not null "
                "and (c.what in ('outcome', 'next_step') "
                "or (c.what in ('progress', 'rework') and c.due_at <= %(at)s)) "
                "order by h.id, c.due_at, c.what) "
                "select s.number, coalesce(d.company, ''), s.what, s.who, s.due_at, s.late, "
                "count(*) over (), count(*) filter (where s.late) over () "
                "from stuck s left join lead d on d.id = s.lead "
                "order by s.due_at, s.number limit %(most)s",
                {
                    "which": ground.which,
                    "teams": sorted(scope.teams),
                    "names": sorted(scope.names),
                    "at": at,
                    "most": most,
                },
            )
            rows = await found.fetchall()
        await self._record(scope, {row[3] for row in rows}, at)
        stuck = [
            Stuck(number=number, company=company, what=what, who=who, due_at=due_at, late=late)
            for number, company, what, who, due_at, late, *_ in rows
        ]
        return stuck, *(rows[0][-2:] if rows else (0, 0))

    async def _record(self, scope: Scope, at_whom: set[str], at: datetime) -> None:
        """Whoever was shown by name can read that they were."""
        if at_whom - {scope.who}:
            async with self._door.open() as tx:
                await self._audit.record(tx, scope.who, at_whom, LOOKED_AT, at, page=True)

    async def _looked(self, scope: Scope, look: Look, at_whom: set[str], at: datetime) -> None:
        if look.ground.kind is Kind.PERSON:
            at_whom = at_whom | {look.ground.which}
        await self._record(scope, at_whom, at)


async def _read(
    tx: Connection, crowds: Crowds, figures: Sequence[Figure], look: Look, by: By | None
) -> Mapping[str, Mapping[str, Value]]:
    """What they come to: the same for whoever asks for it of the same teams."""
    kind, scope = look.ground.kind, crowds.scope

    async def read(figures: Sequence[Figure]) -> Mapping[str, Mapping[str, Value]]:
        marked = await crowds.marked(tx, look) if of_everybody(look, by) else {}
        return await values_of(tx, scope, figures, look, by, marked=marked)

    if kind is Kind.PERSON or by in NAMING:
        return await read(figures)  # by people it may be much, and is few people's to see
    same: list[object] = [look.ground, look.known, by]
    if kind in (Kind.LEADERS, Kind.BELOW):
        same.append(scope.teams)
    if kind is Kind.CAMPAIGN:
        same.append(scope.campaigns)
    if Kind.CAMPAIGN is kind or by is By.CAMPAIGN:
        same.append(await _listed(tx))
    day_by_day = look.known is None and by_days(look.period)
    timed = [one for one in figures if day_by_day and by is None and not adds_up(one)]
    added = [one for one in figures if day_by_day and of_everybody(look, by) and _sums(one, by)]
    others = [one for one in figures if one not in timed and one not in added]
    key = ("values", look.period, tuple(one.code for one in others), *same)
    found = dict(await crowds.once(tx, key, lambda: read(others))) if others else {}
    found |= await _summed(tx, crowds, added, look, by) if added else {}
    found |= await _spreads(tx, crowds, timed, look, same) if timed else {}
    return found


def _sums(figure: Figure, by: By | None) -> bool:
    """Whether it is a sum of what days come to."""
    counts = figure.unit in (Unit.COUNT, Unit.SHARE, Unit.PER_HUNDRED)
    return counts and by in WHOLE and (not figure.cohort or by in (None, By.WEEK))


async def _summed(
    tx: Connection, crowds: Crowds, figures: Sequence[Figure], look: Look, by: By | None
) -> Mapping[str, Mapping[str, Value]]:
    """What is of everybody, or of a region, from what each day came to: only days of which more is
    counted are read again.
    """
    region = look.ground.which if look.ground.kind is Kind.REGION else None

    async def days(of: Sequence[date]) -> Mapping[date, Day]:
        marked = await crowds.marked(tx, look)
        found = await days_as_added_up(tx, [day for day in of if day not in marked], region)
        for day in marked.keys() & set(of):
            counts: Counter[tuple[str, str, str]] = Counter()
            for _, here, *kind, count in marked[day]:
                if region in (None, here):
                    counts[kind[0], kind[1], kind[2]] += count
            found[day] = [(*kind, count) for kind, count in counts.items()]
        return found

    async def read() -> Mapping[str, Mapping[str, Value]]:
        each = _days(look.period)
        return summed(figures, await crowds.each(tx, each, ("days", region), days), by)

    key = ("summed", look.period, tuple(one.code for one in figures), region, by)
    return await crowds.once(tx, key, read)


def _days(period: Period) -> dict[date, tuple[date, date]]:
    several = [period.since + timedelta(days=n) for n in range((period.until - period.since).days)]
    return {day: (day, day + timedelta(days=1)) for day in several}


def by_days(period: Period) -> bool:
    """Whether it is so short that of each day it is held how long everything took."""
    return period.zone == "UTC" and period.until - period.since <= DAY_BY_DAY


async def _spreads(
    tx: Connection, crowds: Crowds, figures: Sequence[Figure], look: Look, same: Sequence[object]
) -> Mapping[str, Mapping[str, Value]]:
    """How long things took, from what it was on each day: only of days of which more is counted it
    is read again.
    """
    codes = tuple(one.code for one in figures)

    async def times(of: Sequence[date]) -> Mapping[date, Times]:
        return await times_of_days(tx, crowds.scope, figures, look, of)

    async def read() -> Mapping[str, Mapping[str, Value]]:
        found = await crowds.each(tx, _days(look.period), ("times", codes, *same), times)
        spreads = {
            code: spread_of([of[code] for of in found.values() if code in of]) for code in codes
        }
        return {code: {"": one} if one.n else {} for code, one in spreads.items()}

    return await crowds.once(tx, ("spreads", look.period, codes, *same), read)


async def _listed(tx: Connection) -> str:
    """By which names campaigns are found, told apart from any other such list."""
    found = await tx.execute(
        "select coalesce(md5(jsonb_agg(array[code_key, name_key] order by code_key)::text), '') "
        "from campaign"
    )
    row = await found.fetchone()
    return str(row[0]) if row else ""


async def _written(
    tx: Connection, scope: Scope, look: Look, parts: Sequence[str]
) -> dict[str, str]:
    found = await tx.execute(
        "with one as (select campaign, handoff, max(at) as at from fact "  # noqa: S608
        f"where campaign = any(%(parts)s) and {GROUNDS[look.ground.kind]} and {IN_TIME} "
        "group by campaign, handoff having sum(sign) > 0), "
        "last as (select distinct on (campaign) campaign, handoff from one "
        "order by campaign, at desc, handoff) select last.campaign, l.campaign from last "
        "join handoff h on h.id = last.handoff join lead l on l.id = h.lead",
        {**arguments(scope, look), "parts": parts},
    )
    return {part: str(said) async for part, said in found if key(said) == part}


def _cases(look: Look) -> bool:
    """Whether leads are looked at, which are no people: what became of them, and nothing of how
    anybody did.
    """
    return look.ground.kind is Kind.CAMPAIGN


def _of_few(value: Value, scope: Scope) -> bool:
    """Whether it says how long few things took: then it may be one person's own time, and what nine
    of ten stay below is the longest of all, which may be that of a part that is not shown.
    """
    if not isinstance(value, Spread) or scope.least <= 1:  # what is about one person may be seen
        return False
    return 0 < value.n < max(scope.least, FEW)


def _line(row: Sequence[Any], *, named: bool) -> Line:
    handoff, number, company, what, code, reason, at, minor, currency, who = row
    return Line(
        handoff=handoff,
        number=number,
        company=company,
        what=what,
        code=code,
        reason=reason,
        at=at,
        worth=None if minor is None else Money(int(minor), currency),
        who=who if named else None,
    )


def _named(look: Look, parts: Iterable[Mapping[str, Value]]) -> set[str]:
    """Who is shown by name."""
    return {part for one in parts for part in one} if look.by in NAMING else set()


def _further_back(period: Period) -> Iterator[Period]:
    """The end of it, then more and more, then all: where a page is full with the newest, no more
    is read.
    """
    days = 7
    while days < (period.until - period.since).days:
        yield replace(period, since=period.until - timedelta(days=days))
        days *= 4
    yield period
