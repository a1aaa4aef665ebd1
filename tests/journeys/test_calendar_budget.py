"""What the week's check costs in Graph requests, counted by the sandbox. `make bench` has a hundred
reps checked.
"""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from handoff.effects import CheckWeeks, Subscribe
from sandbox.company import Company, halden, person_id, staff
from sandbox.exchange.model import Address, Attendee
from sandbox.request_log import LoggedRequest
from tests.hour import MONDAY
from tests.world import INES, World, a_world

pytestmark = pytest.mark.at_once

REPS = 25  # more than go into one batch
FRIDAY = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
NEXT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEFT = 20  # people
LONG_AGO = MONDAY - timedelta(days=90)


def crowd(count: int) -> Company:
    """Halden Systems with so many reps in one pool, all in Madrid."""
    company = halden()
    rita = next(p for p in company.people if p.key == "rita")
    names = [f"rep{n}" for n in range(count)]
    reps = tuple(
        replace(
            rita,
            id=person_id(company.domain, name),
            given=name.title(),
            mail=f"{name}@{company.domain}",
            upn=f"{name}@{company.domain}",
        )
        for name in names
    )
    groups = tuple(
        replace(group, members=tuple(rep.id for rep in reps) if "EMEA" in group.name else ())
        if group.name.startswith("Reps")
        else group
        for group in company.groups
    )
    left = tuple(replace(staff(f"Left{n} Ago", "Rep"), enabled=False) for n in range(LEFT))
    left = tuple(replace(one, mail=f"{one.key}@{company.domain}") for one in left)
    return replace(company, people=(*company.people, *reps, *left), groups=groups)


def fill(world: World, count: int) -> None:
    """Everyone has a hold, a customer, and a meeting of one of those who have left."""
    for n in range(count):
        who = f"rep{n}"
        create = world.box.outlook.create
        hold = create(who, "Hold", NEXT, NEXT + HOUR, created=LONG_AGO)
        world.box.outlook.place(hold, at=LONG_AGO)
        create(who, "Demo", NEXT + HOUR, NEXT + 2 * HOUR, attendees=[INES])
        meeting = create(who, "Old round", NEXT + 3 * HOUR, NEXT + 4 * HOUR)
        left = Address(name="Left", mail=f"left{n % LEFT}@halden.example")
        me = Address(name=who, mail=f"{who}@halden.example")
        world.box.outlook.place(
            replace(
                meeting,
                organizer=left,
                is_organizer=False,
                attendees=(Attendee(who=me), Attendee(who=left)),
            )
        )


def of_the_check(world: World) -> list[LoggedRequest]:
    """Each request for itself, also inside a batch."""
    return [
        asked
        for asked in world.box.requests.graph_requests(inner=True)
        if asked.path.endswith("/calendarView") or asked.path.rstrip("/").endswith("/users")
    ]


@pytest.mark.usefixtures("accepted")
async def test_a_booking_is_read_back_once_whatever_notifications_follow(world: World) -> None:
    await world.app.services.stores.door.follow(Subscribe())
    await world.work()
    world.box.requests.clear()

    await world.accepted(contact_email="b@b.example", wanted="2026-03-05")

    [(organizer, copy)] = await world.rows(
        "select organizer_event, rep_event from handoff order by number desc limit 1"
    )
    asked = [
        (one.method, unquote(one.path.rpartition("/")[2]))
        for one in world.box.requests.graph_requests(inner=True)
    ]
    if ("GET", copy) in asked:
        asked.remove(("GET", copy))  # a notification that came before the answer was read back
    assert sorted(asked) == sorted(  # the time to prepare is found beside the reading back
        [
            ("POST", "getSchedule"),
            ("POST", "events"),
            ("GET", "calendarView"),
            ("POST", "sendMail"),
            ("POST", "accept"),
            ("GET", "calendarView"),
            ("POST", "events"),
            ("GET", organizer),  # the prospect's answer may be in it
        ]
    )
    prepared = await world.rows("select event from commitment where what = 'prepare'")
    assert all(event for (event,) in prepared)


async def test_a_check_costs_little_more_than_a_request_for_each_and_crowds_no_mailbox(
    database: str,
) -> None:
    async with a_world(database, company=crowd(REPS)) as world:
        fill(world, REPS)
        world.box.limits.mailbox_concurrency = 4
        world.clock.set(FRIDAY)
        world.box.requests.clear()

        await world.app.services.stores.door.follow(CheckWeeks())
        await world.work()

        inside = of_the_check(world)
        each = Counter(request.person for request in inside if request.person)
        assert {r.status for r in inside} == {200}, "nothing was throttled"
        assert len(inside) <= 1.2 * REPS
        assert set(each.values()) == {1}, "each mailbox is asked once"
        wire = [one.path for one in world.box.requests.graph_requests()]
        assert len(wire) <= REPS / 4, "they go twenty at a time"
        [(lines, people)] = await world.rows(
            "select sum(jsonb_array_length(lines)), count(*) from week where sent_at is not null"
        )
        assert (lines, people) == (2 * REPS, REPS), "a hold and an organizer who left, each"

        world.box.requests.clear()
        world.clock.forward(timedelta(minutes=15))
        await world.app.services.stores.door.follow(CheckWeeks())
        await world.work()
        assert not of_the_check(world), "asked once"
