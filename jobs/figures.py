"""What was counted is added up, and looked at each night whether it is true."""

from datetime import timedelta

import structlog
from procrastinate import JobContext

from handoff.effects import AddUp, CountEarlier, LookAtFigures
from jobs.services import Services
from jobs.tasks import task
from store import earlier_facts, sums

log = structlog.get_logger()

LATELY = timedelta(days=2)
MOST = 2_000  # handoffs of which the timeline is read again
NAMED = 20  # findings that one line of the log names


@task(AddUp, cron="*/10 * * * *")
async def add_up(context: JobContext, do: AddUp) -> None:
    """Days on which something was counted are added up; where there are many, some at a time."""
    services = Services.of(context)
    async with services.stores.door.open() as tx:
        if await sums.add_up(tx) == sums.AT_A_TIME:
            tx.follow(AddUp())


@task(CountEarlier, cron="43 * * * *")
async def count_earlier(context: JobContext, do: CountEarlier) -> None:
    """The next handoffs of which nothing is counted, such as a version before has written, are; how
    many are left is said while there are any.
    """
    services = Services.of(context)
    stores = services.stores
    async with stores.door.open() as tx:
        done, last = await earlier_facts.convert(tx, stores.handoffs, do.after)
        if last:
            tx.follow(CountEarlier(last))
    if done:
        left = await earlier_facts.left(stores.reads)
        log.info("earlier handoffs are counted", now=done, left=left)


@task(LookAtFigures, cron="19 2 * * *")
async def look_at_figures(context: JobContext, do: LookAtFigures) -> None:
    """Sums that are not those of the facts are named and made anew; a handoff of which something
    else is counted than its timeline tells is named.
    """
    services = Services.of(context)
    stores = services.stores
    days = await sums.untrue(stores.reads, await sums.days_with_facts(stores.reads))
    if days:
        named = [day.isoformat() for day in days[:NAMED]]
        log.error("sums are not those of the facts", days=named, more=len(days[NAMED:]))
        async with stores.door.open() as tx:
            await sums.mark(tx, days)
            tx.follow(AddUp())
    lately = await sums.counted_since(stores.reads, services.now() - LATELY, MOST)
    wrong = await earlier_facts.untrue(stores.reads, stores.handoffs, lately)
    if wrong:
        log.error("counted otherwise than its timeline tells", handoffs=wrong[:NAMED])
