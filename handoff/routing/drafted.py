"""A choice that was made, as it would have been asked under a draft of the policy. Pure.

What is known of the lead, of who could take it then and of how people have answered stays as it
was; what the policy says of it is the draft's. What a draft says that no choice tells of is in
`UNTRIED`: whoever tries a draft names it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from handoff.model import Lead, Person
from handoff.routing.caps import Got, caps
from handoff.routing.gate import below
from handoff.routing.gather import Question, able, performance, ramp, tags_of
from handoff.routing.inputs import POOL, Cap, Member, Mode, Out, RoutingRequest
from handoff.routing.policy import Limits, Routing
from handoff.routing.rules import route
from handoff.routing.simulate import Asked, Draft, Moved

UNTRIED = (
    *("stages", "deal_stages", "credit", "fault", "breach_reassigns", "hops"),
    *("alarm_days", "alarm_least", "duplicates"),
)
"""Fields of `Routing` that no choice tells of, as the policy file calls them too."""
UNTRIED_OF_A_POOL = ("counter", "overflow", "at_most")
"""… and of `PoolTerms`."""
GIVEN = frozenset({None, Out.NO_SHARE, Out.SKILL, Out.UNSIGNED})
"""What a policy decides of who takes part; the rest is so whatever it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The lead of a choice."""

    lead: Lead
    qualifier: str  # mail address
    by_rule: bool  # the rules chose the pool, and not the qualifier
    let_through: bool  # came to a choice though it is below a line of the policy in force


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of a span of time besides the records of its choices."""

    people: Mapping[str, Person]
    leads: Sequence[Known | None]  # of each choice; None where the handoff is no longer kept
    got: Mapping[str, Sequence[Got]]
    answers: Mapping[str, Sequence[tuple[datetime, bool]]]  # when, and whether in time


def drafted(routing: Routing, past: Past) -> Draft:
    """The nth choice under *routing*; None for a lead that is below a line of it."""

    def question(
        n: int, asked: RoutingRequest, members: Sequence[Member], moved: Moved
    ) -> Asked | None:
        known = past.leads[n]
        if known and not known.let_through and below(known.lead, routing):
            return None
        now = _asked(routing, asked, known)
        at = datetime.fromtimestamp(asked.at / 1_000_000, UTC)
        answers = _answers(routing, past, [m.id for m in members], at)
        pool = sum(kept for kept, _ in answers.values()), sum(of for _, of in answers.values())
        return now, tuple(
            _member(
                routing,
                past,
                now,
                m,
                known=known,
                performs=performance(answers[m.id], pool, routing.performance),
                moved=moved.get(m.id, ()),
                at=at,
            )
            for m in members
        )

    return question


def _asked(routing: Routing, asked: RoutingRequest, known: Known | None) -> RoutingRequest:
    terms = routing.terms(asked.pool)
    return replace(
        asked,
        mode=asked.mode if Mode.BALANCED in (asked.mode, terms.mode) else terms.mode,
        within=terms.within,
        load_per_lead=routing.load_per_lead,
        preference=routing.preference,
        pair_within=routing.pair_within,
        skills_on_top=terms.skills_on_top,
        tags=tags_of(known.lead, routing) if known else asked.tags,
        first=_first(routing, asked, known),
    )


def _first(routing: Routing, asked: RoutingRequest, known: Known | None) -> tuple[str, ...]:
    """Who goes before whoever is next, by the draft's rule, where a rule chose the pool."""
    if known is None or not known.by_rule:
        return asked.first
    rule = route(known.lead, routing)
    return rule.first if rule.to == asked.pool else asked.first


def _answers(
    routing: Routing, past: Past, ids: Sequence[str], at: datetime
) -> dict[str, tuple[int, int]]:
    """Of each, those kept in time and all, as the policy looks back."""
    terms = routing.performance
    if terms.floor == terms.ceiling:
        return dict.fromkeys(ids, (0, 0))
    since = at - timedelta(days=terms.days)
    found = {}
    for id in ids:
        own = [kept for when, kept in past.answers.get(id, ()) if since < when <= at]
        found[id] = sum(own), len(own)
    return found


