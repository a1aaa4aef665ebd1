"""The report of a week that is over: what it says of the organisation, of whoever reads it and of
those below them, and which three things changed. Pure.

It has no formula of its own: each number is a figure of handoff/figures.py, for a time. A week is
over when it is in the organisation's own zone.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handoff.figures import BY_CODE, Figure, Period, Share, Value
from handoff.hours import WorkingTime
from handoff.model import Person, Role
from handoff.policy import Promise
from handoff.scope import By

DEFINITION = 1
"""Which figures, of which times, stand in it. Another once a report means something else."""

SETTLES = timedelta(minutes=5)
"""From the moment up to which it counts until it is made: what was decided before is written by
then, so that it is the same however often it is made.
"""
SALES = frozenset({Role.QUALIFIER, Role.REP, Role.MANAGER, Role.MARKETER, Role.LEADER})
"""Whoever is one of these has it, also who did nothing that week."""


@dataclass(frozen=True, slots=True)
class Item:
    """A figure of a report, parted *by* something or not. It is of the week itself, or of so many
    weeks *back*, where a lead takes its time.
    """

    figure: str
    by: By | None = None
    back: int = 0
    codes: frozenset[str] | None = None  # of its parts, where only some belong here

    @property
    def key(self) -> str:
        return f"{self.figure}-{self.by.value}" if self.by else self.figure

    @property
    def of(self) -> Figure:
        return BY_CODE[self.figure]

    def period(self, week: Period) -> Period:
        gone = timedelta(weeks=self.back)
        return Period(week.since - gone, week.until - gone, week.zone)


UNSAID = frozenset(
    one.value
    for one in (
        *(Promise.OUTCOME, Promise.NEXT_STEP, Promise.REASON, Promise.PROGRESS, Promise.FIT),
        *(Promise.SETTLE, Promise.REWORK),
    )
)
"""Promises to say something without which nobody knows how a lead stands."""
TALKS, DEALS = 4, 12  # weeks until most have been spoken with, and until most deals are decided


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    title: str
    items: tuple[Item, ...]
    drawn: frozenset[str]  # keys of those that its picture draws


SECTIONS = (
    Section(
        "conversion",
        "Conversion",
        (
            Item("handed_over"),
            Item("accepted_of_handed_over"),
            Item("met_of_handed_over", back=TALKS),
            Item("opportunity_of_handed_over", back=TALKS),
            Item("won_of_handed_over", back=DEALS),
        ),
        frozenset(f"{step}_of_handed_over" for step in ("accepted", "met", "opportunity", "won")),
    ),
    Section(
        "went_off",
        "Appointments that took place",
        (Item("took_place"), Item("met")),
        frozenset({"took_place"}),
    ),
    Section(
        "fell_through",
        "Appointments that fell through, by cause",
        (
            Item("fell_through"),
            Item("fell_through", By.CODE),
            Item("took_place", By.CODE),
            Item("sent_back"),
            Item("sent_back", By.REASON),
        ),
        frozenset({"fell_through-code", "took_place-code", "sent_back-reason"}),
    ),
    Section(
        "missing",
        "Missing data",
        (Item("overdue", By.CODE, codes=UNSAID),),
        frozenset({"overdue-code"}),
    ),
    Section(
        "successes",
        "Successes",
        (Item("opportunity"), Item("won"), Item("worth_won"), Item("kept_of_due")),
        frozenset({"opportunity", "won"}),
    ),
)
"""The five, always in this order."""
ITEMS: tuple[Item, ...] = tuple(item for section in SECTIONS for item in section.items)
OWN: tuple[Item, ...] = (
    *(Item("handed_over"), Item("accepted"), Item("took_place"), Item("fell_through")),
    *(Item("sent_back"), Item("opportunity"), Item("won"), Item("kept_of_due"), Item("overdue")),
)
"""What stands in a line of its own: of a person, a team, a campaign."""
BACK_BY_REASON = Item("sent_back", By.REASON)
BY_SEGMENT: tuple[Item, ...] = tuple(
    Item(figure, By.SEGMENT)
    for figure in ("handed_over", "accepted", "took_place", "sent_back", "won")
)
OF_CAMPAIGN: tuple[Item, ...] = (*OWN, BACK_BY_REASON, *BY_SEGMENT)
"""What stands in the line of a campaign: its owner sees its leads, so none of it is of too few."""
BY_KEY: Mapping[str, Item] = {item.key: item for item in (*OF_CAMPAIGN, *ITEMS)}


@dataclass(frozen=True, slots=True)
class Told:
    """What a figure came to. None where it is not shown, for it is about too few people."""

    whole: Value | None
    parts: Mapping[str, Value | None]

    @property
    def parts_shown(self) -> bool:
        """Whether all are: what others became later would tell of one that is not."""
        return None not in self.parts.values()


Numbers = Mapping[str, Told]
"""By the key of the item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a report says of one *kind* of thing, and said of the week before: "organisation",
    "below" whoever it is, a "team" by who leads it, a "person", a "campaign" by its key.
    """

    kind: str
    whose: str = ""
    reader: str = ""  # for whom alone it is; empty where it is the same for all
    now: Numbers
    before: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report as one person was sent it. It never changes; what is otherwise by now is shown as
    such beside it.
    """

    week: Period
    made_at: datetime
    cut_off: datetime  # what was known then is in it
    definition: int
    policy: int  # version
    organisation: Line
    own: Line | None = None
    below: Line | None = None
    teams: tuple[Line, ...] = ()
    people: tuple[Line, ...] = ()
    campaigns: tuple[Line, ...] = ()


