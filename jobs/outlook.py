"""What Outlook tells us: notifications are hints, a poll finds what no hint told.

https://learn.microsoft.com/graph/change-notifications-overview
"""

import secrets
from datetime import timedelta

import structlog
from procrastinate import Blueprint, JobContext

from graph.calendar import Seen
from graph.errors import (
    BusyError,
    DeniedError,
    GoneError,
    GraphError,
    NoMailboxError,
    ResyncError,
)
from handoff import rules
from handoff.hours import Span
from handoff.model import Case
from handoff.policy import Promise
from jobs.attendance import prospect_said
from jobs.meetings import outlook_said
from jobs.prep import prep_looked_at
from jobs.retry import Patient
from jobs.services import Services
from store.subscriptions import Subscription

log = structlog.get_logger()

tasks = Blueprint()

LIFE = timedelta(days=6)  # Graph allows just under seven days for events
RENEW = LIFE / 2  # left: renewed at half-life
POLL_EVERY = timedelta(minutes=15)
BACK, AHEAD = timedelta(days=1), timedelta(days=70)  # the window that a poll covers
WINDOW_LEFT = timedelta(days=35)  # a window is begun anew when less than this is left of it


@tasks.task(name="look", retry=Patient(), pass_context=True)
async def look(context: JobContext, event: str) -> None:
    """Every handoff with this event is as Outlook says it is."""
    services = Services.of(context)
    for id in await services.handoffs.with_event(event):
        case = await services.handoffs.case(id)
        if await prep_looked_at(services, case, event):
            continue
        await _look(services, case)
        if case.handoff.meeting and case.handoff.meeting.organizer_event == event:
            await prospect_said(services, case)


async def _look(services: Services, case: Case) -> None:
    """The rep's own copy decides. Where it is gone, the organizer's event tells why."""
    handoff, meeting = case.handoff, case.handoff.meeting
    if not (handoff.rep and meeting and meeting.rep_event and meeting.organizer_event):
        return
    try:
        seen = await services.calendar.read(handoff.rep, meeting.rep_event)
        if not seen.cancelled:
            await outlook_said(services, handoff.id, seen)
            return
    except GoneError:
        seen = None
    try:
        told = await services.calendar.answer_of(
            handoff.qualifier, meeting.organizer_event, case.person(handoff.rep).mail
        )
    except GoneError:
        told = None
    if told is None or told.cancelled:
        await services.handoffs.change(
            handoff.id, lambda now: rules.cancelled_in_outlook(now, at=services.now())
        )
    elif told.response == "declined":
        await outlook_said(services, handoff.id, told)
    else:
        await services.handoffs.change(
            handoff.id, lambda now: rules.invite_gone(now, at=services.now(), clicked=False)
        )


@tasks.periodic(cron="* * * * *")
@tasks.task(name="subscribe", queueing_lock="subscribe", lock="subscribe", pass_context=True)
async def subscribe(context: JobContext, timestamp: int = 0) -> None:
    """Each mailbox with an open meeting has a subscription, renewed at half its life.

    A mailbox that cannot be watched stops no other.
    """
    services = Services.of(context)
    now = services.now()
    for mailbox in await services.handoffs.mailboxes():
        known = await services.subscriptions.of(mailbox, secrets.token_urlsafe(32))
        if known.expires_at and known.expires_at - now > RENEW:
            continue
        try:
            await _subscribe(services, known)
        except (GraphError, BusyError) as error:  # the next minute tries again
            log.warning("not watched", mailbox=mailbox, why=str(error))
    await services.queue.put("poll_all", once="poll_all")


async def _subscribe(services: Services, known: Subscription) -> None:
    until = services.now() + LIFE
    if known.id:
        try:
            end = await services.subscribing.renew(known.id, until)
        except GoneError:
            await services.subscriptions.lost(known.mailbox)
        else:
            await services.subscriptions.alive(known.mailbox, known.id, end)
            return
    id, end = await services.subscribing.subscribe(
        known.mailbox,
        url=services.notification_url,
        client_state=known.client_state,
        until=until,
    )
    await services.subscriptions.alive(known.mailbox, id, end)
    # Whatever happened while nobody was watching is found by a poll.
    await services.queue.put("poll", once=f"poll {known.mailbox}", mailbox=known.mailbox)


@tasks.task(name="renew", retry=Patient(), pass_context=True)
async def renew(context: JobContext, mailbox: str) -> None:
    """Graph wants the subscription authorised anew; renewing does that."""
    services = Services.of(context)
    await _subscribe(services, await services.subscriptions.of(mailbox, secrets.token_urlsafe(32)))


@tasks.task(name="poll_all", queueing_lock="poll_all", pass_context=True)
async def poll_all(context: JobContext) -> None:
    """A poll for each mailbox in use that has not been read for a while."""
    services = Services.of(context)
    now = services.now()
    for mailbox in await services.handoffs.mailboxes():
        known = await services.subscriptions.of(mailbox, secrets.token_urlsafe(32))
        if known.polled_at is None or now - known.polled_at >= POLL_EVERY:
            await services.queue.put("poll", once=f"poll {mailbox}", mailbox=mailbox)


@tasks.task(name="poll", retry=Patient(), pass_context=True)
async def poll(context: JobContext, mailbox: str) -> None:
    """What changed in a mailbox since the last poll is looked at, notified or not."""
    services = Services.of(context)
    now = services.now()
    known = await services.subscriptions.of(mailbox, secrets.token_urlsafe(32))
    link, until = known.delta, known.delta_until
    if until is None or until - now < WINDOW_LEFT:
        link, until = None, now + AHEAD
    window = Span(now - BACK, until)
    try:
        changed, link = await services.calendar.changes(mailbox, link, window)
    except ResyncError:
        until = now + AHEAD
        changed, link = await services.calendar.changes(mailbox, None, Span(now - BACK, until))
    except (DeniedError, NoMailboxError) as error:
        log.warning("not polled", mailbox=mailbox, why=str(error))
        await services.subscriptions.polled(mailbox, now, None, None)
        return
    for id in await services.handoffs.in_mailbox(mailbox):
        case = await services.handoffs.case(id)
        if _concerns(case, mailbox, changed, whole=known.delta is None):
            await _look(services, case)
            if mailbox == case.handoff.qualifier and known.polled_at:
                await prospect_said(services, case)
        prep = case.handoff.owed(Promise.PREPARE, mailbox)
        if prep and prep.event in changed:
            await prep_looked_at(services, case, prep.event)
    if await services.handoffs.owing(mailbox, Promise.REPLY, by=now - POLL_EVERY):
        await services.queue.put(
            "read_sent_mail",
            lock=f"sent mail {mailbox}",
            once=f"sent mail {mailbox}",
            mailbox=mailbox,
        )
    await services.subscriptions.polled(mailbox, now, link, until)


def _concerns(case: Case, mailbox: str, changed: dict[str, Seen | None], *, whole: bool) -> bool:
    """Whether what changed is about this handoff; a whole round also tells by leaving it out."""
    meeting = case.handoff.meeting
    if meeting is None:
        return False
    mine = meeting.rep_event if mailbox == case.handoff.rep else meeting.organizer_event
    return mine is not None and (mine in changed or whole)
