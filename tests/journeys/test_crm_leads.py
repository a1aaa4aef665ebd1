"""Leads come in from the CRM by themselves: what becomes one there is one here, once, by the same
checks as from a form, whatever fails in between.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from doctor import crm as examined
from handoff.effects import ReadLeads
from sandbox.crm.records import CONTACTS, DATAVERSE, HUBSPOT, SALESFORCE, Field, Record
from tests.beginnings import Beginning
from tests.doctor.examined import looked
from tests.journeys.crms import (
    THERE,
    contact,
    in_hubspot_alone,
    in_salesforce_alone,
    there,
)
from tests.journeys.test_privacy import forget
from tests.senders import told
from tests.world import BRIEF, INES, POLICY, World, a_world

BY = {
    HUBSPOT: ("lifecyclestage", "marketingqualifiedlead"),
    SALESFORCE: ("Status", "Working"),
    DATAVERSE: ("leadqualitycode", "2"),
}
STORED = {
    HUBSPOT: "lifecyclestage",
    SALESFORCE: "hs_lead_status",
    DATAVERSE: "hs_lead_status",
}
OWN = ("needs", "pains", "current_solution", "request", "worth", "utm_campaign")
SOURCE = "The CRM"


def rules(make: str, **fields: str) -> str:
    """The policy in which so many fields of the CRM's own are named."""
    field, value = BY[make]
    named = {one: one for one in OWN[:4]} | {"value": "worth", "campaign": "utm_campaign"} | fields
    spell = _of_salesforce if make == SALESFORCE else (lambda one: one)
    which = "\n".join(f'{ours} = "{spell(theirs)}"' for ours, theirs in named.items())
    return (
        f'{POLICY.read_text()}\n[crm.leads]\nsource = "{SOURCE}"\nfield = "{field}"\n'
        f'values = ["{value}"]\n[crm.leads.fields]\n{which}\n'
    )


def _of_salesforce(name: str) -> str:
    return "_".join(part.capitalize() for part in name.split("_")) + "__c"


async def publish(world: World, text: str) -> None:
    async with world.app.services.stores.door.open() as tx:
        await world.app.services.stores.policies.publish(tx, text, world.clock())


def with_fields(world: World) -> None:
    for name in OWN:
        type = "number" if name == "worth" else "string"
        world.box.crm.has_field(Field(kind=CONTACTS, name=name, label=name, type=type, own=True))


async def prepared(world: World) -> None:
    with_fields(world)
    people = [world.box.person(who).mail for who in ("milo", "quinn")]
    said = await told(world, "make", SOURCE, "--crm", "--owner", people[0], "--for", people[1])
    assert SOURCE in said
    assert "baton_lead_" not in said, "it has no key"
    await publish(world, rules(world.box.crm.make))
    await read(world)


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """As `world`, with a CRM whose leads come in."""
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        await prepared(world)
        yield world


async def read(world: World) -> None:
    """The next look, two minutes later."""
    world.clock.forward(timedelta(minutes=2))
    await world.app.services.stores.door.follow(ReadLeads())
    await world.work()


def made(world: World, mail: str = INES, **other: str) -> Record:
    """Somebody who is in the CRM, and no lead yet."""
    said = {
        "email": mail,
        "firstname": "Ines",
        "lastname": "Prado",
        "company": "Contoso Logistics",
        **{name: BRIEF[name] for name in OWN[:4]},
        "worth": "48000",
        "utm_campaign": "Ports webinar",
    }
    crm = world.box.crm
    return crm.add(CONTACTS, said | other, lead=crm.make != HUBSPOT)


def becomes_a_lead(world: World, one: Record) -> None:
    value = BY[world.box.crm.make][1]
    world.box.crm.change(CONTACTS, one.id, {STORED[world.box.crm.make]: value})


def a_lead(world: World, mail: str = INES, **other: str) -> Record:
    make = world.box.crm.make
    return made(world, mail, **{STORED[make]: BY[make][1], **other})


async def leads(world: World) -> list[tuple[Any, ...]]:
    return await world.rows(
        "select h.number, l.contact_email, h.reason from handoff h join lead l on l.id = h.lead "
        "order by h.number"
    )


