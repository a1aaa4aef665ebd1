"""Who may speak to Baton: the Bot Framework, with a token that is right in every point."""

import asyncio
import json
from datetime import timedelta
from secrets import token_hex
from ssl import create_default_context
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.proof import signer
from running import trust_of
from sandbox.faults import Part, Status
from sandbox.keys import new_key
from tests.hour import machine
from tests.web.test_limits import said
from tests.world import World
from tokens import LARGEST, LEEWAY, Tokens, UnprovenError

KEYS = json.dumps({"keys": [new_key(("msteams",)).published()]}).encode()
LATER = timedelta(days=1)  # longer than the suite takes from here


async def post(world: World, body: object, token: str | None, *, header: str | None = None) -> int:
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = header or f"Bearer {token}"
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{world.url}/api/messages", data=data, headers=headers) as response,
    ):
        return response.status


def hello(world: World) -> dict[str, Any]:
    return world.box.teams.activity("rita", "message") | {"text": "hi"}


async def test_a_good_token_is_let_in(world: World) -> None:
    token = world.box.botframework.token(world.box.service_url)

    assert await post(world, hello(world), token) == 200


@pytest.mark.parametrize(
    "defect",
    [
        {"audience": "someone-else"},
        {"issuer": "https://sts.windows.net/x/"},
        {"at": machine() - timedelta(hours=2)},
        {"key": new_key(("msteams",))},
        {"kid": "nobody-knows"},
        {"endorsed": False},
        {"aud": ["a", "b"]},
        {"nbf": int((machine() + LATER).timestamp())},
    ],
    ids=["audience", "issuer", "expired", "key", "key id", "endorsement", "audiences", "not yet"],
)
async def test_whatever_is_wrong_with_a_token_the_answer_is_401(
    world: World, defect: dict[str, Any]
) -> None:
    token = world.box.botframework.token(world.box.service_url, **defect)

    assert await post(world, hello(world), token) == 401
    assert await world.rows("select 1 from procrastinate_jobs where task_name = 'reply'") == []


async def test_of_a_token_that_is_refused_the_log_says_whom_it_names(world: World) -> None:
    """Which tells a bot of another tenant or cloud, once Baton is installed for the first time."""
    issuer = "https://sts.windows.net/another-tenant/" + "x" * 1000
    token = world.box.botframework.token(world.box.service_url, issuer=issuer)

    with capture_logs() as said:
        assert await post(world, hello(world), token) == 401

    [why] = [one["why"] for one in said if one["event"] == "refused"]
    assert "https://sts.windows.net/another-tenant/" in why
    assert len(why) < 400


async def test_a_token_that_was_good_a_moment_ago_expires_all_the_same(world: World) -> None:
    # Seconds from now it is too old, clocks that differ included.
    end = int(machine().timestamp()) + 4
    token = world.box.botframework.token(world.box.service_url, exp=end - LEEWAY)

    assert await post(world, hello(world), token) == 200
    await asyncio.sleep(end - machine().timestamp() + 0.1)
    assert await post(world, hello(world), token) == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic abc",
        "Bearer abc",
        "Bearer a.b.c",
        "Bearer e30.e30.e30",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Bearer \u00e4",
    ],
)
async def test_a_missing_or_malformed_token_gets_401(world: World, header: str) -> None:
    assert await post(world, hello(world), "x", header=header or " ") == 401
    assert await post(world, hello(world), None) == 401


async def test_a_token_of_bytes_that_are_no_text_gets_401(world: World) -> None:
    head = b"POST /api/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n"
    head += b"Authorization: Bearer \xff\r\n\r\n"
    assert (await said(int(world.url.rpartition(":")[2]), head, b"{}")).startswith(b"HTTP/1.1 401")


async def test_a_token_for_another_service_address_or_without_one_gets_401(world: World) -> None:
    """Our answers, with our token, would go wherever the activity says."""
    elsewhere = world.box.botframework.token("https://evil.example/")
    nowhere = world.box.botframework.token(None)
    good = world.box.botframework.token(world.box.service_url)

    assert await post(world, hello(world), elsewhere) == 401
    assert await post(world, hello(world), nowhere) == 401
    forged = hello(world) | {"serviceUrl": "https://evil.example/"}
    assert await post(world, forged, good) == 401


