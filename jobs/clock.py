"""The clock: a sweep looks for alarms that are due, and rings each by itself.

A deadline is a column; there is no alarm to keep, cancel or lose. An answer that came first has
taken the alarm away, so the ring finds nothing to do.
"""

from datetime import datetime, timedelta
from functools import partial

import structlog
from procrastinate import JobContext

from handoff import handing_over, outage
from handoff.deadlines import deadline
from handoff.effects import ExcuseOutage, Look, Ring, RouteAgain, Show, Sweep
from jobs.services import Services
from jobs.tasks import task
from store.stores import Stores

log = structlog.get_logger()

LOOK_AHEAD = timedelta(minutes=5)  # before someone is late, in which Outlook is asked once more
FRESH = timedelta(minutes=10)  # what Outlook said within this need not be asked again
OUTAGE = timedelta(minutes=10)  # without a sweep, of which nobody is to blame
IDS = "handoff_ids"
TOGETHER = 25  # handoffs rung by one job


@task(Sweep, cron="* * * * *")
async def sweep(context: JobContext, do: Sweep) -> None:
    """Once a minute: a ring for each handoff with an alarm due, a card for each that has waited.

    What failed for good is set aside: it is not rung again before somebody says `retry`.
    """
    services = Services.of(context)
    now, stores = services.now(), services.stores
    await _ring_what_is_due(stores, now)
    async with stores.door.open() as tx:
        for id in await stores.routing.waiting(now):
            if await stores.routing.looks_again(tx, id, now):
                tx.follow(RouteAgain(id))
        for id, person in await stores.conversations.postponed(now):
            await stores.conversations.release(tx, id, person)
            tx.follow(Show(person, id, alert=True))
    # Nobody is called late for an answer that Outlook has: it is asked shortly before.
    nearly = await stores.lookups.nearly_late(now, LOOK_AHEAD, FRESH)
    async with stores.door.open() as tx:
        tx.follow(*map(Look, nearly))
        await stores.beats.beat(tx, Sweep.name, now)


async def _ring_what_is_due(stores: Stores, now: datetime) -> None:
    """After an outage nothing rings at once: its time is excused, and Outlook looked at."""
    silence = await stores.beats.silence(Sweep.name)
    queue = stores.queue
    known = await queue.known(Ring.name, IDS) | await queue.known(ExcuseOutage.name, IDS)
    due = [id for id in await stores.lookups.overdue(now) if str(id) not in known]
    parts = [tuple(due[first : first + TOGETHER]) for first in range(0, len(due), TOGETHER)]
    if silence < OUTAGE:
        await stores.door.follow(*map(Ring, parts))
        return
    log.warning("no sweep ran", minutes=silence // timedelta(minutes=1), due=len(due))
    unanswered = await stores.lookups.unanswered(due)
    await stores.door.follow(
        *(ExcuseOutage(part, since=now - silence, until=now) for part in parts),
        *map(Look, unanswered),
    )


@task(Ring)
async def ring(context: JobContext, do: Ring) -> None:
    """Whatever is due in each of these handoffs, all of them together.

    One that cannot be rung stops no other for long: then each gets a job of its own, and that one
    fails in its own name.
    """
    services = Services.of(context)
    try:
        await services.stores.handoffs.change_all(
            do.handoff_ids, partial(deadline, at=services.now())
        )
    except Exception:
        # Whatever it is, it is one handoff's alone; alone, it is raised, and set aside.
        if len(do.handoff_ids) == 1:
            log.exception("cannot be rung", handoff=str(do.handoff_ids[0]), see="doctor")
            raise
        await services.stores.door.follow(*(Ring((id,)) for id in do.handoff_ids))


@task(ExcuseOutage)
async def excuse_outage(context: JobContext, do: ExcuseOutage) -> None:
    """What fell due in these handoffs while no sweep ran has the time that was left then."""
    excuse = partial(outage.excuse, since=do.since, at=do.until)
    await Services.of(context).stores.handoffs.change_all(do.handoff_ids, excuse)


@task(RouteAgain)
async def route_again(context: JobContext, do: RouteAgain) -> None:
    """Whoever is free now is looked for, or the lead goes where the policy says."""
    services = Services.of(context)
    await services.stores.handoffs.change(
        do.handoff_id, partial(handing_over.look_again, at=services.now())
    )
