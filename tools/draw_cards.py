"""Draws every card as the desk does, on a phone with large letters and on the desktop, light and
dark: build/cards/*.png.

python -m tools.draw_cards [part of a name]; needs Chromium.
"""

import asyncio
import html
import json
import sys

from playwright.async_api import Page
from rich.progress import track

from cards.elements import Card
from policy import reading
from policy.rules import rules_of
from sandbox.desk.server import PACKAGES
from sandbox.desk.server import PAGE as DESK
from tests.browser.desk import CHROMIUM, browser
from tests.cards.gallery import gallery
from tests.cards.variants import states
from tests.commands import ROOT

FOLDER = ROOT / "build" / "cards"
WIDTHS = {"phone": 300, "desktop": 460}  # pixels of a card
LOOKS = [(looks, device) for device in WIDTHS for looks in ("light", "dark")]
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>A card</title>'
    '<main class="device"><div style="position:absolute;clip-path:inset(50%)">'
    "<h1>Teams</h1><h2>Chat</h2></div>"
    '<div class="bubble card" id="card"></div></main>'
)
SHOW = """([card, looks, device, width]) => {
    document.documentElement.dataset.looks = looks;
    const phone = device === "phone";
    const around = document.querySelector(".device");
    around.toggleAttribute("data-large", phone);
    around.style.padding = "12px";
    const place = document.getElementById("card");
    place.style.width = `${width}px`;
    place.replaceChildren(window.draw(card, { phone, scale: phone ? 1.3 : 1 }, () => {}));
}"""


async def draw(cards: dict[str, Card]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with browser(width=max(WIDTHS.values()) + 24, height=100) as page:
        await lay_out(page)
        for name, card in track(cards.items(), "cards"):
            for looks, device in LOOKS:
                await _draw(page, name, card, looks, device)
    (FOLDER / "index.html").write_text(_index(cards), encoding="utf-8")


async def lay_out(page: Page) -> None:
    """With all that the desk draws cards by."""
    await page.set_content(PAGE)
    for name in ("desk.css", "teams.css", "cards.css"):
        await page.add_style_tag(path=DESK / name)
    for path in PACKAGES.values():
        await page.add_script_tag(path=ROOT / "node_modules" / path)
    drawing = (DESK / "cards.js").read_text(encoding="utf-8")
    await page.add_script_tag(content=f"{drawing}\nwindow.draw = draw;", type="module")


async def show(page: Page, card: Card, looks: str, device: str) -> None:
    """In place of the card before it."""
    width = WIDTHS[device]
    await page.set_viewport_size({"width": width + 24, "height": 100})
    await page.evaluate(SHOW, [card, looks, device, width])


async def _draw(page: Page, name: str, card: Card, looks: str, device: str) -> None:
    await show(page, card, looks, device)
    await page.screenshot(path=FOLDER / _file(name, looks, device), full_page=True)


def _file(name: str, looks: str, device: str) -> str:
    plain = name.replace(": ", "-").replace(", ", "-").replace(" ", "-")
    return f"{plain}-{device}-{looks}.png"


def _index(cards: dict[str, Card]) -> str:
    """All of them on one page, with their size in bytes."""
    rows = [
        f"<h2>{html.escape(name)} <small>{len(json.dumps(card)):,} bytes</small></h2>"
        + "".join(f'<img alt="" src="{_file(name, *one)}"> ' for one in LOOKS)
        for name, card in cards.items()
    ]
    return '<!doctype html><meta charset="utf-8"><title>Cards</title>' + "\n".join(rows)


def main() -> None:
    if CHROMIUM is None:
        sys.exit("no browser here: apt-get install chromium")
    wanted = " ".join(sys.argv[1:])
    in_force = rules_of(reading.read((ROOT / "policy.toml").read_text()), 1)
    cards = {name: card for name, card in states(gallery(in_force)).items() if wanted in name}
    asyncio.run(draw(cards))
    print(FOLDER / "index.html")


if __name__ == "__main__":
    main()
