"""When somebody last called, wrote to or met a prospect, as the CRM knows it: shown where the lead
is looked at, and a lead that lies idle is told of once.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from doctor import crm as examined
from handoff.effects import ReadActivity
from sandbox.crm.records import CONTACTS
from tests.beginnings import Beginning
from tests.doctor.examined import looked
from tests.journeys.crms import THERE, contact, in_salesforce_alone
from tests.journeys.test_deals import met
from tests.journeys.test_privacy import forget
from tests.world import INES, POLICY, World, a_world

ASKED = f"{POLICY.read_text()}\n[crm]\nactivity = true\nidle_days = 14\n"


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """As `world`, with a CRM that is asked who was in touch with a prospect."""
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        async with world.app.services.stores.door.open() as tx:
            await world.app.services.stores.policies.publish(tx, ASKED, world.clock())
        yield world


async def look(world: World, **later: float) -> None:
    world.clock.forward(timedelta(**later) if later else timedelta(minutes=15))
    await world.app.services.stores.door.follow(ReadActivity())
    await world.work()


def idle(world: World, who: str) -> int:
    return sum("IDLE" in "\n".join(m.texts()) for m in world.box.teams.chat(who))


async def test_the_last_call_or_mail_that_the_crm_knows_of_is_read_on_the_cards(
    sold: World,
) -> None:
    await met(sold, "")
    ines, crm = contact(sold).id, sold.box.crm
    assert "Last with the prospect" not in sold.reads("rita")
    crm.contacted(ines, "mail", sold.clock() - timedelta(days=1))
    crm.contacted(ines, "call", sold.clock() + timedelta(minutes=5))
    await look(sold)

    assert "Last with the prospect: a call, Tue 3 Mar." in sold.reads("rita")
    assert "Last with the prospect: a call, Tue 3 Mar." in sold.reads("quinn")
    told = "\n".join((await sold.say("mara", "why 1")).texts())
    assert "Last with the prospect: a call, Tue 3 Mar." in told
    [(kept,)] = await sold.rows("select activity from handoff")
    assert kept[0] == "call"
    assert len(kept) == 2, "how and when, and nothing else"

    asked = len(sold.box.requests.to("crm"))
    await look(sold)
    assert len(sold.box.requests.to("crm")) - asked <= 2
    await sold.press("rita", "no_further_step", ending="opportunity")
    await forget(sold, INES)
    assert await sold.rows("select activity from handoff") == [(None,)]


async def test_a_lead_that_lies_idle_is_told_of_once_to_its_rep_and_their_manager(
    sold: World,
) -> None:
    await met(sold, "opportunity")
    await sold.run(
        "update handoff set deal_id = '1', deals = %s",
        '[{"id": "1", "made_at": "2026-03-03T09:00:00+00:00", "state": "open"}]',
    )
    ines, crm = contact(sold).id, sold.box.crm
    await look(sold, days=13)
    assert (idle(sold, "rita"), idle(sold, "mara")) == (0, 0)
    crm.contacted(ines, "meeting", sold.clock() - timedelta(hours=1))
    await look(sold, days=13)
    assert (idle(sold, "rita"), idle(sold, "mara")) == (0, 0), "they have met"

    away = sold.box.faults.crm_away()
    await look(sold, days=2)
    assert idle(sold, "mara") == 0, "what the CRM would say is not known"
    sold.box.faults.lift(away)
    await sold.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await look(sold)
    assert (idle(sold, "rita"), idle(sold, "mara"), idle(sold, "quinn")) == (1, 1, 0)
    assert "Last with the prospect: a meeting, Mon 16 Mar." in sold.reads("mara")
    await look(sold, days=3)
    assert (idle(sold, "rita"), idle(sold, "mara")) == (1, 1), "once"

    crm.contacted(ines, "call", sold.clock())
    await look(sold)
    await look(sold, days=15)
    assert (idle(sold, "rita"), idle(sold, "mara")) == (2, 2), "it went on, and lies idle again"


async def test_what_is_planned_is_not_idle(sold: World) -> None:
    async with sold.app.services.stores.door.open() as tx:
        text = ASKED.replace("idle_days = 14", "idle_days = 1")
        await sold.app.services.stores.policies.publish(tx, text, sold.clock())
    await met(sold, "")
    await sold.press("rita", "follow_up", titled="Call in 2 days")
    await look(sold, hours=30)
    assert idle(sold, "rita") == 0
    await sold.pass_(days=1)
    await sold.press("rita", "follow_up_done", titled="No answer")
    await look(sold, hours=30)
    assert idle(sold, "rita") == 1


@in_salesforce_alone
async def test_whoever_may_not_read_events_is_told_so_by_the_doctor(sold: World) -> None:
    await met(sold, "")
    sold.box.salesforce.hidden.add("Event")
    await look(sold)
    what = "it says when prospects were called, written to and met"
    assert not (await looked(sold, examined.checks))[what].well
    assert sold.box.crm.all(CONTACTS)
