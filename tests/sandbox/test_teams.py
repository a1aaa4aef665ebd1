"""The chat between people and the bot, from either end."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientError

from sandbox.entra import GRAPH_API
from sandbox.m365 import Sandbox
from sandbox.teams.cards import CannotPressError
from sandbox.teams.chats import ChatChange
from tests.sandbox.conftest import Caller, Inbox, Json

CARD = "application/vnd.microsoft.card.adaptive"


def card(*body: Json, actions: list[Json] | None = None, **more: Any) -> Json:
    return {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": list(body),
        "actions": actions or [],
        **more,
    }


def text(words: str, **more: Any) -> Json:
    return {"type": "TextBlock", "text": words, **more}


def button(title: str, verb: str, **more: Any) -> Json:
    return {"type": "Action.Execute", "title": title, "verb": verb, **more}


def carrying(content: Json, **more: Any) -> Json:
    attachment = {"contentType": CARD, "content": content}
    return {"type": "message", "attachments": [attachment], **more}


async def conversation(box: Sandbox, connector: Caller, who: str = "rita") -> str:
    """The path of the bot's conversation with a person who has the app."""
    box.chats.set(who, installed=True)
    got = await connector.post(
        "/conversations",
        {
            "members": [{"id": box.person(who).id}],
            "tenantId": box.entra.app.tenant,
            "isGroup": False,
        },
    )
    assert got.status == 201
    return f"/conversations/{got['id']}"


# The bot speaks


async def test_a_message_stands_in_the_chat_until_it_is_edited_and_deleted(
    box: Sandbox, connector: Caller
) -> None:
    there = await conversation(box, connector)

    sent = await connector.post(f"{there}/activities", carrying(card(text("Offer")), summary="New"))
    (message,) = box.teams.chat("rita")
    assert (sent.status, sent["id"]) == (201, message.id)
    assert (message.texts(), message.summary, message.from_bot) == (["Offer"], "New", True)

    edited = await connector(
        "PUT", f"{there}/activities/{message.id}", carrying(card(text("Taken")))
    )
    (message,) = box.teams.chat("rita")
    assert (edited.status, message.texts(), message.edited) == (200, ["Taken"], True)

    assert (await connector.delete(f"{there}/activities/{message.id}")).status == 200
    assert box.teams.chat("rita") == []
    gone = await connector("PUT", f"{there}/activities/{message.id}", carrying(card()))
    assert (gone.status, gone.code) == (404, "ActivityNotFoundInConversation")


async def test_a_conversation_is_the_same_each_time_and_replies_go_into_it(
    box: Sandbox, connector: Caller
) -> None:
    there = await conversation(box, connector)
    assert there == await conversation(box, connector)
    assert there != await conversation(box, connector, "noah")

    sent = await connector.post(f"{there}/activities/anything", {"type": "message", "text": "Hi"})

    assert sent.status == 201
    assert box.teams.chat("rita")[-1].activity["replyToId"] == "anything"
    typing = await connector.post(f"{there}/activities", {"type": "typing"})
    assert typing.status == 201
    assert len(box.teams.chat("rita")) == 1


async def test_members_are_people_of_the_company(box: Sandbox, connector: Caller) -> None:
    there = await conversation(box, connector)
    rita = box.person("rita")

    (member,) = (await connector.get(f"{there}/members")).body
    paged = await connector.get(f"{there}/pagedmembers")
    one = await connector.get(f"{there}/members/{rita.id}")

    assert member["id"].startswith("29:1")
    assert (member["aadObjectId"], member["userPrincipalName"]) == (rita.id, rita.upn)
    assert paged["members"] == [member]
    assert one.body == member
    assert (await connector.get(f"{there}/members/29:1none")).status == 404


async def test_text_and_card_together_become_two_messages_and_no_id(
    box: Sandbox, connector: Caller
) -> None:
    there = await conversation(box, connector)

    sent = await connector.post(f"{there}/activities", carrying(card(text("Card")), text="Text"))

    assert [message.texts() for message in box.teams.chat("rita")] == [["Text"], ["Card"]]
    gone = await connector("PUT", f"{there}/activities/{sent['id']}", carrying(card()))
    assert gone.status == 404


