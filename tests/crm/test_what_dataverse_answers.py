"""Each answer of Dynamics 365, right, wrong or odd, is one of ours, named by what to do of it."""

import ssl
from asyncio import gather
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from crm.dataverse import ACTING, AT_ONCE, KEY, STEP, Dataverse
from crm.errors import CrmBusyError, CrmError, CrmGoneError, CrmRefusedError, CrmSignInError
from crm.port import Crm, LeadsWanted
from crm.tracing import shape
from graph.sign_in import SignIn
from handoff.model import Contacted, DealState
from handoff.policy import DealField
from running import OfEnvironment, serving
from sandbox.crm.dataverse import INTEGRATION
from sandbox.crm.records import CONTACTS, DATAVERSE, DEALS, NOTES, Field, Rule
from sandbox.m365 import Sandbox
from sandbox.m365 import running as sandbox_running
from tests import hour
from tests.hour import MONDAY

HTML = "<html><body>Service unavailable</body></html>"
GUID = "3f2a0000-0000-4000-8000-000000000001"
ID = f"leads({GUID})"
INES = "ines@contoso.example"
MISSING = "Principal user (Id=1, type=8) is missing prvWriteLead privilege for entity 'lead'."
Answers = Callable[[web.Request], Awaitable[web.Response]]


def said(code: str, message: str = "") -> dict[str, object]:
    return {"error": {"code": code, "message": message}}


READS: dict[str, tuple[int, object, type[Exception]]] = {
    "a page of a gateway": (200, HTML, CrmBusyError),
    "a list": (200, [], CrmBusyError),
    "nothing": (200, "", CrmBusyError),
    "what is nested without end": (200, "[" * 100_000, CrmBusyError),
    "no id": (200, {"value": []}, CrmBusyError),
    "led elsewhere": (302, HTML, CrmBusyError),
    "a gateway that is down": (502, HTML, CrmBusyError),
    "Dynamics 365 that is down": (503, said("0x80040216"), CrmBusyError),
    "a database that is busy": (500, said("0x80044151"), CrmBusyError),
    "another server": (404, HTML, CrmSignInError),
    "no such table": (404, said("0x8006088a", "Resource not found"), CrmSignInError),
    "no such column": (400, said("0x80060888", "Could not find a property"), CrmSignInError),
    "no such record": (404, said("0x80040217", "Does Not Exist"), CrmGoneError),
    "no such record, without a code": (
        404,
        said("", "lead With Id = 1 Does Not Exist"),
        CrmGoneError,
    ),
    "a right that lacks": (403, said("0x80040220", MISSING), CrmSignInError),
    "no user there": (403, said("0x80072560", "not a member"), CrmSignInError),
    "a limit": (429, said("0x80072322"), CrmBusyError),
    "a refusal with nothing in it": (400, {}, CrmRefusedError),
    "an error that is none": (400, {"error": ["odd"]}, CrmRefusedError),
    "a method that is none": (405, {}, CrmError),
}
WRITES: dict[str, tuple[int, object, type[Exception]]] = {
    "a rule of the customer": (400, said("0x80040265", "Ask RevOps"), CrmRefusedError),
    "a value that is taken": (412, said("0x80060892", "Entity Key violated"), CrmRefusedError),
    "a double": (412, said("0x80040333", "a duplicate"), CrmRefusedError),
    "a double, as on its page": (500, said("0x80040333", "a duplicate"), CrmRefusedError),
    "a record that is another's": (403, said("0x80040220", "AccessCheck failed"), CrmRefusedError),
    "a right that lacks": (403, said("0x80040220", MISSING), CrmSignInError),
    "what somebody has just changed": (412, said("0x80060882"), CrmBusyError),
    "a condition that has no name": (412, {}, CrmBusyError),
    "no such record": (404, said("0x80040217", "Does Not Exist"), CrmGoneError),
    "another server": (404, HTML, CrmSignInError),
    "what is too long altogether": (413, said("0x8004418a"), CrmError),
}


@pytest.mark.parametrize("name", READS)
async def test_whatever_is_answered_to_a_question_is_an_error_of_ours(name: str) -> None:
    status, body, expected = READS[name]
    async with at(answering(status, body)) as crm:
        with pytest.raises(expected):
            await crm.contact(ID)


