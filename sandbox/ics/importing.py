"""From the entries of a file into a mailbox."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sandbox.company import Person, Who
from sandbox.exchange import ids
from sandbox.exchange.model import NEVER, Address, Attendee, Event, Recurrence, Response
from sandbox.exchange.recurrence import dates, times
from sandbox.ics import entry as parts
from sandbox.ics.entry import Entry, Moment
from sandbox.ics.file import File, Item, groups, opened
from sandbox.ics.report import NOT_READABLE, Note, Report, UnsayableError, UnusableError
from sandbox.ics.rules import LONGEST, Gaps, Instance, gaps, instances, meant, recurrence, recurs
from sandbox.ics.zones import Place, Zones, known_zone
from sandbox.tenant import Tenant
from sandbox.zones import zone

EITHER_WAY = timedelta(days=365)  # how far around now a series is spread out that Graph cannot say
OUTDATED = "the calendar has a newer version of it already"
SUPERSEDED = "its series is newer and has no such time any more"
_PART = re.compile(r"(.+)_\d{8}(?:T\d{4,6})?")  # the UID of one time of a series
_OF_EXCHANGE = re.compile(r"(040000008200E00074C5B7101A82E008)[0-9A-F]{8}(.*)")  # with its day


def read(tenant: Tenant, who: Who, content: str | bytes, *, own: Iterable[str] = ()) -> Report:
    """The events of the file are in the person's mailbox.

    `own` are addresses by which the file calls the person; without any, the one that the calendar
    is called after or that takes part in most meetings is taken.
    """
    report = Report()
    file = opened(content, report)
    mine = {address.lower() for address in own} or file.named_own() or file.likely_own()
    report.me = next(iter(sorted(mine)), None)
    importing = _Importing(tenant, tenant.directory.find(who), file, mine, report)
    for group in groups(file.items):
        importing.group(group)
    importing.sum_up()
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """A change of a series that holds for all later times too (RFC 5545, 3.2.13)."""

    since: datetime  # UTC: the first of its times that is changed
    shift: timedelta  # by how much each begins later on the wall clock
    event: Event | None  # as they are now; None when they are called off


class _Importing:
    def __init__(
        self, tenant: Tenant, person: Person, file: File, mine: set[str], report: Report
    ) -> None:
        self._mailboxes = tenant.mailboxes
        self._now = tenant.clock()
        self._person = person
        self._mine = mine
        self._report = report
        self._zone_said = file.zone
        clock = known_zone(file.zone) or person.zone
        floating = Place(name=clock, tz=zone(clock))
        self._zones = Zones(file.zones, floating=floating, now=self._now, report=report)
        self._floating: list[Item] = []  # with times that stand in no zone
        self._cleared: set[str] = set()
        self._unnamed: list[Item] = []  # in zones that only the file explains
        self._silent: list[Item] = []  # days that do not say whether they take time
        own = {item.uid for item in file.items}
        before = tenant.mailboxes.events(person.id)
        self._before = {event.uid for event in before}
        self._made_of: dict[str, list[Event]] = {}  # what stands there, by the UID of its entry
        for event in before:
            name = event.uid if event.uid in own else _entry_of(event.uid)
            self._made_of.setdefault(name, []).append(event)

    def group(self, group: list[Item]) -> None:
        """A single event, a series with its exceptions, or exceptions of a series elsewhere."""
        wholes = self._newest([item for item in group if not item.is_exception], lambda _: None)
        exceptions = self._newest([item for item in group if item.is_exception], self._replaces)
        if any(map(self._outdated, wholes)):
            for item in group:
                self._note(item, OUTDATED, left_out=True)
            return
        if wholes:
            self._each(wholes, lambda item: self._event_or_series(item, exceptions))
            return
        known = self._mailboxes.with_uid(self._person.id, group[0].uid)
        if known and known.recurrence:
            self._into(known, exceptions)
        else:
            self._each(exceptions, self._alone)

    def _outdated(self, item: Item) -> bool:
        """Whether what stands there was made of a newer version, by an import before."""
        there = (one.sequence for one in self._made_of.get(item.uid, ()))
        newest = max((found for found in there if found is not None), default=0)
        return "SEQUENCE" in item.entry and _version(item)[0] < newest

    def sum_up(self) -> None:
        """What was decided for many events is told once."""
        if self._zone_said and self._floating:
            known = known_zone(self._zone_said)
            name = (
                self._zone_said if known else f"{self._person.zone}: {self._zone_said} is unknown"
            )
            why = "stands in no zone; it is on the calendar's own clock (X-WR-TIMEZONE)"
            self._sum(self._floating, f"{why}, {name}")
        if self._unnamed:
            self._sum(self._unnamed, "is in a time zone without a known name; it is in UTC here")
        if self._silent:
            why = "takes the whole day and does not say whether the person is busy"
            self._sum(self._silent, f"{why}; it is shown as free, as in Outlook")

        gone = [u for u in self._cleared if not self._mailboxes.with_uid(self._person.id, u)]
        if gone:
            why = f"{len(gone)} events of an older import are gone: this file has them otherwise"
            self._report.notes.append(Note(why=why, left_out=False))

    def _sum(self, found: list[Item], why: str) -> None:
        others = f", as are {len(found) - 1} more" if len(found) > 1 else ""
        self._note(found[0], f"it {why}{others}")

    def _newest(self, found: list[Item], means: Callable[[Item], object]) -> list[Item]:
        """Of several versions of one thing the one with the highest SEQUENCE (RFC 5546, 2.1.4), and
        of those the one written last; of those the first.
        """
        best: dict[object, Item] = {}
        for item in found:
            rival = best.get(means(item))
            if rival is None:
                best[means(item)] = item
                continue
            newer = _version(item) > _version(rival)
            best[means(item)] = item if newer else rival
            older = rival if newer else item
            same = _version(item) == _version(rival)
            why = "another event of the same UID stands before it" if same else "a newer version"
            self._note(older, why if same else f"{why} of it is in the file", left_out=True)
        return list(best.values())

    def _replaces(self, item: Item) -> object:
        try:
            return self._moment(item.entry, "RECURRENCE-ID").at
        except UnusableError:
            return item.line

    def _each(self, found: list[Item], place: Callable[[Item], None]) -> None:
        """What cannot be placed is left out, and costs no other."""
        for item in found:
            try:
                place(item)
            except UnusableError as problem:
                self._note(item, str(problem), left_out=True)
            except NOT_READABLE as problem:
                self._note(item, f"it cannot be understood: {problem}", left_out=True)

    def _event_or_series(self, item: Item, exceptions: list[Item]) -> None:
        if not recurs(item.entry):
            event = self._event(item)
            self._clear(item.uid, {item.uid})
            self._put(event)
            self._each(exceptions, self._alone)
            return
        start = self._moment(item.entry, "DTSTART")
        try:
            pattern = recurrence(item.entry, start)
            _sayable(exceptions)
        except UnsayableError as why:
            self._spread(item, start, exceptions, str(why))
        else:
            self._series(item, start, pattern, exceptions)

    def _alone(self, item: Item) -> None:
        """One occurrence, without its series."""
        if _range_of(item):
            raise UnusableError("it changes a series from one of its times on, which is not there")
        at = self._moment(item.entry, "RECURRENCE-ID")
        self._put(replace(self._event(item), uid=_part(item.uid, at.at)))

    # A series that Graph has words for

    def _series(
        self, item: Item, start: Moment, pattern: Recurrence, exceptions: list[Item]
    ) -> None:
        out = gaps(item.entry, start, self._zones, {start.wall.time()})
        event = self._event(item)
        self._clear(item.uid, {item.uid})
        known = self._mailboxes.with_uid(self._person.id, item.uid)
        master = replace(event, recurrence=pattern, id=known.id if known else event.id)
        days = _days(master, out)
        self._into(self._put(replace(master, gaps=days)), exceptions, _version(item)[0])

    def _into(self, master: Event, exceptions: list[Item], sequence: int = 0) -> None:
        """The exceptions stand in the series, and those called off leave a gap. One that is older
        than the series, of that SEQUENCE, and for which it has no place any more, is of the past.
        """
        found: list[tuple[Item, date | None]] = []
        self._each(exceptions, lambda item: found.append((item, self._day_in(master, item))))
        assert master.recurrence is not None
        last = max((day for _, day in found if day), default=date.min)
        there = set(dates(master.recurrence, until=last)) if last > date.min else set()
        gone = set(master.gaps)
        for item, day in found:
            if _version(item)[0] < sequence and (day in master.gaps or day not in there):
                self._note(item, SUPERSEDED, left_out=True)
            elif day in there:
                event = None if _cancelled(item) else self._made(item)
                if event is None:  # what it has become is not known, but that it is not this
                    gone.add(day)
                    continue
                gone.discard(day)  # some exclude its day as well
                self._put(_exception(master, day, event))
            elif not _cancelled(item):
                self._note(item, "its series has no such time; it is an event of its own")
                self._each([item], self._alone)
        if gone != set(master.gaps):
            self._mailboxes.put(replace(master, gaps=tuple(sorted(gone))))

    def _made(self, item: Item) -> Event | None:
        """The event, unless it is left out."""
        made: list[Event] = []
        self._each([item], lambda one: made.append(self._event(one)))
        return made[0] if made else None

    def _day_in(self, master: Event, item: Item) -> date | None:
        """The day of the series that the exception stands for, if it is one of its times."""
        said = self._moment(item.entry, "RECURRENCE-ID")
        own = UTC if master.all_day else zone(master.zone)
        first = master.start.astimezone(own)
        start = Moment(
            at=master.start, local=first, zone=master.zone, all_day=master.all_day, named=True
        )
        at, day = meant(said, start, self._zones, {start.wall.time()})
        there = day or at.astimezone(own).date()
        return there if day or times(master, there)[0] == at else None

    # A series that it has none for

    def _spread(self, item: Item, start: Moment, exceptions: list[Item], why: str) -> None:
        """The series as single events, a year either way."""
        event = self._event(item)
        since, until = self._now - EITHER_WAY, self._now + EITHER_WAY
        found = instances(item.entry, start, self._zones, since, until)
        out = gaps(item.entry, start, self._zones, {one.start.time() for one in found})
        lasting = self._lasting([one for one in exceptions if _range_of(one)], start)
        single = [one for one in exceptions if not _range_of(one)]
        elsewhere, standing = self._elsewhere(item, single, start, out)
        made = [
            replace(one, id=ids.new_item(), uid=_part(item.uid, at))
            for instance in found
            if not out.takes(instance.start) and not elsewhere.takes(instance.start)
            for at in (instance.start.astimezone(UTC),)
            for one in _changed(event, instance, at, lasting)
        ]
        self._clear(item.uid, {one.uid for one in made} | self._uids_of(standing))
        for one in made:
            self._put(one)
        self._note(
            item,
            f"Graph cannot say {why}; it is {len(made)} single events within a year either way",
        )
        self._each(standing, self._alone)

    def _elsewhere(
        self, series: Item, single: list[Item], start: Moment, out: Gaps
    ) -> tuple[Gaps, list[Item]]:
        """The times that exceptions stand for, and those exceptions that stand."""
        at: set[datetime] = set()
        days: set[date] = set()
        standing: list[Item] = []

        def add(item: Item) -> None:
            said = self._moment(item.entry, "RECURRENCE-ID")
            moment, day = meant(said, start, self._zones, {start.wall.time()})
            if day:
                days.add(day)
            else:
                at.add(moment)
            taken = day in out.days or out.takes(moment.astimezone(start.local.tzinfo))
            if taken and _version(item)[0] < _version(series)[0]:
                self._note(item, SUPERSEDED, left_out=True)
            elif not _cancelled(item):
                standing.append(item)

        self._each(single, add)
        return Gaps(times=frozenset(at), days=frozenset(days)), standing

    def _lasting(self, ranged: list[Item], start: Moment) -> list[Lasting]:
        """What changes from one of its times on, the latest first. Raises UnusableError for what
        cannot be carried on as it was meant: a series is right or left out.
        """
        found = []
        for item in ranged:
            if _range_of(item) != "THISANDFUTURE" or recurs(item.entry):
                raise UnusableError(
                    f"it is changed on line {item.line} in a way nobody writes today"
                )
            said = self._moment(item.entry, "RECURRENCE-ID")
            at, _ = meant(said, start, self._zones, {start.wall.time()})
            if _cancelled(item):
                found.append(Lasting(since=at, shift=timedelta(), event=None))
                continue
            new = self._moment(item.entry, "DTSTART")
            if str(new.local.tzinfo) != str(start.local.tzinfo):
                raise UnusableError(f"on line {item.line} it moves to another zone")
            was = at.astimezone(start.local.tzinfo).replace(tzinfo=None)
            event = self._event(item)
            found.append(Lasting(since=at, shift=new.wall - was, event=event))
        return sorted(found, key=lambda one: one.since, reverse=True)

    def _uids_of(self, standing: list[Item]) -> set[str]:
        return {_part(one.uid, self._moment(one.entry, "RECURRENCE-ID").at) for one in standing}

    # Into the mailbox

    def _clear(self, uid: str, kept: set[str]) -> None:
        """What an older import made of the entry is gone, but for what has one of these UIDs."""
        for event in self._made_of.get(uid, ()):
            if event.uid not in kept:
                self._mailboxes.remove(event)
                self._cleared.add(event.uid)

    def _event(self, item: Item) -> Event:
        """As a single event. Raises UnusableError when it has no time that can be used."""
        entry = item.entry
        start = self._moment(entry, "DTSTART")
        end = self._end(entry, start)
        if end.at < start.at:
            raise UnusableError("it ends before it begins")
        if recurs(entry) and end.at - start.at > LONGEST:
            raise UnusableError(f"each of its times lasts {(end.at - start.at).days} days")
        if start.floats:
            self._floating.append(item)
        if start.all_day and not parts.says_busy(entry):
            self._silent.append(item)
        if not start.named:
            self._unnamed.append(item)
        organizer, is_mine = self._organizer(entry)
        response, attendees = self._attendees(entry, is_mine=is_mine)
        created = parts.stamp(entry, "CREATED") or parts.stamp(entry, "DTSTAMP") or self._now
        cancelled = _cancelled(item)
        free = cancelled or self._declined(entry)
        shown = parts.show_as(entry, all_day=start.all_day)
        reminder = parts.reminder(entry)
        link = parts.text(entry, "X-MICROSOFT-SKYPETEAMSMEETINGURL")
        return Event(
            id=ids.new_item(),
            owner=self._person.id,
            uid=item.uid,
            subject=parts.text(entry, "SUMMARY") or "",
            body=parts.body(entry),
            location=parts.text(entry, "LOCATION") or "",
            start=start.at,
            end=end.at,
            zone=start.zone,
            end_zone=end.zone,
            all_day=start.all_day,
            show_as="free" if free else shown,
            intended=shown,
            sensitivity=parts.SENSITIVITY.get(parts.word(entry, "CLASS"), "normal"),
            importance=parts.importance(entry),
            categories=parts.categories(entry),
            organizer=organizer,
            is_organizer=is_mine,
            attendees=attendees,
            response=response,
            cancelled=cancelled,
            created=created,
            modified=parts.stamp(entry, "LAST-MODIFIED") or created,
            online=link is not None,
            join_url=link,
            reminder_on=reminder is not None,
            reminder_minutes=15 if reminder is None else reminder,
            sequence=None if item.is_exception else _version(item)[0],
        )

    def _put(self, event: Event) -> Event:
        if event.uid in self._before:
            self._report.replaced += 1
        else:
            self._report.made += 1
        known = self._mailboxes.with_uid(event.owner, event.uid)
        if known:
            event = replace(event, id=known.id, moves=known.moves)
        return self._mailboxes.put(event, at=event.modified)

    def _organizer(self, entry: Entry) -> tuple[Address, bool]:
        """Without any, the event is the person's own."""
        organizer = parts.organizer(entry)
        if organizer is None or organizer.mail.lower() in self._mine:
            return Address(name=self._person.name, mail=self._person.mail), True
        return organizer, False

    def _attendees(self, entry: Entry, *, is_mine: bool) -> tuple[Response, tuple[Attendee, ...]]:
        """What the person answered, and everybody invited, the person under the own address."""
        response = Response.ORGANIZER if is_mine else Response.NOT_RESPONDED
        found = []
        for who, params in parts.people(entry):
            said = parts.ANSWERS.get(str(params.get("PARTSTAT", "")).upper(), Response.NONE)
            me = who.mail.lower() in self._mine
            if me and is_mine:
                continue
            if me and said is not Response.NONE:
                response = said
            address = Address(name=self._person.name, mail=self._person.mail) if me else who
            shown = said if is_mine else Response.NONE
            found.append(Attendee(who=address, type=parts.role(params), response=shown))
        return response, tuple(found)

    def _declined(self, entry: Entry) -> bool:
        """Whether the person has said no, of a meeting of their own too, as Google has it."""
        return any(
            str(params.get("PARTSTAT", "")).upper() == "DECLINED"
            for who, params in parts.people(entry)
            if who.mail.lower() in self._mine
        )

    def _end(self, entry: Entry, start: Moment) -> Moment:
        parts.readable(entry, "DTEND", "DURATION")
        if "DTEND" in entry:
            end = self._moment(entry, "DTEND")
        elif "DURATION" in entry:
            end = self._after(start, parts.several(entry, "DURATION")[0].dt)
        else:
            end = start
        if start.all_day:
            return _whole_days(start, end)
        if end.floats and not start.floats:
            end = replace(start, local=end.wall.replace(tzinfo=start.local.tzinfo))
            end = replace(end, at=end.local.astimezone(UTC))
        if end.all_day:  # a date where a time should be is its midnight
            midnight = end.wall.replace(tzinfo=start.local.tzinfo)
            return replace(start, at=midnight.astimezone(UTC), local=midnight)
        if start.skipped and end.zone == start.zone:
            return replace(end, at=start.at + (end.wall - start.wall))
        return end

    def _after(self, start: Moment, lasts: timedelta) -> Moment:
        """Days of a DURATION are days on the wall clock, hours are hours (RFC 5545, 3.3.6)."""
        days = timedelta(days=lasts.days)
        at = (start.local + days).astimezone(UTC) + (lasts - days)
        return replace(start, at=at, local=at.astimezone(start.local.tzinfo))

    def _moment(self, entry: Entry, name: str) -> Moment:
        return parts.moment(entry, name, self._zones)

    def _note(self, item: Item, why: str, *, left_out: bool = False) -> None:
        self._report.notes.append(item.note(why, left_out=left_out))


