"""Step 8 of the page on installing, as a qualifier and a rep do it in Teams."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import time, timedelta
from typing import Any

from sandbox.company import Hours
from sandbox.m365 import Sandbox
from sandbox.teams.chats import ChatMessage
from sandbox.teams.person import Answer
from tests import hour
from tests.world import BRIEF

SOON = 120  # seconds, on a machine that has much to do besides


def at_work_now(box: Sandbox) -> None:
    """It is noon where everyone works, every day, whenever this test runs."""
    now = hour.now()
    box.clock.set(now)
    zone = f"Etc/GMT{now.hour - 12:+d}" if now.hour != 12 else "Etc/UTC"
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    hours = Hours(start=time(1), end=time(23), zone=zone, days=days)
    for person in list(box.directory):
        box.directory.change(person, zone=zone, hours=hours, country="")


async def until(true: Callable[[], Any], what: str) -> Any:
    """What *true* finds, as soon as it does."""
    async with asyncio.timeout(SOON):
        while True:
            if found := true():
                return found
            await asyncio.sleep(0.1)
    raise AssertionError(what)


def card_with(box: Sandbox, who: str, verb: str) -> ChatMessage | None:
    shown = [m for m in box.teams.chat(who) if m.from_bot and verb in m.verbs()]
    return shown[-1] if shown else None


def unkind(box: Sandbox) -> None:
    """As a tenant is, from the first command on: what is sent takes seconds; what Graph tells of
    it comes late, in another order and partly twice; Graph turns its first callers away, and is out
    of reach for a moment when the catalogue is asked for.
    """
    box.transport.takes(0.5, 3, seed=1)
    box.notifications.travel = True
    box.faults.graph_throttled(retry_after=1, times=2)
    box.faults.graph_status(503, "serviceNotAvailable", times=1, path="appCatalogs")


async def hand_over(box: Sandbox) -> None:
    await box.teams.say("quinn", "book")
    asked = await until(lambda: card_with(box, "quinn", "who_and_when"), "the first question")
    await _answered(box.teams.click("quinn", asked, "who_and_when", contact=BRIEF["company"]))
    form = await until(lambda: card_with(box, "quinn", "brief"), "the form")
    wanted = (box.clock() + timedelta(days=3)).date().isoformat()
    target = f"rep:{box.person('rita').id}"
    inputs: dict[str, Any] = {**BRIEF, "target": target, "wanted": wanted}
    await _answered(box.teams.click("quinn", form, "brief", **inputs))
    times = await until(lambda: card_with(box, "quinn", "book"), "times")
    first = next(one.title for one in times.actions() if one.style == "positive")
    await _answered(box.teams.click("quinn", times, "book", titled=first))
    offer = await until(lambda: card_with(box, "rita", "accept"), "the offer")
    await _answered(box.teams.click("rita", offer, "accept"))
    await until(lambda: any(m.says("ACCEPTED") for m in box.teams.chat("rita")), "accepted")


async def _answered(click: Awaitable[Answer]) -> None:
    answer = await click
    assert answer.ok, answer
