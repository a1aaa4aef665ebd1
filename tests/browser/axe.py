"""What stands in the way of whoever uses a page by a screen reader or a keyboard, as axe finds it.

https://github.com/dequelabs/axe-core/blob/develop/doc/API.md
"""

from playwright.async_api import Frame, Page

from tests.commands import ROOT

AXE = ROOT / "node_modules/axe-core/axe.min.js"
ASKS_EVERYWHERE = "axe.configure({allowedOrigins: ['<unsafe_all_origins>']})"
THE_RENDERERS = "aria-valid-attr-value"
"""Found in cards alone: the renderer of adaptivecards joins the ids of what a button unfolds by
spaces, and our ids are words, which Android says aloud (`unfolds` in cards/elements.py).
"""


async def in_the_way(page: Page | Frame, *framed: Frame) -> list[str]:
    """A line for each thing, with the element that it is about; none where all is well. With what
    of ours is *framed* in the page, both as one, as a screen reader goes through them.
    """
    for one in (page, *framed):
        if not await one.evaluate("'axe' in window"):
            await one.evaluate(f"{AXE.read_text()};{ASKS_EVERYWHERE}")
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found["violations"]
        for node in one["nodes"]
        if one["id"] != THE_RENDERERS or "ac-pushButton" not in node["html"]
    ]
