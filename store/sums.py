"""Facts added up by day, so that a year of a large company is read at once.

A day on which something was counted since is marked by whoever counted it, and read from the facts
themselves until it is added up anew: sums are never behind.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from handoff.facts import STEPS
from store.database import Connection, Reads
from store.door import Tx

AT_A_TIME = 60  # days of one transaction
OF_A_DAY = "at >= %(since)s and at < %(until)s"
CAME = "came"  # of leads by the day on which they were handed over: the code is how far by now
_STEPS = "array[" + ", ".join(f"'{step.value}'" for step in STEPS) + "]"
_ADDED = """
with one as (select handoff, region, team, campaign, what, code, reason, sign from fact
    where {of_a_day}),
lead as (select region, team, campaign, (
        select f.what from fact f where f.handoff = one.handoff and f.what = any({steps})
        group by f.what having sum(f.sign) > 0 order by array_position({steps}, f.what) desc limit 1
    ) as step
    from one where what = 'handed_over' group by handoff, region, team, campaign
    having sum(sign) > 0)
{into} select %(day)s::date as day, region, team, null as campaign, what, code, reason,
    sum(sign)::int as count from one group by region, team, what, code, reason
    having sum(sign) <> 0
union all select %(day)s::date, region, null, campaign, what, code, reason,
    sum(sign)::int from one group by region, campaign, what, code, reason having sum(sign) <> 0
union all select %(day)s::date, region, team, null, '{came}', step, '', count(*)::int from lead
    group by region, team, step
union all select %(day)s::date, region, null, campaign, '{came}', step, '', count(*)::int from lead
    group by region, campaign, step
"""
for _name, _said in (("of_a_day", OF_A_DAY), ("steps", _STEPS), ("came", CAME)):
    _ADDED = _ADDED.replace(f"{{{_name}}}", _said)
_TOTAL = """
select day, region, what, code, reason, sum(count)::int as count from day_sum
where day = %(day)s and team is not null group by day, region, what, code, reason
having sum(count) <> 0
"""
"""Of everybody, from what is of teams."""
_OF_DAYS = """
with one as (select d.day, f.handoff, f.region, f.team, f.campaign, f.what, f.code, f.reason, f.sign
    from unnest(%(days)s::date[]) as d (day) cross join lateral (select * from fact
        where at >= d.day::timestamp at time zone 'utc'
        and at < (d.day + 1)::timestamp at time zone 'utc' offset 0) f),
lead as (select day, region, (
        select f.what from fact f where f.handoff = one.handoff and f.what = any({steps})
        group by f.what having sum(f.sign) > 0 order by array_position({steps}, f.what) desc limit 1
    ) as step
    from one where what = 'handed_over' group by day, handoff, region, team, campaign
    having sum(sign) > 0)
select day, region, what, code, reason, sum(sign)::int from one group by 1, 2, 3, 4, 5
    having sum(sign) <> 0
union all select day, region, '{came}', step, '', count(*)::int from lead group by 1, 2, 4
""".replace("{steps}", _STEPS).replace("{came}", CAME)
_INTO = "insert into day_sum (day, region, team, campaign, what, code, reason, count)"
_KEPT = "select day, region, team, campaign, what, code, reason, count from day_sum where day = "


async def add_up(tx: Tx, most: int = AT_A_TIME) -> int:
    """The next days on which something was counted are added up. Returns how many: none when all
    are.
    """
    found = await tx.execute(
        "with gone as (delete from dirty_day where day in (select distinct day from dirty_day "
        "order by day limit %s) returning day) select distinct day from gone order by day",
        [most],
    )
    days = [day async for (day,) in found]
    for day in days:
        await tx.execute("delete from day_sum where day = %s", [day])
        await tx.execute(_ADDED.replace("{into}", _INTO), _bounds(day))
        await tx.execute("delete from day_total where day = %s", [day])
        await tx.execute(f"insert into day_total {_TOTAL}", _bounds(day))
    return len(days)


Total = tuple[date, str, str, str, str, int]
"""A day, a region, what, code and reason, and how often that counts: as `day_total` has it."""


async def totals_of(tx: Connection, days: Sequence[date]) -> dict[date, list[Total]]:
    """Each of *days* as it will be once it is added up, of everybody."""
    found: dict[date, list[Total]] = {day: [] for day in days}
    async for day, region, what, code, reason, count in await tx.execute(_OF_DAYS, {"days": days}):
        found[day].append((day, region, what, code, reason, count))
    return found


Day = Sequence[tuple[str, str, str, int]]
"""What, code and reason, and how often that counts on a day."""


async def days_as_added_up(
    tx: Connection, days: Sequence[date], region: str | None
) -> dict[date, Day]:
    """What was counted of everybody, or of that region, on each of *days*, as they are added up."""
    found: dict[date, list[tuple[str, str, str, int]]] = {day: [] for day in days}
    rows = await tx.execute(
        "select day, what, code, reason, sum(count)::int from day_total where day = any(%(days)s) "
        "and (%(region)s::text is null or region = %(region)s) group by 1, 2, 3, 4",
        {"days": days, "region": region},
    )
    async for day, what, code, reason, count in rows:
        found[day].append((what, code, reason, count))
    return dict(found)


async def untrue(reads: Reads, days: Iterable[date]) -> list[date]:
    """Those of *days* of which the sums are not those of the facts, and that nobody has marked."""
    wrong = []
    for day in days:
        async with reads.connection() as tx:
            if await _differs(tx, day):
                wrong.append(day)
    return wrong


async def _differs(tx: Connection, day: date) -> bool:
    added = _ADDED.replace("{into}", "").strip()
    found = await tx.execute(
        # One statement, so that nothing is counted between two looks.
        f"with raw as ({added}), kept as ({_KEPT} %(day)s), "  # noqa: S608  # our own words
        f"summed as ({_TOTAL}), total as (select day, region, what, code, reason, count "
        "from day_total where day = %(day)s) "
        "select not exists (select from dirty_day where day = %(day)s) and "
        "(exists (table raw except all table kept) or exists (table kept except all table raw) "
        "or exists (table summed except all table total) "
        "or exists (table total except all table summed))",
        _bounds(day),
    )
    return await found.fetchone() == (True,)


async def mark(tx: Tx, days: Iterable[date]) -> None:
    """They are added up anew."""
    for day in days:
        await tx.execute("insert into dirty_day values (%s)", [day])


async def days_with_facts(reads: Reads) -> list[date]:
    """Every day from the first on which something was counted to the last."""
    async with reads.connection() as tx:
        row = await (await tx.execute("select min(at), max(at) from fact")).fetchone()
    if row is None or row[0] is None:
        return []
    first, last = (at.astimezone(UTC).date() for at in row)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


async def counted_since(reads: Reads, since: datetime, most: int) -> list[UUID]:
    """Handoffs of which something was counted since then, the newest, at most so many."""
    async with reads.connection() as tx:
        found = await tx.execute(
            "select handoff from fact where at >= %s and handoff is not null "
            "group by handoff order by max(id) desc limit %s",
            [since, most],
        )
        return [id async for (id,) in found]


def _bounds(day: date) -> dict[str, object]:
    since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {"day": day, "since": since, "until": since + timedelta(days=1)}
