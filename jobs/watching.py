"""Who watches each mailbox: subscriptions made, renewed and recovered, and a poll for what no
notification told.

https://learn.microsoft.com/graph/change-notifications-overview
Everything a minute has to do is chosen by one statement and done at a steady pace, each mailbox
at moments of its own, so that ten thousand of them make no crowd.
"""

from datetime import datetime, timedelta

import structlog
from procrastinate import Blueprint, JobContext

from graph.errors import BusyError, DeniedError, GoneError, GraphError, NoMailboxError
from handoff import slots
from jobs.rate_limiter import RateLimiter
from jobs.retry import Patient
from jobs.services import Services
from store.subscriptions import READS, Subscription

log = structlog.get_logger()

tasks = Blueprint()

LIFE = timedelta(days=6)  # Graph allows just under seven days
DAY = timedelta(days=1)
MOST_RENEWED, MOST_POLLED = 300, 250  # in one minute, so that a run is over before the next
FIRST_TRY, LAST_TRY = timedelta(hours=1), timedelta(days=1)  # between tries that cannot succeed
CLOSED = {
    DeniedError: "Baton may not read this mailbox",
    NoMailboxError: "there is no mailbox that Outlook can read",
}


@tasks.periodic(cron="* * * * *")
@tasks.task(name="subscribe", queueing_lock="subscribe", lock="subscribe", pass_context=True)
async def subscribe(context: JobContext, timestamp: int = 0) -> None:
    """Each mailbox in use has its subscriptions, renewed at half their life, and is read again as
    often as the policy says.

    A mailbox that cannot be watched stops no other; while Graph is busy the rest waits a minute.
    """
    services = Services.of(context)
    now, limiter = services.now(), RateLimiter()
    await services.subscriptions.begin()
    for known in await services.subscriptions.to_renew(now, MOST_RENEWED):
        await limiter.acquire()
        try:
            await _subscribe(services, known)
        except BusyError as error:
            log.warning("watching waits", why=str(error))
            break
        except GraphError as error:
            await _failed(services, known, error)
    policy = await services.policies.current()
    for known in await services.subscriptions.to_poll(now, blind=policy.blind, most=MOST_POLLED):
        await limiter.acquire()
        every = policy.poll
        await services.subscriptions.polling(
            known.mailbox,
            known.kind,
            at=now,
            next_at=slots.after(f"poll {known.mailbox} {known.kind}", now, every),
        )
        job = READS[known.kind]
        await services.queue.put(job, once=f"{job} {known.mailbox}", mailbox=known.mailbox)


@tasks.task(name="renew", retry=Patient(), pass_context=True)
async def renew(context: JobContext, mailbox: str, kind: str) -> None:
    """Graph wants the subscription authorised anew; renewing does that."""
    services = Services.of(context)
    if known := await services.subscriptions.of(mailbox, kind):
        await _subscribe(services, known)


@tasks.task(name="resync", queueing_lock="resync", retry=Patient(), pass_context=True)
async def resync(context: JobContext) -> None:
    """Nobody listened for a while, and Graph does not repeat for ever: every mailbox is read."""
    services = Services.of(context)
    await services.subscriptions.doubt(services.now())
    await services.queue.put("subscribe", once="subscribe")


async def _subscribe(services: Services, known: Subscription) -> None:
    mailbox, kind, now = known.mailbox, known.kind, services.now()
    if known.id:
        try:
            end = await services.subscribing.renew(known.id, now + LIFE)
        except GoneError:
            # Whatever happened while nobody was watching is found by the poll that is due now.
            await services.subscriptions.lost(mailbox, kind, now)
        else:
            await _alive(services, known, known.id, end)
            return
    id, end = await services.subscribing.subscribe(
        mailbox,
        kind,
        url=services.notification_url,
        client_state=known.client_state,
        until=now + LIFE,
    )
    await _alive(services, known, id, end)


async def _alive(services: Services, known: Subscription, id: str, end: datetime) -> None:
    """It lives until *end* and is renewed at the mailbox's own second of the third day, or at
    half its life where Graph gave less.
    """
    now = services.now()
    own = slots.after(f"renew {known.mailbox} {known.kind}", now + LIFE / 2 - DAY, DAY)
    await services.subscriptions.alive(
        known.mailbox, known.kind, id=id, expires_at=end, renew_at=min(own, now + (end - now) / 2)
    )


async def _failed(services: Services, known: Subscription, error: GraphError) -> None:
    wait = min(FIRST_TRY * 2 ** min(known.tries, 10), LAST_TRY)
    log.warning("not watched", mailbox=known.mailbox, kind=known.kind, why=str(error))
    await services.subscriptions.failed(
        known.mailbox,
        known.kind,
        why=CLOSED.get(type(error), "Outlook refused to watch this mailbox"),
        closed=type(error) in CLOSED,
        try_at=services.now() + wait,
    )
