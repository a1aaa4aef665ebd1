"""Each answer of HubSpot, right, wrong or odd, is one of ours, named by what to do about it."""

import ssl
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from crm.errors import CrmBusyError, CrmError, CrmGoneError, CrmRefusedError, CrmSignInError
from crm.hubspot import HubSpot
from crm.port import Batch, Crm
from crm.tracing import shape
from handoff.model import DealState
from handoff.policy import DealField
from running import serving
from sandbox.crm.records import CONTACTS, DEALS, NOTES, Rule
from sandbox.m365 import Sandbox
from sandbox.m365 import running as sandbox_running
from tests import hour
from tests.hour import MONDAY

HTML = "<html><body>Service unavailable</body></html>"
INSIDE = (
    'Property values were not valid: [{"isValid":false,"message":"Ask RevOps","error":"X",'
    '"name":"baton_rep"}]'
)
ODD: dict[str, tuple[int, object, type[Exception]]] = {
    "a page of a gateway": (200, HTML, CrmBusyError),
    "a list": (200, [], CrmBusyError),
    "nothing": (200, "", CrmBusyError),
    "what is nested without end": (200, "[" * 100_000, CrmBusyError),
    "no id": (200, {"properties": {"email": "a@b.example"}}, CrmBusyError),
    "an id that is null": (200, {"id": None}, CrmBusyError),
    "led elsewhere": (302, HTML, CrmBusyError),
    "a gateway that is down": (502, HTML, CrmBusyError),
    "HubSpot that is down": (500, {"status": "error"}, CrmBusyError),
    "moving to another place": (477, {}, CrmBusyError),
    "another server": (404, HTML, CrmSignInError),
    "no such record": (404, {"category": "OBJECT_NOT_FOUND"}, CrmGoneError),
    "a key that ended": (401, {}, CrmSignInError),
    "a scope that lacks": (403, {"category": "MISSING_SCOPES"}, CrmSignInError),
    "a refusal with nothing in it": (400, {}, CrmRefusedError),
    "a method that is none": (405, {}, CrmError),
    "errors that are no list": (400, {"errors": "many", "message": None}, CrmRefusedError),
}


@pytest.mark.parametrize("name", ODD)
async def test_whatever_is_answered_is_an_error_of_ours(name: str) -> None:
    status, body, expected = ODD[name]

    async def answers(_request: web.Request) -> web.Response:
        headers = {"Location": "https://elsewhere.example/"} if status == 302 else {}
        if isinstance(body, str):
            return web.Response(status=status, text=body, headers=headers)
        return web.json_response(body, status=status)

    async with at(answers) as crm:
        with pytest.raises(expected):
            await crm.contact("1")


async def test_what_people_typed_there_is_text_that_can_be_kept() -> None:
    async def refuses(_request: web.Request) -> web.Response:
        said = {"message": "Ask\x00 Rev\ud83dOps", "category": "VALIDATION_ERROR"}
        return web.json_response(said, status=400)

    async with at(refuses) as crm:
        with pytest.raises(CrmRefusedError) as refused:
            await crm.write("1", {"baton_rep": "Rita"})
    assert "\x00" not in str(refused.value)
    str(refused.value).encode()


async def test_a_limit_says_how_long_and_a_refusal_in_which_words() -> None:
    said: list[tuple[int, object]] = [
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}),
        (429, {"policyName": "SECONDLY"}),
        (429, {"policyName": "DAILY"}),
        (423, {}),
    ]
    rest = iter(said)

    async def answers(_request: web.Request) -> web.Response:
        status, body = next(rest)
        return web.json_response(body, status=status)

    async with at(answers) as crm:
        waits = []
        for _ in said:
            with pytest.raises(CrmBusyError) as busy:
                await crm.users()
            waits.append(busy.value.retry_after)
    assert waits == [10, 1, 3600, 2]

    async def refuses(_request: web.Request) -> web.Response:
        return web.json_response({"message": INSIDE, "category": "VALIDATION_ERROR"}, status=400)

    async with at(refuses) as crm:
        with pytest.raises(CrmRefusedError, match="Ask RevOps") as refused:
            await crm.write("1", {"baton_rep": "Rita"})
    assert refused.value.fields == {"baton_rep"}, "also where it stands inside the words alone"


