"""Whose what was counted is: of everything as many people as it takes to say that they are enough,
and all of them where they are few.

Most kinds of facts are of very many people, who are found in the first few hundred facts of a week.
So of each kind as many are read as show it; only where these do not, all of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from handoff.facts import STEPS
from handoff.figures import FIGURES, HANDED_OVER, Unit
from handoff.suppression import People, Piece, own, piece
from store.database import Connection
from store.fact_terms import IN_TIME, condition
from store.figure_values import COME, TOTALS, step_of

FIRST = 150  # facts of one kind, week and side that are read first
LEADS = 400  # … that were handed over
STEPS_FIRST = 3_000  # leads that have come further
_WEEKS = 6  # of longer times they are not looked for week by week, unless that is asked
_KINDS = sorted(
    {
        what.value
        for one in FIGURES
        for those in (one.top, one.bottom)
        if those
        for what in those.what
    }
)
_MONDAY = "date_trunc('week', at at time zone 'utc')::date::text"
_TEAM = "case when team = any(%(teams)s) then team else '' end"
_POOL = "case when pool = any(%(pools)s) then pool else '' end"
_REGION = "case when region = any(%(regions)s) then region else '' end"


@dataclass(frozen=True, slots=True)
class Side:
    """Of which team, pool and region of the reader's it is; empty where it is of none."""

    team: str = ""
    pool: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Whose the facts of one kind are, of one side and, where that was asked, of one week."""

    week: str  # its Monday; empty where it is all the time
    side: Side
    code: str
    reason: str
    piece: Piece
    who: People


def by_weeks(args: Mapping[str, Any], *, asked: bool) -> bool:
    """Whether it is looked for week by week: of a short time it is, for all is read at once."""
    return asked or (args["until"] - args["since"]) < timedelta(weeks=_WEEKS)


async def counted(tx: Connection, args: Mapping[str, Any], *, weeks: bool) -> list[Crowd]:
    """Of everything that counts in the time of *args*: who has only what was taken back since has
    no part in it.
    """
    found, counts = await _theirs(tx, args, weeks=weeks)
    spans = spans_of(args, weeks=weeks)
    kinds = await _kinds(tx)
    asked = [(span, kind, region) for span in spans for kind in kinds for region in _others(args)]
    if args["regions"] and args["by_day"]:
        there = await _of_regions(tx, args, weeks=weeks)
        asked = [one for one in asked if one[2] is None or there[_key(one)] != counts[_key(one)]]
    short = []
    for one, (read, who) in zip(
        asked, await _first(tx, args, asked, max(FIRST, 3 * args["enough"])), strict=True
    ):
        if read and len(who) < args["enough"]:
            short.append(one)
        else:
            found += _crowds(one, who)
    if short:
        for one, (_, who) in zip(short, await _first(tx, args, short, None), strict=True):
            found += _crowds(one, who)
    return [*found, *await _worth(tx, args, weeks=weeks)]


Kind = tuple[str, str, str]
Add = Callable[[str, Side, int, Iterable[str]], None]
Span = tuple[str, datetime, datetime]
Asked = tuple[Span, Kind, str | None]


def _crowds(asked: Asked, who: Iterable[str]) -> Iterable[Crowd]:
    (week, _, _), (what, code, reason), region = asked
    people = frozenset(who)
    if people:
        yield Crowd(
            week=week,
            side=Side(region=region or ""),
            code=code,
            reason=reason,
            piece=piece(what, code),
            who=people,
        )


_Key = tuple[str, str, str, str, str]
"""A week, a region and a kind."""


def _key(asked: Asked) -> _Key:
    (week, _, _), (what, code, reason), region = asked
    return week, region or "", what, code, reason


async def _of_regions(tx: Connection, args: Mapping[str, Any], *, weeks: bool) -> Counter[_Key]:
    """How often each kind counts in each of the reader's regions, by the days as they are added
    up: where their own pools are all of it nobody else's is looked for. In *args* are those of
    TOTALS.
    """
    week = _MONDAY if weeks else "''"
    of_day = week.replace("at at time zone 'utc'", "day")
    rows = await tx.execute(
        f"select {of_day} as week, "  # noqa: S608  # our own words
        f"region, what, code, reason, sum(count)::int from {TOTALS} "
        "where region = any(%(regions)s) group by 1, 2, 3, 4, 5",
        args,
    )
    return Counter({(week, *kind): count async for week, *kind, count in rows})


def _others(args: Mapping[str, Any]) -> Sequence[str | None]:
    """The sides that are none of the reader's teams and pools: each of their regions, and what is
    left, which is None.
    """
    return [*args["regions"], None]


def spans_of(args: Mapping[str, Any], *, weeks: bool) -> list[Span]:
    """The weeks of the time of *args*, UTC, or all of it, one after the other."""
    since, until = args["since"], args["until"]
    if not weeks:
        return [("", since, until)]
    day = since.astimezone(UTC).date()
    monday = day - timedelta(days=day.weekday())
    found = []
    while _midnight(monday) < until:
        end = monday + timedelta(days=7)
        found.append(
            (monday.isoformat(), max(since, _midnight(monday)), min(until, _midnight(end)))
        )
        monday = end
    return found


def runs(of: Sequence[Span]) -> list[tuple[datetime, datetime]]:
    """The stretches of time that they are without a gap."""
    found: list[tuple[datetime, datetime]] = []
    for _, since, until in of:
        if found and found[-1][1] == since:
            found[-1] = (found[-1][0], until)
        else:
            found.append((since, until))
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


async def _kinds(tx: Connection) -> list[Kind]:
    """Each kind of fact that there is, by one look into an index for each."""
    found = await tx.execute(
        "with recursive kind as ((select what, code, reason from fact "
        "order by what, code, reason limit 1) union all "
        "select n.* from kind k cross join lateral (select what, code, reason from fact "
        "where (what, code, reason) > (k.what, k.code, k.reason) "
        "order by what, code, reason limit 1) n) "
        "select what, code, reason from kind where what = any(%s)",
        [_KINDS],
    )
    return [(what, code, reason) async for what, code, reason in found]


async def _theirs(
    tx: Connection, args: Mapping[str, Any], *, weeks: bool
) -> tuple[list[Crowd], Counter[_Key]]:
    """All of the reader's teams and pools, and how often each kind counts in them, by region."""
    week, found, counts = _MONDAY if weeks else "''", list[Crowd](), Counter[_Key]()
    for ground in _grounds(args):
        rows = await tx.execute(
            "select week, team, pool, region, what, code, reason, "  # noqa: S608  # our own words
            "(array_agg(who))[1:%(enough)s], sum(count)::int from ("
            f"select {week} as week, {_TEAM} as team, {_POOL} as pool, {_REGION} as region, "
            f"what, code, reason, who, sum(sign) as count from fact f where {ground} and {IN_TIME} "
            "and what = any(%(kinds)s) "
            "group by 1, 2, 3, 4, what, code, reason, who having sum(sign) <> 0"
            ") as one group by week, team, pool, region, what, code, reason",
            {**args, "kinds": _KINDS},
        )
        async for monday, team, pool, region, what, code, reason, who, count in rows:
            counts[monday, region, what, code, reason] += count
            found.append(
                Crowd(
                    week=monday,
                    side=Side(team, pool, region),
                    code=code,
                    reason=reason,
                    piece=piece(what, code),
                    who=frozenset(who),
                )
            )
    return found, counts


