"""RRULE as Graph's patternedRecurrence, where Graph has words for it; else day by day.

Graph says one pattern with one range. It takes the last day of a month that is too short for a
monthly day, where a rule leaves that month out; so days after the 28th cannot be said.

Every number of a rule is looked at before anything is made of it (RFC 5545, 3.3.10), and no rule
is followed further than can be waited for.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rrulestr

from sandbox.exchange.model import Pattern, Range, Recurrence
from sandbox.exchange.recurrence import DAYS, dates
from sandbox.ics.entry import Entry, Moment, day_of, moment_of, readable, several
from sandbox.ics.report import NOT_READABLE, UnsayableError, UnusableError
from sandbox.ics.zones import Zones
from sandbox.zones import zone

MOST_INSTANCES = 2000  # of a series that is spread out
MOST_STEPS = 100_000  # from its first time on
MOST_INTERVAL = 1_000_000
LONGEST = timedelta(days=366)  # that each time of a series may last
LAST_YEAR = 4500  # of Outlook's calendar: an end there is none
CYCLE = 400  # years, after which the calendar repeats itself to the day of the week

Rule = Any  # icalendar's vRecur: names of parts to lists of values

_WEEKDAYS = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), DAYS, strict=True))
_INDEXES = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_MONTHLY_PARTS = {"BYMONTHDAY", "BYMONTH", "BYSETPOS"}
_SAYABLE = {"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL", "WKST"} | _MONTHLY_PARTS
_BY_DAY = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_WITHIN_A_DAY = {"HOURLY": 24, "MINUTELY": 24 * 60, "SECONDLY": 24 * 60 * 60}
_NUMBERS = {  # from and to, and whether it is also counted from the end
    "INTERVAL": (1, MOST_INTERVAL, False),
    "COUNT": (1, math.inf, False),
    "BYSECOND": (0, 60, False),
    "BYMINUTE": (0, 59, False),
    "BYHOUR": (0, 23, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYMONTH": (1, 12, False),
    "BYSETPOS": (1, 366, True),
}
_MOST_A_DAY = 24 * 60
_MOST_VALUES = 400
_ONCE = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One time of a series."""

    start: datetime  # on the wall clock of its zone, aware
    lasts: timedelta | None  # where it says so itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What EXDATE and STATUS:CANCELLED take out of a series."""

    times: frozenset[datetime]  # UTC
    days: frozenset[date]  # whole days in the zone of the series

    def takes(self, local: datetime) -> bool:
        return local.astimezone(UTC) in self.times or local.date() in self.days


def recurs(entry: Entry) -> bool:
    return "RRULE" in entry or "RDATE" in entry


def recurrence(entry: Entry, start: Moment) -> Recurrence:
    """What Graph would say. Raises UnsayableError when it could not, UnusableError for nonsense."""
    readable(entry, "RRULE", "RDATE", "EXRULE")
    rules = several(entry, "RRULE")
    for rule in (*rules, *several(entry, "EXRULE")):
        check(rule)
    if len(rules) != 1 or "RDATE" in entry or "EXRULE" in entry:
        raise UnsayableError("several rules or single days together")
    if not start.named:
        raise UnsayableError("in which zone it repeats")
    (rule,) = rules
    strange = {str(name).upper() for name in rule} - _SAYABLE
    if strange:
        raise UnsayableError(", ".join(sorted(strange)))
    if "COUNT" in rule and "UNTIL" in rule:
        raise UnsayableError("an end by number and by date together")
    own = start.local if start.all_day else start.at.astimezone(zone(start.zone))
    if _over(rule, start):
        raise UnusableError("its rule ends before it begins")
    if start.skipped:
        raise UnsayableError("a first time that the clocks of its zone skip")
    said = Recurrence(pattern=_pattern(rule, own.date()), range=_range(rule, own, start))
    if next(dates(said, until=own.date() + timedelta(days=366 * 4)), None) != own.date():
        raise UnsayableError("a first day outside its rule")
    return said


def _over(rule: Rule, start: Moment) -> bool:
    """Whether UNTIL lies before the first time: some calendars take all of a series away so."""
    until = _one(rule, "UNTIL")
    if until is None or until.year >= LAST_YEAR:
        return False
    if not isinstance(until, datetime):
        return bool(until < start.wall.date())
    if start.all_day:
        return until.date() < start.wall.date() - timedelta(days=1)
    return until < (start.at if until.tzinfo else start.wall)


