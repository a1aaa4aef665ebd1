"""Each figure is what a second count of the timelines makes of it, its list is as long as it says,
and its parts add up to it; and nobody sees what is not theirs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from random import Random
from typing import Any

import pytest

from cards.read_audit import WHAT
from handoff import campaigns
from handoff.figures import (
    BY_CODE,
    FIGURES,
    Figure,
    Period,
    Share,
    Spread,
    Those,
    Unit,
    Value,
    Whose,
)
from handoff.model import Lead, Person
from handoff.policy import FigureRules, Policy
from handoff.scope import By, Ground, Kind, NotShownError, Scope, scope_of
from store import rows, sums
from store.door import Tx
from store.fact_terms import Look
from store.facts import COLUMNS, count
from store.figures import Shown
from store.statement_batch import StatementBatch
from tests.commands import ROOT
from tests.conftest import person
from tests.handoff.conftest import LEAD, PEOPLE
from tests.handoff.histories import Lived, live
from tests.store.second_count import BATONS, History, One
from tests.thoroughness import THOROUGH, one_of_each
from tests.world import World

HISTORIES = 2_000 if THOROUGH else 40
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
AT = datetime(2026, 12, 1, tzinfo=UTC)
NOOR = person("Noor Haddad", "manager", managers=("helen",))
LEADS = ("Ports webinar", "Hannover fair")


def organisation(seed: int) -> dict[str, Person]:
    """Everyone but the leaders is in Mara's team or, in every other history, in Noor's."""
    led_by = ("mara", "noor")[seed % 2]
    theirs = {
        id: replace(one, managers=(led_by, "helen")) if one.managers[:1] == ("mara",) else one
        for id, one in PEOPLE.items()
    }
    return {**theirs, "noor": NOOR}


async def lived(world: World, policy: Policy) -> list[History]:
    """Random histories, in the database as the door leaves them."""
    found = []
    door = world.app.services.stores.door
    async with door.open() as tx:
        await world.app.services.stores.people.replace_all(tx, organisation(0).values(), AT)
    for seed in range(HISTORIES):
        lead = replace(LEAD, campaign=LEADS[seed % 3 % 2])
        start = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=7 * (seed % 9))
        story = live(Lived(policy, at=start, people=organisation(seed), lead=lead), Random(seed))
        async with door.open() as tx:
            await write(tx, story, lead)
        people = dict(story.people)
        entries = tuple(story.entries)
        asked = tuple(
            (at, bool(case.handoff.search and case.handoff.search.pool))
            for _, case, at in story.counted
        )
        found.append(History(story.handoff, entries, people, campaigns.key(lead.campaign), asked))
    async with door.open() as tx:
        await sums.add_up(tx, 40)  # the other days are read as they are
    return found


async def write(tx: Tx, story: Lived, lead: Lead) -> None:
    handoff = story.handoff
    written = StatementBatch()
    written.insert("lead", [{"id": handoff.id, **rows.of_lead(lead)}])
    written.insert("handoff", [{"id": handoff.id, "lead": handoff.id, **rows.of_handoff(handoff)}])
    await tx.run(written)
    for n, (found, case, at) in enumerate(story.counted):
        if n % 11 == 5:  # so that what comes later is of days that are added up already
            await sums.add_up(tx)
        batch = StatementBatch()
        await count(tx, batch, found, case, at)
        await tx.run(batch)


def of_helen(policy: Policy, **rules: Any) -> Scope:
    nadia = person("Nadia Roux", "rep", managers=("noor", "helen"))
    return scope_of(
        PEOPLE["helen"],
        {**organisation(0), "nadia": nadia},
        [],
        replace(policy, figures=FigureRules(**rules)),
    )


DUE = ("kept", "late", "overdue", "missed", "passed_on")
SECOND: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **{
        step: ((step,), ())
        for step in ("begun", "handed_over", "accepted", "met", "opportunity", "won")
    },
    **{how: ((how,), ()) for how in (*DUE, "excused", "fell_through", "sent_back", "ended")},
    "kept_of_due": (("kept",), DUE),
    "answered_in_time": (("kept",), DUE),
    "took_place": (("went",), ("went",)),
    "rerouted": (("by_hand",), ("handed_over",)),
    "exceptions": (("exception",), ("handed_over",)),
    "escalated": (("asked_to_decide",), ()),
    "reminded": (("reminded",), ()),
    "chased": (("chased",), ()),
}
"""Of which things a figure is, and of a share of how many."""


def fits(code: str, one: One, *, top: bool) -> bool:
    kinds = SECOND[code][0 if top else 1]
    if one.what not in kinds or one.code in BATONS:
        return False
    if code == "answered_in_time":
        return one.code == "answer"
    return one.code == "held" if code == "took_place" and top else True


TIMES: Mapping[str, Callable[[One], int | None]] = {
    "answer_time": lambda one: one.working if one.code == "answer" else None,
    "told_time": lambda one: one.plain if one.code == "invite" else None,
    "lead_time": lambda one: one.plain if one.what == "handed_over" else None,
    "lateness": lambda one: one.late if one.what == "late" and one.code not in BATONS else None,
}
"""How long each of the things took that a duration is of."""


def second_spread(took: Iterable[int | None]) -> Spread:
    """The middle one, and that of which nine of ten are no longer: by counting, one by one."""
    known = sorted(one for one in took if one is not None)

    def longest(tenths: int) -> int:
        return next(one for n, one in enumerate(known, 1) if 10 * n >= tenths * len(known))

    return Spread(len(known), longest(5), longest(9)) if known else Spread(0)


def second(figure: Figure, things: Iterable[One]) -> Value:
    mine = list(things)
    if figure.code in TIMES:
        return second_spread(map(TIMES[figure.code], mine))
    if figure.unit is Unit.MONEY:
        assert LEAD.value
        won = [one.worth for one in mine if one.what == "won"]
        return {LEAD.value.currency: sum(won)} if won else {}
    if figure.cohort:
        return Share(0, 0)
    top = sum(fits(figure.code, one, top=True) for one in mine)
    if figure.unit is Unit.COUNT:
        return top
    return Share(top, sum(fits(figure.code, one, top=False) for one in mine))


STEPS = ("handed_over", "accepted", "met", "opportunity", "won")


def second_cohort(figure: Figure, histories: Iterable[tuple[History, list[One]]]) -> Share:
    """Of the leads whose hand-over is among the things, how many have come so far or further."""
    further = STEPS[STEPS.index(figure.code.removesuffix("_of_handed_over")) :]
    top = bottom = 0
    for history, things in histories:
        if any(one.what == "handed_over" for one in things):
            bottom += 1
            top += any(one.what in further for one in history.things())
    return Share(top, bottom)


def within(period: Period, things: Iterable[One]) -> list[One]:
    since, until = (datetime.combine(d, time(), UTC) for d in (period.since, period.until))
    return [one for one in things if since <= one.at < until]


OF_LEADS = ("begun", "handed_over", "accepted", "met", "opportunity", "won", "ended", "went")


def belongs(ground: Ground, one: One, of: History) -> bool:
    match ground.kind:
        case Kind.PERSON:
            theirs = one.what in (*OF_LEADS, "sent_back", "fell_through")
            return ground.which == one.who or (theirs and one.qualifier == ground.which)
        case Kind.TEAM:
            return one.team == ground.which
        case Kind.BELOW:
            return one.team in ("mara", "noor", "helen")
        case Kind.CAMPAIGN:
            return of.campaign == ground.which
        case Kind.POOL | Kind.REGION:  # one and the same, in the policy of the tests
            return of.in_pool(one)
        case _:
            return True


@pytest.mark.large
async def test_each_figure_is_what_a_second_count_of_random_histories_makes_of_it(
    world: World, policy_in_force: Policy
) -> None:
    histories = await lived(world, policy_in_force)
    figures = world.app.services.stores.figures
    scope = replace(
        of_helen(policy_in_force), campaigns=frozenset(map(campaigns.key, LEADS)), least=1
    )
    known = [(history, history.things()) for history in histories]
    periods = [YEAR, Period.week_of(date(2026, 3, 9)), Period(date(2026, 3, 5), date(2026, 4, 1))]
    grounds = [
        *(Ground(Kind.PERSON, who) for who in ("rita", "ravi", "quinn", "mara", "helen")),
        *(Ground(Kind.TEAM, who) for who in ("mara", "noor")),
        Ground(Kind.BELOW),
        Ground(Kind.ORGANISATION),
        Ground(Kind.POOL, "emea"),
        Ground(Kind.REGION, "EMEA"),
        *(Ground(Kind.CAMPAIGN, campaigns.key(name)) for name in LEADS),
    ]
    counted = (*SECOND, *TIMES, "worth_won")
    wanted = [one for one in FIGURES if one.code in counted or one.cohort]
    assert wanted == list(FIGURES)
    told = timed = worth = 0
    for period in periods:
        for ground in grounds:
            mine = [
                (h, [t for t in within(period, things) if belongs(ground, t, h)])
                for h, things in known
            ]
            everything = [one for _, things in mine for one in things]
            for shown in await figures.values(
                scope, wanted, Look(ground=ground, period=period), AT
            ):
                figure = shown.figure
                if ground.kind is Kind.CAMPAIGN and Whose.CAMPAIGN not in figure.whose:
                    continue  # what says how anybody did is no campaign's
                so: Value = second(figure, everything)
                if figure.cohort:
                    so = second_cohort(figure, mine)
                assert shown.whole.value == so, (figure.code, ground, period)
                told += so != second(figure, []) if not figure.cohort else 1
                timed += isinstance(so, Spread) and so.n > 1
                worth += isinstance(so, Mapping) and sum(so.values()) > 0
    assert told > 300, "most of them are of something"
    assert timed > 40
    assert worth > 5


@pytest.mark.large
async def test_each_list_is_as_long_as_its_figure_and_parts_add_up_to_the_whole(
    world: World, policy_in_force: Policy
) -> None:
    await lived(world, policy_in_force)
    figures = world.app.services.stores.figures
    scope = of_helen(policy_in_force)
    grounds = (Ground(Kind.BELOW), Ground(Kind.TEAM, "mara"), Ground(Kind.PERSON, "rita"))
    ways = [Look(ground=one, period=YEAR, by=by) for by in (None, *By) for one in grounds]
    for look in one_of_each(ways, lambda look: look.by):
        for shown in await figures.values(scope, FIGURES, look, AT):
            await its_list(world, scope, look, shown)


async def its_list(world: World, scope: Scope, look: Look, shown: Shown) -> None:
    figures, figure = world.app.services.stores.figures, shown.figure

    async def lines(part: str | None = None, *, bottom: bool = False) -> int:
        found = await figures.behind(
            scope, figure, look, AT, part=part, bottom=bottom, most=100_000
        )
        return len(found)

    match shown.whole.value:
        case int(whole):
            assert await lines() == whole, (figure.code, look)
            parts = [cell.value for cell in shown.parts if isinstance(cell.value, int)]
            assert not look.by or sum(parts) == whole, (figure.code, look)
            for cell in shown.parts[:1]:
                assert await lines(cell.part) == cell.value, (figure.code, look, cell)
        case Share(top, bottom):
            assert await lines() == top, (figure.code, look)
            assert await lines(bottom=True) == bottom, (figure.code, look)
            both = [cell.value for cell in shown.parts if isinstance(cell.value, Share)]
            added = (sum(one.top for one in both), sum(one.bottom for one in both))
            assert not look.by or added == (top, bottom), (figure.code, look)
        case Spread(n):
            assert await lines() == n, (figure.code, look)


async def test_a_duration_is_the_median_and_what_nine_of_ten_stay_below(
    world: World, policy_in_force: Policy
) -> None:
    histories = await lived(world, policy_in_force)
    look = Look(ground=Ground(Kind.BELOW), period=YEAR)
    [shown] = await world.app.services.stores.figures.values(
        of_helen(policy_in_force), [BY_CODE["lateness"]], look, AT
    )
    late = []
    for history in histories:
        for c in history.handoff.commitments:
            if c.missed_at and c.ended_at and c.stands == "late" and c.what not in BATONS:
                done = c.said_at or c.ended_at
                hours = history.people[c.who].hours
                late.append(int(hours.between(min(c.missed_at, done), done).total_seconds()))
    assert late
    late.sort()
    n = len(late)
    found = shown.whole.value
    assert isinstance(found, Spread)
    assert found.n == n
    if not any(history.people[who].hours.away for history in histories for who in history.people):
        assert found == Spread(n, late[ceil(n / 2) - 1], late[ceil(n * 0.9) - 1])


# --- Who may see what -------------------------------------------------------------------------


async def test_a_manager_opens_no_other_team_by_any_way(
    world: World, policy_in_force: Policy
) -> None:
    figures = world.app.services.stores.figures
    mara = scope_of(PEOPLE["mara"], organisation(0), ["ports webinar"], policy_in_force)
    rita = scope_of(PEOPLE["rita"], organisation(0), [], policy_in_force)
    ask = [BY_CODE["kept_of_due"]]
    refused = [
        (mara, Ground(Kind.TEAM, "noor"), None),
        (mara, Ground(Kind.PERSON, "helen"), None),
        (mara, Ground(Kind.PERSON, "noor"), None),
        (mara, Ground(Kind.PERSON, ""), None),
        (mara, Ground(Kind.ORGANISATION), By.TEAM),
        (mara, Ground(Kind.ORGANISATION), By.WHO),
        (mara, Ground(Kind.POOL, "americas"), None),
        (mara, Ground(Kind.POOL, "emea"), By.REP),
        (mara, Ground(Kind.REGION, "Americas"), None),
        (mara, Ground(Kind.REGION, "EMEA"), By.TEAM),
        (mara, Ground(Kind.CAMPAIGN, "hannover fair"), None),
        (mara, Ground(Kind.CAMPAIGN, "ports webinar"), By.REP),
        (rita, Ground(Kind.BELOW), None),
        (rita, Ground(Kind.TEAM, "mara"), None),
        (rita, Ground(Kind.PERSON, "ravi"), None),
        (rita, Ground(Kind.ORGANISATION), By.QUALIFIER),
    ]
    for scope, ground, by in refused:
        look = Look(ground=ground, period=YEAR, by=by)
        with pytest.raises(NotShownError):
            await figures.values(scope, ask, look, AT)
        with pytest.raises(NotShownError):
            await figures.behind(scope, ask[0], look, AT)
    for ground in (Ground(Kind.ORGANISATION), Ground(Kind.POOL, "emea")):
        look = Look(ground=ground, period=YEAR)
        await figures.values(rita, ask, look, AT)
        with pytest.raises(NotShownError):
            await figures.behind(rita, ask[0], look, AT)


async def test_the_owner_of_a_campaign_sees_its_leads_and_nobodys_name(
    world: World, policy_in_force: Policy
) -> None:
    await lived(world, policy_in_force)
    figures = world.app.services.stores.figures
    milo = scope_of(PEOPLE["milo"], organisation(0), ["ports webinar"], policy_in_force)
    look = Look(ground=Ground(Kind.CAMPAIGN, "ports webinar"), period=YEAR)

    [shown] = await figures.values(milo, [BY_CODE["handed_over"]], look, AT)
    lines = await figures.behind(milo, BY_CODE["handed_over"], look, AT)

    assert len(lines) == shown.whole.value
    assert {line.who for line in lines} == {None}
    assert {line.company for line in lines} == {LEAD.company}
    assert await world.rows("select count(*) from look") == [(0,)]

    with pytest.raises(NotShownError):  # a team is called by whoever leads it
        await figures.values(milo, FIGURES, replace(look, by=By.TEAM), AT)
    for by in (None, By.CODE, By.REASON, By.SEGMENT):
        for one in await figures.values(milo, FIGURES, replace(look, by=by), AT):
            tells = one.whole.value is not None or one.parts
            assert bool(tells) == (Whose.CAMPAIGN in one.figure.whose), one.figure.code
    with pytest.raises(NotShownError):
        await figures.behind(milo, BY_CODE["late"], look, AT)


async def test_a_campaign_is_one_whichever_of_its_names_leads_say_and_called_as_people_write_it(
    world: World, policy_in_force: Policy
) -> None:
    await lived(world, policy_in_force)
    await world.run("update lead set campaign = 'HANNOVER  Fair' where campaign = 'Hannover fair'")
    by_code = "select id from handoff where number % 2 = 0 and id in (select id from lead where {})"
    of_ports = by_code.format("campaign = 'Ports webinar'")
    await world.run(f"update fact set campaign = 'p1' where handoff in ({of_ports})")
    figures, helen = world.app.services.stores.figures, of_helen(policy_in_force)
    look = Look(ground=Ground(Kind.BELOW), period=YEAR, by=By.CAMPAIGN)

    async def by_campaign() -> dict[str, int]:
        [shown] = await figures.values(helen, [BY_CODE["handed_over"]], look, AT)
        return {cell.part: cell.value for cell in shown.parts if isinstance(cell.value, int)}

    apart = await by_campaign()
    assert apart.keys() == {"p1", "ports webinar", "hannover fair"}, "in no list they are three"
    await world.run(
        "insert into campaign values ('P1', 'p1', 'Ports Webinar 2026', 'ports webinar', %s, '', "
        "now())",
        world.box.person("milo").id,
    )

    together = await by_campaign()

    both = apart["p1"] + apart["ports webinar"]
    assert together == {"p1": both, "hannover fair": apart["hannover fair"]}
    lines = await figures.behind(helen, BY_CODE["handed_over"], look, AT, part="p1")
    assert len(lines) == together["p1"]
    assert await figures.campaigns(helen, look, together) == {
        "p1": "Ports Webinar 2026",
        "hannover fair": "HANNOVER  Fair",
    }


async def test_of_too_few_people_nothing_is_shown_without_names_nor_what_would_tell_it(
    world: World, policy_in_force: Policy
) -> None:
    await lived(world, policy_in_force)
    figures, ask = world.app.services.stores.figures, [BY_CODE["kept_of_due"]]
    helen = of_helen(policy_in_force, works_council=True, least=5)
    whole = Look(ground=Ground(Kind.BELOW), period=YEAR)
    teams = replace(whole, by=By.TEAM)

    [shown] = await figures.values(helen, ask, teams, AT)
    assert shown.whole.value is not None, "six people"
    assert {cell.value for cell in shown.parts} == {None}, "each of three or four"
    [shown] = await figures.values(
        helen, ask, Look(ground=Ground(Kind.TEAM, "mara"), period=YEAR), AT
    )
    assert shown.whole.value is None
    for by in (By.WHO, By.REP, By.QUALIFIER):
        with pytest.raises(NotShownError):
            await figures.values(helen, ask, replace(whole, by=by), AT)
    four = of_helen(policy_in_force, works_council=True, least=4)
    people = dict(
        await world.rows("select team, count(distinct who) from fact where team <> '' group by 1")
    )
    [shown] = await figures.values(four, ask, teams, AT)
    gone = {cell.part for cell in shown.parts if cell.value is None}
    assert {people[one] >= 4 for one in gone} == {True, False}, "some only for what they tell"
    for team in people:
        alone = Look(ground=Ground(Kind.TEAM, team), period=YEAR)
        [shown] = await figures.values(four, ask, alone, AT)
        assert (shown.whole.value is None) is (team in gone), "nor by an address of its own"
    for who in ("rita", "mara"):
        with pytest.raises(NotShownError):
            await figures.values(helen, ask, Look(ground=Ground(Kind.PERSON, who), period=YEAR), AT)
    with pytest.raises(NotShownError):
        await figures.behind(helen, ask[0], whole, AT)
    own = await figures.values(
        helen, ask, Look(ground=Ground(Kind.PERSON, "helen"), period=YEAR), AT
    )
    assert own[0].whole.value is not None
    agreed = scope_of(
        PEOPLE["mara"],
        organisation(0),
        [],
        replace(policy_in_force, figures=FigureRules(works_council=True, line_manager=True)),
    )
    assert agreed.names == {"mara", "rita", "ravi", "quinn"}


async def test_how_long_a_few_things_took_may_be_one_persons_own_and_is_not_shown_without_names(
    world: World, policy_in_force: Policy
) -> None:
    await lived(world, policy_in_force)
    figures = world.app.services.stores.figures
    ask = [BY_CODE[code] for code in ("late", "answer_time", "lateness")]
    weeks = Look(ground=Ground(Kind.BELOW), period=YEAR, by=By.WEEK)
    named = await figures.values(of_helen(policy_in_force), ask, weeks, AT)
    council = of_helen(policy_in_force, works_council=True, least=2)

    late, *times = await figures.values(council, ask, weeks, AT)
    enough = {cell.part for cell in late.parts if cell.value is not None}
    told, hidden = set[int](), set[int]()
    for known, shown in zip(named[1:], times, strict=True):
        n = {one.part: one.value.n for one in known.parts if isinstance(one.value, Spread)}
        told |= {n[cell.part] for cell in shown.parts if cell.value is not None}
        if shown.figure.code == "lateness":
            of_enough = [cell for cell in shown.parts if cell.part in enough]
            hidden |= {n[cell.part] for cell in of_enough if cell.value is None}
    assert hidden
    assert hidden <= set(range(1, 10))
    assert not told & set(range(1, 10))


async def test_whoever_is_looked_at_by_name_can_read_who_did(
    world: World, policy_in_force: Policy
) -> None:
    await lived(world, policy_in_force)
    figures, ask = world.app.services.stores.figures, [BY_CODE["kept_of_due"]]
    helen = of_helen(policy_in_force)
    looked = "select distinct whose from look where by = 'helen' order by 1"

    await figures.values(helen, ask, Look(ground=Ground(Kind.BELOW), period=YEAR), AT)
    await figures.values(helen, ask, Look(ground=Ground(Kind.PERSON, "helen"), period=YEAR), AT)
    assert await world.rows(looked) == [], "nobody by name"
    await figures.values(helen, ask, Look(ground=Ground(Kind.PERSON, "rita"), period=YEAR), AT)
    assert await world.rows(looked) == [("rita",)]
    await figures.values(
        helen, ask, Look(ground=Ground(Kind.TEAM, "mara"), period=YEAR, by=By.WHO), AT
    )
    await figures.behind(helen, ask[0], Look(ground=Ground(Kind.BELOW), period=YEAR), AT)
    assert ("quinn",) in await world.rows(looked)
    [(what,)] = await world.rows("select distinct what from look")
    assert WHAT[str(what)] == "what you have kept, and what came of your leads"


async def test_what_was_known_then_is_told_again_to_the_last(
    world: World, policy_in_force: Policy
) -> None:
    """What is taken back later is taken from now on, not from what was told."""
    await lived(world, policy_in_force)
    figures = world.app.services.stores.figures
    helen, then = of_helen(policy_in_force), datetime(2026, 3, 16, 6, tzinfo=UTC)
    look = Look(
        ground=Ground(Kind.BELOW), period=Period(date(2026, 3, 2), date(2026, 3, 16)), known=then
    )
    before = await figures.values(helen, FIGURES, look, AT)
    await world.run("delete from fact where known_at > %s", then)
    await world.run("truncate day_sum, day_total")
    await world.run("insert into dirty_day select distinct (at at time zone 'utc')::date from fact")
    assert await figures.values(helen, FIGURES, replace(look, known=None), AT) == before


async def test_no_difference_of_pools_and_regions_that_one_sees_is_one_persons(
    world: World,
) -> None:
    """The organisation without the two pools of whoever looks, or without a pool and a region."""
    everyone = [id for (id,) in await world.rows("select id from person order by n")]
    rita = world.box.person("rita").id
    others = [id for id in everyone if id != rita]
    scope = scope_of(
        replace(PEOPLE["rita"], id=rita, pools=("emea", "americas")),
        organisation(0),
        [],
        await world.app.services.stores.policies.current(),
    )
    scope = replace(scope, least=3)
    at = datetime(2026, 2, 24, 12, tzinfo=UTC)
    placed = [("emea", "EMEA")] * 4 + [("americas", "Americas")] * 4 + [("apac", "APAC")]
    for who, (pool, region) in zip(others, placed, strict=False):
        await world.run(FACT, at, at, who, pool, region)
    await world.run("insert into dirty_day values (%s)", at.date())
    figures = world.app.services.stores.figures

    async def shown(kind: Kind, which: str) -> object:
        look = Look(ground=Ground(kind, which), period=YEAR)
        [one] = await figures.values(scope, [BY_CODE["missed"]], look, AT)
        return one.whole.value

    grounds = [(Kind.POOL, "emea"), (Kind.POOL, "americas"), (Kind.REGION, "EMEA")]
    assert await shown(Kind.ORGANISATION, "") == 9
    assert [await shown(*one) for one in grounds] == [None] * 3, "9 - 4 - 4 is one person's"
    for who in others[9:11]:
        await world.run(FACT, at, at, who, "apac", "APAC")
    assert [await shown(*one) for one in grounds] == [4] * 3


FACT = """
with counted as (insert into fact (sign, n, what, code, reason, at, known_at, who, team, pool,
    region, segment, stage, campaign, policy)
values (1, 0, 'missed', 'answer', '', %s, %s, %s, 'x', %s, %s, '', '', '', 1) returning at)
insert into dirty_day select (at at time zone 'utc')::date from counted
"""


async def test_whoever_sees_the_others_by_name_reads_no_sum_of_the_one_they_do_not(
    world: World,
) -> None:
    """Of the organisation or of a pool, in which all but one are a manager's own."""
    everyone = [id for (id,) in await world.rows("select id from person order by n")]
    mara = world.box.person("mara").id
    own, [stranger, *more] = everyone[:4], everyone[4:7]
    scope = scope_of(
        replace(PEOPLE["mara"], id=mara),
        {},
        [],
        await world.app.services.stores.policies.current(),
    )
    scope = replace(scope, least=3, names=frozenset({mara, *own}), pools=frozenset({"emea"}))
    assert mara not in (stranger, *more)
    at = datetime(2026, 2, 24, 12, tzinfo=UTC)
    for who in (*own, stranger):
        await world.run(FACT, at, at, who, "emea", "EMEA")
    await world.run("insert into dirty_day values (%s)", at.date())
    figures = world.app.services.stores.figures

    async def shown() -> list[object]:
        return [
            (await figures.values(scope, [BY_CODE["missed"]], Look(ground=one, period=YEAR), AT))[
                0
            ].whole.value
            for one in (Ground(Kind.ORGANISATION), Ground(Kind.POOL, "emea"))
        ]

    assert await shown() == [None, None], "5 - 4 is one person's"
    for who in more:
        await world.run(FACT, at, at, who, "emea", "EMEA")
    assert await shown() == [7, 7]