@pytest.mark.parametrize("name", WRITES)
async def test_whatever_is_answered_to_a_change_is_an_error_of_ours(name: str) -> None:
    status, body, expected = WRITES[name]
    async with at(answering(status, body)) as crm:
        with pytest.raises(expected):
            await crm.write(ID, {"baton_rep": "Rita"})


async def test_each_limit_is_asked_again_as_late_as_it_says() -> None:
    waits = []
    for code, headers in (
        ("0x80072322", {"Retry-After": "17"}),
        ("0x80072322", {}),
        ("0x80072321", {}),
        ("0x80072326", {"Retry-After": "soon"}),
    ):
        async with at(answering(429, said(code, "exceeded"), headers)) as crm:
            with pytest.raises(CrmBusyError, match="exceeded") as busy:
                await crm.users()
            waits.append(busy.value.retry_after)
    assert waits == [17, 60, 60, 10]


async def test_pages_are_followed_at_this_address_alone_and_not_for_ever() -> None:
    for onward in ("https://elsewhere.example/", "/api/data/v9.2/systemusers?$skiptoken=1", "/a"):
        asked: list[str] = []

        async def answers(
            request: web.Request, asked: list[str] = asked, onward: str = onward
        ) -> web.Response:
            asked.append(request.path)
            one = {"systemuserid": GUID, "internalemailaddress": INES}
            return web.json_response({"value": [one], "@odata.nextLink": onward})

        async with at(answers) as crm:
            with pytest.raises(CrmBusyError, match="no next page"):
                await crm.users()
        assert len(asked) <= 2


async def test_the_next_page_is_found_in_whichever_letters_its_address_is_written() -> None:
    async def answers(request: web.Request) -> web.Response:
        one = {"systemuserid": GUID, "internalemailaddress": INES}
        more = "$skiptoken" not in request.query
        onward = f"{request.url.scheme.upper()}://{request.host}{request.path}?$skiptoken=1"
        next_page = {"@odata.nextLink": onward} if more else {}
        return web.json_response({"value": [one], **next_page})

    async with at(answers) as crm:
        assert len(await crm.users()) == 2


def test_a_trace_names_nobody() -> None:
    assert shape(f"/api/data/v9.2/{ID}") == "/api/data/v9.2/leads({id})"
    assert shape("/api/data/v9.2/leads(baton_key='0a')") == "/api/data/v9.2/leads({id})"


@pytest.mark.parametrize("codes", [True, False], ids=["with a code", "as its page shows it"])
async def test_of_two_who_make_a_lead_at_once_both_have_the_same(
    box: Sandbox, dataverse: Dataverse, *, codes: bool
) -> None:
    box.dataverse.names_codes = codes
    found = await gather(
        *(dataverse.contact_of(INES, "Ines Prado", "Contoso") for _ in range(4)),
    )
    [one] = box.crm.all(CONTACTS)
    assert {contact.id for contact in found} == {one.id}
    assert (one.values["lastname"], one.values["firstname"]) == ("Prado", "Ines")
    assert found[0].owner == INTEGRATION

    box.crm.change(CONTACTS, one.id, {"email": "i.prado@contoso.example"})
    again = await dataverse.contact_of(INES, "Ines Prado", "Contoso")
    assert again.id == one.id, "and nobody's correction there is undone"
    assert box.crm.all(CONTACTS)[0].values["email"] == "i.prado@contoso.example"
    contact = box.crm.convert(one.id)
    again = await dataverse.contact_of(INES, "Ines Prado", "Contoso")
    assert again.id == contact.id


async def test_who_was_merged_away_is_who_they_are_now_and_who_was_deleted_is_made_anew(
    box: Sandbox, dataverse: Dataverse
) -> None:
    one = await dataverse.contact_of(INES, "Ines Prado", "Contoso")
    other = box.crm.add(CONTACTS, {"email": "i.prado@contoso.example"}, lead=True)
    box.crm.merge(CONTACTS, other.id, one.id)
    again = await dataverse.contact_of(INES, "Ines Prado", "Contoso")
    assert again.id == other.id, "who was merged keeps the key"
    box.crm.delete(CONTACTS, other.id)
    with pytest.raises(CrmGoneError) as gone:
        await dataverse.contact(other.id)
    assert gone.value.may_return
    box.dataverse.has_bin = False
    with pytest.raises(CrmGoneError) as never:
        await dataverse.contact(other.id)
    assert not never.value.may_return, "as far as that environment keeps it"


