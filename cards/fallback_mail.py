"""The mail to someone whom Teams does not reach: what is asked of them, and how to answer. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from cards import words
from cards.elements import clean
from cards.letters import Written
from cards.view import View, first_due
from cards.why import OWED
from handoff.delivery import NO_ANSWER
from handoff.model import Commitment, Person
from handoff.policy import Promise

ACCEPT, SEND_BACK = "accept", "send-back"
"""What can be done by a link in a mail, as the last part of its address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailItem:
    """One thing that is asked of the reader."""

    view: View
    promise: Commitment
    address: str | None = None  # of its links; None for what can be answered in Teams only
    until: datetime | None = None  # the links are good until then


def write_fallback_mail(asked: Sequence[MailItem]) -> Written:
    """One mail with everything, the most pressing first."""
    first = asked[0]
    view = first.view
    subject = f"{OWED[first.promise.what]}: {view.handoff.lead.company}"
    leads = {one.view.handoff.id for one in asked}
    if len(leads) > 1:
        subject += f", and {len(leads) - 1} more"
    parts = [_asked(one) for one in asked]
    if any(one.address for one in asked):
        parts.append(
            "<p>Each link opens a page that first shows what will happen; nothing happens until "
            "you press the button there. The links are yours alone and work once, so please do "
            "not pass this mail on.</p>"
        )
    return _letter(view.viewer, subject, first.promise.undelivered or "", parts)


def write_pledge_mail(reader: Person, owed: Sequence[Commitment], at: datetime) -> Written:
    """One mail with all that is about no handoff, the most pressing first."""
    zone = reader.zone
    parts = [
        f"<p><b>{OWED[one.what]}</b><br>Please by {_safe(words.soon(one.due_at, zone, at))} "
        + _safe(f"({words.city(zone)} time){first_due(one, zone, at)}, in Teams.")
        + "</p>"
        for one in owed
    ]
    more = f", and {len(owed) - 1} more" if len(owed) > 1 else ""
    subject = f"{OWED[owed[0].what]}{more}"
    return _letter(reader, subject, owed[0].undelivered or "", parts)


def _letter(reader: Person, subject: str, why: str, asked: Sequence[str]) -> Written:
    """Why it is a mail, what is asked, and how cards come again."""
    again = (
        "Your cards are there as soon as Teams answers; you need do nothing for that."
        if why == NO_ANSWER
        else "To get cards in Teams again, open your chat with Baton there, unblock or add it, and "
        "say <b>mine</b>."
    )
    parts = [
        f"<p>Hello {_safe(reader.first_name)},</p>",
        (
            "<p>Baton has something for you and could not bring it to you in Microsoft Teams. "
            f"What Teams says: {_safe(reader.first_name)} {_safe(why)}.</p>"
        ),
        *asked,
        f"<p>{again}</p>",
    ]
    return Written(
        subject=" ".join(clean(subject).split())[:250], html=f"<div>{''.join(parts)}</div>"
    )


def _asked(one: MailItem) -> str:
    view, promise = one.view, one.promise
    lead = view.handoff.lead
    lines = [
        f"<b>{OWED[promise.what]}: {_safe(lead.company)}, {_safe(lead.contact_name)}</b>",
        _safe(
            f"Please by {view.soon(promise.due_at)} ({words.city(view.zone)} time)"
            f"{view.first_due(promise)}."
        ),
    ]
    meeting = view.handoff.meeting
    if meeting and promise.what in (Promise.ANSWER, Promise.DECIDE, Promise.SETTLE):
        by = view.case.people[view.handoff.qualifier].name
        lines.insert(1, f"The meeting: {words.span(meeting.span, view.zone)}, from {_safe(by)}.")
    if one.address and one.until:
        other = view.case.people[view.handoff.qualifier].first_name
        there, back = (escape(f"{one.address}/{act}") for act in (ACCEPT, SEND_BACK))
        lines += [
            f'<a href="{there}">Accept the meeting</a>',
            f'<a href="{back}">I cannot take it: send it back to {_safe(other)}</a>',
            f"The links work until {_safe(view.soon(one.until))}.",
            "An answer in Outlook counts just as well.",
        ]
    return f"<p>{'<br>'.join(lines)}</p>"


def _safe(text: str) -> str:
    return escape(clean(text))
