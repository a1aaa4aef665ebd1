"""Who is accountable for a deal follows its stage in the CRM, by the same turns as any lead; a deal
that is won is handed to whoever looks after customers.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from doctor import crm
from handoff.effects import LookAtFigures, LookForWins
from handoff.model import State
from sandbox.crm.records import CONTACTS, DEALS
from tests.beginnings import Beginning
from tests.doctor.examined import looked
from tests.journeys.crms import THERE, contact, there
from tests.journeys.test_counting import true
from tests.journeys.test_deals import a_deal, look, met
from tests.world import POLICY, World, a_world

AT_WORK = datetime(2026, 3, 3, 17, tzinfo=UTC)  # in America too
FOLLOWS = """
[crm]
owner = true
[crm.accountable]
"{}" = "pool:americas"
"{}" = "ravi.patel@halden.example"
[wins]
pool = "americas"
"""


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A CRM, and a policy that has who is accountable follow the stage."""
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        await in_force(world, follows(world))
        for who in ("noah", "lena", "sam"):
            await world.box.teams.install(who)
        await world.work()
        yield world


def follows(world: World) -> str:
    """That policy, with the ids that the stages have there."""
    stages = map(there(world).stage, ("contractsent", "decisionmakerboughtin"))
    return POLICY.read_text() + FOLLOWS.format(*stages)


async def in_force(world: World, text: str) -> None:
    async with world.app.services.stores.door.open() as tx:
        await world.app.services.stores.policies.publish(tx, text, world.clock())


async def whose(world: World, id: UUID) -> tuple[str, str]:
    """Its rep and its owner."""
    case = await world.case(id)
    names = [case.people[one].first_name for one in (case.handoff.rep, case.handoff.owner) if one]
    return names[0], names[1]


async def turns(world: World) -> list[tuple[str, str, str]]:
    """What the router wrote down of choices: kind, pool and who."""
    return [
        (kind, pool, name.split()[0])
        for kind, pool, name in await world.rows(
            "select r.kind, r.pool, p.name from routing_record r join person p on p.id = r.chosen "
            "order by r.n"
        )
    ]


async def in_americas(world: World) -> set[str]:
    return {
        name.split()[0]
        for (name,) in await world.rows("select name from person where 'americas' = any(pools)")
    }


@pytest.mark.parametrize("ending", ["opportunity", ""], ids=["after the end", "followed up"])
async def test_a_deal_that_comes_to_a_stage_is_whose_turn_it_is_there_once_and_all_read_so(
    sold: World, ending: str
) -> None:
    id = await met(sold, ending)
    made = a_deal(sold)
    await look(sold)
    assert await whose(sold, id) == ("Rita", "Rita"), "nothing is said of that stage"
    before = await turns(sold)
    sold.box.crm.change(DEALS, made.id, {"dealstage": "contractsent"})
    await look(sold)

    rep, owner = await whose(sold, id)
    assert rep == owner
    assert rep in await in_americas(sold)
    assert await turns(sold) == [*before, ("turn", "americas", rep)], "by the same machine"
    who = rep.lower()
    await sold.until(AT_WORK)
    assert "Its deal came to Contract Sent, so you have it." in sold.reads(who)
    assert f"so {rep} has it." in sold.reads("rita")
    assert f"so {rep} has it." in sold.reads("quinn")
    told = await sold.say("quinn", "why 1")
    assert told.says("The CRM has its deal at Contract Sent, so")
    assert "Rita" not in {c.who for c in (await sold.case(id)).handoff.commitments if c.open}
    if not ending:
        assert "next_step" in {c.what for c in (await sold.case(id)).handoff.commitments if c.open}

    for stage in ("contractsent", "qualifiedtobuy", "contractsent"):
        sold.box.crm.change(DEALS, made.id, {"dealstage": stage})
        await look(sold)
    assert await whose(sold, id) == (rep, rep), "who is in that pool has it already"
    assert len(await turns(sold)) == len(before) + 1

    user = sold.box.crm.owner(sold.box.person(who).mail)
    assert contact(sold).values["hubspot_owner_id"] == user.id
    if ending:
        await sold.press(who, "no_further_step", titled="Won", ending="won")
    await sold.app.services.stores.door.follow(LookAtFigures())
    await sold.work()
    await true(sold)


async def test_somebody_whom_the_policy_names_has_it_and_a_pool_in_which_nobody_can_waits(
    sold: World,
) -> None:
    id = await met(sold)
    made = a_deal(sold, dealstage="decisionmakerboughtin")
    await look(sold)
    assert await whose(sold, id) == ("Ravi", "Ravi"), "also where it is made at that stage"

    await away(sold)
    sold.box.crm.change(DEALS, made.id, {"dealstage": "contractsent"})
    await look(sold)
    assert await whose(sold, id) == ("Ravi", "Ravi"), "nobody is there: it stays"
    await back(sold)
    await look(sold)
    rep, _ = await whose(sold, id)
    assert rep in await in_americas(sold)