# --- When -------------------------------------------------------------------------------------


def week_over(at: datetime, zone: str) -> Period:
    """The last week that is over *at* then: Monday to Monday, on the clocks of *zone*."""
    monday = Period.week_of(at.astimezone(ZoneInfo(zone)).date()).since
    return Period(monday - timedelta(days=7), monday, zone)


def cut_off(week: Period, at: datetime) -> datetime | None:
    """Up to when a report that is made *at* then counts; None while it is too early to make it."""
    known = at - SETTLES
    return known if known >= week.end else None


def due(hours: WorkingTime, week: Period) -> datetime:
    """When somebody is to have it: when they begin to work after the week, on their own clocks, and
    not before it is over. Who is away then has it when they are back.
    """
    monday = datetime.combine(week.until, time(), ZoneInfo(hours.zone))
    return hours.next_at_work(max(monday.astimezone(UTC), week.end))


def gets(person: Person) -> bool:
    """Whether the report is for them."""
    return person.present and not SALES.isdisjoint(person.roles)


# --- What changed -----------------------------------------------------------------------------

CHANGES = 3
NOTED = 1.0  # standard deviations; less is what a week like the one before looks like too
CHANGING = (
    *("handed_over", "took_place", "met", "fell_through", "sent_back"),
    *("opportunity", "won", "kept_of_due"),
)
"""What may be said to have changed. What follows from another is not said twice."""


@dataclass(frozen=True, slots=True)
class Change:
    figure: str
    now: int | Share
    before: int | Share
    size: float  # in standard deviations; less than nothing where it went down


def changes(line: Line, among: Collection[str] = CHANGING) -> tuple[Change, ...]:
    """The three that changed most since the week before, the largest first; fewer where the others
    are what they were but for chance. It says nothing of good or bad: one week proves neither.
    """
    found = []
    for key in among:
        now, before = line.now.get(key), line.before.get(key)
        if now is None or before is None:
            continue
        size = _size(now.whole, before.whole)
        if size is not None and abs(size) >= NOTED:
            assert isinstance(now.whole, int | Share)
            assert isinstance(before.whole, int | Share)
            found.append(Change(key, now.whole, before.whole, size))
    found.sort(key=lambda one: -abs(one.size))
    return tuple(found[:CHANGES])


def _size(now: Value | None, before: Value | None) -> float | None:
    """How far apart they are, measured by how far apart two such weeks are by chance."""
    if isinstance(now, int) and isinstance(before, int):
        return (now - before) / math.sqrt(now + before) if now + before > 0 else None
    if isinstance(now, Share) and isinstance(before, Share) and now.bottom and before.bottom:
        all_ = now.bottom + before.bottom
        share = (now.top + before.top) / all_
        spread = math.sqrt(share * (1 - share) * (1 / now.bottom + 1 / before.bottom))
        return (now.top / now.bottom - before.top / before.bottom) / spread if spread else None
    return None


# --- What is otherwise by now -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Correction:
    """What a report said, and what the same figure comes to by now."""

    key: str
    part: str  # empty for the whole
    sent: Value | None
    now: Value | None


def corrections(sent: Numbers, now: Numbers) -> tuple[Correction, ...]:
    """What is otherwise than it was sent, in the order in which it stands there. Nothing is said of
    parts that are not shown, now or as they were sent.
    """
    found = []
    for key, told in sent.items():
        other = now.get(key)
        if other is None:
            continue
        if told.whole != other.whole:
            found.append(Correction(key, "", told.whole, other.whole))
        if not (told.parts_shown and other.parts_shown):
            continue
        for part in sorted(told.parts.keys() | other.parts.keys()):
            was, is_ = told.parts.get(part), other.parts.get(part)
            if was != is_:
                found.append(Correction(key, part, was, is_))
    return tuple(found)


def monday_of(said: str) -> date | None:
    """The Monday that is written so; None where it is none."""
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return None
    return day if day.weekday() == 0 and len(said) == 10 else None
