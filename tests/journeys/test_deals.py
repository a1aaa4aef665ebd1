"""The deals of the company's CRM come back: which is a lead's, what it is worth, how it stands,
and what was said otherwise here.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from doctor import crm
from handoff.effects import LookAtFigures, ReadCrm, ReadDeals, Show
from handoff.model import DealState
from handoff.money import Money
from handoff.retention import Retention
from handoff.routing.gather import load
from jobs import deals as reading
from sandbox.crm.door import Answer
from sandbox.crm.records import CONTACTS, DATAVERSE, DEALS, HUBSPOT, SALESFORCE, Record, is_lead
from sandbox.teams.chats import ChatMessage
from store.routing_inputs import known_of
from tests.beginnings import Beginning
from tests.doctor.examined import looked
from tests.journeys.crms import (
    THERE,
    contact,
    in_hubspot_alone,
    in_salesforce_alone,
    is_over,
    may_not_read,
    may_read_all,
    there,
)
from tests.journeys.test_counting import true
from tests.journeys.test_privacy import forget
from tests.journeys.test_unreached import until_waiting
from tests.tabs.opened import opens
from tests.tabs.test_figures import links
from tests.thoroughness import histories
from tests.world import INES, POLICY, World, a_world

AFTER = datetime(2026, 3, 3, 8, 30, tzinfo=UTC)  # the meeting is over
MAPPED = """
[crm.stages]
"{}" = "won"
"{}" = "negotiation"
1066193534 = "lost"
"""


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """As `world`, with a CRM."""
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        yield world


def a_deal(world: World, *beside: Record, **values: str) -> Record:
    """Somebody makes a deal, beside the contact of Ines where no other is named. A lead is made a
    contact before that, for it has no deals.
    """
    said = {"dealname": "Contoso, ports", "dealstage": "qualifiedtobuy", "amount": "60000"}
    crm = world.box.crm
    if crm.make == SALESFORCE:  # each has one there
        said["closedate"] = "2026-06-30"
    whom = frozenset((CONTACTS, crm.convert(o.id).id) for o in beside or (contact(world),))
    return crm.add(DEALS, {**said, **values}, whom)


async def look(world: World, **later: float) -> None:
    """The next look at the CRM's deals, a quarter of an hour later where nothing is said."""
    world.clock.forward(timedelta(**later) if later else timedelta(minutes=15))
    await world.app.services.stores.door.follow(ReadDeals())
    await world.work()


async def met(world: World, ending: str = "opportunity") -> UUID:
    """A lead whose meeting took place, and of which Rita has said how it ends."""
    id = await world.accepted()
    await world.until(AFTER)
    await world.press("rita", "how_it_went", titled="It took place")
    if ending:
        await world.press("rita", "no_further_step", ending="opportunity")
    if ending not in ("", "opportunity"):
        await world.press("rita", "no_further_step", titled="Say so", ending=ending)
    return id


def every(world: World, who: str) -> str:
    return "\n".join(text for m in world.box.teams.chat(who) for text in m.texts())


async def test_a_deal_that_is_made_beside_the_contact_is_the_leads(sold: World) -> None:
    earlier = sold.box.crm.add(CONTACTS, {"email": INES})
    a_deal(sold, earlier, dealname="A deal of last year")
    sold.clock.forward(timedelta(minutes=1))
    id = await met(sold)
    await look(sold)
    assert (await sold.case(id)).handoff.deals == (), "it was there before the lead"

    rita = sold.box.crm.owner(sold.box.person("rita").mail)
    made = a_deal(sold, hubspot_owner_id=rita.id, amount="60000.5")
    await look(sold)

    deal = (await sold.case(id)).handoff.deal
    assert deal is not None
    assert (deal.id, deal.owner, deal.made_at) == (made.id, rita.id, made.made_at)
    assert deal.stage == there(sold).stage("qualifiedtobuy")
    assert deal.stage_name == "Qualified To Buy"
    assert (deal.state, deal.amount) == (DealState.OPEN, Money(6_000_050, "EUR"))
    assert "The deal in the CRM: Qualified To Buy, €60,000.50." in sold.reads("rita")
    assert "The deal in the CRM: Qualified To Buy, €60,000.50." in sold.reads("quinn")
    told = "\n".join((await sold.say("rita", "why 1")).texts())
    assert "The CRM has a deal of it: Qualified To Buy, €60,000.50" in told
    assert "The deal in the CRM: Qualified To Buy, €60,000.50." in told
    page = (await opens(sold, "mara", "/handoff/1")).reads
    assert "The deal in the CRM: Qualified To Buy, €60,000.50." in page

    sold.box.crm.change(
        DEALS,
        made.id,
        {"dealstage": "contractsent", "amount": "70000", "deal_currency_code": "USD"},
    )
    before = await sold.timeline(id)
    await look(sold)
    assert "The deal in the CRM: Contract Sent, US$70,000." in sold.reads("quinn")
    assert await sold.timeline(id) == before, "what it is worth is no news of its own"
    asked = len(sold.box.requests.to("crm"))
    await look(sold)
    assert len(sold.box.requests.to("crm")) - asked <= there(sold).looks
    assert sold.box.requests.count("POST", "/search") == 0, "the index is asked nothing"
    assert await true(sold)


