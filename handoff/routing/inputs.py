"""All that a choice is made from, at the moment of choosing: plain values, no look-ups, no floats.

What is written down is exactly this, so whoever asks "why not me?" reads what the router read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

LEAD = 720_720 * 10**6  # one lead, in the parts that shares of it are counted in
ALIKE = 10**6  # parts: shortfalls that differ by less are equal, for shares are cut to whole parts
RULES = 2  # counts up whenever the same inputs may give another choice; 1 forgave what was picked


POOL = "pool:"  # before the kind of a limit that all reps of a pool have together


class Mode(StrEnum):
    """Who may be chosen."""

    STRICT = "strict"  # only whoever is next
    FLEXIBLE = "flexible"  # whoever is next, or whom the qualifier picks, which is recorded
    BALANCED = "balanced"  # as flexible, but first is the first free of those owed nearly as much


class Out(StrEnum):
    """Why a member takes no part at all. Who comes back starts level with the pool."""

    AWAY = "away"  # out of office or on holiday at every time that suits
    DARK = "dark"  # the calendar cannot be read, and that is not free
    UNREACHABLE = "unreachable"  # Teams does not deliver, and others can be reached
    UNSIGNED = "unsigned"  # has not agreed to the rules in force
    NO_SHARE = "no_share"  # the policy gives a weight of nothing
    QUALIFIER = "qualifier"  # hands this lead over
    SKILL = "skill"  # lacks what this lead asks for


ABSENT = frozenset({Out.AWAY, Out.DARK, Out.UNREACHABLE, Out.UNSIGNED, Out.NO_SHARE})
"""Those whose place in the books is not kept: they come back level. The others only sit one out."""


@dataclass(frozen=True, slots=True)
class Cap:
    """One limit, and how much of it is used."""

    kind: str  # "hour", "day", "week", "rolling", "open", "tag:<name>", or "pool:<one of these>"
    used: int
    most: int
    resets_at: int | None = (
        None  # seconds since 1970; None when it depends on what becomes of leads
    )

    @property
    def reached(self) -> bool:
        return self.used >= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of the pool, with what the books say and what they can take."""

    id: str
    weight: int = 100  # as the policy has it
    ramp: int = 100  # percent of it, while new
    performance: int = 100  # percent of it, between the policy's floor and ceiling
    target: int = 0  # parts of LEAD: what the shares of all leads so far add up to
    got: int = 0
    credits: int = 0  # leads that do not count
    last: int | None = None  # microseconds since 1970 of the last lead; None for never
    here: bool = True  # took part when the books were last written
    load: int = 0  # points, by the stage of each open deal
    prefers: bool = False  # would like this kind of lead
    paired: bool = False  # with the qualifier
    owner: bool = False  # has this prospect's company already
    caps: tuple[Cap, ...] = ()
    out: Out | None = None
    until: int | None = None  # seconds since 1970: when *out* ends, if known
    free: bool = True  # at the time asked for; while none is chosen, at any time that suits
    next_free: int | None = None  # seconds since 1970
    busy_with: str = ""  # the kind of what is in the way at the time asked for; never a subject

    @property
    def size(self) -> int:
        """The weight that counts: all three factors."""
        return self.weight * self.ramp * self.performance

    @property
    def full(self) -> Cap | None:
        """The first limit that is used up."""
        for cap in self.caps:
            if cap.used >= cap.most:
                return cap
        return None

    @property
    def owed(self) -> int:
        """Parts of LEAD that the books say this member is short of; negative when ahead."""
        return self.target - (self.got - self.credits) * LEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRequest:
    """The question."""

    pool: str
    counter: str
    policy: int  # the version whose numbers these are
    at: int  # microseconds since 1970
    start: int | None = None  # seconds since 1970: the time asked for; None while none is chosen
    mode: Mode = Mode.FLEXIBLE
    pick: str | None = None  # whom the qualifier picked instead of whoever is next
    within: int = LEAD  # BALANCED: how much less than the most one may be owed
    load_per_lead: int = 0  # points of load that weigh as much as one lead; 0 for none
    preference: int = 0  # parts of LEAD that a preference weighs
    pair_within: int = 0  # parts of LEAD: a pair goes first while owed at most so much less
    first: tuple[str, ...] = ()  # "owner", "pair": who goes before whoever is next
    tags: tuple[str, ...] = ()  # what this lead is
    rules: int = RULES  # by which it was chosen
    skills_on_top: bool = False  # a lead that asks for a skill costs those who lack it no share


_MEMBER = tuple(f.name for f in fields(Member))
_USUAL = {f.name: f.default for f in fields(Member)}
_ALWAYS = frozenset({"id", "target", "got", "caps", "out"})
_ASKED = tuple(f.name for f in fields(RoutingRequest))


def written(asked: RoutingRequest, members: Sequence[Member]) -> dict[str, Any]:
    """The inputs as JSON: numbers are whole, members are rows under one list of names. A column in
    which all have what is usual is left out: `read` knows it.
    """
    columns = [
        name
        for name in _MEMBER
        if name in _ALWAYS or any(getattr(m, name) != _USUAL[name] for m in members)
    ]
    return {
        "asked": {
            name: list(value) if isinstance(value := getattr(asked, name), tuple) else value
            for name in _ASKED
        },
        "columns": columns,
        "members": [[_plain(getattr(member, name)) for name in columns] for member in members],
    }


def read(record: Mapping[str, Any]) -> tuple[RoutingRequest, tuple[Member, ...]]:
    """What `written` wrote. Columns that came later have their defaults."""
    given = {"rules": 1, **record["asked"]}
    asked = RoutingRequest(
        **{
            **given,
            "mode": Mode(given["mode"]),
            "first": tuple(given["first"]),
            "tags": tuple(given["tags"]),
        }
    )
    columns = record["columns"]
    return asked, tuple(_member(dict(zip(columns, row, strict=True))) for row in record["members"])


def _plain(value: Any) -> Any:  # whatever a field holds
    if isinstance(value, tuple):
        return [[cap.kind, cap.used, cap.most, cap.resets_at] for cap in value]
    return value


def _member(row: dict[str, Any]) -> Member:
    row["caps"] = tuple(Cap(*cap) for cap in row["caps"])
    row["out"] = Out(row["out"]) if row["out"] else None
    return Member(**row)
