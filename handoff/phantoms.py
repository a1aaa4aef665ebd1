"""What in a calendar looks like a phantom: it takes time, and nobody will come. Pure.

Each finding names the facts that it rests on. What speaks for an event outweighs what speaks
against it: somebody accepted, it was touched lately, somebody proposes another time. A private
event is nobody's business but its owner's, and is never looked at.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from handoff import addresses
from handoff.calendar import Attendee, Event, Finding, Phantom, Shows
from handoff.policy import CalendarRules

HISTORY = timedelta(weeks=4)  # of calendar before now, to see which blocks are ever kept
ONE_DAY = timedelta(days=1, hours=2)  # the longest day there is, where clocks go back
CANCELLED = re.compile(r"(canceled|cancelled|abgesagt|annulé|annulée|cancelado|cancelada)\s*[:\-–]")
AWAY_WORDS = (
    *("leave", "vacation", "trip", "travel", "offsite", "off-site", "training", "conference"),
    *("fair", "visit", "workshop", "onsite", "on-site", "sick", "out of office"),
)
"""Words of an all-day event that somebody is really away for, whatever else it says."""

SURE, LIKELY, PERHAPS, HARDLY = 0.95, 0.85, 0.75, 0.5


class Left(StrEnum):
    """How somebody is no longer in the company."""

    GONE = "gone"  # there was an account, and there is none
    DISABLED = "disabled"  # their account is blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What is known of the people in events."""

    domains: frozenset[str] = frozenset()  # mail domains of ours
    left: Mapping[str, Left] = field(default_factory=dict)  # by mail address, or by object id
    calendars: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Every iCalUId in a colleague's calendar, by mail address, for the same stretch of time."""

    def knows(self, mail: str) -> bool:
        """Whether the address is one of ours."""
        return addresses.one(mail).rpartition("@")[2] in self.domains

    def outside(self, event: Event) -> bool:
        """Whether anybody outside the company is in the event."""
        mails = [event.organizer, *(one.mail for one in event.attendees if not one.room)]
        return any(mail and not self.knows(mail) for mail in mails)


def find(
    events: Sequence[Event], *, at: datetime, company: Company, rules: CalendarRules
) -> dict[str, Finding]:
    """The surest finding of each event still to come that looks like a phantom, by event id.

    *events* are one calendar, from `HISTORY` before *at* on. Nothing below the policy's
    confidence is found.
    """
    seen = _Calendar(events, at, company, rules)
    found: dict[str, Finding] = {}
    for event in events:
        if event.span.end <= at or not event.blocks or event.private or event.ours:
            continue
        findings = [f for f in seen.findings(event) if f.confidence >= rules.confidence]
        if findings:
            found[event.id] = max(findings, key=lambda finding: finding.confidence)
    return found


