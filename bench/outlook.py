"""What Outlook is asked, counted by the sandbox: a quiet rep, a booking, a storm of notifications,
ten thousand mailboxes.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

import aiohttp
from psycopg import AsyncConnection

from bench.measuring import Figure, Sizes, process
from handoff import slots
from handoff.effects import SeeAbsences, Subscribe, Sweep, SyncPeopleWhenDue
from jobs.watching import DAY, LIFE
from sandbox.company import Company, halden, person_id, staff
from sandbox.exchange import ids
from sandbox.graph.notifications import Subscription
from sandbox.request_log import LoggedRequest
from tests.beginnings import Beginning
from tests.world import World, a_world

STEP, TEN_MINUTES = timedelta(hours=1), timedelta(minutes=10)


async def measure(url: str, sizes: Sizes) -> AsyncIterator[Figure]:
    async with a_world(url, begins=Beginning.ACCEPTED) as world:
        yield await _booking(world)
        yield await _storm(world, sizes)
    async with a_world(url, company=company(sizes.quiet_reps)) as world:
        await world.install("quinn", "rita", "mara")
        yield await _quiet(world, sizes.quiet_days)
    async with a_world(url, company=company(sizes.mailboxes, in_the_pool=False)) as world:
        await world.install("quinn", "rita", "mara")
        for figure in await _renewals(world, sizes):
            yield figure


async def _booking(world: World) -> Figure:
    """From the question for times to the rep's answer, notifications and all."""
    await world.app.services.stores.door.follow(Subscribe())
    await world.work()  # both mailboxes are watched
    world.box.requests.clear()
    await world.accepted(contact_email="b@b.example", wanted="2026-03-05")
    await world.work()
    asked = world.box.requests.graph_requests(inner=True)
    return Figure(
        what="Graph requests for a booking",
        found=f"{len(asked)}, one of them the introduction and one the time to prepare",
        bound="8; 9 where Outlook tells of the answer before it is read back",
        value=len(asked),
        well=len(asked) in (8, 9),
        counted=True,
        how="from the question for times until all is read back, both mailboxes being watched: "
        + ", ".join(_short(one) for one in asked),
    )


def _short(one: LoggedRequest) -> str:
    return f"{one.method} {one.path.rpartition('/')[2][:20].removesuffix('=')}"


async def _storm(world: World, sizes: Sizes) -> Figure:
    """Many notifications at once, each in a post of its own, to a server of its own."""
    [(id, secret, event)] = await world.rows(
        "select s.id, client_state, rep_event from subscription s "
        "join handoff h on h.rep = mailbox where h.state = 'accepted' limit 1"
    )

    def body(n: int) -> dict[str, Any]:
        data = {"id": event if n % 10 == 0 else f"their own {n}", "@odata.etag": f'W/"{n}"'}
        return {"subscriptionId": id, "clientState": secret, "resourceData": data}

    async with (
        process(
            *world.command("serve", cold=True),
            env={**world.env, "LOG_FORMAT": "json"},
            settles=sizes.settles,
        ) as ours,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50)) as http,
    ):
        at = f"http://127.0.0.1:{ours.port}/api/graph"

        async def timed(n: int) -> float:
            await asyncio.sleep(n / sizes.storm)  # they come within one second
            began = monotonic()
            async with http.post(at, json={"value": [body(n)]}) as answer:
                assert answer.status == 202
            return monotonic() - began

        took = sorted(await asyncio.gather(*(timed(n) for n in range(sizes.storm))))
    [(looks,)] = await world.rows(
        "select count(*) from procrastinate_jobs where task_name = 'look' and status = 'todo'"
    )
    await world.run("delete from procrastinate_jobs")
    return Figure(
        what="a storm of notifications, slowest answer",
        found=f"{took[-1] * 1000:.0f} ms (median {took[sizes.storm // 2] * 1000:.0f})",
        bound="under 1 s, and one look",
        value=took[-1],
        well=took[-1] < 1 and looks == 1,
        how=f"{sizes.storm} posts within a second, every tenth about a handoff: {looks} queued",
    )


