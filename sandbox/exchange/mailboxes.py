"""All items of all mailboxes, and the one door through which they change.

Whoever writes or removes an item here makes a `Change` known; notifications and delta queries live
on those.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from sandbox.clock import Clock
from sandbox.exchange import ids
from sandbox.exchange.model import NEVER, Change, Event, Message
from sandbox.exchange.recurrence import dates, times
from sandbox.key_value_store import KeyValueStore

DAY = timedelta(days=1)


class Mailboxes:
    """Events by owner and id. An occurrence of a series has an id too, though it is computed when
    asked for.
    """

    def __init__(self, store: KeyValueStore, clock: Clock) -> None:
        self._clock = clock
        self._kept = store.bucket("event", Event)
        self._kept_mail = store.bucket("message", Message)
        self.listeners: list[Callable[[Change], None]] = []
        self.reads_deleted = False
        """Whether an event in Deleted Items is still read by its immutable id. No page says so or
        not; of mails a tenant tells that the id is known then:
        https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/3047
        """
        self.answers_deleted = False
        """Whether an answer to such an event is taken and sent, and it lies there still. No page
        says what becomes of one.
        """
        self._deleted: dict[tuple[str, str], Event] = {}
        self.index()

    def index(self) -> None:
        """What is computed from what is kept is so; nobody is told."""
        self._count = 0
        self._events: dict[str, dict[str, Event]] = {}
        self._mail: dict[str, dict[str, Message]] = {}
        self._uids: dict[str, dict[str, str]] = {}  # uid → owner → id
        self._exceptions: dict[tuple[str, str], dict[date, str]] = {}
        for event in self._kept.values():
            self._index(event)
        for message in self._kept_mail.values():
            self._mail.setdefault(message.owner, {})[message.id] = message
            self._count = max(self._count, message.change)

    def clear(self) -> None:
        """Every mailbox is empty; nobody is told."""
        self._kept.clear()
        self._kept_mail.clear()
        for index in (self._events, self._mail, self._uids, self._exceptions, self._deleted):
            index.clear()

    # Reading

    def events(self, owner: str) -> Iterable[Event]:
        """Single events, series and exceptions: what is kept, not what is computed."""
        return tuple(self._events.get(owner, {}).values())

    def event(self, owner: str, item: str) -> Event | None:
        """The event of that id, computed occurrences included."""
        kept = self._events.get(owner, {}).get(item)
        if kept is not None:
            return kept
        series, day = ids.split(item)
        master = self._events.get(owner, {}).get(series)
        return self.on_day(master, day) if master and day else None

    def deleted(self, owner: str, item: str) -> Event | None:
        """The event of that id, where it lies in Deleted Items and is read there."""
        return self._deleted.get((owner, item)) if self.reads_deleted else None

    def with_uid(self, owner: str, uid: str) -> Event | None:
        item = self._uids.get(uid, {}).get(owner)
        return self._events[owner][item] if item else None

    def copies(self, uid: str) -> list[Event]:
        """The meeting in every mailbox that has it."""
        return [self._events[owner][item] for owner, item in self._uids.get(uid, {}).items()]

    def exceptions(self, master: Event) -> list[Event]:
        found = self._exceptions.get((master.owner, master.id), {})
        return [self._events[master.owner][item] for item in found.values()]

    def on_day(self, master: Event, day: date) -> Event | None:
        """The occurrence that the pattern has on this day, or the exception in its place."""
        exception = self._exceptions.get((master.owner, master.id), {}).get(day)
        if exception:
            return self._events[master.owner][exception]
        if master.recurrence is None or day in master.gaps:
            return None
        if day not in dates(master.recurrence, until=day):
            return None
        return _computed(master, day)

    def view(self, owner: str, start: datetime, end: datetime) -> list[Event]:
        """What stands in the calendar between two instants, series spread out, in order of time."""
        found: list[Event] = []
        for event in self.events(owner):
            if event.kind == "seriesMaster":
                found.extend(self._spread(event, start, end))
            elif _within(event.start, event.end, start, end):
                found.append(event)
        return sorted(found, key=lambda event: (event.start, event.end, event.id))

    def occurrences(self, master: Event, start: datetime, end: datetime) -> list[Event]:
        """Computed occurrences and exceptions of one series."""
        found = self._spread(master, start, end)
        found += [e for e in self.exceptions(master) if _within(e.start, e.end, start, end)]
        return sorted(found, key=lambda event: (event.start, event.id))

    def _spread(self, master: Event, start: datetime, end: datetime) -> list[Event]:
        if master.recurrence is None or master.start >= end:
            return []
        taken = self._exceptions.get((master.owner, master.id), {})
        earliest = (start - (master.end - master.start) - DAY).date()
        found = []
        for day in dates(master.recurrence, until=(end + DAY).date()):
            if day < earliest or day in master.gaps or day in taken:
                continue
            if _within(*times(master, day), start, end):
                found.append(_computed(master, day))
        return found

    def messages(self, owner: str) -> Iterable[Message]:
        return tuple(self._mail.get(owner, {}).values())

    def message(self, owner: str, item: str) -> Message | None:
        return self._mail.get(owner, {}).get(item)

    # Writing

    def put(self, event: Event, *, at: datetime | None = None) -> Event:
        """The event as it now lies in its mailbox, with its change counted and its times
        stamped.
        """
        now = at or self._clock()
        known = self._events.get(event.owner, {}).get(event.id)
        self._count += 1
        event = replace(
            event,
            computed=False,
            created=now if event.created == NEVER else event.created,
            modified=now,
            change=self._count,
        )
        if known and known.uid != event.uid:
            self._uids.get(known.uid, {}).pop(known.owner, None)
        self._index(event)
        self._kept[f"{event.owner}/{event.id}"] = event
        self._tell(event, "updated" if known else "created")
        return event

    def remove(self, event: Event) -> None:
        """The event, and with a series its exceptions, is gone."""
        if event.recurrence:
            for exception in self.exceptions(event):
                self.remove(exception)
        if self._events.get(event.owner, {}).pop(event.id, None) is None:
            return
        self._uids.get(event.uid, {}).pop(event.owner, None)
        if event.master and event.day:
            self._exceptions.get((event.owner, event.master), {}).pop(event.day, None)
        del self._kept[f"{event.owner}/{event.id}"]
        self._deleted[event.owner, event.id] = event
        self._count += 1
        self._tell(replace(event, change=self._count), "deleted")

    def stay_deleted(self, event: Event) -> bool:
        """Whether it lies in Deleted Items; there it is as it is now."""
        if self.event(event.owner, event.id) or self.deleted(event.owner, event.id) is None:
            return False
        self._deleted[event.owner, event.id] = event
        return True

    def put_message(self, message: Message) -> Message:
        known = self._mail.get(message.owner, {}).get(message.id)
        self._count += 1
        message = replace(message, modified=self._clock(), change=self._count)
        self._mail.setdefault(message.owner, {})[message.id] = message
        self._kept_mail[f"{message.owner}/{message.id}"] = message
        self._tell(message, "updated" if known else "created")
        return message

    def _index(self, event: Event) -> None:
        self._events.setdefault(event.owner, {})[event.id] = event
        self._uids.setdefault(event.uid, {})[event.owner] = event.id
        self._count = max(self._count, event.change)
        if event.master and event.day:
            self._exceptions.setdefault((event.owner, event.master), {})[event.day] = event.id

    def _tell(self, item: Event | Message, kind: str) -> None:
        change = Change(
            owner=item.owner,
            what="messages" if isinstance(item, Message) else "events",
            kind=kind,
            id=item.id,
            change=item.change,
            folder=item.folder if isinstance(item, Message) else "",
            moves=item.moves,
        )
        for listener in list(self.listeners):
            listener(change)


def _computed(master: Event, day: date) -> Event:
    start, end = times(master, day)
    return replace(
        master,
        id=ids.occurrence(master.id, day),
        uid=ids.uid_of(master.uid, day),
        start=start,
        end=end,
        master=master.id,
        day=day,
        recurrence=None,
        gaps=(),
        transaction=None,
        computed=True,
    )


def _within(start: datetime, end: datetime, window_start: datetime, window_end: datetime) -> bool:
    """Whether an event touches the window; one without length does when it stands inside."""
    return start < window_end and (end > window_start or start == end == window_start)


def original_start(master: Event, day: date) -> datetime:
    """When the pattern would have the occurrence of that day begin."""
    return times(master, day)[0]


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