async def test_nor_is_a_reason_or_a_week_of_a_pool_one_persons_beside_that_of_everyone(
    world: World,
) -> None:
    """Outside of it are enough people, of whom one gave that reason, or had anything that week."""
    everyone = [id for (id,) in await world.rows("select id from person order by n")]
    rita = world.box.person("rita").id
    policy = await world.app.services.stores.policies.current()
    scope = scope_of(replace(PEOPLE["rita"], id=rita, pools=("emea",)), {}, [], policy)
    scope = replace(scope, least=3)
    others = [id for id in everyone if id != rita]
    weeks = [datetime(2026, 2, day, 12, tzinfo=UTC) for day in (3, 10, 17, 24)]
    for at in weeks:
        await world.run("insert into dirty_day values (%s)", at.date())

    async def had(who: list[str], why: str, at: datetime, pool: str = "apac") -> None:
        for one in who:
            insert = FACT.replace("'answer', ''", "'answer', %s")
            await world.run(insert, why, at, at, one, pool, pool.upper())

    await had(others[:4], "ill", weeks[0], "emea")
    await had(others[:4], "late", weeks[1], "emea")
    await had(others[4:8], "late", weeks[1])
    await had(others[4:5], "ill", weeks[0])

    async def shown(by: By, kind: Kind, which: str = "") -> dict[str, object]:
        look = Look(ground=Ground(kind, which), period=YEAR, by=by)
        [one] = await world.app.services.stores.figures.values(scope, [BY_CODE["missed"]], look, AT)
        return {cell.part: cell.value for cell in one.parts}

    assert await shown(By.REASON, Kind.ORGANISATION) == {"ill": 5, "late": 8}
    assert await shown(By.REASON, Kind.POOL, "emea") == {"ill": None, "late": None}, "5 - 4"
    assert await shown(By.WEEK, Kind.ORGANISATION) == {"2026-W06": 5, "2026-W07": 8}
    pool = {"2026-W06": None, "2026-W07": None}  # 8 - 4 would be what is hidden of the other week
    assert await shown(By.WEEK, Kind.POOL, "emea") == pool
    year = Look(ground=Ground(Kind.POOL, "emea"), period=YEAR)
    figures = world.app.services.stores.figures
    [whole] = await figures.values(scope, [BY_CODE["missed"]], year, AT)
    assert whole.whole.value == 8
    await had(others[4:8], "ill", weeks[0])
    assert await shown(By.REASON, Kind.POOL, "emea") == {"ill": 4, "late": 4}
    assert await shown(By.WEEK, Kind.POOL, "emea") == {"2026-W06": 4, "2026-W07": 4}


