"""Figures of facts, and the handoffs behind each: what whoever asks may see of them, and no more.

Every look at somebody else by name is recorded where it is made.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from handoff.facts import STEPS
from handoff.figures import FEW, Figure, Period, Share, Spread, Those, Unit, Value
from handoff.model import Person
from handoff.policy import Policy
from handoff.scope import NAMING, By, Ground, Kind, NotShownError, Scope, hidden, scope_of
from store.database import Connection, Reads
from store.door import Door
from store.people import People
from store.read_audit import ReadAudit

LOOKED_AT = "counted"  # in who looked
OF_LEADS = (
    "'begun', 'handed_over', 'accepted', 'met', 'opportunity', 'won', 'ended', 'went', "
    "'sent_back', 'fell_through'"
)
"""What is as much the qualifier's who handed over as the rep's. As in the index on it."""

_GROUNDS: Mapping[Kind, str] = {
    Kind.PERSON: f"(who = %(which)s or qualifier = %(which)s and what in ({OF_LEADS}))",
    Kind.TEAM: "team = %(which)s",
    Kind.LEADERS: "who = any(%(teams)s)",
    Kind.BELOW: "team = any(%(teams)s) and %(which)s in ('', region)",
    Kind.REGION: "region = %(which)s",
    Kind.POOL: "pool = %(which)s",
    Kind.CAMPAIGN: "campaign = any(case when %(which)s = '' then %(campaigns)s::text[] else array("
    "select unnest(array[code_key, name_key]) from campaign where %(which)s in (code_key, name_key)"
    ") || %(which)s::text end)",
    Kind.ORGANISATION: "true",
}
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
_OF_DAYS = frozenset({Kind.TEAM, Kind.BELOW, Kind.REGION, Kind.ORGANISATION, Kind.CAMPAIGN})
_BY_DAYS = frozenset({None, By.TEAM, By.REGION, By.REASON, By.CODE, By.WEEK})
"""By what days are added up."""

_IN_TIME = "at >= %(since)s and at < %(until)s and known_at <= %(known)s"
_DIRTY = """(select distinct day from dirty_day where day >= %(first)s and day < %(last)s) d
cross join lateral (select * from fact where at >= d.day::timestamp at time zone 'utc'
    and at < (d.day + 1)::timestamp at time zone 'utc' offset 0) f"""
# Day by day: joined in any other way, all that was ever counted would be read for the few days.
_ADDED_UP = """
select {part}, sum(count)::int, {tops}
from day_sum s where what = 'came' and day >= %(first)s and day < %(last)s and {rows} is not null
    and {ground} and not exists (select from dirty_day d where d.day = s.day) group by 1
"""
_SUMS = """(
select region, team, campaign, what, code, reason, {week_of_day} as week, count as signs
from day_sum s
where day >= %(first)s and day < %(last)s and ({rows}) is not null
    and not exists (select from dirty_day d where d.day = s.day)
union all
select f.region, f.team, f.campaign, f.what, f.code, f.reason, {week}, f.sign
from {dirty}
) as counted"""
_WEEK = """to_char({of}, 'IYYY-"W"IW')"""
_WEEK_OF_FACT = _WEEK.replace("{of}", "at at time zone 'utc'")
_SUMS = (
    _SUMS.replace("{dirty}", _DIRTY)
    .replace("{week_of_day}", _WEEK.replace("{of}", "day"))
    .replace("{week}", _WEEK.replace("{of}", "f.at at time zone 'utc'"))
)
_RAW = (
    f"(select *, {_WEEK_OF_FACT} as week, sign as signs from fact "  # noqa: S608  # our own words
    f"where {_IN_TIME}) as counted"
)
AT_ONCE = 500  # lines that are read before anybody else has a turn
FIRST = 200  # things that are looked at first for how many people they are of
_OF_EACH = (By.REASON, By.CODE)  # parts that are each figure's own
_ALWAYS = datetime(9000, 1, 1, tzinfo=UTC)
_ONE = "handoff, pledge, n, what, at, who, code, reason"  # what one thing that counts is known by


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is asked: on which ground, of which time, parted by what; as it was *known* then, or
    as it is.
    """

    ground: Ground
    period: Period
    by: By | None = None
    known: datetime | None = None


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
    who: str | None  # None where names are not to be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A lead of which nobody has said yet what comes next."""

    number: int
    company: str
    what: str  # the promise that is open
    who: str
    due_at: datetime


