"""The clock: a sweep looks for alarms that are due, and rings each by itself.

A deadline is a column; there is no alarm to keep, cancel or lose. An answer that came first has
taken the alarm away, so the ring finds nothing to do.
"""

from functools import partial
from uuid import UUID

from procrastinate import Blueprint, JobContext

from handoff.deadlines import deadline
from handoff.errors import NoSuchHandoffError
from jobs.retry import Patient
from jobs.services import Services

tasks = Blueprint()


@tasks.periodic(cron="* * * * *")
@tasks.task(name="sweep", queueing_lock="sweep", lock="sweep", pass_context=True)
async def sweep(context: JobContext, timestamp: int = 0) -> None:
    """Once a minute: a ring for each handoff with an alarm due, a card for each that has waited."""
    services = Services.of(context)
    now = services.now()
    overdue = await services.handoffs.overdue(now)
    await services.queue.put_each(
        "ring", once="ring", each="handoff_id", values=(str(id) for id in overdue)
    )
    for id, person in await services.conversations.held(now):
        await services.conversations.release(id, person)
        await services.queue.put(
            "show", lock=f"show {person}", handoff_id=str(id), person=person, alert=True
        )
    await services.handoffs.beat("sweep", now)


@tasks.task(name="ring", retry=Patient(), pass_context=True)
async def ring(context: JobContext, handoff_id: str) -> None:
    """Whatever is due in one handoff."""
    services = Services.of(context)
    try:
        await services.handoffs.change(UUID(handoff_id), partial(deadline, at=services.now()))
    except NoSuchHandoffError:
        return
