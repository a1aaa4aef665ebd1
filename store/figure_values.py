"""What figures come to, counted from facts, as if whoever asks might see all of it; and the things
that each counts, one by one. Nothing here says who may: `store.disclosure` does.
"""

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from handoff.asked import week_code
from handoff.facts import STEPS
from handoff.figures import Figure, Period, Share, Spread, Those, Unit, Value
from handoff.scope import By, Kind, Scope
from store.database import Connection
from store.fact_terms import (
    GROUNDS,
    IN_TIME,
    ONE,
    WEEK,
    WEEK_OF_FACT,
    Look,
    arguments,
    condition,
    part_of,
)
from store.sums import CAME, Day, Total

_OF_DAYS = frozenset({Kind.TEAM, Kind.BELOW, Kind.REGION, Kind.ORGANISATION, Kind.CAMPAIGN})
_BY_DAYS = frozenset({None, By.TEAM, By.REGION, By.REASON, By.CODE, By.WEEK})
"""By what days are added up."""
# Day by day: joined in any other way, all that was ever counted would be read for the few days.
_DIRTY = """(select distinct day from dirty_day where day >= %(first)s and day < %(last)s) d
cross join lateral (select * from fact where at >= d.day::timestamp at time zone 'utc'
    and at < (d.day + 1)::timestamp at time zone 'utc' and {ground} offset 0) f"""
_DAYS = """(select * from day_sum s where day >= %(first)s and day < %(last)s
    and {rows} is not null and not exists (select from dirty_day d where d.day = s.day)) as s"""
_ADDED_UP = """
select {part} as part, sum(count)::int as bottom, {tops} from {of_days}
    where what = 'came' and {ground} group by 1
"""
_SUMS = """(
select region, team, campaign, what, code, reason, {week_of_day} as week, count as signs from {days}
union all
select f.region, f.team, f.campaign, f.what, f.code, f.reason, {week}, f.sign
from {dirty}
) as counted"""
_SUMS = (
    _SUMS.replace("{dirty}", _DIRTY)
    .replace("{days}", _DAYS)
    .replace("{week_of_day}", WEEK.replace("{of}", "day"))
    .replace("{week}", WEEK.replace("{of}", "f.at at time zone 'utc'"))
)
TOTALS = """(
select day, region, what, code, reason, count from day_total
    where day >= %(first)s and day < %(last)s and day <> all(%(marked)s::date[])
union all
select * from unnest(%(total_day)s::date[], %(total_region)s::text[], %(total_what)s::text[],
    %(total_code)s::text[], %(total_reason)s::text[], %(total_count)s::int[]) as m (day)
    where day >= %(first)s and day < %(last)s
) as s (day, region, what, code, reason, count)"""
"""Of everybody, by day; those that are marked as they are now. Its arguments are of `totals`."""
_EVERYBODYS = (
    "(select region, what, code, reason, "  # noqa: S608  # our own words
    f"{WEEK.replace('{of}', 'day')} as week, count as signs from {TOTALS}) as counted"
)
_DAY = "(at at time zone 'utc')::date"
_RAW = (
    f"(select *, {WEEK_OF_FACT} as week, sign as signs from fact "  # noqa: S608  # our own words
    f"where {IN_TIME}) as counted"
)


def nothing(figure: Figure) -> Value:
    match figure.unit:
        case Unit.COUNT:
            return 0
        case Unit.SHARE | Unit.PER_HUNDRED:
            return Share(0, 0)
        case Unit.WORKING | Unit.PLAIN:
            return Spread(0)
        case Unit.MONEY:
            return {}


def adds_up(figure: Figure) -> bool:
    """Whether a whole is what its parts come to together: of how long things took it is not."""
    return figure.unit not in (Unit.WORKING, Unit.PLAIN)


def together(figure: Figure, values: Iterable[Value]) -> Value:
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


