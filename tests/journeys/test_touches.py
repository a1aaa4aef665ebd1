"""First and last touch stand beside where a lead came from, as the company's CRM had them once; and
where it came from is nobody's to change who was given it.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from bot.teams import VERBS
from doctor import crm as examined
from handoff.effects import LookForBlanks
from handoff.model import Touched
from sandbox.crm.records import CONTACTS, HUBSPOT, SALESFORCE, Field
from tests.beginnings import Beginning
from tests.doctor.examined import looked
from tests.journeys.crms import THERE, contact
from tests.journeys.test_crm_leads import publish
from tests.tabs.opened import opens
from tests.thoroughness import THOROUGH
from tests.world import BRIEF, INES, POLICY, World, a_world

FIRST, LAST = "hs_analytics_source", "hs_latest_source"
OWN = {SALESFORCE: ("first_touch", "last_touch")}
SPELLED = {SALESFORCE: ("First_Touch__c", "Last_Touch__c")}
THERE_ARE = "it has the fields of first and last touch"
ENDS = {"no_further_step", "send_back", "end", "recycle"}
HAD = ("ORGANIC_SEARCH", "Spring webinar")


def fields(make: str) -> tuple[str, str]:
    """What an administrator calls them in the sandbox: HubSpot alone has its own."""
    return (FIRST, LAST) if make == HUBSPOT else ("first_touch", "last_touch")


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        make = world.box.crm.make
        for name in fields(make):
            if make != HUBSPOT:
                world.box.crm.has_field(Field(kind=CONTACTS, name=name, label=name, own=True))
        first, last = SPELLED.get(make, fields(make))
        text = f'{POLICY.read_text()}\n[crm.touches]\nfirst = "{first}"\nlast = "{last}"\n'
        await publish(world, text)
        yield world


def came(world: World, first: str = HAD[0], last: str = HAD[1]) -> None:
    """Ines is known there, and by what she came."""
    names = fields(world.box.crm.make)
    said = {"email": INES, "lastname": "Prado", "company": "Contoso Logistics"}
    world.box.crm.add(CONTACTS, said | dict(zip(names, (first, last), strict=True)))


async def again(world: World, id: UUID) -> None:
    await world.app.services.stores.door.follow(LookForBlanks(id))
    await world.work()


async def test_first_and_last_touch_stand_beside_the_campaign_and_stay_as_they_were(
    sold: World,
) -> None:
    came(sold)
    id = await sold.offer()
    make = sold.box.crm.make
    lines = f"First touch: Organic search, as {make} had it", f"Spring webinar, as {make} had it"

    kept = Touched(first=HAD[0], last=HAD[1], by=make)
    assert (await sold.case(id)).handoff.touched == kept
    page = (await opens(sold, "quinn", "/handoff/1")).reads
    story = "\n".join((await sold.say("rita", "why 1")).texts())
    for where in (page, story):
        assert "Campaign: Ports webinar" in where, "the primary source is the one that it was"
        assert lines[0] in where
        assert f"Last touch: {lines[1]}" in where
    await sold.press("rita", "accept", await sold.found("rita", "accept"))
    assert "Organic search" in await _brief(sold), "it stands on the brief"

    sold.box.crm.change(CONTACTS, contact(sold).id, dict.fromkeys(fields(make), "PAID_SEARCH"))
    await again(sold, id)
    assert (await sold.case(id)).handoff.touched == kept, "however it is changed there later"
    assert await sold.timeline(id) == [w for w in await sold.timeline(id) if "campaign" not in w]


async def _brief(world: World) -> str:
    texts = [m.texts() for m in world.box.teams.chat("rita")]
    return "\n".join(line for lines in texts for line in lines)


async def test_of_whom_the_crm_knows_no_touch_nothing_is_said_of_any(sold: World) -> None:
    id = await sold.offer()
    assert (await sold.case(id)).handoff.touched is None
    assert "touch:" not in (await opens(sold, "quinn", "/handoff/1")).reads
    assert await sold.rows("select id from procrastinate_jobs where status = 'failed'") == []


async def test_where_the_field_is_none_of_theirs_the_lead_waits_for_nothing(sold: World) -> None:
    first, last = SPELLED.get(sold.box.crm.make, fields(sold.box.crm.make))
    assert (await looked(sold, examined.checks))[THERE_ARE].well
    for name in fields(sold.box.crm.make):
        sold.box.crm.lacks_field(CONTACTS, name)
    lacking = (await looked(sold, examined.checks))[THERE_ARE]
    assert lacking.found == "; ".join(sorted((first, last)))
    assert "[crm.touches]" in lacking.then
    id = await sold.accepted()
    assert (await sold.case(id)).handoff.touched is None, (first, last)
    assert await sold.state(id) == "accepted"


STATES = ("sent_back", *(("offered", "accepted") if THOROUGH else ()))


@pytest.mark.large
@pytest.mark.parametrize("state", STATES)
async def test_a_rep_cannot_change_a_source(sold: World, state: str) -> None:
    """By no form, no click and no address, whatever she sends, and however the lead stands."""
    came(sold)
    id = await sold.offer()
    if state == "accepted":
        await sold.press("rita", "accept")
    if state == "sent_back":
        await sold.press("rita", "send_back", reason="brief")
    assert await sold.state(id) == state
    make, hers = sold.box.crm.make, "Hers alone"
    before = await _sources(sold, id)
    assert before["campaign"] == "Ports webinar"
    said = {
        **BRIEF,
        **dict.fromkeys(("campaign", "campaign_why", "source", "touched"), hers),
        **dict.fromkeys(("first_touch", "last_touch", "spent", "code"), hers),
        "lead": {"campaign": hers},
        "handoff": str(id),
    }

    forms, opened = set[str](), 0
    for message in list(sold.box.teams.chat("rita")):
        for form in [one for one in message.actions() if one.verb == "open"]:
            await sold.box.teams.execute("rita", message, "open", form.data)
            shown = sold.box.teams.chats.message("rita", message.id) or message
            opened += any(one.title == "Back" for one in shown.actions())
            forms |= {str(i["id"]) for a in shown.actions() for i in a.inputs}
            for back in [one for one in shown.actions() if one.title == "Back"]:
                await sold.box.teams.execute("rita", message, "back", back.data)
    assert opened, "she has forms"
    assert not forms & {"campaign", "campaign_why", "source", "first_touch", "last_touch"}

    card = sold.newest("rita")
    # What has to do with a brief comes first, for others may end it.
    for verb in sorted(VERBS, key=lambda one: ("brief" not in one, one in ENDS, one)):
        await sold.box.teams.execute("rita", card, verb, said)
        assert await _sources(sold, id) == before, verb
    await sold.app.work(wait=False, concurrency=2)
    assert await _sources(sold, id) == before

    token = sold.box.entra.tab_token(sold.box.person("rita"))
    takes = [one for one in sold.app.site.router.routes() if one.method not in ("GET", "HEAD")]
    assert len(takes) > 5
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        for one in takes:
            where = one.resource.canonical if one.resource else ""
            where = where.replace("{id}", str(id))
            async with http.request(one.method, f"{sold.url}{where}", json=said) as answer:
                await answer.read()
            assert await _sources(sold, id) == before, where
    assert await sold.rows("select count(*) from lead") == [(1,)], "nor is there another of hers"
    there = contact(sold).values
    assert tuple(there[name] for name in fields(make)) == HAD, "nothing is written there"


async def _sources(world: World, id: UUID) -> dict[str, Any]:
    """All that says where it came from."""
    handoff = (await world.case(id)).handoff
    return {
        "campaign": handoff.lead.campaign,
        "touched": handoff.touched,
        "deeds": [one for one in handoff.deeds if one.what.value == "came_in"],
        "counted": await world.rows("select distinct campaign from fact where handoff = %s", id),
        "corrected": [one for one in await world.timeline(id) if one == "campaign_corrected"],
        "list": await world.rows("select * from campaign"),
        "senders": await world.rows("select name, campaign from lead_source"),
    }