def check(rule: Rule) -> None:
    """Raises UnusableError for a rule that no calendar could follow; the message names its part."""
    _check_numbers(rule)
    kind = str(_one(rule, "FREQ")).upper()
    if kind not in _BY_DAY | _WITHIN_A_DAY.keys():
        raise UnusableError(f"its rule has no FREQ that there is: {kind}")
    if kind in _WITHIN_A_DAY and any(str(name).upper().startswith("BY") for name in rule):
        raise UnusableError(f"no calendar repeats by the {kind[:-2].lower()} on chosen days")
    a_day = math.prod(len(rule.get(name, [0])) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if a_day > _MOST_A_DAY:
        raise UnusableError(f"it takes place more than {_MOST_A_DAY} times a day")


def _check_numbers(rule: Rule) -> None:
    for name, values in rule.items():
        if len(values) > (1 if name in _ONCE else _MOST_VALUES):
            raise UnusableError(f"its rule says {len(values)} times {name}")
    for name, (low, high, also_back) in _NUMBERS.items():
        for number in _values(rule, name):
            if not low <= (abs(number) if also_back else number) <= high:
                raise UnusableError(f"its rule says {name}={number}, which is not possible")
    for said in rule.get("BYDAY", []):
        if str(said)[-2:].upper() not in _WEEKDAYS or abs(_day(str(said))[0]) > 53:
            raise UnusableError(f"its rule says BYDAY={said}, which is not possible")


def instances(
    entry: Entry, start: Moment, zones: Zones, since: datetime, until: datetime
) -> list[Instance]:
    """The times between the two of any rule there is, EXDATE not regarded, in order.

    Raises UnusableError for nonsense and for more than can be worked with.
    """
    early, late = _naive(since, start), _naive(until, start)
    found: dict[datetime, timedelta | None] = {start.wall: None}
    for rule in several(entry, "RRULE"):
        found |= dict.fromkeys(_followed(rule, start, early, late))
    for dated in several(entry, "RDATE"):
        found |= dict(_dates(dated, start, zones))
    for rule in several(entry, "EXRULE"):
        for wall in _followed(rule, start, early, late):
            found.pop(wall, None)
    walls = sorted(wall for wall in found if early <= wall <= late)
    return [
        Instance(start=wall.replace(tzinfo=start.local.tzinfo), lasts=found[wall]) for wall in walls
    ]


def gaps(entry: Entry, start: Moment, zones: Zones, starts: set[time]) -> Gaps:
    """What EXDATE takes out of a series that begins at these times of the day.

    Raises UnusableError when it cannot be read.
    """
    readable(entry, "EXDATE")
    times, days = set(), set()
    for dated in several(entry, "EXDATE"):
        for one in dated.dts:
            try:
                moment = moment_of(one.dt, dated.params.get("TZID"), zones)
            except UnusableError:
                continue  # what is in no calendar need not be taken out of one
            at, day = meant(moment, start, zones, starts)
            if day:
                days.add(day)
            else:
                times.add(at)
    return Gaps(times=frozenset(times), days=frozenset(days))


def meant(
    said: Moment, start: Moment, zones: Zones, starts: set[time]
) -> tuple[datetime, date | None]:
    """Which time of a series an EXDATE or a RECURRENCE-ID means, and the day when it means one.

    A date is that day in the series' own zone. So is a midnight at which nothing of it begins: some
    programs write a date like that. A time without a zone is on the clock of the series, or of the
    calendar where nothing of the series begins then.
    """
    if start.all_day:
        return said.at, day_of(said, zones) or said.wall.date()
    if said.all_day:
        return said.at, said.wall.date()
    own = start.local.tzinfo
    clocks = (own, said.local.tzinfo) if said.floats else (said.local.tzinfo,)
    found = [said.wall.replace(tzinfo=clock).astimezone(UTC) for clock in clocks]
    for at in found:
        if at.astimezone(own).time() in starts:
            return at, None
    return found[0], said.wall.date() if said.wall.time() == time() else None


def _followed(rule: Rule, start: Moment, early: datetime, late: datetime) -> Iterator[datetime]:
    """Wall times between the two. dateutil looks for the next until year 9999, however long that
    takes; so it is asked about the last years before, which have the same weeks.
    """
    shift = (date.max.year - late.year) // CYCLE * CYCLE
    kind, interval = str(_one(rule, "FREQ")).upper(), int(_one(rule, "INTERVAL") or 1)
    first = start.wall
    if first > late:
        return
    if kind in _WITHIN_A_DAY:  # each is as long after the one before
        step = timedelta(days=1) / _WITHIN_A_DAY[kind] * interval
        if "COUNT" not in rule:
            first += step * max(0, (early - first) // step)
        if min((late - first) // step, _one(rule, "COUNT") or math.inf) > MOST_STEPS:
            raise UnusableError(
                f"it takes place each {kind[:-2].lower()}: more often than {MOST_STEPS} times"
            )
    try:
        text = _on_the_wall(rule, start, shift)
        every = iter(rrulestr(text, dtstart=_shifted(first, shift)))
        begin, end = _shifted(early, shift), _shifted(late, shift)
        counted = 0
        for steps, at in enumerate(itertools.takewhile(lambda one: one <= end, every)):
            if steps == MOST_STEPS:
                raise UnusableError(f"it has taken place more than {MOST_STEPS} times until now")
            counted += at >= begin
            if counted > MOST_INSTANCES:
                raise UnusableError(f"it takes place more than {MOST_INSTANCES} times in two years")
            yield _shifted(at, -shift)
    except NOT_READABLE as problem:
        raise UnusableError(f"its rule cannot be understood: {problem}") from problem


def _shifted(at: datetime, years: int) -> datetime:
    return at.replace(year=at.year + years)


def _dates(dated: Any, start: Moment, zones: Zones) -> Iterator[tuple[datetime, timedelta | None]]:
    """Times of the day and how long they last where they say so."""
    for one in dated.dts:
        begins, lasts = one.dt, None
        if isinstance(begins, tuple):
            begins, ends = begins
            lasts = ends if isinstance(ends, timedelta) else ends - begins
            if not timedelta() <= lasts <= LONGEST:
                raise UnusableError(f"one of its times lasts {lasts} (RDATE)")
        moment = moment_of(begins, dated.params.get("TZID"), zones)
        if moment.all_day or start.all_day:
            yield datetime.combine(moment.wall.date(), start.wall.time()), lasts
        else:
            yield moment.wall if moment.floats else _naive(moment.at, start), lasts


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
    if until.year >= LAST_YEAR:
        return Range(type="noEnd", start=own.date(), zone=start.zone)
    if isinstance(until, datetime):
        last = until.astimezone(own.tzinfo) if until.tzinfo else until.replace(tzinfo=own.tzinfo)
        early = not start.all_day and last.time() < own.time()
        end = last.date() - timedelta(days=1) if early else last.date()
    return Range(type="endDate", start=own.date(), end=max(end, own.date()), zone=start.zone)


def _one(rule: Rule, name: str) -> Any:
    found = rule.get(name)
    return found[0] if isinstance(found, list) else found


def _values(rule: Rule, name: str) -> list[int]:
    try:
        return [int(one) for one in rule.get(name, [])]
    except NOT_READABLE as problem:
        raise UnusableError(
            f"its rule says {name}={rule.get(name)}, which is no number"
        ) from problem


def _day(said: str) -> tuple[int, str]:
    """2TU is the second Tuesday; TU every Tuesday, written 0 here."""
    return int(said[:-2] or 0), _WEEKDAYS[said[-2:].upper()]


def _on_the_wall(rule: Rule, start: Moment, shift: int) -> str:
    """The rule with its end on the wall clock, as dateutil wants it for a start without a zone, so
    many years later. A date is the whole of that day.
    """
    said = rule.to_ical().decode().split(";")
    parts = [part for part in said if not part.upper().startswith("UNTIL=")]
    until = _one(rule, "UNTIL")
    if until is None or until.year >= LAST_YEAR:
        return ";".join(parts)
    if not isinstance(until, datetime):
        until = datetime.combine(until, time.max)
    wall = _naive(until, start) if until.tzinfo else until
    return ";".join([*parts, f"UNTIL={_shifted(wall, shift):%Y%m%dT%H%M%S}"])


def _naive(at: datetime, start: Moment) -> datetime:
    return at.astimezone(start.local.tzinfo).replace(tzinfo=None)
