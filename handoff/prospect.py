"""The prospect's side: their own answer to the invitation, apart from the rep's. Rules.

https://learn.microsoft.com/graph/api/resources/responsestatus
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from handoff import clocks, letters
from handoff.draft import MOVED, MOVED_BY_PROSPECT, OUTLOOK, Draft
from handoff.effects import LookAtOrganizer
from handoff.errors import MovedOnError
from handoff.model import PROSPECT, Case, Decision, Handoff, Meeting, State
from handoff.moves import IN_OUTLOOK, only, require_state
from handoff.policy import Promise
from handoff.timeline import Word
from handoff.turned_down import turned_down

SILENT = frozenset({None, "none", "notResponded"})
SAYS: Mapping[str, Word] = {
    "accepted": "prospect_accepted",
    "declined": "prospect_declined",
    "tentativelyAccepted": "prospect_tentative",
}


def at_risk(case: Case, at: datetime) -> bool:
    """Whether the meeting is near and the prospect has not said a word."""
    meeting = case.handoff.meeting
    if meeting is None or case.handoff.state not in IN_OUTLOOK or meeting.prospect not in SILENT:
        return False
    if chose_it(case.handoff) or letters.goes_out_anew(case.handoff) or case.handoff.untold:
        return False  # who has yet to be told, at an address that was corrected, says nothing by it
    if case.handoff.proposal:
        return False  # its rep wants another time: nobody is asked to confirm this one
    since = clocks.risk_at(case)
    return since is not None and since <= at < meeting.span.start


def chose_it(handoff: Handoff) -> bool:
    """Whether the time that the meeting has is one that the prospect chose on their page."""
    search, meeting = handoff.search, handoff.meeting
    if handoff.again and search and meeting and search.rule == PROSPECT and search.found:
        return search.found[0].start == meeting.span.start
    chosen = False
    for promise in handoff.commitments:
        if promise.what in (Promise.BOOK, Promise.OUTCOME, Promise.NEXT_STEP):
            chosen = False  # what comes then is another meeting
        elif promise.what is Promise.ANSWER and promise.kind:  # without: another rep, at that time
            chosen = promise.kind in (MOVED_BY_PROSPECT, PROSPECT)
    return chosen


def not_theirs(draft: Draft) -> None:
    """The meeting is at another time than the prospect chose. Nobody is asked anew, so that whoever
    was asked last says so.
    """
    asked = draft.handoff.last(Promise.ANSWER)
    if asked and chose_it(draft.handoff):
        draft.update(replace(asked, kind=MOVED))


def prospect_says(
    case: Case, *, at: datetime, response: str, responded_at: datetime | None
) -> Decision | None:
    """What the organizer's event says of the prospect's own answer. None when nothing is new.

    A no is told at once to whoever invited them, who owes a new time, and to the rep, whose time is
    free; anything else is only shown. They are still invited while a lead is back with its
    qualifier and the meeting is ahead.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    if meeting is None or meeting.moving or not _is_invited(handoff, meeting, at):
        return None
    if (response, responded_at) == (meeting.prospect, meeting.prospect_at):
        return None
    if response in SILENT and meeting.prospect in SILENT:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="prospect")
    draft.set(meeting=replace(meeting, prospect=response, prospect_at=responded_at))
    if said := SAYS.get(response):
        draft.say(said, at=responded_at or at)
    if response == "declined":
        turned_down(draft)
    for who in (handoff.rep, handoff.qualifier):
        if who:
            draft.show(who)
    return draft.decision(quiet=True)


def _is_invited(handoff: Handoff, meeting: Meeting, at: datetime) -> bool:
    back = handoff.state is State.SENT_BACK and meeting.span.start > at
    return handoff.state in IN_OUTLOOK or back


def another_says(case: Case, *, at: datetime, mail: str) -> Decision | None:
    """Somebody whom nobody invited has accepted, from the prospect's company, while the prospect is
    silent: it may be them, by another address, and whoever invited them is asked.

    None when that is no news.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    if meeting is None or meeting.moving or handoff.state not in IN_OUTLOOK:
        return None
    if meeting.prospect not in SILENT or meeting.prospect_other == mail:
        return None
    draft = Draft(case, at=at, by=OUTLOOK, rule="prospect")
    draft.set(meeting=replace(meeting, prospect_other=mail))
    draft.say("another_accepted")
    if handoff.rep:
        draft.show(handoff.rep)
    draft.show(handoff.qualifier, alert=True)
    return draft.decision()


def is_them(case: Case, *, by: str, at: datetime) -> Decision:
    """The address that accepted is the prospect's own, says whoever invited them.

    Raises NotYoursError, MovedOnError.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    only(handoff, "qualifier", by)
    require_state(case, *IN_OUTLOOK)
    if meeting is None or not asked_about(case):
        raise MovedOnError
    draft = Draft(case, at=at, by=by, rule="prospect")
    draft.set(meeting=replace(meeting, prospect="accepted", prospect_at=None))
    draft.say("prospect_recognised")
    if handoff.rep:
        draft.show(handoff.rep)
    draft.follow(LookAtOrganizer(draft.id))  # which has their own moment
    return draft.decision()


def asked_about(case: Case) -> bool:
    """Whether it is open if an address that accepted is the prospect's."""
    meeting = case.handoff.meeting
    return bool(meeting and meeting.prospect_other and meeting.prospect in SILENT)


def addresses(case: Case) -> tuple[str, ...]:
    """By which the prospect's answer is known."""
    meeting, mail = case.handoff.meeting, case.handoff.lead.contact_email
    other = meeting.prospect_other if meeting and not asked_about(case) else None
    return (mail, other) if other else (mail,)


def silent(draft: Draft) -> None:
    """The meeting is near and the prospect has not answered: whoever invited them is told."""
    handoff = draft.handoff
    if handoff.meeting is None or handoff.meeting.prospect not in SILENT or chose_it(handoff):
        return
    draft.say("prospect_silent")
    draft.show(handoff.qualifier, alert=True)
    if handoff.rep:
        draft.show(handoff.rep)