async def test_no_figure_and_no_part_of_one_is_of_too_few_whoever_else_has_part_in_it(
    world: World, policy_in_force: Policy
) -> None:
    """To one of a pool, in which qualifiers and managers have as much part as its reps: who has won
    or is asked to decide may be one alone.
    """
    await lived(world, policy_in_force)
    rules = FigureRules(works_council=True, least=4)
    rita = replace(PEOPLE["rita"], pools=("emea",))
    scope = scope_of(rita, {}, [], replace(policy_in_force, figures=rules))
    figures = world.app.services.stores.figures
    told = kept = 0
    for ground, column in (
        (Ground(Kind.POOL, "emea"), "pool = 'emea'"),
        (Ground(Kind.ORGANISATION), "true"),
    ):
        for by, part in ((None, "''"), (By.CODE, "code"), (By.REASON, "reason")):
            look = Look(ground=ground, period=YEAR, by=by)
            for one in await figures.values(scope, FIGURES, look, AT):
                of = [those for those in (one.figure.top, one.figure.bottom) if those]
                valued = "worth is not null" if one.figure.unit is Unit.MONEY else "true"
                others = [
                    await others_in(world, those, f"{column} and {valued}", part) for those in of
                ]
                for cell in one.parts if by else [one.whole]:
                    few = any(0 < each.get(cell.part, 0) < 4 for each in others)
                    assert not (few and cell.value is not None), (one.figure.code, ground, cell)
                    told, kept = told + (cell.value is not None), kept + few
    assert told > 20
    assert kept > 20


