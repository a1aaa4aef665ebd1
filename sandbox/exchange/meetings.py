"""Meetings: how what one person does in a mailbox reaches the mailboxes of the others.

An organizer's event with attendees is a meeting. Every attendee inside the company has a copy with
an id of its own and the same iCalUId; people outside get post. What Exchange does, and where this
stand-in had to choose:

- An answer travels to the organizer's copy with its time. Declining takes the copy out of the
  calendar, or leaves it there as free, as its owner has it. A mailbox may answer by itself.
- A new time makes every attendee's answer void; any other change leaves answers alone.
- What attendees cannot see (show-as, category, reminder) changes nobody else's copy and sends
  nothing.
- A change of the attendee list alone writes to everybody on it, or, by switch, only to whom it
  concerns: those taken off get a cancellation and no update, those put on an invitation and no
  update.
- Whatever goes from one mailbox to another is there at once, or takes time (transport.py). A
  mailbox that does not process invitations by itself never has them in its calendar.
- A cancelled meeting stays in attendees' calendars, marked and free, until they remove it.
- Who declined, or deleted the own copy, finds the meeting back in the calendar with the next
  update, unanswered; what the organizer knows of that person changes only with a new time.
- An attendee may write in the own copy; it changes nothing elsewhere, and the organizer's next
  update goes over it.

https://learn.microsoft.com/graph/api/event-update
https://learn.microsoft.com/graph/outlook-calendar-meeting-proposals
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from html import escape
from urllib.parse import quote
from uuid import uuid4

from sandbox.clock import Clock
from sandbox.company import Directory, Person
from sandbox.exchange import ids
from sandbox.exchange.mailboxes import Mailboxes
from sandbox.exchange.model import (
    ANSWERS,
    NEVER,
    Address,
    Attendee,
    Body,
    Event,
    Letter,
    LetterKind,
    Response,
    Slot,
)
from sandbox.exchange.post import Post
from sandbox.exchange.recurrence import first_date, local_date, times
from sandbox.exchange.transport import Transport

VISIBLE = (
    "subject",
    "body",
    "location",
    "start",
    "end",
    "all_day",
    "recurrence",
    "online",
    "join_url",
    "importance",
    "sensitivity",
    "hide_attendees",
    "allow_proposals",
    "response_requested",
)
COPIED = (*VISIBLE, "zone", "end_zone", "gaps", "organizer")
TIME = ("start", "end", "all_day", "recurrence")


class DuplicateError(Exception):
    """An event with this transaction id is there, and is not the same."""


class NotAllowedError(Exception):
    """Exchange refuses; the message is Exchange's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an attendee says to an invitation."""

    response: Response
    at: datetime
    comment: str = ""
    proposed: Slot | None = None
    tell: bool = True  # whether the organizer hears of it


