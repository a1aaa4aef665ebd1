"""How much of each limit a rep has used, counted on the rep's own calendar. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handoff.routing.inputs import Cap
from handoff.routing.policy import Limits

DAY = timedelta(days=1)


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
    if limits.day is not None:
        since = midnight(at, zone)
        found.append(Cap("day", _since(got, since), limits.day, _next(since, 1, zone)))
    week = monday(at, zone)
    if limits.week is not None:
        found.append(Cap("week", _since(got, week), limits.week, _next(week, 7, zone)))
    if limits.rolling is not None:
        length = timedelta(days=limits.rolling_days)
        inside = sorted(one.at for one in got if one.at > at - length)
        frees = inside[-limits.rolling] + length if len(inside) >= limits.rolling else None
        found.append(
            Cap("rolling", len(inside), limits.rolling, int(frees.timestamp()) if frees else None)
        )
    if limits.open is not None:
        found.append(Cap("open", open, limits.open))
    for tag in tags:
        if tag in limits.tags:
            used = sum(1 for one in got if one.at >= week and tag in one.tags)
            found.append(Cap(f"tag:{tag}", used, limits.tags[tag], _next(week, 7, zone)))
    return tuple(found)


def _since(got: Sequence[Got], since: datetime) -> int:
    return sum(1 for one in got if one.at >= since)


def _next(start: datetime, days: int, zone: str) -> int:
    """So many midnights later."""
    local = start.astimezone(ZoneInfo(zone)).date() + DAY * days
    return int(datetime.combine(local, time(), ZoneInfo(zone)).timestamp())
