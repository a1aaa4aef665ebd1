"""The pages behind links, as a screen reader or a keyboard meets them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cards.fallback_mail import ACCEPT, SEND_BACK
from cards.view import View
from handoff.errors import MovedOnError
from handoff.model import PROSPECT
from handoff.policy import Policy
from tests.browser.axe import in_the_way
from tests.browser.desk import NO_BROWSER, browser
from tests.cards import weekly
from tests.handoff.conftest import PEOPLE, THURSDAY, Story
from web import answer_page, health, pages, privacy
from web.plain import plain
from web.prospect_page import gone_page, meeting_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trial"), NO_BROWSER]


CHECKS = [
    {"part": "outlook", "what": what, "well": well, "found": "as of today", "then": "Look again."}
    for what, well in (("Notifications come", False), ("Mailboxes are read", True))
]


def ours(policy: Policy) -> dict[str, str]:
    story = Story(policy)
    story.offered()
    view = View(case=story.case, viewer=PEOPLE["rita"], at=story.at)
    others = tuple(THURSDAY.start + timedelta(hours=n) for n in range(4))
    asked = replace(story.handoff, others=others, others_for=(PROSPECT,))
    return {
        "accept": answer_page.asked(view, ACCEPT),
        "send back": answer_page.asked(view, SEND_BACK, wrong="Please choose a reason.", note="No"),
        "accepted": answer_page.done(view, ACCEPT),
        "sent back": answer_page.done(view, SEND_BACK),
        "used": answer_page.refused(MovedOnError(), view),
        "the prospect's": meeting_page(story.case, story.at),
        "the prospect's, with times": meeting_page(replace(story.case, handoff=asked), story.at),
        "the prospect's, wrong": meeting_page(story.case, story.at, wrong="Please choose a time."),
        "the prospect's, gone": gone_page("This link is no longer good."),
        "about": plain("Baton", *pages.ABOUT),
        "help": plain("Help with Baton", *pages.HELP),
        "terms": plain("Terms of use", *pages.TERMS),
        "what the doctor found": health.shown({"at": story.at.isoformat(), "checks": CHECKS}),
        "privacy": privacy.page(policy.retention, policy.company),
        **{
            f"the week's mail, {who}": MAIL.format(mail.subject, mail.html)
            for who, mail in weekly.mails(policy, PEOPLE).items()
        },
    }


MAIL = "<!doctype html><html lang=en><title>{}</title><main>{}</main>"
"""As a client of mail shows it."""


async def test_nothing_stands_in_the_way_of_a_screen_reader_or_a_keyboard(
    policy_in_force: Policy,
) -> None:
    async with browser(width=320) as page:
        for name, html in ours(policy_in_force).items():
            await page.set_content(html)
            assert await in_the_way(page) == [], name
            assert await page.locator("main").count() == 1, name
