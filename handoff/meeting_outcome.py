"""After the meeting: did it take place? One coded word of the rep, which Teams may suggest. Rules.

https://learn.microsoft.com/graph/api/resources/meetingattendancereport
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from handoff.draft import OUTLOOK, Draft, owe_next_step
from handoff.errors import MovedOnError
from handoff.model import Attendance, Case, Decision, Ending, MeetingOutcome, State
from handoff.moves import only, require_state
from handoff.policy import Promise

MET: Mapping[MeetingOutcome, Ending] = {
    MeetingOutcome.TOOK_PLACE: Ending.KEPT,
    MeetingOutcome.PROSPECT_ABSENT: Ending.KEPT,
    MeetingOutcome.REP_ABSENT: Ending.MISSED,
    MeetingOutcome.MOVED: Ending.RELEASED,
    MeetingOutcome.CANCELLED: Ending.RELEASED,
}
"""What a meeting's outcome says of the rep's promise to be there; who else came is not theirs."""


def suggested(attendance: Attendance | None, least: timedelta) -> MeetingOutcome | None:
    """What the report makes likely; None where it says nothing, for then nobody is judged by it.

    Someone counts as there after *least*, so that a wrong click into a meeting is no presence.
    """
    if attendance is None:
        return None
    rep, guests = attendance.rep >= least, attendance.guests >= least
    if rep and guests:
        return MeetingOutcome.TOOK_PLACE
    if rep:
        return MeetingOutcome.PROSPECT_ABSENT
    return MeetingOutcome.REP_ABSENT if guests else None


def attended(case: Case, *, at: datetime, attendance: Attendance) -> Decision | None:
    """Teams has told who was there. None when the rep has said already how it went."""
    handoff = case.handoff
    if handoff.state is not State.FOLLOWING or handoff.meeting_outcome or handoff.rep is None:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="outcome")
    draft.set(attendance=attendance)
    draft.show(handoff.rep)
    return draft.decision(quiet=True)


def how_it_went(case: Case, *, by: str, at: datetime, outcome: MeetingOutcome) -> Decision:
    """The rep says how the meeting went, once; the next step is owed from then on."""
    handoff = case.handoff
    only(handoff, "rep", by)
    require_state(case, State.FOLLOWING)
    if handoff.meeting_outcome:
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="outcome")
    draft.set(meeting_outcome=outcome)
    count(draft, outcome)
    draft.end(Promise.OUTCOME)
    if meet := handoff.owed(Promise.MEET):
        draft.finish(meet, MET[outcome], at=meet.due_at)
    draft.release_managers(show=True)
    owe_next_step(draft)
    draft.say("went", outcome=outcome.value)
    draft.show(handoff.qualifier, alert=outcome is not MeetingOutcome.TOOK_PLACE)
    return draft.decision()


def count(draft: Draft, outcome: MeetingOutcome, by: int = 1) -> None:
    """What the word says of whether they have spoken, and how often the prospect did not come."""
    handoff = draft.handoff
    if outcome is MeetingOutcome.TOOK_PLACE:
        draft.set(met=handoff.met + by)
    if outcome is MeetingOutcome.PROSPECT_ABSENT:
        draft.set(no_shows=handoff.no_shows + by)