async def test_a_contact_goes_before_a_lead_and_the_oldest_before_others(
    box: Sandbox, dataverse: Dataverse
) -> None:
    lead = box.crm.add(CONTACTS, {"email": INES.upper()}, lead=True)
    assert (await dataverse.contact_of(INES, "Ines Prado", "Contoso")).id == lead.id
    first = box.crm.add(CONTACTS, {"email": INES})
    box.clock.forward(timedelta(hours=1))
    box.crm.add(CONTACTS, {"email": INES})
    assert (await dataverse.contact_of(INES, "Ines Prado", "Contoso")).id == first.id
    odd = await dataverse.contact_of("o'neil+a&b@contoso.example", "", " ")
    assert box.crm.get(CONTACTS, odd.id).values.keys() == {"email", "baton_key", "subject"}


async def test_a_double_is_kept_away_by_the_customers_rule_in_its_words(
    box: Sandbox, dataverse: Dataverse
) -> None:
    box.crm.add(CONTACTS, {"lastname": "Prado", "company": "Contoso"}, lead=True)
    box.dataverse.detects_duplicates = True
    with pytest.raises(CrmRefusedError, match="a duplicate of the current record already exists"):
        await dataverse.contact_of(INES, "Ines Prado", "Contoso")
    assert len(box.crm.all(CONTACTS)) == 1


async def test_what_a_rule_refuses_is_said_in_its_words_and_of_which_column_where_it_names_it(
    box: Sandbox, dataverse: Dataverse
) -> None:
    box.crm.has_field(Field(kind=CONTACTS, name="baton_rep", label="Baton: rep", own=True))
    box.crm.rules.append(Rule(kind=CONTACTS, name="baton_rep", words="Ask RevOps"))
    one = await dataverse.contact_of(INES, "Ines Prado", "Contoso")
    with pytest.raises(CrmRefusedError, match=r"^Ask RevOps$") as refused:
        await dataverse.write(one.id, {"baton_rep": "Rita"})
    assert refused.value.fields == frozenset()
    with pytest.raises(CrmRefusedError, match=r"^Invalid property 'baton_status' was f") as lacking:
        await dataverse.write(one.id, {"baton_rep": "", "baton_status": "offered"})
    assert lacking.value.fields == {"baton_status"}
    assert "\n" not in str(lacking.value)
    assert "---" not in str(lacking.value)
    await dataverse.write(one.id, {})
    for nobody in ("40100200301", "00QHx0000000001AAA", f"accounts({GUID})"):
        with pytest.raises(CrmGoneError):
            await dataverse.write(nobody, {"baton_rep": "Rita"})


async def test_who_is_owner_is_written_once_and_not_over_whoever_was_chosen_since(
    box: Sandbox, dataverse: Dataverse
) -> None:
    rita, ravi = (box.crm.owner(box.person(one).mail) for one in ("rita", "ravi"))
    one = await dataverse.contact_of(INES, "Ines Prado", "Contoso")
    read = await dataverse.contact(one.id)
    await dataverse.write(one.id, {}, rita.id, version=read.version)
    read = await dataverse.contact(one.id)
    assert read.owner == rita.id

    box.crm.change(CONTACTS, one.id, {"hubspot_owner_id": ravi.id})
    with pytest.raises(CrmBusyError, match="doesn't match the RowVersion") as changed:
        await dataverse.write(one.id, {}, rita.id, version=read.version)
    assert changed.value.retry_after == 1
    assert (await dataverse.contact(one.id)).owner == ravi.id
    await dataverse.write(one.id, {}, "teams(3f2a0000-0000-4000-8000-0000000000ff)")
    assert (await dataverse.contact(one.id)).owner.startswith("teams(")

    box.crm.owns(replace(rita, active=False))
    with pytest.raises(CrmRefusedError, match="is disabled"):
        await dataverse.write(one.id, {}, rita.id)
    guid = ravi.id[len("systemusers(") : -1]
    words = f"Principal user (Id={guid.upper()}, type=8) is missing prvReadLead privilege"
    box.faults.crm_status(403, "0x80040220", words, method="PATCH")
    with pytest.raises(CrmRefusedError, match="prvReadLead"):  # they may not, which is no fault
        await dataverse.write(one.id, {}, ravi.id)
    words = words.replace(guid.upper(), "another")
    box.faults.crm_status(403, "0x80040220", words, method="PATCH")
    with pytest.raises(CrmSignInError, match="prvReadLead"):
        await dataverse.write(one.id, {}, ravi.id)


