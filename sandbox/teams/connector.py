"""The Bot Connector: what the bot asks of Teams.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
Errors in Teams' shapes:
https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability
"""

import json
import math
from dataclasses import dataclass, replace
from typing import Any

from sandbox.company import Directory, Person
from sandbox.entra import Entra, RefusedTokenError
from sandbox.faults import Faults, Part, Status, WithoutId, after, before
from sandbox.limits import Limits
from sandbox.teams.cards import CONTENT_TYPE
from sandbox.teams.chats import Chat, ChatMessage, Chats

Json = dict[str, Any]

ROSTER = "BotNotInConversationRoster"
# How a chat that does not take messages is refused, by the word kept in the chat.
BLOCKED = {
    "ConversationBlockedByUser": "User blocked the conversation with the bot.",
    "BotDisabledByAdmin": "The tenant admin disabled this bot.",
    "MessageWritesBlocked": "",  # an older shape, with a number and words that are JSON again
}
BROKEN = {
    412: ("PreconditionFailed", "Precondition failed, please try again."),
    429: ("Throttled", "Too many requests."),
    500: ("ServiceError", "Internal error."),
    502: ("ServiceError", "Bad gateway."),
    503: ("ServiceError", "Service is unavailable."),
    504: ("ServiceError", "Gateway timeout."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int = 200
    body: Any = None
    html: str | None = None
    retry_after: float | None = None


class TeamsError(Exception):
    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status} {reply.body}")
        self.reply = reply


def refusal(
    status: int, code: str, message: str, *, retry_after: float | None = None
) -> TeamsError:
    body = {"error": {"code": code, "message": message}}
    return TeamsError(Reply(status=status, body=body, retry_after=retry_after))


class Connector:
    def __init__(
        self,
        *,
        chats: Chats,
        directory: Directory,
        entra: Entra,
        faults: Faults,
        limits: Limits,
    ) -> None:
        self._chats = chats
        self._directory = directory
        self._entra = entra
        self._faults = faults
        self._limits = limits
        self.service_url = ""  # https://host:port/emea/

    async def answer(
        self, method: str, segments: tuple[str, ...], token: str, content: bytes
    ) -> Reply:
        """To one call of the bot; `segments` are those after /v3. Raises CutError where there is
        to be none.
        """
        try:
            self._check(token)
            person = self._whose(segments)
            effect = self._faults.hit(
                Part.TEAMS, method, "/".join(segments), person.id if person else None
            )
            if isinstance(effect, Status):
                raise _broken(effect)
            await before(effect)
            reply = self._route(method, segments, content)
            await after(effect)
            if isinstance(effect, WithoutId):
                return replace(reply, body={})
        except TeamsError as error:
            return error.reply
        return reply

    def person_of(self, segments: tuple[str, ...]) -> str | None:
        person = self._whose(segments)
        return person.id if person else None

    def _whose(self, segments: tuple[str, ...]) -> Person | None:
        chat = self._chats.of_conversation(segments[1]) if len(segments) > 1 else None
        return self._directory.seek(chat.person) if chat else None

    def _check(self, token: str) -> None:
        try:
            self._entra.bot_claims(token)
        except RefusedTokenError as problem:
            body = {"message": "Authorization has been denied for this request."}
            raise TeamsError(Reply(status=401, body=body)) from problem

    def _route(self, method: str, segments: tuple[str, ...], content: bytes) -> Reply:
        match method, segments:
            case "POST", ("conversations",):
                return self._create(_read(content))
            case "POST", ("conversations", conversation, "activities"):
                return self._send(conversation, _read(content), None)
            case "POST", ("conversations", conversation, "activities", activity):
                return self._send(conversation, _read(content), activity)
            case "PUT", ("conversations", conversation, "activities", activity):
                return self._update(conversation, activity, _read(content))
            case "DELETE", ("conversations", conversation, "activities", activity):
                return self._delete(conversation, activity)
            case "GET", ("conversations", conversation, "members"):
                return Reply(body=[self._member(self._readable(conversation))])
            case "GET", ("conversations", conversation, "pagedmembers"):
                return Reply(body={"members": [self._member(self._readable(conversation))]})
            case "GET", ("conversations", conversation, "members", member):
                return self._one_member(conversation, member)
        raise refusal(404, "NotFound", f"No HTTP resource was found: {method} {segments}.")

    # What the bot does

    def _create(self, given: Json) -> Reply:
        """The same conversation each time for the same person."""
        tenant = given.get("tenantId") or _inside(given, "channelData", "tenant", "id")
        members = given.get("members")
        if given.get("isGroup") or not isinstance(members, list) or len(members) != 1:
            raise refusal(400, "BadSyntax", "Incorrect conversation creation parameters")
        if tenant != self._entra.app.tenant:
            raise refusal(400, "BadArgument", "Tenant id is missing or is another tenant's.")
        chat = self._chats.of_member(str(_inside(members[0], "id")))
        if chat is None:
            raise refusal(400, "BadArgument", "Failed to decrypt pairwise id")
        _limited(self._limits.create(chat.conversation))
        if not chat.installed:
            raise refusal(
                403, "ForbiddenOperationException", "Bot isn't installed in user's personal scope"
            )
        if not chat.created:
            chat = self._chats.set(chat.person, created=True)
        body = {"id": chat.conversation, "serviceUrl": self.service_url}
        if given.get("activity"):
            body["activityId"] = self._send(chat.conversation, given["activity"], None).body["id"]
        return Reply(status=201, body=body)

    def _send(self, conversation: str, activity: Json, reply_to: str | None) -> Reply:
        chat = self._writable(conversation)
        self._acceptable(activity)
        split = bool(activity.get("text")) and bool(activity.get("attachments"))
        _limited(self._limits.send(chat.conversation, messages=2 if split else 1))
        if activity["type"] != "message":
            if activity["type"] == "typing":
                self._chats.type(chat.person)
            return Reply(status=201, body={"id": self._chats.new_id()})
        if reply_to:
            activity = {**activity, "replyToId": reply_to}
        if split:
            # Teams makes two messages of it and tells the id of neither.
            self._keep(chat, {k: v for k, v in activity.items() if k != "attachments"})
            self._keep(chat, {k: v for k, v in activity.items() if k != "text"})
            return Reply(status=201, body={"id": self._chats.new_id()})
        return Reply(status=201, body={"id": self._keep(chat, activity).id})

    def _keep(self, chat: Chat, activity: Json) -> ChatMessage:
        return self._chats.add(
            chat.person,
            {**activity, "from": self._chats.bot, "conversation": {"id": chat.conversation}},
            from_bot=True,
        )

    def _update(self, conversation: str, activity_id: str, activity: Json) -> Reply:
        chat = self._writable(conversation)
        self._acceptable(activity)
        message = self._own(chat, activity_id)
        _limited(self._limits.send(chat.conversation))
        self._chats.edit(message, {**activity, "from": self._chats.bot})
        return Reply(body={"id": activity_id})

    def _delete(self, conversation: str, activity_id: str) -> Reply:
        chat = self._writable(conversation)
        message = self._own(chat, activity_id)
        _limited(self._limits.send(chat.conversation))
        self._chats.delete(message)
        return Reply()

    def _one_member(self, conversation: str, member: str) -> Reply:
        shown = self._member(self._readable(conversation))
        if member not in (shown["id"], shown["aadObjectId"], shown["userPrincipalName"]):
            raise refusal(
                404, "MemberNotFoundInConversation", "Member not found in the conversation."
            )
        return Reply(body=shown)

    # What has to be so

    def _known(self, conversation: str) -> Chat:
        chat = self._chats.of_conversation(conversation)
        if chat is None:
            raise refusal(404, "ConversationNotFound", "Conversation not found.")
        if not chat.installed:
            raise refusal(403, ROSTER, "The bot is not part of the conversation roster.")
        return chat

    def _readable(self, conversation: str) -> Chat:
        chat = self._known(conversation)
        _limited(self._limits.read(chat.conversation))
        return chat

    def _writable(self, conversation: str) -> Chat:
        chat = self._known(conversation)
        if chat.blocked == "MessageWritesBlocked":
            words = {"subCode": "MessageWritesBlocked", "details": "Message writes are blocked."}
            body = {"errorCode": 209, "message": json.dumps(words)}
            raise TeamsError(Reply(status=403, body=body))
        if chat.blocked:
            raise refusal(403, chat.blocked, BLOCKED[chat.blocked])
        return chat

    def _own(self, chat: Chat, activity_id: str) -> ChatMessage:
        message = self._chats.message(chat.person, activity_id)
        if message is None or message.deleted:
            raise refusal(404, "ActivityNotFoundInConversation", "Activity not found.")
        if not message.from_bot:
            raise refusal(403, "NotEnoughPermissions", "The message is not the bot's own.")
        return message

    def _acceptable(self, activity: Json) -> None:
        if not isinstance(activity.get("type"), str):
            raise refusal(400, "BadSyntax", "Activity type is missing.")
        attachments = activity.get("attachments") or []
        if not isinstance(attachments, list):
            raise refusal(400, "BadSyntax", "Attachments are no list.")
        for attachment in attachments:
            if not isinstance(attachment, dict):
                raise refusal(400, "BadSyntax", "An attachment is no object.")
            content = attachment.get("content")
            if attachment.get("contentType") == CONTENT_TYPE and (
                not isinstance(content, dict) or content.get("type") != "AdaptiveCard"
            ):
                raise refusal(400, "BadSyntax", "Failed to parse the card.")
        size = len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le"))
        if size > self._limits.message_size:
            raise refusal(413, "MessageSizeTooBig", "Message size too large.")
        if activity["type"] == "message" and not (
            activity.get("text") or activity.get("attachments")
        ):
            raise refusal(400, "BadSyntax", "Bad format of message: no text and no attachment.")

    def _member(self, chat: Chat) -> Json:
        person = self._directory.find(chat.person)
        return {
            "id": chat.member,
            "name": person.name,
            "givenName": person.given,
            "surname": person.surname,
            "email": person.mail,
            "userPrincipalName": person.upn,
            "tenantId": self._entra.app.tenant,
            "userRole": "user",
            "aadObjectId": person.id,
            "objectId": person.id,
        }


def _read(content: bytes) -> Json:
    try:
        given = json.loads(content)
    except ValueError as problem:
        raise refusal(400, "BadSyntax", "Invalid JSON.") from problem
    if not isinstance(given, dict):
        raise refusal(400, "BadSyntax", "Invalid JSON.")
    return given


def _inside(given: Any, *names: str) -> Any:
    for name in names:
        given = given.get(name) if isinstance(given, dict) else None
    return given


def _limited(wait: int | None) -> None:
    if wait is not None:
        raise refusal(429, *BROKEN[429], retry_after=wait)


def _broken(effect: Status) -> TeamsError:
    code, message = BROKEN.get(effect.status, ("ServiceError", "Something went wrong."))
    if effect.html:
        page = f"<html><head><title>{effect.status}</title></head><body>{message}</body></html>"
        return TeamsError(Reply(status=effect.status, html=page, retry_after=effect.retry_after))
    if effect.code == "MessageWritesBlocked":
        words = json.dumps({"subCode": effect.code})
        return TeamsError(Reply(status=effect.status, body={"errorCode": 209, "message": words}))
    return refusal(
        effect.status,
        effect.code or code,
        effect.message or message,
        retry_after=math.ceil(effect.retry_after) if effect.retry_after is not None else None,
    )