async def _quiet(world: World, days: int) -> Figure:
    """Reps with a meeting that was accepted and is a week away; nothing happens."""
    await _meetings(world)
    for _ in range(int(DAY / STEP)):  # the first readings, and a moment of its own for each
        await _turn(world)
    world.box.requests.clear()
    for _ in range(int(days * DAY / STEP)):
        await _turn(world)
    [(people,)] = await world.rows("select count(*) from subscription")
    inner = len(world.box.requests.graph_requests(inner=True)) / people / days
    wire = len(world.box.requests.graph_requests()) / people / days
    return Figure(
        what="Graph requests for a quiet rep in a day",
        found=f"{inner:.1f} ({wire:.1f} over the wire)",
        bound="at most 1.5 over the wire, 5 in all",
        value=wire,
        well=wire <= 1.5 and inner <= 5,
        how=f"{people} people with a meeting ahead, {days} days, everything that was asked: polls, "
        "renewals, hours, absences, who is who; the first figure counts each part of a batch, as "
        "Outlook's limits do. Of few people fewer share a request",
    )


async def _turn(world: World) -> None:
    world.clock.forward(STEP)
    await world.app.services.stores.door.follow(
        Subscribe(), SyncPeopleWhenDue(), SeeAbsences(), Sweep()
    )
    await world.work()


async def _meetings(world: World) -> None:
    """Each rep has accepted one with Quinn, as if it had been booked."""
    template = await world.accepted(wanted="2026-03-13")
    quinn = world.box.person("quinn")
    start = world.clock() + timedelta(days=12)
    known = [id for (id,) in await world.rows("select id from person where 'rep' = any(roles)")]
    for number, rep in enumerate(one for one in known if one != world.box.person("rita").id):
        at = start + timedelta(minutes=number)
        made = world.box.outlook.create(
            "quinn", f"Demo {number}", at, at + timedelta(minutes=30), attendees=[rep]
        )
        world.box.outlook.respond(rep, made, "accept")
        copy = world.box.outlook.event(rep, made)
        await _copied(
            world,
            template,
            rep=rep,
            meeting=(at, at + timedelta(minutes=30)),
            events=(
                ids.external(quinn.id, made.id, moves=made.moves, immutable=True),
                ids.external(rep, copy.id, moves=copy.moves, immutable=True),
            ),
        )
    await world.box.settled()


async def _copied(
    world: World,
    template: Any,
    *,
    rep: str,
    meeting: tuple[datetime, datetime],
    events: tuple[str, str],
) -> None:
    id = uuid4()
    for table, own in (("lead", {"id": id}), ("handoff", {"id": id, "lead": id})):
        names = await columns(world, table)
        picked = ", ".join("%s" if name in own else f"t.{name}" for name in names)
        await world.run(
            f"insert into {table} ({', '.join(names)}) select {picked} from {table} t "  # noqa: S608
            "where t.id = %s",
            *(own[name] for name in names if name in own),
            template,
        )
    await world.run(
        "update handoff set rep = %s, owner = %s, meeting = tstzrange(%s, %s), "
        "organizer_event = %s, rep_event = %s, response_at = %s where id = %s",
        *(rep, rep, *meeting, *events, world.clock(), id),
    )


async def _renewals(world: World, sizes: Sizes) -> list[Figure]:
    """A day of many watched mailboxes, and the worst second of it."""
    people = [p for p in world.box.directory if p.given.startswith("N")][: sizes.mailboxes]
    await _watched(world, [p.id for p in people])
    world.box.requests.clear()
    began = world.clock()
    busiest = 0
    while world.clock() < began + DAY:
        before = len(_renewed(world))
        world.clock.forward(TEN_MINUTES)
        await world.app.services.stores.door.follow(Subscribe())
        await world.app.work(wait=False)
        busiest = max(busiest, len(_renewed(world)) - before)
    patched = _renewed(world)
    late = await world.rows(
        "select count(*) from subscription where expires_at < %s", world.clock() + LIFE / 2 - DAY
    )
    world.box.requests.clear()
    await world.run("update subscription set renew_at = %s", began)  # all of them at once
    await world.app.services.stores.door.follow(Subscribe())
    await world.app.work(wait=False)
    worst = _worst_second(list(world.box.requests))  # whatever else is asked then, included
    return [
        Figure(
            what=f"{sizes.mailboxes} mailboxes renewed, most in ten minutes",
            found=f"{busiest} ({len(patched)} in the day, {late[0][0]} too late)",
            bound="spread over the day",
            value=len(patched),
            well=busiest < sizes.renewals_in_ten_minutes and late[0][0] == 0,
            counted=True,
            how="each at a second of its own on its third day",
        ),
        Figure(
            what="all of them due at once, worst second",
            found=f"{worst} requests",
            bound="at most 20",
            value=worst,
            well=worst <= 20,
            counted=True,
            how=f"{len(world.box.requests)} renewed in that minute, the rest in those that follow",
        ),
    ]