async def test_a_page_of_users_that_leads_to_itself_is_not_followed_for_ever() -> None:
    async def answers(_request: web.Request) -> web.Response:
        one = {"id": "1", "email": "rita@halden.example"}
        return web.json_response({"results": [one], "paging": {"next": {"after": "100"}}})

    async with at(answers) as crm:
        assert len(await crm.users()) == 2


async def test_of_two_who_make_a_contact_at_once_both_have_the_same(box: Sandbox) -> None:
    trust = box.certificates.trusting()
    crm = HubSpot(url=box.url, token=box.hubspot.key.token, trust=trust)
    for ending in ("Existing ID: {}", "It is there already"):  # also where no id is in the words
        there = box.crm.add(CONTACTS, {"email": "ines@contoso.example"})
        box.faults.crm_status(404, "OBJECT_NOT_FOUND", "Object not found.", path="ines")
        box.faults.crm_status(409, "CONFLICT", ending.format(there.id), method="POST")
        found = await crm.contact_of("ines@contoso.example", "Ines Prado", "Contoso")
        assert found.id == there.id
        box.crm.forget(there.id)
        box.crm._gone.clear()

    one = await crm.contact_of("o'neil+a@contoso.example", "O'Neil", "Contoso & Söhne")
    text = "Baton <1>\nA & B: " + "<" * 70_000
    note = await crm.add_note(one.id, text, "2026-03-02T09:00:00Z")
    body = box.crm.get(NOTES, note).values["hs_note_body"]
    assert body.startswith("Baton &lt;1&gt;<br>A &amp; B: &lt;")
    assert len(body) <= 65_536
    assert (await crm.notes(one.id))[note].startswith("Baton <1>\nA & B: <")
    await crm.close()


async def test_a_deal_is_read_with_everyone_whom_it_stands_beside(box: Sandbox) -> None:
    crm = HubSpot(url=box.url, token=box.hubspot.key.token, trust=box.certificates.trusting())
    ines, omar, ana = (
        box.crm.add(CONTACTS, {"email": f"{who}@contoso.example"}) for who in ("i", "o", "a")
    )
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
    many = [box.crm.add(DEALS, {"dealname": f"{n}"}, both) for n in range(600)]

    found = {one.id: one for one in (await crm.deals([ines.id, ana.id, "1"])).found}
    assert len(found) == 1 + len(many), "by more than one page, of links and of deals"
    deal = found[made.id]
    assert deal.contacts == {ines.id, omar.id}
    assert (deal.stage, deal.amount, deal.currency) == ("contractsent", "48000.5", "USD")
    assert (deal.owner, deal.name) == (rita.id, "Contoso & Söhne")
    assert deal.made_at == deal.changed_at == made.made_at
    bare = found[many[0].id]
    assert (bare.stage, bare.amount, bare.currency, bare.owner) == ("", "", "", "")

    stages = await crm.stages()
    assert {one.state for one in stages.values()} == set(DealState)
    assert stages["closedwon"].state is DealState.WON
    assert (stages["closedlost"].state, stages["closedlost"].name) == (
        DealState.LOST,
        "Closed Lost",
    )
    assert (await crm.account()).currency == "EUR"
    other = box.crm.add(CONTACTS, {"email": "other@contoso.example"})
    whole = box.crm.merge(CONTACTS, other.id, ana.id)
    there = {ines.id, omar.id, whole.id}
    assert (await crm.present([ana.id, other.id, "1", *there])).found == there
    box.crm.delete(CONTACTS, omar.id)
    assert (await crm.present([omar.id])).found == set()
    assert (await crm.present([])).found == set()
    box.crm.delete(DEALS, made.id)
    assert made.id not in {one.id for one in (await crm.deals([ines.id])).found}
    assert (await crm.deals([])).found == []
    await crm.close()


