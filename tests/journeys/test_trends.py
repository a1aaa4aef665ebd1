"""Somebody hears that a reason is given more often: who can do something about it, and once."""

from datetime import UTC, datetime, timedelta

from handoff.effects import LookForTrends
from tests.journeys.rotation import policy
from tests.world import World

MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
FACT = """
insert into fact (sign, n, what, code, reason, at, known_at, who, team, pool, region, segment,
    stage, campaign, policy)
select 1, 0, %s, '', %s, %s, %s, 'x', 'x', 'emea', 'EMEA', '', '', 'hannover fair', 1
from generate_series(1, %s)
"""


async def given(world: World, weeks: int, what: str, times: int, reason: str = "") -> None:
    """So often, so many weeks ago."""
    at = MONDAY - timedelta(weeks=weeks, hours=-9)
    await world.run(FACT, what, reason, at, at, times)


async def spike(world: World) -> None:
    """Milo's campaign brings the wrong persons since four weeks."""
    await world.install("milo", "helen")
    await world.run(
        "insert into campaign values ('fair26', 'fair26', 'Hannover fair', 'hannover fair', "
        "%s, 'event', now())",
        world.box.person("milo").id,
    )
    for week in range(1, 17):
        await given(world, week, "handed_over", 10)
        await given(world, week, "sent_back", 5 if week <= 4 else 1, "wrong_person")
        await given(world, week, "sent_back", 1, "no_budget")
    world.clock.set(MONDAY + timedelta(hours=9))


async def look(world: World) -> None:
    await world.app.services.stores.door.follow(LookForTrends())
    await world.work()


async def test_a_spike_is_told_to_the_owner_of_the_campaign_and_to_whoever_leads_all_once(
    world: World,
) -> None:
    await spike(world)
    before = {who: world.cards(who) for who in ("rita", "mara", "quinn")}

    await look(world)

    for who in ("milo", "helen"):
        read = world.reads(who)
        assert "GIVEN MORE OFTEN" in read, who
        assert "campaign Hannover fair" in read
        assert (
            "In the last 4 weeks 20 times with 40 leads handed over (50 per 100); in the 12 "
            in read
        )
        assert "12 times with 120 leads handed over (10 per 100)." in read
        assert "less than once in a thousand times" in read
    assert {who: world.cards(who) for who in before} == before
    [(reason, campaign)] = await world.rows("select reason, campaign from trend")
    assert (reason, campaign) == ("wrong_person", "fair26")

    cards = world.cards("milo")
    await look(world)
    world.clock.forward(timedelta(days=7))
    await look(world)
    assert world.cards("milo") == cards, "of the same nobody hears again at once"


async def test_nobody_hears_of_it_in_their_time_off(world: World) -> None:
    await spike(world)
    world.clock.set(MONDAY + timedelta(hours=2))
    before = {who: world.cards(who) for who in ("milo", "helen")}

    await look(world)

    assert await world.rows("select cardinality(waits) from trend") == [(2,)], "it is found"
    assert {who: world.cards(who) for who in before} == before
    world.clock.set(MONDAY + timedelta(hours=9))
    await look(world)
    assert {who: world.cards(who) - before[who] for who in before} == {"milo": 1, "helen": 1}
    await look(world)
    assert {who: world.cards(who) - before[who] for who in before} == {"milo": 1, "helen": 1}


async def test_a_campaign_that_is_in_no_list_is_called_as_its_leads_write_it(world: World) -> None:
    await world.offer(campaign="HANNOVER Fair")
    await spike(world)
    await world.run("delete from campaign")

    await look(world)

    assert "campaign HANNOVER Fair" in world.reads("helen")


async def test_what_is_as_it_was_or_switched_off_is_not_told(world: World) -> None:
    await spike(world)
    await policy(world, ("[[pools]]", "[weekly]\ntrends = false\n\n[[pools]]"))
    await look(world)
    assert not await world.rows("select from trend")

    await policy(world)
    for week in range(5, 17):
        await given(world, week, "sent_back", 4, "wrong_person")
    await look(world)
    assert not await world.rows("select from trend"), "it was so all the while"
