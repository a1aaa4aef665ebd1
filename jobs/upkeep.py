"""Upkeep: jobs whose worker died are done by another; what is no longer needed is forgotten."""

import structlog
from procrastinate import Blueprint, JobContext

from jobs.services import Services

log = structlog.get_logger()

tasks = Blueprint()

SILENT = 30  # seconds without a heartbeat after which a worker is dead
KEEP = 72  # hours that finished jobs are kept, to be looked at


@tasks.periodic(cron="* * * * *")
@tasks.task(name="rescue", queueing_lock="rescue", pass_context=True)
async def rescue(context: JobContext, timestamp: int = 0) -> None:
    """What a worker had begun when it died begins anew. Every job may run twice."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT):
        await manager.retry_job(job)


@tasks.periodic(cron="23 * * * *")
@tasks.task(name="tidy", queueing_lock="tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int = 0) -> None:
    services = Services.of(context)
    keep = (await services.policies.current()).retention
    await services.pace.forget_old()
    await services.weeks.forget_old(services.now().date(), keep.calendars)
    await services.subscriptions.forget_old(services.now() - keep.outlook)
    await services.examinations.forget_old()
    await services.links.forget_old(services.now())
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP, include_failed=False)


@tasks.periodic(cron="37 * * * *")
@tasks.task(name="forget", queueing_lock="forget", lock="forget", pass_context=True)
async def forget(context: JobContext, timestamp: int = 0) -> None:
    """What is kept no longer than the policy says is taken away; never of an open handoff."""
    services = Services.of(context)
    keep = (await services.policies.current()).retention
    done = await services.keeping.forget_due(keep, services.now())
    if done:
        log.info("forgotten", **done)
