"""Whose turn it is, and the times they can do: calendars from Outlook, the rest from the books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from graph.errors import GraphError
from handoff.hours import Span
from handoff.model import Case, Choice, Person, Refusal, Search
from handoff.policy import Policy
from handoff.refusals import first_in_the_way, refusals
from handoff.routing.choose import Assignment
from handoff.routing.gather import Question, Times
from handoff.routing.inputs import POOL, Member, Mode, Out, RoutingRequest, written
from handoff.routing.snapshot import Snapshot
from handoff.times import Availability, bookable, bookable_by_each, days_read, spread, with_room
from jobs.availability import availability
from jobs.services import Services

BEST = 3  # reps shown
OTHERS = 2  # times shown of each but the first
LOOK_AGAIN = timedelta(minutes=15)  # while a lead is held for the next free rep


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the qualifier is shown."""

    found: tuple[Choice, ...] = ()
    refused: tuple[Refusal, ...] = ()  # other times, and why not
    nobody: tuple[str, ...] = ()  # calendars that cannot be read
    people: tuple[str, ...] = ()
    more: Mapping[str, object] = field(default_factory=dict)  # of the search: next, instead, …


async def next_reps(services: Services, case: Case, search: Search) -> Answer:
    """The best three of the pool with the times each can do; or what happens when nobody can.

    Who could take it when is kept, so that the choice at booking needs no network.
    """
    policy = await services.stores.policies.current()
    before = await services.stores.routing.snapshot(case.handoff.id)
    pool, seen, passed = search.pool or "", list[str](), list[dict[str, Any]]()
    while True:
        seen.append(pool)
        reading = await _read_pool(services, case, search, policy, pool)
        if isinstance(reading, Answer):
            return reading
        if reading.assignment.chosen:
            break
        passed.append(written(reading.asked, reading.members))
        overflow = policy.routing.terms(pool).overflow
        if overflow.how != "next" or overflow.pool is None or overflow.pool in seen:
            held = before.held_until if before and search.instead == "hold" else None
            return await _nobody(
                services, case, search, policy, reading=reading, passed=passed, held=held
            )
        pool = overflow.pool
    instead = {"instead": "next", "why": "busy"} if len(seen) > 1 else {}
    shown, order = _shown(reading, policy)
    found = with_room(
        shown,
        prepare=policy.prepare(search.type),
        reps=reading.days,
        at=services.now(),
        policy=policy,
    )
    async with services.stores.door.open() as tx:
        await services.stores.routing.keep_snapshot(
            tx, case.handoff.id, _snapshot(reading, search, policy, found, passed)
        )
    return Answer(
        found=found,
        refused=reading.refused,
        nobody=tuple(sorted(reading.times.dark)),
        people=order,
        more={"next": order, "pool": pool, **instead},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    pool: str
    days: tuple[Availability, ...]  # of those whose calendar can be read
    refused: tuple[Refusal, ...]
    each: Mapping[str, tuple[datetime, ...]]
    times: Times
    members: tuple[Member, ...]
    asked: RoutingRequest
    assignment: Assignment
    zone: str


async def _read_pool(
    services: Services, case: Case, search: Search, policy: Policy, pool: str
) -> "_Reading | Answer":
    qualifier = case.person(case.handoff.qualifier)
    at = services.now()
    people = await services.stores.people.in_pool(pool)
    others = [person for id, person in people.items() if id != qualifier.id]
    ahead = days_read(search.wanted, at, policy)
    try:
        days = await availability(
            services,
            qualifier,
            [qualifier, *others],
            start=at,
            days=ahead,
            rules=policy.calendar,
        )
    except GraphError:
        return Answer(nobody=(qualifier.id,))
    dark = frozenset(person.id for person in others if person.id not in days)
    if qualifier.id not in days:
        return Answer(nobody=(qualifier.id, *sorted(dark)))
    reps = tuple(days[person.id] for person in others if person.id in days)
    each = bookable_by_each(
        qualifier=days[qualifier.id],
        reps=reps,
        prospect_zone=case.handoff.lead.contact_zone,
        minutes=search.minutes,
        wanted=search.wanted,
        at=at,
        policy=policy,
    )
    refused = refusals(
        asker=days[qualifier.id],
        others=reps,
        prospect_zone=case.handoff.lead.contact_zone,
        minutes=search.minutes,
        wanted=search.wanted,
        at=at,
        policy=policy,
    )
    times = Times(
        free=frozenset(rep for rep, starts in each.items() if starts),
        first={rep: starts[0] if starts else None for rep, starts in each.items()},
        until=at + timedelta(days=ahead),
        dark=dark,
    )
    question = Question(
        pool=pool,
        lead=case.handoff.lead,
        qualifier=qualifier,
        at=at,
        first=_first(search, policy),
    )
    asked, members, assignment = await services.stores.routing.preview(case, question, times)
    return _Reading(
        pool=pool,
        days=reps,
        refused=refused,
        each=each,
        times=times,
        members=members,
        asked=asked,
        assignment=assignment,
        zone=qualifier.zone,
    )


def _first(search: Search, policy: Policy) -> tuple[str, ...]:
    """Who goes before whoever is next, by the rule that chose the pool."""
    return next((rule.first for rule in policy.routing.rules if rule.name == search.rule), ())


def _shown(reading: _Reading, policy: Policy) -> tuple[tuple[Choice, ...], tuple[str, ...]]:
    """Whoever is next first; the others only where the qualifier may pick one."""
    chosen = reading.assignment.chosen
    if chosen is None:
        return (), ()
    order = (chosen, *(rep for rep in reading.assignment.order if rep != chosen))[:BEST]
    alone = reading.asked.mode is Mode.STRICT or len(order) == 1
    most = policy.times if alone else max(1, policy.times - OTHERS)
    found = [Choice(at, chosen) for at in spread(reading.each[chosen], most, reading.zone)]
    if not alone:
        for rep in order[1:]:
            found += [Choice(at, rep) for at in spread(reading.each[rep], OTHERS, reading.zone)]
    return tuple(found), order


def _snapshot(
    reading: _Reading,
    search: Search,
    policy: Policy,
    found: Sequence[Choice],
    passed: Sequence[Mapping[str, Any]],
    **held: datetime | None,
) -> Snapshot:
    free = {rep: frozenset(starts) for rep, starts in reading.each.items()}
    starts = sorted({choice.start for choice in found})
    return Snapshot(
        pool=reading.pool,
        rule=search.rule,
        rule_first=_first(search, policy),
        starts={
            start: tuple(sorted(rep for rep, starts in free.items() if start in starts))
            for start in starts
        },
        busy={start: _in_the_way(reading, free, start, search, policy) for start in starts},
        first=reading.times.first,
        dark=tuple(sorted(reading.times.dark)),
        passed=tuple(passed),
        until=reading.times.until,
        **held,
    )


def _in_the_way(
    reading: _Reading,
    free: Mapping[str, frozenset[datetime]],
    start: datetime,
    search: Search,
    policy: Policy,
) -> dict[str, str]:
    """What keeps each of the others from taking it then. No subject: who reads it is not known."""
    span = Span(start, start + timedelta(minutes=search.minutes))
    busy = (day for day in reading.days if start not in free[day.person])
    found = {day.person: first_in_the_way(span, day, policy.calendar) for day in busy}
    return {rep: obstacle.why.value for rep, obstacle in found.items() if obstacle}


async def _nobody(  # all else by name
    services: Services,
    case: Case,
    search: Search,
    policy: Policy,
    *,
    reading: _Reading,
    passed: Sequence[Mapping[str, Any]],
    held: datetime | None,
) -> Answer:
    """Held for the next free rep, or a named owner's; the lead stays somebody's all the while."""
    at = services.now()
    overflow = policy.routing.terms(reading.pool).overflow
    why = _why(reading.members)
    dark = tuple(sorted(reading.times.dark))
    until = held or at + overflow.hold
    if overflow.how == "hold" and at < until:
        snapshot = _snapshot(
            reading, search, policy, (), passed, held_until=until, looks_at=at + LOOK_AGAIN
        )
        async with services.stores.door.open() as tx:
            await services.stores.routing.keep_snapshot(tx, case.handoff.id, snapshot)
        more = {"instead": "hold", "why": why, "until": until}
        return Answer(refused=reading.refused, nobody=dark, more=more)
    async with services.stores.door.open() as tx:
        await services.stores.routing.keep_snapshot(
            tx, case.handoff.id, _snapshot(reading, search, policy, (), passed)
        )
    owner = await services.stores.people.with_mail(overflow.owner) if overflow.owner else None
    if owner is None or owner.id == case.handoff.qualifier:
        return Answer(refused=reading.refused, nobody=dark, more={"instead": "yours", "why": why})
    found = await _times_of(services, case, search, policy, owner)
    return Answer(
        found=found,
        nobody=dark,
        people=(owner.id,),
        more={"rep": owner.id, "pool": None, "instead": "owner", "why": why},
    )


def _why(members: Sequence[Member]) -> str:
    full = [m.full for m in members if m.full and m.out is None]
    if full:
        return "pool" if all(cap.kind.startswith(POOL) for cap in full) else "full"
    others = [m for m in members if m.out is not Out.QUALIFIER]
    if others and all(m.out is Out.DARK for m in others):
        return "dark"
    if not others or not all(m.out for m in others):
        return "busy"
    return "unsigned" if any(m.out is Out.UNSIGNED for m in others) else "away"


async def _times_of(
    services: Services, case: Case, search: Search, policy: Policy, rep: Person
) -> tuple[Choice, ...]:
    """The times of one person."""
    qualifier = case.person(case.handoff.qualifier)
    at = services.now()
    ahead = days_read(search.wanted, at, policy)
    try:
        days = await availability(
            services, qualifier, [qualifier, rep], start=at, days=ahead, rules=policy.calendar
        )
    except GraphError:
        return ()
    if not {qualifier.id, rep.id} <= days.keys():
        return ()
    return bookable(
        qualifier=days[qualifier.id],
        reps=[days[rep.id]],
        prospect_zone=case.handoff.lead.contact_zone,
        minutes=search.minutes,
        prepare=policy.prepare(search.type),
        wanted=search.wanted,
        at=at,
        policy=policy,
    )