async def without_names(world: World) -> tuple[Scope, list[str], datetime]:
    """Rita, who sees nobody by name; all others; and a time of which facts are read one by one."""
    everyone = [id for (id,) in await world.rows("select id from person order by n")]
    rita = world.box.person("rita").id
    policy = await world.app.services.stores.policies.current()
    scope = replace(scope_of(replace(PEOPLE["rita"], id=rita), {}, [], policy), least=3)
    at = datetime(2026, 2, 24, 12, tzinfo=UTC)
    await world.run("insert into dirty_day values (%s)", at.date())
    return scope, [id for id in everyone if id != rita], at


async def test_what_one_person_has_not_kept_is_shown_as_little_as_what_they_have(
    world: World,
) -> None:
    scope, others, at = await without_names(world)

    async def missed(code: str, who: list[str]) -> dict[str, object]:
        for one in who:
            insert = FACT.replace("'answer', ''", "%s, ''")
            await world.run(insert, code, at, at, one, "emea", "EMEA")
        look = Look(ground=Ground(Kind.ORGANISATION), period=YEAR, by=By.CODE)
        kept = BY_CODE["kept_of_due"]
        [shown] = await world.app.services.stores.figures.values(scope, [kept], look, AT)
        return {cell.part: cell.value for cell in shown.parts}

    await missed("answer", others[:6])
    assert await missed("nurture", others[:1]) == {"answer": None, "nurture": None}
    shown = await missed("nurture", others[1:3])
    assert shown == {"answer": Share(0, 6), "nurture": Share(0, 3)}


