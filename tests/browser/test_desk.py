"""A newcomer lives the story on the desk in a real browser, on a phone and on the desktop; and
the end of it in Microsoft's own client.
"""

import re
from pathlib import Path

import pytest

from tests.browser.axe import in_the_way
from tests.browser.desk import BRIEF, NO_BROWSER, desk
from tests.trial import free_ports, started

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("trial"),
    NO_BROWSER,
]


async def test_a_lead_is_booked_chased_and_accepted(tmp_path: Path) -> None:
    ports = free_ports(3)
    async with (
        started(tmp_path, "--playground", ports=ports),
        desk(f"http://localhost:{ports[0]}/") as (page, seats),
    ):
        quinn, rita, mara = seats.values()
        assert await in_the_way(page) == []

        await quinn.say("book")
        await quinn.fill_in(BRIEF, "Rita Osei")
        await quinn.book()
        await rita.reads("NEW MEETING FOR YOU")
        await rita.has_event("Contoso Logistics", "not answered")
        assert await in_the_way(page) == []

        await mara.is_asked_to_decide("+1 h")
        await mara.column.get_by_role("button", name="Playground").click()
        await mara.in_playground().reads("NEEDS A DECISION")

        await rita.press("Accept meeting")
        await rita.has_event("Contoso Logistics", "accepted")
        await quinn.reads("ACCEPTED")
        await page.get_by_role("link", name=re.compile(r"Outside \d new")).click()
        outside = page.locator("#outside")
        await outside.get_by_text("ines@contoso.example").first.wait_for()
        assert await in_the_way(page) == []
        assert "Excel" not in await outside.inner_text(), "nothing internal reaches the prospect"
