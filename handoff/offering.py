"""A meeting goes to a rep: Outlook is told first, and the rep owes an answer once it has."""

from dataclasses import replace
from datetime import date

from handoff import clocks
from handoff.draft import Draft, drop_blocks
from handoff.effects import ChangeRep, Effect, FindTimes
from handoff.model import Ending, Search, State
from handoff.policy import Promise


def offer_again(draft: Draft, rep: str) -> None:
    """The same meeting goes to *rep*, if it is still ahead; otherwise times are looked for."""
    handoff = draft.handoff
    meeting = handoff.meeting
    draft.end(Promise.REWORK)
    draft.end(Promise.REASON, Ending.RELEASED)
    draft.end(Promise.REPLY, Ending.RELEASED)
    drop_blocks(draft, Promise.PREPARE)
    draft.set(giving=None)
    if meeting and meeting.organizer_event and meeting.span.start > draft.at:
        draft.set(
            state=State.BOOKING,
            rep=rep,
            owner=handoff.qualifier,
            trouble=None,
            meeting=replace(
                meeting,
                rep_event=None,
                invited_at=None,
                obstacles=(),
                response=None,
                moving=False,
            ),
        )
        invite(draft, ChangeRep(draft.id))
        return
    look_anew(draft, rep)


def look_anew(draft: Draft, rep: str) -> None:
    """There is no meeting: the qualifier owes a new time, and times with *rep* are looked for."""
    handoff = draft.handoff
    first = draft.case.policy.meetings[0]
    search = handoff.search or Search(
        pool=None, rep=rep, type=first.code, minutes=first.minutes, wanted=_today(draft)
    )
    draft.set(
        state=State.QUALIFIED,
        owner=handoff.qualifier,
        meeting=None,
        trouble=None,
        search=Search(
            pool=None,
            rep=rep,
            type=search.type,
            minutes=search.minutes,
            wanted=_today(draft),
        ),
    )
    draft.promise(Promise.BOOK, handoff.qualifier)
    draft.follow(FindTimes(draft.id))


def _today(draft: Draft) -> date:
    hours = draft.case.person(draft.handoff.qualifier).hours
    return hours.next_at_work(draft.at).date()


def invite(draft: Draft, effect: Effect) -> None:
    """Outlook is told by *effect*; the clock looks again whether that came to something."""
    draft.promise(Promise.INVITE, draft.handoff.qualifier, until=draft.at + clocks.LOOK_AGAIN)
    draft.follow(effect)
