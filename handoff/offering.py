"""A meeting goes to a rep: Outlook is told first, and the rep owes an answer once it has."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handoff import clocks
from handoff.draft import INVITE_GONE, Draft, drop_blocks, no_later_meeting, owe_next_step
from handoff.effects import ChangeRep, Effect
from handoff.model import Ending, Handoff, Search, State
from handoff.policy import Promise

TIME_OVER = "time_over"  # `kind` of what a qualifier owes: it was given on once its time was over


def offer_again(draft: Draft, rep: str) -> None:
    """The same meeting goes to *rep*, if it is still ahead; otherwise times are looked for. They
    have yet to say yes, also where it was a later one that another rep had booked. Of a time that
    was agreed, and that Outlook has yet to be told of, it is told together with the rep.
    """
    no_later_meeting(draft)
    handoff = draft.handoff
    meeting = handoff.meeting
    draft.end(Promise.REWORK)
    draft.end(Promise.REASON, Ending.RELEASED)
    draft.end(Promise.REPLY, Ending.RELEASED)
    drop_blocks(draft, Promise.PREPARE)
    draft.set(giving=None)
    draft.moves_no_more()
    if meeting and meeting.organizer_event and meeting.span.start > draft.at:
        named = handoff.named
        draft.set(
            state=State.BOOKING,
            rep=rep,
            owner=handoff.qualifier,
            trouble=None,
            meeting=replace(
                meeting,
                rep_event=None,
                invited_at=None,
                obstacles=None,
                response=None,
                moving=to_be_told(draft.handoff),
                named=named if named != rep else None,
            ),
        )
        invite(draft, ChangeRep(draft.id))
        return
    look_anew(draft, rep, why=TIME_OVER if meeting and meeting.organizer_event else None)


def goes_to(draft: Draft, rep: str) -> None:
    """The meeting goes to *rep* at its time, and whoever had it owes nothing of it any more."""
    for promise in (Promise.ANSWER, Promise.SETTLE, Promise.MEET):
        draft.end(promise, Ending.RELEASED)
    drop_blocks(draft)
    draft.release_managers(show=True)
    draft.set(proposal=None, others=None, leave=None, leave_kept=False, kept=None)
    offer_again(draft, rep)
    draft.show(draft.handoff.qualifier)


def follows_up(draft: Draft, rep: str) -> None:
    """The meeting is over, and the lead is *rep*'s to follow up, with clocks of their own. Whoever
    had it owes nothing of it any more; how it went is judged by what is said of it.
    """
    unsaid = draft.handoff.owed(Promise.OUTCOME) is not None
    drop_blocks(draft)
    for promise in draft.handoff.commitments:
        if promise.open and promise.who == draft.handoff.rep and promise.what is not Promise.MEET:
            draft.finish(promise, Ending.RELEASED)
    no_later_meeting(draft)
    draft.release_managers(show=True)
    draft.set(rep=rep, owner=rep, giving=None, stand_ins=None, trouble=None)
    if unsaid:
        draft.promise(Promise.OUTCOME, rep)
    owe_next_step(draft)
    draft.show(rep, alert=True)
    draft.show(draft.handoff.qualifier)


def to_be_told(handoff: Handoff) -> bool:
    """Whether Outlook has yet to be told of the time, and not only a rep who has lost it."""
    meeting = handoff.meeting
    told = meeting is None or not meeting.moving or meeting.invited_at is not None
    return not told and handoff.trouble != INVITE_GONE


def look_anew(draft: Draft, rep: str, why: str | None = None) -> None:
    """There is no meeting: the qualifier owes a new time, for which *why* is the `kind`, and times
    with *rep* are looked for.
    """
    handoff = draft.handoff
    first = draft.case.policy.meetings[0]
    search = handoff.search or Search(
        pool=None, rep=rep, type=first.code, minutes=first.minutes, wanted=_next_day(draft)
    )
    draft.set(
        state=State.QUALIFIED,
        owner=handoff.qualifier,
        meeting=None,
        trouble=None,
    )
    draft.promise(Promise.BOOK, handoff.qualifier, kind=why)
    draft.look_for_times(
        Search(
            pool=None,
            rep=rep,
            type=search.type,
            minutes=search.minutes,
            wanted=_next_day(draft),
        )
    )


def still_theirs(draft: Draft, *, look: bool = False) -> None:
    """A later meeting comes to nothing: the lead is the rep's to follow up, as it was before; with
    *look*, other times are looked for at once.
    """
    handoff = draft.handoff
    assert handoff.rep
    draft.set(
        state=State.FOLLOWING,
        owner=handoff.rep,
        meeting=None,
        proposal=None,
        others=None,
        stand_ins=None,
    )
    if look and handoff.search:
        draft.look_for_times(replace(handoff.search, wanted=_next_day(draft)))
    else:
        no_later_meeting(draft)
    owe_next_step(draft)
    draft.show(handoff.rep, alert=True)
    draft.show(handoff.qualifier)


def _next_day(draft: Draft) -> date:
    """The first day after today on which the qualifier is at work: nobody is invited anew for the
    day on which it came to nothing.
    """
    hours = draft.case.person(draft.handoff.qualifier).hours
    zone = ZoneInfo(hours.zone)
    today = draft.at.astimezone(zone).date()
    tomorrow = datetime.combine(today + timedelta(days=1), time(), zone).astimezone(UTC)
    return hours.next_at_work(tomorrow).astimezone(zone).date()


def invite(draft: Draft, effect: Effect) -> None:
    """Outlook is told by *effect*; the clock looks again whether that came to something, and tells
    whoever booked it.
    """
    handoff = draft.handoff
    whose = handoff.rep if handoff.again and handoff.rep else handoff.qualifier
    draft.promise(Promise.INVITE, whose, until=draft.at + clocks.LOOK_AGAIN)
    draft.follow(effect)