async def test_only_the_bot_itself_gets_in(box: Sandbox, connector: Caller) -> None:
    there = await conversation(box, connector)
    entra = box.entra
    bad = {
        "none": "",
        "malformed": "nonsense",
        "for Graph": entra.application_token(GRAPH_API),
        "another application's": entra.application_token(
            "https://api.botframework.com", appid="other"
        ),
        "another tenant's": entra.application_token("https://api.botframework.com", tid="other"),
        "expired": entra.application_token("https://api.botframework.com", exp=1),
        "another key": entra.application_token(
            "https://api.botframework.com", key=box.botframework.key
        ),
    }

    for why, token in bad.items():
        got = await connector.post(f"{there}/activities", {"type": "message"}, token=token)
        assert got.status == 401, why


async def test_a_token_that_graph_has_taken_is_none_for_teams(
    box: Sandbox, graph: Caller, connector: Caller
) -> None:
    there = await conversation(box, connector)
    assert (await graph.get("/users")).status == 200
    message = {"type": "message", "text": "Hi"}

    assert (await connector.post(f"{there}/activities", message, token=graph.token)).status == 401
    assert (await connector.post(f"{there}/activities", message)).status == 201
    assert (await graph.get("/users", token=connector.token)).status == 401


async def test_a_bot_changes_its_own_messages_only(
    box: Sandbox, connector: Caller, inbox: Inbox
) -> None:
    box.bot_url = inbox.url
    there = await conversation(box, connector)
    await box.teams.say("rita", "mine")
    (message,) = box.teams.chat("rita")

    got = await connector("PUT", f"{there}/activities/{message.id}", carrying(card()))
    assert (got.status, got.code) == (403, "NotEnoughPermissions")
    assert (await connector.delete(f"{there}/activities/{message.id}")).status == 403


async def test_what_the_connector_refuses(box: Sandbox, connector: Caller) -> None:
    there = await conversation(box, connector)
    tenant = box.entra.app.tenant

    async def refused(path: str, body: object) -> tuple[int, str]:
        got = await connector.post(path, body)
        return got.status, got.code

    message = {"type": "message", "text": "Hi"}
    assert await refused("/conversations/a:1none/activities", message) == (
        404,
        "ConversationNotFound",
    )
    assert await refused(f"{there}/activities", {"text": "Hi"}) == (400, "BadSyntax")
    assert await refused(f"{there}/activities", {"type": "message"}) == (400, "BadSyntax")
    assert await refused(f"{there}/activities", carrying({"type": "Card"})) == (400, "BadSyntax")
    big = carrying(card(text("x" * 60_000)))
    assert await refused(f"{there}/activities", big) == (413, "MessageSizeTooBig")
    stranger = {"members": [{"id": "29:1none"}], "tenantId": tenant}
    assert await refused("/conversations", stranger) == (400, "BadArgument")
    noah = {"members": [{"id": box.person("noah").id}], "tenantId": tenant}
    assert await refused("/conversations", noah) == (403, "ForbiddenOperationException")
    without = {"members": [{"id": box.person("rita").id}]}
    assert await refused("/conversations", without) == (400, "BadArgument")
    group = {**noah, "isGroup": True}
    assert await refused("/conversations", group) == (400, "BadSyntax")


async def test_a_blocked_bot_is_refused_until_the_person_writes(
    box: Sandbox, connector: Caller, inbox: Inbox
) -> None:
    box.bot_url = inbox.url
    there = await conversation(box, connector)
    message = {"type": "message", "text": "Hi"}

    box.teams.block("rita")
    got = await connector.post(f"{there}/activities", message)
    assert (got.status, got.code) == (403, "ConversationBlockedByUser")

    box.teams.block("rita", "MessageWritesBlocked")
    got = await connector.post(f"{there}/activities", message)
    assert (got.status, got["errorCode"]) == (403, 209)
    assert json.loads(got["message"])["subCode"] == "MessageWritesBlocked"

    await box.teams.say("rita", "help")
    assert (await connector.post(f"{there}/activities", message)).status == 201

    await box.teams.remove("rita")
    got = await connector.post(f"{there}/activities", message)
    assert (got.status, got.code) == (403, "BotNotInConversationRoster")
    assert inbox.bodies[-1]["action"] == "remove"