def totals(marked: Mapping[date, Sequence[Total]]) -> dict[str, Any]:
    """The arguments of TOTALS, of the days that are *marked*, each as it is now."""
    rows = [row for of_day in marked.values() for row in of_day]
    names = ("day", "region", "what", "code", "reason", "count")
    columns = {f"total_{name}": [row[n] for row in rows] for n, name in enumerate(names)}
    return {"marked": list(marked), **columns}


def _counted(look: Look, by: By | None) -> str:
    """Where facts are counted from: added up by days where that can be."""
    if not _by_days(look, by):
        return _RAW
    if of_everybody(look, by):
        return _EVERYBODYS
    ground = f"what = any(%(counted)s) and {GROUNDS[look.ground.kind]}"
    return _SUMS.replace("{rows}", _rows(look)).replace("{ground}", ground)


def _by_days(look: Look, by: By | None) -> bool:
    """Whether it is what days come to as they are added up."""
    kind = look.ground.kind
    by_own = by is By.CAMPAIGN and kind is Kind.CAMPAIGN
    if kind not in _OF_DAYS or not (by in _BY_DAYS or by_own) or look.known is not None:
        return False
    if look.period.zone != "UTC":  # days are added up as they are there
        return False
    return not (kind is Kind.CAMPAIGN and by is By.TEAM)


def of_everybody(look: Look, by: By | None) -> bool:
    """Whether it is what days come to, and hangs on nobody's team: so it is the same for all."""
    everybody = look.ground.kind in (Kind.ORGANISATION, Kind.REGION) and by is not By.TEAM
    return everybody and _by_days(look, by)


def _rows(look: Look) -> str:
    """By which column those rows are known that are added up as it takes."""
    return "campaign" if look.ground.kind is Kind.CAMPAIGN else "team"


async def values_of(
    tx: Connection,
    scope: Scope,
    figures: Sequence[Figure],
    look: Look,
    by: By | None,
    *,
    marked: Mapping[date, Sequence[Total]],
) -> dict[str, dict[str, Value]]:
    """What each figure comes to, by its code and part; the whole is the part of no name. Of what is
    of everybody the days that are *marked* are as that says.
    """
    counts = (Unit.COUNT, Unit.SHARE, Unit.PER_HUNDRED)
    simple = [one for one in figures if one.unit in counts and not one.cohort]
    found = await _sums(tx, scope, simple, look, by, marked=marked) if simple else {}
    if cohorts := [one for one in figures if one.cohort]:
        found |= await _cohorts(tx, scope, cohorts, look, by, marked=marked)
    for figure in figures:
        if figure.unit is Unit.MONEY:
            found[figure.code] = await _money(tx, scope, figure, look, by)
    if timed := [one for one in figures if one.unit in (Unit.WORKING, Unit.PLAIN)]:
        found |= await _spreads(tx, scope, timed, look, by)
    return found


def summed(
    figures: Sequence[Figure], days: Mapping[date, Day], by: By | None
) -> dict[str, dict[str, Value]]:
    """What figures that are counts and shares come to on *days* together. Of how far leads come it
    is not by code or reason, which no lead has.
    """
    found: dict[str, dict[str, Value]] = {one.code: {} for one in figures}
    for part, counted in _by_part(days, by).items():
        for one in figures:
            if one.cohort:
                top, bottom = _come_so_far(counted, one)
            else:
                top, bottom = (
                    _of_those(counted, those) for those in (one.top, one.bottom or one.top)
                )
            if top or bottom:
                found[one.code][part] = top if one.unit is Unit.COUNT else Share(top, bottom)
    return found


def _by_part(
    days: Mapping[date, Day], by: By | None
) -> Mapping[str, Mapping[tuple[str, str], int]]:
    """By part how often what and code count on *days* together."""
    counts: dict[str, Counter[tuple[str, str]]] = {}
    for day, rows in days.items():
        week = week_code(day)
        for what, code, reason, count in rows:
            match by:
                case By.WEEK:
                    part = week
                case By.CODE:
                    part = code
                case By.REASON:
                    part = reason
                case _:
                    part = ""
            counts.setdefault(part, Counter())[what, code] += count
    return counts


