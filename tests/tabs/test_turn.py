"""What stands on Mine of one's turn over several leads, and of what one's part takes."""

from tests.journeys.rotation import book_next, policy, pool
from tests.tabs.opened import opens
from tests.world import World

RITA = "rita.osei@halden.example"


async def test_whoever_is_in_a_pool_reads_which_leads_passed_them_and_what_stood_in_the_way(
    world: World,
) -> None:
    assert "No lead went by turn" in (await opens(world, "rita", "/mine")).reads
    heavy = f'limits = {{ day = 1 }}\n\n[[reps]]\nwho = "{RITA}"\nweight = 900\n'
    await policy(world, pool(heavy))
    assert [await book_next(world, n) for n in range(2)] == ["rita", "rosa"]

    reads = (await opens(world, "rita", "/mine")).reads

    assert "Of the last 2 leads that went by turn in four weeks you had 1." in reads
    assert (
        "One that would have been yours passed you (no. 2): once your limit for a day was reached."
        in reads
    )
    assert "A lead that came now would pass you: no room (1 of 1 today" in reads
    other = (await opens(world, "rosa", "/mine")).reads
    assert "None passed you that would have been yours." in other
    assert 'id="turn"' not in (await opens(world, "quinn", "/mine")).html, "she is in no pool"


async def test_what_ones_part_takes_is_read_by_oneself_alone(world: World) -> None:
    assert 'id="effort"' not in (await opens(world, "rita", "/mine")).html
    await world.accepted("rita")

    assert (
        "you decided one thing in one handoff: 1 for each"
        in (await opens(world, "rita", "/mine")).reads
    )
    assert "in one handoff" in (await opens(world, "quinn", "/mine")).reads
    team = await opens(world, "mara", f"/team/person.{world.box.person('rita').id}")
    assert "decided one thing" not in team.reads
