"""Who is who, from a directory that lags behind itself and knows people by several names."""

from dataclasses import replace
from datetime import timedelta

import pytest

from graph.errors import UnsupportedError
from handoff.effects import ReadWeeks, SyncPeople
from handoff.model import Role
from jobs import people
from sandbox.company import Mailbox
from tests.doctor.examined import examined
from tests.hour import MONDAY
from tests.journeys.rotation import policy
from tests.world import World

TUESDAY = MONDAY + timedelta(days=1)


async def reps(world: World) -> set[str]:
    found = await world.app.services.stores.people.with_role(Role.REP)
    return {person.first_name for person in found.values()}


async def test_the_index_of_entra_lags_and_nobody_goes_by_one_reading(world: World) -> None:
    rita = world.box.person("rita").id
    world.box.directory.not_indexed.add(rita)

    assert await world.sync() == []
    assert "Rita" in await reps(world)

    world.box.directory.not_indexed.clear()
    await world.sync()
    assert "Rita" in await reps(world)


async def test_who_is_taken_out_of_a_group_goes_at_the_second_reading(world: World) -> None:
    rest = [world.box.person(who) for who in ("ravi", "rosa")]
    world.box.directory.set_group("Reps EMEA", rest)
    await world.sync()
    assert "Rita" in await reps(world)

    await world.sync()

    assert "Rita" not in await reps(world)
    assert {"Ravi", "Rosa"} <= await reps(world)


async def test_when_a_fifth_of_all_are_gone_nothing_changes_and_the_admin_is_told(
    world: World,
) -> None:
    everyone = await reps(world)
    gone = [world.box.person(who).id for who in ("ravi", "rosa", "noah", "lena")]
    world.box.directory.not_indexed.update(gone)
    await world.sync()

    for _ in range(3):
        problems = await world.sync()
        assert "people are no longer in the groups of the policy" in problems[0]
        assert "Ravi Patel" in problems[0]
        assert await reps(world) == everyone
    told, _ = await people.wrong(world.app.services)
    assert told[0] == problems[0]

    await policy(world, ("[people]", "[outlook]\npeople_lost = 1\n\n[people]"))
    await world.sync()
    await world.sync()
    assert await reps(world) == everyone - {"Ravi", "Rosa", "Noah", "Lena"}


async def test_who_is_blocked_goes_at_once(world: World) -> None:
    world.box.directory.change("rita", enabled=False)

    await world.sync()

    assert "Rita" not in await reps(world)


async def test_a_leader_is_found_by_sign_in_name_mail_and_alias(world: World) -> None:
    helen = world.box.directory.change(
        "helen", upn="hs1042@halden.example", former=("h.strand@halden.example",)
    )
    for name in (helen.upn, helen.mail, helen.former[0], helen.id):
        await policy(world, ('who = "helen.strand@halden.example"', f'who = "{name}"'))
        await world.sync()
        known = await world.app.services.stores.people.find(helen.id)
        assert known
        assert Role.LEADER in known.roles, name
        found = await world.app.services.stores.people.with_mail(name)
        assert found is None if name == helen.id else found == known


@pytest.mark.parametrize("renamed", [True, False], ids=["renamed", "under its old name"])
async def test_an_account_made_anew_is_another_person_and_the_dead_one_is_never_chosen(
    world: World, *, renamed: bool
) -> None:
    upn = "ada.old@halden.example" if renamed else world.box.person("ada").mail
    old = world.box.directory.change("ada", enabled=False, upn=upn)
    new = replace(old, id="7d9a4b1e-0a3f-4a7e-9d55-3f0c7c2d1b11", enabled=True)
    world.box.directory.add(replace(new, upn="ada.new@halden.example"))

    await world.sync()

    admins = await world.app.services.stores.people.with_role(Role.ADMIN)
    assert set(admins) == {new.id}


async def test_what_graph_refuses_as_such_is_told_as_our_fault(world: World) -> None:
    world.box.faults.graph_status(
        400, "Request_UnsupportedQuery", path="users", method="GET", times=None
    )

    with pytest.raises(UnsupportedError):
        await world.sync()

    check = (await examined(world))["everyone whom the policy names is there"]
    assert "no permission mends this" in check.then
    assert "400 Request_UnsupportedQuery" in check.found


async def test_one_mailbox_that_never_answers_stops_nobody_and_is_said_to_be_dark(
    world: World,
) -> None:
    rosa = world.box.person("rosa")
    world.box.outlook.set_automatic_replies("rita", start=MONDAY, end=MONDAY + timedelta(days=2))
    world.box.set_mailbox("rosa", Mailbox.SILENT)

    await world.app.services.stores.door.follow(SyncPeople())
    await world.work()

    assert (
        await world.rows("select 1 from procrastinate_jobs where task_name = 'sync_people'") == []
    )
    everyone = await world.app.services.stores.people.everyone()
    assert everyone[rosa.id].dark == "Outlook does not answer for this mailbox"
    assert everyone[world.box.person("rita").id].hours.away
    assert [p.name for p in everyone.values() if p.dark] == [rosa.name]


async def test_while_outlook_is_down_nobody_is_dark(world: World) -> None:
    world.box.faults.graph_down(path="mailboxSettings")

    await world.app.services.stores.door.follow(SyncPeople())
    await world.work()

    everyone = await world.app.services.stores.people.everyone()
    assert not any(person.dark for person in everyone.values())


async def test_one_mailbox_that_never_answers_stops_no_other_week(world: World) -> None:
    people = tuple(world.box.person(who).id for who in ("rita", "rosa"))
    for who in ("rita", "rosa"):
        world.box.outlook.create(who, "Forecast", TUESDAY, TUESDAY + timedelta(hours=1))
    world.box.set_mailbox("rosa", Mailbox.SILENT)
    await world.app.services.stores.door.follow(ReadWeeks(people, MONDAY.date()))

    await world.work()
    assert await world.rows("select person from week") == [], "a passing fault makes nobody dark"
    for _ in range(3):
        await world.run("update procrastinate_jobs set scheduled_at = now() where attempts > 0")
        await world.work()

    everyone = await world.app.services.stores.people.everyone()
    assert [p.name for p in everyone.values() if p.dark] == ["Rosa Klein"]
    assert len(await world.rows("select person from week")) == 2
    assert await world.rows("select 1 from procrastinate_jobs where task_name = 'read_weeks'") == []
