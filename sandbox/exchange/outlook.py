"""People acting in Outlook, on the phone or on the desktop, without Baton.

Each verb has the same effects and causes the same notifications as its counterpart in Graph.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sandbox.clock import Clock
from sandbox.company import Directory, Person, Replies, Who
from sandbox.exchange import ids
from sandbox.exchange.mail import Draft, Mail
from sandbox.exchange.mailboxes import Mailboxes
from sandbox.exchange.meetings import Answer, Meetings
from sandbox.exchange.model import (
    ANSWERS,
    Address,
    Attendee,
    Body,
    Event,
    Message,
    Recurrence,
    Slot,
)

Which = Event | str  # an event, or its iCalUId, its id in either form, or its subject
Invitee = Who | Address  # colleagues by any of their names, people outside by address


class Outlook:
    def __init__(
        self,
        *,
        mailboxes: Mailboxes,
        meetings: Meetings,
        mail: Mail,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self._mailboxes = mailboxes
        self._meetings = meetings
        self._mail = mail
        self._directory = directory
        self._clock = clock

    def calendar(self, person: Who, start: datetime, end: datetime) -> list[Event]:
        """What the person sees between the two, series spread out, in order of time."""
        return self._mailboxes.view(self._directory.find(person).id, start, end)

    def event(self, person: Who, which: Which) -> Event:
        """The person's own copy. Raises LookupError when it is not in that mailbox."""
        owner = self._directory.find(person).id
        found = self._seek(owner, which)
        if found is None:
            raise LookupError(f"{which!r} is not in the calendar of {person!r}")
        return found

    def has(self, person: Who, which: Which) -> bool:
        return self._seek(self._directory.find(person).id, which) is not None

    def create(
        self,
        person: Who,
        subject: str,
        start: datetime,
        end: datetime,
        *,
        attendees: Iterable[Invitee] = (),
        text: str = "",
        zone: str | None = None,
        recurrence: Recurrence | None = None,
        created: datetime | None = None,
        **fields: object,
    ) -> Event:
        """The event in the person's calendar, everybody invited.

        Other fields of `Event` by name. `created` is for entries of long ago.
        """
        owner = self._directory.find(person)
        name = zone or owner.zone
        draft = Event(
            id=ids.new_item(),
            owner=owner.id,
            uid=ids.new_uid(created or self._clock()),
            subject=subject,
            body=Body(type="text", content=text),
            start=start,
            end=end,
            zone=name,
            end_zone=name,
            organizer=Address(name=owner.name, mail=owner.mail),
            attendees=tuple(Attendee(who=self.address(one)) for one in attendees),
            recurrence=recurrence,
        )
        if created:
            draft = replace(draft, created=created)
        return self._meetings.create(replace(draft, **fields))  # type: ignore[arg-type]

    def place(self, event: Event, *, at: datetime | None = None) -> Event:
        """The event lies in its owner's mailbox exactly as it is; nobody else is concerned."""
        return self._mailboxes.put(event, at=at)

    def change(self, person: Who, which: Which, **fields: object) -> Event:
        """Fields of `Event` by name; `attendees` may be people and addresses."""
        if "attendees" in fields:
            invited: Iterable[Invitee | Attendee] = fields["attendees"]  # type: ignore[assignment]
            fields["attendees"] = tuple(
                one if isinstance(one, Attendee) else Attendee(who=self.address(one))
                for one in invited
            )
        return self._meetings.change(self.event(person, which), **fields)

    def move(
        self, person: Who, which: Which, start: datetime, end: datetime | None = None
    ) -> Event:
        """Without `end` the event keeps its length."""
        event = self.event(person, which)
        return self._meetings.change(
            event, start=start, end=end or start + (event.end - event.start)
        )

    def delete(self, person: Who, which: Which) -> None:
        """Out of this calendar; a meeting is thereby cancelled when the person organised it."""
        self._meetings.remove(self.event(person, which))

    def cancel(self, person: Who, which: Which, text: str = "") -> None:
        self._meetings.cancel(self.event(person, which), text)

    def respond(
        self,
        person: Who,
        which: Which,
        answer: str,
        *,
        at: datetime | None = None,
        comment: str = "",
        proposed: Slot | None = None,
        tell: bool = True,
    ) -> None:
        """`answer` is accept, decline or tentativelyAccept; `at` is when, for answers of a while
        ago.
        """
        self._meetings.respond(
            self.event(person, which),
            Answer(
                response=ANSWERS[answer],
                at=at or self._clock(),
                comment=comment,
                proposed=proposed,
                tell=tell,
            ),
        )

    def refile(self, person: Who, which: Which) -> Event:
        """Dragged to another calendar and back: its ordinary id is a new one, its immutable id is
        not.
        """
        event = self.event(person, which)
        return self._mailboxes.put(replace(event, moves=event.moves + 1))

    def set_automatic_replies(
        self,
        person: Who,
        *,
        on: bool = True,
        start: datetime | None = None,
        end: datetime | None = None,
        zone: str = "UTC",
        inside: str = "",
        outside: str = "",
    ) -> Person:
        """On for good, or from `start` to `end`; or off. Graph tells of them on the clock of
        `zone`: no page says that it asks which is wanted.
        """
        status = ("scheduled" if start and end else "alwaysEnabled") if on else "disabled"
        replies = Replies(
            status=status, start=start, end=end, zone=zone, inside=inside, outside=outside
        )
        return self._directory.change(person, replies=replies)

    def send_mail(
        self,
        person: Who,
        to: Iterable[Invitee],
        subject: str,
        text: str,
        *,
        cc: Iterable[Invitee] = (),
    ) -> Message:
        draft = Draft(
            subject=subject,
            body=Body(type="text", content=text),
            to=tuple(self.address(one) for one in to),
            cc=tuple(self.address(one) for one in cc),
        )
        return self._mail.send(self._directory.find(person), draft)

    def reply(self, person: Who, message: Message, text: str, *, everybody: bool = True) -> Message:
        """The person's answer to a mail, which may be somebody else's copy of it."""
        owner = self._directory.find(person)
        own = next((m for m in self.mail(person) if m.internet_id == message.internet_id), message)
        return self._mail.reply_to(owner, own, text, everybody=everybody)

    def mail(self, person: Who, folder: str | None = None) -> list[Message]:
        """In one folder (inbox, sentitems …) or in all, oldest first."""
        owner = self._directory.find(person).id
        found = [m for m in self._mailboxes.messages(owner) if folder in (None, m.folder)]
        return sorted(found, key=lambda message: (message.at, message.change))

    def address(self, who: Invitee) -> Address:
        """Raises LookupError for a name that is nobody's and no address."""
        if isinstance(who, Address):
            return who
        person = self._directory.seek(who)
        if person:
            return Address(name=person.name, mail=person.mail)
        if isinstance(who, str) and "@" in who:
            return Address(name=who, mail=who)
        raise LookupError(f"nobody is called {who!r}")

    def _seek(self, owner: str, which: Which) -> Event | None:
        if isinstance(which, Event):
            if which.owner == owner:
                return self._mailboxes.event(owner, which.id)
            return self._by_uid(owner, which.uid, which)
        found = self._by_uid(owner, which, None) or self._mailboxes.event(owner, which)
        if found:
            return found
        try:
            return self._mailboxes.event(owner, ids.parse(which).item)
        except ids.MalformedIdError:
            pass
        named = [e for e in self._mailboxes.events(owner) if e.subject == which]
        return max(named, key=lambda event: event.change, default=None)

    def _by_uid(self, owner: str, uid: str, other: Event | None) -> Event | None:
        found = self._mailboxes.with_uid(owner, uid)
        if found or other is None or not other.master or not other.day:
            return found
        series = self._mailboxes.event(other.owner, other.master)
        mine = self._mailboxes.with_uid(owner, series.uid) if series else None
        return self._mailboxes.on_day(mine, other.day) if mine else None
