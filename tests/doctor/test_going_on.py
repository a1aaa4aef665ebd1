"""Trouble that an admin ends: it is named, nothing is lost, and the work goes on."""

import io
from contextlib import redirect_stderr
from dataclasses import replace

import pytest

from commands.retrying import retry
from doctor import database, everyone, working
from telemetry import configure_logging
from tests.doctor import faults
from tests.doctor.examined import examined, looked
from tests.doctor.faults import INSIDE
from tests.world import World


async def test_a_permission_revoked_in_mid_flight_is_named_and_the_work_goes_on(
    world: World,
) -> None:
    """Rita clicks Accept while Baton may not write to calendars any more."""
    faults.grant(world)
    id = await world.offer()
    faults.grant(world, lacking=("Calendars.ReadWrite",))
    told = io.StringIO()
    try:
        with redirect_stderr(told):
            configure_logging("json")
            await world.press("rita", "accept")
            await world.sweep()
    finally:
        configure_logging("json")

    assert '"job": "accept_meeting", "see": "doctor"' in told.getvalue()
    assert "a permission is lacking" in told.getvalue()
    named = (await examined(world))[f"Calendars.ReadWrite works on {INSIDE}"]
    assert "assign the role Application Calendars.ReadWrite in Exchange" in named.then
    assert await world.state(id) == "accepting"
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []

    faults.grant(world)
    await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await world.work()

    assert (await examined(world))[f"Calendars.ReadWrite works on {INSIDE}"].well
    assert await world.state(id) == "accepted"
    assert (await world.timeline(id)).count("clicked_accept") == 1
    assert world.box.requests.count("POST", "/accept", status=202) == 1


async def test_work_that_is_refused_for_long_is_named(world: World) -> None:
    faults.grant(world)
    await world.offer()
    faults.grant(world, lacking=("Calendars.ReadWrite",))
    await world.press("rita", "accept")
    await world.run("update procrastinate_events set at = at - interval '1 hour'")

    check = (await looked(world, working.checks))["no job is refused again and again"]

    assert "accept_meeting, for 60 minutes" in check.found
    assert "nothing is lost, they go on by themselves" in check.then


async def test_what_failed_for_good_is_done_again_or_given_up(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.offer_times()
    world.box.faults.teams_status(400, "Bad Argument", times=1, person="rosa")
    await world.press("quinn", "book")
    assert not (await looked(world, working.checks))["no job has failed for good"].well

    await retry(world.app.services, forget=False)
    assert capsys.readouterr().out == "jobs that are due again: 1\n"
    await world.work()

    assert "NEW MEETING FOR YOU" in world.reads("rosa")
    assert (await looked(world, working.checks))["no job has failed for good"].well
    await world.run(
        "insert into procrastinate_jobs (queue_name, task_name, status) "
        "values ('default', 'show', 'failed')"
    )
    await retry(world.app.services, forget=True)
    assert capsys.readouterr().out == "jobs given up: 1\n"
    assert (await looked(world, working.checks))["no job has failed for good"].well


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (
            "update handoff set owner = 'nobody'",
            "whoever has an open lead, or owes something in it, is present and enabled",
        ),
        ("update commitment set rings_at = null", "every open lead has a future commitment"),
        (
            "update handoff set state = 'ended', outcome = 'closed'",
            "no commitment is open after its handoff ended",
        ),
        ("update handoff set state = 'ended'", "no lead ended without a coded ending"),
        (
            "update handoff set state = 'ended', outcome = 'won'",
            "no lead ended without a coded ending",
        ),
        ("delete from reservation", "every meeting that is booked is held in the rep's day"),
        (
            "update commitment set rings_at = rings_at - interval '1 day'",
            "every deadline has rung",
        ),
    ],
)
@pytest.mark.usefixtures("offered")
async def test_what_must_always_hold_and_does_not_is_named(
    world: World, statement: str, what: str
) -> None:
    await world.sweep()

    await world.run("set local session_replication_role = replica; " + statement)

    check = {**await looked(world, database.checks), **await looked(world, working.checks)}[what]
    assert not check.well
    assert check.found.startswith(("handoff 1", "1 handoffs wait"))


@pytest.mark.usefixtures("offered")
async def test_two_meetings_of_one_rep_at_once_are_named(world: World) -> None:
    await world.run(
        "alter table reservation drop constraint nobody_is_booked_twice; "
        "insert into reservation select * from reservation"
    )
    try:
        check = (await looked(world, database.checks))["no rep has two meetings at once"]
    finally:
        await world.run(
            "delete from reservation; alter table reservation add constraint "
            "nobody_is_booked_twice exclude using gist "
            "(int8range(rep, rep, '[]') with &&, during with &&)"
        )

    assert check.found.startswith("handoff 1")


async def test_a_thousand_of_ten_thousand_people_are_asked_and_all_of_them_in_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom trouble is known of is asked every day."""
    monkeypatch.setattr(everyone, "MOST", 4)
    people = await world.app.services.stores.people.everyone()
    first = min(people)
    people |= {first: replace(people[first], dark="no mailbox")}
    days = [everyone.asked_today(people, day) for day in range(len(people))]

    assert {len(asked) for asked in days} == {4}
    assert all(first in asked for asked in days)
    assert frozenset().union(*days[: len(people) // 3 + 1]) == people.keys()

    world.box.requests.clear()
    heard: list[tuple[int, int]] = []
    checks = await looked(world, everyone.checks, far=lambda *far: heard.append(far))

    assert heard[-4:] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    log = world.box.requests.graph_requests(inner=True)
    asked = sum(one.path.endswith("/mailboxSettings") for one in log)
    assert 0 < asked <= 4
    assert f"4 of {len(people)} now, others tomorrow" in [check.found for check in checks.values()]