async def test_the_next_step_there_stands_beside_the_deal_though_no_policy_asks_for_one(
    sold: World,
) -> None:
    id = await met(sold)
    deal = a_deal(sold, hs_next_step="Send Rita's\nterms " + "again " * 100)
    await look(sold)
    line = "The next step in the CRM: Send Rita's terms again again"
    assert line in sold.reads("rita")
    assert line in sold.reads("quinn")
    assert line in (await opens(sold, "mara", "/handoff/1")).reads
    [kept] = (await sold.case(id)).handoff.deals
    assert (len(kept.next_step), kept.next_step[-1]) == (255, "…")

    before = await sold.timeline(id)
    sold.box.crm.change(DEALS, deal.id, {"hs_next_step": "Call Ines"})
    await look(sold)
    assert "The next step in the CRM: Call Ines" in sold.reads("rita")
    assert await sold.timeline(id) == before, "it is no news of its own"

    sold.clock.forward(timedelta(days=181))
    keeping = sold.app.services.stores.keeping
    await keeping.forget_due(Retention(), sold.clock())
    assert "Call" not in str(await sold.rows("select deals from handoff"))
    await look(sold)
    [kept] = (await sold.case(id)).handoff.deals
    assert (kept.id, kept.next_step) == (deal.id, ""), "it goes with what people wrote"
    assert await true(sold)


async def test_of_a_deal_that_is_won_no_next_step_is_known(sold: World) -> None:
    await met(sold)
    deal = a_deal(sold, hs_next_step="Call Ines")
    await look(sold)
    assert "Call Ines" in sold.reads("rita")
    sold.box.crm.change(DEALS, deal.id, {"dealstage": "closedwon"})
    await look(sold)
    assert "Call Ines" not in sold.reads("rita")


async def test_a_card_is_drawn_anew_for_whoever_has_one_or_is_about_to(sold: World) -> None:
    """And no job waits in vain for anybody else: of ten thousand deals there are many cards."""
    id = await met(sold)
    deal = a_deal(sold)
    await look(sold)
    handoffs, conversations = [id], sold.app.services.stores.conversations
    people = [sold.box.person(who).id for who in ("rita", "quinn", "mara")]

    async def reading() -> set[str]:
        async with sold.app.services.stores.door.open() as tx:
            return {who for _, who in await conversations.may_read(tx, handoffs, people)}

    assert await reading() >= set(people[:2])
    await sold.run("update card set activity = null where person <> %s", people[0])
    assert await reading() == {people[0]}
    await sold.app.services.stores.door.follow(Show(people[2], id, alert=True))
    assert await reading() == {people[0], people[2]}, "hers is about to be posted"
    await sold.run("delete from procrastinate_jobs")

    sold.box.crm.change(DEALS, deal.id, {"dealstage": "contractsent"})
    sold.clock.forward(timedelta(minutes=15))
    await sold.app.services.stores.door.follow(ReadDeals())
    [(first,)] = await sold.rows("select last_value from procrastinate_jobs_id_seq")
    await sold.work()
    [(last,)] = await sold.rows("select last_value from procrastinate_jobs_id_seq")
    assert "Contract Sent" in sold.reads("rita")
    assert last - first == 1, "for her alone"


