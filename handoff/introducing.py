"""Prospect and rep are introduced, once at each address, and the rep owes one answer. Rules.

The answer is a promise of its own, apart from accepting the meeting; it is kept by what the rep's
own sent mail says, or by one click. What it owes follows from how the introduction to the address
that the lead has now stands: on its way, nobody can be late; once it has gone out there are hours
from then on; where it never goes out nothing is owed.
"""

from datetime import datetime

from handoff import clocks, letters
from handoff.draft import OUTLOOK, Draft
from handoff.letters import Posting, posting
from handoff.model import Case, Commitment, Decision, Ending, Handoff, Letter, Mailing
from handoff.moves import IN_OUTLOOK
from handoff.policy import Promise

BEGAN_FIRST = "The meeting began before Outlook took it."
NOTHING_TO_ANSWER = "The introduction was not sent, so there was nothing to answer."


def answered_at(handoff: Handoff) -> datetime | None:
    """When the rep who has the lead now answered an introduction of theirs."""
    kept = [
        c.said_at or c.ended_at
        for c in handoff.commitments
        if c.what is Promise.REPLY and c.who == handoff.rep and c.ending in ("kept", "late")
    ]
    return kept[-1] if kept else None


def answered(handoff: Handoff) -> Letter | None:
    """The introduction that the rep who has the lead now answered last, where that is known."""
    found = [one for one in letters.introductions(handoff, handoff.rep) if one.answered_at]
    return max(found, key=_answered_at, default=None)


def _answered_at(letter: Letter) -> datetime:
    assert letter.answered_at
    return letter.answered_at


# --- When there is to be one ------------------------------------------------------------------


def introduce(draft: Draft) -> None:
    """The rep has the invitation: prospect and rep are introduced, once at each address.

    A rep who was introduced before and has yet to answer owes that again. Who stands in for one
    whom the prospect knows is introduced once they have said yes.
    """
    handoff = draft.handoff
    if not draft.case.policy.wording.introduce or handoff.rep is None:
        return
    if letters.stands_in(handoff):
        return
    _introduce_here(draft)
    if letters.may_be_answered(draft.handoff):
        _owe(draft, handoff.rep)


def introduce_on_a_yes(draft: Draft) -> None:
    """The rep has said yes. Who stands in is introduced now; so is whose introduction never went
    out: Outlook refused it, which may have been put right, or the meeting began first, and is ahead
    again.
    """
    handoff = draft.handoff
    if not draft.case.policy.wording.introduce or handoff.again:
        return
    known = letters.introduction(handoff)
    if letters.stands_in(handoff) or (known and known.refused):
        _introduce_here(draft)


def introduce_after_all(draft: Draft) -> None:
    """An introduction that Outlook refused is tried once more, for its sender has had the lead in
    hand again.
    """
    known = letters.introduction(draft.handoff)
    if known and known.refused and not (draft.handoff.again or letters.stands_in(draft.handoff)):
        _introduce_here(draft)


def introduce_there(draft: Draft) -> None:
    """The prospect's address is another: a rep who is introduced, or about to be, is so there.
    Where they were before, that introduction stands. Without a meeting there is nothing to write of
    until the next is booked; before a later meeting they know each other.
    """
    handoff = draft.handoff
    known = any(letters.introductions(handoff, handoff.rep))
    if handoff.meeting and known and not handoff.again:
        _introduce_here(draft)
        _follows(draft, back=True)


def _introduce_here(draft: Draft) -> None:
    """There is an introduction to the address that the lead has now; it goes out if it has not."""
    known = letters.introduction(draft.handoff)
    if known is None or known.refused:
        letters.write(draft, Mailing.INTRODUCTION, draft.handoff.qualifier)
    elif letters.on_its_way(known):
        letters.send(draft, known)


# --- The answer to it -------------------------------------------------------------------------


def went_out(draft: Draft, letter: Letter) -> None:
    """The introduction is with the prospect: its answer has its hours from now on, and what the rep
    wrote meanwhile goes out behind it.
    """
    known = letters.introduction(draft.handoff)
    if known is None or known.n != letter.n:  # it went to an address of before
        return
    for waiting in letters.unsent_replies(draft.handoff):
        letters.send(draft, waiting)
    _follows(draft)


def never_goes_out(draft: Draft, letter: Letter) -> None:
    """Nothing is owed in answer to that introduction, and what the rep wrote meanwhile is not sent
    either.
    """
    known = letters.introduction(draft.handoff)
    if known is None or known.n != letter.n:
        return
    for waiting in letters.unsent_replies(draft.handoff):
        letters.change(draft, waiting, refused=NOTHING_TO_ANSWER, words="")
    if owed := draft.handoff.owed(Promise.REPLY, letter.rep):
        draft.finish(owed, Ending.RELEASED)


