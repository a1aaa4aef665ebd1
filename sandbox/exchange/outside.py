"""People outside the company: prospects, customers, suppliers. They have a mail address and no
mailbox of ours.
"""

from datetime import datetime
from uuid import uuid4

from sandbox.clock import Clock
from sandbox.exchange import ids
from sandbox.exchange.mail import Draft, Mail
from sandbox.exchange.meetings import Answer, Meetings
from sandbox.exchange.model import (
    ANSWERS,
    Address,
    Attendee,
    Body,
    Event,
    Letter,
    LetterKind,
    Message,
    Recurrence,
    Slot,
)
from sandbox.exchange.post import Post


class Outside:
    def __init__(self, *, meetings: Meetings, mail: Mail, post: Post, clock: Clock) -> None:
        self._meetings = meetings
        self._mail = mail
        self._post = post
        self._clock = clock

    def inbox(self, address: str) -> list[Letter]:
        """Everything that was sent to this address, oldest first."""
        return self._post.letters(address)

    def respond(
        self,
        address: str,
        answer: str,
        *,
        meeting: Letter | str | None = None,
        at: datetime | None = None,
        comment: str = "",
        proposed: Slot | None = None,
    ) -> None:
        """`answer` is accept, decline or tentativelyAccept; the organizer's copy shows it with its
        time.

        `meeting` is a letter from the inbox, an iCalUId or a subject; without it the latest
        invitation is answered. Raises LookupError when there was no such invitation.
        """
        letter = self._invitation(address, meeting)
        name = next((one.name for one in letter.attendees if one.is_for(address)), address)
        self._meetings.answer_sent(
            letter.uid or "",
            Address(name=name, mail=address),
            Answer(
                response=ANSWERS[answer],
                at=at or self._clock(),
                comment=comment,
                proposed=proposed,
            ),
        )

    def invite(
        self,
        organizer: str,
        attendees: list[Address],
        subject: str,
        start: datetime,
        end: datetime,
        *,
        name: str = "",
        body: Body | None = None,
        location: str = "",
        zone: str = "UTC",
        recurrence: Recurrence | None = None,
        uid: str | None = None,
        **fields: object,
    ) -> str:
        """Those inside have the meeting in their calendars, tentative; the answer is the iCalUId.

        With the `uid` of an earlier one it is that meeting again, changed.
        """
        sender = Address(name=name or organizer, mail=organizer)
        uid = uid or f"{uuid4()}@{organizer.partition('@')[2]}"
        draft = Event(
            id=ids.new_item(),
            owner=f"outside:{organizer}",
            uid=uid,
            subject=subject,
            body=body or Body(),
            location=location,
            start=start,
            end=end,
            zone=zone,
            end_zone=zone,
            recurrence=recurrence,
            organizer=sender,
            attendees=tuple(Attendee(who=one) for one in attendees),
            **fields,  # type: ignore[arg-type]  # fields are Event's
        )
        self._meetings.invitation_arrives(draft)
        return uid

    def cancel(self, uid: str) -> None:
        """Whoever organised it has called it off."""
        self._meetings.cancellation_arrives(uid)

    def write(
        self,
        sender: str,
        to: list[Address],
        subject: str,
        text: str,
        *,
        name: str = "",
        answers: Message | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Message:
        """A mail from outside."""
        return self._mail.arrive(
            Address(name=name or sender, mail=sender),
            Draft(
                subject=subject,
                body=Body(type="text", content=text),
                to=tuple(to),
                answers=answers,
                headers=headers,
            ),
        )

    def _invitation(self, address: str, meeting: Letter | str | None) -> Letter:
        if isinstance(meeting, Letter):
            return meeting
        asked = (LetterKind.INVITATION, LetterKind.UPDATE)
        for letter in reversed(self.inbox(address)):
            if letter.kind in asked and meeting in (None, letter.uid, letter.subject):
                return letter
        raise LookupError(f"{address} has no invitation {meeting or ''}".rstrip())