WON = """
with counted as (insert into fact (sign, n, what, code, reason, at, known_at, who, team, pool,
    region, segment, stage, campaign, policy, worth, currency)
values (1, 0, 'won', '', '', %s, %s, %s, 'x', %s, %s, %s, '', '', 1, %s, %s) returning at)
insert into dirty_day select (at at time zone 'utc')::date from counted
"""


async def test_what_deals_are_worth_is_shown_of_as_many_people_as_anything_else(
    world: World,
) -> None:
    """In each currency it is: what six have won may be one person's in dollars, and of a deal whose
    worth nobody knows nothing is told.
    """
    scope, others, at = await without_names(world)
    scope = replace(scope, pools=frozenset({"emea"}), teams=frozenset({"x"}), by_name=False)

    async def win(who: list[str], worth: int | None, currency: str | None, pool: str) -> None:
        for one in who:
            segment = pool.upper()
            await world.run(WON, at, at, one, pool, segment, segment, worth, currency)

    async def shown(
        kind: Kind = Kind.ORGANISATION, which: str = "", by: By | None = None
    ) -> Sequence[object]:
        look = Look(ground=Ground(kind, which), period=YEAR, by=by)
        asked = [BY_CODE["won"], BY_CODE["worth_won"]]
        found = await world.app.services.stores.figures.values(scope, asked, look, AT)
        return [{c.part: c.value for c in one.parts} if by else one.whole.value for one in found]

    await win(others[:2], 90_000, "EUR", "emea")
    await win(others[2:5], None, None, "emea")
    assert await shown() == [5, None], "two know theirs"
    await win(others[2:3], 30_000, "EUR", "emea")
    assert await shown() == [6, {"EUR": 210_000}]
    assert await shown(Kind.POOL, "emea") == [6, {"EUR": 210_000}]
    assert (await shown(by=By.WEEK))[1] == {"2026-W09": {"EUR": 210_000}}
    assert (await shown(by=By.CODE))[1] == {"": {"EUR": 210_000}}

    await win(others[5:6], 40_000, "USD", "apac")
    assert await shown() == [7, None], "the dollars are one person's"
    assert (await shown(Kind.POOL, "emea"))[1] is None
    assert (await shown(Kind.BELOW, by=By.SEGMENT))[1] == {"EMEA": None, "APAC": None}
    assert (await shown(by=By.WEEK))[1] == {"2026-W09": None}
    await win(others[6:8], 40_000, "USD", "apac")
    both = {"EUR": 210_000, "USD": 120_000}
    assert await shown() == [9, both]
    assert await shown(Kind.POOL, "emea") == [6, {"EUR": 210_000}]
    assert (await shown(Kind.BELOW, by=By.SEGMENT))[1] == {
        "EMEA": {"EUR": 210_000},
        "APAC": {"USD": 120_000},
    }

    await win(others[8:9], 70_000, "EUR", "apac")
    assert (await shown())[1] == {**both, "EUR": 280_000}
    assert (await shown(Kind.POOL, "emea"))[1] is None, "280 - 210 is one person's"
    assert (await shown(Kind.BELOW, by=By.SEGMENT))[1] == {"EMEA": None, "APAC": None}


