"""Mail: what is sent in people's names, and what they have sent. Never a body is read.

Application permissions: Mail.Send, and Mail.ReadBasic.All, which shows no body, no preview and no
attachment of any mail. Every call raises BusyError, DeniedError, NoMailboxError or GraphError.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.users.item.mail_folders.item.messages.messages_request_builder import (
    MessagesRequestBuilder as FolderRequestBuilder,
)
from msgraph.generated.users.item.messages.item.reply_all.reply_all_post_request_body import (
    ReplyAllPostRequestBody,
)
from msgraph.generated.users.item.messages.messages_request_builder import MessagesRequestBuilder
from msgraph.generated.users.item.send_mail.send_mail_post_request_body import (
    SendMailPostRequestBody,
)

from graph.client import Graph
from handoff import addresses
from handoff.model import Guest

HEADERS = [
    *("id", "internetMessageId", "conversationId", "sentDateTime"),
    *("subject", "from", "toRecipients", "ccRecipients", "isDraft"),
]
SENT = "sentitems"
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One mail, as its envelope tells."""

    id: str
    message: str  # Message-ID: the same in every mailbox
    thread: str  # the conversation, which has another id in every mailbox
    sent_at: datetime
    subject: str
    sender: str
    recipients: tuple[str, ...]


class Mail:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def send(
        self,
        sender: str,
        *,
        message: str,
        subject: str,
        html: str,
        to: Sequence[Guest],
        cc: Sequence[Guest] = (),
        keep: bool = True,
    ) -> None:
        """A mail from the sender's mailbox, kept in Sent Items unless told not to *keep* it there.
        Graph does not say which it is.

        *message* becomes its Message-ID, by which it is found again, and by which mail servers
        know a second one for the same.
        https://learn.microsoft.com/graph/api/user-sendmail
        """
        mail = Message(
            internet_message_id=message,
            subject=subject,
            body=ItemBody(content_type=BodyType.Html, content=html),
            to_recipients=[_recipient(guest) for guest in to],
            cc_recipients=[_recipient(guest) for guest in cc],
        )
        async with self._graph.errors():
            await self._user(sender).send_mail.post(
                SendMailPostRequestBody(message=mail, save_to_sent_items=keep)
            )

    async def reply_all(self, sender: str, mail: str, html: str) -> None:
        """An answer to everyone on a mail in the sender's mailbox, by its id. Raises GoneError.

        https://learn.microsoft.com/graph/api/message-replyall
        """
        async with self._graph.errors():
            await (
                self._user(sender)
                .messages.by_message_id(mail)
                .reply_all.post(ReplyAllPostRequestBody(comment=html))
            )

    async def find(self, mailbox: str, message: str) -> Header | None:
        """The mail with that Message-ID, wherever in the mailbox it lies; None if it does not.

        https://learn.microsoft.com/graph/api/user-list-messages
        """
        query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
            filter=f"internetMessageId eq '{_quoted(message)}'", select=HEADERS, top=1
        )
        async with self._graph.errors():
            page = await self._user(mailbox).messages.get(
                RequestConfiguration(query_parameters=query)
            )
        return next((_header(found) for found in page.value or []), None)

    async def sent_since(self, mailbox: str, at: datetime) -> tuple[Header, ...]:
        """What the mailbox has sent since *at*, the latest first, as far as one page holds."""
        query = FolderRequestBuilder.MessagesRequestBuilderGetQueryParameters(
            filter=f"sentDateTime ge {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            orderby=["sentDateTime desc"],
            select=HEADERS,
            top=MOST,
        )
        folder = self._user(mailbox).mail_folders.by_mail_folder_id(SENT)
        async with self._graph.errors():
            page = await folder.messages.get(RequestConfiguration(query_parameters=query))
        return tuple(_header(found) for found in page.value or [])

    async def received_since(self, mailbox: str, at: datetime) -> tuple[Header, ...]:
        """What the mailbox has received since *at*, the first first, as far as one page holds: in
        whatever folder, deleted or not.

        https://learn.microsoft.com/graph/api/user-list-messages
        """
        query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
            filter=f"receivedDateTime ge {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            orderby=["receivedDateTime"],
            select=HEADERS,
            top=MOST,
        )
        async with self._graph.errors():
            page = await self._user(mailbox).messages.get(
                RequestConfiguration(query_parameters=query)
            )
        return tuple(_header(found) for found in page.value or [] if not found.is_draft)

    async def sent_in(
        self, mailbox: str, thread: str, senders: Collection[str]
    ) -> tuple[Header, ...]:
        """What one of *senders*, its owner's addresses, has sent in a conversation of the mailbox:
        in whatever folder, for rules and assistants move mails out of Sent Items.

        https://learn.microsoft.com/graph/api/user-list-messages
        """
        query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
            filter=f"conversationId eq '{_quoted(thread)}'", select=HEADERS, top=MOST
        )
        async with self._graph.errors():
            page = await self._user(mailbox).messages.get(
                RequestConfiguration(query_parameters=query)
            )
        theirs = {addresses.one(mail) for mail in senders}
        found = [_header(one) for one in page.value or [] if not one.is_draft]
        return tuple(one for one in found if one.sender in theirs)

    def _user(self, mailbox: str) -> Any:
        return self._graph.client.users.by_user_id(mailbox)


def _recipient(guest: Guest) -> Recipient:
    return Recipient(email_address=EmailAddress(name=guest.name, address=guest.mail))


def _header(found: Message) -> Header:
    people = [*(found.to_recipients or []), *(found.cc_recipients or [])]
    return Header(
        id=found.id,
        message=found.internet_message_id or "",
        thread=found.conversation_id or "",
        sent_at=found.sent_date_time,
        subject=found.subject or "",
        sender=_address(found.from_),
        recipients=tuple(_address(one) for one in people if one.email_address),
    )


def _address(who: Recipient | None) -> str:
    """As it is told from others."""
    return addresses.one(who.email_address.address or "") if who and who.email_address else ""


def _quoted(text: str) -> str:
    return text.replace("'", "''")