def _exception(master: Event, day: date, event: Event) -> Event:
    """The event in the place that the series has on that day."""
    return replace(
        event,
        id=ids.occurrence(master.id, day),
        uid=ids.uid_of(master.uid, day),
        master=master.id,
        day=day,
    )


def _version(item: Item) -> tuple[int, datetime]:
    entry = item.entry
    written = parts.stamp(entry, "DTSTAMP") or parts.stamp(entry, "LAST-MODIFIED") or NEVER
    return parts.number(entry, "SEQUENCE"), written


def _cancelled(item: Item) -> bool:
    return parts.word(item.entry, "STATUS") == "CANCELLED"


def _range_of(item: Item) -> str | None:
    """RANGE of its RECURRENCE-ID: an exception that stands for more than one of the times."""
    for found in parts.several(item.entry, "RECURRENCE-ID"):
        said = getattr(found, "params", {}).get("RANGE")
        if said:
            return str(said).upper()
    return None


def _sayable(exceptions: list[Item]) -> None:
    if any(_range_of(one) for one in exceptions):
        raise UnsayableError("that a change holds from one of its times on")


def _changed(
    event: Event, instance: Instance, at: datetime, lasting: list[Lasting]
) -> Iterator[Event]:
    """The event at that time of the series, unless all from then on are called off."""
    lasts, start = instance.lasts, at
    for change in lasting:
        if change.since <= at:
            if change.event is None:
                return
            event = change.event
            start = (instance.start + change.shift).astimezone(UTC)
            break
    end = start + lasts if lasts else _end_like(event, start, instance.start.tzinfo)
    yield replace(event, start=start, end=end)


