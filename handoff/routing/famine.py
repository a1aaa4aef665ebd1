"""Feast and famine: who has had no lead for a while though a comparable rep had several. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handoff.hours import Span
from handoff.routing.choose import after, choose
from handoff.routing.inputs import LEAD, Member, RoutingRequest

MOST_LEADS = 60  # that are tried: in a pool of a thousand twice its size takes seconds
ALIKE = 4  # sizes are comparable when they differ by no more than one part in so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Starved:
    """Someone without leads, and the comparable rep who got the most."""

    id: str
    peer: str
    peer_got: int
    owed: int  # leads that would bring them level with those comparable


def starved(
    members: Sequence[Member],
    got: Mapping[str, Sequence[datetime]],
    there: frozenset[str],
    least: int,
    away: Mapping[str, Sequence[Span]] | None = None,
) -> tuple[Starved, ...]:
    """Of those who were in the pool all the while: who got none, and a comparable rep *least* or
    more while they were *there*, and not *away*.

    *got* is when each got a lead that counts, within the time looked at. Where turns are taken as
    the router does, two comparable reps who are both there differ by one or two, so this finds what
    is not chance: a calendar that is never free, a limit, leads given by hand.
    """
    found = []
    for one in members:
        if one.id not in there or got.get(one.id):
            continue
        spans = (away or {}).get(one.id, ())
        meanwhile = {
            m.id: sum(not any(s.start <= at < s.end for s in spans) for at in got.get(m.id, ()))
            for m in members
            if m.id in there and m is not one and _comparable(one, m)
        }
        best = max(meanwhile, key=lambda id: (meanwhile[id], id), default=None)
        if best is None or meanwhile[best] < least:
            continue
        level = sum(meanwhile.values()) // (len(meanwhile) + 1)
        owed = max(1, min(level, least))
        found.append(Starved(id=one.id, peer=best, peer_got=meanwhile[best], owed=owed))
    return tuple(found)


def _comparable(one: Member, other: Member) -> bool:
    return abs(one.size - other.size) * ALIKE <= max(one.size, other.size)


def effect(
    asked: RoutingRequest, members: Sequence[Member], id: str, owed: int
) -> tuple[int, tuple[tuple[str, int, int], ...]]:
    """What a correction would do: of so many next leads, how many each gets without and with it."""
    leads = min(2 * len(members), MOST_LEADS)
    corrected = [replace(m, target=m.target + owed * LEAD) if m.id == id else m for m in members]
    without, with_ = (Counter(_next(asked, pool, leads)) for pool in (members, corrected))
    return leads, tuple((m.id, without[m.id], with_[m.id]) for m in members)


def _next(asked: RoutingRequest, members: Sequence[Member], leads: int) -> list[str | None]:
    now, chosen = tuple(members), list[str | None]()
    for _ in range(leads):
        assignment = choose(asked, now)
        now = after(now, assignment, asked.at)
        chosen.append(assignment.chosen)
    return chosen
