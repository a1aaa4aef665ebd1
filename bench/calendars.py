"""Calendars: how long offering times takes once they are read, and what the weekly check costs."""

import random
from collections import Counter
from datetime import timedelta
from time import process_time

from handoff.calendar import Event, taken
from handoff.effects import CheckWeeks
from handoff.hours import Span, WorkingTime
from handoff.refusals import refusals
from handoff.times import Availability, bookable
from policy import reading
from policy.rules import rules_of
from tests.conftest import ROOT, working
from tests.hour import MONDAY
from tests.journeys.test_calendar_budget import FRIDAY, crowd, fill
from tests.world import a_world

EVENTS = 60  # in two weeks of one calendar
ZONES = ("Europe/Madrid", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata")


def offered(reps: int) -> float:
    """Milliseconds of the processor, the median of several: times for a pool over two weeks and why
    not others, where the last of the reps is the only one with room.
    """
    rules = rules_of(reading.read((ROOT / "policy.toml").read_text()), 1)
    chance = random.Random(7)  # noqa: S311  # the same every time
    calendars = []
    for n in range(reps):
        full = [Event(span=Span(MONDAY, MONDAY + timedelta(days=30)))] if 0 < n < reps - 1 else []
        events = (*full, *(_event(chance) for _ in range(EVENTS)))
        busy = tuple(taken(events, rules.calendar))
        hours: WorkingTime = working(ZONES[-n % len(ZONES)])
        calendars.append(Availability(person=f"rep{n}", hours=hours, busy=busy, events=events))
    mine = calendars[0]
    times = []
    for _ in range(9):
        began = process_time()
        found = bookable(
            qualifier=mine,
            reps=calendars[1:],
            prospect_zone="Europe/Lisbon",
            minutes=30,
            prepare=timedelta(minutes=15),
            wanted=MONDAY.date(),
            at=MONDAY,
            policy=rules,
        )
        refusals(
            asker=mine,
            others=calendars[1:],
            prospect_zone="Europe/Lisbon",
            minutes=30,
            wanted=MONDAY.date(),
            at=MONDAY,
            policy=rules,
        )
        times.append((process_time() - began) * 1000)
        assert {choice.rep for choice in found} == {calendars[-1].person}
    return sorted(times)[len(times) // 2]


def _event(chance: random.Random) -> Event:
    start = MONDAY + timedelta(minutes=15 * chance.randrange(14 * 96))
    return Event(span=Span(start, start + timedelta(minutes=15 * chance.randint(1, 8))))


async def checked(database_url: str, reps: int) -> tuple[int, int, int]:
    """Graph requests for the weekly check of so many reps: over the wire, each part of a batch
    counted, and the most of those on one mailbox.
    """
    async with a_world(database_url, company=crowd(reps)) as world:
        fill(world, reps)
        world.clock.set(FRIDAY)
        world.box.requests.clear()
        await world.app.services.stores.door.follow(CheckWeeks())
        await world.work()
        log = world.box.requests
        wire, inside = log.graph_requests(), log.graph_requests(inner=True)
        [(done,)] = await world.rows("select count(*) from week where sent_at is not null")
        assert done == reps, f"{done} checked"
        each = Counter(request.person for request in inside if request.person)
        return len(wire), len(inside), max(each.values())