def _come_so_far(counted: Mapping[tuple[str, str], int], figure: Figure) -> tuple[int, int]:
    """How many leads have come as far as it says, and of how many."""
    steps = {step.value for step in figure.top.what}
    leads = [(step, count) for (what, step), count in counted.items() if what == CAME]
    return sum(n for step, n in leads if step in steps), sum(n for _, n in leads)


def _of_those(counted: Mapping[tuple[str, str], int], those: Those) -> int:
    return sum(n for (what, code), n in counted.items() if those.fits(what, code))


async def _sums(
    tx: Connection,
    scope: Scope,
    figures: Sequence[Figure],
    look: Look,
    by: By | None,
    *,
    marked: Mapping[date, Sequence[Total]],
) -> dict[str, dict[str, Value]]:
    columns = [
        f"coalesce(sum(signs) filter (where {condition(those)}), 0)::int"
        for one in figures
        for those in (one.top, one.bottom or one.top)
    ]
    ground = GROUNDS[look.ground.kind]
    counted = {
        what.value
        for one in figures
        for those in (one.top, one.bottom)
        if those
        for what in those.what
    }
    # First of each kind, then of each figure: so is every row looked at once, not once by figure.
    of_each = (
        f"select {part_of(by, summed=True)} as part, what, code, sum(signs) as signs "  # noqa: S608
        f"from {_counted(look, by)} where {ground} and what = any(%(counted)s) group by 1, 2, 3"
    )
    rows = await tx.execute(
        f"select part, {', '.join(columns)} from ({of_each}) as one group by part",  # noqa: S608
        {**arguments(scope, look), **totals(marked), "counted": sorted(counted)},
    )
    found: dict[str, dict[str, Value]] = {one.code: {} for one in figures}
    async for part, *numbers in rows:
        for n, one in enumerate(figures):
            top, bottom = numbers[2 * n : 2 * n + 2]
            if by is None or top or bottom:
                share = one.unit is not Unit.COUNT
                found[one.code][part] = Share(top, bottom) if share else top
    return found


async def _cohorts(
    tx: Connection,
    scope: Scope,
    figures: Sequence[Figure],
    look: Look,
    by: By | None,
    *,
    marked: Mapping[date, Sequence[Total]],
) -> dict[str, dict[str, Value]]:
    """All of the same leads, of each of which it is looked once how far it has come."""
    [those] = {one.bottom for one in figures}
    assert those
    sums = ", ".join(f"coalesce(sum(top_{n}), 0)::int" for n in range(len(figures)))
    rows = await tx.execute(
        f"select part, sum(bottom)::int, {sums} from ("  # noqa: S608  # our own words
        f"{_come(those, figures, look, by)}) as one group by part",
        {**arguments(scope, look), **totals(marked)},
    )
    found: dict[str, dict[str, Value]] = {one.code: {} for one in figures}
    async for part, bottom, *come in rows:
        for figure, top in zip(figures, come, strict=True):
            found[figure.code][part] = Share(top, bottom or 0)
    return found


def step_of(figure: Figure) -> int:
    """From which of STEPS on a lead counts."""
    return 1 + min(STEPS.index(one) for one in figure.top.what)


