"""Handing over a lead from a message: the form in a dialog of Teams.

https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/action-commands/create-task-module
"""

from typing import Any

from bot.baton import Baton
from bot.booking import begin, blank_form
from bot.click import Click
from cards.elements import Card
from cards.lists import line_card
from handoff.effects import Show
from handoff.errors import NoSuchHandoffError, RefusedError
from markup import visible

ASKED = "composeExtension/fetchTask"
SENT = "composeExtension/submitAction"
COMMAND = "handOver"  # as the manifest has it
MOST_READ = 20_000  # characters of a message that are looked at; the brief holds 500
CARD = "application/vnd.microsoft.card.adaptive"
COMES = "The lead is with Baton. Times to choose from come in your chat with Baton in a moment."
UNKNOWN = "This command is no longer in use. Say help to Baton in Teams."


async def asked(baton: Baton, by: str, value: object) -> dict[str, Any]:
    """The dialog with an empty brief, or with the message as its first text."""
    value = value if isinstance(value, dict) else {}
    if value.get("commandId") != COMMAND:
        return _dialog(line_card(UNKNOWN))
    try:
        form = await blank_form(baton, by, needs=words_of(value.get("messagePayload")))
    except RefusedError as refusal:
        return _dialog(line_card(str(refusal)))
    return _dialog(form)


async def sent(baton: Baton, by: str, value: object) -> dict[str, Any]:
    """The lead is there once, however often it was sent, and its card comes in private.

    What is missing is asked for in the dialog, which keeps what was typed.
    """
    value = value if isinstance(value, dict) else {}
    click = Click.read({"verb": "brief", "data": value.get("data")}, by=by, at=baton.now())
    try:
        if value.get("commandId") != COMMAND:
            return _dialog(line_card(UNKNOWN))
        form = click.id("form")
        card = await begin(baton, click, Show(by, form, alert=True, asked=True))
    except RefusedError as refusal:
        return _dialog(line_card(str(refusal)))
    try:
        case = await baton.stores.handoffs.case(form, by)
    except NoSuchHandoffError:
        return _dialog(card)
    if case.handoff.qualifier != by:  # marketing has it now, or it was never theirs
        return _dialog(card)
    return {"task": {"type": "message", "value": COMES}}


def words_of(message: object) -> str:
    """The plain words of a message as Teams passes it on; empty for whatever is none."""
    body = message.get("body") if isinstance(message, dict) else None
    content = body.get("content") if isinstance(body, dict) else None
    if not isinstance(content, str):
        return ""
    content = content[:MOST_READ]
    if isinstance(body, dict) and body.get("contentType") == "text":
        return _tidy(content)
    return _tidy(visible(content))


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)[:500].strip()


def _dialog(card: Card) -> dict[str, Any]:
    """A dialog sends by Action.Submit: it does not know Action.Execute."""
    actions = [
        {
            "type": "Action.Submit",
            "title": action.get("title"),
            "data": action.get("data") or {},
        }
        for action in card.get("actions", [])
        if action.get("verb") == "brief"
    ]
    content = {name: part for name, part in card.items() if name not in ("actions", "refresh")}
    shown = {**content, "actions": actions} if actions else content
    return {
        "task": {
            "type": "continue",
            "value": {
                "title": "Hand over a lead",
                "width": "medium",
                "height": "large",
                "card": {"contentType": CARD, "content": shown},
            },
        }
    }
