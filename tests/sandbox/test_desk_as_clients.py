"""The desk's own Teams in a real browser, before a small bot: what is seen of a chat, what reaches
the bot, and what stays in the client that clicked (docs/cards.md).
"""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from sandbox.m365 import Sandbox
from tests.browser.axe import in_the_way
from tests.browser.desk import NO_BROWSER, SOON, browser, seats_at
from tests.sandbox.conftest import Caller, Got, Inbox
from tests.sandbox.test_desk import desk_of
from tests.sandbox.test_teams import CARD, card, carrying, conversation, text

Json = dict[str, Any]

pytestmark = [pytest.mark.browser, NO_BROWSER]
DIALOG = {"title": "A dialog", "card": {"contentType": CARD, "content": {}}}


def execute(title: str, verb: str, **more: Any) -> Json:
    return {"type": "Action.Execute", "title": title, "verb": verb, **more}


def offer(body: str) -> Json:
    """With twins in a list, and a form within whose card something else is asked for."""
    twins = [{"title": "Rita Osei", "value": one} for one in ("first", "second")]
    note = {"type": "Input.Text", "id": "note", "label": "Note", "isRequired": True}
    zones = [{"title": "Lisbon (Portugal)", "value": "Europe/Lisbon"}]
    zone = {"type": "Input.ChoiceSet", "id": "zone", "label": "Zone", "choices": zones}
    form = card(text("Inside"), actions=[execute("Hand in", "send", data={"of": 1})])
    asks = {"type": "Action.Submit", "title": "Ask", "data": {"msteams": {"type": "task/fetch"}}}
    return card(
        text(body),
        {"type": "Input.ChoiceSet", "id": "who", "label": "Whom", "choices": twins},
        {**zone, "style": "filtered", "value": "Europe/Lisbon"},
        {**note, "errorMessage": "Say something"},
        actions=[
            execute("Plain", "plain", associatedInputs="none"),
            {"type": "Action.ShowCard", "title": "Form", "card": form},
            {**asks, "associatedInputs": "none"},
        ],
    )


async def sends(connector: Caller, method: str, path: str, activity: Json | None = None) -> Got:
    """What the bot does in the chat, and that Teams took it."""
    got = await connector(method, path, activity)
    assert got.status < 300, got
    return got


async def answers(activity: Json) -> Json:
    """As the bot does: a click with its next card, a dialog with another and then with a line."""
    if activity.get("name") in ("task/fetch", "composeExtension/fetchTask"):
        sent = {"type": "Action.Submit", "title": "Send it", "data": {"done": True}}
        content = card(text("In a dialog"), actions=[sent])
        value = {**DIALOG, "card": {"contentType": CARD, "content": content}}
        return {"task": {"type": "continue", "value": value}}
    if activity.get("name") in ("task/submit", "composeExtension/submitAction"):
        return {"task": {"type": "message", "value": "Thank you for that."}}
    return {"statusCode": 200, "type": CARD, "value": offer("Answered")}