def _come(those: Those, figures: Sequence[Figure], look: Look, by: By | None) -> str:
    """How many leads of each part there are, and how many of them have come as far as each of
    *figures* says: as days are added up, where they are by what is asked, with those that have yet
    to be.
    """
    by_days = by in (None, By.TEAM, By.REGION, By.WEEK, By.CAMPAIGN) and _by_days(look, by)
    everybody = by_days and of_everybody(look, by)
    further = [", ".join(f"'{step.value}'" for step in one.top.what) for one in figures]
    added = _ADDED_UP
    for name, said in (
        ("part", WEEK.replace("{of}", "day") if by is By.WEEK else part_of(by)),
        ("tops", _tops([f"sum(count) filter (where code in ({codes}))" for codes in further])),
        ("of_days", TOTALS if everybody else _DAYS.replace("{rows}", _rows(look))),
        ("ground", GROUNDS[look.ground.kind]),
    ):
        added = added.replace(f"{{{name}}}", said)
    if everybody:
        return added
    ground = f"{condition(those)} and {GROUNDS[look.ground.kind]}"
    dirty = _DIRTY.replace("{ground}", ground)
    source = f"(select f.* from {dirty}) as fact" if by_days else "fact"  # noqa: S608
    tops = _tops([f"count(*) filter (where come >= {step_of(one)})" for one in figures])
    one_by_one = (
        f"select part, count(*)::int as bottom, {tops} from ("  # noqa: S608
        f"select part, {COME} as come from ({_of_cohort(those, look, by, source)}) as cohort "
        "offset 0) as far group by part"
    )
    return f"{one_by_one} union all {added}" if by_days else one_by_one


def _tops(counts: Sequence[str]) -> str:
    return ", ".join(f"({count})::int as top_{n}" for n, count in enumerate(counts))


def _of_cohort(those: Those, look: Look, by: By | None, source: str = "fact") -> str:
    return (
        f"select handoff, {part_of(by)} as part, {ONE.replace('handoff, ', '')} from {source} "  # noqa: S608
        f"where {condition(those)} and {IN_TIME} and {GROUNDS[look.ground.kind]} "
        f"group by part, {ONE} having sum(sign) > 0"
    )


_STEPS = ", ".join(f"'{step.value}'" for step in STEPS)
COME = """coalesce((select max(array_position(array[{steps}], what)) from (
    select f.what from fact f where f.handoff = cohort.handoff and f.what in ({steps})
        and f.known_at <= %(known)s group by f.what, f.at having sum(f.sign) > 0) as so_far), 0)
""".replace("{steps}", _STEPS)
"""How far a lead of the cohort has come by now, as a number of STEPS."""


async def _spreads(
    tx: Connection, scope: Scope, figures: Sequence[Figure], look: Look, by: By | None
) -> dict[str, dict[str, Value]]:
    """All of them by one look at the facts."""
    columns = ", ".join(
        f"count({one.column}) filter (where {those})::int, "
        f"percentile_disc(array[0.5, 0.9]) within group (order by {one.column}) "
        f"filter (where {those} and {one.column} is not null)"
        for one in figures
        for those in [condition(one.top)]
    )
    rows = await tx.execute(
        f"{_standing_times(figures, look, part_of(by))} select part, {columns} from one "  # noqa: S608
        "group by part",
        arguments(scope, look),
    )
    found: dict[str, dict[str, Value]] = {one.code: {} for one in figures}
    async for part, *told in rows:
        for n, figure in enumerate(figures):
            count, both = told[2 * n : 2 * n + 2]
            if count:
                found[figure.code][part] = Spread(count, *both)
    return found


Times = Mapping[str, Sequence[int]]
"""By the code of a figure the seconds of each thing that it counts, in order."""


async def times_of_days(
    tx: Connection, scope: Scope, figures: Sequence[Figure], look: Look, days: Sequence[date]
) -> dict[date, Times]:
    """How long all that counts of each of *days*, UTC, took. They are in order."""
    found: dict[date, Times] = {day: {} for day in days}
    columns = ", ".join(
        f"string_agg(int4send({one.column}), ''::bytea order by {one.column}) "
        f"filter (where {condition(one.top)} and {one.column} is not null)"
        for one in figures
    )
    for first, last in _runs(days):
        rows = await tx.execute(
            f"{_standing_times(figures, look, _DAY)} "  # noqa: S608  # our own words
            f"select part, {columns} from one group by part",
            arguments(scope, replace(look, period=Period(first, last))),
        )
        async for day, *of_each in rows:
            found[day] = {
                one.code: _seconds(told) for one, told in zip(figures, of_each, strict=True) if told
            }
    return found