async def test_of_several_deals_whoever_has_the_lead_says_which_and_nobody_guesses(
    sold: World,
) -> None:
    id = await met(sold)
    first = a_deal(sold, dealname="Ports", amount="60000")
    sold.clock.forward(timedelta(hours=1))
    second = a_deal(sold, dealname="Warehouse *West*", amount="20000")
    await look(sold)

    case = await sold.case(id)
    assert case.handoff.deal is None
    assert case.handoff.worth == Money(4_800_000, "EUR"), "what the brief says"
    card = await sold.found("rita", "choose_deal")
    assert sold.box.crm.make.upper() in " ".join(card.texts())
    assert "Warehouse" in " ".join(card.texts())
    assert "Several deals stand beside the contact in the CRM; Rita Osei is asked" in sold.reads(
        "quinn"
    )
    cards = sold.cards("rita")
    await look(sold)
    assert sold.cards("rita") == cards, "asked once"
    stolen = {"handoff": str(id), "deal": second.id}
    answer = await sold.box.teams.execute("quinn", sold.newest("quinn"), "choose_deal", stolen)
    assert "Only whoever has the lead" in " ".join(answer.texts())

    await sold.press("rita", "choose_deal", card, deal=second.id)
    case = await sold.case(id)
    assert case.handoff.worth == Money(2_000_000, "EUR")
    assert await _tapped(sold, id, card, second.id) == (True, "20,000"), "as it stands"
    assert await _tapped(sold, id, card, first.id) == (False, "20,000")
    assert "The deal in the CRM: Qualified To Buy, €20,000." in sold.reads("rita")
    await look(sold)
    assert (await sold.case(id)).handoff.deal_id == second.id
    assert sold.cards("rita") <= cards + 1, "and not asked again"

    third = a_deal(sold, dealname="Another")
    await look(sold)
    case = await sold.case(id)
    assert case.handoff.deal_id == second.id, "what is known stays so while it is asked"
    card = await sold.found("rita", "choose_deal")
    assert "Another" in " ".join(card.texts())
    assert first.id not in str(card.card), "that one was ruled out"
    await sold.press("rita", "choose_deal", card, deal="none")
    case = await sold.case(id)
    assert (case.handoff.deal, case.handoff.worth) == (None, Money(4_800_000, "EUR"))
    assert await _tapped(sold, id, card, "none") == (True, "")
    told = "\n".join((await sold.say("rita", "why 1")).texts())
    assert "said that none of the deals in the CRM is its" in told

    tapped = {"handoff": str(id), "deal": third.id}
    await sold.box.teams.execute("rita", card, "choose_deal", tapped)
    assert (await sold.case(id)).handoff.deal_id == third.id, "a slip of the thumb is taken back"


@pytest.mark.parametrize("ending", ["", "opportunity"], ids=["going on", "ended"])
async def test_whoever_has_the_lead_says_that_the_one_deal_is_none_of_its(
    sold: World, ending: str
) -> None:
    id = await met(sold, ending)
    a_deal(sold, dealname="Renewal", amount="60000")
    await look(sold)
    assert "The deal in the CRM: Qualified To Buy, €60,000." in sold.reads("rita")

    await sold.press("rita", "choose_deal", titled="It is none of this lead's")

    case = await sold.case(id)
    assert (case.handoff.deal, case.handoff.worth) == (None, Money(4_800_000, "EUR"))
    assert "The deal in the CRM" not in sold.reads("rita")
    await look(sold)
    assert (await sold.case(id)).handoff.deal is None


async def _tapped(world: World, id: UUID, card: ChatMessage, deal: str) -> tuple[bool, str]:
    """Rita taps on a card of before once more: whether that is answered with how it stands, and
    with which amount of a deal. Nothing has changed by it.
    """
    before = (await world.case(id)).handoff, await world.timeline(id)
    tapped = {"handoff": str(id), "deal": deal}
    answer = await world.box.teams.execute("rita", card, "choose_deal", tapped)
    assert ((await world.case(id)).handoff, await world.timeline(id)) == before
    said = " ".join(answer.texts())
    amount = re.search(r"The deal in the CRM: [^€]*€([\d,]+)", said)
    return "has moved on" not in said, amount[1] if amount else ""


async def test_a_deal_belongs_to_the_last_lead_that_had_come_in_when_it_was_made(
    sold: World,
) -> None:
    first = await met(sold)
    one = a_deal(sold)
    await look(sold)
    await sold.pass_(hours=30)
    second = await sold.offer(wanted="2026-03-06")
    other = a_deal(sold, amount="5000")
    await look(sold)

    assert first != second
    assert (await sold.case(first)).handoff.deal_id == one.id
    assert (await sold.case(second)).handoff.deal_id == other.id
    assert [d.id for d in (await sold.case(first)).handoff.deals] == [one.id]

    fabrikam = {"contact_email": "omar@fabrikam.example", "company": "Fabrikam"}
    omar = await sold.offer("ravi", wanted="2026-03-06", **fabrikam)
    shared = a_deal(sold, contact(sold), contact(sold, "omar@fabrikam.example"), amount="9000")
    await look(sold)
    assert (await sold.case(omar)).handoff.deal_id == shared.id
    assert (await sold.case(second)).handoff.deal_id == other.id, "no deal counts twice"
    assert [d.id for d in (await sold.case(second)).handoff.deals] == [other.id]


