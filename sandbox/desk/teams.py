"""Teams on the desk: one person's chat as a client of theirs draws it, and what they do in it.

A client shows a message as it was last sent or edited. The card that answers a click is shown by
the client that clicked, until the message is edited or the client begins anew: so it is handed to
the page, which keeps it, and is nothing of the chat.
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Annotated, Any, Literal

from pydantic import Field

from sandbox.company import Person
from sandbox.desk.acts import Asked, AskedWronglyError
from sandbox.m365 import Sandbox
from sandbox.teams import cards
from sandbox.teams.chats import ChatMessage
from sandbox.teams.person import Answer

Json = dict[str, Any]

SHOWN = 200  # messages at most, the latest
LONGEST = 28_000  # characters of what somebody writes: more than Teams takes
NO_PREVIEW = "Card"  # what the lock screen says of a card that comes without a summary


class Say(Asked):
    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Press(Asked):
    """A button of a message's card: Action.Execute, Action.Submit, or the card's own refresh."""

    message: str
    kind: Literal["execute", "submit", "refresh"]
    id: str | None = None
    verb: str = ""
    data: Any = None


class Dialog(Asked):
    """One is asked for, or sent with what was filled in (*sent*).

    By a *command* of the app, from the compose box or from a *message*; without one, by a button
    that asks for a dialog with its *data*.
    """

    command: str | None = None
    message: str | None = None
    data: Any = None
    sent: bool = False


def chat(box: Sandbox, who: Person, editions: Mapping[str, int]) -> Json:
    """What a client of the person shows of the chat with the bot, oldest message first.

    *editions* says how often each message has been edited; one that is not in it never was.
    """
    messages = box.chats.messages(who, deleted=True)[-SHOWN:]
    return {
        "me": box.chats.chat(who).member,
        "bot": box.chats.bot["name"],
        "messages": [_message(one, editions.get(one.id, 0)) for one in messages],
    }


def offers(manifest: Mapping[str, Any]) -> Json:
    """What an app's manifest offers beside the place to write: words that its bot knows in a
    personal chat, and commands that open a dialog.
    """
    lists = [one for bot in manifest.get("bots", ()) for one in bot.get("commandLists", ())]
    commands = [one for part in manifest.get("composeExtensions", ()) for one in part["commands"]]
    return {
        "words": [
            {"title": word["title"], "description": word.get("description", "")}
            for one in lists
            if "personal" in one["scopes"]
            for word in one["commands"]
        ],
        "commands": [
            {"id": one["id"], "title": one["title"], "context": one.get("context", ["compose"])}
            for one in commands
            if one.get("type") == "action" and one.get("fetchTask")
        ],
    }


async def say(box: Sandbox, who: Person, asked: Say) -> None:
    await box.teams.say(who, asked.text)


async def press(box: Sandbox, who: Person, asked: Press) -> Json:
    """What becomes of the click: `card`, `says`, `error` or nothing."""
    message = _there(box, who, asked.message)
    if asked.kind == "submit":
        answer = await box.teams.submit(who, message, asked.data)
        return {} if answer.ok else {"error": answer.trouble}
    trigger = "manual" if asked.kind == "execute" else "automatic"
    answer = await box.teams.execute(
        who, message, asked.verb, asked.data, id=asked.id, trigger=trigger
    )
    return dict(_of_click(answer))


async def dialog(box: Sandbox, who: Person, asked: Dialog) -> Json:
    """What becomes of the dialog: `dialog` (its title and card), `says`, `error` or nothing, and
    without `dialog` it is closed.
    """
    if asked.command is None:
        answer = await box.teams.task(who, asked.data, sent=asked.sent)
    else:
        written = escape(_there(box, who, asked.message).text) if asked.message else None
        answer = await box.teams.use_command(
            who, asked.command, message=written, data=asked.data if asked.sent else None
        )
    if answer.ok and answer.dialog is not None:
        return {"dialog": {"title": answer.dialog_title, "card": answer.dialog}}
    if answer.ok and answer.closing:
        return {"says": answer.closing}
    return {} if answer.ok and asked.sent else {"error": answer.trouble}


def _of_click(answer: Answer) -> Iterator[tuple[str, Any]]:
    if answer.ok and answer.card is not None:
        yield "card", answer.card
    elif answer.ok and answer.text is not None:
        yield "says", answer.text
    else:
        yield "error", answer.trouble


def _message(message: ChatMessage, edition: int) -> Json:
    common = {
        "id": message.id,
        "mine": not message.from_bot,
        "at": _utc(message.at),
        "edited": message.edited,
        "edition": edition,
    }
    if message.deleted:
        return {**common, "deleted": True}
    return {
        **common,
        "deleted": False,
        "text": message.text,
        "markdown": message.from_bot and message.activity.get("textFormat") != "plain",
        "cards": list(_cards(message)),
        "preview": message.summary or NO_PREVIEW,
    }


def _cards(message: ChatMessage) -> Iterator[Json]:
    """As they were last sent or edited, whatever an answer has put in their place elsewhere."""
    for attachment in message.activity.get("attachments") or []:
        content = attachment.get("content")
        if attachment.get("contentType") == cards.CONTENT_TYPE and isinstance(content, dict):
            yield content


def _there(box: Sandbox, who: Person, id: str) -> ChatMessage:
    message = box.chats.message(who, id)
    if message is None or message.deleted:
        raise AskedWronglyError(f"That message is not in {who.given}'s chat any more.")
    return message


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
