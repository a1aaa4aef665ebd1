"""Calls, mails and meetings that the CRM knows of: when the last was with each prospect, and of
which kind, read beside their contacts; and whoever follows up a lead that lies idle hears so once.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial

import structlog
from procrastinate import JobContext

from cards.idle import idle_card
from cards.view import View
from crm.errors import CrmBusyError, CrmError, CrmSignInError
from handoff import activity
from handoff.deals import Beside
from handoff.effects import ReadActivity, TellIdle
from handoff.errors import NoSuchHandoffError
from handoff.model import Activity, Case, Decision
from handoff.policy import CrmRules
from jobs.messages import tell
from jobs.services import Services
from jobs.tasks import task
from store.door import Tx

log = structlog.get_logger()

AT_A_TIME = 500  # contacts in one job
LOOKED_BACK = timedelta(days=60)  # for what is known nowhere yet


@task(ReadActivity, cron="7,22,37,52 * * * *")
async def read_activity(context: JobContext, do: ReadActivity) -> None:
    """What the CRM knows of the next contacts is known here. Raises CrmBusyError."""
    services = Services.of(context)
    crm, links = services.crm, services.stores.crm
    rules = (await services.stores.policies.current()).crm
    if crm is None or not rules.activity:
        return
    since = do.since or services.now()
    beside = await links.activity_due(since, AT_A_TIME)
    if not beside:
        return
    contacts = sorted({one.contact for one in beside})
    try:
        now = services.now()
        read = await crm.activities(contacts, now - LOOKED_BACK, now)
    except CrmBusyError:
        raise
    except (CrmSignInError, CrmError) as error:
        log.warning("activity is not read: doctor says more", why=str(error))
        return
    found: dict[str, list[Activity]] = defaultdict(list)
    for last in read.found:
        found[last.contact].append(Activity(how=last.how, at=last.at))
    for one in beside:
        if one.contact not in read.unread:
            await _know(services, one, found[one.contact], rules)
    async with services.stores.door.open() as tx:
        await links.activity_read(tx, contacts, services.now())
        if len(beside) == AT_A_TIME:
            tx.follow(ReadActivity(since))


async def _know(
    services: Services, beside: Beside, found: Collection[Activity], rules: CrmRules
) -> None:
    """One handoff, in one transaction; none where nothing has changed."""
    stores = services.stores
    idle = timedelta(days=rules.idle_days) if rules.idle_days else None
    rule = partial(activity.read, at=services.now(), found=found, idle=idle)

    async def if_still_told(tx: Tx, case: Case) -> Decision | None:
        still = await stores.crm.told_of(tx, {case.handoff.id: beside.contact})
        return rule(case) if still else None

    try:
        case = await stores.handoffs.case(beside.handoff)
    except NoSuchHandoffError:
        return
    if rule(case) is None:
        return
    async with stores.door.open() as tx:
        await stores.handoffs.try_in(tx, beside.handoff, if_still_told)


@task(TellIdle)
async def tell_idle(context: JobContext, do: TellIdle) -> None:
    """They read that nothing happens with a lead; nothing where something does by now."""
    services = Services.of(context)
    try:
        case = await services.stores.handoffs.case(do.handoff_id, do.person)
    except NoSuchHandoffError:
        return
    reader, at = case.people.get(do.person), services.now()
    since = activity.idle_since(case.handoff, at)
    told: datetime | None = case.handoff.idle_told
    if reader is None or not reader.present or since is None or told is None or since > told:
        return
    view = View(case=case, viewer=reader, at=at)
    if view.scope.reads(case.handoff):
        await tell(services, do.person, idle_card(view, since), last=context)