UNREAD: dict[str, tuple[list[object], set[str]]] = {
    "one is named": ([{"category": "VALIDATION_ERROR", "context": {"ids": ["7"]}}], {"1"}),
    "by whose links they are": (
        [{"category": "INTERNAL_ERROR", "context": {"fromObjectId": ["8"]}}],
        {"1", "2"},
    ),
    "none is named": ([{"category": "INTERNAL_ERROR", "status": "error"}], {"1"}),
    "no reason": (["odd"], {"1"}),
    "absent beside it": (
        [
            {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["7"]}},
            {"category": "INTERNAL_ERROR", "status": "error"},
        ],
        set(),
    ),
    "absent": ([{"category": "OBJECT_NOT_FOUND", "status": "error"}], set()),
}


@pytest.mark.parametrize("name", UNREAD)
async def test_what_could_not_be_read_of_a_batch_is_not_taken_for_gone_and_stops_no_other(
    name: str,
) -> None:
    """1 has the deals 7 and 8, 2 has 8, 3 has 9; the deals are asked for, and 7 is not answered."""
    errors, unread = UNREAD[name]
    links = {"contacts": {"1": "78", "2": "8", "3": "9"}, "deals": {"7": "1", "8": "12", "9": "3"}}

    async def answers(request: web.Request) -> web.Response:
        if "objects" in request.path:
            made = {"createdAt": "2026-03-02T09:00:00Z", "updatedAt": "2026-03-02T09:00:00Z"}
            results: list[object] = [{"id": id, **made} for id in "89"]
            return web.json_response({"results": results, "errors": errors}, status=207)
        of = links["deals" if "/deals/contacts/" in request.path else "contacts"]
        asked = [one["id"] for one in (await request.json())["inputs"]]
        results = [
            {"from": {"id": id}, "to": [{"toObjectId": to} for to in of[id]]} for id in asked
        ]
        return web.json_response({"results": results})

    async with at(answers) as crm:
        read = await crm.deals(["1", "2", "3"])
        assert set(read.unread) == unread
        assert {one.id for one in read.found} == ({"9"} if "2" in unread else {"8", "9"})


@pytest.mark.parametrize("kind", ["contacts/deals", "deals/contacts"])
async def test_of_whom_no_links_could_be_read_nothing_is_known(kind: str) -> None:
    said = {"results": [], "errors": [{"category": "INTERNAL_ERROR", "status": "error"}]}
    link = {"from": {"id": "1"}, "to": [{"toObjectId": "7"}]}
    deal = {"id": "7", "createdAt": "2026-03-02T09:00:00Z", "updatedAt": "2026-03-02T09:00:00Z"}

    async def answers(request: web.Request) -> web.Response:
        if kind in request.path or "/objects/2026-03/contacts" in request.path:
            return web.json_response(said, status=207)
        return web.json_response({"results": [deal if "objects" in request.path else link]})

    async with at(answers) as crm:
        read = await crm.deals(["1"])
        assert (read.found, read.unread) == ([], {"1": "INTERNAL_ERROR"})
        assert await crm.present(["1"]) == Batch(found=set(), unread={"1": "INTERNAL_ERROR"})


async def test_a_page_of_links_that_leads_to_itself_is_not_followed_for_ever() -> None:
    link = {"from": {"id": "1"}, "to": [{"toObjectId": "7"}], "paging": {"next": {"after": "x"}}}
    deal = {"id": "7", "createdAt": "2026-03-02T09:00:00Z", "updatedAt": "2026-03-02T09:00:00Z"}

    async def answers(request: web.Request) -> web.Response:
        return web.json_response({"results": [deal if "objects" in request.path else link]})

    async with at(answers) as crm:
        assert [one.id for one in (await crm.deals(["1"])).found] == ["7"]


@pytest.mark.parametrize(
    ("kept", "state"),
    [
        ({"isClosed": "true", "probability": "1.0"}, DealState.WON),
        ({"isClosed": True, "probability": 0}, DealState.LOST),
        ({"isClosed": "false", "probability": "1.0"}, DealState.OPEN),
        ({"isClosed": "true", "probability": "much"}, DealState.OPEN),
        (None, DealState.OPEN),
    ],
)
async def test_how_a_stage_counts_is_what_hubspot_keeps_with_it(
    kept: object, state: DealState
) -> None:
    one = {"id": "won", "label": "Won, they say", "metadata": kept}

    async def answers(_request: web.Request) -> web.Response:
        return web.json_response({"results": [{"id": "default", "stages": [one]}]})

    async with at(answers) as crm:
        assert (await crm.stages())["won"].state is state


