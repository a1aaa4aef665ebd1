"""A year of a company of forty: from Monday's card to one promise, and what each may see of it."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import FrameLocator, Locator

from tests.beginnings import Beginning
from tests.browser.desk import NO_BROWSER, Seat, browser
from tests.browser.tab import desk_of, goes_to, opens_tab
from tests.journeys.test_weekly_report import MONDAY, minute
from tests.tabs.opened import opens
from tests.world import World
from tools.draw_pages import PAGES, SHOW, TEAMS, addressed
from tools.seed import Plan, seed

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trial"), NO_BROWSER]
LEADS = 150  # of the year
WIDTHS = (320, 360, 600, 900)  # of phones, of a frame beside a chat, of a small window
BESIDE = """() => {
    const at = document.documentElement.clientWidth;
    const beyond = [...document.querySelectorAll("#page *")].filter((one) => {
        const { right, width } = one.getBoundingClientRect();
        return width && right > at + 1 && !one.closest("thead");
    });
    const wide = [...document.querySelectorAll("section")].filter(
        (one) => one.scrollWidth > one.clientWidth + 1);
    return [...beyond, ...wide].map((one) => `${one.tagName} ${one.textContent.slice(0, 40)}`);
}"""


async def a_year(world: World, database: str) -> None:
    """Of forty people in teams of six and more, and one of three; and what Rita let pass lately."""
    await seed(database, Plan(handoffs=LEADS, until=world.clock(), years=1, pools=6, teams=TEAMS))
    await world.install("helen", "milo")
    await world.offer("rita")
    await world.press("rita", "accept")
    await world.offer("rita", company="Fabrikam", contact_email="a@fabrikam.example")
    await world.pass_(days=2)
    for hour in (9, 14):  # London begins to work, and New York
        await minute(world, MONDAY + timedelta(hours=hour))


async def from_the_card(seat: Seat) -> FrameLocator:
    """The tab, at the week that the card is about."""
    await seat.reads("WEEKLY REPORT")
    await seat.teams.get_by_role("link", name="Open the week").last.click()
    tab = seat.teams.frame_locator("iframe")
    await tab.get_by_role("heading", level=1, name="The week of 2 to 8 March 2026").wait_for()
    return tab


async def name_of(row: Locator) -> str:
    return (await row.locator("th").inner_text()).strip()


async def nothing_is_beside_the_screen(world: World) -> None:
    """Every page, in every width in which somebody may have it."""
    ids = await addressed(world)
    async with browser() as page:
        await page.route("**/*.js", lambda route: route.abort())
        await page.goto(f"{world.url}/tab")
        for name, (who, path) in PAGES.items():
            part = await opens(world, who, path.format_map(ids))
            await page.evaluate(SHOW, part.html)
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 400})
                assert await page.evaluate(BESIDE) == [], f"{name}, {width} px"


async def test_from_mondays_card_to_one_missed_promise_in_four_clicks(database: str) -> None:
    begins, people = Beginning.INSTALLED, "helen,rita,milo"
    async with desk_of(database, begins, people=people) as (world, page, (helen, rita, milo)):
        await a_year(world, database)
        await page.reload()
        week = await from_the_card(helen)
        assert await name_of(week.locator("#yours tbody tr").first) == "You", "her own line first"
        await goes_to(week, "Team", "All your teams")
        assert await name_of(week.locator("#leaders tbody tr").first) == "You"
        await goes_to(week, "EMEA", "EMEA")
        await goes_to(week, "Mara Lind’s team", "Mara Lind’s team")
        row = week.locator("#kept tbody tr").filter(has_text="Rita Osei")
        missed = row.get_by_role("link", name=re.compile("Missed, Rita Osei"))
        count = await missed.inner_text()
        await missed.click()
        await week.get_by_role("heading", level=1, name="Missed").wait_for()
        lines = week.locator("tbody tr")
        assert await lines.count() == int(count) > 0
        await lines.first.get_by_role("link").click()
        await week.get_by_role("heading", level=2, name="What happened").wait_for()
        assert await week.get_by_text("Rita Osei").count()

        mine = await opens_tab(rita)
        four = mine.locator("#kept tbody tr").filter(has_text="The last four weeks")
        own = await four.locator("td[data-head='Missed']").inner_text()
        assert own == count, "she reads what whoever leads her manager has read"

        campaigns = await opens_tab(milo)
        await goes_to(campaigns, "Campaigns", "Campaigns")
        text = await campaigns.locator("main").inner_text()
        known = await world.app.services.stores.campaigns.all()
        his = world.box.person("milo").id
        owned = sorted(one.name for one in known if one.owner == his)
        shown = await campaigns.locator("tbody th").locator("visible=true").all_inner_texts()
        assert sorted(name.strip() for name in shown) == owned != [], "nobody else's campaign"
        everyone = await world.rows("select name from person")
        assert not [name for (name,) in everyone if name in text], "and nobody's name"
        await goes_to(campaigns, "Weeks", "The week of 2 to 8 March 2026")
        rows = campaigns.locator("#yours tbody th").locator("visible=true")
        told = [name.strip() for name in await rows.all_inner_texts()]
        assert told[:1] == ["You"]
        assert sorted(told[1:]) == owned, "each of them once"

        await nothing_is_beside_the_screen(world)