def _end_like(event: Event, start: datetime, own: tzinfo | None) -> datetime:
    """When it ends if it begins then: as late on the clock as the event, as Exchange has it."""
    lasts = event.end - event.start
    first, last = (at.astimezone(own).replace(tzinfo=None) for at in (event.start, event.end))
    wall = start.astimezone(own).replace(tzinfo=None) + (last - first)
    end = wall.replace(tzinfo=own).astimezone(UTC)
    return end if end >= start else start + lasts


def _days(master: Event, out: Gaps) -> tuple[date, ...]:
    """The days of the series that are taken out of it."""
    own = UTC if master.all_day else zone(master.zone)
    wanted = out.days | {at.astimezone(own).date() for at in out.times}
    if not wanted or master.recurrence is None:
        return ()
    there = wanted.intersection(dates(master.recurrence, until=max(wanted)))
    return tuple(
        sorted(day for day in there if day in out.days or times(master, day)[0] in out.times)
    )


def _whole_days(start: Moment, end: Moment) -> Moment:
    """A day that ends where it begins takes that day, and one that ends within a day all of it."""
    last = end.wall.date()
    if end.wall.time() != time():
        last += timedelta(days=1)
    if last == start.wall.date():
        last += timedelta(days=1)
    midnight = datetime.combine(last, time(), UTC)
    return replace(start, at=midnight, local=midnight)


def _part(uid: str, at: datetime) -> str:
    """The UID of the event that stands for one time of a series."""
    return f"{uid}_{at:%Y%m%dT%H%M%S}"


def _entry_of(uid: str) -> str:
    """The UID of the entry that an event of this UID was made of."""
    part = _PART.fullmatch(uid)
    if part:
        return part[1]
    exchange = _OF_EXCHANGE.fullmatch(uid)
    return f"{exchange[1]}00000000{exchange[2]}" if exchange else uid