async def others_in(world: World, those: Those, column: str, part: str) -> dict[str, int]:
    codes = sorted(those.codes) if those.codes is not None else None
    found = await world.rows(
        f"select part, count(distinct who)::int from (select {part} as part, who from fact "
        "where what = any(%s) and (%s::text[] is null or code = any(%s)) "
        f"and {column} and who <> 'rita' group by 1, what, code, reason, who having sum(sign) <> 0"
        ") as one group by 1",
        [one.value for one in those.what],
        codes,
        codes,
    )
    return dict(found)


@pytest.mark.parametrize("level", [1, 2])
async def test_whoever_leads_everyone_reads_of_each_figure_what_the_organisation_reads(
    world: World, policy_in_force: Policy, level: int
) -> None:
    """Nothing that somebody owes is of no team: also what is owed by whom nobody leads."""
    rules = replace(policy_in_force, figures=FigureRules(team_level=level))
    await lived(world, rules)
    helen = replace(of_helen(policy_in_force, team_level=level), least=1)
    figures = world.app.services.stores.figures
    plain = [one for one in FIGURES if one.unit not in (Unit.WORKING, Unit.PLAIN)]

    async def whole(ground: Ground, by: By | None = None) -> dict[str, Shown]:
        look = Look(ground=ground, period=YEAR, by=by)
        return {one.figure.code: one for one in await figures.values(helen, plain, look, AT)}

    everyone = await whole(Ground(Kind.ORGANISATION))
    below = await whole(Ground(Kind.BELOW), By.TEAM)
    for code, shown in below.items():
        assert shown.whole == everyone[code].whole, code
        assert "" not in {cell.part for cell in shown.parts}, code
    owed = await world.rows("select what from fact where who = 'helen' group by 1")
    assert {"chased", "escalated", "overdue"} <= {what for (what,) in owed}