async def test_another_channel_gets_401_and_another_tenant_403(world: World) -> None:
    token = world.box.botframework.token(world.box.service_url)

    assert await post(world, hello(world) | {"channelId": "directline"}, token) == 401
    other = hello(world) | {"channelData": {"tenant": {"id": "another"}}}
    assert await post(world, other, token) == 403


async def test_a_new_key_is_picked_up_at_once_and_the_old_one_is_no_longer_good(
    world: World,
) -> None:
    old = world.box.botframework.token(world.box.service_url)
    assert await post(world, hello(world), old) == 200
    world.box.botframework.rotate_keys()
    new = world.box.botframework.token(world.box.service_url)

    assert await post(world, hello(world), new) == 200
    assert await post(world, hello(world), old) == 401


async def test_unknown_keys_do_not_make_a_storm_of_questions(world: World) -> None:
    world.box.requests.clear()
    tokens = [
        world.box.botframework.token(world.box.service_url, kid=f"unknown-{n}") for n in range(20)
    ]

    said = await asyncio.gather(*(post(world, hello(world), token) for token in tokens))

    assert set(said) == {401}
    assert len(world.box.requests.to("bot keys")) <= 6


async def test_while_the_keys_cannot_be_read_strangers_share_one_question(world: World) -> None:
    """And whoever brings a key that is known does not wait behind them."""
    good = world.box.botframework.token(world.box.service_url)
    assert await post(world, hello(world), good) == 200
    world.box.faults.add(Part.BOT_KEYS, Status(status=503))
    world.box.requests.clear()
    strangers = [
        world.box.botframework.token(world.box.service_url, kid=f"unknown-{n}") for n in range(20)
    ]
    refused = asyncio.gather(*(post(world, hello(world), token) for token in strangers))

    another = world.box.botframework.token(world.box.service_url, jti="another")
    assert await post(world, hello(world), another) == 200
    assert not refused.done()

    assert set(await refused) == {401}
    assert len(world.box.requests.to("bot keys")) <= 2


async def test_a_known_key_goes_on_though_no_newer_ones_can_be_had(world: World) -> None:
    """As if a day had passed since they were read."""
    ours = signer(
        openid_url=world.settings.bot_openid_url,
        issuer=world.settings.bot_issuer,
        audience=world.settings.client_id,
    )
    tokens = Tokens(ours, trust_of(world.settings), keys_live=0, stale_again=0)
    await tokens.warm()
    world.box.faults.add(Part.BOT_KEYS, Status(status=503))
    token = world.box.botframework.token(world.box.service_url)

    proven = await tokens.proven(f"Bearer {token}")
    assert proven.claims["serviceurl"] == world.box.service_url


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"[]", b"7", b"\xff", b"[" * 9_000, b"<html>", b"{}"),
        *(b'{"keys":["x"]}', b'{"keys":[]}', b" " * LARGEST + KEYS),
    ],
    ids=lambda body: repr(body)[:30],
)
async def test_an_answer_that_holds_no_keys_is_none_and_takes_none_away(body: bytes) -> None:
    """Nor one that has no end: the keys of a signer are a page."""

    async def where(request: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": str(request.url.with_path("/keys"))})

    async def keys(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    site = web.Application()
    site.router.add_get("/", where)
    site.router.add_get("/keys", keys)
    async with TestServer(site) as server:
        ours = signer(openid_url=str(server.make_url("/")), issuer="i", audience="a")
        known, body = body, KEYS
        await Tokens(ours, create_default_context()).warm()
        body = known
        with pytest.raises(UnprovenError, match="cannot be read"):
            await Tokens(ours, create_default_context()).warm()


async def test_when_the_keys_cannot_be_read_nobody_is_let_in(world: World) -> None:
    world.box.botframework.rotate_keys()
    world.box.faults.add(Part.BOT_KEYS, Status(status=503))
    token = world.box.botframework.token(world.box.service_url)

    assert await post(world, hello(world), token) == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b"null",
        b"123",
        b"\xff\xfe",
        {},
        {"type": "message"},
        {"type": 7, "from": {}, "conversation": {}, "recipient": {}},
        {"type": "message", "from": "rita", "conversation": {}, "recipient": {}},
        {"type": "message", "from": {}, "conversation": {"id": {"a": 1}}, "recipient": []},
        b"[" * 20_000,
        b'{"a":' * 20_000,
    ],
    ids=lambda body: repr(body)[:80],
)
async def test_what_is_no_activity_gets_400_and_never_500(world: World, body: object) -> None:
    token = world.box.botframework.token(world.box.service_url)
    if isinstance(body, dict):
        body = {"channelId": "msteams", "serviceUrl": world.box.service_url, **body}

    assert await post(world, body, token) == 400
    assert await post(world, body, None) == 401


