"""What becomes of a letter: whether it is still to be sent, that it was, or never is. Rules."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from handoff import clocks, introducing, letters
from handoff.draft import NOT_ANSWERED, OUTLOOK, Draft, owe_next_step
from handoff.letters import Posting, posting
from handoff.model import Alarm, Case, Decision, Letter, Mailing, State, Step
from handoff.moves import IN_OUTLOOK
from handoff.policy import Promise

NO_MORE = "It was out of date before Outlook took it."
OF_ANOTHER = "Whoever had the lead before was to send it."
WITH_A_REP = frozenset({*IN_OUTLOOK, State.FOLLOWING})
"""Where a rep has met the prospect, or is about to."""


class Due(StrEnum):
    """What is to be done with a letter."""

    NOTHING = "nothing"  # it has gone out, never will, or is not wanted now
    SEND = "send"  # Outlook is asked, unless the letter has gone out unheard of
    WAIT = "wait"  # an answer, behind the introduction, which brings it once it has gone out
    OUTDATED = "outdated"  # what its sender read names a time at which the meeting is no longer
    NO_MORE = "no_more"  # a mail that somebody may ask for once more, and that is not so now
    ANOTHERS = "anothers"  # an introduction in the name of whoever had the lead before
    TOO_LATE = "too_late"  # an introduction, and the meeting has begun


def due(case: Case, letter: Letter, at: datetime) -> Due:
    """What is to be done with it at *at*, as the lead is then."""
    handoff, meeting = case.handoff, case.handoff.meeting
    asked_once = letter.what in (Mailing.CONFIRMATION, Mailing.REBOOKING)
    not_now = Due.NOTHING if letter.what is Mailing.INTRODUCTION else Due.NO_MORE
    if not letters.on_its_way(letter):
        return Due.NOTHING
    if handoff.rep != letter.rep or meeting is None:
        return not_now
    if asked_once and letter.by not in (handoff.rep, handoff.qualifier):
        return not_now
    if letter.words and letter.start != meeting.span.start:
        return Due.OUTDATED
    if letter.what is not Mailing.REPLY and not letters.is_to(letter, handoff.lead):
        return not_now  # whoever asked for it read another address
    return _due_here(case, letter, at, not_now)


def _due_here(case: Case, letter: Letter, at: datetime, not_now: "Due") -> "Due":
    """As `due`, of a letter to whom the lead's rep meets, about the meeting as it is."""
    handoff, meeting = case.handoff, case.handoff.meeting
    assert meeting
    ahead = handoff.state in IN_OUTLOOK and meeting.span.start > at
    match letter.what:
        case Mailing.INTRODUCTION:
            return _introduction_due(case, letter, at)
        case Mailing.REPLY:
            owed = handoff.owed(Promise.REPLY, letter.by)
            asked = (
                owed is not None and owed.said_at is not None and owed.said_at <= letter.asked_at
            )
            asked = asked or introducing.may_still_answer(handoff)
            if handoff.state not in IN_OUTLOOK or not asked:
                return not_now
            if letters.on_its_way(letters.introduction(handoff)):
                return Due.WAIT
            return Due.SEND if letters.may_be_answered(handoff) else not_now
        case Mailing.CONFIRMATION:
            return Due.SEND if ahead else not_now
        case Mailing.REBOOKING:
            return Due.SEND if letters.missed(handoff) else not_now


def _introduction_due(case: Case, letter: Letter, at: datetime) -> Due:
    handoff, meeting = case.handoff, case.handoff.meeting
    assert meeting
    if handoff.state in IN_OUTLOOK and meeting.span.start > at:
        return Due.SEND if letter.by == handoff.qualifier else Due.ANOTHERS
    begun = handoff.state in WITH_A_REP and meeting.span.start <= at
    return Due.TOO_LATE if begun else Due.NOTHING


def trying(case: Case, *, at: datetime, n: int) -> Decision | None:
    """Outlook is about to be asked: from here on the letter may have been sent. None where it is
    not to be sent any more.
    """
    letter = letters.numbered(case.handoff, n)
    if letter is None or due(case, letter, at) is not Due.SEND:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="introduction")
    letters.change(draft, letter, tried_at=at)
    return draft.decision(quiet=True)


