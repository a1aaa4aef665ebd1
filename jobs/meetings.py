"""Meetings that are in Outlook already: accepted, declined, moved, cancelled, and their new time
waited for.

Each job reads the handoff afresh and may run twice: what Outlook shows as done is not done again.
Jobs on one meeting run in the order of the decisions.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from procrastinate import JobContext

from cards import invitation
from graph.calendar import EventCopy, spread_out
from graph.errors import BusyError, ChangedError, DeniedError, GoneError, GraphError, NoMailboxError
from handoff import outlook, passing, proposing
from handoff.calendar import Event
from handoff.draft import INVITE_GONE, LAGS
from handoff.effects import AcceptMeeting, AwaitMove, CancelMeeting, DeclineMeeting, MoveMeeting
from handoff.errors import TakenError
from handoff.model import RESERVING, Case, State, Undoing
from handoff.policy import Promise
from jobs.closed_mailboxes import left_to_people, not_let_in
from jobs.copies import (
    ARRIVES_WITHIN,
    LONGEST_LOOK,
    SHOWING,
    called_off,
    copy_is_gone,
    looked_around,
    moved_to,
    outlook_said,
    reps_copy,
    unless_found_again,
)
from jobs.prep import reserve_prep
from jobs.services import Services
from jobs.tasks import task

AT_ONCE = timedelta(seconds=5)  # of a click, within which nobody has had another word


@task(AcceptMeeting)
async def accept_meeting(context: JobContext, do: AcceptMeeting) -> None:
    """The rep's own event reads accepted: because the rep clicked, and for no other reason."""
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff = case.handoff
    meeting = handoff.meeting
    if handoff.state is not State.ACCEPTING or not (handoff.rep and meeting and meeting.rep_event):
        return
    calendar = services.outlook.calendar
    try:
        copy, around = await _looked_first(context, services, case)
        if meeting.moving or (copy and await _asked_after_all(services, case, around)):
            return
        if copy and copy.response != "accepted" and _other_by_now(case, copy):
            await outlook_said(services, handoff.id, copy)
            return
        if copy is None or copy.response != "accepted":
            await calendar.accept(handoff.rep, meeting.rep_event)
            copy, around = await _in_calendar(services, case)
    except (GoneError, NoMailboxError) as error:
        await _nothing_to_accept(services, case, error)
        return
    except DeniedError:
        await not_let_in(context, handoff.id)
        return
    except GraphError:
        if not await called_off(services, handoff.rep, meeting.rep_event):
            raise
        await copy_is_gone(services, case, clicked=True)
        return
    if copy.response != "accepted":
        raise BusyError("Outlook has taken the answer and does not show it yet", SHOWING)
    case = await outlook_said(services, handoff.id, copy)
    await reserve_prep(services, case, around)


async def _asked_after_all(services: Services, case: Case, around: Sequence[Event]) -> bool:
    """Whether nothing is accepted for the rep, whose yes is older than what is in their calendar by
    now: then they are asked.
    """
    if case.handoff.meeting is None or case.handoff.meeting.obstacles is not None:
        return False
    return (await looked_around(services, case, around)).handoff.state is not State.ACCEPTING


async def _looked_first(
    context: JobContext, services: Services, case: Case
) -> tuple[EventCopy | None, tuple[Event, ...]]:
    """The copy before it is answered, but where it is answered at once: later it may have been,
    though nobody heard of it, or be at another time, or the rep has had another word since.

    Raises GoneError.
    """
    late, meeting = services.now() - _clicked_at(case) > AT_ONCE, case.handoff.meeting
    unknown = meeting is not None and meeting.obstacles is None
    if late or unknown or context.job.attempts or case.handoff.trouble:
        return await _in_calendar(services, case)
    return None, ()


def _clicked_at(case: Case) -> datetime:
    promise = case.handoff.owed(Promise.ANSWER)
    assert promise
    return promise.said_at or promise.made_at


def _other_by_now(case: Case, copy: EventCopy) -> bool:
    """Whether the copy shows another time than was clicked for, or a later word of the rep."""
    assert case.handoff.meeting
    newer = copy.responded_at is not None and copy.responded_at > _clicked_at(case)
    return copy.span != case.handoff.meeting.span or newer


