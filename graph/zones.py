"""Time zones as Microsoft names them and as everyone else does.

Outlook gives either Windows names ("Romance Standard Time") or IANA names ("Europe/Madrid").
The table is Unicode's, as kept by tzlocal.
"""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz


def iana(name: str | None) -> str | None:
    """The IANA name of a zone that Outlook named either way; None for one nobody knows."""
    if not name:
        return None
    if name in win_tz:
        return str(win_tz[name])
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return "UTC" if name == "tzone://Microsoft/Utc" else name