async def test_a_client_shows_and_sends_as_clients_of_teams_do(
    box: Sandbox, connector: Caller, inbox: Inbox
) -> None:
    box.bot_url = inbox.url
    box.limits.off()  # more is sent than Teams takes in so short a time
    inbox.answer = answers
    there = f"{await conversation(box, connector)}/activities"
    sent = await sends(
        connector, "POST", there, {**carrying(offer("**Offer**")), "summary": "By 12:00"}
    )

    async with desk_of(box) as desk, browser() as page:
        said: list[str] = []
        page.on("console", lambda line: said.append(line.text))
        await page.goto(desk.url)
        rita = seats_at(page)["rita"]
        await rita.reads("Offer")
        assert await rita.teams.get_by_role("button", name="Notification from").inner_text() != ""
        await rita.reads("By 12:00")
        searched = rita.teams.locator("input[list]").last
        await expect(searched).to_have_value("Lisbon (Portugal)")
        await expect(searched).to_have_accessible_name("Zone")
        await searched.fill("nowhere")
        await expect(searched).to_have_accessible_name("Zone")
        assert await in_the_way(page) == []
        await searched.fill("Lisbon (Portugal)")

        # A form asks for what the card around it does, and says so where it is not in sight.
        await rita.press("Form")
        await rita.press("Hand in")
        await rita.reads("Say something")
        assert inbox.bodies == []

        # Of two choices with one title, a phone sends the last and the desktop the one chosen.
        for device, arrives in (("Phone", "second"), ("Desktop", "first")):
            await rita.column.get_by_role("button", name=device).click()
            await rita.teams.get_by_label("Note").fill("Gladly")
            await rita.teams.get_by_label("Whom").select_option(value="first")
            await rita.press("Form")
            await rita.press("Hand in")
            await rita.reads("Answered")
            data = inbox.bodies[-1]["value"]["action"]["data"]
            whole = {"of": 1, "who": arrives, "note": "Gladly", "zone": "Europe/Lisbon"}
            assert data == whole, device
            assert inbox.posts[-1].headers["Authorization"].startswith("Bearer ")

            # What answered is this client's own: loaded anew, it has what was sent last.
            await page.reload()
            await rita.reads("Offer")
            assert not await rita.teams.get_by_text("Answered").count()

        # An edit is everybody's, and takes the place of what answered.
        await rita.press("Plain")
        await rita.reads("Answered")
        await expect(rita.teams.locator("article").last).to_be_focused()
        await sends(connector, "PUT", f"{there}/{sent['id']}", carrying(offer("Edited by the bot")))
        await rita.reads("Edited by the bot")
        assert not await rita.teams.get_by_text("Answered").count()

        # A dialog, by the keyboard alone: what is behind it waits, and gets the focus back.
        await rita.teams.get_by_role("button", name="Ask").focus()
        await page.keyboard.press("Enter")
        dialog = rita.teams.get_by_role("dialog", name="A dialog")
        await expect(dialog).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await expect(rita.teams.get_by_role("button", name="Ask")).to_be_focused()
        await rita.press("Ask")
        await rita.press("Send it")
        await rita.reads("Thank you for that.")
        assert inbox.bodies[-1]["value"]["data"] == {"done": True}

        # And the app's own command, from the place to write and from what somebody wrote.
        await rita.say("Ines <ines@contoso.example>")
        await rita.teams.get_by_label("What can be said and done here").click()
        for place, context in ((".menu", "compose"), (".message[data-mine]", "message")):
            command = rita.teams.locator(place).get_by_role(
                "button", name="Hand over a lead with Baton"
            )
            await command.click()
            await rita.reads("In a dialog")
            asked = inbox.bodies[-1]["value"]
            assert (asked["commandId"], asked["commandContext"]) == ("handOver", context)
            await rita.press("Send it")
            await expect(dialog).to_be_hidden()
            assert inbox.bodies[-1]["name"] == "composeExtension/submitAction"
            assert inbox.bodies[-1]["value"]["data"] == {"done": True}
        assert "Ines &lt;ines@" in asked["messagePayload"]["body"]["content"]

        # A card that renews itself does so for whom it names, and nobody has pressed anything.
        rita_is = box.chats.chat("rita").member
        for who, times in (("29:1somebody", 0), (rita_is, 1)):
            renews = {"action": execute("", "look"), "userIds": [who]}
            await sends(
                connector, "POST", there, carrying({**card(text(f"Of {times}")), "refresh": renews})
            )
            await rita.reads("Answered" if times else "Of 0")
            looks = [one for one in inbox.bodies if one.get("value", {}).get("trigger")]
            assert sum(one["value"]["trigger"] == "automatic" for one in looks) == times

        # The bot is typing until it has said something; what it takes back is gone.
        await sends(connector, "POST", there, {"type": "typing"})
        await rita.reads("Baton is typing")
        line = await sends(
            connector, "POST", there, {"type": "message", "text": "Here it *is* <b>"}
        )
        await rita.reads("Here it is <b>")
        await expect(rita.teams.get_by_text("Baton is typing")).to_be_hidden()
        await sends(connector, "DELETE", f"{there}/{line['id']}")
        await rita.reads("This message has been deleted.")

        # A bot that is not there: the card says so, and can be pressed again.
        box.bot_url = inbox.url.replace("/here", "/")
        inbox.answer = None
        await rita.press("Plain")
        await rita.reads("Unable to reach app. Please try again.")
        assert said == [], "the page's own policy stops nothing that it needs"


