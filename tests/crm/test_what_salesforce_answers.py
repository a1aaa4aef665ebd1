"""Each answer of Salesforce, right, wrong or odd, is one of ours, named by what to do about it."""

import ssl
from asyncio import gather
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from simple_salesforce.format import quote_soql_value

from crm.errors import CrmBusyError, CrmError, CrmGoneError, CrmRefusedError, CrmSignInError
from crm.port import Crm
from crm.salesforce import AT_ONCE, KEY, OBJECTS, VERSION, Salesforce, _quoted
from crm.tracing import shape
from handoff.model import DealState
from handoff.policy import DealField
from handoff.snapshot import TOLD
from running import serving
from sandbox.crm.records import CONTACTS, DEALS, NOTES, SALESFORCE, Field, Rule
from sandbox.crm.salesforce import INTEGRATION, custom
from sandbox.m365 import Sandbox
from sandbox.m365 import running as sandbox_running
from tests import hour
from tests.hour import MONDAY

HTML = "<html><body>Service unavailable</body></html>"
ID = "00QHx0000000001AAA"
INES = "ines@contoso.example"
Answers = Callable[[web.Request], Awaitable[web.Response]]


def said(code: str, message: str = "") -> list[dict[str, str]]:
    return [{"errorCode": code, "message": message}]


