"""Mail that introduces people and is answered."""

from sandbox.exchange.model import LetterKind
from sandbox.m365 import Sandbox
from tests.sandbox.conftest import Caller, Json

RITA, QUINN = "rita.osei@halden.example", "quinn.avery@halden.example"
INES = "ines@customer.example"
HEADERS = "$select=subject,conversationId,internetMessageId,sentDateTime"


def introduction(**more: object) -> Json:
    return {
        "message": {
            "subject": "Rita, meet Ines",
            "body": {"contentType": "HTML", "content": "<p>Hello both</p>"},
            "toRecipients": [{"emailAddress": {"address": INES, "name": "Ines Prado"}}],
            "ccRecipients": [{"emailAddress": {"address": RITA}}],
        },
        **more,
    }


async def test_a_mail_is_sent_kept_and_received(box: Sandbox, graph: Caller) -> None:
    got = await graph.post(f"/users/{QUINN}/sendMail", introduction())

    assert (got.status, got.body) == (202, "")
    (letter,) = box.outside.inbox(INES)
    assert (letter.kind, letter.subject) == (LetterKind.MAIL, "Rita, meet Ines")
    sent = (await graph.get(f"/users/{QUINN}/mailFolders/SentItems/messages?{HEADERS}")).value
    received = (await graph.get(f"/users/{RITA}/mailFolders/inbox/messages?{HEADERS}")).value
    assert sent[0]["internetMessageId"] == received[0]["internetMessageId"]
    assert sent[0]["conversationId"] != received[0]["conversationId"], "each mailbox has its own"
    assert (await graph.get(f"/users/{QUINN}/mailFolders/inbox/messages")).value == []
    whole = await graph.get(f"/users/{RITA}/messages/{received[0]['id']}")
    assert whole["from"]["emailAddress"]["address"] == QUINN
    assert "body" not in whole.body, "basic reading shows no content"


async def test_a_mail_need_not_be_kept(graph: Caller) -> None:
    await graph.post(f"/users/{QUINN}/sendMail", introduction(saveToSentItems=False))

    assert (await graph.get(f"/users/{QUINN}/messages")).value == []


async def test_an_answer_is_found_in_the_thread(box: Sandbox, graph: Caller) -> None:
    await graph.post(f"/users/{QUINN}/sendMail", introduction())
    (received,) = (await graph.get(f"/users/{RITA}/messages?{HEADERS}")).value
    thread = f"$filter=conversationId eq '{received['conversationId']}'"
    sent = f"/users/{RITA}/mailFolders/sentitems/messages?{thread}&{HEADERS}"
    assert (await graph.get(sent)).value == []

    answered = await graph.post(
        f"/users/{RITA}/messages/{received['id']}/replyAll", {"comment": "Happy to help"}
    )

    assert answered.status == 202
    (found,) = (await graph.get(sent)).value
    assert found["subject"] == "RE: Rita, meet Ines"
    (letter,) = [one for one in box.outside.inbox(INES) if one.sender.mail == RITA]
    assert "Happy to help" in letter.body.content
    headers = await graph.get(
        f"/users/{RITA}/messages/{found['id']}?$select=internetMessageHeaders"
    )
    by_name = {one["name"]: one["value"] for one in headers["internetMessageHeaders"]}
    assert by_name["In-Reply-To"] == received["internetMessageId"]
    (back,) = [m for m in box.outlook.mail("quinn", "inbox") if m.sender.mail == RITA]
    assert back.in_reply_to == received["internetMessageId"]


async def test_people_answer_in_outlook_and_outside(box: Sandbox, graph: Caller) -> None:
    first = box.outlook.send_mail("quinn", [INES, "rita"], "Hello", "Meet each other")
    box.outlook.reply("rita", first, "Welcome")
    (mail,) = box.outlook.mail("rita", "inbox")
    box.outside.write(INES, [box.outlook.address("rita")], "RE: Hello", "Thanks", answers=mail)

    subjects = [message.subject for message in box.outlook.mail("rita")]

    assert subjects == ["Hello", "RE: Hello", "RE: Hello"]
    assert len({message.thread for message in box.outlook.mail("rita")}) == 1


async def test_filter_and_order_have_to_agree(graph: Caller) -> None:
    path = f"/users/{QUINN}/messages"

    bad = await graph.get(f"{path}?$filter=subject eq 'x'&$orderby=receivedDateTime")
    good = await graph.get(
        f"{path}?$filter=receivedDateTime ge 2026-01-01 and subject eq 'x'"
        "&$orderby=receivedDateTime"
    )

    assert (bad.status, bad.code) == (400, "InefficientFilter")
    assert good.status == 200


async def test_a_mail_to_nobody_is_refused(graph: Caller) -> None:
    got = await graph.post(f"/users/{QUINN}/sendMail", {"message": {"subject": "Hello"}})

    assert (got.status, got.code) == (400, "ErrorInvalidRecipients")
    missing = await graph.get(f"/users/{QUINN}/mailFolders/none/messages")
    assert (missing.status, missing.code) == (404, "ErrorItemNotFound")


async def test_a_mail_keeps_the_message_id_that_its_writer_gave_it(graph: Caller) -> None:
    mail = introduction()
    mail["message"]["internetMessageId"] = "<17.baton@halden.example>"
    await graph.post(f"/users/{QUINN}/sendMail", mail)

    named = "$filter=internetMessageId eq '<17.baton@halden.example>'&$select=id,conversationId"
    (sent,) = (await graph.get(f"/users/{QUINN}/messages?{named}")).value
    (received,) = (await graph.get(f"/users/{RITA}/messages?{named}")).value

    assert sent["conversationId"] != received["conversationId"]
