"""Cards that answer a word rather than stand for one handoff: help, mine, welcome."""

from collections.abc import Sequence

from microsoft_teams.cards import CardElement

from cards import words
from cards.elements import Card, banner, do, finished, head, row, said, told, why
from cards.heading import heading
from cards.progress import stands
from cards.view import View
from cards.why import OWED, PROMISES, rule, summary
from handoff.model import Commitment, Person, Role

MOST = 12  # lines of one list

COMMANDS = {
    "book": "hand over a lead: find a time and invite",
    "mine": "what you owe, and by when",
    "calendar": "what takes time in your calendar, and what looks like a phantom",
    "why 17": "what happened in a handoff, and by which rule",
    "stage 17 proposal": "how far a deal has come, which weighs when leads are given",
    "fairness 17": "who was next for it and why; without a number, how the pools stand",
    "who looked": "who looked at figures with you in them",
    "away Rosa until Thu": "that a colleague is away, for whoever answers for their leads",
    "help": "this card",
}


def help_card(person: Person | None, problem: str = "") -> Card:
    """What Baton understands, with a way on."""
    books = person is not None and Role.QUALIFIER in person.roles
    takes = person is not None and Role.REP in person.roles
    lines = [
        told(f"**{word}**: {what}", spacing="Small")
        for word, what in COMMANDS.items()
        if (word != "book" or books) and (word != "calendar" or takes)
    ]
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
    pledged: Sequence[str] = (),
    besides: Sequence[CardElement] = (),
    *,
    more: int = 0,
    by: Sequence[str] = (),
) -> Card:
    """What a person owes, the most pressing first, each with a way to its card, and how many *more*
    there are; in a line each, what is *pledged* that is about no handoff, *by* which rules; and
    what *besides* they may want to see: what they handed over, what their team owes.
    """
    others: list[CardElement] = [
        *(told(line, size="Small", spacing="Medium") for line in pledged),
        *besides,
    ]
    if not owed and pledged:
        return finished(
            [
                head("MINE", f"{len(pledged)} open"),
                *others,
                *why(["You owe these.", *dict.fromkeys(by)]),
            ],
            [do("Help", "help")],
            says=f"{len(pledged)} open. {pledged[0]}",
        )
    if not owed:
        return finished(
            [head("MINE", "Nothing is waiting for you"), *besides],
            [do("Help", "help")],
            says="Nothing is waiting for you",
        )
    rows: list[CardElement] = []
    for view, promise in owed[:MOST]:
        late = promise.due_at <= view.at
        due = f"{'since' if late else 'by'} {view.soon(promise.due_at)}{view.first_due(promise)}"
        rows.append(_line(view, f"{OWED[promise.what]}, {due}"))
    more += max(len(owed) - MOST, 0)
    count, first = f"{min(len(owed), MOST) + more + len(pledged)} open", owed[0]
    return finished(
        [
            head("MINE", count, below=words.day(owed[0][0].at, person.zone)),
            told("Tap a line to have its card.", size="Small", subtle=True),
            *rows,
            told(f"And {more} more.", size="Small") if more > 0 else None,
            *others,
            *why([*_rules(owed[:MOST]), *dict.fromkeys(by)]),
        ],
        [do("Help", "help")],
        says=f"{count}. First {summary(first[0], OWED[first[1].what].lower(), first[1])}",
    )


def handed_over(leads: Sequence[View], count: int) -> list[CardElement]:
    """Of *count* open leads that somebody handed over and owes nothing in, the newest: with whom
    each is, and how it stands there.
    """
    if not leads:
        return []
    return [
        told("Handed over", bold=True, spacing="Medium"),
        *(_line(view, _where(view)) for view in leads),
        *([told(f"And {count - len(leads)} more.", size="Small")] if count > len(leads) else []),
    ]


def _where(view: View) -> str:
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


def _rules(owed: Sequence[tuple[View, Commitment]]) -> list[str]:
    """By which rules it is owed, each once; what a moment was fixed for has none."""
    told_by = [rule(view, one.what) for view, one in owed if one.what in PROMISES]
    return [
        "You owe these; the most pressing stands first.",
        *dict.fromkeys(told_by),
    ]


def line_card(words_: str, says: str = "") -> Card:
    """A card that only says something: there is no handoff to show."""
    return finished([told(words_)], [do("Help", "help")], says=says or words_)


def closed_card(view: View) -> Card:
    """What an older card becomes once a newer one has been sent."""
    return finished(
        [
            heading(view, "SEE THE NEWER CARD", view.title),
            told("It is another message of this chat. Say *mine* for all that is open."),
        ],
        says=summary(view, "there is a newer card"),
    )
