"""RRULE as Graph's patternedRecurrence, where Graph has words for it.

Graph says one pattern with one range. It takes the last day of a month that is too short for a
monthly day, where a rule leaves that month out; so days after the 28th cannot be said.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr

from sandbox.exchange.model import Pattern, Range, Recurrence
from sandbox.exchange.recurrence import DAYS, dates
from sandbox.ics.entry import Entry, Moment, readable, several
from sandbox.ics.report import UnsayableError, UnusableError
from sandbox.zones import zone

MOST_INSTANCES = 1000

Rule = Any  # icalendar's vRecur: names of parts to lists of values

_WEEKDAYS = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), DAYS, strict=True))
_INDEXES = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_MONTHLY_PARTS = {"BYMONTHDAY", "BYMONTH", "BYSETPOS"}
_SAYABLE = {"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL", "WKST"} | _MONTHLY_PARTS


def recurs(entry: Entry) -> bool:
    return "RRULE" in entry or "RDATE" in entry


def recurrence(entry: Entry, start: Moment) -> Recurrence:
    """What Graph would say. Raises UnsayableError when it could not, UnusableError for nonsense."""
    readable(entry, "RRULE", "RDATE")
    rules = several(entry, "RRULE")
    if len(rules) != 1 or "RDATE" in entry or "EXRULE" in entry:
        raise UnsayableError("several rules or single days together")
    if not start.named:
        raise UnsayableError("in which zone it repeats")
    (rule,) = rules
    strange = {str(name).upper() for name in rule} - _SAYABLE
    if strange:
        raise UnsayableError(", ".join(sorted(strange)))
    own = start.local if start.all_day else start.at.astimezone(zone(start.zone))
    if start.at.astimezone(start.local.tzinfo).replace(tzinfo=None) != start.local.replace(
        tzinfo=None
    ):
        raise UnsayableError("a first time that the clocks of its zone skip")
    said = Recurrence(pattern=_pattern(rule, own.date()), range=_range(rule, own, start))
    if next(dates(said, until=own.date() + timedelta(days=366 * 4)), None) != own.date():
        raise UnsayableError("a first day outside its rule")
    return said


def instances(entry: Entry, start: Moment, since: datetime, until: datetime) -> Iterator[datetime]:
    """Local starts between the two, of any rule there is. Raises UnusableError for nonsense."""
    first = start.local.replace(tzinfo=None)
    found = {first}
    for rule in several(entry, "RRULE"):
        try:
            every = rrulestr(_on_the_wall(rule.to_ical().decode(), start), dtstart=first)
        except ValueError as problem:
            raise UnusableError(f"its rule cannot be understood: {problem}") from problem
        between = every.between(_naive(since, start), _naive(until, start), inc=True)
        found |= set(between[:MOST_INSTANCES])
    for dated in several(entry, "RDATE"):
        found |= {_naive_day(one.dt, start) for one in dated.dts}
    for local in sorted(found):
        if _naive(since, start) <= local <= _naive(until, start):
            yield local.replace(tzinfo=start.local.tzinfo)


def _pattern(rule: Rule, start: date) -> Pattern:
    kind = str(_one(rule, "FREQ"))
    interval = int(_one(rule, "INTERVAL") or 1)
    days = [_day(str(one)) for one in rule.get("BYDAY", [])]
    plain_days = {place for place, _ in days} <= {0} and not _MONTHLY_PARTS & set(rule)
    match kind:
        case "DAILY" if plain_days and not days:
            return Pattern(type="daily", interval=interval)
        case "DAILY" if plain_days and interval == 1:
            return Pattern(type="weekly", days=tuple(name for _, name in days))
        case "WEEKLY" if plain_days:
            named = tuple(name for _, name in days) or (DAYS[start.weekday()],)
            first = _WEEKDAYS[str(_one(rule, "WKST") or "MO")]
            return Pattern(type="weekly", interval=interval, days=named, first_day=first)
        case "MONTHLY" if "BYMONTH" not in rule:
            return replace(_in_month("Monthly", rule, start, days), interval=interval)
        case "YEARLY" if len(rule.get("BYMONTH", [0])) == 1:
            month = int(rule.get("BYMONTH", [start.month])[0])
            return replace(_in_month("Yearly", rule, start, days), interval=interval, month=month)
    raise UnsayableError(f"such a {kind.lower()} rule")


def _in_month(kind: str, rule: Rule, start: date, days: list[tuple[int, str]]) -> Pattern:
    if not days:
        on = [int(one) for one in rule.get("BYMONTHDAY", [start.day])]
        if len(on) != 1 or not 1 <= on[0] <= 28 or "BYSETPOS" in rule:
            raise UnsayableError("such days of a month")
        return Pattern(type=f"absolute{kind}", day=on[0])
    places = {place for place, _ in days} | {int(one) for one in rule.get("BYSETPOS", [])}
    places.discard(0)
    if len(places) != 1 or "BYMONTHDAY" in rule or (len(days) > 1 and "BYSETPOS" not in rule):
        raise UnsayableError("such days of a month")
    (place,) = places
    if place not in _INDEXES:
        raise UnsayableError("a fifth day of a month")
    if kind == "Yearly" and "BYMONTH" not in rule:
        raise UnsayableError("a day counted over the year")
    named = tuple(name for _, name in days)
    return Pattern(type=f"relative{kind}", days=named, index=_INDEXES[place])


def _range(rule: Rule, own: datetime, start: Moment) -> Range:
    until, count = _one(rule, "UNTIL"), _one(rule, "COUNT")
    if count:
        return Range(type="numbered", start=own.date(), count=int(count), zone=start.zone)
    if until is None:
        return Range(type="noEnd", start=own.date(), zone=start.zone)
    end = until
    if isinstance(until, datetime):
        last = until.astimezone(own.tzinfo) if until.tzinfo else until.replace(tzinfo=own.tzinfo)
        early = not start.all_day and last.time() < own.time()
        end = last.date() - timedelta(days=1) if early else last.date()
    return Range(type="endDate", start=own.date(), end=max(end, own.date()), zone=start.zone)


def _one(rule: Rule, name: str) -> Any:
    found = rule.get(name)
    return found[0] if isinstance(found, list) else found


def _day(said: str) -> tuple[int, str]:
    """2TU is the second Tuesday; TU every Tuesday, written 0 here."""
    return int(said[:-2] or 0), _WEEKDAYS[said[-2:].upper()]


def _on_the_wall(rule: str, start: Moment) -> str:
    """The rule with its end on the wall clock, as dateutil wants it for a start without a zone."""
    parts = []
    for part in rule.split(";"):
        name, _, value = part.partition("=")
        if name == "UNTIL" and value.endswith("Z"):
            until = datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            parts.append(f"UNTIL={_naive(until, start):%Y%m%dT%H%M%S}")
        else:
            parts.append(part)
    return ";".join(parts)


def _naive(at: datetime, start: Moment) -> datetime:
    return at.astimezone(start.local.tzinfo).replace(tzinfo=None)


def _naive_day(found: date | datetime, start: Moment) -> datetime:
    if not isinstance(found, datetime):
        return datetime.combine(found, start.local.time())
    return _naive(found, start) if found.tzinfo else found
