"""The part of the policy that says who gets a lead, as values. Written in policy/routing.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from handoff import addresses
from handoff.money import Money
from handoff.routing.inputs import LEAD, Mode

KINDS = ("region", "segment", "language", "product", "skill")
"""What a lead can be, and what a pool or a rep can be for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """Something a lead is when what is known of it says so: region EMEA, segment Enterprise."""

    kind: str  # of KINDS
    name: str
    zones: tuple[str, ...] = ()  # beginnings of the prospect's zone: "Europe/"
    domains: tuple[str, ...] = ()  # ends of the contact's address: ".de"
    campaigns: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()  # words in needs, pains, request or current solution
    value_from: Money | None = None
    value_below: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which leads go to which pool. The first rule that fits decides."""

    name: str
    to: str  # code of a pool
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # kind to any of these names
    value_from: Money | None = None
    value_below: Money | None = None
    first: tuple[str, ...] = ("owner", "pair")  # who goes before whoever is next

    @property
    def fits_all(self) -> bool:
        return not self.when and self.value_from is None and self.value_below is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many leads one rep may get. None for no limit."""

    hour: int | None = None  # in any hour
    day: int | None = None  # the rep's own day, to midnight
    week: int | None = None  # the rep's own week, from Monday
    rolling: int | None = None  # in any `rolling_days`
    rolling_days: int = 30
    open: int | None = None  # handed over and not ended
    tags: Mapping[str, int] = field(default_factory=dict)  # a week, of leads that are this


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """How many leads a pool may get, all its reps together. None for no limit."""

    hour: int | None = None  # in any hour
    day: int | None = None  # in any 24 hours, for its reps' days may begin at different times
    week: int | None = None  # in any seven days


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """What happens to a lead when nobody in the pool can take it."""

    how: str = "hold"  # "hold", "next" (another pool) or "owner" (a person)
    hold: timedelta = timedelta(hours=24)
    pool: str | None = None
    owner: str | None = None  # mail address; who has it when holding ends, too


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTerms:
    """How one pool takes turns."""

    counter: str
    mode: Mode = Mode.FLEXIBLE
    within: int = LEAD
    weight: int = 100
    limits: Limits = Limits()
    at_most: PoolLimits = PoolLimits()
    overflow: Overflow = Overflow()
    needs: tuple[str, ...] = ()  # kinds in which a rep must match the lead: ("language",)
    skills_on_top: bool = False  # a lead that asks for a skill costs those who lack it no share


@dataclass(frozen=True, slots=True, kw_only=True)
class RepTerms:
    """What is said of one rep besides the pool: each only where it differs."""

    who: str  # mail address
    weight: int | None = None
    since: date | None = None  # the first day; the ramp counts from it
    skills: tuple[str, ...] = ()  # names of traits
    prefers: tuple[str, ...] = ()  # names of traits
    limits: Limits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Answers kept in time against the pool's, in percent, never outside floor and ceiling."""

    floor: int = 100
    ceiling: int = 100
    days: int = 90
    least: int = 5  # answers; with fewer, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """Who is invited, optionally, to meetings worth so much."""

    who: str  # mail address
    value_from: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a lead needs before a rep is asked for: points by what it is."""

    least: int = 0
    points: Mapping[str, int] = field(default_factory=dict)  # by name of a trait


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Everything that decides who gets a lead."""

    rules: tuple[Rule, ...]
    traits: tuple[Trait, ...] = ()
    pools: Mapping[str, PoolTerms] = field(default_factory=dict)
    reps: tuple[RepTerms, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()  # mail addresses of qualifier and rep
    ramp: tuple[int, ...] = ()  # percent of the weight in the first, second, … thirty days
    stages: Mapping[str, int] = field(default_factory=dict)  # points of load by stage
    deal_stages: Mapping[str, str] = field(default_factory=dict)
    """Which of these a deal of the CRM is at, by the id of its stage there."""
    load_per_lead: int = 0
    preference: int = 0  # parts of LEAD
    pair_within: int = LEAD
    performance: Performance = Performance()
    credit: tuple[str, ...] = ()  # for what a lead is credited back
    fault: tuple[str, ...] = ()  # the reasons for sending back that are the lead's own
    leaders: tuple[Leader, ...] = ()
    breach_reassigns: bool = False
    hops: int = 2
    alarm_days: int = 14
    alarm_least: int = 3
    duplicates: bool = True
    signed: bool = False  # only who has agreed to the version in force takes part
    fit: Line = Line()
    interest: Line = Line()

    def terms(self, pool: str) -> PoolTerms:
        return self.pools.get(pool) or PoolTerms(counter=pool)

    def of(self, mail: str) -> RepTerms | None:
        return next((r for r in self.reps if addresses.one(r.who) == addresses.one(mail)), None)

    def paired(self, qualifier: str, rep: str) -> bool:
        """Whether leads of who has the one address stay with who has the other."""
        return (addresses.one(qualifier), addresses.one(rep)) in self.pairs
