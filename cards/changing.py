"""What a qualifier may change of a meeting that is booked, in one place on their card."""

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.answering import leave_time, no_other, times
from cards.elements import (
    Card,
    banner,
    do,
    finished,
    opens,
    plain,
    submit,
    told,
    why,
    write,
)
from cards.forms import brief_inputs, mark_of, typed_of
from cards.giving import button
from cards.going_out import sent_by_mending
from cards.heading import heading
from cards.invitation import CANCELLED
from cards.reasons import why_not_other_times
from cards.since_back import news_since, since_then, tell_them, why_back
from cards.view import View
from cards.why import more, rule, summary
from handoff.absence import MEETING_AHEAD
from handoff.blanks import proposed
from handoff.changing import may_move
from handoff.correcting import not_yet_told
from handoff.model import Commitment
from handoff.policy import Promise

RULE = (
    "Until the meeting begins its qualifier may move it, call it off, correct the brief or an "
    "address, or give it to a colleague. What goes out by it stands beside its button, and every "
    "card says what has changed."
)
NOT_YET = "It can be moved once Outlook has confirmed that it is accepted."
TAKE_OR_LEAVE = (
    "What was blank holds what {} knows of it. Nothing of that is in the brief yet: clear what you "
    "leave."
)
NOTHING_GOES_OUT = "Correcting it sends nothing: what goes out next says it as it is then."


def change(view: View, *, first: bool = False) -> Action | None:
    """Opens all that may be changed; None once the meeting has begun."""
    handoff = view.handoff
    ahead = handoff.meeting is not None and handoff.meeting.span.start > view.at
    if handoff.state not in MEETING_AHEAD or not ahead:
        return None
    moves = move(view)
    return opens(
        "change",
        "Change…",
        handoff.id,
        lambda: (
            [told(RULE, size="Small"), *([] if moves else [told(NOT_YET)])],
            [
                *([moves] if moves else []),
                mend(view, "Correct the brief or an address", "Correct it and tell everyone"),
                *(one for one in [button(view)] if one),
                _call_off(view),
            ],
        ),
        first=first,
    )


def mend(view: View, title: str, press: str, *, first: bool = False) -> Action:
    """The brief, to be put right; what is in it of the prospect's own, they read."""
    was, booked = mark_of(view.handoff.lead), view.handoff.state in MEETING_AHEAD
    return opens(
        "fix",
        title,
        view.handoff.id,
        lambda: (
            [*_brief(view), *sent_by_mending(view)],
            [submit(press, "fix_brief", view.handoff.id, was=was, booked=int(booked) or "")],
        ),
        first=first,
    )


def correct(view: View) -> Action:
    """The brief of a lead that its qualifier has, to be put right; nothing goes out by it."""
    return opens(
        "correct",
        "Fill in the blanks…" if proposed(view.handoff) else "Correct the brief…",
        view.handoff.id,
        lambda: (
            [*_brief(view), told(NOTHING_GOES_OUT, size="Small")],
            [
                submit(
                    "Correct it", "correct_brief", view.handoff.id, was=mark_of(view.handoff.lead)
                )
            ],
        ),
    )


def _brief(view: View) -> list[CardElement]:
    lead, why_another = view.handoff.lead, "Why the campaign is another (if you change it)"
    found = {one.name: one for one in proposed(view.handoff)}
    typed = typed_of(lead) | {name: one.said for name, one in found.items()}
    if "value" in found:
        typed |= {"currency": found["value"].currency}
    whose = sorted({one.by for one in found.values()})
    return [
        *(told(TAKE_OR_LEAVE.format(plain(one)), size="Small") for one in whose),
        *brief_inputs(
            typed, view.policy, view.zone, {n: plain(one.by) for n, one in found.items()}
        ),
        *([write("campaign_why", why_another, most=200)] if lead.campaign else []),
    ]


def moving_card(view: View) -> Card:
    """The times at which qualifier and rep are free, to move the meeting to one of them."""
    handoff = view.handoff
    first, back = view.first(handoff.rep), handoff.owed(Promise.REWORK)
    leave = do("Back", "leave_time", handoff.id) if back else leave_time(view)
    news = news_since(view) if back else None
    found: list[CardElement | None]
    others = handoff.others_of(view.viewer.id)
    if others is None:
        found = [told(f"Looking where you and {first} are both free…", spacing="Small")]
        actions: list[Action | None] = [leave]
    elif not others:
        found = [
            told(no_other(view), spacing="Small"),
            *why_not_other_times(view, handoff.others_refused),
        ]
        actions = [leave]
    else:
        found = [
            told(f"Both you and {first} are free then. One tap moves it:", spacing="Medium"),
            *times(view, "move_to", "Move it there"),
            told(_sent_by_moving(view), size="Small"),
            *why_not_other_times(view, handoff.others_refused),
        ]
        actions = [leave]
    return finished(
        [
            heading(
                view,
                news.kicker if news else "MOVE THE MEETING",
                view.title,
                below=view.name(handoff.rep),
                colour=news.colour if news else "Accent",
            ),
            banner(view.banner),
            *([tell_them(view), since_then(view), why_back(view)] if back else []),
            told(f"Now: **{words.span(view.meeting.span, view.zone)}**", spacing="Small"),
            decide_by(view, back) if back else None,
            *found,
            *why([rule(view, Promise.REWORK) if back else RULE, more(view)]),
        ],
        actions,
        says=summary(view, "move the meeting", news=news.words if news else ""),
    )


def _sent_by_moving(view: View) -> str:
    """What goes out with the new time, to whom, and who is asked."""
    first, prospect = view.first(view.handoff.rep), plain(view.handoff.lead.contact_name)
    asked = f"{first} is asked again, and you are told."
    if was := not_yet_told(view.handoff):
        to = plain(view.handoff.lead.contact_email)
        return (
            f"{to} gets the invitation with the new time, and Outlook sends {plain(was)} a "
            f"cancellation. {asked}"
        )
    return (
        f"Outlook sends {view.all_invited(prospect, first)} one update with the new time. {asked}"
    )


def decide_by(view: View, owed: Commitment) -> CardElement:
    """By when what becomes of a lead that is back is to be decided, or that it was due."""
    late = owed.due_at <= view.at
    return told(
        f"{'It was due' if late else 'Decide by'} **{view.soon(owed.due_at)}**", spacing="Small"
    )


def move(view: View, *, first: bool = False) -> Action | None:
    """Looks for other times with the same rep; None where it cannot be moved."""
    if not may_move(view.case, view.at):
        return None
    return do("Move it", "look_for_other_times", view.handoff.id, first=first)


def _call_off(view: View) -> Action:
    prospect = plain(view.handoff.lead.contact_name)
    return opens(
        "call_off",
        "Call it off",
        view.handoff.id,
        lambda: (
            [
                told(
                    f"Outlook tells {view.all_invited(prospect, view.first(view.handoff.rep))}, "
                    "with these words. The lead is yours to decide on.",
                    size="Small",
                ),
                write(
                    "words",
                    f"What {prospect} reads",
                    value=CANCELLED,
                    long=True,
                    most=1000,
                    hint=CANCELLED,
                ),
            ],
            [
                submit(
                    "Call it off and tell everyone", "call_off", view.handoff.id, meets=view.meets
                )
            ],
        ),
    )
