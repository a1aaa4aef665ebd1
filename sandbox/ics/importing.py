"""From the entries of a file into a mailbox."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, timedelta

from sandbox.company import Person, Who
from sandbox.exchange import ids
from sandbox.exchange.model import Address, Attendee, Event, Recurrence, Response
from sandbox.ics import entry as parts
from sandbox.ics.entry import Entry, Moment
from sandbox.ics.file import Item, groups, items, likely_own, named_own
from sandbox.ics.report import Report, UnsayableError, UnusableError
from sandbox.ics.rules import instances, recurrence, recurs
from sandbox.tenant import Tenant
from sandbox.zones import zone

EITHER_WAY = timedelta(days=365)  # how far around now a series is spread out that Graph cannot say


def read(tenant: Tenant, who: Who, content: str | bytes, *, own: Iterable[str] = ()) -> Report:
    """The events of the file are in the person's mailbox.

    `own` are addresses by which the file calls the person; without any, the one that the calendar
    is called after or that takes part in most meetings is taken.
    """
    text = content.decode("utf-8-sig", errors="replace") if isinstance(content, bytes) else content
    report = Report()
    found = items(text, report)
    mine = {address.lower() for address in own} or named_own(text) or likely_own(found)
    report.me = next(iter(sorted(mine)), None)
    importing = _Importing(tenant, tenant.directory.find(who), mine, report)
    for group in groups(found):
        importing.group(group)
    return report


class _Importing:
    def __init__(self, tenant: Tenant, person: Person, mine: set[str], report: Report) -> None:
        self._mailboxes = tenant.mailboxes
        self._now = tenant.clock()
        self._person = person
        self._mine = mine
        self._report = report
        self._before = {event.uid for event in tenant.mailboxes.events(person.id)}

    def group(self, group: list[Item]) -> None:
        """A single event, a series with its exceptions, or exceptions of a series elsewhere."""
        exceptions = [item for item in group if item.is_exception]
        wholes = [item for item in group if not item.is_exception]
        for item in wholes[1:]:
            self._note(item, "another event of the same UID stands before it", left_out=True)
        self._each(wholes[:1], lambda item: self._event_or_series(item, exceptions))
        if not wholes:
            self._each(exceptions, self._alone)

    def _each(self, found: list[Item], place: Callable[[Item], None]) -> None:
        for item in found:
            try:
                place(item)
            except UnusableError as problem:
                self._note(item, str(problem), left_out=True)

    def _event_or_series(self, item: Item, exceptions: list[Item]) -> None:
        if not recurs(item.entry):
            self._put(self._event(item))
            self._each(exceptions, self._alone)
            return
        try:
            pattern = recurrence(item.entry, self._moment(item.entry, "DTSTART"))
        except UnsayableError as why:
            self._spread(item, exceptions, str(why))
        else:
            self._series(item, pattern, exceptions)

    def _alone(self, item: Item) -> None:
        """One occurrence, without its series."""
        day = self._moment(item.entry, "RECURRENCE-ID").local.date()
        self._put(replace(self._event(item), uid=ids.uid_of(item.uid, day)))

    def _series(self, item: Item, pattern: Recurrence, exceptions: list[Item]) -> None:
        old = self._mailboxes.with_uid(self._person.id, item.uid)
        for exception in self._mailboxes.exceptions(old) if old else []:
            self._mailboxes.remove(exception)
        event = self._event(item)
        own = zone(event.zone)
        gaps = {
            (one.at if event.all_day else one.at.astimezone(own)).date()
            for one in self._excluded(item.entry)
        }
        master = self._put(replace(event, recurrence=pattern, gaps=tuple(sorted(gaps))))
        self._each(exceptions, lambda one: self._exception(one, master.id))

    def _exception(self, item: Item, master_id: str) -> None:
        master = self._mailboxes.event(self._person.id, master_id)
        assert master is not None
        moment = self._moment(item.entry, "RECURRENCE-ID")
        floats = moment.all_day or master.all_day
        day = (moment.local if floats else moment.at.astimezone(zone(master.zone))).date()
        if parts.several(item.entry, "RECURRENCE-ID")[0].params.get("RANGE"):
            self._note(item, "it stands for all later occurrences too and is placed once")
        if parts.word(item.entry, "STATUS") == "CANCELLED":
            self._mailboxes.put(replace(master, gaps=(*master.gaps, day)))
            return
        if day in master.gaps:  # some programs exclude the day of an exception as well
            gaps = tuple(gap for gap in master.gaps if gap != day)
            master = self._mailboxes.put(replace(master, gaps=gaps))
        if self._mailboxes.on_day(master, day) is None:
            self._note(item, "its series has no such day; it is an event of its own")
            self._alone(item)
            return
        self._put(
            replace(
                self._event(item),
                id=ids.occurrence(master.id, day),
                uid=ids.uid_of(master.uid, day),
                master=master.id,
                day=day,
            )
        )

    def _spread(self, item: Item, exceptions: list[Item], why: str) -> None:
        """The series as single events, a year either way."""
        start = self._moment(item.entry, "DTSTART")
        event = self._event(item)
        left_out = {one.at for one in self._excluded(item.entry)}
        left_out |= {self._moment(one.entry, "RECURRENCE-ID").at for one in exceptions}
        since, until = self._now - EITHER_WAY, self._now + EITHER_WAY
        count = 0
        for local in instances(item.entry, start, since, until):
            at = local.astimezone(UTC)
            if at not in left_out:
                uid = f"{item.uid}_{at:%Y%m%dT%H%M}"
                end = at + (event.end - event.start)
                self._put(replace(event, id=ids.new_item(), uid=uid, start=at, end=end))
                count += 1
        self._note(
            item, f"Graph cannot say {why}; it is {count} single events within a year either way"
        )
        standing = [o for o in exceptions if parts.word(o.entry, "STATUS") != "CANCELLED"]
        self._each(standing, self._alone)

    def _excluded(self, entry: Entry) -> list[Moment]:
        parts.readable(entry, "EXDATE")
        return [
            parts.moment_of(one.dt, dated.params.get("TZID"), self._person.zone)
            for dated in parts.several(entry, "EXDATE")
            for one in dated.dts
        ]

    def _event(self, item: Item) -> Event:
        """As a single event. Raises UnusableError when it has no time that can be used."""
        entry = item.entry
        start = self._moment(entry, "DTSTART")
        end = self._end(entry, start)
        if end.at < start.at:
            raise UnusableError("it ends before it begins")
        if not start.named:
            self._note(item, "its time zone has no name that is known; its times are in UTC")
        organizer, is_mine = self._organizer(entry)
        response, attendees = self._attendees(entry, is_mine=is_mine)
        created = parts.stamp(entry, "CREATED") or parts.stamp(entry, "DTSTAMP") or self._now
        cancelled = parts.word(entry, "STATUS") == "CANCELLED"
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
            show_as="free" if cancelled else shown,
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

    def _end(self, entry: Entry, start: Moment) -> Moment:
        parts.readable(entry, "DTEND", "DURATION")
        if "DTEND" in entry:
            return self._moment(entry, "DTEND")
        if "DURATION" in entry:
            return replace(start, at=start.at + parts.several(entry, "DURATION")[0].dt)
        return replace(start, at=start.at + timedelta(days=1)) if start.all_day else start

    def _moment(self, entry: Entry, name: str) -> Moment:
        return parts.moment(entry, name, self._person.zone)

    def _note(self, item: Item, why: str, *, left_out: bool = False) -> None:
        self._report.notes.append(item.note(why, left_out=left_out))
