"""The doctor proves every part by using it, and goes red when one is broken on purpose."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from doctor import Check, examine
from graph.errors import BusyError
from graph.permissions import needed
from sandbox.company import Mailbox
from settings import Settings
from tests.world import World

Break = Callable[[World], Awaitable[None]]


async def checks(world: World, settings: Settings | None = None) -> list[Check]:
    return [
        check
        async for check in examine(
            settings or world.settings, world.app.services, world.app.connections, world.clock()
        )
    ]


async def ill(world: World) -> list[str]:
    return [check.what for check in await checks(world) if not check.well]


async def test_all_is_well_after_a_day_of_work(world: World) -> None:
    world.box.entra.grant_exactly(*needed())
    await fresh_token(world)
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
            "delete from migration where name = 'store/0001_handoffs.sql'",
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
                await world.run(
                    "insert into migration (name) values (%s) on conflict do nothing", name
                )


async def test_a_refused_sign_in_and_a_missing_permission_are_named(world: World) -> None:
    await world.sweep()
    world.box.set_mailbox("rosa", Mailbox.DENIED)
    await world.sync()
    world.box.faults.graph_status(403, "Authorization_RequestDenied", times=None)

    found = await checks(world)

    assert "Graph reads people" in [c.what for c in found if not c.well]
    dark = next(c for c in found if c.what == "every calendar can be read")
    assert "Rosa Klein" in dark.then


async def by_name(world: World, **changes: str) -> dict[str, Check]:
    settings = replace(world.settings, **changes)  # type: ignore[arg-type]
    return {check.what: check for check in await checks(world, settings)}


INSIDE, OUTSIDE = "rita.osei@halden.example", "ada.novak@halden.example"
IN_EXCHANGE = ("Calendars.ReadWrite", "MailboxSettings.Read")
IN_ENTRA = ("User.Read.All", "GroupMember.Read.All")


async def fresh_token(world: World) -> None:
    """As an hour later: a token carries the permissions of the moment it was issued."""
    await world.app.services.graph_token()
    world.box.faults.graph_status(401, "InvalidAuthenticationToken", times=1)
    with pytest.raises(BusyError):
        await world.app.services.directory.accounts([INSIDE])


async def test_what_exchange_gives_for_some_mailboxes_is_tried_and_is_well(world: World) -> None:
    world.box.entra.grant_exactly(*IN_ENTRA)
    team = [p.id for p in world.box.directory if p.upn != OUTSIDE]
    for role in IN_EXCHANGE:
        world.box.scope(role, *team)
    await fresh_token(world)

    found = await by_name(world, test_mailbox=INSIDE, outside_mailbox=OUTSIDE)

    for what in (
        *(f"{p} works on {INSIDE}" for p in (*IN_ENTRA, *IN_EXCHANGE)),
        f"{OUTSIDE} stays closed to Baton",
        "no permission is broader than needed",
    ):
        assert found[what].well, found[what]
    await world.offer(wanted="2026-03-05")
    await world.press("rita", "accept")
    assert "ACCEPTED" in world.reads("rita"), "and the work can be done with it"


async def test_a_consent_in_entra_that_undoes_the_scope_is_named(world: World) -> None:
    world.box.entra.grant_exactly(*IN_ENTRA, "Calendars.ReadWrite")
    for role in IN_EXCHANGE:
        world.box.scope(role, "rita", "quinn")
    await fresh_token(world)

    found = await by_name(world, test_mailbox=INSIDE, outside_mailbox=OUTSIDE)

    outside = found[f"{OUTSIDE} stays closed to Baton"]
    assert not outside.well
    assert "Entra consents to Calendars.ReadWrite for every mailbox" in outside.then


async def test_a_scope_that_is_too_wide_is_named(world: World) -> None:
    world.box.entra.grant_exactly(*IN_ENTRA)
    for role in IN_EXCHANGE:
        world.box.scope(role, "rita", "ada")
    await fresh_token(world)

    found = await by_name(world, test_mailbox=INSIDE, outside_mailbox=OUTSIDE)

    assert "narrow the scope" in found[f"{OUTSIDE} stays closed to Baton"].then


async def test_what_is_missing_and_what_is_too_much_is_named(world: World) -> None:
    world.box.entra.grant_exactly("User.Read.All", "Calendars.ReadWrite", "Directory.ReadWrite.All")
    await fresh_token(world)

    found = await by_name(world)

    wider = found["no permission is broader than needed"]
    assert "Directory.ReadWrite.All" in wider.then
    mailboxes = found["Entra grants what mailboxes need"]
    assert not mailboxes.well
    assert "MailboxSettings.Read" in mailboxes.then
    assert "TEST_MAILBOX" in mailboxes.then
    tried = await by_name(world, test_mailbox=INSIDE)
    assert not tried[f"MailboxSettings.Read works on {INSIDE}"].well
    assert tried[f"Calendars.ReadWrite works on {INSIDE}"].well


async def test_who_is_not_watched_and_whom_the_policy_names_in_vain_is_told(world: World) -> None:
    await world.offer()
    await world.run("update subscription set trouble = 'there is no mailbox that Outlook can read'")
    world.box.directory.change("ravi", enabled=False)

    found = await by_name(world)

    assert "Rita Osei" in found["every mailbox in use is watched"].then
    assert "the account is disabled" in found["everyone whom the policy names is there"].then
