"""Each card and page says what is so at that moment, to whoever looks at it."""

from uuid import UUID

from aiohttp import ClientSession

from tests.journeys.test_prospect_moves import browser, page_of, press
from tests.world import World

__all__ = ["browser"]


async def test_who_said_no_is_not_invited_again_by_the_first_tap_and_everybody_reads_why(
    world: World, accepted: UUID, browser: ClientSession
) -> None:
    await world.install("milo")
    await press(browser, page_of(world), act="call_off", note="We bought *another* system.")
    await world.work()

    card = world.reads("quinn")
    assert "called off, and wrote:\n“We bought *another* system.”" in card
    assert card.index("We bought") < card.index("Please find another") < card.index("Choose")
    first, *_ = world.newest("quinn").actions()
    assert (first.title, first.verb) == ("Choose another time…", "open")
    assert "book" not in world.newest("quinn").verbs()
    search = (await world.case(accepted)).handoff.search
    assert search
    assert search.found
    assert search.found[0].start.date() > world.clock().date(), "not for the same day"
    assert "“We bought *another* system.”" in world.reads("rita")
    assert "Quinn Avery decides what becomes of it" in world.reads("rita")

    await world.press("quinn", "end", outcome="nurture")
    assert "“We bought *another* system.”" in world.reads("milo"), "who keeps in touch"