class Meetings:
    def __init__(
        self,
        *,
        mailboxes: Mailboxes,
        directory: Directory,
        post: Post,
        transport: Transport,
        clock: Clock,
        tenant: str,
    ) -> None:
        self._mailboxes = mailboxes
        self._directory = directory
        self._post = post
        self._transport = transport
        self.tells_everyone = True
        """Whether a change of the attendee list alone is told to all on it, as tenants report, or
        only to those who came and went, as the documents say.
        """
        self.has_links = True
        """Whether Teams makes the way to join; it may not, or not yet."""
        self._clock = clock
        self._tenant = tenant

    # What an organizer does

    def create(self, draft: Event) -> Event:
        """The event in its organizer's mailbox; everybody invited has got it.

        With the `transaction` of an event that is there already, that event and nothing else.
        Raises DuplicateError where that was posted with something else in it.
        """
        if draft.transaction:
            draft = replace(draft, posted=_checksum(draft))
            for known in self._mailboxes.events(draft.owner):
                if known.transaction == draft.transaction:
                    if known.posted != draft.posted:
                        raise DuplicateError
                    return known
        if draft.recurrence:
            draft = _on_pattern(draft)
        event = self._mailboxes.put(self._with_link(draft))
        for attendee in event.attendees:
            self._invite(event, attendee)
        return event

    def change(self, event: Event, **fields: object) -> Event:
        """The event afterwards. An organizer's changes reach the others as the module says."""
        new: Event = replace(event, **fields)  # type: ignore[arg-type]  # fields are Event's
        if not event.is_organizer:
            return self._mailboxes.put(new)
        new = replace(new, attendees=_with_answers(event, new.attendees))
        if new.recurrence and "recurrence" in fields:
            new = _on_pattern(new)
        new = self._with_link(_without_lost_link(event, new))
        if any(getattr(event, name) != getattr(new, name) for name in TIME):
            new = replace(new, attendees=tuple(_unanswered(one) for one in new.attendees))
            for exception in self._mailboxes.exceptions(event):
                self._mailboxes.remove(exception)
        else:
            self._change_exceptions(event, new)
        new = self._mailboxes.put(new)
        self._tell_of_change(event, new)
        return new

    def cancel(self, event: Event, comment: str = "") -> None:
        """The meeting is off: the organizer's event is gone and everybody invited knows.

        Raises NotAllowedError for anybody but the organizer.
        """
        if not event.is_organizer:
            raise NotAllowedError("You need to be an organizer to cancel a meeting.")
        for attendee in event.attendees:
            self._uninvite(event, attendee, comment)
        self._take_out(event)

    def remove(self, event: Event) -> None:
        """The event is out of this calendar. An organizer's meeting is thereby cancelled; an
        attendee's says nothing.
        """
        if event.is_organizer:
            self.cancel(event)
        else:
            self._take_out(event)

    # What an attendee does

    def respond(self, event: Event, answer: Answer) -> None:
        """The attendee's copy shows the answer, and the organizer's copy when the organizer is
        told.

        Raises NotAllowedError when there is nothing to respond to, or a time is proposed where its
        organizer allows none.
        """
        if event.is_organizer:
            raise NotAllowedError(
                "Your request can't be completed."
                " You can't respond to this meeting because you're the meeting organizer."
            )
        if event.cancelled:
            raise NotAllowedError("Your request can't be completed. The meeting was canceled.")
        if answer.proposed and not event.allow_proposals:
            raise NotAllowedError(
                "Your request can't be completed."
                " The organizer does not allow new time proposals for this meeting."
            )
        if not event.response_requested:
            raise NotAllowedError(
                "Your request can't be completed."
                " You can't respond to this message because a response wasn't requested."
            )
        answered = replace(event, response=answer.response, answered_at=answer.at)
        if not self._mailboxes.stay_deleted(answered):
            self._answer(event, answer)
        me = self._directory.find(event.owner)
        if answer.tell:
            self.answer_sent(event.uid, _known_as(event, me), answer, about=event)

    def _answer(self, event: Event, answer: Answer) -> None:
        """The copy in the calendar shows it, or is out of it."""
        me = self._directory.find(event.owner)
        if answer.response is Response.DECLINED and me.keeps_declined:
            self._mailboxes.put(
                replace(event, response=answer.response, answered_at=answer.at, show_as="free")
            )
        elif answer.response is Response.DECLINED:
            self._take_out(event)
        else:
            for copy in (*self._mailboxes.exceptions(event), event):
                self._mailboxes.put(
                    replace(
                        copy,
                        response=answer.response,
                        answered_at=answer.at,
                        show_as=copy.intended
                        if answer.response is Response.ACCEPTED
                        else "tentative",
                    )
                )

    def answer_sent(
        self, uid: str, who: Address, answer: Answer, *, about: Event | None = None
    ) -> None:
        """It is on its way to the organizer."""
        arrives = partial(self.answer_arrives, uid, who, answer, about=about)
        self._transport.send(f"answers {uid}", arrives)

    def answer_arrives(
        self, uid: str, who: Address, answer: Answer, *, about: Event | None = None
    ) -> None:
        """The organizer, inside or outside, has received the answer."""
        mine = next((copy for copy in self._mailboxes.copies(uid) if copy.is_organizer), None)
        if mine is None and about and about.master and about.day:
            series = self._mailboxes.event(about.owner, about.master)
            mine = self._organizers_occurrence(series, about) if series else None
        subject = about.subject if about else (mine.subject if mine else "")
        organizer = mine.organizer if mine else (about.organizer if about else None)
        if organizer:
            self._post.send(
                Letter(
                    id="",
                    kind=LetterKind.RESPONSE,
                    to=organizer.mail,
                    sender=who,
                    subject=f"{_SAYS[answer.response]}: {subject}",
                    body=Body(type="text", content=answer.comment),
                    sent_at=answer.at,
                    uid=uid,
                    response=answer.response,
                    proposed=answer.proposed,
                )
            )
        if mine is None:
            return
        for exception in self._mailboxes.exceptions(mine):
            self._mailboxes.put(_answered(exception, who, answer))
        self._mailboxes.put(_answered(mine, who, answer))

    def forward(self, event: Event, to: tuple[Address, ...], comment: str = "") -> None:
        """Those it was forwarded to are invited too, and the organizer's list has them.

        Who was on the list already has the invitation again.
        """
        organizers = next((c for c in self._mailboxes.copies(event.uid) if c.is_organizer), None)
        if organizers is None:  # of another company: only the post goes out
            for who in to:
                self._letter(LetterKind.FORWARD, event, who, comment)
            return
        present = {one.who.mail.lower() for one in organizers.attendees}
        new = tuple(Attendee(who=who) for who in to if who.mail.lower() not in present)
        if new:
            organizers = self._mailboxes.put(
                replace(organizers, attendees=(*organizers.attendees, *new))
            )
        for who in to:
            attendee = next(one for one in organizers.attendees if one.who.is_for(who.mail))
            self._letter(LetterKind.FORWARD, organizers, attendee.who, comment)
            self._bring(organizers, attendee, reset=False)

    # What comes from outside the company

    def invitation_arrives(self, meeting: Event) -> list[Event]:
        """Copies for everybody inside whom somebody outside has invited or written to again.

        `meeting` describes the organizer's event; its owner is no mailbox of ours.
        """
        return [
            copy
            for attendee in meeting.attendees
            if (copy := self._deliver(meeting, attendee, reset=True)) is not None
        ]

    def cancellation_arrives(self, uid: str) -> None:
        for copy in self._mailboxes.copies(uid):
            self._mark_cancelled(copy)

    # How it travels

    def _invite(self, event: Event, attendee: Attendee) -> None:
        self._letter(LetterKind.INVITATION, event, attendee.who)
        self._bring(event, attendee, reset=True)
        for exception in self._mailboxes.exceptions(event):
            if any(one.who.is_for(attendee.who.mail) for one in exception.attendees):
                self._bring(exception, attendee, reset=True)

    def _uninvite(self, event: Event, attendee: Attendee, comment: str = "") -> None:
        self._letter(LetterKind.CANCELLATION, event, attendee.who, comment)

        def arrives() -> None:
            person = self._colleague(event, attendee)
            copy = self._copy(person.id, event) if person and person.automatic else None
            if copy:
                self._mark_cancelled(copy)

        self._transport.send(_to(event, attendee.who), arrives)

    def _mark_cancelled(self, copy: Event) -> None:
        if copy.cancelled:
            return
        for exception in self._mailboxes.exceptions(copy):
            self._mark_cancelled(exception)
        self._mailboxes.put(
            replace(copy, cancelled=True, subject=f"Canceled: {copy.subject}", show_as="free")
        )

    def _tell_of_change(self, old: Event, new: Event) -> None:
        before = {one.who.mail.lower(): one for one in old.attendees}
        after = {one.who.mail.lower(): one for one in new.attendees}
        for mail in before.keys() - after.keys():
            self._uninvite(new, before[mail])
        for mail, attendee in after.items():
            if mail not in before:
                self._invite(new, attendee)
        seen = any(getattr(old, name) != getattr(new, name) for name in VISIBLE)
        if not seen and (before.keys() == after.keys() or not self.tells_everyone):
            return
        reset = any(getattr(old, name) != getattr(new, name) for name in TIME)
        for mail, attendee in after.items():
            if mail in before:
                self._letter(LetterKind.UPDATE, new, attendee.who)
                self._bring(new, attendee, reset=reset)

    def _bring(self, event: Event, attendee: Attendee, *, reset: bool) -> None:
        """It is on its way to the attendee's copy, as the event is now."""
        arrives = partial(self._deliver, event, attendee, reset=reset)
        self._transport.send(_to(event, attendee.who), arrives)

    def _deliver(self, event: Event, attendee: Attendee, *, reset: bool) -> Event | None:
        """The attendee's copy agrees with the organizer's event; None when there is no mailbox for
        it.
        """
        person = self._colleague(event, attendee)
        if person is None or not person.automatic:
            return None
        old = self._copy(person.id, event)
        reset = reset or old is None
        shared = {name: getattr(event, name) for name in COPIED} | {
            "attendees": _as_seen_by(event, attendee)
        }
        if old is None:
            old = self._empty_copy(person, event)
        elif reset:
            for exception in self._mailboxes.exceptions(old):
                self._mailboxes.remove(exception)
        else:  # days that this person declined stay out
            shared["gaps"] = tuple(sorted({*old.gaps, *event.gaps}))
        copy: Event = replace(old, **shared, intended=event.show_as, cancelled=False)
        if reset:
            copy = replace(
                copy, response=Response.NOT_RESPONDED, answered_at=NEVER, show_as="tentative"
            )
        copy = self._mailboxes.put(copy)
        if reset and person.by_rule and copy.response_requested:
            response = ANSWERS[person.by_rule]
            self.respond(copy, Answer(response=response, at=self._clock()))
        return copy

    def _empty_copy(self, person: Person, event: Event) -> Event:
        series = self._series_copy(person.id, event)
        return Event(
            id=ids.occurrence(series.id, event.day) if series and event.day else ids.new_item(),
            owner=person.id,
            uid=event.uid,
            master=series.id if series else None,
            day=event.day if series else None,
            start=event.start,
            end=event.end,
            organizer=event.organizer,
            is_organizer=False,
        )

    def _copy(self, owner: str, event: Event) -> Event | None:
        """That person's copy of the organizer's event or occurrence."""
        known = self._mailboxes.with_uid(owner, event.uid)
        if known is None and event.day:
            series = self._series_copy(owner, event)
            known = self._mailboxes.on_day(series, event.day) if series else None
        return known if known and not known.is_organizer else None

    def _series_copy(self, owner: str, event: Event) -> Event | None:
        organizers = self._mailboxes.event(event.owner, event.master) if event.master else None
        return self._mailboxes.with_uid(owner, organizers.uid) if organizers else None

    def _organizers_occurrence(self, series: Event, about: Event) -> Event | None:
        for copy in self._mailboxes.copies(series.uid):
            if copy.is_organizer and about.day:
                return self._mailboxes.on_day(copy, about.day)
        return None

    def _take_out(self, event: Event) -> None:
        """Out of its calendar; of a series, that one day is left out."""
        series = self._mailboxes.event(event.owner, event.master) if event.master else None
        if not event.computed:
            self._mailboxes.remove(event)
        if series and event.day:
            self._mailboxes.put(replace(series, gaps=(*series.gaps, event.day)))

    def _change_exceptions(self, old: Event, new: Event) -> None:
        """Exceptions follow their series in everything in which they did not differ from it."""
        for exception in self._mailboxes.exceptions(old):
            same = {
                name: getattr(new, name)
                for name in (*VISIBLE, "attendees")
                if name not in TIME
                and getattr(old, name) != getattr(new, name)
                and getattr(exception, name) == getattr(old, name)
            }
            if same:
                self._mailboxes.put(replace(exception, **same))

    def _colleague(self, event: Event, attendee: Attendee) -> Person | None:
        person = self._directory.addressed(attendee.who.mail)
        return None if person is None or person.id == event.owner else person

    def _letter(self, kind: LetterKind, event: Event, to: Address, comment: str = "") -> None:
        if to.is_for(event.organizer.mail):
            return
        prefix = "Canceled: " if kind is LetterKind.CANCELLATION else ""
        body = Body(type="text", content=comment) if comment else event.body
        letter = Letter(
            id="",
            kind=kind,
            to=to.mail,
            sender=event.organizer,
            subject=prefix + event.subject,
            body=body,
            sent_at=self._clock(),
            uid=event.uid,
            start=event.start,
            end=event.end,
            zone=event.zone,
            location=event.location,
            attendees=(to,) if event.hide_attendees else tuple(one.who for one in event.attendees),
        )
        self._transport.send(_to(event, to), partial(self._post.send, letter))

    def _with_link(self, event: Event) -> Event:
        """An online meeting has a Teams link, and its body the lines that Teams appends."""
        if not event.online or event.join_url or not self.has_links:
            return event
        thread = f"19:meeting_{uuid4().hex}@thread.v2"
        context = f'{{"Tid":"{self._tenant}","Oid":"{event.owner}"}}'
        url = (
            f"https://teams.microsoft.com/l/meetup-join/{quote(thread, safe='')}/0"
            f"?context={quote(context, safe='')}"
        )
        return replace(event, join_url=url, body=_with_blob(event.body, url))


