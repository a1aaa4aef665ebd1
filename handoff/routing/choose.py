"""The choice. A lead adds to each who takes part their share of it; whoever gets it pays one.

So a shortfall is target less leads got, plus credits, and anybody can check the sum. The largest
shortfall is next; ties go to whoever was chosen longest ago, then to a fixed order. Three things
keep the books straight whatever happens:

*Level.* Shortfalls of those who take part add up to nothing. When someone comes, goes or is
credited, the difference is spread by weight, so nobody is moved by more than that one lead, and
who comes (back) starts level: owed nothing, owing nothing.

*No flood.* Who is owed a whole lead already, because their calendar was full, has no share in
further leads until they take one. The others share those.

*A lead behind.* With weights that differ, the largest shortfall alone can let somebody fall more
than a lead behind. Where everyone can take the lead, it goes to whoever would be the first to fall
a whole lead behind, if choosing otherwise would let that happen (the windows of proportionate
fairness, https://doi.org/10.1007/BF01940883).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handoff.routing.inputs import ABSENT, ALIKE, LEAD, Member, Mode, RoutingRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What was chosen, and the books afterwards."""

    chosen: str | None  # None when nobody can
    how: str  # "next", "pick", "owner", "pair", "nobody"; "moved": someone else is next now
    backup: str | None = None  # who goes next at the same time
    order: tuple[str, ...] = ()  # those who can, whoever is next first
    shortfalls: tuple[int, ...] = ()  # parts of LEAD, of every member, with this lead's share
    scores: tuple[int, ...] = ()  # the same with load and preference: what was compared
    targets: tuple[int, ...] = ()  # of every member, afterwards


def choose(asked: RoutingRequest, members: Sequence[Member]) -> Assignment:
    """Who gets it. Pure: the same inputs give the same assignment, always."""
    duty = [i for i, m in enumerate(members) if m.out is None and not (m.caps and m.full)]
    targets, shortfalls, sharing = _shared(members, duty)
    can = [i for i in duty if members[i].free or _waits(asked, members[i])]
    scores = _scored(asked, members, can, shortfalls)
    if not can:
        return Assignment(
            chosen=None,
            how="nobody",
            shortfalls=tuple(shortfalls),
            scores=tuple(scores),
            targets=tuple(targets),
        )
    ranked = sorted(can, key=lambda i: _rank(members[i], scores[i]))
    if scores is shortfalls and len(can) == len(sharing):
        _keep_all_within_a_lead(members, can, shortfalls, ranked)
    chosen, how = _picked(asked, members, ranked, scores)
    rest = [i for i in ranked if i != chosen and members[i].free]
    return Assignment(
        chosen=members[chosen].id if members[chosen].free else None,
        how=how if members[chosen].free else "moved",
        backup=members[rest[0]].id if rest else None,
        order=tuple(members[i].id for i in ranked),
        shortfalls=tuple(shortfalls),
        scores=tuple(scores),
        targets=tuple(targets),
    )


def after(members: Sequence[Member], assignment: Assignment, at: int) -> tuple[Member, ...]:
    """The books once the lead is given: every member as they stand for the next one."""
    return tuple(
        replace(
            m,
            target=target,
            got=m.got + (m.id == assignment.chosen),
            last=at if m.id == assignment.chosen else m.last,
            here=m.out not in ABSENT,
        )
        for m, target in zip(members, assignment.targets, strict=True)
    )


def _waits(asked: RoutingRequest, member: Member) -> bool:
    """Strictly in turn, a lead waits for whoever is next, if another time suits them."""
    return asked.mode is Mode.STRICT and asked.start is not None and member.next_free is not None


