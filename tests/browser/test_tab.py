"""The tab, as people at the desk meet it in their Teams: with a token that Entra has signed."""

import re
from typing import Any

import pytest
from playwright.async_api import Frame, Page, expect

from handoff.effects import ReportWeek
from tests.beginnings import Beginning
from tests.browser.axe import in_the_way
from tests.browser.desk import MOST_TABS, NO_BROWSER, browser
from tests.browser.tab import APP, desk_of, framed_by_teams, goes_to, opens_tab
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trial"), NO_BROWSER]
LOOKS = {"dark": "dark", "contrast": "contrast", "light": "default"}  # of the desk, and the tab's


def frame_of(page: Page) -> Frame:
    [frame] = [one for one in page.frames if "/tab" in one.url]
    return frame


async def test_rita_sees_what_she_owes_and_how_it_came_in_the_looks_of_her_teams(
    database: str,
) -> None:
    async with desk_of(database) as (_, page, (quinn, rita, mara)):
        wrong: list[str] = []
        page.on("console", lambda one: wrong.append(one.text) if one.type == "error" else None)
        tab = await opens_tab(rita)
        assert await tab.locator("h1").inner_text() == "Mine"
        assert await tab.get_by_text("Answer the meeting, by").count() == 1

        await goes_to(tab, "Contoso Logistics, Ines Prado", "Contoso Logistics, Ines Prado")
        await tab.get_by_text("chose a time").first.wait_for()
        await goes_to(tab, "Fairness", "Fairness in")
        await goes_to(tab, "Rules", "Rules")
        assert frame_of(page).url.endswith("/tab/rules")
        await expect(tab.locator("nav [aria-current]")).to_have_text("Rules")
        await expect(tab.get_by_role("status")).to_contain_text("Rules")
        await frame_of(page).evaluate("history.back()")
        await tab.get_by_role("heading", level=1, name="Fairness in").wait_for()

        for looks, theme in LOOKS.items():
            await page.get_by_label("Looks").select_option(looks)
            await tab.locator(f'html[data-theme="{theme}"]').wait_for()
            assert await in_the_way(frame_of(page)) == [], theme
        assert await in_the_way(page, frame_of(page)) == [], "nor in the desk and its tab together"
        assert wrong == [], wrong
        assert await page.context.cookies() == []

        await rita.teams.get_by_role("button", name="Chat", exact=True).click()
        await rita.reads("NEW MEETING FOR YOU")
        assert await rita.teams.locator("iframe").count() == 0
        for seat, line in ((quinn, "What I handed over"), (mara, "Nothing is waiting for you.")):
            other = await opens_tab(seat)
            await other.get_by_text(line).wait_for()
            await seat.teams.get_by_role("button", name="Chat", exact=True).click()


async def test_figures_lead_by_picture_and_by_table_to_each_handoff_in_every_look(
    database: str,
) -> None:
    async with desk_of(database, Beginning.ACCEPTED, people="mara,rita,quinn") as (
        world,
        page,
        seats,
    ):
        await world.pass_(days=3)
        await world.pass_(days=4)
        wrong: list[str] = []
        page.on("console", lambda one: wrong.append(one.text) if one.type == "error" else None)
        tab = await opens_tab(seats[0])
        await goes_to(tab, "Team", "Your team")
        for looks, theme in LOOKS.items():
            await page.get_by_label("Looks").select_option(looks)
            await tab.locator(f'html[data-theme="{theme}"]').wait_for()
            assert await in_the_way(frame_of(page)) == [], theme
        await tab.locator("svg.picture a").filter(has_text="Accepted").first.click()
        await tab.get_by_role("heading", level=1, name="Accepted, of handed over").wait_for()
        assert await in_the_way(frame_of(page)) == []
        await goes_to(tab, "Contoso Logistics", "Contoso Logistics, Ines Prado")
        await frame_of(page).evaluate("history.back()")
        await tab.get_by_role("heading", level=1, name="Accepted, of handed over").wait_for()
        await tab.get_by_role("link", name="CSV").click()
        await tab.get_by_text("The file opens in your browser.").wait_for(state="attached")
        await goes_to(tab, "Team", "Your team")
        await goes_to(tab, "Access keys for other programs", "Access keys for other programs")
        assert await in_the_way(frame_of(page)) == []
        await tab.get_by_label("What for").fill("Power BI")
        await tab.get_by_role("button", name="Make the key").click()
        await tab.get_by_text("This is the only time that it is shown").wait_for()
        await tab.get_by_role("button", name="Revoke Power BI").click()
        await tab.get_by_role("cell", name="revoked").wait_for()
        await world.app.services.stores.door.follow(ReportWeek())
        await world.work()
        await goes_to(tab, "Weeks", "The week of 2 to 8 March 2026")
        for looks, theme in LOOKS.items():
            await page.get_by_label("Looks").select_option(looks)
            await tab.locator(f'html[data-theme="{theme}"]').wait_for()
            assert await in_the_way(frame_of(page)) == [], theme
        await goes_to(tab, "Campaigns", "Campaigns")
        assert wrong == [], wrong