async def test_fields_are_those_that_both_have_and_without_its_key_nothing_is_told(
    box: Sandbox, dataverse: Dataverse
) -> None:
    for name in ("baton_rep", "baton_status", "baton_lead"):
        box.crm.has_field(Field(kind=CONTACTS, name=name, label=name, own=True))
    box.dataverse.only_on["baton_lead"] = "lead"
    box.dataverse.read_only.add("baton_status")
    assert set(await dataverse.fields()) == {"baton_key", "baton_rep"}

    box.dataverse.key_status = "Pending"
    with pytest.raises(CrmSignInError, match=f"lacks the alternate key of the column {KEY}"):
        await dataverse.fields()
    with pytest.raises(CrmSignInError, match=f"lacks the alternate key of the column {KEY}"):
        await dataverse.contact_of(INES, "Ines Prado", "Contoso")
    assert box.crm.all(CONTACTS) == []


async def test_what_was_merged_qualified_or_deleted_leads_on_or_is_said_to_be_gone(
    box: Sandbox, dataverse: Dataverse
) -> None:
    one, two, three = (box.crm.add(CONTACTS, {"email": INES}, lead=True) for _ in range(3))
    box.crm.merge(CONTACTS, two.id, one.id)
    box.crm.merge(CONTACTS, three.id, two.id)
    contact = box.crm.convert(three.id)
    assert (await dataverse.contact(one.id)).id == contact.id, "by two merges and more"
    ids = [one.id, three.id, contact.id, "1"]
    assert set((await dataverse.present(ids)).found) == {contact.id}

    note = await dataverse.add_note(contact.id, "Baton, no. 1\n" + "x" * 110_000, "2026-03-02T09")
    kept = box.crm.get(NOTES, note).values
    assert kept["subject"] == "Baton, no. 1"
    assert len(kept["hs_note_body"]) == 100_000
    assert (await dataverse.notes(contact.id))[note].startswith("Baton, no. 1\nx")
    await dataverse.rewrite_note(note, "Baton, no. 1")
    assert (await dataverse.notes(contact.id)) == {note: "Baton, no. 1"}
    box.crm.delete(NOTES, note)
    for gone_ in (note, "40100200301"):
        with pytest.raises(CrmGoneError):
            await dataverse.rewrite_note(gone_, "Baton, no. 1")
    assert len(box.crm.every(NOTES)) == 1, "and none is made instead"

    box.crm.delete(CONTACTS, contact.id)
    with pytest.raises(CrmGoneError) as deleted:
        await dataverse.contact(one.id)
    assert deleted.value.may_return
    with pytest.raises(CrmGoneError):
        await dataverse.write(contact.id, {"baton_key": ""})
    assert box.crm.all(CONTACTS) == []
    box.crm.forget(contact.id)
    with pytest.raises(CrmGoneError) as never:
        await dataverse.contact(contact.id)
    assert not never.value.may_return


async def test_a_token_that_is_over_is_asked_for_anew_with_the_next_question(
    box: Sandbox, dataverse: Dataverse
) -> None:
    assert await dataverse.users()
    await gather(*(dataverse.stages() for _ in range(5)))
    assert box.requests.count("POST", "/oauth2/v2.0/token") == 1
    box.dataverse.expire()
    with pytest.raises(CrmBusyError) as over:
        await dataverse.users()
    assert over.value.retry_after == 1
    assert await dataverse.users()
    assert box.requests.count("POST", "/oauth2/v2.0/token") == 2

    box.faults.crm_status(401, times=2)
    with pytest.raises(CrmBusyError):
        await dataverse.users()
    with pytest.raises(CrmSignInError, match="just signed in"):  # no waiting mends that
        await dataverse.users()
    box.dataverse.is_member = False
    with pytest.raises(CrmSignInError, match="not a member of the organization"):
        await dataverse.users()
    box.dataverse.expire()
    box.faults.sign_in_down(times=1)
    with pytest.raises(CrmBusyError):
        await dataverse.users()
    with pytest.raises(CrmBusyError):
        await dataverse.users()


