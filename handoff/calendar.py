"""What lies in a calendar, and what it is to a time that somebody wants. Values only.

Of a private event its time is known and nothing else: `Event` has no place where the rest could
be. https://learn.microsoft.com/graph/api/resources/event
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from zoneinfo import ZoneInfo

from handoff.hours import Span
from handoff.policy import CalendarRules


class Shows(StrEnum):
    """As what an event stands in the calendar; the values are Graph's."""

    FREE = "free"  # takes no time
    TENTATIVE = "tentative"  # takes time, perhaps
    BUSY = "busy"  # takes time
    AWAY = "oof"  # out of office
    ELSEWHERE = "workingElsewhere"  # at work in another place: not in the way
    UNKNOWN = "unknown"  # taken as busy: what cannot be read is not free


BLOCKING = frozenset({Shows.TENTATIVE, Shows.BUSY, Shows.AWAY, Shows.UNKNOWN})
PREP = "Baton preparation"  # the category of time to prepare a meeting
OURS = "Baton"  # the first word of every category that Baton writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """Someone invited, and what the calendar that was read knows of their answer."""

    mail: str  # in small letters
    response: str = "none"  # Graph's word
    proposes: bool = False  # another time, together with the answer
    room: bool = False  # a room or another resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event in one calendar: an occurrence where it belongs to a series.

    An all-day event runs from midnight to midnight in the zone of whose calendar it is.
    """

    id: str = ""  # empty where only free and busy was read
    uid: str = ""  # iCalUId: the same in every calendar, another for each occurrence
    series: str | None = None  # id of its series in this calendar
    span: Span
    shows: Shows = Shows.BUSY
    all_day: bool = False
    private: bool = False
    cancelled: bool = False
    mine: bool = True  # its organizer is whose calendar it is
    organizer: str = ""  # mail address in small letters
    subject: str = ""
    attendees: tuple[Attendee, ...] = ()
    response: str = "none"  # Graph's word for the answer of whose calendar it is
    responded_at: datetime | None = None
    created_at: datetime | None = None  # None where Graph does not say
    changed_at: datetime | None = None
    link_by: str | None = None  # Entra object id of whoever made its Teams link
    categories: tuple[str, ...] = ()
    moved: bool = False  # an occurrence away from the time that its series gives it

    @property
    def blocks(self) -> bool:
        """Whether it takes time from its calendar. One without length never does."""
        return self.shows in BLOCKING and self.span.start < self.span.end

    @property
    def key(self) -> str:
        """What stays the same when it moves: of an occurrence, its series."""
        return self.series or self.uid or self.id

    @property
    def unanswered(self) -> bool:
        """An invitation that waits for an answer."""
        return not self.mine and not self.cancelled and self.response in ("none", "notResponded")

    @property
    def ours(self) -> bool:
        """Baton itself has put it there."""
        return any(name in (OURS, PREP) for name in self.categories)

    def mark(self, *, series: bool = False) -> str:
        """The same as long as nothing has changed that a person would judge it by.

        When it was last written is no part of it: a reminder that rings writes it too. Of a whole
        *series* the time of one occurrence is none either.
        """
        people = sorted((a.mail, a.response, a.proposes) for a in self.attendees)
        when = None if series else self.span
        facts = (when, self.shows, self.cancelled, self.organizer, self.subject, self.response)
        return sha256(repr((facts, people)).encode()).hexdigest()[:16]


class Phantom(StrEnum):
    """What makes an event look as if nobody would come."""

    ORGANIZER_GONE = "organizer_gone"  # Entra does not know its organizer any more
    ORGANIZER_DISABLED = "organizer_disabled"  # its organizer's account is blocked
    CANCELLED = "cancelled"  # called off, and this copy was left behind
    REMOVED = "removed"  # its organizer no longer has it
    ALL_DECLINED = "all_declined"  # everybody invited has said no
    GUESTS_GONE = "guests_gone"  # everybody invited has left the company
    HOLD = "hold"  # time kept for something that nobody remembers: "Hold - QBR"
    SERIES_UNANSWERED = "series_unanswered"  # a series that its owner has never answered
    TWICE = "twice"  # the same subject at the same time
    SAME_MEETING = "same_meeting"  # the same iCalUId
    LINK_GONE = "link_gone"  # whoever made its online meeting has left
    REMINDER = "reminder"  # a note to oneself, all day long, that takes time
    TENTATIVE = "tentative"  # tentative for long, and nothing was heard of it
    NEVER_KEPT = "never_kept"  # a block of one's own in which meetings are held all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An event looks like a phantom: how, how surely, and the facts that say so."""

    kind: Phantom
    confidence: float  # 0 to 1
    facts: Mapping[str, str] = field(default_factory=dict)  # dates as ISO, numbers as digits


class Conflict(StrEnum):
    """What something in a calendar is to a time that is wanted."""

    BUSY = "busy"  # an event takes the time
    AWAY = "away"  # out of office
    TENTATIVE = "tentative"  # an event may take the time
    PRIVATE = "private"  # a private event, of which nothing more is said
    ALL_DAY = "all_day"  # an event of the whole day
    PREP = "prep"  # time to prepare another meeting
    BUFFER = "buffer"  # too close to another meeting
    RESERVED = "held"  # by Baton, for another handoff
    PHANTOM = "phantom"  # what looks like one: in the way until its owner frees it
    OUTSIDE_HOURS = "outside_hours"  # before or after the person's working hours
    HOLIDAY = "holiday"  # a public holiday where the person works
    ELSEWHERE = "elsewhere"  # not in the way
    THIS_MEETING = "this_meeting"  # the invitation itself: not in the way


HARMLESS = frozenset({Conflict.ELSEWHERE, Conflict.THIS_MEETING})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something at the time of a meeting. *subject* is empty when it is private."""

    why: Conflict
    span: Span
    subject: str = ""
    since: datetime | None = None  # how long a tentative one has been waiting for an answer
    finding: Finding | None = None  # what makes a phantom of it

    @property
    def blocks(self) -> bool:
        return self.why not in HARMLESS


def at_home(event: Event, zone: str) -> Event:
    """An all-day event among what is only free or busy, moved to the midnights of its owner.

    Outlook gives it as midnights of whoever asks, which are UTC's.
    """
    start, end = event.span.start, event.span.end
    whole = not (start - end) % timedelta(days=1) and start.time() == datetime.min.time()
    if start >= end or not whole:
        return event
    own = ZoneInfo(zone)
    span = Span(*(at.replace(tzinfo=own).astimezone(UTC) for at in (start, end)))
    return replace(event, span=span, all_day=True)


def widened(event: Event, rules: CalendarRules) -> Span:
    """The time in which no other meeting fits: the event and what is kept free around it."""
    if event.all_day:
        return event.span
    return Span(event.span.start - rules.buffer, event.span.end + rules.buffer)


def taken(events: Iterable[Event], rules: CalendarRules) -> Iterator[Span]:
    """What the events of a calendar leave no room in."""
    return (widened(event, rules) for event in events if event.blocks)
