"""Mails that Baton sends in people's names: the introduction, its answer, a confirmation, times for
who did not come. Rules.

Each is sent once. The rep's answer to the introduction is a promise of its own, apart from
accepting the meeting; it is kept by what the rep's own sent mail says, or by one click.
"""

from dataclasses import replace
from datetime import datetime

from handoff import addresses, clocks
from handoff.draft import OUTLOOK, Draft, owe_next_step
from handoff.effects import SendLetter
from handoff.errors import MovedOnError, NotOfferedError, NotYoursError
from handoff.model import (
    Alarm,
    Case,
    Decision,
    Did,
    Ending,
    Handoff,
    Lead,
    Letter,
    Mailing,
    MeetingOutcome,
    State,
    Step,
)
from handoff.moves import IN_OUTLOOK, not_yours, only, require_state
from handoff.policy import Promise

BEGAN_FIRST = "The meeting began before Outlook took it."
NOTHING_TO_ANSWER = "The introduction was not sent, so there was nothing to answer."


def introduction(handoff: Handoff) -> Letter | None:
    """The newest introduction of the rep who has the lead now, or None."""
    return _newest(handoff, Mailing.INTRODUCTION)


def may_be_answered(handoff: Handoff) -> bool:
    """Whether the rep's introduction has gone out, so that what they write answers it."""
    known = introduction(handoff)
    return known is not None and known.sent_at is not None


def introduced(handoff: Handoff, rep: str) -> bool:
    """Whether that *rep* has been introduced to the prospect, at the address that they have now,
    and so is not again.
    """
    known = introduction(replace(handoff, rep=rep))
    return known is not None and not known.refused and known.sent_at is not None


def goes_out_anew(handoff: Handoff) -> bool:
    """Whether the rep's introduction is to go out once more, to the address as it is by now, and
    has not.
    """
    known = introduction(handoff)
    waits = known is not None and known.sent_at is None and not known.refused
    return known is not None and waits and went_before(handoff, known)


def went_before(handoff: Handoff, letter: Letter) -> bool:
    """Whether an introduction of the same rep went out before that one."""
    return any(
        one.what is Mailing.INTRODUCTION and one.rep == letter.rep and one.sent_at
        for one in handoff.letters
        if one.n < letter.n
    )


def reply(handoff: Handoff) -> Letter | None:
    """The rep's answer that Baton was asked to send, or None."""
    return _newest(handoff, Mailing.REPLY)


def confirmation(handoff: Handoff) -> Letter | None:
    """The confirmation of the meeting at its present time, or None."""
    found = _newest(handoff, Mailing.CONFIRMATION)
    meeting = handoff.meeting
    return found if found and meeting and found.start == meeting.span.start else None


def rebooking(handoff: Handoff) -> Letter | None:
    """The rep's mail to a prospect who did not come to this meeting, or None."""
    found = _newest(handoff, Mailing.REBOOKING)
    meeting = handoff.meeting
    return found if found and meeting and found.start == meeting.span.start else None


def copied(handoff: Handoff, letter: Letter) -> str | None:
    """Who has a copy of what the other of the two sends; no stand-in of whom the prospect is not to
    read yet.
    """
    if letter.by != handoff.qualifier:
        return handoff.qualifier
    introduces = letter.what is Mailing.INTRODUCTION
    return letter.rep if introduces or handoff.named == letter.rep else None


def missed(handoff: Handoff) -> bool:
    """Whether the prospect did not come, and no other meeting is looked for or ahead."""
    absent = handoff.meeting_outcome is MeetingOutcome.PROSPECT_ABSENT
    there = handoff.meeting is not None and not handoff.again
    return absent and there and handoff.state is State.FOLLOWING


def answered_at(handoff: Handoff) -> datetime | None:
    """When the rep who has the lead now answered the introduction."""
    kept = [
        c.said_at or c.ended_at
        for c in handoff.commitments
        if c.what is Promise.REPLY and c.who == handoff.rep and c.ending in ("kept", "late")
    ]
    return kept[-1] if kept else None


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


# --- What people and decisions ask for --------------------------------------------------------