async def test_a_deal_is_not_that_of_a_double_that_was_closed_before_it_was_made(
    sold: World,
) -> None:
    first = await met(sold, ending="")
    double = await sold.offer(wanted="2026-03-06")
    assert double != first
    await sold.press("rita", "send_back", reason="no_need")
    await sold.press("quinn", "end", titled="No lead after all")
    assert await sold.state(double) == "ended"
    sold.clock.forward(timedelta(minutes=1))
    one = a_deal(sold)
    await look(sold)

    assert (await sold.case(first)).handoff.deal_id == one.id
    assert (await sold.case(double)).handoff.deals == ()


async def test_what_was_won_counts_with_the_amount_of_its_deal_and_the_campaign_shows_it(
    sold: World,
) -> None:
    milo = sold.box.person("milo").id
    await sold.run(
        "insert into campaign values ('P1', 'p1', 'Ports webinar', 'ports webinar', %s, 'Webinar', "
        "now())",
        milo,
    )
    id = await met(sold, "won")
    assert await _won(sold) == [("EUR", 4_800_000)], "by the brief"

    made = a_deal(sold, dealstage="closedwon", amount="61000")
    await look(sold)
    assert await _won(sold) == [("EUR", 6_100_000)]
    rows = await sold.rows("select sign, worth from fact where what = 'won' order by id")
    assert rows == [(1, 4_800_000), (-1, 4_800_000), (1, 6_100_000)], "no row is changed"
    then = sold.clock()

    sold.box.crm.change(DEALS, made.id, {"amount": "30000"})
    await look(sold)
    assert await _won(sold) == [("EUR", 3_000_000)], "less than before as well"
    known = await sold.rows(
        "select worth from fact where what = 'won' and sign > 0 and known_at <= %s "
        "order by id desc limit 1",
        then,
    )
    assert known == [(6_100_000,)], "as it was known then"

    await sold.run("update handoff set outcome = outcome")
    assert await true(sold)
    await sold.app.services.stores.door.follow(LookAtFigures())
    await sold.work()
    sold.box.crm.delete(DEALS, made.id)
    await look(sold)
    assert (await sold.case(id)).handoff.deal is None
    assert await _won(sold) == [("EUR", 4_800_000)]
    assert await true(sold)


async def _won(world: World) -> list[tuple[object, ...]]:
    """What the campaign has won, as its owner sees it."""
    [own] = links(await opens(world, "milo", "/campaigns"), "/campaigns/campaign.")[:1]
    page = (await opens(world, "milo", own)).reads
    rows = await world.rows(
        "select (array_agg(currency order by id desc) filter (where sign > 0))[1], "
        "(array_agg(worth order by id desc) filter (where sign > 0))[1] from fact "
        "where what = 'won' group by handoff, at having sum(sign) > 0"
    )
    for _, minor in rows:
        assert f"€{int(str(minor)) // 100:,}" in page
    return rows


async def test_what_differs_for_a_day_is_told_once_to_rep_and_manager_and_settled_by_nobody(
    sold: World,
) -> None:
    id = await met(sold)
    made = a_deal(sold)
    await look(sold)
    assert "here" not in sold.reads("rita").split("The deal in the CRM")[1], "they agree"

    sold.box.crm.change(DEALS, made.id, {"dealstage": "closedlost"})
    await look(sold)
    line = "In the CRM the deal is lost; here it was said: opportunity."
    assert line in sold.reads("rita")
    await look(sold, hours=23)
    make = sold.box.crm.make
    assert f"In {make} the deal is lost" not in every(sold, "rita"), "they may be about to say so"

    for _ in range(3):
        await look(sold, hours=13)
    for who in ("rita", "mara"):
        assert every(sold, who).count(f"In {make} the deal is lost; here it was said") == 1
    assert f"In {make} the deal is lost" not in every(sold, "quinn")
    assert (await sold.case(id)).handoff.outcome == "opportunity"
    assert sold.box.crm.get(DEALS, made.id).values["dealstage"] == "closedlost"

    card = await sold.found("rita", "no_further_step")
    await sold.press("rita", "no_further_step", card, titled="Say so", ending="lost:competitor")
    await look(sold)
    assert "In the CRM the deal is lost" not in sold.reads("rita")
    assert await sold.rows("select differs, differs_said from crm_link") == [("", "")]
    sold.box.crm.change(DEALS, made.id, {"dealstage": "closedwon"})
    await look(sold)
    await look(sold, hours=25)
    assert f"In {make} the deal is won; here it was said: lost." in every(sold, "mara")


async def test_whoever_puts_it_right_within_a_day_is_told_nothing(sold: World) -> None:
    await met(sold)
    made = a_deal(sold, dealstage="closedwon")
    await look(sold)
    await look(sold)
    await sold.press("rita", "no_further_step", ending="won")
    for _ in range(3):
        await look(sold, hours=13)
    for who in ("rita", "mara"):
        assert f"In {sold.box.crm.make} the deal" not in every(sold, who)
    assert sold.box.crm.get(DEALS, made.id).values["dealstage"] == "closedwon"