_SAYS = {
    Response.ACCEPTED: "Accepted",
    Response.DECLINED: "Declined",
    Response.TENTATIVE: "Tentative",
}


def _to(event: Event, who: Address) -> str:
    return f"{event.uid} {who.mail.lower()}"


def _checksum(draft: Event) -> str:
    guests = [(one.who.mail.lower(), one.type) for one in draft.attendees]
    content = (draft.subject, draft.body, draft.start, draft.end, draft.location, guests)
    return sha256(repr(content).encode()).hexdigest()


def _with_blob(body: Body, url: str) -> Body:
    content = body.content
    if body.type == "text":
        content = escape(content).replace("\n", "<br>")
    blob = (
        '<div style="width:100%"><span>' + "_" * 80 + "</span></div>"
        '<div class="me-email-text"><span>Microsoft Teams meeting</span><br>'
        f'<a class="me-email-headline" href="{escape(url)}">Join the meeting now</a></div>'
    )
    head, end, tail = content.rpartition("</body>")
    return Body(content=head + blob + end + tail if end else content + blob)


def _without_lost_link(old: Event, new: Event) -> Event:
    """Once online, a meeting stays so; but whoever overwrites the lines with the link switches it
    off.

    https://learn.microsoft.com/graph/api/event-update
    """
    if not old.online:
        return new
    if new.body != old.body and old.join_url and escape(old.join_url) not in new.body.content:
        return replace(new, online=False, join_url=None)
    return replace(new, online=True, join_url=old.join_url)


