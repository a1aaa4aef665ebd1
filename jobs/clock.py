"""The clock: a sweep looks for alarms that are due, and rings each by itself.

A deadline is a column; there is no alarm to keep, cancel or lose. An answer that came first has
taken the alarm away, so the ring finds nothing to do.
"""

from datetime import timedelta
from functools import partial

from procrastinate import JobContext

from handoff import handing_over
from handoff.deadlines import deadline
from handoff.effects import Look, Ring, Show, Sweep
from jobs.services import Services
from jobs.tasks import task

LOOK_AHEAD = timedelta(minutes=5)  # before someone is late, in which Outlook is asked once more
FRESH = timedelta(minutes=10)  # what Outlook said within this need not be asked again
TOGETHER = 25  # handoffs rung by one job


@task(Sweep, cron="* * * * *")
async def sweep(context: JobContext, do: Sweep) -> None:
    """Once a minute: a ring for each handoff with an alarm due, a card for each that has waited."""
    services = Services.of(context)
    now = services.now()
    stores = services.stores
    waiting = await stores.queue.waiting(Ring.name, "handoff_ids")
    overdue = [id for id in await stores.lookups.overdue(now) if str(id) not in waiting]
    await stores.door.follow(
        *(
            Ring(tuple(overdue[first : first + TOGETHER]))
            for first in range(0, len(overdue), TOGETHER)
        )
    )
    for id in await stores.routing.waiting(now):
        async with stores.door.open() as tx:
            if await stores.routing.looks_again(tx, id, now):
                await stores.handoffs.change_in(tx, id, partial(handing_over.look_again, at=now))
    for id, person in await stores.conversations.postponed(now):
        async with stores.door.open() as tx:
            await stores.conversations.release(tx, id, person)
            tx.follow(Show(person, id, alert=True))
    # Nobody is called late for an answer that Outlook has: it is asked shortly before.
    nearly = await stores.lookups.nearly_late(now, LOOK_AHEAD, FRESH)
    async with stores.door.open() as tx:
        tx.follow(*map(Look, nearly))
        await stores.beats.beat(tx, Sweep.name, now)


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
        # Whatever it is, it is one handoff's alone; alone, it is raised and logged.
        if len(do.handoff_ids) == 1:
            raise
        await services.stores.door.follow(*(Ring((id,)) for id in do.handoff_ids))