async def _nothing_to_accept(
    services: Services, case: Case, error: GoneError | NoMailboxError
) -> None:
    """What comes of a click on Accept where the copy is gone.

    Raises BusyError where it has another id.
    """
    if isinstance(error, NoMailboxError):
        gone = partial(outlook.invite_gone, at=services.now(), clicked=True)
        await services.stores.handoffs.change(case.handoff.id, gone)
        return
    there, before = await reps_copy(services, case), case.handoff.meeting
    if there and before and there.id != before.rep_event:
        raise BusyError("the same meeting has another id now", 0.0) from error
    await copy_is_gone(services, case, clicked=True)


async def _in_calendar(services: Services, case: Case) -> tuple[EventCopy, tuple[Event, ...]]:
    """The rep's copy as their calendar has it, and what is around it.

    Raises GoneError where it is not there, also where it is still read by its id: nothing that lies
    in Deleted Items is a meeting to come.
    """
    handoff, meeting, calendar = case.handoff, case.handoff.meeting, services.outlook.calendar
    assert handoff.rep
    assert meeting
    assert meeting.rep_event
    zone = case.person(handoff.rep).zone
    copy, around = await calendar.find_copy(handoff.rep, meeting.uid or "", meeting.span, zone)
    if copy is None:
        copy = await calendar.read(handoff.rep, meeting.rep_event)
        if copy.span == meeting.span and not spread_out(copy, around):
            raise GoneError("read by its id alone")
    return copy, around


@task(AwaitMove)
async def await_move(context: JobContext, do: AwaitMove) -> None:
    """The rep's own copy shows the new time, or is there again; an answer to the old one is none.

    It is looked for ever less often. After some minutes the rep gets a copy of the invitation, and
    it is said that the calendar lags; whatever Outlook tells later is looked at all the same.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff, meeting = case.handoff, case.handoff.meeting
    if not (handoff.rep and meeting and meeting.moving and meeting.invited_at):
        return
    calendar, tries = services.outlook.calendar, context.job.attempts
    person = case.person(handoff.rep)
    lost = handoff.trouble == INVITE_GONE
    try:
        copy = await reps_copy(services, case, by_id=not lost)
    except DeniedError:  # what it shows is not known, and nothing else waits behind that
        await not_let_in(context, handoff.id)
        unknown = partial(outlook.lags, at=services.now())
        await services.stores.handoffs.change(handoff.id, unknown)
        return
    if copy and not copy.cancelled and copy.span == meeting.span:
        await outlook_said(services, handoff.id, copy)
        return
    if services.now() - meeting.invited_at < ARRIVES_WITHIN:
        raise BusyError("the new time has not arrived yet", min(2.0**tries, LONGEST_LOOK))
    if copy is None:
        clicked = lost or handoff.state is State.ACCEPTING
        await copy_is_gone(services, case, clicked=clicked)
        return
    if handoff.trouble != LAGS and meeting.organizer_event:
        with suppress(GoneError, NoMailboxError, DeniedError):  # that it lags is said all the same
            # Lost before `lags` is written, it is sent twice.
            await calendar.forward(handoff.organizer, meeting.organizer_event, person.as_guest)
    await services.stores.handoffs.change(
        handoff.id, lambda now: outlook.lags(now, at=services.now())
    )


@task(DeclineMeeting)
async def decline_meeting(context: JobContext, do: DeclineMeeting) -> None:
    """The rep sent the lead back: the event leaves the rep's calendar, its organizer is told. Not
    where they have been given it again meanwhile.
    """
    services = Services.of(context)
    calendar = services.outlook.calendar
    handoff = (await services.stores.handoffs.case(do.handoff_id)).handoff
    if handoff.rep == do.person and handoff.state in RESERVING:
        return
    await _undone(context, do, partial(calendar.decline, comment=invitation.SENT_BACK))


@task(MoveMeeting)
async def move_meeting(context: JobContext, do: MoveMeeting) -> None:
    """The meeting is at the time that the rep proposed and the qualifier agreed to. Where it has
    been given to somebody else meanwhile, it goes to that time with them: `change_rep`.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff, meeting = case.handoff, case.handoff.meeting
    if meeting is None or not meeting.moving or meeting.organizer_event is None:
        return
    if handoff.state is State.BOOKING:
        return
    span, zone = meeting.span, case.person(handoff.organizer).zone
    if span.start <= services.now():
        await _not_moved(services, case)
        return
    try:
        await services.outlook.calendar.move(
            handoff.organizer,
            meeting.organizer_event,
            span,
            zone,
            leaves=passing.former_mails(case),
        )
    except (GoneError, NoMailboxError) as error:  # the mailbox of a leaver goes with the account
        if isinstance(error, GoneError):
            await unless_found_again(services, case)
        await services.stores.handoffs.change(
            handoff.id, partial(outlook.cancelled, at=services.now())
        )
        return
    except DeniedError:
        await not_let_in(context, handoff.id)
        await _not_moved(services, case)
        return
    await services.stores.handoffs.change(
        handoff.id, lambda now: proposing.meeting_moved(now, at=services.now(), span=span)
    )


