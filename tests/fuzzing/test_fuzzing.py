"""Whatever comes in is answered plainly, breaks nothing and stays where it belongs."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from resource import RUSAGE_SELF, getrusage
from typing import Any
from uuid import uuid4

import aiohttp

from commands.lead_files import UnreadableFileError, table
from handoff import lead_list
from handoff.policy import Policy
from policy.reading import BadPolicyError, read_new
from sandbox.leads import as_csv
from settings import BadSettingsError, Settings
from store.invariants import broken
from tests.conftest import ROOT
from tests.test_settings import GOOD
from tests.thoroughness import SEED
from tests.world import BRIEF, World
from tools.fuzzing import Fuzzer

TIMES = int(os.environ.get("FUZZ", "20000"))  # noqa: TID251  # how the suite is asked to run
"""So many inputs in all, each kind its share; `make fuzz N=1000000` is the large look."""
AT_ONCE = 16
MOST_MEMORY = 200_000  # KiB more, however many they are
NOT_KNOWN = 501  # what the Bot Framework answers to an invoke that the bot does not know


def share(of: float) -> range:
    return range(int(TIMES * of))


def seeds() -> int:
    return int(os.environ.get("SEED", SEED))  # noqa: TID251


def test_any_list_of_leads_is_read_or_refused_in_words(policy_in_force: Policy) -> None:
    fuzzer, right = Fuzzer(seeds()), as_csv()
    for n in share(0.05):
        content = fuzzer.text(right if n % 2 else right.replace(",", ";"))
        try:
            found = table(content)
        except UnreadableFileError:
            continue
        listed, problems = lead_list.read(found, policy_in_force, "quinn", "Europe/Madrid")
        for one in listed:
            json.dumps(str(one.lead)).encode()
            assert "\0" not in str(one.lead), content
        assert all(isinstance(problem, str) for problem in problems)


def test_any_policy_is_taken_or_refused_with_its_lines() -> None:
    fuzzer, right = Fuzzer(seeds()), (ROOT / "policy.toml").read_text()
    for _ in share(0.05):
        content = fuzzer.text(right)
        try:
            read_new(content.decode(), "policy.toml")
        except (UnicodeDecodeError, BadPolicyError):
            continue


def test_any_settings_are_taken_or_refused_by_name() -> None:
    fuzzer, names = Fuzzer(seeds()), [name.upper() for name in Settings.model_fields]
    for _ in share(0.8):
        name = fuzzer.pick(names)
        odd = fuzzer.pick((fuzzer.word(), GOOD.get(name, "") + fuzzer.word(), fuzzer.word() * 3))
        with suppress(BadSettingsError):
            Settings.read({**GOOD, name: odd})


def _activities(world: World, message: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What Teams sends of people, one of each kind."""
    teams = world.box.teams
    for who, text in (("quinn", "book"), ("rita", "mine"), ("rita", "why 1"), ("mara", "fairness")):
        yield who, teams.activity(who, "message") | {"text": text, "textFormat": "plain"}
    for who, verb, data in (
        ("quinn", "brief", {**BRIEF, "form": str(uuid4()), "target": "pool:emea"}),
        ("rita", "accept", {"handoff": message}),
        ("rita", "send_back", {"handoff": message, "reason": "brief", "note": "why"}),
        ("rita", "follow_up", {"handoff": message, "kind": "call", "day": "2026-03-04"}),
    ):
        action = {"type": "Action.Execute", "verb": verb, "data": data}
        yield (
            who,
            teams.activity(who, "invoke")
            | {"name": "adaptiveCard/action", "value": {"action": action}, "replyToId": "17"},
        )
    for name in ("composeExtension/fetchTask", "composeExtension/submitAction", "task/fetch"):
        value = {"commandId": "handOver", "messagePayload": {"id": "1", "body": {"content": "x"}}}
        yield "quinn", teams.activity("quinn", "invoke") | {"name": name, "value": value}
    added = [{"id": "29:x"}, {"id": "28:y", "name": "Baton"}]
    for kind, more in (
        ("installationUpdate", {"action": "add"}),
        ("conversationUpdate", {"membersAdded": added}),
        ("messageReaction", {"reactionsAdded": [{"type": "like"}]}),
    ):
        yield "rosa", teams.activity("rosa", kind) | more


NOTE = {
    "subscriptionId": "00000000-0000-4000-8000-000000000000",
    "clientState": "secret",
    "changeType": "updated",
    "resource": "users/x/events/y",
    "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": "y", "@odata.etag": 'W/"1"'},
    "subscriptionExpirationDateTime": "2026-03-05T09:00:00Z",
    "tenantId": "t",
}
FORM = "reason=brief&note=why&link=x&sure=yes"
TYPES = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=martian",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/json; charset=utf-16",
    "x",
)


Post = Callable[[aiohttp.ClientSession], Awaitable[int]]


def _posts(world: World, id: str) -> Iterator[Post]:
    """Each input, posted to where such a thing comes in; what it is answered with."""
    fuzzer = Fuzzer(seeds())
    activities = list(_activities(world, id))

    def activity(n: int) -> Post:
        who, right = activities[n % len(activities)]
        body, token = fuzzer.json(right), "a.b.c" if n % 40 == 0 else None

        async def post(_: aiohttp.ClientSession) -> int:
            return (await world.box.teams.send(who, body, token=token)).status

        return post

    def other(path: str, body: bytes, kind: str) -> Post:
        async def post(http: aiohttp.ClientSession) -> int:
            headers = {"Content-Type": kind}
            async with http.post(world.url + path, data=body, headers=headers) as answer:
                await answer.read()
                return answer.status

        return post

    for n in share(0.1):
        if n % 2:
            yield activity(n // 2)
        elif n % 4:
            yield other("/api/graph", fuzzer.json({"value": [NOTE, NOTE]}), "application/json")
        else:
            path = fuzzer.pick(("/m/x/accept", "/m/x.y/send_back", "/health/x", "/api/messages"))
            yield other(path, fuzzer.text(FORM), fuzzer.pick(TYPES))


async def _posted(world: World, id: str) -> Counter[int]:
    """How often each status was answered."""
    posts, found = _posts(world, id), Counter[int]()

    async def one_by_one(http: aiohttp.ClientSession) -> None:
        for post in posts:
            found[await post(http)] += 1

    async with aiohttp.ClientSession() as http:
        await asyncio.gather(*(one_by_one(http) for _ in range(AT_ONCE)))
    return found


async def test_whatever_is_posted_is_answered_and_writes_nothing_wrong(world: World) -> None:
    id = await world.offer()
    before = getrusage(RUSAGE_SELF).ru_maxrss
    statuses = await _posted(world, str(id))
    await world.work()

    assert {status for status in statuses if status >= 500 or status == 0} <= {NOT_KNOWN}
    assert statuses[200] > 100
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < MOST_MEMORY
    untrue = await broken(world.app.services.stores.reads)
    assert not any(untrue.values()), "what is always true still is"
    assert (await world.case(id)).handoff.number == 1
    failed = "select task_name, args from procrastinate_jobs where status = 'failed'"
    assert await world.rows(failed) == []
