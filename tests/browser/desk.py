"""The desk in a real browser: what a person does there, for the journey and for pictures.

Debian's Chromium, driven by Playwright. It is given nothing but the address.
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from typing import Literal

import pytest
from playwright.async_api import Browser, Locator, Page, TimeoutError, async_playwright, expect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
WAIT = 30_000  # milliseconds: for a busy machine
expect.set_options(timeout=WAIT)
SOON = 300  # milliseconds: for a page to show what the desk has done
MOST_STEPS = 12
MOST_TABS = 250  # from anywhere on the desk to anywhere else
A_TIME = re.compile(r"^\w+ \d+ \w+ \d\d:\d\d")
SEARCHED = "Where the prospect is"
WHICH_IS_FOCUSED = "fields => fields.indexOf(document.activeElement)"
IS_FOCUSED = "one => one === document.activeElement"
IS_SCROLLED_TO = "one => { one.scrollIntoView({ block: 'center' }); window.scrollTo(0, 0) }"
IS_BEHIND = """one => document.activeElement !== document.body && Boolean(
    one.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING
)"""
NOTHING_CHANGED = "Nothing was changed."
PLACES = ("quinn", "rita", "mara")
NO_BROWSER = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"),  # noqa: TID251  # CI must not skip
    reason="no browser here: apt-get install chromium",
)
BRIEF = {
    "Company": "Contoso Logistics",
    "Contact name": "Ines Prado",
    "Contact e-mail": "ines@contoso.example",
    "Where the prospect is": "lisbon",  # as people type, not as the list has it
    "What they need": "Live customs tracking for 3 warehouses",
    "What hurts today": "Two late shipments a week, EUR 9k a month",
    "What they use now": "Excel and a broker's portal",
    "What they want to see": "See tracking live and talk about price",
    "Worth per year": "48000",
    "Campaign": "Ports webinar",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's column on the desk."""

    page: Page
    column: Locator
    teams: Locator

    async def say(self, text: str) -> None:
        box = self.teams.get_by_label("Write to Baton")
        await box.fill(text)
        await box.press("Enter")

    async def book(self) -> None:
        """The first of the times on the newest card that has any."""
        times = self.teams.get_by_role("button", name=A_TIME)
        await times.last.wait_for()
        await times.first.click()

    async def first_time(self) -> str:
        """How the first of the times that are offered reads."""
        times = self.teams.get_by_role("button", name=A_TIME)
        await times.last.wait_for()
        return await times.first.inner_text()

    async def press(self, name: str) -> None:
        """The newest button of that name."""
        await self.teams.get_by_role("button", name=name, exact=True).last.click()

    async def reads(self, words: str) -> None:
        """Until the person has these words in Teams."""
        await self.teams.get_by_text(words).filter(visible=True).last.wait_for()

    async def shows(self, words: str) -> None:
        """As `reads`, and the words are in sight: the chat is scrolled to them, and again where
        something has come meanwhile, to which a chat goes on.
        """
        said = self.teams.get_by_text(words).filter(visible=True).last
        async with asyncio.timeout(WAIT / 1000):
            while True:
                await said.evaluate(IS_SCROLLED_TO)
                with suppress(AssertionError):
                    await expect(said).to_be_in_viewport(timeout=SOON)
                    return

    async def fill_in(self, brief: dict[str, str], rep: str | None = None) -> None:
        """The forms that `book` brings, for this rep or for whoever is next."""
        await self.teams.get_by_role("button", name="Continue").last.wait_for()
        await self._field("The prospect").fill(brief["Contact e-mail"])
        if rep:
            await self._choose("Hand over to", rep)
        await self.press("Continue")
        await self.teams.get_by_role("button", name="Find times").last.wait_for()
        for label, value in brief.items():
            if label == SEARCHED:
                await self._search(label, value)
            else:
                await self._field(label).fill(value)
        await self.press("Find times")

    async def _choose(self, label: str, title: str) -> None:
        """From a list that is short enough to be looked through."""
        await self.teams.get_by_label(label).last.select_option(label=title)

    async def _search(self, label: str, title: str) -> None:
        """In a list that is found in by typing."""
        await self._field(label).fill(title)

    def _field(self, label: str) -> Locator:
        """What is filled in: of a list that is searched, the renderer labels the box around it."""
        labelled = self.teams.get_by_label(label).last
        return labelled.locator("xpath=descendant-or-self::*[self::input or self::textarea]")

    async def by_keyboard(self, name: str | re.Pattern[str]) -> None:
        """The newest button of that name, reached by Tab and pressed by Enter."""
        button = self.teams.get_by_role("button", name=name).last
        await button.wait_for()
        await self._tab_to(button)
        await self.page.keyboard.press("Enter")

    async def opens_by_keyboard(self, name: str, words: str) -> None:
        """As `by_keyboard`, until what it opens is read. News of the card takes its place, as it
        does in Teams: then it is opened once more.
        """
        said = self.teams.get_by_text(words).filter(visible=True).last
        for _ in range(5):
            await self.by_keyboard(name)
            with suppress(TimeoutError):
                await said.wait_for(timeout=WAIT / 6)
                return
        await said.wait_for()

    async def says_by_keyboard(self, text: str) -> None:
        await self._tab_to(self.teams.get_by_label("Write to Baton"))
        await self.page.keyboard.insert_text(text)
        await self.page.keyboard.press("Enter")

    async def types_in(self, brief: dict[str, str]) -> None:
        """Into the fields of that name, in the order in which Tab comes to them."""
        labels = list(brief)
        fields = [await self._field(label).element_handle() for label in labels]
        left = set(labels)
        for _ in range(MOST_TABS):
            place = await self.page.evaluate(WHICH_IS_FOCUSED, fields)
            if place >= 0 and labels[place] in left:
                await self.page.keyboard.press("Control+A")
                await self.page.keyboard.insert_text(brief[labels[place]])
                left.remove(labels[place])
            if not left:
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {', '.join(left)}")

    async def writes(self, label: str, text: str) -> None:
        """Into the field of that name."""
        await self._field(label).fill(text)

    async def changes(self, label: str, text: str, *, by: str) -> None:
        """It reads so afterwards. A form that was opened while news was on its way to its card is
        shown there once more, and knows nothing of what was written: then it is written again.
        """
        for _ in range(MOST_STEPS):
            await self.writes(label, text)
            async with self.page.expect_response("**/clicks") as answered:
                await self.press(by)
            if NOTHING_CHANGED not in await (await answered.value).text():
                break
        await self.reads(text)

    async def holds(self, label: str) -> str:
        """What stands in the field of that name."""
        return await self._field(label).input_value()

    async def _tab_to(self, target: Locator) -> None:
        """By the shorter way, as people go who know the page."""
        key = "Shift+Tab" if await target.evaluate(IS_BEHIND) else "Tab"
        for _ in range(MOST_TABS):
            if await target.evaluate(IS_FOCUSED):
                return
            await self.page.keyboard.press(key)
        raise AssertionError(f"{key} does not come to {target}")

    async def has_event(self, name: str, state: str) -> None:
        """Until the event of that name is in the person's calendar, and accepted, say: this week
        or in the one after, whichever it is in.
        """
        event = self.column.get_by_role("button", name=re.compile(f"{name}.*{state}")).first
        async with asyncio.timeout(WAIT / 1000):
            for week in cycle(("The week after", "This week")):
                with suppress(TimeoutError):
                    await event.wait_for(timeout=SOON)
                    return
                await self.column.get_by_role("button", name=week).click()

    async def is_asked_to_decide(self, step: str) -> None:
        """Until the person is: hours pass on the desk meanwhile, by the button of that name."""
        asked = self.teams.get_by_text("NEEDS A DECISION").filter(visible=True).last
        for _ in range(MOST_STEPS):
            await lets_pass(self.page, step)
            with suppress(TimeoutError):
                await asked.wait_for(timeout=SOON)
                return
        raise AssertionError("nobody was asked to decide")

    async def in_playground(self) -> "PlaygroundSeat":
        """The same chat in Microsoft's client."""
        await self.column.get_by_role("button", name="Playground").click()
        frame = self.column.frame_locator("iframe")
        return PlaygroundSeat(self.page, self.column, frame.locator("body"))