async def test_the_leader_comes_when_the_deal_passes_the_line(sold: World) -> None:
    await sold.install("helen")
    before = sold.cards("helen")
    id = await sold.accepted(value="48000")
    made = a_deal(sold, amount="90000")
    await look(sold)
    assert sold.cards("helen") == before

    sold.box.crm.change(DEALS, made.id, {"amount": "150000"})
    await look(sold)

    assert (await sold.case(id)).handoff.leader == sold.box.person("helen").id
    assert sold.cards("helen") - before == 1
    assert "The deal in the CRM: Qualified To Buy, €150,000." in sold.reads("helen")
    assert "is worth €150,000, by its deal in the CRM" in str(sold.newest("helen").card)
    sold.box.crm.change(DEALS, made.id, {"amount": "160000"})
    await look(sold)
    assert sold.cards("helen") - before == 1, "told once"
    assert "Qualified To Buy, €160,000." in sold.reads("helen")


@in_hubspot_alone
async def test_an_amount_of_an_unknown_currency_is_nobodys_guess(sold: World) -> None:
    id = await met(sold)
    sold.box.faults.crm_status(403, "MISSING_SCOPES", times=None, path="/account-info")
    await sold.app.services.stores.door.follow(ReadCrm())
    await sold.work()
    made = a_deal(sold, amount="60000")
    await look(sold)
    deal = (await sold.case(id)).handoff.deal
    assert deal is not None
    assert deal.amount is None
    assert "Qualified To Buy, no amount." in sold.reads("rita")
    assert not (await looked(sold, crm.checks))[
        "it is known in which currency its amounts are"
    ].well

    sold.box.crm.change(DEALS, made.id, {"deal_currency_code": "USD"})
    await look(sold)
    assert (await sold.case(id)).handoff.worth == Money(6_000_000, "USD")


async def test_the_policy_in_force_says_how_a_stage_counts(sold: World) -> None:
    id = await met(sold, "won")
    made = a_deal(sold, dealstage="contractsent")
    await look(sold)
    assert (await sold.case(id)).handoff.deal.state is DealState.OPEN  # type: ignore[union-attr]
    named = "the policy names stages that there are"
    assert (await looked(sold, crm.checks))[named].well
    async with sold.app.services.stores.door.open() as tx:
        ids = (there(sold).stage(one) for one in ("contractsent", "closedlost"))
        mapped = f"{POLICY.read_text()}{MAPPED.format(*ids)}"
        await sold.app.services.stores.policies.publish(tx, mapped, sold.clock())
    await look(sold)
    assert (await sold.case(id)).handoff.deal.state is DealState.WON  # type: ignore[union-attr]
    unknown = (await looked(sold, crm.checks))[named]
    assert unknown.found == "1066193534 in [crm.stages]"
    assert f"{there(sold).stage('closedwon')} ({there(sold).won})" in unknown.then
    sold.box.crm.change(DEALS, made.id, {"dealstage": "closedlost"})
    await look(sold)
    assert (await sold.case(id)).handoff.deal.state is DealState.OPEN  # type: ignore[union-attr]


async def test_a_contact_that_is_merged_or_deleted_loses_no_deal(sold: World) -> None:
    id = await met(sold)
    box, made = sold.box, a_deal(sold)
    await look(sold)
    other = box.crm.add(CONTACTS, {"email": "i.prado@contoso.example"})
    assert not is_lead(contact(sold))
    merged = box.crm.merge(CONTACTS, contact(sold).id, other.id)
    await look(sold)
    assert (await sold.case(id)).handoff.deal_id == made.id
    assert await sold.rows("select contact from crm_link") == [(merged.id,)]

    box.crm.delete(CONTACTS, merged.id)
    await look(sold)
    assert (await sold.case(id)).handoff.deal_id == made.id, "nothing new is known of it"
    box.crm.restore(CONTACTS, merged.id)
    box.crm.unlink((DEALS, made.id), (CONTACTS, merged.id))
    await look(sold)
    case = await sold.case(id)
    assert (case.handoff.deal, case.handoff.deals) == (None, ())
    told = "\n".join((await sold.say("rita", "why 1")).texts())
    assert "The CRM has its deal beside the contact no more" in told


