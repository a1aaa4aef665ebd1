"""What stands on the desk is the same however fast it is drawn."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.beginnings import Beginning
from tests.browser.desk import NO_BROWSER
from tests.browser.tab import desk_of
from tests.world import INES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trial"), NO_BROWSER]


async def test_letters_that_come_outside_between_two_looks_all_stand_open(database: str) -> None:
    """The invitation too, which is answered there, though the introduction is newer."""
    async with desk_of(database, Beginning.INSTALLED) as (world, page, (quinn, _, _mara)):
        await quinn.reads("No lead gets lost between two people")
        drawn = asyncio.Event()

        async def later(route: Route) -> None:
            await drawn.wait()
            await route.continue_()

        await page.route("**/api/state*", later)
        await world.offer("rita")
        await world.press("rita", "accept")
        drawn.set()
        letters = page.locator("#outside details.letter")
        await expect(letters).to_have_count(len(world.box.post.letters(INES)))
        assert await letters.count() > 1
        await expect(page.locator("#outside details.letter:not([open])")).to_have_count(0)
        answer = page.locator("#outside").get_by_role("button", name="Accept", exact=True).first
        await answer.click()
        await expect(answer).to_have_attribute("aria-pressed", "true")


async def test_a_switch_stays_as_it_was_pressed_though_what_was_before_is_drawn_after(
    database: str,
) -> None:
    async with desk_of(database, Beginning.INSTALLED) as (_world, page, (quinn, _, _mara)):
        await quinn.reads("No lead gets lost between two people")
        asked: asyncio.Queue[asyncio.Event] = asyncio.Queue()

        async def slowly(route: Route) -> None:
            found, go_on = await route.fetch(), asyncio.Event()
            asked.put_nowait(go_on)
            await go_on.wait()
            await route.fulfill(response=found)

        await page.route("**/api/state*", slowly)
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        before = await asked.get()
        switch = quinn.column.get_by_role("switch", name="Out of office")
        await switch.check()
        before.set()
        after = await asked.get()  # what was before is drawn
        assert await switch.is_checked()
        after.set()
        await page.unroute("**/api/state*")
        await expect(switch).to_be_checked()