async def test_what_becomes_a_lead_in_the_crm_is_somebodys_here_and_goes_on_there(
    sold: World,
) -> None:
    one, cards = made(sold), sold.cards("quinn")
    await read(sold)
    assert await leads(sold) == [], "it is in the CRM, and no lead"

    becomes_a_lead(sold, one)
    await read(sold)

    assert await leads(sold) == [(1, INES, None)]
    assert sold.cards("quinn") == cards + 1
    card = sold.reads("quinn")
    assert "READY TO HAND OVER" in card
    assert f"It came in from {SOURCE}." in card
    [lead] = await sold.rows(
        "select company, contact_name, needs, campaign, worth, worth_currency from lead"
    )
    assert lead == (
        "Contoso Logistics",
        "Ines Prado",
        BRIEF["needs"],
        "Ports webinar",
        4_800_000,
        "EUR",
    )
    await sold.say("quinn", "why 1")
    assert f"It came in from {SOURCE}, for Quinn Avery" in sold.reads("quinn")

    sold.box.crm.change(CONTACTS, one.id, {"phone": "+34 91 000"})
    for _ in range(3):
        await read(sold)
    assert len(await leads(sold)) == 1, "whatever else is changed of it"

    sold.box.crm.change(CONTACTS, one.id, {"email": "another@contoso.example"})
    await sold.say("quinn", "book")
    await sold.press("quinn", "choose_lead")
    where: dict[str, Any] = {"target": "pool:emea", "contact_zone": "Europe/Madrid"}
    await sold.press("quinn", "find_times", type="first", wanted="2026-03-03", **where)
    await sold.work()
    await sold.press("quinn", "book")
    await sold.work()
    assert [o.id for o in sold.box.crm.all(CONTACTS)] == [one.id], "it is told of that very one"
    [(contact_id,)] = await sold.rows("select contact from crm_link")
    assert contact_id == one.id


async def test_what_was_a_lead_before_the_policy_asked_stays_as_it_was(
    database: str,
) -> None:
    async with a_world(database, begins=Beginning.INSTALLED, more={"CRM": "hubspot"}) as world:
        with_fields(world)
        old = a_lead(world, "old@fabrikam.example")
        world.clock.forward(timedelta(days=3))
        await prepared(world)
        world.box.crm.change(CONTACTS, old.id, {"phone": "+34 91 000"})
        later = made(world, "slow@northwind.example")
        await read(world)
        becomes_a_lead(world, later)
        await read(world)
        assert [mail for _, mail, _ in await leads(world)] == ["slow@northwind.example"]


async def test_by_which_message_somebody_came_comes_in_with_them_and_stays(sold: World) -> None:
    kept = Field(kind=CONTACTS, name="utm_content", label="Creative", type="string", own=True)
    sold.box.crm.has_field(kept)
    await publish(sold, rules(sold.box.crm.make, message="utm_content"))
    one = a_lead(sold, utm_content="Film with the forklift")
    await read(sold)
    assert "Film with the forklift" in sold.reads("quinn")

    sold.box.crm.change(CONTACTS, one.id, {"utm_content": "Another"})
    await read(sold)
    await sold.press("quinn", "correct_brief", needs="Cranes", contact_zone="Europe/Madrid")
    assert await sold.rows("select needs, message from lead") == [
        ("Cranes", "Film with the forklift")
    ]


@in_salesforce_alone
async def test_where_the_clock_there_was_ahead_for_a_while_no_lead_is_passed_over(
    sold: World,
) -> None:
    now = sold.clock()
    sold.clock.forward(timedelta(days=2))
    a_lead(sold, "early@fabrikam.example")
    sold.clock.set(now)
    await read(sold)
    assert [mail for _, mail, _ in await leads(sold)] == ["early@fabrikam.example"]
    a_lead(sold, "ines@northwind.example")
    await read(sold)
    assert len(await leads(sold)) == 2


async def test_a_lead_that_baton_itself_wrote_there_is_no_new_one(sold: World) -> None:
    await sold.offer()
    becomes_a_lead(sold, contact(sold))
    await read(sold)
    assert [number for number, *_ in await leads(sold)] == [1]

    # It was made there, and whoever made it died before they knew its id.
    await sold.run("update crm_link set contact = null")
    await read(sold)
    assert [number for number, *_ in await leads(sold)] == [1]


@in_hubspot_alone
async def test_what_the_index_has_later_than_others_is_not_lost(sold: World) -> None:
    late, now = a_lead(sold, "late@fabrikam.example"), sold.clock()
    sold.clock.forward(timedelta(minutes=1))
    a_lead(sold, "early@contoso.example")
    hides = sold.box.crm.search

    def lags(kind: str, fits: Any) -> Any:
        behind = sold.clock() < now + timedelta(minutes=9)
        return (one for one in hides(kind, fits) if not (behind and one.id == late.id))

    sold.box.crm.search = lags  # type: ignore[method-assign]  # the index's own way
    await read(sold)
    assert [mail for _, mail, _ in await leads(sold)] == ["early@contoso.example"]
    sold.clock.forward(timedelta(minutes=8))
    await read(sold)
    assert sorted(mail for _, mail, _ in await leads(sold)) == [
        "early@contoso.example",
        "late@fabrikam.example",
    ]


