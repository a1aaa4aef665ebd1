"""An administrator puts Baton into everyone's Teams by one command, and hears whom it missed."""

import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from rich.console import Console

from commands import installing, who_is_who
from graph.errors import BusyError, DeniedError
from graph.refusals import refusals_of
from manifest import pack
from sandbox.company import TeamsUse
from sandbox.faults import GRAPH_BUSY, Part, Status
from sandbox.request_log import LoggedRequest
from tests.thoroughness import one_of_each
from tests.world import World, a_world

GRANTED = ("AppCatalog.Read.All", "TeamsAppInstallation.ReadWriteSelfForUser.All")


@pytest.fixture
async def fresh(database: str) -> AsyncIterator[World]:
    """Nobody has Baton yet."""
    async with a_world(database) as open_world:
        yield open_world


def upload(world: World, version: str = "1.0.0", application: str | None = None) -> None:
    """As an administrator does it in the Teams admin center."""
    client = world.settings.client_id
    made = pack.package(client_id=client, public_url="https://baton.example")
    content = {
        **made.manifest,
        "version": version,
        "webApplicationInfo": {"id": application or client, "resource": "api://x"},
    }
    world.box.catalog.publish(pack.pack(replace(made, manifest=content)))


async def install(world: World, *, works: bool = True) -> tuple[int, str]:
    """The exit status, and what is read on the terminal. Who has it now is greeted, where somebody
    *works*.
    """
    said = Console(file=io.StringIO(), width=200)
    id = pack.app_id(world.settings.client_id)
    status = await installing.install(world.app.services, id, said)
    if works:
        await world.work()
    assert isinstance(said.file, io.StringIO)
    return status, said.file.getvalue()


async def test_whoever_installs_it_sees_how_far_the_reading_of_mailboxes_is(fresh: World) -> None:
    terminal = Console(file=io.StringIO(), width=200, force_terminal=True)
    plain = Console(file=io.StringIO(), width=200)
    for console in (terminal, plain):
        assert await who_is_who.read(fresh.app.services, console) == []

    assert isinstance(terminal.file, io.StringIO)
    assert re.search("who is who.*100%", terminal.file.getvalue())
    assert isinstance(plain.file, io.StringIO)
    assert plain.file.getvalue() == ""


def posts(world: World) -> list[LoggedRequest]:
    return [a for a in world.box.requests.graph_requests(inner=True) if a.method == "POST"]


async def test_everyone_whom_the_policy_names_has_it_and_is_greeted_in_three_lines(
    fresh: World,
) -> None:
    upload(fresh)

    status, said = await install(fresh)

    everyone = await fresh.app.services.stores.people.everyone()
    assert (status, f"{len(everyone)} installed" in said) == (0, True), said
    for who in ("quinn", "rita", "mara", "milo", "ada"):
        assert fresh.cards(who) == 1
    greeting = fresh.newest("rita").texts()
    lines = [line for line in greeting if line.startswith("**")]
    assert [line.partition(":")[0].strip("*") for line in lines] == [
        "What I do",
        "What I see",
        "To turn me down",
    ]
    await fresh.offer()
    assert "Contoso" in fresh.reads("rita"), "and a lead can be handed over at once"


async def test_again_does_no_harm_and_a_newer_version_is_taken_up(fresh: World) -> None:
    upload(fresh)
    await install(fresh)
    fresh.box.requests.clear()

    status, said = await install(fresh)
    assert (status, "had it already" in said) == (0, True)
    assert not [a for a in posts(fresh) if "installedApps" in a.path]

    upload(fresh, "1.1.0")
    status, said = await install(fresh)
    assert status == 0
    assert re.search(r"Baton 1\.1\.0: \d+ upgraded\n", said), said
    assert "had it already" in (await install(fresh))[1]
    assert fresh.cards("rita") == 1, "nobody is greeted twice"


