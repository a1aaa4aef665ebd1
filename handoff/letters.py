"""Mails that Baton sends in people's names: which there are, to whom, and how each stands. Rules.

Each is sent once. What Outlook was asked and nobody heard the answer of is told from what was never
tried: it may have gone out. What becomes of a letter is `handoff/sending.py`; when somebody is
introduced and owes an answer, `handoff/introducing.py`; what people have sent by a click,
`handoff/writing.py`.
"""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from hashlib import sha256

from handoff import addresses
from handoff.draft import Draft
from handoff.effects import SendLetter
from handoff.model import Handoff, Lead, Letter, Mailing, MeetingOutcome, State


class Posting(StrEnum):
    """How far a letter is, by what is known of it alone."""

    WAITS = "waits"  # Outlook has not been asked
    UNHEARD = "unheard"  # it was, and nobody heard whether the letter went out
    SENT = "sent"  # it has gone out
    REFUSED = "refused"  # it never goes out, and its sender has read why


def posting(letter: Letter) -> Posting:
    """How far it is. Whether it is still wanted is `sending.due`."""
    if letter.sent_at:
        return Posting.SENT
    if letter.refused:
        return Posting.REFUSED
    return Posting.UNHEARD if letter.tried_at else Posting.WAITS


def on_its_way(letter: Letter | None) -> bool:
    """Whether it is neither sent nor refused."""
    return letter is not None and posting(letter) in (Posting.WAITS, Posting.UNHEARD)


def may_be_out(letter: Letter) -> bool:
    """Whether the prospect has it, or may."""
    return posting(letter) in (Posting.SENT, Posting.UNHEARD)


def numbered(handoff: Handoff, n: int) -> Letter | None:
    """The letter of that number, or None."""
    return next((one for one in handoff.letters if one.n == n), None)


def introductions(handoff: Handoff, rep: str | None) -> Iterator[Letter]:
    """Of the prospect to that *rep*, at whichever address, the oldest first."""
    return (one for one in handoff.letters if one.what is Mailing.INTRODUCTION and one.rep == rep)


def introduction(handoff: Handoff) -> Letter | None:
    """The newest introduction of the rep who has the lead now to the address that it has now, or
    None.
    """
    found = [one for one in introductions(handoff, handoff.rep) if is_to(one, handoff.lead)]
    return found[-1] if found else None


def is_to(letter: Letter, lead: Lead) -> bool:
    """Whether it goes to the address that the lead has now."""
    return addresses.one(letter.to) == addresses.one(lead.contact_email)


def recipient(lead: Lead) -> str:
    """By which words are known to have been read for that prospect, and for no other."""
    return sha256(f"{lead.contact_name}\n{lead.contact_email}".encode()).hexdigest()[:16]


def may_be_answered(handoff: Handoff) -> bool:
    """Whether the rep's introduction has gone out, so that what they write answers it."""
    known = introduction(handoff)
    return known is not None and posting(known) is Posting.SENT


def introduced(handoff: Handoff, rep: str) -> bool:
    """Whether that *rep* has been introduced to the prospect, at the address that they have now,
    and so is not again.
    """
    return may_be_answered(replace(handoff, rep=rep))


def goes_out_anew(handoff: Handoff) -> bool:
    """Whether the rep's introduction is to go out to the address as it is by now, and has not,
    while one to another went out.
    """
    return on_its_way(introduction(handoff)) and bool(introduced_at(handoff))


def introduced_at(handoff: Handoff) -> str:
    """The address to which an introduction of the rep went last, while none has gone to the one
    that the lead has now; empty in any other case.
    """
    if may_be_answered(handoff):
        return ""
    last = newest_sent(handoff)
    return last.to if last else ""


def newest_sent(handoff: Handoff) -> Letter | None:
    """The introduction of the rep who has the lead now that went out last, to whichever address."""
    found = [one for one in introductions(handoff, handoff.rep) if one.sent_at]
    return max(found, key=lambda one: (one.sent_at, one.n), default=None)


def stands_in(handoff: Handoff) -> bool:
    """Whether the prospect was told of another rep, by the invitation or a mail, and of this one
    never.
    """
    rep, theirs = handoff.rep, list(introductions(handoff, handoff.rep))
    if rep is None:
        return False
    if handoff.named != rep:
        return all(one.refused for one in theirs)
    told = (one for one in handoff.letters if one.what is Mailing.INTRODUCTION)
    return not theirs and any(one.rep != rep and may_be_out(one) for one in told)