async def test_more_than_a_page_comes_in_each_once_also_of_one_moment(
    sold: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.hubspot.WITH_HISTORY", 3)
    monkeypatch.setattr("crm.salesforce.LEADS", 3)
    monkeypatch.setattr("crm.dataverse.LEADS_READ", 3)
    mails = [f"p{n}@firm{n}.example" for n in range(10)]
    for n, mail in enumerate(mails):
        a_lead(sold, mail, company=f"Firm {n}")
        if n > 6:
            sold.clock.forward(timedelta(seconds=2))
    await read(sold)
    assert sorted(mail for _, mail, _ in await leads(sold)) == mails


async def test_while_the_crm_is_away_nothing_is_lost_and_nothing_comes_twice(
    sold: World,
) -> None:
    away = sold.box.faults.crm_away()
    a_lead(sold)
    for _ in range(30):
        await read(sold)
    assert await leads(sold) == []
    sold.box.faults.lift(away)
    sold.box.faults.crm_status(*there(sold).limited)
    for _ in range(4):
        await sold.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        await sold.work()
        await read(sold)
    assert await leads(sold) == [(1, INES, None)]


async def test_what_lacks_of_its_brief_is_held_until_it_is_filled_in(sold: World) -> None:
    a_lead(sold, pains="", company="", current_solution="x" * 700)
    await read(sold)
    assert await leads(sold) == [(1, INES, "held")]
    card = sold.reads("quinn")
    assert "IS IT A LEAD?" in card
    assert "Held: its brief lacks Company, What hurts today." in card
    [(company, solution)] = await sold.rows("select company, current_solution from lead")
    assert company == "contoso.example"
    assert solution == "x" * 499 + "…"

    said = await sold.click("quinn", "let_in", sold.newest("quinn"))
    assert "What hurts today" in str(said.texts())
    assert await leads(sold) == [(1, INES, "held")]
    mended: dict[str, Any] = {"pains": "Two late shipments", "company": "Contoso"}
    await sold.press("quinn", "correct_brief", contact_zone="Europe/Madrid", **mended)
    await sold.work()
    assert "its brief is complete by now" in sold.reads("quinn")
    await sold.press("quinn", "let_in")
    await sold.work()
    assert "READY TO HAND OVER" in sold.reads("quinn")


async def test_a_test_is_held_and_another_of_an_open_company_is_shown_and_not_merged(
    sold: World,
) -> None:
    a_lead(sold)
    await read(sold)
    a_lead(sold, "teo@contoso.example", firstname="Teo", lastname="Sá")
    a_lead(sold, "x@other.example", company="Test")
    await read(sold)
    assert [reason for *_, reason in await leads(sold)] == [None, "held", "held"]
    every = "\n".join(t for m in sold.box.teams.chat("quinn") for t in m.texts())
    assert "this company has a handoff open already: no. 1" in every
    assert "it looks like a test" in every
    assert len(sold.box.crm.all(CONTACTS)) == 3


async def test_what_is_no_lead_is_named_by_the_doctor_and_comes_in_once_it_is_one(
    sold: World,
) -> None:
    one = a_lead(sold, "")
    a_lead(sold, sold.box.person("rita").mail, company="Halden")
    await read(sold)
    assert await leads(sold) == []
    left = (await looked(sold, examined.checks))["each lead there can be one here"]
    assert not left.well
    assert one.id in left.found
    assert "somebody who works here" in left.found

    sold.box.crm.change(CONTACTS, one.id, {"email": INES})
    await read(sold)
    assert await leads(sold) == [(1, INES, None)]
    left = (await looked(sold, examined.checks))["each lead there can be one here"]
    assert one.id not in left.found


async def test_without_a_source_or_the_right_they_wait_and_the_doctor_says_so(
    sold: World,
) -> None:
    what = "leads come in from there"
    assert (await looked(sold, examined.checks))[what].well
    await told(sold, "revoke", SOURCE)
    a_lead(sold)
    await read(sold)
    assert await leads(sold) == []
    assert "sources make 'The CRM' --crm" in (await looked(sold, examined.checks))[what].then

    people = [sold.box.person(who).mail for who in ("milo", "quinn")]
    await told(sold, "make", SOURCE, "--crm", "--owner", people[0], "--for", people[1])
    field, _ = BY[sold.box.crm.make]
    wrong = rules(sold.box.crm.make).replace(f'field = "{field}"', 'field = "moon_phase"')
    await publish(sold, wrong)
    assert "moon_phase" in (await looked(sold, examined.checks))[what].found


@in_hubspot_alone
async def test_one_that_is_merged_or_forgotten_does_not_come_again(sold: World) -> None:
    one = a_lead(sold)
    await read(sold)
    other = made(sold, "ines.prado@mail.example")
    sold.box.crm.merge(CONTACTS, other.id, one.id)
    [now] = sold.box.crm.all(CONTACTS)
    becomes_a_lead(sold, now)
    await read(sold)
    assert len(await leads(sold)) == 1

    await forget(sold, INES)
    sold.box.crm.change(CONTACTS, now.id, {"phone": "1"})
    await read(sold)
    assert len(await leads(sold)) == 1