class Slow:
    """What the page asks for takes its time, from when it is *held* until it is *released*."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._held = asyncio.Event()
        self._go_on = asyncio.Event()

    async def hold(self, method: str, path: str, *, answered: bool) -> None:
        """The next such question waits on its way there, or *answered* on its way back."""
        self._held.clear()
        self._go_on.clear()

        async def waits(route: Route) -> None:
            if route.request.method != method or self._held.is_set():
                await route.fallback()
                return
            answer = await route.fetch() if answered else None
            self._held.set()
            await self._go_on.wait()
            await (route.fulfill(response=answer) if answer else route.fallback())

        await self._page.route(f"**/api/people/rita/{path}", waits)

    async def held(self) -> None:
        await asyncio.wait_for(self._held.wait(), 10)

    def release(self) -> None:
        self._go_on.set()


async def test_a_form_stays_that_opened_while_older_news_of_its_card_was_on_the_way(
    box: Sandbox, connector: Caller, inbox: Inbox
) -> None:
    box.bot_url = inbox.url
    box.limits.off()  # more is sent than Teams takes in so short a time
    inbox.answer = answers
    there = f"{await conversation(box, connector)}/activities"
    sent = await sends(connector, "POST", there, carrying(offer("Offer")))
    edited = f"{there}/{sent['id']}"

    async with desk_of(box) as desk, browser() as page:
        await page.goto(desk.url)
        rita, slow = seats_at(page)["rita"], Slow(page)
        await rita.reads("Offer")

        async def stays(round: str) -> None:
            await sends(connector, "POST", there, carrying(card(text(f"After {round}"))))
            await rita.reads(f"After {round}")
            assert await rita.teams.get_by_text("Answered").count() == 1, round

        # The page hears of the edit once it has been answered.
        await slow.hold("GET", "chat", answered=False)
        await sends(connector, "PUT", edited, carrying(offer("Once")))
        await slow.held()
        await rita.press("Plain")
        await rita.reads("Answered")
        slow.release()
        await stays("the first")

        # The page is answered once it has heard of the edit, which was there before the click.
        await slow.hold("GET", "chat", answered=False)
        await sends(connector, "PUT", edited, carrying(offer("Twice")))
        await slow.held()
        news, slow = slow, Slow(page)
        await slow.hold("POST", "clicks", answered=True)
        await rita.press("Plain")
        await slow.held()
        news.release()
        await rita.reads("Twice")
        slow.release()
        await rita.reads("Answered")
        await stays("the second")

        # How the chat was before the edit arrives last of all.
        await slow.hold("GET", "chat", answered=True)
        await sends(connector, "POST", there, carrying(card(text("Of this the page hears late"))))
        await slow.held()
        await sends(connector, "PUT", edited, carrying(offer("Thrice")))
        await rita.reads("Thrice")
        await rita.press("Plain")
        await rita.reads("Answered")
        await sends(connector, "POST", there, carrying(card(text("The newest"))))
        await rita.reads("The newest")
        slow.release()
        await page.wait_for_timeout(SOON)
        assert await rita.teams.get_by_text("The newest").count() == 1
        await stays("the third")