def introduce(draft: Draft) -> None:
    """The rep has the invitation: prospect and rep are introduced, once for each rep.

    A rep who was introduced before and has yet to answer owes that again. Who stands in for one
    whom the prospect knows is introduced once they have said yes.
    """
    handoff = draft.handoff
    if not draft.case.policy.wording.introduce or handoff.rep is None or stands_in(handoff):
        return
    known = introduction(handoff)
    if known is None or known.refused:
        _ask(draft, Mailing.INTRODUCTION, handoff.qualifier)
    elif known.sent_at is None:
        draft.follow(SendLetter(draft.id, known.n))
    else:
        _owe_reply(draft, handoff.rep)


def _owe_reply(draft: Draft, rep: str) -> None:
    """The rep owes one answer to the introduction, whichever address it went to, where there is
    time for one before the meeting begins.
    """
    handoff = draft.handoff
    unanswered = answered_at(handoff) is None and not handoff.owed(Promise.REPLY, rep)
    if unanswered and clocks.in_time_to_reply(draft.case_now, draft.at):
        draft.promise(Promise.REPLY, rep)


def _since_it_went(draft: Draft, letter: Letter) -> None:
    """An introduction that went out once more, to an address that was corrected, has its hours from
    then on, whatever was owed of the one before; and none where no time is left.
    """
    owed = draft.handoff.owed(Promise.REPLY, letter.rep)
    if owed is None or owed.said_at or not went_before(draft.handoff, letter):
        return
    if clocks.in_time_to_reply(draft.case_now, draft.at):
        draft.update(draft.from_now(owed))
    else:
        draft.finish(owed, Ending.RELEASED)


def introduce_stand_in(draft: Draft) -> None:
    """Who stands in has said yes: prospect and rep are introduced."""
    handoff, wording = draft.handoff, draft.case.policy.wording
    if wording.introduce and stands_in(handoff) and not handoff.again:
        _ask(draft, Mailing.INTRODUCTION, handoff.qualifier)


def stands_in(handoff: Handoff) -> bool:
    """Whether the prospect was told of another rep before, and of this one not yet."""
    if handoff.rep is None or introduction(handoff) is not None:
        return False
    sent = (one for one in handoff.letters if one.what is Mailing.INTRODUCTION and one.sent_at)
    return any(one.rep != handoff.rep for one in sent)


def introduce_there(draft: Draft) -> None:
    """The prospect's address is another: a rep who was introduced at the old one, or may have been,
    is introduced there too, once they have the meeting again. Back at the one where they were,
    before any mail went elsewhere, that introduction stands.
    """
    known = introduction(draft.handoff)
    if known is None:
        return
    if _put_back(draft.handoff):
        _withdraw(draft, known)
        before = draft.handoff.last(Promise.REPLY)
        if known.refused and not (before and before.missed_at):  # missed once is missed
            _owe_reply(draft, known.rep)  # to the one that they had
        owed = draft.handoff.owed(Promise.REPLY, known.rep)
        if owed and not owed.missed_at and not owed.said_at and owed.due_at <= draft.at:
            draft.update(draft.from_now(owed))  # nobody could be late with it meanwhile
        return
    if not (known.sent_at or known.tried_at or known.refused):
        return
    if known.sent_at is None:
        _withdraw(draft, known)
    n = next_number(draft.handoff)
    by = draft.handoff.qualifier  # who may be another one by now
    anew = replace(
        known,
        n=n,
        by=by,
        asked_at=draft.at,
        tried_at=None,
        sent_at=None,
        refused=None,
        message=None,
        thread=None,
    )
    draft.set(letters=(*draft.handoff.letters, anew))


def _withdraw(draft: Draft, letter: Letter) -> None:
    """It is not to be sent any more. Where Outlook may have been asked its number stays taken: by
    that its mail is found.
    """
    gone = replace(letter, withdrawn=True, words="")
    others = draft.handoff.letters
    if letter.tried_at:
        draft.set(letters=tuple(gone if one.n == letter.n else one for one in others))
    else:
        draft.set(letters=tuple(one for one in others if one.n != letter.n))


def next_number(handoff: Handoff) -> int:
    """Of a letter that is to be written."""
    return max((one.n for one in handoff.letters), default=0) + 1


