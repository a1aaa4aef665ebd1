"""Every figure that is shown, by name: what it counts, in a sentence, and of which facts. Pure.

One formula for all roles: of what was due, how much was kept. Whoever shows a figure, on a card, a
page or in a mail, takes it from here; what is not here cannot be shown.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from handoff.facts import STEPS, What
from handoff.policy import Promise

FEW = 10  # of fewer no part of a hundred is told
Z = 1.96  # of the interval in which 95 of 100 lie


class Unit(StrEnum):
    """What a figure is a number of."""

    COUNT = "count"  # so many
    SHARE = "share"  # so many of so many
    PER_HUNDRED = "per_hundred"  # so many for each hundred
    WORKING = "working"  # seconds of working time, of whoever it is
    PLAIN = "plain"  # seconds by the wall clock
    MONEY = "money"  # in the currency's minor units


class Whose(StrEnum):
    """Whose figure it is."""

    PERSON = "person"  # anybody's who owes something: rep, qualifier, manager, marketer
    REP = "rep"  # who takes the meetings
    QUALIFIER = "qualifier"  # who hands over
    POOL = "pool"  # those who share a rotation
    CAMPAIGN = "campaign"  # what brought the leads


@dataclass(frozen=True, slots=True, kw_only=True)
class Those:
    """The facts of these kinds; with *codes* only those of them."""

    what: tuple[What, ...]
    codes: frozenset[str] | None = None

    def fits(self, what: str, code: str) -> bool:
        return what in self.what and (self.codes is None or code in self.codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure. A share is *top* of *bottom*; a duration is that of the facts of *top*.

    Of a *cohort* the bottom are leads by when they were handed over, and the top those of them that
    have come so far by now, whenever that was: a step that was left out counts as passed.
    """

    code: str
    name: str
    says: str  # the sentence that defines it
    unit: Unit
    whose: tuple[Whose, ...]
    top: Those
    bottom: Those | None = None
    cohort: bool = False
    column: str = ""  # of a duration or an amount: which of a fact
    comes_to: Those | None = None  # what as many are, but for a few that nobody can tell

    def __hash__(self) -> int:
        """By its code, which is nobody else's: it is looked up very often."""
        return hash(self.code)

    @property
    def of_leads(self) -> bool:
        """Whether it says what became of leads, and not how anybody did: their campaign's."""
        return Whose.CAMPAIGN in self.whose


OWED = frozenset(one.value for one in Promise if one not in (Promise.INVITE, Promise.PREPARE))
"""What people promise. What Baton itself does for them is nobody's delay."""

DUE = (What.KEPT, What.LATE, What.OVERDUE, What.MISSED, What.PASSED_ON)
DONE = (What.KEPT, What.LATE)
ALL = (Whose.REP, Whose.QUALIFIER, Whose.POOL, Whose.CAMPAIGN)
HANDED_OVER = Those(what=(What.HANDED_OVER,))
ANSWER = frozenset({Promise.ANSWER.value})


def _step(step: What, name: str, says: str) -> Figure:
    return Figure(
        code=step.value, name=name, says=says, unit=Unit.COUNT, whose=ALL, top=Those(what=(step,))
    )


def _come(step: What, name: str, says: str) -> Figure:
    """Of those handed over, how many came so far."""
    further = STEPS[STEPS.index(step) :]
    return Figure(
        code=f"{step.value}_of_handed_over",
        name=name,
        says=says,
        unit=Unit.SHARE,
        whose=ALL,
        top=Those(what=further),
        bottom=HANDED_OVER,
        cohort=True,
    )


def _became(what: What, name: str, says: str) -> Figure:
    return Figure(
        code=what.value,
        name=name,
        says=says,
        unit=Unit.COUNT,
        whose=(Whose.PERSON,),
        top=Those(what=(what,), codes=OWED),
    )