async def test_an_hour_without_the_crm_and_a_key_without_the_scope_lose_nothing(
    sold: World,
) -> None:
    id = await met(sold)
    made = a_deal(sold)
    away = sold.box.faults.crm_away()
    await look(sold)
    assert (await sold.case(id)).handoff.deal is None
    sold.box.faults.lift(away)
    await sold.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await sold.work()
    assert (await sold.case(id)).handoff.deal_id == made.id

    may_not_read(sold, "deals")
    sold.box.crm.change(DEALS, made.id, {"amount": "1"})
    await look(sold)
    assert (await sold.case(id)).handoff.worth == Money(6_000_000, "EUR")
    found = (await looked(sold, crm.checks))["its deals may be read"]
    assert not found.well
    assert there(sold).deals in found.then
    [(left,)] = await sold.rows("select count(*) from procrastinate_jobs where status <> 'todo'")
    assert left == 0, "no job has failed"
    may_read_all(sold)
    assert (await looked(sold, crm.checks))["its deals may be read"].well
    await look(sold)
    assert (await sold.case(id)).handoff.worth == Money(100, "EUR")


@in_salesforce_alone
async def test_where_an_org_has_one_currency_no_deal_names_it_and_its_own_is_meant(
    sold: World,
) -> None:
    sold.box.salesforce.currencies = ("EUR",)
    id = await met(sold)
    made = a_deal(sold, amount="60000.5")
    await look(sold)
    assert (await sold.case(id)).handoff.worth == Money(6_000_050, "EUR")
    known = "it is known in which currency its amounts are"
    assert (await looked(sold, crm.checks))[known].found == "EUR"

    sold.box.salesforce.hears_soap = False
    await sold.app.services.stores.door.follow(ReadCrm())
    await sold.work()
    await look(sold)
    assert (await sold.case(id)).handoff.worth == Money(4_800_000, "EUR"), "what the brief says"
    found = (await looked(sold, crm.checks))[known]
    assert not found.well
    assert "SOAP" in found.then
    assert sold.box.crm.get(DEALS, made.id).values["amount"] == "60000.5"