def reply(handoff: Handoff) -> Letter | None:
    """The answer that the rep asked Baton to send, the newest; or None."""
    return _newest(handoff, Mailing.REPLY)


def unsent_replies(handoff: Handoff) -> list[Letter]:
    """Answers of the rep that are on their way, the oldest first."""
    return [
        one
        for one in handoff.letters
        if one.what is Mailing.REPLY and one.rep == handoff.rep and on_its_way(one)
    ]


def confirmation(handoff: Handoff) -> Letter | None:
    """The newest confirmation of the meeting at its present time, asked for at the address that the
    lead has now; or None.
    """
    return _of_this_time(handoff, Mailing.CONFIRMATION)


def asked_to_confirm(handoff: Handoff) -> bool:
    """Whether the prospect has been asked at that address about that time, or is about to be, so
    that nobody asks again.
    """
    known = confirmation(handoff)
    return known is not None and not known.refused


def rebooking(handoff: Handoff) -> Letter | None:
    """The rep's newest mail to a prospect who did not come to this meeting, at the address that the
    lead has now; or None.
    """
    return _of_this_time(handoff, Mailing.REBOOKING)


def copied(handoff: Handoff, letter: Letter) -> str | None:
    """Who has a copy of what the other of the two sends; no stand-in of whom the prospect is not to
    read yet.
    """
    if letter.what is Mailing.INTRODUCTION:
        return letter.rep
    if letter.by != handoff.qualifier:
        return handoff.qualifier
    return letter.rep if handoff.named == letter.rep else None


def missed(handoff: Handoff) -> bool:
    """Whether the prospect did not come, and no other meeting is looked for or ahead."""
    absent = handoff.meeting_outcome is MeetingOutcome.PROSPECT_ABSENT
    there = handoff.meeting is not None and not handoff.again
    return absent and there and handoff.state is State.FOLLOWING


def reaches(recipients: tuple[str, ...], lead: Lead, sender: str) -> bool:
    """Whether a mail to these addresses reaches the prospect, or someone else at their company.

    Where the prospect is a colleague of the *sender*, only the prospect's own address counts.
    """
    prospect = addresses.one(lead.contact_email)
    company, own = prospect.rpartition("@")[2], addresses.one(sender).rpartition("@")[2]
    found = {addresses.one(mail) for mail in recipients}
    return prospect in found or (
        company != own and any(one.partition("@")[2] == company for one in found)
    )


def write(draft: Draft, what: Mailing, by: str, words: str | None = None) -> None:
    """There is one more letter about the meeting, to the prospect as the lead has them; it is sent
    as soon as it may be.
    """
    handoff = draft.handoff
    assert handoff.rep
    assert handoff.meeting
    letter = Letter(
        n=max((one.n for one in handoff.letters), default=0) + 1,
        what=what,
        by=by,
        rep=handoff.rep,
        to=handoff.lead.contact_email,
        start=handoff.meeting.span.start,
        asked_at=draft.at,
        words=words,
    )
    draft.set(letters=(*handoff.letters, letter))
    draft.follow(SendLetter(draft.id, letter.n))


def send(draft: Draft, letter: Letter) -> None:
    """It is sent as soon as it may be, also where that was tried before."""
    draft.follow(SendLetter(draft.id, letter.n))


def change(draft: Draft, letter: Letter, **changes: object) -> None:
    """That is known of the letter from now on."""
    draft.set(
        letters=tuple(
            replace(one, **changes) if one.n == letter.n else one  # type: ignore[arg-type]  # by name
            for one in draft.handoff.letters
        )
    )


def _newest(handoff: Handoff, what: Mailing) -> Letter | None:
    found = [one for one in handoff.letters if one.what is what and one.rep == handoff.rep]
    return found[-1] if found else None


def _of_this_time(handoff: Handoff, what: Mailing) -> Letter | None:
    found, meeting = _newest(handoff, what), handoff.meeting
    if found is None or meeting is None or not is_to(found, handoff.lead):
        return None
    return found if found.start == meeting.span.start else None