def _put_back(handoff: Handoff) -> bool:
    """Whether the lead's address is the one again at which the prospect was introduced. Outlook may
    have been tried with the introduction to another, and is not known to have sent it.
    """
    there = introduced_at(handoff)
    return bool(there) and addresses.one(there) == addresses.one(handoff.lead.contact_email)


def introduced_at(handoff: Handoff) -> str:
    """The address to which the rep's introduction went, while another is to go out to a corrected
    one, or was refused; empty in any other case.
    """
    waits, corrected = introduction(handoff), handoff.deed(Did.ADDRESS)
    if waits is None or corrected is None or waits.sent_at or not went_before(handoff, waits):
        return ""
    return corrected.was if corrected.at >= waits.asked_at else ""


def send_reply(
    case: Case, *, by: str, at: datetime, words: str, start: datetime | None
) -> Decision:
    """The rep has *words* sent to everyone on the introduction: that keeps the promise. Raises
    NotOfferedError where there are none, or the meeting no longer begins at *start*, as they say.
    """
    _rep(case, by)
    if case.handoff.owed(Promise.REPLY) is None or introduction(case.handoff) is None:
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="introduction")
    draft.answered(Promise.REPLY)
    _ask(draft, Mailing.REPLY, by, _read(case, words, start))
    draft.release_managers(show=True)
    draft.say("clicked_reply")
    return draft.decision()


def replied_otherwise(case: Case, *, by: str, at: datetime) -> Decision:
    """The rep says that the prospect has been answered another way."""
    _rep(case, by)
    if case.handoff.owed(Promise.REPLY) is None:
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="introduction")
    draft.end(Promise.REPLY)
    draft.release_managers(show=True)
    draft.say("replied_otherwise")
    draft.show(case.handoff.qualifier)
    return draft.decision()


def confirm(case: Case, *, by: str, at: datetime, words: str, start: datetime | None) -> Decision:
    """Rep or qualifier asks the prospect, in these *words*, whether the time still suits: once for
    each time. Raises NotOfferedError as `send_reply` does.
    """
    handoff = case.handoff
    if by not in (handoff.rep, handoff.qualifier):
        raise NotYoursError(not_yours("rep or qualifier", handoff))
    meeting = handoff.meeting
    if handoff.state not in IN_OUTLOOK or meeting is None or meeting.span.start <= at:
        raise MovedOnError
    if confirmation(handoff):
        raise MovedOnError("A confirmation of this meeting has been sent already.")
    draft = Draft(case, at=at, by=by, rule="prospect")
    _ask(draft, Mailing.CONFIRMATION, by, _read(case, words, start))
    draft.say("asked_to_confirm")
    for who in {handoff.rep, handoff.qualifier} - {by, None}:
        draft.show(str(who))
    return draft.decision()


def rebook(case: Case, *, by: str, at: datetime, words: str, start: datetime | None) -> Decision:
    """The rep writes to a prospect who did not come, once for each meeting: that is their next
    step, and their yes to whichever time the prospect then chooses on the page that the mail leads
    to. Raises NotOfferedError as `send_reply` does.
    """
    handoff = case.handoff
    only(handoff, "rep", by)
    if not missed(handoff):
        raise MovedOnError
    if (known := rebooking(handoff)) and not known.refused:
        raise MovedOnError("That mail has been sent already.")
    draft = Draft(case, at=at, by=by, rule="next_step")
    _ask(draft, Mailing.REBOOKING, by, _read(case, words, start))
    draft.end(Promise.NEXT_STEP)
    draft.say("asked_to_rebook")
    draft.show(handoff.qualifier)
    return draft.decision()


# --- What Outlook says ------------------------------------------------------------------------


def outdated(case: Case, n: int) -> bool:
    """Whether what its sender read names a time at which the meeting is no longer."""
    letter = next((one for one in case.handoff.letters if one.n == n), None)
    meeting = case.handoff.meeting
    return bool(letter and letter.words and meeting and letter.start != meeting.span.start)


