"""Who was in Teams meetings. Somebody joins the meeting of an event; when it is over, there is a
report.

https://learn.microsoft.com/graph/api/resources/meetingattendancereport
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sandbox.clock import Clock
from sandbox.exchange.mailboxes import Mailboxes
from sandbox.exchange.model import Address, Event
from sandbox.key_value_store import KeyValueStore


class NoTeamsMeetingError(ValueError):
    """The event has no Teams meeting to be joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attended:
    """One person's stay in one meeting."""

    id: str
    join_url: str
    person: str | None  # id of somebody inside; None for a guest
    name: str
    mail: str | None  # None for a guest who did not sign in
    joined: datetime
    left: datetime


class TeamsMeetings:
    def __init__(self, *, mailboxes: Mailboxes, store: KeyValueStore, clock: Clock) -> None:
        self._mailboxes = mailboxes
        self._clock = clock
        self._kept = store.bucket("attended", Attended)

    def clear(self) -> None:
        self._kept.clear()

    def join(
        self,
        event: Event,
        who: Address,
        *,
        person: str | None = None,
        joined: datetime | None = None,
        left: datetime | None = None,
    ) -> None:
        """Somebody inside, or a guest, was there: from beginning to end unless said otherwise.

        Raises NoTeamsMeetingError.
        """
        if event.join_url is None:
            raise NoTeamsMeetingError("That is no Teams meeting.")
        stay = Attended(
            id=str(uuid4()),
            join_url=event.join_url,
            person=person,
            name=who.name,
            mail=who.mail if person else None,
            joined=joined or event.start,
            left=left or event.end,
        )
        self._kept[stay.id] = stay

    def has_joined(self, event: Event, name: str) -> bool:
        return any(one.name == name for one in self.stays(event.join_url))

    def stays(self, join_url: str | None) -> list[Attended]:
        return [one for one in self._kept.values() if one.join_url == join_url]

    def report(self, event: Event) -> list[Attended]:
        """Everybody's stay, once the last one has left; nothing before, or if nobody came."""
        found = self.stays(event.join_url)
        over = all(one.left <= self._clock() for one in found)
        return found if over else []

    def organized(self, owner: str) -> Iterable[Event]:
        """The Teams meetings that somebody has organised."""
        return (e for e in self._mailboxes.events(owner) if e.is_organizer and e.join_url)
