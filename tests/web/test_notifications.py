"""Graph's notifications: answered at once, believed only with our secret, and only as hints."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import pytest

from handoff.effects import Subscribe
from received import received
from tests.world import World
from web.limits import FORWARDED
from web.notifications import LARGE, LARGE_AT_ONCE, LARGEST, SMALL

MOST_MEMORY = 200_000  # KiB more, where ten at once would take three times that
SUBJECT = "Contoso Logistics and Halden Systems"


async def post(world: World, body: Any, path: str = "/api/graph") -> tuple[int, str, str]:
    kind = {"data": body} if isinstance(body, bytes) else {"json": body}
    async with (
        aiohttp.ClientSession() as http,
        http.post(world.url + path, **kind) as response,
    ):
        return response.status, response.content_type, await response.text()


async def note(world: World, **changes: Any) -> dict[str, Any]:
    [(id, secret, event)] = await world.rows(
        "select s.id, client_state, rep_event from subscription s "
        "join handoff h on h.rep = mailbox where kind = 'events'"
    )
    return {
        "subscriptionId": id,
        "clientState": secret,
        "changeType": "updated",
        "resourceData": {"id": event},
        **changes,
    }


def address(world: World) -> tuple[str, int]:
    where = urlsplit(world.url)
    return str(where.hostname), int(where.port or 0)


async def looks(world: World) -> int:
    [(count,)] = await world.rows(
        "select count(*) from procrastinate_jobs where task_name in ('look', 'poll', 'subscribe', "
        "'renew')"
    )
    return int(count)


async def test_the_handshake_gives_the_token_back_as_plain_text(world: World) -> None:
    status, kind, text = await post(world, b"", "/api/graph?validationToken=a%3Cb%3E+c")

    assert (status, kind, text) == (200, "text/plain", "a<b> c")


@pytest.mark.usefixtures("offered")
async def test_a_hint_about_a_meeting_is_kept_once(world: World) -> None:
    for _ in range(3):
        assert (await post(world, {"value": [await note(world)]}))[0] == 202

    assert await looks(world) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"clientState": "wrong"},
        {"clientState": None},
        {"subscriptionId": "unknown"},
        {"resourceData": {"id": "an event of their own"}},
        {"resourceData": None},
    ],
    ids=str,
)
@pytest.mark.usefixtures("offered")
async def test_a_forged_or_unrelated_one_is_answered_alike_and_ignored(
    world: World, change: dict[str, Any]
) -> None:
    assert (await post(world, {"value": [await note(world, **change)]}))[0] == 202

    assert await looks(world) == 0


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b'{"value": 7}', b"{}"])
async def test_what_is_no_notification_gets_400(world: World, body: bytes) -> None:
    assert (await post(world, body))[0] == 400


@pytest.mark.parametrize("event", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
@pytest.mark.usefixtures("offered")
async def test_what_graph_says_of_the_subscription_is_acted_on(world: World, event: str) -> None:
    lost = await note(world, lifecycleEvent=event, resourceData=None)

    assert (await post(world, {"value": [lost]}))[0] == 202
    assert await looks(world) == 1
    await world.work()

    assert await world.rows("select 1 from subscription where id is null") == []


@pytest.mark.usefixtures("offered")
async def test_one_post_may_hold_hundreds_of_them(world: World) -> None:
    padded = {"resource": "Users/" + "x" * 1000}
    many = [await note(world, resourceData={"id": f"other {n}"}, **padded) for n in range(499)]

    assert (await post(world, {"value": [*many, await note(world)]}))[0] == 202

    assert await looks(world) == 1


@pytest.mark.usefixtures("offered")
async def test_strangers_with_large_posts_take_no_memory_and_hold_up_nobody(world: World) -> None:
    """A note of theirs is a few bytes on the wire, and hundreds once it is read."""
    one = b'{"subscriptionId":"","clientState":"","a":{},"b":{},"c":{},"d":{},"e":{}},'
    body = b'{"value":[' + one * (LARGEST // len(one) - 1) + b"{}]}"
    before, genuine = getrusage(RUSAGE_SELF).ru_maxrss, await note(world)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def send() -> int:
            async with http.post(f"{world.url}/api/graph", data=BytesIO(body)) as answer:
                return answer.status

        strangers = [asyncio.create_task(send()) for _ in range(LARGE_AT_ONCE + 2)]
        await asyncio.sleep(0)
        assert (await post(world, {"value": [genuine]}))[0] == 202
        statuses = await asyncio.gather(*strangers)

    assert await looks(world) == 1
    assert set(statuses) <= {202, 503}
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < MOST_MEMORY


@pytest.mark.parametrize("one", [b"[[[[[[[[]]]]]]]],", rb'{"subscriptionId":"\u200b"},'])
@pytest.mark.usefixtures("offered")
async def test_nobody_waits_while_what_strangers_send_is_read(world: World, one: bytes) -> None:
    """To read one of theirs takes half a second or more, and eight came one after the other."""
    body = b'{"value":[' + one * (LARGEST // len(one) - 1) + b"{}]}"
    began = perf_counter()
    received(body)
    alone, longest = perf_counter() - began, 0.0

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def send() -> int:
            async with http.post(f"{world.url}/api/graph", data=BytesIO(body)) as answer:
                return answer.status

        strangers = [asyncio.create_task(send()) for _ in range(LARGE_AT_ONCE)]
        while not all(one.done() for one in strangers):
            began = perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, perf_counter() - began)

    assert {one.result() for one in strangers} == {202}
    assert longest < alone / 2

    less = b'{"value":[' + one * (LARGE // len(one) - 1) + b"{}]}"
    began, times = process_time(), LARGEST // LARGE
    for _ in range(times):
        received(less)
    all_read, began = process_time() - began, process_time()
    assert {(await post(world, less))[0] for _ in range(times)} == {202}
    assert process_time() - began < all_read / 2, "nor are smaller ones read"


HALF_SENT = b"POST /api/graph HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"


@asynccontextmanager
async def half_sent(
    world: World, body: bytes, times: int
) -> AsyncIterator[list[asyncio.StreamReader]]:
    """So many posts that begin with *body* and go on for ever, each from an address of its own."""
    lines = [await asyncio.open_connection(*address(world)) for _ in range(times)]
    for n, (_, writer) in enumerate(lines):
        writer.write(HALF_SENT + f"{FORWARDED}: 9.9.9.{n}\r\n\r\n{len(body):x}\r\n".encode())
        writer.write(body + b"\r\n")
        await writer.drain()
    try:
        yield [reader for reader, _ in lines]
    finally:
        for _, writer in lines:
            writer.close()


@pytest.mark.usefixtures("offered")
async def test_whoever_sends_large_posts_without_end_takes_no_room_of_graphs(world: World) -> None:
    one = await note(world)
    large = {"value": [one, *[one | {"x": "x" * 1_000, "resourceData": None}] * 300]}
    stranger = {"value": [{**one, "clientState": "guessed"}, {"x": "x" * LARGE}]}

    async with half_sent(world, json.dumps(stranger).encode(), 3 * LARGE_AT_ONCE):
        for _ in range(3):
            assert (await post(world, large))[0] == 202
            await asyncio.sleep(0.1)

    assert await looks(world) == 1


@pytest.mark.usefixtures("offered")
async def test_of_large_ones_few_are_read_at_once_and_small_ones_always(world: World) -> None:
    one = await note(world)
    large = json.dumps({"value": [one], "x": "x" * LARGE}).encode()

    async with half_sent(world, large, LARGE_AT_ONCE + 1) as answers:
        heard = [asyncio.create_task(one.readline()) for one in answers]
        done, waiting = await asyncio.wait(heard, return_when=asyncio.FIRST_COMPLETED, timeout=15)
        assert [b" 503 " in task.result() for task in done] == [True]
        assert len(waiting) == LARGE_AT_ONCE
        assert (await post(world, large))[0] == 503
        assert (await post(world, {"value": [one]}))[0] == 202

    async with asyncio.timeout(20):
        while (await post(world, large))[0] != 202:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("offered")
async def test_a_storm_of_a_thousand_is_kept_in_a_few_rounds(world: World) -> None:
    """Each in a post of its own, all at once. How fast: make bench."""
    one = await note(world)
    others = [one | {"resourceData": {"id": f"their own {n}"}} for n in range(499)]
    [before] = await world.rows("select sum(xact_commit) from pg_stat_database")

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as http:

        async def send(body: dict[str, Any]) -> int:
            async with http.post(f"{world.url}/api/graph", json={"value": [body]}) as answer:
                return answer.status

        statuses = await asyncio.gather(*(send(n) for n in [one, *others]))

    assert set(statuses) == {202}
    assert await looks(world) == 1
    await world.run("select pg_stat_force_next_flush()")
    [after] = await world.rows("select sum(xact_commit) from pg_stat_database")
    assert after[0] - before[0] < 1_000, "statements are for a round, not for each note"


@pytest.mark.usefixtures("offered")
async def test_if_it_cannot_be_kept_graph_is_told_to_come_again(world: World) -> None:
    one = await note(world)
    await world.run(
        "alter table procrastinate_jobs add constraint no_room check (task_name <> 'look')"
    )
    try:
        both = await asyncio.gather(*(post(world, {"value": [one]}) for _ in range(2)))
    finally:
        await world.run("alter table procrastinate_jobs drop constraint no_room")

    assert {status for status, _, _ in both} == {500}
    assert (await post(world, {"value": [one]}))[0] == 202
    assert await looks(world) == 1


@pytest.mark.usefixtures("accepted")
async def test_a_notice_of_a_version_that_was_read_costs_no_request(world: World) -> None:
    [(etag,)] = await world.rows("select etag from seen join handoff on rep_event = event")
    known = await note(world)

    known["resourceData"]["@odata.etag"] = etag
    await post(world, {"value": [known]})
    assert await looks(world) == 0

    known["resourceData"]["@odata.etag"] = 'W/"another"'
    await post(world, {"value": [known]})
    assert await looks(world) == 1


async def test_twice_and_in_any_order_makes_no_difference(world: World) -> None:
    world.box.faults.notifications_doubled()
    id = await world.offer()
    world.answers("rita", "tentativelyAccept")
    world.answers("rita", "accept")
    await world.work()

    assert await world.state(id) == "accepted"
    assert (await world.timeline(id)).count("accepted") == 1


async def test_a_wrong_secret_from_graphs_own_address_moves_nothing(
    world: World, offered: UUID
) -> None:
    world.box.faults.notifications_forged()
    world.answers("rita", "accept")
    await world.box.settled()

    assert await looks(world) == 0
    assert await world.state(offered) == "offered"


@pytest.mark.usefixtures("offered")
async def test_each_mailbox_with_a_meeting_is_subscribed_with_a_secret_of_its_own(
    world: World,
) -> None:
    rows = await world.rows(
        "select mailbox, id, client_state from subscription where kind = 'events'"
    )

    assert {r[0] for r in rows} == {world.box.person(w).id for w in ("quinn", "rita")}
    assert all(r[1] for r in rows)
    assert len({r[2] for r in rows}) == 2


async def test_subscriptions_are_renewed_at_half_their_life(world: World) -> None:
    await world.offer(wanted="2026-03-13")
    [before] = await world.rows("select max(expires_at) from subscription")
    world.clock.forward(timedelta(days=3, hours=1))
    await world.app.services.stores.door.follow(Subscribe())
    await world.work()

    [after] = await world.rows("select min(expires_at) from subscription")

    assert after[0] > before[0]


async def test_pages_that_anyone_may_read(world: World) -> None:
    async with aiohttp.ClientSession() as http:
        for path, words in (
            ("/", "Baton is a Microsoft Teams app"),
            ("/privacy", "What Baton stores"),
            ("/help", "Help with Baton"),
            ("/terms", "Terms of use"),
            ("/healthz", "alive"),
            ("/readyz", "ready"),
        ):
            async with http.get(world.url + path) as response:
                assert response.status == 200
                assert words in await response.text()


POISON = [
    rb'{"value": [{"subscriptionId": "\u0000"}]}',
    rb'{"value": [{"subscriptionId": "\ud800"}]}',
    b'{"value": [{"subscriptionId": {"a": 1}}, 17, null]}',
]


@pytest.mark.usefixtures("offered")
async def test_what_a_stranger_sends_takes_no_genuine_one_with_it(world: World) -> None:
    """They are kept in one round: what cannot be looked up must not fail all of it."""
    genuine = {"value": [await note(world)]}

    answers = await asyncio.gather(
        *(post(world, body) for _ in range(5) for body in (*POISON, genuine))
    )

    assert [status for status, _, _ in answers] == [202] * len(answers)
    assert await looks(world) == 1


@pytest.mark.usefixtures("offered")
async def test_a_secret_that_is_no_text_is_no_secret(world: World) -> None:
    forged = json.dumps({"value": [await note(world, clientState="\ud800")]})

    assert (await post(world, forged.encode()))[0] == 202
    assert await looks(world) == 0


@pytest.mark.usefixtures("offered")
async def test_what_is_nested_without_end_is_refused_and_no_fault_of_ours(world: World) -> None:
    assert (await post(world, b"[" * SMALL))[0] == 400
    named = json.dumps({"value": [await note(world)]}).encode()
    assert (await post(world, named + b"[" * 200_000))[0] == 400, "also with a secret in it"
