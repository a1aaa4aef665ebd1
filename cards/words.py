"""Times, names and numbers as people read them. A zone appears here and nowhere further in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol

from handoff.hours import Span, WorkingTime
from handoff.money import Money, decimals

WEEK = timedelta(days=6)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

THEY_READ = "the customer reads this"


def clock(at: datetime, zone: str) -> str:
    """10:00"""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.hour:02}:{local.minute:02}"


def day(at: datetime, zone: str) -> str:
    """Thu 26 Nov"""
    local = at.astimezone(ZoneInfo(zone))
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]}"


def when(at: datetime, zone: str) -> str:
    """Thu 26 Nov 10:00"""
    return f"{day(at, zone)} {clock(at, zone)}"


def date(at: datetime, zone: str, days: int = 0) -> str:
    """2026-11-26, so many *days* from then: what a date input takes"""
    return (at.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)).isoformat()


def soon(at: datetime, zone: str, now: datetime) -> str:
    """Thu 10:00 within a week of *now*, otherwise with the date."""
    if abs(at - now) > WEEK:
        return when(at, zone)
    return f"{DAYS[at.astimezone(ZoneInfo(zone)).weekday()]} {clock(at, zone)}"


def span(of: Span, zone: str) -> str:
    """Thu 26 Nov, 10:00 to 10:30"""
    return f"{day(of.start, zone)}, {clock(of.start, zone)} to {clock(of.end, zone)}"


def city(zone: str) -> str:
    """Lisbon, of Europe/Lisbon"""
    return zone.rpartition("/")[2].replace("_", " ")


def elsewhere(at: datetime, zone: str, home: str) -> str:
    """09:00 in Lisbon; with the day when it is another one there. Empty when the clocks agree."""
    there, here = at.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(home))
    if there.utcoffset() == here.utcoffset():
        return ""
    named = f"{DAYS[there.weekday()]} " if there.date() != here.date() else ""
    return f"{named}{there:%H:%M} in {city(zone)}"


def minutes(length: timedelta) -> str:
    return f"{int(length.total_seconds() // 60)} min"


def hours(length: timedelta) -> str:
    """4 hours, 1 hour, 30 minutes, 2.5 hours"""
    total = length.total_seconds() / 3600
    if total < 1:
        count = round(total * 60)
        return f"{count} minute{'s' * (count != 1)}"
    return f"{total:g} hour{'s' * (total != 1)}"


def working(length: timedelta) -> str:
    """4 working hours"""
    amount, unit = hours(length).split()
    return f"{amount} working {unit}"


def ahead(length: timedelta) -> str:
    """1 hour 20 minutes, 5 minutes, less than a minute: how long something that is near takes"""
    hours_, rest = divmod(int(length.total_seconds() // 60), 60)
    parts = [
        f"{count} {unit}{'s' * (count != 1)}"
        for count, unit in ((hours_, "hour"), (rest, "minute"))
        if count
    ]
    return " ".join(parts) or "less than a minute"


def week(time: WorkingTime) -> str:
    """Mon to Fri, 08:30 to 17:00, Madrid"""
    return f"{_days(sorted(time.days))}, {time.start:%H:%M} to {time.end:%H:%M}, {city(time.zone)}"


def _days(days: Sequence[int]) -> str:
    if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]} to {DAYS[days[-1]]}"
    return ", ".join(DAYS[d] for d in days)


def names(people: Sequence[str]) -> str:
    """Ravi, Rosa and Rita"""
    if len(people) < 2:
        return "".join(people)
    return f"{', '.join(people[:-1])} and {people[-1]}"


def amount(of: Money) -> str:
    """€48,000, US$1,500.50: as an English text writes it, for every reader. No decimals where there
    are none.
    """
    whole = of.amount == of.amount.to_integral_value()
    decimals_ = "" if whole else f".{'0' * decimals(of.currency)}"
    symbol = get_currency_symbol(of.currency, ENGLISH)
    apart = "\u00a0" if symbol[-1].isalpha() else ""
    return format_currency(
        of.amount, of.currency, f"¤{apart}#,##0{decimals_}", locale=ENGLISH, currency_digits=False
    )


ENGLISH = Locale("en", "001")  # the world's: a dollar says whose it is
