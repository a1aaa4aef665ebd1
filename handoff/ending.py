"""How a handoff ends: the qualifier gives it up, or the rep has done all there was to do."""

from collections.abc import Mapping
from datetime import datetime

from handoff.draft import Draft, drop_blocks
from handoff.effects import CancelMeeting
from handoff.errors import IncompleteError
from handoff.model import Case, Decision, Ending, Outcome, State
from handoff.moves import only, require_state
from handoff.policy import Promise
from handoff.timeline import Word

SAYS: Mapping[Outcome, Word] = {
    Outcome.DONE: "done",
    Outcome.NURTURE: "nurture",
    Outcome.CLOSED: "closed",
}


def end(case: Case, *, by: str, at: datetime, outcome: Outcome) -> Decision:
    """The qualifier ends it: nurture, or no lead after all. A meeting still ahead is cancelled."""
    only(case.handoff.qualifier, by)
    require_state(case, State.QUALIFIED, State.SENT_BACK)
    draft = Draft(case, at=at, by=by, rule="rework")
    draft.say(SAYS[outcome])
    _end_all(draft, outcome)
    return draft.decision()


def no_further_step(case: Case, *, by: str, at: datetime) -> Decision:
    """The rep says that nothing more is to be done: the handoff has run its course."""
    only(case.handoff.rep, by)
    require_state(case, State.FOLLOWING)
    if case.handoff.meeting_outcome is None:
        raise IncompleteError(("How it went",))
    draft = Draft(case, at=at, by=by, rule="next_step")
    draft.end(Promise.NEXT_STEP)
    draft.say(SAYS[Outcome.DONE])
    _end_all(draft, Outcome.DONE)
    draft.show(case.handoff.qualifier, alert=True)
    return draft.decision()


def _end_all(draft: Draft, outcome: Outcome) -> None:
    """Nothing is owed any more, by anyone."""
    cancel(draft)
    drop_blocks(draft)
    for promise in draft.handoff.commitments:
        if promise.open:
            own = promise.what in (Promise.BOOK, Promise.REWORK)
            draft.finish(promise, None if own else Ending.RELEASED)
            draft.show(promise.who)
    draft.set(state=State.ENDED, outcome=outcome, trouble=None)
    for who in (draft.handoff.rep, draft.handoff.qualifier):
        if who:
            draft.show(who)


def cancel(draft: Draft) -> None:
    """A meeting that is still ahead is cancelled; the prospect hears of it once."""
    meeting = draft.handoff.meeting
    if meeting and meeting.organizer_event and meeting.span.start > draft.at:
        draft.follow(CancelMeeting(draft.id, draft.handoff.organizer, meeting.organizer_event))