async def test_who_may_own_a_record_and_what_an_amount_is_in(
    box: Sandbox, dataverse: Dataverse
) -> None:
    account = await dataverse.account()
    assert (account.kind, account.currency, account.calls_left) == ("halden", "EUR", None)
    quinn = box.crm.owner(box.person("quinn").mail)
    box.crm.owns(replace(quinn, active=False))
    users = await dataverse.users()
    assert box.person("rita").mail in {one.mail for one in users}
    assert quinn.mail not in {one.mail for one in users}
    assert INTEGRATION not in {one.id for one in users}, "nobody works as it"
    box.crm.limits.used = box.crm.limits.daily
    with pytest.raises(CrmBusyError, match="exceeded the limit") as busy:
        await dataverse.account()
    assert busy.value.retry_after == 30


async def test_a_deal_is_read_with_everyone_who_is_connected_with_it(
    box: Sandbox, dataverse: Dataverse
) -> None:
    ines, omar, ana = (box.crm.add(CONTACTS, {"email": f"{w}@contoso.example"}) for w in "ioa")
    rita = box.crm.owner(box.person("rita").mail)
    values = {
        "dealname": "Contoso & Söhne",
        "dealstage": "contractsent",
        "amount": "48000.5",
        "deal_currency_code": "USD",
        "hubspot_owner_id": rita.id,
    }
    both = frozenset({(CONTACTS, ines.id), (CONTACTS, omar.id)})
    made = box.crm.add(DEALS, values, both)
    many = [box.crm.add(DEALS, {"dealname": f"{n}"}, both) for n in range(2 * AT_ONCE + 5)]

    others = [box.crm.add(CONTACTS, {"lastname": f"{n}"}).id for n in range(AT_ONCE)]
    for asked in (ines.id, omar.id):  # whose own it is, and who is connected with it
        read = await dataverse.deals([asked, ana.id, "1", *others])
        found = {one.id: one for one in read.found}
        assert len(found) == 1 + len(many), "by more than one query"
        assert found[made.id].contacts == {ines.id, omar.id}
    assert all(one.status == 200 for one in box.requests.to("crm"))
    deal = found[made.id]
    assert (deal.stage, deal.amount, deal.currency) == ("4", "48000.5", "USD")
    assert (deal.owner, deal.name) == (rita.id, "Contoso & Söhne")
    assert deal.made_at == deal.changed_at == made.made_at
    bare = found[many[0].id]
    assert (bare.stage, bare.amount, bare.currency) == ("", "", "EUR")

    stages = await dataverse.stages()
    assert {id: one.state for id, one in stages.items()} == {
        **dict.fromkeys(("0", "1", "2", "3", "4"), DealState.OPEN),
        "won": DealState.WON,
        "lost": DealState.LOST,
    }
    assert stages["4"].name == "Contract Sent"
    box.crm.delete(DEALS, made.id)
    assert made.id not in {one.id for one in (await dataverse.deals([ines.id])).found}
    assert (await dataverse.deals([])).found == []
    box.dataverse.hidden.add("connection")
    with pytest.raises(CrmSignInError, match="missing prvReadConnection"):
        await dataverse.reads_deals()


