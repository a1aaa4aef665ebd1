"""A lead becomes another qualifier's: whatever its old one owed is theirs. Pure."""

from dataclasses import replace

from handoff import clocks, introducing
from handoff.draft import Draft
from handoff.letters import Posting, posting
from handoff.model import Commitment, Ending, Handoff
from handoff.moves import IN_OUTLOOK
from handoff.policy import Promise


def inherit(draft: Draft, heir: str, *, not_sent: str) -> None:
    """The lead is *heir*'s, with clocks of their own; whoever had it owes nothing of it any more.
    The meeting stays where it is, and nobody meets a lead that they qualify. A mail that was to go
    out in the name of whoever had it never does: *not_sent* says why.
    """
    handoff = draft.handoff
    old, meeting = handoff.qualifier, handoff.meeting
    owner = heir if handoff.owner == old else handoff.owner
    if meeting and meeting.organizer_event:
        meeting = replace(meeting, organizer=handoff.organizer)
    free = handoff.stand_ins and tuple(one for one in handoff.stand_ins if one != heir)
    letters = tuple(
        replace(one, refused=not_sent) if one.by == old and posting(one) is Posting.WAITS else one
        for one in handoff.letters
    )
    draft.set(qualifier=heir, owner=owner, meeting=meeting, stand_ins=free, letters=letters)
    for promise in handoff.commitments:
        if promise.open and promise.who == old and promise.what is not Promise.DECIDE:
            if promise.what is Promise.INVITE:  # Baton's own doing, on its way
                draft.update(replace(promise, who=heir))
            else:
                not_owed(draft, promise)
                draft.promise(promise.what, heir)
    if handoff.state in IN_OUTLOOK and meeting and meeting.span.start > draft.at:
        introducing.introduce_after_all(draft)
    draft.show(heir, alert=True)
    if handoff.rep:
        draft.show(handoff.rep)


def not_owed(draft: Draft, promise: Commitment) -> None:
    """It is not owed any more, and so there is nothing for managers to decide about it."""
    current = next(c for c in draft.handoff.commitments if c.n == promise.n)
    if not current.open:
        return
    draft.finish(current, Ending.RELEASED)
    for decide in draft.handoff.commitments:
        if decide.open and decide.about == promise.n:
            draft.finish(decide, Ending.RELEASED)
            draft.show(decide.who)


def first_due_stays(draft: Draft, before: Handoff, *, fresh: bool) -> None:
    """What was passed on before it was due keeps when it was first due, as it was *before*.

    Unless *fresh*, its clock counts from then, where that is past: passed to and fro, it gains no
    more than one clock. What was overdue is a miss, and the next one begins anew.
    """
    now = {c.n: c for c in draft.handoff.commitments}
    for old in before.commitments:
        made = next((c for c in now.values() if c.open and _follows(before, old, c)), None)
        if not old.open or made is None or now[old.n].missed_at:
            continue
        hours = made.hours
        assert hours
        since = min(draft.at, max(old.first_due_at, old.since))
        made = replace(made, first_due_at=old.first_due_at)
        if since < draft.at and not fresh:
            counted = replace(made, counted_from=since)
            made = clocks.timed(draft.case_now, counted, hours, since)
            made = replace(made, alarms=tuple(a for a in made.alarms if a.at > draft.at))
        draft.update(made)


def _follows(before: Handoff, old: Commitment, new: Commitment) -> bool:
    """Whether *new* was made in place of *old*."""
    return new.what is old.what and new.n > len(before.commitments)
