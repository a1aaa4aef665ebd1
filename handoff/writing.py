"""What people have sent to a prospect by a click, with the words that they read. Rules."""

from datetime import datetime

from handoff import introducing, letters
from handoff.draft import Draft
from handoff.errors import MovedOnError, NotOfferedError, NotYoursError
from handoff.model import Case, Decision, Mailing
from handoff.moves import IN_OUTLOOK, not_yours, only, require_state
from handoff.policy import Promise
from handoff.prospect import SILENT


def send_reply(
    case: Case, *, by: str, at: datetime, words: str, start: datetime | None, to: str
) -> Decision:
    """The rep has *words* sent to everyone on the introduction: that keeps the promise, where it is
    owed and was not missed before. Raises NotYoursError, MovedOnError, and NotOfferedError where
    there are none, the meeting no longer begins at *start*, as they say, or the prospect is
    somebody else than *to*, for whom they were read.
    """
    _may_answer(case, by)
    if letters.introduction(case.handoff) is None:
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="introduction")
    if case.handoff.owed(Promise.REPLY):
        draft.answered(Promise.REPLY)
    letters.write(draft, Mailing.REPLY, by, _read(case, words, start, to))
    draft.release_managers(show=True)
    draft.say("clicked_reply")
    return draft.decision()


def replied_otherwise(case: Case, *, by: str, at: datetime) -> Decision:
    """The rep says that the prospect has been answered another way."""
    _may_answer(case, by)
    draft = Draft(case, at=at, by=by, rule="introduction")
    if known := letters.newest_sent(case.handoff):
        letters.change(draft, known, answered_at=at)
    draft.end(Promise.REPLY)
    draft.release_managers(show=True)
    draft.say("replied_otherwise")
    draft.show(case.handoff.qualifier)
    return draft.decision()


def confirm(
    case: Case, *, by: str, at: datetime, words: str, start: datetime | None, to: str
) -> Decision:
    """Rep or qualifier asks the prospect, in these *words*, whether the time still suits: once for
    each time. Raises NotOfferedError as `send_reply` does.
    """
    handoff = case.handoff
    if by not in (handoff.rep, handoff.qualifier):
        raise NotYoursError(not_yours("rep or qualifier", handoff))
    meeting = handoff.meeting
    if handoff.state not in IN_OUTLOOK or meeting is None or meeting.span.start <= at:
        raise MovedOnError
    if meeting.prospect not in SILENT:
        raise MovedOnError("The prospect has answered the invitation.")
    if letters.asked_to_confirm(handoff):
        raise MovedOnError("A confirmation of this meeting has been sent already.")
    draft = Draft(case, at=at, by=by, rule="prospect")
    letters.write(draft, Mailing.CONFIRMATION, by, _read(case, words, start, to))
    draft.say("asked_to_confirm")
    for who in {handoff.rep, handoff.qualifier} - {by, None}:
        draft.show(str(who))
    return draft.decision()


def rebook(
    case: Case, *, by: str, at: datetime, words: str, start: datetime | None, to: str
) -> Decision:
    """The rep writes to a prospect who did not come, once for each meeting: that is their next
    step, and their yes to whichever time the prospect then chooses on the page that the mail leads
    to. Raises NotOfferedError as `send_reply` does.
    """
    handoff = case.handoff
    only(handoff, "rep", by)
    if not letters.missed(handoff):
        raise MovedOnError
    if (known := letters.rebooking(handoff)) and not known.refused:
        raise MovedOnError("That mail has been sent already.")
    draft = Draft(case, at=at, by=by, rule="next_step")
    letters.write(draft, Mailing.REBOOKING, by, _read(case, words, start, to))
    draft.end(Promise.NEXT_STEP)
    draft.say("asked_to_rebook")
    draft.show(handoff.qualifier)
    return draft.decision()


def _may_answer(case: Case, by: str) -> None:
    """Raises NotYoursError, MovedOnError: it is answered, or about to be."""
    handoff = case.handoff
    only(handoff, "rep", by)
    require_state(case, *IN_OUTLOOK)
    late = introducing.may_still_answer(handoff) and not letters.unsent_replies(handoff)
    if handoff.owed(Promise.REPLY) is None and not late:
        raise MovedOnError


def _read(case: Case, words: str, start: datetime | None, to: str) -> str:
    """What its sender has read."""
    meeting = case.handoff.meeting
    if to != letters.recipient(case.handoff.lead):
        raise NotOfferedError(
            "The prospect's name or address is another now. Please read it again."
        )
    if meeting is None or meeting.span.start != start:
        raise NotOfferedError("The meeting has been moved. Please read it once more.")
    if not words.strip():
        raise NotOfferedError("Please write what they are to read.", at=("words",))
    return words.strip()
