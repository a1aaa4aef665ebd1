"""Who may look at the tab: who proves who they are, with a token that is right in every point."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sandbox.faults import Part, Status
from sandbox.keys import new_key
from tabs.proof import CLIENTS
from tests.hour import machine
from tests.tabs.opened import asks, opens
from tests.world import World

EVERY = ("", "/mine", "/rules", "/fairness", "/fairness/emea", "/handoff/1", "/nothing")


async def test_rita_is_let_in_from_each_of_microsofts_own_programs(world: World) -> None:
    for client in CLIENTS:
        token = world.box.entra.tab_token(world.box.person("rita"), azp=client)
        assert (await asks(world, "/rules", token)).status == 200, client


async def test_whatever_is_wrong_with_a_token_the_page_says_so_and_nothing_else(
    world: World,
) -> None:
    defects: dict[str, dict[str, Any]] = {
        "for somebody else": {"aud": "someone-else"},
        "for Graph": {"aud": "https://graph.microsoft.com"},
        "by another issuer": {"iss": "https://sts.windows.net/x/"},
        "expired": {"at": machine() - timedelta(hours=3)},
        "not yet good": {"nbf": int((machine() + timedelta(days=1)).timestamp())},
        "signed by another": {"key": new_key()},
        "with another key's name": {"kid": "nobody-knows"},
        "for another scope": {"scp": "User.Read"},
        "for a scope that begins so": {"scp": "access_as_user_too"},
        "without a scope": {"scp": None},
        "an app's": {"idtyp": "app"},
        "of another tenant": {"tid": str(uuid4())},
        "through another program": {"azp": str(uuid4())},
        "through a list of them": {"azp": ["5e3ce6c0-2b1f-4285-8d4b-75ee78787346"]},
        "of nobody": {"oid": None},
    }
    for what, defect in defects.items():
        token = world.box.entra.tab_token(world.box.person("rita"), **defect)
        answer = await asks(world, "/fairness", token)
        assert answer.status == 401, what
        assert "Teams did not say who you are" in answer.reads, what
        assert "Rita" not in answer.html, what


async def test_without_a_token_there_is_a_shell_and_no_page(world: World) -> None:
    for token in (None, "", "x", "a.b.c", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30."):
        assert (await asks(world, "/fairness", token)).status == 401, token
    for path in EVERY:
        assert (await asks(world, path, None)).status == 401, path
        shell = await asks(world, path, None, part=False)
        assert shell.status == 200
        assert "Rita" not in shell.html


async def test_no_app_gets_in_neither_baton_itself_nor_the_bot_framework(world: World) -> None:
    entra, client = world.box.entra, world.box.entra.app.client_id
    for token in (
        entra.application_token(client),
        entra.application_token(client, iss=f"{entra.base}/{entra.app.tenant}/v2.0", scp=""),
        world.box.botframework.token(world.box.service_url),
    ):
        assert (await asks(world, "/rules", token)).status == 401


async def test_whom_baton_does_not_know_reads_whom_to_ask(world: World) -> None:
    rita = world.box.person("rita")
    await world.run("update person set present = false where id = %s", rita.id)
    former = await opens(world, "rita", "/rules")
    assert former.status == 403
    assert "The policy no longer names you" in former.reads
    token = world.box.entra.tab_token(world.box.person("rita"), oid=str(uuid4()))
    stranger = await asks(world, "/rules", token)
    assert stranger.status == 403
    assert "Baton does not know you yet" in stranger.reads


async def test_when_entras_keys_cannot_be_read_nobody_is_let_in(world: World) -> None:
    token = world.box.entra.tab_token(world.box.person("rita"))
    world.box.faults.add(Part.ENTRA, Status(status=503))

    assert (await asks(world, "/rules", token)).status == 401


async def test_the_tab_may_be_framed_by_microsoft_alone_and_loads_nothing_of_others(
    world: World,
) -> None:
    for path in ("", "/rules", "/file/x/tab.js"):
        said = (await asks(world, path, None, part=False)).headers
        policy = dict(p.split(" ", 1) for p in said["Content-Security-Policy"].split("; "))
        assert "https://*.cloud.microsoft" in policy["frame-ancestors"]
        assert "https://teams.microsoft.com" in policy["frame-ancestors"]
        assert "https://teams.microsoft.us" in policy["frame-ancestors"]
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in said["Content-Security-Policy"]
        assert "X-Frame-Options" not in said
        assert said["X-Content-Type-Options"] == "nosniff"
        assert said["Referrer-Policy"] == "no-referrer"
        assert said["Server"] == "Baton"
        assert "Set-Cookie" not in said
        assert said["Cache-Control"] == "no-store"


async def test_what_the_shell_loads_is_served_and_may_be_kept(world: World) -> None:
    shell = await asks(world, "", None, part=False)
    files = [part.split('"')[0] for part in shell.html.split('="/tab')[1:] if "/file/" in part]
    assert len(files) == 4
    for at in files:
        answer = await asks(world, at, None, part=False)
        assert answer.status == 200
        assert len(answer.html) > 1_000
        assert "immutable" in answer.headers["Cache-Control"]
    assert "/rules?" not in shell.html
    assert 'data-theme="dark"' in (await asks(world, "?theme=dark", None, part=False)).html
    odd = await asks(world, '?theme="><script>', None, part=False)
    assert 'data-theme="default"' in odd.html