class Figures:
    def __init__(self, reads: Reads, door: Door, people: People, audit: ReadAudit) -> None:
        self._reads = reads
        self._door = door
        self._people = people
        self._audit = audit

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
        self, scope: Scope, figures: Iterable[Figure], look: Look, at: datetime
    ) -> list[Shown]:
        """*figures* as whoever's *scope* it is may see them. Raises NotShownError.

        The parts of a whole add up to it. Where names are not theirs to see, what is about too few
        people has no value, nor has what would tell it. Whoever is shown by name reads that they
        were looked at.
        """
        named = scope.sees(look.ground, look.by)
        wanted = list(figures)
        cases = look.ground.kind is Kind.CAMPAIGN  # leads are no people
        async with self._reads.connection() as tx:
            parts = await _values(tx, scope, wanted, look, look.by) if look.by else {}
            apart = [one for one in wanted if not look.by or not _adds_up(one)]
            wholes = await _values(tx, scope, apart, look, None) if apart else {}
            for one in wanted:
                if one not in apart:
                    wholes[one.code] = {"": _together(one, parts[one.code].values())}
            few = not named and not cases and await _few(tx, scope, look)
            counts = not named and not cases and not few

            some = [one for one in wanted if wholes[one.code].get("") not in (None, _nothing(one))]
            few_of = await _few_of(tx, scope, some, look) if counts else frozenset[str]()

            def seen(figure: Figure, value: Value, *, gone: bool = False) -> Value | None:
                hides = few or gone or figure.code in few_of
                return None if hides or (counts and _of_few(value, scope)) else value

            shown = []
            for figure in wanted:
                whole = wholes[figure.code].get("", _nothing(figure))
                cells = parts.get(figure.code, {})
                gone: frozenset[str] = frozenset()
                if counts and look.by:
                    people = await _people_of(tx, scope, figure, look)
                    gone = hidden({part: people.get(part, 0) for part in cells}, scope.least)
                apiece = [
                    Cell(part, seen(figure, value, gone=part in gone))
                    for part, value in sorted(cells.items())
                ]
                shown.append(Shown(figure, Cell("", seen(figure, whole)), tuple(apiece)))
        if named:
            await self._looked(scope, look, _named(look, parts.values()), at)
        return shown

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
        if not scope.lists(look.ground):
            raise NotShownError
        async with self._reads.connection() as tx:
            for lately in _further_back(look.period):
                sql, args = _lines(scope, figure, replace(look, period=lately), part, bottom=bottom)
                found = await tx.execute(
                    f"with lines as ({sql}) select l.handoff, h.number, coalesce(d.company, ''), "  # noqa: S608
                    "l.what, l.code, l.reason, l.at, l.who from lines l "
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

    async def effort(self, person: str, since: datetime) -> tuple[int, int]:
        """How many things somebody decided by themselves since then, and in how many handoffs. What
        a rule did in their name took nothing of them; what one click did is one thing.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "with theirs as (select distinct handoff from fact "  # noqa: S608
                f"where {_GROUNDS[Kind.PERSON]} and {_IN_TIME}) "
                "select count(distinct (e.handoff, e.at))::int, count(distinct e.handoff)::int "
                "from theirs "
                "join entry e on e.handoff = theirs.handoff where e.by = %(which)s "
                "and e.at >= %(since)s "
                "and e.what not in ('accepted_by_rule', 'declined_by_rule')",
                {"which": person, "since": since, "until": _ALWAYS, "known": _ALWAYS},
            )
            row = await found.fetchone()
        return (row[0], row[1]) if row else (0, 0)

    async def without_next_step(
        self, scope: Scope, ground: Ground, at: datetime, most: int
    ) -> tuple[list[Stuck], int, int]:
        """Leads after a meeting of which nobody has said how it went or what comes next, what is
        due first before others; how many there are, and how many of these are overdue. Raises
        NotShownError.
        """
        if not scope.sees(ground):
            raise NotShownError
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select h.number, coalesce(d.company, ''), c.what, c.who, c.due_at, "  # noqa: S608
                "count(*) over (), count(*) filter (where c.due_at <= %(at)s) over () "
                "from commitment c join handoff h on h.id = c.handoff "
                "left join lead d on d.id = h.lead where c.ended_at is null "
                f"and c.what in ('outcome', 'next_step') and {_OPEN[ground.kind]} "
                "and c.due_at is not null order by c.due_at, h.number limit %(most)s",
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
            Stuck(number=number, company=company, what=what, who=who, due_at=due_at)
            for number, company, what, who, due_at, *_ in rows
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


def _of_few(value: Value, scope: Scope) -> bool:
    """Whether it says how long few things took: then it may be one person's own time, and what nine
    of ten stay below is the longest of all, which may be that of a part that is not shown.
    """
    if not isinstance(value, Spread) or scope.least <= 1:  # what is about one person may be seen
        return False
    return 0 < value.n < max(scope.least, FEW)


def _line(row: Sequence[Any], *, named: bool) -> Line:
    handoff, number, company, what, code, reason, at, who = row
    return Line(
        handoff=handoff,
        number=number,
        company=company,
        what=what,
        code=code,
        reason=reason,
        at=at,
        who=who if named else None,
    )


def _named(look: Look, parts: Iterable[Mapping[str, Value]]) -> set[str]:
    """Who is shown by name."""
    return {part for one in parts for part in one} if look.by in NAMING else set()


def _nothing(figure: Figure) -> Value:
    match figure.unit:
        case Unit.COUNT:
            return 0
        case Unit.SHARE | Unit.PER_HUNDRED:
            return Share(0, 0)
        case Unit.WORKING | Unit.PLAIN:
            return Spread(0)
        case Unit.MONEY:
            return {}


def _further_back(period: Period) -> Iterator[Period]:
    """The end of it, then more and more, then all: where a page is full with the newest, no more
    is read.
    """
    days = 7
    while days < (period.until - period.since).days:
        yield replace(period, since=period.until - timedelta(days=days))
        days *= 4
    yield period


def _adds_up(figure: Figure) -> bool:
    """Whether a whole is what its parts come to together: of how long things took it is not."""
    return figure.unit not in (Unit.WORKING, Unit.PLAIN)


def _together(figure: Figure, values: Iterable[Value]) -> Value:
    found = list(values)
    match figure.unit:
        case Unit.COUNT:
            return sum(one for one in found if isinstance(one, int))
        case Unit.MONEY:
            worth: Counter[str] = Counter()
            for one in found:
                worth.update(one if isinstance(one, Mapping) else {})
            return dict(worth)
        case _:
            shares = [one for one in found if isinstance(one, Share)]
            return Share(sum(one.top for one in shares), sum(one.bottom for one in shares))


def _args(scope: Scope, look: Look) -> dict[str, Any]:
    return {
        "which": look.ground.which,
        "teams": sorted(scope.teams),
        "campaigns": sorted(scope.campaigns),
        "pools": sorted(scope.pools),
        "regions": sorted(scope.regions),
        "names": sorted(scope.names),
        "first": look.period.since,
        "last": look.period.until,
        "since": look.period.begin,
        "until": look.period.end,
        "known": look.known or _ALWAYS,
    }


def _those(those: Those) -> str:
    """The condition on a fact. Its words are the house's own."""
    what = ", ".join(f"'{one.value}'" for one in those.what)
    if those.codes is None:
        return f"what in ({what})"
    codes = ", ".join(f"'{one}'" for one in sorted(those.codes))
    return f"what in ({what}) and code in ({codes})"


def _counted(look: Look, by: By | None) -> str:
    """Where facts are counted from: added up by days where that can be."""
    kind = look.ground.kind
    by_own = by is By.CAMPAIGN and kind is Kind.CAMPAIGN
    if kind not in _OF_DAYS or not (by in _BY_DAYS or by_own) or look.known is not None:
        return _RAW
    if look.period.zone != "UTC":  # days are added up as they are there
        return _RAW
    rows = "campaign" if kind is Kind.CAMPAIGN else "team"
    if rows == "campaign" and by is By.TEAM:
        return _RAW
    return _SUMS.replace("{rows}", rows)


async def _values(
    tx: Connection, scope: Scope, figures: Sequence[Figure], look: Look, by: By | None
) -> dict[str, dict[str, Value]]:
    """What each figure comes to, by its code and part; the whole is the part of no name."""
    counts = (Unit.COUNT, Unit.SHARE, Unit.PER_HUNDRED)
    simple = [one for one in figures if one.unit in counts and not one.cohort]
    found = await _sums(tx, scope, simple, look, by) if simple else {}
    if cohorts := [one for one in figures if one.cohort]:
        found |= await _cohorts(tx, scope, cohorts, look, by)
    for figure in figures:
        if figure.unit is Unit.MONEY:
            found[figure.code] = await _money(tx, scope, figure, look, by)
    if timed := [one for one in figures if one.unit in (Unit.WORKING, Unit.PLAIN)]:
        found |= await _spreads(tx, scope, timed, look, by)
    return found


async def _sums(
    tx: Connection, scope: Scope, figures: Sequence[Figure], look: Look, by: By | None
) -> dict[str, dict[str, Value]]:
    columns = [
        f"coalesce(sum(signs) filter (where {_those(those)}), 0)::int"
        for one in figures
        for those in (one.top, one.bottom or one.top)
    ]
    ground = _GROUNDS[look.ground.kind]
    counted = {
        what.value
        for one in figures
        for those in (one.top, one.bottom)
        if those
        for what in those.what
    }
    # First of each kind, then of each figure: so is every row looked at once, not once by figure.
    of_each = (
        f"select {_part(by, summed=True)} as part, what, code, sum(signs) as signs "  # noqa: S608
        f"from {_counted(look, by)} where {ground} and what = any(%(counted)s) group by 1, 2, 3"
    )
    rows = await tx.execute(
        f"select part, {', '.join(columns)} from ({of_each}) as one group by part",  # noqa: S608
        {**_args(scope, look), "counted": sorted(counted)},
    )
    found: dict[str, dict[str, Value]] = {one.code: {} for one in figures}
    async for part, *numbers in rows:
        for n, one in enumerate(figures):
            top, bottom = numbers[2 * n : 2 * n + 2]
            if by is None or top or bottom:
                share = one.unit is not Unit.COUNT
                found[one.code][part] = Share(top, bottom) if share else top
    return found


def _part(by: By | None, *, summed: bool = False) -> str:
    """What of a fact says which part it is of; of facts added up, where they are *summed*."""
    if by is By.WEEK and not summed:
        return _WEEK_OF_FACT
    return f"coalesce({by.value}, '')" if by else "''"


async def _cohorts(
    tx: Connection, scope: Scope, figures: Sequence[Figure], look: Look, by: By | None
) -> dict[str, dict[str, Value]]:
    """All of the same leads, of each of which it is looked once how far it has come."""
    [those] = {one.bottom for one in figures}
    assert those
    added_up = _added_up(figures, look, by)
    source = f"(select f.* from {_DIRTY}) as fact" if added_up else "fact"  # noqa: S608
    tops = ", ".join(
        f"count(*) filter (where come >= {_step(one)})::int as top_{n}"
        for n, one in enumerate(figures)
    )
    sums = ", ".join(f"coalesce(sum(top_{n}), 0)::int" for n in range(len(figures)))
    rows = await tx.execute(
        f"with cohort as ({_of_cohort(those, look, by, source)}), "  # noqa: S608
        f"far as materialized (select part, {_COME} as come from cohort) "
        f"select part, sum(bottom)::int, {sums} from ("
        f"select part, count(*)::int as bottom, {tops} from far group by part {added_up}) as one "
        "group by part",
        _args(scope, look),
    )
    found: dict[str, dict[str, Value]] = {one.code: {} for one in figures}
    async for part, bottom, *come in rows:
        for figure, top in zip(figures, come, strict=True):
            found[figure.code][part] = Share(top, bottom or 0)
    return found


def _step(figure: Figure) -> int:
    """From which of STEPS on a lead counts."""
    return 1 + min(STEPS.index(one) for one in figure.top.what)


def _added_up(figures: Sequence[Figure], look: Look, by: By | None) -> str:
    """What days are added up to, beside those that have yet to be; nothing where they are not by
    what is asked.
    """
    if by not in (None, By.TEAM, By.REGION, By.WEEK, By.CAMPAIGN) or _counted(look, by) == _RAW:
        return ""
    tops = ", ".join(
        f"sum(count) filter (where code in ({further}))::int"
        for one in figures
        for further in [", ".join(f"'{step.value}'" for step in one.top.what)]
    )
    added = _ADDED_UP
    for name, said in (
        ("part", _WEEK.replace("{of}", "day") if by is By.WEEK else _part(by)),
        ("tops", tops),
        ("rows", "campaign" if look.ground.kind is Kind.CAMPAIGN else "team"),
        ("ground", _GROUNDS[look.ground.kind]),
    ):
        added = added.replace(f"{{{name}}}", said)
    return f"union all {added}"


def _of_cohort(those: Those, look: Look, by: By | None, source: str = "fact") -> str:
    return (
        f"select handoff, {_part(by)} as part, {_ONE.replace('handoff, ', '')} from {source} "  # noqa: S608
        f"where {_those(those)} and {_IN_TIME} and {_GROUNDS[look.ground.kind]} "
        f"group by part, {_ONE} having sum(sign) > 0"
    )


_STEPS = ", ".join(f"'{step.value}'" for step in STEPS)
_COME = """coalesce((select max(array_position(array[{steps}], what)) from (
    select f.what from fact f where f.handoff = cohort.handoff and f.what in ({steps})
        and f.known_at <= %(known)s group by f.what, f.at having sum(f.sign) > 0) as so_far), 0)
""".replace("{steps}", _STEPS)
"""How far a lead of the cohort has come by now, as a number of STEPS."""


async def _spreads(
    tx: Connection, scope: Scope, figures: Sequence[Figure], look: Look, by: By | None
) -> dict[str, dict[str, Value]]:
    """All of them by one look at the facts."""
    several = " or ".join(f"({_those(one.top)})" for one in figures)
    columns = ", ".join(
        f"count({one.column}) filter (where {those})::int, "
        f"percentile_disc(array[0.5, 0.9]) within group (order by {one.column}) "
        f"filter (where {those} and {one.column} is not null)"
        for one in figures
        for those in [_those(one.top)]
    )
    names = sorted({one.column for one in figures})
    measures = ", ".join(f"max({one}) as {one}" for one in names)
    # Few are ever taken back: of those alone it is looked what is left.
    rows = await tx.execute(
        f"with there as materialized (select {_part(by)} as part, {_ONE}, sign, "  # noqa: S608
        f"coalesce(handoff, pledge) as whose, {', '.join(names)} from fact "
        f"where ({several}) and {_IN_TIME} and {_GROUNDS[look.ground.kind]}), "
        "back as (select distinct whose from there where sign < 0), "
        f"one as (select part, what, code, {', '.join(names)} from there "
        "where whose not in (select whose from back) union all "
        f"select part, what, code, {measures} from there where whose in (select whose from back) "
        f"group by part, {_ONE} having sum(sign) > 0) "
        f"select part, {columns} from one group by part",
        _args(scope, look),
    )
    found: dict[str, dict[str, Value]] = {one.code: {} for one in figures}
    async for part, *told in rows:
        for n, figure in enumerate(figures):
            count, both = told[2 * n : 2 * n + 2]
            if count:
                found[figure.code][part] = Spread(count, *both)
    return found


async def _money(
    tx: Connection, scope: Scope, figure: Figure, look: Look, by: By | None
) -> dict[str, Value]:
    rows = await tx.execute(
        f"with one as ({_standing(figure.top, look, by, figure.column)}) "  # noqa: S608
        "select part, currency, sum(value)::bigint from one where value is not null "
        "group by part, currency order by currency",
        _args(scope, look),
    )
    found: dict[str, dict[str, int]] = {}
    async for part, currency, amount in rows:
        found.setdefault(part, {})[currency] = int(amount)
    return dict(found)


def _standing(those: Those, look: Look, by: By | None, column: str) -> str:
    """Each thing that counts and was not taken back, with how long it took or what it is worth."""
    return (
        f"select {_part(by)} as part, {_newest(column)} as value, "  # noqa: S608
        f"{_newest('currency')} as currency "
        f"from fact where {_those(those)} and {_IN_TIME} and {_GROUNDS[look.ground.kind]} "
        f"group by part, {_ONE} having sum(sign) > 0"
    )


def _newest(column: str) -> str:
    """What was counted last of one thing: what a deal is worth is counted anew when it changes."""
    return f"(array_agg({column} order by id desc) filter (where sign > 0))[1]"


def _lines(
    scope: Scope, figure: Figure, look: Look, part: str | None, *, bottom: bool
) -> tuple[str, dict[str, Any]]:
    args = _args(scope, look) | {"part": part}
    those = (figure.bottom or figure.top) if bottom else figure.top
    only = f"and {_part(look.by)} = %(part)s" if part is not None else ""
    if figure.cohort and figure.bottom:
        cohort = _of_cohort(figure.bottom, look, look.by)
        come = "" if bottom else f"and {_COME} >= {_step(figure)}"
        mine = "part = %(part)s" if part is not None else "true"
        return (
            f"with cohort as ({cohort}) select *, 1 as times from cohort where {mine} {come}",  # noqa: S608
            args,
        )
    valued = f"and {figure.column} is not null" if figure.column else ""
    return (
        f"select {_ONE}, sum(sign)::int as times from fact where {_those(those)} {only} "  # noqa: S608
        f"and {_IN_TIME} and {_GROUNDS[look.ground.kind]} "
        f"group by {_ONE} having sum(sign) > 0 "
        + (f"and {_newest(figure.column)} is not null" if valued else ""),
        args,
    )


# --- Of how many people -----------------------------------------------------------------------


async def _few(tx: Connection, scope: Scope, look: Look) -> bool:
    """Whether what is looked at is about fewer people than may be shown without names, or what is
    left of the organisation without it is, or it is a team that is not shown among its like, or a
    pool or region by which, with all others that the reader sees, too few could be told apart.
    """
    ground = _GROUNDS[look.ground.kind]
    if await _fewer(tx, scope, look, ground):
        return True
    # Whoever they see by name, oneself too, they can take from any sum.
    if await _fewer(tx, scope, look, f"({ground}) and {_UNNAMED}", none=True):
        return True
    if look.ground.kind is Kind.ORGANISATION:  # of which nothing is left
        return False
    if await _fewer(tx, scope, look, f"({ground}) is not true and {_UNNAMED}", none=True):
        return True
    match look.ground.kind:
        case Kind.TEAM:
            among = replace(look, ground=Ground(Kind.BELOW), by=By.TEAM)
            people = await _people_of(tx, scope, None, among)
            return look.ground.which in hidden(people, scope.least)
        case Kind.REGION | Kind.POOL:
            return await _told_apart(tx, scope, look)
        case _:
            return False


_UNNAMED = "who <> all(%(names)s)"


async def _told_apart(tx: Connection, scope: Scope, look: Look) -> bool:
    """Whether the organisation without some of the pools and regions that the reader sees, or one
    of these without another, is about too few: every such sum is of these parts.
    """
    parts = [("pool = %(part)s", pool) for pool in scope.pools if pool != look.ground.which]
    beside = "region = %(part)s and pool <> all(%(pools)s)"
    parts += [(beside, region) for region in scope.regions]
    parts.append(("region <> all(%(regions)s) and pool <> all(%(pools)s)", ""))
    for condition, part in parts:
        others = f"{condition} and {_UNNAMED}"
        if await _fewer(tx, scope, look, others, none=True, part=part):
            return True
    return False


async def _fewer(
    tx: Connection, scope: Scope, look: Look, ground: str, *, none: bool = False, part: str = ""
) -> bool:
    """Whether it is about too few people; of *none* it may be, where that is said. It stops
    counting once they are enough.
    """
    looked_at = "p.id <> all(%(names)s) and" if _UNNAMED in ground else ""  # of others no fact is
    found = await tx.execute(
        f"select count(*) from (select from person p where {looked_at} exists (select from fact "  # noqa: S608
        f"where who = p.id and {_IN_TIME} and {ground}) limit %(least)s) one",
        {**_args(scope, look), "least": scope.least, "part": part},
    )
    row = await found.fetchone()
    count = int(row[0]) if row else 0
    return count < scope.least and not (none and count == 0)


async def _people_of(
    tx: Connection, scope: Scope, figure: Figure | None, look: Look
) -> dict[str, int]:
    """Of how many people each part is: of a team, of whoever anything was counted in it; of a
    reason, of whom it was counted, or of as few as could be told by it from another sum.
    """
    assert look.by
    if look.by is By.WEEK:
        return await _people_by_week(tx, scope, figure, look)
    several = [_those(one) for one in (_of(figure) if figure else ())]
    people: dict[str, int] = {}
    for one in several or ["true"]:
        found = await _people_by_part(tx, scope, look, f"and {one}")
        people = {
            part: _fewest((people.get(part, 0), found.get(part, 0)))
            for part in people.keys() | found.keys()
        }
    return people


async def _people_by_part(tx: Connection, scope: Scope, look: Look, counted: str) -> dict[str, int]:
    """Of how many people each part is, of what is *counted* alone."""
    assert look.by
    whole = look.ground.kind is Kind.ORGANISATION  # which no other sum stands beside
    others = f"and {_UNNAMED}" if whole else ""
    found = await tx.execute(
        f"select {_part(look.by)}, count(distinct who)::int from fact "  # noqa: S608
        f"where {_IN_TIME} and {_GROUNDS[look.ground.kind]} {counted} {others} group by 1",
        _args(scope, look),
    )
    people: dict[str, int] = {part: count async for part, count in found}
    if look.by not in _OF_EACH or not people or whole:
        return people
    return await _as_few(tx, scope, look, people, counted)


async def _as_few(
    tx: Connection, scope: Scope, look: Look, people: Mapping[str, int], counted: str = ""
) -> dict[str, int]:
    """*people*, or of a part so many as could be told by it from another sum."""
    found = await tx.execute(
        f"select part, min(people)::int from (select {_part(look.by)} as part, "  # noqa: S608
        f"{_apart(look.ground.kind)} as cell, count(distinct who) as people from fact "
        f"where {_IN_TIME} and {_UNNAMED} {counted} group by 1, 2) one group by 1",
        _args(scope, look),
    )
    least: dict[str, int] = {part: count async for part, count in found}
    return {part: min(count, least.get(part, count)) for part, count in people.items()}


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


async def _people_by_week(
    tx: Connection, scope: Scope, figure: Figure | None, look: Look
) -> dict[str, int]:
    """Of how many people each week is; enough are as many as there need be."""
    weeks = look.period.weeks()
    within = [
        Period(max(week.since, look.period.since), min(week.until, look.period.until))
        for week in weeks
    ]
    ground = _GROUNDS[look.ground.kind]
    each = [
        await _people_in(tx, scope, those, look, ground=ground, periods=within)
        for those in (_of(figure) if figure else [None])
    ]
    counts = [_fewest(one) for one in zip(*each, strict=True)]
    found: dict[str, int] = {}
    for week, people in zip(weeks, counts, strict=True):
        year, number, _ = week.since.isocalendar()
        found[f"{year:04}-W{number:02}"] = people
    if look.ground.kind is Kind.ORGANISATION:
        return found
    return await _as_few(tx, scope, look, found)


async def _few_of(
    tx: Connection, scope: Scope, figures: Iterable[Figure], look: Look
) -> frozenset[str]:
    """The codes of those *figures* that are about too few people whom the reader does not see by
    name, or would be in what is left of the organisation: of those who have part in a team or a
    pool it may be one who has won.
    """
    ground = _GROUNDS[look.ground.kind]
    grounds, others = [ground], f"({ground}) is not true"
    if look.ground.kind is not Kind.ORGANISATION:
        [left] = await _people_in(tx, scope, None, look, ground=others, periods=[look.period])
        grounds += [others] if left else []  # of nobody nothing is looked for
    found = set()
    for figure in figures:
        for one in grounds:
            counts = [
                await _people_in(tx, scope, those, look, ground=one, periods=[look.period])
                for those in _of(figure)
            ]
            if any(0 < people < scope.least for [people] in counts):
                found.add(figure.code)
                break
    return frozenset(found)


def _of(figure: Figure) -> list[Those]:
    """What it tells of: of a share, both that are in it."""
    return [figure.top, *([figure.bottom] if figure.bottom else [])]


def _fewest(counts: Iterable[int]) -> int:
    """Of as many people as the least of *counts* that is about anybody."""
    return min((one for one in counts if one), default=0)


async def _people_in(
    tx: Connection,
    scope: Scope,
    those: Those | None,
    look: Look,
    *,
    ground: str,
    periods: Sequence[Period],
) -> list[int]:
    """Of how many people, whom the reader does not see by name, *those* facts are in each of
    *periods*, or all that was counted; *least* of the scope where they are more. Those among
    the first of many things are looked at first: once they are enough, no more are counted.
    """
    only = f"and {_those(those)}" if those else ""
    found = [0] * len(periods)
    left = list(range(len(periods)))
    for most in (FIRST, None):
        rows = await tx.execute(
            "select p.n, (select count(distinct who)::int from (select who from fact "  # noqa: S608
            "where at >= p.since and at < p.until and known_at <= %(known)s "
            f"and ({ground}) and {_UNNAMED} {only} limit %(most)s) as first) "
            "from unnest(%(numbers)s::int[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[]) "
            "as p (n, since, until)",
            {
                **_args(scope, look),
                "most": most,
                "numbers": left,
                "sinces": [periods[n].begin for n in left],
                "untils": [periods[n].end for n in left],
            },
        )
        async for n, people in rows:
            found[n] = min(people, scope.least)
        left = [n for n in left if 0 < found[n] < scope.least]
        if not left:
            break
    return found
