"""What lies in mailboxes, as values."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

NEVER = datetime(1, 1, 1, tzinfo=UTC)  # how Exchange writes "has not answered"


class Response(StrEnum):
    """https://learn.microsoft.com/graph/api/resources/responsestatus"""

    NONE = "none"
    ORGANIZER = "organizer"
    TENTATIVE = "tentativelyAccepted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NOT_RESPONDED = "notResponded"


ANSWERS = {
    "accept": Response.ACCEPTED,
    "decline": Response.DECLINED,
    "tentativelyAccept": Response.TENTATIVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    name: str
    mail: str

    def is_for(self, mail: str) -> bool:
        return self.mail.lower() == mail.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time that an attendee proposes instead."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    who: Address
    type: str = "required"  # required, optional or resource
    response: Response = Response.NONE
    answered_at: datetime = NEVER
    proposed: Slot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """https://learn.microsoft.com/graph/api/resources/recurrencepattern"""

    type: str  # daily, weekly, absoluteMonthly, relativeMonthly, absoluteYearly, relativeYearly
    interval: int = 1
    days: tuple[str, ...] = ()
    first_day: str = "sunday"
    day: int = 0  # of the month
    month: int = 0
    index: str = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """https://learn.microsoft.com/graph/api/resources/recurrencerange"""

    type: str  # endDate, noEnd, numbered
    start: date
    end: date | None = None
    count: int = 0
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    pattern: Pattern
    range: Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    type: str = "html"  # html or text: how it was written
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event in one mailbox. Attendees of a meeting each have a copy of their own.

    `start` and `end` are instants in UTC. Those of an all-day event are midnights in UTC that
    stand for dates: such an event floats, it is the same day wherever it is looked at.
    """

    id: str  # 32 hexadecimal digits; an exception's ends in its date
    owner: str  # id of the person whose mailbox this lies in
    uid: str  # iCalUId, the same in every copy
    subject: str = ""
    body: Body = Body()
    location: str = ""
    start: datetime
    end: datetime
    zone: str = "UTC"  # as the writer named it
    end_zone: str = "UTC"
    all_day: bool = False
    show_as: str = "busy"
    intended: str = "busy"  # in an attendee's copy: as what it shows once accepted
    sensitivity: str = "normal"
    importance: str = "normal"
    categories: tuple[str, ...] = ()
    organizer: Address
    is_organizer: bool = True
    attendees: tuple[Attendee, ...] = ()
    response: Response = Response.ORGANIZER
    answered_at: datetime = NEVER
    cancelled: bool = False
    recurrence: Recurrence | None = None
    master: str | None = None  # of an exception: the id of its series in this mailbox
    day: date | None = None  # of an exception: the day on which the pattern has it
    gaps: tuple[date, ...] = ()  # of a series: days on which it was taken out
    created: datetime = NEVER
    modified: datetime = NEVER
    change: int = 0  # counts up with every write anywhere
    transaction: str | None = None
    posted: str | None = None  # checksum of what the transaction was posted with
    online: bool = False
    join_url: str | None = None
    extended: dict[str, str] = field(default_factory=dict)  # single-value properties by their id
    allow_proposals: bool = True
    response_requested: bool = True
    hide_attendees: bool = False
    reminder_on: bool = True
    reminder_minutes: int = 15
    moves: int = 0  # how often it was filed elsewhere: changes the ordinary id, not the immutable
    sequence: int | None = None  # that the entry of a file has of which it was made, as a whole
    odd: dict[str, Any] = field(
        default_factory=dict
    )  # laid over its JSON: what careless clients write
    computed: bool = False  # an occurrence that its series' pattern yields, not kept by itself

    @property
    def kind(self) -> str:
        if self.computed:
            return "occurrence"
        if self.master:
            return "exception"
        return "seriesMaster" if self.recurrence else "singleInstance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail in one mailbox."""

    id: str
    owner: str
    folder: str  # inbox, sentitems, drafts or deleteditems
    subject: str = ""
    body: Body = Body()
    sender: Address
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    at: datetime
    thread: str  # the same for a mail and all answers to it, in every mailbox
    internet_id: str  # the Message-ID header: the same in every mailbox
    in_reply_to: str | None = None
    importance: str = "normal"
    is_read: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    modified: datetime = NEVER
    change: int = 0
    moves: int = 0


class LetterKind(StrEnum):
    INVITATION = "invitation"
    UPDATE = "update"
    CANCELLATION = "cancellation"
    RESPONSE = "response"
    FORWARD = "forward"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One piece of post: what somebody, inside or outside the company, was sent."""

    id: str
    kind: LetterKind
    to: str  # mail address in small letters
    sender: Address
    subject: str
    body: Body
    sent_at: datetime
    uid: str | None = None  # of the meeting that it is about
    start: datetime | None = None
    end: datetime | None = None
    zone: str | None = None
    location: str = ""
    attendees: tuple[Address, ...] = ()  # as far as the reader may see them
    response: Response | None = None
    proposed: Slot | None = None
    internet_id: str | None = None
    thread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something in a mailbox was made, written or removed."""

    owner: str
    what: str  # "events" or "messages"
    kind: str  # created, updated or deleted
    id: str
    change: int
    folder: str = ""  # of a message
    moves: int = 0
