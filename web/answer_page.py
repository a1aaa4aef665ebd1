"""The page behind a link in a mail: plain HTML, no scripts, nothing from elsewhere.

Pure.
"""

from collections.abc import Mapping

import htpy as h

from cards import words
from cards.elements import clean
from cards.fallback_mail import SEND_BACK
from cards.view import UNABLE, View
from handoff.answering import may_not_stand_in
from handoff.draft import NO_STAND_IN
from handoff.draft import UNABLE as REASONS_OF_ONES_OWN
from handoff.errors import RefusedError
from handoff.model import State
from web.sheet import sheet

STANDS = {
    State.ACCEPTING: "It has your yes already; Outlook is being told.",
    State.ACCEPTED: "The meeting is accepted already.",
    State.FOLLOWING: "The meeting is over.",
    State.SENT_BACK: "It was sent back already.",
    State.PROPOSED: "Another time is proposed, and has yet to be settled.",
    State.BOOKING: "Outlook is being told of a change.",
    State.QUALIFIED: "The meeting was called off.",
    State.NURTURED: "Marketing has it now.",
    State.CONTESTED: "It is closed.",
    State.ENDED: "It is closed.",
}


def asked(view: View, act: str, *, wrong: str = "", note: str = "") -> str:
    """What will happen, and one button. *wrong* is what was missing when it was pressed."""
    back = act == SEND_BACK
    other = clean(view.case.person(view.handoff.qualifier).name)
    title = f"Send this lead back to {other}?" if back else "Accept this meeting?"
    form: list[h.Node] = []
    if back:
        will = f"The time in your calendar is released, and {other} has the lead again."
        form = [*_reasons(view, note), h.button[f"Send back to {other}"]]
    else:
        will = f"Outlook gets your yes, and {other} hears of it."
        form = [h.button["Accept meeting"]]
    return sheet(
        title,
        _whose(view),
        h.h1[title],
        h.p(".wrong", role="alert")[clean(wrong)] if wrong else None,
        _facts(view, will),
        h.form(method="post")[form],
        h.p(".small")[
            "Nothing has happened so far. The button works once. If you are not "
            f"{clean(view.viewer.name)}, please close this page."
        ],
    )


def done(view: View, act: str) -> str:
    if act == SEND_BACK:
        other = clean(view.case.person(view.handoff.qualifier).name)
        line = f"{other} has the lead again and knows why."
        if view.handoff.reason in REASONS_OF_ONES_OWN:
            line = f"A colleague who is free then is asked; without one it is {other}'s again."
        title = "Sent back"
    else:
        title, line = "Accepted", "Outlook is being told. The meeting is in your calendar."
    return sheet(
        title,
        _whose(view),
        h.h1[title],
        h.p(role="status")[line],
        h.p[_meeting(view)],
        h.p(".small")[
            "You can close this page. What comes next is in Baton in Microsoft Teams, or in a mail "
            "again while Teams does not reach you."
        ],
    )


def refused(refusal: RefusedError, view: View | None = None) -> str:
    """Why nothing was done; with *view*, how it stands instead."""
    said = clean(str(refusal)) if view is None else f"{_stands(view)} Nothing more has happened."
    title = "This link does nothing any more"
    return sheet(
        title,
        _whose(view) if view else None,
        h.h1[title],
        h.p(role="status")[said],
        h.p(".small")[
            "What is open stands in Baton in Microsoft Teams: say mine. The invitation itself is "
            "in your Outlook calendar and can be answered there."
        ],
    )


def _stands(view: View) -> str:
    handoff = view.handoff
    if handoff.rep and handoff.rep != view.viewer.id:
        return f"This meeting is with {clean(view.case.person(handoff.rep).name)} now."
    return STANDS.get(handoff.state, "It has changed since the mail was sent.")


def _whose(view: View) -> h.Element:
    return h.p(".whose")[f"Baton, for {clean(view.viewer.name)}"]


def _meeting(view: View) -> h.Node:
    lead = view.handoff.lead
    return [
        f"{clean(lead.company)}, {clean(lead.contact_name)}",
        h.br,
        f"{words.span(view.meeting.span, view.zone)} ({words.city(view.zone)} time)",
    ]


def _facts(view: View, will: str) -> h.Element:
    rows: list[tuple[str, h.Node]] = [("The meeting", _meeting(view))]
    if request := view.handoff.lead.request.strip():
        rows.append(("What they want", clean(request)))
    rows.append(("What will happen", will))
    return h.dl[[[h.dt[name], h.dd[value]] for name, value in rows]]


def _reasons(view: View, note: str) -> list[h.Node]:
    first = clean(view.case.person(view.handoff.qualifier).first_name)
    own: list[h.Node] = []
    no = {NO_STAND_IN: "I cannot take it"} if may_not_stand_in(view.case, view.at) else {}
    if view.meeting.span.start > view.at:
        own = [
            _choices("Can you not be there?", {**no, **UNABLE}),
            h.p(".small")[
                "Then a colleague who is free at that time is asked; without one it is "
                f"{first}'s again. Nothing counts against you."
            ],
        ]
    return [
        *own,
        _choices("What is missing or wrong with the lead?", view.policy.reasons),
        h.label(".ask", for_="note")[f"Anything {first} should know? (optional)"],
        h.textarea("#note", name="note", rows="3", maxlength="500")[clean(note)],
    ]


def _choices(legend: str, reasons: Mapping[str, str]) -> h.Element:
    return h.fieldset[
        h.legend[legend],
        [
            h.label[h.input(type="radio", name="reason", value=code, required=True), clean(title)]
            for code, title in reasons.items()
        ],
    ]