FIGURES: tuple[Figure, ...] = (
    _step(What.BEGUN, "Leads", "Leads whose brief was complete in this time."),
    _step(
        What.HANDED_OVER,
        "Handed over",
        "Leads whose first invitation reached a rep's calendar in this time.",
    ),
    _step(What.ACCEPTED, "Accepted", "Leads to which a rep first said yes in this time."),
    _step(
        What.MET,
        "Met",
        "Leads of which it was first said in this time that somebody spoke with the prospect: at a "
        "meeting, which may have been before, or in a call.",
    ),
    _step(What.OPPORTUNITY, "Opportunities", "Leads that became a deal in this time."),
    _step(What.WON, "Won", "Deals that were won in this time."),
    _come(
        What.ACCEPTED,
        "Accepted, of handed over",
        "Of the leads handed over in this time, those to which a rep has said yes since.",
    ),
    _come(
        What.MET,
        "Met, of handed over",
        "Of the leads handed over in this time, those of which it has been said that somebody "
        "spoke with the prospect.",
    ),
    _come(
        What.OPPORTUNITY,
        "Opportunities, of handed over",
        "Of the leads handed over in this time, those that have become a deal since.",
    ),
    _come(
        What.WON,
        "Won, of handed over",
        "Of the leads handed over in this time, those that were won since.",
    ),
    Figure(
        code="kept_of_due",
        name="Kept in time",
        says="Of the promises that were kept or first overdue in this time, how many were kept in "
        "time. Not counted is what somebody could not be told of, and what was no longer needed.",
        unit=Unit.SHARE,
        whose=(Whose.PERSON, Whose.POOL),
        top=Those(what=(What.KEPT,), codes=OWED),
        bottom=Those(what=DUE, codes=OWED),
    ),
    _became(What.KEPT, "Kept", "Promises that were kept in time."),
    _became(What.LATE, "Kept late", "Promises that were first overdue in this time, and are kept."),
    _became(
        What.OVERDUE, "Overdue", "Promises that were first overdue in this time, and are open."
    ),
    _became(
        What.MISSED, "Missed", "Promises that were first overdue in this time, and never kept."
    ),
    _became(
        What.PASSED_ON,
        "Passed on",
        "Promises that somebody else was given because they were overdue.",
    ),
    _became(What.EXCUSED, "Excused", "Promises that were not kept in time, and are nobody's miss."),
    Figure(
        code="answered_in_time",
        name="Answered in time",
        says="Of the invitations whose answer was given or first overdue in this time, those "
        "answered in time.",
        unit=Unit.SHARE,
        whose=(Whose.REP, Whose.POOL),
        top=Those(what=(What.KEPT,), codes=ANSWER),
        bottom=Those(what=DUE, codes=ANSWER),
    ),
    Figure(
        code="answer_time",
        name="Time to answer",
        says="Working time of the rep from the invitation to the answer, of answers that count in "
        "this time: the median, and what nine of ten stay below.",
        unit=Unit.WORKING,
        whose=(Whose.REP, Whose.POOL),
        top=Those(what=DONE, codes=ANSWER),
        column="took_working",
    ),
    Figure(
        code="told_time",
        name="Time to reach the rep",
        says="From the choice of a time until the invitation was in the rep's calendar: Outlook's "
        "and Baton's own, nobody's working time.",
        unit=Unit.PLAIN,
        whose=(Whose.POOL,),
        top=Those(what=DONE, codes=frozenset({Promise.INVITE.value})),
        column="took",
        comes_to=HANDED_OVER,  # each handing over is an invitation that arrived
    ),
    Figure(
        code="lead_time",
        name="Time to hand over",
        says="From a complete brief until the first invitation was in a rep's calendar.",
        unit=Unit.PLAIN,
        whose=(Whose.QUALIFIER, Whose.CAMPAIGN),
        top=HANDED_OVER,
        column="took",
    ),
    Figure(
        code="lateness",
        name="How late",
        says="Working time from when a promise was due until it was kept, of those kept late.",
        unit=Unit.WORKING,
        whose=(Whose.PERSON,),
        top=Those(what=(What.LATE,), codes=OWED),
        column="late_working",
    ),
    Figure(
        code="took_place",
        name="Meetings that took place",
        says="Of the meetings of which somebody said in this time how they went, those at which "
        "rep and prospect were there.",
        unit=Unit.SHARE,
        whose=ALL,
        top=Those(what=(What.WENT,), codes=frozenset({"held"})),
        bottom=Those(what=(What.WENT,)),
    ),
    Figure(
        code="fell_through",
        name="Fell through",
        says="Meetings that were called off, or lost their invitation, before their time.",
        unit=Unit.COUNT,
        whose=ALL,
        top=Those(what=(What.FELL_THROUGH,)),
    ),
    Figure(
        code="sent_back",
        name="Sent back",
        says="How often leads went back to their qualifier, with the reason where one was given.",
        unit=Unit.COUNT,
        whose=ALL,
        top=Those(what=(What.SENT_BACK,)),
    ),
    Figure(
        code="ended",
        name="Ended",
        says="Leads that ended in this time, each by one code.",
        unit=Unit.COUNT,
        whose=ALL,
        top=Those(what=(What.ENDED,)),
    ),
    Figure(
        code="rerouted",
        name="Given away by hand, per 100",
        says="How often somebody gave a lead to another by hand, for each hundred handed over.",
        unit=Unit.PER_HUNDRED,
        whose=(Whose.POOL,),
        top=Those(what=(What.REROUTED,)),
        bottom=HANDED_OVER,
    ),
    Figure(
        code="exceptions",
        name="Exceptions, per 100",
        says="How often somebody let a rule wait, saying why, for each hundred leads handed over.",
        unit=Unit.PER_HUNDRED,
        whose=(Whose.POOL,),
        top=Those(what=(What.MADE_EXCEPTION,)),
        bottom=HANDED_OVER,
    ),
    Figure(
        code="reminded",
        name="Reminded",
        says="How often somebody was reminded of what they owe, before or when it was due.",
        unit=Unit.COUNT,
        whose=(Whose.PERSON,),
        top=Those(what=(What.REMINDED,)),
    ),
    Figure(
        code="chased",
        name="Told again",
        says="How often somebody was told again of what is long overdue.",
        unit=Unit.COUNT,
        whose=(Whose.PERSON,),
        top=Those(what=(What.CHASED,)),
    ),
    Figure(
        code="escalated",
        name="Asked to decide",
        says="How often a manager was asked to decide what was overdue.",
        unit=Unit.COUNT,
        whose=(Whose.PERSON,),
        top=Those(what=(What.ESCALATED,)),
    ),
    Figure(
        code="worth_won",
        name="Worth of deals won",
        says="What the deals won in this time are worth, each in its own currency: the amount of "
        "the deal in the CRM where Baton knows it, else what the brief says of a year.",
        unit=Unit.MONEY,
        whose=ALL,
        top=Those(what=(What.WON,)),
        column="worth",
    ),
)
BY_CODE: Mapping[str, Figure] = {one.code: one for one in FIGURES}
BECAME = ("kept_of_due", "kept", "late", "overdue", "missed", "passed_on", "excused")
"""What became of what somebody owed."""


