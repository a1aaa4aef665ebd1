"""What is decided is counted with it: once, where it belongs, and never changed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from psycopg.errors import RaiseException
from structlog.testing import capture_logs

from handoff.effects import AddUp, CountEarlier, LookAtFigures
from store import earlier_facts
from tests.journeys.test_calendars import FRIDAY, check, put
from tests.journeys.test_outage import make_unreadable
from tests.journeys.test_pledges import MONDAY
from tests.world import World

STANDS = (
    "select what, code, reason, who, campaign, sum(sign) from fact where {} "
    "group by what, code, reason, who, campaign having sum(sign) <> 0 order by 1, 2, 3"
)


async def counted(world: World, where: str = "true") -> list[tuple[object, ...]]:
    return await world.rows(STANDS.format(where))


async def true(world: World) -> bool:
    """What is counted of every handoff is what its rows and timeline tell."""
    stores = world.app.services.stores
    ids = [id for (id,) in await world.rows("select id from handoff")]
    return await earlier_facts.untrue(stores.reads, stores.handoffs, ids) == []


async def test_each_step_of_a_lead_is_counted_for_whose_it_is_with_team_pool_and_campaign(
    world: World, accepted: UUID
) -> None:
    rita, mara = world.box.person("rita").id, world.box.person("mara").id
    quinn = world.box.person("quinn").id
    steps = "what in ('begun', 'handed_over', 'accepted')"
    assert await counted(world, steps) == [
        ("accepted", "", "", rita, "ports webinar", 1),
        ("begun", "", "", quinn, "ports webinar", 1),
        ("handed_over", "", "", rita, "ports webinar", 1),
    ]
    where = await world.rows(
        "select distinct team, pool, region, stage, currency, worth from fact "
        "where what = 'accepted'"
    )
    assert where == [(mara, "emea", "EMEA", "accepted", "EUR", 4_800_000)]
    kept = await world.rows(
        "select took_working >= 0, late from fact where what = 'kept' and code = 'answer'"
    )
    assert kept == [(True, 0)]
    assert await true(world)


async def test_what_turns_out_otherwise_is_taken_back_and_no_row_is_changed(
    world: World, offered: UUID
) -> None:
    await world.until(datetime(2026, 3, 2, 14, tzinfo=UTC))
    rita = world.box.person("rita").id
    assert ("overdue", "answer", "", rita, "ports webinar", 1) in await counted(world)

    await world.press("rita", "accept")
    await world.work()

    answers = await counted(world, "code = 'answer'")
    assert answers == [("late", "answer", "", rita, "ports webinar", 1)]
    rows = await world.rows("select what, sign from fact where code = 'answer' order by id")
    assert rows == [("overdue", 1), ("overdue", -1), ("late", 1)]
    with pytest.raises(RaiseException, match="taken back by another"):
        await world.run("update fact set sign = -sign where what = 'late'")
    assert await true(world)


async def test_a_campaign_that_is_corrected_takes_with_it_all_that_was_counted(
    world: World, offered: UUID
) -> None:
    await world.press("rita", "send_back", reason="brief")
    before = await counted(world)
    assert {row[4] for row in before} == {"ports webinar"}

    await world.press(
        "quinn", "fix_brief", None, campaign="Own Prospecting", campaign_why="Typed in by mistake"
    )

    now = await counted(world)
    assert {row[4] for row in now} == {"own prospecting"}
    as_before = {row[:4] for row in now if row[0] != "made_exception"}
    assert as_before >= {row[:4] for row in before}
    assert await true(world)


async def test_what_was_decided_before_there_were_figures_is_counted_from_its_timeline(
    world: World, accepted: UUID
) -> None:
    stores, counted_so = world.app.services.stores, await counted(world)
    place = await world.rows("select place from handoff")
    await world.run("truncate fact")
    await world.run("update handoff set place = null")
    assert not await true(world) or await earlier_facts.left(stores.reads) == 1

    async with stores.door.open() as tx:
        assert await earlier_facts.convert(tx, stores.handoffs) == (1, None)
    async with stores.door.open() as tx:
        assert await earlier_facts.convert(tx, stores.handoffs) == (0, None)

    assert await counted(world) == counted_so
    assert await world.rows("select place from handoff") == place
    assert await true(world)


async def test_who_moves_to_another_team_takes_no_figure_along(
    world: World, accepted: UUID
) -> None:
    rita, mara = world.box.person("rita").id, world.box.person("mara").id
    other = world.box.person("helen").id
    await world.run("update person set managers = %s, pools = '{}' where id = %s", [other], rita)
    await world.until(datetime(2026, 3, 3, 8, 30, tzinfo=UTC))

    await world.press("rita", "how_it_went", titled="It took place")
    await world.press("rita", "no_further_step", ending="opportunity")
    await world.press("rita", "no_further_step", titled="Say so", ending="lost:competitor")

    told = await world.rows(
        "select what, code, reason, team, region, sum(sign) from fact where who = %s "
        "and what in ('accepted', 'met', 'opportunity', 'went', 'ended') "
        "group by 1, 2, 3, 4, 5 having sum(sign) <> 0 order by 1",
        rita,
    )
    assert told == [
        ("accepted", "", "", mara, "EMEA", 1),
        ("ended", "lost", "competitor", mara, "EMEA", 1),
        ("met", "", "", mara, "EMEA", 1),
        ("opportunity", "", "", mara, "EMEA", 1),
        ("went", "held", "", mara, "EMEA", 1),
    ], "a deal that was lost later was one all the same"
    assert await world.rows("select distinct team from fact where who = %s", rita) == [(mara,)]


async def sums(world: World) -> set[tuple[object, ...]]:
    return set(
        await world.rows(
            "select what, code, reason, count from day_sum "
            "where team is not null and what <> 'came'"
        )
    )


async def test_a_day_is_added_up_once_something_was_counted_on_it_and_looked_at_each_night(
    world: World, accepted: UUID
) -> None:
    stores = world.app.services.stores
    await stores.door.follow(AddUp())
    await world.work()
    so = {
        (what, code, reason, n)
        for what, code, reason, n in await world.rows(
            "select what, code, reason, sum(sign) from fact group by 1, 2, 3 having sum(sign) <> 0"
        )
    }
    assert await sums(world) == so
    assert await world.rows(
        "select sum(count) from day_sum where campaign is not null and what <> 'came'"
    ) == [(sum(int(str(row[3])) for row in so),)]
    assert await world.rows("select count(*) from dirty_day") == [(0,)]
    came = "select distinct day::text, code, count from day_sum where what = 'came'"
    assert await world.rows(came) == [("2026-03-02", "accepted", 1)], "by when it was handed over"
    await world.run("update day_sum set count = 5 where what = 'accepted' and team is not null")
    await world.run("insert into day_sum select '2026-03-02', '', 'x', null, 'met', '', '', 1")

    with capture_logs() as said:
        await stores.door.follow(LookAtFigures())
        await world.work()

    [told] = [one for one in said if one["event"] == "sums are not those of the facts"]
    assert told["days"] == ["2026-03-02"]
    assert await sums(world) == so, "made anew"
    with capture_logs() as said:
        await stores.door.follow(LookAtFigures())
        await world.work()
    assert not [one for one in said if one["log_level"] == "error"]


async def test_what_is_counted_and_never_happened_is_named_in_the_night(
    world: World, accepted: UUID
) -> None:
    await world.run("delete from fact where what = 'accepted'")

    with capture_logs() as said:
        await world.app.services.stores.door.follow(LookAtFigures())
        await world.work()

    told = "counted otherwise than its timeline tells"
    assert [one["handoffs"] for one in said if one["event"] == told] == [[1]]


async def test_until_it_is_found_where_an_earlier_lead_belongs_nothing_of_it_is_counted_twice(
    world: World, offered: UUID
) -> None:
    stores = world.app.services.stores
    await world.run("truncate fact")
    await world.run("update handoff set place = null")

    await world.press("rita", "send_back", reason="brief")
    assert await world.rows("select count(*) from fact") == [(0,)]
    with capture_logs() as said:
        await stores.door.follow(CountEarlier())
        await world.work()

    [told] = [one for one in said if one["event"] == "earlier handoffs are counted"]
    assert (told["now"], told["left"]) == (1, 0)
    assert ("sent_back", "", "brief") in [row[:3] for row in await counted(world)]
    assert await true(world)


async def test_a_row_that_cannot_be_read_keeps_no_other_from_being_counted_and_looked_at(
    world: World,
) -> None:
    """However many of them there are, and wherever they stand; the oldest is counted first."""
    ids = [await world.offer(wanted=f"2026-03-0{day}") for day in (4, 5, 6)]
    broken, fine, stores = ids[:2], ids[2], world.app.services.stores
    await world.run("update handoff set place = null")
    await world.run("delete from fact where handoff = %s", fine)
    for id in broken:
        await make_unreadable(world, id)

    last: UUID | None = None
    for each in ((0, ids[0]), (0, ids[1]), (1, fine)):
        async with stores.door.open() as tx:
            assert await earlier_facts.convert(tx, stores.handoffs, last, most=1) == each
        last = each[1]
    await world.run("delete from fact where handoff = %s and what = 'handed_over'", fine)
    with capture_logs() as said:
        await stores.door.follow(CountEarlier(), LookAtFigures())
        await world.work()

    assert await world.rows("select id from handoff where place is null order by number") == [
        (id,) for id in broken
    ]
    failed = "select task_name from procrastinate_jobs where status = 'failed'"
    assert await world.rows(failed) == []
    [number] = [one.handoff.number for one in await stores.handoffs.readable(ids)]
    told = "counted otherwise than its timeline tells"
    assert [one["handoffs"] for one in said if one["event"] == told] == [[number]]


@pytest.mark.at_once
async def test_what_reps_and_managers_owe_of_a_week_is_counted_as_any_promise(
    world: World,
) -> None:
    rita, mara = world.box.person("rita").id, world.box.person("mara").id
    put(world)
    await check(world)
    await world.until(FRIDAY + timedelta(hours=3))
    await check(world, MONDAY)

    await world.press("rita", "all_true")

    assert await counted(world, "handoff is null") == [
        ("kept", "settle_weeks", "", mara, "", 1),
        ("late", "confirm_week", "", rita, "", 1),
    ]
    teams = await world.rows("select distinct team from fact where handoff is null")
    assert teams == [(mara,)], "what she owes for her team is in it"
