"""The choice. A lead adds to each who takes part their share of it; whoever gets it pays one.

So a shortfall is target less leads got, plus credits, and anybody can check the sum. The largest
shortfall is next; ties go to whoever was chosen longest ago, then to a fixed order. Four things
keep the books straight whatever happens:

*Level.* Shortfalls of those who are there add up to nothing. When someone comes, goes, is credited
or is given a lead by name, the difference is spread by weight, and who comes (back) starts level:
owed nothing, owing nothing.

*Not saved up.* Whoever can take a lead has their share of it, however much they are owed. Whoever
cannot (not free, at a limit, without the skill, hands it over) has it too, but is never owed more
than one lead for what they could not take: the others share what is beyond.

*In line.* Of those who are short by a whole lead or more, whoever was chosen longest ago is next,
in any mode. So nobody is passed over for long while somebody else makes up for more.

*A lead behind.* With weights that differ, the largest shortfall alone can let somebody fall more
than a lead behind. Where everyone can take the lead, and nobody is further from their target than
turns alone bring them, it goes to whoever would be the first to fall a whole lead behind, if
choosing otherwise would let that happen (the windows of proportionate fairness,
https://doi.org/10.1007/BF01940883).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handoff.routing.inputs import ABSENT, ALIKE, LEAD, Member, Mode, Out, RoutingRequest

HALF = ALIKE // 2
AROUND = 2 * LEAD  # no further from the target than turns and whoever comes or goes move anybody


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
    there, can, cannot = _sorted_out(asked, members)
    targets, shortfalls = _shared(asked, members, there, can, cannot)
    scores = _scored(asked, members, can, shortfalls)
    if not can:
        return Assignment(
            chosen=None,
            how="nobody",
            shortfalls=tuple(shortfalls),
            scores=tuple(scores),
            targets=tuple(targets),
        )
    ranked = _ranked(members, can, scores)
    if scores is shortfalls and not cannot:
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


def recorded(inputs: Mapping[str, Any], assignment: Assignment) -> dict[str, Any]:
    """What is written down of a choice: what it was made from, as `written` has it, and how."""
    return {
        **inputs,
        "how": assignment.how,
        "backup": assignment.backup,
        "order": list(assignment.order),
        "targets": list(assignment.targets),
    }


def made(record: Mapping[str, Any], chosen: str | None, members: Sequence[Member]) -> Assignment:
    """The choice that a record of those *members* holds, as it was made; what was compared is the
    shortfall alone.
    """
    targets = tuple(record["targets"])
    owed = tuple(
        target - (m.got - m.credits) * LEAD for target, m in zip(targets, members, strict=True)
    )
    return Assignment(
        chosen=chosen,
        how=record["how"],
        backup=record["backup"],
        order=tuple(record["order"]),
        shortfalls=owed,
        scores=owed,
        targets=targets,
    )


def _sorted_out(
    asked: RoutingRequest, members: Sequence[Member]
) -> tuple[list[int], list[int], list[int]]:
    """Who is there; of them, whose this lead can be, and whose it cannot.

    Strictly in turn, it waits for whoever is next, if another time suits them.
    """
    waits = asked.mode is Mode.STRICT and asked.start is not None
    there, can, cannot = list[int](), list[int](), list[int]()
    for i, m in enumerate(members):
        if m.out is None:
            open_ = m.free or (waits and m.next_free is not None)
            (can if open_ and not (m.caps and m.full) else cannot).append(i)
        elif m.out in ABSENT:
            continue
        else:
            cannot.append(i)
        there.append(i)
    return there, can, cannot


def _shared(
    asked: RoutingRequest,
    members: Sequence[Member],
    there: Sequence[int],
    can: Sequence[int],
    cannot: Sequence[int],
) -> tuple[list[int], list[int]]:
    """Targets and shortfalls with everyone level and this lead shared out."""
    targets = [m.target for m in members]
    owed = [m.target - (m.got - m.credits) * LEAD for m in members]
    sizes, uneven = [0] * len(members), 0
    for i in there:
        m = members[i]
        sizes[i] = m.size
        if m.here:
            uneven -= owed[i]
        else:  # comes, or comes back: level
            targets[i] -= owed[i]
            owed[i] = 0
    if uneven:
        _add(_parts(uneven, sizes), targets, owed)
    if can:
        _add(_shares(asked, members, sizes, cannot, owed), targets, owed)
    return targets, owed


def _add(parts: Sequence[int], targets: list[int], owed: list[int]) -> None:
    for i, part in enumerate(parts):
        if part:
            targets[i] += part
            owed[i] += part


def _shares(
    asked: RoutingRequest,
    members: Sequence[Member],
    sizes: list[int],
    cannot: Sequence[int],
    owed: Sequence[int],
) -> list[int]:
    """Of one lead, by weight. What would be saved up beyond one lead by those who *cannot* take it
    goes to those who can; on top, those without the skill have no share.
    """
    if asked.skills_on_top:
        for i in cannot:
            if members[i].out is Out.SKILL:
                sizes[i] = 0
    whole, left, saved = sum(sizes), LEAD, dict[int, int]()
    for i in cannot:
        saved[i] = max(0, min(LEAD * sizes[i] // whole, LEAD - owed[i]))
        left -= saved[i]
        sizes[i] = 0
    shares = _parts(left, sizes)
    for i, part in saved.items():
        shares[i] = part
    return shares


def _parts(amount: int, sizes: Sequence[int]) -> list[int]:
    """*amount* in proportion to *sizes*, to the last part: what is left over goes to the first."""
    whole = sum(sizes)
    parts = [amount * size // whole for size in sizes]
    left = amount - sum(parts)
    for i, size in enumerate(sizes):
        if not left:
            break
        if size:
            parts[i] += 1
            left -= 1
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
    if uneven:
        whole, of = sum(loads), len(can)
        less = {
            load: (load * of - whole) * LEAD // (asked.load_per_lead * of) for load in set(loads)
        }
        for i, load in zip(can, loads, strict=True):
            scores[i] -= less[load]
    if liked:
        for i in can:
            if members[i].prefers:
                scores[i] += asked.preference
    return scores


def _ranked(members: Sequence[Member], can: Sequence[int], scores: Sequence[int]) -> list[int]:
    """The largest first; who is short by a whole lead is in line with all who are. Of equals,
    whoever was chosen longest ago, then by id.
    """
    in_line = -((LEAD + HALF) // ALIKE)
    short = [in_line if score >= LEAD else -((score + HALF) // ALIKE) for score in scores]
    # One key after the other, the last first: a tuple for each member of a pool of thousands has
    # Python look for garbage among all of them, which takes as long as the choice.
    ranked = sorted(can, key=[m.id for m in members].__getitem__)
    ranked.sort(key=[m.last or 0 for m in members].__getitem__)
    ranked.sort(key=short.__getitem__)
    return ranked


def _picked(
    asked: RoutingRequest, members: Sequence[Member], ranked: Sequence[int], scores: Sequence[int]
) -> tuple[int, str]:
    """Which of those who can, and as what: the pick, the owner, the pair, or whoever is next."""
    most = max([scores[i] for i in ranked])
    chosen, how = _by_rule(asked, members, ranked, scores, most)
    if asked.pick is None or asked.mode is Mode.STRICT:
        return chosen, how
    picked = next((i for i in ranked if members[i].id == asked.pick), chosen)
    if picked == chosen:
        return chosen, how
    balanced = asked.mode is Mode.BALANCED and how == "next" and most < LEAD
    if balanced and most - scores[picked] <= asked.within:
        return picked, how  # shown as the first free of those near
    return picked, "pick"


def _by_rule(
    asked: RoutingRequest,
    members: Sequence[Member],
    ranked: Sequence[int],
    scores: Sequence[int],
    most: int,
) -> tuple[int, str]:
    """Whose it is where nobody is picked."""
    for who in asked.first:
        if who == "owner":
            owner = next((i for i in ranked if members[i].owner), None)
            if owner is not None:
                return owner, "owner"
        else:
            pair = next((i for i in ranked if members[i].paired), None)
            if pair is not None and most - scores[pair] <= asked.pair_within:
                return pair, "pair"
    if asked.mode is Mode.BALANCED and asked.start is None and most < LEAD:
        near = [i for i in ranked if most - scores[i] <= asked.within]
        return min(near, key=lambda i: members[i].next_free or 0), "next"  # of equals, the first
    return ranked[0], "next"


def _keep_all_within_a_lead(
    members: Sequence[Member], can: Sequence[int], shortfalls: Sequence[int], ranked: list[int]
) -> None:
    """Whoever must not wait goes to the front, where the largest shortfall would make them."""
    if min(shortfalls) < -AROUND or max(shortfalls) > AROUND:
        return  # something else than turns has moved them: that is made up for first
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
