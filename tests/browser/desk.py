"""The desk in a real browser: what a person does there, for the journey and for pictures.

Debian's Chromium, driven by Playwright. It is given nothing but the address.
"""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import FrameLocator, Locator, Page, async_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
WAIT = 30_000  # milliseconds: Microsoft's client takes its time on a busy machine
PLACES = ("quinn", "rita", "mara")
BRIEF = {
    "Company": "Contoso Logistics",
    "Contact name": "Ines Prado",
    "Contact e-mail": "ines@contoso.example",
    "Needs": "Live customs tracking for 3 warehouses",
    "Pains": "Two late shipments a week, EUR 9k a month",
    "Uses now": "Excel and a broker's portal",
    "Wants": "See tracking live and talk about price",
    "Worth per year": "48000",
    "Campaign": "Ports webinar",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's column on the desk."""

    page: Page
    column: Locator
    teams: FrameLocator

    async def say(self, text: str) -> None:
        box = self.teams.locator("[contenteditable=true]:visible").last
        await box.click()
        await box.press_sequentially(text)
        await box.press("Enter")

    async def book(self) -> None:
        """The first of the times on the newest card that has any."""
        times = self.teams.get_by_role("button", name=re.compile(r"^\w+ \d+ \w+ \d\d:\d\d"))
        await times.last.wait_for()
        await times.first.click()

    async def press(self, name: str) -> None:
        """The newest button of that name."""
        await self.teams.get_by_role("button", name=name, exact=True).last.click()

    async def reads(self, words: str) -> None:
        """Until the person has these words in Teams."""
        await self.teams.get_by_text(words).last.wait_for()

    async def fill_in(self, brief: dict[str, str], rep: str | None = None) -> None:
        """The form that `book` brings, for this rep or for whoever is next."""
        await self.teams.get_by_role("button", name="Find times").last.wait_for()
        for label, value in brief.items():
            await self.teams.get_by_label(label).last.fill(value)
        if rep:
            await self.teams.get_by_label("Hand over to").last.click()
            await self.teams.get_by_role("option", name=rep).click()
        await self.press("Find times")

    async def has_event(self, name: str, state: str) -> None:
        """Until the event of that name is in the person's calendar, and accepted, say."""
        event = self.column.get_by_role("button", name=re.compile(f"{name}.*{state}"))
        later = self.column.get_by_role("button", name="The week after")
        if not await self.column.get_by_role("button", name=re.compile(name)).count():
            await later.click()
        await event.first.wait_for()


@asynccontextmanager
async def desk(
    url: str, *, width: int = 1600, height: int = 1250, scheme: str = "light"
) -> AsyncIterator[tuple[Page, dict[str, Seat]]]:
    """The desk, open, with the three people who sit there; all of their Teams are ready."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = await browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page.set_default_timeout(WAIT)
        await page.goto(url)
        seats = {}
        for place, who in enumerate(PLACES):
            column = page.locator(".column").nth(place)
            seats[who] = Seat(page, column, column.frame_locator("iframe"))
        for seat in seats.values():
            await seat.reads("No lead gets lost between two people")
        yield page, seats
        await browser.close()
