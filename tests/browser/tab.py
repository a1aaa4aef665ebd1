"""The tab in a real browser, framed by the desk's Teams, of an app whose clock is the test's."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from playwright.async_api import FrameLocator, Page, Route

from running import serving
from sandbox.desk.server import open_desk
from tabs.headers import HOSTS
from tests.beginnings import Beginning
from tests.browser.desk import Seat, browser, seats_at
from tests.commands import ROOT
from tests.trial import free_ports
from tests.world import World, a_world

OVERVIEW = "Overview"
APP = "12345678-1234-4234-8234-123456789abc"  # Baton's id in the catalogue


@asynccontextmanager
async def desk_of(
    database: str,
    begins: Beginning = Beginning.OFFERED,
    *,
    width: int = 1600,
    people: str = "quinn,rita,mara",
) -> AsyncIterator[tuple[World, Page, list[Seat]]]:
    """The desk with three people at it, and Baton as it *begins*."""
    [port] = free_ports(1)
    own = f"http://127.0.0.1:{port}"
    manifest = json.loads((ROOT / "manifest" / "manifest.json").read_text())
    async with (
        a_world(database, begins=begins, more={"TAB_FRAMED_BY": own, "TEAMS_APP_ID": APP}) as world,
        open_desk(world.box, packages=ROOT, manifest=manifest) as desk,
    ):
        site = web.Application()
        site.add_subapp("/desk/", desk.site)
        async with serving(site, "127.0.0.1", port), browser(width=width) as page:
            desk.listens_at(f"{own}/desk/")
            await page.route(f"{HOSTS}/**", _nobody_else)
            await page.goto(f"{own}/desk/?people={people}")
            yield world, page, list(seats_at(page).values())


async def _nobody_else(route: Route) -> None:
    """Microsoft's list of who may frame a tab, which is not to be had here, as one that adds
    nothing to what the library knows.
    """
    open_to_all = {"Access-Control-Allow-Origin": "*"}
    await route.fulfill(json={"validOrigins": []}, headers=open_to_all)


async def opens_tab(seat: Seat) -> FrameLocator:
    """The tab of whoever sits there, once it is drawn."""
    await seat.teams.get_by_role("button", name=OVERVIEW, exact=True).click()
    frame = seat.teams.frame_locator("iframe")
    await frame.locator("main[data-title] h1").wait_for()
    return frame


async def goes_to(frame: FrameLocator, link: str, heading: str) -> None:
    await frame.get_by_role("link", name=link).first.click()
    await frame.get_by_role("heading", level=1, name=heading).wait_for()


HOST = "https://teams.microsoft.com/host"
STUB = """<!doctype html><title>Teams</title><iframe width="900" height="600"></iframe><script>
const frame = document.querySelector("iframe");
window.told = [];
window.show = (url, context, token) => {
    Object.assign(window, { context, token });
    frame.src = url;
};
window.send = (message) => frame.contentWindow.postMessage(message, new URL(frame.src).origin);
addEventListener("message", ({ data }) => {
    const { id, uuidAsString, func, args } = data;
    window.told.push([func, args ?? []]);
    const runtime = { apiVersion: 4, hostVersionsInfo: {}, isLegacyTeams: false,
        supports: { pages: { config: {} } } };
    const answers = {
        initialize: ["settings", "web", JSON.stringify(runtime), "2.0.1"],
        getContext: [window.context],
        "authentication.getAuthToken": [Boolean(window.token), window.token || "resourceDisabled"],
        "settings.setSettings": [true],
    };
    if (func in answers) window.send({ id, uuidAsString, args: answers[func] });
});
</script>"""


@asynccontextmanager
async def framed_by_teams(page: Page) -> AsyncIterator[Page]:
    """A page at the address of Microsoft's own, which frames what it is told to."""

    async def host(route: Route) -> None:
        await route.fulfill(body=STUB, content_type="text/html")

    await page.route(HOST, host)
    await page.route(f"{HOSTS}/**", _nobody_else)
    await page.goto(HOST)
    yield page
