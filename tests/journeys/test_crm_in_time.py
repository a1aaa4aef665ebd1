"""How long it takes until one side knows what was changed on the other: by the clock, and by when
the jobs are due by themselves.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from handoff.effects import CRM
from handoff.snapshot import TOLD
from jobs.tasks import KNOWN
from sandbox.crm.records import CONTACTS, DEALS, Field
from tests.beginnings import Beginning
from tests.journeys.crms import THERE, contact, there
from tests.journeys.test_crm_leads import a_lead, prepared
from tests.journeys.test_deals import a_deal, met
from tests.world import World, a_world

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        for name, label in TOLD.items():
            world.box.crm.has_field(
                Field(kind=CONTACTS, name=name, label=label, type="string", own=True)
            )
        yield world


async def minutes(world: World, count: int) -> None:
    """They pass, and whatever of the CRM's is due by itself in each is done."""
    for _ in range(count):
        world.clock.set(_minute(world.clock()) + MINUTE)
        for kind, known in KNOWN.items():
            if kind.queue == CRM and known.cron and _is_due(known.cron, world.clock()):
                await world.app.services.stores.door.follow(kind())
        await world.work()


def _is_due(cron: str, at: datetime) -> bool:
    """By the minute alone, as all of these are."""
    minute, *rest = cron.split()
    assert rest == ["*"] * 4
    step = minute.removeprefix("*/")
    return at.minute % int(step) == 0 if step != minute else f"{at.minute}" in minute.split(",")


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


async def test_what_is_clicked_stands_in_the_crm_within_a_minute(sold: World) -> None:
    await sold.offer()
    for verb, status in (("accept", "accepted"), ("send_back", "sent back")):
        clicked = sold.clock()
        if verb == "accept":
            await sold.press("rita", verb)
        else:
            await sold.press("rita", verb, reason="brief")
        said = contact(sold)
        assert said.values["baton_status"] == status
        assert said.values["baton_changed_by"] == "Rita Osei"
        assert said.changed_at - clicked <= MINUTE
        [(late,)] = await sold.rows(
            "select count(*) from procrastinate_jobs where queue_name = 'crm' and status = 'todo'"
        )
        assert late == 0, "nothing waits for a later look"


async def test_what_is_changed_in_the_crm_is_known_here_by_the_next_look_that_is_due(
    sold: World,
) -> None:
    id = await met(sold)
    made = a_deal(sold)
    await minutes(sold, 15)
    assert (await sold.case(id)).handoff.deal_id == made.id
    for stage in ("contractsent", "closedwon"):
        sold.box.crm.change(DEALS, made.id, {"dealstage": stage})
        await minutes(sold, 15)
        deal = (await sold.case(id)).handoff.deal
        assert deal is not None
        assert deal.stage == there(sold).stage(stage)


async def test_who_becomes_a_lead_in_the_crm_is_one_here_within_two_minutes(sold: World) -> None:
    await prepared(sold)
    await minutes(sold, 1)
    a_lead(sold)
    await minutes(sold, 2)
    [(leads,)] = await sold.rows("select count(*) from handoff")
    assert leads == 1