async def test_a_field_of_a_deal_is_written_and_a_closed_deal_is_closed(
    box: Sandbox, dataverse: Dataverse
) -> None:
    ines = box.crm.add(CONTACTS, {"email": INES})
    made = box.crm.add(DEALS, {"dealname": "Contoso"}, frozenset({(CONTACTS, ines.id)}))
    for field, value in (
        (DealField.AMOUNT, "48000"),
        (DealField.CLOSE_DATE, "2026-03-31"),
        (DealField.STAGE, "4"),
        (DealField.NEXT_STEP, "Send the 'contract'"),
    ):
        box.clock.forward(timedelta(days=1))
        read = await dataverse.deal(made.id)
        await dataverse.write_deal(made.id, field, value, version=read.version)

    deal = await dataverse.deal(made.id)
    assert deal.fields == {
        DealField.AMOUNT: "48000.0",
        DealField.CLOSE_DATE: "2026-03-31",
        DealField.STAGE: "4",
        DealField.NEXT_STEP: "Send the 'contract'",
    }
    assert deal.set_at == {}
    [dated] = (await dataverse.deals([ines.id], dated=True)).found
    days = {field: (at - MONDAY).days for field, at in dated.set_at.items()}
    assert days == {field: n for n, field in enumerate(DealField, 1)}
    box.dataverse.hidden.add("audit")
    [dated] = (await dataverse.deals([ines.id], dated=True)).found
    assert dated.set_at == dict.fromkeys(DealField, dated.changed_at), "since when it is as it is"
    box.dataverse.hidden.clear()
    box.dataverse.audits = False
    [dated] = (await dataverse.deals([ines.id], dated=True)).found
    assert dated.set_at == dict.fromkeys(DealField, dated.changed_at)

    box.crm.change(DEALS, made.id, {"amount": "1"})
    for field, value in ((DealField.AMOUNT, "2"), (DealField.STAGE, "won")):
        with pytest.raises(CrmBusyError) as changed:
            await dataverse.write_deal(made.id, field, value, version=deal.version)
        assert changed.value.retry_after == 1
    await dataverse.write_deal(made.id, DealField.STAGE, "won")
    won = await dataverse.deal(made.id)
    assert (won.stage, won.amount) == ("won", "1.0")
    await dataverse.write_deal(made.id, DealField.STAGE, "lost")
    assert (await dataverse.deal(made.id)).stage == "lost"
    with pytest.raises(CrmRefusedError, match="There is no stage Contract Sent"):
        await dataverse.write_deal(made.id, DealField.STAGE, "Contract Sent")


async def test_what_somebody_enters_is_written_as_them_and_by_what_both_may(
    box: Sandbox, dataverse: Dataverse
) -> None:
    rita = next(one for one in box.crm.owners() if one.given == "Rita")
    made = box.crm.add(DEALS, {"dealname": "Contoso"})
    for ask in (
        dataverse.writes_for(rita.id),
        dataverse.write_deal(made.id, DealField.AMOUNT, "1", by=rita.id),
    ):
        with pytest.raises(CrmSignInError, match=f"missing {ACTING}"):
            await ask
    box.dataverse.acts_for_others = True
    await dataverse.writes_for(rita.id)
    await dataverse.write_deal(made.id, DealField.AMOUNT, "1", by=rita.id)
    assert box.dataverse.modified_by(made.id) == (rita.id, INTEGRATION)
    await dataverse.write_deal(made.id, DealField.NEXT_STEP, "Call")
    assert box.dataverse.modified_by(made.id) == (INTEGRATION, "")
    await dataverse.write_deal(made.id, DealField.STAGE, "won", by=rita.id)
    assert box.dataverse.modified_by(made.id) == (rita.id, INTEGRATION)

    box.dataverse.idle.add(rita.id)
    with pytest.raises(CrmRefusedError, match="missing prvWriteOpportunity"):
        await dataverse.write_deal(made.id, DealField.AMOUNT, "2", by=rita.id)
    box.crm.owns(replace(rita, active=False))
    for nobody in (rita.id, "systemusers(3f2a0000-0000-4000-8000-00000000dead)"):
        with pytest.raises(CrmRefusedError, match=r"disabled|Does Not Exist"):
            await dataverse.write_deal(made.id, DealField.AMOUNT, "2", by=nobody)
        with pytest.raises(CrmRefusedError, match=r"disabled|Does Not Exist"):
            await dataverse.writes_for(nobody)
    await dataverse.write_deal(made.id, DealField.AMOUNT, "2")
    box.crm.delete(DEALS, made.id)
    box.crm.owns(rita)
    with pytest.raises(CrmGoneError):
        await dataverse.write_deal(made.id, DealField.NEXT_STEP, "Call", by=rita.id)