async def test_what_leaders_were_told_before_the_upgrade_is_of_their_team_after_it(
    world: World, policy_in_force: Policy
) -> None:
    """And what was known of it before stays as it was."""
    await lived(world, policy_in_force)
    columns = ", ".join(one for one in COLUMNS if one != "team")
    at = datetime(2026, 3, 4, 9, tzinfo=UTC)
    [(story,)] = await world.rows("select id from handoff limit 1")
    await world.run(
        "with gone as (delete from fact where who = 'helen' returning *) "
        f"insert into fact ({columns}, team) select {columns}, '' from gone"
    )
    told = FACT.replace("'missed', 'answer'", "'chased', 'chased'").replace("'x'", "'helen'")
    await world.run(told, at, at, "mara", "emea", "EMEA")
    await world.run("update fact set handoff = %s where handoff is null", story)
    await world.run(
        "insert into entry (handoff, at, by, what, rule, detail) values "
        """(%s, %s, 'clock', 'chased', '', '{"to": "mara", "promise": "decide"}')""",
        *(story, at),
    )
    await world.run("insert into dirty_day select distinct (at at time zone 'utc')::date from fact")
    helen = replace(of_helen(policy_in_force), least=1)
    figures = world.app.services.stores.figures

    async def sums(known: datetime | None = None) -> list[dict[str, Value | None]]:
        found = []
        for one in (Ground(Kind.ORGANISATION), Ground(Kind.BELOW), Ground(Kind.TEAM, "mara")):
            look = Look(ground=one, period=YEAR, known=known)
            shown = await figures.values(helen, FIGURES, look, AT)
            found.append({one.figure.code: one.whole.value for one in shown})
        return found

    before = await sums()
    assert before[0]["chased"] != before[1]["chased"]
    await world.run((ROOT / "store/migrations/0062_teams_of_leaders.sql").read_text())

    everyone, below, mara = await sums()
    assert everyone == below == before[0]
    assert isinstance(had := before[2]["chased"], int)
    assert mara["chased"] == had + 1, "hers, that she was told what she owes for her team"
    [(upgraded,)] = await world.rows("select max(known_at) from fact")
    assert await sums(upgraded - timedelta(seconds=1)) == before


