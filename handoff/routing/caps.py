"""How much of each limit a rep has used, counted on the rep's own calendar. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handoff.routing.inputs import POOL, Cap
from handoff.routing.policy import Limits, PoolLimits

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Got:
    """A lead that counts: when, and what it was."""

    at: datetime
    tags: frozenset[str] = frozenset()


def midnight(at: datetime, zone: str) -> datetime:
    """The beginning of the day there, UTC."""
    local = at.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date(), time(), ZoneInfo(zone)).astimezone(UTC)


def monday(at: datetime, zone: str) -> datetime:
    """The beginning of the week there, UTC."""
    local = at.astimezone(ZoneInfo(zone))
    day = local.date() - DAY * local.weekday()
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def caps(
    limits: Limits, *, got: Sequence[Got], open: int, tags: Iterable[str], zone: str, at: datetime
) -> tuple[Cap, ...]:
    """Every limit that is set, stacked: one that is reached is enough. A day and a week end at the
    rep's own midnight, also where the clocks change.
    """
    found = []
    times = [one.at for one in got]
    if limits.hour is not None:
        found.append(_rolling("hour", times, limits.hour, HOUR, at))
    if limits.day is not None:
        since = midnight(at, zone)
        found.append(Cap("day", _since(got, since), limits.day, _next(since, 1, zone)))
    week = monday(at, zone)
    if limits.week is not None:
        found.append(Cap("week", _since(got, week), limits.week, _next(week, 7, zone)))
    if limits.rolling is not None:
        length = timedelta(days=limits.rolling_days)
        found.append(_rolling("rolling", times, limits.rolling, length, at))
    if limits.open is not None:
        found.append(Cap("open", open, limits.open))
    for tag in tags:
        if tag in limits.tags:
            used = sum(1 for one in got if one.at >= week and tag in one.tags)
            found.append(Cap(f"tag:{tag}", used, limits.tags[tag], _next(week, 7, zone)))
    return tuple(found)


def pool_caps(limits: PoolLimits, given: Sequence[datetime], at: datetime) -> tuple[Cap, ...]:
    """Every limit of the pool that is set, which each of its reps has; *given* is when it got its
    leads.
    """
    each = (("hour", limits.hour, HOUR), ("day", limits.day, DAY), ("week", limits.week, 7 * DAY))
    return tuple(
        _rolling(f"{POOL}{kind}", given, most, length, at)
        for kind, most, length in each
        if most is not None
    )


def _rolling(kind: str, got: Iterable[datetime], most: int, length: timedelta, at: datetime) -> Cap:
    """A limit in any stretch of that length; it frees when the oldest that counts has aged."""
    inside = sorted(one for one in got if one > at - length)
    frees = inside[-most] + length if len(inside) >= most else None
    return Cap(kind, len(inside), most, int(frees.timestamp()) if frees else None)


def _since(got: Sequence[Got], since: datetime) -> int:
    return sum(1 for one in got if one.at >= since)


def _next(start: datetime, days: int, zone: str) -> int:
    """So many midnights later."""
    local = start.astimezone(ZoneInfo(zone)).date() + DAY * days
    return int(datetime.combine(local, time(), ZoneInfo(zone)).timestamp())