def test_a_trace_names_nobody() -> None:
    assert shape("/crm/objects/2026-03/contacts/ines%40contoso.example") == (
        "/crm/objects/2026-03/contacts/{id}"
    )


class at:  # noqa: N801  # reads as a sentence
    """HubSpot's adapter, before a server that answers so."""

    def __init__(self, answers: object) -> None:
        site = web.Application()
        site.router.add_route("*", "/{path:.*}", answers)  # type: ignore[arg-type]
        self._serving = serving(site, "127.0.0.1", 0)

    async def __aenter__(self) -> Crm:
        port = await self._serving.__aenter__()
        trust = ssl.create_default_context()
        self._crm = HubSpot(url=f"http://127.0.0.1:{port}", token="t", trust=trust)
        return self._crm

    async def __aexit__(self, *_: object) -> None:
        await self._crm.close()
        await self._serving.__aexit__(None, None, None)


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with sandbox_running(weeks=False, now=MONDAY, machine=hour.now) as one:
        yield one


async def test_a_field_of_a_deal_is_written_and_when_it_was_set_is_known(box: Sandbox) -> None:
    crm = HubSpot(url=box.url, token=box.hubspot.key.token, trust=box.certificates.trusting())
    ines = box.crm.add(CONTACTS, {"email": "i@contoso.example"})
    many = [
        box.crm.add(DEALS, {"dealname": f"{n}"}, frozenset({(CONTACTS, ines.id)}))
        for n in range(60)
    ]
    made = many[0]
    for field, value in (
        (DealField.AMOUNT, "48000"),
        (DealField.CLOSE_DATE, "2026-03-31"),
        (DealField.STAGE, "contractsent"),
        (DealField.NEXT_STEP, "Send the <contract>"),
    ):
        box.clock.forward(timedelta(days=1))
        await crm.write_deal(made.id, field, value)

    deal = await crm.deal(made.id)
    assert deal.fields == {
        DealField.AMOUNT: "48000",
        DealField.CLOSE_DATE: "2026-03-31T10:00:00Z",
        DealField.STAGE: "contractsent",
        DealField.NEXT_STEP: "Send the <contract>",
    }
    assert (await crm.stages())[deal.stage].pipeline == "default"
    found = {one.id: one for one in (await crm.deals([ines.id], dated=True)).found}
    assert len(found) == len(many), "by more than one page"
    assert found[made.id].fields == deal.fields
    days = {field: (at - MONDAY).days for field, at in found[made.id].set_at.items()}
    assert days == {field: n for n, field in enumerate(DealField, 1)}
    assert found[many[1].id].set_at == {}

    box.crm.rules.append(Rule(kind=DEALS, name="amount", words="Ask RevOps first"))
    with pytest.raises(CrmRefusedError, match="Ask RevOps first"):
        await crm.write_deal(made.id, DealField.AMOUNT, "1")
    box.crm.delete(DEALS, made.id)
    with pytest.raises(CrmGoneError):
        await crm.deal(made.id)
    with pytest.raises(CrmGoneError):
        await crm.write_deal(made.id, DealField.AMOUNT, "1")
    await crm.close()


@pytest.mark.parametrize(
    "foreign", ["leads(3f2a0000-0000-4000-8000-000000000001)", "00Q5g00000AbCdE"]
)
async def test_an_id_of_another_crm_is_nobodys_and_keeps_nobody_elses_deal_away(
    box: Sandbox, foreign: str
) -> None:
    crm = HubSpot(url=box.url, token=box.hubspot.key.token, trust=box.certificates.trusting())
    ines = box.crm.add(CONTACTS, {"email": "ines@contoso.example"})
    made = box.crm.add(DEALS, {"dealname": "Contoso"}, frozenset({(CONTACTS, ines.id)}))
    assert [one.id for one in (await crm.deals([foreign, ines.id])).found] == [made.id]
    assert await crm.present([foreign, ines.id]) == Batch(found={ines.id}, unread={})
    assert (await crm.activities([foreign, ines.id], MONDAY, MONDAY)).unread == {}
    for asked in (crm.contact(foreign), crm.deal(foreign)):
        with pytest.raises(CrmGoneError):
            await asked
    await crm.close()
