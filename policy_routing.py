"""The part of the policy file that says who gets a lead: tables, and the values made of them."""

from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from handoff.routing.inputs import LEAD, Mode
from handoff.routing.policy import (
    Leader,
    Limits,
    Line,
    Overflow,
    Performance,
    PoolTerms,
    RepTerms,
    Routing,
    Rule,
    Trait,
)

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, Field(min_length=1, max_length=80)]
Kind = Literal["region", "segment", "language", "product", "skill"]
Weight = Annotated[int, Field(ge=0, le=1000, strict=True)]
Most = Annotated[int, Field(ge=1, le=1000, strict=True)]
Value = Annotated[int, Field(ge=0, le=10**12)]
CREDITS = ("lead", "no_show", "cancelled", "reassigned", "passed_on", "ended")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LimitsTable(_Table):
    """How many leads a rep may get. All that are set hold together; credited leads do not count."""

    day: Most | None = Field(default=None, description="In the rep's own day, to midnight.")
    week: Most | None = Field(default=None, description="In the rep's own week, from Monday.")
    rolling: Most | None = Field(default=None, description="In any so many days.")
    rolling_days: int = Field(default=30, ge=1, le=90, description="How many days that is.")
    open: Most | None = Field(default=None, description="Handed over and not yet ended.")
    tags: dict[Words, Most] = Field(
        default={}, description="In a week, of leads that are this: { Enterprise = 2 }."
    )