class PlaygroundSeat(Seat):
    """One person's column on the desk, where their chat is drawn by Microsoft's client."""

    async def say(self, text: str) -> None:
        box = self.teams.get_by_role("textbox").last
        await box.fill(text)
        await box.press("Enter")

    async def _choose(self, label: str, title: str) -> None:
        await self.teams.get_by_role("combobox", name=label).last.click()
        await self.teams.get_by_role("option", name=title).last.click()

    async def _search(self, label: str, title: str) -> None:
        box = self.teams.get_by_role("combobox", name=label).last
        await box.click()
        await box.fill(title.partition(" ")[0])
        await self.teams.get_by_role("option", name=title).last.click()


_running: list[Browser] = []


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser in which every `browser` of this process is, as long as this lasts."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
                # A page at Microsoft's own address, as a test makes it, may frame ours here.
                "--disable-features=LocalNetworkAccessChecks",
            ],
        )
        _running.append(started)
        try:
            yield started
        finally:
            _running.remove(started)
            await started.close()


@asynccontextmanager
async def browser(
    *, width: int = 1600, height: int = 1250, scheme: Literal["light", "dark"] = "light"
) -> AsyncIterator[Page]:
    """An empty page of a browser that knows nothing yet: nothing is kept there of any other."""
    async with AsyncExitStack() as stack:
        where = _running[-1] if _running else await stack.enter_async_context(chromium())
        context = await where.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        stack.push_async_callback(context.close)
        page = await context.new_page()
        page.set_default_timeout(WAIT)
        yield page


def seats_at(page: Page) -> dict[str, Seat]:
    """Of the three people who sit at a desk that nobody has changed."""
    columns = {who: page.locator(".column").nth(place) for place, who in enumerate(PLACES)}
    return {who: Seat(page, one, one.locator(".device")) for who, one in columns.items()}


@asynccontextmanager
async def desk(url: str, *, height: int = 1250) -> AsyncIterator[tuple[Page, dict[str, Seat]]]:
    """The desk, open, with the three people who sit there; all of their Teams are ready."""
    async with browser(height=height) as page:
        await page.goto(url)
        seats = seats_at(page)
        for seat in seats.values():
            await seat.reads("No lead gets lost between two people")
        yield page, seats


async def follows_link(page: Page, words: str) -> Page:
    """What the newest link of these words in a mail outside leads to."""
    link = page.locator("#outside").get_by_role("link", name=words).first
    async with page.expect_popup() as opened:
        await link.click()
    theirs = await opened.value
    await theirs.get_by_role("heading", name="Halden Systems").wait_for()
    return theirs


async def lets_pass(page: Page, step: str) -> str:
    """The time, by the button of that name, once the desk has done what it was pressed for before
    and takes a press again; and what has happened.
    """
    button = page.get_by_role("button", name=step).and_(page.locator(":not([aria-busy])"))
    async with page.expect_response("**/api/clock") as answered:
        await button.click()
    told = await (await answered.value).json()
    return str(told["what"])


async def goes_on(page: Page) -> str:
    """To the next thing that happens, and what that is."""
    what = await lets_pass(page, "Next thing that happens")
    await page.wait_for_timeout(SOON)
    return what
