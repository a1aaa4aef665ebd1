"""The clock: a sweep looks for alarms that are due, and rings each by itself.

A deadline is a column; there is no alarm to keep, cancel or lose. An answer that came first has
taken the alarm away, so the ring finds nothing to do.
"""

from datetime import timedelta
from functools import partial
from uuid import UUID

from procrastinate import Blueprint, JobContext

from handoff import handing_over
from handoff.deadlines import deadline
from jobs.retry import Patient
from jobs.services import Services

tasks = Blueprint()

LOOK_AHEAD = timedelta(minutes=5)  # before someone is late, in which Outlook is asked once more
FRESH = timedelta(minutes=10)  # what Outlook said within this need not be asked again
TOGETHER = 25  # handoffs rung by one job
CLOCK = "clock"  # a queue of its own, so that a worker can be given to deadlines alone


@tasks.periodic(cron="* * * * *")
@tasks.task(name="sweep", queue=CLOCK, queueing_lock="sweep", lock="sweep", pass_context=True)
async def sweep(context: JobContext, timestamp: int = 0) -> None:
    """Once a minute: a ring for each handoff with an alarm due, a card for each that has waited."""
    services = Services.of(context)
    now = services.now()
    overdue = await services.handoffs.overdue(now)
    await services.queue.put_each(
        "ring", each="handoff_ids", values=[str(id) for id in overdue], at_once=TOGETHER
    )
    for id in await services.routing.waiting(now):
        await services.handoffs.change(id, partial(handing_over.look_again, at=now))
    for id, person in await services.conversations.postponed(now):
        await services.conversations.release(id, person)
        await services.queue.put(
            "show", lock=f"show {person}", handoff_id=str(id), person=person, alert=True
        )
    # Nobody is called late for an answer that Outlook has: it is asked shortly before.
    nearly = await services.handoffs.nearly_late(now, LOOK_AHEAD, FRESH)
    await services.queue.put_for("look", each="handoff_id", values=[str(id) for id in nearly])
    await services.handoffs.beat("sweep", now)


@tasks.task(name="ring", queue=CLOCK, retry=Patient(), pass_context=True)
async def ring(context: JobContext, handoff_ids: list[str]) -> None:
    """Whatever is due in each of these handoffs, all of them together.

    One that cannot be rung stops no other for long: then each gets a job of its own, and that one
    fails in its own name.
    """
    services = Services.of(context)
    ids = [UUID(id) for id in handoff_ids]
    try:
        await services.handoffs.change_all(ids, partial(deadline, at=services.now()))
    except Exception:
        # Whatever it is, it is one handoff's alone; alone, it is raised and logged.
        if len(handoff_ids) == 1:
            raise
        for id in handoff_ids:
            await services.queue.put("ring", handoff_ids=[id])
