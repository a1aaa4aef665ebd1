"""A later meeting with the same prospect: whoever follows the lead up books it, as the first one
was booked. Rules.

It has times to choose from, an invitation, the prospect's answer and time to prepare, all by the
rules that hold for the first. The rep chooses the time, and that is their yes. What comes to
nothing leaves the lead with them (`offering.still_theirs`).
"""

from datetime import date, datetime

from handoff.draft import Draft
from handoff.errors import IncompleteError, NotOfferedError
from handoff.model import RESERVING, Case, Decision, Search, State
from handoff.moves import only, require_state

AHEAD = "This meeting is still ahead. Book the next one once you have said how it went."


def look_for_times(
    case: Case, *, by: str, at: datetime, wanted: date, type: str, minutes: int
) -> Decision:
    """The rep asks for times with the prospect, from the day *wanted* on.

    Raises NotYoursError, MovedOnError, IncompleteError before it is said how the last one went,
    and NotOfferedError while that is ahead.
    """
    handoff = case.handoff
    only(handoff, "rep", by)
    if handoff.state in RESERVING:
        raise NotOfferedError(AHEAD)
    require_state(case, State.FOLLOWING)
    if handoff.meeting_outcome is None:
        raise IncompleteError({"outcome": "How it went"})
    draft = Draft(case, at=at, by=by, rule="next_meeting")
    draft.set(trouble=None)
    draft.say("asked_for_times")
    draft.look_for_times(
        Search(pool=None, rep=by, type=type, minutes=minutes, wanted=wanted, again=True)
    )
    return draft.decision()
