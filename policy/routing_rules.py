"""Who gets a lead, as the values that the router works with."""

from datetime import timedelta
from types import MappingProxyType

from handoff import addresses
from handoff.money import Money, whole
from handoff.routing.inputs import LEAD, Mode
from handoff.routing.policy import (
    Leader,
    Limits,
    Line,
    Overflow,
    Performance,
    PoolLimits,
    PoolTerms,
    RepTerms,
    Routing,
    Rule,
    Trait,
)
from policy.file import PolicyFile
from policy.routing import (
    LimitsTable,
    PoolTable,
    RepTable,
    RuleTable,
)


def routing_of(file: PolicyFile) -> Routing:
    """The values the router works with. Without rules, all leads go to the first pool."""
    table = file.routing
    rules = file.rules or [RuleTable(name="All leads", to=file.pools[0].code)]
    return Routing(
        rules=tuple(_rule_of(row, file) for row in rules),
        traits=tuple(
            Trait(
                kind=t.kind,
                name=t.name,
                zones=tuple(t.zones),
                domains=tuple(t.domains),
                campaigns=tuple(t.campaigns),
                mentions=tuple(t.mentions),
                value_from=_money(t.value_from, file),
                value_below=_money(t.value_below, file),
            )
            for t in file.traits
        ),
        pools=MappingProxyType({row.code: _pool_terms(row) for row in file.pools}),
        reps=tuple(map(_rep_of, file.reps)),
        pairs=tuple((addresses.one(p.qualifier), addresses.one(p.rep)) for p in file.pairs),
        ramp=tuple(table.ramp),
        stages=MappingProxyType(dict(table.stages)),
        deal_stages=MappingProxyType(
            {id: code for id, code in file.crm.stages.items() if code in table.stages}
        ),
        load_per_lead=table.load_per_lead,
        preference=int(table.preference * LEAD),
        pair_within=int(table.pair_within * LEAD),
        performance=Performance(**table.performance.model_dump()),
        credit=tuple(table.credit),
        fault=tuple(table.fault),
        leaders=tuple(
            Leader(who=row.who, value_from=whole(row.value_from, row.currency or file.currency))
            for row in sorted(file.leaders, key=lambda row: row.value_from)
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


def _pool_terms(row: PoolTable) -> PoolTerms:
    """Of a [[pools]] table."""
    code, overflow = row.code, row.overflow
    return PoolTerms(
        counter=row.counter or code,
        mode=Mode(row.mode),
        within=int(row.within * LEAD),
        weight=row.weight,
        limits=_limits_of(row.limits),
        at_most=PoolLimits(**row.at_most.model_dump()),
        overflow=Overflow(
            how=overflow.how,
            hold=timedelta(hours=overflow.hold_hours),
            pool=overflow.pool,
            owner=overflow.owner,
        ),
        needs=tuple(row.needs),
        skills_on_top=row.skills == "on_top",
    )


def _limits_of(table: LimitsTable) -> Limits:
    return Limits(**{**table.model_dump(), "tags": MappingProxyType(dict(table.tags))})


def _money(units: int | None, file: PolicyFile) -> Money | None:
    """So many whole units of the policy's currency."""
    return None if units is None else whole(units, file.currency)


def _rule_of(table: RuleTable, file: PolicyFile) -> Rule:
    kinds = ("region", "segment", "language", "product", "skill")
    return Rule(
        name=table.name,
        to=table.to,
        when=MappingProxyType({k: tuple(v) for k in kinds if (v := getattr(table, k))}),
        value_from=_money(table.value_from, file),
        value_below=_money(table.value_below, file),
        first=tuple(table.first),
    )


def _rep_of(table: RepTable) -> RepTerms:
    return RepTerms(
        who=table.who,
        weight=table.weight,
        since=table.since,
        skills=tuple(table.skills),
        prefers=tuple(table.prefers),
        limits=_limits_of(table.limits) if table.limits else None,
    )
