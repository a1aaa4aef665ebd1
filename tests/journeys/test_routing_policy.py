"""What the policy says of who gets a lead, at work: pools, rules, owners, pairs, refusals."""

import pytest

from commands import policy_file, replaying
from policy import reading
from tests.journeys.rotation import book_next, last_rep, policy, pool
from tests.world import POLICY, World


async def test_a_lead_that_a_full_pool_cannot_take_goes_to_the_next_and_the_qualifier_reads_it(
    world: World,
) -> None:
    await policy(
        world, pool('at_most = { day = 3 }\noverflow = { how = "next", pool = "americas" }')
    )
    for n in range(3):
        await book_next(world, n)

    await world.brief("pool:emea", contact_email="late@late.example", wanted="2026-03-04")

    assert "Nobody in the first pool can, so it goes to Americas." in world.reads("quinn")
    await world.press("quinn", "book")
    assert await world.rows("select pool from routing_given order by id desc limit 1") == [
        ("americas",)
    ]
    await world.say("rita", "fairness 4")
    assert "**You**: no room (3 of 3 of the whole pool in 24 hours" in world.reads("rita")
    assert await replaying.replay(world.app.services, None, None) == 0
    assert "It went to Americas." in world.reads("rita")
    assert "could too" not in world.reads("rita"), (
        "the figures of another pool are not hers to read"
    )


async def test_a_lead_that_a_full_pool_holds_says_so_and_not_that_each_rep_is_full(
    world: World,
) -> None:
    await policy(world, pool("at_most = { day = 1 }"))
    await book_next(world, 0)

    await world.brief("pool:emea", contact_email="late@late.example", wanted="2026-03-04")

    assert "The pool has got as many leads as it may" in world.reads("quinn")
    await world.say("rita", "fairness 2")
    assert "Nobody in EMEA could take it" in world.reads("rita")
    assert "**You**: no room (1 of 1 of the whole pool in 24 hours" in world.reads("rita")


async def test_one_counter_may_serve_several_pools(world: World) -> None:
    await policy(
        world,
        pool('counter = "all"'),
        ('reps = ["group:Reps Americas"]\n', 'reps = ["group:Reps EMEA"]\ncounter = "all"\n'),
    )
    await world.sync()

    chosen = [
        await book_next(world, n, "pool:emea" if n % 2 else "pool:americas") for n in range(6)
    ]

    assert sorted(chosen) == sorted(["rita", "ravi", "rosa"] * 2), "turns go round over both"
    assert await world.rows("select distinct counter from routing_book") == [("all",)]


async def test_by_the_rules_the_company_s_own_rep_comes_first_and_else_the_qualifier_s(
    world: World,
) -> None:
    quinn, ravi = world.box.person("quinn").mail, world.box.person("ravi").mail
    pair = f'[[pairs]]\nqualifier = "{quinn}"\nrep = "{ravi}"\n\n'
    await policy(
        world, ('\n[[rules]]\nname = "Americas"\n', f'\n{pair}[[rules]]\nname = "Americas"\n')
    )
    await world.accepted("rosa", contact_email="a@owned.example")

    await world.brief("next:", contact_email="b@owned.example")
    await world.press("quinn", "book")
    assert await last_rep(world) == "rosa"
    await world.brief("next:", contact_email="c@other.example")
    await world.press("quinn", "book")
    assert await last_rep(world) == "ravi"

    hows = await world.rows("select how from routing_given order by id")
    assert hows == [("named",), ("owner",), ("pair",)]
    await world.say("mara", "fairness")
    assert "are a pair: 1 of 3 leads stayed with it, 2 did not." in world.reads("mara")


async def test_a_policy_with_somebody_who_left_or_a_limit_already_passed_is_refused(
    world: World,
) -> None:
    for n in range(6):
        await book_next(world, n)
    rita, ravi = world.box.person("rita").mail, world.box.person("ravi").mail
    more = (
        f'[[reps]]\nwho = "{rita}"\nlimits = {{ week = 1 }}\n\n'
        '[[reps]]\nwho = "no@halden.example"\n\n'
    )
    alone = f'reps = ["group:Reps Americas", "{ravi}"]\noverflow = {{ owner = "{ravi}" }}\n'
    text = POLICY.read_text().replace("[routing]", f"{more}[routing]", 1)
    draft = reading.read(text.replace('reps = ["group:Reps Americas"]\n', alone, 1))

    async def wrong() -> list[tuple[tuple[str | int, ...], str]]:
        found = await policy_file.wrong_with(world.app.services, draft)
        return [(flaw.at, flaw.words) for flaw in found if flaw.refused]

    assert await wrong() == [
        (("reps", 1, "who"), "no@halden.example is known to nobody in Entra"),
        (("reps", 0, "limits", "week"), "1 is below what has been given already: 2"),
    ]
    for gone in ("rita", "ravi"):
        world.box.directory.change(gone, enabled=False)
    assert (("reps", 0, "who"), f"{rita} has left") in await wrong()
    assert (("pools", 1, "reps"), f"{ravi} has left") in await wrong(), "also in a pool alone"


async def test_a_policy_is_checked_with_who_is_in_its_pools_today(
    world: World,
) -> None:
    """Weights add up to nothing for those in the group alone; nobody could be next there."""
    rosa = world.box.person("rosa").mail
    text = POLICY.read_text().replace("[routing]", f'[[reps]]\nwho = "{rosa}"\n\n[routing]', 1)
    nothing = text.replace(*pool("weight = 0"), 1)

    found = await policy_file.wrong_with(world.app.services, reading.read(nothing))
    assert [flaw.words for flaw in found if flaw.refused] == [
        "the weights in 'emea' add up to nothing"
    ]
    world.box.directory.change("rosa", enabled=False)
    found = await policy_file.wrong_with(world.app.services, reading.read(text))
    assert f"{rosa} is in no pool" in [flaw.words for flaw in found if not flaw.refused]


async def test_a_bad_policy_leaves_the_one_in_force_in_force(world: World) -> None:
    policies = world.app.services.stores.policies
    before = await policies.current()

    for bad in ("load_per_lead = -1", 'load_per_lead = "ten"', "load_per_lead = 10\nload_per"):
        with pytest.raises(reading.BadPolicyError):
            async with world.app.services.stores.door.open() as tx:
                await policies.publish(
                    tx, POLICY.read_text().replace("load_per_lead = 10", bad), world.clock()
                )

    assert (await policies.current()).version == before.version
    assert await policies.current() == before
