"""Whether what a rule tells people helps: counted, and said where the rules stand."""

from dataclasses import replace
from datetime import timedelta

from handoff.policy import Promise
from store.rings import Rang
from tests.tabs.opened import opens
from tests.world import POLICY, World

LEAST = "\n[figures]\nleast_people = 3\n"


async def test_each_half_is_about_enough_people_by_itself() -> None:
    one = Rang(reminded=3, then_done=1, asked=4, then_settled=2, of_reminded=1, of_asked=5)
    assert one.shown(5) == replace(one, reminded=0, then_done=0)
    assert one.shown(1) == one
    assert one.shown(6) is None


async def two_offers(world: World) -> None:
    """Rita answers once she is reminded, Ravi only after Mara was asked."""
    await world.offer("rita", wanted="2026-03-05")
    await world.offer(
        "ravi", wanted="2026-03-05", company="Northwind", contact_email="n@northwind.example"
    )
    await world.pass_(hours=3)
    await world.press("rita", "accept")
    await world.pass_(hours=2)
    await world.press("ravi", "accept")
    await world.work()


async def test_each_rule_says_how_often_it_rang_and_how_often_that_helped(world: World) -> None:
    text = POLICY.read_text() + LEAST
    stores = world.app.services.stores
    async with stores.door.open() as tx:
        await stores.policies.publish(tx, text, world.clock())
    await two_offers(world)
    assert Promise.ANSWER not in await stores.rings.lately(world.clock()), "it is left a day"
    world.clock.forward(timedelta(days=1, minutes=1))

    told = (await stores.rings.lately(world.clock()))[Promise.ANSWER]

    assert told == Rang(reminded=2, then_done=1, asked=1, then_settled=1, of_reminded=2, of_asked=1)
    assert "somebody was reminded" not in (await opens(world, "rita", "/rules")).reads


MANAGERS = {"rita": "mara", "ravi": "dana", "rosa": "helen"}


async def test_what_is_about_enough_people_is_said_of_the_rule(world: World) -> None:
    """Rita answers one of hers once she is reminded; the others are answered when a manager was
    asked, each one's own.
    """
    stores = world.app.services.stores
    async with stores.door.open() as tx:
        await stores.policies.publish(tx, POLICY.read_text() + LEAST, world.clock())
    for rep, manager in MANAGERS.items():
        ids = (world.box.person(manager).id, world.box.person(rep).id)
        await world.run("update person set managers = array[%s] where id = %s", *ids)
    for n, rep in enumerate((*MANAGERS, "rita")):
        more = {"company": f"Company {n}", "contact_email": f"p{n}@prospect.example"}
        await world.offer(rep, wanted="2026-03-05", **more)
    await world.pass_(hours=3)
    await world.press("rita", "accept")
    await world.pass_(hours=2)
    for rep in MANAGERS:
        await world.press(rep, "accept", await world.found(rep, "accept"))
    await world.work()
    world.clock.forward(timedelta(days=1, minutes=1))

    page = (await opens(world, "rita", "/rules")).reads

    assert (
        "In the 30 days until yesterday: somebody was reminded 4 times, and did it then in 1 of 4; "
        "a manager was asked 3 times, and it was done then, or given to somebody else, in 3 of 3."
        in page
    )
    idle = page[page.index("Rules that did nothing lately") :]
    assert "answers an offered meeting" not in idle[: idle.index("Who gets a lead")]
    assert "Marketing looks again at a lead" in idle


async def test_a_rule_after_which_nothing_was_done_is_named_to_be_looked_at(world: World) -> None:
    text = POLICY.read_text() + LEAST
    stores = world.app.services.stores
    async with stores.door.open() as tx:
        await stores.policies.publish(tx, text, world.clock())
    for rep in ("rita", "ravi", "rosa"):
        mail = f"{rep}@prospect.example"
        await world.offer(rep, wanted="2026-03-05", company=rep, contact_email=mail)
    await world.pass_(hours=3)
    await world.pass_(hours=2)
    await world.run(
        "update entry set at = at - interval '2 days' where what in ('reminded', 'escalated')"
    )

    page = (await opens(world, "quinn", "/rules")).reads

    idle = page[page.index("Rules that did nothing lately") :]
    assert "these told people something and nothing was done then" in idle
    assert "A rep answers an offered meeting" in idle[: idle.index("nobody had to be told")]


async def test_of_too_few_people_it_is_not_said(world: World) -> None:
    await two_offers(world)
    world.clock.forward(timedelta(days=1, minutes=1))

    page = (await opens(world, "rita", "/rules")).reads

    assert "somebody was reminded" not in page
    assert "Rules that did nothing lately" in page
    idle = page[page.index("Rules that did nothing lately") : page.index("Who gets a lead")]
    assert "answers an offered meeting" not in idle, "nor that it did nothing"


async def test_a_change_of_the_rules_says_what_was_kept_before_and_since(world: World) -> None:
    stores = world.app.services.stores
    for hours, promise in ((4, "kept"), (3, "overdue")):
        text = POLICY.read_text().replace("answer = { hours = 4,", f"answer = {{ hours = {hours},")
        async with stores.door.open() as tx:
            await stores.policies.publish(tx, text + LEAST, world.clock())
        world.clock.forward(timedelta(days=2))
        for who in ("rita", "ravi", "dana", "rosa"):
            await world.run(ANSWERED, promise, *[world.clock()] * 2, world.box.person(who).id)
        await world.run("insert into dirty_day values (%s)", world.clock().date())
        world.clock.forward(timedelta(days=2))

    page = (await opens(world, "rita", "/rules")).reads

    did = page[page.index("What that change did") :]
    row = did[did.index("Answer the meeting") : did.index("The day of the change")]
    assert " ".join(row.split()) == "Answer the meeting 4 of 4 0 of 4"


ANSWERED = """
insert into fact (sign, n, what, code, reason, at, known_at, who, team, pool, region, segment,
    stage, campaign, policy)
values (1, 0, %s, 'answer', '', %s, %s, %s, 'x', 'emea', 'EMEA', '', '', '', 1)
"""
