"""Each answer of HubSpot, right, wrong or odd, is one of ours, named by what to do about it."""

import ssl
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from crm.errors import CrmBusyError, CrmError, CrmGoneError, CrmRefusedError, CrmSignInError
from crm.hubspot import HubSpot
from crm.port import Crm
from crm.tracing import shape
from running import serving
from sandbox.crm.records import CONTACTS, NOTES
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
