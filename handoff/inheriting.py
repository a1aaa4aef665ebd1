"""A lead becomes another qualifier's: whatever its old one owed is theirs. Pure."""

from dataclasses import replace

from handoff.draft import Draft
from handoff.model import Commitment, Ending
from handoff.policy import Promise


def inherit(draft: Draft, heir: str) -> None:
    """The lead is *heir*'s, with clocks of their own; whoever had it owes nothing of it any more.
    The meeting stays where it is, and nobody meets a lead that they qualify.
    """
    handoff = draft.handoff
    old, meeting = handoff.qualifier, handoff.meeting
    owner = heir if handoff.owner == old else handoff.owner
    if meeting and meeting.organizer_event:
        meeting = replace(meeting, organizer=handoff.organizer)
    free = handoff.stand_ins and tuple(one for one in handoff.stand_ins if one != heir)
    draft.set(qualifier=heir, owner=owner, meeting=meeting, stand_ins=free)
    for promise in handoff.commitments:
        if promise.open and promise.who == old and promise.what is not Promise.DECIDE:
            if promise.what is Promise.INVITE:  # Baton's own doing, on its way
                draft.update(replace(promise, who=heir))
            else:
                not_owed(draft, promise)
                draft.promise(promise.what, heir)
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
