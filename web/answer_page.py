"""The page behind a link in a mail: plain HTML, no scripts, nothing from elsewhere.

Pure. Everything that people wrote is escaped.
"""

from collections.abc import Mapping
from html import escape

from cards import words
from cards.elements import clean
from cards.fallback_mail import SEND_BACK
from cards.view import UNABLE, View
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
    other = _safe(view.case.person(view.handoff.qualifier).name)
    title = f"Send this lead back to {other}?" if back else "Accept this meeting?"
    if back:
        will = f"The time in your calendar is released, and {other} has the lead again."
        form = _reasons(view, note) + f"<button>Send back to {other}</button>"
    else:
        will = f"Outlook gets your yes, and {other} hears of it."
        form = "<button>Accept meeting</button>"
    line = f'<p class="wrong" role="alert">{_safe(wrong)}</p>' if wrong else ""
    return sheet(
        title,
        f"{_whose(view)}<h1>{title}</h1>{line}{_facts(view, will)}"
        f'<form method="post">{form}</form>'
        '<p class="small">Nothing has happened so far. The button works once. If you are not '
        f"{_safe(view.viewer.name)}, please close this page.</p>",
    )


def done(view: View, act: str) -> str:
    if act == SEND_BACK:
        other = _safe(view.case.person(view.handoff.qualifier).name)
        line = f"{other} has the lead again and knows why."
        if view.handoff.reason in UNABLE:
            line = (
                f"A colleague who is free at that time gets it; without one it is {other}'s again."
            )
        title = "Sent back"
    else:
        title, line = "Accepted", "Outlook is being told. The meeting is in your calendar."
    return sheet(
        title,
        f'{_whose(view)}<h1>{title}</h1><p role="status">{line}</p><p>{_meeting(view)}</p>'
        '<p class="small">You can close this page. What comes next is in Baton in Microsoft '
        "Teams, or in a mail again while Teams does not reach you.</p>",
    )


def refused(refusal: RefusedError, view: View | None = None) -> str:
    """Why nothing was done; with *view*, how it stands instead."""
    if view is None:
        said, whose = _safe(str(refusal)), ""
    else:
        said, whose = f"{_stands(view)} Nothing more has happened.", _whose(view)
    title = "This link does nothing any more"
    return sheet(
        title,
        f'{whose}<h1>{title}</h1><p role="status">{said}</p>'
        '<p class="small">What is open stands in Baton in Microsoft Teams: say mine. The '
        "invitation itself is in your Outlook calendar and can be answered there.</p>",
    )


def _stands(view: View) -> str:
    handoff = view.handoff
    if handoff.rep and handoff.rep != view.viewer.id:
        return f"This meeting is with {_safe(view.case.person(handoff.rep).name)} now."
    return STANDS.get(handoff.state, "It has changed since the mail was sent.")


def _whose(view: View) -> str:
    return f'<p class="whose">Baton, for {_safe(view.viewer.name)}</p>'


def _meeting(view: View) -> str:
    lead = view.handoff.lead
    return (
        f"{_safe(lead.company)}, {_safe(lead.contact_name)}<br>"
        f"{words.span(view.meeting.span, view.zone)} ({words.city(view.zone)} time)"
    )


def _facts(view: View, will: str) -> str:
    rows = [("The meeting", _meeting(view))]
    if request := view.handoff.lead.request.strip():
        rows.append(("What they want", _safe(request)))
    rows.append(("What will happen", will))
    return f"<dl>{''.join(f'<dt>{name}</dt><dd>{value}</dd>' for name, value in rows)}</dl>"


def _reasons(view: View, note: str) -> str:
    first = _safe(view.case.person(view.handoff.qualifier).first_name)
    own = _choices("Can you not be there?", UNABLE) if view.meeting.span.start > view.at else ""
    nothing = (
        f'<p class="small">Then a colleague who is free at that time gets it; without one it is '
        f"{first}'s again. Nothing counts against you.</p>"
    )
    return (
        f"{own}{nothing if own else ''}"
        f"{_choices('What is missing or wrong with the lead?', view.policy.reasons)}"
        f'<label class="ask" for="note">Anything {first} should know? (optional)</label>'
        f'<textarea id="note" name="note" rows="3" maxlength="500">{_safe(note)}</textarea>'
    )


def _choices(legend: str, reasons: Mapping[str, str]) -> str:
    choices = "".join(
        f'<label><input type="radio" name="reason" value="{escape(code)}" required>'
        f"{_safe(title)}</label>"
        for code, title in reasons.items()
    )
    return f"<fieldset><legend>{legend}</legend>{choices}</fieldset>"


def _safe(text: str) -> str:
    return escape(clean(text))
