"""Who gets a lead: pools, traits, rules and what holds for one rep."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from policy.days_off import holidays_in
from policy.table import Code, Table, Words

Kind = Literal["region", "segment", "language", "product", "skill"]
Weight = Annotated[int, Field(ge=0, le=1000, strict=True)]
Most = Annotated[int, Field(ge=1, le=1000, strict=True)]
Value = Annotated[int, Field(ge=0, le=10**12)]
CREDITS = ("lead", "no_show", "cancelled", "reassigned", "passed_on", "ended")


class LimitsTable(Table):
    """How many leads a rep may get. All that are set hold together; credited leads do not count."""

    hour: Most | None = Field(default=None, description="In any hour.")
    day: Most | None = Field(default=None, description="In the rep's own day, to midnight.")
    week: Most | None = Field(default=None, description="In the rep's own week, from Monday.")
    rolling: Most | None = Field(default=None, description="In any so many days.")
    rolling_days: int = Field(default=30, ge=1, le=90, description="How many days that is.")
    open: Most | None = Field(default=None, description="Handed over and not yet ended.")
    tags: dict[Words, Most] = Field(
        default={}, description="In a week, of leads that are this: { Enterprise = 2 }."
    )


class PoolLimitsTable(Table):
    """How many leads a pool may get, all its reps together; what is more goes by its overflow."""

    hour: Most | None = Field(default=None, description="In any hour.")
    day: Most | None = Field(default=None, description="In any 24 hours.")
    week: Most | None = Field(default=None, description="In any seven days.")


class OverflowTable(Table):
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


def _region(code: str) -> str:
    holidays_in(code, 2026)
    return code


class PoolTable(Table):
    """Reps who share a rotation."""

    code: Code = Field(description="Short name, kept in records; do not reuse one.")
    name: Words = Field(description="What people read: EMEA.")
    reps: list[Words] = Field(min_length=1, description="Groups or people, as under [people].")
    holidays: Annotated[str, AfterValidator(_region)] | None = Field(
        default=None,
        description=(
            "Public holidays its reps have off: a country, or country-region, such as ES or DE-BY."
        ),
    )
    region: Words | None = Field(
        default=None, description="In whose figures its leads are: EMEA. Without one, its name."
    )
    counter: Code | None = Field(
        default=None,
        description="Pools that name the same counter count as one; else each its own.",
    )
    mode: Literal["strict", "flexible", "balanced"] = Field(
        default="flexible",
        description=(
            "strict: only whoever is next. flexible: the qualifier may pick another, which is "
            "recorded. balanced: the first free of those owed nearly as much, who is shown and "
            "booked; until somebody is short by a whole lead."
        ),
    )
    within: float = Field(
        default=1, ge=0, le=5, description="balanced: how much less than the most, in leads."
    )
    weight: Weight = Field(
        default=100, description="Of each rep, where [[reps]] says nothing else."
    )
    limits: LimitsTable = Field(
        default=LimitsTable(), description="How many leads each rep may get."
    )
    at_most: PoolLimitsTable = Field(
        default=PoolLimitsTable(), description="How many leads all its reps may get together."
    )
    overflow: OverflowTable = Field(
        default=OverflowTable(), description="What happens when nobody can."
    )
    needs: list[Kind] = Field(
        default=[], description="In what a rep's skills must match the lead: language."
    )
    skills: Literal["in_turn", "on_top"] = Field(
        default="in_turn",
        description=(
            "in_turn: a lead that only some have the skill for counts like any other. on_top: "
            "those who lack the skill have no share in it, so it costs the others less."
        ),
    )


class TraitTable(Table):
    """Something a lead is, when what is known of it says so. All the signs named must be there."""

    kind: Kind = Field(description="What kind of thing: region, segment, language, product, skill.")
    name: Words = Field(description="What people read: EMEA, Enterprise, German.")
    zones: list[Words] = Field(default=[], description="Beginnings of the prospect's time zone.")
    domains: list[Words] = Field(default=[], description="Ends of the contact's mail address.")
    campaigns: list[Words] = Field(default=[], description="Campaigns it came from.")
    mentions: list[Words] = Field(default=[], description="Words in the brief.")
    value_from: Value | None = Field(
        default=None, description="Known to be worth at least this a year."
    )
    value_below: Value | None = Field(
        default=None, description="Known to be worth less than this a year."
    )

    @model_validator(mode="after")
    def _some_sign(self) -> Self:
        signs = (self.zones, self.domains, self.campaigns, self.mentions)
        if not any(signs) and self.value_from is None and self.value_below is None:
            raise ValueError("say how it is seen: zones, domains, campaigns, mentions or a value")
        return self


class RuleTable(Table):
    """Which leads go to which pool. The first that fits decides; the last must fit all."""

    name: Words = Field(description="What people read, and no other rule is called.")
    to: Code = Field(description="Code of the pool.")
    region: list[Words] = Field(default=[], description="Only leads from any of these.")
    segment: list[Words] = Field(default=[], description="Only leads in any of these.")
    language: list[Words] = Field(default=[], description="Only leads in any of these.")
    product: list[Words] = Field(default=[], description="Only leads about any of these.")
    skill: list[Words] = Field(default=[], description="Only leads that need any of these.")
    value_from: Value | None = Field(
        default=None, description="Only leads known to be worth at least this."
    )
    value_below: Value | None = Field(
        default=None, description="Only leads known to be worth less than this."
    )
    first: list[Literal["owner", "pair"]] = Field(
        default=["owner", "pair"],
        description=(
            "Who goes before whoever is next: owner, who has the company already; pair, the "
            "qualifier's own rep, while fair."
        ),
    )


class RepTable(Table):
    """What differs for one rep."""

    who: Words = Field(description="Mail address.")
    weight: Weight | None = Field(default=None, description="Instead of the pool's.")
    since: date | None = Field(default=None, description="First day: the ramp counts from it.")
    skills: list[Words] = Field(default=[], description="Names of traits the rep can serve.")
    prefers: list[Words] = Field(default=[], description="Names of traits the rep would like.")
    limits: LimitsTable | None = Field(default=None, description="Instead of the pool's.")


class PairTable(Table):
    """A qualifier and the rep they work with."""

    qualifier: Words = Field(description="Mail address.")
    rep: Words = Field(description="Mail address.")


class LeaderTable(Table):
    """Who is invited, as optional, to meetings that are worth so much."""

    who: Words = Field(description="Mail address.")
    value_from: Value = Field(description="Known to be worth at least this a year.")
    currency: Annotated[str, Field(min_length=3, max_length=3)] | None = Field(
        default=None,
        description=(
            "ISO code of that amount, where it is not the policy's. A lead in a currency without a "
            "line reaches nobody, and its qualifier and manager read so."
        ),
    )


class PerformanceTable(Table):
    """Answers given in time, against the pool's, as percent of a rep's weight."""

    floor: int = Field(default=100, ge=50, le=100, description="Never less than this percent.")
    ceiling: int = Field(default=100, ge=100, le=200, description="Never more than this percent.")
    days: int = Field(default=90, ge=7, le=365, description="How far back it looks.")
    least: int = Field(default=5, ge=1, le=100, description="With fewer answers it is 100.")


class LineTable(Table):
    """What a lead needs before a rep is asked for."""

    least: int = Field(default=0, ge=0, le=1000, description="Points it needs; 0 asks for none.")
    points: dict[Words, Annotated[int, Field(ge=-100, le=100)]] = Field(
        default={},
        description="Points for what it is, by the names of traits: { Enterprise = 40 }.",
    )


class RoutingTable(Table):
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
            "(the prospect's), cancelled, reassigned (by a manager, the "
            "qualifier or the prospect, to somebody else), passed_on "
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
        description=(
            "Whether leads go by turn only to reps who have agreed to the version in force; each "
            "is asked once for a version, and may say *agree*."
        ),
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
