"""The bot itself: activities from Teams in, answers out. The sole home of botbuilder.

https://learn.microsoft.com/microsoftteams/platform/bots/bot-concepts
"""

from http import HTTPStatus
from time import monotonic
from typing import Any

import structlog
from botbuilder import schema
from botbuilder.core import BotAdapter, InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from opentelemetry import trace

from bot import (
    answering,
    asking,
    away,
    booking,
    calendars,
    changing,
    contest,
    crm_asks,
    deals,
    deciding,
    fairness,
    forms,
    giving,
    handing,
)
from bot.activity import INVOKE, Activity
from bot.baton import Baton
from bot.click import Click, drawn, standing
from bot.messenger import ADAPTIVE
from bot.verbs import together
from cards.lists import line_card
from handoff.effects import Reply, Show, ShowMine
from handoff.errors import OutOfUseError, RefusedError
from store.conversations import Reference

log = structlog.get_logger()

VERBS = together(
    *(asking.VERBS, answering.VERBS, booking.VERBS),
    *(contest.VERBS, crm_asks.VERBS, deals.VERBS, deciding.VERBS, calendars.VERBS, fairness.VERBS),
    *(giving.VERBS, changing.VERBS, away.VERBS, forms.VERBS),
)
LATELY = 60  # seconds
REMEMBERED = 10_000  # people heard lately
CLICK = "adaptiveCard/action"
HEARD, ANSWER = "baton.heard", "baton.answer"  # what is kept beside a turn
DIALOGS = {handing.ASKED: handing.asked, handing.SENT: handing.sent}


class BatonBot(TeamsActivityHandler):  # type: ignore[misc]  # botbuilder is untyped
    """What Teams tells us, one method for each kind."""

    def __init__(self, baton: Baton) -> None:
        super().__init__()
        self._baton = baton

    async def on_turn(self, turn_context: TurnContext) -> None:
        """An invoke's answer is kept beside the turn: sending it would only copy it again."""
        if turn_context.activity.type == INVOKE:
            turn_context.turn_state[ANSWER] = await self.on_invoke_activity(turn_context)
        else:
            await super().on_turn(turn_context)

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        """A click on a card; botbuilder's own reading of one fails on what it does not expect."""
        activity = _heard(turn_context)
        if activity.name in DIALOGS:
            body = await DIALOGS[activity.name](self._baton, activity.person, activity.value)
            return InvokeResponse(status=int(HTTPStatus.OK), body=body)
        if activity.name != CLICK:
            return InvokeResponse(status=int(HTTPStatus.NOT_IMPLEMENTED))
        action = activity.value.get("action") if isinstance(activity.value, dict) else None
        if not isinstance(action, dict):
            return InvokeResponse(status=int(HTTPStatus.BAD_REQUEST), body={"error": "no action"})
        return InvokeResponse(status=int(HTTPStatus.OK), body=await self._clicked(activity, action))

    async def _clicked(self, activity: Activity, action: dict[str, Any]) -> dict[str, Any]:
        click = Click.read(
            action,
            by=activity.person,
            at=self._baton.now(),
            card=activity.card,
            chat=activity.chat,
            activity=activity.once,
        )
        verb = VERBS.get(click.verb)
        structlog.contextvars.bind_contextvars(
            click=click.verb if verb else "unknown", handoff=str(click.handoff)
        )
        trace.get_current_span().set_attribute("baton.verb", click.verb if verb else "unknown")
        try:
            if verb is None:
                raise OutOfUseError
            card = await verb(self._baton, click)
        except RefusedError as refusal:
            card = await forms.refused(self._baton, click, refusal)
        if click.stands:
            card = standing(card)
        return {"statusCode": 200, "type": ADAPTIVE, "value": drawn(card)}

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Words get a card. In a chat with others the answer comes in private."""
        activity = _heard(turn_context)
        chat = None if activity.personal else _chat(activity)
        stores = self._baton.stores
        async with stores.door.open() as tx:
            if await stores.heard.is_new(tx, activity.once):
                tx.follow(Reply(activity.person, asking.command(activity.words), chat))

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Who came and went: an installation says it too, and botbuilder would ask Teams back."""

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        """Installed: a welcome, once. Removed: nothing can be sent until they come back. In a chat
        with others neither: there it says nothing of this person's own chat.
        """
        activity = _heard(turn_context)
        stores = self._baton.stores
        if not activity.personal:
            return
        if activity.removed:
            async with stores.door.open() as tx:
                await stores.people.is_unreachable(tx, activity.person, "has removed Baton")
            return
        async with stores.door.open() as tx:
            if await stores.conversations.welcome(tx, activity.person, self._baton.now()):
                tx.follow(Reply(activity.person, "welcome"))