def due(case: Case, n: int, at: datetime) -> Letter | None:
    """The letter, if it is still to be sent and what it says is still so."""
    letter = next((one for one in case.handoff.letters if one.n == n), None)
    handoff = case.handoff
    if letter is None or letter.sent_at or letter.refused or handoff.rep != letter.rep:
        return None
    if letter.withdrawn:
        return None
    meeting = handoff.meeting
    ahead = handoff.state in IN_OUTLOOK and meeting is not None and meeting.span.start > at
    if letter.what is Mailing.REPLY:
        ahead = handoff.state in (*IN_OUTLOOK, State.FOLLOWING)
    if letter.what is Mailing.REBOOKING:
        ahead = missed(handoff)
    return letter if ahead else None


def trying(case: Case, *, at: datetime, n: int) -> Decision | None:
    """Outlook is about to be asked: from here on the letter may have been sent. None where it is
    not to be sent any more.
    """
    if due(case, n, at) is None:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="introduction")
    _update(draft, n, tried_at=at)
    return draft.decision(quiet=True)


def sent(case: Case, *, at: datetime, n: int, message: str | None = None) -> Decision | None:
    """The letter is on its way. The introduction's own clock starts with it."""
    letter = next(one for one in case.handoff.letters if one.n == n)
    if letter.sent_at or letter.withdrawn:  # it went to the address of before
        return None
    handoff = case.handoff
    draft = Draft(case, at=at, by=letter.by, rule="introduction")
    _update(draft, n, sent_at=at, message=message, words="")
    match letter.what:
        case Mailing.INTRODUCTION:
            _introduced(draft, letter)
        case Mailing.REPLY:
            _replied(draft, letter)
        case Mailing.CONFIRMATION:
            draft.say("confirmation_sent")
        case Mailing.REBOOKING:
            draft.say("rebooking_sent")
    draft.show(letter.rep)
    draft.show(handoff.qualifier)
    return draft.decision(quiet=True)  # an answer may be known from the rep's sent mail already


def _introduced(draft: Draft, letter: Letter) -> None:
    draft.say("introduced", to=letter.rep)
    for reply in _replies(draft.handoff):
        if not (reply.sent_at or reply.refused):  # what the rep wrote meanwhile answers this one
            draft.follow(SendLetter(draft.id, reply.n))
    if draft.handoff.rep == letter.rep and draft.handoff.state in IN_OUTLOOK:
        _owe_reply(draft, letter.rep)
        _since_it_went(draft, letter)


def _replied(draft: Draft, letter: Letter) -> None:
    for earlier in _replies(draft.handoff):
        if earlier.refused:
            _update(draft, earlier.n, words="")
    if promise := draft.handoff.owed(Promise.REPLY, letter.by):
        draft.finish(promise)
        draft.say("replied")


def _replies(handoff: Handoff) -> list[Letter]:
    return [one for one in handoff.letters if one.what is Mailing.REPLY]


def refused(case: Case, *, at: datetime, n: int, why: str) -> Decision | None:
    """Outlook will not send it, for good: whoever it was for is told why.

    A rep whose answer was refused owes it as before.
    """
    letter = next(one for one in case.handoff.letters if one.n == n)
    if letter.sent_at or letter.refused or letter.withdrawn:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="introduction")
    # What somebody wrote stands in the form again; a reply's form alone is theirs to send anew.
    _update(draft, n, refused=why, words=None if letter.what is Mailing.REPLY else "")
    promise = draft.handoff.owed(Promise.REPLY, letter.by)
    if letter.what is Mailing.REPLY and promise:
        time, clock = case.person(promise.who).hours, case.policy.clocks[Promise.REPLY]
        ahead = clocks.alarms(clock, time, promise.since, promise.due_at)
        left = tuple(a for a in ahead if a.at > at) or (Alarm(at, Step.BREACH),)
        draft.update(replace(promise, said_at=None, alarms=left))
    if letter.what is Mailing.REBOOKING:
        owe_next_step(draft)
    if letter.what is Mailing.INTRODUCTION:
        _nothing_to_answer(draft, letter)
    draft.say("not_sent", mail=letter.what.value, why=why)
    for other in (draft.handoff.rep, draft.handoff.qualifier):  # who read that it is being sent
        if other:
            draft.show(other)
    draft.show(letter.by, alert=True)
    return draft.decision()