def sent(
    case: Case,
    *,
    at: datetime,
    n: int,
    message: str | None = None,
    when: datetime | None = None,
    answers: int | None = None,
) -> Decision | None:
    """The letter is on its way, since *when* where Outlook tells; a reply *answers* the
    introduction of that number. An introduction's own clock starts with it.
    """
    letter = letters.numbered(case.handoff, n)
    if letter is None or posting(letter) is Posting.SENT:
        return None
    handoff = case.handoff
    draft = Draft(case, at=at, by=letter.by, rule="introduction")
    letters.change(
        draft, letter, sent_at=when or at, message=message or letter.message, words="", refused=None
    )
    match letter.what:
        case Mailing.INTRODUCTION:
            draft.say("introduced", to=letter.rep)
            introducing.went_out(draft, letter)
        case Mailing.REPLY:
            introducing.answer_sent(draft, letter, when or at, answers)
        case Mailing.CONFIRMATION:
            draft.say("confirmation_sent")
        case Mailing.REBOOKING:
            draft.say("rebooking_sent")
    draft.show(letter.rep)
    draft.show(handoff.qualifier)
    return draft.decision(quiet=True)  # an answer may be known from the rep's sent mail already


def taken_over(case: Case, *, at: datetime, n: int) -> Decision | None:
    """The introduction goes out in the name of whoever has the lead now, and not in that of whoever
    had it before. None where it is otherwise by now.
    """
    letter = letters.numbered(case.handoff, n)
    if letter is None or due(case, letter, at) is not Due.ANOTHERS:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="introduction")
    letters.change(draft, letter, refused=OF_ANOTHER)
    introducing.introduce_after_all(draft)
    _shown_to_both(draft)
    return draft.decision(quiet=True)


def no_more(case: Case, *, at: datetime, n: int) -> Decision | None:
    """It does not go out, and another may be asked for. None where it is otherwise by now."""
    letter = letters.numbered(case.handoff, n)
    if letter is None or due(case, letter, at) is not Due.NO_MORE:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="prospect")
    why = NOT_ANSWERED if letter.what is Mailing.REPLY else NO_MORE
    letters.change(draft, letter, refused=why, words="")
    _shown_to_both(draft)
    return draft.decision(quiet=True)


def _shown_to_both(draft: Draft) -> None:
    """Rep and qualifier, who read that it is being sent."""
    for who in (draft.handoff.rep, draft.handoff.qualifier):
        if who:
            draft.show(who)


def too_late(case: Case, *, at: datetime, n: int) -> Decision | None:
    """An introduction that had not gone out when the meeting began goes out no more, unless the
    meeting is ahead again, and its sender reads so. None where it is otherwise by now.
    """
    letter = letters.numbered(case.handoff, n)
    if letter is None or due(case, letter, at) is not Due.TOO_LATE:
        return None
    return refused(case, at=at, n=n, why=introducing.BEGAN_FIRST)


def refused(case: Case, *, at: datetime, n: int, why: str) -> Decision | None:
    """It never goes out: whoever it was for is told why.

    A rep whose answer was refused owes it as before.
    """
    letter = letters.numbered(case.handoff, n)
    if letter is None or not letters.on_its_way(letter):
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="introduction")
    # What somebody wrote stands in the form again; a reply's form alone is theirs to send anew.
    words = letter.words if letter.what is Mailing.REPLY else ""
    letters.change(draft, letter, refused=why, words=words)
    match letter.what:
        case Mailing.INTRODUCTION:
            introducing.never_goes_out(draft, letter)
        case Mailing.REPLY:
            _owed_as_before(draft, letter)
        case Mailing.REBOOKING:
            owe_next_step(draft)
        case Mailing.CONFIRMATION:
            pass  # nobody owes one
    draft.say("not_sent", mail=letter.what.value, why=why)
    _shown_to_both(draft)
    draft.show(letter.by, alert=True)
    return draft.decision()


def _owed_as_before(draft: Draft, letter: Letter) -> None:
    case, promise = draft.case, draft.handoff.owed(Promise.REPLY, letter.by)
    if promise is None:
        return
    in_time = promise.said_at and promise.said_at <= promise.due_at < draft.at
    if introducing.is_of_before(draft.handoff, promise) or (in_time and not promise.missed_at):
        introducing.owe_from_now(draft, replace(promise, said_at=None))
        return
    time, clock = case.person(promise.who).hours, case.policy.clocks[Promise.REPLY]
    ahead = clocks.alarms(clock, time, promise.since, promise.due_at)
    left = tuple(a for a in ahead if a.at > draft.at) or (Alarm(draft.at, Step.BREACH),)
    draft.update(replace(promise, said_at=None, alarms=left))