async def test_the_tab_is_used_by_keyboard_on_a_phone(
    database: str,
) -> None:
    """Mara's Teams is Swedish; the text is English, and so are the numbers in it."""
    async with desk_of(database, Beginning.ACCEPTED, people="mara,rita,quinn") as (_, page, _seats):
        await page.set_viewport_size({"width": 400, "height": 800})
        mara = page.locator(".column").first
        await mara.get_by_role("button", name="Phone").click()
        await mara.get_by_role("button", name="Overview", exact=True).click()
        tab = mara.frame_locator("iframe")
        await tab.locator("main[data-title] h1").wait_for()
        frame = frame_of(page)
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        for link, heading in (("Fairness", "Fairness in"), ("Rules", "Rules")):
            for _ in range(MOST_TABS):
                if await frame.evaluate("document.activeElement.textContent") == link:
                    break
                await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            await tab.get_by_role("heading", level=1, name=heading).wait_for()
            await frame.wait_for_function("document.activeElement.id === 'page'")
            assert await frame.evaluate(wide), "nothing is beside the screen"
            assert await in_the_way(frame) == []
            if link == "Fairness":
                assert re.search(r"\d\.\d", await tab.get_by_role("table").inner_text())


async def test_a_card_leads_to_its_very_row_and_a_link_opened_elsewhere_leads_back_to_teams(
    database: str,
) -> None:
    async with desk_of(database) as (world, page, (quinn, _, _mara)):

        async def leads(said: str, kicker: str) -> None:
            """By the link on the card that is answered."""
            async with page.expect_response(lambda r: r.request.method == "POST"):
                await quinn.say(said)
            await world.work()
            await quinn.reads(kicker)
            await quinn.teams.get_by_role("link", name="Open in the tab").last.click()

        await leads("why 1", "What happened")
        tab = quinn.teams.frame_locator("iframe")
        await tab.get_by_role("heading", level=1, name="Contoso Logistics, Ines Prado").wait_for()
        assert frame_of(page).url.startswith(f"{world.url}/tab")

        await quinn.teams.get_by_role("button", name="Chat", exact=True).click()
        await leads("mine", "Nothing is waiting for you")
        await tab.get_by_role("heading", level=1, name="Mine").wait_for()

        await page.goto(f"{world.url}/tab/handoff/1")
        await page.get_by_text("This page is a tab of Microsoft Teams").first.wait_for()
        link = page.get_by_role("link", name="Open it in Teams")
        address = str(await link.get_attribute("href"))
        assert address.startswith(f"https://teams.microsoft.com/l/entity/{APP}/overview?")
        assert "handoff%2F1" in address
        assert "Contoso" not in await page.content()
        assert await in_the_way(page) == []


async def test_whoever_adds_a_tab_to_a_channel_chooses_what_it_shows(world: World) -> None:
    """Framed by Microsoft's own address, which nobody has to set."""
    token = world.box.entra.tab_token(world.box.person("mara"))
    context = {"theme": "dark", "locale": "en-gb", "frameContext": "settings"}
    async with browser() as empty, framed_by_teams(empty) as page:

        async def tells(name: str) -> list[Any]:
            told = await page.evaluate("window.told")
            return [args for func, args in told if func == name]

        url = f"{world.url}/tab/configure?theme=dark"
        await page.evaluate("args => show(...args)", [url, context, token])
        tab = page.frame_locator("iframe")
        await tab.get_by_label("Fairness in EMEA").check()
        assert await tab.get_by_role("navigation").count() == 0
        [frame] = [one for one in page.frames if "/tab" in one.url]
        assert await in_the_way(frame) == []
        await page.wait_for_function(
            "told.some(([func, args]) => func === 'settings.setValidityState' && args[0])"
        )

        await page.evaluate("send({ func: 'settings.save', args: [{}] })")
        await page.wait_for_function("told.some(([func]) => func === 'settings.save.success')")
        [[chosen]] = await tells("settings.setSettings")
        assert chosen["contentUrl"] == f"{world.url}/tab/fairness/emea?theme={{app.theme}}"
        assert chosen["websiteUrl"] == f"{world.url}/tab/fairness/emea"
        assert chosen["suggestedDisplayName"] == "Baton: Fairness in EMEA"

        await page.evaluate("args => show(...args)", [chosen["websiteUrl"], context, token])
        await tab.get_by_role("heading", level=1, name="Fairness in EMEA").wait_for()
        await page.evaluate("args => show(...args)", [f"{world.url}/tab/rules", context, ""])
        await tab.get_by_text("What Teams or the network says: resourceDisabled").first.wait_for()
        await page.wait_for_function("told.some(([func]) => func === 'appInitialization.success')")
