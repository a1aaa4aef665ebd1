"""The bot itself: activities from Teams in, answers out. The sole home of botbuilder.

https://learn.microsoft.com/microsoftteams/platform/bots/bot-concepts
"""

from http import HTTPStatus
from time import monotonic
from typing import Any

import structlog
from botbuilder.core import BotAdapter, InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
    Entity,
    ResourceResponse,
)
from opentelemetry import trace

from bot import answering, asking, booking, calendars, deciding, fairness, handing
from bot.baton import Baton
from bot.click import Click, drawn
from bot.messenger import ADAPTIVE
from bot.verbs import together
from cards.lists import line_card
from handoff.effects import Reply, Show
from handoff.errors import RefusedError
from store.conversations import Reference

log = structlog.get_logger()

VERBS = together(
    *(asking.VERBS, answering.VERBS, booking.VERBS),
    *(deciding.VERBS, calendars.VERBS, fairness.VERBS),
)
LATELY = 60  # seconds
REMEMBERED = 10_000  # people heard lately
CLICK = "adaptiveCard/action"
DIALOGS = {handing.ASKED: handing.asked, handing.SENT: handing.sent}
UNKNOWN = "This button is no longer in use. Here is how it stands now."


class BatonBot(TeamsActivityHandler):  # type: ignore[misc]  # botbuilder is untyped
    """What Teams tells us, one method for each kind."""

    def __init__(self, baton: Baton) -> None:
        super().__init__()
        self._baton = baton

    async def on_turn(self, turn_context: TurnContext) -> None:
        """An invoke's answer is kept beside the turn: sending it would only copy it again."""
        if turn_context.activity.type == ActivityTypes.invoke:
            answer = await self.on_invoke_activity(turn_context)
            turn_context.turn_state[BotAdapter._INVOKE_RESPONSE_KEY] = answer  # noqa: SLF001  # botbuilder's own place for it
        else:
            await super().on_turn(turn_context)

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        """A click on a card; botbuilder's own reading of one fails on what it does not expect."""
        activity = turn_context.activity
        if activity.name in DIALOGS:
            by = activity.from_property.aad_object_id
            body = await DIALOGS[activity.name](self._baton, by, activity.value)
            return InvokeResponse(status=int(HTTPStatus.OK), body=body)
        if activity.name != CLICK:
            return await super().on_invoke_activity(turn_context)
        action = activity.value.get("action") if isinstance(activity.value, dict) else None
        if not isinstance(action, dict):
            return InvokeResponse(status=int(HTTPStatus.BAD_REQUEST), body={"error": "no action"})
        return InvokeResponse(status=int(HTTPStatus.OK), body=await self._clicked(activity, action))

    async def _clicked(self, activity: Activity, action: dict[str, Any]) -> dict[str, Any]:
        click = Click.read(
            action,
            by=activity.from_property.aad_object_id,
            at=self._baton.now(),
            card=activity.reply_to_id,
            chat=activity.conversation.id,
            activity=activity.id,
        )
        verb = VERBS.get(click.verb)
        structlog.contextvars.bind_contextvars(
            click=click.verb if verb else "unknown", handoff=str(click.handoff)
        )
        trace.get_current_span().set_attribute("baton.verb", click.verb if verb else "unknown")
        try:
            card = await (verb(self._baton, click) if verb else self._baton.redraw(click, UNKNOWN))
        except RefusedError as refusal:
            card = await self._baton.redraw(click, str(refusal))
        return {"statusCode": 200, "type": ADAPTIVE, "value": drawn(card)}

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Words get a card. In a chat with others the answer comes in private."""
        activity = turn_context.activity
        words = TurnContext.remove_recipient_mention(activity) or activity.text or ""
        person = activity.from_property.aad_object_id
        chat = None if _personal(activity) else _chat(activity)
        stores = self._baton.stores
        async with stores.door.open() as tx:
            if await stores.heard.is_new(tx, f"{activity.conversation.id} {activity.id}"):
                tx.follow(Reply(person, asking.command(words), chat))

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Who came and went: an installation says it too, and botbuilder would ask Teams back."""

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        """Installed: a welcome, once. Removed: nothing can be sent until they come back."""
        person = turn_context.activity.from_property.aad_object_id
        stores = self._baton.stores
        if str(turn_context.activity.action).startswith("remove"):
            async with stores.door.open() as tx:
                await stores.people.is_unreachable(tx, person, "has removed Baton")
            return
        if not _personal(turn_context.activity):
            return
        async with stores.door.open() as tx:
            if await stores.conversations.welcome(tx, person, self._baton.now()):
                tx.follow(Reply(person, "welcome"))


