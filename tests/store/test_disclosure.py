"""What is not shown, for it is about too few people, cannot be worked out from what is: somebody
who reads all of it tries to, by linear algebra.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from handoff.figures import FIGURES, Figure, Period, Share, Spread, Unit, Value
from handoff.policy import FigureRules, Policy
from handoff.scope import By, Ground, Kind, NotShownError, Scope, scope_of
from handoff.suppression import numbers
from store.disclosure import Crowds
from store.fact_terms import Look
from store.figures import Shown
from tests.handoff.conftest import PEOPLE
from tests.store.test_figures import AT, YEAR, lived, of_helen, organisation
from tests.thoroughness import sample
from tests.world import World

PRIME = 2**61 - 1
FOUR = Period(date(2026, 3, 30), date(2026, 4, 27))
Name = tuple[str, ...]
Sum = Mapping[Name, int]
Where = tuple[Ground, By | None, str]  # of which ground, parted how, which part


@dataclass(slots=True)
class Attacker:
    """Knows each sum of cells that it was told, and what is left of one without others."""

    rows: dict[Name, dict[Name, int]] = field(default_factory=dict)  # by a cell that no other has

    def learns(self, sum_: Sum) -> None:
        left = self.left(sum_)
        if left:
            pivot = min(left)
            by = pow(left[pivot], -1, PRIME)
            self.rows[pivot] = {name: n * by % PRIME for name, n in left.items()}

    def left(self, sum_: Sum) -> dict[Name, int]:
        left, done = dict(sum_), False
        while not done:
            done = True
            for pivot in sorted(left):
                if pivot in self.rows:
                    times = left[pivot]
                    for name, n in self.rows[pivot].items():
                        left[name] = (left.get(name, 0) - times * n) % PRIME
                    left = {name: n for name, n in left.items() if n}
                    done = False
                    break
        return left

    def knows(self, sum_: Sum) -> bool:
        return not self.left(sum_)


COLUMNS = "what, code, reason, team, pool, region, segment, campaign"
WEEK = """to_char(at at time zone 'utc', 'IYYY-"W"IW')"""


@dataclass(frozen=True, slots=True)
class Fact:
    """What counts of somebody, as often as it does."""

    what: str
    code: str
    reason: str
    team: str
    pool: str
    region: str
    segment: str
    campaign: str
    week: str
    who: str
    count: int

    @property
    def cell(self) -> Name:
        return (
            *(self.what, self.code, self.reason, self.team, self.pool),
            *(self.segment, self.campaign, self.week),
        )

    def part(self, by: By | None) -> str:
        return str(getattr(self, by.value)) if by else ""

    def on(self, ground: Ground, scope: Scope) -> bool:
        match ground.kind:
            case Kind.TEAM:
                return self.team == ground.which
            case Kind.BELOW:
                return self.team in scope.teams
            case Kind.POOL:
                return self.pool == ground.which
            case Kind.REGION:
                return self.region == ground.which
            case _:
                return True


async def counted(world: World, period: Period) -> list[Fact]:
    rows = await world.rows(
        f"select {COLUMNS}, {WEEK}, who, sum(sign)::int from fact where at >= %s and at < %s "
        f"group by {COLUMNS}, {WEEK}, who having sum(sign) <> 0",
        period.begin,
        period.end,
    )
    return [Fact(*row) for row in rows]


@dataclass(slots=True)
class Answers:
    """Everything that somebody was told of one time."""

    scope: Scope
    facts: Sequence[Fact]
    attacker: Attacker = field(default_factory=Attacker)
    secrets: list[tuple[object, Sum]] = field(default_factory=list)
    shown: int = 0

    def hear(self, look: Look, told: Sequence[Shown]) -> None:
        there = [one for one in self.facts if one.on(look.ground, self.scope)]
        parted: dict[str, list[Fact]] = defaultdict(list)
        for fact in there if look.by else ():
            parted[fact.part(look.by)].append(fact)
        for one in told:
            parts = {cell.part: cell.value for cell in one.parts}
            self._hear(one.figure, (look.ground, None, ""), there, one.whole.value)
            for part, those in parted.items():
                nothing = Share(0, 0) if one.figure.bottom else 0
                where = (look.ground, look.by, part)
                self._hear(one.figure, where, those, parts.get(part, nothing))

    def _hear(
        self, figure: Figure, where: Where, there: Sequence[Fact], value: Value | None
    ) -> None:
        if figure.unit is Unit.MONEY:
            return
        counts = [figure.top, *([figure.bottom] if figure.bottom else [])]
        for those, n in zip(counts, _numbers(value), strict=False):
            if figure.cohort and those is figure.top:
                continue  # how many of these have come further is no sum of anything
            mine = [one for one in there if those.fits(one.what, one.code)]
            others = [one for one in mine if one.who not in self.scope.names]
            sum_ = {one.cell: 1 for one in others}
            people = {one.who for one in others}
            if n is None:
                if 0 < len(people) < self.scope.least:
                    self.secrets.append(((figure.code, *where), sum_))
            elif n == 0:
                for one in sum_:
                    self.attacker.learns({one: 1})
            else:
                self.shown += 1
                self.attacker.learns(sum_)

    def worked_out(self) -> list[object]:
        return [name for name, sum_ in self.secrets if self.attacker.knows(sum_)]


def _numbers(value: Value | None) -> list[int | None]:
    match value:
        case None:
            return [None, None]
        case Share():
            return [value.top, value.bottom]
        case Spread():
            return [value.n]
        case int():
            return [value, value]
        case _:
            return []


GROUNDS = (
    *(Ground(Kind.TEAM, who) for who in ("mara", "noor", "helen")),
    Ground(Kind.BELOW),
    Ground(Kind.ORGANISATION),
    Ground(Kind.POOL, "emea"),
    Ground(Kind.REGION, "EMEA"),
)
BYS = (None, By.CODE, By.REASON, By.WEEK, By.TEAM, By.REGION, By.SEGMENT, By.CAMPAIGN)


def readers(policy: Policy, least: int) -> dict[str, Scope]:
    """One of a pool; whoever leads a team of it; whoever leads everyone, under a works council."""
    shown = replace(policy, figures=FigureRules(least=least))
    return {
        "rita": scope_of(replace(PEOPLE["rita"], pools=("emea",)), {}, [], shown),
        "mara": scope_of(PEOPLE["mara"], organisation(0), [], shown),
        "helen": of_helen(policy, works_council=True, least=least),
    }


PERIODS = (YEAR, FOUR, Period(FOUR.since, FOUR.since + timedelta(days=7)))


@pytest.mark.large
@pytest.mark.parametrize("least", sample([2, 5], 1))
async def test_nothing_that_is_not_shown_can_be_worked_out_from_what_is(
    world: World, policy_in_force: Policy, least: int
) -> None:
    """From all that is told of one ground and time, parted in every way; and, by whoever has only
    the organisation, a pool and a region, from all of these together.
    """
    await lived(world, policy_in_force)
    figures = world.app.services.stores.figures
    secrets = shown = 0
    for period in PERIODS:
        facts = await counted(world, period)
        for name, scope in readers(policy_in_force, least).items():
            everything, crowds = Answers(scope, facts), Crowds(scope)
            for ground in GROUNDS:
                page = Answers(scope, facts)
                for by in BYS:
                    look = Look(ground=ground, period=period, by=by)
                    with suppress(NotShownError):
                        told = await figures.values(scope, FIGURES, look, AT, crowds)
                        page.hear(look, told)
                        everything.hear(look, told)
                assert page.worked_out() == [], (name, ground, period)
                secrets += len(page.secrets)
                shown += page.shown
            if name != "helen":
                assert everything.worked_out() == [], (name, period)
    assert secrets > 1_000
    assert shown > 1_000


async def test_no_number_is_the_sum_of_others_unless_the_definitions_say_so(
    world: World, policy_in_force: Policy
) -> None:
    """A new figure that is what others come to would give away what is hidden of these: it has to
    be of the same facts.
    """
    await lived(world, policy_in_force)
    scope = replace(of_helen(policy_in_force), least=1)
    weeks = [
        Period(YEAR.since + timedelta(days=n), YEAR.since + timedelta(days=n + 7))
        for n in range(40, 160, 3)
    ]
    people = ("rita", "ravi", "quinn", "mara", "helen")
    columns = [
        (figure, n)
        for figure in FIGURES
        if figure.unit is not Unit.MONEY
        for n in range(len(numbers(figure)))
    ]
    said, meant = Attacker(), Attacker()
    rows: list[list[int]] = []
    for period in weeks:
        for ground in (
            *(Ground(Kind.PERSON, who) for who in people),
            Ground(Kind.ORGANISATION),
            Ground(Kind.TEAM, "mara"),
        ):
            look = Look(ground=ground, period=period)
            told = {
                one.figure: [n or 0 for n in _numbers(one.whole.value)]
                for one in await world.app.services.stores.figures.values(scope, FIGURES, look, AT)
            }
            rows.append([told[figure][n] for figure, n in columns])
    for n, (figure, which) in enumerate(columns):
        said.learns({(str(row),): values[n] for row, values in enumerate(rows) if values[n]})
        meant.learns({(str(of),): 1 for of in numbers(figure)[which]})
        assert len(said.rows) == len(meant.rows), (
            f"{figure.code} came to what figures before it come to, in {len(rows)} random histories"
        )
    assert len(said.rows) < len(columns) - 5


async def test_what_is_decided_for_one_is_told_to_those_alone_for_whom_it_is_the_same(
    world: World, policy_in_force: Policy
) -> None:
    """Each of a pool reads what they would if nobody had looked before: who has part in what is of
    few knows of whom else it is.
    """
    await lived(world, policy_in_force)
    figures = world.app.services.stores.figures
    shown = replace(policy_in_force, figures=FigureRules(least=3))
    scopes = [
        scope_of(replace(PEOPLE[who], pools=("emea",)), {}, [], shown)
        for who in ("rita", "ravi", "mara", "quinn")
    ]
    scopes += [replace(one, names=frozenset({one.who, "helen", "mara"})) for one in scopes[:2]]
    told: dict[Look, list[object]] = {}
    for ground in (Ground(Kind.ORGANISATION), Ground(Kind.POOL, "emea")):
        for by in (None, By.CODE, By.WEEK):
            look = Look(ground=ground, period=FOUR, by=by)
            for scope in scopes:
                alone = await figures.values(scope, FIGURES, look, AT, Crowds(scope))
                assert await figures.values(scope, FIGURES, look, AT) == alone, (scope, look)
                told.setdefault(look, []).append(alone)
    assert any(one != several[0] for several in told.values() for one in several), "nobody differs"
