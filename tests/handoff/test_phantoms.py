"""What looks like a phantom and what does not: a table of events, each with its verdict.

Beside each kind stand its near misses: events that share almost everything with a phantom and
are real. Precision and recall over the whole table are printed, and held.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from handoff.calendar import PREP, Attendee, Event, Phantom, Shows
from handoff.hours import Span
from handoff.phantoms import Company, Left, find
from handoff.policy import CalendarRules, Policy
from tests.hour import MONDAY

ME, BOSS = "rita@halden.example", "mara@halden.example"
GONE, BLOCKED = "gus@halden.example", "lea@halden.example"
INES, JONAS = "ines@contoso.example", "jonas@nordhafen.example"
GUS_ID, MARA_ID = "6a0f7d2e-0000-4000-8000-000000000001", "6a0f7d2e-0000-4000-8000-000000000002"
AT = Span(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1, hours=1))
COMPANY = Company(
    domains=frozenset({"halden.example"}),
    left={GONE: Left.GONE, BLOCKED: Left.DISABLED, GUS_ID: Left.GONE},
    calendars={BOSS: frozenset({"there"})},
)


def ago(days: float) -> datetime:
    return MONDAY - timedelta(days=days)


def event(subject: str = "Meeting", *, age: float = 40, **fields: Any) -> Event:
    """An event of tomorrow, mine alone, made so many days ago and not touched since."""
    base = Event(
        id="e",
        uid="e",
        span=AT,
        organizer=ME,
        subject=subject,
        created_at=ago(age),
        changed_at=ago(age),
    )
    return replace(base, **fields)


def invited(subject: str = "Meeting", *, by: str = BOSS, **fields: Any) -> Event:
    """Somebody else's meeting, accepted."""
    about: dict[str, Any] = {
        "mine": False,
        "organizer": by,
        "uid": "there" if by == BOSS else "e",
        "attendees": (Attendee(mail=ME),),
        "response": "accepted",
        "responded_at": ago(39),
    }
    return event(subject, **about | fields)


def series(**fields: Any) -> Event:
    return invited("Weekly", series="s", **fields)


def guests(*answers: str, mail: str = "guest{}@halden.example") -> tuple[Attendee, ...]:
    return tuple(Attendee(mail=mail.format(n), response=a) for n, a in enumerate(answers))


def past(subject: str, *weeks: int, **fields: Any) -> list[Event]:
    """The same block in earlier weeks."""
    return [
        event(
            subject,
            id=f"p{n}",
            uid=f"p{n}",
            series="s",
            span=Span(AT.start - timedelta(weeks=n), AT.end - timedelta(weeks=n)),
            **fields,
        )
        for n in weeks
    ]


def meeting_over(block: Event) -> Event:
    return invited(id=f"over {block.id}", uid="there", span=block.span)


@dataclass(frozen=True)
class Row:
    """One event, what else stands in the calendar, and what it is; None for a real one."""

    what: str
    event: Event
    verdict: Phantom | None
    beside: Sequence[Event] = ()


def block(subject: str = "Focus time", **fields: Any) -> Event:
    return event(subject, series="s", **fields)


DAY: dict[str, Any] = {
    "all_day": True,
    "span": Span(AT.start.replace(hour=0), AT.start.replace(hour=0) + timedelta(days=1)),
}
FOCUS = past("Focus time", 1, 2, 3)
TENTATIVE: dict[str, Any] = {"shows": Shows.TENTATIVE}
SILENT: dict[str, Any] = {
    "response": "notResponded",
    "responded_at": None,
    "shows": Shows.TENTATIVE,
}