READS: dict[str, tuple[int, object, type[Exception]]] = {
    "a page of a gateway": (200, HTML, CrmBusyError),
    "a list": (200, [], CrmBusyError),
    "nothing": (200, "", CrmBusyError),
    "what is nested without end": (200, "[" * 100_000, CrmBusyError),
    "no records": (200, {"done": True}, CrmBusyError),
    "no id": (200, {"done": True, "records": [{"OwnerId": "1"}]}, CrmBusyError),
    "no next page": (200, {"done": False, "records": []}, CrmBusyError),
    "none found": (200, {"done": True, "records": []}, CrmGoneError),
    "led elsewhere": (302, HTML, CrmBusyError),
    "several of one key": (300, ["/one", "/other"], CrmBusyError),
    "a gateway that is down": (502, HTML, CrmBusyError),
    "Salesforce that is down": (503, said("SERVER_UNAVAILABLE"), CrmBusyError),
    "another server": (404, HTML, CrmSignInError),
    "no such version": (404, said("NOT_FOUND"), CrmSignInError),
    "an object that is hidden": (400, said("INVALID_TYPE"), CrmSignInError),
    "a right that lacks": (403, said("API_DISABLED_FOR_ORG"), CrmSignInError),
    "a limit": (403, said("REQUEST_LIMIT_EXCEEDED"), CrmBusyError),
    "a refusal with nothing in it": (400, {}, CrmRefusedError),
    "a method that is none": (405, {}, CrmError),
}
WRITES: dict[str, tuple[int, object, type[Exception]]] = {
    "a rule of the customer": (400, said("FIELD_CUSTOM_VALIDATION_EXCEPTION"), CrmRefusedError),
    "a value that is taken": (400, said("DUPLICATE_VALUE"), CrmRefusedError),
    "a record that is another's": (403, said("INSUFFICIENT_ACCESS_OR_READONLY"), CrmRefusedError),
    "a right that lacks": (403, said("API_DISABLED_FOR_ORG"), CrmSignInError),
    "a row that is locked": (400, said("UNABLE_TO_LOCK_ROW"), CrmBusyError),
    "a lead that was converted": (400, said("CANNOT_UPDATE_CONVERTED_LEAD"), CrmBusyError),
    "a record that was deleted": (404, said("ENTITY_IS_DELETED"), CrmGoneError),
    "no such record": (404, said("NOT_FOUND"), CrmGoneError),
    "another server": (404, HTML, CrmSignInError),
    "errors that are none": (400, ["odd", {"fields": 1}], CrmRefusedError),
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


SIGN_INS: dict[str, tuple[int, object, type[Exception]]] = {
    "a secret that is another": (400, {"error": "invalid_client"}, CrmSignInError),
    "no list of errors": (401, {"error": "invalid_grant", "error_description": 1}, CrmSignInError),
    "another server": (404, HTML, CrmSignInError),
    "no token": (200, {"token_type": "Bearer"}, CrmBusyError),
    "down": (503, HTML, CrmBusyError),
    "led elsewhere": (301, HTML, CrmBusyError),
}


@pytest.mark.parametrize("name", SIGN_INS)
async def test_whoever_is_not_signed_in_asks_nothing(name: str) -> None:
    status, body, expected = SIGN_INS[name]
    asked: list[str] = []

    async def answers(request: web.Request) -> web.Response:
        asked.append(request.path)
        return told(status, body)

    async with at(answers, signs_in=False) as crm:
        with pytest.raises(expected) as refused:
            await crm.users()
    assert asked == ["/services/oauth2/token"]
    assert "the-secret" not in str(refused.value)


async def test_each_limit_and_lock_is_asked_again_as_late_as_is_worth_it() -> None:
    waits = []
    for code, words in (
        ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        ("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
        ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
    ):
        async with at(answering(403, said(code, words))) as crm:
            with pytest.raises(CrmBusyError, match=words[:18]) as busy:
                await crm.users()
            waits.append(busy.value.retry_after)
    assert waits == [3600, 10, 2]


async def test_pages_are_followed_at_this_address_alone_and_not_for_ever() -> None:
    for onward in ("https://elsewhere.example/", f"/services/data/v{VERSION}/query/01g-2", "/a"):
        asked: list[str] = []

        async def answers(
            request: web.Request, asked: list[str] = asked, onward: str = onward
        ) -> web.Response:
            asked.append(request.path)
            one = {"Id": ID, "Email": INES}
            page = {"done": False, "nextRecordsUrl": onward, "records": [one]}
            return web.json_response(page)

        async with at(answers) as crm:
            with pytest.raises(CrmBusyError, match="no next page"):
                await crm.users()
        assert len(asked) <= 2


@pytest.mark.parametrize("text", ["o'neil\\", 'a"b', "\n\r\t\b\f", "' OR Id != '", "ünï'c"])
def test_what_people_typed_ends_no_text_of_a_query(text: str) -> None:
    assert _quoted(text) == quote_soql_value(text)


def test_a_trace_names_nobody() -> None:
    assert shape(f"/services/data/v{VERSION}/sobjects/Lead/{ID}") == (
        f"/services/data/v{VERSION}/sobjects/Lead/{{id}}"
    )


def test_each_field_is_called_as_an_administrator_makes_it() -> None:
    crm = Salesforce.called
    for name in TOLD:
        assert crm(None, name) == custom(name)  # type: ignore[arg-type]
    assert custom("baton_key") == KEY


async def test_of_two_who_make_a_lead_at_once_both_have_the_same(
    box: Sandbox, salesforce: Salesforce
) -> None:
    found = await gather(
        *(salesforce.contact_of(INES, "Ines Prado", "Contoso") for _ in range(4)),
    )
    [one] = box.crm.all(CONTACTS)
    assert {contact.id for contact in found} == {one.id}
    assert (one.values["lastname"], one.values["firstname"]) == ("Prado", "Ines")
    assert found[0].owner == INTEGRATION

    box.crm.change(CONTACTS, one.id, {"email": "i.prado@contoso.example"})
    again = await salesforce.contact_of(INES, "Ines Prado", "Contoso")
    assert again.id == one.id, "and nobody's correction there is undone"
    assert box.crm.all(CONTACTS)[0].values["email"] == "i.prado@contoso.example"
    contact = box.crm.convert(one.id)
    again = await salesforce.contact_of(INES, "Ines Prado", "Contoso")
    assert again.id == contact.id


@pytest.mark.parametrize("keeps", [False, True], ids=["free", "kept"])
async def test_who_was_deleted_or_merged_away_is_in_nobodys_way(
    box: Sandbox, salesforce: Salesforce, keeps: bool
) -> None:
    box.salesforce.bin_keeps_keys = keeps
    one = await salesforce.contact_of(INES, "Ines Prado", "Contoso")
    other = box.crm.add(CONTACTS, {"email": "i.prado@contoso.example"}, lead=True)
    box.crm.merge(CONTACTS, other.id, one.id)
    again = await salesforce.contact_of(INES, "Ines Prado", "Contoso")
    assert (again.id == other.id) is keeps
    box.crm.delete(CONTACTS, again.id)
    if keeps:
        with pytest.raises(CrmGoneError) as gone:
            await salesforce.contact_of(INES, "Ines Prado", "Contoso")
        assert gone.value.may_return
    else:
        anew = await salesforce.contact_of(INES, "Ines Prado", "Contoso")
        assert anew.id not in {one.id, other.id, again.id}


async def test_a_contact_goes_before_a_lead_and_the_oldest_before_others(
    box: Sandbox, salesforce: Salesforce
) -> None:
    lead = box.crm.add(CONTACTS, {"email": INES.upper()}, lead=True)
    assert (await salesforce.contact_of(INES, "Ines Prado", "Contoso")).id == lead.id
    first = box.crm.add(CONTACTS, {"email": INES})
    box.clock.forward(timedelta(hours=1))
    box.crm.add(CONTACTS, {"email": INES})
    assert (await salesforce.contact_of(INES, "Ines Prado", "Contoso")).id == first.id
    odd = await salesforce.contact_of("o'neil+a@contoso.example", "", " ")
    made = box.crm.get(CONTACTS, odd.id).values
    assert (made["lastname"], made["company"]) == ("[not provided]", "[not provided]")


async def test_a_double_is_kept_away_by_the_customers_rule_and_said_of_whom(
    box: Sandbox, salesforce: Salesforce
) -> None:
    there = box.crm.add(CONTACTS, {"lastname": "Prado", "company": "Contoso"}, lead=True)
    box.salesforce.blocks_duplicates = True
    with pytest.raises(CrmRefusedError, match="creating a duplicate record") as double:
        await salesforce.contact_of(INES, "Ines Prado", "Contoso")
    assert there.id in str(double.value)


async def test_what_a_rule_refuses_is_said_in_its_words_and_of_which_field(
    box: Sandbox, salesforce: Salesforce
) -> None:
    box.crm.has_field(Field(kind=CONTACTS, name="baton_rep", label="Baton: rep", own=True))
    box.crm.rules.append(Rule(kind=CONTACTS, name="baton_rep", words="Ask RevOps"))
    one = await salesforce.contact_of(INES, "Ines Prado", "Contoso")
    with pytest.raises(CrmRefusedError, match=r"^Ask RevOps$") as refused:
        await salesforce.write(one.id, {"baton_rep": "Rita"})
    assert refused.value.fields == {"baton_rep"}
    with pytest.raises(CrmRefusedError, match="No such column") as lacking:
        await salesforce.write(one.id, {"baton_rep": "", "baton_status": "offered"})
    assert lacking.value.fields == {"baton_status"}
    await salesforce.write(one.id, {})
    with pytest.raises(CrmGoneError):
        await salesforce.write("40100200301", {"baton_rep": "Rita"})


async def test_a_rule_that_assigns_leads_does_so_once_and_not_at_each_change(
    box: Sandbox, salesforce: Salesforce
) -> None:
    ravi, rita = (box.crm.owner(box.person(one).mail).id for one in ("ravi", "rita"))
    box.crm.assigns_to = ravi
    one = await salesforce.contact_of(INES, "Ines Prado", "Contoso")
    assert one.owner == ravi, "who comes in is theirs to assign"
    await salesforce.write(one.id, {}, rita)
    assert (await salesforce.contact(one.id)).owner == rita


async def test_fields_are_those_that_both_have_and_without_its_key_nothing_is_told(
    box: Sandbox, salesforce: Salesforce
) -> None:
    for name in ("baton_rep", "baton_status", "baton_lead"):
        box.crm.has_field(Field(kind=CONTACTS, name=name, label=name, own=True))
    box.salesforce.only_on["baton_lead"] = "Lead"
    assert set(await salesforce.fields()) == {"baton_key", "baton_rep", "baton_status"}

    box.crm.lacks_field(CONTACTS, "baton_key")
    with pytest.raises(CrmSignInError, match=f"lacks the field {KEY}"):
        await salesforce.fields()
    with pytest.raises(CrmSignInError, match=f"lacks the field {KEY}"):
        await salesforce.contact_of(INES, "Ines Prado", "Contoso")
    assert box.crm.all(CONTACTS) == []


async def test_what_was_merged_converted_or_deleted_leads_on_or_is_said_to_be_gone(
    box: Sandbox, salesforce: Salesforce
) -> None:
    one, two, three = (box.crm.add(CONTACTS, {"email": INES}, lead=True) for _ in range(3))
    box.crm.merge(CONTACTS, two.id, one.id)
    box.crm.merge(CONTACTS, three.id, two.id)
    contact = box.crm.convert(three.id)
    assert (await salesforce.contact(one.id)).id == contact.id, "by two merges and more"
    assert set((await salesforce.present([one.id, three.id, contact.id, "1"])).found) == {
        contact.id
    }

    note = await salesforce.add_note(contact.id, "Baton, no. 1\n" + "x" * 40_000, "2026-03-02T09")
    task = box.crm.get(NOTES, note).values
    assert (task["subject"], task["status"]) == ("Baton, no. 1", "Completed")
    assert len(task["hs_note_body"]) == 32_000
    assert (await salesforce.notes(contact.id))[note].startswith("Baton, no. 1\nx")
    await salesforce.rewrite_note(note, "Baton, no. 1")
    assert (await salesforce.notes(contact.id)) == {note: "Baton, no. 1"}
    box.crm.delete(NOTES, note)
    with pytest.raises(CrmGoneError):
        await salesforce.rewrite_note(note, "Baton, no. 1")
    with pytest.raises(CrmGoneError):
        await salesforce.rewrite_note("40100200301", "Baton, no. 1")

    box.crm.delete(CONTACTS, contact.id)
    with pytest.raises(CrmGoneError) as deleted:
        await salesforce.contact(one.id)
    assert deleted.value.may_return
    with pytest.raises(CrmGoneError) as gone:
        await salesforce.write(contact.id, {"baton_key": ""})
    assert gone.value.may_return
    box.crm.forget(contact.id)
    with pytest.raises(CrmGoneError) as never:
        await salesforce.contact(contact.id)
    assert not never.value.may_return


async def test_a_session_that_is_over_is_begun_anew_with_the_next_question(
    box: Sandbox, salesforce: Salesforce
) -> None:
    assert await salesforce.users()
    await gather(*(salesforce.stages() for _ in range(5)))
    assert box.requests.count("POST", "/oauth2/token") == 1
    box.salesforce.expire()
    with pytest.raises(CrmBusyError) as over:
        await salesforce.users()
    assert over.value.retry_after == 1
    assert await salesforce.users()
    assert box.requests.count("POST", "/oauth2/token") == 2

    box.salesforce.expire()
    with pytest.raises(CrmBusyError):
        await salesforce.users()
    words = "This session is not valid for use with the REST API"
    box.faults.crm_status(401, "INVALID_SESSION_ID", words, path="/query")
    with pytest.raises(CrmSignInError, match="just signed in"):  # no waiting mends that
        await salesforce.users()


async def test_whose_org_it_is_and_how_many_calls_are_left(
    box: Sandbox, salesforce: Salesforce
) -> None:
    box.crm.limits.used = box.crm.limits.daily - 50
    account = await salesforce.account()
    assert account.id.startswith("00D")
    assert account.kind == "Enterprise Edition"
    assert account.calls_left is not None
    assert 40 <= account.calls_left < 50
    assert account.currency == "EUR", "with several, the one that records have where none is said"
    box.crm.limits.used = box.crm.limits.daily
    with pytest.raises(CrmBusyError, match="TotalRequests"):
        await salesforce.account()

    box.crm.limits.used = 0
    for status, code in ((503, "SERVER_UNAVAILABLE"), (500, "UNKNOWN_EXCEPTION")):
        box.faults.crm_status(status, code, path="/Soap/")
        with pytest.raises(CrmBusyError):  # what is not said now is not said to be none
            await salesforce.account()
    signed_in = box.requests.count("POST", "/oauth2/token")
    box.faults.crm_status(500, "INVALID_SESSION_ID", path="/Soap/")
    with pytest.raises(CrmBusyError):
        await salesforce.account()
    assert (await salesforce.account()).currency == "EUR"
    assert box.requests.count("POST", "/oauth2/token") == signed_in + 1
    box.salesforce.hears_soap = False
    assert (await salesforce.account()).currency == ""
    quinn = box.crm.owner(box.person("quinn").mail)
    box.crm.owns(replace(quinn, active=False))
    mails = {one.mail for one in await salesforce.users()}
    assert box.person("rita").mail in mails
    assert quinn.mail not in mails


async def test_a_deal_is_read_with_everyone_who_has_a_role_in_it(
    box: Sandbox, salesforce: Salesforce
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
    read = await salesforce.deals([ines.id, ana.id, "1", *others])
    found = {one.id: one for one in read.found}
    assert len(found) == 1 + len(many), "by more than one query"
    assert all(one.status == 200 for one in box.requests.to("crm"))
    deal = found[made.id]
    assert deal.contacts == {ines.id, omar.id}
    assert (deal.stage, deal.amount, deal.currency) == ("Contract Sent", "48000.5", "USD")
    assert (deal.owner, deal.name) == (rita.id, "Contoso & Söhne")
    assert deal.made_at == deal.changed_at == made.made_at
    bare = found[many[0].id]
    assert (bare.stage, bare.amount, bare.currency) == ("", "", "EUR")

    stages = await salesforce.stages()
    assert {one.state for one in stages.values()} == set(DealState)
    assert stages["Closed Won"].state is DealState.WON
    assert stages["Closed Lost"].state is DealState.LOST
    box.crm.delete(DEALS, made.id)
    assert made.id not in {one.id for one in (await salesforce.deals([ines.id])).found}
    assert (await salesforce.deals([])).found == []
    box.crm.lacks_field(DEALS, "hs_next_step")
    with pytest.raises(CrmSignInError, match="No such column 'NextStep'"):
        await salesforce.reads_deals()
    box.salesforce.hidden.add("Opportunity")
    with pytest.raises(CrmSignInError, match="'Opportunity' is not supported"):
        await salesforce.reads_deals()
    assert set(OBJECTS.values()) == {"Lead", "Contact"}


async def test_a_field_of_a_deal_is_written_and_when_it_was_set_is_known(
    box: Sandbox, salesforce: Salesforce
) -> None:
    ines = box.crm.add(CONTACTS, {"email": INES})
    beside = frozenset({(CONTACTS, ines.id)})
    many = [box.crm.add(DEALS, {"dealname": f"{n}"}, beside) for n in range(AT_ONCE + 5)]
    made = many[0]
    for field, value in (
        (DealField.AMOUNT, "48000"),
        (DealField.CLOSE_DATE, "2026-03-31"),
        (DealField.STAGE, "Contract Sent"),
        (DealField.NEXT_STEP, "Send the 'contract'"),
    ):
        box.clock.forward(timedelta(days=1))
        await salesforce.write_deal(made.id, field, value)

    deal = await salesforce.deal(made.id)
    assert deal.fields == {
        DealField.AMOUNT: "48000.0",
        DealField.CLOSE_DATE: "2026-03-31",
        DealField.STAGE: "Contract Sent",
        DealField.NEXT_STEP: "Send the 'contract'",
    }
    assert deal.set_at == {}
    box.clock.forward(timedelta(days=1))
    await salesforce.write_deal(made.id, DealField.AMOUNT, "48000.00")
    found = {one.id: one for one in (await salesforce.deals([ines.id], dated=True)).found}
    assert len(found) == len(many), "by more than one query"
    assert found[made.id].fields == deal.fields
    days = {field: (at - MONDAY).days for field, at in found[made.id].set_at.items()}
    assert days == {field: n for n, field in enumerate(DealField, 1)}
    assert found[many[1].id].set_at == {}

    first = box.crm.add(DEALS, {"dealstage": "contractsent", "hs_next_step": "Call"}, beside)
    box.clock.forward(timedelta(days=1))
    box.crm.change(DEALS, first.id, {"amount": "1"})
    [now] = [o for o in (await salesforce.deals([ines.id], dated=True)).found if o.id == first.id]
    assert now.set_at == {
        DealField.STAGE: first.made_at,
        DealField.AMOUNT: box.clock(),
        DealField.NEXT_STEP: box.clock(),
    }, "of what is not known, since when it was not set anew at least"
    box.salesforce.tracked.clear()
    [now] = [o for o in (await salesforce.deals([ines.id], dated=True)).found if o.id == made.id]
    assert now.set_at[DealField.NEXT_STEP] == now.changed_at


async def test_what_keeps_a_field_of_a_deal_from_being_written_is_said_as_what_it_is(
    box: Sandbox, salesforce: Salesforce
) -> None:
    made = box.crm.add(DEALS, {"dealname": "Contoso"})
    rule = Rule(kind=DEALS, name="amount", words="Ask RevOps first", value="1")
    box.crm.rules.append(rule)
    with pytest.raises(CrmRefusedError, match=r"^Ask RevOps first$"):
        await salesforce.write_deal(made.id, DealField.AMOUNT, "1")
    with pytest.raises(CrmRefusedError, match="data value too large"):
        await salesforce.write_deal(made.id, DealField.NEXT_STEP, "o" * 256)
    box.faults.crm_status(400, code="UNABLE_TO_LOCK_ROW", method="PATCH", times=1)
    with pytest.raises(CrmBusyError) as busy:
        await salesforce.write_deal(made.id, DealField.AMOUNT, "2")
    assert busy.value.retry_after
    box.faults.crm_status(403, code="INSUFFICIENT_ACCESS_OR_READONLY", method="PATCH", times=1)
    with pytest.raises(CrmRefusedError):
        await salesforce.write_deal(made.id, DealField.AMOUNT, "2")
    for kept, what in (
        (box.salesforce.read_only, "Amount"),
        (box.salesforce.unwritable, "Opportunity"),
    ):
        kept.add(what)
        with pytest.raises(CrmSignInError, match="may not write Amount"):
            await salesforce.write_deal(made.id, DealField.AMOUNT, "2")
        kept.clear()
    box.salesforce.with_products.add(made.id)
    with pytest.raises(CrmRefusedError, match="sum of the deal's products"):
        await salesforce.write_deal(made.id, DealField.AMOUNT, "2")
    assert box.crm.get(DEALS, made.id).values == {"dealname": "Contoso"}

    box.crm.delete(DEALS, made.id)
    for id in (made.id, "40100200300", "006Hx0000000009AAA"):
        with pytest.raises(CrmGoneError):
            await salesforce.deal(id)
        with pytest.raises(CrmGoneError):
            await salesforce.write_deal(id, DealField.NEXT_STEP, "Call")


def told(status: int, body: object) -> web.Response:
    headers = {"Location": "https://elsewhere.example/"} if 300 < status < 400 else {}
    if isinstance(body, str):
        return web.Response(status=status, text=body, headers=headers)
    return web.json_response(body, status=status)


def answering(status: int, body: object) -> Answers:
    async def answers(_request: web.Request) -> web.Response:
        return told(status, body)

    return answers


class at:  # noqa: N801  # reads as a sentence
    """Salesforce's adapter, before a server that answers so, once it has signed in."""

    def __init__(self, answers: Answers, *, signs_in: bool = True) -> None:
        site = web.Application()
        if signs_in:
            token = answering(200, {"access_token": "t"})
            site.router.add_post("/services/oauth2/token", token)
        site.router.add_route("*", "/{path:.*}", answers)
        self._serving = serving(site, "127.0.0.1", 0)

    async def __aenter__(self) -> Crm:
        port = await self._serving.__aenter__()
        trust = ssl.create_default_context()
        url = f"http://127.0.0.1:{port}"
        self._crm = Salesforce(url=url, key="the-key", secret="the-secret", trust=trust)
        return self._crm

    async def __aexit__(self, *_: object) -> None:
        await self._crm.close()
        await self._serving.__aexit__(None, None, None)


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with sandbox_running(weeks=False, now=MONDAY, machine=hour.now) as one:
        one.crm_env(SALESFORCE)
        yield one


@pytest.fixture
async def salesforce(box: Sandbox) -> AsyncIterator[Salesforce]:
    app, trust = box.salesforce.app, box.certificates.trusting()
    crm = Salesforce(url=box.url, key=app.key, secret=app.secret, trust=trust)
    yield crm
    await crm.close()