def unheard_of(case: Case, n: int) -> Letter | None:
    """An introduction of which Outlook was asked and nobody heard whether it went out."""
    found = next((one for one in case.handoff.letters if one.n == n), None)
    if found is None or found.what is not Mailing.INTRODUCTION or found.rep != case.handoff.rep:
        return None
    known = found.sent_at or found.refused or found.withdrawn
    return found if found.tried_at and not known else None


def too_late(case: Case, *, at: datetime, n: int) -> Decision | None:
    """An introduction that had not gone out when the meeting began goes out no more, and its sender
    reads so. None for any other letter, and where the lead is another's by now.
    """
    letter = next((one for one in case.handoff.letters if one.n == n), None)
    meeting, states = case.handoff.meeting, (*IN_OUTLOOK, State.FOLLOWING)
    if letter is None or letter.what is not Mailing.INTRODUCTION or case.handoff.rep != letter.rep:
        return None
    if case.handoff.state not in states or meeting is None or meeting.span.start > at:
        return None
    return refused(case, at=at, n=n, why=BEGAN_FIRST)


def _nothing_to_answer(draft: Draft, letter: Letter) -> None:
    """That introduction never goes out, nor does what the rep wrote in answer to it meanwhile."""
    if owed := draft.handoff.owed(Promise.REPLY, letter.rep):
        draft.finish(owed, Ending.RELEASED)
    for reply in _replies(draft.handoff):
        if reply.rep == letter.rep and not (reply.sent_at or reply.refused):
            _update(draft, reply.n, refused=NOTHING_TO_ANSWER, words="")


def began(case: Case, *, at: datetime, n: int, message: str, thread: str) -> Decision | None:
    """Where the introduction lies in the rep's own mailbox: an answer there is in its thread."""
    draft = Draft(case, at=at, by=OUTLOOK, rule="introduction")
    _update(draft, n, message=message, thread=thread)
    return draft.decision(quiet=True)


def replied(case: Case, *, at: datetime, by: str, when: datetime) -> Decision | None:
    """The rep's own sent mail has an answer in the thread: kept at the time it was sent.

    None when that is known already.
    """
    handoff = case.handoff
    promise = handoff.owed(Promise.REPLY, by)
    if promise is None:
        return None
    draft = Draft(case, at=at, by=by, rule="introduction")
    draft.finish(promise, at=when)
    draft.release_managers(show=True)
    draft.say("replied", at=when)
    draft.show(by)
    draft.show(handoff.qualifier)
    return draft.decision()


def _rep(case: Case, by: str) -> None:
    only(case.handoff, "rep", by)
    require_state(case, *IN_OUTLOOK)


def _newest(handoff: Handoff, what: Mailing) -> Letter | None:
    found = [one for one in handoff.letters if one.what is what and one.rep == handoff.rep]
    return next((one for one in reversed(found) if not one.withdrawn), None)


def _read(case: Case, words: str, start: datetime | None) -> str:
    """What its sender has read."""
    meeting = case.handoff.meeting
    if meeting is None or meeting.span.start != start:
        raise NotOfferedError("The meeting has been moved. Please read it once more.")
    if not words.strip():
        raise NotOfferedError("Please write what they are to read.", at=("words",))
    return words.strip()


def _ask(draft: Draft, what: Mailing, by: str, words: str | None = None) -> None:
    handoff = draft.handoff
    assert handoff.rep
    assert handoff.meeting
    letter = Letter(
        n=next_number(handoff),
        what=what,
        by=by,
        rep=handoff.rep,
        start=handoff.meeting.span.start,
        asked_at=draft.at,
        words=words,
    )
    draft.set(letters=(*handoff.letters, letter))
    draft.follow(SendLetter(draft.id, letter.n))


def _update(draft: Draft, n: int, **changes: object) -> None:
    letters = draft.handoff.letters
    draft.set(
        letters=tuple(
            replace(one, **{k: v for k, v in changes.items() if v is not None})  # type: ignore[arg-type]  # by name
            if one.n == n
            else one
            for one in letters
        )
    )