async def test_whom_it_could_not_reach_is_listed_with_the_reason(fresh: World) -> None:
    upload(fresh)
    fresh.box.directory.change("ravi", teams=TeamsUse.NONE)
    fresh.box.directory.change("rosa", teams=TeamsUse.BLOCKED)
    fresh.box.directory.change("priya", enabled=False)

    status, said = await install(fresh)

    assert status == 1
    assert "Ravi Patel: has no Teams: no licence, or never signed in" in said
    assert "Rosa Klein: an app permission policy in Teams blocks Baton for them" in said
    assert "priya.nair@halden.example: the account is disabled" in said
    assert fresh.cards("rita") == 1, "the others have it"

    fresh.box.directory.change("rosa", teams=TeamsUse.FREE)
    await install(fresh)
    assert fresh.cards("rosa") == 1


async def test_a_throttled_graph_is_obeyed(fresh: World) -> None:
    upload(fresh)
    for part, method, wait in (("installedApps", "POST", 3), ("appCatalogs", "GET", 1)):
        effect = replace(GRAPH_BUSY, retry_after=wait)
        fresh.box.faults.add(Part.GRAPH, effect, times=1, method=method, path=part)

    status, said = await install(fresh)

    assert status == 0
    assert said.count("again in 1 s") == said.count("again in 3 s") == 1
    waited = [a for a in posts(fresh) if a.path.endswith("installedApps")]
    refused = next(a for a in waited if a.status == 429)
    again = [a for a in waited if a.person == refused.person and a.status == 201]
    assert [a.real - refused.real >= 3 for a in again] == [True]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("nothing uploaded", "python app.py manifest"),
        ("another's package", "of another app registration"),
        ("not granted", "grant AppCatalog.Read.All"),
        ("no policy", "python app.py migrate"),
    ],
)
async def test_what_stops_it_is_said_with_what_to_do(fresh: World, broken: str, words: str) -> None:
    if broken != "nothing uploaded":
        upload(fresh, application="another" if broken == "another's package" else None)
    if broken == "not granted":
        fresh.box.entra.revoke(*GRANTED)
    if broken == "no policy":
        await fresh.run("delete from policy")

    status, said = await install(fresh) if broken != "no policy" else await _bare(fresh)

    assert (status, words in said) == (1, True), said
    assert "Traceback" not in said


async def _bare(world: World) -> tuple[int, str]:
    said = Console(file=io.StringIO(), width=200)
    status = await installing.install(world.app.services, "any", said)
    assert isinstance(said.file, io.StringIO)
    return status, said.file.getvalue()


APPS = "/users/{id}/teamwork/installedApps"
PART = {
    "GET /appCatalogs/teamsApps": "appCatalogs",
    f"GET {APPS}": "installedApps",
    f"POST {APPS}": "installedApps",
    f"POST {APPS}/{{id}}/upgrade": "/upgrade",
}


@pytest.mark.large
@pytest.mark.parametrize("ask", PART)
async def test_whatever_graph_refuses_is_said_and_no_other_is_left_out_for_it(
    fresh: World, ask: str
) -> None:
    upload(fresh)
    await install(fresh)
    rita = fresh.box.person("rita").id
    for n, refusal in enumerate(one_of_each(refusals_of(ask), lambda r: r.error), 1):
        if ask == f"POST {APPS}":
            fresh.box.chats.set("rita", installed=False)
        if ask.endswith("/upgrade"):
            upload(fresh, f"1.{n}.0")
        answer = Status(
            status=refusal.status, code=refusal.code, message=refusal.words, retry_after=0
        )
        fault = fresh.box.faults.add(
            Part.GRAPH,
            answer,
            times=1,
            method=ask.partition(" ")[0],
            path=PART[ask],
            person=None if ask.startswith("GET /app") else rita,
        )

        status, said = await install(fresh, works=False)

        assert fault.hits == 1
        whole = ask.startswith("GET")
        if refusal.error is BusyError:
            assert (status, "again in 0 s" in said) == (0, True), refusal
        elif refusal.error is DeniedError and not ask.startswith(f"GET {APPS}"):
            assert (status, "grant AppCatalog.Read.All" in said) == (1, True), refusal
        elif ask.startswith("GET /app"):
            assert (status, "Report it with these words" in said) == (1, True), refusal
        elif whole:
            assert status == 0, "installing tells why, if anything is wrong"
        else:
            assert (status, f"✖ Rita Osei: {refusal.status}" in said) == (1, True), refusal
            assert "13 had it already" in said or "13 upgraded" in said
        fresh.box.chats.set("rita", installed=True)