def _seconds(told: bytes) -> Sequence[int]:
    """As `int4send` writes them, the largest byte first."""
    found = array("i", told)
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _runs(days: Sequence[date]) -> list[tuple[date, date]]:
    """The stretches that they are without a gap: the first day of each, and the one after it."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and found[-1][1] == day:
            found[-1] = (found[-1][0], day + timedelta(days=1))
        else:
            found.append((day, day + timedelta(days=1)))
    return found


def _standing_times(figures: Sequence[Figure], look: Look, part: str) -> str:
    """What counts of each *part* and was not taken back, with how long it took. Few are ever taken
    back: of those alone it is looked what is left.
    """
    several = " or ".join(f"({condition(one.top)})" for one in figures)
    names = sorted({one.column for one in figures})
    measures = ", ".join(f"max({one}) as {one}" for one in names)
    return (
        f"with there as materialized (select {part} as part, {ONE}, sign, "  # noqa: S608
        f"coalesce(handoff, pledge) as whose, {', '.join(names)} from fact "
        f"where ({several}) and {IN_TIME} and {GROUNDS[look.ground.kind]}), "
        "back as (select distinct whose from there where sign < 0), "
        f"one as (select part, what, code, {', '.join(names)} from there "
        "where whose not in (select whose from back) union all "
        f"select part, what, code, {measures} from there where whose in (select whose from back) "
        f"group by part, {ONE} having sum(sign) > 0) "
    )


async def _money(
    tx: Connection, scope: Scope, figure: Figure, look: Look, by: By | None
) -> dict[str, Value]:
    rows = await tx.execute(
        f"with one as ({_standing(figure.top, look, by, figure.column)}) "  # noqa: S608
        "select part, currency, sum(value)::bigint from one where value is not null "
        "group by part, currency order by currency",
        arguments(scope, look),
    )
    found: dict[str, dict[str, int]] = {}
    async for part, currency, amount in rows:
        found.setdefault(part, {})[currency] = int(amount)
    return dict(found)


def _standing(those: Those, look: Look, by: By | None, column: str) -> str:
    """Each thing that counts and was not taken back, with how long it took or what it is worth."""
    return (
        f"select {part_of(by)} as part, {_newest(column)} as value, "  # noqa: S608
        f"{_newest('currency')} as currency "
        f"from fact where {condition(those)} and {IN_TIME} and {GROUNDS[look.ground.kind]} "
        f"group by part, {ONE} having sum(sign) > 0"
    )


def _newest(column: str) -> str:
    """What was counted last of one thing: what a deal is worth is counted anew when it changes."""
    return f"(array_agg({column} order by id desc) filter (where sign > 0))[1]"


def lines_of(
    scope: Scope, figure: Figure, look: Look, part: str | None, *, bottom: bool
) -> tuple[str, dict[str, Any]]:
    args = arguments(scope, look) | {"part": part}
    those = (figure.bottom or figure.top) if bottom else figure.top
    only = f"and {part_of(look.by)} = %(part)s" if part is not None else ""
    if figure.cohort and figure.bottom:
        cohort = _of_cohort(figure.bottom, look, look.by)
        come = "" if bottom else f"and {COME} >= {step_of(figure)}"
        mine = "part = %(part)s" if part is not None else "true"
        return (
            f"with cohort as ({cohort}) select *, 1 as times from cohort where {mine} {come}",  # noqa: S608
            args,
        )
    valued = f"and {figure.column} is not null" if figure.column else ""
    worth = (
        f", {_newest(figure.column)} as worth, {_newest('currency')} as currency"
        if figure.unit is Unit.MONEY
        else ""
    )
    return (
        f"select {ONE}, sum(sign)::int as times{worth} from fact where {condition(those)} {only} "  # noqa: S608
        f"and {IN_TIME} and {GROUNDS[look.ground.kind]} "
        f"group by {ONE} having sum(sign) > 0 "
        + (f"and {_newest(figure.column)} is not null" if valued else ""),
        args,
    )
