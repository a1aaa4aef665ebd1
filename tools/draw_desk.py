"""Draws the desk as the README shows it: docs/desk.png, from a story that is really lived.

python -m tools.draw_desk; needs Chromium.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.browser.desk import BRIEF, CHROMIUM, desk
from tests.commands import ROOT
from tests.trial import free_ports, started

PICTURE = ROOT / "docs" / "desk.png"


async def draw() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ports = free_ports(3)
        async with (
            started(Path(folder), ports=ports),
            desk(f"http://localhost:{ports[0]}/", height=1180) as (page, seats),
        ):
            quinn, rita, mara = seats.values()
            await page.get_by_role("button", name="Got it").click()
            await quinn.say("book")
            await quinn.fill_in(BRIEF, "Rita Osei")
            await quinn.book()
            await rita.reads("NEW MEETING FOR YOU")
            await mara.is_asked_to_decide("Next thing that happens")
            await quinn.reads("NO ANSWER YET")
            await page.wait_for_timeout(1_000)  # milliseconds: for what was said at the clock
            await page.screenshot(path=PICTURE)


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit("no browser here: apt-get install chromium")
    asyncio.run(draw())
    print(PICTURE)