def _on_pattern(event: Event) -> Event:
    """The event begins on the first day that its pattern has."""
    assert event.recurrence is not None
    day = first_date(event.recurrence)
    if day is None or day == local_date(event):
        return event
    start, end = times(event, day)
    return replace(event, start=start, end=end)


def _with_answers(event: Event, attendees: tuple[Attendee, ...]) -> tuple[Attendee, ...]:
    """A new list of attendees, in which those who were on the old one keep their answers."""
    known = {one.who.mail.lower(): one for one in event.attendees}

    def merged(one: Attendee) -> Attendee:
        old = known.get(one.who.mail.lower())
        return replace(old, who=one.who, type=one.type) if old else one

    return tuple(merged(one) for one in attendees)


def _unanswered(attendee: Attendee) -> Attendee:
    return replace(attendee, response=Response.NONE, answered_at=NEVER, proposed=None)


def _answered(event: Event, who: Address, answer: Answer) -> Event:
    """The organizer's event with that attendee's answer; somebody not on the list is added, as
    after a forward.
    """
    known = [one for one in event.attendees if one.who.is_for(who.mail)]
    told = replace(
        known[0] if known else Attendee(who=who),
        response=answer.response,
        answered_at=answer.at,
        proposed=answer.proposed,
    )
    others = event.attendees if known else (*event.attendees, told)
    return replace(
        event,
        attendees=tuple(told if one.who.is_for(who.mail) else one for one in others),
    )


def _as_seen_by(event: Event, attendee: Attendee) -> tuple[Attendee, ...]:
    """Attendees see who is invited, not what the others answered; with a hidden list only
    themselves.
    """
    if event.hide_attendees:
        return (_unanswered(attendee),)
    return tuple(_unanswered(one) for one in event.attendees)


def _known_as(event: Event, me: Person) -> Address:
    """The address by which the person was invited, which may be a former one."""
    own = {address.lower() for address in (me.mail, me.upn, *me.former)}
    for attendee in event.attendees:
        if attendee.who.mail.lower() in own:
            return attendee.who
    return Address(name=me.name, mail=me.mail)