async def away(world: World) -> None:
    until = world.clock() + timedelta(days=3)
    await world.run(
        "update person set away = tstzmultirange(tstzrange(%s, %s)) where 'americas' = any(pools)",
        world.clock() - timedelta(hours=1),
        until,
    )


async def back(world: World) -> None:
    await world.run("update person set away = '{}' where 'americas' = any(pools)")


async def test_a_meeting_that_is_ahead_stays_with_its_rep_until_it_is_over(sold: World) -> None:
    id = await sold.accepted()
    a_deal(sold, dealstage="contractsent")
    await look(sold)
    assert await whose(sold, id) == ("Rita", "Rita")
    case = await sold.case(id)
    assert case.handoff.meeting is not None
    await sold.until(case.handoff.meeting.span.end)
    await look(sold)
    rep, _ = await whose(sold, id)
    assert rep in await in_americas(sold)
    assert (await sold.case(id)).handoff.state is State.FOLLOWING


async def test_a_deal_that_was_there_before_the_policy_said_so_stays_where_it_is(
    sold: World,
) -> None:
    await in_force(sold, POLICY.read_text())
    id = await met(sold)
    made = a_deal(sold, dealstage="contractsent")
    await look(sold)
    await in_force(sold, follows(sold))
    await look(sold)
    assert await whose(sold, id) == ("Rita", "Rita"), "it has not moved"
    sold.box.crm.change(DEALS, made.id, {"amount": "70000"})
    await look(sold)
    assert await whose(sold, id) == ("Rita", "Rita")


async def test_a_deal_that_is_won_is_handed_to_whose_turn_it_is_for_customers(sold: World) -> None:
    id = await met(sold, "won")
    sold.clock.forward(timedelta(minutes=50))
    await sold.app.services.stores.door.follow(LookForWins())
    await sold.work()
    assert await whose(sold, id) == ("Rita", "Rita"), "a slip of the thumb is put right first"
    sold.clock.forward(timedelta(minutes=20))
    for _ in range(2):
        await sold.app.services.stores.door.follow(LookForWins())
        await sold.work()

    rep, owner = await whose(sold, id)
    assert rep == "Rita"
    assert owner in await in_americas(sold)
    assert (await turns(sold))[-1] == ("turn", "americas", owner)
    assert len([one for one in await turns(sold) if one[1] == "americas"]) == 1
    who = owner.lower()
    await sold.until(AT_WORK)
    text = sold.reads(who)
    assert "WON, AND YOURS" in text
    assert "Rita Osei won it, and you are next in turn in Americas" in text
    assert "See tracking live" in text, "what is known of them"
    assert f"It is won, and {owner} looks after the customer." in sold.reads("rita")
    assert f"It is won, and {owner} looks after the customer." in sold.reads("quinn")
    assert (await sold.say("quinn", "why 1")).says("It is won, so")
    user = sold.box.crm.owner(sold.box.person(who).mail)
    assert contact(sold).values["hubspot_owner_id"] == user.id

    await sold.press("rita", "no_further_step", titled="Say so", ending="opportunity")
    assert await whose(sold, id) == ("Rita", "Rita"), "it is not won after all"
    assert "NOT WON AFTER ALL" in sold.reads(who)
    assert "Rita Osei has it again. Nothing is asked of you." in sold.reads(who)
    await sold.app.services.stores.door.follow(LookAtFigures())
    await sold.work()
    await true(sold)


async def test_doctor_names_whom_the_policy_names_and_nobody_knows(sold: World) -> None:
    what = "whoever [crm.accountable] names is here"
    assert (await looked(sold, crm.checks))[what].well
    await in_force(sold, follows(sold).replace("ravi.patel@", "nobody@"))
    found = (await looked(sold, crm.checks))[what]
    assert (found.well, found.found) == (False, "nobody@halden.example")
    id = await met(sold)
    a_deal(sold, dealstage="decisionmakerboughtin")
    await look(sold)
    assert await whose(sold, id) == ("Rita", "Rita")


async def test_without_a_pool_for_customers_what_is_won_stays_with_its_rep(sold: World) -> None:
    await in_force(sold, POLICY.read_text())
    id = await met(sold, "won")
    sold.clock.forward(timedelta(hours=2))
    await sold.app.services.stores.door.follow(LookForWins())
    await sold.work()
    assert await whose(sold, id) == ("Rita", "Rita")
    assert sold.box.crm.all(CONTACTS)
