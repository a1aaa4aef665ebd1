"""Draws every card as Microsoft's renderer does, as wide as a small phone and with large letters,
light and dark: build/cards/*.png.

python -m tools.draw_cards [part of a name]; needs Chromium.
"""

import asyncio
import html
import json
import sys

from playwright.async_api import Page, async_playwright
from rich.progress import track

from cards.elements import Card
from policy import reading
from policy.rules import rules_of
from tests.browser.desk import CHROMIUM
from tests.cards.gallery import gallery
from tests.cards.layout import LARGER, SIZES, WIDE
from tests.cards.variants import states
from tests.commands import ROOT

FOLDER = ROOT / "build" / "cards"
RENDERER = ROOT / "node_modules" / "adaptivecards" / "dist" / "adaptivecards.min.js"
THEMES = {
    "light": ("#f5f5f5", "#ffffff", "#242424", "#616161", "#4f52b2", "#c4314b"),
    "dark": ("#1f1f1f", "#292929", "#ffffff", "#adadad", "#9299f7", "#e37d8d"),
}
PAGE = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: %(ground)s; font-family: "Segoe UI", sans-serif }
#card { background: %(card)s; border-radius: 6px }
.ac-actionSet { flex-wrap: wrap; gap: 8px }
.ac-actionSet > div { display: none !important }
.ac-textBlock p { margin: 0 }
button { font: 600 17px "Segoe UI", sans-serif; padding: 6px 12px; border-radius: 4px;
  color: %(text)s; background: %(card)s; border: 1px solid %(subtle)s }
button.style-positive { color: %(card)s; background: %(accent)s; border-color: %(accent)s }
</style><div id="card"></div>"""


def host(theme: str) -> dict[str, object]:
    """What Teams sets of a card's looks, near enough to judge words and room by."""
    _, card, text, subtle, accent, attention = THEMES[theme]
    colours = {
        name: {"default": value, "subtle": subtle if name == "default" else value}
        for name, value in (("default", text), ("accent", accent), ("attention", attention))
    }
    styled = {"backgroundColor": card, "foregroundColors": colours}
    return {
        "fontFamily": "Segoe UI, sans-serif",
        "fontSizes": {
            name[0].lower() + name[1:]: round(size * LARGER) for name, size in SIZES.items()
        },
        "containerStyles": {
            "default": styled,
            "emphasis": {**styled, "backgroundColor": THEMES[theme][0]},
        },
        "actions": {"actionsOrientation": "horizontal", "maxActions": 6, "buttonSpacing": 8},
    }


async def draw(cards: dict[str, Card]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": round(WIDE), "height": 100})
        for name, card in track(cards.items(), "cards"):
            for theme in THEMES:
                await _draw(page, name, card, theme)
        await browser.close()
    (FOLDER / "index.html").write_text(_index(cards), encoding="utf-8")


async def _draw(page: Page, name: str, card: Card, theme: str) -> None:
    ground, surface, text, subtle, accent, _ = THEMES[theme]
    look = {"ground": ground, "card": surface, "text": text, "subtle": subtle, "accent": accent}
    await page.set_content(PAGE % look)
    await page.add_script_tag(path=RENDERER)
    await page.evaluate(
        """([card, host]) => {
            const words = document.createElement("p");
            AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
                words.textContent = text;
                result.outputHtml = "<p>" + words.innerHTML
                    .replace(/\\*\\*(.+?)\\*\\*/g, "<b>$1</b>")
                    .replace(/(^|[^\\\\*])\\*([^*]+?)\\*/g, "$1<i>$2</i>")
                    .replace(/\\\\([*_\\\\])/g, "$1") + "</p>";
                result.didProcess = true;
            };
            const drawn = new AdaptiveCards.AdaptiveCard();
            drawn.hostConfig = new AdaptiveCards.HostConfig(host);
            drawn.parse(card);
            document.getElementById("card").append(drawn.render());
        }""",
        [card, host(theme)],
    )
    await page.screenshot(path=FOLDER / _file(name, theme), full_page=True)


def _file(name: str, theme: str) -> str:
    return f"{name.replace(': ', '-').replace(', ', '-').replace(' ', '-')}-{theme}.png"


def _index(cards: dict[str, Card]) -> str:
    """All of them on one page, with their size in bytes."""
    rows = [
        f"<h2>{html.escape(name)} <small>{len(json.dumps(card)):,} bytes</small></h2>"
        + "".join(f'<img alt="" src="{_file(name, theme)}"> ' for theme in THEMES)
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
