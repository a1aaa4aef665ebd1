"""What stands on Mine of one's turn over several leads, and of what one's part takes."""

import re
from datetime import timedelta

from tests.journeys.rotation import book_next, policy, pool
from tests.tabs.opened import opens
from tests.world import BRIEF, World

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


async def test_how_long_forms_were_open_is_read_by_who_filled_them_in_and_nobody_else(
    world: World,
) -> None:
    """From the click that opened one until it was sent: not how long a card lay there, nor what was
    opened and left.
    """
    await world.say("quinn", "book")
    world.clock.forward(timedelta(seconds=20))
    await world.press("quinn", "who_and_when", None, contact=BRIEF["company"])
    world.clock.forward(timedelta(seconds=70))
    await world.press("quinn", "brief", None, target="pool:emea", **BRIEF)
    assert await spent(world, "quinn") == (
        "In one handoff you filled in forms, which were open for 90 seconds in all: from the click "
        "that opened each until you sent it."
    )

    id = await world.offer("rita", company="Fabrikam", contact_email="p@fabrikam.example")
    world.clock.forward(timedelta(minutes=50))
    await world.press("rita", "open", titled="Send back")
    world.clock.forward(timedelta(seconds=15))
    await world.press("rita", "back")
    await world.press("rita", "open", titled="Send back")
    world.clock.forward(timedelta(seconds=40))
    await world.press("rita", "send_back", reason="no_need")
    assert "open for 40 seconds in all" in await spent(world, "rita")
    [(kept,)] = await world.rows(
        "select open_for from entry where handoff = %s and what = 'sent_back'", id
    )
    assert kept == 40
    told = await opens(world, "mara", f"/handoff/{(await world.case(id)).handoff.number}")
    assert "40 seconds" not in told.reads
    assert await spent(world, "mara") == ""


async def test_a_form_that_was_left_open_for_longer_than_anybody_types_tells_nothing(
    world: World,
) -> None:
    await world.offer("rita")
    await world.press("rita", "open", titled="Send back")
    world.clock.forward(timedelta(minutes=61))
    await world.press("rita", "send_back", reason="no_need")
    assert "1 for each" in (await opens(world, "rita", "/mine")).reads
    assert await spent(world, "rita") == ""


async def spent(world: World, who: str) -> str:
    """What Mine says of forms; empty where it says nothing."""
    page = await opens(world, who, "/mine")
    found = re.search(r"In [^.]*you filled in forms[^.]*\.", page.reads)
    return found[0] if found else ""
