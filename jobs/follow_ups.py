"""Follow-ups in the rep's calendar: put there and moved. What is needed no more, time to prepare as
well, is taken out. Each may run twice: an event is named by a key, and not made again.
"""

from contextlib import suppress
from datetime import timedelta

from procrastinate import JobContext

from cards import invitation
from graph.errors import BusyError, DeniedError, GoneError, NoMailboxError
from handoff import following
from handoff.effects import BookFollowUp, RemoveBlock
from handoff.errors import TakenError
from handoff.hours import Span
from handoff.model import Case, Commitment, Undoing
from handoff.times import FOLLOW_UP_WINDOW, first_free
from jobs.availability import availability
from jobs.closed_mailboxes import left_to_people, not_let_in
from jobs.services import Services
from jobs.tasks import task


@task(BookFollowUp)
async def book_follow_up(context: JobContext, do: BookFollowUp) -> None:
    """A real event in the rep's calendar, in the first free working time from the one asked for.
    One that had to make way is moved to the first from where it was.

    The time is held first, so that two follow-ups at once do not take the same.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    promise = next(c for c in case.handoff.commitments if c.n == do.n)
    if not promise.open:
        await _undo_follow_up(services, case, promise)
        return
    if following.in_calendar(promise):
        return
    try:
        span, event = await _put(services, case, promise)
    except DeniedError:
        await not_let_in(context, do.handoff_id)  # the clock asks again, and says that it waits
        return
    await services.stores.handoffs.change(
        case.handoff.id,
        lambda now: following.follow_up_booked(
            now, at=services.now(), n=do.n, span=span, event=event
        ),
    )


async def _put(services: Services, case: Case, promise: Commitment) -> tuple[Span, str]:
    """Where it is now, and its event there."""
    rep = case.person(promise.who)
    span = promise.span
    if span is None or span.start <= services.now():  # nothing is put where the day is over
        assert promise.not_before
        assert promise.minutes
        earliest = max(promise.not_before, services.now())
        days = await availability(
            services,
            rep,
            [rep],
            start=earliest,
            days=FOLLOW_UP_WINDOW.days,
            rules=case.policy.calendar,
        )
        length = timedelta(minutes=promise.minutes)
        own = Span(promise.not_before, promise.not_before + length)
        day = days[rep.id].without(own, case.policy.calendar) if promise.event else days[rep.id]
        span = first_free(day, not_before=earliest, minutes=promise.minutes)
        if span is None:
            start = rep.hours.next_at_work(earliest)
            span = Span(start, start + length)
        await _reserve(services, case, promise.n, span)
    return span, await _follow_up(services, case, promise, span)


async def _follow_up(services: Services, case: Case, promise: Commitment, span: Span) -> str:
    """The event's id. One that the rep has taken out of their calendar is not made again: what was
    promised stays, and so does the time that it has.
    """
    rep, lead = case.person(promise.who), case.handoff.lead
    if promise.event:
        with suppress(GoneError):
            await services.outlook.calendar.move(rep.id, promise.event, span, rep.zone)
        return promise.event
    made = await services.outlook.calendar.make_block(
        rep.id,
        handoff=case.handoff.id,
        key=f"{case.handoff.id}-{promise.n}",
        subject=invitation.follow_up_subject(lead, promise.kind or ""),
        html=invitation.follow_up_text(lead, case.policy, case.handoff.number),
        span=span,
        zone=rep.zone,
    )
    if made.span != span:  # made by an earlier try, for a time that was over before it was known
        await services.outlook.calendar.move(rep.id, made.id, span, rep.zone)
    return made.id


async def _undo_follow_up(services: Services, case: Case, promise: Commitment) -> None:
    """It was over before anybody knew that Outlook had made its event."""
    if promise.span is None or promise.event:
        return
    with suppress(GoneError, DeniedError, NoMailboxError):
        event = await _follow_up(services, case, promise, promise.span)  # under its key: that one
        await services.outlook.calendar.remove_block(promise.who, event)


async def _reserve(services: Services, case: Case, n: int, span: Span) -> None:
    try:
        await services.stores.handoffs.change(
            case.handoff.id,
            lambda now: following.follow_up_booked(
                now, at=services.now(), n=n, span=span, event=None
            ),
        )
    except TakenError as error:
        raise BusyError("someone took that time; looking again", 0.0) from error


@task(RemoveBlock)
async def remove_block(context: JobContext, do: RemoveBlock) -> None:
    """A follow-up or prep that is no longer needed leaves the rep's calendar."""
    services = Services.of(context)
    try:
        await services.outlook.calendar.remove_block(do.person, do.event)
    except (GoneError, NoMailboxError):
        return
    except DeniedError:
        await not_let_in(context, do.handoff_id)
        await left_to_people(services, do.handoff_id, do.person, Undoing.TAKE_OUT)
