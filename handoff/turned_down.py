"""The prospect says no to the invitation: nobody waits for a meeting that will not be. Rules."""

from handoff.draft import TURNED_DOWN, Draft, drop_blocks
from handoff.ending import cancel
from handoff.model import Ending, State
from handoff.offering import look_anew, still_theirs
from handoff.policy import Promise


def turned_down(draft: Draft) -> None:
    """The time and the prep leave the rep's calendar, whatever waited for the meeting waits no
    more, and the qualifier owes a new time: times with the same rep are looked for at once, but for
    one who has sent the lead back, and has no part in it any more. A later meeting was the rep's to
    book, and so is the next. Both are told.
    """
    handoff = draft.handoff
    assert handoff.rep
    waiting = (Promise.ANSWER, Promise.SETTLE, Promise.REPLY, Promise.REASON, Promise.MEET)
    for promise in (*waiting, Promise.REWORK):
        draft.end(promise, Ending.RELEASED)
    drop_blocks(draft, Promise.PREPARE)
    draft.release_managers(show=True)
    cancel(draft, wished=True)
    draft.set(proposal=None, others=None, stand_ins=None, reason=TURNED_DOWN, note="")
    if handoff.state is State.SENT_BACK:
        draft.set(state=State.QUALIFIED, meeting=None, search=None, trouble=None)
        draft.promise(Promise.BOOK, handoff.qualifier)
    elif handoff.again:
        still_theirs(draft, look=True)
    else:
        look_anew(draft, handoff.rep)
    draft.show(handoff.rep, alert=handoff.state is not State.SENT_BACK)
    draft.show(handoff.qualifier, alert=True)