async def test_of_leads_handed_over_it_is_not_told_that_too_few_have_won_one(
    world: World,
) -> None:
    """However many had won others in that time: of these leads one is one person's."""
    scope, others, at = await without_names(world)
    ids = [
        await world.offer("rita", company=f"C{n}", contact_email=f"a@c{n}.example")
        for n in range(6)
    ]
    await world.run("delete from fact")

    async def came(step: str, who: str, handoff: object = None) -> None:
        await world.run(FACT.replace("'missed', 'answer'", f"'{step}', ''"), at, at, who, "x", "X")
        await world.run(
            "update fact set handoff = %s where id = (select max(id) from fact)", handoff
        )

    async def won(by: By | None = None) -> list[object]:
        look = Look(ground=Ground(Kind.ORGANISATION), period=YEAR, by=by)
        ask = [BY_CODE["won_of_handed_over"]]
        [shown] = await world.app.services.stores.figures.values(scope, ask, look, AT)
        return [cell.value for cell in shown.parts] if by else [shown.whole.value]

    for id, who in zip(ids, others, strict=False):
        await came("handed_over", who, id)
    for who in others[:5]:
        await came("won", who)
    assert await won() == await won(By.WEEK) == [Share(0, 6)]
    for id, who in zip(ids[:2], others[:2], strict=True):
        await came("won", who, id)
    assert await won() == await won(By.WEEK) == [None], "two people's"
    await came("won", others[2], ids[2])
    assert await won() == await won(By.WEEK) == [Share(3, 6)]


async def test_what_is_put_together_of_days_is_what_is_counted_one_by_one(
    world: World, policy_in_force: Policy
) -> None:
    """Of some of these days it is added up, of the others not yet."""
    await lived(world, policy_in_force)
    figures = world.app.services.stores.figures
    scope = replace(of_helen(policy_in_force), least=1, regions=frozenset({"EMEA"}))
    days = [day for (day,) in await world.rows("select distinct day from day_sum order by day")]
    await world.run("insert into dirty_day select unnest(%s::date[])", days[::2])
    period = Period(days[-1] - timedelta(days=27), days[-1] + timedelta(days=14))
    told = 0
    for ground in (
        *(Ground(Kind.ORGANISATION), Ground(Kind.REGION, "EMEA"), Ground(Kind.BELOW)),
        Ground(Kind.TEAM, "mara"),
    ):
        for by in (None, By.WEEK, By.CODE, By.REASON):
            look = Look(ground=ground, period=period, by=by)
            found = await figures.values(scope, FIGURES, look, AT)
            one_by_one = replace(look, known=datetime(2030, 1, 1, tzinfo=UTC))
            assert found == await figures.values(scope, FIGURES, one_by_one, AT), look
            told += sum(one.whole.value not in (None, 0, Share(0, 0)) for one in found)
    assert told > 100