class _Calendar:
    """One calendar, looked at event by event."""

    def __init__(
        self, events: Sequence[Event], at: datetime, company: Company, rules: CalendarRules
    ) -> None:
        self._events = events
        self._at = at
        self._company = company
        self._rules = rules
        self._doubles = dict(_doubles(events, at))

    def findings(self, event: Event) -> Iterator[Finding]:
        yield from self._people(event)
        yield from self._upstream(event)
        yield from self._age(event)
        yield from self._blocks(event)
        if event.id in self._doubles:
            kind = self._doubles[event.id]
            sure = SURE if kind is Phantom.SAME_MEETING else LIKELY
            yield Finding(kind=kind, confidence=sure)

    def _people(self, event: Event) -> Iterator[Finding]:
        """Whoever would hold the meeting is no longer there, or has said no."""
        left, others = self._company.left, _others(event)
        if not event.mine and (how := left.get(event.organizer)):
            kind = Phantom.ORGANIZER_GONE if how is Left.GONE else Phantom.ORGANIZER_DISABLED
            sure = PERHAPS if self._company.outside(event) else SURE
            yield Finding(kind=kind, confidence=sure, facts={"who": event.organizer})
        if event.mine and others:
            count = {"count": str(len(others))}
            if all(one.response == "declined" and not one.proposes for one in others):
                yield Finding(kind=Phantom.ALL_DECLINED, confidence=SURE, facts=count)
            if all(one.mail in left for one in others):
                yield Finding(kind=Phantom.GUESTS_GONE, confidence=SURE, facts=count)
        if event.link_by in left:
            yes = any(one.response in ("accepted", "tentativelyAccepted") for one in others)
            alive = yes or not event.mine  # an organizer who is there can send another link
            yield Finding(kind=Phantom.LINK_GONE, confidence=HARDLY if alive else PERHAPS)

    def _upstream(self, event: Event) -> Iterator[Finding]:
        """Whoever holds the meeting has called it off, and this copy is left behind."""
        if event.cancelled:
            yield Finding(kind=Phantom.CANCELLED, confidence=SURE)
        elif not event.mine and CANCELLED.match(event.subject.strip().lower()):
            yield Finding(kind=Phantom.CANCELLED, confidence=LIKELY)
        there = self._company.calendars.get(addresses.one(event.organizer))
        if there is not None and not event.mine and event.uid and event.uid not in there:
            facts = {"who": event.organizer}
            yield Finding(kind=Phantom.REMOVED, confidence=LIKELY, facts=facts)

    def _age(self, event: Event) -> Iterator[Finding]:
        """Nothing has been heard of it for long."""
        last = _last_sign(event)
        if last is None or event.created_at is None:
            return
        old, rules, others = self._at - last, self._rules, _others(event)
        facts = {"created": event.created_at.isoformat()}
        if (
            event.mine
            and not others
            and not event.series
            and old > rules.hold
            and self._hold(event)
        ):
            yield Finding(kind=Phantom.HOLD, confidence=LIKELY, facts=facts)
        outside = self._company.outside(event)
        if event.series and event.unanswered and old > rules.series:
            sure = PERHAPS if outside else LIKELY
            yield Finding(kind=Phantom.SERIES_UNANSWERED, confidence=sure, facts=facts)
        if event.series or event.shows is not Shows.TENTATIVE or old <= rules.tentative:
            return
        if event.mine and any(one.response == "accepted" for one in others):
            return
        sure = PERHAPS if outside else LIKELY
        yield Finding(kind=Phantom.TENTATIVE, confidence=sure, facts=facts)

    def _blocks(self, event: Event) -> Iterator[Finding]:
        """Time for oneself that is no appointment, or that never comes to pass."""
        if not event.mine or _others(event):
            return
        length = event.span.end - event.span.start
        if event.all_day and event.shows is not Shows.AWAY and length <= ONE_DAY:
            reminds = _has(event.subject, self._rules.reminders)
            away = _has(event.subject, AWAY_WORDS)
            yield Finding(
                kind=Phantom.REMINDER, confidence=LIKELY if reminds and not away else HARDLY
            )
        if not event.all_day and _has(event.subject, self._rules.blocks):
            times, kept = self._history(event)
            if times >= self._rules.kept and not kept:
                facts = {"count": str(times)}
                yield Finding(kind=Phantom.NEVER_KEPT, confidence=LIKELY, facts=facts)

    def _hold(self, event: Event) -> bool:
        """Whether the subject begins or ends with a word for a hold: "Hold - QBR", "QBR (tbd)"."""
        named = re.findall(r"\w+", event.subject.lower())
        return bool(named) and (named[0] in self._rules.holds or named[-1] in self._rules.holds)

    def _history(self, event: Event) -> tuple[int, int]:
        """How often such a block stood in the weeks behind us, and how often it was kept."""
        times = kept = 0
        for past in self._events:
            before = self._at - HISTORY <= past.span.end <= self._at
            if not before or (
                past.key != event.key and _words(past.subject) != _words(event.subject)
            ):
                continue
            if not past.mine or _others(past) or past.private:
                continue
            times += 1
            kept += not past.moved and not any(_took(other, past) for other in self._events)
        return times, kept


def _took(other: Event, block: Event) -> bool:
    """Whether a meeting was held in the time of a block."""
    return (
        other.id != block.id
        and other.blocks
        and not other.all_day
        and not other.cancelled
        and (other.mine or other.response == "accepted")
        and other.span.overlaps(block.span)
    )


def _others(event: Event) -> list[Attendee]:
    """Whoever else is to come. Rooms do not."""
    return [one for one in event.attendees if not one.room and one.mail != event.organizer]


def _last_sign(event: Event) -> datetime | None:
    """When the event last showed a sign of life; None when nobody knows when it was made."""
    if event.created_at is None:
        return None
    signs = (event.created_at, event.changed_at, event.responded_at)
    return max(sign for sign in signs if sign)


def _doubles(events: Iterable[Event], at: datetime) -> Iterator[tuple[str, Phantom]]:
    """Events that another in the same calendar stands for, by id.

    The one that people are in, that was answered, that was there first, stays.
    """
    by_uid: dict[str, list[Event]] = defaultdict(list)
    by_time: dict[tuple[object, ...], list[Event]] = defaultdict(list)
    for event in events:
        if event.span.end <= at or not event.blocks or event.private or event.cancelled:
            continue
        if event.uid:
            by_uid[event.uid].append(event)
        if subject := _words(event.subject):
            by_time[event.span, event.all_day, tuple(subject)].append(event)
    for same in by_time.values():
        keep, *rest = sorted(same, key=_rank)
        for event in rest:
            if _same_people(keep, event):
                yield event.id, Phantom.TWICE
    for same in by_uid.values():
        _, *rest = sorted(same, key=_rank)
        for event in rest:
            yield event.id, Phantom.SAME_MEETING


def _rank(event: Event) -> tuple[object, ...]:
    answered = event.mine or event.response == "accepted"
    first = event.created_at.timestamp() if event.created_at else 0.0
    return (not _others(event), not answered, first, event.id)


def _same_people(one: Event, other: Event) -> bool:
    """Two meetings at one time with different people are two meetings, and a clash."""
    first, second = ({a.mail for a in _others(e)} for e in (one, other))
    return not second or first == second


def _words(subject: str) -> list[str]:
    return re.findall(r"\w+", subject.lower())


def _has(subject: str, words: Iterable[str]) -> bool:
    """Whether the subject has one of *words*, as words of their own."""
    text = f" {' '.join(_words(subject))} "
    return any(f" {' '.join(_words(word))} " in text for word in words)