def _grounds(args: Mapping[str, Any]) -> Iterable[str]:
    if args["teams"]:
        yield f"f.team = any(%(teams)s) and {_COUNTS}"
    if args["pools"]:
        yield f"f.pool = any(%(pools)s) and f.team <> all(%(teams)s) and {_COUNTS}"


_COUNTS = "f.who <> all(%(left_out)s)"
_ELSEWHERE = f"f.team <> all(%(teams)s) and f.pool <> all(%(pools)s) and {_COUNTS}"
_OF_SIDE = f"{_ELSEWHERE} and case when side.part is null then f.region <> all(%(regions)s) "
_OF_SIDE += "else f.region = side.part end"
_FIRST_OF_EACH = """
from unnest(%(begins)s::timestamptz[], %(ends)s::timestamptz[], %(whats)s::text[],
    %(codes)s::text[], %(reasons)s::text[], %(sides)s::text[]) with ordinality
    as side (begins, ends, what, code, reason, part, nth)
cross join lateral (
    select f.handoff, f.who, f.sign, f.at from fact f
    where f.what = side.what and f.code = side.code and f.reason = side.reason
        and f.at >= side.begins and f.at < side.ends and f.known_at <= %(known)s and {of_side}
    order by f.at limit %(most)s) as read
""".replace("{of_side}", _OF_SIDE)
"""Whatever takes a fact back is of the same moment, and so stands beside it."""