async def test_what_keeps_a_field_of_a_deal_from_being_written_is_said_as_what_it_is(
    box: Sandbox, dataverse: Dataverse
) -> None:
    made = box.crm.add(DEALS, {"dealname": "Contoso"})
    rule = Rule(kind=DEALS, name="amount", words="Ask RevOps first", value="1")
    box.crm.rules.append(rule)
    with pytest.raises(CrmRefusedError, match=r"^Ask RevOps first$"):
        await dataverse.write_deal(made.id, DealField.AMOUNT, "1")
    with pytest.raises(CrmRefusedError, match="exceeded the maximum allowed length"):
        await dataverse.write_deal(made.id, DealField.NEXT_STEP, "o" * 256)
    with pytest.raises(CrmRefusedError, match="outside the valid range"):
        await dataverse.write_deal(made.id, DealField.STAGE, "77")
    box.faults.crm_status(500, "0x80044151", method="PATCH")
    with pytest.raises(CrmBusyError):
        await dataverse.write_deal(made.id, DealField.AMOUNT, "2")
    box.dataverse.unwritable.add("opportunity")
    with pytest.raises(CrmSignInError, match="missing prvWriteOpportunity"):
        await dataverse.write_deal(made.id, DealField.AMOUNT, "2")
    box.dataverse.unwritable.clear()
    box.dataverse.with_products.add(made.id)
    with pytest.raises(CrmRefusedError, match="sum of the deal's products"):
        await dataverse.write_deal(made.id, DealField.AMOUNT, "2")
    box.crm.lacks_field(DEALS, "hs_next_step")
    with pytest.raises(CrmSignInError, match=f"lacks the column {STEP}"):
        await dataverse.write_deal(made.id, DealField.NEXT_STEP, "Call")
    assert box.crm.get(DEALS, made.id).values == {"dealname": "Contoso"}

    box.crm.delete(DEALS, made.id)
    for id in (made.id, "40100200300", f"opportunities({GUID})"):
        with pytest.raises(CrmGoneError) as gone:
            await dataverse.deal(id)
        assert gone.value.may_return is (id == made.id)
        with pytest.raises(CrmGoneError):
            await dataverse.write_deal(id, DealField.CLOSE_DATE, "2026-03-31")


