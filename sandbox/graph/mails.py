"""Mail, as far as something that follows up a thread needs it.

https://learn.microsoft.com/graph/api/user-sendmail  …/user-list-messages  …/message-replyall
"""

from sandbox.exchange.mail import FOLDERS
from sandbox.exchange.model import Message
from sandbox.graph import mailbox, parse, render
from sandbox.graph.collections import checked, page
from sandbox.graph.door import Answer, Call, Json, RefusedError, Route, bad
from sandbox.graph.odata import Query, query, selected
from sandbox.tenant import Tenant

BASIC = ("Mail.ReadBasic", "Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite")
CONTENT = ("Mail.Read", "Mail.ReadWrite")
SEND = ("Mail.Send",)
MORE = ("internetMessageHeaders", "singleValueExtendedProperties", "uniqueBody")


class Mails:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def routes(self) -> list[Route]:
        folder = "users/{user}/mailFolders/{folder}"
        one = "users/{user}/messages/{message}"
        return [
            Route(method="POST", path="users/{user}/sendMail", handler=self.send, needs=SEND),
            Route(method="GET", path="users/{user}/messages", handler=self.listing, needs=BASIC),
            Route(method="GET", path=f"{folder}/messages", handler=self.listing, needs=BASIC),
            Route(method="GET", path=one, handler=self.get, needs=BASIC),
            Route(
                method="GET",
                path=f"{folder}/messages/{{message}}",
                handler=self.get,
                needs=BASIC,
            ),
            Route(method="POST", path=f"{one}/reply", handler=self.reply, needs=SEND),
            Route(method="POST", path=f"{one}/replyAll", handler=self.reply, needs=SEND),
        ]

    def send(self, call: Call) -> Answer:
        """Accepted, and no more than that: nothing in the answer tells the mail's id."""
        owner = mailbox.owner(self._tenant, call)
        given = {name.lower(): content for name, content in call.json().items()}
        keep = given.get("savetosentitems")
        self._tenant.mail.send(
            owner,
            parse.draft(parse.member(given.get("message"), "message")),
            keep=True if keep is None else parse.flag(keep),
        )
        return Answer(status=202)

    def reply(self, call: Call) -> Answer:
        message = mailbox.message(self._tenant, call)
        owner = mailbox.owner(self._tenant, call)
        given = {name.lower(): content for name, content in (call.body or {}).items()}
        self._tenant.mail.reply_to(
            owner,
            message,
            parse.text(given.get("comment")),
            everybody=call.segments[-1].lower() == "replyall",
        )
        return Answer(status=202)

    def listing(self, call: Call) -> Answer:
        owner = mailbox.owner(self._tenant, call)
        asked = _checked(call)
        folder = _folder(owner.id, call.params["folder"]) if "folder" in call.params else None
        found = [
            message
            for message in self._tenant.mailboxes.messages(owner.id)
            if folder in (None, message.folder)
        ]
        found.sort(key=lambda message: (message.at, message.change), reverse=True)
        return page(
            call,
            asked,
            [self._shown(message, call, asked) for message in found],
            context=f"users('{owner.id}')/messages",
        )

    def get(self, call: Call) -> Answer:
        message = mailbox.message(self._tenant, call)
        asked = _checked(call)
        context = f"{call.base}/$metadata#users('{message.owner}')/messages/$entity"
        kept = selected(self._shown(message, call, asked), asked.select)
        return Answer(body={"@odata.context": context, **kept})

    def _shown(self, message: Message, call: Call, asked: Query) -> Json:
        shown = render.message(message, call.prefer)
        if not set(CONTENT) & call.roles:  # basic reading shows no content
            del shown["body"], shown["bodyPreview"]
        if "internetMessageHeaders" in asked.select:
            shown["internetMessageHeaders"] = render.headers(message)
        return shown


def _folder(owner: str, wanted: str) -> str:
    for folder in FOLDERS:
        if wanted.lower() == folder or wanted == render.folder_id(owner, folder):
            return folder
    raise RefusedError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def _checked(call: Call) -> Query:
    """Raises RefusedError for an order that the filter does not begin with.

    https://learn.microsoft.com/graph/api/user-list-messages
    """
    asked = checked(query(call.query), kind="message", known=(*KNOWN, *MORE))
    order = [path.partition("/")[0] for path, _ in asked.orderby]
    if asked.filter and list(asked.filter.properties[: len(order)]) != order:
        raise bad(
            "InefficientFilter",
            "The restriction or sort order is too complex for this operation.",
        )
    return asked


KNOWN = (
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "receivedDateTime",
    "sentDateTime",
    "hasAttachments",
    "internetMessageId",
    "subject",
    "bodyPreview",
    "importance",
    "parentFolderId",
    "conversationId",
    "conversationIndex",
    "isDeliveryReceiptRequested",
    "isReadReceiptRequested",
    "isRead",
    "isDraft",
    "webLink",
    "inferenceClassification",
    "body",
    "sender",
    "from",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "flag",
)
