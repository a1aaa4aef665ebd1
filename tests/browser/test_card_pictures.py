"""The picture on the card of a week, as it is seen in every look of Teams."""

import math
from io import BytesIO

import pytest
from PIL import Image
from playwright.async_api import FloatRect

from cards import weekly_report
from handoff.policy import Policy
from tests.browser.axe import in_the_way
from tests.browser.desk import NO_BROWSER, browser
from tests.cards import weekly
from tests.handoff.conftest import PEOPLE
from tools.draw_cards import LOOKS, lay_out, show

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trial"), NO_BROWSER]

LEAST = 3.0  # of what is drawn against what is behind it: WCAG 2.2, 1.4.11
BELOW = "ancestor::*[following-sibling::*][1]/following-sibling::*[@class][1]"
EVERY_LOOK = (*LOOKS, ("contrast", "phone"))


async def test_the_bars_on_mondays_card_are_seen_in_every_look(policy_in_force: Policy) -> None:
    report, names = weekly.reports(policy_in_force, PEOPLE)["rita"]
    pictured = weekly_report.pictured(report.organisation)
    assert len(pictured) == 4
    card = weekly_report.weekly_card(report, names)
    async with browser(width=500) as page:
        await lay_out(page)
        for looks, device in EVERY_LOOK:
            await show(page, card, looks, device)
            assert await in_the_way(page) == [], looks
            for says, share in pictured:
                said = page.get_by_text(f"{says}: {share.told}")
                at = await said.locator(f"xpath={BELOW}").bounding_box()
                assert at
                clip = FloatRect(x=at["x"], y=at["y"], width=at["width"], height=at["height"])
                seen = await page.screenshot(full_page=True, clip=clip)
                picture = Image.open(BytesIO(seen)).convert("RGB")
                line = picture.crop((0, picture.height // 2, picture.width, picture.height))
                raw = line.tobytes()  # three bytes of each point
                drawn, behind = _light(raw[6:9]), _light(raw[3 * line.width - 3 : 3 * line.width])
                found = (max(behind, drawn) + 0.05) / (min(behind, drawn) + 0.05)
                assert found >= LEAST, (looks, device, says, found)


def _light(colour: bytes) -> float:
    """How bright it is, from 0 to 1: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [one / 255 for one in colour]
    red, green, blue = [
        one / 12.92 if one <= 0.04045 else math.pow((one + 0.055) / 1.055, 2.4) for one in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