def _each(args: Mapping[str, Any], asked: Sequence[Asked], most: int | None) -> dict[str, Any]:
    return {
        **args,
        "begins": [begins for (_, begins, _), _, _ in asked],
        "ends": [ends for (_, _, ends), _, _ in asked],
        "whats": [what for _, (what, _, _), _ in asked],
        "codes": [code for _, (_, code, _), _ in asked],
        "reasons": [reason for _, (_, _, reason), _ in asked],
        "sides": [region for _, _, region in asked],
        "most": most,
    }


async def _first(
    tx: Connection, args: Mapping[str, Any], asked: Sequence[Asked], most: int | None
) -> list[tuple[bool, Sequence[str]]]:
    """Whose the first facts of each of *asked* are, at most so many; and whether there are more. Of
    the last moment that was read all are left out then, for there may be more of it.
    """
    rows = await tx.execute(
        "select nth, bool_or(many = %(most)s), "  # noqa: S608  # our own words
        "(array_agg(distinct who) filter (where net <> 0))[1:%(enough)s] from ("
        "select nth, who, many, sum(sign) filter (where %(most)s::int is null or many < %(most)s "
        "or at < last) over (partition by nth, who) as net from ("
        "select side.nth, read.who, read.sign, read.at, count(*) over of_it as many, "
        f"max(read.at) over of_it as last {_FIRST_OF_EACH} window of_it as (partition by side.nth)"
        ") as read) as read group by nth",
        _each(args, asked, most),
    )
    found: list[tuple[bool, Sequence[str]]] = [(False, ())] * len(asked)
    async for nth, more, who in rows:
        found[nth - 1] = (bool(more), who or ())
    return found


# --- What it is worth -------------------------------------------------------------------------


_AMOUNTS = tuple(one for one in FIGURES if one.unit is Unit.MONEY)


async def _worth(tx: Connection, args: Mapping[str, Any], *, weeks: bool) -> list[Crowd]:
    """Whose it is that has a worth, by currency. All of it is read, as for the amount itself: which
    currencies there are does not show in the first of them.
    """
    week, found = _MONDAY if weeks else "''", list[Crowd]()
    for figure in _AMOUNTS:
        rows = await tx.execute(
            "select week, team, pool, region, code, reason, currency, "  # noqa: S608  # our own
            "(array_agg(who))[1:%(enough)s] from ("
            f"select {week} as week, {_TEAM} as team, {_POOL} as pool, {_REGION} as region, "
            f"code, reason, currency, who from fact f where {condition(figure.top)} and {IN_TIME} "
            f"and {figure.column} is not null and {_COUNTS} "
            "group by 1, 2, 3, 4, code, reason, currency, who having sum(sign) <> 0"
            ") as one group by week, team, pool, region, code, reason, currency",
            args,
        )
        async for monday, team, pool, region, code, reason, currency, who in rows:
            found.append(
                Crowd(
                    week=monday,
                    side=Side(team, pool, region),
                    code=code,
                    reason=reason,
                    piece=own(figure, currency),
                    who=frozenset(who),
                )
            )
    return found


# --- How far leads come -----------------------------------------------------------------------


async def come(tx: Connection, args: Mapping[str, Any], *, weeks: bool) -> list[Crowd]:
    """Whose the leads are that were handed over in the time of *args*, of each figure those that
    have come as far as it says.
    """
    week = _MONDAY if weeks else "''"
    steps: dict[tuple[str, Side], list[set[str]]] = {}

    def add(monday: str, side: Side, far: int, who: Iterable[str]) -> None:
        found = steps.setdefault((monday, side), [set() for _ in range(len(STEPS) + 1)])
        found[far].update(who)

    for ground in _grounds(args):
        rows = await tx.execute(_of_leads(week, ground), args)
        async for monday, team, pool, region, far, who in rows:
            add(monday, Side(team, pool, region), far, who)
    theirs = set(steps)
    asked = [
        (span, (STEPS[0].value, "", ""), region)
        for span in spans_of(args, weeks=weeks)
        for region in _others(args)
    ]
    if await _first_leads(tx, args, asked, add):
        others = {key: far for key, far in steps.items() if key not in theirs}
        await _further(tx, args, others, add, weeks=weeks)
    return [
        Crowd(week=monday, side=side, code="", reason="", piece=own(figure), who=frozenset(who))
        for (monday, side), far in steps.items()
        for figure in FIGURES
        if figure.cohort and (who := set[str]().union(*far[step_of(figure) :]))
    ]


