"""The mails that go out in people's names, written from the policy's templates.

Nothing of a lead can get in but what the policy lets the prospect read. Pure.
"""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from cards.elements import clean
from cards.invitation import TO_THEM, another_time, times_to_choose
from cards.words import city
from handoff.hours import Span
from handoff.model import Case, Letter, Mailing

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is sent: one line, and HTML."""

    subject: str
    html: str


def write(case: Case, letter: Letter, change: str | None = None) -> Written:
    """The letter as it is sent now: as its sender has read it, or with the time that the meeting
    has now; and with *change*, the page on which the prospect may move it, but for a reply, which
    answers what has it already.
    """
    below = {
        Mailing.INTRODUCTION: another_time(change),
        Mailing.REPLY: "",
        Mailing.CONFIRMATION: another_time(change),
        Mailing.REBOOKING: times_to_choose(change),
    }[letter.what]
    return Written(
        subject=subject_of(case, letter.what, letter.by),
        html=_html(
            _tidy(letter.words) if letter.words else text_of(case, letter.what, letter.by), below
        ),
    )


def subject_of(case: Case, what: Mailing, by: str) -> str:
    """The line above it, from the mailbox of *by*."""
    wording = case.policy.wording
    line = {
        Mailing.INTRODUCTION: wording.subject,
        Mailing.REPLY: wording.subject,
        Mailing.CONFIRMATION: wording.confirm_subject,
        Mailing.REBOOKING: wording.rebook_subject,
    }[what]
    return " ".join(line.format_map(_values(case, what, by)).split())[:250]


def introduction_around(case: Case) -> tuple[list[str], list[str]]:
    """The paragraphs of an introduction before its qualifier's own words, and after them."""
    before, _, after = case.policy.wording.introduction.partition("{words}")
    known = _values(case, Mailing.INTRODUCTION, case.handoff.qualifier)
    texts = (_tidy(part.format_map(known)) for part in (before, after))
    first, last = (text.split("\n\n") if text else [] for text in texts)
    return first, last


def text_of(case: Case, what: Mailing, by: str) -> str:
    """What such a letter says by the policy, with its places filled, from the mailbox of *by*; a
    place with nothing leaves no empty lines.
    """
    wording = case.policy.wording
    template = {
        Mailing.INTRODUCTION: wording.introduction,
        Mailing.REPLY: wording.reply,
        Mailing.CONFIRMATION: wording.confirmation,
        Mailing.REBOOKING: wording.rebooking,
    }[what]
    return _tidy(template.format_map(_values(case, what, by)))


def _tidy(text: str) -> str:
    """Line by line, and never two empty ones."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.strip())
    return "\n".join(lines)


def when(span: Span, zone: str) -> str:
    """Thursday 26 November, 09:00 to 09:30 (Lisbon time)"""
    start, end = (moment.astimezone(ZoneInfo(zone)) for moment in (span.start, span.end))
    return f"{_day(start)}, {start:%H:%M} to {end:%H:%M} ({city(zone)} time)"


def _day(at: datetime) -> str:
    return f"{DAYS[at.weekday()]} {at.day} {at:%B}"


def _values(case: Case, what: Mailing, by: str) -> dict[str, str]:
    handoff, policy = case.handoff, case.policy
    rep = handoff.rep if what is Mailing.INTRODUCTION else handoff.named
    lead = handoff.lead
    assert handoff.meeting
    about = [
        f"{TO_THEM[name]}: {value}"
        for name in policy.public
        if (value := getattr(lead, name).strip())
    ]
    known = {
        "contact": lead.contact_name,
        "company": lead.company,
        "rep": case.person(rep or "").name,
        "qualifier": case.person(handoff.qualifier).name,
        "sender": case.person(by).name,
        "us": policy.company,
        "when": when(handoff.meeting.span, lead.contact_zone),
        "about": "\n".join(about),
        "words": handoff.words.strip() or policy.wording.words,
    }
    return {name: clean(value) for name, value in known.items()}


def _html(text: str, below: str) -> str:
    paragraphs = [
        "<br>".join(escape(line) for line in part.splitlines()) for part in text.split("\n\n")
    ]
    return f"<div>{''.join(f'<p>{part}</p>' for part in paragraphs)}{below}</div>"
