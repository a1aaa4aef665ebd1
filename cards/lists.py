"""Cards that answer a word rather than stand for one handoff: help, mine, welcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.elements import Card, banner, do, finished, head, plain, row, said, told, why
from cards.pledges import due_words, name_of, pledge_line
from cards.progress import stands
from cards.view import View
from cards.why import OWED, PROMISES, rule, short, summary
from handoff.model import Commitment, Person, Role
from handoff.pledges import Pledge

MOST = 12  # lines of one list
RED = "To look at"
UNREAD = "{} more cannot be shown. Please tell your admin."

COMMANDS = {
    "book": "hand over a lead, find a time and invite",
    "mine": "what you owe, and by when",
    "calendar": "what takes time in your calendar, and what looks like a phantom",
    "why 17": "what happened in a handoff, and by which rule; its card says *no. 17*",
    "stage 17 proposal": "how far a deal has come, which weighs when leads are given",
    "fairness 17": "who was next for it and why; without a number, how the pools stand",
    "week": "this week so far; *report* for the last one as it was sent, *team* for your teams",
    "who looked": "who looked at figures with you in them",
    "away Rosa until Thu": "that a colleague is away, for whoever answers for their leads",
    "help": "this card",
}

TAB = (
    "**Overview**, the tab beside this chat: all that you owe, the story of each handoff, how the "
    "pools stand, and the rules"
)


def help_card(person: Person | None, problem: str = "") -> Card:
    """What Baton understands, with a way on."""
    books = person is not None and Role.QUALIFIER in person.roles
    takes = person is not None and Role.REP in person.roles
    lines = [
        told(f"**{word}**: {what}", spacing="Small")
        for word, what in COMMANDS.items()
        if (word != "book" or books) and (word != "calendar" or takes)
    ]
    lines.append(told(TAB, spacing="Small"))
    return finished(
        [head("BATON", "Every lead handed over is answered"), banner(problem), *lines],
        [
            do("Hand over a lead", "start_booking", first=True) if books else None,
            do("Mine", "mine", first=not books),
        ],
        says="What Baton understands: book, mine, calendar, why and a number, help",
    )


def welcome_card(person: Person | None) -> Card:
    """Three lines for someone who meets Baton for the first time: what it does, what it sees, and
    how to turn it down.
    """
    books = person is not None and Role.QUALIFIER in person.roles
    known = "" if person else " Your admin has yet to name you in the policy."
    return finished(
        [
            head("HELLO, THIS IS BATON", "No lead gets lost between two people"),
            told(
                "**What I do:** I bring you meetings with qualified leads to answer in one click, "
                "remind you once, and tell whoever waits. I never answer for you.",
                spacing="Small",
            ),
            told(
                "**What I see:** when you are busy in Outlook, and how the meetings that I book "
                "are answered. If you take leads, I ask you once a week what in your calendar is "
                "still true.",
                spacing="Small",
            ),
            told(
                "**To turn me down:** I keep to your working hours in Outlook, and am silent while "
                "your automatic replies are on. To be rid of me, block or remove me in Teams; "
                f"your admin then sees that.{known}",
                spacing="Small",
            ),
        ],
        [
            do("Hand over a lead", "start_booking", first=True) if books else None,
            do("Mine", "mine", first=not books),
        ],
        says="Hello, this is Baton",
    )


def mine_card(
    person: Person,
    owed: Sequence[tuple[View, Commitment]],
    pledged: Sequence[Pledge] = (),
    besides: Sequence[CardElement] = (),
    *,
    red: Sequence[tuple[View, str]] = (),
    at: datetime,
    more: int = 0,
    by: Sequence[str] = (),
    tab: Action | None = None,
) -> Card:
    """What a person owes, the most pressing first, each with a way to its card, and how many *more*
    there are; what is *pledged* that is about no handoff, *by* which rules, with a way to its card
    too; cards that are *red* though they owe nothing in them, with what those say; and what
    *besides* they may want to see: what they handed over, what their team owes. *tab* leads to the
    same on a page.
    """
    listed = [_owed(view, promise) for view, promise in owed[:MOST]]
    listed += [_pledged(pledge, person, at) for pledge in pledged]
    stands_out = [
        *([told(RED, bold=True, spacing="Medium")] if red else []),
        *(_line(view, line) for view, line in red[:MOST]),
        *([told(f"And {len(red) - MOST} more.", size="Small")] if len(red) > MOST else []),
    ]
    if not listed and red:
        view, line = red[0]
        return finished(
            [head("MINE", f"{len(red)} to look at"), *stands_out, *besides],
            [do("Help", "help"), tab],
            says=f"{len(red)} to look at. First {summary(view, line)}",
        )
    if not listed:
        return finished(
            [head("MINE", "Nothing is waiting for you"), *besides],
            [do("Help", "help"), tab],
            says="Nothing is waiting for you",
        )
    more += max(len(owed) - MOST, 0)
    listed.sort(key=lambda one: one.due_at)
    count = f"{len(listed) + more} open"
    return finished(
        [
            head("MINE", count, below=words.day(at, person.zone)),
            told("Tap a line to have its card.", size="Small", subtle=True),
            *(one.row for one in listed),
            told(f"And {more} more.", size="Small") if more > 0 else None,
            *stands_out,
            *besides,
            *why(["You owe these; the most pressing stands first.", *rules_of(owed[:MOST], by)]),
        ],
        [do("Help", "help"), tab],
        says=f"{count}. {listed[0].says}",
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """A row of what is owed, and what a lock screen says where it is the first."""

    due_at: datetime
    row: CardElement
    says: str


def _owed(view: View, promise: Commitment) -> _Listed:
    return _Listed(
        promise.due_at,
        _line(view, owed_words(view, promise)),
        f"First {summary(view, OWED[promise.what].lower(), promise)}",
    )


def owed_words(view: View, promise: Commitment) -> str:
    """Answer the meeting, by Mon 14:00"""
    due = f"{due_words(promise, view.at)} {view.soon(promise.due_at)}{view.first_due(promise)}"
    return f"{OWED[promise.what]}, {due}"


def _pledged(pledge: Pledge, person: Person, at: datetime) -> _Listed:
    """What is owed that is about no handoff; a tap brings its card."""
    line = pledge_line(pledge.promise, person, at)
    return _Listed(
        pledge.promise.due_at, row(line, "show_pledge", None, pledge=name_of(pledge)), line
    )


def handed_over(leads: Sequence[View], count: int) -> list[CardElement]:
    """Of *count* open leads that somebody handed over and owes nothing in, the newest: with whom
    each is, and how it stands there.
    """
    if not leads:
        return []
    return [
        told("Handed over", bold=True, spacing="Medium"),
        *(_line(view, where(view)) for view in leads),
        *([told(f"And {count - len(leads)} more.", size="Small")] if count > len(leads) else []),
    ]


def where(view: View) -> str:
    """How a lead stands that somebody handed over, and when its meeting is."""
    meeting = view.handoff.meeting
    ahead = meeting is not None and meeting.span.start > view.at
    when = f", {view.soon(meeting.span.start)}" if meeting and ahead else ""
    return f"{stands(view).rstrip('.')}{when}"


def _line(view: View, stands: str) -> CardElement:
    """The handoff and how it stands; a tap brings its card."""
    return row(
        f"{view.title}: {stands}",
        "show",
        view.handoff.id,
        said(view.title, bold=True),
        told(f"{stands} · no. {view.handoff.number}", size="Small", subtle=True, spacing="None"),
    )


def rules_of(owed: Sequence[tuple[View, Commitment]], by: Sequence[str]) -> list[str]:
    """By which rules it is owed, each once; what a moment was fixed for has none."""
    told_by = [rule(view, one.what) for view, one in owed if one.what in PROMISES]
    return list(dict.fromkeys([*told_by, *by]))


def line_card(words_: str, says: str = "") -> Card:
    """A card that only says something: there is no handoff to show."""
    return finished([told(words_)], [do("Help", "help")], says=says or words_)


def closed_card(view: View) -> Card:
    """What an older card of a handoff becomes once a newer one has been sent."""
    lead = view.handoff.lead
    about = f"{plain(short(lead.company))}, {plain(short(lead.contact_name))}"
    return newer_card(f" · {about} · no. {view.handoff.number}")


def newer_card(about: str = "") -> Card:
    """What an older card becomes once a newer one has been sent: one line, for there may be several
    of them in a chat. *about* is what it was for, where that is a handoff.
    """
    line = f"See the newer card{about}"
    return finished([told(line, size="Small", subtle=True)], says=line)
