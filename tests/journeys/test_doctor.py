"""The doctor proves every part by using it, and goes red when one is broken on purpose."""

from collections.abc import Awaitable, Callable

import pytest

from doctor import Check, examine
from sandbox.company import Mailbox
from tests.world import World

Break = Callable[[World], Awaitable[None]]


async def checks(world: World) -> list[Check]:
    return [
        check
        async for check in examine(
            world.settings, world.app.services, world.app.connections, world.clock()
        )
    ]


async def ill(world: World) -> list[str]:
    return [check.what for check in await checks(world) if not check.well]


async def test_all_is_well_after_a_day_of_work(world: World) -> None:
    await world.offer()
    await world.pass_(hours=3)
    await world.press("rita", "accept")
    await world.sweep()

    assert await ill(world) == []
    assert len(await checks(world)) > 15


async def sql(world: World, statement: str) -> None:
    await world.run("set session_replication_role = replica; " + statement)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("update handoff set owner = 'nobody'", "every open lead has an owner"),
        ("update commitment set rings_at = null", "every open lead has a future commitment"),
        (
            "update handoff set state = 'ended', outcome = 'closed'",
            "no commitment is open after its handoff ended",
        ),
        (
            (
                "alter table reservation drop constraint nobody_is_booked_twice; "
                "insert into reservation select * from reservation"
            ),
            "no rep has two meetings at once",
        ),
        ("delete from reservation", "every meeting that is booked is held in the rep's day"),
        (
            "update commitment set rings_at = rings_at - interval '1 day'",
            "every deadline has rung",
        ),
        ("delete from beat", "the clock is looked at every minute"),
        (
            "update person set dark = 'no licence' where name = 'Rita Osei'",
            "every calendar can be read",
        ),
        ("update person set unreachable = 'x' where name = 'Rita Osei'", "Teams reaches everyone"),
        ("update policy set text = text || ' '", "the policy file is the one in force"),
        (
            "delete from migration where name like 'store/%'",
            "the database is as this version needs it",
        ),
        (
            (
                "insert into procrastinate_jobs (queue_name, task_name, status) "
                "values ('default', 'show', 'failed')"
            ),
            "no job has failed for good",
        ),
        (
            (
                "insert into procrastinate_jobs (queue_name, task_name, scheduled_at) "
                "values ('default', 'show', now() - interval '1 hour')"
            ),
            "jobs are begun in time (1 waiting)",
        ),
    ],
)
async def test_what_is_broken_by_hand_is_named(world: World, statement: str, what: str) -> None:
    await world.offer()
    await world.sweep()
    constraint = "nobody_is_booked_twice" in statement
    applied = await world.rows("select name from migration where name like 'store/%'")

    await sql(world, statement)

    try:
        assert what in await ill(world)
    finally:
        if constraint:
            await world.run(
                "delete from reservation; alter table reservation add constraint "
                "nobody_is_booked_twice exclude using gist "
                "(int8range(rep, rep, '[]') with &&, during with &&)"
            )
        if "migration" in statement:
            for (name,) in applied:
                await world.run("insert into migration (name) values (%s)", name)


async def test_a_refused_sign_in_and_a_missing_permission_are_named(world: World) -> None:
    await world.sweep()
    world.box.set_mailbox("rosa", Mailbox.DENIED)
    await world.sync()
    world.box.faults.graph_status(403, "Authorization_RequestDenied", times=None)

    found = await checks(world)

    assert "Graph reads people" in [c.what for c in found if not c.well]
    dark = next(c for c in found if c.what == "every calendar can be read")
    assert "Rosa Klein" in dark.then
