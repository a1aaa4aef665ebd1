"""A newcomer lives the story on the desk in a real browser, as on a phone; and once in Microsoft's
own client.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests import hour
from tests.browser.axe import in_the_way
from tests.browser.desk import BRIEF, MOST_STEPS, NO_BROWSER, desk, follows_link, goes_on
from tests.trial import free_ports, started

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("trial"),
    NO_BROWSER,
]


async def test_it_is_booked_sent_back_and_accepted_by_keyboard_until_the_prospect_books_again(
    tmp_path: Path, a_database: str
) -> None:
    ports = free_ports(3)
    async with (
        started(tmp_path, ports=ports, database=a_database),
        desk(f"http://localhost:{ports[0]}/") as (page, seats),
    ):
        quinn, rita, _ = seats.values()
        await page.get_by_role("button", name="Fill in a form on the web").click()
        form = page.get_by_role("dialog", name="A form on the web")
        await form.get_by_label("Name").fill("Test")
        assert await in_the_way(page) == []
        for answer in ('Answered 202: {"lead":1,"held":true,"known":false}', '"known":true}'):
            await form.get_by_role("button", name="Send").click()
            await form.get_by_text(answer).wait_for()
        await page.keyboard.press("Escape")
        await quinn.reads("its contact name is “test”")
        await quinn.says_by_keyboard("book")
        await quinn.teams.get_by_role("button", name="Continue").last.wait_for()
        await quinn.types_in({"The prospect": BRIEF["Contact e-mail"]})
        await quinn.by_keyboard("Continue")
        await quinn.teams.get_by_role("button", name="Find times").last.wait_for()
        await quinn.types_in(BRIEF)
        await quinn.by_keyboard("Find times")
        shown = await quinn.first_time()
        ahead = [f"{hour.now() + timedelta(days):%a %-d %b} " for days in range(1, 6)]
        assert shown.startswith(tuple(ahead)), "not today, and soon"
        assert shown.endswith(", Rita Osei")
        await quinn.by_keyboard(shown)
        await rita.by_keyboard("Send back")
        await rita.by_keyboard("Brief is incomplete")
        await quinn.reads("BACK FROM RITA: BRIEF IS INCOMPLETE")
        await quinn.by_keyboard("Correct and send again")
        await quinn.teams.get_by_role("button", name="Send to Rita again").last.wait_for()
        await quinn.types_in({"What they need": "Live customs tracking for 4 warehouses"})
        await quinn.by_keyboard("Send to Rita again")
        await rita.reads("for 4 warehouses")
        await rita.opens_by_keyboard(
            "Why am I seeing this?", "a rep answers an offered meeting within"
        )
        await rita.by_keyboard("Accept meeting")
        await quinn.reads("ACCEPTED")
        await rita.has_event("Contoso Logistics", "accepted")

        typed = {"What they need": "Live customs tracking for 5 warehouses"}
        await quinn.press("Change…")
        await quinn.press("Correct the brief or an address")
        await quinn.teams.get_by_role("button", name="Correct it and tell everyone").wait_for()
        await quinn.types_in(typed)
        assert await in_the_way(page) == [], "with a form open in which much stands already"
        await (
            page.locator("#outside").get_by_role("button", name="Accept", exact=True).first.click()
        )
        await rita.reads("Ines Prado has accepted")
        assert await quinn.holds("What they need") == typed["What they need"], "no news wipes it"
        await quinn.press("Correct it and tell everyone")
        await quinn.reads("Ines Prado has accepted")

        theirs = await follows_link(page, "Choose another time")
        await theirs.get_by_role("button", name="Find another time").click()
        await theirs.get_by_role("radio").first.check()
        await theirs.get_by_role("button", name="Move the meeting").click()
        await theirs.get_by_text("Your meeting was moved").wait_for()
        await rita.press("Accept meeting")
        await quinn.reads("ACCEPTED")

        said = [await goes_on(page)]
        while not said[-1].endswith("Rita Osei is asked how it went."):
            assert len(said) < MOST_STEPS, said
            said.append(await goes_on(page))
        assert "Rita Osei and Ines Prado meet." in " ".join(said)
        await rita.reads("How did it go?")
        await rita.press("The prospect did not come")
        await rita.press("Offer another time…")
        await rita.reads("sorry that we missed each other")
        await rita.press("Send it")
        await rita.reads("You wrote to Ines Prado")

        theirs = await follows_link(page, "Choose a time")
        await theirs.get_by_role("button", name="Find a time").click()
        await theirs.get_by_role("radio").first.check()
        await theirs.get_by_role("button", name="Book this time").click()
        await theirs.get_by_text("Your meeting with Halden Systems").wait_for()
        await rita.reads("ACCEPTED")

        await rita.column.get_by_role("switch", name="Out of office").check()
        await rita.reads("You are out of office")
        assert await in_the_way(page) == []


async def test_a_lead_is_booked_chased_and_accepted_in_microsofts_own_client(
    tmp_path: Path, a_database: str
) -> None:
    ports = free_ports(3)
    async with (
        started(tmp_path, "--playground", ports=ports, database=a_database),
        desk(f"http://localhost:{ports[0]}/") as (page, seats),
    ):
        assert await in_the_way(page) == []
        quinn, rita, mara = [await one.in_playground() for one in seats.values()]

        await quinn.reads("No lead gets lost between two people")
        await quinn.say("book")
        await quinn.fill_in(BRIEF, "Rita Osei")
        await quinn.book()
        await rita.reads("NEW MEETING FOR YOU")
        await rita.has_event("Contoso Logistics", "not answered")

        await mara.is_asked_to_decide("Next thing that happens")
        await rita.press("Accept meeting")
        await rita.has_event("Contoso Logistics", "accepted")
        await quinn.reads("ACCEPTED")
        await mara.reads("Nothing is asked of you")
        await page.get_by_role("link", name=re.compile(r"Outside \d new")).click()
        outside = page.locator("#outside")
        await outside.get_by_text("ines@contoso.example").first.wait_for()
        assert await in_the_way(page) == []
        assert "Excel" not in await outside.inner_text(), "nothing internal reaches the prospect"