def _of_leads(week: str, ground: str) -> str:
    return (
        f"with cohort as (select handoff, who, {week} as week, {_TEAM} as team, {_POOL} as pool, "  # noqa: S608
        f"{_REGION} as region from fact f "
        f"where {condition(HANDED_OVER)} and {IN_TIME} and {ground} "
        "group by handoff, who, 3, 4, 5, 6 having sum(sign) > 0), "
        f"far as materialized (select week, team, pool, region, who, {COME} as come from cohort) "
        "select week, team, pool, region, come, (array_agg(distinct who))[1:%(enough)s] from far "
        "group by 1, 2, 3, 4, 5"
    )


async def _further(
    tx: Connection,
    args: Mapping[str, Any],
    steps: Mapping[tuple[str, Side], Sequence[set[str]]],
    add: Add,
    *,
    weeks: bool,
) -> None:
    """Where of the first leads of a side too few have come far, it is looked at who has taken that
    step; and where too many have for that, at all the leads of the week.
    """
    spans = spans_of(args, weeks=weeks)
    week, whole = _MONDAY if weeks else "''", set[str]()
    for step in range(len(STEPS), 1, -1):  # few have come far
        short = _short(steps, step, args["enough"]) - whole
        if not short:
            continue
        first = min(since for monday, since, _ in spans if monday in short)
        if not await _from_the_end(tx, {**args, "since": first}, week, step, add):
            continue
        for monday, since, until in spans:
            if monday in _short(steps, step, args["enough"]) - whole:
                whole.add(monday)
                span = {**args, "since": since, "until": until}
                rows = await tx.execute(_of_leads(week, _ELSEWHERE), span)
                async for _, team, pool, region, far, who in rows:
                    add(monday, Side(team, pool, region), far, who)


def _short(
    steps: Mapping[tuple[str, Side], Sequence[set[str]]], step: int, enough: int
) -> set[str]:
    """The weeks in which of any side fewer have come so far than are enough."""
    return {
        monday for (monday, _), far in steps.items() if len(set[str]().union(*far[step:])) < enough
    }


async def _first_leads(
    tx: Connection, args: Mapping[str, Any], asked: Sequence[Asked], add: Add
) -> bool:
    """Of the first leads of each side; returns whether there are more."""
    most = max(LEADS, 3 * args["enough"])
    rows = await tx.execute(
        f"select side.nth, read.* {_FIRST_OF_EACH}",
        _each(args, asked, most),
    )
    of_side: dict[int, list[tuple[UUID, str, int, datetime]]] = {}
    async for nth, *lead in rows:
        of_side.setdefault(nth - 1, []).append((lead[0], lead[1], lead[2], lead[3]))
    whose: dict[tuple[int, UUID, str], int] = {}
    for nth, leads in of_side.items():
        last = max(at for *_, at in leads) if len(leads) == most else None
        for id, who, sign, at in leads:
            if at != last:
                whose[nth, id, who] = whose.get((nth, id, who), 0) + sign
    found = await tx.execute(
        f"select cohort.handoff, {COME} from unnest(%(ids)s::uuid[]) as cohort (handoff)",  # noqa: S608
        {**args, "ids": sorted({id for _, id, _ in whose})},
    )
    far = {id: step async for id, step in found}
    for (nth, id, who), count in whose.items():
        (monday, _, _), _, region = asked[nth]
        if count:
            add(monday, Side(region=region or ""), far[id], [who])
    return any(len(leads) == most for leads in of_side.values())