def _shared(
    members: Sequence[Member], duty: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    """Targets and shortfalls with everyone level and this lead shared out, and who shares it."""
    targets = [m.target for m in members]
    owed = [m.target - (m.got - m.credits) * LEAD for m in members]
    for i in duty:
        if not members[i].here:  # comes, or comes back: level
            targets[i] -= owed[i]
            owed[i] = 0
    uneven = -sum([owed[i] for i in duty])
    if uneven:
        for i, part in zip(duty, _parts(uneven, [members[i].size for i in duty]), strict=True):
            targets[i] += part
            owed[i] += part
    sharing = [i for i in duty if owed[i] < LEAD] or list(duty)
    for i, part in zip(sharing, _parts(LEAD, [members[i].size for i in sharing]), strict=True):
        targets[i] += part
        owed[i] += part
    return targets, owed, sharing


def _parts(amount: int, sizes: Sequence[int]) -> list[int]:
    """*amount* in proportion to *sizes*, to the last part: what is left over goes to the first."""
    whole = sum(sizes)
    if not whole:
        return []
    parts = [amount * size // whole for size in sizes]
    for i in range(amount - sum(parts)):
        parts[i] += 1
    return parts


def _scored(
    asked: RoutingRequest, members: Sequence[Member], can: Sequence[int], shortfalls: list[int]
) -> list[int]:
    """What is compared: the shortfall, less load above the average, plus what is preferred."""
    loads = [members[i].load for i in can] if asked.load_per_lead else []
    uneven = bool(loads) and min(loads) != max(loads)
    liked = bool(asked.preference) and any(members[i].prefers for i in can)
    if not (uneven or liked):
        return shortfalls
    scores = list(shortfalls)
    whole = sum(loads)
    for i in can:
        if uneven:
            above = members[i].load * len(can) - whole
            scores[i] -= above * LEAD // (asked.load_per_lead * len(can))
        if liked and members[i].prefers:
            scores[i] += asked.preference
    return scores


def _rank(member: Member, score: int) -> tuple[int, int, str]:
    return -((score + ALIKE // 2) // ALIKE), member.last or 0, member.id


def _picked(
    asked: RoutingRequest, members: Sequence[Member], ranked: Sequence[int], scores: Sequence[int]
) -> tuple[int, str]:
    """Which of those who can, and as what: the pick, the owner, the pair, or whoever is next."""
    first = ranked[0]
    if asked.pick is not None and asked.mode is Mode.FLEXIBLE:
        picked = next((i for i in ranked if members[i].id == asked.pick), None)
        if picked is not None and picked != first:
            return picked, "pick"
    for who in asked.first:
        if who == "owner":
            owner = next((i for i in ranked if members[i].owner), None)
            if owner is not None:
                return owner, "owner"
        else:
            pair = next((i for i in ranked if members[i].paired), None)
            if pair is not None and scores[first] - scores[pair] <= asked.pair_within:
                return pair, "pair"
    if asked.mode is Mode.BALANCED and asked.start is None:
        near = [i for i in ranked if scores[first] - scores[i] <= asked.within]
        return min(near, key=lambda i: (members[i].next_free or 0, ranked.index(i))), "next"
    return first, "next"


def _keep_all_within_a_lead(
    members: Sequence[Member], can: Sequence[int], shortfalls: Sequence[int], ranked: list[int]
) -> None:
    """Whoever must not wait goes to the front, where the largest shortfall would make them."""
    whole = sum([members[i].size for i in can])

    def leads_left(i: int) -> int:
        """After how many further leads a whole one would be missing."""
        return -(-(LEAD - shortfalls[i]) * whole // (members[i].size * LEAD))

    first = ranked[0]
    size = members[first].size
    if all(members[i].size == size for i in can):
        return  # with equal weights the largest shortfall is the most pressing too
    pressing = min(
        (i for i in ranked if shortfalls[i] > 0), key=leads_left, default=first
    )  # of equals, the first in rank
    if pressing == first or _safe(members, can, shortfalls, whole, first):
        return
    if _safe(members, can, shortfalls, whole, pressing):
        ranked.remove(pressing)
        ranked.insert(0, pressing)


def _safe(
    members: Sequence[Member],
    can: Sequence[int],
    shortfalls: Sequence[int],
    whole: int,
    chosen: int,
) -> bool:
    """Whether, once *chosen* has this lead, all can still be served before they miss a whole one.

    Of the next n leads, those that must go to somebody by then may be no more than n. Once nobody
    is ahead of their target that is always so, so only the leads until then are looked at.
    """
    owed = {i: shortfalls[i] - (LEAD if i == chosen else 0) for i in can}
    ahead = max(-(owed[i] * whole // (members[i].size * LEAD)) for i in can)
    due = [0] * (ahead + 1)
    for i in can:
        step = members[i].size * LEAD
        missing = LEAD - owed[i]
        while (by := -(-missing * whole // step)) <= ahead:
            due[max(by, 0)] += 1
            missing += LEAD
    served = 0
    for n, more in enumerate(due):
        served += more
        if served > n:
            return False
    return True