@pytest.mark.parametrize(
    "value",
    [None, [], "x", {}, {"action": None}, {"action": []}, {"action": {"verb": ["x"]}}, {"a": 1}],
    ids=repr,
)
async def test_a_click_with_a_strange_value_is_never_500(world: World, value: object) -> None:
    token = world.box.botframework.token(world.box.service_url)
    click = world.box.teams.activity("rita", "invoke") | {
        "name": "adaptiveCard/action",
        "value": value,
    }

    assert await post(world, click, token) in (200, 400)


@pytest.mark.parametrize("long", ["chat", "activity", "sender", "card"])
async def test_an_id_longer_than_any_index_holds_gets_400(world: World, long: str) -> None:
    """PostgreSQL takes 2,704 bytes of an index, once it has packed them: random ones stay long."""
    endless = token_hex(5_000)
    sent = world.box.teams.activity("rita", "message") | {"text": "mine"}
    match long:
        case "chat":
            sent["conversation"]["id"] = endless
        case "activity":
            sent["id"] = endless
        case "sender":
            sent["from"]["id"] = endless
        case "card":
            sent["replyToId"] = endless

    assert (await world.box.teams.send("rita", sent)).status == 400


async def test_an_invoke_nobody_knows_is_not_implemented(world: World) -> None:
    """Whatever it is called, and whatever it brings along."""
    token = world.box.botframework.token(world.box.service_url)
    strange = world.box.teams.activity("rita", "invoke")
    odd: tuple[object, ...] = (
        None,
        [],
        7,
        "x\0\ud83d",
        {"\0": [["\ud83d"]]},
        {"action": {"a": []}},
    )
    for name, value in (
        *(("task/fetch", value) for value in ({}, *odd)),
        *(("composeExtension/query", value) for value in odd),
        *((name, {}) for name in ("", "\0", "adaptiveCard/Action", "x" * 2_000)),
    ):
        answer = await post(world, strange | {"name": name, "value": value}, token)
        assert answer == 501, (name, value)


async def test_odd_entities_cost_nobody_their_answer(world: World) -> None:
    """A client may set anything beside a text; a mention that can be read is taken out of it."""
    mention: dict[str, Any] = {
        "type": "mention",
        "mentioned": {"id": "28:x"},
        "text": "<at>Baton</at>",
    }
    of_whom: tuple[object, ...] = (None, [], "x", {"id": 7})
    said_so: tuple[object, ...] = (None, [], "\0", "\ud83d", "x" * 9_000)
    odd: tuple[object, ...] = (
        *(
            None,
            7,
            "x",
            {},
            [None],
            [[]],
            [7, "x"],
            [{"type": 5}],
            [{"type": None}],
            [{"type": []}],
        ),
        [mention | {"mentioned": one} for one in of_whom],
        [mention | {"text": one} for one in said_so],
        [{"type": "clientInfo", "locale": [], "timezone": 7}],
    )
    for entities in odd:
        sent = world.box.teams.activity("rita", "message") | {"text": "mine", "entities": entities}
        before = world.cards("rita")

        assert (await world.box.teams.send("rita", sent)).status == 200, entities
        await world.work()

        assert world.cards("rita") == before + 1, entities
        assert "nothing is waiting" in world.reads("rita").lower(), entities


async def test_a_huge_body_is_refused(world: World) -> None:
    token = world.box.botframework.token(world.box.service_url)

    assert await post(world, hello(world) | {"text": "x" * 400_000}, token) == 413
