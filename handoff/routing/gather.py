"""From what is known of people to the inputs of a choice. Pure; where it is known from: store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handoff.model import Lead, Person
from handoff.routing.caps import Got, caps, pool_caps
from handoff.routing.inputs import Member, Out, RoutingRequest
from handoff.routing.policy import Performance, RepTerms, Routing
from handoff.routing.rules import traits_of

DAYS_OF_RAMP = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """How one rep stands in one counter."""

    target: int = 0
    got: int = 0
    credits: int = 0
    last: int | None = None
    here: bool = False  # who is not in the books yet comes level


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the database knows at the moment of choosing, by person."""

    books: Mapping[str, Book]
    got: Mapping[str, Sequence[Got]]
    stages: Mapping[str, Sequence[str | None]]  # of each open deal; None where nobody said
    open: Mapping[str, int]  # handoffs that are with them now
    answers: Mapping[str, tuple[int, int]]  # kept in time, and all
    owner: str | None = None  # who has the prospect's company
    of_the_pool: Sequence[datetime] = ()  # when it got its leads, where it may get so many
    signed: frozenset[str] | None = None  # who has agreed; None where nobody needs to


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Who could take it when, as Outlook said."""

    free: frozenset[str]  # at the time asked for; at any that suits, while none is chosen
    first: Mapping[str, datetime | None]  # the first that suits; None for none
    until: datetime | None = None  # how far ahead was looked
    busy: Mapping[str, str] = field(default_factory=dict)  # what is in whose way: the kind alone
    dark: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, in our own words."""

    pool: str
    lead: Lead
    qualifier: Person | None  # None while nobody hands anything over
    at: datetime
    start: datetime | None = None
    pick: str | None = None
    first: tuple[str, ...] = ()
    tags: tuple[str, ...] = field(default_factory=tuple)


def asked_of(question: Question, routing: Routing, version: int) -> RoutingRequest:
    terms = routing.terms(question.pool)
    return RoutingRequest(
        pool=question.pool,
        counter=terms.counter,
        policy=version,
        at=int(question.at.timestamp() * 1_000_000),
        start=int(question.start.timestamp()) if question.start else None,
        mode=terms.mode,
        pick=question.pick,
        within=terms.within,
        load_per_lead=routing.load_per_lead,
        preference=routing.preference,
        pair_within=routing.pair_within,
        first=question.first,
        tags=tags_of(question.lead, routing),
        skills_on_top=terms.skills_on_top,
    )


def tags_of(lead: Lead, routing: Routing) -> tuple[str, ...]:
    """What the lead is, by name."""
    return tuple(name for _, name in traits_of(lead, routing))


def members_of(
    question: Question, people: Sequence[Person], known: Known, times: Times, routing: Routing
) -> tuple[Member, ...]:
    """Every member of the pool, in the fixed order: by id."""
    reachable = any(p.unreachable is None for p in people)
    answers = answers_of(known.answers, [person.id for person in people])
    return tuple(
        _member(question, person, known, times, routing, reachable=reachable, answers=answers)
        for person in sorted(people, key=lambda p: p.id)
    )


def _member(
    question: Question,
    person: Person,
    known: Known,
    times: Times,
    routing: Routing,
    *,
    reachable: bool,
    answers: tuple[int, int],
) -> Member:
    own = routing.of(person.mail)
    terms = routing.terms(question.pool)
    book = known.books.get(person.id) or Book()
    stages = known.stages.get(person.id, ())
    tags = tags_of(question.lead, routing)
    weight = own.weight if own and own.weight is not None else terms.weight
    first = times.first.get(person.id)
    out, until = _out(question, person, times, routing, reachable=reachable, weight=weight)
    if out is None and known.signed is not None and person.id not in known.signed:
        out = Out.UNSIGNED
    return Member(
        id=person.id,
        weight=weight,
        ramp=ramp(
            own.since if own else None,
            question.at.astimezone(ZoneInfo(person.hours.zone)).date(),
            routing.ramp,
        ),
        performance=performance(known.answers.get(person.id, (0, 0)), answers, routing.performance),
        target=book.target,
        got=book.got,
        credits=book.credits,
        last=book.last,
        here=book.here,
        load=load(stages, routing.stages),
        prefers=bool(own and set(own.prefers) & set(tags)),
        paired=routing.paired(_mail(question.qualifier), person.mail),
        owner=known.owner == person.id,
        caps=(
            *pool_caps(terms.at_most, known.of_the_pool, question.at),
            *caps(
                (own.limits if own else None) or terms.limits,
                got=known.got.get(person.id, ()),
                open=known.open.get(person.id, 0),
                tags=tags,
                zone=person.hours.zone,
                at=question.at,
            ),
        ),
        out=out,
        until=until,
        free=person.id in times.free,
        next_free=int(first.timestamp()) if first else None,
        busy_with="" if person.id in times.free else times.busy.get(person.id, ""),
    )


def _out(
    question: Question,
    person: Person,
    times: Times,
    routing: Routing,
    *,
    reachable: bool,
    weight: int,
) -> tuple[Out | None, int | None]:
    """Why someone takes no part, and until when."""
    if question.qualifier and person.id == question.qualifier.id:
        return Out.QUALIFIER, None
    if not weight:
        return Out.NO_SHARE, None
    if person.id in times.dark or person.dark:
        return Out.DARK, None
    if person.unreachable and reachable:
        return Out.UNREACHABLE, None
    if times.first.get(person.id) is None:
        away = [s for s in person.hours.away if s.end > question.at]
        if away and (times.until is None or any(s.start < times.until for s in away)):
            return Out.AWAY, int(max(s.end for s in away).timestamp())
    if not able(routing.of(person.mail), question, routing):
        return Out.SKILL, None
    return None, None


def _mail(person: Person | None) -> str:
    return person.mail if person else ""


def able(own: RepTerms | None, question: Question, routing: Routing) -> bool:
    """Whether the rep has what the pool asks for, where the lead is anything of that kind."""
    needed = routing.terms(question.pool).needs
    wanted = {name for kind, name in traits_of(question.lead, routing) if kind in needed}
    return wanted <= set(own.skills if own else ())


def ramp(since: date | None, today: date, steps: Sequence[int]) -> int:
    """Percent of the weight, by how many thirty days someone has been here; *today* is the rep's
    own.
    """
    if since is None or not steps:
        return 100
    step = max((today - since).days, 0) // DAYS_OF_RAMP
    return steps[step] if step < len(steps) else 100


def performance(own: tuple[int, int], pool: tuple[int, int], terms: Performance) -> int:
    """Percent: the share of answers kept in time against the pool's, between floor and ceiling."""
    (kept, given), (all_kept, all_given) = own, pool
    if given < terms.least or not all_kept:
        return 100
    against = 100 * kept * all_given // (given * all_kept)
    return max(terms.floor, min(terms.ceiling, against))


def load(stages: Sequence[str | None], points: Mapping[str, int]) -> int:
    """Points of all open deals; one of which nobody said is at the first stage."""
    start = next(iter(points.values()), 0)
    return sum(start if stage is None else points.get(stage, start) for stage in stages)


def answers_of(answers: Mapping[str, tuple[int, int]], ids: Sequence[str]) -> tuple[int, int]:
    """Those kept in time and all, of all of them together."""
    own = [answers.get(id, (0, 0)) for id in ids]
    return sum(kept for kept, _ in own), sum(given for _, given in own)
