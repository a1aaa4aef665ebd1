"""What Microsoft refuses: the app's own sign-in, or one mailbox, for ever."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from handoff.effects import Show, Sweep, WatchCredential
from running import Running, running
from sandbox.company import Mailbox
from tests.doctor.faults import pair
from tests.hour import MONDAY
from tests.world import World

LATE = datetime(2026, 3, 2, 13, 1, tzinfo=UTC)  # 14:01 in Madrid, a minute after Rita's hours


@asynccontextmanager
async def secret_has_ended(world: World) -> AsyncIterator[Running]:
    """An app that signs in anew meanwhile: a token that it has would serve it for an hour."""
    entra = world.box.entra
    before = entra.app
    entra._kept["app"] = replace(before, secret="another")
    async with running(world.settings, world.clock) as app:
        yield app
    entra._kept["app"] = before


async def test_while_entra_refuses_the_app_nothing_is_held_against_anybody(world: World) -> None:
    """No card could tell them; what waits to be sent waits on."""
    id = await world.offer(wanted="2026-03-05")
    await world.sweep()
    world.clock.set(LATE)
    async with secret_has_ended(world) as app:
        door = app.services.stores.door
        await door.follow(Sweep(), Show(world.box.person("rita").id, id, alert=True))
        with capture_logs() as said:
            await app.work(wait=False)

    assert "overdue" not in await world.timeline(id)
    assert "deadlines wait" in {line["event"] for line in said}
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []
    [(waits,)] = await world.rows(
        "select count(*) from procrastinate_jobs where task_name = 'show' and status = 'todo'"
    )
    assert waits == 1

    world.clock.forward(timedelta(hours=1))
    await world.run("update beat set real_at = now() - interval '4 hours' where what = 'sweep'")
    await world.sweep()
    assert "outage" in await world.timeline(id), "the time in between is nobody's"


@pytest.mark.parametrize("days", [5, 40])
async def test_that_the_certificate_ends_is_said_days_before(
    world: World, tmp_path: Path, days: int
) -> None:
    private, public = pair(MONDAY - timedelta(days=300), MONDAY + timedelta(days=days))
    file = tmp_path / "baton.pem"
    file.write_bytes(private + public)
    services = replace(world.app.services, certificate=file)
    app = replace(world.app, services=services)
    await services.stores.door.follow(WatchCredential())

    with capture_logs() as said:
        await app.work(wait=False)

    soon = [line["days"] for line in said if line["event"] == "the certificate ends soon"]
    assert soon == ([5] if days == 5 else [])


async def test_a_mailbox_that_stays_closed_keeps_nothing_else_of_the_meeting_waiting(
    world: World,
) -> None:
    """Rita has left the group of mailboxes that Baton may use. Her event stays; Quinn's goes."""
    id = await world.offer(wanted="2026-03-05")
    world.box.set_mailbox("rita", Mailbox.DENIED)
    await world.press("rita", "send_back", reason="brief")
    first = "select attempts from procrastinate_jobs where task_name = 'decline_meeting'"
    assert await world.rows(first) == [(1,)], "a permission that lacks for a moment is waited for"
    await world.click("quinn", "end", titled="No lead after all")
    await world.work()
    assert await world.rows(first) == [(1,)]

    await world.run(
        "update procrastinate_jobs set attempts = 7, scheduled_at = null "
        "where task_name = 'decline_meeting'"
    )
    await world.work()

    assert await world.rows("select task_name from procrastinate_jobs where status = 'todo'") == []
    assert "not_let_in" in await world.timeline(id)
    assert world.box.requests.count("POST", "/cancel", status=202) == 1
    await world.say("quinn", "why 1")
    assert "Outlook does not let Baton into the calendar of Rita Osei" in world.reads("quinn")