class OverflowTable(_Table):
    """What happens to a lead when nobody in the pool can take it. It always has an owner."""

    how: Literal["hold", "next", "owner"] = Field(
        default="hold",
        description="hold for the next free rep, go to the next pool, or to a named owner.",
    )
    hold_hours: float = Field(
        default=24, gt=0, le=168, description="How long it is held; then it is the owner's."
    )
    pool: Code | None = Field(default=None, description="The next pool.")
    owner: Words | None = Field(
        default=None,
        description="A rep's mail address. Without one, the qualifier keeps the lead and decides.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.how == "next" and self.pool is None:
            raise ValueError("name the pool it goes to")
        if self.how == "owner" and self.owner is None:
            raise ValueError("name the owner it goes to")
        return self


class TraitTable(_Table):
    """Something a lead is, when what is known of it says so. All the signs named must be there."""

    kind: Kind = Field(description="What kind of thing: region, segment, language, product, skill.")
    name: Words = Field(description="What people read: EMEA, Enterprise, German.")
    zones: list[Words] = Field(default=[], description="Beginnings of the prospect's time zone.")
    domains: list[Words] = Field(default=[], description="Ends of the contact's mail address.")
    campaigns: list[Words] = Field(default=[], description="Campaigns it came from.")
    mentions: list[Words] = Field(default=[], description="Words in the brief.")
    value_from: Value | None = Field(default=None, description="Worth at least this a year.")
    value_below: Value | None = Field(default=None, description="Worth less than this a year.")

    @model_validator(mode="after")
    def _some_sign(self) -> Self:
        signs = (self.zones, self.domains, self.campaigns, self.mentions)
        if not any(signs) and self.value_from is None and self.value_below is None:
            raise ValueError("say how it is seen: zones, domains, campaigns, mentions or a value")
        return self


class RuleTable(_Table):
    """Which leads go to which pool. The first that fits decides; the last must fit all."""

    name: Words = Field(description="What people read, and no other rule is called.")
    to: Code = Field(description="Code of the pool.")
    region: list[Words] = Field(default=[], description="Only leads from any of these.")
    segment: list[Words] = Field(default=[], description="Only leads in any of these.")
    language: list[Words] = Field(default=[], description="Only leads in any of these.")
    product: list[Words] = Field(default=[], description="Only leads about any of these.")
    skill: list[Words] = Field(default=[], description="Only leads that need any of these.")
    value_from: Value | None = Field(default=None, description="Only leads worth at least this.")
    value_below: Value | None = Field(default=None, description="Only leads worth less than this.")
    first: list[Literal["owner", "pair"]] = Field(
        default=["owner", "pair"],
        description=(
            "Who goes before whoever is next: owner, who has the company already; pair, the "
            "qualifier's own rep, while fair."
        ),
    )


class RepTable(_Table):
    """What differs for one rep."""

    who: Words = Field(description="Mail address.")
    weight: Weight | None = Field(default=None, description="Instead of the pool's.")
    since: date | None = Field(default=None, description="First day: the ramp counts from it.")
    skills: list[Words] = Field(default=[], description="Names of traits the rep can serve.")
    prefers: list[Words] = Field(default=[], description="Names of traits the rep would like.")
    limits: LimitsTable | None = Field(default=None, description="Instead of the pool's.")


class PairTable(_Table):
    """A qualifier and the rep they work with."""

    qualifier: Words = Field(description="Mail address.")
    rep: Words = Field(description="Mail address.")


class LeaderTable(_Table):
    """Who is invited, as optional, to meetings that are worth so much."""

    who: Words = Field(description="Mail address.")
    value_from: Value = Field(description="Worth at least this a year.")


class PerformanceTable(_Table):
    """Answers given in time, against the pool's, as percent of a rep's weight."""

    floor: int = Field(default=100, ge=50, le=100, description="Never less than this percent.")
    ceiling: int = Field(default=100, ge=100, le=200, description="Never more than this percent.")
    days: int = Field(default=90, ge=7, le=365, description="How far back it looks.")
    least: int = Field(default=5, ge=1, le=100, description="With fewer answers it is 100.")


class LineTable(_Table):
    """What a lead needs before a rep is asked for."""

    least: int = Field(default=0, ge=0, le=1000, description="Points it needs; 0 asks for none.")
    points: dict[Words, Annotated[int, Field(ge=-100, le=100)]] = Field(
        default={},
        description="Points for what it is, by the names of traits: { Enterprise = 40 }.",
    )


class RoutingTable(_Table):
    """What holds in every pool."""

    ramp: list[Annotated[int, Field(ge=1, le=100)]] = Field(
        default=[], description="Percent of the weight in the first, second, … thirty days."
    )
    stages: dict[Code, Annotated[int, Field(ge=0, le=100)]] = Field(
        default={"discovery": 1, "proposal": 3, "negotiation": 5},
        description="Points of load of an open deal, by its stage; the first is where it starts.",
    )
    load_per_lead: int = Field(
        default=0, ge=0, le=1000, description="Points of load that weigh as one lead; 0: none do."
    )
    preference: float = Field(
        default=0.25, ge=0, le=1, description="How much of a lead a rep's preference weighs."
    )
    pair_within: float = Field(
        default=1, ge=0, le=3, description="A pair goes first while owed at most so much less."
    )
    performance: PerformanceTable = Field(
        default=PerformanceTable(), description="How answers kept weigh."
    )
    credit: list[Literal[CREDITS]] = Field(  # type: ignore[valid-type]
        default=["lead", "no_show", "cancelled", "reassigned"],
        description=(
            "For what a lead is credited back: lead (sent back for a reason under fault), no_show "
            "(the prospect's), cancelled, reassigned (by a manager or the qualifier), passed_on "
            "(not answered in time), ended (before the meeting)."
        ),
    )
    fault: list[Code] = Field(
        default=["not_a_fit", "no_need", "wrong_person", "duplicate", "brief"],
        description="The [reasons] that are the lead's own fault.",
    )
    breach_reassigns: bool = Field(
        default=False, description="Whether an unanswered meeting goes to the backup by itself."
    )
    hops: int = Field(default=2, ge=1, le=5, description="How often, before a manager decides.")
    alarm_days: int = Field(
        default=14, ge=5, le=60, description="A rep without a lead for so many days is looked at."
    )
    alarm_least: int = Field(
        default=3, ge=2, le=20, description="When a comparable rep got at least so many."
    )
    signed: bool = Field(
        default=False,
        description="Whether only reps who said *agree* to the version in force get leads.",
    )
    fit: LineTable = Field(
        default=LineTable(),
        description="Whether it fits. Below it, the qualifier keeps the lead, or says why not.",
    )
    interest: LineTable = Field(
        default=LineTable(),
        description="Whether the prospect is interested. Below it, the lead is marketing's.",
    )
    duplicates: bool = Field(
        default=True,
        description="Whether a lead of a company that has an open handoff is asked about first.",
    )


def pool_terms(row: object) -> PoolTerms:
    """Of a [[pools]] table."""
    code, overflow = row.code, row.overflow  # type: ignore[attr-defined]
    return PoolTerms(
        counter=row.counter or code,  # type: ignore[attr-defined]
        mode=Mode(row.mode),  # type: ignore[attr-defined]
        within=int(row.within * LEAD),  # type: ignore[attr-defined]
        weight=row.weight,  # type: ignore[attr-defined]
        limits=limits_of(row.limits),  # type: ignore[attr-defined]
        overflow=Overflow(
            how=overflow.how,
            hold=timedelta(hours=overflow.hold_hours),
            pool=overflow.pool,
            owner=overflow.owner,
        ),
        needs=tuple(row.needs),  # type: ignore[attr-defined]
    )


def limits_of(table: LimitsTable) -> Limits:
    return Limits(**{**table.model_dump(), "tags": MappingProxyType(dict(table.tags))})


def rule_of(table: RuleTable) -> Rule:
    kinds = ("region", "segment", "language", "product", "skill")
    return Rule(
        name=table.name,
        to=table.to,
        when=MappingProxyType({k: tuple(v) for k in kinds if (v := getattr(table, k))}),
        value_from=table.value_from,
        value_below=table.value_below,
        first=tuple(table.first),
    )


def rep_of(table: RepTable) -> RepTerms:
    return RepTerms(
        who=table.who,
        weight=table.weight,
        since=table.since,
        skills=tuple(table.skills),
        prefers=tuple(table.prefers),
        limits=limits_of(table.limits) if table.limits else None,
    )


def routing_of(
    table: RoutingTable,
    *,
    rules: list[RuleTable],
    traits: list[TraitTable],
    pools: dict[str, PoolTerms],
    reps: list[RepTable],
    pairs: list[PairTable],
    leaders: list[LeaderTable],
) -> Routing:
    """The values the router works with."""
    return Routing(
        rules=tuple(map(rule_of, rules)),
        traits=tuple(
            Trait(
                kind=t.kind,
                name=t.name,
                zones=tuple(t.zones),
                domains=tuple(t.domains),
                campaigns=tuple(t.campaigns),
                mentions=tuple(t.mentions),
                value_from=t.value_from,
                value_below=t.value_below,
            )
            for t in traits
        ),
        pools=MappingProxyType(pools),
        reps=tuple(map(rep_of, reps)),
        pairs=tuple((p.qualifier.lower(), p.rep.lower()) for p in pairs),
        ramp=tuple(table.ramp),
        stages=MappingProxyType(dict(table.stages)),
        load_per_lead=table.load_per_lead,
        preference=int(table.preference * LEAD),
        pair_within=int(table.pair_within * LEAD),
        performance=Performance(**table.performance.model_dump()),
        credit=tuple(table.credit),
        fault=tuple(table.fault),
        leaders=tuple(
            Leader(who=row.who, value_from=row.value_from)
            for row in sorted(leaders, key=lambda row: row.value_from)
        ),
        breach_reassigns=table.breach_reassigns,
        hops=table.hops,
        alarm_days=table.alarm_days,
        alarm_least=table.alarm_least,
        duplicates=table.duplicates,
        signed=table.signed,
        fit=Line(least=table.fit.least, points=MappingProxyType(dict(table.fit.points))),
        interest=Line(
            least=table.interest.least, points=MappingProxyType(dict(table.interest.points))
        ),
    )