def _follows(draft: Draft, *, back: bool = False) -> None:
    """What is owed of an answer follows from how the introduction stands; *back*, where the lead
    may have an address again at which it went out before.
    """
    handoff = draft.handoff
    known = letters.introduction(handoff)
    if known is None or posting(known) is not Posting.SENT or handoff.state not in IN_OUTLOOK:
        return
    owed = handoff.owed(Promise.REPLY, known.rep)
    if owed is None:
        _owe(draft, known.rep)
    elif not owed.said_at and (is_of_before(handoff, owed) or (back and _passed(owed, draft.at))):
        owe_from_now(draft, owed)


def _owe(draft: Draft, rep: str) -> None:
    """The rep owes one answer to the introduction, whichever address it went to, where there is
    time for one before the meeting begins. Who missed the answer to it does not owe it again.
    """
    handoff = draft.handoff
    unanswered = answered_at(handoff) is None and not handoff.owed(Promise.REPLY, rep)
    if (
        unanswered
        and not _missed_already(handoff)
        and clocks.in_time_to_reply(draft.case_now, draft.at)
    ):
        draft.promise(Promise.REPLY, rep)


def owe_from_now(draft: Draft, owed: Commitment) -> None:
    """It has its hours from now on, and none where no time is left."""
    if clocks.in_time_to_reply(draft.case_now, draft.at):
        draft.update(draft.from_now(owed))
    else:
        draft.finish(owed, Ending.RELEASED)


def is_of_before(handoff: Handoff, owed: Commitment) -> bool:
    """Whether the answer was owed before the introduction went out that it is now owed to."""
    known = letters.introduction(handoff)
    return known is not None and known.sent_at is not None and known.sent_at > owed.since


def _passed(owed: Commitment, at: datetime) -> bool:
    """Whether it became due while nobody could be late with it."""
    return owed.missed_at is None and owed.due_at <= at


def _missed_already(handoff: Handoff) -> bool:
    """Whether the rep who has the lead now has missed the answer to this very introduction."""
    known = letters.introduction(handoff)
    return known is not None and any(
        c.what is Promise.REPLY and c.who == known.rep and _missed_since(c, known)
        for c in handoff.commitments
    )


def may_still_answer(handoff: Handoff) -> bool:
    """Whether the rep who has it again has missed the answer to the introduction, and it is not
    answered since: it is not owed, for it counts once, and may be given all the same.
    """
    unanswered = answered_at(handoff) is None and answered(handoff) is None
    if not unanswered or handoff.owed(Promise.REPLY) or handoff.state not in IN_OUTLOOK:
        return False
    return letters.may_be_answered(handoff) and _missed_already(handoff)


def _missed_since(owed: Commitment, known: Letter) -> bool:
    return bool(owed.missed_at and known.sent_at and known.sent_at < owed.missed_at)


def replied(case: Case, *, at: datetime, by: str, n: int, when: datetime) -> Decision | None:
    """The rep's own sent mail has an answer to that introduction: kept at the time it was sent.

    None when that is known already.
    """
    handoff = case.handoff
    promise, letter = handoff.owed(Promise.REPLY, by), letters.numbered(handoff, n)
    if promise is None or letter is None:
        return None
    draft = Draft(case, at=at, by=by, rule="introduction")
    letters.change(draft, letter, answered_at=when)
    draft.finish(promise, at=when)
    draft.release_managers(show=True)
    draft.say("replied", at=when)
    draft.show(by)
    draft.show(handoff.qualifier)
    return draft.decision()


def answer_sent(draft: Draft, reply: Letter, when: datetime, n: int | None) -> None:
    """What the rep wrote is with everyone on the introduction of that number, since *when*."""
    first = answered(draft.handoff) is None
    if known := n and letters.numbered(draft.handoff, n):
        letters.change(draft, known, answered_at=when)
    for earlier in draft.handoff.letters:
        if earlier.what is Mailing.REPLY and earlier.refused:
            letters.change(draft, earlier, words="")
    promise = draft.handoff.owed(Promise.REPLY, reply.by)
    if promise:
        draft.finish(promise)
    if promise or (known and first):
        draft.say("replied")


def began(case: Case, *, at: datetime, n: int, message: str, thread: str) -> Decision | None:
    """Where the introduction lies in the rep's own mailbox: an answer there is in its thread."""
    letter = letters.numbered(case.handoff, n)
    if letter is None:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="introduction")
    letters.change(draft, letter, message=message, thread=thread)
    return draft.decision(quiet=True)