@in_hubspot_alone
async def test_many_contacts_are_read_a_page_at_a_time_and_those_of_long_ago_once_a_day(
    sold: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AT_A_TIME", 2)
    ids = []
    for n in range(5):
        mail = f"lead{n}@firm{n}.example"
        ids.append(await sold.offer("rita", contact_email=mail, company=f"Firm {n}"))
        await sold.press("rita", "send_back", reason="brief")
        a_deal(sold, contact(sold, mail), amount=f"{n + 1}000")
    before = sold.box.requests.count("POST", "/contacts/deals/batch/read")
    await look(sold)
    assert [(await sold.case(id)).handoff.deal is not None for id in ids] == [True] * 5
    pages = sold.box.requests.count("POST", "/contacts/deals/batch/read") - before
    assert pages == 3

    sold.box.faults.crm_status(400, "VALIDATION_ERROR", path="/contacts/deals/batch/read")
    sold.clock.forward(timedelta(minutes=15))
    with capture_logs() as said:
        await look(sold)
    [refused] = [one for one in said if one["event"] == "deals of a page are not read"]
    assert refused["contacts"] == 2, "and the other pages are"
    [(late,)] = await sold.rows(
        "select count(*) from crm_link where deals_read_at < %s", sold.clock()
    )
    assert late == 0

    ended = "update handoff set state = 'ended', outcome = 'no_need', ended_at = %s"
    await sold.run(ended, sold.clock() - timedelta(days=40))
    before = sold.box.requests.count("POST", "/contacts/deals/batch/read")
    await look(sold)
    assert sold.box.requests.count("POST", "/contacts/deals/batch/read") == before
    await look(sold, hours=24)
    assert sold.box.requests.count("POST", "/contacts/deals/batch/read") - before == 3


@in_hubspot_alone
@pytest.mark.parametrize("kind", [DEALS, CONTACTS])
async def test_a_record_that_cannot_be_read_is_left_as_it_was_and_the_others_go_on(
    sold: World, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    id = await met(sold)
    omar = {"contact_email": "omar@fabrikam.example", "company": "Fabrikam"}
    other = await sold.offer("ravi", wanted="2026-03-06", **omar)
    beside = contact(sold, omar["contact_email"])
    theirs = a_deal(sold, beside)
    await look(sold)
    before = (await sold.case(other)).handoff
    assert before.deal_id == theirs.id

    hubspot = type(sold.box.hubspot)
    name = "_batch_read" if kind == DEALS else "_links_of"
    unread = theirs.id if kind == DEALS else beside.id
    reads = getattr(hubspot, name)

    def fails(self: object, one: str, *rest: Any) -> Answer:
        """As HubSpot tells of one that it lacks, for another reason."""
        answer: Answer = reads(self, one, *rest)
        if one == kind and unread in str(rest):
            assert answer.body
            body = dict(answer.body)
            body["results"] = [r for r in body["results"] if unread not in str(r)]
            context = {"ids" if kind == DEALS else "fromObjectId": [unread]}
            error = {"status": "error", "category": "INTERNAL_ERROR", "context": context}
            body["errors"] = [*body.get("errors", []), error]
            return replace(answer, status=207, body=body)
        return answer

    monkeypatch.setattr(hubspot, name, fails)
    made = a_deal(sold)
    sold.box.crm.change(DEALS, theirs.id, {"amount": "1"})
    for _ in range(2):
        with capture_logs() as said:
            await look(sold)
        [told] = [one for one in said if one["event"] == "deals of some contacts are not read"]
        assert (told["contacts"], told["why"]) == (1, ["INTERNAL_ERROR"])
        assert (await sold.case(id)).handoff.deal_id == made.id
        assert (await sold.case(other)).handoff == before

    monkeypatch.undo()
    await look(sold)
    assert (await sold.case(other)).handoff.worth == Money(100, "EUR")


async def test_who_is_forgotten_has_no_deal_here_and_what_they_brought_still_counts(
    sold: World,
) -> None:
    id = await met(sold, "won")
    a_deal(sold, dealstage="closedwon", amount="61000")
    await look(sold)
    worth = "select sum(sign * worth) from fact where what = 'won'"
    assert await sold.rows(worth) == [(6_100_000,)]

    assert await forget(sold, INES) == 0

    assert await sold.rows("select deals, deal_id from handoff") == [([], None)]
    await look(sold)
    assert (await sold.case(id)).handoff.deals == ()
    assert await sold.rows(worth) == [(6_100_000,)]
    assert await true(sold)


async def test_who_is_forgotten_while_deals_are_written_has_none_of_them_after_it(
    sold: World,
) -> None:
    id = await met(sold)
    made = a_deal(sold)
    stores = sold.app.services.stores
    async with asyncio.TaskGroup() as both, stores.door.open() as tx:
        await stores.about.forget_in(tx, INES)
        both.create_task(look(sold))
        await until_waiting(sold, 1)
    assert sold.box.requests.count(*there(sold).reads_deals), "it has been read"

    left = "select deals, deal_id from handoff where prospect_gone_at is not null"
    assert await sold.rows(left) == [([], None)]
    assert made.id not in str(await sold.timeline(id))
    await look(sold, hours=25)
    assert await sold.rows(left) == [([], None)]
    assert await true(sold)


async def test_load_is_the_real_pipeline_where_the_deal_is_known(sold: World) -> None:
    mapped = f'\n[crm.stages]\n"{there(sold).stage("contractsent")}" = "negotiation"\n'
    async with sold.app.services.stores.door.open() as tx:
        text = f"{POLICY.read_text()}{mapped}"
        await sold.app.services.stores.policies.publish(tx, text, sold.clock())
    await met(sold)
    assert await _load(sold) == (0, 0), "what has ended weighs nothing"
    made = a_deal(sold)
    await look(sold)
    assert await _load(sold) == (1, 0), "a deal that goes on does, and is no open handoff"
    sold.box.crm.change(DEALS, made.id, {"dealstage": "contractsent"})
    await look(sold)
    assert await _load(sold) == (5, 0)
    sold.box.crm.change(DEALS, made.id, {"dealstage": "closedwon"})
    await look(sold)
    assert await _load(sold) == (0, 0)

    await sold.offer(wanted="2026-03-06")
    assert await _load(sold) == (1, 1)
    a_deal(sold, dealstage="contractsent")
    await look(sold)
    assert await _load(sold) == (5, 1)
    await sold.say("rita", "stage 2 proposal")
    assert await _load(sold) == (5, 1), "the CRM's word goes before hers"


async def _load(world: World) -> tuple[int, int]:
    """Rita's points, and how many handoffs are open with her."""
    rita = world.box.person("rita").id
    routing = (await world.app.services.stores.policies.current()).routing
    async with world.app.services.stores.reads.connection() as tx:
        known = await known_of(
            tx, [rita], pool="emea", owner=None, routing=routing, at=world.clock()
        )
    return load(known.stages.get(rita, ()), routing.stages), known.open.get(rita, 0)


async def test_where_teams_are_without_names_a_manager_is_not_told_what_a_rep_has_said(
    sold: World,
) -> None:
    council = f"{POLICY.read_text()}\n[figures]\nworks_council = true\n"
    async with sold.app.services.stores.door.open() as tx:
        await sold.app.services.stores.policies.publish(tx, council, sold.clock())
    await met(sold)
    a_deal(sold, dealstage="closedwon")
    await look(sold)
    await look(sold, hours=25)
    assert f"In {sold.box.crm.make} the deal is won" in every(sold, "rita")
    assert f"In {sold.box.crm.make}" not in every(sold, "mara")


@pytest.mark.parametrize("seed", histories(4))
async def test_whatever_is_done_there_and_fails_meanwhile_it_ends_as_the_crm_has_it(
    sold: World, seed: int
) -> None:
    dice, box = Random(seed), sold.box
    ids = [await sold.offer()]
    await sold.press("rita", "send_back", reason="brief")
    await sold.press("quinn", "end", titled="No lead after all")
    ids.append(await sold.offer(wanted="2026-03-05"))
    fabrikam = {"contact_email": "omar@fabrikam.example", "company": "Fabrikam"}
    ids.append(await sold.offer("ravi", wanted="2026-03-06", **fabrikam))

    for _ in range(30):
        await _anything(sold, dice)
        if dice.random() < 0.4:
            await look(sold)
    box.faults.clear()
    may_read_all(sold)
    for _ in range(2):  # a session may be over as well
        await sold.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        await sold.work()
    await look(sold)
    await look(sold, hours=25)

    for id in ids:
        handoff = (await sold.case(id)).handoff
        there = [d for d in handoff.deals if not d.gone]
        assert {d.id: d.stage for d in there} == await _theirs(sold, id), id
        known = [d.id for d in there]
        assert handoff.deal_id in (None, *known)
        assert handoff.deal_id is not None or len(known) != 1
    assert await true(sold)
    [(left,)] = await sold.rows("select count(*) from procrastinate_jobs where status = 'failed'")
    assert left == 0


BROKEN = {
    HUBSPOT: [(status, "TEN_SECONDLY_ROLLING") for status in (429, 500, 502, 403)],
    SALESFORCE: [
        (403, "REQUEST_LIMIT_EXCEEDED"),
        (403, "API_DISABLED_FOR_ORG"),
        (400, "QUERY_TIMEOUT"),
        (503, "SERVER_UNAVAILABLE"),
    ],
    DATAVERSE: [
        (429, "0x80072322"),
        (403, "0x80040220"),
        (412, "0x80060882"),
        (503, ""),
    ],
}
PATHS = (
    *("/associations/", "/deals/batch/read", "/pipelines/", "/contacts/", "/query", "/oauth2/"),
    *("/opportunities", "/connections", "/stringmaps", "/contacts", "/leads"),
)


async def _anything(world: World, dice: Random) -> None:
    """Somebody does something in the CRM, or it fails for a while."""
    box = world.box
    contacts, deals = box.crm.all(CONTACTS), box.crm.all(DEALS)
    one = dice.choice(deals) if deals else None
    match dice.randrange(9), one:
        case (0 | 1 | 2, _) | (_, None):
            beside = dice.sample(contacts, dice.choice([1, 1, 2]))
            a_deal(world, *beside, amount=str(dice.randrange(10**6)))
        case (3, Record()):
            stage = dice.choice(["contractsent", "closedwon", "closedlost"])
            box.crm.change(DEALS, one.id, {"dealstage": stage})
        case (4, Record()):
            box.crm.delete(DEALS, one.id)
            if dice.random() < 0.5:
                await look(world)
                box.crm.restore(DEALS, one.id)
        case (5, Record()):
            if there := box.crm.linked(one, CONTACTS):
                box.crm.unlink((DEALS, one.id), (CONTACTS, dice.choice(there).id))
        case (6, Record()):
            if len(deals) > 1 and box.crm.make == HUBSPOT:  # the others merge none
                box.crm.merge(DEALS, *(d.id for d in dice.sample(deals, 2)))
        case (7, _):
            mine = dice.choice(contacts)
            values = {"email": f"{dice.randrange(10**9)}@more.example"}
            other = box.crm.add(CONTACTS, values, lead=is_lead(mine))
            box.crm.merge(CONTACTS, mine.id, other.id)
        case _:
            box.faults.crm_status(*dice.choice(BROKEN[box.crm.make]), path=dice.choice(PATHS))
            is_over(world)
    world.clock.forward(timedelta(minutes=dice.randrange(1, 90)))


async def _theirs(world: World, id: UUID) -> dict[str, str]:
    """Which deals there are its, and at which stage, by the CRM's own records alone."""
    leads = await world.rows(
        "select k.handoff, k.contact, (h.place ->> 'begun')::timestamptz, h.number "
        "from crm_link k join handoff h on h.id = k.handoff"
    )
    found = {}
    for deal in world.box.crm.all(DEALS):
        beside = {one.id for one in world.box.crm.linked(deal, CONTACTS)}
        before = [
            (begun, number, handoff)
            for handoff, contact, begun, number in leads
            if world.box.crm.get(CONTACTS, contact).id in beside and begun <= deal.made_at
        ]
        if before and max(before)[2] == id:
            found[deal.id] = there(world).stage(deal.values["dealstage"])
    return found