# --- Values -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    top: int
    bottom: int

    @property
    def interval(self) -> tuple[float, float]:
        """Between which parts of one the share lies, in 95 of 100 worlds that look like this: after
        Wilson, 1927. Everything is possible where there is nothing.
        """
        n = self.bottom
        if n == 0:
            return 0.0, 1.0
        p = self.top / n
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    @property
    def told(self) -> str:
        """As people read it: of few no percentage, which would say more than is known."""
        if self.bottom < FEW:
            return f"{self.top} of {self.bottom}"
        return f"{round(100 * self.top / self.bottom)} % ({self.top:,} of {self.bottom:,})"


@dataclass(frozen=True, slots=True)
class Spread:
    """How long most took: never a mean, which one forgotten lead would make."""

    n: int
    median: int = 0  # seconds
    p90: int = 0


def spread(seconds: Collection[int]) -> Spread:
    """The median and what nine of ten stay below, each one of *seconds*."""
    if not seconds:
        return Spread(0)
    ordered, n = sorted(seconds), len(seconds)
    return Spread(n, ordered[math.ceil(n * 0.5) - 1], ordered[math.ceil(n * 0.9) - 1])


def spread_of(several: Collection[Sequence[int]]) -> Spread:
    """As `spread`, of *several* that are each in order: without putting all of them in order."""
    n = sum(map(len, several))
    if not n:
        return Spread(0)
    most = max(one[-1] for one in several if one)
    least = min(one[0] for one in several if one)

    def nth(count: int) -> int:
        return least + bisect_left(
            range(least, most),
            count,
            key=lambda seconds: sum(bisect_right(one, seconds) for one in several),
        )

    return Spread(n, nth(math.ceil(n * 0.5)), nth(math.ceil(n * 0.9)))


Value = int | Share | Spread | Mapping[str, int]
"""What a figure comes to: of money, by currency."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days of a *zone*: *since* belongs to it, *until* does not."""

    since: date
    until: date
    zone: str = "UTC"

    @property
    def begin(self) -> datetime:
        """The moment at which it begins."""
        return datetime.combine(self.since, time(), ZoneInfo(self.zone)).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The moment from which on nothing belongs to it."""
        return datetime.combine(self.until, time(), ZoneInfo(self.zone)).astimezone(UTC)

    @classmethod
    def week_of(cls, day: date) -> "Period":
        """Monday to Sunday."""
        monday = day - timedelta(days=day.weekday())
        return cls(monday, monday + timedelta(days=7))

    def weeks(self) -> Sequence["Period"]:
        """Each week that has a day in it: the cohorts."""
        first = Period.week_of(self.since).since
        count = (self.until - first).days // 7 + ((self.until - first).days % 7 > 0)
        return [Period.week_of(first + timedelta(days=7 * n)) for n in range(count)]


# --- Goals ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a figure is to come to, for somebody and a time."""

    figure: str  # its code
    of: str  # "person", "team", "pool", "campaign" or "organisation"
    whose: str  # id, code or key; empty for the organisation
    period: Period
    target: float  # so many; of a share, parts of a hundred


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A figure against its goal, and against the part of the time that is gone."""

    reached: float  # parts of one of the goal
    gone: float  # … of the time
    left: float  # what is still to come, as the goal counts

    @property
    def on_course(self) -> bool:
        return self.reached >= self.gone


def attained(goal: Goal, value: int | Share, at: datetime) -> Standing:
    """How *value* stands to *goal*. A share is to be so high at any time: all of it is due."""
    days = (goal.period.until - goal.period.since).days
    past = (at.date() - goal.period.since).days
    gone = min(1.0, max(0.0, past / days))
    if isinstance(value, Share):
        so_far = 100 * value.top / value.bottom if value.bottom else 0.0
        gone = 1.0 if value.bottom else 0.0
    else:
        so_far = float(value)
    return Standing(
        reached=so_far / goal.target if goal.target else 1.0,
        gone=gone,
        left=max(0.0, goal.target - so_far),
    )
