"""Time zones by the names that Microsoft 365 uses: Windows names and IANA names.

https://learn.microsoft.com/graph/api/resources/datetimetimezone
"""

import functools
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON


class UnknownZoneError(Exception):
    """The name is neither a Windows nor an IANA zone."""


@functools.cache
def zone(name: str) -> ZoneInfo:
    """Raises UnknownZoneError."""
    if name in WINDOWS_TO_OLSON:
        return ZoneInfo(WINDOWS_TO_OLSON[name])
    if name in _iana():
        return ZoneInfo(name)
    by_lower = {known.lower(): known for known in (*WINDOWS_TO_OLSON, *_iana())}
    if name.lower() in by_lower:  # Graph does not mind the case
        return zone(by_lower[name.lower()])
    raise UnknownZoneError(name)


def windows_names() -> list[str]:
    return sorted(WINDOWS_TO_OLSON)


def iana_names() -> list[str]:
    return sorted(_iana())


@functools.cache
def _iana() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "Factory", "posixrules"}
