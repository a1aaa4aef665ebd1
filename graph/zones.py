"""Time zones as Microsoft names them and as everyone else does.

Outlook gives either Windows names ("Romance Standard Time") or IANA names ("Europe/Madrid"). A
Windows name covers several countries; the table (Unicode's, as kept by tzlocal) has one city for
each. Where a person's country is known, a city of that country with the same clock is named.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import tz_win, win_tz

UTC_NAMES = frozenset({"tzone://Microsoft/Utc", "UTC", "Etc/UTC"})
MOMENTS = [datetime(2026, month, 15, tzinfo=UTC) for month in range(1, 13)]


@cache
def iana(name: str | None, country: str | None = None) -> str | None:
    """The IANA name of a zone that Outlook named either way; None for one nobody knows."""
    if not name:
        return None
    if name in UTC_NAMES:
        return "UTC"
    if name in win_tz:
        usual = str(win_tz[name])
        return next(_in_country(country, usual), usual) if country else usual
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return name


def windows(zone: str) -> str | None:
    """The Windows name of an IANA zone; None where it has none."""
    return "UTC" if zone in UTC_NAMES else tz_win.get(zone)


def _in_country(country: str, usual: str) -> Iterator[str]:
    """The country's zones whose clock is that of *usual*, its own first."""
    zones = _zones().get(country.upper(), [])
    if usual in zones:
        yield usual
    yield from (zone for zone in zones if _clock(zone) == _clock(usual))


def _clock(zone: str) -> list[object]:
    return [moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in MOMENTS]


@cache
def same_clock(one: str, other: str) -> bool:
    """Whether two zones, by IANA names, show the same time all year."""
    return _clock(one) == _clock(other)


@cache
def _zones() -> dict[str, list[str]]:
    """Zones by two-letter country, the most populous first, from the time zone database."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    zones: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            zones.setdefault(country, []).append(zone)
    return zones
