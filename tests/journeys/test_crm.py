"""The company's CRM knows each handoff: all of it, once, in the right state, whatever fails."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doctor import crm
from handoff.back_for import BATON_REASONS
from handoff.draft import NO_STAND_IN
from handoff.effects import ReadCrm, TellCrm
from handoff.snapshot import CANNOT, TOLD, snapshot
from sandbox.crm.records import CONTACTS, NOTES, Field, Rule
from sandbox.faults import Part, Slow
from tests.beginnings import Beginning
from tests.doctor.examined import looked
from tests.journeys.crms import (
    THERE,
    contact,
    in_dataverse_alone,
    in_salesforce_alone,
    knows_baton_no_more,
    may_not_read,
    there,
)
from tests.journeys.test_handing_on import busy
from tests.journeys.test_privacy import leaves
from tests.world import INES, POLICY, World, a_world

OWNED = f"{POLICY.read_text()}\n[crm]\nowner = true\n"


@pytest.fixture
async def sold(database: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """As `world`, with a CRM that has all fields but two, and whose owners Baton writes."""
    more = {"CRM": THERE[request.param].setting}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        for name, label in TOLD.items():
            if name not in ("baton_brief_internal", "baton_campaign"):
                world.box.crm.has_field(
                    Field(kind=CONTACTS, name=name, label=label, type="string", own=True)
                )
        async with world.app.services.stores.door.open() as tx:
            await world.app.services.stores.policies.publish(tx, OWNED, world.clock())
        yield world


def note(world: World) -> str:
    [one] = world.box.crm.all(NOTES)
    return one.values["hs_note_body"]


def owner(world: World, mail: str = INES) -> str:
    id = contact(world, mail).values.get("hubspot_owner_id")
    return next((one.given for one in world.box.crm.owners() if one.id == id), "")


async def test_the_crm_knows_a_handoff_from_the_offer_to_its_end(sold: World) -> None:
    id = await sold.offer()
    said = contact(sold).values
    assert (said["firstname"], said["lastname"]) == ("Ines", "Prado")
    assert (said["baton_status"], said["baton_rep"]) == ("offered", "Rita Osei")
    assert said["baton_changed_by"] == "Quinn Avery", "Outlook has only taken it"
    assert said["baton_meeting"].startswith("2026-03-0")
    assert "See tracking live" in said["baton_brief"]
    assert "Two late shipments" not in said["baton_brief"], "it is the prospect's to read"
    assert "Two late shipments" in note(sold)
    assert "Baton: campaign: Ports webinar" in note(sold)
    case = await sold.case(id)
    assert owner(sold) == case.person(case.handoff.owner).first_name

    await sold.press("rita", "accept")
    case = await sold.case(id)
    said = contact(sold).values
    assert (said["baton_status"], owner(sold)) == ("accepted", "Rita")
    assert said["baton_changed_by"] == "Rita Osei"
    assert said["baton_accepted"] == "2026-03-02T09:00:00Z"

    before = len(sold.box.requests.to("crm"))
    await sold.pass_(hours=1)
    assert len(sold.box.requests.to("crm")) == before, "nothing is told that is known"

    await sold.app.services.stores.door.follow(ReadCrm())
    await sold.work()
    assert len(sold.box.crm.all(CONTACTS)) == len(sold.box.crm.all(NOTES)) == 1
    assert sold.box.requests.count("POST", "/search") == 0, "the index is asked nothing"


async def test_an_hour_without_the_crm_keeps_nobody_waiting_and_loses_nothing(sold: World) -> None:
    away = sold.box.faults.crm_away()
    await sold.offer()
    assert "accept" in sold.newest("rita").verbs()
    await sold.press("rita", "accept")
    assert sold.box.crm.all(CONTACTS) == []
    await sold.pass_(hours=1)

    sold.box.faults.lift(away)
    made = (there(sold).makes, there(sold).contacts), ("POST", there(sold).notes)
    for method, path in made:  # and nobody hears so
        sold.box.faults.crm_answer_lost(method=method, path=path)
    sold.box.faults.crm_status(*there(sold).limited, method="PATCH")
    sold.box.faults.crm_status(*there(sold).locked, method="PATCH")
    for _ in range(8):
        await sold.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
        await sold.work()

    assert contact(sold).values["baton_status"] == "accepted"
    assert len(sold.box.crm.all(NOTES)) == 1
    [(left,)] = await sold.rows("select count(*) from procrastinate_jobs where status <> 'todo'")
    assert left == 0, "no job has failed"


async def test_what_a_rule_of_the_customer_refuses_is_read_in_its_words_and_nothing_is_lost(
    sold: World,
) -> None:
    rule = Rule(kind=CONTACTS, name="baton_rep", words="Only RevOps <names> reps, *ask* them")
    sold.box.crm.rules.append(rule)
    await sold.offer()

    reader = next(w for w in ("quinn", "rita") if "Only RevOps" in sold.reads(w))
    assert "Only RevOps <names> reps, *ask* them" in sold.reads(reader)
    assert sold.box.crm.make.upper() in sold.reads(reader)
    said = contact(sold).values
    assert said["baton_status"] == "offered", "whatever else is told stands there"
    assert "baton_rep" not in said
    assert "Rita Osei" in note(sold)

    cards = sold.cards(reader)
    await sold.pass_(hours=1)
    await sold.app.services.stores.door.follow(ReadCrm())
    await sold.work()
    assert sold.cards(reader) == cards or sold.box.crm.make.upper() not in sold.reads(reader), (
        "told once"
    )

    sold.box.crm.rules.clear()
    await _an_hour_later(sold)
    assert contact(sold).values["baton_rep"] == "Rita Osei"
    assert "Rita Osei" not in note(sold)


async def test_what_keeps_a_rep_away_is_not_told_and_baton_s_own_reasons_are_words(
    sold: World,
) -> None:
    id = await sold.accepted()
    await busy(sold, id, "ravi", "rosa")
    await sold.press("rita", "cannot", titled="Ill")
    said = contact(sold).values
    assert (said["baton_status"], said["baton_sent_back"]) == (
        "sent back",
        "The rep cannot be there",
    )
    everything = str([one.values for one in (*sold.box.crm.all(NOTES), contact(sold))])
    assert "own:" not in everything
    assert "ill" not in everything.lower().split(), "why is nobody's there"
    case = await sold.case(id)
    brief = case.policy.reasons["brief"]
    for code, words in {**BATON_REASONS, NO_STAND_IN: CANNOT, "brief": f"{brief}: asthma"}.items():
        back = replace(case, handoff=replace(case.handoff, reason=code, note="asthma"))
        assert (snapshot(back) or {})["baton_sent_back"] == words


async def test_an_owner_whom_somebody_chose_in_the_crm_is_asked_about_and_stays(
    sold: World,
) -> None:
    await sold.offer()
    box = sold.box
    ravi = box.crm.owner(box.person("ravi").mail)
    box.crm.change(CONTACTS, contact(sold).id, {"hubspot_owner_id": ravi.id})

    await sold.press("rita", "accept")
    id = await sold.newest_handoff()

    assert owner(sold) == "Ravi"
    asked = [w for w in ("quinn", "rita") if "owner is Ravi Patel" in _all(sold, w)]
    assert len(asked) == 1, "whoever has the lead is asked"
    untold, at = sold.app.services.stores.crm.untold, sold.clock()
    assert await untold(at + timedelta(hours=20)) == [], "only a person can end that"
    assert await untold(at + timedelta(hours=25)) == [id]
    rita = box.crm.owner(box.person("rita").mail)
    box.crm.change(CONTACTS, contact(sold).id, {"hubspot_owner_id": rita.id})
    await sold.app.services.stores.door.follow(ReadCrm())
    await sold.work()
    assert owner(sold) == "Rita"

    await sold.run("update crm_link set asked = 'somebody', trouble_at = %s", at)
    await sold.run("update handoff set state = 'ended', ended_at = %s", at)
    assert await untold(at + timedelta(days=9)) == [], "it is over"
    await sold.run("update crm_link set trouble = 'Ask RevOps first'")
    assert await untold(at + timedelta(hours=20)) == []
    assert await untold(at + timedelta(days=9)) == [id]


async def test_an_owner_whom_the_crm_refused_is_nobodys_choice_and_tried_again(
    sold: World,
) -> None:
    box, follow = sold.box, sold.app.services.stores.door.follow
    await follow(ReadCrm())
    await sold.work()
    rita, quinn = (box.crm.owner(box.person(one).mail) for one in ("rita", "quinn"))
    box.crm.add(CONTACTS, {"email": INES, "hubspot_owner_id": quinn.id})
    box.crm.owns(replace(rita, active=False))

    await sold.offer()
    assert owner(sold) == "Quinn"
    assert there(sold).owns_nothing(rita.id) in _all(sold, "rita")
    await _an_hour_later(sold)  # by now it is known that she is no user

    box.crm.owns(rita)
    await _told_anew(sold)
    assert owner(sold) == "Rita"
    assert await sold.rows("select trouble, asked from crm_link") == [("", "")]

    box.crm.change(CONTACTS, contact(sold).id, {"hubspot_owner_id": quinn.id})
    await _told_anew(sold)
    assert await sold.rows("select asked from crm_link") == [(quinn.id,)], "that is a choice"


async def test_the_policy_in_force_says_who_owns_and_what_is_told_of_a_rep(sold: World) -> None:
    id = await sold.accepted()
    assert (owner(sold), bool(contact(sold).values["baton_accepted"])) == ("Rita", True)
    council = f"{POLICY.read_text()}\n[figures]\nworks_council = true\n"
    async with sold.app.services.stores.door.open() as tx:
        await sold.app.services.stores.policies.publish(tx, council, sold.clock())

    await busy(sold, id, "ravi", "rosa")
    await sold.press("rita", "cannot", titled="Ill")

    case = await sold.case(id)
    assert case.policy.crm.owner, "it began under another"
    said = contact(sold).values
    assert (said["baton_status"], case.handoff.owner) == ("sent back", case.handoff.qualifier)
    assert owner(sold) == "Rita"
    assert not said.keys() & {"baton_accepted", "baton_sent_back"}
    lacking = (await looked(sold, crm.checks))["each thing that is told has a field of its own"]
    assert "baton_accepted" not in lacking.found


async def test_a_telling_that_failed_for_good_is_tried_again_in_an_hour(
    sold: World,
) -> None:
    sold.box.faults.crm_status(
        405, "NOT_ALLOWED", method=there(sold).makes, path=there(sold).contacts
    )
    await sold.offer()
    assert sold.box.crm.all(CONTACTS) == []
    await _an_hour_later(sold)
    assert contact(sold).values["baton_status"] == "offered"
    assert await sold.rows("select trouble_at from crm_link") == [(None,)]

    refuses = sold.box.faults.crm_status(
        405, "NOT_ALLOWED", times=None, method="PATCH", path=there(sold).notes
    )
    await sold.press("rita", "accept")
    [(is_known,)] = await sold.rows("select told is not null from crm_link")
    assert not is_known, "half of it stands there"
    sold.box.faults.lift(refuses)
    await _an_hour_later(sold)
    [(is_known,)] = await sold.rows("select told is not null from crm_link")
    assert is_known


async def test_who_is_no_user_of_the_crm_owns_nothing_there(sold: World) -> None:
    for who in ("quinn", "rita"):
        one = sold.box.crm.owner(sold.box.person(who).mail)
        sold.box.crm.owns(replace(one, active=False))
    await sold.accepted()
    assert owner(sold) == ""
    assert contact(sold).values["baton_status"] == "accepted"


async def test_a_contact_that_is_merged_deleted_or_restored_is_followed(sold: World) -> None:
    await sold.offer()
    box, one = sold.box, contact(sold)
    other = box.crm.add(CONTACTS, {"email": "i.prado@contoso.example"}, lead=True)
    merged = box.crm.merge(CONTACTS, one.id, other.id)

    await sold.press("rita", "accept")

    assert contact(sold).id == merged.id
    assert contact(sold).values["baton_status"] == "accepted"
    assert len(box.crm.linked(contact(sold), NOTES)) == 1
    [(known,)] = await sold.rows("select contact from crm_link")
    assert known == merged.id

    box.crm.delete(CONTACTS, merged.id)
    await sold.until(datetime(2026, 3, 3, 8, 30, tzinfo=UTC))
    card = await sold.found("rita", "how_it_went")
    await sold.press("rita", "how_it_went", card, titled="It took place")
    assert box.crm.all(CONTACTS) == [], "nobody makes anew what somebody has deleted"
    assert f"was deleted in {box.crm.make}" in _all(sold, "rita")

    box.crm.restore(CONTACTS, merged.id)
    await _an_hour_later(sold)
    assert contact(sold).values["baton_status"] == "met"
    assert await sold.rows("select trouble, trouble_at from crm_link") == [("", None)]

    box.crm.forget(merged.id)
    await sold.run("update crm_link set told = null, trouble_at = '-infinity'")
    await _an_hour_later(sold)
    assert "cannot be restored" in _all(sold, "rita")
    assert box.crm.all(CONTACTS) == []


async def _an_hour_later(world: World) -> None:
    world.clock.forward(timedelta(hours=2))
    await world.app.services.stores.door.follow(ReadCrm())
    await world.work()


async def _told_anew(world: World) -> None:
    """With the fields and users that there are by now."""
    [(id,)] = await world.rows("update crm_link set told = null returning handoff")
    await world.app.services.stores.door.follow(ReadCrm())
    await world.work()
    await world.app.services.stores.door.follow(TellCrm(id))
    await world.work()


def _all(world: World, who: str) -> str:
    return "\n".join(text for m in world.box.teams.chat(who) for text in m.texts())


async def test_the_doctor_says_what_the_crm_lacks_and_how_to_make_it(sold: World) -> None:
    box = sold.box
    well = await looked(sold, crm.checks)
    fields = well["each thing that is told has a field of its own"]
    assert fields.found == there(sold).lacking
    assert there(sold).made in fields.then
    assert well["everyone who may have a lead is a user there"].well
    assert there(sold).account in well[f"{box.crm.make} lets Baton in"].found

    box.crm.owns(replace(box.crm.owner(box.person("rita").mail), active=False))
    box.crm.limits.used = box.crm.limits.daily - 100
    box.crm.rules.append(Rule(kind=CONTACTS, name="baton_rep", words="Ask RevOps first"))
    await sold.offer()
    found = await looked(sold, crm.checks)
    assert "Rita Osei" in found["everyone who may have a lead is a user there"].found
    assert "Ask RevOps first" in found["it has taken all that it was told"].found
    if there(sold).counts_days:
        assert not found["calls of today are left"].well

    may_not_read(sold, "users")
    [lacking] = (await looked(sold, crm.checks)).values()
    assert lacking.vital
    assert there(sold).users in lacking.found
    knows_baton_no_more(sold)
    await looked(sold, crm.checks)  # of a session that is over nobody is told before
    [unknown] = (await looked(sold, crm.checks)).values()
    assert there(sold).unknown in unknown.found
    assert not (secret := sold.settings.crm_token) or secret not in str(unknown)


@in_dataverse_alone
async def test_an_owner_whom_somebody_chooses_between_look_and_word_stays(sold: World) -> None:
    await sold.offer()
    effect = Slow(seconds=1)
    slow = sold.box.faults.add(Part.CRM, effect, method="PATCH", path=there(sold).contacts)
    click = asyncio.create_task(sold.press("rita", "accept"))
    async with asyncio.timeout(20):
        while not slow.hits:  # noqa: ASYNC110  # in the sandbox
            await asyncio.sleep(0.01)
    ravi = sold.box.crm.owner(sold.box.person("ravi").mail)
    sold.box.crm.change(CONTACTS, contact(sold).id, {"hubspot_owner_id": ravi.id})
    await click
    sold.box.faults.lift(slow)
    await sold.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await sold.work()

    assert owner(sold) == "Ravi"
    assert contact(sold).values["baton_status"] == "accepted"
    assert any("owner is Ravi Patel" in _all(sold, who) for who in ("quinn", "rita"))


@in_dataverse_alone
async def test_the_doctor_says_that_the_key_of_leads_is_not_active_and_they_wait_for_it(
    sold: World,
) -> None:
    sold.box.dataverse.key_status = "Pending"
    [lacking] = (await looked(sold, crm.checks)).values()
    assert lacking.vital
    assert "its index is not Active yet" in lacking.found
    await sold.offer()
    assert sold.box.crm.all(CONTACTS) == []
    sold.box.dataverse.key_status = "Active"
    await sold.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await sold.work()
    assert contact(sold).values["baton_status"] == "offered"


@in_salesforce_alone
async def test_the_doctor_says_that_leads_lack_their_key_and_whom_a_lead_is_a_double_of(
    sold: World,
) -> None:
    box = sold.box
    box.crm.lacks_field(CONTACTS, "baton_key")
    [lacking] = (await looked(sold, crm.checks)).values()
    assert lacking.vital
    assert "Lead lacks the field Baton_Key__c" in lacking.found
    assert "docs/crm.md" in lacking.then
    await sold.offer()
    assert box.crm.all(CONTACTS) == [], "and it waits for that"

    key = Field(kind=CONTACTS, name="baton_key", label="Baton: key", own=True, unique=True)
    box.crm.has_field(key)
    values = {"lastname": "Prado", "company": "Contoso Logistics"}
    there = box.crm.add(CONTACTS, values, lead=True)
    box.salesforce.blocks_duplicates = True
    await sold.run("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await sold.work()
    assert "We recommend you use an existing record instead" in _all(sold, "rita")
    assert there.id in _all(sold, "rita")
    box.salesforce.blocks_duplicates = False
    await _an_hour_later(sold)
    assert contact(sold).values["baton_status"] == "offered"


async def test_who_is_forgotten_is_told_of_no_more_and_the_contact_is_named(sold: World) -> None:
    id = await sold.offer()
    await sold.press("rita", "send_back", reason="brief")
    await sold.press("quinn", "end", titled="No lead after all")
    assert contact(sold).values["baton_outcome"] == "no lead"
    one = contact(sold)

    done = await sold.app.services.stores.about.forget(INES)

    assert f"NOT removed: contact {one.id} in the CRM, which is forgotten there" in done
    assert await sold.rows("select * from crm_link") == []
    asked = len(sold.box.requests.to("crm"))
    await sold.app.services.stores.door.follow(TellCrm(id))
    await sold.work()
    assert len(sold.box.requests.to("crm")) == asked


async def test_who_is_forgotten_while_they_are_told_of_is_not_there_again(sold: World) -> None:
    id = await sold.offer()
    await sold.press("rita", "send_back", reason="brief")
    await sold.press("quinn", "end", titled="No lead after all")
    await sold.run("delete from crm_link")
    sold.box.crm.delete(CONTACTS, contact(sold).id)
    asked = len(sold.box.requests.to("crm"))
    slow = sold.box.faults.add(Part.CRM, Slow(seconds=1))
    await sold.app.services.stores.door.follow(TellCrm(id))
    working = asyncio.create_task(sold.app.work(wait=False, concurrency=2))
    async with asyncio.timeout(15):
        while await sold.rows("select from crm_link") == []:  # noqa: ASYNC110  # in the database
            await asyncio.sleep(0.02)
    await sold.app.services.stores.about.forget(INES)
    sold.box.faults.lift(slow)
    await working

    assert len(sold.box.requests.to("crm")) > asked
    assert await sold.rows("select address from crm_link") == []
    assert await sold.rows("select id from procrastinate_jobs where status = 'failed'") == []


async def test_who_had_the_wrong_address_is_told_of_no_more_and_owned_by_whom_they_were(
    sold: World,
) -> None:
    box, right = sold.box, "ines.prado@contoso.example"
    ravi = box.crm.owner(box.person("ravi").mail)
    wrong = box.crm.add(CONTACTS, {"email": INES, "hubspot_owner_id": ravi.id})
    id = await sold.accepted()
    assert owner(sold) == "Rita"
    await busy(sold, id, "ravi", "rosa")
    await sold.press("rita", "cannot", titled="Ill")
    assert owner(sold) == "Quinn"

    await sold.press("quinn", "correct_brief", contact_email=right)

    assert (contact(sold, right).values["baton_status"], owner(sold, right)) == (
        "sent back",
        "Quinn",
    )
    assert not contact(sold).values.keys() & TOLD.keys()
    assert owner(sold) == "Ravi"
    [left] = box.crm.linked(contact(sold), NOTES)
    assert left.values["hs_note_body"] == f"Baton, no. 1 ({id})"
    [there] = box.crm.linked(contact(sold, right), NOTES)
    assert "Two late shipments" in there.values["hs_note_body"]

    await sold.press("quinn", "end", titled="No lead after all")
    done = await sold.app.services.stores.about.forget(right)
    both = ", ".join(sorted((wrong.id, contact(sold, right).id)))
    assert f"NOT removed: contact {both} in the CRM, which is forgotten there" in done


async def test_one_that_has_the_other_address_there_as_well_stays_the_contact(
    sold: World,
) -> None:
    id = await sold.accepted()
    one, right = contact(sold), "ines.prado@contoso.example"
    sold.box.crm.change(CONTACTS, one.id, {"email": right})
    await busy(sold, id, "ravi", "rosa")
    await sold.press("rita", "cannot", titled="Ill")
    await sold.press("quinn", "correct_brief", contact_email=right)
    assert contact(sold, right).id == one.id
    assert contact(sold, right).values["baton_status"] == "sent back"
    assert len(sold.box.crm.all(NOTES)) == len(sold.box.crm.all(CONTACTS)) == 1


async def test_one_rule_that_refuses_each_lead_is_read_once_a_day(sold: World) -> None:
    sold.box.crm.rules.append(Rule(kind=CONTACTS, name="baton_lead", words="Ask RevOps first"))
    await sold.offer()
    assert _all(sold, "rita").count("Ask RevOps first") == 1
    await sold.offer()
    assert _all(sold, "rita").count("Ask RevOps first") == 1
    refused = (await looked(sold, crm.checks))["it has taken all that it was told"].found
    assert refused.count("Ask RevOps first") == 2
    sold.clock.forward(timedelta(days=1, minutes=1))
    await sold.offer()
    assert _all(sold, "rita").count("Ask RevOps first") == 2


async def test_that_a_colleagues_name_stays_in_the_crm_is_said(sold: World) -> None:
    await sold.offer()
    await sold.press("rita", "send_back", reason="brief")
    await sold.press("quinn", "end", titled="No lead after all")
    await leaves(sold, "rita")
    done = await sold.app.services.stores.about.forget(sold.box.person("rita").mail)
    assert "NOT removed: their name at 1 contacts in the CRM, which is changed there" in done


async def test_of_two_handoffs_of_one_contact_the_later_has_the_fields_and_each_its_note(
    sold: World,
) -> None:
    """Told by two workers at once, and the earlier last."""
    first = await sold.offer()
    second = await sold.offer("ravi")
    assert contact(sold).values["baton_rep"] == "Ravi Patel"
    assert len(sold.box.crm.all(NOTES)) == 2

    await sold.run("update crm_link set told = null")
    before = sold.box.crm.all(NOTES)
    follow = sold.app.services.stores.door.follow
    await follow(TellCrm(second), TellCrm(first))
    async with asyncio.TaskGroup() as workers:
        for _ in range(2):
            workers.create_task(sold.app.work(wait=False, concurrency=2))
    await sold.press("rita", "accept", await sold.found("rita", "accept"))

    assert contact(sold).values["baton_rep"] == "Ravi Patel"
    assert contact(sold).values["baton_status"] == "offered"
    notes = [one.values["hs_note_body"] for one in sold.box.crm.all(NOTES)]
    assert len(notes) == len(before)
    assert any("Rita Osei" in said and "accepted" in said for said in notes)


async def test_of_two_the_earlier_has_the_fields_once_the_later_had_the_wrong_address(
    sold: World,
) -> None:
    await sold.offer()
    later = await sold.accepted("ravi")
    assert contact(sold).values["baton_rep"] == "Ravi Patel"
    await busy(sold, later, "rita", "rosa")
    await sold.press("ravi", "cannot", titled="Ill")
    right = "ines.prado@contoso.example"
    await sold.press("quinn", "correct_brief", contact_email=right)

    assert contact(sold).values["baton_rep"] == "Rita Osei"
    assert (contact(sold).values["baton_status"], owner(sold)) == ("offered", "Rita")
    assert contact(sold, right).values["baton_status"] == "sent back"
    assert len(sold.box.crm.all(NOTES)) == 3
    assert await sold.rows("select from crm_link where trouble <> '' or asked <> ''") == []


async def test_a_crm_that_hangs_holds_no_card(sold: World) -> None:
    """It has a lane of its own: what people wait for goes on in the others."""
    sold.box.faults.add(Part.CRM, Slow(seconds=20))
    await sold.brief(f"rep:{sold.box.person('rita').id}")
    assert (await sold.click("quinn", "book")).ok
    there = asyncio.Event()
    sold.box.chats.listeners.append(
        lambda change: there.set() if "accept" in change.message.verbs() else None
    )
    working = asyncio.create_task(sold.app.work(wait=True, concurrency=2, grace=0.1))
    try:
        async with asyncio.timeout(15):
            await there.wait()
        assert sold.box.crm.all(CONTACTS) == []
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