TABLE = [
    # The organizer has left.
    Row("a series whose organizer is gone", series(by=GONE), Phantom.ORGANIZER_GONE),
    Row("a single meeting of somebody gone", invited(by=GONE), Phantom.ORGANIZER_GONE),
    Row(
        "gone, with a customer in it",
        invited(by=GONE, attendees=guests("none", mail=INES)),
        Phantom.ORGANIZER_GONE,
    ),
    Row("an organizer whose account is blocked", invited(by=BLOCKED), Phantom.ORGANIZER_DISABLED),
    Row("a blocked organizer of a series", series(by=BLOCKED), Phantom.ORGANIZER_DISABLED),
    Row("an organizer who is there", invited(), None),
    Row("an organizer outside, whom Entra cannot know", invited(by=INES), None),
    Row(
        "my own meeting with somebody gone among others",
        event(attendees=(*guests("accepted"), Attendee(mail=GONE))),
        None,
    ),
    # Called off.
    Row("cancelled, and still busy", invited("Canceled: Demo", cancelled=True), Phantom.CANCELLED),
    Row(
        "cancelled from outside",
        invited("Canceled: Demo", by=INES, cancelled=True),
        Phantom.CANCELLED,
    ),
    Row(
        "renamed by hand instead of cancelled",
        invited("CANCELLED - Vendor demo"),
        Phantom.CANCELLED,
    ),
    Row("in German", invited("Abgesagt: Jour fixe"), Phantom.CANCELLED),
    Row("about a cancellation", invited("Cancelled orders: review"), None),
    Row(
        "cancelled and free already",
        invited("Canceled: Demo", cancelled=True, shows=Shows.FREE),
        None,
    ),
    Row("my own note of that name", event("Cancelled: what we learn"), None),
    # Gone from its organizer's calendar.
    Row("its organizer no longer has it", invited(uid="elsewhere"), Phantom.REMOVED),
    Row("a series that its organizer no longer has", series(uid="elsewhere"), Phantom.REMOVED),
    Row("its organizer still has it", invited(uid="there"), None),
    Row("its organizer's calendar was not read", invited(by="helen@halden.example", uid="x"), None),
    # Everyone else said no.
    Row(
        "both others declined",
        event(attendees=guests("declined", "declined")),
        Phantom.ALL_DECLINED,
    ),
    Row(
        "the only customer declined",
        event(attendees=guests("declined", mail=INES)),
        Phantom.ALL_DECLINED,
    ),
    Row(
        "declined, and the room accepted",
        event(
            attendees=(
                *guests("declined"),
                Attendee(mail="room@halden.example", response="accepted", room=True),
            )
        ),
        Phantom.ALL_DECLINED,
    ),
    Row("one of two declined", event(attendees=guests("declined", "none")), None),
    Row(
        "declined, proposing another time",
        event(attendees=(Attendee(mail=INES, response="declined", proposes=True),)),
        None,
    ),
    Row("declined on a copy that is not mine", invited(attendees=guests("declined")), None),
    # Everyone else has left.
    Row(
        "a 1:1 with somebody gone",
        event("1:1 Gus", attendees=(Attendee(mail=GONE),)),
        Phantom.GUESTS_GONE,
    ),
    Row(
        "two who have left",
        event(attendees=(Attendee(mail=GONE), Attendee(mail=BLOCKED))),
        Phantom.GUESTS_GONE,
    ),
    Row("one of two has left", event(attendees=(Attendee(mail=GONE), Attendee(mail=BOSS))), None),
    # Holds.
    Row("a hold of 74 days", event("Hold - QBR", age=74), Phantom.HOLD),
    Row("a hold that says so at its end", event("QBR (tbd)", age=45), Phantom.HOLD),
    Row("just the word", event("HOLD", age=31), Phantom.HOLD),
    Row(
        "a hold with a room booked for it",
        event(
            "Placeholder offsite",
            age=60,
            attendees=(Attendee(mail="room@halden.example", room=True),),
        ),
        Phantom.HOLD,
    ),
    Row("a hold of last week", event("Hold - QBR", age=7), None),
    Row("an old hold touched yesterday", event("Hold - QBR", age=74, changed_at=ago(1)), None),
    Row(
        "a hold with a customer in it",
        event("Hold - QBR", age=74, attendees=guests("none", mail=INES)),
        None,
    ),
    Row("a word that only contains it", event("Stakeholder review", age=74), None),
    Row("a task with the word inside", event("Get hold of Ines", age=74), None),
    Row("an old appointment of my own", event("Write the board paper", age=200), None),
    Row(
        "a hold whose age nobody knows", event("Hold - QBR", created_at=None, changed_at=None), None
    ),
    Row("a private hold", Event(id="e", span=AT, private=True), None),
    # A series that was never answered.
    Row("unanswered for ten weeks", series(age=70, **SILENT), Phantom.SERIES_UNANSWERED),
    Row("unanswered, from outside", series(age=70, by=INES, **SILENT), Phantom.SERIES_UNANSWERED),
    Row("unanswered since last week", series(age=7, **SILENT), None),
    Row(
        "unanswered, and moved by its organizer last week",
        series(age=70, changed_at=ago(5), **SILENT),
        None,
    ),
    Row("a series that I accepted", series(age=300), None),
    # Twice.
    Row(
        "the same subject at the same time",
        event("Board paper", age=15),
        Phantom.TWICE,
        [event("Board paper", id="f", uid="f", age=16)],
    ),
    Row(
        "my note beside the real meeting",
        event("demo contoso"),
        Phantom.TWICE,
        [invited("Demo: Contoso", id="f", uid="there")],
    ),
    Row(
        "the one that was there first",
        event("Board paper", age=16),
        None,
        [event("Board paper", id="f", uid="f", age=15)],
    ),
    Row(
        "the meeting beside my note of it",
        invited("Demo: Contoso"),
        None,
        [event("Demo Contoso", id="f", uid="f")],
    ),
    Row(
        "two customers at one time",
        event("Demo", attendees=guests("accepted", mail=INES)),
        None,
        [event("Demo", id="f", uid="f", age=50, attendees=guests("accepted", mail=JONAS))],
    ),
    Row(
        "the same subject an hour later",
        event("Demo"),
        None,
        [event("Demo", id="f", uid="f", span=Span(AT.end, AT.end + timedelta(hours=1)))],
    ),
    Row("two without any subject", event(""), None, [event("", id="f", uid="f", age=50)]),
    Row(
        "the same iCalUId twice",
        invited(id="e", age=10),
        Phantom.SAME_MEETING,
        [invited(id="a", age=40)],
    ),
    Row(
        "imported twice, at another time",
        event("Trade fair", age=3, uid="x"),
        Phantom.SAME_MEETING,
        [
            event(
                "Trade fair",
                id="a",
                uid="x",
                age=40,
                span=Span(AT.end, AT.end + timedelta(hours=1)),
            )
        ],
    ),
    # The Teams link is of somebody who has left.
    Row(
        "alone, with a link of somebody gone",
        event("Contoso call", link_by=GUS_ID),
        Phantom.LINK_GONE,
    ),
    Row(
        "such a link, and nobody answered",
        event(attendees=guests("none", mail=INES), link_by=GUS_ID),
        Phantom.LINK_GONE,
    ),
    Row(
        "such a link, and the customer accepted",
        event(attendees=guests("accepted", mail=INES), link_by=GUS_ID),
        None,
    ),
    Row("such a link, and its organizer is there", invited(link_by=GUS_ID), None),
    Row("a link of somebody who is there", event("Contoso call", link_by=MARA_ID), None),
    # Reminders that take the day.
    Row("a birthday", event("Ravi's birthday", **DAY), Phantom.REMINDER),
    Row("a deadline", event("Deadline: forecast", **DAY), Phantom.REMINDER),
    Row("a renewal", event("Renew passport", **DAY), Phantom.REMINDER),
    Row(
        "a birthday that is free, as it should be",
        event("Ravi's birthday", shows=Shows.FREE, **DAY),
        None,
    ),
    Row("a day away", event("Offsite Berlin", **DAY), None),
    Row("away for a birthday", event("Birthday trip to Rome", **DAY), None),
    Row("out of office", event("Birthday", shows=Shows.AWAY, **DAY), None),
    Row(
        "all day with others", event("Deadline workshop", attendees=guests("accepted"), **DAY), None
    ),
    Row("an hour with that word", event("Birthday cake for Ravi"), None),
    # Tentative for long.
    Row("an invitation unanswered for 30 days", invited(age=30, **SILENT), Phantom.TENTATIVE),
    Row(
        "tentative since 35 days",
        invited(age=40, response="tentativelyAccepted", responded_at=ago(35), **TENTATIVE),
        Phantom.TENTATIVE,
    ),
    Row(
        "my own, tentative and alone", event("Maybe lunch", age=30, **TENTATIVE), Phantom.TENTATIVE
    ),
    Row("from outside, for 30 days", invited(by=INES, age=30, **SILENT), Phantom.TENTATIVE),
    Row("unanswered for four days", invited(age=4, **SILENT), None),
    Row(
        "tentative since yesterday",
        invited(age=60, response="tentativelyAccepted", responded_at=ago(1), **TENTATIVE),
        None,
    ),
    Row(
        "old, and moved last week by its organizer",
        invited(age=60, changed_at=ago(6), **SILENT),
        None,
    ),
    Row(
        "my own, tentative, and somebody accepted",
        event(age=60, attendees=guests("accepted"), **TENTATIVE),
        None,
    ),
    Row("old, accepted, busy", invited(age=300), None),
    # Blocks that are never kept.
    Row(
        "focus time booked over three times",
        block(),
        Phantom.NEVER_KEPT,
        [*FOCUS, *map(meeting_over, FOCUS)],
    ),
    Row(
        "travel moved three times",
        block("Travel to Lyon"),
        Phantom.NEVER_KEPT,
        past("Travel to Lyon", 1, 2, 3, moved=True),
    ),
    Row("focus time kept once", block(), None, [*FOCUS, *map(meeting_over, FOCUS[:2])]),
    Row("focus time always kept", block(), None, FOCUS),
    Row("booked over twice only", block(), None, [*FOCUS[:2], *map(meeting_over, FOCUS[:2])]),
    Row(
        "booked over by something unanswered",
        block(),
        None,
        [*FOCUS, *(replace(meeting_over(p), response="none", **TENTATIVE) for p in FOCUS)],
    ),
    Row(
        "a lunch that is booked over",
        block("Lunch"),
        None,
        [*(lunch := past("Lunch", 1, 2, 3)), *map(meeting_over, lunch)],
    ),
    # Not to be looked at.
    Row("Baton's own preparation", event("Hold for Contoso", age=74, categories=(PREP,)), None),
    Row("a hold that is over", event("Hold - QBR", age=74, span=Span(ago(2), ago(1))), None),
    Row("a hold that is free", event("Hold - QBR", age=74, shows=Shows.FREE), None),
    Row("a hold without length", event("Hold - QBR", age=74, span=Span(AT.start, AT.start)), None),
]


