"""Upkeep: jobs whose worker died are done by another, the end of the credential is told ahead, the
books are looked at, and what is no longer needed is forgotten.
"""

from datetime import timedelta
from functools import partial

import structlog
from opentelemetry import metrics
from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException

from graph import credential
from handoff import ending
from handoff.effects import Forget, LookAtBooks, Rescue, Tidy, WatchCredential
from jobs.services import Services
from jobs.tasks import task
from jobs.worker import SILENT
from store import worths
from store.handoffs import apart
from store.invariants import look

log = structlog.get_logger()
_left = metrics.get_meter("baton").create_gauge("baton.credential.left", unit="s")

SOON = timedelta(days=14)  # before its end, from when on a certificate is named
NAMED = 20  # findings that one line of the log names
LAPSED = 2_000  # leads that end in one run because nobody hands them over; the next does the rest
KEEP = 72  # hours that finished jobs are kept, to be looked at


@task(Rescue, cron="* * * * *")
async def rescue(context: JobContext, do: Rescue) -> None:
    """What a worker had begun when it died begins anew, each by itself. Every job may run twice."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT):
        try:
            await manager.retry_job(job)
        except (ConnectorException, TimeoutError) as error:  # it is tried again in a minute
            log.warning("not rescued", job=job.task_name, id=job.id, why=repr(error))


@task(WatchCredential, cron="11 * * * *")
async def watch_credential(context: JobContext, do: WatchCredential) -> None:
    """Of a secret only Entra knows the end, and a managed identity has none."""
    services = Services.of(context)
    if services.certificate is None:
        return
    try:
        left = credential.read(services.certificate).ends - services.now()
    except credential.UnusableError as error:
        log.warning("the certificate cannot be used", why=str(error), see="doctor")
        return
    _left.set(left.total_seconds())
    if left < SOON:
        log.warning("the certificate ends soon", days=left.days, see="doctor")


@task(LookAtBooks, cron="53 * * * *")
async def look_at_books(context: JobContext, do: LookAtBooks) -> None:
    """Once an hour, some thousand handoffs at a time: what is not so that always should be is named
    once, and counted for as long as it lasts.
    """
    services = Services.of(context)
    async with services.stores.door.open() as tx:
        last, new = await look(tx, do.after, services.now(), do.most)
        if last is not None:
            tx.follow(LookAtBooks(last, do.most))
    if new:
        log.error("the books are not true", found=new[:NAMED], more=len(new[NAMED:]), see="doctor")


@task(Tidy, cron="23 * * * *")
async def tidy(context: JobContext, do: Tidy) -> None:
    services = Services.of(context)
    keep = (await services.stores.policies.current()).retention
    stores, read = services.stores, 1
    async with stores.door.open() as tx:
        await stores.pace.forget_old(tx)
        await stores.weeks.forget_old(tx, services.now().date(), keep.calendars)
        await stores.subscriptions.forget_old(tx, services.now() - keep.outlook)
        await stores.examinations.forget_old(tx)
        await stores.links.forget_old(tx, services.now())
        await stores.figure_keys.forget_old(tx, services.now())
        await stores.lead_sources.forget_old(tx, services.now())
        await stores.crm_leads.forget_old(tx, services.now())
    while read:  # of a version before, which runs on for a while where this one is rolled out
        async with stores.door.open() as tx:
            read = await worths.convert(tx)
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP, include_failed=False)


@task(Forget, cron="37 * * * *")
async def forget(context: JobContext, do: Forget) -> None:
    """What is kept no longer than the policy says is taken away; never of an open handoff. What
    nobody has handed over for as long as it says ends first.
    """
    services = Services.of(context)
    stores, at = services.stores, services.now()
    keep = (await stores.policies.current()).retention
    rule = partial(ending.lapsed, at=at, since=at - keep.unbooked)
    for id in await stores.lookups.unbooked(at - keep.unbooked, LAPSED):
        with apart(id):
            await stores.handoffs.change(id, rule)
    done = await stores.keeping.forget_due(keep, at)
    if done:
        log.info("forgotten", **done)
