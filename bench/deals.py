"""How long it takes until what was changed of every deal in the CRM is known here, and how often
the CRM is asked for it.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from bench.measuring import Figure, Sizes
from bench.outlook import columns, company
from handoff.effects import ReadDeals
from sandbox.crm.records import CONTACTS, DEALS
from tests.world import World, a_world

MOST = 120.0  # seconds
A_LOOK = timedelta(minutes=15)
LEADS_EACH = 100  # that one rep has
EACH, QUESTIONS = 500, 10  # contacts of one job, and what may be asked of them
BEFORE = {"dealname": "Ports", "dealstage": "qualifiedtobuy", "amount": "60000"}
AFTER = {"dealstage": "contractsent", "amount": "70000"}
KNOWN = """
select count(*) from handoff where deals -> 0 ->> 'stage' = 'contractsent'
and deals -> 0 -> 'amount' ->> 0 = '7000000' and deal_id = deals -> 0 ->> 'id'
"""


async def measure(url: str, sizes: Sizes) -> list[Figure]:
    """Each lead has a contact of its own with one deal, of which stage and amount are changed."""
    reps = company(max(2, sizes.deals // LEADS_EACH))
    async with a_world(url, company=reps, more={"CRM": "hubspot"}) as world:
        await world.install("quinn", "rita", "mara")
        await _with_deals(world, sizes.deals)
        for one in world.box.crm.all(DEALS):
            world.box.crm.change(DEALS, one.id, AFTER)
        world.clock.forward(A_LOOK)
        world.box.requests.clear()
        took = await _until_known(world, sizes.deals)
        asked = len(world.box.requests.to("crm"))
        await world.run("delete from procrastinate_jobs")
    most = QUESTIONS * -(-sizes.deals // EACH)
    return [
        Figure(
            what="deals that were changed, until all are taken in",
            found=f"{took:.1f} s for {sizes.deals:,}",
            bound=f"under {MOST:.0f} s for 10,000",
            value=took,
            well=took < MOST,
            how=f"stage and amount of {sizes.deals:,} deals, one lead and one contact each, "
            f"{LEADS_EACH} of a rep, from the first look on; one worker, with the jobs for cards "
            "that follow, to the sandbox's HubSpot in the same process",
        ),
        Figure(
            what="questions to the CRM for these deals",
            found=f"{asked}",
            bound=f"at most {QUESTIONS} for {EACH} contacts",
            value=asked,
            well=0 < asked <= most,
            counted=True,
            how="over the wire, counted by the sandbox",
        ),
    ]


async def _until_known(world: World, deals: int) -> float:
    """Seconds."""
    await world.app.services.stores.door.follow(ReadDeals())
    began, known = monotonic(), 0
    worker = asyncio.create_task(world.app.work(grace=0))
    while known < deals:
        await asyncio.sleep(1)  # the count itself is work for the database
        [(known,)] = await world.rows(KNOWN)
        assert monotonic() - began < 900, f"only {known} are known"
        assert not worker.done(), "the worker has ended"
    took = monotonic() - began
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    return took


async def _with_deals(world: World, deals: int) -> None:
    """So many leads whose deal is known: one that came to be as they all do, and copies of it."""
    template = await world.accepted()
    [contact] = world.box.crm.all(CONTACTS)
    world.box.crm.add(DEALS, BEFORE, frozenset({(CONTACTS, contact.id)}))
    world.clock.forward(A_LOOK)
    await world.app.services.stores.door.follow(ReadDeals())
    await world.work()
    assert (await world.case(template)).handoff.deal, "it is not known"
    ids, contacts, made = [], [], []
    for n in range(1, deals):
        there = world.box.crm.add(CONTACTS, {"lastname": f"Contact {n}"})
        deal = world.box.crm.add(DEALS, BEFORE, frozenset({(CONTACTS, there.id)}))
        ids.append(uuid4())
        contacts.append(there.id)
        made.append(deal.id)
    await _copied(world, template, ids, contacts, made)


async def _copied(
    world: World, template: UUID, ids: Sequence[UUID], contacts: Sequence[str], deals: Sequence[str]
) -> None:
    """Leads, handoffs and where they are told, each with a contact and a deal of its own, and given
    by one colleague to the next in turn.
    """
    people = [p.id for p in world.box.directory if p.given.startswith("N")]
    reps = [people[n % len(people)] for n in range(len(ids))]
    qualifiers = [people[(n + 1) % len(people)] for n in range(len(ids))]
    own = {
        "lead": {"id": "c.id", "contact_email": "'a@' || c.contact || '.example'"},
        "handoff": {
            "id": "c.id",
            "lead": "c.id",
            "rep": "c.rep",
            "owner": "c.rep",
            "qualifier": "c.qualifier",
            "deal_id": "c.deal",
            "deals": "jsonb_set(t.deals, '{0,id}', to_jsonb(c.deal))",
        },
        "crm_link": {
            "handoff": "c.id",
            "contact": "c.contact",
            "address": "'a@' || c.contact || '.example'",
        },
    }
    async with await AsyncConnection.connect(world.settings.database_url) as tx:
        for table, values in own.items():
            names = await columns(world, table)
            picked = ", ".join(values.get(name, f"t.{name}") for name in names)
            key = "handoff" if table == "crm_link" else "id"
            await tx.execute(
                f"insert into {table} ({', '.join(names)}) select {picked} from {table} t, "  # noqa: S608
                "unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[]) "
                "as c (id, contact, deal, rep, qualifier) "
                f"where t.{key} = %s",
                [list(ids), list(contacts), list(deals), reps, qualifiers, template],
            )
    await world.run("analyze")
