"""Somebody who leads nobody adds up every number of every page that stands beside another: what is
hidden from them on one is not what is left of it with the others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest

from handoff.asked import choices, time_of
from handoff.figures import FIGURES, Period, Spread, Value
from handoff.policy import FigureRules, Policy
from handoff.scope import By, Ground, Kind, Scope, scope_of
from store.disclosure import WEEKS
from store.fact_terms import Look
from store.figures import Figures
from tests.handoff.conftest import PEOPLE
from tests.store.test_disclosure import Answers, Fact
from tests.store.test_figures import AT
from tests.thoroughness import FRESH, THOROUGH
from tests.world import World

WORLDS = range(60) if THOROUGH else (0, 1, 2, 31, 47)  # each found something else
TODAYS = (date(2026, 3, 9), date(2026, 3, 12), date(2026, 3, 15))
PROMISED = ("kept", "late", "overdue", "missed", "passed_on", "excused")
KINDS = (
    *((what, code, "") for what in PROMISED for code in ("answer", "progress", "outcome")),
    *((what, "", "") for what in ("begun", "handed_over", "accepted", "met", "opportunity", "won")),
    *(("kept", "invite", ""), ("late", "invite", "")),
    *(("went", "held", ""), ("went", "prospect_absent", "")),
    *(("fell_through", "cancelled", ""), ("fell_through", "invite_gone", "")),
    *(("sent_back", "", reason) for reason in ("", "no_fit", "wrong_region")),
    *(("rerouted", "given", ""), ("made_exception", "talks", "")),
    *(("reminded", "reminded", ""), ("escalated", "escalated", "")),
)


@dataclass(frozen=True, slots=True)
class Dated(Fact):
    """What counts of one day."""

    day: date

    @property
    def cell(self) -> tuple[str, ...]:
        return (self.what, self.code, self.reason, self.pool, self.day.isoformat())


def happened(dice: Random, today: date) -> list[Dated]:
    """Of each kind a few things of a few people, in some weeks. On days of which nothing is told
    alone, the first of a week that four weeks have in part, nobody knows of nothing: there is some.
    """
    people = ["rita", *(f"p{n}" for n in range(9))]
    found = Counter[tuple[tuple[str, str, str], date, str]]()
    monday = Period.week_of(today).since
    for kind in KINDS:
        if dice.random() < 0.4:
            continue
        for back in range(6):
            if dice.random() < 0.4:
                continue
            crowd = dice.sample(people, dice.choice((1, 2, 3, 5, 7, 9)))
            for who in crowd:
                day = monday - timedelta(days=7 * back - dice.randrange(7))
                if day <= today:
                    found[kind, day, who] += dice.randrange(1, 4)
    begins = time_of("4w", today).period.since
    if begins.weekday():
        for kind, _, who in list(found):
            found[kind, begins - timedelta(days=1), who] += dice.randrange(1, 4)
    return [
        Dated(
            *kind,
            team="mara",
            pool="emea" if int(who[1:], 36) % 3 else "apac",
            region="EMEA" if int(who[1:], 36) % 3 else "APAC",
            segment="",
            campaign="",
            week=f"{day.isocalendar().year}-W{day.isocalendar().week:02}",
            who=who,
            count=count,
            day=day,
        )
        for (kind, day, who), count in found.items()
    ]


async def write(world: World, facts: Sequence[Dated]) -> None:
    async with world.app.services.stores.door.open() as tx:
        columns = "n, sign, what, code, reason, at, known_at, who, team, pool, region"
        took = "took, took_working, late, late_working"
        into = f"copy fact ({columns}, segment, stage, campaign, policy, {took}) from stdin"
        nth = 0
        async with tx.connection.cursor() as cursor, cursor.copy(into) as lines:
            for one in facts:
                for _ in range(one.count):
                    nth += 1  # else leads of no handoff would be one
                    at = datetime.combine(one.day, time(9), UTC)
                    which = (one.what, one.code, one.reason, at, at, one.who)
                    where = (one.team, one.pool, one.region)
                    await lines.write_row([nth, 1, *which, *where, "", "", "", 1, *[60] * 4])
        await tx.execute(
            "insert into dirty_day select unnest(%s::date[])", [sorted({one.day for one in facts})]
        )


async def hears(figures: Figures, answers: Answers, facts: Sequence[Dated], look: Look) -> None:
    answers.facts = [one for one in facts if look.period.since <= one.day < look.period.until]
    answers.hear(look, await figures.values(answers.scope, FIGURES, look, AT))


def grounds(scope: Scope) -> list[Ground]:
    pools = [Ground(Kind.POOL, one) for one in sorted(scope.pools)]
    regions = [Ground(Kind.REGION, one) for one in sorted(scope.regions)]
    return [Ground(Kind.ORGANISATION), *pools, *regions]


@pytest.mark.large
@pytest.mark.parametrize("seed", WORLDS)
async def test_what_is_hidden_is_not_what_is_left_of_all_pages_together(
    world: World, policy_in_force: Policy, seed: int
) -> None:
    """Each week as its report tells it and as its page does, parted in every way, and each time
    that is offered, with its weeks: of up to six weeks it is parted in every way too.
    """
    dice = Random(1_000 * FRESH + seed)
    today, least = TODAYS[seed % len(TODAYS)], (5, 3)[seed % 2]
    facts = happened(dice, today)
    await write(world, facts)
    shown = replace(policy_in_force, figures=FigureRules(least=least))
    rita = scope_of(replace(PEOPLE["rita"], pools=("emea",)), {}, [], shown)
    figures = world.app.services.stores.figures
    offered = [one for one in choices(today) if len(one.period.weeks()) > 1]
    secrets = told = 0
    for ground in grounds(rita) if THOROUGH else grounds(rita)[:1]:
        for one in offered if THOROUGH else offered[:1]:
            page, weeks = Answers(rita, facts), one.period.weeks()
            ways = (None, By.CODE, By.REASON) if len(weeks) <= WEEKS else (None,)
            for week in weeks:
                if week.since <= today:
                    for by in ways:
                        look = Look(ground=ground, period=week, by=by)
                        await hears(figures, page, facts, look)
            assert page.worked_out() == [], ground
            for by in (*ways, By.WEEK):
                look = Look(ground=ground, period=one.period, by=by)
                await hears(figures, page, facts, look)
            assert page.worked_out() == [], (ground, one.name)
            secrets += len(page.secrets)
            told += page.shown
    assert secrets > 20
    assert told > 20


async def test_of_how_many_a_time_is_is_not_told_where_it_is_how_many_were_handed_over(
    world: World, policy_in_force: Policy
) -> None:
    """Each lead that is handed over is an invitation that arrived, which counts for somebody else:
    of nine who hand over, to three who get them.
    """
    day = date(2026, 3, 3)

    def of(what: str, code: str, people: Sequence[str]) -> list[Dated]:
        where = {"team": "mara", "pool": "emea", "region": "EMEA", "segment": "", "campaign": ""}
        return [
            Dated(what, code, "", **where, week="2026-W10", who=who, count=3, day=day)
            for who in people
        ]

    nine = [f"q{n}" for n in range(9)]
    await write(world, [*of("kept", "invite", nine), *of("handed_over", "", nine[:3])])
    shown = replace(policy_in_force, figures=FigureRules(least=5))
    rita = scope_of(replace(PEOPLE["rita"], pools=("emea",)), {}, [], shown)
    figures = world.app.services.stores.figures
    asked = [one for one in FIGURES if one.code in ("handed_over", "told_time", "kept")]
    look = Look(ground=Ground(Kind.ORGANISATION), period=Period.week_of(day))

    told = {one.figure.code: one.whole.value for one in await figures.values(rita, asked, look, AT)}
    assert told == {"handed_over": None, "told_time": None, "kept": 0}
    await write(world, of("handed_over", "", nine[3:]))
    told = {one.figure.code: one.whole.value for one in await figures.values(rita, asked, look, AT)}
    assert told == {"handed_over": 27, "told_time": Spread(27, 60, 60), "kept": 0}


def of_emea(what: str, code: str, counts: Mapping[str, int], day: date) -> list[Dated]:
    where = {"team": "mara", "pool": "emea", "region": "EMEA", "segment": "", "campaign": ""}
    return [
        Dated(what, code, "", **where, week="", who=who, count=count, day=day)
        for who, count in counts.items()
    ]


async def test_a_week_of_few_people_is_not_hidden_alone_so_the_whole_is_told(
    world: World, policy_in_force: Policy
) -> None:
    """What two handed over in one week is what is left of the year without the other weeks. The
    next that has any is not told either, wherever it stands; then all of it is.
    """
    few, many = ("q0", "q1"), tuple(f"q{n}" for n in range(9))
    monday = date(2026, 1, 5)
    crowds = {1: few, 3: many, 4: many, 5: many, 6: many, 7: many, 8: many}  # in week 2 nobody
    for nth, who in crowds.items():
        day = monday + timedelta(days=7 * nth)
        await write(world, of_emea("handed_over", "", dict.fromkeys(who, 1), day))
    shown = replace(policy_in_force, figures=FigureRules(least=5))
    rita = scope_of(replace(PEOPLE["rita"], pools=("emea",)), {}, [], shown)
    handed_over = [one for one in FIGURES if one.code == "handed_over"]

    async def told(period: Period, by: By | None = None) -> list[Value | None]:
        look = Look(ground=Ground(Kind.ORGANISATION), period=period, by=by)
        [found] = await world.app.services.stores.figures.values(rita, handed_over, look, AT)
        return [cell.value for cell in found.parts] if by else [found.whole.value]

    weeks = [Period.week_of(monday + timedelta(days=7 * nth)) for nth in crowds]
    assert [value for week in weeks for value in await told(week)] == [None, None, 9, 9, 9, 9, 9]
    year = Period(date(2026, 1, 1), date(2027, 1, 1))
    assert await told(year, By.WEEK) == [None, None, 9, 9, 9, 9, 9]
    assert await told(year) == [56]


async def worked_out(world: World, policy: Policy, facts: Sequence[Dated]) -> list[object]:
    """Of a week in which that is all there is, by who reads it whole and by code."""
    await write(world, facts)
    shown = replace(policy, figures=FigureRules(least=3))
    rita = scope_of(replace(PEOPLE["rita"], pools=("emea",)), {}, [], shown)
    page, week = Answers(rita, facts), Period.week_of(facts[0].day)
    for by in (None, By.CODE):
        look = Look(ground=Ground(Kind.ORGANISATION), period=week, by=by)
        await hears(world.app.services.stores.figures, page, facts, look)
    assert page.secrets
    return page.worked_out()


async def test_what_is_left_of_what_was_due_without_several_others_is_not_told(
    world: World, policy_in_force: Policy
) -> None:
    """What was due without what was kept and without answers is what two did not do."""
    day = date(2026, 3, 10)
    facts = [
        *of_emea("kept", "outcome", {"p0": 1, "p1": 2, "p6": 2}, day),
        *of_emea("overdue", "answer", {"p0": 1, "p4": 3, "p5": 1}, day),
        *of_emea("missed", "answer", {"p0": 2}, day),
        *of_emea("missed", "progress", {"p7": 2}, day),
        *of_emea("passed_on", "progress", {"p7": 1, "rita": 3, "p6": 1}, day),
    ]
    assert await worked_out(world, policy_in_force, facts) == []


async def test_nor_is_one_code_what_is_left_of_all_of_them_though_all_parts_are_hidden(
    world: World, policy_in_force: Policy
) -> None:
    """What was due of outcomes is what was due without what was kept, missed, left of answers."""
    day = date(2026, 3, 3)
    facts = [
        *of_emea("kept", "answer", dict.fromkeys(("p0", "p2", "p3", "p5", "p6", "p8"), 2), day),
        *of_emea("kept", "progress", {"p0": 3, "p3": 1, "p4": 2, "p6": 1}, day),
        *of_emea("late", "answer", {"p6": 3, "p7": 1}, day),
        *of_emea("late", "outcome", {"p2": 2}, day),
        *of_emea("missed", "progress", {"p0": 1, "p3": 1, "p4": 3}, day),
        *of_emea("overdue", "answer", {"p3": 1, "p4": 1}, day),
        *of_emea("passed_on", "outcome", {"p6": 3}, day),
    ]
    assert await worked_out(world, policy_in_force, facts) == []