@pytest.fixture(scope="module")
def rules(policy_in_force: Policy) -> CalendarRules:
    return policy_in_force.calendar


def verdict(row: Row, rules: CalendarRules) -> Phantom | None:
    found = find([row.event, *row.beside], at=MONDAY, company=COMPANY, rules=rules)
    return found[row.event.id].kind if row.event.id in found else None


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.what)
def test_each_event_is_what_the_table_says(row: Row, rules: CalendarRules) -> None:
    assert verdict(row, rules) == row.verdict


def test_precision_and_recall_over_the_table(
    rules: CalendarRules, capsys: pytest.CaptureFixture[str]
) -> None:
    phantoms = [row for row in TABLE if row.verdict]
    flagged = [row for row in TABLE if verdict(row, rules)]
    right = [row for row in flagged if row.verdict]
    precision, recall = len(right) / len(flagged), len(right) / len(phantoms)
    kinds = {row.verdict for row in phantoms}

    with capsys.disabled():
        print(  # noqa: T201  # a figure to be read
            f"\nphantoms: {len(TABLE)} events, {len(kinds)} kinds, {len(phantoms)} phantoms; "
            f"precision {precision:.3f}, recall {recall:.3f}"
        )
    assert kinds == set(Phantom), "every kind is in the table"
    assert len(TABLE) >= 60
    assert precision >= 0.98
    assert recall >= 0.95