class TurnAdapter(BotAdapter):  # type: ignore[misc]
    """Runs a turn. Nothing is sent within one: what is to be said goes through the queue."""

    async def run(self, activity: Activity, bot: BatonBot) -> InvokeResponse | None:
        context = TurnContext(
            self,
            schema.Activity(type=activity.kind, name=activity.name, channel_id=activity.channel),
        )
        context.turn_state[HEARD] = activity
        await self.run_pipeline(context, bot.on_turn)
        answer: InvokeResponse | None = context.turn_state.get(ANSWER)
        return answer

    async def send_activities(
        self, context: TurnContext, activities: list[schema.Activity]
    ) -> list[schema.ResourceResponse]:
        raise NotImplementedError("messages go out by jobs, at the pace that Teams allows")

    async def update_activity(self, context: TurnContext, activity: schema.Activity) -> None:
        raise NotImplementedError("messages go out by jobs, at the pace that Teams allows")

    async def delete_activity(
        self, context: TurnContext, reference: schema.ConversationReference
    ) -> None:
        raise NotImplementedError("messages go out by jobs, at the pace that Teams allows")


class ConversationReferences:
    """Whoever speaks to us in private can be reached there, at this address, from now on."""

    def __init__(self, baton: Baton) -> None:
        self._baton = baton
        self._lately: dict[str, tuple[Reference, float]] = {}

    async def remember(self, activity: Activity) -> None:
        """Remembered. Whom Teams did not reach until now gets the card of what they owe, or one
        list where it is more; cards that were refused meanwhile come after it.

        Of clicks, one a minute is enough: whoever clicks has a card already.
        """
        person = activity.person
        if not (person and activity.chat) or activity.removed:
            return
        if not activity.personal or activity.dialog:
            return
        reference = activity.reference
        if activity.invoked:
            known, at = self._lately.get(person, (None, 0.0))
            if known == reference and monotonic() - at < LATELY:
                return
        if len(self._lately) > REMEMBERED:
            self._lately.clear()
        stores = self._baton.stores
        async with stores.door.open() as tx:
            if await stores.conversations.update_reference(tx, person, reference):
                owed = await stores.lookups.owed_by(person)
                if len(owed) > 1:
                    tx.follow(ShowMine(person))
                elif owed:
                    tx.follow(Show(person, owed[0], alert=True))
        self._lately[person] = reference, monotonic()


def _heard(turn_context: TurnContext) -> Activity:
    activity: Activity = turn_context.turn_state[HEARD]
    return activity


def failed(words: str) -> dict[str, Any]:
    """What a click is answered with when the fault is ours; the card stays as it was."""
    return {
        "statusCode": 500,
        "type": "application/vnd.microsoft.error",
        "value": {"code": "Failed", "message": words},
    }


def stranger() -> dict[str, Any]:
    """What a click is answered with when Teams does not say who clicked."""
    card = line_card("Teams did not say who you are, so nothing has changed.")
    return {"statusCode": 200, "type": ADAPTIVE, "value": card}


def _chat(activity: Activity) -> dict[str, Any]:
    """Where a chat with others is reached, without the names in it."""
    return {
        "serviceUrl": activity.service_url,
        "conversation": {"id": activity.chat},
    }