async def _from_the_end(
    tx: Connection, args: Mapping[str, Any], week: str, step: int, add: Add
) -> bool:
    """Of the first leads that took that step since that time began, whose they are; returns whether
    there are more that did.
    """
    monday = week.replace("at at", "h.at at")
    found = await tx.execute(
        "select handoff, at, sign from fact where what = %(step)s and code = '' "
        "and reason = '' and at >= %(since)s and known_at <= %(known)s "
        "order by at limit %(most)s",
        {**args, "step": STEPS[step - 1].value, "most": STEPS_FIRST},
    )
    took: Counter[tuple[UUID, datetime]] = Counter()
    read = 0
    async for id, at, sign in found:
        read += 1
        took[id, at] += sign
    last = max((at for _, at in took), default=None) if read == STEPS_FIRST else None
    ids = sorted({id for (id, at), n in took.items() if n > 0 and at != last})
    if not ids:
        return read == STEPS_FIRST
    rows = await tx.execute(
        "select week, region, (array_agg(distinct who))[1:%(enough)s] from ("  # noqa: S608
        f"select h.handoff, h.who, {monday} as week, {_REGION} "
        "as region from fact h where h.handoff = any(%(ids)s) "
        "and h.what = 'handed_over' and h.at >= %(since)s and h.at < %(until)s "
        "and h.known_at <= %(known)s and h.team <> all(%(teams)s) "
        "and h.pool <> all(%(pools)s) and h.who <> all(%(left_out)s) "
        "group by 1, 2, 3, 4 having sum(h.sign) > 0"
        ") as there group by 1, 2",
        {**args, "ids": ids},
    )
    async for when, region, who in rows:
        add(when, Side(region=region), step, who)
    return read == STEPS_FIRST


def everywhere(args: Mapping[str, Any]) -> dict[str, Any]:
    """As *args*, of no side: what is the same for whoever looks at the organisation."""
    return {**args, "teams": [], "pools": [], "regions": []}


# --- By what a reader's sides are not parted --------------------------------------------------


async def parted(
    tx: Connection, args: Mapping[str, Any], part: str, ground: str
) -> dict[str, dict[Piece, People]]:
    """Whose each *part* of a *ground* is, by piece."""
    rows = await tx.execute(
        "select part, what, code, (array_agg(who))[1:%(enough)s] from ("  # noqa: S608
        f"select {part} as part, what, code, who from fact f where {ground} and {IN_TIME} "
        f"and what = any(%(kinds)s) and {_COUNTS} "
        "group by 1, what, code, who having sum(sign) <> 0) as one group by part, what, code",
        {**args, "kinds": _KINDS},
    )
    found = [(name, piece(what, code), who) async for name, what, code, who in rows]
    for figure in _AMOUNTS:
        rows = await tx.execute(
            "select part, currency, (array_agg(who))[1:%(enough)s] from ("  # noqa: S608
            f"select {part} as part, currency, who from fact f where {ground} and {IN_TIME} "
            f"and {condition(figure.top)} and {figure.column} is not null and {_COUNTS} "
            "group by 1, currency, who having sum(sign) <> 0) as one group by part, currency",
            args,
        )
        found += [(name, own(figure, currency), who) async for name, currency, who in rows]
    return _by_part(found)


async def parted_by_step(
    tx: Connection, args: Mapping[str, Any], part: str, ground: str
) -> dict[str, dict[Piece, People]]:
    """Whose the leads are that were handed over, of each figure those that have come so far."""
    rows = await tx.execute(
        f"with cohort as (select handoff, who, {part} as part from fact f "  # noqa: S608
        f"where {condition(HANDED_OVER)} and {ground} and {IN_TIME} and {_COUNTS} "
        "group by handoff, who, 3 having sum(sign) > 0), "
        f"far as materialized (select part, who, {COME} as come from cohort) "
        "select part, come, (array_agg(distinct who))[1:%(enough)s] from far group by 1, 2",
        args,
    )
    return _by_part(
        [
            (name, own(figure), who)
            async for name, far, who in rows
            for figure in FIGURES
            if figure.cohort and far >= step_of(figure)
        ]
    )


def _by_part(rows: Iterable[tuple[str, Piece, Sequence[str]]]) -> dict[str, dict[Piece, People]]:
    found: dict[str, dict[Piece, People]] = {}
    for name, of, who in rows:
        crowd = found.setdefault(name, {})
        crowd[of] = crowd.get(of, frozenset()).union(who)
    return found