def test_each_threshold_of_the_policy_moves_the_verdict(rules: CalendarRules) -> None:
    table: Mapping[str, tuple[Event, CalendarRules]] = {
        "hold_days": (event("Hold", age=40), replace(rules, hold=timedelta(days=41))),
        "tentative_days": (
            invited(age=30, **SILENT),
            replace(rules, tentative=timedelta(days=31)),
        ),
        "series_days": (series(age=70, **SILENT), replace(rules, series=timedelta(days=71))),
        "hold_words": (event("Hold"), replace(rules, holds=("block",))),
        "reminder_words": (event("Birthday", **DAY), replace(rules, reminders=())),
        "confidence": (event("Hold"), replace(rules, confidence=0.9)),
    }
    for name, (one, other) in table.items():
        assert find([one], at=MONDAY, company=COMPANY, rules=rules), name
        assert not find([one], at=MONDAY, company=COMPANY, rules=other), name
    blocks = [block(), *FOCUS, *map(meeting_over, FOCUS)]
    for other in (replace(rules, kept=4), replace(rules, blocks=("lunch",))):
        assert "e" in find(blocks, at=MONDAY, company=COMPANY, rules=rules)
        assert "e" not in find(blocks, at=MONDAY, company=COMPANY, rules=other)


def test_a_finding_names_the_facts_it_rests_on(rules: CalendarRules) -> None:
    found = find([event("Hold - QBR", age=74)], at=MONDAY, company=COMPANY, rules=rules)

    assert found["e"].facts == {"created": ago(74).isoformat()}


def test_the_surest_of_several_findings_is_told(rules: CalendarRules) -> None:
    both = invited(by=GONE, age=300, **SILENT)

    assert find([both], at=MONDAY, company=COMPANY, rules=rules)["e"].kind is Phantom.ORGANIZER_GONE


def test_a_meeting_of_five_hundred_is_read_like_any_other(rules: CalendarRules) -> None:
    crowd = event("All hands", attendees=guests(*["declined"] * 499, "accepted"))

    assert find([crowd], at=MONDAY, company=COMPANY, rules=rules) == {}
