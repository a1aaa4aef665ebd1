"""Mail: what is sent lies in the sender's Sent Items and in the mailboxes of those inside it was
sent to.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from sandbox.clock import Clock
from sandbox.company import Directory, Person
from sandbox.exchange import ids
from sandbox.exchange.mailboxes import Mailboxes
from sandbox.exchange.model import Address, Body, Letter, LetterKind, Message
from sandbox.exchange.post import Post
from sandbox.exchange.transport import Transport

NO_BODY = Body()
FOLDERS = ("inbox", "sentitems", "drafts", "deleteditems", "archive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    subject: str = ""
    body: Body = NO_BODY
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    importance: str = "normal"
    headers: tuple[tuple[str, str], ...] = ()
    internet_id: str | None = None  # a Message-ID of the writer's own
    answers: Message | None = None  # the mail that this one is a reply to

    @property
    def everybody(self) -> tuple[Address, ...]:
        return (*self.to, *self.cc, *self.bcc)


class Mail:
    def __init__(
        self,
        *,
        mailboxes: Mailboxes,
        directory: Directory,
        post: Post,
        transport: Transport,
        clock: Clock,
    ) -> None:
        self._mailboxes = mailboxes
        self._directory = directory
        self._post = post
        self._transport = transport
        self._clock = clock
        self.keeps_message_ids = True
        """Whether a mail goes out with the Message-ID that its writer gave it. No page says so."""

    def send(self, person: Person, draft: Draft, *, keep: bool = True) -> Message:
        """The mail as it was sent; `keep` leaves a copy in Sent Items."""
        message = self._message(person, Address(name=person.name, mail=person.mail), draft)
        if keep:
            message = self._mailboxes.put_message(message)
        self._hand_out(message)
        return message

    def arrive(self, sender: Address, draft: Draft) -> Message:
        """A mail from outside the company is in the inboxes of everybody inside it was sent to."""
        message = self._message(None, sender, draft)
        self._hand_out(message)
        return message

    def reply_to(
        self, person: Person, message: Message, comment: str, *, everybody: bool
    ) -> Message:
        """The person's answer to a mail in the own mailbox, to its sender or to all of its
        readers.
        """
        me = {a.lower() for a in (person.mail, person.upn, *person.former)}
        to = message.reply_to or (message.sender,)
        cc: tuple[Address, ...] = ()
        if everybody:
            to = (*to, *message.to)
            cc = tuple(one for one in message.cc if one.mail.lower() not in me)
        to = _each_once(one for one in to if one.mail.lower() not in me)
        return self.send(person, answer_to(message, comment, to=to or (message.sender,), cc=cc))

    def thread(self, message: Message) -> list[Message]:
        """The mail and every answer to it in the same mailbox, oldest first."""
        found = [m for m in self._mailboxes.messages(message.owner) if m.thread == message.thread]
        return sorted(found, key=lambda m: m.at)

    def _message(self, person: Person | None, sender: Address, draft: Draft) -> Message:
        answered = draft.answers
        return Message(
            id=ids.new_item(),
            owner=person.id if person else "",
            folder="sentitems",
            subject=draft.subject,
            body=draft.body,
            sender=sender,
            to=draft.to,
            cc=draft.cc,
            bcc=draft.bcc,
            reply_to=draft.reply_to,
            at=self._clock(),
            thread=answered.thread if answered else uuid4().hex,
            internet_id=(draft.internet_id if self.keeps_message_ids else None)
            or f"<{uuid4().hex}@{sender.mail.partition('@')[2]}>",
            in_reply_to=answered.internet_id if answered else None,
            importance=draft.importance,
            is_read=True,
            headers=draft.headers,
        )

    def _hand_out(self, message: Message) -> None:
        reached: set[str] = set()
        for address in (*message.to, *message.cc, *message.bcc):
            person = self._directory.addressed(address.mail)
            first = person and person.id not in reached
            reached |= {person.id} if person else set()
            hand = partial(self._hand_to, message, address, person if first else None)
            self._transport.send(f"mail {address.mail.lower()}", hand)

    def _hand_to(self, message: Message, address: Address, person: Person | None) -> None:
        self._post.send(
            Letter(
                id="",
                kind=LetterKind.MAIL,
                to=address.mail,
                sender=message.sender,
                subject=message.subject,
                body=message.body,
                sent_at=message.at,
                attendees=(*message.to, *message.cc),
                internet_id=message.internet_id,
                thread=message.thread,
            )
        )
        if person:
            self._mailboxes.put_message(
                replace(
                    message,
                    id=ids.new_item(),
                    owner=person.id,
                    folder="inbox",
                    bcc=(),
                    is_read=False,
                )
            )


def answer_to(
    message: Message, comment: str, *, to: tuple[Address, ...], cc: tuple[Address, ...] = ()
) -> Draft:
    subject = message.subject
    return Draft(
        subject=subject if subject.lower().startswith("re:") else f"RE: {subject}",
        body=Body(type="html", content=f"<p>{comment}</p><hr>{message.body.content}"),
        to=to,
        cc=cc,
        answers=message,
    )


def _each_once(addresses: Iterable[Address]) -> tuple[Address, ...]:
    return tuple({one.mail.lower(): one for one in addresses}.values())
