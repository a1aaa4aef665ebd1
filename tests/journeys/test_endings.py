"""How it ended is said by one code, and everybody it concerns reads it."""

from datetime import UTC, datetime
from uuid import UUID

from store.invariants import broken
from tests.world import World


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


async def test_a_prospect_who_did_not_come_ends_as_no_success(world: World, accepted: UUID) -> None:
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="The prospect did not come")
    card = world.newest("rita")
    for missing in ("'opportunity'", "'lost:price'", "'no_show'"):
        assert missing not in str(card.card)
    won = {"handoff": str(accepted), "ending": "won"}
    answer = await world.box.teams.execute("rita", card, "no_further_step", won)
    assert "You have not spoken yet" in " ".join(answer.texts())

    await world.press("rita", "no_further_step", ending="not_reachable")

    assert await world.state(accepted) == "ended"
    assert "NOT REACHABLE" in world.reads("quinn")
    assert "Rita said: nobody gets through to the prospect." in world.reads("quinn")
    assert "DONE" not in world.reads("quinn")
    assert (await broken(world.app.services.stores.reads))[
        "no lead ended without a coded ending"
    ] == []
    told = "\n".join((await world.say("quinn", "why 1")).texts())
    assert "said that nothing more is to be done: Not reachable" in told


async def test_a_deal_is_lost_for_a_reason_that_the_qualifier_reads(
    world: World, accepted: UUID
) -> None:
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="It took place")
    await world.press("rita", "no_further_step", ending="opportunity")
    assert "OPPORTUNITY" in world.reads("quinn")
    assert "say whether it was won" in world.reads("rita")

    await world.press("rita", "no_further_step", titled="Say so", ending="lost:competitor")

    assert (await world.case(accepted)).handoff.ended_for == "competitor"
    assert "Rita said: nothing came of it (Another supplier)." in world.reads("quinn")
    assert "Nothing is asked of you any more." in world.reads("rita")


async def test_what_ended_before_there_were_codes_is_named_and_its_rep_can_say_how(
    world: World, accepted: UUID
) -> None:
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="It took place")
    await world.press("rita", "no_further_step", ending="opportunity")
    await world.run("update handoff set outcome = null")
    found = await broken(world.app.services.stores.reads)
    assert found["no lead ended without a coded ending"] == [1]

    await world.say("rita", "why 1")
    await world.press("rita", "show", titled="Say how it ended")
    await world.press("rita", "no_further_step", ending="won")

    assert (await world.case(accepted)).handoff.outcome == "won"