async def test_errors_on_demand(box: Sandbox, connector: Caller) -> None:
    there = await conversation(box, connector)
    message = {"type": "message", "text": "Hi"}

    box.faults.teams_status(412)
    got = await connector.post(f"{there}/activities", message)
    assert (got.status, got.code) == (412, "PreconditionFailed")
    box.faults.teams_status(429, retry_after=3)
    got = await connector.post(f"{there}/activities", message)
    assert (got.status, got.headers["Retry-After"]) == (429, "3")
    box.faults.teams_status(503, html=True)
    got = await connector.post(f"{there}/activities", message)
    assert (got.status, got.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert (await connector.post(f"{there}/activities", message)).status == 201
    assert box.requests.count("POST", "/activities", status=201) == 1


async def test_the_published_limits_hold_for_one_conversation(
    box: Sandbox, connector: Caller
) -> None:
    there, other = await conversation(box, connector), await conversation(box, connector, "noah")
    message = {"type": "message", "text": "Hi"}

    statuses = [(await connector.post(f"{there}/activities", message)).status for _ in range(7)]
    got = await connector.post(f"{there}/activities", message)

    assert statuses == [201] * 7
    assert (got.status, got.code) == (429, "Throttled")
    assert 1 <= int(got.headers["Retry-After"]) <= 2
    assert (await connector.post(f"{other}/activities", message)).status == 201
    box.limits.off()
    assert (await connector.post(f"{there}/activities", message)).status == 201


async def test_the_published_limit_holds_for_the_tenant(box: Sandbox, connector: Caller) -> None:
    people = [person.key for person in box.directory]
    paths = [await conversation(box, connector, who) for who in people]
    message = {"type": "message", "text": "Hi"}

    statuses = [
        (await connector.post(f"{path}/activities", message)).status
        for path in paths * 5  # 70 and more at five for each person
    ]

    assert 429 in statuses
    assert statuses.count(201) <= 50


# People speak


async def test_what_a_person_writes_arrives_as_teams_sends_it(box: Sandbox, inbox: Inbox) -> None:
    box.bot_url = inbox.url
    rita = box.person("rita")

    answer = await box.teams.say("rita", "help")

    added, joined, message = inbox.bodies
    assert (added["type"], added["action"]) == ("installationUpdate", "add")
    assert joined["membersAdded"][0]["id"] == f"28:{box.entra.app.client_id}"
    assert answer.status == 202
    assert message["text"] == "help"
    assert message["from"] == {
        "id": box.chats.chat(rita).member,
        "name": "Rita Osei",
        "aadObjectId": rita.id,
    }
    assert message["recipient"]["id"] == f"28:{box.entra.app.client_id}"
    assert message["channelId"] == "msteams"
    assert message["serviceUrl"] == box.service_url
    assert message["conversation"]["conversationType"] == "personal"
    assert message["channelData"]["tenant"]["id"] == box.entra.app.tenant
    assert message["localTimezone"] == "Europe/Madrid"
    assert message["timestamp"] == "2026-03-02T08:30:00.000Z"
    assert message["entities"][0]["type"] == "clientInfo"
    token = inbox.posts[-1].headers["Authorization"].removeprefix("Bearer ")
    said = box.botframework.key.read(token, audiences=[box.entra.app.client_id])
    assert said["serviceurl"] == box.service_url
    (mine,) = box.teams.chat("rita")
    assert (mine.text, mine.from_bot, mine.id) == ("help", False, message["id"])


async def test_windows_zones_reach_the_bot_as_iana_zones(box: Sandbox, inbox: Inbox) -> None:
    box.bot_url = inbox.url

    await box.teams.say("priya", "help")

    assert inbox.bodies[-1]["localTimezone"] == "Asia/Calcutta"  # as browsers there say
    assert inbox.bodies[-1]["localTimestamp"].endswith("+05:30")


async def test_a_click_carries_data_and_inputs_and_shows_the_answer(
    box: Sandbox, connector: Caller, inbox: Inbox
) -> None:
    box.bot_url = inbox.url
    there = await conversation(box, connector)
    offer = card(
        text("Offer"),
        {
            "type": "ColumnSet",
            "columns": [
                {
                    "type": "Column",
                    "items": [
                        {
                            "type": "Input.Text",
                            "id": "note",
                            "label": "Note",
                            "isRequired": True,
                            "errorMessage": "Say something",
                        }
                    ],
                }
            ],
        },
        {"type": "Input.Toggle", "id": "sure", "title": "Sure"},
        {
            "type": "Input.ChoiceSet",
            "id": "days",
            "isMultiSelect": True,
            "choices": [{"title": "Mon", "value": "1"}, {"title": "Tue", "value": "2"}],
        },
        {"type": "ActionSet", "actions": [button("Accept", "accept", data={"handoff": "7"})]},
    )
    await connector.post(f"{there}/activities", carrying(offer))
    (message,) = box.teams.chat("rita")

    async def taken(_: Any) -> Json:
        return {"statusCode": 200, "type": CARD, "value": card(text("Yours"))}

    inbox.answer = taken
    with pytest.raises(CannotPressError, match="Say something"):
        await box.teams.click("rita", message, "accept")
    with pytest.raises(CannotPressError, match="no action with verb 'decline'"):
        await box.teams.click("rita", message, "decline")
    with pytest.raises(CannotPressError, match="not among the choices"):
        await box.teams.click("rita", message, "accept", note="x", days=["3"])
    with pytest.raises(CannotPressError, match="no input reason"):
        await box.teams.click("rita", message, "accept", note="x", reason="y")
    assert inbox.bodies == []

    answer = await box.teams.click(
        "rita", message, "accept", note="Gladly", sure=True, days=["1", "2"]
    )

    (invoke,) = inbox.bodies
    assert (invoke["type"], invoke["name"]) == ("invoke", "adaptiveCard/action")
    assert invoke["replyToId"] == message.id
    assert invoke["value"]["trigger"] == "manual"
    assert invoke["value"]["action"]["verb"] == "accept"
    assert invoke["value"]["action"]["data"] == {
        "handoff": "7",
        "note": "Gladly",
        "sure": "true",
        "days": "1,2",
    }
    assert answer.ok
    assert answer.texts() == ["Yours"]
    (message,) = box.teams.chat("rita")
    assert message.texts() == ["Yours"]
    assert message.activity["attachments"][0]["content"] == offer

    await connector("PUT", f"{there}/activities/{message.id}", carrying(card(text("Done"))))
    assert box.teams.chat("rita")[0].texts() == ["Done"]


async def test_buttons_inside_show_cards_take_the_inputs_around_them(
    box: Sandbox, connector: Caller, inbox: Inbox
) -> None:
    box.bot_url = inbox.url
    there = await conversation(box, connector)

    def inner(title: str, field: str) -> Json:
        return {
            "type": "Action.ShowCard",
            "title": title,
            "card": card(
                {"type": "Input.Text", "id": field}, actions=[button(title, "send", data={})]
            ),
        }

    outer = card(
        {"type": "Input.Text", "id": "outer", "value": "kept"},
        actions=[inner("Back", "why"), inner("Later", "when")],
    )
    await connector.post(f"{there}/activities", carrying(outer))
    (message,) = box.teams.chat("rita")
    assert [(a.title, a.verb) for a in message.actions()] == [("Back", "send"), ("Later", "send")]

    with pytest.raises(CannotPressError, match="several"):
        await box.teams.click("rita", message, "send")
    await box.teams.click("rita", message, "send", titled="Later", when="Tuesday")

    assert inbox.bodies[-1]["value"]["action"]["data"] == {"outer": "kept", "when": "Tuesday"}


async def test_cards_are_read_in_order_and_without_what_is_hidden(
    box: Sandbox, connector: Caller
) -> None:
    there = await conversation(box, connector)
    shown = card(
        text("One"),
        text("never", isVisible=False),
        {
            "type": "Container",
            "items": [text("Two"), {"type": "Image", "url": "https://x.example"}],
        },
        {"type": "FactSet", "facts": [{"title": "When", "value": "Tue 10:00"}]},
        {"type": "RichTextBlock", "inlines": ["Three ", {"type": "TextRun", "text": "four"}]},
        {
            "type": "Table",
            "rows": [{"type": "TableRow", "cells": [{"type": "TableCell", "items": [text("5")]}]}],
        },
        {
            "type": "Input.ChoiceSet",
            "id": "rep",
            "label": "Rep",
            "value": "n",
            "choices": [{"title": "Noah", "value": "n"}],
        },
        actions=[
            button("Go", "go"),
            {"type": "Action.OpenUrl", "title": "Why", "url": "https://x"},
        ],
    )
    await connector.post(f"{there}/activities", carrying(shown))
    (message,) = box.teams.chat("rita")

    assert message.texts() == ["One", "Two", "When: Tue 10:00", "Three four", "5", "Rep", "Noah"]
    assert [(one.title, one.verb, one.url) for one in message.actions()] == [
        ("Go", "go", None),
        ("Why", None, "https://x"),
    ]
    assert message.verbs() == ["go"]


async def test_a_card_that_refreshes_does_so_when_the_chat_is_opened(
    box: Sandbox, connector: Caller, inbox: Inbox
) -> None:
    box.bot_url = inbox.url
    there = await conversation(box, connector)
    mine = {
        "action": button("", "refresh", data={"h": 1}),
        "userIds": [box.chats.chat("rita").member],
    }
    theirs = {"action": button("", "refresh"), "userIds": ["29:1somebody"]}
    await connector.post(f"{there}/activities", carrying(card(text("A"), refresh=mine)))
    await connector.post(f"{there}/activities", carrying(card(text("B"), refresh=theirs)))

    async def fresh(_: Any) -> Json:
        return {"statusCode": 200, "type": CARD, "value": card(text("A now"), refresh=mine)}

    inbox.answer = fresh
    await box.teams.open_chat("rita")
    await box.teams.open_chat("rita")
    assert [body["value"]["trigger"] for body in inbox.bodies] == ["automatic"]
    assert [m.texts() for m in box.teams.chat("rita")] == [["A now"], ["B"]]

    box.clock.forward(timedelta(minutes=2))
    await box.teams.open_chat("rita")
    assert len(inbox.bodies) == 2


async def test_a_bot_that_does_not_answer_in_time_leaves_an_error_on_the_card(
    box: Sandbox, inbox: Inbox
) -> None:
    box.bot_url = inbox.url
    box.teams.patience = 0.05
    inbox.slow = 0.2

    answer = await box.teams.execute("rita", "1", "accept", {})

    assert (answer.status, answer.ok) == (0, False)
    await asyncio.sleep(0.2)  # the bot's late answer is nobody's any more


async def test_an_answer_with_an_error_inside_is_not_ok(box: Sandbox, inbox: Inbox) -> None:
    box.bot_url = inbox.url

    async def wrong(_: Any) -> Json:
        return {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": {}}

    inbox.answer = wrong
    assert not (await box.teams.execute("rita", "1", "accept", {})).ok


async def test_older_clients_submit_a_message_without_text(box: Sandbox, inbox: Inbox) -> None:
    box.bot_url = inbox.url

    await box.teams.submit("rita", "17", {"verb": "accept"})

    assert inbox.bodies[-1]["type"] == "message"
    assert (inbox.bodies[-1]["value"], inbox.bodies[-1]["replyToId"]) == ({"verb": "accept"}, "17")
    assert "text" not in inbox.bodies[-1]
    assert box.teams.chat("rita") == []


async def test_a_message_can_arrive_though_the_bot_does_not_learn_it(
    box: Sandbox, connector: Caller
) -> None:
    there = await conversation(box, connector)
    box.faults.teams_answer_lost(after=0)

    with pytest.raises(ClientError):
        await connector.post(f"{there}/activities", {"type": "message", "text": "Hi"})

    assert [message.text for message in box.teams.chat("rita")] == ["Hi"]


async def test_whatever_is_sent_raw_goes_as_it_is(box: Sandbox, inbox: Inbox) -> None:
    box.bot_url = inbox.url

    await box.teams.send("rita", {"type": "odd"}, token="")
    assert "Authorization" not in inbox.posts[-1].headers
    assert inbox.bodies[-1] == {"type": "odd"}
    await box.teams.send("rita", b"null", token="bad")
    assert inbox.posts[-1].headers["Authorization"] == "Bearer bad"


# A Playground in between


async def test_what_a_playground_sends_becomes_what_teams_would_send(
    box: Sandbox, connector: Caller, inbox: Inbox
) -> None:
    box.bot_url = inbox.url
    rita = box.person("rita")
    theirs = {
        "id": "pg-1",
        "channelId": "emulator",
        "serviceUrl": "http://localhost:56150/_connector",
        "from": {"id": "user-id-0", "name": "Alex"},
        "conversation": {"id": "personal-chat-id"},
        "recipient": {"id": "bot-id"},
        "channelData": {"tenant": {"id": "00000000"}, "source": {"name": "message"}},
    }

    await box.teams.deliver(rita, theirs | {"type": "installationUpdate", "action": "add"})
    await box.teams.deliver(rita, theirs | {"type": "conversationUpdate", "membersAdded": []})
    await box.teams.deliver(rita, theirs | {"type": "installationUpdate", "action": "add"})
    assert [body["type"] for body in inbox.bodies] == ["installationUpdate", "conversationUpdate"]

    await box.teams.deliver(rita, theirs | {"type": "message", "text": "mine"})
    message = inbox.bodies[-1]
    assert message["text"] == "mine"
    assert message["from"]["aadObjectId"] == rita.id
    assert message["conversation"]["id"] == box.chats.chat(rita).conversation
    assert message["serviceUrl"] == box.service_url
    assert message["channelData"]["tenant"]["id"] == box.entra.app.tenant

    there = await conversation(box, connector)
    sent = await connector.post(f"{there}/activities", carrying(card(text("Offer"))))
    box.teams.alias(rita, "pg-7", sent["id"])

    async def taken(_: Any) -> Json:
        return {"statusCode": 200, "type": CARD, "value": card(text("Yours"))}

    inbox.answer = taken
    answer = await box.teams.deliver(
        rita,
        theirs
        | {
            "type": "invoke",
            "name": "adaptiveCard/action",
            "replyToId": "pg-7",
            "value": {"action": {"type": "Action.Execute", "verb": "accept"}},
        },
    )
    assert inbox.bodies[-1]["replyToId"] == sent["id"]
    assert answer.status == 200
    assert box.teams.chat(rita)[-1].texts() == ["Yours"]


async def test_changes_of_a_chat_can_be_followed_live(box: Sandbox, connector: Caller) -> None:
    there = await conversation(box, connector)
    seen: list[ChatChange] = []

    async def follow() -> None:
        async for change in box.chats.follow("rita"):
            seen.append(change)  # noqa: PERF401  # the loop does not end

    following = asyncio.create_task(follow())
    await asyncio.sleep(0)
    sent = await connector.post(f"{there}/activities", carrying(card(text("Offer"))))
    await connector("PUT", f"{there}/activities/{sent['id']}", carrying(card(text("Taken"))))
    await connector.delete(f"{there}/activities/{sent['id']}")
    await asyncio.sleep(0)
    following.cancel()

    assert [(change.kind, change.message.id) for change in seen] == [
        ("new", sent["id"]),
        ("edited", sent["id"]),
        ("deleted", sent["id"]),
    ]
