"""Time to prepare, in the rep's calendar: booked, moved, or said why not."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog
from procrastinate import JobContext

from cards import invitation
from graph.calendar import AROUND
from graph.errors import BusyError, DeniedError, GoneError, GraphError, NoMailboxError
from handoff import following, prep
from handoff.calendar import Event, taken
from handoff.effects import BookPrep
from handoff.errors import TakenError
from handoff.hours import Span
from handoff.model import Case, Commitment, Meeting
from handoff.policy import Promise
from handoff.times import Availability, time_to_prepare
from jobs.availability import availability
from jobs.services import Services
from jobs.tasks import task
from store.handoffs import Rule

log = structlog.get_logger()

SETTLED = timedelta(minutes=5)  # until when notices of an event tell of its own making
BEFORE = timedelta(days=14)  # before the meeting, no prep is further from it than this


@task(BookPrep)
async def book_prep(context: JobContext, do: BookPrep) -> None:
    """The rep has an event to prepare in, nearest before the meeting; or the card says why not.

    The time is held first. What was decided meanwhile (the meeting moved, the lead went back)
    finds its own job behind this one.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    promise = next(c for c in case.handoff.commitments if c.n == do.n)
    meeting = case.handoff.meeting
    if not promise.open or meeting is None:
        await _undo(services, case, promise)
        return
    if prep.in_calendar(promise):  # it was asked for again while Outlook was away
        return
    try:
        span = promise.span or await _reserve(services, case, promise, meeting)
        if span:
            event = await _book(services, case, promise, span)
            await _booked(services, case, do.n, span, event)
    except GoneError:
        await _none(services, case, do.n, prep.REMOVED)
    except DeniedError:
        await _none(services, case, do.n, prep.DENIED)
    except NoMailboxError:
        await _none(services, case, do.n, prep.NO_MAILBOX)


async def reserve_prep(services: Services, case: Case, around: Sequence[Event]) -> None:
    """Prep that was just promised has the free time nearest before the meeting, if there is any in
    what was just read of the rep's calendar around it. If not, `book_prep` looks further.
    """
    promise, meeting = case.handoff.owed(Promise.PREPARE), case.handoff.meeting
    if not around or promise is None or promise.span or promise.event or meeting is None:
        return
    rep, rules = case.person(promise.who), case.policy.calendar
    known = Span(max(services.now(), meeting.span.start - AROUND), meeting.span.end)
    reserved = await services.stores.lookups.reserved([rep.id], known.start, known.end)
    span = time_to_prepare(
        Availability(
            person=rep.id, hours=rep.hours, busy=(*taken(around, rules), *reserved[rep.id])
        ),
        meeting=meeting.span.start,
        length=timedelta(minutes=promise.minutes or 0),
        at=known.start,
        policy=case.policy,
    )
    if span:
        with suppress(TakenError):
            await _booked(services, case, promise.n, span, None)


async def blocks_reread(services: Services, case: Case) -> None:
    """The card says where the rep's calendar has the time to prepare now, and the next steps."""
    await _prep_reread(services, case)
    for promise in case.handoff.commitments:
        if promise.what is Promise.FOLLOW_UP and promise.open and promise.event and promise.span:
            with suppress(GoneError):  # taken out of the calendar, it is promised all the same
                copy = await services.outlook.calendar.read(promise.who, promise.event)
                rule = partial(following.moved, at=services.now(), n=promise.n, span=copy.span)
                await _moved(services, case, rule)


async def _prep_reread(services: Services, case: Case) -> None:
    promise = case.handoff.owed(Promise.PREPARE)
    if promise is None or promise.event is None:
        return
    calendar, span = services.outlook.calendar, None
    with suppress(GoneError):
        copy = await calendar.read(promise.who, promise.event)
        known = services.now() - promise.made_at < SETTLED or copy.span != promise.span
        there = known or await calendar.holds(promise.who, copy, case.person(promise.who).zone)
        span = copy.span if there else None
    rule = partial(prep.moved, at=services.now(), n=promise.n, span=span)
    await _moved(services, case, rule)


async def _moved(services: Services, case: Case, rule: Rule) -> None:
    try:
        await services.stores.handoffs.change(case.handoff.id, rule)
    except TakenError:  # onto something else that is held: the rep's own affair
        log.info("it lies on something else", handoff=str(case.handoff.id))


async def _reserve(
    services: Services, case: Case, promise: Commitment, meeting: Meeting
) -> Span | None:
    """The free time nearest before the meeting, held for the rep; None when there is none."""
    rep, at = case.person(promise.who), services.now()
    length = timedelta(minutes=promise.minutes or 0)
    start = max(at, meeting.span.start - BEFORE)
    days = (meeting.span.start - start).days
    rules = case.policy.calendar
    read = (
        await availability(services, rep, [rep], start=start, days=days, rules=rules)
        if start < meeting.span.start
        else {}
    )
    if rep.id not in read and start < meeting.span.start:
        await _none(services, case, promise.n, prep.NO_MAILBOX)
        return None
    span = None
    if rep.id in read:
        own = Span(promise.not_before, promise.not_before + length) if promise.not_before else None
        day = read[rep.id]
        for left in (own, meeting.was):  # where Outlook still has this prep, and its meeting
            day = day.without(left, rules) if left else day
        span = time_to_prepare(
            day, meeting=meeting.span.start, length=length, at=start, policy=case.policy
        )
    if span is None:
        await _none(services, case, promise.n, prep.NO_ROOM)
        return None
    try:
        return span if await _booked(services, case, promise.n, span, None) else None
    except TakenError as error:
        raise BusyError("someone took that time; looking again", 0.0) from error


async def _book(services: Services, case: Case, promise: Commitment, span: Span) -> str:
    """The event's id. Raises GoneError when the rep has taken an earlier one out."""
    zone = case.person(promise.who).zone
    if promise.event:
        await services.outlook.calendar.move(promise.who, promise.event, span, zone)
        return promise.event
    lead = case.handoff.lead
    made = await services.outlook.calendar.make_block(
        promise.who,
        handoff=case.handoff.id,
        key=f"{case.handoff.id}-{promise.n}",
        subject=invitation.prep_subject(lead),
        html=invitation.follow_up_text(lead, case.policy, case.handoff.number),
        span=span,
        zone=zone,
    )
    async with services.stores.door.open() as tx:
        await services.stores.subscriptions.mark_read(tx, made.id, made.etag, services.now())
    return made.id


async def _undo(services: Services, case: Case, promise: Commitment) -> None:
    """A worker that died may have booked what is no longer wanted: found by its key, removed."""
    if promise.span is None or promise.event:
        return
    try:
        event = await _book(services, case, promise, promise.span)
        await services.outlook.calendar.remove_block(promise.who, event)
    except GraphError:
        return


async def _booked(services: Services, case: Case, n: int, span: Span, event: str | None) -> bool:
    """Whether the prep still is what was decided."""
    meeting = case.handoff.meeting
    assert meeting
    at = services.now()
    now = await services.stores.handoffs.change(
        case.handoff.id,
        partial(prep.booked, at=at, n=n, meeting=meeting.span, span=span, event=event),
    )
    return any(c.n == n and c.open and c.span == span for c in now.handoff.commitments)


async def _none(services: Services, case: Case, n: int, why: str) -> None:
    """Nothing is said where the meeting is at another time than it was looked for."""
    meeting = case.handoff.meeting
    assert meeting
    none = partial(prep.none_booked, at=services.now(), n=n, meeting=meeting.span, why=why)
    await services.stores.handoffs.change(case.handoff.id, none)