async def test_leads_are_read_in_the_order_of_their_change_with_what_people_read_of_them(
    box: Sandbox, dataverse: Dataverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.dataverse.LEADS_READ", 2)
    for name, type in (("worth", "number"), ("needs", "string")):
        box.crm.has_field(Field(kind=CONTACTS, name=name, label=name, type=type, own=True))
    wanted = LeadsWanted(
        field="leadqualitycode",
        values=["1", "2"],
        fields={"value": "worth", "needs": "needs", "campaign": "leadqualitycode"},
    )
    was = {"email": INES, "firstname": "Ines", "lastname": "Prado", "hs_lead_status": "3"}
    hot = box.crm.add(CONTACTS, {**was, "needs": "Ports", "worth": "48000"}, lead=True)
    box.clock.forward(timedelta(hours=1))
    for n in range(4):
        box.crm.add(CONTACTS, {"email": f"{n}@o.example", "hs_lead_status": "2"}, lead=True)
    box.clock.forward(timedelta(hours=1))
    box.crm.change(CONTACTS, hot.id, {"hs_lead_status": "1"})
    box.clock.forward(timedelta(hours=1))
    other = box.crm.add(CONTACTS, {"email": "ines@mail.example"}, lead=True)
    box.crm.merge(CONTACTS, hot.id, other.id)

    pages = [await dataverse.leads(wanted, MONDAY)]
    while pages[-1].after:
        pages.append(await dataverse.leads(wanted, MONDAY, pages[-1].after))
    found = [one for page in pages for one in page.found]
    assert [len(page.found) for page in pages] == [2, 2, 1]
    assert pages[-1].until == box.clock()
    assert (found[-1].id, found[-1].former) == (hot.id, {other.id})
    assert found[-1].values == {
        "contact_name": "Ines Prado",
        "contact_email": INES,
        "company": "",
        "value": "48000.0",
        "currency": "EUR",
        "needs": "Ports",
        "campaign": "Hot",
    }
    assert found[-1].since == MONDAY + timedelta(hours=2), "since it is hot"
    assert {one.since for one in found[:-1]} == {MONDAY + timedelta(hours=1)}
    assert (await dataverse.leads(wanted, box.clock() + timedelta(seconds=1))).found == []
    box.dataverse.audits = False
    [now] = (await dataverse.leads(wanted, MONDAY + timedelta(hours=2))).found
    assert now.since == MONDAY, "when it was made, where no more is kept"

    with pytest.raises(CrmRefusedError, match="Lead has no column moon_phase"):
        await dataverse.leads(replace(wanted, field="moon_phase"), MONDAY)
    with pytest.raises(CrmRefusedError, match="has to name the number, not 'Hot'"):
        await dataverse.leads(replace(wanted, values=["Hot"]), MONDAY)
    with pytest.raises(CrmBusyError, match="no next page"):
        await dataverse.leads(wanted, MONDAY, "https://elsewhere.example/api")


async def test_of_each_kind_the_last_that_is_over_is_known_and_of_nobody_else(
    box: Sandbox, dataverse: Dataverse
) -> None:
    ines, omar = (box.crm.add(CONTACTS, {"email": f"{w}@o.example"}, lead=w == "i") for w in "io")
    box.clock.forward(timedelta(days=4))
    for how, days in (("call", 1), ("call", 2), ("mail", 3), ("meeting", 1), ("meeting", 9)):
        box.crm.contacted(ines.id, how, MONDAY + timedelta(days=days))
    box.crm.contacted(omar.id, "mail", MONDAY - timedelta(days=1))
    asked = [ines.id, omar.id, "40100200300"]
    found = (await dataverse.activities(asked, MONDAY, box.clock())).found
    assert {(one.contact, one.how, one.at) for one in found} == {
        (ines.id, Contacted.CALL, MONDAY + timedelta(days=2)),
        (ines.id, Contacted.MAIL, MONDAY + timedelta(days=3)),
        (ines.id, Contacted.MEETING, MONDAY + timedelta(days=1)),
    }
    assert (await dataverse.activities([], MONDAY, box.clock())).found == []
    box.dataverse.hidden.add("activitypointer")
    with pytest.raises(CrmSignInError, match="missing prvReadActivitypointer"):
        await dataverse.activities([ines.id], MONDAY, box.clock())


def told(status: int, body: object, headers: dict[str, str]) -> web.Response:
    headers |= {"Location": "https://elsewhere.example/"} if 300 < status < 400 else {}
    if isinstance(body, str):
        return web.Response(status=status, text=body, headers=headers)
    return web.json_response(body, status=status, headers=headers)


def answering(status: int, body: object, headers: dict[str, str] | None = None) -> Answers:
    async def answers(_request: web.Request) -> web.Response:
        return told(status, body, headers or {})

    return answers


class Token:
    async def token(self) -> str:
        return "t"

    def forget(self) -> None:
        raise AssertionError


class at:  # noqa: N801  # reads as a sentence
    """Dynamics 365's adapter, before a server that answers so."""

    def __init__(self, answers: Answers) -> None:
        site = web.Application()
        site.router.add_route("*", "/{path:.*}", answers)
        self._serving = serving(site, "127.0.0.1", 0)

    async def __aenter__(self) -> Crm:
        port = await self._serving.__aenter__()
        trust = ssl.create_default_context()
        url = f"http://127.0.0.1:{port}"
        self._crm = Dataverse(url=url, tokens=Token(), trust=trust)
        return self._crm

    async def __aexit__(self, *_: object) -> None:
        await self._crm.close()
        await self._serving.__aexit__(None, None, None)


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with sandbox_running(weeks=False, now=MONDAY, machine=hour.now) as one:
        one.crm_env(DATAVERSE)
        yield one


@pytest.fixture
async def dataverse(box: Sandbox) -> AsyncIterator[Dataverse]:
    """Baton signs in there as the application that it is everywhere at Microsoft."""
    app = box.entra.app
    sign_in = SignIn(
        login_url=box.url,
        tenant=app.tenant,
        client_id=app.client_id,
        identity=None,
        certificate=None,
        secret=app.secret,
        ca_file=box.certificates.ca_file,
    )
    trust = box.certificates.trusting()
    crm = Dataverse(url=box.url, tokens=OfEnvironment(sign_in, box.url), trust=trust)
    yield crm
    await crm.close()
