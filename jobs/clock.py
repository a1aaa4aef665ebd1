"""The clock: a sweep looks for alarms that are due, and rings each by itself.

A deadline is a column; there is no alarm to keep, cancel or lose. An answer that came first has
taken the alarm away, so the ring finds nothing to do.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from procrastinate import JobContext

from graph.errors import BusyError, SignInError
from handoff import handing_over, outage, outlook
from handoff.deadlines import deadline
from handoff.effects import (
    AskToTell,
    CloseCard,
    Effect,
    ExcuseOutage,
    Look,
    MailInstead,
    Ring,
    RingPledges,
    RouteAgain,
    Show,
    Sweep,
)
from handoff.model import Case, Decision
from jobs import reaching
from jobs.services import Services
from jobs.tasks import task
from store.handoffs import Rule
from store.stores import Stores

log = structlog.get_logger()

LOOK_AHEAD = timedelta(minutes=5)  # before someone is late, in which Outlook is asked once more
FRESH = timedelta(minutes=10)  # what Outlook said within this need not be asked again
OUTAGE = timedelta(minutes=10)  # without a sweep, of which nobody is to blame
IDS = "handoff_ids"
PLEDGES = "pledges"
TOGETHER = 25  # handoffs rung by one job


@task(Sweep, cron="* * * * *")
async def sweep(context: JobContext, do: Sweep) -> None:
    """Once a minute: a ring for each handoff with an alarm due, a card for each that has waited,
    and what was held back while a form was open that nobody has sent; who is to tell a prospect
    that a meeting is off, of which Outlook cannot be told; and whom a mail is to tell what Teams
    does not bring.

    While Entra refuses the app nobody can be told of anything, so nothing is held against anybody.
    What failed for good is set aside: it is not rung again before somebody says `retry`.
    """
    services = Services.of(context)
    now, stores = services.now(), services.stores
    if why := await _why_nobody_can_be_told(services):
        # No beat: the time until somebody can be told is an outage, and nobody's.
        log.error("deadlines wait", why=why, see="doctor")
        return
    await _ring_what_is_due(stores, now)
    async with stores.door.open() as tx:
        for id in await stores.routing.waiting(now):
            if await stores.routing.looks_again(tx, id, now):
                tx.follow(RouteAgain(id))
        tx.follow(*await _to_be_told(stores, now))
        for id, person in await stores.conversations.postponed(now):
            await stores.conversations.release(tx, id, person)
            tx.follow(Show(person, id, alert=True))
        for id, person, message, live in await stores.conversations.left_open(tx, now):
            tx.follow(Show(person, id))
            if message != live:
                tx.follow(CloseCard(person, id, message))
    # Also where Teams asks for an hour, and nothing is tried that could tell.
    untold = await stores.queue.untold(now - reaching.PATIENCE, now)
    # Nobody is called late for an answer that Outlook has: it is asked shortly before.
    nearly = await stores.lookups.nearly_late(now, LOOK_AHEAD, FRESH)
    async with stores.door.open() as tx:
        tx.follow(*map(Look, nearly), *map(MailInstead, untold))
        await stores.beats.beat(tx, Sweep.name, now)


async def _to_be_told(stores: Stores, now: datetime) -> list[AskToTell]:
    """Of meetings that are off, and begin before somebody else could be found for anything."""
    waiting = await stores.queue.not_called_off(now)
    soon = (await stores.policies.current()).reassign if waiting else timedelta()
    return [AskToTell(*one) for one in waiting if one[-1] <= now + soon]


async def _why_nobody_can_be_told(services: Services) -> str | None:
    """Whether Entra gives no token for Teams or Outlook, which is asked only when one has ended."""
    try:
        await services.bot_token()
        await services.graph_token()
    except (BusyError, SignInError) as error:
        return str(error)
    return None


async def _ring_what_is_due(stores: Stores, now: datetime) -> None:
    """After an outage nothing rings at once: its time is excused, and Outlook looked at."""
    silence = await stores.beats.silence(Sweep.name)
    queue = stores.queue
    known = await queue.known(Ring.name, IDS) | await queue.known(ExcuseOutage.name, IDS)
    due = [id for id in await stores.lookups.overdue(now) if str(id) not in known]
    parts = [tuple(due[first : first + TOGETHER]) for first in range(0, len(due), TOGETHER)]
    rung = await queue.known(RingPledges.name, PLEDGES)
    pledges = [id for id in await stores.pledges.due(now) if str(id) not in rung]
    if silence < OUTAGE:
        await stores.door.follow(*map(Ring, parts), *(RingPledges((id,)) for id in pledges))
        return
    log.warning("no sweep ran", minutes=silence // timedelta(minutes=1), due=len(due))
    unanswered = await stores.lookups.unanswered(due)
    await stores.door.follow(
        *(ExcuseOutage(part, since=now - silence, until=now) for part in parts),
        *map(Look, unanswered),
        *(RingPledges((id,), now - silence, now) for id in pledges),
    )


async def all_rung(stores: Stores, by: datetime) -> bool:
    """Whether nothing that was due *by* then has yet to ring, but for what failed for good."""
    queue = stores.queue
    for job, argument, due in (
        (Ring, IDS, await stores.lookups.overdue(by)),
        (RingPledges, PLEDGES, await stores.pledges.due(by)),
    ):
        if {str(id) for id in due} - await queue.failed(job.name, argument):
            return False
    return True


@task(Ring)
async def ring(context: JobContext, do: Ring) -> None:
    """Whatever is due in each of these handoffs, all of them together."""
    services = Services.of(context)
    tried = await services.stores.queue.tried(do.handoff_ids)

    def rule(case: Case) -> Decision | None:
        return deadline(case, at=services.now(), tried=tried.get(case.handoff.id))

    await _together(services.stores, do.handoff_ids, rule, lambda id: Ring((id,)))


@task(ExcuseOutage)
async def excuse_outage(context: JobContext, do: ExcuseOutage) -> None:
    """What fell due in these handoffs while no sweep ran has the time that was left then."""
    rule = partial(outage.excuse, since=do.since, at=do.until)
    await _together(
        Services.of(context).stores,
        do.handoff_ids,
        rule,
        lambda id: replace(do, handoff_ids=(id,)),
    )


async def _together(
    stores: Stores, ids: Sequence[UUID], rule: Rule, alone: Callable[[UUID], Effect]
) -> None:
    """*rule* is applied to all of them in one transaction.

    One that cannot be read or changed stops no other for long: then each gets a job of its own,
    and that one fails in its own name, and is set aside.
    """
    try:
        await stores.handoffs.change_all(ids, rule)
    except (
        Exception
    ):  # a rule met one of a thousand handoffs that it cannot ring, and all are undone
        if len(ids) == 1:
            log.exception("set aside", handoff=str(ids[0]), see="doctor")
            raise
        await stores.door.follow(*map(alone, ids))


@task(AskToTell)
async def ask_to_tell(context: JobContext, do: AskToTell) -> None:
    """Qualifier and rep read that the prospect has not heard that it is off, if it begins so soon
    that somebody has to tell them.
    """
    services = Services.of(context)
    waits = partial(
        outlook.not_called_off_yet, at=services.now(), person=do.person, begins=do.begins
    )
    await services.stores.handoffs.change(do.handoff_id, waits)


@task(RouteAgain)
async def route_again(context: JobContext, do: RouteAgain) -> None:
    """Whoever is free now is looked for, or the lead goes where the policy says."""
    services = Services.of(context)
    await services.stores.handoffs.change(
        do.handoff_id, partial(handing_over.look_again, at=services.now())
    )
