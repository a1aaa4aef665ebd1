"""Who watches each mailbox: subscriptions made, renewed and recovered, and a poll for what no
notification told.

https://learn.microsoft.com/graph/change-notifications-overview
Everything a minute has to do is chosen by one statement and done at a steady pace, each mailbox
at moments of its own, so that ten thousand of them make no crowd.
"""

from datetime import datetime, timedelta

import structlog
from procrastinate import JobContext

from graph.errors import (
    BusyError,
    DeniedError,
    GoneError,
    GraphError,
    NoMailboxError,
    UnsupportedError,
)
from handoff import slots
from handoff.effects import Renew, Resync, Subscribe
from jobs.absences import SILENT
from jobs.rate_limiter import rate_limiter
from jobs.services import Services
from jobs.tasks import task
from store.subscriptions import READS, Subscription

log = structlog.get_logger()

LIFE = timedelta(days=6)  # Graph allows just under seven days
DAY = timedelta(days=1)
MOST_RENEWED, MOST_POLLED = 300, 250  # in one minute, so that a run is over before the next
MOMENTS = 12  # in the time between two polls of a mailbox, so that many are read in one request
SOON = timedelta(minutes=1)  # until a mailbox that did not answer is tried again, at first
FIRST_TRY, LAST_TRY = timedelta(hours=1), timedelta(days=1)  # between tries that cannot succeed
IN_A_ROW = 5  # mailboxes that do not answer: then it is not the mailbox
CLOSED = {
    DeniedError: "Baton may not read this mailbox",
    NoMailboxError: "there is no mailbox that Outlook can read",
}
NOT_TAKEN = "Graph does not take what Baton asks"
WHY = CLOSED | {BusyError: SILENT, UnsupportedError: NOT_TAKEN}


@task(Subscribe, cron="* * * * *")
async def subscribe(context: JobContext, do: Subscribe) -> None:
    """Each mailbox in use has its subscriptions, renewed at half their life, and is read again as
    often as the policy says.

    A mailbox that cannot be watched, or does not answer, stops no other; it waits by itself. While
    Graph throttles, or several in a row do not answer, the rest waits a minute.
    """
    services = Services.of(context)
    now, limiter = services.now(), rate_limiter()
    async with services.stores.door.open() as tx:
        await services.stores.subscriptions.begin(tx)
    silent = 0
    for known in await services.stores.subscriptions.to_renew(now, MOST_RENEWED):
        await limiter.acquire()
        try:
            await _subscribe(services, known)
        except BusyError as error:
            silent += 1
            if not error.throttled:
                await _failed(services, known, error)
            if error.throttled or silent == IN_A_ROW:
                log.warning("watching waits", why=str(error))
                break
            continue
        except GraphError as error:
            await _failed(services, known, error)
        silent = 0
    policy = await services.stores.policies.current()
    due = await services.stores.subscriptions.to_poll(now, blind=policy.blind, most=MOST_POLLED)
    for kind, reads in READS.items():
        for read in reads.of([known.mailbox for known in due if known.kind == kind]):
            await limiter.acquire()
            async with services.stores.door.open() as tx:
                for mailbox in read.mailboxes:
                    await services.stores.subscriptions.polling(
                        tx,
                        mailbox,
                        kind,
                        at=now,
                        next_at=slots.after(f"poll {mailbox} {kind}", now, policy.poll, MOMENTS),
                    )
                tx.follow(read)


@task(Renew)
async def renew(context: JobContext, do: Renew) -> None:
    """Graph wants the subscription authorised anew; renewing does that."""
    services = Services.of(context)
    if known := await services.stores.subscriptions.of(do.mailbox, do.kind):
        await _subscribe(services, known)


@task(Resync)
async def resync(context: JobContext, do: Resync) -> None:
    """Nobody listened for a while, and Graph does not repeat for ever: every mailbox is read."""
    services = Services.of(context)
    async with services.stores.door.open() as tx:
        await services.stores.subscriptions.doubt(tx, services.now())
        tx.follow(Subscribe())


async def _subscribe(services: Services, known: Subscription) -> None:
    mailbox, kind, now = known.mailbox, known.kind, services.now()
    if known.id:
        try:
            end = await services.outlook.subscribing.renew(known.id, now + LIFE)
        except GoneError:
            # Whatever happened while nobody was watching is found by the poll that is due now.
            async with services.stores.door.open() as tx:
                await services.stores.subscriptions.lost(tx, mailbox, kind, now)
        else:
            await _alive(services, known, known.id, end)
            return
    id, end = await services.outlook.subscribing.subscribe(
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
    async with services.stores.door.open() as tx:
        await services.stores.subscriptions.alive(
            tx,
            known.mailbox,
            known.kind,
            id=id,
            expires_at=end,
            renew_at=min(own, now + (end - now) / 2),
        )


async def _failed(services: Services, known: Subscription, error: GraphError | BusyError) -> None:
    first, last = (SOON, FIRST_TRY) if isinstance(error, BusyError) else (FIRST_TRY, LAST_TRY)
    wait = min(first * 2 ** min(known.tries, 10), last)
    log.warning("not watched", mailbox=known.mailbox, kind=known.kind, why=str(error))
    async with services.stores.door.open() as tx:
        await services.stores.subscriptions.failed(
            tx,
            known.mailbox,
            known.kind,
            why=WHY.get(type(error), "Outlook refused to watch this mailbox"),
            closed=type(error) in CLOSED,
            try_at=services.now() + wait,
        )