class TurnAdapter(BotAdapter):  # type: ignore[misc]
    """Runs a turn. Nothing is sent within one: what is to be said goes through the queue."""

    async def run(self, activity: Activity, bot: BatonBot) -> InvokeResponse | None:
        context = TurnContext(self, activity)
        await self.run_pipeline(context, bot.on_turn)
        answer: InvokeResponse | None = context.turn_state.get(BotAdapter._INVOKE_RESPONSE_KEY)  # noqa: SLF001
        return answer

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        raise NotImplementedError("messages go out by jobs, at the pace that Teams allows")

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        raise NotImplementedError("messages go out by jobs, at the pace that Teams allows")

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        raise NotImplementedError("messages go out by jobs, at the pace that Teams allows")


class ConversationReferences:
    """Whoever speaks to us in private can be reached there, at this address, from now on."""

    def __init__(self, baton: Baton) -> None:
        self._baton = baton
        self._lately: dict[str, tuple[Reference, float]] = {}

    async def remember(self, activity: Activity) -> None:
        """Remembered; cards that could not be delivered before are sent now.

        Of clicks, one a minute is enough: whoever clicks has a card already.
        """
        person = activity.from_property.aad_object_id
        removed = str(activity.action or "").startswith("remove")
        if not person or removed or not _personal(activity):
            return
        if activity.name in DIALOGS:  # asked for in a chat with someone else, or in Outlook
            return
        reference = _reference(activity)
        if activity.type == ActivityTypes.invoke:
            known, at = self._lately.get(person, (None, 0.0))
            if known == reference and monotonic() - at < LATELY:
                return
        if len(self._lately) > REMEMBERED:
            self._lately.clear()
        stores = self._baton.stores
        async with stores.door.open() as tx:
            if await stores.conversations.update_reference(tx, person, reference):
                owed = await stores.lookups.owed_by(person)
                tx.follow(*(Show(person, id, alert=True) for id in owed))
        self._lately[person] = reference, monotonic()


def read(body: dict[str, Any]) -> Activity:
    """The activity in a request's body, as far as we use it. Raises ValueError when it is none.

    botbuilder's own reader takes longer than everything else that a click does but the database.
    """
    kind, sender, chat, bot = (
        body.get(name) for name in ("type", "from", "conversation", "recipient")
    )
    if body.get("name") in DIALOGS:  # Outlook has no chat to name, and Teams' own samples none
        chat, bot = (found if found is not None else {} for found in (chat, bot))
    if not (isinstance(kind, str) and isinstance(bot, dict)):
        raise ValueError("no activity: type or recipient is missing")  # noqa: TRY004  # theirs
    if not (isinstance(sender, dict) and isinstance(chat, dict)):
        raise ValueError("no activity: sender or conversation is missing")  # noqa: TRY004
    entities = body.get("entities")
    return Activity(
        type=kind,
        id=_text(body, "id"),
        name=_text(body, "name"),
        text=_text(body, "text"),
        action=_text(body, "action"),
        value=body.get("value"),
        reply_to_id=_text(body, "replyToId"),
        channel_id=_text(body, "channelId"),
        service_url=_text(body, "serviceUrl"),
        from_property=_account(sender),
        recipient=_account(bot),
        conversation=ConversationAccount(
            id=_text(chat, "id"), conversation_type=_text(chat, "conversationType")
        ),
        entities=[
            Entity().deserialize(e)
            for e in (entities if isinstance(entities, list) else [])
            if isinstance(e, dict) and e.get("type") == "mention"
        ],
    )


def _account(found: dict[str, Any]) -> ChannelAccount:
    return ChannelAccount(
        id=_text(found, "id"), name=_text(found, "name"), aad_object_id=_text(found, "aadObjectId")
    )


def _text(found: dict[str, Any], name: str) -> str | None:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"no activity: {name} is no text")  # of the request
    return value


def _reference(activity: Activity) -> Reference:
    """A conversation reference as plain JSON, without the names in it."""
    return {
        "user": {
            "id": activity.from_property.id,
            "aadObjectId": activity.from_property.aad_object_id,
        },
        "bot": {"id": activity.recipient.id},
        "conversation": {"id": activity.conversation.id, "conversationType": "personal"},
        "channelId": activity.channel_id,
        "serviceUrl": activity.service_url,
    }


def failed() -> dict[str, Any]:
    """What a click is answered with when the fault is ours; the card stays as it was."""
    return {
        "statusCode": 500,
        "type": "application/vnd.microsoft.error",
        "value": {"code": "Failed", "message": "Nothing has changed. Please try again."},
    }


def stranger() -> dict[str, Any]:
    """What a click is answered with when Teams does not say who clicked."""
    card = line_card("Teams did not say who you are, so nothing has changed.")
    return {"statusCode": 200, "type": ADAPTIVE, "value": card}


def _chat(activity: Activity) -> dict[str, Any]:
    """Where a chat with others is reached, without the names in it."""
    return {
        "serviceUrl": activity.service_url,
        "conversation": {"id": activity.conversation.id},
    }


def _personal(activity: Activity) -> bool:
    return bool(activity.conversation.conversation_type in (None, "personal"))