async def _not_moved(services: Services, case: Case) -> None:
    """The meeting is where Outlook has it, and people are told; the rep's time then is held, if
    nothing else is in their day by now.
    """
    rule = partial(proposing.not_moved, at=services.now())
    was = case.handoff.meeting and case.handoff.meeting.was
    try:
        if was:
            await moved_to(services, case, was, rule)
    except TakenError:
        await services.stores.handoffs.change(case.handoff.id, partial(rule, free=False))


@task(CancelMeeting)
async def cancel_meeting(context: JobContext, do: CancelMeeting) -> None:
    """The meeting is cancelled, and Outlook tells everyone invited; once it has begun, nobody is
    told that it will not be. While that waits and it begins soon, the sweep has people told.
    """
    services = Services.of(context)
    calendar = services.outlook.calendar
    if do.begins and do.begins <= services.now():
        if context.job.attempts and await _was_cancelled(services, do):
            known = partial(outlook.told_that_it_is_off, at=services.now(), went=do.begins)
        else:
            known = partial(outlook.not_called_off, at=services.now(), person=do.person)
        await services.stores.handoffs.change(do.handoff_id, known)
        return
    comment = do.words or (invitation.TURNED_DOWN if do.wished else invitation.CANCELLED)
    if await _undone(context, do, partial(calendar.cancel, comment=comment)):
        await services.stores.handoffs.change(
            do.handoff_id, partial(outlook.told_that_it_is_off, at=services.now())
        )


async def _was_cancelled(services: Services, do: CancelMeeting) -> bool:
    """Whether Outlook took the cancellation at an earlier try, of which nothing was written down:
    it has left its organizer's calendar. False also where Outlook cannot say.
    """
    calendar = services.outlook.calendar
    with suppress(GraphError, BusyError):
        try:
            return (await calendar.read(do.person, do.event)).cancelled
        except GoneError:
            return not do.uid or await calendar.find_again(do.person, do.uid) is None
    return False


async def _undone(
    context: JobContext,
    do: DeclineMeeting | CancelMeeting,
    undo: Callable[[str, str], Awaitable[None]],
) -> bool:
    """Whether the meeting is out of the mailbox by now, where it may have come to another id."""
    services = Services.of(context)
    calendar, event = services.outlook.calendar, do.event
    try:
        try:
            await undo(do.person, event)
        except GoneError:
            again = await calendar.find_again(do.person, do.uid) if do.uid else None
            if again and again != event:
                await undo(do.person, again)
    except GoneError:
        return True
    except NoMailboxError:
        if isinstance(do, CancelMeeting):  # it is in the calendar of everyone else who is invited
            await left_to_people(services, do.handoff_id, do.person, Undoing.CANCEL_GONE)
        return False
    except DeniedError:
        await not_let_in(context, do.handoff_id)
        what = Undoing.CANCEL if isinstance(do, CancelMeeting) else Undoing.TAKE_OUT
        await left_to_people(services, do.handoff_id, do.person, what)
        return False
    except ChangedError:
        raise
    except GraphError:
        if not await called_off(services, do.person, event):
            raise
    return True
