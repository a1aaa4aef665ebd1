"""Why each member of the pool did or did not get a lead, and what would have changed it.

Made from what was written down when it was decided, by deciding again: nobody's word, and no
second account of the rules. A zone comes in because limits end at somebody's midnight.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from handoff.routing.choose import Assignment, choose
from handoff.routing.inputs import LEAD, RULES, Cap, Member, RoutingRequest

CHOSEN, PICKED, LATER, CAP, BUSY = "chosen", "picked", "later", "cap", "busy"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PERIODS = {
    "hour": "in an hour",
    "day": "today",
    "week": "this week",
    "rolling": "in these days",
    "open": "open",
    "pool:hour": "of the whole pool in an hour",
    "pool:day": "of the whole pool in 24 hours",
    "pool:week": "of the whole pool in seven days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One member's code and numbers; shares and shortfalls in parts of LEAD."""

    id: str
    code: str  # one of those above, or of Out
    target: int  # with this lead's share
    got: int
    credits: int
    shortfall: int  # target less got, plus credits
    score: int  # the shortfall with load and preference: what was compared
    load: int
    size: int  # weight, ramp and performance together
    cap: Cap | None = None
    until: int | None = None  # seconds since 1970: back, or the limit ends
    next_free: int | None = None
    asked_for: int | None = None  # seconds since 1970: the time at which a busy one was not free
    busy_with: str = ""  # the kind of what was in the way then
    place: int | None = None  # in the order of those who could; 1 was next
    would_be: bool = False  # without what stood in the way, it would have been theirs


def reasons(
    asked: RoutingRequest,
    members: Sequence[Member],
    looking_at: Sequence[str] = (),
    then: Assignment | None = None,
    *,
    of: Collection[str] | None = None,
) -> tuple[Reason, ...]:
    """Of every member, or of those that *of* names, in the order of the pool; *looking_at* names
    those for whom it is also tried what would have changed it. *then* is the choice itself, where
    it was made by rules that are no longer in force: nothing can be tried by those.
    """
    now = asked.rules == RULES or then is None
    assignment = choose(asked, members) if now or then is None else then
    places = {id: place for place, id in enumerate(assignment.order, 1)}
    return tuple(
        _reason(
            asked,
            members,
            assignment,
            n,
            place=places.get(member.id),
            try_it=now and member.id in looking_at,
        )
        for n, member in enumerate(members)
        if of is None or member.id in of
    )


def _reason(
    asked: RoutingRequest,
    members: Sequence[Member],
    assignment: Assignment,
    n: int,
    *,
    place: int | None,
    try_it: bool,
) -> Reason:
    member = members[n]
    code = _code(member, assignment)
    full = member.full
    until = member.until
    if code == CAP and full:
        until = full.resets_at
    return Reason(
        id=member.id,
        code=code,
        target=assignment.shortfalls[n] + (member.got - member.credits) * LEAD,
        got=member.got,
        credits=member.credits,
        shortfall=assignment.shortfalls[n],
        score=assignment.scores[n],
        load=member.load,
        size=member.size,
        cap=full if code == CAP else None,
        until=until,
        next_free=member.next_free,
        asked_for=asked.start if code == BUSY else None,
        busy_with=member.busy_with if code == BUSY else "",
        place=place,
        would_be=try_it and code not in (CHOSEN, PICKED) and _without(asked, members, n),
    )


def _code(member: Member, assignment: Assignment) -> str:
    if member.id == assignment.chosen:
        return PICKED if assignment.how == "pick" else CHOSEN
    if member.out is not None:
        return member.out.value
    if member.full:
        return CAP
    return LATER if member.free else BUSY


def _without(asked: RoutingRequest, members: Sequence[Member], n: int) -> bool:
    """Whether it would have been this member's, had nothing stood in the way."""
    freed = replace(members[n], out=None, caps=(), free=True)
    if freed == members[n]:
        return False
    tried = [freed if i == n else member for i, member in enumerate(members)]
    return choose(replace(asked, pick=None), tried).chosen == members[n].id


def leads(parts: int) -> str:
    """1.4, of parts of LEAD, rounded to tenths; half a tenth goes up."""
    tenths = (abs(parts) * 10 + LEAD // 2) // LEAD
    sign = "-" if parts < 0 and tenths else ""
    return f"{sign}{tenths // 10}.{tenths % 10}"


def cap_words(cap: Cap, zone: str) -> str:
    """5 of 5 this week, resets Mon 00:00"""
    if cap.kind.startswith("tag:"):
        when = f"of {cap.kind.removeprefix('tag:')} this week"
    else:
        when = PERIODS[cap.kind]
    line = f"{cap.used} of {cap.most} {when}"
    if cap.resets_at is None:
        return line
    end = datetime.fromtimestamp(cap.resets_at, UTC).astimezone(ZoneInfo(zone))
    return f"{line}, resets {DAYS[end.weekday()]} {end:%H:%M}"