def _member(
    routing: Routing,
    past: Past,
    asked: RoutingRequest,
    member: Member,
    *,
    known: Known | None,
    performs: int,
    moved: Sequence[tuple[int, int]],
    at: datetime,
) -> Member:
    terms, person = routing.terms(asked.pool), past.people.get(member.id)
    own = routing.of(person.mail) if person else None
    weight = own.weight if own and own.weight is not None else terms.weight
    skilled, paired = member.out is not Out.SKILL, member.paired
    if known and person:
        paired = routing.paired(known.qualifier, person.mail)
        question = Question(pool=asked.pool, lead=known.lead, qualifier=None, at=at)
        skilled = able(own, question, routing)
    return replace(
        member,
        weight=weight or member.weight,
        out=_out(member, weight=weight, skilled=skilled, signed=routing.signed),
        ramp=ramp(own.since if own else None, _today(at, person), routing.ramp),
        performance=performs,
        prefers=bool(own and set(own.prefers) & set(asked.tags)),
        paired=paired,
        caps=_caps(
            (own.limits if own else None) or terms.limits,
            asked,
            member,
            person=person,
            past=past,
            moved=moved,
            at=at,
        ),
    )


def _out(member: Member, *, weight: int, skilled: bool, signed: bool) -> Out | None:
    """Why they take no part: as it was, but for what the policy has to say of it. Nobody can have
    agreed to a draft, so who took part is taken to agree.
    """
    if member.out not in GIVEN:
        return member.out
    if not weight:
        return Out.NO_SHARE
    if not skilled:
        return Out.SKILL
    return Out.UNSIGNED if signed and member.out is Out.UNSIGNED else None


def _today(at: datetime, person: Person | None) -> date:
    return at.astimezone(ZoneInfo(person.hours.zone) if person else UTC).date()


def _caps(
    limits: Limits,
    asked: RoutingRequest,
    member: Member,
    *,
    person: Person | None,
    past: Past,
    moved: Sequence[tuple[int, int]],
    at: datetime,
) -> tuple[Cap, ...]:
    """The draft's limits, with what the rep would have got by then."""
    if person is None:
        return member.caps
    inside = [got for got in past.got.get(member.id, ()) if got.at < at]
    for when, more in moved:
        moment = datetime.fromtimestamp(when / 1_000_000, UTC)
        if more > 0:
            inside.append(Got(moment, frozenset(asked.tags)))
        else:
            inside = [got for got in inside if got.at != moment]
    known = next((cap.used for cap in member.caps if cap.kind == "open"), None)
    if known is None:
        limits = replace(limits, open=None)  # how many were open then is not written down
    own = caps(limits, got=inside, open=known or 0, tags=asked.tags, zone=person.hours.zone, at=at)
    return (*(cap for cap in member.caps if cap.kind.startswith(POOL)), *own)


def untried(in_force: Routing, draft: Routing) -> list[str]:
    """What the draft says otherwise that cannot be tried on choices which were made."""
    found = [name for name in UNTRIED if getattr(in_force, name) != getattr(draft, name)]
    if draft.signed and not in_force.signed:
        found.append("signed")
    for code in sorted(in_force.pools.keys() | draft.pools.keys()):
        was, now = in_force.terms(code), draft.terms(code)
        keys = [key for key in UNTRIED_OF_A_POOL if getattr(was, key) != getattr(now, key)]
        if Mode.BALANCED in (was.mode, now.mode):  # what is shown decides, and was not written down
            keys += [key for key in ("mode", "within") if getattr(was, key) != getattr(now, key)]
        keys += ["limits.open"] if now.limits.open and not was.limits.open else []
        found += [f"{key} of {code}" for key in keys]
    for rep in draft.reps:
        before = in_force.of(rep.who)
        counted = before and before.limits and before.limits.open
        if rep.limits and rep.limits.open and not counted:
            found.append(f"limits.open of {rep.who}")
    return found
