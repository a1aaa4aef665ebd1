"""Takes the pictures of what people do on the desk once a meeting is booked, step by step:
build/walks/*.png.

python -m tools.draw_walks [part of a name]; needs Chromium.
"""

import asyncio
import html
import sys
import tempfile
from pathlib import Path

from playwright.async_api import TimeoutError
from rich.progress import track

from tests.browser.desk import CHROMIUM, desk
from tests.browser.walks import WALKS, Scene
from tests.commands import ROOT
from tests.trial import free_ports, started

FOLDER = ROOT / "build" / "walks"
SETTLES = 1_000  # milliseconds: for what is said at the clock, and what a card still loads


async def draw(name: str) -> list[str]:
    """The pictures of that walk, in order."""
    taken: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        ports = free_ports(3)
        async with (
            started(Path(folder), ports=ports),
            desk(f"http://localhost:{ports[0]}/", height=1400) as (page, seats),
        ):

            async def picture(of: str) -> None:
                await page.evaluate("window.scrollTo(0, 0)")
                await page.wait_for_timeout(SETTLES)
                file = f"{name}, {len(taken) + 1} {of}.png".replace(" ", "-").replace(",", "")
                await page.screenshot(path=FOLDER / file)
                taken.append(file)

            await page.get_by_role("button", name="Got it").click()
            quinn, rita, mara = seats.values()
            try:
                await WALKS[name](Scene(page, quinn, rita, mara, picture))
            except TimeoutError:
                await picture("where it stopped")
                raise
    return taken


async def draw_all(wanted: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in track([one for one in WALKS if wanted in one], "walks"):
        taken = await draw(name)
        rows.append(f"<h2>{html.escape(name)}</h2>")
        rows += [f'<p>{html.escape(one)}</p><img alt="" src="{one}">' for one in taken]
    page = '<!doctype html><meta charset="utf-8"><title>Walks</title>' + "\n".join(rows)
    (FOLDER / "index.html").write_text(page, encoding="utf-8")


def main() -> None:
    if CHROMIUM is None:
        sys.exit("no browser here: apt-get install chromium")
    asyncio.run(draw_all(" ".join(sys.argv[1:])))
    print(FOLDER / "index.html")


if __name__ == "__main__":
    main()