async def _watched(world: World, mailboxes: Sequence[str]) -> None:
    """Each has a meeting, and a subscription that was made some time in the last three days."""
    template = await world.offer(wanted="2026-03-13")
    now = world.clock()
    person = ", ".join(name for name in await columns(world, "person") if name != "id")
    names = await columns(world, "handoff")
    async with await AsyncConnection.connect(world.settings.database_url) as tx:
        await tx.execute(
            f"insert into person (id, {person}) select m, {person} "  # noqa: S608
            "from unnest(%s::text[]) m, (select * from person where name = 'Rita Osei') as one "
            "on conflict do nothing",
            [list(mailboxes)],
        )
        own = {"id": "gen_random_uuid()", "rep": "m", "owner": "m"}
        await tx.execute(
            f"insert into handoff ({', '.join(names)}) select "  # noqa: S608
            + ", ".join(own.get(name, f"t.{name}") for name in names)
            + " from unnest(%s::text[]) m, handoff t where t.id = %s",
            [list(mailboxes), template],
        )
        for mailbox in mailboxes:
            renew_at = slots.after(f"renew {mailbox} events", now, DAY)
            renew_at += DAY * (slots.slot(f"day {mailbox}", timedelta(seconds=3)).seconds)
            one = Subscription(
                id=str(uuid4()),
                resource=f"users/{mailbox}/events",
                owner=mailbox,
                what="events",
                changes=("updated",),
                url=world.app.services.notification_url,
                lifecycle_url=None,
                client_state="x",
                expires=renew_at + LIFE / 2,
                immutable=True,
            )
            world.box.notifications.keep(one)
            await tx.execute(
                "insert into subscription (mailbox, kind, client_state, id, expires_at, renew_at, "
                "polled_at, poll_at) values (%s, 'events', 'x', %s, %s, %s, %s, %s)",
                [mailbox, one.id, one.expires, renew_at, now, now + timedelta(days=30)],
            )
        await tx.execute("analyze")


def _renewed(world: World) -> list[LoggedRequest]:
    return [r for r in world.box.requests if r.path.startswith("/subscriptions/")]


def _worst_second(asked: Sequence[LoggedRequest]) -> int:
    """The most requests that came within any second."""
    times = sorted(one.real for one in asked)
    return max((sum(t <= other < t + 1 for other in times) for t in times), default=0)


async def columns(world: World, table: str) -> list[str]:
    """Those that a copy of a row takes along."""
    rows = await world.rows(
        "select column_name from information_schema.columns where table_schema = 'public' "
        "and table_name = %s and is_identity = 'NO' and is_generated = 'NEVER' "
        "order by ordinal_position",
        table,
    )
    return [name for (name,) in rows]


def company(count: int, *, in_the_pool: bool = True) -> Company:
    """Halden Systems with so many reps more, in EMEA unless they are put there by other means."""
    known = halden()
    more = tuple(staff(f"N{n} Rep", "Account Executive", manager="Mara") for n in range(count))
    reps = tuple(person_id(known.domain, p.given.lower()) for p in more)
    groups = tuple(
        replace(g, members=(*g.members, *reps)) if g.name == "Reps EMEA" and in_the_pool else g
        for g in known.groups
    )
    return replace(known, people=(*known.people, *more), groups=groups)
